"""Pairs out of the output, and what people and other tools made of them back in.

Each format is a module of its own, and a line of `EXPORTS`; `sentences` is what all of them are
made from, and `returning` makes reviews of a table that comes back.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from seedsum.errors import ReadError, UsageError
from seedsum.output.exchange.sentences import Article, article_of
from seedsum.output.names import output_path
from seedsum.output.pairs import RECORD_SUFFIX
from seedsum.output.states import read_record, read_records
from seedsum.reviews import Reviews

#: What pairs can be written as.
FORMATS = ("html", "tmx", "xlsx", "csv", "jsonl")


class Pairs:
    """The pairs of an output folder with what people have said of them."""

    def __init__(self, output: Path) -> None:
        """Take in the folder; reviews and pairs are read when they are asked for.

        Raises:
            UsageError: There is no such folder.
        """
        if not isinstance(output, Path):
            raise UsageError(
                f"{output}: pairs in an object store cannot be exchanged; copy them to a folder"
            )
        if not output.is_dir():
            raise UsageError(f"{output}: there is no such folder; name the folder of the pairs")
        self.output = output
        self._reviews = Reviews(output)

    def names(self, chosen: Sequence[str] = ()) -> tuple[str, ...]:
        """Return the names of all pairs, or of those that are chosen, sorted.

        Raises:
            UsageError: There is no pair of that name; the message says which are near.
        """
        known = read_records(self.output)
        for name in chosen:
            if name not in known:
                import difflib  # only where something is wrong

                near = difflib.get_close_matches(name, known, n=3, cutoff=0.4)
                advice = f"; did you mean {' or '.join(near)}?" if near else ""
                raise UsageError(f"{self.output}: no pair is called {name!r}{advice}")
        return tuple(name for name in known if not chosen or name in chosen)

    def read(self, name: str) -> Article:
        """Return a pair.

        Raises:
            ReadError: It has no record that can be read; the next run makes it again.
        """
        record = read_record(self.output, name)
        try:
            sources = (record["source"]["sha256"],)
            also = record.get("reviewed_as", ())
            known_as = self._reviews.names(name, also=also, sources=sources)
            return article_of(record, self._reviews.standings(known_as))
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            path = output_path(self.output, name, RECORD_SUFFIX)
            raise ReadError(
                f"{path}: is no whole record ({error!r}); the next run makes it again"
            ) from error

    def read_all(self, names: Iterable[str], *, unread: list[str]) -> Iterator[Article]:
        """Yield the pairs one by one; why one cannot be read is put into `unread`."""
        for name in names:
            try:
                yield self.read(name)
            except ReadError as error:
                unread.append(str(error))

    def find(self, name: str) -> Article | None:
        """Return a pair; None where there is none that can be read."""
        try:
            return self.read(name)
        except (ReadError, UsageError):
            return None
