"""Tables (.csv, .tsv): an article a row, its fields by the names in the first row."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from seedsum.errors import ReadError
from seedsum.reading import Article
from seedsum.reading.encoding import decode
from seedsum.reading.fields import content_of, holds_article, id_of
from seedsum.reading.members import safe_id, unique
from seedsum.reading.packed import open_file, skip_mark
from seedsum.reading.spans import Content
from seedsum.records import MAX_SIZE_BYTES

#: The longest first row that names fields.
_MAX_HEAD_BYTES = 100_000


def read(data: bytes) -> Content:
    """Return the article of the first row and the one after it, which is what a row is given as."""
    return content_of(_record(data))


def articles(path: Path, *, max_size_bytes: int = MAX_SIZE_BYTES) -> Iterator[Article]:
    """Yield the articles of a table in order, one row in memory at a time.

    A row without an id is called `row-N` (from 1). Its bytes are those of the first row and its
    own.
    """
    seen: set[str] = set()
    with open_file(path) as file:
        head = _head(file)
        rows = _rows(file, max_size_bytes)
        for number, (offset, row, size_bytes) in enumerate(rows, start=1):
            is_too_large = size_bytes > max_size_bytes
            if not is_too_large and not row.strip(b"\r\n\t ,;"):
                continue
            data = b"" if is_too_large else head + row
            name = unique(_id(data), f"row-{number}", seen)
            yield Article(offset, name, data, size_bytes)


def article_bytes(path: Path, *, offset: int, size_bytes: int) -> bytes:
    """Return the bytes of a listed row, with the first row before them."""
    with open_file(path) as file:
        head = _head(file)
        file.seek(offset)
        return head + file.read(size_bytes)


def _head(file: BinaryIO) -> bytes:
    """Return the row that names the fields.

    Raises:
        ReadError: None of them holds an article's text.
    """
    skip_mark(file, "a table")
    head = file.readline(_MAX_HEAD_BYTES)
    if not head.endswith(b"\n"):
        head += b"\n"
    names = _cells(head, head)
    if not names or not holds_article(dict.fromkeys(names[0], "x")):
        raise ReadError(
            "the first row names no field with an article's text (text, body, content, …); put"
            " such a row first"
        )
    return head


def _rows(file: BinaryIO, max_size_bytes: int) -> Iterator[tuple[int, bytes, int]]:
    """Yield where each row begins, its bytes (of one over the limit none) and its size.

    A row ends at a line's end outside quotation marks.
    """
    offset = file.tell()
    pieces: list[bytes] = []
    size = num_quotes = 0
    while line := file.readline(1 << 20):
        size += len(line)
        num_quotes += line.count(b'"')
        if size <= max_size_bytes:
            pieces.append(line)
        if num_quotes % 2 == 0 and line.endswith(b"\n"):
            yield offset, b"".join(pieces), size
            offset += size
            pieces, size, num_quotes = [], 0, 0
    if size:
        yield offset, b"".join(pieces), size


def _cells(head: bytes, data: bytes) -> list[list[str]]:
    """Return the cells of each row; what parts them is what parts the names."""
    first = head.decode("utf-8", "replace")
    delimiter = max(",;\t|", key=first.count)
    csv.field_size_limit(MAX_SIZE_BYTES)
    text = decode(data).text
    try:
        return [row for row in csv.reader(io.StringIO(text), delimiter=delimiter) if any(row)]
    except csv.Error as error:
        raise ReadError(f"cannot be read as a row of a table ({error}); save it again") from error


def _record(data: bytes) -> dict[str, object]:
    head, _, _ = data.partition(b"\n")
    if data.count(b'"') % 2:
        raise ReadError("a quotation mark is not closed; put two where one is meant")
    rows = _cells(head, data)
    if len(rows) != 2:
        raise ReadError(
            f"holds {max(0, len(rows) - 1)} rows where one is expected; save the table again"
        )
    names, cells = rows
    if len(cells) > len(names):
        raise ReadError(
            f"the row has {len(cells)} cells, the first row names {len(names)}; put cells with"
            " commas into quotation marks"
        )
    return dict(zip(names, cells, strict=False))


def _id(data: bytes) -> str:
    try:
        return safe_id(id_of(_record(data))) if data else ""
    except ReadError:
        return ""
