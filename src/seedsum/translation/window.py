"""What happens to one window of documents, between reading and writing.

    prepare -> translate and check -> summarise -> finish

All documents of a window are translated together, and summarised together

Neighbours: `pipeline` makes the windows and publishes what comes out; the stages do the work.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import accumulate

from seedsum.checks import check_segment, document_status
from seedsum.config import Settings
from seedsum.engines.batches import LoadedModel
from seedsum.engines.pool import LoadedModels
from seedsum.reading import Prepared as Prepared
from seedsum.reading import prepare as prepare
from seedsum.reading import segmentation
from seedsum.records import (
    EXTRACTIVE,
    SUMMARY_ROLES,
    UNDETERMINED,
    ArticleSentence,
    DecodingOptions,
    Direction,
    Document,
    Fate,
    Flag,
    Hypothesis,
    ModelSpec,
    Profile,
    Provenance,
    ResolvedModel,
    Result,
    Role,
    RouteStep,
    Segment,
    Status,
    Summary,
    TranslatedSegment,
)
from seedsum.summaries import Article, SummaryModel, summarise_all
from seedsum.translation.second_chance import Rescued, first_options, rescue_all, scored

#: A letter that no English text has, or a word of three letters or more. What has neither (`12/3 |
#: 17:06 PM`) says the same in every language, and a model asked to translate it invents something.
_WORDS = re.compile(r"[^\W\d_a-zA-Z]|[a-zA-Z]{3}")

#: A web or mail address. A line that is one, with a label such as `Source:` before it, is kept:
#: models of these sizes spell long addresses wrongly.
_ADDRESS = re.compile(r"(?:https?://|www\.)\S+|\S+@\S+\.\w+")
_MAX_LABEL_WORDS = 2


#: Segments that are translated together, at most: 32 news articles have about 800, so that this is
#: only for books. It bounds what tokens and hypotheses take; more would fill no batch better.
GROUP_SEGMENTS = 2_000


@dataclass(frozen=True, slots=True)
class _Place:
    """Where a segment stands: document of the window, segment of the document."""

    document: int
    segment: int


@dataclass(frozen=True, slots=True)
class Group:
    """Segments of one direction that are translated together.

    Attributes:
        places: Of the segments, in the window.
        pieces: Of each place: the segment, or the parts of it that fit into the model.
    """

    direction: Direction
    places: tuple[_Place, ...]
    pieces: tuple[tuple[Segment, ...], ...]

    @property
    def segments(self) -> list[Segment]:
        """All pieces of all places, in order."""
        return [piece for pieces in self.pieces for piece in pieces]


@dataclass(frozen=True, slots=True)
class Decoded:
    """A group, and the hypotheses of each of its segments, best first, before any check."""

    group: Group
    hypotheses: tuple[tuple[Hypothesis, ...], ...]


#: What became of the segments at some places; a segment in parts has several.
Translated = dict[_Place, tuple[TranslatedSegment, ...]]


class WindowTranslator:
    """Translates windows of documents: groups all segments, decodes them, checks and mends them.

    Segments of one direction are decoded together, whatever document they are from, in groups of
    at most `GROUP_SEGMENTS`; what is decoded together changes no text. One thread may decode a
    group while others make the next and mend the ones before, so that the decoder never waits.
    """

    def __init__(
        self,
        *,
        profile: Profile,
        settings: Settings,
        loaded: LoadedModels,
        target: str,
        add_segments: Callable[[int], None],
        advance_segments: Callable[[int], None],
    ) -> None:
        """Load nothing yet.

        Args:
            profile: Its routes say by which models.
            settings: Of the models and the checks.
            loaded: Loads the models.
            target: Language of all translations.
            add_segments: Told how many more there are to decode.
            advance_segments: Told how many have been decoded.
        """
        self._routes = dict(profile.routes)
        self._settings = settings
        self._loaded = loaded
        self._target = target
        self._add_segments = add_segments
        self._advance_segments = advance_segments

    def translate(self, window: Sequence[Prepared]) -> tuple[tuple[TranslatedSegment, ...], ...]:
        """Return the segments of every document of the window with what became of each.

        Raises:
            ModelError: A model cannot be loaded or fails.
        """
        translated: Translated = {}
        for group in self.groups(window):
            translated |= self.mend(self.decode(group))
        return self.assemble(window, translated)

    def groups(self, window: Sequence[Prepared]) -> Iterator[Group]:
        """Yield all that has to be translated, in parts that fit into their models.

        Raises:
            ModelError: A model cannot be loaded or fails.
        """
        waiting: dict[Direction, list[_Place]] = defaultdict(list)
        for place, segment, language in _placed(window):
            if self._is_to_translate(segment, language):
                waiting[Direction(language, self._target)].append(place)
        for direction, places in sorted(waiting.items(), key=lambda item: str(item[0])):
            for first in range(0, len(places), GROUP_SEGMENTS):
                some = places[first : first + GROUP_SEGMENTS]
                segments = [window[place.document].segments[place.segment] for place in some]
                model = self._routes[direction][0].model
                pieces = _split(segments, direction, model, self._settings, self._loaded)
                yield Group(direction, tuple(some), pieces)

    def decode(self, group: Group) -> Decoded:
        """Return the group, decoded.

        Raises:
            ModelError: A model cannot be loaded or fails.
        """
        texts = [segment.text for segment in group.segments]
        self._add_segments(len(texts))
        steps = self._routes[group.direction]
        hypotheses = follow_route(
            texts,
            steps,
            self._settings,
            self._loaded,
            advance_segments=self._advance_segments,
        )
        return Decoded(group, hypotheses)

    def mend(self, decoded: Decoded) -> Translated:
        """Return a group's segments, checked, and decoded again where a check found something.

        Raises:
            ModelError: The model fails.
        """
        group = decoded.group
        done = iter(
            _with_fate(segment, item, group.direction)
            for segment, item in zip(group.segments, self._mended(decoded), strict=True)
        )
        return {
            place: tuple(next(done) for _ in pieces)
            for place, pieces in zip(group.places, group.pieces, strict=True)
        }

    def assemble(
        self, window: Sequence[Prepared], translated: Translated
    ) -> tuple[tuple[TranslatedSegment, ...], ...]:
        """Return all segments of every document in order, with those that are not translated."""
        done: list[list[TranslatedSegment]] = [[] for _ in window]
        for place, segment, language in _placed(window):
            if self._is_to_translate(segment, language):
                done[place.document] += translated[place]
            else:
                fate, reason = _untranslated(segment, language, self._target)
                done[place.document].append(
                    TranslatedSegment(segment, segment.text, language, fate, reason)
                )
        return tuple(map(_renumbered, done))

    def _is_to_translate(self, segment: Segment, language: str) -> bool:
        has_route = Direction(language, self._target) in self._routes
        return has_route and not _nothing_to_translate(segment.text)

    def _mended(self, decoded: Decoded) -> list[Rescued]:
        direction = decoded.group.direction
        steps = self._routes[direction]
        settings = self._settings
        texts = [segment.text for segment in decoded.group.segments]

        def check(source: str, hypothesis: Hypothesis) -> tuple[Flag, ...]:
            return check_segment(
                source,
                hypothesis.text,
                language=direction.source,
                hypothesis=hypothesis,
                options=settings.checks,
                glossary=settings.glossaries.get(direction.source),
            )

        checked = [
            Rescued(best, check(text, best))
            for text, (best, *_) in zip(texts, decoded.hypotheses, strict=True)
        ]
        if len(steps) > 1:  # through a pivot, the checks cannot tell which step went wrong
            return checked
        with self._loaded.use(steps[0].model) as model:
            return rescue_all(
                texts,
                checked,
                decoded.hypotheses,
                model=model,
                direction=steps[0].direction,
                options=settings.models[steps[0].model].decoding,
                check=check,
            )


def _placed(window: Sequence[Prepared]) -> Iterator[tuple[_Place, Segment, str]]:
    """Yield every segment of the window with its place and its language."""
    for number, prepared in enumerate(window):
        languages = {block.id: block.detection.language for block in prepared.document.blocks}
        for index, segment in enumerate(prepared.segments):
            yield _Place(number, index), segment, languages[segment.block_id]


def summarise_window(
    window: Sequence[Prepared],
    segments: Sequence[tuple[TranslatedSegment, ...]],
    *,
    settings: Settings,
    model: ResolvedModel,
    loaded: LoadedModels,
) -> tuple[Summary, ...]:
    """Return the summary of every document of the window; a model reads them in common batches.

    Without an engine, sentences of the article are taken.

    Raises:
        ModelError: The model cannot be loaded or fails.
    """
    articles = [
        Article(
            article_sentences(prepared.document, items), english_title(prepared.document, items)
        )
        for prepared, items in zip(window, segments, strict=True)
    ]
    if model.spec.engine == EXTRACTIVE or not articles:
        return summarise_all(articles, engine=None, options=settings.summary)
    with loaded.use(model.spec.name) as summariser:
        engine = SummaryModel(spec=model.spec, model=summariser)
        return summarise_all(articles, engine=engine, options=settings.summary)


def finish(
    prepared: Prepared,
    segments: tuple[TranslatedSegment, ...],
    summary: Summary,
    *,
    provenance: Provenance,
    profile: Profile,
    settings: Settings,
) -> Result:
    """Return the finished document: its status, with the reasons, worst first."""
    if prepared.skip:
        status = Status.SKIPPED
        reasons: tuple[str, ...] = (prepared.skip,)
    else:
        status, reasons = document_status(segments, summary, options=settings.checks)
        for name in _weak_models(segments, profile, settings):
            # Checks find what is missing or changed, not what is wrong and fluent.
            reasons = (*reasons, f"translated by {name}, a weak model: read it with the original")
            status = Status.REVIEW if status is Status.CLEAN else status
    return Result(
        document=prepared.document,
        language=prepared.language.language,
        confidence=prepared.language.confidence,
        segments=segments,
        summary=summary,
        status=status,
        reasons=reasons,
        provenance=provenance,
    )


def _weak_models(
    segments: Iterable[TranslatedSegment], profile: Profile, settings: Settings
) -> list[str]:
    """Return the models that translated something and need a person's review, sorted."""
    languages = {item.language for item in segments if item.fate is Fate.TRANSLATED}
    names = {
        step.model
        for direction, steps in profile.routes
        if direction.source in languages
        for step in steps
    }
    return sorted(name for name in names if settings.models[name].needs_review)


