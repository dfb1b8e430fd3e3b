"""Line-aligned texts from two files, or from two folders with the same file names."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from seedsum.errors import ReadError, UsageError


@dataclass(frozen=True, slots=True)
class ParallelText:
    """Two texts whose lines belong together; both have the same number of lines."""

    name: str  # POSIX path below the folders, or the file's name
    sources: tuple[str, ...]
    references: tuple[str, ...]


def read_parallel(source: Path, reference: Path) -> tuple[ParallelText, ...]:
    """Return the texts of two files, or of two folders by their common names, sorted by name.

    Raises:
        UsageError: One is a file and the other a folder, or one does not exist.
        ReadError: A file has no counterpart, is not UTF-8, or has another number of lines.
    """
    for path in (source, reference):
        if not path.exists():
            raise UsageError(f"{path}: no such file or folder")
    if source.is_dir() != reference.is_dir():
        raise UsageError(f"{source} and {reference}: give two files or two folders")
    if source.is_file():
        return (_read(source.name, source, reference),)
    names, others = _names(source), _names(reference)
    if alone := sorted(names ^ others):
        there, not_there = (source, reference) if alone[0] in names else (reference, source)
        raise ReadError(
            f"{there / alone[0]} has no counterpart in {not_there} ({len(alone)} files in all);"
            " the two folders must have the same file names"
        )
    return tuple(_read(name, source / name, reference / name) for name in sorted(names))


def _names(folder: Path) -> set[str]:
    return {
        path.relative_to(folder).as_posix()
        for path in folder.rglob("*")
        if path.is_file() and not path.name.startswith(".")
    }


def _read(name: str, source: Path, reference: Path) -> ParallelText:
    sources, references = read_lines(source), read_lines(reference)
    if len(sources) != len(references):
        raise ReadError(
            f"{source} has {len(sources)} lines and {reference} has {len(references)}; "
            "line by line they must be translations of each other"
        )
    return ParallelText(name, sources, references)


def read_lines(path: Path) -> tuple[str, ...]:
    """Return a file's lines.

    Raises:
        UsageError: It cannot be read.
        ReadError: It is not UTF-8.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        raise UsageError(f"{path}: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise ReadError(f"{path}: not UTF-8 at byte {error.start}; convert the file") from error
    return tuple(text.removesuffix("\n").split("\n")) if text else ()  # U+2028 ends no line here
