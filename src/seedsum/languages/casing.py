"""Texts in capitals, in sentence case: models have seen few such, and names are told by capitals.

Only where a language's syllables are known (`NameRules.syllable`): of others nobody can say which
words are names.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import lru_cache
from itertools import takewhile

from seedsum.languages import name_rules
from seedsum.languages.common import fold
from seedsum.languages.known_names import bodies, known_names
from seedsum.languages.language import Language, NameRules

_WORD = re.compile(r"[^\W_]+(?:[-.&/'’][^\W_]+)*")
_MIN_WORDS = 2
#: Share of capitals among the letters from which on a text is in capitals; units may stay small.
_MIN_SHARE = 0.8
#: Letters up to which a word that is no syllable of the language is an acronym (`UNICEF`).
_MAX_ACRONYM = 6


def in_sentence_case(text: str, language: Language) -> str:
    """Return a text in capitals with those that a sentence has, and any other as it is.

    Names that are known get theirs; so do those in an ordinary sentence (`HÀ NỘI (TTXVN) -`).
    """
    rules = language.names
    if rules is None or rules.syllable is None or not any(map(str.isupper, text)):
        return text
    shouted = [word for word in _WORD.findall(text) if _is_shouted(word)]
    if not shouted:
        return text
    words = list(_WORD.finditer(text))
    written = {word.start(): word.group() for word in words}
    if _all_shouted(text, shouted, rules):
        first = True
        for word in words:
            written[word.start()] = _small(word.group(), rules, first=first)
            first = text[word.end() : word.end() + 1] in (".", "!", "?", ":")
    _restore(written, [(word.start(), word.group()) for word in words], language)
    for word in reversed(words):
        text = text[: word.start()] + written[word.start()] + text[word.end() :]
    return text


def _is_shouted(word: str) -> bool:
    return len(word) > 1 and word.isupper()


def _all_shouted(text: str, shouted: Sequence[str], rules: NameRules) -> bool:
    letters = [char for char in text if char.isalpha()]
    num_syllables = sum(_is_syllable(word, rules) for word in shouted)
    return (
        len(shouted) >= _MIN_WORDS
        and sum(map(str.isupper, letters)) >= _MIN_SHARE * len(letters)
        and 3 * num_syllables >= len(shouted)
    )


def _is_syllable(word: str, rules: NameRules) -> bool:
    return rules.syllable is not None and bool(rules.syllable.fullmatch(fold(word)))


def _small(word: str, rules: NameRules, *, first: bool) -> str:
    if not word.isupper():
        return word
    if all(_is_syllable(part, rules) for part in re.split(r"\W", word)):
        return word.capitalize() if first else word.lower()
    is_acronym = len(word) <= _MAX_ACRONYM or not word.isalpha() or word.lower() in rules.acronyms
    return word if is_acronym else word.capitalize()


def _restore(written: dict[int, str], words: Sequence[tuple[int, str]], language: Language) -> None:
    """Give the names among words that are in capitals theirs."""
    names, longest = _names(language.tag)
    shouted = [_is_shouted(word) for _, word in words]
    lower = [word.lower() for _, word in words]
    for i in range(len(words)):
        run = list(takewhile(shouted.__getitem__, range(i, min(i + longest, len(words)))))
        for size in range(len(run), 0, -1):
            name = names.get(" ".join(lower[i : i + size]))
            if name is None and size > _MIN_WORDS and _is_person(lower[i : i + size], language):
                name = " ".join(lower[i : i + size]).title()
            if name:
                for (start, _), part in zip(words[i : i + size], name.split(), strict=True):
                    written[start] = part
                break


def _is_person(words: Sequence[str], language: Language) -> bool:
    """Return whether words begin with a family name and go on with given names."""
    rules = name_rules(language.tag)
    first, *others = words
    return (
        first.title() in rules.surnames | rules.other_surnames
        and all(word in rules.given_names or word in rules.middle_names for word in others)
        and others[-1] in rules.given_names
    )


@lru_cache
def _names(tag: str) -> tuple[Mapping[str, str], int]:
    """Return names by what they are in small letters, and how many words the longest has."""
    rules = name_rules(tag)
    rows = (*(row for row in known_names() if not row.is_disease), *bodies())
    forms = [row.forms.get(tag) for row in rows]
    known = [name for form in forms if form for name in form.must if len(name.split()) > 1]
    places = [place.replace("_", " ") for place in rules.places]
    names: dict[str, str] = {}
    for name in (*known, *places):
        names.setdefault(name.lower(), name)
    return names, max((len(name.split()) for name in names), default=0)
