"""Pairs as a table with an article a row: Parquet, or JSON lines.

Written from the records, so that a table can be made at any time and of any output.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Iterator, Mapping
from importlib.util import find_spec
from itertools import islice
from pathlib import Path
from typing import Any

from seedsum.errors import ReadError, UsageError
from seedsum.files import sync_folder
from seedsum.output.places import Where
from seedsum.output.states import read_record
from seedsum.records import ARTICLE_ROLES

#: Rows in memory, and in a row group; of news with all that is said of them some 10 MB.
_NUM_ROWS = 1000

#: Columns that hold several values.
_LISTS = ("sentences", "cites", "flags", "reasons", "models")
COLUMNS = (
    "name", "id", "title", "url", "date", "language", "status", "translation", "summary",
    "sentences", "cites", "flags", "reasons", "models", "source_sha256", "run_key", "profile",
    "fallback",
)  # fmt: skip


def row_of(name: str, record: Mapping[str, Any]) -> dict[str, Any]:
    """Return the row of a pair; of one without a record (`{}`) what its name says.

    `cites` has for each of the summary's `sentences` the ids of the segments that it rests on, with
    spaces between.
    """
    row: dict[str, Any] = dict.fromkeys(COLUMNS)
    row |= {"name": name, "id": name.rpartition("/")[2], **{key: [] for key in _LISTS}}
    if not record:
        return row
    source, sentences = record["source"], record["summary"]["sentences"]
    flagged = (*record["segments"], *sentences)
    return row | {
        "title": record["title"],
        "url": source["url"],
        "date": source["date"],
        "language": source["language"],
        "status": record["status"],
        "translation": "\n\n".join(paragraphs(record)),
        "summary": " ".join(sentence["text"] for sentence in sentences),
        "sentences": [sentence["text"] for sentence in sentences],
        "cites": [" ".join(map(str, sentence["cites"])) for sentence in sentences],
        "flags": sorted({flag["code"] for item in flagged for flag in item["flags"]}),
        "reasons": list(record["reasons"]),
        "models": [f"{use['role']} {use['id']} {use['revision']}" for use in record["models"]],
        "source_sha256": source["sha256"],
        "run_key": record["run_key"],
        "profile": record["profile"],
        "fallback": bool(record["fallback"]),
    }


def paragraphs(record: Mapping[str, Any]) -> Iterator[str]:
    """Yield the English of the article's blocks in a record, not of the page around it."""
    for block in record["blocks"]:
        if block["role"] in ARTICLE_ROLES:
            segments = (one for one in record["segments"] if one["block"] == block["id"])
            yield " ".join(segment["translation"] for segment in segments)


def rows(output: Where, names: Iterable[str]) -> Iterator[dict[str, Any]]:
    """Yield the rows of pairs, in the order of the names; what has no whole record is empty."""
    for name in names:
        try:
            yield row_of(name, read_record(output, name))
        except (ReadError, KeyError, TypeError):
            yield row_of(name, {})


def lines(found: Iterable[Mapping[str, Any]]) -> Iterator[bytes]:
    """Yield the rows as JSON lines."""
    for row in found:
        yield f"{json.dumps(row, ensure_ascii=False)}\n".encode("utf-8", "backslashreplace")


def check_library() -> None:
    """Do nothing where Parquet can be written.

    Raises:
        UsageError: pyarrow is not installed.
    """
    if find_spec("pyarrow") is None:
        raise UsageError(
            "for Parquet tables, pyarrow is needed, which is not installed; run:"
            " pip install 'seedsum[tables]'"
        )


def write_table(path: Path, found: Iterable[Mapping[str, Any]]) -> None:
    """Write a table, as its name says, which is whole or not there at every instant.

    Raises:
        OSError: It cannot be written; what was there before is still there.
    """
    temporary = path.with_name(f".seedsum-{os.urandom(8).hex()}.tmp")
    try:
        if path.suffix == ".parquet":
            _write_parquet(temporary, found)
        else:
            with temporary.open("xb") as file:
                file.writelines(lines(found))
        with temporary.open("rb") as file:
            os.fsync(file.fileno())
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)
    sync_folder(path.parent)


def _write_parquet(path: Path, found: Iterable[Mapping[str, Any]]) -> None:
    check_library()
    import pyarrow
    import pyarrow.parquet

    of = {**dict.fromkeys(_LISTS, pyarrow.list_(pyarrow.string())), "fallback": pyarrow.bool_()}
    schema = pyarrow.schema([(name, of.get(name, pyarrow.string())) for name in COLUMNS])
    left = iter(found)
    with pyarrow.parquet.ParquetWriter(path, schema, compression="zstd") as writer:
        while some := [_storable(row) for row in islice(left, _NUM_ROWS)]:
            writer.write_table(pyarrow.Table.from_pylist(some, schema))


def _storable(row: Mapping[str, Any]) -> dict[str, Any]:
    """Return a row without lone surrogates, which no UTF-8 holds."""
    return {
        key: [_utf8(one) for one in value] if isinstance(value, list) else _utf8(value)
        for key, value in row.items()
    }


def _utf8(value: Any) -> Any:
    if isinstance(value, str):
        return value.encode("utf-8", "backslashreplace").decode()
    return value
