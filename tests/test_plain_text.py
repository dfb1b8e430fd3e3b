"""Plain text as editors, columns and keyboards leave it: what belongs together, what does not."""

from __future__ import annotations

import textwrap
import time
from pathlib import Path

import pytest

from seedsum.errors import ReadError
from seedsum.pipeline.source_bytes import read_source
from seedsum.pipeline.sources import list_sources
from seedsum.reading import prepare, read_document
from seedsum.reading.text import LineJoiner, text_spans
from seedsum.records import Document, Kind

ENGLISH = (
    "A small clinic on the northern island opened a night ward so that women in labour no longer"
    " have to wait for the first boat. The midwives had asked for it for years, and the council"
    " will pay for the beds until the end of the monsoon."
)
VIETNAMESE = (
    "Trạm y tế của xã đã mở lớp dạy cách đo huyết áp tại nhà cho người già. Bác sĩ nói rằng nhiều"
    " người chỉ đi khám khi đã đau đầu dữ dội, và ai cũng nên ghi lại kết quả vào sổ hằng tuần."
)
BENGALI = (
    "রবিবার নদীর চরে বিনা মূল্যে চোখের চিকিৎসা দেওয়া হয়েছে। সেখানে অনেক রোগী দেখা হয় এবং কয়েকজনকে"
    " অপারেশনের জন্য বাছাই করা হয়। আগামী মাসে পাশের দুটি চরেও শিবির হবে।"
)


def read(text: str) -> Document:
    return read_document("a.txt", text.encode())


def texts(document: Document) -> list[str]:
    return [" ".join(document.text[b.start : b.end].split()) for b in document.blocks]


def sentences(text: str) -> list[str]:
    prepared = prepare(read(text), languages=("bn", "en", "vi"), target="en")
    return [segment.text for segment in prepared.segments]


@pytest.mark.parametrize("width", [24, 32, 40, 66, 100, 150])
@pytest.mark.parametrize("paragraph", [ENGLISH, VIETNAMESE, BENGALI])
def test_lines_wrapped_at_any_width_are_one_paragraph(paragraph: str, width: int) -> None:
    wrapped = textwrap.fill(paragraph, width, break_on_hyphens=False)
    assert texts(read(f"{wrapped}\n\n{wrapped}\n")) == [paragraph, paragraph]


def test_a_short_paragraph_is_wrapped_as_the_others_are() -> None:
    long, short = (
        textwrap.fill(text, 36) for text in (ENGLISH, "The boats carried the beds last week.")
    )
    assert texts(read(f"{long}\n\n{short}\n\n{long}")) == [
        ENGLISH,
        " ".join(short.split()),
        ENGLISH,
    ]


@pytest.mark.parametrize(
    "lines",
    [
        ["Clinic opens its night ward", "Council pays for two boats", "Rain floods the market"],
        ["Trang chủ tin tức mới nhất", "Thể thao trong nước và quốc tế", "Sức khỏe và đời sống"],
        ["12 Harbour Street, first floor", "Northern Island 4100", "Telephone 555 0100 at night"],
        [
            "নতুন স্বাস্থ্যকেন্দ্র চালু হলো পাশের চরে",
            "সেতুর কাজ শেষ হয়নি এখনো তিন বছরেও",
            "বাজারে সবজির দাম আবার বেড়েছে দ্বিগুণ",
        ],
        ["The water rose in the night", "The boats were all gone", "Nobody slept on the island"],
    ],
)  # fmt: skip
def test_lists_addresses_and_verse_keep_their_lines(lines: list[str]) -> None:
    assert texts(read("\n".join(lines))) == lines


@pytest.mark.parametrize("sign", ["–", "-", "12."])
def test_a_dash_or_number_in_mid_sentence_begins_no_item(sign: str) -> None:
    text = (
        "The council approved the new ward on Friday after a long debate\n"
        f"{sign} the third this year – and asked the health office to report\n"
        "on the number of births every month until the end of the monsoon."
    )
    document = read(f"Council approves the ward\n\n{text}")
    assert texts(document)[1:] == [" ".join(text.split())]


def test_items_that_are_wrapped_stay_items() -> None:
    text = (
        "Bring these to the clinic:\n"
        "- the card that you were given when you first came to the clinic and\n"
        "  the results of your last visit\n"
        "- water and something to eat for the long way home in the afternoon\n"
        "- a friend"
    )
    document = read(text)
    assert [block.kind for block in document.blocks] == [Kind.PARAGRAPH, *[Kind.LIST_ITEM] * 3]


