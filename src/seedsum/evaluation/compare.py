"""The same sources through several profiles, side by side: second opinions.

What is compared is what a run would make: every stage, second chances and checks included. Where
two profiles say different things, a person looks first.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from difflib import SequenceMatcher
from itertools import combinations
from pathlib import Path
from statistics import fmean
from types import MappingProxyType

from seedsum.checks import likely
from seedsum.checks.table import worst_first
from seedsum.config import languages_of
from seedsum.errors import ReadError, UsageError
from seedsum.evaluation.parallel import read_lines, read_parallel
from seedsum.evaluation.scores import Score, score_translations
from seedsum.pipeline.context import Context
from seedsum.pipeline.keys import model_id
from seedsum.pipeline.progress import Progress
from seedsum.pipeline.source_bytes import read_source
from seedsum.pipeline.sources import list_sources
from seedsum.pipeline.stages import loaded_models, summariser, translator
from seedsum.reading import Prepared
from seedsum.records import (
    TARGET_LANGUAGE,
    Block,
    Detection,
    Direction,
    Document,
    Fate,
    Flag,
    Segment,
    TranslatedSegment,
)

#: What a file of scores calls a score that it does not name.
_UNNAMED = "score"


@dataclass(frozen=True, slots=True)
class SystemText:
    """What one profile made of one source sentence."""

    text: str
    fate: str  # as in a record; the worst where the sentence was cut into pieces
    flags: tuple[Flag, ...]  # worst first
    score: float | None  # the model's own; of other models it says nothing
    scores: tuple[tuple[str, float], ...] = ()  # by name, from a file


@dataclass(frozen=True, slots=True)
class ComparedSegment:
    """One source sentence and what each profile made of it."""

    id: str  # `vi.txt#3`: the document and the number of the sentence in it
    language: str
    source: str
    reference: str  # empty where there is none
    texts: tuple[SystemText, ...]  # in the order of the profiles
    is_judged_differently: bool  # likely faults are found in some of them, and not in others
    likeness: float  # of the two texts that are least alike, by words, 0 to 1; 1 where all are same


@dataclass(frozen=True, slots=True)
class ComparedSummary:
    """The summaries of one document, in the order of the profiles."""

    document: str
    texts: tuple[str, ...]
    num_flagged: tuple[int, ...]  # sentences


@dataclass(frozen=True, slots=True)
class ComparedProfile:
    """One profile, and how it did on all of it."""

    name: str
    models: tuple[str, ...]  # each with its licence
    non_commercial: bool
    num_flagged: int  # sentences in which a fault is likely
    num_possible: int  # those in which one is only possible
    num_failed: int
    scores: tuple[Score, ...]  # against references, and means of those from a file


@dataclass(frozen=True, slots=True)
class Comparison:
    """What profiles made of the same sources, disagreements first."""

    profiles: tuple[ComparedProfile, ...]
    segments: tuple[ComparedSegment, ...]
    summaries: tuple[ComparedSummary, ...]
    num_different: int  # sentences that do not read the same everywhere
    notes: tuple[str, ...]  # sources that were left out, and why


@dataclass(frozen=True, slots=True)
class Sources:
    """What is translated, and the references where there are any."""

    documents: tuple[Prepared, ...]
    references: Mapping[str, str]  # by id of the sentence
    notes: tuple[str, ...] = ()


#: Scores from a file: by id of the sentence and profile, by name.
OtherScores = Mapping[tuple[str, str], Mapping[str, float]]


def read_articles(paths: Sequence[Path], contexts: Iterable[Context]) -> Sources:
    """Return the articles of files and folders, as a run would read them.

    Raises:
        UsageError: A path is not there, or nothing in them can be translated.
    """
    languages = tuple(sorted({tag for one in contexts for tag in languages_of(one.requested)}))
    documents: list[Prepared] = []
    notes: list[str] = []
    for source in list_sources(paths).sources:
        try:
            prepared = read_source(source, languages=languages)
        except ReadError as error:
            notes.append(str(error))
            continue
        if prepared.skip:
            notes.append(f"{source.name}: {prepared.skip}")
        else:
            documents.append(prepared)
    if not documents:
        raise UsageError("; ".join(["there is no article to compare", *notes]))
    return Sources(tuple(documents), {}, tuple(notes))


def read_lines_with_references(source: Path, reference: Path, language: str) -> Sources:
    """Return line-aligned texts: each line is one sentence, with its reference.

    Raises:
        UsageError: A file is not there, or there are no lines.
        ReadError: The files do not belong together.
    """
    texts = read_parallel(source, reference)
    documents = tuple(_of_lines(text.name, text.sources, language) for text in texts)
    references = {
        _id(text.name, number): line
        for text in texts
        for number, line in enumerate(text.references, 1)
    }
    if not references:
        raise UsageError(f"{source}: there are no lines to compare")
    return Sources(documents, references)


def compare(
    sources: Sources,
    contexts: Sequence[Context],
    *,
    progress: Progress,
    others: OtherScores = MappingProxyType({}),
) -> Comparison:
    """Return what each context's profile makes of the sources.

    Lines with references get no summaries.

    Raises:
        UsageError: References are given, and sacrebleu is not installed.
        ModelError: A model cannot be loaded or fails.
    """
    made = [_made(sources, context, progress) for context in contexts]
    names = [context.requested.name for context in contexts]
    segments = [
        _segment(prepared, index, names, [texts[at] for texts, _ in made], sources, others)
        for at, prepared in enumerate(sources.documents)
        for index in range(len(prepared.segments))
    ]
    profiles = tuple(
        _profile(context, number, segments, has_references=bool(sources.references))
        for number, context in enumerate(contexts)
    )
    ordered = sorted(segments, key=lambda one: (not one.is_judged_differently, one.likeness))
    return Comparison(
        profiles=profiles,
        segments=tuple(ordered),
        summaries=tuple(
            ComparedSummary(
                prepared.document.name,
                tuple(summaries[at][0] for _, summaries in made),
                tuple(summaries[at][1] for _, summaries in made),
            )
            for at, prepared in enumerate(sources.documents)
            if not sources.references
        ),
        num_different=sum(one.likeness < 1 for one in segments),
        notes=sources.notes,
    )


def read_scores(path: Path) -> dict[tuple[str, str], dict[str, float]]:
    """Return the scores of a file: JSON lines or TSV of segment id, system and score.

    JSON lines have `id`, `system`, `score` and, where there are several, `metric`; TSV has these
    columns in this order, with or without their names in the first line. The system is a profile.

    Raises:
        UsageError: The file cannot be read.
        ReadError: A line is not of that form; the message has its number.
    """
    found: dict[tuple[str, str], dict[str, float]] = defaultdict(dict)
    for number, line in enumerate(read_lines(path), 1):
        if not line.strip() or (number == 1 and line.split("\t")[:3] == ["id", "system", "score"]):
            continue
        try:
            if line.lstrip().startswith("{"):
                row = json.loads(line)
                cells = [row["id"], row["system"], row["score"], row.get("metric", _UNNAMED)]
            else:
                cells = [*line.split("\t"), _UNNAMED][:4]
            id, system, score, metric = cells
            found[str(id), str(system)][str(metric)] = float(score)
        except (ValueError, KeyError, TypeError) as error:
            raise ReadError(
                f"{path}, line {number}: wanted id, system, score [and metric], separated by tabs,"
                f" or a JSON object with these: {error!r}"
            ) from error
    return dict(found)


def check_scores(others: OtherScores, comparison: Comparison, *, path: Path) -> None:
    """Raise a `ReadError` where a file of scores is of other sentences or systems."""
    ids = {segment.id for segment in comparison.segments}
    names = {profile.name for profile in comparison.profiles}
    unknown = [f"{id} of {name}" for id, name in others if id not in ids or name not in names]
    if unknown:
        raise ReadError(
            f"{path}: {len(unknown)} scores are of nothing that is compared here, the first of"
            f" {unknown[0]}; profiles: {', '.join(sorted(names))}"
        )


_Made = tuple[list[tuple[TranslatedSegment, ...]], list[tuple[str, int]]]


def _made(sources: Sources, context: Context, progress: Progress) -> _Made:
    """Return the segments of each document; its summary, with how many of it are flagged."""
    documents = list(sources.documents)
    progress.message(f"profile {context.requested.name}")
    with loaded_models(context, on_load=progress.message) as loaded:
        stage = translator(
            context,
            loaded,
            on_found=progress.add_segments,
            on_translated=progress.advance_segments,
        )
        translated = stage.translate(documents)
        if sources.references:
            return translated, [("", 0)] * len(documents)
        summaries = summariser(context, loaded).summarise(documents, translated)
    return translated, [
        (
            " ".join(sentence.text for sentence in summary.sentences),
            sum(bool(sentence.flags) for sentence in summary.sentences),
        )
        for summary in summaries
    ]


def _segment(
    prepared: Prepared,
    index: int,
    names: Sequence[str],
    made: Sequence[Sequence[TranslatedSegment]],
    sources: Sources,
    others: OtherScores,
) -> ComparedSegment:
    segment, name = prepared.segments[index], prepared.document.name
    id = _id(name, index + 1)
    texts = tuple(
        replace(
            _joined(segment, pieces), scores=tuple(sorted(others.get((id, system), {}).items()))
        )
        for system, pieces in zip(names, made, strict=True)
    )
    judgements = {bool(likely(text.flags)) for text in texts}
    blocks = {block.id: block.detection.language for block in prepared.document.blocks}
    return ComparedSegment(
        id=id,
        language=segment.language or blocks[segment.block_id],
        source=segment.text,
        reference=sources.references.get(id, ""),
        texts=texts,
        is_judged_differently=len(judgements) > 1,
        likeness=min(_likeness(one.text, other.text) for one, other in combinations(texts, 2)),
    )


def _joined(segment: Segment, made: Sequence[TranslatedSegment]) -> SystemText:
    """Return what became of a sentence, which one model may read in more pieces than another."""
    pieces = [
        item
        for item in made
        if item.segment.block_id == segment.block_id
        and segment.start <= item.segment.start
        and item.segment.end <= segment.end
    ]
    fates = [Fate.FAILED, Fate.KEPT, Fate.PASSED, Fate.TRANSLATED, Fate.REVIEWED]
    scores = [item.hypothesis.score for item in pieces if item.hypothesis]
    known = [score for score in scores if score is not None]
    return SystemText(
        text=" ".join(item.text for item in pieces),
        fate=str(min((item.fate for item in pieces), key=fates.index, default=Fate.KEPT)),
        flags=worst_first(flag for item in pieces for flag in item.flags),
        score=round(min(known), 2) if known else None,
    )


def _likeness(one: str, other: str) -> float:
    if one == other:
        return 1.0
    words, others = one.split(), other.split()
    found = SequenceMatcher(None, words, others, autojunk=False).ratio()
    return min(round(found, 3), 0.999)  # what differs in its spaces alone is not the same


def _profile(
    context: Context, number: int, segments: Sequence[ComparedSegment], *, has_references: bool
) -> ComparedProfile:
    texts = [segment.texts[number] for segment in segments]
    scores: tuple[Score, ...] = ()
    if has_references:
        references = [segment.reference for segment in segments]
        scores = score_translations([text.text for text in texts], references)
    by_name: dict[str, list[float]] = defaultdict(list)
    for text in texts:
        for name, score in text.scores:
            by_name[name].append(score)
    models = [context.models[name] for name in sorted(context.models)]
    return ComparedProfile(
        name=context.requested.name,
        models=tuple(f"{model_id(model)} ({model.spec.licence})" for model in models),
        non_commercial=any(model.spec.non_commercial for model in models),
        num_flagged=sum(bool(likely(text.flags)) for text in texts),
        num_possible=sum(bool(text.flags) and not likely(text.flags) for text in texts),
        num_failed=sum(text.fate == Fate.FAILED for text in texts),
        scores=(
            *scores,
            *(
                Score(name, fmean(found), "mean of a file's", len(found))
                for name, found in sorted(by_name.items())
            ),
        ),
    )


def _of_lines(name: str, lines: Sequence[str], language: str) -> Prepared:
    detection = Detection(language, 1.0, "stated")
    blocks: list[Block] = []
    segments: list[Segment] = []
    start = 0
    for number, line in enumerate(lines, 1):
        end = start + len(line)
        blocks.append(Block(f"b{number}", start, end, detection=detection))
        segments.append(Segment(f"s{number}", f"b{number}", start, end, line))
        start = end + 1
    return Prepared(
        document=Document(name, "", "txt", "utf-8", "\n".join(lines), tuple(blocks)),
        language=detection,
        segments=tuple(segments),
        routes=(Direction(language, TARGET_LANGUAGE),),
    )


def _id(document: str, number: int) -> str:
    return f"{document}#{number}"
