"""Texts of many documents -> hypotheses in the same order: batch plans and the loop over them."""

from __future__ import annotations

import math
import threading
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from functools import lru_cache

from seedsum.engines import (
    ContextTranslator,
    Contrast,
    Counting,
    PartScores,
    SequenceModel,
    Surroundings,
    TokenScorer,
    Translator,
)
from seedsum.engines.cache import DecodingCache, Hypotheses, Input, cache_keys
from seedsum.engines.usage import Meter
from seedsum.errors import ModelError
from seedsum.records import DecodingOptions, Direction, Hypothesis

MAX_BATCH_SIZE = 64

#: A few texts make at least about this many batches, so that every worker has something to do,
#: but not of fewer tokens than this.
MIN_BATCHES = 4
MIN_BATCH_TOKENS = 512
MAX_SCORED = 256  # translations that are scored between two signs of life
MAX_CONTRASTS = 32  # the same of translations that are scored given several sources
MAX_TEXTS = 16  # texts that an engine without tokens is given at once

#: What a model that works at all can decode.
_PLAIN = "1"

#: What a text without content becomes; no model is asked.
NOTHING = Hypothesis(text="", score=0.0, num_tokens=0, finished=True)

# Plans

#: Inputs that are decoded together are of one class of lengths, this many tokens wide, and are
#: padded to its end: then no input's arithmetic depends on its neighbours. See `length_class_end`.
LENGTH_CLASS_TOKENS = 16

#: Longer inputs (articles to be summarised) are batched with their equals only: one more of them
#: for padding would double the cost, and a batch gains little there.
MAX_CLASSED_TOKENS = 256


