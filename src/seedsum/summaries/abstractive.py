"""A summary written by a model: long articles part by part, then every sentence checked."""

from __future__ import annotations

import math
import re
from collections.abc import Collection, Generator, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from seedsum.engines.batches import LoadedModel
from seedsum.reading.segmentation import split_text
from seedsum.records import (
    TARGET_LANGUAGE,
    ArticleSentence,
    DecodingOptions,
    Flag,
    Hypothesis,
    ModelSpec,
    SummarySentence,
)
from seedsum.settings import ExtractiveOptions
from seedsum.summaries.article import IndexedArticle
from seedsum.summaries.cues import cues_of
from seedsum.summaries.extractive import rank
from seedsum.summaries.faithful import is_told_as_fact, is_turned_round, misplaced_roles
from seedsum.summaries.faults import BARRED, leans, standalone_faults
from seedsum.summaries.key_facts import key_places, lacks_facts
from seedsum.summaries.needs import denied_places
from seedsum.summaries.support import MAX_CITES, Evidence, find_evidence
from seedsum.summaries.words import content_words

#: Rounds of part-by-part reduction. With parts of 1,024 tokens that become 142 at most, four
#: rounds take two million tokens; beyond that, and where a round does not shrink the text,
#: sentences are chosen instead of written.
_MAX_ROUNDS = 4


@dataclass(frozen=True, slots=True)
class SummaryModel:
    """A loaded summary model and how it is to be used (limits and decoding of its spec)."""

    spec: ModelSpec
    model: LoadedModel


@dataclass(frozen=True, slots=True)
class _Unit:
    """A text for the model, and the article's sentences (indices) that it was made from."""

    text: str
    sources: tuple[int, ...]


#: Sentences of a model with the article's sentences that they were made from, and flags.
Draft = tuple[list[_Unit], list[Flag]]

#: Yields texts that the model is to shorten, each within its limit, with how; is sent its answers
#: in the same order; returns what was written in the end, sentence by sentence, before any check.
_Steps = Generator[tuple[list[str], DecodingOptions], list[Hypothesis], Draft]


def write_all(articles: Sequence[IndexedArticle], engine: SummaryModel) -> list[Draft]:
    """Return a draft of each article; what the articles ask at the same time is one batch plan.

    Raises:
        ModelError: The model failed.
    """
    steps = [_write(article, engine) for article in articles]
    requests = {number: next(step) for number, step in enumerate(steps)}
    drafts: dict[int, Draft] = {}
    while requests:
        by_options: dict[DecodingOptions, list[int]] = {}
        for number, (_, options) in sorted(requests.items()):
            by_options.setdefault(options, []).append(number)
        for options, numbers in by_options.items():
            texts = [text for number in numbers for text in requests[number][0]]
            answers = iter(engine.model.translate(texts, None, options))
            for number in numbers:
                hypotheses = [next(answers)[0] for _ in requests.pop(number)[0]]
                try:
                    requests[number] = steps[number].send(hypotheses)
                except StopIteration as finished:
                    drafts[number] = finished.value
    return [drafts[number] for number in range(len(articles))]


