"""What a model must be before it is taken: no code of its own, no pickles, room on the disk."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Collection, Sequence
from pathlib import Path

from seedsum.errors import ModelError
from seedsum.models import storage
from seedsum.models.download import RemoteFile
from seedsum.models.locating import needs_conversion
from seedsum.records import ModelSpec


def require_safe(spec: ModelSpec, folder: Path) -> None:
    """Do nothing where no configuration names code of its own and model.bin is CTranslate2's.

    Raises:
        ModelError: One does (`auto_map`), or it is not; it may be a pickle under that name.
    """
    for name in ("config.json", "tokenizer_config.json", "generation_config.json"):
        path = folder / name
        try:
            table = json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}
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


def require_weights(spec: ModelSpec, folder: Path, paths: Collection[str]) -> None:
    """Do nothing where a folder has weights that seedsum takes.

    Raises:
        ModelError: It has not.
    """
    if spec.format == "ctranslate2" and "model.bin" not in paths:
        raise ModelError(f"model {spec.name}: {folder} has no model.bin")
    if spec.format == "transformers" and not any(p.endswith(".safetensors") for p in paths):
        raise ModelError(
            f"model {spec.name}: {folder} has no safetensors; seedsum loads no pickled weights"
        )


def require_space(
    spec: ModelSpec, wanted: Sequence[RemoteFile], missing: Sequence[RemoteFile]
) -> None:
    """Do nothing where the disk has room for what is missing and for the conversion.

    Raises:
        ModelError: It has not; says how much is needed.
    """
    needed = sum(file.size for file in missing)
    if missing and needs_conversion(spec):
        # The conversion holds a float32 form for the canary and the stored form; safetensors
        # may be float16, which the float32 form doubles.
        needed += 3 * sum(file.size for file in wanted)
    folder = storage.existing_home()
    free = shutil.disk_usage(folder).free
    if free < needed:
        raise ModelError(
            f"model {spec.name} needs {needed / 1e9:.1f} GB of disk (conversion included), and"
            f" {folder} has {free / 1e9:.1f} GB free. Free some space, or set SEEDSUM_HOME to a"
            " folder on another disk; nothing was fetched"
        )
