"""Whatever is read: every stage keeps its promises, and nothing of a source becomes markup.

The promises are in `reliability/invariants.py`; `reliability/fuzz_readers.py` holds random bytes to
them, here hypothesis does it with sources that have structure.
"""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

import invariants
from seedsum.config import load_settings
from seedsum.errors import DocumentError, ReadError
from seedsum.output.rendering import visible_text
from seedsum.output.rendering.front_matter import sealed_file
from seedsum.reading import READERS, read_document
from seedsum.records import Document

SETTINGS = load_settings()

#: Each test about two seconds.
chain = settings(max_examples=60)

WORDS = st.sampled_from(
    [
        *(
            "Sáng nay cây cầu đã mở.",
            "Người dân",
            "নদীর পানি বেড়েছে।",
            "The bridge is open.",
            "TS. An",
        ),
        *(
            "Related news",
            "Bình luận",
            "12/03/2024",
            "Home » News",
            "“Vâng.”",
            "e\u0301\u0323",
            "ড\u09bc",
        ),
        *(
            "\u202e",
            "\u200d",
            "\x07",
            "\u2028",
            "\ud7ff",
            "\U000e0041",
            "…",
            "5.2",
            "a|b",
            "https://x.vn",
        ),
    ]
)
GARBAGE = st.text(max_size=12)
HTML_PIECES = st.sampled_from(
    [
        *(
            "<p>",
            "</p>",
            "<div class=comments>",
            "</div>",
            "<br>",
            "<table>",
            "<tr>",
            "<td>",
            "<th>",
        ),
        *(
            "<ul>",
            "<li>",
            "</ul>",
            "<h1>",
            "<h2>",
            "<pre>",
            "<b>",
            "</b>",
            "<a href='javascript:x'>",
        ),
        *(
            "<script>",
            "</script>",
            "<style>",
            "<!--",
            "-->",
            "<template>",
            "<svg>",
            "<title>",
            "</title>",
        ),
        *(
            "<head>",
            "<body>",
            "</html>",
            "<nav>",
            "<aside>",
            "<p hidden>",
            "<img onerror=x>",
            "<a b='",
        ),
        *(
            "&lt;",
            "&#x202e;",
            "&#7;",
            "&amp;lt;",
            "&nbsp;",
            "<![CDATA[",
            "]]>",
            "<?x",
            "<",
            ">",
            "<p <p>",
        ),
    ]
)
MARKDOWN_PIECES = st.sampled_from(
    [
        *(
            "\n",
            "\n\n",
            "# ",
            "> ",
            "- ",
            "1. ",
            "    ",
            "```\n",
            "~~~",
            "---\n",
            "===\n",
            "| a | b |\n",
        ),
        *(
            "|---|---|\n",
            "|-|\n",
            "|x|y|z|\n",
            "[^1]",
            "[^1]: ",
            "[s1]: x\n",
            "[a](",
            ")",
            "![",
            "*",
            "**",
        ),
        *("`", "\\", "<b>", "<div>\n", "</div>", "<!-- ", "-->", "&#60;", "$", "~~", "<details>\n"),
    ]
)
YAML_PIECES = st.sampled_from(
    [
        *(
            "title: ",
            "date: ",
            "lang: ",
            "url: ",
            "\n",
            "---\n",
            "...\n",
            "? ",
            ": ",
            "- ",
            "<<: *a",
            "&a ",
        ),
        *(
            "*a",
            "!!int ",
            "!!bool ",
            "!!float ",
            "!!timestamp ",
            "!!binary ",
            "!!set ",
            "!!omap ",
            "!x ",
        ),
        *(
            "{",
            "}",
            "[",
            "]",
            "'",
            '"',
            "|",
            ">",
            "%YAML 1.1\n",
            "#",
            "1:2:3",
            "0x1F",
            ".inf",
            "2026-01-32",
        ),
        *(
            "2026-01-01T00:00:00+99:99",
            "\t",
            "~",
            "=",
            "!!python/object/apply:os.system [x]",
            "null",
        ),
    ]
)


