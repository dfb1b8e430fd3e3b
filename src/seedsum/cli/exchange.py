"""The commands that write pairs for others, and take in what comes back."""

from __future__ import annotations

import getpass
import os
import sys
from collections.abc import Iterable, Iterator
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from typer import Argument, Option

from seedsum.cli.options import JsonOption, OutputOption
from seedsum.cli.printing import counted, print_json, say
from seedsum.errors import ReadError, UsageError

if TYPE_CHECKING:
    from seedsum.output.exchange import Pairs
    from seedsum.output.exchange.returning import Returned
    from seedsum.output.exchange.sentences import Article

#: Rows that are named one by one.
_NUM_NAMED = 20
#: Larger files are refused; that of 1,000,000 sentences has a few hundred million bytes.
_MAX_FILE_BYTES = 1_000_000_000


class Format(StrEnum):
    """What pairs are written as."""

    HTML = "html"
    XLSX = "xlsx"
    CSV = "csv"
    JSONL = "jsonl"


_NAMES = "Names as in the index. Default: all."
_FORMAT = (
    "xlsx and csv are tables to correct and to import again; html is a page for each article; jsonl"
    " is for programs."
)
_TO = "File to write, or folder of the pages. Default: standard output, where that makes sense."
_REVIEWED = "Only sentences that a person has corrected or found right."
_WHOLE_PAGE = "Also what stands around the article on its page: menus, related news, comments."


def export(
    names: Annotated[
        list[str] | None, Argument(metavar="NAMES", help=_NAMES, show_default=False)
    ] = None,
    output: OutputOption = Path("output"),
    format: Annotated[Format, Option("--format", "-f", help=_FORMAT)] = Format.XLSX,
    to: Annotated[Path | None, Option("--to", metavar="PATH", help=_TO, show_default=False)] = None,
    reviewed: Annotated[bool, Option("--reviewed", help=_REVIEWED)] = False,
    whole_page: Annotated[bool, Option("--whole-page", help=_WHOLE_PAGE)] = False,
) -> None:
    """Write pairs in another format: for a spreadsheet or for programs.

    Sentences stand with their source, the corrections that were made, and what is doubtful.
    """
    from seedsum.output.exchange import Pairs

    pairs = Pairs(output)
    chosen = pairs.names(names or ())
    unread: list[str] = []
    counting = _Counting(pairs.read_all(chosen, unread=unread))
    if format is Format.HTML:
        _write_pages(counting, to, num_articles=len(chosen))
    else:
        _write(_pieces(format, counting, whole_page=whole_page, reviewed=reviewed), to, format)
    for problem in unread:
        say(problem, level="warning", prefix="seedsum: WARNING: ")
    say(f"{counted(counting.number, 'article')} to {to or 'standard output'}")
    if unread:
        raise typer.Exit(ReadError.exit_code)


class _Counting:
    """Articles that are counted as they are taken."""

    def __init__(self, articles: Iterable[Article]) -> None:
        self.number = 0
        self._articles = articles

    def __iter__(self) -> Iterator[Article]:
        for article in self._articles:
            self.number += 1
            yield article


def _write_pages(articles: Iterable[Article], to: Path | None, *, num_articles: int) -> None:
    """Write a page for each article: below a folder, named as its pair, or one to a file."""
    from seedsum.files import write_file
    from seedsum.output.exchange.article_page import article_page
    from seedsum.output.names import output_path

    is_one = to is None or str(to) == "-" or (to.suffix == ".html" and not to.is_dir())
    if is_one and num_articles != 1:
        raise UsageError(
            f"each of {counted(num_articles, 'article')} is a page: name a folder for them, --to"
            " pages/, or one article"
        )
    for article in articles:
        data = article_page(article).encode()
        if to is None or str(to) == "-":
            sys.stdout.buffer.write(data)
        else:
            write_file(to if is_one else output_path(to, article.name, ".html"), data)


def _pieces(
    format: Format, articles: Iterable[Article], *, whole_page: bool, reviewed: bool
) -> Iterable[bytes]:
    from seedsum.output.exchange import csv_file, jsonl, xlsx

    match format:
        case Format.XLSX:
            return [xlsx.workbook(articles, whole_page=whole_page, reviewed=reviewed)]
        case Format.CSV:
            return csv_file.lines(articles, whole_page=whole_page, reviewed=reviewed)
        case _:
            return jsonl.lines(articles, reviewed=reviewed)


