"""run() and plan(): what a run does from the first look at the sources to its report."""

from __future__ import annotations

import os
import secrets
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from types import MappingProxyType
from typing import Unpack

from seedsum import __version__
from seedsum import output as store
from seedsum.config import languages_of, load_settings
from seedsum.errors import (
    LockedError,
    ModelError,
    OutputError,
    UnsoundModelError,
    UsageError,
    exit_code_of,
)
from seedsum.files import sha256_json
from seedsum.models import servers
from seedsum.pipeline import hand_edits, index, planning, shards, tables
from seedsum.pipeline.attention import Edited, notices
from seedsum.pipeline.context import Context, model_uses, resolve_context, with_terms
from seedsum.pipeline.failures import (
    Killed,
    read_doing,
    read_failures,
    write_doing,
    write_failures,
)
from seedsum.pipeline.hand_edits import HandEdit
from seedsum.pipeline.known_names import KnownNames
from seedsum.pipeline.last_run import LastRun, read_last_run, write_last_run
from seedsum.pipeline.options import RunOptions, Shortcuts, with_shortcuts
from seedsum.pipeline.progress import Progress
from seedsum.pipeline.shards import Shard
from seedsum.pipeline.sources import Listing, list_sources, read_source
from seedsum.pipeline.stamps import Stamps
from seedsum.pipeline.timings import Timings, rates
from seedsum.records import (
    Action,
    Document,
    Failure,
    KeyParts,
    Notice,
    NotRead,
    Outcome,
    RecordState,
    ResolvedModel,
    RunReport,
    Source,
    Status,
    Task,
)
from seedsum.reviews import Reviews
from seedsum.settings import FOR_INFORMATION, NOTICES


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
    states = request.states()
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
    shard = _shard(options)
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
        ended = replace(before, ended=_now(), exit_code=exit_code_of(error))
        write_last_run(place, ended, shard=shard)
        raise
    write_last_run(place, request.ended(report), shard=shard)
    return report


def utc_now() -> datetime:
    """Return the time, the only one that a run's decisions go by; for tests to replace."""
    return datetime.now(UTC)


def _now() -> str:
    return utc_now().isoformat(timespec="seconds")


def _run(request: Request) -> RunReport:
    output = request.place
    with request.timings.measure("planning"):
        states = request.states()
        edits = request.edits(states)
        tasks = request.tasks(states, edits)
    request.stamps.save()
    nothing_to_do = not any(task.action is Action.WRITE for task in tasks)
    nothing_to_do &= not any(edit.reviews for edit in edits.values())
    # A run that was killed at its very end has left the index and its temporary files to the next.
    if nothing_to_do and not read_doing(output, shard=request.shard).names:
        report = request.report(tasks, {}, {}, states=states, edits={})
        is_shown = report.notices == request.before.notices and not shards.have_run(output)
        if request.shard is None and not (is_shown and index.is_whole(output, request.listing)):
            with output.lock(wait_seconds=request.options.wait_seconds) as held:
                index.write(
                    held,
                    tasks,
                    report.notices,
                    quarantined=_quarantined(tasks),
                    listing=request.listing,
                    changed=index.last_changed(output),
                )
                shards.end(held)
        return report
    part = request.shard.part if request.shard else ""
    with output.lock(wait_seconds=request.options.wait_seconds, part=part) as held:
        return _work(replace(request, place=held))


def _stale(
    tasks: Sequence[Task], states: Mapping[str, RecordState], done: Mapping[str, Outcome]
) -> dict[str, int]:
    """Return how many reviewed sentences have changed since, by the names of their articles."""
    found = {}
    for task in tasks:
        shown: Outcome | RecordState | None = done.get(task.name) or states.get(task.name)
        if shown is not None and shown.num_stale and task.reasons != ("orphaned",):
            found[task.name] = shown.num_stale
    return found


def _quarantined(tasks: Sequence[Task]) -> dict[str, str]:
    """Return why those of the tasks that failed too often did, by name."""
    return {task.name: task.message for task in tasks if task.reasons == ("quarantined",)}


