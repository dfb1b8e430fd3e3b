"""The models of a profile for a run, and the checks of what is on this machine."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from seedsum.engines import needs_files
from seedsum.errors import ModelError, VerificationError
from seedsum.models import download, storage
from seedsum.models.download import HURRIED_SECONDS, HubUnreachableError
from seedsum.models.listener import Listener, Silent
from seedsum.models.locating import (
    has_snapshot,
    locate,
    lock_entry,
    locked_models,
    model_folders,
    profile_models,
)
from seedsum.models.lock import LockedModel
from seedsum.models.pulling import Pulling
from seedsum.records import ModelSpec, Profile, ResolvedModel

if TYPE_CHECKING:
    from seedsum.config import Settings


@dataclass(frozen=True, slots=True)
class Resolution:
    """What a run works with.

    Attributes:
        profile: The profile in use; the fallback profile's name where `fallback` is set.
        models: Every model of that profile by name.
        fallback_reason: Why it is not the profile that was asked for, else empty.
    """

    profile: str
    models: Mapping[str, ResolvedModel]
    fallback: bool = False
    fallback_reason: str = ""


@dataclass(frozen=True, slots=True)
class VerifiedModel:
    """One model after a check of every byte.

    Attributes:
        state: `verified`, `absent` (locked, not on this machine) or `unlocked` (never pulled).
    """

    name: str
    state: str
    num_files: int
    num_bytes: int


def resolve(
    settings: Settings,
    profile: str | None = None,
    *,
    offline: bool = False,
    strict: bool = False,
    listener: Listener | None = None,
) -> Resolution:
    """Return the profile's models (None: the default), checked, and fetched where missing.

    Where they cannot be had because the network is forbidden or the Hub does not answer, the
    fallback profile is returned with the reason; finding out that there is no Hub costs ten seconds
    at most.

    Raises:
        ConfigError: There is no such profile.
        ModelError: A file is not what the lock says; the Hub refuses a model; or, with `strict`,
            the models cannot be had.
    """
    wanted = settings.profile(profile)
    found = _located(settings, wanted)
    missing = [settings.models[name] for name, model in found.items() if model is None]
    if missing:
        reason = _why_not_to_be_had(missing, locked_models(settings), offline)
        if not reason:
            try:
                Pulling(settings, listener or Silent(), HURRIED_SECONDS).pull(missing)
            except HubUnreachableError as error:
                reason = str(error)
        if reason:
            if strict or wanted.name == settings.fallback_profile:
                raise ModelError(
                    f"{reason}. Run `seedsum models pull --profile {wanted.name}` first"
                )
            return _fallback(settings, reason)
        found = _located(settings, wanted)
    models = {name: model for name, model in found.items() if model is not None}
    if lost := sorted(found.keys() - models.keys()):
        raise ModelError(f"{', '.join(lost)}: gone again after the pull; is the cache cleaned?")
    return Resolution(profile=wanted.name, models=models)


def _located(settings: Settings, profile: Profile) -> dict[str, ResolvedModel | None]:
    """Return the profile's models by name, None for one that must be pulled."""
    locked = locked_models(settings)
    return {
        spec.name: locate(spec, locked.get(spec.name), settings.base)
        for spec in profile_models(settings, profile)
    }


def _fallback(settings: Settings, reason: str) -> Resolution:
    """Return the fallback profile's models, all of which come with the package."""
    substitute = settings.profile(settings.fallback_profile)
    try:
        found = _located(settings, substitute)
    except ModelError as error:
        raise ModelError(f"{reason}. The fallback cannot be used either: {error}") from error
    models = {name: model for name, model in found.items() if model is not None}
    return Resolution(substitute.name, models, fallback=True, fallback_reason=reason)


def _why_not_to_be_had(
    missing: Sequence[ModelSpec], locked: Mapping[str, LockedModel], offline: bool
) -> str:
    """Return why the network cannot give what is missing, empty where it may or is not needed."""
    remote = [
        spec.name
        for spec in missing
        if spec.repository and not has_snapshot(spec, locked.get(spec.name))
    ]
    if not remote:
        return ""
    names = ", ".join(remote)
    if offline or download.is_offline():
        return f"not on this machine, and the network is not to be used: {names}"
    if reason := download.why_unreachable():
        return f"not on this machine: {names}; {reason}"
    return ""


def check_before_run(model: ResolvedModel) -> None:
    """Do nothing where a resolved model's files are still the ones that were resolved.

    Files that look as they did are not read again.

    Raises:
        ModelError: They are not.
    """
    if model.folder is None:
        return
    try:
        found = storage.combined_sha256(storage.record_files(model.folder))
    except OSError as error:
        raise ModelError(f"model {model.spec.name}: {model.folder}: {error}") from error
    if found != model.weights_sha256:
        raise ModelError(
            f"model {model.spec.name}: files in {model.folder} changed since this run began; run"
            " `seedsum models verify` to see which"
        )


def verify(settings: Settings, profile: str | None = None) -> tuple[VerifiedModel, ...]:
    """Hash every file of every locked model again and return what was checked.

    With a profile its models must be there; without one, models that are in the lock but not on
    this machine are reported as absent.

    Raises:
        VerificationError: A file differs or is missing; the message names each.
    """
    locked = locked_models(settings)
    specs = (
        settings.models.values()
        if profile is None
        else profile_models(settings, settings.profile(profile))
    )
    checked: list[VerifiedModel] = []
    wrong: list[str] = []
    for spec in specs:
        if not needs_files(spec):
            continue
        model, differences = _verify_model(spec, locked.get(spec.name), settings.base)
        checked.append(model)
        wrong.extend(differences)
        if profile is not None and model.state != "verified":
            wrong.append(f"{spec.name}: not on this machine; run `seedsum models pull`")
    if wrong:
        raise VerificationError(
            "\n".join([*wrong, "`seedsum models pull` fetches damaged and missing files again"])
        )
    return tuple(checked)


def _verify_model(
    spec: ModelSpec, locked: LockedModel | None, base: Path
) -> tuple[VerifiedModel, list[str]]:
    """Return what was checked of one model, and what differs."""
    entry = lock_entry(spec, locked)
    if entry is None:
        return VerifiedModel(spec.name, "unlocked", 0, 0), []
    folders = model_folders(spec, entry, base)
    if not any(folder.is_dir() for folder, _ in folders):
        return VerifiedModel(spec.name, "absent", 0, 0), []
    wrong = [
        f"{spec.name}: {line}"
        for folder, expected in folders
        for line in storage.differences(folder, expected, rehash=True)
    ]
    records = [record for _, expected in folders for record in expected.values()]
    num_bytes = sum(record.size for record in records)
    return VerifiedModel(spec.name, "verified", len(records), num_bytes), wrong
