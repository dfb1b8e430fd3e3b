"""run() and plan(): the loop that ties the stages together.

A run lists the sources, plans what to do and why, and takes the work in windows of documents, so
that memory does not grow with the folder: the next window is read while this one is decoded. One
document that fails is reported and the others go on. Neighbours: `window` works on one window,
`store`, `planning` and `hub` are the edges; `cli` calls what is public here.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, replace
from pathlib import Path

from seedsum import __version__, blocks, detection, planning, store
from seedsum.clock import Clock
from seedsum.config import TARGET_LANGUAGE, languages_of, load_settings
from seedsum.context import Context, model_uses, provenance, resolve_context
from seedsum.errors import SeedsumError, UsageError
from seedsum.loaded import LoadedModels
from seedsum.memory import FILE_NAME, TranslationMemory
from seedsum.progress import Progress, Silent
from seedsum.provenance import sha256_json
from seedsum.reading import FORMATS, read_document, read_jsonl_line
from seedsum.records import (
    UNDETERMINED,
    Action,
    Document,
    Fate,
    KeyParts,
    Outcome,
    OutputPair,
    RecordState,
    Result,
    RunReport,
    Source,
    Status,
    Summary,
    Task,
    TranslatedSegment,
)
from seedsum.rendering import render, render_index
from seedsum.store.files import STATE_FOLDER
from seedsum.summarisation import SummaryModel
from seedsum.window import Prepared, finish, prepare, summarise_window, translate_window

#: A window ends at that many documents or bytes, whichever comes first: large enough to fill
#: length-sorted batches (a news article has about 25 segments), small enough that the first pairs
#: come early and memory stays flat.
WINDOW_DOCUMENTS = 32
WINDOW_BYTES = 2_000_000


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
    if not any(task.action is Action.WRITE for task in tasks):
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
        with (
            _open_memory(request.output, progress, wanted=memory) as remembered,
            LoadedModels(
                context.models,
                runtime=context.runtime,
                on_load=progress.message,
                memory=remembered,
                clock=clock,
            ) as loaded,
        ):
            doing = _Run(
                request, context, clock=clock, progress=progress, loaded=loaded, states=states
            )
            try:
                done = doing.outcomes(work, suspects=killed)
                outcomes |= {outcome.name: outcome for outcome in done}
            finally:  # also after an interruption, the index shows what is there
                with clock.measure("writing"):
                    store.write_doing(request.output, ())
                    _write_index(request.output, tasks, quarantined=doing.quarantined())
        report = _report(clock, context, listing, [outcomes[task.name] for task in tasks])
        store.write_run_report(request.output, report)
    return report


def detect(
    path: Path, *, config: Path | None = None, profile: str | None = None
) -> tuple[Document, ...]:
    """Return the documents of one file with the role and language of every block.

    Raises:
        ReadError: The file cannot be read.
    """
    languages = languages_of(load_settings(config).profile(profile))
    listing = store.list_sources((str(path),), output=None)
    return tuple(
        detection.detect(blocks.classify(_read(source, None)), languages=languages)
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


@dataclass(frozen=True, slots=True)
class _Ready:
    """A task with its document, or with why there is none."""

    task: Task
    prepared: Prepared | None
    error: str = ""


_NO_SUMMARY = Summary("none", ())


@dataclass(frozen=True, slots=True)
class _Done:
    """What a window made of one document; nothing of a skipped one."""

    segments: tuple[TranslatedSegment, ...] = ()
    summary: Summary = _NO_SUMMARY


class _Run:
    """One run's work: windows of documents in, written pairs and outcomes out."""

    def __init__(
        self,
        request: _Request,
        context: Context,
        *,
        clock: Clock,
        progress: Progress,
        loaded: LoadedModels,
        states: Mapping[str, RecordState],
    ) -> None:
        self._request = request
        self._context = context
        self._clock = clock
        self._progress = progress
        self._loaded = loaded
        self._states = states
        self._failures = store.read_failures(request.output)
        self._conditions = _conditions(context)
        self._tasks: dict[str, Task] = {}

    def outcomes(self, tasks: Sequence[Task], *, suspects: Collection[str]) -> Iterator[Outcome]:
        """Yield the outcome of each task when its pair is written.

        The next window is read and segmented while the current one is decoded. Suspects, which
        were being done when a run was killed, come last and each alone: the others are safe by
        then, and the one that brings the process down gives itself away.
        """
        self._tasks = {task.name: task for task in tasks}
        groups = _groups([task for task in tasks if task.name not in suspects])
        group: list[Task] = []
        with ThreadPoolExecutor(max_workers=1, thread_name_prefix="reading") as pool:

            def read_next() -> Future[list[_Ready]]:
                nonlocal group
                group, before = next(groups, []), group
                store.write_doing(self._request.output, [task.name for task in (*before, *group)])
                return pool.submit(self._prepare_all, group)

            ahead = read_next()
            while window := self._awaited(ahead):
                ahead = read_next()
                yield from self._do_window(window)
        for task in tasks:
            if task.name in suspects:
                store.write_doing(self._request.output, [task.name])
                yield from self._do_window(self._prepare_all([task]))

    def quarantined(self) -> dict[str, str]:
        """Return what failed too often, by name, and why."""
        return {
            name: failure.message
            for name, failure in self._failures.items()
            if failure.num_failures >= planning.MAX_FAILURES
            and failure.conditions == self._conditions
        }

    def _awaited(self, ahead: Future[list[_Ready]]) -> list[_Ready]:
        with self._clock.measure("waiting"):
            return ahead.result()

    def _prepare_all(self, tasks: Sequence[Task]) -> list[_Ready]:
        with self._clock.measure("reading"):
            return [self._prepare(task) for task in tasks]

    def _prepare(self, task: Task) -> _Ready:
        assert task.source is not None  # planning gives every task to be written its source
        try:
            document = _read(task.source, self._request.stdin)
            languages = languages_of(self._context.profile)
            return _Ready(task, prepare(document, languages=languages, target=TARGET_LANGUAGE))
        except Exception as error:  # one document must not stop the others
            return _Ready(task, None, _described(error))

    def _do_window(self, window: Sequence[_Ready]) -> Iterator[Outcome]:
        wanted = [ready.prepared for ready in window if ready.prepared and not ready.prepared.skip]
        done: dict[str, _Done] = {}
        try:
            done = self._translate_and_summarise(wanted)
        except SeedsumError:
            raise  # a model that is missing or does not fit is no document's fault
        except Exception as error:
            if len(window) > 1:  # find the one that does it, and save the others
                for ready in window:
                    yield from self._do_window([ready])
                return
            window = [_Ready(window[0].task, None, _described(error))]
        for outcome in self._write(window, done):
            self._progress.document_done(outcome)
            yield outcome

    def _translate_and_summarise(self, wanted: Sequence[Prepared]) -> dict[str, _Done]:
        context = self._context
        with self._clock.measure("translation"):
            segments = translate_window(
                wanted,
                profile=context.profile,
                settings=context.settings,
                loaded=self._loaded,
                target=TARGET_LANGUAGE,
                add_segments=self._progress.add_segments,
                advance_segments=self._progress.advance_segments,
            )
        with self._clock.measure("summary"):
            summaries = summarise_window(
                wanted,
                segments,
                settings=context.settings,
                engine=self._summary_model() if wanted else None,
            )
        return {
            prepared.document.name: _Done(items, summary)
            for prepared, items, summary in zip(wanted, segments, summaries, strict=True)
        }

    def _summary_model(self) -> SummaryModel | None:
        model = self._context.models[self._context.profile.summary]
        if model.folder is None:
            return None
        return SummaryModel(spec=model.spec, model=self._loaded.get(model.spec.name))

    def _write(self, window: Sequence[_Ready], done: Mapping[str, _Done]) -> list[Outcome]:
        """Publish what the window gave, failures too, so that the index shows them."""
        outcomes: dict[str, Outcome] = {}
        pairs: list[OutputPair] = []
        for ready in window:
            task = ready.task
            try:
                with self._clock.measure("rendering"):
                    result = self._result(ready, done.get(task.name, _Done()))
                    if result.status is not Status.FAILED or self._replaces(task):
                        pairs.append(render(result))
                outcomes[task.name] = _outcome(task, result)
            except Exception as error:  # one document must not stop the others
                outcomes[task.name] = _failed(task, _described(error))
        self._remember(outcomes)
        with self._clock.measure("writing"):
            failures = store.publish_all(self._request.output, pairs)
        for name, failure in failures.items():
            outcomes[name] = _failed(self._tasks[name], f"cannot be written: {failure}")
        return [outcomes[ready.task.name] for ready in window]

    def _result(self, ready: _Ready, done: _Done) -> Result:
        if ready.prepared is None:
            assert ready.task.source is not None
            return _failure(ready.task.source, ready.error, self._context)
        document = ready.prepared.document
        return finish(
            ready.prepared,
            done.segments,
            done.summary,
            provenance=provenance(document.sha256, ready.prepared.routes, self._context),
            profile=self._context.profile,
            settings=self._context.settings,
        )

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

    def _replaces(self, task: Task) -> bool:
        """Return whether a failure's record takes the place of the pair that is there.

        A pair that was made from the same source stays: it is still right, only not up to date.
        """
        state = self._states.get(task.name)
        made_before = state is not None and state.status in (Status.CLEAN, Status.REVIEW)
        same_source = state and task.source and state.source_sha256 == task.source.sha256
        return not (made_before and same_source)


