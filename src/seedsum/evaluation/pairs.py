"""Pairs of a source and its English translation, from anywhere: JSON lines or TSV."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from seedsum.errors import ReadError
from seedsum.records import Fate

#: The columns of TSV without a header, the last one optional.
COLUMNS: tuple[str, ...] = ("lang", "source", "translation", "fault")
NEEDED = COLUMNS[:3]
_WANTED_JSON = "an object with the texts 'lang', 'source' and 'translation'"
_WANTED_TSV = "lang TAB source TAB translation [TAB fault]"
#: Bad lines that are named; where a whole file is of another form, more say nothing new.
_NUM_NAMED = 10
#: What `seedsum export` says of sentences whose English is the source.
_UNTRANSLATED = (Fate.KEPT, Fate.PASSED)


@dataclass(frozen=True, slots=True)
class TextPair:
    """One source text and its English translation, from anywhere."""

    id: str | int  # as the file gives it, else the number of its line
    language: str  # of the source
    source: str
    translation: str
    fault: str = ""  # the kind of fault that it is known to have
    is_judged: bool = False  # whether it is known to have a fault or to be right


def parse_pairs(text: str, *, name: str) -> tuple[TextPair, ...]:
    """Return the pairs that a file's text holds, in order; empty lines are left out.

    A text whose first line starts with `{` is JSON lines: objects with `lang`, `source` and
    `translation`, and where they are known `fault` (null: the translation is right) and `id`;
    other keys are ignored, but for the `fate` of our own exports: what was not translated is left
    out. Any other text is TSV, with those names as its first line, in any
    order, or without: then the columns are `COLUMNS`. A `fault` that is empty, or cut off where the
    first line promises one, says that the translation is right.

    Raises:
        ReadError: Lines are not of that form; the message has their numbers.
    """
    lines = [
        (number, line.removesuffix("\r"))
        for number, line in enumerate(text.removeprefix("\ufeff").split("\n"), 1)
        if line.strip()
    ]
    if lines and lines[0][1].lstrip().startswith("{"):
        return tuple(_parsed(lines, _of_json, name=name, wanted=_WANTED_JSON))
    columns, wanted, num_needed = COLUMNS, _WANTED_TSV, len(NEEDED)
    head = tuple(cell.strip().lower() for cell in lines[0][1].split("\t")) if lines else ()
    if set(NEEDED).issubset(head):
        columns = head
        wanted, num_needed = " TAB ".join(columns), len(columns)
        lines = [(number, _filled_up(line, num_needed)) for number, line in lines[1:]]
    parse = partial(_of_tsv, columns=columns, num_needed=num_needed)
    return tuple(_parsed(lines, parse, name=name, wanted=wanted))


def _filled_up(line: str, num_columns: int) -> str:
    """Return a line with the empty last column that editors cut off."""
    return f"{line}\t" if line.count("\t") == num_columns - 2 else line


def _parsed(
    lines: Sequence[tuple[int, str]],
    parse: Callable[[str, int], TextPair | None],
    *,
    name: str,
    wanted: str,
) -> Iterator[TextPair]:
    bad: list[str] = []
    for number, line in lines:
        try:
            pair = parse(line, number)
        except ValueError as error:
            bad.append(f"line {number}: {error}")
            continue
        if pair is not None:
            yield pair
    if bad:
        more = f"; and {len(bad) - _NUM_NAMED} more lines" if len(bad) > _NUM_NAMED else ""
        raise ReadError(f"{name}: wanted {wanted}; {'; '.join(bad[:_NUM_NAMED])}{more}")


def _of_json(line: str, number: int) -> TextPair | None:
    try:
        row = json.loads(line)
    except ValueError as error:
        raise ValueError(f"not JSON ({error})") from error
    if not isinstance(row, dict):
        raise ValueError("not an object")
    return None if row.get("fate") in _UNTRANSLATED else pair_of(row, number)


def _of_tsv(line: str, number: int, *, columns: Sequence[str], num_needed: int) -> TextPair:
    cells = line.split("\t")
    if not num_needed <= len(cells) <= len(columns):
        raise ValueError(f"{len(cells)} column{'s' * (len(cells) != 1)}")
    return pair_of(dict(zip(columns, cells, strict=False)), number)


def pair_of(row: Mapping[str, Any], number: int) -> TextPair:
    """Return the pair of a row by the names of its columns; the number is its id where it has none.

    Raises:
        ValueError: What is needed is not in it.
    """
    if missing := [key for key in NEEDED if key not in row]:
        raise ValueError(f"no {' and no '.join(map(repr, missing))}")
    if others := [key for key in NEEDED if not isinstance(row[key], str)]:
        raise ValueError(f"{' and '.join(map(repr, others))} is no text")
    fault = row.get("fault")
    if not isinstance(fault, str | None):
        raise ValueError("'fault' is neither a text nor null")
    language = row["lang"].strip()
    if not language:
        raise ValueError("'lang' is empty; wanted a tag such as vi")
    known = row.get("id")
    named = known if isinstance(known, str | int) and known not in ("", True, False) else number
    return TextPair(
        id=named,
        language=language,
        source=row["source"],
        translation=row["translation"],
        fault=(fault or "").strip(),
        is_judged="fault" in row,
    )
