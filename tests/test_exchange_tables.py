"""Tables out and back: what nobody changed is nothing, what somebody changed comes back exactly."""

from __future__ import annotations

import csv
import io
import json
import re
import shutil
import subprocess
import time
import unicodedata
import zipfile
from collections.abc import Callable, Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from exchange_pairs import HOSTILE, article, changed, filled, hostile
from sample_results import Page, vietnamese
from seedsum.errors import ReadError
from seedsum.output.exchange import Pairs, csv_file, jsonl, xlsx
from seedsum.output.exchange.importing import keep_import, read_import
from seedsum.output.exchange.returning import Returned, parse_table, take_rows
from seedsum.output.exchange.sentences import Article
from seedsum.output.exchange.table import COLUMNS, CUT, MAX_CELL_UNITS, cell_text, fitted
from seedsum.records import Part, Review, Verdict
from seedsum.reviews import ReviewStore
from test_cli import seedsum as command

NAME = "health/trạm y tế (1).txt"
Edit = Callable[[list[dict[str, str]]], None]


def xlsx_table(*articles: Article) -> bytes:
    return xlsx.workbook(articles, whole_page=False, reviewed=False)


def csv_table(*articles: Article) -> bytes:
    return b"".join(csv_file.lines(articles, whole_page=False, reviewed=False))


def edit_csv(data: bytes, edit: Edit) -> bytes:
    """What a person and a spreadsheet make of a table: text is kept, ours begins with `'`."""
    rows = list(csv.DictReader(io.StringIO(data.decode("utf-8-sig"), newline="")))
    edit(rows)
    target = io.StringIO(newline="")
    writer = csv.DictWriter(target, COLUMNS)
    writer.writeheader()
    writer.writerows(rows)
    return target.getvalue().encode()


def edit_xlsx(data: bytes, edit: Edit) -> bytes:
    book = openpyxl.load_workbook(io.BytesIO(data))
    sheet = book.active
    names = [str(cell.value) for cell in sheet[1]]
    rows = [
        dict(zip(names, (c.value or "" for c in row), strict=True)) for row in sheet["A2:N9999"]
    ]
    rows = [row for row in rows if row["key"]]
    edit(rows)
    for number, row in enumerate(rows, 2):
        for column, value in enumerate(row.values(), 1):
            cell = sheet.cell(number, column)
            if cell.value != value and (cell.value or value):
                cell.value = re.sub("_(?=x[0-9A-F]{4}_)", "_x005F_", value)  # as all editors do
                cell.data_type = "s"
    target = io.BytesIO()
    book.save(target)
    return target.getvalue()


FORMS = pytest.mark.parametrize(
    ("write", "edited", "read"),
    [(csv_table, edit_csv, csv_file.rows), (xlsx_table, edit_xlsx, xlsx.rows)],
    ids=["csv", "xlsx"],
)


def taken(
    rows: Any, *articles: Article, known: Iterable[Review] = (), who: str = "Lan"
) -> Returned:
    by_name = {one.name: one for one in articles}
    table = parse_table(rows, name="t")
    return take_rows(table, by_name.get, known=known, reviewer=who)


def of(id: str, rows: list[dict[str, str]]) -> dict[str, str]:
    return next(row for row in rows if row["sentence"] == id)


def fill(id: str, **cells: str) -> Edit:
    def edit(rows: list[dict[str, str]]) -> None:
        of(id, rows).update({name.replace("_", " "): text for name, text in cells.items()})

    return edit


@FORMS
def test_what_nobody_touched_is_nothing(write: Any, edited: Any, read: Any) -> None:
    pair, other = article(vietnamese()), article(hostile())
    found = taken(read(write(pair, other)), pair, other)
    assert found == Returned((), len(pair.chosen()) + len(other.chosen()), 0, ())


