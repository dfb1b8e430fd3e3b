"""Bytes to documents: formats, encodings, structure, and every kind of bad input."""

from __future__ import annotations

import codecs
import json
import re
import time
import unicodedata
from itertools import accumulate
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seedsum.errors import ReadError
from seedsum.reading import read_document
from seedsum.reading.jsonl import articles
from seedsum.records import Document, Kind


def texts(document: Document) -> list[str]:
    return [document.text[block.start : block.end] for block in document.blocks]


def read_text(text: str, *, format: str = "txt") -> Document:
    return read_document("a/b.txt", text.encode(), format=format)


# --------------------------------------------------------------------------------------------
# Encodings

SENTENCE = "Trạm y tế xã đã mở cửa. ঢাকায় নতুন হাসপাতাল।"


@pytest.mark.parametrize(
    ("data", "encoding"),
    [
        (SENTENCE.encode(), "utf-8"),
        (codecs.BOM_UTF8 + SENTENCE.encode(), "utf-8-sig"),
        (SENTENCE.encode("utf-16"), "utf-16"),
        (codecs.BOM_UTF16_BE + SENTENCE.encode("utf-16-be"), "utf-16"),
    ],
)
def test_read_decodes_utf8_and_utf16_with_a_byte_order_mark(data: bytes, encoding: str) -> None:
    document = read_document("a.txt", data, format="txt")
    assert document.encoding == encoding
    assert document.text == unicodedata.normalize("NFC", SENTENCE)


def test_read_names_file_and_byte_of_a_wrong_encoding() -> None:
    data = "Hà Nội".encode("cp1258", errors="replace")
    with pytest.raises(ReadError, match=r"news/a\.txt: byte 1 \(0xe0\).*save the file as UTF-8"):
        read_document("news/a.txt", data, format="txt")


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "empty"),
        (b" \r\n\t \n", "empty"),
        ("\u00a0\u3000\n".encode(), "white space"),
        (b"\x7fELF\x02\x01\x00\x00", "byte 6 is NUL"),
        ("text".encode("utf-16-le"), "byte 1 is NUL"),
        (codecs.BOM_UTF32_LE + "a".encode("utf-32-le"), "UTF-32"),
        (codecs.BOM_UTF16_LE + b"a\x00b", "byte 4"),
        (codecs.BOM_UTF8 + b"ab\xff", "byte 5"),
        (b"\x01\x02\x03\x04 ab", "control characters"),
    ],
)
def test_read_refuses_what_is_no_text_with_the_place_and_the_name(
    data: bytes, message: str
) -> None:
    with pytest.raises(ReadError, match=message) as caught:
        read_document("a.txt", data, format="txt")
    assert str(caught.value).startswith("a.txt: ")


def test_read_refuses_a_source_over_the_limit_before_decoding_it() -> None:
    with pytest.raises(ReadError, match=r"11 bytes, more than the limit of 10"):
        read_document("a.txt", b"\xff" * 11, format="txt", max_size_bytes=10)


def test_html_is_read_in_its_declared_charset_as_browsers_take_it() -> None:
    page = '<html><head><meta charset="iso-8859-1"></head><body><p>caf\u00e9 \u201cbar\u201d</p>'
    document = read_document("a.html", page.encode("cp1252"), format="html")
    assert document.encoding == "cp1252"
    assert texts(document) == ["café “bar”"]


def test_html_that_is_utf8_under_an_old_declaration_is_read_as_utf8_and_noted() -> None:
    page = '<meta http-equiv=Content-Type content="text/html; charset=windows-1258"><p>Hà Nội'
    document = read_document("a.html", page.encode(), format="html")
    assert texts(document) == ["Hà Nội"]
    assert any("windows-1258" in note for note in document.notes)


@pytest.mark.parametrize("charset", ["klingon", "unicode_escape", "utf-7", "rot13", "zlib"])
def test_html_with_an_unknown_or_unsafe_charset_is_refused(charset: str) -> None:
    with pytest.raises(ReadError, match=charset):
        read_document("a.html", f"<meta charset={charset}><p>a".encode(), format="html")


# --------------------------------------------------------------------------------------------
# Cleaning


