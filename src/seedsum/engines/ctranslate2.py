"""The CTranslate2 engine: the default, int8 on a CPU and float16 on a GPU.

Reads folders made for CTranslate2 (quickmt, our starter) and folders converted from transformers.
"""

from __future__ import annotations

import json
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from seedsum.engines import (
    Contrast,
    PartScores,
    check_inputs,
    check_options,
    in_parts,
    mean_score,
    usable_compute_type,
)
from seedsum.engines.batches import length_class_end
from seedsum.engines.tokenizers import Tokenizer, load_tokenizer
from seedsum.errors import ModelError, UnsoundModelError
from seedsum.records import (
    DecodingOptions,
    Direction,
    Hypothesis,
    ModelSpec,
    ResolvedModel,
    Runtime,
)


def load(model: ResolvedModel, runtime: Runtime) -> CTranslate2Model:
    """Load the weights and the tokenizer.

    Raises:
        ModelError: A file is missing or broken, or the machine cannot compute in the type asked.
    """
    import ctranslate2

    spec = model.spec
    folder = model.folder
    if folder is None or not (folder / "model.bin").is_file():
        raise ModelError(
            f"model {spec.name}: no model.bin in {folder}; pull it, or convert it for CTranslate2"
        )
    supported = ctranslate2.get_supported_compute_types(runtime.device)
    compute_type = usable_compute_type(spec, runtime, supported)
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
        is_too_large = "alloc" in str(error) or "out of memory" in str(error)
        raise (ModelError if is_too_large else UnsoundModelError)(
            f"model {spec.name}: CTranslate2 cannot load {folder} ({error}); pull it again"
        ) from error
    return CTranslate2Model(model, tokenizer, translator, _end_token(spec, folder))


def _end_token(spec: ModelSpec, folder: Path) -> str:
    """Return the model's end of sentence, having checked that it is not put on sources twice."""
    path, tokenizer = folder / "config.json", spec.tokenizer
    try:
        config = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise ModelError(
            f"model {spec.name}: cannot read {path} ({error}); pull the model again"
        ) from error
    end_token: str = config.get("eos_token") or "</s>"
    suffix = tokenizer.source_suffix if tokenizer.kind == "sentencepiece" else ()
    if config.get("add_source_eos") and end_token in suffix:
        raise ModelError(
            f"model {spec.name}: CTranslate2 itself puts {end_token} after each source "
            f"({path}: add_source_eos); set source_suffix = [] in models.toml"
        )
    return end_token


