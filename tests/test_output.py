"""Publishing, the states of pairs, names, index, reports and the lock, on real files."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from dataclasses import asdict, replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import sample_results
from seedsum.errors import DocumentError, LockedError, OutputError, UsageError
from seedsum.files import sha256_bytes
from seedsum.output import (
    place_of,
    publish,
    publish_all,
    read_contents,
    read_records,
    states,
    write_index,
    write_run_report,
)
from seedsum.output.names import safe_name
from seedsum.output.pairs import PAIR_FILES, RECORD_SUFFIX
from seedsum.output.rendering import Index, render, render_index
from seedsum.pipeline.source_bytes import source_bytes
from seedsum.pipeline.sources import list_sources
from seedsum.records import (
    FORMAT_VERSION,
    Action,
    Integrity,
    Outcome,
    OutputPair,
    RunReport,
    Status,
)


def make_files(folder: Path, *names: str) -> Path:
    for name in names:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"text of {name}\n", encoding="utf-8")
    return folder


# --------------------------------------------------------------------------------------------
# Names


def test_ordinary_names_stay_as_they_are() -> None:
    for name in ("a.txt", "sức khỏe/trạm y tế (1).md", "র‍্যাব/বন্যা.html", "a&b, 100%.txt"):
        assert safe_name(name) == name


@pytest.mark.parametrize(
    "name",
    ["-rf.txt", "a\nb.txt", "..", "a/../b", ".hidden", "a\\b.txt", "\u202etxt.exe", "a//b", " .txt",
     os.fsdecode(b"caf\xe9.txt"), "x" * 251 + ".txt", "ক" * 84 + ".txt", "a\x00b", ""],
)  # fmt: skip
def test_odd_names_become_safe_ones(name: str) -> None:
    safe = safe_name(name)
    assert safe != name
    assert safe == safe_name(name)
    for part in safe.split("/"):
        assert part.encode("utf-8").decode() == part
        assert part.replace("\u200c", "").replace("\u200d", "").isprintable()
        assert part not in ("", ".", "..")
        assert part[0] not in "-."
        assert len((part + ".translation.md").encode()) <= 255
    assert safe.endswith(".txt") == name.endswith(".txt")


@given(st.lists(st.text(st.characters(exclude_characters="/"), min_size=1), unique=True))
def test_different_names_stay_different(names: list[str]) -> None:
    assert len({safe_name(name) for name in names}) == len(names)


def test_files_with_odd_names_are_published_inside_the_output(tmp_path: Path) -> None:
    folder, output = tmp_path / "in", tmp_path / "out"
    folder.mkdir()
    names = [b"-rf.txt", b"a\nb.txt", b"caf\xe9.txt", b"x" * 251 + b".txt", b"%2Drf.txt"]
    for name in names:
        Path(os.fsdecode(os.fsencode(folder) + b"/" + name)).write_bytes(name)
    listing = list_sources([folder])
    assert len(listing.sources) == len(names)
    for source in listing.sources:
        publish(output, replace(render(sample_results.english()), name=source.name))
        assert source_bytes(source)
    assert sorted(read_records(output)) == sorted(source.name for source in listing.sources)
    assert {path.name for path in tmp_path.iterdir()} == {"in", "out"}


# --------------------------------------------------------------------------------------------
# Publishing and records

PAIR = render(sample_results.vietnamese())
FILES = [PAIR.name + suffix for suffix in (*PAIR_FILES, RECORD_SUFFIX)]


def files_of(output: Path) -> dict[str, bytes]:
    return {
        path.relative_to(output).as_posix(): path.read_bytes()
        for path in sorted(output.rglob("*"))
        if path.is_file() and ".seedsum" not in path.parts
    }


def test_a_published_pair_is_intact_and_read_back(tmp_path: Path) -> None:
    publish(tmp_path, PAIR)
    assert sorted(files_of(tmp_path)) == sorted(FILES)
    (state,) = read_records(tmp_path).values()
    result = sample_results.vietnamese()
    assert state.integrity is Integrity.INTACT
    assert state.status is Status.REVIEW
    assert state.key_parts == result.provenance.key_parts
    assert state.routes == ("vi->en",)
    assert state.reasons == result.reasons
    assert (state.num_segments, state.num_flagged) == (19, 3)
    assert state.title == "Commune health station opens another clinic"


def test_files_get_the_usual_permissions(tmp_path: Path) -> None:
    publish(tmp_path, PAIR)
    plain = tmp_path / "plain"
    plain.touch()
    assert {(tmp_path / name).stat().st_mode for name in FILES} == {plain.stat().st_mode}


def test_records_of_a_missing_or_empty_folder_are_none(tmp_path: Path) -> None:
    assert read_records(tmp_path / "gone") == {}
    assert read_records(tmp_path) == {}


@pytest.mark.parametrize("name", FILES)
def test_a_missing_file_makes_a_pair_incomplete(tmp_path: Path, name: str) -> None:
    publish(tmp_path, PAIR)
    (tmp_path / name).unlink()
    assert read_records(tmp_path)[PAIR.name].integrity is Integrity.INCOMPLETE


@pytest.mark.parametrize("torn", [b"", b"{", b"[]", b"null", b'{"status": "clean"}', b"\xff"])
def test_a_torn_record_makes_a_pair_incomplete(tmp_path: Path, torn: bytes) -> None:
    publish(tmp_path, PAIR)
    (tmp_path / FILES[2]).write_bytes(torn)
    state = read_records(tmp_path)[PAIR.name]
    assert (state.integrity, state.status) == (Integrity.INCOMPLETE, None)


@pytest.mark.parametrize("name", FILES[:2])
@pytest.mark.parametrize("lost", [False, True], ids=["", "record lost"])
def test_an_edited_file_is_seen_and_never_overwritten(
    tmp_path: Path, name: str, lost: bool
) -> None:
    publish(tmp_path, PAIR)
    path = tmp_path / name
    path.write_bytes(path.read_bytes().replace(b"doctors", b"nurses"))
    if lost:
        (tmp_path / FILES[2]).unlink()
    before = files_of(tmp_path)
    assert read_records(tmp_path)[PAIR.name].integrity is Integrity.EDITED
    with pytest.raises(DocumentError, match="was edited"):
        publish(tmp_path, PAIR)
    assert files_of(tmp_path) == before


def test_a_file_of_the_users_own_in_the_way_is_not_overwritten(tmp_path: Path) -> None:
    make_files(tmp_path, FILES[0])
    assert read_records(tmp_path)[PAIR.name].integrity is Integrity.EDITED
    with pytest.raises(DocumentError):
        publish(tmp_path, PAIR)


@pytest.mark.parametrize("name", FILES[:2])
def test_a_folder_in_the_way_is_left_alone(tmp_path: Path, name: str) -> None:
    publish(tmp_path, PAIR)
    (tmp_path / name).unlink()
    make_files(tmp_path / name, "mine.txt")
    assert read_records(tmp_path)[PAIR.name].integrity is Integrity.EDITED
    with pytest.raises(DocumentError):
        publish(tmp_path, PAIR)
    assert (tmp_path / name / "mine.txt").exists()


def test_our_own_file_of_another_run_makes_a_pair_incomplete_not_edited(tmp_path: Path) -> None:
    publish(tmp_path, PAIR)
    other = replace(sample_results.vietnamese(), reasons=("other",))
    (tmp_path / FILES[0]).write_text(render(other).files[".summary.md"], encoding="utf-8")
    assert read_records(tmp_path)[PAIR.name].integrity is Integrity.INCOMPLETE
    publish(tmp_path, PAIR)
    assert read_records(tmp_path)[PAIR.name].integrity is Integrity.INTACT


def test_a_document_that_is_skipped_now_loses_its_earlier_pair(tmp_path: Path) -> None:
    publish(tmp_path, PAIR)
    skipped = replace(render(sample_results.skipped()), name=PAIR.name)
    publish(tmp_path, skipped)
    assert list(files_of(tmp_path)) == [FILES[2]]
    state = read_records(tmp_path)[PAIR.name]
    assert (state.status, state.integrity) == (Status.SKIPPED, Integrity.INTACT)


def test_the_old_record_goes_first_and_the_new_one_comes_last(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    publish(tmp_path, PAIR)
    done: list[str] = []
    replace_file, unlink = Path.replace, Path.unlink

    def replaced(self: Path, target: Path) -> Path:
        done.append(f"put {target.relative_to(tmp_path)}")
        return replace_file(self, target)

    def unlinked(self: Path, missing_ok: bool = False) -> None:
        done.append(f"remove {self.relative_to(tmp_path)}")
        unlink(self, missing_ok=missing_ok)

    monkeypatch.setattr(Path, "replace", replaced)
    monkeypatch.setattr(Path, "unlink", unlinked)
    publish(tmp_path, PAIR)
    *others, record = FILES
    assert done == [f"remove {record}", *(f"put {name}" for name in others), f"put {record}"]


@pytest.mark.parametrize("step", range(1, 5))
@pytest.mark.parametrize("again", [False, True], ids=["first", "redo"])
def test_publishing_that_dies_at_any_step_is_finished_by_the_next_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: int, again: bool
) -> None:
    class KilledError(BaseException):
        pass

    new = render(replace(sample_results.vietnamese(), reasons=("new",)))
    if again:
        publish(tmp_path, PAIR)
    steps = iter(range(1, 9))

    def dies(method: str) -> None:
        real = getattr(Path, method)

        def call(self: Path, *args: object, **kwargs: object) -> object:
            if self.name.startswith(".seedsum") == (method == "replace") and next(steps) == step:
                raise KilledError
            return real(self, *args, **kwargs)

        monkeypatch.setattr(Path, method, call)

    dies("replace")
    dies("unlink")
    with pytest.raises(KilledError):
        publish(tmp_path, new)
    monkeypatch.undo()
    state = read_records(tmp_path).get(PAIR.name)
    assert state is None or state.integrity is not Integrity.EDITED
    if state is not None and state.integrity is Integrity.INTACT:
        assert files_of(tmp_path)[FILES[2]] == PAIR.record.encode(), "the old pair, untouched"
    place_of(tmp_path).clean()
    publish(tmp_path, new)
    fresh = tmp_path / "fresh"
    publish(fresh, new)
    published = files_of(fresh)
    assert {name: files_of(tmp_path)[name] for name in published} == published
    assert read_records(tmp_path)[PAIR.name].integrity is Integrity.INTACT


def test_publishing_many_leaves_out_what_fails_and_names_it(tmp_path: Path) -> None:
    make_files(tmp_path, "7.txt.summary.md")  # a person's own
    pairs = [replace(PAIR, name=f"{number}.txt") for number in range(20)]
    failed = publish_all(tmp_path, pairs)
    assert list(failed) == ["7.txt"]
    assert isinstance(failed["7.txt"], DocumentError)
    one_by_one = tmp_path / "one by one"
    for pair in pairs:
        publish(one_by_one, pair)
    written = {name: data for name, data in files_of(one_by_one).items() if name[:2] != "7."}
    assert {name: files_of(tmp_path)[name] for name in written} == written


PUBLISH_FOR_EVER = """
import sys
from dataclasses import replace
from pathlib import Path
import sample_results
from seedsum.output import publish
from seedsum.output.rendering import render

