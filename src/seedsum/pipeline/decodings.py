"""Where the decodings of an output are kept: always on the machine that decodes."""

from __future__ import annotations

from pathlib import Path

from seedsum.engines.cache import FILE_NAME
from seedsum.files import STATE_FOLDER, sha256_bytes
from seedsum.models.storage import home
from seedsum.output.places import Place


def cache_path(place: Place) -> Path:
    """Return the cache's file: in the output's folder, or for a store in seedsum's home.

    It is a database, which no object can be, and whoever has none decodes again.
    """
    if place.folder is not None:
        return place.folder / STATE_FOLDER / FILE_NAME
    return _at_home(place) / FILE_NAME


def worker_cache_path(place: Place, slot: int) -> Path:
    """Return the file of a cluster's worker on its machine: no shared disk may hold a database."""
    return _at_home(place) / f"worker-{slot}" / FILE_NAME


def caches_here(place: Place) -> list[Path]:
    """Return the files in which this machine has decodings of an output, with those beside them."""
    pattern = f"{FILE_NAME}*"
    ours = cache_path(place).parent.glob(pattern)
    return sorted((*ours, *_at_home(place).glob(f"worker-*/{pattern}")))


def _at_home(place: Place) -> Path:
    where = place.show() if place.folder is None else str(place.folder.resolve())
    return home() / "decodings" / sha256_bytes(where.encode())[:16]
