"""Checks: what a reviewer should look at in a pair of source text and English translation.

Pure: nothing is repaired here. One file per kind of check; docs/checks.md lists the codes, the
thresholds and how often each check is right. Neighbours: `translation` and `rescue` call
`check_segment`, `pipeline` calls `document_status` and `ledger`.
"""

from __future__ import annotations

from seedsum.checks.coverage import check_coverage
from seedsum.checks.decoding import check_decoding
from seedsum.checks.glossary import (
    Glossary,
    check_glossary,
    load_glossary,
    matching_terms,
)
from seedsum.checks.ledger import Ledger, block_fates, document_status, ledger
from seedsum.checks.names import check_names
from seedsum.checks.options import CheckOptions
from seedsum.checks.quantities import check_quantities
from seedsum.checks.severity import severity
from seedsum.records import Flag, Hypothesis

__all__ = [
    "CheckOptions",
    "Glossary",
    "Ledger",
    "block_fates",
    "check_segment",
    "document_status",
    "ledger",
    "load_glossary",
    "severity",
]


def check_segment(
    source: str,
    target: str,
    *,
    language: str,
    hypothesis: Hypothesis | None,
    options: CheckOptions,
    glossary: Glossary | None = None,
) -> tuple[Flag, ...]:
    """Return the flags of one translated segment, worst first; none for a clean one.

    `language` is the source's; the target is English. An empty translation has `empty` only.
    """
    decoding = check_decoding(
        source, target, language=language, hypothesis=hypothesis, options=options
    )
    if any(flag.code == "empty" for flag in decoding):
        return decoding
    terms = matching_terms(source, glossary) if glossary is not None else ()
    translated = " ".join(term.source for term in terms)
    flags = (
        *decoding,
        *check_quantities(source, target, language=language),
        *check_coverage(source, target, language=language, options=options),
        *check_names(source, target, language=language, translated=translated),
        *check_glossary(terms, target),
    )
    return tuple(sorted(flags, key=lambda flag: (-severity(flag), flag)))
