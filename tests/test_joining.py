"""What stands of an article's sentences, and where they are found again."""

from __future__ import annotations

import unicodedata
from itertools import count, permutations
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seedsum.records import Part, Review, Verdict
from seedsum.reviews import (
    Cited,
    Dismissal,
    Standing,
    cited_text,
    dismissed_codes,
    join,
    match,
    match_summary,
)

_NUMBERS = count(1)

A, B, C, D, E = (
    "Bệnh viện mở cửa lúc bảy giờ sáng.",
    "Hai bác sĩ khám cho trẻ em trong xã.",
    "Thuốc được phát miễn phí.",
    "Người dân nên mang theo sổ tiêm.",
    "Trạm y tế nằm cạnh trường học.",
)


def said(verdict: Verdict, source: str = B, *, part: Part = Part.SENTENCE, **more: Any) -> Review:
    """Return a review that is later than those made before it."""
    number = next(_NUMBERS)
    stated: dict[str, Any] = {
        "before": A if part is Part.SENTENCE else "",
        "after": C if part is Part.SENTENCE else "",
        "reviewer": "Lan",
        "document": "a.txt",
        "source_sha256": "1" * 64,
        "direction": "vi->en",
    }
    time = f"2026-01-01T00:00:00.{number:06}+00:00"
    return Review(
        id=f"{number:08}",
        time=time,
        part=part,
        verdict=verdict,
        source=source,
        **{**stated, **more},
    )


def only(*reviews: Review) -> Standing:
    (standing,) = join(reviews)
    return standing


def test_the_last_verdict_that_counts_stands() -> None:
    edited = said(Verdict.EDITED, text="The second.", machine_text="Second.")
    accepted = said(Verdict.ACCEPTED, text="Number two.", machine_text="The second.", note="so")
    standing = only(edited, accepted)
    assert (standing.verdict, standing.text, standing.note) == (
        Verdict.ACCEPTED,
        "Number two.",
        "so",
    )
    assert (standing.machine_text, standing.time) == ("Second.", accepted.time)


def test_what_is_withdrawn_leaves_nothing() -> None:
    reviews = [said(Verdict.EDITED, text="The second."), said(Verdict.WITHDRAWN)]
    assert join(reviews) == ()
    assert only(*reviews, said(Verdict.REJECTED, note="wrong")).verdict is Verdict.REJECTED


def test_the_order_of_reviews_does_not_matter() -> None:
    reviews = [
        said(Verdict.EDITED, text="The second."),
        said(Verdict.DISMISSED, machine_text="The second.", dismissed=("number-changed",)),
        said(Verdict.ACCEPTED, D, before=C, after=E, text="The fourth."),
        said(Verdict.WITHDRAWN),
    ]
    assert len({join(order) for order in permutations(reviews)}) == 1


def test_saying_it_again_changes_nothing() -> None:
    first = said(Verdict.EDITED, text="The second.")
    again = said(Verdict.EDITED, text="The second.", reviewer="Minh")
    assert join([first]) == join([first, first, again])


def test_a_verdict_without_a_text_is_none() -> None:
    assert join([said(Verdict.EDITED, text="  "), said(Verdict.ACCEPTED)]) == ()
    assert only(said(Verdict.ACCEPTED, machine_text="Second.")).text == "Second."


def test_a_dismissal_holds_for_the_text_that_was_seen() -> None:
    standing = only(
        said(Verdict.DISMISSED, machine_text="Second  one.", dismissed=("a", "b")),
        said(Verdict.EDITED, text="The second.", machine_text="Second one.", dismissed=("c",)),
    )
    assert dismissed_codes(standing, "Second one.") == {"a", "b"}
    assert dismissed_codes(standing, "The second.") == {"c"}
    assert dismissed_codes(standing, "Another.") == frozenset()
    assert standing.verdict is Verdict.EDITED


def test_flags_dismissed_alone_are_no_verdict() -> None:
    standing = only(said(Verdict.DISMISSED, machine_text="Second.", dismissed=("a",)))
    assert standing.verdict is None
    (dismissal,) = standing.dismissed
    assert isinstance(dismissal, Dismissal)
    assert dismissal.reviewer == "Lan"


def test_an_article_is_done_for_one_source() -> None:
    first = said(Verdict.ACCEPTED, "", part=Part.ARTICLE)
    second = said(Verdict.ACCEPTED, "", part=Part.ARTICLE, source_sha256="2" * 64)
    assert {one.source_sha256 for one in join([first, second])} == {"1" * 64, "2" * 64}


