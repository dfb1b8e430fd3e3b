"""Object stores through fsspec: objects by key, and what goes wrong in plain words.

`S3Store` speaks to S3 itself through s3fs, since fsspec has no words for conditions, ETags and
metadata; `AnyStore` is what fsspec has for every other kind.
"""

from __future__ import annotations

import errno
import secrets
import time
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from email.utils import parsedate_to_datetime
from functools import partial
from typing import Any, NamedTuple, Protocol, TypeVar

from seedsum.errors import UsageError
from seedsum.output.places.faults import ChangedError, code_of, plain_errors

_T = TypeVar("_T")

#: Kept with each object that is put under a lease: its number.
LEASE_KEY = "seedsum-lease"
#: Of one that is put where nothing was, so that who put it knows it again.
_TOKEN_KEY = "seedsum-put"

#: How often a conditional put is tried again that met another one (S3 answers 409 then), or whose
#: body broke off while it was read; what fails in other ways botocore tries again by itself.
_NUM_TRIES = 6


#: What botocore tries of one request: of a store that fails one in twenty, one in 64 million is
#: left, and one that cannot be reached is given up after some 20 seconds.
_NUM_ATTEMPTS = 6


class Listed(NamedTuple):
    """An object in a listing."""

    key: str
    size_bytes: int
    mtime_ns: int
    etag: str


class Found(NamedTuple):
    """An object that was read."""

    data: bytes
    etag: str
    mtime_ns: int
    lease: int | None = None  # under which it was put


class Store(Protocol):
    """Objects by key; see `Place` for what it raises."""

    #: Of runs that might meet, it is proven that one only is let in.
    keeps_apart: bool

    def list(self, prefix: str, *, after: str = "", most: int | None = None) -> Iterator[Listed]:
        """Yield objects whose keys begin so, in the order of their keys, from `after` on."""

    def get(self, key: str) -> Found | None:
        """Return an object, None where there is none."""

    def part(self, item: Listed, begin: int, end: int) -> bytes:
        """Return these bytes of an object.

        Raises:
            OSError: It is no more what it was.
        """

    def head(self, key: str) -> Listed | None:
        """Return what is known of an object, None where there is none."""

    def age_seconds(self, key: str) -> float | None:
        """Return how long ago an object was put, by the store's clock; None where there is none."""

    def put(
        self, key: str, data: bytes, *, only_if: str | None = None, lease: int | None = None
    ) -> None:
        """Put an object whole; with `only_if` in place of that ETag, of nothing where it is empty.

        Raises:
            ChangedError: Something else is there.
        """

    def delete(self, key: str) -> None:
        """Remove an object; nothing happens where there is none."""


def store_of(address: str) -> tuple[Store, str]:
    """Return the store of an address, and the key that it leads to.

    Raises:
        UsageError: There is no such kind of store, or what reads it is not installed.
    """
    protocol, _, rest = address.partition("://")
    if protocol in ("http", "https", "file", "local"):
        advice = "give the path" if protocol in ("file", "local") else "nothing is kept on the web"
        raise UsageError(f"{address}: {advice}; an object store is s3://bucket/folder")
    if protocol in ("s3", "s3a"):
        bucket, _, key = rest.partition("/")
        return S3Store(address, bucket), key
    from fsspec import filesystem

    try:
        return AnyStore(address, filesystem(protocol)), rest
    except ValueError as error:
        raise UsageError(f"{address}: no such kind of store is known; s3:// is") from error
    except ImportError as error:
        raise UsageError(f"{address}: {error}") from error


