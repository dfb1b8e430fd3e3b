"""Text that cannot become markup, whatever a source or a model put into it."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence

#: Characters with a meaning inside a Markdown line. `$` opens mathematics on GitHub.
_INLINE = re.compile(r"[\\`*_\[\]~$#]")
#: Before what opens a list or underlines a heading at the start of a line; `#` and `>` are always
#: escaped.
_LINE_START = re.compile(r"^(\d{1,9}(?=[.)](?:\s|$))|(?=[-+=]))")
#: Markup in HTML and in tables. An entity never opens anything, in no Markdown dialect.
_ENTITIES = {ord(a): b for a, b in (("&", "&amp;"), ("<", "&lt;"), (">", "&gt;"), ("|", "&#124;"))}

#: A route as models.toml names it: `vi->en`.
_ROUTE = re.compile(r"\b([a-z]{2,3}(?:-[A-Za-z0-9]{2,8})*)->(?=[a-z]{2,3}\b)")

#: Invisible and common on ordinary pages: soft hyphen, zero-width space, direction marks, word
#: joiner, byte order mark. Shown they would be noise, kept they could hide things.
_DROPPED = dict.fromkeys((0x00AD, 0x200B, 0x200E, 0x200F, 0x061C, 0x2060, 0xFEFF))
_JOINERS = "\u200c\u200d"


def visible_text(text: str) -> str:
    """Return the text on one line, with nothing in it that a reader cannot see.

    White space is collapsed. Soft hyphens, zero-width spaces and direction marks are left out;
    other characters without a shape (control characters, bidirectional overrides, tags, lone
    surrogates, private use) are shown as `⟦U+202E⟧`. Zero-width joiners stay where they shape a
    letter or an emoji, as in Bengali.
    """
    line = " ".join(text.split())
    if line.isprintable():
        return line
    return " ".join(_shown(line.translate(_DROPPED)).split())


def _shown(line: str) -> str:
    """Return the line without joiners that shape nothing, and with invisible characters shown."""
    shown: list[str] = []
    before = ""
    for character in line:
        if character.isprintable():
            shown.append(character)
        elif character not in _JOINERS:
            shown.append(f"⟦U+{ord(character):04X}⟧")
        elif before > "\u036f" and unicodedata.category(before)[0] in "LMS":
            shown.append(character)
        before = character
    return "".join(shown)


def with_arrows(text: str) -> str:
    """Return a text of seedsum's own with its routes as people write them: `vi→en`."""
    return _ROUTE.sub(r"\1→", text)


def escape_markdown(text: str) -> str:
    """Return Markdown for one line that shows exactly this text and can be nothing else.

    Safe at the start of a line, inside a line, a table cell, a list item and a footnote. Bare URLs
    stay as they are; a renderer may make a link of one, to the address that the reader sees.
    """
    escaped = _INLINE.sub(r"\\\g<0>", visible_text(text)).translate(_ENTITIES)
    return _LINE_START.sub(r"\1\\", escaped)


def fenced(text: str) -> str:
    """Return a code block of the text; its fence is longer than any inside."""
    shown = "\n".join(_shown(line.expandtabs(4).translate(_DROPPED)) for line in text.split("\n"))
    longest = max((len(run) for run in re.findall("`+", shown)), default=0)
    fence = "`" * max(3, longest + 1)
    return f"{fence}text\n{shown}\n{fence}"


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Return a Markdown table of cells that are escaped already; short rows are filled up."""
    width = max(map(len, (head, *rows)))
    filled = [[*row, *[""] * (width - len(row))] for row in (head, *rows)]
    lines = [f"| {' | '.join(row)} |" for row in filled]
    lines.insert(1, "|" + " --- |" * width)
    return "\n".join(lines)
