"""Inline texts of a page, as they stand in its tree, put together to block-level texts."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import groupby
from typing import Any, NamedTuple

from seedsum.reading.elements import MAX_SMALL_CHARS
from seedsum.reading.spans import BOLD, Span, moved
from seedsum.reading.text import text_spans
from seedsum.records import Kind, Link

_SPACE = re.compile(r"[ \t\n\r\f]+")


class Place(NamedTuple):
    """A text of the tree: an element's own, or the one after it."""

    element: Any
    is_tail: bool


class Piece(NamedTuple):
    """A text as it stands in the tree; one without a place was put between two others."""

    text: str
    place: Place | None = None
    is_bold: bool = False
    address: str = ""


LINE_BREAK = Piece("\n")


class Text(NamedTuple):
    """A block-level text with the place of most of it."""

    span: Span
    place: Place


def composed(pieces: Sequence[Piece], *, is_code: bool = False) -> Text | None:
    """Return the pieces as one text, its white space collapsed unless it is code."""
    parts: list[str] = []
    links: list[Link] = []
    size = 0
    ends_in_space = True
    for address, group in groupby(pieces, key=lambda piece: piece.address):
        start, num_parts = size, len(parts)
        for piece in group:
            text = piece.text
            if not is_code:
                text = _SPACE.sub(" ", text)
                text = text.removeprefix(" ") if ends_in_space else text
            if text:
                parts.append(text)
                size += len(text)
                ends_in_space = text.endswith(" ")
        if address and (shown := "".join(parts[num_parts:])).strip():
            start += len(shown) - len(shown.lstrip())
            links.append(Link(start, start + len(shown.strip()), address))
    longest = max((x for x in pieces if x.place), key=lambda x: len(x.text.strip()), default=None)
    text = "".join(parts)
    if longest is None or longest.place is None or not text.strip():
        return None
    is_bold = all(piece.is_bold for piece in pieces if piece.text.strip())
    hint = BOLD if is_bold and len(text) <= MAX_SMALL_CHARS else ""
    return Text(Span(text, hint=hint, links=tuple(links)).stripped(), longest.place)


def with_breaks(pieces: Sequence[Piece]) -> Iterator[Piece]:
    """Yield the pieces of a preformatted text with breaks between its lines."""
    for piece in pieces:
        for number, line in enumerate(piece.text.split("\n")):
            if number:
                yield LINE_BREAK
            if line.strip():
                yield piece._replace(text=line)


def lines(pieces: Sequence[Piece]) -> Iterator[Text]:
    """Yield what the lines between `<br>` say: each by itself, or together where they are wrapped.

    An empty line parts paragraphs, and a bold line with others under it is a heading of them.
    """
    run: list[Text] = []
    num_breaks = 0
    for is_break, group in groupby(pieces, key=lambda piece: piece is LINE_BREAK):
        some = list(group)
        if is_break:
            num_breaks += len(some)
        elif line := composed(some):
            if num_breaks > 1 or (run and line.span.hint != run[-1].span.hint):
                yield from _unwrapped(run)
                run = []
            run.append(line)
            num_breaks = 0
    yield from _unwrapped(run)


def _unwrapped(run: Sequence[Text]) -> Iterator[Text]:
    """Yield the paragraphs, list items and lines of a run, as those of a plain text are found."""
    starts: list[int] = []
    size = 0
    for line in run:
        starts.append(size)
        size += len(line.span.text) + 1
    found = text_spans("\n".join(line.span.text for line in run)) if len(run) > 1 else []
    groups: list[tuple[Span, list[Text]]] = []
    for start, line in zip(starts, run, strict=True):
        end = start + len(line.span.text)
        if found and found[0].start < end:
            first = found.pop(0)
            groups.append((replace(first, start=first.start - start), [line]))
        elif groups:
            groups[-1][1].append(line)
        else:
            groups.append((line.span, [line]))
    for first, lines in groups:
        text, links, cut = "", list[Link](), first.start
        for line in lines:
            offset = len(text) + bool(text) - cut
            text = f"{text} {line.span.text}" if text else line.span.text[cut:]
            cut = 0
            links += [
                Link(max(0, link.start + offset), link.end + offset, link.address)
                for link in line.span.links
                if link.end + offset > 0
            ]
        kind = first.kind if first.kind is Kind.LIST_ITEM else Kind.PARAGRAPH
        longest = max(lines, key=lambda line: len(line.span.text))
        span = Span(text, kind, hint=lines[0].span.hint, links=tuple(links))
        yield Text(span, longest.place)


def without_bars(span: Span) -> Span:
    """Return a row without the bars of empty cells at its ends."""
    start = len(span.text) - len(span.text.lstrip("| "))
    text = span.text.strip("| ")
    links = (link for link in moved(span.links, -start) if 0 <= link.start < len(text))
    return replace(span, text=text, links=tuple(links))
