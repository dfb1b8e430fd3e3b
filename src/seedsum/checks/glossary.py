"""Glossaries: terms whose translation is fixed.

A glossary is a text of lines `source TAB target`; an empty target, or one equal to the source,
says that the term is not translated.
"""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache

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


@dataclass(frozen=True)
class Glossary:
    """Terms, the longest source first."""

    terms: tuple[Term, ...] = ()

    @cached_property
    def places(self) -> Mapping[str, Sequence[int]]:
        """By key, where in `terms` the terms are; those without a letter have the empty key."""
        places: defaultdict[str, list[int]] = defaultdict(list)
        for place, term in enumerate(self.terms):
            first = _RUN.search(term.source.lower())
            places[first.group()[:_KEY_CHARS] if first else ""].append(place)
        return dict(places)


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
        source, *others = (column.strip() for column in line.split("\t"))
        if len(others) > 1 or not source:
            raise ConfigError(
                f"{name}, line {number}: wanted 'source TAB target', got {line!r}; "
                "put one tab between the two, or none for a term that is not translated"
            )
        targets.setdefault(source, {})["".join(others) or source] = None
    return _glossary(Term(source, tuple(found)) for source, found in targets.items())


def with_terms(glossary: Glossary | None, terms: Mapping[str, str]) -> Glossary:
    """Return a glossary with more terms, by source; its own entries come before those."""
    own = glossary.terms if glossary else ()
    known = {term.source.casefold() for term in own}
    added = {unicodedata.normalize("NFC", source.strip()): text for source, text in terms.items()}
    more = (
        Term(source, (" ".join(unicodedata.normalize("NFC", text).split()),))
        for source, text in added.items()
        if source and source.casefold() not in known
    )
    return _glossary((*own, *more))


def _glossary(terms: Iterable[Term]) -> Glossary:
    return Glossary(tuple(sorted(terms, key=lambda term: (-len(term.source), term.source))))


def matching_terms(source: str, glossary: Glossary, *, language: Language) -> tuple[Term, ...]:
    """Return the terms that occur in a source text; within a longer term none is looked for."""
    rest = unicodedata.normalize("NFC", source)
    lower = rest.lower()
    runs = set(_RUN.findall(lower))
    keys = {"", *(run[:size] for run in runs for size in range(1, _KEY_CHARS + 1))}
    found = []
    for place in sorted(place for key in keys for place in glossary.places.get(key, ())):
        term = glossary.terms[place]
        if term.source.lower() not in lower:
            continue
        pattern = _pattern(term, language)
        if pattern.search(rest):
            found.append(term)
            rest = pattern.sub("\n", rest)
    return tuple(found)


#: What stands between source and target where somebody put no tab.
_NO_TAB = re.compile(r"\s{2,}|\s(?:=|->|=>|→|:|\|)\s|[;,]\s*(?=\w)|(?<=\w)[:=](?=\w)")


def doubtful_lines(text: str) -> tuple[tuple[int, str], ...]:
    """Return the lines of a glossary, with their numbers, in which a tab may be missing.

    Without a tab, a term is not to be translated. That is doubtful where something else seems to
    stand between two parts, or where words with letters of another language are no name: one of
    them is not capitalised, or its script has no capitals.
    """
    lines = enumerate(unicodedata.normalize("NFC", text).splitlines(), 1)
    return tuple(
        (number, line.strip())
        for number, line in lines
        if "\t" not in line and not line.startswith("#") and _is_doubtful(line.strip())
    )


def _is_doubtful(line: str) -> bool:
    words = line.split()
    foreign = any(char.isalpha() and not char.isascii() for char in line)
    is_name = all(word[0].isupper() or not word[0].isalpha() for word in words)
    return bool(_NO_TAB.search(line)) or (len(words) > 1 and foreign and not is_name)


def occurs(term: Term, text: str, *, language: Language) -> bool:
    """Return whether a term stands in a text, also within a longer term."""
    return term.source.lower() in text.lower() and bool(_pattern(term, language).search(text))


def with_targets(source: str, terms: Sequence[Term], *, language: Language) -> str:
    """Return a source text with its terms in English, endings and all: the preferred targets."""
    for term in terms:
        target = term.targets[0].replace("\\", r"\\")  # it is no template
        source = _pattern(term, language).sub(target, source)
    return source


def _pattern(term: Term, language: Language) -> re.Pattern[str]:
    endings = language.term_endings if language.script in script_counts(term.source) else ""
    return _occurrence(term.source, endings)


@lru_cache(maxsize=10_000)
def _occurrence(term: str, endings: str) -> re.Pattern[str]:
    """Match a term as a word, with the endings that its language joins to it."""
    flags = re.NOFLAG if term.isupper() else re.IGNORECASE
    return re.compile(rf"(?<!{_LETTER}){re.escape(term)}{endings}(?!{_LETTER})", flags)


def check_glossary(pair: Pair) -> Iterator[Flag]:
    """Flag each term of the source whose translation is not there, in any inflection."""
    for term in missing_terms(pair.terms, pair.translation):
        wanted = " or ".join(term.targets)
        yield Flag("glossary", f"{term.source}: {wanted} is not in the translation")


def missing_terms(terms: Sequence[Term], translation: str) -> tuple[Term, ...]:
    """Return the terms none of whose targets is in the translation, in any inflection."""
    here = _stems(translation) if terms else ""
    return tuple(
        term for term in terms if not any(_stems(target) in here for target in term.targets)
    )


def _stems(text: str) -> str:
    """Return the stems of English words, with a space before and after each."""
    words = re.findall(r"[^\W_]+", fold(text))
    return "".join(f" {english_stem(word)}" for word in words) + " "
