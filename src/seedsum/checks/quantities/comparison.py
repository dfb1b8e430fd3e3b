"""What of the quantities on one side of a pair the other side lacks, or has in another way."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from fractions import Fraction
from itertools import pairwise
from typing import NamedTuple

from seedsum.languages.mentions import Atom, Quantity
from seedsum.languages.units import UNITS, may_be_same, same_amount

#: Third parts are rounded as percentages.
_SHARE_TOLERANCE = Fraction(2, 100)
#: Between the parts of one amount (`2 hours and 31 minutes`), in characters.
_MAX_CHARS_BETWEEN = 10
#: What a translation repeats where the source says it once: the month and year of two dates.
_YEARS = (1000, 2100)
_MAX_DAY = 31


class Change(NamedTuple):
    """A quantity of the source and what the translation says instead."""

    before: Quantity
    after: Quantity


def compare_quantities(
    source: Sequence[Quantity], target: Sequence[Quantity]
) -> tuple[tuple[Quantity, ...], tuple[Quantity, ...]]:
    """Return the certain mentions of the source and of the target that the other side lacks."""
    return unmatched(source, target), unmatched(target, source)


def _atoms_of(quantities: Sequence[Quantity]) -> set[Atom]:
    """Return all that the mentions may say."""
    return {atom for quantity in quantities for reading in quantity.readings for atom in reading}


def unmatched(here: Sequence[Quantity], there: Sequence[Quantity]) -> tuple[Quantity, ...]:
    """Return the certain mentions that the other side says in no way."""
    certain = [mention for mention in here if mention.certain]
    if not certain:
        return ()
    atoms = _atoms_of(there)
    left = [one for one in certain if not any(map(atoms.issuperset, one.readings))]
    if not left:
        return ()
    amounts = _amounts([*there, *_sums(there)])
    if not amounts:
        return tuple(left)
    sums = _sums(here)
    return tuple(
        one
        for one in left
        if not _is_among(one, amounts)
        and not any(
            sum_.start <= one.start < sum_.end and _is_among(sum_, amounts) for sum_ in sums
        )
    )


class _Amount(NamedTuple):
    """A number of a unit, or a share of a whole."""

    value: Fraction
    unit: str
    is_share: bool


def _amounts(mentions: Iterable[Quantity]) -> frozenset[_Amount]:
    """Return the amounts that mentions may state: those whose unit is known, and shares."""
    return frozenset(
        _Amount(reading[0][1], mention.unit, mention.family == "fraction")
        for mention in mentions
        if mention.unit or mention.family == "fraction"
        for reading in mention.readings
        if len(reading) == 1 and reading[0][0] == "number"
    )


def _is_among(mention: Quantity, amounts: frozenset[_Amount]) -> bool:
    """Return whether a mention states one of the amounts in another unit, or as a share."""
    return any(_is_same(one, other) for one in _amounts([mention]) for other in amounts)


def _is_same(one: _Amount, other: _Amount) -> bool:
    if one.unit and other.unit and one.unit != other.unit:
        return same_amount(one.value, one.unit, other.value, other.unit)
    if one.value == other.value:
        return True
    return _is_same_share(one, other) or _is_same_share(other, one)


def _is_same_share(share: _Amount, percentage: _Amount) -> bool:
    if not share.is_share or percentage.unit != "percent" or not 0 < share.value < 1:
        return False
    difference = abs(100 * share.value - percentage.value)
    return difference <= _SHARE_TOLERANCE * percentage.value


def _sums(mentions: Sequence[Quantity]) -> list[Quantity]:
    """Return amounts that are said in two units, the larger first (`2 hours and 31 minutes`)."""
    found = []
    amounts = [one for one in mentions if one.certain or one.unit or one.family == "fraction"]
    for one, other in pairwise(amounts):
        if one.value is None or other.value is None:
            continue
        if not 0 <= other.start - one.end <= _MAX_CHARS_BETWEEN + len(one.unit):
            continue
        unit, part = UNITS.get(one.unit), UNITS.get(other.unit)
        if unit is None:
            continue
        if other.family == "fraction" and other.unit in ("", one.unit):
            value = one.value + other.value  # an hour and three quarters
        elif part is not None and unit.kind == part.kind and unit.size > part.size:
            value = one.value + other.value * part.size / unit.size
        else:
            continue
        readings = ((("number", value),),)
        found.append(
            replace(one, end=other.end, readings=readings, text=f"{one.text} {other.text}")
        )
    return found


# Units, halves of the day, signs


def other_unit(source: Sequence[Quantity], target: Sequence[Quantity]) -> Iterator[Change]:
    """Yield each quantity whose number is on the other side with different units only.

    A number that stands anywhere without a unit may be that one; it is not counted.
    """
    with_unit = [mention for mention in source if mention.unit and mention.family != "hint"]
    if not with_unit:
        return
    by_value = _by_value(target)
    for mention in with_unit:
        value = _first_number(mention)
        if value is None:
            continue
        there = by_value.get(value, [])
        said = [other for other in there if other.family != "hint"]
        there = said or (there if mention.certain else [])
        if not there or any(_may_have_one_unit(mention, other) for other in there):
            continue
        amounts = _amounts(source)  # `20 km, 12 miles` has a number in common with `12 km, 7 miles`
        if not all(_is_among(other, amounts) for other in there):
            yield Change(mention, there[0])


def _may_have_one_unit(one: Quantity, other: Quantity) -> bool:
    """Return whether two mentions of one number may have the same unit: 100% more is doubled."""
    is_share = "multiple" in (one.family, other.family) and "percent" in (one.unit, other.unit)
    return (is_share and one.value != other.value) or may_be_same(one.unit, other.unit)


def _first_number(mention: Quantity) -> Fraction | None:
    """Return the likeliest number of a mention, which may be an hour of the day before that."""
    numbers = (one[0][1] for one in mention.readings if len(one) == 1 and one[0][0] == "number")
    return next(numbers, None)


def _by_value(mentions: Sequence[Quantity]) -> Mapping[Fraction, list[Quantity]]:
    """Return mentions by the numbers that they may state."""
    found: defaultdict[Fraction, list[Quantity]] = defaultdict(list)
    for mention in mentions:
        for kind, value in _atoms_of([mention]):
            if kind == "number":
                found[value].append(mention)
    return found


def other_half(source: Sequence[Quantity], target: Sequence[Quantity]) -> Iterator[Change]:
    """Yield each time that is in the other half of the day in the translation."""
    with_half = [mention for mention in source if mention.half]
    if not with_half:
        return
    there: defaultdict[Atom, list[Quantity]] = defaultdict(list)
    for mention in target:
        if mention.readings[0][0][0] == "time":
            there[mention.readings[0][0]].append(mention)
    for mention in with_half:
        same = there[mention.readings[0][0]]
        if same and {other.half for other in same}.isdisjoint(("", mention.half)):
            yield Change(mention, same[0])


def lost_sign(source: Sequence[Quantity], target: Sequence[Quantity]) -> Iterator[Change]:
    """Yield each quantity that is negative on one side only."""
    if not any(mention.negative for mention in (*source, *target)):
        return
    by_value = _by_value([mention for mention in target if mention.family != "hint"])
    for mention in source:
        if mention.value is None or mention.family == "hint":
            continue
        there = by_value.get(mention.value)
        if there and all(other.negative != mention.negative for other in there):
            yield Change(mention, there[0])


# What is said in few words


_FAMILIES = ("fraction", "multiple", "quarter", "ordinal", "round")


def other_of_its_family(source: Sequence[Quantity], target: Sequence[Quantity]) -> Iterator[Change]:
    """Yield what is said in another way of the same sort: a third for a quarter, stage III for II.

    Both sides must have one that the other lacks.
    """
    families = {mention.family for mention in source} & {mention.family for mention in target}
    for family in [family for family in _FAMILIES if family in families]:
        here = [mention for mention in source if mention.family == family]
        there = [mention for mention in target if mention.family == family]
        before, after = _left(here, target, family), _left(there, source, family)
        if before and after and not (family == "round" and _is_near(before[0], after[0])):
            yield Change(before[0], after[0])


def _left(here: Sequence[Quantity], there: Sequence[Quantity], family: str) -> list[Quantity]:
    """Return the mentions of a family that the other side lacks.

    Words of one family are compared by what they say first: `tripled` is 200% more, and not twice.
    """
    stated = [mention for mention in there if mention.family not in ("hint", family)]
    same = [replace(one, readings=one.readings[:1]) for one in there if one.family == family]
    atoms, amounts = _atoms_of(stated), _amounts([*stated, *same])
    firsts = {atom for mention in same for atom in mention.readings[0]}
    return [
        one
        for one in here
        if not any(map(atoms.issuperset, one.readings))
        and not firsts.issuperset(one.readings[0])
        and not _is_among(one, amounts)
    ]


#: Up to here two round numbers are of one size: `chục` is ten, or a dozen.
_NEAR = 5
#: Lakh and crore have no word in English: one that is ten times as much may stand for them.
_INDIAN = (10**5, 10**7)
_NEXT_SIZE = 10


def _is_near(one: Quantity, other: Quantity) -> bool:
    """Return whether two round numbers are of one size: dozens and tens, lakhs and millions."""
    if one.value is None or other.value is None:
        return True
    small, large = sorted((one.value, other.value))
    return large < _NEAR * small or (large == _NEXT_SIZE * small and one.value in _INDIAN)


# Repetition


def repeated(source: Sequence[Quantity], target: Sequence[Quantity]) -> tuple[Quantity, ...]:
    """Return the certain mentions of the target of what it states again, and the source does not.

    Weak models do, for something that they do not understand. Of two dates the month and the year
    are rightly said twice.
    """
    here = Counter(atom for mention in target if mention.certain for atom in mention.readings[0])
    if not here or max(here.values()) == 1:
        return ()
    there = Counter(atom for mention in source for atom in _atoms_of([mention]))
    days = {value for kind, value in here if kind == "number" and value <= _MAX_DAY}
    months = {value for kind, value in here if kind == "month"}
    has_dates = max(len(days), len(months)) > 1
    return tuple(
        mention
        for mention in target
        if mention.certain
        and all(here[atom] > there[atom] > 0 for atom in mention.readings[0])
        and not (has_dates and all(map(_is_month_or_year, mention.readings[0])))
    )


def _is_month_or_year(atom: Atom) -> bool:
    kind, value = atom
    return kind == "month" or (kind == "number" and _YEARS[0] <= value <= _YEARS[1])
