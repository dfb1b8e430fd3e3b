"""The memory of the worker's process: its settings, its limit, what is kept and given back."""

from __future__ import annotations

import ctypes
import resource
from collections.abc import Iterable, Mapping
from contextlib import suppress

from seedsum.engines.ctranslate2 import has_small_weights
from seedsum.records import ResolvedModel

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


#: What glibc reads when a process starts, and what keeps threads from caching small blocks there
#: (its manual, "Tunables"); other C libraries read neither.
_TUNABLES = "GLIBC_TUNABLES"
_CACHE_COUNT = "glibc.malloc.tcache_count"

#: MKL's own, which it reads when it is first used; CTranslate2 uses MKL on Intel's CPUs.
_NO_BUFFERS = "MKL_DISABLE_FAST_MM"


def settings(models: Iterable[ResolvedModel], own: Mapping[str, str]) -> dict[str, str]:
    """Return the environment to start a worker with: `own`, and a lean heap for small models.

    CTranslate2's buffers are aligned, and glibc before 2.39 puts the ends that it cuts off each
    into a thread's cache (its bug 30723). What is freed is then never whole again, and no later
    buffer fits. Without that cache, a run over 200 articles takes 211 to 215 MB at its peak instead
    of 255 to 270 (starter, glibc 2.36; with 2.41 212 to 216 instead of 214 to 218), in 0.98 of the
    time (median of 9 pairs, 0.94 to 1.01). With a model of opus-mt's size it takes as much, in 1.03
    of the time (median of 5 pairs, 0.99 to 1.06).

    Where MKL keeps no buffers, 400 sentences with the starter took 0.99 of the time (medians of 8
    rounds) and 132 MB after 159 at the peak, but 200 with a model of opus-mt's size 1.07 (medians
    of 5). So neither is set where a model has large weights.
    """
    environment = dict(own)
    folders = [model.folder for model in models if model.folder is not None]
    if all(map(has_small_weights, folders)):
        environment.setdefault(_NO_BUFFERS, "1")
        tunables = own.get(_TUNABLES, "")
        if _CACHE_COUNT not in tunables:
            environment[_TUNABLES] = ":".join(filter(None, (tunables, f"{_CACHE_COUNT}=0")))
    return environment


def give_back_memory() -> None:
    """Return to the system what the C library keeps of freed memory, where it can."""
    with suppress(OSError, AttributeError):
        ctypes.CDLL(None).malloc_trim(0)
