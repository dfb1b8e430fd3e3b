"""Words without a number of their own: months, weekdays, ordinals, and those that imply one."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from functools import lru_cache

from seedsum.checks.quantities.loose import loosely_said
from seedsum.checks.quantities.scan import Scan
from seedsum.checks.quantities.tokens import NOTHING
from seedsum.languages import TARGET_LANGUAGE, get
from seedsum.languages.language import NumberWords
from seedsum.languages.mentions import (
    Quantity,
    number_readings,
    phrase,
    quarter_readings,
    time_of_day,
)

#: Names of papers and channels keep them in other languages' texts (`The Sunday Times`).
TARGET_WEEKDAYS = (get(TARGET_LANGUAGE).numbers or NumberWords()).weekdays
_ONE = (Fraction(1),)


def read_word(scan: Scan, i: int) -> Iterator[Quantity]:
    """Read a month, weekday or ordinal, or a word that implies a number."""
    tokens, words, token = scan.tokens, scan.words, scan.tokens[i]
    if token.kind != "word":
        return
    word, start, end = token.text, token.start, token.end

    def mention(kind: str, value: int, *, certain: bool, text: str = word) -> Quantity:
        return Quantity(text, start, end, (((kind, Fraction(value)),),), certain=certain)

    if word in words.months:
        capital = scan.text[start].isupper() or not words.months_have_capitals
        certain = word not in words.ambiguous_months or scan.is_beside_numeral(i)
        yield mention("month", words.months[word], certain=certain and capital)
    if word in words.short_weekdays and _is_before_weekday(scan, i):
        yield mention("weekday", words.short_weekdays[word], certain=False)
    if word in words.round_numbers:
        yield _round(scan, i)
    for name in (word, phrase(tokens, i, 2)):
        if name in words.weekdays:
            day, certain = words.weekdays[name], name not in words.ambiguous
            is_night = tokens[i + 1].text in words.night_after  # to the next day
            days = [day, day % 7 + 1] if is_night else [day]
            weekdays = tuple((("weekday", Fraction(one)),) for one in days)
            yield Quantity(name, start, end, weekdays, certain=certain)
    if word in TARGET_WEEKDAYS and word not in words.weekdays:
        yield mention("weekday", TARGET_WEEKDAYS[word], certain=False)
    if word in words.ordinals:
        yield _ordinal(scan, i)
    if word in words.noon:
        half = words.half_of_day.get(word, "")
        half = half if half in ("am", "pm") else ""
        noon = ((time_of_day(12, 0),),)
        yield Quantity(word, start, end, noon, certain=False, half=half)
    for num_tokens in range(_longest_phrases(words).get(word, 0), 0, -1):
        name = phrase(tokens, i, num_tokens)
        if value := words.multiples.get(name):
            shares = [value, 100 * value, 100 * abs(value - 1)]
            readings = number_readings(shares)
            yield Quantity(name, start, end, readings, "times", False, "multiple")
        if number := words.loosely.get(name):
            yield loosely_said(Quantity(name, start, end, ()), number)
        if values := words.implied.get(name):
            yield from _implied(scan, i, i + num_tokens, values)


def _is_before_weekday(scan: Scan, i: int) -> bool:
    names = (*scan.words.weekdays, *scan.words.short_weekdays)
    return any(token.text in names for token in scan.tokens[i + 1 : i + 4])


def _round(scan: Scan, i: int) -> Quantity:
    """Read `hundreds`, `tens of thousands`."""
    tokens, words, end = scan.tokens, scan.words, i + 1
    value = words.round_numbers[tokens[i].text]
    before, joiner = tokens[i - 2 : i] if i > 1 else (NOTHING, NOTHING)
    if joiner.text == words.round_of and before.text in words.round_numbers:
        value *= words.round_numbers[before.text]
    elif tokens[end].text == words.round_of:
        factors = {**words.multipliers, **words.round_numbers}
        if factor := factors.get(tokens[end + 1].text):
            value, end = value * factor, end + 2
    readings = number_readings([Fraction(value)])
    return scan.quantity(i, end, readings, certain=False, family="round")


def _ordinal(scan: Scan, i: int) -> Quantity:
    words, word, after = scan.words, scan.tokens[i].text, scan.tokens[i + 1].text
    value = Fraction(words.ordinals[word])
    certain = word not in words.ambiguous and value > 3
    readings, family = list(number_readings([value])), "" if certain else "ordinal"
    if after in words.quarters:
        readings, family = list(quarter_readings(value)), "quarter"
    elif after in words.lunar_months:
        readings.append((("month", value),))
    return scan.quantity(i, i + 1, readings, certain=certain, family=family)


def _implied(scan: Scan, i: int, end: int, values: tuple[Fraction, ...]) -> Iterator[Quantity]:
    """Read a word that may imply a number."""
    if values == _ONE and end == i + 1 and (one := _article(scan, i)):
        yield one
        return
    readings = number_readings(values)
    yield scan.quantity(i, end, readings, certain=False, family="hint")
    if unit := scan.words.units.get(scan.tokens[i].text, ""):  # the past decade
        one_of_it = number_readings(_ONE)
        yield scan.quantity(i, end, one_of_it, unit=unit, certain=False, family="hint")


def _article(scan: Scan, i: int) -> Quantity | None:
    """Read `an hour`, `a year and a half`, `a third of them`; None for another article."""
    words, tokens, end = scan.words, scan.tokens, i + 1
    if tokens[end].text == words.quarter and tokens[end + 1].text in words.past:
        return None  # about a quarter to eight
    if whole := words.denominators.get(tokens[end].text):
        share, after = Fraction(1, whole), tokens[end + 1]
        multiplier = scan.multiplier_of_part(end + 1)
        unit = scan.unit_after(end + 1, value=share)
        unit = "" if unit == "times" else unit  # for a third time
        ends = after.kind != "word" and after.text != "-"  # but a ninth-grader
        is_part = (
            ends
            or after.text in words.part_of
            or after.text in words.after_part
            or tokens[i - 1].text in words.before_part
        )
        family = "fraction" if unit or multiplier or is_part else "hint"
        factor = multiplier[0] if multiplier else 1
        ordinal = Fraction(words.ordinals.get(tokens[end].text, 0))
        readings = number_readings(filter(None, [share * factor, 100 * share, ordinal]))
        return scan.quantity(i, end + 1, readings, unit=unit, certain=False, family=family)
    if not (unit := scan.unit_after(end)):
        return None
    if half_end := scan.half_after_unit(end):
        return scan.quantity(i, half_end, number_readings([Fraction(3, 2)]), unit=unit)
    return scan.quantity(i, end, number_readings(_ONE), unit=unit, certain=False, family="hint")


@lru_cache
def _longest_phrases(words: NumberWords) -> dict[str, int]:
    """Return how many words the longest phrase has that implies a number, by its first word."""
    found: dict[str, int] = {}
    for name in (*words.implied, *words.multiples, *words.loosely):
        parts = name.split(" ")
        found[parts[0]] = max(found.get(parts[0], 0), len(parts))
    return found
