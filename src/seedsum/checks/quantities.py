"""Quantities: the numbers, dates and times of both sides of a pair, compared.

A mention is a place in the text that states a quantity. It has one or more readings (`08/10` is a
date or two numbers; `thứ ba` is Tuesday or third); a reading is one or more atoms, the normalised
values. A mention is accounted for when all the atoms of one of its readings occur on the other
side. Uncertain mentions (`một`, which is also an article; `năm`, which is five or year) count as
evidence but are never asked for. The words are those of each
language in `seedsum.languages`.
"""

from __future__ import annotations

import operator
import re
import unicodedata
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache, reduce

from seedsum.checks.check import Pair
from seedsum.checks.remembering import remembered
from seedsum.languages import ASCII_DIGITS, SYMBOL_UNITS, TARGET_LANGUAGE, get
from seedsum.languages.common import LETTERS
from seedsum.languages.grammar import parts_of
from seedsum.languages.language import NumberWords
from seedsum.languages.mentions import (
    Atom,
    Quantity,
    Reading,
    Token,
    clock_readings,
    hour_readings,
    number_readings,
    phrase,
    time_of_day,
)
from seedsum.records import Flag

#: A language without a table: digits are compared, words are not.
_NO_WORDS = NumberWords()
#: Names of papers and channels keep them in other languages' texts (`The Sunday Times`).
_TARGET_WEEKDAYS = (get(TARGET_LANGUAGE).numbers or _NO_WORDS).weekdays


def _words_of(language: str) -> NumberWords:
    return get(language).numbers or _NO_WORDS


# --------------------------------------------------------------------------------------------
# Tokens

_SPACES = "\u00a0\u202f\u2009"
_TOKEN = re.compile(
    # Nine of ten words: none of what comes before `word` can have matched there.
    rf"(?P<plain>{LETTERS})(?:\s++|(?=,)|\Z)"
    r"|(?P<skip>(?:https?://|www\.)\S+|[\w.+-]+@[\w-]+(?:\.[\w-]+)+"
    r"|\b[A-Za-z][\w-]*(?:\.[\w-]+)*\.(?:com|org|net|vn|bd|gov|edu)\b)"
    # COVID-19, H5N1, A320, F-16; but not `ngày8`, hence the capital.
    r"|(?P<code>(?<!\w)(?!(?:VN[DĐ]|USD?|EUR|GBP|BDT|INR|Rs|Tk)\.?\d)(?=[A-Za-z-]*[A-Z])[A-Za-z]+(?:-[A-Za-z]+)*-?\d\w*(?:-\w+)*|\d+[GD]\b)"
    r"|(?P<date>(?<![\d/.,])\d{1,4}(?P<dsep>[/.-])\d{1,2}(?P=dsep)(?:\d{4}|\d{2})(?![\d/]|[.,]\d))"
    r"|(?P<clock>(?<![\d:.,])\d{1,2}:\d{2}(?::\d{2})?(?![\d:])"
    r"|(?<![\d.,])\d{1,2} ?[hg] ?\d{2}(?!\w))"
    r"|(?P<phone>(?<![\w.,/-])(?:\+\d{1,4}|\(\+?\d{1,5}\)|0\d{1,4}|1[89]00)"
    r"(?:[ .\u2011-]\(?\d{2,6}\)?){1,5}(?![\w/-]|[.,]\d)|(?<![\w.,])\+?\d{9,13}(?!\w|[.,]\d))"
    r"|(?P<slash>(?<![\d/.,])\d{1,3} ?/ ?\d{1,4}(?![\d/]|[.,]\d))"
    rf"|(?P<num>\d{{1,3}}(?:[{_SPACES}]\d{{3}})+(?!\d)|\d+(?:[.,]\d+)*)"
    rf"|(?P<word>{LETTERS})"
    r"|(?P<mark>[^\w\s])"
)
_WORD = re.compile(LETTERS)
_DIGIT = re.compile(r"\d")

#: Longer runs of digits are no quantity; Python reads no integer of more than 4,300.
_MAX_NUMERAL_CHARS = 40


