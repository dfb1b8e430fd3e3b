"""What a whole run costs beside the decoding that nobody can leave out.

    python benchmarks/run_cost.py [DATA] [--model starter|opus] [--articles 200] [--rounds 2]

Runs `seedsum run` as a process over real articles (DATA/ntrex-dev, the longest cut in two to get
their number; made-up ones without DATA) into a fresh output. In turn with it CTranslate2 directly
decodes just what the run decodes: first decodings, second chances and scores, with the same options
and workers, models loaded, inputs tokenised and sorted, in the best of several ways. What that is,
is recorded in a run inside this process before, in which a thread also looks every 2 ms whether
there is work for all of CTranslate2's workers. `starter` are the bundled models, `opus` the same
blown up to the size of an opus-mt model (see opus_sized.py). Prints a Markdown table.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import sys
import tempfile
import threading
import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast
from unittest import mock

import opus_sized
from articles import describe_machine, environment, read_articles, write_articles
from seedsum.engines import SequenceModel, load_model
from seedsum.engines.ctranslate2 import CTranslate2Model
from seedsum.engines.memory import fitting_runtime
from seedsum.pipeline import run as pipeline
from seedsum.records import DecodingOptions, Direction, Hypothesis, ResolvedModel, Runtime
from seedsum.translation.second_chance import first_options
from speed import starter

#: Padded source tokens of a batch, times the hypotheses of the beam, that are tried for the direct
#: calls, on every fifth input.
BATCH_TOKENS = (1024, 2048, 4096, 8192)
TRIED_SHARE = 5
INTERVAL_SECONDS = 0.002

CONFIG = Path(__file__).resolve().parent.parent / "models.toml"

#: Inputs that are decoded with the same options.
Inputs = dict[tuple[Direction | None, DecodingOptions], list[tuple[str, ...]]]


@dataclass(frozen=True, slots=True)
class Run:
    """One run: wall and processor time of the process, and the seconds of its report."""

    wall: float
    processor: float
    stages: dict[str, float]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("data", type=Path, nargs="?")
    parser.add_argument("--model", choices=("starter", "opus"), default="starter")
    parser.add_argument("--articles", type=int, default=200)
    parser.add_argument("--rounds", type=int, default=2)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        work = Path(name)
        articles = read_articles(arguments.data, arguments.articles)
        num_bytes = write_articles(articles, work / "in")
        model = starter()
        if arguments.model == "opus":
            model = opus_sized.build(model, work)
        write_config(model, work / "models.toml")
        recorder = Recorder()
        recorder.run(work)
        direct = Direct(model, recorder)
        seedsum_run(work, "warm-up", "--limit", "2")  # writes byte code
        runs: list[Run] = []
        seconds: list[float] = []
        for number in range(arguments.rounds):
            runs.append(seedsum_run(work, str(number)))
            seconds.append(timed(lambda: direct.run(recorder.inputs)))
        first = timed(lambda: direct.run(recorder.first(model)))
    print(f"{describe_machine()}\n")
    print(
        f"{model.spec.name}, {len(articles)} articles ({num_bytes:,} bytes),"
        f" {sum(map(len, recorder.first(model).values())):,} different segments,"
        f" {sum(map(len, recorder.inputs.values())):,} decodings; best direct way: {direct.best};"
        f" {arguments.rounds} rounds in turn, medians\n"
    )
    print_runs(runs, seconds, first, recorder.idle_share)


def print_runs(runs: list[Run], direct: list[float], first: float, idle_share: float) -> None:
    print("| | |\n|---|---:|")

    def row(label: str, values: Iterable[float], style: str) -> None:
        print(f"| {label} | {format(statistics.median(values), style)} |")

    num_cores = len(os.sched_getaffinity(0))
    row("whole run, seconds", (run.wall for run in runs), ".2f")
    row("CTranslate2 directly, seconds", direct, ".2f")
    row("of these the first decoding", [first / statistics.median(direct)], ".0%")
    ratios = [run.wall / seconds for run, seconds in zip(runs, direct, strict=True)]
    row("**whole run, to direct**", ratios, ".3f")
    row("least ratio of a round", [min(ratios)], ".3f")
    row("largest ratio of a round", [max(ratios)], ".3f")
    row("fastest run, to fastest direct", [min(run.wall for run in runs) / min(direct)], ".3f")
    row("the decoder lacks work, share of the run", [idle_share], ".1%")
    row("cores busy", (run.processor / run.wall / num_cores for run in runs), ".1%")
    for stage in sorted({stage for run in runs for stage in run.stages} - {"total"}):
        row(stage, (r.stages.get(stage, 0) / r.wall for r in runs), ".1%")
    row("interpreter, imports, exit", ((r.wall - r.stages["total"]) / r.wall for r in runs), ".1%")


def write_config(model: ResolvedModel, path: Path) -> None:
    """Write the project's models.toml with that folder as the starter model, and no fallback."""
    text = CONFIG.read_text(encoding="utf-8")
    for old, new in (
        ('fallback_profile = "starter"', 'fallback_profile = "none"'),
        ('bundled = "starter"', f"folder = {json.dumps(str(model.folder))}"),
    ):
        assert old in text
        text = text.replace(old, new)
    path.write_text(f"{text}\n[profiles.none]\n", encoding="utf-8")


