"""What one token says by itself: dates, scores and fractions, telephone and Roman numbers."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from fractions import Fraction

from seedsum.checks.quantities.loose import loose_reading
from seedsum.checks.quantities.tokens import MAX_NUMERAL_CHARS
from seedsum.languages.language import NumberWords
from seedsum.languages.mentions import (
    Quantity,
    Reading,
    clock_readings,
    number_readings,
    quarter_readings,
)

_HOURS_OF_DAY, _DAYS_OF_WEEK = 24, 7


def _date(text: str, words: NumberWords) -> tuple[Reading, ...]:
    a, b, c = (Fraction(part) for part in re.split("[/.-]", text))
    orders = [(c, b, a)] if a > 31 else [(a, b, c)]
    if a <= 31 and words.day_first is None:
        orders.append((b, a, c))
    readings: list[Reading] = [
        (("number", day), ("month", month), ("number", full_year))
        for day, month, year in orders
        if 1 <= day <= 31 and 1 <= month <= 12
        for full_year in ([year] if year > 99 else [2000 + year, 1900 + year, year])
    ]
    return (*readings, (("number", a), ("number", b), ("number", c)))


def _slash(text: str, words: NumberWords) -> tuple[Reading, ...]:
    """`8/10`: a date, month and year, a score or a fraction."""
    a, b = (Fraction(part) for part in text.split("/"))
    readings: list[Reading] = []
    if a <= 31 and 1 <= b <= 12:
        readings.append((("number", a), ("month", b)))
    if 1 <= a <= 12 and (b > 31 or words.day_first is None):
        readings.append((("month", a), ("number", b)))
    readings.append((("number", a), ("number", b)))
    if a == _HOURS_OF_DAY and b in (_HOURS_OF_DAY, _DAYS_OF_WEEK):
        readings.append(loose_reading(_HOURS_OF_DAY))
    if b:
        readings.append((("number", a / b),))
    return tuple(readings)


def _phone(text: str, words: NumberWords) -> tuple[Reading, ...]:
    """A number as it is dialled, and without the prefix of its country."""
    digits = re.sub(r"\D", "", text)
    national = digits.lstrip("0")
    values = [digits]
    if text.startswith(("+", "(+")):
        values += [national[n:] for n in (1, 2, 3) if n < len(national)]
    readings: list[Reading] = [(("phone", Fraction(value)),) for value in values]
    return (*readings, (("number", Fraction(digits)),))


def _digits_within(text: str, words: NumberWords) -> tuple[Reading, ...]:
    return number_readings(map(Fraction, re.findall(rf"\d{{1,{MAX_NUMERAL_CHARS}}}", text)))


#: How the tokens are read that mean the same whatever stands beside them, by kind.
READ: Mapping[str, Callable[[str, NumberWords], tuple[Reading, ...]]] = {
    "skip": _digits_within,
    "code": _digits_within,
    "phone": _phone,
    "date": _date,
    "clock": lambda text, words: clock_readings(text),
    "slash": _slash,
}

#: Those of a text are small: centuries, wars and kings.
_ROMAN_ONES = ("", "I", "II", "III", "IV", "V", "VI", "VII", "VIII", "IX")
_ROMAN = {
    "X" * tens + ones: 10 * tens + i for tens in range(4) for i, ones in enumerate(_ROMAN_ONES)
}
_ROMAN_LETTERS = re.compile(r"[XVI](?<!\w.)[XVI]*\b")
_LAST_WORD = re.compile(r"\w+(?=[ -]?$)")
_MAX_WORD_CHARS = 20


def roman_numerals(text: str, words: NumberWords) -> Iterator[Quantity]:
    """Yield the Roman numerals of a text.

    One letter may be a name or a pronoun: alone it is compared only after a word such as `stage`.
    """
    for match in _ROMAN_LETTERS.finditer(text):
        numeral, start = match.group(), match.start()
        if not (value := _ROMAN.get(numeral)):
            continue
        last = _LAST_WORD.search(text[max(start - _MAX_WORD_CHARS, 0) : start])
        before, family = last.group().lower() if last else "", "hint"
        readings = number_readings([Fraction(value)])
        if before in words.quarters and value <= 4:
            family, readings = "quarter", quarter_readings(Fraction(value))
        elif len(numeral) > 1 or before in words.numbered:
            family = "ordinal"
        yield Quantity(numeral, *match.span(), readings, certain=False, family=family)
