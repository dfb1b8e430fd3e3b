"""Transformers weights -> CTranslate2's form, and the canary that decides whether it is used.

The converter is given a local snapshot, since it hands `revision` on to the weights only: from a
folder, weights, configuration and tokenizer agree. It is wrong for some models without an error
(T5 v1.1 under transformers 5), so fixed texts go through both engines afterwards.
"""

from __future__ import annotations

import contextlib
import io
import json
import os
import shutil
from collections.abc import Sequence
from dataclasses import replace
from importlib.metadata import version
from pathlib import Path

from seedsum import languages
from seedsum.engines import load_model
from seedsum.engines.batches import translate_texts
from seedsum.engines.memory import available_bytes, conversion_estimate_bytes
from seedsum.errors import ModelError
from seedsum.models import storage
from seedsum.models.listener import Listener
from seedsum.models.lock import CanaryResult, Conversion
from seedsum.records import (
    DecodingOptions,
    Direction,
    Hypothesis,
    ModelSpec,
    ResolvedModel,
    Runtime,
)

#: Largest difference of a score (mean log-probability) that is rounding. Measured on small models
#: with 48 tokens: M2M100, NLLB and mBART 4e-5, Marian and BART 5e-4, T5 2.5e-3; T5 v1.1, converted
#: wrongly but with the same words, 3.2.
SCORE_TOLERANCE = 1e-2

# Nothing is forbidden: CTranslate2 shares the probability of forbidden tokens out among the others,
# transformers does not, and that is not what is compared here.
_GREEDY = DecodingOptions(beam_size=1, max_target_tokens=48, min_target_tokens=0, disable_unk=False)

#: What the converter raises for an architecture or an option that it does not know, and our engine
#: for a form that CTranslate2 cannot load.
_CONVERTER_ERRORS = (
    ValueError,
    NotImplementedError,
    KeyError,
    AttributeError,
    TypeError,
    RuntimeError,
    ModelError,
)

#: What the converted folder does not get: weights, and configurations that CTranslate2 replaces.
_NOT_COPIED = frozenset({"config.json", "generation_config.json", "model.safetensors.index.json"})


def convert(
    spec: ModelSpec,
    snapshot: Path,
    target: Path,
    *,
    quantization: str,
    direction: Direction | None,
    known: Conversion | None = None,
    listener: Listener,
) -> Conversion:
    """Make CTranslate2's form of a snapshot in `target`, or say why it is not to be used.

    The folder appears whole or not at all. A form that is there as `known` describes it, and a
    refusal by these versions of the converter, are left as they are.

    Raises:
        ModelError: transformers cannot load the snapshot itself, or memory or disk are too small.
    """
    if (
        known is not None
        and known.quantization == quantization
        and (
            (known.refused and known.converter == _converter())
            or (known.files and target.is_dir() and not storage.differences(target, known.files))
        )
    ):
        return known
    needed, available = conversion_estimate_bytes(snapshot), available_bytes()
    if needed > available:
        raise ModelError(
            f"model {spec.name}: its conversion needs about {needed / 1e9:.1f} GB of memory,"
            f" {available / 1e9:.1f} GB are available; close other programs, or pull it on a larger"
            " machine and copy seedsum's cache folder and models.lock"
        )
    listener.message(
        f"{spec.name}: converting for CTranslate2 ({quantization}), and comparing the two"
    )
    building = target.with_name(f".{target.name}.building")
    shutil.rmtree(building, ignore_errors=True)
    try:
        return _convert(spec, snapshot, target, building, quantization, direction)
    except OSError as error:
        raise ModelError(
            f"model {spec.name}: its CTranslate2 form cannot be written to {target.parent}"
            f" ({error}). Free some space, or set SEEDSUM_HOME to a folder on another disk; the"
            " same command goes on from here"
        ) from error
    finally:
        shutil.rmtree(building, ignore_errors=True)


def canary_texts(direction: Direction | None) -> tuple[str, ...]:
    """Return the fixed texts for a model: in its source language, the target's for a summary.

    A language without texts gets all of them: to compare two engines, any text will do.
    """
    language = languages.get(direction.source if direction else languages.TARGET_LANGUAGE)
    every = tuple(text for _, known in sorted(languages.LANGUAGES.items()) for text in known.canary)
    return language.canary or every


