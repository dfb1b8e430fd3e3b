"""What a profile's models have to say of pairs from anywhere."""

from __future__ import annotations

from collections.abc import Sequence

from seedsum.engines.pool import LoadedModels
from seedsum.evaluation.flagging import Evidence
from seedsum.evaluation.pairs import TextPair
from seedsum.languages import TARGET_LANGUAGE
from seedsum.models.bounds import bounds_of
from seedsum.pipeline.context import Context
from seedsum.records import Flag, RouteStep
from seedsum.translation.evidence import find


def models_evidence(context: Context, loaded: LoadedModels) -> dict[str, Evidence]:
    """Return by source language what asks the model of its route, where it is one model's.

    Through a pivot no model has seen both texts.
    """
    return {
        direction.source: _of_model(steps[0], context, loaded)
        for direction, steps in context.profile.routes
        if direction.target == TARGET_LANGUAGE and len(steps) == 1
    }


def _of_model(step: RouteStep, context: Context, loaded: LoadedModels) -> Evidence:
    def ask(pairs: Sequence[TextPair]) -> list[tuple[Flag, ...]]:
        with loaded.use(step.model) as model:
            texts = [(pair.source, pair.translation) for pair in pairs]
            bounds = bounds_of(context.models[step.model], model, step.direction)
            return find(texts, model, step.direction, bounds)

    return ask
