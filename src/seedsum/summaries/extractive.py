"""Chooses sentences of an article for its summary, without a model or randomness.

By what they say (numbers, names, decisions, denials), where they stand in a text of this kind, how
central they are, how well they read alone, and what they add to those already taken. A sentence is
taken with what it needs (`needs`), or left.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from seedsum.records import ArticleSentence
from seedsum.settings import ExtractiveOptions
from seedsum.summaries.centrality import Vectors, centrality, vectorise
from seedsum.summaries.cues import cues_of
from seedsum.summaries.faults import BARRED
from seedsum.summaries.kinds import TextKind
from seedsum.summaries.needs import needs_of
from seedsum.summaries.scores import (
    facts_of,
    faults_of,
    fresh,
    own_scores,
    superseded,
    title_shares,
    where_news_begins,
)
from seedsum.summaries.structure import Line, Structure, structure_of
from seedsum.summaries.weights import KIND_WEIGHTS, KindWeights
from seedsum.summaries.words import content_words

if TYPE_CHECKING:
    from seedsum.summaries.centrality import Floats


#: Kinds of text that run on, without parts of their own: those may open with a scene.
_RUNNING = frozenset(
    {
        *(TextKind.NEWS, TextKind.UNKNOWN, TextKind.NOTICE, TextKind.COURT, TextKind.STUDY),
        *(TextKind.RUMOUR, TextKind.OBITUARY),
    }
)

#: Every word of a title is looked for in every sentence: with a "title" of 2,000 sentences over
#: 2,000 others, all of its words took 4.3 s and 250 MB.
_MAX_TITLE_WORDS = 64


@dataclass(frozen=True, slots=True)
class Limits:
    """How much may be chosen."""

    num_sentences: int
    max_chars: int  # of all together, with one space between each two
    max_words: int = 0  # 0 for any number
    certain: int | None = None  # so many sentences are taken whatever they are worth

    @property
    def num_certain(self) -> int:
        """Return how many sentences are taken whatever they are worth."""
        return self.num_sentences if self.certain is None else self.certain


def rank(
    sentences: Sequence[ArticleSentence],
    *,
    title: str | None,
    options: ExtractiveOptions,
    num_sentences: int,
    max_chars: int,  # of all returned sentences and one space between each two
    max_words: int = 0,  # of the returned sentences; 0 for any number
    taken: Collection[int] = (),  # in the summary already: not returned, paid for as redundant
    words: Sequence[Sequence[str]] | None = None,  # `content_words` of each, where they are known
    structure: Structure | None = None,  # where it is known
    num_certain: int | None = None,  # beyond that many only what is worth a sentence is taken
) -> tuple[int, ...]:
    """Return the indices of the sentences to take, best first.

    Ties go to the earlier sentence. What would bring the taken ones over the limit is passed over
    for the next best, as is one with the same words as another. Sentences that are none of the
    article's (questions, greetings, its own headline) are taken only where there are no others.
    """
    if not sentences:
        return ()
    structure = structure or structure_of(sentences, title=title)
    if words is None:
        words = [content_words(line.sentence.text) for line in structure.lines]
    choice = _Choice.of(structure, title or "", words, options)
    limits = Limits(num_sentences, max_chars, max_words, num_certain)
    return choice.take(limits, taken)


@dataclass(slots=True)
class _Choice:
    """What a choice is made from; arrays are by sentence."""

    lines: Sequence[Line]
    words: Sequence[Sequence[str]]
    vectors: Vectors
    weights: KindWeights
    options: ExtractiveOptions
    own: Floats
    barred: list[bool]
    needs: Sequence[frozenset[int] | None]
    facts: list[dict[str, float]]
    in_title: Floats
    denies: list[bool]

    @classmethod
    def of(
        cls,
        structure: Structure,
        title: str,
        words: Sequence[Sequence[str]],
        options: ExtractiveOptions,
    ) -> _Choice:
        lines = structure.lines
        found = [cues_of(line.sentence.text) for line in lines]
        kind = structure.kind
        weights = KIND_WEIGHTS[kind]
        title_words = content_words(title)[:_MAX_TITLE_WORDS]
        faults = [
            faults_of(line, said, title_words, weights)
            for line, said in zip(lines, words, strict=True)
        ]
        facts = facts_of(lines, title)
        in_title = title_shares(words, title_words)
        in_parts = kind not in _RUNNING
        news = (
            0 if in_parts else where_news_begins(lines, found, facts, faults, in_title.sum(axis=1))
        )
        if news and kind in (TextKind.NEWS, TextKind.UNKNOWN):
            weights = KIND_WEIGHTS[TextKind.FEATURE]
        vectors = vectorise(words)
        own = centrality(vectors, options.damping)
        own = own - options.superseded * superseded(structure, words)
        own = own + own_scores(structure, found, faults, news, weights, options)
        return cls(
            lines=lines,
            words=words,
            vectors=vectors,
            weights=weights,
            options=options,
            own=own,
            barred=[not BARRED.isdisjoint(one) for one in faults],
            needs=needs_of(lines, found, words, structure.kind),
            facts=facts,
            in_title=in_title,
            denies=[cue.denies for cue in found],
        )

    def take(self, limits: Limits, taken: Collection[int]) -> tuple[int, ...]:
        """Return the best sentences that fit, best first."""
        chosen = _Selection(self, limits, taken, barred=False).fill()
        if not chosen and not taken:
            chosen = _Selection(self, limits, taken, barred=True).fill()
        return chosen


class _Bundle(NamedTuple):
    """A sentence and what it needs beside it, and what the summary gains by them."""

    gain: float
    sentences: tuple[int, ...]


class _Selection:
    """Sentences of a choice that are taken one after another, each by what it adds to those before.

    With `barred` also sentences that are none of the article's, and each without what it needs.
    """

    def __init__(
        self, choice: _Choice, limits: Limits, taken: Collection[int], *, barred: bool
    ) -> None:
        import numpy as np

        lines, options, spread = choice.lines, choice.options, choice.weights.spread
        self._choice, self._limits, self._barred = choice, limits, barred
        self._lengths = [len(line.sentence.text) + 1 for line in lines]
        self._num_words = [len(line.sentence.text.split()) for line in lines]
        paragraphs = np.array([line.sentence.paragraph for line in lines])
        sections = np.array([line.sentence.section for line in lines])
        parts = np.array([line.part for line in lines])
        same_paragraph = (
            spread * options.same_paragraph * (len(set(paragraphs)) > limits.num_sentences)
        )
        same_section = spread * options.same_section * (len(set(sections)) > 1)
        #: Where each sentence stands, and what one more from the same place costs.
        self._places = (
            (paragraphs, same_paragraph),
            (sections, same_section),
            (parts, choice.weights.same_part),
        )
        self._crowding = np.zeros(len(lines))
        self._nearest = np.zeros(len(lines))
        self._uncovered = np.ones(choice.in_title.shape[1])
        self._said: set[str] = set()
        self._is_open = [barred or not one for one in choice.barred]
        self._inside: set[int] = set()
        self._chosen: list[int] = []
        self._num_chars_left = limits.max_chars + 1
        self._num_words_left = limits.max_words or sum(self._num_words)
        for index in sorted(taken):
            self._add(index)

    def fill(self) -> tuple[int, ...]:
        """Return the sentences that are taken, best first."""
        choice, limits, chosen = self._choice, self._limits, self._chosen
        may_deny = choice.weights.denial_first and any(choice.denies) and not self._barred
        while len(chosen) < limits.num_sentences:
            wants_denial = may_deny and not any(choice.denies[at] for at in self._inside)
            best = self._best(wants_denial=wants_denial)
            if best is None and wants_denial:
                may_deny = False  # none fits
                continue
            if best is None:
                break
            if len(chosen) >= limits.num_certain and best.gain < choice.options.least:
                break
            for index in best.sentences:
                self._add(index)
                chosen.append(index)
                self._num_chars_left -= self._lengths[index]
                self._num_words_left -= self._num_words[index]
        return tuple(chosen)

    def _add(self, index: int) -> None:
        import numpy as np

        choice = self._choice
        self._inside.add(index)
        for places, cost in self._places:
            self._crowding = self._crowding + cost * (places == places[index])
        vectors = choice.vectors
        self._nearest = np.maximum(self._nearest, vectors.times(vectors.row(index)))
        self._uncovered = np.where(choice.in_title[index] > 0, 0.0, self._uncovered)
        self._said.update(choice.facts[index])
        for other, found in enumerate(choice.words):
            if other == index or found == choice.words[index]:
                self._is_open[other] = False

    def _best(self, *, wants_denial: bool) -> _Bundle | None:
        """Return what fits and adds most; the earlier one on ties."""
        choice = self._choice
        gains, together = self._gains(), choice.options.together * choice.weights.together
        best: _Bundle | None = None
        for index in range(len(choice.lines)):
            bundle = self._bundle(index)
            if not bundle or (wants_denial and not any(choice.denies[at] for at in bundle)):
                continue
            gain = max(float(gains[at]) for at in bundle) - together * (len(bundle) - 1)
            if best is None or gain > best.gain:
                best = _Bundle(gain, bundle)
        return best

    def _gains(self) -> Floats:
        import numpy as np

        choice, options, weights = self._choice, self._choice.options, self._choice.weights
        new = np.array([fresh(facts, self._said) for facts in choice.facts])
        gains = choice.own + options.title * weights.title * (choice.in_title @ self._uncovered)
        gains = gains + options.facts * weights.facts * new
        redundant = options.redundancy * weights.redundancy * self._nearest
        return np.round(gains - redundant - self._crowding, 9)

    def _bundle(self, index: int) -> tuple[int, ...]:
        """Return a sentence with what it needs and is not inside; nothing where they do not fit."""
        if not self._is_open[index]:
            return ()
        needed = frozenset[int]() if self._barred else self._choice.needs[index]
        if needed is None:
            return ()
        bundle = (index, *sorted(needed - self._inside))
        fits = (
            len(bundle) <= self._limits.num_sentences - len(self._chosen)
            and all(self._is_open[at] for at in bundle)
            and sum(self._lengths[at] for at in bundle) <= self._num_chars_left
            and sum(self._num_words[at] for at in bundle) <= self._num_words_left
        )
        return bundle if fits else ()
