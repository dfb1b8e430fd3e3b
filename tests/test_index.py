"""index.md is short whatever there is; index.html finds, sorts and filters, and runs nothing else.

The page is opened in Chromium where that is installed (its address holds the filters, so that one
needs no hands), and is else only parsed.
"""

from __future__ import annotations

import base64
import hashlib
import json
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlencode

import lxml.html
import pytest

import seedsum
from seedsum.output import write_index
from seedsum.output.names import safe_name
from seedsum.output.rendering import Index, render_index, render_index_pages
from seedsum.records import Action, Integrity, Notice, Outcome, RecordState, Status

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
in_a_browser = pytest.mark.skipif(not CHROMIUM, reason="Chromium is not installed")

HOSTILE = [
    "</script><script>document.title='owned'</script>",
    "<img src=x onerror=\"document.title='owned'\">",
    "<!--<script>",
    "\u202egnp.exe",
    "a\u2028b\u2029c\x00d",
    "\ud800",
    "@script@ @data@",
    "${document.title='owned'}",
    "' onmouseover='x",
    "&lt;b&gt; &amp;",
    "]]>",
    "বন্যায় দুটি সেতু",
]


def state(name: str, status: Status = Status.CLEAN, **values: Any) -> RecordState:
    given = {"title": name.upper(), "language": "vi", "run_key": "1" * 64}
    files = ("summary", "translation")
    return RecordState(name, Integrity.INTACT, status, files=files, **(given | values))


def many(number: int) -> list[RecordState]:
    return [
        state(
            f"news/{n:05}.txt",
            Status.REVIEW if n % 3 == 0 else Status.CLEAN,
            language=("vi", "bn", "en")[n % 3],
            title=f"Article {n} about the clinic of the commune",
            num_flagged=n % 7 if n % 3 == 0 else 0,
            flags=("quantity-changed", "name-missing")[: n % 3 == 0],
            reasons=("s5 likely quantity-changed: the source says 7 years, not 7 months",)
            * (n % 2),
            date=f"2026-11-{n % 28 + 1:02}T10:00:00Z",
            url=f"https://example.org/{n}",
        )
        for n in range(number)
    ]


def rows_of(page: str) -> list[dict[str, Any]]:
    (data,) = lxml.html.document_fromstring(page).xpath("//script[@id='data']")
    rows: list[dict[str, Any]] = json.loads(data.text)
    return rows


def opened(folder: Path, page: str, **filters: str) -> lxml.html.HtmlElement:
    """Return the page as it stands once the browser has run it."""
    path = folder / "index.html"
    path.write_text(page, encoding="utf-8")
    assert CHROMIUM
    flags = ["--headless", "--no-sandbox", "--disable-gpu", f"--user-data-dir={folder}/chromium"]
    address = f"{path.as_uri()}#{urlencode(filters)}"
    done = subprocess.run(
        [CHROMIUM, *flags, "--dump-dom", address], capture_output=True, timeout=120, check=True
    )
    return lxml.html.document_fromstring(done.stdout.decode())


def titles(page: lxml.html.HtmlElement) -> list[str]:
    return [cell.text_content() for cell in page.xpath("//tbody/tr/td[1]//bdi[1]")][::2]


# --------------------------------------------------------------------------------------------
# index.md


def first_page(index: Index) -> str:
    return next(render_index_pages(index))[1]


def test_the_index_is_short_whatever_there_is() -> None:
    states = [state(f"{n}.txt", Status.REVIEW) for n in range(500)] + many(500)
    changed = [Outcome(item.name, Action.WRITE, ("new",)) for item in states]
    text = render_index(Index(states, changed=changed))
    assert len(text.split("\n")) < 100
    assert "1000 articles: 667 to review, 333 clean. [Search, sort and" in text
    assert "… and 647 more in [index.html](index.html)." in text
    assert "The last run that had work wrote 1000: 1000 new.\n" in text


def test_what_is_flagged_in_its_summary_comes_first() -> None:
    more = state("more.txt", Status.REVIEW, num_flagged=9)
    summary = state("summary.txt", Status.REVIEW, num_flagged=1, num_summary_flagged=1)
    text = render_index(Index([more, summary]))
    assert text.index("SUMMARY") < text.index("MORE")


