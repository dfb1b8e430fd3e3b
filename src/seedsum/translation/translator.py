"""Documents -> what became of each of their segments: translated, checked, tried again, or kept."""

from __future__ import annotations

from _thread import LockType
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import KW_ONLY, dataclass, field, replace
from threading import Lock
from typing import NamedTuple

from seedsum.checks import check_segment
from seedsum.checks.evidence import Bounds
from seedsum.checks.glossary import Glossary
from seedsum.engines import MAX_AROUND, Surroundings
from seedsum.engines.batches import LoadedModel
from seedsum.engines.pool import LoadedModels
from seedsum.languages import get
from seedsum.languages.casing import in_sentence_case
from seedsum.reading import Prepared
from seedsum.reading.segmentation import split_long
from seedsum.records import (
    Direction,
    Fate,
    Flag,
    Hypothesis,
    ModelSpec,
    RouteStep,
    Segment,
    TranslatedSegment,
)
from seedsum.reviews import Matches, Standing
from seedsum.settings import CheckOptions
from seedsum.translation.evidence import with_evidence
from seedsum.translation.glossary_stage import bring_about
from seedsum.translation.kept import kept, nothing_to_translate
from seedsum.translation.reviewed import in_pieces, is_taken, taken, with_review
from seedsum.translation.routes import follow_route
from seedsum.translation.second_chance import Rescued, rescue_all

#: Segments that are translated together, at most. It bounds what tokens and hypotheses of a book
#: take; more would fill no batch better.
GROUP_SEGMENTS = 2_000

Routes = Mapping[Direction, Sequence[RouteStep]]


class _Placed(NamedTuple):
    """A segment, where it stands (number of the document, of the segment), and its language."""

    place: tuple[int, int]
    segment: Segment
    language: str
    among: Sequence[Segment]  # those of its document
    standing: Standing | None = None  # what people said of it


