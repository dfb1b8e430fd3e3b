"""What a run has to do: sources and existing pairs -> tasks, each with its reasons.

Pure: the dry run is the real run up to here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime, timedelta
from types import MappingProxyType
from typing import TYPE_CHECKING

from seedsum.pipeline.keys import changed_parts
from seedsum.records import (
    FORMAT_VERSION,
    SUMMARY_PART,
    Action,
    Failure,
    Integrity,
    KeyParts,
    RecordState,
    Source,
    Status,
    Task,
)

if TYPE_CHECKING:
    from seedsum.pipeline.hand_edits import HandEdit

#: A document that failed that often in a row waits until something changes: what passes by itself
#: (memory, a file being written) has passed by the third run, the rest needs a person.
MAX_FAILURES = 3

_LONG_AGO = datetime.min.replace(tzinfo=UTC)

#: How long a document waits after its first and its second failure in a row. The first retry comes
#: with the next run, since most of what passes (a file being written) has passed by then; an hourly
#: job gives the last one an hour more.
BACK_OFF_SECONDS = (0, 3600)

#: Part of the key -> reason to redo.
_REASONS: Mapping[str, str] = {
    "source": "source-changed",
    "models": "model-changed",
    "options": "options-changed",
    "format": "format-changed",
    "reviews": "reviewed",
    "summary": "model-changed",
}

#: Gives the key parts that a pair would get now, without reading its document.
ExpectedKey = Callable[[Source, RecordState], KeyParts]


def plan(
    sources: Iterable[Source],
    records: Mapping[str, RecordState],
    *,
    expected_key: ExpectedKey,
    force: bool = False,
    limit: int | None = None,
    report_orphans: bool = False,
    failures: Mapping[str, Failure] = MappingProxyType({}),
    conditions: str = "",
    now: datetime = _LONG_AGO,
    edits: Mapping[str, HandEdit] = MappingProxyType({}),
) -> tuple[Task, ...]:
    """Return one task for each source, in their order, then one for each orphan, sorted by name.

    A pair that a person edited is made again where what was changed in it can be taken in or kept
    (`edits`, by name), and else left, also with `force`. Where `limit` leaves something
    over, documents that failed before are the first to wait: a few that always fail must not keep
    all others from being done.

    What failed `MAX_FAILURES` times in a row with this source and under these conditions is left,
    unless forced; what failed less often is left while it backs off. Before its failure (a clock
    that was set back) nothing waits.

    Sources have distinct names; records and failures are by name. With `report_orphans`, `sources`
    is the whole folder, so that a pair without a source is an orphan.
    """
    tasks = [
        _task(
            source,
            records.get(source.name),
            expected_key=expected_key,
            force=force,
            edit=edits.get(source.name),
        )
        for source in sources
    ]
    if not force:
        tasks = [
            _unless_failed(task, failures.get(task.name), conditions=conditions, now=now)
            for task in tasks
        ]
    if limit is not None:
        tasks = _limited(tasks, limit)
    if report_orphans:
        names = {task.name for task in tasks}
        # What is in a file that is being written is not known yet.
        growing = tuple(f"{task.name}/" for task in tasks if task.reasons == ("growing",))
        tasks += [
            Task(name=name, action=Action.LEAVE, reasons=("orphaned",))
            for name in sorted(records.keys() - names)
            if not name.startswith(growing)
        ]
    return tuple(tasks)


def _task(
    source: Source,
    state: RecordState | None,
    *,
    expected_key: ExpectedKey,
    force: bool,
    edit: HandEdit | None,
) -> Task:
    if source.growing:
        return Task(source.name, Action.LEAVE, ("growing",), source)
    message = ""
    reasons: tuple[str, ...] = ()
    if state is not None and state.integrity is Integrity.EDITED:
        message = str(edit) if edit else ""
        if edit is None or edit.waits:
            return Task(source.name, Action.LEAVE, ("edited",), source, message)
        reasons = ("edited", *(("reviewed",) if edit.reviews else ()))
    others = _reasons(source, state, expected_key=expected_key)
    reasons += tuple(reason for reason in others if reason not in reasons)
    if force:
        reasons = ("forced", *reasons)
    action = Action.WRITE if reasons else Action.LEAVE
    keeps = (
        state is not None
        and state.key_parts is not None
        and reasons in (("fallback",), ("model-changed",))
        and changed_parts(state.key_parts, expected_key(source, state)) == ("summary",)
    )
    return Task(
        source.name,
        action,
        reasons or ("current",),
        source,
        message,
        keeps_translation=keeps,
    )


def _unless_failed(task: Task, failure: Failure | None, *, conditions: str, now: datetime) -> Task:
    """Return the task, or leaving it where it failed too often or too lately as it is."""
    if task.action is not Action.WRITE or failure is None:
        return task
    if not _is_same(failure, task, conditions=conditions):
        return task
    if failure.num_failures >= MAX_FAILURES:
        return Task(task.name, Action.LEAVE, ("quarantined",), task.source, failure.message)
    last = datetime.fromisoformat(failure.last)
    until = last + timedelta(seconds=BACK_OFF_SECONDS[failure.num_failures - 1])
    if last <= now < until:
        message = f"{failure.message}; tried again after {until.isoformat(timespec='seconds')}"
        return Task(task.name, Action.LEAVE, ("backing-off",), task.source, message)
    return task


def count_failure(
    failures: dict[str, Failure], task: Task, *, conditions: str, message: str, when: str
) -> Failure:
    """Put a document's failure in, counted on from the earlier one where nothing has changed."""
    earlier = failures.get(task.name)
    if earlier and not _is_same(earlier, task, conditions=conditions):
        earlier = None
    failures[task.name] = Failure(
        source_sha256=task.source.sha256 if task.source else "",
        conditions=conditions,
        num_failures=earlier.num_failures + 1 if earlier else 1,
        message=message,
        first=earlier.first if earlier else when,
        last=when,
    )
    return failures[task.name]


