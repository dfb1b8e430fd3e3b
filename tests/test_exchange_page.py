"""The exported page: summary first, every sentence with its address, and nothing of it runs."""

from __future__ import annotations

import base64
import hashlib
import re
import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import lxml.html
import pytest

from exchange_pairs import HOSTILE, article, filled, hostile, named
from sample_results import bengali, english, skipped, vietnamese
from seedsum.output.exchange.article_page import article_page
from seedsum.output.exchange.sentences import Article
from seedsum.output.rendering import visible_text
from seedsum.records import Part, Verdict
from seedsum.reviews import new_review
from test_cli import seedsum as command

CHROMIUM = shutil.which("chromium")


def parsed(pair: Article) -> Any:
    return lxml.html.document_fromstring(article_page(pair))


def text_of(element: Any) -> str:
    return " ".join(element.text_content().split())


def test_the_summary_stands_first_and_links_to_its_sentences() -> None:
    page = parsed(article(vietnamese()))
    assert [text_of(head) for head in page.xpath("//h2")] == ["Summary", "Source and English"]
    two = page.get_element_by_id("summary-2")
    assert text_of(two).startswith("The clinic has 50 doctors and is free of charge.")
    assert "it rests on s5, which is in doubt" in text_of(two)
    assert "Phòng khám có 5 bác sĩ." in text_of(two)
    assert [link.get("href") for link in two.xpath(".//a")] == ["#s5", "#s17"]


def test_every_sentence_has_the_address_that_it_has_in_the_markdown() -> None:
    from seedsum.output.rendering import render

    result = vietnamese()
    markdown = render(result).files[".translation.md"]
    page = parsed(article(result))
    ids = set(page.xpath("//tr/@id"))
    assert ids == {one.segment.id for one in result.segments}
    assert ids >= set(re.findall(r'<a id="(s\d+)">', markdown))
    targets = {link.removeprefix("#") for link in page.xpath("//a/@href") if link[0] == "#"}
    assert targets <= set(page.xpath("//@id"))


def test_source_and_english_stand_side_by_side_in_their_languages() -> None:
    page = parsed(article(vietnamese()))
    number, source, translation = page.get_element_by_id("s5")
    assert (source.get("lang"), translation.get("lang")) == ("vi", "en")
    assert text_of(source) == "Phòng khám có 5 bác sĩ."
    assert "⚠ source 5, translation 50 · quantity" in text_of(translation)
    assert "∑2" in text_of(number)
    _, only = page.get_element_by_id("s17")
    assert only.get("colspan") == "2" and "already English" in text_of(only)
    assert "not translated: the model gave no text" in text_of(page.get_element_by_id("s16"))
    (rest,) = page.xpath("//details[last()]")
    assert {"s1", "s18", "s19"} == set(rest.xpath(".//tr/@id"))


def test_what_people_said_stands_beside_the_sentence() -> None:
    pair = article(vietnamese())
    five, four = pair.sentences[4], pair.sentences[3]
    reviews = [
        new_review(
            Part.SENTENCE,
            verdict,
            document=one.article,
            source_sha256=one.source_sha256,
            reviewer="<b>Lan</b>",
            source=one.source,
            before=one.before,
            after=one.after,
            text=text,
            machine_text=one.english,
        )
        for verdict, one, text in (
            (Verdict.EDITED, five, "The clinic has 5 doctors."),
            (Verdict.ACCEPTED, four, four.english),
        )
    ]
    page = parsed(article(vietnamese(), reviews))
    cell = text_of(page.get_element_by_id("s5")[2])
    assert cell.startswith("The clinic has 5 doctors.✎ corrected by <b>Lan</b>")
    assert "50 doctors" in cell and "quantity" not in cell
    assert "✔ found right by <b>Lan</b>" in text_of(page.get_element_by_id("s4"))
    assert "1 correction is newer than the summary" in text_of(page.find("body/header"))


@pytest.mark.parametrize("make", [bengali, english, skipped])
def test_other_articles_have_pages_too(make: Any) -> None:
    page = parsed(article(make()))
    assert page.xpath("//h1") and page.xpath("//footer")


