"""Engines: what runs a model. One module for each, named in a table that says what it can do.

A loaded model works on tokens (`SequenceModel`) or on texts (`Translator`).
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from importlib import import_module
from itertools import pairwise
from typing import Literal, Protocol, runtime_checkable

from seedsum import plugins
from seedsum.errors import ConfigError, ModelError, UnsoundModelError
from seedsum.records import (
    DecodingOptions,
    Direction,
    Hypothesis,
    ModelSpec,
    ResolvedModel,
    Runtime,
)


@runtime_checkable
class Translator(Protocol):
    """A model that takes texts and gives texts; it may translate, or write summaries."""

    def translate(
        self, texts: Sequence[str], direction: Direction | None, options: DecodingOptions
    ) -> list[tuple[Hypothesis, ...]]:
        """Return the hypotheses of each text, best first, in the order of the texts.

        `direction` is None for a summary model. There may be fewer than `options.num_hypotheses`
        of a text, but not none. Nothing is ever truncated.
        """

    def close(self) -> None:
        """Free what the model holds; it cannot be used again."""


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What stands around a text in its document, nearest to it at the inner ends."""

    before: tuple[str, ...] = ()  # sentences before it, in the order of the document
    after: tuple[str, ...] = ()
    paragraph_before: tuple[str, ...] = ()  # those of its own paragraph, all of them
    paragraph_after: tuple[str, ...] = ()


#: Most sentences that `Surroundings` have on either side.
MAX_AROUND = 8


@runtime_checkable
class ContextTranslator(Translator, Protocol):
    """A `Translator` that reads what stands around a text, and bounds by itself how long it takes.

    Others are given the texts alone.
    """

    batch_size: int  # texts that it is given at once

    def in_context(self, text: str, around: Surroundings | None) -> tuple[str, ...]:
        """Return the text, and after it whatever else decides its translation, as texts."""

    def translate_in_context(
        self,
        inputs: Sequence[tuple[str, ...]],
        direction: Direction | None,
        options: DecodingOptions,
    ) -> list[tuple[Hypothesis, ...]]:
        """Return the hypotheses of each input, which `in_context` made; as `translate`."""


@runtime_checkable
class Counting(Protocol):
    """What a model may be too: one that counts what it does."""

    def take_counts(self) -> dict[str, int]:
        """Return numbers since the last call, by the fields of `engines.usage.Usage`."""


class SequenceModel(Protocol):
    """A loaded sequence-to-sequence model (translation or abstractive summary)."""

    # Padded source tokens, times the hypotheses of the beam for each, that it decodes in one batch.
    max_batch_tokens: int

    def encode(self, text: str, direction: Direction | None) -> tuple[str, ...]:
        """Return the model's input tokens, special and language tokens included.

        White space is collapsed and the text brought into the Unicode form that the model was
        trained on. `direction` is None for a summary model. Never truncates.
        """

    def decode_batches(
        self,
        batches: Iterable[Sequence[tuple[str, ...]]],
        direction: Direction | None,
        options: DecodingOptions,
    ) -> Iterator[list[tuple[Hypothesis, ...]]]:
        """Yield, for each batch in order, the hypotheses of each input (best first).

        `options.num_hypotheses` are given for each input. An empty batch gives an empty list. A
        score that the options would distort is None.

        Raises:
            ModelError: An input is over the model's limit; nothing is ever truncated.
        """

    def score(
        self, sources: Sequence[str], translations: Sequence[str], direction: Direction | None
    ) -> list[float]:
        """Return the mean log-probability per target token of each translation of each source.

        The end of sentence counts as one token, a forced language token does not. Called only of an
        engine that `can_score`.

        Raises:
            ModelError: A source is over the model's limit.
        """

    def close(self) -> None:
        """Free the model's memory; the model cannot be used again."""


@dataclass(frozen=True, slots=True)
class Contrast:
    """One translation that is scored given each of several sources."""

    sources: tuple[str, ...]
    parts: tuple[str, ...]  # of the translation, in order; each begins at a word


