"""The mentions of quantities in a text.

A mention is a place that states a quantity. It has one or more readings (`08/10` is a date or two
numbers; `thứ ba` is Tuesday or third); a reading is one or more atoms, the normalised values.
Uncertain mentions (`một`, which is also an article; `năm`, which is five or year) count as evidence
but are never asked for.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from fractions import Fraction
from functools import lru_cache

from seedsum.checks.quantities.clock import half_of_day, spoken_time
from seedsum.checks.quantities.numbers import Number, parse_numeral
from seedsum.checks.quantities.single import READ, roman_numerals
from seedsum.checks.quantities.tokens import NOTHING, adjacent, normalise, tokenise
from seedsum.checks.remembering import remembered
from seedsum.languages import SYMBOL_UNITS, TARGET_LANGUAGE, get
from seedsum.languages.common import LETTERS
from seedsum.languages.common import words as _words
from seedsum.languages.language import NumberWords
from seedsum.languages.mentions import (
    Quantity,
    Reading,
    clock_readings,
    hour_readings,
    number_readings,
    phrase,
    time_of_day,
)

#: Of a language without a table: digits are compared, words are not.
_NO_WORDS = NumberWords()
#: Names of papers and channels keep them in other languages' texts (`The Sunday Times`).
_TARGET_WEEKDAYS = (get(TARGET_LANGUAGE).numbers or _NO_WORDS).weekdays

_WORD = re.compile(LETTERS)
_DIGIT = re.compile(r"\d")
_FOUR_DIGITS = re.compile(r"(?:[01]\d|2[0-3])[0-5]\d")
_HOUR_AND_MINUTES = re.compile(r"\d{1,2}\.\d{2}")
#: A minus sign before a numeral, not a dash between two or after a word.
_MINUS = re.compile(r"(?:^|[\s(:])-$")
#: Minutes of added time; more is a place on a road (`km 12+300`).
_MAX_ADDED_MINUTES = 15
#: `9 in 10` is a share, `2 in 2015` is none.
_MAX_OUT_OF = 100


class _Reader:
    """Reads the mentions of one text, from left to right."""

    def __init__(self, text: str, words: NumberWords) -> None:
        self._text, self._words = text, words
        self._tokens = tokenise(text, words)

    def mentions(self, first_words: frozenset[str]) -> Iterator[Quantity]:
        i, tokens = 0, self._tokens
        while tokens[i] is not NOTHING:
            token = tokens[i]
            if token.kind in ("word", "mark") and token.text not in first_words:
                i += 1
            elif token.kind in READ:
                yield from self._single(i)
                i += 1
            elif number := spoken_time(tokens, i, self._words) or self._number(i):
                mentions, i = number
                yield from mentions
            else:
                found = list(self._word(i))
                yield from found
                last = max((one.end for one in found if one.family != "hint"), default=0)
                i += 1
                while tokens[i].start < last:
                    i += 1

    def _single(self, i: int) -> Iterator[Quantity]:
        token = self._tokens[i]
        if not (readings := READ[token.kind](token.text, self._words)):
            return
        certain = token.kind not in ("skip", "code")
        mention = Quantity(token.text, token.start, token.end, readings, certain=certain)
        if token.kind == "clock":
            mention = self._with_half(mention, i, i + 1)
        elif token.kind == "slash" and len(readings[-1]) == 1:
            share = readings[-1][0][1]
            family = "fraction" if share < 1 else ""
            mention = replace(mention, unit=self._unit_after(i + 1, value=share), family=family)
        yield mention

    def _quantity(
        self,
        i: int,
        end: int,
        readings: Iterable[Reading],
        *,
        unit: str = "",
        certain: bool = True,
        family: str = "",
    ) -> Quantity:
        span = self._tokens[i].start, self._tokens[end - 1].end
        text_end = self._tokens[self._after_unit(end) - 1].end if unit else span[1]
        text, negative = self._text[span[0] : text_end], self._is_negative(i, end, unit)
        return Quantity(text, *span, tuple(readings), unit, certain, family, negative=negative)

    def _is_negative(self, i: int, end: int, unit: str) -> bool:
        before = self._tokens[i - 1]
        if before.text in self._words.negative:
            return True
        if unit in _DEGREES and self._words.below_zero:
            after = phrase(self._tokens, self._after_unit(end), 2)
            if after.startswith(self._words.below_zero):
                return True
        if unit not in _SIGNED:
            return False
        if before.text != "-" or before.end != self._tokens[i].start or not before.kind:
            return False
        is_after_number = self._tokens[i - 2].kind == "num" or self._tokens[i - 2].text == "%"
        return not is_after_number and bool(_MINUS.search(self._text[: before.end][-2:]))

    def _with_half(self, mention: Quantity, i: int, end: int) -> Quantity:
        """Return a time with the half of the day that it, or a word beside it, says."""
        kind, minutes = mention.readings[0][0]
        if kind != "time":
            return mention
        hour = (
            int(digits[0]) if (digits := re.findall(r"\d+", mention.text)) else int(minutes // 60)
        )
        return replace(mention, half=half_of_day(self._tokens, i, end, hour, self._words))

    # Numbers

    def _number(self, i: int) -> tuple[list[Quantity], int] | None:
        """Return what the number at token i is part of, and the token after; None if none is."""
        tokens, words, token = self._tokens, self._words, self._tokens[i]
        numerals: Sequence[Fraction | None] = (None,)
        if token.kind == "num":
            numerals = parse_numeral(token.text, decimal_comma=words.decimal_comma)
        numbers = [Number(tokens, words, i, numeral) for numeral in numerals]
        number, values = numbers[0], [number.value for number in numbers]
        end = number.end
        if end == i:
            return None
        for read in (
            self._mixed,
            self._fraction,
            self._year_in_pairs,
            self._hours_and_minutes,
            self._added,
        ):
            if found := read(i, number):
                return found
        if words.special and (found := words.special(tokens, i, end, number.value, words)):
            (mention, *others), end = found
            return [self._with_half(mention, i, end), *others], end
        if number.other is not None:
            values.append(number.other)
        if number.multiplier == 100 and token.kind == "num" and tokens[end - 1].start == token.end:
            values.append(number.value / 100)  # ১৬শ শতক: the sixteenth century
        return self._plain_number(i, number, values)

    def _plain_number(
        self, i: int, number: Number, values: list[Fraction]
    ) -> tuple[list[Quantity], int]:
        words, end, family = self._words, number.end, ""
        before = self._tokens[i - 1].text
        unit = self._unit_before(i) or self._unit_after(end, value=number.value)
        certain = number.certain and not self._is_in_a_word(i) and not self._is_a_name(i, end)
        certain = certain and not self._is_a_note(i, end)
        if number.is_word and self._is_counted(i, unit):
            certain = certain or number.value > _MAX_PRONOUN
            family = "count"
        half_end = self._half_after_unit(end)
        if half_end:
            values, certain = [value + Fraction(1, 2) for value in values], True
        readings = dict.fromkeys(self._readings(i, number, values))
        if half_end:
            readings = dict.fromkeys(number_readings(values))
            end = half_end
        elif before in words.times_before and number.value > 1:  # gấp ba
            shares = [100 * value for v in values for value in (v, v - 1)]
            readings |= dict.fromkeys(number_readings(shares))
            unit, family, certain = "times", "multiple", True
        elif before in words.quarters or self._tokens[end].text in words.quarters:
            three_months = (("number", Fraction(3)),)
            readings = {(("quarter", values[0]),): None} | readings | {three_months: None}
            family = "quarter"
        elif values[0] == Fraction(1, 2):
            readings |= dict.fromkeys(number_readings([Fraction(50)]))
            family = "fraction"
        elif number.is_round:
            family = "round"
        mention = self._quantity(i, end, readings, unit=unit, certain=certain, family=family)
        return [self._with_half(mention, i, number.end)], end

    def _is_counted(self, i: int, unit: str) -> bool:
        """Return whether a word that may be no number is one: it counts units or pieces."""
        word, words = self._tokens[i].text, self._words
        if word in words.not_a_unit or word in words.units:
            return False
        return bool(unit) or self._tokens[i + 1].text in words.counters

    def _half_after_unit(self, end: int) -> int:
        """Return the token after `rưỡi` in `2 năm rưỡi`, or `and a half` in `a year and a half`.

        0 where there is none.
        """
        tokens, words = self._tokens, self._words
        if tokens[end].kind != "word":
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

    def _mixed(self, i: int, number: Number) -> tuple[list[Quantity], int] | None:
        """Read `6 1/2`."""
        end, after = number.end, self._tokens[number.end]
        if after.kind != "slash" or not adjacent(self._tokens, end):
            return None
        part, whole = (int(text) for text in after.text.split("/"))
        if not number.from_digits or number.value.denominator != 1 or not 0 < part < whole <= 10:
            return None
        value = number.value + Fraction(part, whole)
        unit = self._unit_before(i) or self._unit_after(end + 1)
        return [self._quantity(i, end + 1, number_readings([value]), unit=unit)], end + 1

    def _fraction(self, i: int, number: Number) -> tuple[list[Quantity], int] | None:
        """Read `two-thirds`, `hai phần ba`, `তিন ভাগের এক ভাগ`, `nine in ten`."""
        tokens, words, end = self._tokens, self._words, number.end
        if number.value.denominator != 1:
            return None
        after, whole, part = tokens[end], Fraction(0), number.value
        j = end + (after.text == "-")
        if tokens[j].text in words.denominators and number.value < 100:
            whole, end, form = Fraction(words.denominators[tokens[j].text]), j + 1, "denominator"
        elif after.text in words.over or self._text[after.start : after.end] in words.whole_first:
            second = Number(tokens, words, self._after_word(end))
            if second.end == self._after_word(end) or second.multiplier > 1:
                return None
            whole, end, form = second.value, second.end, "over"
            if after.text not in words.over:
                part, whole = whole, part
                end += tokens[end].text != "" and self._raw(end) in words.part_of
        elif length := self._out_of(end):
            second = Number(tokens, words, end + length)
            if second.end == end + length or not number.value < second.value <= _MAX_OUT_OF:
                return None
            whole, end, form = second.value, second.end, "out of"
            if self._unit_after(end) or tokens[end].text in words.multipliers:
                return None
        if not 0 < part < whole:
            return None
        share = part / whole
        multiplier = self._multiplier_of_part(end)
        values = [share * multiplier[0], 100 * share] if multiplier else [share, 100 * share]
        end = multiplier[1] if multiplier else end
        readings: list[Reading] = [*number_readings(values)]
        readings.append((("number", part), ("number", whole)))
        certain = form != "out of" or number.from_digits
        unit = self._unit_after(end, value=share)
        mention = self._quantity(i, end, readings, unit=unit, certain=certain, family="fraction")
        return [mention], end

    def _raw(self, i: int) -> str:
        """Return the word that token i is part of, as written."""
        token = self._tokens[i]
        return self._text[token.start : token.end] if token.kind else ""

    def _after_word(self, i: int) -> int:
        """Return the first token after the word of token i: an ending is a token of its own."""
        start = self._tokens[i].start
        while self._tokens[i].start == start and self._tokens[i].kind:
            i += 1
        return i

    def _out_of(self, end: int) -> int:
        for length in (2, 1):
            if phrase(self._tokens, end, length) in self._words.out_of:
                return length
        return 0

    def _multiplier_of_part(self, end: int) -> tuple[int, int] | None:
        """Read the rest of `a quarter of a million`: the million, and the token after it."""
        j = end
        while self._tokens[j].text in self._words.part_of:
            j += 1
        factor = self._words.multipliers.get(self._tokens[j].text)
        return (factor, j + 1) if factor and j > end else None

    def _year_in_pairs(self, i: int, number: Number) -> tuple[list[Quantity], int] | None:
        """Read `nineteen eighty-four`."""
        tokens, words, end, value = self._tokens, self._words, number.end, number.value
        if not words.pairs_are_years or number.from_digits or not 13 <= value <= 99:
            return None
        after = Number(tokens, words, end)
        is_small = tokens[end].text in words.small and adjacent(tokens, end)
        if not is_small or not 10 <= after.value <= 99:
            return None
        pair = (("number", value), ("number", after.value))
        readings = (*number_readings([value * 100 + after.value]), pair)
        return [self._quantity(i, after.end, readings)], after.end

    def _hours_and_minutes(self, i: int, number: Number) -> tuple[list[Quantity], int] | None:
        """Read `৭টা ৩০ মিনিট`."""
        words, end, value = self._words, number.end, number.value
        hours, minutes, unit = self._tokens[end : end + 3]
        if hours.text.lower() not in words.hours or minutes.kind != "num" or value > 24:
            return None
        minute = int(re.sub(r"\D", "", minutes.text))
        if minute >= 60 or not unit.text.lower().startswith(words.minute):
            return None
        readings = clock_readings(f"{int(value)}:{minute:02d}")
        return [self._with_half(self._quantity(i, end + 2, readings), i, end + 2)], end + 3

    def _added(self, i: int, number: Number) -> tuple[list[Quantity], int] | None:
        """Read `90+3` (the third minute of added time), or `km 12+300`."""
        plus, added = self._tokens[number.end : number.end + 2]
        if plus.text != "+" or added.kind != "num" or not added.text.isdigit():
            return None
        if not number.from_digits or plus.start != self._tokens[number.end - 1].end:
            return None
        if added.start != plus.end:
            return None
        value = Fraction(int(added.text))
        readings: list[Reading] = [(("number", number.value), ("number", value))]
        if value <= _MAX_ADDED_MINUTES:
            readings += number_readings([value, number.value + value])
        end = number.end + 2
        return [self._quantity(i, end, readings)], end

    def _is_in_a_word(self, i: int) -> bool:
        """VND66 is a number, km2 is none."""
        token, before = self._tokens[i], self._tokens[i - 1]
        if before.end != token.start or not (before.text.isascii() and before.text.isalpha()):
            return False
        name = before.text.lower()
        if name in self._words.quarters or name in SYMBOL_UNITS:
            return name in ("km", "m", "cm") and token.text in ("2", "3")
        return True

    def _is_a_name(self, i: int, end: int) -> bool:
        """`Ông Sáu` is nobody's number."""
        token, before = self._tokens[i], self._tokens[i - 1]
        is_word = token.kind == "word" and end == i + 1
        return is_word and before.text in self._words.titles and self._text[token.start].isupper()

    def _is_a_note(self, i: int, end: int) -> bool:
        """`Coercing(7)` and `states[3]` point to a note."""
        tokens = self._tokens
        bracket, after = tokens[i - 1], tokens[end]
        if bracket.text + after.text not in ("()", "[]"):
            return False
        before = self._text[bracket.start - 1 : bracket.start]
        return bracket.end == tokens[i].start and before not in ("", " ")

    def _readings(self, i: int, number: Number, values: Sequence[Fraction]) -> Sequence[Reading]:
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
        is_decade = after in words.decade_after and value >= 10 and value % 10 == 0
        if before in words.decade_before or is_decade:
            readings += _decade(value)
        if "-" in (after, before) or after == "–" or after in words.ranges:
            readings += self._range_start(end, value)
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

    def _range_start(self, end: int, value: Fraction) -> tuple[Reading, ...]:
        """In `5 to 6 million` the five is five million."""
        following = self._tokens[end + 1]
        if following.kind != "num" and following.text not in self._words.small:
            return ()
        multiplier = Number(self._tokens, self._words, end + 1).multiplier
        return number_readings([value * multiplier]) if multiplier > 1 else ()

    # Units

    def _unit_before(self, i: int) -> str:
        if not adjacent(self._tokens, i) or self._tokens[i - 2].kind == "num":  # 90 USD một thùng
            return ""
        before = self._tokens[i - 1].text.lower()
        if before == ".":
            before = self._tokens[i - 2].text.lower()
        if before == "%":
            return ""
        unit = SYMBOL_UNITS.get(before, "")
        touches = self._tokens[i - 2].end == self._tokens[i - 1].start
        if unit == "dollar" and touches and self._raw(i - 2).isupper():  # US$, but not `a $5 note`
            unit = SYMBOL_UNITS.get(phrase(self._tokens, i - 2, 2), unit)
        return unit if unit in _BEFORE_NUMBERS else ""

    def _unit_after(self, i: int, *, value: Fraction | None = None) -> str:
        units, tokens, firsts = self._words.units, self._tokens, _unit_firsts(self._words)
        # A currency may depend on the spelling of the multiplier before it.
        if tokens[i - 1].text in firsts and (unit := units.get(phrase(tokens, i - 1, 2))):
            return unit
        if value is not None and value < 1:  # half a year, a quarter of a century
            while tokens[i].text in self._words.part_of:
                i += 1
        if tokens[i].text == "-":
            i += 1
        if tokens[i].text.lower() not in firsts:
            return ""
        for num_tokens in (4, 3, 2, 1):
            written = phrase(tokens, i, num_tokens).replace(" - ", " ")
            if unit := units.get(written) or SYMBOL_UNITS.get(written):
                is_factor = num_tokens == 1 and written in self._words.attached
                return self._unit_after(i + 1) or unit if is_factor else unit
        return ""

    def _after_unit(self, i: int) -> int:
        """Return the first token after the unit at token i."""
        if self._tokens[i].text == "-":
            i += 1
        for num_tokens in (4, 3, 2, 1):
            written = phrase(self._tokens, i, num_tokens).replace(" - ", " ")
            if written in self._words.units or written in SYMBOL_UNITS:
                return i + num_tokens
        return i

    # Words

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
        if word in words.short_weekdays and self._is_before_weekday(i):
            yield mention("weekday", words.short_weekdays[word], certain=False)
        if word in words.round_numbers:
            yield self._round(i)
        for name in (word, phrase(tokens, i, 2)):
            if name in words.weekdays:
                certain = name not in words.ambiguous
                yield mention("weekday", words.weekdays[name], certain=certain, text=name)
        if word in _TARGET_WEEKDAYS and word not in words.weekdays:
            yield mention("weekday", _TARGET_WEEKDAYS[word], certain=False)
        if word in words.ordinals:
            yield self._ordinal(i)
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
            if values := words.implied.get(name):
                yield from self._implied(i, i + num_tokens, values)

    def _is_before_weekday(self, i: int) -> bool:
        names = (*self._words.weekdays, *self._words.short_weekdays)
        return any(token.text in names for token in self._tokens[i + 1 : i + 4])

    def _round(self, i: int) -> Quantity:
        """Read `hundreds`, `tens of thousands`."""
        tokens, words, end = self._tokens, self._words, i + 1
        value = words.round_numbers[tokens[i].text]
        before, joiner = tokens[i - 2 : i] if i > 1 else (NOTHING, NOTHING)
        if joiner.text == words.round_of and before.text in words.round_numbers:
            value *= words.round_numbers[before.text]
        elif tokens[end].text == words.round_of:
            factors = {**words.multipliers, **words.round_numbers}
            if factor := factors.get(tokens[end + 1].text):
                value, end = value * factor, end + 2
        readings = number_readings([Fraction(value)])
        return self._quantity(i, end, readings, certain=False, family="round")

    def _ordinal(self, i: int) -> Quantity:
        words, word, after = self._words, self._tokens[i].text, self._tokens[i + 1].text
        value = Fraction(words.ordinals[word])
        certain = word not in words.ambiguous and value > 3
        readings, family = list(number_readings([value])), "" if certain else "ordinal"
        if after in words.quarters:
            three_months = (("number", Fraction(3)),)
            readings, family = [(("quarter", value),), *readings, three_months], "quarter"
        elif after in words.lunar_months:
            readings.append((("month", value),))
        return self._quantity(i, i + 1, readings, certain=certain, family=family)

    def _implied(self, i: int, end: int, values: tuple[Fraction, ...]) -> Iterator[Quantity]:
        """Read a word that may imply a number."""
        if values == _ONE and end == i + 1 and (one := self._article(i)):
            yield one
            return
        readings = number_readings(values)
        yield self._quantity(i, end, readings, certain=False, family="hint")
        if unit := self._words.units.get(self._tokens[i].text, ""):  # the past decade
            one_of_it = number_readings(_ONE)
            yield self._quantity(i, end, one_of_it, unit=unit, certain=False, family="hint")

    def _article(self, i: int) -> Quantity | None:
        """Read `an hour`, `a year and a half`, `a third of them`; None for another article."""
        words, tokens, end = self._words, self._tokens, i + 1
        if whole := words.denominators.get(self._tokens[end].text):
            share, after = Fraction(1, whole), tokens[end + 1]
            multiplier = self._multiplier_of_part(end + 1)
            unit = self._unit_after(end + 1, value=share)
            unit = "" if unit == "times" else unit  # for a third time
            ends = after.kind != "word" and after.text != "-"  # but a ninth-grader
            is_part = ends or after.text in words.part_of
            family = "fraction" if unit or multiplier or is_part else "hint"
            factor = multiplier[0] if multiplier else 1
            values = [
                share * factor,
                100 * share,
                Fraction(words.ordinals.get(tokens[end].text, 0)),
            ]
            readings = number_readings(filter(None, values))
            return self._quantity(i, end + 1, readings, unit=unit, certain=False, family=family)
        if not (unit := self._unit_after(end)):
            return None
        if half_end := self._half_after_unit(end):
            return self._quantity(i, half_end, number_readings([Fraction(3, 2)]), unit=unit)
        return self._quantity(
            i, end, number_readings(_ONE), unit=unit, certain=False, family="hint"
        )

    def _is_beside_numeral(self, i: int) -> bool:
        before, after, after2 = (self._tokens[j] for j in (i - 1, i + 1, i + 2))
        return "num" in (before.kind, after.kind) or (after.text, after2.kind) == (".", "num")


