"""TMX out and in: valid, told apart by where it is from, and offered where it is from elsewhere."""

from __future__ import annotations

import json
from dataclasses import replace
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from exchange_pairs import HOSTILE, article, changed, filled, hostile, named
from sample_results import bengali, vietnamese
from seedsum.errors import ReadError
from seedsum.output.exchange import Pairs, tmx
from seedsum.output.exchange.article_page import article_page
from seedsum.output.exchange.importing import Import, keep_import, read_import
from seedsum.output.exchange.sentences import Article
from seedsum.output.exchange.table import cell_text, cells_of
from seedsum.output.exchange.tmx_reading import Unit, is_tmx, language_of, read_tmx
from seedsum.records import Part, Review, Verdict
from seedsum.reviews import Remembered, Reviews, ReviewStore, add_memory, new_review
from test_cli import seedsum as command

HERE = Path(__file__).parent
NAME = "health/trạm y tế (1).txt"
XML_LANG = "{http://www.w3.org/XML/1998/namespace}lang"


def memory(*articles: Article, reviewed: bool = False) -> bytes:
    return b"".join(tmx.lines(articles, whole_page=False, reviewed=reviewed))


def foreign(name: str) -> bytes:
    text = (HERE / "memories" / f"{name}.tmx").read_text(encoding="utf-8")
    return text.encode("utf-16" if name == "memoq" else "utf-8")


def corrected(pair: Article, id: str, text: str, *, note: str = "") -> Review:
    one = next(sentence for sentence in pair.sentences if sentence.id == id)
    return new_review(
        Part.SENTENCE,
        Verdict.EDITED if text != one.english else Verdict.ACCEPTED,
        document=one.article,
        source_sha256=one.source_sha256,
        reviewer="Lan",
        direction=one.direction,
        source=one.source,
        before=one.before,
        after=one.after,
        text=text,
        machine_text=one.english,
        note=note,
        segment=id,
    )


# --------------------------------------------------------------------------------------------
# Out


def test_a_memory_is_valid_whatever_is_in_it() -> None:
    dtd = etree.DTD(str(HERE / "tmx14.dtd"))
    pair = article(vietnamese())
    reviewed = article(vietnamese(), [corrected(pair, "s5", "5 doctors <&>.", note="counted ]]>")])
    for data in (memory(reviewed, article(bengali()), article(hostile())), memory()):
        tree = etree.fromstring(data)
        assert dtd.validate(tree), dtd.error_log


def test_a_unit_says_where_it_is_from_and_what_was_said_of_it() -> None:
    pair = article(vietnamese())
    pair = article(vietnamese(), [corrected(pair, "s5", "The clinic has 5 doctors.")])
    tree = etree.fromstring(memory(pair))
    assert tree.find("header").get("srclang") == "vi"
    (unit,) = tree.xpath("//tu[prop[@type='x-segment']='s5']")
    properties = {prop.get("type"): prop.text for prop in unit.findall("prop")}
    assert properties["x-document"] == NAME and properties["x-reviewed"] == "edited"
    assert properties["x-status"] == "review" and properties["x-fate"] == "translated"
    assert properties["prev"].startswith("Sáng nay")
    assert properties["next"] == "Hình ảnh buổi lễ khai trương."
    source, target = unit.findall("tuv")
    assert (source.get(XML_LANG), target.get(XML_LANG)) == ("vi", "en")
    assert target.find("seg").text == "The clinic has 5 doctors."
    assert target.get("changeid") == "Lan" and len(target.get("changedate")) == 16
    (other,) = tree.xpath("//tu[prop[@type='x-segment']='s4']")
    assert other.findall("tuv")[1].attrib == {XML_LANG: "en"}


def test_what_is_no_translation_is_in_no_memory() -> None:
    pair = article(vietnamese())
    wrong = replace(corrected(pair, "s4", "x"), verdict=Verdict.REJECTED, text="")
    ids = etree.fromstring(memory(article(vietnamese(), [wrong]))).xpath("//tu/@tuid")
    segments = {str(id).rpartition("#")[2] for id in ids}
    # s4 is wrong, s16 failed, s17 was English, s3 has no words, the rest is around the article.
    assert segments == {"s2", "s5", "s6", "s7", "s8", "s9", "s10", "s11", "s14", "s15"}
    only = article(vietnamese(), [wrong, corrected(pair, "s5", "Five.")])
    assert etree.fromstring(memory(only, reviewed=True)).xpath("//tu/@tuid") == [f"{NAME}#s5"]


