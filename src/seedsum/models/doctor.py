"""What is on this machine, for people: the list of models, and whether a run would work.

Neighbours: `cli` prints what this returns; `models` knows what is where.
"""

from __future__ import annotations

import os
import platform
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, replace
from enum import StrEnum
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import TYPE_CHECKING

from seedsum.engines import default_runtime, needs_files
from seedsum.engines.arithmetic import cpu_flags, describe
from seedsum.engines.memory import available_bytes, fitting_runtime, peak_estimate_bytes
from seedsum.errors import ModelError
from seedsum.models import download, storage
from seedsum.models.locating import (
    locate,
    lock_entry,
    locked_models,
    model_folders,
    needs_conversion,
    profile_models,
)
from seedsum.models.lock import LockedModel
from seedsum.records import ModelSpec, Profile, Runtime

if TYPE_CHECKING:
    from seedsum.config import Settings

_LIBRARIES = (
    "ctranslate2",
    "huggingface_hub",
    "sentencepiece",
    "sentencex",
    "torch",
    "trafilatura",
    "transformers",
)

#: Room for the default profile, its conversion included, when nothing of it is here yet.
_PULL_BYTES = 6_000_000_000


class Level(StrEnum):
    """How bad a finding is; only `fail` keeps a run from working."""

    OK = "ok"
    WARN = "warn"
    FAIL = "fail"


@dataclass(frozen=True, slots=True)
class Check:
    """One finding of `doctor`.

    Attributes:
        name: What was looked at.
        found: What was found.
        advice: What to do about it; empty where nothing is to be done.
    """

    level: Level
    name: str
    found: str
    advice: str = ""


@dataclass(frozen=True, slots=True)
class ModelRow:
    """One use of a model by a profile.

    Attributes:
        role: `translation` or `summary`.
        route: As `vi->en`; empty for a summary.
        num_bytes: Of its files as locked; 0 where it was never pulled.
        state: `ready`, `missing` (a run would pull it) or `damaged`.
        verified: When its files were last hashed (ISO 8601, UTC); empty for never.
        engine: The one that runs it, which is transformers where a conversion was refused.
        note: Why it runs otherwise than models.toml asks, else empty.
    """

    profile: str
    role: str
    route: str
    model: str
    licence: str
    non_commercial: bool
    num_bytes: int
    state: str
    verified: str
    engine: str
    device: str
    note: str = ""


def list_models(settings: Settings, profile: str | None = None) -> tuple[ModelRow, ...]:
    """Return every model of the profile (None: of all profiles) by profile and route.

    Raises:
        ConfigError: There is no such profile.
        ModelError: The lock cannot be read.
    """
    locked = locked_models(settings)
    device = default_runtime().device
    profiles = (
        [profile_ for _, profile_ in sorted(settings.profiles.items())]
        if profile is None
        else [settings.profile(profile)]
    )
    rows = []
    for shown in profiles:
        for role, route, name in _uses(shown):
            spec = settings.models[name]
            rows.append(
                _row(
                    spec,
                    locked.get(name),
                    settings.base,
                    profile=shown.name,
                    role=role,
                    route=route,
                    device=device,
                )
            )
    return tuple(rows)


def doctor(
    settings: Settings, profile: str | None = None, *, offline: bool = False
) -> tuple[Check, ...]:
    """Return what was found about this machine and the profile's models, in a fixed order.

    A `fail` says that a run would not work. Nothing is fetched or changed.

    Raises:
        ConfigError: There is no such profile.
    """
    wanted = settings.profile(profile)
    checks = [*_check_software(), *_check_machine()]
    try:
        locked = locked_models(settings)
    except ModelError as error:
        checks.append(Check(Level.FAIL, "models.lock", str(error), "remove it and pull again"))
        return tuple(checks)
    specs = profile_models(settings, wanted)
    models = [_check_model(spec, locked.get(spec.name), settings.base) for spec in specs]
    anything_missing = any(check.level is Level.WARN for check in models)
    checks.extend(_check_storage(anything_missing))
    fallback = [
        _check_model(spec, None, settings.base)
        for spec in profile_models(settings, settings.profile(settings.fallback_profile))
    ]
    checks.append(
        _check_hub(
            offline=offline or download.is_offline(),
            needed=anything_missing,
            has_fallback=all(check.level is Level.OK for check in fallback),
        )
    )
    checks.extend(models)
    # Only a run that needs the fallback would fail without it, and `_check_hub` says so.
    checks.extend(
        replace(check, level=Level.WARN, name=f"fallback {check.name}")
        for check in fallback
        if check.level is not Level.OK and check not in models
    )
    return tuple(checks)


def _uses(profile: Profile) -> Iterator[tuple[str, str, str]]:
    """Yield role, route and model's name of everything that the profile uses."""
    for direction, steps in profile.routes:
        for step in steps:
            via = "" if step.direction == direction else f" ({step.direction})"
            yield "translation", f"{direction}{via}", step.model
    yield "summary", "", profile.summary


