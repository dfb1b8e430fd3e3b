"""When another hypothesis is better than the first: recorded hypotheses of sentences of our own.

`fixtures/second_chance.jsonl` has what a model of the bundled kind once gave for each stage, with
its scores. It is not asked again: what it says today is another matter.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pytest

from seedsum.checks import check_segment
from seedsum.engines.batches import LoadedModel
from seedsum.records import DecodingOptions, Direction, Flag, Hypothesis
from seedsum.translation.choosing import advantage
from seedsum.translation.second_chance import Check, Rescued, rescue_all

FIXTURE = Path(__file__).parent / "fixtures" / "second_chance.jsonl"
OPTIONS = DecodingOptions(beam_size=4)

HALF = "Sau 2 năm rưỡi xây dựng, cây cầu đã hoàn thành."
SCANNERS = "Bệnh viện huyện vừa nhận ba máy siêu âm mới trị giá 1,5 tỷ đồng."
RACIST = "Cô ấy không phải là người phân biệt chủng tộc."
AMBASSADOR = "প্রধানমন্ত্রী সোমবার ঢাকায় নরওয়ের রাষ্ট্রদূতের সঙ্গে বৈঠক করেন।"


@dataclass(frozen=True)
class Recorded:
    language: str
    stages: Mapping[str, Sequence[Hypothesis]]


@cache
def recorded() -> dict[str, Recorded]:
    rows = map(json.loads, FIXTURE.read_text(encoding="utf-8").splitlines())
    return {
        row["source"]: Recorded(
            row["language"],
            {
                name: [Hypothesis(text, score, num, True) for text, score, num in some]
                for name, some in row["stages"].items()
            },
        )
        for row in rows
    }


class Replayed:
    """A `SequenceModel` that gives what was recorded of each stage."""

    max_batch_tokens = 4096

    def encode(self, text: str, direction: Direction | None) -> tuple[str, ...]:
        return (text,)

    def decode_batches(
        self,
        batches: Iterable[Sequence[tuple[str, ...]]],
        direction: Direction | None,
        options: DecodingOptions,
    ) -> Iterator[list[tuple[Hypothesis, ...]]]:
        name = "repetition-penalty" if options.repetition_penalty > 1 else "wider-beam"
        for batch in batches:
            yield [tuple(recorded()[source].stages[name]) for (source,) in batch]

    def score(
        self, sources: Sequence[str], translations: Sequence[str], direction: Direction | None
    ) -> list[float]:
        raise AssertionError("what was recorded has a score")

    def close(self) -> None:
        pass


def rescue(source: str, first: Hypothesis, check: Check) -> Rescued:
    of = recorded()[source]
    (result,) = rescue_all(
        [source],
        [Rescued(first, check(source, first))],
        [of.stages["n-best"]],
        model=LoadedModel(Replayed()),
        direction=Direction(of.language, "en"),
        options=OPTIONS,
        check=check,
    )
    return result


def real(source: str, found: Hypothesis) -> tuple[Flag, ...]:
    language = recorded()[source].language
    return check_segment(source, found.text, language=language, hypothesis=found)


def misreading(code: str, *, likelihood: float, where: Callable[[str], bool]) -> Check:
    """Return a check that flags every text that `where` holds of: a false alarm for some."""
    return lambda _, found: (Flag(code, "", likelihood),) if where(found.text) else ()


def test_a_check_that_misreads_the_source_does_not_replace_a_right_translation() -> None:
    first, *_ = recorded()[HALF].stages["n-best"]
    assert first.text == "After 2 and a half years of construction, the bridge was completed."
    check = misreading("quantity-changed", likelihood=0.6, where=lambda text: "half" in text)
    result = rescue(HALF, first, check)
    assert result.hypothesis == first
    assert result.attempts == ("beam", "n-best", "wider-beam", "repetition-penalty")
    assert result.replaced == ()


def test_fewer_quantities_mend_no_quantity_however_sure_the_flag() -> None:
    first, *_ = recorded()[HALF].stages["n-best"]
    wrong = Hypothesis("After 2 years and build, the bridge was completed.", -0.29, 13, True)
    flag = Flag("quantity-changed", "2 became 2 and a half", 0.95)
    assert advantage(HALF, first=(first, [flag]), other=(wrong, [])) <= 0


def test_a_few_letters_more_do_not_mend_a_length() -> None:
    first, *_ = recorded()[RACIST].stages["n-best"]
    short = misreading("length-ratio", likelihood=0.7, where=lambda text: len(text) < 22)
    result = rescue(RACIST, first, short)
    assert result.hypothesis.text == "She is not a racist."
    assert [flag.code for flag in result.flags] == ["length-ratio"]


def test_a_wrong_number_gives_way_to_the_right_one() -> None:
    wrong = next(h for h in recorded()[SCANNERS].stages["wider-beam"] if "1.5 million" in h.text)
    result = rescue(SCANNERS, wrong, real)
    assert "1.5 billion" in result.hypothesis.text
    assert result.flags == ()
    (before,) = result.replaced
    assert before.hypothesis == wrong
    assert before.why.startswith("n-best gave a text without quantity-changed (score -0.6")


def test_a_text_with_the_quantity_is_never_replaced_by_one_without_it() -> None:
    first, *_ = recorded()[AMBASSADOR].stages["n-best"]
    without = recorded()[AMBASSADOR].stages["n-best"][2]
    assert "Monday" in first.text and "Monday" not in without.text
    possible = Flag("quantity-missing", "", 0.3)
    sure = Flag("wrong-script", "", 0.99)
    for flags in ([possible], [Flag("quantity-missing", "", 0.6)], [Flag("quantity-changed")]):
        assert advantage(AMBASSADOR, first=(first, [sure]), other=(without, flags)) < 0


@pytest.mark.parametrize(
    ("source", "before", "after"),
    [
        ("Có 12 bác sĩ.", "There are 12 doctors.", "There are doctors."),
        ("এখানে ১২ জন চিকিৎসক।", "There are 12 doctors here.", "There are ten doctors here."),
    ],
)
def test_a_numeral_of_the_source_stays_whatever_the_checks_say(
    source: str, before: str, after: str
) -> None:
    first, other = (Hypothesis(text, -0.5, 6, True) for text in (before, after))
    sure = Flag("copied-source", "", 0.99)
    assert advantage(source, first=(first, [sure]), other=(other, [])) < 0


def test_a_possible_flag_starts_and_decides_nothing() -> None:
    first, *_ = recorded()[SCANNERS].stages["n-best"]
    check = misreading("name-missing", likelihood=0.4, where=lambda text: text == first.text)
    result = rescue(SCANNERS, first, check)
    assert result.hypothesis == first and result.attempts == ("beam",)
    assert [flag.code for flag in result.flags] == ["name-missing"]


def test_a_likely_flag_of_another_kind_is_not_taken_in_exchange() -> None:
    first = Hypothesis("The the the hospital.", -2.0, 5, True)
    other = Hypothesis("The hospital in Norway.", -0.1, 5, True)
    before, after = Flag("repetition", "", 0.95), Flag("name-added", "", 0.55)
    possible = Flag("name-added", "", 0.45)
    assert advantage("x", first=(first, [before]), other=(other, [after])) < 0
    assert advantage("x", first=(first, [before]), other=(other, [possible])) > 0


@pytest.mark.parametrize(("likelihood", "wins"), [(0.5, False), (0.8, False), (0.95, True)])
def test_the_surer_a_flag_the_more_score_may_be_lost(likelihood: float, wins: bool) -> None:
    first = Hypothesis("A sentence of ten tokens that a check has flagged.", -0.2, 10, True)
    other = Hypothesis("A sentence of ten tokens that no check has flagged.", -0.4, 10, True)
    flag = Flag("name-changed", "", likelihood)
    assert (advantage("x", first=(first, [flag]), other=(other, [])) > 0) is wins


def test_a_shorter_text_must_be_likelier_by_far() -> None:
    first = Hypothesis("The hospital said that the patients had left on Monday.", -0.5, 12, True)
    other = Hypothesis("The hospital said so.", -0.5, 5, True)
    flag = Flag("wrong-script", "", 0.95)
    assert advantage("x", first=(first, [flag]), other=(other, [])) < 0


def test_what_says_nothing_gives_way_to_anything_that_does() -> None:
    first = Hypothesis("", 0.0, 0, True)
    other = Hypothesis("The hospital.", -3.0, 3, True)
    empty, low = Flag("empty", "", 0.99), Flag("low-score", "", 0.6)
    assert advantage("x", first=(first, [empty]), other=(other, [low])) > 0
    assert advantage("x", first=(other, [low]), other=(first, [empty])) < 0


def test_a_term_of_the_glossary_that_the_first_has_is_not_lost() -> None:
    ward = Flag("glossary", "phường: ward is not in the translation", 0.9)
    post = Flag("glossary", "trạm y tế: health post is not in the translation", 0.9)
    wrong = Flag("quantity-changed", "4 became 5", 0.9)
    first = Hypothesis("The ward has a clinic with 5 beds.", -1.0, 9, True)
    other = Hypothesis("The quarter has a clinic with 4 beds.", -1.0, 9, True)
    source = "Phường có trạm y tế 4 giường."
    mends = advantage(source, first=(first, (wrong, post)), other=(other, (post,)))
    loses = advantage(source, first=(first, (wrong, post)), other=(other, (post, ward)))
    assert mends > 0 and loses == -math.inf
