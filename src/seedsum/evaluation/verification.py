"""Whether the output is what its records say: files hashed again, a sample translated again.

Writes nothing.
"""

from __future__ import annotations

import hashlib
import heapq
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from seedsum import output as store
from seedsum.config import TARGET_LANGUAGE, load_settings
from seedsum.errors import ConfigError, ModelError, ReadError, UsageError
from seedsum.pipeline.context import Context, model_uses, resolve_context
from seedsum.pipeline.keys import changed_parts, run_key
from seedsum.pipeline.progress import Progress, Silent
from seedsum.pipeline.stages import loaded_models, translator
from seedsum.reading import Prepared
from seedsum.records import (
    Block,
    Detection,
    Direction,
    Document,
    Fate,
    Integrity,
    RecordState,
    Segment,
)


@dataclass(frozen=True, slots=True)
class Difference:
    """Something in the output that is not what a record says.

    Attributes:
        name: Of the document.
        place: The file's name, or the id of a segment.
        found: `missing`, `torn`, `edited`, `replaced`, `orphan`, `key` (the record's run key is not
            that of its parts), `text` (translated again, a segment reads differently), or
            `other-arithmetic` (so it does, but it was made on another class of arithmetic).
        detail: For both of these, what the record has and what came out.
    """

    name: str
    place: str
    found: str
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Verification:
    """What `verify` found.

    Attributes:
        num_pairs: Documents that have any file in the output.
        num_retranslated: Segments that were translated again.
        differences: By document, files before segments. Each is a fault.
        notes: Why something could not be translated again, or was on another class of arithmetic;
            no difference by itself.
        other_arithmetic: Segments that read differently, as an int8 model's may on another class
            of arithmetic; no faults.
    """

    num_pairs: int
    num_retranslated: int
    differences: tuple[Difference, ...]
    notes: tuple[str, ...]
    other_arithmetic: tuple[Difference, ...] = ()


_OTHER_ARITHMETIC = "other-arithmetic"


def verify(
    output: Path | str = "output",
    *,
    num_sampled: int = 0,
    seed: int = 0,
    config: Path | None = None,
    progress: Progress | None = None,
) -> Verification:
    """Return how the output differs from its records; reads every file, writes none.

    A pair that a run is publishing at this moment counts as incomplete.

    Args:
        output: Folder of the pairs.
        num_sampled: How many translated segments of intact pairs to translate again, with the
            models, options and stages that they were made with; those made with others than this
            machine has now are named in the notes. The network is not asked.
        seed: Chooses the segments; the same one chooses the same.
        config: A models.toml; None for the usual places.
        progress: Told of loaded models and segments; None for silence.

    Raises:
        UsageError: The output folder is not there.
        ConfigError: models.toml is not valid.
    """
    output = Path(output)
    if not output.is_dir():
        raise UsageError(f"{output}: there is no such folder; name the folder of the pairs")
    states = store.read_records(output, rehash=True)
    differences = [found for state in states.values() for found in _differences(output, state)]
    notes: tuple[str, ...] = ()
    num_retranslated = 0
    if num_sampled:
        usable, notes = _retranslatable(states.values(), config)
        chosen = _chosen(_samples(output, usable, differences), num_sampled, seed=seed)
        num_retranslated = len(chosen)
        differences += _retranslated(chosen, progress or Silent())
        notes += _arithmetic_notes(chosen)
    return Verification(
        num_pairs=len(states),
        num_retranslated=num_retranslated,
        differences=tuple(item for item in differences if item.found != _OTHER_ARITHMETIC),
        notes=notes,
        other_arithmetic=tuple(item for item in differences if item.found == _OTHER_ARITHMETIC),
    )


def _differences(output: Path, state: RecordState) -> Iterator[Difference]:
    if state.integrity is not Integrity.INTACT:
        for place, found in store.differing_files(output, state.name):
            yield Difference(state.name, place, found)
    if state.key_parts is not None and run_key(state.key_parts) != state.run_key:
        yield Difference(state.name, "record", "key")


@dataclass(frozen=True, slots=True)
class _Sample:
    """A segment as its record has it, and what it can be translated again with.

    Attributes:
        made_on: The class of arithmetic that it was translated on, where that is another than this
            machine's and can alter the text; else empty.
    """

    name: str
    id: str
    source: str
    translation: str
    language: str
    context: Context
    made_on: str