def timed(way: Callable[[], object]) -> float:
    begin = time.perf_counter()
    way()
    return time.perf_counter() - begin


def seedsum_run(work: Path, output: str, *options: str) -> Run:
    command = [sys.executable, "-m", "seedsum", "run", str(work / "in"), "--quiet"]
    command += ["--offline", "--profile", "starter", "--config", str(work / "models.toml")]
    command += ["--output", str(work / output), *options]
    begin = time.perf_counter()
    process = os.posix_spawn(sys.executable, command, environment(work))
    _, status, usage = os.wait4(process, 0)
    wall = time.perf_counter() - begin
    if code := os.waitstatus_to_exitcode(status):
        sys.exit(f"seedsum run ended with {code}")
    (report,) = (work / output / "runs").glob("*.json")
    stages = json.loads(report.read_bytes())["seconds"]
    return Run(wall, usage.ru_utime + usage.ru_stime, stages)


class Recorder:
    """A run in this process, and what CTranslate2 was asked for in it.

    Attributes:
        inputs: Everything that was decoded.
        scored: Each call's inputs and hypotheses.
        idle_share: Of the run, in which a worker had nothing to do.
    """

    def __init__(self) -> None:
        self.inputs: Inputs = defaultdict(list)
        self.scored: list[tuple[Sequence[str], Sequence[str], Any]] = []
        self.idle_share = 1.0
        self._translator: Any = None
        self._is_over = threading.Event()

    def run(self, work: Path) -> None:
        looking = threading.Thread(target=self._look)
        begin = time.perf_counter()
        with mock.patch("seedsum.engines.pool.load", self._load):
            looking.start()
            try:
                pipeline.run(
                    [work / "in"],
                    output=work / "recorded",
                    config=work / "models.toml",
                    profile="starter",
                    offline=True,
                    isolated=False,
                )
            finally:
                self._wall = time.perf_counter() - begin
                self._is_over.set()
                looking.join()

    def first(self, model: ResolvedModel) -> Inputs:
        """Return what was decoded with the options of a first decoding."""
        options = first_options(model.spec.decoding)
        return {key: inputs for key, inputs in self.inputs.items() if key[1] == options}

    def _look(self) -> None:
        busy, before = 0.0, time.perf_counter()
        while not self._is_over.wait(INTERVAL_SECONDS):
            now = time.perf_counter()
            if self._translator and self._translator.num_active_batches >= self._num_workers:
                busy += now - before
            before = now
        self.idle_share = 1 - busy / self._wall

    def _load(self, model: ResolvedModel, runtime: Runtime) -> SequenceModel:
        loaded = load_model(model, runtime)
        self._num_workers = runtime.num_workers
        self._translator = cast(CTranslate2Model, loaded)._translator
        return Recorded(loaded, self)


