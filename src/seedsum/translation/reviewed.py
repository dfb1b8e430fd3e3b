"""Sentences whose English is a person's: it is taken before any model is asked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TypeGuard

from seedsum.checks.reviewed import looked_at
from seedsum.records import Fate, Flag, Segment, TranslatedSegment, Verdict
from seedsum.reviews import Standing, match, plain

_WORDS = {Verdict.ACCEPTED: "accepted", Verdict.EDITED: "edited"}


def is_taken(standing: Standing | None) -> TypeGuard[Standing]:
    """Return whether a sentence's English is what a person accepted or wrote."""
    return standing is not None and bool(standing.text)


def taken(
    segment: Segment, language: str, standing: Standing, *, flags: tuple[Flag, ...]
) -> TranslatedSegment:
    """Return a segment with a person's English; the flags are what checks say of it."""
    text = plain(standing.text)
    looked = looked_at(flags, text, standing)
    assert standing.verdict is not None
    return TranslatedSegment(
        segment=segment,
        text=text,
        language=language,
        fate=Fate.REVIEWED,
        reason=f"{_WORDS[standing.verdict]} by {standing.reviewer}",
        flags=looked.open,
        reviewed=looked.reviewed,
    )


def with_review(item: TranslatedSegment, standing: Standing | None) -> TranslatedSegment:
    """Return a segment with what people said of it other than what its English is."""
    if standing is None:
        return item
    looked = looked_at(item.flags, item.text, standing)
    return replace(item, flags=looked.open, reviewed=looked.reviewed)


def in_pieces(
    left: Sequence[Standing], sentences: Sequence[str], pieces: Mapping[int, Sequence[Segment]]
) -> dict[tuple[int, int], Standing]:
    """Return what stands of pieces, by the number of their sentence and their own.

    A long sentence is cut to what its model takes, and was reviewed in such pieces then. `left` is
    what stands of no whole sentence; the pieces are those of sentences that are cut now.
    """
    if not left:
        return {}
    places: list[tuple[int, int]] = []
    texts: list[str] = []
    for number, sentence in enumerate(sentences):
        parts = [piece.text for piece in pieces.get(number, ())] or [sentence]
        places += [(number, part) for part in range(len(parts))]
        texts += parts
    found = match(left, texts).standings
    return {
        place: standing
        for place, standing in zip(places, found, strict=True)
        if standing is not None and len(pieces.get(place[0], ())) > 1
    }
