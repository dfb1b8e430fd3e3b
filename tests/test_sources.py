"""Listing and reading sources, on real files."""

from __future__ import annotations

import json
import os
import time
import tracemalloc
from pathlib import Path

import pytest

from seedsum.errors import ReadError, UsageError
from seedsum.files import sha256_bytes
from seedsum.pipeline.source_bytes import source_bytes
from seedsum.pipeline.sources import list_sources
from seedsum.pipeline.stamps import Stamps
from seedsum.records import NotRead, Source


def make_files(folder: Path, *names: str) -> Path:
    for name in names:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"text of {name}\n", encoding="utf-8")
    return folder


def names_of(sources: tuple[Source, ...]) -> list[str]:
    return [source.name for source in sources]


# --------------------------------------------------------------------------------------------
# Listing


def test_a_folder_is_listed_in_sorted_order_with_hashes(tmp_path: Path) -> None:
    make_files(tmp_path, "b.txt", "a/z.md", "a/y.html", "c.HTM", "a b/বন্যা.txt")
    listing = list_sources([tmp_path])
    assert names_of(listing.sources) == ["a b/বন্যা.txt", "a/y.html", "a/z.md", "b.txt", "c.HTM"]
    assert listing.sources[3].sha256 == sha256_bytes(b"text of b.txt\n")
    assert listing.sources[3].size_bytes == 14
    assert listing.whole_folder


def test_what_is_passed_over_is_counted(tmp_path: Path) -> None:
    folder = make_files(tmp_path / "in", "a.txt", ".hidden.txt", ".git/x.txt", "b.doc", "c")
    make_files(tmp_path / "elsewhere", "secret.txt")
    (folder / "out.txt").symlink_to(tmp_path / "elsewhere" / "secret.txt")
    (folder / "outside").symlink_to(tmp_path / "elsewhere")
    (folder / "circle").symlink_to(folder)
    (folder / "nowhere.txt").symlink_to(folder / "gone.txt")
    (folder / "self.txt").symlink_to(folder / "self.txt")
    (folder / "inside.txt").symlink_to(folder / "a.txt")
    os.mkfifo(folder / "pipe.txt")
    listing = list_sources([folder])
    assert names_of(listing.sources) == ["a.txt", "inside.txt"]
    assert listing.num_skipped == {"foreign": 2, "hidden": 2, "link": 5, "special": 1}
    links = ("circle", "nowhere.txt", "out.txt", "outside", "self.txt")
    assert NotRead("link", 5, links) in listing.not_read


def test_single_files_and_several_paths_are_listed_in_their_order(tmp_path: Path) -> None:
    make_files(tmp_path, "in/b.txt", "in/a.txt", "z.md")
    listing = list_sources([tmp_path / "z.md", tmp_path / "in", str(tmp_path / "in" / "b.txt")])
    assert names_of(listing.sources) == ["z.md", "a.txt", "b.txt"]
    assert not list_sources([tmp_path / "z.md"]).whole_folder


def test_two_files_that_would_get_the_same_name_are_refused_by_name(tmp_path: Path) -> None:
    make_files(tmp_path, "one/a.txt", "two/a.txt")
    with pytest.raises(UsageError, match=r"one/a\.txt.*two/a\.txt"):
        list_sources([tmp_path / "one", tmp_path / "two"])


