"""What stands of an article's sentences, found again in the article as it is now. Pure.

A sentence is found by its text and its neighbours: numbers change with every sentence that is
added.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from functools import reduce

from seedsum.records import Part, Verdict
from seedsum.reviews.joining import SAYING, Standing, merged, plain, says_something

#: How like a sentence must be to the one that it took the place of: with one neighbour in common,
#: and with none. Of 258 sentences of Vietnamese and Bengali news (NTREX) none is as like as 0.5 to
#: the next one, and none as like as 0.7 to any of the next twelve. With a third of their words
#: changed all are as like as 0.5, and nine in ten as 0.7.
MIN_LIKENESS_BESIDE, MIN_LIKENESS_ANYWHERE = 0.5, 0.7


@dataclass(frozen=True, slots=True)
class Unmatched:
    """What was said of a sentence that is no longer there."""

    standing: Standing
    index: int | None  # of the sentence that took its place, where there seems to be one


@dataclass(frozen=True, slots=True)
class Matches:
    """What stands of each sentence, in order, and what was said of none of them."""

    standings: tuple[Standing | None, ...]
    unmatched: tuple[Unmatched, ...]
    left: tuple[Standing, ...] = ()  # all that went to no sentence, whatever it says


def match(standings: Iterable[Standing], sentences: Sequence[str]) -> Matches:
    """Return what stands of each of an article's sentences, in order.

    Only standings of sentences count. A sentence is the same where it and both its neighbours are
    (then also in several places, which nothing tells apart); where it and one neighbour are; and
    where it stands in as many places as it was reviewed in, once mostly. What could go to several
    places otherwise goes to none. Where a sentence was reviewed in several contexts that it has had
    one after another, the last verdict stands.

    Unmatched are verdicts only, and not those that somebody has looked at again in the sentence
    that took the place.
    """
    article = _Article([plain(sentence) for sentence in sentences])
    by_source: defaultdict[str, list[Standing]] = defaultdict(list)
    for standing in standings:
        if standing.part is Part.SENTENCE:
            by_source[plain(standing.source)].append(standing)
    placed: list[list[Standing]] = [[] for _ in sentences]
    over: list[Standing] = []
    for source, group in by_source.items():
        found = _found(group, article.places.get(source, ()), article)
        for one, places in zip(group, found, strict=True):
            for place in places:
                placed[place].append(one)
        is_whole = all(placed[place] for place in article.places.get(source, ()))
        if source not in article.places or not is_whole:
            over += [one for one, places in zip(group, found, strict=True) if not places]
    stand = tuple(_together(group) for group in placed)
    unmatched = [
        Unmatched(one, article.instead_of(one, placed)) for one in over if one.verdict in SAYING
    ]
    return Matches(
        stand, tuple(one for one in unmatched if not _is_settled(one, stand)), left=tuple(over)
    )


class _Article:
    """Sentences as they are compared."""

    def __init__(self, sentences: Sequence[str]) -> None:
        self.sentences = sentences
        self.before = ("", *sentences[:-1])
        self.after = (*sentences[1:], "")
        places: defaultdict[str, list[int]] = defaultdict(list)
        for place, sentence in enumerate(sentences):
            places[sentence].append(place)
        self.places = dict(places)

    def num_neighbours(self, standing: Standing, place: int) -> int:
        """Return how many neighbours of the sentence at a place are as they were."""
        before, after = plain(standing.before), plain(standing.after)
        if not before and not after and len(self.sentences) > 1:
            return 0  # it was said without a context
        return (before == self.before[place]) + (after == self.after[place])

    def instead_of(self, standing: Standing, placed: Sequence[Sequence[Standing]]) -> int | None:
        """Return the place of the sentence that seems to have been put instead of one."""
        source = plain(standing.source)
        # What stood beside it, or was reviewed in the same source, did not take its place.
        beside_it = {plain(standing.before), plain(standing.after)}
        could = [
            place
            for place, group in enumerate(placed)
            if self.sentences[place] not in beside_it
            and all(other.source_sha256 != standing.source_sha256 for other in group)
        ]
        best: tuple[float, int] | None = None
        matcher = SequenceMatcher(autojunk=False, b=source)
        for place in could:
            beside = self.num_neighbours(standing, place)
            if beside == 2:
                return place
            least = MIN_LIKENESS_BESIDE if beside else MIN_LIKENESS_ANYWHERE
            matcher.set_seq1(self.sentences[place])
            if matcher.real_quick_ratio() < least or matcher.quick_ratio() < least:
                continue
            likeness = matcher.ratio()
            if likeness >= least and (best is None or likeness + beside > best[0]):
                best = (likeness + beside, place)
        return best[1] if best else None


def _found(
    group: Sequence[Standing], places: Sequence[int], article: _Article
) -> list[tuple[int, ...]]:
    """Return the places of each standing; the group and the places are all of one sentence."""
    num_same = {
        (number, place): article.num_neighbours(one, place)
        for number, one in enumerate(group)
        for place in places
    }
    found = [
        tuple(place for place in places if num_same[number, place] == 2)
        for number in range(len(group))
    ]
    free = set(places) - {place for here in found for place in here}
    beside = {
        number: [place for place in sorted(free) if num_same[number, place]]
        for number in range(len(group))
        if not found[number]
    }
    for place in sorted(free):
        here = [number for number, could in beside.items() if could == [place]]
        if _are_of_different_sources([group[number] for number in here]):
            for number in here:
                found[number] = (place,)
    if len(places) == 1:
        sources = Counter(one.source_sha256 for one in group)
        for number, one in enumerate(group):
            if not found[number] and sources[one.source_sha256] == 1:
                found[number] = (places[0],)
    elif not any(found) and (order := _in_order(group)) and len(order) == len(places):
        for number, place in zip(order, places, strict=True):
            found[number] = (place,)
    return found


def _are_of_different_sources(group: Sequence[Standing]) -> bool:
    """Return whether they may all be of one sentence, as its article changed."""
    return len({one.source_sha256 for one in group}) == len(group)


def _in_order(group: Sequence[Standing]) -> list[int]:
    """Return the group's numbers in the order of its sentences; none where that is not known."""
    segments = [re.search(r"\d+", one.segment) for one in group]
    numbers = [int(found[0]) for found in segments if found]
    if len({one.source_sha256 for one in group}) > 1 or len(set(numbers)) < len(group):
        return []
    return sorted(range(len(group)), key=lambda number: numbers[number])


