"""The attacks of reliability/attack.py, short; docs/reliability.md has the long ones."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow

ATTACK = Path(__file__).resolve().parent.parent / "reliability" / "attack.py"


def can_mount(folder: Path) -> bool:
    if os.geteuid():
        return False
    folder.mkdir()
    done = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=1M", "none", str(folder)],
        capture_output=True,
        check=False,
    )
    if not done.returncode:
        subprocess.run(["umount", str(folder)], check=True)
    return not done.returncode


@pytest.mark.parametrize(
    ("attack", "times", "documents"),
    [
        ("kill", 4, 9),
        ("signals", 3, 9),
        ("full", 3, 9),
        ("together", 2, 6),
        ("disturb", 1, 9),
        ("order", 2, 9),
        ("soak", 1, 480),
    ],
)
def test_nothing_is_lost_torn_doubled_or_different(
    tmp_path: Path, attack: str, times: int, documents: int
) -> None:
    if attack in ("full", "disturb") and not can_mount(tmp_path / "disk"):
        pytest.skip("needs the right to mount a small file system")
    seed = "1" if os.environ.get("CI") else str(int.from_bytes(os.urandom(3)))
    done = subprocess.run(
        [sys.executable, str(ATTACK), attack, "--times", str(times), "--documents",
         str(documents), "--seed", seed],
        capture_output=True,
        text=True,
        check=False,
    )  # fmt: skip
    assert done.returncode == 0, f"--seed {seed}\n{done.stdout}\n{done.stderr}"
    assert done.stdout.startswith(f"| {attack} |")
