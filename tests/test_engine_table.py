"""The table of engines, and what another package adds to it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

import toy_engine
from plugin_package import run_with_package
from seedsum import plugins
from seedsum.config import parse_settings
from seedsum.engines import (
    Engine,
    engines,
    load,
    load_model,
    needs_files,
    resolve_compute_type,
)
from seedsum.engines.batches import LoadedModel
from seedsum.errors import ConfigError, ModelError
from seedsum.records import (
    EXTRACTIVE,
    DecodingOptions,
    Direction,
    ModelSpec,
    ResolvedModel,
    Runtime,
)

VI_EN = Direction("vi", "en")
ARTICLE = "Trạm y tế mới ở xã Hòa Bình đã mở cửa sáng nay. Hai bác sĩ làm việc ở đây mỗi ngày.\n"
MODELS = """
default_profile = "shout"
fallback_profile = "shout"
[profiles.shout.routes]
"vi->en" = "loud"
[models.loud]
engine = "shout"
licence = "MIT"
[models.extractive]
engine = "extractive"
licence = "Apache-2.0"
"""


@pytest.fixture
def installed(monkeypatch: pytest.MonkeyPatch) -> Iterator[dict[str, object]]:
    """Let a test say what other packages add."""
    added: dict[str, object] = {}
    monkeypatch.setattr(plugins, "load", lambda group: added)
    engines.cache_clear()
    yield added
    engines.cache_clear()


def model(engine: str, **options: object) -> ResolvedModel:
    spec = ModelSpec(name="m", engine=engine, licence="MIT")
    return ResolvedModel(replace(spec, **options), None, "", "")  # type: ignore[arg-type]


def test_the_table_says_what_each_engine_can_do() -> None:
    ours = engines()["ctranslate2"]
    assert (ours.level, ours.can_score) == ("token", True)
    assert set(ours.default_compute_types.values()) <= set(ours.compute_types)
    assert resolve_compute_type(model("ctranslate2").spec, Runtime()) == "int8_float32"
    assert needs_files(model("transformers").spec)
    assert EXTRACTIVE not in engines()
    assert not needs_files(model(EXTRACTIVE).spec)
    assert resolve_compute_type(model(EXTRACTIVE).spec, Runtime()) == ""
    with pytest.raises(ModelError, match=r"'extractive' loads no model \(known: chat, ctr"):
        load(model(EXTRACTIVE), Runtime())


def test_an_engine_of_another_package_takes_texts(installed: dict[str, object]) -> None:
    installed["shout"] = toy_engine.SHOUT
    loud = LoadedModel(load(model("shout"), Runtime()))
    seen: list[int] = []
    texts = ["xin chào", " ", "mưa  to", "xin chào", *map(str, range(40))]
    found = loud.translate(texts, VI_EN, DecodingOptions(), on_progress=seen.append)
    assert [best.text for best, *_ in found][:4] == ["XIN CHÀO", "", "MƯA TO", "XIN CHÀO"]
    assert sum(seen) == len(texts)
    assert loud.num_tokens("mưa to lắm", VI_EN) == 3, "without tokens, words are counted"
    with pytest.raises(ModelError, match="cannot score"):
        loud.score(["mưa"], ["rain"], VI_EN)
    with pytest.raises(ModelError, match="does not work on tokens"):
        load_model(model("shout"), Runtime())
    loud.close()


@pytest.mark.parametrize(
    ("name", "added"),
    [
        ("ctranslate2", Engine("ctranslate2", "theirs")),
        ("shout", Engine("whisper", "theirs")),
        ("shout", "theirs"),
    ],
)
def test_what_is_no_engine_of_its_name_or_takes_one_of_ours_is_refused(
    installed: dict[str, object], name: str, added: object
) -> None:
    installed[name] = added
    with pytest.raises(ConfigError, match=f"'{name}' of seedsum.engines must lead to an Engine"):
        engines()


def test_models_toml_goes_by_the_table(installed: dict[str, object], tmp_path: Path) -> None:
    def settings(**model: str) -> None:
        parse_settings(
            {
                "default_profile": "p",
                "fallback_profile": "p",
                "profiles": {"p": {"routes": {}}},
                "models": {
                    "m": {"licence": "MIT", **model},
                    EXTRACTIVE: {"engine": EXTRACTIVE, "licence": "MIT"},
                },
            },
            path=tmp_path / "models.toml",
        )

    installed["shout"] = toy_engine.SHOUT
    settings(engine="shout")
    for wrong, message in (
        ({"engine": "shuot"}, "did you mean 'shout'"),
        ({"engine": "shout", "folder": "x"}, "engine 'shout' has no model files"),
        ({"engine": "transformers", "folder": "x", "format": "ctranslate2"}, "cannot read"),
        ({"engine": "ctranslate2", "folder": "x", "compute_type": "int9"}, "did you mean 'int"),
    ):
        with pytest.raises(ConfigError, match=message):
            settings(**wrong)


def test_a_run_translates_with_an_engine_of_another_package(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "a.txt").write_text(ARTICLE, encoding="utf-8")
    (tmp_path / "models.toml").write_text(MODELS, encoding="utf-8")
    code = (
        "import json, seedsum\n"
        f"root = {str(tmp_path)!r}\n"
        "report = seedsum.run([root + '/in'], output=root + '/out', config=root + '/models.toml',"
        " offline=True)\n"
        "print(json.dumps([str(o.status) for o in report.outcomes]))"
    )
    entry_points = "[seedsum.engines]\nshout = toy_engine:SHOUT\n"
    printed = run_with_package(tmp_path / "site", toy_engine, entry_points, code)
    assert json.loads(printed.splitlines()[-1]) == ["review"], "it is no English"
    record = json.loads((tmp_path / "out" / "a.txt.record.json").read_text("utf-8"))
    first = record["segments"][0]
    assert first["translation"] == first["source"].upper()
    assert first["score"] is None
    assert [use["engine"] for use in record["models"]] == ["shout", EXTRACTIVE]
