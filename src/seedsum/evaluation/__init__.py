"""Evaluation: translations and summaries against references, and an output verified.

scores.py        BLEU, chrF and ROUGE, each with a signature that says how it was made
parallel.py      line-aligned texts from two files or folders
systems.py       the configured models on texts with references
verification.py  what an output holds, against its records
"""

from __future__ import annotations

from seedsum.evaluation.parallel import ParallelText, read_parallel
from seedsum.evaluation.scores import Score, score_summaries, score_translations
from seedsum.evaluation.systems import evaluate_summaries, evaluate_translation

__all__ = [
    "ParallelText",
    "Score",
    "evaluate_summaries",
    "evaluate_translation",
    "read_parallel",
    "score_summaries",
    "score_translations",
]
