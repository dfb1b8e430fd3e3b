"""Stamps of files: trusted where nothing can have changed, otherwise the file is read again."""

# mypy: disable-error-code="func-returns-value"

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from seedsum import files
from seedsum.files import SETTLING_NS, Stamp, sha256_bytes, stamp


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "a.txt"
    path.write_bytes(b"first")
    return path


def age(path: Path, seconds: float = 10) -> None:
    """Make the file look as if it was last changed so long ago."""
    changed = time.time_ns() - int(seconds * 1e9)
    os.utime(path, ns=(changed, changed))


@pytest.fixture
def hashed(monkeypatch: pytest.MonkeyPatch) -> list[Path | str]:
    """Return a list of what is hashed from now on."""
    seen: list[Path | str] = []
    real = files.sha256_file
    monkeypatch.setattr(files, "sha256_file", lambda path: seen.append(path) or real(path))
    return seen


def test_file_that_looks_the_same_is_not_read_again(path: Path, hashed: list[Path | str]) -> None:
    age(path)
    first = stamp(path)
    assert first.settled and first.sha256 == sha256_bytes(b"first")
    assert stamp(path, first) is first
    assert hashed == [path]


def test_file_that_looks_otherwise_is_hashed_again(path: Path, hashed: list[Path | str]) -> None:
    age(path)
    first = stamp(path)
    age(path, 20)  # touched: nothing but its time is another
    assert stamp(path, first).sha256 == first.sha256
    path.write_bytes(b"other")
    age(path)
    assert stamp(path, first).sha256 == sha256_bytes(b"other")
    copy = path.with_name("copy")
    copy.write_bytes(b"other")
    os.utime(copy, ns=(first.mtime_ns, first.mtime_ns))
    copy.replace(path)  # same size and time, another inode
    assert stamp(path, first).sha256 == sha256_bytes(b"other")
    assert len(hashed) == 4


def test_stamp_of_a_young_file_is_not_trusted(path: Path) -> None:
    """A write within the clock's step leaves size, time and inode as they were."""
    first = stamp(path)
    assert not first.settled
    path.write_bytes(b"other")
    os.utime(path, ns=(first.mtime_ns, first.mtime_ns))
    assert stamp(path, first).sha256 == sha256_bytes(b"other")


def test_stamp_of_a_file_from_the_future_is_not_trusted(path: Path) -> None:
    age(path, -3600)
    assert not stamp(path).settled


def test_stamp_of_a_file_that_changes_while_it_is_read_is_not_trusted(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    age(path)
    real = files.sha256_file

    def hash_slowly(path: Path) -> str:
        found = real(path)
        path.write_bytes(b"more than before")
        age(path, 5)
        return found

    monkeypatch.setattr(files, "sha256_file", hash_slowly)
    first = stamp(path)
    assert not first.settled
    monkeypatch.undo()
    assert stamp(path, first).sha256 == sha256_bytes(b"more than before")


def test_two_seconds_are_the_border(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    status = path.stat()
    for age_ns, settled in ((SETTLING_NS - 1, False), (SETTLING_NS, True)):
        monkeypatch.setattr(time, "time_ns", lambda at=status.st_mtime_ns + age_ns: at)
        assert stamp(path).settled is settled
    known = Stamp(status.st_size, status.st_mtime_ns, status.st_ino, "as it was")
    assert stamp(path, known) is known
