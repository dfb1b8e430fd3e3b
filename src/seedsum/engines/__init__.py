"""Engines: what runs a model. One file per engine, chosen by name from a dict of lazy loaders.

The seam is the Protocol below: translation and abstractive summaries both use it, so an engine is
written once. Importing this module imports no engine; `load_model` imports just the one it needs.
Neighbours: `translation` and `summarisation` call a loaded model; `pipeline` loads and closes it.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Protocol, cast

from seedsum.errors import ConfigError, ModelError
from seedsum.records import (
    DecodingOptions,
    Direction,
    Hypothesis,
    ModelSpec,
    ResolvedModel,
    Runtime,
)


class SequenceModel(Protocol):
    """A loaded sequence-to-sequence model (translation or abstractive summary).

    Attributes:
        max_batch_tokens: Padded source tokens, times the hypotheses of the beam for each, that it
            decodes fastest in one batch.
    """

    max_batch_tokens: int

    def encode(self, text: str, direction: Direction | None) -> tuple[str, ...]:
        """Return the model's input tokens, special and language tokens included.

        White space is collapsed and the text brought into the Unicode form that the model was
        trained on. `direction` is None for a summary model. Never truncates.
        """
        ...

    def decode_batches(
        self,
        batches: Iterable[Sequence[tuple[str, ...]]],
        direction: Direction | None,
        options: DecodingOptions,
    ) -> Iterator[list[tuple[Hypothesis, ...]]]:
        """Yield, for each batch in order, the hypotheses of each input (best first).

        `options.num_hypotheses` are given for each input. An empty batch gives an empty list. They
        may be `Unscored`, where a score costs something: not all are looked at.

        Raises:
            ModelError: An input is over the model's limit; nothing is ever truncated.
        """
        ...

    def score(
        self,
        inputs: Sequence[tuple[str, ...]],
        hypotheses: Sequence[Hypothesis],
        direction: Direction | None,
    ) -> list[Hypothesis]:
        """Return the hypothesis of each input with its score; one that has it stays as it is."""
        ...

    def close(self) -> None:
        """Free the model's memory; the model cannot be used again."""
        ...


#: Engine name -> module with `load(model: ResolvedModel, runtime: Runtime) -> SequenceModel`.
ENGINES: dict[str, str] = {
    "ctranslate2": "seedsum.engines.ctranslate2",
    "transformers": "seedsum.engines.transformers",
}


def load_model(model: ResolvedModel, runtime: Runtime) -> SequenceModel:
    """Load a model into memory with the engine that its spec names.

    Raises:
        ModelError: The engine is unknown, or the files cannot be loaded.
    """
    try:
        module = import_module(ENGINES[model.spec.engine])
    except KeyError:
        known = ", ".join(sorted(ENGINES))
        raise ModelError(
            f"model {model.spec.name}: engine {model.spec.engine!r} loads no model (known: {known})"
        ) from None
    load = cast(Callable[[ResolvedModel, Runtime], SequenceModel], module.load)
    return load(model, runtime)


def leave_out_torch(models: Iterable[ResolvedModel]) -> None:
    """Let this process be without PyTorch for good, where it runs none of the models.

    CTranslate2's models may need a tokenizer of transformers, which imports PyTorch wherever it is
    installed, and works without. Medians of five: M2M100's tokenizer took 0.74 s and 66 MB
    without, 1.58 s and 248 MB with it.
    """
    if all(model.spec.engine != "transformers" for model in models):
        sys.modules.setdefault("torch", None)  # type: ignore[arg-type]  # 'not to be found'
        os.environ.setdefault("TRANSFORMERS_NO_ADVISORY_WARNINGS", "1")  # it says so otherwise


# --------------------------------------------------------------------------------------------
# Where models run

#: What `compute_type = "auto"` means, by engine and device.
_COMPUTE_TYPES: dict[tuple[str, str], str] = {
    ("ctranslate2", "cpu"): "int8_float32",
    ("ctranslate2", "cuda"): "float16",
    ("transformers", "cpu"): "float32",
    ("transformers", "cuda"): "float16",
}


def resolve_compute_type(spec: ModelSpec, runtime: Runtime) -> str:
    """Return the type the model will compute in, without loading it: it goes into provenance.

    An engine without weights computes in none, which is the empty text.
    """
    if spec.engine not in ENGINES:
        return ""
    if spec.compute_type == "auto":
        return _COMPUTE_TYPES[spec.engine, runtime.device]
    return spec.compute_type


