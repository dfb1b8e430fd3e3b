"""Which article to look at next. Pure."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from functools import cache

from seedsum.checks import severity
from seedsum.languages import get
from seedsum.records import UNDETERMINED, Flag, Integrity, RecordState, Status


@dataclass(frozen=True, slots=True)
class Entry:
    """One article in the queue.

    Attributes:
        num_open: Sentences of its summary that nobody has found right yet.
        num_flagged: Sentences with a flag that is open.
        worst: How bad its worst flag is; higher is worse.
        kinds: What it can be filtered by, beside language and status.
    """

    name: str
    title: str
    language: str
    language_name: str
    status: str
    num_open: int
    num_flagged: int
    worst: int
    kinds: tuple[str, ...]


@cache
def _severity(code: str) -> int:
    return severity(Flag(code))


#: What the page can be asked for.
KINDS = ("to check", "flagged", "in summary", "edited", "source changed", "orphaned", "done")


def entry(
    state: RecordState,
    *,
    counts: Mapping[str, int] | None = None,
    title: str = "",
    is_done: bool = False,
    planned: Collection[str] = (),
) -> Entry:
    """Return an article's entry.

    Args:
        state: Its pair, as it is in the output.
        counts: Those of its view, where it was looked at with its reviews; without, the numbers
            are those of the last run.
        title: That of its view, likewise.
        is_done: Somebody has said so.
        planned: The reasons that the next run has for it.
    """
    known = counts or {}
    num_open = known.get("summary_open", state.num_summary_unchecked)
    num_flagged = known.get("flagged", state.num_flagged)
    if state.status in (Status.SKIPPED, None) or not state.files:
        num_open = 0
    is_done = is_done or (counts is None and state.status is Status.CHECKED)
    is_stale = bool(known.get("stale", state.num_stale)) or "source-changed" in planned
    kinds = {
        "to check": not is_done and bool(num_open or num_flagged or is_stale),
        "flagged": bool(num_flagged),
        "in summary": bool(num_open),
        "edited": bool(known.get("edited")) or state.integrity is Integrity.EDITED,
        "source changed": is_stale,
        "orphaned": "orphaned" in planned,
        "done": is_done,
    }
    codes = state.flags if num_flagged else ()
    is_known = state.language != UNDETERMINED
    return Entry(
        name=state.name,
        title=title or state.title or state.name,
        language=state.language,
        language_name=get(state.language).name if is_known else "no language",
        status=str(state.status or "incomplete"),
        num_open=num_open,
        num_flagged=num_flagged,
        worst=max(map(_severity, codes), default=0),
        kinds=tuple(kind for kind in KINDS if kinds[kind]),
    )


def in_order(entries: Collection[Entry]) -> list[Entry]:
    """Return the articles, those first whose summaries have most left to check, then the worst."""
    return sorted(
        entries,
        key=lambda one: (
            "done" in one.kinds,
            -one.num_open,
            -one.worst,
            -one.num_flagged,
            one.name,
        ),
    )
