"""One article out of everything that an output holds of it: found first, removed when asked.

Caches go as a whole, since what they hold of one article cannot be told from the rest; whatever
names many articles is written again without the one. The record goes last, since it says under
which source the article was reviewed: so a run that is killed is completed by running it again.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from seedsum import output as store
from seedsum.files import STATE_FOLDER
from seedsum.output.lines import Lines
from seedsum.output.names import KEPT_ENDING, pair_file
from seedsum.output.pairs import PAIR_FILES, RECORD_SUFFIX
from seedsum.pipeline import index, shards
from seedsum.pipeline.decodings import cache_path, caches_here
from seedsum.pipeline.failures import read_doing, read_failures, write_doing, write_failures
from seedsum.pipeline.last_run import LastRun, read_last_run, read_last_runs, write_last_run
from seedsum.pipeline.sources import Listing
from seedsum.records import Part, Review
from seedsum.reviews import ReviewStore
from seedsum.reviews.store import FOLDER

#: Caches that name articles, or hold their text; each may be deleted at any time.
_CACHES = ("state", "sources", "reviews")
#: What `seedsum 0.1` kept decodings in.
_OLD_CACHE = "memory.sqlite"


@dataclass(frozen=True, slots=True)
class Remnant:
    """Something in an output that holds text or the name of an article."""

    kind: str  # `pair`, `copy`, `review`, `report`, `state` or `cache`
    name: str  # of the file, below the output; of the decoding cache its path
    is_removed: bool = True  # False: it is written again without the article


@dataclass(frozen=True, slots=True)
class Forgotten:
    """What of an article there was, and what is out of reach."""

    remnants: tuple[Remnant, ...]
    out_of_reach: tuple[str, ...]  # each in a line
    near: tuple[str, ...] = ()  # names of pairs that are much alike, where nothing was found


@dataclass(frozen=True, slots=True)
class _Step:
    remnant: Remnant
    do: Callable[[store.Place], None]


def forget(
    name: str, *, output: store.Where = "output", remove: bool = False, wait_seconds: float = 0.0
) -> Forgotten:
    """Return what an output holds of an article, and with `remove` remove it.

    Its pair, also where a person edited it, and copies kept of it; its reviews, under all names
    that it had; its line in reports, failures and notices; all decodings, and other caches. The
    next run decodes again what it needs, and translates the article again if its source is there.

    Raises:
        UsageError: There is no such output.
        LockedError: A run holds the output.
    """
    place = store.existing_place(output)
    if not remove:
        return _forgotten(name, place, list(_steps(name, place)))
    with place.lock(wait_seconds=wait_seconds) as held:
        held.clean()  # what killed runs left half-written may be of the article
        steps = list(_steps(name, held))
        found = _forgotten(name, held, steps)
        for step in steps:
            step.do(held)
        _remove_empty_folders(held, name)
        # Also where nothing was found: a run before may have been killed here.
        _write_index(held)
    return found


def _forgotten(name: str, place: store.Place, steps: Iterable[_Step]) -> Forgotten:
    remnants = tuple(step.remnant for step in steps)
    if not remnants:
        import difflib  # only where something is wrong

        near = difflib.get_close_matches(name, store.read_records(place), n=3, cutoff=0.6)
        return Forgotten((), (), tuple(near))
    return Forgotten(remnants, tuple(_out_of_reach(name, place)))


def _out_of_reach(name: str, place: store.Place) -> Iterator[str]:
    """Yield what nobody can remove from here, in words."""
    yield "its source: as long as that is in the input, the next run makes the pair again"
    yield "backups and versions of the output folder, exports that were made, and logs of runs"
    from seedsum.pipeline.cluster.node import SIGHT

    if any(place.entries(STATE_FOLDER, suffixes=(SIGHT,), hidden=True)):
        yield (
            "decodings that workers of a cluster keep on their machines: remove"
            " SEEDSUM_HOME/decodings there"
        )
    record = _record(place, name)
    for address in sorted(
        {str(use.get("address") or "") for use in _list(record, "models")} - {""}
    ):
        yield f"what the server {address} keeps: the article's text was sent to it"
    of_terms = [
        review
        for review in ReviewStore(place).read()
        if review.part is Part.TERM and review.document == name
    ]
    if of_terms:
        number = len(of_terms)
        yield (
            f"{number} term{'s' * (number != 1)} that {'were' if number > 1 else 'was'} noted in it"
            " and hold in every article: withdraw them if they say too much"
        )


def _steps(name: str, place: store.Place) -> Iterator[_Step]:
    """Yield what there is to do, in order; nothing where there is nothing of the article."""
    steps = [
        *_reviews(name, place),
        *_state(name, place),
        *_reports(name, place),
        *_files(_copies(name, place), "copy", place),
        *_files(
            (pair_file(name, suffix) for suffix in (*PAIR_FILES, RECORD_SUFFIX)), "pair", place
        ),
    ]
    if steps:
        yield from _caches(place)
        yield from steps


def _files(names: Iterable[str], kind: str, place: store.Place) -> Iterator[_Step]:
    for file in names:
        if place.entry(file) is not None:
            yield _Step(Remnant(kind, file), _deleting(file))


def _deleting(file: str) -> Callable[[store.Place], None]:
    return lambda place: place.delete(file)


def _caches(place: store.Place) -> Iterator[_Step]:
    for kept in (*caches_here(place), *sorted(cache_path(place).parent.glob(f"{_OLD_CACHE}*"))):
        yield _Step(Remnant("cache", str(kept)), _unlinking(kept))
    yield from _files(
        (file for name in _CACHES for file in Lines(place, name).names()), "cache", place
    )


def _unlinking(path: Path) -> Callable[[store.Place], None]:
    return lambda place: path.unlink(missing_ok=True)


def _reviews(name: str, place: store.Place) -> Iterator[_Step]:
    """Yield the reviews of the article, also those of names that it had before."""
    reviews = ReviewStore(place).read()
    others = store.read_records(place).keys() - {name}
    sources = {str(_dict(_record(place, name), "source").get("sha256") or "")}
    sources |= {review.source_sha256 for review in reviews if review.document == name}
    for review in reviews:
        if review.part is not Part.TERM and _is_of(review, name, sources - {""}, others):
            file = f"{FOLDER}/{review.id}.json"
            yield _Step(Remnant("review", file), _deleting(file))


def _is_of(review: Review, name: str, sources: set[str], others: Iterable[str]) -> bool:
    was_it = review.source_sha256 in sources and review.document not in others
    return review.document == name or was_it


def _state(name: str, place: store.Place) -> Iterator[_Step]:
    """Yield the files that count and name many articles."""
    failures = read_failures(place)
    if name in failures:
        left = {key: failure for key, failure in failures.items() if key != name}
        remnant = Remnant("state", f"{STATE_FOLDER}/failures.json", is_removed=False)
        yield _Step(remnant, lambda held: write_failures(held, left))
    doing = read_doing(place)
    if name in doing.names:
        remnant = Remnant("state", f"{STATE_FOLDER}/doing.json", is_removed=False)
        yield _Step(remnant, lambda held: _write_doing(held, doing.names - {name}))
    last = read_last_runs(place)
    notices = tuple(notice for notice in last.notices if name not in notice.text)
    if notices != last.notices:
        remnant = Remnant("state", f"{STATE_FOLDER}/last-run.json", is_removed=False)
        yield _Step(remnant, lambda held: _write_last(held, replace(last, notices=notices)))


def _write_doing(place: store.Place, names: Iterable[str]) -> None:
    """Write what was being done, by whichever shards, into one file."""
    write_doing(place, ())
    write_doing(place, names)


def _write_last(place: store.Place, last: LastRun) -> None:
    """Write how the last run ended, or the shards since then, into one file."""
    write_last_run(place, last)
    shards.end(place)


def _reports(name: str, place: store.Place) -> Iterator[_Step]:
    for entry in sorted(place.entries("runs", suffixes=(".json",))):
        data = place.read(entry.name) or b""
        try:
            report = json.loads(data)
        except ValueError:
            if name.encode("utf-8", "replace") in data:  # torn: nobody can tell what is in it
                yield _Step(Remnant("report", entry.name), _deleting(entry.name))
            continue
        without = _without(report, name) if isinstance(report, dict) else report
        if without != report:
            text = json.dumps(without, ensure_ascii=False, indent=1) + "\n"
            written = text.encode("utf-8", "backslashreplace")
            remnant = Remnant("report", entry.name, is_removed=False)
            yield _Step(remnant, _writing(entry.name, written))


def _writing(file: str, data: bytes) -> Callable[[store.Place], None]:
    return lambda place: place.write(file, data, durable=True)


def _without(report: Mapping[str, Any], name: str) -> dict[str, Any]:
    """Return a run's report without its line of an article and notices that name it."""
    outcomes = [one for one in _list(report, "outcomes") if one.get("name") != name]
    notices = [one for one in _list(report, "notices") if name not in str(one.get("text"))]
    return {
        key: outcomes if key == "outcomes" else notices if key == "notices" else value
        for key, value in report.items()
    }


