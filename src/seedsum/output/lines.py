"""Caches in lines that grow: what is new goes into a file of its own, and seldom all is rewritten.

A cache `.seedsum/NAME.jsonl` has additions, `.seedsum/NAME/*.jsonl`. A run that learned little
writes one more; once there are many, or most lines are out of date, all become one file again. Each
file is whole or absent, any of them may be deleted, and which line counts is for the reader to say,
so that runs over parts of an output may add to one cache at the same time.
"""

from __future__ import annotations

import contextlib
import os
import time
from collections.abc import Iterable, Iterator
from io import TextIOWrapper

from seedsum.files import STATE_FOLDER
from seedsum.output.places import Place

#: Each is one more file to open, in a store one more request.
_MAX_ADDITIONS = 64


class Lines:
    """One cache in a place."""

    def __init__(self, place: Place, name: str) -> None:
        self._place = place
        self._name = f"{STATE_FOLDER}/{name}.jsonl"
        self._folder = f"{STATE_FOLDER}/{name}"
        self._files: list[str] = []  # that were read
        self._num_read = 0

    def names(self) -> Iterator[str]:
        """Yield the names of its files, in the order in which they were written."""
        yield self._name
        entries = self._place.entries(self._folder, suffixes=(".jsonl",))
        yield from sorted(entry.name for entry in entries)

    def read(self) -> Iterator[Iterator[str]]:
        """Yield the lines of each file, to be read before the next one is asked for."""
        self._files, self._num_read = [], 0
        for name in self.names():
            self._files.append(name)
            # A file may go meanwhile: another run has joined it with others.
            with contextlib.suppress(OSError), self._place.open(name) as file:
                yield self._counted(TextIOWrapper(file, "ascii"))

    def _counted(self, lines: TextIOWrapper) -> Iterator[str]:
        with lines:
            for line in lines:
                self._num_read += 1
                yield line

    def grows(self, num_new: int, *, num_all: int) -> bool:
        """Return whether what is new should be added, and not all be written again."""
        if len(self._files) - 1 >= _MAX_ADDITIONS or num_new * 2 > num_all:
            return False
        return self._num_read + num_new <= 2 * num_all

    def add(self, lines: Iterable[str]) -> None:
        """Add a file; where that is not possible (a read-only output) the next run is slower."""
        name = f"{self._folder}/{time.time_ns():020}-{os.urandom(4).hex()}.jsonl"
        with contextlib.suppress(OSError):
            self._place.write(name, "\n".join(lines).encode("ascii"))

    def replace(self, lines: Iterable[str]) -> None:
        """Write all into one file, in place of those that were read."""
        with contextlib.suppress(OSError):
            self._place.write(self._name, "\n".join(lines).encode("ascii"))
            for name in self._files:
                if name != self._name:
                    self._place.delete(name)
