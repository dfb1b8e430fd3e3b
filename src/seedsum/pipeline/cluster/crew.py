"""The workers on a cluster as the run sees them: started, fed, listened to, ended."""

from __future__ import annotations

import secrets
import time
from collections import deque
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from seedsum import __version__
from seedsum.errors import UsageError, WorkerError
from seedsum.output.places import Place, is_address
from seedsum.pipeline.cluster.actor import SILENT_SECONDS, Ready, Unfit, Worker
from seedsum.pipeline.cluster.connection import Connection
from seedsum.pipeline.cluster.node import SIGHT, Assignment
from seedsum.pipeline.options import RunOptions
from seedsum.pipeline.progress import Progress
from seedsum.pipeline.shards import Shard, state_file
from seedsum.pipeline.worker.messages import Alive, Event, Lost, Said, Setup, Stopped, Window
from seedsum.records import Task

#: One thread of an actor waits for what is to be said, the others take windows.
_NUM_THREADS = 3
_POLL_SECONDS = 1.0
#: After that time without a worker a person should know what the run waits for.
_PATIENT_SECONDS = 60.0


@dataclass(slots=True)
class _Actor:
    """A worker on the cluster."""

    name: str
    slot: int
    handle: Any
    asked: Any  # the answer to `events` that is on its way
    host: str = ""  # where it is, once it is there
    heard: float = 0.0  # when it last answered


