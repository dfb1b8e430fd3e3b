"""Second opinions: the same sources through two profiles, disagreements first."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

import seedsum
from seedsum.errors import ReadError, UsageError
from seedsum.evaluation import compare as comparing
from seedsum.evaluation.compared_page import comparison_page
from seedsum.pipeline.context import resolve_context
from seedsum.pipeline.progress import Progress

STARTER = Path(seedsum.__file__).parent / "starter" / "ct2"
pytestmark = pytest.mark.skipif(
    not (STARTER / "model.bin").is_file(), reason="the starter models are not in this checkout"
)
_MODEL = """
engine = "ctranslate2"
format = "ctranslate2"
bundled = "starter"
language_codes = { vi = "__vi__", bn = "__bn__", en = "__en__" }
tokenizer = { kind = "sentencepiece", source_model = "sentencepiece.bpe.model" }
"""
#: The second one is the same weights, searched so badly that they break off, under a licence.
CONFIG = f"""
default_profile = "starter"
[profiles.starter]
routes = {{ "vi->en" = "starter", "bn->en" = "starter" }}
[profiles.toy]
routes = {{ "vi->en" = "toy" }}
[models.extractive]
engine = "extractive"
licence = "Apache-2.0"
[models.starter]
licence = "CC-BY-SA-4.0"
max_source_tokens = 96
{_MODEL}
[models.toy]
licence = "CC-BY-NC-4.0"
non_commercial = true
max_source_tokens = 24
decoding = {{ beam_size = 1, max_target_tokens = 8 }}
{_MODEL}
"""
LINES = (
    "Sáng nay trời mưa rất to và nhiều con đường trong thành phố bị ngập nước.",
    "Không.",
    "Bệnh viện huyện vừa nhận ba máy mới trị giá 1,5 tỉ đồng, bác sĩ Nguyễn Văn An cho biết.",
)
ENGLISH = (
    "It rained hard this morning and many streets in the town were flooded.",
    "No.",
    "The district hospital has received three new machines worth 1.5 billion dong, doctor An said.",
)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "models.toml").write_text(CONFIG)
    (tmp_path / "in").mkdir()
    text = f"Mưa lớn ở Hà Nội\n\n{' '.join(LINES)}\n"
    (tmp_path / "in" / "vi.txt").write_text(text, encoding="utf-8")
    (tmp_path / "in" / "en.txt").write_text("Rain\n\nIt rained. <b>Many</b> slept.\n")
    (tmp_path / "in" / "empty.txt").write_text(" ")
    return tmp_path


def compare(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "seedsum", "eval", "compare", *arguments]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)


@pytest.mark.slow
def test_two_profiles_side_by_side_with_what_they_disagree_on_first(folder: Path) -> None:
    both = ("in", "--profile", "starter", "--profile", "toy")
    found: dict[str, Any] = json.loads(compare(folder, *both, "--json").stdout)
    assert [profile["name"] for profile in found["profiles"]] == ["starter", "toy"]
    assert [profile["non_commercial"] for profile in found["profiles"]] == [False, True]
    segments = found["segments"]
    assert len(segments) == len({segment["id"] for segment in segments})
    order = [(not one["is_judged_differently"], one["likeness"]) for one in segments]
    assert order == sorted(order) and found["num_different"] == sum(one[1] < 1 for one in order)
    assert found["num_different"] > 0
    long = next(one for one in segments if one["source"] == LINES[2])
    starter, toy = long["texts"]
    assert starter["text"] != toy["text"] and toy["fate"] == "translated"
    assert any(flag["code"] for flag in toy["flags"])
    english = [one for one in segments if one["id"].startswith("en.txt")]
    assert all(one["likeness"] == 1 for one in english)
    assert {one["document"] for one in found["summaries"]} == {"vi.txt", "en.txt"}
    assert any("empty.txt" in note for note in found["notes"])

    # Scores from elsewhere, of these very sentences.
    (folder / "comet.tsv").write_text(
        "id\tsystem\tscore\tmetric\n"
        + "".join(
            f"{one['id']}\t{name}\t{value}\tCOMET\n"
            for one in segments
            for name, value in (("starter", 0.5), ("toy", 0.25))
        )
    )
    scored = ("--scores", "comet.tsv", "--page", "page.html")
    done = compare(folder, *both, *scored)
    assert done.returncode == 0, done.stderr
    assert "COMET" in done.stdout and "0.50" in done.stdout and "NOT commercial" in done.stdout
    page = (folder / "page.html").read_text("utf-8")
    assert "default-src 'none'" in page and "NOT for commercial use" in page
    assert "COMET 0.25" in page and "&lt;b&gt;Many" in page
    ids = re.findall(r'<tr id="([^"]*)"', page)
    assert ids == [one["id"] for one in segments]
    assert not re.search(r"(?:src|href)=\"(?!data:)", page)
    (folder / "comet.tsv").write_text("vi.txt#99\ttoy\t0.5\n")
    refused = compare(folder, *both, *scored)
    assert refused.returncode == 3 and "vi.txt#99 of toy" in refused.stderr


@pytest.mark.slow
def test_references_give_bleu_and_chrf_of_each_profile(folder: Path) -> None:
    (folder / "source.txt").write_text("\n".join(LINES), encoding="utf-8")
    (folder / "reference.txt").write_text("\n".join(ENGLISH), encoding="utf-8")
    contexts = [
        resolve_context(folder / "models.toml", name, offline=True, strict=True, only_language="vi")
        for name in ("starter", "toy")
    ]
    sources = comparing.read_lines_with_references(
        folder / "source.txt", folder / "reference.txt", "vi"
    )
    found = comparing.compare(sources, contexts, progress=Progress())
    assert {one.id: one.reference for one in found.segments} == {
        f"source.txt#{number}": line for number, line in enumerate(ENGLISH, 1)
    }
    for profile in found.profiles:
        assert [score.name for score in profile.scores] == ["BLEU", "chrF"]
        assert all(score.num_texts == len(ENGLISH) for score in profile.scores)
    chrf = [profile.scores[1].value for profile in found.profiles]
    assert chrf[0] > chrf[1]
    assert found.summaries == () and ENGLISH[0] in comparison_page(found)


def test_scores_are_read_from_tsv_and_json_lines(tmp_path: Path) -> None:
    path = tmp_path / "scores"
    path.write_text(
        'a.txt#1\tx\t0.5\n\n{"id": "a.txt#1", "system": "y", "score": 1, "metric": "m"}\n'
    )
    assert comparing.read_scores(path) == {
        ("a.txt#1", "x"): {"score": 0.5},
        ("a.txt#1", "y"): {"m": 1.0},
    }
    path.write_text("id\tsystem\tscore\na\tb\tmuch\n")
    with pytest.raises(ReadError, match="line 2: wanted id, system, score"):
        comparing.read_scores(path)


def test_one_profile_is_no_comparison(folder: Path) -> None:
    assert compare(folder, "in", "-p", "toy").returncode == UsageError.exit_code
    assert compare(folder, "in", "-p", "toy", "-p", "toy").returncode == UsageError.exit_code
