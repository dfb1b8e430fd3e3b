"""What of a language's grammar no table can say; a language's file names the function.

A function that is a language's `special` is called like the language.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
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
    if word in words.endings or word in known:
        return (word,)
    if parts := _hundreds(word, words):
        return parts
    for ending in _by_length(words.endings):
        stem = word.removesuffix(ending)
        if stem == word:
            continue
        if stem in known:
            return (stem, ending)
        if parts := _hundreds(stem, words):
            return (*parts, ending)
    return (word,)


def _hundreds(stem: str, words: NumberWords) -> tuple[str, ...]:
    for hundred, value in words.multipliers.items():
        base = stem.removesuffix(hundred)
        if value == 100 and base != stem and base in words.small:
            return (base, hundred)
    return ()


@cache
def _by_length(endings: Words) -> tuple[str, ...]:
    return tuple(sorted(endings, key=len))


@cache
def _known_words(words: NumberWords) -> frozenset[str]:
    numbers = (words.small, words.multipliers, words.ordinals, words.before, words.implied)
    return frozenset[str]().union(*numbers, words.months, words.weekdays, words.units)


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
        return [_mention(whole, ((("month", value),),))], end
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
    if before in _LIST_MARKS and is_digits and value <= 12 and after_month:  # tháng 7-8
        return [_mention(whole, (*number_readings([value]), (("month", value),)))], end
    if after in ("giờ", "h") and value.denominator == 1 and value <= 24:
        minute, rest = 0, end + 1
        if follows and follows.text == "rưỡi":
            minute, rest = 30, rest + 1
        elif number < 60:
            minute, rest = number, rest + 1
        return [_mention(tokens[i:rest], clock_readings(f"{int(value)}:{minute:02d}"))], rest
    return None


def _mention(tokens: Sequence[Token], readings: tuple[Reading, ...]) -> Quantity:
    text = " ".join(token.text for token in tokens)
    return Quantity(text, tokens[0].start, tokens[-1].end, readings)
