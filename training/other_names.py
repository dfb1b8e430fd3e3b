"""Pairs made by rule from human ones: another land or city in the place of the one that is named.

Part of `generated.py`. The corpora name some forty lands often and most others hardly ever; a model
that has seen `পেরু` three times writes `Norway`. The names are those of `lands.tsv`; of persons and
places, `swaps.py` has more.
"""

from __future__ import annotations

import random
import re
import unicodedata
from functools import cache
from pathlib import Path
from typing import NamedTuple

TABLE = Path(__file__).parent / "lands.tsv"
#: Rows that are no noun, or a noun that English gives an article.
LEFT_OUT = frozenset(
    {
        "Czech",
        "Saudi",
        "Netherlands",
        "Philippines",
        "Maldives",
        "UAE",
        "United States",
        "Congo",
    }
    | {"United Nations", "World Bank", "World Health Organization", "Asia", "Europe", "Africa"}
)
BENGALI_VOWELS = "ািীুূৃেৈোৌঅআইঈউঊএঐওঔ"
#: Endings of Bengali nouns after a consonant, after `া` and after other vowels.
CASES = (("", "", ""), ("ের", "র", "র"), ("ে", "য়", "তে"), ("কে", "কে", "কে"), ("ও", "ও", "ও"))


class Name(NamedTuple):
    """A name in English and in both languages; `others` are further English forms of it."""

    english: str
    vi: tuple[str, ...]
    bn: tuple[str, ...]
    others: tuple[str, ...]


@cache
def names() -> tuple[Name, ...]:
    """All rows of the table, with the forms that are not in brackets."""
    found = []
    for line in TABLE.read_text(encoding="utf-8").splitlines():
        if line.startswith("#"):
            continue
        cells = [[form.strip() for form in cell.split(",")] for cell in line.split("\t")]
        english, vi, bn = (
            tuple(unicodedata.normalize("NFC", form) for form in forms if form and form[0] != "(")
            for forms in cells
        )
        found.append(Name(english[0], vi or english[:1], bn, english[1:]))
    return tuple(found)


@cache
def usable() -> tuple[Name, ...]:
    """The names that can stand in for one another."""
    return tuple(name for name in names() if name.english not in LEFT_OUT and name.bn)


def _pattern(forms: list[str], ending: str = "") -> re.Pattern[str]:
    longest_first = "|".join(map(re.escape, sorted(forms, key=len, reverse=True)))
    return re.compile(rf"(?<![\w\u0980-\u09FF])({longest_first}){ending}(?![\w\u0980-\u09FF])")


@cache
def _english() -> tuple[re.Pattern[str], dict[str, str]]:
    forms = {form: name.english for name in names() for form in (name.english, *name.others)}
    return _pattern(list(forms)), forms


@cache
def _source(language: str) -> tuple[re.Pattern[str], dict[str, str]]:
    forms = {form: name.english for name in names() for form in getattr(name, language)}
    endings = sorted({ending for case in CASES for ending in case}, key=len, reverse=True)
    ending = f"({'|'.join(endings)})" if language == "bn" else ""
    return _pattern(list(forms), ending), forms


def _class_of(bengali: str) -> int:
    last = bengali[-1]
    if last not in BENGALI_VOWELS:
        return 0
    return 1 if last == "া" else 2


def with_ending(bengali: str, before: str, ending: str) -> str | None:
    """The name in the case in which `before` stands with `ending`; None where that is unclear."""
    for case in CASES:
        if case[_class_of(before)] == ending:
            return bengali + case[_class_of(bengali)]
    return None


def form_of(rng: random.Random, name: Name, language: str) -> str:
    """The usual form; in Vietnamese more often the English one than one with hyphens."""
    form = name.vi[0] if language == "vi" else name.bn[0]
    return name.english if "-" in form and rng.random() < 0.7 else form


def with_another_name(
    rng: random.Random, language: str, source: str, target: str
) -> tuple[str, str] | None:
    """The pair with another name on both sides; None where not just one name stands on each."""
    pattern, forms = _source(language)
    english_pattern, english_forms = _english()
    source = unicodedata.normalize("NFC", source)
    theirs = list(pattern.finditer(source))
    ours = list(english_pattern.finditer(target))
    if len(theirs) != 1 or len(ours) != 1:
        return None
    form, english = theirs[0].group(1), ours[0].group()
    if english in LEFT_OUT or english_forms[english] != english or forms[form] != english:
        return None
    if language == "vi" and form.isalpha() and len(form) <= 4:  # may be another word
        return None
    other = rng.choice([name for name in usable() if name.english != english])
    new = form_of(rng, other, language)
    if language == "bn":
        written = with_ending(new, form, theirs[0].group(2))
        if written is None:
            return None
        new = written
    if re.search(r"\bthe $", target[: ours[0].start()]):
        return None
    return (
        f"{source[: theirs[0].start()]}{new}{source[theirs[0].end() :]}",
        f"{target[: ours[0].start()]}{other.english}{target[ours[0].end() :]}",
    )


def list_of_names(rng: random.Random, language: str) -> tuple[str, str]:
    """One to four names, in `language` and in English."""
    chosen = rng.sample(usable(), rng.choice((1, 2, 3, 3, 4)))
    theirs = [form_of(rng, name, language) for name in chosen]
    ours = [name.english for name in chosen]
    return joined(rng, language, theirs, ours)


def joined(
    rng: random.Random, language: str, theirs: list[str], ours: list[str]
) -> tuple[str, str]:
    """Words in `language` and in English as two lists with `and`."""
    last = {"vi": " và ", "bn": rng.choice((" ও ", " এবং "))}[language]
    return _joined(theirs, last), _joined(ours, " and ")


def _joined(words: list[str], last: str) -> str:
    return last.join(filter(None, (", ".join(words[:-1]), words[-1])))
