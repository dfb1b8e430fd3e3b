"""What is in the output: the state of every pair, fast where nothing changed."""

from __future__ import annotations

import contextlib
import dataclasses
import json
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from operator import attrgetter
from typing import Any, NamedTuple

from seedsum.errors import ReadError, UsageError
from seedsum.files import sha256_bytes
from seedsum.output.lines import Lines
from seedsum.output.names import KEPT_ENDING, pair_file
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

_CACHE = "state"
_CACHE_VERSION = 7

#: A file that changed that recently is read again next time, since a later change could leave the
#: same time stamp. The coarsest time stamps in use are FAT's, with two seconds.
_RACY_NS = 3_000_000_000

#: Fewer pairs are read again in less time than it takes to write thousands of others down, and a
#: run with nothing to do leaves a small output as it is.
_NUM_WORTH_KEEPING = 100

#: The look of each file of a pair in the order of `_suffixes`, None for a missing one: size, mtime,
#: and ctime or the store's ETag.
_Stamp = list[list[int | str] | None]


@dataclass(frozen=True, slots=True)
class Contents:
    """What one listing of an output finds."""

    states: dict[str, RecordState]  # of every pair by name, sorted
    copies: tuple[str, ...]  # names of the copies of edited files, sorted


def read_records(output: Where, *, rehash: bool = False) -> dict[str, RecordState]:
    """Return the state of every pair in the output by name, sorted; see `read_contents`."""
    return read_contents(output, rehash=rehash).states


def read_contents(
    output: Where, *, rehash: bool = False, only: Callable[[str], bool] | None = None
) -> Contents:
    """Return the state of every pair in the output, and what else is kept; empty without a folder.

    Records are read and other files hashed only where size or time stamps differ from those in the
    cache (`OUTPUT/.seedsum/state.jsonl` and what was added to it, in `state/`). It is written here
    when there is enough to put into it, and may be deleted. With `rehash` every file is read,
    whatever its time stamps say: a disk can forget bits. With `only`, no other pairs are looked at.

    Raises:
        UsageError: A record is of a newer format than this version of seedsum knows.
    """
    place = place_of(output)
    newest_ns = time.time_ns() - _RACY_NS
    stamps, copies = _listed(place, only)
    cache = Lines(place, _CACHE)
    states = {} if rehash else _cached_states(cache, stamps)
    unknown = stamps.keys() - states.keys()
    states |= _read_pairs(place, unknown)

    def is_settled(name: str) -> bool:
        return all(_is_settled(look, newest_ns) for look in stamps[name] if look)

    new = [name for name in sorted(unknown) if is_settled(name)]
    if new and len(new) >= (_NUM_WORTH_KEEPING if place.folder else 1):
        if only is not None or (not rehash and cache.grows(len(new), num_all=len(stamps))):
            cache.add(_lines(new, stamps, states))
        else:
            settled = [name for name in sorted(stamps) if is_settled(name)]
            cache.replace(_lines(settled, stamps, states))
    return Contents(dict(sorted(states.items())), tuple(sorted(copies)))


def kept_copies(output: Where) -> tuple[str, ...]:
    """Return the names of all copies of edited files, sorted; reads no pair."""
    return tuple(sorted(_listed(place_of(output), only=lambda name: False).copies))


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
            hashes = {kind: entry["sha256"] for kind, entry in record["files"].items()}
            state, expected = _state(_values(name, record)), hashes
            what = "late" if content.is_late else ""
    except (OSError, ReadError, ValueError, TypeError, KeyError, AttributeError):
        pass
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
    return RecordState(**_typed({**values, "key_parts": parts and KeyParts(**parts)}))


def _typed(values: Mapping[str, Any]) -> dict[str, Any]:
    """Return fields of a state that JSON has as texts and lists."""
    lists = {key: tuple(values[key]) for key in _LISTS if key in values}
    status = values["status"] and Status(values["status"])
    return {**values, **lists, "integrity": Integrity(values["integrity"]), "status": status}


# The cache: a line with its version and the suffixes, then one for each pair. What many pairs have
# in common stands once, as an object in a line before the first of them.

