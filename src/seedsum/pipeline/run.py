"""run() and plan(): what a run does from the first look at the sources to its report."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Unpack

from seedsum import output as store
from seedsum.config import languages_of, load_settings
from seedsum.errors import LockedError, OutputError, UnsoundModelError, UsageError, exit_code_of
from seedsum.pipeline import hand_edits, index, shards, tables
from seedsum.pipeline.failures import Killed, read_doing, read_failures, write_doing, write_failures
from seedsum.pipeline.last_run import read_last_run, write_last_run
from seedsum.pipeline.options import RunOptions, Shortcuts, with_shortcuts
from seedsum.pipeline.progress import Progress
from seedsum.pipeline.reporting import last_run_of, left_for_somebody, report_of
from seedsum.pipeline.request import Request, now, shard_of
from seedsum.pipeline.source_bytes import read_source
from seedsum.pipeline.sources import list_sources
from seedsum.records import (
    Action,
    Document,
    Notice,
    NotRead,
    Outcome,
    RecordState,
    RunReport,
    Status,
    Task,
)


@dataclass(frozen=True, slots=True)
class Plan:
    """What a run would do."""

    tasks: tuple[Task, ...]  # one for each source in order, then the orphans
    num_skipped_files: Mapping[str, int]  # files of the folders that are no sources, by reason
    not_read: tuple[NotRead, ...]  # those of types that no reader reads
    fallback: bool  # not all models of the profile can be had: others do their work, or none
    fallback_reason: str
    #: The pairs that are there, by name; of a shard at least its own.
    states: Mapping[str, RecordState] = field(default_factory=dict)
    fallback_text: str = ""  # what would be done instead, and why, in one line


def plan(
    paths: Sequence[str | Path], options: RunOptions | None = None, **shortcuts: Unpack[Shortcuts]
) -> Plan:
    """Return what `run` would do with the same arguments, and why; writes and downloads nothing.

    Raises:
        SeedsumError: As `run`.
    """
    options = with_shortcuts(options, **shortcuts)
    place = store.place_of(options.output)
    options = replace(options, offline=True, settle_seconds=0.0)
    request = Request.of(paths, options, Progress(), place=place)
    resolution = request.context.resolution
    states = request.contents().states
    return Plan(
        tasks=request.tasks(states, request.edits(states)),
        num_skipped_files=request.listing.num_skipped,
        not_read=request.listing.not_read,
        fallback=resolution.fallback,
        fallback_reason=resolution.fallback_reason,
        states=states,
        fallback_text=resolution.fallback_text,
    )


def run(
    paths: Sequence[str | Path],
    options: RunOptions | None = None,
    *,
    progress: Progress | None = None,
    **shortcuts: Unpack[Shortcuts],
) -> RunReport:
    """Translate and summarise what is new or changed, and return what happened.

    Where nothing is to be done, no model is loaded and no pair is changed.

    Args:
        paths: Folders and files; `-` stands for the article in `options.stdin`.
        shortcuts: Single options, which come before those in `options`.

    Raises:
        UsageError: Paths, output or options cannot work together (exit code 2).
        ConfigError: models.toml is not valid (4).
        ModelError: A model is missing, damaged or does not fit into memory (5).
        LockedError: Another run holds the output folder (7).
    """
    options = with_shortcuts(options, **shortcuts)
    table = tables.table_of(options.output)
    place = store.place_of(options.output)
    shard = shard_of(options)
    before = read_last_run(place, shard=shard)
    try:
        request = Request.of(paths, options, progress or Progress(), place=place)
        report = _run(request)
        if table is not None and shard is None:
            names = [one.name for one in report.outcomes if one.reasons != ("orphaned",)]
            tables.write(table, place, names)
    except (LockedError, UsageError):  # another run says how it went; this one has not begun
        raise
    except BaseException as error:
        ended = replace(before, ended=now(), exit_code=exit_code_of(error))
        write_last_run(place, ended, shard=shard)
        raise
    write_last_run(place, last_run_of(request, report), shard=shard)
    return report


def _run(request: Request) -> RunReport:
    output = request.place
    with request.timings.measure("planning"):
        there = request.contents()
        edits = request.edits(there.states)
        tasks = request.tasks(there.states, edits)
    request.stamps.save()
    nothing_to_do = not any(task.action is Action.WRITE for task in tasks)
    nothing_to_do &= not any(edit.reviews for edit in edits.values())
    # A run that was killed at its very end has left the index and its temporary files to the next.
    if nothing_to_do and not read_doing(output, shard=request.shard).names:
        left = left_for_somebody(
            request, tasks, {}, states=there.states, copies=there.copies, edits={}
        )
        report = report_of(request, tasks, {}, {}, left=left)
        if request.shard is None and not _is_shown(request, left, there.states):
            with output.lock(wait_seconds=request.options.wait_seconds) as held:
                index.write(
                    held,
                    tasks,
                    left,
                    states=store.read_records(held),
                    quarantined=_quarantined(tasks),
                    listing=request.listing,
                    changed=index.last_changed(output),
                )
                shards.end(held)
        return report
    del tasks, there, edits  # they are made again under the lock, and a million are not kept twice
    part = request.shard.part if request.shard else ""
    with output.lock(wait_seconds=request.options.wait_seconds, part=part) as held:
        return _work(replace(request, place=held))


def _is_shown(request: Request, left: Sequence[Notice], states: Mapping[str, RecordState]) -> bool:
    """Return whether the index says already what this run, which has no work, would have it say."""
    return (
        tuple(left) == request.before.notices
        and not shards.have_run(request.place)
        and index.is_whole(request.place, request.listing, states)
    )


def _quarantined(tasks: Sequence[Task]) -> dict[str, str]:
    """Return why those of the tasks that failed too often did, by name."""
    return {task.name: task.message for task in tasks if task.reasons == ("quarantined",)}


def _work(request: Request) -> RunReport:
    """Do what there is to do while the output's lock is held."""
    output = request.place
    output.clean()
    request.stamps.save()
    with request.timings.measure("planning"):
        states = request.contents().states  # another run may have done some of it meanwhile
        edits = request.edits(states)
        hand_edits.take_in(output, edits)
        request = request.looked_again()
        tasks = request.tasks(states, edits)
        killed = read_doing(output, shard=request.shard)
        if _count_killed(request, tasks, killed):
            tasks = request.tasks(states, edits)
    if any(task.action is Action.WRITE for task in tasks):
        asked = request.with_servers_asked()
        if asked is not request:
            request, tasks = asked, asked.tasks(states, edits)
    _warn_of_fallback(request)
    _warn_of_licences(request)
    from seedsum.pipeline.supervision import Supervisor

    for name, edit in edits.items():
        request.progress.message(f"{name} was edited by hand: {edit}")
    done: dict[str, Outcome] = {}
    counters: Counter[str] = Counter()
    quarantined: dict[str, str] = {}
    is_over = False
    try:
        while not is_over:
            doing = Supervisor(request, states, edits)
            work = [t for t in tasks if t.action is Action.WRITE and t.name not in done]
            try:
                doing.do(work, suspects=killed.names)
                is_over = True
            except UnsoundModelError as error:  # of what is left, its part is done without it
                request = request.without(error)
                again = {task.name: task for task in request.tasks(states, edits)}
                finished = done | doing.outcomes
                tasks = tuple(t if t.name in finished else again[t.name] for t in tasks)
                _warn_of_fallback(request)
            finally:
                done |= doing.outcomes
                counters.update(doing.counters)
                quarantined |= doing.quarantined()
    finally:  # also after an interruption, the index shows what is there
        with _named_errors(output):
            there = request.contents() if request.shard is None else None
            copies = there.copies if there else store.kept_copies(output)
            left = left_for_somebody(
                request, tasks, done, states=states, copies=copies, edits=edits
            )
            if there:
                index.write(
                    output,
                    tasks,
                    left,
                    states=there.states,
                    quarantined=quarantined,
                    listing=request.listing,
                    changed=[done[name] for name in sorted(done)],
                )
                shards.end(output)
            write_doing(output, (), shard=request.shard)
    report = report_of(request, tasks, done, counters, left=left)
    with _named_errors(output):
        store.write_run_report(output, report, keep=request.context.settings.run.keep_reports)
    return report


