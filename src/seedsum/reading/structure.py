"""Headings, lists, tables, signatures and captions of pictures inside the article."""

from __future__ import annotations

import re
from itertools import pairwise, takewhile, zip_longest

from seedsum.reading.cues import SCENES
from seedsum.reading.lines import AROUND, OPEN_END, Line
from seedsum.reading.spans import BOLD, QUOTATION
from seedsum.records import Kind, Role

_OPENING_QUOTE = re.compile(r"[\"“‘']")
#: Items without bullets are short, and a list of more has some.
_MAX_ITEM_CHARS, _MAX_ITEMS = 100, 50
#: Roles and reasons of what is marked as such inside the article.
_KIND_ROLES = {
    Kind.TABLE_ROW: (Role.TABLE, "table-row"),
    Kind.CODE: (Role.TABLE, "code"),
    Kind.LIST_ITEM: (Role.LIST, "list-item"),
    Kind.HEADING: (Role.HEADING, "heading"),
}


def mark_structure(lines: list[Line]) -> None:
    """Mark tables, lists and headings, marked as such or by their shape.

    Of three short lines in a row the last is one of them (an answer, an entry) and no heading.
    """
    _mark_announced(lines)
    above: Line | None = None
    num_short = 0  # right above
    for line, below in zip_longest(lines, lines[1:]):
        is_short = _is_item(line)
        if not line.role:
            if line.block.kind in _KIND_ROLES:
                line.mark(*_KIND_ROLES[line.block.kind])
            elif above and _is_enumerated(above, line):
                line.mark(Role.LIST, "after-colon")
            elif below and line.block.hint == BOLD and _is_heading(line, below):
                line.mark(Role.HEADING, "bold-line-over-text")
            elif below and len(lines) >= 3 and num_short < 2 and _is_heading(line, below):
                line.mark(Role.HEADING, "short-line-over-text")
        above = line
        num_short = num_short + 1 if is_short else 0


def _mark_announced(lines: list[Line]) -> None:
    """Mark two or more short lines without a full stop under a colon as the list it announces."""
    number = 0
    while number < len(lines):
        colon = lines[number]
        number += 1
        if colon.role or colon.block.kind is not Kind.PARAGRAPH or not colon.text.endswith(":"):
            continue
        items = list(takewhile(_is_item, lines[number : number + _MAX_ITEMS]))
        number += len(items)
        if len(items) >= 2:
            for line in items:
                line.mark(Role.LIST, "after-colon")


def _is_item(line: Line) -> bool:
    return (
        not line.role
        and line.block.kind is Kind.PARAGRAPH
        and line.block.hint == ""
        and len(line.text) <= _MAX_ITEM_CHARS
        and not line.is_complete
        and not OPEN_END.search(line.text)
    )


def _is_enumerated(above: Line, line: Line) -> bool:
    """Return whether the block is an item, without a bullet, of the list that a colon announced."""
    after_item = above.reason == "after-colon" and above.text[-1] in ";,"
    after_colon = above.text.endswith(":") and above.role in (None, Role.BODY)
    starts_small = line.text[0].islower() or line.text.endswith(";")
    return (after_item or after_colon) and starts_small and len(line.text) <= 250


def _is_heading(line: Line, below: Line) -> bool:
    """Return whether a short line without a full stop stands over prose, a list or a table."""
    if not line.is_headline or line.has_lines or len(line.text) > 120 or ": " in line.text:
        return False
    if line.block.hint == QUOTATION or line.text[0] in "—–-":
        return False  # who said it
    # A sentence, or the end of a quotation that began in another block, is prose.
    is_question = line.block.hint == BOLD and line.text.endswith("?")
    if (line.is_complete and not is_question) or (
        line.text[-1] in "\"”’'" and not _OPENING_QUOTE.search(line.text[:-1])
    ):
        return False
    is_over_text = len(below.text) >= max(80, 1.5 * len(line.text))
    is_over_items = below.block.kind in (Kind.TABLE_ROW, Kind.LIST_ITEM)
    return below.role in (None, Role.TITLE) and (is_over_items or is_over_text)


def mark_signature(lines: list[Line]) -> None:
    """Mark a name under the last paragraph as the byline."""
    for (above, line), below in zip_longest(pairwise(lines), lines[2:]):
        if (
            not line.role
            and not above.role
            and above.is_paragraph
            and len(line.text) <= 40
            and len(line.text.split()) <= 5
            and not line.is_complete
            and not OPEN_END.search(line.text)
            and not any(map(str.isdecimal, line.text))
            and (below is None or below.role in AROUND)
        ):
            line.mark(Role.BYLINE, "signature")


def _is_scene(text: str) -> bool:
    """Return whether the text is a caption that no credit gives away: who does what, and where."""
    return any(
        alone.search(text) or (start.match(text) and end.search(text) and not never.search(text))
        for alone, start, end, never in SCENES
    )


def mark_scene_captions(lines: list[Line]) -> None:
    """Mark short single sentences between paragraphs that name who is in a picture.

    Only among paragraphs at least twice as long: in an article of short paragraphs such a
    sentence may be one of them.
    """
    for above, line in pairwise(lines):
        if line.role or len(line.text) > 160 or above.role not in (None, Role.CAPTION):
            continue
        if (above.role or len(above.text) >= 1.5 * len(line.text)) and _is_scene(line.text):
            line.mark(Role.CAPTION, "scene")
