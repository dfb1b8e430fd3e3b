"""BLEU and chrF of translations, ROUGE of summaries; needs the extra `evaluation`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from importlib import import_module
from importlib.metadata import version
from types import ModuleType

from seedsum.errors import UsageError


@dataclass(frozen=True, slots=True)
class Score:
    """One metric over a whole set; only scores with the same signature can be compared."""

    name: str  # BLEU, chrF, ROUGE-1, ROUGE-2 or ROUGE-L
    value: float  # 0 to 100, higher is better
    signature: str  # how it was computed
    num_texts: int  # segments or summaries


def score_translations(hypotheses: Sequence[str], references: Sequence[str]) -> tuple[Score, ...]:
    """Return BLEU and chrF of a set; an empty hypothesis counts as one, none is left out.

    Raises:
        UsageError: The numbers differ, there is nothing to score, or sacrebleu is not installed.
    """
    _check_numbers(hypotheses, references)
    metrics = need("sacrebleu.metrics")
    scores = []
    for name, metric in (("BLEU", metrics.BLEU()), ("chrF", metrics.CHRF())):
        value = metric.corpus_score(list(hypotheses), [list(references)]).score
        scores.append(Score(name, value, str(metric.get_signature()), len(references)))
    return tuple(scores)


_ROUGE = {"rouge1": "ROUGE-1", "rouge2": "ROUGE-2", "rougeLsum": "ROUGE-L"}


def score_summaries(summaries: Sequence[str], references: Sequence[str]) -> tuple[Score, ...]:
    """Return the mean F1 of ROUGE-1, ROUGE-2 and ROUGE-L; sentences stand on lines of their own.

    Raises:
        UsageError: The numbers differ, there is nothing to score, or rouge-score is not installed.
    """
    _check_numbers(summaries, references)
    scorer = need("rouge_score.rouge_scorer").RougeScorer(list(_ROUGE), use_stemmer=True)
    results = list(map(scorer.score, references, summaries))
    signature = f"f1:mean|stemmer:porter|rouge-score:{version('rouge-score')}"
    scores = []
    for key, name in _ROUGE.items():
        value = 100 * sum(result[key].fmeasure for result in results) / len(results)
        scores.append(Score(name, value, f"{key}|{signature}", len(results)))
    return tuple(scores)


def _check_numbers(texts: Sequence[str], references: Sequence[str]) -> None:
    if len(texts) != len(references):
        raise UsageError(
            f"{len(texts)} texts cannot be scored against {len(references)} references"
        )
    if not references:
        raise UsageError("there is nothing to score: no references")


def need(name: str) -> ModuleType:
    """Return a module of the extra; asked for before a model is loaded for nothing.

    Raises:
        UsageError: It is not installed.
    """
    try:
        return import_module(name)
    except ImportError as error:
        raise UsageError(
            f"scores need {name.partition('.')[0]}; "
            "install it with: pip install 'seedsum[evaluation]'"
        ) from error
