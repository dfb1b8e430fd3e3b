"""Quantities: the numbers, dates and times of both sides of a pair, compared.

A mention is a place in the text that states a quantity. It has one or more readings (`08/10` is a
date or two numbers; `thứ ba` is Tuesday or third); a reading is one or more atoms, the normalised
values. A mention is accounted for when all the atoms of one of its readings occur on the other
side. Uncertain mentions (`một`, which is also an article; `năm`, which is five or year) count as
evidence but are never asked for.
"""

from __future__ import annotations

import re
import sys
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from fractions import Fraction
from functools import lru_cache

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

#: Of a language without a table: digits are compared, words are not.
_NO_WORDS = NumberWords()
#: Names of papers and channels keep them in other languages' texts (`The Sunday Times`).
_TARGET_WEEKDAYS = (get(TARGET_LANGUAGE).numbers or _NO_WORDS).weekdays

# --------------------------------------------------------------------------------------------
# Tokens

_SPACES = "\u00a0\u202f\u2009"
_NO_SPACES = dict.fromkeys(map(ord, _SPACES))
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
#: Stands three times after the last token (and so before the first): every token has neighbours.
_NOTHING = Token("", "", sys.maxsize, sys.maxsize)


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
    return [*tokens, _NOTHING, _NOTHING, _NOTHING]


# --------------------------------------------------------------------------------------------
# Numbers: a numeral or words with multipliers

#: Groups of three, or Indian ones (`1,23,456`), which are read in every language.
_GROUPED = re.compile(r"\d{1,3}([.,])\d{3}(?:\1\d{3})*|\d{1,2}([.,])\d\d(?:\2\d\d)*\2\d{3}")


def parse_numeral(text: str, *, decimal_comma: bool | None) -> tuple[Fraction, ...]:
    """Return the values that a numeral in ASCII digits may have, likeliest first.

    `1.234` is 1234 where the comma is the decimal sign and 1.234 where the point is. None as
    `decimal_comma`: both are tried.
    """
    text = text.translate(_NO_SPACES)
    groups = re.split("[.,]", text)
    whole = Fraction(int("".join(groups)))
    if len(groups) == 1:
        return (whole,)
    point = whole / 10 ** len(groups[-1])
    if not _GROUPED.fullmatch(text):
        return (point,)
    if len(groups) > 2:
        return (whole,)
    if groups[0] == "0":
        return (point,)
    if decimal_comma is None:
        return (whole, point)
    if ("." in text) == decimal_comma:
        return (whole,)
    # Vietnamese writers also group with commas, as in English; the other way round is an error.
    return (point, whole) if decimal_comma else (point,)


def _adjacent(tokens: Sequence[Token], i: int) -> bool:
    """Return whether token i follows its predecessor with nothing or one space between."""
    return tokens[i].start - tokens[i - 1].end <= 1


