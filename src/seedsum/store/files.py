"""Single files: never half there, and on the disk where that matters."""

from __future__ import annotations

import os
import re
from pathlib import Path

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


def write_file(path: Path, data: bytes) -> None:
    """Write a file that is never half there; not safe against power loss."""
    write_temporary(path.parent, data, durable=False).replace(path)


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


def sync_folder(folder: Path) -> None:
    """Bring renames in the folder to the disk."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