def test_a_page_is_the_same_bytes_again_and_asks_for_nothing() -> None:
    html = article_page(article(hostile()))
    assert html == article_page(article(hostile()))
    page = lxml.html.document_fromstring(html)
    assert page.xpath("//script | //img | //iframe | //object | //form | //base") == []
    assert page.xpath("//@src | //@style | //@onerror | //@onclick") == []
    assert set(page.xpath("//link/@href")) == {"data:,"}
    policy = page.xpath("//meta[@http-equiv]/@content")[0]
    style = html.partition("<style>")[2].partition("</style>")[0]
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    assert policy.startswith(f"default-src 'none'; style-src 'sha256-{digest}'; ")
    assert "url(" not in style and "@import" not in style


def test_hostile_text_is_shown_as_it_is() -> None:
    page = parsed(article(hostile()))
    for number, text in enumerate(HOSTILE, 2):
        cell = page.get_element_by_id(f"s{number}")[2]
        assert text_of(cell) == " ".join(visible_text(text).split())


def test_an_address_that_could_run_something_is_no_link() -> None:
    result = vietnamese()
    for url, links in (
        ("https://example.org/a?b=1&c=\"'><script>", 1),
        ("javascript:alert(1)", 0),
        ("data:text/html,x", 0),
    ):
        document = replace(result.document, url=url)
        page = parsed(article(replace(result, document=document)))
        found = [link for link in page.xpath("//header//a/@href") if link[0] != "#"]
        assert len(found) == links and all(link.startswith("https://") for link in found)


def test_pages_are_written_below_a_folder_or_to_one_file(tmp_path: Path) -> None:
    output = filled(tmp_path / "out")
    command("export", "-f", "html", "-o", str(output), "--to", "pages", cwd=tmp_path)
    assert {
        path.relative_to(tmp_path / "pages").as_posix() for path in tmp_path.rglob("*.html")
    } == {
        *("health/trạm y tế (1).txt.html", "বন্যা.txt.html", "rain.md.html"),
    }
    one = ("export", "rain.md", "-f", "html", "-o", str(output))
    assert command(*one, cwd=tmp_path).stdout.startswith("<!doctype html>")
    command(*one, "--to", "one.html", cwd=tmp_path)
    assert (tmp_path / "one.html").read_text(encoding="utf-8") == (
        (tmp_path / "pages" / "rain.md.html").read_text(encoding="utf-8")
    )
    done = command("export", "-f", "html", "-o", str(output), cwd=tmp_path, expect=2)
    assert "name a folder for them" in done.stderr


# --------------------------------------------------------------------------------------------
# In a browser


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    playwright = pytest.importorskip("playwright.sync_api")
    if not CHROMIUM:
        pytest.skip("Chromium is not installed")
    with playwright.sync_playwright() as started:
        opened = started.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield opened
        opened.close()


@pytest.mark.slow
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_in_a_browser_nothing_runs_or_leaves_and_addresses_lead_there(
    browser: Any, tmp_path: Path, scheme: str
) -> None:
    path = tmp_path / "page.html"
    result = named(hostile((*HOSTILE, *(f"More text {n}" for n in range(60)))), HOSTILE[18])
    path.write_text(article_page(article(result)), encoding="utf-8")
    page = browser.new_page(viewport={"width": 1100, "height": 700}, color_scheme=scheme)
    requests: list[str] = []
    said: list[str] = []
    page.on("request", lambda request: requests.append(request.url))
    page.on("console", lambda message: said.append(message.text))
    page.on("pageerror", lambda error: said.append(str(error)))
    page.on("dialog", lambda dialog: said.append(dialog.message))
    page.goto(f"{path.as_uri()}#s60")
    page.wait_for_load_state("networkidle")
    assert page.title() == "An article"
    assert [url for url in requests if not url.startswith(("file:", "data:"))] == []
    assert said == []
    assert page.locator("#s60").is_visible()
    box = page.locator("#s60").bounding_box()
    assert box and 0 <= box["y"] <= 700
    page.locator("#s60 a").first.click()
    assert page.url.endswith("#s60")
    colour = page.evaluate("getComputedStyle(document.documentElement).colorScheme")
    assert colour == "light dark"
    background = page.evaluate(
        "getComputedStyle(document.querySelector(':target')).backgroundColor"
    )
    other = page.evaluate("getComputedStyle(document.querySelector('#s59')).backgroundColor")
    assert background != other  # the style has been let through its own policy
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    page.close()
