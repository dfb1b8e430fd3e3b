"""The models in memory: loaded on first use, one after another where they do not fit together.

Neighbours: `hub` says what is on disk and how much memory it takes, `engines` load it, `window`
uses what is loaded.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import TracebackType
from typing import Self

from seedsum import hub
from seedsum.engines import SequenceModel, load_model
from seedsum.errors import ModelError
from seedsum.records import ResolvedModel, Runtime


class LoadedModels:
    """Loaded models by name; a context manager that frees them all at its end."""

    def __init__(
        self,
        models: Mapping[str, ResolvedModel],
        *,
        runtime: Runtime,
        on_load: Callable[[str], None],
    ) -> None:
        """Load nothing yet; `on_load` is told of every loading, with the memory it will take."""
        self._models = models
        self._runtime = runtime
        self._on_load = on_load
        self._loaded: dict[str, SequenceModel] = {}

    def get(self, name: str) -> SequenceModel:
        """Return the model, loading it if it is not in memory.

        Models that are in memory and do not leave room for it are freed first.

        Raises:
            ModelError: It does not fit into this machine's memory, even alone, or cannot be loaded.
        """
        if name in self._loaded:
            return self._loaded[name]
        model = self._models[name]
        needed = hub.peak_estimate_bytes(model)
        while self._loaded and needed > hub.available_bytes():
            self._loaded.pop(next(iter(self._loaded))).close()
        if needed > (available := hub.available_bytes()):
            raise ModelError(
                f"model {name} needs about {needed / 1e9:.1f} GB of memory,"
                f" {available / 1e9:.1f} GB are available; close other programs or choose a"
                " smaller profile with --profile"
            )
        hub.check_before_run(model)
        self._on_load(
            f"loading {name} ({model.spec.engine}, about {needed / 1e6:.0f} MB of memory)"
        )
        self._loaded[name] = load_model(model, self._runtime)
        return self._loaded[name]

    def __enter__(self) -> Self:
        """Return itself."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Free every model."""
        for model in self._loaded.values():
            model.close()
        self._loaded.clear()
