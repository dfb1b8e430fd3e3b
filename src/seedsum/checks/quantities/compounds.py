"""Numbers that go together: fractions, years in pairs, hours with minutes, added time.

Each function takes the number that a mention begins with, and gives the mentions and the token
after them; None where there is nothing of its sort.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction

from seedsum.checks.quantities.numbers import Number
from seedsum.checks.quantities.scan import Scan
from seedsum.checks.quantities.tokens import adjacent
from seedsum.languages.mentions import (
    Quantity,
    Reading,
    clock_readings,
    number_readings,
    phrase,
)

#: Minutes of added time; more is a place on a road (`km 12+300`).
_MAX_ADDED_MINUTES = 15
#: `9 in 10` is a share, `2 in 2015` is none.
_MAX_OUT_OF = 100


def mixed(scan: Scan, i: int, number: Number) -> tuple[list[Quantity], int] | None:
    """Read `6 1/2`."""
    end, after = number.end, scan.tokens[number.end]
    if after.kind != "slash" or not adjacent(scan.tokens, end):
        return None
    part, whole = (int(text) for text in after.text.split("/"))
    if not number.from_digits or number.value.denominator != 1 or not 0 < part < whole <= 10:
        return None
    value = number.value + Fraction(part, whole)
    unit = scan.unit_before(i) or scan.unit_after(end + 1)
    return [scan.quantity(i, end + 1, number_readings([value]), unit=unit)], end + 1


def fraction(scan: Scan, i: int, number: Number) -> tuple[list[Quantity], int] | None:
    """Read `two-thirds`, `hai phần ba`, `তিন ভাগের এক ভাগ`, `nine in ten`."""
    tokens, words, end = scan.tokens, scan.words, number.end
    if number.value.denominator != 1:
        return None
    after, whole, part = tokens[end], Fraction(0), number.value
    j = end + (after.text == "-")
    if tokens[j].text in words.denominators and number.value < 100:
        if tokens[i - 1].text in words.before_periods and tokens[j].text in words.units:
            return [*_periods(scan, i, j, part)], j + 1
        whole, end, form = Fraction(words.denominators[tokens[j].text]), j + 1, "denominator"
    elif after.text in words.over or scan.text[after.start : after.end] in words.whole_first:
        second = Number(tokens, words, scan.after_word(end))
        if second.end == scan.after_word(end) or second.multiplier > 1:
            return None
        whole, end, form = second.value, second.end, "over"
        if after.text not in words.over:
            part, whole = whole, part
            end += tokens[end].text != "" and scan.raw(end) in words.part_of
    elif length := _out_of(scan, end):
        second = Number(tokens, words, end + length)
        if second.end == end + length or not number.value < second.value <= _MAX_OUT_OF:
            return None
        whole, end, form = second.value, second.end, "out of"
        if scan.unit_after(end) or tokens[end].text in words.multipliers:
            return None
    if not 0 < part < whole:
        return None
    share = part / whole
    multiplier = scan.multiplier_of_part(end)
    values = [share * multiplier[0], 100 * share] if multiplier else [share, 100 * share]
    end = multiplier[1] if multiplier else end
    readings: list[Reading] = [*number_readings(values)]
    readings.append((("number", part), ("number", whole)))
    certain = form != "out of" or number.from_digits
    unit = scan.unit_after(end, value=share)
    mention = scan.quantity(i, end, readings, unit=unit, certain=certain, family="fraction")
    return [mention], end


def _periods(scan: Scan, i: int, j: int, number: Fraction) -> Iterator[Quantity]:
    """Read `the first three quarters`, which are no share of the year or one."""
    unit = scan.words.units[scan.tokens[j].text]
    share = number / scan.words.denominators[scan.tokens[j].text]
    yield scan.quantity(i, j + 1, number_readings([number, share, 100 * share]), unit=unit)


def _out_of(scan: Scan, end: int) -> int:
    if scan.tokens[end].kind == "word":
        for length in (2, 1):
            if phrase(scan.tokens, end, length) in scan.words.out_of:
                return length
    return 0


def year_in_pairs(scan: Scan, i: int, number: Number) -> tuple[list[Quantity], int] | None:
    """Read `nineteen eighty-four`."""
    tokens, words, end, value = scan.tokens, scan.words, number.end, number.value
    if not words.pairs_are_years or number.from_digits or not 13 <= value <= 99:
        return None
    after = Number(tokens, words, end)
    is_small = tokens[end].text in words.small and adjacent(tokens, end)
    if not is_small or not 10 <= after.value <= 99:
        return None
    pair = (("number", value), ("number", after.value))
    readings = (*number_readings([value * 100 + after.value]), pair)
    return [scan.quantity(i, after.end, readings)], after.end


def hours_and_minutes(scan: Scan, i: int, number: Number) -> tuple[list[Quantity], int] | None:
    """Read `৭টা ৩০ মিনিট`."""
    words, end, value = scan.words, number.end, number.value
    if scan.tokens[end].text.lower() not in words.hours:
        return None
    _, minutes, unit = scan.tokens[end : end + 3]
    if minutes.kind != "num" or value > 24:
        return None
    minute = int(re.sub(r"\D", "", minutes.text))
    if minute >= 60 or not unit.text.lower().startswith(words.minute):
        return None
    readings = clock_readings(f"{int(value)}:{minute:02d}")
    return [scan.with_half(scan.quantity(i, end + 2, readings), i, end + 2)], end + 3


def added(scan: Scan, i: int, number: Number) -> tuple[list[Quantity], int] | None:
    """Read `90+3` (the third minute of added time), or `km 12+300`."""
    if scan.tokens[number.end].text != "+":
        return None
    plus, added = scan.tokens[number.end : number.end + 2]
    if added.kind != "num" or not added.text.isdigit():
        return None
    if not number.from_digits or plus.start != scan.tokens[number.end - 1].end:
        return None
    if added.start != plus.end:
        return None
    value = Fraction(int(added.text))
    readings: list[Reading] = [(("number", number.value), ("number", value))]
    if value <= _MAX_ADDED_MINUTES:
        readings += number_readings([value, number.value + value])
    end = number.end + 2
    return [scan.quantity(i, end, readings)], end


def feet_and_inches(scan: Scan, i: int, number: Number) -> tuple[list[Quantity], int] | None:
    """Read `6-foot-6`."""
    first, unit, second, inches = scan.tokens[number.end : number.end + 4]
    if first.text != "-" or second.text != "-" or scan.words.units.get(unit.text) != "foot":
        return None
    if not inches.text.isdigit() or int(inches.text) >= _INCHES:
        return None
    part, end = Fraction(int(inches.text)), number.end + 4
    mention = scan.quantity(i, end, number_readings([number.value + part / _INCHES]))
    return [replace(mention, unit="foot")], end


_INCHES = 12

#: In this order.
COMPOUNDS = (feet_and_inches, mixed, fraction, year_in_pairs, hours_and_minutes, added)
