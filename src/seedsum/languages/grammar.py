"""What of a language's grammar no table can say; a language's file names the function.

A function that is a language's `special` is called like the language.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from fractions import Fraction
from functools import cache, lru_cache

from seedsum.languages.common import words as _words
from seedsum.languages.language import NumberWords, Words
from seedsum.languages.mentions import Quantity, Reading, Token, clock_readings, number_readings

# Numbers within words

#: A dot below is part of three letters only (ড় ঢ় য়); elsewhere it is a typing error.
_STRAY_NUKTA = re.compile("(?<![\u09a1\u09a2\u09af])\u09bc")


#: Most words come again soon: of 81,000 Bengali ones the latest 4,096 had 68%.
@lru_cache(maxsize=4096)
def parts_of(word: str, words: NumberWords) -> tuple[str, ...]:
    """Return a word without the ending that hides a number, `পাঁচশ` (five hundred) as two parts."""
    word = _STRAY_NUKTA.sub("", word.replace("\u200c", "").replace("\u200d", ""))
    known = _known_words(words)
    if word in known:
        return (word,)
    if word in words.endings:  # most are words too, and some a unit with an ending
        found = (cut for cut in _cuts(word, words) if cut[0] in words.units)
        return next(found, (word,))
    if parts := _hundreds(word, words):
        return parts
    for stem, ending in _cuts(word, words):
        if stem in known:  # ছয়দিনে: six, day and an ending
            return (stem, *parts_of(ending, words))
        if parts := _hundreds(stem, words):
            return (*parts, ending)
    if word[-1:] in words.particles and len(parts := parts_of(word[:-1], words)) > 1:
        return (*parts, word[-1])
    return (word,)


def _hundreds(stem: str, words: NumberWords) -> tuple[str, ...]:
    for hundred, value in words.multipliers.items():
        base = stem.removesuffix(hundred)
        if value == 100 and base != stem and base in words.small:
            return (base, hundred)
    return ()


def _cuts(word: str, words: NumberWords) -> Iterator[tuple[str, str]]:
    """Yield a word without each ending that it has, and the ending, the shortest ending first."""
    for length in range(1, min(_longest(words.endings) + 1, len(word))):
        if (ending := word[-length:]) in words.endings:
            yield word[:-length], ending


@cache
def _longest(endings: Words) -> int:
    return max(map(len, endings), default=0)


@cache
def _known_words(words: NumberWords) -> frozenset[str]:
    numbers = (words.small, words.multipliers, words.ordinals, words.before, words.implied)
    others = (words.months, words.weekdays, words.units, words.denominators, words.multiples)
    return frozenset[str]().union(*numbers, *others)


# Vietnamese

_WEEKDAYS = range(2, 8)
_LIST_MARKS = _words("- – , và đến")
_BEFORE_DATE = _words("ngày hôm sáng trưa chiều tối đêm mùng mồng")
#: Before `tháng` these make it a duration or a rate, and the number after it something else.
_BEFORE_DURATION = _words("mỗi hàng hằng một nhiều vài mấy các theo")
#: `3 tháng 5 ngày` is three months and five days; `3 tháng 5` is the third of May.
_AFTER_DURATION = _words("ngày tuần giờ lần")


def vietnamese(
    tokens: Sequence[Token], i: int, end: int, value: Fraction, words: NumberWords
) -> tuple[list[Quantity], int] | None:
    """Read `thứ ba`, `tháng 10`, `19 giờ 30`; None where the number is nothing of that sort."""
    before = tokens[i - 1].text if i else ""
    before2 = tokens[i - 2].text if i > 1 else ""
    after = tokens[end].text if end < len(tokens) else ""
    follows = tokens[end + 1] if end + 1 < len(tokens) else None
    is_month = value.denominator == 1 and 1 <= value <= 12
    whole = tokens[max(i - 1, 0) : end]  # with the word before
    if before == "thứ":
        readings = number_readings([value])
        if value in _WEEKDAYS:
            readings = (*readings, (("weekday", value - 1),))
        return [_mention(whole, readings)], end
    is_duration = before2 in _BEFORE_DURATION or (
        (before2.isdigit() or before2 in words.small) and after.lower() in _AFTER_DURATION
    )
    if before == "tháng" and is_month and not is_duration:
        readings = ((("month", value),),)
        is_lunar = any(token.text == "lịch" for token in tokens[end : end + 3])
        return [
            _mention(whole, (*readings, *number_readings([value])) if is_lunar else readings)
        ], end
    # A numeral is not `²`, nor thousands of digits.
    numeral = follows.text if follows and follows.kind == "num" else ""
    number = int(numeral) if numeral.isdigit() else 60
    dash = after in ("-", "–")
    if before in _BEFORE_DATE and dash and follows and 1 <= number <= 12 and value <= 31:
        month = Fraction(number)  # ngày 4-7
        dates = tuple((("number", value), (kind, month)) for kind in ("month", "number"))
        return [Quantity(f"{value}-{month}", tokens[i].start, follows.end, dates)], end + 2
    is_digits = tokens[i].kind == "num" and end == i + 1
    after_month = i > 2 and tokens[i - 3].text == "tháng"
    is_hour = after in ("giờ", "h")
    if (
        before in _LIST_MARKS and is_digits and value <= 12 and after_month and not is_hour
    ):  # tháng 7-8
        return [_mention(whole, (*number_readings([value]), (("month", value),)))], end
    if after == "tháng" and 1 <= number <= 12 and tokens[end + 2].text not in _AFTER_DURATION:
        return [_mention(tokens[i:end], number_readings([value]))], end  # the day of a date
    if is_hour and value.denominator == 1 and value <= 24:
        return _hours(tokens, i, end, value, number)
    if is_digits and (date := _dotted_date(tokens, i, before in _BEFORE_DOTTED_DATE)):
        return date
    if is_digits and after == "m" and (height := _metres(tokens, i)):
        return height
    return _with_decimals_after_unit(tokens, i, end, value, words)


_DECIMAL_UNITS = _words("m kg quintal tonne litre hectare hectogram second")


def _with_decimals_after_unit(
    tokens: Sequence[Token], i: int, end: int, value: Fraction, words: NumberWords
) -> tuple[list[Quantity], int] | None:
    """Read `3 ký 2`, `một mét sáu`, `1 mét bảy mươi lăm`: 3.2 kg, 1.6 m, 1.75 m."""
    unit = words.units.get(tokens[end].text, "")
    if unit not in _DECIMAL_UNITS or value.denominator != 1 or not 1 <= value < 100:
        return None
    if tokens[end + 1].start == tokens[end].end:  # m2
        return None
    digits, last = _digits(tokens, end + 1, words)
    after = tokens[last].text
    is_amount = after in words.units or after in words.multipliers or after in words.counters
    if not digits or is_amount or tokens[last].kind in ("num", "slash", "clock"):
        return None
    part = Fraction(int(digits))
    readings: list[Reading] = [*number_readings([value + part / 10 ** len(digits)])]
    readings.append((("number", value), ("number", part)))
    return [replace(_mention(tokens[i:last], tuple(readings)), unit=unit)], last


def _digits(tokens: Sequence[Token], i: int, words: NumberWords) -> tuple[str, int]:
    """Return up to three digits that begin at a token (`65`, `sáu lăm`, `sáu mươi`)."""
    if tokens[i].kind == "num":
        text = tokens[i].text
        return (text, i + 1) if text.isdigit() and len(text) <= 3 else ("", i)
    digits = ""
    while (value := words.small.get(tokens[i].text, 0)) in range(1, 10) and len(digits) < 2:
        digits, i = digits + str(value), i + 1
        if tokens[i].text in words.tens:
            i += 1
            if tokens[i].text not in words.small:
                digits += "0"
    return digits, i


def _metres(tokens: Sequence[Token], i: int) -> tuple[list[Quantity], int] | None:
    """Read `1m65`; but `65m2` is an area."""
    metres, unit, rest = tokens[i : i + 3]
    touches = metres.end == unit.start and unit.end == rest.start
    if not touches or not metres.text.isdigit() or not rest.text.isdigit() or rest.text in "23":
        return None
    value = int(metres.text) + Fraction(int(rest.text), 10 ** len(rest.text))
    return [replace(_mention(tokens[i : i + 3], number_readings([value])), unit="m")], i + 3


def _hours(
    tokens: Sequence[Token], i: int, end: int, value: Fraction, number: int
) -> tuple[list[Quantity], int]:
    """Read `7 giờ rưỡi`, `19 giờ 30`, `2 giờ 31 phút`, `8 giờ kém 15`: a time or a duration."""
    hour, minute, rest = int(value), 0, end + 1
    if tokens[rest].text == "rưỡi":
        minute, rest = 30, rest + 1
    elif tokens[rest].text == "kém" and tokens[rest + 1].text.isdigit():
        minute, rest = 60 - int(tokens[rest + 1].text[:2]), rest + 2
        hour = (hour - 1) % 24
    elif number < 60:
        minute, rest = number, rest + 1
    readings = clock_readings(f"{hour}:{max(minute, 0):02d}")
    if minute:
        parts = (("number", Fraction(hour)), ("number", Fraction(minute)))
        lasts = {token.text for token in tokens[max(i - 2, 0) : i]} & _BEFORE_LENGTH
        length = (*number_readings([hour + Fraction(minute, 60)]), parts)
        readings = length if lasts else (*readings, *length)
    return [replace(_mention(tokens[i:rest], readings), unit="hour")], rest


_BEFORE_LENGTH = _words("dài mất suốt hết tốn")
_DOTTED_DATE = re.compile(r"(\d{1,2})\.(\d{1,2})")
_BEFORE_DOTTED_DATE = _BEFORE_DATE | _words("nay qua mai")


def _dotted_date(
    tokens: Sequence[Token], i: int, is_after_day: bool
) -> tuple[list[Quantity], int] | None:
    """Read `ngày 8.10`, and `từ 1.7 đến 15.8` where neither is an amount of something."""
    match = _DOTTED_DATE.fullmatch(tokens[i].text)
    if not match:
        return None
    day, month = Fraction(match[1]), Fraction(match[2])
    if not (1 <= day <= 31 and 1 <= month <= 12):
        return None
    dates: tuple[Reading, ...] = ((("number", day), ("month", month)),)
    if not is_after_day:
        if tokens[i + 1].kind == "word" and tokens[i + 1].text not in _AFTER_DOTTED_DATE:
            return None
        plain = number_readings([day + month / 10 ** len(match[2])])
        dates = (*plain, *dates) if tokens[i - 1].text not in ("từ", "đến") else (*dates, *plain)
    return [_mention(tokens[i : i + 1], dates)], i + 1


_AFTER_DOTTED_DATE = _words("đến và tại ở khi là vừa này năm đã sẽ cho")


def _mention(tokens: Sequence[Token], readings: tuple[Reading, ...]) -> Quantity:
    text = " ".join(token.text for token in tokens)
    return Quantity(text, tokens[0].start, tokens[-1].end, readings)
