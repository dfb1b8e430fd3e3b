"""The models in memory: loaded on first use, one after another where they do not fit together.

Several threads may use them, also the same one. A model is loaded while others are used.
"""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Self

from seedsum.engines import engines, load
from seedsum.engines.batches import LoadedModel, signs_of_life
from seedsum.engines.cache import DecodingCache, fingerprint
from seedsum.engines.memory import available_bytes, fitting_runtime, peak_estimate_bytes
from seedsum.engines.usage import Meter
from seedsum.errors import ModelError, UnsoundModelError
from seedsum.records import ResolvedModel, Runtime


class LoadedModels:
    """Loaded models by name; a context manager that frees them all at its end."""

    def __init__(
        self,
        models: Mapping[str, ResolvedModel],
        *,
        runtime: Runtime,
        on_load: Callable[[str], None],  # told of every loading, with the memory it will take
        # Called from any thread, after every batch, and every second while a model is loaded.
        on_alive: Callable[[], None] = lambda: None,
        # Called before a model is loaded; raises where its files are not as pinned.
        check_files: Callable[[ResolvedModel], object] = lambda model: None,
        cache: DecodingCache | None = None,
    ) -> None:
        self._models = models
        self._runtime = runtime
        self._on_load = on_load
        self._on_alive = on_alive
        self._check_files = check_files
        self._cache = cache
        self.meter = Meter()
        #: The one used last is at the end.
        self._loaded: dict[str, LoadedModel] = {}
        #: Memory that those take which are being loaded.
        self._loading: dict[str, int] = {}
        self._num_users: Counter[str] = Counter()
        self._changed = threading.Condition()

    @contextmanager
    def use(self, name: str) -> Iterator[LoadedModel]:
        """Yield the model, loaded if it is not in memory; it stays there at least for the body.

        Models that nobody uses and that do not leave room for it are freed first, of several the
        one used last: work needs the models in turn, so that it is needed again last. While others
        use such models, this waits. So the body must not use a second model, and should do with
        the first all that there is to do.

        Raises:
            ModelError: It does not fit into this machine's memory, even alone, or cannot be loaded.
        """
        model = self._acquired(name)
        try:
            yield model
        finally:
            with self._changed:
                self._num_users[name] -= 1
                self._changed.notify_all()

    def _acquired(self, name: str) -> LoadedModel:
        with self._changed:
            while name not in self._loaded:
                if name not in self._loading and self._makes_room(name):
                    break
                self._changed.wait()
            else:
                self._num_users[name] += 1
                self._loaded[name] = self._loaded.pop(name)
                return self._loaded[name]
        try:
            model = self._load(self._models[name])
            with self._changed:
                self._num_users[name] += 1
                self._loaded[name] = model
            return model
        finally:
            with self._changed:
                del self._loading[name]
                self._changed.notify_all()

    def _makes_room(self, name: str) -> bool:
        """Return whether there is room for a model, which is then kept for it; may free others."""
        needed = peak_estimate_bytes(self._models[name], num_workers=self._runtime.num_workers)
        while (self._loaded or self._loading) and (
            needed + sum(self._loading.values()) > available_bytes()
        ):
            unused = [other for other in self._loaded if not self._num_users[other]]
            if not unused:
                return False
            self._loaded.pop(unused[-1]).close()
        self._loading[name] = needed
        return True

    def _load(self, model: ResolvedModel) -> LoadedModel:
        with signs_of_life(self._on_alive), self.meter.measure("seconds_loading"):
            name = model.spec.name
            runtime = fitting_runtime(model, self._runtime)
            needed = peak_estimate_bytes(model, num_workers=runtime.num_workers)
            if needed > (available := available_bytes()):
                raise ModelError(
                    f"model {name} needs about {needed / 1e9:.1f} GB of memory,"
                    f" {available / 1e9:.1f} GB are available; close other programs or choose a"
                    " smaller profile with --profile"
                )
            self._check_files(model)
            if address := model.spec.chat.address:
                self._on_load(f"asking {name} at {address}")
            else:
                self._on_load(
                    f"loading {name} ({model.spec.engine}, about {needed / 1e6:.0f} MB of memory)"
                )
            try:
                loaded = load(model, runtime)
            except UnsoundModelError as error:
                error.model = name
                raise
            return LoadedModel(
                loaded,
                cache=self._cache,
                fingerprint=fingerprint(model, runtime),
                meter=self.meter,
                on_alive=self._on_alive,
                can_score=engines()[model.spec.engine].can_score,
                max_source_tokens=model.spec.max_source_tokens,
            )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        with self._changed:
            for name, model in self._loaded.items():
                if not self._num_users[name]:
                    model.close()
            self._loaded.clear()
