"""What holds for all tests: an untouched home, signals as a terminal sends them, and an end.

A test that hangs ends the run: `faulthandler_timeout` in pyproject.toml.
"""

from __future__ import annotations

import faulthandler
import os
import secrets
import shutil
import signal
import sys
import tempfile
from collections.abc import Generator, Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import settings

from tiny_models import MADE

# No time limit an example: machines are shared. In CI the same examples each time, so that a change
# is judged by its own faults; elsewhere new ones, so that faults are found.
settings.register_profile("default", deadline=None)
settings.register_profile("ci", deadline=None, derandomize=True)
settings.load_profile("ci" if os.environ.get("CI") else "default")

ROOT = Path(__file__).resolve().parent.parent

#: Every process that a test starts has this in its environment, with the value of this run.
MARK = "SEEDSUM_TESTED_BY"
#: Standard error as it is outside of tests, whose own is captured.
_STDERR = pytest.StashKey[int]()
#: Whether the mark is this process's own: it is no worker, and no test has started it.
_IS_FIRST = pytest.StashKey[bool]()


def pytest_configure(config: pytest.Config) -> None:
    config.stash[_IS_FIRST] = MARK not in os.environ
    if config.stash[_IS_FIRST]:
        os.environ[MARK] = secrets.token_hex(8)
        os.environ[MADE] = tempfile.mkdtemp(prefix="seedsum-tiny-models-")
    config.stash[_STDERR] = os.dup(2)
    # A shell that starts the tests in the background ignores SIGINT, and so would all that tests
    # start. What is handled here is not handled there.
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_teardown(item: pytest.Item) -> Generator[None]:
    """Let no fixture's end hang: pytest itself watches a test only until it fails."""
    seconds = float(str(item.config.getini("faulthandler_timeout")))
    faulthandler.dump_traceback_later(seconds, file=item.config.stash[_STDERR], exit=True)
    return (yield)


@pytest.hookimpl(trylast=True)
def pytest_unconfigure(config: pytest.Config) -> None:
    """End what tests have left behind: it would keep open what the tests write to."""
    os.close(config.stash[_STDERR])
    if not config.stash[_IS_FIRST]:
        return
    shutil.rmtree(os.environ[MADE], ignore_errors=True)
    mark = f"{MARK}={os.environ[MARK]}".encode()
    for path in Path("/proc").glob("[0-9]*/environ"):
        pid = int(path.parent.name)
        with suppress(OSError):
            if pid != os.getpid() and mark in path.read_bytes().split(b"\0"):
                command = (path.parent / "cmdline").read_bytes().replace(b"\0", b" ")
                os.kill(pid, signal.SIGKILL)
                shown = command[:200].decode(errors="replace")
                print(f"left behind by a test, and ended: {shown}", file=sys.stderr)


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


@pytest.fixture(autouse=True)
def untouched_signals() -> Iterator[None]:
    """Give signals back the meaning that they had: the command line changes it for its process."""
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    yield
    for number, handler in before.items():
        if handler is not None:  # one of a library in C
            signal.signal(number, handler)
