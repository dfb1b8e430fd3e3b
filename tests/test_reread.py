"""A record gives its pair's files again, byte for byte."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st

import seedsum
from sample_results import Page, record_schema
from seedsum.errors import ReadError
from seedsum.files import sha256_bytes
from seedsum.output import read_record
from seedsum.output.names import output_path
from seedsum.output.pairs import PAIR_FILES, RECORD_SUFFIX
from seedsum.output.rendering import render
from seedsum.output.reread import output_options_of, result_of
from seedsum.records import Fate, Flag, Hypothesis, Kind, Link, Replaced, Result, Role
from seedsum.settings import OutputOptions
from test_rendering import GOLDEN, SAMPLES, hostile_page, hostile_text, whole_pages

BESIDE = OutputOptions(originals="beside", sources="../input")


def again(record: str) -> Any:
    read = json.loads(record)
    return render(result_of(read), options=output_options_of(read))


def quoting() -> Result:
    """A quotation, code with indented lines and a gap, numbered items, and links."""
    page = Page("notes.md", language="vi")
    page.add(("Ghi chép", "Notes"), role=Role.TITLE)
    page.add(("Ông nói vậy.", "So he said."), ("Bà cũng thế.", "So did she."))
    page.blocks[-1] = replace(page.blocks[-1], hint="blockquote")
    for gap in ("\n", "\n    ", "\n\n  "):
        page.add(("a = 1", "a = 1"), ("b = 2", "b = 2"), kind=Kind.CODE, fate=Fate.KEPT, gap=gap)
    for item in (("1. Rửa tay.", "1. Wash hands."), ("2. Đeo khẩu trang.", "2. Wear a mask.")):
        page.add(item, role=Role.LIST, kind=Kind.LIST_ITEM, level=1)
    result = page.result()
    start = result.document.text.index("Ông")
    link = Link(start, start + 3, "https://example.org/a_b")
    return replace(result, document=replace(result.document, links=(link,)))


def tables() -> Result:
    """Rows with empty cells at every place, and a table whose rows are paragraphs."""
    page = Page("bang.txt", language="vi")
    cell, other = ("Ngày", "Day"), ("Số", "Number")
    for row in ([cell, ("", ""), other], [("", ""), cell, other], [cell, other, ("", "")]):
        page.add(*row, role=Role.TABLE, kind=Kind.TABLE_ROW, gap=" | ", before="| ", after=" |")
    page.add(cell, other, role=Role.TABLE, gap="\t|  ")
    page.add(cell, other, role=Role.TABLE, kind=Kind.TABLE_ROW, gap="|")
    hypothesis = Hypothesis("No day", -1.234, 3, finished=False)
    first = page.segments[0]
    page.segments[0] = replace(
        first,
        flags=(Flag("quantity", "none", 0.25),),
        others=(hypothesis,),
        replaced=(Replaced(hypothesis, (Flag("empty"),), "beam", "fewer flags"),),
    )
    return page.result()


RESULTS = {**SAMPLES, "quoting": quoting, "tables": tables}


@pytest.mark.parametrize("options", [OutputOptions(), BESIDE], ids=["folded", "beside"])
@pytest.mark.parametrize("name", RESULTS)
def test_a_record_gives_its_files_again(name: str, options: OutputOptions) -> None:
    pair = render(RESULTS[name](), options=options)
    assert again(pair.record) == pair
    jsonschema.validate(json.loads(pair.record), record_schema())


@pytest.mark.parametrize("name", SAMPLES)
def test_golden_records_give_the_golden_files(name: str) -> None:
    texts = {path.name: path.read_text(encoding="utf-8") for path in GOLDEN.glob(f"{name}.*")}
    pair = again(texts.pop(f"{name}{RECORD_SUFFIX}"))
    assert {f"{name}{suffix}": text for suffix, text in pair.files.items()} == texts


@whole_pages
@given(st.lists(hostile_text, min_size=1, max_size=5), st.sampled_from([OutputOptions(), BESIDE]))
def test_hostile_records_give_their_files_again(texts: list[str], options: OutputOptions) -> None:
    pair = render(hostile_page(texts), options=options)
    assert again(pair.record) == pair


ARTICLE = """\
# Thư viện xã mở lại

Thư viện của xã mở cửa lại vào thứ Hai. Có [1.200 cuốn sách](https://example.org/sach_moi) mới.

> Tôi rất vui. Con tôi cũng vậy.

1. Mang theo thẻ.
2. Giữ trật tự.

| Ngày | Giờ |  |
| --- | --- | --- |
| Thứ Hai |  | sáng |
|  | 8 giờ | *chiều* |

```python
def f():
    return 1

print(f())
```
"""


def assert_given_again(output: Path, names: list[str]) -> None:
    for name in names:
        record = read_record(output, name)
        pair = render(result_of(record), options=output_options_of(record))
        assert pair.record.encode() == output_path(output, name, RECORD_SUFFIX).read_bytes()
        for suffix in PAIR_FILES:
            path = output_path(output, name, suffix)
            data = path.read_bytes() if path.exists() else None
            assert data == (pair.files[suffix].encode() if suffix in pair.files else None)


def test_what_a_run_has_written_is_given_again(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "a.md").write_text(ARTICLE, encoding="utf-8")
    html = "<html><body><article><h1>Rain</h1><blockquote><p>It rained. A lot.</p></blockquote>"
    (tmp_path / "in" / "b.html").write_text(html, encoding="utf-8")
    output = tmp_path / "out"
    seedsum.run([tmp_path / "in"], output=output, profile="starter", offline=True, isolated=False)
    assert_given_again(output, ["a.md", "b.html"])


@pytest.mark.slow
def test_what_a_run_has_written_of_real_articles_is_given_again(
    tmp_path: Path, shared: Path
) -> None:
    seeds = sorted((shared / "inputs" / "seeds").glob("*.txt"))
    seedsum.run(seeds, output=tmp_path, profile="starter", offline=True, isolated=False)
    assert_given_again(tmp_path, [path.name for path in seeds])


def test_records_of_format_1_are_understood() -> None:
    output = Path(__file__).parent / "fixtures" / "written-by-0.1.0" / "output"
    for path in output.rglob(f"*{RECORD_SUFFIX}"):
        record = json.loads(path.read_bytes())
        result = result_of(record)
        texts = [segment.text for segment in result.segments]
        assert texts == [entry["translation"] for entry in record["segments"]]
        assert result.document.sha256 == record["source"]["sha256"]


def test_a_record_that_is_torn_or_of_another_version_is_named() -> None:
    record = json.loads(render(SAMPLES["bengali"]()).record)
    torns: list[dict[str, Any]] = [
        {},
        {**record, "segments": [{}]},
        {**record, "status": "new"},
        {"source": []},
    ]
    for torn in torns:
        with pytest.raises(ReadError, match="cannot be understood"):
            result_of(torn)
    with pytest.raises(ReadError, match="cannot be understood"):
        output_options_of({"output": {"originals": "elsewhere"}})


def test_the_text_of_a_result_that_was_read_again_has_every_segment_in_its_place() -> None:
    pair = render(RESULTS["tables"]())
    result = result_of(json.loads(pair.record))
    text = result.document.text
    assert sha256_bytes(text.encode()) == result.document.sha256
    for segment in result.segments:
        assert text[segment.segment.start : segment.segment.end] == segment.segment.text
