"""Where models lie on this machine, and whether they still are what they were.

Hashing gigabytes at every start would cost seconds, so the stamps of each folder's files are kept:
a file that looks as it did when it was hashed is not hashed again.
"""

from __future__ import annotations

import contextlib
import dataclasses
import hashlib
import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from seedsum.files import Stamp, stamp, write_file


@dataclass(frozen=True, slots=True)
class FileRecord:
    """A file's size in bytes and sha256."""

    size: int
    sha256: str


def home() -> Path:
    """Return the folder for everything that seedsum keeps outside a project.

    The first of: SEEDSUM_HOME, `$HF_HOME/seedsum`, `$XDG_CACHE_HOME/seedsum`, `~/.cache/seedsum`.
    """
    if own := os.environ.get("SEEDSUM_HOME"):
        return Path(own).expanduser()
    if hub := os.environ.get("HF_HOME"):
        return Path(hub).expanduser() / "seedsum"
    cache = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(cache).expanduser() / "seedsum"


def existing_home() -> Path:
    """Return `home`, or the nearest folder above it that is there."""
    folder = home()
    while not folder.is_dir():
        folder = folder.parent
    return folder


def repository_folder(repository: str, format: str) -> Path:
    """Return the folder that holds the snapshots of a repository, one folder for each commit.

    A repository may have its weights in both formats; each has a folder of its own.
    """
    return home() / "models" / repository.replace("/", "--") / format


def combined_sha256(files: Mapping[str, FileRecord]) -> str:
    """Return one hash for a set of files: of their hashes and names, in sorted order."""
    lines = "".join(f"{record.sha256}  {path}\n" for path, record in sorted(files.items()))
    return hashlib.sha256(lines.encode()).hexdigest()


def list_files(folder: Path) -> tuple[str, ...]:
    """Return the POSIX paths of all files below the folder, sorted; hidden ones are left out."""
    relative = (path.relative_to(folder) for path in folder.rglob("*") if path.is_file())
    return tuple(
        sorted(
            path.as_posix()
            for path in relative
            if not any(part.startswith(".") for part in path.parts)
        )
    )


def record_files(folder: Path, paths: tuple[str, ...] | None = None) -> dict[str, FileRecord]:
    """Return size and hash of the files, of all in the folder by default.

    A file that looks as it did when it was last hashed is not read again.
    """
    known = _read_stamps(folder)
    found = {
        path: stamp(folder / path, known.get(path))
        for path in (list_files(folder) if paths is None else paths)
    }
    if found != {path: known.get(path) for path in found}:
        _write_stamps(folder, known | found)
    return {path: FileRecord(seen.size, seen.sha256) for path, seen in found.items()}


def differences(
    folder: Path, expected: Mapping[str, FileRecord], *, rehash: bool = False
) -> tuple[str, ...]:
    """Return what is wrong with a folder, one line a file, empty where all is as expected.

    Sizes are always compared, and hashes of files that changed since they were last hashed; with
    `rehash` every file is read again. A file that nobody expects is a difference too, since an
    engine might read it.
    """
    if rehash:
        forget(folder)
    wrong: list[str] = []
    readable = []
    for path, record in sorted(expected.items()):
        if not (folder / path).is_file():
            wrong.append(f"{folder / path}: missing")
        elif (size := (folder / path).stat().st_size) != record.size:
            wrong.append(f"{folder / path}: {size} bytes, must be {record.size}")
        else:
            readable.append(path)
    for path, record in record_files(folder, tuple(readable)).items():
        if record.sha256 != expected[path].sha256:
            wrong.append(
                f"{folder / path}: content changed (sha256 {record.sha256[:12]}…,"
                f" must be {expected[path].sha256[:12]}…)"
            )
    wrong.extend(
        f"{folder / path}: not in the lock" for path in list_files(folder) if path not in expected
    )
    return tuple(wrong)


def forget(folder: Path) -> None:
    """Remove the stamp of a folder, so that its files are hashed again when they are next used."""
    _stamp_path(folder).unlink(missing_ok=True)


def last_verified(folder: Path) -> str:
    """Return when files of the folder were last hashed (ISO 8601, UTC), empty for never."""
    path = _stamp_path(folder)
    if not path.is_file():
        return ""
    return datetime.fromtimestamp(path.stat().st_mtime, UTC).isoformat(timespec="seconds")


def _stamp_path(folder: Path) -> Path:
    name = hashlib.sha256(str(folder.resolve()).encode()).hexdigest()[:24]
    return home() / "verified" / f"{name}.json"


def _read_stamps(folder: Path) -> dict[str, Stamp]:
    try:
        table = json.loads(_stamp_path(folder).read_text(encoding="utf-8"))
        return {path: Stamp(*values) for path, values in table["stamps"].items()}
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return {}  # never stamped, or damaged: the files are simply hashed again


def _write_stamps(folder: Path, stamps: Mapping[str, Stamp]) -> None:
    table = {
        "folder": str(folder),
        "stamps": {path: dataclasses.astuple(seen) for path, seen in sorted(stamps.items())},
    }
    # On a read-only or full disk the next run hashes once more.
    with contextlib.suppress(OSError):
        data = (json.dumps(table, indent=1) + "\n").encode()
        write_file(_stamp_path(folder), data, durable=True)
