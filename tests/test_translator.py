"""Documents together: what is translated, what stands as it is, and why."""

from __future__ import annotations

import pytest

from seedsum.engines.pool import LoadedModels
from seedsum.reading import Prepared, prepare, read_document
from seedsum.records import Fate, Runtime, TranslatedSegment
from seedsum.settings import CheckOptions
from seedsum.summaries.article import article_of
from seedsum.translation.translator import DocumentTranslator

LANGUAGES = ("bn", "en", "vi")


def translated(text: str, *, format: str = "txt") -> tuple[Prepared, tuple[TranslatedSegment, ...]]:
    """Return a text as a profile without routes takes it, and what became of its segments."""
    document = read_document(f"a.{format}", text.encode(), format=format)
    prepared = prepare(document, languages=LANGUAGES, target="en")
    with LoadedModels({}, runtime=Runtime(), on_load=print) as loaded:
        translator = DocumentTranslator(
            loaded, routes={}, specs={}, checks=CheckOptions(), glossaries={}, target="en"
        )
        (segments,) = translator.translate([prepared])
    return prepared, segments


@pytest.mark.parametrize(
    ("text", "fate", "reason"),
    [
        ("08/10/2024 | 17:06 PM", Fate.KEPT, "no words"),
        ("সূত্র: https://example.org/a/b-c", Fate.KEPT, "an address"),
        ("Liên hệ: toasoan@bao.example", Fate.KEPT, "an address"),
        ("Trạm y tế mới đã mở cửa ở xã Hòa Bình.", Fate.KEPT, "no route from 'vi'"),
        ("The new clinic has been opened by the minister.", Fate.PASSED, "already English"),
    ],
)
def test_what_is_not_translated_says_why(text: str, fate: Fate, reason: str) -> None:
    body = "The clinic serves the villages. It has two doctors and a nurse.\n\n"
    _, segments = translated(f"{body}{text}\n\n{body}")
    assert (text, fate, reason) in [(item.text, item.fate, item.reason) for item in segments]


def test_an_article_in_no_configured_language_is_skipped() -> None:
    text = "Новая больница открылась в городе. Врачи принимают пациентов каждый день.\n"
    document = read_document("a.txt", text.encode(), format="txt")
    assert "Russian (ru)" in prepare(document, languages=LANGUAGES, target="en").skip


def test_the_summary_reads_the_article_only_and_knows_its_sections() -> None:
    text = (
        "# A clinic opens in Northfield\n\nThe clinic was opened on Monday by the minister.\n\n"
        "## What comes next\n\nA second clinic is planned for the next year in the region.\n\n"
        "## Related news\n\n- The bridge of Westby is closed\n- The mayor of Easton has resigned\n"
    )
    prepared, segments = translated(text, format="md")
    article = article_of(prepared.document, segments)
    assert [sentence.text.split()[0] for sentence in article.sentences] == ["The", "A"]
    assert [sentence.section for sentence in article.sentences] == [0, 1]
    assert article.title == "A clinic opens in Northfield"
