"""A model's folder on this machine: what may be in it, and room for it."""

from __future__ import annotations

import contextlib
import json
import re
import shutil
from collections.abc import Sequence
from pathlib import Path

from seedsum.errors import ModelError
from seedsum.models import storage
from seedsum.models.download import RemoteFile
from seedsum.models.locating import needs_conversion
from seedsum.models.storage import FileRecord
from seedsum.records import ModelSpec


def check_folder(spec: ModelSpec, folder: Path) -> dict[str, FileRecord]:
    """Return the files of a local folder (`folder` in models.toml).

    Raises:
        ModelError: It cannot be used.
    """
    if not folder.is_dir():
        raise ModelError(f"model {spec.name}: no folder {folder}; correct 'folder'")
    found = storage.record_files(folder)
    if spec.format == "ctranslate2" and "model.bin" not in found:
        raise ModelError(f"model {spec.name}: {folder} has no model.bin")
    if spec.format == "transformers" and not any(path.endswith(".safetensors") for path in found):
        raise ModelError(
            f"model {spec.name}: {folder} has no safetensors; seedsum loads no pickled weights"
        )
    require_safe(spec, folder)
    return found


def remove_leftovers(folder: Path) -> None:
    """Remove what a download that was broken off has left."""
    for path in folder.glob(".*"):
        if path.is_dir():
            shutil.rmtree(path, ignore_errors=True)
        else:
            path.unlink()


def linked(file: RemoteFile, folder: Path) -> FileRecord | None:
    """Return a file's record where another snapshot of the repository had it, and link to it."""
    target = folder / file.path
    for sibling in sorted(folder.parent.glob("*")):
        if sibling != folder and (record := file.found_in(sibling)):
            folder.mkdir(exist_ok=True)
            target.unlink(missing_ok=True)
            with contextlib.suppress(OSError):  # a disk without links: it is fetched
                target.hardlink_to(sibling / file.path)
                return record
    return None


def require_space(
    spec: ModelSpec, wanted: Sequence[RemoteFile], missing: Sequence[RemoteFile]
) -> None:
    """Raise a `ModelError` where the disk has no room for what is to be fetched and converted."""
    needed = sum(file.size for file in missing)
    if missing and needs_conversion(spec):
        # A float32 form for the canary (twice the size of float16) and the stored form.
        needed += 3 * sum(file.size for file in wanted)
    folder = storage.existing_home()
    free = shutil.disk_usage(folder).free
    if free < needed:
        raise ModelError(
            f"model {spec.name} needs {needed / 1e9:.1f} GB of disk (conversion included), and"
            f" {folder} has {free / 1e9:.1f} GB free. Free some space, or set SEEDSUM_HOME to a"
            " folder on another disk; nothing was fetched"
        )


def require_safe(spec: ModelSpec, folder: Path) -> None:
    """Raise a `ModelError` where a model names code of its own, or its model.bin is another's."""
    for name in ("config.json", "tokenizer_config.json", "generation_config.json"):
        path = folder / name
        try:
            table = json.loads(path.read_bytes()) if path.is_file() else {}
        except ValueError as error:
            raise ModelError(f"model {spec.name}: {path} is not JSON: {error}") from error
        if isinstance(table, dict) and "auto_map" in table:
            raise ModelError(
                f"model {spec.name} is refused: its {name} names code of its own (auto_map), and"
                " seedsum runs no code from a repository"
            )
    path = folder / "model.bin"
    if not path.is_file():
        return
    # Source: ModelSpec._serialize in ctranslate2's specs/model_spec.py: version (uint32), then the
    # name of the specification as uint16 length, characters, zero.
    with path.open("rb") as file:
        head = file.read(64)
    version, length = int.from_bytes(head[:4], "little"), int.from_bytes(head[4:6], "little")
    if not (1 <= version <= 64 and re.fullmatch(rb"[A-Za-z0-9]+Spec\0", head[6 : 6 + length])):
        raise ModelError(
            f"model {spec.name}: {path} is not a CTranslate2 model (its first bytes are"
            f" {head[:8]!r}); a model.bin of another kind can run code when it is loaded and is"
            " refused"
        )
