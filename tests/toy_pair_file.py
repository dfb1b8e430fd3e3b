"""A file of a pair as somebody would add it: the summary as plain text."""

from __future__ import annotations

from seedsum.output.rendering.page import Page
from seedsum.output.seal import SEAL_KEY, seal


def plain_text(page: Page) -> str | None:
    """Return the summary's sentences, one a line; nothing where there is no summary."""
    lines = [sentence.text for sentence in page.result.summary.sentences]
    return seal("\n".join([*lines, f"{SEAL_KEY}: ''\n"])) if lines else None


def without_seal(page: Page) -> str:
    """Return what nobody could tell from a person's own file."""
    return f"{page.title}\n"
