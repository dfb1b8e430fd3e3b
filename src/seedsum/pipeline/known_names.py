"""Under which names an article was reviewed: one that was moved keeps what was said of it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Set
from dataclasses import dataclass

from seedsum.records import RecordState, Source
from seedsum.reviews import Judged, Reviews


@dataclass(frozen=True, slots=True)
class KnownNames:
    """What is known of names, by the reviews, the pairs in the output, and the input."""

    reviews: Reviews
    of_source: Mapping[str, Collection[str]]  # by the sha256 that a pair was made of
    here: Set[str]  # names in the input

    @classmethod
    def of(
        cls, reviews: Reviews, states: Mapping[str, RecordState], *, here: Set[str]
    ) -> KnownNames:
        """Return what the pairs say, by name."""
        of_source: defaultdict[str, set[str]] = defaultdict(set)
        for state in states.values():
            of_source[state.source_sha256] |= {state.name, *state.reviewed_as}
        return cls(reviews, of_source, here)

    def all_of(self, source: Source, state: RecordState | None) -> set[str]:
        """Return the names under which an article was reviewed, its own included.

        Those of articles with the same bytes, moved or copied; and those that it had before, which
        the pair knows, unless an article has that name now: a copy that has changed since is an
        article of its own.
        """
        same = self.of_source.get(source.sha256, ())
        found = self.reviews.names(source.name, also=same, sources=[source.sha256])
        if state is not None:
            also = {*state.reviewed_as, *self.of_source.get(state.source_sha256, ())}
            earlier = self.reviews.names(source.name, also=also, sources=[state.source_sha256])
            found |= {name for name in earlier if name not in self.here}
        return found

    def judged(self, source: Source, state: RecordState | None) -> Judged:
        """Return what people said of an article, and the names that it no longer has."""
        names = self.all_of(source, state)
        moved = sorted(name for name in names if name not in self.here)
        return Judged(self.reviews.standings(names), tuple(moved))
