"""What is on this machine, for people: the list of models, and whether a run would work."""

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

from seedsum.checks import missing_checks
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
from seedsum.plugins import plugins
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

#: Flags of CPUs that make models fast.
_USEFUL_FLAGS = ("avx2", "avx512f", "avx512_vnni", "amx_int8", "asimd")

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
        note: Why it runs otherwise than models.toml asks, and the checks that translations from
            this language go without; else empty.
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
    rows = []
    for shown in sorted(settings.profiles) if profile is None else [profile]:
        for role, route, language, name in _uses(settings.profile(shown)):
            row = _row(settings.models[name], locked.get(name), settings.base, device)
            note = "; ".join(filter(None, (row.note, _unchecked(language))))
            rows.append(replace(row, profile=shown, role=role, route=route, note=note))
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
    checks = [*_check_software(), *_check_machine(), *_check_languages(wanted)]
    try:
        locked = locked_models(settings)
    except ModelError as error:
        checks.append(Check(Level.FAIL, "models.lock", str(error), "remove it and pull again"))
        return tuple(checks)
    models = [
        _check_model(spec, locked.get(spec.name), settings.base)
        for spec in profile_models(settings, wanted)
    ]
    fallback = [
        _check_model(spec, None, settings.base)
        for spec in profile_models(settings, settings.profile(settings.fallback_profile))
    ]
    anything_missing = any(check.level is Level.WARN for check in models)
    has_fallback = all(check.level is Level.OK for check in fallback)
    reason = (
        "not asked (offline)" if offline or download.is_offline() else download.why_unreachable()
    )
    return (
        *checks,
        *_check_storage(anything_missing),
        _check_hub(reason, needed=anything_missing, has_fallback=has_fallback),
        *models,
        # Only a run that needs the fallback would fail without it, and `_check_hub` says so.
        *(
            replace(check, level=Level.WARN, name=f"fallback {check.name}")
            for check in fallback
            if check.level is not Level.OK and check not in models
        ),
    )


def _uses(profile: Profile) -> Iterator[tuple[str, str, str, str]]:
    """Yield role, route, source language and model's name of everything that the profile uses."""
    for direction, steps in profile.routes:
        for step in steps:
            via = "" if step.direction == direction else f" ({step.direction})"
            yield "translation", f"{direction}{via}", direction.source, step.model
    yield "summary", "", "", profile.summary


def _unchecked(language: str) -> str:
    """Return which checks translations from a language go without, empty where none."""
    missing = missing_checks(language) if language else ()
    return f"without the checks {', '.join(missing)}" if missing else ""


def _row(spec: ModelSpec, locked: LockedModel | None, base: Path, device: str) -> ModelRow:
    """Return what is known of a model, whoever uses it."""
    row = ModelRow(
        profile="",
        role="",
        route="",
        model=spec.name,
        licence=spec.licence,
        non_commercial=spec.non_commercial,
        num_bytes=0,
        state="missing",
        verified="",
        engine=spec.engine,
        device=device if needs_files(spec) else "cpu",
    )
    try:
        model = locate(spec, locked, base)
    except ModelError as error:
        return replace(row, state="damaged", note=str(error))
    if model is not None:
        row = replace(row, state="ready", engine=model.spec.engine, note=model.note)
    entry = lock_entry(spec, locked) if needs_files(spec) else None
    if entry is None:
        return row
    folder, files = model_folders(spec, entry, base)[-1]
    num_bytes = sum(record.size for record in files.values())
    return replace(row, num_bytes=num_bytes, verified=storage.last_verified(folder))


def _check_software() -> Iterator[Check]:
    yield Check(Level.OK, "Python", platform.python_version())
    versions = {name: _version(name) for name in _LIBRARIES}
    if missing := [name for name, found in versions.items() if not found]:
        found = f"missing: {', '.join(missing)}"
        yield Check(Level.FAIL, "libraries", found, "install seedsum again")
    else:
        found = ", ".join(f"{name} {found}" for name, found in versions.items())
        yield Check(Level.OK, "libraries", found)
    for plugin in plugins():
        kind = plugin.group.removeprefix("seedsum.").removesuffix("s")
        found = f"{plugin.name}, of {plugin.distribution} {plugin.version}"
        yield Check(Level.OK, f"added {kind}", found)


def _version(distribution: str) -> str:
    try:
        return version(distribution)
    except PackageNotFoundError:
        return ""


