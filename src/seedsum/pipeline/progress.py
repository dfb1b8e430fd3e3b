"""How a run tells a person what it is doing: a bar on a terminal, plain lines elsewhere.

Everything goes to standard error; standard output belongs to results.
"""

from __future__ import annotations

import dataclasses
import json
import sys
import time
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from seedsum.pipeline.pace import Pace
from seedsum.records import Action, Outcome, Status

if TYPE_CHECKING:
    from rich.progress import TaskID

#: Seconds between two plain progress lines: frequent enough to see life, rare enough for a log.
_PLAIN_INTERVAL_SECONDS = 30.0


class Progress:
    """What a run reports while it works, to nobody; no method waits or raises."""

    def start(self, num_documents: int, *, num_bytes: int = 0) -> None:
        """Work on that many documents begins, of that size together, if it is known."""

    def add_segments(self, num_segments: int, *, num_bytes: int = 0) -> None:
        """That many more segments are to be translated, of documents of that size."""

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


class Lines(Progress):
    """One line a document, and one every half minute: for cron, logs and pipes."""

    def __init__(self, *, as_json: bool = False) -> None:
        """Begin to count, and to measure the time; as JSON, each line is one object."""
        self._as_json = as_json
        self._num_documents = self._num_done = 0
        self._pace = Pace()
        self._last_line = time.monotonic()

    def start(self, num_documents: int, *, num_bytes: int = 0) -> None:
        """Say how much there is to do."""
        self._num_documents, self._pace.num_bytes = num_documents, num_bytes
        self.message(f"{num_documents} document{'s' * (num_documents != 1)} to do")

    def add_segments(self, num_segments: int, *, num_bytes: int = 0) -> None:
        """Count them."""
        self._pace.found(num_segments, num_bytes, now=time.monotonic())

    def advance_segments(self, num_segments: int) -> None:
        """Count them, and say so every half minute."""
        self._pace.num_done += num_segments
        if self._is_time():
            self.message(self._pace.describe(time.monotonic()))

    def download(self, description: str, done_bytes: int, total_bytes: int) -> None:
        """Say so every half minute, and at the end."""
        if self._is_time() or done_bytes >= total_bytes:
            self.message(f"{description}: {done_bytes / 1e6:.0f} of {total_bytes / 1e6:.0f} MB")

    def document_done(self, outcome: Outcome) -> None:
        """Write a line for the document."""
        self._num_done += 1
        text = describe(outcome)
        if self._as_json:
            level = "error" if outcome.status is Status.FAILED else "info"
            _write(json_line(text, level=level, document=dataclasses.asdict(outcome)))
        else:
            self.message(f"[{self._num_done}/{self._num_documents}] {text}")

    def message(self, text: str) -> None:
        """Write a line."""
        level = "warning" if text.startswith("WARNING") else "info"
        _write(json_line(text, level=level) if self._as_json else f"seedsum: {text}")

    def _is_time(self) -> bool:
        """Return whether a line is due, and count the next interval from now on if so."""
        now = time.monotonic()
        if now - self._last_line < _PLAIN_INTERVAL_SECONDS:
            return False
        self._last_line = now
        return True


def _write(line: str) -> None:
    # A file name that is not UTF-8 must not end the run.
    print(line.encode("utf-8", "backslashreplace").decode(), file=sys.stderr, flush=True)


def json_line(message: str, *, level: str = "info", **fields: object) -> str:
    """Return a line for a log that programs read: the time, the level, the message, the fields."""
    now = datetime.now(UTC).isoformat(timespec="milliseconds")
    return json.dumps(
        {"time": now, "level": level, "message": message, **fields}, ensure_ascii=False
    )


class RichProgress(Progress):
    """Bars on a terminal: documents, segments with pace and time left, and downloads."""

    def __init__(self) -> None:
        from rich import progress
        from rich.console import Console

        self._console = Console(stderr=True, highlight=False)
        self._bars = progress.Progress(
            progress.TextColumn("{task.description:<9}"),
            progress.BarColumn(bar_width=20),
            progress.TextColumn("{task.fields[text]}"),
            console=self._console,
            transient=True,
        )
        self._tasks: dict[str, TaskID] = {}
        self._pace = Pace()
        self._num_documents = self._num_done = 0

    def start(self, num_documents: int, *, num_bytes: int = 0) -> None:
        """Show the bar of documents."""
        self._num_documents, self._pace.num_bytes = num_documents, num_bytes
        self._update_documents()

    def add_segments(self, num_segments: int, *, num_bytes: int = 0) -> None:
        """Lengthen the bar of segments."""
        self._pace.found(num_segments, num_bytes, now=time.monotonic())
        self._update_segments()

    def advance_segments(self, num_segments: int) -> None:
        """Move the bar of segments."""
        self._pace.num_done += num_segments
        self._update_segments()

    def download(self, description: str, done_bytes: int, total_bytes: int) -> None:
        """Show a bar in megabytes for each file."""
        done, total = done_bytes // 1_000_000, total_bytes // 1_000_000
        self._update(description, f"{done:,} of {total:,} MB", completed=done, total=total)

    def document_done(self, outcome: Outcome) -> None:
        """Move the bar of documents, and write a line above it."""
        self._num_done += 1
        self._update_documents()
        self.message(describe(outcome))

    def message(self, text: str) -> None:
        """Write a line above the bars."""
        self._console.print(text, markup=False)

    def stop(self) -> None:
        """Take the bars away."""
        self._bars.stop()

    def _update_documents(self) -> None:
        done, total = self._num_done, self._num_documents
        self._update("articles", f"{done:,} of {total:,} written", completed=done, total=total)

    def _update_segments(self) -> None:
        pace = self._pace
        text = pace.describe(time.monotonic()).replace(" segments", "")
        self._update("sentences", text, completed=pace.num_done, total=pace.total)

    def _update(self, name: str, text: str, *, completed: int, total: int) -> None:
        """Change the bar of that name, and show it if it is new."""
        if name not in self._tasks:
            self._bars.start()
            self._tasks[name] = self._bars.add_task(name, total=None, text="")
        self._bars.update(self._tasks[name], completed=completed, total=total or None, text=text)


def describe(outcome: Outcome) -> str:
    """Return one line on a document: name, language, what was done, what to look at."""
    if outcome.action is Action.LEAVE:
        return f"{outcome.name}: left ({', '.join(outcome.reasons)})"
    if outcome.status in (Status.FAILED, Status.SKIPPED):
        return f"{outcome.name}: {outcome.status} - {outcome.message}"
    flagged = f", {outcome.num_flagged} flagged" if outcome.num_flagged else ""
    plural = "s" * (outcome.num_segments != 1)
    return (
        f"{outcome.name}: {outcome.language}, {outcome.num_segments} segment{plural},"
        f" {outcome.num_translated} translated{flagged} - {outcome.status}"
    )
