"""Faults that are put into perfect translations, and what the checks find of them."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from checks import pairs, read_sentences_by_language, score_checks
from faults import FAULTS, Fault, Pair, Surroundings, inject
from seedsum.evaluation import ParallelText, read_parallel
from seedsum.settings import CheckOptions

FOREIGN = {
    "fr": ("Les habitants ont été mis à l'abri avant la tempête de la nuit.",),
    "hi": ("तूफ़ान से पहले लोगों को सुरक्षित स्थान पर ले जाया गया।",),
}

#: Our own sentences, with numbers, names, dates and clauses to break.
PAIRS = (
    Pair(
        "a.txt:1",
        "vi",
        "Hôm 8 tháng 3, 47 công nhân của nhà máy Samsung được đưa vào bệnh viện, nhưng WHO cho biết"
        " không ai trong số họ bị bệnh nặng.",
        "On March 8, 47 workers of the Samsung factory were taken to hospital, but the WHO said "
        "that none of them was seriously ill.",
    ),
    Pair(
        "a.txt:2",
        "vi",
        "Thứ Ba tuần trước, bà Merkel đã trả 3 triệu euro cho hai ngôi làng ở miền bắc Thái Lan, và"
        " bà hứa sẽ sớm quay lại.",
        "Last Tuesday Ms Merkel paid 3 million euros to two villages in the north of Thailand, "
        "and she promised to come back soon.",
    ),
    Pair(
        "a.txt:3",
        "bn",
        "গত মঙ্গলবার ৪৭ জন শ্রমিককে হাসপাতালে নেওয়া হয়েছে, তবে WHO জানিয়েছে তাদের কেউ গুরুতর অসুস্থ নন।",
        "Last Tuesday 47 workers were taken to hospital, but the WHO said that none of them was "
        "seriously ill.",
    ),
)


def test_untouched_translations_have_no_flag() -> None:
    scores = score_checks(PAIRS, options=CheckOptions(), foreign=FOREIGN)
    assert [(clean.language, clean.num_pairs, clean.num_flagged) for clean in scores.clean] == [
        ("bn", 1, 0),
        ("vi", 2, 0),
    ]


def test_every_fault_of_these_pairs_is_found() -> None:
    scores = score_checks(PAIRS, options=CheckOptions(), foreign=FOREIGN)
    assert {fault.kind for fault in scores.faults if fault.num_injected} == {
        fault.kind for fault in FAULTS
    }
    missed = [fault for fault in scores.faults if fault.num_found < fault.num_injected]
    assert missed == []
    assert all(fault.precision in (0.0, 1.0) for fault in scores.faults)


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.kind)
def test_a_fault_is_the_same_every_time_and_changes_its_pair(fault: Fault) -> None:
    around = Surroundings(following=replace(PAIRS[1], id="a.txt:2"), foreign=FOREIGN)
    broken = inject(fault, PAIRS[0], around, seed=0)
    assert broken == inject(fault, PAIRS[0], around, seed=0)
    if broken is not None:
        assert (broken.source, broken.target) != (PAIRS[0].source, PAIRS[0].target)
        assert (broken.id, broken.language) == (PAIRS[0].id, PAIRS[0].language)


def test_a_pair_without_numbers_gets_no_wrong_number() -> None:
    plain = Pair("a.txt:1", "vi", "Trời mưa.", "It is raining.")
    around = Surroundings(following=None, foreign={})
    by_kind = {fault.kind: inject(fault, plain, around, seed=0) for fault in FAULTS}
    for kind in ("changed-digit", "swapped-date", "lost-name", "wrong-language", "dropped-clause"):
        assert by_kind[kind] is None
    assert by_kind["copied-source"] == replace(plain, target=plain.source)


def test_lines_are_paired_but_for_empty_ones() -> None:
    text = ParallelText("b.txt", ("một", "", "một b"), ("one", "", "one b"))
    assert pairs([text], language="vi") == (
        Pair("b.txt:1", "vi", "một", "one"),
        Pair("b.txt:3", "vi", "một b", "one b"),
    )


def test_sentences_are_read_by_language(tmp_path: Path) -> None:
    for name, content in (
        ("fra_Latn.txt", "Bonjour.\n\nAdieu.\n"),
        ("de.txt", "Tag.\n"),
        ("notes.txt", "x\n"),
    ):
        (tmp_path / name).write_text(content, encoding="utf-8")
    sentences = read_sentences_by_language(tmp_path)
    assert sentences == {"de": ("Tag.",), "fr": ("Bonjour.", "Adieu.")}


# --------------------------------------------------------------------------------------------
# The measurement itself, where the data are


@pytest.mark.slow
def test_false_alarms_and_recall_hold_on_some_documents(shared: Path) -> None:
    """A cheap guard on a tenth of the documents; benchmarks/checks.py has the whole measurement."""
    data = shared / "data"
    foreign = read_sentences_by_language(data / "lid-dev")
    some: list[Pair] = []
    for language in ("vi", "bn"):
        texts = read_parallel(data / "ntrex-dev" / language, data / "ntrex-dev" / "en")
        some += pairs(texts[::10], language=language)
    scores = score_checks(some, options=CheckOptions(), foreign=foreign)
    num_flagged = sum(clean.num_flagged for clean in scores.clean)
    assert num_flagged <= 0.05 * len(some)
    recall = {
        kind: sum(f.num_found for f in scores.faults if f.kind == kind)
        / sum(f.num_injected for f in scores.faults if f.kind == kind)
        for kind in ("dropped-clause", "changed-digit", "lost-address", "repeated-phrase")
    }
    assert recall["dropped-clause"] >= 0.8
    assert min(recall.values()) >= 0.8
    assert recall["changed-digit"] >= 0.95
