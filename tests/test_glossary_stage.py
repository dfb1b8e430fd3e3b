"""A glossary's terms: brought about where the checks agree, flagged where they cannot be had."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

import pytest

from seedsum.checks import check_segment, load_glossary
from seedsum.checks.glossary import matching_terms, missing_terms, with_targets
from seedsum.engines.batches import LoadedModel
from seedsum.languages import get
from seedsum.records import DecodingOptions, Direction, Flag, Hypothesis
from seedsum.translation.glossary_stage import GLOSSARY, MAX_SCORE_LOSS, bring_about
from seedsum.translation.second_chance import Rescued

GLOSSARY_OF_VI = load_glossary("trạm y tế\thealth post\nbác sĩ\tphysician\nbệnh\tillness\n")
SOURCE = "Trạm y tế có 12 bác sĩ."
FIRST = "The health station has 12 doctors."


def hypothesis(text: str, score: float | None = -0.5) -> Hypothesis:
    return Hypothesis(text, score=score, num_tokens=len(text.split()), finished=True)


@dataclass
class Model:
    """A model that answers each source as told, with scores that depend on the answer alone."""

    answers: dict[str, Sequence[str]] = field(default_factory=dict)
    scores: dict[str, float] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    max_batch_tokens: int = 4096

    def encode(self, text: str, direction: Direction | None) -> tuple[str, ...]:
        return tuple(text.split())

    def decode_batches(
        self,
        batches: Iterable[Sequence[tuple[str, ...]]],
        direction: Direction | None,
        options: DecodingOptions,
    ) -> Iterator[list[tuple[Hypothesis, ...]]]:
        for batch in batches:
            texts = [" ".join(tokens) for tokens in batch]
            self.asked += texts
            yield [
                tuple(hypothesis(answer, -0.1) for answer in self.answers.get(text, (FIRST,)))
                for text in texts
            ]

    def score(
        self, sources: Sequence[str], translations: Sequence[str], direction: Direction | None
    ) -> list[float]:
        assert set(sources) == {SOURCE}  # as it stands, not with English in it
        return [self.scores.get(text, -0.6) for text in translations]

    def close(self) -> None:
        pass


def check(source: str, found: Hypothesis) -> tuple[Flag, ...]:
    return check_segment(
        source, found.text, language="vi", hypothesis=found, glossary=GLOSSARY_OF_VI
    )


def brought_about(
    model: Model, *, n_best: Sequence[str] = (), source: str = SOURCE, max_tokens: int = 100
) -> Rescued:
    first = hypothesis(FIRST)
    (found,) = bring_about(
        [source],
        [Rescued(first, check(source, first))],
        [(first, *map(hypothesis, n_best))],
        model=LoadedModel(model),
        direction=Direction("vi", "en"),
        glossary=GLOSSARY_OF_VI,
        options=DecodingOptions(),
        max_tokens=max_tokens,
        check=check,
    )
    return found


BOTH = "health post có 12 physician."


def test_the_source_is_decoded_with_the_terms_in_english() -> None:
    model = Model({BOTH: ("The health post has 12 physicians.",)})
    found = brought_about(model)
    assert found.hypothesis.text == "The health post has 12 physicians."
    assert found.hypothesis.score == -0.6  # given the source as it stands
    assert (found.flags, found.attempt, found.attempts) == ((), GLOSSARY, ("beam", GLOSSARY))
    (replaced,) = found.replaced
    assert (replaced.hypothesis.text, replaced.attempt) == (FIRST, "beam")
    assert [flag.code for flag in replaced.flags] == [GLOSSARY, GLOSSARY]
    assert set(model.asked) == {BOTH, "health post có 12 bác sĩ.", "Trạm y tế có 12 physician."}


def test_the_beam_may_have_the_words_already() -> None:
    found = brought_about(Model(), n_best=["The health post has 12 physicians."])
    assert found.hypothesis.text == "The health post has 12 physicians."


def test_most_terms_win_then_the_likelier_text() -> None:
    one, two = "The health post has 12 doctors.", "The health post got 12 physicians."
    likelier = "The health post has 12 physicians."
    model = Model({BOTH: (one, two, likelier)}, scores={one: -0.5, two: -0.8, likelier: -0.7})
    assert brought_about(model).hypothesis.text == likelier


@pytest.mark.parametrize(
    ("answer", "score"),
    [
        ("The health post has 13 physicians.", -0.6),  # another number
        ("The health post has physicians.", -0.6),  # none
        ("The health post has 12 physicians physicians.", -0.6),  # says it twice
        ("The health post has 12 physicians.", -0.5 - MAX_SCORE_LOSS - 0.01),  # too unlikely
        ("The health station has 12 doctors, they say.", -0.6),  # not what was asked for
    ],
)
def test_what_the_checks_newly_doubt_is_not_taken(answer: str, score: float) -> None:
    found = brought_about(Model({BOTH: (answer,)}, scores={answer: score}))
    assert found.hypothesis.text == FIRST
    assert [flag.code for flag in found.flags] == [GLOSSARY, GLOSSARY]
    assert (found.attempts, found.replaced) == (("beam", GLOSSARY), ())


def test_a_term_that_can_be_had_is_taken_where_another_cannot() -> None:
    model = Model({"health post có 12 bác sĩ.": ("The health post has 12 doctors.",)})
    found = brought_about(model)
    assert found.hypothesis.text == "The health post has 12 doctors."
    (flag,) = found.flags
    assert (flag.code, flag.detail) == (GLOSSARY, "bác sĩ: physician is not in the translation")


def test_a_source_that_english_makes_too_long_is_not_decoded() -> None:
    model = Model({BOTH: ("The health post has 12 physicians.",)})
    assert brought_about(model, max_tokens=4).hypothesis.text == FIRST
    assert model.asked == []


def test_what_lacks_no_term_is_left_alone() -> None:
    model = Model()
    found = brought_about(model, source="Có 12 phòng học.")
    assert (found.attempts, model.asked) == (("beam",), [])


def test_endings_go_with_the_term_and_a_target_is_no_template() -> None:
    glossary = load_glossary("হাসপাতাল\tward \\1\n")
    bengali = get("bn")
    source = "হাসপাতালের কাছে"
    terms = matching_terms(source, glossary, language=bengali)
    assert with_targets(source, terms, language=bengali) == "ward \\1 কাছে"
    assert missing_terms(terms, "near the hospital") == terms
    assert missing_terms(terms, "near the wards 1") == ()
