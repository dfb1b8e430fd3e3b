"""Sentences, splits over the limit, and the way back to the text."""

from __future__ import annotations

import unicodedata
from itertools import accumulate, pairwise
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seedsum.errors import DocumentError, ReadError
from seedsum.reading import read_document
from seedsum.reading.segmentation import rejoin, renumber, segment, sentence_boundaries, split_long
from seedsum.records import Document, Segment


def sentences(text: str, language: str) -> list[str]:
    text = unicodedata.normalize("NFC", text)
    cuts = [0, *sentence_boundaries(text, language), len(text)]
    return [text[start:end].strip() for start, end in pairwise(cuts)]


def document_of(text: str, *, format: str = "txt") -> Document:
    return read_document("a", text.encode(), format=format)


def count_words(text: str) -> int:
    return len(text.split()) + 1


# --------------------------------------------------------------------------------------------
# Sentences; a bar stands where one ends


@pytest.mark.parametrize(
    ("language", "marked"),
    [
        ("vi", "Cần mang ba thứ: | 1. khăn mặt 2 cái | 2. nước uống 500 ml | 3. giấy tờ."),
        ("en", "Take three things: | 1. Two towels | 2. Half a litre of water | 3. Your papers."),
        ("en", "The shop closed at 1. | It opened at 2. | Nobody came before 3. | Then it rained."),
        ("vi", "TS.BS Nguyễn Văn A, TP. Hồ Chí Minh, đã đến. | Ông nói rất vui."),
        ("vi", "PGS.TS. Lê Văn B (ĐH. Y Hà Nội) cho biết. | Theo BS.CKII Trần C, đã khỏe."),
        ("vi", "Lễ ký diễn ra ngày 08.10.2024 tại Hà Nội. | Có 9.200.000 người dự."),
        ("vi", "Điều 5. Quyền lợi của người bệnh. | Mục 1.2. Quy định chung."),
        ("vi", "1. Mở đầu. | 2. Nội dung. | a) Mục tiêu."),
        ("vi", "Hai bên thống nhất kế hoạch./. | Sau đó họ ra về."),
        ("vi", "Kết quả rất tốt... và còn hơn thế. | Hay quá!!! | Thật sao?! | Đúng vậy."),
        ("vi", "Trao đổi về y tế, dược phẩm… | Đại sứ tin tưởng điều đó."),
        ("vi", "Ông nói: “Tôi rất vui! Cảm ơn các bạn.” | Rồi ông về."),
        ("vi", "“Câu một. Câu hai”, ông nói. | Bà đồng ý."),
        ("vi", "Bệnh viện Bạch Mai.|Bác sĩ nói vậy."),
        ("bn", "ডা. মোঃ করিম বলেন। | ড. রহমান ২.১. ধারা মেনে কাজ করেন।"),
        ("bn", "মো. হামিদ ও অধ্যাপক ডা. এ. বি. এম. আবদুল্লাহ ছিলেন। | দাম ৫০.৫ টাকা।"),
        ("bn", "২.১. সাধারণ নিয়ম। | ১০.০৮.২০২৪ তারিখে সভা হয়।"),
        ("bn", "প্রদর্শনী... এর মতো কাজ হয়। | কি? | হ্যাঁ।|তারপর গেলাম।/"),
        ("bn", "তিনি বললেন, “আমি যাব। তুমিও যাবে।” | সবাই হাসল।"),
        ("hi", "डॉ. रमेश ने कहा कि टीका मुफ़्त है। | क्या सच में? | हाँ।|तब वे घर गए।"),
        ("hi", "धारा ५. सबके अधिकार। | २.१. सामान्य नियम। | दाम ५०.५ रुपये है।"),
        ("hi", "प्रो. शर्मा बोले, “मैं जाऊँगा। तुम भी जाओगे।” | सब हँसे।"),
        ("en", "Dr. Smith of the U.S. Army met Mr. J. R. Tolkien Jr. in St. John. | He left."),
        ("en", "In the U.S. | The law passed at 5 p.m. | He came to Apple Inc. | She left."),
        ("en", "It cost $1.5 million. | See No. 5 and Fig. 3 on p. 7. | Version 2.0.1 is out."),
        ("en", "He left... then came back. | “Really?” she asked. | He said: “Yes.” | Then left."),
        ("en", "The deeper connections.|The center serves all."),
        ("und", "Câu một. | Câu hai."),
    ],
)
def test_sentences_end_where_a_reader_ends_them(language: str, marked: str) -> None:
    expected = [unicodedata.normalize("NFC", part.strip()) for part in marked.split("|")]
    text = "".join(part for part in marked.split("|")).replace("  ", " ")
    assert sentences(text, language) == expected


