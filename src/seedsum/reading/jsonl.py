"""JSONL: one article a line, a JSON object with `text` or `html`, in memory one at a time."""

from __future__ import annotations

import codecs
import json
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import BinaryIO

from seedsum.errors import ReadError
from seedsum.reading import Article
from seedsum.reading.encoding import Decoded, clean, stated
from seedsum.reading.spans import Content, stated_fields
from seedsum.records import MAX_SIZE_BYTES

#: Of a line over the limit, that much is in memory at a time.
_CHUNK_BYTES = 1 << 20
_UNSAFE = re.compile(r"[^\w.-]+")
#: Bytes of an id in a file name, of 255 on common file systems: suffixes come after it.
_MAX_ID_BYTES = 150


def read(data: bytes) -> Content:
    """Return the article of one line: `text` or `html`, and `title`, `url`, `date`, `language`.

    A title that the text does not start with becomes its first block.
    """
    from seedsum.reading import html, text

    article = _object(data.removeprefix(codecs.BOM_UTF8))
    title = stated(article.get("title"))
    body, page = article.get("text"), article.get("html")
    if isinstance(body, str) and body.strip():
        plain, notes = clean(body)
        if title and not plain.lstrip().startswith(title):
            plain = f"{title}\n\n{plain}"
        content = text.paragraphs(Decoded(plain, "utf-8", notes))
    elif isinstance(page, str) and page.strip():
        source, notes = clean(page)
        content = html.page(Decoded(source, "utf-8", notes))
    else:
        raise ReadError("neither 'text' nor 'html' holds text; fill in one of them")
    return replace(content, **stated_fields(article))


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
    with path.open("rb") as file:
        start = file.read(len(codecs.BOM_UTF8))
        if start.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
            raise ReadError(f"{path}: JSONL in UTF-16 or UTF-32; save it as UTF-8")
        file.seek(len(start) if start == codecs.BOM_UTF8 else 0)
        lines = _bounded_lines(file, max_size_bytes)
        for number, (offset, line, size_bytes) in enumerate(lines, start=1):
            if size_bytes > max_size_bytes:
                line = b""
            elif not line.strip():
                continue
            name = _article_id(line) or f"line-{number}"
            while name.casefold() in seen:
                name = f"{name}.line-{number}"
            seen.add(name.casefold())
            yield Article(offset=offset, id=name, data=line, size_bytes=size_bytes)


def article_bytes(path: Path, *, offset: int, size_bytes: int) -> bytes:
    """Return the bytes of a listed article, without its line end; other ones if it was changed."""
    with path.open("rb") as file:
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
        value = stated(_object(line).get("id"))
    except ReadError:
        return ""
    safe = _UNSAFE.sub("-", value or "").strip(".-")
    return safe.encode("utf-8")[:_MAX_ID_BYTES].decode("utf-8", errors="ignore")
