"""The `seedsum` command: parse, call the API, print, exit. Nothing here decides any text.

Results go to standard output, talk to standard error. With `--json` standard output is one JSON
document, also when the command fails. Heavy modules are imported inside the commands, so that
`--help` and shell completion answer at once. Neighbours: `pipeline`, `hub`, `progress`.
"""

from __future__ import annotations

import dataclasses
import json
import signal
import sys
import time
import traceback
from enum import StrEnum
from itertools import pairwise
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, Annotated, Any

import typer
from typer.core import TyperGroup

import seedsum
from seedsum.errors import SeedsumError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from seedsum.evaluation import Score
    from seedsum.models import PulledModel
    from seedsum.progress import Progress
    from seedsum.records import RunReport, Task


class _Terminated(BaseException):
    """SIGTERM has come: what a service manager sends before it kills."""


class LogFormat(StrEnum):
    """How lines on standard error are written."""

    PLAIN = "plain"
    JSON = "json"


class _Group(TyperGroup):
    """Turns errors into exit codes, in this one place."""

    def invoke(self, ctx: Any) -> Any:
        """Run the command; a `SeedsumError` exits with its code, anything else is a bug (1)."""
        try:
            return super().invoke(ctx)
        except SeedsumError as error:
            _fail(str(error), error.exit_code)
        except KeyboardInterrupt as error:
            _fail("interrupted; the next run goes on from here", _exit_code(error))
        except _Terminated as error:
            _fail("terminated; the next run goes on from here", _exit_code(error))
        except BrokenPipeError:  # the reader of our output has left: not our error
            raise typer.Exit(0) from None
        except RuntimeError as error:
            if isinstance(error, typer.Exit | typer.Abort):
                raise
            _bug(error)
        except (typer.BadParameter, OSError) as error:
            if isinstance(error, typer.BadParameter):
                raise
            _fail(str(error), 1)
        except Exception as error:
            if type(error).__module__.startswith(("click", "typer")):
                raise
            _bug(error)


def _exit_code(error: BaseException) -> int:
    if isinstance(error, SeedsumError):
        return error.exit_code
    if isinstance(error, KeyboardInterrupt):
        return 128 + signal.SIGINT
    return 128 + signal.SIGTERM if isinstance(error, _Terminated) else 1


def _fail(message: str, exit_code: int) -> None:
    _say(f"error: {message}", level="error")
    if "--json" in sys.argv:
        _print_json({"error": message, "exit_code": exit_code})
    raise typer.Exit(exit_code)


def _bug(error: Exception) -> None:
    trace = "".join(traceback.format_exception(error)).rstrip()
    _say(trace, level="error", prefix="")
    _fail(f"this is a bug in seedsum {seedsum.__version__}: {error!r}; please report it", 1)


app = typer.Typer(
    name="seedsum",
    cls=_Group,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    help=(
        "Translate and summarise folders of Vietnamese, Bengali and English articles into English,"
        " with provenance for every sentence.\n\nStart with: seedsum run input/  and then open"
        " output/index.md"
    ),
    epilog="Exit codes: 0 all current, 2 usage, 3 some documents failed, 4 bad models.toml, "
    "5 a model is missing, 6 verify found a difference, 7 another run holds the lock,"
    " 130 interrupted, 143 terminated, 1 a bug.",
)
models_app = typer.Typer(no_args_is_help=True, help="List, download and verify models.")
app.add_typer(models_app, name="models")
eval_app = typer.Typer(
    no_args_is_help=True, help="Score translations, summaries and checks against references."
)
app.add_typer(eval_app, name="eval")

PathsArgument = Annotated[
    list[str],
    typer.Argument(
        help="Folders or files (.txt .md .html .jsonl); - reads one article from standard input.",
        show_default=False,
    ),
]
OutputOption = Annotated[
    Path, typer.Option("--output", "-o", help="Folder that the pairs are written to.")
]
ProfileOption = Annotated[
    str | None,
    typer.Option("--profile", "-p", help="Which models to use; see 'seedsum models list'."),
]
ConfigOption = Annotated[
    Path | None,
    typer.Option("--config", help="A models.toml; else $SEEDSUM_CONFIG, ./models.toml, built in."),
]
JsonOption = Annotated[
    bool, typer.Option("--json", help="Print one JSON document on standard output.")
]
WaitOption = Annotated[
    float, typer.Option("--wait", min=0, help="Seconds to wait for another run to end before 7.")
]
OfflineOption = Annotated[
    bool, typer.Option("--offline", help="Never ask the network for anything.")
]