class Recorded:
    """A model that writes down what it is asked for; see `engines.SequenceModel`."""

    def __init__(self, model: SequenceModel, recorder: Recorder) -> None:
        self._model = model
        self._recorder = recorder
        self.max_batch_tokens = model.max_batch_tokens
        self.encode = model.encode

    def decode_batches(
        self,
        batches: Iterable[Sequence[tuple[str, ...]]],
        direction: Direction | None,
        options: DecodingOptions,
    ) -> Iterator[list[tuple[Hypothesis, ...]]]:
        def recorded() -> Iterator[Sequence[tuple[str, ...]]]:
            for batch in batches:
                self._recorder.inputs[direction, options] += batch
                yield batch

        return self._model.decode_batches(recorded(), direction, options)

    def score(
        self, sources: Sequence[str], translations: Sequence[str], direction: Direction | None
    ) -> list[float]:
        self._recorder.scored.append((sources, translations, direction))
        return self._model.score(sources, translations, direction)

    def close(self) -> None:
        self._recorder._translator = None
        self._model.close()


class Direct:
    """CTranslate2 as its documentation asks for, on tokens that are ready."""

    def __init__(self, model: ResolvedModel, recorder: Recorder) -> None:
        self._model = cast(CTranslate2Model, load_model(model, fitting_runtime(model)))
        self._scored = recorder.scored
        some: Inputs = {key: inputs[::TRIED_SHARE] for key, inputs in recorder.inputs.items()}
        self._size = BATCH_TOKENS[0]
        self.run(some)  # the first call of a translator is slower
        tried = {}
        for self._size in BATCH_TOKENS:
            tried[self._size] = timed(lambda: self.run(some))
        self._size = min(tried, key=lambda size: tried[size])
        self.best = f"calls of {self._size:,} tokens times beam"

    def run(self, inputs: Inputs) -> None:
        results = [
            result
            for (direction, options), of in inputs.items()
            for chunk in chunked(sorted(of, key=len, reverse=True), self._size // options.beam_size)
            for result in self._call(chunk, direction, options)
        ]
        for result in results:
            result.result()
        for given in self._scored:
            self._model.score(*given)

    def _call(
        self,
        inputs: Sequence[tuple[str, ...]],
        direction: Direction | None,
        options: DecodingOptions,
    ) -> list[Any]:
        prefix = list(self._model._tokenizer.target_prefix(direction))
        results: list[Any] = self._model._translator.translate_batch(
            [list(tokens) for tokens in inputs],
            target_prefix=[prefix] * len(inputs) if prefix else None,
            asynchronous=True,
            beam_size=options.beam_size,
            num_hypotheses=options.num_hypotheses,
            length_penalty=options.length_penalty,
            max_decoding_length=options.max_target_tokens + len(prefix),
            min_decoding_length=options.min_target_tokens + len(prefix),
            no_repeat_ngram_size=options.no_repeat_ngram_size,
            repetition_penalty=options.repetition_penalty,
            disable_unk=options.disable_unk,
            max_input_length=0,
            return_scores=True,
            return_end_token=True,
        )
        return results


def chunked(inputs: Iterable[tuple[str, ...]], max_tokens: int) -> list[list[tuple[str, ...]]]:
    """Return inputs, longest first, in groups of at most that many padded tokens."""
    chunks: list[list[tuple[str, ...]]] = []
    for tokens in inputs:
        if chunks and len(chunks[-1][0]) * (len(chunks[-1]) + 1) <= max_tokens:
            chunks[-1].append(tokens)
        else:
            chunks.append([tokens])
    return chunks


if __name__ == "__main__":
    main()
