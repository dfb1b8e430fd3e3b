"""Word lists that ship: ordinary English words, and places in scripts that have no capitals.

`training/name_tables.py` makes both; their first lines say what of and under which licences.
"""

from __future__ import annotations

import unicodedata
from functools import cache
from importlib.resources import files


@cache
def ordinary_stems() -> frozenset[str]:
    """Return the stems of English words that are written in small letters."""
    return frozenset(_lines("ordinary_words.txt"))


@cache
def places() -> dict[str, str]:
    """Return places, from their names in Bengali letters to what English calls them."""
    rows = (unicodedata.normalize("NFC", line).split("\t") for line in _lines("places.tsv"))
    return {other: english for english, other in rows}


def _lines(name: str) -> list[str]:
    text = files(__package__).joinpath(name).read_text("utf-8")
    return [line for line in text.splitlines() if not line.startswith("#")]