def _together(group: Sequence[Standing]) -> Standing | None:
    """Return what stands of one sentence, of what stood of it in one context after another."""
    if not group:
        return None
    standing = reduce(merged, sorted(group, key=lambda one: one.time))
    return standing if says_something(standing) else None


def _is_settled(unmatched: Unmatched, stand: Sequence[Standing | None]) -> bool:
    """Return whether somebody has looked at the sentence that took the place since."""
    instead = stand[unmatched.index] if unmatched.index is not None else None
    return (
        instead is not None
        and instead.verdict not in (None, Verdict.WITHDRAWN)
        and instead.time > unmatched.standing.time
    )


@dataclass(frozen=True, slots=True)
class Cited:
    """The English of what a summary's sentence cites, as `cited_text` gives it."""

    text: str
    machine_text: str = ""  # the same before people edited some of it; empty where nobody did
    edited: str = ""  # when somebody did so last


def match_summary(
    standings: Iterable[Standing], texts: Sequence[str], cited: Sequence[Cited]
) -> tuple[Standing | None, ...]:
    """Return what stands of each sentence of a summary, in order.

    A verdict is of one text: `rejected` holds of that one only, an accepted or edited one also
    takes the place of another that a model made of the same, if it alone did. What was said before
    somebody edited what the sentence cites no longer holds.
    """
    keys = [(plain(text), plain(one.text)) for text, one in zip(texts, cited, strict=True)]
    num_citing = Counter(source for _, source in keys)
    ours = [one for one in standings if one.part is Part.SUMMARY and says_something(one)]
    found: list[Standing | None] = []
    for (text, source), before in zip(keys, cited, strict=True):
        known = plain(before.machine_text)
        group = [
            one
            for one in ours
            if plain(one.source) == source
            or (known and plain(one.source) == known and one.time > before.edited)
        ]
        exact = [one for one in group if text in (plain(one.machine_text), plain(one.text))]
        fitting = [one for one in group if one.text]
        if not exact and num_citing[source] == len(fitting) == 1:
            exact = fitting
        found.append(max(exact, key=lambda one: one.time, default=None))
    return tuple(found)


def cited_text(cites: Iterable[str], english: Mapping[str, str]) -> str:
    """Return what `Review.source` is for a summary's sentence: the English of what it cites.

    `english` holds the segments' texts by their ids; what is not there is left out.
    """
    return " ".join(english[cited] for cited in cites if cited in english)
