"""What becomes of sentences that summary models write, good and bad, recorded with their texts."""

from __future__ import annotations

import tomllib
from functools import cache
from pathlib import Path

import pytest

from seedsum.engines.batches import LoadedModel
from seedsum.records import DecodingOptions, ModelSpec, Summary
from seedsum.summaries import SummaryModel, summarise
from summary_facts import own_texts
from test_summaries import ScriptedModel


@cache
def recorded(part: str) -> tuple[tuple[str, str, str], ...]:
    """Return the text's name, the sentence and the code of the flag of each."""
    path = Path(__file__).with_name("recorded_summaries.toml")
    table = tomllib.loads(path.read_text(encoding="utf-8"))
    return tuple((entry["of"], entry["text"], entry.get("code", "")) for entry in table[part])


def summary_with(name: str, *written: str) -> Summary:
    (text,) = (one.text for one in own_texts() if one.name == name)
    model = ScriptedModel(lambda _: " ".join(written), limit=1000)
    spec = ModelSpec(
        name="recorded",
        engine="recorded",
        licence="Apache-2.0",
        max_source_tokens=1000,
        decoding=DecodingOptions(max_target_tokens=142, min_target_tokens=2),
    )
    return summarise(text, engine=SummaryModel(spec, LoadedModel(model)))


def failures(summary: Summary) -> set[str]:
    flags = [*summary.flags, *(flag for one in summary.sentences for flag in one.flags)]
    quiet = {"summary-short", "summary-covers", "summary-partial"}
    return {flag.code for flag in flags} - quiet


@pytest.mark.parametrize(("name", "text", "code"), recorded("good"))
def test_a_good_sentence_stays(name: str, text: str, code: str) -> None:
    summary = summary_with(name, text)
    assert text in [one.text for one in summary.sentences if one.origin == "abstractive"]
    assert not failures(summary)


@pytest.mark.parametrize(("name", "text", "code"), recorded("bad"))
def test_a_bad_sentence_is_replaced_and_the_reason_said(name: str, text: str, code: str) -> None:
    summary = summary_with(name, text)
    assert text not in [one.text for one in summary.sentences]
    assert code in failures(summary)
