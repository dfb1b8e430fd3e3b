"""What failed how often: `OUTPUT/.seedsum/failures.json`, beside the pairs and never in them.

A count in a record would make a pair's bytes depend on how often a run was broken off. Without the
file, what was quarantined is tried again.
"""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

from seedsum.records import Failure
from seedsum.store.files import STATE_FOLDER, write_file

_NAME = "failures.json"
_VERSION = 1


def read_failures(output: Path) -> dict[str, Failure]:
    """Return the failures by document name; none where the file is not there or torn."""
    try:
        table = json.loads((output / STATE_FOLDER / _NAME).read_bytes())
        entries = table["failures"] if table["version"] == _VERSION else {}
        return {name: Failure(**entry) for name, entry in entries.items()}
    except (OSError, ValueError, TypeError, KeyError, AttributeError):
        return {}


def write_failures(output: Path, failures: Mapping[str, Failure]) -> None:
    """Write all failures in place of those that are there; only for the holder of the lock.

    Where that is not possible (the disk is full) the old ones stay: a document is tried once more.
    """
    entries = {name: dataclasses.asdict(failures[name]) for name in sorted(failures)}
    text = json.dumps({"version": _VERSION, "failures": entries}, ensure_ascii=False, indent=1)
    with suppress(OSError):
        (output / STATE_FOLDER).mkdir(parents=True, exist_ok=True)
        write_file(output / STATE_FOLDER / _NAME, (text + "\n").encode("utf-8", "backslashreplace"))
