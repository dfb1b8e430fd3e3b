"""What an output and an input in an S3 store cost: requests, seconds and memory.

    python benchmarks/stores.py [--documents 30000] [--cold 3000] [--run 20]

The store is moto's server on loopback, in a process of its own, which counts requests; it answers
as S3 does, but its speed is that of Python here and not of a store. Pairs and articles are put into
it in its own process. Prints Markdown tables: runs with nothing to do over `--cold` pairs that are
all read, and over `--documents` whose states are known; and a run over `--run` articles.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
import time
import urllib.request
from collections.abc import Sequence
from pathlib import Path

from articles import describe_machine
from planning import make_current

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "tests"))
sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "reliability"))
from attack import write_articles
from s3_server import CREDENTIALS, s3_server
from seedsum.files import STATE_FOLDER, sha256_bytes
from seedsum.output import place_of, states
from seedsum.output.lines import Lines
from seedsum.pipeline.stamps import Stamps

_SEED = """
import re, pathlib
from moto.s3.models import s3_backends
backend = s3_backends["123456789012"]["aws"]
root = pathlib.Path({root!r})
for path in root.rglob("*"):
    name = path.relative_to(root).as_posix()
    if path.is_file() and "/.seedsum/" not in name:
        backend.put_object("bucket", {prefix!r} + "/" + name, path.read_bytes())
"""
METHODS = ("LIST", "GET", "HEAD", "PUT", "DELETE")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--documents", type=int, default=30_000)
    parser.add_argument("--cold", type=int, default=3_000)
    parser.add_argument("--run", type=int, default=20)
    arguments = parser.parse_args()
    print(f"{describe_machine()}\n")
    print(f"| run | {' | '.join(METHODS)} | seconds | peak memory, MB |")
    print(f"|---|{'---:|' * (len(METHODS) + 2)}")
    with tempfile.TemporaryDirectory() as work, s3_server() as server:
        os.environ.update(CREDENTIALS, AWS_ENDPOINT_URL=server, SEEDSUM_HOME=f"{work}/home")
        write_articles(Path(work, "new"), arguments.run)
        put(server, Path(work, "new"), "new/in")
        label = f"`seedsum run` over {arguments.run} new articles"
        row(server, label, "new", expect=f"{arguments.run} done")
        row(server, "the same again, nothing to do", "new", expect="nothing to do")
        for number, known in ((arguments.cold, False), (arguments.documents, True)):
            folder = Path(work, str(number))
            make_current(folder, number)
            put(server, folder, str(number))
            if known:
                remember(folder, str(number))
            what = "none has changed" if known else "no states kept, all are read"
            label = f"nothing to do, {number:,} pairs, {what}"
            row(server, label, str(number), expect=f"{number} current")


def put(server: str, folder: Path, prefix: str) -> None:
    code = _SEED.format(root=str(folder), prefix=prefix)
    urllib.request.urlopen(f"{server}/-seed", code.encode()).close()


def remember(folder: Path, name: str) -> None:
    """Write what a run would have written that has read all of it."""
    here = states.read_records(folder / "out")
    place = place_of(f"s3://bucket/{name}/out")
    looks = states._listed(place).stamps
    Lines(place, "state").replace(states._lines(sorted(here), looks, here))
    stamps = Stamps(place)
    for entry in place_of(f"s3://bucket/{name}/in").entries():
        data = (folder / "in" / entry.name).read_bytes()
        address = f"s3://bucket/{name}/in/{entry.name}"
        stamps.look_at(address, entry, digest=lambda data=data: sha256_bytes(data))  # type: ignore[misc]
    stamps.save()
    assert place.entry(f"{STATE_FOLDER}/sources.jsonl")


def row(server: str, label: str, prefix: str, *, expect: str) -> None:
    counts(server)
    command = [sys.executable, "-m", "seedsum", "run", f"s3://bucket/{prefix}/in"]
    command += ["--output", f"s3://bucket/{prefix}/out", "--offline", "--profile", "starter"]
    begin = time.perf_counter()
    code, said, peak_mb = measured([*command, "--fail-on", "none"])
    seconds = time.perf_counter() - begin
    assert code == 0 and expect in said, said[-800:]
    found = counts(server)
    numbers = " | ".join(f"{found.get(method, 0):,}" for method in METHODS)
    print(f"| {label} | {numbers} | {seconds:.1f} | {peak_mb:.0f} |", flush=True)


def measured(command: Sequence[str]) -> tuple[int, str, float]:
    """Run a command; return exit code, standard error, and the driver's own peak memory in MB."""
    with tempfile.TemporaryFile() as said:
        pid = os.posix_spawn(
            command[0], command, os.environ, file_actions=[(os.POSIX_SPAWN_DUP2, said.fileno(), 2)]
        )
        _, status, usage = os.wait4(pid, 0)
        said.seek(0)
        text = said.read().decode()
    return os.waitstatus_to_exitcode(status), text, usage.ru_maxrss / 1e3


def counts(server: str) -> dict[str, int]:
    with urllib.request.urlopen(f"{server}/-counts") as answer:
        found: dict[str, int] = json.load(answer)
    return found


if __name__ == "__main__":
    main()
