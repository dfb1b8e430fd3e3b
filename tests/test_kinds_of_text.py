"""Summaries of many kinds of text: what they hold, what they must not say, and what is doubted."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import seedsum
from seedsum.records import ArticleSentence, Summary
from seedsum.settings import SummaryOptions
from seedsum.summaries import summarise
from summary_facts import Found, Text, examine, own_texts

TUNED_ON = [text for text in own_texts() if not text.apart]
APART = [text for text in own_texts() if text.apart]
OTHER_KINDS = {"news": {"news", "feature"}}


def texts_of(summary: Summary) -> list[str]:
    return [sentence.text for sentence in summary.sentences]


def found_in(texts: list[Text]) -> list[Found]:
    return [examine(texts_of(summarise(text.text)), text) for text in texts]


@pytest.mark.parametrize("text", TUNED_ON, ids=lambda text: text.name)
def test_each_kind_is_told(text: Text) -> None:
    assert summarise(text.text).kind in OTHER_KINDS.get(text.kind, {text.kind})


@pytest.mark.parametrize("text", own_texts(), ids=lambda text: text.name)
def test_a_summary_is_pieces_of_the_text_and_at_most_half_of_it(text: Text) -> None:
    summary = summarise(text.text)
    whole = " ".join(text.text.split())
    for sentence in summary.sentences:
        assert sentence.text in whole
        assert sentence.whole in whole
        assert not sentence.whole or sentence.whole.endswith(sentence.text)
    assert len(" ".join(texts_of(summary))) <= len(whole) / 2
    assert 1 <= len(summary.sentences) <= 5


LABELLED = """Interview with the head of the ferry service

Q: Will the ferry stop in winter, as many people fear this year?

A: No. The ferry will run until 15 December and start again on 1 March.

Q: Why is there a pause at all?

A: Because the engine has to be replaced, which costs 340,000 and takes eight weeks.

Q: What do you say to those who work on the island?

A: They can use a bus that we pay for, and the fare of 2.50 stays the same.
"""


def test_labels_are_cut_off_and_the_whole_sentence_is_kept() -> None:
    summary = summarise(LABELLED)
    assert summary.kind == "interview"
    assert not any(text.startswith(("Q:", "A:")) for text in texts_of(summary))
    assert not any(text.endswith("?") for text in texts_of(summary))
    cut = [sentence for sentence in summary.sentences if sentence.whole]
    assert cut
    assert all(sentence.whole == f"A: {sentence.text}" for sentence in cut)


@pytest.mark.parametrize(
    ("labels", "kind"),
    [
        (("10.15", "10.40", "11.05"), "live"),
        (("7h30 - 8h00:", "8h00 - 8h45:", "8h45 - 9h10:"), "live"),
        (("[09:40]", "[10:05]", "[10:30]"), "live"),
        (("At 9:40 pm:", "At 10:05 pm:", "At 10:30 pm:"), "live"),
        (("1.", "2.", "3."), "list"),
        (("Tip 1:", "Tip 2:", "Tip 3:"), "list"),
        (("Mistake number 1:", "Mistake number 2:", "Mistake number 3:"), "list"),
        (("#1.", "#2.", "#3."), "list"),
    ],
)
def test_stamps_and_numbers_are_labels(labels: tuple[str, ...], kind: str) -> None:
    said = (
        "The ferry left the northern pier with 40 people and two cars on board.",
        "Wash the filter of the pump for five minutes with cold water.",
        "Farmers of the valley must bring the seed to the office before 4 May.",
    )
    items = "\n\n".join(f"{label} {text}" for label, text in zip(labels, said, strict=True))
    summary = summarise(f"What the office says of ferries and pumps\n\n{items}")
    assert summary.kind == kind
    assert set(texts_of(summary)) <= set(said)


def test_an_initial_is_no_number_of_an_item() -> None:
    text = (
        "V. Karim won the race on Sunday in 40 minutes.\n\nThe prize was a goat. It is black.\n\n"
    )
    text += "The weather of the day was dry, and the road was open to all of the runners."
    assert texts_of(summarise(text))[0].startswith("V. Karim")


def test_the_label_of_who_says_it_stays_outside_an_interview() -> None:
    text = "Health agency: the vaccine is safe for children above two years of age.\n\n"
    summary = summarise(text + "The agency examined 4,000 children on Monday.")
    assert texts_of(summary)[0].startswith("Health agency: ")


RUMOUR = """Town hall answers the talk of a dam break

On Friday some posts on social media claimed that the dam above Lenholm had cracked.

The posts are false, the town hall said. Engineers measured the wall on Saturday and found no
change.

The lake stands four metres below its highest level. Water is let out each spring, and this year
1,200 visitors came to see it.

The school choir sang at the dam on Sunday. It was a fine day, and ice cream was sold.
"""


def test_a_claim_comes_with_what_denies_it_or_not_at_all() -> None:
    said = " ".join(texts_of(summarise(RUMOUR)))
    assert "claimed that the dam" not in said or "The posts are false" in said
    for number in range(1, 6):
        options = SummaryOptions(min_sentences=number, max_sentences=number)
        said = " ".join(texts_of(summarise(RUMOUR, options=options)))
        assert "claimed that the dam" not in said or "The posts are false" in said


def test_a_pronoun_comes_with_the_sentence_before_it() -> None:
    text = """Hospital gets a new wing

