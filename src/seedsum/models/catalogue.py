"""What there is to choose from: every profile and model of models.toml, also before it is here.

Numbers are those of the files where a model is here or locked, else what is published of it
(`about` in models.toml), else worked out from that by the formulas of `engines.memory`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from seedsum.checks import missing_checks
from seedsum.engines import engines, needs_files
from seedsum.engines.memory import (
    conversion_peak_bytes,
    default_runtime,
    peak_estimate_bytes,
    weights_peak_bytes,
)
from seedsum.errors import ModelError
from seedsum.models import storage
from seedsum.models.locating import LocalModels, needs_conversion, profile_models
from seedsum.records import SUMMARY_PART, ModelSpec, Profile

if TYPE_CHECKING:
    from seedsum.config import Settings

#: Most millions of weights of a fast and of a medium model. On two cores the starter (16) makes
#: ten times the tokens of opus-mt's size (75), which is called fast; a search costs as its weights.
_FAST_M, _MEDIUM_M = 250, 600


@dataclass(frozen=True, slots=True)
class CatalogueModel:
    """One model; sizes are bytes, 0 where there is nothing or nobody knows."""

    name: str
    source: str  # a repository, `folder:PATH`, `with the package`, or empty: it has no files
    revision: str  # as models.toml has it
    commit: str  # that it is locked to, else empty
    roles: tuple[str, ...]  # routes (`vi->en`) and `summary`, sorted
    profiles: tuple[str, ...]
    licence: str
    non_commercial: bool
    download_bytes: int  # what the next pull would fetch of it, all of it where it is not here
    disk_bytes: int
    memory_bytes: int  # at its peak, with one worker: the least that it runs in
    conversion_disk_bytes: int  # for a while; 0 where nothing is to be converted
    conversion_memory_bytes: int
    estimated: tuple[str, ...]  # which of these numbers are no files' sizes
    speed: str
    quality: str
    state: str  # `ready`, `missing` (a run would pull it) or `damaged`
    verified: str  # when its files were last hashed (ISO 8601, UTC); empty for never
    engine: str  # the one that runs it: transformers where a conversion was refused
    device: str
    note: str  # why it runs otherwise than models.toml asks, or what is published of it


@dataclass(frozen=True, slots=True)
class CatalogueProfile:
    """One profile."""

    name: str
    is_default: bool
    is_fallback: bool
    routes: tuple[tuple[str, tuple[str, ...]], ...]  # models by route (`vi->en`)
    summary: str
    non_commercial: bool  # of any of its models
    missing_checks: tuple[tuple[str, tuple[str, ...]], ...]  # by language, where any are


@dataclass(frozen=True, slots=True)
class Catalogue:
    """What a models.toml names, both sorted by name but for the default profile, which is first."""

    config: str
    profiles: tuple[CatalogueProfile, ...]
    models: tuple[CatalogueModel, ...]


def catalogue(settings: Settings, profile: str | None = None) -> Catalogue:
    """Return the profiles and models of a models.toml; of one profile where it is named.

    Raises:
        ConfigError: There is no such profile.
        ModelError: The lock cannot be read.
    """
    local = LocalModels.of(settings)
    names = sorted(settings.profiles, key=lambda name: (name != settings.default_profile, name))
    profiles = [settings.profile(name) for name in ([profile] if profile else names)]
    used = {spec.name: spec for one in profiles for spec in profile_models(settings, one)}
    used |= {} if profile else settings.models
    return Catalogue(
        config=str(settings.path.resolve()),
        profiles=tuple(_profile(one, settings) for one in profiles),
        models=tuple(model_of(spec, settings, local) for _, spec in sorted(used.items())),
    )


def narrowed(known: Catalogue, name: str) -> Catalogue:
    """Return no more of a catalogue than one model, or one profile with its models."""
    profiles = tuple(profile for profile in known.profiles if profile.name == name)
    used = {name} if not profiles else {profiles[0].summary}
    used |= {model for profile in profiles for _, models in profile.routes for model in models}
    models = tuple(model for model in known.models if model.name in used)
    return Catalogue(known.config, profiles, models)


def model_of(spec: ModelSpec, settings: Settings, local: LocalModels) -> CatalogueModel:
    """Return what is known of one model."""
    entry, state, verified, engine, notes = None, "missing", "", spec.engine, [spec.about.note]
    sizes = _published(spec)
    try:
        entry = local.entry(spec) if needs_files(spec) else None
        model = local.locate(spec)
        if folders := local.folders(spec):
            verified = storage.last_verified(folders[-1][0])
            files = [record.size for _, expected in folders for record in expected.values()]
            fetched = sum(record.size for record in folders[0][1].values())
            download = 0 if spec.bundled or spec.folder else fetched
            sizes = Sizes(download, sum(files), sizes.memory, estimated=("memory",))
        if model is not None:
            state, engine = "ready", model.spec.engine
            notes.append(model.note)
            memory = peak_estimate_bytes(model, num_workers=1)
            sizes = Sizes(sizes.download, sizes.disk, memory, estimated=("memory",) * bool(memory))
    except ModelError as error:
        state = "damaged"
        notes.append(str(error))
    roles, profiles = set(), set()
    for profile in settings.profiles.values():
        found = {
            str(direction)
            for direction, steps in profile.routes
            if any(step.model == spec.name for step in steps)
        } | ({SUMMARY_PART} if profile.summary == spec.name else set())
        roles |= found
        profiles |= {profile.name} if found else set()
    return CatalogueModel(
        name=spec.name,
        source=_source(spec),
        revision=spec.revision if spec.repository else "",
        commit=entry.commit if entry and spec.repository else "",
        roles=tuple(sorted(roles)),
        profiles=tuple(sorted(profiles)),
        licence=spec.licence,
        non_commercial=spec.non_commercial,
        download_bytes=sizes.download,
        disk_bytes=sizes.disk,
        memory_bytes=sizes.memory,
        conversion_disk_bytes=sizes.conversion_disk,
        conversion_memory_bytes=sizes.conversion_memory,
        estimated=sizes.estimated,
        speed=spec.about.speed or _speed(spec, sizes),
        quality=spec.about.quality,
        state=state,
        verified=verified,
        engine=engine,
        device=spec.chat.address or (default_runtime().device if needs_files(spec) else "cpu"),
        note="; ".join(filter(None, notes)),
    )


@dataclass(frozen=True, slots=True)
class Sizes:
    """What a model takes, in bytes; 0 where there is nothing or nobody knows."""

    download: int = 0
    disk: int = 0
    memory: int = 0
    conversion_disk: int = 0
    conversion_memory: int = 0
    estimated: tuple[str, ...] = ()


def _published(spec: ModelSpec) -> Sizes:
    """Return what is published of a model that is not here, and what follows from that."""
    engine, facts = engines().get(spec.engine), spec.about
    download, weights = facts.download_mb * 1_000_000, facts.parameters_m * 1_000_000
    if engine is None or not engine.formats or not (download or weights):
        return Sizes()
    if not needs_conversion(spec):
        is_converted = spec.format == "ctranslate2"
        held = download if is_converted or not weights else 4 * weights
        memory = weights_peak_bytes(held, engine, 1, is_converted=is_converted)
        return Sizes(download, download, memory, estimated=("memory",))
    stored = weights or download // 4  # a byte for each of what is mostly published as float32
    return Sizes(
        download,
        download + stored,
        weights_peak_bytes(stored, engine, 1, is_converted=True),
        conversion_disk=4 * download,  # as `pulling` asks for: the files, and three forms of them
        conversion_memory=conversion_peak_bytes(4 * stored),
        estimated=("disk", "memory", "conversion_disk", "conversion_memory"),
    )


def _speed(spec: ModelSpec, sizes: Sizes) -> str:
    millions = spec.about.parameters_m or sizes.disk / 1e6
    if not needs_files(spec):
        return "fast" if spec.engine not in engines() else ""  # of a server nobody knows
    if not millions:
        return ""
    return "fast" if millions <= _FAST_M else "medium" if millions <= _MEDIUM_M else "slow"


def _source(spec: ModelSpec) -> str:
    if spec.bundled:
        return "with the package"
    return f"folder:{spec.folder}" if spec.folder else spec.repository


def _profile(profile: Profile, settings: Settings) -> CatalogueProfile:
    languages = [direction.source for direction, _ in profile.routes]
    missing = ((language, missing_checks(language)) for language in languages)
    return CatalogueProfile(
        name=profile.name,
        is_default=profile.name == settings.default_profile,
        is_fallback=profile.name == settings.fallback_profile,
        routes=tuple(
            (str(direction), tuple(step.model for step in steps))
            for direction, steps in profile.routes
        ),
        summary=profile.summary,
        non_commercial=any(spec.non_commercial for spec in profile_models(settings, profile)),
        missing_checks=tuple((language, codes) for language, codes in missing if codes),
    )
