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

__version__ = "0.1.0"

if TYPE_CHECKING:
    from seedsum.blocks import classify
    from seedsum.checks import check_segment
    from seedsum.config import load_settings
    from seedsum.detection import detect as detect_languages
    from seedsum.monitoring import history
    from seedsum.pipeline import detect, needs_review, plan, retry, run
    from seedsum.reading import read_document
    from seedsum.records import Document, Limits, Outcome, RunReport, Summary, Task, Translation
    from seedsum.rendering import render
    from seedsum.segmentation import rejoin, segment, split_long
    from seedsum.summarisation import summarise
    from seedsum.translation import translate_texts
    from seedsum.verification import verify

#: Public name -> (module, name there).
_PUBLIC = {
    "Document": ("seedsum.records", "Document"),
    "Limits": ("seedsum.records", "Limits"),
    "Outcome": ("seedsum.records", "Outcome"),
    "RunReport": ("seedsum.records", "RunReport"),
    "Summary": ("seedsum.records", "Summary"),
    "Task": ("seedsum.records", "Task"),
    "Translation": ("seedsum.records", "Translation"),
    "check_segment": ("seedsum.checks", "check_segment"),
    "classify": ("seedsum.blocks", "classify"),
    "detect": ("seedsum.pipeline", "detect"),
    "detect_languages": ("seedsum.detection", "detect"),
    "history": ("seedsum.monitoring", "history"),
    "load_settings": ("seedsum.config", "load_settings"),
    "needs_review": ("seedsum.pipeline", "needs_review"),
    "plan": ("seedsum.pipeline", "plan"),
    "read_document": ("seedsum.reading", "read_document"),
    "rejoin": ("seedsum.segmentation", "rejoin"),
    "render": ("seedsum.rendering", "render"),
    "retry": ("seedsum.pipeline", "retry"),
    "run": ("seedsum.pipeline", "run"),
    "segment": ("seedsum.segmentation", "segment"),
    "split_long": ("seedsum.segmentation", "split_long"),
    "summarise": ("seedsum.summarisation", "summarise"),
    "translate_texts": ("seedsum.translation", "translate_texts"),
    "verify": ("seedsum.verification", "verify"),
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
    "Limits",
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