_ONE = (Fraction(1),)
#: `দুজন`, the two of them, is often just `they`.
_MAX_PRONOUN = 2
#: What is often negative: before anything else a minus sign may be a dash.
_DEGREES = ("celsius", "fahrenheit", "degree", "angle|celsius")
_SIGNED = (*_DEGREES, "percent")
#: Of the units that are written alike everywhere, those that stand before a number.
_BEFORE_NUMBERS = _words(
    "dollar us_dollar australian_dollar canadian_dollar singapore_dollar hong_kong_dollar euro "
    "pound dong taka rupee yen yuan won baht km"
)


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
    found = [*roman_numerals(text, words)]
    may_mention = words.endings or _DIGIT.search(text)  # an ending may hide a number
    # A third of English sentences have neither a digit nor such a word.
    if may_mention or not first_words.isdisjoint(_WORD.findall(text.lower())):
        found += _Reader(text, words).mentions(first_words)
        found = _without_idioms(found, text.lower(), words)
    return tuple(found)


@lru_cache
def _first_words(words: NumberWords) -> frozenset[str]:
    """Return every word that a mention may start with: few words of a text are one of them."""
    tables = (words.small, words.multipliers, words.before, words.ordinals, words.months,
              words.short_weekdays, words.round_numbers)  # fmt: skip
    phrases = (*words.weekdays, *words.implied, *words.multiples)
    firsts = {name.split(" ")[0] for name in phrases} | {words.quarter}
    return frozenset[str]().union(*tables, _TARGET_WEEKDAYS, words.noon, words.zeros, firsts)


