"""The models of a profile for a run, and the checks of what is on this machine."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from time import monotonic
from typing import TYPE_CHECKING

from seedsum.engines import needs_files
from seedsum.errors import ModelError, VerificationError
from seedsum.models import download, storage
from seedsum.models.download import HURRIED_SECONDS, HubUnreachableError
from seedsum.models.listener import Listener, Silent
from seedsum.models.locating import LocalModels, profile_models
from seedsum.models.pulling import Pulling
from seedsum.records import SUMMARY_PART, ModelSpec, Profile, ResolvedModel

if TYPE_CHECKING:
    from seedsum.config import Settings


#: A Hub that takes longer to fail for one model is not asked for the next.
_QUICK_SECONDS = 2.0


_SENTENCE_END = re.compile(r"[.?] (?=[A-Z`])")


@dataclass(frozen=True, slots=True)
class Lack:
    """A part of a profile whose model cannot be had."""

    part: str  # a route (`vi->en`), or `SUMMARY_PART`
    reason: str
    instead: tuple[str, ...]  # models that do its work; of a route none where nobody does


@dataclass(frozen=True, slots=True)
class Resolution:
    """What a run works with."""

    profile: Profile  # what was asked for, with what stands in for what is lacking
    models: Mapping[str, ResolvedModel]  # by name
    lacks: tuple[Lack, ...] = ()  # in the order of the profile, the summary last

    @property
    def fallback(self) -> bool:
        """Return whether it is not all that was asked for."""
        return bool(self.lacks)

    @property
    def fallback_reason(self) -> str:
        """Return why not, each reason once; empty where it is."""
        return "; ".join(dict.fromkeys(lack.reason for lack in self.lacks))

    @property
    def fallback_text(self) -> str:
        """Return in one line what is done instead, and why; empty where nothing is.

        What to do about it, which errors say after that, `doctor` and `models pull` say.
        """
        by_reason: dict[str, list[Lack]] = {}
        for lack in self.lacks:
            why = _SENTENCE_END.split(lack.reason)[0].rstrip(".")
            by_reason.setdefault(why, []).append(lack)
        return "; ".join(f"{_instead(lacks)}: {why}" for why, lacks in by_reason.items())

    @property
    def instead_text(self) -> str:
        """Return in one short line what is done instead; empty where nothing is."""
        return _instead(self.lacks)


def _instead(lacks: Sequence[Lack]) -> str:
    routes = [lack for lack in lacks if lack.part != SUMMARY_PART]
    weak = [lack.part for lack in routes if lack.instead]
    nothing = [lack.part for lack in routes if not lack.instead]
    parts = [
        f"the weak starter models translate {', '.join(weak)}" * bool(weak),
        f"nothing translates {', '.join(nothing)}" * bool(nothing),
        "summaries are extracts" * (len(routes) < len(lacks)),
    ]
    return ", and ".join(filter(None, parts))


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
    without: Collection[str] | Mapping[str, str] = (),
) -> Resolution:
    """Return the profile's models (None: the default), checked, and fetched where missing.

    A part whose model cannot be had (no network, refused, not to be converted) is done by the
    fallback profile's, where that has it, with the reason; the other parts are not touched by that.
    Finding out that there is no Hub costs ten seconds at most. `without` names parts that are to be
    done without, as if theirs could not be had, perhaps with why.

    Raises:
        ConfigError: There is no such profile.
        ModelError: A file is not what the lock says; or, with `strict`, a model cannot be had.
    """
    asked = settings.profile(profile)
    wanted = without_parts(asked, without)
    models, missing = _located(settings, wanted)
    reasons: dict[str, str] = {}
    if missing:
        is_strict = strict or asked.name == settings.fallback_profile
        reasons = _pulled(settings, missing, offline, listener or Silent())
        if reasons and is_strict:
            why = "; ".join(dict.fromkeys(reasons.values()))
            raise ModelError(f"{why}. Run `seedsum models pull --profile {asked.name}` first")
        models, missing = _located(settings, wanted)
    if gone := sorted(spec.name for spec in missing if spec.name not in reasons):
        raise ModelError(f"{', '.join(gone)}: gone again after the pull; is the cache cleaned?")
    substitute = settings.profile(settings.fallback_profile)
    lacks = lacks_of(asked, substitute, reasons, without)
    if not lacks:
        return Resolution(asked, models)
    used = with_instead(asked, substitute, lacks)
    try:
        found, gone_too = _located(settings, used)
        if gone_too:
            raise ModelError(f"{', '.join(spec.name for spec in gone_too)} is not here")
    except ModelError as error:
        why = Resolution(asked, {}, lacks).fallback_reason
        raise ModelError(f"{why}. The fallback cannot be used either: {error}") from error
    return Resolution(used, found, lacks)


def without_parts(profile: Profile, parts: Collection[str]) -> Profile:
    """Return the profile with no more than its other parts; a summary is then extractive."""
    routes = tuple(route for route in profile.routes if str(route[0]) not in parts)
    return replace(profile, routes=routes, summary="" if SUMMARY_PART in parts else profile.summary)


def lacks_of(
    asked: Profile,
    substitute: Profile,
    reasons: Mapping[str, str],
    without: Collection[str] | Mapping[str, str],
) -> tuple[Lack, ...]:
    """Return the parts of a profile for which a model has a reason why it cannot be had."""
    stand_ins = dict(substitute.routes)
    names = {
        str(direction): [step.model for step in steps] for direction, steps in asked.routes
    } | {SUMMARY_PART: [asked.summary]}
    instead = {
        str(direction): tuple(step.model for step in stand_ins.get(direction, ()))
        for direction, _ in asked.routes
    } | {SUMMARY_PART: (substitute.summary,)}
    told = without if isinstance(without, Mapping) else dict.fromkeys(without, "done without")
    return tuple(
        Lack(part, "; ".join(why) or told[part], instead[part])
        for part, models in names.items()
        if (why := [reasons[name] for name in models if name in reasons]) or part in without
    )


def with_instead(asked: Profile, substitute: Profile, lacks: Sequence[Lack]) -> Profile:
    """Return the profile with the substitute's steps and summary for what is lacking."""
    stand_ins = dict(substitute.routes)
    parts = {lack.part for lack in lacks}
    steps = [
        (direction, stand_ins.get(direction, ()) if str(direction) in parts else own)
        for direction, own in asked.routes
    ]
    summary = substitute.summary if SUMMARY_PART in parts else asked.summary
    return Profile(asked.name, tuple((where, some) for where, some in steps if some), summary)


