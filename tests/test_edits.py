"""What a person changed in a pair's Markdown is told from what was written there."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sample_results import vietnamese
from seedsum.output.edits import Edits, find_edits
from seedsum.output.pairs import SUMMARY_SUFFIX as SUMMARY
from seedsum.output.pairs import TRANSLATION_SUFFIX as TRANSLATION
from seedsum.output.rendering import escape_markdown, render, visible_text
from seedsum.records import Result
from seedsum.reviews import plain
from seedsum.settings import OutputOptions
from test_rendering import hostile_page, hostile_text, whole_pages
from test_reread import BESIDE, RESULTS

FOLDED = OutputOptions()
RENDERED = {name: make for name, make in RESULTS.items() if name != "skipped"}


def edits(
    result: Result,
    change: Callable[[str], str | bytes],
    *,
    suffix: str = TRANSLATION,
    options: OutputOptions = FOLDED,
) -> Edits:
    """What is found in a file of the result's pair after a change."""
    pair = render(result, options=options)
    changed = change(pair.files[suffix])
    data = changed if isinstance(changed, bytes) else changed.encode()
    return find_edits(json.loads(pair.record), {suffix: data})


def put(old: str, new: str, *, count: int = 1) -> Callable[[str], str]:
    """A change of a text that is there."""

    def change(text: str) -> str:
        assert old in text
        return text.replace(old, new, count)

    return change


# --------------------------------------------------------------------------------------------
# Changes that are none


def wrapped(text: str) -> str:
    """Paragraphs at 40 columns, as formatters wrap them; nothing that would be markup in front."""
    head, front, body = text.split("---\n", 2)
    lines: list[str] = []
    for line in body.split("\n"):
        if re.match(r"[|#>+\-\d*_`~]|<d|</d|\s", line) or not line:
            lines.append(line)
            continue
        words = line.split(" ")
        rows = [words[0]]
        for word in words[1:]:
            if len(rows[-1]) > 40 and not re.match(r"[|#>+\-=\d*_`~:]|<(?!a|sup)|$", word):
                rows.append(word)
            else:
                rows[-1] += f" {word}"
        lines += rows
    return "---\n".join([head, front, "\n".join(lines)])


def padded(text: str) -> str:
    """Tables with padded cells and a rule of other lengths."""
    text = re.sub(r"^\| (?!---)", "|   ", text, flags=re.MULTILINE)
    return re.sub(r"^\|( ---) \|", r"|:-----: |", text, flags=re.MULTILINE)


SAME: dict[str, Callable[[str], str | bytes]] = {
    "nothing": lambda text: text,
    "line-ends": lambda text: text.replace("\n", "\r\n"),
    "bom": lambda text: b"\xef\xbb\xbf" + text.encode(),
    "utf-16": lambda text: text.encode("utf-16"),
    "end": lambda text: text.rstrip("\n"),
    "blank-lines": lambda text: text + "\n\n\n",
    "trailing-spaces": lambda text: re.sub(r"(?<=[^\n])\n", "  \n", text),
    "emphasis": lambda text: re.sub(r"(?<![\\*])\*([^*\n]+)\*(?!\*)", r"_\1_", text),
    "bullets": lambda text: re.sub(r"^( *)- (?=<a)", r"\1* ", text, flags=re.MULTILINE),
    "escapes": lambda text: text.replace("\\_", "&#95;").replace("&gt;", "\\>"),
    "quotes": lambda text: re.sub(r"^title: (.+)$", r'title: "\1"', text, flags=re.MULTILINE),
    "wrapped": wrapped,
    "padded": padded,
}


@pytest.mark.parametrize("suffix", [TRANSLATION, SUMMARY])
@pytest.mark.parametrize("options", [OutputOptions(), BESIDE], ids=["folded", "beside"])
@pytest.mark.parametrize("name", RENDERED)
@pytest.mark.parametrize("change", SAME)
def test_white_space_and_style_are_no_edit(
    change: str, name: str, options: OutputOptions, suffix: str
) -> None:
    found = edits(RENDERED[name](), SAME[change], suffix=suffix, options=options)
    assert (found.sentences, found.summary, found.left) == ({}, {}, {})


