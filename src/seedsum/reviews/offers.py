"""English that people gave sentences, found by the sentence: in articles, and in memories.

It is offered and not applied: elsewhere the same words may mean something else.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Hashable, Iterable
from dataclasses import dataclass

from seedsum.reviews.joining import plain


@dataclass(frozen=True, slots=True)
class Offer:
    """English that somebody gave a sentence in another article, or in a memory from elsewhere."""

    text: str
    document: str  # the article's name, or `memory NAME`
    reviewer: str
    time: str


#: A direction (`vi->en`) and a sentence without differences that are none.
_Sentence = tuple[str, str]


class Offers:
    """An index of offers, in which what is from one article or memory can be replaced alone."""

    def __init__(self) -> None:
        self._of_sentence: defaultdict[_Sentence, list[Offer]] = defaultdict(list)
        self._from: dict[Hashable, list[tuple[_Sentence, Offer]]] = {}

    def replace(self, origin: Hashable, found: Iterable[tuple[str, str, Offer]]) -> None:
        """Put in what is from somewhere (direction, source, offer) in place of what was."""
        for sentence, offer in self._from.pop(origin, ()):
            left = [one for one in self._of_sentence.pop(sentence) if one is not offer]
            if left:
                self._of_sentence[sentence] = left
        added = [((direction, plain(source)), offer) for direction, source, offer in found]
        for sentence, offer in added:
            self._of_sentence[sentence].append(offer)
        if added:
            self._from[origin] = added

    def of(self, source: str, direction: str, *, without: Collection[str]) -> tuple[Offer, ...]:
        """Return what is offered for a sentence, the last one first, each text once.

        `without` has the names of documents whose offers are left out.
        """
        found: dict[str, Offer] = {}
        here = self._of_sentence.get((direction, plain(source)), ())
        for offer in sorted(here, key=lambda offer: offer.time, reverse=True):
            if offer.document not in without:
                found.setdefault(plain(offer.text), offer)
        return tuple(found.values())
