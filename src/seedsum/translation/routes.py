"""Texts along the steps of a route: each step one model, what is too long for it in pieces."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from seedsum.engines import Surroundings
from seedsum.engines.batches import LoadedModel
from seedsum.engines.pool import LoadedModels
from seedsum.reading.segmentation import split_text
from seedsum.records import DecodingOptions, Direction, Hypothesis, ModelSpec, RouteStep
from seedsum.translation.second_chance import first_options, scored


def follow_route(
    texts: Sequence[str],
    steps: Sequence[RouteStep],
    *,
    specs: Mapping[str, ModelSpec],
    loaded: LoadedModels,
    around: Sequence[Surroundings | None] | None = None,
    on_translated: Callable[[int], object] = lambda num_texts: None,
) -> list[tuple[Hypothesis, ...]]:
    """Return the hypotheses of each text after all steps of its route, in order, best first.

    Where there are several steps (through a pivot), or a text is over the model's limit, there is
    only the best. `around` has what stands around each text, for a first
    model that reads it. `on_translated` gets the number of pieces that have just been through the
    last one.

    Raises:
        ModelError: A model cannot be loaded or fails.
    """
    found: list[tuple[Hypothesis, ...]] = []
    for number, step in enumerate(steps):
        options = specs[step.model].decoding
        after = _follow_step(
            [best.text for best, *_ in found] if number else texts,
            step,
            options=options if len(steps) > 1 else first_options(options),
            max_tokens=specs[step.model].max_source_tokens,
            loaded=loaded,
            around=None if number else around,
            on_translated=on_translated if step is steps[-1] else None,
        )
        if number:
            after = [
                (_joined((before, best), (best,)),)
                for (before, *_), (best, *_) in zip(found, after, strict=True)
            ]
        found = after
    return found


def _follow_step(
    texts: Sequence[str],
    step: RouteStep,
    *,
    options: DecodingOptions,
    max_tokens: int,
    loaded: LoadedModels,
    around: Sequence[Surroundings | None] | None,
    on_translated: Callable[[int], object] | None,
) -> list[tuple[Hypothesis, ...]]:
    with loaded.use(step.model) as model:
        pieces = [
            _pieces(text, model=model, direction=step.direction, max_tokens=max_tokens)
            for text in texts
        ]
        flat = [piece for group in pieces for piece in group]
        beside = around and [
            here if len(group) == 1 else None
            for here, group in zip(around, pieces, strict=True)
            for _ in group
        ]
        found = model.translate(
            flat, step.direction, options, around=beside, on_progress=on_translated
        )
        first = [best for best, *_ in found]
        first = scored(flat, first, model=model, direction=step.direction)
    decoded = iter((best, *others) for best, (_, *others) in zip(first, found, strict=True))
    parts = [[next(decoded) for _ in group] for group in pieces]
    return [
        part[0] if len(part) == 1 else (_joined(bests := [best for best, *_ in part], bests),)
        for part in parts
    ]


def _pieces(
    text: str, *, model: LoadedModel, direction: Direction, max_tokens: int
) -> tuple[str, ...]:
    """Return the text in pieces under the limit; a pivot's text can be over the next model's."""
    if not text.strip():
        return (text,)
    return split_text(
        text, count_tokens=lambda part: model.num_tokens(part, direction), max_tokens=max_tokens
    )


def _joined(steps: Sequence[Hypothesis], parts: Sequence[Hypothesis]) -> Hypothesis:
    """Return one hypothesis for the parts of a text; as doubtful as the worst step behind it."""
    if fault := next((one.fault for one in (*steps, *parts) if one.fault), ""):
        return Hypothesis("", None, 0, finished=False, fault=fault)  # not half of a text
    scores = [step.score for step in steps if step.score is not None]
    return Hypothesis(
        text=" ".join(part.text for part in parts),
        score=min(scores) if len(scores) == len(steps) else None,
        num_tokens=sum(part.num_tokens for part in parts),
        finished=all(step.finished for step in steps),
    )
