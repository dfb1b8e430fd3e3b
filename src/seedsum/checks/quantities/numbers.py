"""One number: a numeral, or words with multipliers, read token by token."""

from __future__ import annotations

import re
from collections.abc import Sequence
from fractions import Fraction
from functools import reduce
from operator import add

from seedsum.checks.quantities.tokens import SPACES, adjacent
from seedsum.languages.language import NumberWords
from seedsum.languages.mentions import Token, phrase

_NO_SPACES = dict.fromkeys(map(ord, SPACES))
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


def _sum(*parts: int | Fraction | None) -> int | Fraction:
    """Return the sum of parts; most are nought, which a fraction is slow to be added to."""
    some = [part for part in parts if part]
    return reduce(add, some) if some else 0


class Number:
    """A number, read token by token: `total` + `hundreds` + `low`.

    `two million three hundred and five` has 2,000,000, 300 and 5 there at its end. `end` is the
    token after its last, the first where no number begins; `multiplier` is its last one, and
    `other` what else it may be.
    """

    def __init__(
        self,
        tokens: Sequence[Token],
        words: NumberWords,
        start: int,
        numeral: Fraction | None = None,
    ) -> None:
        self._tokens, self._words, self._start = tokens, words, start
        self._total: int | Fraction = 0
        self._hundreds: int | Fraction | None = None
        self._low: int | Fraction | None = None
        self._low_is_digits = False
        self._low_at = -1
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
        last = self.end
        while self.end == first or adjacent(tokens, self.end):
            self._is_at_joiner = False
            num_taken = self._take(self.end, inside=self.end > first)
            if not num_taken:
                break
            self.end += num_taken
            last = last if self._is_at_joiner else self.end
        self.end = last  # in `two-three hundred` the hyphen joins nothing
        is_dozen = self._low is None and not self._total and self._hundreds in (4, 10, 12)
        is_alone = self.end == start + 1 and tokens[start].text in words.ambiguous
        # `Tens of thousands` is no number; `một` is also an article.
        self.certain = self.from_digits or (self._has_small and not is_alone and not is_dozen)
        #: Only multipliers (`hàng trăm`, hundreds).
        self.is_round = not (self.from_digits or self._has_small or self._shift)
        self.is_word = self._has_small and is_alone
        self.value = Fraction(_sum(self._total, self._small_part))
        self.other: Fraction | None = None
        if words.decimal_follows and self.multiplier >= 100:
            self._read_as_decimal()
        if self.end == first:
            self.end = start

    @property
    def _small_part(self) -> int | Fraction:
        return _sum(self._hundreds, self._low, self._shift)

    def _read_as_decimal(self) -> None:
        """In `1 triệu 2` the two stands for two hundred thousand."""
        last, before = self._tokens[self.end - 1], self._tokens[self.end - 2]
        low, factor = self._low, self._words.multipliers.get(before.text)
        is_after_factor = self._low_at == self.end - 1 and factor == self.multiplier
        if not low or not is_after_factor or (self._hundreds is not None and factor != 100):
            return
        if last.kind != "num" and low >= 10:
            return
        num_digits = len(last.text) if last.kind == "num" else 1
        self.other = self.value
        self.value += Fraction(low * self.multiplier, 10**num_digits) - low

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
            self._low_at = j
            return self._take_digits(int(text)) if fits else 0
        is_ending = inside and self._tokens[j].start == self._tokens[j - 1].start
        if is_ending and text in words.endings:  # একশবার: a hundred times
            return 0
        if self._is_another_word(j, inside=inside):
            return 0
        if text in words.small:
            return self._take_small(j)
        if text in words.multipliers:
            return self._take_multiplier(words.multipliers[text], inside=inside)
        if text in words.zeros and self._tokens[j + 1].text in (*words.multipliers, *words.points):
            return self._take_zero(j, inside=inside)
        if self._low is None:
            if text in words.halves and self.multiplier > 1:
                self._low, self._low_is_digits = Fraction(self.multiplier, 2), True
                return 1
        elif text in words.points and inside:
            return self._take_decimals(j)
        elif text in words.tens and not self._low_is_digits and 2 <= self._low <= 9:
            self._low *= 10
            return 1
        elif (half or words.and_parts) and (part := self._and_a_part(j)):
            num_taken, value = part
            self._low += value
            return num_taken
        self._is_at_joiner = inside and self._joins(j)
        return int(self._is_at_joiner)

    def _and_a_part(self, j: int) -> tuple[int, Fraction] | None:
        """Return how many tokens from token j on say which part (`and a half`, `-and-a-half`)."""
        half = self._words.and_a_half
        for written in (half, [part for word in half for part in ("-", word)]):
            if written and phrase(self._tokens, j, len(written)) == " ".join(written):
                return len(written), Fraction(1, 2)
        for name, value in self._words.and_parts.items():
            num_tokens = name.count(" ") + 1
            if phrase(self._tokens, j, num_tokens) == name:
                return num_tokens, value
        return None

    def _take_small(self, j: int) -> int:
        value = self._words.small[self._tokens[j].text]
        if self._tokens[j - 1].text == "'" and self._hundreds is not None:  # শ'দেড়েক
            self._hundreds *= value
        elif self._low is None:
            if self._scale and value >= self._scale:
                return 0
            self._low, self._low_is_digits, self._low_at = value, False, j
        elif not self._low_is_digits and self._low >= 10 > value and self._low % 10 == 0:
            self._low += value
        else:
            return 0
        self._has_small = True
        return 1

    def _take_zero(self, j: int, *, inside: bool) -> int:
        """`Không` is no hundreds, or nothing before the decimal sign; elsewhere it is `not`."""
        next_is_hundred = self._words.multipliers.get(self._tokens[j + 1].text) == 100
        if self._low is not None or (inside != next_is_hundred) or (inside and not self._total):
            return 0
        self._low, self._has_small = 0, True
        return 1

    def _take_decimals(self, j: int) -> int:
        """The digits after a decimal sign that is a word."""
        tokens, words, digits, end = self._tokens, self._words, "", j + 1
        if tokens[self._start - 1].text in words.not_after.get(tokens[j].text, ()):
            return 0
        if tokens[end].kind == "num" and tokens[end].text.isdigit():
            digits, end = tokens[end].text, end + 1
        else:
            while words.small.get(tokens[end].text, 10) < 10 or tokens[end].text in words.zeros:
                digits += str(words.small.get(tokens[end].text, 0))
                end += 1
            value = words.small.get(tokens[end].text)
            if not digits and value is not None and value < 100:
                digits, end = str(value), end + 1
        if not digits.isdigit() or self._low is None or self._low_is_decimal:
            return 0
        self._low += Fraction(int(digits), 10 ** len(digits))
        self._low_is_digits, self._low_at = True, -1
        return end - j

    @property
    def _low_is_decimal(self) -> bool:
        return self._low is not None and Fraction(self._low).denominator != 1

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
            if factor == self._scale:  # হাজার হাজার: thousands
                return 1
            # nghìn tỷ: a thousand billion; सवा लाख: a lakh and a quarter
            self._total = (self._total or 1 + self._shift) * factor
            self._scale = max(self._scale, factor)
        elif self._scale and factor >= self._scale:
            if factor == self._scale:
                return 0
            # ৩ হাজার ৪৫০ কোটি: 3,450 crore
            self._total = (self._total + self._small_part) * factor
            self._scale, self._hundreds, self._low = factor, None, None
        else:
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
        if text in words.articles and tokens[j - 1].text in words.multipliers:
            return after not in words.multipliers
        if text not in words.not_a_unit or tokens[j - 1].text in words.joiners:
            return False
        if tokens[j - 1].text in words.points:
            return False
        return after not in words.tens and after not in words.multipliers

    def _joins(self, j: int) -> bool:
        """Return whether token j stands inside a number (`hundred and five`, `twenty-three`)."""
        words = self._words
        before, joiner, after = self._tokens[j - 1 : j + 2]
        if joiner.text == "-":
            touches = joiner.start == before.end and after.start == joiner.end
            return touches and (after.text in words.small or after.text in words.multipliers)
        if joiner.text == "'" and before.text in words.multipliers:  # শ'দেড়েক
            return after.text in words.small and after.start == joiner.end
        if (before.text, joiner.text) == words.half_a:
            return after.text in words.multipliers
        after_multiplier = self._low is None and self.multiplier > 1
        if joiner.text not in words.joiners or not after_multiplier:
            return False
        if after.kind == "num":  # 6 crore and 20 lakh
            return words.multipliers.get(self._tokens[j + 2].text, self._scale) < self._scale
        return after.text in words.small
