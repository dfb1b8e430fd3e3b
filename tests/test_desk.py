"""The reviewer's desk without a browser: what there is to see, who may ask, what is saved."""

from __future__ import annotations

import json
import os
import re
import signal
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from desk_articles import CHANGED, CLINIC, HOSTILE, clinic, hostile, serve, write_output
from seedsum.desk.applying import Applying, known_inputs
from seedsum.desk.differences import differences
from seedsum.desk.guard import POLICY, Keys
from seedsum.desk.marks import Marks, marks
from seedsum.desk.seen import ArticleView, Row
from seedsum.desk.view import article_view
from seedsum.desk.workplace import Workplace, reviewed
from seedsum.errors import UsageError
from seedsum.output import place_of, publish, read_record
from seedsum.output.rendering import render
from seedsum.records import Flag, Part, Review, Verdict
from seedsum.reviews import Remembered, ReviewStore, add_memory, join

PORT = 8799
TOKEN = "t" * 43


@pytest.fixture
def output(tmp_path: Path) -> Path:
    return write_output(tmp_path / "out")


@pytest.fixture
def workplace(output: Path) -> Workplace:
    workplace = Workplace(output)
    workplace.queue()
    return workplace


def row(view: ArticleView, name: str) -> Row:
    return next(row for row in view.rows if row.id == name)


def said(view: ArticleView, segment: str, verdict: Verdict, **more: Any) -> dict[str, Any]:
    """What the page sends of a sentence."""
    item = row(view, segment)
    return {
        "document": view.name,
        "source_sha256": view.source_sha256,
        "part": "sentence",
        "verdict": str(verdict),
        "segment": segment,
        "direction": item.direction,
        "source": item.source,
        "before": item.before,
        "after": item.after,
        "machine_text": item.english,
        **more,
    }


# What there is to see


def test_what_the_summary_rests_on_comes_first_then_what_is_flagged(workplace: Workplace) -> None:
    view = workplace.article(CLINIC)
    assert view.looks == ("s1", "s2", "s3", "s4")
    assert view.blocking == ("s2", "s3")
    assert [one.cites for one in view.summary] == [("s2",), ("s3",)]
    assert row(view, "s3").cited_by == (2,)
    assert (row(view, "s3").before, row(view, "s3").after) == (
        "Sáng nay, trạm y tế mở một phòng khám.",
        "Xã Hòa Bình có 12 thôn.",
    )
    assert row(view, "s5").state == "unchecked"
    assert view.url == "https://example.org/clinic"


def test_flagged_words_are_marked_on_both_sides(workplace: Workplace) -> None:
    view = workplace.article(CLINIC)
    (flag,) = row(view, "s3").flags
    source, english = row(view, "s3").source, row(view, "s3").english
    assert [source[a:b] for a, b in flag.marks.source] == ["5"]
    assert [english[a:b] for a, b in flag.marks.english] == ["50"]
    assert (flag.sure, flag.words) == ("likely", CHANGED.detail)


