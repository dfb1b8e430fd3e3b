"""The only module that touches the input and output folders: list, read, publish, lock.

The state of the work lives in the output: a pair is what its record says. Whatever lies in
`OUTPUT/.seedsum` besides the lock only makes reading it faster and can be deleted at any time.
Neighbours: `pipeline` lists, reads and publishes; `planning` gets what `list_sources` and
`read_records` return.
"""

from __future__ import annotations

import codecs
import dataclasses
import fcntl
import functools
import json
import os
import re
import stat
import time
from array import array
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from seedsum.errors import DocumentError, LockedError, ReadError, SeedsumError, UsageError
from seedsum.provenance import sha256_bytes, sha256_file
from seedsum.reading import FORMATS, MAX_SIZE_BYTES, jsonl_articles
from seedsum.records import (
    Integrity,
    KeyParts,
    OutputPair,
    RecordState,
    RunReport,
    Source,
    Status,
)
from seedsum.rendering import (
    RECORD_SUFFIX,
    SUMMARY_SUFFIX,
    TRANSLATION_SUFFIX,
    is_sealed,
    visible_text,
)

#: Our own folder in the output: the lock, and what makes the next run faster.
STATE_FOLDER = ".seedsum"

#: Name of what comes from standard input.
STDIN_NAME = "stdin.txt"

# --------------------------------------------------------------------------------------------
# Sources


@dataclass(frozen=True, slots=True)
class Listing:
    """What is in the given paths.

    Attributes:
        sources: In the order of the paths, sorted by name within a folder; names are distinct.
        num_skipped: Files and folders passed over, by why: `hidden`, `foreign` (another type),
            `link` (a symbolic link to a folder, out of the folder or to nothing), `special` (a
            pipe, a device).
        whole_folder: A folder was given, so that a pair without a source is an orphan.
    """

    sources: tuple[Source, ...]
    num_skipped: Mapping[str, int] = field(default_factory=dict)
    whole_folder: bool = False


def list_sources(
    paths: Sequence[Path | str],
    *,
    output: Path | None = None,
    stdin: bytes | None = None,
    max_size_bytes: int = MAX_SIZE_BYTES,
) -> Listing:
    """Return every article in the paths, hashed; a source that cannot be read says so in `error`.

    Args:
        paths: Folders, files, or `-` for one article from standard input. The same file given
            twice is one source.
        output: Must not be inside a given folder, nor hold one.
        stdin: The bytes of standard input, where `paths` has `-`.
        max_size_bytes: Larger articles get an `error` and are not hashed.

    Raises:
        UsageError: A path does not exist, two sources have the same name, or input and output lie
            in each other.
    """
    if not paths:
        raise UsageError("no input: give a folder or files, or - for standard input")
    skipped: Counter[str] = Counter()
    sources: dict[str, Source] = {}
    whole_folder = False
    for path in map(Path, paths):
        if str(path) == "-":
            found: Iterable[Source] = [_stdin_source(stdin, max_size_bytes=max_size_bytes)]
        elif path.is_dir():
            _refuse_nested(path, output)
            whole_folder = True
            found = _folder_sources(path, skipped=skipped, max_size_bytes=max_size_bytes)
        elif path.exists():
            _refuse_inside(path, output)
            found = _file_sources(path, name=path.name, max_size_bytes=max_size_bytes)
        else:
            raise UsageError(f"{_shown(path)}: no such file or folder; check the path")
        for source in found:
            other = sources.setdefault(source.name, source)
            if other is not source and not _same_file(other, source):
                raise UsageError(
                    f"{_shown(other.path)} and {_shown(source.path)} would both be written as"
                    f" {source.name!r}; run them with different output folders, or rename one"
                )
    return Listing(tuple(sources.values()), dict(sorted(skipped.items())), whole_folder)


def _shown(path: Path | None) -> str:
    """Return a path for a message, also where its bytes are not UTF-8 or hold line breaks."""
    if path is None:
        return "standard input"
    text = os.fsencode(path).decode("utf-8", "backslashreplace")
    return text if text.isprintable() else repr(text)


