"""A pair's Markdown file, taken apart into sentences and what stands around them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import yaml
from markdown_it import MarkdownIt
from markdown_it.token import Token

from seedsum.reviews import plain

_ANCHOR = re.compile(r"""<a\s+(?:id|name)=["']?(s\d+|summary-\d+)["']?\s*/?>""")
_NUMBER = re.compile(r"s\d+")
_ROW_LINK = re.compile(r"#(s\d+)")
_FRONT_MATTER = re.compile(r"---[ \t]*\n(.*?\n)??---[ \t]*\n", re.DOTALL)

#: Larger front matter is nobody's.
_MAX_FRONT_CHARS = 50_000

#: What follows a sentence that no number ends.
_WARNING, _SWAPPED = "⚠", "(from the article"

#: The head of the column of a table of originals that has what stands in the text.
_ENGLISH = "English"

_OUTER = {"blockquote": "quote", "bullet_list": "ul", "ordered_list": "ol", "table": "table"}
_SYMBOLS = {"em_open": "*", "strong_open": "**", "s_open": "~~"}


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence with an anchor: a segment's (`s12`) or a summary's (`summary-2`)."""

    id: str
    text: str  # as a reader sees it, on one line
    markup: tuple[str, ...]  # emphasis, links and HTML inside
    place: tuple[str, ...]  # what it stands in, and whether it is the first there
    line: int  # of the file, from 1


@dataclass(frozen=True, slots=True)
class Other:
    """A text that is no sentence's."""

    text: str
    place: tuple[str, ...]
    line: int


@dataclass(frozen=True, slots=True)
class Row:
    """The English of a segment as the table of originals repeats it."""

    id: str
    english: str
    line: int


@dataclass(frozen=True, slots=True)
class Code:
    """A code block and the segments whose anchors stand before it."""

    ids: tuple[str, ...]
    text: str
    line: int


@dataclass(slots=True)
class Pieces:
    """All of a file, in order."""

    front: dict[str, Any] | None = None  # None where it is none that can be read
    sentences: list[Sentence] = field(default_factory=list)
    others: list[Other] = field(default_factory=list)
    rows: list[Row] = field(default_factory=list)
    code: list[Code] = field(default_factory=list)
    broken: dict[str, int] = field(default_factory=dict)  # id with half its marks -> line
    heading: str = ""  # the first of level 1, without its sentences

    def by_id(self) -> dict[str, Sentence]:
        """Return where each sentence stands first, in order."""
        found: dict[str, Sentence] = {}
        for one in self.sentences:
            found.setdefault(one.id, one)
        return found


def take_apart(text: str, *, numbered: bool = True) -> Pieces:
    """Return the pieces of a file's text; where sentences are not numbered, the next ends one."""
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    front = _FRONT_MATTER.match(text)
    body = text[front.end() :] if front else text
    pieces = Pieces(_parsed(front[1] or "") if front else {})
    first_line = text.count("\n", 0, front.end()) if front else 0
    tokens = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"]).parse(body)
    _Reader(pieces, first_line, numbered=numbered).read(tokens)
    return pieces


def _parsed(front: str) -> dict[str, Any] | None:
    try:
        values = yaml.safe_load(front) if len(front) <= _MAX_FRONT_CHARS else None
    except (yaml.YAMLError, ValueError, RecursionError):
        return None
    return values if isinstance(values, dict) else None


class _Item(NamedTuple):
    """What a line is made of: `text`, `break`, `markup`, or where a sentence begins or ends."""

    kind: str
    value: str = ""


class _Reader:
    """Puts what tokens say into pieces."""

    def __init__(self, pieces: Pieces, first_line: int, *, numbered: bool) -> None:
        self.pieces = pieces
        self.first_line = first_line
        self.numbered = numbered
        self.line = first_line + 1
        self.place: list[str] = []
        self.cells: list[Token] = []
        self.head: list[str] = []  # of the table
        self.before_code: tuple[str, ...] = ()

    def read(self, tokens: Sequence[Token]) -> None:
        for token in tokens:
            if token.map:
                self.line = self.first_line + token.map[0] + 1
            self._read(token)

    def _read(self, token: Token) -> None:
        name = token.type.removesuffix("_open")
        if token.type == "inline":
            self._inline(token)
            if self.place and self.place[-1] == "table":
                self.cells.append(token)
        elif token.type in ("fence", "code_block"):
            self.pieces.code.append(Code(self.before_code, token.content, self.line))
        elif token.type == "html_block":
            text = re.sub(r">\s+<", "><", plain(token.content))
            self._other([text], self.line, place="html")
        elif token.type == "hr":
            self._other(["---"], self.line, place="hr")
        elif token.type == "tr_close":
            self._row()
        elif name in _OUTER and token.nesting == 1:
            start = token.attrGet("start") if name == "ordered_list" else None
            self.place.append(_OUTER[name] + (f"{start}" if start is not None else ""))
            self.head = []
        elif name == "heading" and token.nesting == 1:
            self.place.append(token.tag)
        elif token.nesting == -1 and token.type.removesuffix("_close") in (*_OUTER, "heading"):
            self.place.pop()
        if token.type not in ("inline", "paragraph_open", "paragraph_close"):
            self.before_code = ()

    def _row(self) -> None:
        """Take note of the row of a table of originals that has just ended."""
        texts = [_text(cell) for cell in self.cells]
        first = (self.cells[0].children or ()) if self.cells else ()
        hrefs = [str(child.attrGet("href")) for child in first if child.type == "link_open"]
        self.cells = []
        if not self.head:
            self.head = texts
            return
        found = _ROW_LINK.fullmatch(hrefs[0]) if len(hrefs) == 1 else None
        if found and len(texts) > 1 and self.head[1:2] == [_ENGLISH]:
            self.pieces.rows.append(Row(found[1], texts[1], self.line))

    def _other(self, parts: list[str], line: int, *, place: str = "") -> None:
        """Take note of a text that is no sentence's, if there is one."""
        if text := plain("".join(parts)):
            where = (*self.place, place) if place else tuple(self.place)
            self.pieces.others.append(Other(text, where, line))

    def _inline(self, token: Token) -> None:
        line, start = self.line, self.line
        outside: list[str] = []
        inside: list[str] = []
        markup: list[str] = []
        current = ""
        ids: list[str] = []

        def end(*, broken: bool = False) -> None:
            nonlocal current
            if current and broken:
                self.pieces.broken[current] = start
                outside.extend(inside)
            elif current:
                place = (*self.place, "first") if not ids else tuple(self.place)
                text = plain("".join(inside))
                self.pieces.sentences.append(Sentence(current, text, tuple(markup), place, start))
                ids.append(current)
            inside.clear()
            markup.clear()
            current = ""

        items = list(_items(token.children or ()))
        for number, (kind, value) in enumerate(items):
            if kind == "begin":
                end(broken=self._has_number(current))
                self._other(outside, line)
                outside.clear()
                current, start = value, line
            elif kind == "end":
                if current == value:
                    end()
                else:
                    self.pieces.broken[value] = line
                    end(broken=True)
            else:
                if current and self._ends_before(items, number, current):
                    end()
                shown = " " if kind == "break" else value
                if not current:
                    outside.append(shown)
                else:
                    (markup if kind == "markup" else inside).append(shown)
                line += kind == "break"
        end(broken=self._has_number(current))
        if self.place and self.place[-1] == "h1" and not self.pieces.heading:
            self.pieces.heading = plain("".join(outside))
        has_text = any(one.text for one in self.pieces.sentences[-len(ids) :]) if ids else True
        self._other(outside, line)
        self.before_code = () if has_text else tuple(ids)

    def _has_number(self, id: str) -> bool:
        """Return whether a sentence ends with its number."""
        return self.numbered and _NUMBER.fullmatch(id) is not None

    def _ends_before(self, items: Sequence[_Item], number: int, current: str) -> bool:
        """Return whether a sentence without a number is followed by a remark of ours here."""
        if self._has_number(current) or items[number].kind != "markup":
            return False
        if number + 1 == len(items):
            return False
        following = items[number + 1].value
        symbol = items[number].value
        return (symbol == "**" and following.startswith(_WARNING)) or (
            symbol == "*" and following.startswith(_SWAPPED)
        )


def _items(children: Sequence[Token]) -> Iterator[_Item]:
    at = 0
    while at < len(children):
        child = children[at]
        at += 1
        if child.type == "text":
            yield _Item("text", child.content)
        elif child.type in ("softbreak", "hardbreak"):
            yield _Item("break")
        elif child.type == "code_inline":
            yield from (_Item("markup", "`"), _Item("text", child.content))
        elif child.type == "html_inline":
            if found := _ANCHOR.fullmatch(child.content):
                yield _Item("begin", found[1])
            elif child.content == "<sup>" and (number := _number(children[at : at + 2])):
                yield _Item("end", number)
                at += 2
            elif child.content != "</a>":
                yield _Item("markup", child.content)
        elif child.type in _SYMBOLS:
            yield _Item("markup", _SYMBOLS[child.type])
        elif child.type == "link_open" and child.info != "auto":
            yield _Item("markup", f"[]({child.attrGet('href')})")
        elif child.type == "image":
            yield from (
                _Item("markup", f"![]({child.attrGet('src')})"),
                _Item("text", child.content),
            )


def _number(children: Sequence[Token]) -> str:
    """Return the number between `<sup>` and what should be its end; empty where it is another."""
    if len(children) < 2 or children[1].content != "</sup>":
        return ""
    return children[0].content if _NUMBER.fullmatch(children[0].content) else ""


def _text(token: Token) -> str:
    """Return what a reader sees of a line."""
    return plain(
        "".join(
            " " if x.kind == "break" else x.value
            for x in _items(token.children or ())
            if x.kind in ("text", "break")
        )
    )
