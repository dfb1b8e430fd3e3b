"""Numbers that both sides have, in another order: a score or a change turned round."""

from __future__ import annotations

import re
from collections.abc import Sequence

from seedsum.checks.quantities.tokens import normalise
from seedsum.languages import TARGET_LANGUAGE, Language, get
from seedsum.languages.mentions import Quantity

_SCORE = re.compile(r"(?<![\d.,/–-])(\d{1,3}) ?[-–] ?(\d{1,3})(?![\d/%–-]|[.,]\d)")


def swapped(
    source: str,
    translation: str,
    there: Sequence[Quantity],
    here: Sequence[Quantity],
    language: Language,
) -> tuple[str, str] | None:
    """Return what the source and the translation say where one pair of numbers is turned round."""
    return _score(normalise(source), normalise(translation))


def _score(source: str, translation: str) -> tuple[str, str] | None:
    """English says the winner's goals first, also of a side that lost."""
    before, after = ([m.groups() for m in _SCORE.finditer(text)] for text in (source, translation))
    for one, two in before:
        if one == two or (one, two) in after or (two, one) not in after or (two, one) in before:
            continue
        if int(two) > int(one) and _tells_who_won(translation):
            continue
        return f"{one}-{two}", f"{two}-{one}"
    return None


def _tells_who_won(translation: str) -> bool:
    numbers = get(TARGET_LANGUAGE).numbers
    return numbers is not None and not numbers.won.isdisjoint(
        re.findall(r"\w+", translation.lower())
    )