def edited(source: str, before: str, after: str, **more: Any) -> Review:
    text = more.pop("text", f"English of {source}")
    return said(Verdict.EDITED, source, before=before, after=after, text=text, **more)


def texts(reviews: list[Review], sentences: list[str]) -> list[str | None]:
    found = match(join(reviews), sentences).standings
    return [one.text if one else None for one in found]


@pytest.mark.parametrize(
    ("sentences", "place"),
    [
        ([A, B, C], 1),
        ([E, D, A, B, C], 3),
        ([A, D, B, C], 2),  # one neighbour is another
        ([D, B, E], 1),  # both are, and it stands there once
        ([B], 0),
        ([A, f"\t{unicodedata.normalize('NFD', B)} ".replace(" ", "\n"), C], 1),
    ],
)
def test_a_sentence_is_found_by_its_text_and_its_neighbours(
    sentences: list[str], place: int
) -> None:
    found = texts([edited(B, A, C)], sentences)
    assert found == [f"English of {B}" if here == place else None for here in range(len(sentences))]


def test_of_two_places_it_goes_to_the_one_with_the_neighbour() -> None:
    assert texts([edited(B, A, C)], [B, D, A, B, E]) == [None, None, None, f"English of {B}", None]


def test_what_could_go_to_two_places_goes_to_none() -> None:
    matches = match(join([edited(B, A, C)]), [D, B, E, B, D])
    assert matches.standings == (None,) * 5
    assert [one.standing.source for one in matches.unmatched] == [B]


def test_places_that_nothing_tells_apart_have_the_same() -> None:
    found = texts([edited(B, A, C)], [A, B, C, A, B, C])
    assert [text is not None for text in found] == [False, True, False, False, True, False]


def test_a_repeated_sentence_keeps_the_english_of_each_place() -> None:
    first = edited(B, A, C, text="One.", segment="s9")
    second = edited(B, D, E, text="Two.", segment="s10")
    assert texts([second, first], [A, B, C, D, B, E])[1::3] == ["One.", "Two."]
    # All neighbours are others: the order tells them apart, where both are still there.
    assert texts([second, first], ["x", B, "y", "z", B]) == [None, "One.", None, None, "Two."]
    assert texts([second, first], ["x", B, "y"]) == [None, None, None]


def test_the_last_verdict_counts_over_the_contexts_that_a_sentence_has_had() -> None:
    before = edited(B, A, C, text="First.")
    after = edited(B, A, D, text="Second.", source_sha256="2" * 64)
    dismissed = said(
        Verdict.DISMISSED,
        before=D,
        after=E,
        source_sha256="3" * 64,
        machine_text="Second.",
        dismissed=("a",),
    )
    assert texts([before, after], [A, B, C]) == [None, "Second.", None]
    (standing,) = [
        one for one in match(join([before, after, dismissed]), [D, B, E]).standings if one
    ]
    assert standing.text == "Second."
    assert dismissed_codes(standing, "Second.") == {"a"}
    taken_back = said(Verdict.WITHDRAWN, before=D, after=E, source_sha256="4" * 64)
    assert texts([before, after, taken_back], [A, B, D]) == [None, None, None]


CHANGED = "Ba bác sĩ khám cho trẻ em trong xã."


@pytest.mark.parametrize(
    ("sentences", "index"),
    [
        ([A, "Hoàn toàn khác hẳn!", C], 1),  # both neighbours
        ([A, CHANGED, D], 1),  # one, and like it
        ([D, E, CHANGED], 2),  # very like it
        ([D, "Hoàn toàn khác hẳn!", E], None),
        ([], None),
    ],
)
def test_what_is_gone_is_shown_with_what_took_its_place(
    sentences: list[str], index: int | None
) -> None:
    (unmatched,) = match(join([edited(B, A, C)]), sentences).unmatched
    assert (unmatched.standing.source, unmatched.index) == (B, index)


def test_what_was_looked_at_again_is_gone_no_more() -> None:
    old = edited(B, A, C)
    new = edited(CHANGED, A, C, source_sha256="2" * 64)
    assert match(join([old, new]), [A, CHANGED, C]).unmatched == ()
    # A sentence that stood beside it did not take its place.
    beside = edited(CHANGED, C, D, text="Three.")
    (unmatched,) = match(join([old, beside]), [A, C, CHANGED, D]).unmatched
    assert unmatched.index is None


