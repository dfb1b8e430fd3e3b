"""What a run knows before it starts: settings, resolved to the models that are on this machine."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from seedsum import __version__
from seedsum import models as hub
from seedsum.config import Settings, languages_of, load_settings
from seedsum.engines import engines, is_remote, resolve_compute_type
from seedsum.engines.arithmetic import describe
from seedsum.engines.chat_prompts import prompt_sha256
from seedsum.engines.memory import default_runtime
from seedsum.models.bounds import calibration_sha256
from seedsum.models.servers import with_fingerprint
from seedsum.pipeline.keys import KeyMaker, model_id, run_key
from seedsum.pipeline.progress import Progress
from seedsum.plugins import plugins
from seedsum.records import (
    EXTRACTIVE,
    SUMMARY_PART,
    TARGET_LANGUAGE,
    Direction,
    ModelUse,
    Profile,
    Provenance,
    ResolvedModel,
    Runtime,
    Sampling,
)
from seedsum.reviews import Standing
from seedsum.settings import OutputOptions


@dataclass(frozen=True, slots=True)
class Context:
    """The settings of a run, resolved to what is on this machine."""

    settings: Settings
    requested: Profile  # what was asked for
    profile: Profile  # what is used: with other models where those asked for cannot be had
    resolution: hub.Resolution
    models: Mapping[str, ResolvedModel]  # of `profile`, with the compute type they really run in
    runtime: Runtime
    keys: KeyMaker

    def parts_of(self, model: str) -> tuple[str, ...]:
        """Return what of the profile a model has a hand in: routes, and `SUMMARY_PART`."""
        routes = [
            str(direction)
            for direction, steps in self.profile.routes
            if model in {step.model for step in steps}
        ]
        return (*routes, *[SUMMARY_PART] * (self.profile.summary == model))

    def lacking(self, routes: Collection[str]) -> tuple[str, ...]:
        """Return what of a document with these routes its chosen models cannot make, sorted."""
        parts = {lack.part for lack in self.resolution.lacks}
        return tuple(sorted(parts.intersection((*routes, SUMMARY_PART))))


def resolve_context(
    config: Path | None,
    profile: str | None,
    *,
    offline: bool,
    strict: bool,
    progress: Progress | None = None,
    summary_sentences: int | None = None,
    only_language: str | None = None,
    without: Collection[str] | Mapping[str, str] = (),
) -> Context:
    """Return the context of a run with a profile of a models.toml, as `RunOptions` has them.

    `offline` only looks at what is here; the progress is told of downloads. `summary_sentences`
    takes the place of what models.toml says of the length of summaries. With `only_language` no
    more than the route from there is looked up, or fetched. `without` is that of `models.resolve`.

    Raises:
        ConfigError: models.toml is not valid, or has no such profile.
        ModelError: A model is missing or damaged.
    """
    settings = load_settings(config)
    if only_language is not None and only_language in languages_of(settings.profile(profile)):
        settings = settings.with_route_only(profile, only_language)
    if summary_sentences is not None:
        settings = replace(settings, summary=settings.summary.of_length(summary_sentences))
    requested = settings.profile(profile)
    resolution = hub.resolve(
        settings,
        requested.name,
        offline=offline,
        strict=strict,
        listener=progress,
        without=without,
    )
    used = resolution.profile
    runtime = default_runtime()
    models = {
        name: replace(
            with_fingerprint(model),
            spec=replace(model.spec, compute_type=resolve_compute_type(model.spec, runtime)),
        )
        for name, model in resolution.models.items()
    }
    return Context(
        settings=settings,
        requested=requested,
        profile=used,
        resolution=resolution,
        models=models,
        runtime=runtime,
        keys=_keys(settings, requested, used, models),
    )


def _keys(
    settings: Settings, requested: Profile, used: Profile, models: Mapping[str, ResolvedModel]
) -> KeyMaker:
    return KeyMaker(
        used,
        models,
        options={
            "summary": settings.summary,
            "checks": settings.checks,
            "languages": languages_of(requested),
            "plugins": plugins(),
            "calibration": calibration_sha256(),
            # Left out where it is what it was before there was a choice: pairs stay current.
            **({"output": settings.output} if settings.output != OutputOptions() else {}),
        },
        route_options=settings.glossaries,
    )


def with_terms(context: Context, terms: Sequence[Standing]) -> Context:
    """Return a context whose glossaries have the terms that reviewers added.

    An entry of a glossary beside models.toml comes first.
    """
    if not terms:
        return context
    from seedsum.checks.glossary import with_terms as glossary_with

    settings = context.settings
    glossaries = dict(settings.glossaries)
    languages = sorted({term.direction.partition("->")[0] for term in terms} - {""})
    for language in languages:
        added = {
            term.source: term.text for term in terms if term.direction.startswith(f"{language}->")
        }
        glossaries[language] = glossary_with(glossaries.get(language), added)
    settings = replace(settings, glossaries=glossaries)
    keys = _keys(settings, context.requested, context.profile, context.models)
    return replace(context, settings=settings, keys=keys)


def provenance(
    source_sha256: str, directions: Collection[Direction], context: Context, *, reviews: str = ""
) -> Provenance:
    """Return what decides the text of a document that asks for these directions.

    `reviews` is `reviews.key_of` what people said of it.
    """
    routes = tuple(sorted(str(direction) for direction in directions))
    parts = context.keys.parts(source_sha256, routes=routes, reviews=reviews)
    uses = model_uses(directions, context)
    # On a CPU, all but what a server runs gives the same text each time.
    levels = {engines()[use.engine].level for use in uses if use.engine in engines()}
    lacking = context.lacking(routes)
    return Provenance(
        run_key=run_key(parts),
        profile=context.requested.name,
        fallback=bool(lacking),
        fallback_reason=_why(lacking, context) if lacking else "",
        fallback_parts=lacking,
        software_version=__version__,
        models=uses,
        key_parts=parts,
        routes=routes,
        reproducible=context.runtime.device == "cpu" and levels <= {"token"},
        plugins=tuple(
            f"{plugin.group}:{plugin.name} {plugin.distribution} {plugin.version}"
            for plugin in plugins()
        ),
        checks_missing=_checks_missing(directions, context),
    )


def _why(lacking: Sequence[str], context: Context) -> str:
    """Return why, without what the network said: that differs from run to run."""
    all_parts = {SUMMARY_PART, *(str(direction) for direction, _ in context.requested.routes)}
    which = "" if all_parts.issubset(lacking) else f"{' and '.join(lacking)} "
    several = "s" * (not which or len(lacking) > 1)
    return f"the {which}model{several} of profile {context.requested.name!r} could not be had"


def _checks_missing(
    directions: Collection[Direction], context: Context
) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """Return the checks that the languages that are translated go without, by language."""
    from seedsum.checks import missing_checks  # only where something is done

    routes = dict(context.profile.routes)
    missing = {
        direction.source: missing_checks(direction.source)
        for direction in sorted(directions, key=str)
        if direction in routes
    }
    return tuple((language, codes) for language, codes in missing.items() if codes)


def model_uses(directions: Collection[Direction], context: Context) -> tuple[ModelUse, ...]:
    """Return the models of the directions that the profile has a route for, and the summary's."""
    uses = [
        _use("translation", str(step.direction), step.model, context)
        for direction, steps in context.profile.routes
        if direction in directions
        for step in steps
    ]
    return (*uses, _use("summary", TARGET_LANGUAGE, context.profile.summary, context))


def _use(role: str, route: str, name: str, context: Context) -> ModelUse:
    model: ResolvedModel = context.models[name]
    chat, has_server = model.spec.chat, is_remote(model.spec)
    sampling = Sampling(chat.temperature, chat.seed, chat.max_tokens, chat.context)
    searched = sampling if has_server else model.spec.decoding
    return ModelUse(
        role=role,
        route=route,
        id=model_id(model),
        revision="" if has_server else model.revision,
        licence=model.spec.licence,
        engine=model.spec.engine,
        compute_type=model.spec.compute_type,
        weights_sha256=model.weights_sha256,
        arithmetic=describe(model, context.runtime),
        decoding=searched if model.spec.engine != EXTRACTIVE else None,
        non_commercial=model.spec.non_commercial,
        address=chat.address,
        fingerprint=model.revision if has_server else "",
        prompt_sha256=prompt_sha256(chat) if has_server else "",
    )
