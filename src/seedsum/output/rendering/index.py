"""index.md: what a reviewer opens first."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import quote

from seedsum.output.pairs import PAIR_FILES, RECORD_SUFFIX, kind_of
from seedsum.output.rendering.markdown import escape_markdown, table, with_arrows
from seedsum.output.rendering.page import language_name
from seedsum.records import (
    SUMMARY_PART,
    Action,
    Integrity,
    Notice,
    NotRead,
    Outcome,
    RecordState,
    Status,
)

#: The parts of the index, in order, and how the count at the top names what stands in them.
INDEX_PARTS: Mapping[str, str] = {
    "Needs review": "to review",
    "Quarantined": "quarantined",
    "Checked": "checked by a person",
    "Clean": "clean",
    "Skipped": "skipped",
    "Edited by hand": "edited by hand",
    "Incomplete": "incomplete",
    "Source is gone": "without their source",
}


#: Rows of what needs somebody, and of the other parts: the page beside it has all.
_NUM_WORST = 20
_NUM_OTHERS = 10

#: Parts that somebody has to do something about.
_NEEDS_SOMEBODY = frozenset({"Needs review", "Quarantined"})


@dataclass(frozen=True, slots=True)
class Index:
    """What there is to say of an output folder.

    Attributes:
        states: The pairs, in any order.
        orphaned: Names of those whose source is gone.
        quarantined: Names of those that failed too often to be tried again by themselves.
        notices: What the last run left for a person.
        changed: What the last run that had work wrote.
    """

    states: Sequence[RecordState]
    orphaned: Collection[str] = ()
    quarantined: Collection[str] = ()
    notices: Collection[Notice] = ()
    changed: Sequence[Outcome] = ()

    def parts(self) -> dict[str, list[RecordState]]:
        """Return the pairs in the parts of the index, the worst first in each."""
        parts: dict[str, list[RecordState]] = {part: [] for part in INDEX_PARTS}
        for state in sorted(self.states, key=_badness):
            parts[self._part(state)].append(state)
        return parts

    def _part(self, state: RecordState) -> str:
        if state.name in self.orphaned:
            return "Source is gone"
        if state.name in self.quarantined:
            return "Quarantined"
        if state.integrity is Integrity.EDITED:
            return "Edited by hand"
        if state.integrity is Integrity.INCOMPLETE or state.status is None:
            return "Incomplete"
        named = {
            Status.CHECKED: "Checked",
            Status.CLEAN: "Clean",
            Status.SKIPPED: "Skipped",
        }
        return named.get(state.status, "Needs review")


def index_counts(parts: Mapping[str, Sequence[RecordState]]) -> str:
    """Return how many articles there are of each kind, as one sentence."""
    counts = ", ".join(
        f"{len(parts[part])} {text}" for part, text in INDEX_PARTS.items() if parts[part]
    )
    total = sum(map(len, parts.values()))
    return f"{total} article{'s' * (total != 1)}: {counts or 'none yet'}."


def render_index(index: Index) -> str:
    """Return index.md: what needs somebody first, the worst on top; short, whatever there is."""
    parts = index.parts()
    text = [
        "# Translations and summaries",
        f"{index_counts(parts)} [Search, sort and filter all of them](index.html).",
    ]
    if index.notices:
        text.append(
            "\n".join(
                f"- **{escape_markdown(with_arrows(notice.text))}**" for notice in index.notices
            )
        )
    fallback = [state for state in index.states if state.fallback]
    if fallback:
        reasons = sorted({state.fallback_reason.rstrip(". ") for state in fallback} - {""})
        reason = f": {escape_markdown(with_arrows('; '.join(reasons)))}" if reasons else ""
        only_summary = all(state.fallback_parts == (SUMMARY_PART,) for state in fallback)
        instead = (
            "Their summaries' sentences are taken from the text as they are."
            if only_summary
            else "The small starter models translated instead. They are weak: expect errors."
        )
        text.append(
            f"> **⚠ {len(fallback)} of {len(index.states)} articles were made without the chosen"
            f" models{reason}.** {instead} These pairs are made again once the chosen models are"
            " there."
        )
    for part, group in parts.items():
        if group:
            most = _NUM_WORST if part in _NEEDS_SOMEBODY else _NUM_OTHERS
            text += [f"## {part}", _index_table(group[:most]), _more(len(group) - most)]
    text += _changed(index)
    return "\n\n".join(filter(None, text)) + "\n"


def _more(number: int) -> str:
    return f"… and {number} more in [index.html](index.html)." if number > 0 else ""


def _changed(index: Index) -> list[str]:
    """Return what the last run that had work wrote: how many and why, and the first of them."""
    written = [outcome for outcome in index.changed if outcome.action is Action.WRITE]
    if not written:
        return []
    reasons = Counter(reason for outcome in written for reason in outcome.reasons)
    why = ", ".join(f"{number} {escape_markdown(why)}" for why, number in reasons.most_common())
    states = {state.name: state for state in index.states}
    lines = []
    for outcome in written[:_NUM_OTHERS]:
        state = states.get(outcome.name, RecordState(outcome.name, Integrity.INCOMPLETE))
        title = escape_markdown(state.title or outcome.name)
        lines.append(f"- {title} ({', '.join(outcome.reasons)}) {_index_links(state)}".rstrip())
    head = f"The last run that had work wrote {len(written)}: {why}."
    return ["## Changed", head, "\n".join(lines), _more(len(written) - _NUM_OTHERS)]


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
    text = f"{count} files in the input folder are not read."
    if count == 1:
        text = "1 file in the input folder is not read."
    return "\n".join(["", "## Not read", "", text, "", table(("Type", "Files", "Names"), rows), ""])


def _badness(state: RecordState) -> tuple[int, int, int, str]:
    rank = {Status.FAILED: 0, Status.REVIEW: 1}.get(state.status or Status.CLEAN, 2)
    return rank, -state.num_summary_flagged, -state.num_flagged, state.name


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
    return " · ".join(f"[{kind}]({address})" for kind, address in file_addresses(state).items())


def file_addresses(state: RecordState) -> dict[str, str]:
    """Return the relative URLs of a pair's files by kind, as seen from the top of the output."""
    suffixes = [suffix for suffix in PAIR_FILES if kind_of(suffix) in state.files]
    if not suffixes and state.run_key:
        suffixes = [RECORD_SUFFIX]
    return {kind_of(suffix): quote(state.name + suffix) for suffix in suffixes}
