"""What a run does with what its workers say: in order, and with the documents of a lost one."""

from __future__ import annotations

from collections import deque
from itertools import count
from pathlib import Path
from typing import Any, cast

import pytest

from seedsum.output import place_of
from seedsum.pipeline import supervision
from seedsum.pipeline.last_run import LastRun
from seedsum.pipeline.options import RunOptions
from seedsum.pipeline.progress import Progress
from seedsum.pipeline.request import Request
from seedsum.pipeline.sources import Listing
from seedsum.pipeline.stamps import Stamps
from seedsum.pipeline.supervision import Supervisor
from seedsum.pipeline.timings import Timings
from seedsum.pipeline.worker.messages import (
    Alive,
    DocumentDone,
    Event,
    Lost,
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


class Crew:
    """Workers that do windows of their own, the last that each has first; documents end them."""

    is_here = True

    def __init__(self, deadly: set[str], size: int, lost: int) -> None:
        self.size = size
        self._deadly = deadly
        self._num_lost = lost  # workers that are still to be lost by no document's fault
        self._windows: dict[int, list[Window]] = {}
        self._turns: deque[int] = deque()
        self._new: deque[int] = deque()
        self._numbers = count()

    def hire(self) -> None:
        number = next(self._numbers)
        self._windows[number] = []
        self._new.append(number)

    def dismiss(self, worker: int) -> None:
        del self._windows[worker]

    def close(self) -> None:
        pass

    def send(self, worker: int, window: Window) -> None:
        self._windows[worker].append(window)
        self._turns.append(worker)

    def finish(self) -> None:
        assert not any(self._windows.values())

    def receive(self) -> tuple[int, Event]:
        if self._new:
            return self._new.popleft(), Alive()
        worker = self._turns.popleft()
        while not self._windows.get(worker):
            worker = self._turns.popleft()
        if self._num_lost:
            self._num_lost -= 1
            return worker, Lost("its machine is gone", by_document=False)
        window = self._windows[worker].pop()
        if any(task.name in self._deadly for task in window.tasks):
            if len(window.tasks) > 1:
                return worker, Stopped(WorkerLost("it broke"))
            return worker, Lost("it is lost")
        return worker, WindowDone(window.number, tuple(map(done, window.tasks)), {}, {"inputs": 1})


def done(task: Task) -> DocumentDone:
    outcome = Outcome(task.name, Action.WRITE, task.reasons, Status.CLEAN)
    return DocumentDone(outcome, OutputPair(task.name, {}, ""))


def supervised(
    output: Path,
    monkeypatch: pytest.MonkeyPatch,
    *,
    deadly: set[str],
    size: int = 1,
    lost: int = 0,
) -> list[tuple[str, Status | None]]:
    """Return what became of six documents, in windows of two, in the order of its being said."""
    monkeypatch.setattr(supervision, "WINDOW_DOCUMENTS", 2)
    monkeypatch.setattr("seedsum.output.publish_all", lambda output, pairs, taken: {})
    monkeypatch.setattr(supervision, "FIRST_WINDOW_DOCUMENTS", 2)
    monkeypatch.setattr(Supervisor, "_crew", lambda self, tasks: Crew(deadly, size, lost))
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


@pytest.mark.parametrize("size", [1, 2, 3])
@pytest.mark.parametrize("name", NAMES)
def test_of_a_lost_worker_what_is_done_counts_and_the_rest_is_done_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, size: int
) -> None:
    found = supervised(tmp_path, monkeypatch, deadly={name}, size=size)
    assert dict(found) == {**dict.fromkeys(NAMES, Status.CLEAN), name: Status.FAILED}
    assert len(found) == len(NAMES)


@pytest.mark.parametrize("size", [1, 2, 3])
@pytest.mark.parametrize("lost", [1, 2, 4])
def test_what_a_machine_had_that_went_away_is_done_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, size: int, lost: int
) -> None:
    found = supervised(tmp_path, monkeypatch, deadly=set(), size=size, lost=lost)
    assert sorted(found) == [(name, Status.CLEAN) for name in NAMES]


def test_a_document_that_is_always_there_when_workers_are_lost_has_failed_in_the_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(supervision, "_MAX_LOST", 300)
    found = supervised(tmp_path, monkeypatch, deadly=set(), lost=200)
    assert sorted(found) == [(name, Status.FAILED) for name in NAMES]
