"""Numbers that both sides have, in another order: a score, a change or a pair turned round."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from typing import NamedTuple

from seedsum.checks.phrases import WORD
from seedsum.checks.quantities.tokens import normalise
from seedsum.languages import TARGET_LANGUAGE, get
from seedsum.languages.language import NumberWords
from seedsum.languages.mentions import Quantity

_SCORE = re.compile(r"(?<![\d.,/–-])(\d{1,3}) ?[-–] ?(\d{1,3})(?![\d/%–-]|[.,]\d)")
_DASH = re.compile(r"\d ?[-–]")
#: Two counts that belong together stand no farther apart, in characters.
_MAX_CHARS_BETWEEN = 50


class _Two(NamedTuple):
    """Two numbers that stand side by side, in their order."""

    first: Fraction | None
    second: Fraction | None
    text: str


@dataclass(frozen=True, slots=True)
class Side:
    """One side of a pair as it is compared: its numbers that come once, in their order."""

    text: str
    words: NumberWords
    numbers: tuple[Quantity, ...]

    @classmethod
    def of(cls, text: str, mentions: Sequence[Quantity], words: NumberWords) -> Side:
        """Return the side with a text, its mentions and its language's words."""
        numbers = [
            one
            for one in mentions
            if (one.certain or one.family == "count") and one.value is not None
        ]
        counts = Counter(one.value for one in numbers)
        once = (one for one in numbers if counts[one.value] == 1)
        return cls(normalise(text), words, tuple(once))

    def neighbours(self) -> Iterator[tuple[Quantity, Quantity, list[str]]]:
        """Yield numbers that follow each other, with the words between them."""
        for one, two in pairwise(self.numbers):
            if one.end <= two.start:
                yield one, two, WORD.findall(self.text[one.end : two.start].lower())


def swapped(source: Side, target: Side) -> tuple[str, str] | None:
    """Return what the source and the translation say where two numbers have changed places."""
    found = _turned_score(source.text, target.text)
    if found or min(len(source.numbers), len(target.numbers)) < 2:
        return found
    return _turned(_changes(source), _changes(target)) or _turned(_counts(source), _counts(target))


def _turned_score(source: str, translation: str) -> tuple[str, str] | None:
    """English says the winner's goals first, also of a side that lost."""
    if not (_DASH.search(source) and _DASH.search(translation)):
        return None
    before, after = ([m.groups() for m in _SCORE.finditer(text)] for text in (source, translation))
    for one, two in before:
        if one == two or (one, two) in after or (two, one) not in after or (two, one) in before:
            continue
        if _accounts_for_order(translation, turned_up=int(two) > int(one)):
            continue
        return f"{one}-{two}", f"{two}-{one}"
    return None


def _accounts_for_order(translation: str, *, turned_up: bool) -> bool:
    """Return whether a translation says why a score is turned round, now the higher number first.

    Where the lower one is first now, somebody must have lost.
    """
    numbers = get(TARGET_LANGUAGE).numbers
    said = set(WORD.findall(translation.lower()))
    return numbers is not None and not said.isdisjoint(numbers.won if turned_up else numbers.lost)


def _turned(before: Iterator[_Two], after: Iterator[_Two]) -> tuple[str, str] | None:
    here, there = list(before), list(after)
    orders = {(two.first, two.second) for two in there}
    for two in here:
        turned = two.second, two.first
        if (two.first, two.second) in orders or turned not in orders:
            continue
        other = next(one for one in there if (one.first, one.second) == turned)
        return two.text, other.text
    return None


def _changes(side: Side) -> Iterator[_Two]:
    """Yield what changed from one number to another, the old one first."""
    words = side.words
    for one, two, between in side.neighbours():
        if not between:
            continue
        before = WORD.findall(side.text[max(one.start - 12, 0) : one.start].lower())[-1:]
        text = side.text[one.start : two.end]
        is_named_first = words.change_from & {*before} and between[-1] in words.change_to
        if is_named_first or words.change_from_after & {*between}:
            yield _Two(one.value, two.value, text)
        elif words.change_to & {*before} and between[-1] in words.change_from:
            yield _Two(two.value, one.value, text)


def _counts(side: Side) -> Iterator[_Two]:
    """Yield two counts that a conjunction joins (`3 dead and 5 injured`)."""
    for one, two, between in side.neighbours():
        if side.words.and_words & {*between} and two.start - one.end <= _MAX_CHARS_BETWEEN:
            yield _Two(one.value, two.value, side.text[one.start : two.end])
