"""What monitoring asks: when did it last work, how much waits, what failed.

Neighbours: `store` has the run reports and the state of every pair; `cli` writes the metrics after
each run, whatever became of it, and shows the history.
"""

from __future__ import annotations

import re
import time
from collections import Counter
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from seedsum import __version__
from seedsum import output as store
from seedsum.errors import UsageError
from seedsum.files import write_file
from seedsum.pipeline.failures import read_failures
from seedsum.pipeline.planning import MAX_FAILURES
from seedsum.records import Action, Failure, RecordState, RunReport, Status

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
        raise UsageError(f"--metrics {path}: this is no file in a folder that is there; make it")


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
    now_seconds = time.time()
    last_success = now_seconds if exit_code == 0 else _last_success_seconds(path, output)
    text = metrics(
        report,
        states=store.read_records(output).values(),
        failures=read_failures(output),
        exit_code=exit_code,
        seconds=seconds,
        now_seconds=now_seconds,
        last_success_seconds=last_success,
    )
    write_file(path, text.encode())


def _last_success_seconds(path: Path, output: Path) -> float | None:
    """Return when a run last ended well: as the metrics file has it, else the run reports."""
    with suppress(OSError, ValueError):
        if found := re.search(rf"^{_LAST_SUCCESS} (\S+)$", path.read_text(), re.MULTILINE):
            return float(found[1])
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
) -> str:
    """Return the metrics in Prometheus's text format; what is not known is left out.

    Source: https://prometheus.io/docs/instrumenting/exposition_formats/
    """
    states = tuple(states)
    statuses = Counter(state.status for state in states)
    lines = [
        *_gauge("seedsum_info", "The version that wrote this.", {f'version="{__version__}"': 1}),
        *_gauge("seedsum_last_run_timestamp_seconds", "When a run last ended.", {"": now_seconds}),
        *_gauge("seedsum_exit_code", "What it exited with.", {"": exit_code}),
        *_gauge("seedsum_run_duration_seconds", "How long it took.", {"": round(seconds, 3)}),
        *_gauge(
            "seedsum_documents",
            "Documents in the output by status.",
            {f'status="{status}"': statuses[status] for status in Status},
        ),
        *_gauge(
            "seedsum_segments",
            "Segments of the documents in the output.",
            {"": sum(state.num_segments for state in states)},
        ),
        *_gauge(
            "seedsum_flagged",
            "Segments and summary sentences in the output that a check doubts.",
            {"": sum(state.num_flagged for state in states)},
        ),
        *_gauge(
            "seedsum_quarantined_documents",
            "Documents that failed too often to be tried again by themselves.",
            {"": sum(f.num_failures >= MAX_FAILURES for f in failures.values())},
        ),
    ]
    if last_success_seconds is not None:
        lines += _gauge(_LAST_SUCCESS, "When a run last ended with 0.", {"": last_success_seconds})
    if report is not None:
        done = [outcome for outcome in report.outcomes if outcome.action is Action.WRITE]
        done_statuses = Counter(outcome.status for outcome in done)
        lines += [
            *_gauge(
                "seedsum_run_documents",
                "Documents that the run did, by status.",
                {f'status="{status}"': done_statuses[status] for status in Status},
            ),
            *_gauge(
                "seedsum_run_segments",
                "Segments of the documents that the run did.",
                {"": sum(outcome.num_segments for outcome in done)},
            ),
            *_gauge(
                "seedsum_run_flagged_segments",
                "Those of them that a check doubts.",
                {"": sum(outcome.num_flagged for outcome in done)},
            ),
            *_gauge(
                "seedsum_backlog_documents",
                "Documents that failed or were over the limit, and wait for a later run.",
                {"": num_waiting(report)},
            ),
            *_gauge(
                "seedsum_fallback",
                "1 where the starter models stood in for the chosen ones.",
                {"": int(report.fallback)},
            ),
        ]
    return "\n".join(lines) + "\n"


def num_waiting(report: RunReport) -> int:
    """Return how many documents of a run are left for a later one."""
    return sum(
        outcome.status is Status.FAILED or outcome.reasons[0] in ("over-limit", "backing-off")
        for outcome in report.outcomes
    )


def _gauge(name: str, help_text: str, samples: Mapping[str, float]) -> list[str]:
    """Return the lines of one metric; the samples by their labels."""
    return [
        f"# HELP {name} {help_text}",
        f"# TYPE {name} gauge",
        *(
            f"{name}{{{labels}}} {value}" if labels else f"{name} {value}"
            for labels, value in samples.items()
        ),
    ]
