"""Choosing sentences: what stands alone, what leads, what repeats, and how memory grows."""

from __future__ import annotations

import tracemalloc
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seedsum.languages.stemming import english_stem
from seedsum.records import ArticleSentence, Role
from seedsum.settings import ExtractiveOptions
from seedsum.summaries.extractive import rank
from seedsum.summaries.faults import FAULT_COSTS, standalone_faults
from seedsum.summaries.words import content_words

BRIDGE = (
    "The province opened a new bridge over the Long River on Monday.",
    "It took four years to build and cost 120 million dollars.",
    "The bridge carries two lanes of traffic and a path for bicycles.",
    "Farmers on the south bank can now reach the market in twenty minutes.",
    "Before, they had to wait for a ferry that stopped at sunset.",
    '"My mother cried when she saw it," said one of the first cyclists.',
    "Engineers will close the old ferry pier in spring.",
    "Will the toll stay as low as it is now?",
    "Bread prices in the capital did not change last week.",
)


def article(*texts: str, **fields: object) -> list[ArticleSentence]:
    return [
        ArticleSentence(id=f"s{number}", text=text, paragraph=number, **fields)  # type: ignore[arg-type]
        for number, text in enumerate(texts, 1)
    ]


def best(sentences: list[ArticleSentence], number: int = 3, **changes: object) -> tuple[int, ...]:
    arguments: dict[str, object] = {
        "title": None,
        "options": ExtractiveOptions(),
        "num_sentences": number,
        "max_chars": 10_000,
    } | changes
    return rank(sentences, **arguments)  # type: ignore[arg-type]


def test_the_lead_is_taken_first() -> None:
    assert best(article(*BRIDGE))[0] == 0


def test_questions_quotes_and_other_topics_are_left() -> None:
    assert not {5, 7, 8}.intersection(best(article(*BRIDGE), 4))


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("However, the ministry has not said when the work will begin.", "linked"),
        ("This decision will change how every school buys its books.", "dependent"),
        ("In addition, the city will plant trees along the main road.", "linked"),
        ("She told reporters that the work would begin in the spring.", "dependent"),
        ("Who will pay for the second half of the northern railway line?", "question"),
        ("“The water came up to the window in less than an hour,” said Lan.", "quote"),
        ("The mayor called the plan “a gift to the whole city of the south.", "quote"),
        ("We want our children to be able to walk to their own school.", "quote"),
        ("The market opens at dawn.", "short"),
        ("improving the roads that lead to the three hospitals of the province;", "fragment"),
        ("The plan for the coming year covers the following four areas of work:", "fragment"),
        ("12.5 34 56,700 2019 2020 2021 38% 45% in 7,800 of 9,100", "numbers"),
        ("Click here to read more stories about health in the region today.", "notice"),
        ("Photo: workers repair the dam after the storm of the last weekend.", "notice"),
        ("Hôm nay trời mưa to, nhiều con đường trong thành phố bị ngập.", None),
        ("আজ সকালে ভারী বৃষ্টি হয়েছে এবং শহরের অনেক রাস্তা ডুবে গেছে।", "foreign"),
        ("The health ministry sent two doctors to each of the flooded districts.", None),
        ("The minister said the hospital would open “before the end of May”.", None),
        ("The 23-year-old won the race in 2 minutes and 4 seconds on Sunday.", None),
    ],
)
def test_each_fault_is_seen(text: str, fault: str | None) -> None:
    faults = standalone_faults(article(text)[0])
    assert fault in faults if fault else not faults


def test_every_fault_has_a_cost() -> None:
    listed = ArticleSentence("s1", "they", 1, role=Role.LIST, flagged=True)
    assert set(standalone_faults(listed)) <= set(FAULT_COSTS)


def test_a_pronoun_may_follow_the_sentence_that_explains_it() -> None:
    pronoun = "They also promised the farmers of the south bank a market with a roof."
    assert sorted(best(article(BRIDGE[0], pronoun, BRIDGE[3]), 2)) == [0, 1]
    assert best(article(BRIDGE[0], pronoun), 1) == (0,)
    assert best(article(pronoun, BRIDGE[3], BRIDGE[6]), 2) == (1, 2)


def test_the_headline_is_not_repeated_even_with_a_date() -> None:
    title = "Province opens new bridge over the Long River"
    sentences = article(f"{title} 12.05.2024 14:13", *BRIDGE)
    assert 0 not in best(sentences, 5, title=title)


def test_what_the_title_speaks_of_is_preferred() -> None:
    sentences = article(*BRIDGE[2:5], BRIDGE[6], BRIDGE[8])
    without, with_title = (
        best(sentences, 3),
        best(sentences, 3, title="Bread prices in the capital"),
    )
    assert 4 not in without
    assert 4 in with_title


