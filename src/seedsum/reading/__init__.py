"""Bytes of a source -> a document whose blocks have roles and languages, in sentences.

Nothing is guessed or lost silently: an encoding that is neither declared nor UTF-8 is an error that
names the byte, a replaced control character is a note, and what is no part of the article stays as
blocks with another role. Importing this package imports no reader.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cache
from importlib import import_module
from pathlib import Path
from pkgutil import resolve_name
from typing import TYPE_CHECKING, NamedTuple, Protocol, cast

from seedsum import plugins
from seedsum.errors import ConfigError, ReadError
from seedsum.records import MAX_SIZE_BYTES, UNDETERMINED, Detection, Direction, Document, Segment

if TYPE_CHECKING:
    from seedsum.reading.spans import Content


@dataclass(frozen=True, slots=True)
class Reader:
    """One format of sources.

    Attributes:
        format: Its name in the record.
        extensions: Of its files, with the dot, in lower case.
        read: Makes content of the bytes of one article; a function, or `module:function`, which is
            imported when the first source is read. It raises `ReadError` for what it cannot read.
        articles: Of a format whose files hold many articles, the module that finds them
            (see `Articles`), else empty.
        library: What it imports that is not always installed; empty for none.
        extra: Which of seedsum's extras has that.
    """

    format: str
    extensions: tuple[str, ...]
    read: str | Callable[[bytes], Content]
    articles: str = ""
    library: str = ""
    extra: str = "formats"


class Article(NamedTuple):
    """One of the articles of a file that holds many."""

    offset: int  # where it begins, in bytes
    #: File-name safe and unique in its file, whatever the case of its letters; empty for an article
    #: that is alone in it.
    id: str
    data: bytes  # none where there are more than the limit
    size_bytes: int


class Articles(Protocol):
    """What finds the articles of a file that holds many, with one in memory at a time."""

    def articles(self, path: Path, *, max_size_bytes: int) -> Iterator[Article]:
        """Yield the articles of a file in order."""

    def article_bytes(self, path: Path, *, offset: int, size_bytes: int) -> bytes:
        """Return the bytes of a listed article; other ones if it was changed meanwhile."""


#: Name of what comes from standard input, whatever it is.
STDIN_NAME = "stdin.txt"

_HERE = "seedsum.reading"
#: What a file packed by gzip is called after its own name.
_PACKED = ".gz"

#: Ours, by format.
READERS: Mapping[str, Reader] = {
    reader.format: reader
    for reader in (
        Reader("txt", (".txt",), f"{_HERE}.text:read"),
        Reader("md", (".md", ".markdown"), f"{_HERE}.markdown:read"),
        Reader("html", (".html", ".htm"), f"{_HERE}.html:read"),
        Reader("xhtml", (".xhtml", ".xht"), f"{_HERE}.xhtml:read"),
        Reader("jsonl", (".jsonl", ".ndjson"), f"{_HERE}.jsonl:read", f"{_HERE}.jsonl"),
        Reader("json", (".json",), f"{_HERE}.json_files:read", f"{_HERE}.json_files"),
        Reader("csv", (".csv", ".tsv"), f"{_HERE}.csv_files:read", f"{_HERE}.csv_files"),
        Reader(
            *("parquet", (".parquet",), f"{_HERE}.parquet:read", f"{_HERE}.parquet"),
            library="pyarrow",
            extra="tables",
        ),
        Reader(
            *("feed", (".rss", ".atom", ".xml"), f"{_HERE}.feeds:read", f"{_HERE}.feeds"),
            library="feedparser",
        ),
        Reader("warc", (".warc",), f"{_HERE}.warc:read", f"{_HERE}.warc", library="warcio"),
        Reader("mhtml", (".mhtml", ".mht"), f"{_HERE}.mail:read_page"),
        Reader("eml", (".eml",), f"{_HERE}.mail:read_message"),
        Reader("docx", (".docx",), f"{_HERE}.docx:read", library="mammoth"),
        Reader("odt", (".odt",), f"{_HERE}.odt:read", library="odfdo"),
        Reader("rtf", (".rtf",), f"{_HERE}.rtf:read", library="striprtf"),
        Reader("pdf", (".pdf",), f"{_HERE}.pdf:read", library="pypdfium2"),
        Reader("epub", (".epub",), f"{_HERE}.epub:read"),
        Reader("srt", (".srt",), f"{_HERE}.subtitles:read"),
        Reader("vtt", (".vtt",), f"{_HERE}.subtitles:read"),
    )
}


@cache
def readers() -> Mapping[str, Reader]:
    """Return all readers by format: ours, and those that other packages add.

    Raises:
        ConfigError: A package adds what is no reader, or a format or extension that there is.
    """
    found = dict(READERS)
    for name, reader in plugins.load("seedsum.readers").items():
        if not isinstance(reader, Reader):
            fault = f"the reader {name!r} that a package adds is no seedsum.reading.Reader"
            raise ConfigError(fault)
        known = {extension for other in found.values() for extension in other.extensions}
        if reader.format in found or known & {*reader.extensions}:
            raise ConfigError(
                f"a package adds the reader {name!r} for {reader.format}"
                f" ({', '.join(reader.extensions)}), and there is one already; remove the package"
            )
        found[reader.format] = reader
    return found


@cache
def _by_extension() -> Mapping[str, Reader]:
    return {suffix: reader for reader in readers().values() for suffix in reader.extensions}


def known_extensions() -> tuple[str, ...]:
    """Return the extensions of all files that are read, as `.txt`."""
    return tuple(_by_extension())


def extension(name: str) -> str:
    """Return a file name's extension with its dot, in lower case; empty where there is none.

    That of a packed file is both: `.txt.gz`.
    """
    stem, dot, letters = name.rpartition(".")
    found = f".{letters}".lower() if dot and stem else ""
    return f"{extension(stem)}{found}" if found == _PACKED else found


def reader_of(name: str) -> Reader | None:
    """Return the reader of a file, by its name; None where files of that type are not read."""
    return _by_extension().get(extension(name).removesuffix(_PACKED))


def missing_library(reader: Reader) -> str:
    """Return the library that a reader needs and that is not installed."""
    from importlib.util import find_spec

    return reader.library if reader.library and find_spec(reader.library) is None else ""


def articles_of(reader: Reader) -> Articles:
    """Return what finds the articles of the reader's files, which hold many."""
    return cast(Articles, import_module(reader.articles))


