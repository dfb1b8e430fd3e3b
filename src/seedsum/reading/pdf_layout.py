"""Letters with their places on pages -> lines in reading order -> paragraphs.

The order in the file is mostly the reading order, also in columns; only where it runs to and fro
between columns is it made from the places.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from statistics import median
from typing import NamedTuple

from seedsum.reading.spans import CELL_SEPARATOR, Span
from seedsum.reading.text import LineJoiner, is_item, without_bullet
from seedsum.records import Kind


class Letter(NamedTuple):
    """A character and its box in points, from the page's lower left; one without size is none."""

    text: str
    left: float = 0.0
    right: float = 0.0
    bottom: float = 0.0
    top: float = 0.0
    size: float = 0.0


@dataclass(frozen=True, slots=True)
class Line:
    """A line of one column, or a row of cells."""

    text: str
    left: float
    right: float
    bottom: float
    top: float
    size: float  # of its font, in points
    is_row: bool = False
    edge: float = 0.0  # the right edge of its column

    @property
    def middle(self) -> float:
        """Return how high its middle is."""
        return (self.bottom + self.top) / 2


#: White space that parts columns or cells, and that parts words, in heights of the font.
_GAP, _SPACE = 1.6, 0.08
#: Lines that begin that near each other, in points, are of one column.
_COLUMN_STEP = 24.0
#: Lines of a column are that long, cells shorter.
_MIN_COLUMN_CHARS = 18
#: Where at least that part of the lines runs on beside another, the order is not the file's.
_MIXED_SHARE = 0.2
#: A page of a newspaper has some hundred lines; of more the order in the file is taken.
_MAX_PIECES = 5_000
#: Part of a page's height where headers or footers stand, and how many lines they have at most.
_MARGIN, _MAX_EDGE_LINES = 0.15, 2
#: What stands that near to another's height, in points, was printed with it.
_SAME_HEIGHT = 4.0
#: With fewer lines how far apart they are is not known, and taken for usual.
_MIN_SPACINGS = 5
#: Fonts that much larger than the text's are headings'.
_HEADING_SIZE = 1.12
_MAX_HEADING_CHARS = 200
_DIGITS = re.compile(r"\d+")
_PAGE_NUMBER = re.compile(r"[^\d\n]{0,12}\d{1,4}(?:\D{1,6}\d{1,4})?\D{0,3}")
#: What a browser prints on each page.
_PRINTED = re.compile(r"(?:https?|file)://\S+(?:\s+\d+/\d+)?|\d{1,2}/\d{1,2}/\d{2,4}, \d.*")
_SENTENCE_END = re.compile(r"[.!?…।॥:;][\"'”’»)\]]*$")


def page_lines(letters: Sequence[Letter]) -> list[Line]:
    """Return the lines of a page in reading order, each with the edge of its column."""
    lines = _ordered_lines(letters)
    edges: dict[tuple[int, int], float] = {}  # by the size of the font and where lines begin
    for line in lines:
        for step in (-1, 0, 1):
            key = round(line.size), round(line.left / _COLUMN_STEP) + step
            edges[key] = max(edges.get(key, 0.0), line.right)
    return [
        replace(line, edge=edges[round(line.size), round(line.left / _COLUMN_STEP)])
        for line in lines
    ]


def _ordered_lines(letters: Sequence[Letter]) -> list[Line]:
    pieces = [piece for run in _runs(letters) for piece in _pieces(run)]
    rows = _rows(pieces)
    long = [row for row in rows if len(row) > 1 and min(map(_size, row)) >= _MIN_COLUMN_CHARS]
    if len(long) >= max(3, _MIXED_SHARE * len(rows)) and len(pieces) <= _MAX_PIECES:
        return _by_columns(pieces)
    lines: list[Line] = []
    for number, row in enumerate(rows):
        beside = [
            other
            for other in rows[max(0, number - 1) : number + 2]
            if len(other) > 1 and abs(other[0].middle - row[0].middle) < 3 * row[0].size
        ]
        is_table = len(row) > 1 and len(beside) > 1
        lines += [_joined_row(row)] if is_table else row
    return lines


def _size(line: Line) -> int:
    return len(line.text)


def _runs(letters: Iterable[Letter]) -> Iterator[list[Letter]]:
    """Yield the letters line by line, as pdfium ends them."""
    run: list[Letter] = []
    for letter in letters:
        if letter.text in "\r\n" and letter.text:
            if run:
                yield run
            run = []
        else:
            run.append(letter)
    if run:
        yield run


