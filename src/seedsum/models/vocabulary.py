"""The vocabulary of a model in CTranslate2's form, which must have a token for each of its rows.

CTranslate2's converter sees to that, and CTranslate2 does not: with other files beside the weights
it numbers tokens otherwise than the model does, and says nothing of it.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import BinaryIO

from seedsum.errors import UnsoundModelError
from seedsum.records import ModelSpec

#: Names of the embeddings of either side; the second are those of models with factors.
_EMBEDDINGS = {
    "source": ("encoder/embeddings/weight", "encoder/embeddings_0/weight"),
    "target": ("decoder/embeddings/weight", "decoder/embeddings_0/weight"),
}

#: Files before this version have a size and a number of values where later ones have a type and a
#: size.
_VERSION_WITH_TYPES = 4


def vocabulary_size(spec: ModelSpec, folder: Path) -> int:
    """Return how many tokens a model in CTranslate2's form reads; 0 where its files do not tell.

    Raises:
        UnsoundModelError: A vocabulary has more or fewer tokens than the weights have rows.
    """
    rows = _rows(folder / "model.bin")
    sizes = {side: _num_tokens(folder, side) for side in _EMBEDDINGS}
    for side, names in _EMBEDDINGS.items():
        expected = next((rows[name] for name in names if name in rows), 0)
        if expected and sizes[side] and sizes[side] != expected:
            raise UnsoundModelError(
                f"model {spec.name} is refused: its {side} vocabulary has {sizes[side]:,} tokens,"
                f" and its weights are for {expected:,}, so that one of the two files in {folder}"
                " is not this model's; pull it again, or tell its publisher"
            )
    return sizes["source"]


def _num_tokens(folder: Path, side: str) -> int:
    for name in ("shared_vocabulary", f"{side}_vocabulary"):
        try:
            if (path := folder / f"{name}.json").is_file():
                return len(json.loads(path.read_bytes()))
            if (path := folder / f"{name}.txt").is_file():
                return len(path.read_bytes().splitlines())
        except (ValueError, TypeError):
            return 0  # CTranslate2 says what is wrong with it
    return 0


def _rows(path: Path) -> dict[str, int]:
    """Return the number of rows of each matrix in a model.bin, by its names.

    Source: `ModelSpec._serialize` in ctranslate2's specs/model_spec.py.
    """
    found: dict[str, int] = {}
    with path.open("rb") as file:
        version = _number(file, 4)
        _text(file)
        _number(file, 4)  # revision of the specification
        for _ in range(_number(file, 4)):
            if not (name := _text(file)):
                return found  # the file ends too early, which CTranslate2 says
            shape = [_number(file, 4) for _ in range(_number(file, 1))]
            kind, size = _number(file, 1), _number(file, 4)
            file.seek(size if version >= _VERSION_WITH_TYPES else kind * size, 1)
            if len(shape) == 2:
                found[name] = shape[0]
        for _ in range(_number(file, 4)):
            alias, name = _text(file), _text(file)
            if name in found:
                found[alias] = found[name]
            elif not name:
                break
    return found


def _number(file: BinaryIO, num_bytes: int) -> int:
    return int.from_bytes(file.read(num_bytes), "little")


def _text(file: BinaryIO) -> str:
    return file.read(_number(file, 2)).rstrip(b"\0").decode("utf-8", "replace")
