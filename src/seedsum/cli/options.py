"""Options that several commands have."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, cast

from typer import Argument, Option

from seedsum.errors import UsageError
from seedsum.output.places import address_or_path


def _output(text: str) -> Path:
    # typer takes no `Path | str`; an address stays the text that `seedsum.run` wants.
    return cast(Path, address_or_path(text))


_OUTPUT = "Output folder, or an address in an object store (s3://bucket/pairs)."
OutputOption = Annotated[
    Path, Option("--output", "-o", parser=_output, metavar="PATH", help=_OUTPUT)
]
#: Of commands that take nothing else as an argument; see `output_named`.
OutputArgument = Annotated[
    Path | None,
    Argument(parser=_output, metavar="OUTPUT", help="As --output.", show_default=False),
]
OutputOrArgument = Annotated[
    Path | None,
    Option(
        *("--output", "-o"),
        parser=_output,
        metavar="PATH",
        help=f"{_OUTPUT} Default: output.",
        show_default=False,
    ),
]


def output_named(argument: Path | None, option: Path | None) -> Path:
    """Return the output that is named by the argument or by `--output`, else `output`.

    Raises:
        UsageError: They name two.
    """
    if argument is not None and option not in (None, argument):
        raise UsageError(f"two outputs are named, {argument} and --output {option}; name one")
    return argument or option or Path("output")


ProfileOption = Annotated[
    str | None,
    Option("--profile", "-p", help="Which models to use; 'seedsum models' shows the choices."),
]
_CONFIG = "Path of a models.toml. Default: $SEEDSUM_CONFIG, ./models.toml or the built-in one."
ConfigOption = Annotated[Path | None, Option("--config", help=_CONFIG, show_default=False)]
JsonOption = Annotated[
    bool, Option("--json", help="Print the result as one JSON document on standard output.")
]
_SHARD = (
    "Only part I of N of the articles, as 3/8, while other runs do the others; the next run without"
    " writes the index."
)
ShardOption = Annotated[
    str | None, Option("--shard", metavar="I/N", help=_SHARD, show_default=False)
]
_WAIT = "Seconds to wait for another run on the same output folder; then exit with 7."
WaitOption = Annotated[float, Option("--wait", min=0, help=_WAIT)]
OfflineOption = Annotated[bool, Option("--offline", help="Do not use the network.")]
