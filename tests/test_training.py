"""The training data that are made by rule: both sides must state the same quantities and names."""

from __future__ import annotations

import importlib
import random
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest

from seedsum.checks import check_segment
from seedsum.checks.known_names import compare_known_names

ROOT = Path(__file__).resolve().parent.parent


def wrong_quantities(source: str, target: str, language: str) -> list[str]:
    flags = check_segment(source, target, language=language)
    return [flag.detail for flag in flags if flag.code.startswith("quantity")]


@pytest.fixture(scope="module")
def generated() -> Iterator[ModuleType]:
    with pytest.MonkeyPatch.context() as patch:  # the recipe's files import one another by name
        patch.syspath_prepend(ROOT / "training")
        yield importlib.import_module("generated")


@pytest.mark.parametrize("language", ["vi", "bn"])
@pytest.mark.parametrize("kind", ["date_phrase", "day_phrase", "time_phrase", "fragment"])
def test_dates_days_times_and_amounts_are_the_same_in_both_languages(
    kind: str, language: str, generated: ModuleType
) -> None:
    rng = random.Random(7)
    made = {getattr(generated, kind)(rng, language) for _ in range(500)}
    assert len(made) > 20
    for source, target in sorted(made):
        assert not wrong_quantities(source, target, language), (source, target)


@pytest.mark.parametrize(
    ("language", "source", "target"),
    [
        ("vi", "Xã có 12 giếng cho 2.016 hộ từ năm 2015.", "12 wells for 2,016 homes since 2015."),
        ("bn", "২০১৫ সালে ১,২৩,৪৫৬ জন ও ৯ শিশু।", "In 2015 there were 123,456 and 9 children."),
        ("bn", "5000 টাকা", "5000 taka"),
    ],
)
def test_other_numbers_are_the_same_on_both_sides(
    language: str, source: str, target: str, generated: ModuleType
) -> None:
    rng = random.Random(7)
    made = [generated.with_other_numbers(rng, language, source, target) for _ in range(300)]
    assert len(set(made)) > 100
    for pair in filter(None, made):
        assert not wrong_quantities(pair[0], pair[1], language), pair
        assert pair != (source, target)


@pytest.mark.parametrize(
    ("source", "target"),
    [
        ("Không có số nào.", "There is no number."),
        ("Có 3 giếng.", "There are three wells."),  # not in digits on both sides
        ("Từ 3 đến 3.", "From 3 to 3."),  # which is which?
        ("Tỷ số 2-1, điểm 8,5.", "The score is 2-1, the mark 8.5."),
    ],
)
def test_pairs_whose_numbers_cannot_be_told_are_left_alone(
    source: str, target: str, generated: ModuleType
) -> None:
    assert generated.with_other_numbers(random.Random(7), "vi", source, target) is None


def test_a_date_or_time_stands_once_in_each_sentence(generated: ModuleType) -> None:
    rng = random.Random(7)
    pairs = {
        "vi": ("Ông nói rằng nước sạch rất quan trọng.", "He said that clean water matters."),
        "bn": ("তিনি বলেন, পরিষ্কার পানি গুরুত্বপূর্ণ।", "He said that clean water matters."),
    }
    for language, (source, target) in pairs.items():
        for _ in range(300):
            made = generated.with_phrase(rng, language, source, target)
            assert not wrong_quantities(made[0], made[1], language), made
            assert made[1].endswith(".") and not made[1].endswith("..")
            assert made[1][0].isupper()
            assert "e said that clean water matters" in made[1]
            assert (source[1:-1] if language == "vi" else source) in made[0]
    name = ("Hà Nội có nước sạch.", "Hanoi has clean water.")
    assert generated.with_phrase(rng, "vi", *name) is None, "a name would lose its capital"


@pytest.mark.parametrize(
    ("language", "source", "target"),
    [
        ("vi", "Đoàn bác sĩ đến từ Trung Quốc.", "The doctors came from China."),
        ("vi", "Bộ Y tế Việt Nam cho biết.", "Vietnam's health ministry said so."),
        ("bn", "চীনের রাজধানীতে বৃষ্টি।", "Rain in the capital of China."),
        ("bn", "তারা ইন্দোনেশিয়ায় থাকে।", "They live in Indonesia."),
        ("bn", "দক্ষিণ কোরিয়াকে সাহায্য", "Help for South Korea"),
    ],
)
def test_another_name_stands_on_both_sides(
    language: str, source: str, target: str, generated: ModuleType
) -> None:
    rng = random.Random(7)
    made = {generated.with_another_name(rng, language, source, target) for _ in range(300)}
    assert len(made) > 80
    for pair in made:
        assert pair is not None and pair[0] != source and pair[1] != target
        found = compare_known_names(*pair, language=language)
        assert (found.missing, found.added) == ((), ()), pair


@pytest.mark.parametrize(
    ("language", "source", "target"),
    [
        ("vi", "Người dân vui mừng.", "The people are glad."),
        ("vi", "Từ Trung Quốc đến Thái Lan.", "From China to Thailand."),  # which is which?
        ("vi", "Bác sĩ Trung Quốc đến.", "Chinese doctors came."),  # no noun
        ("vi", "Anh đến từ Anh.", "He is from Britain."),  # may be another word
        ("bn", "তারা নেদারল্যান্ডে থাকে।", "They live in the Netherlands."),  # an article
    ],
)
def test_pairs_whose_name_cannot_be_told_are_left_alone(
    language: str, source: str, target: str, generated: ModuleType
) -> None:
    rng = random.Random(7)
    assert generated.with_another_name(rng, language, source, target) is None


@pytest.mark.parametrize("language", ["vi", "bn"])
def test_lists_of_names_are_the_same_in_both_languages(
    language: str, generated: ModuleType
) -> None:
    rng = random.Random(7)
    for source, target in {generated.list_of_names(rng, language) for _ in range(500)}:
        found = compare_known_names(source, target, language=language)
        assert (found.missing, found.added) == ((), ()), (source, target)


def test_the_same_seed_gives_the_same_pairs(generated: ModuleType) -> None:
    shown = ("vi", 2.0, "Ông có 12 con.", "He has 12 children.")
    pairs = [*[shown] * 9, ("vi", 0.3, "Số 7.", "Key 7.")]  # the last is shown too seldom
    first, again, other = (list(generated.generated(pairs, seed)) for seed in (1, 1, 2))
    assert first == again != other
    from_pairs = first[4 * generated.NUM_FRAGMENTS :]
    assert from_pairs and all("children" in target for *_, target in from_pairs)
