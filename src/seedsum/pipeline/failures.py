"""What failed how often, and what is being done: in `OUTPUT/.seedsum`, never in the pairs.

A count in a record would make a pair's bytes depend on how often a run was broken off. Without the
file, what was quarantined is tried again.
"""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Iterable, Mapping
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import Any

from seedsum.files import STATE_FOLDER
from seedsum.output.places import Place, Where, place_of
from seedsum.records import Failure

_NAME = f"{STATE_FOLDER}/failures.json"
_DOING_NAME = f"{STATE_FOLDER}/doing.json"
_VERSION = 1
#: Stands for all that is being done where none of it can take the run itself down.
ELSEWHERE = "*"
#: Of the whole machine: a service's own count ends with the service.
_KERNEL_COUNTS = Path("/proc/vmstat")


def read_failures(output: Where) -> dict[str, Failure]:
    """Return the failures by document name; none where the file is not there or torn."""
    try:
        table = json.loads(place_of(output).read(_NAME) or b"")
        entries = table["failures"] if table["version"] == _VERSION else {}
        return {name: _failure(entry) for name, entry in entries.items()}
    except (OSError, ValueError, TypeError, KeyError, AttributeError):
        return {}


def _failure(entry: Mapping[str, Any]) -> Failure:
    failure = Failure(**entry)
    if datetime.fromisoformat(failure.last).tzinfo is None:
        raise ValueError(f"{failure.last!r} is no time in UTC")
    return failure


def write_failures(output: Where, failures: Mapping[str, Failure]) -> None:
    """Write all failures in place of those that are there; only for the holder of the lock.

    Where that is not possible (the disk is full) the old ones stay: a document is tried once more.
    """
    entries = {name: dataclasses.asdict(failures[name]) for name in sorted(failures)}
    text = json.dumps({"version": _VERSION, "failures": entries}, ensure_ascii=False, indent=1)
    _write(place_of(output), _NAME, text)


@dataclasses.dataclass(frozen=True, slots=True)
class Killed:
    """What a run was doing when it was killed."""

    names: frozenset[str] = frozenset()  # of documents; mostly none
    #: The kernel has killed a process for want of memory since then: the only kill from outside
    #: that may be a document's fault.
    out_of_memory: bool = False


def read_doing(output: Where) -> Killed:
    """Return what a run was doing when it was killed."""
    try:
        doing = json.loads(place_of(output).read(_DOING_NAME) or b"")
        if isinstance(doing, list):  # of 0.1
            return Killed(frozenset(doing))
        before, now = doing["oom_kills"], _num_oom_kills()
        is_counted = isinstance(before, int) and now is not None
        return Killed(frozenset(doing["names"]), bool(is_counted and now > before))
    except (OSError, ValueError, TypeError, KeyError):
        return Killed()


def write_doing(output: Where, names: Iterable[str]) -> None:
    """Write down what is being done from now on; nothing, where a run ends in order.

    Only for the holder of the lock. Where it cannot be written, nobody is blamed.
    """
    place = place_of(output)
    if names := sorted(names):
        _write(place, _DOING_NAME, json.dumps({"names": names, "oom_kills": _num_oom_kills()}))
    else:
        place.delete(_DOING_NAME)


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
