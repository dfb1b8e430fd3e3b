"""Files of many articles that must be in memory as a whole: what they hold, found once."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from seedsum.reading import Article
from seedsum.reading.kept import kept_by_file
from seedsum.reading.packed import read_whole
from seedsum.records import MAX_SIZE_BYTES

_UNSAFE = re.compile(r"[^\w.-]+")
#: Bytes of an id in a file name, of 255 on common file systems: suffixes come after it.
_MAX_ID_BYTES = 150


class Member(NamedTuple):
    """One of the articles in a file: what it calls itself, and the bytes that are read."""

    id: str
    data: bytes


#: Makes the articles of a file's bytes.
Find = Callable[[bytes], Sequence[Member]]


def safe_id(id: str) -> str:
    """Return an article's id made safe for a file name, or an empty string."""
    safe = _UNSAFE.sub("-", id).strip(".-")
    return safe.encode("utf-8", "ignore")[:_MAX_ID_BYTES].decode("utf-8", errors="ignore")


def unique(id: str, fallback: str, seen: set[str]) -> str:
    """Return the id, or the fallback where it is empty, with that at its end where it came before.

    Whatever the case of its letters: the names of some file systems have none.
    """
    name = id or fallback
    while name.casefold() in seen:
        name = f"{name}.{fallback}"
    seen.add(name.casefold())
    return name


def articles(path: Path, find: Find, *, max_size_bytes: int = MAX_SIZE_BYTES) -> Iterator[Article]:
    """Yield the articles of a file in order; one that is alone has no id.

    Their places are their numbers, from 0.
    """
    found = _members(path, find, max_size_bytes)
    seen: set[str] = set()
    for number, (id, data) in enumerate(found):
        name = unique(safe_id(id), f"item-{number + 1}", seen) if len(found) > 1 else ""
        yield Article(number, name, data, len(data))


def article_bytes(path: Path, find: Find, *, offset: int) -> bytes:
    """Return the bytes of a listed article; none where the file has fewer now."""
    found = _members(path, find, MAX_SIZE_BYTES)
    return found[offset].data if offset < len(found) else b""


@kept_by_file
def _members(path: Path, find: Find, max_size_bytes: int) -> tuple[Member, ...]:
    """Return what a file holds, kept since articles are asked for in turn."""
    return tuple(find(read_whole(path, max_size_bytes=max_size_bytes)))
