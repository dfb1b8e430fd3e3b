"""The documents of a run, given to a worker in windows, watched, and published.

A document that hangs or brings the worker down is found and reported, and the others are done.
"""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import replace
from itertools import count
from types import MappingProxyType
from typing import TYPE_CHECKING

from seedsum import output as store
from seedsum.errors import EditedError, WorkerError
from seedsum.pipeline import planning
from seedsum.pipeline.context import Context
from seedsum.pipeline.decodings import cache_path
from seedsum.pipeline.failures import read_failures, write_doing, write_failures
from seedsum.pipeline.options import RunOptions
from seedsum.pipeline.worker.messages import (
    Alive,
    DocumentDone,
    Event,
    Said,
    Setup,
    Stopped,
    Window,
    WindowDone,
    WorkerLost,
)
from seedsum.pipeline.worker.process import WorkerProcess
from seedsum.records import Action, Outcome, RecordState, Status, Task
from seedsum.reviews import Judged

if TYPE_CHECKING:
    from seedsum.pipeline.hand_edits import HandEdit
    from seedsum.pipeline.run import Request
    from seedsum.pipeline.worker.here import WorkerHere

    Worker = WorkerProcess | WorkerHere

#: A window ends at that many documents or bytes, whichever comes first: large enough to fill the
#: batches of a second chance (a news article has about 25 segments, a tenth to a fifth of which get
#: one), small enough that pairs come early and memory stays flat.
WINDOW_DOCUMENTS = 64
WINDOW_BYTES = 2_000_000
#: The first window has so many documents, each further one twice as many as that before it.
FIRST_WINDOW_DOCUMENTS = 8

#: Windows that the worker has: those that it works on, and one that waits.
#: Of windows of that many bytes together it gets no more.
_WINDOWS_AHEAD = 4
_BYTES_AHEAD = 2 * WINDOW_BYTES

#: Workers that are lost one after another before any document is done: then it is the machine or
#: the installation that does it, and a folder of thousands is not blamed for it one by one.
_MAX_LOST = 5

#: What a worker may take to start, on a slow disk: no document's time.
_START_SECONDS = 600.0

#: What a pair has that was made of its source.
_MADE = (Status.CHECKED, Status.CLEAN, Status.REVIEW)

#: What a worker may take of the memory that is free when it starts.
_MEMORY_SHARE = 0.9


