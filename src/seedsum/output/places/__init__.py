"""Where an output (or an input) lies: a folder, or a place in an object store.

The one border to storage: whatever is kept in an output goes through a `Place`, by names with
slashes below it. `place_of` makes one of what a person gives as `--output`.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager
from pathlib import Path
from typing import BinaryIO, NamedTuple, Protocol

from seedsum.errors import UsageError


class Entry(NamedTuple):
    """A file or an object, as a listing has it."""

    name: str  # below the place
    size_bytes: int
    mtime_ns: int  # when it was last changed, since 1970
    #: Differs where the content may: a folder's ctime in nanoseconds, a store's ETag.
    version: int | str

    @property
    def look(self) -> list[int | str]:
        """What a cache can hold it against."""
        return [self.size_bytes, self.mtime_ns, self.version]


class Content(NamedTuple):
    """What a file holds."""

    data: bytes
    version: int | str = 0
    #: It was put under a lease that had been lost by then; see `lease`.
    is_late: bool = False


class Place(Protocol):
    """A tree of small files, each of which is whole or absent.

    Names are relative, with slashes, and lead nowhere else. `OSError` is raised where the disk or
    the store fails; it may pass. An address that cannot work raises a `UsageError` on first use.
    """

    #: The folder on this machine; None for a store.
    folder: Path | None
    #: Reads that pay off at the same time.
    num_at_once: int

    def show(self, name: str = "") -> str:
        """Return the whole path or address of a name, for messages."""

    def is_there(self, under: str = "") -> bool:
        """Return whether anything was ever kept in the place, or in a folder of it."""

    def open(self, name: str) -> BinaryIO:
        """Return a file to read from its beginning.

        Raises:
            FileNotFoundError: It is not there.
        """

    def read(self, name: str) -> bytes | None:
        """Return all of a file, None where there is none."""

    def pieces(self, name: str) -> Iterator[bytes]:
        """Yield a file in pieces, whatever its size.

        Raises:
            FileNotFoundError: It is not there.
        """

    def content(self, name: str) -> Content | None:
        """Return all of a file with its version, None where there is none."""

    def entry(self, name: str) -> Entry | None:
        """Return what a listing would say of a file, None where there is none."""

    def entries(
        self, under: str = "", *, suffixes: tuple[str, ...] = (), hidden: bool = False
    ) -> Iterator[Entry]:
        """Yield the files below a folder in any order; none where it is not there.

        With `suffixes` those that end so; `hidden` also those that, or whose folders, begin with a
        dot.
        """

    def write(self, name: str, data: bytes, *, durable: bool = False) -> None:
        """Put a file in place of what is there; `durable` survives a power cut."""

    def create(self, name: str, data: bytes) -> bool:
        """Put a file unless there is one, and return whether this put it: of many, one does."""

    def delete(self, name: str) -> None:
        """Remove a file; nothing happens where there is none."""

    def write_pair(
        self,
        texts: Mapping[str, bytes | None],
        record: tuple[str, bytes],
        *,
        before: Mapping[str, Content],
    ) -> None:
        """Put a pair: its texts (None for one that goes), and at the end its record.

        At every instant the record that is there names what is there, or it is gone, or a reader
        sees by the hashes in it that it does not hold. `before` is what was there by name, and what
        is no longer so is not replaced.

        Raises:
            DocumentError: The pair would lie outside of the place.
            EditedError: A file is no longer what was there before.
        """

    def lock(self, *, wait_seconds: float = 0.0, part: str = "") -> AbstractContextManager[Place]:
        """Keep other runs out, and give the place to write to meanwhile.

        Runs over parts (`3-of-8`) keep out those over the same part, over the whole, and over parts
        of another number; they do not keep out each other.

        Raises:
            LockedError: Another run is in, and still was after the wait.
            UsageError: The place cannot be written, or cannot keep runs apart that may meet.
        """

    @property
    def run(self) -> str:
        """What other processes of the run that has the lock join it by; see `joined`."""

    def joined(self, run: str) -> Place:
        """Return the place to write to as a part of a run that has the lock elsewhere."""

    def clean(self) -> int:
        """Remove what killed runs left half-written, and return how much; only under the lock."""


#: What a place can be made of: an `s3://` address is a text.
Where = Place | Path | str

_ADDRESS = re.compile(r"([a-z][a-z0-9+.-]+):/+(?=[^/])")


def is_address(stated: Path | str) -> bool:
    """Return whether this names a place in a store (`s3://bucket/pairs`), and no path."""
    return _ADDRESS.match(os.fspath(stated)) is not None


def address_or_path(stated: Path | str) -> Path | str:
    """Return an address as a text, also where a `Path` was made of it, and a path as a `Path`."""
    text = os.fspath(stated)
    if found := _ADDRESS.match(text):
        return f"{found[1]}://{text[found.end() :].rstrip('/')}"
    return Path(stated)


def is_table(stated: Path | str) -> bool:
    """Return whether this names a table (`out.parquet`, `out.jsonl`), and no folder."""
    path = Path(stated)
    return path.suffix in (".parquet", ".jsonl") and not path.is_dir()


def place_of(stated: Where) -> Place:
    """Return the place of a folder or an address; a place as it is.

    That of a table is the folder with its pairs beside it, `out.parquet.seedsum/`.

    Raises:
        UsageError: There is no such kind of store, or what reads it is not installed.
    """
    if not isinstance(stated, str | Path):
        return stated
    stated = address_or_path(stated)
    if isinstance(stated, str):
        from seedsum.output.places.objects import object_place

        return object_place(stated)
    from seedsum.output.places.local import LocalPlace

    return LocalPlace(stated.with_name(f"{stated.name}.seedsum") if is_table(stated) else stated)


def existing_place(stated: Where) -> Place:
    """Return the place of an output that is there; see `place_of`.

    Raises:
        UsageError: There is none.
    """
    place = place_of(stated)
    if not place.is_there():
        raise UsageError(f"{place.show()}: there is no such folder; name the folder of the pairs")
    return place
