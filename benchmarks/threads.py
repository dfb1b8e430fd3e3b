"""Workers and threads on one core and on two: how fast the same batches are decoded.

    python benchmarks/threads.py [DATA] [--model opus|starter] [--sentences 96] [--rounds 3]

For every number of cores of this machine up to `--cores`, a process bound to that many loads the
model with every split into workers and threads; the splits take turns over the same sentences (see
opus_sized.py for the larger model). Also checks that the texts do not depend on the split. Prints a
Markdown table; `seedsum doctor` says which split a run takes.
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
from pathlib import Path

import opus_sized
from articles import describe_machine
from seedsum.engines import load_model
from seedsum.engines.batches import translate_texts
from seedsum.engines.memory import fitting_runtime
from seedsum.records import Direction
from seedsum.records import Runtime as Split
from speed import read_documents, starter

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
            opus_sized.build(starter(), folder)
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
    model = starter()
    if folder:
        model = opus_sized.resolved(model, folder)
    options = model.spec.decoding
    splits = [
        Split("cpu", workers, cores // workers)
        for workers in range(cores, 0, -1)
        if cores % workers == 0
    ]
    if cores == 1:
        splits.append(Split("cpu", 2, 1))  # more than there are
    chosen = fitting_runtime(model)
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
            found.add(tuple(results))
    assert len(found) == 1, "the texts depend on workers and threads"
    return [
        (
            f"{split.num_workers} of {split.threads_per_worker}",
            statistics.median(of),
            split == chosen,
        )
        for split, of in rates.items()
    ]


if __name__ == "__main__":
    main()
