"""What becomes of a whole document: the fate of each block, and whether it needs review."""

from __future__ import annotations

from collections.abc import Sequence

from seedsum.checks.check import Result, Scope
from seedsum.checks.table import CHECKS, severity
from seedsum.records import (
    INFORMATIVE_FLAGS,
    Document,
    Fate,
    Flag,
    Status,
    Summary,
    TranslatedSegment,
)
from seedsum.settings import CheckOptions

#: A block of segments with several fates has the first of these.
_FATE_OF_BLOCK = (Fate.FAILED, Fate.TRANSLATED, Fate.REVIEWED, Fate.PASSED, Fate.KEPT)


def block_fates(document: Document, segments: Sequence[TranslatedSegment]) -> dict[str, Fate]:
    """Return the one fate of every block, by id, in document order.

    A block fails with one of its segments; a block without a segment (nothing but white space or
    markup) is kept.
    """
    fates: dict[str, set[Fate]] = {block.id: set() for block in document.blocks}
    for segment in segments:
        fates[segment.segment.block_id].add(segment.fate)
    return {
        block_id: next((fate for fate in _FATE_OF_BLOCK if fate in found), Fate.KEPT)
        for block_id, found in fates.items()
    }


def document_status(
    segments: Sequence[TranslatedSegment], summary: Summary, *, options: CheckOptions
) -> tuple[Status, tuple[str, ...]]:
    """Return whether a document is `clean`, `review` or `failed`, and why, worst first.

    The reasons list the failed segments, then what is flagged with the worst flag first: segments,
    summary sentences, and what the checks of whole documents and summaries find. What is equally
    bad stays in document order.
    """
    num_failed = sum(segment.fate is Fate.FAILED for segment in segments)
    num_needed = num_failed + sum(segment.fate is Fate.TRANSLATED for segment in segments)
    failed = tuple(
        f"{segment.segment.id} failed: {segment.reason}"
        for segment in segments
        if segment.fate is Fate.FAILED
    )
    flagged: list[tuple[str, tuple[Flag, ...]]] = [
        (segment.segment.id, segment.flags)
        for segment in segments
        if segment.flags and segment.fate is not Fate.FAILED
    ]
    result = Result(segments=segments, summary=summary, options=options)
    for scope in (Scope.DOCUMENT, Scope.SUMMARY):
        checks = [check for check in CHECKS if check.scope is scope]
        if found := tuple(flag for check in checks for flag in check.function(result)):
            flagged.append((str(scope), found))
    telling = tuple(flag for flag in summary.flags if flag.code not in INFORMATIVE_FLAGS)
    flagged += [("summary", telling)] if telling else []
    flagged += [
        (f"summary sentence {number}", sentence.flags)
        for number, sentence in enumerate(summary.sentences, 1)
        if sentence.flags
    ]
    flagged.sort(key=lambda item: -max(severity(flag) for flag in item[1]))
    reasons = (*failed, *(f"{place} {_describe(flags)}" for place, flags in flagged))
    if num_failed and num_failed > options.max_failed_share * num_needed:
        return Status.FAILED, reasons
    return (Status.REVIEW if reasons else Status.CLEAN), reasons


def _describe(flags: Sequence[Flag]) -> str:
    worst_first = sorted(flags, key=lambda flag: (-severity(flag), flag))
    return "; ".join(f"{flag.code}: {flag.detail}".removesuffix(": ") for flag in worst_first)
