"""Writes models.lock beside the bundled model; a step of every change of it.

python training/lock.py src/seedsum/starter
"""

from __future__ import annotations

import argparse
from pathlib import Path

from seedsum.models.lock import LockedModel, write_lock
from seedsum.models.storage import record_files


def lock_bundled(folder: Path, licence: str = "CC-BY-SA-4.0") -> Path:
    """Write the lock of the model in `folder`/ct2, and return it."""
    entry = LockedModel(
        source=f"bundled:{folder.name}",
        revision="bundled",
        commit="bundled",
        licence=licence,
        files=record_files(folder / "ct2"),
    )
    path = folder / "models.lock"
    write_lock(path, {"ct2": entry})
    return path


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    print(lock_bundled(parser.parse_args().folder))
