"""What a page shows: its visible texts in order, one `Shown` per block-level text of the tree."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import Any, NamedTuple
from urllib.parse import urljoin

from lxml import etree

from seedsum.languages import words
from seedsum.reading.elements import (
    BLOCK_TAGS,
    HEADINGS,
    around_headlines,
    element_hint,
    is_data_row,
    is_data_table,
    is_hidden,
    is_inline,
    is_picture_frame,
)
from seedsum.reading.inline import list_number, lowered, raised
from seedsum.reading.pieces import (
    LINE_BREAK,
    Piece,
    Place,
    composed,
    lines,
    with_breaks,
    without_bars,
)
from seedsum.reading.spans import CELL_SEPARATOR, QUOTATION, Span
from seedsum.reading.text import is_written
from seedsum.records import Kind

_DROPPED_TAGS = words(
    "script style noscript template title iframe object embed svg audio video canvas annotation "
    "annotation-xml"
)
_LISTS = words("ul ol menu dir")
_BOLD_TAGS = words("b strong")
#: What is struck out is said no more; text in it of some length is a page whose tag nobody closed.
_STRUCK_TAGS = words("del s strike")
_MAX_STRUCK_CHARS = 500
#: What stands between the parts of a formula when it is written in a line.
_FORMULA_SIGNS = {"msup": "^", "msub": "_", "mfrac": "/"}
#: A longer formula is nothing to be read in a line, nor to be translated.
_MAX_FORMULA_CHARS = 60
#: Elements that a style may set apart from the text beside them.
_SET_APART_TAGS = words("span a time label cite")


#: So long an address is data and leads nowhere.
_MAX_ADDRESS_CHARS = 2_000
#: Of a page with more links the addresses of the first ones are kept: 40 MB at most.
_MAX_LINKS = 20_000


@dataclass(frozen=True, slots=True)
class Shown:
    """A block-level text with the place of most of it, and the block element that it is in."""

    span: Span
    place: Place
    element: Any


class _Open(NamedTuple):
    """What the text in an open element is; a child takes over what it does not set."""

    kind: Kind = Kind.PARAGRAPH
    level: int = 0
    hint: str = ""
    list_depth: int = 0
    data_row: Any = None
    is_in_data: bool = False
    is_bold: bool = False
    address: str = ""
    block: Any = None


def shown_texts(tree: Any, *, url: str = "") -> list[Shown]:
    """Return every visible block-level text of the page at the address in document order."""
    return _Walk(tree, url).shown


def num_long_formulas(tree: Any) -> int:
    """Return how many formulas of the page are too long to be shown in a line of text."""
    return sum(not is_inline(formula, _MAX_FORMULA_CHARS) for formula in tree.iter("math"))


class _Walk:
    """One pass through the page, with what is open."""

    def __init__(self, tree: Any, url: str) -> None:
        self.shown: list[Shown] = []
        self.pieces: list[Piece] = []
        self.stack = [_Open()]
        self.numbers: list[int | None] = []  # of the open lists; None where items have none
        self.number = ""  # of the item that has begun
        self.num_links = 0
        base = next((str(x) for x in tree.xpath("//base/@href")), url)
        self.base = base if len(base) <= _MAX_ADDRESS_CHARS else ""
        self.wrappers = around_headlines(tree)
        walker = etree.iterwalk(tree, events=("start", "end"))
        for event, element in walker:
            if event == "end":
                self._end(element)
                self._show(element, element.tail, is_tail=True)
            elif self._is_left_out(element):
                # Its text has been looked at; the end event follows and shows what comes after it.
                self.stack.append(self.stack[-1])
                walker.skip_subtree()
            else:
                self._start(element)
                self._show(element, element.text, is_tail=False)
        self._flush()

    def _show(self, element: Any, text: str | None, *, is_tail: bool) -> None:
        if text:
            top = self.stack[-1]
            self.pieces.append(Piece(text, Place(element, is_tail), top.is_bold, top.address))

    def _is_left_out(self, element: Any) -> bool:
        """Return whether the element's texts are not shown, or were put into other words."""
        tag = element.tag
        if tag in _DROPPED_TAGS:
            # A template that is a shadow root is shown in its place.
            return "shadowrootmode" not in element.attrib
        if tag in BLOCK_TAGS:
            return False
        if tag == "math":
            return not is_inline(element, _MAX_FORMULA_CHARS)
        if tag in _STRUCK_TAGS or is_hidden(element):
            return is_inline(element, _MAX_STRUCK_CHARS)
        if tag in ("sup", "sub") and is_inline(element, 20):
            before = self.pieces[-1].text if self.pieces else ""
            content = "".join(element.itertext()).strip()
            is_link = bool(self.stack[-1].address) or element.find(".//a") is not None
            if tag == "sup":
                said = raised(before, content, is_link=is_link)
            else:
                said = lowered(before, content)
            if said:
                self.pieces.append(Piece(said, None, self.stack[-1].is_bold, ""))
            return bool(said)
        return False

    def _start(self, element: Any) -> None:
        outer = self.stack[-1]
        tag, row = element.tag, outer.data_row
        if tag == "br":
            self.pieces.append(LINE_BREAK if row is None else Piece(" "))
        elif tag in BLOCK_TAGS:
            if row is None:
                self._flush()
            elif tag in ("td", "th") and self.pieces:
                self.pieces.append(Piece(CELL_SEPARATOR))
            else:
                self.pieces.append(Piece(" "))
        elif sign := _formula_sign(element):
            self.pieces.append(Piece(sign))
        elif tag in _SET_APART_TAGS:
            self._part(_first_text(element), is_new_link=tag == "a")
        if tag in _LISTS:
            self.numbers.append(_stated_number(element, "start", 1) if tag == "ol" else None)
        elif tag == "li" and self.numbers and (number := self.numbers[-1]) is not None:
            number = _stated_number(element, "value", number)
            self.number = list_number(number, element.getparent().get("type", ""))
            self.numbers[-1] = number + 1
        self.stack.append(self._opened(element, outer))

    def _end(self, element: Any) -> None:
        row = self.stack[-1].data_row
        tag = element.tag
        if tag in BLOCK_TAGS and (row is None or row is element):
            self._flush()
        if tag in _LISTS and self.numbers:
            self.numbers.pop()
        elif tag == "li":
            self.number = ""
        self.stack.pop()
        if tag in _SET_APART_TAGS and element.tail:
            self._part(element.tail)

    def _part(self, follows: str, *, is_new_link: bool = False) -> None:
        """Put a space between texts that only a style sets apart, where both say that they are two.

        A capital letter after a small one is a new beginning, and so is a link right after a link.
        """
        before = self.pieces[-1] if self.pieces else LINE_BREAK
        if len(before.text.strip()) < 3 or before.text[-1].isspace() or not follows.strip():
            return
        is_new_word = before.text[-1].islower() and follows[0].isupper()
        if is_new_word or (is_new_link and before.address):
            self.pieces.append(Piece(" "))

    def _opened(self, element: Any, outer: _Open) -> _Open:
        """Return what the text in an element is, by what it is around the element."""
        kind, level, hint, list_depth, data_row, is_in_data, is_bold, address, block = outer
        own_hint = element_hint(element, self.wrappers)
        if own_hint and (hint in ("", "aside", QUOTATION) or own_hint in _STRONG_HINTS):
            hint = own_hint
        tag = element.tag
        if tag in HEADINGS:
            kind, level = Kind.HEADING, HEADINGS[tag]
        elif tag in _LISTS:
            list_depth += 1
        elif tag in ("li", "dd", "dt"):
            kind, level = Kind.LIST_ITEM, max(list_depth, 1)
        elif tag == "pre":
            kind, level = Kind.CODE, 0
        elif tag == "table" and data_row is None:
            is_in_data = is_data_table(element)
            if not is_in_data and is_picture_frame(element):
                hint = "figcaption"
        elif tag == "tr" and data_row is None and is_in_data and is_data_row(element):
            kind, level, data_row = Kind.TABLE_ROW, 0, element
        elif tag in _BOLD_TAGS:
            is_bold = True
        elif tag == "a":
            address = self._address(element)
        if tag in BLOCK_TAGS:
            block = element
        return _Open(kind, level, hint, list_depth, data_row, is_in_data, is_bold, address, block)

    def _address(self, link: Any) -> str:
        address = (link.get("href") or "").strip()
        if not address or len(address) > _MAX_ADDRESS_CHARS or self.num_links >= _MAX_LINKS:
            return ""
        self.num_links += 1
        try:
            return str(urljoin(self.base, address))
        except ValueError:
            return address

    def _flush(self) -> None:
        """Make spans of the texts since the last block began or ended."""
        pieces, self.pieces = self.pieces, []
        if not any(piece.text.strip() for piece in pieces):
            return
        kind, level, hint, *_, block = self.stack[-1]
        if kind is Kind.CODE and is_written("".join(piece.text for piece in pieces)):
            kind, pieces = Kind.PARAGRAPH, list(with_breaks(pieces))
        has_lines = kind is Kind.PARAGRAPH and LINE_BREAK in pieces
        whole = None if has_lines else composed(pieces, is_code=kind is Kind.CODE)
        for text in lines(pieces) if has_lines else filter(None, [whole]):
            span = replace(text.span, level=level, hint=hint or text.span.hint)
            if kind is not Kind.PARAGRAPH:
                span = replace(span, kind=kind)
            if kind is Kind.TABLE_ROW:
                span = without_bars(span)
            if kind is Kind.LIST_ITEM and self.number:
                if not _NUMBERED.match(span.text):
                    span = span.prefixed(self.number)
                self.number = ""
            if span.text:
                self.shown.append(Shown(span, text.place, block))


_STRONG_HINTS = frozenset({"hidden", "related", "comment"})
_NUMBERED = re.compile(r"\(?\w{1,3}[.)]")


def _formula_sign(element: Any) -> str:
    """Return what stands before the second part of a power, an index or a fraction."""
    parent = element.getparent()
    if parent is None or parent.tag not in _FORMULA_SIGNS or element.getprevious() is None:
        return ""
    return _FORMULA_SIGNS[parent.tag]


def _first_text(element: Any) -> str:
    for number, text in enumerate(element.itertext()):
        if text.strip() or number > 20:
            return str(text)
    return ""


def _stated_number(element: Any, key: str, otherwise: int) -> int:
    stated = element.get(key, "").strip()
    return int(stated) if re.fullmatch(r"-?\d{1,6}", stated, re.ASCII) else otherwise
