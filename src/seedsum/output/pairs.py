"""The files of a pair: one line an entry, and whatever handles pairs goes by this table."""

from __future__ import annotations

from collections.abc import Callable
from pkgutil import resolve_name
from typing import TYPE_CHECKING

from seedsum.errors import DocumentError
from seedsum.output.seal import is_sealed

if TYPE_CHECKING:
    from seedsum.output.rendering.page import Page

SUMMARY_SUFFIX = ".summary.md"
TRANSLATION_SUFFIX = ".translation.md"

#: Of the record, which is written last and names the others.
RECORD_SUFFIX = ".record.json"

#: What follows a document's name in the name of a file -> the function (`module:name`) that makes
#: its text of a `Page`, sealed (see `seal`), or None where there is nothing to say. The index links
#: them in this order.
PAIR_FILES: dict[str, str] = {
    SUMMARY_SUFFIX: "seedsum.output.rendering.summary:summary_file",
    TRANSLATION_SUFFIX: "seedsum.output.rendering.translation:translation_file",
}


def kind_of(suffix: str) -> str:
    """Return what a file of the table is called in records, in the index and in front matter."""
    return suffix.split(".")[1]


def render_files(page: Page) -> dict[str, str]:
    """Return the texts of a page's files by suffix, in the order of the table.

    Raises:
        DocumentError: A text is not sealed, so that nobody could tell later whose it is.
    """
    texts: dict[str, str] = {}
    for suffix, address in PAIR_FILES.items():
        make: Callable[[Page], str | None] = resolve_name(address)
        text = make(page)
        if text is None:
            continue
        if not is_sealed(text.encode()):
            raise DocumentError(f"{page.result.document.name}: {address} gave a text without seal")
        texts[suffix] = text
    return texts
