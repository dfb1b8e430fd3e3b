"""The CTranslate2 engine: the default, int8 on a CPU and float16 on a GPU.

Reads folders made for CTranslate2 (quickmt, our starter) and folders converted from transformers.
Neighbours: `engines.load_model` calls `load`; `tokenizers` makes the tokens.
"""

from __future__ import annotations

import json
import os
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from seedsum.engines import (
    INSTRUCTION_SET_VARIABLE,
    check_input,
    check_options,
    instruction_set,
    length_class_end,
    resolve_compute_type,
)
from seedsum.engines.tokenizers import Tokenizer, load_tokenizer
from seedsum.errors import ModelError
from seedsum.records import DecodingOptions, Direction, Hypothesis, ResolvedModel, Runtime, Unscored

#: `SequenceModel.max_batch_tokens` of most models, and of those whose weights are so small that
#: they stay in a CPU's cache: there a larger batch saves no reading of weights, and its own values
#: leave the cache. Seconds with two workers of one thread, int8; on a Zen 5 the best of two rounds,
#: on a Xeon with AMX medians of four (starter) and two:
#:
#:     tokens times beam                        1024    2048    4096    8192   16384   32768
#:     Zen 5, starter, beam 4, 1,975 segments   8.70   *8.19*   8.48    8.79    9.26
#:     Zen 5, starter, beam 8, 332 segments            *3.27*   3.30    3.54    3.65    3.86
#:     Zen 5, opus-sized, beam 4, 298 segments 11.09    8.72   *8.35*   8.71    8.84
#:     Zen 5, opus-sized, beam 8, 100 segments          6.31   *5.70*   6.00    6.02    6.05
#:     Xeon, starter, beam 4, 2,374 segments   25.09  *23.67*  26.60   32.60
#:     Xeon, starter, beam 8, 317 segments      8.97   *7.79*   8.51   10.74
#:     Xeon, opus-sized, beam 4, 477 segments  33.93   30.34  *28.88*  31.83
#:     Xeon, opus-sized, beam 8, 64 segments   11.08   10.77   *9.30*   9.24
#:
#: The starter's weights are 16 MB, the model's of the size of opus-mt 100 MB.
_MAX_BATCH_TOKENS, _MAX_BATCH_TOKENS_OF_SMALL = 4096, 2048
_MAX_SMALL_WEIGHTS_BYTES = 32_000_000


def load(model: ResolvedModel, runtime: Runtime) -> CTranslate2Model:
    """Load the weights and the tokenizer.

    Raises:
        ModelError: A file is missing or broken, or the machine cannot compute in the type asked.
    """
    if instructions := instruction_set():  # read when the library is first used
        os.environ[INSTRUCTION_SET_VARIABLE] = instructions
    import ctranslate2

    spec = model.spec
    folder = model.folder
    if folder is None or not (folder / "model.bin").is_file():
        raise ModelError(
            f"model {spec.name}: no model.bin in {folder}; pull it, or convert it for CTranslate2"
        )
    compute_type = resolve_compute_type(spec, runtime)
    supported = ctranslate2.get_supported_compute_types(runtime.device)
    if compute_type not in supported:
        raise ModelError(
            f"model {spec.name}: this machine's {runtime.device} cannot compute in {compute_type} "
            f"(it can in {', '.join(sorted(supported))}); set compute_type in models.toml"
        )
    tokenizer = load_tokenizer(model)
    try:
        translator = ctranslate2.Translator(
            str(folder),
            device=runtime.device,
            compute_type=compute_type,
            inter_threads=runtime.num_workers,
            intra_threads=runtime.threads_per_worker,
        )
    except (RuntimeError, ValueError) as error:
        raise ModelError(
            f"model {spec.name}: CTranslate2 cannot load {folder} ({error}); pull it again"
        ) from error
    is_small = runtime.device == "cpu" and has_small_weights(folder)
    return CTranslate2Model(
        model,
        runtime,
        tokenizer,
        translator,
        _end_token(model, folder),
        max_batch_tokens=_MAX_BATCH_TOKENS_OF_SMALL if is_small else _MAX_BATCH_TOKENS,
    )


def has_small_weights(folder: Path) -> bool:
    """Whether a folder has the weights of a CTranslate2 model, and they stay in a CPU's cache."""
    weights = folder / "model.bin"
    return weights.is_file() and weights.stat().st_size <= _MAX_SMALL_WEIGHTS_BYTES


