"""What is on this machine, for people: the list of models, and whether a run would work."""

from __future__ import annotations

import os
import platform
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING

from seedsum.checks import missing_checks
from seedsum.engines import identify, is_remote, needs_files
from seedsum.engines.arithmetic import cpu_flags, describe, version_of
from seedsum.engines.chat_address import Reach, reach_of
from seedsum.engines.memory import (
    available_bytes,
    default_runtime,
    fitting_runtime,
    peak_estimate_bytes,
)
from seedsum.errors import ModelError
from seedsum.models import download, storage
from seedsum.models.glossaries import glossary_findings
from seedsum.models.locating import LocalModels, needs_conversion, profile_models
from seedsum.models.servers import where_it_is
from seedsum.plugins import plugins
from seedsum.reading import known_extensions, missing_library, readers
from seedsum.records import ModelSpec, Profile, ResolvedModel

if TYPE_CHECKING:
    from seedsum.config import Settings

_LIBRARIES = (
    "ctranslate2", "huggingface_hub", "sentencepiece", "sentencex", "torch", "trafilatura",
    "transformers",
)  # fmt: skip

_USEFUL_FLAGS = ("avx2", "avx512f", "avx512_vnni", "amx_int8", "asimd")  # make models fast
_PULL_BYTES = 6_000_000_000  # for the default profile and its conversion, when nothing is here yet


class Level(StrEnum):
    """How bad a finding is; only `fail` keeps a run from working."""

    OK = "ok"
    WARN = "warn"
    FAIL = "fail"


@dataclass(frozen=True, slots=True)
class Check:
    """One finding of `doctor`."""

    level: Level
    name: str
    found: str
    advice: str = ""  # what to do about it; empty where nothing is to be done


@dataclass(frozen=True, slots=True)
class ModelRow:
    """One use of a model by a profile."""

    profile: str
    role: str  # `translation` or `summary`
    route: str  # as `vi->en`; empty for a summary
    model: str
    licence: str
    non_commercial: bool
    num_bytes: int  # of its files as locked; 0 where it was never pulled
    state: str  # `ready`, `missing` (a run would pull it) or `damaged`
    verified: str  # when its files were last hashed (ISO 8601, UTC); empty for never
    engine: str  # the one that runs it, which is transformers where a conversion was refused
    device: str
    # Why it runs otherwise than models.toml asks, and the checks that translations from this
    # language go without; else empty.
    note: str = ""


def list_models(settings: Settings, profile: str | None = None) -> tuple[ModelRow, ...]:
    """Return every model of the profile (None: of all profiles) by profile and route.

    Raises:
        ConfigError: There is no such profile.
        ModelError: The lock cannot be read.
    """
    local = LocalModels.of(settings)
    device = default_runtime().device
    rows = []
    for name in sorted(settings.profiles) if profile is None else [profile]:
        for role, route, language, model in _uses(settings.profile(name)):
            spec = settings.models[model]
            state, num_bytes, verified, engine, note = _state(spec, local)
            row = ModelRow(
                profile=name,
                role=role,
                route=route,
                model=model,
                licence=spec.licence,
                non_commercial=spec.non_commercial,
                num_bytes=num_bytes,
                state=state,
                verified=verified,
                engine=engine,
                device=device if needs_files(spec) else "cpu",
                note="; ".join(filter(None, (note, _unchecked(language)))),
            )
            rows.append(row)
    return tuple(rows)


