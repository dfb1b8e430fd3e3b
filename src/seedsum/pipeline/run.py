"""run() and plan(): what a run does from the first look at the sources to its report.

Neighbours: `store` lists and reads, `planning` says what to do and why, `supervision` has it done;
`cli` calls what is public here.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Unpack

from seedsum import __version__
from seedsum import output as store
from seedsum.clock import Clock
from seedsum.config import languages_of, load_settings
from seedsum.errors import OutputError, UsageError
from seedsum.files import sha256_json
from seedsum.pipeline import planning
from seedsum.pipeline.bulk import Packed, without_collection
from seedsum.pipeline.context import Context, model_uses, resolve_context
from seedsum.pipeline.failures import read_doing, read_failures, write_doing, write_failures
from seedsum.pipeline.options import RunOptions, Shortcuts, with_shortcuts
from seedsum.pipeline.sources import Listing, list_sources
from seedsum.pipeline.supervision import Supervisor
from seedsum.progress import Progress, Silent
from seedsum.records import (
    Action,
    Document,
    KeyParts,
    Outcome,
    RecordState,
    RunReport,
    Source,
    Status,
    Task,
)


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
    options: RunOptions | None = None,
    **shortcuts: Unpack[Shortcuts],
) -> Plan:
    """Return what `run` would do with the same arguments, and why; writes and downloads nothing.

    Raises:
        SeedsumError: As `run`.
    """
    options = with_shortcuts(options, **shortcuts)
    context = _context(options, download=False)
    conditions = _conditions(context)
    listing = _list(paths, options)
    tasks = _plan(
        options, listing, context, store.read_records(options.output), conditions=conditions
    )
    return Plan(
        tasks=tasks,
        num_skipped_files=listing.num_skipped,
        fallback=context.resolution.fallback,
        fallback_reason=context.resolution.fallback_reason,
    )


def run(
    paths: Sequence[str | Path],
    options: RunOptions | None = None,
    *,
    progress: Progress | None = None,
    **shortcuts: Unpack[Shortcuts],
) -> RunReport:
    """Translate and summarise what is new or changed, and return what happened.

    Where nothing is to be done, no model is loaded and no file is changed.

    Args:
        paths: Folders and files; `-` stands for the article in `options.stdin`.
        options: None for the default ones.
        progress: Told what happens meanwhile; None for silence.
        shortcuts: Single options, which come before those in `options`.

    Raises:
        UsageError: Paths, output or options cannot work together (exit code 2).
        ConfigError: models.toml is not valid (4).
        ModelError: A model is missing, damaged or does not fit into memory (5).
        LockedError: Another run holds the output folder (7).
    """
    options = with_shortcuts(options, **shortcuts)
    clock = Clock()
    progress = progress or Silent()
    with clock.measure("planning"):
        context = _context(options, download=True, progress=progress)
        # Before the sources: what is made among very many and stays holds the memory around it.
        conditions = _conditions(context)
        listing = _list(paths, options)
        tasks = _plan(
            options, listing, context, store.read_records(options.output), conditions=conditions
        )
    nothing_to_do = not any(task.action is Action.WRITE for task in tasks)
    # A run that was killed at its very end has left the index and its temporary files to the next.
    if nothing_to_do and not read_doing(options.output):
        return _report(clock, context, listing.num_skipped, map(_left, tasks))
    with store.OutputLock(options.output, wait_seconds=options.wait_seconds):
        store.clean_leftovers(options.output)
        with clock.measure("planning"):  # another run may have done some of it meanwhile
            states = store.read_records(options.output)
            tasks = _plan(options, listing, context, states, conditions=conditions)
            killed = read_doing(options.output)
            if _count_killed(
                options.output, tasks, killed, conditions=conditions, started=clock.started
            ):
                tasks = _plan(options, listing, context, states, conditions=conditions)
        if context.resolution.fallback:
            progress.message(
                f"WARNING: the bundled {context.profile.name} models stand in for profile"
                f" {context.requested.name}: {context.resolution.fallback_reason}. They are small"
                " and weak; these pairs are redone when the real models are there"
            )
        work = [task for task in tasks if task.action is Action.WRITE]
        # In their order, of what is left its outcome, of what is to be done its name.
        order = Packed(_left(t) if t.action is Action.LEAVE else t.name for t in tasks)
        orphaned = [task.name for task in tasks if task.reasons == ("orphaned",)]
        num_skipped = listing.num_skipped
        states = {task.name: states[task.name] for task in work if task.name in states}
        del tasks, listing  # with 100,000 documents they are as large as the worker
        doing = Supervisor(
            options.output,
            context,
            conditions=conditions,
            states=states,
            clock=clock,
            progress=progress,
        )
        try:
            doing.do(work, options, suspects=killed)
        finally:  # also after an interruption, the index shows what is there
            with _named_errors(options.output):
                _write_index(options.output, orphaned, quarantined=doing.quarantined())
                write_doing(options.output, ())
        outcomes = doing.outcomes()
        ordered = (outcomes[item] if isinstance(item, str) else item for item in order)
        report = _report(clock, context, num_skipped, ordered)
        with _named_errors(options.output):
            store.write_run_report(options.output, report)
    return report


def detect(
    path: Path, *, config: Path | None = None, profile: str | None = None
) -> tuple[Document, ...]:
    """Return the documents of one file with the role and language of every block.

    Raises:
        ReadError: The file cannot be read.
    """
    from seedsum.pipeline.worker.workshop import read_source
    from seedsum.reading import detection, roles

    languages = languages_of(load_settings(config).profile(profile))
    listing = list_sources((str(path),), output=None)
    return tuple(
        detection.detect(roles.classify(read_source(source)), languages=languages)
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
        failures = read_failures(output)
        unknown = sorted(set(names) - failures.keys())
        if unknown:
            known = ", ".join(sorted(failures)) or "nothing"
            raise UsageError(f"{', '.join(unknown)}: has not failed; what has: {known}")
        released = sorted(set(names) or failures.keys())
        if released:
            left = {name: failures[name] for name in failures.keys() - released}
            write_failures(output, left)
    return tuple(released)


# --------------------------------------------------------------------------------------------
# What a run knows before it starts


def _context(options: RunOptions, *, download: bool, progress: Progress | None = None) -> Context:
    return resolve_context(
        options.config,
        options.profile,
        offline=options.offline,
        strict=options.strict,
        download=download,
        progress=progress,
    )


@without_collection()
def _list(paths: Sequence[str | Path], options: RunOptions) -> Listing:
    names = [str(path) for path in paths]
    return list_sources(names, output=options.output, stdin=options.stdin)


@without_collection()
def _plan(
    options: RunOptions,
    listing: Listing,
    context: Context,
    states: Mapping[str, RecordState],
    *,
    conditions: str,
) -> tuple[Task, ...]:
    def expected_key(source: Source, state: RecordState) -> KeyParts:
        parts = context.keys.parts(source.sha256, routes=state.routes)
        if context.resolution.fallback and state.key_parts and not state.fallback:
            # The pair was made by better models than those at hand: it stays, in an older form too.
            return replace(state.key_parts, source=parts.source)
        return parts

    return planning.plan(
        listing.sources,
        states,
        expected_key=expected_key,
        force=options.force,
        limit=options.limit,
        report_orphans=listing.whole_folder,
        failures=read_failures(options.output),
        conditions=conditions,
        now=datetime.now(UTC),
    )


def _count_killed(
    output: Path,
    tasks: Iterable[Task],
    killed: Collection[str],
    *,
    conditions: str,
    started: str,
) -> bool:
    """Count a failure of the document that was alone when a run was killed; return if one was.

    A machine that lost its power is no document's fault, but does not come three times in a row.
    """
    if len(killed) != 1:
        return False
    for task in tasks:
        if task.name in killed and task.action is Action.WRITE and task.source is not None:
            failures = read_failures(output)
            failures[task.name] = planning.counted(
                failures.get(task.name),
                task.source,
                conditions=conditions,
                message="the run was killed while it did this document (out of memory?)",
                when=started,
            )
            write_failures(output, failures)
            return True
    return False


def _conditions(context: Context) -> str:
    """Return a hash of the software, models and options that any document is done with."""
    routes = [str(direction) for direction, _ in context.profile.routes]
    return sha256_json([__version__, context.keys.parts("", routes=routes)])


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


def _write_index(
    output: Path, orphaned: Collection[str], *, quarantined: Mapping[str, str]
) -> None:
    states = [
        replace(state, reasons=(quarantined[state.name],)) if state.name in quarantined else state
        for state in store.read_records(output).values()
    ]
    from seedsum.output.rendering import render_index

    text = render_index(states, orphaned=orphaned, quarantined=quarantined.keys())
    store.write_index(output, text)


def _left(task: Task) -> Outcome:
    return Outcome(name=task.name, action=Action.LEAVE, reasons=task.reasons, message=task.message)


@without_collection()
def _report(
    clock: Clock, context: Context, num_skipped: Mapping[str, int], outcomes: Iterable[Outcome]
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
        num_skipped_files=dict(num_skipped),
        exit_code=3 if failed else 0,
    )
