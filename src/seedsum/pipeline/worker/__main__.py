"""The worker's process: takes windows from its run's connection, and says what came of them."""

from __future__ import annotations

import ctypes
import os
import resource
import signal
import sys
import traceback
from contextlib import closing, suppress
from multiprocessing.connection import Connection
from typing import Any

from seedsum.errors import SeedsumError
from seedsum.pipeline.worker.channel import Channel
from seedsum.pipeline.worker.messages import Alive, Setup, Stopped
from seedsum.pipeline.worker.workshop import Workshop

_PR_SET_PDEATHSIG = 1  # Source: linux/prctl.h


def main(descriptor: int) -> None:
    """Work until there is no more window, or the run is gone."""
    # A run that is killed cannot end its worker. The kernel does, also in the middle of a decoding.
    with suppress(OSError, AttributeError):
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    connection: Connection[Any, Any] = Connection(descriptor)
    channel = Channel(connection)
    exit_status = 0
    try:
        setup: Setup = channel.receive()
        _limit_memory(setup.max_memory_bytes)
        with closing(Workshop(setup, tell=channel.send)) as workshop:
            channel.send(Alive())  # its start is not the first document's time
            while (window := channel.receive()) is not None:
                workshop.begin(window)
    except EOFError:
        pass  # the run is gone: nobody is there to be told
    except SeedsumError as error:
        channel.send(Stopped(error))
    except BaseException:
        traceback.print_exc()
        exit_status = 1
    channel.flush()
    os._exit(exit_status)  # threads that still work are not waited for


def _limit_memory(max_bytes: int | None) -> None:
    """Let what would take more fail with `MemoryError`, instead of the machine with it."""
    if max_bytes is None:
        return
    _, hard = resource.getrlimit(resource.RLIMIT_DATA)
    if hard != resource.RLIM_INFINITY:
        max_bytes = min(max_bytes, hard)
    resource.setrlimit(resource.RLIMIT_DATA, (max_bytes, hard))


if __name__ == "__main__":
    main(int(sys.argv[1]))
