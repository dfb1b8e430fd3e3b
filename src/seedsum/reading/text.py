"""Plain text: one block a line, or a paragraph where an editor has wrapped the lines."""

from __future__ import annotations

import re
from dataclasses import replace
from itertools import pairwise
from typing import NamedTuple

from seedsum.reading.encoding import Decoded, decode
from seedsum.reading.spans import Content, Span, refuse_lines
from seedsum.records import Kind

_BULLET = re.compile(r"[-*+•◦▪‣●○■–—]\s+(?=\S)")
_NUMBERED = re.compile(r"(?:\(?\d{1,3}[.)]|[a-zđ][.)])\s+(?=\S)")
_TABLE_ROW = re.compile(r"\|.*\|$")
_CELL_TEXT = re.compile(r"[^\s|:=_—–―─━-]")
_SENTENCE_END = re.compile(r"[.!?…।॥:;/][\"'”’»)\]]*$")

#: A wrapped paragraph's lines are that long; longer lines are whole paragraphs, shorter ones are
#: menus, verses or addresses.
_WRAP_MIN_CHARS, _WRAP_MAX_CHARS = 40, 110


class _Line(NamedTuple):
    """What is shown of a line: without its bullet, and a table row without its outer bars."""

    start: int
    text: str
    indent: int
    kind: Kind


def _line(raw: str, start: int) -> _Line | None:
    """Return what is shown of a line; None of a blank one and of the rule under a table's head."""
    shown, kind = raw.strip(), Kind.PARAGRAPH
    if _TABLE_ROW.match(shown):
        kind, shown = Kind.TABLE_ROW, shown.strip("| \t")
        shown = shown if _CELL_TEXT.search(shown) else ""
    elif bullet := _BULLET.match(shown):
        kind, shown = Kind.LIST_ITEM, shown[bullet.end() :]
    elif _NUMBERED.match(shown):
        kind = Kind.LIST_ITEM  # the number stays: unlike a bullet it says something
    indent = len(raw) - len(raw.lstrip())
    return _Line(start + raw.rindex(shown), shown, indent, kind) if shown else None


def _runs(text: str) -> list[list[_Line]]:
    """Return the lines in runs that blank lines part."""
    runs: list[list[_Line]] = [[]]
    start = 0
    for raw in text.split("\n"):
        if line := _line(raw, start):
            runs[-1].append(line)
        elif runs[-1] and not raw.strip():
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
    refuse_lines(source.text)
    spans = text_spans(source.text)
    return Content(spans, source.text, source.encoding, notes=source.notes)


def text_spans(text: str) -> list[Span]:
    """Return one span per line, or per paragraph where an editor has wrapped the lines."""
    spans: list[Span] = []
    for run in _runs(text):
        wrapped = all(line.kind is Kind.PARAGRAPH for line in run) and _is_wrapped(run)
        width = max(len(line.text) for line in run)
        for above, line in zip([None, *run], run, strict=False):
            is_indented = line.kind is Kind.PARAGRAPH and line.indent >= 2
            is_short = above is not None and len(above.text) <= _WRAP_MAX_CHARS
            # The continuation of a wrapped list item is indented under its text.
            continues_item = is_indented and is_short and spans[-1].kind is Kind.LIST_ITEM
            if continues_item or (above and wrapped and _is_full(above, line, width)):
                end = line.start + len(line.text)
                spans[-1] = replace(spans[-1], text=text[spans[-1].start : end])
            else:
                level = 1 if line.kind is Kind.LIST_ITEM else 0
                spans.append(Span(line.text, line.kind, level, start=line.start))
    return spans
