"""What a model's own scores say of omissions and additions: recorded scores, tiny real models."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seedsum import models
from seedsum.checks import evidence, is_possible
from seedsum.checks.evidence import Bounds, Weakest, added, clauses, cuts, omitted
from seedsum.config import load_settings
from seedsum.engines import Contrast, PartScores, load_model
from seedsum.engines.batches import LoadedModel
from seedsum.models import bounds as kept
from seedsum.records import Direction, Flag, Hypothesis, ResolvedModel, Runtime
from seedsum.settings import CheckOptions
from seedsum.translation import calibration
from seedsum.translation.evidence import find, weigh, with_evidence
from seedsum.translation.second_chance import Rescued
from tiny_models import VIETNAMESE, build_tiny, convert_tiny, tiny_model

VI_EN = Direction("vi", "en")
CONFIG = Path(__file__).parent.parent / "models.toml"

# Clauses


@given(st.text(alphabet="abc ,.;।", max_size=200))
def test_the_clauses_of_a_text_are_the_text(text: str) -> None:
    assert "".join(clauses(text)) == text.strip()


def test_a_text_is_cut_at_its_marks_and_every_seven_words_or_so() -> None:
    text = "Khi nước rút, người dân trở về thì thấy nhà cửa phủ đầy bùn và đồ đạc trôi mất."
    parts = clauses(text)
    assert parts[0] == "Khi nước rút, "
    assert [len(part.split()) for part in parts] == [3, 8, 8]


def test_marks_inside_numbers_are_no_marks_and_tiny_clauses_join_their_neighbours() -> None:
    assert clauses("Giá tăng 1,5 tỷ đồng.") == ("Giá tăng 1,5 tỷ đồng.",)
    assert clauses("No, no, we will not go there today.") == (
        "No, no, we will not go there today.",
    )


def test_a_long_text_has_few_clauses() -> None:
    assert len(clauses("mot hai ba bon nam " * 60)) <= 11


def test_each_cut_leaves_the_rest_of_the_source() -> None:
    first, second = cuts("Bác sĩ khuyên uống nhiều nước, ngủ đủ giấc mỗi đêm.")
    assert first.clause == "Bác sĩ khuyên uống nhiều nước,"
    assert first.rest == "ngủ đủ giấc mỗi đêm."
    assert second.rest == "Bác sĩ khuyên uống nhiều nước"
    assert cuts("Không có mệnh đề nào khác.") == ()


@pytest.mark.parametrize(
    ("source", "left_out"),
    [
        ('"Chúng tôi không ngờ mọi chuyện lại nhanh đến vậy", anh Tùng nói.', "anh Tùng nói."),
        ("“আমি ডাক্তার হয়ে সবার চিকিৎসা করতে চাই,” বলল মীনা।", "বলল মীনা।"),
        ("Chúng tôi chờ rất lâu rồi, chúng tôi chờ rất lâu.", "chúng tôi chờ rất lâu."),
    ],
)
def test_who_spoke_and_what_is_said_twice_need_not_be_there(source: str, left_out: str) -> None:
    assert left_out not in [cut.clause for cut in cuts(source)]


def test_bengali_words_are_compared_as_wholes_and_not_letter_by_letter() -> None:
    source = (
        "জেলা প্রশাসক জানান, বন্যায় ক্ষতিগ্রস্ত পরিবারগুলোর তালিকা তৈরি করা হচ্ছে, আগামী সপ্তাহের মধ্যে তাদের হাতে চাল,"
        " ডাল ও নগদ টাকা তুলে দেওয়া হবে, আর যাদের ঘর ভেঙে গেছে তারা টিন পাবেন।"
    )
    assert [cut.clause for cut in cuts(source)] == [clause.strip() for clause in clauses(source)]


# Figures, of recorded scores

#: A translation of two clauses, token by token: given the source, without its first clause, and
#: without its second, which it says with its last four tokens.
WHOLE: PartScores = ((-0.2, -0.3, -0.1, -0.4, -0.2, -0.3, -0.2, -0.1),)
WITHOUT_FIRST: PartScores = ((-4.2, -5.3, -3.1, -0.4, -0.3, -0.3, -0.2, -0.1),)
WITHOUT_SECOND: PartScores = ((-0.3, -0.2, -0.1, -0.4, -0.2, -0.4, -0.2, -0.1),)


def test_a_clause_that_costs_no_run_of_tokens_anything_is_not_said() -> None:
    said, missing = omitted(WHOLE, [WITHOUT_FIRST, WITHOUT_SECOND], [3, 4])
    assert said == pytest.approx(4.03, abs=0.02)
    assert missing < 0.1


def test_an_end_that_comes_likelier_without_a_clause_counts_against_it() -> None:
    cut_off: PartScores = (*WHOLE[:-1], (*WHOLE[-1][:-1], -5.1))
    before, *_ = omitted(WHOLE, [WITHOUT_SECOND], [4])
    after, *_ = omitted(cut_off, [WITHOUT_SECOND], [4])
    assert after < before - 1


def test_a_part_that_the_source_makes_no_likelier_was_added() -> None:
    given_source = ((-0.2, -0.3, -0.2), (-3.0, -2.5, -3.2))
    given_none = ((-6.0, -7.0, -0.5), (-3.2, -2.4, -3.4))
    there, invented = added(given_source, given_none)
    assert there > 5 and invented < 0.3


def test_figures_are_rounded_so_that_last_bits_decide_nothing() -> None:
    noisy = [tuple(score + 1e-6 for score in WITHOUT_FIRST[0])]
    assert omitted(WHOLE, [WITHOUT_FIRST], [3]) == omitted(WHOLE, [noisy], [3])
    bounds = Bounds(omission=0.5, addition=0.5)
    assert list(evidence.flags(Weakest(0.5, "x"), None, bounds)) == []


def test_without_bounds_of_its_own_a_flag_is_only_possible() -> None:
    low = Weakest(0.1, "ngủ đủ giấc,")
    (sure,) = evidence.flags(low, None, Bounds(0.5, 0.5))
    (unsure,) = evidence.flags(low, None, None)
    assert not is_possible(sure) and is_possible(unsure)
    (close,) = evidence.flags(Weakest(0.4, "x"), None, Bounds(0.5, 0.5))
    (extra,) = evidence.flags(None, low, Bounds(0.5, 0.5))
    assert is_possible(close) and is_possible(extra)
    assert sure.detail == (
        "not in the translation: “ngủ đủ giấc” (figure 0.10, flagged below 0.50)"
    )


# Models


@pytest.fixture(scope="module")
def resolved(tmp_path_factory: pytest.TempPathFactory) -> ResolvedModel:
    folder = tmp_path_factory.mktemp("evidence")
    build_tiny("m2m100", folder / "source")
    convert_tiny(folder / "source", folder / "converted")
    return tiny_model("m2m100", folder / "converted", "ctranslate2")


@pytest.fixture(scope="module")
def model(resolved: ResolvedModel) -> LoadedModel:
    return LoadedModel(load_model(resolved, Runtime()), max_source_tokens=256)


PAIRS = [
    (VIETNAMESE[0], "It rained hard this morning and many streets were flooded."),
    (VIETNAMESE[5], "He said: “We will open again.”"),
    (VIETNAMESE[9], "Coffee prices fell slightly in August, but farmers still make a profit."),
    (VIETNAMESE[11], "No."),
    ("", "Nothing at all, and yet it says something."),
    (VIETNAMESE[17], ""),
]


def test_what_a_pair_gets_depends_on_nothing_but_the_pair(model: LoadedModel) -> None:
    together = weigh(PAIRS, model, VI_EN)
    assert together == [weigh([pair], model, VI_EN)[0] for pair in PAIRS]
    shuffled = list(enumerate(PAIRS))
    random.Random(3).shuffle(shuffled)
    again = weigh([pair for _, pair in shuffled], model, VI_EN)
    assert [together[number] for number, _ in shuffled] == again


def test_token_scores_add_up_to_the_score_of_the_text(model: LoadedModel) -> None:
    source, text = PAIRS[2]
    whole, without = model.score_tokens([Contrast((source, VIETNAMESE[3]), (text,))], VI_EN)[0]
    mean = [sum(tokens) / len(tokens) for (tokens,) in (whole, without)]
    assert mean == pytest.approx(model.score([source, VIETNAMESE[3]], [text] * 2, VI_EN), abs=1e-2)
    in_parts, _ = model.score_tokens([Contrast((source, ""), clauses(text))], VI_EN)[0]
    assert len(in_parts) == len(clauses(text)) == 2
    assert [s for part in in_parts for s in part] == pytest.approx(whole[0], abs=1e-2)


def test_an_empty_text_and_a_single_clause_have_no_evidence(model: LoadedModel) -> None:
    found = weigh(PAIRS, model, VI_EN)
    assert found[3].omission is None
    assert found[4].omission is None and found[4].addition is None
    assert found[5].omission is None and found[5].addition is None


def test_a_source_over_the_limit_is_looked_at_in_parts(resolved: ResolvedModel) -> None:
    source = " ".join(VIETNAMESE[:4])
    plain = LoadedModel(load_model(resolved, Runtime()))
    limit = plain.num_tokens(source, VI_EN) // 2
    spec = replace(resolved.spec, max_source_tokens=limit)
    small = LoadedModel(
        load_model(replace(resolved, spec=spec), Runtime()), max_source_tokens=limit
    )
    (found,) = weigh([(source, PAIRS[0][1])], small, VI_EN)
    assert found.omission is not None and found.omission.clause in source
    assert found.addition is None


def test_bounds_are_the_same_each_time_and_let_the_right_pairs_pass(model: LoadedModel) -> None:
    bounds = calibration.bounds_of(model, VI_EN)
    assert bounds is not None and bounds == calibration.bounds_of(model, VI_EN)
    examples = calibration.read_examples("vi")
    flags = find([(one.source, one.translation) for one in examples], model, VI_EN, bounds)
    codes = [flag.code for found in flags for flag in found]
    assert codes.count("omission") <= 0.025 * len(examples)
    assert codes.count("addition") <= 0.01 * len(examples)


def test_a_language_without_such_pairs_has_no_bounds(model: LoadedModel) -> None:
    assert calibration.read_examples("hi") == ()
    assert calibration.bounds_of(model, Direction("hi", "en")) is None


@pytest.mark.parametrize("language", ["vi", "bn"])
def test_there_are_enough_pairs_and_none_twice(language: str) -> None:
    examples = calibration.read_examples(language)
    assert len(examples) >= 100
    assert len({one.source for one in examples}) == len(examples)
    assert sum(bool(one.shortened) for one in examples) >= 50
    assert all(len(one.shortened) < len(one.translation) for one in examples)


def test_bounds_are_set_once_and_kept_with_the_weights(
    resolved: ResolvedModel,
    model: LoadedModel,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("SEEDSUM_HOME", str(tmp_path))
    calls: list[Direction] = []

    def setting(_: LoadedModel, direction: Direction) -> Bounds:
        calls.append(direction)
        return Bounds(0.25, 1.5)

    monkeypatch.setattr(calibration, "bounds_of", setting)
    for _ in range(3):
        assert kept.bounds_of(resolved, model, VI_EN) == Bounds(0.25, 1.5)
    assert calls == [VI_EN]
    other = replace(resolved, weights_sha256="1" * 64)
    kept.bounds_of(other, model, VI_EN)
    assert calls == [VI_EN, VI_EN], "they belong to the weights"
    for path in (tmp_path / "bounds").iterdir():
        path.write_text("{torn", encoding="utf-8")
    assert kept.bounds_of(resolved, model, VI_EN) == Bounds(0.25, 1.5)
    assert len(calls) == 3


def test_the_bounds_of_the_bundled_models_ship() -> None:
    resolved = models.resolve(load_settings(CONFIG), "starter", offline=True, strict=True)
    for language in ("vi", "bn"):
        assert kept.are_shipped(resolved.models["starter"], Direction(language, "en")), (
            "other weights, or other pairs: run python benchmarks/evidence.py --write"
        )


# The pass


class Scripted(LoadedModel):
    """A model for which every clause but those with `missing` in them is in the translation."""

    def __init__(self, missing: str) -> None:
        self._missing = missing
        self.can_score_tokens = True
        self.asked: list[str] = []

    def fits(self, text: str, direction: Direction | None) -> bool:
        return True

    def num_tokens(self, text: str, direction: Direction | None) -> int:
        return len(text.split())

    def score_tokens(
        self, contrasts: Sequence[Contrast], direction: Direction | None
    ) -> list[list[tuple[tuple[float, ...], ...]]]:
        self.asked += [contrast.sources[0] for contrast in contrasts]
        return [
            [
                tuple(
                    (-0.1 if self._missing in whole and self._missing not in source else -9.0,) * 9
                    if source != whole
                    else (-0.1,) * 9
                    for _ in contrast.parts
                )
                for source in contrast.sources
            ]
            for contrast in contrasts
            for whole in contrast.sources[:1]
        ]


SOURCE = "Bác sĩ khuyên bệnh nhân uống nhiều nước mỗi ngày, ngủ đủ giấc mỗi đêm và tái khám sau."
SHORT = "Patients should drink water."
USUAL = "Doctors advise patients to drink plenty of water every day, sleep well and come back."


def passed(
    text: str, flags: tuple[Flag, ...] = (), *, missing: str = "ngủ", thorough: bool = False
) -> tuple[Rescued, Scripted]:
    model = Scripted(missing)
    (result,) = with_evidence(
        [SOURCE],
        [Rescued(Hypothesis(text, -0.5, 9, True), flags)],
        model=model,
        direction=VI_EN,
        options=CheckOptions(thorough=thorough),
        bounds=lambda: Bounds(0.5, 0.5),
    )
    return result, model


def test_a_short_translation_is_asked_about_and_flagged() -> None:
    result, model = passed(SHORT)
    assert model.asked == [SOURCE]
    assert [flag.code for flag in result.flags] == ["omission"]
    assert "ngủ đủ giấc" in result.flags[0].detail


def test_of_an_usual_length_only_a_thorough_run_asks() -> None:
    assert passed(USUAL)[1].asked == []
    result, model = passed(USUAL, thorough=True)
    assert set(model.asked) == {SOURCE}
    assert "omission" in [flag.code for flag in result.flags]


def test_where_a_check_has_found_something_likely_nothing_new_is_asked() -> None:
    sure, unsure = Flag("name-changed", "", 0.8), Flag("name-missing", "", 0.3)
    assert passed(SHORT, (sure,))[1].asked == []
    result, _ = passed(SHORT, (unsure,))
    assert [flag.code for flag in result.flags] == ["omission", "name-missing"]


def test_bounds_are_asked_for_only_where_there_is_something_to_weigh() -> None:
    def unwanted() -> Bounds:
        raise AssertionError("nothing is unusual")

    item = Rescued(Hypothesis(USUAL, -0.5, 9, True), ())
    ask: Callable[[], Bounds] = unwanted
    assert with_evidence(
        [SOURCE], [item], model=Scripted("x"), direction=VI_EN, options=CheckOptions(), bounds=ask
    ) == [item]
