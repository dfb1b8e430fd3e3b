"""The documents of a run, given to a worker in windows, watched, and published.

A document that hangs or brings the worker down is found and reported, and the others are done.
Neighbours: `pipeline` says what is to be done; `worker` does it, `store` has the output.
"""

from __future__ import annotations

import gc
from collections import deque
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING

from seedsum import output as store
from seedsum.clock import Clock
from seedsum.errors import WorkerError
from seedsum.files import STATE_FOLDER
from seedsum.pipeline import planning
from seedsum.pipeline.bulk import Packed
from seedsum.pipeline.context import Context
from seedsum.pipeline.failures import read_failures, write_doing, write_failures
from seedsum.pipeline.options import RunOptions
from seedsum.progress import Progress
from seedsum.records import Action, Outcome, RecordState, Status, Task

if TYPE_CHECKING:
    from seedsum.pipeline.worker import DocumentDone, Event, Setup, WorkerProcess

#: A window ends at that many documents or bytes, whichever comes first: large enough to fill the
#: batches of a second chance (a news article has about 25 segments, a tenth to a fifth of which get
#: one), small enough that pairs come early and memory stays flat. 200 articles took 1.31 times as
#: long as decoding alone with windows of 32, 1.21 with 64 and 1.18 with 128 (starter); just their
#: batches 1.01 with 64, and 1.06 with windows that grow from 8 to 64 (size of opus-mt).
WINDOW_DOCUMENTS = 64
WINDOW_BYTES = 2_000_000

#: Windows that the worker has: two being mended, one decoded and one read.
#: Of windows of that many bytes together it gets no more.
_WINDOWS_AHEAD = 4
_BYTES_AHEAD = 2 * WINDOW_BYTES

#: Workers that are lost one after another before any document is done: then it is the machine or
#: the installation that does it, and a folder of thousands is not blamed for it one by one.
_MAX_LOST = 5

#: What a worker may take of the memory that is free when it starts.
_MEMORY_SHARE = 0.9