def detect(
    path: Path, *, config: Path | None = None, profile: str | None = None
) -> tuple[Document, ...]:
    """Return the documents of a file or folder with the role and language of every block.

    Raises:
        ReadError: One cannot be read.
    """
    languages = languages_of(load_settings(config).profile(profile))
    listing = list_sources((str(path),), output=None)
    return tuple(read_source(source, languages=languages).document for source in listing.sources)


def needs_review(output: store.Where = "output") -> tuple[RecordState, ...]:
    """Return the pairs that a person should look at, failed ones first, most flags first."""
    return in_need(store.read_records(output).values())


def in_need(states: Iterable[RecordState]) -> tuple[RecordState, ...]:
    """Return those of the pairs that a person should look at; see `needs_review`."""
    wanted = [state for state in states if state.status in (Status.FAILED, Status.REVIEW)]
    return tuple(
        sorted(
            wanted,
            key=lambda state: (state.status is not Status.FAILED, -state.num_flagged, state.name),
        )
    )


def retry(
    names: Sequence[str] = (), *, output: store.Where = "output", wait_seconds: float = 0.0
) -> tuple[str, ...]:
    """Let the next run try documents that failed as if they never had; return their names, sorted.

    Names are as the index shows them; none means all that failed.

    Raises:
        UsageError: A document has not failed, or the output folder is not there.
        LockedError: A run holds the output folder.
    """
    place = store.existing_place(output)
    with place.lock(wait_seconds=wait_seconds) as held:
        failures = read_failures(held)
        unknown = sorted(set(names) - failures.keys())
        if unknown:
            known = ", ".join(sorted(failures)) or "nothing"
            raise UsageError(f"{', '.join(unknown)}: has not failed; what has: {known}")
        released = sorted(set(names) or failures.keys())
        if released:
            left = {name: failures[name] for name in failures.keys() - released}
            write_failures(held, left)
    return tuple(released)