def test_a_path_that_does_not_exist_is_a_usage_error(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no such file or folder"):
        list_sources([tmp_path / "gone"])
    with pytest.raises(UsageError, match="no input"):
        list_sources([])


@pytest.mark.parametrize("output", ["in", "in/output", ".", "link/output"])
def test_input_and_output_inside_each_other_are_refused(tmp_path: Path, output: str) -> None:
    make_files(tmp_path, "in/a.txt")
    (tmp_path / "link").symlink_to(tmp_path / "in")
    with pytest.raises(UsageError, match="--output"):
        list_sources([tmp_path / "in"], output=tmp_path / output)
    list_sources([tmp_path / "in"], output=tmp_path / "in-output")


def test_a_file_inside_the_output_is_refused(tmp_path: Path) -> None:
    make_files(tmp_path, "out/a.txt")
    with pytest.raises(UsageError, match="inside the output folder"):
        list_sources([tmp_path / "out" / "a.txt"], output=tmp_path / "out")


def test_standard_input_is_one_source() -> None:
    (source,) = list_sources(["-"], stdin=b"text").sources
    assert (source.name, source.path, source.sha256) == (
        "stdin.txt",
        None,
        sha256_bytes(b"text"),
    )
    assert source_bytes(source, stdin=b"text") == b"text"


def test_a_file_over_the_limit_is_an_error_of_its_own(tmp_path: Path) -> None:
    make_files(tmp_path, "a.txt", "b.txt")
    with (tmp_path / "huge.txt").open("wb") as file:
        file.truncate(200_000_000)
    a, b, huge = list_sources([tmp_path]).sources
    assert not a.error + b.error
    assert "200,000,000 bytes, more than the limit" in huge.error
    with pytest.raises(ReadError, match=r"huge\.txt: 200,000,000 bytes"):
        source_bytes(huge)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_files_and_folders_without_permission_are_errors_of_their_own(tmp_path: Path) -> None:
    make_files(tmp_path, "a.txt", "b.txt", "closed/c.txt")
    (tmp_path / "b.txt").chmod(0)
    (tmp_path / "closed").chmod(0)
    try:
        sources = list_sources([tmp_path]).sources
    finally:
        (tmp_path / "closed").chmod(0o755)
    assert [bool(source.error) for source in sources] == [False, True, True]


def test_a_named_file_of_another_type_is_an_error_that_names_the_types(tmp_path: Path) -> None:
    make_files(tmp_path, "a.doc")
    (source,) = list_sources([tmp_path / "a.doc"]).sources
    assert ".doc" in source.error
    assert ".txt" in source.error


# --------------------------------------------------------------------------------------------
# JSON lines


def test_each_line_of_a_jsonl_file_is_a_source_that_reads_back(tmp_path: Path) -> None:
    path = tmp_path / "news.jsonl"
    lines = [
        b'\xef\xbb\xbf{"id": "x", "text": "one"}',
        b"",
        '{"id": "../../etc/passwd", "text": "két"}\r'.encode(),
        b'{"text": "three"}',
        b'{"id": "x", "text": "four"}',
    ]
    path.write_bytes(b"\n".join(lines))
    sources = list_sources([tmp_path]).sources
    assert [source.offset for source in sources] == [3, 31, 75, 93]
    assert sources[0].name == "news.jsonl/x"
    assert len({source.name for source in sources}) == 4
    assert not any(part in ("..", "") for s in sources for part in s.name.split("/"))
    texts = [json.loads(source_bytes(source))["text"] for source in sources]
    assert texts == ["one", "két", "three", "four"]


def test_a_jsonl_line_of_any_length_is_an_error_and_not_held_in_memory(tmp_path: Path) -> None:
    path = tmp_path / "news.jsonl"
    with path.open("wb") as file:
        file.write(b'{"id": "a", "text": "one"}\n')
        file.seek(200_000_000, os.SEEK_CUR)  # a hole: it takes no place on the disk
        file.write(b'}\n{"id": "b", "text": "two"}')
    tracemalloc.start()
    first, long, last = list_sources([tmp_path]).sources
    texts = [json.loads(source_bytes(source))["text"] for source in (first, last)]
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert (long.name, long.sha256) == ("news.jsonl/line-2", "")
    assert "200,000,001 bytes, more than the limit of 50,000,000" in long.error
    assert texts == ["one", "two"]
    assert peak < 120_000_000


def test_a_jsonl_file_without_articles_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "empty.jsonl").write_bytes(b"\n\n")
    (source,) = list_sources([tmp_path]).sources
    assert "no article" in source.error


def test_what_stumbles_over_one_file_leaves_the_others_listed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def stumble(*arguments: object, **options: object) -> None:
        raise KeyError("a fault")

    monkeypatch.setattr("seedsum.reading.jsonl.articles", stumble)
    make_files(tmp_path, "a.txt", "b.jsonl")
    a, b = list_sources([tmp_path]).sources
    assert (a.name, a.error) == ("a.txt", "")
    assert "KeyError" in b.error


# --------------------------------------------------------------------------------------------
# Reading


def test_a_source_that_changes_or_goes_during_the_run_is_said_to(tmp_path: Path) -> None:
    path = make_files(tmp_path, "a.txt") / "a.txt"
    (source,) = list_sources([tmp_path]).sources
    assert source_bytes(source) == b"text of a.txt\n"
    for text in ("other", "text of a.txt\nand very much more" * 1000):
        path.write_text(text)
        with pytest.raises(ReadError, match="changed while the run was going on"):
            source_bytes(source)
    path.unlink()
    with pytest.raises(ReadError, match="cannot be read any more"):
        source_bytes(source)


