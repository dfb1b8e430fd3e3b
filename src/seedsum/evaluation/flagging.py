"""What the checks say of pairs from anywhere, and how often they are right where that is known."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import sqrt
from types import MappingProxyType
from typing import Any

from seedsum.checks import Glossary, check_segment
from seedsum.checks.table import worst_first
from seedsum.evaluation.pairs import TextPair
from seedsum.records import Flag
from seedsum.settings import CheckOptions

#: Pairs of one language -> for each what a model has to say of it.
Evidence = Callable[[Sequence[TextPair]], Sequence[Iterable[Flag]]]


@dataclass(frozen=True, slots=True)
class FlaggedPair:
    """A pair and its flags, worst first."""

    pair: TextPair
    flags: tuple[Flag, ...]


@dataclass(frozen=True, slots=True)
class Share:
    """So many of so many."""

    num_found: int
    num_all: int

    @property
    def value(self) -> float | None:
        """The share, 0 to 1; None of none."""
        return self.num_found / self.num_all if self.num_all else None

    @property
    def interval(self) -> tuple[float, float]:
        """Within what the true share lies with 95% confidence; of none, anywhere.

        Source: Wilson (1927), "Probable inference, the law of succession, and statistical
        inference".
        """
        if not self.num_all:
            return 0.0, 1.0
        n, p, z = self.num_all, self.num_found / self.num_all, 1.959964
        centre = (p + z * z / (2 * n)) / (1 + z * z / n)
        half = z * sqrt(p * (1 - p) / n + z * z / (4 * n * n)) / (1 + z * z / n)
        return max(centre - half, 0.0), min(centre + half, 1.0)

    def __str__(self) -> str:
        if self.value is None:
            return "none of 0"
        low, high = self.interval
        return f"{self.value:.1%} ({self.num_found} of {self.num_all}; {low:.1%} to {high:.1%})"


def flag_pairs(
    pairs: Sequence[TextPair],
    *,
    options: CheckOptions,
    glossaries: Mapping[str, Glossary] = MappingProxyType({}),
    evidence: Mapping[str, Evidence] = MappingProxyType({}),
) -> tuple[FlaggedPair, ...]:
    """Return the pairs with their flags, in order.

    `glossaries` and `evidence` are by source language; the pairs of a language without either are
    checked by the other rules.
    """
    found = [
        check_segment(
            pair.source,
            pair.translation,
            language=pair.language,
            options=options,
            glossary=glossaries.get(pair.language),
        )
        for pair in pairs
    ]
    for language, ask in evidence.items():
        places = [i for i, pair in enumerate(pairs) if pair.language == language]
        asked = ask([pairs[i] for i in places]) if places else ()
        for i, flags in zip(places, asked, strict=True):
            found[i] = worst_first((*found[i], *flags))
    return tuple(map(FlaggedPair, pairs, found))


def recall(flagged: Iterable[FlaggedPair]) -> Share:
    """Return how many of the pairs that have a fault are flagged."""
    wrong = [bool(item.flags) for item in flagged if item.pair.is_judged and item.pair.fault]
    return Share(sum(wrong), len(wrong))


def false_alarms(flagged: Iterable[FlaggedPair]) -> Share:
    """Return how many of the pairs that are known to be right are flagged."""
    right = [bool(item.flags) for item in flagged if item.pair.is_judged and not item.pair.fault]
    return Share(sum(right), len(right))


def as_document(flagged: Sequence[FlaggedPair]) -> dict[str, Any]:
    """Return what `seedsum check --json` prints; docs/check.schema.json describes it."""
    return {
        "pairs": [
            {
                "id": item.pair.id,
                "flags": [
                    {"code": flag.code, "detail": flag.detail, "likelihood": flag.likelihood}
                    for flag in item.flags
                ],
            }
            for item in flagged
        ],
        "recall": recall(flagged).value,
        "false_alarms": false_alarms(flagged).value,
    }