def _open_memory(
    output: Path, progress: Progress, *, wanted: bool
) -> AbstractContextManager[TranslationMemory | None]:
    if not wanted:
        return nullcontext()
    return TranslationMemory(output / STATE_FOLDER / FILE_NAME, on_message=progress.message)


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


def _read(source: Source, stdin: bytes | None) -> Document:
    data = store.read_source(source, stdin=stdin)
    if source.line is not None:
        return read_jsonl_line(source.name, data)
    suffix = source.path.suffix.lower() if source.path else ".txt"
    return read_document(source.name, data, format=FORMATS[suffix])


def _failure(source: Source, message: str, context: Context) -> Result:
    return Result(
        document=Document(
            name=source.name, sha256=source.sha256, format="", encoding="", text="", blocks=()
        ),
        language=UNDETERMINED,
        confidence=0.0,
        segments=(),
        summary=_NO_SUMMARY,
        status=Status.FAILED,
        reasons=(message,),
        provenance=provenance(source.sha256, (), context),
    )


# --------------------------------------------------------------------------------------------
# What is said of it afterwards


def _outcome(task: Task, result: Result) -> Outcome:
    return Outcome(
        name=task.name,
        action=Action.WRITE,
        reasons=task.reasons,
        status=result.status,
        language=result.language,
        num_segments=len(result.segments),
        num_translated=sum(item.fate is Fate.TRANSLATED for item in result.segments),
        num_flagged=sum(bool(item.flags) for item in result.segments),
        message="; ".join(result.reasons),
    )


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


def _described(error: Exception) -> str:
    if isinstance(error, SeedsumError):
        return str(error)
    return f"unexpected {type(error).__name__}: {error}; please report this as a bug"


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
