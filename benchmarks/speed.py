"""Times ways of translating the same sentences with the same weights on this machine.

    python benchmarks/speed.py [DATA] [--model starter|opus] [--language vi] [--sentences 160]
                               [--rounds 3]

The sentences are documents of DATA/ntrex-dev (made-up ones without DATA). `starter` are the bundled
models; `opus` has the size of an opus-mt model (Marian, 6 + 6 layers of width 512, 58,101 tokens)
with random weights, and never ends a sentence, so that every way decodes the same number of target
tokens. All ways search with a beam of 4 and, but for Argos Translate, the same options:

- seedsum: all documents together;
- CTranslate2 as one writes it first: default threads, one `translate_batch` a document, unsorted;
- as EasyNMT 2.0.2 does it (`EasyNMT.translate`), on CTranslate2: each document sorted by
  characters, batches of 16, default threads;
- as Argos Translate 1.11.0 does it (`translate.apply_packaged_translation`, `settings`): one call a
  paragraph, batches of 32 tokens, default threads, `replace_unknowns`, length penalty 0.2. Its
  sentence splitter, which costs more, is left out;
- transformers in float32 on all cores, in batches of 32 sorted by length, and one by one.

The ways take turns, and ratios are those of each round's neighbours, so that a machine whose speed
drifts gives the same answer. Slow ways get a part of the sentences, and their time is scaled by
characters. Prints a Markdown table.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import statistics
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from articles import describe_machine, made_up, read_articles
from seedsum import hub
from seedsum.config import load_settings
from seedsum.engines import SequenceModel, load_model
from seedsum.engines.tokenizers import load_tokenizer
from seedsum.records import (
    DecodingOptions,
    Direction,
    ModelSpec,
    ResolvedModel,
    Runtime,
    TokenizerSpec,
)
from seedsum.translation import translate_texts

#: Sentences of the slow ways, by the model: in batches, and one by one.
NUM_SLOW = {"starter": (32, 32), "opus": (32, 6)}
#: An opus-mt model's vocabulary, and target tokens of every sentence.
VOCABULARY, TARGET_TOKENS = 58_101, 32

BASE = "seedsum: all documents together"


@dataclass(frozen=True, slots=True)
class Way:
    """A way of translating: what it is given, and how to call it."""

    run: Callable[[list[list[str]]], list[str]]
    documents: list[list[str]]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("data", type=Path, nargs="?")
    parser.add_argument("--model", choices=sorted(NUM_SLOW), default="starter")
    parser.add_argument("--language", default="vi")
    parser.add_argument("--sentences", type=int, default=160)
    parser.add_argument("--rounds", type=int, default=3)
    arguments = parser.parse_args()
    direction = Direction(arguments.language, "en")
    documents = read_documents(arguments.data, arguments.language, arguments.sentences)
    with tempfile.TemporaryDirectory() as name:
        if arguments.model == "opus":
            model, peer = build_opus(Path(name), [text for of in documents for text in of])
        else:
            resolved = hub.resolve(load_settings(), "starter", offline=True)
            model = resolved.models["starter"]
            peer = as_transformers(model)
        tokenizer = load_tokenizer(model)
        limit = model.spec.max_source_tokens
        documents = [
            [text for text in document if len(tokenizer.encode(text, direction)) <= limit]
            for document in documents
        ]
        ways = make_ways(model, peer, direction, documents, NUM_SLOW[arguments.model])
        print(f"{describe_machine()}\n")
        compare(ways, arguments.model, arguments.rounds)


def compare(ways: dict[str, Way], model: str, rounds: int) -> None:
    num_chars = sum(len(text) for of in ways[BASE].documents for text in of)
    num_sentences = sum(map(len, ways[BASE].documents))
    seconds: dict[str, list[float]] = {name: [] for name in ways}
    outputs: dict[str, dict[str, str]] = {}
    for way in ways.values():
        way.run([way.documents[0][:2]])
    for _ in range(rounds):
        for name, way in ways.items():
            begin = time.perf_counter()
            texts = way.run(way.documents)
            spent = time.perf_counter() - begin
            given = [text for of in way.documents for text in of]
            seconds[name].append(spent * num_chars / sum(map(len, given)))
            outputs[name] = dict(zip(given, texts, strict=True))
    print(
        f"{model}, {num_sentences} sentences in {len(ways[BASE].documents)} documents,"
        f" {rounds} rounds\n"
    )
    print("| way | sentences a second | times as long as seedsum | same texts |")
    print("|---|---:|---:|---:|")
    for name, times in seconds.items():
        ratio = statistics.median(t / b for t, b in zip(times, seconds[BASE], strict=True))
        same = [text == outputs[BASE][given] for given, text in outputs[name].items()]
        rate = num_sentences / statistics.median(times)
        print(f"| {name} | {rate:.1f} | {ratio:.1f} | {sum(same) / len(same):.0%} |")


def make_ways(
    model: ResolvedModel,
    peer: ResolvedModel,
    direction: Direction,
    documents: list[list[str]],
    num_slow: tuple[int, int],
) -> dict[str, Way]:
    options = model.spec.decoding
    fast = load_model(model, hub.fitting_runtime(model))
    slow = load_model(peer, Runtime(threads_per_worker=len(os.sched_getaffinity(0))))
    plain = Plain(model, direction)
    texts = [text for of in documents for text in of]
    batched, single = ([texts[:: max(1, len(texts) // n)][:n]] for n in num_slow)

    def together(engine: SequenceModel, of: Sequence[str], size: int) -> list[str]:
        found = translate_texts(
            of, model=engine, direction=direction, options=options, max_batch_size=size
        )
        return [best.text for best, *_ in found]

    def flat(of: list[list[str]]) -> list[str]:
        return [text for document in of for text in document]

    return {
        BASE: Way(lambda of: together(fast, flat(of), 64), documents),
        "CTranslate2, default threads, one call a document": Way(
            lambda of: flat([plain.call(document) for document in of]), documents
        ),
        "EasyNMT's way": Way(
            lambda of: flat([plain.easynmt(document) for document in of]), documents
        ),
        "Argos Translate's way": Way(
            lambda of: [plain.argos([text])[0] for text in flat(of)], documents
        ),
        "CTranslate2, default threads, one sentence at a time": Way(
            lambda of: [plain.call([text])[0] for text in flat(of)], batched
        ),
        "transformers, batches of 32": Way(lambda of: together(slow, flat(of), 32), batched),
        "transformers, one sentence at a time": Way(
            lambda of: [together(slow, [text], 1)[0] for text in flat(of)], single
        ),
    }


class Plain:
    """CTranslate2 with its own default threads, called in other projects' ways."""

    def __init__(self, model: ResolvedModel, direction: Direction) -> None:
        import ctranslate2

        self._options = model.spec.decoding
        self._tokenizer = load_tokenizer(model)
        self._direction = direction
        self._prefix = list(self._tokenizer.target_prefix(direction))
        self._translator = ctranslate2.Translator(str(model.folder), compute_type="auto")

    def call(self, texts: Sequence[str], **more: Any) -> list[str]:
        options = self._options
        settings = {
            "beam_size": options.beam_size,
            "length_penalty": options.length_penalty,
            "repetition_penalty": options.repetition_penalty,
            "max_decoding_length": options.max_target_tokens + len(self._prefix),
            **more,
        }
        tokens = [list(self._tokenizer.encode(text, self._direction)) for text in texts]
        prefix = [self._prefix] * len(tokens) if self._prefix else None
        found = self._translator.translate_batch(tokens, target_prefix=prefix, **settings)
        kept = len(self._prefix)
        return [self._tokenizer.decode(result.hypotheses[0][kept:]) for result in found]

    def easynmt(self, texts: Sequence[str]) -> list[str]:
        """Source: EasyNMT 2.0.2, easynmt/EasyNMT.py, translate and translate_sentences."""
        order = sorted(range(len(texts)), key=lambda i: -len(texts[i]))
        found: dict[int, str] = {}
        for first in range(0, len(order), 16):
            chunk = order[first : first + 16]
            found |= zip(chunk, self.call([texts[i] for i in chunk]), strict=True)
        return [found[i] for i in range(len(texts))]

    def argos(self, paragraph: Sequence[str]) -> list[str]:
        """Source: argostranslate 1.11.0, translate.py, apply_packaged_translation; settings.py."""
        return self.call(
            paragraph,
            replace_unknowns=True,
            max_batch_size=32,
            batch_type="tokens",
            beam_size=4,
            num_hypotheses=1,
            length_penalty=0.2,
            repetition_penalty=1.0,
            return_scores=True,
        )


