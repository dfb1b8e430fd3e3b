"""Times ways of translating the same sentences with the same weights on this machine.

    python benchmarks/speed.py FOLDER [--language vi] [--sentences 160] [--rounds 3]

FOLDER holds line-aligned or plain text files, one sentence a line (documents). The starter models
are run with beam 4: as seedsum does it (all documents together, sorted, two engines), with one
CTranslate2 call a document, and with transformers in batches of 32 and one sentence at a time. The
ways take turns, and the ratios to the first are those of each round's neighbours, so that a machine
whose speed drifts gives the same answer. Prints a Markdown table.
"""

from __future__ import annotations

import argparse
import statistics
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from seedsum import hub
from seedsum.config import load_settings
from seedsum.engines import SequenceModel, default_runtime, load_model
from seedsum.records import Direction, ResolvedModel, Runtime, TokenizerSpec
from seedsum.translation import translate_texts

#: Sentences of the slow ways; their time is scaled to all.
NUM_SLOW = 32


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--language", default="vi")
    parser.add_argument("--sentences", type=int, default=160)
    parser.add_argument("--rounds", type=int, default=3)
    arguments = parser.parse_args()
    resolved = hub.resolve(load_settings(), "starter", offline=True).models["starter"]
    direction = Direction(arguments.language, "en")
    runtime = default_runtime()
    fast = load_model(resolved, runtime)
    slow = load_model(as_transformers(resolved), Runtime(threads_per_worker=runtime.num_workers))
    limit = resolved.spec.max_source_tokens
    documents = [
        [line for line in document if len(fast.encode(line, direction)) <= limit]
        for document in read_documents(arguments.folder, arguments.sentences)
    ]
    sentences = [sentence for document in documents for sentence in document]
    some = sentences[:: max(1, len(sentences) // NUM_SLOW)][:NUM_SLOW]
    scale = sum(map(len, sentences)) / sum(map(len, some))

    def translate(model: SequenceModel, texts: list[str], size: int) -> None:
        translate_texts(
            texts,
            model=model,
            direction=direction,
            options=resolved.spec.decoding,
            max_batch_size=size,
        )

    ways: dict[str, tuple[Callable[[], None], float]] = {
        "seedsum: all documents together": (lambda: translate(fast, sentences, 64), 1.0),
        "CTranslate2, one call a document": (
            lambda: [translate(fast, document, 64) for document in documents] and None,
            1.0,
        ),
        "CTranslate2, one sentence at a time": (
            lambda: [translate(fast, [sentence], 1) for sentence in some] and None,
            scale,
        ),
        "transformers, batches of 32": (lambda: translate(slow, some, 32), scale),
        "transformers, one sentence at a time": (
            lambda: [translate(slow, [sentence], 1) for sentence in some] and None,
            scale,
        ),
    }
    translate(fast, some, 64)
    translate(slow, some[:2], 1)
    seconds: dict[str, list[float]] = {name: [] for name in ways}
    for _ in range(arguments.rounds):
        for name, (way, factor) in ways.items():
            begin = time.perf_counter()
            way()
            seconds[name].append((time.perf_counter() - begin) * factor)
    base = seconds["seedsum: all documents together"]
    print(f"{len(sentences)} sentences in {len(documents)} documents, {arguments.rounds} rounds\n")
    print("| way | sentences a second | times as long as seedsum |\n|---|---:|---:|")
    for name, times in seconds.items():
        ratio = statistics.median(t / b for t, b in zip(times, base, strict=True))
        print(f"| {name} | {len(sentences) / statistics.median(times):.1f} | {ratio:.1f} |")


def read_documents(folder: Path, num_sentences: int) -> list[list[str]]:
    documents: list[list[str]] = []
    for path in sorted(folder.glob("*.txt")):
        lines = [line for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]
        documents.append(lines)
        if sum(map(len, documents)) >= num_sentences:
            break
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


if __name__ == "__main__":
    main()