def test_entries_that_begin_with_a_date_stay_apart() -> None:
    entries = [
        "2024-03-02 First case reported in the northern ferry village",
        "2024-03-09 Health office sends a team of six nurses by boat",
        "2024-03-15 Two schools close for a week after nine new cases",
    ]
    assert texts(read(f"How it unfolded\n\n{chr(10).join(entries)}"))[1:] == entries
    wrapped = (
        "7:30 Doors open and the nurses begin with those who have come from\n"
        "the villages by the first boat\n"
        "9:00 The doctor arrives"
    )
    assert texts(read(wrapped)) == [
        "7:30 Doors open and the nurses begin with those who have come from the villages by the"
        " first boat",
        "9:00 The doctor arrives",
    ]


@pytest.mark.parametrize(
    "entries",
    [
        [
            "March 2: First case reported in the northern ferry village",
            "March 9: Health office sends a team of six nurses by boat",
            "March 15: Two schools close for a week after nine new cases",
        ],
        [
            "1998 – First midwife arrives in the northern ferry village",
            "2004 – Health office builds the small clinic on the pier",
            "2015 – Two more wards are opened after the cyclone season",
        ],
        [
            "Ngày 2/3: ca đầu tiên ở bến phà phía bắc của hòn đảo",
            "Ngày 9/3: sở y tế cử sáu y tá tới đảo bằng thuyền máy",
            "Ngày 15/3: hai trường nghỉ một tuần sau chín ca mới",
        ],
        [
            "২ মার্চ: উত্তর ঘাটে প্রথম রোগী শনাক্ত হয়েছে সকালে",
            "৯ মার্চ: স্বাস্থ্য বিভাগ ছয়জন নার্স পাঠায় নৌকায়",
            "১৫ মার্চ: দুটি বিদ্যালয় এক সপ্তাহের জন্য বন্ধ হয়",
        ],
    ],
)
def test_entries_that_begin_with_a_date_in_words_stay_apart(entries: list[str]) -> None:
    document = read(f"How it unfolded\n\n{chr(10).join(entries)}")
    assert texts(document)[1:] == entries
    assert {block.kind for block in document.blocks[1:]} == {Kind.LIST_ITEM}


def test_stars_and_dashes_between_parts_are_no_items() -> None:
    document = read(f"{ENGLISH}\n\n* * *\n\n{ENGLISH}\n\n- - -\n\n{ENGLISH}")
    assert {block.kind for block in document.blocks} == {Kind.PARAGRAPH}


def test_points_of_a_law_are_items() -> None:
    points = ["(a) sell the clinic or any part of it;", "(ii) close it;", "3/ charge for a birth."]
    document = read(f"The council shall not:\n{chr(10).join(points)}")
    assert [block.kind for block in document.blocks[1:]] == [Kind.LIST_ITEM] * 3
    assert texts(document)[1:] == points


def test_words_that_a_hyphen_broke_are_whole() -> None:
    text = (
        "A small clinic on the northern island opened a night ward on Tues-\n"
        "day so that women in labour no longer have to wait for the first\n"
        "boat, and so that the well-known midwives can sleep, said the well-\n"
        "known health office in a state-\n"
        "ment on Monday."
    )
    (shown,) = texts(read(text))
    for word in ("on Tuesday so", "said the well-known health", "a statement on"):
        assert word in shown


@pytest.mark.parametrize(
    ("lines", "joined"),
    [
        (["co-", "operation"], "cooperation"),
        (["Anglo-", "Saxon"], "Anglo- Saxon"),
        (["1998-", "2004"], "1998- 2004"),
        (["nghĩ\u00ad", "thầm"], "nghĩthầm"),
    ],
)
def test_only_a_word_that_goes_on_in_small_letters_is_joined(lines: list[str], joined: str) -> None:
    assert LineJoiner(lines).join(lines) == joined


def test_hyphens_stay_where_nothing_is_hyphenated() -> None:
    lines = ["a line of the text"] * 60 + ["the long-", "term plan"]
    assert LineJoiner(lines).join(lines[-2:]) == "the long-term plan"


@pytest.mark.parametrize("sign", "►▶→»➢❖◆✓✔")
def test_signs_after_a_colon_are_bullets(sign: str) -> None:
    document = read(f"Người dân cần làm những việc sau:\n{sign} Đo huyết áp.\n{sign} Ghi vào sổ.")
    assert texts(document)[1:] == ["Đo huyết áp.", "Ghi vào sổ."]
    assert [block.kind for block in document.blocks[1:]] == [Kind.LIST_ITEM] * 2


def test_an_arrow_that_nothing_announces_stays() -> None:
    assert texts(read("Trạm đã mở cửa.\n» Xem thêm: Cầu mới")) == [
        "Trạm đã mở cửa.",
        "» Xem thêm: Cầu mới",
    ]


