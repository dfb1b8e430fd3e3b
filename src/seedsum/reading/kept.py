"""What is made of a file of many articles, kept while the file is as it was."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache, wraps
from pathlib import Path
from typing import Concatenate, ParamSpec, TypeVar, cast

P = ParamSpec("P")
R = TypeVar("R")

#: Files that are kept: as many as windows of documents are read at once.
MAX_KEPT = 3


def kept_by_file(
    function: Callable[Concatenate[Path, P], R],
) -> Callable[Concatenate[Path, P], R]:
    """Return the function of a file with its latest results kept, until the file changes."""

    def made(path: Path, size: int, mtime_ns: int, /, *args: P.args, **kwargs: P.kwargs) -> R:
        return function(path, *args, **kwargs)

    kept = cast("Callable[Concatenate[Path, int, int, P], R]", lru_cache(maxsize=MAX_KEPT)(made))

    @wraps(function)
    def look_up(path: Path, /, *args: P.args, **kwargs: P.kwargs) -> R:
        status = path.stat()
        return kept(path, status.st_size, status.st_mtime_ns, *args, **kwargs)

    return look_up
