"""The limit of the memory of the worker's process."""

from __future__ import annotations

import resource


def limit_memory(max_bytes: int | None) -> None:
    """Let what would take more fail with `MemoryError`, instead of the machine with it."""
    if max_bytes is None:
        return
    _, hard = resource.getrlimit(resource.RLIMIT_DATA)
    if hard != resource.RLIM_INFINITY:
        max_bytes = min(max_bytes, hard)
    resource.setrlimit(resource.RLIMIT_DATA, (max_bytes, hard))
