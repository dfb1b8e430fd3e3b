"""Precision and recall of the checks on pairs whose faults are known."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

from flagged_pairs import flagged_sets, read_pairs, report
from seedsum.evaluation.pairs import TextPair

SOURCE = "Có 12 phòng học."


def pair(translation: str, fault: str = "", language: str = "vi") -> TextPair:
    return TextPair(1, language, SOURCE, translation, fault=fault, is_judged=True)


def rows(lines: list[str]) -> dict[str, list[str]]:
    found = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]
    return {first: others for first, *others in found if others}


def test_recall_stands_by_kind_and_precision_by_code() -> None:
    some = [
        pair("There are 13 classrooms.", "number"),
        pair("There are 12 classrooms.", "number"),
        pair("There were 12 classrooms.", "tense"),
        pair("There are 12 classrooms."),
        pair("There are a dozen and 5 classrooms."),
    ]
    lines = list(report(flagged_sets({"some": some}, profile=None), unseen=["tense"]))
    found = rows(lines)
    assert found["some"] == [
        "vi",
        "33.3% (1 of 3; 6.1% to 79.2%)",
        "50.0% (1 of 2; 9.5% to 90.5%)",
        "50.0% (1 of 2; 9.5% to 90.5%)",
    ]
    assert found["number"][0] == "1/2" and found["number"][2] == "quantity-changed 1"
    assert found["tense"][0] == "0/1"
    wrong, *_, kinds = found["`quantity-changed`"]
    assert (wrong, kinds) == ("1", "number 1")
    assert "Pairs: 3 wrong, 2 right." in "\n".join(lines)


def test_pairs_whose_faults_nobody_knows_are_left_out(tmp_path: Path) -> None:
    known = {"lang": "vi", "source": SOURCE, "translation": "x", "fault": None}
    unknown = {key: value for key, value in known.items() if key != "fault"}
    (tmp_path / "a.jsonl").write_text("\n".join(map(json.dumps, (known, unknown))))
    assert [pair.id for pair in read_pairs(tmp_path / "a.jsonl")] == [1]


def test_the_command_writes_between_its_own_marks(tmp_path: Path) -> None:
    (tmp_path / "mine.tsv").write_text(f"vi\t{SOURCE}\tThere are 13 rooms.\tnumber\n")
    begin, end = (
        "<!-- begin: benchmarks/checks.py --pairs -->",
        "<!-- end: benchmarks/checks.py --pairs -->",
    )
    (tmp_path / "a.md").write_text(f"before\n{begin}\nold\n{end}\nafter\n")
    benchmark = Path(__file__).resolve().parent.parent / "benchmarks" / "checks.py"
    arguments = ["--pairs", str(tmp_path / "mine.tsv"), "--write", str(tmp_path / "a.md")]
    subprocess.run([sys.executable, str(benchmark), *arguments], check=True)
    written = (tmp_path / "a.md").read_text()
    assert written.startswith(f"before\n{begin}\n") and written.endswith(f"{end}\nafter\n")
    assert "old" not in written and "| mine | vi | 100.0% (1 of 1" in written