result = sample_results.vietnamese()
pairs = [
    render(replace(result, document=replace(result.document, name=name), reasons=(text,)))
    for text in ("one", "two")
    for name in ("a.txt", "b.txt")
]
print("ready", flush=True)
while True:
    for pair in pairs:
        publish(Path(sys.argv[1]), pair)
"""


@pytest.mark.slow
def test_killed_at_any_time_every_pair_is_whole_or_marked(tmp_path: Path) -> None:
    for number in range(8):
        process = subprocess.Popen(
            [sys.executable, "-c", PUBLISH_FOR_EVER, str(tmp_path)],
            stdout=subprocess.PIPE,
            env={**os.environ, "PYTHONPATH": str(Path(__file__).parent)},
        )
        assert process.stdout is not None
        process.stdout.readline()
        time.sleep(0.03 + 0.017 * number)
        process.kill()
        process.wait()
        process.stdout.close()
        for name, state in read_records(tmp_path).items():
            assert state.integrity is not Integrity.EDITED
            if state.integrity is Integrity.INTACT:
                record = json.loads((tmp_path / f"{name}.record.json").read_bytes())
                for entry in record["files"].values():
                    data = (tmp_path / entry["path"]).read_bytes()
                    assert sha256_bytes(data) == entry["sha256"]
    place_of(tmp_path).clean()
    assert not list(tmp_path.rglob("*.tmp"))


def test_a_failed_write_leaves_the_old_pair_and_no_temporary_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    publish(tmp_path, PAIR)
    before = files_of(tmp_path)

    def full(descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space left"):
        publish(tmp_path, render(replace(sample_results.vietnamese(), reasons=("new",))))
    assert files_of(tmp_path) == before


@pytest.mark.parametrize("name", ["../x", "/etc/x", "a/../../x", "", "a//b", "a/./b", "a\0b"])
def test_names_that_lead_out_of_the_output_are_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(UsageError):
        publish(tmp_path / "out", OutputPair(name, {".summary.md": "s"}, "r"))
    assert not any(tmp_path.iterdir())


def test_a_link_in_the_output_that_leads_out_is_refused(tmp_path: Path) -> None:
    output, elsewhere = tmp_path / "out", tmp_path / "elsewhere"
    output.mkdir()
    elsewhere.mkdir()
    (output / "health").symlink_to(elsewhere)
    for name in (PAIR.name, "health/deeper/a.txt"):
        with pytest.raises(DocumentError, match="leads out of the output"):
            publish(output, replace(PAIR, name=name))
    assert not any(elsewhere.iterdir())


# --------------------------------------------------------------------------------------------
# The cache of states


@pytest.fixture
def patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Trust time stamps at once; ctime cannot be set back."""
    monkeypatch.setattr(states, "_RACY_NS", -60_000_000_000)
    monkeypatch.setattr(states, "_NUM_WORTH_KEEPING", 1)


