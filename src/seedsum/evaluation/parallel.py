"""Line-aligned texts from two files, or from two folders with the same file names."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from seedsum.errors import ReadError, UsageError


@dataclass(frozen=True, slots=True)
class ParallelText:
    """Two texts whose lines belong together; both have the same number of lines.

    Attributes:
        name: POSIX path below the folders, or the file's name.
    """

    name: str
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
    alone = sorted(names ^ others)
    if alone:
        folder = source if alone[0] in names else reference
        raise ReadError(
            f"{folder / alone[0]} has no counterpart in "
            f"{reference if folder is source else source} ({len(alone)} files in all); "
            "the two folders must have the same file names"
        )
    return tuple(_read(name, source / name, reference / name) for name in sorted(names))


def _names(folder: Path) -> set[str]:
    return {
        path.relative_to(folder).as_posix()
        for path in folder.rglob("*")
        if path.is_file() and not path.name.startswith(".")
    }


def _read(name: str, source: Path, reference: Path) -> ParallelText:
    sources, references = _lines(source), _lines(reference)
    if len(sources) != len(references):
        raise ReadError(
            f"{source} has {len(sources)} lines and {reference} has {len(references)}; "
            "line by line they must be translations of each other"
        )
    return ParallelText(name, sources, references)


def _lines(path: Path) -> tuple[str, ...]:
    try:
        text = path.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise ReadError(f"{path}: not UTF-8 at byte {error.start}; convert the file") from error
    lines = text.split("\n")  # not splitlines: U+2028 is no end of line here
    return tuple(lines[:-1] if lines[-1] == "" else lines)
