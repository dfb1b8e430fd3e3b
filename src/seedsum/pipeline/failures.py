"""What failed how often, and what is being done: in `OUTPUT/.seedsum`, never in the pairs.

A count in a record would make a pair's bytes depend on how often a run was broken off. Without the
file, what was quarantined is tried again.
"""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Iterable, Mapping
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from seedsum.output.places import Place, Where, place_of
from seedsum.pipeline.shards import Shard, state_file, state_files
from seedsum.records import Failure

_NAME = "failures.json"
_DOING_NAME = "doing.json"
_VERSION = 1
#: Stands for all that is being done where none of it can take the run itself down.
ELSEWHERE = "*"
#: Of the whole machine: a service's own count ends with the service.
_KERNEL_COUNTS = Path("/proc/vmstat")


def read_failures(output: Where) -> dict[str, Failure]:
    """Return the failures by document name; none where the file is not there or torn.

    Where shards have run, what was said last of a document holds.
    """
    place = place_of(output)
    found: dict[str, Failure] = {}
    for file in (state_file(_NAME, None), *state_files(place, _NAME)):
        for name, failure in _read(place, file).items():
            if name not in found or found[name].last <= failure.last:
                found[name] = failure
    return {name: failure for name, failure in found.items() if failure.num_failures}


def _read(place: Place, file: str) -> dict[str, Failure]:
    try:
        table = json.loads(place.read(file) or b"")
        entries = table["failures"] if table["version"] == _VERSION else {}
        return {name: _failure(entry) for name, entry in entries.items()}
    except (OSError, ValueError, TypeError, KeyError, AttributeError):
        return {}


def _failure(entry: Mapping[str, Any]) -> Failure:
    failure = Failure(**entry)
    if datetime.fromisoformat(failure.last).tzinfo is None:
        raise ValueError(f"{failure.last!r} is no time in UTC")
    return failure


def write_failures(
    output: Where, failures: Mapping[str, Failure], *, shard: Shard | None = None
) -> None:
    """Write all failures in place of those that are there; only for the holder of the lock.

    A shard writes those of its own documents, and of what another file says of them, that it is
    over. Where that is not possible (the disk is full) the old ones stay: a document is tried once
    more.
    """
    place = place_of(output)
    if shard is not None:
        now = datetime.now(UTC).isoformat(timespec="seconds")
        over = Failure("", "", 0, "", now, now)
        before = dict.fromkeys(read_failures(place), over)
        failures = {n: one for n, one in {**before, **failures}.items() if shard.holds(n)}
    entries = {name: dataclasses.asdict(failures[name]) for name in sorted(failures)}
    text = json.dumps({"version": _VERSION, "failures": entries}, ensure_ascii=False, indent=1)
    _write(place, state_file(_NAME, shard), text)
    if shard is None:
        for file in state_files(place, _NAME):
            place.delete(file)


@dataclasses.dataclass(frozen=True, slots=True)
class Killed:
    """What a run was doing when it was killed."""

    names: frozenset[str] = frozenset()  # of documents; mostly none
    #: The kernel has killed a process for want of memory since then: the only kill from outside
    #: that may be a document's fault.
    out_of_memory: bool = False


def read_doing(output: Where, *, shard: Shard | None = None) -> Killed:
    """Return what a run was doing when it was killed; without a shard, or any of its shards."""
    place = place_of(output)
    found = [_doing(place, state_file(_DOING_NAME, shard))]
    if shard is None:
        found += [_doing(place, file) for file in state_files(place, _DOING_NAME)]
    names = frozenset[str]().union(*(one.names for one in found))
    return Killed(names, any(one.out_of_memory for one in found))


def _doing(place: Place, file: str) -> Killed:
    try:
        doing = json.loads(place.read(file) or b"")
        if isinstance(doing, list):  # of 0.1
            return Killed(frozenset(doing))
        before, now = doing["oom_kills"], _num_oom_kills()
        is_counted = isinstance(before, int) and now is not None
        return Killed(frozenset(doing["names"]), bool(is_counted and now > before))
    except (OSError, ValueError, TypeError, KeyError):
        return Killed()


def write_doing(output: Where, names: Iterable[str], *, shard: Shard | None = None) -> None:
    """Write down what is being done from now on; nothing, where a run ends in order.

    Only for the holder of the lock. Where it cannot be written, nobody is blamed.
    """
    place = place_of(output)
    file = state_file(_DOING_NAME, shard)
    if names := sorted(names):
        _write(place, file, json.dumps({"names": names, "oom_kills": _num_oom_kills()}))
    else:
        others = state_files(place, _DOING_NAME) if shard is None else ()
        for name in (file, *others):
            place.delete(name)


def _num_oom_kills() -> int | None:
    """Return how many processes the kernel has killed for want of memory since it started."""
    with suppress(OSError, ValueError):
        for line in _KERNEL_COUNTS.read_text().splitlines():
            name, _, number = line.partition(" ")
            if name == "oom_kill":
                return int(number)
    return None


def _write(place: Place, name: str, text: str) -> None:
    with suppress(OSError):
        place.write(name, (text + "\n").encode("utf-8", "backslashreplace"))