class CTranslate2Model:
    """A loaded model; see `engines.SequenceModel`."""

    #: The fastest for models of the size of opus-mt; 2,048 are by a few percent for the starter.
    max_batch_tokens = 4096

    def __init__(
        self, model: ResolvedModel, tokenizer: Tokenizer, translator: Any, end_token: str
    ) -> None:
        self._spec = model.spec
        self._tokenizer = tokenizer
        self._translator = translator
        self._end_token = end_token
        # Floats depend on the batch in more ways than padding, and GPUs choose other kernels.
        on_cpu, compute_type = translator.device == "cpu", translator.compute_type
        self._pads_to_class = on_cpu and compute_type.startswith("int8")

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
        # Two batches for each worker: one being decoded, one waiting, so that no worker waits.
        look_ahead = 2 * self._translator.num_translators
        pending: deque[list[Any]] = deque()
        for batch in batches:
            pending.append(self._start(batch, prefix, options))
            if len(pending) > look_ahead:
                yield self._finish(pending.popleft(), prefix, options)
        for started in pending:
            yield self._finish(started, prefix, options)

    def score(
        self, sources: Sequence[str], translations: Sequence[str], direction: Direction | None
    ) -> list[float]:
        """Return the score of each translation; see `SequenceModel.score`."""
        if not sources:
            return []
        prefix = self._tokenizer.target_prefix(direction)
        targets = (self._tokenizer.encode_target(text, direction) for text in translations)
        with self._named_errors():
            results = self._start_scoring(
                sources, [[*prefix, *tokens] for tokens in targets], direction
            )
            found = [result.result().log_probs[len(prefix) :] for result in results]
        return [mean_score(self._spec, sum(one), len(one)) for one in found]

    def score_tokens(
        self, contrasts: Sequence[Contrast], direction: Direction | None
    ) -> list[list[PartScores]]:
        """Return the scores of each token; see `TokenScorer.score_tokens`."""
        prefix = self._tokenizer.target_prefix(direction)
        started: list[tuple[list[int], list[Any]]] = []
        with self._named_errors():
            for contrast in contrasts:
                parts = [self._tokenizer.encode_target(text, direction) for text in contrast.parts]
                target = [*prefix, *(token for part in parts for token in part)]
                targets = [target] * len(contrast.sources)
                results = self._start_scoring(contrast.sources, targets, direction)
                started.append(([len(part) for part in parts], results))
            return [
                [in_parts(result.result().log_probs[len(prefix) :], lengths) for result in results]
                for lengths, results in started
            ]

    def _start_scoring(
        self, sources: Sequence[str], targets: list[list[str]], direction: Direction | None
    ) -> list[Any]:
        """Return what will be the scores of targets that end without the end of sentence."""
        inputs = [list(self._tokenizer.encode(text, direction)) for text in sources]
        check_inputs(self._spec, inputs)
        results: list[Any] = self._translator.score_batch(
            inputs,
            targets,
            # Each alone, so that scores do not depend on neighbours. A batch is hardly faster, and
            # the scores of a large vocabulary would take a gigabyte.
            max_batch_size=1,
            max_input_length=0,
            asynchronous=True,
        )
        return results

    def close(self) -> None:
        """Free the weights."""
        self._translator.unload_model()

    def _start(
        self, batch: Sequence[tuple[str, ...]], prefix: tuple[str, ...], options: DecodingOptions
    ) -> list[Any]:
        check_inputs(self._spec, batch)
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

        CTranslate2 pads to the longest input and has no option for more. This one says nothing, so
        that its translation is over at once, and is thrown away. The decoder pads nothing.
        """
        end = min(length_class_end(longest), self._spec.max_source_tokens)
        return [[self._end_token] * end] if end > longest else []

    def _finish(
        self, started: list[Any], prefix: tuple[str, ...], options: DecodingOptions
    ) -> list[tuple[Hypothesis, ...]]:
        # CTranslate2 takes scores after its constraints: then they are not the model's.
        distorted = (
            options.repetition_penalty != 1.0
            or options.no_repeat_ngram_size > 0
            or options.min_target_tokens > 1
        )
        with self._named_errors():
            decoded = [result.result() for result in started]
        return [
            tuple(
                self._hypothesis(
                    tokens,
                    len(prefix),
                    # The score is the sum of log-probabilities over length ** length_penalty, where
                    # the length is that of the returned list: prefix and end included.
                    None if distorted else score * len(tokens) ** options.length_penalty,
                )
                for tokens, score in zip(result.hypotheses, result.scores, strict=True)
            )
            for result in decoded
        ]

    def _hypothesis(
        self, tokens: Sequence[str], prefix_length: int, total: float | None
    ) -> Hypothesis:
        tokens = tokens[prefix_length:]
        finished = bool(tokens) and tokens[-1] == self._end_token
        text_tokens = tokens[:-1] if finished else tokens
        # The end of sentence counts as a token of the score.
        score = None if total is None else mean_score(self._spec, total, len(tokens))
        return Hypothesis(self._tokenizer.decode(text_tokens), score, len(text_tokens), finished)

    @contextmanager
    def _named_errors(self) -> Iterator[None]:
        try:
            yield
        except (RuntimeError, ValueError) as error:
            raise ModelError(f"model {self._spec.name}: CTranslate2 stopped ({error})") from error
