"""Rates: twice a day, 500 a month, so much a kilo: what each is of, on both sides.

The numbers of a rate are compared like others; here it is `per what`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import NamedTuple

from seedsum.checks.quantities.scan import Scan, scanned
from seedsum.checks.quantities.tokens import normalise
from seedsum.checks.remembering import remembered
from seedsum.languages import SYMBOL_UNITS, TARGET_LANGUAGE, get
from seedsum.languages.common import any_of
from seedsum.languages.language import NumberWords
from seedsum.languages.mentions import phrase
from seedsum.languages.units import in_english

#: What rates are of: periods, and what goods are sold by or grown on.
_GROUPS = (
    frozenset({"second", "minute", "hour", "day", "week", "month", "quarter", "year", "decade"}),
    frozenset({"g", "kg", "quintal", "tonne", "litre", "ml", "m2", "km2", "hectare", "sao", "bigha",
               "acre", "barrel", "ounce", "tael", "bhori", "maund", "katha"}),
)  # fmt: skip
_UNITS = frozenset[str]().union(*_GROUPS)
_SAME = {"night": "day"}


class Rates(NamedTuple):
    """What the rates of a text are of, as written; and what else of the kind it names."""

    sure: Mapping[str, str]
    named: frozenset[str]


def changed_rate(source: str, target: str, *, language: str) -> tuple[str, str] | None:
    """Return what the rates are of in the source and in the translation where that has changed."""
    there = rates(source, language=language)
    if not there.sure:
        return None
    here = rates(target, language=TARGET_LANGUAGE)
    for group in _GROUPS:
        before = [unit for unit in there.sure if unit in group and unit not in here.named]
        after = [unit for unit in here.sure if unit in group and unit not in there.named]
        if before and after:
            return (
                f"per {in_english('', before[0]).strip()[:-1]} ({there.sure[before[0]]})",
                f"per {in_english('', after[0]).strip()[:-1]} ({here.sure[after[0]]})",
            )
    return None


@remembered
def rates(text: str, *, language: str) -> Rates:
    """Return what the rates of a text are of."""
    text, words = normalise(text), get(language).numbers
    if words is None or not _may_have_rates(words).search(text.lower()):
        return Rates({}, frozenset())
    scan = scanned(text, words)
    sure: dict[str, str] = {}
    for unit, start, end in _rates(scan):
        sure.setdefault(unit, text[start:end])
    return Rates(sure, frozenset((*sure, *_named(scan))))


@lru_cache
def _may_have_rates(words: NumberWords) -> re.Pattern[str]:
    units = any_of(name for name, unit in words.units.items() if _unit(unit))
    times = any_of(name for name, unit in words.units.items() if unit == "times")
    forms = ["/", rf"{units} \S+ {times}", rf"\b{any_of(words.per_after)} {units}"]
    forms += [any_of((*words.per, *words.rates)), units + any_of(words.rate_endings)]
    return re.compile("|".join(forms))


def _unit(unit: str) -> str:
    """Return the unit that a rate may be of; empty for another."""
    unit = _SAME.get(unit, unit)
    return unit if unit in _UNITS else ""


def _rates(scan: Scan) -> Iterator[tuple[str, int, int]]:
    """Yield what rates are of, and where they say it."""
    tokens, words = scan.tokens, scan.words
    for i, token in enumerate(tokens):
        if not token.kind:
            return
        if found := _word_for_a_rate(scan, i):
            yield found
        unit = "" if token.text == "-" else _unit(scan.unit_after(i))
        if not unit:
            continue
        before, after = tokens[i - 1], scan.after_unit(i)
        is_per = before.text in words.per or (before.text == "/" and tokens[i - 2].kind != "")
        if is_per or (before.text in words.per_after and _is_counted(scan, i - 1, unit)):
            yield unit, before.start, tokens[after - 1].end
        elif _is_before_times(scan, after) or (
            tokens[after].text in words.rate_endings and _is_before_number(scan, i, after)
        ):
            yield unit, token.start, tokens[after].end


def _word_for_a_rate(scan: Scan, i: int) -> tuple[str, int, int] | None:
    tokens = scan.tokens
    if tokens[i].text not in _first_words(scan.words):
        return None
    for num_tokens in (3, 2, 1):
        if unit := scan.words.rates.get(phrase(tokens, i, num_tokens)):
            is_name = i > 0 and scan.raw(i)[:1].isupper()  # The Daily Star
            span = tokens[i].start, tokens[i + num_tokens - 1].end
            return None if is_name else (unit, *span)
    return None


@lru_cache
def _first_words(words: NumberWords) -> frozenset[str]:
    """Return the words that a word or phrase for a rate begins with."""
    return frozenset(name.split(" ")[0] for name in words.rates)


#: How far before `a week` the number is that it is a rate of (`8,000 new cases a week`), in tokens.
_MAX_TOKENS_BEFORE = 4


def _is_counted(scan: Scan, i: int, unit: str) -> bool:
    """Return whether `a week`, the article at token i, is a rate: of a number, or of an amount."""
    tokens, words = scan.tokens, scan.words
    if tokens[i - 1].text in words.not_rate_after:
        return False
    last = tokens[i - 1]
    if last.kind == "num" or any(
        last.text in table
        for table in (words.times_words, words.units, words.multipliers, SYMBOL_UNITS)
    ):
        return True
    if unit not in _GROUPS[0] or last.kind != "word":
        return False
    for token in reversed(tokens[max(i - _MAX_TOKENS_BEFORE, 0) : i]):
        if token.kind == "num" or token.text in words.small:
            return True
        if token.kind != "word" or token.text in words.not_rate_after:
            return False
    return False


def _is_before_number(scan: Scan, i: int, after: int) -> bool:
    """Return whether the unit at token i, with its ending, says `in a month`: a number follows."""
    tokens, words = scan.tokens, scan.words
    before, number = tokens[i - 1], tokens[after + 1]
    if tokens[after].start != tokens[i].start or words.half_of_day.get(tokens[i].text):
        return False
    is_named = (
        before.kind == "num"
        or before.text in words.small
        or before.text in words.months
        or before.text in words.not_rate_after
        or before.text in words.endings
    )
    follows = number.kind == "num" or number.text in words.small or number.text in words.times_words
    return follows and not is_named


def _is_before_times(scan: Scan, i: int) -> bool:
    """Return whether a number of times stands at token i (`ngày 2 lần`)."""
    number, after = scan.tokens[i], scan.tokens[i + 1]
    is_number = number.kind == "num" or number.text in scan.words.small
    return is_number and scan.words.units.get(after.text) == "times"


def _named(scan: Scan) -> Iterator[str]:
    """Yield what a text names of the kind, other than as an amount (`7 days`) or in a date."""
    tokens, words = scan.tokens, scan.words
    for i, token in enumerate(tokens):
        unit = _unit(words.units.get(token.text, "")) or _unit(scan.unit_after(i))
        if not unit:
            continue
        before, after = tokens[i - 1] if i else tokens[-1], tokens[i + 1]
        if before.text == "-":
            before = tokens[i - 2]
        is_one = before.text in ("1", "one", *words.articles)
        is_amount = not is_one and (before.kind == "num" or before.text in words.small)
        if not is_amount and after.kind != "num":
            yield unit
