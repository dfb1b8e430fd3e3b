"""The worker's process as the run sees it: started, fed, listened to, ended."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from multiprocessing.connection import Pipe
from types import TracebackType
from typing import Self

from seedsum.worker.messages import Event, Setup, Window

#: How long the process may take to end when it has nothing left to do.
_END_SECONDS = 10.0


class WorkerLost(Exception):  # noqa: N818 - it is caught, and becomes a document's failure
    """The worker's process ended by itself, or shows no sign of life; says how."""


class WorkerProcess:
    """A `Workshop` in a process of its own; a context manager that ends the process.

    It is killed, not asked, where its work is not over: it keeps nothing that could be torn.
    """

    def __init__(self, setup: Setup) -> None:
        """Start the process; it begins to load its libraries at once."""
        self._connection, theirs = Pipe()
        with theirs, _no_signals():
            self._process = subprocess.Popen(
                [sys.executable, "-m", "seedsum.worker", str(theirs.fileno())],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,  # the command's standard output is for results
                pass_fds=[theirs.fileno()],
                env=environment(os.environ),
            )
        self._post(setup)

    def send(self, window: Window) -> None:
        """Give it one more window to do."""
        self._post(tuple(window))

    def receive(self, *, timeout_seconds: float) -> Event:
        """Return what it says next.

        Raises:
            WorkerLost: It ended, or said nothing for that long.
        """
        try:
            if self._connection.poll(timeout_seconds):
                event: Event = self._connection.recv()
                return event
        except (EOFError, OSError):
            raise WorkerLost(self._how_it_ended()) from None
        raise WorkerLost(
            f"no sign of progress for {timeout_seconds:g} seconds (--document-timeout);"
            " the process that did it was ended"
        )

    def finish(self) -> None:
        """Say that there is nothing more to do, and wait for its end."""
        self._post(None)
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(_END_SECONDS)

    def __enter__(self) -> Self:
        """Return itself."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """End the process, whatever it does."""
        self._process.kill()
        self._process.wait()
        self._connection.close()

    def _post(self, message: object) -> None:
        with suppress(OSError):  # what has ended is found out by `receive`
            self._connection.send(message)

    def _how_it_ended(self) -> str:
        code = self._process.wait()
        if code >= 0:
            return f"the process that did it ended with exit status {code}"
        name = signal.Signals(-code).name
        memory = " (out of memory?)" if -code in (signal.SIGKILL, signal.SIGABRT) else ""
        return f"the process that did it was killed by {name}{memory}"


#: What glibc reads when a process starts, and what keeps threads from caching small blocks there
#: (its manual, "Tunables"); other C libraries read neither.
TUNABLES = "GLIBC_TUNABLES"
_CACHE_COUNT = "glibc.malloc.tcache_count"


def environment(own: Mapping[str, str]) -> dict[str, str]:
    """Return a worker's environment: the run's own, its import path, and a heap without holes.

    CTranslate2's buffers are aligned, and glibc before 2.39 puts the ends that it cuts off each
    into a thread's cache (its bug 30723). What is freed is then never whole again, and no later
    buffer fits. Without that cache, a run over 200 articles takes 211 to 215 MB at its peak instead
    of 255 to 270 (starter, glibc 2.36; with 2.41 212 to 216 instead of 214 to 218), in 0.98 of the
    time (median of 9 pairs, 0.94 to 1.01).
    """
    tunables = own.get(TUNABLES, "")
    if _CACHE_COUNT not in tunables:
        tunables = ":".join(filter(None, (tunables, f"{_CACHE_COUNT}=0")))
    return {
        **own,
        "PYTHONPATH": os.pathsep.join(filter(None, sys.path)),
        TUNABLES: tunables,
    }


@contextmanager
def _no_signals() -> Iterator[None]:
    """Block what a terminal and a service manager send to every process of a run.

    A process that is started meanwhile has them blocked for good, and the run answers for both.
    """
    before = signal.pthread_sigmask(signal.SIG_BLOCK, (signal.SIGINT, signal.SIGTERM))
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
