"""Chooses sentences of an article for its summary, without a model or randomness.

By what they say (numbers, names, decisions, denials), where they stand in a text of this kind, how
central they are, how well they read alone, and what they add to those already taken. A sentence is
taken with what it needs (`needs`), or left.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

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
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]


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
        chosen = self._take(limits, taken, barred=False)
        if not chosen and not taken:
            chosen = self._take(limits, taken, barred=True)
        return chosen

    def _take(self, limits: Limits, taken: Collection[int], *, barred: bool) -> tuple[int, ...]:
        import numpy as np

        lines, options = self.lines, self.options
        vectors = self.vectors
        lengths = [len(line.sentence.text) + 1 for line in lines]
        num_words = [len(line.sentence.text.split()) for line in lines]
        paragraphs = np.array([line.sentence.paragraph for line in lines])
        sections = np.array([line.sentence.section for line in lines])
        parts = np.array([line.part for line in lines])
        spread = self.weights.spread
        same_paragraph = (
            spread * options.same_paragraph * (len(set(paragraphs)) > limits.num_sentences)
        )
        same_section = spread * options.same_section * (len(set(sections)) > 1)
        crowding = np.zeros(len(lines))
        nearest = np.zeros(len(lines))
        uncovered = np.ones(self.in_title.shape[1])
        said: set[str] = set()
        is_open = [barred or not one for one in self.barred]
        inside: set[int] = set()

        def add(index: int) -> None:
            nonlocal crowding, nearest, uncovered
            inside.add(index)
            crowding = crowding + same_paragraph * (paragraphs == paragraphs[index])
            crowding = crowding + same_section * (sections == sections[index])
            crowding = crowding + self.weights.same_part * (parts == parts[index])
            nearest = np.maximum(nearest, vectors.times(vectors.row(index)))
            uncovered = np.where(self.in_title[index] > 0, 0.0, uncovered)
            said.update(self.facts[index])
            for other, found in enumerate(self.words):
                if other == index or found == self.words[index]:
                    is_open[other] = False

        for index in sorted(taken):
            add(index)
        chosen: list[int] = []
        may_deny = self.weights.denial_first and any(self.denies) and not barred
        num_chars_left = limits.max_chars + 1
        num_words_left = limits.max_words or sum(num_words)
        while len(chosen) < limits.num_sentences:
            new = np.array([fresh(facts, said) for facts in self.facts])
            gains = self.own + options.title * self.weights.title * (self.in_title @ uncovered)
            gains = gains + options.facts * self.weights.facts * new
            gains = np.round(
                gains - options.redundancy * self.weights.redundancy * nearest - crowding, 9
            )
            best: tuple[float, int] | None = None
            wants_denial = may_deny and not any(self.denies[at] for at in inside)
            for index in range(len(lines)):
                if not is_open[index]:
                    continue
                needed = self.needs[index]
                bundle = [index] if barred else None
                if needed is not None and not barred:
                    bundle = [index, *sorted(needed - inside)]
                if bundle is None or len(bundle) > limits.num_sentences - len(chosen):
                    continue
                if any(not is_open[other] for other in bundle):
                    continue
                if sum(lengths[other] for other in bundle) > num_chars_left:
                    continue
                if sum(num_words[other] for other in bundle) > num_words_left:
                    continue
                if wants_denial and not any(self.denies[other] for other in bundle):
                    continue
                gain = max(float(gains[other]) for other in bundle)
                gain -= options.together * self.weights.together * (len(bundle) - 1)
                if best is None or gain > best[0]:
                    best = (gain, index)
            if best is None and wants_denial:
                may_deny = False  # none fits
                continue
            if best is None:
                break
            index = best[1]
            if len(chosen) >= limits.num_certain and best[0] < options.least:
                break
            bundle = (
                [index] if barred else [index, *sorted((self.needs[index] or frozenset()) - inside)]
            )
            for other in bundle:
                add(other)
                chosen.append(other)
                num_chars_left -= lengths[other]
                num_words_left -= num_words[other]
        return tuple(chosen)
