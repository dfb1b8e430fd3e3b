"""Which blocks are links to other stories or readers' comments: by their heading, by shape."""

from __future__ import annotations

import re
from itertools import dropwhile, takewhile

from seedsum.reading.cues import STAMPED_START
from seedsum.reading.lines import (
    AROUND,
    PAGE_ENDS,
    PARAGRAPH_CHARS,
    SENTENCE_CHARS,
    TRUNCATED,
    Line,
)
from seedsum.reading.spans import BOLD, QUOTATION
from seedsum.records import Kind, Role

#: Rules whose role the blocks after it have too, until the article goes on; with their reason.
_SECTIONS = {"related-heading": "in-related-section", "comment-heading": "in-comment-section"}
_ENDS = re.compile(r"[.!?।॥][\"'”’»)\]]*(?:\s|$)")
#: Names under a text have so few words, headlines of other stories more.
_MAX_NAME_WORDS, _MAX_SIGNATURES = 4, 2
#: Hints of how a text of the article looks, and not where it stands.
_HINTS_OF_TEXT = ("", BOLD, QUOTATION)


def mark_teasers(lines: list[Line]) -> None:
    """Mark lists of teasers: a headline over a text that starts with a date or is cut off.

    Two dated ones, or three cut-off ones, make a list; a single one may be an article's.
    """
    dated: list[int] = []
    cut: list[int] = []
    for index, line in enumerate(lines):
        above = lines[index - 1] if index else None
        stamp = STAMPED_START.match(line.text)
        is_entry = line.block.kind is Kind.LIST_ITEM  # of a timeline
        if stamp and not is_entry and len(line.text) - stamp.end() >= 20 and not line.is_complete:
            dated.append(index)
        elif (
            above
            and above.is_headline
            and len(line.text) >= max(60, len(above.text) + 1)
            and TRUNCATED.search(line.text)
        ):
            cut.append(index)
    for index in dated * (len(dated) >= 2) + cut * (len(cut) >= 3):
        lines[index].mark(Role.RELATED, "teaser-list")
        if index > 1 and lines[index - 1].is_headline and not lines[index - 1].role:
            lines[index - 1].mark(Role.RELATED, "teaser-headline")


def mark_sections(lines: list[Line]) -> None:
    """Give the blocks after a section's heading its role, until the article surely goes on."""
    sections: list[tuple[Line, list[Line]]] = []
    inside: list[Line] | None = None
    seen_body = seen_text = False
    has_outside = any(line.is_outside for line in lines)
    for number, line in enumerate(lines):
        below = lines[number + 1] if number + 1 < len(lines) else None
        if line.reason in _SECTIONS and (line.role is not Role.COMMENT or seen_text):
            inside = []
            sections.append((line, inside))
        elif inside is not None and not _goes_on(
            line,
            below,
            section=sections[-1][0],
            inside=inside,
            is_last=_is_last(lines, number),
            seen_body=seen_body,
            has_outside=has_outside,
        ):
            inside.append(line)
        else:
            # The headline right above an article's first paragraph, and its date, are its own.
            while inside and not seen_body and (inside[-1].role or inside[-1].is_headline):
                if not inside.pop().role:
                    break
            inside = None
            seen_body = seen_body or (not line.role and line.is_paragraph)
        # Nobody comments before there is an article: such a word above all is a rubric's.
        seen_text = seen_text or line.is_complete
    for heading, inside in sections:
        _mark_inside(heading, inside)


def _mark_inside(heading: Line, inside: list[Line]) -> None:
    for line in inside:
        if heading.role and line.role not in AROUND:
            line.mark(heading.role, _SECTIONS[heading.reason])


def mark_sections_outside(lines: list[Line]) -> None:
    """Give what stands under a section's heading its role where the extractor leaves it out.

    So are links that it keeps; the section ends at the headline and where the article goes on. A
    heading with nothing of the kind under it is the article's own (`Comment`, by its editor).
    """
    sections: list[tuple[Line, list[Line]]] = []
    is_open = False
    for line in lines:
        if line.reason in _SECTIONS:
            sections.append((line, []))
            is_open = True
        elif line.role is Role.TITLE or not (line.is_outside or line.is_linked):
            is_open = False
        elif is_open:
            sections[-1][1].append(line)
    for heading, inside in sections:
        _mark_inside(heading, inside)
        is_heading = heading.block.kind is Kind.HEADING or heading.block.hint == BOLD
        if not inside and is_heading and not heading.is_outside:
            heading.role, heading.reason = None, "paragraph"


def _goes_on(
    line: Line,
    below: Line | None,
    *,
    section: Line,
    inside: list[Line],
    is_last: bool,
    seen_body: bool,
    has_outside: bool,
) -> bool:
    """Return whether the article begins or goes on at this block of a related or comment section.

    Where no article came before, a complete sentence of some length is its beginning. After that
    two complete paragraphs in a row do it (a teaser is cut off or has a headline above it), one
    that the page's extractor took for article, or one that `is_last` and the only one since the
    section began (`inside` is what stands between); readers' comments never do.
    """
    if not seen_body:
        return _is_prose(line, SENTENCE_CHARS)
    if has_outside:
        return _is_prose(line, PARAGRAPH_CHARS)
    if section.role is Role.COMMENT:
        return False
    if line.block.kind is Kind.HEADING:
        return _is_prose(below, PARAGRAPH_CHARS)
    if is_last and not any(_is_prose(x, SENTENCE_CHARS) for x in inside):
        is_long = len(line.text) >= PARAGRAPH_CHARS or len(_ENDS.findall(line.text)) > 1
        return is_long and _is_prose(line, SENTENCE_CHARS)
    return _is_prose(line, PARAGRAPH_CHARS) and _is_prose(below, SENTENCE_CHARS)


def _is_last(lines: list[Line], number: int) -> bool:
    """Return whether a line ends the text, but for a name under it, or another box follows it."""
    below = lines[number + 1 : number + 2 + _MAX_SIGNATURES]
    if any(line.reason in _SECTIONS or line.role in PAGE_ENDS for line in below[:1]):
        return below[0].role is not Role.DATE
    is_end = number + 1 + len(below) >= len(lines) and len(below) <= _MAX_SIGNATURES
    return is_end and all(len(line.text.split()) <= _MAX_NAME_WORDS for line in below)


def _is_prose(line: Line | None, min_chars: int) -> bool:
    return (
        line is not None
        and not line.role
        and line.block.kind is Kind.PARAGRAPH
        and not line.is_outside
        and line.block.hint in _HINTS_OF_TEXT
        and len(line.text) >= min_chars
        and line.is_complete
        and not STAMPED_START.match(line.text)
    )


def mark_trailing_headlines(lines: list[Line], *, is_extracted: bool) -> None:
    """Mark three headlines or more at a page's end: links to other stories without a heading.

    A list that belongs to the article is announced by a colon or has a heading, or its items are
    no links.
    """

    def is_link(line: Line) -> bool:
        if is_extracted and not (line.is_outside or line.is_linked):
            return False
        is_open = not line.role and not line.is_complete and len(line.text) >= 25
        return is_open and line.is_headline_or_item

    upwards = list(dropwhile(lambda line: line.role in PAGE_ENDS, reversed(lines)))
    links = list(takewhile(is_link, upwards))
    rest = upwards[len(links) :]
    if len(links) < 3 or len(rest) < 2 or rest[0].role or not rest[0].is_complete:
        return
    if len(rest[0].text) >= SENTENCE_CHARS:
        for line in links:
            line.mark(Role.RELATED, "trailing-headlines")
