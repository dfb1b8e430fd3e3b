"""What the files of a pair really hold, read whatever their time stamps say."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from seedsum.errors import ReadError, UsageError
from seedsum.files import read_if_there, sha256_bytes
from seedsum.output.names import output_path
from seedsum.output.pairs import PAIR_FILES, RECORD_SUFFIX, kind_of
from seedsum.output.seal import is_sealed
from seedsum.records import FORMAT_VERSION


def read_record(output: Path, name: str) -> dict[str, Any]:
    """Return a pair's whole record.

    Raises:
        ReadError: It is not there, or is no JSON object.
        UsageError: It is of a newer format than this version of seedsum knows.
    """
    path = output_path(output, name, RECORD_SUFFIX)
    try:
        record = json.loads(path.read_bytes())
    except (OSError, ValueError, RecursionError) as error:
        raise ReadError(f"{path}: cannot be read: {error}; the next run makes it again") from error
    if not isinstance(record, dict):
        raise ReadError(f"{path}: is no record; the next run makes it again")
    version = record.get("format_version")
    if isinstance(version, int) and version > FORMAT_VERSION:
        raise UsageError(
            f"{path}: a newer seedsum wrote it (record format {version}, this version knows"
            f" {FORMAT_VERSION}); upgrade, or choose another output folder"
        )
    return record


def differing_files(output: Path, name: str) -> tuple[tuple[str, str], ...]:
    """Return the files of a pair that are not what its record says, and what they are instead.

    `missing`, `torn` (the record is no JSON), `edited` (or somebody else's), `replaced` (whole,
    but of another run), `orphan` (no record names it). Empty where all is as it should be.
    """
    record_path = output_path(output, name, RECORD_SUFFIX)
    found: list[tuple[str, str]] = []
    expected: dict[str, str] = {}
    try:
        files = read_record(output, name)["files"]
        expected = {kind: entry["sha256"] for kind, entry in files.items()}
    except ReadError:
        found.append((record_path.name, "torn" if record_path.exists() else "missing"))
    except (KeyError, TypeError, AttributeError):
        found.append((record_path.name, "torn"))
    for suffix in PAIR_FILES:
        path = output_path(output, name, suffix)
        if what := difference(path, expected.get(kind_of(suffix))):
            found.append((path.name, what))
    return tuple(found)


def difference(path: Path, expected: str | None) -> str:
    """Return what a file is instead of what its record says; empty if it is that.

    Args:
        path: Of the file.
        expected: Its sha256 in the record, None where the record does not name it.
    """
    try:
        data = read_if_there(path)
    except OSError as error:
        return f"cannot be read: {error.strerror}"
    if data is None:
        return "missing" if expected else ""
    if sha256_bytes(data) == expected:
        return ""
    if not is_sealed(data):
        return "edited"
    return "replaced" if expected else "orphan"
