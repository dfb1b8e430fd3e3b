"""xlsx: the table as a workbook of texts, without a formula, the same bytes for the same pairs."""

from __future__ import annotations

import io
import re
import struct
import zipfile
import zlib
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

from seedsum.errors import ReadError, UsageError
from seedsum.output.exchange.sentences import Article
from seedsum.output.exchange.table import COLUMNS, RIGHT, VERDICT, WRONG, YOURS, cells_of, fitted

if TYPE_CHECKING:
    from openpyxl.cell import WriteOnlyCell
    from openpyxl.worksheet._write_only import WriteOnlyWorksheet

#: Rows of a sheet beside its head; Excel has 1,048,576.
_MAX_ROWS = 1_000_000

#: How wide the columns are, in characters; the others fit a word.
_WIDTHS = {
    **{"article": 22, "sentence": 9, "source": 52, "English": 52, YOURS: 52},
    **{
        VERDICT: 10,
        "note": 28,
        "doubts": 34,
        "offered": 34,
        "summary": 10,
        "state": 18,
        "reviewer": 14,
    },
    **{"lang": 6, "key": 4},
}

_HIDDEN = "key"

#: In points; Excel's rows are 409 high at most. A longer text than that many characters fills one.
_LINE_HEIGHT, _MAX_HEIGHT, _MAX_MEASURED = 15.0, 409.0, 2_000

#: When every workbook was made and changed, so that the same pairs give the same bytes.
_ALWAYS = datetime(2000, 1, 1)
_ZIP_DATE = (2000, 1, 1, 0, 0, 0)
_TIME = re.compile(rb"(<dcterms:(?:created|modified)[^>]*>)[^<]*<")

#: What a reader of a workbook takes `_x0041_` for: the character with that number.
_ESCAPE = re.compile(r"_(?=x[0-9A-Fa-f]{4}_)")

#: Most bytes of a workbook's parts together; that of 1,000,000 rows has a few hundred million.
_MAX_UNPACKED_BYTES = 2_000_000_000
_MAX_PARTS = 10_000
#: What zipfile raises where an archive is broken, besides its own.
_ZIP_FAULTS = (
    *(zipfile.BadZipFile, zlib.error, OSError, EOFError, ValueError, RuntimeError),
    *(NotImplementedError, struct.error),
)
_CHUNK_BYTES = 1 << 20


def need_openpyxl() -> None:
    """Raise a `UsageError` with the remedy where the library for workbooks is missing."""
    if find_spec("openpyxl") is None:
        raise UsageError(
            "for .xlsx the library openpyxl is needed, which is not installed: pip install"
            " 'seedsum[exchange]'; csv, tmx, html and jsonl need none"
        )


def workbook(articles: Iterable[Article], *, whole_page: bool, reviewed: bool) -> bytes:
    """Return a workbook of the sentences, one a row.

    Raises:
        UsageError: openpyxl is not installed.
    """
    need_openpyxl()
    from openpyxl import Workbook

    book = Workbook(write_only=True)
    book.properties.creator = "seedsum"
    book.properties.created = _ALWAYS
    sheet = _sheet(book, "Sentences")
    # A row is written as soon as it is given, so that one row of cells does for all of a sheet:
    # most of the time would go into their styles otherwise.
    row = {name: _cell(sheet, name) for name in COLUMNS}
    num_rows = 0
    for article in articles:
        for sentence in article.chosen(whole_page=whole_page, reviewed=reviewed):
            if num_rows == _MAX_ROWS:
                sheet, num_rows = _sheet(book, f"Sentences {len(book.worksheets) + 1}"), 0
                row = {name: _cell(sheet, name) for name in COLUMNS}
            cells = cells_of(sentence)
            for name, text in cells.items():
                _write(row[name], text)
            num_rows += 1
            number = num_rows + 1  # the head is the first
            sheet.row_dimensions[number].height = _height(cells)
            sheet.append(list(row.values()))
            del sheet.row_dimensions[number]
    target = io.BytesIO()
    book.save(target)
    return _at_one_time(target)


def _sheet(book: Any, title: str) -> WriteOnlyWorksheet:
    """Return a new sheet with its head, which stays in sight."""
    from openpyxl.utils import get_column_letter
    from openpyxl.worksheet.datavalidation import DataValidation

    sheet = book.create_sheet(title)
    sheet.freeze_panes = "A2"
    sheet.print_title_rows = "1:1"
    sheet.page_setup.orientation = "landscape"
    sheet.page_setup.fitToHeight = 0
    sheet.sheet_properties.pageSetUpPr = _fit_to_page()
    for number, name in enumerate(COLUMNS, 1):
        column = sheet.column_dimensions[get_column_letter(number)]
        column.width = _WIDTHS[name]
        column.hidden = name == _HIDDEN
    letter = get_column_letter(COLUMNS.index(VERDICT) + 1)
    choice = DataValidation(type="list", formula1=f'"{RIGHT},{WRONG}"', allow_blank=True)
    choice.error = f"Write {RIGHT} or {WRONG}, or leave the cell empty."
    choice.add(f"{letter}2:{letter}{_MAX_ROWS + 1}")
    sheet.data_validations.append(choice)
    sheet.append([_head_cell(sheet, name) for name in COLUMNS])
    return sheet


