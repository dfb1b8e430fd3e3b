"""The site: built strictly, readable anywhere, and the same where code is hosted."""

from __future__ import annotations

import itertools
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
import yaml
from markdown_it import MarkdownIt

from document_commands import ROOT

DOCS = ROOT / "docs"
PAGES = [path.relative_to(DOCS).as_posix() for path in sorted(DOCS.rglob("*.md"))]
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")

#: What both ways of reading a page must agree on.
_BLOCKS = {
    "h1",
    "h2",
    "h3",
    "h4",
    "ul",
    "ol",
    "li",
    "table",
    "tr",
    "th",
    "td",
    "pre",
    "blockquote",
    "a",
}


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The site, as `make docs` builds it."""
    pytest.importorskip("material")
    folder = tmp_path_factory.mktemp("site")
    done = subprocess.run(
        [sys.executable, "-m", "mkdocs", "build", "--strict", "--site-dir", str(folder)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return folder


class _Blocks(HTMLParser):
    """The blocks of a page and where its links lead, in order."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in _BLOCKS and "headerlink" not in (dict(attrs).get("class") or ""):
            self.found.append(f"a {dict(attrs).get('href')}" if tag == "a" else tag)


def blocks(html: str) -> list[str]:
    parser = _Blocks()
    parser.feed(html)
    return parser.found


@pytest.mark.parametrize("page", PAGES)
def test_a_page_reads_the_same_as_plain_markdown(page: str) -> None:
    markdown = pytest.importorskip("markdown")
    text = (DOCS / page).read_text(encoding="utf-8")
    theirs = markdown.markdown(text, extensions=["tables", "fenced_code", "sane_lists", "toc"])
    ours = MarkdownIt("commonmark").enable("table").render(text)
    assert blocks(theirs) == blocks(ours)


@pytest.mark.parametrize("page", PAGES)
def test_a_page_has_nothing_that_only_one_builder_understands(page: str) -> None:
    text = (DOCS / page).read_text(encoding="utf-8")
    prose = re.sub(r"(?ms)^```.*?^```$", "", text)
    assert not re.search(r"(?m)^(!!!|\?\?\?|===|--8<--|:::)|\{[{%]|\]\([^)]*\)\{", prose)
    for token in MarkdownIt("commonmark").parse(text):
        assert token.type != "code_block" or page == "scale.md", "a block says its language"
        assert token.type != "fence" or token.info, "a block says its language"


@pytest.mark.parametrize("page", PAGES)
def test_anchors_lead_to_headings_where_code_is_hosted(page: str) -> None:
    text = (DOCS / page).read_text(encoding="utf-8")
    for target in re.findall(r"\]\(([^)\s]+#[^)\s]+)\)", text):
        name, _, anchor = target.partition("#")
        if "://" not in name:
            path = (DOCS / page).parent / name if name else DOCS / page
            assert anchor in set(anchors(path.read_text(encoding="utf-8"))), target


def anchors(text: str) -> Iterator[str]:
    """Yield the anchors that code hosts give headings: letters, digits, hyphens."""
    tokens = MarkdownIt("commonmark").parse(text)
    for opened, inline in itertools.pairwise(tokens):
        if opened.type == "heading_open":
            plain = "".join(child.content for child in inline.children or ())
            yield re.sub(r"[^\w\- ]", "", plain.lower()).replace(" ", "-")


def test_the_navigation_has_the_four_kinds() -> None:
    config = yaml.safe_load((ROOT / "mkdocs.yml").read_text(encoding="utf-8"))
    kinds = [next(iter(entry)) for entry in config["nav"]]
    assert kinds == ["Start", "Tutorial", "How to", "Reference", "Explanation"]
    assert config["theme"]["font"] is False and config["plugins"] == ["search"]


@pytest.mark.slow
def test_the_site_has_every_page_and_loads_nothing_from_elsewhere(site: Path) -> None:
    for page in PAGES:
        text = (site / page).with_suffix(".html").read_text(encoding="utf-8")
        loaded = re.findall(r"<(?:script|link|img|iframe)[^>]+(?:src|href)=\"(https?:[^\"]+)", text)
        assert loaded == [], page


@pytest.fixture(scope="session")
def browser() -> Iterator[Any]:
    if CHROMIUM is None:
        pytest.skip("needs chromium")
    playwright = pytest.importorskip("playwright.sync_api")
    with playwright.sync_playwright() as started:
        opened = started.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield opened
        opened.close()


@pytest.mark.slow
@pytest.mark.parametrize("width", [1280, 390])
def test_the_pages_fit_a_screen_and_a_telephone(width: int, site: Path, browser: Any) -> None:
    asked: list[str] = []
    view = browser.new_page(viewport={"width": width, "height": 844})
    view.on("request", lambda request: asked.append(request.url))
    try:
        for page in PAGES:
            view.goto((site / page).with_suffix(".html").as_uri(), wait_until="domcontentloaded")
            wide = view.evaluate("document.documentElement.scrollWidth")
            assert wide <= width, page
            assert view.locator("h1").count() >= 1, page
    finally:
        view.close()
    assert [url for url in asked if not url.startswith(("file:", "data:", "blob:"))] == []