def article_sentences(
    document: Document, segments: Iterable[TranslatedSegment]
) -> tuple[ArticleSentence, ...]:
    """Return what the summary may read: English segments of the article's own blocks, in order."""
    order = {block.id: number for number, block in enumerate(document.blocks)}
    roles = {block.id: block.role for block in document.blocks}
    headings = accumulate(block.role is Role.HEADING for block in document.blocks)
    sections = dict(zip(order, headings, strict=True))
    return tuple(
        ArticleSentence(
            id=item.segment.id,
            text=item.text,
            paragraph=order[item.segment.block_id],
            role=roles[item.segment.block_id],
            flagged=bool(item.flags),
            section=sections[item.segment.block_id],
        )
        for item in segments
        if roles[item.segment.block_id] in SUMMARY_ROLES
        and item.fate in (Fate.TRANSLATED, Fate.PASSED)
    )


def english_title(document: Document, segments: Iterable[TranslatedSegment]) -> str | None:
    """Return the title in English, or None where no block is the title."""
    titles = {block.id for block in document.blocks if block.role is Role.TITLE}
    if not titles:
        return None
    first = min(titles, key=lambda block_id: int(block_id[1:]))
    return " ".join(item.text for item in segments if item.segment.block_id == first) or None


def _nothing_to_translate(text: str) -> str:
    """Return why a text says the same in every language, or nothing where it does not."""
    if not _WORDS.search(text):
        return "no words"
    rest, num_addresses = _ADDRESS.subn(" ", text)
    if num_addresses and len(rest.split()) <= _MAX_LABEL_WORDS:
        return "an address"
    return ""


