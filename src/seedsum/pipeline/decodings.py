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
    return home() / "decodings" / sha256_bytes(place.show().encode())[:16] / FILE_NAME
