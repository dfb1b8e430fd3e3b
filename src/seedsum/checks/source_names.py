"""The words of a source without capitals: what each sounds like, and which of them are names.

Names are found by lists (`NameRules.given_names`, `languages.lexicon.places`) and titles.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cached_property, lru_cache
from itertools import pairwise
from typing import NamedTuple

from seedsum.checks.endings import stems_of
from seedsum.checks.phrases import words_of
from seedsum.checks.remembering import remembered
from seedsum.checks.sounds import heard
from seedsum.languages import name_rules
from seedsum.languages.known_names import known_names
from seedsum.languages.lexicon import places


class Mention(NamedTuple):
    """A name of the source: its words from `start` to before `end`."""

    start: int
    end: int
    is_person: bool


class Source:
    """A text as names are looked for in it; what few texts need is made when it is asked for."""

    def __init__(self, words: Sequence[str], language: str) -> None:
        self.words, self._language = words, language
        self.mentions = tuple(_mentions([kind_of(word, language) for word in words]))

    @cached_property
    def heard(self) -> Sequence[frozenset[str]]:
        """What each word may be by its consonants."""
        return [heard(word, self._language) for word in self.words]

    @cached_property
    def all_heard(self) -> frozenset[str]:
        """The same of all words together."""
        return frozenset[str]().union(*self.heard)

    @cached_property
    def heard_together(self) -> frozenset[str]:
        """What words sound like with the next, and after `^` how words begin."""
        exact = [[one for one in found if one[0] != "~"] for found in self.heard]
        pairs = (a + b for first, second in pairwise(exact) for a in first for b in second)
        beginnings = (
            f"^{one[:size]}" for found in exact for one in found for size in range(3, len(one))
        )
        return frozenset({*pairs, *beginnings})

    @cached_property
    def latin(self) -> frozenset[str]:
        """The words in Latin letters, in small ones."""
        return frozenset([word.lower() for word in self.words if word.isascii()])

    @cached_property
    def exonyms(self) -> frozenset[str]:
        """What English may call the words."""
        return frozenset[str]().union(*(exonyms_of(word, self._language) for word in self.words))


@remembered
def read_source(source: str, *, language: str) -> Source:
    """Return the words and names of a text in NFC."""
    return Source(words_of(source), language)


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


@lru_cache(maxsize=20_000)
def kind_of(word: str, language: str) -> str:
    """Return `title`, `given`, `family`, `place` or nothing."""
    rules = name_rules(language)
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
    rules = name_rules(language)
    forms = (row.forms.get(language) for row in known_names())
    known = {name for form in forms if form for name in (*form.must, *form.may)}
    return frozenset({*rules.places, *places()} - known)


@lru_cache(maxsize=20_000)
def exonyms_of(word: str, language: str) -> frozenset[str]:
    """Return what English calls a name otherwise than by its sound."""
    rules = name_rules(language)
    return frozenset(
        name for stem in stems_of(language)(word) for name in rules.exonyms.get(stem, "").split()
    )
