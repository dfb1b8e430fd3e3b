"""Ministries, courts, parties: one of them in the place of another.

A body that only one side names says nothing: translators write `the ministry`, or which one it was.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import cache, lru_cache

from seedsum.checks.differences import Differences
from seedsum.checks.endings import stems_of
from seedsum.checks.phrases import WORD, Phrases, at_the_start, words_of
from seedsum.checks.remembering import remembered
from seedsum.languages import TARGET_LANGUAGE, name_rules
from seedsum.languages.known_names import bodies


def compare_bodies(source: str, target: str, *, language: str) -> Differences:
    """Return how two texts differ in bodies; nothing where only one names another."""
    wanted = _named(source, language=language)
    if not wanted:
        return Differences()
    found = _named(target, language=TARGET_LANGUAGE)
    may_be = _may_be_named(source, language)
    missing = tuple(f"{form} ({name})" for name, form in wanted.items() if name not in found)
    added = tuple(name for name in found if name not in wanted and name not in may_be)
    return Differences(missing, added) if missing and added else Differences()


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


#: From the land to the kind of a body in its name, in words.
_MAX_WORDS_BETWEEN = 8
_ACRONYM = re.compile(r"(?<![A-Za-z])(?:[A-Z]{2,6}|[A-Z][a-z][A-Z]{2,4}|Fed)(?=s?(?![A-Za-z]))")


def is_part_of_a_body(name: str, form: str, source: str, target: str, *, language: str) -> bool:
    """Return whether a land stands in a body's full name, which English may shorten.

    To its acronym (`the VFF`) always; to what it is (`the central bank`) where the land is the
    reader's own. `name` is the land in English, `form` as the source has it.
    """
    rules, english = name_rules(language), name_rules(TARGET_LANGUAGE)
    is_short = bool(_ACRONYM.search(target))
    if not is_short and name in rules.own_lands:
        is_short = not english.body_words.isdisjoint(word.lower() for word in words_of(target))
    return is_short and _beside_a_body(source, form, language)


def _beside_a_body(source: str, land: str, language: str) -> bool:
    rules = name_rules(language)
    for part in _PART.split(source):
        if land not in part:
            continue
        words, (first, *_) = words_of(part), words_of(land)
        places = [i for i, word in enumerate(words) if word.startswith(first)]
        heads = [i for i in range(len(words)) if _is_head(words, i, language)]
        for place in places:
            for head in heads:
                between = words[min(place, head) : max(place, head)]
                if len(between) <= _MAX_WORDS_BETWEEN + 2 and rules.before_places.isdisjoint(
                    between
                ):
                    return True
    return False


_PART = re.compile(r"[,;:.!?।()“”\"]")


def _is_head(words: Sequence[str], i: int, language: str) -> bool:
    stems = stems_of(language)
    heads = _heads(language)
    return any(
        " ".join((*words[i : i + size - 1], stem)) in heads
        for size in (1, 2, 3)
        if i + size <= len(words)
        for stem in stems(words[i + size - 1])
    )


@lru_cache
def _heads(language: str) -> frozenset[str]:
    rules = name_rules(language)
    return frozenset(word.replace("_", " ") for word in rules.body_words)


def body_spans(text: str, *, language: str) -> list[tuple[int, int]]:
    """Return where a text names bodies: by known names, acronyms, or words with capitals."""
    words = list(WORD.finditer(text))
    found = _phrases(language).find([word.group() for word in words])
    spans = [(words[start].start(), words[end - 1].end()) for start, end, _ in found]
    if language == TARGET_LANGUAGE:
        spans += [match.span() for match in _ACRONYM.finditer(text)]
    else:
        spans += _long_names(words, language)
    return apart(spans)


def _long_names(words: Sequence[re.Match[str]], language: str) -> Iterator[tuple[int, int]]:
    """Yield kinds of bodies with the words with capitals behind them (`Liên đoàn Bóng đá ...`).

    A word of two syllables has one capital only: one in small letters may stand between.
    """
    texts = [word.group() for word in words]
    for i in range(len(texts)):
        if not texts[i][0].isupper() or not _is_head(texts, i, language):
            continue
        last = i
        for j in range(i + 1, min(i + _MAX_WORDS_OF_NAME, len(texts))):
            if texts[j][0].isupper():
                last = j
            elif j - last > _MAX_SMALL_WORDS:
                break
        if last > i:
            yield words[i].start(), words[last].end()


_MAX_WORDS_OF_NAME = 14
_MAX_SMALL_WORDS = 2


def apart(spans: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    """Return spans without those that begin within another."""
    found: list[tuple[int, int]] = []
    for start, end in sorted(spans):
        if not found or start >= found[-1][1]:
            found.append((start, end))
    return found


def _may_be_named(source: str, language: str) -> frozenset[str]:
    """Return the bodies that the source may mean by a word of another kind."""
    return frozenset(name for form, name in _other_forms(language) if form in source)


@cache
def _other_forms(language: str) -> tuple[tuple[str, str], ...]:
    rows = (row for row in bodies() if language in row.forms)
    return tuple((form, row.name) for row in rows for form in row.forms[language].may)
