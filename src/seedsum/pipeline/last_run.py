"""When a run last ended and how, and what it left: the one clock of `status` and the metrics.

In `OUTPUT/.seedsum/last-run.json`, also for a run that had nothing to do, which leaves no report.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass, field, replace

from seedsum.output.places import Place, Where, place_of
from seedsum.pipeline.shards import Shard, state_file, state_files
from seedsum.records import Notice

_NAME = "last-run.json"
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


def inputs_key(paths: Iterable[object]) -> str:
    """Return the paths as one text, the same with and without a slash at a folder's end."""
    texts = (str(path) for path in paths)
    return "\n".join(sorted(text.rstrip("/") or text for text in texts))


def read_last_run(output: Where, *, shard: Shard | None = None) -> LastRun:
    """Return how the last run ended; nothing is known where the file is not there or torn."""
    return _read(place_of(output), state_file(_NAME, shard))


def read_last_runs(output: Where) -> LastRun:
    """Return how the last run ended, or the shards since then: as well as the worst of them."""
    place = place_of(output)
    last = read_last_run(place)
    shards = [_read(place, file) for file in state_files(place, _NAME)]
    since = [one for one in shards if one.exit_code is not None and one.ended >= last.ended]
    if not since:
        return last
    worst = max(since, key=lambda one: one.exit_code or 0)
    return replace(
        last,
        ended=max(one.ended for one in since),
        exit_code=worst.exit_code,
        last_success=min(one.last_success for one in since) or last.last_success,
        notices=tuple(dict.fromkeys(notice for one in since for notice in one.notices)),
    )


def _read(place: Place, file: str) -> LastRun:
    try:
        table = json.loads(place.read(file) or b"")
        if table.pop("version") != _VERSION:
            return LastRun()
        notices = tuple(Notice(**notice) for notice in table.pop("notices"))
        return LastRun(notices=notices, **table)
    except (OSError, ValueError, TypeError, KeyError, AttributeError):
        return LastRun()


def write_last_run(output: Where, last: LastRun, *, shard: Shard | None = None) -> None:
    """Write how a run ended, if the output is there; what cannot be written stays as it was.

    How shards ended before a run without is nothing that anybody asks.
    """
    place = place_of(output)
    if not place.is_there():
        return
    text = json.dumps({"version": _VERSION, **asdict(last)}, ensure_ascii=False, indent=1)
    with suppress(OSError):
        place.write(state_file(_NAME, shard), f"{text}\n".encode("utf-8", "backslashreplace"))
