"""What becomes of a document: its result, and the line about it in the report."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace

from seedsum.checks import document_status
from seedsum.checks.reviewed import done_by, stale_of, unchecked
from seedsum.output.rendering import first_reasons, render, was_said
from seedsum.pipeline.attention import listed
from seedsum.pipeline.context import Context, provenance
from seedsum.pipeline.worker.messages import DocumentDone
from seedsum.reading import Prepared
from seedsum.records import (
    UNDETERMINED,
    Action,
    Document,
    Fate,
    Outcome,
    Result,
    Stale,
    Status,
    Summary,
    Task,
    TranslatedSegment,
)
from seedsum.reviews import NOT_JUDGED, Judged, key_of, match

_NO_SUMMARY = Summary("none", ())

#: Reasons that a report gives of a document: the record has all of them.
_NUM_REASONS = 1


@dataclass(frozen=True, slots=True)
class Stages:
    """What the stages made of a document; nothing of one that is skipped."""

    segments: tuple[TranslatedSegment, ...] = ()
    summary: Summary = _NO_SUMMARY


def finished(
    task: Task, prepared: Prepared, stages: Stages, context: Context, *, judged: Judged
) -> DocumentDone:
    """Return a document that is done: its status, with the reasons, worst first, and its pair."""
    segments, summary = stages.segments, stages.summary
    stale = _stale(prepared, segments, judged)
    status = Status.SKIPPED
    reasons: tuple[str, ...] = (prepared.skip,)
    if not prepared.skip:
        status, reasons = _status(prepared, stages, context, stale=stale)
        status, reasons = _checked(status, reasons, prepared, stages, judged)
    sha256 = prepared.document.sha256
    made = Result(
        # The kind is told by English words beside the shape, so that it is known only now.
        document=replace(prepared.document, kind=summary.kind or prepared.document.kind),
        language=prepared.language.language,
        confidence=prepared.language.confidence,
        segments=segments,
        summary=summary,
        status=status,
        reasons=reasons,
        provenance=provenance(sha256, prepared.routes, context, reviews=key_of(judged.standings)),
        stale=stale,
        reviewed_as=judged.names,
    )
    return _done(task, made, context)


def _status(
    prepared: Prepared, stages: Stages, context: Context, *, stale: Sequence[Stale]
) -> tuple[Status, tuple[str, ...]]:
    """Return what checks and reviewed sentences that have changed say of a document, and why."""
    segments = stages.segments
    status, reasons = document_status(segments, stages.summary, options=context.settings.checks)
    changed = [one for one in stale if one.segment]
    before = tuple(
        f"{one.segment} has changed since it was {was_said(one.verdict, one.reviewer)}"
        for one in changed
    )
    # Checks find what is missing or changed, not what is wrong and fluent.
    after = tuple(
        f"translated by {name}, a weak model: read it with the original"
        for name in _weak_models(segments, context)
    )
    before = (*prepared.doubts, *before)
    if (before or after) and status is Status.CLEAN:
        status = Status.REVIEW
    return status, (*before, *reasons, *after)


def _checked(
    status: Status,
    reasons: tuple[str, ...],
    prepared: Prepared,
    stages: Stages,
    judged: Judged,
) -> tuple[Status, tuple[str, ...]]:
    """Return `checked` where a person has looked at all that the summary rests on, or why not."""
    done = done_by(judged.standings, prepared.document.sha256)
    if done is None or status is Status.FAILED:
        return status, reasons
    who = f"{done.reviewer} on {done.time[:10]}"
    if left := unchecked(stages.segments, stages.summary):
        rests = listed(left)
        why = f"marked done by {who}, but the summary rests on {rests}, not checked by anybody"
        return status, (why, *reasons)
    return Status.CHECKED, (f"checked by {who}", *reasons)


def _stale(
    prepared: Prepared, segments: Sequence[TranslatedSegment], judged: Judged
) -> tuple[Stale, ...]:
    if not judged.standings or prepared.skip:
        return ()
    matches = match(judged.standings, [item.text for item in prepared.segments])
    done = done_by(judged.standings, prepared.document.sha256)
    return stale_of(matches, prepared.segments, segments, done=done)


def _weak_models(segments: Collection[TranslatedSegment], context: Context) -> list[str]:
    """Return the models that translated something and need a person's review, sorted."""
    languages = {item.language for item in segments if item.fate is Fate.TRANSLATED}
    names = {
        step.model
        for direction, steps in context.profile.routes
        if direction.source in languages
        for step in steps
    }
    return sorted(name for name in names if context.settings.models[name].needs_review)


def failed(
    task: Task, message: str, context: Context, *, judged: Judged = NOT_JUDGED
) -> DocumentDone:
    """Return what there is of a document that failed: an outcome and a record that say why."""
    source = task.source
    assert source is not None
    made = Result(
        document=Document(
            name=source.name, sha256=source.sha256, format="", encoding="", text="", blocks=()
        ),
        language=UNDETERMINED,
        confidence=0.0,
        segments=(),
        summary=_NO_SUMMARY,
        status=Status.FAILED,
        # What raised it may have named the file, which stands beside wherever this is shown.
        reasons=(message.removeprefix(f"{source.name}: "),),
        provenance=provenance(source.sha256, (), context, reviews=key_of(judged.standings)),
        reviewed_as=judged.names,
    )
    return _done(task, made, context)


def _done(task: Task, made: Result, context: Context) -> DocumentDone:
    outcome = Outcome(
        name=task.name,
        action=Action.WRITE,
        reasons=task.reasons,
        status=made.status,
        language=made.language,
        num_segments=len(made.segments),
        num_translated=sum(item.fate is Fate.TRANSLATED for item in made.segments),
        num_flagged=sum(bool(item.flags) for item in made.segments),
        message="; ".join(first_reasons(made.reasons, _NUM_REASONS)),
        num_stale=sum(bool(one.segment) for one in made.stale),
    )
    return DocumentDone(outcome, render(made, options=context.settings.output))