@dataclass(frozen=True, slots=True)
class DocumentTranslator:
    """Translates documents together: what is decoded together fills batches and changes no text.

    Several threads may do so at once. Of their first decodings one goes on at a time, and second
    chances beside it, so that the model has work while the others check.
    """

    loaded: LoadedModels  # with `specs` the models of the routes, by name
    _: KW_ONLY
    specs: Mapping[str, ModelSpec]
    routes: Routes
    checks: CheckOptions
    glossaries: Mapping[str, Glossary]  # by source language
    target: str
    #: Give the bounds of a model's evidence, by its name.
    bounds: Callable[[str, LoadedModel, Direction], Bounds | None] = lambda *_: None
    #: Get the number of segments that are going to be, and that have just been translated.
    on_found: Callable[[int], object] = lambda num_segments: None
    on_translated: Callable[[int], object] = lambda num_segments: None
    _first_decoding: LockType = field(default_factory=Lock, init=False)

    def translate(
        self, documents: Sequence[Prepared], said: Sequence[Matches | None] = ()
    ) -> list[tuple[TranslatedSegment, ...]]:
        """Return what became of the segments of each document, in order.

        A segment over its model's limit becomes several, and all are numbered again. `said` has for
        each document what people said of its sentences: English that they accepted or wrote is
        taken, and no model asked.

        Raises:
            ModelError: A model cannot be loaded or fails.
        """
        done: dict[tuple[int, int], tuple[TranslatedSegment, ...]] = {}
        waiting: dict[Direction, list[_Placed]] = defaultdict(list)
        for placed in _placed(documents, said):
            if is_taken(placed.standing):
                segment = self._taken(placed.segment, placed.language, placed.standing)
                done[placed.place] = (segment,)
            elif self._is_to_do(placed):
                waiting[Direction(placed.language, self.target)].append(placed)
            else:
                segment = kept(placed.segment, placed.language, target=self.target)
                done[placed.place] = (with_review(segment, placed.standing),)
        for direction in sorted(waiting, key=str):
            group = waiting[direction]
            for first in range(0, len(group), GROUP_SEGMENTS):
                some = group[first : first + GROUP_SEGMENTS]
                done |= self._translated(direction, some, documents=documents, said=said)
        return [
            _numbered(
                item for index in range(len(document.segments)) for item in done[number, index]
            )
            for number, document in enumerate(documents)
        ]

    def num_to_do(self, documents: Sequence[Prepared], said: Sequence[Matches | None] = ()) -> int:
        """Return how many segments a model translates, before long ones are cut."""
        return sum(
            self._is_to_do(placed) and not is_taken(placed.standing)
            for placed in _placed(documents, said)
        )

    def _is_to_do(self, placed: _Placed) -> bool:
        return self._is_translated(placed.segment.text, placed.language)

    def _is_translated(self, text: str, language: str) -> bool:
        has_route = Direction(language, self.target) in self.routes
        return has_route and not nothing_to_translate(text)

    def _taken(self, segment: Segment, language: str, standing: Standing) -> TranslatedSegment:
        flags: tuple[Flag, ...] = ()
        if self._is_translated(segment.text, language):
            flags = self._checked(segment.text, standing.text, Direction(language, self.target))
        return taken(segment, language, standing, flags=flags)

    def _translated(
        self,
        direction: Direction,
        group: Sequence[_Placed],
        *,
        documents: Sequence[Prepared],
        said: Sequence[Matches | None],
    ) -> dict[tuple[int, int], tuple[TranslatedSegment, ...]]:
        """Return the segments at each place of the group."""
        first, *later = self.routes[direction]
        held: AbstractContextManager[object] = nullcontext()
        turn: AbstractContextManager[object] = nullcontext()
        if not later:  # those of a pivot go one after another: they may not fit together
            # Held until the group is done; taken before its turn, where nobody may wait for it.
            held, turn = self.loaded.use(first.model), self._first_decoding
        with held:
            pieces = self._pieces(direction, [placed.segment for placed in group])
            stand = _of_pieces(group, pieces, documents=documents, said=said)
            segments = [
                piece
                for number, parts in enumerate(pieces)
                for part, piece in enumerate(parts)
                if not is_taken(stand.get((number, part)))
            ]
            known = get(direction.source)
            texts = [in_sentence_case(segment.text, known) for segment in segments]
            self.on_found(len(texts))
            with turn:
                decoded = follow_route(
                    texts,
                    self.routes[direction],
                    specs=self.specs,
                    loaded=self.loaded,
                    around=self._around(first.model, group, pieces, stand),
                    on_translated=self.on_translated,
                )
            rescued = self._rescued(direction, texts, decoded)
        done = iter(
            _with_fate(segment, item, direction)
            for segment, item in zip(segments, rescued, strict=True)
        )
        found: dict[tuple[int, int], tuple[TranslatedSegment, ...]] = {}
        for number, (placed, parts) in enumerate(zip(group, pieces, strict=True)):
            items: list[TranslatedSegment] = []
            for part, piece in enumerate(parts):
                standing = stand.get((number, part))
                if is_taken(standing):
                    items.append(self._taken(piece, direction.source, standing))
                else:
                    items.append(with_review(next(done), standing or placed.standing))
            found[placed.place] = tuple(items)
        return found

    def _pieces(
        self, direction: Direction, segments: Sequence[Segment]
    ) -> list[tuple[Segment, ...]]:
        """Return each segment as the pieces that fit into the route's first model."""
        name = self.routes[direction][0].model
        max_tokens = self.specs[name].max_source_tokens
        with self.loaded.use(name) as model:
            return [
                split_long(
                    (segment,),
                    count_tokens=lambda text: model.num_tokens(text, direction),
                    max_tokens=max_tokens,
                )
                for segment in segments
            ]

    def _around(
        self,
        model: str,
        group: Sequence[_Placed],
        pieces: Sequence[Sequence[Segment]],
        stand: Mapping[tuple[int, int], Standing],
    ) -> list[Surroundings | None] | None:
        """Return what stands around each piece, where the model reads it; of a cut segment none."""
        with self.loaded.use(model) as loaded:
            if not loaded.reads_context:
                return None
        return [
            _surroundings(placed) if len(parts) == 1 else None
            for number, (placed, parts) in enumerate(zip(group, pieces, strict=True))
            for part in range(len(parts))
            if not is_taken(stand.get((number, part)))
        ]

    def _rescued(
        self, direction: Direction, texts: Sequence[str], decoded: Sequence[tuple[Hypothesis, ...]]
    ) -> list[Rescued]:
        """Return the texts' hypotheses, checked, and others where a second chance finds better."""

        def check(source: str, hypothesis: Hypothesis) -> tuple[Flag, ...]:
            return self._checked(source, hypothesis.text, direction, hypothesis=hypothesis)

        checked = [
            Rescued(best, check(text, best))
            for text, (best, *_) in zip(texts, decoded, strict=True)
        ]
        first, *later = self.routes[direction]
        if later:  # through a pivot, the checks cannot tell which step went wrong
            return checked
        spec, glossary = self.specs[first.model], self.glossaries.get(direction.source)
        with self.loaded.use(first.model) as model:
            if glossary is not None:
                checked = bring_about(
                    texts,
                    checked,
                    decoded,
                    model=model,
                    direction=first.direction,
                    glossary=glossary,
                    options=spec.decoding,
                    max_tokens=spec.max_source_tokens,
                    check=check,
                )
            rescued = rescue_all(
                texts,
                checked,
                decoded,
                model=model,
                direction=first.direction,
                options=spec.decoding,
                check=check,
            )
            return with_evidence(
                texts,
                rescued,
                model=model,
                direction=first.direction,
                options=self.checks,
                bounds=lambda: self.bounds(first.model, model, first.direction),
            )

    def _checked(
        self,
        source: str,
        text: str,
        direction: Direction,
        *,
        hypothesis: Hypothesis | None = None,
    ) -> tuple[Flag, ...]:
        return check_segment(
            source,
            text,
            language=direction.source,
            hypothesis=hypothesis,
            options=self.checks,
            glossary=self.glossaries.get(direction.source),
        )


