"""Files of every type: read as what they are, or refused by name with what to do."""

from __future__ import annotations

import gzip
import json
import random
import re
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

import format_files
import mutate_files
from format_files import ARTICLE, FILES, FIRST, HTML, PARTS, SECOND, TITLE, XHTML
from seedsum.errors import ReadError
from seedsum.pipeline.source_bytes import read_source
from seedsum.pipeline.sources import list_sources
from seedsum.reading import READERS, prepare, read_document, reader_of
from seedsum.reading.pdf import _refuse_torn
from seedsum.records import Document, Kind

WRITTEN = Path(__file__).parent / "written"


def texts(document: Document) -> list[str]:
    return [document.text[block.start : block.end] for block in document.blocks]


def in_file(folder: Path, name: str, data: bytes) -> list[Document]:
    """Return the articles of a file, as a run reads them."""
    (folder / name).write_bytes(data)
    sources = list_sources([folder]).sources
    return [read_source(source, languages=("bn", "en", "vi")).document for source in sources]


@pytest.mark.parametrize(
    ("name", "data", "message"),
    [
        (
            "a.xml",
            "<rss xmlns:c='a b'><channel><item><c:x/><d:y/></item></channel></rss>",
            "broken XML",
        ),
        ("a.atom", "<feed xmlns='http://www.&#xD800;w3.org/'><entry/></feed>", "broken XML|text"),
        ("a.csv", f'text,title\n"{FIRST},a\n', "not closed"),
        ("a.warc", "WARC/1.0\r\nWARC-Type: response\r\n", "web archive|no article"),
        ("a.atom", "<tom}feed><entry/></tom}feed>", "no RSS or Atom"),
    ],
)
def test_what_changed_bytes_have_found_is_refused(
    name: str, data: str, message: str, tmp_path: Path
) -> None:
    (tmp_path / name).write_text(data, encoding="utf-8")
    (source,) = list_sources([tmp_path]).sources
    with pytest.raises(ReadError, match=message):
        read_source(source, languages=("vi",))


def test_there_is_a_file_of_every_type() -> None:
    known = {extension for reader in READERS.values() for extension in reader.extensions}
    assert known <= {"." + name.split(".", 1)[1] for name in FILES}


@pytest.mark.parametrize("name", sorted(FILES))
def test_the_article_of_a_file_of_every_type_is_read(name: str, tmp_path: Path) -> None:
    (document,) = in_file(tmp_path, name, FILES[name])
    if name == "a.pdf":
        assert texts(document) == ["The clinic opened on Monday.", "It is open now."]
        return
    shown = [text.rstrip(".\xa0") for text in texts(document)]
    assert shown == [part.rstrip(".") for part in PARTS]
    assert [block.role for block in document.blocks][1:] == ["body", "body"]


def test_what_a_record_states_of_its_article_is_kept(tmp_path: Path) -> None:
    for name in ("a.json", "a.rss", "a.eml"):
        (document,) = in_file(tmp_path, name, FILES[name])
        assert document.title == TITLE
        assert "2024" in (document.date or "")
        assert document.url == (None if name == "a.eml" else "https://vd.vn/a")
        (tmp_path / name).unlink()


# --------------------------------------------------------------------------------------------
# Written by real programs


@pytest.mark.parametrize("name", ["a.docx", "a.odt", "a.rtf", "a.pdf", "a.browser.pdf", "a.mhtml"])
def test_an_article_of_a_word_processor_or_browser_is_read_in_order(name: str) -> None:
    document = read_document(name, (WRITTEN / name).read_bytes())
    shown = [text.replace("\t", " ") for text in texts(document)]
    assert shown[0] == TITLE
    assert shown[1].endswith("và hướng dẫn sẽ được gửi về từng thôn.")
    assert shown[2] == "Ba việc cần nhớ"
    assert [text[-12:] for text in shown[3:8]] == [
        *("ước khi đo.", "một ngày.", "quả vào sổ.", "cà phê.", "Kể cả trà đặc."),
    ] or [text.endswith(end) for text, end in zip(shown[3:8], (
        "Nghỉ năm phút trước khi đo.", "Đo hai lần một ngày.", "Ghi lại kết quả vào sổ.",
        "Không uống cà phê.", "Kể cả trà đặc.",
    ), strict=True)] == [True] * 5  # fmt: skip
    assert any(text.startswith("Tháng tới, trạm sẽ mở lớp thứ hai") for text in shown[8:])
    if "pdf" not in name and name != "a.rtf":
        kinds = [block.kind for block in document.blocks]
        assert kinds[0] is kinds[2] is Kind.HEADING
        assert kinds[3] is Kind.LIST_ITEM
        assert "Thôn | Số người" in shown