def _same_file(one: Source, other: Source) -> bool:
    if one.path is None or other.path is None:
        return one.path is other.path
    return one.line == other.line and one.path.resolve() == other.path.resolve()


def _refuse_nested(folder: Path, output: Path | None) -> None:
    if output is None:
        return
    inner, outer = output.resolve(), folder.resolve()
    if inner.is_relative_to(outer):
        raise UsageError(
            f"the output folder {_shown(output)} is inside the input folder {_shown(folder)}, so"
            " the next run would translate its own output; choose one outside with --output"
        )
    _refuse_inside(folder, output)


def _refuse_inside(path: Path, output: Path | None) -> None:
    if output is not None and path.resolve().is_relative_to(output.resolve()):
        raise UsageError(
            f"{_shown(path)} is inside the output folder {_shown(output)}; choose another output"
            " folder with --output"
        )


def _stdin_source(data: bytes | None, *, max_size_bytes: int) -> Source:
    if data is None:
        raise UsageError("standard input was asked for with '-' but nothing was passed in")
    error = _too_large(len(data), max_size_bytes)
    return Source(STDIN_NAME, None, "" if error else sha256_bytes(data), len(data), error=error)


def _folder_sources(root: Path, *, skipped: Counter[str], max_size_bytes: int) -> Iterator[Source]:
    """Yield the sources below a folder, sorted by name."""
    files: list[tuple[str, str]] = []
    unreadable: list[Source] = []
    real_root = root.resolve()
    folders = [("", str(root))]
    while folders:
        prefix, folder = folders.pop()
        try:
            with os.scandir(folder) as entries:
                listed = list(entries)
        except OSError as error:
            if not prefix:
                raise UsageError(f"{_shown(root)}: cannot be listed: {error.strerror}") from error
            message = f"the folder cannot be listed: {error.strerror}"
            unreadable.append(Source(safe_name(prefix[:-1]), Path(folder), "", 0, error=message))
            continue
        for entry in listed:
            if entry.name.startswith("."):
                skipped["hidden"] += 1
            elif entry.is_symlink() and not _leads_to_file_inside(Path(entry.path), real_root):
                skipped["link"] += 1
            elif entry.is_dir():
                folders.append((f"{prefix}{entry.name}/", entry.path))
            elif not entry.is_file():
                skipped["special"] += 1
            elif _extension(entry.name) not in FORMATS:
                skipped["foreign"] += 1
            else:
                files.append((prefix + entry.name, entry.path))
    found = [
        source
        for name, path in files
        for source in _file_sources(Path(path), name=name, max_size_bytes=max_size_bytes)
    ]
    yield from sorted([*found, *unreadable], key=_source_order)


def _extension(name: str) -> str:
    stem, dot, extension = name.rpartition(".")
    return f".{extension}".lower() if dot and stem else ""


def _source_order(source: Source) -> tuple[str, int]:
    """Sort the lines of one JSONL file as they stand in it, everything else by name."""
    if source.line is None:
        return source.name, 0
    return source.name.rpartition("/")[0] + "/", source.line


def _leads_to_file_inside(link: Path, root: Path) -> bool:
    """Return whether a symbolic link leads to a regular file below `root`.

    Links to folders are never followed: they can form circles, and what they lead to inside the
    folder is found there anyway.
    """
    try:
        target = link.resolve(strict=True)
    except (OSError, RuntimeError):
        return False
    return target.is_file() and target.is_relative_to(root)


def _file_sources(path: Path, *, name: str, max_size_bytes: int) -> Iterator[Source]:
    """Yield the articles of one file; nothing if it went away meanwhile."""
    name = safe_name(name)
    format_ = FORMATS.get(_extension(path.name))
    try:
        status = path.stat()
        if not stat.S_ISREG(status.st_mode):
            error = "not a regular file; use - to read from a pipe"
        elif format_ is None:
            error = f"files of type {path.suffix!r} are not read (known: {', '.join(FORMATS)})"
        elif format_ == "jsonl":
            yield from _jsonl_sources(path, name=name, max_size_bytes=max_size_bytes)
            return
        else:
            error = _too_large(status.st_size, max_size_bytes)
        sha256 = "" if error else sha256_file(path)
    except FileNotFoundError:
        return
    except (OSError, ReadError) as problem:
        yield Source(name, path, "", 0, error=f"cannot be read: {problem}")
        return
    yield Source(name, path, sha256, status.st_size, error=error)


