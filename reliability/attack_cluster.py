"""Attacks runs on a Ray cluster, and holds what is left against an undisturbed run without one.

    python reliability/attack_cluster.py files --workers 100 --drivers 30 --documents 200
    python reliability/attack_cluster.py s3 --workers 100 --drivers 30 --documents 200

The cluster is a real Ray of two cores on this machine, the store moto's server on loopback, the
models are the bundled starter ones. Workers (Ray's actors, each with the process that it holds) and
the run itself get kill -9 at random times; a run that was killed is followed by the next at once.
Prints a row for docs/scale.md and exits with 1 where something was lost, torn, doubled or
different.
"""

from __future__ import annotations

import argparse
import os
import random
import signal
import sys
import tempfile
import threading
import time
from contextlib import suppress
from pathlib import Path

import attack
import attack_stores
from attack import Finding

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "tests"))
from ray_cluster import ray_cluster
from s3_server import CREDENTIALS, s3_server


def actors(name: bytes = b"ray::Worker") -> list[int]:
    """Return the processes of the actors of this machine's clusters that are ours."""
    found = []
    for path in Path("/proc").iterdir():
        with suppress(OSError):
            if path.name.isdecimal() and (path / "cmdline").read_bytes().startswith(name):
                environment = (path / "environ").read_bytes()
                if os.environ["SEEDSUM_HOME"].encode() in environment:
                    found.append(int(path.name))
    return found


def contents(output: str) -> dict[str, bytes]:
    where = attack_stores.contents if output.startswith("s3:") else attack.contents
    return where(output if output.startswith("s3:") else Path(output))  # type: ignore[operator, no-any-return]


def torn(output: str) -> list[str]:
    where = attack_stores.torn if output.startswith("s3:") else attack.torn
    return where(output if output.startswith("s3:") else Path(output))  # type: ignore[operator, no-any-return]


class Run:
    """A run that is listened to."""

    def __init__(self, source: Path, output: str, options: argparse.Namespace) -> None:
        more = ["--ray", options.address, "--ray-workers", "2", "--no-cache", "--wait", "120"]
        self.process = attack.start(source, output, *more)
        self.num_done = 0
        self.said: list[str] = []
        self._reader = threading.Thread(target=self._read)
        self._reader.start()

    def _read(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.said.append(line)
            self.num_done += "seedsum: [" in line
        self.process.wait()

    def wait(self, seconds: float) -> bool:
        """Return whether it has ended by then."""
        self._reader.join(seconds)
        return not self._reader.is_alive()


def disturb(
    finding: Finding, source: Path, output: str, options: argparse.Namespace, rng: random.Random
) -> None:
    """Run over an output until it is whole, and kill meanwhile what is still to be killed."""
    while True:
        run = Run(source, output, options)
        if rng.random() < 0.7 and not is_over(finding, options, "drivers"):
            kill_run(finding, run, rng)
        else:
            kill_workers(finding, run, options, rng)
        code = run.process.returncode
        found = torn(output)
        finding.expect(not found, f"torn after {code}: {found[:5]}")
        print(dict(finding.counts), finding.faults, file=sys.stderr, flush=True)
        if code != -signal.SIGKILL:
            said = "".join(run.said)[-1500:]
            finding.expect(code == 0, f"a run gave {code}: {said}")
            return


def kill_run(finding: Finding, run: Run, rng: random.Random) -> None:
    """Kill it at any time, of its start too, or soon after it has done something."""
    if rng.random() < 0.3:
        run.wait(rng.uniform(0, 5))
    else:
        while not run.num_done and not run.wait(0.1):
            pass
        run.wait(rng.uniform(0, 3))
    if not run.wait(0):
        run.process.kill()
        finding.count("drivers killed")
    run.wait(600)


def kill_workers(
    finding: Finding, run: Run, options: argparse.Namespace, rng: random.Random
) -> None:
    """Kill one after another, each some time after something was done."""
    num_done = 0
    while not run.wait(0.05):
        if run.num_done == num_done or is_over(finding, options, "workers"):
            continue
        run.wait(rng.uniform(0, 2))
        if (living := actors()) and not run.wait(0):
            num_done = run.num_done
            with suppress(ProcessLookupError):
                os.kill(rng.choice(living), signal.SIGKILL)
                finding.count("workers killed")


def is_over(finding: Finding, options: argparse.Namespace, victims: str) -> bool:
    enough = finding.counts[f"{victims} killed"] >= getattr(options, victims)
    return bool(enough or time.monotonic() > options.until)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("place", choices=("files", "s3"))
    parser.add_argument("--workers", type=int, default=100)
    parser.add_argument("--drivers", type=int, default=30)
    parser.add_argument("--documents", type=int, default=200)
    parser.add_argument("--minutes", type=float, default=60)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    options.until = time.monotonic() + 60 * options.minutes
    finding, rng = Finding(), random.Random(options.seed)
    os.environ |= {
        "SEEDSUM_LEASE": "10",
        "SEEDSUM_SETTLE": "0",
        **CREDENTIALS,
    }
    with tempfile.TemporaryDirectory() as work, s3_server() as server:
        os.environ["AWS_ENDPOINT_URL"] = server
        os.environ["SEEDSUM_HOME"] = f"{work}/home"
        source, whole = Path(work, "in"), Path(work, "whole")
        attack.write_articles(source, options.documents, num_lines=3)
        code, said = attack.run(source, whole)
        assert code == 0, said
        expected = attack.contents(whole)
        with ray_cluster(2) as options.address:
            while not all(is_over(finding, options, one) for one in ("workers", "drivers")):
                number = finding.counts["outputs made whole"]
                output = f"s3://bucket/{number}" if options.place == "s3" else f"{work}/{number}"
                disturb(finding, source, output, options, rng)
                found = contents(output)
                differing = sorted(attack._differing(found, expected))
                finding.expect(not differing, f"{number}: {differing[:5]} differ")
                finding.count("outputs made whole")
    counts = ", ".join(f"{what} {count}" for what, count in sorted(finding.counts.items()))
    print(f"| {options.place} | {options.documents} | {counts} | {len(finding.faults)} |")
    for fault in finding.faults:
        print(fault, file=sys.stderr)
    return bool(finding.faults)


if __name__ == "__main__":
    raise SystemExit(main())
