"""`seedsum check` on files of other tools, and the page that it writes."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path
from typing import Any

import lxml.html
import openpyxl
import pytest

from exchange_pairs import HOSTILE, article
from sample_results import vietnamese
from seedsum.errors import ReadError
from seedsum.evaluation import checked_page
from seedsum.evaluation.bilingual import read_pairs
from seedsum.evaluation.flagging import flag_pairs
from seedsum.evaluation.pairs import TextPair
from seedsum.output.exchange import csv_file, jsonl, tmx, xlsx
from seedsum.settings import CheckOptions
from test_cli import seedsum as command

MEMORIES = Path(__file__).parent / "memories"
RIGHT = ("vi", "Có 12 phòng học.", "There are 12 classrooms.")
WRONG = ("vi", "Có 12 phòng học.", "There are 13 classrooms.")


def workbook(*rows: Any, sheets: int = 1) -> bytes:
    book = openpyxl.Workbook()
    for number in range(sheets):
        sheet = book.active if number == 0 else book.create_sheet()
        for row in rows:
            sheet.append(row)
    target = io.BytesIO()
    book.save(target)
    return target.getvalue()


def csv_bytes(*rows: Any, delimiter: str = ",") -> bytes:
    target = io.StringIO(newline="")
    csv.writer(target, delimiter=delimiter).writerows(rows)
    return target.getvalue().encode("utf-8-sig")


def texts(pairs: tuple[TextPair, ...]) -> list[tuple[str, str, str]]:
    return [(pair.language, pair.source, pair.translation) for pair in pairs]


def test_a_memory_is_read() -> None:
    pairs = read_pairs((MEMORIES / "trados.tmx").read_bytes(), name="x")
    assert texts(pairs)[0] == (*("vi", "Phòng khám có 5 bác sĩ.", "The clinic employs 5 doctors."),)
    assert pairs[0].id == "1 (line 8)"


@pytest.mark.parametrize("make", [workbook, csv_bytes])
def test_tables_have_the_columns_of_tsv_in_any_order(make: Any) -> None:
    head = ("ID", "Translation", "Source", "Lang", "fault", "else")
    rows = [("a", WRONG[2], WRONG[1], "vi", "number"), ("b", RIGHT[2], RIGHT[1], "vi")]
    assert read_pairs(make(head, *rows), name="x") == (
        TextPair("a", *WRONG, fault="number", is_judged=True),
        TextPair("b", *RIGHT, is_judged=True),
    )


@pytest.mark.parametrize("make", [workbook, csv_bytes])
def test_a_table_may_have_a_column_for_each_language(make: Any) -> None:
    data = make(("note", "en-US", "vi"), ("x", RIGHT[2], RIGHT[1]), ("", "", ""))
    assert read_pairs(data, name="x") == (TextPair(2, *RIGHT),)
    with pytest.raises(ReadError, match="two languages as columns"):
        read_pairs(workbook(("vi", "bn"), ("a", "b")), name="x")


def test_every_sheet_is_read_and_semicolons_part_cells() -> None:
    head = ("lang", "source", "translation")
    assert texts(read_pairs(workbook(head, RIGHT, sheets=2), name="x")) == [RIGHT, RIGHT]
    assert texts(read_pairs(csv_bytes(head, RIGHT, delimiter=";"), name="x")) == [RIGHT]


def test_our_own_exports_are_read_with_the_corrections_in_them() -> None:
    pair = article(vietnamese())
    sentence = ("vi", "Phòng khám có 5 bác sĩ.", "The clinic has 50 doctors.")
    for data in (
        xlsx.workbook([pair], whole_page=False, reviewed=False),
        b"".join(csv_file.lines([pair], whole_page=False, reviewed=False)),
        b"".join(tmx.lines([pair], whole_page=False, reviewed=False)),
        b"".join(jsonl.lines([pair])),
    ):
        read = texts(read_pairs(data, name="x"))
        assert sentence in read and "12/03/2024" not in [source for _, source, _ in read]
    data = b"".join(csv_file.lines([pair], whole_page=False, reviewed=False))
    corrected = data.decode().replace(",The clinic has 50 doctors.,,", ",It has 5 doctors.,,")
    pairs = read_pairs(corrected.encode(), name="x")
    (found,) = [one for one in pairs if one.id == "health/trạm y tế (1).txt#s5"]
    assert found.translation == "It has 5 doctors."


def test_tsv_and_json_lines_are_read_as_before() -> None:
    assert texts(read_pairs("\t".join(RIGHT).encode(), name="x")) == [RIGHT]
    with pytest.raises(ReadError, match="not UTF-8 at byte 4"):
        read_pairs("vi\tC\xf3".encode("latin-1"), name="x")
    with pytest.raises(ReadError, match="2: 'lang' is empty"):
        read_pairs(workbook(("lang", "source", "translation"), (" ", "a", "b")), name="x")


def page_of(*pairs: TextPair, notes: tuple[str, ...] = ()) -> Any:
    flagged = flag_pairs(pairs, options=CheckOptions())
    text = checked_page.checked_page(flagged, name="client.tmx", notes=notes)
    return lxml.html.document_fromstring(text)


def test_the_page_shows_what_is_doubtful_first_in_words() -> None:
    page = page_of(
        TextPair("a", *RIGHT, is_judged=True),
        TextPair("b", *WRONG, fault="number", is_judged=True),
        TextPair(3, "vi", "Ông Nam nói.", "She said."),
        notes=("as: 2 pairs without the checks x",),
    )
    assert [row.get("id") for row in page.xpath("//tr[@id]")][-1] == "p1"
    assert "p2" in page.xpath("//h2[1]/following-sibling::table[1]//tr/@id")
    wrong = " ".join(page.get_element_by_id("p2").text_content().split())
    assert "the source says 12, the translation 13" in wrong and "likely" in wrong
    assert "known fault: number" in wrong
    header = page.find("body/header").text_content()
    assert "3 pairs: " in header and "without the checks x" in header
    assert "Of the wrong pairs flagged: 100.0%" in header
    (clean,) = page.xpath("//details")
    assert clean.xpath(".//tr/@id") == ["p1"] and clean.get("open") is None


def test_hostile_pairs_stay_text_on_the_page(monkeypatch: pytest.MonkeyPatch) -> None:
    page = page_of(*(TextPair(text, "vi", text or "x", text) for text in HOSTILE))
    assert page.xpath("//script | //img | //@onerror | //tu") == []
    assert len(page.xpath("//tr[@id]")) == len(HOSTILE)
    assert "script-src" not in page.xpath("//meta[@http-equiv]/@content")[0]
    monkeypatch.setattr(checked_page, "_NUM_CLEAN_SHOWN", 1)
    page = page_of(*[TextPair(1, *RIGHT)] * 3)
    assert "and 2 more" in page.text_content()


def test_check_reads_a_memory_and_writes_the_page(tmp_path: Path) -> None:
    done = command("check", MEMORIES / "trados.tmx", "--page", "found.html", "--json", cwd=tmp_path)
    assert len(json.loads(done.stdout)["pairs"]) == 3 and "wrote found.html" in done.stderr
    assert (tmp_path / "found.html").read_text(encoding="utf-8").startswith("<!doctype html>")
    data = (MEMORIES / "omegat.tmx").read_bytes()
    assert "3 pairs" in command("check", "-", cwd=tmp_path, stdin=data).stdout
