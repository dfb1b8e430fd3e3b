"""One run at a time over a place in a store: a lease, by objects that only one of many can create.

A run claims the next number (`.seedsum/lease/NUMBER.claim`), and while it lives it renews
`NUMBER.alive`. Whoever comes meanwhile keeps out; once there was no sign of life for the time that
the lease says, by the store's clock, the next number may be claimed. A run that was stopped, or cut
off, sees by its own clock, before each put, that its time is over; it goes on only where it can
claim the next number itself, so that nobody came between. A put that was on its way all that time
carries the number of its lease, and a store with conditions refuses it where it would replace what
the other run has put since.
"""

from __future__ import annotations

import json
import os
import secrets
import socket
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime

from seedsum.errors import LockedError, UsageError
from seedsum.files import STATE_FOLDER
from seedsum.output.places.faults import ChangedError, StoreError, locked
from seedsum.output.places.stores import Store

#: How long a lease holds without a sign of life, in seconds, unless SEEDSUM_LEASE says another:
#: longer than a store that is slow or throttles takes for a few tries.
_SECONDS = 60.0
#: Of that, how much its holder counts on, and how often it renews.
_SURE_SHARE, _RENEWAL_SHARE = 0.8, 0.25
#: Stores give times in whole seconds.
_CLOCK_STEP_SECONDS = 1.0
_POLL_SECONDS = 1.0
#: Claims that are kept: they say which puts came late.
_NUM_KEPT = 1000


class LeaseLostError(LockedError):
    """Another run may have taken the output over, so that nothing more is written."""


def _seconds_of_lease() -> float:
    stated = os.environ.get("SEEDSUM_LEASE") or str(_SECONDS)
    try:
        seconds = float(stated)
    except ValueError:
        seconds = 0.0
    if not 1 <= seconds <= 3600:
        raise UsageError(f"SEEDSUM_LEASE is {stated!r}; set it to seconds from 1 to 3600")
    return seconds


def _stated_seconds(alive: Mapping[str, object]) -> float:
    """Return how long a lease is, as its holder says."""
    stated = alive.get("seconds")
    return float(stated) if isinstance(stated, int | float) else _SECONDS


def _clock() -> float:
    """Return seconds of a clock that nobody sets and that goes on while the machine sleeps."""
    return time.clock_gettime(time.CLOCK_BOOTTIME)


@dataclass(slots=True)
class Lease:
    """A lease that is held, or was."""

    number: int
    address: str
    seconds: float
    sure_until: float  # by `_clock`
    #: Takes it again where its time is over, or finds that another has.
    again: Callable[[Lease], None]
    is_taken_over: bool = False
    #: The run that it is of, whatever its number.
    run: str = field(default_factory=lambda: secrets.token_hex(8))

    @property
    def is_sure(self) -> bool:
        """Whether nobody else can have it yet."""
        return not self.is_taken_over and _clock() < self.sure_until

    def check(self) -> None:
        """Do nothing while the lease holds; take it again where nobody else has meanwhile.

        Raises:
            LeaseLostError: Somebody has.
            OSError: The store does not say.
        """
        if not self.is_sure and not self.is_taken_over:
            self.again(self)
        if self.is_taken_over:
            raise LeaseLostError(
                f"{self.address}: this run was stopped, or cut off from the store, for more than"
                f" {self.seconds:g} seconds, and another has taken the output over; it has written"
                " nothing more, and what it has done stays done"
            )


