"""Workers and threads on one core and on two: how fast the same batches are decoded.

    python benchmarks/threads.py [DATA] [--model opus|starter] [--sentences 96] [--rounds 3]

For every number of cores of this machine up to `--cores`, a process bound to that many loads the
model with every split into workers and threads; the splits take turns over the same sentences (see
speed.py for the models). Also checks that the texts do not depend on the split. Prints a Markdown
table; `seedsum doctor` says which split a run takes.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import replace
from pathlib import Path

from articles import describe_machine
from seedsum import hub
from seedsum.config import load_settings
from seedsum.engines import load_model
from seedsum.records import DecodingOptions, Direction, ModelSpec, ResolvedModel, TokenizerSpec
from seedsum.records import Runtime as Split
from seedsum.translation import translate_texts
from speed import build_opus, read_documents

DIRECTION = Direction("vi", "en")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("data", type=Path, nargs="?")
    parser.add_argument("--model", choices=("opus", "starter"), default="opus")
    parser.add_argument("--sentences", type=int, default=96)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--cores", type=int, default=min(2, len(os.sched_getaffinity(0))))
    parser.add_argument("--bound-to", type=int, help=argparse.SUPPRESS)
    parser.add_argument("--folder", type=Path, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    documents = read_documents(arguments.data, "vi", arguments.sentences)
    texts = [text for document in documents for text in document]
    if arguments.bound_to:
        print(json.dumps(measure(arguments.folder, texts, arguments.bound_to, arguments.rounds)))
        return
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        if arguments.model == "opus":
            build_opus(folder, texts)
        print(f"{describe_machine()}\n")
        print(f"{arguments.model}, {len(texts)} sentences, medians of {arguments.rounds} rounds\n")
        print("| cores | workers of threads | target tokens a second | to the best | chosen |")
        print("|---:|---|---:|---:|---|")
        for cores in range(1, arguments.cores + 1):
            rows = in_process(cores, folder if arguments.model == "opus" else None)
            for split, rate, chosen in rows:
                best = max(rate for _, rate, _ in rows)
                mark = "yes" if chosen else ""
                print(f"| {cores} | {split} | {rate:.0f} | {rate / best:.2f} | {mark} |")


def in_process(cores: int, folder: Path | None) -> list[tuple[str, float, bool]]:
    command = [sys.executable, *sys.argv, "--bound-to", str(cores)]
    if folder is not None:
        command += ["--folder", str(folder)]
    bound = sorted(os.sched_getaffinity(0))[:cores]
    done = subprocess.run(
        command,
        check=True,
        stdout=subprocess.PIPE,
        text=True,
        preexec_fn=lambda: os.sched_setaffinity(0, bound),
    )
    rows: list[tuple[str, float, bool]] = json.loads(done.stdout.splitlines()[-1])
    return rows


def measure(
    folder: Path | None, texts: list[str], cores: int, rounds: int
) -> list[tuple[str, float, bool]]:
    model = opus(folder) if folder else hub.resolve(load_settings(), "starter").models["starter"]
    # Without the starter's penalty, as the default profile's models: nothing is scored again.
    options = replace(model.spec.decoding, repetition_penalty=1.0)
    splits = [
        Split("cpu", workers, cores // workers)
        for workers in range(cores, 0, -1)
        if cores % workers == 0
    ]
    if cores == 1:
        splits.append(Split("cpu", 2, 1))  # more than there are
    chosen = hub.fitting_runtime(model)
    loaded = {split: load_model(model, split) for split in splits}
    limit = model.spec.max_source_tokens
    encoded = load_model(model, splits[0])
    texts = [text for text in texts if len(encoded.encode(text, DIRECTION)) <= limit]
    rates: dict[Split, list[float]] = {split: [] for split in splits}
    found = set()
    for number in range(rounds + 1):
        for split, engine in loaded.items():
            begin = time.perf_counter()
            results = translate_texts(texts, model=engine, direction=DIRECTION, options=options)
            seconds = time.perf_counter() - begin
            if number:  # the first round warms up
                rates[split].append(sum(best.num_tokens for best, *_ in results) / seconds)
            found.add(results)
    assert len(found) == 1, "the texts depend on workers and threads"
    return [
        (
            f"{split.num_workers} of {split.threads_per_worker}",
            statistics.median(of),
            split == chosen,
        )
        for split, of in rates.items()
    ]


def opus(folder: Path) -> ResolvedModel:
    spec = ModelSpec(
        name="opus-sized",
        engine="ctranslate2",
        licence="none",
        folder=str(folder / "ct2"),
        format="ctranslate2",
        tokenizer=TokenizerSpec(kind="transformers"),
        compute_type="int8_float32",
        max_source_tokens=200,
        decoding=DecodingOptions(beam_size=4, max_target_tokens=32),
    )
    return ResolvedModel(spec=spec, folder=folder / "ct2", revision="", weights_sha256="")


if __name__ == "__main__":
    main()
