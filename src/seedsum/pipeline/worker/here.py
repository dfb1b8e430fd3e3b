"""The worker as threads of the run's own process: for debuggers and profilers."""

from __future__ import annotations

import queue
from types import TracebackType
from typing import Self

from seedsum.pipeline.worker.messages import Alive, Event, Setup, Window
from seedsum.pipeline.worker.workshop import Workshop


class WorkerHere:
    """A `Workshop` in threads of this process, without limits."""

    def __init__(self, setup: Setup) -> None:
        """Keep what it has to know; nothing is opened yet."""
        self._events: queue.SimpleQueue[Event] = queue.SimpleQueue()
        self._workshop = Workshop(setup, tell=self._events.put)

    def __enter__(self) -> Self:
        """Open the workshop."""
        self._workshop.__enter__()
        self._events.put(Alive())
        return self

    def send(self, window: Window) -> None:
        """Give it one more window to do; returns at once."""
        self._workshop.begin(window)

    def receive(self, *, timeout_seconds: float) -> Event:
        """Return what it says next, however long that takes."""
        return self._events.get()

    def finish(self) -> None:
        """Do nothing: what was given is done."""

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Close the workshop."""
        self._workshop.__exit__(kind, error, traceback)