def mixed(*pieces: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    return st.lists(st.one_of(WORDS, GARBAGE, *pieces), min_size=1, max_size=20).map("".join)


def check_all(read: Callable[[], Document]) -> None:
    try:
        document = read()
    except (ReadError, DocumentError) as error:
        assert str(error).startswith("a.")
        return
    invariants.check_chain(document, settings=SETTINGS)


@chain
@given(mixed(st.just("\n"), st.just("\n\n"), st.sampled_from(["- ", "| ", " |", "\t", "1. "])))
def test_text_keeps_every_promise(text: str) -> None:
    check_all(lambda: read_document("a.txt", text.encode("utf-8", "replace"), format="txt"))


@chain
@given(mixed(HTML_PIECES))
def test_html_keeps_every_promise(text: str) -> None:
    check_all(lambda: read_document("a.html", text.encode("utf-8", "replace"), format="html"))


@chain
@given(mixed(MARKDOWN_PIECES, HTML_PIECES))
def test_markdown_keeps_every_promise(text: str) -> None:
    check_all(lambda: read_document("a.md", text.encode("utf-8", "replace"), format="md"))


@chain
@given(mixed(YAML_PIECES), mixed(MARKDOWN_PIECES))
def test_front_matter_of_a_source_keeps_every_promise(head: str, text: str) -> None:
    source = f"---\n{head}\n---\n{text}".encode("utf-8", "replace")
    check_all(lambda: read_document("a.md", source, format="md"))


JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | mixed(HTML_PIECES, YAML_PIECES),
    lambda values: st.lists(values, max_size=2) | st.dictionaries(GARBAGE, values, max_size=2),
    max_leaves=3,
)


@chain
@given(
    st.dictionaries(st.sampled_from(["id", "title", "url", "date", "language"]), JSON_VALUES),
    st.sampled_from(["text", "html"]),
    mixed(HTML_PIECES) | JSON_VALUES,
)
def test_jsonl_keeps_every_promise(values: dict[str, object], key: str, body: object) -> None:
    line = json.dumps({**values, key: body}).encode()
    check_all(lambda: read_document("a.jsonl/a", line, format="jsonl"))


@settings(max_examples=200)
@given(st.binary(max_size=80), st.sampled_from(sorted(READERS)))
def test_bytes_are_read_or_refused(data: bytes, format: str) -> None:
    try:
        document = read_document("a", data, format=format)
    except ReadError as error:
        assert str(error).startswith("a")
        return
    invariants.check_document(document)


@given(
    st.recursive(
        st.none()
        | st.booleans()
        | st.integers()
        | mixed(YAML_PIECES, MARKDOWN_PIECES).map(visible_text),
        lambda values: st.lists(values, max_size=3) | st.dictionaries(st.just("key"), values),
        max_leaves=5,
    )
)
def test_front_matter_of_ours_reads_back(value: object) -> None:
    text = sealed_file({"value": value, "last": 1}, "body\n---\n")
    head = text.removeprefix("---\n").partition("\n---\n")[0]
    read = yaml.safe_load(head)
    assert read == {"value": value, "last": 1, "file_sha256": read["file_sha256"]}


@pytest.mark.parametrize(
    "bad", ["<b>x</b>", "[x](http://x)", "![x](y)", "<script>", "<!-- x -->", "`x`"]
)
def test_the_checks_see_what_is_not_ours(bad: str) -> None:
    with pytest.raises(invariants.Violation):
        invariants.check_markdown(bad, stem="a")
    with pytest.raises(invariants.Violation):
        invariants.check_index(bad, files={"a.md"})


@pytest.mark.parametrize("bad", ["[^1]: note", "[x](b.summary.md)", "[x](#top)", '<a id="x"></a>'])
def test_the_checks_see_footnotes_and_links_that_are_not_ours(bad: str) -> None:
    with pytest.raises(invariants.Violation):
        invariants.check_markdown(bad, stem="a")
