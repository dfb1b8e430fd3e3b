"""What a Ray cluster costs over the same cores without one, and what the run itself takes.

    python benchmarks/cluster.py speed [--documents 100 500] [--rounds 5]
    python benchmarks/cluster.py driver [--documents 1000 10000 100000]

`speed`: the same articles with the bundled starter models, without Ray and on a real Ray on this
machine, in turns. It counts CPU time, since wall time depends on who else uses the machine, and of
English articles, since what decoding takes would hide the difference; two sizes of run tell a
document's part from what a run takes besides. What Ray has beside runs and their workers is counted
by itself: it takes as much without work.
`driver`: what planning, handing out, counting and the index take of the run's own process, where
two workers do nothing (each document is said to be done at once, and nothing is written for it).
"""

from __future__ import annotations

import argparse
import os
import queue
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from articles import describe_machine

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "reliability"))
sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "tests"))
from attack import write_articles
from ray_cluster import ray_cluster

#: How long an idle Ray is looked at, and how long processes of a run may take to end after it.
_IDLE_SECONDS, _ENDING_SECONDS = 30, 3


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("what", choices=("speed", "driver", "one"))
    parser.add_argument("--documents", type=int, nargs="+", default=[])
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--address", default="")
    options = parser.parse_args()
    if options.what == "one":
        one_driver(options.documents[0], options.address)
        return
    os.environ["SEEDSUM_SETTLE"] = "0"
    print(f"{describe_machine()}\n")
    with tempfile.TemporaryDirectory() as work:
        os.environ["SEEDSUM_HOME"] = f"{work}/home"
        if options.what == "speed":
            few, many = options.documents or [100, 500]
            with counted() as clock:
                speed(Path(work), clock, few, many, options.rounds)
        else:
            driver(options.documents or [1_000, 10_000, 100_000])


# --------------------------------------------------------------------------------------------
# Speed


@dataclass(frozen=True, slots=True)
class Spent:
    """Seconds: by the clock; of CPU by runs and their workers; by what Ray has beside them."""

    wall: float
    cpu: float
    ray: float

    def __sub__(self, other: Spent) -> Spent:
        return Spent(self.wall - other.wall, self.cpu - other.cpu, self.ray - other.ray)


class Clock:
    """Counts what this process and all that it begins spend, also what has ended since."""

    def __init__(self, group: Path) -> None:
        self._group = group
        self._ray: list[int] = []

    def name_ray(self) -> None:
        """Take all that lives now, but for this process, for Ray's own, which stays."""
        members = map(int, (self._group / "cgroup.procs").read_text().split())
        self._ray = [pid for pid in members if pid != os.getpid() and not _is_worker(pid)]

    def now(self) -> Spent:
        usage = self._group / "cpuacct.usage"
        if usage.exists():
            cpu = int(usage.read_text()) / 1e9
        else:
            cpu = int((self._group / "cpu.stat").read_text().split()[1]) / 1e6
        ray = sum(map(_cpu_seconds, self._ray))
        return Spent(time.monotonic(), cpu - ray, ray)


def _is_worker(pid: int) -> bool:
    return b"ray::IDLE" in Path(f"/proc/{pid}/cmdline").read_bytes()


def _cpu_seconds(pid: int) -> float:
    user, system = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[11:13]
    return (int(user) + int(system)) / os.sysconf("SC_CLK_TCK")


@contextmanager
def counted() -> Iterator[Clock]:
    """Put this process into a control group of its own: the kernel counts what has ended too."""
    root = Path("/sys/fs/cgroup")
    if not (root / "cgroup.controllers").exists():
        root /= "cpuacct"
    group = root / f"seedsum-{os.getpid()}"
    try:
        group.mkdir()
    except OSError as error:
        raise SystemExit(f"{group}: {error.strerror}; this is counted as root, on Linux") from error
    (group / "cgroup.procs").write_text(str(os.getpid()))
    try:
        yield Clock(group)
    finally:
        (root / "cgroup.procs").write_text(str(os.getpid()))
        with suppress(OSError):  # what Ray left may take a moment to end
            group.rmdir()


def speed(work: Path, clock: Clock, few: int, many: int, num_rounds: int) -> None:
    for number in (few, many):
        write_articles(work / f"en-{number}", number, num_lines=20, languages=["en"])
    write_articles(work / "all-20", 20, num_lines=20)
    write_articles(work / "all-60", 60, num_lines=20)
    with ray_cluster(2) as address:
        time.sleep(_IDLE_SECONDS)  # it starts processes for what may come
        clock.name_ray()
        idle = spent(clock, partial(time.sleep, _IDLE_SECONDS))
        print(f"(Ray without work: {1000 * idle.ray / idle.wall:.0f} ms of CPU a second)")
        ways: dict[str, list[str]] = {"without Ray": []}
        for number in (1, 2):
            what = f"Ray, {number} worker{'s' * (number > 1)} of {2 // number}"
            ways[what] = ["--ray", address, "--ray-workers", str(number)]
        found: dict[str, list[tuple[Spent, Spent]]] = {way: [] for way in ways}
        for turn in range(num_rounds):
            for way, more in ways.items():
                less = spent(clock, partial(run, work / f"en-{few}", work / "out", more))
                much = spent(clock, partial(run, work / f"en-{many}", work / "out", more))
                found[way].append((less, much))
                print(f"({turn + 1}: {way}: {less}, {much})", file=sys.stderr, flush=True)
        less = spent(clock, partial(run, work / "all-20", work / "out", []))
        whole = (spent(clock, partial(run, work / "all-60", work / "out", [])) - less).cpu / 40
    print("| how | CPU ms a document, nothing decoded | more | CPU s a run besides | Ray's ms/s |")
    print("|---|---:|---:|---:|---:|")
    first: list[float] = []
    for way, rounds in found.items():
        each = [(much - less).cpu / (many - few) for less, much in rounds]
        first = first or each
        more_ms = statistics.median(1000 * (a - b) for a, b in zip(each, first, strict=True))
        besides = [less.cpu - few * one for (less, _), one in zip(rounds, each, strict=True)]
        ray = statistics.median(1000 * much.ray / much.wall for _, much in rounds)
        print(
            f"| {way} | {1000 * statistics.median(each):.1f} | {more_ms:+.1f}"
            f" ({0.1 * more_ms / whole:+.1f}%) | {statistics.median(besides):.1f} | {ray:.0f} |"
        )
    print(f"(An article of 20 sentences in three languages: {1000 * whole:.0f} ms without Ray)")


def spent(clock: Clock, do: Callable[[], None]) -> Spent:
    before = clock.now()
    do()
    return clock.now() - before


def run(source: Path, output: Path, more: list[str]) -> None:
    command = [sys.executable, "-m", "seedsum", "run", str(source), "--output", str(output)]
    command += ["--offline", "--profile", "starter", "--fail-on", "none", "--no-cache", "--quiet"]
    subprocess.run([*command, *more], capture_output=True, check=True)
    shutil.rmtree(output)
    time.sleep(_ENDING_SECONDS)


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
    with ray_cluster(2) as address:
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
