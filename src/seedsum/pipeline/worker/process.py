"""The worker's process as the run sees it: started, fed, listened to, ended."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from multiprocessing.connection import Pipe
from types import TracebackType
from typing import Self

from seedsum.pipeline.worker.messages import Event, Setup, Window

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
                [sys.executable, "-m", "seedsum.pipeline.worker", str(theirs.fileno())],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,  # the command's standard output is for results
                pass_fds=[theirs.fileno()],
                env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
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
