"""What is in the output: the state of every pair, fast where nothing changed."""

from __future__ import annotations

import contextlib
import dataclasses
import json
import time
from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from io import TextIOWrapper
from typing import Any

from seedsum.errors import ReadError, UsageError
from seedsum.files import STATE_FOLDER, sha256_bytes
from seedsum.output.names import pair_file
from seedsum.output.pairs import PAIR_FILES, RECORD_SUFFIX, kind_of
from seedsum.output.places import Place, Where, place_of
from seedsum.output.seal import is_sealed
from seedsum.records import (
    FORMAT_VERSION,
    Fate,
    Integrity,
    KeyParts,
    RecordState,
    Status,
    Verdict,
)

_CACHE = f"{STATE_FOLDER}/state.jsonl"
_CACHE_VERSION = 6

#: A file that changed that recently is read again next time, since a later change could leave the
#: same time stamp. The coarsest time stamps in use are FAT's, with two seconds.
_RACY_NS = 3_000_000_000

#: Fewer pairs are read again in less time than it takes to write thousands of others down, and a
#: run with nothing to do leaves a small output as it is.
_NUM_WORTH_KEEPING = 100

#: The look of each file of a pair in the order of `_suffixes`, None for a missing one: size, mtime,
#: and ctime or the store's ETag.
_Stamp = list[list[int | str] | None]


def read_records(output: Where, *, rehash: bool = False) -> dict[str, RecordState]:
    """Return the state of every pair in the output by name, sorted; empty without a folder.

    Records are read and other files hashed only where size or time stamps differ from those in
    `OUTPUT/.seedsum/state.jsonl`. It is written here when there is enough to put into it, and may
    be deleted. With `rehash` every file is read, whatever its time stamps say: a disk can forget
    bits.

    Raises:
        UsageError: A record is of a newer format than this version of seedsum knows.
    """
    place = place_of(output)
    newest_ns = time.time_ns() - _RACY_NS
    stamps = _stamps(place)
    states = {} if rehash else _cached_states(place, stamps)
    unknown = stamps.keys() - states.keys()
    states |= _read_pairs(place, unknown)
    num_worth_keeping = _NUM_WORTH_KEEPING if place.folder else 1
    if len(unknown) < num_worth_keeping:
        return dict(sorted(states.items()))
    settled = [
        name
        for name in sorted(stamps)
        if all(_is_settled(look, newest_ns) for look in stamps[name] if look)
    ]
    if len(unknown.intersection(settled)) >= num_worth_keeping:
        lines = [json.dumps([stamps[name], dataclasses.asdict(states[name])]) for name in settled]
        _write_cache(place, lines)
    return dict(sorted(states.items()))


def _is_settled(look: list[int | str], newest_ns: int) -> bool:
    """Return whether a look tells what is in a file: an ETag is made of it, times need time."""
    _, mtime_ns, version = look
    if isinstance(version, str):
        return True
    return int(mtime_ns) < newest_ns and version < newest_ns


def _read_pairs(place: Place, names: Iterable[str]) -> dict[str, RecordState]:
    if place.num_at_once == 1:
        return {name: _read_pair(place, name)[0] for name in names}
    with ThreadPoolExecutor(place.num_at_once, thread_name_prefix="reading") as pool:
        found = pool.map(lambda name: _read_pair(place, name)[0], names)
        return {state.name: state for state in found}


def differing_files(output: Where, name: str) -> tuple[tuple[str, str], ...]:
    """Return the files of a pair that are not what its record says, and what they are instead.

    `missing`, `torn` (the record cannot be understood), `edited` (or somebody else's), `replaced`
    (whole, but of another run), `orphan` (no record names it), `late` (put by a run after another
    had taken the output over). Empty where all is as it should be.
    """
    return _read_pair(place_of(output), name)[1]


def read_record(output: Where, name: str) -> dict[str, Any]:
    """Return a pair's whole record.

    Raises:
        ReadError: It is not there, or is no JSON object.
        UsageError: It is of a newer format than this version of seedsum knows.
    """
    place = place_of(output)
    file = pair_file(name, RECORD_SUFFIX)
    try:
        with place.open(file) as opened:
            data = opened.read()
    except OSError as error:
        raise _unreadable(place.show(file), error) from error
    return _parsed(data, place.show(file))


def _unreadable(path: str, error: Exception) -> ReadError:
    return ReadError(f"{path}: cannot be read: {error}; the next run makes it again")


def _parsed(data: bytes, path: str) -> dict[str, Any]:
    try:
        record = json.loads(data)
    except (ValueError, RecursionError) as error:
        raise _unreadable(path, error) from error
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
_OURS = frozenset({"missing", "torn", "replaced", "orphan", "late"})