def _work(request: Request) -> RunReport:
    """Do what there is to do while the output's lock is held."""
    output = request.place
    output.clean()
    request.stamps.save()
    with request.timings.measure("planning"):
        states = request.states()  # another run may have done some of it meanwhile
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
            left = request.left(tasks, done, states=states, edits=edits)
            if request.shard is None:
                index.write(
                    output,
                    tasks,
                    left,
                    quarantined=quarantined,
                    listing=request.listing,
                    changed=[done[name] for name in sorted(done)],
                )
                shards.end(output)
            write_doing(output, (), shard=request.shard)
    report = request.report(tasks, done, counters, states=states, edits=edits)
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
    place = store.place_of(output)
    if not place.is_there():
        raise UsageError(
            f"{place.show()}: there is no such folder; give --output the folder of the pairs"
        )
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


@dataclass(frozen=True, slots=True)
class Request:
    """What is asked for, looked up, and what a run tells of it."""

    options: RunOptions
    place: store.Place  # of the output; while it is locked, the one to write to
    configured: Context  # as models.toml has it
    context: Context  # with the terms that reviewers added
    reviews: Reviews
    listing: Listing
    stamps: Stamps
    conditions: str  # see `Failure`
    started: str
    timings: Timings
    progress: Progress
    inputs: str  # the paths, as one text
    before: LastRun
    shard: Shard | None = None

    @classmethod
    def of(
        cls,
        paths: Sequence[str | Path],
        options: RunOptions,
        progress: Progress,
        *,
        place: store.Place,
    ) -> Request:
        """Return the request: models resolved, sources listed."""
        started = _now()
        timings = Timings()
        with timings.measure("planning"):
            configured = _resolved(options, progress)
            reviews = Reviews(place)
            context = with_terms(configured, reviews.terms())
            shard = _shard(options)
            is_part = shard is not None
            stamps = Stamps(place, trusted=not options.force, is_part=is_part)
            listing = list_sources(
                [str(path) for path in paths],
                output=options.output,
                stdin=options.stdin,
                stamps=stamps,
                settle_seconds=_settle_seconds(options),
                only=shard.holds if shard else None,
            )
        inputs = "\n".join(sorted(map(str, paths)))
        return cls(
            options,
            place,
            configured,
            context,
            reviews,
            listing,
            stamps,
            _conditions(context),
            started,
            timings,
            progress,
            inputs,
            read_last_run(place, shard=shard),
            shard,
        )

    def with_servers_asked(self) -> Request:
        """Return the request with what the models' servers say now, where it was another thing.

        The part of one that cannot be asked is done without it.

        Raises:
            ModelError: A server does not answer, or is not to be asked, and nothing stands in for
                it, or nothing is to (`strict`).
        """
        without: dict[str, str] = {}
        is_changed = False
        for name, model in sorted(self.context.models.items()):
            try:
                is_changed |= self._ask_server(model)
            except ModelError as error:
                if self.options.strict:
                    raise
                without |= dict.fromkeys(self.context.parts_of(name), str(error))
        return self._lacking(without) if without or is_changed else self

    def _ask_server(self, model: ResolvedModel) -> bool:
        if self.options.offline:
            servers.refuse_distant([model.spec])
        for text in servers.leaving([model]):
            self.progress.message(text)
        return servers.ask_servers([model])

    def without(self, error: UnsoundModelError) -> Request:
        """Return the request for what is left where a model cannot be loaded.

        Raises:
            UnsoundModelError: Nothing stands in for it, or nothing is to (`strict`).
        """
        known = {lack.part for lack in self.context.resolution.lacks}
        parts = set(self.context.parts_of(error.model)) - known
        if self.options.strict or not parts:
            raise error
        return self._lacking(dict.fromkeys(parts, str(error)))

    def _lacking(self, more: Mapping[str, str]) -> Request:
        """Return the request with more parts that are done without their models."""
        known = {lack.part: lack.reason for lack in self.context.resolution.lacks}
        return self._with(_resolved(self.options, self.progress, without={**known, **more}))

    def looked_again(self) -> Request:
        """Return the request with what reviewers have said since.

        Where it had to wait for another run, that one may have taken in more than this one knew: it
        must not be undone.
        """
        self.reviews.look()
        return self._with(self.configured)

    def _with(self, configured: Context) -> Request:
        context = with_terms(configured, self.reviews.terms())
        conditions = _conditions(context)
        return replace(self, configured=configured, context=context, conditions=conditions)

    def states(self) -> dict[str, RecordState]:
        """Return the pairs in the output; of a shard its own, where no review can be of others."""
        only = self.shard.holds if self.shard and not self.reviews.has_any else None
        return store.read_records(self.place, only=only)

    def known_names(self, states: Mapping[str, RecordState]) -> KnownNames:
        """Return under which names articles were reviewed, for this input and these pairs."""
        return KnownNames.of(self.reviews, states, here={s.name for s in self.listing.sources})

    def edits(self, states: Mapping[str, RecordState]) -> dict[str, HandEdit]:
        """Return what people changed in the files of these pairs, by name."""

        def stays(state: RecordState) -> bool:
            lacking = self.context.lacking(state.routes)
            return state.key_parts is not None and _is_better(state, lacking)

        return hand_edits.look(self.place, self.listing.sources, states, stays=stays)

    def tasks(
        self, states: Mapping[str, RecordState], edits: Mapping[str, HandEdit]
    ) -> tuple[Task, ...]:
        """Return what there is to do with these pairs in the output."""
        return planning.plan(
            self.listing.sources,
            states,
            expected_key=partial(self._expected_key, names=self.known_names(states)),
            force=self.options.force,
            limit=self.options.limit,
            report_orphans=self.listing.whole_folder,
            failures=read_failures(self.place),
            conditions=self.conditions,
            now=utc_now(),
            edits=edits,
        )

    def count_failure(self, failures: dict[str, Failure], task: Task, *, message: str) -> Failure:
        """Put a document's failure in this run in, and return it."""
        return planning.count_failure(
            failures, task, conditions=self.conditions, message=message, when=self.started
        )

    def _expected_key(self, source: Source, state: RecordState, *, names: KnownNames) -> KeyParts:
        if state.key_parts and _is_better(state, self.context.lacking(state.routes)):
            # The pair was made by better models than those at hand: it stays, in an older form and
            # without the last corrections too, until they are there again.
            return replace(state.key_parts, source=source.sha256)
        reviews = self.reviews.key(names.all_of(source, state))
        return self.context.keys.parts(source.sha256, routes=state.routes, reviews=reviews)

    def report(
        self,
        tasks: Sequence[Task],
        done: Mapping[str, Outcome],
        counters: Mapping[str, int],
        *,
        states: Mapping[str, RecordState],
        edits: Mapping[str, HandEdit],
    ) -> RunReport:
        """Return what happened to the tasks."""
        context = self.context
        outcomes = tuple(
            _with_message(done[task.name], task)
            if task.action is Action.WRITE
            else Outcome(task.name, Action.LEAVE, task.reasons, message=task.message)
            for task in tasks
        )
        statuses = Counter(str(o.status) for o in outcomes if o.status is not None)
        left = self.left(tasks, done, states=states, edits=edits)
        failing = NOTICES.keys() - FOR_INFORMATION if self.options.strict else self._fail_on()
        seconds = self.timings.seconds()
        # Runs sort by their names, which begin with the time; no two are equal.
        stamp = self.started.replace("-", "").replace(":", "").removesuffix("+0000")
        return RunReport(
            run_id=f"{stamp}Z-{secrets.token_hex(3)}",
            started=self.started,
            profile=context.requested.name,
            fallback=context.resolution.fallback,
            fallback_reason=context.resolution.fallback_reason,
            outcomes=outcomes,
            models=model_uses([direction for direction, _ in context.profile.routes], context),
            seconds=seconds,
            rates=rates(seconds, counters),
            counters={**statuses, **dict(sorted(counters.items()))},
            num_skipped_files=dict(self.listing.num_skipped),
            notices=left,
            not_read=self.listing.not_read,
            exit_code=3
            if Status.FAILED in statuses or _nothing_is_read(self.listing)
            else 8 * any(notice.code in failing for notice in left),
        )

    def _fail_on(self) -> Collection[str]:
        asked = self.options.fail_on
        return self.context.settings.run.fail_on if asked is None else asked

    def left(
        self,
        tasks: Sequence[Task],
        done: Mapping[str, Outcome],
        *,
        states: Mapping[str, RecordState],
        edits: Mapping[str, HandEdit],
    ) -> tuple[Notice, ...]:
        """Return what these tasks, the input and the models leave for a person."""
        resolution, listing, rules = (
            self.context.resolution,
            self.listing,
            self.context.settings.run,
        )
        unread = [entry for entry in listing.not_read if entry.type not in rules.ignore]
        known = self.before.num_sources.get(self.inputs, 0)
        return notices(
            tasks,
            num_sources=len(listing.sources),
            num_before=known if listing.whole_folder else None,
            max_lost_share=rules.max_lost_share,
            unread=unread,
            stale=_stale(tasks, states, done),
            fallback=resolution.fallback_text,
            edited=Edited(
                taken_in={name: len(x.reviews) for name, x in edits.items() if x.reviews},
                copies=store.kept_copies(self.place),
                waiting=_waiting(tasks, done),
            ),
        )

    def ended(self, report: RunReport) -> LastRun:
        """Return what the next run is to know of this one."""
        counts = dict(self.before.num_sources)
        codes = {notice.code for notice in report.notices}
        if self.listing.whole_folder and not codes & {"empty-input", "shrunk-input"}:
            counts[self.inputs] = len(self.listing.sources)
        ended = _now()
        return LastRun(
            ended=ended,
            exit_code=report.exit_code,
            last_success=self.before.last_success if report.exit_code else ended,
            notices=report.notices,
            num_sources=counts,
        )