# --------------------------------------------------------------------------------------------
# Stamps: what looks as it did is not read again


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a folder of old files, beside an output folder."""
    (tmp_path / "out" / ".seedsum").mkdir(parents=True)
    folder = make_files(tmp_path / "in", *(f"{number:03}.txt" for number in range(100)))
    articles = [{"id": f"{n}", "text": f"The clinic opened in town {n}."} for n in range(3)]
    lines = "".join(json.dumps(article) + "\n" for article in articles)
    (folder / "feed.jsonl").write_text(lines, encoding="utf-8")
    for path in folder.iterdir():
        age(path, 60)
    return folder


def age(path: Path, seconds: float) -> None:
    """Make a file that many seconds old."""
    then = time.time() - seconds
    os.utime(path, (then, then))


def listed(folder: Path, *, trusted: bool = True) -> tuple[Source, ...]:
    stamps = Stamps(folder.parent / "out", trusted=trusted)
    sources = list_sources([folder], stamps=stamps).sources
    stamps.save()
    return sources


def unreadable(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let nothing be read any more."""

    def refuse(*arguments: object, **options: object) -> str:
        raise OSError("read again")

    monkeypatch.setattr("seedsum.pipeline.stamps.sha256_file", refuse)
    monkeypatch.setattr("seedsum.reading.jsonl.articles", refuse)


def test_what_looks_as_it_did_is_not_read_again(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sources = listed(folder)
    assert len(sources) == 103 and all(source.sha256 for source in sources)
    unreadable(monkeypatch)
    assert listed(folder) == sources
    untrusted = listed(folder, trusted=False)
    assert all("read again" in source.error for source in untrusted)


def test_the_same_source_by_another_path_is_known_too(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sources = listed(folder)
    unreadable(monkeypatch)
    monkeypatch.chdir(folder.parent)
    stamps = Stamps(Path("out"))
    assert [s.sha256 for s in list_sources(["in"], stamps=stamps).sources] == [
        s.sha256 for s in sources
    ]


def test_a_stamp_that_differs_means_hash_again_and_nothing_more(folder: Path) -> None:
    sources = listed(folder)
    age(folder / "000.txt", 30)  # touched
    copy = folder / "copy"
    copy.write_bytes((folder / "001.txt").read_bytes())
    copy.replace(folder / "001.txt")  # another inode
    assert listed(folder) == sources
    (folder / "002.txt").write_text("other\n", encoding="utf-8")
    age(folder / "002.txt", 60)
    feed = folder / "feed.jsonl"
    feed.write_text(feed.read_text(encoding="utf-8").replace("opened", "closed"), encoding="utf-8")
    age(feed, 60)
    changed = {s.name for s, old in zip(listed(folder), sources, strict=True) if s != old}
    assert changed == {"002.txt", "feed.jsonl/0", "feed.jsonl/1", "feed.jsonl/2"}


def test_a_file_that_just_changed_is_not_trusted(folder: Path) -> None:
    """Written twice within a step of the clock it may look the same both times."""
    path = folder / "000.txt"
    path.write_text("one\n", encoding="utf-8")
    before = path.stat()
    first = listed(folder)[0]
    path.write_text("two\n", encoding="utf-8")
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert listed(folder)[0].sha256 != first.sha256


@pytest.mark.parametrize("line", ["", "5", "null", "{}", '["a", {}, []]', '[[], {"size": 1}, 3]'])
@pytest.mark.parametrize("place", [0, 1, 50])
def test_a_torn_file_of_stamps_is_no_harm(folder: Path, line: str, place: int) -> None:
    sources = listed(folder)
    path = folder.parent / "out" / ".seedsum" / "sources.jsonl"
    lines = path.read_text(encoding="ascii").splitlines()
    path.write_text("\n".join([*lines[:place], line, *lines[place + 1 :]]), encoding="ascii")
    assert listed(folder) == sources


def test_few_sources_are_read_and_nothing_is_written(tmp_path: Path) -> None:
    (tmp_path / "out" / ".seedsum").mkdir(parents=True)
    age(make_files(tmp_path / "in", "a.txt") / "a.txt", 60)
    listed(tmp_path / "in")
    assert list((tmp_path / "out" / ".seedsum").iterdir()) == []