def _retranslatable(
    states: Iterable[RecordState], config: Path | None
) -> tuple[list[tuple[RecordState, Context]], tuple[str, ...]]:
    """Return the pairs that can be translated again, each with what made it, and notes."""
    settings = load_settings(config)
    contexts: dict[str, Context | str] = {}
    notes: dict[str, int] = defaultdict(int)
    usable: list[tuple[RecordState, Context]] = []
    for state in states:
        if state.integrity is not Integrity.INTACT or not state.files or not state.key_parts:
            continue
        profile = settings.fallback_profile if state.fallback else state.profile
        if profile not in contexts:
            contexts[profile] = _context(config, profile)
        context = contexts[profile]
        if isinstance(context, str):
            notes[context] += 1
            continue
        expected = context.keys.parts(state.source_sha256, routes=state.routes)
        if changed := changed_parts(state.key_parts, expected):
            notes[f"made with other {' and '.join(changed)} than profile {profile} has now"] += 1
            continue
        usable.append((state, context))
    return usable, tuple(
        f"{count} pair{'s' * (count != 1)} not translated again: {why}"
        for why, count in sorted(notes.items())
    )


def _samples(
    output: Path,
    pairs: Iterable[tuple[RecordState, Context]],
    differences: list[Difference],
) -> Iterator[_Sample]:
    """Yield the translated segments, one record in memory at a time; add records without them."""
    for state, context in pairs:
        try:
            record = store.read_record(output, state.name)
            made_on = _made_elsewhere(record["models"], state, context)
            for entry in record["segments"]:
                if entry["fate"] == Fate.TRANSLATED:
                    yield _Sample(
                        name=state.name,
                        id=entry["id"],
                        source=entry["source"],
                        translation=entry["translation"],
                        language=entry["language"],
                        context=context,
                        made_on=made_on,
                    )
        except (ReadError, KeyError, TypeError, AttributeError):
            differences.append(Difference(state.name, "record", "torn"))


def _made_elsewhere(
    models: Sequence[Mapping[str, Any]], state: RecordState, context: Context
) -> str:
    """Return the classes of arithmetic in a record that are not this machine's; mostly none."""
    directions = [Direction(*route.split("->")) for route in state.routes]
    here = {(use.route, use.id): use.arithmetic for use in model_uses(directions, context)}
    others = {
        model.get("arithmetic", "") or "not recorded"
        for model in models
        if model.get("arithmetic", "") != here.get((model["route"], model["id"]), "")
    }
    return ", ".join(sorted(others))


def _arithmetic_notes(samples: Iterable[_Sample]) -> tuple[str, ...]:
    counts = Counter(sample.made_on for sample in samples if sample.made_on)
    return tuple(
        f"{count} segment{'s' * (count != 1)} made on another class of arithmetic ({made_on}):"
        " there a word may differ, which is no fault"
        for made_on, count in sorted(counts.items())
    )


def _context(config: Path | None, profile: str) -> Context | str:
    """Return the context of a profile, or why there is none."""
    try:
        return resolve_context(config, profile, offline=True, strict=True, download=False)
    except (ConfigError, ModelError) as error:  # the profile, or a model of it, is gone
        return str(error)


def _chosen(samples: Iterable[_Sample], num_sampled: int, *, seed: int) -> list[_Sample]:
    """Return that many samples, or all there are; memory does not grow with their number."""

    def rank(sample: _Sample) -> bytes:
        return hashlib.sha256(f"{seed}\0{sample.name}\0{sample.id}".encode()).digest()

    return heapq.nsmallest(num_sampled, samples, key=rank)


def _retranslated(samples: Sequence[_Sample], progress: Progress) -> list[Difference]:
    """Return the samples that read differently when translated again, by document."""
    groups: Mapping[str, list[_Sample]] = defaultdict(list)
    for sample in sorted(samples, key=lambda sample: (sample.name, int(sample.id[1:]))):
        groups[sample.context.profile.name].append(sample)
    differences = []
    for _, group in sorted(groups.items()):
        for sample, text in zip(group, _translate(group, progress), strict=True):
            if text != sample.translation:
                detail = f"recorded {sample.translation!r}, now {text!r}"
                found = _OTHER_ARITHMETIC if sample.made_on else "text"
                differences.append(Difference(sample.name, sample.id, found, detail))
    return differences


def _translate(samples: Sequence[_Sample], progress: Progress) -> list[str]:
    context = samples[0].context
    with loaded_models(context, on_load=progress.message) as loaded:
        stage = translator(
            context,
            loaded,
            on_found=progress.add_segments,
            on_translated=progress.advance_segments,
        )
        translated = stage.translate([_prepared(sample) for sample in samples])
    return [" ".join(item.text for item in items) for items in translated]


def _prepared(sample: _Sample) -> Prepared:
    """Return a document of one segment, as the translation stage takes it."""
    detection = Detection(sample.language, 1.0, "recorded")
    end = len(sample.source)
    return Prepared(
        document=Document(
            name=sample.name,
            sha256="",
            format="txt",
            encoding="utf-8",
            text=sample.source,
            blocks=(Block("b1", 0, end, detection=detection),),
        ),
        language=detection,
        segments=(Segment("s1", "b1", 0, end, sample.source),),
        routes=(Direction(sample.language, TARGET_LANGUAGE),),
    )
