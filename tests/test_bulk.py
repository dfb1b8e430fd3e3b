"""Many small values: the same when they come back, and small meanwhile."""

from __future__ import annotations

import gc
import tracemalloc
from collections.abc import Callable, Sequence

import pytest

from seedsum.files import sha256_bytes
from seedsum.pipeline.bulk import Packed, without_collection
from seedsum.records import Action, Outcome, Source, Status, Task


def tasks(number: int) -> list[Task]:
    return [
        Task(
            name=f"articles/health-{n:05}.txt",
            action=Action.WRITE,
            reasons=("new",),
            source=Source(
                f"articles/health-{n:05}.txt",
                f"/somewhere/input/articles/health-{n:05}.txt",
                sha256_bytes(str(n).encode()),
                1_000 + n,
            ),
        )
        for n in range(number)
    ]


def outcomes(number: int) -> list[Outcome]:
    return [
        Outcome(f"{n}.txt", Action.WRITE, ("new",), Status.REVIEW, "vi", n, n, 1, f"{n} flagged")
        for n in range(number)
    ]


@pytest.mark.parametrize("values", [[], tasks(64), outcomes(64), ["\udcff.txt", "এ.txt"]])
def test_values_come_back_as_often_as_they_are_asked_for(values: list[object]) -> None:
    packed = Packed(iter(values))
    assert list(packed) == values
    assert list(packed) == values


@pytest.mark.parametrize("make", [tasks, outcomes])
def test_values_take_a_fifth_of_their_memory(make: Callable[[int], Sequence[object]]) -> None:
    def held(make_one: Callable[[], object]) -> int:
        tracemalloc.start()
        kept = make_one()
        gc.collect()  # of tuples, freed ones are kept for the next
        size, _ = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        assert kept is not None
        return size

    assert held(lambda: Packed(make(64))) < held(lambda: make(64)) / 5


def test_the_collector_is_as_it_was_before() -> None:
    with pytest.raises(ZeroDivisionError), without_collection():
        assert not gc.isenabled()
        with without_collection():
            pass
        assert not gc.isenabled()
        _ = 1 / 0
    assert gc.isenabled()
