"""Links, quotations and numbered lists of a source in its translation."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from sample_results import Page
from seedsum.output.pairs import TRANSLATION_SUFFIX
from seedsum.output.rendering import render
from seedsum.output.rendering.links import Links, safe_address
from seedsum.records import Fate, Kind, Link, Role, Segment, TranslatedSegment

SOURCE = "Ngân hàng khuyên khách hàng đọc hướng dẫn trước khi chuyển tiền."
ENGLISH = "The bank advises customers to read the guide before a transfer."


def marked(source: str, english: str, *links: tuple[str, str]) -> str:
    """Return the Markdown of a sentence whose words lead to addresses."""
    segment = TranslatedSegment(
        Segment("s1", "b1", 100, 100 + len(source), source), english, "vi", Fate.TRANSLATED, ""
    )
    places = [(source.index(words) + 100, words, address) for words, address in links]
    return Links([Link(at, at + len(words), to) for at, words, to in places]).marked(segment)


def test_a_link_of_translated_words_follows_its_sentence() -> None:
    found = marked(SOURCE, ENGLISH, ("hướng dẫn", "https://a.example/huong-dan"))
    assert found == f"{ENGLISH} [link](https://a.example/huong-dan)"


def test_a_link_of_words_that_stay_is_on_them() -> None:
    found = marked(
        "Theo Reuters, *giá* tăng.",
        "According to Reuters, *prices* rose.",
        ("Reuters", "http://r.example"),
    )
    assert found == r"According to [Reuters](http://r.example), \*prices\* rose."


def test_a_link_of_a_whole_sentence_is_on_all_of_it() -> None:
    assert (
        marked(SOURCE, ENGLISH, (SOURCE, "https://a.example")) == f"[{ENGLISH}](https://a.example)"
    )


@pytest.mark.parametrize(
    "address",
    [
        *(
            "javascript:alert(1)",
            "data:text/html,x",
            "/relative",
            "#note",
            "",
            "http://[",
            "file:///etc",
        ),
        *("vbscript:x", " ftp://a.example", "java\nscript:alert(1)"),
    ],
)
def test_an_address_that_leads_nowhere_or_runs_something_is_not_shown(address: str) -> None:
    assert safe_address(address) == ""
    assert marked(SOURCE, ENGLISH, ("hướng dẫn", address)) == ENGLISH


@given(st.text(max_size=80))
def test_an_address_is_the_destination_of_one_link_and_nothing_else(rest: str) -> None:
    markdown = marked(SOURCE, ENGLISH, ("hướng dẫn", f"https://a.example/{rest}"))
    shown = MarkdownIt("commonmark", {"html": True}).parse(markdown)
    (inline,) = [token for token in shown if token.type == "inline"]
    kinds = [child.type for child in inline.children or ()]
    assert kinds == ["text", "link_open", "text", "link_close"]


def test_a_sentence_of_very_many_links_shows_some() -> None:
    source = "a " * 500
    links = [Link(2 * n, 2 * n + 1, f"https://a.example/{n}") for n in range(500)]
    segment = TranslatedSegment(
        Segment("s1", "b1", 0, 1000, source), ENGLISH, "vi", Fate.TRANSLATED, ""
    )
    assert Links(links).marked(segment).count("](") == 20


def translation(page: Page, **changes: object) -> str:
    result = page.result()
    document = replace(result.document, **changes)  # type: ignore[arg-type]
    text = dict(render(replace(result, document=document)).files)[TRANSLATION_SUFFIX]
    assert text is not None
    return text.split("\n---\n", 1)[1]


def test_a_numbered_list_stays_one_and_its_items_stay_below_each_other() -> None:
    page = Page("list.txt")
    for level, source, english in (
        (1, "1. Mở ứng dụng", "1. Open the application"),
        (2, "mỗi ngày", "each day"),
        (1, "2. Chọn cài đặt", "Choose the settings"),
        (1, "7. Xong", "7. Done"),
    ):
        page.add((source, english), role=Role.LIST, kind=Kind.LIST_ITEM, level=level)
    lines = [line for line in translation(page).split("\n") if "</a>" in line and "|" not in line]
    assert lines == [
        '1. <a id="s1"></a>Open the application<sup>s1</sup>',
        '   - <a id="s2"></a>each day<sup>s2</sup>',
        '2. <a id="s3"></a>Choose the settings<sup>s3</sup>',
        '- <a id="s4"></a>7\\. Done<sup>s4</sup>',
    ]


def test_a_quotation_stays_one_and_links_stand_in_the_article_only() -> None:
    page = (
        Page("quote.txt")
        .add(("Tôi mất tiền.", "I lost money."))
        .add(("Trang chủ", "Home"), role=Role.NAVIGATION)
    )
    document = page.result().document
    quoted = tuple(
        replace(b, hint="blockquote" if b.id == "b1" else "nav") for b in document.blocks
    )
    links = tuple(Link(block.start, block.end, "https://a.example") for block in quoted)
    text = translation(page, blocks=quoted, links=links)
    assert '\n> <a id="s1"></a>[I lost money.](https://a.example)<sup>s1</sup>\n' in text
    assert text.count("https://a.example") == 1
