"""run() and plan(): the loop that ties everything together.

A run lists the sources, plans what to do and why, gives the work to a worker's process in windows
of documents, so that memory does not grow with the folder, and publishes what comes back. One
document that fails, hangs or brings the worker down is reported and the others go on. Neighbours:
`worker` does the work, `store` and `planning` are the edges; `cli` calls what is public here.
"""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING

from seedsum import __version__, planning, store
from seedsum.clock import Clock
from seedsum.config import languages_of, load_settings
from seedsum.context import Context, model_uses, resolve_context
from seedsum.errors import OutputError, UsageError, WorkerError
from seedsum.progress import Progress, Silent
from seedsum.provenance import sha256_json
from seedsum.records import (
    Action,
    Document,
    KeyParts,
    Limits,
    Outcome,
    RecordState,
    RunReport,
    Source,
    Status,
    Task,
)
from seedsum.rendering import render_index

if TYPE_CHECKING:
    from seedsum.worker import DocumentDone, Event, Setup, WorkerProcess

#: A window ends at that many documents or bytes, whichever comes first: large enough to fill
#: length-sorted batches (a news article has about 25 segments), small enough that the first pairs
#: come early and memory stays flat.
WINDOW_DOCUMENTS = 32
WINDOW_BYTES = 2_000_000

#: Windows that the worker has: one that is decoded, one that is read meanwhile.
_WINDOWS_AHEAD = 2

#: Workers that are lost one after another before any document is done: then it is the machine or
#: the installation that does it, and a folder of thousands is not blamed for it one by one.
_MAX_LOST = 5

#: What a worker may take of the memory that is free when it starts.
_MEMORY_SHARE = 0.9


_DEFAULT_LIMITS = Limits()


@dataclass(frozen=True, slots=True)
class Plan:
    """What a run would do.

    Attributes:
        tasks: One for each source in order, then the orphans.
        num_skipped_files: Files of the folders that are no sources, by reason.
        fallback: The bundled models stand in for those of the profile; `fallback_reason` says why.
    """

    tasks: tuple[Task, ...]
    num_skipped_files: Mapping[str, int]
    fallback: bool
    fallback_reason: str


def plan(
    paths: Sequence[str | Path],
    *,
    output: Path | str = "output",
    config: Path | None = None,
    profile: str | None = None,
    force: bool = False,
    limit: int | None = None,
    offline: bool = False,
    strict: bool = False,
    stdin: bytes | None = None,
) -> Plan:
    """Return what `run` would do with the same arguments, and why; writes and downloads nothing.

    Raises:
        SeedsumError: As `run`.
    """
    request = _Request(
        paths=tuple(str(path) for path in paths),
        output=Path(output),
        force=force,
        limit=limit,
        stdin=stdin,
    )
    context = resolve_context(config, profile, offline=offline, strict=strict, download=False)
    listing = _list(request)
    tasks = _plan(request, listing, context, store.read_records(request.output))
    return Plan(
        tasks=tasks,
        num_skipped_files=listing.num_skipped,
        fallback=context.resolution.fallback,
        fallback_reason=context.resolution.fallback_reason,
    )


