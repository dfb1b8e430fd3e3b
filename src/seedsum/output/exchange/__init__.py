"""Pairs out of the output, and what people and other tools made of them back in.

Each format is a module of its own; `sentences` is what all of them are made from. `returning` makes
reviews of a table that comes back, `remembering` of a translation memory, and `importing` calls
what a file is for.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from seedsum.errors import ReadError, UsageError
from seedsum.output.exchange.sentences import Article, article_of, offers_of
from seedsum.output.names import pair_file
from seedsum.output.pairs import RECORD_SUFFIX
from seedsum.output.places import Where, existing_place
from seedsum.output.states import read_record, read_records
from seedsum.reviews import Reviews


class Pairs:
    """The pairs of an output with what people have said of them."""

    def __init__(self, output: Where) -> None:
        """Take in the output; reviews and pairs are read when they are asked for.

        Raises:
            UsageError: There is none.
        """
        self.place = existing_place(output)
        self.reviews = Reviews(self.place)

    def names(self, chosen: Sequence[str] = ()) -> tuple[str, ...]:
        """Return the names of all pairs, or of those that are chosen, sorted.

        Raises:
            UsageError: There is no pair of that name; the message says which are near.
        """
        known = read_records(self.place)
        for name in chosen:
            if name not in known:
                import difflib  # only where something is wrong

                near = difflib.get_close_matches(name, known, n=3, cutoff=0.4)
                advice = f"; did you mean {' or '.join(near)}?" if near else ""
                raise UsageError(f"{self.place.show()}: no pair is called {name!r}{advice}")
        return tuple(name for name in known if not chosen or name in chosen)

    def read(self, name: str) -> Article:
        """Return a pair.

        Raises:
            ReadError: It has no record that can be read; the next run makes it again.
        """
        record = read_record(self.place, name)
        try:
            sources = (record["source"]["sha256"],)
            also = record.get("reviewed_as", ())
            known_as = self.reviews.names(name, also=also, sources=sources)
            offers = offers_of(record, self.reviews, names={name, *known_as})
            return article_of(record, self.reviews.standings(known_as), offers=offers)
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            path = self.place.show(pair_file(name, RECORD_SUFFIX))
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
