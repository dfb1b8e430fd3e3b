"""Markdown: the visible text of CommonMark with tables, and what the front matter says."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from markdown_it import MarkdownIt
from markdown_it.token import Token

from seedsum.reading import html
from seedsum.reading.dialects import as_commonmark
from seedsum.reading.encoding import decode
from seedsum.reading.front_matter import without_front_matter
from seedsum.reading.spans import (
    CELL_SEPARATOR,
    QUOTATION,
    Content,
    Span,
    moved,
    refuse_lines,
    with_title,
)
from seedsum.reading.text import text_spans
from seedsum.records import Kind, Link

_CELL_END = re.compile(r"(?<!\\)\|")

#: The inline markup of a longer line stays: looking for the end of every `*` takes its square.
_MAX_INLINE_CHARS = 50_000
_MAX_INLINE_NESTING = 20


def read(data: bytes) -> Content:
    """Return the visible text of CommonMark with tables, and of what common editors add to it.

    Inline markup is left out, as in HTML: a reader does not see it. A numbered item keeps its
    number. Code blocks are the fenced ones only: prose that is indented by mistake stays prose.
    A title that only the front matter has becomes the first block.
    """
    source = decode(data)
    refuse_lines(source.text)
    content, body = without_front_matter(source)
    body, notes = as_commonmark(body)
    notes = (*content.notes, *notes)
    try:
        tokens = _tokens(body)
    except RecursionError:
        note = "the Markdown is nested too deeply and was read as plain text"
        return replace(content, spans=text_spans(body), text=body, notes=(*notes, note))
    spans = [*content.spans, *_spans(tokens)]
    return with_title(replace(content, spans=spans, notes=(*notes, *html.unclosed_notes(body))))


def _tokens(body: str) -> list[Token]:
    """Return markdown-it's tokens, those of paragraphs with their inline ones."""
    # Below its limit of nesting markdown-it drops what is deeper, so there is none for the blocks;
    # inline markup over the limit becomes plain text, which is right.
    parser = MarkdownIt("commonmark", {"maxNesting": sys.maxsize})
    parser.enable(["table", "strikethrough"]).disable("code")
    parser.core.ruler.disable("inline")
    references: dict[str, Any] = {}
    tokens = _with_excess_cells(parser.parse(body, references), body)
    parser.options["maxNesting"] = _MAX_INLINE_NESTING
    for token in tokens:
        if token.type == "inline" and len(token.content) <= _MAX_INLINE_CHARS:
            token.children = []
            parser.inline.parse(token.content, parser, references, token.children)
    return tokens


def _with_excess_cells(tokens: list[Token], body: str) -> list[Token]:
    """Return the tokens with the cells that table rows have more than their head has.

    GitHub's specification says that the excess is ignored; nothing is lost here.
    """
    lines = body.split("\n")
    full: list[Token] = []
    excess: list[str] = []
    num_columns = quote_depth = 0
    for token in tokens:
        if token.type == "table_open":
            num_columns = 0
        elif token.type == "th_open":
            num_columns += 1
        elif token.type in ("blockquote_open", "blockquote_close"):
            quote_depth += token.nesting
        elif token.type == "tr_open" and num_columns and token.map:
            quotes = re.match(rf"(?:\s*>){{0,{min(quote_depth, 1000)}}}", lines[token.map[0]])
            row = lines[token.map[0]][quotes.end() if quotes else 0 :].strip()
            cells = _CELL_END.split(row.removeprefix("|"))
            excess = [cell.strip().replace("\\|", "|") for cell in cells[num_columns:]]
        elif token.type == "tr_close":
            full += [Token("inline", "", 0, content=cell) for cell in excess if cell]
            excess = []
        full.append(token)
    return full


def _spans(tokens: list[Token]) -> Iterator[Span]:
    """Yield the text of every leaf block in document order."""
    list_depth = heading_level = quote_depth = 0
    number = ""
    row: list[str] | None = None
    for token in tokens:
        if token.type.endswith(("_list_open", "_list_close")):
            list_depth += token.nesting
        elif token.type in ("blockquote_open", "blockquote_close"):
            quote_depth += token.nesting
        elif token.type == "list_item_open":
            number = f"{token.info}{token.markup} " if token.info else ""
        elif token.type in ("heading_open", "heading_close"):
            heading_level = int(token.tag[1:]) if token.nesting > 0 else 0
        elif token.type == "tr_open":
            row = []
        elif token.type == "tr_close" and row is not None:
            text = CELL_SEPARATOR.join(row)
            row = None
            if text.replace("|", "").strip():
                yield Span(text, Kind.TABLE_ROW)
        elif token.type == "fence" and token.content.strip():
            yield Span(token.content.strip("\n"), Kind.CODE)
        elif token.type == "html_block":
            yield from html.fragment_spans(token.content)
        elif token.type == "inline":
            span = _inline_span(token)
            if row is not None:
                row.append(span.text)
            elif not span.text:
                continue
            elif list_depth and not heading_level:
                yield replace(span, kind=Kind.LIST_ITEM, level=list_depth).prefixed(number)
                number = ""
            elif heading_level:
                yield replace(span, kind=Kind.HEADING, level=heading_level)
            else:
                hint = span.hint or (QUOTATION if quote_depth else "")
                yield from _items(replace(span, hint=hint)) or [replace(span, hint=hint)]


def _items(span: Span) -> list[Span]:
    """Return the items of a list whose numbers or bullets are none of Markdown's (`১.`, `a)`, `•`).

    The paragraph that announces it may stand above it; there are none where it is no list.
    """
    found = text_spans(span.text) if "\n" in span.text else []
    items = [item for item in found if item.kind is Kind.LIST_ITEM]
    if len(items) < 2 or found[-len(items) :] != items or len(found) > len(items) + 1:
        return []
    return [_part(span, item) for item in found]


def _part(span: Span, part: Span) -> Span:
    """Return a part of a span with the links that are in it."""
    start, end = part.start, part.start + len(part.text)
    inside = (link for link in span.links if start <= link.start and link.end <= end)
    return replace(part, start=0, hint=span.hint, links=moved(inside, -start))


def _inline_span(token: Token) -> Span:
    """Return what a reader sees of a paragraph; one that is only a picture has its hint."""
    if token.children is None or len(token.content) > _MAX_INLINE_CHARS:
        return Span(token.content.strip())
    text = ""
    links: list[Link] = []
    opened: tuple[int, str] | None = None
    num_struck = 0
    for child in token.children:
        num_struck += child.nesting * (child.type in ("s_open", "s_close"))
        if num_struck:
            continue
        if child.type == "link_open":
            opened = len(text), str(child.attrs.get("href", ""))
        elif child.type == "link_close" and opened:
            start, address = opened
            if address and text[start:].strip():
                links.append(Link(start, len(text), address))
            opened = None
        elif child.type in ("text", "text_special", "code_inline", "image"):
            after_struck = text.endswith(" ") and child.content.startswith(" ")
            text += child.content[after_struck:]
        elif child.type in ("softbreak", "hardbreak") or child.content.lower().startswith("<br"):
            text += "\n"
    is_picture = all(child.type == "image" or not child.content.strip() for child in token.children)
    return Span(text, hint="figcaption" if is_picture else "", links=tuple(links)).stripped()
