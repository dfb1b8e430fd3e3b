"""index.md: what a reviewer opens first."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from urllib.parse import quote

from seedsum.output.pairs import PAIR_FILES, RECORD_SUFFIX, kind_of
from seedsum.output.rendering.markdown import escape_markdown, table
from seedsum.output.rendering.page import language_name
from seedsum.records import Integrity, Notice, NotRead, RecordState, Status

#: The parts of the index, in order, and how the count at the top names what stands in them.
_INDEX_PARTS: Mapping[str, str] = {
    "Needs review": "to review",
    "Quarantined": "quarantined",
    "Clean": "clean",
    "Skipped": "skipped",
    "Edited by hand": "edited by hand",
    "Incomplete": "incomplete",
    "Source is gone": "without their source",
}


def render_index(
    states: Iterable[RecordState],  # in any order
    *,
    orphaned: Collection[str] = (),  # names of those whose source is gone
    quarantined: Collection[str] = (),  # that failed too often to be tried again by themselves
    notices: Collection[Notice] = (),  # what the last run left for a person
) -> str:
    """Return index.md: what needs review first, the worst on top."""
    ordered = sorted(states, key=_badness)
    parts: dict[str, list[RecordState]] = {part: [] for part in _INDEX_PARTS}
    for state in ordered:
        parts[_index_part(state, orphaned=orphaned, quarantined=quarantined)].append(state)
    counts = ", ".join(
        f"{len(parts[part])} {text}" for part, text in _INDEX_PARTS.items() if parts[part]
    )
    text = ["# Translations and summaries", f"{len(ordered)} articles: {counts or 'none yet'}."]
    if notices:
        text.append("\n".join(f"- **{escape_markdown(notice.text)}**" for notice in notices))
    fallback = [state for state in ordered if state.fallback]
    if fallback:
        reasons = sorted({state.fallback_reason.rstrip(". ") for state in fallback} - {""})
        reason = f": {'; '.join(map(escape_markdown, reasons))}" if reasons else ""
        text.append(
            f"> **⚠ {len(fallback)} of {len(ordered)} articles were made without the chosen"
            f" models{reason}.** The small starter models translated instead. They are weak: expect"
            " errors. These pairs are made again once the chosen models are there."
        )
    for part, group in parts.items():
        if group:
            text += [f"## {part}", _index_table(group)]
    return "\n\n".join(text) + "\n"


def render_not_read(not_read: Sequence[NotRead]) -> str:
    """Return the part of the index that names the files that are not read; empty for none."""
    if not not_read:
        return ""
    rows = []
    for entry in not_read:
        names = ", ".join(map(escape_markdown, entry.names))
        more = (
            f" and {entry.count - len(entry.names)} more" if len(entry.names) < entry.count else ""
        )
        rows.append((escape_markdown(entry.type or "no extension"), str(entry.count), names + more))
    count = sum(entry.count for entry in not_read)
    text = f"{count} files in the input folder are of types that are not read."
    return "\n".join(["", "## Not read", "", text, "", table(("Type", "Files", "Names"), rows), ""])


def _badness(state: RecordState) -> tuple[int, int, str]:
    rank = {Status.FAILED: 0, Status.REVIEW: 1}.get(state.status or Status.CLEAN, 2)
    return rank, -state.num_flagged, state.name


def _index_part(
    state: RecordState, *, orphaned: Collection[str], quarantined: Collection[str]
) -> str:
    if state.name in orphaned:
        return "Source is gone"
    if state.name in quarantined:
        return "Quarantined"
    if state.integrity is Integrity.EDITED:
        return "Edited by hand"
    if state.integrity is Integrity.INCOMPLETE or state.status is None:
        return "Incomplete"
    return {Status.CLEAN: "Clean", Status.SKIPPED: "Skipped"}.get(state.status, "Needs review")


def _index_table(states: Iterable[RecordState]) -> str:
    rows = [
        (
            escape_markdown(state.title),
            escape_markdown(state.name),
            _index_links(state),
            language_name(state.language) if state.status else "",
            str(state.status or ""),
            str(state.num_flagged),
            escape_markdown(state.reasons[0] if state.reasons else ""),
        )
        for state in states
    ]
    return table(("Article", "Source", "Files", "Language", "Status", "Flags", "Why"), rows)


def _index_links(state: RecordState) -> str:
    suffixes = [suffix for suffix in PAIR_FILES if kind_of(suffix) in state.files]
    if not suffixes and state.run_key:
        suffixes = [RECORD_SUFFIX]
    return " · ".join(f"[{kind_of(suffix)}]({quote(state.name + suffix)})" for suffix in suffixes)
