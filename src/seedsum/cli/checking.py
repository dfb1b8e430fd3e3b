"""The command that checks translations from anywhere."""

from __future__ import annotations

import sys
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from typer import Argument

from seedsum.cli.options import ConfigOption, JsonOption
from seedsum.cli.printing import counted, print_json, print_table, say, shortened
from seedsum.errors import ReadError, UsageError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from seedsum.evaluation.flagging import FlaggedPair

_FILE = (
    "JSON lines with 'lang', 'source', 'translation' and, where known, 'fault' and 'id'; or TSV"
    " (lang, source, translation, fault; other orders with a header). - reads standard input."
)


def check(
    file: Annotated[str, Argument(metavar="FILE", help=_FILE, show_default=False)],
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """Check translations from anywhere against their sources, and say what is doubtful in which."""
    from seedsum.checks import missing_checks
    from seedsum.config import load_settings
    from seedsum.evaluation.flagging import as_document, flag_pairs
    from seedsum.evaluation.pairs import parse_pairs

    pairs = parse_pairs(_text_of(file), name="standard input" if file == "-" else file)
    settings = load_settings(config)
    for language, num_pairs in sorted(Counter(pair.language for pair in pairs).items()):
        if codes := missing_checks(language):
            say(f"{language}: {counted(num_pairs, 'pair')} without the checks {', '.join(codes)}")
    flagged = flag_pairs(pairs, options=settings.checks, glossaries=settings.glossaries)
    if as_json:
        print_json(as_document(flagged))
    else:
        _print(flagged)


def _text_of(file: str) -> str:
    try:
        data = sys.stdin.buffer.read() if file == "-" else Path(file).read_bytes()
        return data.decode()
    except OSError as error:
        raise UsageError(f"{file}: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise ReadError(f"{file}: not UTF-8 at byte {error.start}; convert the file") from error


def _print(flagged: Sequence[FlaggedPair]) -> None:
    from seedsum.checks import is_possible
    from seedsum.evaluation.flagging import false_alarms, recall

    rows = [
        {
            "pair": item.pair.id,
            "code": flag.code,
            "detail": flag.detail,
            "sure": "" if flag.likelihood is None else ("likely", "possible")[is_possible(flag)],
            "translation": shortened(item.pair.translation),
        }
        for item in flagged
        for flag in item.flags
    ]
    num_flagged = sum(bool(item.flags) for item in flagged)
    title = f"{counted(len(flagged), 'pair')}, {num_flagged or 'none'} flagged"
    if rows:
        print_table(title, rows)
    else:
        typer.echo(title)
    if any(item.pair.is_judged for item in flagged):
        typer.echo(f"of the wrong pairs flagged: {recall(flagged)}")
        typer.echo(f"of the right pairs flagged: {false_alarms(flagged)}")
