"""Talks to the Hub: whether it answers, and the files of a commit, each with the right hash.

Files come by `hf_hub_download`, one after another: `snapshot_download` asks again for a listing
that is known, and its threads keep the process from ending where the Hub has fallen silent.
"""

from __future__ import annotations

import contextlib
import errno
import hashlib
import os
from collections.abc import Callable, Sequence
from concurrent.futures import Future, wait
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from threading import Thread
from time import monotonic
from typing import TYPE_CHECKING, TypeVar

from seedsum.errors import ModelError
from seedsum.models.storage import FileRecord, record_files

if TYPE_CHECKING:
    from huggingface_hub.errors import HfHubHTTPError

T = TypeVar("T")

#: Longest wait for an answer in `models pull`, where a person waits and wants the models.
PATIENT_SECONDS = 60.0

#: `run` may spend ten seconds on finding out that the Hub cannot be had: on whether it answers at
#: all, and then on one answer.
PROBE_SECONDS = 4.0
HURRIED_SECONDS = 5.0

#: A server that is slower than this with the small files counts as silent.
_SLOWEST_BYTES_PER_SECOND = 50_000

_GOES_ON = "What is complete is kept, and the same command goes on from here"


class HubUnreachableError(ModelError):
    """The Hub did not answer, answered with a server error, or limits the rate."""


class _SilenceError(Exception):
    """The time for an answer is over."""


@dataclass(frozen=True, slots=True)
class RemoteFile:
    """One file of a repository; at least one of the two hashes is known."""

    path: str
    size: int
    sha256: str = ""  # of the content, empty where the Hub does not say
    blob_id: str = ""  # git's hash of the content, empty where it is not needed

    def found_in(self, folder: Path) -> FileRecord | None:
        """Return its size and hash where the folder has it with exactly this content, or None."""
        path = folder / self.path
        if not path.is_file() or path.stat().st_size != self.size:
            return None
        record = record_files(folder, (self.path,))[self.path]
        found = record.sha256
        if not self.sha256:
            # Git hashes a header and the content; the Hub gives that for files outside LFS.
            found = hashlib.sha1(b"blob %d\0" % self.size + path.read_bytes()).hexdigest()
        return record if found == (self.sha256 or self.blob_id) else None


def endpoint() -> str:
    """Return the address of the Hub, HF_ENDPOINT where it is set."""
    return (os.environ.get("HF_ENDPOINT") or "https://huggingface.co").rstrip("/")


def is_offline() -> bool:
    """Return whether HF_HUB_OFFLINE (or TRANSFORMERS_OFFLINE) forbids the network."""
    value = os.environ.get("HF_HUB_OFFLINE") or os.environ.get("TRANSFORMERS_OFFLINE") or ""
    return value.upper() in {"1", "ON", "YES", "TRUE"}


def why_unreachable() -> str:
    """Return why the Hub cannot be reached, empty where it answers; takes four seconds at most."""
    from huggingface_hub import get_session
    from huggingface_hub.errors import HTTPError  # type: ignore[attr-defined]

    address, seconds = endpoint(), PROBE_SECONDS
    try:
        head = partial(get_session().head, address, timeout=seconds, follow_redirects=False)
        _within(seconds, head)
    except _SilenceError:
        return f"{address} did not answer within {seconds:g} seconds"
    except (HTTPError, OSError) as error:
        return f"{address} cannot be reached: {_first_line(error)}"
    return ""


def ask(
    action: Callable[[], T],
    *,
    what: str,
    seconds: float | None,
    meanwhile: Callable[[], None] = lambda: None,
) -> T:
    """Return what an action of the Hub's client returns within `seconds` (None: whenever it does).

    Raises:
        HubUnreachableError: No usable answer; the message starts with `what`.
        ModelError: An answer that will stay the same however often it is asked for.
        OSError: The disk cannot be written.
    """
    from huggingface_hub.errors import HTTPError  # type: ignore[attr-defined]

    if is_offline():  # asked first: the client's own switch is read once, when it is imported
        raise HubUnreachableError(f"{what}: not fetched, since HF_HUB_OFFLINE forbids the network")
    try:
        return _within(seconds, action, meanwhile)
    except _SilenceError as error:
        raise HubUnreachableError(
            f"{what}: {endpoint()} did not answer within {seconds:.0f} seconds. {_GOES_ON}"
        ) from error
    except (HTTPError, OSError, ValueError, KeyError, TypeError, RuntimeError) as error:
        raise _explained(error, what) from error


def fetch_files(
    repository: str,
    commit: str,
    wanted: Sequence[RemoteFile],
    *,
    folder: Path,
    seconds: float | None,
    on_progress: Callable[[int], None],
) -> dict[str, FileRecord]:
    """Bring files of a commit into the folder; what has another hash than announced is not kept.

    The client tries again by itself for a minute or so, and goes on in the middle of a file where
    a connection breaks; a file that a killed process leaves is fetched from its first byte. The
    first answer may take `seconds`, and more for what is large; None leaves it to the client.
    `on_progress` gets the number of bytes so far.

    Raises:
        HubUnreachableError: The connection was lost and did not come back.
        ModelError: Not allowed, not there, the disk is full, or the content has another hash.
    """
    from huggingface_hub import hf_hub_download
    from huggingface_hub.utils import tqdm  # type: ignore[attr-defined]

    def fetch() -> None:
        for file in wanted:
            # The client takes a file of this name and commit for the right one.
            (folder / file.path).unlink(missing_ok=True)
            hf_hub_download(  # type: ignore[call-overload]
                repository,
                file.path,
                revision=commit,
                local_dir=folder,
                library_name="seedsum",
                endpoint=endpoint(),
                tqdm_class=partial(tqdm, disable=True),
            )

    size = sum(file.size for file in wanted)
    if seconds is not None:
        seconds += size / _SLOWEST_BYTES_PER_SECOND
    what = f"{repository}: {', '.join(file.path for file in wanted)}"
    try:
        ask(
            fetch,
            what=what,
            seconds=seconds,
            meanwhile=lambda: on_progress(min(_num_bytes(folder, wanted), size)),
        )
        return {file.path: _checked(file, folder, f"{repository}@{commit[:12]}") for file in wanted}
    except OSError as error:
        if error.errno not in (errno.ENOSPC, errno.EDQUOT):
            raise ModelError(f"{what}: cannot be written to {folder}: {error}") from error
        raise ModelError(
            f"{what}: the disk is full ({folder}). Free some space, or set SEEDSUM_HOME to a folder"
            " on another disk; the same command goes on from here"
        ) from error


