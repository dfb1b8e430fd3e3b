"""What a run finds in a folder: files that settle, files that are not read, saved pages."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path

import pytest

import seedsum
from seedsum.errors import ReadError, UsageError
from seedsum.output import read_records
from seedsum.pipeline.planning import plan
from seedsum.pipeline.source_bytes import source_bytes
from seedsum.pipeline.sources import Clock, Listing, list_sources
from seedsum.records import KeyParts, NotRead, RecordState, Source

NOW = 1_700_000_000.0


def written(path: Path, text: str, *, age_seconds: float) -> Path:
    """Write a file that was changed that long before `NOW`."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    os.utime(path, (NOW - age_seconds, NOW - age_seconds))
    return path


class Steps:
    """A clock whose time goes by only while somebody waits; something may happen meanwhile."""

    def __init__(self, meanwhile: Callable[[], object] | None = None) -> None:
        self.time = NOW
        self.slept: list[float] = []
        self._meanwhile = meanwhile

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.time += seconds
        if self._meanwhile:
            self._meanwhile()

    def listing(self, *paths: Path, settle_seconds: float = 2.0) -> Listing:
        clock = Clock(lambda: self.time, self.sleep)
        return list_sources(paths, settle_seconds=settle_seconds, clock=clock)


# --------------------------------------------------------------------------------------------
# Settling


def test_old_files_are_taken_without_waiting(tmp_path: Path) -> None:
    written(tmp_path / "a.txt", "a", age_seconds=2.5)
    steps = Steps()
    (source,) = steps.listing(tmp_path).sources
    assert (source.growing, steps.slept) == (False, [])


def test_a_file_that_just_changed_is_looked_at_again_and_taken(tmp_path: Path) -> None:
    written(tmp_path / "a.txt", "a", age_seconds=0.5)
    written(tmp_path / "b.txt", "b", age_seconds=1.5)
    written(tmp_path / "c.txt", "c", age_seconds=60)
    steps = Steps()
    sources = steps.listing(tmp_path).sources
    assert [source.name for source in sources] == ["a.txt", "b.txt", "c.txt"]
    assert not any(source.growing for source in sources)
    assert steps.slept == [1.5]  # once, until the newest has settled


def test_a_file_that_still_grows_is_left_for_the_next_run(tmp_path: Path) -> None:
    path = written(tmp_path / "news.jsonl", '{"text": "a"}\n', age_seconds=1)
    written(tmp_path / "b.txt", "b", age_seconds=1)
    steps = Steps(lambda: written(path, '{"text": "a"}\n{"text"', age_seconds=-1))
    growing, settled = sorted(steps.listing(tmp_path).sources, key=lambda x: not x.growing)
    assert (growing.name, growing.growing, growing.sha256) == ("news.jsonl", True, "")
    assert (settled.name, settled.growing) == ("b.txt", False)
    with pytest.raises(ReadError, match=r"being written; the next run"):
        source_bytes(growing)


def test_a_file_that_goes_away_meanwhile_is_none(tmp_path: Path) -> None:
    path = written(tmp_path / "a.txt", "a", age_seconds=0)
    assert Steps(path.unlink).listing(tmp_path).sources == ()


def test_a_stamp_in_the_future_counts_as_settled(tmp_path: Path) -> None:
    written(tmp_path / "a.txt", "a", age_seconds=-3600)
    steps = Steps()
    assert not steps.listing(tmp_path).sources[0].growing
    assert steps.slept == []


def test_named_files_and_standard_input_never_wait(tmp_path: Path) -> None:
    path = written(tmp_path / "a.txt", "a", age_seconds=0)
    steps = Steps()
    clock = Clock(lambda: steps.time, steps.sleep)
    listing = list_sources([path, "-"], stdin=b"b", settle_seconds=2.0, clock=clock)
    assert [source.growing for source in listing.sources] == [False, False]
    assert steps.slept == []


@pytest.mark.parametrize("settle_seconds", [0.0, 0.4])
def test_the_time_to_settle_is_an_option(tmp_path: Path, settle_seconds: float) -> None:
    written(tmp_path / "a.txt", "a", age_seconds=0.5)
    steps = Steps()
    steps.listing(tmp_path, settle_seconds=settle_seconds)
    assert steps.slept == []


def test_what_grows_is_counted_and_its_pairs_are_no_orphans() -> None:
    def key(source: Source, state: RecordState) -> KeyParts:
        raise AssertionError("a file that grows has no key")

    records = {
        name: RecordState(name, seedsum.records.Integrity.INTACT)
        for name in ("news.jsonl/1", "newsreel.txt")
    }
    growing = Source("news.jsonl", "news.jsonl", "", 5, growing=True)
    tasks = plan([growing], records, expected_key=key, report_orphans=True)
    assert [(task.name, task.reasons) for task in tasks] == [
        ("news.jsonl", ("growing",)),
        ("newsreel.txt", ("orphaned",)),
    ]


