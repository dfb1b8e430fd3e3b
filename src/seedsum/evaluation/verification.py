"""Whether the output is what its records say; writes nothing."""

from __future__ import annotations

import hashlib
import heapq
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path

from seedsum import output as store
from seedsum.config import load_settings
from seedsum.engines import is_remote
from seedsum.errors import ConfigError, ModelError, ReadError, UsageError
from seedsum.pipeline.context import Context, model_uses, resolve_context, with_terms
from seedsum.pipeline.keys import changed_parts, run_key
from seedsum.pipeline.progress import Progress
from seedsum.pipeline.stages import loaded_models, translator
from seedsum.reading import Prepared
from seedsum.records import (
    SUMMARY_PART,
    TARGET_LANGUAGE,
    Block,
    Detection,
    Direction,
    Document,
    Fate,
    Integrity,
    RecordState,
    Segment,
)
from seedsum.reviews import Reviews, Standing


@dataclass(frozen=True, slots=True)
class Difference:
    """Something in the output that is not what a record says."""

    name: str  # of the document
    place: str  # the file's name, or the id of a segment
    # `missing`, `torn`, `edited`, `replaced`, `orphan`, `late`, `key` (the record's run key is not
    # that of its parts), `text` (translated again, a segment reads differently), or
    # `other-arithmetic` (so it does, but it was made on another class of arithmetic).
    found: str
    detail: str = ""  # for both of these, what the record has and what came out


@dataclass(frozen=True, slots=True)
class Verification:
    """What `verify` found."""

    num_pairs: int  # documents that have any file in the output
    num_retranslated: int  # segments that were translated again
    differences: tuple[Difference, ...]  # by document, files before segments; each is a fault
    # Why something could not be translated again, or was on another class of arithmetic; no
    # difference by itself.
    notes: tuple[str, ...]
    # Segments that read differently, as an int8 model's may on another class of arithmetic; no
    # faults.
    other_arithmetic: tuple[Difference, ...] = ()


_OTHER_ARITHMETIC = "other-arithmetic"


def verify(
    output: store.Where = "output",
    *,
    num_sampled: int = 0,
    seed: int = 0,
    config: Path | None = None,
    progress: Progress | None = None,
) -> Verification:
    """Return how the output differs from its records; reads every file, writes none.

    A pair that a run is publishing at this moment counts as incomplete.

    Of the translated segments of intact pairs `num_sampled`, chosen by the seed, are translated
    again with the models, options and stages that they were made with; pairs made with others than
    this machine has now are named in the notes. The network is not asked.

    Raises:
        UsageError: The output folder is not there.
        ConfigError: models.toml is not valid.
    """
    output = store.place_of(output)
    if not output.is_there():
        raise UsageError(f"{output.show()}: there is no such folder; name the folder of the pairs")
    states = store.read_records(output, rehash=True)
    differences = [found for state in states.values() for found in _differences(output, state)]
    samples: list[_Sample] = []
    notes: Counter[str] = Counter()
    if num_sampled:
        pairs = _retranslatable(states.values(), config, notes, terms=Reviews(output).terms())
        found = _samples(output, pairs, differences)
        samples = heapq.nsmallest(num_sampled, found, key=lambda sample: _rank(sample, seed))
        differences += _retranslated(samples, progress or Progress())
    elsewhere = Counter(sample.made_on for sample in samples if sample.made_on)
    return Verification(
        num_pairs=len(states),
        num_retranslated=len(samples),
        differences=tuple(item for item in differences if item.found != _OTHER_ARITHMETIC),
        notes=(
            *(
                f"{count} pair{'s' * (count != 1)} not translated again: {why}"
                for why, count in sorted(notes.items())
            ),
            *(
                f"{count} segment{'s' * (count != 1)} made on another class of arithmetic"
                f" ({made_on}): there a word may differ, which is no fault"
                for made_on, count in sorted(elsewhere.items())
            ),
        ),
        other_arithmetic=tuple(item for item in differences if item.found == _OTHER_ARITHMETIC),
    )


def _differences(output: store.Place, state: RecordState) -> Iterator[Difference]:
    if state.integrity is not Integrity.INTACT:
        for place, found in store.differing_files(output, state.name):
            yield Difference(state.name, place, found)
    if state.key_parts is not None and run_key(state.key_parts) != state.run_key:
        yield Difference(state.name, "record", "key")


_SEGMENT_KEYS = ("id", "source", "translation", "language")


@dataclass(frozen=True, slots=True)
class _Sample:
    """A segment as its record has it, and what it can be translated again with."""

    name: str
    segment: Mapping[str, str]
    context: Context
    made_on: str  # the classes of arithmetic in its record that are not this machine's


