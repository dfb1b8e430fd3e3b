"""Some weeks of nightly runs: what should be said is said, nothing else, and nothing is lost."""

from __future__ import annotations

from pathlib import Path

import pytest

from year import play


@pytest.mark.slow
@pytest.mark.parametrize("seed", [0, 1])
def test_weeks_of_nightly_runs_end_as_they_should(seed: int, tmp_path: Path) -> None:
    found = play(tmp_path, num_days=40, seed=seed)
    assert found.faults == []
    assert found.counts.total() - found.counts["usual"] > 10
