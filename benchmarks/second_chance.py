"""Measure what the checks say of a model's own output, and what the second chance mends.

    python benchmarks/second_chance.py DATA [--profile starter] [--sentences 200] [--show 50]

DATA holds `ntrex-dev/{vi,bn,en}/*.txt`. Prints, for each source language, the flagged segments
before and after with BLEU and chrF of all sentences, how many were replaced with chrF of these
alone and how many became better or worse by more than one chrF, the stage that mended them, the
seconds of both decodings, and the percentiles of the score per token, from which the `low-score`
bound is chosen. With `--show`, so many of the replacements follow, drawn by a fixed seed, to be
read.
"""

from __future__ import annotations

import argparse
import random
import time
from collections import Counter
from collections.abc import Iterable, Sequence
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
    parser.add_argument("--show", type=int, default=0)
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
        lines = report(
            chosen, model, direction, spec.decoding, settings.checks, num_shown=arguments.show
        )
        print("\n".join(lines))
        model.close()


def report(
    chosen: list[Pair],
    model: LoadedModel,
    direction: Direction,
    decoding: DecodingOptions,
    options: CheckOptions,
    *,
    num_shown: int,
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
    replaced = [
        (reference, first, item)
        for reference, first, item in zip(references, before, after, strict=True)
        if first.hypothesis.text != item.hypothesis.text
    ]
    yield from of_replaced(replaced)
    yield f"  seconds: {first_seconds:.1f} first, {second_seconds:.1f} second chance"
    per_token = np.percentile([item.hypothesis.score for item in before], PERCENTILES)
    listed = ", ".join(
        f"{percent:g}% {value:.2f}" for percent, value in zip(PERCENTILES, per_token, strict=True)
    )
    yield f"  score per token: {listed}"
    for reference, first, item in random.Random(7).sample(replaced, min(num_shown, len(replaced))):
        yield f"  reference: {reference}"
        yield f"    before: {first.hypothesis.text}  {[flag.code for flag in first.flags]}"
        yield f"    after:  {item.hypothesis.text}  ({item.replaced[-1].why})"


def of_replaced(replaced: Sequence[tuple[str, Rescued, Rescued]]) -> Iterable[str]:
    """Yield what became of the replaced segments, by chrF against their references."""
    if not replaced:
        return
    references = [reference for reference, _, _ in replaced]

    def chrf(texts: Sequence[str], references: Sequence[str]) -> float:
        return score_translations(texts, references)[-1].value

    before, after = (
        [item.hypothesis.text for item in items]
        for items in ([first for _, first, _ in replaced], [item for _, _, item in replaced])
    )
    gains = [
        chrf([new], [reference]) - chrf([old], [reference])
        for reference, old, new in zip(references, before, after, strict=True)
    ]
    yield (
        f"  replaced: {len(replaced)}, chrF of these {chrf(before, references):.1f} before,"
        f" {chrf(after, references):.1f} after; {sum(gain > 1 for gain in gains)} better,"
        f" {sum(gain < -1 for gain in gains)} worse"
    )


if __name__ == "__main__":
    main()