@FORMS
def test_a_changed_cell_is_a_correction_and_a_verdict_is_one(
    write: Any, edited: Any, read: Any
) -> None:
    pair = article(vietnamese())

    def edit(rows: list[dict[str, str]]) -> None:
        of("s5", rows)["your English"] = "The clinic has 5 doctors."
        of("s4", rows)["verdict"] = "Right "
        of("s6", rows).update(verdict="wrong", note="nobody opened anything")
        rows.reverse()  # sorted by somebody

    found = taken(read(edited(write(pair), edit)), pair)
    said = {review.segment: review for review in found.reviews}
    assert found.unused == () and set(said) == {"s4", "s5", "s6"}
    five = said["s5"]
    assert (five.verdict, five.text, five.machine_text) == (
        Verdict.EDITED,
        "The clinic has 5 doctors.",
        "The clinic has 50 doctors.",
    )
    assert (five.document, five.part, five.reviewer) == (NAME, Part.SENTENCE, "Lan")
    assert five.direction == "vi->en" and five.source == "Phòng khám có 5 bác sĩ."
    assert five.before.startswith("Sáng nay") and five.after == "Hình ảnh buổi lễ khai trương."
    assert said["s4"].verdict is Verdict.ACCEPTED and said["s4"].text == pair.sentences[3].english
    assert (said["s6"].verdict, said["s6"].note) == (Verdict.REJECTED, "nobody opened anything")


@FORMS
def test_taking_a_table_in_twice_adds_nothing(write: Any, edited: Any, read: Any) -> None:
    pair = article(vietnamese())
    table = edited(write(pair), fill("s5", your_English="The clinic has 5 doctors."))
    first = taken(read(table), pair)
    again = taken(read(table), article(vietnamese(), first.reviews), known=first.reviews)
    assert again.reviews == () and again.num_known == 1
    # And also when the pair was made again from it.
    made = article(changed(vietnamese(), "s5", "The clinic has 5 doctors."), first.reviews)
    assert taken(read(table), made, known=first.reviews).reviews == ()
    # Somebody who goes on with the same table corrects what they said.
    more = edited(table, fill("s5", your_English="It has 5 doctors."))
    (review,) = taken(read(more), made, known=first.reviews).reviews
    assert review.text == "It has 5 doctors."


def test_nobody_elses_newer_correction_is_replaced_without_a_word() -> None:
    pair = article(vietnamese())
    table = edit_csv(csv_table(pair), fill("s5", your_English="Five doctors."))
    (early,) = taken(csv_file.rows(table), pair).reviews
    other = replace(early, id="z", reviewer="Minh", text="There are 5 doctors.")
    now = article(vietnamese(), [other])
    found = taken(csv_file.rows(table), now, known=[other])
    assert found.reviews == ()
    assert "Minh has corrected it since" in found.unused[0].why


def test_a_sentence_is_found_again_by_itself_and_by_its_neighbours() -> None:
    page = Page("a.txt").add(
        ("Một.", "One."), ("Hai.", "Two."), ("Một.", "One."), ("Ba.", "Three.")
    )
    was = article(page.result())
    table = edit_csv(csv_table(was), fill("s3", your_English="One again."))
    page = Page("a.txt").add(
        ("Mới.", "New."), ("Một.", "One."), ("Hai.", "Two."), ("Một.", "One."), ("Ba.", "Three.")
    )
    (review,) = taken(csv_file.rows(table), article(page.result())).reviews
    assert review.segment == "s4" and review.before == "Hai."
    # Where its neighbours are others it is found by itself if it is alone.
    page = Page("a.txt").add(("Khác.", "Other."), ("Một.", "One."), ("Cuối.", "Last."))
    (review,) = taken(csv_file.rows(table), article(page.result())).reviews
    assert review.segment == "s2" and review.before == "Khác."


@pytest.mark.parametrize(
    ("cells", "why"),
    [
        ({"verdict": "maybe"}, "'maybe' is neither right nor wrong"),
        ({"your_English": "  "}, "is empty; if the English is wrong, say so"),
        ({"note": "hm"}, "a note without a verdict"),
        ({"English": "The clinic has 5 doctors."}, "corrections go into 'your English'"),
        ({"article": "gone.txt", "verdict": "right"}, "there is no pair of gone.txt"),
        ({"key": "", "source": "Câu khác.", "verdict": "right"}, "no longer in the article"),
    ],
)
def test_what_cannot_be_taken_is_named(cells: dict[str, str], why: str) -> None:
    pair = article(vietnamese())
    found = taken(csv_file.rows(edit_csv(csv_table(pair), fill("s5", **cells))), pair)
    assert found.reviews == ()
    (unused,) = found.unused
    assert why in unused.why and unused.line.startswith("line ")


