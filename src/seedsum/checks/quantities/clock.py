"""Times of day: as they are said (`half past nine`), and the half of the day that they are in."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

from seedsum.checks.quantities.numbers import Number
from seedsum.languages.language import NumberWords
from seedsum.languages.mentions import Quantity, Token, phrase, time_of_day

#: How far from a time the word is that says which half of the day it is in (`on Sunday evening`).
_MAX_TOKENS_BESIDE = 3


def half_of_day(tokens: Sequence[Token], i: int, end: int, hour: int, words: NumberWords) -> str:
    """Return `am` or `pm` for the time from token i to `end`; empty where nothing says it."""
    if 13 <= hour <= 23:
        return "pm"
    written = phrase(tokens, end, 4).replace(" ", "")
    for name, half in words.half_of_day.items():
        if written.startswith(name) and name.replace(".", "") in ("am", "pm"):
            return half
    nearest = _half(tokens[i - 1].text, hour, words)
    return (
        nearest
        or _first(tokens[end : end + _MAX_TOKENS_BESIDE], hour, words)
        or _first(tokens[max(i - _MAX_TOKENS_BESIDE, 0) : i][::-1], hour, words)
        or ("am" if hour in (0, 24) else "")
    )


def _first(tokens: Sequence[Token], hour: int, words: NumberWords) -> str:
    """Return what the first word says that says it, up to a number, a mark or a range."""
    for token in tokens:
        if token.kind != "word" or token.text in words.ranges or token.text in words.small:
            return ""
        if half := _half(token.text, hour, words):
            return half
    return ""


def _half(word: str, hour: int, words: NumberWords) -> str:
    half = words.half_of_day.get(word, "")
    if half == "noon":
        return "am" if 6 <= hour <= 11 else "pm"
    if half == "night":
        return "pm" if 6 <= hour <= 11 or hour > 12 else "am"
    return half


def spoken_time(
    tokens: Sequence[Token], i: int, words: NumberWords
) -> tuple[list[Quantity], int] | None:
    """Read `half past nine`, `a quarter to eight`, `twenty minutes to five`; None for no time."""
    if words.past.isdisjoint([token.text for token in tokens[i + 1 : i + 5]]):
        return None
    number = Number(tokens, words, i)
    minutes, end = number.value, number.end
    if tokens[i].text == words.quarter:
        minutes, end = Fraction(15), i + 1
    elif minutes == Fraction(1, 2):
        minutes = Fraction(30)
    if end == i or minutes.denominator != 1 or not 1 <= minutes <= 59:
        return None
    if words.minute and tokens[end].text.startswith(words.minute):
        end += 1
    if tokens[end].text not in words.past:
        return None
    to = tokens[end].text in words.before_hour
    # `Five to ten` is a time or a range.
    if to and tokens[i].text != words.quarter and tokens[end - 1].text == tokens[i].text:
        return None
    hour_token = tokens[end + 1]
    if hour_token.text in words.noon:
        hour, last = 12, end + 2
    else:
        number = Number(tokens, words, end + 1)
        if number.value.denominator != 1 or not 1 <= number.value <= 12:
            return None
        if number.end == end + 1:
            return None
        hour, last = int(number.value), number.end
    time = time_of_day(hour - 1 if to else hour, int(60 - minutes if to else minutes))
    text = " ".join(token.text for token in tokens[i:last])
    half = half_of_day(tokens, i, last, hour, words)
    half = half or words.half_of_day.get(hour_token.text, "")
    return [Quantity(text, tokens[i].start, tokens[last - 1].end, ((time,),), half=half)], last