def _tokenise(text: str, words: NumberWords) -> list[Token]:
    tokens: list[Token] = []
    for match in _TOKEN.finditer(text):
        kind = match.lastgroup or ""  # the outermost: it ends last
        token, span = match[kind], match.span(kind)
        if kind in ("plain", "word"):
            kind, token = "word", token.lower()
            if words.endings:
                tokens += [Token(kind, part, *span) for part in parts_of(token, words)]
                continue
        elif kind == "num" and len(token) > _MAX_NUMERAL_CHARS:
            kind = "skip"
        tokens.append(Token(kind, token, *span))
    return tokens


# --------------------------------------------------------------------------------------------
# Digits


def parse_numeral(text: str, *, decimal_comma: bool | None) -> tuple[Fraction, ...]:
    """Return the values that a numeral in ASCII digits may have, likeliest first.

    `1.234` is 1234 where the comma is the decimal sign and 1.234 where the point is; Indian groups
    (`1,23,456`) are read in every language. None as `decimal_comma`: both are tried.
    """
    for space in _SPACES:
        text = text.replace(space, "")
    separators = [char for char in text if char in ".,"]
    if not separators:
        return (Fraction(int(text)),)
    groups = re.split("[.,]", text)
    whole = Fraction(int("".join(groups)))
    last = separators[-1]
    point = Fraction(int("".join(groups)), 10 ** len(groups[-1]))
    grouped = all(len(group) == 3 for group in groups[1:]) and len(groups[0]) <= 3
    indian = (
        len(groups) > 2
        and len(groups[-1]) == 3
        and all(len(group) == 2 for group in groups[1:-1])
        and len(groups[0]) <= 2
    )
    if len(set(separators)) == 2:
        return (point,)
    if len(separators) > 1:
        return (whole,) if grouped or indian else (point,)
    if not grouped or groups[0] == "0":
        return (point,)
    if decimal_comma is None:
        return (whole, point)
    if last == ("." if decimal_comma else ","):
        return (whole,)
    # Vietnamese writers also group with commas, as in English; the other way round is an error.
    return (point, whole) if decimal_comma else (point,)


# --------------------------------------------------------------------------------------------
# Compound numbers: a numeral or words with multipliers


@dataclass(frozen=True, slots=True)
class _Number:
    value: Fraction
    end: int
    certain: bool
    from_digits: bool
    multiplier: Fraction


def _adjacent(tokens: Sequence[Token], i: int) -> bool:
    """Return whether token i follows its predecessor with nothing or one space between."""
    return tokens[i].start - tokens[i - 1].end <= 1


def _compound(
    tokens: Sequence[Token], i: int, words: NumberWords, first: Fraction | None
) -> _Number | None:
    """Read a number that starts at token i; `first` is the numeral's value where i is one."""
    reader = _CompoundReader(words)
    start = i
    if tokens[i].kind == "word" and tokens[i].text in words.before and i + 1 < len(tokens):
        reader.shift = words.before[tokens[i].text]
        start = i + 1
    end = start
    while end < len(tokens) and (end == start or _adjacent(tokens, end)):
        num_taken = reader.take(tokens, end, is_first=end == start, first=first)
        if not num_taken:
            break
        end += num_taken
    if end == start:
        return None
    lone = end - i == 1
    return _Number(
        value=reader.value,
        end=end,
        # 'Tens of thousands' is no number; 'một' is also an article.
        certain=reader.from_digits
        or (
            reader.num_words > 0
            and not (lone and tokens[i].text in words.ambiguous)
            and not reader.is_dozen
        ),
        from_digits=reader.from_digits,
        multiplier=reader.last_multiplier,
    )


_ZERO, _ONE = Fraction(0), Fraction(1)


