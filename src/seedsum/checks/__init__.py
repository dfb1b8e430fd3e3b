"""Checks: what a reviewer should look at in a pair of source text and English translation.

Pure: nothing is repaired here. One file per kind of check; docs/checks.md lists the codes, the
thresholds and how often each check is right. Neighbours: `translation` and `rescue` call
`check_segment`, `pipeline` calls `document_status` and `ledger`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from seedsum.checks.coverage import check_coverage
from seedsum.checks.decoding import check_decoding
from seedsum.checks.glossary import Glossary, check_glossary, load_glossary, matching_terms
from seedsum.checks.ledger import Ledger, block_fates, document_status, ledger
from seedsum.checks.names import check_names
from seedsum.checks.quantities import check_quantities
from seedsum.checks.severity import badness, severity
from seedsum.records import Flag, Hypothesis
from seedsum.settings import CheckOptions

__all__ = [
    "Glossary",
    "Ledger",
    "badness",
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
    rival: Sequence[Flag] = (),
) -> tuple[Flag, ...]:
    """Return the flags of one translated segment, worst first; none for a clean one.

    `language` is the source's; the target is English. An empty translation has `empty` only. A
    `rival` is another translation's flags: as soon as this one is no better, the rest of its own
    are not looked for.
    """
    flags: list[Flag] = []
    for flag in _flags(source, target, language, hypothesis, options, glossary):
        flags.append(flag)
        if rival and badness(flags) >= badness(rival):
            break
    return tuple(sorted(flags, key=lambda flag: (-severity(flag), flag)))


def _flags(
    source: str,
    target: str,
    language: str,
    hypothesis: Hypothesis | None,
    options: CheckOptions,
    glossary: Glossary | None,
) -> Iterator[Flag]:
    for flag in check_decoding(
        source, target, language=language, hypothesis=hypothesis, options=options
    ):
        yield flag
        if flag.code == "empty":
            return
    yield from check_quantities(source, target, language=language)
    yield from check_coverage(source, target, language=language, options=options)
    terms = matching_terms(source, glossary) if glossary is not None else ()
    translated = " ".join(term.source for term in terms)
    yield from check_names(source, target, language=language, translated=translated)
    yield from check_glossary(terms, target)
