"""A page of pairs that were checked: what is doubtful first, in words, side by side."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

from seedsum.checks import badness, likely
from seedsum.evaluation.flagging import FlaggedPair, false_alarms, recall
from seedsum.output.exchange.article_page import lang_of, language_name, page, shown, warnings
from seedsum.records import UNDETERMINED

#: Pairs without a flag that are shown; a page of a large memory would not open.
_NUM_CLEAN_SHOWN = 2_000


def checked_page(flagged: Sequence[FlaggedPair], *, name: str, notes: Iterable[str] = ()) -> str:
    """Return a page, self-contained, of all pairs with flags, the worst first, and then the others.

    Pair 7 of the file has the address `#p7`. The notes say what was not checked.
    """
    numbered = list(enumerate(flagged, 1))
    wrong = [(n, item) for n, item in numbered if likely(item.flags)]
    possible = [(n, item) for n, item in numbered if item.flags and not likely(item.flags)]
    clean = [(n, item) for n, item in numbered if not item.flags]
    wrong.sort(key=lambda entry: badness(entry[1].flags), reverse=True)
    possible.sort(key=lambda entry: badness(entry[1].flags), reverse=True)
    parts = [
        f"<header>\n<h1>{shown(name)}: what is doubtful</h1>\n<p>{_counts(flagged)}</p>\n"
        + "".join(f"<p>{shown(note)}</p>\n" for note in notes)
        + f"{_judged(flagged)}</header>\n<main>",
        _codes(flagged),
        _part("Likely wrong", wrong),
        _part("Possibly wrong", possible),
        _folded(clean),
        "</main>",
    ]
    return page(f"{name}: what is doubtful", "\n".join(filter(None, parts)))


def _counts(flagged: Sequence[FlaggedPair]) -> str:
    num_likely = sum(bool(likely(item.flags)) for item in flagged)
    num_possible = sum(bool(item.flags) for item in flagged) - num_likely
    return (
        f"{len(flagged):,} pairs: {num_likely:,} likely wrong, {num_possible:,} possibly,"
        f" {len(flagged) - num_likely - num_possible:,} without a doubt"
    )


def _judged(flagged: Sequence[FlaggedPair]) -> str:
    if not any(item.pair.is_judged for item in flagged):
        return ""
    return (
        f"<p>Of the wrong pairs flagged: {shown(str(recall(flagged)))}. Of the right pairs"
        f" flagged: {shown(str(false_alarms(flagged)))}.</p>\n"
    )


def _codes(flagged: Sequence[FlaggedPair]) -> str:
    counts = Counter(code for item in flagged for code in {flag.code for flag in item.flags})
    if not counts:
        return ""
    shares = ", ".join(
        f"{shown(code)} {number:,}"
        for code, number in sorted(counts.items(), key=lambda entry: (-entry[1], entry[0]))
    )
    return f"<p>By kind: {shares}.</p>"


def _part(title: str, entries: Sequence[tuple[int, FlaggedPair]]) -> str:
    return f"<h2>{title}</h2>\n{_table(entries)}" if entries else ""


def _folded(entries: Sequence[tuple[int, FlaggedPair]]) -> str:
    if not entries:
        return ""
    more = len(entries) - _NUM_CLEAN_SHOWN
    left = f"\n<p>and {more:,} more</p>" if more > 0 else ""
    head = f"<details><summary>Without a doubt: {len(entries):,}</summary>"
    return f"{head}\n{_table(entries[:_NUM_CLEAN_SHOWN])}{left}\n</details>"


def _table(entries: Sequence[tuple[int, FlaggedPair]]) -> str:
    head = (
        '<thead><tr><th scope="col"><span class="sr">Pair</span></th><th scope="col">Source</th>'
        '<th scope="col">English</th></tr></thead>'
    )
    rows = "\n".join(_row(number, item) for number, item in entries)
    return f"<table>\n{head}\n<tbody>\n{rows}\n</tbody>\n</table>"


def _row(number: int, item: FlaggedPair) -> str:
    pair = item.pair
    id = "" if pair.id == number else f" {shown(str(pair.id))}"
    language = "" if pair.language == UNDETERMINED else language_name(pair.language)
    fault = f'<p class="said">known fault: {shown(pair.fault)}</p>' if pair.fault else ""
    return (
        f'<tr id="p{number}"><th scope="row"><a href="#p{number}">{number}</a>{id}<br>'
        f"{language}</th>"
        f"<td {lang_of(pair.language)}>{shown(pair.source)}</td>"
        f'<td lang="en" dir="auto">{shown(pair.translation)}{warnings(item.flags)}{fault}</td></tr>'
    )