def doctor(
    settings: Settings,
    profile: str | None = None,
    *,
    offline: bool = False,
    output: Path = Path("output"),
) -> tuple[Check, ...]:
    """Return what was found about this machine and the profile's models, in a fixed order.

    A `fail` says that a run would not work. Nothing is fetched or changed. In the articles of
    `output`, if there are any, the terms of glossaries are looked for.

    Raises:
        ConfigError: There is no such profile.
    """
    wanted = settings.profile(profile)
    checks = [*_check_software(), *_check_machine(), *_check_languages(wanted)]
    checks += [
        _check(f"glossary {finding.about}", finding.found, finding.advice)
        for finding in glossary_findings(settings, output)
    ]
    try:
        local = LocalModels.of(settings)
    except ModelError as error:
        return (*checks, _check("models.lock", str(error), "remove it and pull again", Level.FAIL))
    models = [_check_model(spec, local) for spec in profile_models(settings, wanted)]
    substitute = settings.profile(settings.fallback_profile)
    fallback = [_check_model(spec, local) for spec in profile_models(settings, substitute)]
    unusable = [check for check in fallback if check.level is not Level.OK]
    is_missing = any(
        check.level is Level.WARN and not is_remote(spec)
        for check, spec in zip(models, profile_models(settings, wanted), strict=True)
    )
    is_offline = offline or download.is_offline()
    reason = "not asked (offline)" if is_offline else download.why_unreachable()
    return (
        *checks,
        *_check_storage(is_missing),
        _check_hub(reason, is_needed=is_missing, has_fallback=not unusable),
        *models,
        # Only a run that needs the fallback would fail without it, and `_check_hub` says so.
        *(
            replace(check, level=Level.WARN, name=f"fallback {check.name}")
            for check in unusable
            if check not in models
        ),
    )


def _check(name: str, found: str, advice: str = "", level: Level = Level.WARN) -> Check:
    return Check(level if advice else Level.OK, name, found, advice)


def _uses(profile: Profile) -> Iterator[tuple[str, str, str, str]]:
    for direction, steps in profile.routes:
        for step in steps:
            via = "" if step.direction == direction else f" ({step.direction})"
            yield "translation", f"{direction}{via}", direction.source, step.model
    yield "summary", "", "", profile.summary


def _unchecked(language: str) -> str:
    missing = missing_checks(language) if language else ()
    return f"without the checks {', '.join(missing)}" if missing else ""


def _state(spec: ModelSpec, local: LocalModels) -> tuple[str, int, str, str, str]:
    try:
        model = local.locate(spec)
    except ModelError as error:
        return "damaged", 0, "", spec.engine, str(error)
    num_bytes, verified = 0, ""
    if folders := local.folders(spec):
        folder, files = folders[-1]
        num_bytes = sum(record.size for record in files.values())
        verified = storage.last_verified(folder)
    if model is None:
        return "missing", num_bytes, verified, spec.engine, ""
    return "ready", num_bytes, verified, model.spec.engine, model.note


def _check_software() -> Iterator[Check]:
    yield _check("Python", platform.python_version())
    versions = {name: version_of(name) for name in _LIBRARIES}
    if missing := [name for name, found in versions.items() if not found]:
        found = f"missing: {', '.join(missing)}"
        yield _check("libraries", found, "install seedsum again", Level.FAIL)
    else:
        yield _check("libraries", ", ".join(f"{name} {found}" for name, found in versions.items()))
    without = [reader for reader in readers().values() if missing_library(reader)]
    if without:
        types = ", ".join(extension for reader in without for extension in reader.extensions)
        yield _check("file types", f"not read: {types}", "pip install 'seedsum[formats]'")
    else:
        yield _check("file types", ", ".join(known_extensions()))
    for plugin in plugins():
        kind = plugin.group.removeprefix("seedsum.").removesuffix("s")
        found = f"{plugin.name}, of {plugin.distribution} {plugin.version}"
        yield _check(f"added {kind}", found)


def _check_machine() -> Iterator[Check]:
    useful = [name for name in _USEFUL_FLAGS if name in cpu_flags()]
    cores = len(os.sched_getaffinity(0))
    found = f"{cores} cores, {platform.machine()}, {', '.join(useful) or 'no vector extensions'}"
    advice = "" if useful else "expect a run to be several times slower"
    yield _check("CPU", found, advice)
    try:
        import ctranslate2

        types = ", ".join(sorted(ctranslate2.get_supported_compute_types("cpu")))
        num_gpus = ctranslate2.get_cuda_device_count()
    except (ImportError, OSError, RuntimeError) as error:
        yield _check("CTranslate2", str(error), "install ctranslate2 again", Level.FAIL)
        return
    yield _check("CTranslate2", f"computes in {types}")
    unused = "" if "+cpu" in version_of("torch") else "; PyTorch's GPU libraries are not used"
    none = f"none; models run on the CPU{unused}"
    yield _check("GPU", f"{num_gpus} with CUDA" if num_gpus else none)


