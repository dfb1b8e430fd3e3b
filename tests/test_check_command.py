"""`seedsum check`: pairs from anywhere, in JSON lines or TSV, and what the checks say of them."""

from __future__ import annotations

import json
from pathlib import Path

import jsonschema
import pytest

import seedsum
from seedsum.errors import ReadError
from seedsum.evaluation.flagging import Share, as_document, false_alarms, flag_pairs, recall
from seedsum.evaluation.pairs import TextPair, parse_pairs
from seedsum.records import Flag
from seedsum.settings import CheckOptions
from test_cli import ROOT
from test_cli import seedsum as command

RIGHT = ("vi", "Có 12 phòng học.", "There are 12 classrooms.")
WRONG = ("vi", "Có 12 phòng học.", "There are 13 classrooms.")


def json_line(pair: tuple[str, str, str], **more: object) -> str:
    return json.dumps({**dict(zip(("lang", "source", "translation"), pair, strict=True)), **more})


def tsv_line(pair: tuple[str, str, str], *more: str) -> str:
    return "\t".join((*pair, *more))


# --------------------------------------------------------------------------------------------
# Reading pairs


def test_json_lines_keep_their_ids_and_say_what_is_known() -> None:
    lines = [
        json_line(RIGHT, id="a", fault=None, note="ignored"),
        "",
        json_line(WRONG, id=7, fault="number"),
        json_line(WRONG),
    ]
    assert parse_pairs("\ufeff" + "\r\n".join(lines), name="x") == (
        TextPair("a", *RIGHT, fault="", is_judged=True),
        TextPair(7, *WRONG, fault="number", is_judged=True),
        TextPair(4, *WRONG),
    )


def test_tsv_without_a_header_has_the_columns_in_order() -> None:
    text = "\n".join((tsv_line(RIGHT), tsv_line(RIGHT, ""), tsv_line(WRONG, "number")))
    assert parse_pairs(text + "\n", name="x") == (
        TextPair(1, *RIGHT),
        TextPair(2, *RIGHT, is_judged=True),
        TextPair(3, *WRONG, fault="number", is_judged=True),
    )


def test_tsv_with_a_header_has_them_in_its_order() -> None:
    lang, source, translation = WRONG
    text = (
        f"ID\tTranslation\tsource\tlang\tfault\n"
        f"a\t{translation}\t{source}\t{lang}\tnumber\n"
        f"b\t{translation}\t{source}\t{lang}\n"  # an editor has cut the empty column off
    )
    assert parse_pairs(text, name="x") == (
        TextPair("a", *WRONG, fault="number", is_judged=True),
        TextPair("b", *WRONG, is_judged=True),
    )


def test_quotation_marks_are_text_in_tsv() -> None:
    (pair,) = parse_pairs('vi\t"Có" 3\t"There" are 3', name="x")
    assert (pair.source, pair.translation) == ('"Có" 3', '"There" are 3')


@pytest.mark.parametrize(
    ("bad", "said"),
    [
        ("{", "line 2: not JSON"),
        ("[1]", "line 2: not an object"),
        ('{"lang": "vi"}', "line 2: no 'source' and no 'translation'"),
        (json_line(("vi", "x", 3)), "line 2: 'translation' is no text"),  # type: ignore[arg-type]
        (json_line(RIGHT, fault=3), "line 2: 'fault' is neither a text nor null"),
        (json_line((" ", "x", "y")), "line 2: 'lang' is empty"),
    ],
)
def test_a_bad_line_is_named_with_what_is_expected(bad: str, said: str) -> None:
    with pytest.raises(ReadError) as caught:
        parse_pairs(f"{json_line(RIGHT)}\n{bad}\n", name="my.jsonl")
    assert str(caught.value).startswith(
        "my.jsonl: wanted an object with the texts 'lang', 'source'"
    )
    assert said in str(caught.value)


def test_every_bad_line_is_named_up_to_ten() -> None:
    text = "\n".join((tsv_line(RIGHT), *("vi\tx" for _ in range(12))))
    with pytest.raises(ReadError) as caught:
        parse_pairs(text, name="x")
    assert "wanted lang TAB source TAB translation" in str(caught.value)
    assert "line 2: 2 columns" in str(caught.value) and "line 11" in str(caught.value)
    assert str(caught.value).endswith("and 2 more lines")


# --------------------------------------------------------------------------------------------
# What is said of them


def test_flags_are_counted_where_a_fault_is_known() -> None:
    pairs = (
        TextPair(1, *WRONG, fault="number", is_judged=True),
        TextPair(2, *RIGHT, fault="tense", is_judged=True),
        TextPair(3, *RIGHT, is_judged=True),
        TextPair(4, *WRONG),
    )
    flagged = flag_pairs(pairs, options=CheckOptions())
    assert [bool(item.flags) for item in flagged] == [True, False, False, True]
    assert recall(flagged) == Share(1, 2)
    assert false_alarms(flagged) == Share(0, 1)
    document = as_document(flagged)
    assert (document["recall"], document["false_alarms"]) == (0.5, 0.0)


def test_nothing_is_counted_where_no_fault_is_known() -> None:
    flagged = flag_pairs((TextPair(1, *WRONG),), options=CheckOptions())
    document = as_document(flagged)
    assert (document["recall"], document["false_alarms"]) == (None, None)