def _pieces(run: Sequence[Letter]) -> Iterator[Line]:
    """Yield a line in the pieces that wide gaps part, from left to right."""
    strokes = [s for s in _strokes(run) if not all(letter.text.isspace() for letter in s)]
    ordered = sorted(strokes, key=lambda stroke: stroke[0].left)
    if any(two[0].left < _right(one) - 2 * two[0].size for one, two in pairwise(ordered)):
        ordered = strokes  # one over another: their order says more than their places
    piece: list[Letter] = []
    end = 0.0
    for stroke in ordered:
        gap = stroke[0].left - end
        if piece and not -3 * stroke[0].size < gap < _GAP * stroke[0].size:
            yield from _line(piece)
            piece, end = [], 0.0
        elif piece and gap > _SPACE * stroke[0].size:
            piece.append(Letter(" "))
        piece += stroke
        end = max(end, _right(stroke))
    yield from _line(piece)


def _right(letters: Sequence[Letter]) -> float:
    return max(letter.right for letter in letters)


def _strokes(run: Sequence[Letter]) -> list[list[Letter]]:
    """Return what was drawn from left to right without a jump; a space that was is kept apart.

    Of the spaces that pdfium adds those stay that stand where there is room.
    """
    strokes: list[list[Letter]] = []
    last: Letter | None = None
    added: Letter | None = None
    for letter in run:
        if not letter.size:
            added = letter
            continue
        jumps = last is None or not (
            last.left - 0.5 * letter.size <= letter.left <= last.right + _GAP * letter.size
        )
        if jumps or (last and last.text.isspace() and len(strokes[-1]) == 1):
            strokes.append([])
        elif added and last and letter.left - last.right > _SPACE * letter.size:
            strokes[-1].append(added)
        strokes[-1].append(letter)
        last, added = letter, None
    return strokes


def _line(letters: Sequence[Letter]) -> Iterator[Line]:
    text = " ".join("".join(letter.text for letter in letters).split())
    boxes = [letter for letter in letters if letter.size and not letter.text.isspace()]
    if text and boxes:
        yield Line(
            text,
            min(box.left for box in boxes),
            max(box.right for box in boxes),
            min(box.bottom for box in boxes),
            max(box.top for box in boxes),
            median(box.size for box in boxes),
        )


def _rows(pieces: Sequence[Line]) -> list[list[Line]]:
    """Return pieces that follow each other at one height together."""
    rows: list[list[Line]] = []
    for piece in pieces:
        above = rows[-1][-1] if rows else None
        if (
            above
            and abs(above.middle - piece.middle) < 0.5 * max(piece.size, 1)
            and (piece.left >= above.right or above.left >= piece.right)
        ):
            rows[-1].append(piece)
        else:
            rows.append([piece])
    return rows


def _joined_row(row: Sequence[Line]) -> Line:
    ordered = sorted(row, key=lambda piece: piece.left)
    return Line(
        CELL_SEPARATOR.join(piece.text for piece in ordered),
        ordered[0].left,
        ordered[-1].right,
        min(piece.bottom for piece in row),
        max(piece.top for piece in row),
        max(piece.size for piece in row),
        is_row=True,
    )


def _by_columns(pieces: Sequence[Line]) -> list[Line]:
    """Return the pieces column by column; what spans columns parts what is above from below."""
    ordered: list[Line] = []
    pending: list[Line] = []
    left, right = min(piece.left for piece in pieces), max(piece.right for piece in pieces)
    wide = 0.6 * (right - left)
    for piece in sorted(pieces, key=lambda piece: -piece.middle):
        if piece.right - piece.left >= wide:
            ordered += _columns(pending)
            pending = []
            ordered.append(piece)
        else:
            pending.append(piece)
    return ordered + _columns(pending)


def _columns(pieces: Sequence[Line]) -> list[Line]:
    """Return pieces that stand side by side from left to right, each column from its top."""
    columns: list[list[Line]] = []
    for piece in sorted(pieces, key=lambda piece: piece.left):
        for column in columns:
            overlap = min(max(x.right for x in column), piece.right) - piece.left
            if overlap > 0.3 * (piece.right - piece.left):
                column.append(piece)
                break
        else:
            columns.append([piece])
    return [
        piece for column in columns for piece in sorted(column, key=lambda piece: -piece.middle)
    ]


def spans_of(pages: Sequence[Sequence[Line]], heights: Sequence[float]) -> list[Span]:
    """Return the paragraphs, headings, items and rows of pages; headers and footers come last."""
    margins = _margins(pages, heights)
    lines = [
        line
        for page, at_edge in zip(pages, margins, strict=True)
        for line in page
        if line not in at_edge
    ]
    spans = list(_paragraphs(lines))
    edge = dict.fromkeys(
        line.text for page, at_edge in zip(pages, margins, strict=True)
        for line in page if line in at_edge
    )  # fmt: skip
    shown = {_DIGITS.sub("#", text): text for text in reversed(edge)}
    return spans + [
        Span(text, hint="footer", outside_article=True) for text in reversed(shown.values())
    ]