class Leases:
    """The leases of one place, past and present."""

    def __init__(self, store: Store, prefix: str, address: str) -> None:
        self._store, self._address = store, address
        self._folder = f"{prefix}{STATE_FOLDER}/lease/"
        self._began: dict[int, int] = {}  # by number, in nanoseconds by the store's clock
        self._is_original: dict[int, bool] = {}
        self._read_at = 0.0
        self._taking = threading.Lock()

    @contextmanager
    def hold(self, *, wait_seconds: float) -> Iterator[Lease]:
        """Take the lease, renew it meanwhile, and give it back.

        Raises:
            LockedError: Another run holds it, and still did after the wait.
        """
        deadline = time.monotonic() + wait_seconds
        while isinstance(lease := self._take(), str):
            if time.monotonic() >= deadline:
                raise locked(self._address, lease)
            time.sleep(_POLL_SECONDS)
        over = threading.Event()
        renewal = threading.Thread(target=self._renew, args=(lease, over), daemon=True)
        renewal.start()
        try:
            yield lease
        finally:
            over.set()
            renewal.join()
            with suppress(OSError, UsageError):
                if lease.is_sure:
                    self._say(lease, ended=True)

    def holder(self) -> str:
        """Return who has the lease now; empty where nobody has."""
        newest = max(self._claims(), default=0)
        if not newest or (alive := self._alive(newest)).get("ended"):
            return ""
        return self._holder(newest, alive)

    def _take(self) -> Lease | str:
        """Return the lease, or who has it."""
        seconds = _seconds_of_lease()
        claims = self._claims()
        newest = max(claims, default=0)
        was_lost = False
        if newest:
            alive = self._alive(newest)
            if not alive.get("ended"):
                if holder := self._holder(newest, alive):
                    return holder
                was_lost = True
        # It counts from before the claim: whoever wakes up late after that is not sure of it.
        sure_until = _clock() + seconds * _SURE_SHARE
        lease = Lease(newest, self._address, seconds, sure_until, self._take_again)
        if not self._claim(lease):
            return "it began a moment earlier"
        if was_lost:
            # What the other had on its way is seen in planning, or carries a later time.
            time.sleep(_CLOCK_STEP_SECONDS + 0.1)
        self._say(lease)
        for old in sorted(claims)[:-_NUM_KEPT]:
            self._store.delete(self._key(old, "alive"))
            self._store.delete(self._key(old, "claim"))
        return lease

    def _claim(self, lease: Lease) -> bool:
        """Give a lease the number after its own, and return whether nobody else has that."""
        number = lease.number + 1
        try:
            self._store.put(self._key(number, "claim"), self._said(lease), only_if="")
        except ChangedError:
            return False
        if max(self._claims(), default=0) == number:
            lease.number = number
            return True
        # It was free since somebody tidied up, long after it was taken.
        self._store.delete(self._key(number, "claim"))
        return False

    def _take_again(self, lease: Lease) -> None:
        """Take the number after one whose time is over: who gets it was not preceded by anybody."""
        with self._taking:
            if lease.is_sure or lease.is_taken_over:
                return
            began = _clock()
            if not self._claim(lease):
                lease.is_taken_over = True
                return
            lease.sure_until = began + lease.seconds * _SURE_SHARE
            self._say(lease)

    def _holder(self, number: int, alive: dict[str, object]) -> str:
        """Return who holds a lease; empty where it has run out."""
        silent = self._silence(number)
        seconds = _stated_seconds(alive)
        if silent is None or silent > seconds + _CLOCK_STEP_SECONDS:
            return ""
        return (
            f"{alive.get('holder', 'process unknown')}, last sign of life"
            f" {max(silent, 0):.0f} s ago; of a run that was killed it ends after {seconds:.0f} s"
        )

    def _silence(self, number: int) -> float | None:
        """Return how long a lease shows no sign of life; its claim is the first one."""
        silent = self._store.age_seconds(self._key(number, "alive"))
        return self._store.age_seconds(self._key(number, "claim")) if silent is None else silent

    def joined(self, run: str) -> Lease:
        """Return the lease of a run for another process that writes as a part of it.

        It holds while that run renews it, which the store is asked for where it is not sure.
        """
        return Lease(0, self._address, _SECONDS, 0.0, self._look_again, run=run)

    def _look_again(self, lease: Lease) -> None:
        """See whether the run that a lease is of still has it, and until when that is sure."""
        with self._taking:
            if lease.is_sure or lease.is_taken_over:
                return
            began = _clock()
            newest = max(self._claims(after=max(lease.number - 1, 0)), default=0)
            alive = self._alive(newest)
            if alive.get("run") != lease.run or alive.get("ended"):
                lease.is_taken_over = True
                return
            silent = self._silence(newest) or 0.0
            lease.number, lease.seconds = newest, _stated_seconds(alive)
            sure_seconds = lease.seconds * _SURE_SHARE - max(silent, 0.0) - _CLOCK_STEP_SECONDS
            lease.sure_until = began + sure_seconds
            if not lease.is_sure:
                raise StoreError(
                    f"{self._address}: the run that holds it has shown no sign of life for"
                    f" {silent:.0f} seconds"
                )

    def _renew(self, lease: Lease, over: threading.Event) -> None:
        while not over.wait(lease.seconds * _RENEWAL_SHARE) and not lease.is_taken_over:
            began = _clock()
            # What fails here may pass; if it does not, the time runs out by itself.
            with suppress(OSError, UsageError):
                if max(self._claims(after=lease.number), default=0) > lease.number:
                    lease.is_taken_over = True
                elif not lease.is_sure:
                    self._take_again(lease)
                else:
                    self._say(lease)
                    lease.sure_until = began + lease.seconds * _SURE_SHARE

    def _say(self, lease: Lease, *, ended: bool = False) -> None:
        self._store.put(self._key(lease.number, "alive"), self._said(lease, ended=ended))

    def _said(self, lease: Lease, *, ended: bool = False) -> bytes:
        said = {
            "holder": f"process {os.getpid()} on {socket.gethostname()}",
            "said": datetime.now(UTC).isoformat(timespec="seconds"),
            "seconds": lease.seconds,
            "began_ns": self._began.get(lease.number, 0),
            "ended": ended,
            "run": lease.run,
        }
        return json.dumps(said).encode()

    def _alive(self, number: int) -> dict[str, object]:
        """Return what the holder of a lease said last."""
        for kind in ("alive", "claim"):
            found = self._store.get(self._key(number, kind))
            with suppress(ValueError):
                said = json.loads(found.data if found else b"")
                if isinstance(said, dict):
                    return said
        return {}

    def _claims(self, *, after: int = 0) -> dict[int, int]:
        """Return when leases were claimed, by number."""
        begin = self._key(after, "claim") if after else ""
        claims = {}
        for item in self._store.list(self._folder, after=begin):
            number, _, kind = item.key.removeprefix(self._folder).partition(".")
            if kind == "claim" and number.isdecimal():
                claims[int(number)] = item.mtime_ns
        self._began |= claims
        return claims

    def _key(self, number: int, kind: str) -> str:
        return f"{self._folder}{number:012}.{kind}"

    def is_late(self, number: int, mtime_ns: int) -> bool:
        """Return whether what was put then under that lease came after a later one had begun.

        Not so of what was copied here from elsewhere, with the claims and their order.
        """
        later = [one for one in self._began if one > number]
        if not later and _clock() - self._read_at > _POLL_SECONDS:
            self._read_at = _clock()
            self._claims()
            later = [one for one in self._began if one > number]
        if not later:
            return False
        following = min(later)
        began_ns = self._began[following]
        if mtime_ns // 10**9 <= began_ns // 10**9:
            return False
        if following not in self._is_original:
            stated = self._alive(following).get("began_ns")
            is_near = isinstance(stated, int) and abs(stated - began_ns) <= 2 * 10**9
            self._is_original[following] = is_near
        return self._is_original[following]
