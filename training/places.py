"""Where the recipe reads and writes by default: shared data, a folder outside the repository."""

from __future__ import annotations

import argparse
import os
from pathlib import Path

SHARED = Path(os.environ.get("SEEDSUM_SHARED", "../shared"))
#: The weights a run starts from, in transformers' layout, and their vocabulary.
STARTER = SHARED / "data" / "starter-full"
WORK = Path(os.environ.get("XDG_CACHE_HOME") or "~/.cache").expanduser() / "seedsum-training"


def add_work(parser: argparse.ArgumentParser) -> None:
    """The option for the work folder, the same in every script."""
    parser.add_argument(
        "--work", type=Path, default=WORK, help="folder for all that is made (default: %(default)s)"
    )
