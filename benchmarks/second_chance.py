"""Measure what the checks say of a model's own output, and what the second chance mends.

    python benchmarks/second_chance.py DATA [--profile starter] [--sentences 200]

DATA holds `ntrex-dev/{vi,bn,en}/*.txt`. Prints, for each source language, the flagged segments
before and after with BLEU and chrF of all sentences, the stage that mended them, the seconds of
both decodings, and the percentiles of the score per token, from which the `low-score` bound is
chosen.
"""

from __future__ import annotations

import argparse
import time
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

import numpy as np

from checks import pairs
from faults import Pair
from seedsum import models
from seedsum.checks import check_segment
from seedsum.config import load_settings
from seedsum.engines import load_model
from seedsum.engines.batches import LoadedModel
from seedsum.evaluation import read_parallel, score_translations
from seedsum.records import DecodingOptions, Direction, Flag, Hypothesis, Runtime
from seedsum.settings import CheckOptions
from seedsum.translation.second_chance import Rescued, first_options, rescue_all

PERCENTILES = (0.5, 1, 2.5, 5, 25, 50)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("data", type=Path)
    parser.add_argument("--profile", default="starter")
    parser.add_argument("--sentences", type=int, default=200)
    arguments = parser.parse_args()
    settings = load_settings()
    resolution = models.resolve(settings, arguments.profile, offline=True, strict=True)
    routes = dict(settings.profile(arguments.profile).routes)
    for language in ("vi", "bn"):
        direction = Direction(language, "en")
        (step,) = routes[direction]
        model = LoadedModel(load_model(resolution.models[step.model], Runtime()))
        texts = read_parallel(
            arguments.data / "ntrex-dev" / language, arguments.data / "ntrex-dev" / "en"
        )
        spec = settings.models[step.model]
        chosen = [
            pair
            for pair in pairs(texts, language=language)
            if model.num_tokens(pair.source, direction) <= spec.max_source_tokens
        ][: arguments.sentences]
        print("\n".join(report(chosen, model, direction, spec.decoding, settings.checks)))
        model.close()


def report(
    chosen: list[Pair],
    model: LoadedModel,
    direction: Direction,
    decoding: DecodingOptions,
    options: CheckOptions,
) -> Iterable[str]:
    def check(source: str, found: Hypothesis) -> tuple[Flag, ...]:
        return check_segment(
            source,
            found.text,
            language=direction.source,
            hypothesis=found,
            options=options,
        )

    sources = [pair.source for pair in chosen]
    references = [pair.target for pair in chosen]
    start = time.perf_counter()
    decoded = model.translate(sources, direction, first_options(decoding))
    first_seconds = time.perf_counter() - start
    before = [
        Rescued(found[0], check(source, found[0]))
        for source, found in zip(sources, decoded, strict=True)
    ]
    start = time.perf_counter()
    after = rescue_all(
        sources, before, decoded, model=model, direction=direction, options=decoding, check=check
    )
    second_seconds = time.perf_counter() - start
    stages = Counter(
        item.attempts[-1]
        for item, first in zip(after, before, strict=True)
        if first.flags and not item.flags
    )
    yield f"{direction}: {len(sources)} sentences"
    for name, items in (("first", before), ("second chance", after)):
        codes = Counter(flag.code for item in items for flag in item.flags)
        num_flagged = sum(bool(item.flags) for item in items)
        listed = ", ".join(f"{code} {count}" for code, count in codes.most_common())
        yield f"  {name}: {num_flagged} flagged ({num_flagged / len(items):.1%}): {listed}"
        scores = score_translations([item.hypothesis.text for item in items], references)
        yield "    " + ", ".join(f"{score.name} {score.value:.1f}" for score in scores)
    yield "  mended by: " + ", ".join(f"{stage} {count}" for stage, count in stages.most_common())
    yield f"  seconds: {first_seconds:.1f} first, {second_seconds:.1f} second chance"
    per_token = np.percentile([item.hypothesis.score for item in before], PERCENTILES)
    listed = ", ".join(
        f"{percent:g}% {value:.2f}" for percent, value in zip(PERCENTILES, per_token, strict=True)
    )
    yield f"  score per token: {listed}"


if __name__ == "__main__":
    main()
