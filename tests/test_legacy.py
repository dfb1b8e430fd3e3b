"""Encodings older than Unicode, and text that was decoded wrongly: undone, or named."""

from __future__ import annotations

import json

import pytest

from seedsum.errors import ReadError
from seedsum.reading import read_document

VIETNAMESE = (
    "Trạm y tế xã đo huyết áp cho người già\n\nSáng thứ sáu, trạm đã đo miễn phí cho 214 người, và"
    " phát hiện 31 người bị tăng huyết áp mà không hề hay biết.\n"
)
BENGALI = "দ্বীপে নতুন হাসপাতাল\n\nমঙ্গলবার দ্বীপের হাসপাতালটি চালু হয়েছে।\n"
TCVN3 = (
    "Tr¹m y tÕ x· ®o huyÕt ¸p cho ng\xadêi giµ.\n\nB¸c sÜ cho biÕt nhiÒu ng\xadêi kh«ng ®i kh¸m.\n"
)
VNI = (
    "Traïm y teá xaõ ño huyeát aùp cho ngöôøi giaø.\n\nBaùc só cho bieát nhieàu ngöôøi khoâng ñi"
    " khaùm.\n"
)
UNICODE = "Trạm y tế xã đo huyết áp cho người già.\n\nBác sĩ cho biết nhiều người không đi khám.\n"


@pytest.mark.parametrize("text", [VIETNAMESE, BENGALI])
@pytest.mark.parametrize("codec", ["latin-1", "cp1252"])
def test_utf_8_that_was_read_as_something_else_is_undone(text: str, codec: str) -> None:
    import ftfy.bad_codecs  # registers what Windows does with bytes that its code page lacks

    assert ftfy.bad_codecs.search_function("sloppy-windows-1252")
    garbled = text.encode().decode(
        f"sloppy-{codec.replace('cp', 'windows-')}" if codec != "latin-1" else codec
    )
    document = read_document("a.txt", garbled.encode())
    assert document.text == text
    assert "had been read as" in document.notes[0]


@pytest.mark.parametrize(("text", "name"), [(TCVN3, "TCVN3"), (VNI, "VNI")])
def test_a_legacy_encoding_with_a_table_becomes_unicode(text: str, name: str) -> None:
    document = read_document("a.txt", text.encode())
    assert document.text == UNICODE
    assert [document.text[b.start : b.end] for b in document.blocks] == UNICODE.strip().split(
        "\n\n"
    )
    assert name in document.notes[-1]


def test_its_bytes_need_not_be_utf_8() -> None:
    assert read_document("a.txt", TCVN3.encode("latin-1")).text == UNICODE


def test_bytes_of_the_vietnamese_code_page_are_read() -> None:
    # Windows-1258 writes tones as marks of their own after the vowel.
    data = "Tr\u00e2\u0323n m\u01b0a l\u01a1\u0301n \u0111a\u0303 qua".encode("cp1258")
    document = read_document("a.txt", data)
    assert (document.text, document.encoding) == ("Trận mưa lớn đã qua", "cp1258")


def test_titles_are_converted_with_their_text() -> None:
    line = json.dumps({"title": "Tr¹m y tÕ", "text": TCVN3})
    document = read_document("a.jsonl", line.encode())
    assert document.title == "Trạm y tế"
    assert "huyết áp" in document.text


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("Tra.m y te^' xa~ ddo huye^'t a'p cho ngu+o+`i gia` va` ddo^i ma('t.", "VIQR"),
        ("Avwg evsjvq Mvb MvB| †mB ‡Kvb GK mKv‡j ivR¨ eviv‡KvB †`k| †m ‡M‡Q|", "Bijoy"),
    ],
)
def test_one_without_a_certain_way_back_is_refused_by_name(text: str, name: str) -> None:
    with pytest.raises(ReadError, match=name):
        read_document("a.txt", text.encode())


@pytest.mark.parametrize(
    "text",
    [
        VIETNAMESE,
        BENGALI,
        "Le café était fermé, à côté de l'hôtel où nous étions.",
        "Łódź i Kraków są miastami, które odwiedziło więcej osób.",
        "“Đắk Lắk” — 25 °C, 3 × 4 m², ½ kg; ¡Hola! £5.",
        "x^2 + y^2 = z^2, a(b) + o(n), e^x; dd if=/dev/zero",
    ],
)
def test_unicode_text_is_left_alone(text: str) -> None:
    document = read_document("a.txt", text.encode())
    assert document.text == text
    assert document.notes == ()
