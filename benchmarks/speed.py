"""Times ways of translating the same sentences with the same weights on this machine.

    python benchmarks/speed.py [DATA] [--model starter|opus] [--language vi] [--sentences 400]
                               [--rounds 3]

The sentences are documents of DATA/ntrex-dev (made-up ones without DATA). `starter` are the bundled
models; `opus` is the same blown up to the size of an opus-mt model, with the same texts at that
model's cost (see opus_sized.py). All ways search with a beam of 4 and, but for Argos Translate, the
same options:

- seedsum: all documents together, in a process of its own, with the instruction set it chooses;
- CTranslate2 as one writes it first: default threads, one `translate_batch` a document, unsorted;
- as EasyNMT 2.0.2 does it (`EasyNMT.translate`), on CTranslate2: sorted by characters, batches of
  16, default threads; called for each document, and once with all of them;
- as Argos Translate 1.11.0 does it (`translate.apply_packaged_translation`, `settings`): one call a
  paragraph, batches of 32 tokens, default threads, `replace_unknowns`, length penalty 0.2. Its
  sentence splitter, which costs more, is left out;
- transformers in float32 on all cores, in batches of 32 sorted by length, and one by one.

The packages themselves are timed by peers.py, where they are installed.

The ways take turns, and ratios are those of each round's neighbours, so that a machine whose speed
drifts gives the same answer. Slow ways get a part of the sentences, and their time is scaled by the
target tokens that seedsum writes for the part and for all. Prints a Markdown table, and how many
texts of transformers CTranslate2 gives in float32 too: where the table has less, int8 is why.
"""

from __future__ import annotations

import argparse
import multiprocessing
import os
import shutil
import statistics
import tempfile
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import opus_sized
from articles import describe_machine, made_up, read_articles
from seedsum import models
from seedsum.config import load_settings
from seedsum.engines import SequenceModel, load_model
from seedsum.engines.batches import translate_texts
from seedsum.engines.memory import fitting_runtime
from seedsum.engines.tokenizers import load_tokenizer
from seedsum.records import Direction, ResolvedModel

BASE = "seedsum: all documents together"

#: Of the process that `seedsum_way` starts.
_model: ResolvedModel
_engine: SequenceModel


@dataclass(frozen=True, slots=True)
class Numbers:
    """How many sentences the ways get: the slow ones fewer."""

    all: int
    single: int
    transformers: int
    transformers_single: int


NUMBERS = {"starter": Numbers(400, 100, 96, 24), "opus": Numbers(400, 48, 64, 12)}


@dataclass(frozen=True, slots=True)
class Way:
    """A way of translating: what it is given, and how to call it."""

    run: Callable[[list[list[str]]], list[str]]
    documents: list[list[str]]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    add_options(parser)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        model, direction, documents = prepare(arguments, Path(name))
        ways = make_ways(model, direction, documents, NUMBERS[arguments.model])
        print(f"{describe_machine()}\n")
        outputs = compare(ways, model, direction, arguments.rounds)
        expected = outputs["transformers, batches of 32"]
        same = agreement(model, direction, expected, Path(name))
        print(f"\nCTranslate2 in float32 gives {same:.0%} of transformers' {len(expected)} texts.")


def add_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("data", type=Path, nargs="?")
    parser.add_argument("--model", choices=sorted(NUMBERS), default="starter")
    parser.add_argument("--language", default="vi")
    parser.add_argument("--sentences", type=int)
    parser.add_argument("--rounds", type=int, default=3)


def prepare(
    arguments: argparse.Namespace, folder: Path
) -> tuple[ResolvedModel, Direction, list[list[str]]]:
    """Return the model, written into the folder if it has to be, and the documents it can read."""
    direction = Direction(arguments.language, "en")
    model = starter()
    if arguments.model == "opus":
        model = opus_sized.build(model, folder)
    number = arguments.sentences or NUMBERS[arguments.model].all
    tokenizer = load_tokenizer(model)
    limit = model.spec.max_source_tokens
    documents = [
        [text for text in document if len(tokenizer.encode(text, direction)) <= limit]
        for document in read_documents(arguments.data, arguments.language, number)
    ]
    return model, direction, [document for document in documents if document]


