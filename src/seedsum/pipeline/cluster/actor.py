"""What runs on the cluster: one worker's process, and what it makes into the output."""

from __future__ import annotations

import queue
import threading
import time
from collections import Counter
from contextlib import closing
from dataclasses import dataclass
from typing import Any

from seedsum.errors import SeedsumError
from seedsum.output.places import Place
from seedsum.pipeline.cluster.node import Assignment, arithmetic, host, output_of, setup_here
from seedsum.pipeline.timings import Timings
from seedsum.pipeline.worker.crew import START_SECONDS
from seedsum.pipeline.worker.messages import (
    Alive,
    Event,
    Lost,
    Setup,
    Stopped,
    Window,
    WindowDone,
    WindowPublished,
    WorkerLost,
)
from seedsum.pipeline.worker.process import WorkerProcess
from seedsum.pipeline.worker.publishing import publish_window

#: For how long what only says that something goes on is collected, so that a thousand workers do
#: not take all of the run's time; and how long one that has nothing to say may be silent.
_COLLECTING_SECONDS = 2.0
SILENT_SECONDS = 10.0


@dataclass(frozen=True, slots=True)
class Ready:
    """A worker can be given windows; where it is, and in which class of arithmetic it computes."""

    host: str
    arithmetic: str


@dataclass(frozen=True, slots=True)
class Unfit:
    """A machine on which no worker can be, and why."""

    host: str
    error: SeedsumError


class Worker:
    """An actor of Ray. It never touches a document: its process does, as that of a run does.

    So a document that brings it down is told from a machine that goes away. `events` waits while
    `begin` and `give` are called: it wants threads.
    """

    def __init__(self, assignment: Assignment, setup: Setup) -> None:
        self._assignment, self._setup = assignment, setup
        self._events: queue.SimpleQueue[Event | Ready | Unfit] = queue.SimpleQueue()
        self._windows: dict[int, Window] = {}
        self._process: WorkerProcess | None = None
        self._metrics = _Metrics(assignment.name)
        # The process ends with the thread that starts it, so that is not one of Ray's.
        threading.Thread(target=self._run, name=assignment.name, daemon=True).start()

    def do_window(self, window: Window) -> None:
        """Take one more window; returns at once, and `events` says when it is done."""
        assert self._process is not None
        self._windows[window.number] = window
        self._process.send(window)

    def events(self) -> list[Event | Ready | Unfit]:
        """Return what was to be said since the last call, once there is something, or nothing."""
        found: list[Event | Ready | Unfit] = []
        alive = Counter[str]()
        deadline = time.monotonic() + SILENT_SECONDS
        while (wait_seconds := deadline - time.monotonic()) > 0:
            try:
                event = self._events.get(timeout=wait_seconds)
            except queue.Empty:
                break
            if not isinstance(event, Alive):
                found.append(event)
                break
            if not alive:
                deadline = time.monotonic() + _COLLECTING_SECONDS
            alive.update(num_found=event.num_found, num_done=event.num_done)
            alive.update(num_bytes=event.num_bytes, events=1)
        if alive:
            del alive["events"]
            found.insert(0, Alive(**alive))
        return found

    def _run(self) -> None:
        """Start the process, publish what it makes, and pass on what it says."""
        try:
            output = output_of(self._assignment)
            setup = setup_here(self._assignment, self._setup, output=output)
        except SeedsumError as error:
            self._events.put(Unfit(host(), error))
            return
        wait_seconds = self._assignment.options.document_timeout_seconds
        try:
            with closing(WorkerProcess(setup)) as self._process:
                self._process.receive(timeout_seconds=START_SECONDS)
                self._events.put(Ready(host(), arithmetic(setup.context)))
                while True:
                    event: Event = self._process.receive(timeout_seconds=wait_seconds)
                    if isinstance(event, WindowDone):
                        event = self._published(output, event)
                    self._events.put(event)
        except WorkerLost as lost:
            self._events.put(Lost(str(lost)))
        except Exception as error:
            self._events.put(Stopped(error))

    def _published(self, output: Place, done: WindowDone) -> WindowPublished:
        window = self._windows.pop(done.number)
        timings = Timings()
        with timings.measure("writing"):
            unwritten = publish_window(output, window, done.documents)
        seconds = Counter(done.seconds)
        seconds.update(timings.take())
        outcomes = tuple(one.outcome for one in done.documents)
        published = WindowPublished(done.number, outcomes, unwritten, dict(seconds), done.counters)
        self._metrics.count(published)
        return published


class _Metrics:
    """What Ray's own endpoints for Prometheus and its dashboard show of each worker."""

    def __init__(self, worker: str) -> None:
        from ray.util.metrics import Counter as RayCounter

        def counter(name: str, what: str, *labels: str) -> Any:
            made = RayCounter(f"seedsum_worker_{name}", what, tag_keys=("worker", *labels))
            made.set_default_tags({"worker": worker})
            return made

        self._documents = counter("documents", "Documents that a worker has done.", "status")
        self._seconds = counter("stage_seconds", "Seconds that a worker spent, by stage.", "stage")

    def count(self, done: WindowPublished) -> None:
        """Count a window."""
        statuses = Counter(str(outcome.status) for outcome in done.outcomes)
        for status, number in statuses.items():
            self._documents.inc(number, tags={"status": status})
        for stage, seconds in done.seconds.items():
            if seconds > 0:
                self._seconds.inc(seconds, tags={"stage": stage})