def test_both_say_what_the_last_run_with_work_changed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "in").mkdir()
    for name in ("a.txt", "b.txt"):
        (tmp_path / "in" / name).write_text("It rained in Northfield. It was cold there.")
    given: dict[str, Any] = {"output": "out", "profile": "starter", "offline": True}
    seedsum.run(["in"], isolated=False, **given)
    (tmp_path / "in" / "b.txt").write_text("It snowed in Northfield. It was cold there.")
    seedsum.run(["in"], isolated=False, **given)
    (tmp_path / "in" / "c.doc").write_text("?")  # nothing to do, and something new to say
    for _ in range(2):
        text = (tmp_path / "out" / "index.md").read_text()
        assert "The last run that had work wrote 1: 1 source-changed.\n\n- It snowed" in text
        rows = rows_of((tmp_path / "out" / "index.html").read_text())
        assert [row.get("changed") for row in rows] == [None, "source-changed"]
        assert {row["address"] for row in rows} == {"../in/a.txt", "../in/b.txt"}
        seedsum.run(["in"], isolated=False, **given)
    assert "c.doc" in text or "c.doc" in (tmp_path / "out" / "index.md").read_text()


@pytest.mark.parametrize("name", ["index.html", "index.md"])
def test_an_index_that_is_gone_is_made_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "a.txt").write_text("It rained in Northfield. It was cold there.")
    given: dict[str, Any] = {"output": "out", "profile": "starter", "offline": True}
    seedsum.run(["in"], isolated=False, **given)
    page = (tmp_path / "out" / name).read_bytes()
    (tmp_path / "out" / name).unlink()
    report = seedsum.run(["in"], isolated=False, **given)
    assert {outcome.reasons for outcome in report.outcomes} == {("current",)}
    assert (tmp_path / "out" / name).read_bytes() == page


# --------------------------------------------------------------------------------------------
# index.html


def test_the_page_lets_nothing_run_or_load_but_its_own() -> None:
    page = first_page(Index(many(3), notices=[Notice("edited", 1, "<b>one</b>")]))
    tree = lxml.html.document_fromstring(page)
    (policy,) = tree.xpath("//meta[@http-equiv='Content-Security-Policy']/@content")
    hashes = {
        f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"
        for text in tree.xpath("//style/text() | //script[not(@type)]/text()")
    }
    assert len(hashes) == 2
    assert "default-src 'none'" in policy and set(re.findall(r"'sha256-\S+'", policy)) == hashes
    assert "unsafe" not in policy and "http" not in policy
    assert not tree.xpath("//@src | //@style | //@*[starts-with(name(), 'on')]")
    assert set(tree.xpath("//@href")) == {"data:,", "index.md"}
    assert "<b>one</b>" in tree.xpath("//ul[@class='notices']")[0].text_content()


@pytest.mark.parametrize("text", HOSTILE)
def test_what_a_source_says_stays_data(text: str) -> None:
    hostile = state(
        "a b/<x>.txt",
        Status.REVIEW,
        title=text,
        language=text,
        reasons=(text,),
        flags=(text,),
        url=f"javascript:{text}",
        date=text,
    )
    page = first_page(Index([hostile], notices=[Notice("edited", 1, text)]))
    page.encode()
    plain = first_page(Index([state("a.txt")], notices=[Notice("edited", 1, "word")]))
    kinds = [element.tag for element in lxml.html.document_fromstring(page).iter()]
    assert kinds == [element.tag for element in lxml.html.document_fromstring(plain).iter()]
    (row,) = rows_of(page)
    assert "url" not in row and "day" not in row
    assert unquote(row["files"]["summary"]) == "a b/<x>.txt.summary.md"
    for value in (row["title"], row["why"], *row["flags"]):
        assert value.replace("\u200c", "").replace("\u200d", "").isprintable()


