"""The worker's process: takes windows from its run's connection, and says what came of them."""

from __future__ import annotations

import ctypes
import os
import signal
import sys
import threading
import traceback
from collections.abc import Iterator
from contextlib import suppress
from multiprocessing.connection import Connection
from typing import Any

from seedsum.errors import SeedsumError
from seedsum.pipeline.worker.heap import give_back_memory, keep_freed_memory, limit_memory
from seedsum.pipeline.worker.messages import Alive, Event, Setup, Stopped, Window, WindowDone
from seedsum.pipeline.worker.workshop import Workshop

_PR_SET_PDEATHSIG = 1  # Source: linux/prctl.h


def main(descriptor: int) -> None:
    """Work until there is no more window, or the run is gone."""
    # A run that is killed cannot end its worker. The kernel does, also in the middle of a decoding.
    with suppress(OSError, AttributeError):
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    connection: Connection[Any, Any] = Connection(descriptor)
    saying = threading.Lock()

    def tell(event: Event) -> None:
        with saying:
            connection.send(event)

    exit_status = 0
    try:
        setup: Setup = connection.recv()
        limit_memory(setup.max_memory_bytes)
        keep_freed_memory()
        try:
            with Workshop(setup, tell=tell) as workshop:
                tell(Alive())  # its start is not the first document's time
                for event in workshop.work(_windows(connection)):
                    tell(event)
                    if isinstance(event, WindowDone):
                        give_back_memory()
        except SeedsumError as error:
            tell(Stopped(error))
    except (EOFError, ConnectionError):
        pass  # the run is gone: nobody is there to be told
    except BaseException:
        traceback.print_exc()
        exit_status = 1
    # A thread may wait for the next window for ever, and would be waited for.
    os._exit(exit_status)


def _windows(connection: Connection[Any, Any]) -> Iterator[Window]:
    while (window := connection.recv()) is not None:
        yield window


if __name__ == "__main__":
    main(int(sys.argv[1]))