def test_the_cache_gives_the_same_states(tmp_path: Path, patient: None) -> None:
    for make in (sample_results.vietnamese, sample_results.skipped, sample_results.bengali):
        publish(tmp_path, render(make()))
    make_files(tmp_path, "own.txt.summary.md")
    first = read_records(tmp_path)
    assert (tmp_path / ".seedsum" / "state.jsonl").exists()
    assert read_records(tmp_path) == first
    (tmp_path / ".seedsum" / "state.jsonl").unlink()
    assert read_records(tmp_path) == first


def test_the_cache_is_used_and_sees_every_change(
    tmp_path: Path, patient: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    publish(tmp_path, PAIR)
    read_records(tmp_path)

    def unused(output: Path, name: str) -> None:
        raise AssertionError("read although nothing changed")

    with monkeypatch.context() as context:
        context.setattr(states, "_read_pair", unused)
        read_records(tmp_path)
    path = tmp_path / FILES[0]
    status = path.stat()
    path.write_bytes(path.read_bytes().replace(b"doctors", b"dogtors"))
    os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))
    assert read_records(tmp_path)[PAIR.name].integrity is Integrity.EDITED


def test_rehash_trusts_no_time_stamp(tmp_path: Path, patient: None) -> None:
    publish(tmp_path, PAIR)
    first = read_records(tmp_path)
    path = tmp_path / FILES[1]
    path.write_bytes(path.read_bytes().replace(b"doctors", b"dogtors"))
    cache = tmp_path / ".seedsum" / "state.jsonl"
    *head, row = map(json.loads, cache.read_text().splitlines())
    stamps = states._listed(place_of(tmp_path)).stamps
    assert row[1] != stamps[PAIR.name]
    row[1] = stamps[PAIR.name]  # as if the disk had changed a bit by itself
    cache.write_text("\n".join(map(json.dumps, (*head, row))))
    assert read_records(tmp_path) == first
    assert read_records(tmp_path, rehash=True)[PAIR.name].integrity is Integrity.EDITED


