"""Silence means fine: what a run leaves for a person is said everywhere, also when it is quiet."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

import seedsum
from seedsum.errors import UsageError
from seedsum.output.names import safe_name
from seedsum.pipeline import failures
from seedsum.pipeline.attention import Edited, notices
from seedsum.pipeline.failures import read_doing, write_doing
from seedsum.records import Action, NotRead, Task
from seedsum.settings import NOTICES

ARTICLE = "A clinic opens\n\nA new clinic opened in Northfield. It serves 4,000 people.\n"


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with ten English articles, which need no translation model."""
    (tmp_path / "in").mkdir()
    for number in range(10):
        text = ARTICLE.replace("4,000", f"{number + 2},000")
        (tmp_path / "in" / f"{number}.txt").write_text(text, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def run(**options: object) -> seedsum.RunReport:
    given = {"output": "out", "profile": "starter", "offline": True, "isolated": False} | options
    return seedsum.run(["in"], **given)  # type: ignore[arg-type]


def codes(report: seedsum.RunReport) -> list[str]:
    return [notice.code for notice in report.notices]


def command(*arguments: str) -> subprocess.CompletedProcess[str]:
    line = [sys.executable, "-m", "seedsum", *arguments]
    return subprocess.run(line, capture_output=True, text=True, check=False)


def test_a_run_over_a_whole_folder_leaves_nothing(project: Path) -> None:
    assert (run().exit_code, run().notices) == (0, ())
    assert "**" not in (project / "out" / "index.md").read_text().split("##")[0]


@pytest.mark.parametrize("left", [0, 5])
def test_an_unmounted_disk_is_no_success_however_often(project: Path, left: int) -> None:
    assert run().exit_code == 0
    shutil.copytree("in", "saved")
    for path in sorted((project / "in").iterdir())[left:]:
        path.unlink()
    code = "shrunk-input" if left else "empty-input"
    success = seedsum.history("out").last_success
    for _ in range(3):
        report = run()
        assert report.exit_code == 8 and code in codes(report)
    assert seedsum.history("out").last_success == success
    assert code in [notice.code for notice in seedsum.history("out").notices]
    index = (project / "out" / "index.md").read_text()
    assert ("the disk mounted" in index) is not bool(left)
    shutil.copytree("saved", "in", dirs_exist_ok=True)
    report = run()
    assert (report.exit_code, report.notices) == (0, ())
    assert "mounted" not in (project / "out" / "index.md").read_text()


def test_an_input_that_shrank_on_purpose_is_taken_note_of(project: Path) -> None:
    run()
    for path in sorted((project / "in").iterdir())[3:]:
        path.unlink()
    found = seedsum.prune(["in"], output="out")
    assert [item.kind for item in found] == ["orphan"] * 7
    assert run().exit_code == 8  # only listed
    seedsum.prune(["in"], output="out", remove=True)
    report = run()
    assert (report.exit_code, report.notices) == (0, ())
    assert not list((project / "out").glob("9.txt*"))


@pytest.mark.parametrize("given", ["in", "in/"])
def test_pruning_takes_note_however_the_folder_was_given(project: Path, given: str) -> None:
    options = {"output": "out", "profile": "starter", "offline": True, "isolated": False}
    assert seedsum.run([given], **options).exit_code == 0  # type: ignore[arg-type]
    for path in sorted((project / "in").iterdir())[3:]:
        path.unlink()
    seedsum.prune([given.rstrip("/") if given.endswith("/") else "in/"], output="out", remove=True)
    assert seedsum.run([given], **options).notices == ()  # type: ignore[arg-type]


def test_pruning_forgets_how_often_what_is_gone_has_failed(project: Path) -> None:
    run()
    (project / "in" / "bad.pdf").write_bytes(b"%PDF-1.4\nbroken")
    assert run().exit_code == 3
    assert set(failures.read_failures("out")) == {"bad.pdf"}
    seedsum.prune(["in"], output="out", remove=True)
    assert set(failures.read_failures("out")) == {"bad.pdf"}, "its source is there"
    (project / "in" / "bad.pdf").unlink()
    seedsum.prune(["in"], output="out")
    assert set(failures.read_failures("out")) == {"bad.pdf"}, "only listed"
    seedsum.prune(["in"], output="out", remove=True)
    assert not failures.read_failures("out")


def test_beside_an_empty_input_nobody_is_told_to_prune() -> None:
    left = left_of(tasks(orphaned=5), num_sources=0)
    assert "mounted" in left["empty-input"]
    assert left["orphaned"].startswith("5 pairs have no source: orphaned-0.txt")
    assert "prune" not in left["orphaned"]


def test_pruning_spares_what_a_person_edited(project: Path) -> None:
    run()
    edited = project / "out" / "9.txt.translation.md"
    edited.write_text(edited.read_text() + "\nA remark.\n")
    (project / "in" / "9.txt").unlink()
    (item,) = seedsum.prune(["in"], output="out", remove=True)
    assert item.note and edited.is_file()


def test_pruning_beside_an_empty_input_is_refused(project: Path) -> None:
    run()
    shutil.rmtree("in")
    (project / "in").mkdir()
    with pytest.raises(UsageError, match="mounted"):
        seedsum.prune(["in"], output="out", remove=True)
    assert (project / "out" / "9.txt.record.json").is_file()


def test_run_reports_are_kept_up_to_a_number(project: Path) -> None:
    (project / "models.toml").write_text(
        'default_profile = "starter"\n[run]\nkeep_reports = 2\n[models.s]\nengine = "ctranslate2"\n'
        'licence = "CC-BY-SA-4.0"\nbundled = "starter/ct2"\nformat = "ctranslate2"\n'
        '[models.extractive]\nengine = "extractive"\nlicence = "Apache-2.0"\n'
        '[profiles.starter]\nsummary = "extractive"\n',
        encoding="utf-8",
    )
    for _ in range(4):
        run(force=True)
    assert len(list((project / "out" / "runs").iterdir())) == 2


def tasks(**reasons: int) -> list[Task]:
    return [
        Task(f"{reason}-{n}.txt", Action.LEAVE, (reason.replace("_", "-"),))
        for reason, number in reasons.items()
        for n in range(number)
    ]


def left_of(found: list[Task], **given: object) -> dict[str, str]:
    arguments = {
        "num_sources": 5, "num_before": 5, "max_lost_share": 0.2, "unread": (), "stale": {},
        "fallback": "",
    }  # fmt: skip
    left = notices(found, **(arguments | given))  # type: ignore[arg-type]
    assert [notice.code for notice in left] == [c for c in NOTICES if c in {n.code for n in left}]
    return {notice.code: notice.text for notice in left}


def test_every_kind_is_said_in_one_line_with_names() -> None:
    left = left_of(
        tasks(quarantined=1, backing_off=2, over_limit=4, edited=1, orphaned=5, current=3),
        unread=[NotRead(".xyz", 4, ("b.xyz", "c.xyz", "d.xyz", "e.xyz")), NotRead("", 1, ("a",))],
        stale={"a.txt": 2, "b.txt": 1},
        fallback="the Hub does not answer",
        edited=Edited({"a.txt": 2}, ["b.txt.translation.edited.md"], {"c.txt": "not from seedsum"}),
    )
    assert left["quarantined"].startswith("1 article failed too often and is left alone")
    assert "backing_off-0.txt, backing_off-1.txt" in left["backing-off"]
    assert (
        left["over-limit"].startswith("4 articles are left") and "and 1 more" in left["over-limit"]
    )
    assert left["taken-in"] == "took in 2 sentences that were edited by hand: a.txt"
    assert left["edited"] == (
        "1 edited file is kept beside its pair,"
        " since not all in it are sentences of the article: b.txt.translation.edited.md; compare it"
        " with the pair, then remove it; 1 pair was edited by hand, and is left as it is: c.txt"
        " (not from seedsum)"
    )
    assert left["stale"] == "3 reviewed sentences have changed since: a.txt, b.txt"
    assert "seedsum prune" in left["orphaned"]
    assert "seedsum status" in left["quarantined"] and "seedsum retry" in left["quarantined"]
    assert "seedsum status" in left["backing-off"] and "seedsum doctor" in left["fallback"]
    assert left["unread-files"] == (
        "5 files are not read: 4 .xyz (b.xyz, c.xyz, d.xyz, …); 1 without an extension (a);"
        " types that nobody needs to be told of go into [run] ignore of models.toml"
    )
    assert "the Hub does not answer" in left["fallback"]
    assert all("\n" not in text for text in left.values())


@pytest.mark.parametrize(
    ("num_sources", "num_before", "code"),
    [
        (0, 0, "empty-input"),
        (0, 9, "empty-input"),
        (0, None, None),  # standard input
        (79, 100, "shrunk-input"),
        (81, 100, None),
        (1, 3, None),  # two of three articles: it may be a day's work
        (120, 100, None),
    ],
)
def test_how_much_may_be_gone(num_sources: int, num_before: int | None, code: str | None) -> None:
    left = left_of([], num_sources=num_sources, num_before=num_before)
    assert list(left) == ([code] if code else [])


@pytest.mark.slow
def test_a_quiet_command_says_what_is_left_and_ends_with_8(project: Path) -> None:
    (project / "in" / "page.xyz").write_text("?")
    given = ("run", "in", "--output", "out", "--offline", "--quiet")
    fallback = command(*given)
    assert fallback.returncode == 8 and "starter models translate" in fallback.stderr
    chosen = command(*given, "--profile", "starter")
    assert chosen.returncode == 0 and "page.xyz" in chosen.stderr
    assert command(*given, "--profile", "starter", "--strict").returncode == 8
    assert command(*given, "--profile", "starter", "--fail-on", "unread-files").returncode == 8
    assert command(*given, "--fail-on", "none").returncode == 0
    assert command(*given, "--fail-on", "nothing").returncode == 4
    found = json.loads(command(*given, "--json").stdout)
    assert [notice["code"] for notice in found["notices"]] == ["fallback", "unread-files"]


class _Pings(BaseHTTPRequestHandler):
    paths: list[str] = []  # noqa: RUF012 - of the test that is going on
    bodies: list[str] = []  # noqa: RUF012

    def do_POST(self) -> None:
        self.paths.append(self.path)
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self.bodies.append(body.decode())
        self.send_response(200)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Nothing."""


@pytest.fixture
def pings() -> Iterator[tuple[str, list[str]]]:
    _Pings.paths, _Pings.bodies = [], []
    with HTTPServer(("127.0.0.1", 0), _Pings) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}/check?key=1", _Pings.paths
        server.shutdown()


@pytest.mark.slow
def test_somebody_is_told_when_a_run_begins_and_how_it_ends(
    project: Path, pings: tuple[str, list[str]]
) -> None:
    address, paths = pings
    given = ("run", "in", "--output", "out", "--profile", "starter", "--ping", address)
    assert command(*given).returncode == 0
    assert paths == ["/check/start?key=1", "/check?key=1"]
    paths.clear()
    shutil.rmtree("in")
    (project / "in").mkdir()
    assert command(*given).returncode == 8
    assert paths == ["/check/start?key=1", "/check/fail?key=1"]
    assert "is the disk mounted?" in _Pings.bodies[-1]


@pytest.mark.slow
def test_a_quiet_run_names_what_failed_and_why_once(
    project: Path, pings: tuple[str, list[str]]
) -> None:
    (project / "in" / "bad.pdf").write_bytes(b"%PDF-1.4\nbroken")
    given = ("run", "in", "--output", "out", "--profile", "starter", "--ping", pings[0])
    done = command(*given, "--quiet")
    assert done.returncode == 3
    (line,) = (line for line in done.stderr.splitlines() if "bad.pdf" in line)
    assert line.startswith("seedsum: 1 article failed: bad.pdf: ") and "PDF is broken" in line
    assert line.removeprefix("seedsum: ") in _Pings.bodies[-1].splitlines()
    loud = command(*given, "--force")
    assert sum("bad.pdf" in line for line in loud.stderr.splitlines()) == 1


@pytest.mark.slow
def test_a_ping_that_does_not_arrive_fails_no_run(project: Path) -> None:
    given = ("run", "in", "--output", "out", "--profile", "starter", "--ping")
    done = command(*given, "http://127.0.0.1:9/check")
    assert done.returncode == 0 and "did not arrive" in done.stderr
    assert command(*given, "ftp://example.org").returncode == 2


def test_a_run_that_is_killed_from_outside_is_no_documents_fault(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run()
    output = project / "out"
    (project / "in" / "0.txt").write_text(ARTICLE.replace("4,000", "70,000"), encoding="utf-8")
    for _ in range(6):
        write_doing(output, ["0.txt"])
        assert read_doing(output).names == {"0.txt"} and not read_doing(output).out_of_memory
    report = run()
    assert report.exit_code == 0
    assert {o.status for o in report.outcomes if o.name == "0.txt"} == {"clean"}


def test_a_kill_by_the_kernel_for_want_of_memory_counts(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    counts = project / "vmstat"
    monkeypatch.setattr(failures, "_KERNEL_COUNTS", counts)
    counts.write_text("pgfault 12\noom_kill 3\n")
    write_doing(project, ["a.txt"])
    assert not read_doing(project).out_of_memory
    counts.write_text("pgfault 12\noom_kill 4\n")
    assert read_doing(project).out_of_memory
    counts.write_text("oom_kill 0\n")  # the machine was started again
    assert not read_doing(project).out_of_memory


@pytest.mark.parametrize("name", ["index.md", "INDEX.html", "runs", "Reviews"])
def test_a_folder_with_the_name_of_the_outputs_own_gets_another(name: str, project: Path) -> None:
    assert safe_name(f"{name}/a.txt").split("/")[0] not in (name, name.casefold())
    assert safe_name(f"{name}/a.txt") == safe_name(f"{name}/a.txt")
    assert safe_name(name) == name and safe_name(f"b/{name}/a.txt") == f"b/{name}/a.txt"
    (project / "in" / name).mkdir()
    (project / "in" / name / "a.txt").write_text(ARTICLE.replace("4,000", "900"))
    assert run().exit_code == 0
    assert (project / "out" / "index.md").is_file()
    assert len(list((project / "out").rglob("a.txt.translation.md"))) == 1


def test_a_web_address_is_named_as_one(project: Path) -> None:
    with pytest.raises(UsageError, match="is a web address"):
        seedsum.run(["https://example.org/a.html"], output="out")


@pytest.mark.slow
def test_the_english_goes_to_standard_output_when_asked(project: Path) -> None:
    line = [sys.executable, "-m", "seedsum", "run", "-", "--profile", "starter", "--print"]
    found = {}
    for printed in ("translation", "summary", "both"):
        done = subprocess.run(
            [*line, printed], input=ARTICLE, capture_output=True, text=True, check=True
        )
        found[printed] = done.stdout
    assert found["translation"] == ARTICLE
    assert "A new clinic opened in Northfield." in found["summary"]
    assert found["both"] == f"{found['summary']}\n{found['translation']}"


def test_the_output_may_be_moved(project: Path) -> None:
    run()
    shutil.move("out", "elsewhere")
    report = run(output="elsewhere")
    assert {outcome.reasons for outcome in report.outcomes} == {("current",)}
    assert (report.exit_code, report.notices) == (0, ())
