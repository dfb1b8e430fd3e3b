"""How much memory a run takes, by the number of documents and by the size of one.

    python benchmarks/memory.py [--documents 100 10000] [--english 20] [--vietnamese 2]
                                [--model tiny|starter|opus]

Runs `seedsum run` over that many small Vietnamese articles, and over one English and one Vietnamese
article of so many megabytes. `tiny` is a random model that decodes greedily, so that text and
records, not weights, decide; `starter` the bundled one, `opus` the same blown up to the size of an
opus-mt model (see opus_sized.py). Every 100 ms the proportional set sizes of the process and all
its children are added up from /proc; the peak counts. Models are made by another process: pages of
libraries that this one had loaded too would count for half. Prints a Markdown table.
"""

from __future__ import annotations

import argparse
import multiprocessing
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from articles import describe_machine, environment, made_up, write_articles

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "tests"))

MODELS = """
default_profile = "starter"
fallback_profile = "none"
[profiles.none]
[profiles.starter]
[profiles.starter.routes]
"vi->en" = "tiny"
[models.extractive]
engine = "extractive"
licence = "Apache-2.0"
[models.tiny]
engine = "ctranslate2"
format = "ctranslate2"
folder = "ct2"
licence = "MIT"
language_codes = { vi = "__vi__", en = "__en__" }
max_source_tokens = 128
decoding = { beam_size = 1, max_target_tokens = 12 }
"""
INTERVAL_SECONDS = 0.1


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--documents", type=int, nargs="*", default=[100, 10_000])
    parser.add_argument("--english", type=float, default=20, help="megabytes; 0 for none")
    parser.add_argument("--vietnamese", type=float, default=2, help="megabytes; 0 for none")
    parser.add_argument("--model", choices=("tiny", "starter", "opus"), default="tiny")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        work = Path(name)
        make = {"tiny": make_tiny, "starter": take_starter, "opus": make_opus}[arguments.model]
        apart = multiprocessing.get_context("spawn").Process(target=make, args=(work / "models",))
        apart.start()
        apart.join()
        assert apart.exitcode == 0, apart.exitcode
        print(f"{describe_machine()}\n")
        print("| input | seconds | peak, MB | to the first |")
        print("|---|---:|---:|---:|")
        write_small_articles(1, work / "first")
        measure(work, "first")  # compiles the byte code, which takes memory of its own
        first = 0.0
        for number in arguments.documents:
            write_small_articles(number, work / f"in-{number}")
            seconds, peak = measure(work, f"in-{number}")
            first = first or peak
            print(
                f"| {number:,} small documents | {seconds:.1f} | {peak / 1e6:.0f} |"
                f" {peak / first:.2f} |",
                flush=True,
            )
        for language, megabytes in (("en", arguments.english), ("vi", arguments.vietnamese)):
            if not megabytes:
                continue
            write_book(work / f"book-{language}", language, int(megabytes * 1e6))
            seconds, peak = measure(work, f"book-{language}")
            print(
                f"| one article of {megabytes:g} MB ({language}) | {seconds:.1f} |"
                f" {peak / 1e6:.0f} | {peak / (first or peak):.2f} |",
                flush=True,
            )


def make_tiny(folder: Path) -> None:
    from tiny_models import build_tiny, convert_tiny

    convert_tiny(build_tiny("m2m100", folder / "hf"), folder / "ct2")
    (folder / "models.toml").write_text(MODELS, encoding="utf-8")


def take_starter(folder: Path) -> None:
    from run_cost import starter, write_config

    folder.mkdir()
    write_config(starter(), folder / "models.toml")


def make_opus(folder: Path) -> None:
    import opus_sized
    from run_cost import starter, write_config

    folder.mkdir()
    write_config(opus_sized.build(starter(), folder), folder / "models.toml")


def write_small_articles(number: int, folder: Path) -> None:
    articles = (made_up(f"{n:06}", "vi", seed=n, num_paragraphs=3) for n in range(number))
    write_articles(list(articles), folder)


def paragraphs(text: str) -> list[str]:
    """Return the text in paragraphs of five sentences of 22 words, as in an article."""
    clauses = text.split("\n\n")
    sentences = [
        f"{one.rstrip('.')}, {two}" for one, two in zip(clauses[::2], clauses[1::2], strict=False)
    ]
    return [" ".join(sentences[first : first + 5]) for first in range(0, len(sentences), 5)]


def write_book(folder: Path, language: str, num_bytes: int) -> None:
    folder.mkdir()
    written = 0
    with (folder / "book.txt").open("wb") as file:
        while written < num_bytes:
            chapter = made_up("book", language, seed=written, num_paragraphs=500)
            data = "".join(f"{paragraph}\n\n" for paragraph in paragraphs(chapter.text)).encode()
            if written + len(data) > num_bytes:
                data = data[: data.index(b"\n", num_bytes - written) + 1]
            written += file.write(data)


def measure(work: Path, name: str) -> tuple[float, float]:
    """Return the wall seconds of a run over a folder, and its peak of memory in bytes."""
    command = [sys.executable, "-m", "seedsum", "run", str(work / name), "--quiet"]
    command += ["--offline", "--config", str(work / "models" / "models.toml")]
    command += ["--profile", "starter"]
    command += ["--output", str(work / f"{name}-out")]
    begin = time.perf_counter()
    process = subprocess.Popen(command, stdin=subprocess.DEVNULL, env=environment(work))
    peak = 0
    while process.poll() is None:
        peak = max(peak, tree_bytes(process.pid))
        time.sleep(INTERVAL_SECONDS)
    assert process.returncode == 0, process.returncode
    return time.perf_counter() - begin, float(peak)


def tree_bytes(root: int) -> int:
    """Return the proportional set sizes of a process and its descendants, in bytes."""
    total, waiting = 0, [root]
    while waiting:
        folder = Path(f"/proc/{waiting.pop()}")
        try:
            for line in (folder / "smaps_rollup").read_text(encoding="ascii").splitlines():
                if line.startswith("Pss:"):
                    total += int(line.split()[1]) * 1024
            for task in (folder / "task").iterdir():
                waiting += map(int, (task / "children").read_text(encoding="ascii").split())
        except OSError:  # it has just ended
            continue
    return total


if __name__ == "__main__":
    main()
