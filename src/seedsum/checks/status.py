"""What becomes of a whole document: the fate of each block, and whether it needs review."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from seedsum.checks.check import Result, Scope, described, is_possible
from seedsum.checks.table import CHECKS, found_by, severity, worst_first
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
    fates: defaultdict[str, set[Fate]] = defaultdict(set)
    for segment in segments:
        fates[segment.segment.block_id].add(segment.fate)
    return {
        block.id: min(fates[block.id], key=_FATE_OF_BLOCK.index, default=Fate.KEPT)
        for block in document.blocks
    }


def document_status(
    segments: Sequence[TranslatedSegment], summary: Summary, *, options: CheckOptions
) -> tuple[Status, tuple[str, ...]]:
    """Return whether a document is `clean`, `review` or `failed`, and why, worst first.

    The reasons list the failed segments, then what is flagged with the worst flag first: segments,
    summary sentences, and what the checks of whole documents and summaries find. What is equally
    bad stays in document order, and what is only possible (`check.POSSIBLE`) comes last: alone it
    asks for no review.
    """
    failed = [segment for segment in segments if segment.fate is Fate.FAILED]
    others = [segment for segment in segments if segment.fate is not Fate.FAILED]
    flagged: list[tuple[str, Sequence[Flag]]] = [(one.segment.id, one.flags) for one in others]
    result = Result(segments=segments, summary=summary, options=options)
    for scope in (Scope.DOCUMENT, Scope.SUMMARY):
        checks = [check for check in CHECKS if check.scope is scope]
        flagged.append(
            (scope, [flag for check in checks for flag in found_by(check.function, result)])
        )
    telling = [flag for flag in summary.flags if flag.code not in INFORMATIVE_FLAGS]
    flagged.append(("summary", telling))
    for number, sentence in enumerate(summary.sentences, 1):
        flagged.append((f"summary sentence {number}", sentence.flags))
    flagged = [(place, flags) for place, flags in flagged if flags]
    flagged.sort(key=lambda item: (all(map(is_possible, item[1])), -max(map(severity, item[1]))))
    reasons = (
        *(f"{segment.segment.id} failed: {segment.reason}" for segment in failed),
        *(f"{place} {_describe(flags)}" for place, flags in flagged),
    )
    num_needed = len(failed) + sum(segment.fate is Fate.TRANSLATED for segment in others)
    if failed and len(failed) > options.max_failed_share * num_needed:
        return Status.FAILED, reasons
    is_sure = any(not is_possible(flag) for _, flags in flagged for flag in flags)
    return (Status.REVIEW if failed or is_sure else Status.CLEAN), reasons


def _describe(flags: Sequence[Flag]) -> str:
    return "; ".join(map(described, worst_first(flags)))
