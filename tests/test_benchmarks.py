"""Every benchmark command still runs, on little made-up text; nothing measured is judged here."""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow

BENCHMARKS = Path(__file__).resolve().parent.parent / "benchmarks"


def run(*command: str, shared: str | Path = os.devnull) -> str:
    done = subprocess.run(
        [sys.executable, *command],
        cwd=BENCHMARKS.parent,
        env={**os.environ, "SEEDSUM_SHARED": str(shared)},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr[-4000:]
    return done.stdout


def rows(text: str) -> dict[str, list[str]]:
    """Return the rows of the Markdown tables by their first cell."""
    lines = [line for line in text.splitlines() if line.startswith("|")]
    cells = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]
    return {first: others for first, *others in cells}


def test_run_cost() -> None:
    found = rows(run("benchmarks/run_cost.py", "--articles", "4", "--rounds", "1"))
    assert "**whole run, to direct**" in found
    assert "the decoder lacks work, share of the run" in found


# The starter is sure of these; of words drawn at random, close calls fall the other way where a way
# of calling pads otherwise.
SENTENCES = """\
Bộ Y tế đã mở một bệnh viện mới ở Hà Nội.
Năm 2025, 1.200 trẻ em được tiêm chủng.
Ông ấy nói rằng nước sạch rất quan trọng.
Trận mưa lớn làm ngập nhiều con đường.
Chính phủ sẽ xây thêm ba trường học.
Giá gạo tăng mạnh trong tháng này.
"""


def test_speed(tmp_path: Path, shared: Path) -> None:
    if not (shared / "data" / "starter-full" / "hf").is_dir():
        pytest.skip("needs the starter's weights for transformers in the optional data folder")
    folder = tmp_path / "ntrex-dev" / "vi"
    folder.mkdir(parents=True)
    (folder / "a.txt").write_text(SENTENCES, encoding="utf-8")
    options = ("--model", "opus", "--sentences", "6", "--rounds", "1")
    found = rows(run("benchmarks/speed.py", str(tmp_path), *options, shared=shared))
    assert found["seedsum: all documents together"][2:] == ["1.0", "100%"]
    # Another order, other batches: the same texts.
    assert found["CTranslate2, default threads, one sentence at a time"][3] == "100%"
    assert found["EasyNMT's way, one call"][3] == "100%"
    assert len(found) == 10


def test_peers_says_what_is_missing() -> None:
    if all(map(importlib.util.find_spec, ("argostranslate", "easynmt"))):
        pytest.skip("both packages are installed here")
    command = [sys.executable, "benchmarks/peers.py"]
    done = subprocess.run(command, cwd=BENCHMARKS.parent, capture_output=True, text=True)
    assert done.returncode == 1
    assert "not installed here" in done.stderr
    assert "Traceback" not in done.stderr


def test_threads() -> None:
    command = ("benchmarks/threads.py", "--model", "starter", "--sentences", "6", "--rounds", "1")
    text = run(*command)
    assert "| 1 | 1 of 1 |" in text
    assert text.count("| yes |") == min(2, len(os.sched_getaffinity(0)))


def test_planning() -> None:
    found = rows(run("benchmarks/planning.py", "--documents", "3", "5", "--rounds", "1"))
    assert "`seedsum run`, 5 current documents, warm" in found


def test_memory() -> None:
    sizes = ("--documents", "3", "--english", "0.01", "--vietnamese", "0.005")
    found = rows(run("benchmarks/memory.py", *sizes))
    assert int(found["3 small documents"][1]) > 50
    assert "one article of 0.005 MB (vi)" in found


def test_summaries() -> None:
    text = run("benchmarks/summaries.py")
    assert "kept apart | extractive |" in text


def test_hot_functions() -> None:
    if importlib.util.find_spec("pytest_benchmark") is None:
        pytest.skip("needs pytest-benchmark, of the extra dev")
    options = ("--benchmark-disable", "-q", "-p", "no:cacheprovider")
    assert " passed" in run("-m", "pytest", "benchmarks/test_hot.py", *options)


def test_stores() -> None:
    found = rows(run("benchmarks/stores.py", "--documents", "20", "--cold", "10", "--run", "3"))
    assert "the same again, nothing to do" in found
    known = found["nothing to do, 20 pairs, none has changed"]
    assert int(known[1]) < 20  # gets: what is known is not read again
