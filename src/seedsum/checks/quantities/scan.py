"""A text as its readers share it: its tokens, the units beside them, the mentions made of them."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace
from fractions import Fraction
from functools import lru_cache

from seedsum.checks.quantities.clock import half_of_day
from seedsum.checks.quantities.tokens import adjacent, tokenise
from seedsum.checks.remembering import remembered
from seedsum.languages import SYMBOL_UNITS
from seedsum.languages.common import words as _words
from seedsum.languages.language import NumberWords
from seedsum.languages.mentions import Quantity, Reading, phrase

#: A minus sign before a numeral, not a dash between two or after a word.
_MINUS = re.compile(r"(?:^|[\s(:])-$")
#: What is often negative: before anything else a minus sign may be a dash.
DEGREES = ("celsius", "fahrenheit", "degree", "angle|celsius")
_SIGNED = (*DEGREES, "percent")
#: Of the units that are written alike everywhere, those that stand before a number.
_BEFORE_NUMBERS = _words(
    "dollar us_dollar australian_dollar canadian_dollar singapore_dollar hong_kong_dollar euro "
    "pound dong taka rupee yen yuan won baht km"
)


class Scan:
    """A normalised text, its tokens and its language's words."""

    def __init__(self, text: str, words: NumberWords) -> None:
        self.text, self.words = text, words
        self.tokens = tokenise(text, words)

    def raw(self, i: int) -> str:
        """Return the word that token i is part of, as written."""
        token = self.tokens[i]
        return self.text[token.start : token.end] if token.kind else ""

    def after_word(self, i: int) -> int:
        """Return the first token after the word of token i: an ending is a token of its own."""
        start = self.tokens[i].start
        while self.tokens[i].start == start and self.tokens[i].kind:
            i += 1
        return i

    def quantity(
        self,
        i: int,
        end: int,
        readings: Iterable[Reading],
        *,
        unit: str = "",
        certain: bool = True,
        family: str = "",
    ) -> Quantity:
        """Return the mention from token i to `end`, and the unit behind it as part of its text."""
        span = self.tokens[i].start, self.tokens[end - 1].end
        text_end = self.tokens[self.after_unit(end) - 1].end if unit else span[1]
        text, negative = self.text[span[0] : text_end], self._is_negative(i, end, unit)
        return Quantity(text, *span, tuple(readings), unit, certain, family, negative=negative)

    def _is_negative(self, i: int, end: int, unit: str) -> bool:
        before = self.tokens[i - 1]
        if before.text in self.words.negative:
            return True
        if unit in DEGREES and self.words.below_zero:
            after = phrase(self.tokens, self.after_unit(end), 2)
            if after.startswith(self.words.below_zero):
                return True
        if unit not in _SIGNED:
            return False
        if before.text != "-" or before.end != self.tokens[i].start or not before.kind:
            return False
        is_after_number = self.tokens[i - 2].kind == "num" or self.tokens[i - 2].text == "%"
        return not is_after_number and bool(_MINUS.search(self.text[: before.end][-2:]))

    def with_half(self, mention: Quantity, i: int, end: int) -> Quantity:
        """Return a time with the half of the day that it, or a word beside it, says."""
        kind, minutes = mention.readings[0][0]
        if kind != "time":
            return mention
        digits = re.search(r"\d+", mention.text)
        hour = int(digits.group()) if digits else int(minutes // 60)
        return replace(mention, half=half_of_day(self.tokens, i, end, hour, self.words))

    def unit_before(self, i: int) -> str:
        """Return the currency before the number at token i, if one is there."""
        if not adjacent(self.tokens, i) or self.tokens[i - 2].kind == "num":  # 90 USD một thùng
            return ""
        before = self.tokens[i - 1].text.lower()
        if before == ".":
            before = self.tokens[i - 2].text.lower()
        if before == "%":
            return ""
        unit = SYMBOL_UNITS.get(before, "")
        touches = self.tokens[i - 2].end == self.tokens[i - 1].start
        if unit == "dollar" and touches and self.raw(i - 2).isupper():  # US$, but not `a $5 note`
            unit = SYMBOL_UNITS.get(phrase(self.tokens, i - 2, 2), unit)
        return unit if unit in _BEFORE_NUMBERS else ""

    def unit_after(self, i: int, *, value: Fraction | None = None) -> str:
        """Return the unit at token i, if one is there; `value` is the number before it."""
        units, tokens, firsts = self.words.units, self.tokens, _unit_firsts(self.words)
        # A currency may depend on the spelling of the multiplier before it.
        if tokens[i - 1].text in firsts and (unit := units.get(phrase(tokens, i - 1, 2))):
            return unit
        if value is not None and value < 1:  # half a year, a quarter of a century
            while tokens[i].text in self.words.part_of:
                i += 1
        unit, end = self._unit_at(i)
        is_factor = tokens[end - 1].text in self.words.attached  # 5m dong
        return self.unit_after(end) or unit if unit and is_factor else unit

    def after_unit(self, i: int) -> int:
        """Return the first token after the unit at token i."""
        return self._unit_at(i)[1]

    def _unit_at(self, i: int) -> tuple[str, int]:
        """Return the unit at token i, also behind a hyphen, and the token after it."""
        start = i + (self.tokens[i].text == "-")
        if self.tokens[start].text.lower() in _unit_firsts(self.words):
            for num_tokens in (4, 3, 2, 1):
                written = phrase(self.tokens, start, num_tokens).replace(" - ", " ")
                if unit := self.words.units.get(written) or SYMBOL_UNITS.get(written):
                    if written in self.words.unit_nouns and self._is_a_noun_at(start + 1):
                        continue
                    return unit, start + num_tokens
        return "", i

    def _is_a_noun_at(self, i: int) -> bool:
        """Return whether a word follows that says what is counted: `200 cây xoài`, mango trees."""
        token = self.tokens[i]
        return token.kind == "word" and token.text not in self.words.after_unit_nouns

    def half_after_unit(self, end: int) -> int:
        """Return the token after `rưỡi` in `2 năm rưỡi`, or `and a half` in `a year and a half`.

        0 where there is none.
        """
        tokens, words = self.tokens, self.words
        may_follow = words.halves.union(words.and_a_half[:1])
        after = [token.text for token in tokens[end + 1 : end + 4]]
        if tokens[end].kind != "word" or may_follow.isdisjoint(after):
            return 0
        for num_tokens in (1, 2, 3):
            j = end + num_tokens
            is_unit = num_tokens == 1 or phrase(tokens, end, num_tokens) in words.units
            if is_unit and tokens[j].text in words.halves:
                return j + 1
            half = words.and_a_half
            if half and phrase(tokens, j, len(half)) == " ".join(half):
                return j + len(half) if phrase(tokens, end, num_tokens) in words.units else 0
        return 0

    def multiplier_of_part(self, end: int) -> tuple[int, int] | None:
        """Read the rest of `a quarter of a million`: the million, and the token after it."""
        j = end
        while self.tokens[j].text in self.words.part_of:
            j += 1
        factor = self.words.multipliers.get(self.tokens[j].text)
        return (factor, j + 1) if factor and j > end else None

    def is_beside_numeral(self, i: int) -> bool:
        """Return whether a numeral stands beside token i."""
        before, after, after2 = (self.tokens[j] for j in (i - 1, i + 1, i + 2))
        return "num" in (before.kind, after.kind) or (after.text, after2.kind) == (".", "num")


@remembered
def scanned(text: str, words: NumberWords) -> Scan:
    """Return a normalised text as all readers share it."""
    return Scan(text, words)


@lru_cache
def _unit_firsts(words: NumberWords) -> frozenset[str]:
    """Return the first word or sign of every unit."""
    return frozenset(name.split(" ")[0] for name in (*words.units, *SYMBOL_UNITS))