def test_what_is_torn_in_the_cache_is_no_harm(tmp_path: Path, patient: None) -> None:
    others = [sample_results.vietnamese(), sample_results.skipped(), sample_results.bengali()]
    for result in others:
        publish(tmp_path, render(result))
    first = read_records(tmp_path)
    cache = tmp_path / ".seedsum" / "state.jsonl"
    data = cache.read_bytes()
    for end in range(0, len(data), 7):
        cache.write_bytes(data[:end])
        assert read_records(tmp_path) == first


@pytest.mark.parametrize("line", ["5", "null", "[]", "[0, 1]", '{"a": 1}', '[%s, {"name": "%s"}]'])
@pytest.mark.parametrize("place", [0, 1, 2])
def test_a_line_of_the_cache_that_is_not_ours_is_no_harm(
    tmp_path: Path, patient: None, line: str, place: int
) -> None:
    publish(tmp_path, PAIR)
    first = read_records(tmp_path)
    cache = tmp_path / ".seedsum" / "state.jsonl"
    lines = cache.read_text().splitlines()
    if "%" in line:
        line %= (json.dumps(states._listed(place_of(tmp_path)).stamps[PAIR.name]), PAIR.name)
    for changed in ([*lines[:place], line, *lines[place:]], [*lines[:place], line]):
        cache.write_text("\n".join(changed))
        assert read_records(tmp_path) == first


