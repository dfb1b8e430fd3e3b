"""What is in the output: the state of every pair, fast where nothing changed."""

from __future__ import annotations

import dataclasses
import json
import os
import time
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from seedsum.files import STATE_FOLDER, read_if_there, sha256_bytes, write_file
from seedsum.output.names import output_path
from seedsum.output.seal import is_sealed
from seedsum.records import (
    RECORD_SUFFIX,
    SUMMARY_SUFFIX,
    TRANSLATION_SUFFIX,
    Integrity,
    KeyParts,
    RecordState,
    Status,
)

_CACHE_NAME = "state.jsonl"
_CACHE_VERSION = 2

#: A file that changed that recently is read again next time, since a later change could leave the
#: same time stamp. The coarsest time stamps in use are FAT's, with two seconds.
_RACY_NS = 3_000_000_000

#: Fewer pairs are read again in less time (a third of a millisecond each) than it takes to write
#: thousands of others down, and a run with nothing to do leaves a small output as it is.
_NUM_WORTH_KEEPING = 100

_SUFFIXES = (RECORD_SUFFIX, TRANSLATION_SUFFIX, SUMMARY_SUFFIX)


def read_records(output: Path, *, rehash: bool = False) -> dict[str, RecordState]:
    """Return the state of every pair in the output by name, sorted; empty without a folder.

    Records are read and Markdown files hashed only where size or time stamps differ from those in
    `OUTPUT/.seedsum/state.jsonl`. It is written here when there is enough to put into it, and may
    be deleted. With `rehash` every file is read, whatever its time stamps say: a disk can forget
    bits.
    """
    stamps, recent = _stamps(output)
    states = {} if rehash else _cached_states(output, stamps)
    unknown = stamps.keys() - states.keys()
    for name in unknown:
        states[name] = _read_state(output, name)
    states = {name: states[name] for name in sorted(states)}
    if len(unknown - recent) >= _NUM_WORTH_KEEPING:
        _write_cache(
            output, (state for state in states.values() if state.name not in recent), stamps
        )
    return states


def _stamps(output: Path) -> tuple[dict[str, int], set[str]]:
    """Return a stamp for every name that has a record, a translation or a summary; what is recent.

    A stamp is a hash of the three files' sizes, mtimes and ctimes. Another version of Python may
    make another one of them; then everything is read again.
    """
    newest_ns = time.time_ns() - _RACY_NS
    stamps: dict[str, int] = {}
    recent: set[str] = set()
    folders = [("", str(output))]
    while folders:
        prefix, folder = folders.pop()
        try:
            entries = os.scandir(folder)
        except OSError:
            continue
        found: dict[str, list[int]] = {}
        with entries:
            for entry in entries:
                stem, number = _split_suffix(entry.name)
                if entry.name.startswith("."):
                    continue
                if entry.is_dir(follow_symlinks=False):
                    folders.append((f"{prefix}{entry.name}/", entry.path))
                elif number is not None and entry.is_file():
                    status = entry.stat()
                    parts = (status.st_size, status.st_mtime_ns, status.st_ctime_ns)
                    found.setdefault(stem, [0, 0, 0])[number] = hash(parts)
                    if max(status.st_mtime_ns, status.st_ctime_ns) >= newest_ns:
                        recent.add(prefix + stem)
        for stem, hashes in found.items():
            stamps[prefix + stem] = hash(tuple(hashes))
    return stamps, recent


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


# --------------------------------------------------------------------------------------------
# The cache: a line with its version, then one for each pair. What many pairs have in common stands
# once, before the first of them, and is one object: a run with 100,000 current documents took
# 519 MB with all of it in one JSON object, and 173 MB so.


def _cached_states(output: Path, stamps: Mapping[str, int]) -> dict[str, RecordState]:
    """Return the states of the pairs whose stamps the cache has; what is torn in it is left out."""
    states: dict[str, RecordState] = {}
    commons: list[RecordState] = []
    known_reasons: dict[tuple[str, ...], tuple[str, ...]] = {}
    try:
        with (output / STATE_FOLDER / _CACHE_NAME).open(encoding="ascii") as lines:
            if json.loads(lines.readline()) != _CACHE_VERSION:
                return {}
            for line in lines:
                entry = json.loads(line)
                if isinstance(entry, dict):
                    commons.append(_common_from_cache(entry))
                    continue
                number, stamp, reasons, name, *own = entry
                if stamps.get(name) == stamp:
                    reasons = known_reasons.setdefault(tuple(reasons), tuple(reasons))
                    states[name] = _with_own(commons[number], reasons, name, *own)
    except (OSError, ValueError, TypeError, LookupError):
        pass
    return states


def _write_cache(output: Path, states: Iterable[RecordState], stamps: Mapping[str, int]) -> None:
    """Write the cache; where that is not possible (a read-only output) the next run is slower."""
    lines = [json.dumps(_CACHE_VERSION)]
    numbers: dict[RecordState, int] = {}
    for state in states:
        common = _with_own(state, (), "", "", "", "", 0, 0, "")
        if common not in numbers:
            numbers[common] = len(numbers)
            lines.append(json.dumps(dataclasses.asdict(common)))
        own = (
            state.reasons,
            state.name,
            state.source_sha256,
            state.title,
            state.run_key,
            state.num_segments,
            state.num_flagged,
            state.key_parts.source if state.key_parts else "",
        )
        lines.append(json.dumps([numbers[common], stamps[state.name], *own]))
    try:
        (output / STATE_FOLDER).mkdir(exist_ok=True)
        write_file(output / STATE_FOLDER / _CACHE_NAME, "\n".join(lines).encode("ascii"))
    except OSError:
        return


def _with_own(
    common: RecordState,
    reasons: tuple[str, ...],
    name: str,
    source_sha256: str,
    title: str,
    run_key: str,
    num_segments: int,
    num_flagged: int,
    key_source: str,
) -> RecordState:
    """Return the state with what is a pair's own; `dataclasses.replace` takes twice as long."""
    parts = common.key_parts
    if key_source == source_sha256:
        key_source = source_sha256  # one text of the two
    return RecordState(
        name=name,
        integrity=common.integrity,
        status=common.status,
        source_sha256=source_sha256,
        title=title,
        language=common.language,
        run_key=run_key,
        key_parts=parts and KeyParts(key_source, parts.models, parts.options, parts.format),
        routes=common.routes,
        profile=common.profile,
        fallback=common.fallback,
        fallback_reason=common.fallback_reason,
        reasons=reasons,
        num_segments=num_segments,
        num_flagged=num_flagged,
        has_files=common.has_files,
    )


def _common_from_cache(entry: dict[str, Any]) -> RecordState:
    """Return the state that was written as this object."""
    parts = entry["key_parts"]
    return RecordState(
        **{
            **entry,
            "integrity": Integrity(entry["integrity"]),
            "status": entry["status"] and Status(entry["status"]),
            "key_parts": parts and KeyParts(**parts),
            "routes": tuple(entry["routes"]),
            "reasons": tuple(entry["reasons"]),
        }
    )