def test_a_row_whose_pair_was_made_again_is_still_untouched() -> None:
    table = csv_table(article(vietnamese()))
    now = article(changed(vietnamese(), "s5", "Another model says five."))
    found = taken(csv_file.rows(table), now)
    assert found.reviews == () and found.unused == ()
    accepted = edit_csv(table, fill("s5", verdict="ok"))
    (review,) = taken(csv_file.rows(accepted), now).reviews
    assert review.text == "The clinic has 50 doctors."  # what was looked at


def test_a_table_without_keys_goes_by_the_source() -> None:
    pair = article(vietnamese())

    def edit(rows: list[dict[str, str]]) -> None:
        for row in rows:
            row["key"] = ""
        of("s5", rows)["your English"] = "The clinic has 5 doctors."

    (review,) = taken(csv_file.rows(edit_csv(csv_table(pair), edit)), pair).reviews
    assert review.segment == "s5"


def test_a_text_that_does_not_fit_into_a_cell_says_so_and_is_not_corrected_there() -> None:
    long = "Dài 👩 " * 9000
    pair = article(hostile([long, "short"]))
    data = xlsx_table(pair)
    cells = [cell for _, row in xlsx.rows(data) for cell in row]
    cut = next(cell for cell in cells if CUT in cell)
    assert len(cut.encode("utf-16-le")) // 2 <= MAX_CELL_UNITS
    assert "more than a cell holds" in cut
    assert taken(xlsx.rows(data), pair).unused == ()
    changed_cell = edit_xlsx(data, lambda rows: of("s2", rows).update({"your English": f"x{cut}"}))
    found = taken(xlsx.rows(changed_cell), pair)
    assert found.reviews == () and "does not fit" in found.unused[0].why
    accepted = edit_xlsx(data, fill("s2", verdict="right"))
    (review,) = taken(xlsx.rows(accepted), pair).reviews
    assert review.text == long  # all of it


