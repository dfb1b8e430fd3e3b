"""What a person is told of how much there is to do and how long it takes, on a virtual clock."""

from __future__ import annotations

import random

import pytest

from seedsum.pipeline import supervision
from seedsum.pipeline.pace import Pace, duration
from seedsum.records import Action, Source, Task


def simulated(
    *, num_documents: int, seconds_per_segment: float, seed: int
) -> list[tuple[float, float]]:
    """Return at each tenth of the work how long it had gone on, and how long was said to be left.

    Windows are read up to three ahead of what is decoded, as in a run; sizes vary tenfold.
    """
    rng = random.Random(seed)
    sizes = [rng.randrange(1_000, 10_000) for _ in range(num_documents)]
    segments = [max(1, size // 120 + rng.randrange(-5, 6)) for size in sizes]
    pace = Pace(num_bytes=sum(sizes))
    now, read, moments, told = 5.0, 0, [], 0
    for number, count in enumerate(segments):
        while read < min(number + 192, num_documents):
            pace.found(segments[read], sizes[read], now=now)
            read += 1
        for _ in range(count):
            now += seconds_per_segment * rng.uniform(0.5, 1.5)
            pace.num_done += 1
            if pace.num_done * 10 // sum(segments) > told:
                told += 1
                moments.append((now, pace.seconds_left(now) or 0.0))
    assert pace.num_done == pace.total == sum(segments) and not pace.is_estimate
    return [(now - moment, left) for moment, left in moments[:-1]]


@pytest.mark.parametrize("num_documents", [300, 3_000])
def test_after_a_tenth_of_the_work_the_time_left_is_right_within_a_factor_of_two(
    num_documents: int,
) -> None:
    told = simulated(num_documents=num_documents, seconds_per_segment=0.02, seed=num_documents)
    assert len(told) == 9
    for true, said in told:
        assert true / 2 <= said <= true * 2


def test_a_total_that_may_grow_is_marked() -> None:
    pace = Pace(num_bytes=3_000)
    assert pace.describe(0.0) == "0 of about 0 segments"
    pace.found(10, 1_000, now=1.0)
    assert (pace.total, pace.seconds_left(1.0)) == (30, None)
    pace.num_done = 5
    assert pace.describe(2.0) == "5 of about 30 segments, 5.0 a second, about 10 seconds left"
    pace.found(14, 2_000, now=3.0)
    pace.num_done = 12
    assert pace.describe(4.0) == "12 of 24 segments, 4.0 a second, a few seconds left"
    pace.num_done = 26  # two were over the model's limit
    assert pace.describe(5.0) == "26 of 26 segments, 6.5 a second, a few seconds left"


@pytest.mark.parametrize(
    ("seconds", "said"),
    [
        (1, "a few seconds"), (38, "about 40 seconds"), (75, "about a minute"),
        (185, "about 3 minutes"), (7000, "about 2 hours"),
    ],
)  # fmt: skip
def test_times_are_said_as_people_say_them(seconds: float, said: str) -> None:
    assert duration(seconds) == said


def test_the_first_windows_are_small_so_that_pairs_come_early() -> None:
    tasks = [Task(f"{n}", Action.WRITE, ("new",), Source(f"{n}", "", "", 10)) for n in range(300)]
    windows = list(supervision._groups(tasks))
    assert [len(window) for window in windows] == [8, 16, 32, 64, 64, 64, 52]
    assert [task for window in windows for task in window] == tasks
