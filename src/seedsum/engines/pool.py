"""The models in memory: loaded on first use, one after another where they do not fit together.

Several threads may use them, also the same one.

Neighbours: `hub` says what is on disk and how much memory it takes, `engines` load it, `window`
uses what is loaded.
"""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import lru_cache
from types import TracebackType
from typing import Self

from seedsum import models as hub
from seedsum.clock import Clock
from seedsum.engines import SequenceModel, load_model
from seedsum.engines.cache import RememberingModel, TranslationMemory, fingerprint
from seedsum.engines.memory import available_bytes, fitting_runtime, peak_estimate_bytes
from seedsum.errors import ModelError
from seedsum.records import DecodingOptions, Direction, Hypothesis, ResolvedModel, Runtime


class LoadedModels:
    """Loaded models by name; a context manager that frees them all at its end.

    Attributes:
        clock: Has the seconds of loading and decoding, and counts what is decoded.
    """

    def __init__(
        self,
        models: Mapping[str, ResolvedModel],
        *,
        runtime: Runtime,
        on_load: Callable[[str], None],
        on_decoded: Callable[[], None] = lambda: None,
        memory: TranslationMemory | None = None,
        clock: Clock | None = None,
    ) -> None:
        """Load nothing yet.

        Args:
            models: By name.
            runtime: Where and with how many threads they run.
            on_load: Told of every loading, with the memory it will take.
            on_decoded: Called after every batch, decoded or scored, as a sign of life.
            memory: What it has is not decoded again; without one everything is decoded.
            clock: Has the seconds and counts afterwards.
        """
        self._models = models
        self._runtime = runtime
        self._on_load = on_load
        self._on_decoded = on_decoded
        self._memory = memory
        self.clock = clock or Clock()
        self._loaded: dict[str, SequenceModel] = {}
        self._num_users: Counter[str] = Counter()
        self._changed = threading.Condition()

    @contextmanager
    def use(self, name: str) -> Iterator[SequenceModel]:
        """Yield the model, loaded if it is not in memory; it stays there at least for the body.

        Models that nobody uses and that do not leave room for it are freed first; while others use
        such models, this waits. So the body must not use a second model.

        Raises:
            ModelError: It does not fit into this machine's memory, even alone, or cannot be loaded.
        """
        with self._changed:
            model = self._in_memory(name)
            self._num_users[name] += 1
        try:
            yield model
        finally:
            with self._changed:
                self._num_users[name] -= 1
                self._changed.notify_all()

    def _in_memory(self, name: str) -> SequenceModel:
        """Return the model that is in memory, or load it into the room that others leave or make.

        While this waits for a model that is in use, another thread may load this one.
        """
        while name not in self._loaded:
            needed = peak_estimate_bytes(self._models[name], num_workers=self._runtime.num_workers)
            if not self._loaded or needed <= available_bytes():
                with self.clock.measure_beside("loading"):
                    self._loaded[name] = self._load(self._models[name])
            elif unused := [other for other in self._loaded if not self._num_users[other]]:
                self._loaded.pop(unused[0]).close()
            else:
                self._changed.wait()
        return self._loaded[name]

    def _load(self, model: ResolvedModel) -> SequenceModel:
        name = model.spec.name
        runtime = fitting_runtime(model, self._runtime)
        needed = peak_estimate_bytes(model, num_workers=runtime.num_workers)
        if needed > (available := available_bytes()):
            raise ModelError(
                f"model {name} needs about {needed / 1e9:.1f} GB of memory,"
                f" {available / 1e9:.1f} GB are available; close other programs or choose a"
                " smaller profile with --profile"
            )
        hub.check_before_run(model)
        self._on_load(
            f"loading {name} ({model.spec.engine}, about {needed / 1e6:.0f} MB of memory)"
        )
        loaded = _MeasuredModel(load_model(model, runtime), self.clock, self._on_decoded)
        if self._memory is None:
            return loaded
        key = fingerprint(model, runtime)
        return RememberingModel(loaded, self._memory, key, clock=self.clock)

    def __enter__(self) -> Self:
        """Return itself."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Free every model; one that a thread still uses, after an error, when it lets it go."""
        with self._changed:
            for name, model in self._loaded.items():
                if not self._num_users[name]:
                    model.close()
            self._loaded.clear()


#: Texts whose tokens are kept: the same text is encoded to be split, to be decoded, and for every
#: second chance. Twice what is translated together (`window.GROUP_SEGMENTS`); some 2 MB.
_NUM_ENCODED = 4_000


class _MeasuredModel:
    """A model whose decoding is timed and counted; see `engines.SequenceModel`."""

    def __init__(self, model: SequenceModel, clock: Clock, on_decoded: Callable[[], None]) -> None:
        self._model = model
        self.max_batch_tokens = model.max_batch_tokens
        self._clock = clock
        self._on_decoded = on_decoded
        self._pieces: dict[str, str] = {}
        self._encode = lru_cache(_NUM_ENCODED)(self._encoded)

    def encode(self, text: str, direction: Direction | None) -> tuple[str, ...]:
        return self._encode(text, direction)

    def _encoded(self, text: str, direction: Direction | None) -> tuple[str, ...]:
        # One copy of each piece: a tokenizer makes a new one for each place. Not by `sys.intern`,
        # whose table is as large as the program's and grows by half when pieces come and go.
        pieces = self._model.encode(text, direction)
        return tuple(map(self._pieces.setdefault, pieces, pieces))

    def decode_batches(
        self,
        batches: Iterable[Sequence[tuple[str, ...]]],
        direction: Direction | None,
        options: DecodingOptions,
    ) -> Iterator[list[tuple[Hypothesis, ...]]]:
        def counted() -> Iterator[Sequence[tuple[str, ...]]]:
            for batch in batches:
                lengths = [len(tokens) for tokens in batch]
                self._clock.count(
                    decoded_inputs=len(lengths),
                    source_tokens=sum(lengths),
                    padded_source_tokens=len(lengths) * max(lengths, default=0),
                )
                yield batch

        results = self._model.decode_batches(counted(), direction, options)
        while True:
            with self._clock.measure_beside("decoding"):
                decoded = next(results, None)
            if decoded is None:
                return
            self._on_decoded()
            self._clock.count(target_tokens=sum(best.num_tokens for best, *_ in decoded))
            yield decoded

    def score(
        self,
        inputs: Sequence[tuple[str, ...]],
        hypotheses: Sequence[Hypothesis],
        direction: Direction | None,
    ) -> list[Hypothesis]:
        with self._clock.measure_beside("decoding"):
            scored = self._model.score(inputs, hypotheses, direction)
        self._on_decoded()
        return scored

    def close(self) -> None:
        self._encode.cache_clear()
        self._model.close()
