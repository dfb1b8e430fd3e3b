"""An output that is a table: `--output out.parquet`, with its pairs in a folder beside it.

The pairs are an ordinary output (`out.parquet.seedsum/`), with all that this promises: what a
killed run has done stays done, and the table is written from them at the end, at once or not at
all.
"""

from __future__ import annotations

import contextlib
import json
from collections.abc import Sequence
from pathlib import Path

from seedsum import output as store
from seedsum.errors import OutputError, UsageError
from seedsum.files import STATE_FOLDER, sha256_json
from seedsum.output.exchange import articles
from seedsum.output.pairs import RECORD_SUFFIX
from seedsum.output.places import is_address, is_table

_NAME = f"{STATE_FOLDER}/table.json"


def table_of(output: Path | str) -> Path | None:
    """Return the table that is asked for, None where pairs are.

    Raises:
        UsageError: It would lie in a store, or what writes it is not installed.
    """
    if not is_table(output):
        return None
    path = Path(output)
    if is_address(output):
        raise UsageError(
            f"{output}: a table is written on this machine; give an address without"
            f" {path.suffix} for the pairs, then 'seedsum export --format parquet'"
        )
    if path.suffix == ".parquet":
        articles.check_library()
    if path.exists() and store.place_of(path).read(_NAME) is None:
        raise UsageError(
            f"{path}: there is a file already, which no run has written; move it away, or choose"
            " another name with --output"
        )
    return path


def write(table: Path, place: store.Place, names: Sequence[str]) -> None:
    """Write the table of these pairs, unless it is there and none has changed since.

    Raises:
        OutputError: It cannot be written; the one that was there stays.
    """
    entries = sorted((e.name, *e.look) for e in place.entries(suffixes=(RECORD_SUFFIX,)))
    now = sha256_json([list(names), entries])
    try:
        if _is_written(table, place, now):
            return
        articles.write_table(table, articles.rows(place, names))
        place.write(_NAME, json.dumps([now, _look(table)]).encode())
    except OSError as error:
        raise OutputError(
            f"{table}: cannot be written: {error.strerror}; mend that and run again, what is done"
            " stays done"
        ) from error


def _is_written(table: Path, place: store.Place, now: str) -> bool:
    with contextlib.suppress(OSError, ValueError):
        return bool(json.loads(place.read(_NAME) or b"") == [now, _look(table)])
    return False


def _look(table: Path) -> list[int]:
    status = table.stat()
    return [status.st_size, status.st_mtime_ns]