def _pulled(
    settings: Settings, missing: Sequence[ModelSpec], offline: bool, listener: Listener
) -> dict[str, str]:
    """Bring each missing model here; return why not, by name, of those that cannot be had."""
    reasons: dict[str, str] = {}
    local = LocalModels.of(settings)
    remote = [spec.name for spec in missing if spec.repository and not local.has_snapshot(spec)]
    unreachable = _why_not_to_be_had(remote, offline)
    pulling = Pulling(settings, listener, HURRIED_SECONDS)
    for spec in missing:
        if spec.name in remote and unreachable:
            reasons[spec.name] = unreachable
            continue
        begin = monotonic()
        try:
            pulling.pull([spec])
        except HubUnreachableError as error:
            reasons[spec.name] = str(error)
            if monotonic() - begin > _QUICK_SECONDS:  # the others would have to wait as long
                unreachable = str(error)
        except ModelError as error:
            reasons[spec.name] = str(error)
    return reasons


def _located(
    settings: Settings, profile: Profile
) -> tuple[dict[str, ResolvedModel], list[ModelSpec]]:
    local = LocalModels.of(settings)
    found = [(spec, local.locate(spec)) for spec in profile_models(settings, profile)]
    models = {spec.name: model for spec, model in found if model}
    return models, [spec for spec, model in found if not model]


def _why_not_to_be_had(remote: Sequence[str], offline: bool) -> str:
    """Return why the network cannot give these models, empty where it may or is not needed."""
    names = ", ".join(remote)
    if remote and (offline or download.is_offline()):
        return f"not on this machine: {names} (offline)"
    if remote and (reason := download.why_unreachable()):
        return f"not on this machine: {names} ({reason})"
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