def _version(value: bool) -> None:
    if value:
        typer.echo(f"seedsum {seedsum.__version__}")
        raise typer.Exit


@app.callback()
def _main(
    version: Annotated[
        bool,
        typer.Option("--version", callback=_version, is_eager=True, help="Print the version."),
    ] = False,
) -> None:
    """Translate and summarise folders of articles."""


@app.command()
def run(
    paths: PathsArgument,
    output: OutputOption = Path("output"),
    profile: ProfileOption = None,
    config: ConfigOption = None,
    force: Annotated[
        bool,
        typer.Option(
            "--force",
            help="Redo current pairs too (never hand-edited ones); what was decoded before comes"
            " from the translation memory all the same, unless --no-memory.",
        ),
    ] = False,
    no_memory: Annotated[
        bool, typer.Option("--no-memory", help="Decode everything; neither read nor fill a memory.")
    ] = False,
    profile_run: Annotated[
        bool, typer.Option("--profile-run", help="Say at the end where the time went.")
    ] = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Say what would be done and why; write nothing.")
    ] = False,
    limit: Annotated[
        int | None, typer.Option("--limit", min=0, help="Do at most this many documents.")
    ] = None,
    offline: OfflineOption = False,
    strict: Annotated[
        bool,
        typer.Option("--strict", help="Fail (5) where models are missing; no starter models."),
    ] = False,
    wait: WaitOption = 0.0,
    document_timeout: Annotated[
        float,
        typer.Option(
            "--document-timeout",
            min=1,
            help="Seconds without a sign of progress after which a document is given up.",
        ),
    ] = 600.0,
    max_memory: Annotated[
        float | None,
        typer.Option(
            "--max-memory",
            min=0.1,
            help="GB that the work may take; a document that needs more is given up."
            " Else nine tenths of what is free.",
            show_default=False,
        ),
    ] = None,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Say only what went wrong.")] = False,
    metrics: Annotated[
        Path | None,
        typer.Option("--metrics", help="Write Prometheus metrics to this file, whatever happens."),
    ] = None,
    log_format: Annotated[
        LogFormat, typer.Option("--log-format", help="Of the lines on standard error.")
    ] = LogFormat.PLAIN,
    as_json: JsonOption = False,
) -> None:
    """Translate and summarise what is new or changed under PATHS.

    Writes NAME.translation.md, NAME.summary.md and NAME.record.json for each article, and an
    index.md that says what needs a look first. A second run does only what has changed.
    """
    from seedsum.records import MAX_SIZE_BYTES

    # One byte more shows that there is too much, however much there is.
    stdin = sys.stdin.buffer.read(MAX_SIZE_BYTES + 1) if "-" in paths else None
    options = seedsum.RunOptions(
        output=output,
        config=config,
        profile=profile,
        force=force,
        limit=limit,
        offline=offline,
        strict=strict,
        stdin=stdin,
        cache=not no_memory,
        wait_seconds=wait,
        document_timeout_seconds=document_timeout,
        memory_limit_bytes=int(max_memory * 1e9) if max_memory else None,
    )
    if dry_run:
        planned = seedsum.plan(paths, options)
        if as_json:
            _print_json({"tasks": [_task_json(task) for task in planned.tasks]})
        else:
            _print_tasks(planned.tasks)
        return
    if metrics:
        from seedsum.pipeline.monitoring import check_metrics_path

        check_metrics_path(metrics)
    progress = _progress(quiet=quiet, log_format=log_format)
    begin = time.monotonic()
    report, exit_code = None, 1
    try:
        report = seedsum.run(paths, options, progress=progress)
        exit_code = report.exit_code
    except BaseException as error:
        exit_code = _exit_code(error)
        raise
    finally:
        progress.stop()
        if metrics:
            _write_metrics(metrics, output, report, exit_code, time.monotonic() - begin)
    if profile_run:
        _print_profile(report)
    if as_json:
        _print_json(_report_json(report))
    elif not quiet or report.exit_code:
        level = "error" if report.exit_code else "info"
        _say(_closing_line(report, output), level=level)
    raise typer.Exit(report.exit_code)