def test_control_characters_become_spaces_and_a_note() -> None:
    document = read_text("Một đoạn\x07 văn bình thường\x9f và đủ dài để đọc.")
    assert document.text == "Một đoạn  văn bình thường  và đủ dài để đọc."
    assert document.notes == ("2 control characters became spaces (U+0007, U+009F)",)


def test_decomposed_vietnamese_is_composed_and_noted() -> None:
    text = "Bộ Y tế họp chiều nay"
    document = read_text(unicodedata.normalize("NFD", text))
    assert document.text == text
    assert any("NFC" in note for note in document.notes)


def test_bengali_joiners_stay() -> None:
    text = "র\u200d্যাব ও ক্\u200cষ"
    assert read_text(text).text == text


@pytest.mark.parametrize("end", ["\r\n", "\r", "\n", "\u2028", "\u0085", "\f"])
def test_every_line_end_is_a_line_end(end: str) -> None:
    assert texts(read_text(f"Dòng một.{end}Dòng hai.")) == ["Dòng một.", "Dòng hai."]


def test_a_line_of_fifty_thousand_characters_is_one_block() -> None:
    line = "từ " * 16_667
    assert texts(read_text(line)) == [line.strip()]


# --------------------------------------------------------------------------------------------
# Plain text


def test_wrapped_lines_are_one_block_and_other_lines_are_their_own() -> None:
    text = (
        "Headline of the story\n\n"
        "The new clinic opened on Monday after eighteen months of work, and\n"
        "people from three villages came to see it. The doctor said that in\n"
        "the first year all the children will be vaccinated here.\n\n"
        "Home\nNews\nContact\n\n"
        "A line of a saved page is a whole paragraph, however long, and it ends with a stop.\n"
        "So is the next.\n"
    )
    assert texts(read_text(text)) == [
        "Headline of the story",
        text.split("\n\n")[1],
        "Home",
        "News",
        "Contact",
        "A line of a saved page is a whole paragraph, however long, and it ends with a stop.",
        "So is the next.",
    ]


def test_paragraphs_without_an_empty_line_between_are_parted_where_a_line_ends_early() -> None:
    text = (
        "The new clinic opened on Monday after eighteen months of work, and\n"
        "people from three villages came to see it.\n"
        "The doctor said that in the first year all the children of the two\n"
        "villages will be vaccinated here, and that the old people will get\n"
        "their medicine without a journey.\n"
    )
    assert len(texts(read_text(text))) == 2


def test_lists_and_tables_get_their_kind_and_lose_their_markup() -> None:
    text = (
        "- một\n* hai\n• ba\n1. bốn\n২) পাঁচ\n"
        "| Tên | Số |\n|-----|:---:|\n|——–|——|\n| A | 5 |\nKhông - phải"
    )
    document = read_text(text)
    assert [
        (block.kind, piece) for block, piece in zip(document.blocks, texts(document), strict=True)
    ] == [
        (Kind.LIST_ITEM, "một"),
        (Kind.LIST_ITEM, "hai"),
        (Kind.LIST_ITEM, "ba"),
        (Kind.LIST_ITEM, "1. bốn"),
        (Kind.LIST_ITEM, "২) পাঁচ"),
        (Kind.TABLE_ROW, "Tên | Số"),
        (Kind.TABLE_ROW, "A | 5"),
        (Kind.PARAGRAPH, "Không - phải"),
    ]


LINES = st.text(
    alphabet=st.characters(codec="utf-8", categories=("L", "N", "P", "Zs", "M"))
    | st.sampled_from(" \n\t|-*.#"),
    min_size=1,
    max_size=300,
)


def markup_free(text: str) -> str:
    return re.sub(r"[\s|:=_—–―─━•◦▪‣●○■*+-]", "", text)


@given(LINES)
def test_text_blocks_hold_everything_but_white_space_and_markup(text: str) -> None:
    try:
        document = read_text(text)
    except ReadError:
        assert not markup_free(unicodedata.normalize("NFC", text))
        return
    position = 0
    for number, block in enumerate(document.blocks, start=1):
        assert block.id == f"b{number}"
        assert position <= block.start < block.end <= len(document.text)
        assert markup_free(document.text[position : block.start]) == ""
        position = block.end
    assert markup_free(document.text[position:]) == ""
    assert read_text(text) == document


