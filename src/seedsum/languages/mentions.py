"""Mentions of quantities in a text, and what they are read from: used by the languages' grammar."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import NamedTuple

#: Kind (`number`, `month`, `weekday`, `time`, `phone`) and value. A time is in minutes after
#: midnight or noon, so that 19:30 and 7:30 p.m. are one.
Atom = tuple[str, Fraction]
Reading = tuple[Atom, ...]


@dataclass(frozen=True, slots=True)
class Quantity:
    """One mention of a quantity."""

    text: str  # as written, digits of the source's script made ASCII
    # Where, in characters of the NFC text.
    start: int
    end: int
    readings: tuple[Reading, ...]  # alternatives, each of atoms that belong together
    unit: str = ""  # canonical unit (`percent`, `dollar`, `km`, ...; see `units`), or empty
    certain: bool = True  # the other side must have it
    # Of what is said in few words only, which the other side must not change though it may leave it
    # out: `fraction`, `multiple`, `quarter`, `ordinal`, `round`. `hint` is what may imply a number,
    # `count` a word that may be none and counts something.
    family: str = ""
    half: str = ""  # of the day, `am` or `pm`, where a time says it
    negative: bool = False

    @property
    def value(self) -> Fraction | None:
        """The number of the likeliest reading; None where that is none, or several."""
        first = self.readings[0]
        return first[0][1] if len(first) == 1 and first[0][0] == "number" else None


class Token(NamedTuple):
    """A word in small letters, a numeral, a date, a sign, ...; `kind` says which."""

    kind: str
    text: str
    start: int
    end: int


def phrase(tokens: Sequence[Token], i: int, num_tokens: int) -> str:
    """Return some tokens from the i-th on in small letters, with spaces between."""
    return " ".join([token.text.lower() for token in tokens[i : i + num_tokens]])


def number_readings(values: Iterable[Fraction]) -> tuple[Reading, ...]:
    """Return a reading for each of the values."""
    return tuple((("number", value),) for value in dict.fromkeys(values))


def quarter_readings(value: Fraction) -> tuple[Reading, ...]:
    """Return the readings of a quarter of the year by its number; the first is three months."""
    return ((("quarter", value),), *number_readings([value, Fraction(3)]))


def time_of_day(hour: int, minute: int) -> Atom:
    """Return a time of day."""
    return ("time", Fraction((hour * 60 + minute) % (12 * 60)))


def hour_readings(hour: Fraction) -> tuple[Reading, ...]:
    """Return the readings of an hour: `19 giờ` is a time, a duration, or seven in the evening.

    Half past seven may be seven and a half.
    """
    minute = hour % 1 * 60
    if minute.denominator != 1 or not 0 <= hour <= 24:
        return number_readings([hour])
    values = [hour, hour - 12] if hour > 12 else [hour]
    return ((time_of_day(int(hour), int(minute)),), *number_readings(values))


def clock_readings(text: str) -> tuple[Reading, ...]:
    """Return the readings of an hour and minutes (`19:30`), two numbers where they are no time."""
    hour, minute = (int(part) for part in re.findall(r"\d+", text)[:2])
    if hour > 24 or minute > 59:
        return ((("number", Fraction(hour)), ("number", Fraction(minute))),)
    readings: list[Reading] = [(time_of_day(hour, minute),)]
    if minute == 0:
        readings += hour_readings(Fraction(hour))
    return tuple(readings)
