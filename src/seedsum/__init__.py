"""seedsum: translate and summarise folders of articles, with provenance for every sentence.

The public API. `run` and `plan` are what the command calls; the other functions are single stages,
for pipelines of your own. Importing this package imports nothing heavy: names load on first use.

    >>> import seedsum
    >>> report = seedsum.run(["input/"], output="output")   # doctest: +SKIP
    >>> report.exit_code                                    # doctest: +SKIP
    0
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

__version__ = "0.2.0"

if TYPE_CHECKING:
    from seedsum.checks import check_segment
    from seedsum.config import load_settings
    from seedsum.evaluation.verification import verify
    from seedsum.output.rendering import render
    from seedsum.pipeline.batches import translate_batch
    from seedsum.pipeline.forgetting import Forgotten, forget
    from seedsum.pipeline.monitoring import history
    from seedsum.pipeline.options import RunOptions
    from seedsum.pipeline.pruning import prune
    from seedsum.pipeline.run import detect, needs_review, plan, retry, run
    from seedsum.reading import read_document
    from seedsum.reading.detection import detect as detect_languages
    from seedsum.reading.roles import classify
    from seedsum.reading.segmentation import rejoin, segment, split_long
    from seedsum.records import Document, Outcome, Result, RunReport, Summary, Task
    from seedsum.summaries import summarise

#: Where the public names are; `detect_languages` has another name there.
_MODULES = {
    "seedsum.checks": ("check_segment",),
    "seedsum.config": ("load_settings",),
    "seedsum.evaluation.verification": ("verify",),
    "seedsum.output.rendering": ("render",),
    "seedsum.pipeline.batches": ("translate_batch",),
    "seedsum.pipeline.forgetting": ("Forgotten", "forget"),
    "seedsum.pipeline.monitoring": ("history",),
    "seedsum.pipeline.options": ("RunOptions",),
    "seedsum.pipeline.pruning": ("prune",),
    "seedsum.pipeline.run": ("detect", "needs_review", "plan", "retry", "run"),
    "seedsum.reading": ("read_document",),
    "seedsum.reading.detection": ("detect_languages",),
    "seedsum.reading.roles": ("classify",),
    "seedsum.reading.segmentation": ("rejoin", "segment", "split_long"),
    "seedsum.records": ("Document", "Outcome", "Result", "RunReport", "Summary", "Task"),
    "seedsum.summaries": ("summarise",),
}
_PUBLIC = {name: module for module, names in _MODULES.items() for name in names}

__all__ = [  # noqa: RUF022 - in the order in which a reader meets them
    "run", "plan", "RunOptions", "detect", "needs_review", "history", "retry", "prune", "forget",
    "translate_batch",
    "verify", "load_settings", "read_document", "classify", "detect_languages", "segment",
    "split_long", "rejoin", "check_segment", "summarise", "render", "Document", "Task", "Summary",
    "Result", "Outcome", "RunReport", "Forgotten", "__version__",
]  # fmt: skip


def __getattr__(name: str) -> Any:
    """Load a public name on first use (PEP 562)."""
    if name not in _PUBLIC:
        raise AttributeError(f"module 'seedsum' has no attribute {name!r}")
    attribute = "detect" if name == "detect_languages" else name
    value = getattr(import_module(_PUBLIC[name]), attribute)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