@settings(max_examples=30)
@given(st.text(alphabet=st.characters(codec=None), max_size=50), st.integers(0, 40_000))
def test_a_fitted_text_always_fits(text: str, times: int) -> None:
    cell = fitted((text or "👩") * min(times, 100_000 // (len(text) or 1)))
    assert len(cell.encode("utf-16-le", "surrogatepass")) // 2 <= MAX_CELL_UNITS


texts = st.one_of(
    st.sampled_from(HOSTILE),
    st.text(alphabet=st.characters(codec=None), max_size=40),
    st.lists(st.sampled_from(HOSTILE), min_size=2, max_size=3).map("".join),
)


@settings(max_examples=50)
@given(st.lists(st.tuples(texts, texts), min_size=1, max_size=6))
def test_edits_come_back_exactly_from_csv_whatever_they_are(pairs: list[tuple[str, str]]) -> None:
    _come_back(pairs, csv_table, edit_csv, csv_file.rows, guard=csv_file.guarded)


@settings(max_examples=15)  # each writes and reads two workbooks
@given(st.lists(st.tuples(texts, texts), min_size=1, max_size=6))
def test_edits_come_back_exactly_from_xlsx_whatever_they_are(pairs: list[tuple[str, str]]) -> None:
    _come_back(pairs, xlsx_table, edit_xlsx, xlsx.rows, guard=str)


def _come_back(
    pairs: list[tuple[str, str]], write: Any, edited: Any, read: Any, *, guard: Callable[[str], str]
) -> None:
    pair = article(hostile([english for english, _ in pairs]))
    data = write(pair)
    assert taken(read(data), pair).reviews == ()

    def edit(rows: list[dict[str, str]]) -> None:
        for row, (_, correction) in zip(rows[1:], pairs, strict=True):
            row["your English"] = guard(f"{cell_text(correction)} corrected")

    found = taken(read(edited(data, edit)), pair)
    # Of a carriage return and of white space at its ends nothing is left; all else is.
    wanted = [
        unicodedata.normalize("NFC", f"{cell_text(correction)} corrected").strip()
        for _, correction in pairs
    ]
    assert [review.text for review in found.reviews] == wanted


def test_no_cell_is_a_formula_and_csv_cells_begin_with_a_sign() -> None:
    pair = article(hostile())
    with zipfile.ZipFile(io.BytesIO(xlsx_table(pair))) as archive:
        sheet = archive.read("xl/worksheets/sheet1.xml")
    assert b"<f>" not in sheet and b"<f " not in sheet
    book = openpyxl.load_workbook(io.BytesIO(xlsx_table(pair)))
    cells = [cell for row in book.active.iter_rows() for cell in row if cell.value is not None]
    assert {cell.data_type for cell in cells} == {"s"}
    assert {cell.number_format for cell in cells} == {"@"}
    for row in csv.reader(io.StringIO(csv_table(pair).decode("utf-8-sig"), newline="")):
        assert not [cell for cell in row if cell[:1] in tuple("=+-@\t\r\n＝＋－＠")]


@given(texts)
def test_a_guarded_cell_is_what_it_was(text: str) -> None:
    assert csv_file.unguarded(csv_file.guarded(text)) == text


def test_a_workbook_is_made_for_a_person(tmp_path: Path) -> None:
    book = openpyxl.load_workbook(io.BytesIO(xlsx_table(article(vietnamese()))))
    sheet = book.active
    assert sheet.freeze_panes == "A2"
    assert [cell.value for cell in sheet[1]] == list(COLUMNS)
    assert [letter for letter, at in sheet.column_dimensions.items() if at.hidden] == ["N"]
    assert sheet.column_dimensions["C"].width > 40
    assert sheet["C2"].alignment.wrap_text
    (choice,) = sheet.data_validations.dataValidation
    assert choice.formula1 == '"right,wrong"' and str(choice.sqref).startswith("F2:")
    five = next(row for row in sheet.iter_rows(values_only=True) if row[1] == "s5")
    assert five[7] == "source 5, translation 50 · quantity" and five[9] == "2"
    heights = [sheet.row_dimensions[number].height for number in range(2, sheet.max_row + 1)]
    assert set(heights) == {30.0}  # the article's name takes two lines
    assert xlsx._height({"source": "x" * 200, "key": "x" * 200}) == 60
    assert xlsx._height({"source": "x\n" * 9999}) == 409  # as high as Excel's rows can be
    failed = next(row for row in sheet.iter_rows(values_only=True) if row[10] == "not translated")
    assert failed[2] == "Phụ huynh mang theo sổ tiêm."


def test_the_same_pairs_are_the_same_bytes() -> None:
    first = xlsx_table(article(vietnamese()))
    time.sleep(2.1)  # a ZIP archive counts time in two seconds
    assert xlsx_table(article(vietnamese())) == first


def test_a_sheet_that_is_full_is_followed_by_another(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(xlsx, "_MAX_ROWS", 5)
    pair = article(vietnamese())
    data = xlsx_table(pair)
    assert openpyxl.load_workbook(io.BytesIO(data)).sheetnames[:2] == ["Sentences", "Sentences 2"]
    assert taken(xlsx.rows(data), pair).num_untouched == len(pair.chosen())


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"a,b\n1,2\n", "should name the columns"),
        ("article,tiếng\n".encode("utf-16-be"), "is no UTF-8"),
        ("café".encode("latin-1"), "save the table as 'CSV UTF-8'"),
        (b"", None),
    ],
)
def test_a_file_that_is_no_table_of_ours_is_refused(data: bytes, why: str | None) -> None:
    if why is None:
        assert parse_table(csv_file.rows(data), name="t") == []
        return
    with pytest.raises(ReadError, match=why):
        parse_table(csv_file.rows(data), name="t")


def test_tables_that_excel_saved_in_its_other_ways_are_read() -> None:
    pair = article(vietnamese())
    table = edit_csv(csv_table(pair), fill("s5", your_English="The clinic has 5 doctors."))
    rows = list(csv.reader(io.StringIO(table.decode(), newline="")))
    for delimiter, encoding in ((";", "utf-8-sig"), ("\t", "utf-16")):
        target = io.StringIO(newline="")
        csv.writer(target, delimiter=delimiter).writerows(rows)
        (review,) = taken(csv_file.rows(target.getvalue().encode(encoding)), pair).reviews
        assert review.text == "The clinic has 5 doctors."


