"""Which of a page's texts are its article, by trafilatura; and what the page states of itself.

A text is found again by its place: a mark of rare symbols is put into each before trafilatura
sees the page, and those that are in what it gives back are the article. (Private-use characters
would not do: trafilatura drops what is not printable on some of its ways.) Only an article that
comes from the page's embedded data, which no mark is in, is looked for by its words.
"""

from __future__ import annotations

import logging
import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product
from typing import Any

from lxml import etree

from seedsum.reading.embedded import embedded_headline
from seedsum.reading.pieces import Place
from seedsum.reading.visible import Shown

#: Larger pages are not given to trafilatura, which would take seconds: 100,000 paragraphs 8 s.
_MAX_ELEMENTS, _MAX_DEPTHS = 100_000, 10_000_000
#: With more blocks trafilatura does not ask jusText, whose time grows with their number's square.
_MAX_COMPARED_BLOCKS = 5_000

#: Braille, arrows, operators, notes of music, signs of divination: next to no article has them.
_MARK_BLOCKS = (
    *((0x2801, 0x2900), (0x2900, 0x2B00), (0x1D000, 0x1D0F6), (0x1D100, 0x1D127)),
    *((0x1D200, 0x1D242), (0x1D300, 0x1D357), (0x1D800, 0x1DA00), (0x1F700, 0x1F774)),
)
_MARKS = [
    mark
    for first, end in _MARK_BLOCKS
    for mark in map(chr, range(first, end))
    if mark.isprintable() and not mark.isalnum() and unicodedata.is_normalized("NFKC", mark)
]
#: A page that uses nearly all of them itself is looked up by its words.
_MIN_MARKS = 100

#: A text is taken for part of an article where that much of its groups of words is.
_MIN_COMMON_SHARE = 0.7
_GROUP_WORDS = 4
#: Of an article in the page's data, what is shown stands for all where it is that much of it.
_MIN_SHOWN_SHARE = 0.8
_WORD = re.compile(r"\w+")
_NOT_TAKEN = re.compile("[\0-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")

#: A page's title that is that much shorter than the headline in its data is the site's name.
_MAX_NAME_SHARE = 0.5

#: What broken pages trip trafilatura and htmldate with, in many ways.
_FAULTS = (ValueError, TypeError, AttributeError, RecursionError, KeyError, etree.LxmlError)


@dataclass(frozen=True, slots=True)
class Stated:
    """What a page says of itself: its headline in each wording, its address and its date."""

    titles: tuple[str, ...] = ()
    url: str | None = None
    date: str | None = None


def stated(tree: Any) -> Stated:
    """Return what the page's markup, its metadata and its embedded data state."""
    from trafilatura.metadata import extract_metadata

    _silence()
    embedded = " ".join(embedded_headline(tree).split())
    own = " ".join((tree.findtext(".//title") or "").split())
    if len(own) < _MAX_NAME_SHARE * len(embedded):
        own = embedded  # the site's name, or nothing
    if not _is_for_trafilatura(tree):
        return Stated((own,))
    try:
        found = extract_metadata(tree, None, {"extensive_search": False, "original_date": True})
    except _FAULTS:
        return Stated((own,))
    title = found.title or own
    title = own if own == embedded and len(title) < _MAX_NAME_SHARE * len(own) else title
    return Stated((title, own), found.url, found.date)


def article_places(tree: Any, shown: Sequence[Shown]) -> frozenset[int] | None:
    """Return the numbers of the texts that are the page's article; None where there is none.

    There are no numbers where trafilatura takes the article from the page's embedded data, and not
    all of it is shown.
    The tree is changed: a mark stands in each text afterwards.
    """
    import trafilatura

    if not shown or not _is_for_trafilatura(tree):
        return None
    _silence()
    marks = _mark(tree, shown)
    try:
        found = trafilatura.bare_extraction(
            tree, include_comments=False, fast=len(shown) > _MAX_COMPARED_BLOCKS
        )
    except _FAULTS:
        return None
    if found is None or isinstance(found, dict) or found.body is None:
        return None
    article = "".join(found.body.itertext())
    if places := marks.found_in(article):
        return places
    return _with_words_of(article, shown)


def _silence() -> None:
    for name in ("trafilatura", "htmldate"):  # they report what we report as notes
        logging.getLogger(name).setLevel(logging.CRITICAL)


def _is_for_trafilatura(tree: Any) -> bool:
    depth = depths = num_elements = 0
    for event, _ in etree.iterwalk(tree, events=("start", "end")):
        is_start = event == "start"
        depth += 1 if is_start else -1
        depths += depth * is_start
        num_elements += is_start
        if num_elements > _MAX_ELEMENTS or depths > _MAX_DEPTHS:
            return False
    return True


@dataclass(frozen=True, slots=True)
class _Marks:
    """The marks that were put into the texts, all of one length."""

    numbers: dict[str, int]
    width: int
    pattern: re.Pattern[str]

    def found_in(self, article: str) -> frozenset[int]:
        """Return the numbers of the texts whose marks are in the article."""
        found = article if self.width == 1 else self.pattern.findall(article)
        return frozenset(self.numbers[mark] for mark in found if mark in self.numbers)


def _mark(tree: Any, shown: Sequence[Shown]) -> _Marks:
    """Put a mark into each text, right before its longest part's first letter."""
    used = set("".join(tree.itertext()))
    letters = [letter for letter in _MARKS if letter not in used]
    if len(letters) < _MIN_MARKS:
        return _Marks({}, 1, re.compile(r"(?!)"))
    width = next(width for width in (1, 2, 3) if len(letters) ** width >= len(shown))
    numbers: dict[str, int] = {}
    marked = zip(product(letters, repeat=width), enumerate(shown), strict=False)
    for mark, (number, text) in marked:
        _put("".join(mark), text.place)
        numbers["".join(mark)] = number
    return _Marks(numbers, width, re.compile(f"[{''.join(map(re.escape, letters))}]{{{width}}}"))


def _put(mark: str, place: Place) -> None:
    element, is_tail = place
    # lxml gives what it does not take: `&#7;` and its like.
    text = _NOT_TAKEN.sub(" ", (element.tail if is_tail else element.text) or "")
    start = len(text) - len(text.lstrip())
    marked = f"{text[:start]}{mark}{text[start:]}"
    if is_tail:
        element.tail = marked
    else:
        element.text = marked


def _with_words_of(article: str, shown: Sequence[Shown]) -> frozenset[int]:
    """Return the numbers of the texts whose words are an article's, in groups or as a line of it.

    There are none where the page does not show nearly all of the article.
    """
    groups = set(_groups(article))
    lines = {_squeezed(line) for line in article.split("\n")}

    def is_in(text: str) -> bool:
        own = _groups(text)
        if len(own) > 1:
            return sum(group in groups for group in own) >= _MIN_COMMON_SHARE * len(own)
        return _squeezed(text) in lines

    found = frozenset(n for n, x in enumerate(shown) if is_in(x.span.text))
    size = sum(len(shown[n].span.text) for n in found)
    return found if size >= _MIN_SHOWN_SHARE * len(article) else frozenset()


def _groups(text: str) -> list[tuple[str, ...]]:
    words = _WORD.findall(unicodedata.normalize("NFC", text).casefold())
    starts = range(max(1, len(words) - _GROUP_WORDS + 1))
    return [tuple(words[start : start + _GROUP_WORDS]) for start in starts]


def _squeezed(text: str) -> str:
    return "".join(unicodedata.normalize("NFC", text).split())