def test_the_setting_in_the_environment_must_be_seconds(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    written(tmp_path / "in" / "a.txt", "a", age_seconds=0)
    monkeypatch.setenv("SEEDSUM_SETTLE", "soon")
    with pytest.raises(UsageError, match=r"SEEDSUM_SETTLE is 'soon'"):
        seedsum.run([tmp_path / "in"], output=tmp_path / "out", offline=True, profile="starter")


# --------------------------------------------------------------------------------------------
# Files that are not read


def test_files_of_other_types_are_counted_and_named(tmp_path: Path) -> None:
    names = ("a.txt", "b.doc", "sub/c.DOC", "d.zip", "README", *(f"{n:02}.jpg" for n in range(30)))
    for name in names:
        written(tmp_path / name, "x", age_seconds=60)
    listing = list_sources([tmp_path])
    assert [entry.type for entry in listing.not_read] == [".jpg", ".doc", "", ".zip"]
    pictures, old, *_ = listing.not_read
    assert (pictures.count, len(pictures.names), pictures.names[0]) == (30, 20, "00.jpg")
    assert old == NotRead(".doc", 2, ("b.doc", "sub/c.DOC"))
    assert listing.num_skipped == {"foreign": 34}


def test_the_file_beside_an_open_word_document_is_hidden(tmp_path: Path) -> None:
    written(tmp_path / "~$a.docx", "x", age_seconds=60)
    listing = list_sources([tmp_path])
    assert (listing.sources, listing.num_skipped) == ((), {"hidden": 1})


def test_the_folder_of_a_saved_page_is_its_companion(tmp_path: Path) -> None:
    for name in (
        *("Cầu.html", "Cầu_files/ad.html", "Cầu_files/a.css", "old.htm", "old-Dateien/x.html"),
        *("notes_files/a.txt", "b.txt"),
    ):
        written(tmp_path / name, "<p>x", age_seconds=60)
    listing = list_sources([tmp_path])
    assert [source.name for source in listing.sources] == [
        *("Cầu.html", "b.txt", "notes_files/a.txt", "old.htm"),
    ]
    assert listing.num_skipped == {"companion": 2}
    assert listing.not_read == ()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    written(tmp_path / "in" / "b.doc", "x", age_seconds=60)
    written(tmp_path / "in" / "c|d.xyz", "x", age_seconds=60)
    return tmp_path


def run(folder: Path, *paths: str) -> seedsum.RunReport:
    given = [folder / path for path in paths or ("in",)]
    return seedsum.run(given, output=folder / "out", offline=True, profile="starter")


def index(folder: Path) -> str:
    return (folder / "out" / "index.md").read_text(encoding="utf-8")


def test_a_folder_of_which_nothing_can_be_read_is_a_problem(folder: Path) -> None:
    report = run(folder)
    assert report.exit_code == 3
    assert [entry.type for entry in report.not_read] == [".doc", ".xyz"]
    assert "## Not read" in index(folder)
    (folder / "empty").mkdir()
    assert run(folder, "empty").exit_code == 8


def test_the_index_names_what_is_not_read_also_where_nothing_else_is_to_be_done(
    folder: Path,
) -> None:
    written(folder / "in" / "a.txt", "The clinic opened on Monday.", age_seconds=60)
    assert run(folder).exit_code == 0
    assert "| .doc | 1 | b.doc |" in index(folder)
    assert "2 files in the input folder are not read." in index(folder)
    assert "c&#124;d.xyz" in index(folder)
    before = (folder / "out" / "index.md").stat()
    run(folder)
    assert (folder / "out" / "index.md").stat().st_mtime_ns == before.st_mtime_ns
    written(folder / "in" / "e.doc", "x", age_seconds=60)
    run(folder)
    assert "| .doc | 2 | b.doc, e.doc |" in index(folder)
    # A single file says nothing of the folder.
    written(folder / "in" / "f.txt", "It is open now.", age_seconds=60)
    run(folder, "in/f.txt")
    assert "| .doc | 2 | b.doc, e.doc |" in index(folder)
    for name in ("b.doc", "c|d.xyz"):
        (folder / "in" / name).unlink()
    run(folder)
    assert "1 file in the input folder is not read." in index(folder)
    (folder / "in" / "e.doc").unlink()
    run(folder)
    assert "Not read" not in index(folder)
    assert sorted(read_records(folder / "out")) == ["a.txt", "f.txt"]


def test_status_and_plan_name_what_is_not_read(folder: Path) -> None:
    planned = seedsum.plan([folder / "in"], output=folder / "out", profile="starter")
    assert [entry.names for entry in planned.not_read] == [("b.doc",), ("c|d.xyz",)]


def test_the_commands_say_what_is_not_read(
    folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    from seedsum.cli import main

    def printed(*arguments: str) -> tuple[int, str, str]:
        monkeypatch.setattr("sys.argv", ["seedsum", *arguments])
        with pytest.raises(SystemExit) as left:
            main()
        captured = capsys.readouterr()
        return int(left.value.code or 0), captured.out, captured.err

    line = "not read: 2 files: 1 .doc (b.doc); 1 .xyz (c|d.xyz)"
    where = (str(folder / "in"), "-o", str(folder / "out"), "--profile", "starter")
    code, _, err = printed("run", *where, "--offline")
    assert code == 3 and "2 files are not read: 1 .doc (b.doc); 1 .xyz (c|d.xyz)" in err
    assert "no file in the input is of a type that is read" in err
    assert line in printed("status", *where)[1]
    assert line in printed("run", *where, "--dry-run")[1]
    shown = json.loads(printed("status", *where, "--json")[1])
    assert shown["not_read"][0] == {"type": ".doc", "count": 1, "names": ["b.doc"]}
    shown = json.loads(printed("run", *where, "--offline", "--json")[1])
    assert shown["not_read"][0]["names"] == ["b.doc"]
    _, out, _ = printed("doctor", str(folder / "in"), "--profile", "starter", "--offline")
    assert "no articles; not read: 2 files" in " ".join(out.split())