@whole_pages
@given(
    st.lists(hostile_text, min_size=1, max_size=5),
    st.sampled_from(["nothing", "line-ends", "trailing-spaces"]),
    st.sampled_from([TRANSLATION, SUMMARY]),
    st.sampled_from([OutputOptions(), BESIDE]),
)
def test_hostile_texts_that_nobody_edited_are_no_edit(
    texts: list[str], change: str, suffix: str, options: OutputOptions
) -> None:
    found = edits(hostile_page(texts), SAME[change], suffix=suffix, options=options)
    assert (found.sentences, found.summary, found.left) == ({}, {}, {})


# --------------------------------------------------------------------------------------------
# Sentences that a person changed

SENTENCES = [
    ("vietnamese", "s4", "opened a clinic", "opened two clinics"),
    ("vietnamese", "s2", "clinic<sup>", "ward<sup>"),
    ("vietnamese", "s5", "50 doctors", "5 doctors"),
    ("vietnamese", "s6", "*The opening", "*Picture of the opening"),
    ("vietnamese", "s7", "Opening hours", "Hours"),
    ("vietnamese", "s9", "older children.", "older children, too."),
    ("vietnamese", "s15", ">40<", ">41<"),
    ("vietnamese", "s16", "Phụ huynh mang theo sổ tiêm.", "Parents bring the record."),
    ("vietnamese", "s17", "free of charge", "free"),
    ("vietnamese", "s18", "builds a bridge", "builds bridges"),
    ("quoting", "s2", "So he said.", "Thus he said."),
    ("quoting", "s3", "So did she.", "And so did she."),
    ("quoting", "s5", "b = 2", "b = 3"),
]


@pytest.mark.parametrize(("name", "segment", "old", "new"), SENTENCES)
def test_a_changed_sentence_is_told(name: str, segment: str, old: str, new: str) -> None:
    result = RENDERED[name]()
    before = next(one.text for one in result.segments if one.segment.id == segment)
    words, instead = (re.sub(r"<sup>|[*<>]", "", text) for text in (old, new))
    expected = before.replace(words, instead)
    assert expected != before
    found = edits(result, put(old, new))
    assert (found.sentences, found.summary, found.left) == ({segment: expected}, {}, {})
    assert found.files == {segment: TRANSLATION}


def test_the_number_of_a_list_item_stays_before_its_new_text() -> None:
    found = edits(RENDERED["quoting"](), put("Wash hands", "Wash your hands"))
    assert found.sentences == {"s10": "1. Wash your hands."}
    assert not found.left


def test_what_a_person_types_is_read_as_markdown() -> None:
    for typed, meant in {
        "5 * 3 < 20 & 1 > 0": "5 * 3 < 20 & 1 > 0",
        "a\\_b \\*c\\* &lt;d&gt;": "a_b *c* <d>",
        "snake_case and 100$": "snake_case and 100$",
        "two\nlines  \nand more": "two lines and more",
        "a \u00a0 space": "a space",
        "“Xin chào”, bà nói": "“Xin chào”, bà nói",
    }.items():
        found = edits(vietnamese(), put("The clinic is free of charge.", typed))
        assert (found.sentences, found.left) == ({"s17": meant}, {})


def test_two_edits_of_one_file_are_both_told_and_nothing_else() -> None:
    change = put("50 doctors", "5 doctors", count=3)
    found = edits(vietnamese(), lambda text: put("Opening hours", "Hours")(change(text)))
    assert found.sentences == {"s5": "The clinic has 5 doctors.", "s7": "Hours"}
    assert not found.left


@pytest.mark.parametrize("suffix", [TRANSLATION, SUMMARY])
def test_words_replaced_everywhere_leave_nothing(suffix: str) -> None:
    found = edits(vietnamese(), lambda text: text.replace("ommune", "ommunity"), suffix=suffix)
    assert found.sentences["s2"] == "Community health station opens another clinic"
    assert found.sentences["s4"].startswith("This morning the Hoa Binh community health")
    assert not found.left


def test_what_was_changed_beside_the_original_only_is_the_sentence() -> None:
    row = "| [s5](#s5) | The clinic has 5"
    found = edits(vietnamese(), put(f"{row}0 doctors.", f"{row} doctors."))
    assert (found.sentences, found.left) == ({"s5": "The clinic has 5 doctors."}, {})