def read_document(
    name: str, data: bytes, *, format: str = "", max_size_bytes: int = MAX_SIZE_BYTES
) -> Document:
    """Return the document that the bytes of one article hold, in blocks without roles.

    The bytes are a whole file, or one article of a file that holds many (a line of JSONL); the
    format is a reader's, by default that of the name's extension.

    Raises:
        ReadError: It is empty, too large, broken or in an unknown encoding or format.
    """
    reader = readers().get(format) if format else reader_of(name)
    if reader is None:
        unknown, known = format or extension(name), ", ".join(readers())
        raise ReadError(f"{name}: format {unknown!r} is not known; there are {known}")
    try:
        if len(data) > max_size_bytes:
            raise ReadError(
                f"{len(data):,} bytes, more than the limit of {max_size_bytes:,}; "
                "split it into one file per article"
            )
        if not data.strip():
            raise ReadError(f"the file is empty ({len(data)} bytes); remove it or save it again")
        from seedsum.reading import packed
        from seedsum.reading.spans import text_and_blocks
        from seedsum.reading.stops import with_full_stops

        unpacked = packed.unzipped(data, max_size_bytes=max_size_bytes)
        reader, notes = _by_content(reader, unpacked)
        content = with_full_stops(_in_unicode(_read(reader, unpacked)))
        text, blocks, links = text_and_blocks(content)
    except ReadError as error:
        raise ReadError(f"{name}: {error}") from error
    return Document(
        name=name,
        sha256=hashlib.sha256(data).hexdigest(),
        format=reader.format,
        encoding=content.encoding,
        text=text,
        blocks=blocks,
        title=content.title,
        url=content.url,
        date=content.date,
        declared_language=content.declared_language,
        notes=(*notes, *content.notes),
        links=links,
        is_extracted=content.is_extracted,
    )


