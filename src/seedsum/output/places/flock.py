"""One run at a time over a folder on this machine."""

from __future__ import annotations

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from pathlib import Path

from seedsum.errors import LockedError, UsageError
from seedsum.files import STATE_FOLDER

_POLL_SECONDS = 0.1  # often enough not to lose time, seldom enough to cost nothing


@contextmanager
def folder_lock(output: Path, *, wait_seconds: float = 0.0, part: str = "") -> Iterator[None]:
    """Keep other runs out of an output folder, which is made if it is not there.

    The kernel holds the lock for the process (`flock`), so that a killed run leaves nothing behind.
    See `Place.lock` for parts.

    Raises:
        LockedError: Another run holds it, and still did after the wait.
        UsageError: The output folder cannot be made or written.
    """
    deadline = time.monotonic() + wait_seconds
    while isinstance(held := _take(output / STATE_FOLDER, part), Path):
        if time.monotonic() >= deadline:
            raise LockedError(
                f"{output}: another run is writing here ({_holder(held)});"
                " wait for it to end, or give --wait SECONDS"
            )
        time.sleep(_POLL_SECONDS)
    with held:
        yield


def _take(folder: Path, part: str) -> ExitStack | Path:
    """Return the locks that were taken, or the one that another run has."""
    with ExitStack() as taken:
        path = folder / "lock"
        if not _lock(path, fcntl.LOCK_SH if part else fcntl.LOCK_EX, taken, part):
            return path
        if part:
            path = folder / "shards" / f"{part}.lock"
            if not _lock(path, fcntl.LOCK_EX, taken, part):
                return path
            # After its own, so that of two runs that look at each other neither misses the other.
            _, _, count = part.rpartition("-")
            for other in path.parent.glob("*.lock"):
                if not other.stem.endswith(f"-{count}") and _is_locked(other):
                    return other
        return taken.pop_all()


def _is_locked(path: Path) -> bool:
    try:
        with path.open("rb") as file:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    except FileNotFoundError:
        return False
    return False


def _lock(path: Path, kind: int, taken: ExitStack, part: str) -> bool:
    """Take one lock, and return whether nobody else has it."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o666)
    except OSError as error:
        raise UsageError(
            f"the output folder {path.parent.parent} cannot be written: {error.strerror};"
            " check its permissions or choose another with --output"
        ) from error
    taken.callback(os.close, descriptor)
    try:
        fcntl.flock(descriptor, kind | fcntl.LOCK_NB)
        # The file may have been deleted meanwhile; a lock on it would keep nobody out.
        if os.fstat(descriptor).st_ino != path.stat().st_ino:
            raise FileNotFoundError
    except (BlockingIOError, FileNotFoundError):
        return False
    started = datetime.now(UTC).isoformat(timespec="seconds")
    shard = f", shard {part.replace('-of-', '/')}" if part else ""
    os.ftruncate(descriptor, 0)
    os.pwrite(descriptor, f"process {os.getpid()}, since {started}{shard}\n".encode(), 0)
    return True


def _holder(path: Path) -> str:
    from seedsum.output.rendering import visible_text

    try:
        return visible_text(path.read_text(errors="replace")) or "process unknown"
    except OSError:
        return "process unknown"
