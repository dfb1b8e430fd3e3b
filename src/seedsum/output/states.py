"""What is in the output: the state of every pair, fast where nothing changed."""

from __future__ import annotations

import contextlib
import dataclasses
import json
import os
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from seedsum.errors import ReadError, UsageError
from seedsum.files import STATE_FOLDER, read_if_there, sha256_bytes, write_file
from seedsum.output.names import output_path
from seedsum.output.pairs import PAIR_FILES, RECORD_SUFFIX, kind_of
from seedsum.output.seal import is_sealed
from seedsum.records import FORMAT_VERSION, Integrity, KeyParts, RecordState, Status

_CACHE = f"{STATE_FOLDER}/state.jsonl"
_CACHE_VERSION = 4

#: A file that changed that recently is read again next time, since a later change could leave the
#: same time stamp. The coarsest time stamps in use are FAT's, with two seconds.
_RACY_NS = 3_000_000_000

#: Fewer pairs are read again in less time than it takes to write thousands of others down, and a
#: run with nothing to do leaves a small output as it is.
_NUM_WORTH_KEEPING = 100

#: Size, mtime and ctime of each file of a pair in the order of `_suffixes`, None for a missing one.
_Stamp = list[list[int] | None]


def read_records(output: Path, *, rehash: bool = False) -> dict[str, RecordState]:
    """Return the state of every pair in the output by name, sorted; empty without a folder.

    Records are read and other files hashed only where size or time stamps differ from those in
    `OUTPUT/.seedsum/state.jsonl`. It is written here when there is enough to put into it, and may
    be deleted. With `rehash` every file is read, whatever its time stamps say: a disk can forget
    bits.

    Raises:
        UsageError: A record is of a newer format than this version of seedsum knows.
    """
    newest_ns = time.time_ns() - _RACY_NS
    stamps = _stamps(output)
    states = {} if rehash else _cached_states(output, stamps)
    unknown = stamps.keys() - states.keys()
    states |= {name: _read_pair(output, name)[0] for name in unknown}
    settled = [
        name
        for name in sorted(stamps)
        if all(max(look[1:]) < newest_ns for look in stamps[name] if look)
    ]
    if len(unknown.intersection(settled)) >= _NUM_WORTH_KEEPING:
        lines = [json.dumps([stamps[name], dataclasses.asdict(states[name])]) for name in settled]
        _write_cache(output, lines)
    return dict(sorted(states.items()))


def differing_files(output: Path, name: str) -> tuple[tuple[str, str], ...]:
    """Return the files of a pair that are not what its record says, and what they are instead.

    `missing`, `torn` (the record cannot be understood), `edited` (or somebody else's), `replaced`
    (whole, but of another run), `orphan` (no record names it). Empty where all is as it should be.
    """
    return _read_pair(output, name)[1]


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


#: Differences of files that are ours. All others must not be overwritten: a person's, and those of
#: which nobody can tell what is in them.
_OURS = frozenset({"missing", "torn", "replaced", "orphan"})


def _read_pair(output: Path, name: str) -> tuple[RecordState, tuple[tuple[str, str], ...]]:
    found: list[tuple[str, str]] = []
    try:
        record = read_record(output, name)
        state = _state(_values(name, record))
        expected = {kind: entry["sha256"] for kind, entry in record["files"].items()}
    except (ReadError, ValueError, TypeError, KeyError, AttributeError):
        state, expected = RecordState(name, Integrity.INCOMPLETE), {}
        path = output_path(output, name, RECORD_SUFFIX)
        found.append((path.name, "torn" if path.exists() else "missing"))
    for suffix in PAIR_FILES:
        path = output_path(output, name, suffix)
        if what := _difference(path, expected.get(kind_of(suffix))):
            found.append((path.name, what))
    if any(what not in _OURS for _, what in found):
        return dataclasses.replace(state, integrity=Integrity.EDITED), tuple(found)
    integrity = Integrity.INCOMPLETE if found else Integrity.INTACT
    return dataclasses.replace(state, integrity=integrity), tuple(found)


