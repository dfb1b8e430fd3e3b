"""Which of two hypotheses of one source is better, by their flags and by the model's own scores.

A flag says that a text is wrong as often as its likelihood says; a lower score says that the model
believes in a text less. Both are weighed in one unit, the natural logarithm of odds: a text takes
the place of the first one only where what the flags say against the first is more than what the
score says for it. So a false alarm replaces nothing that the model was sure of.
"""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Iterable, Sequence

from seedsum.checks import likely
from seedsum.languages import TARGET_LANGUAGE, get
from seedsum.records import Flag, Hypothesis

#: Tokens of a sentence are no independent witnesses: a difference of their mean score counts as
#: that of so many, at most: sentences of up to twenty tokens count wholly. If all tokens of longer
#: ones did, a tenth fewer hypotheses of the bundled models would be replaced, with the same gain.
_NUM_WITNESSES = 20

#: Cost of each share of the first text's length that another lacks, from a tenth on: scores are
#: means, and say nothing of what was left out. Half of what became worse was shorter.
_COST_OF_LENGTH = 20.0
_FREE_SHARE = 0.1

#: What an engine that gives no scores is taken to lose: the median of what the bundled models do.
_USUAL_LOSS = 1.2

#: A likelihood is never taken for certain: the sets that it was measured on are small.
_MAX_LIKELIHOOD = 0.98
#: Of a flag that nobody measured.
_USUAL_LIKELIHOOD = 0.6

#: Flags that a few more letters make go away; they count as mended only by so much more, or less.
_OF_LENGTH = frozenset({"length-ratio", "sentence-count", "clause-count"})
_MIN_CHARS, _MIN_SHARE = 15, 0.15

#: Flags of a quantity of the source that the text lacks, however doubtful. A text that only says
#: fewer quantities (`2 years` for `2 and a half years`) mends none of them, whatever its flags.
_OF_LOSS = frozenset({"quantity-missing", "quantity-changed"})

_NUMERAL = re.compile(r"\d+")
_WORD = re.compile(r"[a-z]+")


def could_be_mended(flags: Iterable[Flag]) -> bool:
    """Return whether any of the flags says enough against a text to have another in its place."""
    return any(_weight(flag) > 0 for flag in flags)


def advantage(
    source: str,
    *,
    first: tuple[Hypothesis, Sequence[Flag]],
    other: tuple[Hypothesis, Sequence[Flag]],
) -> float:
    """Return by how much another hypothesis is better than the first, above 0 where it is.

    Each comes with its flags. Minus infinity where the other may never take its place: it mends no
    likely flag, has one of a kind that the first does not have, or lacks a quantity of the source
    or a term of the glossary that the first has. Without scores the other is taken to lose what is
    usual; of a first one that says nothing (no letter, no digit) the flags alone count.
    """
    gain = flag_advantage(source, first=first, other=other)
    (before, _), (after, _) = first, other
    if not _says_something(before):
        return round(gain, 2)
    if before.score is None or after.score is None:
        return round(gain - _USUAL_LOSS, 2)
    num_witnesses = min(before.num_tokens + 1, _NUM_WITNESSES)  # the end of sentence is one
    return round(gain - (before.score - after.score) * num_witnesses, 2)


def flag_advantage(
    source: str,
    *,
    first: tuple[Hypothesis, Sequence[Flag]],
    other: tuple[Hypothesis, Sequence[Flag]],
) -> float:
    """Return the advantage that the other has if the model believes in it as much."""
    (before, flags_before), (after, flags_after) = first, other
    known, new = (
        {flag.code: flag for flag in likely(flags)} for flags in (flags_before, flags_after)
    )
    if not _says_something(before) and _says_something(after):
        return sum(map(_weight, known.values())) - sum(map(_weight, new.values()))
    if (
        not _says_something(after)
        or not new.keys() <= known.keys()
        or _loses_quantity(source, first, other)
        or not _missing_terms(flags_after) <= _missing_terms(flags_before)
    ):
        return -math.inf
    mended = known.keys() - new.keys()
    if abs(len(after.text) - len(before.text)) < max(_MIN_CHARS, _MIN_SHARE * len(before.text)):
        mended -= _OF_LENGTH
    if _quantities_said(after.text) < _quantities_said(before.text):
        mended -= _OF_LOSS
    if not mended:
        return -math.inf
    lacking = 1 - len(after.text) / max(len(before.text), 1) - _FREE_SHARE
    cost = _COST_OF_LENGTH * max(0.0, lacking)
    return sum(_weight(known[code]) for code in sorted(mended)) - cost


def _missing_terms(flags: Iterable[Flag]) -> set[Flag]:
    return {flag for flag in flags if flag.code == "glossary"}


def _says_something(hypothesis: Hypothesis) -> bool:
    return any(map(str.isalnum, hypothesis.text))


def _weight(flag: Flag) -> float:
    """Return what a flag says against a text: the logarithm of the odds that it is right.

    One that is right every second time says nothing, since the text without it may be wrong too.
    """
    likelihood = _USUAL_LIKELIHOOD if flag.likelihood is None else flag.likelihood
    likelihood = min(likelihood, _MAX_LIKELIHOOD)
    return max(0.0, math.log(likelihood / (1 - likelihood))) if likelihood > 0 else 0.0


def _loses_quantity(
    source: str,
    first: tuple[Hypothesis, Sequence[Flag]],
    other: tuple[Hypothesis, Sequence[Flag]],
) -> bool:
    (before, flags_before), (after, flags_after) = first, other
    codes_before, codes_after = (
        {flag.code for flag in flags} & _OF_LOSS for flags in (flags_before, flags_after)
    )
    had = _numerals(source) & _numerals(before.text)
    return not codes_after <= codes_before or not had <= _numerals(after.text)


def _quantities_said(text: str) -> set[str]:
    """Return the numerals and number words of an English text, by their values."""
    words = get(TARGET_LANGUAGE).numbers
    assert words is not None
    values = {**words.small, **words.multipliers, **words.months}
    said = (values.get(word) for word in _WORD.findall(text.lower()))
    return _numerals(text) | {str(value) for value in said if value is not None}


def _numerals(text: str) -> set[str]:
    """Return the runs of digits of a text, in the digits of English."""
    return {
        "".join(str(unicodedata.digit(digit)) for digit in run) for run in _NUMERAL.findall(text)
    }