@pytest.mark.parametrize(
    ("language", "precision", "recall"),
    [("vi", 0.96, 0.91), ("bn", 0.93, 0.87), ("en", 0.97, 0.89)],
)
def test_ntrex_sentences_are_found_in_running_text(
    shared: Path, language: str, precision: float, recall: float
) -> None:
    num_right = num_found = num_true = 0
    for path in sorted((shared / "data" / "ntrex-dev" / language).glob("*.txt")):
        lines = unicodedata.normalize("NFC", path.read_text("utf-8")).splitlines()[1:]
        kept = [" ".join(line.split()) for line in lines if line.strip()]
        ends = set(accumulate(len(line) + 1 for line in kept[:-1]))
        found = set(sentence_boundaries(" ".join(kept), language))
        num_right += len(ends & found)
        num_found += len(found)
        num_true += len(ends)
    assert num_right / num_found >= precision
    assert num_right / num_true >= recall


def test_a_long_quotation_is_taken_apart_and_a_short_one_is_not() -> None:
    long = "Bà nói: “Trạm y tế mới giúp người dân rất nhiều. Chúng tôi sẽ có thêm hai bác sĩ.”"
    assert len(sentences(long, "vi")) == 2
    assert len(sentences("Bà nói: “Rất tốt. Cảm ơn.”", "vi")) == 1


def test_a_line_end_inside_a_block_ends_no_sentence() -> None:
    text = (
        "The new clinic opened on Monday after eighteen months of work by Dr.\n"
        "Smith and people from three villages came to see it. The doctor was\n"
        "very happy about it.\n"
    )
    assert [piece.text for piece in segment(document_of(text))] == [
        text.split(" The doctor")[0],
        "The doctor was\nvery happy about it.",
    ]


def test_table_cells_and_code_lines_are_segments_of_their_own() -> None:
    document = document_of(
        "| Tên. Họ | Số |\n|---|---|\n| A | 5 |\n\n```\na. b\n c\n```", format="md"
    )
    assert [piece.text for piece in segment(document)] == [
        *("Tên. Họ", "Số", "A", "5", "a. b", "c"),
    ]


def test_ids_follow_document_order_and_name_their_block() -> None:
    pieces = segment(document_of("Một. Hai.\nBa."))
    assert [(piece.id, piece.block_id) for piece in pieces] == [
        *(("s1", "b1"), ("s2", "b1"), ("s3", "b2")),
    ]


TEXTS = st.one_of(
    st.text(min_size=1, max_size=200),
    st.lists(
        st.sampled_from(
            [
                *("Một câu. ", "TS. A ", "ডা. করিম বলেন। ", "২.১. ", "“Yes.” ", "... ", "\n"),
                *("| a | b |\n", "(", '"', "e.g. ", "x" * 50, "\u200d", "\u0301", "./.", "\n\n- "),
            ]
        ),
        min_size=1,
        max_size=30,
    ).map("".join),
)


def read_any(text: str) -> Document | None:
    try:
        return document_of(text.encode("utf-8", "replace").decode())
    except ReadError:
        return None


def check_cover(document: Document, pieces: tuple[Segment, ...]) -> None:
    """Assert that segments are slices in order that cover all but white space (and cell bars)."""
    position = 0
    for number, piece in enumerate(pieces, start=1):
        assert piece.id == f"s{number}"
        assert piece.text == document.text[piece.start : piece.end] == piece.text.strip() != ""
        assert position <= piece.start
        position = piece.end
    for block in document.blocks:
        left = list(document.text[block.start : block.end])
        for piece in pieces:
            if piece.block_id == block.id:
                assert block.start <= piece.start < piece.end <= block.end
                left[piece.start - block.start : piece.end - block.start] = " " * len(piece.text)
        assert "".join(left).replace("|", " ").strip() == ""


