"""Hashes and the run key: what decided a pair's text, in a form that can be compared later.

The key holds no clock, no machine and no path. It can be worked out for an existing pair without
reading its document, from the source's hash and the routes that the record names.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping
from dataclasses import replace
from types import MappingProxyType

from seedsum.engines.chat_prompts import asked_with
from seedsum.files import sha256_json
from seedsum.output.pairs import PAIR_FILES
from seedsum.plugins import plugins
from seedsum.records import FORMAT_VERSION, KeyParts, Profile, ResolvedModel
from seedsum.settings import STAGE_VERSIONS


def model_id(model: ResolvedModel) -> str:
    """Return what a model is called in provenance: its repository, else a name."""
    return model.spec.repository or model.spec.chat.model or model.spec.name


class KeyMaker:
    """Makes the key parts of any document under one choice of settings.

    What does not depend on the document is hashed once for each set of routes, so that planning
    over many thousand current documents costs next to nothing.
    """

    def __init__(
        self,
        profile: Profile,
        models: Mapping[str, ResolvedModel],
        *,
        options: Mapping[str, object],
        route_options: Mapping[str, object] = MappingProxyType({}),
    ) -> None:
        # `options` is whatever else decides the text, as `canonical_json` can write it, and
        # `route_options` the same for one source language only (a glossary), by language.
        self._steps = {str(direction): steps for direction, steps in profile.routes}
        self._summary = models[profile.summary]
        self._models = models
        self._options = options
        self._route_options = route_options
        self._parts: dict[frozenset[str], KeyParts] = {}

    def parts(self, source_sha256: str, *, routes: Iterable[str], reviews: str = "") -> KeyParts:
        """Return the parts of the run key of one document.

        The routes are those of `Provenance.routes`: every direction that the document asked for
        (`vi->en`), in any order. One that the profile lacks counts as 'no model', so that adding it
        redoes the document. `reviews` is `reviews.key_of` what people said of it.
        """
        wanted = frozenset(routes)
        if wanted not in self._parts:
            self._parts[wanted] = self._settings_parts(wanted)
        known = self._parts[wanted]
        return replace(known, source=source_sha256, reviews=reviews)

    def _settings_parts(self, routes: frozenset[str]) -> KeyParts:
        steps = {
            route: [(str(s.direction), self._models[s.model]) for s in self._steps.get(route, ())]
            for route in routes
        }
        languages = {route.partition("->")[0] for route in routes}
        models = {
            "routes": {
                route: [(direction, _weights(model)) for direction, model in found]
                for route, found in steps.items()
            },
        }
        options = {
            "routes": {
                route: [_search(model) for _, model in found] for route, found in steps.items()
            },
            "options": self._options,
            "languages": {language: self._route_options.get(language) for language in languages},
        }
        format = {
            "format_version": FORMAT_VERSION,
            "stages": STAGE_VERSIONS,
            "files": sorted(PAIR_FILES),
            "plugins": plugins(),
        }
        summary = {"weights": _weights(self._summary), "search": _search(self._summary)}
        return KeyParts(
            source="",
            models=sha256_json(models),
            options=sha256_json(options),
            format=sha256_json(format),
            summary=sha256_json(summary),
        )


def _weights(model: ResolvedModel) -> dict[str, object]:
    """Return what of a model decides its text, except how it is searched."""
    spec = model.spec
    return {
        "id": model_id(model),
        "revision": model.revision,
        "weights_sha256": model.weights_sha256,
        "engine": spec.engine,
        "compute_type": spec.compute_type,
        "tokenizer": spec.tokenizer,
        "language_codes": spec.language_codes,
        "needs_review": spec.needs_review,
        **({"chat": asked_with(spec.chat, model.revision)} if spec.chat.address else {}),
    }


def _search(model: ResolvedModel) -> dict[str, object]:
    """Return how a model's output is searched for."""
    return {"decoding": model.spec.decoding, "max_source_tokens": model.spec.max_source_tokens}


#: Parts that every key has; others are left out where they are empty, as in older records.
_ALWAYS = frozenset({"source", "models", "options", "format"})


def run_key(parts: KeyParts) -> str:
    """Return the sha256 over all parts: equal for two documents only if their pairs are equal."""
    values = dataclasses.asdict(parts)
    return sha256_json({name: value for name, value in values.items() if value or name in _ALWAYS})


def changed_parts(recorded: KeyParts, expected: KeyParts) -> tuple[str, ...]:
    """Return the names of the parts that differ, in the order of `KeyParts`."""
    return tuple(
        field.name
        for field in dataclasses.fields(KeyParts)
        if getattr(recorded, field.name) != getattr(expected, field.name)
    )
