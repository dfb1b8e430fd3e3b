"""Ministries, courts, parties: one of them in the place of another.

A body that only one side names says nothing: translators write `the ministry`, or which one it was.
"""

from __future__ import annotations

from functools import cache, lru_cache
from typing import NamedTuple

from seedsum.checks.phrases import Phrases, at_the_start, words_of
from seedsum.checks.remembering import remembered
from seedsum.languages import TARGET_LANGUAGE
from seedsum.languages.known_names import bodies


class Bodies(NamedTuple):
    """Bodies that only the source names, as `form (English)`, and only the translation."""

    missing: tuple[str, ...] = ()
    added: tuple[str, ...] = ()


def compare_bodies(source: str, target: str, *, language: str) -> Bodies:
    """Return how two texts differ in bodies; nothing where only one names another."""
    wanted = _named(source, language=language)
    if not wanted:
        return Bodies()
    found = _named(target, language=TARGET_LANGUAGE)
    may_be = _may_be_named(source, language)
    missing = tuple(f"{form} ({name})" for name, form in wanted.items() if name not in found)
    added = tuple(name for name in found if name not in wanted and name not in may_be)
    return Bodies(missing, added) if missing and added else Bodies()


@remembered
def _named(text: str, *, language: str) -> dict[str, str]:
    """Return the bodies of a text, each with its first form."""
    words = words_of(text)
    named: dict[str, str] = {}
    for start, end, name in _phrases(language).find(words):
        named.setdefault(name, " ".join(words[start:end]))
    return named


@lru_cache
def _phrases(language: str) -> Phrases:
    if language == TARGET_LANGUAGE:
        forms = ((form, row.name) for row in bodies() for form in row.english.must)
    else:
        forms = (
            (form, row.name)
            for row in bodies()
            if language in row.forms
            for form in row.forms[language].must
        )
    phrases = ((phrase, name) for form, name in forms for phrase in {form, at_the_start(form)})
    return Phrases(phrases, language)


def _may_be_named(source: str, language: str) -> frozenset[str]:
    """Return the bodies that the source may mean by a word of another kind."""
    return frozenset(name for form, name in _other_forms(language) if form in source)


@cache
def _other_forms(language: str) -> tuple[tuple[str, str], ...]:
    rows = (row for row in bodies() if language in row.forms)
    return tuple((form, row.name) for row in rows for form in row.forms[language].may)
