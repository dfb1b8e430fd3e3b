"""What a run does with what its workers say: in order, and with the documents of a lost one."""

from __future__ import annotations

from collections import deque
from pathlib import Path
from typing import Any, cast

import pytest

from seedsum.output import place_of
from seedsum.pipeline import supervision
from seedsum.pipeline.last_run import LastRun
from seedsum.pipeline.options import RunOptions
from seedsum.pipeline.progress import Progress
from seedsum.pipeline.run import Request
from seedsum.pipeline.sources import Listing
from seedsum.pipeline.stamps import Stamps
from seedsum.pipeline.supervision import Supervisor
from seedsum.pipeline.timings import Timings
from seedsum.pipeline.worker.messages import (
    Alive,
    DocumentDone,
    Event,
    Stopped,
    Window,
    WindowDone,
    WorkerLost,
)
from seedsum.records import Action, Outcome, OutputPair, Source, Status, Task
from seedsum.reviews import Reviews

NAMES = [f"{letter}.txt" for letter in "abcdef"]


class Listener(Progress):
    """Remembers the documents that are done."""

    def __init__(self) -> None:
        self.done: list[tuple[str, Status | None]] = []

    def document_done(self, outcome: Outcome) -> None:
        self.done.append((outcome.name, outcome.status))


class Worker:
    """Does windows of its own: the last that it has first; some documents bring it down."""

    def __init__(self, deadly: set[str]) -> None:
        self._deadly = deadly
        self._windows: deque[Window] = deque()
        self._is_started = False

    def close(self) -> None:
        pass

    def send(self, window: Window) -> None:
        self._windows.append(window)

    def finish(self) -> None:
        assert not self._windows

    def receive(self, *, timeout_seconds: float) -> Event:
        if not self._is_started:
            self._is_started = True
            return Alive()
        window = self._windows.pop()
        if any(task.name in self._deadly for task in window.tasks):
            if len(window.tasks) > 1:
                return Stopped(WorkerLost("it broke"))
            raise WorkerLost("it is lost")
        return WindowDone(window.number, tuple(map(done, window.tasks)), {}, {"inputs": 1})


def done(task: Task) -> DocumentDone:
    outcome = Outcome(task.name, Action.WRITE, task.reasons, Status.CLEAN)
    return DocumentDone(outcome, OutputPair(task.name, {}, ""))


def supervised(
    output: Path, monkeypatch: pytest.MonkeyPatch, *, deadly: set[str]
) -> list[tuple[str, Status | None]]:
    """Return what became of six documents, in windows of two, in the order of its being said."""
    monkeypatch.setattr(supervision, "WINDOW_DOCUMENTS", 2)
    monkeypatch.setattr("seedsum.output.publish_all", lambda output, pairs, taken: {})
    monkeypatch.setattr(Supervisor, "_worker", lambda self: Worker(deadly))
    monkeypatch.setattr(
        "seedsum.pipeline.worker.results.failed",
        lambda task, message, context, *, judged: DocumentDone(
            Outcome(task.name, Action.WRITE, task.reasons, Status.FAILED, message=message),
            OutputPair(task.name, {}, ""),
        ),
    )
    listener = Listener()
    request = Request(
        options=RunOptions(output=output),
        place=place_of(output),
        configured=cast(Any, None),
        context=cast(Any, None),
        reviews=Reviews(output),
        listing=Listing(()),
        stamps=Stamps(None),
        conditions="",
        started="2026-01-01T00:00:00+00:00",
        timings=Timings(),
        progress=listener,
        inputs="input",
        before=LastRun(),
    )
    supervisor = Supervisor(request, {})
    tasks = [Task(name, Action.WRITE, ("new",), Source(name, name, "s", 10)) for name in NAMES]
    supervisor.do(tasks, suspects=())
    assert [name for name, _ in listener.done] == list(supervisor.outcomes)
    return listener.done


def test_windows_that_are_done_out_of_turn_are_published_in_order(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = supervised(tmp_path, monkeypatch, deadly=set())
    assert found == [(name, Status.CLEAN) for name in NAMES]


@pytest.mark.parametrize("name", NAMES)
def test_of_a_lost_worker_what_is_done_counts_and_the_rest_is_done_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    found = dict(supervised(tmp_path, monkeypatch, deadly={name}))
    assert found == {**dict.fromkeys(NAMES, Status.CLEAN), name: Status.FAILED}
