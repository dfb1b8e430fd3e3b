"""JSON lines (.jsonl, .ndjson): one article a line, a JSON object, in memory one at a time."""

from __future__ import annotations

import codecs
import json
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from seedsum.errors import ReadError
from seedsum.reading import Article
from seedsum.reading.fields import content_of, id_of
from seedsum.reading.members import safe_id, unique
from seedsum.reading.packed import open_file, skip_mark
from seedsum.reading.spans import Content
from seedsum.records import MAX_SIZE_BYTES

#: Of a line over the limit, that much is in memory at a time.
_CHUNK_BYTES = 1 << 20


def read(data: bytes) -> Content:
    """Return the article of one line: its text or HTML, title, address, date and language.

    See `fields` for the names of the fields. A title that the text does not start with becomes its
    first block.
    """
    return content_of(_object(data.removeprefix(codecs.BOM_UTF8)))


def _object(line: bytes) -> dict[str, object]:
    try:
        article = json.loads(line.decode("utf-8"))
    except UnicodeDecodeError as error:
        raise ReadError(
            f"byte {error.start} of the line is not UTF-8; save the file as UTF-8"
        ) from error
    except (ValueError, RecursionError) as error:  # also a number of more than 4,300 digits
        raise ReadError(f"not valid JSON ({error}); each line must be one JSON object") from error
    if not isinstance(article, dict):
        raise ReadError(f"a {type(article).__name__}; each line must be one JSON object")
    return article


def articles(path: Path, *, max_size_bytes: int = MAX_SIZE_BYTES) -> Iterator[Article]:
    """Yield the articles of a JSONL file in order, one line in memory at a time.

    A line without a usable `id` is called `line-N` (from 1), and so is one over the limit; an id
    that came before gets `.line-N` at its end. Reading a line that is not valid JSON raises.
    """
    seen: set[str] = set()
    with open_file(path) as file:
        skip_mark(file, f"{path}: JSONL")
        lines = _bounded_lines(file, max_size_bytes)
        for number, (offset, line, size_bytes) in enumerate(lines, start=1):
            if size_bytes > max_size_bytes:
                line = b""
            elif not line.strip():
                continue
            name = unique(_article_id(line), f"line-{number}", seen)
            yield Article(offset=offset, id=name, data=line, size_bytes=size_bytes)


def article_bytes(path: Path, *, offset: int, size_bytes: int) -> bytes:
    """Return the bytes of a listed article, without its line end; other ones if it was changed."""
    with open_file(path) as file:
        file.seek(offset)
        return file.readline(size_bytes + len(b"\r\n")).rstrip(b"\r\n")


def _bounded_lines(file: BinaryIO, max_size_bytes: int) -> Iterator[tuple[int, bytes, int]]:
    """Yield where each line starts, the line without its end (of a long one a part), its size."""
    room = max_size_bytes + len(b"\r\n")
    offset = file.tell()
    while line := file.readline(room):
        num_read = len(line)
        stripped = line.rstrip(b"\r\n")
        size_bytes = len(stripped)
        while not line.endswith(b"\n") and (line := file.readline(_CHUNK_BYTES)):
            # As `rstrip` would on the whole line: line ends count where more follows.
            if rest := line.rstrip(b"\r\n"):
                size_bytes = num_read + len(rest)
            num_read += len(line)
        yield offset, stripped, size_bytes
        offset += num_read


def _article_id(line: bytes) -> str:
    """Return the line's id made safe for a file name, or an empty string."""
    try:
        return safe_id(id_of(_object(line)))
    except ReadError:
        return ""
