"""What is asked of a run, looked up: models resolved, sources listed, reviews read."""

from __future__ import annotations

import os
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from types import MappingProxyType

from seedsum import __version__
from seedsum import output as store
from seedsum.errors import ModelError, UnsoundModelError, UsageError
from seedsum.files import sha256_json
from seedsum.models import servers
from seedsum.pipeline import hand_edits, planning
from seedsum.pipeline.context import Context, resolve_context, with_terms
from seedsum.pipeline.failures import read_failures
from seedsum.pipeline.hand_edits import HandEdit
from seedsum.pipeline.known_names import KnownNames
from seedsum.pipeline.last_run import LastRun, inputs_key, read_last_run
from seedsum.pipeline.options import RunOptions
from seedsum.pipeline.progress import Progress
from seedsum.pipeline.shards import Shard
from seedsum.pipeline.sources import Listing, list_sources
from seedsum.pipeline.stamps import Stamps
from seedsum.pipeline.timings import Timings
from seedsum.records import Failure, KeyParts, RecordState, ResolvedModel, Source, Task
from seedsum.reviews import Reviews


def utc_now() -> datetime:
    """Return the time, the only one that a run's decisions go by; for tests to replace."""
    return datetime.now(UTC)


def now() -> str:
    """Return the time as texts have it: ISO 8601, UTC, in seconds."""
    return utc_now().isoformat(timespec="seconds")


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
        started = now()
        timings = Timings()
        with timings.measure("planning"):
            configured = _resolved(options, progress)
            reviews = Reviews(place)
            context = with_terms(configured, reviews.terms())
            shard = shard_of(options)
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
        inputs = inputs_key(paths)
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

    def contents(self) -> store.Contents:
        """Return what is in the output; of a shard its pairs, where no review can be of others."""
        only = self.shard.holds if self.shard and not self.reviews.has_any else None
        return store.read_contents(self.place, only=only)

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


def shard_of(options: RunOptions) -> Shard | None:
    """Return the part of the articles that a run is asked to do; None for all.

    Raises:
        UsageError: It is none, or there is a cluster to do it all.
    """
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