def _jsonl_sources(path: Path, *, name: str, max_size_bytes: int) -> Iterator[Source]:
    empty = True
    for article in jsonl_articles(path):
        empty = False
        size = len(article.data)
        error = _too_large(size, max_size_bytes)
        sha256 = "" if error else sha256_bytes(article.data)
        yield Source(
            f"{name}/{safe_name(article.id)}", path, sha256, size, line=article.line, error=error
        )
    if empty:
        yield Source(name, path, "", 0, error="holds no article; each line is one JSON object")


def _too_large(size_bytes: int, max_size_bytes: int) -> str:
    if size_bytes <= max_size_bytes:
        return ""
    return (
        f"{size_bytes:,} bytes, more than the limit of {max_size_bytes:,};"
        " split it into one file per article"
    )


def read_source(source: Source, *, stdin: bytes | None = None) -> bytes:
    """Return the bytes of a source: the file's, or the line's of a JSONL file.

    Raises:
        ReadError: `source.error`, or the source is gone or is not what was listed any more.
    """
    where = _shown(source.path) if source.line is None else source.name
    if source.error:
        raise ReadError(f"{where}: {source.error}")
    try:
        if source.path is None:
            data = stdin or b""
        elif source.line is None:
            with source.path.open("rb") as file:
                data = file.read(source.size_bytes + 1)  # it may have grown beyond all limits
        else:
            data = _read_line(source.path, source.line, max_size_bytes=source.size_bytes)
    except OSError as error:
        raise ReadError(
            f"{where}: cannot be read any more: {error.strerror}; the next run tries again"
        ) from error
    if sha256_bytes(data) != source.sha256:
        raise ReadError(f"{where}: changed while the run was going on; the next run takes it up")
    return data


def _read_line(path: Path, line: int, *, max_size_bytes: int) -> bytes:
    """Return one line as `reading.jsonl_articles` gives it, without its line end and a BOM."""
    status = path.stat()
    offsets = _line_offsets(path, status.st_size, status.st_mtime_ns)
    if line >= len(offsets):
        return b""
    with path.open("rb") as file:
        file.seek(offsets[line])
        data = file.readline(max_size_bytes + len(b"\r\n") + len(codecs.BOM_UTF8))
    data = data.rstrip(b"\r\n")
    return data.removeprefix(codecs.BOM_UTF8) if line == 0 else data


@functools.lru_cache(maxsize=4)
def _line_offsets(path: Path, size_bytes: int, mtime_ns: int) -> array[int]:
    """Return where each line starts, so that reading all lines takes one pass and not n."""
    offsets = array("Q")
    at = 0
    with path.open("rb") as file:
        for line in file:
            offsets.append(at)
            at += len(line)
    return offsets


# --------------------------------------------------------------------------------------------
# Names

#: Longest component in UTF-8. File systems allow 255 bytes; `.translation.md` takes 15, and the
#: hash of a shortened name 9.
_MAX_COMPONENT_BYTES = 230


def safe_name(name: str) -> str:
    """Return the name (POSIX, relative) as it can be written below any folder and shown anywhere.

    Ordinary names stay as they are, in any script. In a component that starts with `-` or `.`, has
    characters that cannot be shown or are not UTF-8, or is too long, these become `%XX`, and `~`
    and eight digits of its hash come before the extension, so that no two names become one.
    """
    return "/".join(map(_safe_component, name.split("/")))


def _safe_component(component: str) -> str:
    plain = component.replace("\u200c", "").replace("\u200d", "")  # ordinary in Bengali
    raw = _bytes_of(component)
    if (
        plain.isprintable()
        and plain[:1] not in ("", "-", ".", " ")
        and "\\" not in plain
        and len(raw) <= _MAX_COMPONENT_BYTES
    ):
        return component
    suffix = _extension(component)
    suffix = component[-len(suffix) :] if suffix in FORMATS else ""
    escaped = "".join(
        character
        if character.isprintable() and character != "\\" and (number or character not in "-. ")
        else "".join(f"%{byte:02X}" for byte in _bytes_of(character))
        for number, character in enumerate(component.removesuffix(suffix))
    )
    stem = escaped.encode()[: _MAX_COMPONENT_BYTES - 9 - len(suffix)].decode(errors="ignore")
    return f"{stem}~{sha256_bytes(raw)[:8]}{suffix}"


def _bytes_of(text: str) -> bytes:
    """Return the bytes of a file name (or of an id, which can hold any surrogate)."""
    try:
        return text.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:
        return text.encode("utf-8", "surrogatepass")


# --------------------------------------------------------------------------------------------
# Records

_CACHE_NAME = "state.json"
_CACHE_VERSION = 1

#: A file that changed that recently is read again next time, since a later change could leave the
#: same time stamp. The coarsest time stamps in use are FAT's, with two seconds.
_RACY_NS = 3_000_000_000

#: Fewer pairs are read again in less time (a third of a millisecond each) than it takes to write
#: thousands of others down, and a run with nothing to do leaves a small output as it is.
_NUM_WORTH_KEEPING = 100

_SUFFIXES = (RECORD_SUFFIX, TRANSLATION_SUFFIX, SUMMARY_SUFFIX)

#: What tells that a file is unchanged: size, mtime and ctime in ns; None where it is not there.
_Stamp = list[int] | None


def read_records(output: Path, *, rehash: bool = False) -> dict[str, RecordState]:
    """Return the state of every pair in the output by name, sorted; empty without a folder.

    Records are read and Markdown files hashed only where size or time stamps differ from those in
    `OUTPUT/.seedsum/state.json`. It is written here when there is enough to put into it, and may be
    deleted. With `rehash` every file is read, whatever its time stamps say: a disk can forget bits.
    """
    stamps = _stamps(output)
    cache = {} if rehash else _read_cache(output)
    newest_ns = time.time_ns() - _RACY_NS
    states: dict[str, RecordState] = {}
    entries: dict[str, list[Any]] = {}
    num_read = 0
    for name in sorted(stamps):
        stamp = stamps[name]
        cached = cache.get(name)
        state = _state_from_cache(name, cached, stamp=stamp) if cached else None
        if cached and state:
            states[name] = state
            entries[name] = cached
            continue
        state = states[name] = _read_state(output, name)
        if all(part is None or max(part[1], part[2]) < newest_ns for part in stamp):
            entries[name] = [stamp, _state_to_cache(state)]
            num_read += 1
    if num_read >= _NUM_WORTH_KEEPING:
        _write_cache(output, entries)
    return states


def _stamps(output: Path) -> dict[str, list[_Stamp]]:
    """Return the stamps of record, translation and summary for every name that has one of them."""
    stamps: dict[str, list[_Stamp]] = {}
    folders = [("", str(output))]
    while folders:
        prefix, folder = folders.pop()
        try:
            entries = os.scandir(folder)
        except OSError:
            continue
        with entries:
            for entry in entries:
                stem, number = _split_suffix(entry.name)
                if entry.name.startswith("."):
                    continue
                if entry.is_dir(follow_symlinks=False):
                    folders.append((f"{prefix}{entry.name}/", entry.path))
                elif number is not None and entry.is_file():
                    status = entry.stat()
                    parts = stamps.setdefault(prefix + stem, [None, None, None])
                    parts[number] = [status.st_size, status.st_mtime_ns, status.st_ctime_ns]
    return stamps


def _split_suffix(file_name: str) -> tuple[str, int | None]:
    """Return an output file's document name and which of `_SUFFIXES` it has; None for neither."""
    if file_name.endswith((".md", ".json")):
        for number, suffix in enumerate(_SUFFIXES):
            if file_name.endswith(suffix):
                return file_name[: -len(suffix)], number
    return file_name, None


def _read_state(output: Path, name: str) -> RecordState:
    """Return the state of one pair from its files alone."""
    state, expected = _read_record(output, name)
    found = {
        _file_integrity(_target(output, name, suffix), expected=expected.get(kind))
        for kind, suffix in (("translation", TRANSLATION_SUFFIX), ("summary", SUMMARY_SUFFIX))
    }
    if Integrity.EDITED in found:
        integrity = Integrity.EDITED
    elif state is None or Integrity.INCOMPLETE in found:
        integrity = Integrity.INCOMPLETE
    else:
        integrity = Integrity.INTACT
    return dataclasses.replace(state or RecordState(name, integrity), integrity=integrity)


def _file_integrity(path: Path, *, expected: str | None) -> Integrity:
    """Return how a Markdown file stands to the hash that its record has for it."""
    try:
        data = _read_if_there(path)
    except OSError:
        return Integrity.EDITED  # nobody can tell what is in it, so it must not be overwritten
    if data is None:
        return Integrity.INTACT if expected is None else Integrity.INCOMPLETE
    if sha256_bytes(data) == expected:
        return Integrity.INTACT
    # Our own file of another run may be replaced, a person's may not.
    return Integrity.INCOMPLETE if is_sealed(data) else Integrity.EDITED


#: The record has all of them; the index shows one, and a weak model can give hundreds.
_NUM_REASONS = 5


def _read_record(output: Path, name: str) -> tuple[RecordState | None, dict[str, str]]:
    """Return what a record says and its files' hashes; None if it is missing or torn."""
    try:
        record = json.loads(_target(output, name, RECORD_SUFFIX).read_bytes())
        source, summary = record["source"], record["summary"]
        parts = record["key_parts"]
        state = RecordState(
            name=name,
            integrity=Integrity.INTACT,
            status=Status(record["status"]),
            source_sha256=source["sha256"],
            title=record["title"],
            language=source["language"],
            run_key=record["run_key"],
            key_parts=KeyParts(**parts) if parts else None,
            routes=tuple(record["routes"]),
            profile=record["profile"],
            fallback=record["fallback"],
            fallback_reason=record["fallback_reason"],
            reasons=tuple(record["reasons"][:_NUM_REASONS]),
            num_segments=len(record["segments"]),
            num_flagged=record["counts"]["flagged"]
            + sum(bool(sentence["flags"]) for sentence in summary["sentences"]),
            has_files=bool(record["files"]),
        )
        files = {kind: entry["sha256"] for kind, entry in record["files"].items()}
    except (OSError, ValueError, TypeError, KeyError, AttributeError, RecursionError):
        return None, {}
    return state, files


def _read_if_there(path: Path) -> bytes | None:
    try:
        return path.read_bytes()
    except (FileNotFoundError, NotADirectoryError):
        return None


def _state_to_cache(state: RecordState) -> list[Any]:
    """Return the state as JSON values; `_state_from_cache` is the inverse."""
    return [
        state.integrity,
        state.status,
        state.key_parts and dataclasses.astuple(state.key_parts),
        state.routes,
        state.reasons,
        {name: getattr(state, name) for name in _CACHED_AS_THEY_ARE},
    ]


def _state_from_cache(name: str, entry: Any, *, stamp: list[_Stamp]) -> RecordState | None:
    """Return the state of an entry; None if the files have changed, or the entry is not ours."""
    try:
        if entry[0] != stamp:
            return None
        integrity, status, parts, routes, reasons, others = entry[1]
        return RecordState(
            name=name,
            integrity=_INTEGRITIES[integrity],
            status=_STATUSES[status],
            key_parts=KeyParts(*parts) if parts else None,
            routes=tuple(routes),
            reasons=tuple(reasons),
            **others,
        )
    except (TypeError, ValueError, LookupError):
        return None


#: Calling the enums takes twice as long, which counts with 10,000 pairs.
_INTEGRITIES: Mapping[str, Integrity] = {str(integrity): integrity for integrity in Integrity}
_STATUSES: Mapping[str | None, Status | None] = {None: None, **{str(s): s for s in Status}}

_CACHED_AS_THEY_ARE = (
    "source_sha256",
    "title",
    "language",
    "run_key",
    "profile",
    "fallback",
    "fallback_reason",
    "num_segments",
    "num_flagged",
    "has_files",
)


def _read_cache(output: Path) -> dict[str, list[Any]]:
    """Return the cache's entries: name -> stamps and state; none where it is not there or torn."""
    try:
        cache = json.loads((output / STATE_FOLDER / _CACHE_NAME).read_bytes())
        entries = cache["entries"] if cache["version"] == _CACHE_VERSION else {}
    except (OSError, ValueError, TypeError, KeyError):
        return {}
    return entries if isinstance(entries, dict) else {}


def _write_cache(output: Path, entries: Mapping[str, list[Any]]) -> None:
    """Write the cache; where that is not possible (a read-only output) the next run is slower."""
    text = json.dumps({"version": _CACHE_VERSION, "entries": entries}, separators=(",", ":"))
    try:
        (output / STATE_FOLDER).mkdir(exist_ok=True)
        _write_file(output / STATE_FOLDER / _CACHE_NAME, text.encode())
    except OSError:
        return


# --------------------------------------------------------------------------------------------
# Publishing

_TEMPORARY = re.compile(r"\.seedsum-[0-9a-f]{16}\.tmp")


def publish(output: Path, pair: OutputPair) -> None:
    """Write a pair so that at every instant it is complete, or absent, or without a record.

    All three files are written beside their places first; then the old record goes, the Markdown
    files take their places, and the new record comes last. A pair that has only a record removes
    the Markdown files of an earlier one.

    Raises:
        DocumentError: A Markdown file in the way is not ours or was edited, or the folder leads
            out of the output; nothing is changed then.
        OSError: The disk is full, not writable, ...; what was there before is still there, or is
            marked as incomplete by its missing record.
    """
    texts = (
        (_target(output, pair.name, TRANSLATION_SUFFIX), pair.translation),
        (_target(output, pair.name, SUMMARY_SUFFIX), pair.summary),
    )
    record = _target(output, pair.name, RECORD_SUFFIX)
    if not record.parent.resolve().is_relative_to(output.resolve()):
        raise DocumentError(
            f"{pair.name}: {record.parent} is a link that leads out of the output folder; remove it"
        )
    for path, _ in texts:
        if path.is_dir() or ((data := _read_if_there(path)) is not None and not is_sealed(data)):
            raise DocumentError(
                f"{pair.name}: {path} was edited, or is not from seedsum, and was left as it is;"
                " move it away to get a new one"
            )
    record.parent.mkdir(parents=True, exist_ok=True)
    temporary: dict[Path, Path] = {}
    try:
        for path, text in (*texts, (record, pair.record)):
            if text is not None:
                temporary[path] = _write_temporary(path.parent, text.encode(), durable=True)
        record.unlink(missing_ok=True)
        for path, text in texts:
            if text is None:
                path.unlink(missing_ok=True)
            else:
                temporary.pop(path).replace(path)
        temporary.pop(record).replace(record)
        _sync_folder(record.parent)
    finally:
        for left in temporary.values():
            left.unlink(missing_ok=True)


#: Pairs published at the same time. Syncing waits for the disk, and the file system joins what
#: waits together: one after another a pair took 29 ms, four at a time 2.4 ms, eight 2.1 ms.
_NUM_PUBLISHERS = 4


def publish_all(output: Path, pairs: Iterable[OutputPair]) -> dict[str, Exception]:
    """Publish pairs with distinct names, several at a time; return what failed, by name.

    One that fails does not stop the others. See `publish`.
    """

    def publish_one(pair: OutputPair) -> tuple[str, Exception | None]:
        try:
            publish(output, pair)
        except (SeedsumError, OSError) as error:
            return pair.name, error
        return pair.name, None

    with ThreadPoolExecutor(_NUM_PUBLISHERS, thread_name_prefix="publishing") as pool:
        return {name: error for name, error in pool.map(publish_one, pairs) if error}


def write_index(output: Path, text: str) -> None:
    """Write `index.md`, unless it says the same already."""
    data = text.encode()
    if _read_if_there(output / "index.md") != data:
        output.mkdir(parents=True, exist_ok=True)
        _write_file(output / "index.md", data)


def write_run_report(output: Path, report: RunReport) -> Path:
    """Write a run's report to `runs/<run id>.json` and return its path."""
    folder = output / "runs"
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{report.run_id}.json"
    text = json.dumps(dataclasses.asdict(report), ensure_ascii=False, indent=1)
    _write_file(path, (text + "\n").encode("utf-8", "backslashreplace"))
    return path


def clean_leftovers(output: Path) -> int:
    """Remove the temporary files of runs that were killed; return how many there were.

    Only for the holder of the lock: another run's files are still in use.
    """
    num_removed = 0
    for folder, _, names in os.walk(output):
        for name in names:
            if _TEMPORARY.fullmatch(name):
                Path(folder, name).unlink(missing_ok=True)
                num_removed += 1
    return num_removed


def _target(output: Path, name: str, suffix: str) -> Path:
    """Return where a file of the pair lies.

    Raises:
        UsageError: The name leads out of the output folder (`list_sources` gives no such name).
    """
    if not name or any(part in ("", ".", "..") for part in name.split("/")) or "\0" in name:
        raise UsageError(f"{name!r} is no name for an output file; use what list_sources gives")
    return output / f"{name}{suffix}"


def _write_file(path: Path, data: bytes) -> None:
    """Write a file that is never half there; not safe against power loss."""
    _write_temporary(path.parent, data, durable=False).replace(path)


def _write_temporary(folder: Path, data: bytes, *, durable: bool) -> Path:
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


def _sync_folder(folder: Path) -> None:
    """Bring renames in the folder to the disk."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


# --------------------------------------------------------------------------------------------
# The lock


class OutputLock:
    """Keeps other runs out of an output folder while it is held; a context manager.

    The kernel holds it for the process (`flock`), so that a killed run leaves nothing behind.
    """

    #: Often enough not to lose time, seldom enough to cost nothing.
    _POLL_SECONDS = 0.1

    def __init__(self, output: Path, *, wait_seconds: float = 0.0) -> None:
        """Take nothing yet; `wait_seconds` is how long to wait for another run to end."""
        self._path = output / STATE_FOLDER / "lock"
        self._wait_seconds = wait_seconds
        self._descriptor = -1

    def __enter__(self) -> Self:
        """Take the lock, making the output folder if it is not there.

        Raises:
            LockedError: Another run holds it, and still did after the wait.
            UsageError: The output folder cannot be made or written.
        """
        deadline = time.monotonic() + self._wait_seconds
        while not self._try():
            if time.monotonic() >= deadline:
                raise LockedError(
                    f"{self._path.parent.parent}: another run is writing here ({self._holder()});"
                    " wait for it to end, or give --wait SECONDS"
                )
            time.sleep(self._POLL_SECONDS)
        return self

    def _try(self) -> bool:
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            descriptor = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o666)
        except OSError as error:
            raise UsageError(
                f"the output folder {self._path.parent.parent} cannot be written: {error.strerror};"
                " check its permissions or choose another with --output"
            ) from error
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            # The file may have been deleted meanwhile; a lock on it would keep nobody out.
            if os.fstat(descriptor).st_ino != self._path.stat().st_ino:
                raise FileNotFoundError
        except (BlockingIOError, FileNotFoundError):
            os.close(descriptor)
            return False
        started = datetime.now(UTC).isoformat(timespec="seconds")
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, f"process {os.getpid()}, since {started}\n".encode(), 0)
        self._descriptor = descriptor
        return True

    def _holder(self) -> str:
        try:
            return visible_text(self._path.read_text(errors="replace")) or "process unknown"
        except OSError:
            return "process unknown"

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Give the lock back."""
        os.close(self._descriptor)
        self._descriptor = -1
