"""Results kept by text: a second chance checks up to twenty candidates against one source."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache, wraps
from typing import Concatenate, ParamSpec, TypeVar, cast

P = ParamSpec("P")
R = TypeVar("R")

_MAX_TEXTS = 512
_MAX_CHARS = 1_000  # no sentence is longer


def remembered(function: Callable[Concatenate[str, P], R]) -> Callable[Concatenate[str, P], R]:
    """Return the function of a text, which must be pure, with its latest results kept."""
    kept = cast("Callable[Concatenate[str, P], R]", lru_cache(maxsize=_MAX_TEXTS)(function))

    @wraps(function)
    def look_up(text: str, /, *args: P.args, **kwargs: P.kwargs) -> R:
        return (kept if len(text) <= _MAX_CHARS else function)(text, *args, **kwargs)

    return look_up