def broken(**parts: bytes) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in parts.items():
            archive.writestr(name.replace("__", "/").replace("_xml", ".xml"), data)
    return target.getvalue()


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"PK\x03\x04 cut off", "is no workbook"),
        (broken(xl__workbook_xml=b"<x/>"), "no workbook that can be read"),
        (broken(a_xml=b'<!DOCTYPE x [<!ENTITY a "b">]><x>&a;</x>'), "defines entities"),
        (broken(a_xml='<?xml version="1.0"?><!DOCTYPE x []>'.encode("utf-16")), "defines entities"),
    ],
)
def test_a_hostile_workbook_is_refused(data: bytes, why: str) -> None:
    with pytest.raises(ReadError, match=why):
        list(xlsx.rows(data))


def test_a_workbook_that_unpacks_to_too_much_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(xlsx, "_MAX_UNPACKED_BYTES", 1_000_000)
    with pytest.raises(ReadError, match="more than any table"):
        list(xlsx.rows(broken(a_xml=b"0" * 1_000_001)))


def test_jsonl_has_every_sentence_and_check_reads_it(tmp_path: Path) -> None:
    pair = article(vietnamese())
    rows = [json.loads(line) for line in jsonl.lines([pair, article(hostile())])]
    assert len(rows) == len(pair.sentences) + len(article(hostile()).sentences)
    five = rows[4]
    assert (five["lang"], five["source"], five["translation"], five["fate"]) == (
        *("vi", "Phòng khám có 5 bác sĩ.", "The clinic has 50 doctors.", "translated"),
    )
    assert five["flags"][0]["code"] == "quantity" and five["summary"] == [2]
    assert [row["translation"] for row in rows[-len(HOSTILE) :]] == list(HOSTILE)


# --------------------------------------------------------------------------------------------
# The commands


def test_out_and_back_on_the_command_line(tmp_path: Path) -> None:
    output = filled(tmp_path / "out")
    done = command(
        "export", NAME, "-o", str(output), "--to", str(tmp_path / "t.xlsx"), cwd=tmp_path
    )
    assert done.returncode == 0 and "1 article to" in done.stderr
    table = edit_xlsx(
        (tmp_path / "t.xlsx").read_bytes(), fill("s5", your_English="The clinic has 5 doctors.")
    )
    (tmp_path / "back.xlsx").write_bytes(table)
    arguments = ("import", "back.xlsx", "-o", str(output), "--reviewer", "Lan")
    done = command(*arguments, "--dry-run", cwd=tmp_path)
    assert "edited: health/trạm y tế (1).txt#s5: The clinic has 5 doctors." in done.stdout
    assert "1 verdict would be taken in" in done.stderr and ReviewStore(output).read() == []
    done = command(*arguments, cwd=tmp_path)
    assert "1 verdict taken in" in done.stderr and "makes 1 article again" in done.stderr
    (review,) = ReviewStore(output).read()
    assert (review.reviewer, review.text) == ("Lan", "The clinic has 5 doctors.")
    done = command(*arguments, "--json", cwd=tmp_path)
    document = json.loads(done.stdout)
    assert (document["reviews"], document["known"], document["unused"]) == ([], 1, [])
    assert ReviewStore(output).read() == [review]
    # What was corrected stands in the next export, before any run.
    sentence = Pairs(output).read(NAME).sentences[4]
    assert (sentence.english, sentence.reviewer) == ("The clinic has 5 doctors.", "Lan")
    done = command("export", "-f", "csv", "--reviewed", "-o", str(output), cwd=tmp_path)
    assert done.stdout.count("\n") == 2 and ",corrected,Lan," in done.stdout


def test_an_import_that_leaves_something_says_how_much_and_exits_8(tmp_path: Path) -> None:
    output = filled(tmp_path / "out")
    table = b"".join(csv_file.lines([Pairs(output).read(NAME)], whole_page=False, reviewed=False))
    (tmp_path / "t.csv").write_bytes(
        edit_csv(edit_csv(table, fill("s4", verdict="right")), fill("s5", your_English=""))
    )
    arguments = ("import", "t.csv", "-o", str(output))
    for more in (("--dry-run",), ("--json",), ()):
        done = command(*arguments, *more, cwd=tmp_path, expect=8)
        assert "--json" in more or "not taken: line 4: 'your English' is empty" in done.stderr
    assert "1 known already" in done.stderr and "1 not taken" in done.stderr, done.stderr
    (review,) = ReviewStore(output).read()
    assert (review.segment, review.verdict) == ("s4", Verdict.ACCEPTED)


