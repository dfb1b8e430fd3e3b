"""Persons and places of a source in another script, compared with the English by sound.

Two questions are asked. Does the English have the names of the source (`source_names`)? Does the
source have the names of the English? Those are the words with a capital letter that are no ordinary
ones. A name that only the source has and one that only the English has, together: it became another
one.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from difflib import SequenceMatcher
from functools import cache, lru_cache
from typing import NamedTuple

from seedsum.checks.differences import Differences
from seedsum.checks.endings import stems_of
from seedsum.checks.sounds import heard_in_english, skeletons
from seedsum.checks.source_names import (
    Mention,
    Source,
    exonyms_of,
    kind_of,
    places_of,
    read_source,
)
from seedsum.languages import TARGET_LANGUAGE, get, name_rules
from seedsum.languages.common import fold
from seedsum.languages.known_names import known_names
from seedsum.languages.lexicon import ordinary_words, places
from seedsum.languages.stemming import english_stem

#: An English word with a capital letter, without `'s`.
_CAPITAL = re.compile(r"(?<![\w'’])[A-ZÀ-ÖØ-ÞĀ-ɏḀ-ỿ][^\W_]*(?:['’](?!s\b)[^\W_]+)*", re.UNICODE)
_BEFORE_SENTENCES = frozenset(".!?:;“\"‘'\n•–—(")
_PRONOUN = re.compile(r"\b(?:he|she|him|her|his|hers)\b", re.IGNORECASE)
_OF_PERSONS = ("given", "family")
_WITHIN = (" ", "-", ". ")


class _Word(NamedTuple):
    """A word of the English with a capital letter."""

    text: str
    is_first: bool  # of its sentence
    is_ordinary: bool
    is_known: bool  # the source has it, or may

    @property
    def heard(self) -> frozenset[str]:
        """What it sounds like."""
        return heard_in_english(self.text)


def compare_by_sound(source: str, target: str, *, language: str) -> Differences:
    """Return how names differ; nothing for a language without `NameRules.sounds`."""
    rules = get(language).names
    if rules is None or not rules.sounds:
        return Differences()
    here = read_source(source, language=language)
    runs = _runs(target, here)
    if not here.mentions and all(word.is_ordinary or word.is_known for run in runs for word in run):
        return Differences()
    there = frozenset[str]().union(*(word.heard for run in runs for word in run))
    lacking = [m for m in here.mentions if not _is_kept(m, here, there, runs, language)]
    strange = [name for run in runs if (name := _strange(run, here))]
    replaced = list(_within_runs(runs, here, there, language))
    for mention, name in zip(lacking, strange, strict=False):
        replaced.append((_text(mention, here), name))
    may_be_pronoun = bool(_PRONOUN.search(target))
    missing = [
        _text(mention, here)
        for mention in lacking[len(strange) :]
        if not (mention.is_person and may_be_pronoun)
    ]
    added = [name for name in strange[len(lacking) :] if " " in name or _is_place(name, language)]
    return Differences(tuple(missing), tuple(added), tuple(replaced))


@lru_cache(maxsize=20_000)
def _is_place(name: str, language: str) -> bool:
    """Return whether an English name is a known place, or sounds like a long one."""
    sounds = {one for one in heard_in_english(name) if len(one) >= _MIN_CERTAIN and one[0] != "~"}
    return name in _english_places() or not sounds.isdisjoint(_sounds_of_places(language))


#: Consonants from which on a place is certain by them.
_MIN_CERTAIN = 4


@lru_cache
def _sounds_of_places(language: str) -> frozenset[str]:
    return frozenset[str]().union(*(skeletons(name, language) for name in places_of(language)))


@cache
def _english_places() -> frozenset[str]:
    return frozenset(places().values())


def _text(mention: Mention, source: Source) -> str:
    return " ".join(source.words[mention.start : mention.end])


def _is_kept(
    mention: Mention,
    source: Source,
    there: frozenset[str],
    runs: Sequence[Sequence[_Word]],
    language: str,
) -> bool:
    span = range(mention.start, mention.end)
    if not all(there.isdisjoint(source.heard[i]) for i in span):
        return True
    others = frozenset[str]().union(*(exonyms_of(source.words[i], language) for i in span))
    return any(fold(word.text) in others for run in runs for word in run)


def _runs(target: str, source: Source) -> list[list[_Word]]:
    """Return the runs of words with capital letters."""
    titles = name_rules(TARGET_LANGUAGE).titles
    runs: list[list[_Word]] = []
    end = -1
    for match in _CAPITAL.finditer(target):
        word, start = match.group(), match.start()
        is_within = runs and end >= 0 and target[end:start] in _WITHIN
        before = target[max(end - 1, 0) : start].rstrip()[-1:]
        end = match.end()
        if word.lower() in titles:
            continue
        is_first = not before or before in _BEFORE_SENTENCES
        if not is_within:
            runs.append([])
        runs[-1].append(_read_word(word, source, is_first=is_first))
    return runs


def english_names(text: str) -> list[str]:
    """Return the words of an English text that have a capital letter and are no ordinary ones."""
    words = _CAPITAL.findall(text)
    return [word for word in words if not _is_ordinary(word, fold(word))]


def _read_word(word: str, source: Source, *, is_first: bool) -> _Word:
    lower = fold(word)
    if _is_ordinary(word, lower):
        return _Word(word, is_first, is_ordinary=True, is_known=False)
    sounds = heard_in_english(word)
    is_known = (
        not sounds
        or not sounds.isdisjoint(source.all_heard)
        or lower in source.exonyms
        or lower in source.latin
        or not sounds.isdisjoint(source.heard_together)
        or any(f"^{one}" in source.heard_together for one in sounds)
    )
    return _Word(word, is_first, is_ordinary=False, is_known=is_known)


@lru_cache(maxsize=20_000)
def _is_ordinary(word: str, lower: str) -> bool:
    english = name_rules(TARGET_LANGUAGE)
    return (
        len(word) < 3
        or word.isupper()
        or any(map(str.isdigit, word))
        or lower in english.not_names
        or lower in _of_known_names()
        or (
            lower not in english.surnames and english_stem(lower) in ordinary_words(TARGET_LANGUAGE)
        )
    )


@cache
def _of_known_names() -> frozenset[str]:
    """Return the words of names that `known_names` compares, and of the calendar."""
    numbers = get(TARGET_LANGUAGE).numbers
    calendar = (*numbers.months, *numbers.weekdays) if numbers else ()
    forms = [form for row in known_names() for form in (*row.english.must, *row.english.may)]
    words = {fold(word) for form in forms for word in form.split()}
    return frozenset({*words, *(word + "s" for word in words), *calendar})


def _strange(run: Sequence[_Word], source: Source) -> str:
    """Return the name of a run of which the source has nothing, else nothing."""
    names = [word.text for word in run if not word.is_ordinary]
    if not names or any(word.is_known for word in run):
        return ""
    if len(run) == 1 and run[0].is_first:
        return ""
    if len(run) > 1:  # the source may write it as one word (`তাজমহল`)
        together = heard_in_english("".join(word.text for word in run))
        if not together.isdisjoint(source.all_heard):
            return ""
    return " ".join(names)


def _within_runs(
    runs: Sequence[Sequence[_Word]], source: Source, there: frozenset[str], language: str
) -> Iterator[tuple[str, str]]:
    """Yield names of which one word became another.

    It stands between two that the source has around another word; or beside one, in the place of a
    known name.
    """
    for run in runs:
        for i, word in enumerate(run):
            if word.is_ordinary or word.is_known:
                continue
            before = run[i - 1] if i and run[i - 1].is_known else None
            after = run[i + 1] if i + 1 < len(run) and run[i + 1].is_known else None
            place = _place_of(word, before, after, source, there, language)
            if place is not None:
                first, last = place - bool(before), place + bool(after)
                name = " ".join(source.words[first : last + 1])
                yield name, " ".join(w.text for w in (before, word, after) if w)


def _place_of(
    word: _Word,
    before: _Word | None,
    after: _Word | None,
    source: Source,
    there: frozenset[str],
    language: str,
) -> int | None:
    """Return the place of the source's word that another one took, between or beside its like."""
    if not before and not after:
        return None
    heard, size = source.heard, len(source.words)
    for place in range(bool(before), size - bool(after)):
        if before and before.heard.isdisjoint(heard[place - 1]):
            continue
        if after and after.heard.isdisjoint(heard[place + 1]):
            continue
        if not (before and after) and not _is_name_beside(
            word, before, after, place, source, language
        ):
            continue
        if there.isdisjoint(heard[place]) and not _may_be_one(
            word, skeletons(source.words[place], language)
        ):
            return place
    return None


