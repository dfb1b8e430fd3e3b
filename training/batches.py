"""Sentence pairs as id batches: the vocabulary, the corpus in memory, the passes over it.

Between `prepare.py`, whose files it reads, and `train.py`, which takes the batches.
"""

from __future__ import annotations

import collections
import multiprocessing
import random
from collections.abc import Collection
from concurrent.futures import Future, ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy
import sentencepiece
import torch
from numpy.typing import NDArray
from torch import Tensor

from model import EOS, NUM_LANGUAGES, NUM_MADE_UP, NUM_SPECIAL, PAD, PIECE_SHIFT, UNK

# Places of the languages in M2M100's list of 100.
LANGUAGE_PLACES = {"bn": 8, "en": 18, "vi": 93}


class Vocabulary:
    """Ids as M2M100 lays them out: four specials, the pieces, 100 languages, 8 made-up words."""

    def __init__(self, path: Path) -> None:
        self.processor = sentencepiece.SentencePieceProcessor(model_file=str(path))
        self.first_language = NUM_SPECIAL + self.processor.get_piece_size() - 3
        self.num_ids = self.first_language + NUM_LANGUAGES + NUM_MADE_UP
        # Every number once: a corpus of ids is a quarter as large when its rows share them.
        self._ids = [i + PIECE_SHIFT if i else UNK for i in range(self.processor.get_piece_size())]

    def language(self, code: str) -> int:
        return self.first_language + LANGUAGE_PLACES[code]

    @property
    def back_translated(self) -> int:
        """The first made-up word: marks a source that a model wrote."""
        return self.first_language + NUM_LANGUAGES

    def encode(self, texts: list[str]) -> list[list[int]]:
        rows = self.processor.encode(texts, num_threads=2)
        return [[self._ids[i] for i in row] for row in rows]

    def sample(self, texts: list[str], *, alpha: float) -> list[list[int]]:
        """One random segmentation of each text (subword regularisation)."""
        rows = self.processor.encode(
            texts, enable_sampling=True, alpha=alpha, nbest_size=-1, num_threads=1
        )
        return [[self._ids[i] for i in row] for row in rows]

    def decode(self, ids: list[int]) -> str:
        pieces = [i - PIECE_SHIFT for i in ids if NUM_SPECIAL <= i < self.first_language]
        return self.processor.decode(pieces)


@dataclass(slots=True)
class Corpus:
    """The training pairs: weights, texts, and ids with what goes before them.

    A source is led by its language and, where a model wrote it, the mark of back-translation; a
    target by its language.
    """

    weights: NDArray[numpy.float64]
    sources: list[str]
    source_leads: list[list[int]]
    source_ids: list[list[int]]
    target_leads: list[int]
    target_ids: list[list[int]]

    @classmethod
    def read(
        cls,
        path: Path,
        vocabulary: Vocabulary,
        limit: int,
        *,
        reverse: bool = False,
        synthetic: Path | None = None,
        languages: Collection[str] = tuple(LANGUAGE_PLACES),
        min_weight: float = 0.0,
    ) -> Corpus:
        """Pairs of `path` and `synthetic` whose two sides have at most `limit` tokens.

        Those of `languages` only, and those that a pass shows `min_weight` times or more.

        With `reverse` from English into the other languages.
        """
        rows = [(*row, False) for row in read_rows(path)]
        if synthetic is not None:
            rows += [(*row, True) for row in read_rows(synthetic)]
        rows = [row for row in rows if row[0] in languages and float(row[1]) >= min_weight]
        foreign = vocabulary.encode([row[2] for row in rows])
        english = vocabulary.encode([row[3] for row in rows])
        corpus = cls(numpy.empty(0), [], [], [], [], [])
        weights: list[float] = []
        for (code, weight, text, translation, made), ids, english_ids in zip(
            rows, foreign, english, strict=True
        ):
            if max(len(ids), len(english_ids)) > limit:
                continue
            languages = [vocabulary.language(code), vocabulary.language("en")]
            sides, texts = [ids, english_ids], [text, translation]
            if reverse:
                for both in (languages, sides, texts):
                    both.reverse()
            weights.append(float(weight))
            corpus.sources.append(texts[0])
            corpus.source_leads.append(
                [languages[0], vocabulary.back_translated] if made else languages[:1]
            )
            corpus.source_ids.append(sides[0])
            corpus.target_leads.append(languages[1])
            corpus.target_ids.append(sides[1])
        corpus.weights = numpy.array(weights)
        return corpus


def read_rows(path: Path) -> list[tuple[str, str, str, str]]:
    """Language, weight, text in it and English of each line that `prepare.py` wrote."""
    with path.open(encoding="utf-8") as lines:
        return [tuple(line.rstrip("\n").split("\t")) for line in lines]


@dataclass(frozen=True, slots=True)
class Batch:
    """Padded ids, each (sentences, length): source, decoder input, and what it should predict."""

    source: Tensor
    target: Tensor
    labels: Tensor

    @property
    def num_tokens(self) -> int:
        return int((self.labels != PAD).sum())


