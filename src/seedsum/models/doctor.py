"""What is on this machine, for people: whether a run would work, and what to do if not."""

from __future__ import annotations

import os
import platform
import shutil
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING

from seedsum.checks import missing_checks
from seedsum.engines import is_remote
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
from seedsum.models.foresight import TOO_LARGE, Foreseen, Foresight, foresee
from seedsum.models.glossaries import glossary_findings
from seedsum.models.servers import where_it_is
from seedsum.plugins import plugins
from seedsum.reading import known_extensions, missing_library, readers
from seedsum.records import Profile, ResolvedModel

if TYPE_CHECKING:
    from seedsum.config import Settings

_LIBRARIES = (
    "ctranslate2", "huggingface_hub", "sentencepiece", "sentencex", "torch", "trafilatura",
    "transformers",
)  # fmt: skip

_USEFUL_FLAGS = ("avx2", "avx512f", "avx512_vnni", "amx_int8", "asimd")  # make models fast


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


#: Name of the finding that a run would do without a chosen model.
_FALLBACK = "fallback"


def doctor(
    settings: Settings,
    profile: str | None = None,
    *,
    offline: bool = False,
    output: Path = Path("output"),
) -> tuple[Check, ...]:
    """Return what was found about this machine and the profile's models, in a fixed order.

    A `fail` says that a run that needs all of the profile would not work. Nothing is fetched or
    changed; the Hub is asked for what is not here. In the articles of `output`, if there are any,
    the terms of glossaries are looked for.

    Raises:
        ConfigError: There is no such profile.
    """
    wanted = settings.profile(profile)
    which = f"{settings.path.resolve()}{', which came with the package' * settings.packaged}"
    checks = [_check("models.toml", f"{which}; profile {wanted.name}")]
    checks += [*_check_software(), *_check_machine(), *_check_languages(wanted)]
    checks += [
        _check(f"glossary {finding.about}", finding.found, finding.advice)
        for finding in glossary_findings(settings, output)
    ]
    try:
        seen = foresee(settings, wanted.name, offline=offline)
    except ModelError as error:
        return (*checks, _check("models.lock", str(error), "remove it and pull again", Level.FAIL))
    return (
        *checks,
        *_check_storage(),
        _check_hub(seen),
        *(_check_model(model) for model in seen.models),
        *_check_fallback(seen, is_last=wanted.name == settings.fallback_profile),
    )


def exit_code(checks: Iterable[Check], settings: Settings, *, strict: bool = False) -> int:
    """Return what a run would end with because of its models, with articles for all of them.

    5 where it would end with an error; 8 where it would do without a chosen model and that is told
    so (`fail_on`), 5 with `strict`; else 0.
    """
    found = list(checks)
    if any(check.level is Level.FAIL for check in found):
        return ModelError.exit_code
    if any(check.name == _FALLBACK for check in found):
        return ModelError.exit_code if strict else 8 * (_FALLBACK in settings.run.fail_on)
    return 0


def _check(name: str, found: str, advice: str = "", level: Level = Level.WARN) -> Check:
    return Check(level if advice else Level.OK, name, found, advice)


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
        extras = ",".join(sorted({reader.extra for reader in without}))
        yield _check("file types", f"not read: {types}", f"pip install 'seedsum[{extras}]'")
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
    torch = version_of("torch")
    unused = "; PyTorch's GPU libraries are not used" if torch and "+cpu" not in torch else ""
    none = f"none; models run on the CPU{unused}"
    yield _check("GPU", f"{num_gpus} with CUDA" if num_gpus else none)


def _check_languages(profile: Profile) -> Iterator[Check]:
    advice = (
        "read more of its translations yourself, or add what is known of the language"
        " (CONTRIBUTING.md, Add a language)"
    )
    for language in dict.fromkeys(direction.source for direction, _ in profile.routes):
        if missing := missing_checks(language):
            found = f"without the checks {', '.join(missing)}"
            yield _check(f"language {language}", found, advice)
        else:
            yield _check(f"language {language}", "every check knows it")


def _check_storage() -> Iterator[Check]:
    home, existing = storage.home(), storage.existing_home()
    if os.access(existing, os.W_OK):
        yield _check("cache folder", str(home))
    else:
        advice = "set SEEDSUM_HOME to a folder that can be written"
        yield _check("cache folder", f"{home} cannot be written", advice)
    yield _check("disk", f"{shutil.disk_usage(existing).free / 1e9:.1f} GB free")


def _check_hub(seen: Foresight) -> Check:
    if not seen.unreachable:
        return _check("Hub", f"{download.endpoint()} answers")
    if not any(model.lacking and not is_remote(model.spec) for model in seen.models):
        return _check("Hub", f"{seen.unreachable}; not needed, every model is here")
    return _check(
        "Hub",
        seen.unreachable,
        "run `seedsum models pull` where the Hub can be reached (proxy: HTTPS_PROXY; mirror:"
        " HF_ENDPOINT)",
    )


def _check_fallback(seen: Foresight, *, is_last: bool) -> Iterator[Check]:
    """Yield what a run would do without the models that it cannot have."""
    if not seen.lacks:
        return
    if is_last:
        yield _check("models", seen.text, "run `seedsum models pull`", Level.FAIL)
        return
    for model in seen.stand_ins:
        if model.ready is None:
            why = model.fatal or model.lacking or model.to_come
            found = f"{model.spec.name}, which would be used instead: {why}"
            yield _check("fallback model", found, "install seedsum again", Level.FAIL)
    advice = "make the missing models available, or choose another profile: `seedsum models`"
    yield _check(_FALLBACK, seen.text, advice)


def _check_model(seen: Foreseen) -> Check:
    spec, name = seen.spec, f"model {seen.spec.name}"
    if is_remote(spec):
        return _check_server(seen, name)
    if seen.fatal:
        advice = "install seedsum again" if spec.bundled else "run `seedsum models pull`"
        if seen.fatal.startswith(TOO_LARGE):
            advice = "close other programs, or choose a profile of smaller models"
        return _check(name, seen.fatal, advice, Level.FAIL)
    if seen.lacking:
        return _check(name, seen.lacking, "see `fallback` below")
    model = seen.ready
    if model is None:
        return _check(name, seen.to_come, "run `seedsum models pull`, or let the run do it")
    parts = [model.spec.engine, model.spec.licence]
    if needed := peak_estimate_bytes(model):
        available = f"{available_bytes() / 1e9:.1f} GB available"
        memory = f"about {needed / 1e9:.1f} GB of memory, {available}"
        parts += [describe(model, default_runtime()), _workers(model), memory]
    parts += ["NOT for commercial use" * model.spec.non_commercial, model.note]
    return Check(Level.WARN if model.note else Level.OK, name, "; ".join(filter(None, parts)))


def _check_server(seen: Foreseen, name: str) -> Check:
    spec, where = seen.spec, where_it_is(seen.spec)
    if seen.lacking:
        advice = "start the server, or see [models.NAME.chat] in models.toml (docs/llm.md)"
        return _check(name, f"{where}; {seen.lacking}", advice)
    found = f"{where}; answers{f', {seen.fingerprint}' * bool(seen.fingerprint)}; {spec.licence}"
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
