"""The transformers engine: `AutoModelForSeq2SeqLM.generate`, for what CTranslate2 cannot convert.

It is also what conversions are compared with, so its conventions are made equal to those of
`engines.ctranslate2`: what counts as a token, the length penalty, when a beam stops.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

from seedsum.engines import (
    Contrast,
    PartScores,
    check_inputs,
    check_options,
    engines,
    in_parts,
    mean_score,
    usable_compute_type,
)
from seedsum.engines.tokenizers import TransformersTokenizer, load_transformers_tokenizer
from seedsum.engines.weights import load_whole
from seedsum.errors import ModelError, UnsoundModelError
from seedsum.records import DecodingOptions, Direction, Hypothesis, ResolvedModel, Runtime

if TYPE_CHECKING:
    from torch import Tensor

_MAX_SCORED_VALUES = 64 * 2**20  # target positions times vocabulary at once; as float32 256 MiB
_MAX_SCORED_TEXTS = 16  # translations that are scored together


def load(model: ResolvedModel, runtime: Runtime) -> TransformersModel:
    """Load the weights (safetensors only, no code from the folder) and the tokenizer.

    Raises:
        ModelError: A file is missing or broken, the weights are not whole, or the spec asks for
            what this engine cannot do.
    """
    import torch
    import transformers

    spec = model.spec
    assert model.folder is not None, "our engines load no model without files"
    tokenizer = load_transformers_tokenizer(model)
    compute_type = usable_compute_type(spec, runtime, engines()[spec.engine].compute_types)
    if runtime.device == "cpu":
        torch.set_num_threads(runtime.num_workers * runtime.threads_per_worker)
    network = load_whole(
        spec,
        model.folder,
        transformers.AutoModelForSeq2SeqLM,
        dtype=getattr(torch, compute_type),
    )
    network.to(runtime.device).eval()
    return TransformersModel(model, tokenizer, network)


class TransformersModel:
    """A loaded model; see `engines.SequenceModel`."""

    max_batch_tokens = 4096

    def __init__(
        self, model: ResolvedModel, tokenizer: TransformersTokenizer, network: Any
    ) -> None:
        from transformers import GenerationConfig

        self._spec = model.spec
        self._tokenizer = tokenizer
        self._network: Any = network
        self._num_rows = int(network.get_input_embeddings().num_embeddings)
        config = network.generation_config
        self._start_id = _first(config.decoder_start_token_id, config.bos_token_id)
        self._end_id = _first(config.eos_token_id, tokenizer.backend.eos_token_id)
        self._pad_id = _first(config.pad_token_id, tokenizer.backend.pad_token_id)
        # generate() fills what its caller leaves open from this: a folder's min_length, beams or
        # no_repeat_ngram_size would change the output without a word.
        network.generation_config = GenerationConfig(  # type: ignore[no-untyped-call]
            decoder_start_token_id=self._start_id,
            eos_token_id=self._end_id,
            pad_token_id=self._pad_id,
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
        prefix = self._ids(self._tokenizer.target_prefix(direction))
        for batch in batches:
            check_inputs(self._spec, batch)
            yield self._decode(batch, prefix, options) if batch else []

    def score(
        self, sources: Sequence[str], translations: Sequence[str], direction: Direction | None
    ) -> list[float]:
        """Return the score of each translation; see `SequenceModel.score`."""
        prefix = self._tokenizer.target_prefix(direction)
        scores: list[float] = []
        for first in range(0, len(sources), _MAX_SCORED_TEXTS):
            chosen = slice(first, first + _MAX_SCORED_TEXTS)
            inputs = [self._tokenizer.encode(text, direction) for text in sources[chosen]]
            check_inputs(self._spec, inputs)
            targets = [
                self._ids((*prefix, *self._tokenizer.encode_target(text, direction)))
                for text in translations[chosen]
            ]
            found = self._given(inputs, targets, len(prefix))
            scores += (mean_score(self._spec, sum(one), len(one)) for one in found)
        return scores

    def score_tokens(
        self, contrasts: Sequence[Contrast], direction: Direction | None
    ) -> list[list[PartScores]]:
        """Return the scores of each token; see `TokenScorer.score_tokens`."""
        prefix = self._tokenizer.target_prefix(direction)
        scores: list[list[PartScores]] = []
        for contrast in contrasts:
            inputs = [self._tokenizer.encode(text, direction) for text in contrast.sources]
            check_inputs(self._spec, inputs)
            parts = [self._tokenizer.encode_target(text, direction) for text in contrast.parts]
            target = self._ids([*prefix, *(token for part in parts for token in part)])
            found = self._given(inputs, [target] * len(inputs), len(prefix))
            scores.append([in_parts(tokens, [len(part) for part in parts]) for tokens in found])
        return scores

    def _given(
        self, inputs: Sequence[Sequence[str]], targets: Sequence[list[int]], prefix_length: int
    ) -> list[list[float]]:
        """Return the log-probabilities of given targets, each with its end; see `_token_scores`."""
        import torch

        input_ids, mask = self._pad([self._ids(tokens) for tokens in inputs])
        outputs, _ = self._pad([[self._start_id, *ids, self._end_id] for ids in targets])
        suppressed = sorted({self._pad_id} - {self._end_id})
        with torch.inference_mode():
            return self._token_scores(input_ids, mask, outputs, prefix_length, suppressed)

    def close(self) -> None:
        """Free the weights."""
        self._network = None

    def _decode(
        self, batch: Sequence[tuple[str, ...]], prefix: list[int], options: DecodingOptions
    ) -> list[tuple[Hypothesis, ...]]:
        import torch
        from transformers import LogitsProcessorList, RepetitionPenaltyLogitsProcessor

        input_ids, mask = self._pad([self._ids(tokens) for tokens in batch])
        # Marian's padding is an ordinary row of the vocabulary, forbidden in its folder's settings.
        suppressed = {self._pad_id} - {self._end_id}
        if options.disable_unk:
            suppressed.add(self._tokenizer.backend.unk_token_id)
        penalties = []
        if (penalty := options.repetition_penalty) != 1.0:
            penalties = [RepetitionPenaltyLogitsProcessor(penalty, prompt_ignore_length=1)]
        with torch.inference_mode():
            outputs = self._network.generate(
                input_ids=input_ids,
                attention_mask=mask,
                do_sample=False,
                num_beams=options.beam_size,
                num_return_sequences=options.num_hypotheses,
                length_penalty=options.length_penalty,
                # As CTranslate2: a beam stops when it has as many hypotheses as it is wide.
                early_stopping=options.beam_size > 1,
                max_new_tokens=options.max_target_tokens + len(prefix),
                min_new_tokens=options.min_target_tokens + len(prefix),
                no_repeat_ngram_size=options.no_repeat_ngram_size,
                # Not by generate's own option: that one penalises the decoder's start token too,
                # which in M2M100, NLLB and BART is the end of sentence.
                repetition_penalty=1.0,
                logits_processor=LogitsProcessorList(penalties),
                # As CTranslate2: what is forbidden has no share of the probability, which decides
                # between beams.
                renormalize_logits=True,
                suppress_tokens=sorted(suppressed) or None,
                forced_bos_token_id=prefix[0] if prefix else None,
            )
            found = self._token_scores(input_ids, mask, outputs, len(prefix), sorted(suppressed))
        scores = [mean_score(self._spec, sum(tokens), len(tokens)) for tokens in found]
        rows = [ids[1 + len(prefix) :] for ids in outputs.tolist()]
        hypotheses = list(map(self._hypothesis, rows, scores))
        width = options.num_hypotheses
        return [tuple(hypotheses[i : i + width]) for i in range(0, len(hypotheses), width)]

    def _ids(self, tokens: Sequence[str]) -> list[int]:
        ids: list[int] = self._tokenizer.backend.convert_tokens_to_ids(list(tokens))
        if ids and max(ids) >= self._num_rows:
            raise UnsoundModelError(
                f"model {self._spec.name}: its tokenizer and its weights are not of one model:"
                f" token {max(ids)} of {self._num_rows}; pull the model again"
            )
        return ids

    def _pad(self, sequences: list[list[int]]) -> tuple[Tensor, Tensor]:
        import torch

        longest = max(map(len, sequences))
        ids = [sequence + [self._pad_id] * (longest - len(sequence)) for sequence in sequences]
        mask = [[1] * len(s) + [0] * (longest - len(s)) for s in sequences]
        device = self._network.device
        return torch.tensor(ids, device=device), torch.tensor(mask, device=device)

    def _token_scores(
        self,
        input_ids: Tensor,
        mask: Tensor,
        outputs: Tensor,
        prefix_length: int,
        suppressed: list[int],
    ) -> list[list[float]]:
        """Return the log-probabilities of the tokens of each output after the prefix.

        The end of sentence counts, padding does not; what is `suppressed` has no share of the
        probability, as in CTranslate2. Computed from the finished outputs, since
        generate() can only give it by keeping every step's logits for the whole vocabulary.
        """
        import torch

        copies = len(outputs) // len(input_ids)
        num_positions = outputs.shape[1] * self._network.config.vocab_size
        step = max(1, _MAX_SCORED_VALUES // num_positions)
        scores: list[list[float]] = []
        for first in range(0, len(outputs), step):
            chosen = slice(first, first + step)
            logits = self._network(
                input_ids=input_ids.repeat_interleave(copies, dim=0)[chosen],
                attention_mask=mask.repeat_interleave(copies, dim=0)[chosen],
                decoder_input_ids=outputs[chosen, :-1],
                use_cache=False,
            ).logits
            targets = outputs[chosen, 1:]
            logits = logits.float()
            logits[..., suppressed] = -torch.inf
            log_probs = torch.log_softmax(logits, dim=-1)
            log_probs = log_probs.gather(2, targets.unsqueeze(2)).squeeze(2)
            ends = targets == self._end_id
            counted = ends.cumsum(dim=1) - ends.long() == 0
            counted[:, :prefix_length] = False
            scores += [one[kept].tolist() for one, kept in zip(log_probs, counted, strict=True)]
        return scores

    def _hypothesis(self, ids: list[int], score: float) -> Hypothesis:
        finished = self._end_id in ids
        if finished:
            ids = ids[: ids.index(self._end_id)]
        tokens = self._tokenizer.backend.convert_ids_to_tokens(ids)
        return Hypothesis(self._tokenizer.decode(tokens), score, len(ids), finished)


def _first(*candidates: int | list[int] | None) -> int:
    """Return the first that is set; of a list (several ends of sentence) its first."""
    for candidate in candidates:
        if isinstance(candidate, list):
            return candidate[0]
        if candidate is not None:
            return candidate
    raise ModelError(
        "the model's folder names no start, end or padding token in config.json, "
        "generation_config.json or the tokenizer; pull the model again"
    )
