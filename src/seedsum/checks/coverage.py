"""Coverage: does a translation have the length, the clauses and the sentences of its source?

Neighbours: `options` has the bounds; docs/checks.md the percentiles.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass

from seedsum.checks.options import CheckOptions
from seedsum.languages import LANGUAGES
from seedsum.records import Flag


@dataclass(frozen=True, slots=True)
class LengthRatio:
    """The natural logarithm of English characters over source characters, as measured."""

    mean: float
    deviation: float


#: From human translations of news.
LENGTH_RATIOS: dict[str, LengthRatio] = {
    "vi": LengthRatio(mean=-0.104, deviation=0.160),
    "bn": LengthRatio(mean=0.010, deviation=0.150),
}
#: A pair that was not measured: half to twice as long is nothing unusual.
UNKNOWN_RATIO = LengthRatio(mean=0.0, deviation=0.35)

_CLAUSE_MARK = re.compile(r"[,;:،،؛–—]|\s-\s")


def num_clauses(text: str) -> int:
    """Return one more than the number of marks inside the text that divide clauses."""
    return 1 + len(_CLAUSE_MARK.findall(re.sub(r"(?<=\d)[.,:](?=\d)", "", text)))


def num_sentences(text: str, *, language: str) -> int:
    """Return the number of sentences by their enders; at least 1."""
    enders = re.escape(LANGUAGES[language].sentence_enders if language in LANGUAGES else ".!?")
    return max(1, len(re.findall(rf"[{enders}]+[\"'”’)\]]*(?:\s+(?=\S{{2}})|$)", text.strip())))


def length_z(source: str, target: str, *, language: str) -> float:
    """Return how many standard deviations the log length ratio is from the language's mean."""
    ratio = LENGTH_RATIOS.get(language, UNKNOWN_RATIO)
    return (math.log((len(target) + 1) / (len(source) + 1)) - ratio.mean) / ratio.deviation


def check_coverage(
    source: str, target: str, *, language: str, options: CheckOptions
) -> tuple[Flag, ...]:
    """Return flags for a translation that is likely to omit or to add something."""
    if len(source) < options.min_ratio_chars:
        return ()
    z = length_z(source, target, language=language)
    percent = 100 * len(target) / len(source)
    there, here = num_clauses(source), num_clauses(target)
    if z < options.ratio_z_low or z > options.ratio_z_high:
        return (Flag("length-ratio", f"{percent:.0f}% of the source's characters (z {z:+.1f})"),)
    if here < there and z < options.ratio_z_low_with_fewer_clauses:
        return (Flag("clause-count", f"{there} clauses became {here}, {percent:.0f}% as long"),)
    return ()