def run(
    paths: Sequence[str | Path],
    *,
    output: Path | str = "output",
    config: Path | None = None,
    profile: str | None = None,
    force: bool = False,
    limit: int | None = None,
    offline: bool = False,
    strict: bool = False,
    stdin: bytes | None = None,
    memory: bool = True,
    wait_seconds: float = 0.0,
    limits: Limits | None = _DEFAULT_LIMITS,
    progress: Progress | None = None,
) -> RunReport:
    """Translate and summarise what is new or changed, and return what happened.

    Where nothing is to be done, no model is loaded and no file is changed.

    Args:
        paths: Folders and files; `-` stands for the article in `stdin`.
        output: Folder of the pairs; made if it is not there.
        config: A models.toml; None for the usual places, see `config.find_config`.
        profile: Name of a profile; None for the default one.
        force: Redo current pairs too. A hand-edited file is never overwritten.
        limit: Do at most that many documents; None for all.
        offline: Never ask the network for anything.
        strict: Fail where models are missing, instead of using the bundled ones.
        stdin: The bytes of the article that `-` stands for.
        memory: Take what was decoded before from the output's translation memory, also with
            `force`; it changes no text.
        wait_seconds: How long to wait for another run over the same output to end.
        limits: What a document may take. None does everything in this process, without limits:
            for debuggers and profilers, and where no other process can be started.
        progress: Told what happens meanwhile; None for silence.

    Raises:
        UsageError: Paths, output or arguments cannot work together (exit code 2).
        ConfigError: models.toml is not valid (4).
        ModelError: A model is missing, damaged or does not fit into memory (5).
        LockedError: Another run holds the output folder (7).
    """
    clock = Clock()
    progress = progress or Silent()
    request = _Request(
        paths=tuple(str(path) for path in paths),
        output=Path(output),
        force=force,
        limit=limit,
        stdin=stdin,
    )
    with clock.measure("planning"):
        context = resolve_context(
            config, profile, offline=offline, strict=strict, download=True, progress=progress
        )
        listing = _list(request)
        tasks = _plan(request, listing, context, store.read_records(request.output))
    nothing_to_do = not any(task.action is Action.WRITE for task in tasks)
    # A run that was killed at its very end has left the index and its temporary files to the next.
    if nothing_to_do and not store.read_doing(request.output):
        return _report(clock, context, listing, [_left(task) for task in tasks])
    with store.OutputLock(request.output, wait_seconds=wait_seconds):
        store.clean_leftovers(request.output)
        with clock.measure("planning"):  # another run may have done some of it meanwhile
            states = store.read_records(request.output)
            tasks = _plan(request, listing, context, states)
            killed = store.read_doing(request.output)
            if _count_killed(request.output, tasks, killed, context, started=clock.started):
                tasks = _plan(request, listing, context, states)
        if context.resolution.fallback:
            progress.message(
                f"WARNING: the bundled {context.profile.name} models stand in for profile"
                f" {context.requested.name}: {context.resolution.fallback_reason}. They are small"
                " and weak; these pairs are redone when the real models are there"
            )
        work = [task for task in tasks if task.action is Action.WRITE]
        outcomes = {task.name: _left(task) for task in tasks if task.action is Action.LEAVE}
        progress.start(len(work))
        doing = _Run(request, context, clock=clock, progress=progress, states=states)
        try:
            doing.do(work, suspects=killed, limits=limits, remember=memory)
        finally:  # also after an interruption, the index shows what is there
            with _named_errors(request.output):
                _write_index(request.output, tasks, quarantined=doing.quarantined())
                store.write_doing(request.output, ())
        outcomes |= doing.outcomes
        report = _report(clock, context, listing, [outcomes[task.name] for task in tasks])
        with _named_errors(request.output):
            store.write_run_report(request.output, report)
    return report


def detect(
    path: Path, *, config: Path | None = None, profile: str | None = None
) -> tuple[Document, ...]:
    """Return the documents of one file with the role and language of every block.

    Raises:
        ReadError: The file cannot be read.
    """
    from seedsum import blocks, detection
    from seedsum.worker import read_source

    languages = languages_of(load_settings(config).profile(profile))
    listing = store.list_sources((str(path),), output=None)
    return tuple(
        detection.detect(blocks.classify(read_source(source)), languages=languages)
        for source in listing.sources
    )


def needs_review(output: Path | str = "output") -> tuple[RecordState, ...]:
    """Return the pairs that a person should look at, failed ones first, most flags first."""
    states = store.read_records(Path(output)).values()
    wanted = [state for state in states if state.status in (Status.FAILED, Status.REVIEW)]
    return tuple(
        sorted(
            wanted,
            key=lambda state: (state.status is not Status.FAILED, -state.num_flagged, state.name),
        )
    )


def retry(
    names: Sequence[str] = (), *, output: Path | str = "output", wait_seconds: float = 0.0
) -> tuple[str, ...]:
    """Let the next run try documents that failed as if they never had; return their names, sorted.

    Args:
        names: Of documents, as the index shows them; all that failed where none is given.
        output: Folder of the pairs.
        wait_seconds: How long to wait for a run over the same output to end.

    Raises:
        UsageError: A document has not failed, or the output folder is not there.
        LockedError: A run holds the output folder.
    """
    output = Path(output)
    if not output.is_dir():
        raise UsageError(
            f"{output}: there is no such folder; give --output the folder of the pairs"
        )
    with store.OutputLock(output, wait_seconds=wait_seconds):
        failures = store.read_failures(output)
        unknown = sorted(set(names) - failures.keys())
        if unknown:
            known = ", ".join(sorted(failures)) or "nothing"
            raise UsageError(f"{', '.join(unknown)}: has not failed; what has: {known}")
        released = sorted(set(names) or failures.keys())
        if released:
            left = {name: failures[name] for name in failures.keys() - released}
            store.write_failures(output, left)
    return tuple(released)


# --------------------------------------------------------------------------------------------
# What a run knows before it starts


@dataclass(frozen=True, slots=True)
class _Request:
    paths: tuple[str, ...]
    output: Path
    force: bool
    limit: int | None
    stdin: bytes | None


def _list(request: _Request) -> store.Listing:
    return store.list_sources(request.paths, output=request.output, stdin=request.stdin)