def test_flags_dismissed_of_a_sentence_that_is_gone_ask_for_nothing() -> None:
    gone = said(Verdict.DISMISSED, machine_text="Second.", dismissed=("a",))
    assert match(join([gone]), [D]).unmatched == ()


XY = Cited("X. Y.")


def summary(verdict: Verdict, machine_text: str, text: str = "", source: str = "X. Y.") -> Review:
    return said(verdict, source, part=Part.SUMMARY, machine_text=machine_text, text=text)


def test_a_summary_sentence_is_found_by_what_it_cites_and_its_text() -> None:
    standings = join(
        [
            summary(Verdict.EDITED, "Two of them.", "Two, of three."),
            summary(Verdict.REJECTED, "None at all."),
        ]
    )
    both = match_summary(standings, ["None at all.", "Two of them."], [XY, XY])
    assert [one.verdict if one else None for one in both] == [Verdict.REJECTED, Verdict.EDITED]
    assert match_summary(
        standings, ["None at all.", "Two of them."], [Cited("X. Z."), Cited("Y.")]
    ) == (
        None,
        None,
    )
    # Another text of the same: the edit still says what they say, the rejection was of that text.
    (again,) = match_summary(standings, ["Two there are."], [XY])
    assert again is not None
    assert again.text == "Two, of three."


def test_a_summary_sentence_and_what_it_cites_can_be_edited_in_one_sitting() -> None:
    """The summary's verdict names what it cites as it was, and comes after the edit of that."""
    standing = only(summary(Verdict.EDITED, "Two of them.", "Two, of three."))
    for edited, found in (("2025-01-01", standing), ("2027-01-01", None)):
        cited = Cited("X, edited. Y.", "X. Y.", edited)
        assert match_summary([standing], ["Another one."], [cited]) == (found,)


def test_an_edit_of_an_edit_is_of_the_same_summary_sentence() -> None:
    standing = only(
        summary(Verdict.EDITED, "Two of them.", "Two, of three."),
        summary(Verdict.EDITED, "Two, of three.", "Two of three."),
    )
    assert (standing.machine_text, standing.text) == ("Two of them.", "Two of three.")


def test_the_source_of_a_summary_sentence_is_what_it_cites() -> None:
    assert cited_text(("s2", "s9", "s1"), {"s1": "One.", "s2": "Two."}) == "Two. One."


words = st.text(alphabet="abcdeăâê", min_size=1, max_size=8)


@st.composite
def changed_articles(draw: st.DrawFn) -> tuple[list[str], list[str], set[str]]:
    """Return an article, what became of it, and the sentences of it that were edited.

    Sentences were added and taken away everywhere, and edited ones stay, in any order.
    """
    before = draw(st.lists(words, min_size=1, max_size=12, unique=True))
    edited = draw(st.sets(st.sampled_from(before), min_size=1))
    stay = [one for one in before if one in edited or draw(st.booleans())]
    added = draw(st.lists(words.map(lambda word: f"new {word}"), max_size=8, unique=True))
    after = draw(st.permutations([*stay, *added]))
    return before, after, edited


@given(changed_articles())
def test_edits_survive_whatever_happens_around_them(
    articles: tuple[list[str], list[str], set[str]],
) -> None:
    before, after, chosen = articles
    padded = ["", *before, ""]
    reviews = [
        edited(source, padded[place], padded[place + 2], segment=f"s{place + 1}")
        for place, source in enumerate(before)
        if source in chosen
    ]
    expected = [f"English of {one}" if one in chosen else None for one in after]
    assert texts(reviews, after) == expected
    assert match(join(reviews), after).unmatched == ()


@given(
    st.lists(st.sampled_from("abc"), min_size=1, max_size=12),
    st.lists(st.sampled_from("abcd"), max_size=12),
)
def test_no_verdict_goes_to_another_sentence_and_none_to_two_unless_nothing_tells_them_apart(
    before: list[str], after: list[str]
) -> None:
    padded = ["", *before, ""]
    reviews = [
        edited(
            source, padded[place], padded[place + 2], text=f"{source} {place}", segment=f"s{place}"
        )
        for place, source in enumerate(before)
    ]
    found = match(join(reviews), after).standings
    around = ["", *after, ""]
    seen: dict[Standing, tuple[str, str]] = {}
    for place, standing in enumerate(found):
        if standing is not None:
            assert standing.source == after[place]
            context = (around[place], around[place + 2])
            assert seen.setdefault(standing, context) == context
