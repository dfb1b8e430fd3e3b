"""The reviewer's page in a real browser: by keyboard, with hostile text, for everybody."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from desk_articles import CLINIC, HOSTILE, clinic, hostile, serve, write_output
from sample_results import english, vietnamese
from seedsum.desk.workplace import Workplace
from seedsum.output import publish, read_record
from seedsum.output.rendering import render
from seedsum.records import Part, Verdict
from seedsum.reviews import Remembered, ReviewStore, add_memory

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not CHROMIUM, reason="Chromium is not installed"),
]


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    sync_api = pytest.importorskip("playwright.sync_api")
    with sync_api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture
def output(tmp_path: Path) -> Path:
    return write_output(tmp_path / "out")


@pytest.fixture
def serving(output: Path) -> Iterator[Callable[..., str]]:
    """Start servers for the output; they end with the test."""
    pytest.importorskip("uvicorn")
    servers: list[subprocess.Popen[str]] = []

    def start(*options: str) -> str:
        server, address = serve(output, *options)
        servers.append(server)
        return address

    yield start
    for server in servers:
        server.terminate()
        server.communicate()


class Reviewer:
    """Somebody at a page, with what the page did that it must not do."""

    def __init__(self, browser: Any, address: str, **more: Any) -> None:
        viewport = more.pop("viewport", {"width": 1280, "height": 860})
        self.context = browser.new_context(viewport=viewport, **more)
        self.page = self.context.new_page()
        self.page.set_default_timeout(60_000)
        self.errors: list[str] = []
        self.requests: list[str] = []
        self.page.on("pageerror", lambda error: self.errors.append(str(error)))
        self.page.on("console", self._heard)
        self.context.on("request", lambda request: self.requests.append(request.url))
        self.page.on("dialog", lambda dialog: self.errors.append(dialog.message))
        self.page.goto(address)
        self.page.wait_for_selector(".row.current, .empty", state="attached")

    def _heard(self, said: Any) -> None:
        # That an article is not there while a run writes it is said there, too.
        if said.type == "error" and "Failed to load resource" not in said.text:
            self.errors.append(said.text)

    def open(self, name: str) -> None:
        self.page.evaluate(f"document.querySelector('[name=q]').value = {name!r}")
        self.page.dispatch_event("[name=q]", "input")
        self.page.locator(".entry").first.evaluate("entry => entry.click()")
        self.page.wait_for_selector(f"#article[data-name='{name}'] .row.current", state="attached")
        if name == CLINIC:  # past the title, which is asked for first
            self.press("j")

    def press(self, *keys: str) -> None:
        for key in keys:
            self.page.keyboard.press(key)

    @property
    def current(self) -> str:
        return str(self.page.evaluate("document.querySelector('.current')?.dataset.id || ''"))

    def state(self, segment: str) -> str:
        names = str(self.page.get_attribute(f".row[data-id={segment}]", "class")).split()
        return names[1]

    def wait_for(self, segment: str, state: str) -> None:
        self.page.wait_for_selector(f".row.{state}[data-id={segment}]", state="attached")

    def wait_until_said(self, text: str) -> None:
        self.page.wait_for_function(
            "text => document.getElementById('say').textContent.includes(text)", arg=text
        )

    def wait_until_saved(self) -> None:
        self.page.wait_for_function("() => document.body.dataset.unsaved === '0'")


@pytest.fixture
def reviewer(browser: Any, serving: Callable[..., str]) -> Iterator[Reviewer]:
    reviewer = Reviewer(browser, serving())
    reviewer.open(CLINIC)
    yield reviewer
    assert reviewer.errors == []
    reviewer.context.close()


def kept(output: Path) -> list[tuple[str, str, str, str]]:
    """What is on the disk: part, segment, verdict and text, in order."""
    found = ReviewStore(output).read()
    return [(str(one.part), one.segment, str(one.verdict), one.text) for one in found]


def test_a_summary_is_checked_with_a_key_a_sentence(reviewer: Reviewer, output: Path) -> None:
    assert reviewer.current == "s2"
    reviewer.press("Enter")
    assert reviewer.current == "s3"
    reviewer.press("1")
    reviewer.wait_for("s3", "edited")
    reviewer.press("Enter")
    assert reviewer.current == "s4"
    reviewer.press("n", "A")
    reviewer.wait_until_said("Done")
    reviewer.wait_until_saved()
    summary = ["This morning the station opened a clinic.", "The clinic has 5 doctors."]
    assert kept(output) == [
        ("sentence", "s2", "accepted", summary[0]),
        ("sentence", "s3", "edited", summary[1]),
        ("sentence", "s4", "dismissed", ""),
        ("article", "", "accepted", "\n".join(summary)),
    ]
    found = ReviewStore(output).read()
    assert found[1].machine_text == "The clinic has 50 doctors."
    assert (found[1].before, found[1].after) == (
        "Sáng nay, trạm y tế mở một phòng khám.",
        "Xã Hòa Bình có 12 thôn.",
    )
    assert found[2].dismissed == ("name-missing",)


def test_the_title_is_asked_for_first_and_keeps_no_article_open(
    reviewer: Reviewer, output: Path
) -> None:
    reviewer.page.reload()
    reviewer.page.wait_for_selector(".row.current", state="attached")
    reviewer.press("k")
    assert reviewer.current == "s1"
    reviewer.press("Tab", "Enter", "Enter")
    assert reviewer.current == "s4"
    reviewer.press("A")
    reviewer.wait_until_said("Done")
    reviewer.wait_until_saved()
    assert [segment for _, segment, *_ in kept(output)] == ["s2", "s3", ""]


def test_an_article_is_not_done_while_its_summary_is_open(reviewer: Reviewer) -> None:
    reviewer.press("A")
    reviewer.wait_until_said("sentence 2 (summary 1) is not checked; sentence 3 (summary 2)")
    reviewer.press("Enter", "x")
    reviewer.page.keyboard.type("five, not fifty")
    reviewer.press("Enter")
    reviewer.wait_for("s3", "rejected")
    assert "five, not fifty" in reviewer.page.inner_text(".row[data-id=s3]")
    reviewer.press("A")
    reviewer.wait_until_said("sentence 3 (summary 2) is wrong")
    assert reviewer.current == "s3"


def test_an_edit_is_made_in_place_and_can_be_left_and_taken_up(
    reviewer: Reviewer, output: Path
) -> None:
    reviewer.press("j", "e")
    area = reviewer.page.locator("textarea")
    assert area.input_value() == "The clinic has 50 doctors."
    area.fill("The clinic has five")
    reviewer.press("Escape")
    assert reviewer.page.locator("textarea").count() == 0
    assert reviewer.current == "s3"
    reviewer.press("e")
    assert reviewer.page.locator("textarea").input_value() == "The clinic has five"
    reviewer.page.keyboard.type(" doctors.")
    reviewer.press("Control+Enter")
    reviewer.wait_for("s3", "edited")
    assert "The clinic has five doctors." in reviewer.page.inner_text("#summary")
    reviewer.wait_until_saved()
    assert kept(output) == [("sentence", "s3", "edited", "The clinic has five doctors.")]
    reviewer.press("k", "u")
    reviewer.wait_for("s3", "unchecked")
    assert "50" in reviewer.page.inner_text(".row[data-id=s3] .english")
    reviewer.wait_until_saved()
    assert [verdict for *_, verdict, _ in kept(output)] == ["edited", "withdrawn"]


def test_what_a_memory_offers_is_shown_and_taken_with_a_key(
    browser: Any, serving: Callable[..., str], output: Path
) -> None:
    text = "Five doctors work at the clinic."
    add_memory(output, "client.tmx", [Remembered("vi->en", "Phòng khám có 5 bác sĩ.", text)])
    reviewer = Reviewer(browser, serving())
    reviewer.open(CLINIC)
    shown = reviewer.page.inner_text(".row[data-id=s3] .offer")
    assert "Same sentence in memory client.tmx" in shown and text in shown
    reviewer.press("j", "s")
    reviewer.wait_for("s3", "edited")
    reviewer.wait_until_saved()
    assert kept(output) == [("sentence", "s3", "edited", text)]
    assert reviewer.errors == []
    reviewer.context.close()


def test_undo_brings_back_what_stood_before(reviewer: Reviewer, output: Path) -> None:
    reviewer.press("j", "1")
    reviewer.wait_for("s3", "edited")
    reviewer.wait_until_saved()
    reviewer.press("x", "Enter")
    reviewer.wait_for("s3", "rejected")
    reviewer.wait_until_saved()
    reviewer.press("u")
    reviewer.wait_for("s3", "edited")
    reviewer.wait_until_saved()
    (row,) = [one for one in Workplace(output).article(CLINIC).rows if one.id == "s3"]
    assert (row.state, row.english) == ("edited", "The clinic has 5 doctors.")
    assert row.machine == "The clinic has 50 doctors."


def test_who_mends_what_is_wrong_comes_to_what_needs_a_look_next(reviewer: Reviewer) -> None:
    reviewer.press("x", "Enter")
    reviewer.wait_for("s2", "rejected")
    reviewer.press("Enter", "A")
    reviewer.wait_until_said("Not done yet: sentence 2 (summary 1) is wrong")
    assert reviewer.current == "s2"
    reviewer.press("e", "!", "Control+Enter")
    reviewer.wait_for("s2", "edited")
    assert reviewer.current == "s4"  # not s3, which is right


def test_back_goes_to_the_article_before(reviewer: Reviewer) -> None:
    article = reviewer.page.locator("#article")
    reviewer.press("j")
    assert reviewer.current == "s3"
    reviewer.open("rain.md")
    reviewer.page.go_back()
    reviewer.page.wait_for_selector(f"#article[data-name='{CLINIC}'] .row.current[data-id=s3]")
    reviewer.page.go_forward()
    reviewer.page.wait_for_selector("#article[data-name='rain.md'] .row.current")
    assert article.get_attribute("data-name") == "rain.md"


def test_what_is_being_written_outlives_other_articles_and_a_reload(reviewer: Reviewer) -> None:
    reviewer.press("e")
    reviewer.page.keyboard.type(" It is open")
    text = reviewer.page.input_value("textarea")
    reviewer.open("rain.md")
    reviewer.open(CLINIC)
    reviewer.press("e")
    assert reviewer.page.input_value("textarea") == text
    reviewer.page.keyboard.type(" now")
    reviewer.page.reload()
    reviewer.page.wait_for_selector(".row.current")
    reviewer.press("e")
    assert reviewer.page.input_value("textarea") == f"{text} now"
    reviewer.press("Control+Enter")
    reviewer.wait_for("s2", "edited")
    reviewer.press("k", "e")
    assert reviewer.page.evaluate("sessionStorage.getItem('seedsum-drafts')") == "[]"


def test_the_filters_count_what_is_so_after_a_verdict(reviewer: Reviewer) -> None:
    reviewer.press("Enter", "1")
    reviewer.wait_for("s3", "edited")
    for kind, number in (("edited", 1), ("in summary", 0)):
        reviewer.page.wait_for_function(
            "text => [...document.querySelectorAll('[name=kind] option')]"
            ".some((option) => option.textContent === text)",
            arg=f"{kind} ({number})",
        )


def test_flagged_words_are_marked_on_both_sides(reviewer: Reviewer) -> None:
    row = reviewer.page.locator(".row[data-id=s3]")
    assert row.locator(".source mark").all_inner_texts() == ["5"]
    assert row.locator(".english mark").all_inner_texts() == ["50"]
    assert "likely the source says 5, the translation 50" in row.inner_text()
    # What only one side has is found there; the other one is meant as a whole.
    other = reviewer.page.locator(".row[data-id=s4]")
    assert other.locator(".source mark").all_inner_texts() == ["Hòa Bình"]
    assert "whole" in str(other.locator(".english").get_attribute("class"))
    reviewer.press("j", "j", "n")
    reviewer.page.wait_for_selector(".row[data-id=s4] .dismissed")
    assert other.locator("mark").count() == 0


def test_words_go_into_the_glossary_and_their_articles_are_named(
    reviewer: Reviewer, output: Path
) -> None:
    publish(output, render(clinic("other.txt")))
    reviewer.page.evaluate(
        """() => { const text = document.querySelector("#source-s2").firstChild;
             getSelection().setBaseAndExtent(text, 10, text, 19); }"""
    )
    reviewer.press("g")
    assert reviewer.page.input_value("[name=source]") == "trạm y tế"
    reviewer.page.keyboard.type("health station")
    reviewer.press("Enter")
    reviewer.page.wait_for_selector("#run li")
    assert "stands in 2 articles" in reviewer.page.inner_text("#run")
    reviewer.wait_until_saved()
    (term,) = ReviewStore(output).read()
    assert (term.part, term.verdict, term.direction) == (Part.TERM, Verdict.ACCEPTED, "vi->en")
    assert (term.source, term.text) == ("trạm y tế", "health station")


def test_a_changed_source_shows_both_and_its_english_can_be_taken(
    reviewer: Reviewer, output: Path
) -> None:
    reviewer.press("j", "1")
    reviewer.wait_for("s3", "edited")
    reviewer.wait_until_saved()
    result = clinic()
    segment = replace(result.segments[2].segment, text="Phòng khám có 7 bác sĩ.")
    changed = replace(result.segments[2], segment=segment)
    segments = (*result.segments[:2], changed, *result.segments[3:])
    document = replace(result.document, sha256="9" * 64)
    publish(output, render(replace(result, document=document, segments=segments)))
    reviewer.wait_for("s3", "stale")  # the page sees by itself that the record is another
    row = reviewer.page.locator(".row[data-id=s3]")
    assert (row.locator("del").inner_text(), row.locator("ins").inner_text()) == ("5", "7")
    reviewer.press("Tab", "Tab")
    assert reviewer.current == "s3"
    reviewer.press("s")
    reviewer.wait_for("s3", "edited")
    reviewer.wait_until_saved()
    assert kept(output)[-1] == ("sentence", "s3", "edited", "The clinic has 5 doctors.")


# Saving


def test_a_failed_save_is_shown_and_kept_until_it_succeeds(
    browser: Any, serving: Callable[..., str], output: Path
) -> None:
    reviewer = Reviewer(browser, serving())
    reviewer.open(CLINIC)
    (output / "reviews").write_text("no folder", encoding="utf-8")
    reviewer.press("Enter")
    reviewer.wait_for("s2", "accepted")
    reviewer.page.wait_for_selector("#unsaved:not([hidden])")
    assert "1 verdict not saved" in reviewer.page.inner_text("#unsaved")
    reviewer.page.on("dialog", lambda dialog: dialog.accept())
    reviewer.page.reload()
    reviewer.page.wait_for_selector("#unsaved:not([hidden])")
    reviewer.wait_for("s2", "accepted")
    assert "What you said is kept here" in reviewer.page.inner_text("#unsaved")
    assert reviewer.current == "s3"
    reviewer.press("e", "!", "Control+Enter")
    reviewer.wait_for("s3", "edited")
    assert kept(output) == []
    (output / "reviews").unlink()
    reviewer.page.click("text=Try again")
    reviewer.page.wait_for_selector("#unsaved", state="hidden")
    reviewer.wait_until_said("What was not saved is saved.")
    states = [("sentence", "s2", "accepted"), ("sentence", "s3", "edited")]
    assert [one[:3] for one in kept(output)] == states
    reviewer.context.close()


def test_two_reviewers_see_each_other_and_lose_nothing_they_write(
    browser: Any, serving: Callable[..., str], output: Path
) -> None:
    # Each has a server: reviewers on two machines share the folder only.
    lan, minh = Reviewer(browser, serving()), Reviewer(browser, serving())
    for one, name in ((lan, "Lan"), (minh, "Minh")):
        one.open(CLINIC)
        one.press("?")
        one.page.fill("dialog [name=me]", name)
        one.page.click("dialog >> text=Close")
    minh.press("j", "e")
    minh.page.fill("textarea", "There are five")
    lan.press("j", "1")
    lan.wait_until_saved()
    minh.page.wait_for_function(
        "() => document.querySelector('.meanwhile')?.textContent.includes('Lan: edited')"
    )
    assert minh.page.input_value("textarea") == "There are five"
    minh.page.type("textarea", " of them.")
    minh.press("Control+Enter")
    minh.wait_until_saved()
    lan.page.wait_for_function(
        "() => document.querySelector('#english-s3').textContent === 'There are five of them.'"
    )
    assert "Minh" in lan.page.inner_text(".row[data-id=s3] .who")
    assert [one.reviewer for one in ReviewStore(output).read()] == ["Lan", "Minh"]
    assert lan.errors == minh.errors == []
    lan.context.close()
    minh.context.close()


# Hostile text


def test_hostile_text_is_text(browser: Any, serving: Callable[..., str], output: Path) -> None:
    publish(output, render(hostile()))
    address = serving()
    reviewer = Reviewer(browser, address)
    reviewer.open("hostile.html")
    title = reviewer.page.title()
    for number, text in enumerate(HOSTILE):
        shown = reviewer.page.text_content(f"#source-s{number + 2}")
        expected = re.sub(
            "[\u202a-\u202e\u2066-\u2069\u200e\u200f\u2028\u2029\ud800-\udfff]",
            lambda found: f"⟦U+{ord(found[0]):04X}⟧",
            text,
        )
        assert shown == expected
    reviewer.press("Tab", "e")
    reviewer.page.keyboard.type("</textarea><img src=x onerror=alert(1)>")
    reviewer.press("Control+Enter")
    reviewer.wait_until_saved()
    reviewer.page.wait_for_selector(".row.edited")
    for element in ("img", "svg", "iframe", "script:not([src='/page/page.js'])", "#article a"):
        assert reviewer.page.locator(element).count() == 0, element
    assert reviewer.page.title() == title
    assert "owned" in title  # as text
    root = address.partition("?")[0]
    assert [url for url in reviewer.requests if not url.startswith(root)] == []
    assert reviewer.errors == []
    # Nothing is wider than the page, whatever a word's length.
    assert reviewer.page.evaluate("document.querySelector('#scroller').scrollWidth <= 1280")
    reviewer.context.close()


def test_the_address_without_its_token_shows_nothing(
    browser: Any, serving: Callable[..., str]
) -> None:
    root = serving().partition("?")[0]
    page = browser.new_context().new_page()
    for address in (root, f"{root}?token=wrong", f"{root}api/queue"):
        assert page.goto(address).status == 403
        assert "token" in page.inner_text("body")


def test_the_token_does_not_stay_in_the_address(reviewer: Reviewer) -> None:
    assert "token" not in reviewer.page.url
    reviewer.press("j")
    assert reviewer.page.url.endswith("#clinic.txt/s3")
    reviewer.page.reload()
    reviewer.page.wait_for_selector(".row.current[data-id=s3]")


# For everybody


@pytest.fixture(params=["light", "dark"])
def scheme(request: pytest.FixtureRequest) -> str:
    return str(request.param)


#: Contrast of all text on the page with what lies behind it, as WCAG computes it; the worst first.
_CONTRASTS = """() => {
  const canvas = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
  const rgba = (color) => { canvas.clearRect(0, 0, 1, 1); canvas.fillStyle = color;
    canvas.fillRect(0, 0, 1, 1); return [...canvas.getImageData(0, 0, 1, 1).data]; };
  const light = ([r, g, b]) => { const [x, y, z] = [r, g, b].map((v) => { v /= 255;
    return v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4; });
    return 0.2126 * x + 0.7152 * y + 0.0722 * z; };
  const behind = (place) => { for (let at = place; at; at = at.parentElement) {
    const color = rgba(getComputedStyle(at).backgroundColor); if (color[3] === 255) return color; }
    return [255, 255, 255, 255]; };
  const found = [];
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const place = walker.currentNode.parentElement;
    if (!walker.currentNode.data.trim() || !place.checkVisibility() || place.closest(":disabled, option, noscript")) continue;
    const [a, b] = [light(rgba(getComputedStyle(place).color)), light(behind(place))];
    found.push([(Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05), place.className || place.localName]);
  }
  return found.sort((a, b) => a[0] - b[0]).slice(0, 5);
}"""  # noqa: E501


def prepared(browser: Any, address: str, **more: Any) -> Reviewer:
    """A page with all states on it."""
    reviewer = Reviewer(browser, address, **more)
    reviewer.open(CLINIC)
    reviewer.press("Enter", "1", "j", "x", "Enter", "j")
    reviewer.page.wait_for_selector(".row.rejected")
    reviewer.wait_until_saved()
    return reviewer


def test_all_text_can_be_read(
    browser: Any, serving: Callable[..., str], output: Path, scheme: str
) -> None:
    publish(output, render(vietnamese()))
    reviewer = prepared(browser, serving(), color_scheme=scheme)
    for name in (CLINIC, "health/trạm y tế (1).txt"):
        reviewer.open(name)
        worst = reviewer.page.evaluate(_CONTRASTS)
        assert worst[0][0] >= 4.5, worst
    reviewer.press("?")
    assert reviewer.page.evaluate(_CONTRASTS)[0][0] >= 4.5
    assert reviewer.errors == []
    reviewer.context.close()


#: What a screen reader would miss: controls without a name, ids that are there twice, and the like.
_MISSING = """() => {
  const found = [];
  const ids = [...document.querySelectorAll("[id]")].map((one) => one.id);
  for (const id of ids) if (ids.indexOf(id) !== ids.lastIndexOf(id)) found.push(`twice: ${id}`);
  for (const one of document.querySelectorAll("[aria-labelledby], [aria-controls]"))
    for (const key of ["aria-labelledby", "aria-controls"])
      for (const id of (one.getAttribute(key) || "").split(" ").filter(Boolean))
        if (!document.getElementById(id)) found.push(`${key}: no ${id}`);
  for (const one of document.querySelectorAll("button, input, select, textarea, a, [role=group], nav, main, dialog, [role=toolbar]")) {
    const label = one.getAttribute("aria-label") || (one.getAttribute("aria-labelledby") || "").split(" ").map((id) => document.getElementById(id)?.textContent || "").join(" ")
      || one.textContent || [...(one.labels || [])].map((label) => label.textContent).join(" ");
    if (!label.trim()) found.push(`no name: ${one.outerHTML.slice(0, 80)}`);
  }
  for (const [selector, number] of [["main", 1], ["nav", 1], ["h1", 1], ["[aria-live]", 1]])
    if (document.querySelectorAll(selector).length < number) found.push(`no ${selector}`);
  for (const one of document.querySelectorAll("[tabindex]"))
    if (Number(one.getAttribute("tabindex")) > 0) found.push("an order of its own");
  if (document.querySelectorAll('#rows [tabindex="0"]').length > 1) found.push("two sentences in the order");
  const levels = [...document.querySelectorAll("h1, h2, h3")].filter((one) => one.checkVisibility()).map((one) => Number(one.localName[1]));
  levels.forEach((level, place) => { if (place && level > levels[place - 1] + 1) found.push("a level of headings is left out"); });
  return found;
}"""  # noqa: E501


def test_a_screen_reader_finds_names_roles_and_languages(
    browser: Any, serving: Callable[..., str]
) -> None:
    reviewer = prepared(browser, serving())
    assert reviewer.page.evaluate(_MISSING) == []
    assert reviewer.page.get_attribute("#source-s3", "lang") == "vi"
    assert reviewer.page.get_attribute("#english-s3", "lang") == "en"
    snapshot = reviewer.page.locator("#rows").aria_snapshot()
    assert 'group "sentence 3, edited, in summary 2' in snapshot.replace("Sentence", "sentence")
    reviewer.press("k", "e")
    assert reviewer.page.evaluate(_MISSING) == []
    reviewer.press("Escape", "?")
    assert reviewer.page.evaluate(_MISSING) == []
    reviewer.context.close()


def test_everything_is_a_button_too_and_keys_can_be_turned_off(reviewer: Reviewer) -> None:
    reviewer.press("?")
    reviewer.page.click("dialog [name=keys]")
    reviewer.page.click("dialog >> text=Close")
    reviewer.press("j", "Enter", "x")
    assert (reviewer.current, reviewer.state("s2")) == ("s2", "unchecked")
    reviewer.page.click("#do-accept")
    reviewer.wait_for("s2", "accepted")
    assert reviewer.current == "s3"
    reviewer.page.click("#do-edit")
    reviewer.page.fill("textarea", "Five doctors work there.")
    reviewer.page.click("form.form >> text=Save")
    reviewer.wait_for("s3", "edited")
    reviewer.page.click("#do-dismiss")
    reviewer.page.wait_for_selector(".row[data-id=s4] .dismissed")
    reviewer.page.click("#do-undo")
    reviewer.page.wait_for_selector(".row[data-id=s4] .flags li:not(.dismissed)")
    reviewer.page.click("#do-done")
    reviewer.wait_until_said("Done")


def test_focus_goes_round_and_tab_is_no_trap(reviewer: Reviewer) -> None:
    seen = []
    for _ in range(4):
        reviewer.press("F6")
        seen.append(
            reviewer.page.evaluate(
                "['queue', 'summary', 'scroller', 'bar'].find((id) =>"
                " document.getElementById(id).contains(document.activeElement))"
            )
        )
    assert seen == ["bar", "queue", "summary", "scroller"]
    reviewer.press("Shift+Tab")
    assert reviewer.page.evaluate("!document.activeElement.closest('.row')")
    # On a button, Tab is what it is everywhere.
    reviewer.page.focus("#do-accept")
    reviewer.press("Tab")
    assert reviewer.page.evaluate("document.activeElement.id") == "do-edit"


def test_at_400_percent_nothing_is_beside_the_page(
    browser: Any, serving: Callable[..., str], output: Path
) -> None:
    for result in (hostile(), vietnamese()):
        publish(output, render(result))
    small = {"width": 320, "height": 256}  # 1280 x 1024 at 400 percent
    reviewer = prepared(browser, serving(), viewport=small)
    for name in (CLINIC, "hostile.html", "health/trạm y tế (1).txt"):
        reviewer.open(name)
        assert reviewer.page.evaluate("document.documentElement.scrollWidth") <= 320
    reviewer.open(CLINIC)
    # One column: the English is below its source, the buttons are in the sentence.
    source = reviewer.page.locator("#source-s4").bounding_box()
    below = reviewer.page.locator("#english-s4").bounding_box()
    assert below["y"] >= source["y"] + source["height"]
    assert reviewer.page.locator(".row.current #bar").count() == 1
    # What is said is in sight, however far down the sentence is.
    reviewer.wait_until_said("summary sentences to check")
    reviewer.page.evaluate("scrollTo(0, document.body.scrollHeight)")
    said = reviewer.page.locator("#say").bounding_box()
    assert said["y"] >= 0 and said["y"] + said["height"] <= 256
    reviewer.press("?")
    assert reviewer.page.evaluate("document.querySelector('dialog').scrollWidth") <= 320
    assert reviewer.page.evaluate("document.querySelector('dialog').scrollTop") == 0
    reviewer.context.close()


def test_an_article_without_translation_asks_for_nothing(
    browser: Any, serving: Callable[..., str]
) -> None:
    reviewer = Reviewer(browser, serving())
    reviewer.open(english().document.name)
    assert "the source's own sentences" in reviewer.page.inner_text("#summary")
    reviewer.press("A")
    reviewer.wait_until_said("Done")
    reviewer.context.close()


def test_from_an_unchecked_article_to_checked_by_keyboard(
    browser: Any, serving: Callable[..., str], output: Path, tmp_path: Path
) -> None:
    source = tmp_path / "in" / "clinic.txt"
    source.parent.mkdir()
    source.write_text(
        "Trạm y tế xã mở phòng khám mới\n\nSáng nay, trạm y tế xã mở một phòng khám cho trẻ em."
        " Phòng khám có 5 bác sĩ và 12 giường bệnh.\n\nNgười dân trong xã rất vui mừng."
        " Phòng khám mở cửa từ thứ hai đến thứ sáu.\n",
        encoding="utf-8",
    )
    shutil.rmtree(output)
    options = ["--output", str(output), "--profile", "starter", "--offline", "--quiet"]
    run = [sys.executable, "-m", "seedsum", "run", str(source.parent), *options]
    subprocess.run([*run, "--fail-on", "none"], check=True)
    assert read_record(output, CLINIC)["status"] == "review"

    reviewer = Reviewer(browser, serving())
    reviewer.open(CLINIC)
    reviewer.press("A")
    reviewer.wait_until_said("Not done yet")
    assert reviewer.current == "s3"
    reviewer.press("e")
    reviewer.page.keyboard.press("Control+a")
    reviewer.page.keyboard.type("The new clinic has 5 doctors and 12 beds.")
    reviewer.press("Control+Enter")
    reviewer.page.wait_for_selector(".row.edited")
    for _ in range(10):
        if reviewer.page.evaluate("() => document.querySelectorAll('.row.unchecked.cited').length"):
            reviewer.press("Enter")
    assert reviewer.page.inner_text("#summary h3") == "Summary: all checked"
    reviewer.press("A")
    reviewer.wait_until_said("Done")
    reviewer.wait_until_saved()
    # Nothing but reviews has been written until somebody asks for the run.
    assert read_record(output, CLINIC)["status"] == "review"
    reviewer.page.focus("#apply")
    reviewer.press("Enter")
    assert reviewer.page.evaluate("document.activeElement.id") == "apply"
    reviewer.page.wait_for_selector("#run p:text-matches('^Done')")
    record = read_record(output, CLINIC)
    assert record["status"] == "checked"
    text = "The new clinic has 5 doctors and 12 beds."
    assert text in [sentence["text"] for sentence in record["summary"]["sentences"]]
    reviewer.page.wait_for_selector("#head:has-text('checked')")
    assert reviewer.errors == []
    reviewer.context.close()
