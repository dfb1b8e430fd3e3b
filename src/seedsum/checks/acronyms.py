"""Acronyms that another script spells by the names of their letters: `বিএনপি` is BNP."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from typing import NamedTuple

from seedsum.checks.differences import Differences
from seedsum.checks.endings import stems_of
from seedsum.checks.phrases import words_of
from seedsum.checks.remembering import remembered
from seedsum.checks.sounds import sound_alike
from seedsum.languages import TARGET_LANGUAGE, get, name_rules
from seedsum.languages.common import any_of
from seedsum.languages.known_names import known_names

_BRACKETS = re.compile(r"\([^()]*\)")
_LATIN = re.compile(r"[A-Za-z]+")
#: An acronym in English, also with its points (`U.S.`), without a plural's `s`.
_ACRONYM = re.compile(r"(?<![A-Za-z0-9])(?:[A-Z]{2,}|(?:[A-Z]\.){2,})(?=s?(?![A-Za-z0-9]))")
#: An acronym of fewer letters may be another word (`সিটি` is city, and CT).
_MIN_LETTERS = 3


def compare_acronyms(source: str, target: str, *, language: str) -> Differences:
    """Return how acronyms differ; nothing for a language without `NameRules.letters`."""
    rules = get(language).names
    if rules is None or not rules.letters:
        return Differences()
    wanted = list(_spelt(source, language=language))
    if not wanted:
        return Differences()
    found = {match.replace(".", "") for match in _ACRONYM.findall(target)}
    known, words = _known(language), _LATIN.findall(target.replace(".", ""))
    upper = [word.upper() for word in words]
    missing = [
        f"{spelt} ({min(letters)})"
        for spelt, letters in wanted
        if letters.isdisjoint(known)
        if not any(_is_said(one, upper) for one in letters)
        if not any(
            word[0].isupper() and sound_alike(word, spelt, language=language) for word in words
        )
    ]
    here = frozenset({word.upper() for word in _LATIN.findall(source)}).union(
        *(letters for _, letters in wanted)
    )
    added = sorted(found - here - known) if missing else []
    return Differences(tuple(missing), tuple(added))


@remembered
def _spelt(source: str, *, language: str) -> tuple[tuple[str, frozenset[str]], ...]:
    """Return the words that spell an acronym, each with what it may be.

    In brackets it says again what stands before them.
    """
    words = words_of(_BRACKETS.sub(" ", source) if "(" in source else source)
    found = ((word, _letters(word, language)) for word in words)
    return tuple((word, letters) for word, letters in found if letters)


@lru_cache(maxsize=20_000)
def _letters(word: str, language: str) -> frozenset[str]:
    """Return the acronyms that a word, without each of its endings, may spell."""
    rules = name_rules(language)
    names = _names_of_letters(language)
    if not names.several.match(word):
        return frozenset()
    stems = stems_of(language)(word)
    if not rules.not_names.isdisjoint(stems):
        return frozenset()
    spelt = (one for stem in stems for one in _divided(stem, names))
    return frozenset(one for one in spelt if len(one) >= _MIN_LETTERS)


class _Letters(NamedTuple):
    by_name: Mapping[str, str]
    several: re.Pattern[str]  # the beginning of a word that may spell an acronym


@lru_cache
def _names_of_letters(language: str) -> _Letters:
    rules = name_rules(language)
    by_name = {name: letter.upper() for letter, names in rules.letters.items() for name in names}
    fewest = math.ceil(_MIN_LETTERS / max(map(len, by_name.values()), default=1))
    return _Letters(by_name, re.compile(f"{any_of(by_name)}{{{fewest}}}"))


def _divided(word: str, names: _Letters) -> Iterator[str]:
    """Yield the letters whose names one after another make a word."""
    if not word:
        yield ""
    for name, letter in names.by_name.items():
        if word.startswith(name):
            yield from (letter + more for more in _divided(word[len(name) :], names))


@lru_cache
def _known(language: str) -> frozenset[str]:
    """Return the acronyms that `known_names` compares."""
    rows = (row for row in known_names() if row.forms.get(language))
    forms = (form for row in rows for form in (*row.english.must, *row.english.may))
    return frozenset(form for form in forms if form.isupper() and form.isalpha())


def _is_said(acronym: str, upper: Sequence[str]) -> bool:
    """Return whether a word begins with it (`HTML5`), or words in a row with its letters."""
    if any(word.startswith(acronym) for word in upper):
        return True
    small = name_rules(TARGET_LANGUAGE).not_names
    long = "".join(word[0] for word in upper if word.lower() not in small)
    return acronym in "".join(word[0] for word in upper) or acronym in long