# --------------------------------------------------------------------------------------------
# Markdown


def test_markdown_becomes_its_visible_text_with_kinds_and_levels() -> None:
    source = (
        "# Tiêu đề *lớn*\n\nĐoạn **một** có [liên kết](http://x.vn/a) và `mã`,\ntiếp.\n\n"
        "- mục a\n  - mục b\n\n3. mục ba\n\n> trích\n> dẫn\n\n```py\nx = 1\n```\n\n"
        "| Tên | Số |\n|---|---|\n| A | 5 |\n\n![Ảnh bến sông](a.jpg)\n\n"
        "<div>khối <b>thẻ</b></div>\n\n    lùi vào\n"
    )
    document = read_document("a.md", source.encode(), format="md")
    assert [
        (b.kind, b.level, t) for b, t in zip(document.blocks, texts(document), strict=True)
    ] == [
        (Kind.HEADING, 1, "Tiêu đề lớn"),
        (Kind.PARAGRAPH, 0, "Đoạn một có liên kết và mã,\ntiếp."),
        (Kind.LIST_ITEM, 1, "mục a"),
        (Kind.LIST_ITEM, 2, "mục b"),
        (Kind.LIST_ITEM, 1, "3. mục ba"),
        (Kind.PARAGRAPH, 0, "trích\ndẫn"),
        (Kind.CODE, 0, "x = 1"),
        (Kind.TABLE_ROW, 0, "Tên | Số"),
        (Kind.TABLE_ROW, 0, "A | 5"),
        (Kind.PARAGRAPH, 0, "Ảnh bến sông"),
        (Kind.PARAGRAPH, 0, "khối thẻ"),
        (Kind.PARAGRAPH, 0, "lùi vào"),
    ]
    assert document.blocks[9].hint == "figcaption"


def test_front_matter_is_read_and_its_title_is_the_first_block() -> None:
    source = (
        "---\ntitle: Nước sạch\ndate: 2026-02-20\nlang: vi-VN\nurl: http://x.vn\n---\nThân bài."
    )
    document = read_document("a.md", source.encode(), format="md")
    assert (document.title, document.date) == ("Nước sạch", "2026-02-20")
    assert (document.declared_language, document.url) == ("vi-VN", "http://x.vn")
    assert texts(document) == ["Nước sạch", "Thân bài."]


@pytest.mark.parametrize(
    "front_matter",
    [
        *("title: [", "!!python/object/apply:os.system ['true']", "a: &a [*a, *a]", "{" * 500),
        # What PyYAML raises of these is no error of its own.
        *("title: !!bool maybe", "title: !!int ''", "title: !!timestamp never"),
        *("title: 0x" + "f" * 6000, "title: !!set {a}", "title: !!binary aGVsbG8="),
    ],
)
def test_broken_or_hostile_front_matter_is_noted_and_kept_as_code(front_matter: str) -> None:
    source = f"---\n{front_matter}\n---\nThân bài."
    document = read_document("a.md", source.encode(), format="md")
    assert texts(document)[-1] == "Thân bài."
    assert document.title is None
    if len(document.blocks) == 2:
        assert document.blocks[0].kind is Kind.CODE
        assert document.notes


def test_text_between_two_rules_is_no_front_matter() -> None:
    document = read_document("a.md", "---\nMột đoạn văn.\n---\nThân bài.".encode(), format="md")
    assert texts(document) == ["Một đoạn văn.", "Thân bài."]


def test_cells_beyond_a_tables_head_are_kept() -> None:
    source = (
        "> | a |\n> |---|\n> | b | **c** | d \\| e |\n\n- | f |\n  |---|\n  | g | h |\n\n"
        "| i | j |\n|---|---|\n| k |\n"
    )
    document = read_document("a.md", source.encode(), format="md")
    assert texts(document) == ["a", "b | c | d | e", "f", "g | h", "i | j", "k |"]


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("<div>một</html>hai\n\nba", ["mộthai", "ba"]),
        ("<div>" * 2100 + "sâu <b>hơn\n\nba", ["sâu  hơn", "ba"]),
    ],
)
def test_html_in_markdown_loses_no_text(source: str, expected: list[str]) -> None:
    assert texts(read_document("a.md", source.encode(), format="md")) == expected