def test_evidence_is_asked_for_the_pairs_of_its_language_and_stands_in_its_place() -> None:
    def left_out(pairs: object) -> list[list[Flag]]:
        assert pairs == [vietnamese]
        return [[Flag("sentence-count", "said by a model", 0.9)]]

    bengali = TextPair("b", "bn", "১২টি ঘর আছে।", "There are 12 rooms.")
    vietnamese = TextPair("v", *WRONG)
    flagged = flag_pairs((bengali, vietnamese), options=CheckOptions(), evidence={"vi": left_out})
    assert [[flag.code for flag in item.flags] for item in flagged] == [
        [],
        ["quantity-changed", "sentence-count"],
    ]


@pytest.mark.parametrize(
    ("found", "low", "high"),
    # R: prop.test(x, n, correct = FALSE)
    [(Share(5, 100), 0.0215, 0.1118), (Share(0, 10), 0.0, 0.2775), (Share(10, 10), 0.7225, 1.0)],
)
def test_intervals_are_wilsons(found: Share, low: float, high: float) -> None:
    assert found.interval == pytest.approx((low, high), abs=1e-4)


def test_a_segment_is_checked_with_two_texts_and_a_language() -> None:
    flags = seedsum.check_segment(WRONG[1], WRONG[2], language="vi")
    assert [flag.code for flag in flags] == ["quantity-changed"]
    assert seedsum.check_segment(RIGHT[1], RIGHT[2], language="vi") == ()


def test_a_text_is_read_the_same_however_its_letters_are_composed() -> None:
    decomposed = "Co\u0301 mu\u031bo\u031b\u0300i hai pho\u0300ng."  # "mười hai", twelve
    assert seedsum.check_segment(decomposed, "There are 12 rooms.", language="vi") == ()
    (flag,) = seedsum.check_segment(decomposed, "There are 13 rooms.", language="vi")
    assert flag.code == "quantity-changed"


# --------------------------------------------------------------------------------------------
# The command


def test_the_commands_json_is_as_documented(tmp_path: Path) -> None:
    lines = (json_line(WRONG, id="a", fault="number"), json_line(RIGHT, fault=None))
    (tmp_path / "pairs.jsonl").write_text("\n".join(lines))
    printed = json.loads(command("check", "pairs.jsonl", "--json", cwd=tmp_path).stdout)
    schema = json.loads((ROOT / "docs" / "check.schema.json").read_text())
    jsonschema.validate(printed, schema)
    assert [pair["id"] for pair in printed["pairs"]] == ["a", 2]
    (flag,) = printed["pairs"][0]["flags"]
    assert flag["code"] == "quantity-changed"
    assert "12" in flag["detail"] and "13" in flag["detail"]
    assert printed["pairs"][1]["flags"] == []
    assert (printed["recall"], printed["false_alarms"]) == (1.0, 0.0)


def test_the_command_reads_standard_input_and_prints_a_table(tmp_path: Path) -> None:
    stdin = "\n".join((tsv_line(WRONG, "number"), tsv_line(RIGHT, ""))).encode()
    printed = command("check", "-", cwd=tmp_path, stdin=stdin).stdout
    assert "2 pairs, 1 flagged" in printed
    assert "quantity-changed" in printed and "likely" in printed
    assert "of the wrong pairs flagged: 100.0% (1 of 1" in printed
    assert "of the right pairs flagged: 0.0% (0 of 1" in printed


def test_the_command_names_checks_that_a_language_goes_without(tmp_path: Path) -> None:
    stdin = b"xx\tfoo 3\tThere are 3."
    done = command("check", "-", cwd=tmp_path, stdin=stdin)
    assert "xx: 1 pair without the checks" in done.stderr and "quantity-changed" in done.stderr


def test_a_file_that_cannot_be_read_or_has_bad_lines_is_refused(tmp_path: Path) -> None:
    assert "no.tsv" in command("check", "no.tsv", cwd=tmp_path, expect=2).stderr
    (tmp_path / "bytes.tsv").write_bytes(b"vi\t\xff\tx")
    assert "not UTF-8" in command("check", "bytes.tsv", cwd=tmp_path, expect=3).stderr
    done = command("check", "-", "--json", cwd=tmp_path, stdin=b"vi\tx", expect=3)
    assert json.loads(done.stdout)["exit_code"] == 3
    assert "standard input: wanted lang TAB source TAB translation" in done.stderr


def test_with_a_profile_its_models_are_asked_and_pairs_without_a_route_are_named(
    tmp_path: Path,
) -> None:
    source = (
        "Cơn bão làm đổ nhiều cây xanh, nhưng không có ai bị thương,"
        " và điện đã có lại vào buổi tối."
    )
    whole = (
        "The storm brought down many trees, but nobody was hurt, and the power was back by evening."
    )
    lines = [
        json_line(("vi", source, whole), id="whole"),
        json_line(("vi", source, "The storm brought down many trees."), id="part"),
        json_line(("hi", "बारिश हुई।", "It rained."), id="elsewhere"),
    ]
    stdin = "\n".join(lines).encode()
    without = json.loads(command("check", "-", "--json", cwd=tmp_path, stdin=stdin).stdout)
    asked = command("check", "-", "--profile", "starter", "--json", cwd=tmp_path, stdin=stdin)
    found = json.loads(asked.stdout)
    assert "has no model from hi to English" in asked.stderr and "elsewhere" in asked.stderr
    codes = {pair["id"]: {flag["code"] for flag in pair["flags"]} for pair in found["pairs"]}
    assert "omission" in codes["part"]
    for pair in without["pairs"]:  # the other checks say what they say without a model
        others = codes[pair["id"]] - {"omission", "addition"}
        assert {flag["code"] for flag in pair["flags"]} == others
