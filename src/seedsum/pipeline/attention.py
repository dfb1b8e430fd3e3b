"""What a run leaves for a person: each said in one line, also where the run is quiet.

Pure. Silence means that nothing of this is so.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from seedsum.records import Notice, NotRead, Task
from seedsum.settings import NOTICES

_MAX_NAMES = 3
_SPECIAL_TYPES = {"": "without an extension", "link": "links that are not followed"}
#: Fewer articles than that come and go without anybody being told.
_MIN_LOST = 3


@dataclass(frozen=True, slots=True)
class Edited:
    """What became of files that were edited by hand.

    Attributes:
        taken_in: Number of sentences that the run has taken in, by article.
        copies: Names of the files that are kept beside their pairs.
        waiting: Why edited pairs were left as they are, by article.
    """

    taken_in: Mapping[str, int] = field(default_factory=dict)
    copies: Sequence[str] = ()
    waiting: Mapping[str, str] = field(default_factory=dict)


_NOT_EDITED = Edited()


def notices(
    tasks: Sequence[Task],
    *,
    num_sources: int,
    num_before: int | None,
    max_lost_share: float,
    unread: Sequence[NotRead],
    stale: Mapping[str, int],
    fallback: str,
    edited: Edited = _NOT_EDITED,
) -> tuple[Notice, ...]:
    """Return what needs somebody, in the order of `NOTICES`.

    Args:
        tasks: Of the run.
        num_sources: Articles in the input folders.
        num_before: The same at the last run, 0 for the first; None where no folder was given.
        max_lost_share: Of those that may be gone since then.
        unread: Files that are of no type that is read.
        stale: Reviewed sentences that have changed since, by article.
        fallback: What is done without the chosen models, and why; empty where nothing is.
        edited: What became of files that were edited by hand.
    """
    found = {
        notice.code: notice
        for notice in (
            *_of_input(num_sources, num_before, max_lost_share),
            *_of_tasks(tasks, is_empty=num_sources == 0 and num_before is not None),
            *_of_files(unread),
            *_of_edits(edited),
            *_of_stale(stale),
        )
    }
    if fallback:
        found["fallback"] = Notice("fallback", 1, f"{fallback}; 'seedsum doctor' says what to do")
    return tuple(found[code] for code in NOTICES if code in found)


def _of_input(num_sources: int, num_before: int | None, max_share: float) -> Iterator[Notice]:
    if num_before is None:
        return
    if not num_sources:
        before = f"; at the last run there were {num_before:,}" if num_before else ""
        yield Notice("empty-input", 1, f"the input holds no article{before} (is the disk mounted?)")
        return
    num_lost = num_before - num_sources
    if num_lost >= max(_MIN_LOST, max_share * num_before):
        yield Notice(
            "shrunk-input",
            num_lost,
            f"the input holds {num_sources:,} articles, {num_lost:,} fewer than before; if that is"
            " right, 'seedsum prune' takes note of it",
        )


#: What is said of one, and of several.
_OF_TASKS = {
    "quarantined": (
        "1 article failed too often and is left alone until something changes: {}; 'seedsum status'"
        " says why, 'seedsum retry' has it tried again",
        "{:,} articles failed too often and are left alone until something changes: {}; 'seedsum"
        " status' says why, 'seedsum retry' has them tried again",
    ),
    "backing-off": (
        "1 article failed and is tried again later: {}; 'seedsum status' says why",
        "{:,} articles failed and are tried again later: {}; 'seedsum status' says why",
    ),
    "over-limit": (
        "1 article is left for a later run (--limit): {}",
        "{:,} articles are left for a later run (--limit): {}",
    ),
    "growing": (
        "1 article is still being written and left for the next run: {}",
        "{:,} articles are still being written and left for the next run: {}",
    ),
    "orphaned": (
        "1 pair has no source any more: {}; 'seedsum prune' removes it",
        "{:,} pairs have no source any more: {}; 'seedsum prune' removes them",
    ),
}


#: Beside an empty input nobody is told to prune: it is more likely a disk that is not mounted.
_ORPHANED_BY_AN_EMPTY_INPUT = ("1 pair has no source: {}", "{:,} pairs have no source: {}")


def _of_tasks(tasks: Iterable[Task], *, is_empty: bool) -> Iterator[Notice]:
    by_reason: dict[str, list[str]] = {}
    for task in tasks:
        if task.reasons and task.reasons[0] in _OF_TASKS:
            by_reason.setdefault(task.reasons[0], []).append(task.name)
    for reason, names in by_reason.items():
        is_everything = is_empty and reason == "orphaned"
        one, many = _ORPHANED_BY_AN_EMPTY_INPUT if is_everything else _OF_TASKS[reason]
        number, shown = len(names), listed(names)
        yield Notice(
            reason, number, one.format(shown) if number == 1 else many.format(number, shown)
        )


def _of_stale(stale: Mapping[str, int]) -> Iterator[Notice]:
    if not stale:
        return
    number = sum(stale.values())
    sentences = "sentences have" if number > 1 else "sentence has"
    text = f"{number:,} reviewed {sentences} changed since: {listed(sorted(stale))}"
    yield Notice("stale", number, text)


def _of_edits(edited: Edited) -> Iterator[Notice]:
    parts: list[str] = []
    if number := sum(edited.taken_in.values()):
        sentences = "sentences that were" if number > 1 else "sentence that was"
        text = f"took in {number:,} {sentences} edited by hand: {listed(edited.taken_in)}"
        yield Notice("taken-in", number, text)
    if number := len(edited.copies):
        files = (
            "files are kept beside their pairs" if number > 1 else "file is kept beside its pair"
        )
        theirs = "them" if number > 1 else "it"
        parts.append(
            f"{number:,} edited {files}, since not all in {theirs} are sentences of the article:"
            f" {listed(edited.copies)}; compare {theirs} with the pair, then remove {theirs}"
        )
    if number := len(edited.waiting):
        pairs = (
            "pairs were edited by hand, and are"
            if number > 1
            else "pair was edited by hand, and is"
        )
        shown = [f"{name} ({why})" if why else name for name, why in edited.waiting.items()]
        parts.append(
            f"{number:,} {pairs} left as {'they are' if number > 1 else 'it is'}: {listed(shown)}"
        )
    if parts:
        number = len(edited.copies) + len(edited.waiting)
        yield Notice("edited", number, "; ".join(parts))


def _of_files(unread: Sequence[NotRead]) -> Iterator[Notice]:
    if not unread:
        return
    number = sum(entry.count for entry in unread)
    files = "files are" if number > 1 else "file is"
    text = f"{number:,} {files} not read: {by_type(unread)}; types that nobody needs to be told of"
    yield Notice("unread-files", number, f"{text} go into [run] ignore of models.toml")


def by_type(unread: Iterable[NotRead]) -> str:
    """Return how many files of each type there are, and what the first few are called."""
    parts = []
    for entry in unread:
        names = ", ".join(entry.names[:_MAX_NAMES]) + ", …" * (entry.count > _MAX_NAMES)
        type = _SPECIAL_TYPES.get(entry.type, entry.type)
        parts.append(f"{entry.count:,} {type} ({names})")
    return "; ".join(parts)


def listed(names: Collection[str]) -> str:
    """Return the first names, and how many more there are."""
    shown = list(names)[:_MAX_NAMES]
    more = len(names) - len(shown)
    return ", ".join(shown) + (f" and {more:,} more" if more else "")
