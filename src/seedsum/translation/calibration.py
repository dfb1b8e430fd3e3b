"""Bounds of the model's evidence, set for one model and direction on translations that are right.

`calibration.tsv` beside this file has them: news-like sentences of our own with free translations,
half of them with one that lacks a part. What a bound is depends on how sure a model is of its
words: it belongs to the weights, and is set again for others.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from importlib.resources import files

from seedsum.checks.evidence import Bounds, Weakest
from seedsum.engines.batches import LoadedModel
from seedsum.records import Direction
from seedsum.translation.evidence import weigh

#: Share of the right translations that may have a flag of each kind.
OMISSION_ALARMS = 0.025
ADDITION_ALARMS = 0.01
#: Fewer pairs than that (a language that has none, a model that takes short texts only) say
#: nothing of such shares.
_MIN_PAIRS = 60


@dataclass(frozen=True, slots=True)
class Example:
    """A pair that is right, and the same with a part of the translation left out, if there is."""

    source: str
    translation: str
    shortened: str = ""


def read_examples(language: str) -> tuple[Example, ...]:
    """Return the pairs of a source language; none of one that has none."""
    text = (files("seedsum.translation") / "calibration.tsv").read_text(encoding="utf-8")
    rows = (line.split("\t") for line in text.splitlines())
    return tuple(Example(*texts) for tag, *texts in rows if tag == language)


def bounds_of(model: LoadedModel, direction: Direction) -> Bounds | None:
    """Return the bounds of a model for a direction; None where too little is known to set any.

    They are the same each time, on one class of arithmetic.

    Raises:
        ModelError: The model fails.
    """
    examples = read_examples(direction.source)
    if not model.can_score_tokens or len(examples) < _MIN_PAIRS:
        return None
    found = weigh([(one.source, one.translation) for one in examples], model, direction)
    omissions = [one.omission for one in found if one.omission]
    additions = [one.addition for one in found if one.addition]
    if min(len(omissions), len(additions)) < _MIN_PAIRS:
        return None
    return Bounds(
        omission=_bound(omissions, OMISSION_ALARMS), addition=_bound(additions, ADDITION_ALARMS)
    )


def _bound(weakest: Sequence[Weakest], alarms: float) -> float:
    """Return the figure below which that share of them lies."""
    figures = sorted(one.figure for one in weakest)
    return figures[int(alarms * len(figures))]
