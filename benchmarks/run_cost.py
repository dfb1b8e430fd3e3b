"""What a whole run costs beside the decoding that nobody can leave out.

    python benchmarks/run_cost.py [DATA] [--articles 200] [--rounds 2]

Runs `seedsum run` as a process over real articles (DATA/ntrex-dev, the longest cut in two to get
their number; made-up ones without DATA) into a fresh output, with the starter models. In turn with
it the same segments go to CTranslate2 directly: models loaded, text tokenised, sorted, with the
same options and workers, in the best of several ways. Prints a Markdown table: how the whole run
compares, and in what share of it nothing is decoded. The run decodes flagged segments again (the
second chance, extra work by design) and the direct calls do not; both go on at once, so that no row
can part them.
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from articles import describe_machine, environment, read_articles, write_articles
from seedsum import hub
from seedsum.clock import OVERLAPPING
from seedsum.context import resolve_context
from seedsum.engines.tokenizers import load_tokenizer
from seedsum.records import Direction

#: Padded source tokens of a batch that are tried for the direct calls, on every fifth segment.
BATCH_TOKENS = (1024, 2048, 4096)
TRIED_SHARE = 5

CONFIG = Path(__file__).resolve().parent.parent / "models.toml"
STARTER, FORGETFUL = "starter", "starter, `--no-memory`"


@dataclass(frozen=True, slots=True)
class Run:
    """One run: wall time of the process, and the seconds of its report."""

    wall: float
    stages: dict[str, float]

    @property
    def rest(self) -> float:
        """Seconds in which the run did not wait for the decoder."""
        return self.wall - self.stages["decoding"]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("data", type=Path, nargs="?")
    parser.add_argument("--articles", type=int, default=200)
    parser.add_argument("--rounds", type=int, default=2)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        work = Path(name)
        articles = read_articles(arguments.data, arguments.articles)
        num_bytes = write_articles(articles, work / "in")
        kinds: dict[str, tuple[str, ...]] = {STARTER: (), FORGETFUL: ("--no-memory",)}
        seedsum_run(work, "warm-up", "--limit", "2")
        runs: dict[str, list[Run]] = {kind: [] for kind in kinds}
        ratios: dict[str, list[float]] = {kind: [] for kind in kinds}
        inputs: dict[Direction, list[str]] = {}
        direct: Direct | None = None
        for number in range(arguments.rounds):
            for kind, options in kinds.items():
                output = f"{kind}-{number}"
                runs[kind].append(seedsum_run(work, output, *options))
                inputs = inputs or translated_inputs(work / output)
                direct = direct or Direct(inputs)
                ratios[kind].append(timed(direct.run))
    assert direct is not None
    num_segments = sum(map(len, inputs.values()))
    print(f"{describe_machine()}\n")
    print(
        f"{len(articles)} articles ({num_bytes:,} bytes), {num_segments:,} different segments;"
        f" best direct way: {direct.best}; {arguments.rounds} rounds in turn, medians\n"
    )
    print_runs(runs, ratios)


def print_runs(runs: dict[str, list[Run]], direct: dict[str, list[float]]) -> None:
    print(f"| | {' | '.join(runs)} |\n|---|{'---:|' * len(runs)}")

    def row(label: str, value: Callable[[Run, float], float], style: str) -> None:
        cells = [
            format(
                statistics.median(
                    value(run, seconds) for run, seconds in zip(of, direct[kind], strict=True)
                ),
                style,
            )
            for kind, of in runs.items()
        ]
        print(f"| {label} | {' | '.join(cells)} |")

    row("whole run, seconds", lambda run, _: run.wall, ".2f")
    row("CTranslate2 directly, seconds", lambda _, seconds: seconds, ".2f")
    row("whole run, to direct", lambda run, seconds: run.wall / seconds, ".3f")
    row("**no decoding awaited, share of the run**", lambda run, _: run.rest / run.wall, ".1%")
    stages = sorted({stage for of in runs.values() for run in of for stage in run.stages})
    for stage in stages:
        if stage != "total":
            beside = " (beside)" if stage in OVERLAPPING else ""
            row(f"{stage}{beside}", lambda run, _, s=stage: run.stages.get(s, 0) / run.wall, ".1%")
    row(
        "interpreter, imports, exit",
        lambda run, _: (run.wall - run.stages["total"]) / run.wall,
        ".1%",
    )


def timed(way: Callable[[], object]) -> float:
    begin = time.perf_counter()
    way()
    return time.perf_counter() - begin


def seedsum_run(work: Path, output: str, *options: str) -> Run:
    command = [sys.executable, "-m", "seedsum.cli", "run", str(work / "in"), "--quiet"]
    command += ["--offline", "--profile", "starter", "--config", str(CONFIG)]
    command += ["--output", str(work / output), *options]
    begin = time.perf_counter()
    subprocess.run(command, check=True, stdin=subprocess.DEVNULL, env=environment(work))
    wall = time.perf_counter() - begin
    (report,) = (work / output / "runs").glob("*.json")
    return Run(wall, json.loads(report.read_bytes())["seconds"])


def translated_inputs(output: Path) -> dict[Direction, list[str]]:
    """Return the different texts that a run translated, by direction."""
    texts: dict[Direction, dict[str, None]] = defaultdict(dict)
    for path in sorted(output.rglob("*.record.json")):
        for segment in json.loads(path.read_bytes())["segments"]:
            if segment["num_tokens"] is not None:
                texts[Direction(segment["language"], "en")][segment["source"]] = None
    return {direction: list(of) for direction, of in texts.items()}


#: Tokens of the segments of one direction, longest first, and the target's prefix.
Inputs = list[tuple[list[list[str]], list[str]]]


class Direct:
    """CTranslate2 as its documentation asks for, on tokens that are ready."""

    def __init__(self, texts: dict[Direction, list[str]]) -> None:
        import ctranslate2

        context = resolve_context(CONFIG, "starter", offline=True, strict=True, download=False)
        (model,) = (m for m in context.models.values() if m.folder is not None)
        assert model.folder is not None
        self._options = model.spec.decoding
        runtime = hub.fitting_runtime(model)
        self._translator = ctranslate2.Translator(
            str(model.folder),
            device="cpu",
            compute_type=model.spec.compute_type,
            inter_threads=runtime.num_workers,
            intra_threads=runtime.threads_per_worker,
        )
        tokenizer = load_tokenizer(model)
        self._inputs: Inputs = []
        for direction, of in texts.items():
            tokens = sorted((list(tokenizer.encode(text, direction)) for text in of), key=len)
            self._inputs.append((tokens[::-1], list(tokenizer.target_prefix(direction))))
        some = [(inputs[::TRIED_SHARE], prefix) for inputs, prefix in self._inputs]
        ways = {
            f"{name} of {size} tokens": lambda of, way=way, size=size: way(of, size)
            for name, way in (("one call, batches", self._one_call), ("calls", self._chunks))
            for size in BATCH_TOKENS
        }
        for way in ways.values():  # the first call of a translator is slower
            way(some)
        tried = {name: timed(lambda way=way: way(some)) for name, way in ways.items()}
        self.best = min(tried, key=lambda name: tried[name])
        self._best = ways[self.best]

    def run(self) -> None:
        self._best(self._inputs)

    def _call(self, inputs: Sequence[list[str]], prefix: list[str], **more: Any) -> Any:
        options = self._options
        return self._translator.translate_batch(
            inputs,
            target_prefix=[prefix] * len(inputs) if prefix else None,
            beam_size=options.beam_size,
            length_penalty=options.length_penalty,
            max_decoding_length=options.max_target_tokens + len(prefix),
            min_decoding_length=options.min_target_tokens + len(prefix),
            no_repeat_ngram_size=options.no_repeat_ngram_size,
            repetition_penalty=options.repetition_penalty,
            disable_unk=options.disable_unk,
            max_input_length=0,
            return_scores=True,
            return_end_token=True,
            **more,
        )

    def _one_call(self, of: Inputs, size: int) -> None:
        for inputs, prefix in of:
            self._call(inputs, prefix, max_batch_size=size, batch_type="tokens")

    def _chunks(self, of: Inputs, size: int) -> None:
        results = [
            result
            for inputs, prefix in of
            for chunk in chunked(inputs, size)
            for result in self._call(chunk, prefix, asynchronous=True)
        ]
        for result in results:
            result.result()


def chunked(inputs: Iterable[list[str]], max_tokens: int) -> list[list[list[str]]]:
    """Return inputs, longest first, in groups of at most that many padded tokens."""
    chunks: list[list[list[str]]] = []
    for tokens in inputs:
        if chunks and len(chunks[-1][0]) * (len(chunks[-1]) + 1) <= max_tokens:
            chunks[-1].append(tokens)
        else:
            chunks.append([tokens])
    return chunks


if __name__ == "__main__":
    main()