class _Number:
    """A number, read token by token: `total` + `hundreds` + `low`.

    `two million three hundred and five` has 2,000,000, 300 and 5 there at its end. `end` is the
    token after its last, the first where no number begins; `multiplier` is its last one.
    """

    def __init__(
        self,
        tokens: Sequence[Token],
        words: NumberWords,
        start: int,
        numeral: Fraction | None = None,
    ) -> None:
        self._tokens, self._words = tokens, words
        self._total: int | Fraction = 0
        self._hundreds: int | Fraction | None = None
        self._low: int | Fraction | None = None
        self._low_is_digits = False
        self._has_small = False
        self._scale = 0
        self._shift: int | Fraction = 0
        self.multiplier = 1
        self.from_digits = False
        first = start
        if tokens[start].text in words.before and tokens[start + 1].kind:
            self._shift = words.before[tokens[start].text]
            first += 1
        self.end = first
        if tokens[first].kind == "num":
            values = parse_numeral(tokens[first].text, decimal_comma=words.decimal_comma)
            self._take_digits(values[0] if numeral is None else numeral)
            self.end += 1
        while self.end == first or _adjacent(tokens, self.end):
            num_taken = self._take(self.end, inside=self.end > first)
            if not num_taken:
                break
            self.end += num_taken
        is_dozen = self._low is None and not self._total and self._hundreds in (10, 12)
        is_alone = self.end == start + 1 and tokens[start].text in words.ambiguous
        # `Tens of thousands` is no number; `một` is also an article.
        self.certain = self.from_digits or (self._has_small and not is_alone and not is_dozen)
        self.value = Fraction(self._total + self._small_part)
        if self.end == first:
            self.end = start

    @property
    def _small_part(self) -> int | Fraction:
        return (self._hundreds or 0) + (self._low or 0) + self._shift

    def _take_digits(self, value: int | Fraction) -> int:
        self._low = value
        self.from_digits = self._low_is_digits = True
        return 1

    def _take(self, j: int, *, inside: bool) -> int:
        """Add token j to the number; return how many tokens were used, 0 at its end."""
        text, words = self._tokens[j].text, self._words
        half = words.and_a_half
        if self._tokens[j].kind == "num":
            follows = words.numerals_follow and self._low is None and self._hundreds is None
            fits = follows and text.isdigit() and int(text) < self._scale
            return self._take_digits(int(text)) if fits else 0
        if self._is_another_word(j, inside=inside):
            return 0
        if text in words.small:
            return self._take_small(words.small[text])
        if text in words.multipliers:
            return self._take_multiplier(words.multipliers[text], inside=inside)
        if self._low is None:
            if text in words.halves and self.multiplier > 1:
                self._low, self._low_is_digits = Fraction(self.multiplier, 2), True
                return 1
        elif text in words.tens and not self._low_is_digits and 2 <= self._low <= 9:
            self._low *= 10
            return 1
        elif half and phrase(self._tokens, j, len(half)) == " ".join(half):
            self._low += Fraction(1, 2)
            return len(half)
        return int(inside and self._joins(j))

    def _take_small(self, value: int | Fraction) -> int:
        if self._low is None:
            if self._scale and value >= self._scale:
                return 0
            self._low, self._low_is_digits = value, False
        elif not self._low_is_digits and self._low >= 10 > value and self._low % 10 == 0:
            self._low += value
        else:
            return 0
        self._has_small = True
        return 1

    def _take_multiplier(self, factor: int, *, inside: bool) -> int:
        if factor <= 100:
            if self._hundreds is not None or (self._low is None and inside):
                return 0
            if self._low is not None and self._low >= 100:
                return 0
            self._hundreds = ((1 if self._low is None else self._low) + self._shift) * factor
            self._low = None
        elif self._low is None and self._hundreds is None:
            if inside and not self._total:
                return 0
            # nghìn tỷ: a thousand billion; सवा लाख: a lakh and a quarter
            self._total = (self._total or 1 + self._shift) * factor
            self._scale = max(self._scale, factor)
        else:
            if self._scale and factor >= self._scale:
                return 0
            self._total += self._small_part * factor
            self._scale, self._hundreds, self._low = factor, None, None
        self._shift = 0
        self.multiplier = factor
        self._low_is_digits = False
        return 1

    def _is_another_word(self, j: int, *, inside: bool) -> bool:
        """Return whether the word at token j is a number word that means something else there."""
        tokens, words, text = self._tokens, self._words, self._tokens[j].text
        after = tokens[j + 1].text
        if after in words.not_before.get(text, ()):
            return True
        if not inside:
            return tokens[j - 1].text in words.not_after.get(text, ())
        if text not in words.not_a_unit or tokens[j - 1].text in words.joiners:
            return False
        return after not in words.tens and after not in words.multipliers

    def _joins(self, j: int) -> bool:
        """Return whether token j stands inside a number (`hundred and five`, `twenty-three`)."""
        words = self._words
        before, joiner, after = self._tokens[j - 1 : j + 2]
        if joiner.text == "-":
            touches = joiner.start == before.end and after.start == joiner.end
            return touches and (after.text in words.small or after.text in words.multipliers)
        if (before.text, joiner.text) == words.half_a:
            return after.text in words.multipliers
        after_multiplier = self._low is None and self.multiplier > 1
        return joiner.text in words.joiners and after_multiplier and after.text in words.small


# --------------------------------------------------------------------------------------------
# Mentions of one token


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
    return number_readings(map(Fraction, re.findall(rf"\d{{1,{_MAX_NUMERAL_CHARS}}}", text)))


