"""Summaries: their length, order and citations, and what becomes of what a model writes."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seedsum.engines import load_model
from seedsum.engines.batches import LoadedModel
from seedsum.errors import ModelError
from seedsum.records import (
    ArticleSentence,
    DecodingOptions,
    Direction,
    Hypothesis,
    ModelSpec,
    Runtime,
    Summary,
)
from seedsum.settings import SummaryOptions
from seedsum.summaries import (
    MAX_CITES,
    Article,
    SummaryModel,
    summarise,
    summarise_all,
    unsupported_facts,
)
from seedsum.summaries.article import IndexedArticle
from seedsum.summaries.faults import standalone_faults
from seedsum.summaries.support import Evidence, find_evidence
from tiny_models import build_tiny, convert_tiny, tiny_model

CLINIC = (
    "The Ministry of Health opened 14 mobile clinics in the northern hills on Tuesday.",
    "Each clinic is a lorry with an X-ray machine, a laboratory and two beds.",
    "Nurse Amina Rahman will lead the first team, which starts in the town of Kalabari.",
    "People there have had to travel 60 kilometres to reach a hospital.",
    "The clinics will visit every village once a month and treat patients free of charge.",
    "A foundation in Geneva paid 3 million dollars for the lorries.",
    "The ministry will pay for the staff, the medicines and the fuel.",
    "Doctors expect to find many cases of tuberculosis that nobody has noticed so far.",
    "Last year the north had 412 known cases of tuberculosis, twice as many as the south.",
    "Critics say that roads would have helped the villages more than lorries.",
)


def article(*texts: str) -> tuple[ArticleSentence, ...]:
    return tuple(
        ArticleSentence(id=f"s{number}", text=text, paragraph=number)
        for number, text in enumerate(texts, 1)
    )


def summary_of(
    sentences: Sequence[ArticleSentence],
    *,
    title: str | None = None,
    engine: SummaryModel | None = None,
    options: SummaryOptions | None = None,
) -> Summary:
    return summarise(sentences, title=title, engine=engine, options=options or SummaryOptions())


def texts_of(summary: Summary) -> list[str]:
    return [sentence.text for sentence in summary.sentences]


def codes_of(summary: Summary) -> list[str]:
    """Return the codes of a summary's flags, without the count that each model's summary has."""
    return [flag.code for flag in summary.flags if flag.code != "summary-covers"]


# --------------------------------------------------------------------------------------------
# Sentences of the article


def test_sentences_stand_in_the_order_of_the_article_and_cite_themselves() -> None:
    summary = summary_of(article(*CLINIC))
    assert summary.engine == "extractive"
    assert texts_of(summary) == [text for text in CLINIC if text in texts_of(summary)]
    assert len(summary.sentences) == 3
    for sentence in summary.sentences:
        assert sentence.cites == (f"s{CLINIC.index(sentence.text) + 1}",)
        assert (sentence.support, sentence.origin) == (1.0, "extractive")


def test_a_long_article_gets_more_sentences_than_a_short_one() -> None:
    assert len(summary_of(article(*LONG)).sentences) == 5
    assert len(summary_of(article(*CLINIC)).sentences) == 3


@pytest.mark.parametrize("number", [1, 2])
def test_up_to_two_sentences_are_their_own_summary(number: int) -> None:
    summary = summary_of(article(*CLINIC[:number]))
    assert texts_of(summary) == list(CLINIC[:number])
    assert codes_of(summary) == ["summary-whole"]


@pytest.mark.parametrize(
    "texts",
    [(), ("",), ("12345", "67%"), ("😀😀",), ("আজ সকালে বৃষ্টি হয়েছে।", "শেষ ট্রেনটি ছেড়ে যায়।", "না।")],
)
def test_no_english_text_gives_no_sentences(texts: tuple[str, ...]) -> None:
    assert summary_of(article(*texts)).sentences == ()


def test_a_summary_that_half_the_article_cannot_fill_says_so() -> None:
    summary = summary_of(article(*CLINIC[:4]))
    assert len(summary.sentences) < 3
    assert codes_of(summary) == ["summary-short"]


def test_white_space_inside_a_segment_is_collapsed() -> None:
    summary = summary_of(article(CLINIC[0].replace(" on ", "\n  on "), *CLINIC[1:]))
    assert CLINIC[0] in texts_of(summary)


def test_citing_a_doubted_translation_is_flagged() -> None:
    doubted = [replace(sentence, flagged=True) for sentence in article(*CLINIC[:2])]
    flags = [sentence.flags for sentence in summary_of(doubted).sentences]
    assert [(flag.code, flag.detail) for (flag,) in flags] == [
        ("cites-flagged", "s1"),
        ("cites-flagged", "s2"),
    ]


WORDS = st.sampled_from(
    ("the", "clinic", "Amina", "14", "hills,", "However", "she", "fuel.", "roads?")
)
TEXTS = st.sampled_from(CLINIC) | st.lists(WORDS, max_size=20).map(" ".join) | st.text(max_size=80)


@given(st.lists(TEXTS, max_size=30), st.none() | st.text(max_size=30))
@settings(max_examples=80, deadline=None)
def test_a_summary_is_repeatable_short_and_cites_what_exists(
    texts: list[str], title: str | None
) -> None:
    sentences = article(*texts)
    summary = summary_of(sentences, title=title)
    assert summary == summary_of(sentences, title=title)
    assert_is_sound(summary, sentences)


def assert_is_sound(summary: Summary, sentences: Sequence[ArticleSentence]) -> None:
    english = {
        " ".join(sentence.text.split())
        for sentence in sentences
        if "foreign" not in standalone_faults(sentence)
    }
    assert bool(summary.sentences) == bool(english)
    if len(english) > 2:
        assert len(" ".join(texts_of(summary))) <= len(" ".join(english)) / 2
    ids = {sentence.id for sentence in sentences}
    assert len(set(texts_of(summary))) == len(summary.sentences) <= 5
    for sentence in summary.sentences:
        assert 1 <= len(sentence.cites) <= MAX_CITES
        assert ids.issuperset(sentence.cites)
        assert 0 <= sentence.support <= 1
        assert sentence.text == " ".join(sentence.text.split()) != ""


@pytest.mark.parametrize(
    "values",
    [
        {"min_sentences": 4, "max_sentences": 3},
        {"min_sentences": 0},
        {"max_share": 0.0},
        {"min_support": 1.5},
        {"article_sentences_per_sentence": 0},
    ],
)
def test_impossible_options_are_refused(values: dict[str, float]) -> None:
    with pytest.raises(ValueError, match="must be"):
        SummaryOptions(**values)  # type: ignore[arg-type]


# --------------------------------------------------------------------------------------------
# Support and facts


def evidence(text: str, sentences: Sequence[str] = CLINIC) -> Evidence:
    """Return what of an article supports a text."""
    indexed = IndexedArticle.of(Article(article(*sentences)), SummaryOptions())
    return find_evidence(text, indexed, range(len(sentences)))


def test_a_copied_sentence_is_fully_supported() -> None:
    assert evidence(CLINIC[4]) == Evidence(cited=(4,), support=1.0, missing_facts=())


def test_two_halves_cite_both_sources_the_larger_first() -> None:
    text = "Amina Rahman will lead the first team in Kalabari, and the ministry will pay for fuel."
    found = evidence(text)
    assert found.cited == (2, 6)
    assert 0.8 < found.support < 1


def test_another_subject_has_no_support() -> None:
    text = "The orchestra played a new waltz."
    assert evidence(text) == Evidence(cited=(), support=0, missing_facts=())


def test_a_fact_from_elsewhere_is_cited_though_it_adds_little_support() -> None:
    text = (
        "The Ministry of Health opened mobile clinics in the northern hills on Tuesday, paid from"
        " Geneva."
    )
    assert evidence(text).cited == (0, 5)


def test_words_in_another_order_count_less() -> None:
    shuffled = "Tuesday hills on northern the in clinics mobile 14 opened Health of Ministry."
    assert 0.6 < evidence(shuffled, CLINIC[:1]).support < 0.75
    assert evidence(CLINIC[0], CLINIC[:1]).support == 1.0


def test_no_content_words_and_no_article_support_nothing() -> None:
    assert evidence("Then it was so.") == Evidence(cited=(), support=0, missing_facts=())
    assert evidence(CLINIC[5], ()).support == 0


@pytest.mark.parametrize(
    ("sentence", "missing"),
    [
        ("The ministry opened fourteen clinics.", ()),
        ("The ministry opened 14 clinics on Tuesday.", ()),
        ("The ministry opened 15 clinics on Monday.", ("15", "Monday")),
        ("Amina Rahman's team starts in Kalabari.", ("Kalabari",)),
        ("Nobody but Nurse Rahman knew.", ()),
        ("MoH opened them.", ("MoH",)),
        ("The MH opened them.", ()),
        ("WHO opened clinics, it said.", ("WHO",)),
        ("Officials in Belarusian towns agreed.", ()),
        ("Officials in Poland agreed.", ("Poland",)),
        ("It cost 1200 dollars, We hear.", ()),
        ("It cost 12,500 dollars.", ("12,500",)),
        ("They opened on 8 May 2024.", ()),
        ("They opened on 8 June 2024.", ("June",)),
        ("A sum of $3m was paid.", ()),
        ("", ()),
    ],
)
def test_numbers_and_names_must_be_in_the_cited_segments(
    sentence: str, missing: tuple[str, ...]
) -> None:
    cited = [
        "The Ministry of Health opened 14 clinics on Tuesday for those who live in Belarus.",
        "Nurse Amina Rahman paid 1,200 dollars for three beds on 08/05/2024.",
        "The hills got 3 million dollars.",
    ]
    assert unsupported_facts(sentence, cited) == missing


# --------------------------------------------------------------------------------------------
# A model that we write ourselves: its tokens are words, its answers come from a function


class ScriptedModel:
    """Answers each text as told; refuses, as a real one does, what is over its limit."""

    max_batch_tokens = 4096

    def __init__(self, answer: Callable[[str], str], *, limit: int, finished: bool = True) -> None:
        self.answer = answer
        self.limit = limit
        self.finished = finished
        self.texts: list[str] = []
        self.options: list[DecodingOptions] = []

    def encode(self, text: str, direction: Direction | None) -> tuple[str, ...]:
        assert direction is None
        return ("<s>", *text.split(), "</s>")

    def decode_batches(
        self,
        batches: Iterable[Sequence[tuple[str, ...]]],
        direction: Direction | None,
        options: DecodingOptions,
    ) -> Iterator[list[tuple[Hypothesis, ...]]]:
        for batch in batches:
            self.options.append(options)
            yield [(self._decode(tokens),) for tokens in batch]

    def _decode(self, tokens: tuple[str, ...]) -> Hypothesis:
        if len(tokens) > self.limit:
            raise ModelError(f"{len(tokens)} tokens")
        text = " ".join(tokens[1:-1])
        self.texts.append(text)
        answer = self.answer(text)
        return Hypothesis(answer, -0.1, len(answer.split()), self.finished)

    def score(
        self, sources: Sequence[str], translations: Sequence[str], direction: Direction | None
    ) -> list[float]:
        raise AssertionError("a summary is never scored")

    def close(self) -> None:
        pass


def scripted(
    answer: str | Callable[[str], str], *, limit: int = 1000, finished: bool = True
) -> tuple[ScriptedModel, SummaryModel]:
    reply = answer if callable(answer) else lambda _: answer
    model = ScriptedModel(reply, limit=limit, finished=finished)
    spec = ModelSpec(
        name="scripted",
        engine="scripted",
        licence="Apache-2.0",
        max_source_tokens=limit,
        decoding=DecodingOptions(max_target_tokens=142, min_target_tokens=56),
    )
    return model, SummaryModel(spec, LoadedModel(model))


GOOD = (
    "The Ministry of Health opened 14 mobile clinics in the hills .",
    "Amina Rahman will lead the first team, which starts in Kalabari.",
    "A foundation in Geneva paid 3 million dollars.",
)


def test_supported_sentences_of_a_model_stay_and_cite() -> None:
    _, engine = scripted(" ".join(GOOD))
    summary = summary_of(article(*CLINIC), engine=engine)
    assert summary.engine == "scripted"
    assert texts_of(summary) == [GOOD[0].replace(" .", "."), *GOOD[1:]]
    assert [sentence.cites for sentence in summary.sentences] == [("s1",), ("s3",), ("s6",)]
    assert {sentence.origin for sentence in summary.sentences} == {"abstractive"}
    assert all(sentence.support > 0.8 for sentence in summary.sentences)
    assert codes_of(summary) == []


def test_a_models_summary_says_how_many_of_the_extracts_facts_it_holds() -> None:
    _, engine = scripted(" ".join(GOOD))
    (covers,) = summary_of(article(*CLINIC), engine=engine).flags
    assert (covers.code, covers.detail) == (
        "summary-covers",
        "covers 6 of 8 key facts; not Tuesday, X-ray",
    )
    assert "summary-covers" not in codes_of(summary_of(article(*CLINIC)))


def test_what_a_part_leaves_of_the_extract_is_read_in_the_next_round() -> None:
    model, engine = scripted(lambda text: "Some work was done in the villages.", limit=90)
    summary_of(article(*LONG), engine=engine)
    extract = texts_of(summary_of(article(*LONG)))
    assert all(text in model.texts[-1] for text in extract)


def test_a_model_that_tells_only_the_claim_is_joined_by_what_denies_it() -> None:
    sentences = article(
        "A study of 400 nurses suggests that tea makes people live longer.",
        "The nurses drank four cups of green tea on each day of the week.",
        "Researchers asked the participants about tea twice in each of the nine years.",
        "However, the study does not show that tea is the cause of a longer life.",
        "Participants who drank tea also smoked less and had more money to spend.",
        "The study appeared in a journal that is read by doctors in 30 countries.",
        "A trial with 2,000 volunteers will begin at the university in the autumn.",
    )
    _, engine = scripted(
        "A study suggests that tea makes people live longer. The nurses drank four cups of tea."
    )
    said = " ".join(texts_of(summary_of(sentences, engine=engine, title="A study of tea")))
    assert "does not show" in said


@pytest.mark.parametrize(
    ("bad", "code", "detail"),
    [
        (GOOD[2].replace("3 million", "8 million"), "summary-facts", "8 million: A foundation in"),
        (GOOD[2].replace("Geneva", "Oslo"), "summary-facts", "Oslo: A foundation in"),
        ("The new opera opened with a waltz and fireworks.", "summary-support", ": The new opera"),
    ],
)
def test_a_sentence_that_the_article_lacks_is_swapped(bad: str, code: str, detail: str) -> None:
    _, engine = scripted(f"{GOOD[0]} {bad} {GOOD[1]}")
    summary = summary_of(article(*CLINIC), engine=engine)
    assert bad not in texts_of(summary)
    (swapped,) = (sentence for sentence in summary.sentences if sentence.origin == "swapped")
    assert swapped.text in CLINIC
    assert swapped.support == 1.0
    (flag,) = swapped.flags
    assert flag.code == code
    assert detail in flag.detail
    assert bad in flag.detail


def test_a_sentence_of_another_subject_is_swapped_whatever_support_is_asked_for() -> None:
    bad = "Fireworks lit up everything until dawn."
    _, engine = scripted(f"{GOOD[0]} {bad} {GOOD[1]}")
    options = SummaryOptions(min_support=0)
    summary = summary_of(article(*CLINIC), engine=engine, options=options)
    (swapped,) = (sentence for sentence in summary.sentences if sentence.origin == "swapped")
    assert [flag.code for flag in swapped.flags] == ["summary-support"]


def test_a_sentence_that_leans_on_a_swapped_one_is_swapped_too() -> None:
    leaning = "They will visit every village once a month and treat patients."
    _, engine = scripted(f"{GOOD[0]} The opera of Oslo was sold out. {leaning}")
    summary = summary_of(article(*CLINIC), engine=engine)
    flags = [flag.code for sentence in summary.sentences for flag in sentence.flags]
    assert sorted(flags + codes_of(summary)) == ["summary-dangling", "summary-support"]
    assert leaning not in texts_of(summary)
    _, engine = scripted(f"{GOOD[0]} {leaning} {GOOD[2]}")
    assert leaning in texts_of(summary_of(article(*CLINIC), engine=engine))


def test_a_model_that_repeats_itself_or_says_nothing_is_filled_up_from_the_article() -> None:
    _, engine = scripted(f"{GOOD[0]} {GOOD[0]} {GOOD[0]}")
    summary = summary_of(article(*CLINIC), engine=engine)
    assert [sentence.origin for sentence in summary.sentences].count("abstractive") == 1
    assert len(summary.sentences) == 3
    _, engine = scripted("")
    summary = summary_of(article(*CLINIC), engine=engine)
    assert {sentence.origin for sentence in summary.sentences} == {"extractive"}
    assert len(summary.sentences) == 3


def test_a_sentence_that_the_limit_cut_is_dropped() -> None:
    _, engine = scripted(f"{GOOD[0]} {GOOD[1]} The clinics will visit", finished=False)
    summary = summary_of(article(*CLINIC), engine=engine)
    assert not any(
        text.startswith("The clinics will visit") and len(text) < 30 for text in texts_of(summary)
    )
    assert codes_of(summary) == ["summary-unfinished"]


def test_a_model_that_copies_everything_is_held_to_half() -> None:
    _, engine = scripted(lambda text: text)
    summary = summary_of(article(*CLINIC), engine=engine)
    assert_is_sound(summary, article(*CLINIC))


def test_lengths_are_scaled_to_a_short_article() -> None:
    model, engine = scripted(GOOD[0])
    summary_of(article(*CLINIC[:4]), engine=engine)
    (options,) = model.options
    num_words = sum(len(text.split()) for text in CLINIC[:4]) + 2
    assert options.max_target_tokens == num_words // 2
    assert options.min_target_tokens == num_words // 4


ANSWERS = st.lists(
    st.sampled_from((*CLINIC, *GOOD, "They came.", "It cost 9 dollars.", "Oslo sang", "", "…")),
    max_size=9,
).map(" ".join)


@given(st.integers(3, len(CLINIC)), ANSWERS, st.booleans())
@settings(max_examples=80, deadline=None)
def test_whatever_a_model_writes_the_summary_is_sound(
    num_sentences: int, answer: str, finished: bool
) -> None:
    _, engine = scripted(answer, finished=finished)
    sentences = article(*CLINIC[:num_sentences])
    summary = summary_of(sentences, engine=engine)
    assert_is_sound(summary, sentences)
    by_id = {sentence.id: sentence.text for sentence in sentences}
    for sentence in summary.sentences:
        assert not unsupported_facts(sentence.text, [by_id[cite] for cite in sentence.cites])


# --------------------------------------------------------------------------------------------
# Long articles

LONG = tuple(
    f"In village {number} the {thing} was repaired by {number + 40} people from {place}."
    for number, (thing, place) in enumerate(
        (
            (thing, place)
            for place in ("Kalabari", "Mirpur", "Sonaimuri", "Raipura", "Belabo", "Kuti")
            for thing in ("school roof", "well", "river dam", "ferry pier", "grain store", "bridge")
        ),
        1,
    )
)


def first_sentence(text: str) -> str:
    return text.split(".")[0] + "."


def test_a_long_article_is_read_whole_in_parts_that_fit() -> None:
    model, engine = scripted(first_sentence, limit=90)
    summary = summary_of(article(*LONG), engine=engine)
    read = " ".join(model.texts)
    assert all(text in read for text in LONG)
    assert "summary-hierarchical" in codes_of(summary)
    assert_is_sound(summary, article(*LONG))


def test_what_was_written_of_a_part_cites_the_segments_of_that_part() -> None:
    _, engine = scripted(first_sentence, limit=90)
    summary = summary_of(article(*LONG), engine=engine)
    by_id = {sentence.id: sentence.text for sentence in article(*LONG)}
    written = [one for one in summary.sentences if one.origin == "abstractive"]
    assert written
    for sentence in written:
        assert by_id[sentence.cites[0]] == sentence.text


def test_parts_are_of_about_equal_length() -> None:
    model, engine = scripted(first_sentence, limit=90)
    summary_of(article(*LONG), engine=engine)
    lengths = [len(text.split()) for text in model.texts[:-1] if LONG[0] in text or "Kuti" in text]
    assert max(lengths) <= 1.5 * min(lengths)


def test_a_sentence_over_the_limit_is_split_and_flagged() -> None:
    endless = (
        "The report lists " + ", ".join(f"village {n} with its school" for n in range(60)) + "."
    )
    model, engine = scripted(first_sentence, limit=90)
    summary = summary_of(article(*CLINIC, endless), engine=engine)
    assert "summary-split" in codes_of(summary)
    read = " ".join(model.texts)
    assert all(f"village {n} with its school" in read for n in range(60))


def test_one_word_over_the_limit_does_not_stop_the_run() -> None:
    class CharacterModel(ScriptedModel):
        def encode(self, text: str, direction: Direction | None) -> tuple[str, ...]:
            return ("<s>", *text, "</s>")

    model = CharacterModel(lambda _: "", limit=200)
    spec = ModelSpec(name="m", engine="e", licence="Apache-2.0", max_source_tokens=200)
    summary = summary_of(
        article(*CLINIC, "a" * 5000), engine=SummaryModel(spec, LoadedModel(model))
    )
    assert summary.sentences


def test_a_model_that_shortens_nothing_ends_all_the_same() -> None:
    model, engine = scripted(lambda text: text, limit=90)
    summary = summary_of(article(*LONG), engine=engine)
    assert "summary-extracted" in codes_of(summary)
    assert_is_sound(summary, article(*LONG))
    assert len(model.texts) < 50


def test_a_part_that_says_the_same_twice_does_not_come_over_the_limit() -> None:
    _, engine = scripted(lambda text: f"{text} {first_sentence(text)}", limit=60)
    summary = summary_of(article(*LONG), engine=engine)
    assert "summary-extracted" in codes_of(summary)
    assert_is_sound(summary, article(*LONG))


def test_an_empty_answer_for_a_part_is_made_good_and_flagged() -> None:
    _, engine = scripted(
        lambda text: "" if "Mirpur" in text and "Belabo" not in text else first_sentence(text),
        limit=90,
    )
    summary = summary_of(article(*LONG), engine=engine)
    assert "summary-extracted" in codes_of(summary)
    assert summary.sentences


# --------------------------------------------------------------------------------------------
# Many articles


def test_articles_together_give_what_each_gives_alone_in_fewer_calls() -> None:
    articles = [
        Article(article(*texts), title)
        for texts, title in (
            (CLINIC, "Mobile clinics open"),
            ((), None),
            (LONG, None),
            (CLINIC[:2], "Clinics"),
            (CLINIC[::-1], None),
        )
    ]
    model, engine = scripted(first_sentence, limit=150)
    options = SummaryOptions()
    together = summarise_all(articles, engine=engine, options=options)
    num_calls = len(model.options)
    alone = [
        summarise(one.sentences, title=one.title, engine=engine, options=options)
        for one in articles
    ]
    assert list(together) == alone
    assert num_calls < len(model.options) - num_calls
    assert [len(summary.sentences) for summary in together][1] == 0
    assert summarise_all([], engine=engine, options=options) == ()


# --------------------------------------------------------------------------------------------
# A real, tiny BART


@pytest.fixture(scope="module")
def bart(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build_tiny("bart", tmp_path_factory.mktemp("bart"))


@pytest.mark.parametrize("engine_name", ["transformers", "ctranslate2"])
@pytest.mark.parametrize("number", [3, 10])
def test_a_real_model_gives_a_sound_summary(
    bart: Path, tmp_path: Path, engine_name: str, number: int
) -> None:
    folder = bart if engine_name == "transformers" else convert_tiny(bart, tmp_path / "converted")
    resolved = tiny_model("bart", folder, engine_name, max_source_tokens=200)
    engine = SummaryModel(resolved.spec, LoadedModel(load_model(resolved, Runtime())))
    sentences = article(*CLINIC[:number])
    summary = summary_of(sentences, engine=engine)
    assert summary == summary_of(sentences, engine=engine)
    assert summary.engine == "tiny-bart"
    assert_is_sound(summary, sentences)
    assert ("summary-hierarchical" in codes_of(summary)) == (number == 10)
    engine.model.close()