@pytest.mark.parametrize(
    ("detail", "source", "english", "marked"),
    [
        ("the source says 7 years (৭ বছর), the translation 7 months", "মেয়াদ ৭ বছর।",
         "It is 7 months.", (["৭ বছর"], ["7 months"])),
        ("the source names sởi (measles), the translation does not", "Bệnh sởi.", "A disease.",
         (["sởi"], [])),
        ("the translation names Berlin, the source does not", "x", "In Berlin, berlin.",
         ([], ["Berlin", "berlin"])),
        ("'of health' again and again", "x", "of Health of Health", ([], ["of Health"] * 2)),
        ("left in Vietnamese: Quảng Trị", "Ở Quảng Trị.", "In Quảng Trị.",
         (["Quảng Trị"], ["Quảng Trị"])),
        ("not in the translation: “mặc dù mưa” (figure -2.10, flagged below -1.00)",
         "Họ đi, mặc dù mưa.", "They go.", (["mặc dù mưa"], [])),
        ("left in Bengali script: শহর হোsain", "এক", "One শহর, হোsain", ([], ["শহর", "হোsain"])),
        ("trạm y tế: health station is not in the translation", "Trạm y tế xã", "A clinic",
         (["Trạm y tế"], [])),
        ("the source says 1, the translation 2", "Có 10 và 21.", "There are 12.", ([], [])),
        ("35% of the source's characters (z -4.9)", "a b", "c", ([], [])),
    ],
)  # fmt: skip
def test_words_of_a_detail_are_found_as_they_are_written(
    detail: str, source: str, english: str, marked: tuple[list[str], list[str]]
) -> None:
    found = marks(Flag("any", detail), source, english)
    assert [source[a:b] for a, b in found.source] == marked[0]
    assert [english[a:b] for a, b in found.english] == marked[1]


def test_a_view_of_hostile_text_can_be_made(tmp_path: Path) -> None:
    output = write_output(tmp_path, hostile())
    view = article_view(read_record(output, "hostile.html"))
    assert view.url == ""
    assert [one.source for one in view.rows][1:] == list(HOSTILE)
    assert marks(Flag("any", "the source says (), the translation ((("), "((", "()") == Marks()


def test_differences_give_both_texts_back() -> None:
    old, new = "Có 5 bác sĩ ở đây.", "Có 7 bác sĩ giỏi ở đây."
    pieces = differences(old, new)
    assert "".join(one.text for one in pieces if one.kind != "new") == old
    assert "".join(one.text for one in pieces if one.kind != "old") == new
    assert [one.text for one in pieces if one.kind == "old"] == ["5"]


# What was said


def test_a_verdict_is_seen_at_once_and_by_whoever_else_looks(
    workplace: Workplace, output: Path
) -> None:
    view = workplace.article(CLINIC)
    other = Workplace(output)
    other.queue()
    cursor = other.news("").cursor
    review = workplace.save(said(view, "s3", Verdict.EDITED, text="The clinic has 5 doctors."))
    assert review.machine_text == "The clinic has 50 doctors."
    for place in (workplace, other):
        after = place.article(CLINIC)
        assert (row(after, "s3").state, row(after, "s3").english) == (
            "edited",
            "The clinic has 5 doctors.",
        )
        assert after.summary[1].text == "The clinic has 5 doctors."
        assert after.summary[1].state == "edited"
        assert after.looks == ("s1", "s2", "s4")
    news = other.news(cursor)
    assert [one.id for one in news.reviews] == [review.id]
    (entry,) = news.entries
    assert (entry.name, entry.num_open) == (CLINIC, 1)
    assert other.news(news.cursor).reviews == ()
    assert other.news("elsewhere.0.0").is_all_new


def test_reviews_that_were_there_before_are_counted(workplace: Workplace, output: Path) -> None:
    view = workplace.article(CLINIC)
    workplace.save(said(view, "s2", Verdict.ACCEPTED, text=row(view, "s2").english))
    later = Workplace(output)
    cursor = later.news("").cursor
    assert {one.name: one.num_open for one in later.queue()}[CLINIC] == 2
    later.refine()
    (entry,) = later.news(cursor).entries
    assert (entry.name, entry.num_open) == (CLINIC, 1)
    assert {one.name: one.num_open for one in later.queue()}[CLINIC] == 1


