"""How well the checks find what is wrong: precision and recall on injected faults.

Neighbours: `injection` makes the faults, `seedsum.checks` is measured.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from seedsum.checks import check_segment
from seedsum.evaluation.injection import FAULTS, Fault, Pair, Surroundings, inject
from seedsum.settings import CheckOptions


@dataclass(frozen=True, slots=True)
class FaultScore:
    """What became of one kind of fault in one source language.

    Attributes:
        num_injected: Pairs that were given the fault.
        num_found: Of those, with a flag that names the fault rightly.
        num_flagged: Of those, with any flag.
        num_false: Of the same pairs untouched, with a flag that would name the fault.
    """

    kind: str
    language: str
    num_injected: int
    num_found: int
    num_flagged: int
    num_false: int

    @property
    def recall(self) -> float:
        """Found among injected; 0 where nothing was injected."""
        return self.num_found / self.num_injected if self.num_injected else 0.0

    @property
    def recall_any(self) -> float:
        """Flagged at all among injected; 0 where nothing was injected."""
        return self.num_flagged / self.num_injected if self.num_injected else 0.0

    @property
    def precision(self) -> float:
        """Found among found and false, one fault for each untouched pair; 0 where none."""
        num_raised = self.num_found + self.num_false
        return self.num_found / num_raised if num_raised else 0.0


@dataclass(frozen=True, slots=True)
class CleanScore:
    """False alarms on untouched human translations from one source language.

    Attributes:
        codes: Flagged pairs by code, most first; one pair may have several codes.
    """

    language: str
    num_pairs: int
    num_flagged: int
    codes: tuple[tuple[str, int], ...]

    @property
    def rate(self) -> float:
        """Flagged among all pairs; 0 for none."""
        return self.num_flagged / self.num_pairs if self.num_pairs else 0.0


@dataclass(frozen=True, slots=True)
class CheckScores:
    """The measurement of the checks on a set of pairs."""

    clean: tuple[CleanScore, ...]
    faults: tuple[FaultScore, ...]


def score_checks(
    pairs: Sequence[Pair],
    *,
    options: CheckOptions,
    foreign: Mapping[str, Sequence[str]],
    seed: int = 0,
) -> CheckScores:
    """Return false alarms on the pairs and, for every kind of fault, what the checks find.

    `pairs` are in document order. `foreign` has sentences by language tag for outputs in a wrong
    language; without any, those two kinds are not injected.
    """
    clean: list[CleanScore] = []
    faults: list[FaultScore] = []
    for language in sorted({pair.language for pair in pairs}):
        chosen = [pair for pair in pairs if pair.language == language]
        untouched = {pair.id: _codes(pair, options) for pair in chosen}
        counts = Counter(code for codes in untouched.values() for code in codes)
        clean.append(
            CleanScore(
                language=language,
                num_pairs=len(chosen),
                num_flagged=sum(bool(codes) for codes in untouched.values()),
                codes=tuple(sorted(counts.items(), key=lambda item: (-item[1], item[0]))),
            )
        )
        around = [Surroundings(_following(chosen, i), foreign) for i in range(len(chosen))]
        faults += [
            _score(fault, language, chosen, around, untouched, options, seed) for fault in FAULTS
        ]
    return CheckScores(tuple(clean), tuple(faults))


def _following(pairs: Sequence[Pair], i: int) -> Pair | None:
    if i + 1 == len(pairs):
        return None
    document = pairs[i].id.rpartition(":")[0]
    return pairs[i + 1] if pairs[i + 1].id.rpartition(":")[0] == document else None


def _score(
    fault: Fault,
    language: str,
    pairs: Sequence[Pair],
    around: Sequence[Surroundings],
    untouched: Mapping[str, frozenset[str]],
    options: CheckOptions,
    seed: int,
) -> FaultScore:
    num_injected = num_found = num_flagged = num_false = 0
    for pair, surroundings in zip(pairs, around, strict=True):
        broken = inject(fault, pair, surroundings, seed=seed)
        if broken is None:
            continue
        codes = _codes(broken, options)
        num_injected += 1
        num_found += bool(codes & fault.codes)
        num_flagged += bool(codes)
        num_false += bool(untouched[pair.id] & fault.codes)
    return FaultScore(fault.kind, language, num_injected, num_found, num_flagged, num_false)


def _codes(pair: Pair, options: CheckOptions) -> frozenset[str]:
    flags = check_segment(
        pair.source, pair.target, language=pair.language, hypothesis=None, options=options
    )
    return frozenset(flag.code for flag in flags)
