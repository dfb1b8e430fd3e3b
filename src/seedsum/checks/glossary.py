"""Glossaries: terms whose translation is fixed.

A glossary is a text of lines `source TAB target`; an empty target, or one equal to the source,
says that the term is not translated.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache

from seedsum.checks.check import Pair, Term
from seedsum.errors import ConfigError
from seedsum.languages import Language, script_counts
from seedsum.languages.common import SIGNS, fold
from seedsum.languages.stemming import english_stem
from seedsum.records import Flag

_LETTER = rf"[\w{SIGNS}]"
_RUN = re.compile(rf"{_LETTER}+")
#: A term is looked up by the first letters of its first word: endings may follow it.
_KEY_CHARS = 4


@dataclass(frozen=True, slots=True)
class Glossary:
    """Terms, the longest source first.

    Attributes:
        places: By their keys, where in `terms` the terms are; those without a letter have `""`.
    """

    terms: tuple[Term, ...] = ()
    places: Mapping[str, tuple[int, ...]] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Make the index."""
        places: dict[str, list[int]] = {}
        for place, term in enumerate(self.terms):
            first = _RUN.search(term.source.lower())
            places.setdefault(first.group()[:_KEY_CHARS] if first else "", []).append(place)
        object.__setattr__(self, "places", {key: tuple(found) for key, found in places.items()})


def load_glossary(text: str, *, name: str = "glossary") -> Glossary:
    """Return the glossary that a TSV text holds; empty for an empty text.

    Empty lines and lines that start with `#` are skipped. A source term on several lines accepts
    any of their targets.

    Raises:
        ConfigError: A line has no source or more than two columns.
    """
    targets: dict[str, dict[str, None]] = {}
    for number, line in enumerate(unicodedata.normalize("NFC", text).splitlines(), 1):
        if not line.strip() or line.startswith("#"):
            continue
        columns = [column.strip() for column in line.split("\t")]
        if len(columns) > 2 or not columns[0]:
            raise ConfigError(
                f"{name}, line {number}: wanted 'source TAB target', got {line!r}; "
                "put one tab between the two, or none for a term that is not translated"
            )
        target = columns[1] if len(columns) == 2 and columns[1] else columns[0]
        targets.setdefault(columns[0], {})[target] = None
    terms = (Term(source, tuple(found)) for source, found in targets.items())
    return Glossary(tuple(sorted(terms, key=lambda term: (-len(term.source), term.source))))


def matching_terms(source: str, glossary: Glossary, *, language: Language) -> tuple[Term, ...]:
    """Return the terms that occur in a source text; within a longer term none is looked for."""
    rest = unicodedata.normalize("NFC", source)
    found = []
    for term in _candidates(rest.lower(), glossary):
        endings = language.term_endings if language.script in script_counts(term.source) else ""
        pattern = _occurrence(term.source, endings)
        if pattern.search(rest):
            found.append(term)
            rest = pattern.sub("\n", rest)
    return tuple(found)


def _candidates(lower: str, glossary: Glossary) -> list[Term]:
    """Return the terms whose letters are in the text, in the glossary's order."""
    keys = {run[:size] for run in set(_RUN.findall(lower)) for size in range(1, _KEY_CHARS + 1)} | {
        ""
    }
    places = sorted(place for key in keys for place in glossary.places.get(key, ()))
    terms = (glossary.terms[place] for place in places)
    return [term for term in terms if term.source.lower() in lower]


@lru_cache(maxsize=10_000)
def _occurrence(term: str, endings: str) -> re.Pattern[str]:
    """Match a term as a word, with the endings that its language joins to it."""
    flags = re.NOFLAG if term.isupper() else re.IGNORECASE
    return re.compile(rf"(?<!{_LETTER}){re.escape(term)}{endings}(?!{_LETTER})", flags)


def missing_terms(terms: Sequence[Term], target: str) -> tuple[Term, ...]:
    """Return the terms for which the target has none of the translations."""
    if not terms:
        return ()
    here = _stems(target)
    return tuple(
        term for term in terms if not any(_has(here, _stems(wanted)) for wanted in term.targets)
    )


def _has(here: Sequence[str], wanted: Sequence[str]) -> bool:
    """Return whether the English text has the term, in any inflection, hyphenated or not."""
    size = len(wanted)
    return any(here[i : i + size] == wanted for i in range(len(here) - size + 1))


def _stems(text: str) -> list[str]:
    return [english_stem(word) for word in re.findall(r"[^\W_]+", fold(text))]


def check_glossary(pair: Pair) -> tuple[Flag, ...]:
    """Flag each term of the source whose translation is not there."""
    return tuple(
        Flag("glossary", f"{term.source}: {' or '.join(term.targets)} is not in the translation")
        for term in missing_terms(pair.terms, pair.translation)
    )
