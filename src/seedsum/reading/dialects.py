"""Markdown as Obsidian, pandoc and Hugo write it -> CommonMark with the same visible text."""

from __future__ import annotations

import re
from collections.abc import Callable
from itertools import groupby

from seedsum.reading.inline import lowered, raised

_FENCE = re.compile(r"\s{0,3}(`{3,}|~{3,})")
#: Obsidian's comments, which only their writer sees: within a line, or between two lines of `%%`.
_COMMENT = re.compile(r"%%[^\n]{0,2000}?%%|^%%[ \t]*\n(?:(?!%%)[^\n]*\n){0,1000}?%%[ \t]*$", re.M)
_CAPTION = re.compile(r"""\bcaption\s*=\s*(?:"([^"\n]{1,500})"|`([^`\n]{1,500})`)""")

#: What is replaced outside code, in order.
_REPLACED: tuple[tuple[re.Pattern[str], str | Callable[[re.Match[str]], str]], ...] = (
    # Hugo's shortcodes: of a figure its caption is text, of all others what stands between them.
    (
        re.compile(r"\{\{(?:<|%)(?:[^{}\n]|\n(?!\n)){0,2000}?(?:>|%)\}\}"),
        lambda match: _caption(match[0]),
    ),
    # `![[photo.jpg]]` shows another file; `[[page#part|text]]` is a link inside a collection.
    (re.compile(r"!\[\[[^\[\]\n]{1,500}\]\]"), ""),
    (re.compile(r"\[\[[^\[\]|\n]{0,500}\|([^\[\]\n]{1,500})\]\]"), r"\1"),
    (re.compile(r"\[\[([^\[\]|#\n]{1,500})(?:#[^\[\]|\n]{0,500})?\]\]"), r"\1"),
    # A callout's kind, `> [!warning]- Title`.
    (re.compile(r"^((?:[ \t]{0,3}>[ \t]?){1,9})\[![\w-]{1,40}\][+-]?[ \t]*", re.M), r"\1"),
    (re.compile(r"(?<![=\w])==(?=\S)([^=\n]{1,2000}?)(?<=\S)==(?![=\w])"), r"\1"),
    (re.compile(r"(?:(?<=\S)[ \t]+|^)\^[A-Za-z0-9-]{3,40}[ \t]*$", re.M), ""),
    # What is struck out is said no more.
    (re.compile(r"[ \t]?<(del|s|strike)(?:\s[^<>\n]{0,200})?>[^<>\n]{0,500}?</\1>"), ""),
    # Jekyll's commands: `{% include a.html %}`.
    (re.compile(r"\{%[^{}%\n]{1,300}%\}"), ""),
    # Pandoc's attributes, `[text]{.class}` and `# Heading {#id}`, and its fences `::: note`.
    (re.compile(r"\[([^\[\]\n]{1,2000})\]\{[#.][^{}\n]{0,200}\}"), r"\1"),
    (re.compile(r"^(#{1,6}[ \t][^\n]{0,2000}?)[ \t]*\{[#.][^{}\n]{0,200}\}[ \t]*$", re.M), r"\1"),
    (re.compile(r"(?<=[*_`])\{[#.][^{}\n]{0,200}\}"), ""),
    (re.compile(r"^[ \t]{0,3}:{3,}[^\n]{0,200}$", re.M), ""),
    # Pandoc's raised and lowered text, `10^5^` and `H~2~O`.
    (
        re.compile(r"(?<=\w)\^([^\s^\[\]]{1,10})\^"),
        lambda match: raised(_before(match), match[1], is_link=False) or match[1],
    ),
    (
        re.compile(r"(?<=\w)~([^\s~]{1,10})~(?!~)"),
        lambda match: lowered(_before(match), match[1]) or match[1],
    ),
    # A note's sign, and the note; CommonMark would take some for definitions of links.
    (re.compile(r"^\[\^([^\[\]\s]{1,60})\]:[ \t]+", re.M), r"\\[\1\\] "),
    (re.compile(r"\[\^([^\[\]\s]{1,60})\]"), r"\\[\1\\]"),
)


def as_commonmark(body: str) -> tuple[str, tuple[str, ...]]:
    """Return the text with what these dialects add taken off, and notes on what is left out."""
    pieces: list[str] = []
    num_comments = 0
    for is_code, text in _parts(body):
        if not is_code:
            text, found = _COMMENT.subn("", text)
            num_comments += found
            for pattern, by in _REPLACED:
                text = pattern.sub(by, text)
        pieces.append(text)
    count = f"{num_comments} private comment{'s' * (num_comments != 1)}"
    notes = (f"{count} (%% … %%) left out",) if num_comments else ()
    return "\n".join(pieces), notes


def _parts(body: str) -> list[tuple[bool, str]]:
    """Return the lines that are in fenced code, and those that are not, in order."""
    fence = ""
    marked: list[tuple[bool, str]] = []
    for line in body.split("\n"):
        opening = _FENCE.match(line)
        is_code = bool(fence or opening)
        if not fence and opening:
            fence = opening[1]
        elif fence and line.strip().startswith(fence) and not line.strip(f" \t{fence[0]}"):
            fence = ""
        marked.append((is_code, line))
    groups = groupby(marked, key=lambda entry: entry[0])
    return [(is_code, "\n".join(line for _, line in lines)) for is_code, lines in groups]


def _before(match: re.Match[str]) -> str:
    return match.string[max(0, match.start() - 20) : match.start()]


def _caption(shortcode: str) -> str:
    caption = _CAPTION.search(shortcode)
    return f"![{(caption[1] or caption[2]).strip()}](#)" if caption else ""
