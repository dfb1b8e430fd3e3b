"""Runs as processes: killed, interrupted, started together. Tiny real models, real files."""

from __future__ import annotations

import hashlib
import json
import os
import random
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Mapping
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from seedsum.errors import UsageError
from seedsum.pipeline.options import RunOptions
from tiny_models import build_tiny, convert_tiny

MODELS = """
default_profile = "tiny"
fallback_profile = "none"
[profiles.none]
[profiles.tiny]
[profiles.tiny.routes]
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
max_source_tokens = 64
decoding = { beam_size = 1, max_target_tokens = 12 }
"""
NUM_DOCUMENTS = 8
#: For what takes some seconds where nothing else goes on.
PATIENCE_SECONDS = 300


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("models")
    convert_tiny(build_tiny("m2m100", folder / "hf"), folder / "ct2")
    (folder / "models.toml").write_text(MODELS, encoding="utf-8")
    return folder


@pytest.fixture
def project(tmp_path: Path) -> Path:
    (tmp_path / "in").mkdir()
    rng = random.Random(4)
    words = "trạm y tế mới mở cửa ở xã người dân bác sĩ trẻ em bệnh viện".split()  # noqa: SIM905
    for number in range(NUM_DOCUMENTS):
        lines = [
            " ".join(rng.choices(words, k=9)).capitalize() + f" {rng.randrange(100)}."
            for _ in range(6)
        ]
        (tmp_path / "in" / f"{number:02}.txt").write_text("\n\n".join(lines), encoding="utf-8")
    return tmp_path


def command(models: Path, *options: str) -> list[str]:
    config = str(models / "models.toml")
    program = [sys.executable, "-m", "seedsum", "run", "in"]
    return [*program, "--offline", "--config", config, *options]


def start(
    project: Path,
    models: Path,
    output: str = "out",
    *more: str,
    environment: Mapping[str, str] | None = None,
) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [
            sys.executable,
            "-m",
            "seedsum",
            "run",
            "in",
            "-o",
            output,
            "--offline",
            "--config",
            str(models / "models.toml"),
            *more,
        ],
        cwd=project,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def wait_for(process: subprocess.Popen[str], text: str) -> None:
    """Read the process's talk until a line has the text; one that does not say it is ended."""
    assert process.stderr is not None
    patience = threading.Timer(PATIENCE_SECONDS, process.kill)
    patience.start()
    try:
        for line in process.stderr:
            if text in line:
                return
    finally:
        patience.cancel()
    raise AssertionError(f"never said {text!r}")


def finish(process: subprocess.Popen[str]) -> tuple[int, str]:
    try:
        _, errors = process.communicate(timeout=PATIENCE_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        raise
    return process.returncode, errors


def contents(folder: Path) -> dict[str, bytes]:
    """Return the pairs' files; reports, caches and locks hold times."""
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and path.relative_to(folder).parts[0] not in ("runs", ".seedsum")
    }


def pairs(folder: Path) -> dict[str, bytes]:
    """Return the pairs' files without the index, which says what the last run changed."""
    return {name: data for name, data in contents(folder).items() if not name.startswith("index.")}


def an_hour_passes(output: Path) -> None:
    """Make every failure an hour older."""
    path = output / ".seedsum" / "failures.json"
    table = json.loads(path.read_bytes())
    for entry in table["failures"].values():
        last = datetime.fromisoformat(entry["last"]) - timedelta(hours=1)
        entry["last"] = last.isoformat(timespec="seconds")
    path.write_text(json.dumps(table), encoding="utf-8")


def torn(folder: Path) -> list[str]:
    """Return the records whose Markdown files are not what they say."""
    found = []
    for path in folder.rglob("*.record.json"):
        record = json.loads(path.read_text(encoding="utf-8"))
        for entry in record["files"].values():
            data = (folder / entry["path"]).read_bytes()
            if hashlib.sha256(data).hexdigest() != entry["sha256"]:
                found.append(entry["path"])
    return found