def test_marks_and_remarks_that_were_taken_away_are_no_loss() -> None:
    def change(text: str) -> str:
        text = re.sub(r" \*\*⚠[^*]*\*\*", "", text)
        text = re.sub(r"(?s)<details><summary>Original.*?</details>\n\n", "", text)
        return re.sub(r"(?m)^> .*\n", "", text)

    found = edits(vietnamese(), lambda text: put("50 doctors", "5 doctors")(change(text)))
    assert (found.sentences, found.left) == ({"s5": "The clinic has 5 doctors."}, {})


def test_a_file_without_its_front_matter_is_still_told() -> None:
    found = edits(
        vietnamese(), lambda text: put("Opening hours", "Hours")(text.split("---\n", 2)[2])
    )
    assert (found.sentences, found.left) == ({"s7": "Hours"}, {})


# --------------------------------------------------------------------------------------------
# The summary


def test_a_sentence_of_the_article_that_was_changed_in_the_summary_is_the_articles() -> None:
    found = edits(vietnamese(), put("opened a clinic", "opened one"), suffix=SUMMARY)
    text = "This morning the Hoa Binh commune health station opened one for children."
    assert (found.sentences, found.summary, found.left) == ({"s4": text}, {}, {})
    assert found.files == {"s4": SUMMARY}


def test_a_sentence_that_a_model_wrote_is_changed_in_the_summary_only() -> None:
    found = edits(
        vietnamese(), put("has 50 doctors and is", "has 5 doctors. It is"), suffix=SUMMARY
    )
    text = "The clinic has 5 doctors. It is free of charge."
    assert (found.sentences, found.summary, found.left) == ({}, {1: text}, {})
    assert found.files == {1: SUMMARY}


def test_a_sentence_whose_label_was_cut_off_is_changed_in_the_summary_only() -> None:
    result = vietnamese()
    first = result.summary.sentences[0]
    cut = replace(first, text="Monday: none.", whole=f"Q: {first.text}", origin="swapped")
    result = replace(
        result, summary=replace(result.summary, sentences=(cut, *result.summary.sentences[1:]))
    )
    found = edits(result, put("… Monday: none.", "… Monday: all."), suffix=SUMMARY)
    assert (found.sentences, found.summary, found.left) == ({}, {0: "Monday: all."}, {})


def test_the_title_of_the_summary_is_the_articles() -> None:
    found = edits(
        vietnamese(), put("# Commune health station", "# Ward health station"), suffix=SUMMARY
    )
    assert found.sentences == {"s2": "Ward health station opens another clinic"}
    assert not found.left


def test_where_two_files_have_other_words_the_translations_count_and_the_rest_is_left() -> None:
    pair = render(vietnamese())
    edited = {
        TRANSLATION: put("opened a clinic", "opened one clinic")(pair.files[TRANSLATION]).encode(),
        SUMMARY: put("opened a clinic", "opened two clinics")(pair.files[SUMMARY]).encode(),
    }
    found = find_edits(json.loads(pair.record), edited)
    assert "one clinic" in found.sentences["s4"] and found.files["s4"] == TRANSLATION
    assert list(found.left) == [SUMMARY] and "s4" in "".join(found.left[SUMMARY])
    both = {suffix: put("opened a clinic", "has one")(text) for suffix, text in pair.files.items()}
    found = find_edits(
        json.loads(pair.record), {suffix: text.encode() for suffix, text in both.items()}
    )
    assert list(found.sentences) == ["s4"] and not found.left


# --------------------------------------------------------------------------------------------
# What no sentence can hold

S4, S5 = '<a id="s4"></a>', '<a id="s5"></a>'