@pytest.mark.parametrize("format", ["md", "html"])
@pytest.mark.parametrize("hiding", ["<!--", "<script>", "<style>", "<script src=x>"])
def test_what_hides_the_rest_of_a_page_is_noted(hiding: str, format: str) -> None:
    page = f"<p>một</p>\n\n{hiding}hai\n\nba"
    document = read_document("a", page.encode(), format=format)
    assert texts(document) == ["một"]
    assert any("not closed hides the last 7 characters" in note for note in document.notes)
    closed = {"<!--": "-->"}.get(hiding, hiding.split()[0].strip(">").replace("<", "</") + ">")
    document = read_document("a", f"{page}{closed} bốn".encode(), format=format)
    assert not any("closed" in note for note in document.notes)


def test_deeply_nested_markdown_loses_no_text() -> None:
    source = ">" * 3000 + " sâu\n" + "".join("  " * depth + f"- m{depth}\n" for depth in range(400))
    document = read_document("a.md", source.encode(), format="md")
    words = " ".join(texts(document)).replace(">", " ").split()
    assert "sâu" in words
    assert {f"m{depth}" for depth in range(400)} <= set(words)


# --------------------------------------------------------------------------------------------
# HTML

PAGE = """<!doctype html><html lang="vi"><head><title>Cầu mới thông xe - Báo Thử</title>
<meta property="article:published_time" content="2026-03-01T08:00:00+07:00">
<link rel="canonical" href="https://bao.example/cau-moi"></head>
<body class="has-sidebar comments-open"><nav><ul><li>Trang chủ<li>Thời sự</ul></nav>
<article><h1>Cầu mới thông xe</h1>
<p>Sáng 1/3, cây cầu nối hai bờ sông đã thông xe sau ba năm thi công, giúp người dân đi lại
 thuận tiện hơn nhiều so với đi phà trước đây.</p><script>var a = "không phải chữ";</script>
<p>Theo ban quản lý dự án, cầu dài 1.200 mét, rộng 20 mét và có tổng vốn đầu tư 900 tỉ đồng từ
 ngân sách.<br>Người dân hai xã đến xem từ rất sớm và chụp ảnh trên cầu.</p>
<figure><img src="a.jpg"><figcaption>Cầu nhìn từ trên cao.</figcaption></figure>
<table><tr><th>Hạng mục</th><th>Mét</th></tr><tr><td>Dài</td><td>1.200</td></tr></table>
<p>Trước đây mỗi ngày có khoảng hai nghìn lượt khách qua phà và thường phải chờ hơn nửa giờ vào
 buổi sáng, nhất là những hôm có sương mù dày trên sông.</p></article>
<div class="related-news"><h3>Tin liên quan</h3><ul><li>Mưa lớn ở miền Trung</ul></div>
<div hidden>ẩn</div><footer>© 2026 Báo Thử</footer></body></html>"""


def test_html_keeps_what_the_extractor_leaves_out_as_outside_blocks_in_page_order() -> None:
    document = read_document("a.html", PAGE.encode(), format="html")
    assert document.title == "Cầu mới thông xe"
    assert document.url == "https://bao.example/cau-moi"
    assert document.date == "2026-03-01"
    assert document.declared_language == "vi"
    found = [
        (b.kind, b.outside_article, b.hint, t[:24])
        for b, t in zip(document.blocks, texts(document), strict=True)
    ]
    assert found == [
        (Kind.LIST_ITEM, True, "nav", "Trang chủ"),
        (Kind.LIST_ITEM, True, "nav", "Thời sự"),
        (Kind.HEADING, False, "", "Cầu mới thông xe"),
        (Kind.PARAGRAPH, False, "", "Sáng 1/3, cây cầu nối ha"),
        (Kind.PARAGRAPH, False, "", "Theo ban quản lý dự án, "),
        (Kind.PARAGRAPH, False, "", "Người dân hai xã đến xem"),
        (Kind.PARAGRAPH, True, "figcaption", "Cầu nhìn từ trên cao."),
        (Kind.TABLE_ROW, found[7][1], "", "Hạng mục | Mét"),
        (Kind.TABLE_ROW, found[8][1], "", "Dài | 1.200"),
        (Kind.PARAGRAPH, False, "", "Trước đây mỗi ngày có kh"),
        (Kind.HEADING, True, "related", "Tin liên quan"),
        (Kind.LIST_ITEM, True, "related", "Mưa lớn ở miền Trung"),
        (Kind.PARAGRAPH, True, "hidden", "ẩn"),
        (Kind.PARAGRAPH, True, "footer", "© 2026 Báo Thử"),
    ]


