"""Scores, and line-aligned texts."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from seedsum.errors import ReadError, UsageError
from seedsum.evaluation import read_parallel, score_summaries, score_translations

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
