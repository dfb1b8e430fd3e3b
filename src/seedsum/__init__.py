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

__version__ = "0.2.0.dev0"

if TYPE_CHECKING:
    from seedsum.checks import check_segment
    from seedsum.config import load_settings
    from seedsum.evaluation.verification import verify
    from seedsum.output.rendering import render
    from seedsum.pipeline.monitoring import history
    from seedsum.pipeline.options import RunOptions
    from seedsum.pipeline.run import detect, needs_review, plan, retry, run
    from seedsum.reading import read_document
    from seedsum.reading.detection import detect as detect_languages
    from seedsum.reading.roles import classify
    from seedsum.reading.segmentation import rejoin, segment, split_long
    from seedsum.records import Document, Outcome, Result, RunReport, Summary, Task
    from seedsum.summaries import summarise

#: Public name -> its module, and its name there where that is another one.
_PUBLIC = {
    "Document": "seedsum.records",
    "Outcome": "seedsum.records",
    "Result": "seedsum.records",
    "RunOptions": "seedsum.pipeline.options",
    "RunReport": "seedsum.records",
    "Summary": "seedsum.records",
    "Task": "seedsum.records",
    "check_segment": "seedsum.checks",
    "classify": "seedsum.reading.roles",
    "detect": "seedsum.pipeline.run",
    "detect_languages": "seedsum.reading.detection:detect",
    "history": "seedsum.pipeline.monitoring",
    "load_settings": "seedsum.config",
    "needs_review": "seedsum.pipeline.run",
    "plan": "seedsum.pipeline.run",
    "read_document": "seedsum.reading",
    "rejoin": "seedsum.reading.segmentation",
    "render": "seedsum.output.rendering",
    "retry": "seedsum.pipeline.run",
    "run": "seedsum.pipeline.run",
    "segment": "seedsum.reading.segmentation",
    "split_long": "seedsum.reading.segmentation",
    "summarise": "seedsum.summaries",
    "verify": "seedsum.evaluation.verification",
}

__all__ = [  # noqa: RUF022 - in the order in which a reader meets them
    "run",
    "plan",
    "RunOptions",
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
    "check_segment",
    "summarise",
    "render",
    "Document",
    "Task",
    "Summary",
    "Result",
    "Outcome",
    "RunReport",
    "__version__",
]


def __getattr__(name: str) -> Any:
    """Load a public name on first use (PEP 562)."""
    if name not in _PUBLIC:
        raise AttributeError(f"module 'seedsum' has no attribute {name!r}")
    module, _, attribute = _PUBLIC[name].partition(":")
    value = getattr(import_module(module), attribute or name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
