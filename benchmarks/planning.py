"""What a run with nothing to do costs, by the number of current documents.

    python benchmarks/planning.py [--documents 10000 100000] [--rounds 5]

Makes a folder of short English texts and a pair of each (one is run; the others get its files, with
their own name, hash and key in the record), and times
`seedsum run` as a process: cold (every pair read and hashed) and warm (nothing has changed since
the last run). In turn with it `python -c pass`, `import typer` and `seedsum --help`. Prints a
Markdown table of seconds beyond the interpreter's start, and of ratios.
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
from collections.abc import Callable, Sequence
from pathlib import Path

from articles import describe_machine, environment, made_up, write_articles
from seedsum.files import sha256_bytes
from seedsum.pipeline.context import resolve_context
from seedsum.pipeline.keys import run_key

#: Files of one folder; more of them make some file systems slow, whoever reads them.
FOLDER_FILES = 1_000


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--documents", type=int, nargs="+", default=[10_000, 100_000])
    parser.add_argument("--rounds", type=int, default=5)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        work = Path(name)
        os.environ.update(environment(work))
        os.environ.pop("PYTHONDONTWRITEBYTECODE", None)  # all of the environment is ours
        interpreter, typer, help_ = starts(arguments.rounds)
        print(f"{describe_machine()}\n")
        print(f"medians of {arguments.rounds} rounds in turn\n")
        print("| command | seconds | beyond `python -c pass` | times `python -c 'import typer'` |")
        print("|---|---:|---:|---:|")
        for label, seconds in (
            ("`python -c pass`", interpreter),
            ("`python -c 'import typer'`", typer),
            ("`seedsum --help`", help_),
        ):
            print(f"| {label} {cells(seconds, interpreter, typer)}")
        rows = []
        for number in arguments.documents:
            folder = work / str(number)
            make_current(folder, number)
            cold = run(folder, expect=number)
            rounds = min(arguments.rounds, 3) if number > 20_000 else arguments.rounds
            warm, start = [], []
            for _ in range(rounds):
                start.append(timed(["-c", "pass"]))
                warm.append(run(folder, expect=number))
            label = f"`seedsum run`, {number:,} current documents"
            print(f"| {label}, cold {cells([cold], [start[0]], typer)}")
            print(f"| {label}, warm {cells(warm, start, typer)}")
            rows.append((number, median_beyond(warm, start)))
        (work / "empty" / "in").mkdir(parents=True)
        nothing = [run(work / "empty", expect=0) for _ in range(arguments.rounds)]
        print(f"| `seedsum run`, an empty folder {cells(nothing, interpreter, typer)}")
        fixed = median_beyond(nothing, interpreter)
        print("\n| current documents | microseconds a document, warm, beyond a run over none |")
        print("|---:|---:|")
        for number, seconds in rows:
            print(f"| {number:,} | {(seconds - fixed) / number * 1e6:.0f} |")
        print_imports(work / str(arguments.documents[0]))


def starts(rounds: int) -> tuple[list[float], list[float], list[float]]:
    found: tuple[list[float], list[float], list[float]] = ([], [], [])
    commands: Sequence[list[str]] = (
        ["-c", "pass"],
        ["-c", "import typer"],
        ["-m", "seedsum", "--help"],
    )
    for command in commands:
        timed(command)  # so that files are in memory
    for _ in range(rounds):
        for seconds, command in zip(found, commands, strict=True):
            seconds.append(timed(command))
    return found


def cells(seconds: Sequence[float], interpreter: Sequence[float], typer: Sequence[float]) -> str:
    beyond = median_beyond(seconds, interpreter)
    ratio = statistics.median(seconds) / statistics.median(typer)
    return f"| {statistics.median(seconds):.3f} | {beyond:.3f} | {ratio:.2f} |"


def median_beyond(seconds: Sequence[float], interpreter: Sequence[float]) -> float:
    return statistics.median(seconds) - statistics.median(interpreter)


def timed(command: Sequence[str], check: Callable[[str], None] = lambda text: None) -> float:
    begin = time.perf_counter()
    done = subprocess.run(
        [sys.executable, *command],
        check=True,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
    )
    seconds = time.perf_counter() - begin
    check(done.stderr)
    return seconds


def command_of(folder: Path) -> list[str]:
    command = ["-m", "seedsum", "run", str(folder / "in"), "--output", str(folder / "out")]
    return [*command, "--offline", "--profile", "starter", "--fail-on", "none"]


def run(folder: Path, *, expect: int) -> float:
    def check(text: str) -> None:
        wanted = f"{expect} current" if expect else "nothing to do"
        assert wanted in text, text[-500:]

    return timed(command_of(folder), check)


def make_current(folder: Path, number: int) -> None:
    """Make that many articles and a current pair of each."""
    articles = [made_up("first", "en", seed=0, num_paragraphs=3)]
    write_articles(articles, folder / "in" / "000")
    subprocess.run(
        [sys.executable, *command_of(folder), "--quiet"], check=True, stdin=subprocess.DEVNULL
    )
    output = folder / "out"
    first = "000/first.txt"
    texts = {
        kind: (output / f"{first}.{kind}.md").read_text(encoding="utf-8")
        for kind in ("translation", "summary")
    }
    record = json.loads((output / f"{first}.record.json").read_bytes())
    keys = resolve_context(None, "starter", offline=True, strict=True).keys
    for place in range(1, number):
        name = f"{place // FOLDER_FILES:03}/article-{place:06}.txt"
        path = folder / "in" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        data = f"{articles[0].text}\n{place} more people came.\n".encode()
        path.write_bytes(data)
        parts = keys.parts(sha256_bytes(data), routes=record["routes"])
        own = {
            **record,
            "title": f"{record['title']} {place}",
            "source": {**record["source"], "path": name, "sha256": parts.source},
            "run_key": run_key(parts),
            "key_parts": {part: getattr(parts, part) for part in record["key_parts"]},
        }
        (output / name).parent.mkdir(parents=True, exist_ok=True)
        for kind, text in texts.items():
            (output / f"{name}.{kind}.md").write_text(text, encoding="utf-8")
        text = json.dumps(own, ensure_ascii=False)
        (output / f"{name}.record.json").write_text(text, encoding="utf-8")
    time.sleep(3.1)  # what was written just now is read again by the next run, to be safe


def print_imports(folder: Path) -> None:
    """Print what a run with nothing to do imports, of what is heavy, and how many modules."""
    heavy = ("torch", "transformers", "ctranslate2", "huggingface_hub", "langdetect", "numpy")
    code = (
        "import sys; import seedsum.cli as c; sys.argv = ['seedsum', *sys.argv[1:]]\n"
        "try: c.main()\nexcept SystemExit: pass\n"
        f"print(len(sys.modules), [m for m in {heavy!r} if m in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, *command_of(folder)[2:]],
        check=True,
        capture_output=True,
        text=True,
    )
    print(f"\nmodules imported by a run with nothing to do, heavy ones: {done.stdout.strip()}")


if __name__ == "__main__":
    main()