@settings(deadline=None)
@given(TEXTS)
def test_segments_cover_every_block_and_rejoin_to_the_text(text: str) -> None:
    document = read_any(text)
    if document is None:
        return
    pieces = segment(document)
    check_cover(document, pieces)
    own = {piece.id: piece.text for piece in pieces}
    assert rejoin(document, own, pieces) == rejoin(document, {}, pieces) == document.text
    assert segment(document) == pieces


@settings(deadline=None)
@given(TEXTS, st.integers(min_value=2, max_value=12))
def test_splits_fit_the_limit_cover_the_same_and_rejoin(text: str, max_tokens: int) -> None:
    document = read_any(text)
    if document is None:
        return

    def count(text: str) -> int:
        return len(text)

    parts = split_long(segment(document), count_tokens=count, max_tokens=max_tokens)
    assert all(count(part.text) <= max_tokens for part in parts)
    check_cover(document, parts)
    assert rejoin(document, {}, parts) == document.text


# --------------------------------------------------------------------------------------------
# Over the limit


def split(text: str, max_tokens: int) -> list[str]:
    parts = split_long(segment(document_of(text)), count_tokens=count_words, max_tokens=max_tokens)
    return [part.text for part in parts]


def test_what_fits_stays_whole() -> None:
    pieces = segment(document_of("Một câu ngắn. Hai câu."))
    assert split_long(pieces, count_tokens=count_words, max_tokens=9) == pieces


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        (
            "the clinic has, so they say, two doctors; the hospital has nine doctors, and beds",
            [
                "the clinic has, so they say, two doctors;",
                "the hospital has nine doctors, and beds",
            ],
        ),
        (
            "trạm y tế xã có hai bác sĩ giỏi, bệnh viện huyện thì có tới chín bác sĩ",
            ["trạm y tế xã có hai bác sĩ giỏi,", "bệnh viện huyện thì có tới chín bác sĩ"],
        ),
        (
            "the clinic has two doctors now and the hospital has nine doctors here",
            ["the clinic has two doctors now", "and the hospital has nine doctors here"],
        ),
        ("one two three four five six seven eight nine ten eleven twelve", None),
    ],
)
def test_the_best_boundary_near_the_middle_is_taken(text: str, parts: list[str] | None) -> None:
    found = split(text, 11)
    if parts is None:
        assert [len(part.split()) for part in found] == [6, 6]
    else:
        assert found == parts


def test_three_parts_where_three_are_enough() -> None:
    text = " ".join(f"w{number:03}" for number in range(250))
    assert [len(part.split()) for part in split(text, 101)] == [83, 83, 84]


def test_no_cut_inside_a_decimal_number_or_a_letter_with_its_marks() -> None:
    assert all("1.5" in part for part in split("1.5 " * 40, 11))
    conjunct = unicodedata.normalize("NFC", "ক্ষি" * 30)
    pieces = segment(document_of(conjunct))
    parts = split_long(pieces, count_tokens=len, max_tokens=11)
    for part in parts[1:]:
        assert part.text[0] == "ক"


def test_a_limit_without_room_is_an_error_and_no_endless_loop() -> None:
    with pytest.raises(ValueError, match="max_tokens=1"):
        split("Một câu.", 1)


def test_renumber_numbers_in_the_given_order() -> None:
    pieces = segment(document_of("Một. Hai. Ba."))
    assert [piece.id for piece in renumber(pieces[1:])] == ["s1", "s2"]


@pytest.mark.parametrize(
    "piece", ["Một câu ngắn. ", "x", "“", "(a. ", "1. ", ".", "ab… ", "»", "a, ", " and ", "।"]
)
def test_a_huge_line_takes_linear_time(piece: str) -> None:
    document = document_of(piece * (200_000 // len(piece)) + "x")
    parts = split_long(segment(document), count_tokens=count_words, max_tokens=200)
    assert rejoin(document, {}, parts) == document.text


@pytest.mark.slow
def test_more_segments_than_any_article_has_are_refused() -> None:
    with pytest.raises(DocumentError, match=r"more than 300,000 sentences.*split it"):
        segment(document_of("|a" * 300_001 + "|"))


# --------------------------------------------------------------------------------------------
# Back to text


def test_rejoin_puts_texts_in_place_and_keeps_what_lies_between() -> None:
    document = document_of("Một.  Hai.\n\n- Ba.")
    pieces = segment(document)
    assert rejoin(document, {"s1": "One.", "s3": "Three."}, pieces) == "One.  Hai.\n\n- Three."
