"""Where a run's time goes: seconds by stage, and what they say together with the counts."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager


class Timings:
    """Seconds by stage, from any thread; stages that go on at once are each summed."""

    def __init__(self) -> None:
        self._begin = time.perf_counter()
        self._seconds: dict[str, float] = {}
        self._lock = threading.Lock()

    @contextmanager
    def measure(self, stage: str) -> Iterator[None]:
        """Add the time of the body to the stage, also where it fails."""
        begin = time.perf_counter()
        try:
            yield
        finally:
            self.add({stage: time.perf_counter() - begin})

    def add(self, seconds: Mapping[str, float]) -> None:
        """Add seconds by stage that were measured elsewhere."""
        with self._lock:
            for stage, spent in seconds.items():
                self._seconds[stage] = self._seconds.get(stage, 0.0) + spent

    def take(self) -> dict[str, float]:
        """Return the seconds since the last call, for another's `add`."""
        with self._lock:
            seconds, self._seconds = self._seconds, {}
        return seconds

    def seconds(self) -> dict[str, float]:
        """Return the seconds so far by stage, sorted, and `total` since the beginning."""
        total = time.perf_counter() - self._begin
        with self._lock:
            stages = sorted(self._seconds.items())
        return {stage: round(spent, 3) for stage, spent in (*stages, ("total", total))}


def rates(seconds: Mapping[str, float], counters: Mapping[str, int]) -> dict[str, float]:
    """Return what seconds and counters say as ratios; one of nothing is left out.

    `target_tokens_per_second` of decoding; `padded_per_source_token` of the batches as they were
    planned; `cache_hit_rate`, hits per look-up.
    """
    num_tokens = counters.get("target_tokens", 0)
    ratios = {
        "target_tokens_per_second": (num_tokens, num_tokens and seconds.get("decoding", 0.0)),
        "padded_per_source_token": (
            counters.get("padded_source_tokens", 0),
            counters.get("source_tokens", 0),
        ),
        "cache_hit_rate": (counters.get("cache_hits", 0), counters.get("cache_lookups", 0)),
    }
    return {name: round(part / whole, 4) for name, (part, whole) in ratios.items() if whole}
