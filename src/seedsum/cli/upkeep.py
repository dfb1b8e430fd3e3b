"""The commands that look after an output: retry, prune, forget, verify."""

from __future__ import annotations

import sys
from collections import Counter
from pathlib import Path
from typing import Annotated

import typer
from typer import Argument, Option

import seedsum
from seedsum.cli.options import (
    ConfigOption,
    JsonOption,
    OutputArgument,
    OutputOption,
    OutputOrArgument,
    WaitOption,
    output_named,
)
from seedsum.cli.printing import counted, print_json, say, shown_progress
from seedsum.errors import UsageError, VerificationError


def retry(
    names: Annotated[
        list[str] | None,
        Argument(metavar="NAMES", help="Names as in the index. Default: all.", show_default=False),
    ] = None,
    output: OutputOption = Path("output"),
    wait: WaitOption = 0.0,
    as_json: JsonOption = False,
) -> None:
    """Let the next run try quarantined articles again. Runs nothing itself."""
    released = seedsum.retry(names or (), output=output, wait_seconds=wait)
    if as_json:
        print_json({"released": released})
        return
    for name in released:
        typer.echo(name)
    if released:
        say(f"the next run will try {counted(len(released), 'article')} again")
    else:
        say("no article has failed, so that none is to be tried again")


def prune(
    paths: Annotated[
        list[str] | None,
        Argument(metavar="PATHS", help="As for 'seedsum run'. Default: input/", show_default=False),
    ] = None,
    output: OutputOption = Path("output"),
    config: ConfigOption = None,
    cache: Annotated[bool, Option("--cache", help="Also the cache of decoded sentences.")] = False,
    models: Annotated[
        bool, Option("--models", help="Also models that this models.toml does not name.")
    ] = False,
    yes: Annotated[bool, Option("--yes", "-y", help="Remove it.")] = False,
    as_json: JsonOption = False,
) -> None:
    """List what nobody needs any more: pairs without a source, old run reports; --yes removes it.

    Pairs edited by hand stay. --yes also takes note of how many articles PATHS hold, for the notice
    that an input has shrunk.
    """
    found = seedsum.prune(
        paths or ["input"], output=output, config=config, cache=cache, models=models, remove=yes
    )
    gone = [item for item in found if not item.note]
    if as_json:
        print_json({"removed": yes, "found": found})
    else:
        for item in found:
            why = f", {item.note}" if item.note else ""
            typer.echo(f"{item.kind}: {item.name} ({item.num_bytes / 1e6:.1f} MB{why})")
    size = f"{counted(len(gone), 'item')}, {sum(item.num_bytes for item in gone) / 1e6:.1f} MB"
    done = f"removed {size}" if yes else f"would remove {size}; add --yes to do it"
    say(done if gone else "nothing to remove")


def forget(
    name: Annotated[str, Argument(metavar="NAME", help="As in the index.", show_default=False)],
    output: OutputOption = Path("output"),
    yes: Annotated[bool, Option("--yes", "-y", help="Remove it, without asking.")] = False,
    wait: WaitOption = 0.0,
    as_json: JsonOption = False,
) -> None:
    """Remove one article from everything: pair, corrections, reports, caches.

    Says what is removed and what is out of reach: the source itself, backups. Without --yes it asks
    first, and in a pipe it only lists. Where there is nothing of it, it exits with 2.
    """
    found = seedsum.forget(name, output=output)
    # Also where nothing is left: a run before may have been broken off before its last step.
    does = yes or (bool(found.remnants) and not as_json and _is_agreed(found, name))
    if does:
        found = seedsum.forget(name, output=output, remove=True, wait_seconds=wait)
    if not found.remnants:
        near = f"; did you mean {' or '.join(found.near)}?" if found.near else ""
        raise UsageError(f"nothing of {name} is in {output}{near}")
    if as_json:
        print_json({"removed": does, "found": found.remnants, "out_of_reach": found.out_of_reach})
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


def verify(
    argument: OutputArgument = None,
    output: OutputOrArgument = None,
    sample: Annotated[int, Option(min=0, help="Also translate this many segments again.")] = 0,
    seed: Annotated[int, Option(help="Another seed chooses other segments.")] = 0,
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """Check every pair against its record; if anything differs, list it and exit with 6.

    With --sample, segments are translated again by the models that made them, and compared.
    """
    with shown_progress() as progress:
        found = seedsum.verify(
            output_named(argument, output),
            num_sampled=sample,
            seed=seed,
            config=config,
            progress=progress,
        )
    if as_json:
        print_json(found)
    else:
        for difference in (*found.differences, *found.other_arithmetic):
            detail = f": {difference.detail}" if difference.detail else ""
            typer.echo(f"{difference.name}: {difference.place}: {difference.found}{detail}")
    for note in found.notes:
        say(note)
    again = f", {counted(found.num_retranslated, 'segment')} translated again" if sample else ""
    differences = counted(len(found.differences), "difference")
    say(f"checked {counted(found.num_pairs, 'pair')}{again}: {differences}")
    if found.differences:
        raise typer.Exit(VerificationError.exit_code)
