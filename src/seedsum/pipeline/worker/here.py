"""The worker as threads of the run's own process: for debuggers and profilers."""

from __future__ import annotations

import queue

from seedsum.pipeline.worker.messages import Alive, Event, Setup
from seedsum.pipeline.worker.workshop import Workshop


class WorkerHere:
    """What `WorkerProcess` is, in this process and without limits."""

    def __init__(self, setup: Setup) -> None:
        self._events: queue.SimpleQueue[Event] = queue.SimpleQueue()
        workshop = Workshop(setup, tell=self._events.put)
        self.send, self.close = workshop.begin, workshop.close
        self._events.put(Alive())

    def receive(self, *, timeout_seconds: float) -> Event:
        """Return what it says next, however long that takes."""
        return self._events.get()

    def finish(self) -> None:
        """Do nothing: what was given is done."""
