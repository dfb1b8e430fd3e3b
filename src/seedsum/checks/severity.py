"""How bad each flag is; docs/checks.md explains the codes."""

from __future__ import annotations

from collections.abc import Iterable

from seedsum.records import Flag

#: Worst first: what is certainly wrong, then what may mislead, then what may only be free.
CODES = (
    "empty",
    "wrong-script",
    "copied-source",
    "wrong-language",
    "unfinished",
    "repetition",
    "quantity-changed",
    "quantity-missing",
    "quantity-added",
    "quantity-repeated",
    "name-changed",
    "name-added",
    "length-ratio",
    "sentence-count",
    "clause-count",
    "name-missing",
    "glossary",
    "low-score",
)
_SEVERITY = {code: len(CODES) - place for place, code in enumerate(CODES)}


def severity(flag: Flag) -> int:
    """Return how bad a flag is, higher is worse; 0 for a code that is not of the checks."""
    return _SEVERITY.get(flag.code, 0)


def badness(flags: Iterable[Flag]) -> tuple[int, ...]:
    """Return what orders sets of flags: the worst flag first, then the next, then how many.

    One flag more never makes it less.
    """
    return tuple(sorted(map(severity, flags), reverse=True))