The regional hospital will open a wing with 60 beds on 4 May. It cost nine million and took three
years.

Nurses of the old wing planted a garden behind the kitchen. They sold the first tomatoes on Monday
and gave the money to the children's ward.

Parking remains free on Sundays for visitors of patients.
"""
    for number in range(1, 5):
        said = texts_of(
            summarise(text, options=SummaryOptions(min_sentences=number, max_sentences=number))
        )
        for place, sentence in enumerate(said):
            if sentence.startswith("It cost"):
                assert said[place - 1].startswith("The regional hospital")
            if sentence.startswith("They sold"):
                assert said[place - 1].startswith("Nurses of")


def test_an_answer_is_taken_and_no_question_nor_announcement() -> None:
    text = """"Do not share your drops": an eye doctor answers

Many people use the eye drops of a relative. We asked Dr. Vu Ngoc Ha, an eye doctor, what can
happen.

Q: Why do people share them?
A: Because the bottle is there. When the eye is red they think that all drops are the same.
They are not.

Q: What is the danger?
A: Infection and blindness. Last year we treated 87 patients, and 23 of them lost the sight of one
eye.

Q: What do you advise?
A: Throw the bottle away after 28 days. Never use the drops of another person.
"""
    said = " ".join(texts_of(summarise(text)))
    assert "23 of them lost" in said
    assert "We asked" not in said
    assert "Why do people" not in said
    assert "they think that all drops are the same" not in said or "They are not." in said


def test_a_credit_line_is_no_sentence() -> None:
    text = """The ministry licensed four vaccines on Tuesday, the minister told reporters in Hue.

The first doses will reach clinics in the second quarter of the year, he said.

The price of a dose will be about 1.1 million, which insurance does not pay.

VNS/ Newspapers"""
    assert not any("VNS" in text for text in texts_of(summarise(text)))


def test_a_live_page_is_told_by_its_last_word_whatever_its_order() -> None:
    entries = [
        "09:10 A train has left the rails near Ostrow, the railway says. Nobody knows why.",
        "09:40 At least seven people are dead, according to a witness quoted by local radio.",
        "10:20 The fire service says that all 48 passengers are out of the train.",
        "11:30 Nobody has died, the fire service says; the report of seven dead was false.",
        "12:05 A broken rail caused the accident, and the line stays closed until Friday.",
    ]
    for order in (entries, entries[::-1]):
        text = "\n\n".join(["Live: train accident near Ostrow", *order])
        summary = summarise(text)
        said = " ".join(texts_of(summary))
        assert summary.kind == "live"
        assert "12:05" not in said
        assert "Nobody has died" in said
        assert "until Friday" in said
        assert "At least seven" not in said or "Nobody has died" in said


def test_every_item_of_a_digest_has_its_sentence() -> None:
    digest = next(text for text in TUNED_ON if text.kind == "digest")
    said = " ".join(texts_of(summarise(digest.text)))
    assert all(word in said for word in ("Char Madhab", "onion", "tiger"))


# --------------------------------------------------------------------------------------------
# Doubts and length


def codes(summary: Summary) -> set[str]:
    return {flag.code for flag in summary.flags}


def test_a_kind_that_is_not_recognised_is_said_and_asks_for_no_review() -> None:
    text = "\n\n".join(
        f"Snow lay on the {place}, and the old dog slept beside the stove until evening."
        for place in ("roof", "garden", "path", "fence", "woods", "pond")
    )
    summary = summarise(text)
    (flag,) = (flag for flag in summary.flags if flag.code == "summary-kind")
    assert flag.likelihood is not None
    assert flag.likelihood < 0.5


def test_a_text_without_any_main_point_is_likely_wrong() -> None:
    text = " ".join(
        f"The old {thing} seemed to have been dreaming about something for a very long while."
        for thing in ("house", "stove", "chair", "path", "fence", "door", "wall")
    )
    (flag,) = (flag for flag in summarise(text).flags if flag.code == "summary-weak")
    assert flag.likelihood is not None
    assert flag.likelihood >= 0.5


def test_a_claim_that_may_be_denied_elsewhere_is_flagged() -> None:
    text = """Two accused in the case of the silver boat

Prosecutors accused Ms. Halm of taking the silver boat from the museum of Aldern in May.

The boat weighs 11 kilograms. The museum of the town has 300 boats of wood and eleven of glass.

