"""The rows of known_names.tsv and diseases.tsv: names that each language writes in its own way."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib.resources import files

#: The languages of the tables' columns after English; others name their forms in `NameRules.known`.
_COLUMNS = ("vi", "bn")
OTHER = "-"  # the name of the row for longer names that contain one: `Indian Ocean` is not India


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
    is_disease: bool

    @property
    def name(self) -> str:
        """The first English form."""
        return self.english.must[0]


@cache
def known_names() -> tuple[KnownName, ...]:
    """Return the rows of both tables."""
    return tuple(
        _row(line, is_disease=table == "diseases.tsv")
        for table in ("known_names.tsv", "diseases.tsv")
        for line in files(__package__).joinpath(table).read_text("utf-8").splitlines()
        if not line.startswith("#")
    )


def _row(line: str, *, is_disease: bool) -> KnownName:
    english, *others = map(parse_forms, line.split("\t"))
    return KnownName(english, dict(zip(_COLUMNS, others, strict=True)), is_disease)


@lru_cache(maxsize=10_000)
def parse_forms(cell: str) -> Forms:
    """Return the forms of a cell: separated by commas, those in brackets demand nothing."""
    forms = [form.strip() for form in cell.split(",")]
    return Forms(
        must=tuple(form for form in forms if form and form[0] != "("),
        may=tuple(form.strip("()") for form in forms if form[:1] == "("),
    )
