"""What a run and its worker say to each other; all of it can be pickled."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from seedsum.errors import SeedsumError
from seedsum.pipeline.context import Context
from seedsum.records import Outcome, OutputPair, Task


@dataclass(frozen=True, slots=True)
class Window:
    """Documents that are translated together; numbers count up."""

    number: int
    tasks: Sequence[Task]


@dataclass(frozen=True, slots=True)
class Setup:
    """What a worker has to know before its first window.

    Attributes:
        cache_path: The cache's file; None to go without one.
        stdin: The bytes of the article that `-` stands for.
        max_memory_bytes: What the worker's process may take; None for no limit.
    """

    context: Context
    cache_path: Path | None = None
    stdin: bytes | None = None
    max_memory_bytes: int | None = None


@dataclass(frozen=True, slots=True)
class Alive:
    """Something went on; every other event says so too."""


@dataclass(frozen=True, slots=True)
class Said:
    """Something that a person should read now."""

    text: str


@dataclass(frozen=True, slots=True)
class SegmentsFound:
    """That many more segments are to be translated."""

    num_segments: int


@dataclass(frozen=True, slots=True)
class SegmentsDone:
    """That many segments are translated."""

    num_segments: int


@dataclass(frozen=True, slots=True)
class DocumentDone:
    """A document that is done, or has failed, and its pair, which is to be published."""

    outcome: Outcome
    pair: OutputPair


@dataclass(frozen=True, slots=True)
class WindowDone:
    """Every document of a window is done.

    Attributes:
        number: Of the window.
        documents: In the order of its tasks.
        seconds, counters: What was measured since the last window that was done.
    """

    number: int
    documents: tuple[DocumentDone, ...]
    seconds: Mapping[str, float]
    counters: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Stopped:
    """No document can be done: a model is missing, damaged, or does not fit into memory."""

    error: SeedsumError


@dataclass(frozen=True, slots=True)
class Broken:
    """Something went wrong between the documents; the worker is of no use any more."""

    message: str


Event = Alive | Broken | Said | SegmentsFound | SegmentsDone | WindowDone | Stopped