def _fit_to_page() -> Any:
    from openpyxl.worksheet.properties import PageSetupProperties

    return PageSetupProperties(fitToPage=True)


def _head_cell(sheet: WriteOnlyWorksheet, name: str) -> WriteOnlyCell:
    from openpyxl.styles import Font

    cell = _cell(sheet, name)
    _write(cell, name)
    cell.font = Font(bold=True)
    return cell


def _cell(sheet: WriteOnlyWorksheet, name: str) -> WriteOnlyCell:
    """Return an empty cell of a column, for text."""
    from openpyxl.cell import WriteOnlyCell
    from openpyxl.styles import Alignment, PatternFill

    cell = WriteOnlyCell(sheet)
    cell.number_format = "@"  # of text: what somebody writes into it is no formula either
    cell.alignment = Alignment(wrap_text=True, vertical="top")
    if name in (YOURS, VERDICT, "note"):
        cell.fill = PatternFill("solid", fgColor="FFF8E1")
    return cell


def _write(cell: WriteOnlyCell, text: str) -> None:
    """Put a text into a cell, as text whatever it is."""
    cell.value = _ESCAPE.sub("_x005F_", fitted(text))
    if text:
        cell.data_type = "s"  # openpyxl takes what begins with `=` for a formula


def _height(cells: Mapping[str, str]) -> float:
    """Return how high a row must be for its texts: LibreOffice shows one line of each otherwise."""
    num_lines = max(
        _num_lines(text, _WIDTHS[name]) for name, text in cells.items() if name != _HIDDEN
    )
    return min(_LINE_HEIGHT * num_lines, _MAX_HEIGHT)


def _num_lines(text: str, width: int) -> int:
    return sum(1 + len(line) // width for line in text[:_MAX_MEASURED].split("\n"))


def _at_one_time(written: io.BytesIO) -> bytes:
    """Return a workbook in which no clock is left."""
    target = io.BytesIO()
    with zipfile.ZipFile(written) as source, zipfile.ZipFile(target, "w") as archive:
        for entry in source.infolist():
            data = source.read(entry)
            if entry.filename == "docProps/core.xml":
                data = _TIME.sub(rb"\g<1>2000-01-01T00:00:00Z<", data)
            fixed = zipfile.ZipInfo(entry.filename, _ZIP_DATE)
            fixed.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(fixed, data)
    return target.getvalue()


def rows(data: bytes) -> Iterator[tuple[str, list[str]]]:
    """Yield where each row of a workbook stands, and its cells; the names of each sheet first.

    Raises:
        UsageError: openpyxl is not installed.
        ReadError: It is no workbook, or one that unpacks to more than any table.
    """
    need_openpyxl()
    from openpyxl import load_workbook

    _check(data)
    try:
        book = load_workbook(io.BytesIO(data), read_only=True, data_only=True)
        for sheet in book.worksheets:
            sheet.reset_dimensions()  # what the file says of its size may be anything
            for number, row in enumerate(sheet.iter_rows(values_only=True), 1):
                if any(value not in (None, "") for value in row):
                    yield f"{sheet.title} row {number}", [_text(value) for value in row]
    except ReadError:
        raise
    except Exception as error:  # openpyxl raises whatever a broken part makes it stumble over
        raise ReadError(f"is no workbook that can be read ({error!r}); save it again") from error


def _text(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    # What stands before what only looks like an escape, where openpyxl has left it, and what Excel
    # writes of a line end of Windows.
    return str(value).replace("_x005F_", "_").replace("_x000D_\n", "\n").replace("\r", "")


def _check(data: bytes) -> None:
    """Raise a `ReadError` where a workbook would unpack to too much, or defines entities."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            entries = archive.infolist()
            size = sum(entry.file_size for entry in entries)
            if size > _MAX_UNPACKED_BYTES or len(entries) > _MAX_PARTS:
                raise ReadError(
                    f"unpacks to {size:,} bytes in {len(entries):,} parts, more than any table;"
                    " save it again"
                )
            for entry in entries:
                if entry.filename.lower().endswith((".xml", ".rels")):
                    with archive.open(entry) as part:
                        _refuse_entities(iter(lambda: part.read(_CHUNK_BYTES), b""))
    except _ZIP_FAULTS as error:
        raise ReadError(f"is no workbook, or cut off ({error}); save it again") from error


def _refuse_entities(pieces: Iterable[bytes]) -> None:
    before = b""
    for piece in pieces:
        # UTF-16, which the standard allows and nobody writes, would hide what is looked for.
        if b"\0" in piece or b"<!DOCTYPE" in before + piece or b"<!ENTITY" in before + piece:
            raise ReadError(
                "the workbook defines entities or is in UTF-16, which none is; save it again"
            )
        before = piece[-16:]
