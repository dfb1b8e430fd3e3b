"""What the README shows is what a run writes; `make readme` writes it again."""

from __future__ import annotations

import struct
from pathlib import Path

import pytest

import readme_excerpt as readme


@pytest.fixture(scope="module")
def output(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return readme.run_samples(tmp_path_factory.mktemp("samples") / "output")


def test_the_excerpt_is_what_a_run_writes(output: Path) -> None:
    made_on, shown = readme.excerpt_in_readme()
    here = readme.arithmetic(output)
    if made_on != here:
        pytest.skip(f"the excerpt was made with {made_on}, texts here are those of {here}")
    assert shown == readme.excerpt(output), "make readme writes it again"


def test_the_excerpt_has_a_summary_a_paragraph_and_their_originals(output: Path) -> None:
    found = readme.excerpt(output)
    source = (readme.ROOT / "input" / readme.ARTICLE).read_text(encoding="utf-8")
    originals = [
        line.partition(" - ")[2].partition(" ")[2]
        for line in found.splitlines()
        if ">    - " in line
    ]
    assert len(originals) >= 3
    assert [one for one in originals if one not in source] == []
    assert f"| {readme.OPENING} | " in found
    assert "](" not in found


def test_an_excerpt_replaces_the_one_before(
    output: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    copy = tmp_path / "README.md"
    copy.write_text(
        "Before.\n\n<!-- excerpt: x -->\n\nWhat stood\n\n<!-- end of the excerpt -->\n\nEnd.\n"
    )
    monkeypatch.setattr(readme, "README", copy)
    readme.write_excerpt(output)
    assert readme.excerpt_in_readme() == (readme.arithmetic(output), readme.excerpt(output))
    text = copy.read_text(encoding="utf-8")
    assert text.startswith("Before.\n\n<!-- excerpt: ")
    assert text.endswith("<!-- end of the excerpt -->\n\nEnd.\n")
    assert "What stood" not in text


def size_of(picture: Path) -> tuple[int, int]:
    width, height = struct.unpack(">II", picture.read_bytes()[16:24])
    return width, height


def test_the_picture_is_small_enough_to_be_kept() -> None:
    assert readme.PICTURE.read_bytes().startswith(b"\x89PNG")
    assert readme.PICTURE.stat().st_size <= readme.MOST_BYTES
    assert size_of(readme.PICTURE) == (readme.WIDTH, readme.HEIGHT)


@pytest.mark.slow
@pytest.mark.skipif(not readme.chromium(), reason="Chromium is not installed")
def test_the_picture_can_be_taken_again(output: Path, tmp_path: Path) -> None:
    pytest.importorskip("playwright.sync_api")
    pytest.importorskip("uvicorn")
    picture = tmp_path / "images" / "review.png"
    readme.take_picture(output, picture)
    assert size_of(picture) == size_of(readme.PICTURE)
    assert picture.stat().st_size <= readme.MOST_BYTES
