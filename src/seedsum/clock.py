"""Where a run's time goes: seconds by stage, and counts of what was done.

One `Clock` is made for each run and handed down. Neighbours: `pipeline` makes it and puts it into
the run report; `window` and `loaded` measure with it.
"""

from __future__ import annotations

import secrets
import threading
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime

#: Measured beside the stages of the main thread, and no part of their sum.
OVERLAPPING = ("checks", "decoding", "loading", "reading", "second-chance", "writing")


class Clock:
    """Wall time by stage, and counters; the only place of a run that reads a clock.

    A worker's process has a clock of its own, and sends what it measured to the run's.

    A thread's stages do not overlap: the time of a stage inside another counts for the inner one
    only, so that the stages of the main thread add up to the run. What is measured beside them may
    be measured by several threads at once.

    Attributes:
        started: When, in UTC, as ISO 8601.
        run_id: Begins with the same time, so that runs sort by it; no two are equal.
        counters: What was done, by name; whoever does it counts it, with `count`.
    """

    def __init__(self) -> None:
        """Start the clock."""
        self.started = datetime.now(UTC).isoformat(timespec="seconds")
        stamp = self.started.replace("-", "").replace(":", "").removesuffix("+0000")
        self.run_id = f"{stamp}Z-{secrets.token_hex(3)}"
        self.counters: Counter[str] = Counter()
        self._begin = time.perf_counter()
        self._stages: dict[str, float] = {}
        self._beside: dict[str, tuple[int, float]] = {}
        self._inside = threading.local()
        self._lock = threading.Lock()

    @contextmanager
    def measure(self, stage: str) -> Iterator[None]:
        """Add the time of the body, without that of stages inside it, to the stage."""
        begin = time.perf_counter()
        outer = getattr(self._inside, "seconds", 0.0)
        self._inside.seconds = 0.0
        try:
            yield
        finally:
            spent = time.perf_counter() - begin
            self._add(stage, spent - self._inside.seconds)
            self._inside.seconds = outer + spent

    @contextmanager
    def measure_beside(self, name: str) -> Iterator[None]:
        """Add the time of the body to a name of `OVERLAPPING`; the stage around it keeps it too.

        Time in which several threads measure the same name counts once.
        """
        with self._lock:
            num_inside, begin = self._beside.get(name, (0, time.perf_counter()))
            self._beside[name] = (num_inside + 1, begin)
        try:
            yield
        finally:
            with self._lock:
                num_inside, begin = self._beside.pop(name)
                if num_inside > 1:
                    self._beside[name] = (num_inside - 1, begin)
            if num_inside == 1:
                self._add(name, time.perf_counter() - begin)

    def count(self, **numbers: int) -> None:
        """Add each number to the counter of its name; from any thread."""
        with self._lock:
            self.counters.update(numbers)

    def take(self) -> tuple[dict[str, float], dict[str, int]]:
        """Return seconds by stage and counters, for another clock's `add`, and forget them."""
        with self._lock:
            seconds, counters = dict(self._stages), dict(self.counters)
            self._stages.clear()
            self.counters.clear()
        return seconds, counters

    def add(self, seconds: Mapping[str, float], counters: Mapping[str, int]) -> None:
        """Add what another clock has measured."""
        for name, spent in seconds.items():
            self._add(name, spent)
        self.count(**counters)

    def _add(self, name: str, seconds: float) -> None:
        with self._lock:
            self._stages[name] = self._stages.get(name, 0.0) + seconds

    def seconds(self) -> dict[str, float]:
        """Return the seconds so far by stage, sorted, and `total` since the clock was made."""
        total = time.perf_counter() - self._begin
        return {
            **{name: round(spent, 3) for name, spent in sorted(self._stages.items())},
            "total": round(total, 3),
        }

    def rates(self) -> dict[str, float]:
        """Return what the counters say as ratios; one of nothing is left out.

        `target_tokens_per_second` of decoding; `padded_per_source_token` of the batches as they
        were planned; `cache_hit_rate`, hits per look-up.
        """
        counted = self.counters
        ratios = {
            "target_tokens_per_second": (
                counted["target_tokens"],
                self._stages.get("decoding", 0.0) if counted["target_tokens"] else 0.0,
            ),
            "padded_per_source_token": (
                counted["padded_source_tokens"],
                counted["source_tokens"],
            ),
            "cache_hit_rate": (counted["cache_hits"], counted["cache_lookups"]),
        }
        return {name: round(part / whole, 4) for name, (part, whole) in ratios.items() if whole}
