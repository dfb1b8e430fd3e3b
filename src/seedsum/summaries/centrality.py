"""How central each sentence is among all, by the words that they share: TextRank, no matrix."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]


def _sums(places: NDArray[np.intp], weights: Floats, num_places: int) -> Floats:
    import numpy as np

    return np.bincount(places, weights=weights, minlength=num_places).astype(np.float64)


@dataclass(frozen=True, slots=True)
class Vectors:
    """TF-IDF rows of unit length, as coordinates, so that memory grows with the text only."""

    rows: NDArray[np.intp]
    columns: NDArray[np.intp]
    values: Floats
    num_rows: int
    num_columns: int

    def times(self, vector: Floats) -> Floats:
        """Return the product with a vector over the columns: one value for each row."""
        return _sums(self.rows, self.values * vector[self.columns], self.num_rows)

    def transposed_times(self, vector: Floats) -> Floats:
        """Return the product of the transpose with a vector over the rows."""
        return _sums(self.columns, self.values * vector[self.rows], self.num_columns)

    def row(self, index: int) -> Floats:
        """Return one row, dense."""
        mask = self.rows == index
        return _sums(self.columns[mask], self.values[mask], self.num_columns)


def vectorise(documents: Sequence[Sequence[str]]) -> Vectors:
    """Return TF-IDF vectors; a document without words gives a row of zeros."""
    import numpy as np

    num_containing = Counter(word for words in documents for word in set(words))
    column_of = {word: column for column, word in enumerate(sorted(num_containing))}
    rows, columns, values = [], [], []
    for row, words in enumerate(documents):
        weights = {
            word: (1 + math.log(count)) * math.log(1 + len(documents) / num_containing[word])
            for word, count in sorted(Counter(words).items())
        }
        norm = math.sqrt(sum(weight * weight for weight in weights.values()))
        for word, weight in weights.items():
            rows.append(row)
            columns.append(column_of[word])
            values.append(weight / norm)
    return Vectors(
        rows=np.array(rows, dtype=np.intp),
        columns=np.array(columns, dtype=np.intp),
        values=np.array(values, dtype=np.float64),
        num_rows=len(documents),
        num_columns=len(column_of),
    )


def centrality(vectors: Vectors, damping: float) -> Floats:
    """Return TextRank's score of each row, the highest 1; a row without neighbours gets least.

    The matrix of similarities X Xᵀ is never built: each step multiplies by X and its transpose.

    Source: Mihalcea and Tarau 2004 (TextRank), Erkan and Radev 2004 (continuous LexRank).
    """
    import numpy as np

    ones = np.ones(vectors.num_rows)
    diagonal = _sums(vectors.rows, vectors.values**2, vectors.num_rows)
    degrees = vectors.times(vectors.transposed_times(ones)) - diagonal
    connected = degrees > 1e-9
    ranks = ones / vectors.num_rows
    for _ in range(50):
        share = np.where(connected, ranks / np.where(connected, degrees, 1.0), 0.0)
        spread = vectors.times(vectors.transposed_times(share)) - diagonal * share
        updated = (1 - damping) / vectors.num_rows + damping * spread
        converged = float(np.abs(updated - ranks).sum()) < 1e-9
        ranks = updated
        if converged:
            break
    return ranks / max(float(ranks.max()), 1e-12)
