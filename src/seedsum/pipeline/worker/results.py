"""What becomes of a document: its result, and the line about it in the report."""

from __future__ import annotations

from collections.abc import Iterable

from seedsum.checks import document_status
from seedsum.config import Settings
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
    Profile,
    Provenance,
    Result,
    Status,
    Summary,
    Task,
    TranslatedSegment,
)

_NO_SUMMARY = Summary("none", ())

#: Reasons that a report gives of a document: the record has all of them.
_NUM_REASONS = 1


def result(
    prepared: Prepared,
    segments: tuple[TranslatedSegment, ...],
    summary: Summary | None,
    *,
    provenance: Provenance,
    profile: Profile,
    settings: Settings,
) -> Result:
    """Return the finished document: its status, with the reasons, worst first."""
    summary = summary or _NO_SUMMARY
    status = Status.SKIPPED
    reasons: tuple[str, ...] = (prepared.skip,)
    if not prepared.skip:
        status, reasons = document_status(segments, summary, options=settings.checks)
        for name in _weak_models(segments, profile, settings):
            # Checks find what is missing or changed, not what is wrong and fluent.
            reasons = (*reasons, f"translated by {name}, a weak model: read it with the original")
            status = Status.REVIEW if status is Status.CLEAN else status
    return Result(
        document=prepared.document,
        language=prepared.language.language,
        confidence=prepared.language.confidence,
        segments=segments,
        summary=summary,
        status=status,
        reasons=reasons,
        provenance=provenance,
    )


def _weak_models(
    segments: Iterable[TranslatedSegment], profile: Profile, settings: Settings
) -> list[str]:
    """Return the models that translated something and need a person's review, sorted."""
    languages = {item.language for item in segments if item.fate is Fate.TRANSLATED}
    names = {
        step.model
        for direction, steps in profile.routes
        if direction.source in languages
        for step in steps
    }
    return sorted(name for name in names if settings.models[name].needs_review)


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
    return DocumentDone(outcome(task, made), render(made))


def outcome(task: Task, made: Result) -> Outcome:
    """Return the line about a document in the run's report."""
    return Outcome(
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
