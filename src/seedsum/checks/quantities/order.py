"""Numbers that both sides have, in another order: a score, a change or a pair turned round."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from fractions import Fraction
from itertools import pairwise
from typing import NamedTuple

from seedsum.checks.quantities.tokens import normalise
from seedsum.languages import TARGET_LANGUAGE, get
from seedsum.languages.common import LETTERS
from seedsum.languages.language import NumberWords
from seedsum.languages.mentions import Quantity

_SCORE = re.compile(r"(?<![\d.,/–-])(\d{1,3}) ?[-–] ?(\d{1,3})(?![\d/%–-]|[.,]\d)")
_DASH = re.compile(r"\d ?[-–]")
_WORD = re.compile(LETTERS)
#: Two counts that belong together stand no farther apart, in characters.
_MAX_CHARS_BETWEEN = 50


class _Two(NamedTuple):
    """Two numbers that stand side by side, in their order."""

    first: Fraction
    second: Fraction
    text: str

    @property
    def turned(self) -> tuple[Fraction, Fraction]:
        return self.second, self.first


class Text(NamedTuple):
    """One side of a pair: normalised, with its mentions and its language's words."""

    text: str
    mentions: Sequence[Quantity]
    words: NumberWords


def swapped(source: Text, target: Text) -> tuple[str, str] | None:
    """Return what the source and the translation say where two numbers have changed places."""
    return (
        _turned_score(source.text, target.text)
        or _turned(_changes(source), _changes(target))
        or _turned(_counts(source), _counts(target))
    )


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
    said = set(_WORD.findall(translation.lower()))
    return numbers is not None and not said.isdisjoint(numbers.won if turned_up else numbers.lost)


def _turned(before: Iterator[_Two], after: Iterator[_Two]) -> tuple[str, str] | None:
    here, there = list(before), list(after)
    orders = {(two.first, two.second) for two in there}
    for two in here:
        if (two.first, two.second) in orders or two.turned not in orders:
            continue
        other = next(one for one in there if (one.first, one.second) == two.turned)
        return two.text, other.text
    return None


def _changes(side: Text) -> Iterator[_Two]:
    """Yield what changed from one number to another, the old one first."""
    words = side.words
    for one, two, between in _neighbours(side):
        if not between:
            continue
        before = _WORD.findall(side.text[max(one.start - 12, 0) : one.start].lower())[-1:]
        text = side.text[one.start : two.end]
        is_named_first = words.change_from & {*before} and between[-1] in words.change_to
        if is_named_first or words.change_from_after & {*between}:
            yield _Two(_value(one), _value(two), text)
        elif words.change_to & {*before} and between[-1] in words.change_from:
            yield _Two(_value(two), _value(one), text)


def _counts(side: Text) -> Iterator[_Two]:
    """Yield two counts that a conjunction joins (`3 dead and 5 injured`)."""
    for one, two, between in _neighbours(side):
        if side.words.and_words & {*between} and two.start - one.end <= _MAX_CHARS_BETWEEN:
            yield _Two(_value(one), _value(two), side.text[one.start : two.end])


def _neighbours(side: Text) -> Iterator[tuple[Quantity, Quantity, list[str]]]:
    """Yield numbers that follow each other in a sentence, with the words between them."""
    numbers = [
        one
        for one in side.mentions
        if (one.certain or one.family == "count") and one.value is not None
    ]
    if len(numbers) < 2:
        return
    once = [one for one in numbers if sum(_value(one) == _value(two) for two in numbers) == 1]
    for one, two in pairwise(once):
        if one.end <= two.start and one.value != two.value:
            yield one, two, _WORD.findall(side.text[one.end : two.start].lower())


def _value(mention: Quantity) -> Fraction:
    assert mention.value is not None
    return mention.value


def side_of(text: str, mentions: Sequence[Quantity], words: NumberWords) -> Text:
    """Return one side of a pair as `swapped` takes it."""
    return Text(normalise(text), mentions, words)
