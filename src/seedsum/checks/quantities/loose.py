"""What is said without its number: `round the clock`, `every day`, `a few`.

It is evidence of the number where that stands with the unit that it is said of, and of no other.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from fractions import Fraction

from seedsum.languages.mentions import Quantity, Reading

#: All hours of the day, all days of the week.
_WHOLES = {"hour": Fraction(24), "day": Fraction(7)}
_FEW = 3
#: `Two or three`, `দু-তিন`: the larger is no more, and the two stand no farther apart.
_MAX_FEW = 5
_MAX_CHARS_BETWEEN = 4


def loose_reading(number: int) -> Reading:
    """Return the reading that a number and what is said for it have in common."""
    return (("loosely", Fraction(number)),)


def loosely_said(mention: Quantity, number: int) -> Quantity:
    """Return a mention as one of a phrase that stands for a number."""
    return replace(mention, readings=(loose_reading(number),), certain=False, family="hint")


def with_loose_readings(mentions: Sequence[Quantity]) -> Iterator[Quantity]:
    """Yield mentions, of which some may be said loosely: 24 hours, 7 days, two or three."""
    few = _few(mentions)
    for place, mention in enumerate(mentions):
        number = _FEW if place in few else _whole(mention)
        if number:
            yield replace(mention, readings=(*mention.readings, loose_reading(number)))
        else:
            yield mention


def _whole(mention: Quantity) -> int:
    whole = _WHOLES.get(mention.unit)
    return int(whole) if whole and (("number", whole),) in mention.readings else 0


def _few(mentions: Sequence[Quantity]) -> set[int]:
    """Return the places of small numbers that follow each other (`two or three`)."""
    found: set[int] = set()
    if len(mentions) < 2:
        return found
    small = [
        (place, one)
        for place, one in enumerate(mentions)
        if one.value is not None and one.value <= _MAX_FEW and one.family in ("", "hint", "count")
    ]
    for place, one in small:
        for other_place, other in small:
            if one.value is None or other.value != one.value + 1:
                continue
            if 0 <= other.start - one.end <= _MAX_CHARS_BETWEEN:
                found |= {place, other_place}
    return found
