"""How much memory a model takes before it is loaded, how much there is, and the workers for it."""

from __future__ import annotations

import json
import os
import re
import resource
from dataclasses import replace
from pathlib import Path

from seedsum.engines import Engine, engines
from seedsum.records import ResolvedModel, Runtime

# Measured (resident set, beam 4) with M2M100, 6 + 6 layers of width 768: CTranslate2 int8 (103 MB)
# 663 MB with one worker, 1,133 with two; transformers float32 (399 MB) 1,285, conversion 936.

_WEIGHTS_FACTOR = 1.1  # in memory over on disk, for weights

#: What each batch that is decoded takes beside them: of a million weights this many bytes. It grows
#: with layers times width, weights with layers times its square.
_BATCH_BYTES, _BATCH_EXPONENT = 15_000_000, 0.75

_CONVERSION_FACTOR, _CONVERSION_BASE_BYTES = 1.8, 250_000_000

#: More batches at a time than this find no work: what is translated together has some 18 of them.
MAX_WORKERS = 8


def default_runtime() -> Runtime:
    """Return how to use the machine: a GPU if there is one, else one worker for each core.

    That is before the model is known, which can take too much memory: see `fitting_runtime`.
    """
    if _has_gpu():
        return Runtime(device="cuda", num_workers=1, threads_per_worker=1)
    num_cores = len(os.sched_getaffinity(0))  # those that this process may use
    return Runtime(device="cpu", num_workers=num_cores, threads_per_worker=1)


def _has_gpu() -> bool:
    # Without a driver there is no need for the half second that importing an engine takes.
    if not Path("/proc/driver/nvidia/version").exists():
        return False
    import ctranslate2

    return bool(ctranslate2.get_cuda_device_count())


def fitting_runtime(
    model: ResolvedModel, runtime: Runtime | None = None, *, available: int | None = None
) -> Runtime:
    """Return the workers and threads that make the most of the runtime's cores and memory.

    Workers of one thread are the fastest; each takes memory of its own for the batch that it
    decodes. Where so many do not fit into `available` bytes (by default what is free now), there
    are fewer of more threads, down to one of all. Texts do not depend on it.
    """
    runtime = runtime or default_runtime()
    engine = engines().get(model.spec.engine)
    if runtime.device != "cpu" or engine is None or not engine.has_workers:
        return runtime
    available = available_bytes() if available is None else available
    num_cores = runtime.num_workers * runtime.threads_per_worker
    for share in range(1, num_cores + 1):
        workers = min(num_cores // share, MAX_WORKERS)
        if peak_estimate_bytes(model, num_workers=workers) <= available:
            break
    return replace(runtime, num_workers=workers, threads_per_worker=num_cores // workers)


def peak_estimate_bytes(model: ResolvedModel, *, num_workers: int | None = None) -> int:
    """Return about how much memory the model takes while it is used; 0 where it has no files.

    `num_workers` (batches decoded at the same time) defaults to what a run would use now.
    """
    engine = engines().get(model.spec.engine)
    if model.folder is None or engine is None:
        return 0
    num_batches = 1
    if engine.has_workers:
        num_batches = num_workers or fitting_runtime(model).num_workers
    is_converted = (model.folder / "model.bin").is_file()
    return weights_peak_bytes(
        _weights_bytes(model.folder), engine, num_batches, is_converted=is_converted
    )


def weights_peak_bytes(
    num_bytes: int, engine: Engine, num_batches: int, *, is_converted: bool
) -> int:
    """Return about what weights of that size in memory take while so many batches are decoded."""
    # Converted weights have one byte each, mostly, and PyTorch's four.
    millions = num_bytes / (1e6 if is_converted else 4e6)
    batches = num_batches * _BATCH_BYTES * millions**_BATCH_EXPONENT
    return int(num_bytes * _WEIGHTS_FACTOR + batches) + engine.base_bytes


def conversion_estimate_bytes(snapshot: Path) -> int:
    """Return about how much memory the conversion of a transformers snapshot takes."""
    return conversion_peak_bytes(_weights_bytes(snapshot))


def conversion_peak_bytes(num_bytes: int) -> int:
    """Return about how much memory it takes to convert float32 weights of that size."""
    return int(num_bytes * _CONVERSION_FACTOR) + _CONVERSION_BASE_BYTES


def available_bytes() -> int:
    """Return the memory that this process can still take, by its limit, machine and cgroup."""
    limit, _ = resource.getrlimit(resource.RLIMIT_DATA)
    if limit == resource.RLIM_INFINITY:
        return _free_bytes()
    taken = 1024 * _number_in(Path("/proc/self/status"), r"^VmData:\s+(\d+) kB$")
    return max(0, min(_free_bytes(), limit - taken))


def _free_bytes() -> int:
    available = 1024 * _number_in(Path("/proc/meminfo"), r"^MemAvailable: +(\d+) kB$")
    group = Path("/sys/fs/cgroup")
    try:
        limit = _number_in(group / "memory.max", r"^(\d+)$")
        used = _number_in(group / "memory.current", r"^(\d+)$")
        reclaimable = _number_in(group / "memory.stat", r"^inactive_file (\d+)$")
    except (OSError, ValueError):
        return available  # no cgroup v2, or no limit on it
    return max(0, min(available, limit - used + reclaimable))


def _number_in(path: Path, pattern: str) -> int:
    found = re.search(pattern, path.read_text(encoding="ascii", errors="replace"), re.MULTILINE)
    if found is None:
        raise ValueError(f"{path}: {pattern} is not in it")
    return int(found[1])


def _weights_bytes(folder: Path) -> int:
    """Return the size of the weights in memory: of 16 bits they are converted to 32 by PyTorch."""
    if (converted := folder / "model.bin").is_file():
        return converted.stat().st_size
    weights = sum(path.stat().st_size for path in folder.glob("*.safetensors"))
    return weights * 2 if _is_half(folder / "config.json") else weights


def _is_half(path: Path) -> bool:
    try:
        table = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return False
    dtype = table.get("dtype") or table.get("torch_dtype") if isinstance(table, dict) else None
    return dtype in ("float16", "bfloat16")
