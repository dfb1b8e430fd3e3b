"""An ordinary number: what it may mean beside its neighbours, and whether it is one at all."""

from __future__ import annotations

import re
from collections.abc import Sequence
from fractions import Fraction

from seedsum.checks.quantities.numbers import Number, parse_numeral
from seedsum.checks.quantities.scan import Scan
from seedsum.languages import SYMBOL_UNITS
from seedsum.languages.mentions import (
    Quantity,
    Reading,
    clock_readings,
    hour_readings,
    number_readings,
    phrase,
    quarter_readings,
    time_of_day,
)

_FOUR_DIGITS = re.compile(r"(?:[01]\d|2[0-3])[0-5]\d")
_HOUR_AND_MINUTES = re.compile(r"\d{1,2}\.\d{2}")
#: What eggs and fruit are sold by in Bengal.
_HALI = 4
#: `দুজন`, the two of them, is often just `they`.
_MAX_PRONOUN = 2


def plain_number(
    scan: Scan, i: int, number: Number, values: list[Fraction]
) -> tuple[list[Quantity], int]:
    """Return the mention of the number at token i, which may have these values, and its end."""
    end = number.end
    unit = scan.unit_before(i) or scan.unit_after(end, value=number.value)
    if half_end := scan.half_after_unit(end):
        readings = number_readings(value + Fraction(1, 2) for value in values)
        return [scan.quantity(i, half_end, readings, unit=unit)], half_end
    certain = number.certain and not (_is_in_a_word(scan, i) or _is_a_note(scan, i, end))
    is_counted = number.is_word and _is_counted(scan, i, unit)
    certain = certain or (is_counted and number.value > _MAX_PRONOUN)
    found = list(_readings(scan, i, number, values))
    family = _family(scan, i, number) or ("count" if is_counted else "")
    if family == "multiple":
        shares = [100 * value for v in values for value in (v, v - 1)]
        found, unit, certain = [*found, *number_readings(shares)], "times", True
    elif family == "quarter":
        found = [*quarter_readings(values[0]), *found]
    elif family == "fraction":
        found = [*found, *number_readings([Fraction(50)])]
    mention = scan.quantity(i, end, dict.fromkeys(found), unit=unit, certain=certain, family=family)
    return [scan.with_half(mention, i, end)], end


def _family(scan: Scan, i: int, number: Number) -> str:
    """Return what a number is by the words beside it, or by itself."""
    words, before, after = scan.words, scan.tokens[i - 1].text, scan.tokens[number.end].text
    if before in words.times_before and number.value > 1:  # gấp ba
        return "multiple"
    if before in words.quarters or after in words.quarters:
        return "quarter"
    if number.value == Fraction(1, 2):
        return "fraction"
    return "round" if number.is_round else ""


def _is_counted(scan: Scan, i: int, unit: str) -> bool:
    """Return whether a word that may be no number is one: it counts units or pieces."""
    word, words = scan.tokens[i].text, scan.words
    if word in words.not_a_unit or word in words.units:
        return False
    return bool(unit) or scan.tokens[i + 1].text in words.counters


def _is_in_a_word(scan: Scan, i: int) -> bool:
    """VND66 is a number, km2 is none."""
    token, before = scan.tokens[i], scan.tokens[i - 1]
    if before.end != token.start or not (before.text.isascii() and before.text.isalpha()):
        return False
    name = before.text.lower()
    if name in scan.words.quarters or name in SYMBOL_UNITS:
        return name in ("km", "m", "cm") and token.text in ("2", "3")
    return True


def is_a_name(scan: Scan, i: int) -> bool:
    """`Ông Sáu` is nobody's number."""
    token, before = scan.tokens[i], scan.tokens[i - 1]
    return (
        token.kind == "word"
        and before.text in scan.words.titles
        and scan.text[token.start].isupper()
    )


def _is_a_note(scan: Scan, i: int, end: int) -> bool:
    """`Coercing(7)` and `states[3]` point to a note."""
    tokens = scan.tokens
    bracket, after = tokens[i - 1], tokens[end]
    if bracket.text + after.text not in ("()", "[]"):
        return False
    before = scan.text[bracket.start - 1 : bracket.start]
    return bracket.end == tokens[i].start and before not in ("", " ")