LEFT: dict[str, tuple[Callable[[str], str], str]] = {
    "paragraph": (put(S4, f"A paragraph of mine.\n\n{S4}"), "“A paragraph of mine.”"),
    "words-after": (put("<sup>s4</sup>", "<sup>s4</sup> By the way."), "“By the way.”"),
    "words-before": (put(S4, f"Well: {S4}"), "“Well:”"),
    "deleted": (lambda text: re.sub(f"{S4}.*?<sup>s4</sup>", "", text), "s4 are not there"),
    "emptied": (lambda text: re.sub(f"({S4}).*?(<sup>s4</sup>)", r"\1\2", text), "s4 are not"),
    "anchor": (put(S4, ""), "s4 has lost a mark"),
    "number": (put("<sup>s4</sup>", ""), "s4 has lost a mark"),
    "merged": (put(f"<sup>s4</sup> {S5}", " "), "has lost a mark"),
    "copied": (lambda text: re.sub(f"({S4}.*?<sup>s4</sup>)", r"\1 \1", text), "s4 stands there"),
    "comment": (put(S4, f"<!-- check this -->\n\n{S4}"), "“<!-- check this -->”"),
    "bold": (put("Hoa Binh", "**Hoa Binh**"), "markup in s4: **"),
    "html": (put("Hoa Binh", "<u>Hoa Binh</u>"), "markup in s4: <u>"),
    "link": (put("Hoa Binh", "[Hoa Binh](https://example.org)"), "markup in s4"),
    "tag": (put("language: vi", "language: vi\ntags: [clinic]"), "“tags” in the front matter"),
    "title": (put("title: Commune", "title: My commune"), "“title” in the front matter"),
    "yaml": (put("language: vi", "language: [vi"), "front matter that cannot be read"),
    "original": (put("Phòng khám có 5 bác sĩ.", "Phòng khám có 6 bác sĩ."), "“Phòng khám có 6"),
    "heading": (put("### <a", "## <a"), "s7 begins a paragraph, or is in another kind"),
    "split": (put(f"</sup> {S5}", f"</sup>\n\n{S5}"), "s5 begins a paragraph"),
    "rule": (put(S4, f"---\n\n{S4}"), "“---”"),
    "list": (put("<sup>s9</sup>", "<sup>s9</sup>\n- Wednesday: none"), "“Wednesday: none”"),
    "row": (put("<sup>s15</sup> |", "<sup>s15</sup> |\n| Friday | 7 |"), "“Friday”"),
    "moved": (
        lambda text: re.sub(r"(<a id=\"s17\"></a>.*)\n\n(---)", r"\2", text).replace(
            S4, f'<a id="s17"></a>The clinic is free of charge.<sup>s17</sup>\n\n{S4}'
        ),
        "the order of the sentences from s17",
    ),
    "lost": (put("Hoa Binh", "Hoa Bi\0nh"), "s4 has letters that were lost"),
    "stranger": (put(S4, '<a id="s99"></a>Who?<sup>s99</sup>\n\n' + S4), "s99, which this article"),
    "code": (put(S4, f"```\nprint(1)\n```\n\n{S4}"), "“print(1)”"),
}


@pytest.mark.parametrize("name", LEFT)
def test_what_no_sentence_can_hold_is_named_and_the_rest_is_told(name: str) -> None:
    change, what = LEFT[name]
    found = edits(vietnamese(), lambda text: put("Opening hours", "Hours")(change(text)))
    assert found.sentences == {"s7": "Hours"}
    assert any(what in line for line in found.left[TRANSLATION]), found.left


def test_the_line_of_what_is_left_is_that_of_the_file() -> None:
    def change(text: str) -> str:
        return put(S4, f"Mine.\n\n{S4}")(text)

    number = change(render(vietnamese()).files[TRANSLATION]).split("\n").index("Mine.") + 1
    assert edits(vietnamese(), change).left[TRANSLATION] == (f"line {number}: “Mine.”",)


def test_a_sentence_that_took_in_its_neighbour_is_left_since_its_words_would_stand_twice() -> None:
    def change(text: str) -> str:
        text = put("for children.<sup>", "for children and has 5 doctors.<sup>")(text)
        return re.sub(f" {S5}.*?<sup>s5</sup>", "", text)

    found = edits(vietnamese(), change)
    assert not found.sentences
    assert any("s4 was changed, and s5 beside it" in line for line in found.left[TRANSLATION])


@pytest.mark.parametrize(
    "data", [b"", b"\xff\xfe\xff", b"\x80\x81", b"\x00", b"x" * 3_000_000, "đã xóa".encode()]
)
@pytest.mark.parametrize("suffix", [TRANSLATION, SUMMARY])
def test_a_file_that_is_something_else_is_left(data: bytes, suffix: str) -> None:
    found = edits(vietnamese(), lambda _: data, suffix=suffix)
    assert not found.sentences and not found.summary and found.left[suffix]


