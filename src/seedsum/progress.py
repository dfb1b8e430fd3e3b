"""How a run tells a person what it is doing: a bar on a terminal, plain lines elsewhere.

Everything goes to standard error; standard output belongs to results. Neighbours: `pipeline` calls
a `Progress`, `cli` chooses which.
"""

from __future__ import annotations

import dataclasses
import json
import sys
import time
from collections.abc import Mapping
from datetime import UTC, datetime
from types import MappingProxyType
from typing import TYPE_CHECKING, Protocol, TextIO

from seedsum.records import Action, Outcome, Status

if TYPE_CHECKING:
    from rich.progress import Progress as RichBar
    from rich.progress import TaskID

#: Seconds between two plain progress lines: frequent enough to see life, rare enough for a log.
_PLAIN_INTERVAL_SECONDS = 30.0

_NONE: Mapping[str, object] = MappingProxyType({})


class Progress(Protocol):
    """What a run reports while it works; every method returns at once and never raises."""

    def start(self, num_documents: int) -> None:
        """Work on that many documents begins."""

    def add_segments(self, num_segments: int) -> None:
        """That many more segments are to be translated."""

    def advance_segments(self, num_segments: int) -> None:
        """That many segments are translated."""

    def download(self, description: str, done_bytes: int, total_bytes: int) -> None:
        """A download is that far."""

    def document_done(self, outcome: Outcome) -> None:
        """One document is written, skipped or failed."""

    def message(self, text: str) -> None:
        """Something that a person should read now."""

    def stop(self) -> None:
        """The work is over, for whatever reason."""


class Silent:
    """Says nothing; what the API uses unless told otherwise."""

    def start(self, num_documents: int) -> None:
        """Do nothing."""

    def add_segments(self, num_segments: int) -> None:
        """Do nothing."""

    def advance_segments(self, num_segments: int) -> None:
        """Do nothing."""

    def download(self, description: str, done_bytes: int, total_bytes: int) -> None:
        """Do nothing."""

    def document_done(self, outcome: Outcome) -> None:
        """Do nothing."""

    def message(self, text: str) -> None:
        """Do nothing."""

    def stop(self) -> None:
        """Do nothing."""


class PlainLines:
    """One line a document, and one every half minute: for cron, logs and pipes."""

    def __init__(self, stream: TextIO | None = None) -> None:
        """Write to `stream`, standard error by default."""
        self._stream = stream or sys.stderr
        self._num_documents = 0
        self._num_done = 0
        self._num_segments = 0
        self._num_segments_done = 0
        self._last_line = self._started = time.monotonic()

    def start(self, num_documents: int) -> None:
        """Say how much there is to do."""
        self._num_documents = num_documents
        self.message(f"{num_documents} document{'s' * (num_documents != 1)} to do")

    def add_segments(self, num_segments: int) -> None:
        """Count them."""
        self._num_segments += num_segments

    def advance_segments(self, num_segments: int) -> None:
        """Count them, and say so every half minute."""
        self._num_segments_done += num_segments
        now = time.monotonic()
        if now - self._last_line >= _PLAIN_INTERVAL_SECONDS:
            self._last_line = now
            rate = self._num_segments_done / max(now - self._started, 1e-9)
            self.message(
                f"{self._num_segments_done}/{self._num_segments} segments, {rate:.1f} a second"
            )

    def download(self, description: str, done_bytes: int, total_bytes: int) -> None:
        """Say so every half minute, and at the end."""
        now = time.monotonic()
        if done_bytes >= total_bytes or now - self._last_line >= _PLAIN_INTERVAL_SECONDS:
            self._last_line = now
            self.message(f"{description}: {done_bytes / 1e6:.0f} of {total_bytes / 1e6:.0f} MB")

    def document_done(self, outcome: Outcome) -> None:
        """Write a line for the document."""
        self._num_done += 1
        self.message(f"[{self._num_done}/{self._num_documents}] {describe(outcome)}")

    def message(self, text: str) -> None:
        """Write a line."""
        print(f"seedsum: {text}", file=self._stream, flush=True)

    def stop(self) -> None:
        """Do nothing: every line is already out."""


def json_line(message: str, *, level: str = "info", fields: Mapping[str, object] = _NONE) -> str:
    """Return a line for a log that programs read: the time, the level, the message, the fields."""
    now = datetime.now(UTC).isoformat(timespec="milliseconds")
    return json.dumps(
        {"time": now, "level": level, "message": message, **fields}, ensure_ascii=False
    )


