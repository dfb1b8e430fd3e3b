"""The table of checks: one line a code, the worst first."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from seedsum import plugins
from seedsum.checks import coverage, decoding, glossary, names, quantities
from seedsum.checks.check import Check
from seedsum.errors import ConfigError
from seedsum.languages import get
from seedsum.records import Flag

#: What is certainly wrong, then what may mislead, then what may only be free.
OUR_CHECKS: tuple[Check, ...] = (
    Check("empty", decoding.check_empty),
    Check("wrong-script", decoding.check_script),
    Check("copied-source", decoding.check_copied),
    Check("wrong-language", decoding.check_language),
    Check("unfinished", decoding.check_unfinished),
    Check("repetition", decoding.check_repetition),
    Check("quantity-changed", quantities.check_quantities, needs=("numbers",)),
    Check("quantity-missing", quantities.check_quantities),
    Check("quantity-added", quantities.check_quantities, needs=("numbers",)),
    Check("quantity-repeated", quantities.check_quantities, needs=("numbers",)),
    Check("name-changed", names.check_names, needs=("names",)),
    Check("name-added", names.check_names, needs=("names",)),
    Check("length-ratio", coverage.check_coverage),
    Check("sentence-count", coverage.check_coverage, needs=("length",)),
    Check("clause-count", coverage.check_coverage, needs=("length",)),
    Check("name-missing", names.check_names, needs=("script",)),
    Check("glossary", glossary.check_glossary),
    Check("low-score", decoding.check_score),
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


def worst_first(flags: Iterable[Flag]) -> tuple[Flag, ...]:
    """Return flags in order; those that are equally bad by code and detail."""
    return tuple(sorted(flags, key=lambda flag: (-severity(flag), flag)))


def badness(flags: Iterable[Flag]) -> tuple[int, ...]:
    """Return what orders sets of flags: the worst flag first, then the next, then how many.

    One flag more never makes it less.
    """
    return tuple(sorted(map(severity, flags), reverse=True))


def missing_checks(language: str) -> tuple[str, ...]:
    """Return the codes that a source language goes without, since too little is known of it."""
    known = get(language)
    return tuple(check.code for check in CHECKS if not check.is_possible(known, scored=True))
