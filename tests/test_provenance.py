"""The run key: what must change it, what must not, and that it does not move unnoticed."""

from __future__ import annotations

import json
import random
from dataclasses import dataclass, replace
from pathlib import Path
from types import MappingProxyType
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seedsum.checks.glossary import load_glossary
from seedsum.files import canonical_json, sha256_bytes, sha256_file, sha256_json
from seedsum.pipeline import context
from seedsum.pipeline import keys as provenance
from seedsum.pipeline.keys import KeyMaker, changed_parts, run_key
from seedsum.plugins import Plugin
from seedsum.records import (
    DecodingOptions,
    Direction,
    Fate,
    KeyParts,
    ModelSpec,
    Profile,
    Provenance,
    ResolvedModel,
    RouteStep,
)
from seedsum.settings import STAGE_VERSIONS

VI, BN = Direction("vi", "en"), Direction("bn", "en")
PROFILE = Profile(
    name="default",
    routes=((VI, (RouteStep("vi-model", VI),)), (BN, (RouteStep("bn-model", BN),))),
    summary="extractive",
)


def model(name: str, *, engine: str = "ctranslate2", weights: str = "w") -> ResolvedModel:
    spec = ModelSpec(name=name, engine=engine, licence="CC-BY-4.0", repository=f"example/{name}")
    return ResolvedModel(spec, Path("/somewhere") / name, "c" * 40, sha256_bytes(weights.encode()))


MODELS = {name: model(name) for name in ("vi-model", "bn-model", "extractive")}
OPTIONS: dict[str, object] = {"checks": {"min_ratio": 0.4}, "glossary_sha256": ""}


def parts_of(
    *,
    source: str = "s",
    routes: tuple[str, ...] = ("vi->en",),
    profile: Profile = PROFILE,
    models: dict[str, ResolvedModel] = MODELS,
    options: dict[str, object] = OPTIONS,
) -> KeyParts:
    return KeyMaker(profile, models, options=options).parts(source, routes=routes)


def changed(name: str, **change: Any) -> dict[str, ResolvedModel]:
    return {**MODELS, name: replace(MODELS[name], **change)}


def with_spec(name: str, **change: Any) -> dict[str, ResolvedModel]:
    return changed(name, spec=replace(MODELS[name].spec, **change))


def test_sha256_of_a_file_is_that_of_its_bytes(tmp_path: Path) -> None:
    data = random.Random(1).randbytes(3_000_001)
    path = tmp_path / "large"
    path.write_bytes(data)
    assert sha256_file(path) == sha256_bytes(data)


@dataclass(frozen=True, slots=True)
class Sample:
    b: tuple[int, ...]
    a: Fate


def test_canonical_json_sorts_keys_and_writes_dataclasses_enums_and_sets() -> None:
    value = {"z": Sample((1, 2), Fate.KEPT), "ạ": {"y", "x"}, "f": 0.5, "m": MappingProxyType({})}
    text = '{"f":0.5,"m":{},"z":{"a":"kept","b":[1,2]},"ạ":["x","y"]}'
    assert canonical_json(value) == text


@pytest.mark.parametrize("value", [Path("a"), b"bytes", float("nan"), object()])
def test_canonical_json_refuses_what_has_no_one_form(value: object) -> None:
    with pytest.raises((TypeError, ValueError)):
        canonical_json({"key": value})


@given(
    st.dictionaries(st.text(), st.none() | st.integers() | st.text() | st.booleans(), max_size=5),
    st.randoms(use_true_random=False),
)
def test_canonical_json_does_not_depend_on_the_order_of_keys(
    value: dict[str, object], order: random.Random
) -> None:
    items = list(value.items())
    order.shuffle(items)
    assert canonical_json(dict(items)) == canonical_json(value)
    assert json.loads(canonical_json(value)) == value


@pytest.mark.parametrize(
    ("part", "change"),
    [
        ("source", {"source": "other"}),
        ("models", {"models": changed("vi-model", weights_sha256="0" * 64)}),
        ("models", {"models": changed("vi-model", revision="d" * 40)}),
        ("summary", {"models": changed("extractive", weights_sha256="0" * 64)}),
        ("models", {"models": with_spec("vi-model", compute_type="float32")}),
        ("models", {"models": with_spec("vi-model", engine="transformers")}),
        ("models", {"routes": ("vi->en", "bn->en")}),
        ("models", {"profile": replace(PROFILE, routes=())}),
        ("options", {"models": with_spec("vi-model", decoding=DecodingOptions(beam_size=5))}),
        ("options", {"models": with_spec("vi-model", max_source_tokens=128)}),
        ("options", {"options": {**OPTIONS, "glossary_sha256": "1"}}),
        ("options", {"options": {**OPTIONS, "checks": {"min_ratio": 0.5}}}),
    ],
)
def test_what_decides_the_text_changes_the_key_and_is_named(
    part: str, change: dict[str, object]
) -> None:
    before, after = parts_of(), parts_of(**change)  # type: ignore[arg-type]
    assert part in changed_parts(before, after)
    assert run_key(before) != run_key(after)