def test_the_cache_of_another_version_is_ignored_and_written_again(
    tmp_path: Path, patient: None
) -> None:
    publish(tmp_path, PAIR)
    first = read_records(tmp_path)
    cache = tmp_path / ".seedsum" / "state.jsonl"
    ours = cache.read_text()
    cache.write_text("2\n" + ours.partition("\n")[2].replace('"review"', '"clean"'))
    assert read_records(tmp_path) == first
    assert cache.read_text() == ours


def test_what_is_new_is_added_to_the_cache_and_joined_at_times(
    tmp_path: Path, patient: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("seedsum.output.lines._MAX_ADDITIONS", 2)
    made = sample_results.vietnamese()

    def publish_as(*names: str) -> None:
        for name in names:
            publish(tmp_path, render(replace(made, document=replace(made.document, name=name))))
        read_records(tmp_path)

    publish_as(*(f"{number}.txt" for number in range(9)))
    base, additions = tmp_path / ".seedsum" / "state.jsonl", tmp_path / ".seedsum" / "state"
    for number, name in enumerate(("c.txt", "d.txt"), start=1):
        before = base.read_bytes()
        publish_as(name)
        assert base.read_bytes() == before
        assert len(list(additions.iterdir())) == number
    with monkeypatch.context() as context:
        context.setattr(states, "_read_pair", None)  # nothing is read
        assert list(read_records(tmp_path))[9:] == ["c.txt", "d.txt"]
        assert list(read_contents(tmp_path, only="d.txt".__eq__).states) == ["d.txt"]
    publish_as("e.txt")
    assert list(additions.iterdir()) == []
    with monkeypatch.context() as context:
        context.setattr(states, "_read_pair", None)
        assert len(read_records(tmp_path)) == 12


def test_a_record_of_a_newer_format_is_refused_by_name_and_left(tmp_path: Path) -> None:
    publish(tmp_path, PAIR)
    path = tmp_path / FILES[2]
    record = json.loads(path.read_bytes()) | {"format_version": FORMAT_VERSION + 1}
    path.write_text(json.dumps(record), encoding="utf-8")
    before = files_of(tmp_path)
    with pytest.raises(
        UsageError, match=r"\(1\).txt.record.json: a newer seedsum wrote it .*upgrade"
    ):
        read_records(tmp_path)
    assert files_of(tmp_path) == before


def test_reading_a_small_output_writes_nothing(tmp_path: Path) -> None:
    publish(tmp_path, PAIR)
    read_records(tmp_path)
    assert not (tmp_path / ".seedsum").exists()


def test_a_file_that_just_changed_is_read_again_next_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(states, "_NUM_WORTH_KEEPING", 0)
    publish(tmp_path, PAIR)
    read_records(tmp_path)
    assert not (tmp_path / ".seedsum").exists()


# --------------------------------------------------------------------------------------------
# Index, report, leftovers


def test_the_index_is_written_only_when_it_changes(tmp_path: Path) -> None:
    publish(tmp_path, PAIR)
    text = render_index(Index(list(read_records(tmp_path).values())))
    write_index(tmp_path, text)
    before = (tmp_path / "index.md").stat()
    write_index(tmp_path, text)
    assert (tmp_path / "index.md").stat() == before
    write_index(tmp_path, text + "x")
    assert (tmp_path / "index.md").read_text(encoding="utf-8") == text + "x"


def test_the_run_report_is_json_with_everything(tmp_path: Path) -> None:
    report = RunReport(
        run_id="20240101T000000Z-abc",
        started="2024-01-01T00:00:00Z",
        profile="default",
        fallback=False,
        fallback_reason="",
        outcomes=(Outcome("a.txt", Action.WRITE, ("new",), Status.CLEAN),),
        seconds={"total": 1.5},
    )
    path = write_run_report(tmp_path, report)
    assert path == "runs/20240101T000000Z-abc.json"
    values = json.loads((tmp_path / path).read_bytes())
    assert values["outcomes"][0]["action"] == "write"
    assert values["seconds"] == {"total": 1.5}
    assert read_records(tmp_path) == {}


def test_a_report_names_no_more_than_some_that_were_current(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("seedsum.output.publishing._MAX_CURRENT", 2)
    new = Outcome("new.txt", Action.WRITE, ("new",), Status.CLEAN)
    for number in (2, 3):
        current = [Outcome(f"{n}.txt", Action.LEAVE, ("current",)) for n in range(number)]
        report = RunReport(str(number), "2024", "default", False, "", (*current, new))
        values = json.loads((tmp_path / write_run_report(tmp_path, report)).read_bytes())
        named = [outcome["name"] for outcome in values["outcomes"]]
        if number == 2:
            assert named == ["0.txt", "1.txt", "new.txt"] and "num_current" not in values
        else:
            assert named == ["new.txt"] and values["num_current"] == 3


def test_leftovers_of_killed_runs_are_removed_and_nothing_else(tmp_path: Path) -> None:
    publish(tmp_path, PAIR)
    make_files(
        tmp_path,
        "health/.seedsum-0123456789abcdef.tmp",
        ".seedsum/.seedsum-0123456789abcdef.tmp",
        "health/mine.tmp",
    )
    assert place_of(tmp_path).clean() == 2
    assert (tmp_path / "health" / "mine.tmp").exists()
    assert place_of(tmp_path).clean() == 0
    assert place_of(tmp_path / "gone").clean() == 0


# --------------------------------------------------------------------------------------------
# The lock

HOLD = """
import sys, time
from pathlib import Path
from seedsum.output import place_of
with place_of(Path(sys.argv[1])).lock():
    print("held", flush=True)
    time.sleep(60)
"""


@pytest.fixture
def holder(tmp_path: Path):  # type: ignore[no-untyped-def]
    process = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(tmp_path)], stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "held\n"
    yield process
    process.kill()
    process.wait()
    process.stdout.close()


def test_a_full_disk_is_named_where_the_lock_cannot_be_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> int:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "pwrite", full)
    with (
        pytest.raises(OutputError, match="cannot be written: No space left on device; mend that"),
        place_of(tmp_path).lock(),
    ):
        pass


