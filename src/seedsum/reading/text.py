"""Plain text: one block a line, or a paragraph where an editor has wrapped the lines."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from itertools import pairwise

from seedsum.reading.encoding import Decoded, decode
from seedsum.reading.spans import MAX_LINES, Content, Span, refuse_many
from seedsum.records import Kind

_BULLET = re.compile(r"[-*+•◦▪‣●○■–—]\s+(?=\S)")
_NUMBERED = re.compile(r"(?:\(?\d{1,3}[.)]|[a-zđ][.)])\s+(?=\S)")
_TABLE_ROW = re.compile(r"\|.*\|$")
_CELL_TEXT = re.compile(r"[^\s|:=_—–―─━-]")
_SENTENCE_END = re.compile(r"[.!?…।॥:;/][\"'”’»)\]]*$")

#: A wrapped paragraph's lines are that long; longer lines are whole paragraphs, shorter ones are
#: menus, verses or addresses.
_WRAP_MIN_CHARS, _WRAP_MAX_CHARS = 40, 110


@dataclass(frozen=True, slots=True)
class _Line:
    start: int
    end: int
    text: str
    indent: int
    kind: Kind


def _lines(text: str, *, start: int = 0) -> list[list[_Line]]:
    """Return the non-blank lines, trimmed, in runs that blank lines part."""
    runs: list[list[_Line]] = [[]]
    for raw in text[start:].split("\n"):
        stripped = raw.strip()
        if stripped:
            indent = len(raw) - len(raw.lstrip())
            begin, end = start + indent, start + indent + len(stripped)
            kind = Kind.PARAGRAPH
            if _TABLE_ROW.match(stripped):
                # The outer bars are markup, and so is the rule under a table's head.
                kind = Kind.TABLE_ROW
                cells = stripped.strip("| \t")
                begin = start + raw.index(cells) if cells else begin
                end = begin + len(cells)
                if not _CELL_TEXT.search(cells):
                    start += len(raw) + 1
                    continue
            elif bullet := _BULLET.match(stripped):
                kind = Kind.LIST_ITEM
                begin += bullet.end()
            elif _NUMBERED.match(stripped):
                # The number stays in the block: unlike a bullet it says something.
                kind = Kind.LIST_ITEM
            runs[-1].append(_Line(begin, end, text[begin:end], indent, kind))
        elif runs[-1]:
            runs.append([])
        start += len(raw) + 1
    return [run for run in runs if run]


def _is_full(line: _Line, following: _Line, width: int) -> bool:
    """Return whether the next line's first word did not fit on this line."""
    first_word = following.text.split(None, 1)[0]
    return len(line.text) + 1 + len(first_word) > width


def _is_wrapped(run: list[_Line]) -> bool:
    """Return whether an editor broke the run's lines at a width, rather than a writer at its end.

    Then nearly every line but the last is full: the next line's first word would not have fitted.
    """
    width = max(len(line.text) for line in run)
    if len(run) < 2 or not _WRAP_MIN_CHARS <= width <= _WRAP_MAX_CHARS:
        return False
    full = [line for line, after in pairwise(run) if _is_full(line, after, width)]
    open_lines = [line for line in full if not _SENTENCE_END.search(line.text)]
    if len(run) == 2:
        return bool(open_lines) and run[1].text[0].islower() and len(run[0].text) >= 60
    return len(full) >= 0.7 * (len(run) - 1) and len(open_lines) >= 0.5 * len(full)


def read(data: bytes) -> Content:
    """Return the paragraphs, list items and table rows of a plain text."""
    return paragraphs(decode(data))


def paragraphs(source: Decoded) -> Content:
    """Return the paragraphs, list items and table rows of a text as slices of it."""
    refuse_many(source.text.count("\n") + 1, MAX_LINES, "lines")
    spans = text_spans(source.text)
    return Content(spans, source.text, source.encoding, notes=source.notes)


def text_spans(text: str) -> list[Span]:
    """Return one span per line, or per paragraph where an editor has wrapped the lines."""
    spans: list[Span] = []
    for run in _lines(text):
        wrapped = all(line.kind is Kind.PARAGRAPH for line in run) and _is_wrapped(run)
        width = max(len(line.text) for line in run)
        previous: _Line | None = None
        for line in run:
            joins = previous is not None and (
                (wrapped and _is_full(previous, line, width))
                or (
                    # The continuation of a wrapped list item is indented under its text.
                    spans[-1].kind is Kind.LIST_ITEM
                    and line.kind is Kind.PARAGRAPH
                    and line.indent >= 2
                    and len(previous.text) <= _WRAP_MAX_CHARS
                )
            )
            if joins:
                spans[-1] = replace(spans[-1], text=text[spans[-1].start : line.end])
            else:
                level = 1 if line.kind is Kind.LIST_ITEM else 0
                spans.append(Span(line.text, line.kind, level, start=line.start))
            previous = line
    return spans
