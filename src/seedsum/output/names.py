"""Names of documents and of their files: safe below any folder, whatever the source was called."""

from __future__ import annotations

import re
from pathlib import Path

from seedsum.errors import UsageError
from seedsum.files import sha256_bytes
from seedsum.reading import extension, reader_of

#: Longest component in UTF-8. File systems allow 255 bytes; what follows the name in the names of
#: its files takes 25 at most, and the hash of a shortened name 9.
_MAX_COMPONENT_BYTES = 230


#: What lies at the top of an output folder beside the pairs, on file systems of any kind.
RESERVED = frozenset({"index.md", "index.html", "runs", "reviews"})
_PAGE = re.compile(r"index-\d+\.html")  # of an index of several pages


def safe_name(name: str) -> str:
    """Return the name (POSIX, relative) as it can be written below any folder and shown anywhere.

    Ordinary names stay as they are, in any script. In a component that starts with `-` or `.`, has
    characters that cannot be shown or are not UTF-8, or is too long, these become `%XX`, and `~`
    and eight digits of its hash come before the extension, so that no two names become one. So
    does a folder that has the name of something of the output's own (`RESERVED`).
    """
    first, *others = name.split("/")
    is_taken = bool(others) and _is_reserved(first.casefold())
    return "/".join([_safe_component(first, is_taken=is_taken), *map(_safe_component, others)])


def _is_reserved(folder: str) -> bool:
    return folder in RESERVED or _PAGE.fullmatch(folder) is not None


def _safe_component(component: str, *, is_taken: bool = False) -> str:
    plain = component.replace("\u200c", "").replace("\u200d", "")  # ordinary in Bengali
    raw = _bytes_of(component)
    if (
        plain.isprintable()
        and plain[:1] not in ("", "-", ".", " ")
        and "\\" not in plain
        and len(raw) <= _MAX_COMPONENT_BYTES
        and not is_taken
    ):
        return component
    suffix = component[-len(extension(component)) :] if reader_of(component) else ""
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


def pair_file(name: str, suffix: str) -> str:
    """Return the name of a file of the pair, below the output.

    Raises:
        UsageError: It leads out of the output (`list_sources` gives no such name).
    """
    if not name or any(part in ("", ".", "..") for part in name.split("/")) or "\0" in name:
        raise UsageError(f"{name!r} is no name for an output file; use what list_sources gives")
    return f"{name}{suffix}"


#: How the name of a kept copy ends; see `kept_copy`.
KEPT_ENDING = ".edited.md"


def kept_copy(file: str, number: int) -> str:
    """Return the name of a copy of an edited file: `a.txt.translation.edited.md`, `….2.edited.md`.

    It is none of a pair's own, so that no run reads or replaces it.
    """
    which = f".{number}" * (number > 1)
    return f"{file.removesuffix('.md')}{which}{KEPT_ENDING}"


def output_path(output: Path, name: str, suffix: str) -> Path:
    """Return where a file of the pair lies in an output folder.

    Raises:
        UsageError: The name leads out of the output folder.
    """
    return output / pair_file(name, suffix)