@pytest.mark.parametrize("name", ["b.docx", "b.odt", "b.rtf", "b.pdf", "b.mhtml"])
def test_bengali_of_a_word_processor_or_browser_is_read(name: str) -> None:
    document = read_document(name, (WRITTEN / name).read_bytes())
    prepared = prepare(document, languages=("bn", "en", "vi"), target="en")
    assert prepared.language.language == "bn"
    assert len(document.blocks) == 4
    assert "রবিবার নদীর চরে বিনা মূল্যে চোখের চিকিৎসা দেওয়া হয়েছে।" in document.text


def test_a_pdf_whose_letters_were_placed_one_by_one_is_refused_by_name() -> None:
    data = (WRITTEN / "b.browser.pdf").read_bytes()
    with pytest.raises(ReadError, match=r"^b\.pdf: .*Bengali letters are torn apart; .*ocrmypdf"):
        read_document("b.pdf", data)


def test_vietnamese_letters_placed_one_by_one_are_refused_too() -> None:
    torn = " ".join(re.sub(r"([^\x00-\x7f])", r" \1 ", f"{FIRST} {SECOND}").split())
    with pytest.raises(ReadError, match="words in Latin letters are torn apart"):
        _refuse_torn(torn)
    _refuse_torn(f"{FIRST} {SECOND}")


def test_pdfs_are_read_by_several_threads() -> None:
    data = (WRITTEN / "columns.pdf").read_bytes()
    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(lambda _: read_document("c.pdf", data), range(12)))
    assert all(document == found[0] for document in found)


def test_columns_pages_headers_and_footers_of_a_pdf() -> None:
    document = read_document("c.pdf", (WRITTEN / "columns.pdf").read_bytes())
    inside = [b for b in document.blocks if not b.outside_article]
    shown = [document.text[b.start : b.end] for b in inside]
    assert shown[0] == "Island clinic opens a night ward"
    # Nine times the same four paragraphs, over the edges of columns and pages.
    assert shown[1:] == shown[1:5] * 9
    assert shown[1].startswith("A small clinic") and shown[1].endswith("on the same day.")
    outside = [b for b in document.blocks if b.outside_article]
    assert [document.text[b.start : b.end] for b in outside] == [
        "Island Weekly, 12 May 2024",
        "Page 1",
    ]


# --------------------------------------------------------------------------------------------
# By content, not by name


@pytest.mark.parametrize(
    ("name", "held", "format"),
    [
        ("x.txt", "a.html", "html"),
        ("x.txt", "a.rtf", "rtf"),
        ("x.txt", "a.json", "json"),
        ("x.txt", "a.mhtml", "mhtml"),
        ("x.txt", "a.pdf", "pdf"),
        ("x.txt", "a.docx", "docx"),
        ("x.txt", "a.vtt", "vtt"),
        ("x.txt", "a.rss", "feed"),
        ("x.md", "a.html", "html"),
        ("x.html", "a.mhtml", "mhtml"),
        ("x.htm", "a.pdf", "pdf"),
        ("x.docx", "a.odt", "odt"),
        ("x.docx", "a.rtf", "rtf"),
        ("x.docx", "a.html", "html"),
        ("x.pdf", "a.epub", "epub"),
        ("x.txt.gz", "a.docx", "docx"),
        ("x.txt", "a.txt.gz", "txt"),
    ],
)
def test_a_wrong_extension_is_noted_and_the_content_read(name: str, held: str, format: str) -> None:
    data = FILES[held]
    document = read_document(name, gzip.compress(data) if name.endswith(".gz") else data)
    assert document.format == format
    assert any(f"the content is {format}" in note for note in document.notes) == (format != "txt")
    expected = read_document(held, data)
    assert texts(document) == texts(expected)


