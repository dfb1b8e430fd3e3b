"""What is in the output: the state of every pair, fast where nothing changed."""

from __future__ import annotations

import dataclasses
import gc
import json
import os
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from seedsum.provenance import is_sealed, sha256_bytes
from seedsum.records import (
    RECORD_SUFFIX,
    SUMMARY_SUFFIX,
    TRANSLATION_SUFFIX,
    Integrity,
    KeyParts,
    RecordState,
    Status,
)
from seedsum.store.files import STATE_FOLDER, read_if_there, write_file
from seedsum.store.names import output_path

_CACHE_NAME = "state.json"
_CACHE_VERSION = 1

#: A file that changed that recently is read again next time, since a later change could leave the
#: same time stamp. The coarsest time stamps in use are FAT's, with two seconds.
_RACY_NS = 3_000_000_000

#: Fewer pairs are read again in less time (a third of a millisecond each) than it takes to write
#: thousands of others down, and a run with nothing to do leaves a small output as it is.
_NUM_WORTH_KEEPING = 100

_SUFFIXES = (RECORD_SUFFIX, TRANSLATION_SUFFIX, SUMMARY_SUFFIX)

#: What tells that a file is unchanged: size, mtime and ctime in ns; None where it is not there.
_Stamp = list[int] | None


def read_records(output: Path, *, rehash: bool = False) -> dict[str, RecordState]:
    """Return the state of every pair in the output by name, sorted; empty without a folder.

    Records are read and Markdown files hashed only where size or time stamps differ from those in
    `OUTPUT/.seedsum/state.json`. It is written here when there is enough to put into it, and may be
    deleted. With `rehash` every file is read, whatever its time stamps say: a disk can forget bits.
    """
    with _without_collection():
        return _read_records(output, rehash=rehash)


@contextmanager
def _without_collection() -> Iterator[None]:
    """Keep the collector of cycles from looking at every new state again and again.

    None of them is in a cycle; with 10,000 pairs it took a quarter of a run with nothing to do.
    """
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()


def _read_records(output: Path, *, rehash: bool) -> dict[str, RecordState]:
    stamps = _stamps(output)
    cache = {} if rehash else _read_cache(output)
    newest_ns = time.time_ns() - _RACY_NS
    states: dict[str, RecordState] = {}
    entries: dict[str, list[Any]] = {}
    num_read = 0
    for name in sorted(stamps):
        stamp = stamps[name]
        cached = cache.get(name)
        state = _state_from_cache(name, cached, stamp=stamp) if cached else None
        if cached and state:
            states[name] = state
            entries[name] = cached
            continue
        state = states[name] = _read_state(output, name)
        if all(part is None or max(part[1], part[2]) < newest_ns for part in stamp):
            entries[name] = [stamp, _state_to_cache(state)]
            num_read += 1
    if num_read >= _NUM_WORTH_KEEPING:
        _write_cache(output, entries)
    return states


def _stamps(output: Path) -> dict[str, list[_Stamp]]:
    """Return the stamps of record, translation and summary for every name that has one of them."""
    stamps: dict[str, list[_Stamp]] = {}
    folders = [("", str(output))]
    while folders:
        prefix, folder = folders.pop()
        try:
            entries = os.scandir(folder)
        except OSError:
            continue
        with entries:
            for entry in entries:
                stem, number = _split_suffix(entry.name)
                if entry.name.startswith("."):
                    continue
                if entry.is_dir(follow_symlinks=False):
                    folders.append((f"{prefix}{entry.name}/", entry.path))
                elif number is not None and entry.is_file():
                    status = entry.stat()
                    parts = stamps.setdefault(prefix + stem, [None, None, None])
                    parts[number] = [status.st_size, status.st_mtime_ns, status.st_ctime_ns]
    return stamps


def _split_suffix(file_name: str) -> tuple[str, int | None]:
    """Return an output file's document name and which of `_SUFFIXES` it has; None for neither."""
    if file_name.endswith((".md", ".json")):
        for number, suffix in enumerate(_SUFFIXES):
            if file_name.endswith(suffix):
                return file_name[: -len(suffix)], number
    return file_name, None