The judge found on Friday that Ms. Halm was not guilty.
"""
    one = SummaryOptions(min_sentences=4, max_sentences=4)
    said = summarise(text, options=one)
    for sentence in said.sentences:
        if "accused Ms. Halm" in sentence.text:
            flagged = any(flag.code == "summary-claim" for flag in sentence.flags)
            assert flagged or "not guilty" in " ".join(texts_of(said))


def test_what_is_its_own_summary_says_so() -> None:
    two = summarise("The ferry stops on Monday. A bus will run instead.")
    assert codes(two) == {"summary-whole"}
    assert len(two.sentences) == 2
    assert codes(summarise("", title="Ferry stops on Monday")) == {"summary-whole"}


def test_parts_that_are_left_out_are_counted() -> None:
    items = "\n\n".join(
        f"{number}. Clean the filter of machine {number} every {number + 3} days with warm water."
        for number in range(1, 10)
    )
    flags = summarise(f"Nine tips for machines\n\n{items}").flags
    assert [flag.detail for flag in flags if flag.code == "summary-partial"] == [
        "3 of 9 parts of the text"
    ]


@pytest.mark.parametrize("number", [1, 2, 4, 6])
def test_as_many_sentences_as_asked_for(number: int) -> None:
    text = next(text for text in TUNED_ON if text.name == "live-bridge")
    options = SummaryOptions().of_length(number)
    assert len(summarise(text.text, options=options).sentences) == number


def test_no_more_words_than_allowed() -> None:
    text = TUNED_ON[0].text
    for limit in (30, 60):
        said = " ".join(texts_of(summarise(text, options=SummaryOptions(max_words=limit))))
        assert 0 < len(said.split()) <= limit


# --------------------------------------------------------------------------------------------
# In a run


def run_on(text: str, folder: Path, **options: int) -> tuple[dict[str, Any], str]:
    """Return the record and the summary's Markdown of an English text; no model translates it."""
    source = folder / "in"
    source.mkdir(exist_ok=True)
    (source / "a.txt").write_text(text, encoding="utf-8")
    seedsum.run([source], output=folder / "out", profile="starter", isolated=False, **options)  # type: ignore[arg-type]
    record = json.loads((folder / "out/a.txt.record.json").read_text(encoding="utf-8"))
    return record, (folder / "out/a.txt.summary.md").read_text(encoding="utf-8")


def test_the_record_names_the_kind_and_keeps_what_was_cut_off(tmp_path: Path) -> None:
    record, markdown = run_on(LABELLED, tmp_path)
    assert record["source"]["kind"] == "interview"
    segments = {segment["id"]: segment["translation"] for segment in record["segments"]}
    cut = [one for one in record["summary"]["sentences"] if "whole" in one]
    assert cut
    for one in cut:
        assert one["whole"] == f"A: {one['text']}" == segments[one["cites"][0]]
        assert f"… {one['text']}" in markdown.replace("\\", "")


def test_what_is_likely_wrong_asks_for_review_and_what_is_possible_does_not(
    tmp_path: Path,
) -> None:
    dreams = " ".join(
        f"The old {thing} seemed to have been dreaming about something for a very long while."
        for thing in ("house", "stove", "chair", "path", "fence", "door", "wall")
    )
    record, _ = run_on(dreams, tmp_path)
    assert record["status"] == "review"
    assert any("summary-weak" in reason for reason in record["reasons"])
    snow = " ".join(
        f"Snow lay on the {place} of Aldern, and {number} dogs slept beside the stove."
        for number, place in enumerate(("roof", "garden", "path", "fence", "woods", "pond"), 4)
    )
    record, _ = run_on(snow, tmp_path)
    assert record["status"] == "clean"
    assert any("summary-kind" in reason for reason in record["reasons"])


def test_a_run_can_set_the_number_of_sentences_and_remakes_the_pair(tmp_path: Path) -> None:
    text = next(text.text for text in TUNED_ON if text.name == "live-bridge")
    usual, _ = run_on(text, tmp_path)
    two, _ = run_on(text, tmp_path, summary_sentences=2)
    assert len(usual["summary"]["sentences"]) > 2
    assert len(two["summary"]["sentences"]) == 2
    assert usual["run_key"] != two["run_key"]


# --------------------------------------------------------------------------------------------
# Whatever comes


WORDS = "A: Q: 12.30 1. but not said false they this police 40 dead, must Decision: ? . claims"


@given(st.lists(st.lists(st.sampled_from(WORDS.split(" ")), max_size=9), max_size=14))
@settings(max_examples=80, deadline=None)
def test_broken_english_never_empties_a_summary(paragraphs: list[list[str]]) -> None:
    sentences = [
        ArticleSentence(f"s{number}", " ".join(words), number)
        for number, words in enumerate(paragraphs)
    ]
    summary = summarise(sentences)
    has_words = any(any(map(str.isalpha, sentence.text)) for sentence in sentences)
    assert bool(summary.sentences) == has_words


# --------------------------------------------------------------------------------------------
# What summaries hold of our own texts, all together


def test_most_facts_are_held_and_little_is_said_that_must_not_be() -> None:
    for texts, least, most in ((TUNED_ON, 0.65, 3), (APART, 0.6, 3)):
        found = found_in(texts)
        held = sum(one.num_held for one in found) / sum(one.num_facts for one in found)
        assert held >= least
        assert sum(len(one.violations) for one in found) <= most
