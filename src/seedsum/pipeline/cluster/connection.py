"""The cluster that a run works on: joined, or begun on this machine and ended with the run."""

from __future__ import annotations

import logging
import os
import signal
import sys
import threading
from collections.abc import Mapping, Sequence
from contextlib import ExitStack, redirect_stdout
from dataclasses import dataclass
from types import ModuleType
from typing import Any

from seedsum.engines.memory import MAX_WORKERS
from seedsum.errors import UsageError

#: What `--ray` takes beside an address.
AUTO = "auto"


@dataclass(frozen=True, slots=True)
class Room:
    """How many workers a cluster has room for, and what each gets of it."""

    num_workers: int
    num_cores: int
    num_gpus: int


def ray_module() -> ModuleType:
    """Return Ray.

    Raises:
        UsageError: It is not installed.
    """
    try:
        import ray
    except ImportError as error:
        raise UsageError(
            "to run on a cluster, Ray is needed, and it is not installed; run: pip install"
            " 'seedsum[ray]'"
        ) from error
    return ray


class Connection:
    """A connection to a cluster."""

    def __init__(self, address: str) -> None:
        """Connect.

        Raises:
            UsageError: There is no cluster at that address, or Ray is not installed.
        """
        self.ray: Any = ray_module()
        stated = os.environ.get("RAY_ADDRESS", "") if address == AUTO else address
        if stated.startswith("ray://"):
            raise UsageError(
                f"--ray {stated}: Ray's client protocol is not supported; start the run on a"
                " machine of the cluster with --ray auto, for example by `ray job submit`"
            )
        self.is_ours, self.dashboard = False, ""
        self._redirected = ExitStack()
        if self.ray.is_initialized():  # by the program that calls `seedsum.run`
            return
        self.is_ours = True
        # What Ray says of its workers goes to standard output, which is for results.
        self._redirected.enter_context(redirect_stdout(sys.stderr))
        handlers = _handlers()
        os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")  # nothing is sent to anybody
        options: dict[str, Any] = {"log_to_driver": False, "logging_level": logging.ERROR}
        if not stated or stated == "local":
            # As the worker of a run on one machine has: by default Ray's wait for all else.
            os.environ.setdefault("RAY_worker_niceness", "0")
            options["num_cpus"] = len(os.sched_getaffinity(0))
        try:
            joined = self.ray.init(address=stated or "local", **options)
            self.dashboard = joined.dashboard_url or ""
        except Exception as error:  # one that begins too slowly raises nothing more special
            self._redirected.close()
            raise UsageError(
                f"--ray {address}: no Ray cluster can be reached at {stated or 'this machine'}"
                f" ({_first_line(error)}); check the address, or start one with `ray start --head`"
            ) from error
        finally:  # a signal ends a run as it always does, and not as Ray would
            for number, handler in handlers.items():
                signal.signal(number, handler)

    def room(self, num_workers: int | None, *, device: str) -> Room:
        """Return the workers that fit, or so many, of a group of cores or a GPU each.

        Raises:
            UsageError: The cluster has no GPU, which the run's own machine has.
        """
        nodes = [
            node["Resources"]
            for node in self.ray.nodes()
            if node["Alive"] and node["Resources"].get("CPU", 0) >= 1
        ]
        return room_of(nodes, num_workers, device=device)

    def describe(self, room: Room) -> str:
        """Return one line about the cluster."""
        context = self.ray.get_runtime_context()
        at = context.gcs_address
        if self.dashboard:
            at = f"{at}, dashboard http://{self.dashboard}"
        each = f"{room.num_cores} core{'s' * (room.num_cores != 1)}"
        each += " and a GPU" * bool(room.num_gpus)
        return f"Ray at {at}: {room.num_workers} worker{'s' * (room.num_workers != 1)} of {each}"

    def close(self) -> None:
        """Leave the cluster; what was begun for this run ends."""
        if self.is_ours:
            self.ray.shutdown()
        self._redirected.close()


def room_of(nodes: Sequence[Mapping[str, float]], num_workers: int | None, *, device: str) -> Room:
    """Return the workers that nodes with these resources have room for; see `Connection.room`."""
    cores = [int(node["CPU"]) for node in nodes]
    gpus = [int(node.get("GPU", 0)) for node in nodes]
    if not cores:
        raise UsageError("the Ray cluster has no machine with a core to spare; start one")
    if device != "cpu":
        pairs = [(core, gpu) for core, gpu in zip(cores, gpus, strict=True) if gpu]
        if not pairs:
            raise UsageError(
                "this machine has a GPU and the Ray cluster has none; hide it from the run"
                " (CUDA_VISIBLE_DEVICES=) to work on cores"
            )
        most = sum(gpu for _, gpu in pairs)
        each = max(1, min(MAX_WORKERS, *(core // gpu for core, gpu in pairs)))
        return Room(num_workers or most, each, 1)
    if num_workers:
        each = max(1, min(MAX_WORKERS, sum(cores) // num_workers, min(cores)))
        return Room(num_workers, each, 0)
    each = min(MAX_WORKERS, *cores)
    return Room(sum(core // each for core in cores), each, 0)


def _handlers() -> dict[signal.Signals, Any]:
    """Return what signals do now; Ray puts its own in place of it."""
    if threading.current_thread() is not threading.main_thread():
        return {}
    return {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}


def _first_line(error: BaseException) -> str:
    return next(iter(str(error).strip().splitlines()), type(error).__name__)
