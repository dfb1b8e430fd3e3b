"""Attacks runs over an S3 server, and holds what is left against an undisturbed run on files.

    python reliability/attack_stores.py kill --times 30 --documents 200  # kill -9 of the driver
    python reliability/attack_stores.py stop --times 10  # SIGSTOP past the lease, SIGCONT
    python reliability/attack_stores.py together --times 10  # two drivers at once
    python reliability/attack_stores.py faults --times 5  # the store fails
    python reliability/attack_stores.py shards --times 10  # two parts at once, one killed

The server is moto's, on loopback, in a process of its own. Each attack prints a row for
docs/reliability.md and exits with 1 where something was lost, torn, doubled or different.
"""

from __future__ import annotations

import argparse
import os
import random
import signal
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import attack
from attack import Finding

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "tests"))
from s3_server import CREDENTIALS, FaultyStore, s3_server
from seedsum.output import place_of, read_records
from seedsum.records import Integrity


@dataclass(frozen=True, slots=True)
class Ground:
    """What every attack has: a server, articles on it and on files, and what is to come out."""

    server: str
    source: Path
    whole: dict[str, bytes]
    seconds: float  # of an undisturbed run over files


def contents(address: str) -> dict[str, bytes]:
    """Return the pairs of an output, as `attack.contents` does of a folder."""
    place = place_of(address)
    return {
        entry.name: place.read(entry.name) or b""
        for entry in place.entries()
        if entry.name.partition("/")[0] not in ("runs", "index.md", "index.html")
    }


def torn(address: str) -> list[str]:
    """Return the pairs whose record names what is not there."""
    found = read_records(place_of(address), rehash=True)
    return [
        name
        for name, state in found.items()
        if state.status is not None and state.integrity is not Integrity.INTACT
    ]


def expect_whole(finding: Finding, output: str, ground: Ground, where: str) -> None:
    """Let the next run end it, and expect the bytes of the undisturbed run, and nothing else."""
    code, said = attack.run(ground.source, output, "--wait", "60")
    finding.expect(code == 0, f"{where}: the next run gave {code}: {said}")
    found = contents(output)
    differing = {name for name in found if found[name] != ground.whole.get(name)}
    differing |= ground.whole.keys() - found.keys()
    finding.expect(not differing, f"{where}: {sorted(differing)[:5]} differ")


def kill(ground: Ground, options: argparse.Namespace) -> Finding:
    """kill -9 of the driver at a random time; each run goes on where the last one was killed."""
    finding, rng = Finding(), random.Random(options.seed)
    output, number = "s3://bucket/kill/0", 0
    while finding.counts["driver killed"] < options.times:
        process = attack.start(ground.source, output, "--wait", "60")
        time.sleep(rng.uniform(0, ground.seconds))
        was_over = process.poll() is not None
        process.kill()
        attack.finish(process)
        finding.count("over before the kill, not counted" if was_over else "driver killed")
        finding.expect(not torn(output), f"{number}: torn {torn(output)}")
        if was_over or rng.random() < 0.2:
            expect_whole(finding, output, ground, f"{number}")
            number += 1
            output = f"s3://bucket/kill/{number}"
    expect_whole(finding, output, ground, f"{number}")
    return finding


def stop(ground: Ground, options: argparse.Namespace) -> Finding:
    """SIGSTOP of the driver past its lease; another takes over; SIGCONT."""
    finding, rng = Finding(), random.Random(options.seed)
    for number in range(options.times):
        output = f"s3://bucket/stop/{number}"
        place = place_of(output)
        first = attack.start(ground.source, output, "--no-cache")
        while not any(entry.name.endswith(".claim") for entry in place.entries(hidden=True)):
            time.sleep(0.05)
        time.sleep(rng.uniform(0, ground.seconds * 0.6))
        os.kill(first.pid, signal.SIGSTOP)
        code, said = attack.run(ground.source, output, "--wait", "60")
        finding.expect(code == 0, f"{number}: the second run gave {code}: {said}")
        before = {entry.name: entry.look for entry in place.entries(hidden=True)}
        os.kill(first.pid, signal.SIGCONT)
        code, said = attack.finish(first)
        after = {entry.name: entry.look for entry in place.entries(hidden=True)}
        finding.count(f"the first ended with {code}")
        finding.expect(code in (0, 7), f"{number}: the first gave {code}: {said}")
        finding.expect(code == 0 or before == after, f"{number}: the fenced one has written")
        expect_whole(finding, output, ground, f"{number}")
    return finding


