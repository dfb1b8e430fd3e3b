"""Reviews: kept as they were said."""

from __future__ import annotations

import dataclasses
import json
import os
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest

from seedsum.records import Part, Review, Verdict
from seedsum.reviews import Reviews, ReviewStore, Standing, join, new_review
from seedsum.reviews.store import later


def test_a_review_comes_back_as_it_was_said(tmp_path: Path) -> None:
    store = ReviewStore(tmp_path)
    said = [
        new_review(
            Part.SENTENCE,
            Verdict.EDITED,
            document="health/a.txt",
            source_sha256="0" * 64,
            reviewer="Lan",
            direction="vi->en",
            source="Bệnh viện mở cửa năm 2019.",
            text=f"The hospital opened in 2019 ({number}).",
            dismissed=("number",),
        )
        for number in range(3)
    ]
    for review in said:
        store.add(review)
    (tmp_path / "reviews" / "torn.json").write_text('{"id": ')
    assert store.read() == said


def add(output: Path, text: str, **more: Any) -> Review:
    stated = {"document": "a.txt", "source_sha256": "0" * 64, "direction": "vi->en"}
    part, verdict = more.pop("part", Part.SENTENCE), more.pop("verdict", Verdict.EDITED)
    review = new_review(
        part, verdict, **{**stated, "source": "Một câu.", "text": text, "reviewer": "Lan", **more}
    )
    ReviewStore(output).add(review)
    return review


def looked(output: Path) -> Reviews:
    reviews = Reviews(output)
    reviews.look()
    return reviews


def english(reviews: Reviews, *names: str) -> list[str]:
    return [standing.text for standing in reviews.standings(names)]


def test_what_is_new_is_read_and_what_is_gone_is_forgotten(tmp_path: Path) -> None:
    reviews = looked(tmp_path)
    assert reviews.key(["a.txt"]) == ""
    first, second = add(tmp_path, "First."), add(tmp_path, "Second.")
    reviews.look()
    assert english(reviews, "a.txt") == ["Second."]
    key = reviews.key(["a.txt"])
    (tmp_path / "reviews" / f"{second.id}.json").unlink()
    reviews.look()
    assert english(reviews, "a.txt") == ["First."]
    assert reviews.key(["a.txt"]) not in ("", key)
    add(tmp_path, "", verdict=Verdict.WITHDRAWN)
    reviews.look()
    assert reviews.key(["a.txt"]) == ""
    assert first.text == "First."