def _check_machine() -> Iterator[Check]:
    useful = [name for name in _USEFUL_FLAGS if name in cpu_flags()]
    cores = len(os.sched_getaffinity(0))
    found = f"{cores} cores, {platform.machine()}, {', '.join(useful) or 'no vector extensions'}"
    advice = "" if useful else "expect a run to be several times slower"
    yield Check(Level.OK if useful else Level.WARN, "CPU", found, advice)
    try:
        import ctranslate2

        types = ", ".join(sorted(ctranslate2.get_supported_compute_types("cpu")))
        num_gpus = ctranslate2.get_cuda_device_count()
    except (ImportError, OSError, RuntimeError) as error:
        yield Check(Level.FAIL, "CTranslate2", str(error), "install ctranslate2 again")
        return
    yield Check(Level.OK, "CTranslate2", f"computes in {types}")
    found = f"{num_gpus} with CUDA"
    if not num_gpus:
        unused = "" if "+cpu" in _version("torch") else "; PyTorch's GPU libraries are not used"
        found = f"none; models run on the CPU{unused}"
    yield Check(Level.OK, "GPU", found)


def _check_languages(profile: Profile) -> Iterator[Check]:
    for language in dict.fromkeys(direction.source for direction, _ in profile.routes):
        unchecked = _unchecked(language)
        yield Check(
            Level.WARN if unchecked else Level.OK,
            f"language {language}",
            unchecked or "every check knows it",
            "read more of its translations yourself, or add what is known of the language"
            " (CONTRIBUTING.md, Add a language)"
            if unchecked
            else "",
        )


def _check_storage(anything_missing: bool) -> Iterator[Check]:
    home, existing = storage.home(), storage.existing_home()
    if os.access(existing, os.W_OK):
        yield Check(Level.OK, "cache folder", str(home))
    else:
        level = Level.FAIL if anything_missing else Level.WARN
        advice = "set SEEDSUM_HOME to a folder that can be written"
        yield Check(level, "cache folder", f"{home} cannot be written", advice)
    free = shutil.disk_usage(existing).free
    full = anything_missing and free < _PULL_BYTES
    advice = "pulling and converting may need 6 GB: free some, or set SEEDSUM_HOME to another disk"
    yield Check(
        Level.WARN if full else Level.OK,
        "disk",
        f"{free / 1e9:.1f} GB free",
        advice if full else "",
    )


def _check_hub(reason: str, *, needed: bool, has_fallback: bool) -> Check:
    """Return the finding about the Hub; `reason` says why it cannot be had, empty where it can."""
    if not reason:
        return Check(Level.OK, "Hub", f"{download.endpoint()} answers")
    if not needed:
        return Check(Level.OK, "Hub", f"{reason}; not needed, every model is here")
    if not has_fallback:
        found = f"{reason}, and neither models nor fallback are here"
        return Check(Level.FAIL, "Hub", found, "go online once")
    return Check(
        Level.WARN,
        "Hub",
        f"{reason}; a run would use the fallback models",
        "run `seedsum models pull` where the Hub can be reached (proxy: HTTPS_PROXY; mirror:"
        " HF_ENDPOINT)",
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
        found += " or not converted" if needs_conversion(spec) else ""
        return Check(Level.WARN, name, found, "run `seedsum models pull`, or let the run do it")
    needed, available = peak_estimate_bytes(model), available_bytes()
    memory = f"about {needed / 1e9:.1f} GB of memory, {available / 1e9:.1f} GB available"
    if needed > available:
        advice = "close other programs, or choose a profile of smaller models"
        return Check(Level.FAIL, name, f"needs {memory}", advice)
    parts = [model.spec.engine, model.spec.licence]
    if needed:
        parts += [describe(model, default_runtime()), _workers(fitting_runtime(model)), memory]
    if model.spec.non_commercial:
        parts.append("NOT for commercial use")
    if model.note:
        parts.append(model.note)
    return Check(Level.WARN if model.note else Level.OK, name, "; ".join(filter(None, parts)))


def _workers(runtime: Runtime) -> str:
    """Return how a run would use the machine for a model."""
    if runtime.device != "cpu":
        return f"on {runtime.device}"
    workers, threads = runtime.num_workers, runtime.threads_per_worker
    return (
        f"{workers} worker{'s' * (workers != 1)} of {threads} thread{'s' * (threads != 1)}"
        f"{' each' * (workers != 1)}"
    )