def _num_bytes(folder: Path, wanted: Sequence[RemoteFile]) -> int:
    total = 0
    unfinished = (folder / ".cache").rglob("*.incomplete")
    for path in (*(folder / file.path for file in wanted), *unfinished):
        with contextlib.suppress(FileNotFoundError):
            total += path.stat().st_size
    return total


def _checked(file: RemoteFile, folder: Path, source: str) -> FileRecord:
    """Return a fetched file's size and hash; one that is not what was announced is removed."""
    if record := file.found_in(folder):
        return record
    (folder / file.path).unlink(missing_ok=True)
    raise ModelError(
        f"{source}: {file.path}: what {endpoint()} sends is not what it announces (size or hash"
        " differs); nothing of it was kept. Run the command again; if it stays so, something"
        " between here and the Hub changes files"
    )


def _within(
    seconds: float | None, action: Callable[[], T], meanwhile: Callable[[], None] = lambda: None
) -> T:
    """Return what the action returns, calling `meanwhile` every now and then; within `seconds`.

    It works on a thread of its own, which is left to itself when the time is over: neither name
    resolution nor the client keeps to a limit (it tries again, and waits as a server tells it to).
    """
    future: Future[T] = Future()

    def work() -> None:
        try:
            future.set_result(action())
        except BaseException as error:
            future.set_exception(error)

    Thread(target=work, daemon=True, name="hub").start()
    end = None if seconds is None else monotonic() + seconds
    while not wait([future], timeout=0.1).done:
        meanwhile()
        if end is not None and monotonic() > end:
            raise _SilenceError
    return future.result()


def _explained(error: Exception, what: str) -> ModelError:
    """Return the error for a failed request; raise one of the disk as it is."""
    from huggingface_hub.errors import (  # type: ignore[attr-defined]
        FileMetadataError,
        HfHubHTTPError,
        HFValidationError,
        HTTPError,
        LocalEntryNotFoundError,
    )

    if isinstance(error, LocalEntryNotFoundError) and isinstance(error.__cause__, Exception):
        error = error.__cause__  # why the client looked for a local file instead
    if isinstance(error, HfHubHTTPError):
        return _refused(error, what)
    if isinstance(error, HFValidationError):
        return ModelError(f"{what}: not a name that a Hub can have: {error}")
    if isinstance(error, FileMetadataError | ValueError | KeyError | TypeError):
        return HubUnreachableError(
            f"{what}: {endpoint()} answers, but not like a Hub (a network's login page, or a"
            f" wrong HF_ENDPOINT?): {_first_line(error)}"
        )
    if isinstance(error, OSError) and not isinstance(error, HTTPError) and error.errno is not None:
        raise error
    return HubUnreachableError(
        f"{what}: the connection to {endpoint()} failed: {_first_line(error)}. {_GOES_ON}"
    )


def _refused(error: HfHubHTTPError, what: str) -> ModelError:
    from huggingface_hub.errors import EntryNotFoundError, GatedRepoError, RevisionNotFoundError

    status = error.response.status_code
    if status == 429:
        asked = error.response.headers.get("Retry-After", "")
        wait_for = f" and asks to wait {asked} seconds" if asked.isdecimal() else ""
        return HubUnreachableError(
            f"{what}: {endpoint()} limits the rate (429){wait_for}. {_GOES_ON}; with HF_TOKEN set"
            " the limit is higher"
        )
    if status == 408 or status >= 500:
        why = f"{endpoint()} has a server error ({status})"
        return HubUnreachableError(f"{what}: {why}. {_GOES_ON}")
    why = f"{endpoint()} answers {status}: {_first_line(error)}"
    if isinstance(error, GatedRepoError):
        why = (
            f"gated ({status}). Accept its terms on {endpoint()}, set HF_TOKEN to a token of that"
            " account, and run the same command again"
        )
    elif isinstance(error, RevisionNotFoundError | EntryNotFoundError):
        why = (
            "there is no such revision or file (404); correct the revision in models.toml, or run"
            " `seedsum models pull --update` to take it as it is now"
        )
    elif status in (401, 403):
        why = (
            f"not allowed ({status}): it does not exist, or is private or gated. Correct the name"
            " in models.toml, or set HF_TOKEN to a token that may read it, and run the same"
            " command again"
        )
    elif status == 404:
        why = f"not found on {endpoint()} (404); correct 'repository' in models.toml"
    return ModelError(f"{what}: {why}")


def _first_line(error: BaseException) -> str:
    return next(iter(str(error).strip().splitlines()), type(error).__name__)
