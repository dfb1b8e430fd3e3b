"""What a run can be told: one object, or its fields one at a time."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest

from seedsum.pipeline.options import RunOptions, Shortcuts, with_shortcuts


def test_every_option_has_a_shortcut() -> None:
    assert set(Shortcuts.__annotations__) == {
        field.name for field in dataclasses.fields(RunOptions)
    }


def test_a_shortcut_comes_before_the_options() -> None:
    options = RunOptions(profile="starter", force=True)
    assert with_shortcuts(options, profile="other") == RunOptions(profile="other", force=True)
    assert with_shortcuts(None, output="here").output == Path("here")


def test_an_unknown_shortcut_is_refused() -> None:
    with pytest.raises(TypeError, match="limits"):
        with_shortcuts(None, limits=None)  # type: ignore[call-arg]
