"""How a run's pairs look: links to the sources, originals beside; what of it makes pairs again."""

from __future__ import annotations

import json
from pathlib import Path
from urllib.parse import unquote

import pytest

import seedsum
from seedsum.config import find_config, load_settings
from seedsum.errors import ConfigError

ARTICLE = "Trạm y tế mở cửa\n\nTrạm y tế xã mở thêm phòng khám. Phòng khám có 5 bác sĩ.\n"


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "in" / "a b").mkdir(parents=True)
    (tmp_path / "in" / "a b" / "c#d.txt").write_text(ARTICLE, encoding="utf-8")
    line = json.dumps({"id": "42", "text": "It rained. It was cold in the hills of Northfield."})
    (tmp_path / "in" / "feed.jsonl").write_text(line + "\n", encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def run(**options: object) -> dict[str, tuple[str, ...]]:
    given = {"output": "out", "profile": "starter", "offline": True, "isolated": False} | options
    report = seedsum.run(["in"], **given)  # type: ignore[arg-type]
    return {outcome.name: outcome.reasons for outcome in report.outcomes}


def test_links_to_the_source_lead_to_its_file(project: Path) -> None:
    text = find_config()[0].read_text(encoding="utf-8")
    (project / "models.toml").write_text(f'{text}\n[output]\nsources = "../in"\n')
    run()
    for name in ("a b/c#d.txt", "feed.jsonl/42"):
        for kind in ("summary", "translation"):
            path = project / "out" / f"{name}.{kind}.md"
            address = path.read_text().split("Source: [")[1].split("](")[1].split(")")[0]
            file = (path.parent / unquote(address)).resolve()
            assert file.is_file() and file.is_relative_to(project / "in")


def test_pairs_are_made_again_when_originals_are_to_stand_beside(project: Path) -> None:
    assert set(run().values()) == {("new",)}
    text = find_config()[0].read_text(encoding="utf-8")
    (project / "models.toml").write_text(f'{text}\n[output]\noriginals = "folded"\n')
    assert set(run().values()) == {("current",)}
    (project / "models.toml").write_text(f'{text}\n[output]\noriginals = "beside"\n')
    assert set(run().values()) == {("options-changed",)}
    made = (project / "out" / "a b" / "c#d.txt.translation.md").read_text(encoding="utf-8")
    assert "| English | Vietnamese |" in made and "<details><summary>Original" not in made
    assert set(run().values()) == {("current",)}


def test_another_place_for_originals_is_refused(project: Path) -> None:
    (project / "models.toml").write_text('[output]\noriginals = "besides"\n')
    with pytest.raises(ConfigError, match="originals must be 'folded' or 'beside'"):
        load_settings(project / "models.toml")
