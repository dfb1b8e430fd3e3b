"""Transformers weights -> CTranslate2's form, and the canary that decides whether it is used.

The converter is wrong for some models without an error, so fixed texts go through both engines.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Sequence
from dataclasses import replace
from importlib.metadata import version
from pathlib import Path
from typing import Any

from seedsum.engines.memory import available_bytes, conversion_estimate_bytes
from seedsum.engines.weights import load_whole
from seedsum.errors import ModelError
from seedsum.models import storage
from seedsum.models.canary import decode
from seedsum.models.listener import Listener
from seedsum.models.lock import CanaryResult, Conversion
from seedsum.records import Direction, Hypothesis, ModelSpec, ResolvedModel

#: Largest difference of a score (mean log-probability) that is rounding. Measured on small models
#: with 48 tokens: M2M100, NLLB and mBART 4e-5, Marian and BART 5e-4, T5 2.5e-3; T5 v1.1, converted
#: wrongly but with the same words, 3.2.
SCORE_TOLERANCE = 1e-2

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
    refusal by these versions of the converter, are left as they are, if the weights that they come
    from are known to be whole.

    Raises:
        ModelError: transformers cannot load the snapshot itself, its weights are not whole, or
            memory or disk are too small.
    """
    if known and known.whole and known.quantization == quantization:
        if known.refused and known.converter == _converter():
            return known
        if known.files and target.is_dir() and not storage.differences(target, known.files):
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
        canary, refused = _write_compared(spec, snapshot, building, quantization, direction)
        shutil.rmtree(target, ignore_errors=True)
        if refused:
            reason = f"{spec.name} runs on transformers: {refused}"
            return Conversion(quantization, _converter(), canary=canary, refused=reason, whole=True)
        (building / quantization).rename(target)
        files = storage.record_files(target)
        return Conversion(quantization, _converter(), files, canary, whole=True)
    except OSError as error:
        raise ModelError(
            f"model {spec.name}: its CTranslate2 form cannot be written to {target.parent}"
            f" ({error}). Free some space, or set SEEDSUM_HOME to a folder on another disk; the"
            " same command goes on from here"
        ) from error
    finally:
        shutil.rmtree(building, ignore_errors=True)


def _write_compared(
    spec: ModelSpec, snapshot: Path, building: Path, quantization: str, direction: Direction | None
) -> tuple[CanaryResult | None, str]:
    def decoded(engine: str, folder: Path, compute_type: str = "float32") -> list[Hypothesis]:
        used = replace(spec, engine=engine, format=engine, compute_type=compute_type)
        return decode(ResolvedModel(used, folder, "canary", weights_sha256=""), direction)

    expected = decoded("transformers", snapshot)
    plain = building / "float32"
    try:
        _write(spec, snapshot, plain, "float32")
        found = decoded("ctranslate2", plain)
    except (OSError, ModelError):
        raise
    except Exception as error:  # whatever the converter makes of an architecture it does not know
        # torch and CTranslate2 say that they cannot allocate.
        if isinstance(error, MemoryError) or "alloc" in str(error).lower():
            raise ModelError(
                f"model {spec.name}: not enough memory to convert it ({error}); close other"
                " programs, or pull it on a larger machine"
            ) from error
        return None, f"CTranslate2 cannot convert it ({error})"
    differences = [
        abs((a.score or 0.0) - (b.score or 0.0)) for a, b in zip(expected, found, strict=True)
    ]
    canary = CanaryResult(
        num_texts=len(expected),
        num_identical=_num_identical(expected, found),
        worst_score_difference=round(max(differences, default=0), 6),
    )
    if canary.num_identical < canary.num_texts or canary.worst_score_difference > SCORE_TOLERANCE:
        return canary, (
            f"its CTranslate2 form differs from the original: {canary.num_identical} of"
            f" {canary.num_texts} hypotheses are the same, scores differ by up to"
            f" {canary.worst_score_difference:.3g}"
        )
    quantized = found
    if quantization != "float32":
        _write(spec, snapshot, building / quantization, quantization)
        # A CPU may not compute in float16 and the like.
        computed = "int8" if quantization.startswith("int8") else "float32"
        quantized = decoded("ctranslate2", building / quantization, computed)
    return replace(canary, num_identical_quantized=_num_identical(found, quantized)), ""


def _num_identical(some: Sequence[Hypothesis], others: Sequence[Hypothesis]) -> int:
    return sum(one.text == other.text for one, other in zip(some, others, strict=True))


def _write(spec: ModelSpec, snapshot: Path, folder: Path, quantization: str) -> None:
    from ctranslate2.converters import TransformersConverter

    class Whole(TransformersConverter):  # type: ignore[misc]
        """The converter, of a model that is loaded whole."""

        def load_model(self, model_class: Any, _: str, **options: Any) -> Any:
            return load_whole(spec, snapshot, model_class, **options)

    folder.parent.mkdir(parents=True, exist_ok=True)
    Whole(str(snapshot), low_cpu_mem_usage=True).convert(str(folder), quantization=quantization)
    for file in sorted(snapshot.glob("[!.]*")):
        if file.is_file() and file.name not in _NOT_COPIED and file.suffix != ".safetensors":
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
