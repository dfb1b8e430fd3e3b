"""One run at a time over a folder, which processes elsewhere can write to as a part of that run.

They see it on a disk that all machines share, and no signal or end of the run reaches them at once.
So each holds another lock, shared, while it puts a pair, and looks under it whether its run is
still the last that came in. A run that comes in writes down that it is the last, and then waits for
those that were in the middle of a pair.
"""

from __future__ import annotations

import fcntl
import os
import secrets
import time
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from pathlib import Path

from seedsum.errors import LockedError, OutputError, UsageError
from seedsum.files import STATE_FOLDER
from seedsum.output.places.faults import locked

_POLL_SECONDS = 0.1  # often enough not to lose time, seldom enough to cost nothing


@contextmanager
def folder_lock(output: Path, *, wait_seconds: float = 0.0, part: str = "") -> Iterator[str]:
    """Keep other runs out of an output folder, which is made if it is not there.

    Yields what processes elsewhere write by as a part of the run that has the lock (`part_of`).

    The kernel holds the lock for the process (`flock`), so that a killed run leaves nothing behind.
    See `Place.lock` for parts.

    Raises:
        LockedError: Another run holds it, and still did after the wait.
        UsageError: The output folder cannot be made or written.
    """
    deadline = time.monotonic() + wait_seconds
    token = secrets.token_hex(8)
    while isinstance(held := _take(output / STATE_FOLDER, part, token), Path):
        if time.monotonic() >= deadline:
            raise locked(output, _holder(held))
        time.sleep(_POLL_SECONDS)
    with held:
        yield f"{_name(part)}:{token}"


@contextmanager
def part_of(output: Path, run: str) -> Iterator[None]:
    """Keep the next run out while the body writes as a part of this one.

    Raises:
        LockedError: Another run has come in since.
    """
    name, _, token = run.rpartition(":")
    path = output / STATE_FOLDER / name
    descriptor = os.open(_parts(path), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o666)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH)
        if path.read_text(errors="replace").splitlines()[1:] != [token]:
            raise LockedError(f"{output}: another run has come in; this one writes nothing more")
        yield
    finally:
        os.close(descriptor)


@contextmanager
def without_parts(output: Path, run: str) -> Iterator[bool]:
    """Yield whether nobody is in the middle of a pair as a part of this run; none begins then."""
    name, _, _ = run.rpartition(":")
    with ExitStack() as opened:
        is_free = True
        try:
            file = opened.enter_context(_parts(output / STATE_FOLDER / (name or "lock")).open("rb"))
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except FileNotFoundError:
            pass
        except BlockingIOError:
            is_free = False
        yield is_free


def _name(part: str) -> str:
    return f"shards/{part}.lock" if part else "lock"


def _parts(lock: Path) -> Path:
    """Return what those hold that put a pair for the run that has a lock."""
    return lock.with_name(f"{lock.name}.parts")


def _take(folder: Path, part: str, token: str) -> ExitStack | Path:
    """Return the locks that were taken, or the one that another run has."""
    with ExitStack() as taken:
        path = whole = folder / "lock"
        if not _lock(path, fcntl.LOCK_SH if part else fcntl.LOCK_EX, taken, part, token):
            return path
        others = list((folder / "shards").glob("*.lock"))
        if part:
            path = folder / _name(part)
            if not _lock(path, fcntl.LOCK_EX, taken, part, token):
                return path
            # After its own, so that of two runs that look at each other neither misses the other.
            _, _, count = part.rpartition("-")
            others = [one for one in others if not one.stem.endswith(f"-{count}")]
            for other in others:
                if _is_locked(other):
                    return other
        for other in others:  # those runs are over, and whoever writes for them sees it
            os.truncate(other, 0)
        if not _parts_have_ended([path, whole, *others]):
            return path
        return taken.pop_all()


def _parts_have_ended(locks: Iterable[Path]) -> bool:
    """Return whether nobody puts a pair any more for earlier runs with these locks."""
    for lock in locks:
        try:
            with _parts(lock).open("rb") as file:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        except FileNotFoundError:
            continue
    return True


def _is_locked(path: Path) -> bool:
    try:
        with path.open("rb") as file:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    except FileNotFoundError:
        return False
    return False


def _lock(path: Path, kind: int, taken: ExitStack, part: str, token: str) -> bool:
    """Take one lock, and return whether nobody else has it."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o666)
    except OSError as error:
        raise UsageError(
            f"the output folder {path.parent.parent} cannot be written: {error.strerror};"
            " check its permissions or choose another with --output"
        ) from error
    taken.callback(os.close, descriptor)
    try:
        fcntl.flock(descriptor, kind | fcntl.LOCK_NB)
        # The file may have been deleted meanwhile; a lock on it would keep nobody out.
        if os.fstat(descriptor).st_ino != path.stat().st_ino:
            raise FileNotFoundError
    except (BlockingIOError, FileNotFoundError):
        return False
    started = datetime.now(UTC).isoformat(timespec="seconds")
    shard = f", shard {part.replace('-of-', '/')}" if part else ""
    said = f"process {os.getpid()}, since {started}{shard}\n{token}\n"
    try:
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, said.encode(), 0)
    except OSError as error:
        raise OutputError(
            f"the output folder {path.parent.parent} cannot be written: {error.strerror};"
            " mend that and run again"
        ) from error
    return True


def _holder(path: Path) -> str:
    from seedsum.output.rendering import visible_text

    try:
        holder, _, _ = path.read_text(errors="replace").partition("\n")
        return visible_text(holder) or "process unknown"
    except OSError:
        return "process unknown"
