"""models.toml: every mistake is named with its file, its key and the nearest valid name."""

from __future__ import annotations

import copy
import re
import tomllib
from pathlib import Path
from typing import Any

import pytest

from seedsum.config import find_config, languages_of, load_glossaries, load_settings, parse_settings
from seedsum.errors import ConfigError
from seedsum.records import Direction

ROOT = Path(__file__).resolve().parent.parent
TABLE = tomllib.loads("""
default_profile = "main"
fallback_profile = "small"
[profiles.main]
summary = "extractive"
[profiles.main.routes]
"vi->en" = "big"
"km->en" = [{ model = "wide", to = "vi" }, { model = "big" }]
[profiles.small]
summary = "extractive"
[profiles.small.routes]
"vi->en" = "tiny"
[models.extractive]
engine = "extractive"
licence = "Apache-2.0"
[models.big]
engine = "ctranslate2"
repository = "org/big"
licence = "MIT"
decoding = { beam_size = 2 }
[models.wide]
engine = "transformers"
repository = "org/wide"
licence = "MIT"
language_codes = { vi = "vie_Latn", km = "khm_Khmr" }
[models.tiny]
engine = "ctranslate2"
bundled = "starter"
licence = "MIT"
""")


def changed(path: str, value: Any) -> dict[str, Any]:
    table = copy.deepcopy(TABLE)
    at = table
    *parents, last = path.split("/")
    for key in parents:
        at = at[key]
    at[last] = value
    return table


def parse(table: dict[str, Any]) -> Any:
    return parse_settings(table, path=Path("models.toml"))


def test_settings_carry_models_routes_and_decoding() -> None:
    settings = parse(TABLE)
    main = settings.profile()
    assert dict(main.routes)[Direction("vi", "en")][0].model == "big"
    assert settings.models["big"].decoding.beam_size == 2
    assert settings.models["wide"].language_codes == (("km", "khm_Khmr"), ("vi", "vie_Latn"))
    assert languages_of(main) == ("en", "km", "vi")


def test_a_pivot_is_a_route_of_two_steps_that_meet() -> None:
    steps = dict(parse(TABLE).profile("main").routes)[Direction("km", "en")]
    assert [step.direction for step in steps] == [Direction("km", "vi"), Direction("vi", "en")]
    assert [step.model for step in steps] == ["wide", "big"]


@pytest.mark.parametrize(
    ("path", "value", "expected"),
    [
        ("default_profil", "main", "did you mean 'default_profile'"),
        ("models/big/licens", "x", "did you mean 'licence'"),
        ("models/big/decoding/beam", 2, "did you mean 'beam_size'"),
        ("models/big/decoding/beam_size", "many", "models.big.decoding.beam_size"),
        ("models/big/engine", "ctranslate", "did you mean 'ctranslate2'"),
        ("models/big/bundled", "starter", "exactly one of"),
        ("models/big/name", "other", "name"),
        ("models/big", "org/big", "must be a table"),
        ("models/wide/format", "ctranslate2", "cannot read ctranslate2"),
        ("profiles/main/sumary", "x", "did you mean 'summary'"),
        ("profiles/main/summary", "extractiv", "did you mean 'extractive'"),
        ("profiles/main/routes/vi->en", "bigg", "did you mean 'big'"),
        ("profiles/main/routes/vi->fr", "big", "is named like"),
        ("profiles/main/routes/km->en", [{"model": "wide"}, {"model": "big"}], "step 1"),
        ("default_profile", "mian", "did you mean 'main'"),
        ("fallback_profile", "main", "not bundled"),
        ("summary", {"num_sentence": 3}, "unknown key in [summary]"),
    ],
)
def test_a_mistake_names_the_file_the_key_and_the_nearest_name(
    path: str, value: Any, expected: str
) -> None:
    with pytest.raises(ConfigError) as caught:
        parse(changed(path, value))
    assert str(caught.value).startswith("models.toml: ")
    assert expected in str(caught.value)
    assert caught.value.exit_code == 4


def test_a_file_with_one_table_alone_is_told_to_begin_with_a_copy() -> None:
    with pytest.raises(ConfigError, match=r"^models\.toml: .*begin with a copy"):
        parse({"run": {"ignore": [".png"]}})


def test_a_profile_that_is_not_there_names_the_nearest() -> None:
    with pytest.raises(ConfigError, match="did you mean 'small'"):
        parse(TABLE).profile("smal")


def test_a_file_that_is_not_toml_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "models.toml"
    path.write_text("[models", encoding="utf-8")
    with pytest.raises(ConfigError, match="cannot be read as TOML"):
        load_settings(path)


def test_the_config_is_explicit_then_environment_then_here_then_packaged(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    path, packaged = find_config()
    assert packaged and path.is_file()
    (tmp_path / "models.toml").touch()
    assert find_config() == (Path("models.toml"), False)
    other = tmp_path / "other.toml"
    other.touch()
    monkeypatch.setenv("SEEDSUM_CONFIG", str(other))
    assert find_config() == (other, False)
    with pytest.raises(ConfigError, match="no such file"):
        find_config(tmp_path / "absent.toml")


def test_the_shipped_models_toml_has_the_promised_profiles() -> None:
    settings = load_settings(ROOT / "models.toml")
    assert set(settings.profiles) >= {"default", "best", "faithful", "starter"}
    for name, profile in settings.profiles.items():
        wanted = {"hi"} if name == "hindi" else {"vi", "bn"}
        assert {d.source for d, _ in profile.routes} == wanted
    default, faithful = settings.profile(), settings.profile("faithful")
    assert faithful.routes == default.routes and faithful.summary == "extractive"
    assert settings.models["nllb-200-1.3B"].non_commercial
    used = [steps for _, steps in settings.profile("best").routes]
    assert any(settings.models[step.model].non_commercial for steps in used for step in steps)
    assert not any(settings.models[step.model].non_commercial for _, (step,) in default.routes)
    for spec in settings.models.values():
        assert spec.revision in ("main",) or re.fullmatch(r"[0-9a-f]{40}", spec.revision)
        assert not spec.repository or spec.about.download_mb, spec.name


def test_glossaries_are_found_by_direction_beside_models_toml(tmp_path: Path) -> None:
    folder = tmp_path / "glossary"
    folder.mkdir()
    (folder / "health.vi-en.tsv").write_text("trạm y tế\thealth station\n", encoding="utf-8")
    (folder / "names.tsv").write_text("BelTA\n", encoding="utf-8")
    glossaries = load_glossaries(folder, ["bn", "vi"])
    assert [term.source for term in glossaries["vi"].terms] == ["trạm y tế", "BelTA"]
    assert [term.targets for term in glossaries["bn"].terms] == [("BelTA",)]
    assert load_glossaries(tmp_path / "absent", ["vi"]) == {}


def test_a_mistake_in_a_glossary_names_the_file_and_the_line(tmp_path: Path) -> None:
    (tmp_path / "bad.tsv").write_text("a\tb\nx\ty\tz\n", encoding="utf-8")
    with pytest.raises(ConfigError, match=r"bad\.tsv, line 2"):
        load_glossaries(tmp_path, ["vi"])


def test_one_language_needs_no_more_than_its_route(tmp_path: Path) -> None:
    settings = load_settings()
    narrow = settings.with_route_only(None, "vi").profile()
    assert [str(direction) for direction, _ in narrow.routes] == ["vi->en"]
    assert settings.models[narrow.summary].engine == "extractive"
    assert len(settings.profile().routes) > 1
