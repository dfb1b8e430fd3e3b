"""Where the bounds of a model's own evidence are kept: beside the package, or in seedsum's home.

They belong to the weights, the type that these are computed in, and a direction. Those of the
bundled models come with the package; of others they are set at first use, which takes as long as
decoding some two hundred sentences. All that they are made of is in the run key: the weights, and
the pairs that they are set on.
"""

from __future__ import annotations

import contextlib
import dataclasses
import json
import threading
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING

from seedsum.engines import resolve_compute_type
from seedsum.engines.memory import default_runtime
from seedsum.files import sha256_bytes, write_file
from seedsum.models.storage import home
from seedsum.records import Direction, ResolvedModel

if TYPE_CHECKING:
    from seedsum.checks.evidence import Bounds
    from seedsum.engines.batches import LoadedModel

#: One at a time: windows that begin together want the same ones.
_SETTING = threading.Lock()


def bounds_of(resolved: ResolvedModel, model: LoadedModel, direction: Direction) -> Bounds | None:
    """Return the bounds of a loaded model, set and kept where they are not known.

    None where there can be none; see `calibration.bounds_of`.

    Raises:
        ModelError: The model fails.
    """
    from seedsum.translation import calibration

    if not model.can_score_tokens:
        return None
    key = _key(resolved, direction)
    with _SETTING:
        known = _read(_shipped()) | _read(_kept(resolved))
        if key not in known:
            known[key] = calibration.bounds_of(model, direction)
            _write(_kept(resolved), _read(_kept(resolved)) | {key: known[key]})
        return known[key]


def ship(resolved: ResolvedModel, model: LoadedModel, direction: Direction) -> Bounds | None:
    """Return the bounds of a bundled model, set again and written into the package."""
    from seedsum.translation import calibration

    found = calibration.bounds_of(model, direction)
    _write(_shipped(), _read(_shipped()) | {_key(resolved, direction): found})
    return found


def are_shipped(resolved: ResolvedModel, direction: Direction) -> bool:
    """Return whether the package has the bounds of these very weights."""
    return _key(resolved, direction) in _read(_shipped())


def calibration_sha256() -> str:
    """Return the hash of the pairs that bounds are set on."""
    return sha256_bytes((Path(str(files("seedsum"))) / "translation/calibration.tsv").read_bytes())


def _key(resolved: ResolvedModel, direction: Direction) -> str:
    parts = (
        str(direction),
        resolved.weights_sha256,
        resolved.spec.engine,
        resolve_compute_type(resolved.spec, default_runtime()),
        calibration_sha256(),
    )
    return " ".join(parts)


def _shipped() -> Path:
    return Path(str(files("seedsum"))) / "models" / "bounds.json"


def _kept(resolved: ResolvedModel) -> Path:
    return home() / "bounds" / f"{resolved.weights_sha256[:24]}.json"


def _read(path: Path) -> dict[str, Bounds | None]:
    from seedsum.checks.evidence import Bounds

    try:
        table = json.loads(path.read_text(encoding="utf-8"))
        return {key: Bounds(**values) if values else None for key, values in table.items()}
    except (OSError, ValueError, TypeError, AttributeError):
        return {}  # never set, or damaged: they are set again, to the same


def _write(path: Path, bounds: dict[str, Bounds | None]) -> None:
    table = {key: one and dataclasses.asdict(one) for key, one in sorted(bounds.items())}
    with contextlib.suppress(OSError):  # on a read-only or full disk the next run sets them again
        write_file(path, f"{json.dumps(table, indent=1)}\n".encode())
