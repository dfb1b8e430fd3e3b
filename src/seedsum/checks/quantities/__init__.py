"""Quantities: the numbers, dates and times of both sides of a pair, compared.

`reading` finds what a text states, `comparison` what the other side lacks, `order` what has changed
places; `wording` says it to a reviewer.
"""

from __future__ import annotations

from collections.abc import Iterator

from seedsum.checks.check import Pair
from seedsum.checks.phrases import words_of
from seedsum.checks.quantities.comparison import (
    Change,
    compare_quantities,
    lost_sign,
    other_half,
    other_of_its_family,
    other_unit,
    repeated,
    unmatched,
)
from seedsum.checks.quantities.equivalents import Said, without_equivalents
from seedsum.checks.quantities.numbers import parse_numeral
from seedsum.checks.quantities.order import Side, swapped
from seedsum.checks.quantities.rates import changed_rate
from seedsum.checks.quantities.reading import named_days, quantities
from seedsum.checks.quantities.scan import DEGREES
from seedsum.checks.quantities.tokens import normalise
from seedsum.checks.quantities.wording import stated
from seedsum.languages import TARGET_LANGUAGE, get
from seedsum.languages.mentions import Quantity
from seedsum.records import Flag

__all__ = [
    "check_quantities",
    "compare_quantities",
    "missing_quantities",
    "normalise",
    "parse_numeral",
    "quantities",
]


_TARGET = get(TARGET_LANGUAGE)


def missing_quantities(source: str, translation: str, *, language: str) -> tuple[Quantity, ...]:
    """Return the quantities of a source text in a language that its translation lacks.

    One whose unit, sign or half of the day is another one in the translation counts as missing.
    """
    there = quantities(source, language=language)
    here = (
        *quantities(translation, language=TARGET_LANGUAGE),
        *named_days(translation, language=TARGET_LANGUAGE),
    )
    changes = (
        change
        for find in (other_unit, other_half, lost_sign, other_of_its_family)
        for change in find(there, here)
    )
    return tuple(dict.fromkeys((*unmatched(there, here), *(one.before for one in changes))))


def check_quantities(pair: Pair) -> Iterator[Flag]:
    """Flag quantities that differ between a source text and its translation, in one flag.

    `quantity-changed` where both sides have one that the other lacks, else `quantity-missing` or
    `quantity-added`, else `quantity-repeated`; the detail names both sides. Of a language whose
    number words are not known, only digits that the translation lacks are flagged.
    """
    there = quantities(pair.source, language=pair.language.tag)
    here = quantities(pair.translation, language=TARGET_LANGUAGE)
    missing, added = compare_quantities(there, here)
    if missing or added:
        there = (*there, *named_days(pair.source, language=pair.language.tag))
        here = (*here, *named_days(pair.translation, language=TARGET_LANGUAGE))
        missing, added = compare_quantities(there, here)
        sides = Said(pair.source, there, pair.language), Said(pair.translation, here, _TARGET)
        missing, added = without_equivalents(missing, added, *sides)
    if pair.language.numbers is None:
        added = ()
    digits = pair.language.digits
    digits = digits if any(digit in pair.source for digit in digits) else ""
    if missing and added:
        yield _changed(stated(missing, digits=digits), stated(added), likelihood=None)
    elif change := _first_change(there, here, pair):
        before, after = stated([change.before], digits=digits), stated([change.after])
        yield _changed(before, after, likelihood=_SURE)
    elif missing:
        detail = f"the source says {stated(missing, digits=digits)}; the translation does not"
        yield Flag("quantity-missing", detail, likelihood=_of_one_side(missing))
    elif added:
        detail = f"the translation says {stated(added)}; the source does not"
        yield Flag("quantity-added", detail, likelihood=_of_one_side(added))
    elif order := _swapped(pair, there, here):
        yield _changed(*order, likelihood=_SURE)
    elif rate := changed_rate(pair.source, pair.translation, language=pair.language.tag):
        yield _changed(*rate, likelihood=_SURE)
    elif again := repeated(there, here):
        detail = f"the translation says {stated(again)} more often than the source"
        yield Flag("quantity-repeated", detail)


#: Another unit, half of the day, fraction or order: 10 of 28,000 human translations have such a
#: flag, and all 41 pairs of the development data that have one are wrong.
_SURE = 0.95
#: `Two` and `three` in words are often left out or added in a right translation (`দুই দেশ`, the
#: countries): of 733 flags on those 28,000 translations 76 say no more.
_DOUBTFUL = 0.4
_MAX_DOUBTFUL = 3


def _of_one_side(mentions: tuple[Quantity, ...]) -> float | None:
    """Return the likelihood of a flag for what only one side says; None: the usual one."""
    is_doubtful = all(
        one.value is not None
        and 1 < one.value <= _MAX_DOUBTFUL
        and not one.unit
        and not any(map(str.isdigit, one.text))
        for one in mentions
    )
    return _DOUBTFUL if is_doubtful else None


def _swapped(
    pair: Pair, there: tuple[Quantity, ...], here: tuple[Quantity, ...]
) -> tuple[str, str] | None:
    if (
        min(len(there), len(here)) < 2
        and "-" not in pair.translation
        and "–" not in pair.translation
    ):
        return None
    words, english = pair.language.numbers, get(TARGET_LANGUAGE).numbers
    if words is None or english is None:
        return None
    return swapped(Side.of(pair.source, there, words), Side.of(pair.translation, here, english))


def _changed(before: str, after: str, *, likelihood: float | None) -> Flag:
    detail = f"the source says {before}, the translation {after}"
    return Flag("quantity-changed", detail, likelihood=likelihood)


def _first_change(
    source: tuple[Quantity, ...], target: tuple[Quantity, ...], pair: Pair
) -> Change | None:
    if pair.language.numbers is None or not (source and target):
        return None
    for find in (other_unit, other_half, other_of_its_family):
        if change := next(find(source, target), None):
            return change
    sign = next(lost_sign(source, target), None)
    return None if sign and _says_below(sign, pair) else sign


def _says_below(change: Change, pair: Pair) -> bool:
    """Return whether the side without a minus sign may say it in a word (`fell by 3%`)."""
    sides = ((pair.source, pair.language.numbers), (pair.translation, get(TARGET_LANGUAGE).numbers))
    text, words = sides[change.before.negative]
    if words is None:
        return False
    below = words.frost if change.before.unit in DEGREES else words.below
    return not below.isdisjoint(words_of(text.lower()))