def test_what_a_plain_text_holds_is_read_as_that() -> None:
    piece = f"<p>{FIRST}</p>\n<p>{SECOND}</p>\n"
    message = f"From: a@b.example\nSubject: x\nMIME-Version: 1.0\n\n{FIRST}\n"
    letters = "".join(f"&#{ord(x)};" if ord(x) > 127 else x for x in f"{FIRST}\n\n{SECOND}")
    marked = f"# Hai việc\n\n{FIRST}\n\n## Việc một\n\n**{SECOND}**\n"
    for text, format in ((piece, "html"), (message, "eml"), (letters, "txt"), (marked, "md")):
        document = read_document("a.txt", text.encode())
        assert document.format == format
        assert FIRST in texts(document)
        assert document.notes


def test_lines_of_json_in_a_plain_text_are_refused_with_what_to_do() -> None:
    lines = "\n".join(json.dumps({"title": TITLE, "text": text}) for text in (FIRST, SECOND))
    with pytest.raises(ReadError, match=r"a\.txt: .*extension \.jsonl"):
        read_document("a.txt", lines.encode())


@pytest.mark.parametrize(
    "text",
    [
        "# 7 is the number of the house.\nThat is all that there is to it.",
        "Write <p> before and </p> behind each paragraph.\nThat is all that there is to it.",
        "&eacute; and &#233; are the same letter in HTML, and so are &#xe9; and &#0233; there.",
        "The page said <html> and nothing more. It was empty.",
        '{"name": "a note in braces"}\nThis is a text.',
        "[1] A source.\n[2] Another source.",
        "Content-Type: multipart/related is what such files begin with, he wrote.",
    ],
)
def test_a_text_about_markup_stays_text(text: str) -> None:
    document = read_document("a.txt", text.encode())
    assert (document.format, document.notes) == ("txt", ())


def test_plain_text_with_another_extension_is_refused_with_what_to_do() -> None:
    plain = FIRST.encode()
    for name in ("a.docx", "a.odt", "a.epub", "a.pdf", "a.mhtml", "a.json", "a.rtf"):
        with pytest.raises(ReadError, match=rf"^{name}: .*extension of"):
            read_document(name, plain)


def test_pictures_old_word_files_and_archives_are_named(tmp_path: Path) -> None:
    for data, message in (
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1rest", "old Word file .*save it as .docx"),
        (b"\x89PNG\r\n\x1a\n", r"a picture \(PNG\)"),
        (b"Rar!\x1a\x07", "a RAR archive"),
    ):
        with pytest.raises(ReadError, match=rf"a\.docx: is .*{message}"):
            read_document("a.docx", data)


def test_a_missing_library_is_named_with_the_remedy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    for name, library in (("a.docx", "mammoth"), ("a.pdf", "pypdfium2"), ("a.odt", "odfdo")):
        with pytest.raises(ReadError, match=rf"{library} is needed.*'seedsum\[formats\]'"):
            read_document(name, FILES[name])
    assert read_document("a.epub", FILES["a.epub"]).format == "epub"


# --------------------------------------------------------------------------------------------
# Records with fields


