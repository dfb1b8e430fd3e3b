"""The documents of a run, given to its workers in windows, watched, and published.

A document that hangs or brings a worker down is found and reported, and the others are done.
"""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import closing, nullcontext
from dataclasses import replace
from itertools import count
from types import MappingProxyType
from typing import TYPE_CHECKING

from seedsum.errors import WorkerError
from seedsum.output.names import pair_file
from seedsum.output.pairs import PAIR_FILES
from seedsum.pipeline import planning
from seedsum.pipeline.decodings import cache_path
from seedsum.pipeline.failures import ELSEWHERE, read_failures, write_doing, write_failures
from seedsum.pipeline.worker.crew import Crew, CrewHere, max_memory_bytes
from seedsum.pipeline.worker.messages import (
    Alive,
    DocumentDone,
    Event,
    Lost,
    Said,
    Setup,
    Stopped,
    Window,
    WindowDone,
    WindowPublished,
    WorkerLost,
)
from seedsum.pipeline.worker.publishing import publish_window
from seedsum.records import Outcome, RecordState, Status, Task
from seedsum.reviews import Judged

if TYPE_CHECKING:
    from seedsum.pipeline.hand_edits import HandEdit
    from seedsum.pipeline.request import Request

#: A window ends at that many documents or bytes, whichever comes first: large enough to fill the
#: batches of a second chance (a news article has about 25 segments, a tenth to a fifth of which get
#: one), small enough that pairs come early and memory stays flat.
WINDOW_DOCUMENTS = 64
WINDOW_BYTES = 2_000_000
#: The first window has so many documents, each further one twice as many as that before it.
FIRST_WINDOW_DOCUMENTS = 8
#: Where there are several workers, each gets so many windows or more if there are documents for it,
#: so that they end at about the same time.
_WINDOWS_EACH = 16

#: Windows that a worker has: those that it works on, and one that waits.
#: Of windows of that many bytes together it gets no more.
_WINDOWS_AHEAD = 4
_BYTES_AHEAD = 2 * WINDOW_BYTES

#: Workers that are lost one after another before any document is done, for each that there is: then
#: it is the machine or the installation that does it, and a folder of thousands is not blamed for
#: it one by one.
_MAX_LOST = 5

#: Workers that a document may be with while they are lost by no fault of a document, before it is
#: done alone, and then alone before it has failed: machines of a cluster come and go. With workers
#: killed as soon as another document was done, one of 200 was alone with three of 16 by chance.
_MAX_LOST_WITH, _MAX_LOST_ALONE = 3, 8

