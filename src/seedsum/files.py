"""Single files: never half there, and on the disk where that matters."""

from __future__ import annotations

import dataclasses
import hashlib
import json
import os
import re
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import Enum
from io import FileIO
from pathlib import Path, PurePath
from typing import Any

#: Our own folder in the output: the lock, and what makes the next run faster.
STATE_FOLDER = ".seedsum"

#: What a file is called until it takes its place; a killed run leaves such files behind.
TEMPORARY = re.compile(r"\.seedsum-[0-9a-f]{16}\.tmp")


def read_if_there(path: Path) -> bytes | None:
    """Return a file's bytes, or None where there is no file.

    Raises:
        OSError: There is something, but it cannot be read.
    """
    try:
        return path.read_bytes()
    except (FileNotFoundError, NotADirectoryError):
        return None


def write_file(path: Path, data: bytes, *, durable: bool = False) -> None:
    """Write a file that is never half there, and safe against power loss if `durable`.

    Its folder is made if it is not there.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = write_temporary(path.parent, data, durable=durable)
    try:
        temporary.replace(path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
    if durable:
        sync_folder(path.parent)


def write_temporary(folder: Path, data: bytes, *, durable: bool) -> Path:
    """Return a new temporary file with the data, on the disk if `durable`; removed on failure."""
    path = folder / f".seedsum-{os.urandom(8).hex()}.tmp"
    with path.open("xb") as file:
        try:
            file.write(data)
            file.flush()
            if durable:
                os.fsync(file.fileno())
        except BaseException:
            path.unlink(missing_ok=True)
            raise
    return path


def json_text(value: Any, **options: Any) -> str:
    """Return JSON in any script, with `json.dumps`'s other options, that can be written as UTF-8.

    A lone surrogate cannot; as an escape it survives.
    """
    text = json.dumps(value, ensure_ascii=False, **options)
    return re.sub("[\ud800-\udfff]", lambda found: f"\\u{ord(found[0]):04x}", text)


def sync_folder(folder: Path) -> None:
    """Bring renames in the folder to the disk."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def sha256_bytes(data: bytes) -> str:
    """Return the sha256 of the bytes, in hex."""
    return hashlib.sha256(data).hexdigest()


def sha256_file(path: Path | str) -> str:
    """Return the sha256 of a file's bytes, in hex; reads it in pieces, whatever its size.

    Raises:
        OSError: The file cannot be read.
    """
    digest = hashlib.sha256()
    with FileIO(path) as file:
        # `hashlib.file_digest` clears a buffer of 256 KiB first, which for 10,000 articles of 10 KB
        # takes longer than hashing them.
        while piece := file.read(1 << 18):
            digest.update(piece)
    return digest.hexdigest()


#: How much older than its hash a file must be for its stamp to be trusted: clocks and file systems
#: count time in steps, and what is written twice within one may look the same both times.
SETTLING_NS = 2_000_000_000


@dataclass(frozen=True, slots=True)
class Stamp:
    """What a file looked like when it was hashed; times in nanoseconds since 1970.

    Only a settled one is trusted: the file had not been changed for two seconds then.
    """

    size: int
    mtime_ns: int
    inode: int | str  # the ETag of an object in a store
    sha256: str
    settled: bool = True


def stamp(
    path: Path | str,
    known: Stamp | None = None,
    *,
    digest: Callable[[Path | str], str] | None = None,
) -> Stamp:
    """Return a file's stamp: `known` where the file still looks like it, otherwise hashed again.

    `digest` hashes it, or whatever else stands for the hash.

    Raises:
        OSError: The file cannot be read.
    """
    look = _look(path)
    if known and known.settled and look == (known.size, known.mtime_ns, known.inode):
        return known
    began = time.time_ns()
    sha256 = (digest or sha256_file)(path)
    settled = look == _look(path) and look[1] <= began - SETTLING_NS
    return Stamp(*look, sha256, settled)


def _look(path: Path | str) -> tuple[int, int, int]:
    status = os.stat(path)  # noqa: PTH116 - making a `Path` takes as long
    return status.st_size, status.st_mtime_ns, status.st_ino


def canonical_json(value: object) -> str:
    """Return the one JSON text of a value: sorted keys, no spaces, characters as they are.

    Dataclasses become objects, enums their value, tuples lists, sets sorted lists. Keys are texts.

    Raises:
        TypeError: The value holds a path (paths differ between machines), or a type without one
            obvious JSON form.
        ValueError: The value holds a number that is not finite.
    """
    return json.dumps(
        value,
        default=_plain,
        ensure_ascii=False,
        sort_keys=True,
        separators=(",", ":"),
        allow_nan=False,
    )


def sha256_json(value: object) -> str:
    """Return the sha256 of the value's canonical JSON, in hex.

    Raises:
        TypeError, ValueError: See `canonical_json`.
    """
    # A lone surrogate (a file name that is not UTF-8) has no UTF-8 form and must still be hashed.
    return sha256_bytes(canonical_json(value).encode("utf-8", "surrogatepass"))


def _plain(value: object) -> object:
    """Return what `json` does not know in types that it writes in one way only."""
    if isinstance(value, Enum):
        return value.value
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {item.name: getattr(value, item.name) for item in dataclasses.fields(value)}
    if isinstance(value, Mapping):
        return dict(value)
    if isinstance(value, set | frozenset):
        return sorted(value, key=canonical_json)
    if isinstance(value, PurePath):
        raise TypeError(f"the path {value} differs between machines and cannot be part of a key")
    raise TypeError(f"{type(value).__name__} has no canonical JSON form")
