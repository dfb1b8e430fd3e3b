"""Lands, peoples, cities, bodies and diseases, which every language writes in its own way.

The names are those of `languages.known_names`. What the source names the translation must name, and
nothing else of the kind: a weak model writes `Norway` for a name that it does not know.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from difflib import SequenceMatcher
from functools import cache, lru_cache
from itertools import pairwise

from seedsum.checks.bodies import is_part_of_a_body
from seedsum.checks.differences import Differences
from seedsum.checks.endings import stems_of
from seedsum.checks.phrases import WORD, Phrases, at_the_start, words_of
from seedsum.checks.remembering import remembered
from seedsum.languages import TARGET_LANGUAGE, get, name_rules
from seedsum.languages.known_names import OTHER, Forms, KnownName, known_names, parse_forms
from seedsum.languages.language import NameRules

_DOLLARS = re.compile(r"\b[A-Z]{1,3}\$")  # US$ names no land


def compare_known_names(
    source: str, target: str, *, language: str, translated: str = ""
) -> Differences:
    """Return how the known names of a source in NFC and an English translation differ.

    `translated` is source text that the glossary translates; where the language has no names
    nothing differs.
    """
    forms = _forms(language)
    if not forms:
        return Differences()
    table = _table()
    wanted = _demanded(source, language=language)
    words = words_of(_DOLLARS.sub("$", target) if "$" in target else target)
    found = dict.fromkeys(name for _, _, name in _english_phrases().find(words))
    if not wanted and not found:
        return Differences()
    lands = [name for name in wanted if not table[name].is_disease]
    lacking = [name for name in wanted if name not in found]
    others = [name for name in found if name in forms and name not in (OTHER, *wanted)]
    if len(lands) == 1 and _may_be_any(target, TARGET_LANGUAGE):  # it can only be this one
        lacking = [name for name in lacking if table[name].is_disease]
    if not lands and _may_be_any(source, language):  # a translator may say which
        others = [name for name in others if table[name].is_disease]
    swapped = [
        (one, other) for one in lacking for other in others if _is_like(table[one], table[other])
    ]
    # `North Korea` is no evidence of the other Korea, on neither side.
    rest = {other: source.replace(wanted[one], " ") for one, other in swapped}
    added = tuple(
        name for name in others if not _may_be_meant(table[name], rest.get(name, source), language)
    )
    certain = {one for one, other in swapped if other in added}
    missing = tuple(
        f"{wanted[name]} ({name})"
        for name in lacking
        if not any(form in translated for form in forms[name].must)
        and (name in certain or not _is_said(table[name], target))
        and (added or not is_part_of_a_body(name, wanted[name], source, target, language=language))
    )
    return Differences(missing, added)


def _is_like(one: KnownName, other: KnownName) -> bool:
    """Return whether one word may say either name (`Korea`)."""
    return not set(one.english.may).isdisjoint(other.english.may)


def _may_be_any(text: str, language: str) -> bool:
    """Return whether a text speaks of `the country`, which may be one that the other names."""
    pattern = name_rules(language).the_country
    return pattern is not None and bool(pattern.search(text))


@cache
def _table() -> dict[str, KnownName]:
    return {row.name: row for row in known_names() if row.name != OTHER}


@lru_cache
def _forms(language: str) -> dict[str, Forms]:
    """Return what a language calls the names, those of the row of `OTHER` among them.

    An empty form says that the name is written as in English; what is not there is not compared.
    """
    more = {name: parse_forms(cell) for name, cell in name_rules(language).known.items()}
    forms: dict[str, Forms] = {}
    for row in known_names():
        found = (more or row.forms).get(row.name if more else language)
        if found is not None:
            before = forms.get(row.name, Forms())  # both tables have a row of `OTHER`
            forms[row.name] = Forms(before.must + found.must, before.may + found.may)
    return forms


def _is_said(row: KnownName, target: str) -> bool:
    """Return whether an English text has the name in some way, if only in a longer one."""
    must, may = row.english.must, row.english.may
    stems = stems_of(TARGET_LANGUAGE)
    words = {stem.lower() for word in WORD.findall(target) for stem in stems(word)}
    return any(form in target for form in may if not form.isalpha()) or any(
        form.lower() in words for form in (*must, *may)
    )


@cache
def _english_phrases() -> Phrases:
    forms = (
        (form, row.name) for row in known_names() for form in row.english.must if form != OTHER
    )
    phrases = ((phrase, name) for form, name in forms for phrase in {form, at_the_start(form)})
    return Phrases(phrases, TARGET_LANGUAGE)


@lru_cache
def _source_phrases(language: str) -> Phrases:
    english = {form.casefold() for row in known_names() for form in row.english.must}
    diseases = {row.name for row in known_names() if row.is_disease}
    phrases = (
        (spelling, name)
        for name, forms in _forms(language).items()
        for form in forms.must
        for spelling in ({form, at_the_start(form)} if name in diseases else {form})
        if form.casefold() not in english
    )
    return Phrases(phrases, language)


@remembered
def _demanded(source: str, *, language: str) -> dict[str, str]:
    """Return the names of a source that its translation must have, each with its first form."""
    words, rules = words_of(source), name_rules(language)
    demanded: dict[str, str] = {}
    for start, end, name in _source_phrases(language).find(words):
        ambiguous = end - start == 1 and len(words[start]) <= rules.max_ambiguous_letters
        if name != OTHER and (not ambiguous or _names_a_land(source, start, rules)):
            demanded.setdefault(name, " ".join(words[start:end]))
    return demanded


def _names_a_land(source: str, place: int, rules: NameRules) -> bool:
    """Return whether a word that may be another one stands as the name of a land does.

    That is after a word in small letters, and not before another name.
    """
    spans = list(WORD.finditer(source))
    if place == 0 or source[spans[place - 1].end() : spans[place].start()] != " ":
        return False
    before = spans[place - 1].group()
    if not before.islower() or before in rules.before_persons:
        return False
    if place + 1 == len(spans) or source[spans[place].end() : spans[place + 1].start()] not in " -":
        return True
    after = spans[place + 1].group()
    return not after[0].isupper() and after not in rules.after_others


#: Letters and share of letters in common from which on two spellings are of one name.
_MIN_ALIKE = 4
_ALIKE = 0.75


def _may_be_meant(row: KnownName, source: str, language: str) -> bool:
    """Return whether anything in the source can be what the translation names."""
    found = _forms(language)[row.name]
    forms = (*row.english.must, *found.must, *found.may)
    words = words_of(source)
    text = f" {' '.join(words)} "
    if get(language).noun_endings:  # one may follow
        spelling = name_rules(language).spelling
        simple = _spelt_simply(text, spelling)
        is_there = any(f" {_spelt_simply(form, spelling)}" in simple for form in forms)
    else:  # a land of one syllable has a capital, or it is another word
        spelt = [" ".join(WORD.findall(form)) for form in forms]
        in_small = [form for form in spelt if " " in form or row.is_disease]
        is_there = any(f" {form} " in text for form in spelt) or any(
            f" {form.lower()} " in text.lower() for form in in_small
        )
    if is_there:
        return True
    named = [word for word in words if not word.islower()]  # many scripts have no small letters
    pairs = [f"{a}{b}" for a, b in pairwise(named)]
    spellings = {word.lower() for word in (*named, *pairs) if len(word) >= _MIN_ALIKE}
    joined = {"".join(WORD.findall(form)).lower() for form in forms}
    return any(
        spelt_alike(form, word) for form in joined if len(form) >= _MIN_ALIKE for word in spellings
    )


def _spelt_simply(text: str, spelling: Mapping[str, str]) -> str:
    for letter, other in spelling.items():
        text = text.replace(letter, other)
    return text


def spelt_alike(one: str, other: str) -> bool:
    """Return whether two spellings in small letters have three quarters of their letters in common.

    In the same order, that is; few pairs have enough of them in any order: 16 of 862 on the NTREX
    news, so those are counted first.
    """
    needed = _ALIKE * (len(one) + len(other))
    if 2 * min(len(one), len(other)) < needed:
        return False
    num_letters = sum(min(one.count(char), other.count(char)) for char in set(one))
    return 2 * num_letters >= needed and SequenceMatcher(None, one, other).ratio() >= _ALIKE