def _untranslated(segment: Segment, language: str, target: str) -> tuple[Fate, str]:
    if language == target and _WORDS.search(segment.text):
        return Fate.PASSED, "already English"
    if reason := _nothing_to_translate(segment.text):
        return Fate.KEPT, reason
    if language == UNDETERMINED:
        return Fate.KEPT, "language not determined"
    return Fate.KEPT, f"no route from {language!r}"


def _split(
    segments: Sequence[Segment],
    direction: Direction,
    model_name: str,
    settings: Settings,
    loaded: LoadedModels,
) -> tuple[tuple[Segment, ...], ...]:
    """Return each segment as the pieces that fit into the model's input."""
    max_tokens = settings.models[model_name].max_source_tokens
    with loaded.use(model_name) as model:
        count_tokens = _counter(model, direction)
        return tuple(
            segmentation.split_long((segment,), count_tokens=count_tokens, max_tokens=max_tokens)
            for segment in segments
        )


def _counter(model: LoadedModel, direction: Direction) -> Callable[[str], int]:
    return lambda text: model.num_tokens(text, direction)


def follow_route(
    texts: Sequence[str],
    steps: Sequence[RouteStep],
    settings: Settings,
    loaded: LoadedModels,
    *,
    advance_segments: Callable[[int], None],
) -> tuple[tuple[Hypothesis, ...], ...]:
    """Return the hypotheses of each text after all steps of its route, in order, best first.

    Where there are several steps, or a text is over the model's limit, there is only the best.
    """
    found: tuple[tuple[Hypothesis, ...], ...] = ()
    for number, step in enumerate(steps):
        options = settings.models[step.model].decoding
        after = _follow_step(
            [best.text for best, *_ in found] if number else texts,
            step,
            options if len(steps) > 1 else first_options(options),
            settings,
            loaded,
            on_progress=advance_segments if step is steps[-1] else None,
        )
        if number:
            after = tuple(
                (_joined((before, best), (best,)),)
                for (before, *_), (best, *_) in zip(found, after, strict=True)
            )
        found = after
    return found


