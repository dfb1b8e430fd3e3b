"""Faults put into perfect translations on purpose, to measure what the checks find.

Every kind of fault is a function of one pair; it gives the broken pair, or None where the pair has
nothing to break in that way (no number to change, no clause to drop). The random choices depend on
the seed, the kind and the pair's id alone.
"""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from seedsum.languages import LANGUAGES, script_counts


@dataclass(frozen=True, slots=True)
class Pair:
    """A segment with a human translation, taken as perfect.

    Attributes:
        id: `DOCUMENT:LINE`.
        language: Of the source; the target is English.
    """

    id: str
    language: str
    source: str
    target: str


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What a fault may draw on beside its pair.

    Attributes:
        following: The next pair of the same document, if there is one.
        foreign: Sentences by language tag that a model might have produced instead of English.
    """

    following: Pair | None
    foreign: Mapping[str, Sequence[str]]


Injector = Callable[[Pair, Surroundings, random.Random], Pair | None]


@dataclass(frozen=True, slots=True)
class Fault:
    """A kind of fault, and the codes of the flags that name it rightly."""

    kind: str
    inject: Injector
    codes: frozenset[str]


# --------------------------------------------------------------------------------------------
# Something is missing


def _split(words: str) -> tuple[str, ...]:
    return tuple(words.split())


_CLAUSE_END = re.compile(
    r"(?:[,;:]|\s[-–—])\s+|\s+(?=(?:and|but|or|who|which|that|because|while|when|where|after|before"
    r"|as|if|since|although|though|with|to)\s)"
)
_LAST_MARK = re.compile(r"[.!?…]+[\"'”’)\]]*$")


def _clauses(text: str) -> list[str]:
    cuts = [0, *(match.end() for match in _CLAUSE_END.finditer(text)), len(text)]
    return [text[a:b] for a, b in pairwise(cuts) if a < b]


def drop_clause(pair: Pair, around: Surroundings, rng: random.Random) -> Pair | None:
    """Take out neighbouring clauses, a third to three quarters of the text in all."""
    end = _LAST_MARK.search(pair.target)
    body = pair.target[: end.start()] if end else pair.target
    clauses = _clauses(body)
    choices = [
        (first, last)
        for first in range(len(clauses))
        for last in range(first + 1, len(clauses) + 1)
        if len(body) / 3 <= len("".join(clauses[first:last])) <= len(body) * 3 / 4
    ]
    if not choices or len(pair.target.split()) < 8:
        return None
    first, last = rng.choice(choices)
    rest = "".join((*clauses[:first], *clauses[last:])).strip(" ,;:-–—")
    text = rest[:1].upper() + rest[1:] + (end.group() if end else "")
    return replace(pair, target=text)


def drop_all(pair: Pair, around: Surroundings, rng: random.Random) -> Pair | None:
    """Give nothing, or nothing but marks."""
    return replace(pair, target=rng.choice(("", " ", ".", "...")))


def drop_sentence(pair: Pair, around: Surroundings, rng: random.Random) -> Pair | None:
    """Join the pair to the one after it, and translate only one of the two."""
    other = around.following
    if other is None or min(len(pair.target), len(other.target)) < 25:
        return None
    source = f"{pair.source.strip()} {other.source.strip()}"
    return replace(pair, source=source, target=rng.choice((pair.target, other.target)))


def truncate_end(pair: Pair, around: Surroundings, rng: random.Random) -> Pair | None:
    """Stop in the middle: the last fifth to three fifths of the words are gone."""
    words = pair.target.split()
    if len(words) < 8:
        return None
    num_kept = round(len(words) * rng.uniform(0.4, 0.8))
    return replace(pair, target=" ".join(words[:num_kept]))


# --------------------------------------------------------------------------------------------
# Something is different

_NUMERAL = re.compile(r"(?<![\w.,-])\$?\d[\d,.]*\d|(?<![\w.,-])\$?\d(?![\w]*[A-Z])")


def change_digit(pair: Pair, around: Surroundings, rng: random.Random) -> Pair | None:
    """Change one digit of one number."""
    matches = list(_NUMERAL.finditer(pair.target))
    if not matches:
        return None
    match = rng.choice(matches)
    places = [i for i in range(match.start(), match.end()) if pair.target[i].isdigit()]
    place = rng.choice(places)
    others = [digit for digit in "0123456789" if digit != pair.target[place]]
    if place == places[0]:
        others = [digit for digit in others if digit != "0"]
    return replace(pair, target=pair.target[:place] + rng.choice(others) + pair.target[place + 1 :])


_NUMBER_WORDS = _split(
    "two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen "
    "seventeen eighteen nineteen twenty thirty forty fifty sixty seventy eighty ninety"
)
_SCALES = ("hundred", "thousand", "million", "billion", "trillion")


def change_number_word(pair: Pair, around: Surroundings, rng: random.Random) -> Pair | None:
    """Put another number in words in the place of one."""
    return _swap_word(pair, rng, _NUMBER_WORDS)


def change_scale(pair: Pair, around: Surroundings, rng: random.Random) -> Pair | None:
    """Make millions of thousands, beside a numeral."""
    matches = list(re.finditer(rf"(?<=\d )(?:{'|'.join(_SCALES)})\b", pair.target))
    return _replace_match(pair, rng, matches, _SCALES)


_MONTHS = _split(
    "January February March April May June July August September October November December"
)
_WEEKDAYS = _split("Monday Tuesday Wednesday Thursday Friday Saturday Sunday")
_MONTH = rf"(?:{'|'.join(_MONTHS)}|Jan\.|Feb\.|Aug\.|Sept?\.|Oct\.|Nov\.|Dec\.)"
_MONTH_DATE = re.compile(rf"\b({_MONTH}) (\d{{1,2}})\b|\b(\d{{1,2}}) ({_MONTH})")


def swap_date(pair: Pair, around: Surroundings, rng: random.Random) -> Pair | None:
    """Change places of day and month where both are under 13, else take another month."""
    match = _MONTH_DATE.search(pair.target)
    if match is None:
        matches = list(re.finditer(rf"(?<=in |of ){_MONTH}|{_MONTH}(?= \d{{4}})", pair.target))
        return _replace_match(pair, rng, matches, _MONTHS)
    month = match.group(1) or match.group(4)
    day = match.group(2) or match.group(3)
    number = next(i for i, name in enumerate(_MONTHS, 1) if name[:3] == month[:3])
    if int(day) <= 12 and int(day) != number:
        date = f"{_MONTHS[int(day) - 1]} {number}"
    else:
        date = f"{rng.choice([m for m in _MONTHS if m[:3] != month[:3]])} {day}"
    return replace(pair, target=pair.target[: match.start()] + date + pair.target[match.end() :])


def swap_weekday(pair: Pair, around: Surroundings, rng: random.Random) -> Pair | None:
    """Put another weekday in the place of one."""
    return _swap_word(pair, rng, _WEEKDAYS)


def _swap_word(pair: Pair, rng: random.Random, words: Sequence[str]) -> Pair | None:
    matches = list(re.finditer(rf"\b(?:{'|'.join(words)})\b", pair.target))
    return _replace_match(pair, rng, matches, words)


def _replace_match(
    pair: Pair, rng: random.Random, matches: Sequence[re.Match[str]], words: Sequence[str]
) -> Pair | None:
    if not matches:
        return None
    match = rng.choice(matches)
    other = rng.choice([word for word in words if word != match.group()])
    return replace(pair, target=pair.target[: match.start()] + other + pair.target[match.end() :])


#: A number that is not part of a date, a time, an amount or a score; or a weekday.
_WHOLE_QUANTITY = re.compile(
    r"(?<![\w.,:/$£€-])\d{2,}(?![\w,:/%-]|\.\d| ?(?:[apAP]\.?m|[mb]illion|trillion|percent))"
    rf"|\b(?:{'|'.join(_WEEKDAYS)})\b"
)


def repeat_quantity(pair: Pair, around: Surroundings, rng: random.Random) -> Pair | None:
    """State a number or weekday of the translation again, after its start or before its end."""
    found = _WHOLE_QUANTITY.findall(pair.target)
    words = pair.target.split()
    if not found or len(words) < 6:
        return None
    again = rng.choice([f"on {found[0]}", f"and {found[0]}", f"with {found[0]} of them"])
    place = rng.choice((2, len(words) - 1))
    return replace(pair, target=" ".join([*words[:place], again, *words[place:]]))


# --------------------------------------------------------------------------------------------
# Names


_LANDS = (
    *_split("Australia Bangladesh Bolivia Brazil Canada Chile China Egypt France Germany India"),
    *_split("Indonesia Iran Iraq Israel Italy Japan Mexico Norway Pakistan Russia Scotland Spain"),
    *_split("Sweden Switzerland Syria Thailand Turkey Ukraine Vietnam Yemen"),
    *("New Zealand", "North Korea", "Saudi Arabia", "South Africa", "South Korea", "Sri Lanka"),
)


def swap_land(pair: Pair, around: Surroundings, rng: random.Random) -> Pair | None:
    """Put another land in the place of one."""
    return _swap_word(pair, rng, _LANDS)


def lose_name(pair: Pair, around: Surroundings, rng: random.Random) -> Pair | None:
    """Take out a name in Latin letters that both sides have."""
    return _lose(pair, rng, re.compile(r"\b[A-Z][a-zà-ÿ]{3,}\b"))


def lose_acronym(pair: Pair, around: Surroundings, rng: random.Random) -> Pair | None:
    """Take out an acronym that both sides have; one is planted where there is none."""
    lost = _lose(pair, rng, re.compile(r"\b[A-Z]{2,6}\b"))
    if lost is not None:
        return lost
    acronym = rng.choice(("UNICEF", "WHO", "ASEAN", "IMF", "OPEC", "NGO", "FAO", "UNHCR"))
    return replace(pair, source=f"{pair.source.strip()} ({acronym})")


def lose_address(pair: Pair, around: Surroundings, rng: random.Random) -> Pair | None:
    """Plant a web or e-mail address on both sides, and lose or change it in the translation."""
    address = rng.choice(
        ("https://example.org/news/2024/a1.html", "www.example.com", "desk@example.org")
    )
    changed = rng.choice(("", f" {address.replace('example', 'exmaple')}"))
    return replace(
        pair, source=f"{pair.source.strip()} {address}", target=f"{pair.target.strip()}{changed}"
    )


def _lose(pair: Pair, rng: random.Random, pattern: re.Pattern[str]) -> Pair | None:
    there = set(re.findall(r"\w+", pair.source))
    found = sorted({name for name in pattern.findall(pair.target) if name in there})
    if not found:
        return None
    name = rng.choice(found)
    target = re.sub(rf"\b{name}\b(?:['’]s)?\s*", "", pair.target).strip()
    return replace(pair, target=target) if target else None


# --------------------------------------------------------------------------------------------
# The decoder went wrong


def repeat_phrase(pair: Pair, around: Surroundings, rng: random.Random) -> Pair | None:
    """Say a phrase of two to six words again, once to three times, or a word three times more."""
    words = pair.target.split()
    if len(words) < 6:
        return None
    size = rng.randint(1, 6)
    start = rng.randrange(len(words) - size + 1)
    phrase = words[start : start + size]
    times = 3 if size == 1 else rng.randint(1, 3)
    text = [*words[: start + size], *(phrase * times), *words[start + size :]]
    return replace(pair, target=" ".join(text))


def repeat_clause(pair: Pair, around: Surroundings, rng: random.Random) -> Pair | None:
    """Say the last clause, or all, again at the end."""
    clause = rng.choice(_clauses(pair.target)[-2:])
    if len(clause.split()) < 6:
        clause = pair.target
    if len(clause.split()) < 6:
        return None
    return replace(pair, target=f"{pair.target.strip()} {clause.strip()}")


def copy_source(pair: Pair, around: Surroundings, rng: random.Random) -> Pair | None:
    """Give the source for its translation."""
    return replace(pair, target=pair.source)


def copy_part(pair: Pair, around: Surroundings, rng: random.Random) -> Pair | None:
    """Leave the second half in the source's language."""
    here, there = pair.target.split(), pair.source.split()
    if min(len(here), len(there)) < 10:
        return None
    text = [*here[: len(here) // 2], *there[len(there) // 2 :]]
    return replace(pair, target=" ".join(text))


def _other_language(
    pair: Pair, around: Surroundings, rng: random.Random, *, latin: bool
) -> Pair | None:
    tags = [
        tag
        for tag in sorted(around.foreign)
        if tag not in ("en", pair.language)
        and tag in LANGUAGES
        and (LANGUAGES[tag].script == "Latn") == latin
    ]
    if not tags:
        return None
    sentence = rng.choice(around.foreign[rng.choice(tags)])
    return replace(pair, target=sentence) if script_counts(sentence) else None


def wrong_language(pair: Pair, around: Surroundings, rng: random.Random) -> Pair | None:
    """Give a sentence of another language in Latin letters."""
    return _other_language(pair, around, rng, latin=True)


def wrong_script(pair: Pair, around: Surroundings, rng: random.Random) -> Pair | None:
    """Give a sentence in another script."""
    return _other_language(pair, around, rng, latin=False)


_QUANTITY = frozenset({"quantity-changed", "quantity-missing", "quantity-added"})
_OMISSION = frozenset(
    {"length-ratio", "clause-count", "sentence-count", "quantity-missing", "name-missing"}
)
_NAME = frozenset({"name-missing", "name-changed"})
_LANGUAGE = frozenset({"copied-source", "wrong-script", "wrong-language"})

FAULTS: tuple[Fault, ...] = (
    Fault("dropped-clause", drop_clause, _OMISSION),
    Fault("dropped-segment", drop_all, frozenset({"empty"})),
    Fault("dropped-sentence", drop_sentence, _OMISSION),
    Fault("truncated-end", truncate_end, _OMISSION | {"unfinished"}),
    Fault("changed-digit", change_digit, _QUANTITY),
    Fault("changed-number-word", change_number_word, _QUANTITY),
    Fault("changed-scale", change_scale, _QUANTITY),
    Fault("swapped-date", swap_date, _QUANTITY),
    Fault("swapped-weekday", swap_weekday, _QUANTITY),
    Fault("repeated-quantity", repeat_quantity, _QUANTITY | {"quantity-repeated"}),
    Fault("swapped-land", swap_land, _NAME | {"name-added"}),
    Fault("lost-name", lose_name, _NAME),
    Fault("lost-acronym", lose_acronym, _NAME),
    Fault("lost-address", lose_address, _NAME),
    Fault("repeated-phrase", repeat_phrase, frozenset({"repetition"})),
    Fault("repeated-clause", repeat_clause, frozenset({"repetition"})),
    Fault("copied-source", copy_source, _LANGUAGE),
    Fault("half-copied", copy_part, _LANGUAGE),
    Fault("wrong-script", wrong_script, _LANGUAGE),
    Fault("wrong-language", wrong_language, _LANGUAGE),
)


def inject(fault: Fault, pair: Pair, around: Surroundings, *, seed: int) -> Pair | None:
    """Return the pair with the fault, or None where it cannot have it."""
    broken = fault.inject(pair, around, random.Random(f"{seed}:{fault.kind}:{pair.id}"))
    if broken is None or (broken.source, broken.target) == (pair.source, pair.target):
        return None
    return broken