#: What differs from pair to pair, in the order of a line; the source of the key is the source's.
_OWN = (
    "name", "source_sha256", "run_key", "title", "url", "date", "reasons", "num_segments",
    "num_flagged", "num_summary_flagged", "num_summary_unchecked", "flags", "num_stale",
    "reviewed_as",
)  # fmt: skip
#: What many have in common, besides the other parts of the key.
_SHARED = tuple(
    field.name
    for field in dataclasses.fields(RecordState)
    if field.name not in (*_OWN, "key_parts")
)
_PARTS = tuple(field.name for field in dataclasses.fields(KeyParts) if field.name != "source")
_own_of, _shared_of, _parts_of = attrgetter(*_OWN), attrgetter(*_SHARED), attrgetter(*_PARTS)


def _suffixes() -> tuple[str, ...]:
    return RECORD_SUFFIX, *PAIR_FILES


class _Listed(NamedTuple):
    """How the pairs look, by name, and the names of copies, in any order."""

    stamps: dict[str, _Stamp]
    copies: list[str]


def _listed(place: Place, only: Callable[[str], bool] | None = None) -> _Listed:
    suffixes = _suffixes()
    stamps: dict[str, _Stamp] = {}
    copies: list[str] = []
    for entry in place.entries(suffixes=(*suffixes, KEPT_ENDING)):
        if entry.name.endswith(KEPT_ENDING):
            copies.append(entry.name)
            continue
        number = 0
        while not entry.name.endswith(suffixes[number]):
            number += 1
        name = entry.name.removesuffix(suffixes[number])
        if name in stamps:
            stamps[name][number] = entry.look
        elif only is None or only(name):
            stamps[name] = [None] * len(suffixes)
            stamps[name][number] = entry.look
    return _Listed(stamps, copies)


def _head() -> str:
    return json.dumps([_CACHE_VERSION, *_suffixes()])


def _lines(
    names: Iterable[str], stamps: Mapping[str, _Stamp], states: Mapping[str, RecordState]
) -> Iterator[str]:
    yield _head()
    numbers: dict[tuple[object, ...], int] = {}
    for name in names:
        state = states[name]
        parts = state.key_parts
        shared = (parts and _parts_of(parts), *_shared_of(state))
        number = numbers.get(shared)
        if number is None:
            number = numbers[shared] = len(numbers)
            yield json.dumps({"number": number, "key": shared[0], "shared": shared[1:]})
        source = parts.source if parts and parts.source != state.source_sha256 else ""
        line = [number, stamps[name], source, *_own_of(state)]
        yield json.dumps(line, separators=(",", ":"))


def _cached_states(cache: Lines, stamps: Mapping[str, _Stamp]) -> dict[str, RecordState]:
    states: dict[str, RecordState] = {}
    torn = (OSError, ValueError, TypeError, LookupError, AttributeError)
    for lines in cache.read():
        with contextlib.suppress(*torn):
            if next(lines, "").rstrip("\n") == _head():
                states.update(_states_of(lines, stamps))
    return states


def _states_of(
    lines: Iterable[str], stamps: Mapping[str, _Stamp]
) -> Iterator[tuple[str, RecordState]]:
    """Yield the states of the pairs that look as their lines say."""
    known: dict[tuple[str, ...], tuple[str, ...]] = {}  # equal ones are one in memory
    common: list[tuple[list[str] | None, dict[str, Any]]] = []
    for line in lines:
        values = json.loads(line)
        if isinstance(values, dict):
            if values["number"] != len(common):
                raise ValueError("a line is missing")
            common.append(
                (values["key"], _typed(dict(zip(_SHARED, values["shared"], strict=True))))
            )
            continue
        number, stamp, source, *own = values
        if stamps.get(own[0]) != stamp:
            continue
        key, shared = common[number]
        mine = dict(zip(_OWN, own, strict=True))
        for field in ("reasons", "flags", "reviewed_as"):
            several = tuple(mine[field])
            mine[field] = known.setdefault(several, several)
        parts = None if key is None else KeyParts(source or mine["source_sha256"], *key)
        yield own[0], RecordState(key_parts=parts, **mine, **shared)