@in_a_browser
def test_a_browser_shows_hostile_titles_as_text(tmp_path: Path) -> None:
    states = [state(f"{n}.txt", title=text, reasons=(text,)) for n, text in enumerate(HOSTILE)]
    tree = opened(tmp_path, first_page(Index(states)))
    assert tree.xpath("//title")[0].text_content() == "Translations and summaries"
    shown = titles(tree)
    assert shown[0] == HOSTILE[0] and "⟦U+202E⟧gnp.exe" in shown and len(shown) == len(HOSTILE)
    assert not tree.xpath("//img")
    assert len(tree.xpath("//script")) == 2


@in_a_browser
def test_a_browser_finds_sorts_filters_and_draws(tmp_path: Path) -> None:
    page = first_page(Index(many(30), changed=[Outcome("news/00004.txt", Action.WRITE, ("new",))]))
    tree = opened(tmp_path, page)
    assert (
        len(titles(tree)) == 30 and titles(tree)[0] == "Article 6 about the clinic of the commune"
    )
    assert len(tree.xpath("//figure//*[local-name()='svg']")) == 4
    assert len(tree.xpath("//*[local-name()='rect'][not(@class)]")) == 2 + 3 + 1 + 8
    assert "30 of 30 articles" in tree.text_content()
    numbers = {
        "q": ({"q": "ARTICLE 1 news/00011"}, [11]),
        "status": ({"status": "Needs review", "q": "clinic"}, [6, 27, 12, 18, 3, 24, 9, 15, 0, 21]),
        "language": ({"language": "Bengali", "q": "0001"}, [1, 10, 13, 16, 19]),
        "flag": ({"flag": "quantity-changed", "sort": "title", "q": "0000"}, [0, 3, 6, 9]),
        "day": ({"day": "2026-11-02"}, [1, 29]),
        "changed": ({"changed": "changed"}, [4]),
        "sort": ({"sort": "num", "down": "1", "q": "0000"}, [6, 3, 9, 0, 1, 2, 4, 5, 7, 8]),
    }
    for name, (filters, expected) in numbers.items():
        found = [int(title.split()[1]) for title in titles(opened(tmp_path, page, **filters))]
        assert found == expected, name


@in_a_browser
def test_ten_thousand_articles_open_in_about_a_second(tmp_path: Path) -> None:
    tree = opened(tmp_path, first_page(Index(many(10_000))))
    assert "10000 of 10000 articles" in tree.text_content() and len(titles(tree)) == 200
    # Milliseconds from the start of loading until all is shown; a second where nothing else runs.
    assert int(tree.xpath("//body/@data-ready")[0]) < 5_000


@in_a_browser
def test_very_many_articles_stand_on_several_pages(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("seedsum.output.rendering.index_page.PAGE_ROWS", 4)
    states = [
        *many(8),
        state("worst.txt", status=Status.FAILED),
    ]
    pages = dict(render_index_pages(Index(states)))
    assert list(pages) == ["index.html", "index-2.html", "index-3.html"]
    assert "worst.txt" in pages["index.html"]
    shown = [row["source"] for page in pages.values() for row in rows_of(page)]
    assert sorted(shown) == sorted(one.name for one in states)
    tree = opened(tmp_path, pages["index-2.html"])
    assert tree.xpath("//nav/a/@href") == [*pages]
    assert tree.xpath("//nav/a/b/text()") == ["2"]
    assert tree.xpath("//p[@id='shown']/text()") == ["4 of 4 articles"]
    write_index(tmp_path, "text", pages=pages.items())
    assert {path.name for path in tmp_path.glob("index*")} >= {*pages}
    write_index(tmp_path, "text")  # only the text: the pages stay
    assert (tmp_path / "index-3.html").exists()
    monkeypatch.setattr("seedsum.output.rendering.index_page.PAGE_ROWS", 5)
    write_index(tmp_path, "text", pages=render_index_pages(Index(states)))
    assert not (tmp_path / "index-3.html").exists()
    assert safe_name("index-2.html/a.txt") != "index-2.html/a.txt"


def test_one_page_says_nothing_of_others() -> None:
    assert "<nav" not in first_page(Index(many(3)))
