"""Pairs made from human ones: other persons, places and things, each known in both languages.

Part of `generated.py`. What is known are the names and dictionary entries that `prepare.py` read,
and what the pairs themselves show: Vietnamese names that English writes without the marks, and
names in Latin letters on both sides. A model that has seen a name three times writes another in its
place; one that has seen thousands in the same few sentences learns to spell them.
"""

from __future__ import annotations

import collections
import itertools
import random
import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

from other_names import CASES, joined, names, with_ending

MAX_WORDS = 4
#: First words of Vietnamese names of persons, by frequency.
SURNAMES = re.compile(
    "(?:Nguyễn|Trần|Lê|Phạm|Hoàng|Huỳnh|Phan|Vũ|Võ|Đặng|Bùi|Đỗ|Hồ|Ngô|Dương|Lý|Đinh|Đoàn|Trịnh) "
)
#: Kinds of places, which the Vietnamese of a name of one begins with and the English ends in.
COMMUNE = re.compile(r"(?:Xã|Phường|Thị trấn|Đặc khu) (.+)")
NOT_NAMES = re.compile(
    r"\b(?:January|February|March|April|May|June|July|August|September|October|November|December"
    "|Monday|Tuesday|Wednesday|Thursday|Friday|Saturday|Sunday|Islam|Quran|Allah|God|Black|White"
    r"|Green|New|South|North|East|West|United|States|The|And|Ho Chi|Hoang Sa|Muslim)\b"
)
NOUN = re.compile(
    r"\b(?:[Aa]n?|[Tt]he) ([a-z]{3,})(?: (?:of|in|is|was|and|to|with|that|has)\b|[.,;])"
)
ARTICLE = re.compile(r"\b(?:[Aa]n?|[Tt]he) $")
WORD = {
    "vi": re.compile(r"[^\W\d_]+(?:[-'’][^\W\d_]+)*"),
    "bn": re.compile(r"[\u0980-\u09E5\u09F0-\u09FF]+"),
}
_LATIN_WORD = "[A-Z][a-z]+(?:-[A-Z][a-z]+)?"
LATIN_NAME = re.compile(
    rf"(?<![\w.@/&'’-]){_LATIN_WORD}(?: {_LATIN_WORD}){{0,3}}(?![\w@/&-]|[.]\w| [A-Z])"
)
_CAPITALISED_WORD = "[A-ZĐÀ-ÖØ-Þ\u1e00-\u1ef9][^\\W\\d_]*"
CAPITALISED = re.compile(rf"(?<!\w){_CAPITALISED_WORD}(?: {_CAPITALISED_WORD})+")
ENDINGS = sorted({ending for case in CASES for ending in case}, key=len, reverse=True)


class Entry(NamedTuple):
    """What English and another language call a person, a place or a thing."""

    source: str
    english: str


@dataclass(slots=True)
class Known:
    """Entries of one language by kind, and what the forms in its sentences are."""

    entries: dict[str, list[Entry]] = field(default_factory=dict)
    forms: dict[str, tuple[str, str]] = field(default_factory=dict)  # to kind and English
    by_spaces: dict[tuple[str, int], list[Entry]] = field(default_factory=dict)

    def add(self, kind: str, found: Iterable[Entry]) -> None:
        """Take in entries; a form that is known already keeps its English."""
        for entry in sorted(set(found)):
            if self.forms.setdefault(entry.source, (kind, entry.english)) == (kind, entry.english):
                self.entries.setdefault(kind, []).append(entry)
                key = kind, entry.english.count(" ")
                self.by_spaces.setdefault(key, []).append(entry)

    def alike(self, kind: str, english: str) -> list[Entry]:
        """What can stand in for an entry: of its kind, persons with as many names if there are."""
        found = self.by_spaces.get((kind, english.count(" ")), []) if kind == "person" else []
        return found or self.entries[kind]


class Found(NamedTuple):
    """A known form in a sentence: where, of which kind, and where its English is."""

    start: int
    end: int
    kind: str
    form: str
    ending: str
    target_start: int
    target_end: int


def without_marks(text: str) -> str:
    """Vietnamese as English writes its names."""
    plain = text.replace("đ", "d").replace("Đ", "D")
    return "".join(c for c in unicodedata.normalize("NFD", plain) if not unicodedata.combining(c))


