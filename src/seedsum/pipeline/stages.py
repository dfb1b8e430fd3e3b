"""The stages as a context has them; for the worker, for verification and for evaluation."""

from __future__ import annotations

from collections.abc import Callable

from seedsum.engines.cache import DecodingCache
from seedsum.engines.pool import LoadedModels
from seedsum.models import check_before_run
from seedsum.models.bounds import bounds_of
from seedsum.pipeline.context import Context
from seedsum.records import TARGET_LANGUAGE
from seedsum.summaries.summariser import Summariser
from seedsum.translation.translator import DocumentTranslator


def loaded_models(
    context: Context,
    *,
    on_load: Callable[[str], None],
    on_alive: Callable[[], None] = lambda: None,
    cache: DecodingCache | None = None,
) -> LoadedModels:
    """Return the models of a context, which are loaded when they are needed."""
    return LoadedModels(
        context.models,
        runtime=context.runtime,
        on_load=on_load,
        on_alive=on_alive,
        check_files=check_before_run,
        cache=cache,
    )


def translator(
    context: Context,
    loaded: LoadedModels,
    *,
    on_found: Callable[[int], object],
    on_translated: Callable[[int], object],
) -> DocumentTranslator:
    """Return the translator of a context's profile; see `DocumentTranslator`."""
    return DocumentTranslator(
        loaded,
        routes=dict(context.profile.routes),
        specs={name: model.spec for name, model in context.models.items()},
        checks=context.settings.checks,
        glossaries=context.settings.glossaries,
        target=TARGET_LANGUAGE,
        bounds=lambda name, model, direction: bounds_of(context.models[name], model, direction),
        on_found=on_found,
        on_translated=on_translated,
    )


def summariser(context: Context, loaded: LoadedModels) -> Summariser:
    """Return the summariser of a context's profile."""
    model = context.models[context.profile.summary]
    return Summariser(loaded, model=model, options=context.settings.summary)
