"""All reviews of an output, by article: each object is read once, and kept in a cache.

`OUTPUT/.seedsum/reviews.jsonl` may be deleted at any time. What is torn or no review is in it
never, and so is read again by the next reader.
"""

from __future__ import annotations

import dataclasses
import json
import zlib
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from seedsum.files import STATE_FOLDER, sha256_json
from seedsum.records import Part, Review
from seedsum.reviews.joining import Standing, join
from seedsum.reviews.memories import memory_files, memory_name, read_memory
from seedsum.reviews.offers import Offer, Offers
from seedsum.reviews.store import Files, ReviewStore, files_of, later, review_of

_CACHE = f"{STATE_FOLDER}/reviews.jsonl"
_CACHE_VERSION = 1
#: So many objects in a folder that the cache does not know, or that are gone, are worth writing it:
#: fewer are read again in less time than a file takes. In a store each is a request.
_NUM_WORTH_KEEPING = 100

#: What terms are filed under, since they are of no article.
_TERMS = ""


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
        self._kept: set[str] = set()  # objects that are in the cache
        self._memories: frozenset[str] = frozenset()
        self._offers = Offers()
        #: Articles, and files of memories, whose offers are not as they are in the index.
        self._new_articles: set[str] = set()
        self._new_memories: set[str] = set()

    def look(self) -> list[Review]:
        """Take in what was added or removed since the last look; return what was added.

        Nothing of what the first look finds is said to be new.
        """
        folder = self._files.folder
        memories = frozenset(memory_files(folder) if folder else ())
        self._new_memories |= memories ^ self._memories
        self._memories = memories
        store = ReviewStore(self._files)
        there = set(store.names())
        is_first = self._groups is None
        known = _cached(self._files) if self._groups is None else self._groups
        held = _files_in(known)
        if is_first:
            self._kept = held
        elif there == held:
            return []
        new = _read(store, there - held)
        groups, before = _updated(known, new, gone=held - there), self._groups or {}
        self._new_articles |= {
            name for name in {*before, *groups} if before.get(name) is not groups.get(name)
        }
        held = _files_in(groups)
        if len(held ^ self._kept) >= (_NUM_WORTH_KEEPING if folder else 1):
            _write_cache(self._files, groups)
            self._kept = held
        of_source = defaultdict(list)
        for name, group in groups.items():
            for source in group.sources:
                of_source[source].append(name)
        self._groups, self._of_source = groups, dict(of_source)
        return [] if is_first else [review for _, review in new]

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

    def offers(
        self, source: str, direction: str, *, names: Collection[str] = ()
    ) -> tuple[Offer, ...]:
        """Return the English that people gave a sentence elsewhere, the last one first.

        In other articles, and in memories that were taken in. One text is offered once; the
        direction is as `vi->en`. What is of these names, an article's own, is left out.
        """
        self._known()
        for name in self._new_articles:
            self._offers.replace(("article", name), self._said_in(name))
        for file in self._new_memories:
            self._offers.replace(("memory", file), self._remembered_in(file))
        self._new_articles, self._new_memories = set(), set()
        return self._offers.of(source, direction, without=names)

    def _said_in(self, name: str) -> Iterator[tuple[str, str, Offer]]:
        for one in self.standings((name,)):
            if one.part is Part.SENTENCE and one.text:
                offer = Offer(one.text, name, one.reviewer, one.time)
                yield one.direction, one.source, offer

    def _remembered_in(self, file: str) -> Iterator[tuple[str, str, Offer]]:
        if (folder := self._files.folder) is None or file not in self._memories:
            return
        where = f"memory {memory_name(file)}"
        for one in read_memory(folder, file):
            yield one.direction, one.source, Offer(one.text, where, one.reviewer, one.time)

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


def _read(store: ReviewStore, files: Iterable[str]) -> list[tuple[str, Review]]:
    """Return the reviews in these objects, oldest first, without what is torn."""
    found = ((file, store.get(file)) for file in sorted(files))
    return [(file, review) for file, review in found if review is not None]


def _updated(
    groups: Mapping[str, _Group], new: Iterable[tuple[str, Review]], *, gone: set[str]
) -> dict[str, _Group]:
    """Return the groups as the folder is now; those of which nothing has changed are the same."""
    added: defaultdict[str, list[tuple[str, Review]]] = defaultdict(list)
    for file, review in new:
        added[_group_of(review)].append((file, review))
    touched = set(added)
    if gone:
        touched |= {name for name, group in groups.items() if not gone.isdisjoint(group.files)}
    after = dict(groups)
    for name in touched:
        before = after.pop(name).items() if name in after else ()
        items = [(file, review) for file, review in before if file not in gone]
        items += added[name]
        if items:
            after[name] = _group(items)
    return after


def _files_in(groups: Mapping[str, _Group]) -> set[str]:
    return {file for group in groups.values() for file in group.files}


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
