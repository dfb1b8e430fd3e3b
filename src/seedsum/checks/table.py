"""The table of checks: one line a code, the worst first."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from seedsum import plugins
from seedsum.checks import (
    copied,
    coverage,
    decoding,
    evidence,
    foreign,
    form,
    glossary,
    instructions,
    meaning,
    names,
    quantities,
    repetition,
)
from seedsum.checks.check import SCORER, Check, Pair, Result, is_possible
from seedsum.errors import ConfigError
from seedsum.languages import get
from seedsum.records import Flag

#: What is certainly wrong, then what may mislead, then what may only be free.
#:
#: A likelihood is how often a flag of the code would be right if one translation in five were
#: wrong, as `benchmarks/checks.py --pairs` measures it on 248 wrong pairs and 2,199 right ones
#: (docs/reference/check-figures.md), at most 0.9: the rules were written on those.
#: Above that is only what is wrong by its form. Where all that flagged right pairs were read and
#: mostly do differ from their source (wrong-language, repetition, quantity-added, name-added), the
#: others were counted. Too rare there to say: garbled, quantity-repeated, english-changed,
#: quotation, glossary and low-score; theirs are estimates.
OUR_CHECKS: tuple[Check, ...] = (
    Check("empty", decoding.check_empty, likelihood=0.99),
    Check("garbled", form.check_garbled, likelihood=0.95),
    Check("wrong-script", foreign.check_script, likelihood=0.95),
    Check("copied-source", copied.check_copied, likelihood=0.9),
    Check("wrong-language", foreign.check_language, likelihood=0.9),
    Check("instruction", instructions.check_instructions, likelihood=0.9),
    Check("address-added", instructions.check_addresses, likelihood=0.9),
    Check("unfinished", decoding.check_unfinished, likelihood=0.6),
    Check("repetition", repetition.check_repetition, likelihood=0.75),
    Check("negation", meaning.check_meaning, needs=("cues",), likelihood=0.75),
    Check("opposite", meaning.check_meaning, needs=("cues",), likelihood=0.9),
    Check("quantity-changed", quantities.check_quantities, needs=("numbers",), likelihood=0.9),
    Check("quantity-missing", quantities.check_quantities, likelihood=0.8),
    Check("quantity-added", quantities.check_quantities, needs=("numbers",), likelihood=0.7),
    Check("quantity-repeated", quantities.check_quantities, needs=("numbers",), likelihood=0.6),
    Check("name-changed", names.check_names, needs=("names",), likelihood=0.9),
    Check("name-added", names.check_names, needs=("names",), likelihood=0.6),
    Check("omission", evidence.of_a_pass, needs=(SCORER,), likelihood=0.7),
    Check("addition", evidence.of_a_pass, needs=(SCORER,), likelihood=0.3),
    Check("gender", meaning.check_meaning, needs=("cues",), likelihood=0.8),
    Check("tense", meaning.check_meaning, needs=("cues",), likelihood=0.8),
    Check("question", meaning.check_meaning, needs=("cues",), likelihood=0.8),
    Check("mark-changed", form.check_marks, likelihood=0.9),
    Check("english-changed", form.check_english_inside, likelihood=0.8),
    Check("length-ratio", coverage.check_coverage, likelihood=0.6),
    Check("sentence-count", coverage.check_coverage, needs=("length",), likelihood=0.6),
    Check("clause-count", coverage.check_coverage, needs=("length",), likelihood=0.55),
    Check("name-missing", names.check_names, needs=("script",), likelihood=0.9),
    Check("clause-missing", meaning.check_meaning, needs=("cues",), likelihood=0.5),
    Check("quotation", form.check_quotes, likelihood=0.7),
    Check("item-missing", coverage.check_lists, needs=("cues",), likelihood=0.6),
    Check("modality", meaning.check_meaning, needs=("cues",), likelihood=0.4),
    Check("glossary", glossary.check_glossary, likelihood=0.9),
    Check("low-score", decoding.check_score, likelihood=0.5),
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
#: How likely a flag of each code is right, where it was measured.
LIKELIHOODS: Mapping[str, float] = {
    check.code: check.likelihood for check in CHECKS if check.likelihood is not None
}
#: What a person said is wrong: no check finds it, and nothing is worse.
REJECTED = "rejected"
_SEVERITY = {REJECTED: len(CHECKS) + 1} | {
    check.code: len(CHECKS) - place for place, check in enumerate(CHECKS)
}


def severity(flag: Flag) -> int:
    """Return how bad a flag is, higher is worse; 0 for a code that is not of the checks."""
    return _SEVERITY.get(flag.code, 0)


def found_by(function: Callable[[Any], Iterable[Flag]], looked_at: Pair | Result) -> Iterator[Flag]:
    """Yield what a check's function finds; flags without a likelihood take their code's."""
    for flag in function(looked_at):
        likelihood = LIKELIHOODS.get(flag.code)
        if flag.likelihood is None and likelihood is not None:
            yield replace(flag, likelihood=likelihood)
        else:
            yield flag


def worst_first(flags: Iterable[Flag]) -> tuple[Flag, ...]:
    """Return flags in order, what is only possible last; those equally bad by code and detail."""
    return tuple(sorted(flags, key=lambda flag: (is_possible(flag), -severity(flag), flag)))


def badness(flags: Iterable[Flag]) -> tuple[int, ...]:
    """Return what orders sets of flags: the worst flag first, then the next, then how many.

    One flag more never makes it less.
    """
    return tuple(sorted(map(severity, flags), reverse=True))


def missing_checks(language: str) -> tuple[str, ...]:
    """Return the codes that a source language goes without, since too little is known of it."""
    known = get(language)
    return tuple(check.code for check in CHECKS if not check.is_possible(known, scored=True))
