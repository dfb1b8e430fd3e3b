"""The clock's stages add up to the run."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from seedsum.clock import Clock


@dataclass
class Hands:
    """Time that passes when it is told to."""

    now_seconds: float = 100.0

    def perf_counter(self) -> float:
        return self.now_seconds


@pytest.fixture
def hands(monkeypatch: pytest.MonkeyPatch) -> Hands:
    hands = Hands()
    monkeypatch.setattr("seedsum.clock.time.perf_counter", hands.perf_counter)
    return hands


def test_a_stage_inside_another_counts_once_and_the_stages_add_up(hands: Hands) -> None:
    measured = Clock()
    with measured.measure("outer"):
        hands.now_seconds += 2
        for _ in range(2):
            with measured.measure("inner"), measured.measure_beside("decoding"):
                hands.now_seconds += 3
        hands.now_seconds += 1
    with measured.measure("outer"):
        hands.now_seconds += 4
    assert measured.seconds() == {"decoding": 6, "inner": 6, "outer": 7, "total": 13}


def test_a_stage_that_fails_is_measured_too(hands: Hands) -> None:
    measured = Clock()
    with pytest.raises(ValueError), measured.measure("outer"), measured.measure("inner"):
        hands.now_seconds += 2
        raise ValueError
    assert measured.seconds() == {"inner": 2, "outer": 0, "total": 2}


def test_rates_of_nothing_are_left_out(hands: Hands) -> None:
    measured = Clock()
    with measured.measure_beside("decoding"):
        hands.now_seconds += 2
    assert measured.rates() == {}
    measured.counters.update(cache_lookups=4, source_tokens=10, padded_source_tokens=12)
    assert measured.rates() == {"padded_per_source_token": 1.2, "cache_hit_rate": 0.0}
    measured.counters["target_tokens"] = 5
    assert measured.rates()["target_tokens_per_second"] == 2.5


def test_no_two_runs_have_one_id() -> None:
    assert len({Clock().run_id for _ in range(20)}) == 20
