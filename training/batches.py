"""Sentence pairs as id batches: the vocabulary, the corpus in memory, the passes over it.

Between `prepare.py`, whose files it reads, and `train.py`, which takes the batches.
"""

from __future__ import annotations

import random
from dataclasses import dataclass
from pathlib import Path

import numpy
import sentencepiece
import torch
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

    def language(self, code: str) -> int:
        return self.first_language + LANGUAGE_PLACES[code]

    def encode(self, texts: list[str]) -> list[list[int]]:
        rows = self.processor.encode(texts, num_threads=2)
        return [[i + PIECE_SHIFT if i else UNK for i in row] for row in rows]

    def sample(self, texts: list[str], *, alpha: float) -> list[list[int]]:
        """One random segmentation of each text (subword regularisation)."""
        rows = self.processor.encode(
            texts, enable_sampling=True, alpha=alpha, nbest_size=-1, num_threads=1
        )
        return [[i + PIECE_SHIFT if i else UNK for i in row] for row in rows]

    def decode(self, ids: list[int]) -> str:
        pieces = [i - PIECE_SHIFT for i in ids if NUM_SPECIAL <= i < self.first_language]
        return self.processor.decode(pieces)


@dataclass(slots=True)
class Corpus:
    """The training pairs: texts, weights and the ids of the targets."""

    languages: list[str]
    weights: numpy.ndarray
    sources: list[str]
    source_ids: list[list[int]]
    target_ids: list[list[int]]

    @classmethod
    def read(cls, path: Path, vocabulary: Vocabulary, limit: int) -> Corpus:
        """Pairs of `path` whose two sides have at most `limit` tokens."""
        with path.open(encoding="utf-8") as lines:
            rows = [line.rstrip("\n").split("\t") for line in lines]
        sources = vocabulary.encode([row[2] for row in rows])
        targets = vocabulary.encode([row[3] for row in rows])
        keep = [i for i in range(len(rows)) if max(len(sources[i]), len(targets[i])) <= limit]
        return cls(
            languages=[rows[i][0] for i in keep],
            weights=numpy.array([float(rows[i][1]) for i in keep]),
            sources=[rows[i][2] for i in keep],
            source_ids=[sources[i] for i in keep],
            target_ids=[targets[i] for i in keep],
        )


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


def draw_rows(
    corpus: Corpus,
    vocabulary: Vocabulary,
    number: int,
    options: PassOptions,
    rng: random.Random,
) -> list[tuple[list[int], list[int]]]:
    """Source and target ids of pass `number`, each pair as often as its weight says."""
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
        ([vocabulary.language(corpus.languages[i]), *source, EOS], corpus.target_ids[i])
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
    rows.sort(key=lambda row: (len(row[0]), len(row[1])))
    groups: list[list[tuple[list[int], list[int]]]] = [[]]
    cost = 0
    for row in rows:
        size = max(len(row[1]) + 2, len(row[0]))
        if cost + size > options.batch_tokens:
            groups.append([])
            cost = 0
        groups[-1].append(row)
        cost += size
    rng.shuffle(groups)
    english = vocabulary.language("en")
    return [
        Batch(
            source=pad([source for source, _ in group]),
            target=pad([[EOS, english, *target] for _, target in group]),
            labels=pad([[english, *target, EOS] for _, target in group]),
        )
        for group in groups
    ]