def _write(article: IndexedArticle, engine: SummaryModel) -> _Steps:
    """Write a summary: part by part until the text fits the model's input, then as a whole."""
    flags: list[Flag] = []
    units: list[_Unit] = []
    for index, sentence in enumerate(article.sentences):
        pieces = _split_to_fit(sentence.text, engine)
        if len(pieces) > 1:
            flags.append(Flag("summary-split", f"{sentence.id}: {len(pieces)} parts"))
        units.extend(_Unit(piece, (index,)) for piece in pieces)

    limit, share = engine.spec.max_source_tokens, article.options.max_share
    num_parts: list[int] = []
    length = _num_tokens(units, engine)
    keys = frozenset(key_places(article) if length > limit else ())
    while length > limit:
        chunks = _chunk(units, engine)
        num_parts.append(len(chunks))
        hypotheses = yield (
            [_joined(chunk) for chunk in chunks],
            _scaled(engine.spec.decoding, limit // 2, share),
        )
        units = []
        for number, (chunk, hypothesis) in enumerate(zip(chunks, hypotheses, strict=True), 1):
            written, _ = _read(hypothesis)
            if not written:
                flags.append(Flag("summary-extracted", f"part {number} came back empty"))
                units.extend(chunk[index] for index in _best(chunk, 2))
            shortened = [piece for text in written for piece in _split_to_fit(text, engine)]
            units.extend(_Unit(piece, _sources(chunk)) for piece in shortened)
            units.extend(_left_out(" ".join(written), chunk, keys))
        before, length = length, _num_tokens(units, engine)
        if length >= before or len(num_parts) == _MAX_ROUNDS:
            break
    if length > limit:
        units = _choose_to_fit(units, engine)
        flags.append(Flag("summary-extracted", f"after {len(num_parts)} round(s)"))
    if num_parts:
        detail = f"{num_parts[0]} parts, {len(num_parts)} round(s)"
        flags.append(Flag("summary-hierarchical", detail))

    options = _scaled(engine.spec.decoding, _num_tokens(units, engine), share)
    (hypothesis,) = yield [_joined(units)], options
    written, is_cut = _read(hypothesis)
    if hypothesis.fault:
        flags.append(Flag("summary-extracted", hypothesis.fault))
    elif is_cut:
        flags.append(Flag("summary-unfinished", f"{hypothesis.num_tokens} tokens"))
    if not written:
        flags.append(Flag("summary-extracted", hypothesis.fault or "the model wrote nothing"))
    everything = tuple(range(len(article.sentences)))
    traced = (_trace(text, units) if num_parts else everything for text in written)
    return [_Unit(*pair) for pair in zip(written, traced, strict=True)], flags


def _left_out(written: str, chunk: Sequence[_Unit], keys: Collection[int]) -> Iterator[_Unit]:
    """Yield the extract's sentences of a part whose facts are not in what was written of it."""
    for unit in chunk:
        is_key = len(unit.sources) == 1 and unit.sources[0] in keys
        if is_key and unit.text not in written and lacks_facts(written, unit.text):
            yield unit


def _scaled(decoding: DecodingOptions, num_source_tokens: int, share: float) -> DecodingOptions:
    most = max(min(decoding.max_target_tokens, int(num_source_tokens * share)), 1)
    least = max(min(decoding.min_target_tokens, most // 2), 1)
    return replace(decoding, max_target_tokens=most, min_target_tokens=least, num_hypotheses=1)


def _joined(units: Iterable[_Unit]) -> str:
    return " ".join(unit.text for unit in units)


def _num_tokens(units: Iterable[_Unit], engine: SummaryModel) -> int:
    return engine.model.num_tokens(_joined(units), None)


def _split_to_fit(text: str, engine: SummaryModel) -> tuple[str, ...]:
    return split_text(
        text,
        count_tokens=lambda part: engine.model.num_tokens(part, None),
        max_tokens=engine.spec.max_source_tokens,
    )


def _chunk(units: Sequence[_Unit], engine: SummaryModel) -> list[list[_Unit]]:
    limit = engine.spec.max_source_tokens
    lengths = [_num_tokens([unit], engine) for unit in units]
    target = sum(lengths) / math.ceil(sum(lengths) / limit)
    chunks: list[list[_Unit]] = [[]]
    length = 0
    for unit, unit_length in zip(units, lengths, strict=True):
        if chunks[-1] and (length + unit_length > limit or length + unit_length / 2 > target):
            chunks.append([])
            length = 0
        chunks[-1].append(unit)
        length += unit_length
    return [part for chunk in chunks for part in _halve_to_fit(chunk, engine)]


def _halve_to_fit(chunk: list[_Unit], engine: SummaryModel) -> list[list[_Unit]]:
    """Return the chunk, or its halves where joining took more tokens than the units alone."""
    if len(chunk) == 1 or _num_tokens(chunk, engine) <= engine.spec.max_source_tokens:
        return [chunk]
    middle = len(chunk) // 2
    return _halve_to_fit(chunk[:middle], engine) + _halve_to_fit(chunk[middle:], engine)


def _choose_to_fit(units: Sequence[_Unit], engine: SummaryModel) -> list[_Unit]:
    limit = engine.spec.max_source_tokens
    kept: list[int] = []
    length = 0
    for index in _best(units, limit // 8):  # no sentence worth keeping is of fewer than 8 tokens
        unit_length = _num_tokens([units[index]], engine)
        if length + unit_length <= limit:
            kept.append(index)
            length += unit_length
    return [units[index] for index in sorted(kept)]


def _best(units: Sequence[_Unit], num_units: int) -> tuple[int, ...]:
    return rank(
        [ArticleSentence(id="", text=unit.text, paragraph=0) for unit in units],
        title=None,
        options=ExtractiveOptions(),
        num_sentences=num_units,
        max_chars=len(_joined(units)),
    )


def _read(hypothesis: Hypothesis) -> tuple[list[str], bool]:
    """Return the whole sentences of what a model wrote, and whether the limit cut one off."""
    from sentencex import segment

    text = re.sub(r"\s+([.,;:!?])", r"\1", " ".join(hypothesis.text.split()))
    written = [
        part.strip() for part in segment(TARGET_LANGUAGE, text) if any(map(str.isalnum, part))
    ]
    if hypothesis.finished or not written or written[-1].endswith((".", "!", "?", '."', ".”")):
        return written, not hypothesis.finished
    return written[:-1], True


def _trace(text: str, units: Sequence[_Unit]) -> tuple[int, ...]:
    words = set(content_words(text))
    shared = [len(words.intersection(content_words(unit.text))) for unit in units]
    best = sorted(range(len(units)), key=lambda index: (-shared[index], index))[:MAX_CITES]
    return _sources([units[index] for index in best])


def _sources(units: Iterable[_Unit]) -> tuple[int, ...]:
    return tuple(sorted({source for unit in units for source in unit.sources}))


# Checking what a model wrote


def check(
    units: Sequence[_Unit], article: IndexedArticle
) -> tuple[tuple[SummarySentence, ...], tuple[Flag, ...]]:
    """Return what the article backs of a draft; failed sentences swapped, missing ones added.

    The flags are the failures for which there was no room to put another sentence.
    """
    options = article.options
    kept: list[tuple[int, SummarySentence]] = []
    failures: list[Flag] = []
    used: list[int] = []
    seen: set[str] = set()
    num_chars = -1
    swapped_before = False
    structure = article.structure
    denied = denied_places(structure.lines, article.content_words, structure.kind)
    for unit in units[: options.max_sentences]:
        key = " ".join(content_words(unit.text))
        if key in seen:
            continue
        seen.add(key)
        evidence = find_evidence(unit.text, article, unit.sources)
        failure = _failure(unit.text, evidence, article, denied, after_gap=swapped_before)
        if failure:
            failures.append(failure)
        elif num_chars + len(unit.text) + 1 <= article.max_chars:
            num_chars += len(unit.text) + 1
            used.extend(evidence.cited)
            sentence = SummarySentence(
                text=unit.text,
                cites=tuple(article.sentences[index].id for index in evidence.cited),
                support=evidence.support,
                flags=article.doubts(evidence.cited),
                origin="abstractive",
            )
            kept.append((evidence.cited[0], sentence))
            swapped_before = False
            continue
        swapped_before = True

    num_missing = max(options.min_sentences - len(kept), len(failures))
    num_missing = min(num_missing, options.max_sentences - len(kept))
    chosen = article.rank(num_missing, max_chars=article.max_chars - num_chars - 1, taken=used)
    reasons = iter(failures)
    for index in chosen:
        sentence = article.copied(index)
        reason = next(reasons, None)
        if reason:
            sentence = replace(sentence, origin="swapped", flags=(reason, *sentence.flags))
        place = next((at for at, (first, _) in enumerate(kept) if first > index), len(kept))
        while place < len(kept) and leans(kept[place][1].text):
            place += 1
        kept.insert(place, (index, sentence))
    return tuple(sentence for _, sentence in kept), tuple(reasons)


def _failure(
    text: str,
    evidence: Evidence,
    article: IndexedArticle,
    denied: Mapping[int, Collection[int]],
    *,
    after_gap: bool,
) -> Flag | None:
    """Return why a sentence of a model cannot stay; None where it can.

    `denied` has the article's sentences that others take back; see `needs.denied_places`.
    """
    cited = [article.sentences[index].text for index in evidence.cited]
    if not cited or evidence.support < article.options.min_support:
        return Flag("summary-support", f"{evidence.support:.2f}: {text}")
    if evidence.missing_facts:
        return Flag("summary-facts", f"{', '.join(evidence.missing_facts)}: {text}")
    if not BARRED.isdisjoint(standalone_faults(ArticleSentence("", text, 0))):
        return Flag("summary-form", text)
    if is_turned_round(text, cited):
        return Flag("summary-negation", f"the article says the opposite: {text}")
    if is_told_as_fact(text, cited) or _is_denied(text, evidence, denied):
        return Flag("summary-claim", f"the article only reports that: {text}")
    everything = [sentence.text for sentence in article.sentences]
    if names := ", ".join(misplaced_roles(text, everything)):
        return Flag("summary-roles", f"the article says that of others than {names}: {text}")
    if after_gap and leans(text):
        return Flag("summary-dangling", text)
    return None


def _is_denied(text: str, evidence: Evidence, denied: Mapping[int, Collection[int]]) -> bool:
    """Return whether the article takes back what a text rests on most, and the text does not."""
    said = cues_of(text)
    if said.denies or said.hearsay or said.proposes:
        return False
    return not set(denied.get(evidence.cited[0], ())).issubset(evidence.cited)