def test_an_article_is_done_when_its_summary_rests_on_nothing_open(workplace: Workplace) -> None:
    view = workplace.article(CLINIC)
    done = {
        "document": CLINIC,
        "source_sha256": view.source_sha256,
        "part": "article",
        "verdict": "accepted",
    }
    with pytest.raises(UsageError, match="s2, s3"):
        workplace.save(done)
    workplace.save(said(view, "s2", Verdict.ACCEPTED, text=row(view, "s2").english))
    workplace.save(said(view, "s3", Verdict.REJECTED, note="5, not 50"))
    with pytest.raises(UsageError, match="s3"):
        workplace.save(done)
    workplace.save(said(view, "s3", Verdict.EDITED, text="The clinic has 5 doctors."))
    workplace.save(done)
    assert workplace.article(CLINIC).done_by
    entry = workplace.queue()[-1]
    assert (entry.name, entry.kinds) == (CLINIC, ("flagged", "edited", "done"))


def test_a_corrected_title_is_the_articles_title_before_a_run_has_come(
    workplace: Workplace,
) -> None:
    view = workplace.article(CLINIC)
    title = "A clinic opens at the commune's health station"
    workplace.save(said(view, "s1", Verdict.EDITED, text=title))
    assert workplace.article(CLINIC).title == title
    assert {one.name: one.title for one in workplace.queue()}[CLINIC] == title


def test_in_summary_are_the_articles_with_summary_sentences_to_check(workplace: Workplace) -> None:
    view = workplace.article(CLINIC)
    kinds = {one.name: one.kinds for one in workplace.queue()}
    assert "in summary" in kinds[CLINIC]
    for segment in ("s2", "s3"):
        workplace.save(said(view, segment, Verdict.ACCEPTED, text=row(view, segment).english))
    workplace.article(CLINIC)
    kinds = {one.name: one.kinds for one in workplace.queue()}
    assert "in summary" not in kinds[CLINIC]


def test_an_article_whose_summary_is_another_now_is_not_done(
    workplace: Workplace, output: Path
) -> None:
    view = workplace.article(CLINIC)
    for segment in ("s2", "s3"):
        workplace.save(said(view, segment, Verdict.ACCEPTED, text=row(view, segment).english))
    done = {"document": CLINIC, "source_sha256": view.source_sha256}
    workplace.save(done | {"part": "article", "verdict": "accepted"})
    assert workplace.article(CLINIC).done_by
    result = clinic()
    other = replace(result.summary.sentences[0], text="People are glad.", cites=("s5",))
    publish(output, render(replace(result, summary=replace(result.summary, sentences=(other,)))))
    after = workplace.article(CLINIC)
    assert (after.done_by, after.blocking, after.looks) == ("", ("s5",), ("s1", "s5", "s4"))
    assert workplace.queue()[0].kinds[0] == "to check"


def test_a_sentence_of_a_summarys_own_words_has_a_state_of_its_own(
    workplace: Workplace, output: Path
) -> None:
    result = clinic()
    own = replace(
        result.summary.sentences[0],
        text="A clinic opened.",
        cites=("s2", "s5"),
        origin="abstractive",
    )
    publish(output, render(replace(result, summary=replace(result.summary, sentences=(own,)))))
    view = workplace.article(CLINIC)
    assert (view.looks, view.blocking) == (("s1", "summary-1", "s3", "s4"), ("summary-1",))
    review = {
        "document": CLINIC,
        "source_sha256": view.source_sha256,
        "part": "summary",
        "segment": "summary-1",
        "source": view.summary[0].source,
        "machine_text": view.summary[0].text,
    }
    workplace.save(review | {"verdict": "edited", "text": "A clinic has opened."})
    after = workplace.article(CLINIC)
    assert (after.summary[0].text, after.summary[0].machine) == (
        "A clinic has opened.",
        "A clinic opened.",
    )
    assert (after.looks, after.blocking) == (("s1", "s3", "s4"), ())
    # What it cites is edited since: it is to be looked at again, and what is said then holds.
    workplace.save(said(after, "s5", Verdict.EDITED, text="There are 5 doctors in the clinic."))
    view = workplace.article(CLINIC)
    assert view.blocking == ("summary-1",)
    assert "There are 5 doctors in the clinic." in view.summary[0].source
    workplace.save(
        review
        | {"verdict": "accepted", "source": view.summary[0].source, "text": view.summary[0].text}
    )
    assert workplace.article(CLINIC).blocking == ()