@pytest.mark.parametrize(
    "record",
    [
        {"title": TITLE, "text": f"{FIRST}\n\n{SECOND}"},
        {"headline": TITLE, "body": f"<p>{FIRST}</p><p>{SECOND}</p>"},
        {"title": {"rendered": TITLE}, "content": {"rendered": f"<p>{FIRST}</p>\n<p>{SECOND}</p>"}},
        {"name": TITLE, "articleBody": f"{FIRST}\n\n{SECOND}"},
        {"article": {"title": TITLE, "paragraphs": [], "text": [FIRST, SECOND]}},
        {"title": TITLE, "content": [{"type": "p", "text": FIRST}, {"type": "p", "text": SECOND}]},
        {"title": TITLE, "content": "", "html": HTML},
        {"title": TITLE, "full_text": f"{FIRST}\n\n{SECOND}", "description": "tóm"},
        {"title": TITLE, "content_html": f"{FIRST}<br><br>{SECOND}"},
    ],
)
def test_the_fields_of_crawlers_and_content_systems_are_known(record: dict[str, object]) -> None:
    document = read_document("a.jsonl", json.dumps(record).encode())
    assert texts(document) == PARTS
    assert document.title == TITLE


def test_tags_and_entities_in_a_text_field_are_no_words() -> None:
    record = {
        "title": "Trạm y tế &amp; trường học",
        "text": f"<p>{FIRST}</p>\n<br/>Th&aacute;ng tới&nbsp;nữa.",
    }
    document = read_document("a.jsonl", json.dumps(record).encode())
    assert texts(document) == ["Trạm y tế & trường học", FIRST, "Tháng tới\xa0nữa."]
    assert any("'text' holds HTML" in note for note in document.notes)
    plain = read_document("a.jsonl", json.dumps({"text": "Th&aacute;ng 3 < 4 > 2 & 1."}).encode())
    assert texts(plain) == ["Tháng 3 < 4 > 2 & 1."]
    assert any("entities" in note for note in plain.notes)


def test_a_summary_alone_is_read_and_said_to_be_one() -> None:
    document = read_document("a.jsonl", json.dumps({"description": FIRST}).encode())
    assert texts(document) == [FIRST]
    assert any("only a summary" in note for note in document.notes)


@pytest.mark.parametrize(
    "wrapped",
    [
        [ARTICLE, {**ARTICLE, "id": "x2"}],
        {"status": "ok", "articles": [ARTICLE, {**ARTICLE, "id": "x2"}]},
        {"response": {"docs": [ARTICLE, {**ARTICLE, "id": "x2"}]}},
        {"hits": {"hits": [{"_source": ARTICLE}, {"_source": {**ARTICLE, "id": "x2"}}]}},
    ],
)
def test_a_list_of_articles_is_found_wherever_the_file_keeps_it(
    wrapped: object, tmp_path: Path
) -> None:
    documents = in_file(tmp_path, "a.json", json.dumps(wrapped).encode())
    assert [document.name for document in documents] == ["a.json/x1", "a.json/x2"]
    assert all(texts(document) == PARTS for document in documents)


def test_rows_of_a_table_are_articles_also_over_several_lines(tmp_path: Path) -> None:
    table = (
        f'\ufeffid;headline;body;publish_date\r\n7;"{TITLE}";"{FIRST}\r\n\r\n""{SECOND}"""'
        f";2024-05-12\r\n;;;\r\n;{TITLE};{SECOND};\r\n"
    )
    first, second = in_file(tmp_path, "a.csv", table.encode())
    assert (first.name, second.name) == ("a.csv/7", "a.csv/row-3")
    assert texts(first) == [TITLE, FIRST, f'"{SECOND}"']
    assert (first.date, second.date) == ("2024-05-12", None)
    assert texts(second) == [TITLE, SECOND]


def test_a_table_without_names_of_fields_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text(f"1,{TITLE},{FIRST}\n")
    (source,) = list_sources([tmp_path]).sources
    assert "names no field with an article's text" in source.error


def test_items_of_a_feed_are_articles_named_by_their_guid(tmp_path: Path) -> None:
    item = f"<item><title>Hai</title><description>{SECOND}</description></item></channel>"
    data = format_files.RSS.replace("</channel>", item).encode()
    first, second = in_file(tmp_path, "a.rss", data)
    assert (first.name, second.name) == ("a.rss/a", "a.rss/item-2")
    assert texts(first) == PARTS
    assert first.declared_language == "vi"
    assert texts(second) == ["Hai", SECOND]