#: How the tokens are read that mean the same whatever stands beside them, by kind.
_READ: Mapping[str, Callable[[str, NumberWords], tuple[Reading, ...]]] = {
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
_ROMAN_NUMERAL = re.compile(r"\b(?=[XVI])X{0,3}(?:IX|IV|V?I{0,3})\b")

_FRACTIONS = {"½": " 1/2", "⅓": " 1/3", "⅔": " 2/3", "¼": " 1/4", "¾": " 3/4"}
_PLAIN = ASCII_DIGITS | str.maketrans({"\u2019": "'", "\u2044": "/", **_FRACTIONS})
#: Bengali writers type the visarga sign for a colon, as in ১৯ঃ৩০.
_VISARGA_COLON = re.compile(r"(?<=\d)\u0983(?=\d)")


def normalise(text: str) -> str:
    """Return the text as the quantity rules read it: NFC, ASCII digits, plain apostrophes."""
    if text.isascii():
        return text
    return _VISARGA_COLON.sub(":", unicodedata.normalize("NFC", text).translate(_PLAIN))


_FOUR_DIGITS = re.compile(r"(?:[01]\d|2[0-3])[0-5]\d")
_HOUR_AND_MINUTES = re.compile(r"\d{1,2}\.\d{2}")


class _Reader:
    """Reads the mentions of one text, from left to right."""

    def __init__(self, text: str, words: NumberWords) -> None:
        self._text, self._words = text, words
        self._tokens = _tokenise(text, words)

    def mentions(self, first_words: frozenset[str]) -> Iterator[Quantity]:
        i, tokens = 0, self._tokens
        while tokens[i] is not _NOTHING:
            token = tokens[i]
            if token.kind in ("word", "mark") and token.text not in first_words:
                i += 1
            elif token.kind in _READ:
                if readings := _READ[token.kind](token.text, self._words):
                    certain = token.kind not in ("skip", "code")
                    yield Quantity(token.text, token.start, token.end, readings, certain=certain)
                i += 1
            elif number := self._number(i):
                mentions, i = number
                yield from mentions
            else:
                yield from self._word(i)
                i += 1

    def _quantity(
        self, i: int, end: int, readings: Iterable[Reading], unit: str = "", certain: bool = True
    ) -> Quantity:
        span = self._tokens[i].start, self._tokens[end - 1].end
        return Quantity(self._text[slice(*span)], *span, tuple(readings), unit, certain)

    def _number(self, i: int) -> tuple[list[Quantity], int] | None:
        """Return what the number at token i is part of, and the token after; None if none is."""
        tokens, words, token = self._tokens, self._words, self._tokens[i]
        numerals: Sequence[Fraction | None] = (None,)
        if token.kind == "num":
            numerals = parse_numeral(token.text, decimal_comma=words.decimal_comma)
        numbers = [_Number(tokens, words, i, numeral) for numeral in numerals]
        number, values = numbers[0], [number.value for number in numbers]
        end, value = number.end, number.value
        if end == i:
            return None
        if words.special is not None and (special := words.special(tokens, i, end, value, words)):
            return special
        if words.pairs_are_years and not number.from_digits and 13 <= value <= 99:
            is_small = tokens[end].text in words.small and _adjacent(tokens, end)
            after = _Number(tokens, words, end)
            if is_small and 10 <= after.value <= 99:  # nineteen eighty-four
                pair = (("number", value), ("number", after.value))
                readings = (*number_readings([value * 100 + after.value]), pair)
                return [self._quantity(i, after.end, readings)], after.end
        hours, minutes, unit = tokens[end : end + 3]
        if hours.text.lower() in words.hours and minutes.kind == "num" and value <= 24:
            minute = int(re.sub(r"\D", "", minutes.text))
            if minute < 60 and unit.text.lower().startswith(words.minute):
                readings = clock_readings(f"{int(value)}:{minute:02d}")
                return [self._quantity(i, end + 2, readings)], end + 2
        found = self._quantity(
            i,
            end,
            dict.fromkeys(self._readings(i, number, values)),
            unit=self._unit_before(i) or self._unit_after(end),
            certain=number.certain and not self._is_in_a_word(i),
        )
        return [found], end

    def _is_in_a_word(self, i: int) -> bool:
        """VND66 is a number, km2 is none."""
        token, before = self._tokens[i], self._tokens[i - 1]
        if before.end != token.start or not (before.text.isascii() and before.text.isalpha()):
            return False
        return before.text.lower() not in SYMBOL_UNITS or before.text.lower() == "km"

    def _readings(self, i: int, number: _Number, values: Sequence[Fraction]) -> Sequence[Reading]:
        """Return what a number may mean beside its neighbours, likeliest first."""
        tokens, words, token = self._tokens, self._words, self._tokens[i]
        value, end = values[0], number.end
        before, after = tokens[i - 1].text.lower(), tokens[end].text.lower()
        is_lone, is_numeral = end == i + 1, token.kind == "num"
        readings = [*number_readings(values)]
        if "," in token.text and not words.decimal_comma and value.denominator != 1:
            parts = [parse_numeral(part, decimal_comma=False)[0] for part in token.text.split(",")]
            readings.append(tuple(("number", part) for part in parts))
        if is_lone:
            readings += number_readings(words.implied.get(token.text, ()))
        if number.multiplier == 10:  # 'hai chục' is said where English says two dozen
            readings += number_readings([value * Fraction(12, 10)])
        if is_lone and _FOUR_DIGITS.fullmatch(token.text):
            readings.append((time_of_day(int(token.text[:2]), int(token.text[2:])),))  # 1830 GMT
        if number.from_digits and tokens[end].start == tokens[end - 1].end:
            if after in words.attached:
                readings = [*number_readings([value * words.attached[after]]), *readings]
            elif after == words.decade_suffix and value % 10 == 0:
                readings = [*_decade(value)]
        if before in words.decade_before or after in words.decade_after:
            readings += _decade(value)
        if "-" in (after, before) or after == "–" or after in words.ranges:
            readings += self._range_start(end, value)
        if before in ("-", "–", "/") and 0 <= value <= 99 and number.from_digits:
            readings += number_readings([2000 + value, 1900 + value])
        if before == "'" and value <= 99:
            readings += (*_decade(value), *number_readings([2000 + value]))
        if after in words.hours:
            readings = [*hour_readings(value), *readings]
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

    def _range_start(self, end: int, value: Fraction) -> tuple[Reading, ...]:
        """In `5 to 6 million` the five is five million."""
        following = self._tokens[end + 1]
        if following.kind != "num" and following.text not in self._words.small:
            return ()
        multiplier = _Number(self._tokens, self._words, end + 1).multiplier
        return number_readings([value * multiplier]) if multiplier > 1 else ()

    def _unit_before(self, i: int) -> str:
        if not _adjacent(self._tokens, i):
            return ""
        before = self._tokens[i - 1].text.lower()
        if before == ".":
            before = self._tokens[i - 2].text.lower()
        return SYMBOL_UNITS.get(before, "") if before != "%" else ""

    def _unit_after(self, i: int) -> str:
        units = self._words.units
        for num_tokens in (3, 2, 1):
            written = phrase(self._tokens, i, num_tokens)
            if unit := units.get(written) or SYMBOL_UNITS.get(written):
                return unit
        return units.get(self._tokens[i + 1].text, "") if self._tokens[i].text == "-" else ""

    def _word(self, i: int) -> Iterator[Quantity]:
        """Read a month, weekday or ordinal, or a word that implies a number."""
        tokens, words, token = self._tokens, self._words, self._tokens[i]
        if token.kind != "word":
            return
        word, start, end = token.text, token.start, token.end

        def mention(kind: str, value: int, *, certain: bool, text: str = word) -> Quantity:
            return Quantity(text, start, end, (((kind, Fraction(value)),),), certain=certain)

        if word in words.months:
            capital = self._text[start].isupper() or not words.months_have_capitals
            certain = word not in words.ambiguous_months or self._is_beside_numeral(i)
            yield mention("month", words.months[word], certain=certain and capital)
        for name in (word, phrase(tokens, i, 2)):
            if name in words.weekdays:
                certain = name not in words.ambiguous
                yield mention("weekday", words.weekdays[name], certain=certain, text=name)
        if word in _TARGET_WEEKDAYS and word not in words.weekdays:
            yield mention("weekday", _TARGET_WEEKDAYS[word], certain=False)
        if word in words.ordinals:
            certain = word not in words.ambiguous and words.ordinals[word] > 3
            yield mention("number", words.ordinals[word], certain=certain)
        if word in words.noon:
            yield Quantity(word, start, end, ((time_of_day(12, 0),),), certain=False)
        for num_tokens in (3, 2, 1):
            if values := words.implied.get(phrase(tokens, i, num_tokens)):
                yield Quantity(word, start, end, number_readings(values), certain=False)

    def _is_beside_numeral(self, i: int) -> bool:
        before, after, after2 = (self._tokens[j] for j in (i - 1, i + 1, i + 2))
        return "num" in (before.kind, after.kind) or (after.text, after2.kind) == (".", "num")


def _decade(value: Fraction) -> tuple[Reading, ...]:
    """The nineties are 90 and 1990, and so are the 1990s; the 2000s are just that."""
    if value >= 1000:
        return number_readings([value, value % 100] if value % 100 else [value])
    return number_readings([value, 1900 + value, 2000 + value])


@remembered
def quantities(text: str, *, language: str) -> tuple[Quantity, ...]:
    """Return the mentions of quantities in a text, in order.

    In a language without a table only digits are read.
    """
    text, words = normalise(text), get(language).numbers or _NO_WORDS
    first_words = _first_words(words)
    found = [
        Quantity(match.group(), *match.span(), number_readings([Fraction(value)]), certain=False)
        for match in _ROMAN_NUMERAL.finditer(text)
        if (value := _ROMAN[match.group()])
    ]
    may_mention = words.endings or _DIGIT.search(text)  # an ending may hide a number
    # A third of English sentences have neither a digit nor such a word.
    if may_mention or not first_words.isdisjoint(_WORD.findall(text.lower())):
        found += _Reader(text, words).mentions(first_words)
    return tuple(found)


@lru_cache
def _first_words(words: NumberWords) -> frozenset[str]:
    """Return every word that a mention may start with: few words of a text are one of them."""
    tables = (words.small, words.multipliers, words.before, words.ordinals, words.months)
    firsts = {name.split(" ")[0] for name in (*words.weekdays, *words.implied)}
    return frozenset[str]().union(*tables, _TARGET_WEEKDAYS, words.noon, firsts)


# --------------------------------------------------------------------------------------------
# Comparison


def compare_quantities(
    source: Sequence[Quantity], target: Sequence[Quantity]
) -> tuple[tuple[Quantity, ...], tuple[Quantity, ...]]:
    """Return the certain mentions of the source and of the target that the other side lacks."""
    return _unmatched(source, target), _unmatched(target, source)


def _atoms(quantities: Sequence[Quantity]) -> set[Atom]:
    return {atom for quantity in quantities for reading in quantity.readings for atom in reading}


def _unmatched(here: Sequence[Quantity], there: Sequence[Quantity]) -> tuple[Quantity, ...]:
    certain, atoms = [mention for mention in here if mention.certain], _atoms(there)
    return tuple(mention for mention in certain if not any(map(atoms.issuperset, mention.readings)))


def _other_unit(
    source: Sequence[Quantity], target: Sequence[Quantity]
) -> tuple[Quantity, Quantity] | None:
    """Return the first quantity whose number is on both sides with different units only.

    A number that stands anywhere without a unit may be that one; it is not counted.
    """
    units: defaultdict[Atom, set[str]] = defaultdict(set)
    for mention in target:
        for atom in _atoms([mention]):
            units[atom].add(mention.unit)
    for mention in source:
        if mention.unit and mention.certain:
            atoms = _atoms([mention])
            there = set[str]().union(*(units[atom] for atom in atoms))
            if there and there.isdisjoint(("", mention.unit)):
                return mention, next(other for other in target if atoms & _atoms([other]))
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


def check_quantities(pair: Pair) -> Iterator[Flag]:
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
    if missing and added:
        yield Flag("quantity-changed", f"{_list(missing)} became {_list(added)}")
    elif missing:
        yield Flag("quantity-missing", f"{_list(missing)} is not in the translation")
    elif added:
        yield Flag("quantity-added", f"{_list(added)} is not in the source")
    elif changed := _other_unit(there, here):
        before, after = (f"{quantity.text} ({quantity.unit})" for quantity in changed)
        yield Flag("quantity-changed", f"{before} became {after}")
    elif repeated := _repeated(there, here):
        detail = f"{_list(repeated)} is stated more often than in the source"
        yield Flag("quantity-repeated", detail)


def _list(mentions: Sequence[Quantity]) -> str:
    return ", ".join(dict.fromkeys(quantity.text for quantity in mentions))