def _margins(pages: Sequence[Sequence[Line]], heights: Sequence[float]) -> list[set[Line]]:
    """Return the lines of each page that are its header or footer.

    Those at the edge that come again on another page, but for their digits; numbers of pages; and
    what a browser prints.
    """
    edges = [_edge(page, height) for page, height in zip(pages, heights, strict=True)]
    seen = Counter(text for edge in edges for text in {_DIGITS.sub("#", x.text) for x in edge})
    return [
        {
            line
            for line in edge
            if (seen[_DIGITS.sub("#", line.text)] > 1 and len(page) > len(edge))
            or _PAGE_NUMBER.fullmatch(line.text)
            or any(abs(line.middle - y) < _SAME_HEIGHT for y in _printed(edge))
        }
        for page, edge in zip(pages, edges, strict=True)
    ]


def _edge(page: Sequence[Line], height: float) -> list[Line]:
    """Return the lines at a page's edges that could be its header or footer."""
    heights = sorted({round(line.middle / _SAME_HEIGHT) for line in page})
    outer = {*heights[:_MAX_EDGE_LINES], *heights[-_MAX_EDGE_LINES:]}
    return [
        line
        for line in page
        if round(line.middle / _SAME_HEIGHT) in outer
        and not _MARGIN * height < line.middle < (1 - _MARGIN) * height
    ]


def _printed(edge: Sequence[Line]) -> list[float]:
    """Return how high the lines are that a browser has printed."""
    return [line.middle for line in edge if _PRINTED.fullmatch(line.text)]


def _paragraphs(lines: Sequence[Line]) -> Iterator[Span]:
    """Yield the lines joined to paragraphs."""
    if not lines:
        return
    sizes = Counter[float]()
    for line in lines:
        sizes[round(line.size, 1)] += len(line.text)
    body = sizes.most_common(1)[0][0]
    levels = sorted({round(x.size, 1) for x in lines if x.size > _HEADING_SIZE * body})[::-1]
    spacings = [one.middle - two.middle for one, two in pairwise(lines) if one.size == two.size]
    near = [gap for gap in spacings if 0 < gap < 3 * body]
    spacing = median(near) if len(near) >= _MIN_SPACINGS else 1.2 * body
    join = LineJoiner([line.text for line in lines]).join
    paragraph: list[Line] = []
    for line in lines:
        if paragraph and not _goes_on(paragraph, line, spacing=spacing * max(1, line.size / body)):
            yield _span(paragraph, join([x.text for x in paragraph]), levels)
            paragraph = []
        paragraph.append(line)
    yield _span(paragraph, join([x.text for x in paragraph]), levels)


def _goes_on(paragraph: Sequence[Line], line: Line, *, spacing: float) -> bool:
    """Return whether a line belongs to the paragraph before it."""
    last = paragraph[-1]
    if last.is_row or line.is_row or abs(last.size - line.size) > 0.6 or is_item(line.text):
        return False
    gap = last.middle - line.middle
    width = max(last.edge - last.left, 1.0)
    is_full = _is_full(last, line)
    if not 0 < gap <= 3 * spacing:  # another column or page
        return is_full and not _SENTENCE_END.search(last.text)
    if gap > 1.25 * spacing:
        return False
    if len(paragraph) > 1 and 0.8 * line.size < line.left - last.left < 0.4 * width:
        return False  # its first line is indented
    return is_full or (not _SENTENCE_END.search(last.text) and line.text[:1].islower())


def _is_full(last: Line, line: Line) -> bool:
    """Return whether the first word of a line would not have fitted on the one before."""
    first_word = line.text.split(None, 1)[0]
    width = (line.right - line.left) * (len(first_word) + 1) / max(len(line.text), 1)
    return last.right + 0.9 * width > last.edge


def _span(paragraph: Sequence[Line], text: str, levels: Sequence[float]) -> Span:
    size = round(paragraph[0].size, 1)
    if paragraph[0].is_row:
        return Span(text, Kind.TABLE_ROW)
    if size in levels and len(text) <= _MAX_HEADING_CHARS:
        return Span(text, Kind.HEADING, min(levels.index(size) + 1, 6))
    if is_item(text):
        return Span(without_bullet(text), Kind.LIST_ITEM, 1)
    return Span(text)