class S3Store:
    """A bucket of S3, or of whatever speaks as it."""

    keeps_apart = True

    def __init__(self, address: str, bucket: str) -> None:
        self._bucket = bucket
        self._named = partial(plain_errors, address, bucket)
        try:
            import s3fs
        except ImportError as error:
            raise UsageError(
                f"{address}: to read and write S3, s3fs is needed, which is not installed; run:"
                " pip install 'seedsum[s3]'"
            ) from error
        # Endpoint, region and credentials are the environment's, as every program of AWS has them.
        self._fs = s3fs.S3FileSystem(
            use_listings_cache=False,
            config_kwargs={
                "retries": {"mode": "standard", "max_attempts": _NUM_ATTEMPTS},
                "max_pool_connections": 64,
                "connect_timeout": 10,
                "read_timeout": 30,
            },
        )
        self._fs.retries = 1  # botocore has tried already, and waited between

    def list(self, prefix: str, *, after: str = "", most: int | None = None) -> Iterator[Listed]:
        """Yield the objects, a page of a thousand in memory at a time."""
        more: dict[str, Any] = {"StartAfter": after} if after else {}
        while True:
            with self._named():
                page = self._call("list_objects_v2", Prefix=prefix, MaxKeys=most or 1000, **more)
            for item in page.get("Contents", ()):
                mtime_ns = _nanoseconds(item["LastModified"])
                yield Listed(item["Key"], item["Size"], mtime_ns, item["ETag"])
            if most or not page.get("IsTruncated"):
                return
            more = {"ContinuationToken": page["NextContinuationToken"]}

    def get(self, key: str) -> Found | None:
        """Return an object with its metadata, in one request."""
        from fsspec.asyn import sync

        with self._named():
            try:
                found: Found = _persistent(lambda: sync(self._fs.loop, self._read, Key=key))
                return found
            except FileNotFoundError as error:
                if code_of(error) == "NoSuchBucket":
                    raise
                return None

    def part(self, item: Listed, begin: int, end: int) -> bytes:
        """Return the bytes, of the version that was listed."""
        from fsspec.asyn import sync

        what = {"Key": item.key, "Range": f"bytes={begin}-{end - 1}", "IfMatch": item.etag}
        with self._named():
            found: Found = _persistent(lambda: sync(self._fs.loop, self._read, **what))
        return found.data

    async def _read(self, **what: str) -> Found:
        answer = await self._fs._call_s3("get_object", Bucket=self._bucket, **what)
        async with answer["Body"] as body:
            data = await body.read()
        number = answer["Metadata"].get(LEASE_KEY, "")
        mtime_ns = _nanoseconds(answer["LastModified"])
        return Found(data, answer["ETag"], mtime_ns, int(number) if number.isdecimal() else None)

    def head(self, key: str) -> Listed | None:
        """Return size, time and ETag."""
        with self._named():
            try:
                answer = self._call("head_object", Key=key)
            except FileNotFoundError:
                return None
        mtime_ns = _nanoseconds(answer["LastModified"])
        return Listed(key, answer["ContentLength"], mtime_ns, answer["ETag"])

    def age_seconds(self, key: str) -> float | None:
        """Return the time between an object's and the answer's own."""
        with self._named():
            try:
                answer = self._call("head_object", Key=key)
            except FileNotFoundError:
                return None
        now = parsedate_to_datetime(answer["ResponseMetadata"]["HTTPHeaders"]["date"])
        return (_nanoseconds(now) - _nanoseconds(answer["LastModified"])) / 1e9

    def put(
        self, key: str, data: bytes, *, only_if: str | None = None, lease: int | None = None
    ) -> None:
        """Put an object; the store itself holds it to the condition."""
        token = secrets.token_hex(8)
        metadata = {} if lease is None else {LEASE_KEY: str(lease)}
        more: dict[str, Any] = {}
        if only_if:
            more["IfMatch"] = only_if
        elif only_if is not None:
            more["IfNoneMatch"] = "*"
            metadata[_TOKEN_KEY] = token
        path = f"{self._bucket}/{key}"

        def put() -> None:
            try:
                self._fs.pipe_file(path, data, Metadata=metadata, **more)
            except OSError as error:
                is_gone = isinstance(error, FileNotFoundError) and code_of(error) != "NoSuchBucket"
                if code_of(error) in ("PreconditionFailed", "412") or (only_if and is_gone):
                    # Where an answer was lost, botocore puts again, and meets what it has put.
                    if only_if == "" and self._metadata(key).get(_TOKEN_KEY) == token:
                        return
                    raise ChangedError(errno.EEXIST, "changed meanwhile", path) from error
                raise

        with self._named():
            _persistent(put)

    def _metadata(self, key: str) -> Mapping[str, str]:
        try:
            metadata: Mapping[str, str] = self._call("head_object", Key=key)["Metadata"]
            return metadata
        except FileNotFoundError:
            return {}

    def delete(self, key: str) -> None:
        """Remove an object."""
        with self._named():
            self._call("delete_object", Key=key)

    def _call(self, method: str, **arguments: Any) -> Mapping[str, Any]:
        answer: Mapping[str, Any] = self._fs.call_s3(method, Bucket=self._bucket, **arguments)
        return answer


