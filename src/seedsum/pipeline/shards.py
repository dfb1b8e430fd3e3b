"""`--shard I/N`: a run over its own part of the articles, while others do the other parts.

Which part an article is of is told by its name alone, so that every machine tells the same whatever
it lists first. What a shard has to keep is in a folder of its own, `.seedsum/shards/I-of-N/`; the
index and what is known of the whole output are left to the next run without `--shard`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from seedsum.errors import UsageError
from seedsum.files import STATE_FOLDER, sha256_bytes
from seedsum.output.places import Place

_STATED = re.compile(r"(\d{1,9})/(\d{1,9})", re.ASCII)
_FOLDER = f"{STATE_FOLDER}/shards"


@dataclass(frozen=True, slots=True)
class Shard:
    """Part `number` (from 1) of `count`; together they are all articles, each in one."""

    number: int
    count: int

    @classmethod
    def of(cls, stated: str) -> Shard:
        """Return what `3/8` says.

        Raises:
            UsageError: It is not that.
        """
        found = _STATED.fullmatch(stated)
        shard = cls(int(found[1]), int(found[2])) if found else cls(0, 0)
        if not 1 <= shard.number <= shard.count:
            raise UsageError(
                f"--shard {stated!r}: give which part of how many, from 1/8 to 8/8 for eight"
            )
        return shard

    @property
    def part(self) -> str:
        """What its lock and its folder are called."""
        return f"{self.number}-of-{self.count}"

    def holds(self, name: str) -> bool:
        """Return whether an article is of this part."""
        digest = sha256_bytes(name.encode("utf-8", "surrogatepass"))
        return int(digest[:16], 16) % self.count == self.number - 1


def state_file(name: str, shard: Shard | None) -> str:
    """Return where a run keeps something: `failures.json`, `doing.json`, `last-run.json`."""
    return f"{_FOLDER}/{shard.part}/{name}" if shard else f"{STATE_FOLDER}/{name}"


def state_files(place: Place, name: str) -> Iterator[str]:
    """Yield where shards have kept that."""
    for entry in place.entries(_FOLDER, suffixes=(name,), hidden=True):
        yield entry.name


def have_run(place: Place) -> bool:
    """Return whether shards have run since the last run without."""
    return next(state_files(place, "last-run.json"), None) is not None


def end(place: Place) -> None:
    """Forget how shards ended: a run without one has said how all is."""
    for file in state_files(place, "last-run.json"):
        place.delete(file)