def test_flags_that_are_no_faults_ask_for_nothing(workplace: Workplace) -> None:
    view = workplace.article(CLINIC)
    workplace.save(said(view, "s4", Verdict.DISMISSED, dismissed=["name-missing"]))
    after = workplace.article(CLINIC)
    assert [flag.is_open for flag in row(after, "s4").flags] == [False]
    assert (row(after, "s4").state, after.looks) == ("unchecked", ("s1", "s2", "s3"))


def test_what_is_withdrawn_is_open_again(workplace: Workplace) -> None:
    view = workplace.article(CLINIC)
    workplace.save(said(view, "s2", Verdict.ACCEPTED, text=row(view, "s2").english))
    workplace.save(said(view, "s2", Verdict.WITHDRAWN))
    assert row(workplace.article(CLINIC), "s2").state == "unchecked"


def test_a_changed_source_shows_the_old_one_and_its_english(
    workplace: Workplace, output: Path
) -> None:
    view = workplace.article(CLINIC)
    workplace.save(said(view, "s3", Verdict.EDITED, text="The clinic has 5 doctors."))
    result = clinic()
    changed = replace(
        result.segments[2],
        segment=replace(result.segments[2].segment, text="Phòng khám có 7 bác sĩ."),
    )
    segments = (*result.segments[:2], changed, *result.segments[3:])
    document = replace(result.document, sha256="9" * 64)
    publish(output, render(replace(result, document=document, segments=segments)))
    stale = row(workplace.article(CLINIC), "s3")
    assert (stale.state, stale.needs_look) == ("stale", True)
    assert stale.stale
    assert [one.text for one in stale.stale.pieces if one.kind == "old"] == ["5"]
    assert stale.stale.english == "The clinic has 5 doctors."
    assert workplace.queue()[0].kinds[-1] == "source changed"


def test_the_same_sentence_in_another_article_is_offered_not_taken(tmp_path: Path) -> None:
    output = write_output(tmp_path, clinic("a.txt"), clinic("b.txt"))
    workplace = Workplace(output)
    workplace.queue()
    view = workplace.article("a.txt")
    text = "The clinic has 5 doctors."
    workplace.save(said(view, "s3", Verdict.EDITED, text=text))
    # Both articles have the same bytes here: what differs is their name and their source.
    other = replace(clinic("c.txt"), document=replace(clinic("c.txt").document, sha256="8" * 64))
    publish(output, render(other))
    offered = row(workplace.article("c.txt"), "s3")
    assert (offered.state, offered.english) == ("unchecked", "The clinic has 50 doctors.")
    assert offered.elsewhere
    assert (offered.elsewhere.text, offered.elsewhere.why) == (text, "a.txt")
    assert row(workplace.article("a.txt"), "s3").elsewhere is None


def test_what_memories_say_is_offered_as_long_as_they_are_there(workplace: Workplace) -> None:
    assert row(workplace.article(CLINIC), "s3").elsewhere is None
    text = "Five doctors work at the clinic."
    path = add_memory(
        workplace.output,
        "client.tmx",
        [
            Remembered("vi->en", "Phòng khám  có 5 bác sĩ.", text, "Hoa", "2026-01-02T03:04:05Z"),
            Remembered("vi->en", "Phòng khám có 5 bác sĩ.", "The clinic has 50 doctors."),
        ],
    )
    offered = row(workplace.article(CLINIC), "s3").elsewhere
    assert offered and (offered.text, offered.why) == (text, "memory client.tmx")
    assert path
    path.unlink()
    assert row(workplace.article(CLINIC), "s3").elsewhere is None