def test_units_of_several_languages_each_state_theirs() -> None:
    tree = etree.fromstring(memory(article(vietnamese()), article(bengali())))
    assert tree.find("header").get("srclang") == "*all*"
    assert {unit.get("srclang") for unit in tree.iter("tu")} == {"vi", "bn"}


texts = st.one_of(st.sampled_from(HOSTILE), st.text(alphabet=st.characters(codec=None)))


@given(st.lists(texts, min_size=1, max_size=5))
def test_a_memory_reads_as_it_was_written(english: list[str]) -> None:
    pair = article(hostile(english))
    units = read_tmx(memory(pair), name="m").units
    wanted = [one for one in pair.chosen() if one.english.strip()]
    assert [(unit.language, unit.source, unit.english) for unit in units] == [
        ("vi", cell_text(one.source).strip(), cell_text(one.english).strip()) for one in wanted
    ]


# --------------------------------------------------------------------------------------------
# In, from us


def imported(output: Path, data: bytes, **options: Any) -> Import:
    given_options = {"name": "m.tmx", "reviewer": "Minh", **options}
    return read_import(data, pairs=Pairs(output), **given_options)


def test_our_own_memory_comes_back_like_a_table(tmp_path: Path) -> None:
    output = filled(tmp_path / "out", vietnamese(), hostile())
    data = memory(*(Pairs(output).read(name) for name in Pairs(output).names()))
    found = imported(output, data)
    assert found.reviews == () and found.memory == () and found.not_recognised == {}
    edited = data.replace(b"The clinic has 50 doctors.", b"The clinic has 5 doctors.")
    (review,) = imported(output, edited).reviews
    assert (review.segment, review.text, review.reviewer) == (
        "s5",
        "The clinic has 5 doctors.",
        "Minh",
    )
    assert review.machine_text == "The clinic has 50 doctors."
    keep_import(imported(output, edited), Pairs(output))
    again = imported(output, edited)
    assert again.reviews == () and again.returned.num_known == 1
    # Nobody touched what a model has made another English of since.
    filled(output, changed(vietnamese(), "s5", "Another."))
    assert imported(output, data).reviews == ()


def test_our_memory_in_another_output_brings_only_what_people_said(tmp_path: Path) -> None:
    pair = article(vietnamese())
    data = memory(article(vietnamese(), [corrected(pair, "s5", "The clinic has 5 doctors.")]))
    output = filled(tmp_path / "out", named(vietnamese(), "copy.txt"))
    found = imported(output, data)
    assert found.reviews == () and [entry.text for entry in found.memory] == [
        "The clinic has 5 doctors."
    ]
    assert found.recognised.num_offered == 1
    assert found.not_recognised == {"of a machine, and seen by nobody": 10}


# --------------------------------------------------------------------------------------------
# In, from elsewhere


def test_omegat() -> None:
    found = read_tmx(foreign("omegat"), name="m")
    assert found.units[0] == Unit(
        "line 7", "vi", "Phòng khám có 5 bác sĩ.", "The clinic has 5 doctors.",
        author="Hoa", changed="20260102T030405Z",
    )  # fmt: skip
    assert found.units[1].properties["prev"] == "Thứ hai: trẻ dưới 5 tuổi."
    assert len(found.units) == 3 and found.unused == {"without English": 1}


def test_trados_formatting_is_flattened() -> None:
    vi, fr, other = read_tmx(foreign("trados"), name="m").units
    assert (vi.language, vi.source) == ("vi", "Phòng khám có 5 bác sĩ.")
    assert vi.english == "The clinic employs 5 doctors."  # the first of two Englishes
    assert (vi.author, vi.changed) == ("AGENCY\\minh", "20260301T080000Z")
    assert (fr.language, fr.source) == ("fr", "La clinique emploie 5 médecins.")
    # References to characters that XML has not are left out, not an error.
    assert (other.source, other.english) == ("Ảnh đẹp.", "A good picture.")


