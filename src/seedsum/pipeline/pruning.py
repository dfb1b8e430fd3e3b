"""What of an output and of the models nobody needs any more: listed first, removed when asked."""

from __future__ import annotations

import shutil
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from seedsum import output as store
from seedsum.config import Settings, load_settings
from seedsum.engines.cache import FILE_NAME
from seedsum.errors import UsageError
from seedsum.models.locating import LocalModels
from seedsum.models.storage import home
from seedsum.output.names import pair_file
from seedsum.output.pairs import PAIR_FILES, RECORD_SUFFIX
from seedsum.pipeline.decodings import caches_here
from seedsum.pipeline.failures import read_failures, write_failures
from seedsum.pipeline.last_run import inputs_key, read_last_run, write_last_run
from seedsum.pipeline.sources import list_sources
from seedsum.records import Integrity, RecordState


@dataclass(frozen=True, slots=True)
class Litter:
    """Something that nobody needs any more."""

    kind: str  # `orphan` (a pair), `report` (of a run), `cache` or `model`
    name: str  # of the document, file or folder
    paths: tuple[Path | str, ...]  # addresses where it lies in a store
    num_bytes: int
    note: str = ""  # why it is kept although it is asked for; empty where it goes


def prune(
    paths: Sequence[str | Path] = ("input",),
    *,
    output: store.Where = "output",
    config: Path | None = None,
    cache: bool = False,
    models: bool = False,
    remove: bool = False,
) -> tuple[Litter, ...]:
    """Return what nobody needs any more, and with `remove` remove it.

    Pairs whose source is in none of the paths, and run reports beyond those that models.toml keeps;
    with `cache` what was decoded before, which is then decoded again; with `models` downloaded and
    converted models that this models.toml and its lock do not name. Pairs that a person edited, and
    reviews, stay. Removing takes note of the number of articles, and forgets how often those failed
    that are gone.

    Raises:
        UsageError: A path does not exist, or the paths hold no article while there are pairs.
        LockedError: A run holds the output folder.
    """
    place = store.place_of(output)
    settings = load_settings(config)
    listing = list_sources([str(path) for path in paths], output=place)
    states = store.read_records(place)
    if states and not listing.sources:
        raise UsageError(
            f"{', '.join(map(str, paths))}: holds no article, so that every pair would go; is the"
            " disk mounted? To remove all pairs, remove the output folder"
        )
    known = {source.name for source in listing.sources}
    found = [
        *_orphans(place, states.values(), known),
        *_reports(place, keep=settings.run.keep_reports),
        *(_cache(place) if cache else ()),
        *(_models(settings) if models else ()),
    ]
    if remove and place.is_there():
        with place.lock() as held:
            for item in found:
                if not item.note:
                    _remove(item, held)
            failures = read_failures(held)
            if gone := failures.keys() - known:
                write_failures(held, {name: failures[name] for name in failures.keys() - gone})
            last = read_last_run(held)
            key = inputs_key(paths)
            counts = {**last.num_sources, key: len(listing.sources)}
            write_last_run(held, replace(last, num_sources=counts))
    return tuple(found)


def _orphans(
    place: store.Place, states: Iterable[RecordState], known: set[str]
) -> Iterator[Litter]:
    for state in states:
        if state.name not in known:
            is_edited = state.integrity is Integrity.EDITED
            files = _files(place, _pair_files(state.name))
            yield Litter("orphan", state.name, *files, "edited by hand, kept" * is_edited)


def _pair_files(name: str) -> list[str]:
    return [pair_file(name, suffix) for suffix in (*PAIR_FILES, RECORD_SUFFIX)]


def _reports(place: store.Place, *, keep: int) -> Iterator[Litter]:
    for name in store.old_run_reports(place, keep=keep):
        yield Litter("report", name.rpartition("/")[2], *_files(place, [name]))


def _files(place: store.Place, names: Iterable[str]) -> tuple[tuple[Path | str, ...], int]:
    """Return those that are there, as paths or addresses, and their bytes together."""
    there = [entry for name in names if (entry := place.entry(name))]
    shown = (place.show(entry.name) for entry in there)
    paths = tuple(Path(path) if place.folder else path for path in shown)
    return paths, sum(entry.size_bytes for entry in there)


def _cache(place: store.Place) -> Iterator[Litter]:
    if paths := caches_here(place):
        yield _litter("cache", FILE_NAME, paths)


def _models(settings: Settings) -> Iterator[Litter]:
    """Yield the folders of snapshots and conversions that no model of the settings has."""
    local = LocalModels.of(settings)
    used = {
        folder.resolve() for spec in settings.models.values() for folder, _ in local.folders(spec)
    }
    for folder in sorted((*home().glob("models/*/*/*"), *home().glob("converted/*/*"))):
        if folder.is_dir() and folder.resolve() not in used:
            yield _litter("model", folder.relative_to(home()).as_posix(), [folder])


def _litter(kind: str, name: str, paths: Sequence[Path]) -> Litter:
    return Litter(kind, name, tuple(paths), sum(map(_num_bytes, paths)))


def _num_bytes(path: Path) -> int:
    if path.is_dir():
        return sum(file.stat().st_size for file in path.rglob("*") if file.is_file())
    return path.stat().st_size


def _remove(item: Litter, place: store.Place) -> None:
    """Remove something from the output or from this machine."""
    if item.kind == "orphan":
        for name in reversed(_pair_files(item.name)):  # the record first: the rest is incomplete
            place.delete(name)
    elif item.kind == "report":
        place.delete(f"runs/{item.name}")
    else:
        for path in map(Path, item.paths):
            shutil.rmtree(path) if path.is_dir() else path.unlink(missing_ok=True)
