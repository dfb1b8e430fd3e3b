"""The commands that translate articles, and say what there is to do: run, status."""

from __future__ import annotations

import sys
import time
from collections import Counter
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from typer import Argument, Option

import seedsum
from seedsum.cli.options import (
    ConfigOption,
    JsonOption,
    OfflineOption,
    OutputOption,
    ProfileOption,
    ShardOption,
    WaitOption,
)
from seedsum.cli.pinging import check_address
from seedsum.cli.pinging import ping as send_ping
from seedsum.cli.printing import (
    LogFormat,
    counted,
    not_read_line,
    print_json,
    say,
    shown_progress,
)
from seedsum.errors import LockedError, UsageError, exit_code_of, refuse_unknown
from seedsum.reading import READERS
from seedsum.settings import FOR_INFORMATION, NOTICES, RunRules

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from seedsum.pipeline.run import Plan
    from seedsum.records import RunReport, Task

_EXTENSIONS = " ".join(known for reader in READERS.values() for known in reader.extensions)
_PATHS = f"Folders and files ({_EXTENSIONS}); - reads one article from standard input."
_FORCE = (
    "Redo articles that are up to date, too. What was edited by hand is never lost. To decode"
    " everything again, add --no-cache."
)
_NO_CACHE = "Neither use nor fill the cache of sentences translated before."
_SENTENCES = (
    "Sentences of each summary, where half the article allows so many. Default: what models.toml"
    " says, three to five."
)
_STRICT = (
    "If a model is missing, exit with 5 instead of using the bundled starter models; and exit with"
    " 8 for everything that --fail-on knows and that asks for somebody."
)
_FAIL_ON = (
    f"Exit with 8 where this is left for somebody: {', '.join(NOTICES)}, or none. Several times for"
    f" several. Default: [run] in models.toml, else {', '.join(RunRules().fail_on)}."
)
_TIMEOUT = "Give up on an article after this many seconds without progress."
_MEMORY_LIMIT = (
    "Memory to use at most, in GB; an article that needs more fails. Default: nine tenths of the"
    " free memory."
)
_SETTLE = (
    "Look again after this many seconds at files changed less long ago; those that still grow are"
    " left for the next run. Default: $SEEDSUM_SETTLE or 2."
)
_PING = (
    "Address to ping when a run begins (/start), ends well, or fails (/fail), as healthchecks takes"
    " it."
)
_RAY = (
    "Work on a Ray cluster: its address, or auto for that of $RAY_ADDRESS, else one on this"
    " machine. docs/scale.md says what its machines need."
)
_RAY_WORKERS = "Workers on the cluster. Default: as many as it has groups of cores, or GPUs."
_PRINT = "Write the English to standard output: the translation, the summary, or both."
_METRICS = "Write Prometheus metrics to this file after every run, also a failed one."