def _by_content(reader: Reader, data: bytes) -> tuple[Reader, tuple[str, ...]]:
    """Return the reader of what some bytes surely are, and a note if that is another one."""
    from seedsum.reading import sniffing

    if reader.articles or reader.format not in READERS:
        return reader, ()
    found = sniffing.format_of(data, reader.format)
    if found == reader.format:
        return reader, ()
    return READERS[found], (f"the content is {found}, not {reader.format} as its name says",)


def _read(reader: Reader, data: bytes) -> Content:
    if library := missing_library(reader):
        raise ReadError(
            f"to read {reader.format}, the library {library} is needed, which is not"
            f" installed; run: pip install 'seedsum[{reader.extra}]'"
        )
    make: Callable[[bytes], Content] = (
        resolve_name(reader.read) if isinstance(reader.read, str) else reader.read
    )
    return make(data)


def _in_unicode(content: Content) -> Content:
    """Return the content with its text in Unicode, where it was in an older encoding."""
    from seedsum.reading.legacy import legacy_of
    from seedsum.reading.spans import converted

    found = legacy_of("\n".join(span.text for span in content.spans))
    if found is None:
        return content
    if found.decode is None:
        raise ReadError(
            f"the text is {found.name}, from before Unicode; convert it (word processors and web"
            " pages do that) and save it as UTF-8"
        )
    note = f"{found.name}, converted to Unicode"
    return replace(converted(content, found.decode), notes=(*content.notes, note))


@dataclass(frozen=True, slots=True)
class Prepared:
    """A document that is ready to be translated."""

    document: Document
    language: Detection  # of its article
    segments: tuple[Segment, ...]  # those over a model's limit are split when the model is known
    routes: tuple[Direction, ...]  # every one that it asks for, also those without a model
    doubts: tuple[str, ...] = ()  # why its text may not be the article, or not all of it
    skip: str = ""  # why it is not done at all


def prepare(document: Document, *, languages: tuple[str, ...], target: str) -> Prepared:
    """Return the document with roles, languages and segments; pure.

    A document whose article is in none of the languages, or has no letters, is to be skipped.
    """
    from seedsum.languages import get
    from seedsum.reading import detection, roles, segmentation
    from seedsum.reading.doubts import doubts

    document = detection.detect(roles.classify(document), languages=languages)
    language = detection.article_language(document)
    skip = ""
    if language.language == UNDETERMINED:
        skip = "no article text in a language that can be recognised"
    elif language.language not in languages:
        name = get(language.language).name
        known = f"{name} ({language.language})" if name else repr(language.language)
        skip = f"the article is in {known}, which the profile has no route for"
    segments = detection.detect_sentences(
        document, segmentation.segment(document), languages=languages
    )
    found = {block.detection.language for block in document.blocks}
    found |= {segment.language for segment in segments if segment.language}
    sources = found - {UNDETERMINED, target}
    return Prepared(
        document=document,
        language=language,
        segments=segments,
        routes=tuple(Direction(source, target) for source in sorted(sources)),
        doubts=doubts(document),
        skip=skip,
    )


def read(
    name: str, data: bytes, *, languages: tuple[str, ...], target: str, format: str = ""
) -> Prepared:
    """Return the article that some bytes hold, ready to be translated (see `read_document`).

    `languages` are those that there are models for, `target` is what is translated into.
    """
    document = read_document(name, data, format=format)
    return prepare(document, languages=languages, target=target)
