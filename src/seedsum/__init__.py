"""seedsum: translate and summarise folders of articles, with provenance for every sentence.

The public API. `run` and `plan` are what the command calls; the stage functions are there for
one's own pipelines. Importing this package imports nothing heavy: names are loaded on first use.

    >>> import seedsum
    >>> report = seedsum.run(["input/"], output="output")   # doctest: +SKIP
    >>> report.exit_code                                    # doctest: +SKIP
    0
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

__version__ = "0.2.0.dev0"

if TYPE_CHECKING:
    from seedsum.checks import check_segment
    from seedsum.config import load_settings
    from seedsum.engines.batches import translate_texts
    from seedsum.evaluation.verification import verify
    from seedsum.output.rendering import render
    from seedsum.pipeline.monitoring import history
    from seedsum.pipeline.options import RunOptions
    from seedsum.pipeline.run import detect, needs_review, plan, retry, run
    from seedsum.reading import read_document
    from seedsum.reading.detection import detect as detect_languages
    from seedsum.reading.roles import classify
    from seedsum.reading.segmentation import rejoin, segment, split_long
    from seedsum.records import Document, Outcome, RunReport, Summary, Task
    from seedsum.summaries import summarise

#: Public name -> (module, name there).
_PUBLIC = {
    "Document": ("seedsum.records", "Document"),
    "Outcome": ("seedsum.records", "Outcome"),
    "RunOptions": ("seedsum.pipeline.options", "RunOptions"),
    "RunReport": ("seedsum.records", "RunReport"),
    "Summary": ("seedsum.records", "Summary"),
    "Task": ("seedsum.records", "Task"),
    "check_segment": ("seedsum.checks", "check_segment"),
    "classify": ("seedsum.reading.roles", "classify"),
    "detect": ("seedsum.pipeline.run", "detect"),
    "detect_languages": ("seedsum.reading.detection", "detect"),
    "history": ("seedsum.pipeline.monitoring", "history"),
    "load_settings": ("seedsum.config", "load_settings"),
    "needs_review": ("seedsum.pipeline.run", "needs_review"),
    "plan": ("seedsum.pipeline.run", "plan"),
    "read_document": ("seedsum.reading", "read_document"),
    "rejoin": ("seedsum.reading.segmentation", "rejoin"),
    "render": ("seedsum.output.rendering", "render"),
    "retry": ("seedsum.pipeline.run", "retry"),
    "run": ("seedsum.pipeline.run", "run"),
    "segment": ("seedsum.reading.segmentation", "segment"),
    "split_long": ("seedsum.reading.segmentation", "split_long"),
    "summarise": ("seedsum.summaries", "summarise"),
    "translate_texts": ("seedsum.engines.batches", "translate_texts"),
    "verify": ("seedsum.evaluation.verification", "verify"),
}

__all__ = [  # noqa: RUF022 - in the order in which a reader meets them
    "run",
    "plan",
    "detect",
    "needs_review",
    "history",
    "retry",
    "verify",
    "load_settings",
    "read_document",
    "classify",
    "detect_languages",
    "segment",
    "split_long",
    "rejoin",
    "translate_texts",
    "check_segment",
    "summarise",
    "render",
    "RunOptions",
    "Document",
    "Task",
    "Translation",
    "Summary",
    "Outcome",
    "RunReport",
    "__version__",
]


def __getattr__(name: str) -> Any:
    """Load a public name on first use (PEP 562)."""
    if name not in _PUBLIC:
        raise AttributeError(f"module 'seedsum' has no attribute {name!r}")
    module, attribute = _PUBLIC[name]
    value = getattr(import_module(module), attribute)
    globals()[name] = value
    return value