class _CompoundReader:
    """A number while it is read, word by word: `total` + `hundreds` + `low`.

    `two million three hundred and five` has 2,000,000, 300 and 5 there at its end.
    """

    def __init__(self, words: NumberWords) -> None:
        self._words = words
        self._total = _ZERO
        self._hundreds: Fraction | None = None
        self._low: Fraction | None = None
        self._low_is_digits = False
        self._scale = _ZERO
        self.shift = _ZERO
        self.last_multiplier = _ONE
        self.from_digits = False
        self.num_words = 0

    @property
    def value(self) -> Fraction:
        return _sum(self._total, self._small_part)

    @property
    def is_dozen(self) -> bool:
        """One dozen, or ten in a language that says ten for it."""
        return self._low is None and not self._total and self._hundreds in (10, 12)

    @property
    def _small_part(self) -> Fraction:
        return _sum(self._hundreds, self._low, self.shift)

    def take(
        self, tokens: Sequence[Token], j: int, *, is_first: bool, first: Fraction | None
    ) -> int:
        """Add token j to the number; return how many tokens were used, 0 at its end."""
        token, words = tokens[j], self._words
        if token.kind == "num":
            return self._take_numeral(token.text, first if is_first else None, is_first)
        if token.kind == "word" and _is_another_word(tokens, j, words, not is_first):
            return 0
        if token.kind == "word" and token.text in words.small:
            return self._take_small(Fraction(words.small[token.text]))
        if token.kind == "word" and token.text in words.tens:
            return self._take_ten()
        if token.kind == "word" and token.text in words.multipliers:
            return self._take_multiplier(Fraction(words.multipliers[token.text]), is_first)
        if token.text in words.halves and self.last_multiplier > 1 and self._low is None:
            self._low, self._low_is_digits = self.last_multiplier / 2, True
            return 1
        if self._low is not None and words.and_a_half and _stand(tokens, j, words.and_a_half):
            self._low += Fraction(1, 2)
            return len(words.and_a_half)
        after_multiplier = self._low is None and self.last_multiplier > 1
        return int(not is_first and _joins(tokens, j, words, after_multiplier))

    def _take_numeral(self, text: str, first: Fraction | None, is_first: bool) -> int:
        if self._low is not None or self._hundreds is not None:
            return 0
        if is_first:
            values = parse_numeral(text, decimal_comma=self._words.decimal_comma)
            self._low = first if first is not None else values[0]
        elif self._words.numerals_follow and text.isdigit() and int(text) < self._scale:
            self._low = Fraction(int(text))
        else:
            return 0
        self.from_digits = self._low_is_digits = True
        return 1

    def _take_small(self, value: Fraction) -> int:
        if self._low is None:
            if self._scale and value >= self._scale:
                return 0
            self._low, self._low_is_digits = value, False
        elif not self._low_is_digits and self._low >= 10 > value and self._low % 10 == 0:
            self._low += value
        else:
            return 0
        self.num_words += 1
        return 1

    def _take_ten(self) -> int:
        if self._low is None or self._low_is_digits or not 2 <= self._low <= 9:
            return 0
        self._low *= 10
        return 1

    def _take_multiplier(self, factor: Fraction, is_first: bool) -> int:
        if factor <= 100:
            if self._hundreds is not None or (self._low is None and not is_first):
                return 0
            if self._low is not None and self._low >= 100:
                return 0
            self._hundreds = ((1 if self._low is None else self._low) + self.shift) * factor
            self._low = None
        elif self._low is None and self._hundreds is None:
            if not is_first and not self._total:
                return 0
            # nghìn tỷ: a thousand billion; सवा लाख: a lakh and a quarter
            self._total = (self._total or 1 + self.shift) * factor
            self._scale = max(self._scale, factor)
        else:
            if self._scale and factor >= self._scale:
                return 0
            self._total += self._small_part * factor
            self._scale, self._hundreds, self._low = factor, None, None
        self.shift = _ZERO
        self.last_multiplier = factor
        self._low_is_digits = False
        return 1


def _sum(*parts: Fraction | None) -> Fraction:
    """Return the sum of what is there: most numbers have one part, and adding is slow."""
    return reduce(operator.add, [part for part in parts if part] or [_ZERO])