def usable_name(english: str) -> bool:
    """Whether the English is a name of one to four words in plain letters."""
    words = english.split()
    return (
        1 <= len(words) <= MAX_WORDS
        and not NOT_NAMES.search(english)
        and all(re.fullmatch(r"[A-Z][a-z]+(?:-[A-Za-z][a-z]+)*", word) for word in words)
    )


def common_words(targets: Iterable[str]) -> tuple[set[str], set[str]]:
    """English words that stand in lower case three times or more, and the nouns among them.

    A noun is what stands between an article and a preposition, a verb or a full stop.
    """
    counts: dict[str, int] = collections.Counter()
    nouns: set[str] = set()
    for target in targets:
        counts.update(re.findall(r"(?<![\w'-])[a-z]+(?![\w'-])", target))
        nouns.update(NOUN.findall(target))
    return {word for word, count in counts.items() if count > 2}, nouns


def parts_of(persons: Iterable[Entry]) -> Iterator[Entry]:
    """Given and family names out of whole ones, each with its most frequent English."""
    counts: dict[str, dict[str, int]] = collections.defaultdict(collections.Counter)
    for person in persons:
        ours, theirs = person.english.split(), person.source.split()
        if len(ours) == len(theirs):
            for word, english in zip(theirs, ours, strict=True):
                counts[word][english] += 1
    for word, found in counts.items():
        english = min(found, key=lambda text: (-found[text], text))
        if len(word) > 2 and usable_name(english):
            yield Entry(word, english)


def known_in(
    language: str, named: Iterable[tuple[str, str, str]], pairs: Iterable[tuple[str, str]]
) -> Known:
    """What is known in a language, from entries (kind, source, English) and its sentences."""
    shown = list(pairs)
    common, nouns = common_words(target for _, target in shown)
    by_kind: dict[str, list[Entry]] = collections.defaultdict(list)
    for kind, source, english in named:
        source = unicodedata.normalize("NFC", source)
        commune = COMMUNE.fullmatch(source)
        if kind == "place" and language == "vi" and commune is not None:
            source, english = commune[1], english.rsplit(" ", 1)[0]
        if kind == "thing":
            if english in nouns and (language == "vi" or " " not in source):
                by_kind[kind].append(Entry(source, english))
        elif english.lower() not in common and usable_name(english) and len(source) > 2:
            by_kind[kind].append(Entry(source, english))
    known = Known()
    if language == "vi":
        by_kind["person"] += [name for pair in shown for name in marked_names(*pair)]
        places = [name for name in by_kind["person"] if not SURNAMES.match(name.source)]
        by_kind["place"] += places
        by_kind["person"] = [name for name in by_kind["person"] if name not in set(places)]
    else:
        parts = parts_of(by_kind["person"])
        lands = {land.english for land in names()}
        by_kind["part"] = [
            part
            for part in parts
            if part.english.lower() not in common and part.english not in lands
        ]
    for kind in ("person", "place", "part", "thing"):
        known.add(kind, by_kind[kind])
    return known


def marked_names(source: str, target: str) -> Iterator[Entry]:
    """Vietnamese names of two to four words that stand in the English without their marks."""
    for match in CAPITALISED.finditer(unicodedata.normalize("NFC", source)):
        words = match.group().split()
        first = 0
        while first < len(words) - 1:
            for last in range(min(len(words), first + MAX_WORDS), first + 1, -1):
                name = " ".join(words[first:last])
                english = without_marks(name)
                if name != english and usable_name(english) and stands_in(english, target):
                    yield Entry(name, english)
                    first = last
                    break
            first += 1


def stands_in(name: str, text: str) -> bool:
    return name in text and bool(re.search(rf"(?<![\w-]){re.escape(name)}(?![\w-])", text))


def find_known(language: str, known: Known, source: str, target: str) -> list[Found]:
    """The known forms that stand once in the source and, as their English, once in the target.

    Parts of a name that follow one another on both sides are one name.
    """
    words = list(WORD[language].finditer(source))
    found: list[Found] = []
    at = 0
    while at < len(words):
        for count in range(min(MAX_WORDS, len(words) - at), 0, -1):
            start, end = words[at].start(), words[at + count - 1].end()
            if " " * (count - 1) != re.sub(r"\S", "", source[start:end]):
                continue
            match = _match(language, known, source, target, start, end)
            if match is not None:
                found.append(match)
                at += count - 1
                break
        at += 1
    return _joined_parts(found, source, target)


