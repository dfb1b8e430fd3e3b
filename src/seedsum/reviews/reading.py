"""All reviews of an output, by article: each object is read once, and kept in a cache.

`OUTPUT/.seedsum/reviews.jsonl` may be deleted at any time. What is torn or no review is in it
never, and so is read again by the next reader.
"""

from __future__ import annotations

import dataclasses
import json
import zlib
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from seedsum.files import STATE_FOLDER, sha256_json
from seedsum.records import Part, Review
from seedsum.reviews.joining import Standing, join, plain
from seedsum.reviews.memories import memory_files, memory_name, read_memory
from seedsum.reviews.store import Files, ReviewStore, files_of, later, review_of

_CACHE = f"{STATE_FOLDER}/reviews.jsonl"
_CACHE_VERSION = 1
#: Fewer are read again in less time than a file takes.
_NUM_WORTH_KEEPING = 100

#: What terms are filed under, since they are of no article.
_TERMS = ""


@dataclass(frozen=True, slots=True)
class Offer:
    """English that somebody gave a sentence in another article, or in a memory from elsewhere."""

    text: str
    document: str  # the article's name, or `memory NAME`
    reviewer: str
    time: str


@dataclass(frozen=True, slots=True)
class Judged:
    """What people said of one article."""

    standings: tuple[Standing, ...] = ()
    names: tuple[str, ...] = ()  # others that it had then


NOT_JUDGED = Judged()


@dataclass(frozen=True, slots=True)
class _Group:
    """The reviews of one document, as JSON until somebody asks."""

    sources: tuple[str, ...]  # sha256 of each that it was reviewed with
    key: str
    files: tuple[str, ...]  # their objects
    data: bytes  # a JSON list of lists: the file's name, the review

    def items(self) -> Iterator[tuple[str, Review]]:
        for file, stated in json.loads(self.data):
            if (review := review_of(stated)) is not None:
                yield file, review


class Reviews:
    """The reviews of an output folder as they were when they were last looked at."""

    def __init__(self, output: Path | Files) -> None:
        self._files = files_of(output)
        self._groups: dict[str, _Group] | None = None
        self._of_source: dict[str, list[str]] = {}
        self._offers: dict[tuple[str, str], list[Offer]] | None = None
        self._memories: tuple[str, ...] = ()

    def look(self) -> None:
        """Take in what was added or removed since the last look."""
        memories = memory_files(folder) if (folder := self._files.folder) else ()
        if memories != self._memories:
            self._memories, self._offers = memories, None
        groups = _cached(self._files) if self._groups is None else self._groups
        store = ReviewStore(self._files)
        there = set(store.names())
        known = {file for group in groups.values() for file in group.files}
        if there != known or self._groups is None:
            groups, is_changed = _updated(store, groups, there, known)
            if is_changed and len(there) >= _NUM_WORTH_KEEPING:
                _write_cache(self._files, groups)
            self._offers = None
            of_source = defaultdict(list)
            for name, group in groups.items():
                for source in group.sources:
                    of_source[source].append(name)
            self._of_source = dict(of_source)
        self._groups = groups

    @property
    def has_any(self) -> bool:
        """Whether anything was reviewed."""
        return bool(self._known())

    def names(self, name: str, *, also: Iterable[str] = (), sources: Iterable[str]) -> set[str]:
        """Return the names under which an article was reviewed.

        Its own, those that it is known to have had, and those that had one of these sources (by
        sha256).
        """
        found = {name, *also}
        for source in sources:
            found |= set(self._of_source.get(source, ()))
        known = self._known()
        return {one for one in found if one in known and one != _TERMS}

    def standings(self, names: Collection[str]) -> tuple[Standing, ...]:
        """Return what stands of an article that was reviewed under these names."""
        known = self._known()
        return join(
            review for name in sorted(names) if name in known for _, review in known[name].items()
        )

    def after_all(self, review: Review) -> Review:
        """Return a review that is being made, later than all that was said of its article.

        The last verdict stands, and the clock of another machine may be ahead of this one's.
        """
        known = self._known()
        names = self.names(review.document, sources=[review.source_sha256])
        names |= {_group_of(review)} & known.keys()
        times = (said.time for name in names for _, said in known[name].items())
        return later(review, max(times, default=""))

    def key(self, names: Collection[str]) -> str:
        """Return the hash of what stands of an article under these names; see `key_of`."""
        known = [self._known()[name] for name in names if name in self._known()]
        return known[0].key if len(known) == 1 else key_of(self.standings(names))

    def terms(self) -> tuple[Standing, ...]:
        """Return what stands of terms, in every article."""
        return tuple(one for one in self.standings((_TERMS,)) if one.text)

    def offers(self, source: str, *, direction: str, document: str = "") -> tuple[Offer, ...]:
        """Return the English that people gave a sentence elsewhere, the last one first.

        In other articles, and in memories that were taken in. It is offered and not applied: there
        the same words may mean something else. One text is offered once; the direction is as
        `vi->en`, the document's own are left out.
        """
        names = self._known().keys() - {_TERMS}
        if self._offers is None:
            self._offers = defaultdict(list)
            for name in names:
                for one in self.standings((name,)):
                    if one.part is Part.SENTENCE and one.text:
                        key = one.direction, plain(one.source)
                        self._offers[key].append(Offer(one.text, name, one.reviewer, one.time))
            for file in self._memories:
                assert self._files.folder is not None  # a store has none
                where = f"memory {memory_name(file)}"
                for entry in read_memory(self._files.folder, file):
                    key = entry.direction, plain(entry.source)
                    self._offers[key].append(Offer(entry.text, where, entry.reviewer, entry.time))
        found: dict[str, Offer] = {}
        for offer in sorted(
            self._offers.get((direction, plain(source)), ()),
            key=lambda offer: offer.time,
            reverse=True,
        ):
            if offer.document != document:
                found.setdefault(plain(offer.text), offer)
        return tuple(found.values())

    def _known(self) -> dict[str, _Group]:
        if self._groups is None:
            self.look()
        assert self._groups is not None
        return self._groups