@whole_pages
@given(st.text(max_size=200), st.integers(0, 5000), st.integers(0, 200))
def test_no_damage_makes_it_fail(text: str, at: int, size: int) -> None:
    def change(before: str) -> bytes:
        where = at % len(before)
        return (before[:where] + text + before[where + size :]).encode("utf-8", "replace")

    for suffix in (TRANSLATION, SUMMARY):
        edits(vietnamese(), change, suffix=suffix)


# --------------------------------------------------------------------------------------------
# Any edit of any sentence

_WRITTEN = re.compile(r'(<a id="(s\d+)"></a>)([^\n]*?)(<sup>\2</sup>)')


def same(text: str) -> str:
    """A text as it is compared."""
    return plain(visible_text(text))


def written_anew(text: str, new: Mapping[str, str]) -> str:
    """The file with these sentences in the place of those that it has."""
    return _WRITTEN.sub(
        lambda found: (
            found[1] + (escape_markdown(new[found[2]]) if found[2] in new else found[3]) + found[4]
        ),
        text,
    )


@whole_pages
@given(st.data())
def test_random_edits_of_random_sentences_are_told_exactly(data: st.DataObject) -> None:
    name = data.draw(st.sampled_from(["vietnamese", "bengali", "english", "tables", "hostile"]))
    result = (
        hostile_page(data.draw(st.lists(hostile_text, min_size=1, max_size=3)))
        if name == "hostile"
        else RENDERED[name]()
    )
    options = data.draw(st.sampled_from([OutputOptions(), BESIDE]))
    text = render(result, options=options).files[TRANSLATION]
    in_code = set(re.findall(r'<a id="(s\d+)"></a><sup>', text))
    ids = sorted({found[2] for found in _WRITTEN.finditer(text)} - in_code)
    shown = {one.segment.id: visible_text(one.text) for one in result.segments}
    texts = hostile_text.filter(lambda text: bool(visible_text(text)))
    new = data.draw(st.dictionaries(st.sampled_from(ids), texts, max_size=4)) if ids else {}
    change = SAME[data.draw(st.sampled_from(["nothing", "line-ends", "bom", "trailing-spaces"]))]
    found = edits(result, lambda text: change(written_anew(text, new)), options=options)
    told = {id: same(text) for id, text in found.sentences.items()}
    assert told == {id: same(text) for id, text in new.items() if same(text) != same(shown[id])}
    assert not found.left


# --------------------------------------------------------------------------------------------
# Other versions


def fixture_of_format_1() -> tuple[dict[str, Any], Path]:
    folder = Path(__file__).parent / "fixtures" / "written-by-0.1.0" / "output"
    record: dict[str, Any] = json.loads((folder / "edited.txt.record.json").read_bytes())
    return record, folder


def test_edits_of_pairs_of_format_1_are_told_and_the_rest_is_left() -> None:
    record, folder = fixture_of_format_1()
    data = (folder / f"edited.txt{TRANSLATION}").read_bytes()
    found = find_edits(record, {TRANSLATION: data})
    assert found.sentences == {
        "s2": "The commune's library rereopened Monday after three months of repair."
    }
    assert "seedsum 0.1.0 wrote it" in found.left[TRANSLATION][0]
    summary = (folder / f"edited.txt{SUMMARY}").read_bytes().replace(b"14 seats read", b"14 seats")
    found = find_edits(record, {SUMMARY: summary})
    assert found.sentences == {"s3": "There are 1,200 new books and 14 seats."}


def test_of_a_pair_whose_form_is_another_today_only_the_sentences_are_compared() -> None:
    pair = render(vietnamese())
    record = json.loads(pair.record)
    record["files"]["translation"]["sha256"] = "0" * 64
    data = put("Opening hours", "Hours")(pair.files[TRANSLATION]).encode()
    found = find_edits(record, {TRANSLATION: data})
    assert found.sentences == {"s7": "Hours"}
    assert found.left == {
        TRANSLATION: (
            "line 1: seedsum 0.1.0 wrote it, so that nothing but its sentences could be compared",
        )
    }
