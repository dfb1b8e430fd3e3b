"""models.lock: what the names in models.toml were resolved to, to the byte.

JSON with sorted keys, so that the same models give the same file and a change is a readable diff.
"""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from seedsum.errors import ModelError
from seedsum.files import write_file
from seedsum.models.storage import FileRecord

FORMAT_VERSION = 1

_REMEDY = "remove it and run `seedsum models pull`"


@dataclass(frozen=True, slots=True)
class CanaryResult:
    """What the comparison of the two engines after a conversion found."""

    num_texts: int  # fixed texts that went through both engines in float32, greedily
    num_identical: int  # of them, with the same hypothesis in both
    worst_score_difference: float  # the largest of a hypothesis (mean log-probability)
    num_identical_quantized: int = 0  # in the stored form and in float32; no condition


@dataclass(frozen=True, slots=True)
class Conversion:
    """The CTranslate2 form of a model, or why there is none."""

    quantization: str  # type of the stored weights (`int8`, `float16`, `float32`, ...)
    converter: str  # libraries that made it, with versions
    files: Mapping[str, FileRecord] = field(default_factory=dict)  # empty where it was refused
    canary: CanaryResult | None = None
    refused: str = ""  # why the model runs on transformers instead, else empty
    # Whether each weight is known to be the file's own.
    whole: bool = False


@dataclass(frozen=True, slots=True)
class Outputs:
    """What a model made of fixed texts, to be compared with on other machines."""

    asked_sha256: str  # of the texts, and of all in models.toml by which they become its input
    compute_type: str
    texts: tuple[str, ...]
    scores: tuple[float, ...]  # of each text, as the model gives it (mean log-probability)
    reference: str = ""  # what it was compared with (`owner/name@commit`), else empty


@dataclass(frozen=True, slots=True)
class LockedModel:
    """A model as it was resolved."""

    source: str  # repository, `folder:PATH` or `bundled:NAME`; with `revision`, as in models.toml
    revision: str
    commit: str  # the 40 digits that the revision was resolved to; `local` or `bundled` elsewhere
    licence: str  # SPDX identifier, as models.toml has it
    files: Mapping[str, FileRecord]  # by POSIX path inside the snapshot
    conversion: Conversion | None = None
    note: str = ""  # what a person should know (weights taken from a conversion request, ...)
    weights_commit: str = ""  # where the weights are from a conversion request, and the rest is not
    outputs: Outputs | None = None  # what it gave when it was first pulled


@dataclass(frozen=True, slots=True)
class _LockFile:
    format_version: int
    models: Mapping[str, LockedModel]


def read_lock(path: Path) -> dict[str, LockedModel]:
    """Return the locked models by name; a file that is not there gives an empty dict.

    Raises:
        ModelError: The file is not a lock of this format.
    """
    from pydantic import TypeAdapter, ValidationError

    try:
        lock = TypeAdapter(_LockFile).validate_json(path.read_bytes())
    except FileNotFoundError:
        return {}
    except OSError as error:
        raise ModelError(f"{path}: cannot be read: {error}") from error
    except ValidationError as error:
        first = error.errors()[0]
        wrong = f"not a lock file: {'.'.join(map(str, first['loc']))}: {first['msg']}"
        raise ModelError(f"{path}: {wrong}; {_REMEDY}") from error
    if lock.format_version != FORMAT_VERSION:
        wrong = f"format version {lock.format_version}, this seedsum reads {FORMAT_VERSION}"
        raise ModelError(f"{path}: {wrong}; {_REMEDY}")
    return dict(lock.models)


def write_lock(path: Path, models: Mapping[str, LockedModel]) -> None:
    """Replace the lock file; the same models give the same bytes.

    Raises:
        ModelError: The file cannot be written.
    """
    table = {
        "format_version": FORMAT_VERSION,
        "models": {name: dataclasses.asdict(model) for name, model in models.items()},
    }
    text = json.dumps(table, indent=1, sort_keys=True, ensure_ascii=False)
    try:
        write_file(path, f"{text}\n".encode(), durable=True)
    except OSError as error:
        raise ModelError(
            f"{path}: cannot be written: {error}; the models themselves are kept"
        ) from error
