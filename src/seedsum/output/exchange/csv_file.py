"""CSV: the table as text, which opens in any spreadsheet and runs nothing there."""

from __future__ import annotations

import codecs
import csv
import io
import re
from collections.abc import Iterable, Iterator

from seedsum.errors import ReadError
from seedsum.output.exchange.sentences import Article
from seedsum.output.exchange.table import COLUMNS, cells_of

#: How a cell begins that a spreadsheet takes for a formula, after any number of our own signs.
#: Source: OWASP, "CSV Injection"; the wide forms are those that Japanese input makes equal.
_FORMULA = re.compile(r"'*[=+\-@\t\r\n＝＋－＠]")

_MAX_CELL_CHARS = 50_000_000


def lines(articles: Iterable[Article], *, whole_page: bool, reviewed: bool) -> Iterator[bytes]:
    """Yield the table row by row, each as RFC 4180 has it.

    It begins with a byte-order mark: without one Excel takes UTF-8 for the charset of its
    language. A cell that a spreadsheet would take for a formula begins with `'`, see `guarded`.
    """
    yield codecs.BOM_UTF8 + _row(COLUMNS)
    for article in articles:
        for sentence in article.chosen(whole_page=whole_page, reviewed=reviewed):
            yield _row(map(guarded, cells_of(sentence).values()))


def _row(cells: Iterable[str]) -> bytes:
    target = io.StringIO(newline="")
    csv.writer(target).writerow(cells)
    return target.getvalue().encode()


def guarded(text: str) -> str:
    """Return a cell that is text in any spreadsheet; `unguarded` gives back what it was."""
    return f"'{text}" if _FORMULA.match(text) else text


def unguarded(text: str) -> str:
    """Return what a guarded cell was; any other text as it is, `'tis` among them."""
    return text[1:] if text.startswith("'") and _FORMULA.match(text) else text


def rows(data: bytes) -> Iterator[tuple[str, list[str]]]:
    """Yield where each row of a table stands, and its cells, the names of the columns first.

    Raises:
        ReadError: It is neither UTF-8 nor UTF-16, or no table.
    """
    text = _decoded(data)
    head = text.partition("\n")[0]
    delimiter = max(",;\t", key=head.count)
    csv.field_size_limit(_MAX_CELL_CHARS)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=False)
    try:
        for row in reader:
            if any(row):
                yield f"line {reader.line_num}", [unguarded(cell) for cell in row]
    except csv.Error as error:
        raise ReadError(f"line {reader.line_num} is no row of a table ({error})") from error


def _decoded(data: bytes) -> str:
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        encoding = "utf-16"  # Excel's "Unicode Text"
    else:
        encoding = "utf-8-sig"
    try:
        return data.decode(encoding)
    except UnicodeDecodeError as error:
        raise ReadError(
            f"byte {error.start} is no {encoding.removesuffix('-sig').upper()}; save the table as"
            " 'CSV UTF-8', or as .xlsx"
        ) from error
