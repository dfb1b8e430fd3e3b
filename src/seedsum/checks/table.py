"""The table of checks: one line a code, the worst first."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from seedsum import plugins
from seedsum.checks.check import SCORER, Check, Scope
from seedsum.checks.coverage import check_counts, check_length
from seedsum.checks.decoding import (
    check_copied,
    check_empty,
    check_language,
    check_repetition,
    check_score,
    check_script,
    check_unfinished,
)
from seedsum.checks.glossary import check_glossary
from seedsum.checks.names import check_names
from seedsum.checks.quantities import check_quantities
from seedsum.errors import ConfigError
from seedsum.languages import Language, get
from seedsum.records import Flag

#: What is certainly wrong, then what may mislead, then what may only be free.
OUR_CHECKS: tuple[Check, ...] = (
    Check("empty", check_empty),
    Check("wrong-script", check_script),
    Check("copied-source", check_copied),
    Check("wrong-language", check_language),
    Check("unfinished", check_unfinished),
    Check("repetition", check_repetition),
    Check("quantity-changed", check_quantities, needs=("numbers",)),
    Check("quantity-missing", check_quantities),
    Check("quantity-added", check_quantities, needs=("numbers",)),
    Check("quantity-repeated", check_quantities, needs=("numbers",)),
    Check("name-changed", check_names, needs=("names",)),
    Check("name-added", check_names, needs=("names",)),
    Check("length-ratio", check_length),
    Check("sentence-count", check_counts, needs=("length",)),
    Check("clause-count", check_counts, needs=("length",)),
    Check("name-missing", check_names, needs=("script",)),
    Check("glossary", check_glossary),
    Check("low-score", check_score),
)


def with_others(ours: Sequence[Check], others: Mapping[str, Any]) -> tuple[Check, ...]:
    """Return our checks with those of other packages in their places.

    Raises:
        ConfigError: Something is no check, or has a code that is taken.
    """
    table = list(ours)
    for name, check in others.items():
        if not isinstance(check, Check):
            raise ConfigError(f"seedsum.checks, {name!r}: wanted a Check, got {check!r}")
        codes = [known.code for known in table]
        if check.code in codes:
            raise ConfigError(f"seedsum.checks, {name!r}: there is a check {check.code!r} already")
        place = codes.index(check.worse_than) if check.worse_than in codes else len(codes)
        table.insert(place, check)
    return tuple(table)


CHECKS: tuple[Check, ...] = with_others(OUR_CHECKS, plugins.load("seedsum.checks"))
_SEVERITY = {check.code: len(CHECKS) - place for place, check in enumerate(CHECKS)}


def severity(flag: Flag) -> int:
    """Return how bad a flag is, higher is worse; 0 for a code that is not of the checks."""
    return _SEVERITY.get(flag.code, 0)


def badness(flags: Iterable[Flag]) -> tuple[int, ...]:
    """Return what orders sets of flags: the worst flag first, then the next, then how many.

    One flag more never makes it less.
    """
    return tuple(sorted(map(severity, flags), reverse=True))


def missing_checks(language: str) -> tuple[str, ...]:
    """Return the codes that a source language goes without, since too little is known of it."""
    known = get(language)
    return tuple(check.code for check in CHECKS if not _has(known, check.needs, scored=True))


def codes_by_function(
    scope: Scope, language: Language, *, scored: bool
) -> dict[Callable[[Any], Iterable[Flag]], set[str]]:
    """Return the functions to call for a language, each with the codes that it may give."""
    found: dict[Callable[[Any], Iterable[Flag]], set[str]] = {}
    for check in CHECKS:
        if check.scope is scope and _has(language, check.needs, scored=scored):
            found.setdefault(check.function, set()).add(check.code)
    return found


def _has(language: Language, needs: Sequence[str], *, scored: bool) -> bool:
    return all(scored if need == SCORER else getattr(language, need) for need in needs)