class AnyStore:
    """What fsspec reads and writes besides: without conditions but that something is new."""

    def __init__(self, address: str, filesystem: Any) -> None:
        self._fs = filesystem
        self._named = partial(plain_errors, address, "")
        #: Memory is in one process, where one lock holds them all.
        self.keeps_apart = "memory" in str(filesystem.protocol)

    def list(self, prefix: str, *, after: str = "", most: int | None = None) -> Iterator[Listed]:
        """Yield the objects."""
        folder = prefix if prefix.endswith("/") else prefix.rpartition("/")[0]
        with self._named():
            self._fs.invalidate_cache()
            found = self._fs.find(folder, detail=True)
        keys = {path.lstrip("/"): info for path, info in found.items()}
        chosen = sorted(key for key in keys if key.startswith(prefix) and key > after)
        for key in chosen[:most]:
            yield self._listed(key, keys[key])

    def _listed(self, key: str, info: Mapping[str, Any]) -> Listed:
        times = ("LastModified", "last_modified", "updated", "mtime", "modified", "created")
        stated = next((info[name] for name in times if info.get(name)), 0)
        mtime_ns, size_bytes = _nanoseconds(stated), int(info.get("size") or 0)
        etag = info.get("ETag") or info.get("etag") or f"{size_bytes}-{mtime_ns}"
        return Listed(key, size_bytes, mtime_ns, str(etag))

    def get(self, key: str) -> Found | None:
        """Return an object."""
        if (seen := self.head(key)) is None:
            return None
        with self._named():
            try:
                data: bytes = self._fs.cat_file(key)
            except (FileNotFoundError, IsADirectoryError):
                return None
        return Found(data, seen.etag, seen.mtime_ns)

    def part(self, item: Listed, begin: int, end: int) -> bytes:
        """Return the bytes."""
        with self._named():
            data: bytes = self._fs.cat_file(item.key, start=begin, end=end)
        return data

    def head(self, key: str) -> Listed | None:
        """Return size and time."""
        with self._named():
            try:
                info = self._fs.info(key)
            except FileNotFoundError:
                return None
        return None if info.get("type") == "directory" else self._listed(key, info)

    def age_seconds(self, key: str) -> float | None:
        """Return the time since then: memory has this machine's clock."""
        found = self.head(key)
        return None if found is None else (time.time_ns() - found.mtime_ns) / 1e9

    def put(
        self, key: str, data: bytes, *, only_if: str | None = None, lease: int | None = None
    ) -> None:
        """Put an object; of conditions it knows only that nothing may be there."""
        with self._named():
            self._fs.makedirs(key.rpartition("/")[0], exist_ok=True)
            try:
                self._fs.pipe_file(key, data, mode="create" if only_if == "" else "overwrite")
            except FileExistsError as error:
                raise ChangedError(errno.EEXIST, "there already", key) from error

    def delete(self, key: str) -> None:
        """Remove an object."""
        with self._named():
            try:
                self._fs.rm_file(key)
            except FileNotFoundError:
                return


def _nanoseconds(stated: Any) -> int:
    if isinstance(stated, str):
        stated = datetime.fromisoformat(stated)
    seconds: float = stated.timestamp() if isinstance(stated, datetime) else float(stated)
    return round(seconds * 1e6) * 1000


def _persistent(call: Callable[[], _T]) -> _T:
    """Return what a call gives; what broke off, or met another, is tried again."""
    for number in range(_NUM_TRIES):
        try:
            return call()
        except Exception as error:
            last = number == _NUM_TRIES - 1
            if last or not _may_pass(error):
                raise
            time.sleep(0.1 * 2**number)
    raise AssertionError


def _may_pass(error: Exception) -> bool:
    broke_off = ("ClientPayloadError", "IncompleteRead", "ResponseStreamingError")
    if type(error).__name__ in broke_off:
        return True
    return code_of(error) in ("ConditionalRequestConflict", "OperationAborted", "409")
