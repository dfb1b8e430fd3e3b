"""Coverage: does a translation have the length, the clauses and the sentences of its source?

`settings` has the bounds; docs/checks.md the percentiles.
"""

from __future__ import annotations

import math
import re
from functools import lru_cache

from seedsum.checks.check import Pair
from seedsum.languages import TARGET_LANGUAGE, get
from seedsum.languages.language import LengthRatio
from seedsum.records import Flag

#: A pair that was not measured: half to twice as long is nothing unusual.
_UNKNOWN_RATIO = LengthRatio(0.0, 0.0, 0.08, 2.0)

_CLAUSE_MARK = re.compile(r"[,;:،،؛–—]|\s-\s")


def num_clauses(text: str) -> int:
    """Return one more than the number of marks inside the text that divide clauses."""
    return 1 + len(_CLAUSE_MARK.findall(re.sub(r"(?<=\d)[.,:](?=\d)", "", text)))


#: A last word that ends in a full stop but no sentence: an initial, a title, an abbreviation.
_ABBREVIATION = re.compile(
    r"(?:^|[\s(\"“'‘])(?:[^\W\d_]{1,2}|[A-ZĐ]{1,4}|\w(?:\.\w)+|[A-Z][a-z]{2,3})\.$"
)


#: Longer than any of them.
_MAX_ABBREVIATION_CHARS = 40


def num_sentences(text: str, *, language: str) -> int:
    """Return the number of sentences by their enders; at least 1."""
    text = text.strip()
    ends = (match.end() for match in _sentence_end(language).finditer(text))
    return 1 + sum(not _ends_in_abbreviation(text, end) for end in ends)


def _ends_in_abbreviation(text: str, end: int) -> bool:
    return bool(_ABBREVIATION.search(text[max(0, end - _MAX_ABBREVIATION_CHARS) : end].rstrip()))


@lru_cache
def _sentence_end(language: str) -> re.Pattern[str]:
    enders = re.escape(get(language).sentence_enders)
    return re.compile(rf"(?<![{enders}])[{enders}]++[\"'”’)\]]*+\s++(?=[^\sa-z])")


def length_z(source: str, target: str, *, language: str) -> float:
    """Return how many standard deviations the log length ratio is from what is usual."""
    ratio = get(language).length or _UNKNOWN_RATIO
    num_chars = len(source) + 1
    mean = ratio.mean + ratio.mean_per_char / num_chars
    deviation = math.sqrt(ratio.variance + ratio.variance_per_char / num_chars)
    return (math.log((len(target) + 1) / num_chars) - mean) / deviation


def check_length(pair: Pair) -> tuple[Flag, ...]:
    """Flag a translation that is much shorter or longer than is usual."""
    options = pair.options
    if len(pair.source) < options.min_ratio_chars:
        return ()
    z = length_z(pair.source, pair.translation, language=pair.language.tag)
    if options.ratio_z_low <= z <= options.ratio_z_high:
        return ()
    return (Flag("length-ratio", _length(pair, z)),)


def check_counts(pair: Pair) -> tuple[Flag, ...]:
    """Flag a translation that is short and has fewer sentences or clauses than its source."""
    source, target, options = pair.source, pair.translation, pair.options
    if len(source) < options.min_ratio_chars:
        return ()
    z = length_z(source, target, language=pair.language.tag)
    if not options.ratio_z_low <= z <= options.ratio_z_high:
        return ()  # `check_length` flags it
    if z < options.ratio_z_fewer_sentences:
        there = num_sentences(source, language=pair.language.tag)
        here = num_sentences(target, language=TARGET_LANGUAGE)
        if here < there:
            detail = f"{there} sentences became {here}, {_length(pair, z)}"
            return (Flag("sentence-count", detail),)
    if z >= max(options.ratio_z_fewer_clauses, options.ratio_z_fewer_clauses_by_two):
        return ()
    there, here = num_clauses(source), num_clauses(target)
    by_two = z < options.ratio_z_fewer_clauses_by_two and here + 1 < there
    if by_two or (z < options.ratio_z_fewer_clauses and here < there):
        return (Flag("clause-count", f"{there} clauses became {here}, {_length(pair, z)}"),)
    return ()


def _length(pair: Pair, z: float) -> str:
    percent = 100 * len(pair.translation) / len(pair.source)
    return f"{percent:.0f}% of the source's characters (z {z:+.1f})"