def starter() -> ResolvedModel:
    return models.resolve(load_settings(), "starter", offline=True).models["starter"]


def compare(
    ways: dict[str, Way], model: ResolvedModel, direction: Direction, rounds: int
) -> dict[str, dict[str, str]]:
    """Run the ways in turn, so many rounds; print their table and return their texts."""
    tokenizer = load_tokenizer(model)
    seconds: dict[str, list[float]] = {name: [] for name in ways}
    outputs: dict[str, dict[str, str]] = {}
    for way in ways.values():
        way.run([way.documents[0][:2]])
    for _ in range(rounds):
        for name, way in ways.items():
            begin = time.perf_counter()
            texts = way.run(way.documents)
            seconds[name].append(time.perf_counter() - begin)
            outputs[name] = dict(zip(flat(way.documents), texts, strict=True))
    num_tokens = {
        given: len(tokenizer.encode(text, direction)) for given, text in outputs[BASE].items()
    }
    whole = flat(ways[BASE].documents)
    lengths = sorted(num_tokens[text] for text in whole)
    tenth = len(whole) // 10
    print(
        f"{model.spec.name}, {len(whole)} sentences in {len(ways[BASE].documents)} documents,"
        f" most of {lengths[tenth]} to {lengths[-1 - tenth]} target tokens; {rounds} rounds\n"
    )
    print("| way | sentences timed | sentences a second | times as long as seedsum | same texts |")
    print("|---|---:|---:|---:|---:|")
    for name, way in ways.items():
        given = flat(way.documents)
        scale = sum(num_tokens[text] for text in whole) / sum(num_tokens[text] for text in given)
        times = [spent * scale for spent in seconds[name]]
        ratio = statistics.median(t / b for t, b in zip(times, seconds[BASE], strict=True))
        same = [outputs[name][text] == outputs[BASE][text] for text in given]
        rate = len(whole) / statistics.median(times)
        print(f"| {name} | {len(given)} | {rate:.1f} | {ratio:.1f} | {sum(same) / len(same):.0%} |")
    return outputs


def flat(documents: list[list[str]]) -> list[str]:
    return [text for document in documents for text in document]


