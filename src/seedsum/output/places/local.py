"""A folder on this machine: files that take their places at once, and the kernel's lock."""

from __future__ import annotations

import contextlib
import os
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from seedsum.errors import DocumentError, EditedError
from seedsum.files import TEMPORARY, read_if_there, sync_folder, write_file, write_temporary
from seedsum.output.places import Content, Entry, Place
from seedsum.output.places.flock import folder_lock, part_of, without_parts
from seedsum.reviews.store import FOLDER as REVIEWS

#: Nobody takes as long to write a review.
_OLD_SECONDS = 3600.0


class LocalPlace:
    """A folder; see `Place`."""

    num_at_once = 1  # the disk's cache answers at once

    def __init__(self, folder: Path, *, is_shared: bool = False, run: str = "") -> None:
        self.folder: Path | None = folder
        self.run = run
        self._folder = folder
        self._is_shared = is_shared  # with runs over other parts

    def show(self, name: str = "") -> str:
        """Return the path."""
        return str(self._folder / name)

    def is_there(self, under: str = "") -> bool:
        """Return whether the folder is there."""
        return (self._folder / under).is_dir()

    def open(self, name: str) -> BinaryIO:
        """Return an open file."""
        return (self._folder / name).open("rb")

    def read(self, name: str) -> bytes | None:
        """Return a file's bytes."""
        return read_if_there(self._folder / name)

    def pieces(self, name: str) -> Iterator[bytes]:
        """Yield a file in pieces."""
        with self.open(name) as file:
            while piece := file.read(1 << 20):
                yield piece

    def content(self, name: str) -> Content | None:
        """Return a file's bytes; under the lock nobody else changes it, so it has no version."""
        data = self.read(name)
        return None if data is None else Content(data)

    def entry(self, name: str) -> Entry | None:
        """Return a file's size and times."""
        path = self._folder / name
        try:
            status = path.stat()
        except OSError:
            return None
        return Entry(name, status.st_size, status.st_mtime_ns, status.st_ctime_ns)

    def entries(
        self, under: str = "", *, suffixes: tuple[str, ...] = (), hidden: bool = False
    ) -> Iterator[Entry]:
        """Yield the files; links to folders are not followed, and what cannot be listed is not."""
        at = len(os.path.join(self._folder, ""))  # noqa: PTH118 - its length, with the slash
        folders = [str(self._folder / under)]
        while folders:
            with contextlib.suppress(OSError), os.scandir(folders.pop()) as found:
                for entry in found:
                    if entry.name.startswith(".") and not hidden:
                        continue
                    if entry.is_dir(follow_symlinks=False):
                        folders.append(entry.path)
                    elif (not suffixes or entry.name.endswith(suffixes)) and entry.is_file():
                        look = entry.stat()
                        name = entry.path[at:]
                        yield Entry(name, look.st_size, look.st_mtime_ns, look.st_ctime_ns)

    def write(self, name: str, data: bytes, *, durable: bool = False) -> None:
        """Write beside the place, then rename."""
        write_file(self._folder / name, data, durable=durable)

    def create(self, name: str, data: bytes) -> bool:
        """Write beside the place, then link: of many writers the kernel lets one."""
        path = self._folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        temporary = write_temporary(path.parent, data, durable=False)
        try:
            path.hardlink_to(temporary)
        except FileExistsError:
            return False
        finally:
            temporary.unlink(missing_ok=True)
        return True

    def delete(self, name: str) -> None:
        """Remove a file."""
        (self._folder / name).unlink(missing_ok=True)

    def write_pair(
        self,
        texts: Mapping[str, bytes | None],
        record: tuple[str, bytes],
        *,
        before: Mapping[str, Content],
    ) -> None:
        """Write all files beside their places, on the disk; then the old record goes first.

        What was there is still there until all are written, or is without a record. A person may
        have saved a file since it was read: that one is left.
        """
        record_path = self._folder / record[0]
        if not record_path.parent.resolve().is_relative_to(self._folder.resolve()):
            raise DocumentError(
                f"{record_path.parent} is a link that leads out of the output folder; remove it"
            )
        record_path.parent.mkdir(parents=True, exist_ok=True)
        temporary: dict[str, Path] = {}
        try:
            for name, data in (*texts.items(), record):
                if data is not None:
                    folder = (self._folder / name).parent
                    temporary[name] = write_temporary(folder, data, durable=True)
            for name, content in before.items():
                if self.read(name) not in (content.data, None):
                    raise EditedError(f"{self._folder / name} was edited meanwhile; it was left")
            record_path.unlink(missing_ok=True)
            for name, data in texts.items():
                if data is None:
                    self.delete(name)
                else:
                    temporary.pop(name).replace(self._folder / name)
            temporary.pop(record[0]).replace(record_path)
            sync_folder(record_path.parent)
        finally:
            for left in temporary.values():
                left.unlink(missing_ok=True)

    @contextmanager
    def lock(self, *, wait_seconds: float = 0.0, part: str = "") -> Iterator[Place]:
        """Take the kernel's lock: it ends with the process, however that ends."""
        with folder_lock(self._folder, wait_seconds=wait_seconds, part=part) as run:
            yield LocalPlace(self._folder, is_shared=bool(part), run=run)

    def joined(self, run: str) -> Place:
        """Return the folder to put pairs into, each while no other run comes in."""
        return JoinedPlace(self._folder, run=run) if run else self

    def clean(self) -> int:
        """Remove the temporary files of runs, and of processes of this one, that were killed.

        Reviewers write without the lock, and other runs beside one over a part: theirs go when they
        are old. While somebody puts a pair for this run, nothing does.
        """
        with without_parts(self._folder, self.run) as is_free:
            return self._clean() if is_free else 0

    def _clean(self) -> int:
        num_removed = 0
        reviews = self._folder / REVIEWS
        old = time.time() - _OLD_SECONDS
        for folder, _, names in os.walk(self._folder):
            for name in names:
                if not TEMPORARY.fullmatch(name):
                    continue
                path = Path(folder, name)
                with contextlib.suppress(FileNotFoundError):
                    is_alone = not self._is_shared and not path.is_relative_to(reviews)
                    if is_alone or path.stat().st_mtime < old:
                        path.unlink()
                        num_removed += 1
        return num_removed


class JoinedPlace(LocalPlace):
    """A folder that is written to as a part of a run elsewhere, which has its lock."""

    def write(self, name: str, data: bytes, *, durable: bool = False) -> None:
        """Write a file if the run still has the lock."""
        with part_of(self._folder, self.run):
            super().write(name, data, durable=durable)

    def write_pair(
        self,
        texts: Mapping[str, bytes | None],
        record: tuple[str, bytes],
        *,
        before: Mapping[str, Content],
    ) -> None:
        """Put a pair if the run still has the lock, and keep others out meanwhile."""
        with part_of(self._folder, self.run):
            super().write_pair(texts, record, before=before)