def run(
    paths: Annotated[list[str], Argument(metavar="PATHS", help=_PATHS, show_default=False)],
    output: OutputOption = Path("output"),
    profile: ProfileOption = None,
    config: ConfigOption = None,
    force: Annotated[bool, Option("--force", help=_FORCE)] = False,
    no_cache: Annotated[bool, Option("--no-cache", help=_NO_CACHE)] = False,
    timings: Annotated[bool, Option("--timings", help="Print how long each stage took.")] = False,
    dry_run: Annotated[
        bool, Option("--dry-run", help="Print what would be done and why; write nothing.")
    ] = False,
    limit: Annotated[int | None, Option(min=0, help="Process at most this many articles.")] = None,
    shard: ShardOption = None,
    settle: Annotated[
        float | None, Option(min=0, max=3600, help=_SETTLE, show_default=False)
    ] = None,
    offline: OfflineOption = False,
    strict: Annotated[bool, Option("--strict", help=_STRICT)] = False,
    summary_sentences: Annotated[
        int | None, Option(min=1, max=100, help=_SENTENCES, show_default=False)
    ] = None,
    fail_on: Annotated[
        list[str] | None, Option(help=_FAIL_ON, metavar="CODE", show_default=False)
    ] = None,
    wait: WaitOption = 0.0,
    document_timeout: Annotated[float, Option(min=1, help=_TIMEOUT)] = 600.0,
    memory_limit: Annotated[
        float | None, Option(min=0.1, help=_MEMORY_LIMIT, show_default=False)
    ] = None,
    ray: Annotated[str | None, Option(help=_RAY, metavar="ADDRESS", show_default=False)] = None,
    ray_workers: Annotated[int | None, Option(min=1, help=_RAY_WORKERS, show_default=False)] = None,
    quiet: Annotated[bool, Option("--quiet", "-q", help="Print only problems.")] = False,
    metrics: Annotated[Path | None, Option(help=_METRICS)] = None,
    ping: Annotated[str | None, Option(metavar="URL", help=_PING, show_default=False)] = None,
    printed: Annotated[Printed | None, Option("--print", help=_PRINT, show_default=False)] = None,
    log_format: Annotated[
        LogFormat, Option(help="Format of the lines on standard error.")
    ] = LogFormat.PLAIN,
    as_json: JsonOption = False,
) -> None:
    """Translate and summarise new and changed articles under PATHS.

    Each article gets NAME.translation.md, NAME.summary.md, NAME.record.json;
    index.md lists what needs review first. Running it again processes only
    what has changed.
    """
    from seedsum.records import MAX_SIZE_BYTES

    options = seedsum.RunOptions(
        output=output,
        config=config,
        profile=profile,
        force=force,
        limit=limit,
        shard=shard,
        offline=offline,
        strict=strict,
        summary_sentences=summary_sentences,
        fail_on=_codes(fail_on) if fail_on else None,
        # One byte more shows that there is too much, however much there is.
        stdin=sys.stdin.buffer.read(MAX_SIZE_BYTES + 1) if "-" in paths else None,
        cache=not no_cache,
        wait_seconds=wait,
        document_timeout_seconds=document_timeout,
        memory_limit_bytes=int(memory_limit * 1e9) if memory_limit else None,
        settle_seconds=settle,
        ray=ray,
        ray_workers=ray_workers,
    )
    if printed and as_json:
        raise UsageError("--print and --json both write to standard output; choose one")
    if dry_run:
        _print_plan(seedsum.plan(paths, options), as_json=as_json)
        return
    if ping:
        check_address(ping)
    if metrics:
        from seedsum.pipeline.monitoring import check_metrics_path

        check_metrics_path(metrics)
    if ping:
        send_ping(ping, "start")
    begin = time.monotonic()
    report, exit_code, closing, failed = None, 1, "", ""
    try:
        with shown_progress(quiet=quiet, log_format=log_format) as progress:
            report = seedsum.run(paths, options, progress=progress)
        exit_code = report.exit_code
        closing = _closing_line(report, output)
        failed = _failed_line(report)
    except BaseException as error:
        exit_code = exit_code_of(error)
        closing = str(error) or type(error).__name__
        raise
    finally:
        if metrics:
            _write_metrics(metrics, output, report, exit_code, time.monotonic() - begin)
        if ping and exit_code != LockedError.exit_code:  # the other run says how it went
            lines = _problems(report, failed) if report and exit_code else []
            send_ping(ping, "fail" if exit_code else "", body="\n".join([*lines, closing]))
    if timings:
        _print_timings(report)
    for notice in report.notices:
        if notice.code in FOR_INFORMATION:
            say(notice.text)
        else:
            say(notice.text, level="warning", prefix="seedsum: WARNING: ")
    if failed and quiet and not as_json:  # else each was said when it failed
        say(failed, level="error")
    if printed:
        for text in _texts(report, output, printed):
            typer.echo(text)
    if as_json:
        print_json(report)
    elif not quiet or report.exit_code:
        say(closing, level="error" if report.exit_code else "info")
    raise typer.Exit(report.exit_code)


class Printed(StrEnum):
    """What of the pairs goes to standard output."""

    TRANSLATION = "translation"
    SUMMARY = "summary"
    BOTH = "both"


def _texts(report: RunReport, output: Path, printed: Printed) -> Iterator[str]:
    """Yield the English of the articles that were given, in order: the summary first."""
    from seedsum.output import read_record
    from seedsum.output.exchange.articles import paragraphs

    for outcome in report.outcomes:
        if outcome.reasons == ("orphaned",) or outcome.status in ("failed", "skipped"):
            continue
        record = read_record(output, outcome.name)
        if printed is not Printed.TRANSLATION:
            yield " ".join(sentence["text"] for sentence in record["summary"]["sentences"])
        if printed is Printed.BOTH:
            yield ""
        if printed is not Printed.SUMMARY:
            yield "\n\n".join(paragraphs(record))


def _codes(asked: Sequence[str]) -> tuple[str, ...]:
    """Return the codes of notices that are asked for; also several in one, with commas."""
    codes = [code.strip() for part in asked for code in part.split(",") if code.strip()]
    for code in codes:
        refuse_unknown(code, (*NOTICES, "none"), what="--fail-on")
    return tuple(code for code in codes if code != "none")