def read_documents(data: Path | None, language: str, num_sentences: int) -> list[list[str]]:
    """Return documents of one language, with that many sentences in all."""
    if data is None:
        articles = [made_up(str(n), language, seed=n) for n in range(-(-num_sentences // 6))]
    else:
        articles = [a for a in read_articles(data, 0, whole=True) if a.language == language]
    documents: list[list[str]] = []
    left = num_sentences
    for article in articles:
        lines = [line for line in article.paragraphs if line.strip()][:left]
        left -= len(lines)
        if lines:
            documents.append(lines)
    return documents


def as_transformers(model: ResolvedModel) -> ResolvedModel:
    """The same bundled model, as the transformers engine reads it."""
    spec = replace(
        model.spec,
        engine="transformers",
        format="transformers",
        tokenizer=TokenizerSpec(),
        compute_type="float32",
        max_source_tokens=512,
    )
    assert model.folder is not None
    return replace(model, spec=spec, folder=model.folder.parent / "hf")


def build_opus(folder: Path, texts: Sequence[str]) -> tuple[ResolvedModel, ResolvedModel]:
    """Return a random model of opus-mt's size for both engines, with a tokenizer of the texts."""
    import sentencepiece
    import torch
    from ctranslate2.converters import TransformersConverter
    from transformers import MarianConfig, MarianMTModel

    source, target = folder / "hf", folder / "ct2"
    source.mkdir()
    for side in ("source", "target"):
        sentencepiece.SentencePieceTrainer.train(
            sentence_iterator=iter(texts),
            model_prefix=str(source / side),
            vocab_size=4_000,
            hard_vocab_limit=False,
            minloglevel=2,
        )
        (source / f"{side}.model").rename(source / f"{side}.spm")
    processor = sentencepiece.SentencePieceProcessor(model_file=str(source / "source.spm"))
    known = [processor.id_to_piece(i) for i in range(len(processor))]
    tokens = ["</s>", "<unk>", *(t for t in known if t not in {"</s>", "<unk>", "<s>"})]
    tokens += [f"▁word{i}" for i in range(VOCABULARY - 1 - len(tokens))] + ["<pad>"]
    write_json(source / "vocab.json", {token: i for i, token in enumerate(tokens)})
    write_json(
        source / "tokenizer_config.json",
        {"tokenizer_class": "MarianTokenizer", "source_lang": "vi", "target_lang": "en"},
    )
    sizes = {
        f"{side}_{name}": value
        for side in ("encoder", "decoder")
        for name, value in (("layers", 6), ("attention_heads", 8), ("ffn_dim", 2048))
    }
    with torch.random.fork_rng():
        torch.manual_seed(7)
        network = MarianMTModel(
            MarianConfig(
                vocab_size=VOCABULARY,
                d_model=512,
                activation_function="swish",
                scale_embedding=True,
                static_position_embeddings=True,
                pad_token_id=VOCABULARY - 1,
                decoder_start_token_id=VOCABULARY - 1,
                eos_token_id=0,
                forced_eos_token_id=0,
                max_position_embeddings=512,
                **sizes,
            )
        )
    with torch.no_grad():
        network.get_input_embeddings().weight[VOCABULARY - 1] = 0.0
        network.final_logits_bias[0, 0] = -1e4  # no sentence ends before the limit
    network.save_pretrained(source)
    TransformersConverter(str(source)).convert(str(target), quantization="int8")
    for path in (*source.glob("*.spm"), *source.glob("*.json")):
        if path.name not in ("config.json", "generation_config.json"):
            shutil.copyfile(path, target / path.name)
    decoding = DecodingOptions(beam_size=4, max_target_tokens=TARGET_TOKENS)

    def resolved(engine: str, where: Path, compute_type: str) -> ResolvedModel:
        spec = ModelSpec(
            name="opus-sized",
            engine=engine,
            licence="none",
            folder=str(where),
            format=engine,
            tokenizer=TokenizerSpec(kind="transformers"),
            compute_type=compute_type,
            max_source_tokens=200,
            decoding=decoding,
        )
        return ResolvedModel(spec=spec, folder=where, revision="", weights_sha256="")

    return (
        resolved("ctranslate2", target, "int8_float32"),
        resolved("transformers", source, "float32"),
    )


def write_json(path: Path, value: object) -> None:
    path.write_text(json.dumps(value, ensure_ascii=False), encoding="utf-8")


if __name__ == "__main__":
    main()
