"""Phrases found in a text, the longest first, their last words with any ending."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import lru_cache

from seedsum.checks.endings import stems_of
from seedsum.checks.remembering import remembered
from seedsum.languages import get
from seedsum.languages.common import LETTERS

WORD = re.compile(LETTERS)


@remembered
def words_of(text: str) -> list[str]:
    """Return the words of a text, in order; nobody may change the list."""
    return WORD.findall(text)


class Phrases:
    """Phrases, each with what it names; the longest one that begins at a word is found."""

    def __init__(self, phrases: Iterable[tuple[str, str]], language: str) -> None:
        self._stems = stems_of(language)
        self._by_first: defaultdict[str, list[tuple[list[str], str]]] = defaultdict(list)
        found = [(WORD.findall(phrase), name) for phrase, name in phrases]
        for words, name in sorted(found, key=lambda item: -len(item[0])):
            self._by_first[words[0]].append((words, name))
        known = get(language)
        has_endings = known.noun_endings or known.particles
        self._beginning_with: Callable[[str], Sequence[tuple[list[str], str]] | None] = (
            lru_cache(maxsize=20_000)(self._with_first) if has_endings else self._by_first.get
        )

    def _with_first(self, word: str) -> list[tuple[list[str], str]]:
        """Return the phrases that may begin with a word."""
        return [p for stem in self._stems(word) for p in self._by_first.get(stem, ())]

    def find(self, words: Sequence[str]) -> Iterator[tuple[int, int, str]]:
        """Yield the first word, the word after the last, and the name of every phrase."""
        after = 0
        for start, phrases in enumerate(map(self._beginning_with, words)):
            if not phrases or start < after:
                continue
            for phrase, name in phrases:
                there = words[start : start + len(phrase)]
                if phrase[:-1] == there[:-1] and phrase[-1] in self._stems(there[-1]):
                    after = start + len(phrase)
                    yield start, after, name
                    break


def at_the_start(form: str) -> str:
    """Return a phrase as it begins a sentence."""
    return form[0].upper() + form[1:]