class JsonLines(PlainLines):
    """The same as `PlainLines`, each line one JSON object."""

    def document_done(self, outcome: Outcome) -> None:
        """Write a line for the document, with its outcome."""
        level = "error" if outcome.status is Status.FAILED else "info"
        fields = {"document": dataclasses.asdict(outcome)}
        self._write(json_line(describe(outcome), level=level, fields=fields))

    def message(self, text: str) -> None:
        """Write a line."""
        level = "warning" if text.startswith("WARNING") else "info"
        self._write(json_line(text, level=level))

    def _write(self, line: str) -> None:
        # A file name that is not UTF-8 must not end the run.
        print(line.encode("utf-8", "backslashreplace").decode(), file=self._stream, flush=True)


class RichProgress:
    """Two bars on a terminal: documents and segments, with rate and time left."""

    def __init__(self) -> None:
        """Draw on standard error."""
        from rich.console import Console

        self._console = Console(stderr=True, highlight=False)
        self._bar: RichBar | None = None
        self._documents: TaskID | None = None
        self._segments: TaskID | None = None
        self._downloads: dict[str, TaskID] = {}

    def _ensure_bar(self) -> RichBar:
        from rich.progress import (
            BarColumn,
            MofNCompleteColumn,
            Progress,
            ProgressColumn,
            Task,
            TextColumn,
            TimeElapsedColumn,
            TimeRemainingColumn,
        )
        from rich.text import Text

        class Rate(ProgressColumn):
            def render(self, task: Task) -> Text:
                unit = task.fields.get("unit", "")
                # Over the whole time: segments come in large batches, and Rich's own speed is that
                # of the last few updates.
                if not task.completed or not task.elapsed:
                    return Text("")
                return Text(f"{task.completed / task.elapsed:.1f} {unit}/s")

        if self._bar is None:
            self._bar = Progress(
                TextColumn("{task.description:<10}"),
                BarColumn(),
                MofNCompleteColumn(),
                Rate(),
                TimeElapsedColumn(),
                TimeRemainingColumn(),
                console=self._console,
                transient=True,
            )
            self._bar.start()
        return self._bar

    def start(self, num_documents: int) -> None:
        """Show the bars."""
        bar = self._ensure_bar()
        self._documents = bar.add_task("documents", total=num_documents, unit="docs")
        self._segments = bar.add_task("segments", total=None, unit="seg")

    def add_segments(self, num_segments: int) -> None:
        """Lengthen the bar of segments."""
        if self._bar is not None and self._segments is not None:
            task = next(t for t in self._bar.tasks if t.id == self._segments)
            self._bar.update(self._segments, total=(task.total or 0) + num_segments)

    def advance_segments(self, num_segments: int) -> None:
        """Move the bar of segments."""
        if self._bar is not None and self._segments is not None:
            self._bar.advance(self._segments, num_segments)

    def download(self, description: str, done_bytes: int, total_bytes: int) -> None:
        """Show a bar in megabytes for each file."""
        bar = self._ensure_bar()
        if description not in self._downloads:
            self._downloads[description] = bar.add_task(
                description, total=total_bytes // 1_000_000, unit="MB"
            )
        bar.update(self._downloads[description], completed=done_bytes // 1_000_000)

    def document_done(self, outcome: Outcome) -> None:
        """Move the bar of documents, and write a line above it."""
        if self._bar is not None and self._documents is not None:
            self._bar.advance(self._documents)
        self._console.print(describe(outcome), markup=False)

    def message(self, text: str) -> None:
        """Write a line above the bars."""
        self._console.print(text, markup=False)

    def stop(self) -> None:
        """Take the bars away."""
        if self._bar is not None:
            self._bar.stop()
            self._bar = None


def describe(outcome: Outcome) -> str:
    """Return one line on a document: name, language, what was done, what to look at."""
    if outcome.action is Action.LEAVE:
        return f"{outcome.name}: left ({', '.join(outcome.reasons)})"
    if outcome.status in (Status.FAILED, Status.SKIPPED):
        return f"{outcome.name}: {outcome.status} - {outcome.message}"
    flagged = f", {outcome.num_flagged} flagged" if outcome.num_flagged else ""
    return (
        f"{outcome.name}: {outcome.language}, {outcome.num_segments} segments,"
        f" {outcome.num_translated} translated{flagged} - {outcome.status}"
    )
