"""Results -> the files of a pair, the record and the index; no clock, no files.

What comes from a source or a model goes through `escape_markdown` (or YAML's and JSON's writers). A
change in the files adds one to `settings.STAGE_VERSIONS["rendering"]`.
"""

from __future__ import annotations

from pkgutil import resolve_name

from seedsum.errors import DocumentError
from seedsum.output.pairs import PAIR_FILES
from seedsum.output.rendering.index import Index, render_index, render_not_read
from seedsum.output.rendering.index_page import render_index_pages
from seedsum.output.rendering.markdown import escape_markdown, visible_text
from seedsum.output.rendering.page import Page, first_reasons, was_said
from seedsum.output.rendering.record import record_json
from seedsum.output.seal import is_sealed
from seedsum.records import OutputPair, Result, Status
from seedsum.settings import OutputOptions

__all__ = [
    "Index",
    "escape_markdown",
    "first_reasons",
    "render",
    "render_index",
    "render_index_pages",
    "render_not_read",
    "visible_text",
    "was_said",
]

_DEFAULTS = OutputOptions()


def render(result: Result, *, options: OutputOptions = _DEFAULTS) -> OutputPair:
    """Return the files of a document; the same result gives the same bytes.

    A skipped document, and one without segments, has a record only.

    Raises:
        DocumentError: A text is not sealed, so that nobody could tell later whose it is.
    """
    page = Page(result, options=options)
    files: dict[str, str] = {}
    if result.status is not Status.SKIPPED and result.segments:
        for suffix, address in PAIR_FILES.items():
            text: str | None = resolve_name(address)(page)
            if text is None:
                continue
            if not is_sealed(text.encode()):
                name = result.document.name
                raise DocumentError(f"{name}: {address} gave a text without seal")
            files[suffix] = text
    return OutputPair(result.document.name, files, record_json(page, files))
