"""Sources in an object store: listed with their ETags, and read where those are new."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import lru_cache
from pathlib import Path
from typing import BinaryIO

from seedsum.errors import UsageError
from seedsum.files import sha256_bytes
from seedsum.output.names import safe_name
from seedsum.output.places import Entry, Place, place_of
from seedsum.pipeline.sources import (
    LOCK_PREFIX,
    Walk,
    articles_found,
    is_companion,
    too_large,
    why_not_listed,
    why_not_read,
)
from seedsum.pipeline.stamps import Article
from seedsum.reading import articles_of, extension, reader_of
from seedsum.records import Source

#: Files of many articles that a process keeps on its disk: as many as windows are read at once.
_MAX_KEPT = 3


def sources_at(address: str, walk: Walk, *, output: Place | None) -> tuple[list[Source], bool]:
    """Return the sources of an address by name, and whether it is a folder.

    Objects have no links and are whole from the first moment, so that none is still growing.

    Raises:
        UsageError: Nothing is there, or input and output lie in each other.
    """
    _refuse_nested(address, output)
    place = place_of(address)
    if place.is_there():
        return list(_sources(place, place.entries(hidden=True), walk)), True
    folder, _, name = address.rpartition("/")
    above = place_of(folder) if "://" in folder else place
    if (entry := above.entry(name)) is None:
        raise UsageError(f"{address}: there is no such object, nor any below it; check the address")
    return list(_object_sources(above, entry, walk)), False


def _refuse_nested(address: str, output: Place | None) -> None:
    if output is None or output.folder is not None:
        return
    where = output.show()
    if where == address or where.startswith(f"{address}/"):
        raise UsageError(
            f"the output {where} is inside the input {address}, so the next run would translate its"
            " own output; choose one outside with --output"
        )
    if address.startswith(f"{where}/"):
        raise UsageError(
            f"{address} is inside the output {where}; choose another output with --output"
        )


def _sources(place: Place, entries: Iterable[Entry], walk: Walk) -> Iterator[Source]:
    listed = list(entries)
    names: dict[str, set[str]] = {}  # of files and folders, by the folder that they are in
    for entry in listed:
        folder = ""
        for part in entry.name.split("/"):
            names.setdefault(folder, set()).add(part)
            folder = f"{folder}{part}/"
    passed_over: set[str] = set()

    def is_read(entry: Entry) -> bool:
        *folders, last = entry.name.split("/")
        folder = ""
        for part in folders:
            here = f"{folder}{part}/"
            kind = _passed_over(part, names[folder])
            if kind:
                if here not in passed_over:
                    passed_over.add(here)
                    walk.skipped[kind] += 1
                return False
            folder = here
        if last.startswith((".", LOCK_PREFIX)):
            walk.skipped["hidden"] += 1
            return False
        if reader_of(last) is None:
            walk.pass_over(extension(last), entry.name)
            return False
        return not walk.is_other(entry.name)

    with ThreadPoolExecutor(place.num_at_once, thread_name_prefix="listing") as pool:
        for found in pool.map(
            lambda entry: list(_object_sources(place, entry, walk)), filter(is_read, listed)
        ):
            yield from found


def _passed_over(folder: str, names: set[str]) -> str:
    if folder.startswith((".", LOCK_PREFIX)):
        return "hidden"
    return "companion" if is_companion(folder, names) else ""


def _object_sources(place: Place, entry: Entry, walk: Walk) -> Iterator[Source]:
    """Yield the articles of one object; nothing if it went away meanwhile."""
    reader, name = reader_of(entry.name), safe_name(entry.name)
    address, sha256 = place.show(entry.name), ""
    error = why_not_read(reader, extension(entry.name))
    try:
        if not error and reader and reader.articles:
            inside = articles_of(reader)

            def find() -> Iterator[Article]:
                yield from articles_found(inside, local_copy(address))

            articles = walk.stamps.look_at(address, entry, find=find).articles
            for id, offset, size_bytes, of_article in articles:
                yield Source(
                    f"{name}/{safe_name(id)}" if id else name,
                    *(address, of_article, size_bytes, offset, too_large(size_bytes)),
                )
            if not articles:
                yield Source(name, address, "", 0, error="holds no article")
            return
        if not error and not (error := too_large(entry.size_bytes)):
            known = walk.stamps.look_at(address, entry, digest=lambda: _digest(place, entry))
            sha256 = known.stamp.sha256
    except FileNotFoundError:
        return
    except UsageError:
        raise
    except Exception as problem:
        yield Source(name, address, "", 0, error=why_not_listed(problem))
        return
    yield Source(name, address, sha256, entry.size_bytes, error=error)


def _digest(place: Place, entry: Entry) -> str:
    with place.open(entry.name) as file:
        return sha256_bytes(file.read())


def object_bytes(address: str) -> bytes:
    """Return a whole object.

    Raises:
        OSError: It is not there, or the store fails.
    """
    folder, _, name = address.rpartition("/")
    with _place(folder).open(name) as file:
        return file.read()


def local_copy(address: str) -> Path:
    """Return the path of a nameless file on this machine with what is in an object.

    It is there while this process has not asked for some others.

    Raises:
        OSError: It is not there, or the store fails.
    """
    return Path(f"/dev/fd/{_copy(address).fileno()}")


@lru_cache(maxsize=_MAX_KEPT)
def _copy(address: str) -> BinaryIO:
    folder, _, name = address.rpartition("/")
    target = tempfile.TemporaryFile()  # noqa: SIM115 - it stays open
    try:
        for piece in _place(folder).pieces(name):
            target.write(piece)
        target.flush()
    except BaseException:
        target.close()
        raise
    # Read by its path, and so from its beginning, whoever else reads it.
    os.lseek(target.fileno(), 0, os.SEEK_SET)
    return target


@lru_cache(maxsize=16)
def _place(folder: str) -> Place:
    return place_of(folder)
