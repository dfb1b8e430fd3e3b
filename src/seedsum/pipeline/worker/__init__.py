"""The work of a run in a process of its own, so that no document can take the run down with it.

A document that hangs, crashes a library or takes all memory costs the worker's process; the run
starts another, does the others, and reports the one. The run itself never touches a document's
content: it plans, publishes what the worker made, and keeps the records. Reading the next window,
decoding this one and writing the last go on at the same time.

`Workshop` does the work, `WorkerProcess` is it in another process, `messages` is what they say to
each other. Neighbours: `supervision` feeds it and publishes, `window` has the stages. Importing
this module imports no `workshop`, and so none of the stages: the run starts its worker at once.
"""

from __future__ import annotations

from seedsum.pipeline.worker.messages import (
    Alive,
    DocumentDone,
    Event,
    Said,
    SegmentsDone,
    SegmentsFound,
    Setup,
    Stopped,
    Window,
    WindowDone,
)
from seedsum.pipeline.worker.process import WorkerLost, WorkerProcess

__all__ = [
    "Alive",
    "DocumentDone",
    "Event",
    "Said",
    "SegmentsDone",
    "SegmentsFound",
    "Setup",
    "Stopped",
    "Window",
    "WindowDone",
    "WorkerLost",
    "WorkerProcess",
]