@pytest.fixture(scope="module")
def many(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An output with so many reviews that there is a cache."""
    output = tmp_path_factory.mktemp("many")
    for number in range(120):
        add(output, f"English {number}.", document=f"{number % 7}.txt", source=f"Câu {number}.")
    looked(output)
    return output


def test_reviews_come_from_the_cache_as_from_their_objects(many: Path) -> None:
    cache = many / ".seedsum" / "reviews.jsonl"
    found = [looked(many).standings([f"{number}.txt"]) for number in range(7)]
    # Its objects are not opened again: one that was changed on the disk is not seen.
    path = min((many / "reviews").iterdir())
    before = path.read_bytes()
    path.write_text("{}")
    assert [looked(many).standings([f"{number}.txt"]) for number in range(7)] == found
    path.write_bytes(before)
    for wrong in (b"", b"torn", cache.read_bytes()[:-9], b"[1, 2]\n[]"):
        cache.write_bytes(wrong)
        assert [looked(many).standings([f"{number}.txt"]) for number in range(7)] == found
        assert len(cache.read_bytes()) > 1_000


def test_what_is_torn_is_read_again(many: Path) -> None:
    reviews = looked(many)
    path = many / "reviews" / "20270101T000000.000000Z-torn.json"
    review = new_review(
        Part.SENTENCE, Verdict.REJECTED, document="torn.txt", source_sha256="1" * 64, note="no"
    )
    text = json.dumps(dataclasses.asdict(review))
    path.write_text(text[:100])
    reviews.look()
    assert reviews.standings(["torn.txt"]) == ()
    path.write_text(text)
    for reader in (reviews, looked(many)):
        reader.look()
        (standing,) = reader.standings(["torn.txt"])
        assert standing.note == "no"
    path.unlink()


@pytest.mark.parametrize(
    "changed",
    [
        {"time": 5},
        {"part": "chapter"},
        {"verdict": "perhaps"},
        {"dismissed": "number-changed"},
        {"dismissed": [1]},
        {"document": None},
        {"time": "at the end"},
        {"time": "2036-01-01T00:00:00"},
        {"text": "A" * 5_000_000},
    ],
)
def test_what_is_no_review_is_left_out(tmp_path: Path, changed: dict[str, object]) -> None:
    review = add(tmp_path, "Right.")
    stated = json.loads((tmp_path / "reviews" / f"{review.id}.json").read_text())
    (tmp_path / "reviews" / "other.json").write_text(json.dumps({**stated, **changed}))
    (tmp_path / "reviews" / "later.json").write_text(json.dumps({**stated, "of_a_later": 1}))
    (tmp_path / "reviews" / "deep.json").write_text("[" * 100_000)
    (tmp_path / "reviews" / "link.json").symlink_to("/dev/zero")
    os.mkfifo(tmp_path / "reviews" / "pipe.json")
    (tmp_path / "reviews" / "folder.json").mkdir()
    assert ReviewStore(tmp_path).read() == [review, review]
    assert english(looked(tmp_path), "a.txt") == ["Right."]


def test_an_article_that_was_moved_keeps_its_reviews(tmp_path: Path) -> None:
    add(tmp_path, "First.", document="old.txt")
    add(tmp_path, "Other.", document="other.txt", source_sha256="5" * 64)
    reviews = looked(tmp_path)
    assert reviews.names("new.txt", sources=["0" * 64]) == {"old.txt"}
    assert reviews.names("new.txt", sources=["7" * 64]) == set()
    assert reviews.names("new.txt", sources=["7" * 64], also=["old.txt"]) == {"old.txt"}
    assert reviews.key(["old.txt"]) == reviews.key(reviews.names("new.txt", sources=["0" * 64]))


def test_the_same_sentence_elsewhere_is_offered(tmp_path: Path) -> None:
    add(tmp_path, "One sentence.")
    add(tmp_path, "A sentence.", document="b.txt", reviewer="Minh")
    add(tmp_path, "A  sentence.", document="c.txt")
    add(tmp_path, "A phrase.", document="d.txt", direction="bn->en")
    reviews = looked(tmp_path)
    offers = reviews.offers("Một  câu.", direction="vi->en", names=["a.txt"])
    assert [(offer.text, offer.document) for offer in offers] == [("A  sentence.", "c.txt")]
    assert len(reviews.offers("Một câu.", direction="vi->en")) == 2
    assert reviews.offers("Hai câu.", direction="vi->en") == ()


def test_one_more_review_costs_the_work_of_its_article_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(120):
        add(tmp_path, f"English {number}.", document=f"{number}.txt", source="Một câu.")
    reviews, cache = looked(tmp_path), tmp_path / ".seedsum" / "reviews.jsonl"
    assert len(reviews.offers("Một câu.", "vi->en", names=["0.txt"])) == 119
    written, num_joined = cache.stat().st_ino, 0

    def counted(said: Iterable[Review]) -> tuple[Standing, ...]:
        nonlocal num_joined
        num_joined += len(said := list(said))
        return join(said)

    monkeypatch.setattr("seedsum.reviews.reading.join", counted)
    more = add(tmp_path, "Better.", document="7.txt")
    assert reviews.look() == [more] and reviews.look() == []
    offers = reviews.offers("Một câu.", "vi->en")
    assert (offers[0].text, offers[0].document, len(offers)) == ("Better.", "7.txt", 120)
    assert num_joined == 4  # the two of 7.txt, for its key and for what they offer
    assert cache.stat().st_ino == written
    assert looked(tmp_path).offers("Một câu.", "vi->en") == offers
    add(tmp_path, "", document="7.txt", verdict=Verdict.WITHDRAWN)
    reviews.look()
    assert "7.txt" not in {one.document for one in reviews.offers("Một câu.", "vi->en")}


def test_a_reviewer_without_an_account_has_a_name(monkeypatch: pytest.MonkeyPatch) -> None:
    def no_account() -> str:
        raise KeyError("getpwuid(): uid not found: 1234")

    monkeypatch.delenv("SEEDSUM_REVIEWER", raising=False)
    monkeypatch.setattr("getpass.getuser", no_account)
    review = new_review(Part.ARTICLE, Verdict.ACCEPTED, document="a", source_sha256="b")
    assert review.reviewer == "unknown"


@pytest.mark.parametrize("part", [Part.SENTENCE, Part.TERM])
def test_what_is_said_last_stands_though_another_clock_is_ahead(tmp_path: Path, part: Part) -> None:
    ahead = later(add(tmp_path, "Ahead.", part=part), "2099-01-01T00:59:59.999999+00:00")
    ReviewStore(tmp_path).add(ahead)
    store, reviews = ReviewStore(tmp_path), looked(tmp_path)
    review = new_review(
        part,
        Verdict.EDITED,
        document="a.txt",
        source_sha256="1" * 64,
        direction="vi->en",
        source="Một câu.",
        text="Last.",
    )
    store.add(reviews.after_all(review))
    reviews = looked(tmp_path)
    found = reviews.terms() if part is Part.TERM else reviews.standings(["a.txt"])
    assert [one.text for one in found] == ["Last."]
    assert sorted(store.names())[-1].startswith("20990101T010000.000001Z-")


def test_terms_are_of_no_article(tmp_path: Path) -> None:
    add(tmp_path, "commune", source="xã", part=Part.TERM)
    add(tmp_path, "district", source="huyện", part=Part.TERM)
    add(tmp_path, "", source="huyện", part=Part.TERM, verdict=Verdict.WITHDRAWN)
    reviews = looked(tmp_path)
    assert [(term.source, term.text) for term in reviews.terms()] == [("xã", "commune")]
    assert reviews.names("a.txt", sources=["0" * 64]) == set()