def _count_killed(request: Request, tasks: Sequence[Task], killed: Killed) -> bool:
    """Count a failure of the document that was alone when the kernel ended a run; return if it did.

    Whatever else ends a run from outside (a person, a service manager, a power cut) is no
    document's fault.
    """
    if len(killed.names) != 1 or not killed.out_of_memory:
        return False
    for task in tasks:
        if task.name in killed.names and task.action is Action.WRITE:
            message = "the kernel ended the run for want of memory while it did this document"
            failures = read_failures(request.place)
            request.count_failure(failures, task, message=message)
            write_failures(request.place, failures, shard=request.shard)
            return True
    return False


def _warn_of_fallback(request: Request) -> None:
    resolution = request.context.resolution
    if resolution.fallback:
        # Why is in the notice at the end, and in the index.
        request.progress.message(
            f"WARNING: {resolution.instead_text}, since not every model of profile"
            f" {request.context.requested.name} can be had; `seedsum doctor` says more"
        )


def _warn_of_licences(request: Request) -> None:
    """Say which models may not be used commercially; their pairs say so too."""
    specs = (model.spec for _, model in sorted(request.context.models.items()))
    if names := [f"{spec.name} ({spec.licence})" for spec in specs if spec.non_commercial]:
        request.progress.message(f"NOT for commercial use: {', '.join(names)}")


@contextmanager
def _named_errors(output: store.Place) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise OutputError(
            f"{output.show()}: the index and the report cannot be written: {error.strerror};"
            " mend that and run again, what is done stays done"
        ) from error
