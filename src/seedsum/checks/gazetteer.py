"""Towns and provinces by list, where the language's names are written alike in English.

`syllables` compares names that a text makes up; here it is places that both languages have a list
of, so that one syllable (`Huế`, `Vinh`) and one that is also a word (`Sơn La`) are seen too.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache

from seedsum.checks.differences import Differences
from seedsum.checks.remembering import remembered
from seedsum.languages import TARGET_LANGUAGE, get, name_rules
from seedsum.languages.common import fold
from seedsum.languages.language import NameRules

_WORD = re.compile(r"[^\W\d_]+")


def compare_places(source: str, target: str, *, language: str) -> Differences:
    """Return the places that only one of two texts names; nothing without a list of them."""
    rules = get(language).names
    if rules is None or rules.syllable is None or not rules.places:
        return Differences()
    there = places_of(source, language=language)
    here = _english_places(target, language)
    if not there and not here:
        return Differences()
    joined, other = _joined(target), _joined(source)
    lacking = [
        name
        for name in there
        if not any(form in joined for form in _forms(fold(name).replace(" ", ""), rules))
    ]
    added = [name for name in here if _joined(name) not in other]
    named = {form for name in there for form in _forms(_joined(name), rules)}
    added = [name for name in added if _joined(name) not in named]
    if lacking and not added and (len(there) > 1 or _SOME_PLACE.search(target)):
        lacking = []
    return Differences(tuple(lacking), tuple(added) if lacking else ())


#: What a translator may write for a place that was named before.
_SOME_PLACE = re.compile(
    r"\b(?:provinc\w+|cit\w+|town\w*|local\w*|here|there|where|district\w*|region\w*|[Ii]ts?)\b"
    r"|\b[A-Z]{2,}\b"
)


def _joined(text: str) -> str:
    return "".join(_WORD.findall(fold(text)))


def _forms(joined: str, rules: NameRules) -> tuple[str, ...]:
    return (joined, *rules.exonyms.get(joined, "").split())


@lru_cache
def _by_first(language: str, *, folded: bool) -> dict[str, list[tuple[str, ...]]]:
    """Return the places by their first words, the longest first."""
    rules = name_rules(language)
    found: dict[str, list[tuple[str, ...]]] = {}
    for name in rules.places - rules.not_places:
        words = tuple((fold(name) if folded else name).split("_"))
        found.setdefault(words[0], []).append(words)
    for names in found.values():
        names.sort(key=len, reverse=True)
    return found


def _runs(
    text: str, *, language: str, folded: bool
) -> Iterator[tuple[str, list[re.Match[str]], int]]:
    """Yield places as a text writes them, with all its words and where they begin."""
    table = _by_first(language, folded=folded)
    words = list(_WORD.finditer(text))
    keys = [fold(word.group()) if folded else word.group() for word in words]
    i = 0
    while i < len(words):
        size = 1
        if words[i].group()[0].isupper():
            for name in table.get(keys[i], ()):
                size = len(name)
                if tuple(keys[i : i + size]) == name and all(
                    word.group().istitle() for word in words[i : i + size]
                ):
                    yield text[words[i].start() : words[i + size - 1].end()], words, i
                    break
                size = 1
        i += size


@remembered
def places_of(source: str, *, language: str) -> tuple[str, ...]:
    """Return the places of a source: runs of capitals that are a place and no more than that."""
    rules = name_rules(language)
    found = []
    for name, words, i in _runs(source, language=language, folded=False):
        last = i + name.count(" ") + ("-" in name)
        if i and _touches(source, words, i):
            before = words[i - 1].group()
            if before.lower() not in rules.before_places and (
                before[0].isupper() or before.lower() in rules.titles | rules.before_persons
            ):
                continue
        goes_on = last + 1 < len(words) and _touches(source, words, last + 1)
        if goes_on and words[last + 1].group()[0].isupper():
            continue
        found.append(name)
    return tuple(dict.fromkeys(found))


def _touches(text: str, words: list[re.Match[str]], i: int) -> bool:
    return text[words[i - 1].end() : words[i].start()] in (" ", "-", "–", " - ")


def _english_places(target: str, language: str) -> list[str]:
    """Return the places of an English text; one of one word only behind `in` and the like."""
    before_places = name_rules(TARGET_LANGUAGE).before_places
    found = []
    for name, words, i in _runs(target, language=language, folded=True):
        before = words[i - 1].group().lower() if i else ""
        if " " in name or before in before_places:
            found.append(name)
    return found
