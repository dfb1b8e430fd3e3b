"""A pass of its own over translated segments: what the model itself thinks was left out or added.

`checks.evidence` says which scores are needed and what they say; here they are made, for many
segments together. A check looks at one pair, and would ask for its scores one pair at a time.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from seedsum.checks import evidence, likely
from seedsum.checks.coverage import length_z
from seedsum.checks.evidence import Bounds, Cut, Weakest
from seedsum.checks.table import worst_first
from seedsum.engines import Contrast, PartScores
from seedsum.engines.batches import LoadedModel
from seedsum.errors import ModelError
from seedsum.records import Direction, Flag
from seedsum.settings import CheckOptions
from seedsum.translation.second_chance import Rescued


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


def with_evidence(
    sources: Sequence[str],
    rescued: Sequence[Rescued],
    *,
    model: LoadedModel,
    direction: Direction,
    options: CheckOptions,
    bounds: Callable[[], Bounds | None],
) -> list[Rescued]:
    """Return translations with the flags of the model's evidence, in order.

    It is asked for where it is most likely to say something new: where no check has found anything
    likely, and the translation is short for its source (omissions) or long (additions); with
    `options.thorough` everywhere. `bounds` is asked only where there is something to weigh.

    Raises:
        ModelError: The model fails.
    """
    results = list(rescued)
    if not model.can_score_tokens:
        return results
    omissions: list[bool] = []
    additions: list[bool] = []
    for source, item in zip(sources, rescued, strict=True):
        z = length_z(source, item.hypothesis.text, language=direction.source)
        is_open = not likely(item.flags)
        omissions.append(options.thorough or (is_open and z < options.evidence_ratio_z_low))
        additions.append(options.thorough or (is_open and z > options.evidence_ratio_z_high))
    places = [i for i, asked in enumerate(map(max, omissions, additions)) if asked]
    if not places:
        return results
    found = _weighed(
        [(sources[i], results[i].hypothesis.text) for i in places],
        model,
        direction,
        [omissions[i] for i in places],
        [additions[i] for i in places],
    )
    limits = bounds()
    for i, weighed in zip(places, found, strict=True):
        flags = tuple(evidence.flags(weighed.omission, weighed.addition, limits))
        if flags:
            results[i] = replace(results[i], flags=worst_first((*results[i].flags, *flags)))
    return results


def _weighed(
    pairs: Sequence[tuple[str, str]],
    model: LoadedModel,
    direction: Direction,
    omissions: Sequence[bool],
    additions: Sequence[bool],
) -> list[Evidence]:
    """Return what `weigh` does; where the model fails at a pair, that one has no evidence."""
    try:
        return weigh(pairs, model, direction, omissions=omissions, additions=additions)
    except ModelError:
        if len(pairs) == 1:
            return [Evidence()]
        return [
            one
            for pair, omission, addition in zip(pairs, omissions, additions, strict=True)
            for one in _weighed([pair], model, direction, [omission], [addition])
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

    What a pair gets depends on nothing but the pair. An empty text has no evidence; of a source
    that is over the model's limit only omissions are looked for, part by part.
    """
    if not model.can_score_tokens:
        return [Evidence() for _ in pairs]
    of_omissions = [
        (number, window, cuts, Contrast((window, *(cut.rest for cut in cuts)), (translation,)))
        for number, (source, translation) in enumerate(pairs)
        if (omissions is None or omissions[number]) and translation.strip()
        for window in _windows(source, model, direction)
        if (cuts := evidence.cuts(window))
    ]
    of_additions = [
        (number, parts, Contrast((source, ""), parts))
        for number, (source, translation) in enumerate(pairs)
        if (additions is None or additions[number])
        and len(parts := evidence.clauses(translation)) > 1
        and source.strip()
        and model.fits(source, direction)
    ]
    contrasts = [item[-1] for item in of_omissions] + [item[-1] for item in of_additions]
    scores = iter(model.score_tokens(contrasts, direction))
    omitted: dict[int, list[Weakest]] = defaultdict(list)
    for number, window, cuts, _ in of_omissions:
        omitted[number].append(_omission(window, cuts, next(scores), model, direction))
    added: dict[int, Weakest] = {}
    for number, parts, _ in of_additions:
        added[number] = evidence.weakest(evidence.added(*next(scores)), parts)
    return [
        Evidence(
            min(omitted[number], key=lambda one: one.figure) if number in omitted else None,
            added.get(number),
        )
        for number in range(len(pairs))
    ]


def _windows(source: str, model: LoadedModel, direction: Direction) -> list[str]:
    """Return the source, in parts where it is over the model's limit; none of one clause that is.

    What is left out of a part is left out of the whole.
    """
    if model.fits(source, direction):
        return [source]
    windows: list[str] = []
    for clause in evidence.clauses(source):
        if windows and model.fits(windows[-1] + clause, direction):
            windows[-1] += clause
        elif model.fits(clause, direction):
            windows.append(clause)
    return windows


def _omission(
    source: str,
    cuts: Sequence[Cut],
    scores: Sequence[PartScores],
    model: LoadedModel,
    direction: Direction,
) -> Weakest:
    num_tokens = model.num_tokens(source, direction)
    sizes = [num_tokens - model.num_tokens(cut.rest, direction) for cut in cuts]
    whole, *rests = scores
    return evidence.weakest(evidence.omitted(whole, rests, sizes), [cut.clause for cut in cuts])