def _is_another_word(tokens: Sequence[Token], j: int, words: NumberWords, inside: bool) -> bool:
    """Return whether the number word at token j means something else there."""
    text = tokens[j].text
    following = tokens[j + 1].text if j + 1 < len(tokens) else ""
    if following in words.not_before.get(text, ()):
        return True
    if j and not inside and tokens[j - 1].text in words.not_after.get(text, ()):
        return True
    if not inside or text not in words.not_a_unit or tokens[j - 1].text in words.joiners:
        return False
    return following not in words.tens and following not in words.multipliers


def _stand(tokens: Sequence[Token], i: int, words: tuple[str, ...]) -> bool:
    """Return whether some words stand from token i on."""
    return tuple(token.text for token in tokens[i : i + len(words)]) == words


def _joins(tokens: Sequence[Token], j: int, words: NumberWords, after_multiplier: bool) -> bool:
    """Return whether token j stands inside a number (`hundred and five`, `twenty-three`)."""
    if j + 1 >= len(tokens) or tokens[j + 1].kind != "word":
        return False
    joiner, following = tokens[j], tokens[j + 1]
    if joiner.text == "-":
        touches = joiner.start == tokens[j - 1].end and following.start == joiner.end
        return touches and (following.text in words.small or following.text in words.multipliers)
    if (tokens[j - 1].text, joiner.text) == words.half_a:
        return following.text in words.multipliers
    return joiner.text in words.joiners and after_multiplier and following.text in words.small


# --------------------------------------------------------------------------------------------
# Mentions


def _full_date(text: str, separator: str, words: NumberWords) -> tuple[Reading, ...]:
    a, b, c = (int(part) for part in text.split(separator))
    if a > 31:
        orders = [(c, b, a)]
    elif words.day_first is None:
        orders = [(a, b, c), (b, a, c)]
    else:
        orders = [(a, b, c)]
    readings: list[Reading] = []
    for day, month, year in orders:
        if not (1 <= day <= 31 and 1 <= month <= 12):
            continue
        years = [year] if year > 99 else [2000 + year, 1900 + year, year]
        readings += [
            (("number", Fraction(day)), ("month", Fraction(month)), ("number", Fraction(y)))
            for y in years
        ]
    return (*readings, tuple(("number", Fraction(part)) for part in (a, b, c)))


def _slash(text: str, words: NumberWords) -> tuple[Reading, ...]:
    """`8/10`: a date, month and year, a score or a fraction."""
    a, b = (Fraction(int(part.strip())) for part in text.split("/"))
    readings: list[Reading] = []
    if a <= 31 and 1 <= b <= 12:
        readings.append((("number", a), ("month", b)))
    if words.day_first is None and 1 <= a <= 12 and b <= 31:
        readings.append((("month", a), ("number", b)))
    if 1 <= a <= 12 and b > 31:
        readings.append((("month", a), ("number", b)))
    readings.append((("number", a), ("number", b)))
    if b:
        readings.append((("number", a / b),))
    return tuple(readings)


_ROMAN = {"I": 1, "V": 5, "X": 10, "L": 50, "C": 100, "D": 500, "M": 1000}
_ROMAN_NUMERAL = re.compile(r"\b(?=[XVI])X{0,3}(?:IX|IV|V?I{0,3})\b")


def _roman_value(text: str) -> int:
    values = [_ROMAN[char] for char in text]
    return sum(
        -value if i + 1 < len(values) and value < values[i + 1] else value
        for i, value in enumerate(values)
    )


_PLAIN = ASCII_DIGITS | str.maketrans({"\u2019": "'", "\u2044": "/"})
_FRACTIONS = {"½": "1/2", "⅓": "1/3", "⅔": "2/3", "¼": "1/4", "¾": "3/4"}
#: Bengali writers type the visarga sign for a colon, as in ১৯ঃ৩০.
_VISARGA_COLON = re.compile(r"(?<=\d)\u0983(?=\d)")
_FRACTION_SIGN = re.compile("[½⅓⅔¼¾]")


def normalise(text: str) -> str:
    """Return the text as the quantity rules read it: NFC, ASCII digits, plain apostrophes."""
    if text.isascii():
        return text
    plain = unicodedata.normalize("NFC", text).translate(_PLAIN)
    plain = _VISARGA_COLON.sub(":", plain)
    return _FRACTION_SIGN.sub(lambda match: f" {_FRACTIONS[match.group()]}", plain)


