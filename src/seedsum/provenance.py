"""Hashes and the run key: what decided a pair's text, in a form that can be compared later.

The key holds no clock, no machine and no path. It can be worked out for an existing pair without
reading its document, from the source's hash and the routes that the record names. Here is also the
seal, a Markdown file's hash in itself.
Neighbours: `pipeline` makes keys, `planning` compares their parts, `rendering` writes them and
seals, `store` looks at seals.
"""

from __future__ import annotations

import dataclasses
import hashlib
import json
import math
import re
from collections.abc import Iterable, Mapping
from enum import Enum
from io import FileIO
from pathlib import Path, PurePath

from seedsum.records import KeyParts, Profile, ResolvedModel

#: Version of the record and of the two Markdown files; others read them, see docs/output-format.md.
FORMAT_VERSION = 1

#: What each stage makes of the same input; a change that can alter a pair's text adds one here, and
#: every pair is then redone with the reason `format-changed`.
STAGE_VERSIONS: Mapping[str, int] = {
    "reading": 2,
    "blocks": 1,
    "detection": 1,
    "segmentation": 1,
    "translation": 3,
    "checks": 3,
    "summarisation": 1,
    "rendering": 3,
}


_PIECE_BYTES = 1 << 18


def sha256_bytes(data: bytes) -> str:
    """Return the sha256 of the bytes, in hex."""
    return hashlib.sha256(data).hexdigest()


def sha256_file(path: Path | str) -> str:
    """Return the sha256 of a file's bytes, in hex; reads it in pieces, whatever its size.

    Raises:
        OSError: The file cannot be read.
    """
    digest = hashlib.sha256()
    with FileIO(path) as file:
        # `hashlib.file_digest` clears a buffer of 256 KiB first, which for 10,000 articles of 10 KB
        # takes longer than hashing them.
        while piece := file.read(_PIECE_BYTES):
            digest.update(piece)
    return digest.hexdigest()


#: The front-matter key that holds the file's own hash; see `seal`.
SEAL_KEY = "file_sha256"

_SEAL = re.compile(rb"^%b: '([0-9a-f]{64})'$" % SEAL_KEY.encode(), re.MULTILINE)


def seal(text: str) -> str:
    """Return the Markdown file with the hash of itself (with the hash's own place empty) filled in.

    `store` tells from it that nobody edited the file, also where the record is lost.
    """
    empty = f"\n{SEAL_KEY}: ''\n"
    return text.replace(empty, f"\n{SEAL_KEY}: '{sha256_bytes(text.encode())}'\n", 1)


def is_sealed(data: bytes) -> bool:
    """Return whether a Markdown file is, byte for byte, what `seal` gave."""
    found = _SEAL.search(data)
    if found is None:
        return False
    unsealed = data[: found.start(1)] + data[found.end(1) :]
    return sha256_bytes(unsealed).encode() == found[1]


def canonical_json(value: object) -> str:
    """Return the one JSON text of a value: sorted keys, no spaces, characters as they are.

    Dataclasses become objects, enums their value, tuples lists, sets sorted lists.

    Raises:
        TypeError: The value holds a path (paths differ between machines), or a type without one
            obvious JSON form.
        ValueError: The value holds a number that is not finite.
    """
    return json.dumps(
        _plain(value), ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False
    )


def sha256_json(value: object) -> str:
    """Return the sha256 of the value's canonical JSON, in hex.

    Raises:
        TypeError, ValueError: See `canonical_json`.
    """
    # A lone surrogate (a file name that is not UTF-8) has no UTF-8 form and must still be hashed.
    return sha256_bytes(canonical_json(value).encode("utf-8", "surrogatepass"))


