"""What is known of languages, and what works where little is."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

import toy_language
from plugin_package import run_with_package
from seedsum.checks import CHECKS, missing_checks
from seedsum.languages import ASCII_DIGITS, LANGUAGES, get, missing_fields, script_counts

PACKAGE = Path(__file__).resolve().parent.parent / "src" / "seedsum"


def test_a_language_of_another_package_works_with_fewer_checks(tmp_path: Path) -> None:
    code = """
import json, seedsum
from seedsum.checks import missing_checks
from seedsum.languages import get

def codes(translation):
    source = "La lernejo havas dek du ĉambrojn kaj 340 infanojn."
    return [flag.code for flag in seedsum.check_segment(source, translation, language="eo")]

print(json.dumps({
    "name": get("eo").name,
    "missing": missing_checks("eo"),
    "right": codes("The school has twelve rooms and 340 children."),
    "wrong": codes("The school has thirteen rooms and 340 children."),
    "left": codes("La lernejo havas dek du ĉambrojn kaj 340 infanojn."),
}))
"""
    points = "[seedsum.languages]\neo = toy_language:ESPERANTO\n"
    found = json.loads(run_with_package(tmp_path, toy_language, points, code))
    assert found["name"] == "Esperanto"
    assert found["missing"] == ["name-changed", "name-added", "sentence-count", "clause-count"]
    assert found["right"] == []
    assert found["wrong"] == ["quantity-changed"]
    assert "copied-source" in found["left"]


def test_of_a_language_that_nobody_knows_only_the_tag_is_known() -> None:
    known = get("qaa")
    assert (known.tag, known.name) == ("qaa", "qaa")
    assert "numbers" in missing_fields(known)
    assert set(missing_checks("qaa")) == {
        *("quantity-changed", "quantity-added", "quantity-repeated"),
        *("name-changed", "name-added", "name-missing", "sentence-count", "clause-count"),
    }


@pytest.mark.parametrize("tag", ["vi", "bn", "hi"])
def test_the_languages_of_the_routes_go_without_no_check(tag: str) -> None:
    assert missing_checks(tag) == ()
    assert set(missing_fields(get(tag))) <= {"cues"}


def test_what_a_check_needs_is_a_field_of_a_language() -> None:
    needs = {need for check in CHECKS for need in check.needs}
    assert needs <= {*(name for name in get("vi").__slots__), "scorer"}


def test_a_language_is_named_nowhere_but_in_its_file() -> None:
    tags = "|".join(tag for tag in ("vi", "bn", "hi"))
    found = [
        f"{path.relative_to(PACKAGE)}: {line.strip()}"
        for path in sorted(PACKAGE.rglob("*.py"))
        if path.relative_to(PACKAGE).parts[0] != "languages"
        for line in path.read_text(encoding="utf-8").splitlines()
        if re.search(rf'(?:==|!=|\bin|\bget\() *[({{\[]?"(?:{tags})"', line)
    ]
    assert found == []


def test_every_language_has_a_name_a_script_and_a_code() -> None:
    for tag, language in LANGUAGES.items():
        assert language.tag == tag
        assert language.name and len(language.script) == 4
        assert re.fullmatch(rf"[a-z]{{3}}_{language.script}|zho_Hans|jpn_Jpan", language.flores)


def test_digits_of_every_script_are_ascii_digits_and_no_letters() -> None:
    assert "২০২৪ २०२४ ๒๐๒๔ ٢٠٢٤".translate(ASCII_DIGITS) == "2024 2024 2024 2024"
    assert script_counts("২০ বছর, २० साल, 20 years") == {"Latn": 5, "Deva": 3, "Beng": 3}
    for tag in ("bn", "hi"):
        assert get(tag).digits.translate(ASCII_DIGITS) == "0123456789"
