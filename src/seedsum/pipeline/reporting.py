"""What a run tells at its end: its report, what it leaves for a person, what the next one knows."""

from __future__ import annotations

import secrets
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace

from seedsum.errors import NEEDS_SOMEBODY
from seedsum.pipeline.attention import Edited, notices
from seedsum.pipeline.context import model_uses
from seedsum.pipeline.hand_edits import HandEdit
from seedsum.pipeline.last_run import LastRun
from seedsum.pipeline.request import Request, now
from seedsum.pipeline.sources import Listing
from seedsum.pipeline.timings import rates
from seedsum.records import Action, Notice, Outcome, RecordState, RunReport, Status, Task
from seedsum.settings import FOR_INFORMATION, NOTICES


def report_of(
    request: Request,
    tasks: Sequence[Task],
    done: Mapping[str, Outcome],
    counters: Mapping[str, int],
    *,
    left: tuple[Notice, ...],
) -> RunReport:
    """Return what happened to the tasks; `left` is what they leave for somebody."""
    context = request.context
    outcomes = tuple(
        _with_message(done[task.name], task)
        if task.action is Action.WRITE
        else Outcome(task.name, Action.LEAVE, task.reasons, message=task.message)
        for task in tasks
    )
    statuses = Counter(str(o.status) for o in outcomes if o.status is not None)
    failing = NOTICES.keys() - FOR_INFORMATION if request.options.strict else _fail_on(request)
    seconds = request.timings.seconds()
    # Runs sort by their names, which begin with the time; no two are equal.
    stamp = request.started.replace("-", "").replace(":", "").removesuffix("+0000")
    return RunReport(
        run_id=f"{stamp}Z-{secrets.token_hex(3)}",
        started=request.started,
        profile=context.requested.name,
        fallback=context.resolution.fallback,
        fallback_reason=context.resolution.fallback_reason,
        outcomes=outcomes,
        models=model_uses([direction for direction, _ in context.profile.routes], context),
        seconds=seconds,
        rates=rates(seconds, counters),
        counters={**statuses, **dict(sorted(counters.items()))},
        num_skipped_files=dict(request.listing.num_skipped),
        notices=left,
        not_read=request.listing.not_read,
        exit_code=3
        if Status.FAILED in statuses or _nothing_is_read(request.listing)
        else NEEDS_SOMEBODY * any(notice.code in failing for notice in left),
    )


def _fail_on(request: Request) -> Collection[str]:
    asked = request.options.fail_on
    return request.context.settings.run.fail_on if asked is None else asked


def left_for_somebody(
    request: Request,
    tasks: Sequence[Task],
    done: Mapping[str, Outcome],
    *,
    states: Mapping[str, RecordState],
    copies: Sequence[str],
    edits: Mapping[str, HandEdit],
) -> tuple[Notice, ...]:
    """Return what these tasks, the input and the models leave for a person.

    `states` and `copies` are what is in the output.
    """
    resolution, listing, rules = (
        request.context.resolution,
        request.listing,
        request.context.settings.run,
    )
    unread = [entry for entry in listing.not_read if entry.type not in rules.ignore]
    known = request.before.num_sources.get(request.inputs, 0)
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
            copies=copies,
            waiting=_waiting(tasks, done),
        ),
    )


def last_run_of(request: Request, report: RunReport) -> LastRun:
    """Return what the next run is to know of this one."""
    counts = dict(request.before.num_sources)
    codes = {notice.code for notice in report.notices}
    if request.listing.whole_folder and not codes & {"empty-input", "shrunk-input"}:
        counts[request.inputs] = len(request.listing.sources)
    ended = now()
    return LastRun(
        ended=ended,
        exit_code=report.exit_code,
        last_success=request.before.last_success if report.exit_code else ended,
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


def _nothing_is_read(listing: Listing) -> bool:
    """Return whether there are files, and none of a type that is read."""
    return bool(listing.not_read) and not listing.sources
