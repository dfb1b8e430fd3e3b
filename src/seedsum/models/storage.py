"""Where models lie on this machine, and whether they still are what they were.

Hashing gigabytes at every start would cost seconds, so the stamps of each folder's files are kept:
a file that looks as it did when it was hashed is not hashed again.
"""

from __future__ import annotations

import contextlib
import dataclasses
import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from seedsum.files import Stamp, sha256_bytes, stamp, write_file


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
    cache = os.environ.get("HF_HOME") or os.environ.get("XDG_CACHE_HOME") or "~/.cache"
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
    return sha256_bytes(lines.encode())


def list_files(folder: Path) -> tuple[str, ...]:
    """Return the POSIX paths of all files below the folder, sorted; hidden ones are left out."""
    paths = (path.relative_to(folder) for path in folder.rglob("*") if path.is_file())
    shown = (path for path in paths if not any(part.startswith(".") for part in path.parts))
    return tuple(sorted(path.as_posix() for path in shown))


def record_files(folder: Path, paths: Sequence[str] | None = None) -> dict[str, FileRecord]:
    """Return size and hash of the files, of all in the folder by default.

    A file that looks as it did when it was last hashed is not read again.
    """
    known = _read_stamps(folder)
    names = list_files(folder) if paths is None else paths
    found = {path: stamp(folder / path, known.get(path)) for path in names}
    if not found.items() <= known.items():
        _write_stamps(folder, known | found)
    return {path: FileRecord(seen.size, seen.sha256) for path, seen in found.items()}


def differences(
    folder: Path, expected: Mapping[str, FileRecord], *, rehash: bool = False
) -> list[str]:
    """Return what is wrong with a folder, one line a file, empty where all is as expected.

    Sizes are always compared, and hashes of files that changed since they were last hashed; with
    `rehash` every file is read again. A file that nobody expects is a difference too, since an
    engine might read it.
    """
    if rehash:
        _stamp_path(folder).unlink(missing_ok=True)
    wrong: list[str] = []
    readable: list[str] = []
    for path, record in sorted(expected.items()):
        file = folder / path
        if not file.is_file():
            wrong.append(f"{file}: missing")
        elif (size := file.stat().st_size) != record.size:
            wrong.append(f"{file}: {size} bytes, must be {record.size}")
        else:
            readable.append(path)
    for path, record in record_files(folder, readable).items():
        found, must_be = record.sha256, expected[path].sha256
        if found != must_be:
            change = f"sha256 {found[:12]}…, must be {must_be[:12]}…"
            wrong.append(f"{folder / path}: content changed ({change})")
    unexpected = (path for path in list_files(folder) if path not in expected)
    return [*wrong, *(f"{folder / path}: not in the lock" for path in unexpected)]


def last_verified(folder: Path) -> str:
    """Return when files of the folder were last hashed (ISO 8601, UTC), empty for never."""
    path = _stamp_path(folder)
    if not path.is_file():
        return ""
    return datetime.fromtimestamp(path.stat().st_mtime, UTC).isoformat(timespec="seconds")


def _stamp_path(folder: Path) -> Path:
    return home() / "verified" / f"{sha256_bytes(str(folder.resolve()).encode())[:24]}.json"


def _read_stamps(folder: Path) -> dict[str, Stamp]:
    try:
        table = json.loads(_stamp_path(folder).read_text(encoding="utf-8"))
        return {path: Stamp(*values) for path, values in table["stamps"].items()}
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return {}  # never stamped, or damaged: the files are simply hashed again


def _write_stamps(folder: Path, stamps: Mapping[str, Stamp]) -> None:
    table = {
        "folder": str(folder),
        "stamps": {name: dataclasses.astuple(seen) for name, seen in sorted(stamps.items())},
    }
    with contextlib.suppress(OSError):  # on a read-only or full disk the next run hashes once more
        write_file(_stamp_path(folder), json.dumps(table, indent=1).encode())
