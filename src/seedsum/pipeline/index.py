"""The index of an output folder when a run ends: made of what, and whether it still holds."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from urllib.parse import quote

from seedsum import output as store
from seedsum.output.places import is_address
from seedsum.pipeline.sources import Listing
from seedsum.records import Action, Notice, Outcome, RecordState, Task


def is_whole(output: store.Where, listing: Listing, states: Mapping[str, RecordState]) -> bool:
    """Return whether index and page of these pairs are there, with the files that are not read."""
    place = store.place_of(output)
    index = place.read("index.md")
    if index is None:
        return not states
    if place.entry("index.html") is None:
        return False
    if not listing.whole_folder:
        return True
    if not listing.not_read:
        return b"\n## Not read\n" not in index
    from seedsum.output.rendering import render_not_read

    return index.endswith(render_not_read(listing.not_read).encode())


def last_changed(output: store.Where) -> list[Outcome]:
    """Return what the last run that had work wrote; nothing where its report is gone."""
    for report in store.run_reports(output):
        return [
            Outcome(entry["name"], Action.WRITE, tuple(entry["reasons"]))
            for entry in report.get("outcomes", ())
            if entry.get("action") == Action.WRITE
        ]
    return []


def write(
    output: store.Where,
    tasks: Sequence[Task],
    left: Sequence[Notice],
    *,
    states: Mapping[str, RecordState],
    quarantined: Mapping[str, str],
    listing: Listing,
    changed: Sequence[Outcome],
) -> None:
    """Write both index files of the pairs that are there, unless they say the same already.

    Args:
        output: The folder of the pairs.
        tasks: What there was to do, also of what was left.
        left: What the run leaves for a person.
        states: The pairs that are there, by name.
        quarantined: Why articles failed too often, by name.
        listing: What is in the input.
        changed: What the last run that had work wrote.
    """
    where = _addresses(tasks, output=output)
    shown = [
        replace(
            state,
            address=where.get(name, ""),
            reasons=(quarantined[name],) if name in quarantined else state.reasons,
        )
        for name, state in states.items()
    ]
    from seedsum.output.rendering import Index, render_index, render_index_pages, render_not_read

    orphaned = {task.name for task in tasks if task.reasons == ("orphaned",)}
    index = Index(shown, orphaned, quarantined.keys(), left, changed)
    text = render_index(index)
    if listing.whole_folder:
        text += render_not_read(listing.not_read)
    else:  # single files say nothing of the folder: what the index says of it stays
        before = (store.place_of(output).read("index.md") or b"").decode("utf-8", "replace")
        _, heading, rest = before.partition("\n## Not read\n")
        text += heading + rest
    store.write_index(output, text, pages=render_index_pages(index))


def _addresses(tasks: Iterable[Task], *, output: store.Where) -> dict[str, str]:
    """Return where the sources' files lie, as relative URLs from the output, by name.

    Left out are those that lie on this machine while the output is in a store, or the other way.
    """
    place = store.place_of(output)
    base = os.path.realpath(place.folder) if place.folder else place.show()
    real: dict[str, str] = {}
    found = {}
    for task in tasks:
        if task.source is not None and task.source.path is not None:
            folder, name = os.path.split(task.source.path)
            if is_address(folder) == bool(place.folder):
                continue  # one is on this machine, and the other is not
            if folder not in real:
                there = os.path.realpath(folder) if place.folder else folder
                real[folder] = os.path.relpath(there, base)
            found[task.name] = quote(os.fsencode(f"{real[folder]}/{name}"))
    return found
