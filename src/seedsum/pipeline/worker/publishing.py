"""What a worker has made of a window goes into the output: by the run, or where the worker is."""

from __future__ import annotations

from collections.abc import Iterable

from seedsum import output as store
from seedsum.errors import EditedError
from seedsum.output.places import Place
from seedsum.pipeline.worker.messages import DocumentDone, Window
from seedsum.records import Action, Outcome, Status


def publish_window(
    output: Place, window: Window, documents: Iterable[DocumentDone]
) -> dict[str, Outcome]:
    """Publish what was made, failures too, so that the index shows them.

    Returns what became of those that could not be written, by name.

    Raises:
        LockedError: The output is another run's by now.
    """
    pairs = [
        one.pair
        for one in documents
        if one.outcome.status is not Status.FAILED or one.pair.name not in window.stays
    ]
    reasons = {task.name: task.reasons for task in window.tasks}
    failures = store.publish_all(output, pairs, taken=window.taken)
    return {name: _unwritten(name, reasons[name], why) for name, why in failures.items()}


def _unwritten(name: str, reasons: tuple[str, ...], failure: Exception) -> Outcome:
    if isinstance(failure, EditedError):  # what a person has just saved is for the next run
        message = f"{failure}; the next run takes it in"
        return Outcome(name, Action.LEAVE, ("edited",), message=message)
    message = f"cannot be written: {failure}"
    return Outcome(name, Action.WRITE, reasons, Status.FAILED, message=message)
