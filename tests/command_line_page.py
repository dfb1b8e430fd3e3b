"""Writes docs/reference/command-line.md of what Typer knows: `python tests/command_line_page.py`.

The page has what `seedsum COMMAND --help` shows; a test holds the committed file to it.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import typer

from seedsum import cli

PAGE = Path(__file__).resolve().parent.parent / "docs" / "reference" / "command-line.md"

_HEAD = """\
# The command line

<!-- Written by tests/command_line_page.py of what `--help` shows: change the help, then run it. -->

Every command has `--help`. Several arguments of one kind are given one after another, an option
that may come several times is named each time. What a run ends with: [exit codes](exit-codes.md).

| command | |
|---|---|
"""


def page() -> str:
    """Return the page as it should be."""
    group = typer.main.get_command(cli.app)
    commands = list(_commands(group, typer.Context(group, info_name="seedsum")))
    rows = [
        f"| [`{name}`](#{name.replace(' ', '-')}) | {_plain(_sentences(command.help)[0])} |"
        for name, command, _ in commands
    ]
    parts = [_HEAD + "\n".join(rows)]
    for name, command, context in commands:
        parts.append(f"## {name}\n\n`{command.get_usage(context).partition(': ')[2].strip()}`")
        parts += [_plain(text) for text in _sentences(command.help)]
        given = [record for p in command.params if (record := p.get_help_record(context))]
        if given:
            lines = [f"| `{names}` | {_plain(text)} |" for names, text in map(_cells, given)]
            parts.append("\n".join(["| | |", "|---|---|", *lines]))
    return "\n\n".join(parts) + "\n"


def _commands(group: Any, context: Any) -> Iterator[tuple[str, Any, Any]]:
    """Yield full name, command and context of each command, those of groups after their group."""
    for name, command in group.commands.items():
        below = typer.Context(command, info_name=name, parent=context)
        yield below.command_path, command, below
        if hasattr(command, "commands"):
            yield from _commands(command, below)


def _sentences(text: str | None) -> list[str]:
    """Return the paragraphs of a help text, each in one line."""
    return [" ".join(part.split()) for part in inspect.cleandoc(text or "").split("\n\n")]


def _cells(record: tuple[str, str]) -> tuple[str, str]:
    names, text = (" ".join(part.split()) for part in record)
    names = re.sub(r" <list\[\w+\]>", "", names).replace(" range>", ">")
    return names.replace("|", "\\|"), text


def _plain(text: str) -> str:
    """Return text whose characters no Markdown takes for markup."""
    return re.sub(r"([\\`*\[\]<|])", r"\\\1", text)


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