def test_an_article_is_not_offered_what_was_said_of_it_under_another_name(
    workplace: Workplace,
) -> None:
    view = workplace.article(CLINIC)
    text = "The clinic has 5 doctors."
    workplace.save(said(view, "s3", Verdict.EDITED, text=text, before="Gone.", after="Gone, too."))
    page = clinic("moved.txt")
    twice = replace(page.segments[2], segment=replace(page.segments[2].segment, id="s6"))
    publish(workplace.output, render(replace(page, segments=(*page.segments, twice))))
    # It stands there twice, so that nobody can tell of which it was said.
    moved = row(workplace.article("moved.txt"), "s3")
    assert moved.state != "edited" and moved.elsewhere is None


def test_other_hypotheses_are_offered(workplace: Workplace) -> None:
    view = workplace.article(CLINIC)
    assert [option.text for option in row(view, "s3").options] == [
        "The clinic has 5 doctors.",
        "The clinic has five doctors.",
    ]
    workplace.save(said(view, "s3", Verdict.EDITED, text="The clinic has 5 doctors."))
    texts = [option.text for option in row(workplace.article(CLINIC), "s3").options]
    assert texts == ["The clinic has 50 doctors.", "The clinic has five doctors."]


def test_articles_with_a_term_are_found(workplace: Workplace) -> None:
    (found,) = workplace.touched("phòng khám", "vi")
    assert (found.name, found.num) == (CLINIC, 3)
    assert workplace.touched("phòng", "bn") == []
    assert workplace.touched("òng kh", "vi") == []  # a part of a word is no word


@pytest.mark.parametrize(
    "wrong",
    [
        {"verdict": "perhaps"},
        {"part": 1},
        {"text": ["x"]},
        {"dismissed": "x"},
        {"verdict": "edited", "text": " \n"},
        {"source": ""},
        {"more": "x"},
        {"document": ""},
        {"note": "x" * 200_001},
    ],
)
def test_what_is_no_review_is_refused(workplace: Workplace, wrong: dict[str, Any]) -> None:
    good = said(workplace.article(CLINIC), "s2", Verdict.ACCEPTED, text="x")
    assert reviewed(good).part is Part.SENTENCE
    with pytest.raises(UsageError):
        reviewed(good | wrong)


@pytest.mark.parametrize("name", ["../../etc/passwd", "/etc/passwd", "nothing.txt", "a\0b", ""])
def test_no_name_leads_out_of_the_output(workplace: Workplace, name: str) -> None:
    from seedsum.errors import SeedsumError

    with pytest.raises(SeedsumError):
        workplace.article(name)
    good = said(workplace.article(CLINIC), "s2", Verdict.ACCEPTED, text="x")
    with pytest.raises(SeedsumError):
        workplace.save(good | {"document": name})


# Who may ask


@pytest.fixture
def client(output: Path) -> Iterator[Any]:
    pytest.importorskip("starlette")
    from starlette.testclient import TestClient

    from seedsum.desk.server import make_app

    app = make_app(Workplace(output), Applying(output), keys=Keys(TOKEN), port=PORT)
    with TestClient(app, base_url=f"http://127.0.0.1:{PORT}") as client:
        yield client


@pytest.fixture
def known(client: Any) -> Any:
    """A client that has opened the page's address."""
    assert client.get(f"/?token={TOKEN}").status_code == 200
    return client


PATHS = ("/", "/page/page.js", "/page/page.css", "/api/queue", "/api/article?name=clinic.txt")


@pytest.mark.parametrize("path", PATHS)
def test_every_request_needs_the_token(client: Any, path: str) -> None:
    assert client.get(path).status_code == 403
    assert client.get(path, headers={"authorization": "Bearer wrong"}).status_code == 403
    assert client.get(path, headers={"cookie": f"seedsum-{PORT}=wrong"}).status_code == 403
    assert client.get(path, headers={"authorization": f"Bearer {TOKEN}"}).status_code == 200
    # Only the page's own address takes the token from the address.
    refused = client.get(f"{path}{'&' if '?' in path else '?'}token={TOKEN}")
    assert refused.status_code == (200 if path == "/" else 403)


