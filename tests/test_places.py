"""What every place promises, whichever it is: a folder, S3 (a real server), fsspec's memory."""

from __future__ import annotations

import threading
import uuid
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import pytest
import s3fs

import sample_results
from s3_server import CREDENTIALS, s3_server
from seedsum.errors import DocumentError, LockedError, UsageError
from seedsum.output import Place, differing_files, place_of, publish, publish_all, read_records
from seedsum.output.pairs import RECORD_SUFFIX, SUMMARY_SUFFIX
from seedsum.output.places import Content, address_or_path, is_address
from seedsum.output.places.faults import ChangedError, StoreError
from seedsum.output.places.lease import LeaseLostError, Leases
from seedsum.output.places.objects import ObjectPlace, object_place
from seedsum.output.rendering import render
from seedsum.records import Integrity, OutputPair

PAIR = render(sample_results.vietnamese())


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    with s3_server() as address:
        yield address


@pytest.fixture
def s3(server: str, monkeypatch: pytest.MonkeyPatch) -> str:
    """An address of its own on the server."""
    s3fs.S3FileSystem.clear_instance_cache()  # they keep the environment of their first use
    for name, value in {**CREDENTIALS, "AWS_ENDPOINT_URL": server}.items():
        monkeypatch.setenv(name, value)
    return f"s3://bucket/{uuid.uuid4().hex}"


