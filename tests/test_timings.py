"""Where a run's time goes."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from seedsum.pipeline.timings import Timings, rates


@dataclass
class Hands:
    """Time that passes when it is told to."""

    now_seconds: float = 100.0

    def perf_counter(self) -> float:
        return self.now_seconds


@pytest.fixture
def hands(monkeypatch: pytest.MonkeyPatch) -> Hands:
    hands = Hands()
    monkeypatch.setattr("seedsum.pipeline.timings.time.perf_counter", hands.perf_counter)
    return hands


def test_every_stage_is_summed_also_one_that_fails(hands: Hands) -> None:
    timings = Timings()
    for _ in range(2):
        with timings.measure("reading"):
            hands.now_seconds += 3
    with pytest.raises(ValueError), timings.measure("summary"), timings.measure("decoding"):
        hands.now_seconds += 2
        raise ValueError
    assert timings.seconds() == {"decoding": 2, "reading": 6, "summary": 2, "total": 8}


def test_what_is_taken_counts_for_another(hands: Hands) -> None:
    run, worker = Timings(), Timings()
    for _ in range(2):
        with worker.measure("reading"):
            hands.now_seconds += 1
        run.add(worker.take())
    assert run.seconds()["reading"] == 2 and worker.take() == {}


def test_rates_of_nothing_are_left_out() -> None:
    assert rates({"decoding": 2.0}, {}) == {}
    counters = {"cache_lookups": 4, "source_tokens": 10, "padded_source_tokens": 12}
    assert rates({}, counters) == {"padded_per_source_token": 1.2, "cache_hit_rate": 0.0}
    assert rates({"decoding": 2.0}, {"target_tokens": 5}) == {"target_tokens_per_second": 2.5}
