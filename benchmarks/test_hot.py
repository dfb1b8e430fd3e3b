"""The hot pure functions, one benchmark each: `pytest benchmarks/test_hot.py`.

Needs pytest-benchmark (of the extra `dev`). Compare two states of the code with
`--benchmark-autosave` and `--benchmark-compare`; the text is that of the optional data folder
(SEEDSUM_SHARED), or made up.
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from articles import Article, made_up, read_articles
from seedsum.checks import check_segment
from seedsum.engines.batches import plan_batches
from seedsum.output.rendering import render
from seedsum.pipeline import planning
from seedsum.reading import detection, read_document, roles, segmentation
from seedsum.records import (
    ArticleSentence,
    Document,
    Fate,
    Hypothesis,
    Integrity,
    KeyParts,
    Provenance,
    RecordState,
    Result,
    Segment,
    Source,
    Status,
    TranslatedSegment,
)
from seedsum.settings import CheckOptions, SummaryOptions
from seedsum.summaries import summarise

pytest.importorskip("pytest_benchmark", reason="needs pytest-benchmark, of the extra dev")
from pytest_benchmark.fixture import BenchmarkFixture

LANGUAGES = ("bn", "en", "vi")
DATA = Path(os.environ.get("SEEDSUM_SHARED", Path(__file__).parents[2] / "shared")) / "data"


@pytest.fixture(scope="module", params=["vi", "bn"])
def article(request: pytest.FixtureRequest) -> Article:
    """The longest article of the data folder, or one made up of as many sentences."""
    if not (DATA / "ntrex-dev").is_dir():
        return made_up("made-up", request.param, seed=1, num_paragraphs=30)
    articles = [a for a in read_articles(DATA, 0, whole=True) if a.language == request.param]
    return max(articles, key=lambda one: len(one.paragraphs))


@pytest.fixture(scope="module")
def document(article: Article) -> Document:
    return read_document("a.txt", article.text.encode(), format="txt")


@pytest.fixture(scope="module")
def result(document: Document) -> Result:
    """The article as if it had been translated: into an English sentence for each of its own."""
    found = detection.detect(roles.classify(document), languages=LANGUAGES)
    english = made_up("e", "en", seed=2, num_paragraphs=60).paragraphs
    segments = tuple(
        TranslatedSegment(
            segment=segment,
            text=english[number % len(english)],
            language="vi",
            fate=Fate.TRANSLATED,
            reason="translated vi->en",
            hypothesis=Hypothesis(english[number % len(english)], -0.5, 12, True),
            attempts=("beam",),
        )
        for number, segment in enumerate(segmentation.segment(found))
    )
    return Result(
        document=found,
        language="vi",
        confidence=1.0,
        segments=segments,
        summary=summarise(sentences(segments), title=None, engine=None, options=SummaryOptions()),
        status=Status.CLEAN,
        reasons=(),
        provenance=Provenance("k", "starter", False, "0", ()),
    )


def sentences(segments: tuple[TranslatedSegment, ...]) -> tuple[ArticleSentence, ...]:
    return tuple(
        ArticleSentence(id=item.segment.id, text=item.text, paragraph=number)
        for number, item in enumerate(segments)
    )


def test_read(benchmark: BenchmarkFixture, article: Article) -> None:
    benchmark(read_document, "a.txt", article.text.encode(), format="txt")


def test_classify(benchmark: BenchmarkFixture, document: Document) -> None:
    benchmark(roles.classify, document)


def test_detect(benchmark: BenchmarkFixture, document: Document) -> None:
    benchmark(detection.detect, roles.classify(document), languages=LANGUAGES)


def test_segment(benchmark: BenchmarkFixture, result: Result) -> None:
    segments = benchmark(segmentation.segment, result.document)
    assert len(segments) == len(result.segments)


def test_split_long(benchmark: BenchmarkFixture, article: Article) -> None:
    text = " ".join(article.paragraphs)
    whole = (Segment("s1", "b1", 0, len(text), text),)
    benchmark(segmentation.split_long, whole, count_tokens=len, max_tokens=300)


def test_check(benchmark: BenchmarkFixture, article: Article, result: Result) -> None:
    pairs = [(item.segment.text, item.text, item.hypothesis) for item in result.segments]
    options = CheckOptions()

    def check() -> None:
        for source, target, hypothesis in pairs:
            check_segment(
                source, target, language=article.language, hypothesis=hypothesis, options=options
            )

    benchmark(check)


#: What all checks but the model's evidence may take, in seconds a segment, on a slow machine.
MAX_CHECK_SECONDS = 0.002


@pytest.mark.parametrize("language", ["vi", "bn"])
def test_check_texts_never_seen(benchmark: BenchmarkFixture, language: str) -> None:
    """More texts than `checks.remembering` keeps, so that nothing is found there."""
    sources = made_up("s", language, seed=1, num_paragraphs=600).paragraphs
    targets = made_up("t", "en", seed=2, num_paragraphs=600).paragraphs
    pairs = list(zip(sources, targets, strict=True))

    def check() -> None:
        for source, target in pairs:
            check_segment(source, target, language=language)

    benchmark.pedantic(check, rounds=3, warmup_rounds=1)
    if benchmark.stats:  # not where timings are off
        assert benchmark.stats.stats.min < MAX_CHECK_SECONDS * len(pairs)


def test_summarise(benchmark: BenchmarkFixture, result: Result) -> None:
    options = SummaryOptions()
    benchmark(summarise, sentences(result.segments), title=None, engine=None, options=options)


def test_render(benchmark: BenchmarkFixture, result: Result) -> None:
    benchmark(render, result)


def test_plan_batches(benchmark: BenchmarkFixture) -> None:
    lengths = [5 + i * 7919 % 90 for i in range(2_000)]
    benchmark(plan_batches, lengths, max_batch_tokens=2_048, max_batch_size=64)


def test_plan(benchmark: BenchmarkFixture) -> None:
    parts = KeyParts("s", "m", "o", "f")
    sources = [Source(f"{i:05}.txt", None, "s", 1_000) for i in range(1_000)]
    records = {
        source.name: RecordState(
            source.name, Integrity.INTACT, Status.CLEAN, source_sha256="s", key_parts=parts
        )
        for source in sources
    }
    tasks = benchmark(planning.plan, sources, records, expected_key=lambda *_: parts)
    assert {task.reasons for task in tasks} == {("current",)}
