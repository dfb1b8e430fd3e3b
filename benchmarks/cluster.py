"""What a Ray cluster costs over the same cores without one, and what the run itself takes.

    python benchmarks/cluster.py speed [--documents 120] [--rounds 3]
    python benchmarks/cluster.py driver [--documents 1000 10000 100000]

`speed`: the same articles with the bundled starter models, without Ray and on a real Ray on this
machine, in turns; seconds are beyond those of a run over three articles. `driver`: what
planning, handing out, counting and the index take of the run's own process, where two workers do
nothing (each document is said to be done at once, and nothing is written for it).
"""

from __future__ import annotations

import argparse
import logging
import os
import queue
import secrets
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from articles import describe_machine

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "reliability"))
from attack import write_articles

#: What a run over so many articles takes is taken for what it takes to start.
_FEW = 3


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("what", choices=("speed", "driver", "one"))
    parser.add_argument("--documents", type=int, nargs="+", default=[])
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--cores", type=int, nargs="+", default=[1, 2])
    parser.add_argument("--address", default="")
    options = parser.parse_args()
    if options.what == "one":
        one_driver(options.documents[0], options.address)
        return
    os.environ |= {
        "RAY_AUTH_TOKEN": secrets.token_hex(32),
        "RAY_USAGE_STATS_ENABLED": "0",
        "RAY_worker_niceness": "0",  # Ray would have them wait for whatever else there is
        "SEEDSUM_SETTLE": "0",
    }
    print(f"{describe_machine()}\n")
    with tempfile.TemporaryDirectory() as work:
        os.environ["SEEDSUM_HOME"] = f"{work}/home"
        if options.what == "speed":
            number = (options.documents or [120])[0]
            speed(Path(work), number, num_rounds=options.rounds, core_counts=options.cores)
        else:
            driver(options.documents or [1_000, 10_000, 100_000])


@contextmanager
def cluster(num_cores: int) -> Iterator[str]:
    import ray

    begin = time.perf_counter()
    ray.init(
        address="local",
        num_cpus=num_cores,
        include_dashboard=False,
        log_to_driver=False,
        logging_level=logging.ERROR,
    )
    print(f"(Ray of {num_cores} cores: {time.perf_counter() - begin:.1f} s to begin)", flush=True)
    yield ray.get_runtime_context().gcs_address
    ray.shutdown()


# --------------------------------------------------------------------------------------------
# Speed


def speed(work: Path, num_documents: int, *, num_rounds: int, core_counts: list[int]) -> None:
    write_articles(work / "in", num_documents, num_lines=20)
    write_articles(work / "few", _FEW, num_lines=20)
    print("| cores | how | articles a second | to without Ray | a run over three articles, s |")
    print("|---:|---|---:|---:|---:|")
    all_cores = sorted(os.sched_getaffinity(0))
    for cores in (all_cores[:number] for number in core_counts):
        os.sched_setaffinity(0, cores)  # of all that is started from here
        with cluster(len(cores)) as address:
            ways: dict[str, list[str]] = {"without Ray": []}
            for number in range(1, len(cores) + 1):
                what = f"Ray, {number} worker{'s' * (number > 1)} of {len(cores) // number}"
                ways[what] = ["--ray", address, "--ray-workers", str(number)]
            found: dict[str, list[float]] = {way: [] for way in ways}
            few = {
                way: measured(
                    work / "few", work / f"few-{len(cores)}-{len(more)}-{more[-1:]}", more
                )
                for way, more in ways.items()
            }
            for number in range(num_rounds):
                for way, more in ways.items():
                    output = work / f"out-{len(cores)}-{number}-{len(more)}-{more[-1:]}"
                    found[way].append(measured(work / "in", output, more) - few[way])
        for way, rounds in found.items():
            seconds = statistics.median(rounds)
            to = statistics.median(
                one / before for one, before in zip(rounds, found["without Ray"], strict=True)
            )
            print(
                f"| {len(cores)} | {way} | {(num_documents - _FEW) / seconds:.2f} | {to:.3f} |"
                f" {few[way]:.1f} |",
                flush=True,
            )
    os.sched_setaffinity(0, all_cores)