@remembered
def quantities(text: str, *, language: str) -> tuple[Quantity, ...]:
    """Return the mentions of quantities in a text, in order.

    In a language without a table only digits are read.
    """
    normal, words = normalise(text), _words_of(language)
    first_words = _first_words(language)
    tokens = _tokenise(normal, words) if _may_mention(normal, words, first_words) else ()
    return tuple(_mentions(normal, tokens, words, first_words))


def _may_mention(text: str, words: NumberWords, first_words: frozenset[str]) -> bool:
    """Return whether a text has a digit or a word that a mention may start with.

    A third of English sentences have none.
    """
    if words.endings or _DIGIT.search(text):  # a word may hide a number
        return True
    return not first_words.isdisjoint(_WORD.findall(text.lower()))


def _mentions(
    text: str, tokens: Sequence[Token], words: NumberWords, first_words: frozenset[str]
) -> Iterator[Quantity]:
    for match in _ROMAN_NUMERAL.finditer(text):
        if match.group():
            value = Fraction(_roman_value(match.group()))
            yield Quantity(match.group(), *match.span(), number_readings([value]), certain=False)
    i = 0
    while i < len(tokens):
        token = tokens[i]
        if token.kind in ("word", "mark") and token.text not in first_words:
            i += 1
            continue
        span = (token.start, token.end)
        if token.kind in ("skip", "code"):
            runs = re.findall(rf"\d{{1,{_MAX_NUMERAL_CHARS}}}", token.text)
            if runs:
                digits = [Fraction(int(run)) for run in runs]
                yield Quantity(token.text, *span, number_readings(digits), certain=False)
            i += 1
        elif token.kind == "phone":
            yield _phone(token)
            i += 1
        elif token.kind == "date":
            separator = next(char for char in token.text if char in "/.-")
            yield Quantity(token.text, *span, _full_date(token.text, separator, words))
            i += 1
        elif token.kind == "clock":
            yield Quantity(token.text, *span, clock_readings(token.text))
            i += 1
        elif token.kind == "slash":
            yield Quantity(token.text, *span, _slash(token.text, words))
            i += 1
        elif token.kind == "num" or any(
            token.text in table for table in (words.small, words.multipliers, words.before)
        ):
            mentions, i = _number_mentions(text, tokens, i, words)
            yield from mentions
        else:
            mentions, i = _word_mentions(text, tokens, i, words)
            yield from mentions


@lru_cache
def _first_words(language: str) -> frozenset[str]:
    """Return every word that a mention may start with: few words of a text are one of them."""
    words = _words_of(language)
    tables = (words.small, words.multipliers, words.before, words.ordinals, words.months)
    phrases = (*words.weekdays, *words.implied)
    firsts = {name.split(" ")[0] for name in phrases}
    return frozenset[str]().union(*tables, _TARGET_WEEKDAYS, words.noon, firsts)


def _phone(token: Token) -> Quantity:
    digits = "".join(char for char in token.text if char.isdigit())
    national = digits.lstrip("0")
    values = [Fraction(int(digits))]
    if token.text.startswith(("+", "(+")):
        values += [Fraction(int(national[n:])) for n in (1, 2, 3) if n < len(national)]
    readings = tuple((("phone", value),) for value in values)
    return Quantity(token.text, token.start, token.end, (*readings, *number_readings(values[:1])))


def _unit_after(tokens: Sequence[Token], i: int, words: NumberWords) -> str:
    for num_tokens in (3, 2, 1):
        written = phrase(tokens, i, num_tokens)
        unit = words.units.get(written) or SYMBOL_UNITS.get(written)
        if unit:
            return unit
    if i < len(tokens) and tokens[i].text == "-" and i + 1 < len(tokens):
        return words.units.get(tokens[i + 1].text, "")
    return ""


