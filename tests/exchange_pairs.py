"""Pairs for tests of exports and imports, and an output folder that holds them."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path

from sample_results import Page, bengali, english, vietnamese
from seedsum.files import sha256_bytes
from seedsum.output import publish
from seedsum.output.exchange.sentences import Article, article_of
from seedsum.output.rendering import render
from seedsum.records import Result, Review
from seedsum.reviews import join

#: What has broken spreadsheets, XML and pages.
HOSTILE = (
    "=1+1",
    '=HYPERLINK("http://evil.example","x")',
    "+1 (555) 0100",
    "-5 degrees",
    "@SUM(A1)",
    "'tis the season",
    "'=quoted",
    "''=twice",
    "＝wide",
    "\t=tab",
    "a\nb",
    "a\r\nb\rc",
    "one\u2028two\u2029three",
    "\x00null \x07bell \x1b[31mred",
    "\ufffe\uffff",
    "\ud800 alone",
    "_x0041_ and _x000D_",
    "]]></seg><tu>",
    "<script>document.title='owned'</script>",
    "<img src=x onerror=\"document.title='owned'\">",
    "&lt;b&gt; &amp; &#x41;",
    "\u202egnp.exe\u202c",
    "\u2066isolated\u2069",
    "👩‍👩‍👧 family 🏳️‍🌈",
    "বন্যায় দুটি সেতু ভেঙে গেছে।",
    "Trạm y tế xã",
    'quotes " and "" and ; and ,',
    " space before and after ",
    "\u00a0no-break",
    "${document.title='owned'} {{7*7}} @style@",
)


def hostile(texts: Sequence[str] = HOSTILE, *, name: str = "hostile.txt") -> Result:
    """An article whose sentences and their English are hostile."""
    page = Page(name)
    page.add(("Bài báo", "An article"))
    for number, text in enumerate(texts):
        page.add((f"Câu {number}: {text}", text))
    return page.result()


def article(result: Result, reviews: Iterable[Review] = ()) -> Article:
    """The pair of a result, as an export sees it."""
    return article_of(json.loads(render(result).record), join(reviews))


def changed(result: Result, id: str, text: str) -> Result:
    """The same document where a model has given another English for one segment."""
    segments = tuple(
        replace(one, text=text) if one.segment.id == id else one for one in result.segments
    )
    return replace(result, segments=segments)


def named(result: Result, name: str) -> Result:
    """The same document under another name."""
    document = replace(result.document, name=name, sha256=sha256_bytes(name.encode()))
    return replace(result, document=document)


def filled(output: Path, *results: Result) -> Path:
    """The output folder with pairs in it."""
    output.mkdir(exist_ok=True)
    for result in results or (vietnamese(), bengali(), english()):
        publish(output, render(result))
    return output
