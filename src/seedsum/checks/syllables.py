"""Names of the source's own syllables, which English writes as the source does but for diacritics.

Where a language is written in Latin script and its syllables are known (Vietnamese), a run of such
syllables with capitals in the English is a person or a place, and each must stand in the source.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import cache, lru_cache
from typing import NamedTuple

from seedsum.checks.differences import Differences
from seedsum.checks.remembering import remembered
from seedsum.checks.transliterated import english_names
from seedsum.languages import TARGET_LANGUAGE, get, name_rules
from seedsum.languages.common import fold
from seedsum.languages.known_names import known_names
from seedsum.languages.language import NameRules
from seedsum.languages.lexicon import ordinary_words
from seedsum.languages.stemming import english_stem

_WORD = re.compile(r"([^\W\d_]+)")
#: What may stand for a person.
_PRONOUN = re.compile(r"\b(?:he|she|they|him|her|them|his|hers|their)\b", re.IGNORECASE)
_WITHIN = (" ", "-", "–")  # a run


class Name(NamedTuple):
    """A name as a text has it."""

    text: str
    syllables: tuple[str, ...]  # folded
    is_titled: bool = False  # it stands after `Mr.` or the like


def compare_syllable_names(source: str, target: str, *, language: str) -> Differences:
    """Return how the names of native syllables differ; nothing where those are not known.

    On 35,600 human translations from Vietnamese 0.05% have such a name of which the source lacks a
    syllable, most of them rightly so: the two say different things, or the source has a typing
    error. 0.02% have nothing of a person with three names, most of them Chinese.
    """
    rules = get(language).names
    if rules is None or rules.syllable is None:
        return Differences()
    found = _english_names(target, language)
    words, joined = _folded(source) if found else (frozenset[str](), "")
    strange = [name for name in found if not _is_there(name, words, joined)]
    named = _source_names(source, language=language)
    if not (strange or any(_is_person(name, rules) for name in named)):
        return Differences()
    here, together = _folded(target)
    lacking = [name for name in named if not _is_there(name, here, together)]
    replaced, added = [], []
    for name in strange:
        is_single = len(name.syllables) == 1
        like = [
            one for one in lacking if not is_single or name.is_titled or len(one.syllables) == 1
        ]
        if not like:
            if not is_single:  # a translator may say who `he` is
                added.append(name.text)
            continue
        alike = max(like, key=lambda other: _in_common(name, other))
        lacking.remove(alike)
        replaced.append((alike.text, name.text))
    missing = [
        name.text
        for name in lacking
        if _is_person(name, rules) and here.isdisjoint(name.syllables)
        if not _PRONOUN.search(target) and not _names_somebody(target, source)
    ]
    return Differences(tuple(missing), tuple(added), tuple(replaced))


def _names_somebody(target: str, source: str) -> bool:
    """Return whether the English has a name that the source spells otherwise (`Li Keqiang`)."""
    words, _ = _folded(source)
    return not all(fold(word) in words for word in english_names(target))


def _is_person(name: Name, rules: NameRules) -> bool:
    """Return whether a name of three words or more begins and ends as those of persons do."""
    first, *others = name.text.split()
    return (
        len(others) > 1
        and (first in rules.surnames or first in rules.other_surnames)
        and others[-1].lower() in rules.given_names
    )


def _is_there(name: Name, words: frozenset[str], joined: str) -> bool:
    return (
        all(syllable in words for syllable in name.syllables) or "".join(name.syllables) in joined
    )


def _in_common(one: Name, other: Name) -> int:
    return len({*one.syllables} & {*other.syllables})


def _folded(text: str) -> tuple[frozenset[str], str]:
    """Return the words of a text, and all of it without spaces."""
    folded = fold(text)
    return frozenset(_WORD.findall(folded)), "".join(folded.split())


def _english_names(text: str, language: str) -> list[Name]:
    """Return the runs of native syllables with capitals: two or more, or a given name.

    Not those that `known_names` compares (`Hong Kong`).
    """
    english = name_rules(TARGET_LANGUAGE)
    names = []
    for name in _runs(text, english.titles, language):
        parts = [word for word in name.text.split() if fold(word) not in english.not_names]
        folded = tuple(map(fold, parts))
        is_given = folded[:1] and folded[0] in _given_names(language)
        if is_given and not name.is_titled and parts[0].isascii():
            is_given = english_stem(folded[0]) not in ordinary_words(TARGET_LANGUAGE)
        if (len(parts) > 1 or is_given) and " ".join(folded) not in _known_otherwise():
            names.append(Name(" ".join(parts), folded, name.is_titled))
    return names


@cache
def _known_otherwise() -> frozenset[str]:
    """Return the names of lands and cities of several words, and what they begin with, folded."""
    forms = [fold(form).split() for row in known_names() for form in row.english.must]
    return frozenset(" ".join(form[:size]) for form in forms for size in range(2, len(form) + 1))


@lru_cache
def _given_names(language: str) -> frozenset[str]:
    rules = name_rules(language)
    return frozenset(map(fold, rules.given_names))


@lru_cache(maxsize=4096)
def _is_syllable(language: str, word: str) -> bool:
    rules = get(language).names
    return bool(rules and rules.syllable and rules.syllable.fullmatch(word))


def _runs(text: str, titles: frozenset[str], language: str) -> Iterator[Name]:
    """Yield the runs of native syllables with capitals."""
    run: list[str] = []
    is_titled, before = False, ""
    parts = _WORD.split(text)  # every other one is a word
    for between, word in zip(parts[::2], parts[1::2], strict=False):
        is_name = (
            word.istitle()
            and len(word) > 1
            and word.lower() not in titles
            and _is_syllable(language, fold(word))
        )
        if run and not (is_name and between in _WITHIN):
            yield Name(" ".join(run), tuple(map(fold, run)), is_titled)
            run = []
        if is_name:
            if not run:
                is_titled = between in (" ", ". ") and before.lower() in titles
            run.append(word)
        before = word
    if run:
        yield Name(" ".join(run), tuple(map(fold, run)), is_titled)


@remembered
def _source_names(source: str, *, language: str) -> Sequence[Name]:
    """Return the runs of two or more native syllables with capitals, and one after a title.

    Not those that `known_names` compares (`Hoa Kỳ`).
    """
    rules = name_rules(language)
    runs = _runs(source, rules.titles, language)
    known = _known_in_the_source(language)
    return [
        name
        for name in runs
        if (len(name.syllables) > 1 or name.is_titled) and name.text not in known
    ]


@lru_cache
def _known_in_the_source(language: str) -> frozenset[str]:
    forms = (row.forms.get(language) for row in known_names())
    others = name_rules(language).not_names
    return frozenset(
        {
            *(text for form in forms if form for text in form.must),
            *(text.replace("_", " ") for text in others),
        }
    )
