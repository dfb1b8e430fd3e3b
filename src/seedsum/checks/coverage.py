"""Coverage: does a translation have the length, the clauses and the sentences of its source?

Neighbours: `options` has the bounds; docs/checks.md the percentiles.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from functools import lru_cache

from seedsum.languages import LANGUAGES
from seedsum.records import Flag
from seedsum.settings import CheckOptions


@dataclass(frozen=True, slots=True)
class LengthRatio:
    """How the log of English over source characters is spread, by source length in characters.

    The mean is `mean + mean_per_char / length`, the variance `variance + variance_per_char /
    length`: short segments vary more.
    """

    mean: float
    mean_per_char: float
    variance: float
    variance_per_char: float


#: Fitted by weighted least squares, beyond three deviations trimmed, on human translations of
#: news and health: for vi 46,367 pairs (VLSP 2020, ALT, bilingual news), for bn 11,812 (TICO-19,
#: Wikipedia), each set and half of the NTREX documents with equal weight. docs/checks.md has the
#: percentiles.
LENGTH_RATIOS: dict[str, LengthRatio] = {
    "vi": LengthRatio(-0.089, 3.78, 0.0046, 1.91),
    "bn": LengthRatio(-0.033, 5.28, 0.0045, 1.60),
}
#: A pair that was not measured: half to twice as long is nothing unusual.
UNKNOWN_RATIO = LengthRatio(0.0, 0.0, 0.08, 2.0)

_CLAUSE_MARK = re.compile(r"[,;:،،؛–—]|\s-\s")


def num_clauses(text: str) -> int:
    """Return one more than the number of marks inside the text that divide clauses."""
    return 1 + len(_CLAUSE_MARK.findall(re.sub(r"(?<=\d)[.,:](?=\d)", "", text)))


#: A last word that ends in a full stop but no sentence: an initial, a title, an abbreviation.
_ABBREVIATION = re.compile(
    r"(?:^|[\s(\"“'‘])(?:[^\W\d_]{1,2}|[A-ZĐ]{1,4}|\w(?:\.\w)+|[A-Z][a-z]{2,3})\.$"
)


def num_sentences(text: str, *, language: str) -> int:
    """Return the number of sentences by their enders; at least 1."""
    text = text.strip()
    ends = _sentence_end(language).finditer(text)
    return 1 + sum(not _ABBREVIATION.search(text[: match.end()].rstrip()) for match in ends)


@lru_cache
def _sentence_end(language: str) -> re.Pattern[str]:
    enders = re.escape(LANGUAGES[language].sentence_enders if language in LANGUAGES else ".!?")
    return re.compile(rf"[{enders}]+[\"'”’)\]]*\s+(?=[^\sa-z])")


def length_z(source: str, target: str, *, language: str) -> float:
    """Return how many standard deviations the log length ratio is from what is usual."""
    ratio = LENGTH_RATIOS.get(language, UNKNOWN_RATIO)
    num_chars = len(source) + 1
    mean = ratio.mean + ratio.mean_per_char / num_chars
    deviation = math.sqrt(ratio.variance + ratio.variance_per_char / num_chars)
    return (math.log((len(target) + 1) / num_chars) - mean) / deviation


def check_coverage(
    source: str, target: str, *, language: str, options: CheckOptions
) -> tuple[Flag, ...]:
    """Return flags for a translation that is likely to omit or to add something."""
    if len(source) < options.min_ratio_chars:
        return ()
    z = length_z(source, target, language=language)
    percent = f"{100 * len(target) / len(source):.0f}% of the source's characters (z {z:+.1f})"
    if not options.ratio_z_low <= z <= options.ratio_z_high:
        return (Flag("length-ratio", percent),)
    if z < options.ratio_z_fewer_sentences:
        there, here = num_sentences(source, language=language), num_sentences(target, language="en")
        if here < there:
            return (Flag("sentence-count", f"{there} sentences became {here}, {percent}"),)
    if z >= max(options.ratio_z_fewer_clauses, options.ratio_z_fewer_clauses_by_two):
        return ()
    there, here = num_clauses(source), num_clauses(target)
    by_two = z < options.ratio_z_fewer_clauses_by_two and here + 1 < there
    if by_two or (z < options.ratio_z_fewer_clauses and here < there):
        return (Flag("clause-count", f"{there} clauses became {here}, {percent}"),)
    return ()
