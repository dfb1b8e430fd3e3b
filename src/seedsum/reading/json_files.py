"""JSON (.json): one article, or a list of them, wherever the file keeps it."""

from __future__ import annotations

import codecs
import json
from collections.abc import Iterator, Sequence
from pathlib import Path

from seedsum.errors import ReadError
from seedsum.reading import Article, members
from seedsum.reading.fields import content_of, holds_article, id_of
from seedsum.reading.members import Member
from seedsum.reading.spans import Content
from seedsum.records import MAX_SIZE_BYTES

#: How deep lists of articles are looked for (`{"response": {"docs": [...]}}`).
_MAX_DEPTH = 3


def read(data: bytes) -> Content:
    """Return the article of a JSON object, or of a list with one."""
    found = _articles_in(_parsed(data), 0)
    if len(found) > 1:
        raise ReadError(
            f"holds {len(found):,} articles; give the file the extension .json, so that each is"
            " read by itself"
        )
    if not found:
        raise ReadError("the JSON holds no article with a text (text, body, content, …)")
    return content_of(found[0])


def articles(path: Path, *, max_size_bytes: int = MAX_SIZE_BYTES) -> Iterator[Article]:
    """Yield the articles of a JSON file in order."""
    return members.articles(path, _found, max_size_bytes=max_size_bytes)


def article_bytes(path: Path, *, offset: int, size_bytes: int) -> bytes:
    """Return the bytes of a listed article."""
    return members.article_bytes(path, _found, offset=offset)


def _parsed(data: bytes) -> object:
    """Return what the JSON says.

    Raises:
        ReadError: It is none.
    """
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        raise ReadError("JSON in UTF-16 or UTF-32; save it as UTF-8")
    try:
        return json.loads(data.removeprefix(codecs.BOM_UTF8).decode("utf-8"))
    except UnicodeDecodeError as error:
        raise ReadError(f"byte {error.start} is not UTF-8; save the file as UTF-8") from error
    except RecursionError as error:
        raise ReadError("the JSON is nested too deeply; save one object per article") from error
    except ValueError as error:
        hint = "one object a line is JSON lines: name it .jsonl"
        if not data.lstrip().startswith((b"{", b"[")):
            hint = "give it the extension of what it is (.txt for plain text)"
        raise ReadError(f"not valid JSON ({error}); {hint}") from error


def _found(data: bytes) -> Sequence[Member]:
    found = _articles_in(_parsed(data), 0)
    if not found:
        raise ReadError("the JSON holds no article with a text (text, body, content, …)")
    return [
        Member(id_of(article), json.dumps(article, ensure_ascii=True).encode()) for article in found
    ]


def _articles_in(value: object, depth: int) -> list[dict[str, object]]:
    """Return the records with a text that a value is, or that one of its lists holds."""
    if isinstance(value, list):
        return [item for item in map(_unwrapped, value) if holds_article(item)]
    if not isinstance(value, dict):
        return []
    if holds_article(value):
        return [value]
    if depth < _MAX_DEPTH:
        for inner in value.values():
            if isinstance(inner, list | dict) and (found := _articles_in(inner, depth + 1)):
                return found
    return []


def _unwrapped(item: object) -> dict[str, object]:
    """Return an article without the record around it (Elasticsearch's `_source`)."""
    if isinstance(item, dict):
        inner = item.get("_source")
        return inner if isinstance(inner, dict) else item
    return {}
