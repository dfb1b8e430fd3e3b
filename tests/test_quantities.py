"""Quantities: another wording of the same amount passes, another amount is flagged."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import pytest

from seedsum.checks import check_segment
from seedsum.checks.quantities import missing_quantities, quantities
from seedsum.languages import LANGUAGES
from seedsum.languages.units import UNITS, in_english, may_be_same, same_amount

_ROWS = [
    line.split("\t")
    for line in (Path(__file__).parent / "fixtures" / "quantity_pairs.tsv")
    .read_text(encoding="utf-8")
    .splitlines()
    if not line.startswith("#")
]


def flags(source: str, translation: str, language: str) -> list[str]:
    found = check_segment(source, translation, language=language)
    return [flag.detail for flag in found if flag.code.startswith("quantity")]


@pytest.mark.parametrize(
    ("language", "source", "translation"),
    [
        pytest.param(language, source, translation, id=f"{kind}-{translation}")
        for kind, language, want, source, translation in _ROWS
        if want == "right"
    ],
)
def test_the_same_amount_in_other_words_passes(
    language: str, source: str, translation: str
) -> None:
    assert flags(source, translation, language) == []


@pytest.mark.parametrize(
    ("language", "source", "translation"),
    [
        pytest.param(language, source, translation, id=f"{kind}-{translation}")
        for kind, language, want, source, translation in _ROWS
        if want == "wrong"
    ],
)
def test_another_amount_is_flagged(language: str, source: str, translation: str) -> None:
    assert flags(source, translation, language) != []


@pytest.mark.parametrize(
    ("language", "source", "translation", "detail"),
    [
        (
            *("bn", "আদালত তাঁকে ৭ বছরের কারাদণ্ড দেন।", "The court gave him 7 months in prison."),
            "the source says 7 years (৭ বছরের), the translation 7 months",
        ),
        (
            *("vi", "Máy bay hạ cánh lúc 19h30.", "The plane landed at 7:30 a.m."),
            "the source says 7:30 p.m. (19h30), the translation 7:30 a.m.",
        ),
        (
            *("vi", "Ung thư giai đoạn II.", "Stage III cancer."),
            "the source says 2 (II), the translation 3 (III)",
        ),
        (
            *("vi", "Họ đi ngày 8.10.", "They left on August 10."),
            "the source says 8 October (8.10), the translation August, 10",
        ),
        (
            *("vi", "Có 3.450 tỷ đồng.", "There are 345 billion dong."),
            "the source says 3.45 trillion dong (3.450 tỷ đồng), the translation 345 billion dong",
        ),
        (
            *("bn", "মোট ১২ জন আহত।", "People were injured."),
            "the source says 12; the translation does not",
        ),
        ("vi", "Có người bị bắt.", "47 were held.", "the translation says 47; the source does not"),
    ],
)
def test_a_detail_says_both_sides_in_english(
    language: str, source: str, translation: str, detail: str
) -> None:
    assert flags(source, translation, language) == [detail]


def test_what_a_translation_lacks_of_its_source() -> None:
    source = "Sau 2 năm rưỡi, 15 công nhân nhận 5 mg."
    has_all = "After two and a half years 15 workers got 5 mg."
    other_unit = "After two and a half years 15 workers got 5 ml."
    assert missing_quantities(source, has_all, language="vi") == ()
    (unit,) = missing_quantities(source, other_unit, language="vi")
    assert unit.unit == "mg"
    lost = missing_quantities(source, "They got it.", language="vi")
    assert [one.value for one in lost] == [Fraction(5, 2), Fraction(15), Fraction(5)]


def test_every_unit_of_a_language_is_english_too() -> None:
    english = LANGUAGES["en"].numbers
    assert english is not None
    said = {name for unit in english.units.values() for name in unit.split("|")}
    for tag in ("vi", "bn", "hi"):
        numbers = LANGUAGES[tag].numbers
        assert numbers is not None
        names = {name for unit in numbers.units.values() for name in unit.split("|")}
        assert names - said - _ONLY_HERE == set(), tag


#: English has no word for them, or (an angle) none of its own.
_ONLY_HERE = {"angle", "mau", "hectogram", "seer"}


@pytest.mark.parametrize(
    ("value", "unit", "other_value", "other_unit", "same"),
    [
        (18, "month", Fraction(3, 2), "year", True),
        (90, "day", 3, "month", True),
        (12, "month", 2, "year", False),
        (5, "km", 3, "mile", True),
        (5, "km", 5, "mile", False),
        (5, "km", 5000, "m", True),
        (5, "km", 5100, "m", False),
        (40, "celsius", 104, "fahrenheit", True),
        (40, "celsius", 40, "fahrenheit", False),
        (5, "mg", 5, "ml", False),
    ],
)
def test_amounts_are_compared_across_units(
    value: int, unit: str, other_value: int, other_unit: str, same: bool
) -> None:
    values = Fraction(value), Fraction(other_value)
    assert same_amount(values[0], unit, values[1], other_unit) is same
    assert same_amount(values[1], other_unit, values[0], unit) is same


def test_a_unit_that_is_not_named_may_be_any() -> None:
    assert may_be_same("", "km")
    assert may_be_same("degree", "celsius")
    assert may_be_same("pound|pound_weight", "pound_weight")
    assert not may_be_same("us_dollar", "australian_dollar")


@pytest.mark.parametrize(
    ("value", "unit", "text"),
    [
        ("7", "year", "7 years"),
        ("1", "year", "1 year"),
        ("1", "times", "1 time"),
        ("5", "percent", "5%"),
        ("5", "", "5"),
        ("20", "decimal_land|percent", "20 decimals"),
    ],
)
def test_an_amount_in_english(value: str, unit: str, text: str) -> None:
    assert in_english(value, unit) == text


def test_all_units_with_a_size_are_positive() -> None:
    assert all(unit.size > 0 for unit in UNITS.values())


@pytest.mark.parametrize(
    ("text", "language"),
    [("Ông Sáu kể.", "vi"), ("Cô ấy năm châu bốn biển.", "vi"), ("সাত-পাঁচ ভেবে।", "bn")],
)
def test_names_and_idioms_demand_nothing(text: str, language: str) -> None:
    assert not any(mention.certain for mention in quantities(text, language=language))


@pytest.mark.parametrize(
    ("source", "translation", "language", "likelihood"),
    [
        ("Tàu đi 5 km.", "The train goes 5 miles.", "vi", 0.95),
        ("Tỷ lệ giảm từ 5% xuống 3%.", "The rate fell from 3% to 5%.", "vi", 0.95),
        ("দুই দেশ একমত।", "The countries agree.", "bn", 0.4),
        ("Các nước đồng ý.", "Two countries agree.", "vi", 0.4),
    ],
)
def test_some_findings_are_surer_than_others(
    source: str, translation: str, language: str, likelihood: float
) -> None:
    found = check_segment(source, translation, language=language)
    assert [one.likelihood for one in found if one.code.startswith("quantity")] == [likelihood]


@pytest.mark.parametrize(
    ("text", "language", "value"),
    [
        ("6 crore and 20 lakh people", "en", 62_000_000),
        ("1 lakh 47 thousand 570", "en", 147_570),
        ("8,2 triệu một năm", "vi", 8_200_000),
        ("hai triệu rưỡi", "vi", 2_500_000),
        ("một trăm hai", "vi", 120),
        ("ba tỷ năm trăm triệu", "vi", 3_500_000_000),
        ("hai nghìn không trăm linh một", "vi", 2001),
        ("একশবার", "bn", 100),
        ("হাজার হাজার", "bn", 1000),
        ("শ’দেড়েক", "bn", 150),
        ("সাত দশমিক পাঁচ", "bn", Fraction(15, 2)),
        ("six and a half", "en", Fraction(13, 2)),
        ("6 1/2 years", "en", Fraction(13, 2)),
        ("2½ hours", "en", Fraction(5, 2)),
        ("three quarters of a million", "en", 750_000),
        ("tens of thousands", "en", 10_000),
    ],
)
def test_a_number_is_read_whole(text: str, language: str, value: int | Fraction) -> None:
    assert quantities(text, language=language)[0].value == value
