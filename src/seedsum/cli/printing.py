"""What the commands print: tables and JSON on standard output, lines on standard error."""

from __future__ import annotations

import dataclasses
import json
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from enum import StrEnum
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import typer

if TYPE_CHECKING:
    from seedsum.pipeline.progress import Progress
    from seedsum.records import NotRead


class LogFormat(StrEnum):
    """How lines on standard error are written."""

    PLAIN = "plain"
    JSON = "json"


def say(text: str, *, level: str = "info", prefix: str = "seedsum: ") -> None:
    """Write a line to standard error, in the format that the command line asks for."""
    line = f"{prefix}{text}"
    # Errors are said where no parsed arguments are known.
    if "--log-format=json" in sys.argv or ("--log-format", "json") in pairwise(sys.argv):
        from seedsum.pipeline.progress import json_line

        line = json_line(text, level=level)
    print(line, file=sys.stderr, flush=True)


@contextmanager
def shown_progress(
    *, quiet: bool = False, log_format: LogFormat = LogFormat.PLAIN
) -> Iterator[Progress]:
    """Give what tells a person of the work, and stop it afterwards."""
    from seedsum.pipeline.progress import Lines, Progress, RichProgress

    as_json = log_format is LogFormat.JSON
    is_terminal = sys.stderr.isatty() and not as_json
    progress = Progress() if quiet else RichProgress() if is_terminal else Lines(as_json=as_json)
    try:
        yield progress
    finally:
        progress.stop()


def print_json(value: Any) -> None:
    """Print one JSON document; dataclasses become objects, paths text."""
    typer.echo(json.dumps(value, ensure_ascii=False, indent=2, default=_jsonable))


def _jsonable(value: Any) -> Any:
    if dataclasses.is_dataclass(value):
        return {field.name: getattr(value, field.name) for field in dataclasses.fields(value)}
    return str(value)


def print_result(
    value: Any, title: str, rows: Sequence[Mapping[str, object]], *, as_json: bool
) -> None:
    """Print a value as one JSON document, or as the table that shows it."""
    if as_json:
        print_json(value)
    else:
        print_table(title, rows)


def print_table(title: str, rows: Sequence[Mapping[str, object]]) -> None:
    """Print rows by column, as wide as the terminal; in a pipe every row is one line."""
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(*(rows[0] if rows else ()), title=Text(title), title_justify="left")
    for row in rows:
        table.add_row(*(Text(str(cell)) for cell in row.values()))
    Console(width=None if Console().is_terminal else 240).print(table)


def shortened(text: str, *, max_chars: int = 60) -> str:
    """Return a text as one line of at most that many characters."""
    line = " ".join(text.split())
    return line if len(line) <= max_chars else line[: max_chars - 1] + "…"


def not_read_line(not_read: Sequence[NotRead]) -> str:
    """Return in one line how many files are not read, of which types, and what some are called."""
    from seedsum.pipeline.attention import by_type

    return f"not read: {counted(sum(x.count for x in not_read), 'file')}: {by_type(not_read)}"


def counted(number: int, noun: str) -> str:
    """Return a number with its noun: `1 pair`, `2 pairs`, `no pairs`."""
    return f"{number or 'no'} {noun}{'s' * (number != 1)}"
