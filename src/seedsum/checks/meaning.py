"""Meaning: does a translation say of something that it rises, or is not so, where its source does?

One comparer of cues. The meanings, and what excludes what, are data of `languages`; docs/checks.md
says how often each is right. Who does what to whom, and which sense a word has, no cue shows.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from functools import cache
from typing import NamedTuple

from seedsum.checks.check import Pair
from seedsum.checks.coverage import length_z
from seedsum.checks.denials import (
    are_names_swapped,
    is_denied_otherwise,
    is_said_otherwise,
    is_turned_by_negation,
)
from seedsum.checks.remembering import remembered
from seedsum.languages import TARGET_LANGUAGE, get
from seedsum.languages.cues import (
    ADDED,
    LOST,
    LOST_IF_SHORT,
    NOT,
    ON_BOTH_SIDES,
    Rule,
    find_cues,
    rules,
)
from seedsum.records import Flag

#: Standard deviations of the length up to which a translation is short for `LOST_IF_SHORT`.
_MAX_Z = -0.4
# fmt: off
#: What is said of one of two may be said of the other by the opposite: B beat A, A lost to B.
_OF_TWO = frozenset((
    "win", "buy", "more", "high", "big", "long", "lend", "before", "rich", "fast", "better",
    "above", "young", "heavy", "cheap", "strong",
))
# fmt: on


class Said(NamedTuple):
    """What a text says: how often it says each meaning for certain, and may, and in what words."""

    sure: Mapping[str, int]
    any: Mapping[str, int]
    words: Mapping[str, str]  # the first for each meaning that is certain


@remembered
def said(text: str, *, language: str) -> Said:
    """Return what a text in NFC says; nothing where the language's cues are not known."""
    words = get(language).cues
    sure: dict[str, int] = {}
    anyhow: dict[str, int] = {}
    first: dict[str, str] = {}
    for meaning, phrase, certain in find_cues(text, words) if words else ():
        anyhow[meaning] = anyhow.get(meaning, 0) + 1
        if certain:
            sure[meaning] = sure.get(meaning, 0) + 1
            first.setdefault(meaning, phrase)
    return Said(sure, anyhow, first)


def check_meaning(pair: Pair) -> Iterator[Flag]:
    """Flag what the source says and the translation turns round, in one flag for each code."""
    there = said(pair.source, language=pair.language.tag)
    here = said(pair.translation, language=TARGET_LANGUAGE)
    found: dict[str, list[str]] = defaultdict(list)
    for rule, detail in _broken(there, here):
        if rule.other == LOST_IF_SHORT and not _is_short(pair):
            continue
        if not _is_excused(rule, pair, there, here):
            found[rule.code].append(detail)
    for code, details in found.items():
        yield Flag(code, "; ".join(details))


def _is_excused(rule: Rule, pair: Pair, there: Said, here: Said) -> bool:
    """Return whether a pair that breaks a rule may say the same by a negation, or without one."""
    if rule.meaning != NOT:
        if rule.other in ON_BOTH_SIDES:
            return False
        more = (there.sure.get(NOT) or there.any.get(NOT, 0)) > here.sure.get(NOT, 0)
        denied = more and is_turned_by_negation(pair, rule)
        return denied or (rule.meaning in _OF_TWO and are_names_swapped(pair))
    if rule.other == LOST:
        return is_said_otherwise(pair, there.words[NOT])
    return is_denied_otherwise(pair)


def _is_short(pair: Pair) -> bool:
    return length_z(pair.source, pair.translation, language=pair.language.tag) <= _MAX_Z


def _broken(there: Said, here: Said) -> Iterator[tuple[Rule, str]]:
    """Return the rules that a pair breaks, and how."""
    same = (NOT in there.sure) == (NOT in here.sure)
    for meaning in there.sure:
        if meaning not in here.any:
            for rule, other in _rules_of(meaning):
                if other in (LOST, LOST_IF_SHORT):
                    if not _otherwise(meaning, there, here):
                        words = there.words[meaning]
                        yield (
                            rule,
                            f"the source says {rule.says} ({words}), the translation does not",
                        )
                elif same and _turned(meaning, other, there, here):
                    yield (
                        rule,
                        f"the source says “{meaning}” ({there.words[meaning]}), "
                        f"the translation “{other}” ({here.words[other]})",
                    )
    for meaning in here.sure:
        if meaning not in there.any:
            for rule, other in _rules_of(meaning):
                if other == ADDED and not _otherwise(meaning, here, there):
                    words = here.words[meaning]
                    yield rule, f"the translation says {rule.says} ({words}), the source does not"


@cache
def _rules_of(meaning: str) -> tuple[tuple[Rule, str], ...]:
    """Return the rules for a meaning, and what each excludes."""
    return tuple(
        (rule, other)
        for rule in rules()
        for one, other in ((rule.meaning, rule.other), (rule.other, rule.meaning))
        if one == meaning
    )


def _turned(one: str, other: str, there: Said, here: Said) -> bool:
    """Return whether the source says the one, and the translation only the other."""
    return (
        one in there.sure
        and one not in here.any
        and other in here.sure
        and here.sure[other] > there.any.get(other, 0)
    )


def _otherwise(meaning: str, there: Said, here: Said) -> bool:
    """Return whether what is not so is said by its opposite (`not safe`, dangerous), or denied
    twice (`nobody does not know`)."""
    if meaning != NOT:
        return False
    return there.sure[NOT] == 2 or any(
        other not in ON_BOTH_SIDES and _turned(one, other, there, here)
        for one in there.sure
        if there.words[NOT] not in there.words[one]  # `never` is no other way to say not
        for _, other in _rules_of(one)
    )
