"""Parquet tables: an article a row, its fields by the names of the columns, some rows in memory."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from seedsum.errors import ReadError
from seedsum.reading import Article, jsonl
from seedsum.reading.fields import holds_article, id_of, is_known
from seedsum.reading.kept import MAX_KEPT, kept_by_file
from seedsum.reading.members import safe_id, unique
from seedsum.reading.spans import Content
from seedsum.records import MAX_SIZE_BYTES

#: Rows that are in memory at once. Articles of 4 KB, as news are, make 1 MB.
_NUM_ROWS = 256


def read(data: bytes) -> Content:
    """Return the article of one row, which is given as a line of JSON is."""
    return jsonl.read(data)


def articles(path: Path, *, max_size_bytes: int = MAX_SIZE_BYTES) -> Iterator[Article]:
    """Yield the articles of a table in order; a row without a usable id is called `row-N` (from 1).

    Columns that say nothing of an article (its embedding) are not read, and of rows without any
    text there is no article. Places are the rows' numbers, from 0.
    """
    file = _open(path)
    seen: set[str] = set()
    number = 0
    for rows in file.runs(0):
        for row in rows:
            number += 1
            if not holds_article(row):
                continue
            data = _written(row)
            name = unique(safe_id(id_of(row)), f"row-{number}", seen)
            is_too_large = len(data) > max_size_bytes
            yield Article(number - 1, name, b"" if is_too_large else data, len(data))


def article_bytes(path: Path, *, offset: int, size_bytes: int) -> bytes:
    """Return the bytes of a listed row; none where the table has fewer now."""
    row = _kept(path).row(offset)
    return b"" if row is None else _written(row)


def _written(row: dict[str, Any]) -> bytes:
    return json.dumps(row, ensure_ascii=False, default=_as_text).encode("utf-8", "surrogatepass")


def _as_text(value: object) -> str:
    if isinstance(value, bytes):
        return value.decode("utf-8", "replace")
    return value.isoformat() if hasattr(value, "isoformat") else str(value)


@dataclass(slots=True)
class _Run:
    """Rows that are in memory, and those after them that were not asked for yet."""

    first: int
    rows: list[dict[str, Any]]
    rest: Iterator[list[dict[str, Any]]]


@dataclass(slots=True)
class _Table:
    """An open table."""

    file: Any  # a pyarrow.parquet.ParquetFile
    columns: list[str]
    runs_kept: list[_Run] = field(default_factory=list)
    reading: threading.Lock = field(default_factory=threading.Lock)

    def runs(self, group: int) -> Iterator[list[dict[str, Any]]]:
        """Yield the rows from a row group on, in runs.

        Raises:
            ReadError: The table is torn.
        """
        groups = range(group, self.file.num_row_groups)
        try:
            for batch in self.file.iter_batches(_NUM_ROWS, row_groups=groups, columns=self.columns):
                yield batch.to_pylist()
        except (OSError, ValueError) as error:  # all of pyarrow's are one of these
            raise ReadError(f"the table is damaged: {error}; write it again") from error

    def row(self, number: int) -> dict[str, Any] | None:
        """Return a row, None where there are fewer.

        Rows are mostly asked for in turn, by a few windows at once.
        """
        with self.reading:
            for run in self.runs_kept:
                if run.first <= number < run.first + len(run.rows):
                    return run.rows[number - run.first]
            run = next((run for run in self.runs_kept if self._is_near(run, number)), None) or (
                self._begun(number)
            )
            while number >= run.first + len(run.rows):
                rows = next(run.rest, None)
                if rows is None:
                    return None
                run.first, run.rows = run.first + len(run.rows), rows
            return run.rows[number - run.first]

    def _is_near(self, run: _Run, number: int) -> bool:
        return 0 <= number - run.first < 4 * _NUM_ROWS

    def _begun(self, number: int) -> _Run:
        first = group = 0
        while group < self.file.num_row_groups:
            num_rows = self.file.metadata.row_group(group).num_rows
            if number < first + num_rows:
                break
            first, group = first + num_rows, group + 1
        self.runs_kept = self.runs_kept[-MAX_KEPT + 1 :]
        self.runs_kept.append(run := _Run(first, [], self.runs(group)))
        return run


def _open(path: Path) -> _Table:
    import pyarrow.parquet

    try:
        file = pyarrow.parquet.ParquetFile(path)
    except (OSError, ValueError) as error:
        raise ReadError(f"is no Parquet table ({error}); write it again") from error
    names = [name for name in file.schema_arrow.names if is_known(name)]
    if not any(holds_article({name: "x"}) for name in names):
        raise ReadError(
            "no column is named as one with an article's text (text, body, content, …); rename one"
        )
    return _Table(file, names)


_kept = kept_by_file(_open)