def _plan(
    request: _Request,
    listing: store.Listing,
    context: Context,
    states: Mapping[str, RecordState],
) -> tuple[Task, ...]:
    def expected_key(source: Source, state: RecordState) -> KeyParts:
        parts = context.keys.parts(source.sha256, routes=state.routes)
        if context.resolution.fallback and state.key_parts and not state.fallback:
            # The pair was made by better models than those at hand now: it stays.
            return KeyParts(
                source=parts.source,
                models=state.key_parts.models,
                options=state.key_parts.options,
                format=parts.format,
            )
        return parts

    return planning.plan(
        listing.sources,
        states,
        expected_key=expected_key,
        force=request.force,
        limit=request.limit,
        report_orphans=listing.whole_folder,
        failures=store.read_failures(request.output),
        conditions=_conditions(context),
        now=datetime.now(UTC),
    )


def _count_killed(
    output: Path,
    tasks: Iterable[Task],
    killed: Collection[str],
    context: Context,
    *,
    started: str,
) -> bool:
    """Count a failure of the document that was alone when a run was killed; return if one was.

    A machine that lost its power is no document's fault, but does not come three times in a row.
    """
    if len(killed) != 1:
        return False
    for task in tasks:
        if task.name in killed and task.action is Action.WRITE and task.source is not None:
            failures = store.read_failures(output)
            failures[task.name] = planning.counted(
                failures.get(task.name),
                task.source,
                conditions=_conditions(context),
                message="the run was killed while it did this document (out of memory?)",
                when=started,
            )
            store.write_failures(output, failures)
            return True
    return False


def _conditions(context: Context) -> str:
    """Return a hash of the software, models and options that any document is done with."""
    routes = [str(direction) for direction, _ in context.profile.routes]
    return sha256_json([__version__, context.keys.parts("", routes=routes)])


# --------------------------------------------------------------------------------------------
# The work


class _Run:
    """One run's work: windows of documents go to a worker, what comes back is published.

    Attributes:
        outcomes: Of the documents that are done, by name.
    """

    def __init__(
        self,
        request: _Request,
        context: Context,
        *,
        clock: Clock,
        progress: Progress,
        states: Mapping[str, RecordState],
    ) -> None:
        self._request = request
        self._context = context
        self._clock = clock
        self._progress = progress
        self._states = states
        self._failures = store.read_failures(request.output)
        self._conditions = _conditions(context)
        self._tasks: dict[str, Task] = {}
        self._unpublished: list[DocumentDone] = []
        self._num_lost = 0
        self.outcomes: dict[str, Outcome] = {}

    def do(
        self,
        tasks: Sequence[Task],
        *,
        suspects: Collection[str],
        limits: Limits | None,
        remember: bool,
    ) -> None:
        """Do every task and publish its pair.

        Suspects, which were being done when a run was killed, come last and each alone: the others
        are safe by then, and the one that brings the process down gives itself away.

        Raises:
            ModelError: A model is missing, damaged or does not fit into memory.
        """
        if not tasks:
            return
        from seedsum.memory import FILE_NAME
        from seedsum.worker import Setup

        self._tasks = {task.name: task for task in tasks}
        windows = _groups([task for task in tasks if task.name not in suspects])
        alone = [task for task in tasks if task.name in suspects]
        memory_path = self._request.output / store.STATE_FOLDER / FILE_NAME
        setup = Setup(
            self._context,
            memory_path=memory_path if remember else None,
            stdin=self._request.stdin,
            max_memory_bytes=_max_memory_bytes(self._context, limits),
        )
        if limits is None:
            self._do_here(setup, chain(windows, ([task] for task in alone)))
        else:
            self._do_apart(setup, windows, deque(alone), limits=limits)

    def quarantined(self) -> dict[str, str]:
        """Return what failed too often, by name, and why."""
        return {
            name: failure.message
            for name, failure in self._failures.items()
            if failure.num_failures >= planning.MAX_FAILURES
            and failure.conditions == self._conditions
        }

    def _do_here(self, setup: Setup, windows: Iterator[list[Task]]) -> None:
        """Do all windows in this process."""
        from seedsum.worker import Workshop

        def given() -> Iterator[list[Task]]:
            before: list[Task] = []
            for window in windows:
                self._write_doing([before, window])
                before = window
                yield window

        with Workshop(setup, tell=self._handle) as workshop:
            for event in workshop.work(given()):
                self._handle(event)

    def _do_apart(
        self, setup: Setup, windows: Iterator[list[Task]], alone: deque[Task], *, limits: Limits
    ) -> None:
        """Do all windows in a worker's process, and in another one where that is lost.

        The documents that a lost worker had are then done alone, last; one that was alone has
        failed.
        """
        from seedsum.worker import WorkerLost, WorkerProcess, failed

        given: list[list[Task]] = []
        while True:
            with WorkerProcess(setup) as worker:
                try:
                    with self._clock.measure("starting"):
                        self._handle(worker.receive(timeout_seconds=limits.document_seconds))
                    self._feed(worker, windows, alone, given, limits=limits)
                    return
                except WorkerLost as lost:
                    message = str(lost)
            self._publish()
            left = [task for task in chain(*given) if task.name not in self.outcomes]
            given.clear()
            self._num_lost += 1
            if len(left) == 1:
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
        limits: Limits,
    ) -> None:
        """Give the worker one window after another and publish what it makes of them.

        `given` has the windows that it has and has not finished, at any time.

        Raises:
            WorkerLost: It ended, or shows no sign of life.
        """
        while True:
            while len(given) < _WINDOWS_AHEAD and (window := next(windows, None)):
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
            event = worker.receive(timeout_seconds=limits.document_seconds)
            if self._handle(event):
                given.pop(0)

    def _write_doing(self, windows: Iterable[Iterable[Task]]) -> None:
        store.write_doing(self._request.output, [task.name for task in chain(*windows)])

    def _handle(self, event: Event) -> bool:
        """Act on what a worker says; return whether a window is done.

        Raises:
            ModelError: No document can be done.
        """
        from seedsum import worker

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
            failures = store.publish_all(self._request.output, pairs)
        for name, failure in failures.items():
            outcomes[name] = _failed(self._tasks[name], f"cannot be written: {failure}")
        self.outcomes |= outcomes
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
            store.write_failures(self._request.output, self._failures)

    def _replaces(self, name: str) -> bool:
        """Return whether a failure's record takes the place of the pair that is there.

        A pair that was made from the same source stays: it is still right, only not up to date.
        """
        task, state = self._tasks[name], self._states.get(name)
        made_before = state is not None and state.status in (Status.CLEAN, Status.REVIEW)
        same_source = state and task.source and state.source_sha256 == task.source.sha256
        return not (made_before and same_source)


