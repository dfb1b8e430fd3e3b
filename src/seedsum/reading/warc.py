"""Web archives (.warc, .warc.gz): a page that was answered is an article, found by warcio."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from contextlib import redirect_stderr
from dataclasses import replace
from pathlib import Path
from threading import Lock
from typing import Any, BinaryIO

from seedsum.errors import ReadError
from seedsum.reading import Article, html, text
from seedsum.reading.encoding import decode, html_charset, stated
from seedsum.reading.members import safe_id, unique
from seedsum.reading.spans import Content
from seedsum.records import MAX_SIZE_BYTES

_PAGES = ("text/html", "application/xhtml+xml")
_KINDS = ("response", "resource", "conversion")
#: What takes standard error away must give it back before another thread does.
_ONE_AT_A_TIME = Lock()
_CHARSET = re.compile(r"charset\s*=\s*[\"']?([A-Za-z0-9_.:-]{1,40})", re.I)


def read(data: bytes) -> Content:
    """Return the page of a record as `articles` gives it: its address and type before it."""
    head, _, body = data.partition(b"\n\n")
    lines = dict(
        line.split(": ", 1) for line in head.decode("utf-8", "replace").split("\n") if ": " in line
    )
    kind = lines.get("type", "")
    charset = _CHARSET.search(kind)
    source = decode(body, charset=charset[1].lower() if charset else html_charset(body))
    content = text.paragraphs(source) if kind.startswith("text/plain") else html.page(source)
    return replace(content, url=content.url or stated(lines.get("url")))


def articles(path: Path, *, max_size_bytes: int = MAX_SIZE_BYTES) -> Iterator[Article]:
    """Yield the pages of a web archive in order, one in memory at a time.

    Left out are pictures and the like, redirections and errors, and what was seen before.
    """
    seen: set[str] = set()
    with path.open("rb") as file:
        for number, (offset, record) in enumerate(_records(file), start=1):
            if not _is_page(record):
                continue
            data = _data(record, max_size_bytes)
            address = record.rec_headers.get_header("WARC-Target-URI") or ""
            page = re.split(r"[?#]", address.rpartition("://")[2])[0]
            name = unique(safe_id(page), f"record-{number}", seen)
            size_bytes = len(data)
            yield Article(offset, name, b"" if size_bytes > max_size_bytes else data, size_bytes)


def article_bytes(path: Path, *, offset: int, size_bytes: int) -> bytes:
    """Return the bytes of a listed page."""
    with path.open("rb") as file:
        file.seek(offset)
        for _, record in _records(file):
            return _data(record, MAX_SIZE_BYTES)
    return b""


def _records(file: BinaryIO) -> Iterator[tuple[int, Any]]:
    """Yield each record with the place where it begins."""
    from warcio.archiveiterator import ArchiveIterator
    from warcio.exceptions import ArchiveLoadFailed

    try:
        records = ArchiveIterator(file)
        while (record := _next(records)) is not None:
            # `get_record_offset` would read the record to its end.
            yield records.offset, record
    except (ArchiveLoadFailed, ValueError, OSError, EOFError, AttributeError, KeyError) as error:
        raise ReadError(
            f"cannot be read as a web archive ({error}); get it again, or save it as .warc.gz with"
            " each record packed by itself"
        ) from error


def _next(records: Any) -> Any:
    """Return the next record, None at the end; warcio 1.8 writes what it doubts to stderr."""
    with _ONE_AT_A_TIME, redirect_stderr(io.StringIO()):
        return next(records, None)


def _is_page(record: Any) -> bool:
    if record.rec_type not in _KINDS:
        return False
    kind = _type(record)
    if record.rec_type == "conversion":
        return kind.startswith("text/plain")
    status = record.http_headers.get_statuscode() if record.http_headers else "200"
    return kind.split(";")[0].strip().lower() in _PAGES and status == "200"


def _type(record: Any) -> str:
    headers = record.http_headers or record.rec_headers
    return str(headers.get_header("Content-Type") or "")


def _data(record: Any, max_size_bytes: int) -> bytes:
    address = record.rec_headers.get_header("WARC-Target-URI") or ""
    head = f"url: {address}\ntype: {_type(record)}\n\n".encode()
    stream = record.content_stream()
    body = bytearray()
    while len(body) <= max_size_bytes and (piece := stream.read(1 << 20)):
        body += piece
    return head + bytes(body)
