"""Tables that come back: what a person changed in them, as reviews. Pure.

A row is recognised by its key (the sentence and its neighbours, as hashes), and what it said when
it left by the hash of its English: so a row that nobody touched is nothing, whatever has become of
its pair meanwhile.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import Enum
from functools import partial
from itertools import groupby

from seedsum.errors import ReadError
from seedsum.output.exchange.sentences import Article, Key, Sentence, digits, review_of
from seedsum.output.exchange.table import (
    COLUMNS,
    CUT,
    RIGHT,
    VERDICT,
    WRONG,
    YOURS,
    Row,
    cell_text,
    fitted,
    row_of,
)
from seedsum.records import Review, Verdict

#: What people write for right and wrong.
_VERDICTS = {
    **dict.fromkeys((RIGHT, "ok", "okay", "accepted", "correct", "yes", "y", "✓", "✔"), RIGHT),
    **dict.fromkeys((WRONG, "rejected", "incorrect", "no", "x", "✗", "✘"), WRONG),
}

#: Without these a table cannot be ours.
_NEEDED = frozenset({"article", "sentence", "english", YOURS.lower(), VERDICT})


@dataclass(frozen=True, slots=True)
class Unused:
    """A row, or a unit of a memory, that nothing came of, and why."""

    line: str
    why: str


@dataclass(frozen=True, slots=True)
class Returned:
    """What a table says that was not known."""

    reviews: tuple[Review, ...] = ()
    num_untouched: int = 0  # rows that nobody changed
    num_known: int = 0  # rows whose change was taken before
    unused: tuple[Unused, ...] = ()


class _Nothing(Enum):
    """Why nothing comes of a row that is as it should be."""

    UNTOUCHED = "untouched"
    KNOWN = "known"


def parse_table(rows: Iterable[tuple[str, Sequence[str]]], *, name: str) -> list[Row]:
    """Return the rows of a table of ours; the names of the columns stand first, in any order.

    Raises:
        ReadError: It is none.
    """
    columns: list[str] = []
    known = {column.lower(): column for column in COLUMNS}
    found: list[Row] = []
    for line, cells in rows:
        names = [cell.strip().lower() for cell in cells]
        if set(names) >= _NEEDED:  # each sheet has them
            columns = [known.get(column, "") for column in names]
        elif not columns:
            wanted = ", ".join(column for column in COLUMNS if column.lower() in _NEEDED)
            raise ReadError(
                f"{name}: {line} should name the columns ({wanted}), as in a table of seedsum"
                " export; a table from elsewhere cannot be imported, but 'seedsum check' reads it"
            )
        else:
            found.append(row_of(dict(zip(columns, cells, strict=False)), line=line))
    return found


def take_rows(
    rows: Iterable[Row],
    find: Callable[[str], Article | None],
    *,
    known: Iterable[Review],
    reviewer: str,
) -> Returned:
    """Return what the rows say; each article is asked for once.

    Args:
        rows: Of a table.
        find: Gives the pair of a name as it is now, with what was said of it; None for no pair.
        known: All reviews that there are.
        reviewer: Who filled the table in.
    """
    said = {_identity(review) for review in known}
    reviews: list[Review] = []
    unused: list[Unused] = []
    num_untouched = num_known = 0
    by_article = sorted(enumerate(rows), key=lambda entry: (entry[1].article, entry[0]))
    for name, group in groupby(by_article, key=lambda entry: entry[1].article):
        article = find(name) if name else None
        places = _Places(article.sentences) if article else None
        for _, row in group:
            what = _said_by(row, places, reviewer=reviewer)
            if isinstance(what, Unused):
                unused.append(what)
            elif what is _Nothing.UNTOUCHED:
                num_untouched += 1
            elif what is _Nothing.KNOWN or _identity(what) in said:
                num_known += 1
            else:
                said.add(_identity(what))
                reviews.append(what)
    return Returned(tuple(reviews), num_untouched, num_known, tuple(unused))


def _identity(review: Review) -> tuple[str, ...]:
    """Return what two reviews have in common that say the same of the same English."""
    what = (review.source, review.before, review.after, review.machine_text, review.text)
    return (review.document, review.verdict, review.note, *what)


class _Places:
    """An article's sentences by what rows know of them."""

    def __init__(self, sentences: Sequence[Sentence]) -> None:
        self._by_hash: dict[tuple[str, str], list[Sentence]] = {}
        self._by_source: dict[str, list[Sentence]] = {}
        for sentence in sentences:
            key = Key.of(sentence)
            for place in (("context", key.context), ("source", key.source)):
                self._by_hash.setdefault(place, []).append(sentence)
            self._by_source.setdefault(as_compared(sentence.source), []).append(sentence)

    def of(self, row: Row) -> Sentence | str:
        """Return the sentence that a row is of, or why there is none."""
        for found in self._candidates(row):
            if len(found) > 1:
                found = [one for one in found if one.id == row.sentence] or found
            if len(found) == 1:
                return found[0]
            if found:
                return f"the sentence stands in {len(found)} places of the article now"
        return "the sentence is no longer in the article"

    def _candidates(self, row: Row) -> Iterator[list[Sentence]]:
        if row.key:
            yield self._by_hash.get(("context", row.key.context), [])
            yield self._by_hash.get(("source", row.key.source), [])
        else:
            yield self._by_source.get(as_compared(row.source), [])


