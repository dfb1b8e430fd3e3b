"""A package of somebody else's, installed for a process of its own."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from types import ModuleType


def run_with_package(folder: Path, module: ModuleType, entry_points: str, code: str) -> str:
    """Return what some code prints where a package with the module is installed."""
    assert module.__file__ is not None
    information = folder / "toy-1.0.dist-info"
    information.mkdir(parents=True)
    (information / "METADATA").write_text("Metadata-Version: 2.1\nName: toy\nVersion: 1.0\n")
    (information / "entry_points.txt").write_text(entry_points)
    (folder / Path(module.__file__).name).write_bytes(Path(module.__file__).read_bytes())
    done = subprocess.run(
        [sys.executable, "-c", code],
        env={**os.environ, "PYTHONPATH": os.pathsep.join([str(folder), *filter(None, sys.path)])},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout
