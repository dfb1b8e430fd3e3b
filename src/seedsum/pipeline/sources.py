"""What is in the input: files, and articles in files of many, listed with their hashes."""

from __future__ import annotations

import os
import stat
import time
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from heapq import nsmallest
from pathlib import Path
from typing import NamedTuple

from seedsum.errors import ReadError, UsageError
from seedsum.files import sha256_bytes
from seedsum.output.names import safe_name
from seedsum.output.places import Place, Where, address_or_path, place_of
from seedsum.pipeline.stamps import Article, Stamps
from seedsum.reading import (
    STDIN_NAME,
    Articles,
    Reader,
    articles_of,
    extension,
    known_extensions,
    missing_library,
    reader_of,
)
from seedsum.records import MAX_SIZE_BYTES, NotRead, Source

#: What a browser calls the folder with the parts of a page that it saves, after the page's name.
_COMPANION_SUFFIXES = ("_files", ".files", "-Dateien", "_fichiers", "_archivos", "_bestanden")
_PAGE_SUFFIXES = (".html", ".htm", ".xhtml", ".xht")
#: What Word writes beside a document that is open: `~$article.docx`.
LOCK_PREFIX = "~$"
#: Most names of files of one type that are kept; all are counted.
_MAX_NAMES = 20


@dataclass(frozen=True, slots=True)
class Clock:
    """How a listing knows the time, in seconds since 1970, and lets it go by."""

    now: Callable[[], float] = time.time
    sleep: Callable[[float], None] = time.sleep


@dataclass(frozen=True, slots=True)
class Listing:
    """What is in the given paths.

    Passed over are files and folders that are `hidden`, `foreign` (of another type), a `link` (to a
    folder, out of the folder or to nothing), `special` (a pipe, a device), or a `companion` (the
    folder of a page's parts that a browser saves beside it).
    """

    sources: tuple[Source, ...]  # in the paths' order, by name in a folder; names are distinct
    num_skipped: Mapping[str, int] = field(default_factory=dict)  # passed over, by why
    not_read: tuple[NotRead, ...] = ()  # of another type, by extension; links not followed
    whole_folder: bool = False  # a folder was given: a pair without a source is an orphan


def list_sources(
    paths: Sequence[Path | str],
    *,
    output: Where | None = None,
    stdin: bytes | None = None,
    stamps: Stamps | None = None,
    settle_seconds: float = 0.0,
    clock: Clock | None = None,
    only: Callable[[str], bool] | None = None,
) -> Listing:
    """Return every article in the paths, hashed; a source that cannot be read says so in `error`.

    Args:
        paths: Folders, files, or `-` for one article from standard input. The same file given
            twice is one source.
        output: Must not be inside a given folder, nor hold one.
        stdin: The bytes of standard input, where `paths` has `-`.
        stamps: Hashes of files as they were; without them all are read.
        settle_seconds: Files of folders that were changed less long ago are looked at again after
            that time; one that has grown meanwhile is `growing`.
        clock: The time; for tests.
        only: Of which names; files with one article of another are not read. Then no pair is an
            orphan, since nobody looked at all.

    Raises:
        UsageError: A path does not exist, two sources have the same name, or input and output lie
            in each other.
    """
    if not paths:
        raise UsageError("no input: give a folder or files, or - for standard input")
    place = None if output is None else place_of(output)
    folder = None if place is None else place.folder
    walk = Walk(stamps or Stamps(None), settle_seconds, clock or Clock(), only)
    sources: dict[str, Source] = {}
    whole_folder = False
    for path in map(address_or_path, paths):
        found: Iterable[Source]
        if isinstance(path, str):
            found, is_folder = _sources_at(path, walk, place)
            whole_folder |= is_folder
        elif str(path) == "-":
            found = [_stdin_source(stdin)]
        elif path.is_dir():
            _refuse_nested(path, folder)
            whole_folder = True
            found = walk.sources(path)
        elif path.exists():
            _refuse_nested(path, folder)
            is_other = walk.is_other(path.name)
            found = () if is_other else _file_sources(str(path), walk.stamps, name=path.name)
        else:
            raise UsageError(
                f"{shown(path)}: no such file or folder; check the path, and"
                " that its disk is mounted"
            )
        for source in found:
            if only is not None and not only(source.name):
                continue
            other = sources.setdefault(source.name, source)
            if other is not source and not _same_file(other, source):
                raise UsageError(
                    f"{shown(other.path)} and {shown(source.path)} would both be written as"
                    f" {source.name!r}; run them with different output folders, or rename one"
                )
    return Listing(
        sources=tuple(sources.values()),
        num_skipped=dict(sorted(walk.skipped.items())),
        not_read=walk.not_read(),
        whole_folder=whole_folder and only is None,
    )


def shown(path: Path | str | None) -> str:
    """Return a path for a message, also where its bytes are not UTF-8 or hold line breaks."""
    if path is None:
        return "standard input"
    text = os.fsencode(path).decode("utf-8", "backslashreplace")
    return text if text.isprintable() else repr(text)


def _sources_at(address: str, walk: Walk, output: Place | None) -> tuple[list[Source], bool]:
    """Return the sources of an address in a store, and whether it is a folder there."""
    if address.startswith(("http:", "https:")):
        raise UsageError(
            f"{shown(address)} is a web address, and nothing is fetched from the web; save the"
            " page as .html and give that file"
        )
    from seedsum.pipeline.objects import sources_at

    found, is_folder = sources_at(address, walk, output=output)
    return sorted(found, key=_source_order), is_folder


def _same_file(one: Source, other: Source) -> bool:
    if one.path is None or other.path is None:
        return one.path is other.path
    return one.offset == other.offset and os.path.realpath(one.path) == os.path.realpath(other.path)


def _refuse_nested(path: Path, output: Path | None) -> None:
    if output is None:
        return
    if path.is_dir() and output.resolve().is_relative_to(path.resolve()):
        raise UsageError(
            f"the output folder {shown(output)} is inside the input folder {shown(path)}, so"
            " the next run would translate its own output; choose one outside with --output"
        )
    if path.resolve().is_relative_to(output.resolve()):
        raise UsageError(
            f"{shown(path)} is inside the output folder {shown(output)}; choose another output"
            " folder with --output"
        )


def _stdin_source(data: bytes | None) -> Source:
    if data is None:
        raise UsageError("standard input was asked for with '-' but nothing was passed in")
    error = too_large(len(data))
    return Source(STDIN_NAME, None, "" if error else sha256_bytes(data), len(data), error=error)


class Walk:
    """Finds the sources below folders, and counts what is passed over."""

    def __init__(
        self,
        stamps: Stamps,
        settle_seconds: float,
        clock: Clock,
        only: Callable[[str], bool] | None = None,
    ) -> None:
        self.stamps = stamps
        self._only = only
        self.skipped: Counter[str] = Counter()
        self._settle_seconds, self._clock = settle_seconds, clock
        self._not_read: dict[str, list[str]] = {}

    def is_other(self, name: str) -> bool:
        """Return whether a file has one article, which is not asked for."""
        if self._only is None:
            return False
        reader = reader_of(name)
        return not (reader and reader.articles) and not self._only(safe_name(name))

    def pass_over(self, type: str, name: str, *, kind: str = "foreign") -> None:
        """Count a file of a type that no reader reads, or of another kind that is named."""
        self.skipped[kind] += 1
        self._not_read.setdefault(type, []).append(name)

    def not_read(self) -> tuple[NotRead, ...]:
        """Return the files of other types by extension and links not followed, most first."""
        found = (
            NotRead(type, len(names), tuple(map(safe_name, nsmallest(_MAX_NAMES, names))))
            for type, names in self._not_read.items()
        )
        return tuple(sorted(found, key=lambda entry: (-entry.count, entry.type)))

    def sources(self, root: Path) -> list[Source]:
        """Return the sources below a folder by name; a folder that cannot be listed is one."""
        found: list[Source] = []
        young: list[tuple[str, str, _Look]] = []
        real_root = root.resolve()
        folders = [("", str(root))]
        while folders:
            prefix, folder = folders.pop()
            try:
                with os.scandir(folder) as entries:
                    listed = list(entries)
            except OSError as error:
                if not prefix:
                    message = f"{shown(root)}: cannot be listed: {error.strerror}"
                    raise UsageError(message) from error
                message = f"the folder cannot be listed: {error.strerror}"
                found.append(Source(safe_name(prefix[:-1]), folder, "", 0, error=message))
                continue
            names = {entry.name for entry in listed}
            for entry in listed:
                name = f"{prefix}{entry.name}"
                if entry.name.startswith((".", LOCK_PREFIX)):
                    self.skipped["hidden"] += 1
                elif entry.is_symlink() and not _leads_to_file_inside(Path(entry.path), real_root):
                    self.pass_over("link", name, kind="link")
                elif entry.is_dir():
                    if is_companion(entry.name, names):
                        self.skipped["companion"] += 1
                    else:
                        folders.append((f"{name}/", entry.path))
                elif not entry.is_file():
                    self.skipped["special"] += 1
                elif reader_of(entry.name) is None:
                    self.pass_over(extension(entry.name), name)
                elif self.is_other(name):
                    continue
                elif look := self._young(entry.path):
                    young.append((entry.path, name, look))
                else:
                    found += _file_sources(entry.path, self.stamps, name=name)
        return sorted([*found, *self._settled(young)], key=_source_order)

    def _young(self, path: str) -> _Look | None:
        """Return what a file looks like that was changed a moment ago, else None."""
        if not self._settle_seconds:
            return None
        look = _look(path)
        # A stamp in the future says nothing: the clock of another machine wrote it.
        is_young = look and 0 <= self._clock.now() - look.mtime < self._settle_seconds
        return look if is_young else None

    def _settled(self, young: Sequence[tuple[str, str, _Look]]) -> Iterator[Source]:
        """Wait until all of these files have settled, and yield their sources."""
        if young:
            newest = max(look.mtime for *_, look in young)
            rest = newest + self._settle_seconds - self._clock.now()
            self._clock.sleep(min(max(rest, 0.0), self._settle_seconds))
        for path, name, look in young:
            if _look(path) == look:
                yield from _file_sources(path, self.stamps, name=name)
            elif now := _look(path):  # otherwise it went away
                yield Source(safe_name(name), path, "", now.size_bytes, growing=True)