def _said_by(row: Row, places: _Places | None, *, reviewer: str) -> Review | Unused | _Nothing:
    """Return what a person said in a row: a review, nothing, or why it cannot be taken."""
    verdict = _VERDICTS.get(row.verdict.strip().lower(), row.verdict.strip())
    if places is None or isinstance(sentence := places.of(row), str):
        why = f"there is no pair of {row.article or 'an article without a name'}"
        # Nobody misses a row that nobody touched.
        is_touched = verdict or row.note or not _same(row.yours, row.english)
        return (
            Unused(row.line, why if places is None else str(sentence))
            if is_touched
            else _Nothing.UNTOUCHED
        )
    seen = _seen(row, sentence)
    is_changed = not _same(row.yours, row.english if seen is None else _cell(seen))
    if verdict not in ("", RIGHT, WRONG):
        return Unused(row.line, f"the verdict {verdict!r} is neither {RIGHT} nor {WRONG}")
    if is_changed and not row.yours.strip() and verdict != WRONG:
        return Unused(row.line, f"'{YOURS}' is empty; if the English is wrong, say so: {WRONG}")
    if is_changed and CUT in row.yours:
        return Unused(row.line, "a text that does not fit into a cell cannot be corrected in one")
    if not is_changed and not verdict:
        if seen is not None and not _same(row.english, _cell(seen)):
            return Unused(row.line, f"'English' was changed; corrections go into '{YOURS}'")
        if row.note:
            return Unused(row.line, "a note without a verdict or a correction")
        return _Nothing.UNTOUCHED
    if seen is None:
        if CUT in row.english or not row.english.strip():
            return Unused(row.line, "its English has changed since the table was made")
        seen = row.english
    if sentence.is_reviewed and sentence.reviewer != reviewer and seen != sentence.english:
        return Unused(
            row.line, f"{sentence.reviewer} has corrected it since the table was made: check both"
        )
    text = unicodedata.normalize("NFC", row.yours).strip() if is_changed else seen
    if sentence.is_reviewed and verdict != WRONG and _same(text, sentence.english):
        return _Nothing.KNOWN
    said = partial(review_of, sentence, seen=seen, note=row.note, reviewer=reviewer)
    if is_changed and text:
        return said(Verdict.EDITED, text=text)
    if verdict == WRONG:
        return said(Verdict.REJECTED, text="")
    return said(Verdict.ACCEPTED, text=seen)


def _seen(row: Row, sentence: Sentence) -> str | None:
    """Return the English that left with a row; None where nobody can tell any more."""
    if row.key is None:
        return sentence.english if _same(row.english, _cell(sentence.english)) else None
    for text in (sentence.english, sentence.machine, row.english):
        if digits(text) == row.key.english:
            return text
    return None


def _cell(text: str) -> str:
    return fitted(cell_text(text))


def _same(one: str, other: str) -> bool:
    return as_compared(one) == as_compared(other)


def as_compared(text: str) -> str:
    """Return a text without what spreadsheets change by themselves: white space, its form."""
    # What `xlsx.rows` cannot tell from a text in which somebody wrote the escapes of workbooks.
    plain = unicodedata.normalize("NFC", text).replace("x005F_", "").replace("_x000D_", "")
    return " ".join(plain.split())
