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


class LogFormat(StrEnum):
    """How lines on standard error are written."""

    PLAIN = "plain"
    JSON = "json"


def say(text: str, *, level: str = "info", prefix: str = "seedsum: ") -> None:
    """Write a line to standard error, in the format that the command line asks for."""
    line = f"{prefix}{text}"
    if _is_json_asked_for():
        from seedsum.pipeline.progress import json_line

        line = json_line(text, level=level)
    print(line, file=sys.stderr, flush=True)


def _is_json_asked_for() -> bool:
    """Return whether the arguments say so; errors are printed where no parsed ones are known."""
    return "--log-format=json" in sys.argv or ("--log-format", "json") in pairwise(sys.argv)


@contextmanager
def shown_progress(
    *, quiet: bool = False, log_format: LogFormat = LogFormat.PLAIN
) -> Iterator[Progress]:
    """Give what tells a person of the work, and stop it afterwards."""
    from seedsum.pipeline.progress import JsonLines, PlainLines, RichProgress, Silent

    progress: Progress
    if quiet:
        progress = Silent()
    elif log_format is LogFormat.JSON:
        progress = JsonLines()
    else:
        progress = RichProgress() if sys.stderr.isatty() else PlainLines()
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


def print_table(title: str, rows: Sequence[Mapping[str, object]]) -> None:
    """Print rows by column, as wide as the terminal; in a pipe every row is one line."""
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(*(rows[0] if rows else ()), title=Text(title), title_justify="left")
    for row in rows:
        table.add_row(*(Text(str(cell)) for cell in row.values()))
    console = Console()
    if not console.is_terminal:
        console = Console(width=240)
    console.print(table)


def shortened(text: str, *, max_chars: int = 60) -> str:
    """Return a text as one line of at most that many characters."""
    line = " ".join(text.split())
    return line if len(line) <= max_chars else line[: max_chars - 1] + "…"


def counted(number: int, noun: str) -> str:
    """Return a number with its noun: `1 pair`, `2 pairs`, `no pairs`."""
    return f"{number or 'no'} {noun}{'s' * (number != 1)}"