def part(documents: list[list[str]], number: int) -> list[list[str]]:
    """Return about that many sentences from all over the documents, as one document."""
    texts = flat(documents)
    return [texts[:: max(1, len(texts) // number)][:number]]


def make_ways(
    model: ResolvedModel, direction: Direction, documents: list[list[str]], numbers: Numbers
) -> dict[str, Way]:
    plain = Plain(model, direction)
    peer = PlainTransformers(model, direction)
    single = part(documents, numbers.single)
    return {
        BASE: seedsum_way(model, direction, documents),
        "CTranslate2, default threads, one call a document": Way(
            lambda of: [text for document in of for text in plain.call(document)], documents
        ),
        "EasyNMT's way, one call a document": Way(
            lambda of: [text for document in of for text in plain.easynmt(document)], documents
        ),
        "EasyNMT's way, one call": Way(lambda of: plain.easynmt(flat(of)), documents),
        "Argos Translate's way": Way(
            lambda of: [plain.argos([text])[0] for text in flat(of)], single
        ),
        "CTranslate2, default threads, one sentence at a time": Way(
            lambda of: [plain.call([text])[0] for text in flat(of)], single
        ),
        "transformers, batches of 32": Way(
            lambda of: peer.batched(flat(of), 32), part(documents, numbers.transformers)
        ),
        "transformers, one sentence at a time": Way(
            lambda of: peer.batched(flat(of), 1), part(documents, numbers.transformers_single)
        ),
    }


def seedsum_way(model: ResolvedModel, direction: Direction, documents: list[list[str]]) -> Way:
    """Return seedsum's way, in a process of its own."""
    process = ProcessPoolExecutor(1, multiprocessing.get_context("spawn"), load_engine, (model,))
    process.submit(translate, [], direction).result()  # starts it

    def run(of: list[list[str]]) -> list[str]:
        return process.submit(translate, flat(of), direction).result()

    return Way(run, documents)


def load_engine(model: ResolvedModel) -> None:
    """Load the model that `translate` uses, in its process."""
    global _model, _engine
    _model, _engine = model, load_model(model, fitting_runtime(model))


def translate(texts: list[str], direction: Direction) -> list[str]:
    options = _model.spec.decoding
    found = translate_texts(texts, model=_engine, direction=direction, options=options)
    return [best.text for best, *_ in found]


def agreement(
    model: ResolvedModel, direction: Direction, expected: dict[str, str], folder: Path
) -> float:
    """Return what share of transformers' texts CTranslate2 gives in float32 too."""
    from ctranslate2.converters import TransformersConverter

    assert model.folder is not None
    exact = folder / "ct2-float32"
    TransformersConverter(str(transformers_folder(model))).convert(str(exact))
    for name in ("config.json", "sentencepiece.bpe.model"):
        shutil.copyfile(model.folder / name, exact / name)
    spec = replace(model.spec, compute_type="float32")
    found = Plain(replace(model, spec=spec, folder=exact), direction).call(list(expected))
    same = [a == b for a, b in zip(found, expected.values(), strict=True)]
    return sum(same) / len(same)


class Plain:
    """CTranslate2 with its own default threads, called in other projects' ways."""

    def __init__(self, model: ResolvedModel, direction: Direction) -> None:
        import ctranslate2

        self._options = model.spec.decoding
        self._tokenizer = load_tokenizer(model)
        self._direction = direction
        self._prefix = list(self._tokenizer.target_prefix(direction))
        self._translator = ctranslate2.Translator(
            str(model.folder), compute_type=model.spec.compute_type
        )

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
        return in_chunks(texts, 16, self.call)

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


class PlainTransformers:
    """transformers in float32, called as its manual does."""

    def __init__(self, model: ResolvedModel, direction: Direction) -> None:
        import torch
        from transformers import AutoModelForSeq2SeqLM, AutoTokenizer
        from transformers.utils import logging

        logging.disable_progress_bar()
        folder = transformers_folder(model)
        torch.set_num_threads(len(os.sched_getaffinity(0)))
        self._options = model.spec.decoding
        self._tokenizer: Any = AutoTokenizer.from_pretrained(str(folder), src_lang=direction.source)
        self._network: Any = AutoModelForSeq2SeqLM.from_pretrained(
            str(folder), dtype=torch.float32
        ).eval()
        self._first = self._tokenizer.convert_tokens_to_ids(f"__{direction.target}__")

    def batched(self, texts: Sequence[str], size: int) -> list[str]:
        return in_chunks(texts, size, self.call)

    def call(self, texts: Sequence[str]) -> list[str]:
        import torch

        batch = self._tokenizer(list(texts), return_tensors="pt", padding=True)
        with torch.inference_mode():
            ids = self._network.generate(
                **batch,
                num_beams=self._options.beam_size,
                length_penalty=self._options.length_penalty,
                max_new_tokens=self._options.max_target_tokens + 1,
                forced_bos_token_id=self._first,
                early_stopping=True,  # as CTranslate2
            )
        found = self._tokenizer.batch_decode(ids, skip_special_tokens=True)
        return [text.strip() for text in found]


def in_chunks(
    texts: Sequence[str], size: int, translate: Callable[[Sequence[str]], list[str]]
) -> list[str]:
    """Return the translations of texts that are given longest first, so many at a time."""
    order = sorted(range(len(texts)), key=lambda i: -len(texts[i]))
    found: dict[int, str] = {}
    for first in range(0, len(order), size):
        chunk = order[first : first + size]
        found |= zip(chunk, translate([texts[i] for i in chunk]), strict=True)
    return [found[i] for i in range(len(texts))]


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


def transformers_folder(model: ResolvedModel) -> Path:
    """The same weights, as transformers reads them."""
    assert model.folder is not None
    if model.spec.name == "starter":
        return opus_sized.transformers_folder()
    return model.folder.parent / "hf"


if __name__ == "__main__":
    main()
