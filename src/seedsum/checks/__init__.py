"""Checks: what a reviewer should look at in a pair of source text and English translation.

Pure: nothing is repaired here. One file per kind of check, one line per code in `table`;
docs/checks.md lists the codes and the thresholds, docs/reference/check-figures.md how often each
check is right.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Iterable, Mapping
from functools import cache
from typing import Any

from seedsum.checks.check import (
    POSSIBLE,
    SCORER,
    Check,
    Pair,
    Result,
    Scope,
    Scorer,
    described,
    is_possible,
    likely,
)
from seedsum.checks.decoding import check_empty
from seedsum.checks.glossary import Glossary, load_glossary, matching_terms
from seedsum.checks.instructions import tells_a_model
from seedsum.checks.status import block_fates, document_status
from seedsum.checks.table import (
    CHECKS,
    badness,
    found_by,
    missing_checks,
    severity,
    worst_first,
)
from seedsum.languages import get
from seedsum.languages.casing import in_sentence_case
from seedsum.records import Flag, Hypothesis
from seedsum.settings import CheckOptions

__all__ = [
    "CHECKS",
    "POSSIBLE",
    "SCORER",
    "Check",
    "Glossary",
    "Pair",
    "Result",
    "Scope",
    "Scorer",
    "badness",
    "block_fates",
    "check_segment",
    "described",
    "document_status",
    "is_possible",
    "likely",
    "load_glossary",
    "missing_checks",
    "severity",
    "tells_a_model",
]

_DEFAULTS = CheckOptions()


def check_segment(
    source: str,
    translation: str,
    *,
    language: str,
    hypothesis: Hypothesis | None = None,
    options: CheckOptions = _DEFAULTS,
    glossary: Glossary | None = None,
    scorer: Scorer | None = None,
) -> tuple[Flag, ...]:
    """Return the flags of one translated segment, worst first; none for a clean one.

    `language` is the source's; the translation is English. One without a letter or digit has the
    flag `empty` and no other, and none where the source has nothing to translate either. A source
    in capitals is read in sentence case.
    """
    known = get(language)
    source = in_sentence_case(unicodedata.normalize("NFC", source), known)
    pair = Pair(
        source=source,
        translation=unicodedata.normalize("NFC", translation),
        language=known,
        options=options,
        hypothesis=hypothesis,
        terms=matching_terms(source, glossary, language=known) if glossary is not None else (),
        scorer=scorer,
    )
    if not any(map(str.isalnum, translation)):
        return tuple(found_by(check_empty, pair))
    wanted = _possible_checks(language, scored=scorer is not None)
    functions = dict.fromkeys(wanted.values())
    found = (flag for function in functions for flag in found_by(function, pair))
    return worst_first(flag for flag in found if flag.code in wanted)


@cache
def _possible_checks(
    language: str, *, scored: bool
) -> Mapping[str, Callable[[Any], Iterable[Flag]]]:
    """Return the functions of the checks of segments that can be had for a language, by code."""
    known = get(language)
    return {
        check.code: check.function
        for check in CHECKS
        if check.scope is Scope.SEGMENT and check.is_possible(known, scored=scored)
    }
