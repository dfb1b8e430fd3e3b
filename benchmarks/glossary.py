"""Measure what a glossary brings about: terms rendered as asked, and chrF, before and after.

    python benchmarks/glossary.py GLOSSARY PAIRS [--profile starter] [--sentences 300]

GLOSSARY is a file like health.vi-en.tsv, PAIRS has sources with human translations in the form that
`seedsum check` reads; those of the glossary's language that have a term and fit into the model are
taken, from the first on. Prints a row of a table for the first decoding, for the second chance
alone and for the glossary's own stage before it, and for MAX_SCORE_LOSS in steps. chrF falls where
a human translation has other words than the glossary asks for, so the segments that were replaced
are also counted by whether it has them.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Sequence
from pathlib import Path

from sacrebleu.metrics import CHRF

from seedsum import models
from seedsum.checks import check_segment, load_glossary
from seedsum.checks.glossary import Glossary, matching_terms, missing_terms
from seedsum.config import glossary_direction, load_settings
from seedsum.engines import load_model
from seedsum.engines.batches import LoadedModel
from seedsum.evaluation.pairs import TextPair, parse_pairs
from seedsum.languages import get
from seedsum.records import DecodingOptions, Direction, Flag, Hypothesis, Runtime
from seedsum.translation import glossary_stage
from seedsum.translation.glossary_stage import bring_about
from seedsum.translation.second_chance import Rescued, first_options, rescue_all

STEPS = (0.2, 0.4, 0.6, 0.8, 9.0)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("glossary", type=Path)
    parser.add_argument("pairs", type=Path)
    parser.add_argument("--profile", default="starter")
    parser.add_argument("--sentences", type=int, default=300)
    arguments = parser.parse_args()
    direction = glossary_direction(arguments.glossary.name)
    if direction is None:
        parser.error("the glossary's name has no direction, as in health.vi-en.tsv")
    glossary = load_glossary(arguments.glossary.read_text(encoding="utf-8"))
    settings = load_settings()
    resolution = models.resolve(settings, arguments.profile, offline=True, strict=True)
    (step,) = dict(settings.profile(arguments.profile).routes)[direction]
    spec = settings.models[step.model]
    model = LoadedModel(load_model(resolution.models[step.model], Runtime()))
    known = get(direction.source)
    pairs = [
        pair
        for pair in parse_pairs(
            arguments.pairs.read_text(encoding="utf-8"), name=str(arguments.pairs)
        )
        if pair.language == direction.source
        and matching_terms(pair.source, glossary, language=known)
        and model.num_tokens(pair.source, direction) <= spec.max_source_tokens
    ][: arguments.sentences]
    measure(pairs, glossary, model, direction, spec.decoding, spec.max_source_tokens)
    model.close()


def measure(
    pairs: Sequence[TextPair],
    glossary: Glossary,
    model: LoadedModel,
    direction: Direction,
    options: DecodingOptions,
    max_tokens: int,
) -> None:
    def check(source: str, found: Hypothesis) -> tuple[Flag, ...]:
        return check_segment(
            source, found.text, language=direction.source, hypothesis=found, glossary=glossary
        )

    def rescued(items: Sequence[Rescued]) -> list[Rescued]:
        return rescue_all(
            sources, items, decoded, model=model, direction=direction, options=options, check=check
        )

    sources = [pair.source for pair in pairs]
    decoded = model.translate(sources, direction, first_options(options))
    first = [Rescued(best, check(s, best)) for s, (best, *_) in zip(sources, decoded, strict=True)]

    def with_terms() -> list[Rescued]:
        return bring_about(
            sources,
            first,
            decoded,
            model=model,
            direction=direction,
            glossary=glossary,
            options=options,
            max_tokens=max_tokens,
            check=check,
        )

    print(f"{direction}: {len(pairs)} sentences with a term")
    print("| decoding | terms as asked | replaced | chrF | replaced, translator has them | not |")
    print("|---|---:|---:|---:|---:|---:|")
    show = row_of(pairs, glossary, direction, first)
    show("first decoding", first)
    show("second chance without the stage", rescued(first))
    show("with the stage, then the second chance", rescued(with_terms()))
    for loss in STEPS:
        glossary_stage.MAX_SCORE_LOSS = loss
        show(f"the stage alone, score loss at most {loss:g}", with_terms())


def row_of(
    pairs: Sequence[TextPair], glossary: Glossary, direction: Direction, first: Sequence[Rescued]
) -> Callable[[str, Sequence[Rescued]], None]:
    known = get(direction.source)
    terms = [matching_terms(pair.source, glossary, language=known) for pair in pairs]
    num_terms = sum(map(len, terms))

    def show(name: str, items: Sequence[Rescued]) -> None:
        texts = [item.hypothesis.text for item in items]
        missing = sum(len(missing_terms(t, text)) for t, text in zip(terms, texts, strict=True))
        changed = [i for i, item in enumerate(items) if item.hypothesis != first[i].hypothesis]
        sides: dict[bool, list[float]] = {True: [], False: []}
        for i in changed:
            before = first[i].hypothesis.text
            asked = missing_terms(terms[i], before)
            references = [pairs[i].translation]
            gain = (
                CHRF().sentence_score(texts[i], references).score
                - CHRF().sentence_score(before, references).score
            )
            sides[not missing_terms(asked, pairs[i].translation)].append(gain)
        cells = [
            f"{len(gains)} ({sum(gains) / len(gains):+.1f} chrF)" if gains else "0"
            for gains in (sides[True], sides[False])
        ]
        share = (num_terms - missing) / num_terms
        chrf = CHRF().corpus_score(texts, [[pair.translation for pair in pairs]]).score
        print(
            f"| {name} | {num_terms - missing} of {num_terms} ({share:.1%}) | {len(changed)}"
            f" | {chrf:.2f} | {cells[0]} | {cells[1]} |",
            flush=True,
        )

    return show


if __name__ == "__main__":
    main()
