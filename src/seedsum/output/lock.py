"""One run at a time over an output folder."""

from __future__ import annotations

import fcntl
import os
import time
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Self

from seedsum.errors import LockedError, UsageError
from seedsum.files import STATE_FOLDER


class OutputLock:
    """Keeps other runs out of an output folder while it is held; a context manager.

    The kernel holds it for the process (`flock`), so that a killed run leaves nothing behind.
    """

    #: Often enough not to lose time, seldom enough to cost nothing.
    _POLL_SECONDS = 0.1

    def __init__(self, output: Path, *, wait_seconds: float = 0.0) -> None:
        """Take nothing yet; `wait_seconds` is how long to wait for another run to end."""
        self._path = output / STATE_FOLDER / "lock"
        self._wait_seconds = wait_seconds
        self._descriptor = -1

    def __enter__(self) -> Self:
        """Take the lock, making the output folder if it is not there.

        Raises:
            LockedError: Another run holds it, and still did after the wait.
            UsageError: The output folder cannot be made or written.
        """
        deadline = time.monotonic() + self._wait_seconds
        while not self._try():
            if time.monotonic() >= deadline:
                raise LockedError(
                    f"{self._path.parent.parent}: another run is writing here ({self._holder()});"
                    " wait for it to end, or give --wait SECONDS"
                )
            time.sleep(self._POLL_SECONDS)
        return self

    def _try(self) -> bool:
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            descriptor = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o666)
        except OSError as error:
            raise UsageError(
                f"the output folder {self._path.parent.parent} cannot be written: {error.strerror};"
                " check its permissions or choose another with --output"
            ) from error
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            # The file may have been deleted meanwhile; a lock on it would keep nobody out.
            if os.fstat(descriptor).st_ino != self._path.stat().st_ino:
                raise FileNotFoundError
        except (BlockingIOError, FileNotFoundError):
            os.close(descriptor)
            return False
        started = datetime.now(UTC).isoformat(timespec="seconds")
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, f"process {os.getpid()}, since {started}\n".encode(), 0)
        self._descriptor = descriptor
        return True

    def _holder(self) -> str:
        from seedsum.output.rendering import visible_text

        try:
            return visible_text(self._path.read_text(errors="replace")) or "process unknown"
        except OSError:
            return "process unknown"

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Give the lock back."""
        os.close(self._descriptor)
        self._descriptor = -1
