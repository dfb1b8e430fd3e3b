"""Repetition: a translation that says again what its source says once."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from operator import eq

from seedsum.checks.check import Pair
from seedsum.checks.words import lower_words
from seedsum.languages import TARGET_LANGUAGE, get
from seedsum.languages.language import CueWords, TargetCues
from seedsum.records import Flag
from seedsum.settings import CheckOptions

_TARGET = get(TARGET_LANGUAGE)

#: Six times at least; most places of a text have not six characters before the next space.
_STUTTER = re.compile(r"(?=\S{6})(\S{1,12}?)\1{5,}")
#: A word that follows itself, and one with a letter three times (`wildlifesss`): 10 and 2 of 41,000
#: human translations, 22 and 18 of 1,975 segments of the starter models.
_TWICE = re.compile(r"\b([a-z]{4,}) \1\b")
_TREBLE = re.compile(r"(?<![\w.@/-])(?=[A-Za-z]{5})[A-Za-z]*?([a-z])\1\1[a-z]*(?![\w@/-]|\.[\w.])")
#: Many languages double words (`ধীরে ধীরে`, slowly), which may then be doubled in English.
_MAY_DOUBLE = (_TARGET.as_target or TargetCues()).may_double
_DOUBLED = re.compile(r"(?<!\S)(\S{2,})[ -]\1(?!\w)")
#: Four words twice with one of these between: none of 41,000 human translations.
_JOINERS = (_TARGET.cues or CueWords()).list_joiners
_MIN_JOINED, _MAX_JOINED = 4, 12
_MAX_STYLE_WORDS = 3
#: A letter that a writer draws out (`Nooo`).
_DRAWN_OUT = re.compile(r"([^\W\d_])\1{3}")


def check_repetition(pair: Pair) -> Iterator[Flag]:
    """Flag a translation that says something again and its source does not."""
    if detail := next(_repetitions(pair.source, pair.translation, pair.options), None):
        yield Flag("repetition", detail)


def _repetitions(source: str, target: str, options: CheckOptions) -> Iterator[str]:
    here, distance = lower_words(target), options.min_distant_tokens
    repeated = _repeated_in_a_row(here, options)
    if (
        repeated
        and not _is_style(repeated, target)
        and not _repeated_in_a_row(lower_words(source), options)
    ):
        yield f"{' '.join(repeated)!r} again and again"
    repeated = _repeated_and(here)
    if repeated and not _repeated_and(lower_words(source)):
        yield f"{' '.join(repeated)!r} twice"
    repeated = _repeated_anywhere(here, distance)
    if repeated and not _repeated_anywhere(lower_words(source), distance - 2):
        yield f"{' '.join(repeated)!r} twice"
    twice = next((m for m in _TWICE.finditer(target) if m[1] not in _MAY_DOUBLE), None)
    if twice and not _DOUBLED.search(source):
        yield repr(twice.group())
    treble = _TREBLE.search(target)
    if treble and treble.group() not in source and not _cries(source, options):
        yield repr(treble.group())
    stutter = _STUTTER.search(target)
    if (
        stutter
        and any(map(str.isalpha, stutter.group()))
        and stutter.group() not in source
        and not (len(stutter[1]) == 1 and _cries(source, options))
    ):
        yield repr(stutter.group()[:40])


def _is_style(phrase: Sequence[str], target: str) -> bool:
    """Return whether writers say a short phrase twice on purpose, and no more than that.

    A break between, as in `so happy, so happy`; `and`, as in `walked and walked and`; and what
    comes of `what will be will be`.
    """
    if len(phrase) > _MAX_STYLE_WORDS:
        return False
    words = [re.escape(word) for word in phrase]
    once = r"\s+".join(words)
    text = target.lower()
    if re.search(rf"\b{once}(?:[^\w]+{once}){{2}}\b", text):
        return False
    broken = re.search(rf"\b{once}\s*[,;:–—-]+\s*{once}\b", text)
    said_of = re.search(rf"\b(?:what|who|whoever|whatever)\s+(?:\w+\s+)?{once}\s+{once}\b", text)
    return bool(broken or said_of or not _JOINERS.isdisjoint(phrase))


def _cries(source: str, options: CheckOptions) -> bool:
    """Return whether a source draws a letter out or says a word again and again."""
    return bool(_DRAWN_OUT.search(source) or _repeated_in_a_row(lower_words(source), options))


def _repeated_in_a_row(tokens: Sequence[str], options: CheckOptions) -> tuple[str, ...]:
    """Return the first phrase that follows itself, or nothing."""
    num_tokens = len(tokens)
    num_again = num_tokens - len(set(tokens))  # no repeated phrase has more
    for size in range(1, min(num_tokens // 2, num_again) + 1):
        if not any(map(eq, tokens, tokens[size:])):
            continue
        times = options.min_repeated_words if size < options.min_repeated_tokens else 2
        wanted = size * (times - 1)  # tokens in a row that also stand `size` before
        for place in range(size, num_tokens, size):  # any such row has one of these places in it
            start = end = place
            while start > size and tokens[start] == tokens[start - size]:
                start -= 1
            start += tokens[start] != tokens[start - size]
            while end < num_tokens and end < start + wanted and tokens[end] == tokens[end - size]:
                end += 1
            if end == start + wanted:
                return tuple(tokens[end - size : end])
    return ()


def _repeated_and(tokens: Sequence[str]) -> tuple[str, ...]:
    """Return the first phrase of some words that follows itself after `and`, or nothing."""
    for joiner in [i for i, token in enumerate(tokens) if token in _JOINERS]:
        for size in range(_MIN_JOINED, min(joiner, len(tokens) - joiner - 1, _MAX_JOINED) + 1):
            if tokens[joiner - size : joiner] == tokens[joiner + 1 : joiner + 1 + size]:
                return tuple(tokens[joiner - size : joiner])
    return ()


def _repeated_anywhere(tokens: Sequence[str], size: int) -> tuple[str, ...]:
    if len(tokens) - len(set(tokens)) < size:
        return ()
    seen: set[tuple[str, ...]] = set()
    for phrase in zip(*(tokens[start:] for start in range(size)), strict=False):
        if phrase in seen:
            return phrase
        seen.add(phrase)
    return ()
