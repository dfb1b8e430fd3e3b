"""The mentions of quantities in a text.

A mention is a place that states a quantity. It has one or more readings (`08/10` is a date or two
numbers; `thứ ba` is Tuesday or third); a reading is one or more atoms, the normalised values.
Uncertain mentions (`một`, which is also an article; `năm`, which is five or year) count as evidence
but are never asked for.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from fractions import Fraction
from functools import lru_cache

from seedsum.checks.phrases import words_of
from seedsum.checks.quantities.clock import spoken_time
from seedsum.checks.quantities.compounds import COMPOUNDS
from seedsum.checks.quantities.loose import with_loose_readings
from seedsum.checks.quantities.numbers import Number, parse_numeral
from seedsum.checks.quantities.plain import is_a_name, plain_number
from seedsum.checks.quantities.scan import Scan, scanned
from seedsum.checks.quantities.single import READ, roman_numerals
from seedsum.checks.quantities.single_words import TARGET_WEEKDAYS, read_word
from seedsum.checks.quantities.tokens import NOTHING, normalise
from seedsum.checks.remembering import remembered
from seedsum.languages import get
from seedsum.languages.common import any_of
from seedsum.languages.language import NumberWords
from seedsum.languages.mentions import Quantity, Reading, number_readings

#: Of a language without a table: digits are compared, words are not.
_NO_WORDS = NumberWords()
_DIGIT = re.compile(r"\d")


@remembered
def quantities(text: str, *, language: str) -> tuple[Quantity, ...]:
    """Return the mentions of quantities in a text, in order.

    In a language without a table only digits are read.
    """
    normal, words = normalise(text), get(language).numbers or _NO_WORDS
    first_words = _first_words(words)
    found = [*roman_numerals(normal, words)]
    may_mention = words.endings or _DIGIT.search(normal)  # an ending may hide a number
    # A third of English sentences have neither a digit nor such a word.
    if may_mention or not first_words.isdisjoint(map(str.lower, words_of(normal))):
        found += _mentions(scanned(normal, words), first_words)
        found = _without_idioms(found, normal.lower(), words)
        found = [*with_loose_readings(found)]
    return tuple(found)


@lru_cache
def _first_words(words: NumberWords) -> frozenset[str]:
    """Return every word that a mention may start with: few words of a text are one of them."""
    tables = (words.small, words.multipliers, words.before, words.ordinals, words.months,
              words.short_weekdays, words.round_numbers)  # fmt: skip
    phrases = (*words.weekdays, *words.implied, *words.multiples, *words.loosely)
    firsts = {name.split(" ")[0] for name in phrases} | {words.quarter}
    return frozenset[str]().union(*tables, TARGET_WEEKDAYS, words.noon, words.zeros, firsts)


@lru_cache
def _number_starts(words: NumberWords) -> frozenset[str]:
    """Return every word that a number, or a time that is said in words, may start with."""
    tables = (words.small, words.multipliers, words.before, words.zeros)
    return frozenset[str]().union(*tables, {words.quarter} - {""})


@lru_cache
def _pattern(phrases: tuple[str, ...]) -> re.Pattern[str]:
    return re.compile(rf"(?<!\w){any_of(phrases)}")


def _without_idioms(found: list[Quantity], text: str, words: NumberWords) -> list[Quantity]:
    """Return mentions with those uncertain that stand in an idiom."""
    if not words.idioms or not any(mention.certain for mention in found):
        return found
    spans = [match.span() for match in _pattern(words.idioms).finditer(text)]
    if not spans:
        return found
    return [
        replace(mention, certain=False, family="hint")
        if any(start <= mention.start < end for start, end in spans)
        else mention
        for mention in found
    ]


def named_days(text: str, *, language: str) -> Iterator[Quantity]:
    """Yield the dates of days that have a name (`International Women's Day`)."""
    text, words = normalise(text), get(language).numbers or _NO_WORDS
    if not words.named_days:
        return
    for match in _pattern(tuple(words.named_days)).finditer(text.lower()):
        day, month = map(Fraction, words.named_days[match.group()].split("/"))
        atoms = (("number", day), ("month", month))
        readings: tuple[Reading, ...] = (atoms, (("number", day), ("number", month)))
        yield Quantity(match.group(), *match.span(), readings, certain=False, family="hint")


def _mentions(scan: Scan, first_words: frozenset[str]) -> Iterator[Quantity]:
    i, tokens, may_count = 0, scan.tokens, _number_starts(scan.words)
    while tokens[i] is not NOTHING:
        token = tokens[i]
        if token.kind in ("word", "mark") and token.text not in first_words:
            i += 1
        elif token.kind in READ:
            yield from _single(scan, i)
            i += 1
        elif (token.kind == "num" or token.text in may_count) and (number := _number(scan, i)):
            found, i = number
            yield from found
        else:
            found = list(read_word(scan, i))
            yield from found
            last = max((one.end for one in found if one.family != "hint"), default=0)
            i += 1
            while tokens[i].start < last:
                i += 1


def _single(scan: Scan, i: int) -> Iterator[Quantity]:
    token = scan.tokens[i]
    if not (readings := READ[token.kind](token.text, scan.words)):
        return
    certain = token.kind not in ("skip", "code")
    mention = Quantity(token.text, token.start, token.end, readings, certain=certain)
    if token.kind == "clock":
        mention = scan.with_half(mention, i, i + 1)
    elif token.kind == "slash" and len(readings[-1]) == 1:
        share = readings[-1][0][1]
        family = "fraction" if share < 1 else ""
        mention = replace(mention, unit=scan.unit_after(i + 1, value=share), family=family)
    yield mention


def _number(scan: Scan, i: int) -> tuple[list[Quantity], int] | None:
    """Return what the number at token i is part of, and the token after; None if none is."""
    tokens, words, token = scan.tokens, scan.words, scan.tokens[i]
    if time := spoken_time(tokens, i, words):
        return time
    numerals: Sequence[Fraction | None] = (None,)
    if token.kind == "num":
        numerals = parse_numeral(token.text, decimal_comma=words.decimal_comma)
    numbers = [Number(tokens, words, i, numeral) for numeral in numerals]
    number, values = numbers[0], [number.value for number in numbers]
    end = number.end
    if end == i:
        return None
    if is_a_name(scan, i):
        readings = number_readings([number.value])
        return [scan.quantity(i, i + 1, readings, certain=False, family="hint")], i + 1
    for read in COMPOUNDS:
        if found := read(scan, i, number):
            return found
    if words.special and (found := words.special(tokens, i, end, number.value, words)):
        (mention, *others), end = found
        return [scan.with_half(mention, i, end), *others], end
    if number.other is not None:
        values.append(number.other)
    if number.multiplier == 100 and token.kind == "num" and tokens[end - 1].start == token.end:
        values.append(number.value / 100)  # ১৬শ শতক: the sixteenth century
    return plain_number(scan, i, number, values)