class Supervisor:
    """Has the documents of one run done and published.

    `outcomes` by name and `counters` say what came of it.
    """

    def __init__(
        self,
        request: Request,
        states: Mapping[str, RecordState],
        edits: Mapping[str, HandEdit] = MappingProxyType({}),
    ) -> None:
        self._request = request
        self._output = request.place
        self._timings = request.timings
        self._progress = request.progress
        self._states = states
        self._taken = {file: taken for edit in edits.values() for file, taken in edit.taken.items()}
        self._names = request.known_names(states)
        self._failures = read_failures(self._output)
        self.outcomes: dict[str, Outcome] = {}
        self.counters: Counter[str] = Counter()
        #: What waits: whole windows, and documents that are done one by one after them.
        self._waiting: deque[list[Task]] = deque()
        self._alone: deque[Task] = deque()
        #: What the worker has, oldest first, and what it has given back of that out of turn.
        self._given: deque[Window] = deque()
        self._done: dict[int, WindowDone] = {}
        self._numbers = count()
        self._num_lost = 0

    def do(self, tasks: Sequence[Task], *, suspects: Collection[str]) -> None:
        """Do every task and publish its pair.

        Suspects, which were being done when a run was killed, come last and each alone: the others
        are safe by then, and the one that brings the process down gives itself away.

        Raises:
            ModelError: A model is missing, damaged or does not fit into memory.
        """
        self._progress.start(len(tasks), num_bytes=sum(map(_size_bytes, tasks)))
        self._waiting.extend(_groups(task for task in tasks if task.name not in suspects))
        self._alone.extend(task for task in tasks if task.name in suspects)
        while self._waiting or self._alone:
            try:
                with closing(self._worker()) as worker:
                    self._feed(worker)
            except WorkerLost as lost:
                self._take_back(str(lost))

    def quarantined(self) -> dict[str, str]:
        """Return why what failed too often did, by name."""
        return {
            name: failure.message
            for name, failure in self._failures.items()
            if failure.num_failures >= planning.MAX_FAILURES
            and failure.conditions == self._request.conditions
        }

    def _worker(self) -> Worker:
        context, options = self._request.context, self._request.options
        setup = Setup(
            context,
            cache_path=cache_path(self._output) if options.cache else None,
            stdin=options.stdin,
            output=options.output,
            max_memory_bytes=_max_memory_bytes(context, options),
        )
        if options.isolated:
            return WorkerProcess(setup)
        from seedsum.pipeline.worker.here import WorkerHere

        return WorkerHere(setup)

    def _feed(self, worker: Worker) -> None:
        """Give the worker one window after another and publish what it makes of them.

        Raises:
            WorkerLost: It ended, or shows no sign of life.
        """
        with self._timings.measure("starting"):
            self._handle(worker.receive(timeout_seconds=_START_SECONDS))
        while True:
            while self._waiting and _has_room(self._given):
                self._give(worker, self._waiting.popleft())
            if not self._given and self._alone:
                self._give(worker, [self._alone.popleft()])
            if not self._given:
                worker.finish()
                return
            wait_seconds = self._request.options.document_timeout_seconds
            self._handle(worker.receive(timeout_seconds=wait_seconds))

    def _give(self, worker: Worker, tasks: Sequence[Task]) -> None:
        judged = {task.name: self._judged(task) for task in tasks}
        judged = {name: one for name, one in judged.items() if one.standings}
        window = Window(next(self._numbers), tuple(tasks), judged)
        self._given.append(window)
        names = [task.name for given in self._given for task in given.tasks]
        write_doing(self._output, names)
        worker.send(window)

    def _judged(self, task: Task) -> Judged:
        """Return what reviewers have said of a document."""
        assert task.source is not None
        return self._names.judged(task.source, self._states.get(task.name))

    def _take_back(self, message: str) -> None:
        """Publish what a lost worker has done; do the rest of what it had alone, last.

        One that was alone has failed.

        Raises:
            WorkerError: No worker lives.
        """
        left: list[Task] = []
        while self._given:
            window = self._given.popleft()
            if done := self._done.pop(window.number, None):
                self._publish(window.tasks, done.documents)
            else:
                left += window.tasks
        self._num_lost += 1
        if len(left) == 1:
            from seedsum.pipeline.worker.results import failed

            (task,) = left
            context, judged = self._request.context, self._judged(task)
            self._publish(left, [failed(task, message, context, judged=judged)])
        else:
            self._alone.extend(left)
        if self._num_lost == _MAX_LOST:
            raise WorkerError(
                f"{_MAX_LOST} times in a row, before any document was done, {message};"
                " see 'seedsum doctor'"
            )

    def _handle(self, event: Event) -> None:
        """Act on what a worker says.

        Raises:
            ModelError: No document can be done.
            WorkerLost: The worker can do no more.
        """
        match event:
            case Alive(num_found, num_done, num_bytes):
                if num_found or num_bytes:
                    self._progress.add_segments(num_found, num_bytes=num_bytes)
                if num_done:
                    self._progress.advance_segments(num_done)
            case Said(text):
                self._progress.message(text)
            case WindowDone():
                self._num_lost = 0
                self._timings.add(event.seconds)
                self.counters.update(event.counters)
                self._done[event.number] = event
                while self._given and self._given[0].number in self._done:
                    window = self._given.popleft()
                    self._publish(window.tasks, self._done.pop(window.number).documents)
            case Stopped(error):
                raise error

    def _publish(self, window: Sequence[Task], done: Sequence[DocumentDone]) -> None:
        """Publish what the worker has made, failures too, so that the index shows them."""
        tasks = {task.name: task for task in window}
        outcomes = {event.outcome.name: event.outcome for event in done}
        self._remember(tasks, outcomes)
        pairs = [
            event.pair
            for event in done
            if event.outcome.status is not Status.FAILED or self._replaces(tasks[event.pair.name])
        ]
        with self._timings.measure("writing"):
            failures = store.publish_all(self._output, pairs, taken=self._taken)
        for name, failure in failures.items():
            if isinstance(failure, EditedError):  # what a person has just saved is for the next run
                message = f"{failure}; the next run takes it in"
                outcomes[name] = Outcome(name, Action.LEAVE, ("edited",), message=message)
                continue
            outcomes[name] = Outcome(
                name,
                Action.WRITE,
                tasks[name].reasons,
                Status.FAILED,
                message=f"cannot be written: {failure}",
            )
        self.outcomes |= outcomes
        for outcome in outcomes.values():
            self._progress.document_done(outcome)

    def _remember(self, tasks: Mapping[str, Task], outcomes: dict[str, Outcome]) -> None:
        """Count what failed, and say so where it was the last time; forget what went well.

        A pair that cannot be written is not counted: the disk is full, not the document wrong.
        """
        before = dict(self._failures)
        for name, outcome in outcomes.items():
            if outcome.status is not Status.FAILED:
                self._failures.pop(name, None)
                continue
            failure = self._request.count_failure(
                self._failures, tasks[name], message=outcome.message
            )
            if failure.num_failures >= planning.MAX_FAILURES:
                times = f"quarantined after {failure.num_failures} failures"
                outcomes[name] = replace(outcome, message=f"{times}: {outcome.message}")
        if self._failures != before:
            write_failures(self._output, self._failures)

    def _replaces(self, task: Task) -> bool:
        """Return whether a failure's record takes the place of the pair that is there.

        A pair that was made from the same source stays: it is still right, only not up to date.
        """
        state = self._states.get(task.name)
        made_before = state is not None and state.status in _MADE
        same_source = state and task.source and state.source_sha256 == task.source.sha256
        return not (made_before and same_source)


def _max_memory_bytes(context: Context, options: RunOptions) -> int | None:
    """Return the limit of a worker's memory.

    On a GPU there is none unless asked for: its driver maps more than there is.
    """
    from seedsum.engines.memory import available_bytes

    if not options.isolated:
        return None
    if options.memory_limit_bytes is not None or context.runtime.device != "cpu":
        return options.memory_limit_bytes
    return int(available_bytes() * _MEMORY_SHARE)


def _has_room(given: Sequence[Window]) -> bool:
    """Return whether a worker that has these windows gets one more."""
    num_bytes = sum(_size_bytes(task) for window in given for task in window.tasks)
    return len(given) < _WINDOWS_AHEAD and num_bytes < _BYTES_AHEAD


def _size_bytes(task: Task) -> int:
    return task.source.size_bytes if task.source else 0


def _groups(tasks: Iterable[Task]) -> Iterator[list[Task]]:
    """Yield the windows, in order; the first ones are small, so that pairs come early."""
    group: list[Task] = []
    size_bytes, most = 0, min(FIRST_WINDOW_DOCUMENTS, WINDOW_DOCUMENTS)
    for task in tasks:
        group.append(task)
        size_bytes += _size_bytes(task)
        if len(group) >= most or size_bytes >= WINDOW_BYTES:
            yield group
            group, size_bytes, most = [], 0, min(2 * most, WINDOW_DOCUMENTS)
    if group:
        yield group
