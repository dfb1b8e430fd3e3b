"""Options that several commands have."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

OutputOption = Annotated[Path, typer.Option("--output", "-o", help="Output folder.")]
ProfileOption = Annotated[
    str | None,
    typer.Option(
        "--profile", "-p", help="Which models to use; 'seedsum models list' shows the choices."
    ),
]
ConfigOption = Annotated[
    Path | None,
    typer.Option(
        "--config",
        help="Path of a models.toml. Default: $SEEDSUM_CONFIG, ./models.toml or the built-in one.",
        show_default=False,
    ),
]
JsonOption = Annotated[
    bool, typer.Option("--json", help="Print the result as one JSON document on standard output.")
]
WaitOption = Annotated[
    float,
    typer.Option(
        "--wait",
        min=0,
        help="Seconds to wait for another run on the same output folder; then exit with 7.",
    ),
]
OfflineOption = Annotated[bool, typer.Option("--offline", help="Do not use the network.")]