def _row(
    spec: ModelSpec,
    locked: LockedModel | None,
    base: Path,
    *,
    profile: str,
    role: str,
    route: str,
    device: str,
) -> ModelRow:
    num_bytes, verified, engine, note = 0, "", spec.engine, ""
    try:
        model = locate(spec, locked, base)
        state = "missing" if model is None else "ready"
        if model is not None:
            engine, note = model.spec.engine, model.note
    except ModelError as error:
        state, note = "damaged", str(error)
    if needs_files(spec) and state != "damaged":
        entry = lock_entry(spec, locked)
        if entry is not None:
            folder, files = model_folders(spec, entry, base)[-1]
            num_bytes = sum(record.size for record in files.values())
            verified = storage.last_verified(folder)
    return ModelRow(
        profile=profile,
        role=role,
        route=route,
        model=spec.name,
        licence=spec.licence,
        non_commercial=spec.non_commercial,
        num_bytes=num_bytes,
        state=state,
        verified=verified,
        engine=engine,
        device=device if needs_files(spec) else "cpu",
        note=note,
    )


def _check_software() -> Iterator[Check]:
    yield Check(Level.OK, "Python", platform.python_version())
    found, missing = [], []
    for name in _LIBRARIES:
        try:
            found.append(f"{name} {version(name)}")
        except PackageNotFoundError:
            missing.append(name)
    if missing:
        yield Check(
            Level.FAIL, "libraries", f"missing: {', '.join(missing)}", "install seedsum again"
        )
    else:
        yield Check(Level.OK, "libraries", ", ".join(found))


def _check_machine() -> Iterator[Check]:
    cores = len(os.sched_getaffinity(0))
    flags = cpu_flags()
    useful = [
        name for name in ("avx2", "avx512f", "avx512_vnni", "amx_int8", "asimd") if name in flags
    ]
    described = (
        f"{cores} cores, {platform.machine()}, {', '.join(useful) or 'no vector extensions'}"
    )
    if useful:
        yield Check(Level.OK, "CPU", described)
    else:
        yield Check(Level.WARN, "CPU", described, "expect a run to be several times slower")
    try:
        import ctranslate2

        types = ", ".join(sorted(ctranslate2.get_supported_compute_types("cpu")))
        yield Check(Level.OK, "CTranslate2", f"computes in {types}")
        num_gpus = ctranslate2.get_cuda_device_count()
        found = f"{num_gpus} with CUDA" if num_gpus else "none; models run on the CPU"
        yield Check(Level.OK, "GPU", found)
    except (ImportError, OSError, RuntimeError) as error:
        yield Check(Level.FAIL, "CTranslate2", str(error), "install ctranslate2 again")


def _check_storage(anything_missing: bool) -> Iterator[Check]:
    home = storage.home()
    existing = home
    while not existing.is_dir():
        existing = existing.parent
    advice = "set SEEDSUM_HOME to a folder that can be written"
    if os.access(existing, os.W_OK):
        yield Check(Level.OK, "cache folder", str(home))
    else:
        level = Level.FAIL if anything_missing else Level.WARN
        yield Check(level, "cache folder", f"{home} cannot be written", advice)
    free = shutil.disk_usage(existing).free
    if anything_missing and free < _PULL_BYTES:
        yield Check(
            Level.WARN,
            "disk",
            f"{free / 1e9:.1f} GB free",
            "pulling and converting may need 6 GB: free some, or set SEEDSUM_HOME to another disk",
        )
    else:
        yield Check(Level.OK, "disk", f"{free / 1e9:.1f} GB free")


def _check_hub(*, offline: bool, needed: bool, has_fallback: bool) -> Check:
    reason = "not asked (offline)" if offline else download.why_unreachable()
    if not reason:
        return Check(Level.OK, "Hub", f"{download.endpoint()} answers")
    if not needed:
        return Check(Level.OK, "Hub", f"{reason}; not needed, every model is here")
    if has_fallback:
        return Check(
            Level.WARN,
            "Hub",
            f"{reason}; a run would use the fallback models",
            "run `seedsum models pull` where the Hub can be reached (proxy: HTTPS_PROXY; mirror:"
            " HF_ENDPOINT)",
        )
    return Check(
        Level.FAIL, "Hub", f"{reason}, and neither models nor fallback are here", "go online once"
    )


def _check_model(spec: ModelSpec, locked: LockedModel | None, base: Path) -> Check:
    name = f"model {spec.name}"
    try:
        model = locate(spec, locked, base)
    except ModelError as error:
        advice = "install seedsum again" if spec.bundled else "run `seedsum models pull`"
        return Check(Level.FAIL, name, str(error), advice)
    if model is None:
        found = "not here" if lock_entry(spec, locked) is None else "some files are missing"
        if needs_conversion(spec):
            found += " or not converted"
        return Check(Level.WARN, name, found, "run `seedsum models pull`, or let the run do it")
    needed = peak_estimate_bytes(model)
    available = available_bytes()
    memory = f"about {needed / 1e9:.1f} GB of memory, {available / 1e9:.1f} GB available"
    if needed > available:
        return Check(
            Level.FAIL,
            name,
            f"needs {memory}",
            "close other programs, or choose a profile of smaller models",
        )
    parts = [f"{model.spec.engine}", model.spec.licence]
    if needed:
        parts += [describe(model, default_runtime()), _workers(fitting_runtime(model)), memory]
    if model.spec.non_commercial:
        parts.append("NOT for commercial use")
    if model.note:
        return Check(Level.WARN, name, "; ".join([*parts, model.note]))
    return Check(Level.OK, name, "; ".join(parts))


def _workers(runtime: Runtime) -> str:
    """Return how a run would use the machine for a model."""
    if runtime.device != "cpu":
        return f"on {runtime.device}"
    workers, threads = runtime.num_workers, runtime.threads_per_worker
    return (
        f"{workers} worker{'s' * (workers != 1)} of {threads} thread{'s' * (threads != 1)}"
        f"{' each' * (workers != 1)}"
    )