def pad(rows: list[list[int]]) -> Tensor:
    """The rows as one tensor, filled up at their ends."""
    out = numpy.full((len(rows), max(map(len, rows))), PAD)
    for number, row in enumerate(rows):
        out[number, : len(row)] = row
    return torch.from_numpy(out)


@dataclass(frozen=True, slots=True)
class PassOptions:
    """What decides the batches of a pass; the defaults are the recipe's."""

    seed: int = 20
    batch_tokens: int = 3000
    max_tokens: int = 100
    # From the second pass on, this share of the sources is segmented at random.
    sample_share: float = 0.5
    sample_alpha: float = 0.3


@dataclass(frozen=True, slots=True)
class Row:
    """The ids of one pair: the source as the encoder reads it, the target without its language."""

    source: list[int]
    language: int
    target: list[int]


def draw_rows(
    corpus: Corpus,
    vocabulary: Vocabulary,
    number: int,
    options: PassOptions,
    rng: random.Random,
) -> list[Row]:
    """The pairs of pass `number`, each as often as its weight says, in random order."""
    seed = options.seed * 1000 + number
    draws = numpy.random.default_rng(seed).random(len(corpus.weights))
    counts = numpy.floor(corpus.weights + draws).astype(int)
    chosen = [i for i, count in enumerate(counts) for _ in range(count)]
    source_ids = [corpus.source_ids[i] for i in chosen]
    if number and options.sample_share:
        sentencepiece.set_random_generator_seed(seed)
        again = [at for at in range(len(chosen)) if rng.random() < options.sample_share]
        texts = [corpus.sources[chosen[at]] for at in again]
        sampled = vocabulary.sample(texts, alpha=options.sample_alpha)
        for at, row in zip(again, sampled, strict=True):
            if len(row) <= 2 * options.max_tokens:
                source_ids[at] = row
    rows = [
        Row([*corpus.source_leads[i], *source, EOS], corpus.target_leads[i], corpus.target_ids[i])
        for i, source in zip(chosen, source_ids, strict=True)
    ]
    rng.shuffle(rows)
    return rows


def make_pass(
    corpus: Corpus, vocabulary: Vocabulary, number: int, options: PassOptions
) -> list[Batch]:
    """The shuffled batches of pass `number`, the same for the same seed; little padding in each."""
    rng = random.Random(options.seed * 1000 + number)
    rows = draw_rows(corpus, vocabulary, number, options, rng)
    rows.sort(key=lambda row: (len(row.source), len(row.target)))
    groups: list[list[Row]] = [[]]
    cost = 0
    for row in rows:
        size = max(len(row.target) + 2, len(row.source))
        if cost + size > options.batch_tokens:
            groups.append([])
            cost = 0
        groups[-1].append(row)
        cost += size
    rng.shuffle(groups)
    return [
        Batch(
            source=pad([row.source for row in group]),
            target=pad([[EOS, row.language, *row.target] for row in group]),
            labels=pad([[row.language, *row.target, EOS] for row in group]),
        )
        for group in groups
    ]


# The three tensors of a batch in 16 bits, which are cheap to send.
Arrays = tuple[NDArray[numpy.int16], ...]


class Passes:
    """The passes in order; with `ahead`, that many processes make the next ones meanwhile.

    They are forked at once, so that they share the corpus: make this before CUDA is used.
    """

    def __init__(
        self,
        corpus: Corpus,
        vocabulary: Vocabulary,
        options: PassOptions,
        *,
        first: int = 0,
        ahead: int = 0,
    ) -> None:
        self._arguments = (corpus, vocabulary, options)
        self._next = first
        self._waiting: collections.deque[Future[list[Arrays]]] = collections.deque()
        self._pool = None
        if ahead:
            _Shared.arguments = self._arguments
            context = multiprocessing.get_context("fork")
            self._pool = ProcessPoolExecutor(ahead, mp_context=context)
            for _ in range(ahead):
                self._order()

    def _order(self) -> None:
        assert self._pool is not None
        self._waiting.append(self._pool.submit(_make_shared, self._next + len(self._waiting)))

    def take(self) -> list[Batch]:
        """The batches of the next pass."""
        if self._pool is None:
            corpus, vocabulary, options = self._arguments
            batches = make_pass(corpus, vocabulary, self._next, options)
        else:
            batches = [
                Batch(*(torch.from_numpy(ids).long() for ids in arrays))
                for arrays in self._waiting.popleft().result()
            ]
        self._next += 1
        if self._pool is not None:
            self._order()
        return batches

    def close(self) -> None:
        if self._pool is not None:
            self._pool.shutdown(wait=False, cancel_futures=True)


class _Shared:
    """What the processes of `Passes` inherit."""

    arguments: tuple[Corpus, Vocabulary, PassOptions]


def _make_shared(number: int) -> list[Arrays]:
    """Pass `number` of the corpus that this process has inherited."""
    corpus, vocabulary, options = _Shared.arguments
    return [
        tuple(ids.numpy().astype(numpy.int16) for ids in (batch.source, batch.target, batch.labels))
        for batch in make_pass(corpus, vocabulary, number, options)
    ]
