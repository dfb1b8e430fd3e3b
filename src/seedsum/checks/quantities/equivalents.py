"""What both sides say in ways that no table of readings can join: sums, and spans of months.

Looked at only where something is missing or added.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction
from itertools import pairwise
from typing import NamedTuple

from seedsum.languages.language import Language
from seedsum.languages.mentions import Quantity

_ONE, _MONTHS = Fraction(1), 12


class Said(NamedTuple):
    """One side of a pair: its text, its mentions and its language."""

    text: str
    mentions: Sequence[Quantity]
    language: Language


def without_equivalents(
    missing: Sequence[Quantity], added: Sequence[Quantity], source: Said, target: Said
) -> tuple[tuple[Quantity, ...], tuple[Quantity, ...]]:
    """Return what is missing and added without what the other side says in another way."""
    if not (missing or added):
        return tuple(missing), tuple(added)
    left, more = list(missing), list(added)
    for one, others, here, there in ((left, more, source, target), (more, left, target, source)):
        for accounted in (*_spans(here, there), *_sums(one, here, there)):
            one[:] = [mention for mention in one if mention not in accounted]
            others[:] = [mention for mention in others if mention not in accounted]
    return tuple(left), tuple(more)


# Months


def _spans(here: Said, there: Said) -> Iterator[list[Quantity]]:
    """Yield a length of time with the months that it is on the other side.

    `9 tháng đầu năm` is January to September, or the year to September; a quarter is three months.
    """
    months = [(one, _month(one)) for one in there.mentions]
    named = {month for _, month in months}
    for mention in here.mentions:
        for first, last, both in _possible_spans(mention):
            if last in named and (first in named or not both):
                yield [mention, *(one for one, month in months if month in (first, last))]


def _possible_spans(mention: Quantity) -> Iterator[tuple[Fraction, Fraction, bool]]:
    """Yield first and last months of what may be a part of the year, and whether both are needed.

    The first months of the year may be named by their last alone (`the year to September`).
    """
    (kind, value), *more = mention.readings[0]
    if more:
        return
    if kind == "quarter":
        yield 3 * value - 2, 3 * value, False
    is_length = mention.unit == "month" and kind == "number"
    if is_length and 1 < value < _MONTHS and value.denominator == 1:
        yield _ONE, value, False
        yield _MONTHS + 1 - value, Fraction(_MONTHS), True


def _month(mention: Quantity) -> Fraction | None:
    found = (one[0][1] for one in mention.readings if len(one) == 1 and one[0][0] == "month")
    return next(found, None)


# Sums

#: Counts that make a sum stand no farther apart, in characters, and are no more than these.
_MAX_CHARS_BETWEEN = 40
_MAX_ADDENDS = 4


def _sums(totals: Sequence[Quantity], here: Said, there: Said) -> Iterator[list[Quantity]]:
    """Yield a count that only one side has, with the counts on the other that it is the sum of.

    Either none of those stands beside the sum (`three sons and two daughters`: five children), or
    a word says that one is a part (`27, 3 of them children`: 24 adults and 3 children).
    """
    counts = [one for one in there.mentions if _count(one, there) is not None]
    own = {_count(one, here) for one in here.mentions} - {None}
    said_one = any(one.value == 1 for one in here.mentions)  # also as an article (`a flock`)
    for total in totals:
        if (value := _count(total, here)) is None or value == 1:
            continue
        if _says_among(there):
            shared = set() if _says_among(here) else own & {one.value for one in counts}
            yield from ([total, one] for one in counts if (one.value or 0) - value in shared)
            continue
        for run in _runs(counts):
            values = [one.value or 0 for one in run]
            if sum(values) != value or (1 in values and said_one):
                continue
            kept = own.intersection(values)
            if not kept or (len(kept) < len(run) and _says_among(here)):
                yield [total, *run]


def _runs(counts: Sequence[Quantity]) -> Iterator[Sequence[Quantity]]:
    """Yield two counts or more that follow each other closely."""
    for start in range(len(counts)):
        for end in range(start + 2, min(start + _MAX_ADDENDS, len(counts)) + 1):
            run = counts[start:end]
            if all(0 <= b.start - a.end <= _MAX_CHARS_BETWEEN for a, b in pairwise(run)):
                yield run


def _count(mention: Quantity, side: Said) -> Fraction | None:
    """Return the number of a mention that counts things: no amount of a unit, nor a year."""
    words, value = side.language.numbers, mention.value
    if words is None or mention.unit or value is None or value.denominator != 1 or value < 1:
        return None
    is_said = mention.certain or mention.text.lower() in words.small
    return value if is_said or mention.family == "count" else None


def _says_among(side: Said) -> bool:
    words, text = side.language.numbers, side.text.lower()
    return words is not None and any(phrase in text for phrase in words.among)