def _unit_before(tokens: Sequence[Token], i: int) -> str:
    if i == 0 or not _adjacent(tokens, i):
        return ""
    before = tokens[i - 1].text.lower()
    if before == "." and i > 1:
        before = tokens[i - 2].text.lower()
    return SYMBOL_UNITS.get(before, "") if before not in ("%",) else ""


_FOUR_DIGITS = re.compile(r"(?:[01]\d|2[0-3])[0-5]\d")


def _number_mentions(
    text: str, tokens: Sequence[Token], i: int, words: NumberWords
) -> tuple[list[Quantity], int]:
    """Read the number at token i; return its mentions and the index after them."""
    token = tokens[i]
    firsts: Sequence[Fraction | None] = (None,)
    if token.kind == "num":
        firsts = parse_numeral(token.text, decimal_comma=words.decimal_comma)
    numbers = [
        number for first in firsts if (number := _compound(tokens, i, words, first)) is not None
    ]
    if not numbers:
        return _word_mentions(text, tokens, i, words)
    number = numbers[0]
    values = [candidate.value for candidate in numbers]
    end = number.end
    before = tokens[i - 1].text.lower() if i else ""
    after = tokens[end].text.lower() if end < len(tokens) else ""
    certain = number.certain
    unit = _unit_before(tokens, i) or _unit_after(tokens, end, words)
    readings = number_readings(values)
    value = values[0]
    if "," in token.text and not words.decimal_comma and values[0].denominator != 1:
        parts = [parse_numeral(part, decimal_comma=False)[0] for part in token.text.split(",")]
        readings = (*readings, tuple(("number", part) for part in parts))
    if end == i + 1 and token.text in words.implied:
        readings = (*readings, *number_readings(words.implied[token.text]))
    if number.multiplier == 10:  # 'hai chục' is said where English says two dozen
        readings = (*readings, *number_readings([value * Fraction(12, 10)]))
    if end == i + 1 and _FOUR_DIGITS.fullmatch(token.text):
        readings = (*readings, (time_of_day(int(token.text[:2]), int(token.text[2:])),))  # 1830 GMT
    if i and tokens[i - 1].end == token.start and before.isalpha() and before.isascii():
        certain = certain and before in SYMBOL_UNITS and before != "km"  # VND66, but not km2

    if number.from_digits and end < len(tokens) and tokens[end].start == tokens[end - 1].end:
        if after in words.attached:
            readings = (*number_readings([value * words.attached[after]]), *readings)
        elif after and after == words.decade_suffix and value % 10 == 0:
            readings = _decade(value)
    if before in words.decade_before or after in words.decade_after:
        readings = (*readings, *_decade(value))
    if "-" in (after, before) or after == "–" or after in words.ranges:
        readings = (*readings, *_range_start(tokens, end, value, words))
    if before in ("-", "–", "/") and 0 <= value <= 99 and number.from_digits:
        readings = (*readings, *number_readings([2000 + value, 1900 + value]))
    if before == "'" and value <= 99:
        readings = (*readings, *_decade(value), *number_readings([2000 + value]))
    if words.special is not None:
        special = words.special(tokens, i, end, value, words)
        if special is not None:
            return special
    if after in words.hours:
        readings = (*hour_readings(value), *readings)
        rest = end + 1
        if rest < len(tokens) and tokens[rest].kind == "num" and value <= 24:
            minute = int(re.sub(r"\D", "", tokens[rest].text))
            if minute < 60 and phrase(tokens, rest + 1, 1).startswith(words.minute):
                span = (tokens[i].start, tokens[rest].end)
                readings = clock_readings(f"{int(value)}:{minute:02d}")
                return [Quantity(text[span[0] : span[1]], *span, readings)], rest + 1
    if _half_of_day(tokens, end, words):
        if token.kind == "num" and value.denominator != 1 and value < 24:  # 6.30 am, not half a.m.
            hour = int(value)
            minute = int(re.split("[.,]", token.text)[-1][:2])
            readings = (*clock_readings(f"{hour}:{minute:02d}"), *readings)
        elif value.denominator == 1:
            readings = (*hour_readings(value), *readings)
    elif token.kind == "num" and re.fullmatch(r"\d{1,2}\.\d{2}", token.text) and end == i + 1:
        hour, minute = (int(part) for part in token.text.split("."))
        if hour <= 24 and minute < 60:
            readings = (*readings, (time_of_day(hour, minute),))
    if words.pairs_are_years and not number.from_digits and 13 <= value <= 99:
        following = _compound_at(tokens, end, words)
        if following is not None and 10 <= following.value <= 99 and _adjacent(tokens, end):
            year = value * 100 + following.value  # nineteen eighty-four
            span = (token.start, tokens[following.end - 1].end)
            pair = (("number", value), ("number", following.value))
            mention = Quantity(text[span[0] : span[1]], *span, (*number_readings([year]), pair))
            return [mention], following.end
    span = (token.start, tokens[end - 1].end)
    readings = tuple(dict.fromkeys(readings))
    return [Quantity(text[span[0] : span[1]], *span, readings, unit, certain)], end


