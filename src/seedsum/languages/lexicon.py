"""Word lists that ship: ordinary words, and places in scripts that have no capitals.

`training/name_tables.py` makes them; their first lines say what of and under which licences.
"""

from __future__ import annotations

import unicodedata
from functools import cache
from importlib.resources import files


@cache
def ordinary_words(language: str) -> frozenset[str]:
    """Return words that are no names, without endings; none where no list is."""
    name = f"ordinary_words.{language}.txt"
    return frozenset(_lines(name)) if files(__package__).joinpath(name).is_file() else frozenset()


@cache
def places() -> dict[str, str]:
    """Return places, from their names in Bengali letters to what English calls them."""
    rows = (unicodedata.normalize("NFC", line).split("\t") for line in _lines("places.tsv"))
    return {other: english for english, other in rows}


def _lines(name: str) -> list[str]:
    text = files(__package__).joinpath(name).read_text("utf-8")
    return [line for line in text.splitlines() if not line.startswith("#")]
