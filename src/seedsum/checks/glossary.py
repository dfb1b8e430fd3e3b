"""Glossaries: terms whose translation is fixed.

A glossary is a text of lines `source TAB target`; an empty target, or one equal to the source,
says that the term is not translated. Neighbours: `rescue` prefers hypotheses with the terms.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from seedsum.checks.decoding import fold
from seedsum.errors import ConfigError
from seedsum.records import Flag


@dataclass(frozen=True, slots=True)
class Term:
    """A source term and the translations that are accepted, the preferred one first."""

    source: str
    targets: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Glossary:
    """Terms, the longest source first."""

    terms: tuple[Term, ...] = ()


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


def matching_terms(source: str, glossary: Glossary) -> tuple[Term, ...]:
    """Return the terms that occur in a source text; within a longer term none is looked for."""
    rest = unicodedata.normalize("NFC", source)
    lower = rest.lower()
    found = []
    for term in glossary.terms:
        if term.source.lower() not in lower:
            continue
        pattern = _occurrence(term.source)
        if pattern.search(rest):
            found.append(term)
            rest = pattern.sub("\n", rest)
    return tuple(found)


_BENGALI_LETTER = r"[\w\u0981-\u0983\u09bc-\u09cd]"
#: Case, article and plural, which Bengali joins to a noun; up to two of them.
_BENGALI_ENDINGS = unicodedata.normalize(
    "NFC", "(?:ের|এর|র|কে|তে|য়|ে|টি|টা|টির|টার|গুলি|গুলো|গুলির|গুলোর|রা|দের|ও|ই){0,2}"
)


@lru_cache(maxsize=10_000)
def _occurrence(term: str) -> re.Pattern[str]:
    """Match a term as a word, in Bengali with its endings."""
    bengali = any("\u0980" <= char <= "\u09ff" for char in term)
    endings = _BENGALI_ENDINGS if bengali else ""
    flags = re.NOFLAG if term.isupper() else re.IGNORECASE
    return re.compile(
        rf"(?<!{_BENGALI_LETTER}){re.escape(term)}{endings}(?!{_BENGALI_LETTER})", flags
    )


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
    return [_stem(word) for word in re.findall(r"[^\W_]+", fold(text))]


def _stem(word: str) -> str:
    """Return a word without the commonest English endings; only for comparing two words."""
    for ending, replacement in (("ies", "y"), ("ing", ""), ("ed", ""), ("es", ""), ("s", "")):
        if word.endswith(ending) and len(word) - len(ending) >= 3:
            word = word.removesuffix(ending) + replacement
            break
    return word.removesuffix("e") if len(word) > 3 else word


def check_glossary(terms: Sequence[Term], target: str) -> tuple[Flag, ...]:
    """Return a `glossary` flag for each term of the source whose translation is not there."""
    return tuple(
        Flag("glossary", f"{term.source}: {' or '.join(term.targets)} is not in the translation")
        for term in missing_terms(terms, target)
    )