def _readings(scan: Scan, i: int, number: Number, values: Sequence[Fraction]) -> Sequence[Reading]:
    """Return what a number may mean beside its neighbours, likeliest first."""
    tokens, words, token = scan.tokens, scan.words, scan.tokens[i]
    value, end = values[0], number.end
    before, after = tokens[i - 1].text.lower(), tokens[end].text.lower()
    is_lone, is_numeral = end == i + 1, token.kind == "num"
    readings = [*number_readings(values)]
    if "," in token.text and not words.decimal_comma and value.denominator != 1:
        parts = [parse_numeral(part, decimal_comma=False)[0] for part in token.text.split(",")]
        readings.append(tuple(("number", part) for part in parts))
    if is_lone:
        readings += number_readings(words.implied.get(token.text, ()))
    if number.multiplier == _HALI:  # two of four each
        readings += number_readings([value / _HALI])
    if number.multiplier == 10:  # 'hai chục' is said where English says two dozen
        readings += number_readings([value * Fraction(12, 10)])
    if is_lone and _FOUR_DIGITS.fullmatch(token.text):
        readings.append((time_of_day(int(token.text[:2]), int(token.text[2:])),))  # 1830 GMT
    if number.from_digits and tokens[end].start == tokens[end - 1].end:
        if after in words.attached:
            readings = [*number_readings([value * words.attached[after]]), *readings]
        elif after == words.decade_suffix and value % 10 == 0:
            readings = [*_decade(value)]
    is_decade = after in words.decade_after and value >= 10 and value % 10 == 0
    if before in words.decade_before or is_decade:
        readings += _decade(value)
    if "-" in (after, before) or after == "–" or after in words.ranges:
        readings += _range_start(scan, end, value)
        if is_lone and _ends_in_hours(scan, end + 1):  # từ 16 đến 19 giờ
            readings += hour_readings(value)
    if before in ("-", "–", "/") and 0 <= value <= 99 and number.from_digits:
        readings += number_readings([2000 + value, 1900 + value])
    if before == "'" and value <= 99:
        readings += (*_decade(value), *number_readings([2000 + value]))
    if words.years_in_words and not number.from_digits and 20 <= value <= 99 and is_lone:
        readings += number_readings([1900 + value])  # বায়ান্ন is 1952
    if after in words.hours or (after in words.halves and value <= 24):
        if after in words.hours:
            readings = [*hour_readings(value), *readings]
        else:  # 7 rưỡi
            readings = [*hour_readings(value + Fraction(1, 2))]
    if phrase(tokens, end, 4).replace(" ", "").startswith(words.half_days):  # a.m.
        if is_numeral and value.denominator != 1 and value < 24:  # 6.30 am, not half a.m.
            minute = int(re.split("[.,]", token.text)[-1][:2])
            readings = [*clock_readings(f"{int(value)}:{minute:02d}"), *readings]
        elif value.denominator == 1:
            readings = [*hour_readings(value), *readings]
    elif is_numeral and is_lone and _HOUR_AND_MINUTES.fullmatch(token.text):
        hour, minute = (int(part) for part in token.text.split("."))
        if hour <= 24 and minute < 60:
            readings.append((time_of_day(hour, minute),))
    return readings


def _range_start(scan: Scan, end: int, value: Fraction) -> tuple[Reading, ...]:
    """In `5 to 6 million` the five is five million."""
    following = scan.tokens[end + 1]
    if following.kind != "num" and following.text not in scan.words.small:
        return ()
    multiplier = Number(scan.tokens, scan.words, end + 1).multiplier
    return number_readings([value * multiplier]) if multiplier > 1 else ()


def _ends_in_hours(scan: Scan, i: int) -> bool:
    """Return whether a number at token i, the end of a range, is one of hours."""
    tokens, words = scan.tokens, scan.words
    if tokens[i].kind != "num" and tokens[i].text not in words.small:
        return False
    end = Number(tokens, words, i).end
    after = tokens[end].text.lower()
    return end > i and (after in words.hours or after == "h" or words.units.get(after) == "hour")


def _decade(value: Fraction) -> tuple[Reading, ...]:
    """The nineties are 90 and 1990, and so are the 1990s; the 2000s are just that."""
    if value >= 1000:
        return number_readings([value, value % 100] if value % 100 else [value])
    return number_readings([value, 1900 + value, 2000 + value])
