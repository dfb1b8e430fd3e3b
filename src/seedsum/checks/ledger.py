"""The coverage ledger: every segment and block has one fate, and the sums hold.

Neighbours: `pipeline` writes the counts and the status into the record.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from seedsum.checks.severity import severity
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


@dataclass(frozen=True, slots=True)
class Ledger:
    """How many segments had which fate.

    `num_translated + num_kept + num_passed + num_failed == num_segments`; the flagged and the
    rescued (decoded more than once and now without a flag) are counted among them.
    """

    num_segments: int
    num_translated: int
    num_kept: int
    num_passed: int
    num_failed: int
    num_flagged: int
    num_rescued: int


def ledger(segments: Sequence[TranslatedSegment]) -> Ledger:
    """Return the counts of all segments of a document; all 0 for none."""

    def count(fate: Fate) -> int:
        return sum(segment.fate is fate for segment in segments)

    return Ledger(
        num_segments=len(segments),
        num_translated=count(Fate.TRANSLATED),
        num_kept=count(Fate.KEPT),
        num_passed=count(Fate.PASSED),
        num_failed=count(Fate.FAILED),
        num_flagged=sum(bool(segment.flags) for segment in segments),
        num_rescued=sum(len(segment.attempts) > 1 and not segment.flags for segment in segments),
    )


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

    The reasons list the failed segments, then the flagged segments and summary sentences with the
    worst flag first; segments that are equally bad stay in document order.
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
