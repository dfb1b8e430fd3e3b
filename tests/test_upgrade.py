"""What version 0.1.0 wrote (record format 1) is read, and made again by today's version."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import jsonschema
import pytest

import sample_results
import seedsum
from seedsum.errors import UsageError
from seedsum.models.lock import read_lock
from seedsum.output import read_records
from seedsum.pipeline.failures import read_doing, read_failures
from seedsum.records import FORMAT_VERSION, Integrity, Status

FIXTURE = Path(__file__).parent / "fixtures" / "written-by-0.1.0"

PAIRS = {
    "community/en-training.txt",
    "community/feed.jsonl/bn-floating-clinic",
    "health/bn-dengue.txt",
    "health/vi-tram-y-te.txt",
}
#: Name -> the reasons that the next run has.
REASONS = {
    **dict.fromkeys(PAIRS, ("format-changed",)),
    "broken.txt": ("failed-before", "format-changed"),
    "numbers.txt": ("format-changed",),
    "edited.txt": ("edited", "reviewed", "format-changed"),
    "orphan.txt": ("orphaned",),
}


@pytest.fixture
def project(tmp_path: Path) -> Path:
    return Path(shutil.copytree(FIXTURE, tmp_path / "project"))


def files_of(output: Path, name: str) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in output.glob(f"{name}.*") if path.is_file()}


def planned(project: Path) -> dict[str, tuple[str, ...]]:
    plan = seedsum.plan(
        [project / "input"], output=project / "output", profile="starter", offline=True
    )
    return {task.name: task.reasons for task in plan.tasks}


def test_its_states_are_read(project: Path) -> None:
    states = read_records(project / "output")
    assert {name for name in states if states[name].integrity is not Integrity.INTACT} == {
        "edited.txt"
    }
    assert {state.format_version for state in states.values()} == {1}
    assert {states[name].status for name in PAIRS} == {Status.CLEAN, Status.REVIEW}
    assert states["broken.txt"].status is Status.FAILED
    assert states["numbers.txt"].status is Status.SKIPPED
    assert read_failures(project / "output").keys() == {"broken.txt"}
    assert read_doing(project / "output").names == {"health/vi-tram-y-te.txt"}


def test_the_next_run_plans_every_pair_again_because_of_the_format(project: Path) -> None:
    assert planned(project) == REASONS


def test_a_pair_of_other_models_is_not_made_again_by_the_fallback(project: Path) -> None:
    plan = seedsum.plan([project / "input"], output=project / "output", offline=True)
    assert plan.fallback
    assert {task.reasons for task in plan.tasks if task.name in PAIRS} == {("current",)}


def test_verify_finds_no_fault_in_old_pairs_and_says_why_it_translates_none(
    project: Path,
) -> None:
    found = seedsum.verify(project / "output", num_sampled=5)
    assert {(d.name, d.found) for d in found.differences} == {("edited.txt", "edited")}
    assert found.num_retranslated == 0
    assert any("other" in note and "format" in note for note in found.notes)


def test_a_run_makes_the_pairs_again_and_loses_nothing_that_a_person_edited(
    project: Path,
) -> None:
    output = project / "output"
    kept = {"orphan.txt": files_of(output, "orphan.txt")}
    edited = (output / "edited.txt.translation.md").read_bytes()
    report = seedsum.run([project / "input"], output=output, profile="starter", offline=True)
    assert {outcome.name: outcome.reasons for outcome in report.outcomes} == REASONS
    assert {name: files_of(output, name) for name in kept} == kept
    assert (output / "edited.txt.translation.edited.md").read_bytes() == edited
    states = read_records(output)
    for name in PAIRS | {"numbers.txt"}:
        assert (states[name].format_version, states[name].integrity) == (
            FORMAT_VERSION,
            Integrity.INTACT,
        )
        record = json.loads((output / f"{name}.record.json").read_bytes())
        jsonschema.validate(record, sample_results.record_schema())
        old = json.loads((FIXTURE / "output" / f"{name}.record.json").read_bytes())
        assert record["source"]["sha256"] == old["source"]["sha256"]
        assert record["run_key"] != old["run_key"]
        for segment in record["segments"]:
            was_decoded = segment["fate"] == "translated"
            # The starter's beam has several hypotheses, which are kept where one is doubted.
            assert ("hypotheses" in segment) == (was_decoded and bool(segment["flags"])), segment
            assert "replaced" not in segment or len(segment["attempts"]) > 1
    done = dict.fromkeys(PAIRS | {"numbers.txt", "edited.txt"}, ("current",))
    assert planned(project) == REASONS | done | {"broken.txt": ("failed-before",)}


def test_a_newer_format_is_refused_by_name_and_nothing_is_written(project: Path) -> None:
    output = project / "output"
    path = output / "health" / "bn-dengue.txt.record.json"
    record = json.loads(path.read_bytes()) | {"format_version": FORMAT_VERSION + 1, "new": {}}
    path.write_text(json.dumps(record), encoding="utf-8")
    before = {file: file.read_bytes() for file in output.rglob("*") if file.is_file()}
    with pytest.raises(UsageError, match=r"bn-dengue.txt.record.json: a newer seedsum wrote it"):
        seedsum.run([project / "input"], output=output, profile="starter", offline=True)
    with pytest.raises(UsageError, match="upgrade"):
        seedsum.verify(output)
    assert {file: file.read_bytes() for file in output.rglob("*") if file.is_file()} == before


def test_its_lock_of_models_is_read() -> None:
    assert read_lock(FIXTURE / "models.lock")
