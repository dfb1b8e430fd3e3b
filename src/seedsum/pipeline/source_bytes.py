"""A listed source -> its bytes, and the document that they are read as."""

from __future__ import annotations

from pathlib import Path

from seedsum.errors import ReadError
from seedsum.files import sha256_bytes
from seedsum.output.places import is_address
from seedsum.pipeline.objects import local_copy, object_bytes
from seedsum.pipeline.sources import shown
from seedsum.reading import Prepared, articles_of, read, reader_of
from seedsum.records import TARGET_LANGUAGE, Source


def read_source(
    source: Source, *, languages: tuple[str, ...], stdin: bytes | None = None
) -> Prepared:
    """Return the document of a source, ready to be translated from the languages.

    Raises:
        ReadError: It cannot be read, or is not what was listed any more.
    """
    data = source_bytes(source, stdin=stdin)
    reader = reader_of(source.path or source.name)
    format = reader.format if reader else ""
    return read(source.name, data, languages=languages, target=TARGET_LANGUAGE, format=format)


def source_bytes(source: Source, *, stdin: bytes | None = None) -> bytes:
    """Return the bytes of a source: the file's, or those of one of its articles.

    Raises:
        ReadError: `source.error`, or the source is gone or is not what was listed any more.
    """
    where = shown(source.path) if source.offset is None else source.name
    if source.growing:
        raise ReadError(f"{where}: is being written; the next run takes it up")
    if source.error:
        raise ReadError(f"{where}: {source.error}")
    try:
        if source.path is None:
            data = stdin or b""
        elif is_address(source.path):
            data = _object_bytes(source, source.path)
        elif source.offset is None:
            # A `Path` would put every name into the interpreter's table of texts, which grows.
            with open(source.path, "rb") as file:  # noqa: PTH123
                data = file.read(source.size_bytes + 1)  # it may have grown beyond all limits
        else:
            reader = reader_of(source.path)
            assert reader is not None  # it has listed the article
            data = articles_of(reader).article_bytes(
                Path(source.path), offset=source.offset, size_bytes=source.size_bytes
            )
    except OSError as error:
        raise ReadError(
            f"{where}: cannot be read any more: {error.strerror}; the next run tries again"
        ) from error
    if sha256_bytes(data) != source.sha256:
        raise ReadError(f"{where}: changed while the run was going on; the next run takes it up")
    return data


def _object_bytes(source: Source, address: str) -> bytes:
    if source.offset is None:
        return object_bytes(address)
    reader = reader_of(address)
    assert reader is not None  # it has listed the article
    return articles_of(reader).article_bytes(
        local_copy(address), offset=source.offset, size_bytes=source.size_bytes
    )