class Supervisor:
    """Has the documents of one run done and published."""

    def __init__(
        self,
        output: Path,
        context: Context,
        *,
        conditions: str,
        states: Mapping[str, RecordState],
        clock: Clock,
        progress: Progress,
    ) -> None:
        """Do nothing yet.

        Args:
            output: Folder of the pairs; its lock is held.
            context: What the documents are done with.
            conditions: See `Failure.conditions`.
            states: Of the pairs that are there.
            clock: Gets what the worker's clock has measured.
            progress: Told what happens.
        """
        self._output = output
        self._context = context
        self._clock = clock
        self._progress = progress
        self._states = states
        self._failures = read_failures(output)
        self._conditions = conditions
        self._tasks: dict[str, Task] = {}
        self._done: list[Packed[Outcome]] = []
        self._unpublished: list[DocumentDone] = []
        self._num_lost = 0

    def do(
        self,
        tasks: list[Task],
        options: RunOptions,
        *,
        suspects: Collection[str],
    ) -> None:
        """Do every task and publish its pair.

        The list is empty from the start on: what waits is kept packed.

        Suspects, which were being done when a run was killed, come last and each alone: the others
        are safe by then, and the one that brings the process down gives itself away.

        Raises:
            ModelError: A model is missing, damaged or does not fit into memory.
        """
        num_tasks = len(tasks)
        alone = deque(task for task in tasks if task.name in suspects)
        waiting = deque(map(Packed, _groups(task for task in tasks if task.name not in suspects)))
        tasks.clear()
        # Their memory goes back to the system if nothing else lies in it: no free tuples, which the
        # collector clears, and no modules, which are imported now and not before.
        with self._clock.measure("starting"):
            gc.collect()
        from seedsum.engines.cache import FILE_NAME
        from seedsum.pipeline.worker import Setup

        self._progress.start(num_tasks)
        if not num_tasks:
            return
        self._tasks = {task.name: task for task in alone}
        windows = self._begun(waiting)
        memory_path = self._output / STATE_FOLDER / FILE_NAME
        setup = Setup(
            self._context,
            memory_path=memory_path if options.cache else None,
            stdin=options.stdin,
            max_memory_bytes=_max_memory_bytes(self._context, options),
        )
        if options.isolated:
            self._do_apart(setup, windows, alone, timeout_seconds=options.document_timeout_seconds)
        else:
            self._do_here(setup, chain(windows, ([task] for task in alone)))

    def outcomes(self) -> dict[str, Outcome]:
        """Return those of the documents that are done, by name."""
        return {outcome.name: outcome for outcome in chain(*self._done)}

    def quarantined(self) -> dict[str, str]:
        """Return what failed too often, by name, and why."""
        return {
            name: failure.message
            for name, failure in self._failures.items()
            if failure.num_failures >= planning.MAX_FAILURES
            and failure.conditions == self._conditions
        }

    def _begun(self, windows: deque[Packed[Task]]) -> Iterator[list[Task]]:
        """Yield the windows' tasks, known by name from then on until they are done; empties it."""
        while windows:
            tasks = list(windows.popleft())
            for task in tasks:
                self._tasks[task.name] = task
            yield tasks

    def _do_here(self, setup: Setup, windows: Iterator[list[Task]]) -> None:
        """Do all windows in this process."""
        from seedsum.pipeline.worker.workshop import Workshop

        given: deque[list[Task]] = deque()

        def noted() -> Iterator[list[Task]]:
            for window in windows:
                given.append(window)
                self._write_doing(list(given))  # a copy: windows end in another thread
                yield window

        with Workshop(setup, tell=self._handle) as workshop:
            for event in workshop.work(noted()):
                if self._handle(event):
                    given.popleft()

    def _do_apart(
        self,
        setup: Setup,
        windows: Iterator[list[Task]],
        alone: deque[Task],
        *,
        timeout_seconds: float,
    ) -> None:
        """Do all windows in a worker's process, and in another one where that is lost.

        The documents that a lost worker had are then done alone, last; one that was alone has
        failed.
        """
        from seedsum.pipeline.worker import WorkerLost, WorkerProcess

        given: list[list[Task]] = []
        while True:
            with WorkerProcess(setup) as worker:
                try:
                    with self._clock.measure("starting"):
                        self._handle(worker.receive(timeout_seconds=timeout_seconds))
                    self._feed(worker, windows, alone, given, timeout_seconds=timeout_seconds)
                    return
                except WorkerLost as lost:
                    message = str(lost)
            self._publish()
            left = [task for task in chain(*given) if task.name in self._tasks]
            given.clear()
            self._num_lost += 1
            if len(left) == 1:
                from seedsum.pipeline.worker.workshop import failed

                self._unpublished.append(failed(left[0], message, self._context))
                self._publish()
            else:
                alone.extend(left)
            if self._num_lost == _MAX_LOST:
                raise WorkerError(
                    f"{_MAX_LOST} times in a row, before any document was done, {message};"
                    " see 'seedsum doctor'"
                )

    def _feed(
        self,
        worker: WorkerProcess,
        windows: Iterator[list[Task]],
        alone: deque[Task],
        given: list[list[Task]],
        *,
        timeout_seconds: float,
    ) -> None:
        """Give the worker one window after another and publish what it makes of them.

        `given` has the windows that it has and has not finished, at any time.

        Raises:
            WorkerLost: It ended, or shows no sign of life.
        """
        while True:
            while _has_room(given) and (window := next(windows, None)):
                given.append(window)
                self._write_doing(given)
                worker.send(window)
            if not given and alone:
                given.append([alone.popleft()])
                self._write_doing(given)
                worker.send(given[0])
            if not given:
                worker.finish()
                return
            event = worker.receive(timeout_seconds=timeout_seconds)
            if self._handle(event):
                given.pop(0)

    def _write_doing(self, windows: Iterable[Iterable[Task]]) -> None:
        write_doing(self._output, [task.name for task in chain(*windows)])

    def _handle(self, event: Event) -> bool:
        """Act on what a worker says; return whether a window is done.

        Raises:
            ModelError: No document can be done.
        """
        from seedsum.pipeline import worker

        match event:
            case worker.SegmentsFound(num_segments):
                self._progress.add_segments(num_segments)
            case worker.SegmentsDone(num_segments):
                self._progress.advance_segments(num_segments)
            case worker.Said(text):
                self._progress.message(text)
            case worker.DocumentDone():
                self._num_lost = 0
                self._unpublished.append(event)
            case worker.WindowDone(seconds, counters):
                self._clock.add(seconds, counters)
                self._publish()
                return True
            case worker.Stopped(error):
                raise error
        return False

    def _publish(self) -> None:
        """Publish what the worker has made, failures too, so that the index shows them."""
        done, self._unpublished = self._unpublished, []
        outcomes = {event.outcome.name: event.outcome for event in done}
        self._remember(outcomes)
        pairs = [
            event.pair
            for event in done
            if event.outcome.status is not Status.FAILED or self._replaces(event.outcome.name)
        ]
        with self._clock.measure("writing"):
            failures = store.publish_all(self._output, pairs)
        for name, failure in failures.items():
            outcomes[name] = _failed(self._tasks[name], f"cannot be written: {failure}")
        self._done.append(Packed(outcomes.values()))
        for name in outcomes:
            del self._tasks[name]
        for outcome in outcomes.values():
            self._progress.document_done(outcome)

    def _remember(self, outcomes: dict[str, Outcome]) -> None:
        """Count what failed, and say so where it was the last time; forget what went well.

        A pair that cannot be written is not counted: the disk is full, not the document wrong.
        """
        before = dict(self._failures)
        for name, outcome in outcomes.items():
            source = self._tasks[name].source
            assert source is not None
            earlier = self._failures.pop(name, None)
            if outcome.status is not Status.FAILED:
                continue
            failure = self._failures[name] = planning.counted(
                earlier,
                source,
                conditions=self._conditions,
                message=outcome.message,
                when=self._clock.started,
            )
            if failure.num_failures >= planning.MAX_FAILURES:
                times = f"quarantined after {failure.num_failures} failures"
                outcomes[name] = replace(outcome, message=f"{times}: {outcome.message}")
        if self._failures != before:
            write_failures(self._output, self._failures)

    def _replaces(self, name: str) -> bool:
        """Return whether a failure's record takes the place of the pair that is there.

        A pair that was made from the same source stays: it is still right, only not up to date.
        """
        task, state = self._tasks[name], self._states.get(name)
        made_before = state is not None and state.status in (Status.CLEAN, Status.REVIEW)
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


def _has_room(given: Sequence[Sequence[Task]]) -> bool:
    """Return whether a worker that has these windows gets one more."""
    return len(given) < _WINDOWS_AHEAD and sum(map(_size_bytes, chain(*given))) < _BYTES_AHEAD


def _size_bytes(task: Task) -> int:
    return task.source.size_bytes if task.source else 0


def _groups(tasks: Iterable[Task]) -> Iterator[list[Task]]:
    """Yield the windows, in order."""
    group: list[Task] = []
    size_bytes = 0
    for task in tasks:
        group.append(task)
        size_bytes += _size_bytes(task)
        if len(group) >= WINDOW_DOCUMENTS or size_bytes >= WINDOW_BYTES:
            yield group
            group, size_bytes = [], 0
    if group:
        yield group


def _failed(task: Task, message: str) -> Outcome:
    return Outcome(
        name=task.name,
        action=Action.WRITE,
        reasons=task.reasons,
        status=Status.FAILED,
        message=message,
    )
