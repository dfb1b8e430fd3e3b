"""A file that came back, or is from elsewhere -> what there is to keep of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from seedsum.errors import ReadError, UsageError
from seedsum.output.exchange import Pairs, csv_file, xlsx
from seedsum.output.exchange.remembering import Recognised, recognise, remembered, sort_units
from seedsum.output.exchange.returning import Returned, Unused, parse_table, take_rows
from seedsum.output.exchange.tmx_reading import is_tmx, read_tmx
from seedsum.records import Review
from seedsum.reviews import Remembered, Reviews, ReviewStore, add_memory

_ZIP_MAGIC = b"PK\x03\x04"


@dataclass(frozen=True, slots=True)
class Import:
    """What a file says that is to be kept, and what becomes of the rest."""

    name: str
    returned: Returned  # of rows and units of ours
    recognised: Recognised = field(default_factory=Recognised)  # of a memory from elsewhere
    memory: tuple[Remembered, ...] = ()  # to be offered in articles to come
    not_recognised: Mapping[str, int] = field(default_factory=dict)  # units, by the reason

    @property
    def unused(self) -> tuple[Unused, ...]:
        """What somebody has to look at, since nothing came of it."""
        return (*self.returned.unused, *self.recognised.unused)

    @property
    def reviews(self) -> tuple[Review, ...]:
        """All that was said of sentences of pairs."""
        return (*self.returned.reviews, *self.recognised.corrections)


def read_import(
    data: bytes, *, name: str, pairs: Pairs, reviewer: str, apply: bool = False
) -> Import:
    """Return what a table or a translation memory says; the file is known by its content.

    Raises:
        ReadError: It cannot be read, or is neither.
        UsageError: A library is missing for it.
    """
    if is_tmx(data):
        return _of_memory(data, name=name, pairs=pairs, reviewer=reviewer, apply=apply)
    try:
        rows = xlsx.rows(data) if data.startswith(_ZIP_MAGIC) else csv_file.rows(data)
        table = parse_table(rows, name=name)
    except ReadError as error:
        text = str(error)
        raise ReadError(text if text.startswith(name) else f"{name}: {text}") from error
    known = ReviewStore(pairs.place).read()
    return Import(name, take_rows(table, pairs.find, known=known, reviewer=reviewer))


def _of_memory(data: bytes, *, name: str, pairs: Pairs, reviewer: str, apply: bool) -> Import:
    memory = read_tmx(data, name=name)
    names = pairs.names()
    ways = sort_units(memory.units, names)
    known = ReviewStore(pairs.place).read() if ways.rows else []
    articles = pairs.read_all(names, unread=[]) if ways.units else iter(())
    return Import(
        name,
        take_rows(ways.rows, pairs.find, known=known, reviewer=reviewer),
        recognise(ways.units, articles, name=name, reviewer=reviewer, apply=apply),
        tuple(remembered(ways.units)),
        {**memory.unused, **ways.unused},
    )


def keep_import(found: Import, pairs: Pairs) -> bool:
    """Keep what is to be kept, and return whether a memory was not known before.

    Each object is whole or not there; where this is broken off, doing it again completes it.

    Raises:
        OSError: It cannot be written.
        UsageError: A memory cannot be kept where the pairs are.
    """
    folder = pairs.place.folder
    if found.memory and folder is None:
        raise UsageError(
            f"{pairs.place.show()}: memories are kept in folders only; import {found.name} into a"
            " copy of the output"
        )
    store, said = ReviewStore(pairs.place), Reviews(pairs.place)
    for review in found.reviews:
        store.add(said.after_all(review))
    return folder is not None and add_memory(folder, found.name, found.memory) is not None
