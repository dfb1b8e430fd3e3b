"""Evaluation: translations and summaries against references, and the checks against known faults.

    scores.py     BLEU, chrF and ROUGE, each with a signature that says how it was made
    parallel.py   line-aligned texts from two files or folders
    injection.py  faults put into perfect translations
    checks.py     precision and recall of the checks on those faults
    systems.py    the configured models on texts with references

Neighbours: `context` and `window` give the models and stages; `cli` prints what these return;
benchmarks/checks.py writes it as tables.
"""

from __future__ import annotations

from seedsum.evaluation.checks import CheckScores, CleanScore, FaultScore, score_checks
from seedsum.evaluation.injection import Pair
from seedsum.evaluation.parallel import (
    ParallelText,
    pairs,
    read_parallel,
    read_sentences_by_language,
)
from seedsum.evaluation.scores import Score, score_summaries, score_translations
from seedsum.evaluation.systems import evaluate_summaries, evaluate_translation

__all__ = [
    "CheckScores",
    "CleanScore",
    "FaultScore",
    "Pair",
    "ParallelText",
    "Score",
    "evaluate_summaries",
    "evaluate_translation",
    "pairs",
    "read_parallel",
    "read_sentences_by_language",
    "score_checks",
    "score_summaries",
    "score_translations",
]