def _check_languages(profile: Profile) -> Iterator[Check]:
    advice = (
        "read more of its translations yourself, or add what is known of the language"
        " (CONTRIBUTING.md, Add a language)"
    )
    for language in dict.fromkeys(direction.source for direction, _ in profile.routes):
        if unchecked := _unchecked(language):
            yield _check(f"language {language}", unchecked, advice)
        else:
            yield _check(f"language {language}", "every check knows it")


def _check_storage(is_missing: bool) -> Iterator[Check]:
    home, existing = storage.home(), storage.existing_home()
    if os.access(existing, os.W_OK):
        yield _check("cache folder", str(home))
    else:
        level = Level.FAIL if is_missing else Level.WARN
        advice = "set SEEDSUM_HOME to a folder that can be written"
        yield _check("cache folder", f"{home} cannot be written", advice, level)
    free = shutil.disk_usage(existing).free
    advice = "pulling and converting may need 6 GB: free some, or set SEEDSUM_HOME to another disk"
    is_full = is_missing and free < _PULL_BYTES
    yield _check("disk", f"{free / 1e9:.1f} GB free", advice if is_full else "")


def _check_hub(reason: str, *, is_needed: bool, has_fallback: bool) -> Check:
    if not reason:
        return _check("Hub", f"{download.endpoint()} answers")
    if not is_needed:
        return _check("Hub", f"{reason}; not needed, every model is here")
    if not has_fallback:
        found = f"{reason}, and neither models nor fallback are here"
        return _check("Hub", found, "go online once", Level.FAIL)
    return _check(
        "Hub",
        f"{reason}; a run would use the fallback models",
        "run `seedsum models pull` where the Hub can be reached (proxy: HTTPS_PROXY; mirror:"
        " HF_ENDPOINT)",
    )


def _check_model(spec: ModelSpec, local: LocalModels) -> Check:
    name = f"model {spec.name}"
    if is_remote(spec):
        return _check_server(spec, name)
    try:
        model = local.locate(spec)
    except ModelError as error:
        advice = "install seedsum again" if spec.bundled else "run `seedsum models pull`"
        return _check(name, str(error), advice, Level.FAIL)
    if model is None:
        found = "not here" if local.entry(spec) is None else "some files are missing"
        found += " or not converted" * needs_conversion(spec)
        return _check(name, found, "run `seedsum models pull`, or let the run do it")
    needed, available = peak_estimate_bytes(model), available_bytes()
    memory = f"about {needed / 1e9:.1f} GB of memory, {available / 1e9:.1f} GB available"
    if needed > available:
        advice = "close other programs, or choose a profile of smaller models"
        return _check(name, f"needs {memory}", advice, Level.FAIL)
    parts = [model.spec.engine, model.spec.licence]
    if needed:
        parts += [describe(model, default_runtime()), _workers(model), memory]
    parts += ["NOT for commercial use" * model.spec.non_commercial, model.note]
    return Check(Level.WARN if model.note else Level.OK, name, "; ".join(filter(None, parts)))


def _check_server(spec: ModelSpec, name: str) -> Check:
    """Return what the server of a model says; it is asked, but told no text."""
    where = where_it_is(spec)
    try:
        fingerprint = identify(spec)
    except ModelError as error:
        advice = "start the server, or see [models.NAME.chat] in models.toml (docs/llm.md)"
        return _check(name, f"{where}; {error}", advice, Level.FAIL)
    found = f"{where}; answers{f', {fingerprint}' if fingerprint else ''}; {spec.licence}"
    if reach_of(spec.chat.address) is Reach.MACHINE:
        return _check(name, found)
    return _check(name, found, "the text of articles leaves this machine; is that meant?")


def _workers(model: ResolvedModel) -> str:
    runtime = fitting_runtime(model)
    if runtime.device != "cpu":
        return f"on {runtime.device}"
    workers, threads = runtime.num_workers, runtime.threads_per_worker
    several = workers != 1
    count = f"{workers} worker{'s' * several} of {threads} thread{'s' * (threads != 1)}"
    return f"{count}{' each' * several}"