#: Log-probabilities of the tokens of each part; the last one's end with that of the end of
#: sentence.
PartScores = tuple[tuple[float, ...], ...]


@runtime_checkable
class TokenScorer(Protocol):
    """What a `SequenceModel` may be too: one that says how likely each token of a text is."""

    def score_tokens(
        self, contrasts: Sequence[Contrast], direction: Direction | None
    ) -> list[list[PartScores]]:
        """Return the token scores of each contrast, given each of its sources.

        They depend on nothing but the contrast.

        Raises:
            ModelError: A source is over the model's limit.
        """


# The table


@dataclass(frozen=True, slots=True)
class Engine:
    """One line of the table: what an engine is called and what it can do."""

    name: str  # as `engine` in models.toml has it
    # Has `load(model: ResolvedModel, runtime: Runtime)`, which returns a `SequenceModel` of an
    # engine that works on tokens, a `Translator` of one that works on texts.
    module: str
    # Of a model's files (`format` in models.toml) those that it runs, directly or converted; none
    # of an engine that needs no files.
    formats: tuple[str, ...] = ()
    compute_types: tuple[str, ...] = ()  # what `compute_type` in models.toml may be, beside `auto`
    # What `auto` means, by device; nothing where it computes in none.
    default_compute_types: Mapping[str, str] = field(default_factory=dict)
    level: Literal["token", "text"] = "token"
    can_score: bool = False
    has_workers: bool = False  # whether it decodes `Runtime.num_workers` batches at the same time
    base_bytes: int = 100_000_000  # memory of its libraries, the tokenizer and buffers
    # Its models run on a server: the module has `identify(spec)` too, which returns the server's
    # fingerprint of a model, or the empty text.
    is_remote: bool = False


_OURS = (
    Engine(
        name="ctranslate2",
        module="seedsum.engines.ctranslate2",
        formats=("ctranslate2", "transformers"),
        compute_types=(
            "int8", "int8_float32", "int8_float16", "int8_bfloat16",
            "int16", "float16", "bfloat16", "float32",
        ),
        default_compute_types={"cpu": "int8_float32", "cuda": "float16"},
        can_score=True,
        has_workers=True,
    ),
    Engine(
        name="transformers",
        module="seedsum.engines.transformers",
        formats=("transformers",),
        compute_types=("float32", "float16", "bfloat16"),
        default_compute_types={"cpu": "float32", "cuda": "float16"},
        can_score=True,
        base_bytes=500_000_000,
    ),
    Engine(name="chat", module="seedsum.engines.chat", level="text", is_remote=True),
)  # fmt: skip


@cache
def engines() -> dict[str, Engine]:
    """Return the engines by name: ours, and what other packages add as `seedsum.engines`.

    Raises:
        ConfigError: What a package adds is no engine, or has the name of one of ours.
    """
    table = {engine.name: engine for engine in _OURS}
    for name, engine in plugins.load("seedsum.engines").items():
        if name in table or not isinstance(engine, Engine) or engine.name != name:
            raise ConfigError(
                f"the entry point {name!r} of seedsum.engines must lead to an Engine of that name,"
                f" which is none of ours ({', '.join(sorted(table))}); remove the package that adds"
                " it, or install another version of it"
            )
        table[name] = engine
    return table


def needs_files(spec: ModelSpec) -> bool:
    """Return whether a model has files: not without an engine, nor where its engine needs none."""
    engine = engines().get(spec.engine)
    return engine is not None and bool(engine.formats)


def is_remote(spec: ModelSpec) -> bool:
    """Return whether a model runs on a server."""
    engine = engines().get(spec.engine)
    return engine is not None and engine.is_remote


def identify(spec: ModelSpec) -> str:
    """Return what the server of a remote model says that it is, after asking it something.

    Raises:
        ModelError: The server does not answer, or not as it should.
    """
    found: str = import_module(engines()[spec.engine].module).identify(spec)
    return found


