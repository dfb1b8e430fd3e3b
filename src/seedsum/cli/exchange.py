"""The commands that write pairs for others, and take in what comes back."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator, Sequence
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from typer import Argument, Option

from seedsum.cli.options import JsonOption, OutputOption
from seedsum.cli.printing import counted, print_json, say
from seedsum.errors import NEEDS_SOMEBODY, ReadError, UsageError
from seedsum.output.places import address_or_path, is_address

if TYPE_CHECKING:
    from seedsum.output.exchange import Pairs
    from seedsum.output.exchange.importing import Import
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
    TMX = "tmx"
    JSONL = "jsonl"
    PARQUET = "parquet"
    ARTICLES = "articles"


_NAMES = "Names as in the index. Default: all."
_FORMAT = (
    "xlsx and csv are tables to correct and to import again; html is a page for each article; tmx"
    " is for translation memories, jsonl (a sentence a line) for programs; parquet, and articles as"
    " JSON lines, have an article a row."
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

    if to is not None and is_address(to):
        raise UsageError(
            f"--to {address_or_path(to)}: an export is written on this machine; name a file here,"
            " and copy it to the store"
        )
    pairs = Pairs(output)
    chosen = pairs.names(names or ())
    if format in (Format.PARQUET, Format.ARTICLES):
        _write_articles(pairs, chosen, to, format)
        return
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


def _write_articles(pairs: Pairs, names: Sequence[str], to: Path | None, format: Format) -> None:
    from seedsum.output.exchange import articles

    found = articles.rows(pairs.place, names)
    if to is not None and str(to) != "-":
        suffix = ".parquet" if format is Format.PARQUET else ".jsonl"
        if to.suffix != suffix or to.is_dir():
            raise UsageError(f"--to {to}: name a file that ends with {suffix}")
        articles.write_table(to, found)
    elif format is Format.PARQUET:
        raise UsageError("name a file for the table: --to pairs.parquet")
    else:
        sys.stdout.buffer.writelines(articles.lines(found))
    say(f"{counted(len(names), 'article')} to {to or 'standard output'}")


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
    from seedsum.output.exchange import csv_file, jsonl, tmx, xlsx

    match format:
        case Format.XLSX:
            return [xlsx.workbook(articles, whole_page=whole_page, reviewed=reviewed)]
        case Format.CSV:
            return csv_file.lines(articles, whole_page=whole_page, reviewed=reviewed)
        case Format.TMX:
            return tmx.lines(articles, whole_page=whole_page, reviewed=reviewed)
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


_FILE = (
    "A table that 'seedsum export' wrote and somebody has filled in (.xlsx, .csv), or a translation"
    " memory of any tool (.tmx)."
)
_REVIEWER = "Who filled it in. Default: $SEEDSUM_REVIEWER, or you."
_APPLY = (
    "Of a memory from elsewhere: correct the sentences that it has a translation for, word for"
    " word, and that nobody has looked at. Without it they are offered."
)


def import_file(
    file: Annotated[Path, Argument(metavar="FILE", help=_FILE, show_default=False)],
    output: OutputOption = Path("output"),
    reviewer: Annotated[str | None, Option(help=_REVIEWER, show_default=False)] = None,
    apply: Annotated[bool, Option("--apply", help=_APPLY)] = False,
    dry_run: Annotated[
        bool, Option("--dry-run", help="Say what would be taken in; write nothing.")
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """Take in corrections, verdicts and memories made elsewhere; the next run applies them.

    What nobody changed is nothing, and taking in a file twice adds nothing. If something that
    somebody changed cannot be taken, it is named, and the command exits with 8.
    """
    from seedsum.output.exchange import Pairs
    from seedsum.output.exchange.importing import keep_import, read_import
    from seedsum.reviews.store import reviewer_name

    pairs = Pairs(output)
    who = reviewer or reviewer_name()
    found = read_import(_bytes_of(file), name=file.name, pairs=pairs, reviewer=who, apply=apply)
    is_new = bool(found.memory) if dry_run else keep_import(found, pairs)
    if as_json:
        print_json({"dry_run": dry_run, **_as_document(found, is_new=is_new)})
    else:
        _print(found, is_new=is_new, dry_run=dry_run)
    if found.unused:
        raise typer.Exit(NEEDS_SOMEBODY)


def _bytes_of(file: Path) -> bytes:
    if is_address(file):
        raise UsageError(
            f"{address_or_path(file)}: a file is taken in from this machine; copy it here first"
        )
    try:
        if (size := file.stat().st_size) > _MAX_FILE_BYTES:
            raise ReadError(f"{file}: {size:,} bytes are more than {_MAX_FILE_BYTES:,}; split it")
        return file.read_bytes()
    except OSError as error:
        raise UsageError(f"{file}: {error.strerror}") from error


def _as_document(found: Import, *, is_new: bool) -> dict[str, object]:
    return {
        "reviews": [
            {
                "article": review.document,
                "sentence": review.segment,
                "verdict": review.verdict,
                "text": review.text,
                "note": review.note,
            }
            for review in found.reviews
        ],
        "untouched": found.returned.num_untouched,
        "known": found.returned.num_known,
        "unused": found.unused,
        "memory": {
            "new": is_new,
            "kept": len(found.memory),
            "offered": found.recognised.num_offered,
            "same": found.recognised.num_same,
            "reviewed": found.recognised.num_reviewed,
            "not_recognised": found.not_recognised,
        },
    }


def _print(found: Import, *, is_new: bool, dry_run: bool) -> None:
    for one in found.unused[:_NUM_NAMED]:
        say(f"{one.line}: {one.why}", level="warning", prefix="seedsum: not taken: ")
    if (more := len(found.unused) - _NUM_NAMED) > 0:
        say(f"and {more:,} more", level="warning", prefix="seedsum: not taken: ")
    for review in found.reviews if dry_run else ():
        typer.echo(f"{review.verdict}: {review.document}#{review.segment}: {review.text}")
    for line in _lines(found, is_new=is_new, dry_run=dry_run):
        say(line)


def _lines(found: Import, *, is_new: bool, dry_run: bool) -> Iterator[str]:
    """Yield in words what was taken in, what is offered, and what is neither."""
    taken = "would be taken in" if dry_run else "taken in"
    parts = [f"{counted(len(found.reviews), 'verdict')} {taken}"]
    for number, what in (
        (found.returned.num_known, "known already"),
        (found.returned.num_untouched, "untouched"),
        (len(found.unused), "not taken"),
    ):
        if number:
            parts.append(f"{number:,} {what}")
    yield ", ".join(parts)
    if found.memory:
        kept = "would be kept" if dry_run else "kept" if is_new else "kept already"
        seen = found.recognised
        yield (
            f"{counted(len(found.memory), 'unit')} of people {kept} for articles to come;"
            f" in the pairs, {counted(seen.num_offered, 'sentence')} offered another English,"
            f" {seen.num_same:,} that read so already, {seen.num_reviewed:,} that somebody has"
            " looked at"
        )
    if others := found.not_recognised:
        reasons = "; ".join(f"{number:,} {why}" for why, number in sorted(others.items()))
        yield f"{counted(sum(others.values()), 'unit')} not recognised: {reasons}"
    articles = len({review.document for review in found.reviews})
    if articles and not dry_run:
        yield f"the next run makes {counted(articles, 'article')} again"
