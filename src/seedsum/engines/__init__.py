"""Engines: what runs a model. One file per engine, chosen by name from a dict of lazy loaders.

The seam is the Protocol below: translation and abstractive summaries both use it, so an engine is
written once. Importing this module imports no engine; `load_model` imports just the one it needs.
Neighbours: `translation` and `summarisation` call a loaded model; `pipeline` loads and closes it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from importlib import import_module
from typing import Protocol, cast

from seedsum.errors import ModelError
from seedsum.records import DecodingOptions, Direction, Hypothesis, ResolvedModel, Runtime


class SequenceModel(Protocol):
    """A loaded sequence-to-sequence model (translation or abstractive summary)."""

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

        `options.num_hypotheses` are given for each input. An empty batch gives an empty list.

        Raises:
            ModelError: An input is over the model's limit; nothing is ever truncated.
        """
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
