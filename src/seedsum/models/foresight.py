"""What a run would find of a profile's models, without fetching, converting or changing anything.

Follows `resolving`: where that would go on without a model, so does this, and says the same of it.
"""

from __future__ import annotations

import os
import shutil
from dataclasses import dataclass
from typing import TYPE_CHECKING

from seedsum.engines import identify, is_remote
from seedsum.engines.memory import (
    available_bytes,
    conversion_estimate_bytes,
    conversion_peak_bytes,
    peak_estimate_bytes,
)
from seedsum.errors import ModelError
from seedsum.models import download, storage
from seedsum.models.download import HURRIED_SECONDS
from seedsum.models.folders import check_folder
from seedsum.models.listing import find_offer
from seedsum.models.locating import LocalModels, locked_folder, needs_conversion, profile_models
from seedsum.models.resolving import Lack, Resolution, lacks_of, with_instead
from seedsum.models.servers import refuse_distant
from seedsum.records import ModelSpec, ResolvedModel

if TYPE_CHECKING:
    from seedsum.config import Settings


#: How a `fatal` begins that no pull would mend.
TOO_LARGE = "needs about"


@dataclass(frozen=True, slots=True)
class Foreseen:
    """One model. At most one of `ready` to `fatal` is set; of one on a server only `lacking`."""

    spec: ModelSpec
    ready: ResolvedModel | None = None
    to_come: str = ""  # what a run would do to get it
    lacking: str = ""  # why it cannot be had
    fatal: str = ""  # what would end a run that needs it
    fingerprint: str = ""  # what its server says of it


@dataclass(frozen=True, slots=True)
class Foresight:
    """A profile's models, and what would be done without those that cannot be had."""

    models: tuple[Foreseen, ...]
    unreachable: str  # why the Hub cannot be had, also where nobody needs it
    lacks: tuple[Lack, ...]
    stand_ins: tuple[Foreseen, ...]  # models of the fallback profile that would be used
    text: str  # what would be done instead, in one line


def foresee(settings: Settings, profile: str | None = None, *, offline: bool = False) -> Foresight:
    """Return what a run with the profile would find.

    The Hub is asked for what is neither here nor locked: a few small answers.

    Raises:
        ConfigError: There is no such profile.
        ModelError: The lock cannot be read.
    """
    wanted = settings.profile(profile)
    local = LocalModels.of(settings)
    is_offline = offline or download.is_offline()
    unreachable = "offline" if is_offline else download.why_unreachable()
    models = tuple(
        _asked(spec, is_offline=offline) if is_remote(spec) else _foreseen(spec, local, unreachable)
        for spec in profile_models(settings, wanted)
    )
    reasons = {found.spec.name: found.lacking for found in models if found.lacking}
    substitute = settings.profile(settings.fallback_profile)
    lacks = lacks_of(wanted, substitute, reasons, ())
    names = {name for lack in lacks for name in lack.instead}
    stand_ins = tuple(
        _foreseen(spec, local, unreachable)
        for spec in profile_models(settings, with_instead(wanted, substitute, lacks))
        if spec.name in names
    )
    text = Resolution(wanted, {}, lacks).fallback_text
    return Foresight(models, unreachable, lacks, stand_ins, text)


def _asked(spec: ModelSpec, *, is_offline: bool) -> Foreseen:
    """Return what a model's server says, which is asked, but told no text."""
    try:
        if is_offline:
            refuse_distant([spec])
        return Foreseen(spec, fingerprint=identify(spec))
    except ModelError as error:
        return Foreseen(spec, lacking=str(error))


def _foreseen(spec: ModelSpec, local: LocalModels, unreachable: str) -> Foreseen:
    try:
        model = local.locate(spec)
    except ModelError as error:
        return Foreseen(spec, fatal=str(error))
    if model is not None:
        return _loaded(spec, model)
    if not os.access(storage.existing_home(), os.W_OK):
        why = f"{storage.home()} cannot be written; set SEEDSUM_HOME to a folder that can"
        return Foreseen(spec, lacking=why)
    try:
        return Foreseen(spec, to_come=_to_come(spec, local, unreachable))
    except ModelError as error:
        return Foreseen(spec, lacking=str(error))


def _loaded(spec: ModelSpec, model: ResolvedModel) -> Foreseen:
    needed, available = peak_estimate_bytes(model), available_bytes()
    if needed <= available:
        return Foreseen(spec, ready=model)
    return Foreseen(
        spec,
        fatal=f"{TOO_LARGE} {needed / 1e9:.1f} GB of memory, {available / 1e9:.1f} GB available",
    )


def _to_come(spec: ModelSpec, local: LocalModels, unreachable: str) -> str:
    """Return what a run would do to get a model that is not here.

    Raises:
        ModelError: It would do without.
    """
    convert = ", and converts it" * needs_conversion(spec)
    if spec.folder:
        folder = local.base / spec.folder
        check_folder(spec, folder)
        _require_memory(conversion_estimate_bytes(folder) if convert else 0)
        return f"{folder} is there; the first run takes note of its files{convert}"
    if local.has_snapshot(spec) and (entry := local.pinned(spec)):
        folder = locked_folder(spec, entry, local.base)
        _require_memory(conversion_estimate_bytes(folder) if convert else 0)
        return "its files are here; a run converts it"
    if unreachable:
        raise ModelError(f"not on this machine ({unreachable})")
    if pinned := local.pinned(spec):
        sizes = {path: record.size for path, record in pinned.files.items()}
    else:
        found = find_offer(spec, HURRIED_SECONDS).snapshots[0]
        sizes = {file.path: file.size for file in found.files}
    total = sum(sizes.values())
    needed = 4 * total if convert else total
    if (free := shutil.disk_usage(storage.existing_home()).free) < needed:
        raise ModelError(f"needs {needed / 1e9:.1f} GB of disk, {free / 1e9:.1f} GB are free")
    weights = sum(size for path, size in sizes.items() if path.endswith(".safetensors"))
    _require_memory(conversion_peak_bytes(weights) if convert else 0)
    return f"not here; a run fetches {total / 1e6:,.0f} MB{convert}"


def _require_memory(needed: int) -> None:
    if needed > (available := available_bytes()):
        raise ModelError(
            f"its conversion needs about {needed / 1e9:.1f} GB of memory,"
            f" {available / 1e9:.1f} GB are available"
        )
