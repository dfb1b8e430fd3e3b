"""Fixed texts through a model: the same on this machine as where it was first pulled.

A conversion is compared with its original (`models.convert`). What that cannot see, since both are
read by the same libraries, and what has no original here, is compared with what the lock recorded.
"""

from __future__ import annotations

import contextlib
import dataclasses
import json
import math
import os
from collections.abc import Sequence
from dataclasses import replace

from seedsum import languages
from seedsum.engines import SequenceModel, engines, load_model, resolve_compute_type
from seedsum.engines.batches import translate_texts
from seedsum.engines.memory import available_bytes, peak_estimate_bytes
from seedsum.errors import ModelError, UnsoundModelError
from seedsum.files import sha256_bytes
from seedsum.models.lock import Outputs
from seedsum.records import (
    DecodingOptions,
    Direction,
    Hypothesis,
    ModelSpec,
    ResolvedModel,
    Runtime,
)

# Nothing is forbidden: CTranslate2 shares the probability of forbidden tokens out among the others,
# transformers does not, and that is not what is compared here.
_GREEDY = DecodingOptions(beam_size=1, max_target_tokens=48, min_target_tokens=0, disable_unk=False)

#: Largest differences of the score (mean log-probability) of a given text, in float32, where only
#: rounding differs, and where either is computed in int8. Measured with the starter and seven tiny
#: models on the classes of arithmetic of docs/explanation/determinism.md: float32 4e-7; int8 0.03
#: with the starter, 0.35 with T5 (width 64) on oneDNN without VNNI, which saturates, else 0.01. A
#: damaged or wrongly converted model gives 0.4 to 6.
_TOLERANCE, _INT8_TOLERANCE = 0.01, 0.5

#: The same in float32 between weights stored in int8 and their original. Measured as above: 0.053.
REFERENCE_TOLERANCE = 0.25


def canary_texts(direction: Direction | None) -> tuple[str, ...]:
    """Return the fixed texts for a model: in its source language, the target's for a summary.

    A language without texts gets all of them: to compare two engines, any text will do.
    """
    language = languages.get(direction.source if direction else languages.TARGET_LANGUAGE)
    every = tuple(text for _, known in sorted(languages.LANGUAGES.items()) for text in known.canary)
    return language.canary or every


def decode(model: ResolvedModel, direction: Direction | None) -> list[Hypothesis]:
    """Return the greedy hypotheses of the texts that are not too long for the model.

    Raises:
        ModelError: The model cannot be loaded, or fails.
    """
    with contextlib.closing(load_model(model, _runtime())) as loaded:
        texts = _sources(loaded, model.spec, direction)
        found = translate_texts(texts, model=loaded, direction=direction, options=_GREEDY)
        return [hypotheses[0] for hypotheses in found]


def outputs(
    model: ResolvedModel, direction: Direction | None, known: Outputs | None
) -> Outputs | None:
    """Return what the model makes of the texts, or what is known of it, where it still does.

    In float32, which is the same on every x86 CPU, if that fits into the memory. None of a model
    that cannot be asked: its engine does not score, or no route uses it.

    Raises:
        ModelError: It cannot be loaded, or its scores are not those that are known.
    """
    spec = model.spec
    if not engines()[spec.engine].can_score or (spec.language_codes and direction is None):
        return None
    asked = _asked_sha256(spec, direction)
    model = in_float32(model)
    with contextlib.closing(load_model(model, _runtime())) as loaded:
        sources = _sources(loaded, spec, direction)
        if known and known.asked_sha256 == asked:
            scores = loaded.score(sources, known.texts, direction)
            _require_same(model, known, scores)
            return known
        found = translate_texts(sources, model=loaded, direction=direction, options=_GREEDY)
        texts = tuple(hypotheses[0].text for hypotheses in found)
        scores = loaded.score(sources, texts, direction)
    if not all(map(math.isfinite, scores)):
        raise UnsoundModelError(
            f"model {spec.name}: its scores are no numbers, so that its weights are damaged; tell"
            " its publisher, and set another revision in models.toml"
        )
    compute_type = resolve_compute_type(model.spec, _runtime())
    return Outputs(asked, compute_type, texts, tuple(round(score, 4) for score in scores))


def worst_difference(
    model: ResolvedModel, original: ResolvedModel, direction: Direction | None
) -> float:
    """Return by how much scores of what the original makes of the texts differ, at most.

    Raises:
        ModelError: One of the two cannot be loaded.
    """
    with contextlib.closing(load_model(in_float32(original), _runtime())) as loaded:
        sources = _sources(loaded, model.spec, direction)
        found = translate_texts(sources, model=loaded, direction=direction, options=_GREEDY)
        texts = [hypotheses[0].text for hypotheses in found]
        expected = loaded.score(sources, texts, direction)
    with contextlib.closing(load_model(in_float32(model), _runtime())) as loaded:
        return _worst(expected, loaded.score(sources, texts, direction))


def in_float32(model: ResolvedModel) -> ResolvedModel:
    """Return the model computed in float32, as it is where that does not fit into the memory."""
    needed = peak_estimate_bytes(model, num_workers=1)
    if model.folder is not None and (model.folder / "model.bin").is_file():
        needed += 3 * (model.folder / "model.bin").stat().st_size  # stored in int8
    if needed > available_bytes():
        return model
    return replace(model, spec=replace(model.spec, compute_type="float32"))


def _sources(loaded: SequenceModel, spec: ModelSpec, direction: Direction | None) -> list[str]:
    limit = spec.max_source_tokens
    texts = canary_texts(direction)
    return [text for text in texts if len(loaded.encode(text, direction)) <= limit]


def _worst(some: Sequence[float], others: Sequence[float]) -> float:
    """Return the largest difference; of what is no number that is no number either."""
    differences = [abs(one - other) for one, other in zip(some, others, strict=True)]
    return math.nan if any(map(math.isnan, differences)) else max(differences, default=0.0)


def _require_same(model: ResolvedModel, known: Outputs, scores: Sequence[float]) -> None:
    compute_type = resolve_compute_type(model.spec, _runtime())
    is_plain = {compute_type, known.compute_type} == {"float32"}
    tolerance = _TOLERANCE if is_plain else _INT8_TOLERANCE
    worst = _worst(known.scores, scores)
    if not worst <= tolerance:
        raise ModelError(
            f"model {model.spec.name} is not on this machine what it was where models.lock was"
            f" written: scores of fixed texts differ by up to {worst:.3g}, rounding gives"
            f" {tolerance:g} at most. Its files are the same, so it is a library or the processor:"
            " install the versions of constraints.txt, or run `seedsum models pull --update` to"
            " take it as it is now"
        )


def _asked_sha256(spec: ModelSpec, direction: Direction | None) -> str:
    parts = {
        "texts": canary_texts(direction),
        "direction": str(direction),
        "tokenizer": dataclasses.asdict(spec.tokenizer),
        "languages": spec.language_codes,
        "max_source_tokens": spec.max_source_tokens,
    }
    return sha256_bytes(json.dumps(parts, sort_keys=True, ensure_ascii=False).encode())


def _runtime() -> Runtime:
    threads = int(os.environ.get("OMP_NUM_THREADS") or len(os.sched_getaffinity(0)))
    return Runtime(device="cpu", num_workers=1, threads_per_worker=threads)
