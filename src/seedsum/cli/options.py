"""Options that several commands have."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from typer import Option

OutputOption = Annotated[Path, Option("--output", "-o", help="Output folder.")]
ProfileOption = Annotated[
    str | None,
    Option("--profile", "-p", help="Which models to use; 'seedsum models list' shows the choices."),
]
_CONFIG = "Path of a models.toml. Default: $SEEDSUM_CONFIG, ./models.toml or the built-in one."
ConfigOption = Annotated[Path | None, Option("--config", help=_CONFIG, show_default=False)]
JsonOption = Annotated[
    bool, Option("--json", help="Print the result as one JSON document on standard output.")
]
_WAIT = "Seconds to wait for another run on the same output folder; then exit with 7."
WaitOption = Annotated[float, Option("--wait", min=0, help=_WAIT)]
OfflineOption = Annotated[bool, Option("--offline", help="Do not use the network.")]