def _match(
    language: str, known: Known, source: str, target: str, start: int, end: int
) -> Found | None:
    text = source[start:end]
    for ending in ENDINGS if language == "bn" else ("",):
        form = text[: len(text) - len(ending)]
        if not text.endswith(ending) or form not in known.forms:
            continue
        kind, english = known.forms[form]
        if english not in target:
            continue
        places = [
            m.span() for m in re.finditer(rf"(?<![\w-]){re.escape(english)}(?![\w-])", target)
        ]
        if kind == "thing":  # a noun, and one of it
            places = [place for place in places if ARTICLE.search(target[: place[0]])]
        if len(places) == 1 and source.count(form) == 1:
            return Found(start, end, kind, form, ending, *places[0])
    return None


def _joined_parts(found: list[Found], source: str, target: str) -> list[Found]:
    joined: list[Found] = []
    for one in found:
        last = joined[-1] if joined else None
        if (
            last is not None
            and last.kind in ("part", "person")
            and one.kind == "part"
            and not last.ending
            and source[last.end : one.start] == " "
            and target[last.target_end : one.target_start] == " "
        ):
            joined[-1] = one._replace(
                start=last.start,
                target_start=last.target_start,
                kind="person",
                form=f"{last.form} {one.form}",
            )
        else:
            joined.append(one)
    return joined


def with_other_entries(
    rng: random.Random, language: str, known: Known, source: str, target: str
) -> tuple[str, str] | None:
    """The pair with another person, place or thing for each known one; None where there is none."""
    source = unicodedata.normalize("NFC", source)
    edits: list[tuple[Found, str, str]] = []
    for found in find_known(language, known, source, target):
        new = rng.choice(known.alike(found.kind, target[found.target_start : found.target_end]))
        written: str | None = new.source
        if language == "bn":
            written = with_ending(new.source, found.form, found.ending)
        if written is None or new.source == found.form or new.source in source:
            continue
        edits.append((found, written, new.english))
    spans = sorted((found.target_start, found.target_end) for found, _, _ in edits)
    if not edits or any(a[1] > b[0] for a, b in itertools.pairwise(spans)):
        return None
    for found, written, _ in sorted(edits, key=lambda edit: -edit[0].start):
        source = source[: found.start] + written + source[found.end :]
    for found, _, english in sorted(edits, key=lambda edit: -edit[0].target_start):
        before = with_article(target[: found.target_start], english)
        target = before + english + target[found.target_end :]
    return source, target


def with_article(before: str, english: str) -> str:
    """The text before a word, its last `a` or `an` as the word wants it."""
    return re.sub(
        r"\b([Aa])n? $", lambda a: f"{a[1]}{'n' if english[0] in 'aeiouAEIOU' else ''} ", before
    )


def with_other_latin_name(
    rng: random.Random, names: dict[int, list[str]], source: str, target: str
) -> tuple[str, str] | None:
    """The pair with another name in Latin letters, copied as it is, for one that stands so.

    The name has two words or more, or is too long for a Vietnamese syllable; it is not the first
    word of the source, and stands once on each side.
    """
    for match in LATIN_NAME.finditer(source):
        name = match.group()
        if not match.start() or not usable_name(name) or (" " not in name and len(name) < 7):
            continue
        if source.count(name) != 1 or target.count(name) != 1:
            continue
        if name not in LATIN_NAME.findall(target):
            continue
        alike = names.get(name.count(" "))
        if not alike:
            continue
        new = rng.choice(alike)
        return source.replace(name, new), target.replace(name, new)
    return None


def latin_names(known: Iterable[Known]) -> dict[int, list[str]]:
    """The English of all persons and places by the number of spaces in them, sorted."""
    kinds = ("person", "place")
    names = {e.english for one in known for kind in kinds for e in one.entries.get(kind, ())}
    by_spaces: dict[int, list[str]] = {}
    for name in sorted(names):
        by_spaces.setdefault(name.count(" "), []).append(name)
    return by_spaces


def list_of_entries(rng: random.Random, language: str, known: Known) -> tuple[str, str]:
    """One to four persons, or places, in `language` and in English."""
    kind = rng.choice([kind for kind in ("person", "place", "thing") if known.entries.get(kind)])
    chosen = rng.choices(known.entries[kind], k=rng.choice((1, 2, 3, 3, 4)))
    return joined(rng, language, [e.source for e in chosen], [e.english for e in chosen])
