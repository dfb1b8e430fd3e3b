"""A place in an object store: objects put whole, a lease in place of the kernel's lock."""

from __future__ import annotations

import io
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from seedsum.errors import EditedError, UsageError
from seedsum.files import STATE_FOLDER
from seedsum.output.places import Content, Entry, Place
from seedsum.output.places.faults import ChangedError, locked
from seedsum.output.places.lease import Lease, Leases
from seedsum.output.places.stores import Store, store_of
from seedsum.output.seal import is_sealed

#: What is in memory of an object that goes to the disk.
_PIECE_BYTES = 16_000_000
#: Where the leases of parts are, each in a folder.
_PARTS = f"{STATE_FOLDER}/shards"
_POLL_SECONDS = 1.0
#: Tries to put a file that something else was put in place of meanwhile.
_NUM_TRIES = 3


def object_place(address: str) -> ObjectPlace:
    """Return the place of an address.

    Raises:
        UsageError: There is no such kind of store, or what reads it is not installed.
    """
    store, key = store_of(address)
    return ObjectPlace(address, store, f"{key}/" if key else "")


class ObjectPlace:
    """Objects whose keys begin alike; see `Place`."""

    #: A request takes some ten milliseconds, nearly all of it waiting.
    num_at_once = 16

    def __init__(
        self, address: str, store: Store, prefix: str, *, lease: Lease | None = None
    ) -> None:
        self.folder: Path | None = None
        self._address, self._store, self._prefix = address, store, prefix
        self._lease = lease
        self._is_part = False
        self._leases = Leases(store, prefix, address)

    def show(self, name: str = "") -> str:
        """Return the address."""
        return f"{self._address}/{name}" if name else self._address

    def is_there(self, under: str = "") -> bool:
        """Return whether there is any object."""
        prefix = f"{self._prefix}{under}/" if under else self._prefix
        return next(iter(self._store.list(prefix, most=1)), None) is not None

    def open(self, name: str) -> BinaryIO:
        """Return an object's bytes, all of them in memory."""
        data = self.read(name)
        if data is None:
            raise FileNotFoundError(2, "No such object", self.show(name))
        return io.BytesIO(data)

    def read(self, name: str) -> bytes | None:
        """Return an object's bytes."""
        found = self._store.get(self._prefix + name)
        return None if found is None else found.data

    def pieces(self, name: str) -> Iterator[bytes]:
        """Yield an object in pieces, all of the same version."""
        found = self._store.head(self._prefix + name)
        if found is None:
            raise FileNotFoundError(2, "No such object", self.show(name))
        for begin in range(0, found.size_bytes, _PIECE_BYTES):
            end = min(begin + _PIECE_BYTES, found.size_bytes)
            yield self._store.part(found, begin, end)

    def content(self, name: str) -> Content | None:
        """Return an object's bytes and ETag, and whether it was put too late."""
        found = self._store.get(self._prefix + name)
        if found is None:
            return None
        is_late = found.lease is not None and self._leases.is_late(found.lease, found.mtime_ns)
        return Content(found.data, found.etag, is_late)

    def entry(self, name: str) -> Entry | None:
        """Return an object's size, time and ETag."""
        found = self._store.head(self._prefix + name)
        return None if found is None else Entry(name, *found[1:])

    def entries(
        self, under: str = "", *, suffixes: tuple[str, ...] = (), hidden: bool = False
    ) -> Iterator[Entry]:
        """Yield the objects, by name."""
        prefix = f"{self._prefix}{under}/" if under else self._prefix
        for item in self._store.list(prefix):
            name = item.key[len(self._prefix) :]
            below = item.key[len(prefix) :]
            if suffixes and not name.endswith(suffixes):
                continue
            if not hidden and (below.startswith(".") or "/." in below):
                continue
            if below and not below.endswith("/"):  # what some tools put for a folder
                yield Entry(name, *item[1:])

    def write(self, name: str, data: bytes, *, durable: bool = False) -> None:
        """Put an object."""
        self._check()
        self._store.put(self._prefix + name, data, lease=self._number)

    def create(self, name: str, data: bytes) -> bool:
        """Put an object where there is none: the store decides who was first."""
        self._check()
        try:
            self._store.put(self._prefix + name, data, only_if="", lease=self._number)
        except ChangedError:
            return False
        return True

    def delete(self, name: str) -> None:
        """Remove an object."""
        self._check()
        self._store.delete(self._prefix + name)

    def write_pair(
        self,
        texts: Mapping[str, bytes | None],
        record: tuple[str, bytes],
        *,
        before: Mapping[str, Content],
    ) -> None:
        """Put what differs, and the record at the end, each only in place of what was seen there.

        While texts are new and the record is not yet, its hashes say so. The old one is not removed
        first: a store removes without conditions, and this run may have lost its lease by then.
        """
        for name, data in texts.items():
            seen = before.get(name)
            if data is None and seen is not None:
                self.delete(name)
            elif data is not None and (seen is None or seen.data != data):
                self._put(name, data, seen)
        self._put(*record, None, is_record=True)

    def _put(
        self, name: str, data: bytes, seen: Content | None, *, is_record: bool = False
    ) -> None:
        """Put an object in place of what was seen there, or of what is ours.

        Raises:
            EditedError: Somebody else's is there now.
        """
        for _ in range(_NUM_TRIES):
            self._check()
            etag = str(seen.version) if seen else ""
            try:
                key = self._prefix + name
                self._store.put(key, data, only_if=etag, lease=self._number)
                return
            except ChangedError:
                seen = self.content(name)
                if seen is not None and not is_record:
                    if seen.data == data:
                        return
                    if not is_sealed(seen.data):
                        break
        raise EditedError(
            f"{self.show(name)} was changed by somebody meanwhile, and was left as it is; the next"
            " run looks at it again"
        )

    @contextmanager
    def lock(self, *, wait_seconds: float = 0.0, part: str = "") -> Iterator[Place]:
        """Hold the lease of the place, or that of a part.

        Where the kind of store is not proven to keep runs apart, those over parts go without, and
        whoever starts them sees to it that each part is done by one.
        """
        if not self._store.keeps_apart:
            if not part:
                raise UsageError(
                    f"{self._address}: it is not proven that this kind of store lets only one of"
                    " two runs in; use s3:// or a folder, or --shard, and start each part once"
                )
            yield self
            return
        deadline = time.monotonic() + wait_seconds
        leases = self._leases_of(part) if part else self._leases
        with leases.hold(wait_seconds=wait_seconds) as lease:
            while holder := self._other(part):
                if time.monotonic() >= deadline:
                    raise locked(self._address, holder)
                time.sleep(_POLL_SECONDS)
            yield self._under(lease, is_part=bool(part))

    def _leases_of(self, part: str) -> Leases:
        return Leases(self._store, f"{self._prefix}{_PARTS}/{part}/", self._address)

    def _other(self, part: str) -> str:
        """Return who writes what a run over this part, or over the whole, would write too."""
        if part and (holder := self._leases.holder()):
            return holder
        _, _, count = part.rpartition("-")
        entries = self.entries(_PARTS, suffixes=(".claim",), hidden=True)
        parts = {entry.name.removeprefix(f"{_PARTS}/").partition("/")[0] for entry in entries}
        for other in sorted(parts):
            meets = not part or not other.endswith(f"-{count}")
            if meets and (holder := self._leases_of(other).holder()):
                return f"shard {other.replace('-of-', '/')}, {holder}"
        return ""

    @property
    def run(self) -> str:
        """The run of the lease; empty without one, or with that of a part."""
        return self._lease.run if self._lease and not self._is_part else ""

    def joined(self, run: str) -> Place:
        """Return the place under the lease of that run, which goes on renewing it."""
        return self._under(self._leases.joined(run)) if run else self

    def _under(self, lease: Lease, *, is_part: bool = False) -> ObjectPlace:
        held = ObjectPlace(self._address, self._store, self._prefix, lease=lease)
        held._leases = self._leases
        held._is_part = is_part
        return held

    def clean(self) -> int:
        """Do nothing: an object is there whole, or not at all."""
        return 0

    @property
    def _number(self) -> int | None:
        # Those of a part's leases say nothing beside those of the place.
        return self._lease.number if self._lease and not self._is_part else None

    def _check(self) -> None:
        if self._lease is not None:
            self._lease.check()