def test_usage_errors_of_export_say_what_to_do(tmp_path: Path) -> None:
    output = filled(tmp_path / "out")
    for arguments, said in (
        (("export", "-o", "nowhere", "-f", "csv"), "there is no such folder"),
        (("export", "health/tram.txt", "-o", str(output), "-f", "csv"), "did you mean health/"),
        (("export", "-o", str(output)), "--to pairs.xlsx"),
        (("export", "-o", str(output), "-f", "csv", "--to", "."), "is a folder; name a file"),
        (("import", "gone.csv", "-o", str(output)), "No such file"),
    ):
        done = command(*arguments, cwd=tmp_path, expect=2)
        assert said in done.stderr, done.stderr


def test_a_missing_library_is_named_with_its_remedy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(xlsx, "find_spec", lambda name: None)
    for call in (lambda: xlsx_table(), lambda: list(xlsx.rows(b""))):
        with pytest.raises(Exception, match=r"pip install 'seedsum\[exchange\]'"):
            call()


@pytest.mark.slow
@pytest.mark.parametrize("target", ["xlsx", "ods", "csv"])
def test_libreoffice_brings_every_edit_back(tmp_path: Path, target: str) -> None:
    """A person's own spreadsheet between export and import; ods stands for any detour."""
    soffice = shutil.which("soffice")
    if not soffice:
        pytest.skip("LibreOffice is not installed")
    pair = article(hostile())
    edits = {
        f"s{number + 2}": f"{cell_text(text)} corrected" for number, text in enumerate(HOSTILE)
    }

    def edit(rows: list[dict[str, str]]) -> None:
        for id, text in edits.items():
            of(id, rows)["your English"] = text
        of("s1", rows)["verdict"] = "right"

    def convert(path: Path, form: str) -> Path:
        # 44,34,76: commas, quotation marks, UTF-8.
        named = (
            "csv:Text - txt - csv (StarCalc):44,34,76,1,,0,false,true" if form == "csv" else form
        )
        profile = f"-env:UserInstallation=file://{tmp_path}/profile"
        arguments = [profile, "--headless", "--convert-to", named, "--outdir", str(tmp_path / form)]
        done = subprocess.run(
            [soffice, *arguments, str(path)], capture_output=True, text=True, check=True
        )
        if not (made := tmp_path / form / f"{path.stem}.{form}").exists():
            pytest.skip(f"LibreOffice without Calc: {done.stderr.strip()}")
        return made

    path = tmp_path / "table.xlsx"
    path.write_bytes(edit_xlsx(xlsx_table(pair), edit))
    made = convert(path, target)
    if target == "ods":
        made = convert(made, "xlsx")
    data = made.read_bytes()
    found = taken((csv_file if target == "csv" else xlsx).rows(data), pair)
    assert [(one.line, one.why) for one in found.unused] == []
    said = {review.segment: review for review in found.reviews}
    assert said.pop("s1").verdict is Verdict.ACCEPTED
    wanted = {id: unicodedata.normalize("NFC", text).strip() for id, text in edits.items()}
    if target == "csv":  # not ours: what begins with our sign is taken for guarded
        wanted = {id: csv_file.unguarded(text) for id, text in wanted.items()}
    assert {id: review.text for id, review in said.items()} == wanted


def test_an_import_that_is_broken_off_is_completed_by_doing_it_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    output = filled(tmp_path / "out")

    def edit(rows: list[dict[str, str]]) -> None:
        for row in rows:
            row["your English"] += " Corrected."

    table = edit_csv(csv_table(article(vietnamese())), edit)
    add = ReviewStore.add

    def dying(store: ReviewStore, review: Review) -> None:
        if len(list(store.names())) == 3:
            raise KeyboardInterrupt
        add(store, review)

    def import_it() -> int:
        pairs = Pairs(output)
        found = read_import(table, name="t.csv", pairs=pairs, reviewer="Lan")
        keep_import(found, pairs)
        return len(found.reviews)

    with monkeypatch.context() as patched, pytest.raises(KeyboardInterrupt):
        patched.setattr(ReviewStore, "add", dying)
        import_it()
    total = len(article(vietnamese()).chosen())
    assert (import_it(), import_it()) == (total - 3, 0)
    assert len(ReviewStore(output).read()) == total