def _half_of_day(tokens: Sequence[Token], i: int, words: NumberWords) -> bool:
    """Return whether `a.m.`, `p.m.` or `o'clock` stands at token i."""
    if i == len(tokens) or not words.half_days:
        return False
    first = tokens[i].text[:1].lower()
    if not any(begin.startswith(first) for begin in words.half_days):
        return False
    return phrase(tokens, i, 4).replace(" ", "").startswith(words.half_days)


def _compound_at(tokens: Sequence[Token], i: int, words: NumberWords) -> _Number | None:
    if i >= len(tokens) or tokens[i].text not in words.small:
        return None
    return _compound(tokens, i, words, None)


def _decade(value: Fraction) -> tuple[Reading, ...]:
    """The nineties are 90 and 1990, and so are the 1990s; the 2000s are just that."""
    if value >= 1000:
        return number_readings([value, value % 100] if value % 100 else [value])
    return number_readings([value, 1900 + value, 2000 + value])


def _range_start(
    tokens: Sequence[Token], end: int, value: Fraction, words: NumberWords
) -> tuple[Reading, ...]:
    """In `5 to 6 million` the five is five million."""
    if end + 1 >= len(tokens):
        return ()
    following = tokens[end + 1]
    if following.kind != "num" and following.text not in words.small:
        return ()
    number = _compound(tokens, end + 1, words, None)
    if number is None or number.multiplier <= 1:
        return ()
    return number_readings([value * number.multiplier])


def _word_mentions(
    text: str, tokens: Sequence[Token], i: int, words: NumberWords
) -> tuple[list[Quantity], int]:
    """Read the word at token i: months, weekdays, ordinals, words that imply a number."""
    token = tokens[i]
    if token.kind != "word":
        return [], i + 1
    span = (token.start, token.end)
    found: list[Quantity] = []
    word = token.text
    if word in words.months:
        beside = _number_beside(tokens, i)
        certain = beside or word not in words.ambiguous_months
        month = Fraction(words.months[word])
        capital = text[token.start].isupper() or not words.months_have_capitals
        found.append(Quantity(word, *span, ((("month", month),),), certain=certain and capital))
    for name in dict.fromkeys((word, phrase(tokens, i, 2))):
        if name in words.weekdays:
            day = Fraction(words.weekdays[name])
            certain = name not in words.ambiguous
            found.append(Quantity(name, *span, ((("weekday", day),),), certain=certain))
    if word in _TARGET_WEEKDAYS and word not in words.weekdays:
        day = Fraction(_TARGET_WEEKDAYS[word])
        found.append(Quantity(word, *span, ((("weekday", day),),), certain=False))
    if word in words.ordinals:
        certain = word not in words.ambiguous and words.ordinals[word] > 3
        value = Fraction(words.ordinals[word])
        found.append(Quantity(word, *span, number_readings([value]), certain=certain))
    if word in words.noon:
        found.append(Quantity(word, *span, ((time_of_day(12, 0),),), certain=False))
    for num_tokens in (3, 2, 1):
        values = words.implied.get(phrase(tokens, i, num_tokens))
        if values and i + num_tokens <= len(tokens):
            found.append(Quantity(word, *span, number_readings(values), certain=False))
    return found, i + 1