def length_class_end(num_tokens: int) -> int:
    """Return the longest length in the class of an input's length.

    A sum over more padding takes another order, and a last bit can flip a rounding to int8. In
    batches that are padded to the end of a class no score differs in any bit, whatever is beside
    it. Classes narrower than a vector register do not hold that; equal lengths only cost a third.
    """
    if num_tokens > MAX_CLASSED_TOKENS:
        return num_tokens
    return -(-num_tokens // LENGTH_CLASS_TOKENS) * LENGTH_CLASS_TOKENS


def plan_batches(
    lengths: Sequence[int], *, max_batch_tokens: int, max_batch_size: int
) -> tuple[tuple[int, ...], ...]:
    """Return batches of indices into `lengths`, longest texts first.

    The lengths in a batch are of one class (`length_class_end`). The budget counts padding: in
    each batch, size times longest is at most `max_batch_tokens`, except that a text over the budget
    is a batch of its own. Equal lengths keep their order.
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


# A loaded model

_ALIVE_SECONDS = 1.0


@contextmanager
def signs_of_life(on_alive: Callable[[], None]) -> Iterator[None]:
    """Call `on_alive` every second of the body, from another thread."""
    done = threading.Event()

    def give_signs() -> None:
        while not done.wait(_ALIVE_SECONDS):
            on_alive()

    thread = threading.Thread(target=give_signs, name="alive", daemon=True)
    thread.start()
    try:
        yield
    finally:
        done.set()
        thread.join()


#: Texts whose tokens are kept: the same text is encoded to be split, to be decoded, and for every
#: second chance. Twice what is translated together.
_NUM_ENCODED = 4_000


class LoadedModel:
    """A `Translator` made of a model: equal texts once, in batches, nothing that is kept again.

    It counts what it does, and may be used by several threads.
    """

    def __init__(
        self,
        model: SequenceModel | Translator,
        *,
        cache: DecodingCache | None = None,
        fingerprint: str = "",  # the model's name in the cache
        meter: Meter | None = None,
        on_alive: Callable[[], None] = lambda: None,  # called after every batch
        can_score: bool = True,
        max_source_tokens: int | None = None,
        max_batch_size: int = MAX_BATCH_SIZE,
    ) -> None:
        self._model = model
        self._on_tokens = None if isinstance(model, Translator) else model
        self._in_context = model if isinstance(model, ContextTranslator) else None
        #: Whether it reads what stands around a text.
        self.reads_context = self._in_context is not None
        self.can_score = can_score and self._on_tokens is not None
        #: Whether it says how likely each token is; see `score_tokens`.
        self.can_score_tokens = self.can_score and isinstance(model, TokenScorer)
        self._cache, self._fingerprint = cache, fingerprint
        self._meter = meter or Meter()
        self._on_alive = on_alive
        self._max_source_tokens = max_source_tokens
        self._max_batch_size = max_batch_size
        encode = (
            self._on_tokens.encode
            if self._on_tokens
            else lambda text, direction: (" ".join(text.split()),)
        )
        self._encode = lru_cache(_NUM_ENCODED)(encode)

    def num_tokens(self, text: str, direction: Direction | None) -> int:
        """Return a text's length as the engine counts it: in words where it has no tokens."""
        tokens = self._encode(text, direction)
        return len(tokens) if self._on_tokens else len(text.split())

    def fits(self, text: str, direction: Direction | None) -> bool:
        """Return whether a text is within the model's limit, as far as that is known."""
        limit = self._max_source_tokens
        return limit is None or self.num_tokens(text, direction) <= limit

    def translate(
        self,
        texts: Sequence[str],
        direction: Direction | None,
        options: DecodingOptions,
        *,
        around: Sequence[Surroundings | None] | None = None,
        on_progress: Callable[[int], object] | None = None,
    ) -> list[Hypotheses]:
        """Return the hypotheses of each text, best first, in the order of the texts.

        A text in which the model finds nothing to read (white space, control characters) never
        reaches it and becomes `NOTHING`, since a model asked to translate nothing invents
        something. `around` is for a model that `reads_context`. `on_progress` gets the number of
        texts that have just become ready; the numbers add up to `len(texts)`.

        A text at which the model fails gets one hypothesis without text, whose fault says why.

        Raises:
            ModelError: The model fails at everything.
        """
        nothing = {*self._encode("", direction), "▁"}  # SentencePiece's space
        if self._in_context and around is not None:
            in_context = self._in_context.in_context
            inputs = [
                in_context(" ".join(text.split()), beside)
                for text, beside in zip(texts, around, strict=True)
            ]
        else:
            inputs = [self._encode(text, direction) for text in texts]
        num_texts = Counter(inputs)
        read = slice(None) if self._on_tokens else slice(1)  # of a text, not what is around it
        distinct = [tokens for tokens in num_texts if not nothing.issuperset(tokens[read])]
        found: dict[Input, Hypotheses] = {}
        if self._cache is not None:
            keys = cache_keys(distinct, self._fingerprint, direction, options)
            known = self._cache.look_up(list(keys.values()))
            found = {tokens: known[key] for tokens, key in keys.items() if key in known}
            self._meter.add(cache_lookups=len(distinct), cache_hits=len(found))
        missing = [tokens for tokens in distinct if tokens not in found]
        num_ready = len(texts) - sum(num_texts[tokens] for tokens in missing)
        if on_progress is not None and num_ready:
            on_progress(num_ready)
        for decoded in self._decoded(missing, direction, options):
            if self._cache is not None:
                # What came to nothing is asked for again the next time.
                good = {keys[i]: made for i, made in decoded.items() if not made[0].fault}
                self._cache.store(good)
            found |= decoded
            if on_progress is not None:
                on_progress(sum(num_texts[tokens] for tokens in decoded))
        return [found.get(tokens, (NOTHING,)) for tokens in inputs]

    def score(
        self, sources: Sequence[str], translations: Sequence[str], direction: Direction | None
    ) -> list[float]:
        """Return the score of each translation; see `SequenceModel.score`.

        Raises:
            ModelError: The engine cannot score.
        """
        if self._on_tokens is None or not self.can_score:
            raise ModelError("this engine cannot score a translation")
        scores: list[float] = []
        for first in range(0, len(sources), MAX_SCORED):
            some = slice(first, first + MAX_SCORED)
            with self._meter.measure("seconds_decoding"):
                scores += self._scored(sources[some], translations[some], direction)
            self._on_alive()
        return scores

    def _scored(
        self, sources: Sequence[str], translations: Sequence[str], direction: Direction | None
    ) -> list[float]:
        """Return the scores; minus infinity for a pair at which the model fails."""
        assert self._on_tokens is not None
        try:
            return self._on_tokens.score(sources, translations, direction)
        except ModelError:
            if len(sources) == 1:
                return [-math.inf]
            pairs = zip(sources, translations, strict=True)
            return [self._scored([one], [other], direction)[0] for one, other in pairs]

    def score_tokens(
        self, contrasts: Sequence[Contrast], direction: Direction | None
    ) -> list[list[PartScores]]:
        """Return the token scores of each contrast; see `TokenScorer.score_tokens`.

        Raises:
            ModelError: The engine cannot score tokens, or a source is over the model's limit.
        """
        if not (self.can_score and isinstance(self._model, TokenScorer)):
            raise ModelError("this engine cannot score the tokens of a translation")
        scores: list[list[PartScores]] = []
        for first in range(0, len(contrasts), MAX_CONTRASTS):
            with self._meter.measure("seconds_decoding"):
                scores += self._model.score_tokens(
                    contrasts[first : first + MAX_CONTRASTS], direction
                )
            self._on_alive()
        return scores

    def close(self) -> None:
        """Free the model's memory."""
        self._encode.cache_clear()
        self._model.close()

    def _decoded(
        self, inputs: Sequence[Input], direction: Direction | None, options: DecodingOptions
    ) -> Iterator[dict[Input, Hypotheses]]:
        left = self._batches(inputs, options)
        while left:
            results = self._results(left, direction, options)
            for number, batch in enumerate(left):
                try:
                    with self._meter.measure("seconds_decoding"), self._waiting():
                        decoded = dict(zip(batch, next(results), strict=True))
                except ModelError as error:
                    if self._in_context:  # it tells itself what is a text's fault
                        raise
                    yield self._counted(batch, self._one_by_one(batch, direction, options, error))
                    left = left[number + 1 :]
                    break
                yield self._counted(batch, decoded)
            else:
                return

    def _results(
        self, batches: list[list[Input]], direction: Direction | None, options: DecodingOptions
    ) -> Iterator[list[Hypotheses]]:
        model = self._model
        if isinstance(model, ContextTranslator):
            asked = model.translate_in_context
            return (asked(batch, direction, options) for batch in batches)
        if isinstance(model, Translator):
            told = model.translate
            return (told([text for (text,) in batch], direction, options) for batch in batches)
        return model.decode_batches(batches, direction, options)

    def _one_by_one(
        self,
        batch: Sequence[Input],
        direction: Direction | None,
        options: DecodingOptions,
        error: ModelError,
    ) -> dict[Input, Hypotheses]:
        """Return what becomes of each input of a batch that failed, so that one costs no other.

        Raises:
            ModelError: Nothing can be decoded any more, not even a plain number.
        """
        found: dict[Input, Hypotheses] = {}
        for tokens in batch:
            try:
                (found[tokens],) = next(self._results([[tokens]], direction, options))
            except ModelError as alone:
                fault = f"the model failed at it ({alone})"
                found[tokens] = (Hypothesis("", None, 0, finished=False, fault=fault),)
            self._on_alive()
        if all(best.fault for best, *_ in found.values()):
            try:
                next(self._results([[self._encode(_PLAIN, direction)]], direction, options))
            except ModelError:
                raise error from None
        return found

    def _counted(
        self, batch: Sequence[Input], decoded: dict[Input, Hypotheses]
    ) -> dict[Input, Hypotheses]:
        self._on_alive()
        if isinstance(self._model, Counting):
            self._meter.add(**self._model.take_counts())
        self._meter.add(
            decoded_inputs=len(batch),
            target_tokens=sum(best.num_tokens for best, *_ in decoded.values()),
        )
        if self._on_tokens:
            lengths = [len(tokens) for tokens in batch]
            self._meter.add(
                source_tokens=sum(lengths), padded_source_tokens=len(lengths) * max(lengths)
            )
        return decoded

    def _waiting(self) -> AbstractContextManager[None]:
        """Give signs of life while a model takes its time that sees to its own time-outs."""
        return signs_of_life(self._on_alive) if self._in_context else nullcontext()

    def _batches(self, inputs: Sequence[Input], options: DecodingOptions) -> list[list[Input]]:
        if self._on_tokens is None:
            size = self._in_context.batch_size if self._in_context else MAX_TEXTS
            starts = range(0, len(inputs), size)
            return [list(inputs[start : start + size]) for start in starts]
        lengths = [len(tokens) for tokens in inputs]
        budget = self._on_tokens.max_batch_tokens // options.beam_size
        share = max(MIN_BATCH_TOKENS, sum(lengths) // MIN_BATCHES)
        plan = plan_batches(
            lengths, max_batch_tokens=min(budget, share), max_batch_size=self._max_batch_size
        )
        return [[inputs[i] for i in batch] for batch in plan]


def translate_texts(
    texts: Sequence[str],
    *,
    model: SequenceModel | Translator,
    direction: Direction | None,
    options: DecodingOptions,
) -> list[Hypotheses]:
    """Return the hypotheses of each text, best first; see `LoadedModel.translate`.

    Raises:
        ModelError: The model fails at a text, or one is over its limit.
    """
    found = LoadedModel(model).translate(texts, direction, options)
    if fault := next((best.fault for best, *_ in found if best.fault), ""):
        raise ModelError(fault)
    return found
