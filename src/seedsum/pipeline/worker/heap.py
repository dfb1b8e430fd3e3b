"""The memory of the worker's process: its settings, its limit, what is kept and given back."""

from __future__ import annotations

import ctypes
import resource
from contextlib import suppress

# Source: glibc's malloc.h, and mallopt(3).
_M_TRIM_THRESHOLD, _M_MMAP_THRESHOLD = -1, -3
_LARGEST = 2**31 - 1


def limit_memory(max_bytes: int | None) -> None:
    """Let what would take more fail with `MemoryError`, instead of the machine with it."""
    if max_bytes is not None:
        _, hard = resource.getrlimit(resource.RLIMIT_DATA)
        if hard != resource.RLIM_INFINITY:
            max_bytes = min(max_bytes, hard)
        resource.setrlimit(resource.RLIMIT_DATA, (max_bytes, hard))


def keep_freed_memory() -> None:
    """Let the C library, where it is glibc, keep what is freed until `give_back_memory`.

    A step of decoding with a vocabulary of 58,101 takes and frees buffers of some 20 MB, which it
    would ask the system for each time, zeroed. 400 sentences took 11.4 s without and 10.9 s with it
    (size of opus-mt), 1.80 and 1.77 s (starter), and at the peak 710 and 675 MB.
    """
    with suppress(OSError, AttributeError):
        library = ctypes.CDLL(None)
        library.mallopt(_M_MMAP_THRESHOLD, _LARGEST)
        library.mallopt(_M_TRIM_THRESHOLD, _LARGEST)


def give_back_memory() -> None:
    """Return to the system what the C library keeps of freed memory, where it can."""
    with suppress(OSError, AttributeError):
        ctypes.CDLL(None).malloc_trim(0)
