"""What the words of a sentence say that it does: decides, denies, advises, only reports a rumour.

The words are English's (`languages.SummaryCues`).
"""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass
from functools import cache, lru_cache

from seedsum.languages import TARGET_LANGUAGE, get
from seedsum.languages.language import SummaryCues

_NOTHING = r"(?!)"
#: What may stand before the first word of a sentence.
_BEFORE = r"[\W_]*"
#: Of a longer sentence only the beginning is looked at: it is none.
_LOOKED_AT_CHARS = 2_000
_PLAIN = re.compile(r"[a-z]+")
_WORD = re.compile(r"[^\W\d_]+")


@dataclass(frozen=True, slots=True)
class Cues:
    """What one sentence does."""

    decides: int  # how many words say that somebody decided
    happens: int  # ... that something was done, found or lost, or will be
    advises: int
    harms: bool
    explains: bool
    turns: bool
    denies: bool
    denies_before: bool  # it begins by taking back what stands before it
    hearsay: bool
    proposes: bool
    opens: bool  # a greeting, an announcement, a farewell, a line about the page
    asks_readers: bool
    colours: bool

    @property
    def is_claim(self) -> bool:
        """Return whether it reports what was said, charged or planned, and denies nothing."""
        return (self.hearsay or self.proposes) and not self.denies


def cues() -> SummaryCues:
    """Return the words of the language that everything is translated into."""
    return get(TARGET_LANGUAGE).summary or SummaryCues()


@cache
def pattern(field: str, *, start: bool = False) -> re.Pattern[str]:
    """Return the pattern of a field of the cues, for small letters: anywhere, or at the start.

    A pattern that minds no case is several times as slow.
    """
    words = getattr(cues(), field) or _NOTHING
    return re.compile(rf"{_BEFORE}(?:{words})" if start else rf"\b(?:{words})\b")


@dataclass(frozen=True, slots=True)
class _Matcher:
    """A pattern taken apart: plain words are looked up, which is faster than a search."""

    plain: frozenset[str]
    others: re.Pattern[str]

    @classmethod
    def of(cls, words: str) -> _Matcher:
        parts = _alternatives(words)
        plain = frozenset(part for part in parts if _PLAIN.fullmatch(part))
        others = "|".join(part for part in parts if part not in plain) or _NOTHING
        return cls(plain, re.compile(rf"\b(?:{others})\b"))

    def has(self, text: str, words: Collection[str]) -> bool:
        return not self.plain.isdisjoint(words) or self.others.search(text) is not None

    def count(self, text: str, words: Collection[str]) -> int:
        """Return how many are in a text, 3 at most; a word twice is one."""
        num_plain = len(self.plain.intersection(words))
        return min(num_plain + sum(1 for _ in self.others.finditer(text)), 3)


def _alternatives(words: str) -> list[str]:
    """Return the alternatives of a pattern, without taking its brackets apart."""
    parts = [""]
    depth = 0
    for character in words:
        depth += (character in "([") - (character in ")]")
        if character == "|" and not depth:
            parts.append("")
        else:
            parts[-1] += character
    return [part for part in parts if part]


@cache
def _matcher(field: str) -> _Matcher:
    return _Matcher.of(getattr(cues(), field))


@cache
def _kind_matcher(kind: str) -> _Matcher:
    return _Matcher.of(cues().words.get(kind, ""))


@cache
def title_pattern(kind: str) -> re.Pattern[str]:
    """Return the pattern of titles of a kind of text, for small letters."""
    return re.compile(rf"\b(?:{cues().titles.get(kind) or _NOTHING})")


def tells_kind(text: str, kind: str) -> bool:
    """Return whether a sentence has one of the words that tell a kind of text."""
    lowered = text[:_LOOKED_AT_CHARS].lower()
    return _kind_matcher(kind).has(lowered, _words(lowered))


@lru_cache(maxsize=4096)
def _words(lowered: str) -> frozenset[str]:
    return frozenset(_WORD.findall(lowered))


@lru_cache(maxsize=4096)
def cues_of(text: str) -> Cues:
    """Return what a sentence does, by its words."""
    text = text[:_LOOKED_AT_CHARS].lower()
    words = _words(text)

    def has(field: str) -> bool:
        return _matcher(field).has(text, words)

    def count(field: str) -> int:
        return _matcher(field).count(text, words)

    return Cues(
        decides=count("decides"),
        happens=count("happens"),
        advises=count("advises"),
        harms=has("harms"),
        explains=has("explains"),
        turns=has("turns"),
        denies=has("denies"),
        denies_before=bool(pattern("denies_at_start", start=True).match(text)),
        hearsay=has("hearsay"),
        proposes=has("proposes"),
        opens=bool(pattern("opens", start=True).match(text)),
        asks_readers=has("asks_readers"),
        colours=has("colours"),
    )
