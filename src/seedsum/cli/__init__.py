"""The `seedsum` command: parse, call the API, print, exit. Nothing here decides any text.

With `--json` standard output is one JSON document, also when the command fails. Heavy modules are
imported inside the commands, so that `--help` and shell completion answer at once.
"""

from __future__ import annotations

import inspect
import signal
import sys
import traceback
from collections.abc import Callable
from types import FrameType
from typing import Annotated, Any, NoReturn

import typer
from typer.core import TyperGroup

import seedsum
from seedsum.cli import checking, evaluation, exchange, models, reviewing, runs, upkeep
from seedsum.cli.printing import print_json, say
from seedsum.errors import SeedsumError, Terminated, UsageError, exit_code_of

#: Options of 0.1, and what they are called now.
_RENAMED = {
    "--max-memory": "--memory-limit",
    "--no-memory": "--no-cache",
    "--profile-run": "--timings",
}


class _Group(TyperGroup):
    """Turns errors into exit codes, in this one place."""

    def invoke(self, ctx: Any) -> Any:
        """Run the command; a `SeedsumError` exits with its code, anything else is a bug (1)."""
        try:
            for old in (argument.partition("=")[0] for argument in ctx.args):
                if old in _RENAMED:
                    raise UsageError(f"{old} is now called {_RENAMED[old]}")
            return super().invoke(ctx)
        except (KeyboardInterrupt, Terminated) as error:
            how = "terminated" if isinstance(error, Terminated) else "interrupted"
            _fail(str(error) or f"{how}; run again to continue", error)
        except BrokenPipeError:  # the reader of our output has left: not our error
            raise typer.Exit(0) from None
        except (SeedsumError, OSError) as error:
            _fail(str(error), error)
        except Exception as error:
            if type(error).__module__.startswith(("click", "typer")):  # an exit, or wrong usage
                raise
            trace = "".join(traceback.format_exception(error)).rstrip()
            say(trace, level="error", prefix="")
            bug = f"this is a bug in seedsum {seedsum.__version__}: {error!r}; please report it"
            _fail(bug, error)


def _fail(message: str, error: BaseException) -> NoReturn:
    exit_code = exit_code_of(error)
    say(f"error: {message}", level="error")
    if "--json" in sys.argv:
        print_json({"error": message, "exit_code": exit_code})
    raise typer.Exit(exit_code)


def _version(value: bool) -> None:
    if value:
        typer.echo(f"seedsum {seedsum.__version__}")
        raise typer.Exit


def _reflowed(command: Callable[..., Any] | None) -> str:
    """Return a command's docstring, each paragraph in one line.

    Typer does that to the first one only, and breaks the others where the source does.
    """
    paragraphs = (inspect.getdoc(command) or "").split("\n\n")
    return "\n\n".join(" ".join(paragraph.split()) for paragraph in paragraphs)


app = typer.Typer(
    name="seedsum",
    cls=_Group,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
    help=(
        "Translate and summarise folders of Vietnamese, Bengali and English articles into English,"
        " with provenance for every sentence.\n\nStart with: seedsum run input/  and then open"
        " output/index.md"
    ),
    epilog="Exit codes: 0 everything is up to date, 1 a bug or a disk error, 2 wrong usage,"
    " 3 some documents failed, 4 models.toml is not valid, 5 a model is missing, 6 verify found"
    " a difference, 7 another run is using the output folder, 8 done, but something needs"
    " somebody, 130 interrupted, 143 terminated.",
)


_VERSION = typer.Option(
    "--version", "-V", callback=_version, is_eager=True, help="Print the version and exit."
)


@app.callback()
def _main(version: Annotated[bool, _VERSION] = False) -> None:
    """Translate and summarise folders of articles."""


for _command in (
    runs.run, runs.status, upkeep.retry, upkeep.prune, upkeep.forget, upkeep.verify,
    checking.detect, checking.check, reviewing.review, models.doctor,
):  # fmt: skip
    app.command()(_command)
app.command()(exchange.export)
app.command(name="import")(exchange.import_file)
app.add_typer(models.app, name="models")
app.add_typer(evaluation.app, name="eval")
for _group in (app, models.app, evaluation.app):
    for _registered in _group.registered_commands:
        _registered.help = _reflowed(_registered.callback)


def main() -> None:
    """Run the command line; the entry point of the `seedsum` script."""
    signal.signal(signal.SIGTERM, _terminate)
    app(prog_name="seedsum")


def _terminate(number: int, frame: FrameType | None) -> None:
    raise Terminated