def load(model: ResolvedModel, runtime: Runtime) -> SequenceModel | Translator:
    """Load a model into memory with the engine that its spec names.

    Raises:
        ModelError: The engine is unknown, or the files cannot be loaded.
    """
    engine = engines().get(model.spec.engine)
    if engine is None:
        known = ", ".join(sorted(engines()))
        raise ModelError(
            f"model {model.spec.name}: engine {model.spec.engine!r} loads no model (known: {known})"
        )
    loaded: SequenceModel | Translator = import_module(engine.module).load(model, runtime)
    return loaded


def load_model(model: ResolvedModel, runtime: Runtime) -> SequenceModel:
    """Load a model that works on tokens; see `load`.

    Raises:
        ModelError: Its engine is unknown or works on texts, or the files cannot be loaded.
    """
    loaded = load(model, runtime)
    if isinstance(loaded, Translator):
        raise ModelError(f"model {model.spec.name}: {model.spec.engine} does not work on tokens")
    return loaded


def resolve_compute_type(spec: ModelSpec, runtime: Runtime) -> str:
    """Return the type the model will compute in, without loading it: it goes into provenance.

    Without an engine, or with one that does not compute here, that is the empty text.
    """
    engine = engines().get(spec.engine)
    if engine is None or not engine.default_compute_types:
        return ""
    if spec.compute_type == "auto":
        return engine.default_compute_types[runtime.device]
    return spec.compute_type


def usable_compute_type(spec: ModelSpec, runtime: Runtime, known: Iterable[str]) -> str:
    """Return the type to compute in; ModelError where it is none of those known."""
    compute_type = resolve_compute_type(spec, runtime)
    if compute_type not in known:
        raise ModelError(
            f"model {spec.name}: {spec.engine} on this machine's {runtime.device} cannot compute in"
            f" {compute_type} (it can in {', '.join(sorted(known))});"
            " set compute_type in models.toml"
        )
    return compute_type


def check_inputs(spec: ModelSpec, inputs: Iterable[Sequence[str]]) -> None:
    """Raise ModelError where an input is over the model's limit: nothing is ever truncated."""
    for tokens in inputs:
        if len(tokens) > spec.max_source_tokens:
            raise ModelError(
                f"model {spec.name}: an input has {len(tokens)} tokens, over max_source_tokens = "
                f"{spec.max_source_tokens}; it has to be split first (it begins "
                f"{' '.join(tokens[:8])!r})"
            )


def in_parts(log_probs: Sequence[float], lengths: Sequence[int]) -> PartScores:
    """Return token scores cut into parts of these lengths; the last has the end of sentence too."""
    starts = [sum(lengths[:number]) for number in range(len(lengths))]
    return tuple(tuple(log_probs[start:end]) for start, end in pairwise([*starts, len(log_probs)]))


def mean_score(spec: ModelSpec, total: float, num_tokens: int) -> float:
    """Return the mean of so many log-probabilities by their sum, 0 at most; of none, 0.

    Raises:
        UnsoundModelError: It is no number, as weights that are damaged give.
    """
    mean = total / max(num_tokens, 1)
    if math.isnan(mean):
        error = UnsoundModelError(
            f"model {spec.name}: its scores are no numbers, so that its weights are damaged; tell"
            " its publisher, and set another revision in models.toml"
        )
        error.model = spec.name
        raise error
    return min(mean, 0.0)


def check_options(options: DecodingOptions) -> None:
    """Raise ConfigError where decoding options contradict each other."""
    for smaller, larger in (
        ("num_hypotheses", "beam_size"),
        ("min_target_tokens", "max_target_tokens"),
    ):
        less, more = getattr(options, smaller), getattr(options, larger)
        if less > more:
            raise ConfigError(f"{smaller} = {less} is more than {larger} = {more}")
