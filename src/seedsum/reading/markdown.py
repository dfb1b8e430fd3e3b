"""Markdown: the visible text of CommonMark with tables, and the front matter before it."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import yaml
from markdown_it import MarkdownIt
from markdown_it.token import Token

from seedsum.reading import html
from seedsum.reading.encoding import Decoded, decode
from seedsum.reading.spans import CELL_SEPARATOR, Content, Span, refuse_lines, stated_fields
from seedsum.reading.text import text_spans
from seedsum.records import Kind

_FRONT_MATTER = re.compile(r"\A---[ \t]*\n(.{0,16384}?)\n(?:---|\.\.\.)[ \t]*(?:\n|\Z)", re.S)
_CELL_END = re.compile(r"(?<!\\)\|")

#: The inline markup of a longer line stays: looking for the end of every `*` takes its square.
_MAX_INLINE_CHARS = 50_000
_MAX_INLINE_NESTING = 20

#: What PyYAML 6 lets through where a tag and its value do not fit (`!!bool x`), besides its own.
_YAML_FAULTS = (ValueError, LookupError, AttributeError, TypeError, ArithmeticError, RecursionError)


def read(data: bytes) -> Content:
    """Return the visible text of CommonMark with tables.

    Inline markup is left out, as in HTML: a reader does not see it. A numbered item keeps its
    number. Code blocks are the fenced ones only: prose that is indented by mistake stays prose.
    """
    source = decode(data)
    refuse_lines(source.text)
    content, body = _without_front_matter(source)
    try:
        tokens = _tokens(body)
    except RecursionError:
        note = "the Markdown is nested too deeply and was read as plain text"
        return replace(content, spans=text_spans(body), text=body, notes=(*content.notes, note))
    return replace(
        content,
        spans=[*content.spans, *_spans(tokens)],
        notes=(*content.notes, *html.unclosed_notes(body)),
    )


def _without_front_matter(source: Decoded) -> tuple[Content, str]:
    """Return what the front matter says, and the text after it."""
    content = Content((), encoding=source.encoding, notes=source.notes)
    match = _FRONT_MATTER.match(source.text)
    if not match:
        return content, source.text
    body = source.text[match.end() :]
    try:
        values = yaml.safe_load(match[1])
    except (yaml.YAMLError, *_YAML_FAULTS):
        values = None
    if isinstance(values, dict):
        values["language"] = values.get("language") or values.get("lang")
        return replace(content, **stated_fields(values)), body
    if values is not None:  # a text between two rules
        return content, f"{match[1]}\n\n{body}"
    # Kept as it is, untranslated, so that nothing is lost.
    note = "the front matter is not valid YAML (key: value lines) and was not used"
    front = Span(match[1].strip(), Kind.CODE)
    return replace(content, spans=[front], notes=(*content.notes, note)), body


def _tokens(body: str) -> list[Token]:
    """Return markdown-it's tokens, those of paragraphs with their inline ones."""
    # Below its limit of nesting markdown-it drops what is deeper, so there is none for the blocks;
    # inline markup over the limit becomes plain text, which is right.
    parser = MarkdownIt("commonmark", {"maxNesting": sys.maxsize}).enable("table").disable("code")
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
    list_depth = heading_level = 0
    number = ""
    row: list[str] | None = None
    for token in tokens:
        if token.type.endswith(("_list_open", "_list_close")):
            list_depth += token.nesting
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
            text, hint = _inline_text(token)
            if row is not None:
                row.append(text)
            elif text and list_depth and not heading_level:
                yield Span(number + text, Kind.LIST_ITEM, list_depth, hint)
                number = ""
            elif text:
                kind = Kind.HEADING if heading_level else Kind.PARAGRAPH
                yield Span(text, kind, heading_level, hint)


def _inline_text(token: Token) -> tuple[str, str]:
    """Return what a reader sees of a paragraph, and the hint of one that is only a picture."""
    if token.children is None or len(token.content) > _MAX_INLINE_CHARS:
        return token.content.strip(), ""
    parts: list[str] = []
    for child in token.children:
        if child.type in ("text", "text_special", "code_inline", "image"):
            parts.append(child.content)
        elif child.type in ("softbreak", "hardbreak") or child.content.lower().startswith("<br"):
            parts.append("\n")
    is_picture = all(child.type == "image" or not child.content.strip() for child in token.children)
    return "".join(parts).strip(), "figcaption" if is_picture else ""
