"""Precision and recall of the checks on pairs whose faults are known; `checks.py` has the command.

Shares have 95% intervals (Wilson). The precision of a code says nothing without the share of pairs
that are wrong, so it is also given for one wrong translation in five (`LIKELY_WRONG`): of
`num_wrong` wrong pairs and `num_right` right ones those that have the code count as if the wrong
ones were a fifth of all. That figure sets a code's likelihood in `checks/table.py`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from pathlib import Path

from seedsum.checks import CHECKS, is_possible
from seedsum.evaluation.evidence import models_evidence
from seedsum.evaluation.flagging import (
    FlaggedPair,
    Share,
    false_alarms,
    flag_pairs,
    recall,
)
from seedsum.evaluation.pairs import TextPair, parse_pairs
from seedsum.pipeline.context import resolve_context
from seedsum.pipeline.stages import loaded_models
from seedsum.settings import CheckOptions

#: The share of translations that are wrong, for which likelihoods are given. A choice: a strong
#: model's sentences are wrong less often, a weak one's far more often.
LIKELY_WRONG = 0.2


def read_pairs(path: Path) -> tuple[TextPair, ...]:
    """Return the pairs of a file whose faults are known."""
    pairs = parse_pairs(path.read_text(encoding="utf-8"), name=str(path))
    return tuple(pair for pair in pairs if pair.is_judged)


def flagged_sets(
    sets: Mapping[str, Sequence[TextPair]], *, profile: str | None
) -> dict[str, Sequence[FlaggedPair]]:
    """Return the pairs of each set with their flags, also those of a profile's models, if any."""
    options = CheckOptions()
    if profile is None:
        return {name: flag_pairs(pairs, options=options) for name, pairs in sets.items()}
    context = resolve_context(None, profile, offline=True, strict=True)
    with loaded_models(context, on_load=lambda text: None) as loaded:
        evidence = models_evidence(context, loaded)
        return {
            name: flag_pairs(pairs, options=options, evidence=evidence)
            for name, pairs in sets.items()
        }


def report(
    flagged: Mapping[str, Sequence[FlaggedPair]], *, unseen: Collection[str]
) -> Iterator[str]:
    """Yield the lines of all tables; `unseen` are kinds of faults that no check looks for."""
    every = [item for items in flagged.values() for item in items]
    yield from _set_table(flagged, unseen)
    yield from _kind_table(every)
    yield from _code_table(every)


def _set_table(
    flagged: Mapping[str, Sequence[FlaggedPair]], unseen: Collection[str]
) -> Iterator[str]:
    yield "Of all pairs, those that are flagged; in brackets those with a flag that is likely."
    yield ""
    yield "| pairs | source | wrong, flagged | of the kinds looked for | right, flagged |"
    yield "|---|---|---|---|---|"
    for name, items in flagged.items():
        languages = sorted({item.pair.language for item in items})
        groups = {tag: [one for one in items if one.pair.language == tag] for tag in languages}
        if len(groups) > 1:
            groups["all"] = list(items)
        for language, group in groups.items():
            seen = [item for item in group if item.pair.fault not in unseen]
            likely = _likely(group)
            yield (
                f"| {name} | {language} | {_both(recall(group), recall(likely))}"
                f" | {_both(recall(seen), recall(_likely(seen)))}"
                f" | {_both(false_alarms(group), false_alarms(likely))} |"
            )
    yield ""


def _likely(items: Iterable[FlaggedPair]) -> list[FlaggedPair]:
    """Return the pairs without the flags that are only possible."""
    return [
        FlaggedPair(item.pair, tuple(flag for flag in item.flags if not is_possible(flag)))
        for item in items
    ]


def _both(found: Share, likely: Share) -> str:
    if found.value is None:
        return ""
    return f"{found}" if likely == found else f"{found} [{likely}]"


def _kind_table(items: Sequence[FlaggedPair]) -> Iterator[str]:
    yield "Recall by kind of fault, and the codes that found it (pairs):"
    yield ""
    languages = sorted({item.pair.language for item in items if item.pair.fault})
    yield f"| fault | {' | '.join(languages)} | all | codes |"
    yield f"|---|{'---:|' * len(languages)}---|---|"
    for kind in sorted({item.pair.fault for item in items} - {""}):
        group = [item for item in items if item.pair.fault == kind]
        by_language = [[one for one in group if one.pair.language == tag] for tag in languages]
        counts = [f"{recall(some).num_found}/{len(some)}" if some else "" for some in by_language]
        codes = Counter(code for item in group for code in _codes(item))
        yield f"| {kind} | {' | '.join(counts)} | {recall(group)} | {_counted(codes)} |"
    yield ""


def _code_table(items: Sequence[FlaggedPair]) -> Iterator[str]:
    wrong = [item for item in items if item.pair.fault]
    right = [item for item in items if not item.pair.fault]
    yield f"Precision by code. Pairs: {len(wrong)} wrong, {len(right)} right."
    yield ""
    yield (
        "| code | on wrong pairs | on right pairs | precision"
        f" | if {LIKELY_WRONG:.0%} are wrong | likelihood | kinds of fault |"
    )
    yield "|---|---:|---:|---|---:|---:|---|"
    for check in CHECKS:
        on_wrong = [item for item in wrong if check.code in _codes(item)]
        on_right = [item for item in right if check.code in _codes(item)]
        if not on_wrong and not on_right:
            continue
        precision = Share(len(on_wrong), len(on_wrong) + len(on_right))
        among = _precision_among(Share(len(on_wrong), len(wrong)), Share(len(on_right), len(right)))
        kinds = _counted(Counter(item.pair.fault for item in on_wrong))
        yield (
            f"| `{check.code}` | {len(on_wrong)} | {len(on_right)} | {precision}"
            f" | {among:.2f} | {_or_nothing(check.likelihood)} | {kinds} |"
        )
    yield ""


def _precision_among(found: Share, false: Share) -> float:
    """Return how many flags would be right where `LIKELY_WRONG` of the pairs are wrong.

    Half a flag is added to either side, so that two flags that are right do not make a code certain
    (the Krichevsky-Trofimov estimate).
    """
    hits = (found.num_found + 0.5) / (found.num_all + 1) * LIKELY_WRONG
    misses = (false.num_found + 0.5) / (false.num_all + 1) * (1 - LIKELY_WRONG)
    return hits / (hits + misses)


def _or_nothing(value: float | None) -> str:
    return "" if value is None else f"{value:.2f}"


def _codes(item: FlaggedPair) -> list[str]:
    return sorted({flag.code for flag in item.flags})


def _counted(counts: Counter[str]) -> str:
    most = sorted(counts.items(), key=lambda pair: (-pair[1], pair[0]))
    return ", ".join(f"{name} {number}" for name, number in most)
