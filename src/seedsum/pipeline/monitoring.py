"""What monitoring asks: when did it last work, how much waits, what failed."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from seedsum import __version__
from seedsum import output as store
from seedsum.errors import UsageError
from seedsum.pipeline.failures import read_failures
from seedsum.pipeline.planning import MAX_FAILURES
from seedsum.records import Action, Failure, RecordState, RunReport, Status

if TYPE_CHECKING:
    from prometheus_client import CollectorRegistry

_LAST_SUCCESS = "seedsum_last_success_timestamp_seconds"


@dataclass(frozen=True, slots=True)
class History:
    """The runs that had work, from the reports in the output; times as ISO 8601, UTC.

    Attributes:
        last_run, last_exit_code: Of the newest report; empty and None where there is none.
        last_success: When the newest run that ended with 0 began; empty where none did.
    """

    last_run: str = ""
    last_exit_code: int | None = None
    last_success: str = ""


def history(output: Path | str = "output") -> History:
    """Return when runs last had work and ended well; reads reports from the newest back.

    A run with nothing to do leaves no report.
    """
    newest = History()
    for report in store.run_reports(Path(output)):
        started, exit_code = str(report["started"]), int(report["exit_code"])
        if not newest.last_run:
            newest = History(started, exit_code)
        if exit_code == 0:
            return History(newest.last_run, newest.last_exit_code, started)
    return newest


def check_metrics_path(path: Path) -> None:
    """Do nothing if a metrics file can be there; better before a run than after it.

    Raises:
        UsageError: Its folder is not there, or it is a folder itself.
    """
    if path.is_dir() or not path.parent.is_dir():
        raise UsageError(f"--metrics {path}: not a file in a folder that exists; make the folder")


def write_metrics(
    path: Path, *, output: Path, report: RunReport | None, exit_code: int, seconds: float
) -> None:
    """Write a run's metrics for node_exporter's textfile collector, all at once.

    Args:
        path: Where; by the collector's convention it ends in `.prom`.
        output: The run's output folder.
        report: None where the run ended with an error.
        exit_code: What the command exits with.
        seconds: Wall time of the command.

    Raises:
        OSError: It cannot be written.
    """
    from prometheus_client import write_to_textfile

    now_seconds = time.time()
    last_success = now_seconds if exit_code == 0 else _last_success_seconds(path, output)
    found = metrics(
        report,
        states=store.read_records(output).values(),
        failures=read_failures(output),
        exit_code=exit_code,
        seconds=seconds,
        now_seconds=now_seconds,
        last_success_seconds=last_success,
    )
    write_to_textfile(str(path), found)


def _last_success_seconds(path: Path, output: Path) -> float | None:
    """Return when a run last ended well: as the metrics file has it, else the run reports."""
    from prometheus_client.parser import text_string_to_metric_families

    with suppress(OSError, ValueError):
        for metric in text_string_to_metric_families(path.read_text(encoding="utf-8")):
            if metric.name == _LAST_SUCCESS:
                return metric.samples[0].value
    with suppress(ValueError):
        return datetime.fromisoformat(history(output).last_success).timestamp()
    return None


def metrics(
    report: RunReport | None,
    *,
    states: Iterable[RecordState],
    failures: Mapping[str, Failure],
    exit_code: int,
    seconds: float,
    now_seconds: float,
    last_success_seconds: float | None,
) -> CollectorRegistry:
    """Return the metrics, all of them gauges; what is not known is left out."""
    from prometheus_client import CollectorRegistry, Gauge

    states = tuple(states)
    values = {
        "seedsum_last_run_timestamp_seconds": ("When a run last ended.", now_seconds),
        "seedsum_exit_code": ("The exit code of the last run.", exit_code),
        "seedsum_run_duration_seconds": ("How long the last run took.", round(seconds, 3)),
        "seedsum_segments": (
            "Segments of the documents in the output.",
            sum(state.num_segments for state in states),
        ),
        "seedsum_flagged": (
            "Flagged segments and summary sentences in the output.",
            sum(state.num_flagged for state in states),
        ),
        "seedsum_quarantined_documents": (
            "Documents that failed too often to be tried again automatically.",
            sum(failure.num_failures >= MAX_FAILURES for failure in failures.values()),
        ),
    }
    statuses = {
        "seedsum_documents": ("Documents in the output.", [state.status for state in states])
    }
    if last_success_seconds is not None:
        values[_LAST_SUCCESS] = ("When a run last ended with exit code 0.", last_success_seconds)
    if report is not None:
        done = [outcome for outcome in report.outcomes if outcome.action is Action.WRITE]
        statuses["seedsum_run_documents"] = (
            "Documents that the last run processed.",
            [outcome.status for outcome in done],
        )
        values |= {
            "seedsum_run_segments": (
                "Segments of the documents that the last run processed.",
                sum(outcome.num_segments for outcome in done),
            ),
            "seedsum_run_flagged_segments": (
                "Flagged segments of the documents that the last run processed.",
                sum(outcome.num_flagged for outcome in done),
            ),
            "seedsum_backlog_documents": (
                "Documents that failed or were over the limit and wait for a later run.",
                num_waiting(report),
            ),
            "seedsum_fallback": (
                "1 if the starter models were used instead of the chosen ones.",
                report.fallback,
            ),
        }

    registry = CollectorRegistry()
    info = Gauge("seedsum_info", "The version that wrote this.", ["version"], registry=registry)
    info.labels(__version__).set(1)
    for name, (documentation, value) in values.items():
        Gauge(name, documentation, registry=registry).set(value)
    for name, (documentation, found) in statuses.items():
        family, counts = Gauge(name, documentation, ["status"], registry=registry), Counter(found)
        for status in Status:
            family.labels(status.value).set(counts[status])
    return registry


def num_waiting(report: RunReport) -> int:
    """Return how many documents of a run are left for a later one."""
    return sum(
        outcome.status is Status.FAILED or outcome.reasons[0] in ("over-limit", "backing-off")
        for outcome in report.outcomes
    )
