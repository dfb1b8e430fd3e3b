"""A document that hangs, crashes, or takes all memory: reported, and the others are done."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from test_process import (
    NUM_DOCUMENTS,
    contents,
    finish,
    models,
    pairs,
    project,
    start,
    torn,
    wait_for,
)

__all__ = ["models", "project"]  # fixtures

FAULTS = Path(__file__).parent / "faults"


def broken(project: Path, models: Path, fault: str, *options: str) -> subprocess.Popen[str]:
    path = os.pathsep.join(filter(None, [str(FAULTS), os.environ.get("PYTHONPATH")]))
    environment = {**os.environ, "PYTHONPATH": path, "SEEDSUM_FAULT": fault}
    return start(project, models, "out", *options, environment=environment)


@pytest.mark.parametrize(
    ("fault", "said", "timeout_seconds"),
    [
        pytest.param(
            "spin:reading/03.txt", "no sign of progress for 10 seconds", 10, marks=pytest.mark.slow
        ),
        pytest.param("raise:splitting/Vĩnh", "broken on purpose", 60, marks=pytest.mark.slow),
        ("stop:decoding/Vĩnh", "no sign of progress for 10 seconds", 10),
        ("crash:reading/03.txt", "killed by SIGSEGV", 60),
        ("kill:decoding/Vĩnh", "killed by SIGKILL (out of memory?)", 60),
        pytest.param(
            "spin:checking/Vĩnh", "no sign of progress for 10 seconds", 10, marks=pytest.mark.slow
        ),
        pytest.param("exit:checking/Vĩnh", "ended with exit status 9", 60, marks=pytest.mark.slow),
        pytest.param("grow:checking/Vĩnh", "more memory than there is", 60, marks=pytest.mark.slow),
        pytest.param("raise:checking/Vĩnh", "broken on purpose", 60, marks=pytest.mark.slow),
        pytest.param(
            "exit:finishing/03.txt", "ended with exit status 9", 60, marks=pytest.mark.slow
        ),
        pytest.param(
            "grow:reading/03.txt", "more memory than there is", 60, marks=pytest.mark.slow
        ),
        pytest.param("raise:decoding/Vĩnh", "broken on purpose", 60, marks=pytest.mark.slow),
        pytest.param("grow:decoding/Vĩnh", "more memory than there is", 60, marks=pytest.mark.slow),
        pytest.param(
            "grow:finishing/03.txt", "more memory than there is", 60, marks=pytest.mark.slow
        ),
    ],
)
def test_a_document_that_breaks_the_worker_is_reported_and_the_others_are_done(
    project: Path, models: Path, fault: str, said: str, timeout_seconds: int
) -> None:
    with (project / "in" / "03.txt").open("a", encoding="utf-8") as file:
        file.write("\n\nTrạm y tế Vĩnh mở cửa ở xã mới.")
    limits = ("--document-timeout", str(timeout_seconds), "--memory-limit", "1.5")
    code, errors = finish(broken(project, models, fault, *limits))
    assert code == 3, errors
    (line,) = [line for line in errors.splitlines() if "03.txt: failed" in line]
    assert said in line
    assert torn(project / "out") == []
    statuses = {
        path.name: json.loads(path.read_bytes())["status"]
        for path in (project / "out").glob("*.record.json")
    }
    assert statuses.pop("03.txt.record.json") == "failed"
    assert len(statuses) == NUM_DOCUMENTS - 1 and set(statuses.values()) <= {"clean", "review"}
    # And what was done is what would have been done without it.
    assert finish(start(project, models, "whole"))[0] == 0
    assert finish(start(project, models))[0] == 0
    assert pairs(project / "out") == pairs(project / "whole")


def test_a_worker_that_cannot_live_is_not_held_against_the_documents(
    project: Path, models: Path
) -> None:
    code, errors = finish(broken(project, models, "exit:start"))
    assert code == 1 and "ended with exit status 9" in errors and "doctor" in errors
    assert "Traceback" not in errors
    assert finish(start(project, models))[0] == 0


def test_a_missing_model_file_ends_the_run_with_its_own_code(project: Path, models: Path) -> None:
    weights = models / "ct2" / "model.bin"
    honest = weights.read_bytes()
    try:
        weights.write_bytes(honest[: len(honest) // 2])
        code, errors = finish(start(project, models))
    finally:
        weights.write_bytes(honest)
    assert code == 5 and "tiny" in errors and "Traceback" not in errors


def worker_of(process: subprocess.Popen[str]) -> int:
    """Return the number of a run's worker, when it has one."""
    children = Path(f"/proc/{process.pid}/task/{process.pid}/children")
    while process.poll() is None:
        if pids := children.read_text().split():
            return int(pids[0])
        time.sleep(0.01)
    raise AssertionError("the run ended without a worker")


def is_running(pid: int) -> bool:
    try:
        return "State:\tZ" not in Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return False


def test_a_worker_that_is_stopped_at_any_time_ends_no_run(project: Path, models: Path) -> None:
    process = start(project, models, "out", "--document-timeout", "5")
    wait_for(process, "loading tiny")
    os.kill(worker_of(process), signal.SIGSTOP)
    code, errors = finish(process)
    assert code == 0, errors  # another worker does each of its documents alone
    assert len(list((project / "out").rglob("*.record.json"))) == NUM_DOCUMENTS
    assert finish(start(project, models, "whole"))[0] == 0
    assert pairs(project / "out") == pairs(project / "whole")


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT])
def test_a_run_that_ends_takes_its_worker_with_it(
    project: Path, models: Path, number: signal.Signals
) -> None:
    process = broken(project, models, "spin:finishing/03.txt")
    wait_for(process, "loading tiny")
    worker = worker_of(process)
    process.send_signal(number)
    finish(process)
    deadline = time.monotonic() + 10
    while is_running(worker):
        assert time.monotonic() < deadline, "the worker outlives its run"
        time.sleep(0.05)


def test_signals_to_the_whole_group_end_the_run_in_order(project: Path, models: Path) -> None:
    """A terminal and systemd send them to every process."""
    process = broken(project, models, "sleep:finishing/03.txt")
    wait_for(process, "loading tiny")
    for pid in (worker_of(process), process.pid):
        os.kill(pid, signal.SIGTERM)
    code, errors = finish(process)
    assert code == 143 and "run again to continue" in errors and "killed by" not in errors


def test_without_limits_everything_is_done_in_this_process(
    project: Path, models: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from seedsum.pipeline import run as pipeline

    monkeypatch.chdir(project)
    monkeypatch.setattr(sys, "executable", "/nowhere/python")
    report = pipeline.run(
        ["in"], output="here", config=models / "models.toml", offline=True, isolated=False
    )
    assert report.exit_code == 0
    assert finish_with_real_python(project, models) == contents(project / "here")


def finish_with_real_python(project: Path, models: Path) -> dict[str, bytes]:
    program = Path("/proc/self/exe").readlink()
    done = subprocess.run(
        [program, "-m", "seedsum", "run", "in", "-o", "apart", "--offline", "--config",
         str(models / "models.toml")],
        cwd=project,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
        check=True,
        capture_output=True,
    )  # fmt: skip
    assert done.returncode == 0
    return contents(project / "apart")
