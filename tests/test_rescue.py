"""The second chance: which decodings are tried, which hypothesis wins, what is recorded."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace

from hypothesis import given
from hypothesis import strategies as st

from seedsum.checks import check_segment
from seedsum.engines.batches import LoadedModel
from seedsum.records import DecodingOptions, Direction, Flag, Hypothesis
from seedsum.settings import CheckOptions
from seedsum.translation.second_chance import Check, Rescued, rescue_all

VI_EN = Direction("vi", "en")
SOURCE = "Có 47 người bị thương trong vụ cháy ở chợ Bến Lức, theo công an huyện sáng nay."
GOOD = "47 people were hurt in the fire at Ben Luc market, district police said this morning."
WRONG = GOOD.replace("47", "74")
LOOP = f"{GOOD} {GOOD}"


def hypothesis(text: str) -> Hypothesis:
    return Hypothesis(text, score=-0.5, num_tokens=len(text.split()), finished=True)


@dataclass
class ScriptedModel:
    """A model that answers as told: by stage, or word by word where it is told nothing.

    The stage is read off the options, as an engine would: `calls` lists every batch. `n_best` are
    of the first decoding.
    """

    n_best: Sequence[str] = ()
    wider: Sequence[str] = ()
    penalised: Sequence[str] = ()
    parts: dict[str, str] = field(default_factory=dict)
    calls: list[tuple[DecodingOptions, int]] = field(default_factory=list)
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
            self.calls.append((options, len(batch)))
            yield [self._answer(" ".join(tokens), options) for tokens in batch]

    def _answer(self, text: str, options: DecodingOptions) -> tuple[Hypothesis, ...]:
        if options.num_hypotheses == 1:
            return (hypothesis(self.parts.get(text, text)),)
        return self.hypotheses(self.penalised if options.repetition_penalty > 1.0 else self.wider)

    def hypotheses(self, texts: Sequence[str]) -> tuple[Hypothesis, ...]:
        return tuple(hypothesis(text) for text in texts or (WRONG,))

    def score(
        self, sources: Sequence[str], translations: Sequence[str], direction: Direction | None
    ) -> list[float]:
        decoded = {*self.n_best, *self.wider, *self.penalised}
        assert decoded.isdisjoint(translations), "what it decodes has a score"
        return [-0.5 for _ in translations]

    def close(self) -> None:
        pass


OPTIONS = DecodingOptions(beam_size=4)


def check(source: str, found: Hypothesis) -> tuple[Flag, ...]:
    return check_segment(
        source, found.text, language="vi", hypothesis=found, options=CheckOptions()
    )


def rescue(
    model: ScriptedModel, first: str, source: str = SOURCE, *, check: Check = check
) -> Rescued:
    decoded = Rescued(hypothesis(first), check(source, hypothesis(first)))
    (result,) = rescue_all(
        [source],
        [decoded],
        [model.hypotheses(model.n_best)],
        model=LoadedModel(model),
        direction=VI_EN,
        options=OPTIONS,
        check=check,
    )
    return result


def test_a_good_hypothesis_is_left_alone() -> None:
    model = ScriptedModel()
    assert rescue(model, GOOD) == Rescued(hypothesis(GOOD), (), ("beam",))
    assert model.calls == []


def test_the_first_of_the_n_best_that_passes_wins() -> None:
    model = ScriptedModel(n_best=(WRONG, LOOP, GOOD, GOOD.replace("hurt", "injured")))
    result = rescue(model, WRONG)
    assert (result.hypothesis, result.flags) == (hypothesis(GOOD), ())
    assert result.attempts == ("beam", "n-best")


@dataclass
class UnscoredModel(ScriptedModel):
    """Leaves the scores out, and gives the worst there are to what is named."""

    bad: Sequence[str] = ()
    asked: list[list[str]] = field(default_factory=list)

    def hypotheses(self, texts: Sequence[str]) -> tuple[Hypothesis, ...]:
        return tuple(replace(h, score=None) for h in super().hypotheses(texts))

    def score(
        self, sources: Sequence[str], translations: Sequence[str], direction: Direction | None
    ) -> list[float]:
        self.asked.append(list(translations))
        return [-9.0 if text in self.bad else -0.5 for text in translations]


def test_only_what_a_score_can_decide_is_scored_all_of_a_stage_together() -> None:
    better = GOOD.replace("hurt", "injured")
    model = UnscoredModel(n_best=(WRONG, LOOP, GOOD, better, GOOD), bad=(GOOD,))
    result = rescue(model, WRONG)
    assert (result.hypothesis.text, result.attempts) == (better, ("beam", "n-best"))
    assert result.hypothesis.score == -0.5
    assert model.asked == [[GOOD, better]]


def test_the_best_of_a_stage_is_scored_only_where_it_can_decide() -> None:
    model = UnscoredModel(n_best=(WRONG,), wider=(LOOP,), penalised=(GOOD,))
    result = rescue(model, WRONG)
    assert result.attempts == ("beam", "n-best", "wider-beam", "repetition-penalty")
    assert result.hypothesis.text == GOOD
    assert model.asked == [[GOOD]], "a loop has its flag whatever its score"


class Endpoint:
    """A model that takes texts and has neither tokens nor scores."""

    def __init__(self, answers: dict[str, str]) -> None:
        self._answers = answers

    def translate(
        self, texts: Sequence[str], direction: Direction | None, options: DecodingOptions
    ) -> list[tuple[Hypothesis, ...]]:
        return [
            (Hypothesis(self._answers.get(text, text), None, len(text.split()), True),)
            for text in texts
        ]

    def close(self) -> None:
        pass


def test_an_engine_without_tokens_has_its_second_chance_in_clauses() -> None:
    source = f"{SOURCE.removesuffix('.')}; họ đã được đưa vào bệnh viện tỉnh ngay trong đêm qua."
    first, second = source.split("; ")
    foreign = GOOD.replace("market", "বাজার")
    answers = {
        source: foreign,
        f"{first};": GOOD.removesuffix(".") + ";",
        second: "they were in hospital that night.",
    }
    decoded = Rescued(hypothesis(foreign), check(source, hypothesis(foreign)))
    (result,) = rescue_all(
        [source],
        [decoded],
        [()],
        model=LoadedModel(Endpoint(answers)),
        direction=VI_EN,
        options=OPTIONS,
        check=check,
    )
    assert result.hypothesis.text.endswith("said this morning; they were in hospital that night.")
    assert result.hypothesis.score is None
    assert result.attempts[-1] == "clauses"


def test_the_stages_come_in_the_fixed_order() -> None:
    model = ScriptedModel(wider=(LOOP, WRONG), penalised=(WRONG, GOOD))
    result = rescue(model, WRONG)
    assert result.hypothesis.text == GOOD
    assert result.attempts == ("beam", "n-best", "wider-beam", "repetition-penalty")
    beams = [(options.beam_size, options.num_hypotheses) for options, _ in model.calls]
    assert beams == [(8, 8), (4, 4)]
    assert model.calls[1][0].no_repeat_ngram_size > 0


def test_a_source_of_clauses_is_translated_in_parts() -> None:
    source = f"{SOURCE.removesuffix('.')}; họ đã được đưa vào bệnh viện tỉnh ngay trong đêm qua."
    first, second = source.split("; ")
    model = ScriptedModel(
        parts={
            f"{first};": GOOD.removesuffix(".") + ";",
            second: "they were in hospital that night.",
        }
    )
    result = rescue(model, WRONG, source)
    assert result.hypothesis.text.endswith("said this morning; they were in hospital that night.")
    assert result.flags == ()
    assert result.attempts[-1] == "clauses"


def test_what_nothing_mends_keeps_its_flags_and_its_first_text_on_ties() -> None:
    also_wrong = GOOD.replace("47", "48")
    model = ScriptedModel(n_best=(WRONG, also_wrong), wider=(also_wrong,), penalised=(LOOP,))
    result = rescue(model, WRONG)
    assert result.hypothesis.text == WRONG
    assert [flag.code for flag in result.flags] == ["quantity-changed"]
    assert result.replaced == ()
    assert [other.text for other in result.others] == [also_wrong]


def test_a_less_bad_hypothesis_is_taken_with_its_flags() -> None:
    model = ScriptedModel(n_best=(LOOP, WRONG))
    result = rescue(model, "")
    assert result.hypothesis.text == LOOP  # a reader sees that, and not that a number is another
    assert "repetition" in [flag.code for flag in result.flags]


def test_what_was_replaced_is_kept_with_its_flags_and_why() -> None:
    also_wrong = GOOD.replace("47", "48")
    result = rescue(ScriptedModel(n_best=("", LOOP, also_wrong), wider=(GOOD,)), "")
    assert result.hypothesis.text == GOOD and result.attempt == "wider-beam"
    first, second = result.replaced
    assert (first.hypothesis.text, first.attempt) == ("", "beam")
    assert [flag.code for flag in first.flags] == ["empty"]
    assert first.why == "n-best gave a text without empty (score -0.50 became -0.50)"
    assert (second.hypothesis.text, second.attempt) == (LOOP, "n-best")
    assert second.why.startswith("wider-beam gave a text without repetition")
    assert result.others == ()


def test_a_short_source_is_not_cut() -> None:
    result = rescue(ScriptedModel(), "48 people.", "Có 47 người.")
    assert "clauses" not in result.attempts


def test_greedy_decoding_has_no_n_best_stage() -> None:
    decoded = Rescued(hypothesis(WRONG), check(SOURCE, hypothesis(WRONG)))
    model = ScriptedModel(wider=(GOOD,))
    greedy = DecodingOptions(beam_size=1)
    (result,) = rescue_all(
        [SOURCE],
        [decoded],
        [()],
        model=LoadedModel(model),
        direction=VI_EN,
        options=greedy,
        check=check,
    )
    assert result.attempts[:2] == ("beam", "wider-beam")
    assert model.calls[0][0].beam_size > 1


def test_flagged_segments_are_decoded_together() -> None:
    sources = [SOURCE, SOURCE.replace("47", "48"), SOURCE.replace("47", "49"), SOURCE]
    texts = [WRONG, GOOD.replace("47", "48"), WRONG, WRONG]
    decoded = [
        Rescued(hypothesis(text), check(source, hypothesis(text)))
        for source, text in zip(sources, texts, strict=True)
    ]
    model = ScriptedModel(wider=(GOOD,))
    results = rescue_all(
        sources,
        decoded,
        [[hypothesis(text)] for text in texts],
        model=LoadedModel(model),
        direction=VI_EN,
        options=OPTIONS,
        check=check,
    )
    assert model.calls[0][1] == 2  # the two equal sources are decoded once, the second passed
    assert [bool(result.flags) for result in results] == [False, False, True, False]
    assert results[1] is decoded[1]


@given(flags=st.lists(st.sampled_from(["repetition", "low-score", "empty"]), max_size=3))
def test_a_rescue_never_makes_a_segment_worse(flags: list[str]) -> None:
    def counting(source: str, found: Hypothesis) -> tuple[Flag, ...]:
        return (Flag("unfinished"),) if found.text == LOOP else tuple(map(Flag, flags))

    model = ScriptedModel(n_best=(LOOP,), wider=(LOOP,), penalised=(LOOP,))
    result = rescue(model, WRONG, check=counting)
    assert result.hypothesis.text != LOOP, "it has a flag of another kind"
    assert len(result.flags) == len(flags)
