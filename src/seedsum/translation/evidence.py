"""A pass of its own over translated segments: what the model itself thinks was left out or added.

`checks.evidence` says which scores are needed and what they say; here they are made, for many
segments together. A check looks at one pair, and would ask for its scores one pair at a time.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from seedsum.checks import evidence
from seedsum.checks.evidence import Bounds, Cut, Weakest
from seedsum.engines import Contrast, PartScores
from seedsum.engines.batches import LoadedModel
from seedsum.records import Direction, Flag


@dataclass(frozen=True, slots=True)
class Evidence:
    """Of one pair, the clauses that the other side accounts for least."""

    omission: Weakest | None = None
    addition: Weakest | None = None


def find(
    pairs: Sequence[tuple[str, str]],
    model: LoadedModel,
    direction: Direction,
    bounds: Bounds | None,
) -> list[tuple[Flag, ...]]:
    """Return the flags `omission` and `addition` of each pair of source and translation, in order.

    The one entry for pairs from anywhere: of a run, or of a file. `bounds` are those that
    `models.bounds.bounds_of` gives for this model and direction; with None every flag is only
    possible. An engine that cannot score tokens finds nothing.

    Raises:
        ModelError: The model fails.
    """
    return [
        tuple(evidence.flags(found.omission, found.addition, bounds))
        for found in weigh(pairs, model, direction)
    ]


def weigh(
    pairs: Sequence[tuple[str, str]],
    model: LoadedModel,
    direction: Direction,
    *,
    omissions: Sequence[bool] | None = None,
    additions: Sequence[bool] | None = None,
) -> list[Evidence]:
    """Return the evidence of each pair; only of the kinds that are asked for, where they are given.

    What a pair gets depends on nothing but the pair. A text that is over the model's limit has no
    evidence, nor has an empty one.
    """
    found = [Evidence() for _ in pairs]
    if not model.can_score_tokens:
        return found
    of_omissions = [
        (number, source, cuts, Contrast((source, *(cut.rest for cut in cuts)), (translation,)))
        for number, (source, translation) in enumerate(pairs)
        if (omissions is None or omissions[number])
        and translation.strip()
        and (cuts := _fitting(evidence.cuts(source), source, model, direction))
    ]
    of_additions = [
        (number, parts, Contrast((source, ""), parts))
        for number, (source, translation) in enumerate(pairs)
        if (additions is None or additions[number])
        and len(parts := evidence.clauses(translation)) > 1
        and _fits(source, model, direction)
    ]
    scores = iter(
        model.score_tokens(
            [
                *(contrast for *_, contrast in of_omissions),
                *(contrast for *_, contrast in of_additions),
            ],
            direction,
        )
    )
    weakest: list[tuple[Weakest | None, Weakest | None]] = [(None, None) for _ in pairs]
    for number, source, cuts, _ in of_omissions:
        weakest[number] = (_omission(source, cuts, next(scores), model, direction), None)
    for number, parts, _ in of_additions:
        whole, none = next(scores)
        added = evidence.weakest(evidence.added(whole, none), parts)
        weakest[number] = (weakest[number][0], added)
    return [Evidence(*both) for both in weakest]


def _fits(source: str, model: LoadedModel, direction: Direction) -> bool:
    return bool(source.strip()) and model.fits(source, direction)


def _fitting(
    cuts: tuple[Cut, ...], source: str, model: LoadedModel, direction: Direction
) -> tuple[Cut, ...]:
    return cuts if _fits(source, model, direction) else ()


def _omission(
    source: str,
    cuts: Sequence[Cut],
    scores: Sequence[PartScores],
    model: LoadedModel,
    direction: Direction,
) -> Weakest | None:
    num_tokens = model.num_tokens(source, direction)
    sizes = [num_tokens - model.num_tokens(cut.rest, direction) for cut in cuts]
    whole, *rests = scores
    return evidence.weakest(evidence.omitted(whole, rests, sizes), [cut.clause for cut in cuts])