def _read_pair(place: Place, name: str) -> tuple[RecordState, tuple[tuple[str, str], ...]]:
    found: list[tuple[str, str]] = []
    file = pair_file(name, RECORD_SUFFIX)
    shown = file.rpartition("/")[2]
    state, expected, what = RecordState(name, Integrity.INCOMPLETE), dict[str, str](), "torn"
    try:
        if (content := place.content(file)) is None:
            what = "missing"
        else:
            record = _parsed(content.data, place.show(file))
            state = _state(_values(name, record))
            expected = {kind: entry["sha256"] for kind, entry in record["files"].items()}
            what = "late" if content.is_late else ""
    except (OSError, ReadError, ValueError, TypeError, KeyError, AttributeError):
        state, expected = RecordState(name, Integrity.INCOMPLETE), {}
    if what:
        found.append((shown, what))
    for suffix in PAIR_FILES:
        file = pair_file(name, suffix)
        if what := _difference(place, file, expected.get(kind_of(suffix))):
            found.append((file.rpartition("/")[2], what))
    if any(what not in _OURS for _, what in found):
        return dataclasses.replace(state, integrity=Integrity.EDITED), tuple(found)
    integrity = Integrity.INCOMPLETE if found else Integrity.INTACT
    return dataclasses.replace(state, integrity=integrity), tuple(found)


def _difference(place: Place, file: str, expected: str | None) -> str:
    try:
        data = place.read(file)
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

#: Fields of a state that hold several values.
_LISTS = ("routes", "reasons", "flags", "files", "fallback_parts", "reviewed_as")

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
        "fallback_parts": record.get("fallback_parts", ()),
        "source_sha256": source["sha256"],
        "language": source["language"],
        "url": source["url"] or "",
        "date": source["date"] or "",
        "reasons": record["reasons"][:_NUM_REASONS],
        "num_segments": len(record["segments"]),
        "num_flagged": record["counts"]["flagged"] + len(in_summary),
        "num_summary_flagged": len(in_summary),
        "num_summary_unchecked": _num_unchecked(record),
        "flags": sorted({flag["code"] for flags in (*flagged, *in_summary) for flag in flags}),
        "files": list(record["files"]),
        "num_stale": sum("segment" in one for one in record.get("stale", ())),
        "reviewed_as": record.get("reviewed_as", []),
    }


def _num_unchecked(record: Mapping[str, Any]) -> int:
    """Return how many sentences of the summary are a model's, and no person has found right."""
    fine = (Fate.PASSED, Fate.KEPT, Fate.REVIEWED)
    same = {one["id"] for one in record["segments"] if one["fate"] in fine}
    return sum(
        sentence.get("reviewed", {}).get("verdict") not in (Verdict.ACCEPTED, Verdict.EDITED)
        and (sentence["origin"] == "abstractive" or not same.issuperset(sentence["cites"]))
        for sentence in record["summary"]["sentences"]
    )


def _state(values: Mapping[str, Any]) -> RecordState:
    parts = values["key_parts"]
    own_types = {
        "integrity": Integrity(values["integrity"]),
        "status": values["status"] and Status(values["status"]),
        "key_parts": parts and KeyParts(**parts),
    }
    lists = {key: tuple(values[key]) for key in _LISTS}
    return RecordState(**{**values, **own_types, **lists})


# The cache: a line with its version and the suffixes, then a line for each pair.


def _suffixes() -> tuple[str, ...]:
    return RECORD_SUFFIX, *PAIR_FILES


def _stamps(place: Place) -> dict[str, _Stamp]:
    suffixes = _suffixes()
    stamps: dict[str, _Stamp] = {}
    for entry in place.entries(suffixes=suffixes):
        number = next(n for n, end in enumerate(suffixes) if entry.name.endswith(end))
        name = entry.name.removesuffix(suffixes[number])
        stamps.setdefault(name, [None] * len(suffixes))[number] = entry.look
    return stamps


def _head() -> str:
    return json.dumps([_CACHE_VERSION, *_suffixes()])


def _cached_states(place: Place, stamps: Mapping[str, _Stamp]) -> dict[str, RecordState]:
    states: dict[str, RecordState] = {}
    torn = (OSError, ValueError, TypeError, LookupError, AttributeError)
    with contextlib.suppress(*torn), TextIOWrapper(place.open(_CACHE), "ascii") as lines:
        if lines.readline().rstrip("\n") == _head():
            for line in lines:
                stamp, values = json.loads(line)
                if stamps.get(values["name"]) == stamp:
                    states[values["name"]] = _state(values)
    return states


def _write_cache(place: Place, lines: list[str]) -> None:
    """Write the cache; where that is not possible (a read-only output) the next run is slower."""
    with contextlib.suppress(OSError):
        place.write(_CACHE, "\n".join([_head(), *lines]).encode("ascii"))
