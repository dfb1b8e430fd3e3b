"""The class of arithmetic: library and instruction set of the matrix products that are used.

In int8 a last bit can flip a rounding, and that one word: texts are the same on the same class.
"""

from __future__ import annotations

import os
import platform
import re
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from seedsum.engines import resolve_compute_type
from seedsum.records import ResolvedModel, Runtime

_CPU = Path("/proc/cpuinfo")

#: Instruction sets, the best first, with the flags in /proc/cpuinfo that they need.
_SETS: dict[str, frozenset[str]] = {
    "AMX": frozenset({"amx_int8"}),
    "AVX512_VNNI": frozenset({"avx512_vnni"}),
    "AVX512": frozenset({"avx512f", "avx512cd", "avx512vl", "avx512dq", "avx512bw"}),
    "AVX2_VNNI": frozenset({"avx_vnni"}),
    "AVX2": frozenset({"avx2"}),
    "AVX": frozenset({"avx"}),
    "SSE4": frozenset({"sse4_1"}),
}

#: What the libraries call them in their own variables, where that is another name: how it begins.
#: Source: oneDNN, "CPU Dispatcher Control"; oneMKL, "Instruction Set Specific Dispatching".
_OTHER_NAMES = {
    "AVX10_1_512_AMX": "AMX",
    "AVX512_CORE_AMX": "AMX",
    "AVX512_CORE_": "AVX512_VNNI",
    "AVX512_CORE": "AVX512",
    "AVX512_E": "AVX512_VNNI",
    "AVX2_": "AVX2_VNNI",
    "SSE4": "SSE4",
}


def describe(model: ResolvedModel, runtime: Runtime) -> str:
    """Return the class that its texts are the same on: `ctranslate2 4.8.5 int8_float32 mkl AVX2`.

    Empty where they are the same on every x86 CPU, and where nothing is computed. Read from the
    machine and the environment, without loading anything.
    """
    name = model.spec.engine
    compute_type = resolve_compute_type(model.spec, runtime)
    on_x86 = runtime.device == "cpu" and platform.machine() in ("x86_64", "AMD64")
    if not compute_type or (compute_type == "float32" and on_x86):
        return ""
    if runtime.device == "cuda":
        gpus = sorted(Path("/proc/driver/nvidia/gpus").glob("*/information"))
        where = f"cuda {_field(gpus[0], 'Model') if gpus else ''}"
    elif not on_x86:
        where = platform.machine()
    elif name == "ctranslate2":
        where = _ctranslate2()
    else:
        capability = os.environ.get("ATEN_CPU_CAPABILITY", "").upper()
        where = f"torch {version_of('torch')} {capability or _best('')}"
    return " ".join(filter(None, (name, version_of(name), compute_type, where)))


def _ctranslate2() -> str:
    """Return what CTranslate2 multiplies matrices with, and its own instructions for the rest.

    Source: mayiuse_mkl and init_isa in src/cpu/cpu_isa.cc and src/cpu/backend.cc (4.8); it writes
    what it has chosen to its log (CT2_VERBOSE=1).
    """
    use_mkl = os.environ.get("CT2_USE_MKL", "").lower()
    is_intel = _field(_CPU, "vendor_id") == "GenuineIntel"
    if use_mkl in ("1", "true") or (not use_mkl and is_intel):
        # On another maker's CPU MKL chooses by itself, whatever the variable says.
        limit = os.environ.get("MKL_ENABLE_INSTRUCTIONS", "")
        products = f"mkl {_best(limit)}" if is_intel else "mkl other"
    else:
        limit = os.environ.get("ONEDNN_MAX_CPU_ISA") or os.environ.get("DNNL_MAX_CPU_ISA", "")
        products = f"onednn {_best(limit)}"
    own = os.environ.get("CT2_FORCE_CPU_ISA", "") or _best("AVX2")
    return products if own == "AVX2" else f"{products}, {own}"


def _best(limit: str) -> str:
    """Return the best set that this CPU has, up to a limit; one that nobody knows is none."""
    names = list(_SETS)
    limit = limit.upper()
    limit = next((own for theirs, own in _OTHER_NAMES.items() if limit.startswith(theirs)), limit)
    allowed = names[names.index(limit) :] if limit in names else names
    return next((name for name in allowed if _SETS[name] <= cpu_flags()), "generic")


def cpu_flags() -> frozenset[str]:
    """Return what Linux says of the CPU, as in /proc/cpuinfo; nothing elsewhere."""
    return frozenset(f"{_field(_CPU, 'flags')} {_field(_CPU, 'Features')}".split())


@cache
def _field(path: Path, key: str) -> str:
    try:
        text = path.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""
    found = re.search(rf"^{key}[ \t]*:(.*)$", text, re.MULTILINE)
    return found[1].strip() if found else ""


def version_of(distribution: str) -> str:
    """Return the version that is installed, or the empty text."""
    try:
        return version(distribution)
    except PackageNotFoundError:
        return ""