def _number_beside(tokens: Sequence[Token], i: int) -> bool:
    beside = [j for j in (i - 1, i + 1, i + 2) if 0 <= j < len(tokens)]
    return any(
        tokens[j].kind == "num" and (j != i + 2 or tokens[i + 1].text == ".") for j in beside
    )


# --------------------------------------------------------------------------------------------
# Comparison


def compare_quantities(
    source: Sequence[Quantity], target: Sequence[Quantity]
) -> tuple[tuple[Quantity, ...], tuple[Quantity, ...]]:
    """Return the certain mentions of the source and of the target that the other side lacks."""
    return _unmatched(source, _atoms(target)), _unmatched(target, _atoms(source))


def _atoms(quantities: Sequence[Quantity]) -> set[Atom]:
    return {atom for quantity in quantities for reading in quantity.readings for atom in reading}


def _unmatched(quantities: Sequence[Quantity], atoms: set[Atom]) -> tuple[Quantity, ...]:
    return tuple(
        quantity
        for quantity in quantities
        if quantity.certain
        and not any(all(atom in atoms for atom in reading) for reading in quantity.readings)
    )


def _other_unit(
    source: Sequence[Quantity], target: Sequence[Quantity]
) -> tuple[Quantity, Quantity] | None:
    """Return the first quantity whose number is on both sides with different units only.

    A number that stands anywhere without a unit may be that one; it is not counted.
    """
    places: dict[Atom, list[int]] = {}
    for place, other in enumerate(target):
        for atom in _atoms([other]):
            places.setdefault(atom, []).append(place)
    with_units: dict[tuple[tuple[Reading, ...], str], Quantity] = {}
    for quantity in source:
        if quantity.unit and quantity.certain:
            with_units.setdefault((quantity.readings, quantity.unit), quantity)
    for quantity in with_units.values():
        same = {place for atom in _atoms([quantity]) for place in places.get(atom, ())}
        if same and all(target[place].unit not in ("", quantity.unit) for place in same):
            return quantity, target[min(same)]
    return None


def _repeated(source: Sequence[Quantity], target: Sequence[Quantity]) -> tuple[Quantity, ...]:
    """Return the certain mentions of the target of what it states again, and the source does not.

    Weak models do, for something that they do not understand.
    """
    here = Counter(atom for mention in target if mention.certain for atom in mention.readings[0])
    if not here or max(here.values()) == 1:
        return ()
    there = Counter(atom for mention in source for atom in _atoms([mention]))
    return tuple(
        mention
        for mention in target
        if mention.certain and all(here[atom] > there[atom] > 0 for atom in mention.readings[0])
    )


def check_quantities(pair: Pair) -> tuple[Flag, ...]:
    """Flag quantities that differ between a source text and its translation, in one flag.

    `quantity-changed` where both sides have one that the other lacks, else `quantity-missing` or
    `quantity-added`, else `quantity-repeated`; the detail names both sides. Of a language whose
    number words are not known, only digits that the translation lacks are flagged.
    """
    there = quantities(pair.source, language=pair.language.tag)
    here = quantities(pair.translation, language=TARGET_LANGUAGE)
    missing, added = compare_quantities(there, here)
    if pair.language.numbers is None:
        added = ()
    changed = _other_unit(there, here)
    if changed is not None and not (missing or added):
        before, after = (f"{quantity.text} ({quantity.unit})" for quantity in changed)
        return (Flag("quantity-changed", f"{before} became {after}"),)
    if missing and added:
        return (Flag("quantity-changed", f"{_list(missing)} became {_list(added)}"),)
    if missing:
        return (Flag("quantity-missing", f"{_list(missing)} is not in the translation"),)
    if added:
        return (Flag("quantity-added", f"{_list(added)} is not in the source"),)
    if repeated := _repeated(there, here):
        return (
            Flag("quantity-repeated", f"{_list(repeated)} is stated more often than in the source"),
        )
    return ()


def _list(mentions: Sequence[Quantity]) -> str:
    return ", ".join(dict.fromkeys(quantity.text for quantity in mentions))