def _convert(
    spec: ModelSpec,
    snapshot: Path,
    target: Path,
    building: Path,
    quantization: str,
    direction: Direction | None,
) -> Conversion:
    plain = building / "float32"
    texts = canary_texts(direction)
    canary = None
    expected = _decode(_resolved(spec, "transformers", snapshot), texts, direction)
    try:
        _write(snapshot, plain, "float32")
        found = _decode(_resolved(spec, "ctranslate2", plain), texts, direction)
    except _CONVERTER_ERRORS as error:
        if "alloc" in str(error).lower():  # torch's and CTranslate2's words for too little memory
            raise ModelError(
                f"model {spec.name}: not enough memory to convert it ({error}); close other"
                " programs, or pull it on a larger machine"
            ) from error
        refused = f"CTranslate2 cannot convert it ({error})"
    else:
        canary = _compare(expected, found)
        refused = _why_refused(canary)
    if canary is None or refused:
        shutil.rmtree(target, ignore_errors=True)
        return Conversion(
            quantization=quantization,
            converter=_converter(),
            canary=canary,
            refused=f"{spec.name} runs on transformers: {refused}",
        )
    stored = plain
    if quantization != "float32":
        stored = building / quantization
        _write(snapshot, stored, quantization)
        quantized = _resolved(spec, "ctranslate2", stored)
        if quantization.startswith("int8"):  # a CPU may not compute in the others
            quantized = replace(quantized, spec=replace(quantized.spec, compute_type="int8"))
        same = _compare(found, _decode(quantized, texts, direction)).num_identical
        canary = replace(canary, num_identical_quantized=same)
    shutil.rmtree(target, ignore_errors=True)
    target.parent.mkdir(parents=True, exist_ok=True)
    stored.rename(target)
    return Conversion(
        quantization=quantization,
        converter=_converter(),
        files=storage.record_files(target),
        canary=canary,
    )


def _compare(expected: Sequence[Hypothesis], found: Sequence[Hypothesis]) -> CanaryResult:
    pairs = list(zip(expected, found, strict=True))
    return CanaryResult(
        num_texts=len(pairs),
        num_identical=sum(a.text == b.text for a, b in pairs),
        worst_score_difference=round(
            max((abs((a.score or 0.0) - (b.score or 0.0)) for a, b in pairs), default=0), 6
        ),
    )


def _why_refused(canary: CanaryResult) -> str:
    """Return what differs, empty where the two forms are the same model."""
    if (
        canary.num_identical == canary.num_texts
        and canary.worst_score_difference <= SCORE_TOLERANCE
    ):
        return ""
    return (
        f"its CTranslate2 form differs from the original: {canary.num_identical} of"
        f" {canary.num_texts} hypotheses are the same, scores differ by up to"
        f" {canary.worst_score_difference:.3g}"
    )


def _write(snapshot: Path, folder: Path, quantization: str) -> None:
    """Write CTranslate2's form of the snapshot with the tokenizer's files beside it."""
    from ctranslate2.converters import TransformersConverter

    folder.parent.mkdir(parents=True, exist_ok=True)
    # transformers draws a bar for the weights; standard error belongs to our own progress.
    with contextlib.redirect_stderr(io.StringIO()):
        TransformersConverter(str(snapshot), low_cpu_mem_usage=True).convert(
            str(folder), quantization=quantization
        )
    for file in sorted(snapshot.iterdir()):
        if (
            file.is_file()
            and not file.name.startswith(".")
            and file.name not in _NOT_COPIED
            and file.suffix != ".safetensors"
        ):
            shutil.copyfile(file, folder / file.name)
    _name_tokenizer_class(snapshot, folder)


def _name_tokenizer_class(snapshot: Path, folder: Path) -> None:
    """Write the tokenizer's class into its configuration where only config.json tells it.

    Older repositories leave that to config.json, which in the converted folder is CTranslate2's.
    """
    from transformers import AutoTokenizer

    path = folder / "tokenizer_config.json"
    table = json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}
    if "tokenizer_class" not in table:
        tokenizer = AutoTokenizer.from_pretrained(str(snapshot), local_files_only=True)
        table["tokenizer_class"] = type(tokenizer).__name__
        path.write_text(json.dumps(table, ensure_ascii=False, indent=1, sort_keys=True) + "\n")


def _converter() -> str:
    return f"ctranslate2 {version('ctranslate2')}, transformers {version('transformers')}"


def _resolved(spec: ModelSpec, engine: str, folder: Path) -> ResolvedModel:
    """Return the record with which an engine loads the folder in float32."""
    return ResolvedModel(
        spec=replace(spec, engine=engine, format=engine, compute_type="float32"),
        folder=folder,
        revision="canary",
        weights_sha256="",
    )


def _decode(
    model: ResolvedModel, texts: Sequence[str], direction: Direction | None
) -> list[Hypothesis]:
    threads = int(os.environ.get("OMP_NUM_THREADS") or len(os.sched_getaffinity(0)))
    loaded = load_model(model, Runtime(device="cpu", num_workers=1, threads_per_worker=threads))
    try:
        # A model of very short inputs is compared on the texts that fit.
        limit = model.spec.max_source_tokens
        fitting = [text for text in texts if len(loaded.encode(text, direction)) <= limit]
        found = translate_texts(fitting, model=loaded, direction=direction, options=_GREEDY)
        return [hypotheses[0] for hypotheses in found]
    finally:
        loaded.close()
