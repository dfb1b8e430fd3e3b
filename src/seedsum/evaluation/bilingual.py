"""Pairs from files of other tools: translation memories, workbooks and CSV, beside JSONL and TSV.

What a file is, its content says: its name may be anything, and standard input has none.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace

from seedsum.errors import ReadError
from seedsum.evaluation.pairs import NEEDED, TextPair, pair_of, parse_pairs
from seedsum.languages import LANGUAGES
from seedsum.output.exchange import csv_file, xlsx
from seedsum.output.exchange.table import YOURS
from seedsum.output.exchange.tmx_reading import is_tmx, read_tmx
from seedsum.records import TARGET_LANGUAGE

_ZIP_MAGIC = b"PK\x03\x04"
_UTF16 = (b"\xff\xfe", b"\xfe\xff")
#: Bad rows that are named.
_NUM_NAMED = 10

_WANTED = (
    "a first row with the columns lang, source and translation, or with two languages as columns"
    " (vi and en)"
)


def read_pairs(data: bytes, *, name: str) -> tuple[TextPair, ...]:
    """Return the pairs of a file, in order: TMX, xlsx, CSV, JSON lines or TSV.

    A table has its columns' names in its first row: as TSV has them, or as `seedsum export` writes
    them (then the correction is what is read), or a language's tag for each column.

    Raises:
        ReadError: It is none of these, or rows of it are bad; the message has their numbers.
        UsageError: openpyxl is not installed, for a workbook.
    """
    if data.startswith(_ZIP_MAGIC):
        return _of_table(xlsx.rows(data), name=name)
    if is_tmx(data):
        units = read_tmx(data, name=name).units
        return tuple(
            TextPair(f"{number} ({unit.line})", unit.language, unit.source, unit.english)
            for number, unit in enumerate(units, 1)
        )
    if data.startswith(_UTF16) or _is_csv(data):
        return _of_table(csv_file.rows(data), name=name)
    try:
        text = data.decode()
    except UnicodeDecodeError as error:
        raise ReadError(f"{name}: not UTF-8 at byte {error.start}; convert the file") from error
    return parse_pairs(text, name=name)


def _is_csv(data: bytes) -> bool:
    """Return whether the first line names the columns of a table that is no TSV."""
    first, *_ = re.split(rb"[\r\n]", data, maxsplit=1)
    head = first.decode("utf-8-sig", "replace")
    try:
        rows = [next(csv.reader([head], delimiter=delimiter), []) for delimiter in ",;"]
    except csv.Error:  # a field that is too long to be a column's name
        return False
    return any(map(_columns, rows))


def _of_table(rows: Iterable[tuple[str, Sequence[str]]], *, name: str) -> tuple[TextPair, ...]:
    numbered = enumerate(rows, 1)
    _, (line, head) = next(numbered, (0, ("the first row", [])))
    read = _columns(head)
    if read is None:
        raise ReadError(f"{name}: wanted {_WANTED}; {line} has none of them")
    pairs: list[TextPair] = []
    bad: list[str] = []
    for number, (line, cells) in numbered:
        if cells == head:
            continue  # each sheet of a workbook begins with it
        try:
            pair = read(cells)
        except ValueError as error:
            bad.append(f"{line}: {error}")
            continue
        if pair.source.strip() or pair.translation.strip():
            pairs.append(replace(pair, id=pair.id or number))
    if bad:
        more = f"; and {len(bad) - _NUM_NAMED} more rows" if len(bad) > _NUM_NAMED else ""
        raise ReadError(f"{name}: {'; '.join(bad[:_NUM_NAMED])}{more}")
    return tuple(pairs)


def _columns(cells: Sequence[str]) -> Callable[[Sequence[str]], TextPair] | None:
    """Return what reads the rows below a row that names columns; None where it names none."""
    names = [cell.strip().lower() for cell in cells]
    if {"article", "sentence", "english", "lang"} <= set(names):
        ours = YOURS.lower() if YOURS.lower() in names else "english"
        return lambda row: _of_ours(dict(zip(names, row, strict=False)), ours)
    if set(NEEDED) <= set(names):
        return lambda row: pair_of(dict(zip(names, _filled(row, names), strict=False)), 0)
    tags = [name.split("-")[0].split("_")[0] for name in names]
    languages = [tag for tag in tags if tag in LANGUAGES]
    if len(languages) == 2 and TARGET_LANGUAGE in languages and languages[0] != languages[1]:
        source = next(tag for tag in languages if tag != TARGET_LANGUAGE)
        at, to = tags.index(source), tags.index(TARGET_LANGUAGE)
        return lambda row: TextPair(0, source, _cell(row, at), _cell(row, to))
    return None


def _filled(row: Sequence[str], names: Sequence[str]) -> list[str]:
    return [*row, *[""] * (len(names) - len(row))]


def _cell(row: Sequence[str], place: int) -> str:
    return row[place] if place < len(row) else ""


def _of_ours(cells: Mapping[str, str], translation: str) -> TextPair:
    id = f"{cells.get('article', '')}#{cells.get('sentence', '')}"
    return TextPair(id, cells.get("lang", ""), cells.get("source", ""), cells.get(translation, ""))