def test_a_repeated_sentence_is_taken_once() -> None:
    sentences = article(BRIDGE[0], BRIDGE[0], BRIDGE[0] + " ", BRIDGE[3])
    assert sorted(best(sentences, 4)) == [0, 3]


def test_a_doubted_translation_is_worth_less_but_the_lead_stays() -> None:
    sentences = article(*BRIDGE[:7])
    assert best(sentences, 3) == (0, 2, 1)
    assert 0 in best([replace(sentences[0], flagged=True), *sentences[1:]], 3)
    doubted = [*sentences[:2], replace(sentences[2], flagged=True), *sentences[3:]]
    assert 2 not in best(doubted, 3)


def test_a_later_section_has_its_share() -> None:
    texts = (
        "The hospital will receive three machines that show doctors the inside of the body.",
        "Fourteen nurses and a doctor will come to the hospital from the capital in June.",
        "A kitchen with five cooks will open in the hospital before the end of the year.",
        "The hospital will also have a room where relatives of patients can stay overnight.",
        "Readers will find four thousand journals in the library from next week on.",
        "The garden of the library will get sixty trees, and benches in their shade.",
    )

    def sections_in_summary(*sections: int) -> set[int]:
        sentences = [
            ArticleSentence(id=f"s{n}", text=text, paragraph=n, section=section)
            for n, (text, section) in enumerate(zip(texts, sections, strict=True))
        ]
        return {0 if index < 4 else 1 for index in best(sentences, 3)}

    assert sections_in_summary(0, 0, 0, 0, 0, 0) == {0}
    assert sections_in_summary(0, 0, 0, 0, 1, 1) == {0, 1}


def test_no_more_characters_than_allowed() -> None:
    sentences = article(*BRIDGE)
    chosen = best(sentences, 9, max_chars=130)
    assert len(" ".join(sentences[index].text for index in chosen)) <= 130
    assert chosen


def test_taken_sentences_are_not_given_again() -> None:
    assert not {0, 2}.intersection(best(article(*BRIDGE), 9, taken=(0, 2)))


def test_nothing_gives_nothing() -> None:
    assert best([]) == ()
    assert best(article(*BRIDGE), 0) == ()


@pytest.mark.parametrize("text", ["", "   ", "…", "the of and", "😀 😀", "1234"])
def test_sentences_without_words_do_no_harm(text: str) -> None:
    assert 0 in best(article(BRIDGE[0], text, text), 3)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("The ministries announced announcements", ("ministri", "announc", "announc")),
        ("Stopped stopping stops", ("stop", "stop", "stop")),
        ("1,200 people and 3.5%", ("1,200", "peopl", "3.5")),
        ("the of and", ()),
        ("", ()),
    ],
)
def test_content_words_carry_the_meaning(text: str, words: tuple[str, ...]) -> None:
    assert content_words(text) == words


def test_stems_are_the_same_from_many_threads() -> None:
    words = [
        f"{stem}{number}{ending}"
        for number in range(200)
        for stem in ("walk", "build")
        for ending in ("s", "ing", "ed")
    ]
    alone = [english_stem(word) for word in words]
    english_stem.cache_clear()
    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(english_stem, words)) == alone


@given(st.lists(st.sampled_from(BRIDGE) | st.text(max_size=60), max_size=12))
@settings(max_examples=60, deadline=None)
def test_ranking_is_repeatable_and_never_gives_an_index_twice(texts: list[str]) -> None:
    sentences = article(*texts)
    chosen = best(sentences, 5)
    assert chosen == best(sentences, 5)
    assert len(set(chosen)) == len(chosen) <= 5
    assert all(0 <= index < len(texts) for index in chosen)


def test_memory_grows_with_the_text_not_with_its_square() -> None:
    words = content_words("river bridge market school doctor farmer ferry storm road train law map")
    texts = [
        f"The {words[n % 12]} near {words[n // 12 % 12]} number {n} will get a new "
        f"{words[n // 144 % 12]} and a longer {words[n * 7 % 12]} in the coming year {n * 13}."
        for n in range(4000)
    ]
    sentences = article(*texts)
    tracemalloc.start()
    assert len(best(sentences, 5)) == 5
    _, peak_bytes = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak_bytes < 60e6  # one matrix of 4,000 by 4,000 float64 alone is 128 MB


def test_a_heading_with_a_whole_text_in_it_is_no_burden() -> None:
    sentences = article(*(f"The clinic number {n} was opened on Monday." for n in range(3_000)))
    title = " ".join(f"clinic number {n} word{n}" for n in range(3_000))
    tracemalloc.start()
    assert len(best(sentences, 5, title=title)) == 5
    _, peak_bytes = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak_bytes < 30e6  # every word of the title for every sentence would be 150 MB
