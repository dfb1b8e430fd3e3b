"""Coverage: does a translation have the length, the clauses and the sentences of its source?

`settings` has the bounds; docs/checks.md the percentiles.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Sequence
from functools import lru_cache

from seedsum.checks.bodies import apart, body_spans
from seedsum.checks.check import Pair
from seedsum.checks.quantities import normalise, quantities
from seedsum.languages import TARGET_LANGUAGE, get
from seedsum.languages.language import LengthRatio
from seedsum.languages.mentions import Quantity
from seedsum.records import Flag

#: A pair that was not measured: half to twice as long is nothing unusual.
_UNKNOWN_RATIO = LengthRatio(0.0, 0.0, 0.08, 2.0)

#: A last word that ends in a full stop but no sentence: an initial, a title, an abbreviation.
_ABBREVIATION = re.compile(
    r"(?:^|[\s(\"“'‘])(?:[^\W\d_]{1,2}|[A-ZĐ]{1,4}|[^\W\d_]{1,4}(?:\.[^\W\d_]{1,4})+|[A-Z][a-z]{2,3})\.$"
)
_MAX_ABBREVIATION_CHARS = 40  # longer than any of them
_CLAUSE_MARK = re.compile(r"[,;:،،؛–—]|\s-\s")
_INSIDE_NUMBER = re.compile(r"(?<=\d)[.,:](?=\d)")


def num_sentences(text: str, *, language: str) -> int:
    """Return the number of sentences by their enders; at least 1."""
    text = text.strip()
    ends = [match.end() for match in _sentence_end(language).finditer(text)]
    last_words = (text[max(0, end - _MAX_ABBREVIATION_CHARS) : end].rstrip() for end in ends)
    return 1 + sum(not _ABBREVIATION.search(last) for last in last_words)


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


def check_coverage(pair: Pair) -> Iterator[Flag]:
    """Flag a translation that is much shorter or longer than is usual, else one that is short.

    That is one that is short and has fewer sentences, or clauses, than its source.
    """
    source, target, options = pair.source, pair.translation, pair.options
    if len(source) < max(options.min_ratio_chars, 1):
        return
    z = length_z(source, target, language=pair.language.tag)
    outside = not options.ratio_z_low <= z <= options.ratio_z_high
    if outside:
        for rest in _without_shortened(pair):
            z_of_rest = length_z(*rest, language=pair.language.tag)
            z = min(z, z_of_rest, key=abs)
        outside = not options.ratio_z_low <= z <= options.ratio_z_high
    if outside:
        yield Flag("length-ratio", _length(pair, z))
        return
    if z < options.ratio_z_fewer_sentences:
        there = num_sentences(source, language=pair.language.tag)
        here = num_sentences(target, language=TARGET_LANGUAGE)
        if here < there:
            yield Flag("sentence-count", f"{there} sentences became {here}, {_length(pair, z)}")
            return
    by_one = z < options.ratio_z_fewer_clauses
    by_two = z < options.ratio_z_fewer_clauses_by_two
    if by_one or by_two:
        there, here = (
            len(_CLAUSE_MARK.findall(_INSIDE_NUMBER.sub("", text))) + 1 for text in (source, target)
        )
        if here < there - (not by_one):
            yield Flag("clause-count", f"{there} clauses became {here}, {_length(pair, z)}")


def _without_shortened(pair: Pair) -> Iterator[tuple[str, str]]:
    """Yield both texts without what one may say much shorter, where each has something such.

    Numbers are written in words or in digits, units as words or signs, and bodies (in the second
    pair of texts) by their full names or by acronyms.
    """
    sides = ((pair.source, pair.language.tag), (pair.translation, TARGET_LANGUAGE))
    amounts, bodies = [], []
    for text, language in sides:
        amounts.append([_written(one, text) for one in quantities(text, language=language)])
        bodies.append(body_spans(text, language=language))
    for spans in (amounts, [one + more for one, more in zip(amounts, bodies, strict=True)]):
        if all(spans):
            source, translation = map(_cut, (pair.source, pair.translation), spans)
            yield source, translation


def _written(mention: Quantity, text: str) -> tuple[int, int]:
    """Return where a mention stands, with its unit."""
    end = mention.start + len(mention.text)
    is_whole = normalise(text)[mention.start : end] == mention.text
    return mention.start, max(mention.end, end) if is_whole else mention.end


def _cut(text: str, spans: Sequence[tuple[int, int]]) -> str:
    for start, end in reversed(apart(spans)):
        text = text[:start] + text[end:]
    return text


def _length(pair: Pair, z: float) -> str:
    percent = 100 * len(pair.translation) / len(pair.source)
    return f"{percent:.0f}% of the source's characters (z {z:+.1f})"


# --------------------------------------------------------------------------------------------
# Lists

_MIN_ITEMS = 4
_MAX_ITEM_WORDS = 6
_PART_END = re.compile(r"[;:।.!?()“”\"–—]\s|[;:।.!?()“”\"–—]$|\s-\s")
_COMMA = re.compile(r"[,،、]\s")


def check_lists(pair: Pair) -> Iterator[Flag]:
    """Flag a list of four things or more that the translation gives with one fewer.

    Of 704 such lists in 26,400 human translations 26 are flagged: clauses are divided like lists.
    """
    source, target = pair.source, pair.translation
    if not pair.language.cues or len(_COMMA.findall(source)) < _MIN_ITEMS - 2:
        return
    there = longest_list(source, pair.language.cues.list_joiners)
    if there < _MIN_ITEMS or len(_COMMA.findall(target)) >= len(_COMMA.findall(source)):
        return
    target_cues = get(TARGET_LANGUAGE).cues
    here = longest_list(target, target_cues.list_joiners if target_cues else frozenset())
    if here == there - 1:
        yield Flag("item-missing", f"a list of {there} has {here} in the translation")


def longest_list(text: str, joiners: frozenset[str]) -> int:
    """Return how many things the longest list of a text has: `a, b and c` has three."""
    best = 0
    for part in _PART_END.split(text):
        pieces = [piece.split() for piece in _COMMA.split(_INSIDE_NUMBER.sub("", part))]
        for place, piece in enumerate(pieces):
            joined = next((i for i, word in enumerate(piece) if word.lower() in joiners), None)
            if place == 0 or joined is None or joined > _MAX_ITEM_WORDS:
                continue
            if joined and piece[joined - 1 : joined] == piece[joined + 1 : joined + 2]:
                continue  # a word said twice
            num_items = 1 + (joined > 0)
            for before in reversed(pieces[:place]):
                num_items += bool(before)
                if len(before) > _MAX_ITEM_WORDS or any(w.lower() in joiners for w in before):
                    break  # its end is the first thing
            best = max(best, num_items)
    return best
