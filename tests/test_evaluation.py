"""Scores, line-aligned texts, and faults that are put into perfect translations."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path

import pytest

from seedsum.errors import ReadError, UsageError
from seedsum.evaluation import (
    Pair,
    pairs,
    read_parallel,
    read_sentences_by_language,
    score_checks,
    score_summaries,
    score_translations,
)
from seedsum.evaluation.injection import FAULTS, Fault, Surroundings, inject
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


# --------------------------------------------------------------------------------------------
# Line-aligned texts


def write(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


def test_folders_are_read_by_their_common_names(tmp_path: Path) -> None:
    for folder, word in (("vi", "một"), ("en", "one")):
        write(tmp_path / folder / "b.txt", f"{word}\n\n{word} b\n")
        write(tmp_path / folder / "x" / "a.txt", word)
    texts = read_parallel(tmp_path / "vi", tmp_path / "en")
    assert [(text.name, len(text.sources)) for text in texts] == [("b.txt", 3), ("x/a.txt", 1)]
    assert pairs(texts, language="vi") == (
        Pair("b.txt:1", "vi", "một", "one"),
        Pair("b.txt:3", "vi", "một b", "one b"),
        Pair("x/a.txt:1", "vi", "một", "one"),
    )


def test_two_files_are_one_text(tmp_path: Path) -> None:
    source, reference = write(tmp_path / "a.vi", "một\n"), write(tmp_path / "a.en", "one\n")
    (text,) = read_parallel(source, reference)
    assert (text.sources, text.references) == (("một",), ("one",))


def test_texts_that_are_not_parallel_are_refused_by_name(tmp_path: Path) -> None:
    source = write(tmp_path / "vi" / "a.txt", "một\nhai\n")
    reference = write(tmp_path / "en" / "a.txt", "one\n")
    with pytest.raises(ReadError, match=r"a\.txt has 2 lines .* has 1"):
        read_parallel(source, reference)
    write(tmp_path / "en" / "b.txt", "one\n")
    with pytest.raises(ReadError, match=r"b\.txt has no counterpart"):
        read_parallel(source.parent, reference.parent)
    with pytest.raises(UsageError, match="two files or two folders"):
        read_parallel(source, reference.parent)
    with pytest.raises(UsageError, match="no such file"):
        read_parallel(tmp_path / "no", reference)
    reference.write_bytes(b"one \xff two\n")
    with pytest.raises(ReadError, match="byte 4"):
        read_parallel(source, reference)


def test_sentences_are_read_by_language(tmp_path: Path) -> None:
    write(tmp_path / "fra_Latn.txt", "Bonjour.\n\nAdieu.\n")
    write(tmp_path / "de.txt", "Tag.\n")
    write(tmp_path / "notes.txt", "x\n")
    sentences = read_sentences_by_language(tmp_path)
    assert sentences == {"de": ("Tag.",), "fr": ("Bonjour.", "Adieu.")}


# --------------------------------------------------------------------------------------------
# Scores


def test_a_perfect_translation_scores_a_hundred() -> None:
    pytest.importorskip("sacrebleu")
    texts = ["The cat sat on the mat today.", "It rained all night in the hills."]
    bleu, chrf = score_translations(texts, texts)
    assert (bleu.name, chrf.name) == ("BLEU", "chrF")
    assert bleu.value == pytest.approx(100)
    assert chrf.value == pytest.approx(100)
    assert "tok:13a" in bleu.signature
    assert "nc:6" in chrf.signature


def test_an_empty_hypothesis_is_kept() -> None:
    pytest.importorskip("sacrebleu")
    texts = ["The cat sat on the mat today.", "It rained all night in the hills."]
    bleu, chrf = score_translations([texts[0], ""], texts)
    assert bleu.num_texts == chrf.num_texts == 2
    assert 0 < bleu.value < 70
    assert 0 < chrf.value < 70


def test_rouge_of_a_summary_is_between_none_and_its_reference() -> None:
    pytest.importorskip("rouge_score")
    reference = "Floods closed ten schools.\nNo one was hurt."
    half = score_summaries(["Floods closed ten schools."], [reference])
    whole = score_summaries([reference], [reference])
    assert [score.name for score in half] == ["ROUGE-1", "ROUGE-2", "ROUGE-L"]
    assert all(0 < a.value < b.value for a, b in zip(half, whole, strict=True))
    assert all(score.value == pytest.approx(100) for score in whole)


def test_scores_without_references_are_a_usage_error() -> None:
    with pytest.raises(UsageError, match="nothing to score"):
        score_translations([], [])
    with pytest.raises(UsageError, match=r"1 texts .* 2 references"):
        score_summaries(["a"], ["a", "b"])


def test_a_missing_library_is_named_with_its_install_command(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name in ("sacrebleu", "sacrebleu.metrics"):
        monkeypatch.setitem(sys.modules, name, None)
    with pytest.raises(UsageError, match=r"sacrebleu; .*seedsum\[evaluation\]"):
        score_translations(["a"], ["a"])


# --------------------------------------------------------------------------------------------
# The measurement itself, where the data are


def test_false_alarms_and_recall_hold_on_some_documents(shared: Path) -> None:
    """A cheap guard on a tenth of the documents; benchmarks/checks.py has the whole measurement."""
    data = shared / "data"
    foreign = read_sentences_by_language(data / "lid-dev")
    some = []
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
