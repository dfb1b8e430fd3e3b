"""The commands on models: list, pull, convert, verify; and the doctor."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from typer import Argument, Option

import seedsum
from seedsum.cli.catalogue_text import details, findings, overview
from seedsum.cli.options import (
    ConfigOption,
    JsonOption,
    OfflineOption,
    OutputOption,
    ProfileOption,
)
from seedsum.cli.printing import (
    counted,
    not_read_line,
    print_json,
    say,
    shown_progress,
)

if TYPE_CHECKING:
    from seedsum.models.doctor import Check

app = typer.Typer(help="List, download and check models. Alone: list them.")


@app.callback(invoke_without_command=True)
def _alone(context: typer.Context) -> None:
    if context.invoked_subcommand is None:
        _list(None, None, None, as_json=False)


_NAME = "A model or a profile, to show all that is known of it."


@app.command("list")
def list_models(
    name: Annotated[str | None, Argument(metavar="NAME", help=_NAME, show_default=False)] = None,
    profile: ProfileOption = None,
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """List profiles and models: what they do, download, disk, memory, speed, licence, state.

    Downloads nothing; sizes of what is not here are those that are published, or estimates (~).
    """
    _list(name, profile, config, as_json=as_json)


@app.command("show")
def show_model(
    name: Annotated[str, Argument(metavar="NAME", help=_NAME, show_default=False)],
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """Show all that is known of a model or a profile."""
    _list(name, None, config, as_json=as_json)


def _list(name: str | None, profile: str | None, config: Path | None, *, as_json: bool) -> None:
    from seedsum.errors import refuse_unknown
    from seedsum.models.catalogue import catalogue, narrowed

    settings = seedsum.load_settings(config)
    if name is not None:
        refuse_unknown(name, (*settings.models, *settings.profiles), what="model or profile")
    known = catalogue(settings, profile)
    if name is not None:
        known = narrowed(catalogue(settings), name)
    if as_json:
        print_json(known)
    elif name is None:
        typer.echo(overview(known))
    else:
        typer.echo(details(known))


@app.command()
def pull(
    profile: ProfileOption = None,
    config: ConfigOption = None,
    update: Annotated[
        bool, Option("--update", help="Take the newest revisions, not those in models.lock.")
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """Download, convert and pin the models of a profile; continues an interrupted download."""
    _pull(profile, config, update=update, as_json=as_json)


@app.command()
def convert(
    profile: ProfileOption = None, config: ConfigOption = None, as_json: JsonOption = False
) -> None:
    """Convert a profile's models to CTranslate2 again, and check the result.

    Only needed after an upgrade of the converter: 'pull' converts by itself. Downloads nothing.
    """
    _pull(profile, config, reconvert=True, as_json=as_json)


def _pull(
    profile: str | None,
    config: Path | None,
    *,
    update: bool = False,
    reconvert: bool = False,
    as_json: bool,
) -> None:
    from seedsum import models as store

    settings = seedsum.load_settings(config)
    with shown_progress() as progress:
        pulled = store.pull(
            settings, profile, update=update, reconvert=reconvert, listener=progress
        )
    if as_json:
        print_json(pulled)
        return
    for model in pulled:
        fetched = f"{model.num_fetched_bytes / 1e6:.0f} MB downloaded"
        say(f"{model.name}: {model.commit}, {model.num_bytes / 1e6:.0f} MB, {fetched}")
        if settings.models[model.name].non_commercial:
            say("  NOT for commercial use: its licence forbids it", level="warning")
        for note in model.notes:
            say(f"  {note}")
    pinned = f"{len(pulled)} models pinned in {store.lock_path(settings)}"
    say(pinned if pulled else "nothing to do")


@app.command()
def verify(
    profile: ProfileOption = None, config: ConfigOption = None, as_json: JsonOption = False
) -> None:
    """Check every model file against models.lock; if one differs, exit with 6."""
    from seedsum import models as store

    checked = store.verify(seedsum.load_settings(config), profile)
    if as_json:
        print_json(checked)
        return
    for model in checked:
        size = f", {model.num_files} files, {model.num_bytes / 1e6:.0f} MB"
        typer.echo(f"{model.name}: {model.state}{size if model.num_files else ''}")


def doctor(
    paths: Annotated[
        list[str] | None,
        Argument(metavar="PATHS", help="As for 'seedsum run'. Default: input/", show_default=False),
    ] = None,
    profile: ProfileOption = None,
    config: ConfigOption = None,
    offline: OfflineOption = False,
    strict: Annotated[bool, Option("--strict", help="As for a run with --strict.")] = False,
    output: OutputOption = Path("output"),
    as_json: JsonOption = False,
) -> None:
    """Check whether a run would work on this machine, and say how to fix what would not.

    Files under PATHS that no run reads are named. Exits as a run would that needs every model of
    the profile: 0, 8 if it would do without one that cannot be had, 5 if it would end.
    """
    from seedsum.models import doctor as checkup

    settings = seedsum.load_settings(config)
    checks = (
        *checkup.doctor(settings, profile, offline=offline, output=output),
        *_input_checks(paths),
    )
    if as_json:
        print_json(checks)
    else:
        typer.echo(findings(checks))
    if code := checkup.exit_code(checks, settings, strict=strict):
        raise typer.Exit(code)


def _input_checks(paths: list[str] | None) -> tuple[Check, ...]:
    """Return what is found of the input; nothing where none was named and there is none."""
    from seedsum.models.doctor import Check, Level
    from seedsum.pipeline.sources import list_sources

    if not paths and not Path("input").is_dir():
        return ()
    listing = list_sources(paths or ["input"], stdin=b"")
    found = counted(len(listing.sources), "article")
    if not listing.not_read:
        return (Check(Level.OK, "input", found),)
    advice = "save them in another format, if they are articles (see 'seedsum run --help')"
    text = f"{found}; {not_read_line(listing.not_read)}"
    return (Check(Level.WARN, "input", text, advice),)
