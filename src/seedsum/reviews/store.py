"""Reviews on the disk: one small immutable JSON object each; nothing is locked or appended."""

from __future__ import annotations

import dataclasses
import getpass
import json
import os
import secrets
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Protocol

from seedsum import __version__
from seedsum.files import read_if_there, write_file
from seedsum.records import Part, Review, Verdict

#: How ids begin: they sort by time.
_STAMP = "%Y%m%dT%H%M%S.%fZ"

#: Who has made the reviews that are taken from edited files.
FILE_REVIEWER = "file"

#: What is larger is no review: the page takes texts of up to 200,000 characters, and six of them.
MAX_BYTES = 5_000_000

#: The folder of the reviews, in the output.
FOLDER = "reviews"


def new_review(
    part: Part, verdict: Verdict, *, document: str, source_sha256: str, **more: Any
) -> Review:
    """Return a review made now, by whoever runs this where `reviewer` is not given."""
    now = datetime.now(UTC)
    return Review(
        # Ids sort by time; two people who press a key at the same moment get two.
        id=f"{now:{_STAMP}}-{secrets.token_hex(4)}",
        time=now.isoformat(timespec="microseconds"),
        reviewer=more.pop("reviewer", "") or reviewer_name(),
        document=document,
        source_sha256=source_sha256,
        part=part,
        verdict=verdict,
        software_version=__version__,
        **more,
    )


def later(review: Review, than: str) -> Review:
    """Return a review as it is, or just after a time that is not before its own."""
    if review.time > than:
        return review
    try:
        time = datetime.fromisoformat(than).astimezone(UTC) + timedelta(microseconds=1)
    except OverflowError:  # the end of time
        return review
    return dataclasses.replace(
        review,
        id=f"{time:{_STAMP}}-{review.id.rpartition('-')[2]}",
        time=time.isoformat(timespec="microseconds"),
    )


def reviewer_name() -> str:
    """Return who reviews here, where nobody says otherwise: `SEEDSUM_REVIEWER`, or the account."""
    try:
        return os.environ.get("SEEDSUM_REVIEWER") or getpass.getuser()
    except (KeyError, OSError):  # a container's user may have no account
        return "unknown"


class File(Protocol):
    """What a listing says of a file."""

    @property
    def name(self) -> str:
        """Its name below the output."""


class Files(Protocol):
    """What is needed of the place where an output is: a folder, or a `Place` of any kind."""

    folder: Path | None  # on this machine

    def entries(self, under: str = "", *, suffixes: tuple[str, ...] = ()) -> Iterator[File]:
        """Yield the files below a folder that end so; none where it is not there."""

    def read(self, name: str) -> bytes | None:
        """Return all of a file, None where there is none."""

    def write(self, name: str, data: bytes, *, durable: bool = False) -> None:
        """Put a file, which is there as a whole or not at all."""


@dataclass(frozen=True, slots=True)
class _Named:
    name: str


class _Folder:
    """`Files` of a folder."""

    def __init__(self, folder: Path) -> None:
        self.folder: Path | None = folder
        self._folder = folder

    def entries(self, under: str = "", *, suffixes: tuple[str, ...] = ()) -> Iterator[File]:
        try:
            names = os.listdir(self._folder / under)  # noqa: PTH208 - of 50,000, names are enough
        except (FileNotFoundError, NotADirectoryError):
            return
        for name in names:
            if name.endswith(suffixes) and not name.startswith("."):
                yield _Named(f"{under}/{name}")

    def read(self, name: str) -> bytes | None:
        return read_if_there(self._folder / name)

    def write(self, name: str, data: bytes, *, durable: bool = False) -> None:
        write_file(self._folder / name, data, durable=durable)


def files_of(output: Path | Files) -> Files:
    """Return the files of an output."""
    return _Folder(output) if isinstance(output, Path) else output


class ReviewStore:
    """The reviews in an output."""

    def __init__(self, output: Path | Files) -> None:
        self._files = files_of(output)

    def add(self, review: Review) -> None:
        """Keep a review: it is on the disk when this returns, or not there at all.

        Raises:
            OSError: It cannot be written.
        """
        text = json.dumps(dataclasses.asdict(review), ensure_ascii=False, indent=1)
        data = (text + "\n").encode("utf-8", "surrogatepass")
        self._files.write(f"{FOLDER}/{review.id}.json", data, durable=True)

    def read(self) -> list[Review]:
        """Return all reviews, oldest first; what is no review is left out."""
        found = (self.get(name) for name in sorted(self.names()))
        return [review for review in found if review is not None]

    def names(self) -> Iterator[str]:
        """Yield the names of the objects, in any order."""
        for entry in self._files.entries(FOLDER, suffixes=(".json",)):
            yield entry.name.removeprefix(f"{FOLDER}/")

    def get(self, name: str) -> Review | None:
        """Return the review of that name; None where it is torn, none, or cannot be read."""
        path = f"{FOLDER}/{name}"
        try:
            if (folder := self._files.folder) is not None and not _could_be(folder / path):
                return None
            return parsed(self._files.read(path))
        except OSError:  # whoever looks next sees it, if it can be read then
            return None


def _could_be(path: Path) -> bool:
    """Return whether a file may hold a review: a link may lead anywhere, a pipe never ends."""
    look = path.lstat()
    return stat.S_ISREG(look.st_mode) and look.st_size <= MAX_BYTES


def parsed(data: bytes | None) -> Review | None:
    """Return the review that a file holds; None where it is torn, or none."""
    if data is None or len(data) > MAX_BYTES:
        return None
    try:
        return review_of(json.loads(data.decode("utf-8", "surrogatepass")))
    except (ValueError, RecursionError):
        return None


_FIELDS = {field.name: field for field in dataclasses.fields(Review)}
_REQUIRED = {name for name, field in _FIELDS.items() if field.default is dataclasses.MISSING}


def review_of(stated: object) -> Review | None:
    """Return the review that a JSON object is, without keys that a later version may have added."""
    if not isinstance(stated, dict) or not stated.keys() >= _REQUIRED:
        return None
    values: dict[str, Any] = {key: value for key, value in stated.items() if key in _FIELDS}
    codes = values.pop("dismissed", [])
    if not isinstance(codes, list) or not all(
        isinstance(text, str) for text in (*values.values(), *codes)
    ):
        return None
    try:
        values["part"], values["verdict"] = Part(values["part"]), Verdict(values["verdict"])
        if datetime.fromisoformat(values["time"]).tzinfo is None:
            return None
    except ValueError:
        return None
    return Review(**values, dismissed=tuple(codes))