def test_a_glossary_changes_the_key_of_its_language_and_what_packages_add_that_of_all(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def parts(language: str) -> KeyParts:
        glossaries = {language: load_glossary("trạm y tế\tclinic")}
        maker = KeyMaker(PROFILE, MODELS, options=OPTIONS, route_options=glossaries)
        return maker.parts("s", routes=("vi->en",))

    without = KeyMaker(PROFILE, MODELS, options=OPTIONS).parts("s", routes=("vi->en",))
    assert changed_parts(without, parts("vi")) == ("options",)
    assert changed_parts(without, parts("bn")) == ()
    added = Plugin("seedsum.checks", "toy", "toy", "1.0", "toy:CHECK")
    monkeypatch.setattr(provenance, "plugins", lambda: (added,))
    assert changed_parts(without, parts("bn")) == ("format",)


@pytest.mark.parametrize(
    "change",
    [
        {"models": changed("bn-model", weights_sha256="0" * 64)},
        {"models": changed("vi-model", folder=Path("/elsewhere"))},
        {"models": with_spec("vi-model", licence="MIT")},
        {"routes": ("vi->en", "vi->en")},
        {"profile": replace(PROFILE, name="other")},
    ],
    ids=["model of another route", "place", "licence", "route twice", "profile's name"],
)
def test_what_does_not_decide_the_text_leaves_the_key(change: dict[str, object]) -> None:
    assert parts_of(**change) == parts_of()  # type: ignore[arg-type]


def test_a_new_route_redoes_the_documents_that_asked_for_it_and_no_others() -> None:
    hindi = Direction("hi", "en")
    more = replace(PROFILE, routes=(*PROFILE.routes, (hindi, (RouteStep("vi-model", hindi),))))
    assert parts_of(routes=("vi->en", "hi->en")) != parts_of(
        routes=("vi->en", "hi->en"), profile=more
    )
    assert parts_of() == parts_of(profile=more)


def test_a_stage_version_changes_the_format_part(monkeypatch: pytest.MonkeyPatch) -> None:
    before = parts_of()
    monkeypatch.setattr(provenance, "STAGE_VERSIONS", {**STAGE_VERSIONS, "rendering": 99})
    assert changed_parts(before, parts_of()) == ("format",)


def test_reviews_change_the_key_and_no_reviews_leave_that_of_earlier_formats() -> None:
    parts = replace(parts_of(), summary="")
    assert run_key(parts) == sha256_json(
        {"source": "s", "models": parts.models, "options": parts.options, "format": parts.format}
    )
    reviewed = replace(parts, reviews="r")
    assert run_key(reviewed) != run_key(parts)
    assert changed_parts(parts, reviewed) == ("reviews",)


def test_what_other_packages_add_is_part_of_the_key_and_of_the_record(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def made() -> Provenance:
        known = context.resolve_context(None, "starter", offline=True, strict=True)
        return context.provenance("s", [VI], known)

    before = made()
    toy = Plugin("seedsum.checks", "toy", "toy-package", "1.0", "toy:CHECK")
    monkeypatch.setattr(context, "plugins", lambda: (toy,))
    after = made()
    assert before.key_parts and after.key_parts
    assert changed_parts(before.key_parts, after.key_parts) == ("options",)
    assert (before.plugins, after.plugins) == ((), ("seedsum.checks:toy toy-package 1.0",))


def test_a_language_that_lacks_checks_says_which_in_the_record() -> None:
    known = context.resolve_context(None, "starter", offline=True, strict=True)
    assert context.provenance("s", [VI, BN], known).checks_missing == ()
    bare = Direction("xx", "en")
    profile = replace(known.profile, routes=((bare, known.profile.routes[0][1]),))
    (found,) = context.provenance("s", [bare], replace(known, profile=profile)).checks_missing
    assert found[0] == "xx" and "name-changed" in found[1]


def test_the_key_of_a_fixed_document_stays_the_same() -> None:
    # A change here redoes every pair of every user with nothing to show for it.
    parts = replace(parts_of(), format="fixed")
    assert run_key(parts) == "41427ef242f170b5757ddd7b12c73ae8162a1244b5ec747131159eb34d869f2f"
