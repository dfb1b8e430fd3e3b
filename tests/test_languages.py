"""What is known of languages, and what works where little is."""

from __future__ import annotations

import json
import re
import unicodedata
from pathlib import Path

import pytest

import toy_language
from plugin_package import run_with_package
from seedsum.checks import CHECKS, missing_checks
from seedsum.errors import ConfigError
from seedsum.languages import (
    ASCII_DIGITS,
    LANGUAGES,
    get,
    load,
    missing_fields,
    script_counts,
)

PACKAGE = Path(__file__).resolve().parent.parent / "src" / "seedsum"
#: Codes that need `cues`.
MEANING = {
    *("negation", "opposite", "gender", "tense", "question", "modality", "item-missing"),
    "clause-missing",
}
TOY_FILE = Path(__file__).with_name("toy_language.toml")


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
    names_and_length = {"name-changed", "name-added", "sentence-count", "clause-count"}
    assert set(found["missing"]) == {*names_and_length, *MEANING}
    assert found["right"] == []
    assert found["wrong"] == ["quantity-changed"]
    assert "copied-source" in found["left"]


def test_a_package_adds_a_language_by_a_file_alone(tmp_path: Path) -> None:
    (tmp_path / "toy_language.toml").write_bytes(TOY_FILE.read_bytes())
    (tmp_path / "toy.py").write_text(
        "from pathlib import Path\nOCCITAN = Path(__file__).with_name('toy_language.toml')\n"
    )
    code = """
import json, seedsum
from seedsum.languages import get

def codes(translation):
    source = "L'escòla a dotze salas e 340 enfants."
    return [flag.code for flag in seedsum.check_segment(source, translation, language="oc")]

print(json.dumps({
    "name": get("oc").name,
    "right": codes("The school has twelve rooms and 340 children."),
    "wrong": codes("The school has thirteen rooms and 340 children."),
}))
"""
    points = "[seedsum.languages]\noc = toy:OCCITAN\n"
    found = json.loads(run_with_package(tmp_path, toy_language, points, code))
    assert found == {"name": "Occitan", "right": [], "wrong": ["quantity-changed"]}


def test_how_the_words_of_a_file_are_read(tmp_path: Path) -> None:
    (language,) = load(written(tmp_path, TOY_FILE.read_text("utf-8")))
    assert language.function_words >= {"lo", "la", "que"}
    assert language.numbers is not None and language.names is None
    numbers = [language.numbers.small[word] for word in ("una", "dètz", "setze", "vint")]
    assert numbers == [1, 10, 16, 20]
    assert language.numbers.units["per cent"] == "percent"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("nmae = 'Toy'", "unknown key: 'nmae'; did you mean 'name'?"),
        ("[numbers]\nrange = 'to'", "unknown key in [numbers]: 'range'; did you mean 'ranges'?"),
        ("[numbers]\nday_first = 'yes'", "numbers.day_first: must be true or false"),
        ("[numbers]\nhours = ['o', 'p']", "numbers.hours: must be a text"),
        ("[numbers.small]\n1-3 = 'un dos'", "numbers.small: 1-3 has 2 words instead of 3"),
        ("[numbers.small]\n1 = 'un'\n2 = 'un'", "numbers.small: more than one number for un"),
        ("[numbers.months]\n'1/2' = 'un'", "numbers.months: invalid literal"),
        ("[numbers.small]\nun = '1'", "numbers.small: Invalid literal for Fraction: 'un'"),
        ("[numbers]\nspecial = 'latin'", "numbers.special: "),
        ("[names]\nthe_country = '('", "names.the_country: missing )"),
        ("[length]\nmean = 0.5", "length: "),
        ("digits = ", "Invalid value"),
    ],
)
def test_what_is_wrong_in_a_file_is_named(tmp_path: Path, text: str, message: str) -> None:
    path = written(tmp_path, f"tag = 'qaa'\n{text}\n")
    with pytest.raises(ConfigError) as caught:
        load(path)
    assert str(caught.value).startswith(f"{path}: ") and message in str(caught.value)


def written(folder: Path, text: str) -> Path:
    path = folder / "language.toml"
    path.write_text(unicodedata.normalize("NFD", text), encoding="utf-8")
    return path


def test_of_a_language_that_nobody_knows_only_the_tag_is_known() -> None:
    known = get("qaa")
    assert (known.tag, known.name) == ("qaa", "qaa")
    assert "numbers" in missing_fields(known)
    assert set(missing_checks("qaa")) == {
        *("quantity-changed", "quantity-added", "quantity-repeated"),
        *("name-changed", "name-added", "name-missing", "sentence-count", "clause-count"),
        *MEANING,
    }


@pytest.mark.parametrize("tag", ["vi", "bn"])
def test_the_languages_of_the_routes_go_without_no_check(tag: str) -> None:
    assert missing_checks(tag) == ()
    assert missing_fields(get(tag)) == ()


def test_hindi_goes_without_the_checks_of_meaning() -> None:
    assert set(missing_checks("hi")) == MEANING
    assert missing_fields(get("hi")) == ("cues",)


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
        if tag != "bn-Latn":  # which FLORES has no sentences of
            assert re.fullmatch(rf"[a-z]{{3}}_{language.script}|zho_Hans|jpn_Jpan", language.flores)


def test_digits_of_every_script_are_ascii_digits_and_no_letters() -> None:
    assert "২০২৪ २०२४ ๒๐๒๔ ٢٠٢٤".translate(ASCII_DIGITS) == "2024 2024 2024 2024"
    assert script_counts("২০ বছর, २० साल, 20 years") == {"Latn": 5, "Deva": 3, "Beng": 3}
    for tag in ("bn", "hi"):
        assert get(tag).digits.translate(ASCII_DIGITS) == "0123456789"
