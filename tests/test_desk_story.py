"""A corrected sentence of a summary, from the first run to another model, told step by step.

As a script it prints what a reader of the summary sees after each step:

    python tests/test_desk_story.py
"""

from __future__ import annotations

import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

import seedsum
from seedsum.desk.workplace import Workplace
from seedsum.evaluation.verification import verify
from seedsum.output import read_record
from seedsum.pipeline.run import run

ROOT = Path(__file__).parents[1]
NAME = "health/vi-tram-y-te.txt"
SOURCE = (
    "Bác sĩ Trần Thị Mai, trưởng trạm, nói rằng trước đây người dân phải đi hơn 30 km để đến bệnh"
    " viện huyện."
)
ENGLISH = (
    "Dr. Tran Thi Mai, head of the station, said that before, residents had to travel more than"
    " 30 km to reach the district hospital."
)
#: Another model than the starter: it reads one word after another, without a beam.
GREEDY = """
[profiles.greedy]
summary = "extractive"
[profiles.greedy.routes]
"vi->en" = "greedy"
"bn->en" = "greedy"
[models.greedy]
engine = "ctranslate2"
format = "ctranslate2"
bundled = "starter"
licence = "CC-BY-SA-4.0"
language_codes = { vi = "__vi__", bn = "__bn__", en = "__en__" }
max_source_tokens = 96
needs_review = true
tokenizer = { kind = "sentencepiece", source_model = "sentencepiece.bpe.model" }
decoding = { beam_size = 1, max_target_tokens = 200 }
"""
#: What is done before each run, and what the run is asked for.
STEPS: tuple[tuple[str, dict[str, Any]], ...] = (
    ("make run", {}),
    ("correct the sentence on the page, then run", {}),
    ("run --force --no-cache", {"force": True, "cache": False}),
    ("add a paragraph above it in the source, then run", {}),
    ("run --profile greedy (another model)", {"profile": "greedy"}),
    ("change the sentence itself in the source (30 km, now 35), then run", {}),
)


class Story:
    """The samples in a folder of their own, and what becomes of one summary."""

    def __init__(self, folder: Path) -> None:
        self.input, self.output = folder / "input", folder / "output"
        self.config = folder / "models.toml"
        shutil.copytree(ROOT / "input", self.input)
        self.config.write_text((ROOT / "models.toml").read_text() + GREEDY)

    def run(self, **options: Any) -> seedsum.RunReport:
        asked = {"profile": "starter", "offline": True, "isolated": False, "settle_seconds": 0}
        return run([self.input], output=self.output, config=self.config, **{**asked, **options})

    @property
    def record(self) -> dict[str, Any]:
        return dict(read_record(self.output, NAME))

    def segment(self, source: str) -> dict[str, Any]:
        return dict(next(one for one in self.record["segments"] if one["source"] == source))

    def correct(self) -> None:
        """Say what the page says after `e`, a text and Ctrl+Enter."""
        workplace = Workplace(self.output)
        view = workplace.article(NAME)
        row = next(row for row in view.rows if row.source == SOURCE)
        workplace.save({
            "document": NAME, "source_sha256": view.source_sha256, "segment": row.id,
            "part": "sentence", "verdict": "edited", "direction": row.direction,
            "source": row.source, "before": row.before, "after": row.after,
            "machine_text": row.english, "text": ENGLISH, "reviewer": "Lan",
        })  # fmt: skip

    def change_source(self, old: str, new: str) -> None:
        path = self.input / NAME
        text = path.read_text(encoding="utf-8")
        assert old in text
        path.write_text(text.replace(old, new, 1), encoding="utf-8")

    def before(self, step: int) -> None:
        """Do what a step does before its run."""
        if step == 1:
            self.correct()
        elif step == 3:
            first = "Sáng 12/03/2026"
            self.change_source(first, f"Trạm nằm cạnh chợ xã.\n\n{first}")
        elif step == 5:
            self.change_source("hơn 30 km", "hơn 35 km")

    def steps(self) -> Iterator[tuple[int, seedsum.RunReport]]:
        for step, (_, options) in enumerate(STEPS):
            self.before(step)
            yield step, self.run(**options)

    def lines(self, step: int, report: seedsum.RunReport) -> Iterator[str]:
        """Yield what a step shows: why the pair was made again, its summary, what is stale."""
        outcome = next(one for one in report.outcomes if one.name == NAME)
        yield f"== {STEPS[step][0]}: {', '.join(outcome.reasons)}"
        record = self.record
        by_id = {one["id"]: one for one in record["segments"]}
        for number, sentence in enumerate(record["summary"]["sentences"], 1):
            yield f"   {number}. {sentence['text']}"
            for cite in sentence["cites"]:
                yield f"      {cite} {by_id[cite]['source']}  [{by_id[cite]['fate']}]"
        for stale in record.get("stale", ()):
            yield f"   stale: {stale['source']} -> {stale['text']} ({stale['reviewer']})"
        yield f"   verify: {len(verify(self.output).differences)} differences"


def tell(folder: Path, show: Callable[[str], object]) -> Story:
    """Do all steps; the sentence is the corrected one wherever its source is as it was."""
    story = Story(folder)
    for step, report in story.steps():
        for line in story.lines(step, report):
            show(line)
        assert verify(story.output).differences == ()
        if step in (1, 2, 3, 4):
            segment = story.segment(SOURCE)
            assert (segment["fate"], segment["translation"]) == ("reviewed", ENGLISH), step
            cited = [s for s in story.record["summary"]["sentences"] if segment["id"] in s["cites"]]
            assert [one["text"] for one in cited] == [ENGLISH], step
            assert ENGLISH in (story.output / f"{NAME}.summary.md").read_text()
    return story


@pytest.mark.slow
def test_a_correction_outlives_force_another_source_and_another_model(tmp_path: Path) -> None:
    said: list[str] = []
    story = tell(tmp_path, said.append)
    text = "\n".join(said)
    assert [one["text"] for one in story.record["stale"]] == [ENGLISH]
    assert story.segment(SOURCE.replace("30", "35"))["fate"] == "translated"
    assert text.count(f". {ENGLISH}") == 4
    assert text.count(": reviewed\n") == 1 and ": forced\n" in text and "model-changed" in text
    assert text.count("verify: 0 differences") == len(STEPS)


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as temporary:
        tell(Path(temporary), lambda line: sys.stdout.write(f"{line}\n"))
