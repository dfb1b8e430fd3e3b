"""Checks that another package could add: of a segment with a scorer, of a document, a summary."""

from __future__ import annotations

from collections.abc import Iterator

from seedsum.checks import SCORER, Check, Pair, Result, Scope
from seedsum.records import Flag


def unlikely(pair: Pair) -> Iterator[Flag]:
    """Flag a translation that the scorer thinks unlikely."""
    assert pair.scorer is not None
    (score,) = pair.scorer.score([pair.source], [pair.translation])
    if score < -3:
        yield Flag("unlikely", f"{score:.1f} per token")


def monotonous(result: Result) -> Iterator[Flag]:
    """Flag a document whose segments are all translated alike."""
    texts = {segment.text for segment in result.segments}
    if len(texts) < len(result.segments):
        yield Flag("monotonous", f"{len(texts)} texts for {len(result.segments)} segments")


def wordless(result: Result) -> Iterator[Flag]:
    """Flag a summary without a sentence."""
    if not result.summary.sentences:
        yield Flag("wordless", result.summary.engine)


UNLIKELY = Check("unlikely", unlikely, needs=(SCORER,), worse_than="low-score")
MONOTONOUS = Check("monotonous", monotonous, Scope.DOCUMENT)
WORDLESS = Check("wordless", wordless, Scope.SUMMARY)
