"""Where the words that a flag speaks of stand, in the source and in its English. Pure.

A flag's detail names what was seen in words of its own (`the source says 11 July (11.7), the
translation 1.7%`). Each part of it is looked for as it is written; what is in brackets is mostly
the text's own spelling.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass

from seedsum.records import Flag

#: A place in a text, in characters, half-open.
Place = tuple[int, int]

#: A sentence of more marks is not made clearer by them.
_MAX_PLACES = 12

_WORD = r"\w\u0980-\u09ff"
_QUOTED = re.compile(r"“([^”]+)”|'([^']+)'")
_BRACKETS = re.compile(r"([^,;()]*)\(([^()]*)\)")
#: What a detail says of either side, and of which side it speaks first.
_SIDES = re.compile(
    r"\b(?P<side>the source|the translation)\b"
    r"(?: (?:says|names|has|quotes|ends (?:its sentence,|in)))?"
)
_LISTED = re.compile(r"^(?:left in [^:]+|copied|digits left in [^:]+): (?P<words>.+)$")
_NOT_IN = re.compile(r"^not in the (?P<side>translation|source): “(?P<words>.*)” \(figure")
_TERM = re.compile(r"^(?P<term>.+?): .+ is not in the translation$")


@dataclass(frozen=True, slots=True)
class Marks:
    """Places in both texts; a side without any is meant as a whole where the other has some."""

    source: tuple[Place, ...] = ()
    english: tuple[Place, ...] = ()


def marks(flag: Flag, source: str, english: str) -> Marks:
    """Return where the words of a flag are; nothing where its detail names none that are there."""
    of_source, of_english = _words(flag.detail)
    return Marks(tuple(_places(of_source, source)), tuple(_places(of_english, english)))


def _words(detail: str) -> tuple[list[str], list[str]]:
    """Return what to look for in the source, and in the English."""
    if found := _LISTED.match(detail):
        words = [found["words"], *found["words"].split()]
        return words, words
    if found := _NOT_IN.match(detail):
        return ([found["words"]], []) if found["side"] == "translation" else ([], [found["words"]])
    if found := _TERM.match(detail):
        return [found["term"]], []
    sides: dict[str, list[str]] = {"the source": [], "the translation": []}
    pieces = list(_SIDES.finditer(detail))
    for number, piece in enumerate(pieces):
        end = pieces[number + 1].start() if number + 1 < len(pieces) else len(detail)
        sides[piece["side"]] += _said(detail[piece.end() : end])
    if not pieces:  # it quotes the translation
        sides["the translation"] = [one or other for one, other in _QUOTED.findall(detail)]
    return sides["the source"], sides["the translation"]


def _said(text: str) -> list[str]:
    """Return the words that a detail says one side has, those in brackets among them."""
    quoted = [one or other for one, other in _QUOTED.findall(text)]
    bracketed = [part for pair in _BRACKETS.findall(text) for part in pair]
    rest = _BRACKETS.sub(",", text)
    words = [word.strip(" ,;.") for word in (*quoted, *bracketed, *re.split(r"[,;]", rest))]
    return [word for word in words if word and word not in _EMPTY]


#: What details say where a side has nothing.
_EMPTY = frozenset({"does not", "more often than the source", "the", "in", "than"})


def _places(words: list[str], text: str) -> Iterator[Place]:
    """Yield the places of the words, the longest first, without overlap, in order."""
    taken: list[Place] = []
    for word in sorted(dict.fromkeys(words), key=len, reverse=True):
        for match in _found(word, text):
            place = match.span()
            if all(place[1] <= start or end <= place[0] for start, end in taken):
                taken.append(place)
    yield from sorted(taken)[:_MAX_PLACES]


def _found(word: str, text: str) -> Iterator[re.Match[str]]:
    """Find a word as it is written, in any case, and not within another."""
    escaped = re.escape(unicodedata.normalize("NFC", word)).replace(r"\ ", r"\s+")
    before = rf"(?<![{_WORD}])" if word[:1].isalnum() else ""
    after = rf"(?![{_WORD}])" if word[-1:].isalnum() else ""
    yield from re.finditer(before + escaped + after, text, re.IGNORECASE)
