"""Hashes of sources as runs before found them: a file that looks as it did is not read again."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from seedsum import __version__
from seedsum.files import STATE_FOLDER, Stamp, sha256_file, stamp
from seedsum.output.lines import Lines
from seedsum.output.places import Entry, Where, place_of
from seedsum.plugins import plugins

_NAME = "sources"

#: What is hashed in less time than it takes to write the stamps of thousands down is not kept, so
#: that a run with nothing to do leaves a small output as it is.
_FILES_WORTH_KEEPING = 100
_BYTES_WORTH_KEEPING = 10_000_000


class Article(NamedTuple):
    """One of the articles of a file that holds many; without a hash where it is too large."""

    id: str
    offset: int
    size_bytes: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Known:
    """A file as it was looked at last: its hash, or the articles in it."""

    stamp: Stamp
    articles: tuple[Article, ...] = ()


class Stamps:
    """Hashes of files and of the articles in them, by absolute path or address.

    In `OUTPUT/.seedsum/sources.jsonl`, and what was added to it (`sources/`): a line with what made
    it, then one for each file. It may be deleted. What is torn in it, or was written by another
    version, is hashed again.
    """

    def __init__(
        self, output: Where | None, *, trusted: bool = True, is_part: bool = False
    ) -> None:
        """Read what is known in an output; nothing without one, or if not `trusted`.

        Whoever looks at a part of the sources only (`is_part`) leaves what is known of the others.
        """
        self._place = None if output is None else place_of(output)
        self._lines = Lines(self._place, _NAME) if self._place else None
        self._known = _read(self._lines) if self._lines and trusted else {}
        self._trusted, self._is_part = trusted, is_part
        self._seen: dict[str, Known] = {}
        self._new: list[str] = []  # those of them that nobody knew
        self._num_files = self._num_bytes = 0
        self._has_asked = False  # a store, where each look costs a request

    def look(self, path: str, find: Callable[[], Iterable[Article]] | None = None) -> Known:
        """Return what a file is known as, hashed if need be, or with the articles that are found.

        Raises:
            OSError: It cannot be read.
        """
        key = os.path.abspath(path)  # noqa: PTH100 - making a `Path` takes as long
        known = self._known.get(key)
        articles: list[Article] = []

        def digest(path: Path | str) -> str:
            if find is None:
                return sha256_file(path)
            articles.extend(find())
            return ""

        now = stamp(path, known.stamp if known else None, digest=digest)
        if known is None or now is not known.stamp:
            known = Known(now, tuple(articles))
            self._new.append(key)
            self._num_files += now.settled
            self._num_bytes += now.settled * now.size
        self._seen[key] = known
        return known

    def look_at(
        self,
        address: str,
        entry: Entry,
        *,
        digest: Callable[[], str] | None = None,
        find: Callable[[], Iterable[Article]] | None = None,
    ) -> Known:
        """Return what an object is known as, by its ETag; hashed, or looked into, where it is new.

        Raises:
            OSError: It cannot be read.
        """
        known = self._known.get(address)
        look = entry.size_bytes, entry.mtime_ns, entry.version
        if known is None or look != (known.stamp.size, known.stamp.mtime_ns, known.stamp.inode):
            articles = tuple(find()) if find else ()
            known = Known(Stamp(*look, digest() if digest else ""), articles)
            self._new.append(address)
            self._has_asked = True
        self._seen[address] = known
        return known

    def save(self) -> None:
        """Write down what the files looked like, where that is worth it and can be written."""
        is_much = self._num_files >= _FILES_WORTH_KEEPING or self._num_bytes >= _BYTES_WORTH_KEEPING
        if not is_much and not self._has_asked:
            return
        if self._place is None or self._lines is None or not self._place.is_there(STATE_FOLDER):
            return
        grows = self._trusted and self._lines.grows(len(self._new), num_all=len(self._seen))
        if self._is_part or grows:
            self._lines.add(self._written(self._new))
        else:
            self._lines.replace(self._written(self._seen))
        self._new = []
        self._num_files = self._num_bytes = 0
        self._has_asked = False

    def _written(self, paths: Iterable[str]) -> Iterator[str]:
        yield json.dumps(_made_by())
        for path in paths:
            stamp, articles = self._seen[path].stamp, self._seen[path].articles
            if stamp.settled:
                look = [stamp.size, stamp.mtime_ns, stamp.inode, stamp.sha256]
                yield json.dumps([path, look, articles], separators=(",", ":"))


def _made_by() -> list[object]:
    """Return what decides the articles of a file: another version may find others."""
    return [__version__, *(f"{plugin.distribution} {plugin.version}" for plugin in plugins())]


def _read(cache: Lines) -> dict[str, Known]:
    found: dict[str, Known] = {}
    for lines in cache.read():
        with suppress(OSError, ValueError, TypeError):
            if json.loads(next(lines, "")) != _made_by():
                continue
            for line in lines:
                name, look, articles = json.loads(line)
                size, mtime_ns, inode, sha256 = look
                stamp = Stamp(int(size), int(mtime_ns), inode, str(sha256))
                found[str(name)] = Known(stamp, tuple(Article(*entry) for entry in articles))
    return found
