"""Translation memories from elsewhere: English that people gave sentences of no article of ours.

One immutable file for each that was taken in, `OUTPUT/reviews/memories/NAME-HASH.jsonl`, so that a
memory of many thousand sentences is not as many objects. What is in them is offered, never applied.
Removing a file takes its offers back.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path

from seedsum.files import sha256_bytes, write_file
from seedsum.reviews.store import FOLDER

_MEMORIES = "memories"
_SUFFIX = ".jsonl"
_NUM_DIGITS = 12
_MAX_NAME_CHARS = 60


@dataclass(frozen=True, slots=True)
class Remembered:
    """A sentence and the English that somebody gave it elsewhere."""

    direction: str  # `vi->en`
    source: str
    text: str
    reviewer: str = ""  # as the memory states it
    time: str = ""  # ISO 8601; empty where the memory states none


def add_memory(output: Path, name: str, sentences: Iterable[Remembered]) -> Path | None:
    """Keep a memory, on the disk when this returns; return its file, None if it is there already.

    Sentences that are in it twice are kept once.

    Raises:
        OSError: It cannot be written.
    """
    distinct = dict.fromkeys(sentences)
    lines = (json.dumps(asdict(one), ensure_ascii=False) + "\n" for one in distinct)
    data = "".join(lines).encode("utf-8", "surrogatepass")
    plain = re.sub(r"[^\w.-]+", "-", name)[:_MAX_NAME_CHARS].strip("-.") or "memory"
    path = output / FOLDER / _MEMORIES / f"{plain}-{sha256_bytes(data)[:_NUM_DIGITS]}{_SUFFIX}"
    if not distinct or path.exists():
        return None
    write_file(path, data, durable=True)
    return path


def memory_files(output: Path) -> tuple[str, ...]:
    """Return the names of the memories' files, sorted."""
    with suppress(FileNotFoundError, NotADirectoryError):
        names = (path.name for path in (output / FOLDER / _MEMORIES).iterdir())
        return tuple(sorted(n for n in names if n.endswith(_SUFFIX) and not n.startswith(".")))
    return ()


def read_memory(output: Path, file: str) -> Iterator[Remembered]:
    """Yield the sentences of a memory; lines that are torn are left out."""
    with suppress(OSError):
        data = (output / FOLDER / _MEMORIES / file).read_bytes()
        for line in data.decode("utf-8", "surrogatepass").split("\n"):
            with suppress(ValueError, TypeError):
                if line:
                    yield Remembered(**json.loads(line))


def memory_name(file: str) -> str:
    """Return what a memory was called when it was taken in."""
    return file[: -len(_SUFFIX) - _NUM_DIGITS - 1]
