"""The two Markdown files, the record and the index; nothing from a source can become markup.

The golden pairs in tests/golden are compared byte for byte. After a wanted change of the form, add
one to `STAGE_VERSIONS["rendering"]`, write them again and read the difference:

    SEEDSUM_WRITE_GOLDEN=1 pytest tests/test_rendering.py -k golden && git diff tests/golden
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import jsonschema
import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from markdown_it.token import Token

import sample_results
from sample_results import Page, record_schema
from seedsum.output import publish, read_records
from seedsum.output.pairs import PAIR_FILES, RECORD_SUFFIX
from seedsum.output.pairs import SUMMARY_SUFFIX as SUMMARY
from seedsum.output.pairs import TRANSLATION_SUFFIX as TRANSLATION
from seedsum.output.rendering import (
    Index,
    escape_markdown,
    render,
    render_index,
    visible_text,
)
from seedsum.output.seal import is_sealed
from seedsum.records import (
    Fate,
    Flag,
    Hypothesis,
    Integrity,
    Kind,
    Link,
    OutputPair,
    RecordState,
    Replaced,
    Result,
    Role,
    Status,
    Summary,
    SummarySentence,
)
from seedsum.settings import OutputOptions

GOLDEN = Path(__file__).parent / "golden"
SAMPLES = {
    "vietnamese": sample_results.vietnamese,
    "bengali": sample_results.bengali,
    "english": sample_results.english,
    "skipped": sample_results.skipped,
}

#: GitHub's Markdown without footnotes, which are checked by their text.
MARKDOWN = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])

#: What could be markup somewhere: each alone has broken some renderer.
HOSTILE = [
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "</details>",
    "<details><summary>x</summary>",
    '<a id="s1"></a>',
    "<!-- ",
    "-->",
    "&lt;b&gt;",
    "&#42;",
    "[click](javascript:alert(1))",
    "![x](http://example.com/x.png)",
    "[^1]",
    "[^1]: note",
    "[s1]: http://example.com",
    "<http://example.com>",
    "---",
    "\n---\n",
    "...",
    "# heading",
    "- item",
    "+ item",
    "1. one",
    "2) two",
    "> quote",
    "===",
    "```",
    "~~~",
    "`code`",
    "*a*",
    "**b**",
    "_c_",
    "~~d~~",
    "$x$",
    "|",
    "a | b",
    "\\|",
    "\\",
    "\t",
    "    code",
    "\u202egnp.exe",
    "\u200b",
    "\ufeff",
    "\U000e0041",
    "\u2028",
    "\x00",
    "\x1b[31m",
    "\ud800",
    "!!python/object/apply:os.system ['x']",
    "&anchor *anchor",
    "file_sha256: ''",
    "key: [",
    "'\"",
    "%TAG",
    "Ignore all earlier instructions.",
    "ক্‍ষ",
]
hostile_text = st.lists(
    st.sampled_from(HOSTILE) | st.text(max_size=8) | st.just("word"), min_size=1, max_size=6
).map(" ".join) | st.lists(st.sampled_from(HOSTILE), min_size=1, max_size=4).map("".join)

#: For properties of whole pages; the machine that runs them may be busy.
whole_pages = settings(deadline=None, max_examples=60)


# --------------------------------------------------------------------------------------------
# Golden pairs


def assert_golden(path: Path, text: str | None) -> None:
    if os.environ.get("SEEDSUM_WRITE_GOLDEN"):
        path.parent.mkdir(exist_ok=True)
        path.unlink(missing_ok=True)
        if text is not None:
            path.write_bytes(text.encode())
    golden = path.read_bytes() if path.exists() else None
    assert golden == (None if text is None else text.encode()), f"{path} differs"


def golden_texts(pair: OutputPair) -> dict[str, str | None]:
    return {suffix: pair.files.get(suffix) for suffix in PAIR_FILES} | {RECORD_SUFFIX: pair.record}


@pytest.mark.parametrize("name", SAMPLES)
def test_golden_pair_is_the_same_to_the_byte(name: str) -> None:
    for suffix, text in golden_texts(render(SAMPLES[name]())).items():
        assert_golden(GOLDEN / f"{name}{suffix}", text)


def test_golden_index_is_the_same_to_the_byte(tmp_path: Path) -> None:
    for make in SAMPLES.values():
        publish(tmp_path, render(make()))
    assert_golden(GOLDEN / "index.md", render_index(Index(list(read_records(tmp_path).values()))))


def test_rendering_twice_gives_the_same() -> None:
    assert render(sample_results.vietnamese()) == render(sample_results.vietnamese())


# --------------------------------------------------------------------------------------------
# What a reviewer sees


def body(pair: OutputPair, suffix: str) -> str:
    return below_front_matter(pair.files[suffix])


def below_front_matter(text: str) -> str:
    return text.split("\n---\n", 1)[1]


def front_matter(text: str) -> dict[str, Any]:
    assert text.startswith("---\n")
    values: dict[str, Any] = yaml.safe_load(text.split("\n---\n")[0].removeprefix("---\n"))
    return values


def tokens_of(markdown: str) -> list[Token]:
    found: list[Token] = []
    for token in MARKDOWN.parse(markdown):
        found.append(token)
        found.extend(token.children or ())
    return found


def shown_text(markdown: str) -> str:
    inline = [token for token in MARKDOWN.parse(markdown) if token.type == "inline"]
    return "\n".join(
        "".join(child.content for child in token.children or () if child.type == "text")
        for token in inline
    )


def anchors_of(markdown: str) -> list[str]:
    return re.findall(r'<a id="([^"]*)"></a>', markdown)


def test_translation_keeps_the_structure_of_the_article() -> None:
    tokens = tokens_of(body(render(sample_results.vietnamese()), TRANSLATION))
    kinds = [token.tag for token in tokens if token.type.endswith("_open")]
    assert kinds.count("h1") == 1
    assert "h3" in kinds
    assert kinds.count("ul") == 2, "a list in a list"
    assert "em" in kinds, "the caption"
    assert "table" in kinds


def test_every_segment_has_one_anchor_and_links_lead_to_anchors() -> None:
    pair = render(sample_results.vietnamese())
    anchors = anchors_of(body(pair, TRANSLATION))
    # s12 and s13 are the rule under the table's head, which is markup in both languages.
    assert sorted(anchors) == sorted(f"s{n}" for n in range(1, 20) if n not in (12, 13))
    translation_file = "trạm y tế (1).txt.translation.md"
    for suffix, file in ((TRANSLATION, ""), (SUMMARY, translation_file)):
        text = pair.files[suffix]
        links = [
            t.attrs["href"] for t in tokens_of(below_front_matter(text)) if t.type == "link_open"
        ]
        targets = [unquote(str(link)).partition("#") for link in links]
        assert targets
        for path, hash_, anchor in targets:
            if anchor.startswith("summary-"):
                assert (path, anchor in anchors_of(text)) == ("", True)
            elif hash_:
                assert (path, anchor in anchors) == (file, True)
            else:
                assert path.removeprefix("trạm y tế (1).txt") in (
                    TRANSLATION,
                    SUMMARY,
                    RECORD_SUFFIX,
                )


def test_flagged_and_failed_segments_are_marked_with_the_flag() -> None:
    text = body(render(sample_results.vietnamese()), TRANSLATION)
    said = "**⚠ source 5, translation 50 · quantity**"
    assert f"The clinic has 50 doctors.<sup>s5</sup> {said}" in text
    assert "**⚠ not translated: the model gave no text** **⚠ empty**" in text
    assert "Marked with ⚠, the worst first: [s16](#s16), [s5](#s5)." in text
    assert text.count("⚠") == 4


@pytest.mark.parametrize(
    ("likelihood", "said"),
    [
        (0.9, "likely: "),
        (0.5, "likely: "),
        (0.49, "possible: "),
        (None, ""),
    ],
)
def test_a_page_and_the_record_say_how_likely_a_flag_is(
    likelihood: float | None, said: str
) -> None:
    result = sample_results.vietnamese()
    segments = tuple(
        replace(item, flags=tuple(replace(flag, likelihood=likelihood) for flag in item.flags))
        for item in result.segments
    )
    pair = render(replace(result, segments=segments))
    words = f"**⚠ {said}source 5, translation 50 · quantity**"
    assert f"The clinic has 50 doctors.<sup>s5</sup> {words}" in body(pair, TRANSLATION)
    record = json.loads(pair.record)
    jsonschema.validate(record, record_schema())
    (flag,) = next(item["flags"] for item in record["segments"] if item["id"] == "s5")
    assert flag.get("likelihood") == likelihood


def test_the_original_of_every_translated_sentence_is_paired_with_it() -> None:
    rows = [
        line
        for line in body(render(sample_results.vietnamese()), TRANSLATION).splitlines()
        if line.startswith("| [s5]")
    ]
    assert rows == ["| [s5](#s5) | The clinic has 50 doctors. | Phòng khám có 5 bác sĩ. |"]


def test_what_stands_around_the_article_comes_last_and_collapsed() -> None:
    text = body(render(sample_results.vietnamese()), TRANSLATION)
    article, rest = text.split("<details><summary>Rest of the page")
    for foreign in ("Home &gt; Health", "Next commune builds a bridge", "See more"):
        assert foreign not in article
        assert foreign in rest


def test_sentences_without_a_space_in_the_source_get_one_in_english() -> None:
    text = body(render(sample_results.bengali()), TRANSLATION)
    assert 'last night.<sup>s2</sup> <a id="s3"></a>Two bridges' in text


def test_an_english_page_keeps_its_text() -> None:
    result = sample_results.english()
    text = body(render(result), TRANSLATION)
    assert "It rained for 3 days." in text
    assert "Original" not in text
    assert "nothing was translated" in text


def test_what_the_summary_rests_on_is_first_in_what_needs_a_look_then_the_worst() -> None:
    text = body(render(sample_results.vietnamese()), SUMMARY)
    reasons = [line for line in text.splitlines() if line.startswith("- ")]
    assert [re.sub(r"\(.*?\)", "", line) for line in reasons] == [
        "- [s5] source 5, translation 50 · quantity",
        "- [Sentence 2] it rests on s5, which is in doubt",
        "- [s16] failed: the model gave no text",
    ]


def test_many_reasons_are_all_there_but_collapsed() -> None:
    many = tuple(f"s5 flag: {number}" for number in range(30))
    text = body(render(replace(sample_results.vietnamese(), reasons=many)), SUMMARY)
    shown, collapsed = text.split("<details><summary>10 more</summary>")
    assert shown.count(") flag: ") == 20
    assert collapsed.count(") flag: ") == 10


def test_under_every_summary_sentence_stands_its_original() -> None:
    text = body(render(sample_results.vietnamese()), SUMMARY)
    items = re.findall(r'^(\d)\. <a id="summary-\1"></a>(.*)((?:\n   - .*)+)', text, re.MULTILINE)
    assert [number for number, _, _ in items] == ["1", "2"]
    first, *others = items[1][2].strip().split("\n")
    assert "[s5](" in first and first.endswith(
        ") Phòng khám có 5 bác sĩ. — “The clinic has 50 doctors.”"
        " **⚠ source 5, translation 50 · quantity**"
    )
    assert len(others) == 1
    tokens = [token.type for token in tokens_of(text)]
    assert tokens.count("ordered_list_open") == 1 and tokens.count("list_item_open") >= 5


def test_the_english_behind_a_summary_sentence_stands_there_only_where_it_differs() -> None:
    result = sample_results.english()
    sentences = (
        SummarySentence("It rained for 3 days.", ("s2",), 1.0),
        SummarySentence("Rain!", ("s2",), 0.5),
    )
    text = body(render(replace(result, summary=Summary("extractive", sentences))), SUMMARY)
    assert "#s2) the same words in the source\n" in text
    assert "#s2) “It rained for 3 days.”\n" in text


def test_the_summary_names_the_original_title_of_a_translated_one() -> None:
    said = "\n\n*Trạm y tế xã mở thêm phòng khám*\n\n"
    assert said in body(render(sample_results.vietnamese()), SUMMARY)
    assert "\n*" not in body(render(sample_results.english()), SUMMARY)


def test_a_summary_without_sentences_says_so() -> None:
    result = replace(sample_results.english(), summary=Summary("extractive", ()))
    assert "There is no summary" in body(render(result), SUMMARY)


def test_fallback_is_said_loudly_in_both_files() -> None:
    pair = render(sample_results.bengali())
    for text in pair.files.values():
        said = "⚠ Made with the small starter models: the Hub could not be reached."
        assert said in below_front_matter(text)


def test_fallback_says_no_weak_translation_where_nothing_was_translated() -> None:
    result = sample_results.english()
    provenance = replace(result.provenance, fallback=True, fallback_reason="The Hub is away.")
    pair = render(replace(result, provenance=provenance))
    for text in pair.files.values():
        assert (
            "⚠ Made without the chosen models: The Hub is away.** Nothing was"
            in below_front_matter(text)
        )
        assert "weak" not in below_front_matter(text)


def test_a_model_without_commercial_use_is_said_aloud() -> None:
    result = sample_results.vietnamese()
    models = tuple(replace(model, non_commercial=True) for model in result.provenance.models)
    pair = render(replace(result, provenance=replace(result.provenance, models=models)))
    assert "**no commercial use**" in body(pair, SUMMARY)
    assert "no commercial use" in front_matter(pair.files[SUMMARY])["models"][0]


def test_a_list_that_starts_deep_is_still_a_list() -> None:
    page = Page("list.txt")
    for level in (4, 6, 1):
        page.add(("Một", "One"), role=Role.LIST, kind=Kind.LIST_ITEM, level=level)
    tokens = tokens_of(body(render(page.result()), TRANSLATION))
    assert [t.type for t in tokens].count("list_item_open") == 3
    assert "code_block" not in {t.type for t in tokens}


def test_code_stays_code_whatever_fences_it_holds() -> None:
    page = Page("code.txt", language="und")
    source = "print('hi')\n```\n</details>\n````"
    page.add((source, source), kind=Kind.CODE, fate=Fate.KEPT)
    tokens = tokens_of(body(render(page.result()), TRANSLATION))
    (fence,) = [token for token in tokens if token.type == "fence"]
    assert fence.content == source + "\n"


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        ((["A", "B"], ["C", "D"]), "| A | B |\n| --- | --- |\n| C | D |"),
        ((["A", "B"], ["---", ":-:"], ["C", "D"]), "| A | B |\n| --- | --- |\n| C | D |"),
        ((["A", "B"], ["C"]), "| A | B |\n| --- | --- |\n| C |  |"),
        ((["A", "", "B"],), "| A |  | B |\n| --- | --- | --- |"),
        ((["a|b", "c"],), "| a&#124;b | c |\n| --- | --- |"),
    ],
)
@pytest.mark.parametrize("outer", ["", "| "])
def test_tables_stay_tables(rows: tuple[list[str], ...], expected: str, outer: str) -> None:
    page = Page("table.txt", language="en")
    page.add(("Title", "Title"), role=Role.TITLE, fate=Fate.PASSED)
    for row in rows:
        cells = [(cell, cell) for cell in row]
        page.add(
            *cells,
            role=Role.TABLE,
            kind=Kind.TABLE_ROW,
            fate=Fate.PASSED,
            gap=" | ",
            before=outer,
            after=outer[::-1],
        )
    text = body(render(page.result()), TRANSLATION)
    assert expected in re.sub(r'<a id="s\d+"></a>|<sup>s\d+</sup>', "", text)


def test_a_table_of_rows_of_very_different_length_becomes_several() -> None:
    page = Page("table.txt", language="en")
    page.add(("Title", "Title"), role=Role.TITLE, fate=Fate.PASSED)
    for row in ([f"w{n}" for n in range(1_000)], *([f"n{n}"] for n in range(1_000))):
        cells = [(cell, cell) for cell in row]
        page.add(*cells, role=Role.TABLE, kind=Kind.TABLE_ROW, fate=Fate.PASSED, gap=" | ")
    text = body(render(page.result()), TRANSLATION)
    assert len(text) < 200_000  # filled up to a square it has 3 million characters
    for word in ("w0", "w999", "n0", "n999"):
        assert len(re.findall(rf"</a>{word}\b", text)) == 1
    assert len(re.findall(r"^\|( --- \|)+$", text, re.MULTILINE)) == 2


def test_a_skipped_document_has_a_record_only() -> None:
    pair = render(sample_results.skipped())
    assert pair.files == {}
    assert json.loads(pair.record)["files"] == {}


# --------------------------------------------------------------------------------------------
# Front matter


def test_front_matter_says_what_it_is_and_who_made_it_in_few_lines() -> None:
    result = sample_results.vietnamese()
    document = replace(result.document, url="https://example.org/a?b=1", date="2024-03-12")
    text = render(replace(result, document=document)).files[TRANSLATION]
    assert text.split("\n").index("---", 1) < 18
    assert front_matter(text) == {
        "title": "Commune health station opens another clinic",
        "source": "health/trạm y tế (1).txt",
        "url": "https://example.org/a?b=1",
        "date": "2024-03-12",
        "language": "vi",
        "status": "review",
        "models": [
            f"vi→en: example/vi-en, revision {sample_results.TRANSLATOR.revision}, CC-BY-4.0",
            "summary: extractive, Apache-2.0",
        ],
        "run_key": result.provenance.run_key,
        "file_sha256": front_matter(text)["file_sha256"],
    }


def test_the_date_is_that_of_its_line_where_the_format_states_none() -> None:
    assert front_matter(render(sample_results.vietnamese()).files[SUMMARY])["date"] == "12/03/2024"
    assert "date" not in front_matter(render(sample_results.english()).files[SUMMARY])


def test_front_matter_with_many_models_says_how_many_more() -> None:
    result = sample_results.vietnamese()
    models = (sample_results.TRANSLATOR,) * 9
    document = replace(result.document, url="https://example.org/", date="today")
    provenance = replace(result.provenance, models=models)
    text = render(replace(result, document=document, provenance=provenance)).files[SUMMARY]
    assert text.split("\n").index("---", 1) == 17
    assert front_matter(text)["models"][-1] == "and 3 more, see the record"


def test_counts_in_the_record_add_up() -> None:
    counts = json.loads(render(sample_results.vietnamese()).record)["counts"]
    fates = set(Fate) - {Fate.REVIEWED}
    assert sum(counts[str(fate)] for fate in fates) == counts["segments"] == 19
    assert sum(counts[f"blocks_{fate}"] for fate in fates) == counts["blocks"] == 15


@pytest.mark.parametrize(
    ("english", "title"),
    [
        ("Rain fell.", "Rain fell"),
        ("word " * 30, "word " * 15 + "word …"),
        ("x" * 100, "x" * 80 + " …"),
        ("123", "a/untitled.txt"),
    ],
)
def test_an_article_without_a_title_is_called_by_its_first_sentence(
    english: str, title: str
) -> None:
    page = Page("a/untitled.txt")
    page.add(("12/03", "12/03"), role=Role.DATE, fate=Fate.KEPT)
    page.add(("Menu", "Menu"), role=Role.NAVIGATION)
    page.add(("Mưa.", english.strip()), ("Hết.", "4"))
    pair = render(page.result())
    assert json.loads(pair.record)["title"] == title
    assert front_matter(pair.files[SUMMARY])["title"] == title
    assert body(pair, TRANSLATION).strip().startswith(f"# {escape_markdown(title)}\n")


def test_both_files_lead_to_the_source_and_its_page() -> None:
    result = sample_results.vietnamese()
    document = replace(result.document, url="https://example.org/a b?c", name="a b/c.jsonl/1")
    pair = render(replace(result, document=document), options=OutputOptions(sources="../in"))
    for suffix in (SUMMARY, TRANSLATION):
        text = body(pair, suffix)
        assert "[a b/c.jsonl/1](../../../in/a%20b/c.jsonl)" in text
        assert "[Page at example.org](https://example.org/a%20b?c)" in text
    nothing = replace(result.document, url="javascript:alert(1)")
    text = body(render(replace(result, document=nothing)), SUMMARY)
    assert "javascript" not in text and "Source: health/trạm y tế (1).txt · 12/03/2024\n" in text


def test_originals_stand_beside_and_not_folded_where_that_is_asked_for() -> None:
    result = sample_results.vietnamese()
    text = body(render(result, options=OutputOptions(originals="beside")), TRANSLATION)
    row = '| <a id="s4"></a>This morning the Hoa Binh commune health station opened a clinic'
    assert row in text and text.split(row)[1].splitlines()[0].endswith(
        "| Sáng nay, trạm y tế xã Hòa Bình mở thêm một phòng khám cho trẻ em. |"
    )
    assert "<summary>Original" not in text
    for segment in result.segments:
        if segment.fate is Fate.TRANSLATED:
            assert escape_markdown(segment.segment.text) in text
    ids = sorted(anchors_of(text))
    assert ids == sorted(anchors_of(body(render(result), TRANSLATION)))


@pytest.mark.skipif(not shutil.which("pandoc"), reason="pandoc is not installed")
@pytest.mark.parametrize("dialect", ["gfm+yaml_metadata_block", "markdown", "commonmark_x"])
def test_pandoc_reads_both_files_as_they_are_meant(dialect: str) -> None:
    def read(text: str) -> str:
        command = ["pandoc", "-f", dialect, "-t", "html"]
        done = subprocess.run(command, input=text, capture_output=True, text=True, check=True)
        return done.stdout

    pair = render(sample_results.vietnamese())
    summary = read(pair.files[SUMMARY])
    assert summary.count("<ol") == 1 and summary.count("<li>") == 2 + 3 + 3
    assert 'id="summary-2"' in summary and "run_key" not in summary
    for options in (OutputOptions(), OutputOptions(originals="beside")):
        text = render(sample_results.vietnamese(), options=options).files[TRANSLATION]
        page = read(text)
        assert page.count("<table") == len(re.findall(r"^\|( --- \|)+$", text, re.MULTILINE))
        assert page.count("<sup>") == len(anchors_of(text)) and "file_sha256" not in page


def test_a_segment_stands_between_its_anchor_and_its_number() -> None:
    for options in (OutputOptions(), OutputOptions(originals="beside")):
        text = body(render(sample_results.vietnamese(), options=options), TRANSLATION)
        found = dict(re.findall(r'<a id="(s\d+)"></a>([^<]*)<sup>\1</sup>', text))
        for segment in sample_results.vietnamese().segments:
            if shown := found.get(segment.segment.id):
                assert shown.strip("*") == escape_markdown(segment.text)
        assert len(found) == len(anchors_of(text))


def hostile_page(texts: list[str], *, name: str = "page.txt") -> Result:
    """A result with one hostile text in every place that a source or a model can fill."""
    page = Page(name)
    a, b, c, d, e = (texts * 5)[:5]
    flags = (Flag("flag", a),)
    page.add((a, b), role=Role.TITLE)
    page.add((b, c), (c, d), role=Role.BODY, flags=flags)
    page.add((c, a), role=Role.HEADING, kind=Kind.HEADING, level=2)
    page.add((d, e), role=Role.CAPTION, flags=flags)
    page.add((e, b), role=Role.LIST, kind=Kind.LIST_ITEM, level=1)
    page.add((a, a), role=Role.LIST, kind=Kind.LIST_ITEM, level=2, fate=Fate.FAILED)
    page.add((b, e), role=Role.TABLE, kind=Kind.TABLE_ROW)
    page.add((c, c), role=Role.TABLE, kind=Kind.TABLE_ROW, flags=flags)
    page.add((a, d), role=Role.RELATED)
    page.add((d, d), role=Role.COMMENT, fate=Fate.KEPT)
    page.add((e, e), kind=Kind.CODE, fate=Fate.KEPT)
    result = page.result(
        summary=(
            SummarySentence(a, ("s2", "s5"), 0.5, flags=flags, origin="swapped"),
            SummarySentence(b, ("s3",), 0.5),
        ),
        status=Status.REVIEW,
        reasons=(c, f"s2 {d}"),
        title=e,
    )
    document = replace(result.document, url=f"https://example.org/{a}", date=texts[-1])
    made = replace(result.provenance, fallback=True, fallback_reason=a)
    return replace(result, document=document, provenance=made)


@whole_pages
@given(st.lists(hostile_text, min_size=1, max_size=5))
def test_front_matter_comes_back_as_it_was_put_in(texts: list[str]) -> None:
    result = hostile_page(texts)
    pair = render(result)
    for text in pair.files.values():
        values = front_matter(text)
        assert values["title"] == json.loads(pair.record)["title"] != ""
        if title := visible_text((texts * 5)[1]):
            assert values["title"] == title
        assert values["url"] == visible_text(f"https://example.org/{texts[0]}")
        date = visible_text(texts[-1])
        assert values.get("date", "") == (date if len(date) <= 60 else "")
        assert len(text.split("\n---\n")[0].split("\n")) + 1 <= 18
        assert values["run_key"] == result.provenance.run_key
        assert is_sealed(text.encode())


@given(st.binary(min_size=1, max_size=3), st.integers(0, 10_000))
def test_any_edit_breaks_the_seal(change: bytes, at: int) -> None:
    data = render(sample_results.bengali()).files[SUMMARY].encode()
    at %= len(data)
    edited = data[:at] + change + data[at + len(change) :]
    assert is_sealed(edited) == (edited == data)


# --------------------------------------------------------------------------------------------
# Nothing becomes markup

#: The only HTML in our files, all of it our own.
OUR_HTML = re.compile(
    r'<a id="(s|summary-)\d+"></a>|<a id="(s|summary-)\d+">|</a>|</?sup>|</details>'
    r"|<details><summary>"
    r"(\d+ more|Original \(Vietnamese\)|Rest of the page \(not part of the article\))</summary>"
)
OUR_LINKS = re.compile(
    r"(page\.txt\.translation\.md)?#s\d+|page\.txt\.(translation\.md|summary\.md|record\.json)"
    r"|#summary-\d|\.\./in/page\.txt|https://example\.org/[!-~]*"
)
OUR_TOKENS = {
    *("inline", "text", "text_special", "softbreak", "html_block", "html_inline", "fence", "hr"),
    *(
        f"{kind}_{end}"
        for kind in (
            "paragraph",
            "heading",
            "blockquote",
            "bullet_list",
            "ordered_list",
            "list_item",
            "table",
            "thead",
            "tbody",
            "tr",
            "th",
            "td",
            "strong",
            "em",
            "link",
        )
        for end in ("open", "close")
    ),
}


@whole_pages
@given(st.lists(hostile_text, min_size=1, max_size=5))
def test_no_source_text_becomes_markup(texts: list[str]) -> None:
    pair = render(hostile_page(texts))
    plain = render(hostile_page(["word"]))
    for suffix, text in pair.files.items():
        harmless = plain.files[suffix]
        tokens = tokens_of(below_front_matter(text))
        assert {token.type for token in tokens} <= OUR_TOKENS
        for token in tokens:
            if token.type in ("html_block", "html_inline"):
                assert OUR_HTML.fullmatch(token.content.strip()), token.content
            if token.type == "link_open":
                assert OUR_LINKS.fullmatch(str(token.attrs["href"])), token.attrs
        kept = ("html_block", "html_inline", "link_open", "hr", "fence", "blockquote_open")
        expected = [t.type for t in tokens_of(below_front_matter(harmless)) if t.type in kept]
        found = [t.type for t in tokens if t.type in kept]
        # Text without anything visible leaves its place empty, and with it its row or list item.
        assert set(found) <= set(expected)
        assert found.count("html_block") <= expected.count("html_block")
        lines = below_front_matter(text).split("\n")
        for token in tokens:
            if token.type == "fence" and token.map:
                lines[slice(*token.map)] = [""] * (token.map[1] - token.map[0])
        assert not [line for line in lines if re.match(r"\s*\[\^[^\]]*\]:", line)]


@given(hostile_text)
def test_escaped_text_shows_exactly_the_text(text: str) -> None:
    for before, after in (("", ""), ("- ", ""), ("| ", " |\n| --- |"), ("word ", " word")):
        markdown = before + escape_markdown(text) + after
        children = [
            token for token in tokens_of(markdown) if not token.type.endswith(("open", "close"))
        ]
        assert {token.type for token in children} <= {"inline", "text", "text_special"}
        if before == "":
            assert shown_text(markdown) == visible_text(text)


@given(st.text() | hostile_text)
def test_visible_text_is_one_line_that_hides_nothing(text: str) -> None:
    shown = visible_text(text)
    assert shown == visible_text(shown)
    assert "\n" not in shown
    assert shown.replace("\u200c", "").replace("\u200d", "").isprintable()
    shown.encode("utf-8")


def test_joiners_stay_in_bengali_and_go_elsewhere() -> None:
    assert visible_text("ক্‍ষ র‍্যাব") == "ক্‍ষ র‍্যাব"
    assert visible_text("pass\u200dword \u200d") == "password"
    assert visible_text("👩\u200d⚕") == "👩\u200d⚕"


def test_bidirectional_overrides_and_control_characters_are_shown() -> None:
    assert visible_text("a\u202eb\x1bc") == "a⟦U+202E⟧b⟦U+001B⟧c"
    record = render(hostile_page(["a\u202eb"])).record
    assert json.loads(record)["segments"][0]["source"] == "a\u202eb", "the record keeps it"


# --------------------------------------------------------------------------------------------
# The record


def test_the_schema_is_one() -> None:
    jsonschema.Draft202012Validator.check_schema(record_schema())


@pytest.mark.parametrize("name", SAMPLES)
def test_every_record_fits_the_schema(name: str) -> None:
    jsonschema.validate(json.loads(render(SAMPLES[name]()).record), record_schema())


def test_the_record_of_a_document_that_could_not_be_read_fits_the_schema() -> None:
    page = Page("huge.txt", language="und")
    result = page.result(status=Status.FAILED, reasons=("huge.txt: too large",))
    unread = replace(result.document, sha256="", format="", encoding="")
    parts = replace(sample_results.KEY_PARTS, source="")
    result = replace(
        result, document=unread, provenance=replace(result.provenance, key_parts=parts)
    )
    pair = render(result)
    assert pair.files == {}
    jsonschema.validate(json.loads(pair.record), record_schema())


def everything() -> Result:
    """The Vietnamese sample with whatever a record can hold filled in."""
    result = sample_results.vietnamese()
    first = result.segments[4]
    assert first.hypothesis is not None
    better = replace(
        first,
        flags=(Flag("quantity", "source 5, translation 50", likelihood=0.9, scope="segment"),),
        others=(Hypothesis("The clinic has 5 doctors.", -0.3, 5, finished=True),),
        replaced=(
            Replaced(
                replace(first.hypothesis, text="50.", score=None),
                (Flag("quantity-missing", likelihood=0.0),),
                "beam",
                "it has the source's quantity",
            ),
        ),
    )
    reviewed = replace(result.segments[3], fate=Fate.REVIEWED, reason="edited by a reviewer")
    provenance = replace(
        result.provenance,
        key_parts=replace(sample_results.KEY_PARTS, reviews="4" * 64),
        models=tuple(
            replace(model, arithmetic="ctranslate2 4.8.5 int8 mkl AVX2")
            for model in result.provenance.models
        ),
        reproducible=False,
        plugins=("seedsum.checks:toy toy-package 1.0",),
        checks_missing=(("km", ("name-added", "clause-count")),),
    )
    return replace(
        result,
        document=replace(
            result.document,
            kind="notice",
            date="2024-03-12",
            links=(Link(0, 5, "https://example.org/"),),
        ),
        segments=(*result.segments[:3], reviewed, better, *result.segments[5:]),
        provenance=provenance,
    )


def test_a_record_with_everything_filled_fits_the_schema_and_says_it() -> None:
    record = json.loads(render(everything()).record)
    jsonschema.validate(record, record_schema())
    assert (record["source"]["kind"], record["source"]["date"]) == ("notice", "2024-03-12")
    assert record["key_parts"]["reviews"] == "4" * 64
    assert record["models"][0]["arithmetic"] == "ctranslate2 4.8.5 int8 mkl AVX2"
    assert record["reproducible"] is False
    assert record["plugins"] == ["seedsum.checks:toy toy-package 1.0"]
    assert record["checks_missing"] == {"km": ["name-added", "clause-count"]}
    assert record["links"] == [{"start": 0, "end": 5, "address": "https://example.org/"}]
    assert (record["counts"]["reviewed"], record["counts"]["blocks_reviewed"]) == (1, 0)
    segment = record["segments"][4]
    assert segment["flags"][0] == {
        "code": "quantity",
        "detail": "source 5, translation 50",
        "likelihood": 0.9,
        "scope": "segment",
    }
    assert segment["hypotheses"] == [{"text": "The clinic has 5 doctors.", "score": -0.3}]
    assert segment["replaced"] == [
        {
            "text": "50.",
            "score": None,
            "attempt": "beam",
            "why": "it has the source's quantity",
            "flags": [{"code": "quantity-missing", "detail": "", "likelihood": 0.0}],
        }
    ]


def test_the_translation_shows_what_was_replaced_and_why() -> None:
    result = everything()
    (segment,) = [segment for segment in result.segments if segment.replaced]
    text = body(render(result), TRANSLATION)
    shown = shown_text(text)
    for item in segment.replaced:
        assert item.hypothesis.text in shown and item.why in shown
    assert text.index("Replaced") > text.index("<details>")


def test_what_a_record_does_not_have_to_say_takes_no_place() -> None:
    record = json.loads(render(sample_results.vietnamese()).record)
    assert not record.keys() & {"plugins", "checks_missing", "links"}
    assert not record["segments"][0].keys() & {"hypotheses", "replaced", "review"}
    assert "kind" not in record["source"] and "reviews" not in record["key_parts"]
    assert "arithmetic" not in record["models"][0] and "reviewed" not in record["counts"]


def test_only_the_record_says_on_which_machine_a_text_is_the_same() -> None:
    result = sample_results.vietnamese()
    models = tuple(replace(model, arithmetic="mkl AVX2") for model in result.provenance.models)
    there = render(replace(result, provenance=replace(result.provenance, models=models)))
    assert there.files == render(result).files


def test_a_reviewed_sentence_is_shown_with_its_original() -> None:
    pair = render(everything())
    assert "| [s4](#s4) | This morning" in body(pair, TRANSLATION)
    assert "13 translated, 1 reviewed by a person" in body(pair, SUMMARY)


def test_the_schema_refuses_a_record_with_another_version_or_key() -> None:
    record = json.loads(render(sample_results.english()).record)
    for change in ({"format_version": 1}, {"format_version": 3}, {"more": 1}):
        with pytest.raises(jsonschema.ValidationError):
            jsonschema.validate({**record, **change}, record_schema())


@whole_pages
@given(st.lists(hostile_text, min_size=1, max_size=5))
def test_the_record_keeps_every_character(texts: list[str]) -> None:
    result = hostile_page(texts)
    text = render(result).record
    record = json.loads(text.encode("utf-8"))
    assert [segment["source"] for segment in record["segments"]] == [
        segment.segment.text for segment in result.segments
    ]
    assert list(record)[:4] == ["format_version", "status", "reasons", "source"]


def test_the_record_has_no_number_that_json_lacks() -> None:
    result = sample_results.vietnamese()
    first = result.segments[0]
    assert first.hypothesis is not None
    infinite = replace(first, hypothesis=replace(first.hypothesis, score=float("-inf")))
    record = render(replace(result, segments=(infinite, *result.segments[1:]))).record
    assert json.loads(record)["segments"][0]["score"] is None


# --------------------------------------------------------------------------------------------
# The index


def state(name: str, status: Status | None, **more: object) -> RecordState:
    values = {
        "title": name,
        "language": "vi",
        "files": ("summary", "translation"),
        "run_key": "k",
        **more,
    }
    return RecordState(name, values.pop("integrity", Integrity.INTACT), status, **values)  # type: ignore[arg-type]


STATES = (
    state("a", Status.CLEAN),
    state("b", Status.REVIEW, num_flagged=2, reasons=("2 changed numbers", "other")),
    state("c", Status.REVIEW, num_flagged=7),
    state("d", Status.FAILED, reasons=("out of memory",), files=()),
    state("e", Status.SKIPPED, reasons=("no route from fr",), files=()),
    state("f", Status.CLEAN, integrity=Integrity.EDITED),
    state("g", Status.CLEAN),
    state("h", None, integrity=Integrity.INCOMPLETE),
)


def test_the_index_starts_with_what_is_worst() -> None:
    text = render_index(Index(STATES, orphaned={"g"}))
    rows = re.findall(r"^\| ([a-h]) \|", text, re.MULTILINE)
    assert rows == ["d", "c", "b", "a", "e", "f", "h", "g"]
    assert "8 articles: 3 to review, 1 clean, 1 skipped, 1 edited by hand" in text
    assert "2 changed numbers" in text


def test_the_index_does_not_depend_on_the_order_of_entries() -> None:
    assert render_index(Index(STATES[::-1])) == render_index(Index(STATES))


def test_the_index_says_loudly_that_the_fallback_was_used() -> None:
    fallback = state("z", Status.CLEAN, fallback=True, fallback_reason="off")
    text = render_index(Index([*STATES, fallback]))
    assert "⚠ 1 of 9 articles were made without the chosen models: off.** The small starter" in text


def test_an_empty_index_is_fine() -> None:
    assert "0 articles" in render_index(Index([]))


def test_the_index_counts_a_single_article_as_one() -> None:
    assert "1 article: 1 clean." in render_index(Index([state("z", Status.CLEAN)]))


@whole_pages
@given(st.lists(hostile_text, min_size=1, max_size=3))
def test_nothing_in_the_index_becomes_markup(texts: list[str]) -> None:
    a, b, c = (texts * 3)[:3]
    hostile = state("health/a b.txt", Status.REVIEW, title=a, reasons=(b,), language=c)
    tokens = tokens_of(render_index(Index([hostile])))
    assert not [token for token in tokens if token.type in ("html_block", "html_inline", "fence")]
    links = {str(token.attrs["href"]) for token in tokens if token.type == "link_open"}
    own = {"health/a%20b.txt.summary.md", "health/a%20b.txt.translation.md"}
    assert links == {"index.html", *own}
    assert sum(token.type == "td_open" for token in tokens) == 7
