"""Engines: what runs a model. One module for each, named in a table that says what it can do.

Importing this imports no engine; `load_model` imports just the one that it needs.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from importlib import import_module

from seedsum.engines.protocols import SequenceModel, Translator
from seedsum.engines.table import Engine, engines
from seedsum.errors import ConfigError, ModelError
from seedsum.records import DecodingOptions, ModelSpec, ResolvedModel, Runtime

__all__ = [
    "Engine",
    "SequenceModel",
    "Translator",
    "check_inputs",
    "check_options",
    "load",
    "load_model",
    "needs_files",
    "resolve_compute_type",
]


def needs_files(spec: ModelSpec) -> bool:
    """Return whether a model has files: not without an engine, nor where its engine needs none."""
    engine = engines().get(spec.engine)
    return engine is not None and bool(engine.formats)


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


def check_inputs(spec: ModelSpec, inputs: Iterable[Sequence[str]]) -> None:
    """Raise ModelError where an input is over the model's limit: nothing is ever truncated."""
    for tokens in inputs:
        if len(tokens) > spec.max_source_tokens:
            raise ModelError(
                f"model {spec.name}: an input has {len(tokens)} tokens, over max_source_tokens = "
                f"{spec.max_source_tokens}; it has to be split first (it begins "
                f"{' '.join(tokens[:8])!r})"
            )


def check_options(options: DecodingOptions) -> None:
    """Raise ConfigError where decoding options contradict each other."""
    for smaller, larger in (
        ("num_hypotheses", "beam_size"),
        ("min_target_tokens", "max_target_tokens"),
    ):
        less, more = getattr(options, smaller), getattr(options, larger)
        if less > more:
            raise ConfigError(f"{smaller} = {less} is more than {larger} = {more}")