def _copies(name: str, place: store.Place) -> Iterator[str]:
    """Yield the copies that are kept of edited files (`NAME.translation.2.edited.md`)."""
    stems = "|".join(
        re.escape(pair_file(name, suffix).removesuffix(".md")) for suffix in PAIR_FILES
    )
    known = re.compile(rf"(?:{stems})(?:\.\d+)?{re.escape(KEPT_ENDING)}")
    folder = name.rpartition("/")[0]
    for entry in place.entries(folder, suffixes=(KEPT_ENDING,)):
        if known.fullmatch(entry.name):
            yield entry.name


def _record(place: store.Place, name: str) -> Mapping[str, Any]:
    try:
        record = json.loads(place.read(pair_file(name, RECORD_SUFFIX)) or b"")
    except (OSError, ValueError, RecursionError):
        return {}
    return record if isinstance(record, dict) else {}


def _dict(table: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    value = table.get(key)
    return value if isinstance(value, dict) else {}


def _list(table: Mapping[str, Any], key: str) -> list[Mapping[str, Any]]:
    value = table.get(key)
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []


def _remove_empty_folders(place: store.Place, name: str) -> None:
    """Remove the folders of a pair that nothing is in any more: a store has none."""
    if place.folder is None:
        return
    for folder in list(Path(pair_file(name, "")).parents)[:-1]:
        try:
            (place.folder / folder).rmdir()
        except OSError:  # there is something in it, or it is gone
            return


def _write_index(place: store.Place) -> None:
    """Write the index of the pairs that are left; the next run makes the page of them again.

    What only a run knows (where the sources are) is not in it until then.
    """
    if place.entry("index.md") is None:
        return
    last = read_last_run(place)
    changed = index.last_changed(place)
    index.write(
        place,
        (),
        last.notices,
        states=store.read_records(place),
        quarantined={},
        listing=Listing(()),
        changed=changed,
    )
    place.delete("index.html")  # so that the next run makes both again, with links to the sources