def _end_token(model: ResolvedModel, folder: Path) -> str:
    """Return the model's end of sentence, having checked that it is not put on sources twice."""
    path = folder / "config.json"
    try:
        config = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise ModelError(
            f"model {model.spec.name}: cannot read {path} ({error}); pull the model again"
        ) from error
    end_token: str = config.get("eos_token") or "</s>"
    tokenizer = model.spec.tokenizer
    if (
        config.get("add_source_eos")
        and tokenizer.kind == "sentencepiece"
        and end_token in tokenizer.source_suffix
    ):
        raise ModelError(
            f"model {model.spec.name}: CTranslate2 itself puts {end_token} after each source "
            f"({path}: add_source_eos); set source_suffix = [] in models.toml"
        )
    return end_token


class CTranslate2Model:
    """A loaded model; see `engines.SequenceModel`."""

    def __init__(
        self,
        model: ResolvedModel,
        runtime: Runtime,
        tokenizer: Tokenizer,
        translator: Any,
        end_token: str,
        *,
        max_batch_tokens: int,
    ) -> None:
        """Take what `load` has made."""
        self.max_batch_tokens = max_batch_tokens
        self._spec = model.spec
        self._folder: Path | None = model.folder
        self._runtime = runtime
        self._tokenizer = tokenizer
        self._translator = translator
        self._end_token = end_token
        # Floats depend on the batch in more ways than padding, and GPUs choose other kernels.
        self._pads_to_class = translator.device == "cpu" and translator.compute_type.startswith(
            "int8"
        )

    def encode(self, text: str, direction: Direction | None) -> tuple[str, ...]:
        """Return the model's input tokens; see `SequenceModel.encode`."""
        return self._tokenizer.encode(text, direction)

    def decode_batches(
        self,
        batches: Iterable[Sequence[tuple[str, ...]]],
        direction: Direction | None,
        options: DecodingOptions,
    ) -> Iterator[list[tuple[Hypothesis, ...]]]:
        """Yield the hypotheses of each batch in order; see `SequenceModel.decode_batches`."""
        check_options(options)
        prefix = self._tokenizer.target_prefix(direction)
        for results in self._ahead(self._start(batch, prefix, options) for batch in batches):
            with self._named_errors():
                decoded = [result.result() for result in results]
            yield [self._hypotheses(result, prefix, options) for result in decoded]

    def score(
        self,
        inputs: Sequence[tuple[str, ...]],
        hypotheses: Sequence[Hypothesis],
        direction: Direction | None,
    ) -> list[Hypothesis]:
        """Return the hypotheses with their scores; see `SequenceModel.score`."""
        prefix = self._tokenizer.target_prefix(direction)
        found = list(hypotheses)
        unscored = [(i, h) for i, h in enumerate(hypotheses) if isinstance(h, Unscored)]
        sources = [inputs[i] for i, _ in unscored]
        results = self._score_each(sources, [h.tokens for _, h in unscored])
        with self._named_errors():
            for (i, h), result in zip(unscored, results, strict=True):
                total = _total(result.result(), len(h.tokens), prefix)
                found[i] = self._hypothesis(h.tokens[len(prefix) :], total)
        return found

    def close(self) -> None:
        """Free the weights."""
        self._translator.unload_model()

    def _start(
        self, batch: Sequence[tuple[str, ...]], prefix: tuple[str, ...], options: DecodingOptions
    ) -> list[Any]:
        """Put one batch into the workers' queue and return the results to come."""
        for tokens in batch:
            check_input(self._spec, tokens)
        if not batch:
            return []
        inputs = [list(tokens) for tokens in batch]
        if self._pads_to_class:
            inputs += self._ruler(max(map(len, batch)))
        results: list[Any] = self._translator.translate_batch(
            inputs,
            target_prefix=[list(prefix)] * len(inputs) if prefix else None,
            asynchronous=True,
            beam_size=options.beam_size,
            num_hypotheses=options.num_hypotheses,
            length_penalty=options.length_penalty,
            # Both limits count the prefix.
            max_decoding_length=options.max_target_tokens + len(prefix),
            min_decoding_length=options.min_target_tokens + len(prefix),
            no_repeat_ngram_size=options.no_repeat_ngram_size,
            repetition_penalty=options.repetition_penalty,
            disable_unk=options.disable_unk,
            # 0 is 'never truncate'; the default cuts after 1024 tokens without a word.
            max_input_length=0,
            return_scores=True,
            # Tells what ended from what was cut, and makes the length in the length penalty
            # count the end of sentence, as transformers does.
            return_end_token=True,
        )
        return results[: len(batch)]

    def _ruler(self, longest: int) -> list[list[str]]:
        """Return the input, if one is needed, that pads a batch to the end of its class of lengths.

        CTranslate2 pads to the longest input and has no option for more. This one is thrown away;
        it says nothing, so that its translation is over at once. The last class ends at the model's
        limit. The decoder needs nothing: its steps attend to what each hypothesis has so far,
        without padding.
        """
        end = min(length_class_end(longest), self._spec.max_source_tokens)
        return [[self._end_token] * end] if end > longest else []

    def _hypotheses(
        self, result: Any, prefix: tuple[str, ...], options: DecodingOptions
    ) -> tuple[Hypothesis, ...]:
        """Return the hypotheses of one input, `Unscored` where the scores are not the model's."""
        if _distorts_scores(options):
            return tuple(self._unscored(tokens, prefix) for tokens in result.hypotheses)
        # The score is the sum of log-probabilities over length ** length_penalty, where the length
        # is that of the returned list: prefix and end included.
        return tuple(
            self._hypothesis(tokens[len(prefix) :], score * len(tokens) ** options.length_penalty)
            for tokens, score in zip(result.hypotheses, result.scores, strict=True)
        )

    def _score_each(
        self, sources: Sequence[tuple[str, ...]], targets: Sequence[tuple[str, ...]]
    ) -> list[Any]:
        """Return the results to come of scoring each target, prefix and end included."""
        if not sources:
            return []
        results: list[Any] = self._translator.score_batch(
            [list(source) for source in sources],
            [list(tokens[:-1] if tokens[-1] == self._end_token else tokens) for tokens in targets],
            max_batch_size=1,  # each alone, so that scores do not depend on neighbours
            max_input_length=0,
            asynchronous=True,
        )
        return results

    def _ahead(self, started: Iterable[list[Any]]) -> Iterator[list[Any]]:
        """Yield what was started when more has been, so that the workers never wait for us."""
        # Two batches for each worker: one being decoded, one waiting.
        look_ahead = 2 * self._runtime.num_workers
        pending: deque[list[Any]] = deque()
        for each in started:
            pending.append(each)
            if len(pending) > look_ahead:
                yield pending.popleft()
        yield from pending

    @contextmanager
    def _named_errors(self) -> Iterator[None]:
        try:
            yield
        except RuntimeError as error:
            raise ModelError(
                f"model {self._spec.name} in {self._folder}: CTranslate2 stopped ({error})"
            ) from error

    def _hypothesis(self, tokens: Sequence[str], total: float) -> Hypothesis:
        """Return the hypothesis of target tokens without prefix; `total` is their log-probability.

        The end of sentence counts as one of them for the score.
        """
        finished = bool(tokens) and tokens[-1] == self._end_token
        text_tokens = tokens[:-1] if finished else tokens
        return Hypothesis(
            text=self._tokenizer.decode(text_tokens),
            score=min(0.0, total / len(tokens)) if tokens else 0.0,
            num_tokens=len(text_tokens),
            finished=finished,
        )

    def _unscored(self, tokens: list[str], prefix: tuple[str, ...]) -> Unscored:
        """Return the hypothesis of target tokens, prefix included."""
        known = self._hypothesis(tokens[len(prefix) :], 0.0)
        return Unscored(known.text, 0.0, known.num_tokens, known.finished, tokens=tuple(tokens))


def _total(result: Any, num_tokens: int, prefix: tuple[str, ...]) -> float:
    """Return the sum of the model's own log-probabilities of a scored target without its prefix.

    `score_batch` adds the end of sentence; an unfinished hypothesis of that many tokens has none.
    """
    return float(sum(result.log_probs[len(prefix) : num_tokens]))


def _distorts_scores(options: DecodingOptions) -> bool:
    """Whether CTranslate2's scores are not the model's: it takes them after its constraints."""
    return (
        options.repetition_penalty != 1.0
        or options.no_repeat_ngram_size > 0
        or options.min_target_tokens > 1
    )