@app.command()
def status(
    paths: Annotated[
        list[str] | None,
        typer.Argument(help="As for run; input/ where nothing is given.", show_default=False),
    ] = None,
    output: OutputOption = Path("output"),
    profile: ProfileOption = None,
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """Say what a run would do and why, when one last went well, and what needs a person's look.

    Writes nothing.
    """
    from seedsum.records import Action

    planned = seedsum.plan(
        paths or ["input"], output=output, config=config, profile=profile, offline=True
    )
    reviews = seedsum.needs_review(output)
    runs = seedsum.history(output)
    if as_json:
        _print_json(
            {
                "runs": dataclasses.asdict(runs),
                "backlog": sum(task.action is Action.WRITE for task in planned.tasks),
                "quarantined": sum(task.reasons == ("quarantined",) for task in planned.tasks),
                "tasks": [_task_json(task) for task in planned.tasks],
                "needs_review": [
                    {"name": entry.name, "status": str(entry.status), "reasons": entry.reasons}
                    for entry in reviews
                ],
            }
        )
        return
    _print_tasks(planned.tasks)
    if runs.last_run:
        typer.echo(
            f"last run with work: {runs.last_run}, exit code {runs.last_exit_code};"
            f" last success: {runs.last_success or 'never'}"
        )
    for entry in reviews:
        typer.echo(f"{entry.status}: {entry.name}: {'; '.join(entry.reasons)}")


@app.command()
def retry(
    names: Annotated[
        list[str] | None,
        typer.Argument(help="Documents as the index names them; all where none is given."),
    ] = None,
    output: OutputOption = Path("output"),
    wait: WaitOption = 0.0,
    as_json: JsonOption = False,
) -> None:
    """Let the next run try quarantined documents again. Does no work itself."""
    released = seedsum.retry(names or (), output=output, wait_seconds=wait)
    if as_json:
        _print_json({"released": released})
        return
    for name in released:
        typer.echo(name)
    _say(f"{len(released)} for the next run to try again")


@app.command()
def verify(
    output: Annotated[Path, typer.Argument(help="Folder of the pairs.")] = Path("output"),
    sample: Annotated[
        int, typer.Option("--sample", min=0, help="Translate that many segments again.")
    ] = 0,
    seed: Annotated[int, typer.Option("--seed", help="Another seed, other segments.")] = 0,
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """Hash every pair again and compare with its record; exits 6 and names what differs.

    With --sample, segments are translated again with the models that made them, and compared.
    """
    progress = _progress(quiet=False)
    try:
        found = seedsum.verify(
            output, num_sampled=sample, seed=seed, config=config, progress=progress
        )
    finally:
        progress.stop()
    if as_json:
        _print_json(dataclasses.asdict(found))
    else:
        for difference in found.differences:
            detail = f": {difference.detail}" if difference.detail else ""
            typer.echo(f"{difference.name}: {difference.place}: {difference.found}{detail}")
    for note in found.notes:
        _say(note)
    again = f", {found.num_retranslated} segments translated again" if sample else ""
    num_found = len(found.differences)
    _say(
        f"{found.num_pairs} pairs read{again}:"
        f" {num_found or 'no'} difference{'s' * (num_found != 1)}"
    )
    if found.differences:
        raise typer.Exit(6)


@app.command()
def detect(
    file: Annotated[Path, typer.Argument(help="One article.", show_default=False)],
    profile: ProfileOption = None,
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """Show each block of FILE with its role, its language, and why. Loads no model."""
    documents = seedsum.detect(file, config=config, profile=profile)
    if as_json:
        _print_json(
            [
                {
                    "name": document.name,
                    "encoding": document.encoding,
                    "notes": document.notes,
                    "blocks": [
                        {
                            "id": block.id,
                            "start": block.start,
                            "end": block.end,
                            "kind": str(block.kind),
                            "role": str(block.role),
                            "reason": block.reason,
                            "language": block.detection.language,
                            "confidence": round(block.detection.confidence, 3),
                            "method": block.detection.method,
                            "text": document.text[block.start : block.end],
                        }
                        for block in document.blocks
                    ],
                }
                for document in documents
            ]
        )
        return
    for document in documents:
        _print_table(
            f"{document.name} ({document.encoding})",
            ("block", "role", "why", "language", "confidence", "method", "text"),
            [
                (
                    block.id,
                    str(block.role),
                    block.reason,
                    block.detection.language,
                    f"{block.detection.confidence:.2f}",
                    block.detection.method,
                    _shortened(document.text[block.start : block.end]),
                )
                for block in document.blocks
            ],
        )
        for note in document.notes:
            typer.echo(f"note: {note}")


@models_app.command("list")
def models_list(
    profile: ProfileOption = None, config: ConfigOption = None, as_json: JsonOption = False
) -> None:
    """List the models: role, route, licence, size, whether they are here, when verified."""
    from seedsum.config import load_settings
    from seedsum.models import doctor as checkup

    rows = checkup.list_models(load_settings(config), profile)
    if as_json:
        _print_json([dataclasses.asdict(row) for row in rows])
        return
    _print_table(
        "models",
        (
            "profile",
            "role",
            "route",
            "model",
            "licence",
            "MB",
            "state",
            "verified",
            "engine",
            "device",
        ),
        [
            (
                row.profile,
                row.role,
                row.route,
                row.model,
                row.licence + (" (non-commercial)" if row.non_commercial else ""),
                f"{row.num_bytes / 1e6:.0f}" if row.num_bytes else "",
                row.state,
                row.verified,
                row.engine,
                row.device,
            )
            for row in rows
        ],
    )


@models_app.command("pull")
def models_pull(
    profile: ProfileOption = None,
    config: ConfigOption = None,
    update: Annotated[
        bool, typer.Option("--update", help="Resolve the revisions anew instead of the lock's.")
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """Download, convert and pin the models of a profile; goes on where it was broken off."""
    from seedsum import models as hub
    from seedsum.config import load_settings

    settings = load_settings(config)
    progress = _progress(quiet=False)
    try:
        pulled = hub.pull(settings, profile, update=update, progress=progress)
    finally:
        progress.stop()
    _say_pulled(pulled, hub.lock_path(settings), as_json=as_json)


@models_app.command("convert")
def models_convert(
    profile: ProfileOption = None, config: ConfigOption = None, as_json: JsonOption = False
) -> None:
    """Convert a profile's models anew into CTranslate2's form, and compare the two engines.

    For after an upgrade of the converter; 'pull' converts by itself. Downloads nothing.
    """
    from seedsum import models as hub
    from seedsum.config import load_settings

    settings = load_settings(config)
    progress = _progress(quiet=False)
    try:
        converted = hub.convert_models(settings, profile, progress=progress)
    finally:
        progress.stop()
    _say_pulled(converted, hub.lock_path(settings), as_json=as_json)


def _say_pulled(models: Sequence[PulledModel], lock_path: Path, *, as_json: bool) -> None:
    if as_json:
        _print_json([dataclasses.asdict(model) for model in models])
        return
    for model in models:
        fetched = f"{model.num_fetched_bytes / 1e6:.0f} MB fetched"
        _say(f"{model.name}: {model.commit}, {model.num_bytes / 1e6:.0f} MB, {fetched}")
        for note in model.notes:
            _say(f"  {note}")
    _say(f"{len(models)} models locked in {lock_path}" if models else "no model to do")


@models_app.command("verify")
def models_verify(
    profile: ProfileOption = None, config: ConfigOption = None, as_json: JsonOption = False
) -> None:
    """Hash every model file again and compare with the lock; exits 6 and names what differs."""
    from seedsum import models as hub
    from seedsum.config import load_settings

    checked = hub.verify(load_settings(config), profile)
    if as_json:
        _print_json([dataclasses.asdict(model) for model in checked])
        return
    for model in checked:
        size = f", {model.num_files} files, {model.num_bytes / 1e6:.0f} MB"
        typer.echo(f"{model.name}: {model.state}{size if model.num_files else ''}")


@app.command()
def doctor(
    profile: ProfileOption = None,
    config: ConfigOption = None,
    offline: OfflineOption = False,
    as_json: JsonOption = False,
) -> None:
    """Say whether a run would work on this machine, and what to do about each problem.

    Exits 0 if it would, 5 if not.
    """
    from seedsum.config import load_settings
    from seedsum.models import doctor as checkup

    checks = checkup.doctor(load_settings(config), profile, offline=offline)
    if as_json:
        _print_json([dataclasses.asdict(check) for check in checks])
    else:
        _print_table(
            "doctor",
            ("", "what", "found", "what to do"),
            [(str(check.level), check.name, check.found, check.advice) for check in checks],
        )
    if any(check.level == "fail" for check in checks):
        raise typer.Exit(5)


@eval_app.command("translation")
def eval_translation(
    source: Annotated[Path, typer.Argument(help="A file or folder, one segment a line.")],
    reference: Annotated[Path, typer.Argument(help="The English, line by line the same.")],
    language: Annotated[str, typer.Option("--language", "-l", help="Of the source: vi, bn, ...")],
    profile: ProfileOption = None,
    config: ConfigOption = None,
    offline: OfflineOption = False,
    as_json: JsonOption = False,
) -> None:
    """BLEU and chrF, with signatures, of a profile's route on line-aligned texts."""
    from seedsum.evaluation import evaluate_translation
    from seedsum.pipeline.context import resolve_context

    progress = _progress(quiet=False)
    try:
        context = resolve_context(
            config, profile, offline=offline, strict=True, download=True, progress=progress
        )
        scores = evaluate_translation(
            source, reference, language=language, context=context, progress=progress
        )
    finally:
        progress.stop()
    _print_scores(f"{language}->en, profile {context.profile.name}", scores, as_json=as_json)


@eval_app.command("summaries")
def eval_summaries(
    file: Annotated[Path, typer.Argument(help="JSONL with 'article' and 'reference' a line.")],
    profile: ProfileOption = None,
    config: ConfigOption = None,
    offline: OfflineOption = False,
    as_json: JsonOption = False,
) -> None:
    """ROUGE of a profile's summaries of English articles."""
    from seedsum.evaluation import evaluate_summaries
    from seedsum.pipeline.context import resolve_context

    progress = _progress(quiet=False)
    try:
        context = resolve_context(
            config, profile, offline=offline, strict=True, download=True, progress=progress
        )
        scores = evaluate_summaries(file, context=context, progress=progress)
    finally:
        progress.stop()
    _print_scores(f"summaries, profile {context.profile.name}", scores, as_json=as_json)


def _print_scores(title: str, scores: Sequence[Score], *, as_json: bool) -> None:
    if as_json:
        _print_json([dataclasses.asdict(score) for score in scores])
        return
    _print_table(
        title,
        ("metric", "value", "texts", "signature"),
        [
            (score.name, f"{score.value:.2f}", str(score.num_texts), score.signature)
            for score in scores
        ],
    )


def _write_metrics(
    path: Path, output: Path, report: RunReport | None, exit_code: int, seconds: float
) -> None:
    """Write the metrics; where that fails, say so, since the run itself may have gone well."""
    from seedsum.pipeline.monitoring import write_metrics

    try:
        write_metrics(path, output=output, report=report, exit_code=exit_code, seconds=seconds)
    except OSError as error:
        _say(f"error: the metrics cannot be written: {error}", level="error")


def _progress(*, quiet: bool, log_format: LogFormat = LogFormat.PLAIN) -> Progress:
    from seedsum.progress import JsonLines, PlainLines, RichProgress, Silent

    if quiet:
        return Silent()
    if log_format is LogFormat.JSON:
        return JsonLines()
    return RichProgress() if sys.stderr.isatty() else PlainLines()


def _closing_line(report: RunReport, output: Path) -> str:
    from collections import Counter

    from seedsum.records import Action

    done = [outcome for outcome in report.outcomes if outcome.action is Action.WRITE]
    left = Counter(
        outcome.reasons[0] for outcome in report.outcomes if outcome.action is Action.LEAVE
    )
    others = ", ".join(f"{count} {reason}" for reason, count in sorted(left.items()))
    if not done:
        return f"nothing to do ({others or 'no articles found'})"
    statuses = Counter(str(outcome.status) for outcome in done)
    counts = ", ".join(f"{count} {status}" for status, count in sorted(statuses.items()))
    tail = f"; left alone: {others}" if others else ""
    return (
        f"{len(done)} done in {report.seconds.get('total', 0.0):.1f} s ({counts}){tail}."
        f" Start with {output / 'index.md'}"
    )


def _print_profile(report: RunReport) -> None:
    """Print where a run's time went, to standard error, since results go to standard output."""
    from seedsum.clock import OVERLAPPING

    total = max(report.seconds["total"], 0.001)
    lines = [
        f"{stage:26}{spent:10.3f} s {spent / total:7.1%}{' (beside)' * (stage in OVERLAPPING)}"
        for stage, spent in sorted(report.seconds.items(), key=lambda item: item[1])
    ]
    counts = [f"{name.replace('_', ' '):26}{num:10,}" for name, num in report.counters.items()]
    rates = [
        f"{name.replace('_', ' '):26}"
        + (f"{rate:10.1%}" if name.endswith("_rate") else f"{rate:10,.2f}")
        for name, rate in report.rates.items()
    ]
    for line in (*reversed(lines), *counts, *rates):
        _say(line, prefix="")


def _report_json(report: RunReport) -> Any:
    from seedsum.files import canonical_json

    return json.loads(canonical_json(report))


def _task_json(task: Task) -> dict[str, Any]:
    message = {"message": task.message} if task.message else {}
    return {"name": task.name, "action": str(task.action), "reasons": list(task.reasons), **message}


def _print_tasks(tasks: tuple[Task, ...]) -> None:
    from seedsum.records import Action

    for task in tasks:
        if task.action is Action.WRITE or task.reasons != ("current",):
            why = f" ({task.message})" if task.message else ""
            typer.echo(f"{task.action}: {task.name}: {', '.join(task.reasons)}{why}")
    num_current = sum(task.reasons == ("current",) for task in tasks)
    num_to_do = sum(task.action is Action.WRITE for task in tasks)
    typer.echo(f"{num_to_do} to do, {num_current} current")


def _print_table(title: str, columns: tuple[str, ...], rows: list[tuple[str, ...]]) -> None:
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(title=Text(title), title_justify="left")
    for column in columns:
        table.add_column(column)
    for row in rows:
        table.add_row(*(Text(cell) for cell in row))
    console = Console()
    if not console.is_terminal:  # a pipe has no width; wrapping would break lines for grep
        console = Console(width=240)
    console.print(table)


def _shortened(text: str, *, max_chars: int = 60) -> str:
    line = " ".join(text.split())
    return line if len(line) <= max_chars else line[: max_chars - 1] + "…"


def _print_json(value: Any) -> None:
    typer.echo(json.dumps(value, ensure_ascii=False, indent=2, default=str))


def _say(text: str, *, level: str = "info", prefix: str = "seedsum: ") -> None:
    line = f"{prefix}{text}"
    if _log_format() is LogFormat.JSON:
        from seedsum.progress import json_line

        line = json_line(text, level=level)
    print(line, file=sys.stderr, flush=True)


def _log_format() -> LogFormat:
    """Return what the command line asks for; errors are said where no command's options are."""
    asked = "--log-format=json" in sys.argv or ("--log-format", "json") in pairwise(sys.argv)
    return LogFormat.JSON if asked else LogFormat.PLAIN


def main() -> None:
    """Run the command line; the entry point of the `seedsum` script."""
    signal.signal(signal.SIGTERM, _terminate)
    app()


def _terminate(number: int, frame: FrameType | None) -> None:
    raise _Terminated


if __name__ == "__main__":
    main()
