"""A comparison as one page that needs nothing else: figures, then what reads differently."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from seedsum.evaluation.compare import ComparedSegment, Comparison, SystemText
from seedsum.output.exchange.article_page import lang_of, page, shown, warnings
from seedsum.records import Fate

#: Sentences that are shown; a page of more is slow, and the JSON has them all.
MAX_SHOWN = 2_000

_TABLE = '<table class="compared">'


def comparison_page(comparison: Comparison) -> str:
    """Return the page; the same comparison gives the same text."""
    names = [profile.name for profile in comparison.profiles]
    different = [segment for segment in comparison.segments if segment.likeness < 1]
    same = [segment for segment in comparison.segments if segment.likeness == 1]
    title = " and ".join(names)
    body = [
        f"<header>\n<h1>{shown(title)}</h1>\n<p>{len(different)} of {len(comparison.segments)}"
        " sentences read differently; those that the checks judge differently come first.</p>\n"
        "</header>\n<main>",
        _figures(comparison),
        "<h2>Different</h2>",
        _table(different[:MAX_SHOWN], names),
        _more(len(different)),
        _summaries(comparison, names),
    ]
    if same:
        rows = _table(same[:MAX_SHOWN], names)
        body.append(f"<details><summary>{len(same)} are the same</summary>\n{rows}\n</details>")
    body += [f"<p>Left out: {shown(note)}</p>" for note in comparison.notes]
    body.append("</main>")
    return page(title, "\n".join(filter(None, body)))


def _more(number: int) -> str:
    return f"<p>{number - MAX_SHOWN} more: see the JSON.</p>" if number > MAX_SHOWN else ""


def _figures(comparison: Comparison) -> str:
    rows = [
        ("Models", ["<br>".join(map(shown, one.models)) for one in comparison.profiles]),
        (
            "Use",
            [
                '<b class="flags">NOT for commercial use</b>' if one.non_commercial else "free"
                for one in comparison.profiles
            ],
        ),
        ("A fault is likely", [str(one.num_flagged) for one in comparison.profiles]),
        ("A fault is possible", [str(one.num_possible) for one in comparison.profiles]),
        ("Failed", [str(one.num_failed) for one in comparison.profiles]),
    ]
    for metric in dict.fromkeys(score.name for one in comparison.profiles for score in one.scores):
        found = [
            next((score for score in one.scores if score.name == metric), None)
            for one in comparison.profiles
        ]
        rows.append(
            (
                shown(metric),
                [
                    f"{one.value:.2f} <small>{shown(one.signature)}</small>" if one else ""
                    for one in found
                ],
            )
        )
    head = "".join(f"<th>{shown(profile.name)}</th>" for profile in comparison.profiles)
    names = [profile.name for profile in comparison.profiles]
    lines = [f"<tr><th>{name}</th>{_cells(cells, names)}</tr>" for name, cells in rows]
    return (
        f"{_TABLE}\n<thead><tr><th></th>{head}</tr></thead>\n<tbody>\n"
        + "\n".join(lines)
        + ("\n</tbody>\n</table>")
    )


def _table(segments: Sequence[ComparedSegment], names: Sequence[str]) -> str:
    head = "".join(f"<th>{shown(name)}</th>" for name in names)
    rows = "\n".join(_row(segment, names) for segment in segments)
    return (
        f"{_TABLE}\n<thead><tr><th></th><th>Source</th>{head}</tr></thead>\n<tbody>\n{rows}\n"
        "</tbody>\n</table>"
    )


def _cells(cells: Sequence[str], names: Sequence[str]) -> str:
    """Return the cells of profiles, each with its name, which a narrow window shows."""
    return "".join(
        f'<td data-of="{shown(name)}">{cell}</td>' for cell, name in zip(cells, names, strict=True)
    )


def _row(segment: ComparedSegment, names: Sequence[str]) -> str:
    mark = "⚠ " * segment.is_judged_differently
    source = f"<td {lang_of(segment.language)}>{shown(segment.source)}{_reference(segment)}</td>"
    cells = _cells(["".join(_cell(text)) for text in segment.texts], names)
    return f'<tr id="{shown(segment.id)}"><th>{mark}{shown(segment.id)}</th>{source}{cells}</tr>'


def _reference(segment: ComparedSegment) -> str:
    if not segment.reference:
        return ""
    return f'<p class="from" lang="en">{shown(segment.reference)}</p>'


def _cell(text: SystemText) -> Iterator[str]:
    yield shown(text.text)
    if text.fate not in (Fate.TRANSLATED, Fate.PASSED):
        yield f'<p class="flags">{shown(text.fate)}</p>'
    yield warnings(text.flags)
    for name, score in text.scores:
        yield f'<p class="from">{shown(name)} {score:g}</p>'


def _summaries(comparison: Comparison, names: Sequence[str]) -> str:
    if not comparison.summaries:
        return ""
    head = "".join(f"<th>{shown(name)}</th>" for name in names)
    rows = "\n".join(
        f"<tr><th>{shown(one.document)}</th>"
        + _cells([shown(text) for text in one.texts], names)
        + "</tr>"
        for one in comparison.summaries
    )
    return (
        f"<h2>Summaries</h2>\n{_TABLE}\n<thead><tr><th></th>{head}</tr></thead>\n<tbody>\n{rows}\n"
        "</tbody>\n</table>"
    )
