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

from seedsum.files import STATE_FOLDER, write_file
from seedsum.records import Failure

_NAME = "failures.json"
_DOING_NAME = "doing.json"
_VERSION = 1
#: Of the whole machine: a service's own count ends with the service.
_KERNEL_COUNTS = Path("/proc/vmstat")


def read_failures(output: Path) -> dict[str, Failure]:
    """Return the failures by document name; none where the file is not there or torn."""
    try:
        table = json.loads((output / STATE_FOLDER / _NAME).read_bytes())
        entries = table["failures"] if table["version"] == _VERSION else {}
        return {name: _failure(entry) for name, entry in entries.items()}
    except (OSError, ValueError, TypeError, KeyError, AttributeError):
        return {}


def _failure(entry: Mapping[str, Any]) -> Failure:
    failure = Failure(**entry)
    if datetime.fromisoformat(failure.last).tzinfo is None:
        raise ValueError(f"{failure.last!r} is no time in UTC")
    return failure


def write_failures(output: Path, failures: Mapping[str, Failure]) -> None:
    """Write all failures in place of those that are there; only for the holder of the lock.

    Where that is not possible (the disk is full) the old ones stay: a document is tried once more.
    """
    entries = {name: dataclasses.asdict(failures[name]) for name in sorted(failures)}
    text = json.dumps({"version": _VERSION, "failures": entries}, ensure_ascii=False, indent=1)
    _write(output / STATE_FOLDER / _NAME, text)


@dataclasses.dataclass(frozen=True, slots=True)
class Killed:
    """What a run was doing when it was killed."""

    names: frozenset[str] = frozenset()  # of documents; mostly none
    #: The kernel has killed a process for want of memory since then: the only kill from outside
    #: that may be a document's fault.
    out_of_memory: bool = False


def read_doing(output: Path) -> Killed:
    """Return what a run was doing when it was killed."""
    try:
        doing = json.loads((output / STATE_FOLDER / _DOING_NAME).read_bytes())
        if isinstance(doing, list):  # of 0.1
            return Killed(frozenset(doing))
        before, now = doing["oom_kills"], _num_oom_kills()
        is_counted = isinstance(before, int) and now is not None
        return Killed(frozenset(doing["names"]), bool(is_counted and now > before))
    except (OSError, ValueError, TypeError, KeyError):
        return Killed()


def write_doing(output: Path, names: Iterable[str]) -> None:
    """Write down what is being done from now on; nothing, where a run ends in order.

    Only for the holder of the lock. Where it cannot be written, nobody is blamed.
    """
    path = output / STATE_FOLDER / _DOING_NAME
    if names := sorted(names):
        _write(path, json.dumps({"names": names, "oom_kills": _num_oom_kills()}))
    else:
        path.unlink(missing_ok=True)


def _num_oom_kills() -> int | None:
    """Return how many processes the kernel has killed for want of memory since it started."""
    with suppress(OSError, ValueError):
        for line in _KERNEL_COUNTS.read_text().splitlines():
            name, _, number = line.partition(" ")
            if name == "oom_kill":
                return int(number)
    return None


def _write(path: Path, text: str) -> None:
    with suppress(OSError):
        write_file(path, (text + "\n").encode("utf-8", "backslashreplace"))