class RayCrew:
    """Workers that are actors of Ray."""

    is_here = False

    def __init__(
        self,
        setup: Setup,
        options: RunOptions,
        *,
        place: Place,
        tasks: Sequence[Task],
        progress: Progress,
        shard: Shard | None = None,
    ) -> None:
        """Connect to the cluster.

        Raises:
            UsageError: There is none, or no room for a worker on it.
        """
        assert options.ray is not None
        self._progress, self._options = progress, options
        self._connection = Connection(options.ray)
        try:
            room = self._connection.room(options.ray_workers, device=setup.context.runtime.device)
            progress.message(self._connection.describe(room))
            self._ray: Any = self._connection.ray
            self._actor_class = self._ray.remote(Worker)
            self._setup = self._ray.put(setup)  # once for all of them
            self._sight = secrets.token_hex(8)
            self._seen = state_file(SIGHT, shard)
            place.write(self._seen, self._sight.encode())
        except BaseException:
            self._connection.close()
            raise
        self.size, self._room = room.num_workers, room
        self._run = place.run
        self._sample = next((path for task in tasks if (path := _file_of(task))), "")
        self._actors: dict[int, _Actor] = {}
        self._num_hired = 0
        self._free_slots = list(range(self.size, 0, -1))
        self._said: deque[tuple[int, Event]] = deque()
        self._arithmetic = ""  # of the first worker
        self._patient_until = time.monotonic() + _PATIENT_SECONDS

    def hire(self) -> None:
        """Have Ray start an actor, where and when it has room for one."""
        self._num_hired += 1
        name, slot = f"seedsum-worker-{self._num_hired}", self._free_slots.pop()
        assignment = Assignment(
            name,
            self._options,
            version=__version__,
            folder=str(Path.cwd()),
            run=self._run,
            seen=self._seen,
            sight=self._sight,
            sample=self._sample,
            num_cores=self._room.num_cores,
            slot=slot,
        )
        actor = self._actor_class.options(
            name=name,
            num_cpus=self._room.num_cores,
            num_gpus=self._room.num_gpus,
            max_concurrency=_NUM_THREADS,
            max_restarts=0,
        )
        handle = actor.remote(assignment, self._setup)
        asked = handle.events.remote()
        self._actors[self._num_hired] = _Actor(name, slot, handle, asked)

    def dismiss(self, worker: int) -> None:
        """Kill an actor; its process ends with it."""
        if actor := self._actors.pop(worker, None):
            self._free_slots.append(actor.slot)
            self._said = deque(one for one in self._said if one[0] != worker)
            with suppress(Exception):  # it may be gone
                self._ray.kill(actor.handle)

    def send(self, worker: int, window: Window) -> None:
        """Give an actor a window; that it cannot be reached is found out by `receive`."""
        number = len(window.tasks)
        what = f"window {window.number}: {number} document{'s' * (number != 1)}"
        self._actors[worker].handle.do_window.options(name=what).remote(window)

    def receive(self) -> tuple[int, Event]:
        """Return what one of them says next."""
        while not self._said:
            if not self._actors:
                raise WorkerError("no worker is left")
            asked = {actor.asked: worker for worker, actor in self._actors.items()}
            for answer in self._answered(list(asked)):
                self._listen(asked[answer])
            self._look_for_silent_ones()
            self._say_what_it_waits_for()
        return self._said.popleft()

    def _answered(self, asked: list[Any]) -> list[Any]:
        """Return those that have been answered, after a while if there is none."""
        try:
            first, _ = self._ray.wait(asked, timeout=_POLL_SECONDS)
            if first:  # and all others that have
                first, _ = self._ray.wait(asked, num_returns=len(asked), timeout=0)
        except SystemError as error:  # a signal came, and Ray is not prepared for what it raises
            raise error.__cause__ or error from None
        return list(first)

    def _listen(self, worker: int) -> None:
        """Take in an answer, and ask for the next."""
        from ray.exceptions import ActorUnschedulableError, RayActorError, RayError

        actor = self._actors[worker]
        try:
            answer = self._ray.get(actor.asked)
        except RayActorError as error:
            lost = self._how_it_was_lost(actor, error)
            if isinstance(lost, Lost):
                self._said.append((worker, Said(f"{lost.message}; what it had is done again")))
            self._said.append((worker, lost))
            return
        except ActorUnschedulableError as error:  # its process did not begin: a busy machine, say
            why = " ".join(str(error).split())
            lost = Lost(f"{actor.name} could not be started: {why}", by_document=False)
            self._said.append((worker, Said(f"{lost.message}; another is")))
            self._said.append((worker, lost))
            return
        except RayError as error:
            self._said.append((worker, Stopped(WorkerError(f"{actor.name}: {error}"))))
            return
        actor.heard = time.monotonic()
        actor.asked = actor.handle.events.remote()
        for event in answer:
            match event:
                case Ready():
                    self._begin(worker, event)
                case Unfit():
                    self._give_up(worker, event)
                case _:
                    self._said.append((worker, event))

    def _begin(self, worker: int, ready: Ready) -> None:
        actor = self._actors[worker]
        actor.host = ready.host
        self._arithmetic = self._arithmetic or ready.arithmetic
        self._said.append((worker, Alive()))
        if ready.arithmetic != self._arithmetic:
            text = (
                f"WARNING: {actor.name} on {actor.host} computes in another class of arithmetic"
                f" ({ready.arithmetic}) than the first worker ({self._arithmetic}): single words"
                ' may differ by who made a pair; compute_type = "float32" avoids that'
            )
            self._said.append((worker, Said(text)))

    def _give_up(self, worker: int, unfit: Unfit) -> None:
        """Go on without a machine on which no worker can be, if there is any other."""
        name = self._actors[worker].name
        message = f"{name} cannot work on {unfit.host}: {unfit.error}"
        self.dismiss(worker)
        if self._actors:
            self._progress.message(f"WARNING: {message}")
        else:
            self._said.append((worker, Stopped(type(unfit.error)(message))))

    def _look_for_silent_ones(self) -> None:
        """Give up actors that do not even say that they have nothing to say."""
        most_seconds = self._options.document_timeout_seconds + 2 * SILENT_SECONDS
        for worker, actor in self._actors.items():
            if actor.heard and time.monotonic() - actor.heard > most_seconds:
                message = f"{actor.name} on {actor.host} shows no sign of life; it was ended"
                self._said.append((worker, Lost(message, by_document=False)))
                actor.heard = 0.0

    def _say_what_it_waits_for(self) -> None:
        if time.monotonic() < self._patient_until:
            return
        self._patient_until += 10 * _PATIENT_SECONDS
        if not any(actor.host for actor in self._actors.values()):
            self._progress.message(
                f"waiting for Ray to start a worker of {self._room.num_cores} cores; is the cluster"
                " in use by others?"
            )

    def _how_it_was_lost(self, actor: _Actor, error: Exception) -> Event:
        """Return what an actor's end means; one that never began has an error that will stay."""
        if getattr(error, "actor_init_failed", False) or "creation task" in str(error):
            return Stopped(
                UsageError(
                    f"{actor.name} cannot begin: is seedsum {__version__} with the extra ray"
                    f" installed on every machine of the cluster? Ray says: {error}"
                )
            )
        where = f" on {actor.host}" if actor.host else ""
        return Lost(
            f"{actor.name}{where} was lost (its process was killed, or its machine is gone)",
            by_document=False,
        )

    def finish(self) -> None:
        """Do nothing: what was given is done."""

    def close(self) -> None:
        """Kill the actors, and leave the cluster."""
        for worker in list(self._actors):
            self.dismiss(worker)
        self._connection.close()


def _file_of(task: Task) -> str:
    """Return the file that a task's article is in, absolute; empty where it is in none."""
    path = task.source.path if task.source else None
    return "" if path is None or is_address(path) else str(Path(path).absolute())
