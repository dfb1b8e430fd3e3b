"""When a run last ended and how, and what it left: the one clock of `status` and the metrics.

In `OUTPUT/.seedsum/last-run.json`, also for a run that had nothing to do, which leaves no report.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass, field

from seedsum.files import STATE_FOLDER
from seedsum.output.places import Where, place_of
from seedsum.records import Notice

_NAME = f"{STATE_FOLDER}/last-run.json"
_VERSION = 1


@dataclass(frozen=True, slots=True)
class LastRun:
    """How runs over an output last ended; times as ISO 8601, UTC."""

    ended: str = ""  # empty, and no exit code, where none is known
    exit_code: int | None = None
    last_success: str = ""  # when one last ended with 0; empty where none did
    notices: tuple[Notice, ...] = ()
    #: Articles in the input by the folders that were given, as counted when all was well.
    num_sources: Mapping[str, int] = field(default_factory=dict)


def read_last_run(output: Where) -> LastRun:
    """Return how the last run ended; nothing is known where the file is not there or torn."""
    try:
        table = json.loads(place_of(output).read(_NAME) or b"")
        if table.pop("version") != _VERSION:
            return LastRun()
        notices = tuple(Notice(**notice) for notice in table.pop("notices"))
        return LastRun(notices=notices, **table)
    except (OSError, ValueError, TypeError, KeyError, AttributeError):
        return LastRun()


def write_last_run(output: Where, last: LastRun) -> None:
    """Write how a run ended, if the output is there; what cannot be written stays as it was."""
    place = place_of(output)
    if not place.is_there():
        return
    text = json.dumps({"version": _VERSION, **asdict(last)}, ensure_ascii=False, indent=1)
    with suppress(OSError):
        place.write(_NAME, f"{text}\n".encode("utf-8", "backslashreplace"))
