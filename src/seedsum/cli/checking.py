"""The commands that look at texts without a run: check (translations from anywhere), detect."""

from __future__ import annotations

import sys
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from typer import Argument, Option

import seedsum
from seedsum.cli.options import ConfigOption, JsonOption, OfflineOption, ProfileOption
from seedsum.cli.printing import counted, print_json, print_table, say, shortened, shown_progress
from seedsum.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from seedsum.evaluation.flagging import FlaggedPair
    from seedsum.evaluation.pairs import TextPair
    from seedsum.records import Document

#: Pairs that are named one by one.
_NUM_NAMED = 10
_FILE = (
    "A translation memory (.tmx); a table (.xlsx, .csv, TSV) with lang, source, translation and, if"
    " you like, fault and id in its first row, or with a column for each language (vi, en); JSON"
    " lines with the same names. - reads standard input."
)
_PAGE = "Write a page (HTML) of what is found: pairs side by side, the doubtful ones first."
_PROFILE = "Ask this profile's models, too, whether a clause is left out or added."


def check(
    file: Annotated[str, Argument(metavar="FILE", help=_FILE, show_default=False)],
    profile: Annotated[str | None, Option("--profile", "-p", help=_PROFILE)] = None,
    config: ConfigOption = None,
    offline: OfflineOption = False,
    page: Annotated[
        Path | None, Option("--page", metavar="FILE.html", help=_PAGE, show_default=False)
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Check translations from anywhere against their sources, and say what is doubtful in which."""
    from seedsum.checks import missing_checks
    from seedsum.config import load_settings
    from seedsum.evaluation.bilingual import read_pairs
    from seedsum.evaluation.flagging import as_document, flag_pairs

    name = "standard input" if file == "-" else file
    pairs = read_pairs(_bytes_of(file), name=name)
    settings = load_settings(config)
    notes: list[str] = []
    for language, num_pairs in sorted(Counter(pair.language for pair in pairs).items()):
        if codes := missing_checks(language):
            missing = ", ".join(codes)
            notes.append(f"{language}: {counted(num_pairs, 'pair')} without the checks {missing}")
            say(notes[-1])
    if profile is None:
        flagged = flag_pairs(pairs, options=settings.checks, glossaries=settings.glossaries)
    else:
        flagged = _with_evidence(pairs, profile, config, offline=offline)
    if page:
        from seedsum.evaluation.checked_page import checked_page
        from seedsum.files import write_file

        text = checked_page(flagged, name=Path(name).name, notes=notes)
        write_file(page, text.encode("utf-8", "replace"))
        say(f"wrote {page}")
    if as_json:
        print_json(as_document(flagged))
    else:
        _print(flagged)


def _with_evidence(
    pairs: Sequence[TextPair], profile: str, config: Path | None, *, offline: bool
) -> tuple[FlaggedPair, ...]:
    from seedsum.evaluation.evidence import models_evidence
    from seedsum.evaluation.flagging import flag_pairs
    from seedsum.pipeline.context import resolve_context
    from seedsum.pipeline.stages import loaded_models

    with shown_progress() as progress:
        context = resolve_context(config, profile, offline=offline, strict=True, progress=progress)
        with loaded_models(context, on_load=progress.message) as loaded:
            evidence = models_evidence(context, loaded)
            unasked = [pair for pair in pairs if pair.language not in evidence]
            for language in sorted({pair.language for pair in unasked}):
                ids = [str(pair.id) for pair in unasked if pair.language == language]
                more = f" and {len(ids) - _NUM_NAMED} more" if len(ids) > _NUM_NAMED else ""
                say(
                    f"profile {profile} has no model from {language} to English; its evidence is"
                    f" missing for {counted(len(ids), 'pair')}: {', '.join(ids[:_NUM_NAMED])}{more}"
                )
            return flag_pairs(
                pairs,
                options=context.settings.checks,
                glossaries=context.settings.glossaries,
                evidence=evidence,
            )


def _bytes_of(file: str) -> bytes:
    try:
        return sys.stdin.buffer.read() if file == "-" else Path(file).read_bytes()
    except OSError as error:
        raise UsageError(f"{file}: {error.strerror}") from error


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


def detect(
    path: Annotated[Path, Argument(metavar="PATH", help="A file or a folder.", show_default=False)],
    profile: ProfileOption = None,
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """Show the role and language of each block of the articles in PATH, and why. Loads no model."""
    documents = seedsum.detect(path, config=config, profile=profile)
    if as_json:
        print_json(
            [
                {
                    "name": document.name,
                    "encoding": document.encoding,
                    "notes": document.notes,
                    "blocks": _block_rows(document),
                }
                for document in documents
            ]
        )
        return
    for document in documents:
        shown = ("id", "role", "reason", "language", "confidence", "method", "text")
        rows = [{key: row[key] for key in shown} for row in _block_rows(document)]
        for row in rows:
            row["text"] = shortened(row["text"])
        print_table(f"{document.name} ({document.encoding})", rows)
        for note in document.notes:
            typer.echo(f"note: {note}")


def _block_rows(document: Document) -> list[dict[str, Any]]:
    return [
        {
            "id": block.id,
            "start": block.start,
            "end": block.end,
            "kind": block.kind,
            "role": block.role,
            "reason": block.reason,
            "language": block.detection.language,
            "confidence": round(block.detection.confidence, 3),
            "method": block.detection.method,
            "text": document.text[block.start : block.end],
        }
        for block in document.blocks
    ]
