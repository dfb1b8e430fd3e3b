"""An initial embedding in which a source token lies where its likely translations lie.

Optional step between `prepare.py` and `train.py --embedding`: IBM model 1 estimates p(English token
| source token) from the training pairs; English rows stay random, every other row becomes the
mixture of the English rows it translates to. The tied output layer then knows many words before
the first step. Source: Brown et al. 1993, "The mathematics of statistical machine translation".

    python training/lexicon.py
"""

from __future__ import annotations

import argparse

import numpy
from numpy.typing import NDArray
from scipy import sparse

import places
from batches import Corpus, Vocabulary


def translation_table(
    sources: list[list[int]], targets: list[list[int]], num_ids: int, iterations: int
) -> sparse.csr_matrix:
    """p(target | source) by IBM model 1 over bags of tokens, shape (num_ids, num_ids)."""
    keys, groups, first = [], [], 0
    for source, target in zip(sources, targets, strict=True):
        s = numpy.unique(numpy.array(source, dtype=numpy.int64))
        t = numpy.unique(numpy.array(target, dtype=numpy.int64))
        keys.append((s[:, None] * num_ids + t[None, :]).ravel())
        groups.append(numpy.tile(numpy.arange(first, first + len(t), dtype=numpy.int32), len(s)))
        first += len(t)
    group = numpy.concatenate(groups)
    unique, place = numpy.unique(numpy.concatenate(keys), return_inverse=True)
    place = place.astype(numpy.int32)
    del keys, groups
    source_of = unique // num_ids
    table = numpy.full(len(unique), 1.0)
    for _ in range(iterations):
        chances = table[place]
        chances /= numpy.bincount(group, chances, minlength=first)[group]
        counts = numpy.bincount(place, chances, minlength=len(unique))
        # Rare words hoard rare words: a small prior against it.
        table = counts / (numpy.bincount(source_of, counts, minlength=num_ids)[source_of] + 0.5)
    return sparse.csr_matrix((table, (source_of, unique % num_ids)), shape=(num_ids, num_ids))


def mix(
    table: sparse.csr_matrix, rows: NDArray[numpy.float32], english: NDArray[numpy.bool_]
) -> NDArray[numpy.float32]:
    """`rows` with every non-English row that has translations moved onto their mixture."""
    sharp = table.copy()
    sharp.data = numpy.where(sharp.data > 0.02, sharp.data, 0.0)
    mixed = sharp @ rows
    known = numpy.asarray(sharp.sum(axis=1)).ravel() > 0.1
    norms = numpy.linalg.norm(mixed, axis=1, keepdims=True) + 1e-9
    unit = mixed / norms * numpy.linalg.norm(rows, axis=1, keepdims=True)
    move = known & ~english
    out = rows.copy()
    # Some of the random row is kept, so that words with one translation stay distinguishable.
    out[move] = 0.85 * unit[move] + 0.5 * rows[move]
    return out


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    places.add_work(parser)
    parser.add_argument("--width", type=int, default=320)
    parser.add_argument("--pairs", type=int, default=60_000, help="pairs used of each language")
    parser.add_argument("--iterations", type=int, default=5)
    parser.add_argument("--seed", type=int, default=20)
    options = parser.parse_args()
    vocabulary = Vocabulary(options.work / "spm.model")
    corpus = Corpus.read(options.work / "pairs.tsv", vocabulary, 60)
    rng = numpy.random.default_rng(options.seed)
    size = (vocabulary.num_ids, options.width)
    rows = rng.normal(0, options.width**-0.5, size).astype(numpy.float32)
    # A token is English when it is common there: digits, punctuation and shared names included.
    counts = numpy.bincount(
        [i for row in corpus.target_ids for i in row], minlength=vocabulary.num_ids
    )
    languages = numpy.array([lead[0] for lead in corpus.source_leads])
    for code in ("vi", "bn"):
        members = numpy.flatnonzero(languages == vocabulary.language(code))
        chance = corpus.weights[members] / corpus.weights[members].sum()
        count = min(options.pairs, len(members))
        chosen = rng.choice(members, count, replace=False, p=chance)
        sources = [corpus.source_ids[i] for i in chosen]
        uses = numpy.bincount([i for row in sources for i in row], minlength=vocabulary.num_ids)
        table = translation_table(
            [[*row, vocabulary.language(code)] for row in sources],
            [corpus.target_ids[i] for i in chosen],
            vocabulary.num_ids,
            options.iterations,
        )
        rows = mix(table, rows, (counts * 2 > uses) | (uses == 0))
        for piece in numpy.argsort(-uses)[50:90:2]:
            likely = table[piece].toarray().ravel().argsort()[::-1][:3]
            print(code, *(vocabulary.processor.id_to_piece(int(i) - 1) for i in (piece, *likely)
                          if 4 <= i < vocabulary.first_language))  # fmt: skip
    rows[1] = 0
    numpy.save(options.work / f"embedding-{options.width}.npy", rows)


if __name__ == "__main__":
    main()