def _plain(value: object) -> object:
    """Return the value in the types that `json` writes in one way only."""
    if isinstance(value, Enum):
        return _plain(value.value)
    if value is None or isinstance(value, str | bool | int):
        return value
    if isinstance(value, float):
        if not math.isfinite(value):
            raise ValueError(f"{value!r} has no canonical JSON form")
        return value
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {
            field.name: _plain(getattr(value, field.name)) for field in dataclasses.fields(value)
        }
    if isinstance(value, Mapping):
        for key in value:
            if not isinstance(key, str):
                raise TypeError(f"{key!r} is no key of a JSON object; use a string")
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, tuple | list):
        return [_plain(item) for item in value]
    if isinstance(value, set | frozenset):
        return sorted((_plain(item) for item in value), key=canonical_json)
    if isinstance(value, PurePath):
        raise TypeError(f"the path {value} differs between machines and cannot be part of a key")
    raise TypeError(f"{type(value).__name__} has no canonical JSON form")


def model_id(model: ResolvedModel) -> str:
    """Return what a model is called in provenance: its repository, else its name in models.toml."""
    return model.spec.repository or model.spec.name


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
        route_options: Mapping[str, object] | None = None,
    ) -> None:
        """Keep the settings; nothing is hashed yet.

        Args:
            profile: Its routes and its summary model, by their names in `models`.
            models: What the models' names resolve to on this machine; a document's key holds only
                those that the document uses.
            options: Whatever else decides the text: thresholds, command-line choices.
                `canonical_json` must be able to write it.
            route_options: The same for documents of one source language only (a glossary), by
                language.
        """
        self._steps = {str(direction): steps for direction, steps in profile.routes}
        self._summary = profile.summary
        self._models = models
        self._options = options
        self._route_options = route_options or {}
        self._format = sha256_json({"format_version": FORMAT_VERSION, "stages": STAGE_VERSIONS})
        self._parts: dict[frozenset[str], KeyParts] = {}

    def parts(self, source_sha256: str, *, routes: Iterable[str]) -> KeyParts:
        """Return the parts of the run key of one document.

        Args:
            source_sha256: Of the raw bytes.
            routes: Every direction that the document asked for (`vi->en`), in any order, repeated
                or not. One that the profile lacks counts as 'no model', so that adding it redoes
                the document. The names are those of `Provenance.routes`.

        Raises:
            KeyError: `models` lacks a model that the document uses.
            TypeError, ValueError: `options` holds what `canonical_json` refuses.
        """
        wanted = frozenset(routes)
        if wanted not in self._parts:
            self._parts[wanted] = self._settings_parts(wanted)
        known = self._parts[wanted]
        return KeyParts(source_sha256, known.models, known.options, known.format)

    def _settings_parts(self, routes: frozenset[str]) -> KeyParts:
        steps = {route: self._steps.get(route, ()) for route in routes}
        return KeyParts(
            source="",
            models=sha256_json(
                {
                    "routes": {
                        route: [
                            (str(step.direction), _weights(self._models[step.model]))
                            for step in steps[route]
                        ]
                        for route in routes
                    },
                    "summary": _weights(self._models[self._summary]),
                }
            ),
            options=sha256_json(
                {
                    "routes": {
                        route: [_search(self._models[step.model]) for step in steps[route]]
                        for route in routes
                    },
                    "summary": _search(self._models[self._summary]),
                    "options": self._options,
                }
            ),
            format=self._format,
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
    }


def _search(model: ResolvedModel) -> dict[str, object]:
    """Return how a model's output is searched for."""
    return {"decoding": model.spec.decoding, "max_source_tokens": model.spec.max_source_tokens}


def run_key(parts: KeyParts) -> str:
    """Return the sha256 over all parts: equal for two documents only if their pairs are equal."""
    return sha256_json(parts)


def changed_parts(recorded: KeyParts, expected: KeyParts) -> tuple[str, ...]:
    """Return the names of the parts that differ, in the order source, models, options, format."""
    if recorded == expected:
        return ()
    return tuple(
        field.name
        for field in dataclasses.fields(KeyParts)
        if getattr(recorded, field.name) != getattr(expected, field.name)
    )
