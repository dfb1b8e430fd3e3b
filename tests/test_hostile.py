"""The real command over hostile sources, with the huge ones small; see reliability/hostile.py."""

from __future__ import annotations

import pytest

import hostile

pytestmark = pytest.mark.slow


@pytest.mark.parametrize("name", hostile.CASES)
def test_hostile_sources_do_no_harm(name: str) -> None:
    found = hostile.run_case(name, hostile.QUICK)
    assert found.num_documents > 1
