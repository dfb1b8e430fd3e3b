"""The command that removes one article from everything."""

from __future__ import annotations

import sys
from collections import Counter
from pathlib import Path
from typing import Annotated

import typer
from typer import Argument, Option

import seedsum
from seedsum.cli.options import JsonOption, OutputOption, WaitOption
from seedsum.cli.printing import print_json, say


def forget(
    name: Annotated[str, Argument(metavar="NAME", help="As in the index.", show_default=False)],
    output: OutputOption = Path("output"),
    yes: Annotated[bool, Option("--yes", "-y", help="Remove it, without asking.")] = False,
    wait: WaitOption = 0.0,
    as_json: JsonOption = False,
) -> None:
    """Remove one article from everything: pair, corrections, reports, caches.

    Says what is removed and what is out of reach: the source itself, backups. Without --yes it asks
    first, and in a pipe it only lists.
    """
    found = seedsum.forget(name, output=output)
    # Also where nothing is left: a run before may have been broken off before its last step.
    does = yes or (bool(found.remnants) and not as_json and _is_agreed(found, name))
    if does:
        found = seedsum.forget(name, output=output, remove=True, wait_seconds=wait)
    if as_json:
        print_json({"removed": does, "found": found.remnants, "out_of_reach": found.out_of_reach})
        return
    if not found.remnants:
        near = f"; did you mean {' or '.join(found.near)}?" if found.near else ""
        say(f"nothing of {name} is in {output}{near}")
    elif does:
        say(f"removed: {_counts(found)}")
        for line in found.out_of_reach:
            say(f"out of reach: {line}")
    else:
        say("nothing was removed; add --yes to do it")


def _is_agreed(found: seedsum.Forgotten, name: str) -> bool:
    """List what would go, and ask where there is somebody to ask."""
    for remnant in found.remnants:
        how = "" if remnant.is_removed else " (written again without it)"
        typer.echo(f"{remnant.kind}: {remnant.name}{how}")
    for line in found.out_of_reach:
        say(f"out of reach: {line}")
    if not sys.stdin.isatty():
        return False
    return typer.confirm(f"Remove all of {name}? This cannot be undone.", err=True)


def _counts(found: seedsum.Forgotten) -> str:
    counts = Counter(remnant.kind for remnant in found.remnants)
    return ", ".join(f"{number} of {kind}" for kind, number in counts.items())