def test_a_paragraph_of_many_lines_takes_linear_time() -> None:
    line = "aaaa bbbb cccc dddd eeee ffff gggg hhhh iiii jj\n"

    def seconds(num_lines: int) -> float:
        began = time.process_time()
        text_spans(line * num_lines)
        return time.process_time() - began

    # Ten times the lines took a hundred times the time.
    assert seconds(100_000) < 40 * max(seconds(10_000), 0.01)


# --------------------------------------------------------------------------------------------
# Sentences


@pytest.mark.parametrize("sign", ["|", " |", "৷", " ৷"])
def test_signs_for_the_danda_end_sentences(sign: str) -> None:
    first, second = "রবিবার নদীর চরে চোখের চিকিৎসা দেওয়া হয়েছে", "সেখানে অনেক রোগী দেখা হয়"
    assert sentences(f"{first}{sign} {second}{sign}") == [
        f"{first}{sign.replace('|', '।').replace('৷', '।')}",
        f"{second}{sign.replace('|', '।').replace('৷', '।')}",
    ]
    assert any("full stops" in note for note in read(f"{first}{sign} {second}{sign}").notes)


def test_bars_of_menus_and_tables_stay() -> None:
    for text in ("হোম | খবর | খেলা", "| নাম | রবিবার নদীর চরে চিকিৎসা হয় |", "a b c d e | f"):
        document = read(text)
        assert "।" not in document.text
        assert document.notes == ()


def test_a_quotation_that_ends_before_its_verb_is_one_sentence() -> None:
    text = "“রোগীরা আগে চিকিৎসকের কাছে যাননি।” বলে জানান ডা. নাসরিন। সবাই খুশি।"
    assert sentences(text) == [
        "“রোগীরা আগে চিকিৎসকের কাছে যাননি।” বলে জানান ডা. নাসরিন।",
        "সবাই খুশি।",
    ]
    assert len(sentences("“রোগীরা আগে চিকিৎসকের কাছে যাননি।” পরে সবাই বাড়ি ফিরে যান।")) == 2


def test_marks_heaped_on_letters_are_left_out_and_the_language_stays() -> None:
    heap = "\u0301\u0316\u0334\u0300\u0302\u0303\u0489" * 9
    document = read("".join(f"{x}{heap}" if x.isalpha() else x for x in ENGLISH))
    assert document.text == ENGLISH
    assert any("combining marks" in note for note in document.notes)
    assert read("Huê\u0323\u0301 ক্ষি").notes != document.notes


# --------------------------------------------------------------------------------------------
# The cases beside the project


@pytest.mark.parametrize(
    ("case", "num_blocks"),
    [
        ("arrow-bullets.txt", 7),
        ("dash-line.txt", 2),
        ("hyphen-wrap.txt", 2),
        ("merged-lines.txt", 7),
        ("narrow-column.txt", 3),
        ("bn-pipe-danda.txt", 4),
    ],
)
def test_the_cases_of_plain_text(shared: Path, case: str, num_blocks: int) -> None:
    path = shared / "data" / "cases" / "reading" / case
    document = read_document(case, path.read_bytes())
    assert len(document.blocks) == num_blocks


@pytest.mark.parametrize(
    ("case", "roles"),
    [
        ("opinion-rubric.txt", ["title", *["body"] * 4]),
        ("readmore-eats-last.txt", ["title", "body", "body", "related", "related", "body"]),
        ("merged-lines.txt", ["title", "body", *["list"] * 4, "body"]),
        ("frontmatter-title.md", ["title", "body", "body"]),
        ("toml-frontmatter.md", ["title", "body", "body"]),
    ],
)
def test_the_cases_of_roles_in_text(shared: Path, case: str, roles: list[str]) -> None:
    path = shared / "data" / "cases" / "reading" / case
    document = read_document(case, path.read_bytes())
    prepared = prepare(document, languages=("bn", "en", "vi"), target="en")
    assert [str(block.role) for block in prepared.document.blocks][-len(roles) :] == roles


def test_the_case_of_files_of_other_types(shared: Path) -> None:
    """Plain text under other extensions: read, or refused by name with what to do."""
    folder = shared / "data" / "cases" / "reading" / "foreign-files"
    sources = list_sources([folder]).sources
    assert len(sources) == len(list(folder.iterdir()))
    for source in sources:
        try:
            read_source(source, languages=("vi",))
        except ReadError as error:
            assert source.name.split("/")[0] in str(error)
            assert ".txt" in str(error) or "JSON object" in str(error)


@pytest.mark.parametrize(
    ("case", "format"), [("html-as-txt.txt", "html"), ("mhtml-as-html.html", "mhtml")]
)
def test_the_cases_of_wrong_extensions(shared: Path, case: str, format: str) -> None:
    path = shared / "data" / "cases" / "reading" / case
    document = read_document(case, path.read_bytes())
    assert document.format == format
    assert "214 người già" in document.text
    assert "<p>" not in document.text