def measured(source: Path, output: Path, more: list[str]) -> float:
    """Return the seconds of a run."""
    command = [sys.executable, "-m", "seedsum", "run", str(source), "--output", str(output)]
    command += ["--offline", "--profile", "starter", "--fail-on", "none", "--no-cache", "--quiet"]
    begin = time.perf_counter()
    subprocess.run([*command, *more], capture_output=True, check=True)
    return time.perf_counter() - begin


# --------------------------------------------------------------------------------------------
# The driver


class IdleWorker:
    """In place of `cluster.actor.Worker`: says of each document that it is done."""

    def __init__(self, assignment: object, setup: object) -> None:
        from seedsum.pipeline.cluster.actor import Ready

        self._events: queue.SimpleQueue[object] = queue.SimpleQueue()
        self._events.put(Ready("here", ""))

    def do_window(self, window: object) -> None:
        from seedsum.pipeline.worker.messages import Alive, Window, WindowPublished
        from seedsum.records import Action, Outcome, Status

        assert isinstance(window, Window)
        outcomes = tuple(
            Outcome(task.name, Action.WRITE, task.reasons, Status.CLEAN, "vi", 25, 25, 2)
            for task in window.tasks
        )
        self._events.put(Alive(num_found=25 * len(outcomes)))
        self._events.put(Alive(num_done=25 * len(outcomes)))
        self._events.put(WindowPublished(window.number, outcomes, {}, {"decoding": 1.0}, {}))

    def events(self) -> list[object]:
        try:
            found = [self._events.get(timeout=10)]
            while True:
                found.append(self._events.get_nowait())
        except queue.Empty:
            return found


def driver(numbers: list[int]) -> None:
    print(
        "| documents | planning, s | handing out and counting, s | a second"
        " | index and report, s | peak of the run, MB |"
    )
    print("|---:|---:|---:|---:|---:|---:|")
    with cluster(2) as address:
        for number in numbers:
            command = [sys.executable, __file__, "one", "--documents", str(number)]
            done = subprocess.run(
                [*command, "--address", address], stdout=subprocess.PIPE, check=True, text=True
            )
            print(done.stdout.strip().splitlines()[-1], flush=True)


def one_driver(number: int, address: str) -> None:
    """Run over so many articles with idle workers in this process, and print a row."""
    import resource

    import seedsum
    from seedsum.pipeline import supervision
    from seedsum.pipeline.cluster import crew

    crew.Worker = IdleWorker  # type: ignore[misc, assignment]
    spent: dict[str, float] = {}
    honest = supervision.Supervisor.do

    def do(self: supervision.Supervisor, *arguments: object, **more: object) -> None:
        began = time.perf_counter()
        honest(self, *arguments, **more)  # type: ignore[arg-type]
        spent["doing"] = time.perf_counter() - began
        spent["ended"] = time.perf_counter()

    supervision.Supervisor.do = do  # type: ignore[method-assign, assignment]
    with tempfile.TemporaryDirectory() as work:
        for index in range(number):
            folder = Path(work, "in", f"{index // 1000:03}")
            folder.mkdir(parents=True, exist_ok=True)
            (folder / f"{index:06}.txt").write_text(f"Bài số {index}.\n", encoding="utf-8")
        report = seedsum.run(
            [f"{work}/in"], output=f"{work}/out", profile="starter", offline=True, ray=address,
            ray_workers=2,
        )  # fmt: skip
        last = time.perf_counter() - spent["ended"]
    assert report.counters["clean"] == number
    peak_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e3
    doing = spent["doing"] - report.seconds["starting"]
    print(
        f"| {number:,} | {report.seconds['planning']:.1f} | {doing:.1f} | {number / doing:,.0f} |"
        f" {last:.1f} | {peak_mb:.0f} |"
    )


if __name__ == "__main__":
    main()