#: What a pair has that was made of its source.
_MADE = (Status.CHECKED, Status.CLEAN, Status.REVIEW)


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
        #: What each worker has, oldest first, and what it has given back of that out of turn.
        self._given: dict[int, deque[Window]] = {}
        self._done: dict[int, WindowDone | WindowPublished] = {}
        self._numbers = count()
        self._num_lost = 0
        #: How often a document was with a worker that was lost by no fault of a document.
        self._num_lost_with: Counter[str] = Counter()

    def do(self, tasks: Sequence[Task], *, suspects: Collection[str]) -> None:
        """Do every task and publish its pair.

        Suspects, which were being done when a run was killed, come last and each alone: the others
        are safe by then, and the one that brings the process down gives itself away.

        Raises:
            ModelError: A model is missing, damaged or does not fit into memory.
        """
        self._progress.start(len(tasks), num_bytes=sum(map(_size_bytes, tasks)))
        if not tasks:
            return
        with closing(self._crew(tasks)) as crew:
            most = _most_documents(len(tasks), num_workers=crew.size)
            self._waiting.extend(_groups((t for t in tasks if t.name not in suspects), most=most))
            self._alone.extend(task for task in tasks if task.name in suspects)
            if not crew.is_here:
                write_doing(self._output, [ELSEWHERE], shard=self._request.shard)
            for _ in range(min(crew.size, len(self._waiting) + len(self._alone))):
                crew.hire()
            while self._waiting or self._alone or any(self._given.values()):
                self._feed(crew)
                with self._timings.measure("starting") if not self._given else nullcontext():
                    worker, event = crew.receive()
                self._given.setdefault(worker, deque())
                self._handle(crew, worker, event)
            crew.finish()
        if not crew.is_here:
            self._output.clean()  # of workers that were killed while they put a pair

    def quarantined(self) -> dict[str, str]:
        """Return why what failed too often did, by name."""
        return {
            name: failure.message
            for name, failure in self._failures.items()
            if failure.num_failures >= planning.MAX_FAILURES
            and failure.conditions == self._request.conditions
        }

    def _crew(self, tasks: Sequence[Task]) -> Crew:
        context, options = self._request.context, self._request.options
        setup = Setup(
            context,
            cache_path=cache_path(self._output) if options.cache else None,
            stdin=options.stdin,
            output=options.output,
            max_memory_bytes=max_memory_bytes(context, options),
        )
        if options.ray is None:
            return CrewHere(setup, options)
        from seedsum.pipeline.cluster.crew import RayCrew

        return RayCrew(
            setup,
            options,
            place=self._output,
            tasks=tasks,
            progress=self._progress,
            shard=self._request.shard,
        )

    def _feed(self, crew: Crew) -> None:
        """Give each worker what it has room for: windows by turns, then documents alone."""
        while self._waiting:
            free = [worker for worker, given in self._given.items() if _has_room(given)]
            if not free:
                return
            for worker in free:
                if self._waiting:
                    self._give(crew, worker, self._waiting.popleft())
        for worker, given in self._given.items():
            if not given and self._alone:
                self._give(crew, worker, [self._alone.popleft()])

    def _give(self, crew: Crew, worker: int, tasks: Sequence[Task]) -> None:
        window = self._window(tasks)
        self._given[worker].append(window)
        if crew.is_here:
            given = (window for windows in self._given.values() for window in windows)
            names = [task.name for window in given for task in window.tasks]
            write_doing(self._output, names, shard=self._request.shard)
        crew.send(worker, window)

    def _window(self, tasks: Sequence[Task]) -> Window:
        judged = {task.name: self._judged(task) for task in tasks}
        names = [task.name for task in tasks] if self._taken else []
        files = {pair_file(name, suffix) for name in names for suffix in PAIR_FILES}
        return Window(
            next(self._numbers),
            tuple(tasks),
            {name: one for name, one in judged.items() if one.standings},
            stays=frozenset(task.name for task in tasks if self._stays(task)),
            taken={name: self._taken[name] for name in files & self._taken.keys()},
        )

    def _judged(self, task: Task) -> Judged:
        """Return what reviewers have said of a document."""
        assert task.source is not None
        return self._names.judged(task.source, self._states.get(task.name))

    def _handle(self, crew: Crew, worker: int, event: Event) -> None:
        """Act on what a worker says.

        Raises:
            ModelError: No document can be done.
            WorkerError: No worker lives.
        """
        match event:
            case Alive(num_found, num_done, num_bytes):
                if num_found or num_bytes:
                    self._progress.add_segments(num_found, num_bytes=num_bytes)
                if num_done:
                    self._progress.advance_segments(num_done)
            case Said(text):
                self._progress.message(text)
            case WindowDone() | WindowPublished():
                self._num_lost = 0
                self._timings.add(event.seconds)
                self.counters.update(event.counters)
                self._done[event.number] = event
                given = self._given[worker]
                while given and given[0].number in self._done:
                    window = given.popleft()
                    self._settle(window, self._done.pop(window.number))
            case Lost(message, by_document):
                self._replace(crew, worker, message, by_document=by_document)
            case Stopped(WorkerLost() as lost):
                self._replace(crew, worker, str(lost), by_document=True)
            case Stopped(error):
                raise error

    def _replace(self, crew: Crew, worker: int, message: str, *, by_document: bool) -> None:
        """End a lost worker, have what it had done again, and start another for that.

        Raises:
            WorkerError: No worker lives.
        """
        crew.dismiss(worker)
        left = []
        for window in self._given.pop(worker):
            if done := self._done.pop(window.number, None):
                self._settle(window, done)
            else:
                left.append(window.tasks)
        self._num_lost += 1
        if by_document:
            self._take_back([task for tasks in left for task in tasks], message)
        else:
            self._give_back(left, message)
        if self._num_lost == _MAX_LOST * crew.size:
            raise WorkerError(
                f"{self._num_lost} times in a row, before any document was done, {message};"
                " see 'seedsum doctor'"
            )
        if self._waiting or self._alone:
            crew.hire()

    def _take_back(self, left: Sequence[Task], message: str) -> None:
        """Do each alone, last; one that was alone has failed."""
        if len(left) != 1:
            self._alone.extend(left)
            return
        from seedsum.pipeline.worker.results import failed

        (task,) = left
        context, judged = self._request.context, self._judged(task)
        self._publish(self._window(left), [failed(task, message, context, judged=judged)])

    def _give_back(self, left: Iterable[Sequence[Task]], message: str) -> None:
        """Do windows of a worker that no document has ended again, with bounds."""
        for tasks in left:
            self._num_lost_with.update(task.name for task in tasks)
            num_lost = max(self._num_lost_with[task.name] for task in tasks)
            if num_lost < _MAX_LOST_WITH:
                self._waiting.appendleft(list(tasks))
            elif len(tasks) > 1 or num_lost < _MAX_LOST_WITH + _MAX_LOST_ALONE:
                for task in tasks:
                    self._num_lost_with[task.name] = max(
                        self._num_lost_with[task.name], _MAX_LOST_WITH
                    )
                self._alone.extend(tasks)
            else:
                self._take_back(tasks, message)

    def _settle(self, window: Window, done: WindowDone | WindowPublished) -> None:
        """Take note of a window that is done, and publish it where its worker has not."""
        if isinstance(done, WindowDone):
            self._publish(window, done.documents)
        else:
            self._count(window, done.outcomes, done.unwritten)

    def _publish(self, window: Window, documents: Sequence[DocumentDone]) -> None:
        with self._timings.measure("writing"):
            unwritten = publish_window(self._output, window, documents)
        self._count(window, [one.outcome for one in documents], unwritten)

    def _count(
        self, window: Window, done: Iterable[Outcome], unwritten: Mapping[str, Outcome]
    ) -> None:
        tasks = {task.name: task for task in window.tasks}
        outcomes = {outcome.name: outcome for outcome in done}
        self._remember(tasks, outcomes)
        outcomes |= unwritten
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
            write_failures(self._output, self._failures, shard=self._request.shard)

    def _stays(self, task: Task) -> bool:
        """Return whether the pair that is there stays where its document fails now.

        One that was made from the same source is still right, only not up to date.
        """
        state = self._states.get(task.name)
        made_before = state is not None and state.status in _MADE
        same_source = state and task.source and state.source_sha256 == task.source.sha256
        return bool(made_before and same_source)


