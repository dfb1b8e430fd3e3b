"""Lands, peoples, cities, bodies and diseases, which every language writes in its own way.

The names are in `known_names.tsv` and `diseases.tsv`. What the source names the translation must
name, and nothing else of the kind: a weak model writes `Norway` for a name that it does not know.
Neighbours: `names` makes flags of what differs.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from functools import cache
from importlib.resources import files
from itertools import pairwise

from seedsum.checks.remembering import remembered

#: Words; those of Bengali with their vowel signs, which are no letters by themselves.
_WORD = re.compile(r"[\u0980-\u09E3\u09F0-\u09FF\u200C\u200D]+|[^\W\d_]+")

#: The languages of the table's columns after English.
_SOURCES = ("vi", "bn")
#: `The country`, in a text that names none, may be one that the other text names.
_THE_COUNTRY = {
    "en": re.compile(r"\b(?:[Tt]he|[Tt]his) (?:country|nation)\b|\b[Nn]ationwide\b"),
    "vi": re.compile(r"nước này|đất nước|nước ta|nước tôi|nước nhà|trong nước|cả nước|quốc gia"),
    "bn": re.compile(unicodedata.normalize("NFC", r"দেশ|জাতীয়")),
}
#: The name of the row for longer names that contain one: `Indian Ocean` is not India.
_OTHER = "-"


@dataclass(frozen=True, slots=True)
class KnownNames:
    """How the names of two texts differ.

    Attributes:
        missing: What the source names and the translation lacks, as `form (English)`.
        added: What the translation names and nothing in the source can mean, in English.
    """

    missing: tuple[str, ...] = ()
    added: tuple[str, ...] = ()


def compare_known_names(
    source: str, target: str, *, language: str, translated: str = ""
) -> KnownNames:
    """Return how the known names of a source and an English translation differ.

    Args:
        source: The source text, in NFC.
        target: Its translation.
        language: Of the source; without a column in the table nothing differs.
        translated: Source text that is translated in a way of its own (glossary).
    """
    if language not in _SOURCES:
        return KnownNames()
    table = _table()
    wanted = _demanded(source, language=language)
    found = _named(target)
    lands = [name for name in wanted if not table[name].is_disease]
    lacking = [name for name in wanted if name not in found]
    others = [name for name in found if name not in wanted]
    if len(lands) == 1 and _THE_COUNTRY["en"].search(target):  # it can only be this one
        lacking = [name for name in lacking if table[name].is_disease]
    if not lands and _THE_COUNTRY[language].search(source):  # a translator may say which
        others = [name for name in others if table[name].is_disease]
    missing = [
        f"{wanted[name]} ({name})"
        for name in lacking
        if not any(form in translated for form in table[name].forms[language])
        and not table[name].is_said(target)
    ]
    added = [name for name in others if not _may_be_meant(table[name], source, language)]
    return KnownNames(tuple(missing), tuple(added))


@dataclass(frozen=True, slots=True)
class _Row:
    """A name: the forms that demand it, and those that only say that it may be meant."""

    english: tuple[str, ...]
    also_english: tuple[str, ...]
    forms: Mapping[str, tuple[str, ...]]
    also: Mapping[str, tuple[str, ...]]
    is_disease: bool

    @property
    def name(self) -> str:
        """The first English form."""
        return self.english[0]

    def is_said(self, target: str) -> bool:
        """Return whether an English text has the name in some way, if only in a longer one."""
        signs = [form for form in self.also_english if not form.isalpha()]
        if any(sign in target for sign in signs):
            return True
        words = {stem.lower() for word in _WORD.findall(target) for stem in _english_stems(word)}
        return any(form.lower() in words for form in (*self.english, *self.also_english))


@cache
def _table() -> dict[str, _Row]:
    """Return the rows of both tables by their names."""
    return {row.name: row for row in _rows() if row.name != _OTHER}


@cache
def _rows() -> tuple[_Row, ...]:
    return tuple(
        _row(line, is_disease=table == "diseases.tsv")
        for table in ("known_names.tsv", "diseases.tsv")
        for line in files(__package__).joinpath(table).read_text("utf-8").splitlines()
        if not line.startswith("#")
    )


def _row(line: str, *, is_disease: bool) -> _Row:
    columns = [[form.strip() for form in cell.split(",")] for cell in line.split("\t")]
    must = [tuple(form for form in forms if form and form[0] != "(") for forms in columns]
    may = [tuple(form.strip("()") for form in forms if form[:1] == "(") for forms in columns]
    return _Row(
        english=must[0],
        also_english=may[0],
        forms=dict(zip(_SOURCES, must[1:], strict=True)),
        also=dict(zip(_SOURCES, may[1:], strict=True)),
        is_disease=is_disease,
    )


# --------------------------------------------------------------------------------------------
# Finding phrases

_Stems = Callable[[str], Sequence[str]]


class _Phrases:
    """Phrases, each with what it names; the longest one that begins at a word is found."""

    def __init__(self, phrases: Iterable[tuple[str, str]], stems: _Stems) -> None:
        self._stems = stems
        self._by_first: dict[str, list[tuple[list[str], str]]] = {}
        for phrase, name in phrases:
            words = _WORD.findall(phrase)
            self._by_first.setdefault(words[0], []).append((words, name))
        for choices in self._by_first.values():
            choices.sort(key=lambda choice: -len(choice[0]))
        self._beginnings = {first[:2] for first in self._by_first}

    def find(self, words: Sequence[str]) -> Iterator[tuple[int, int, str]]:
        """Yield the first word, the word after the last, and the name of every phrase."""
        after = 0
        for start, word in enumerate(words):
            if start < after or word[:2] not in self._beginnings:
                continue
            for phrase, name in self._beginning(word):
                after = start + len(phrase)
                if self._stands(phrase, words[start:after]):
                    yield start, after, name
                    break
            else:
                after = start

    def _beginning(self, word: str) -> Iterator[tuple[list[str], str]]:
        for stem in self._stems(word):
            yield from self._by_first.get(stem, ())

    def _stands(self, phrase: Sequence[str], words: Sequence[str]) -> bool:
        return (
            len(phrase) == len(words)
            and phrase[:-1] == words[:-1]
            and phrase[-1] in self._stems(words[-1])
        )


def _english_stems(word: str) -> tuple[str, ...]:
    return (word, word[:-1]) if word.endswith("s") else (word,)


def _as_it_is(word: str) -> tuple[str, ...]:
    return (word,)


def _split(words: str) -> tuple[str, ...]:
    return tuple(unicodedata.normalize("NFC", words).split())


#: Endings of Bengali nouns and of the adjectives made of them, before `ও` (too) and `ই` (indeed).
_ENDINGS = _split(
    "র ের এর য়ের ে য় য়ে তে েতে কে েকে দের েদের রা েরা ি িরা িদের ির িয় িয়রা িয়দের িয়ের "
    "িয়ান িয়ানরা িয়ানদের ান সহ টি টির গুলো গুলি গুলোর গুলির ী বাসী বাসি বাসীর বাসির মুখি ভিত্তিক"
)
_ALL_ENDINGS = {ending + too for ending in (*_ENDINGS, "") for too in ("", "ও", "ই")}
_LONGEST_ENDING = max(map(len, _ALL_ENDINGS))


def _bengali_stems(word: str) -> list[str]:
    sizes = range(min(_LONGEST_ENDING, len(word) - 2) + 1)
    return [word[: len(word) - size] for size in sizes if word[len(word) - size :] in _ALL_ENDINGS]


# --------------------------------------------------------------------------------------------
# What a text names


def _at_the_start(form: str) -> str:
    """Return a form as it stands at the start of a sentence."""
    return form[0].upper() + form[1:]


@cache
def _english_phrases() -> _Phrases:
    return _Phrases(
        (
            (spelling, row.name)
            for row in _rows()
            for form in row.english
            for spelling in {form, _at_the_start(form)}
            if form != _OTHER
        ),
        _english_stems,
    )


@cache
def _source_phrases(language: str) -> _Phrases:
    english = {form.casefold() for row in _rows() for form in row.english}
    return _Phrases(
        (
            (spelling, row.name)
            for row in _rows()
            for form in row.forms[language]
            for spelling in ({form, _at_the_start(form)} if row.is_disease else {form})
            if form.casefold() not in english
        ),
        _bengali_stems if language == "bn" else _as_it_is,
    )


_DOLLARS = re.compile(r"\b[A-Z]{1,3}\$")


def _named(target: str) -> tuple[str, ...]:
    """Return the names of an English text, in order, each once."""
    words = _WORD.findall(_DOLLARS.sub("$", target))
    found = dict.fromkeys(name for _, _, name in _english_phrases().find(words))
    return tuple(name for name in found if name != _OTHER)


@remembered
def _demanded(source: str, *, language: str) -> dict[str, str]:
    """Return the names of a source that its translation must have, each with its first form."""
    words = _WORD.findall(source)
    demanded: dict[str, str] = {}
    for start, end, name in _source_phrases(language).find(words):
        if name in demanded or name == _OTHER:
            continue
        ambiguous = language == "vi" and end - start == 1 and len(words[start]) <= _MAX_AMBIGUOUS
        if ambiguous and not _names_a_land(source, start):
            continue
        demanded[name] = " ".join(words[start:end])
    return demanded


#: Letters of the Vietnamese syllables that are a land's name, a person's, or another word: `Anh` is
#: England, he, or a given name; `Đức` Germany or virtue.
_MAX_AMBIGUOUS = 4
#: Words before a person's name, currencies and units (of `quantities`), and what makes other words.
_BEFORE_PERSONS = _split(
    "bà ông cô anh chị em bé cháu thầy bác chú sĩ sỹ bạn mẹ cụ tên là và với dì cậu nàng sư viên "
    "la đô đôla bảng yên quan mẫu dặm thước vuông"
)
_AFTER_OTHERS = _split("em chị ta ấy trai hùng ký ngữ")


def _names_a_land(source: str, place: int) -> bool:
    """Return whether a Vietnamese syllable stands as the name of a land does.

    That is after a word in small letters, and not before another name.
    """
    spans = list(_WORD.finditer(source))
    if place == 0 or source[spans[place - 1].end() : spans[place].start()] != " ":
        return False
    before = spans[place - 1].group()
    if not before.islower() or before in _BEFORE_PERSONS:
        return False
    if place + 1 == len(spans) or source[spans[place].end() : spans[place + 1].start()] not in " -":
        return True
    after = spans[place + 1].group()
    return not after[0].isupper() and after not in _AFTER_OTHERS


#: Letters and share of letters in common from which on two spellings are of one name.
_MIN_ALIKE = 4
_ALIKE = 0.75
#: Letters that writers of Bengali use for one another.
_BENGALI_SPELLING = str.maketrans({"ী": "ি", "ূ": "ু", "ণ": "ন", "ঈ": "ই", "ঊ": "উ"})


def _may_be_meant(row: _Row, source: str, language: str) -> bool:
    """Return whether anything in the source can be what the translation names."""
    forms = (*row.english, *row.forms[language], *row.also[language])
    words = _WORD.findall(source)
    if language == "bn":  # an ending may follow
        text = _spelt_simply(f" {' '.join(words)}")
        if any(f" {_spelt_simply(form)}" in text for form in forms):
            return True
    else:  # a land of one syllable has a capital, or it is another word
        text, lower = f" {' '.join(words)} ", f" {' '.join(words).lower()} "
        spelt = [" ".join(_WORD.findall(form)) for form in forms]
        if any(
            f" {form} " in text
            or ((" " in form or row.is_disease) and f" {form.lower()} " in lower)
            for form in spelt
        ):
            return True
    named = [word for word in words if not word.islower()]  # Bengali has no small letters
    pairs = [f"{a}{b}" for a, b in pairwise(named)]
    spellings = {word.lower() for word in (*named, *pairs) if len(word) >= _MIN_ALIKE}
    joined = {"".join(_WORD.findall(form)).lower() for form in forms}
    return any(
        spelt_alike(form, word) for form in joined if len(form) >= _MIN_ALIKE for word in spellings
    )


def _spelt_simply(text: str) -> str:
    return text.translate(_BENGALI_SPELLING).replace("ঙ্", "ং").replace("\u200c", "")


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