def _is_same(failure: Failure, task: Task, *, conditions: str) -> bool:
    """Return whether a document would be tried with what it has failed with before."""
    same_source = task.source is not None and failure.source_sha256 == task.source.sha256
    return same_source and failure.conditions == conditions


def _reasons(
    source: Source, state: RecordState | None, *, expected_key: ExpectedKey
) -> tuple[str, ...]:
    """Return why the document has to be done, the main reason first; nothing if it is current."""
    if state is None:
        return ("new",)
    reasons = ["failed-before"] if state.status is Status.FAILED else []
    if state.integrity is Integrity.INCOMPLETE or state.key_parts is None:
        return tuple(reasons) or ("incomplete",)
    if source.error:
        # The source cannot be read now, so a pair of an earlier state of it is out of date.
        return (*reasons, "source-changed")
    changed = changed_parts(state.key_parts, expected_key(source, state))
    if state.format_version != FORMAT_VERSION:  # the other hashes are of other things
        changed = tuple(part for part in changed if part in ("source", "format"))
    fell_back = _fell_back(state)
    if "models" in fell_back.intersection(changed):
        fell_back.add("options")  # those of decoding are the model's
    known = {**_REASONS, **dict.fromkeys(fell_back, "fallback")}
    return tuple(dict.fromkeys((*reasons, *(known[part] for part in changed))))


def _fell_back(state: RecordState) -> set[str]:
    """Return the parts of the key that stand for what the chosen models did not make."""
    if not state.fallback:
        return set()
    routes = set(state.fallback_parts) - {SUMMARY_PART}
    both = {"summary"} if SUMMARY_PART in state.fallback_parts else set()
    return both | {"models"} if routes or not state.fallback_parts else both


def _limited(tasks: list[Task], limit: int) -> list[Task]:
    """Return the tasks with all but `limit` writes turned into leaving them for a later run."""
    writes = [number for number, task in enumerate(tasks) if task.action is Action.WRITE]
    writes.sort(key=lambda number: "failed-before" in tasks[number].reasons)
    over = set(writes[max(limit, 0) :])
    return [
        Task(task.name, Action.LEAVE, ("over-limit",), task.source) if number in over else task
        for number, task in enumerate(tasks)
    ]
