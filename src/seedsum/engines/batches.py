"""Texts of many documents -> hypotheses in the same order: batch plans and the loop over them.

Neighbours: `pipeline` gives the segments of a whole window of documents at once; `engines` decode.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence

from seedsum.engines import SequenceModel, length_class_end
from seedsum.records import DecodingOptions, Direction, Hypothesis, Unscored

MAX_BATCH_SIZE = 64

#: A few texts make at least about this many batches, so that every worker has something to do,
#: but not of fewer tokens than this.
MIN_BATCHES = 4
MIN_BATCH_TOKENS = 512

#: What a text without content becomes; no model is asked.
NOTHING = Hypothesis(text="", score=0.0, num_tokens=0, finished=True)


def plan_batches(
    lengths: Sequence[int], *, max_batch_tokens: int, max_batch_size: int
) -> tuple[tuple[int, ...], ...]:
    """Return batches of indices into `lengths`, longest texts first.

    The lengths in a batch are of one class (`engines.length_class_end`). The budget counts
    padding: in each batch, size times longest is at most `max_batch_tokens`, except that a text
    over the budget is a batch of its own. Equal lengths keep their order.
    """
    batches: list[tuple[int, ...]] = []
    batch: list[int] = []
    for index in sorted(range(len(lengths)), key=lambda i: -lengths[i]):
        longest = lengths[batch[0]] if batch else 0
        if batch and (
            len(batch) == max_batch_size
            or longest * (len(batch) + 1) > max_batch_tokens
            or length_class_end(lengths[index]) != length_class_end(longest)
        ):
            batches.append(tuple(batch))
            batch = []
        batch.append(index)
    if batch:
        batches.append(tuple(batch))
    return tuple(batches)


def translate_texts(
    texts: Sequence[str],
    *,
    model: SequenceModel,
    direction: Direction | None,
    options: DecodingOptions,
    max_batch_tokens: int | None = None,
    max_batch_size: int = MAX_BATCH_SIZE,
    scored: bool = True,
    on_progress: Callable[[int], None] | None = None,
    on_all_given: Callable[[], None] | None = None,
) -> tuple[tuple[Hypothesis, ...], ...]:
    """Return the hypotheses of each text, best first, in the order of the texts.

    Equal texts are decoded once. A text in which the model finds nothing to read (white space,
    control characters) never reaches it and becomes `NOTHING`, since a model asked to translate
    nothing invents something. The best of each text has its score if `scored`; otherwise any may be
    `Unscored`. `max_batch_tokens` are the model's for the options' beam, if not given.
    `on_progress` gets the number of texts that have just become ready; the numbers add up to
    `len(texts)`. `on_all_given` is called when the model has been given the last batch, or all of
    them were known: from then on it runs out of work.

    Raises:
        ModelError: A text is over the model's limit; nothing is ever truncated.
    """
    empty = model.encode("", direction)
    inputs = [model.encode(text, direction) for text in texts]
    num_texts = Counter(inputs)
    distinct = [tokens for tokens in num_texts if not _says_nothing(tokens, empty)]
    num_blank = len(inputs) - sum(num_texts[tokens] for tokens in distinct)
    if on_progress is not None and num_blank:
        on_progress(num_blank)
    lengths = [len(tokens) for tokens in distinct]
    share = max(MIN_BATCH_TOKENS, sum(lengths) // MIN_BATCHES)
    plan = plan_batches(
        lengths,
        max_batch_tokens=min(
            max_batch_tokens or model.max_batch_tokens // options.beam_size, share
        ),
        max_batch_size=max_batch_size,
    )
    batches = [[distinct[i] for i in batch] for batch in plan]

    def given() -> Iterator[list[tuple[str, ...]]]:
        yield from batches
        if on_all_given is not None:
            on_all_given()

    found: dict[tuple[str, ...], tuple[Hypothesis, ...]] = {}
    decoded = model.decode_batches(given(), direction, options)
    for batch, results in zip(batches, decoded, strict=True):
        found.update(zip(batch, results, strict=True))
        if on_progress is not None:
            on_progress(sum(num_texts[tokens] for tokens in batch))
    for batch in batches if scored else ():
        best = [found[tokens][0] for tokens in batch]
        if any(isinstance(hypothesis, Unscored) for hypothesis in best):
            best = model.score(batch, best, direction)
            for tokens, hypothesis in zip(batch, best, strict=True):
                found[tokens] = (hypothesis, *found[tokens][1:])
    return tuple(found.get(tokens, (NOTHING,)) for tokens in inputs)


def _says_nothing(tokens: tuple[str, ...], empty: tuple[str, ...]) -> bool:
    """Whether an input has no token but those of the empty text and SentencePiece's space."""
    return set(tokens) <= {*empty, "▁"}