@pytest.mark.parametrize(
    "page",
    [
        "<p>một<p>hai<div>ba<table><td>bốn</p></table>",
        "một</div></body></html>hai<p>ba bốn",
        "<b><i>một</b> hai</i> <p <p>ba bốn",
        "<div>" * 400 + "một hai ba bốn",
        "<table><tr><td>" * 50 + "một hai ba bốn",
        "một hai &lt;ba&gt; bô&#x301;n &#7; &#0; &#xD800; &nbsp;",
        "<head><my-element>một</my-element></head><p>hai ba bốn",
        "<p>một</html foo><p>hai</html/> ba</HTML\n> bốn",
        "<map><p>một</map><div><template shadowrootmode=open>hai</template></div>ba bốn",
        "<xmp>một</xmp><listing>hai</listing>ba<plaintext>bốn",
    ],
)
def test_malformed_html_is_read(page: str) -> None:
    document = read_document("a.html", page.encode(), format="html")
    words = re.findall(r"[^\W\d_]+", " ".join(texts(document)))
    assert words == ["một", "hai", "ba", "bốn"]


@pytest.mark.parametrize("page", ["<div>" * 100_000 + "a", "<script>a</script>", "<!-- a -->"])
def test_html_without_readable_text_is_refused(page: str) -> None:
    with pytest.raises(ReadError, match=r"^a\.html: "):
        read_document("a.html", page.encode(), format="html")


def test_elements_in_a_row_without_end_do_not_take_time_without_end() -> None:
    rows = "<tr><td><div>" * 600 + "<b></b>" * 10_000
    wrappers = "<div class=sidebar>" * 1_900 + "<b>x</b>" * 20_000
    for page in (f"<p>một<table>{rows}", f"<p>một{wrappers}"):
        started = time.process_time()
        assert read_document("a.html", page.encode(), format="html").blocks
        # 0.3 s; where each element looks at all below it, a minute.
        assert time.process_time() - started < 15


@pytest.mark.slow
def test_a_page_of_very_many_elements_is_read_without_the_extractor() -> None:
    page = "<nav>menu</nav>" + "<p>một" * 100_001
    document = read_document("a.html", page.encode(), format="html")
    assert len(document.blocks) == 100_002
    assert any("trafilatura" in note for note in document.notes)


@pytest.mark.parametrize(
    ("format", "text", "message"),
    [
        ("txt", "a\n" * 250_001, "250,001 paragraphs, more than the limit of 250,000; split it"),
        ("txt", "a" + "\n" * 1_000_000, "1,000,001 lines, more than"),
        ("md", "- a\n" * 1_000_001, "1,000,002 lines, more than"),
        ("html", "a<br>" * 2_000_001, "2,000,001 tags, more than"),
    ],
)
@pytest.mark.slow
def test_more_than_any_article_has_is_refused_with_the_number(
    format: str, text: str, message: str
) -> None:
    with pytest.raises(ReadError, match=message):
        read_document("a", text.encode(), format=format)


WORDS = st.lists(st.sampled_from(["cầu", "sông", "মানুষ", "news", "7"]), min_size=1, max_size=8)


@settings(max_examples=30, deadline=None)
@given(
    st.lists(
        st.tuples(
            st.sampled_from(["p", "div", "li", "h2", "td", "span", "aside", "b", "pre"]), WORDS
        ),
        min_size=1,
        max_size=12,
    )
)
def test_every_visible_word_of_a_page_is_in_one_block_in_order(
    elements: list[tuple[str, list[str]]],
) -> None:
    page = "".join(f"<{tag}>{' '.join(words)} </{tag}>" for tag, words in elements)
    document = read_document("a.html", page.encode(), format="html")
    expected = [unicodedata.normalize("NFC", word) for _, words in elements for word in words]
    assert " ".join(texts(document)).replace("|", " ").split() == expected