def _read_state(output: Path, name: str) -> RecordState:
    """Return the state of one pair from its files alone."""
    state, expected = _read_record(output, name)
    found = {
        _file_integrity(output_path(output, name, suffix), expected=expected.get(kind))
        for kind, suffix in (("translation", TRANSLATION_SUFFIX), ("summary", SUMMARY_SUFFIX))
    }
    if Integrity.EDITED in found:
        integrity = Integrity.EDITED
    elif state is None or Integrity.INCOMPLETE in found:
        integrity = Integrity.INCOMPLETE
    else:
        integrity = Integrity.INTACT
    return dataclasses.replace(state or RecordState(name, integrity), integrity=integrity)


def _file_integrity(path: Path, *, expected: str | None) -> Integrity:
    """Return how a Markdown file stands to the hash that its record has for it."""
    try:
        data = read_if_there(path)
    except OSError:
        return Integrity.EDITED  # nobody can tell what is in it, so it must not be overwritten
    if data is None:
        return Integrity.INTACT if expected is None else Integrity.INCOMPLETE
    if sha256_bytes(data) == expected:
        return Integrity.INTACT
    # Our own file of another run may be replaced, a person's may not.
    return Integrity.INCOMPLETE if is_sealed(data) else Integrity.EDITED


#: The record has all of them; the index shows one, and a weak model can give hundreds.
_NUM_REASONS = 5


def _read_record(output: Path, name: str) -> tuple[RecordState | None, dict[str, str]]:
    """Return what a record says and its files' hashes; None if it is missing or torn."""
    try:
        record = json.loads(output_path(output, name, RECORD_SUFFIX).read_bytes())
        source, summary = record["source"], record["summary"]
        parts = record["key_parts"]
        state = RecordState(
            name=name,
            integrity=Integrity.INTACT,
            status=Status(record["status"]),
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
            has_files=bool(record["files"]),
        )
        files = {kind: entry["sha256"] for kind, entry in record["files"].items()}
    except (OSError, ValueError, TypeError, KeyError, AttributeError, RecursionError):
        return None, {}
    return state, files


def _state_to_cache(state: RecordState) -> list[Any]:
    """Return the state as JSON values; `_state_from_cache` is the inverse."""
    return [
        state.integrity,
        state.status,
        state.key_parts and dataclasses.astuple(state.key_parts),
        state.routes,
        state.reasons,
        {name: getattr(state, name) for name in _CACHED_AS_THEY_ARE},
    ]


def _state_from_cache(name: str, entry: Any, *, stamp: list[_Stamp]) -> RecordState | None:
    """Return the state of an entry; None if the files have changed, or the entry is not ours."""
    try:
        if entry[0] != stamp:
            return None
        integrity, status, parts, routes, reasons, others = entry[1]
        return RecordState(
            name=name,
            integrity=_INTEGRITIES[integrity],
            status=_STATUSES[status],
            key_parts=KeyParts(*parts) if parts else None,
            routes=tuple(routes),
            reasons=tuple(reasons),
            **others,
        )
    except (TypeError, ValueError, LookupError):
        return None


#: Calling the enums takes twice as long, which counts with 10,000 pairs.
_INTEGRITIES: Mapping[str, Integrity] = {str(integrity): integrity for integrity in Integrity}
_STATUSES: Mapping[str | None, Status | None] = {None: None, **{str(s): s for s in Status}}

_CACHED_AS_THEY_ARE = (
    "source_sha256",
    "title",
    "language",
    "run_key",
    "profile",
    "fallback",
    "fallback_reason",
    "num_segments",
    "num_flagged",
    "has_files",
)


def _read_cache(output: Path) -> dict[str, list[Any]]:
    """Return the cache's entries: name -> stamps and state; none where it is not there or torn."""
    try:
        cache = json.loads((output / STATE_FOLDER / _CACHE_NAME).read_bytes())
        entries = cache["entries"] if cache["version"] == _CACHE_VERSION else {}
    except (OSError, ValueError, TypeError, KeyError):
        return {}
    return entries if isinstance(entries, dict) else {}


def _write_cache(output: Path, entries: Mapping[str, list[Any]]) -> None:
    """Write the cache; where that is not possible (a read-only output) the next run is slower."""
    text = json.dumps({"version": _CACHE_VERSION, "entries": entries}, separators=(",", ":"))
    try:
        (output / STATE_FOLDER).mkdir(exist_ok=True)
        write_file(output / STATE_FOLDER / _CACHE_NAME, text.encode())
    except OSError:
        return