def test_memoq_in_utf_16_with_languages_of_three_letters() -> None:
    found = read_tmx(foreign("memoq"), name="m")
    (unit,) = found.units
    assert (unit.language, unit.source, unit.english) == ("vi", "Lịch   khám", "Consulting hours")
    assert found.unused == {"of a language that is not known (xyz)": 1}


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32"])
def test_any_unicode_encoding_is_read(encoding: str) -> None:
    text = (HERE / "memories" / "omegat.tmx").read_text(encoding="utf-8")
    data = text.replace('encoding="UTF-8"', "").encode(encoding)
    assert is_tmx(data)
    assert read_tmx(data, name="m") == read_tmx(foreign("omegat"), name="m")


def test_a_declared_charset_is_read_and_a_wrong_one_refused() -> None:
    body = "<tmx version='1.4'><header/><body><tu><tuv xml:lang='de'><seg>über</seg></tuv>"
    body += "<tuv xml:lang='en'><seg>over</seg></tuv></tu></body></tmx>"
    data = f"<?xml version='1.0' encoding='windows-1252'?>{body}".encode("cp1252")
    assert read_tmx(data, name="m").units[0].source == "über"
    for charset in ("utf-8", "no-such-charset", "hex"):
        wrong = data.replace(b"windows-1252", charset.encode())
        with pytest.raises(ReadError, match="save the memory as UTF-8"):
            read_tmx(wrong, name="m")


@pytest.mark.parametrize(
    ("stated", "wanted"),
    [("VI", "vi"), ("vi-VN", "vi"), ("vi_VN", "vi"), ("vie", "vi"), ("BEN", "bn"), ("en-US", "en")],
)
def test_languages_are_known_as_tools_write_them(stated: str, wanted: str) -> None:
    assert language_of(stated) == wanted


BOMB = (
    '<?xml version="1.0"?><!DOCTYPE tmx [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;">]>'
    "<tmx><body><tu><tuv xml:lang='vi'><seg>&b;</seg></tuv></tu></body></tmx>"
)
EXTERNAL = BOMB.replace('<!ENTITY a "aaaaaaaaaa">', '<!ENTITY a SYSTEM "file:///etc/passwd">')


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "utf-16-le"])
@pytest.mark.parametrize("text", [BOMB, EXTERNAL])
def test_entities_are_refused_in_any_encoding(text: str, encoding: str) -> None:
    with pytest.raises(ReadError, match="defines entities"):
        read_tmx(text.encode(encoding), name="m")


def test_a_dtd_from_elsewhere_is_not_asked_for(tmp_path: Path) -> None:
    (tmp_path / "tmx14.dtd").write_text('<!ENTITY x "leaked">')
    text = foreign("omegat").decode().replace("tmx14.dtd", (tmp_path / "tmx14.dtd").as_uri())
    text = text.replace("The clinic has", "&x; &nbsp;The clinic has")
    unit = read_tmx(text.encode(), name="m").units[0]
    assert "leaked" not in unit.english


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"<?xml version='1.0'?><xliff/>", "is no TMX"),
        (foreign("omegat")[:-40], "no well-formed XML"),
        (b"<tmx>" + b"<hi>" * 5000, "no well-formed XML"),
    ],
)
def test_what_is_no_memory_is_refused(data: bytes, why: str) -> None:
    with pytest.raises(ReadError, match=why):
        read_tmx(data, name="m.tmx")


def test_a_memory_that_is_too_large_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("seedsum.output.exchange.tmx_reading.MAX_BYTES", 100)
    with pytest.raises(ReadError, match="split the memory"):
        read_tmx(foreign("omegat"), name="m.tmx")


# --------------------------------------------------------------------------------------------
# What becomes of it


