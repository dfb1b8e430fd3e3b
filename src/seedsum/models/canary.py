"""Fixed texts through a model: the same on this machine as where it was first pulled.

A conversion is compared with its original (`models.convert`). What that cannot see, since both are
read by the same libraries, and what has no original here, is compared with what the lock recorded.
Where nothing is recorded yet, a model must at least believe more in the right translation of a text
than in that of another.
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
from seedsum.models.vocabulary import vocabulary_size
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

#: Least share of the texts' translations that are likeliest given their own source, of all texts.
#: The starter, which is weak, has eight of eight in either language, as have tiny models that were
#: fitted to the texts; with a vocabulary that is reversed or shuffled they have three at most.
_MIN_TOLD_APART = 0.5
#: Of fewer texts (others are too long for the model) a share says nothing.
_MIN_TEXTS = 6
#: A model with fewer tokens than that spells what it reads, or is one of the tests', which know
#: some sentences and no language: it is not asked.
_MIN_VOCABULARY = 4_000


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
        return _greedy(loaded, _sources(loaded, model.spec, direction), direction)


def outputs(
    model: ResolvedModel, direction: Direction | None, known: Outputs | None
) -> Outputs | None:
    """Return what the model makes of the texts, or what is known of it, where it still does.

    In float32, which is the same on every x86 CPU, if that fits into the memory. None of a model
    that cannot be asked: its engine does not score, or no route uses it.

    Raises:
        ModelError: It cannot be loaded, or its scores are not those that are known.
        UnsoundModelError: Its files are not for each other, or damaged.
    """
    spec = model.spec
    num_tokens = 0
    if spec.engine == "ctranslate2" and model.folder is not None:
        num_tokens = vocabulary_size(spec, model.folder)
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
        texts = tuple(one.text for one in _greedy(loaded, sources, direction))
        scores = loaded.score(sources, texts, direction)
        if not all(map(math.isfinite, scores)) or not any(map(str.strip, texts)):
            raise UnsoundModelError(
                f"model {spec.name} is refused: it makes nothing of fixed texts, so that its"
                " weights are damaged; tell its publisher, and set another revision in models.toml"
            )
        if num_tokens >= _MIN_VOCABULARY and direction is not None:
            _require_sense(loaded, spec, direction)
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
        texts = [one.text for one in _greedy(loaded, sources, direction)]
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


def _greedy(
    loaded: SequenceModel, texts: Sequence[str], direction: Direction | None
) -> list[Hypothesis]:
    found = translate_texts(texts, model=loaded, direction=direction, options=_GREEDY)
    return [hypotheses[0] for hypotheses in found]


def _require_sense(loaded: SequenceModel, spec: ModelSpec, direction: Direction) -> None:
    """Raise an UnsoundModelError where a model does not tell apart what texts say.

    Each translation is scored given each of the sources, so that nothing but the source decides.
    """
    texts = languages.get(direction.source).canary, languages.get(direction.target).canary
    if len(texts[0]) != len(texts[1]):
        return  # not each other's translations
    limit = spec.max_source_tokens
    pairs = [
        (source, translation.split(". ")[0])  # English goes on after the first sentence
        for source, translation in zip(*texts, strict=True)
        if len(loaded.encode(source, direction)) <= limit
    ]
    if len(pairs) < _MIN_TEXTS:
        return
    scores = iter(
        loaded.score(
            [source for _ in pairs for source, _ in pairs],
            [translation for _, translation in pairs for _ in pairs],
            direction,
        )
    )
    given = [[next(scores) for _ in pairs] for _ in pairs]
    num_own = sum(row[number] == max(row) for number, row in enumerate(given))
    if num_own < _MIN_TOLD_APART * len(pairs):
        raise UnsoundModelError(
            f"model {spec.name} is refused: of {len(pairs)} fixed sentences it takes {num_own} for"
            " the source of their own translations, so that its vocabulary, its tokenizer or its"
            " weights are not for each other, or its language_codes in models.toml are wrong"
        )


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
    # `4,2` is for the threads of threads.
    limit = os.environ.get("OMP_NUM_THREADS", "").split(",")[0].strip()
    num_cores = len(os.sched_getaffinity(0))
    threads = int(limit) if limit.isdecimal() and int(limit) else num_cores
    return Runtime(device="cpu", num_workers=1, threads_per_worker=threads)
