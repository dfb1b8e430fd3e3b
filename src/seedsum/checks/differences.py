"""How the names of a source and its translation differ: what every comparer of names gives."""

from __future__ import annotations

from typing import NamedTuple


class Differences(NamedTuple):
    """Names that two texts do not have in common."""

    missing: tuple[str, ...] = ()  # only in the source; with its English in brackets, if known
    added: tuple[str, ...] = ()  # only in the translation
    replaced: tuple[tuple[str, str], ...] = ()  # of the source, and what stands in its place