def status(
    paths: Annotated[
        list[str] | None,
        Argument(metavar="PATHS", help="As for 'seedsum run'. Default: input/", show_default=False),
    ] = None,
    output: OutputOption = Path("output"),
    profile: ProfileOption = None,
    config: ConfigOption = None,
    shard: ShardOption = None,
    as_json: JsonOption = False,
) -> None:
    """Show what a run would do and why, when the last one succeeded, and what needs review.

    Writes nothing.
    """
    from seedsum.pipeline.run import in_need
    from seedsum.records import Action

    paths = paths or ["input"]
    planned = seedsum.plan(paths, output=output, config=config, profile=profile, shard=shard)
    states = planned.states.values()
    reviews = in_need(states)
    found = Counter(str(state.status) for state in states if state.status)
    pairs = dict(sorted(found.items()))
    runs = seedsum.history(output)
    if as_json:
        print_json(
            {
                "runs": runs,
                "pairs": pairs,
                "backlog": sum(task.action is Action.WRITE for task in planned.tasks),
                "quarantined": sum(task.reasons == ("quarantined",) for task in planned.tasks),
                "tasks": [_task_json(task) for task in planned.tasks],
                "not_read": planned.not_read,
                "fallback": planned.fallback_text,
                "needs_review": [
                    {"name": entry.name, "status": entry.status, "reasons": entry.reasons}
                    for entry in reviews
                ],
            }
        )
        return
    _print_plan(planned)
    if runs.last_run:
        typer.echo(
            f"last run: {runs.last_run}, exit code {runs.last_exit_code};"
            f" last success: {runs.last_success or 'never'}"
        )
    if pairs:
        counts = ", ".join(f"{number:,} {status}" for status, number in pairs.items())
        typer.echo(f"pairs: {counts}")
    for notice in runs.notices:
        asks = "note" if notice.code in FOR_INFORMATION else "needs somebody"
        typer.echo(f"{asks}: {notice.text}")
    for entry in reviews:
        typer.echo(f"{entry.status}: {entry.name}: {'; '.join(entry.reasons)}")


def _write_metrics(
    path: Path, output: Path, report: RunReport | None, exit_code: int, seconds: float
) -> None:
    """Write the metrics; where that fails, say so, since the run itself may have gone well."""
    from seedsum.pipeline.monitoring import write_metrics

    try:
        write_metrics(path, output=output, report=report, exit_code=exit_code, seconds=seconds)
    except OSError as error:
        say(f"error: the metrics cannot be written: {error}", level="error")


def _closing_line(report: RunReport, output: Path) -> str:
    from seedsum.output.places import place_of
    from seedsum.records import Action

    done = [outcome for outcome in report.outcomes if outcome.action is Action.WRITE]
    left = Counter(
        outcome.reasons[0] for outcome in report.outcomes if outcome.action is Action.LEAVE
    )
    others = ", ".join(f"{count} {reason}" for reason, count in sorted(left.items()))
    if not report.outcomes and report.not_read:
        return "no file in the input is of a type that is read"
    if not done:
        return f"nothing to do ({others or 'no articles found'})"
    statuses = Counter(str(outcome.status) for outcome in done)
    counts = ", ".join(f"{count} {status}" for status, count in sorted(statuses.items()))
    tail = f"; not touched: {others}" if others else ""
    return (
        f"{len(done)} done in {report.seconds.get('total', 0.0):.1f} s ({counts}){tail}."
        f" Start with {place_of(output).show('index.md')}"
    )


def _problems(report: RunReport, failed: str) -> list[str]:
    """Return the lines that say what needs somebody."""
    texts = [notice.text for notice in report.notices if notice.code not in FOR_INFORMATION]
    return [*texts, failed] if failed else texts


def _failed_line(report: RunReport) -> str:
    """Return in one line which articles failed in a run, and why; empty where none did."""
    from seedsum.pipeline.attention import listed
    from seedsum.records import Status

    failed = [
        f"{outcome.name}: {outcome.message}"
        for outcome in report.outcomes
        if outcome.status is Status.FAILED
    ]
    return f"{counted(len(failed), 'article')} failed: {listed(failed)}" if failed else ""


def _print_timings(report: RunReport) -> None:
    """Print where a run's time went, to standard error, since results go to standard output.

    Stages that go on at once are each summed, so that together they are more than the total.
    """
    total = max(report.seconds["total"], 0.001)
    lines = [
        (stage, f"{spent:10.3f} s {spent / total:7.1%}")
        for stage, spent in sorted(report.seconds.items(), key=lambda item: -item[1])
    ]
    lines += [(name, f"{number:10,}") for name, number in report.counters.items()]
    lines += [
        (name, f"{rate:10.1%}" if name.endswith("_rate") else f"{rate:10,.2f}")
        for name, rate in report.rates.items()
    ]
    for name, figures in lines:
        say(f"{name.replace('_', ' '):26}{figures}", prefix="")


def _task_json(task: Task) -> dict[str, Any]:
    message = {"message": task.message} if task.message else {}
    return {"name": task.name, "action": task.action, "reasons": task.reasons, **message}


def _print_plan(planned: Plan, *, as_json: bool = False) -> None:
    from seedsum.records import Action

    tasks = planned.tasks
    if as_json:
        found = {"tasks": [_task_json(task) for task in tasks], "not_read": planned.not_read}
        print_json(found | {"fallback": planned.fallback_text})
        return
    for task in tasks:
        if task.action is Action.WRITE or task.reasons != ("current",):
            why = f" ({task.message})" if task.message else ""
            typer.echo(f"{task.action}: {task.name}: {', '.join(task.reasons)}{why}")
    num_current = sum(task.reasons == ("current",) for task in tasks)
    num_to_do = sum(task.action is Action.WRITE for task in tasks)
    typer.echo(f"{num_to_do} to do, {num_current} current")
    if planned.fallback_text:
        typer.echo(f"unless a run can fetch what is missing, {planned.fallback_text}")
    if planned.not_read:
        typer.echo(not_read_line(planned.not_read))
