"""The rows of the tables of names that each language writes in its own way."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cache, lru_cache
from importlib.resources import files

#: The languages of the tables' columns after English; others name their forms in `NameRules.known`.
_COLUMNS = ("vi", "bn")
OTHER = "-"  # the name of the row for longer names that contain one: `Indian Ocean` is not India


class Kind(StrEnum):
    """The tables."""

    NAME = "known_names"
    DISEASE = "diseases"
    BODY = "bodies"


@dataclass(frozen=True, slots=True)
class Forms:
    """How one language writes a name: forms that demand it, and some that may only mean it."""

    must: tuple[str, ...] = ()
    may: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class KnownName:
    """A name in English, whose first form is its key, and in the languages of the tables."""

    english: Forms
    forms: Mapping[str, Forms]
    kind: Kind

    @property
    def is_disease(self) -> bool:
        """Whether it has small letters."""
        return self.kind is Kind.DISEASE

    @property
    def name(self) -> str:
        """The first English form."""
        return self.english.must[0]


@cache
def known_names() -> tuple[KnownName, ...]:
    """Return the lands, peoples, cities, great bodies and diseases."""
    return (*_rows(Kind.NAME), *_rows(Kind.DISEASE))


@cache
def bodies() -> tuple[KnownName, ...]:
    """Return ministries, courts, parties and the like."""
    return _rows(Kind.BODY)


def _rows(kind: Kind) -> tuple[KnownName, ...]:
    lines = files(__package__).joinpath(f"{kind}.tsv").read_text("utf-8").splitlines()
    return tuple(_row(line, kind) for line in lines if not line.startswith("#"))


def _row(line: str, kind: Kind) -> KnownName:
    english, *others = map(parse_forms, unicodedata.normalize("NFC", line).split("\t"))
    return KnownName(english, dict(zip(_COLUMNS, others, strict=True)), kind)


@lru_cache(maxsize=10_000)
def parse_forms(cell: str) -> Forms:
    """Return the forms of a cell: separated by commas, those in brackets demand nothing."""
    forms = [form.strip() for form in cell.split(",")]
    return Forms(
        must=tuple(form for form in forms if form and form[0] != "("),
        may=tuple(form.strip("()") for form in forms if form[:1] == "("),
    )