def key_of(standings: Collection[Standing]) -> str:
    """Return a hash of what stands of an article; empty where nothing does.

    What was withdrawn or said twice is not in it, nor the names that the article has had.
    """
    if not standings:
        return ""
    values = [dataclasses.asdict(standing) for standing in standings]
    for value in values:
        del value["document"]
    return sha256_json(values)


def _updated(
    store: ReviewStore, groups: dict[str, _Group], there: set[str], known: set[str]
) -> tuple[dict[str, _Group], bool]:
    """Return the groups as the folder is now, and whether they are others."""
    added: defaultdict[str, list[tuple[str, Review]]] = defaultdict(list)
    for file in sorted(there - known):
        if (review := store.get(file)) is not None:
            added[_group_of(review)].append((file, review))
    gone = known - there
    touched = {*added, *(name for name, group in groups.items() if gone & set(group.files))}
    after = dict(groups)
    for name in touched:
        before = after.pop(name).items() if name in after else ()
        items = [(file, review) for file, review in before if file not in gone]
        items += added[name]
        if items:
            after[name] = _group(items)
    return after, bool(touched)


def _group_of(review: Review) -> str:
    return _TERMS if review.part is Part.TERM else review.document


def _group(items: list[tuple[str, Review]]) -> _Group:
    reviews = [review for _, review in items]
    return _Group(
        sources=tuple(sorted({review.source_sha256 for review in reviews} - {""})),
        key=key_of(join(reviews)),
        files=tuple(file for file, _ in items),
        data=json.dumps([(file, dataclasses.asdict(review)) for file, review in items]).encode(),
    )


# The cache: a line with its version and a checksum of the rest, then a line for each document: what
# is looked up as JSON, a tab, and the reviews as JSON, which are parsed where they are asked for.


def _cached(files: Files) -> dict[str, _Group]:
    torn = (OSError, ValueError, TypeError, LookupError)
    with suppress(*torn):
        head, _, rest = (files.read(_CACHE) or b"").partition(b"\n")
        if json.loads(head) == [_CACHE_VERSION, zlib.crc32(rest)]:
            groups: dict[str, _Group] = {}
            for line in rest.splitlines():
                shown, _, data = line.partition(b"\t")
                name, sources, key, held = json.loads(shown)
                groups[name] = _Group(tuple(sources), key, tuple(held), data)
            return groups
    return {}


def _write_cache(files: Files, groups: dict[str, _Group]) -> None:
    """Write the cache; where that is not possible (a read-only output) the next run is slower."""
    lines = []
    for name, group in sorted(groups.items()):
        shown = json.dumps([name, group.sources, group.key, group.files])
        lines.append(shown.encode() + b"\t" + group.data)
    rest = b"\n".join(lines)
    head = json.dumps([_CACHE_VERSION, zlib.crc32(rest)]).encode()
    with suppress(OSError):
        files.write(_CACHE, head + b"\n" + rest)
