"""Words of the source's language that English rightly keeps: dishes, measures, explained ones."""

from __future__ import annotations

import re
from functools import lru_cache

from seedsum.languages import TARGET_LANGUAGE, Language, get
from seedsum.languages.common import any_of

#: Stands in the place of what is rightly not translated: no run of small letters goes on over it.
A_NAME = "A"
#: Before a measure: an article, a number, a word for each.
_BEFORE_MEASURES = ("a", "an", "each", "every", "per", "one", "half")
#: What a word is explained by, or explains, stands in brackets: `the đình (communal house)`.
_GLOSSED = re.compile(r"((?:[^\W\d_]+ ){0,2}[^\W\d_]+) \(([^()]{2,60})\)")


def without_kept_words(target: str, language: Language) -> str:
    """Return a translation with a name in place of the words that are rightly not translated."""
    if target.isascii():
        return target
    if pattern := _kept(language.tag):
        target = pattern.sub(A_NAME, target)
    return _GLOSSED.sub(_without_gloss, target)


def _without_gloss(match: re.Match[str]) -> str:
    word, gloss = match[1].split()[-1], match[2]
    if word.isascii() == gloss.isascii():
        return match[0]
    return f"{match[1]} ({A_NAME})" if word.isascii() else f"{A_NAME} ({gloss})"


@lru_cache
def _kept(tag: str) -> re.Pattern[str] | None:
    language, english = get(tag), get(TARGET_LANGUAGE).numbers
    phrases = [word.replace("_", " ") for word in language.loanwords if "_" in word]
    measures = [
        unit
        for unit in (language.numbers.units if language.numbers else ())
        if not unit.isascii() and " " not in unit
    ]
    numbers = (*_BEFORE_MEASURES, *(english.small if english else ()))
    if not phrases and not measures:
        return None
    amounts = rf"(?:{any_of(numbers)}|\d[\d.,]*) {any_of(measures)}"
    return re.compile(rf"(?<!\w)(?:{any_of(phrases)}|{amounts})(?!\w)")
