"""What an engine has to give: a model that works on tokens, or one that works on texts.

`SequenceModel` is for engines that we decode with ourselves, `Translator` for what only takes
texts: another process, or an endpoint on the network. `batches.LoadedModel` takes either.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Protocol, runtime_checkable

from seedsum.records import DecodingOptions, Direction, Hypothesis


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
        ...

    def close(self) -> None:
        """Free what the model holds; it cannot be used again."""
        ...


class SequenceModel(Protocol):
    """A loaded sequence-to-sequence model (translation or abstractive summary).

    Attributes:
        max_batch_tokens: Padded source tokens, times the hypotheses of the beam for each, that it
            decodes in one batch.
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

        `options.num_hypotheses` are given for each input. An empty batch gives an empty list. A
        score that the options would distort is None.

        Raises:
            ModelError: An input is over the model's limit; nothing is ever truncated.
        """
        ...

    def score(
        self, sources: Sequence[str], translations: Sequence[str], direction: Direction | None
    ) -> list[float]:
        """Return the mean log-probability per target token of each translation of each source.

        The end of sentence counts as one token, a forced language token does not. Called only of an
        engine that `can_score`.

        Raises:
            ModelError: A source is over the model's limit.
        """
        ...

    def close(self) -> None:
        """Free the model's memory; the model cannot be used again."""
        ...
