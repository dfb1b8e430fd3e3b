"""Pairs, index and run reports into the output, each at once or not at all."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import chain, count
from types import MappingProxyType
from typing import Any

from seedsum.errors import DocumentError, EditedError, LockedError, SeedsumError
from seedsum.files import sha256_bytes
from seedsum.output.names import kept_copy, pair_file
from seedsum.output.pairs import PAIR_FILES, RECORD_SUFFIX
from seedsum.output.places import Content, Entry, Place, Where, place_of
from seedsum.output.seal import is_sealed
from seedsum.records import Outcome, OutputPair, RunReport


@dataclass(frozen=True, slots=True)
class Taken:
    """An edited file whose changed sentences are in the reviews, so that it may be replaced."""

    sha256: str  # of what was taken in: not of what a person has saved since
    keep: bool  # a copy stays beside it, since not all of it is sentences


_NOTHING_TAKEN: Mapping[str, Taken] = MappingProxyType({})


def publish(
    output: Where, pair: OutputPair, *, taken: Mapping[str, Taken] = _NOTHING_TAKEN
) -> None:
    """Write a pair so that at every instant it is complete, or absent, or seen not to be whole.

    Files of an earlier pair that this one lacks are removed. See `Place.write_pair`. An edited file
    is replaced only if it is what was taken in.

    Raises:
        EditedError: A file in the way is not ours, or was edited since; nothing is changed then.
        DocumentError: The folder leads out of the output; nothing is changed then.
        LockedError: Another run has taken the output over; nothing is changed then.
        OSError: The disk is full, not writable, ...; what was there before is still there, or is
            seen to be incomplete.
    """
    place = place_of(output)
    texts = {pair_file(pair.name, suffix): pair.files.get(suffix) for suffix in PAIR_FILES}
    record = pair_file(pair.name, RECORD_SUFFIX)
    before: dict[str, Content] = {}
    for name in texts:
        try:
            found = place.content(name)
        except IsADirectoryError:
            found = Content(b"")
        if found is None:
            continue
        is_taken = name in taken and taken[name].sha256 == sha256_bytes(found.data)
        if not (is_taken or is_sealed(found.data)):
            raise EditedError(
                f"{pair.name}: {place.show(name)} was edited, or is not from seedsum, and was left"
                " as it is"
            )
        before[name] = found
    for name, found in before.items():
        if name in taken and taken[name].keep:
            _keep(place, name, found.data)
    data = {name: text if text is None else text.encode() for name, text in texts.items()}
    try:
        place.write_pair(data, (record, pair.record.encode()), before=before)
    except DocumentError as error:
        raise type(error)(f"{pair.name}: {error}") from error


def _keep(place: Place, name: str, data: bytes) -> None:
    """Write a copy of an edited file, unless there is one."""
    for number in count(1):
        copy = kept_copy(name, number)
        there = place.read(copy)
        if there is None:
            place.write(copy, data, durable=True)
        if there in (None, data):
            return


#: Pairs published at the same time. Syncing waits for the disk, and the file system joins what
#: waits together.
_NUM_PUBLISHERS = 4


def publish_all(
    output: Where, pairs: Iterable[OutputPair], *, taken: Mapping[str, Taken] = _NOTHING_TAKEN
) -> dict[str, Exception]:
    """Publish pairs with distinct names, several at a time; return what failed, by name.

    One that fails does not stop the others. See `publish`.

    Raises:
        LockedError: Another run has taken the output over.
    """

    failed: dict[str, Exception] = {}

    def publish_one(pair: OutputPair) -> None:
        try:
            publish(place, pair, taken=taken)
        except LockedError:  # no document's fault, and of the others none can be written either
            raise
        except (SeedsumError, OSError) as error:
            failed[pair.name] = error

    place = place_of(output)
    num_at_once = max(_NUM_PUBLISHERS, place.num_at_once)
    with ThreadPoolExecutor(num_at_once, thread_name_prefix="publishing") as pool:
        list(pool.map(publish_one, pairs))
    return failed


def write_index(output: Where, text: str, *, pages: Iterable[tuple[str, str]] = ()) -> None:
    """Write `index.md`, and the pages by their names, where they do not say the same already.

    Pages that are no more are removed.
    """
    place = place_of(output)
    num_pages = -1  # without index.md
    for name, content in chain(pages, [("index.md", text)]):
        num_pages += 1
        data = content.encode()
        if place.read(name) != data:
            place.write(name, data)
    number = num_pages + 1
    while number > 1 and place.entry(old := f"index-{number}.html"):
        place.delete(old)
        number += 1


#: The folder of the run reports, in the output.
_REPORTS = "runs"


def write_run_report(output: Where, report: RunReport, *, keep: int = 0) -> str:
    """Write a run's report to `runs/<run id>.json` and return that name.

    Only the newest `keep` reports stay; 0 for all.
    """
    place = place_of(output)
    name = f"{_REPORTS}/{report.run_id}.json"
    place.write(name, _report_bytes(report))
    for old in old_run_reports(place, keep=keep):
        place.delete(old)
    return name


#: Of more that were current, a report has their number: those of a million have 300 MB, in each of
#: a thousand reports.
_MAX_CURRENT = 10_000


def _report_bytes(report: RunReport) -> bytes:
    """Return a report as JSON, each outcome by itself: as objects, all took three times as much."""
    outcomes: Sequence[Outcome] = report.outcomes
    others = tuple(outcome for outcome in outcomes if outcome.reasons != ("current",))
    more: dict[str, int] = {}
    if (num_current := len(outcomes) - len(others)) > _MAX_CURRENT:
        outcomes, more = others, {"num_current": num_current}
    rest = {**dataclasses.asdict(dataclasses.replace(report, outcomes=())), **more}
    # No text within JSON has a new line: the first that begins so is the list's.
    before, empty, after = _json(rest, indent="").partition(b'\n "outcomes": []')
    data = bytearray(before + empty.removesuffix(b"]"))
    for number, outcome in enumerate(outcomes):
        data += b",\n  " if number else b"\n  "
        data += _json(dataclasses.asdict(outcome), indent="  ")
    data += b"\n ]" if outcomes else b"]"
    return bytes(data + after + b"\n")


def _json(value: Mapping[str, Any], *, indent: str) -> bytes:
    text = json.dumps(value, ensure_ascii=False, indent=1).replace("\n", f"\n{indent}")
    return text.encode("utf-8", "backslashreplace")


def old_run_reports(output: Where, *, keep: int) -> list[str]:
    """Return the reports beyond the newest `keep`, oldest first; none where 0 keeps all."""
    return _reports(place_of(output))[:-keep] if keep else []


def _reports(place: Place) -> list[str]:
    """Return the run reports, oldest first; of runs that began in one second as they were written.

    A name begins with the second in which its run began.
    """

    def age(entry: Entry) -> tuple[str, int]:
        return entry.name.partition("-")[0], entry.mtime_ns

    return [entry.name for entry in sorted(place.entries(_REPORTS, suffixes=(".json",)), key=age)]


def run_reports(output: Where) -> Iterator[dict[str, Any]]:
    """Yield the run reports as their JSON objects, the newest first; what is torn is left out."""
    place = place_of(output)
    for name in reversed(_reports(place)):
        try:
            report = json.loads(place.read(name) or b"")
        except (OSError, ValueError):
            continue
        if isinstance(report, dict) and {"run_id", "started", "exit_code"} <= report.keys():
            yield report
