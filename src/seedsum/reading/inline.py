"""What raised, lowered and numbered text says, in characters that stay apart from what is beside.

Models and people read `10⁵` as 105 where the 5 loses its place (normalisation to NFKC does it), and
`21³` as 213 where the 3 was the number of a note.
"""

from __future__ import annotations

import re

_FIGURE = re.compile(r"[+\-−–]?\d{1,4}(?:[.,]\d{1,3})?")
_NOTES = re.compile(r"\d{1,3}(?:\s*[,;–-]\s*\d{1,3})*|[*†‡]|[a-z]", re.IGNORECASE)
#: What a raised figure is a power of: a sign of multiplication before it, or 10 or 2.
_BASE = re.compile(r"(?:(?<![\d.,])(?:10|2)|[×x*·=^(]\s?\d+)$")
_UNIT = re.compile(r"(?<![^\W\d_])(?:[kcdmµn]?m|s|ft|in|yd|mi)$")
_SUPERSCRIPTS = str.maketrans("0123456789+-−–", "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁻⁻")


def raised(before: str, content: str, *, is_link: bool) -> str:
    """Return how a raised text is written after the text before it; empty where it is as it is.

    A power is written `10^5` and a unit's `m²`; the number of a note stands in square brackets.
    """
    last = before[-1:]
    if not last or last.isspace():
        return ""
    if not is_link and _FIGURE.fullmatch(content):
        if _UNIT.search(before):
            return content.translate(_SUPERSCRIPTS)
        if last in ")]" or _BASE.search(before) or content[0] in "+-−–":
            return f"^{content}"
    is_figure = any(map(str.isdecimal, content))
    if _NOTES.fullmatch(content) and (is_figure or (is_link and len(content) == 1)):
        return f"[{content}]"
    return ""


def lowered(before: str, content: str) -> str:
    """Return how a lowered text is written after a figure (`101_2`); empty where it is as it is."""
    is_after_figure = before[-1:].isdecimal()
    return f"_{content}" if is_after_figure and _FIGURE.fullmatch(content) else ""


_ROMAN = ((10, "x"), (9, "ix"), (5, "v"), (4, "iv"), (1, "i"))


def list_number(number: int, style: str) -> str:
    """Return an item's number with a full stop and a space, in the style that `type` names."""
    text = str(number)
    if style in ("a", "A") and 1 <= number <= 26:
        text = chr(ord(style) + number - 1)
    elif style in ("i", "I") and 1 <= number < 40:
        text, rest = "", number
        for value, letters in _ROMAN:
            text += letters * (rest // value)
            rest %= value
        text = text.upper() if style == "I" else text
    return f"{text}. "