# --------------------------------------------------------------------------------------------
# JSONL


def line(**values: object) -> bytes:
    return json.dumps(values, ensure_ascii=False).encode()


def test_a_jsonl_line_gives_its_metadata_and_its_title_as_first_block() -> None:
    data = line(id="a", title="Cầu mới", text="Đoạn một.\nĐoạn hai.", language="vi", date="2026")
    document = read_document("news.jsonl/a", data, format="jsonl")
    assert (document.format, document.title, document.date) == ("jsonl", "Cầu mới", "2026")
    assert document.declared_language == "vi"
    assert texts(document) == ["Cầu mới", "Đoạn một.", "Đoạn hai."]


def test_a_jsonl_line_may_hold_html_or_repeat_its_title() -> None:
    assert texts(read_document("a", line(html="<p>Một</p><p>Hai</p>"), format="jsonl")) == [
        "Một",
        "Hai",
    ]
    assert texts(read_document("a", line(title="Một", text="Một\nHai"), format="jsonl")) == [
        "Một",
        "Hai",
    ]


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"{", "JSON"),
        (b"[1]", "list"),
        (b'{"text": 5}', "'text'"),
        (b'{"text": "  "}', "'text'"),
        (b'{"text": "\xff"}', "byte 10"),
        (b"[" * 100_000, "JSON"),
        (b'{"text": "a", "id": ' + b"9" * 5000 + b"}", "JSON"),
    ],
)
def test_a_bad_jsonl_line_is_refused_by_name(data: bytes, message: str) -> None:
    with pytest.raises(ReadError, match=message) as caught:
        read_document("news.jsonl/line-3", data, format="jsonl")
    assert str(caught.value).startswith("news.jsonl/line-3: ")


def test_a_lone_surrogate_in_json_does_not_reach_the_text() -> None:
    document = read_document(
        "a", b'{"text": "Xin \\ud800 ch\\u00e0o m\\u1ecdi ng\\u01b0\\u1eddi"}', format="jsonl"
    )
    assert document.text.encode()
    assert document.notes


def test_jsonl_ids_are_safe_unique_and_stable(tmp_path: Path) -> None:
    path = tmp_path / "news.jsonl"
    ids = ["../../etc/passwd", "a b/c", "A", "a", "a", None, 7, "", "x" * 400, "tin-số-1", "."]
    rows = [line(id=value, text="t") for value in ids]
    path.write_bytes(codecs.BOM_UTF8 + b"\n".join([*rows[:3], b"", *rows[3:], b"broken"]))
    listed = list(articles(path))
    assert [article.id for article in listed] == [
        "etc-passwd",
        "a-b-c",
        "A",
        "a.line-5",
        "a.line-6",
        "line-7",
        "7",
        "line-9",
        "x" * 150,
        "tin-số-1",
        "line-12",
        "line-13",
    ]
    assert listed[3].offset == 3 + sum(len(row) + 1 for row in rows[:3]) + 1
    assert read_document("n", listed[0].data, format="jsonl").text == "t"


def test_a_jsonl_line_over_the_limit_is_passed_over(tmp_path: Path) -> None:
    path = tmp_path / "news.jsonl"
    rows = [b"x" * 2_000_000, line(id="a", text="t"), b"y" * 31, b"\r" * 3_000_000, b"z" * 30]
    path.write_bytes(codecs.BOM_UTF8 + b"\n".join(rows))
    listed = list(articles(path, max_size_bytes=30))
    starts = list(accumulate((len(row) + 1 for row in rows), initial=3))
    assert [(a.offset, a.id, a.size_bytes, a.data) for a in listed] == [
        (starts[0], "line-1", 2_000_000, b""),
        (starts[1], "a", len(rows[1]), rows[1]),
        (starts[2], "line-3", 31, b""),
        (starts[4], "line-5", 30, rows[4]),
    ]


def test_jsonl_in_utf16_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "news.jsonl"
    path.write_bytes('{"text": "a"}'.encode("utf-16"))
    with pytest.raises(ReadError, match="UTF-16"):
        list(articles(path))