def _may_be_one(word: _Word, sounds: frozenset[str]) -> bool:
    """Return whether all consonants of one are in the other (`Louis`, লুই), or there are none."""
    return not sounds or any(one in other or other in one for one in word.heard for other in sounds)


def _is_name_beside(
    word: _Word,
    before: _Word | None,
    after: _Word | None,
    place: int,
    source: Source,
    language: str,
) -> bool:
    """Return whether a word of the source beside a name is part of it, and not `word`."""
    beside, like = (before, place - 1) if before else (after, place + 1)
    return (
        beside is not None
        and _is_exactly(beside.heard, source.heard[like])
        and (
            kind_of(source.words[place], language) in _OF_PERSONS
            or (
                not word.is_first
                and _may_be_name(source.words[place], language)
                and _is_another(word.heard, source.heard[place])
            )
        )
    )


def _is_exactly(some: frozenset[str], others: frozenset[str]) -> bool:
    """Return whether two words sound alike in two consonants or more, and in all."""
    return any(one[0] != "~" and len(one) > 1 for one in some & others)


def _may_be_name(word: str, language: str) -> bool:
    """Return whether a word of the source is, as far as is known, no other word."""
    ordinary = ordinary_words(language)
    return bool(ordinary) and ordinary.isdisjoint(stems_of(language)(word))


#: Share of consonants in common from which on two words may be one name, spelt in another way.
_MAY_BE_SPELT = 0.5


def _is_another(some: frozenset[str], others: frozenset[str]) -> bool:
    """Return whether no two skeletons have half of their consonants in common, in order."""
    return all(
        SequenceMatcher(None, one, other, autojunk=False).ratio() < _MAY_BE_SPELT
        for one in some
        for other in others
        if one[0] != "~" != other[0]
    )