@pytest.fixture(params=["folder", pytest.param("s3", marks=pytest.mark.slow), "memory"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Place:
    match request.param:
        case "folder":
            return place_of(tmp_path / "out")
        case "s3":
            return place_of(str(request.getfixturevalue("s3")))
        case _:
            return place_of(f"memory://{uuid.uuid4().hex}/out")


def names(place: Place, under: str = "", *, hidden: bool = False) -> list[str]:
    return sorted(entry.name for entry in place.entries(under, hidden=hidden))


# --------------------------------------------------------------------------------------------
# The contract


def test_what_was_never_written_is_not_there(place: Place) -> None:
    assert not place.is_there()
    assert place.read("a/b.md") is None
    assert place.content("a/b.md") is None
    assert place.entry("a/b.md") is None
    assert names(place) == names(place, "a") == []
    with pytest.raises(FileNotFoundError):
        place.open("a/b.md")
    place.delete("a/b.md")


def test_what_is_written_is_read_and_listed_and_removed(place: Place) -> None:
    for name, data in (("sức khoẻ/ক.md", b"one"), ("b.md", b""), (".seedsum/c", b"three")):
        place.write(name, data)
    assert place.is_there()
    assert place.is_there(".seedsum")
    assert not place.is_there("gone")
    assert place.read("sức khoẻ/ক.md") == b"one"
    assert place.read("b.md") == b""
    with place.open("b.md") as file:
        assert file.read() == b""
    assert names(place) == ["b.md", "sức khoẻ/ক.md"]
    assert names(place, hidden=True) == [".seedsum/c", "b.md", "sức khoẻ/ক.md"]
    assert names(place, ".seedsum") == [".seedsum/c"]
    assert sorted(e.name for e in place.entries(suffixes=("ক.md",))) == ["sức khoẻ/ক.md"]
    place.delete("b.md")
    assert names(place) == ["sức khoẻ/ক.md"]


def test_an_entry_says_the_same_as_a_listing_and_tells_changes(place: Place) -> None:
    place.write("a.md", b"one")
    (listed,) = place.entries()
    assert place.entry("a.md") == listed
    assert listed.size_bytes == 3
    place.write("a.md", b"two!")
    (later,) = place.entries()
    assert later.look != listed.look


def test_creating_is_for_one(place: Place) -> None:
    assert place.create("a.md", b"one")
    assert not place.create("a.md", b"two")
    assert not place.create("a.md", b"one")
    assert place.read("a.md") == b"one"


def test_of_eight_that_create_one_wins_whatever_the_race(place: Place) -> None:
    with ThreadPoolExecutor(8) as pool:
        for number in range(20):
            start = threading.Barrier(8)

            def race(writer: int, number: int = number, start: threading.Barrier = start) -> bool:
                start.wait()
                return place.create(f"race/{number}", f"{writer}".encode())

            won = list(pool.map(race, range(8)))
            assert sum(won) == 1
            assert place.read(f"race/{number}") == f"{won.index(True)}".encode()


def test_a_pair_is_whole_and_read_back_as_intact(place: Place) -> None:
    assert read_records(place) == {}
    publish(place, PAIR)
    assert read_records(place)[PAIR.name].integrity is Integrity.INTACT
    assert differing_files(place, PAIR.name) == ()
    publish(place, PAIR)
    assert read_records(place)[PAIR.name].integrity is Integrity.INTACT


def test_a_pair_without_texts_removes_those_that_were_there(place: Place) -> None:
    publish(place, PAIR)
    publish(place, OutputPair(PAIR.name, {}, PAIR.record))
    assert names(place) == [f"{PAIR.name}{RECORD_SUFFIX}"]


def test_a_file_edited_by_a_person_is_not_replaced(place: Place) -> None:
    publish(place, PAIR)
    name = f"{PAIR.name}{SUMMARY_SUFFIX}"
    place.write(name, (place.read(name) or b"") + b"A person wrote this.\n")
    before = {name: place.read(name) for name in names(place)}
    assert read_records(place)[PAIR.name].integrity is Integrity.EDITED
    with pytest.raises(DocumentError, match="was edited"):
        publish(place, PAIR)
    assert {name: place.read(name) for name in names(place)} == before


def test_a_pair_that_breaks_off_is_seen_to_be_incomplete(place: Place) -> None:
    publish(place, PAIR)
    place.delete(f"{PAIR.name}{RECORD_SUFFIX}")
    assert read_records(place)[PAIR.name].integrity is Integrity.INCOMPLETE
    publish(place, PAIR)
    assert read_records(place)[PAIR.name].integrity is Integrity.INTACT


def test_one_is_let_in_at_a_time(place: Place) -> None:
    with place.lock() as held:
        held.write("a.md", b"one")
        with pytest.raises(LockedError, match="another run is writing here"):
            place.lock().__enter__()
    with place.lock() as held:
        assert held.read("a.md") == b"one"


# --------------------------------------------------------------------------------------------
# Addresses


def test_addresses_are_told_from_paths() -> None:
    assert is_address("s3://bucket/pairs")
    assert is_address(Path("s3://bucket/pairs"))
    assert not any(map(is_address, ("out", "/tmp/s3:/x", "a:b", "c:/x", "./s3://x", "")))
    assert address_or_path(Path("s3://bucket/pairs")) == "s3://bucket/pairs"
    assert address_or_path("s3://bucket/pairs/") == "s3://bucket/pairs"
    assert address_or_path("out") == Path("out")


@pytest.mark.parametrize(
    ("address", "said"),
    [
        ("https://example.org/x", "nothing is kept on the web"),
        ("file:///tmp/x", "give the path"),
        ("abc://x/y", "no such kind of store"),
    ],
)
def test_addresses_that_cannot_be_are_refused(address: str, said: str) -> None:
    with pytest.raises(UsageError, match=said):
        place_of(address)


@pytest.mark.slow
def test_a_bucket_that_is_not_there_is_named(s3: str) -> None:
    with pytest.raises(UsageError, match="there is no bucket nobody; make it"):
        place_of("s3://nobody/x").read("a")
    with pytest.raises(UsageError, match="there is no bucket nobody; make it"):
        list(place_of("s3://nobody/x").entries())
    with pytest.raises(UsageError, match="there is no bucket nobody; make it"):
        place_of("s3://nobody/x").write("a", b"")


@pytest.mark.slow
def test_a_store_out_of_reach_is_named(s3: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
    monkeypatch.setattr("seedsum.output.places.stores._NUM_ATTEMPTS", 1)
    with pytest.raises(StoreError, match="cannot be reached; check the network"):
        object_place("s3://bucket/elsewhere").read("a")


@pytest.mark.slow
def test_missing_credentials_are_named(
    s3: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.delenv(name)
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "none"))
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "none"))
    with pytest.raises(UsageError, match="no credentials were found; set AWS_PROFILE"):
        object_place("s3://bucket/x").read("a")