def test_a_memory_from_elsewhere_is_offered_and_not_applied(tmp_path: Path) -> None:
    output = filled(tmp_path / "out")
    found = imported(output, foreign("omegat"), name="hoa.tmx")
    assert found.reviews == ()
    seen = found.recognised
    assert (seen.num_offered, seen.num_same) == (1, 1)  # s5, and s9 which reads so already
    assert keep_import(found, Pairs(output)) and not keep_import(found, Pairs(output))
    assert ReviewStore(output).read() == []
    reviews = Reviews(output)
    (offer,) = reviews.offers("Phòng khám  có 5 bác sĩ.", direction="vi->en", names=[NAME])
    assert (offer.text, offer.document, offer.reviewer) == (
        *("The clinic has 5 doctors.", "memory hoa.tmx", "Hoa"),
    )
    assert offer.time == "2026-01-02T03:04:05+00:00"
    # Also for articles to come.
    (later,) = reviews.offers("Câu chưa có bài nào.", direction="vi->en")
    assert later.text == "A sentence of no article yet."
    # Every export shows it beside the sentence.
    sentence = Pairs(output).read(NAME).sentences[4]
    assert [one.text for one in sentence.offers] == ["The clinic has 5 doctors."]
    assert cells_of(sentence)["offered"] == "The clinic has 5 doctors. (Hoa, memory hoa.tmx)"
    assert "offered: The clinic has 5 doctors. (Hoa" in article_page(Pairs(output).read(NAME))
    # Another memory is seen by who has looked before; a removed one is gone.
    assert reviews.offers("Lịch khám", direction="vi->en") == ()
    add_memory(output, "m", [Remembered("vi->en", "Lịch khám", "Hours")])
    reviews.look()
    assert [one.text for one in reviews.offers("Lịch khám", direction="vi->en")] == ["Hours"]
    for path in (output / "reviews" / "memories").iterdir():
        path.unlink()
    reviews.look()
    assert reviews.offers("Lịch khám", direction="vi->en") == ()


def test_a_memory_is_applied_where_that_is_asked_for(tmp_path: Path) -> None:
    output = filled(tmp_path / "out")
    found = imported(output, foreign("omegat"), name="hoa.tmx", apply=True)
    (review,) = found.reviews
    assert (review.document, review.segment, review.text) == (
        NAME,
        "s5",
        "The clinic has 5 doctors.",
    )
    assert review.note == "from the memory hoa.tmx" and review.reviewer == "Minh"
    keep_import(found, Pairs(output))
    again = imported(output, foreign("omegat"), name="hoa.tmx", apply=True)
    assert again.reviews == () and again.recognised.num_same == 2
    # What a person has said of a sentence is not replaced, and offered beside it only.
    trados = imported(output, foreign("trados"), name="t.tmx", apply=True)
    assert trados.reviews == () and trados.recognised.num_reviewed == 1


def test_a_sentence_with_two_translations_is_not_applied(tmp_path: Path) -> None:
    output = filled(tmp_path / "out")
    first = foreign("omegat").decode()
    second = foreign("trados").decode()
    start, end = second.index("<tu "), second.index("</body>")
    both = first.replace("</body>", second[start:end] + "</body>").encode()
    found = imported(output, both, apply=True)
    assert found.reviews == () and found.recognised.num_offered == 1
    assert found.unused[0].why == "the memory has 2 translations of it"


def test_memory_files_that_are_torn_cost_their_torn_lines_only(tmp_path: Path) -> None:
    path = add_memory(tmp_path, "../../m y.tmx", [Remembered("vi->en", "Một", "One")])
    assert path is not None and path.parent == tmp_path / "reviews" / "memories"
    assert path.name.startswith("m-y.tmx-")
    path.write_bytes(path.read_bytes() + b'{"direction": "vi->en", "sou')
    assert [one.text for one in Reviews(tmp_path).offers("Một", direction="vi->en")] == ["One"]
    assert add_memory(tmp_path, "m", []) is None


def test_import_says_what_it_did_with_a_memory(tmp_path: Path) -> None:
    output = filled(tmp_path / "out")
    (tmp_path / "hoa.tmx").write_bytes(foreign("omegat"))
    arguments = ("import", "hoa.tmx", "-o", str(output))
    done = command(*arguments, "--dry-run", cwd=tmp_path)
    assert "3 units of people would be kept for articles to come" in done.stderr
    assert not (output / "reviews").exists()
    done = command(*arguments, cwd=tmp_path)
    assert "no verdicts taken in" in done.stderr
    assert "3 units of people kept for articles to come" in done.stderr
    assert "1 sentence offered another English, 1 that read so already" in done.stderr
    assert "1 unit not recognised: 1 without English" in done.stderr
    done = command(*arguments, cwd=tmp_path)
    assert "kept already" in done.stderr
    done = command(*arguments, "--apply", "--json", cwd=tmp_path)
    document = json.loads(done.stdout)
    assert [review["sentence"] for review in document["reviews"]] == ["s5"]
    assert document["memory"]["not_recognised"] == {"without English": 1}
    done = command("export", "-f", "tmx", "--reviewed", "-o", str(output), cwd=tmp_path)
    tree = etree.parse(BytesIO(done.stdout.encode()))
    assert tree.xpath("//tu/@tuid") == [f"{NAME}#s5"]