def _write(pieces: Iterable[bytes], to: Path | None, format: Format) -> None:
    """Write to a file that is never half there, or to standard output."""
    from seedsum.files import write_file

    if to is not None and str(to) != "-":
        if to.is_dir():
            raise UsageError(f"{to} is a folder; name a file, such as {to / f'pairs.{format}'}")
        write_file(to, b"".join(pieces))
        return
    if format is Format.XLSX and to is None:
        raise UsageError("name a file for the workbook: --to pairs.xlsx")
    for piece in pieces:
        sys.stdout.buffer.write(piece)
    sys.stdout.buffer.flush()


_FILE = "A table that 'seedsum export' wrote and somebody has filled in (.xlsx, .csv)."
_REVIEWER = "Who filled it in. Default: $SEEDSUM_REVIEWER, or you."


def import_file(
    file: Annotated[Path, Argument(metavar="FILE", help=_FILE, show_default=False)],
    output: OutputOption = Path("output"),
    reviewer: Annotated[str | None, Option(help=_REVIEWER, show_default=False)] = None,
    dry_run: Annotated[
        bool, Option("--dry-run", help="Say what would be taken in; write nothing.")
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """Take in corrections and verdicts that were made elsewhere; the next run applies them.

    What nobody changed is nothing, and taking in a file twice adds nothing.
    """
    from seedsum.output.exchange import Pairs

    who = reviewer or os.environ.get("SEEDSUM_REVIEWER") or getpass.getuser()
    returned = _returned(_bytes_of(file), file.name, Pairs(output), reviewer=who)
    if not dry_run:
        _keep(output, returned)
    if as_json:
        print_json({"dry_run": dry_run, **_as_document(returned)})
    else:
        _print(returned, dry_run=dry_run)


def _bytes_of(file: Path) -> bytes:
    try:
        if (size := file.stat().st_size) > _MAX_FILE_BYTES:
            raise ReadError(f"{file}: {size:,} bytes are more than {_MAX_FILE_BYTES:,}; split it")
        return file.read_bytes()
    except OSError as error:
        raise UsageError(f"{file}: {error.strerror}") from error


def _returned(data: bytes, name: str, pairs: Pairs, *, reviewer: str) -> Returned:
    from seedsum.output.exchange import csv_file, xlsx
    from seedsum.output.exchange.returning import parse_table, take_rows
    from seedsum.reviews import ReviewStore

    try:
        rows = xlsx.rows(data) if data.startswith(b"PK\x03\x04") else csv_file.rows(data)
        table = parse_table(rows, name=name)
    except ReadError as error:
        text = str(error)
        raise ReadError(text if text.startswith(name) else f"{name}: {text}") from error
    known = ReviewStore(pairs.output).read()
    return take_rows(table, pairs.find, known=known, reviewer=reviewer)


def _keep(output: Path, returned: Returned) -> None:
    from seedsum.reviews import ReviewStore

    store = ReviewStore(output)
    for review in returned.reviews:
        store.add(review)


def _as_document(returned: Returned) -> dict[str, object]:
    return {
        "reviews": [
            {
                "article": review.document,
                "sentence": review.segment,
                "verdict": review.verdict,
                "text": review.text,
                "note": review.note,
            }
            for review in returned.reviews
        ],
        "untouched": returned.num_untouched,
        "known": returned.num_known,
        "unused": returned.unused,
    }


def _print(returned: Returned, *, dry_run: bool) -> None:
    for unused in returned.unused[:_NUM_NAMED]:
        say(f"{unused.line}: {unused.why}", level="warning", prefix="seedsum: not taken: ")
    if (more := len(returned.unused) - _NUM_NAMED) and more > 0:
        say(f"and {more:,} more", level="warning", prefix="seedsum: not taken: ")
    for review in returned.reviews if dry_run else ():
        typer.echo(f"{review.verdict}: {review.document}#{review.segment}: {review.text}")
    taken = "would be taken in" if dry_run else "taken in"
    parts = [f"{counted(len(returned.reviews), 'verdict')} {taken}"]
    if returned.num_known:
        parts.append(f"{returned.num_known:,} known already")
    parts.append(f"{returned.num_untouched:,} untouched")
    if returned.unused:
        parts.append(f"{len(returned.unused):,} not taken")
    articles = len({review.document for review in returned.reviews})
    if articles and not dry_run:
        parts.append(f"the next run makes {counted(articles, 'article')} again")
    say(", ".join(parts))
