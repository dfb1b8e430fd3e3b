"""Whether the output is what its records say: files hashed again, a sample translated again.

Writes nothing. Neighbours: `store` reads the output, `context` and `window` give the models and
the translation stage that made it; `cli` prints the findings.
"""

from __future__ import annotations

import hashlib
import heapq
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from seedsum import output as store
from seedsum.config import TARGET_LANGUAGE, load_settings
from seedsum.engines.pool import LoadedModels
from seedsum.errors import ConfigError, ModelError, ReadError, UsageError
from seedsum.pipeline.context import Context, resolve_context
from seedsum.pipeline.keys import changed_parts, run_key
from seedsum.progress import Progress, Silent
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
from seedsum.translation.window import Prepared, WindowTranslator


@dataclass(frozen=True, slots=True)
class Difference:
    """Something in the output that is not what a record says.

    Attributes:
        name: Of the document.
        place: The file's name, or the id of a segment.
        found: `missing`, `torn`, `edited`, `replaced`, `orphan`, `key` (the record's run key is not
            that of its parts), or `text` (translated again, a segment reads differently).
        detail: For `text`, what the record has and what came out now.
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
        differences: By document, files before segments.
        notes: Why something could not be translated again; no difference by itself.
    """

    num_pairs: int
    num_retranslated: int
    differences: tuple[Difference, ...]
    notes: tuple[str, ...]


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
    return Verification(len(states), num_retranslated, tuple(differences), notes)


def _differences(output: Path, state: RecordState) -> Iterator[Difference]:
    if state.integrity is not Integrity.INTACT:
        for place, found in store.differing_files(output, state.name):
            yield Difference(state.name, place, found)
    if state.key_parts is not None and run_key(state.key_parts) != state.run_key:
        yield Difference(state.name, "record", "key")


@dataclass(frozen=True, slots=True)
class _Sample:
    """A segment as its record has it, and what it can be translated again with."""

    name: str
    id: str
    source: str
    translation: str
    language: str
    context: Context


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
            for entry in store.read_record(output, state.name)["segments"]:
                if entry["fate"] == Fate.TRANSLATED:
                    yield _Sample(
                        name=state.name,
                        id=entry["id"],
                        source=entry["source"],
                        translation=entry["translation"],
                        language=entry["language"],
                        context=context,
                    )
        except (ReadError, KeyError, TypeError):
            differences.append(Difference(state.name, "record", "torn"))


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
                differences.append(Difference(sample.name, sample.id, "text", detail))
    return differences


def _translate(samples: Sequence[_Sample], progress: Progress) -> list[str]:
    context = samples[0].context
    with LoadedModels(context.models, runtime=context.runtime, on_load=progress.message) as loaded:
        translator = WindowTranslator(
            profile=context.profile,
            settings=context.settings,
            loaded=loaded,
            target=TARGET_LANGUAGE,
            add_segments=progress.add_segments,
            advance_segments=progress.advance_segments,
        )
        translated = translator.translate([_prepared(sample) for sample in samples])
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
