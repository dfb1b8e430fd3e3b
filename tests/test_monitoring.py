"""Metrics, JSON lines and history: what monitoring reads after a run, whatever became of it."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest
from prometheus_client import generate_latest
from prometheus_client.parser import text_string_to_metric_families

from seedsum.errors import UsageError
from seedsum.pipeline import monitoring
from seedsum.pipeline.last_run import LastRun, write_last_run
from seedsum.records import (
    Action,
    Failure,
    Integrity,
    Notice,
    Outcome,
    RecordState,
    RunReport,
    Status,
)

ROOT = Path(__file__).resolve().parent.parent
ARTICLE = "A clinic opens\n\nA new clinic opened in Northfield. It serves 4,000 people.\n"


def parse(text: str) -> dict[str, float]:
    """Return the samples of a metrics file by name and labels, all of them gauges."""
    samples: dict[str, float] = {}
    for family in text_string_to_metric_families(text):
        assert family.type == "gauge" and family.documentation
        for sample in family.samples:
            labels = ",".join(f'{name}="{value}"' for name, value in sample.labels.items())
            samples[sample.name + (f"{{{labels}}}" if labels else "")] = sample.value
    return samples


def report(*outcomes: Outcome, exit_code: int = 0) -> RunReport:
    return RunReport(
        run_id="r",
        started="2026-01-01T00:00:00+00:00",
        profile="p",
        fallback=False,
        fallback_reason="",
        outcomes=outcomes,
        exit_code=exit_code,
    )


def test_metrics_count_the_output_and_the_run() -> None:
    states = [
        RecordState("a", Integrity.INTACT, Status.CLEAN, num_segments=5),
        RecordState("b", Integrity.INTACT, Status.REVIEW, num_segments=7, num_flagged=2),
        RecordState("f", Integrity.INTACT, Status.SKIPPED, reasons=("no article text",)),
    ]
    outcomes = [
        Outcome("b", Action.WRITE, ("new",), Status.REVIEW, num_segments=7, num_flagged=1),
        Outcome("c", Action.WRITE, ("new",), Status.FAILED),
        Outcome("d", Action.LEAVE, ("over-limit",)),
        Outcome("e", Action.LEAVE, ("quarantined",)),
    ]
    registry = monitoring.metrics(
        report(*outcomes, exit_code=3),
        states=states,
        failures={
            "c": Failure("s", "k", 1, "broke", "", ""),
            "e": Failure("s", "k", 3, "broke", "", ""),
        },
        notices=[Notice("orphaned", 4, "four pairs have no source any more")],
        exit_code=3,
        seconds=1.5,
        now_seconds=1000.0,
        last_success_seconds=400.0,
    )
    samples = parse(generate_latest(registry).decode())
    assert samples['seedsum_documents{status="review"}'] == 1
    assert samples['seedsum_documents{status="failed"}'] == 0
    assert samples["seedsum_segments"] == 12 and samples["seedsum_flagged"] == 2
    assert samples['seedsum_run_documents{status="failed"}'] == 1
    assert samples["seedsum_run_segments"] == 7 and samples["seedsum_run_flagged_segments"] == 1
    assert samples["seedsum_backlog_documents"] == 2
    assert samples["seedsum_quarantined_documents"] == 1
    assert samples["seedsum_exit_code"] == 3
    assert samples['seedsum_notices{code="orphaned"}'] == 4
    assert samples['seedsum_notices{code="fallback"}'] == 0
    assert samples['seedsum_skipped_documents{reason="no article text"}'] == 1
    assert samples["seedsum_last_success_timestamp_seconds"] == 400


def test_what_is_gone_from_the_input_is_quarantined_nowhere(tmp_path: Path) -> None:
    registry = monitoring.metrics(
        report(Outcome("e", Action.LEAVE, ("orphaned",))),
        states=(),
        failures={"e": Failure("s", "k", 3, "broke", "", "")},
        notices=(),
        exit_code=0,
        seconds=0.0,
        now_seconds=0.0,
        last_success_seconds=0.0,
    )
    assert parse(generate_latest(registry).decode())["seedsum_quarantined_documents"] == 0


def test_the_metrics_are_those_that_operations_md_names() -> None:
    registry = monitoring.metrics(
        report(),
        states=(),
        failures={},
        notices=(),
        exit_code=0,
        seconds=0.0,
        now_seconds=0.0,
        last_success_seconds=0.0,
    )
    table = (ROOT / "docs" / "operations.md").read_text(encoding="utf-8")
    documented = re.findall(r"`(seedsum_[a-z_]+)(?:\{[^}]*\})?`", table)
    assert {metric.name for metric in registry.collect()} == set(documented)


def write_report(output: Path, started: str, exit_code: int) -> None:
    (output / "runs").mkdir(parents=True, exist_ok=True)
    text = json.dumps({"run_id": started, "started": started, "exit_code": exit_code})
    (output / "runs" / f"{started.replace(':', '')}.json").write_text(text, encoding="utf-8")


def test_history_names_the_newest_run_and_the_newest_success(tmp_path: Path) -> None:
    assert monitoring.history(tmp_path) == monitoring.History()
    for day, exit_code in ((1, 0), (2, 0), (3, 3), (4, 5)):
        write_report(tmp_path, f"2026-01-0{day}T00:00:00+00:00", exit_code)
    (tmp_path / "runs" / "2026-01-09.json").write_text("{torn", encoding="utf-8")
    found = monitoring.history(tmp_path)
    assert found.last_run.startswith("2026-01-04") and found.last_exit_code == 5
    assert found.last_success.startswith("2026-01-02")


def test_the_last_success_is_the_one_that_status_says(tmp_path: Path) -> None:
    path, output = tmp_path / "seedsum.prom", tmp_path / "out"

    def last_success() -> float | None:
        monitoring.write_metrics(path, output=output, report=None, exit_code=5, seconds=0.0)
        return parse(path.read_text()).get("seedsum_last_success_timestamp_seconds")

    assert last_success() is None
    write_report(output, "1970-01-01T00:01:40+00:00", 0)  # as 0.1 leaves it
    assert last_success() == 100
    ended = LastRun("1970-01-01T00:03:20+00:00", 8, last_success="1970-01-01T00:02:30+00:00")
    write_last_run(output, ended)
    assert last_success() == 150
    assert monitoring.history(output).last_success == ended.last_success
    assert [p.name for p in tmp_path.iterdir() if p.is_file()] == ["seedsum.prom"]


def test_a_metrics_path_that_cannot_be_is_refused_before_the_work(tmp_path: Path) -> None:
    for path in (tmp_path, tmp_path / "absent" / "seedsum.prom"):
        with pytest.raises(UsageError, match="--metrics"):
            monitoring.check_metrics_path(path)


@pytest.fixture
def project(tmp_path: Path) -> Path:
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "en.txt").write_text(ARTICLE, encoding="utf-8")
    return tmp_path


def run(project: Path, *options: str) -> subprocess.CompletedProcess[str]:
    program = [sys.executable, "-m", "seedsum", "run", "in", "--profile", "starter"]
    return subprocess.run(
        [*program, "--offline", *options], cwd=project, capture_output=True, text=True, check=False
    )


def test_metrics_are_written_with_work_without_work_and_after_an_error(project: Path) -> None:
    path = project / "seedsum.prom"
    options = ("--metrics", "seedsum.prom", "--quiet")
    assert run(project, *options).returncode == 0
    samples = parse(path.read_text())
    assert samples["seedsum_exit_code"] == 0
    assert samples['seedsum_run_documents{status="clean"}'] == 1
    success = samples["seedsum_last_success_timestamp_seconds"]

    assert run(project, *options).returncode == 0
    samples = parse(path.read_text())
    assert samples['seedsum_run_documents{status="clean"}'] == 0
    assert samples['seedsum_documents{status="clean"}'] == 1
    assert samples["seedsum_last_success_timestamp_seconds"] >= success  # to the second
    success = samples["seedsum_last_success_timestamp_seconds"]

    (project / "models.toml").write_text("wrong = 1\n", encoding="utf-8")
    assert run(project, *options).returncode == 4
    samples = parse(path.read_text())
    assert samples["seedsum_exit_code"] == 4
    assert samples["seedsum_last_success_timestamp_seconds"] == success
    assert "seedsum_backlog_documents" not in samples


def test_with_json_lines_every_line_on_standard_error_is_an_object(project: Path) -> None:
    done = run(project, "--log-format", "json")
    lines = [json.loads(line) for line in done.stderr.splitlines()]
    assert {"time", "level", "message"} <= set.intersection(*(set(line) for line in lines))
    (document,) = [line["document"] for line in lines if "document" in line]
    assert (document["name"], document["status"]) == ("en.txt", "clean")
    (project / "models.toml").write_text("wrong = 1\n", encoding="utf-8")
    (line,) = run(project, "--log-format=json", "--quiet").stderr.splitlines()
    assert json.loads(line)["level"] == "error" and "wrong" in json.loads(line)["message"]


def test_status_says_when_a_run_last_went_well(project: Path) -> None:
    run(project)
    program = [sys.executable, "-m", "seedsum", "status", "in", "--profile", "starter"]
    text = subprocess.run(program, cwd=project, capture_output=True, text=True, check=True).stdout
    assert re.search(r"last run: 2\S+, exit code 0; last success: 2", text)
    done = subprocess.run([*program, "--json"], cwd=project, capture_output=True, check=True)
    found = json.loads(done.stdout)
    assert (found["backlog"], found["quarantined"], found["runs"]["last_exit_code"]) == (0, 0, 0)
