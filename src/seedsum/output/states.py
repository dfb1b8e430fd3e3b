"""What is in the output: the state of every pair, fast where nothing changed."""

from __future__ import annotations

import dataclasses
import json
import os
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from seedsum.errors import ReadError
from seedsum.files import STATE_FOLDER, write_file
from seedsum.output.auditing import difference, read_record
from seedsum.output.names import output_path
from seedsum.output.pairs import PAIR_FILES, RECORD_SUFFIX, kind_of
from seedsum.records import Integrity, KeyParts, RecordState, Status

_CACHE_NAME = "state.jsonl"
_CACHE_VERSION = 3

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
    stamps, recent = _stamps(output)
    states = {} if rehash else _cached_states(output, stamps)
    unknown = stamps.keys() - states.keys()
    for name in unknown:
        states[name] = _read_state(output, name)
    states = {name: states[name] for name in sorted(states)}
    if len(unknown - recent) >= _NUM_WORTH_KEEPING:
        _write_cache(output, {name: states[name] for name in states if name not in recent}, stamps)
    return states


def _suffixes() -> tuple[str, ...]:
    return RECORD_SUFFIX, *PAIR_FILES


def _stamps(output: Path) -> tuple[dict[str, _Stamp], set[str]]:
    """Return a stamp for every name that has any file of a pair, and which names are recent."""
    suffixes = _suffixes()
    newest_ns = time.time_ns() - _RACY_NS
    stamps: dict[str, _Stamp] = {}
    recent: set[str] = set()
    folders = [("", str(output))]
    while folders:
        prefix, folder = folders.pop()
        try:
            entries = os.scandir(folder)
        except OSError:
            continue
        with entries:
            for entry in entries:
                if entry.name.startswith("."):
                    continue
                if entry.is_dir(follow_symlinks=False):
                    folders.append((f"{prefix}{entry.name}/", entry.path))
                elif entry.name.endswith(suffixes) and entry.is_file():
                    number = next(n for n, end in enumerate(suffixes) if entry.name.endswith(end))
                    name = prefix + entry.name.removesuffix(suffixes[number])
                    status = entry.stat()
                    stamp = [status.st_size, status.st_mtime_ns, status.st_ctime_ns]
                    stamps.setdefault(name, [None] * len(suffixes))[number] = stamp
                    if max(stamp[1:]) >= newest_ns:
                        recent.add(name)
    return stamps, recent


def _read_state(output: Path, name: str) -> RecordState:
    """Return the state of one pair from its files alone."""
    state, expected = _read_record(output, name)
    found = {
        difference(output_path(output, name, suffix), expected.get(kind_of(suffix)))
        for suffix in PAIR_FILES
    } - {""}
    if found.difference(_OURS):
        integrity = Integrity.EDITED
    else:
        integrity = Integrity.INCOMPLETE if found or state is None else Integrity.INTACT
    return dataclasses.replace(state or RecordState(name, integrity), integrity=integrity)


#: Differences of files that are ours. All others must not be overwritten: a person's, and those of
#: which nobody can tell what is in them.
_OURS = frozenset({"missing", "replaced", "orphan"})


#: The record has all of them; the index shows one, and a weak model can give hundreds.
_NUM_REASONS = 5


def _read_record(output: Path, name: str) -> tuple[RecordState | None, dict[str, str]]:
    """Return what a record says and its files' hashes; None if it is missing or torn.

    Raises:
        UsageError: It is of a newer format.
    """
    try:
        record = read_record(output, name)
        source, summary = record["source"], record["summary"]
        parts = record["key_parts"]
        state = RecordState(
            name=name,
            integrity=Integrity.INTACT,
            status=Status(record["status"]),
            format_version=record["format_version"],
            source_sha256=source["sha256"],
            title=record["title"],
            language=source["language"],
            run_key=record["run_key"],
            key_parts=KeyParts(**parts) if parts else None,
            routes=tuple(record["routes"]),
            profile=record["profile"],
            fallback=record["fallback"],
            fallback_reason=record["fallback_reason"],
            reasons=tuple(record["reasons"][:_NUM_REASONS]),
            num_segments=len(record["segments"]),
            num_flagged=record["counts"]["flagged"]
            + sum(bool(sentence["flags"]) for sentence in summary["sentences"]),
            files=tuple(record["files"]),
        )
        files = {kind: entry["sha256"] for kind, entry in record["files"].items()}
    except (ReadError, ValueError, TypeError, KeyError, AttributeError):
        return None, {}
    return state, files


# --------------------------------------------------------------------------------------------
# The cache: a line with its version and the suffixes, then a line for each pair.


def _head() -> str:
    return json.dumps([_CACHE_VERSION, *_suffixes()])


def _cached_states(output: Path, stamps: Mapping[str, _Stamp]) -> dict[str, RecordState]:
    """Return the states of the pairs whose stamps the cache has; what is torn in it is left out."""
    states: dict[str, RecordState] = {}
    try:
        with (output / STATE_FOLDER / _CACHE_NAME).open(encoding="ascii") as lines:
            if lines.readline().rstrip("\n") != _head():
                return {}
            for line in lines:
                stamp, values = json.loads(line)
                if stamps.get(values["name"]) == stamp:
                    states[values["name"]] = _from_cache(values)
    except (OSError, ValueError, TypeError, LookupError, AttributeError):
        pass
    return states


def _write_cache(
    output: Path, states: Mapping[str, RecordState], stamps: Mapping[str, _Stamp]
) -> None:
    """Write the cache; where that is not possible (a read-only output) the next run is slower."""
    lines = [_head()]
    lines += (json.dumps([stamps[n], dataclasses.asdict(state)]) for n, state in states.items())
    try:
        (output / STATE_FOLDER).mkdir(exist_ok=True)
        write_file(output / STATE_FOLDER / _CACHE_NAME, "\n".join(lines).encode("ascii"))
    except OSError:
        return


def _from_cache(values: dict[str, Any]) -> RecordState:
    """Return the state that was written as this object."""
    parts = values["key_parts"]
    return RecordState(
        **{
            **values,
            "integrity": Integrity(values["integrity"]),
            "status": values["status"] and Status(values["status"]),
            "key_parts": parts and KeyParts(**parts),
            "routes": tuple(values["routes"]),
            "reasons": tuple(values["reasons"]),
            "files": tuple(values["files"]),
        }
    )