def _retranslatable(
    states: Iterable[RecordState],
    config: Path | None,
    notes: Counter[str],
    *,
    terms: Sequence[Standing],
) -> Iterator[tuple[RecordState, Context]]:
    settings = load_settings(config)
    contexts: dict[tuple[str, tuple[str, ...]], Context | str] = {}
    for state in states:
        if state.integrity is not Integrity.INTACT or not state.files or not state.key_parts:
            continue
        was_whole = state.fallback and not state.fallback_parts
        profile = settings.fallback_profile if was_whole else state.profile
        made_with = profile, state.fallback_parts
        if made_with not in contexts:
            contexts[made_with] = _context(config, *made_with, terms=terms)
        context = contexts[made_with]
        if isinstance(context, str):
            notes[context] += 1
            continue
        if _asks_a_server(state, context):
            notes["a server translated them, which may answer otherwise each time"] += 1
            continue
        gone = set(context.lacking(state.routes)) - {SUMMARY_PART, *state.fallback_parts}
        if gone:  # other parts of the profile may be missing
            notes[context.resolution.fallback_reason] += 1
            continue
        expected = context.keys.parts(
            state.source_sha256,
            routes=state.routes,
            reviews=state.key_parts.reviews,  # what people wrote is no model's, and as it should be
        )
        changed = [part for part in changed_parts(state.key_parts, expected) if part != "summary"]
        if changed:
            notes[f"made with other {' and '.join(changed)} than profile {profile} has now"] += 1
        else:
            yield state, context


def _asks_a_server(state: RecordState, context: Context) -> bool:
    return any(
        is_remote(context.models[step.model].spec)
        for direction, steps in context.profile.routes
        if str(direction) in state.routes
        for step in steps
    )


def _context(
    config: Path | None, profile: str, without: Collection[str], *, terms: Sequence[Standing]
) -> Context | str:
    try:
        context = resolve_context(config, profile, offline=True, strict=False, without=without)
        return with_terms(context, terms)
    except (ConfigError, ModelError) as error:  # the profile, or a model of it, is gone
        return str(error)


def _samples(
    output: store.Place, pairs: Iterable[tuple[RecordState, Context]], differences: list[Difference]
) -> Iterator[_Sample]:
    """Yield the translated segments, one record in memory at a time; add records without them."""
    for state, context in pairs:
        directions = [Direction(*route.split("->")) for route in state.routes]
        here = {(use.route, use.id): use.arithmetic for use in model_uses(directions, context)}
        try:
            record = store.read_record(output, state.name)
            others = {
                model.get("arithmetic", "") or "not recorded"
                for model in record["models"]
                if model.get("arithmetic", "") != here.get((model["route"], model["id"]), "")
            }
            for segment in record["segments"]:
                if segment["fate"] == Fate.TRANSLATED:
                    kept = {key: segment[key] for key in _SEGMENT_KEYS}
                    yield _Sample(state.name, kept, context, ", ".join(sorted(others)))
        except (ReadError, KeyError, TypeError, AttributeError):
            differences.append(Difference(state.name, "record", "torn"))


def _rank(sample: _Sample, seed: int) -> bytes:
    return hashlib.sha256(f"{seed}\0{sample.name}\0{sample.segment['id']}".encode()).digest()


def _retranslated(samples: Sequence[_Sample], progress: Progress) -> Iterator[Difference]:
    def place(sample: _Sample) -> tuple[tuple[str, ...], str, int]:
        context = sample.context
        made_with = context.profile.name, *(lack.part for lack in context.resolution.lacks)
        return made_with, sample.name, int(sample.segment["id"][1:])

    for _, group in groupby(sorted(samples, key=place), key=lambda sample: place(sample)[0]):
        chosen = list(group)
        for sample, text in zip(chosen, _translate(chosen, progress), strict=True):
            recorded = sample.segment["translation"]
            if text != recorded:
                detail = f"recorded {recorded!r}, now {text!r}"
                found = _OTHER_ARITHMETIC if sample.made_on else "text"
                yield Difference(sample.name, sample.segment["id"], found, detail)


def _translate(samples: Sequence[_Sample], progress: Progress) -> list[str]:
    context = samples[0].context
    found, done = progress.add_segments, progress.advance_segments
    with loaded_models(context, on_load=progress.message) as loaded:
        stage = translator(context, loaded, on_found=found, on_translated=done)
        translated = stage.translate([_prepared(sample) for sample in samples])
    return [" ".join(item.text for item in items) for items in translated]


def _prepared(sample: _Sample) -> Prepared:
    language, text = sample.segment["language"], sample.segment["source"]
    detection = Detection(language, 1.0, "recorded")
    block = Block("b1", 0, len(text), detection=detection)
    return Prepared(
        document=Document(sample.name, "", "txt", "utf-8", text, (block,)),
        language=detection,
        segments=(Segment("s1", "b1", 0, len(text), text),),
        routes=(Direction(language, TARGET_LANGUAGE),),
    )