def _difference(path: Path, expected: str | None) -> str:
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


#: The record has all of them; the index shows one, and a weak model can give hundreds.
_NUM_REASONS = 5

#: Keys of a record that are fields of a state as they are.
_SAME = ("status", "format_version", "title", "run_key", "key_parts", "routes", "profile")


def _values(name: str, record: Mapping[str, Any]) -> dict[str, Any]:
    source = record["source"]
    flagged = [item["flags"] for item in record["segments"] if item["flags"]]
    in_summary = [item["flags"] for item in record["summary"]["sentences"] if item["flags"]]
    return {key: record[key] for key in _SAME} | {
        "name": name,
        "integrity": Integrity.INTACT,
        "fallback": record["fallback"],
        "fallback_reason": record["fallback_reason"],
        "source_sha256": source["sha256"],
        "language": source["language"],
        "url": source["url"] or "",
        "date": source["date"] or "",
        "reasons": record["reasons"][:_NUM_REASONS],
        "num_segments": len(record["segments"]),
        "num_flagged": record["counts"]["flagged"] + len(in_summary),
        "num_summary_flagged": len(in_summary),
        "flags": sorted({flag["code"] for flags in (*flagged, *in_summary) for flag in flags}),
        "files": list(record["files"]),
    }


def _state(values: Mapping[str, Any]) -> RecordState:
    parts = values["key_parts"]
    own_types = {
        "integrity": Integrity(values["integrity"]),
        "status": values["status"] and Status(values["status"]),
        "key_parts": parts and KeyParts(**parts),
    }
    lists = {key: tuple(values[key]) for key in ("routes", "reasons", "flags", "files")}
    return RecordState(**{**values, **own_types, **lists})


# The cache: a line with its version and the suffixes, then a line for each pair.


def _suffixes() -> tuple[str, ...]:
    return RECORD_SUFFIX, *PAIR_FILES


def _stamps(output: Path) -> dict[str, _Stamp]:
    suffixes = _suffixes()
    at = len(os.path.join(output, ""))  # noqa: PTH118 - its length, with the slash
    stamps: dict[str, _Stamp] = {}
    for entry in _shown_files(output):
        number = next((n for n, end in enumerate(suffixes) if entry.name.endswith(end)), None)
        if number is not None:
            name = entry.path[at:].removesuffix(suffixes[number])
            look = entry.stat()
            values = [look.st_size, look.st_mtime_ns, look.st_ctime_ns]
            stamps.setdefault(name, [None] * len(suffixes))[number] = values
    return stamps


def _shown_files(output: Path) -> Iterator[os.DirEntry[str]]:
    folders = [str(output)]
    while folders:
        with contextlib.suppress(OSError), os.scandir(folders.pop()) as entries:
            for entry in entries:
                if entry.name.startswith("."):
                    continue
                if entry.is_dir(follow_symlinks=False):
                    folders.append(entry.path)
                elif entry.is_file():
                    yield entry


def _head() -> str:
    return json.dumps([_CACHE_VERSION, *_suffixes()])


def _cached_states(output: Path, stamps: Mapping[str, _Stamp]) -> dict[str, RecordState]:
    states: dict[str, RecordState] = {}
    torn = (OSError, ValueError, TypeError, LookupError, AttributeError)
    with contextlib.suppress(*torn), (output / _CACHE).open(encoding="ascii") as lines:
        if lines.readline().rstrip("\n") == _head():
            for line in lines:
                stamp, values = json.loads(line)
                if stamps.get(values["name"]) == stamp:
                    states[values["name"]] = _state(values)
    return states


def _write_cache(output: Path, lines: list[str]) -> None:
    """Write the cache; where that is not possible (a read-only output) the next run is slower."""
    with contextlib.suppress(OSError):
        write_file(output / _CACHE, "\n".join([_head(), *lines]).encode("ascii"))