def _placed(
    documents: Sequence[Prepared], said: Sequence[Matches | None] = ()
) -> Iterator[_Placed]:
    for number, prepared in enumerate(documents):
        languages = {block.id: block.detection.language for block in prepared.document.blocks}
        matches = said[number] if said else None
        for index, segment in enumerate(prepared.segments):
            language = segment.language or languages[segment.block_id]
            standing = matches.standings[index] if matches else None
            yield _Placed((number, index), segment, language, prepared.segments, standing)


def _surroundings(placed: _Placed) -> Surroundings:
    """Return the segments around one, and those of its block that are of its language."""
    (_, index), segment, among = placed.place, placed.segment, placed.among
    first, last = index, index + 1
    while first and _are_together(among[first - 1], segment):
        first -= 1
    while last < len(among) and _are_together(among[last], segment):
        last += 1
    return Surroundings(
        before=tuple(item.text for item in among[max(0, index - MAX_AROUND) : index]),
        after=tuple(item.text for item in among[index + 1 : index + 1 + MAX_AROUND]),
        paragraph_before=tuple(item.text for item in among[first:index]),
        paragraph_after=tuple(item.text for item in among[index + 1 : last]),
    )


def _are_together(one: Segment, other: Segment) -> bool:
    return one.block_id == other.block_id and one.language == other.language


def _of_pieces(
    group: Sequence[_Placed],
    pieces: Sequence[Sequence[Segment]],
    *,
    documents: Sequence[Prepared],
    said: Sequence[Matches | None],
) -> dict[tuple[int, int], Standing]:
    """Return what stands of pieces of the group's segments, by their numbers in `pieces`."""
    cut: defaultdict[int, dict[int, int]] = defaultdict(dict)  # by document, then sentence
    for number, (placed, parts) in enumerate(zip(group, pieces, strict=True)):
        document, index = placed.place
        matches = said[document] if said else None
        if len(parts) > 1 and matches is not None and matches.left:
            cut[document][index] = number
    found: dict[tuple[int, int], Standing] = {}
    for document, numbers in cut.items():
        matches = said[document]
        assert matches is not None
        standings = in_pieces(
            matches.left,
            [segment.text for segment in documents[document].segments],
            {index: pieces[number] for index, number in numbers.items()},
        )
        found |= {(numbers[index], part): one for (index, part), one in standings.items()}
    return found


def _with_fate(segment: Segment, item: Rescued, direction: Direction) -> TranslatedSegment:
    text = item.hypothesis.text.strip()
    why = item.hypothesis.fault or "the model gave no text"
    return TranslatedSegment(
        segment=segment,
        text=text or segment.text,
        language=direction.source,
        fate=Fate.TRANSLATED if text else Fate.FAILED,
        reason=f"translated {direction}" if text else why,
        hypothesis=item.hypothesis,
        flags=item.flags,
        attempts=item.attempts,
        others=item.others,
        replaced=item.replaced,
    )


def _numbered(items: Iterable[TranslatedSegment]) -> tuple[TranslatedSegment, ...]:
    return tuple(
        replace(item, segment=replace(item.segment, id=f"s{number}"))
        for number, item in enumerate(items, start=1)
    )
