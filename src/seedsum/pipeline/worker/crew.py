"""The workers of a run: what a run asks of them, and the one that it has on this machine."""

from __future__ import annotations

from itertools import count
from typing import TYPE_CHECKING, Protocol

from seedsum.pipeline.context import Context
from seedsum.pipeline.options import RunOptions
from seedsum.pipeline.worker.messages import Event, Lost, Setup, Window, WorkerLost
from seedsum.pipeline.worker.process import WorkerProcess

if TYPE_CHECKING:
    from seedsum.pipeline.worker.here import WorkerHere

#: What a worker may take to start, on a slow disk: no document's time.
START_SECONDS = 600.0

#: What a worker may take of the memory that is free when it starts.
_MEMORY_SHARE = 0.9


class Crew(Protocol):
    """Workers by number. One that was hired can be given windows once it has said something."""

    size: int  # how many work at the same time, at most
    is_here: bool  # whether what takes all of this machine's memory may be one of them

    def hire(self) -> None:
        """Begin to start one more worker; returns at once."""

    def dismiss(self, worker: int) -> None:
        """End a worker, whatever it does."""

    def send(self, worker: int, window: Window) -> None:
        """Give a worker one more window to do; returns at once."""

    def receive(self) -> tuple[int, Event]:
        """Return what one of them says next; `Lost` at the latest after the document time-out."""

    def finish(self) -> None:
        """Say that there is nothing more to do, and wait for their end."""

    def close(self) -> None:
        """End all of them, whatever they do."""


class CrewHere:
    """One worker on this machine."""

    size = 1
    is_here = True

    def __init__(self, setup: Setup, options: RunOptions) -> None:
        self._setup, self._options = setup, options
        self._numbers = count()
        self._number, self._worker = -1, None  # type: int, WorkerProcess | WorkerHere | None
        self._wait_seconds = START_SECONDS

    def hire(self) -> None:
        """Start the worker."""
        self._wait_seconds = START_SECONDS
        self._number, self._worker = next(self._numbers), self._started()

    def _started(self) -> WorkerProcess | WorkerHere:
        if self._options.isolated:
            return WorkerProcess(self._setup)
        from seedsum.pipeline.worker.here import WorkerHere

        return WorkerHere(self._setup)

    def dismiss(self, worker: int) -> None:
        """End it."""
        self.close()

    def send(self, worker: int, window: Window) -> None:
        """Give it a window."""
        assert self._worker is not None
        self._worker.send(window)

    def receive(self) -> tuple[int, Event]:
        """Return what it says."""
        assert self._worker is not None
        try:
            event = self._worker.receive(timeout_seconds=self._wait_seconds)
        except WorkerLost as lost:
            event = Lost(str(lost))
        self._wait_seconds = self._options.document_timeout_seconds
        return self._number, event

    def finish(self) -> None:
        """Let it end."""
        if self._worker is not None:
            self._worker.finish()

    def close(self) -> None:
        """End it."""
        if self._worker is not None:
            self._worker.close()
            self._worker = None


def max_memory_bytes(context: Context, options: RunOptions) -> int | None:
    """Return the limit of the memory of a worker on this machine.

    On a GPU there is none unless asked for: its driver maps more than there is.
    """
    from seedsum.engines.memory import available_bytes

    if not options.isolated:
        return None
    if options.memory_limit_bytes is not None or context.runtime.device != "cpu":
        return options.memory_limit_bytes
    return int(available_bytes() * _MEMORY_SHARE)