@pytest.mark.parametrize("packed", [False, True])
def test_pages_of_a_web_archive_are_articles_and_the_rest_is_not(
    packed: bool, tmp_path: Path
) -> None:
    pages = [("https://vd.vn/a", HTML), ("https://vd.vn/b?x=1", HTML), ("https://vd.vn/b", HTML)]
    name = "a.warc.gz" if packed else "a.warc"
    documents = in_file(tmp_path, name, format_files.warc(*pages, packed=packed))
    assert [x.name for x in documents] == [
        f"{name}/vd.vn-a",
        f"{name}/vd.vn-b",
        f"{name}/vd.vn-b.record-3",
    ]
    assert all(texts(document) == PARTS for document in documents)
    assert documents[0].url == "https://vd.vn/a"


# --------------------------------------------------------------------------------------------
# Word processors


def test_headings_tables_and_tracked_changes_of_a_word_document() -> None:
    body = (
        format_files.word_paragraph(TITLE, "Heading1")
        + "<w:p><w:del><w:r><w:delText>bỏ</w:delText></w:r></w:del>"
        "<w:ins><w:r><w:t>thêm</w:t></w:r></w:ins></w:p>"
        "<w:tbl><w:tr><w:tc><w:p><w:r><w:t>A</w:t></w:r></w:p></w:tc><w:tc><w:p><w:r><w:t>5"
        "</w:t></w:r></w:p></w:tc></w:tr></w:tbl>"
    )
    document = read_document("a.docx", format_files.docx(body))
    assert texts(document)[-2:] == ["thêm", "A | 5"]
    assert document.blocks[0].kind is Kind.HEADING


def test_what_an_odt_does_not_show_stays_out() -> None:
    body = (
        "<text:tracked-changes><text:changed-region><text:deletion><text:p>đã bỏ</text:p>"
        "</text:deletion></text:changed-region></text:tracked-changes>"
        f"<text:h text:outline-level='2'>{TITLE}</text:h>"
        "<text:p>Một<text:s text:c='3'/>hai<office:annotation><text:p>riêng</text:p>"
        "</office:annotation><text:line-break/>ba</text:p>"
        "<text:list><text:list-item><text:p>mục</text:p><text:list><text:list-item>"
        "<text:p>con</text:p></text:list-item></text:list></text:list-item></text:list>"
    )
    document = read_document("a.odt", format_files.odt(body))
    assert texts(document)[0] == TITLE
    assert "riêng" not in document.text and "đã bỏ" not in document.text
    assert [block.level for block in document.blocks if block.kind is Kind.LIST_ITEM] == [1, 2]


def test_a_book_is_read_chapter_by_chapter() -> None:
    second = XHTML.replace(TITLE, "Chương hai")
    document = read_document("a.epub", format_files.epub(XHTML, second))
    assert [text for text in texts(document) if len(text) < 40] == [TITLE, "Chương hai"]
    assert (document.title, document.declared_language) == (TITLE, "vi")


# --------------------------------------------------------------------------------------------
# Subtitles and mail


def test_rolling_subtitles_are_taken_once_and_speakers_begin_paragraphs() -> None:
    vtt = (
        "WEBVTT\n\n00:01.000 --> 00:02.000\n<v Mai>Chào cả nhà,\n\n"
        "00:02.000 --> 00:03.000\nMai: Chào cả nhà,\n<c.yellow>hôm nay</c> trời đẹp.\n\n"
        "00:03.000 --> 00:04.000\n- Vâng &amp; ạ.\n"
    )
    document = read_document("a.vtt", vtt.encode())
    assert texts(document) == ["Mai: Chào cả nhà, hôm nay trời đẹp.", "- Vâng & ạ."]


