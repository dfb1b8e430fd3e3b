"""The words of a source without capitals: what each sounds like, and which of them are names.

Names are found by lists (`NameRules.given_names`, `languages.lexicon.places`) and titles.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import lru_cache
from itertools import pairwise
from typing import NamedTuple

from seedsum.checks.endings import stems_of
from seedsum.checks.phrases import words_of
from seedsum.checks.remembering import remembered
from seedsum.checks.sounds import heard
from seedsum.languages import get
from seedsum.languages.known_names import known_names
from seedsum.languages.language import NameRules
from seedsum.languages.lexicon import places


class Mention(NamedTuple):
    """A name of the source: its words from `start` to before `end`."""

    start: int
    end: int
    is_person: bool


class Source(NamedTuple):
    """A text as names are looked for in it."""

    words: Sequence[str]
    heard: Sequence[frozenset[str]]  # what each word may be by its consonants
    all_heard: frozenset[str]
    mentions: Sequence[Mention]
    latin: frozenset[str]  # words in Latin letters, in small ones
    exonyms: frozenset[str]  # what English may call its words


@remembered
def read_source(source: str, *, language: str) -> Source:
    """Return the words and names of a text in NFC."""
    words = words_of(source)
    known = [source_word(word, language) for word in words]
    return Source(
        words,
        [word.heard for word in known],
        frozenset[str]().union(*[word.heard for word in known]),
        tuple(_mentions([word.kind for word in known])),
        frozenset([word.lower() for word in words if word.isascii()]),
        frozenset([name for word in known if word.exonyms for name in word.exonyms]),
    )


class SourceWord(NamedTuple):
    """What is known of one word."""

    heard: frozenset[str]
    kind: str
    exonyms: frozenset[str]


@lru_cache(maxsize=20_000)
def source_word(word: str, language: str) -> SourceWord:
    """Return what is known of a word."""
    return SourceWord(heard(word, language), _kind(word, language), _exonyms(word, language))


@remembered
def heard_together(source: str, *, language: str) -> frozenset[str]:
    """Return what words of a source sound like with the next, and after `^` how words begin."""
    exact = [
        [one for one in found if one[0] != "~"]
        for found in read_source(source, language=language).heard
    ]
    pairs = (one + other for first, second in pairwise(exact) for one in first for other in second)
    beginnings = (
        f"^{one[:size]}" for found in exact for one in found for size in range(3, len(one))
    )
    return frozenset({*pairs, *beginnings})


def _mentions(kinds: Sequence[str]) -> Iterator[Mention]:
    """Yield the names among words, of which it is known what each may be."""
    if not any(kinds):
        return
    start = 0
    while start < len(kinds):
        end = start
        while end < len(kinds) and kinds[end] in ("given", "family"):
            end += 1
        size = end - start
        is_titled = start > 0 and kinds[start - 1] == "title"
        if "given" in kinds[start:end] and (size > 1 or is_titled):
            yield Mention(start, end, is_person=True)
        elif kinds[start] == "place":
            yield Mention(start, start + 1, is_person=False)
        start = max(end, start + 1)


def _kind(word: str, language: str) -> str:
    """Return `title`, `given`, `family`, `place` or nothing."""
    rules = get(language).names or NameRules()
    if word in rules.titles:
        return "title"
    stems = stems_of(language)(word)
    for kind, names in (("given", rules.given_names), ("family", rules.surnames)):
        if not names.isdisjoint(stems):
            return kind
    is_place = not places_of(language).isdisjoint(stems)
    return "place" if is_place and not rules.not_names.intersection(stems) else ""


@lru_cache
def places_of(language: str) -> frozenset[str]:
    """Return the places that `known_names` does not compare."""
    rules = get(language).names or NameRules()
    forms = (row.forms.get(language) for row in known_names())
    known = {name for form in forms if form for name in (*form.must, *form.may)}
    return frozenset({*rules.places, *places()} - known)


def _exonyms(word: str, language: str) -> frozenset[str]:
    """Return what English calls a name otherwise than by its sound."""
    rules = get(language).names or NameRules()
    return frozenset(
        name for stem in stems_of(language)(word) for name in rules.exonyms.get(stem, "").split()
    )
