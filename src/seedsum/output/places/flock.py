"""One run at a time over a folder on this machine."""

from __future__ import annotations

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from seedsum.errors import LockedError, UsageError
from seedsum.files import STATE_FOLDER

_POLL_SECONDS = 0.1  # often enough not to lose time, seldom enough to cost nothing


@contextmanager
def folder_lock(output: Path, *, wait_seconds: float = 0.0) -> Iterator[None]:
    """Keep other runs out of an output folder, which is made if it is not there.

    The kernel holds the lock for the process (`flock`), so that a killed run leaves nothing behind.

    Raises:
        LockedError: Another run holds it, and still did after the wait.
        UsageError: The output folder cannot be made or written.
    """
    path = output / STATE_FOLDER / "lock"
    deadline = time.monotonic() + wait_seconds
    while (descriptor := _take(path)) is None:
        if time.monotonic() >= deadline:
            raise LockedError(
                f"{output}: another run is writing here ({_holder(path)});"
                " wait for it to end, or give --wait SECONDS"
            )
        time.sleep(_POLL_SECONDS)
    try:
        yield
    finally:
        os.close(descriptor)


def _take(path: Path) -> int | None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o666)
    except OSError as error:
        raise UsageError(
            f"the output folder {path.parent.parent} cannot be written: {error.strerror};"
            " check its permissions or choose another with --output"
        ) from error
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        # The file may have been deleted meanwhile; a lock on it would keep nobody out.
        if os.fstat(descriptor).st_ino != path.stat().st_ino:
            raise FileNotFoundError
    except (BlockingIOError, FileNotFoundError):
        os.close(descriptor)
        return None
    started = datetime.now(UTC).isoformat(timespec="seconds")
    os.ftruncate(descriptor, 0)
    os.pwrite(descriptor, f"process {os.getpid()}, since {started}\n".encode(), 0)
    return descriptor


def _holder(path: Path) -> str:
    from seedsum.output.rendering import visible_text

    try:
        return visible_text(path.read_text(errors="replace")) or "process unknown"
    except OSError:
        return "process unknown"
