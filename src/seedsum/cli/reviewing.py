"""The command that people review with."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from typer import Option

from seedsum.cli.options import ConfigOption, OutputArgument, OutputOrArgument, output_named
from seedsum.cli.printing import say

_INPUT = (
    "What 'seedsum run' is given when reviews are applied from the page; several times for several."
    " Default: what the last run was given."
)


def review(
    argument: OutputArgument = None,
    output: OutputOrArgument = None,
    inputs: Annotated[
        list[str] | None, Option("--input", metavar="PATH", help=_INPUT, show_default=False)
    ] = None,
    config: ConfigOption = None,
    port: Annotated[
        int, Option(min=0, max=65535, help="Port on 127.0.0.1; 0 takes a free one.")
    ] = 0,
    no_browser: Annotated[
        bool, Option("--no-browser", help="Only print the page's address.")
    ] = False,
) -> None:
    """Check and correct the articles of an output folder on a page in the browser.

    The page is on this machine only and asks nothing of any other. It writes
    to reviews/ in the folder; the next run makes the pairs again from that.
    """
    from seedsum.desk.serving import serve

    serve(
        Path(output_named(argument, output)),
        inputs=inputs or (),
        config=str(config) if config else "",
        port=port,
        opens_browser=not no_browser,
        say=say,
    )