@pytest.mark.slow
def test_a_store_that_is_not_proven_lets_no_runs_in_that_may_meet(s3: str) -> None:
    place = object_place(s3)
    place._store.keeps_apart = False
    with pytest.raises(UsageError, match="not proven"):
        place.lock().__enter__()
    with place.lock(part="1-of-2") as held:
        held.write("a", b"")


# --------------------------------------------------------------------------------------------
# Leases


@pytest.fixture
def short(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SEEDSUM_LEASE", "1")


@contextmanager
def silent(place: Place) -> Iterator[ObjectPlace]:
    """Take the lease and renew it no more, as a process that was stopped and has gone on."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(Leases, "_renew", lambda *_: None)
        lock = place.lock()
        held = lock.__enter__()
    assert isinstance(held, ObjectPlace)
    try:
        yield held
    finally:
        lock.__exit__(None, None, None)


@pytest.mark.slow
def test_a_run_that_was_killed_as_it_claimed_keeps_nobody_out_for_long(
    s3: str, short: None
) -> None:
    def killed(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    with pytest.MonkeyPatch.context() as patched, pytest.raises(KeyboardInterrupt):
        patched.setattr(Leases, "_say", killed)
        place_of(s3).lock().__enter__()
    with place_of(s3).lock(wait_seconds=20) as held:
        held.write("a", b"")


@pytest.mark.slow
def test_a_lease_that_nobody_else_took_is_taken_again(s3: str, short: None) -> None:
    with silent(place_of(s3)) as held:
        assert held._lease is not None
        held._lease.sure_until = 0.0
        held.write("a", b"one")
        assert held._number == 2
    assert place_of(s3).read("a") == b"one"


@pytest.mark.slow
def test_a_lease_without_sign_of_life_is_taken_over_and_the_first_writes_no_more(
    s3: str, short: None
) -> None:
    with silent(place_of(s3)) as first:
        with place_of(s3).lock(wait_seconds=20) as second:
            second.write("a", b"second")
        with pytest.raises(LeaseLostError, match="has written nothing more"):
            first.write("a", b"first")
        with pytest.raises(LeaseLostError):
            publish_all(first, [PAIR])
    assert place_of(s3).read("a") == b"second"


def test_another_process_of_the_run_writes_under_its_lease_and_no_longer(
    place: Place,
) -> None:
    with place.lock() as held:
        other = place.joined(held.run)
        publish(other, PAIR)
        assert read_records(held)[PAIR.name].integrity is Integrity.INTACT
    if place.folder is None:
        late = place.joined(held.run)
        with pytest.raises(LeaseLostError):
            late.write("a", b"late")
        with place.lock(), pytest.raises(LeaseLostError):
            place.joined(held.run).write("a", b"late")


@pytest.mark.slow
def test_of_a_run_that_has_claimed_again_others_go_on(s3: str) -> None:
    with silent(place_of(s3)) as held:
        other = place_of(s3).joined(held.run)
        other.write("a", b"one")
        assert held._lease is not None
        held._lease.sure_until = 0.0
        held.write("b", b"two")
        assert isinstance(other, ObjectPlace)
        assert other._lease is not None
        other._lease.sure_until = 0.0
        other.write("a", b"three")
        assert other._number == held._number == 2


@pytest.mark.slow
def test_a_put_that_comes_late_replaces_nothing_and_is_known_by_its_number(
    s3: str, short: None
) -> None:
    name = f"{PAIR.name}{RECORD_SUFFIX}"
    with silent(place_of(s3)) as first, place_of(s3).lock(wait_seconds=20) as second:
        key = first._prefix + name
        publish(second, PAIR)
        with pytest.raises(ChangedError):
            first._store.put(key, b"{}", only_if="", lease=first._number)
        assert read_records(second)[PAIR.name].integrity is Integrity.INTACT
        # A pair that the second run has not made yet.
        second.delete(name)
        record = PAIR.record.encode() + b"\n"
        first._store.put(key, record, only_if="", lease=first._number)
        assert (PAIR.name.rpartition("/")[2] + RECORD_SUFFIX, "late") in differing_files(
            second, PAIR.name
        )
        assert read_records(second)[PAIR.name].integrity is Integrity.INCOMPLETE
        publish(second, PAIR)
        assert read_records(second)[PAIR.name].integrity is Integrity.INTACT


@pytest.mark.slow
def test_a_copied_output_stays_current(s3: str) -> None:
    place = place_of(s3)
    for _ in range(2):
        with place.lock() as held:
            publish(held, PAIR)
    copy = object_place(f"{s3}-copy")
    for entry in sorted(place.entries(hidden=True), key=lambda entry: entry.name[0] != "."):
        found = object_place(s3)._store.get(f"{s3.removeprefix('s3://bucket/')}/{entry.name}")
        assert found is not None
        copy._store.put(copy._prefix + entry.name, found.data, lease=1)
    assert read_records(copy)[PAIR.name].integrity is Integrity.INTACT


@pytest.mark.slow
def test_an_object_that_changed_meanwhile_is_looked_at_again(s3: str) -> None:
    place = object_place(s3)
    publish(place, PAIR)
    name = f"{PAIR.name}{SUMMARY_SUFFIX}"
    ours = place.read(name) or b""
    with pytest.raises(DocumentError, match="by somebody meanwhile"):
        stale = {name: Content(b"what was seen", '"0"')}
        place.write(name, b"a person's")
        place.write_pair({name: ours}, ("r", b"{}"), before=stale)
    assert place.read(name) == b"a person's"
    assert place.read("r") is None


def test_who_writes_for_a_run_elsewhere_stops_when_another_comes_in(tmp_path: Path) -> None:
    place = place_of(tmp_path / "out")
    with place.lock() as held:
        joined = place_of(tmp_path / "out").joined(held.run)
        joined.write_pair({"a.txt.summary.md": b"1"}, ("a.txt.record.json", b"{}"), before={})
        joined.write("b", b"2")
    joined.write("c", b"3")  # nobody has come in yet
    with place.lock():
        with pytest.raises(LockedError):
            joined.write_pair({"a.txt.summary.md": b"4"}, ("a.txt.record.json", b"5"), before={})
        with pytest.raises(LockedError):
            joined.write("b", b"6")
    found = {entry.name: place.read(entry.name) for entry in place.entries()}
    assert found == {
        "a.txt.summary.md": b"1", "a.txt.record.json": b"{}", "b": b"2", "c": b"3",
    }  # fmt: skip


def test_a_run_waits_for_a_pair_that_is_put_for_another(tmp_path: Path) -> None:
    from seedsum.output.places.flock import part_of

    place = place_of(tmp_path)
    with place.lock() as held:
        run = held.run
    with part_of(tmp_path, run), pytest.raises(LockedError), place.lock():
        pass
    with place.lock(wait_seconds=5):
        pass


def test_of_two_runs_over_parts_one_that_ends_stops_nobody(tmp_path: Path) -> None:
    place = place_of(tmp_path)
    with place.lock(part="1-of-2") as first:
        joined = place.joined(first.run)
        with place.lock(part="2-of-2") as second:
            place.joined(second.run).write("b", b"2")
        joined.write("a", b"1")
    with place.lock(part="1-of-3"), pytest.raises(LockedError):
        joined.write("a", b"3")
    with place.lock(), pytest.raises(LockedError):
        joined.write("a", b"4")
    assert place.read("a") == b"1" and place.read("b") == b"2"


def test_what_a_killed_process_left_is_removed_while_nobody_puts_a_pair(tmp_path: Path) -> None:
    from seedsum.files import write_temporary
    from seedsum.output.places.flock import part_of

    with place_of(tmp_path).lock() as held:
        left = write_temporary(tmp_path, b"half", durable=False)
        with part_of(tmp_path, held.run):
            assert held.clean() == 0 and left.exists()
        assert held.clean() == 1 and not left.exists()
