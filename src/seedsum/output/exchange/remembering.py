"""A translation memory against the pairs: what it says of sentences that are there. Pure.

What came from us goes the way of a table that comes back. Of all else a unit whose source is,
word for word, a sentence of a pair, is offered there, or becomes a correction where that is asked
for; and all units are kept for articles to come.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from seedsum.output.exchange.returning import Unused, as_compared
from seedsum.output.exchange.sentences import CORRECTABLE, Article, Key, digits, review_of
from seedsum.output.exchange.table import Row
from seedsum.output.exchange.tmx import DOCUMENT, KEY, NOT_REVIEWED, REVIEWED, SEGMENT, moment_of
from seedsum.output.exchange.tmx_reading import Unit
from seedsum.records import TARGET_LANGUAGE, Review, Verdict
from seedsum.reviews import Remembered


@dataclass(frozen=True, slots=True)
class Sorted:
    """The units of a memory by the way that they go."""

    rows: tuple[Row, ...] = ()  # of pairs that are here
    units: tuple[Unit, ...] = ()  # of people, of anywhere else
    unused: Mapping[str, int] = field(default_factory=dict)  # how many go nowhere, by reason


@dataclass(frozen=True, slots=True)
class Recognised:
    """What a memory from elsewhere says of the pairs that are there."""

    corrections: tuple[Review, ...] = ()
    num_offered: int = 0  # sentences of pairs that it has another English for
    num_same: int = 0  # sentences of pairs that read as it says
    num_reviewed: int = 0  # sentences that a person has seen already
    unused: tuple[Unused, ...] = ()  # sentences that it has several Englishes for


def sort_units(units: Iterable[Unit], documents: Iterable[str]) -> Sorted:
    """Return which units came from pairs that are here, by their names, and which did not."""
    known = set(documents)
    rows: list[Row] = []
    others: list[Unit] = []
    unused: Counter[str] = Counter()
    for unit in units:
        if unit.properties.get(DOCUMENT) in known and KEY in unit.properties:
            rows.append(_row(unit))
        elif unit.properties.get(REVIEWED) == NOT_REVIEWED:
            unused["of a machine, and seen by nobody"] += 1
        else:
            others.append(unit)
    return Sorted(tuple(rows), tuple(others), dict(unused))


def _row(unit: Unit) -> Row:
    """Return a unit of ours as a row: its English is untouched where it has the hash of its key."""
    key = Key.parse(unit.properties[KEY])
    is_untouched = key is not None and digits(unit.english) == key.english
    return Row(
        line=unit.line,
        article=unit.properties[DOCUMENT],
        sentence=unit.properties.get(SEGMENT, ""),
        source=unit.source,
        english=unit.english if is_untouched else "",
        yours=unit.english,
        verdict="",
        note="",
        key=key,
    )


def recognise(
    units: Sequence[Unit], articles: Iterable[Article], *, name: str, reviewer: str, apply: bool
) -> Recognised:
    """Return what a memory says of the sentences of pairs.

    Args:
        units: From elsewhere.
        articles: All pairs as they are now.
        name: Of the memory; a correction's note says that it is from there.
        reviewer: Who answers for what is applied.
        apply: Make corrections of what is plain: one English, for a sentence that nobody has seen.
    """
    by_source: dict[tuple[str, str], dict[str, str]] = {}
    for unit in sorted(units, key=lambda unit: unit.changed, reverse=True):
        texts = by_source.setdefault((unit.language, as_compared(unit.source)), {})
        texts.setdefault(as_compared(unit.english), unit.english)
    corrections: list[Review] = []
    unused: list[Unused] = []
    counts: Counter[str] = Counter()
    for article in articles:
        for sentence in article.sentences:
            texts = by_source.get((sentence.language, as_compared(sentence.source)), {})
            if not texts or sentence.fate not in CORRECTABLE:
                continue
            if as_compared(sentence.english) in texts:
                counts["same"] += 1
            elif sentence.verdict:
                counts["reviewed"] += 1
            elif not apply:
                counts["offered"] += 1
            elif len(texts) > 1:
                counts["offered"] += 1
                where = f"{sentence.article}#{sentence.id}"
                unused.append(Unused(where, f"the memory has {len(texts)} translations of it"))
            else:
                text = " ".join(next(iter(texts.values())).split())
                corrections.append(
                    review_of(
                        sentence,
                        Verdict.EDITED,
                        text=text,
                        seen=sentence.english,
                        note=f"from the memory {name}",
                        reviewer=reviewer,
                    )
                )
    return Recognised(
        tuple(corrections),
        num_offered=counts["offered"],
        num_same=counts["same"],
        num_reviewed=counts["reviewed"],
        unused=tuple(unused),
    )


def remembered(units: Iterable[Unit]) -> list[Remembered]:
    """Return what of a memory is kept for articles to come."""
    return [
        Remembered(
            direction=f"{unit.language}->{TARGET_LANGUAGE}",
            source=" ".join(unit.source.split()),
            text=" ".join(unit.english.split()),
            reviewer=unit.author,
            time=_time(unit.changed),
        )
        for unit in units
    ]


def _time(stated: str) -> str:
    """Return a time of TMX (`20260131T120000Z`) as we write it; empty where it is none."""
    moment = moment_of(stated)
    return moment.isoformat(timespec="seconds") if moment else ""
