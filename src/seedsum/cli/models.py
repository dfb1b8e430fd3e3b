"""The commands on models: list, pull, convert, verify; and the doctor."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from typer import Option

import seedsum
from seedsum.cli.options import (
    ConfigOption,
    JsonOption,
    OfflineOption,
    OutputOption,
    ProfileOption,
)
from seedsum.cli.printing import print_json, print_result, say, shown_progress

app = typer.Typer(no_args_is_help=True, help="List, download and check models.")


@app.command("list")
def list_models(
    profile: ProfileOption = None, config: ConfigOption = None, as_json: JsonOption = False
) -> None:
    """List the models: role, route, licence, size, and whether they are on this machine."""
    from seedsum.models import doctor as checkup

    models = checkup.list_models(seedsum.load_settings(config), profile)
    rows = [
        {
            "profile": model.profile,
            "role": model.role,
            "route": model.route,
            "model": model.model,
            "licence": model.licence + " (non-commercial)" * model.non_commercial,
            "MB": f"{model.num_bytes / 1e6:.0f}" if model.num_bytes else "",
            "state": model.state,
            "verified": model.verified,
            "engine": model.engine,
            "device": model.device,
        }
        for model in models
    ]
    print_result(models, "models", rows, as_json=as_json)
    notes = (f"{model.route or model.model}: {model.note}" for model in models if model.note)
    for note in dict.fromkeys(() if as_json else notes):
        say(note)


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
    profile: ProfileOption = None,
    config: ConfigOption = None,
    offline: OfflineOption = False,
    output: OutputOption = Path("output"),
    as_json: JsonOption = False,
) -> None:
    """Check whether a run would work on this machine, and say how to fix what would not.

    Exits with 0 if it would, with 5 if not.
    """
    from seedsum.models import doctor as checkup

    settings = seedsum.load_settings(config)
    checks = checkup.doctor(settings, profile, offline=offline, output=output)
    rows = [
        {"": check.level, "what": check.name, "found": check.found, "what to do": check.advice}
        for check in checks
    ]
    print_result(checks, "doctor", rows, as_json=as_json)
    if any(check.level == "fail" for check in checks):
        raise typer.Exit(5)