def together(ground: Ground, options: argparse.Namespace) -> Finding:
    """Two drivers over the same output, started at once."""
    finding = Finding()
    for number in range(options.times):
        output = f"s3://bucket/together/{number}"
        both = [attack.start(ground.source, output) for _ in range(2)]
        ended = [attack.finish(process) for process in both]
        codes = sorted(code for code, _ in ended)
        finding.count(f"exit codes {codes}")
        finding.expect(codes in ([0, 7], [0, 0]), f"{number}: {ended}")
        expect_whole(finding, output, ground, f"{number}")
    return finding


def shards(ground: Ground, options: argparse.Namespace) -> Finding:
    """Two parts at once, from store to store; one is killed and run again beside the other."""
    finding, rng = Finding(), random.Random(options.seed)
    source = place_of("s3://bucket/shards/in")
    for path in sorted(ground.source.iterdir()):
        source.write(path.name, path.read_bytes())
    for number in range(options.times):
        output = f"s3://bucket/shards/{number}"
        parts = ["1/2", "2/2"]
        rng.shuffle(parts)
        first, other = (
            attack.start(source.show(), output, "--shard", part, "--wait", "60") for part in parts
        )
        time.sleep(rng.uniform(0, ground.seconds))
        was_over = first.poll() is not None
        first.kill()
        attack.finish(first)
        finding.count("over before the kill, not counted" if was_over else "part killed")
        again = attack.start(source.show(), output, "--shard", parts[0], "--wait", "60")
        for process in (again, other):
            code, said = attack.finish(process)
            finding.expect(code == 0, f"{number}: a part gave {code}: {said}")
        finding.expect(not torn(output), f"{number}: torn {torn(output)}")
        found = contents(output)
        finding.expect(found == ground.whole, f"{number}: the parts together are not the whole")
        expect_whole(finding, output, ground, f"{number}")
    return finding


def faults(ground: Ground, options: argparse.Namespace) -> Finding:
    """A store that fails 5% of the requests, breaks off 3%, and dawdles over 5%."""
    finding = Finding()
    for number in range(options.times):
        output = f"s3://bucket/faults/{number}"
        with FaultyStore(
            ground.server, failing=0.05, breaking=0.03, slow=0.05, seed=options.seed + number
        ) as faulty:
            os.environ["AWS_ENDPOINT_URL"] = faulty.address
            code, said = attack.run(ground.source, output)
            os.environ["AWS_ENDPOINT_URL"] = ground.server
        finding.count(f"exit code {code}")
        finding.counts["requests that failed"] += faulty.num_failed
        finding.counts["that broke off"] += faulty.num_broken
        finding.expect(code in (0, 3), f"{number}: {code}: {said}")
        finding.expect(not torn(output), f"{number}: torn {torn(output)}")
        expect_whole(finding, output, ground, f"{number}")
    return finding


ATTACKS: dict[str, Callable[[Ground, argparse.Namespace], Finding]] = {
    function.__name__: function for function in (kill, stop, together, faults, shards)
}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("attack", choices=sorted(ATTACKS))
    parser.add_argument("--times", type=int, default=10)
    parser.add_argument("--documents", type=int, default=20)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    os.environ |= {"SEEDSUM_LEASE": os.environ.get("SEEDSUM_LEASE", "2"), **CREDENTIALS}
    with tempfile.TemporaryDirectory() as work, s3_server() as server:
        os.environ["AWS_ENDPOINT_URL"] = server
        os.environ["SEEDSUM_HOME"] = f"{work}/home"
        source, output = Path(work, "in"), Path(work, "out")
        attack.write_articles(source, options.documents)
        begin = time.monotonic()
        code, said = attack.run(source, output)
        assert code == 0, said
        seconds = time.monotonic() - begin
        ground = Ground(server, source, attack.contents(output), seconds)
        finding = ATTACKS[options.attack](ground, options)
    counts = ", ".join(f"{what} {count}" for what, count in sorted(finding.counts.items()))
    print(
        f"| S3: `{options.attack}` | {options.times} times over {options.documents} documents"
        f" | {counts} | {len(finding.faults)} |"
    )
    for fault in finding.faults:
        print(fault, file=sys.stderr)
    return bool(finding.faults)


if __name__ == "__main__":
    raise SystemExit(main())
