"""What the doctor says of glossaries: lines, names of files, terms that no article has."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from seedsum.checks.glossary import doubtful_lines
from seedsum.config import load_settings
from seedsum.models import doctor
from test_cli import ROOT
from test_cli import seedsum as command

TOML = (ROOT / "models.toml").read_text(encoding="utf-8")


@pytest.fixture
def findings(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Callable[..., dict[str, doctor.Check]]:
    monkeypatch.chdir(tmp_path)
    Path("models.toml").write_text(TOML)
    Path("glossary").mkdir()

    def look(**files: str) -> dict[str, doctor.Check]:
        for name, text in files.items():
            Path("glossary", name).write_text(text, encoding="utf-8")
        checks = doctor.doctor(load_settings(), offline=True)
        found = [check for check in checks if check.name.startswith("glossary ")]
        assert all((check.level == "warn") == bool(check.advice) for check in found)
        return {check.name.removeprefix("glossary "): check for check in found}

    return look


@pytest.mark.parametrize(
    "line",
    [
        "trạm y tế    health post",
        "trạm y tế = health post",
        "trạm y tế, health post",
        "trạm y tế health post",
        "হাসপাতাল hospital",
        "CDC  Centers for Disease Control",
    ],
)
def test_a_line_whose_tab_may_be_missing_is_doubtful(line: str) -> None:
    assert doubtful_lines(f"bác sĩ\tphysician\n# a  b\n\n{line}\n") == ((4, line),)


@pytest.mark.parametrize(
    "line", ["trạm y  tế\thealth post", "BelTA", "New York Times", "Nguyễn Văn An", "iPhone 15 pro"]
)
def test_a_term_and_a_name_that_is_not_translated_are_not(line: str) -> None:
    assert doubtful_lines(line) == ()


def test_a_line_without_a_tab_is_named(findings: Callable[..., dict[str, doctor.Check]]) -> None:
    text = "bác sĩ\tphysician\ntrạm y tế  health post\n"
    found = findings(**{"health.vi-en.tsv": text})["health.vi-en.tsv"]
    assert (found.level, "line 2: 'trạm y tế  health post'" in found.found) == ("warn", True)


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("health.fr-en.tsv", "no profile has a route fr->en (there are"),
        ("health.vi-fr.tsv", "no profile has a route vi->fr"),
        ("health.vi-en.txt", "does not end in .tsv"),
        ("health_vi_en.tsv", "it is for all languages"),
        ("vi-en.tsv", "it is for all languages"),
        ("health.VI-EN.tsv", "it is for all languages"),
    ],
)
def test_a_name_that_fits_no_route_is_named(
    name: str, said: str, findings: Callable[..., dict[str, doctor.Check]]
) -> None:
    found = findings(**{name: "bác sĩ\tphysician\n"})[name]
    assert (found.level, said in found.found) == ("warn", True), found


@pytest.mark.parametrize("name", ["health.vi-en.tsv", "names.tsv", "clean-up.tsv"])
def test_a_name_that_fits_is_fine(
    name: str, findings: Callable[..., dict[str, doctor.Check]]
) -> None:
    assert findings(**{name: "bác sĩ\tphysician\n"})[name].level == "ok"


def test_a_glossary_into_another_language_is_not_used(
    findings: Callable[..., dict[str, doctor.Check]],
) -> None:
    findings(**{"health.vi-fr.tsv": "bác sĩ\tmédecin\n"})
    assert load_settings().glossaries == {}


def test_a_term_that_no_article_has_is_named(
    findings: Callable[..., dict[str, doctor.Check]], tmp_path: Path
) -> None:
    glossary = {"health.vi-en.tsv": "bác sĩ\tphysician\nbệnh viện huyện\tdistrict hospital\n"}
    assert "terms of vi" not in findings(**glossary)  # there are no articles yet
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "a.txt").write_text(
        "Trạm y tế xã có thêm hai bác sĩ mới trong tuần này, theo lãnh đạo địa phương.\n"
        "Người dân trong vùng không phải đi xa để khám bệnh như những năm trước nữa.\n",
        encoding="utf-8",
    )
    command("run", "in", "--offline", "--profile", "starter", cwd=tmp_path)
    found = findings()["terms of vi"]
    assert found.level == "warn" and found.found.startswith(
        "1 of 2 terms stand in the articles of output"
    )
    assert "'bệnh viện huyện'" in found.found and "bác sĩ" not in found.found
    options = ("--profile", "starter", "--offline", "--json")
    done = command("doctor", *options, cwd=tmp_path)
    assert any("bệnh viện huyện" in check["found"] for check in json.loads(done.stdout))
