"""Fixtures shared by all tests: the optional data folder, and an untouched home."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import settings

# No time limit an example: machines are shared. In CI the same examples each time, so that a change
# is judged by its own faults; elsewhere new ones, so that faults are found.
settings.register_profile("default", deadline=None)
settings.register_profile("ci", deadline=None, derandomize=True)
settings.load_profile("ci" if os.environ.get("CI") else "default")

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture(scope="session")
def shared() -> Path:
    """Return the optional data folder, or skip: it is not part of the project."""
    folder = Path(os.environ.get("SEEDSUM_SHARED", ROOT.parent / "shared"))
    if not folder.is_dir():
        pytest.skip(f"needs the optional data folder (SEEDSUM_SHARED, now {folder})")
    return folder


@pytest.fixture(autouse=True)
def isolated_home(
    tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> Path:
    """Point every cache and configuration folder at a throw-away home."""
    home = tmp_path_factory.mktemp("home")
    for variable in ("HOME", "XDG_CACHE_HOME", "XDG_CONFIG_HOME", "XDG_DATA_HOME", "HF_HOME"):
        monkeypatch.setenv(variable, str(home))
    # Files that a test has just written have settled.
    monkeypatch.setenv("SEEDSUM_SETTLE", "0")
    for variable in ("HF_TOKEN", "HF_ENDPOINT", "HF_HUB_OFFLINE", "SEEDSUM_CONFIG"):
        monkeypatch.delenv(variable, raising=False)
    return home
