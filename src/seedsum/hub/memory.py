"""How much memory a model takes, before it is loaded, and how much there is.

Neighbours: `loaded` asks before loading, `doctor` reports.
"""

from __future__ import annotations

from pathlib import Path

from seedsum.records import ResolvedModel

#: Peak memory while a model is loaded and decodes, over the size of its weight files.
_FACTORS = {"ctranslate2": 1.3, "transformers": 2.2}

#: What an engine's libraries, tokenizers and buffers take besides.
_BASE_BYTES = {"ctranslate2": 150_000_000, "transformers": 450_000_000}


def peak_estimate_bytes(model: ResolvedModel) -> int:
    """Return about how much memory the model takes while it is used; 0 where it has no weights."""
    if model.folder is None:
        return 0
    weights = sum(
        path.stat().st_size
        for path in model.folder.iterdir()
        if path.suffix == ".safetensors" or path.name == "model.bin"
    )
    engine = model.spec.engine
    return int(weights * _FACTORS[engine]) + _BASE_BYTES[engine]


def available_bytes() -> int:
    """Return the memory that this process can still take: of the machine, or of its cgroup."""
    table = {}
    for line in Path("/proc/meminfo").read_text(encoding="ascii").splitlines():
        key, _, value = line.partition(":")
        table[key] = value
    available = int(table["MemAvailable"].split()[0]) * 1024
    group = Path("/sys/fs/cgroup")
    try:
        limit = (group / "memory.max").read_text(encoding="ascii").strip()
        used = int((group / "memory.current").read_text(encoding="ascii"))
        reclaimable = next(
            int(line.split()[1])
            for line in (group / "memory.stat").read_text(encoding="ascii").splitlines()
            if line.startswith("inactive_file ")
        )
    except (OSError, ValueError, StopIteration):
        return available  # no cgroup v2, or no limit on it
    if limit == "max":
        return available
    return max(0, min(available, int(limit) - used + reclaimable))
