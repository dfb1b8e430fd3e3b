"""The models of a profile for a run, and the checks of what is on this machine."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from seedsum.engines import needs_files
from seedsum.errors import ModelError, VerificationError
from seedsum.models import download, storage
from seedsum.models.download import HURRIED_SECONDS, HubUnreachableError
from seedsum.models.listener import Listener, Silent
from seedsum.models.locating import LocalModels, profile_models
from seedsum.models.pulling import Pulling
from seedsum.records import ModelSpec, Profile, ResolvedModel

if TYPE_CHECKING:
    from seedsum.config import Settings


@dataclass(frozen=True, slots=True)
class Resolution:
    """What a run works with."""

    profile: str  # the profile in use; the fallback profile's name where `fallback` is set
    models: Mapping[str, ResolvedModel]  # by name
    fallback: bool = False
    fallback_reason: str = ""  # why it is not the profile that was asked for, else empty


@dataclass(frozen=True, slots=True)
class VerifiedModel:
    """One model after a check of every byte."""

    name: str
    state: str  # `verified`, `absent` (locked, not on this machine) or `unlocked` (never pulled)
    num_files: int = 0
    num_bytes: int = 0


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
    models, missing = _located(settings, wanted)
    if missing:
        reason = _why_not_to_be_had(missing, LocalModels.of(settings), offline)
        if not reason:
            try:
                Pulling(settings, listener or Silent(), HURRIED_SECONDS).pull(missing)
            except HubUnreachableError as error:
                reason = str(error)
        if reason and (strict or wanted.name == settings.fallback_profile):
            raise ModelError(f"{reason}. Run `seedsum models pull --profile {wanted.name}` first")
        if reason:
            substitute = settings.profile(settings.fallback_profile)
            try:
                models, _ = _located(settings, substitute)
            except ModelError as error:
                raise ModelError(
                    f"{reason}. The fallback cannot be used either: {error}"
                ) from error
            return Resolution(substitute.name, models, fallback=True, fallback_reason=reason)
        models, missing = _located(settings, wanted)
    if missing:
        names = ", ".join(sorted(spec.name for spec in missing))
        raise ModelError(f"{names}: gone again after the pull; is the cache cleaned?")
    return Resolution(wanted.name, models)


def _located(
    settings: Settings, profile: Profile
) -> tuple[dict[str, ResolvedModel], list[ModelSpec]]:
    local = LocalModels.of(settings)
    found = [(spec, local.locate(spec)) for spec in profile_models(settings, profile)]
    models = {spec.name: model for spec, model in found if model}
    return models, [spec for spec, model in found if not model]


def _why_not_to_be_had(missing: Sequence[ModelSpec], local: LocalModels, offline: bool) -> str:
    """Return why the network cannot give what is missing, empty where it may or is not needed."""
    remote = [spec.name for spec in missing if spec.repository and not local.has_snapshot(spec)]
    names = ", ".join(remote)
    if remote and (offline or download.is_offline()):
        return f"not on this machine, and the network is not to be used: {names}"
    if remote and (reason := download.why_unreachable()):
        return f"not on this machine: {names}; {reason}"
    return ""


def check_before_run(model: ResolvedModel) -> None:
    """Raise a ModelError where a model's files are not the ones that were resolved.

    Files that look as they did are not read again.
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
    local = LocalModels.of(settings)
    specs: Sequence[ModelSpec] = tuple(settings.models.values())
    if profile is not None:
        specs = profile_models(settings, settings.profile(profile))
    checked: list[VerifiedModel] = []
    wrong: list[str] = []
    for spec in filter(needs_files, specs):
        folders = local.folders(spec)
        if any(folder.is_dir() for folder, _ in folders):
            sizes = [record.size for _, expected in folders for record in expected.values()]
            checked.append(VerifiedModel(spec.name, "verified", len(sizes), sum(sizes)))
            for folder, expected in folders:
                lines = storage.differences(folder, expected, rehash=True)
                wrong.extend(f"{spec.name}: {line}" for line in lines)
        else:
            checked.append(VerifiedModel(spec.name, "absent" if folders else "unlocked"))
            if profile is not None:
                wrong.append(f"{spec.name}: not on this machine; run `seedsum models pull`")
    if wrong:
        remedy = "`seedsum models pull` fetches damaged and missing files again"
        raise VerificationError("\n".join([*wrong, remedy]))
    return tuple(checked)