def test_a_message_in_two_forms_is_read_once_and_attachments_are_named() -> None:
    message = (
        "From: a@vd.vn\nSubject: Thư\nMIME-Version: 1.0\nContent-Type: multipart/mixed; "
        'boundary="m"\n\n--m\nContent-Type: multipart/alternative; boundary="b"\n\n--b\n'
        f"Content-Type: text/plain; charset=utf-8\n\n{FIRST}\n--b\nContent-Type: text/html; "
        f"charset=utf-8\n\n<table><tr><td><p>{FIRST}</p></td></tr></table>\n--b--\n--m\n"
        'Content-Type: application/pdf\nContent-Disposition: attachment; filename="b.pdf"\n\nx\n'
        "--m--\n"
    )
    document = read_document("a.eml", message.encode())
    assert [text for text in texts(document) if text == FIRST] == [FIRST]
    assert texts(document)[0] == "Thư"
    assert any("b.pdf" in note for note in document.notes)


def test_headers_that_are_broken_or_plain_utf8_are_shown() -> None:
    message = f"From: =?x?q?a?= <@>, ()b: ;\nSubject: {TITLE}\nDate: gestern\n\n{FIRST}\n"
    document = read_document("a.eml", message.encode())
    assert texts(document) == [TITLE, FIRST]
    assert (document.title, document.date) == (TITLE, None)


# --------------------------------------------------------------------------------------------
# Bad input

#: Those that are packed or have a structure of their own.
STRUCTURED = ("a.docx", "a.odt", "a.epub", "a.pdf", "a.txt.gz", "a.warc.gz", "a.jsonl.gz", "a.rtf")


@pytest.mark.parametrize("name", STRUCTURED)
@pytest.mark.parametrize("share", [0.1, 0.5, 0.9])
def test_a_file_that_is_cut_off_is_refused_by_name_or_read(
    name: str, share: float, tmp_path: Path
) -> None:
    data = FILES[name]
    (tmp_path / name).write_bytes(data[: int(len(data) * share)])
    for source in list_sources([tmp_path]).sources:
        try:
            read_source(source, languages=("vi",))
        except ReadError as error:
            assert name in str(error)
            assert ";" in str(error)


@pytest.mark.parametrize("name", sorted({*FILES} - {"a.txt.gz"}))
def test_an_empty_file_of_every_type_is_refused(name: str, tmp_path: Path) -> None:
    (tmp_path / name).write_bytes(b"")
    (source,) = list_sources([tmp_path]).sources
    with pytest.raises(ReadError, match=r"empty|no article|names no field"):
        read_source(source, languages=("vi",))


@pytest.mark.parametrize("name", ["big.docx", "big.epub", "big.pdf", "big.json", "big.rss"])
def test_two_hundred_megabytes_are_refused_at_once(name: str, tmp_path: Path) -> None:
    with (tmp_path / name).open("wb") as file:
        file.truncate(200_000_000)
    began = time.process_time()
    (source,) = list_sources([tmp_path]).sources
    assert "200,000,000 bytes, more than the limit" in source.error
    assert time.process_time() - began < 5


def test_encrypted_documents_are_refused_with_what_to_do() -> None:
    manifest = "<manifest:encryption-data/>"
    encrypted = format_files.odt("<text:p>a</text:p>", manifest=manifest)
    with pytest.raises(ReadError, match="encrypted; save it without a password"):
        read_document("a.odt", encrypted)
    protected = (
        "<encryption><EncryptedData><CipherData><CipherReference URI='O/p0.xhtml'/></CipherData>"
        "</EncryptedData></encryption>"
    )
    with pytest.raises(ReadError, match="DRM"):
        read_document("a.epub", format_files.epub(XHTML, encryption=protected))
    fonts = protected.replace("p0.xhtml", "a.otf")
    assert read_document("a.epub", format_files.epub(XHTML, encryption=fonts)).blocks
    data = bytearray(FILES["a.docx"])
    for place in range(len(data) - 4):
        if data[place : place + 4] == b"PK\x01\x02":
            data[place + 8] |= 1
    with pytest.raises(ReadError, match="encrypted"):
        read_document("a.docx", bytes(data))