def test_a_second_run_is_told_who_holds_the_lock(
    tmp_path: Path, holder: subprocess.Popen[str]
) -> None:
    with pytest.raises(LockedError, match=rf"process {holder.pid}, since 20\d\d-"):
        place_of(tmp_path).lock().__enter__()


def test_a_killed_run_leaves_no_lock(tmp_path: Path, holder: subprocess.Popen[str]) -> None:
    os.kill(holder.pid, signal.SIGKILL)
    with place_of(tmp_path).lock(wait_seconds=10):
        pass


def test_waiting_ends_with_the_other_run_or_with_the_time(tmp_path: Path) -> None:
    with place_of(tmp_path).lock():
        started = time.monotonic()
        with pytest.raises(LockedError):
            place_of(tmp_path).lock(wait_seconds=0.3).__enter__()
        assert 0.3 <= time.monotonic() - started < 5
    with place_of(tmp_path).lock():
        pass


def test_deleting_the_state_folder_between_runs_is_no_harm(tmp_path: Path) -> None:
    with place_of(tmp_path).lock():
        pass
    (tmp_path / ".seedsum" / "lock").unlink()
    with place_of(tmp_path).lock(), pytest.raises(LockedError):
        place_of(tmp_path).lock().__enter__()


def test_an_output_that_cannot_be_made_is_a_usage_error(tmp_path: Path) -> None:
    make_files(tmp_path, "file")
    with pytest.raises(UsageError, match="cannot be written"):
        place_of(tmp_path / "file").lock().__enter__()


def test_a_report_is_written_outcome_by_outcome_as_it_would_be_at_once(tmp_path: Path) -> None:
    text = 'of "outcomes": []\n "outcomes": []'
    outcomes = tuple(
        Outcome(f"{number} বাংলা {chr(0xD800)}.txt", Action.WRITE, ("new",), message=text)
        for number in range(20)
    )
    for some in (outcomes, outcomes[:1], ()):
        report = RunReport("20240101T000000Z-abc", "2024", text, False, "", some)
        at_once = json.dumps(asdict(report), ensure_ascii=False, indent=1) + "\n"
        path = write_run_report(tmp_path, report)
        data = (tmp_path / path).read_bytes()
        assert data == at_once.encode("utf-8", "backslashreplace")
