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
from seedsum.files import STATE_FOLDER
from seedsum.models.locating import LocalModels
from seedsum.models.storage import home
from seedsum.output.names import output_path
from seedsum.output.pairs import PAIR_FILES, RECORD_SUFFIX
from seedsum.pipeline.last_run import read_last_run, write_last_run
from seedsum.pipeline.sources import list_sources
from seedsum.records import Integrity, RecordState


@dataclass(frozen=True, slots=True)
class Litter:
    """Something that nobody needs any more."""

    kind: str  # `orphan` (a pair), `report` (of a run), `cache` or `model`
    name: str  # of the document, file or folder
    paths: tuple[Path, ...]
    num_bytes: int
    note: str = ""  # why it is kept although it is asked for; empty where it goes


def prune(
    paths: Sequence[str | Path] = ("input",),
    *,
    output: Path | str = "output",
    config: Path | None = None,
    cache: bool = False,
    models: bool = False,
    remove: bool = False,
) -> tuple[Litter, ...]:
    """Return what nobody needs any more, and with `remove` remove it.

    Pairs whose source is in none of the paths, and run reports beyond those that models.toml keeps;
    with `cache` what was decoded before, which is then decoded again; with `models` downloaded and
    converted models that this models.toml and its lock do not name. Pairs that a person edited, and
    reviews, stay. Removing takes note of the number of articles, too.

    Raises:
        UsageError: A path does not exist, or the paths hold no article while there are pairs.
        LockedError: A run holds the output folder.
    """
    output = Path(output)
    settings = load_settings(config)
    listing = list_sources([str(path) for path in paths], output=output)
    states = store.read_records(output)
    if states and not listing.sources:
        raise UsageError(
            f"{', '.join(map(str, paths))}: holds no article, so that every pair would go; is the"
            " disk mounted? To remove all pairs, remove the output folder"
        )
    found = [
        *_orphans(output, states.values(), {source.name for source in listing.sources}),
        *_reports(output, keep=settings.run.keep_reports),
        *(_cache(output) if cache else ()),
        *(_models(settings) if models else ()),
    ]
    if remove and output.is_dir():
        with store.output_lock(output):
            for item in found:
                if not item.note:
                    _remove(item.paths)
            last = read_last_run(output)
            key = "\n".join(sorted(map(str, paths)))
            counts = {**last.num_sources, key: len(listing.sources)}
            write_last_run(output, replace(last, num_sources=counts))
    return tuple(found)


def _orphans(output: Path, states: Iterable[RecordState], known: set[str]) -> Iterator[Litter]:
    for state in states:
        if state.name in known:
            continue
        suffixes = (*PAIR_FILES, RECORD_SUFFIX)
        paths = [output_path(output, state.name, suffix) for suffix in suffixes]
        is_edited = state.integrity is Integrity.EDITED
        yield _litter("orphan", state.name, paths, "edited by hand, kept" * is_edited)


def _reports(output: Path, *, keep: int) -> Iterator[Litter]:
    for path in store.old_run_reports(output, keep=keep):
        yield _litter("report", path.name, [path])


def _cache(output: Path) -> Iterator[Litter]:
    paths = sorted((output / STATE_FOLDER).glob(f"{FILE_NAME}*"))
    if paths:
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


def _litter(kind: str, name: str, paths: Iterable[Path], note: str = "") -> Litter:
    there = tuple(path for path in paths if path.exists())
    return Litter(kind, name, there, sum(map(_num_bytes, there)), note)


def _num_bytes(path: Path) -> int:
    if path.is_dir():
        return sum(file.stat().st_size for file in path.rglob("*") if file.is_file())
    return path.stat().st_size


def _remove(paths: Iterable[Path]) -> None:
    for path in reversed(tuple(paths)):  # a pair's record first: what is half gone is incomplete
        if path.is_dir():
            shutil.rmtree(path)
        else:
            path.unlink(missing_ok=True)