def _follow_step(
    texts: Sequence[str],
    step: RouteStep,
    options: DecodingOptions,
    settings: Settings,
    loaded: LoadedModels,
    *,
    on_progress: Callable[[int], None] | None,
) -> tuple[tuple[Hypothesis, ...], ...]:
    with loaded.use(step.model) as model:
        spec = settings.models[step.model]
        pieces = [_fitting(text, step.direction, model, spec) for text in texts]
        pieces_flat = [piece for group in pieces for piece in group]
        found = model.translate(pieces_flat, step.direction, options, on_progress=on_progress)
        best = scored(
            pieces_flat,
            [first for first, *_ in found],
            model=model,
            direction=step.direction,
        )
    decoded = iter((first, *others) for first, (_, *others) in zip(best, found, strict=True))
    parts = [[next(decoded) for _ in group] for group in pieces]
    return tuple(
        part[0] if len(part) == 1 else (_joined(bests := [best for best, *_ in part], bests),)
        for part in parts
    )


def _fitting(
    text: str, direction: Direction, model: LoadedModel, spec: ModelSpec
) -> tuple[str, ...]:
    """Return the text in pieces under the limit; a pivot's text can be over the next model's."""
    whole = Segment("s1", "b1", 0, len(text), text)
    if not text.strip():
        return (text,)
    pieces = segmentation.split_long(
        (whole,), count_tokens=_counter(model, direction), max_tokens=spec.max_source_tokens
    )
    return tuple(piece.text for piece in pieces)


def _joined(steps: Sequence[Hypothesis], parts: Sequence[Hypothesis]) -> Hypothesis:
    """Return one hypothesis for the parts of a text; as doubtful as the worst step behind it."""
    return Hypothesis(
        text=" ".join(part.text for part in parts),
        score=min(scores)
        if len(scores := [s.score for s in steps if s.score is not None]) == len(steps)
        else None,
        num_tokens=sum(part.num_tokens for part in parts),
        finished=all(step.finished for step in steps),
    )


def _with_fate(segment: Segment, item: Rescued, direction: Direction) -> TranslatedSegment:
    text = item.hypothesis.text.strip()
    return TranslatedSegment(
        segment=segment,
        text=text or segment.text,
        language=direction.source,
        fate=Fate.TRANSLATED if text else Fate.FAILED,
        reason=f"translated {direction}" if text else "the model gave no text",
        hypothesis=item.hypothesis,
        flags=item.flags,
        attempts=item.attempts,
    )


def _renumbered(items: Iterable[TranslatedSegment]) -> tuple[TranslatedSegment, ...]:
    return tuple(
        replace(item, segment=replace(item.segment, id=f"s{number}"))
        for number, item in enumerate(items, start=1)
    )