class _Look(NamedTuple):
    """What a file looks like, as far as writing changes it."""

    size_bytes: int
    mtime: float  # in seconds since 1970


def _look(path: str) -> _Look | None:
    try:
        status = os.stat(path)  # noqa: PTH116 - making a `Path` takes as long
    except OSError:
        return None
    return _Look(status.st_size, status.st_mtime)


def is_companion(name: str, names: Collection[str]) -> bool:
    """Return whether a folder holds the parts of a page that was saved beside it."""
    return any(
        name.endswith(suffix) and f"{name.removesuffix(suffix)}{page}" in names
        for suffix in _COMPANION_SUFFIXES
        for page in _PAGE_SUFFIXES
    )


def _source_order(source: Source) -> tuple[str, int]:
    """Sort the articles of one file as they stand in it, everything else by name."""
    if source.offset is None:
        return source.name, 0
    return source.name.rpartition("/")[0] + "/", source.offset


def _leads_to_file_inside(link: Path, root: Path) -> bool:
    # Links to folders are never followed: they can form circles, and what they lead to inside the
    # folder is found there anyway.
    try:
        target = link.resolve(strict=True)
    except (OSError, RuntimeError):
        return False
    return target.is_file() and target.is_relative_to(root)


def _file_sources(path: str, stamps: Stamps, *, name: str) -> Iterator[Source]:
    """Yield the articles of one file; nothing if it went away meanwhile."""
    reader, suffix = reader_of(name), extension(name)
    name = safe_name(name)
    sha256 = error = ""
    try:
        status = os.stat(path)  # noqa: PTH116 - making a `Path` takes as long
        if not stat.S_ISREG(status.st_mode):
            error = "not a regular file; use - to read from a pipe"
        elif reader is None or (error := why_not_read(reader, suffix)):
            error = why_not_read(reader, suffix)
        elif reader.articles:
            yield from _articles(path, articles_of(reader), stamps, name=name)
            return
        elif not (error := too_large(status.st_size)):
            sha256 = stamps.look(path).stamp.sha256
    except FileNotFoundError:
        return
    except Exception as problem:
        yield Source(name, path, "", 0, error=why_not_listed(problem))
        return
    yield Source(name, path, sha256, status.st_size, error=error)


def why_not_listed(problem: Exception) -> str:
    """Return why one file cannot be listed, in words; all others still are."""
    if isinstance(problem, OSError | ReadError):
        return f"cannot be read: {problem}"
    # A library stumbled over it.
    return f"cannot be read ({type(problem).__name__}: {problem}); get it again"


def why_not_read(reader: Reader | None, suffix: str) -> str:
    """Return why a file that ends so is not even listed; empty where it is."""
    if reader is None:
        return f"files of type {suffix!r} are not read (known: {', '.join(known_extensions())})"
    if reader.articles and (library := missing_library(reader)):
        return (
            f"to read {suffix}, the library {library} is needed, which is not installed; run:"
            f" pip install 'seedsum[{reader.extra}]'"
        )
    return ""


def articles_found(inside: Articles, path: Path) -> Iterator[Article]:
    """Yield the articles of a file, with their hashes."""
    for article in inside.articles(path, max_size_bytes=MAX_SIZE_BYTES):
        sha256 = "" if too_large(article.size_bytes) else sha256_bytes(article.data)
        yield Article(article.id, article.offset, article.size_bytes, sha256)


def _articles(path: str, inside: Articles, stamps: Stamps, *, name: str) -> Iterator[Source]:
    articles = stamps.look(path, lambda: articles_found(inside, Path(path))).articles
    for id, offset, size_bytes, sha256 in articles:
        error = too_large(size_bytes)
        full_name = f"{name}/{safe_name(id)}" if id else name
        yield Source(full_name, path, sha256, size_bytes, offset=offset, error=error)
    if not articles:
        yield Source(name, path, "", 0, error="holds no article")


def too_large(size_bytes: int) -> str:
    """Return why an article of that size is not read; empty where it is."""
    if size_bytes <= MAX_SIZE_BYTES:
        return ""
    return (
        f"{size_bytes:,} bytes, more than the limit of {MAX_SIZE_BYTES:,};"
        " split it into one file per article"
    )