def default_runtime(*, device: str = "auto", num_cores: int | None = None) -> Runtime:
    """Return how to use the machine: a GPU if there is one, else one worker for each core.

    That is before the model is known, which can take too much memory: see `fitting_runtime`.
    `num_cores` defaults to those this process may use.
    """
    if device == "auto":
        device = "cuda" if _has_gpu() else "cpu"
    if device == "cuda":
        return Runtime(device="cuda", num_workers=1, threads_per_worker=1)
    num_cores = num_cores or len(os.sched_getaffinity(0))
    return Runtime(device="cpu", num_workers=num_cores, threads_per_worker=1)


#: Set by who wants another instruction set than `instruction_set` would choose.
INSTRUCTION_SET_VARIABLE = "CT2_FORCE_CPU_ISA"

#: Flags of the processors that CTranslate2 can use AVX-512 on, and of those (Ice Lake, Zen 4 and
#: later) that do not lower their clock for it.
_AVX512_FLAGS = {"avx512f", "avx512cd", "avx512vl", "avx512dq", "avx512bw", "avx512_vbmi2"}


def instruction_set() -> str:
    """Return what CTranslate2 has to compute with on this CPU; empty where it chooses itself.

    It never chooses AVX-512. On a Zen 5, 400 sentences took 1.87 s with it and 2.06 s without
    (starter, beam 4), 11.7 and 12.7 s with a model of opus-mt's size: medians of 4. On a Xeon with
    AMX, 2.29 and 2.50 s, 20.1 and 20.6 s: medians of 3 and 2. Another order of sums is another
    rounding, as with another make of CPU: a quarter of the starter's texts differ, and over NTREX
    its chrF is 46.5 and 46.4 (vi), 32.3 and 32.4 (bn).
    """
    chosen = os.environ.get(INSTRUCTION_SET_VARIABLE, "")
    return chosen or ("AVX512" if cpu_flags() >= _AVX512_FLAGS else "")


@cache
def cpu_flags() -> frozenset[str]:
    """Return what Linux says of the CPU, as in /proc/cpuinfo; nothing elsewhere."""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return frozenset()
    flags = (line for line in lines if line.startswith(("flags", "Features")))
    return frozenset(next(flags, "").partition(":")[2].split())


def _has_gpu() -> bool:
    # Without a driver there is no need for the half second that importing an engine takes.
    if not Path("/proc/driver/nvidia/version").exists():
        return False
    import ctranslate2

    return bool(ctranslate2.get_cuda_device_count())


# --------------------------------------------------------------------------------------------
# What every engine does

#: Inputs that are decoded together are of one class of lengths, this many tokens wide, and are
#: padded to its end: then no input's arithmetic depends on its neighbours. See `length_class_end`.
LENGTH_CLASS_TOKENS = 16

#: Longer inputs (articles to be summarised) are batched with their equals only: one more of them
#: for padding would double the cost, and a batch gains little there.
MAX_CLASSED_TOKENS = 256


def length_class_end(num_tokens: int) -> int:
    """Return the longest length in the class of an input's length.

    A sum over more padding takes another order, and a last bit can flip a rounding to int8. Over
    300 Bengali sentences (starter, int8, beam 4), batches padded to their own longest input gave
    the same texts as other batches, but 3 scores differed, by up to 9e-5 (up to 9e-4 over 240
    others); padded to the end of a class, no score differed in any bit, whatever the batches.
    Batches of equal lengths only would do it too and cost 33%. 1,975 sentences of 200 articles took
    9.72 s without padding, 9.87 s in classes of 16 tokens and 10.16 s in classes of 32; classes of
    8, narrower than a vector register, took 9.53 s, but then 11 scores differed.
    """
    if num_tokens > MAX_CLASSED_TOKENS:
        return num_tokens
    return -(-num_tokens // LENGTH_CLASS_TOKENS) * LENGTH_CLASS_TOKENS


def check_input(spec: ModelSpec, tokens: Sequence[str]) -> None:
    """Raise ModelError where an input is over the model's limit: nothing is ever truncated."""
    if len(tokens) > spec.max_source_tokens:
        raise ModelError(
            f"model {spec.name}: an input has {len(tokens)} tokens, over max_source_tokens = "
            f"{spec.max_source_tokens}; it has to be split first (it begins "
            f"{' '.join(tokens[:8])!r})"
        )


def check_options(options: DecodingOptions) -> None:
    """Raise ConfigError where decoding options contradict each other."""
    if options.num_hypotheses > options.beam_size:
        raise ConfigError(
            f"num_hypotheses = {options.num_hypotheses} is more than beam_size = "
            f"{options.beam_size}; a beam gives no more hypotheses than it is wide"
        )
    if options.min_target_tokens > options.max_target_tokens:
        raise ConfigError(
            f"min_target_tokens = {options.min_target_tokens} is more than max_target_tokens = "
            f"{options.max_target_tokens}"
        )
