"""What is packed: gzip files, and documents that are ZIP archives, within limits."""

from __future__ import annotations

import codecs
import gzip
import io
import os
import struct
import tempfile
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, cast

from seedsum.errors import ReadError
from seedsum.reading.kept import kept_by_file
from seedsum.reading.xml import refuse_entities
from seedsum.records import MAX_SIZE_BYTES

_GZIP_MAGIC = b"\x1f\x8b"
#: Most XML of an office document or a book. The largest novels have 5 MB; a tree takes 30 times it.
_MAX_XML_BYTES = 20_000_000
#: Most bytes of an unpacked file of many articles, which goes to the disk.
_MAX_UNPACKED_BYTES = 10_000_000_000
#: What zipfile raises where an archive is broken, besides its own.
_ZIP_FAULTS = (
    *(zipfile.BadZipFile, zlib.error, OSError, EOFError, ValueError, RuntimeError),
    *(NotImplementedError, struct.error),
)
_XML_SUFFIXES = (".xml", ".rels", ".opf", ".ncx", ".xhtml", ".html", ".htm")


def unzipped(data: bytes, *, max_size_bytes: int = MAX_SIZE_BYTES) -> bytes:
    """Return what gzip has packed; bytes that are not gzip's as they are.

    Raises:
        ReadError: It is broken, or holds more than the limit.
    """
    if not data.startswith(_GZIP_MAGIC):
        return data
    try:
        with gzip.open(io.BytesIO(data)) as file:
            unpacked = file.read(max_size_bytes + 1)
    except (OSError, EOFError, zlib.error) as error:
        raise ReadError(
            f"the gzip file is broken or cut off ({error}); get it again, or unpack it yourself"
        ) from error
    if len(unpacked) > max_size_bytes:
        raise ReadError(
            f"unpacks to more than the limit of {max_size_bytes:,} bytes; split it into one file"
            " per article"
        )
    return unpacked


def open_file(path: Path) -> BinaryIO:
    """Return a file of many articles opened for reading at any place, unpacked if it is gzip's."""
    file = path.open("rb")
    if file.read(len(_GZIP_MAGIC)) != _GZIP_MAGIC:
        file.seek(0)
        return file
    file.close()
    unpacked = _unpacked(path).fileno()
    return cast(BinaryIO, os.fdopen(os.open(f"/dev/fd/{unpacked}", os.O_RDONLY), "rb"))


def skip_mark(file: BinaryIO, what: str) -> None:
    """Move a file that is at its beginning behind its byte-order mark; one in UTF-16 is refused."""
    start = file.read(len(codecs.BOM_UTF8))
    if start.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        raise ReadError(f"{what} in UTF-16 or UTF-32; save it as UTF-8")
    file.seek(len(start) if start == codecs.BOM_UTF8 else 0)


@kept_by_file
def _unpacked(path: Path) -> BinaryIO:
    """Return a nameless file with what is in a gzip file, kept while it is one of the last."""
    target = tempfile.TemporaryFile()  # noqa: SIM115 - it stays open
    try:
        with gzip.open(path) as source:
            while piece := source.read(1 << 20):
                target.write(piece)
                if target.tell() > _MAX_UNPACKED_BYTES:
                    raise ReadError(
                        f"unpacks to more than {_MAX_UNPACKED_BYTES:,} bytes; split it into smaller"
                        " files"
                    )
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        target.close()
        raise ReadError(
            f"the gzip file is broken or cut off ({error}); get it again, or unpack it yourself"
        ) from error
    target.flush()
    return cast(BinaryIO, target)


def read_whole(path: Path, *, max_size_bytes: int = MAX_SIZE_BYTES) -> bytes:
    """Return the bytes of a file that must be in memory as a whole, unpacked if it is gzip's."""
    if (size := path.stat().st_size) > max_size_bytes:
        raise ReadError(
            f"{size:,} bytes, more than the limit of {max_size_bytes:,} for files of this type;"
            " save it as JSON lines (.jsonl), which may be of any size"
        )
    return unzipped(path.read_bytes(), max_size_bytes=max_size_bytes)


class Archive:
    """The parts of a document that is a ZIP archive, checked before anything is unpacked."""

    def __init__(self, data: bytes, *, what: str) -> None:
        """Open it.

        Raises:
            ReadError: It is none, broken, encrypted, or holds more XML than any article.
        """
        self._what = what
        try:
            self._zip = zipfile.ZipFile(io.BytesIO(data))
            entries = self._zip.infolist()
        except _ZIP_FAULTS as error:
            raise ReadError(
                f"is no {what} or is cut off ({error}); save it again, or give it the extension of"
                " what it is (.txt for plain text)"
            ) from error
        if any(entry.flag_bits & 1 for entry in entries):
            raise ReadError(f"the {what} is encrypted; save it without a password")
        size = sum(
            entry.file_size for entry in entries if entry.filename.lower().endswith(_XML_SUFFIXES)
        )
        if size > _MAX_XML_BYTES:
            raise ReadError(
                f"holds {size:,} bytes of text and markup when unpacked, more than the limit of"
                f" {_MAX_XML_BYTES:,}; split it into one file per article"
            )
        self.names = tuple(entry.filename for entry in entries)

    def read(self, name: str) -> bytes:
        """Return the bytes of a part that holds XML.

        Raises:
            ReadError: It is not there, broken, or defines entities.
        """
        try:
            with self._zip.open(name) as part:
                data = part.read(_MAX_XML_BYTES + 1)
        except KeyError as error:
            raise ReadError(
                f"is no {self._what} (it has no part {name}); give it the extension of what it is"
            ) from error
        except _ZIP_FAULTS as error:
            raise ReadError(
                f"the part {name} of the {self._what} is broken ({error}); save it again"
            ) from error
        if len(data) > _MAX_XML_BYTES:
            raise ReadError(f"the part {name} is larger than the archive says; save it again")
        refuse_entities(data, f"the part {name}")
        return data

    def without_media(self) -> io.BytesIO:
        """Return an archive of the parts that hold XML, each checked as `read` does."""
        target = io.BytesIO()
        with zipfile.ZipFile(target, "w") as archive:
            for name in dict.fromkeys(self.names):
                if name == "mimetype" or name.lower().endswith(_XML_SUFFIXES):
                    archive.writestr(name, self.read(name))
        target.seek(0)
        return target


@contextmanager
def office_faults(what: str) -> Iterator[None]:
    """Refuse a document whose broken parts trip a library, in whatever way they do."""
    try:
        yield
    except RecursionError as error:
        raise ReadError("is nested too deeply; save the article's text") from error
    except (MemoryError, ReadError):
        raise
    except Exception as error:
        raise ReadError(
            f"cannot be read as {what} ({type(error).__name__}: {error}); open it in a word"
            " processor and save it again"
        ) from error
