"""What a run and its worker say to each other; all of it can be pickled."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from seedsum.output.publishing import Taken
from seedsum.pipeline.context import Context
from seedsum.records import Outcome, OutputPair, Task
from seedsum.reviews import Judged


class WorkerLost(Exception):  # noqa: N818 - it is caught, and becomes a document's failure
    """The worker can do no more, or shows no sign of life; says how."""


@dataclass(frozen=True, slots=True)
class Window:
    """Documents that are translated together; numbers count up."""

    number: int
    tasks: Sequence[Task]
    judged: Mapping[str, Judged] = field(default_factory=dict)  # by name, of those that were
    #: What whoever publishes them has to know: documents whose pair stays where they fail now, and
    #: edited files that may be replaced.
    stays: frozenset[str] = frozenset()
    taken: Mapping[str, Taken] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Setup:
    """What a worker has to know before its first window."""

    context: Context
    cache_path: Path | None = None  # None to go without one
    stdin: bytes | None = None  # the article that `-` stands for
    max_memory_bytes: int | None = None  # of the worker's process
    output: Path | str | None = None  # where pairs are whose translations are kept


@dataclass(frozen=True, slots=True)
class Alive:
    """Something went on, which every event says; that many more segments are found, or done."""

    num_found: int = 0
    num_done: int = 0
    num_bytes: int = 0  # of the sources that hold what is found


@dataclass(frozen=True, slots=True)
class Said:
    """Something that a person should read now."""

    text: str


@dataclass(frozen=True, slots=True)
class DocumentDone:
    """A document that is done, or has failed, and its pair, which is to be published."""

    outcome: Outcome
    pair: OutputPair


@dataclass(frozen=True, slots=True)
class WindowDone:
    """Every document of a window is done; with what was measured since the last one that was."""

    number: int
    documents: tuple[DocumentDone, ...]  # in the order of the window's tasks
    seconds: Mapping[str, float]
    counters: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class WindowPublished:
    """As `WindowDone`, where the worker has published the pairs itself."""

    number: int
    outcomes: tuple[Outcome, ...]
    unwritten: Mapping[str, Outcome]  # by name, of pairs that could not be written
    seconds: Mapping[str, float]
    counters: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Lost:
    """The worker is gone, or shows no sign of life; says how."""

    message: str
    #: Whether a document may have done it; else its machine went, say, or somebody ended it.
    by_document: bool = True


@dataclass(frozen=True, slots=True)
class Stopped:
    """No document can be done (a model is missing, say), or the worker is of no use any more."""

    error: Exception


Event = Alive | Said | WindowDone | WindowPublished | Lost | Stopped
