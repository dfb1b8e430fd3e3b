"""How much memory a model takes, before it is loaded, and how much there is.

Neighbours: `loaded` asks before loading, `checkup` reports.
"""

from __future__ import annotations

import json
import re
import resource
import struct
from dataclasses import replace
from pathlib import Path

from seedsum.engines import default_runtime
from seedsum.records import ResolvedModel, Runtime

# Measured (resident set) with a random model of the M2M100 architecture, 6 + 6 layers of width 768,
# 99 million parameters, beam 4, 60 target tokens: CTranslate2 int8 (103 MB) as a worker has it
# 181 MB loaded, 663 MB at the peak with one worker, 1,133 with two; where PyTorch is in the process
# 368, 915 and 1,401; transformers float32 (399 MB): 1,285 MB at the peak with 15 target tokens; its
# conversion: 936 MB, 1.7 times the weights and 250 MB of libraries.

#: Libraries, tokenizer and buffers.
_BASE_BYTES = {"ctranslate2": 100_000_000, "transformers": 500_000_000}
_CONVERSION_BASE_BYTES = 250_000_000

#: In memory over on disk, for weights.
_WEIGHTS_FACTOR = 1.1

_CONVERSION_FACTOR = 1.8

#: Keys, values and their copies in beam search, for each decoder layer and unit of width.
_BYTES_PER_LAYER_AND_WIDTH = 131_000

#: Decoder layers and width where the files do not tell: those of a large model.
_UNKNOWN_DECODER = (12, 1024)


def peak_estimate_bytes(model: ResolvedModel, *, num_workers: int | None = None) -> int:
    """Return about how much memory the model takes while it is used; 0 where it has no weights.

    `num_workers` (batches decoded at the same time) defaults to what a run would use now.
    """
    if model.folder is None:
        return 0
    engine = model.spec.engine
    if engine == "ctranslate2":
        weights = (model.folder / "model.bin").stat().st_size
        layers, width = _converted_decoder(model.folder / "model.bin")
        num_batches = num_workers or fitting_runtime(model).num_workers
    else:
        weights = _float32_bytes(model.folder)
        layers, width, _ = _configured_decoder(model.folder / "config.json")
        num_batches = 1
    decoding = num_batches * layers * width * _BYTES_PER_LAYER_AND_WIDTH
    return int(weights * _WEIGHTS_FACTOR) + decoding + _BASE_BYTES[engine]


#: More batches at a time than this find no work: a window has some 18 of them (36,000 tokens).
MAX_WORKERS = 8


def fitting_runtime(
    model: ResolvedModel, runtime: Runtime | None = None, *, available: int | None = None
) -> Runtime:
    """Return the workers and threads that make the most of the cores in the memory there is.

    Workers of one thread are the fastest, see benchmarks/README.md; each takes memory of its own
    for the batch that it decodes. Where so many do not fit, there are fewer of more threads, down
    to one of all. Texts do not depend on it.

    Args:
        model: The one that is to be loaded.
        runtime: Its workers times threads are the cores to use; all by default.
        available: Bytes of memory; those of this machine now by default.
    """
    runtime = runtime or default_runtime()
    if runtime.device != "cpu" or model.spec.engine != "ctranslate2":
        return runtime
    available = available_bytes() if available is None else available
    num_cores = runtime.num_workers * runtime.threads_per_worker
    for share in range(1, num_cores + 1):
        workers = min(num_cores // share, MAX_WORKERS)
        if peak_estimate_bytes(model, num_workers=workers) <= available:
            break
    return replace(runtime, num_workers=workers, threads_per_worker=num_cores // workers)


def conversion_estimate_bytes(snapshot: Path) -> int:
    """Return about how much memory the conversion of a transformers snapshot takes."""
    return int(_float32_bytes(snapshot) * _CONVERSION_FACTOR) + _CONVERSION_BASE_BYTES


def available_bytes() -> int:
    """Return the memory that this process can still take, by its limit, machine and cgroup."""
    limit, _ = resource.getrlimit(resource.RLIMIT_DATA)
    if limit == resource.RLIM_INFINITY:
        return _free_bytes()
    status = Path("/proc/self/status").read_text(encoding="ascii", errors="replace")
    found = re.search(r"^VmData:\s+(\d+) kB$", status, re.MULTILINE)
    return max(0, min(_free_bytes(), limit - (int(found[1]) * 1024 if found else 0)))


def _free_bytes() -> int:
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


def _float32_bytes(folder: Path) -> int:
    """Return the size of the weights in float32, in which they are converted and run on a CPU."""
    weights = sum(path.stat().st_size for path in folder.glob("*.safetensors"))
    *_, is_half = _configured_decoder(folder / "config.json")
    return weights * 2 if is_half else weights


def _configured_decoder(path: Path) -> tuple[int, int, bool]:
    """Return decoder layers, width, and whether the weights are of 16 bits."""
    try:
        table = json.loads(path.read_text(encoding="utf-8"))
        layers = (
            table.get("decoder_layers") or table.get("num_decoder_layers") or table["num_layers"]
        )
        dtype = table.get("dtype") or table.get("torch_dtype") or "float32"
        return int(layers), int(table["d_model"]), str(dtype) in ("float16", "bfloat16")
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return (*_UNKNOWN_DECODER, False)


def _converted_decoder(path: Path) -> tuple[int, int]:
    """Return decoder layers and width of a CTranslate2 model, from the names and shapes in it.

    Source: ModelSpec._serialize in ctranslate2's specs/model_spec.py, binary version 6.
    """
    layers, width = set(), 0
    try:
        with path.open("rb") as file:

            def read(format: str) -> int:
                value: int = struct.unpack(f"<{format}", file.read(struct.calcsize(format)))[0]
                return value

            read("I")  # binary version
            file.seek(read("H"), 1)  # name of the specification
            read("I")  # its revision
            for _ in range(read("I")):
                name = file.read(read("H")).rstrip(b"\0").decode("ascii")
                shape = [read("I") for _ in range(read("B"))]
                read("B")  # type
                file.seek(read("I"), 1)
                if found := re.match(r"decoder/layer_(\d+)/", name):
                    layers.add(found[1])
                if name == "decoder/embeddings/weight":
                    width = shape[-1]
    except (OSError, struct.error, UnicodeDecodeError, IndexError):
        return _UNKNOWN_DECODER
    return (len(layers), width) if layers and width else _UNKNOWN_DECODER
