"""Results -> the files of a pair, the record and the index; front matter back in.

Pure: no clock, no files. Everything that comes from a source or a model is text, never markup: it
goes through `escape_markdown` (or YAML's and JSON's own writers), so that a hostile page cannot put
HTML, links, footnotes or front matter into what a reviewer opens. docs/output-format.md describes
the files; a change in them adds one to `settings.STAGE_VERSIONS["rendering"]`.
"""

from __future__ import annotations

from seedsum.output.pairs import render_files
from seedsum.output.rendering.front_matter import parse_front_matter
from seedsum.output.rendering.index import render_index
from seedsum.output.rendering.markdown import escape_markdown, visible_text
from seedsum.output.rendering.page import Page, first_reasons
from seedsum.output.rendering.record import record_json
from seedsum.records import OutputPair, Result, Status

__all__ = [
    "escape_markdown",
    "first_reasons",
    "parse_front_matter",
    "render",
    "render_index",
    "visible_text",
]


def render(result: Result) -> OutputPair:
    """Return the files of a document; the same result gives the same bytes.

    A skipped document, and one without segments, has a record only.
    """
    page = Page(result)
    has_files = result.status is not Status.SKIPPED and result.segments
    files = render_files(page) if has_files else {}
    return OutputPair(result.document.name, files, record_json(page, files))