def _most_documents(num_documents: int, *, num_workers: int) -> int:
    """Return how many documents a window has at most."""
    if num_workers == 1:
        return WINDOW_DOCUMENTS
    each = num_documents // (num_workers * _WINDOWS_EACH)
    return min(max(each, FIRST_WINDOW_DOCUMENTS), WINDOW_DOCUMENTS)


def _has_room(given: Sequence[Window]) -> bool:
    """Return whether a worker that has these windows gets one more."""
    num_bytes = sum(_size_bytes(task) for window in given for task in window.tasks)
    return len(given) < _WINDOWS_AHEAD and num_bytes < _BYTES_AHEAD


def _size_bytes(task: Task) -> int:
    return task.source.size_bytes if task.source else 0


def _groups(tasks: Iterable[Task], *, most: int = WINDOW_DOCUMENTS) -> Iterator[list[Task]]:
    """Yield the windows, in order; the first ones are small, so that pairs come early."""
    group: list[Task] = []
    size_bytes, now = 0, min(FIRST_WINDOW_DOCUMENTS, most)
    for task in tasks:
        group.append(task)
        size_bytes += _size_bytes(task)
        if len(group) >= now or size_bytes >= WINDOW_BYTES:
            yield group
            group, size_bytes, now = [], 0, min(2 * now, most)
    if group:
        yield group
