"""The worker as the run sees it: started, fed, listened to, ended."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from multiprocessing.connection import Pipe

from seedsum.pipeline.worker.channel import Channel
from seedsum.pipeline.worker.messages import Event, Setup, Window, WorkerLost

#: How long the process may take to end when it has nothing left to do, or has closed its side.
_END_SECONDS = 10.0


class WorkerProcess:
    """A `Workshop` in a process of its own.

    It is killed, not asked, where its work is not over: it keeps nothing that could be torn.
    """

    def __init__(self, setup: Setup) -> None:
        """Start the process; it begins to load its libraries at once."""
        ours, theirs = Pipe()
        with theirs, _no_signals():
            self._process = subprocess.Popen(
                [sys.executable, "-m", "seedsum.pipeline.worker", str(theirs.fileno())],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,  # the command's standard output is for results
                pass_fds=[theirs.fileno()],
                env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
            )
        self._channel = Channel(ours)
        self._channel.send(setup)

    def send(self, window: Window) -> None:
        """Give it one more window to do; returns at once."""
        self._channel.send(window)

    def receive(self, *, timeout_seconds: float) -> Event:
        """Return what it says next.

        Raises:
            WorkerLost: It ended, or said nothing for that long.
        """
        try:
            event: Event = self._channel.receive(timeout_seconds)
            return event
        except EOFError:
            raise WorkerLost(self._how_it_ended()) from None
        except TimeoutError:
            raise WorkerLost(
                f"no sign of progress for {timeout_seconds:g} seconds (--document-timeout);"
                " the process that did it was ended"
            ) from None

    def finish(self) -> None:
        """Say that there is nothing more to do, and wait for its end."""
        self._channel.send(None)
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(_END_SECONDS)

    def close(self) -> None:
        """End the process, whatever it does."""
        self._process.kill()
        self._process.wait()
        self._channel.close()

    def _how_it_ended(self) -> str:
        try:
            code = self._process.wait(_END_SECONDS)
        except subprocess.TimeoutExpired:
            return "the process that did it broke off its connection"
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
