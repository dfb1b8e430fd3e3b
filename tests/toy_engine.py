"""An engine as another package adds it: it takes texts, and only makes capitals of them."""

from __future__ import annotations

from collections.abc import Sequence

from seedsum.engines import Engine
from seedsum.records import DecodingOptions, Direction, Hypothesis, ResolvedModel, Runtime

SHOUT = Engine(name="shout", module="toy_engine", level="text")


def load(model: ResolvedModel, runtime: Runtime) -> Shouter:
    """Return the model; an engine of an endpoint would open its connection here."""
    return Shouter()


class Shouter:
    """A `Translator`."""

    def translate(
        self, texts: Sequence[str], direction: Direction | None, options: DecodingOptions
    ) -> list[tuple[Hypothesis, ...]]:
        """Return each text in capitals, without a score."""
        return [(Hypothesis(t.upper(), None, len(t.split()), True),) for t in texts]

    def close(self) -> None:
        """Hold nothing."""