def test_killed_at_any_point_no_pair_is_torn_and_the_next_run_ends_the_same(
    project: Path, models: Path
) -> None:
    assert finish(start(project, models, "whole"))[0] == 0
    whole = pairs(project / "whole")
    assert len([name for name in whole if name.endswith(".record.json")]) == NUM_DOCUMENTS
    rng = random.Random(0)
    for last_line in ("to do", "loading tiny", "[1/"):
        process = start(project, models, "out")
        wait_for(process, last_line)
        time.sleep(rng.uniform(0, 0.05))
        process.send_signal(signal.SIGKILL)
        assert finish(process)[0] == -signal.SIGKILL
        assert torn(project / "out") == []
    assert finish(start(project, models, "out"))[0] == 0
    assert pairs(project / "out") == whole
    assert not list((project / "out").rglob("*.tmp"))


def test_a_run_that_is_killed_before_its_index_leaves_it_to_the_next(
    project: Path, models: Path
) -> None:
    assert finish(start(project, models))[0] == 0
    whole = pairs(project / "out")
    script = (
        "import os, signal, sys\n"
        "from seedsum import cli, output as store\n"
        "store.write_index = lambda *_, **__: os.kill(os.getpid(), signal.SIGKILL)\n"
        "sys.argv[0] = 'seedsum'\n"
        "cli.main()\n"
    )
    options = ["run", "in", "-o", "late", "--offline", "--config", str(models / "models.toml")]
    killed = subprocess.run([sys.executable, "-c", script, *options], cwd=project, check=False)
    assert killed.returncode == -signal.SIGKILL
    assert not (project / "late" / "index.md").exists()
    (project / "late" / f".seedsum-{'0' * 16}.tmp").touch()
    code, errors = finish(start(project, models, "late"))
    assert code == 0 and "nothing to do" in errors
    assert pairs(project / "late") == whole
    assert "nothing to do" in finish(start(project, models, "late"))[1]


def test_of_two_runs_started_together_one_writes_and_nothing_is_torn(
    project: Path, models: Path
) -> None:
    codes = sorted(finish(p)[0] for p in [start(project, models) for _ in range(2)])
    # The second finds the folder locked (7), or, if it came late enough, nothing to do (0).
    assert codes in ([0, 7], [0, 0])
    assert torn(project / "out") == []
    assert finish(start(project, models))[0] == 0
    assert len(list((project / "out").rglob("*.record.json"))) == NUM_DOCUMENTS


def test_a_run_waits_for_another_to_end(project: Path, models: Path) -> None:
    from seedsum.output import place_of

    with place_of(project / "out").lock():
        process = start(project, models, "out", "--wait", "60")
        refused = start(project, models, "out")
        code, errors = finish(refused)
        assert code == 7 and "another run" in errors
    assert finish(process)[0] == 0


