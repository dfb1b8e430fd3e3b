"""What a run and its worker say to each other; all of it can be pickled."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from seedsum.errors import SeedsumError
from seedsum.pipeline.context import Context
from seedsum.records import Outcome, OutputPair, Task

#: The documents that are translated together.
Window = Sequence[Task]


@dataclass(frozen=True, slots=True)
class Setup:
    """What a worker has to know before its first window.

    Attributes:
        memory_path: The translation memory's file; None to go without one.
        stdin: The bytes of the article that `-` stands for.
        max_memory_bytes: What the worker's process may take; None for no limit.
    """

    context: Context
    memory_path: Path | None = None
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
    """A document is done, or has failed; its pair is to be published."""

    outcome: Outcome
    pair: OutputPair


@dataclass(frozen=True, slots=True)
class WindowDone:
    """Every document of the window has been reported.

    Attributes:
        seconds, counters: Of the worker's clock, since the window before.
    """

    seconds: Mapping[str, float]
    counters: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Stopped:
    """No document can be done: a model is missing, damaged, or does not fit into memory."""

    error: SeedsumError


Event = Alive | Said | SegmentsFound | SegmentsDone | DocumentDone | WindowDone | Stopped
