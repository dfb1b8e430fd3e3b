"""Texts in capitals are read in sentence case, with the capitals of known names."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import pytest

import toy_engine
from seedsum import plugins
from seedsum.checks import check_segment
from seedsum.engines import engines
from seedsum.engines.pool import LoadedModels
from seedsum.languages import get
from seedsum.languages.casing import in_sentence_case
from seedsum.reading import prepare, read_document
from seedsum.records import Direction, Hypothesis, ModelSpec, ResolvedModel, RouteStep, Runtime
from seedsum.settings import CheckOptions
from seedsum.translation.translator import DocumentTranslator


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("GIÁ XĂNG GIẢM TỪ CHIỀU NAY", "Giá xăng giảm từ chiều nay"),
        ("VIỆT NAM GẶP NHẬT BẢN", "Việt Nam gặp Nhật Bản"),
        ("MƯA LỚN Ở QUẢNG BÌNH VÀ HUẾ", "Mưa lớn ở Quảng Bình và Huế"),
        ("TIN NÓNG: GIÁ VÀNG TĂNG. GIÁ DẦU GIẢM", "Tin nóng: Giá vàng tăng. Giá dầu giảm"),
        ("UBND TP.HCM HỌP VỚI UNICEF VỀ COVID-19", "UBND TP.HCM họp với UNICEF về COVID-19"),
        ("BẮT ÔNG NGUYỄN VĂN HÙNG Ở CÀ MAU", "Bắt ông Nguyễn Văn Hùng ở Cà Mau"),
        ("BỘ CÔNG THƯƠNG SẼ BÁO CÁO", "Bộ Công Thương sẽ báo cáo"),
        ("HẢI PHÒNG (TTXVN) - Cầu mới thông xe.", "Hải Phòng (TTXVN) - Cầu mới thông xe."),
    ],
)
def test_capitals_that_say_nothing_become_small_letters(text: str, read: str) -> None:
    assert in_sentence_case(text, get("vi")) == read
    assert in_sentence_case(read, get("vi")) == read


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("vi", "Bộ Y tế họp với WHO và UNICEF."),
        ("vi", "WHO, IMF, WTO"),
        ("vi", "Giá 5 triệu VNĐ"),
        ("vi", "15/4"),
        ("en", "PRICES FALL AGAIN"),
        ("bn", "ঢাকায় WHO ও UNICEF"),
    ],
)
def test_other_texts_stay_as_they_are(language: str, text: str) -> None:
    assert in_sentence_case(text, get(language)) == text


@pytest.mark.parametrize(
    ("source", "target", "code"),
    [
        ("VIỆT NAM GẶP NHẬT BẢN", "VIETNAM TO FACE JAPAN", ""),
        ("VIỆT NAM GẶP NHẬT BẢN", "Vietnam to face Japan", ""),
        ("VIỆT NAM GẶP NHẬT BẢN", "VIETNAM TO FACE CHINA", "name-changed"),
        ("BẮT ÔNG NGUYỄN VĂN HÙNG", "MR NGUYEN VAN HAI ARRESTED", "name-changed"),
        ("HẢI PHÒNG (TTXVN) - Cầu mới.", "HAIPHONG (VNA) - A new bridge.", ""),
        ("HÀ NỘI (TTXVN) - Cầu mới.", "HUE (VNA) - A new bridge.", "name-missing"),
        ("GIÁ ĐIỆN TĂNG TỪ THÁNG 6", "ELECTRICITY PRICES UP FROM JUNE", ""),
        ("GIÁ ĐIỆN TĂNG TỪ THÁNG 6", "Electricity prices up from July", "quantity-changed"),
    ],
)
def test_a_headline_in_capitals_is_checked_like_others(source: str, target: str, code: str) -> None:
    assert [flag.code for flag in check_segment(source, target, language="vi")] == [code] * bool(
        code
    )


@pytest.fixture
def shout(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Add the toy engine."""
    added = {"seedsum.engines": {"shout": toy_engine.SHOUT}}
    monkeypatch.setattr(plugins, "load", lambda group: added.get(group, {}))
    engines.cache_clear()
    yield
    engines.cache_clear()


@pytest.mark.usefixtures("shout")
def test_the_model_gets_sentence_case_and_the_record_the_source(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    seen: list[str] = []

    def translate(
        model: object, texts: Sequence[str], direction: object, options: object
    ) -> list[tuple[Hypothesis, ...]]:
        seen.extend(texts)
        return [(Hypothesis("Petrol gets cheaper", None, 3, True),) for _ in texts]

    monkeypatch.setattr(toy_engine.Shouter, "translate", translate)
    spec = ModelSpec(name="m", engine="shout", licence="MIT")
    vi_en = Direction("vi", "en")
    document = read_document("a.txt", "GIÁ XĂNG GIẢM TỪ CHIỀU NAY\n".encode(), format="txt")
    prepared = prepare(document, languages=("vi",), target="en")
    with LoadedModels(
        {"m": ResolvedModel(spec, None, "", "")}, runtime=Runtime(), on_load=lambda text: None
    ) as loaded:
        translator = DocumentTranslator(
            loaded,
            routes={vi_en: (RouteStep("m", vi_en),)},
            specs={"m": spec},
            checks=CheckOptions(),
            glossaries={},
            target="en",
        )
        ((item,),) = translator.translate([prepared])
    assert set(seen) == {"Giá xăng giảm từ chiều nay"}
    assert item.segment.text == "GIÁ XĂNG GIẢM TỪ CHIỀU NAY"
    assert item.text == "Petrol gets cheaper"