@pytest.mark.parametrize(("number", "exit_code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_stopped_by_a_signal_it_exits_at_once_and_the_next_run_goes_on(
    project: Path, models: Path, number: signal.Signals, exit_code: int
) -> None:
    process = start(project, models)
    wait_for(process, "to do")
    process.send_signal(number)
    begin = time.monotonic()
    code, errors = finish(process)
    assert code == exit_code and "run again to continue" in errors and "Traceback" not in errors
    assert time.monotonic() - begin < 10
    assert torn(project / "out") == []
    assert finish(start(project, models))[0] == 0
    assert len(list((project / "out").rglob("*.record.json"))) == NUM_DOCUMENTS


@pytest.mark.slow
def test_the_same_input_gives_the_same_bytes_whatever_the_window(
    project: Path, models: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from seedsum.pipeline import run as pipeline
    from seedsum.pipeline import supervision

    monkeypatch.chdir(project)
    config = models / "models.toml"
    for output, window in {"one": 1, "five": 5, "all": 100}.items():
        monkeypatch.setattr(supervision, "WINDOW_DOCUMENTS", window)
        pipeline.run(["in"], output=output, config=config, offline=True, isolated=False)
    whole = contents(project / "all")
    assert all(contents(project / output) == whole for output in ("one", "five"))


def test_the_report_names_the_worst_reason_and_the_record_all(
    project: Path, models: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from seedsum.pipeline import run as pipeline

    monkeypatch.chdir(project)
    report = pipeline.run(["in"], output="out", config=models / "models.toml", offline=True)
    assert [outcome.name for outcome in report.outcomes] == sorted(
        path.name for path in (project / "in").iterdir()
    )
    for outcome in report.outcomes:
        record = json.loads((project / "out" / f"{outcome.name}.record.json").read_bytes())
        reasons = record["reasons"]
        assert len(reasons) > 2  # a model without sense
        assert outcome.message == f"{reasons[0]}; and {len(reasons) - 1} more, see the record"


def test_an_output_folder_that_cannot_be_written_is_named(project: Path, models: Path) -> None:
    (project / "out").write_text("a file in the way", encoding="utf-8")
    code, errors = finish(start(project, models))
    assert code == 2 and "out" in errors and "Traceback" not in errors


def test_a_document_that_breaks_a_stage_does_not_stop_the_others(
    project: Path, models: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from seedsum.pipeline import run as pipeline
    from seedsum.reading import segmentation

    honest = segmentation.segment

    def breaking(document):  # type: ignore[no-untyped-def]
        if document.name == "03.txt":
            raise RuntimeError("stage broke")
        return honest(document)

    monkeypatch.chdir(project)
    monkeypatch.setattr(segmentation, "segment", breaking)
    options = RunOptions(
        output=Path("out"), config=models / "models.toml", offline=True, isolated=False
    )
    report = pipeline.run(["in"], options)
    failed = [outcome for outcome in report.outcomes if outcome.status == "failed"]
    assert [outcome.name for outcome in failed] == ["03.txt"]
    assert "stage broke" in failed[0].message
    assert report.exit_code == 3
    assert len(list(Path("out").rglob("*.translation.md"))) == NUM_DOCUMENTS - 1
    monkeypatch.setattr(segmentation, "segment", honest)
    again = pipeline.run(["in"], options)
    assert [o.reasons for o in again.outcomes if o.name == "03.txt"] == [("failed-before",)]
    assert again.exit_code == 0


@pytest.mark.slow
def test_what_fails_three_times_is_left_until_it_changes_or_is_asked_for(
    project: Path, models: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from seedsum.pipeline import run as pipeline
    from seedsum.reading import segmentation

    honest = segmentation.segment

    def breaking(document):  # type: ignore[no-untyped-def]
        if document.name == "03.txt":
            raise RuntimeError("stage broke")
        return honest(document)

    def once() -> tuple[int, tuple[str, ...], str]:
        config = models / "models.toml"
        report = pipeline.run(["in"], output="out", config=config, offline=True, isolated=False)
        (outcome,) = [outcome for outcome in report.outcomes if outcome.name == "03.txt"]
        return report.exit_code, outcome.reasons, outcome.message

    monkeypatch.chdir(project)
    monkeypatch.setattr(segmentation, "segment", breaking)
    codes = [once()[0] for _ in range(2)]
    code, reasons, message = once()  # an hour has to pass before the last try
    assert (code, reasons) == (8, ("backing-off",)) and "; tried again after 2" in message
    an_hour_passes(Path("out"))
    before = contents(Path("out"))
    code, _, message = once()
    assert [*codes, code] == [3, 3, 3] and "quarantined after 3 failures" in message
    after = contents(Path("out"))
    changed = {name for name in after if after[name] != before[name]}
    assert changed == {"index.md", "index.html"}
    assert b"## Quarantined" in after["index.md"] and b"stage broke" in after["index.md"]
    code, reasons, message = once()  # and from now on it is named by every run
    assert (code, reasons) == (8, ("quarantined",)) and "stage broke" in message

    with pytest.raises(UsageError, match="has not failed"):
        pipeline.retry(["00.txt"], output="out")
    assert pipeline.retry(output="out") == ("03.txt",)
    assert [once()[0] for _ in range(3)] == [3, 3, 8]
    an_hour_passes(Path("out"))
    assert [once()[0] for _ in range(2)] == [3, 8]
    (project / "in" / "03.txt").write_text("Trạm y tế mới mở cửa ở xã.", encoding="utf-8")
    assert once()[0] == 3
    monkeypatch.setattr(segmentation, "segment", honest)
    assert once()[0] == 0
    assert pipeline.retry(output="out") == ()
    assert b"Quarantined" not in contents(Path("out"))["index.md"]


@pytest.mark.slow
def test_what_cannot_be_written_is_not_held_against_the_document(
    project: Path, models: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from seedsum.pipeline import run as pipeline

    monkeypatch.chdir(project)
    in_the_way = Path("out", "03.txt.record.json")
    in_the_way.mkdir(parents=True)
    for _ in range(4):
        report = pipeline.run(["in"], output="out", config=models / "models.toml", offline=True)
        (failed,) = [outcome for outcome in report.outcomes if outcome.status == "failed"]
        assert failed.name == "03.txt" and "cannot be written" in failed.message
    in_the_way.rmdir()
    report = pipeline.run(["in"], output="out", config=models / "models.toml", offline=True)
    assert report.exit_code == 0


@pytest.mark.slow
@pytest.mark.parametrize("out_of_memory", [True, False])
def test_a_document_that_kills_the_whole_run_is_done_last_and_counted_if_the_kernel_did_it(
    project: Path, models: Path, out_of_memory: bool
) -> None:
    """As where a service's memory limit, or a person, ends all of its processes."""
    counts = project / "vmstat"
    counts.write_text("oom_kill 0\n", encoding="utf-8")
    script = (
        "import os, pathlib, signal, sys\n"
        "from seedsum import cli\n"
        "from seedsum.pipeline import failures, supervision\n"
        f"failures._KERNEL_COUNTS = pathlib.Path({str(counts)!r})\n"
        "honest = supervision.write_doing\n"
        "def deadly(output, names, **more):\n"
        "    honest(output, names, **more)\n"
        "    if '03.txt' in names:\n"
        "        number = int(failures._KERNEL_COUNTS.read_text().split()[1])\n"
        f"        failures._KERNEL_COUNTS.write_text(f'oom_kill {{number + {out_of_memory:d}}}')\n"
        "        os.kill(os.getpid(), signal.SIGKILL)\n"
        "supervision.write_doing = deadly\n"
        "sys.argv[0] = 'seedsum'\n"
        "cli.main()\n"
    )
    options = ["run", "in", "-o", "out", "--offline", "--config", str(models / "models.toml")]

    def once() -> tuple[int, str]:
        done = subprocess.run(
            [sys.executable, "-c", script, *options],
            cwd=project,
            capture_output=True,
            text=True,
            check=False,
        )
        return done.returncode, done.stderr

    # The first run brings all of the window under suspicion; each later one does them alone.
    assert [once()[0] for _ in range(3)] == [-signal.SIGKILL] * 3
    if not out_of_memory:
        assert len(list((project / "out").rglob("*.record.json"))) == NUM_DOCUMENTS - 1
        assert finish(start(project, models))[0] == 0
        assert len(list((project / "out").rglob("*.record.json"))) == NUM_DOCUMENTS
        return
    code, errors = once()
    assert code == 8 and "1 backing-off" in errors
    an_hour_passes(project / "out")
    assert once()[0] == -signal.SIGKILL
    code, errors = once()
    assert code == 8 and "1 quarantined" in errors
    assert len(list((project / "out").rglob("*.record.json"))) == NUM_DOCUMENTS - 1
    assert torn(project / "out") == []
    (outcome,) = [
        outcome
        for path in (project / "out" / "runs").glob("*.json")
        for outcome in json.loads(path.read_bytes())["outcomes"]
        if outcome["name"] == "03.txt" and outcome["reasons"] == ["quarantined"]
    ]
    assert "for want of memory" in outcome["message"]

    def retry(name: str) -> subprocess.CompletedProcess[str]:
        program = [sys.executable, "-m", "seedsum", "retry", name, "-o", "out"]
        return subprocess.run(program, cwd=project, capture_output=True, text=True, check=False)

    refused = retry("00.txt")
    assert refused.returncode == 2 and "what has: 03.txt" in refused.stderr
    assert retry("03.txt").stdout == "03.txt\n"
    assert finish(start(project, models))[0] == 0
    assert len(list((project / "out").rglob("*.record.json"))) == NUM_DOCUMENTS


def test_environment_is_not_needed(project: Path, models: Path) -> None:
    """Cron gives a process next to nothing: no HOME, no terminal, the C locale."""
    done = subprocess.run(
        [
            sys.executable,
            "-m",
            "seedsum",
            "run",
            "in",
            "-o",
            "out",
            "--offline",
            "--config",
            str(models / "models.toml"),
            "--quiet",
        ],
        cwd=project,
        env={"PATH": os.environ["PATH"], "LC_ALL": "C"},
        capture_output=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout == b"" and done.stderr == b""
