"""What a sentence needs beside it: what its first word stands for, and what takes it back.

A summary that says what the next sentence of the article denies says the opposite of the article.
"""

from __future__ import annotations

from collections.abc import Sequence

from seedsum.summaries.cues import Cues, cues_of
from seedsum.summaries.faults import leans
from seedsum.summaries.kinds import TextKind
from seedsum.summaries.structure import Line
from seedsum.summaries.words import rare_words

#: How far before a denial what it takes back may stand.
_REACH = 40
#: Rare words that a denial and what it denies must share where they do not stand side by side.
_SHARED_WORDS = 2
#: A sentence that needs more others than that is left.
MAX_NEEDED = 2


def needs_of(
    lines: Sequence[Line], cues: Sequence[Cues], words: Sequence[Sequence[str]], kind: TextKind
) -> tuple[frozenset[int] | None, ...]:
    """Return the sentences that each needs beside it, with what those need in turn.

    None for a sentence that needs too much, or what nobody says, and so cannot be taken.
    """
    direct: list[set[int]] = [set() for _ in lines]
    lost: set[int] = set()
    for place, line in enumerate(lines):
        if leans(line.sentence.text):
            before = _antecedent(lines, place)
            if before is None:
                lost.add(place)
            else:
                direct[place].add(before)
    for claim, denial in denials(lines, cues, words, kind):
        direct[claim].add(denial)
    return tuple(_closed(place, direct, lost) for place in range(len(lines)))


def _antecedent(lines: Sequence[Line], place: int) -> int | None:
    """Return the sentence before, where it is said in the same breath; None where there is none."""
    if place == 0 or lines[place].is_question != lines[place - 1].is_question:
        return None
    before, here = lines[place - 1], lines[place]
    if before.is_heading or (before.part != here.part):
        return None
    return place - 1 if here.sentence.paragraph - before.sentence.paragraph <= 1 else None


def denials(
    lines: Sequence[Line], cues: Sequence[Cues], words: Sequence[Sequence[str]], kind: TextKind
) -> list[tuple[int, int]]:
    """Return pairs of a sentence and one that takes it back, or says that it is not known."""
    rare = rare_words(words)
    found: list[tuple[int, int]] = []
    for denial, cue in enumerate(cues):
        if lines[denial].is_question:
            continue
        before = denial - 1
        if (
            before >= 0
            and not lines[before].is_heading
            and _takes_back(cue, cues[before], lines, denial)
        ):
            found.append((before, denial))
            # `They also said ...` before it is a second claim.
            if before and leans(lines[before].sentence.text) and cues[before - 1].hearsay:
                found.append((before - 1, denial))
        if not cue.denies:
            continue
        for claim in range(max(0, denial - _REACH), denial):
            is_claim = cues[claim].hearsay or cues[claim].proposes or kind is TextKind.LIVE
            if (
                is_claim
                and not cues[claim].denies
                and len(rare[claim] & rare[denial]) >= _SHARED_WORDS
            ):
                found.append((claim, denial))
    return found


def _takes_back(cue: Cues, before: Cues, lines: Sequence[Line], place: int) -> bool:
    """Return whether a sentence takes back the one right before it."""
    if cue.denies_before and lines[place].part == lines[place - 1].part:
        return cue.denies or cue.turns
    return before.hearsay and cue.denies


def _closed(place: int, direct: Sequence[set[int]], lost: set[int]) -> frozenset[int] | None:
    """Return all that a sentence needs; None where that is too much or cannot be had."""
    needed: set[int] = set()
    pending = [place]
    while pending:
        at = pending.pop()
        if at in lost:
            return None
        for other in direct[at]:
            if other not in needed and other != place:
                needed.add(other)
                pending.append(other)
        if len(needed) > MAX_NEEDED:
            return None
    return frozenset(needed)


def denied_places(
    lines: Sequence[Line], words: Sequence[Sequence[str]], kind: TextKind
) -> dict[int, set[int]]:
    """Return, for each sentence that another one takes back, the places of those."""
    cues = [cues_of(line.sentence.text) for line in lines]
    found: dict[int, set[int]] = {}
    for claim, denial in denials(lines, cues, words, kind):
        is_near = denial - claim <= MAX_NEEDED
        if cues[denial].denies and (is_near or cues[claim].hearsay or cues[claim].proposes):
            found.setdefault(claim, set()).add(denial)
    return found
