"""What goes wrong with a store, in words that a person can act on."""

from __future__ import annotations

import errno
from collections.abc import Iterator
from contextlib import contextmanager

from seedsum.errors import LockedError, UsageError


class StoreError(OSError):
    """The store cannot be reached, or fails; it may pass."""

    def __init__(self, text: str) -> None:
        super().__init__(errno.EIO, text)

    def __str__(self) -> str:
        return self.strerror or ""


def locked(where: object, holder: str) -> LockedError:
    """Return that somebody else has the lock of an output."""
    return LockedError(
        f"{where}: another run is writing here ({holder}); wait for it to end, or give --wait"
        " SECONDS"
    )


class ChangedError(OSError):
    """An object is not what it was, or is there already, so that it was not put."""


def code_of(error: BaseException) -> str:
    """Return what S3 calls an error; empty where it did not answer."""
    for one in (error, error.__cause__):
        answer = getattr(one, "response", None)
        if isinstance(answer, dict):
            return str(answer.get("Error", {}).get("Code", ""))
    return ""


@contextmanager
def plain_errors(address: str, bucket: str) -> Iterator[None]:
    """Raise what a person can act on in place of what the libraries raise."""
    try:
        yield
    except ChangedError:
        raise
    except Exception as error:
        raise _plain(error, address, bucket) from error


_REMEDIES = {
    "NoSuchBucket": "there is no bucket {bucket}; make it, or check its name and AWS_ENDPOINT_URL",
    "RequestTimeTooSkewed": "the clock of this machine is more than 15 minutes wrong, so that the"
    " store refuses it; set it (timedatectl set-ntp true)",
    "ExpiredToken": "the credentials have expired; get new ones (aws sso login)",
    "InvalidAccessKeyId": "the store does not know these credentials; check AWS_PROFILE or"
    " AWS_ACCESS_KEY_ID",
    "SignatureDoesNotMatch": "the store does not accept these credentials; check"
    " AWS_SECRET_ACCESS_KEY",
    "AccessDenied": "access denied; these credentials need s3:ListBucket on {bucket}, and"
    " s3:GetObject, s3:PutObject and s3:DeleteObject below it",
}
_SAME = {"403": "AccessDenied", "AllAccessDisabled": "AccessDenied", "Forbidden": "AccessDenied",
         "RequestExpired": "RequestTimeTooSkewed", "TokenRefreshRequired": "ExpiredToken",
         "InvalidToken": "ExpiredToken"}  # fmt: skip


def _plain(error: Exception, address: str, bucket: str) -> Exception:
    code = code_of(error)
    if remedy := _REMEDIES.get(_SAME.get(code, code)):
        return UsageError(f"{address}: {remedy.format(bucket=bucket)}")
    kinds = {kind.__name__ for one in (error, error.__cause__) for kind in type(one).__mro__}
    if kinds & {"NoCredentialsError", "PartialCredentialsError"}:
        return UsageError(
            f"{address}: no credentials were found; set AWS_PROFILE, or AWS_ACCESS_KEY_ID and"
            " AWS_SECRET_ACCESS_KEY"
        )
    if kinds & {"EndpointConnectionError", "ConnectTimeoutError", "ConnectionError"}:
        return StoreError(
            f"{address}: the store cannot be reached; check the network and AWS_ENDPOINT_URL"
        )
    return StoreError(f"{address}: the store failed: {error}; run again when it works")