def test_bombs_are_refused_before_they_are_unpacked() -> None:
    huge = format_files.docx(format_files.word_paragraph("a" * 30_000_000))
    assert len(huge) < 100_000
    with pytest.raises(ReadError, match=r"30,0.* bytes of text and markup when unpacked"):
        read_document("a.docx", huge)
    with pytest.raises(ReadError, match="unpacks to more than the limit of 50,000,000"):
        read_document("a.txt.gz", gzip.compress(b"a" * 60_000_000))


ENTITY = '<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]>'


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("a.docx", format_files.zipped({"word/document.xml": f"{ENTITY}<a>&e;</a>"})),
        ("a.epub", format_files.epub(f"{ENTITY}<html><p>&e;</p></html>")),
        ("a.odt", format_files.zipped(
            {"mimetype": "application/vnd.oasis.opendocument.text",
             "content.xml": f"{ENTITY}<a>&e;</a>"}
        )),
        ("a.xhtml", f"{ENTITY}<html><p>&e;</p></html>".encode()),
        ("a.rss", f"{ENTITY}<rss><channel><item><title>&e;</title></item></rss>".encode()),
        ("b.rss", f"{ENTITY}<rss><channel><item><title>&e;</title></item></rss>".encode("utf-16")),
    ],
)  # fmt: skip
def test_entities_that_a_file_defines_are_refused(name: str, data: bytes, tmp_path: Path) -> None:
    (tmp_path / name).write_bytes(data)
    (source,) = list_sources([tmp_path]).sources
    with pytest.raises(ReadError, match="defines entities"):
        read_source(source, languages=("vi",))


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("a.json", b'{"text": ' + b"[" * 100_000),
        ("a.docx", format_files.docx("<w:p>" * 3_000 + "a" + "</w:p>" * 3_000)),
        ("a.odt", format_files.odt("<text:p>" * 3_000 + "a" + "</text:p>" * 3_000)),
        ("a.eml", b"From: a\n" + b"".join(
            b'Content-Type: multipart/mixed; boundary="%d"\n\n--%d\n' % (n, n) for n in range(500)
        )),
        ("a.rtf", b"{\\rtf1 " + b"{" * 100_000 + b"a"),
        ("a.epub", format_files.epub("<div>" * 5_000 + "a")),
        ("a.xhtml", b"<html>" + b"<div>" * 100_000 + b"a"),
    ],
)  # fmt: skip
def test_nesting_without_end_is_refused_or_read(name: str, data: bytes, tmp_path: Path) -> None:
    (tmp_path / name).write_bytes(data)
    began = time.process_time()
    (source,) = list_sources([tmp_path]).sources
    try:
        read_source(source, languages=("vi",))
    except ReadError as error:
        assert name in str(error)
    assert time.process_time() - began < 20


@pytest.mark.parametrize("name", sorted(FILES))
def test_changed_bytes_raise_nothing_but_read_errors(name: str, tmp_path: Path) -> None:
    rng = random.Random(name)
    for _ in range(4):
        path = tmp_path / name
        path.write_bytes(mutate_files.mutated(FILES[name], rng))
        assert mutate_files.check(path) in ("read", "refused")


def test_a_scan_is_named_as_such() -> None:
    with pytest.raises(ReadError, match=r"is a scan: .*run OCR first"):
        read_document("a.pdf", format_files.pdf())


def test_a_pdf_in_a_font_from_before_unicode_names_the_font() -> None:
    data = format_files.pdf("Tr m y t  x  H a B nh o huy t p")
    with pytest.raises(ReadError, match=r"font \.VnTime, made before Unicode.*ocrmypdf"):
        read_document("a.pdf", data.replace(b"/Helvetica", b"/.VnTime\n\n"))


def test_reader_of_knows_packed_files() -> None:
    packed = reader_of("a.tar.gz")
    assert packed is None
    assert reader_of("a.TXT.GZ") is READERS["txt"]
