"""What the words of a sentence say that it does: decides, denies, advises, only reports a rumour.

The words are English's (`languages.SummaryCues`); each kind of cue is one pattern.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache, lru_cache

from seedsum.languages import TARGET_LANGUAGE, get
from seedsum.languages.language import SummaryCues

_NOTHING = r"(?!)"
#: What may stand before the first word of a sentence.
_BEFORE = r"[\W_]*"


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


def cues() -> SummaryCues:
    """Return the words of the language that everything is translated into."""
    return get(TARGET_LANGUAGE).summary or SummaryCues()


@cache
def pattern(field: str, *, start: bool = False) -> re.Pattern[str]:
    """Return the pattern of a field of the cues, for small letters: anywhere, or at the start.

    A pattern that minds no case is several times as slow.
    """
    words = getattr(cues(), field) or _NOTHING
    written = rf"{_BEFORE}(?:{words})" if start else rf"\b(?:{words})\b"
    return re.compile(written)


@cache
def kind_pattern(field: str, kind: str) -> re.Pattern[str]:
    """Return the pattern of a kind of text in `titles` or `words`, for small letters."""
    words = getattr(cues(), field).get(kind) or _NOTHING
    return re.compile(rf"\b(?:{words})" + r"\b" * (field == "words"))


@lru_cache(maxsize=4096)
def cues_of(text: str) -> Cues:
    """Return what a sentence does, by its words."""
    text = text.lower()
    return Cues(
        decides=_count("decides", text),
        happens=_count("happens", text),
        advises=_count("advises", text),
        harms=_has("harms", text),
        explains=_has("explains", text),
        turns=_has("turns", text),
        denies=_has("denies", text),
        denies_before=bool(pattern("denies_at_start", start=True).match(text)),
        hearsay=_has("hearsay", text),
        proposes=_has("proposes", text),
        opens=bool(pattern("opens", start=True).match(text)),
        asks_readers=_has("asks_readers", text),
        colours=_has("colours", text),
    )


def _has(field: str, text: str) -> bool:
    return pattern(field).search(text) is not None


def _count(field: str, text: str) -> int:
    return min(sum(1 for _ in pattern(field).finditer(text)), 3)
