"""What becomes of a document: its result, and the line about it in the report."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace

from seedsum.checks import document_status
from seedsum.output.rendering import first_reasons, render
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
    Status,
    Summary,
    Task,
    TranslatedSegment,
)

_NO_SUMMARY = Summary("none", ())

#: Reasons that a report gives of a document: the record has all of them.
_NUM_REASONS = 1


def finished(
    task: Task,
    prepared: Prepared,
    segments: tuple[TranslatedSegment, ...],
    summary: Summary | None,
    context: Context,
) -> DocumentDone:
    """Return a document that is done: its status, with the reasons, worst first, and its pair."""
    summary = summary or _NO_SUMMARY
    status = Status.SKIPPED
    reasons: tuple[str, ...] = (prepared.skip,)
    if not prepared.skip:
        status, reasons = document_status(segments, summary, options=context.settings.checks)
        if prepared.doubts:
            reasons = (*prepared.doubts, *reasons)
            status = Status.REVIEW if status is Status.CLEAN else status
        for name in _weak_models(segments, context):
            # Checks find what is missing or changed, not what is wrong and fluent.
            reasons = (*reasons, f"translated by {name}, a weak model: read it with the original")
            status = Status.REVIEW if status is Status.CLEAN else status
    made = Result(
        # The kind is told by English words beside the shape, so that it is known only now.
        document=replace(prepared.document, kind=summary.kind or prepared.document.kind),
        language=prepared.language.language,
        confidence=prepared.language.confidence,
        segments=segments,
        summary=summary,
        status=status,
        reasons=reasons,
        provenance=provenance(prepared.document.sha256, prepared.routes, context),
    )
    return _done(task, made, context)


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


def failed(task: Task, message: str, context: Context) -> DocumentDone:
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
        reasons=(message,),
        provenance=provenance(source.sha256, (), context),
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
    )
    return DocumentDone(outcome, render(made, options=context.settings.output))
