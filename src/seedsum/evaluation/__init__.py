"""Evaluation: translations and summaries against references, and an output verified."""

from __future__ import annotations

from seedsum.evaluation.parallel import ParallelText, read_parallel
from seedsum.evaluation.scores import Score, score_summaries, score_translations
from seedsum.evaluation.systems import evaluate_summaries, evaluate_translation

__all__ = [
    "ParallelText", "Score", "evaluate_summaries", "evaluate_translation", "read_parallel",
    "score_summaries", "score_translations",
]  # fmt: skip