def _max_memory_bytes(context: Context, limits: Limits | None) -> int | None:
    """Return the limit of a worker's memory.

    On a GPU there is none unless asked for: its driver maps more than there is.
    """
    from seedsum.hub.memory import available_bytes

    if limits is None:
        return None
    if limits.memory_bytes is not None or context.runtime.device != "cpu":
        return limits.memory_bytes
    return int(available_bytes() * _MEMORY_SHARE)


def _groups(tasks: Sequence[Task]) -> Iterator[list[Task]]:
    group: list[Task] = []
    size_bytes = 0
    for task in tasks:
        group.append(task)
        size_bytes += task.source.size_bytes if task.source else 0
        if len(group) >= WINDOW_DOCUMENTS or size_bytes >= WINDOW_BYTES:
            yield group
            group, size_bytes = [], 0
    if group:
        yield group


# --------------------------------------------------------------------------------------------
# What is said of it afterwards


@contextmanager
def _named_errors(output: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise OutputError(
            f"{output}: the index and the report cannot be written: {error.strerror}; mend that and"
            " run again, what is done stays done"
        ) from error


def _write_index(output: Path, tasks: Iterable[Task], *, quarantined: Mapping[str, str]) -> None:
    orphaned = [task.name for task in tasks if task.reasons == ("orphaned",)]
    states = [
        replace(state, reasons=(quarantined[state.name],)) if state.name in quarantined else state
        for state in store.read_records(output).values()
    ]
    text = render_index(states, orphaned=orphaned, quarantined=quarantined.keys())
    store.write_index(output, text)


def _failed(task: Task, message: str) -> Outcome:
    return Outcome(
        name=task.name,
        action=Action.WRITE,
        reasons=task.reasons,
        status=Status.FAILED,
        message=message,
    )


def _left(task: Task) -> Outcome:
    return Outcome(name=task.name, action=Action.LEAVE, reasons=task.reasons, message=task.message)


def _report(
    clock: Clock, context: Context, listing: store.Listing, outcomes: Iterable[Outcome]
) -> RunReport:
    outcomes = tuple(outcomes)
    failed = any(outcome.status is Status.FAILED for outcome in outcomes)
    directions = [direction for direction, _ in context.profile.routes]
    return RunReport(
        run_id=clock.run_id,
        started=clock.started,
        profile=context.requested.name,
        fallback=context.resolution.fallback,
        fallback_reason=context.resolution.fallback_reason,
        outcomes=outcomes,
        models=model_uses(directions, context),
        seconds=clock.seconds(),
        rates=clock.rates(),
        counters={
            **Counter(str(o.status) for o in outcomes if o.status is not None),
            **dict(sorted(clock.counters.items())),
        },
        num_skipped_files=dict(listing.num_skipped),
        exit_code=3 if failed else 0,
    )