@pytest.mark.parametrize(
    "host", ["evil.example", f"evil.example:{PORT}", "127.0.0.1", "[::1]:8799"]
)
def test_another_name_for_the_server_is_refused(known: Any, host: str) -> None:
    answer = known.get("/api/queue", headers={"host": host})
    assert answer.status_code == 421
    assert known.get("/api/queue", headers={"host": f"localhost:{PORT}"}).status_code == 200


def test_a_foreign_page_cannot_change_anything(known: Any) -> None:
    review = {"document": CLINIC}
    for headers in ({}, {"x-seedsum": "1", "origin": "https://evil.example"}):
        assert known.post("/api/reviews", json=review, headers=headers).status_code == 403
        assert known.post("/api/run", json={}, headers=headers).status_code == 403
    answer = known.post("/api/reviews", json=review, headers={"x-seedsum": "1"})
    assert answer.status_code == 400
    large = known.post("/api/reviews", content=b"x" * 4_000_001, headers={"x-seedsum": "1"})
    assert large.status_code == 413


def test_the_policy_lets_nothing_but_our_own_files_load(client: Any) -> None:
    assert POLICY == (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self';"
        " connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none';"
        " require-trusted-types-for 'script'; trusted-types 'none'"
    )
    for answer in (client.get("/"), client.get(f"/?token={TOKEN}"), client.get("/api/queue")):
        headers = answer.headers
        assert headers["content-security-policy"] == POLICY
        assert headers["x-frame-options"] == "DENY"
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["referrer-policy"] == "no-referrer"
        assert headers["cache-control"] == "no-store"
    cookie = client.get(f"/?token={TOKEN}").headers["set-cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=Strict" in cookie


def test_a_key_for_the_browser_counts_once() -> None:
    keys = Keys()
    once = keys.once()
    assert not keys.fits("x")
    assert keys.fits(once)
    assert not keys.fits(once)
    assert keys.fits(keys.token)


def test_the_page_is_whole_and_has_nothing_inline(known: Any) -> None:
    html = known.get("/").text
    assert not re.search(r"<script(?![^>]*\bsrc=)|\son\w+=|<style|\sstyle=|javascript:", html)
    for address in re.findall(r'(?:src|href)="(/[^"]+)"', html):
        assert known.get(address).status_code == 200
    assert known.get("/page/../server.py").status_code in (403, 404)
    assert known.get("/page/nothing.js").status_code == 404


def test_the_scripts_make_no_markup_and_ask_nobody_else() -> None:
    folder = Path(__file__).parent.parent / "src" / "seedsum" / "desk" / "page"
    scripts = sorted(folder.glob("*.js"))
    assert scripts
    for path in (*scripts, folder / "page.css", folder / "page.html"):
        text = path.read_text(encoding="utf-8")
        assert not re.search(r"innerHTML|outerHTML|insertAdjacent|document\.write|\beval\(", text)
        assert not re.search(r"https?://|//[a-z]+\.[a-z]", text.replace("http://www.w3.org", ""))


def test_a_review_goes_through_the_server_to_the_disk(known: Any, output: Path) -> None:
    article = known.get("/api/article", params={"name": CLINIC}).json()["article"]
    item = next(one for one in article["rows"] if one["id"] == "s2")
    keys = ("direction", "source", "before", "after")
    review = {key: item[key] for key in keys} | {
        "document": CLINIC,
        "source_sha256": article["source_sha256"],
        "part": "sentence",
        "verdict": "edited",
        "segment": "s2",
        "machine_text": item["english"],
        "text": "This  morning\nthe station opened a new clinic.",
        "reviewer": "Lan",
    }
    answer = known.post("/api/reviews", json=review, headers={"x-seedsum": "1"}).json()
    (kept,) = ReviewStore(output).read()
    assert kept.id == answer["saved"]
    assert kept.text == "This morning the station opened a new clinic."
    assert (kept.reviewer, kept.machine_text) == ("Lan", item["english"])
    (standing,) = join([kept])
    assert standing.verdict is Verdict.EDITED
    states = {one["id"]: one["state"] for one in answer["article"]["rows"]}
    assert states["s2"] == "edited"


def test_an_answer_with_a_lone_surrogate_is_json(tmp_path: Path) -> None:
    pytest.importorskip("starlette")
    from seedsum.desk.server import as_json

    answer = as_json({"text": "a\ud83d"})
    assert json.loads(bytes(answer.body)) == {"text": "a\ud83d"}


# The run


def test_the_run_has_the_paths_of_the_last_one(output: Path, tmp_path: Path) -> None:
    from seedsum.pipeline.last_run import LastRun, write_last_run

    with pytest.raises(UsageError, match="--input"):
        known_inputs(output, ())
    (tmp_path / "in").mkdir()
    write_last_run(output, LastRun(num_sources={str(tmp_path / "in"): 1}))
    assert known_inputs(output, ()) == [str(tmp_path / "in")]
    with pytest.raises(UsageError, match="not there"):
        known_inputs(output, ["nothing"])
    write_last_run(output, LastRun(num_sources={"a": 1, "b": 1}))
    with pytest.raises(UsageError, match="several"):
        known_inputs(output, ())


def test_a_locked_output_is_said_in_words(output: Path, tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "a.txt").write_text("It rained.\n", encoding="utf-8")
    applying = Applying(output, inputs=[str(tmp_path / "in")])
    with place_of(output).lock():
        assert applying.start().is_running
        while (state := applying.state()).is_running:
            time.sleep(0.05)
    assert state.exit_code == 7
    assert "Another run is using this output folder" in state.ended


# The command


@pytest.mark.slow
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_the_server_ends_cleanly(output: Path, number: signal.Signals) -> None:
    pytest.importorskip("uvicorn")
    server, _ = serve(output)
    server.send_signal(number)
    _, rest = server.communicate(timeout=60)
    assert server.returncode == {signal.SIGINT: 0, signal.SIGTERM: 143}[number]
    assert "Traceback" not in rest and "run again" not in rest
    assert ("saved is kept" in rest) == (number is signal.SIGTERM), rest


@pytest.mark.slow
def test_a_verdict_that_was_answered_survives_kill_9(output: Path) -> None:
    httpx = pytest.importorskip("httpx2")
    server, address = serve(output)
    root = address.partition("?")[0]
    ids = []
    try:
        with httpx.Client(base_url=root, headers={"x-seedsum": "1"}, trust_env=False) as client:
            assert client.get(address).status_code == 200
            article = client.get("api/article", params={"name": CLINIC}).json()["article"]
            for number in range(20):
                review = {
                    "document": CLINIC, "source_sha256": article["source_sha256"],
                    "part": "sentence", "verdict": "edited", "source": f"Câu {number}.",
                    "text": f"Sentence {number}.",
                }  # fmt: skip
                ids.append(client.post("api/reviews", json=review).json()["saved"])
        os.kill(server.pid, signal.SIGKILL)
    finally:
        server.kill()
        server.communicate()
    found: list[Review] = ReviewStore(output).read()
    assert [one.id for one in found] == sorted(ids)
    assert not [path for path in (output / "reviews").iterdir() if path.suffix != ".json"]


def test_a_missing_library_is_named_with_its_remedy(
    output: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from seedsum.desk import serving

    monkeypatch.setattr(serving, "find_spec", lambda name: None)
    with pytest.raises(UsageError, match=r"pip install 'seedsum\[review\]'"):
        serving.serve(output)
    monkeypatch.undo()
    with pytest.raises(UsageError, match="seedsum run"):
        serving.serve(output / "nothing")