def _with_message(outcome: Outcome, task: Task) -> Outcome:
    """Return an outcome that also says what became of a hand edit."""
    said = [text for text in (outcome.message, task.message) if text]
    return replace(outcome, message="; ".join(said))


def _waiting(tasks: Sequence[Task], done: Mapping[str, Outcome]) -> dict[str, str]:
    """Return why edited pairs were left as they are, by name."""
    now: Sequence[Task | Outcome] = [done.get(task.name, task) for task in tasks]
    return {
        one.name: one.message
        for one in now
        if one.action is Action.LEAVE and one.reasons == ("edited",)
    }


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


def _is_better(state: RecordState, lacking: Collection[str]) -> bool:
    """Return whether the chosen models made something of a pair that they cannot make now."""
    if state.fallback and not state.fallback_parts:
        return False
    return not set(lacking) <= set(state.fallback_parts)


def _resolved(
    options: RunOptions, progress: Progress, *, without: Mapping[str, str] = MappingProxyType({})
) -> Context:
    return resolve_context(
        options.config,
        options.profile,
        offline=options.offline,
        strict=options.strict,
        progress=progress,
        summary_sentences=options.summary_sentences,
        without=without,
    )


def _conditions(context: Context) -> str:
    """Return a hash of what a document fails under; see `Failure`."""
    routes = [str(direction) for direction, _ in context.requested.routes]
    return sha256_json([__version__, context.keys.parts("", routes=routes)])


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


def _nothing_is_read(listing: Listing) -> bool:
    """Return whether there are files, and none of a type that is read."""
    return bool(listing.not_read) and not listing.sources


def _shard(options: RunOptions) -> Shard | None:
    if options.shard and options.ray:
        raise UsageError("--shard is for machines without a cluster, --ray for one; choose one")
    return Shard.of(options.shard) if options.shard else None


def _settle_seconds(options: RunOptions) -> float:
    if options.settle_seconds is not None:
        return options.settle_seconds
    stated = os.environ.get("SEEDSUM_SETTLE") or "2"
    try:
        seconds = float(stated)
    except ValueError:
        seconds = -1.0
    if not 0 <= seconds < 3600:
        raise UsageError(f"SEEDSUM_SETTLE is {stated!r}; set it to seconds, as 2 or 0.5")
    return seconds