@lru_cache
def _unit_firsts(words: NumberWords) -> frozenset[str]:
    """Return the first word or sign of every unit."""
    return frozenset(name.split(" ")[0] for name in (*words.units, *SYMBOL_UNITS))


@lru_cache
def _longest_phrases(words: NumberWords) -> dict[str, int]:
    """Return how many words the longest phrase has that implies a number, by its first word."""
    found: dict[str, int] = {}
    for name in (*words.implied, *words.multiples):
        parts = name.split(" ")
        found[parts[0]] = max(found.get(parts[0], 0), len(parts))
    return found


@lru_cache
def _any_of(phrases: tuple[str, ...]) -> re.Pattern[str]:
    return re.compile(rf"(?<!\w)(?:{'|'.join(map(re.escape, phrases))})")


def _without_idioms(found: list[Quantity], text: str, words: NumberWords) -> list[Quantity]:
    """Return mentions with those uncertain that stand in an idiom."""
    if not words.idioms or not any(mention.certain for mention in found):
        return found
    spans = [match.span() for match in _any_of(words.idioms).finditer(text)]
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
    for match in _any_of(tuple(words.named_days)).finditer(text.lower()):
        day, month = map(Fraction, words.named_days[match.group()].split("/"))
        atoms = (("number", day), ("month", month))
        readings: tuple[Reading, ...] = (atoms, (("number", day), ("number", month)))
        yield Quantity(match.group(), *match.span(), readings, certain=False, family="hint")
