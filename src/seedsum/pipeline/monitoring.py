"""What monitoring asks: when did it last work, how much waits, what failed."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from seedsum import __version__
from seedsum import output as store
from seedsum.errors import UsageError
from seedsum.pipeline.failures import read_failures
from seedsum.pipeline.last_run import read_last_runs
from seedsum.pipeline.planning import MAX_FAILURES
from seedsum.records import Action, Failure, Notice, RecordState, RunReport, Status
from seedsum.settings import NOTICES

if TYPE_CHECKING:
    from prometheus_client import CollectorRegistry

#: What the metrics say; their names begin with `seedsum_`.
_HELP = {
    "last_run_timestamp_seconds": "When a run last ended.",
    "last_success_timestamp_seconds": "When a run last ended with exit code 0.",
    "exit_code": "The exit code of the last run.",
    "run_duration_seconds": "How long the last run took.",
    "segments": "Segments of the documents in the output.",
    "flagged": "Flagged segments and summary sentences in the output.",
    "documents": "Documents in the output.",
    "quarantined_documents": "Documents that failed too often to be tried again automatically.",
    "run_documents": "Documents that the last run processed.",
    "run_segments": "Segments of the documents that the last run processed.",
    "run_flagged_segments": "Flagged segments of the documents that the last run processed.",
    "backlog_documents": "Documents that failed or were over the limit and wait for a later run.",
    "notices": "What the last run left for a person, by code: documents, pairs, files, or 1.",
    "skipped_documents": "Documents in the output that were skipped, by reason.",
    "fallback": "1 if a chosen model could not be had, and something else did its part.",
}


@dataclass(frozen=True, slots=True)
class History:
    """When runs last ended, and how; times as ISO 8601, UTC."""

    last_run: str = ""  # empty, and no exit code, where there was none
    last_exit_code: int | None = None
    last_success: str = ""  # when one last ended with 0; empty where none did
    notices: tuple[Notice, ...] = ()  # what the last one left for a person


def history(output: store.Where = "output") -> History:
    """Return when runs last ended and ended well; of outputs of 0.1 as their reports have it."""
    last = read_last_runs(output)
    if last.ended:
        return History(last.ended, last.exit_code, last.last_success, last.notices)
    found = History()
    for report in store.run_reports(output):
        started, exit_code = str(report["started"]), int(report["exit_code"])
        if not found.last_run:
            found = History(started, exit_code)
        if exit_code == 0:
            return replace(found, last_success=started)
    return found


def check_metrics_path(path: Path) -> None:
    """Do nothing if a metrics file can be there; better before a run than after it.

    Raises:
        UsageError: Its folder is not there, or it is a folder itself.
    """
    if path.is_dir() or not path.parent.is_dir():
        raise UsageError(f"--metrics {path}: not a file in a folder that exists; make the folder")


def write_metrics(
    path: Path, *, output: store.Where, report: RunReport | None, exit_code: int, seconds: float
) -> None:
    """Write a run's metrics for node_exporter's textfile collector, all at once.

    Exit code and seconds of wall time are the command's; an error has no report.

    Raises:
        OSError: It cannot be written.
    """
    from prometheus_client import write_to_textfile

    past = history(output)
    found = metrics(
        report,
        states=store.read_records(output).values(),
        failures=read_failures(output),
        notices=past.notices,
        exit_code=exit_code,
        seconds=seconds,
        now_seconds=time.time(),
        last_success_seconds=_seconds(past.last_success),
    )
    write_to_textfile(str(path), found)


def _seconds(when: str) -> float | None:
    return datetime.fromisoformat(when).timestamp() if when else None


def metrics(
    report: RunReport | None,
    *,
    states: Iterable[RecordState],
    failures: Mapping[str, Failure],
    notices: Iterable[Notice],
    exit_code: int,
    seconds: float,
    now_seconds: float,
    last_success_seconds: float | None,
) -> CollectorRegistry:
    """Return the metrics, all of them gauges; what is not known is left out."""
    from prometheus_client import CollectorRegistry, Gauge

    states = tuple(states)
    outcomes = report.outcomes if report is not None else ()
    gone = {outcome.name for outcome in outcomes if outcome.reasons == ("orphaned",)}
    values: dict[str, float | None] = {
        "last_run_timestamp_seconds": now_seconds,
        "last_success_timestamp_seconds": last_success_seconds,
        "exit_code": exit_code,
        "run_duration_seconds": round(seconds, 3),
        "segments": sum(state.num_segments for state in states),
        "flagged": sum(state.num_flagged for state in states),
        "quarantined_documents": sum(
            failure.num_failures >= MAX_FAILURES
            for name, failure in failures.items()
            if name not in gone
        ),
    }
    statuses = {"documents": Counter(state.status for state in states)}
    skipped = Counter(
        state.reasons[0] for state in states if state.status is Status.SKIPPED and state.reasons
    )
    if report is not None:
        done = [outcome for outcome in report.outcomes if outcome.action is Action.WRITE]
        statuses["run_documents"] = Counter(o.status for o in done if o.status is not None)
        values |= {
            "run_segments": sum(outcome.num_segments for outcome in done),
            "run_flagged_segments": sum(outcome.num_flagged for outcome in done),
            "backlog_documents": num_waiting(report),
            "fallback": report.fallback,
        }

    registry = CollectorRegistry()
    info = Gauge("seedsum_info", "The version that wrote this.", ["version"], registry=registry)
    info.labels(__version__).set(1)
    for name, value in values.items():
        if value is not None:
            Gauge(f"seedsum_{name}", _HELP[name], registry=registry).set(value)
    for name, counts in statuses.items():
        family = Gauge(f"seedsum_{name}", _HELP[name], ["status"], registry=registry)
        for status in Status:
            family.labels(status.value).set(counts[status])
    numbers: Counter[str] = Counter()  # of several shards, together
    for notice in notices:
        numbers[notice.code] += notice.number
    for name, label, found in (
        ("notices", "code", {code: numbers.get(code, 0) for code in NOTICES}),
        ("skipped_documents", "reason", dict(sorted(skipped.items()))),
    ):
        family = Gauge(f"seedsum_{name}", _HELP[name], [label], registry=registry)
        for labelled, number in found.items():
            family.labels(labelled).set(number)
    return registry


def num_waiting(report: RunReport) -> int:
    """Return how many documents of a run are left for a later one."""
    return sum(
        outcome.status is Status.FAILED or outcome.reasons[0] in ("over-limit", "backing-off")
        for outcome in report.outcomes
    )
