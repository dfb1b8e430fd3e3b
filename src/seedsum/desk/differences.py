"""What changed from one text to another, word by word. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass
from difflib import SequenceMatcher

_TOKEN = re.compile(r"\s+|[\w\u0980-\u09ff]+|.", re.DOTALL)
#: Words of two texts together beyond which they are shown whole: comparing takes the square of it.
_MAX_TOKENS = 4_000


@dataclass(frozen=True, slots=True)
class Piece:
    """A part of either text, or of both."""

    kind: str  # `same`, `old` or `new`
    text: str


def differences(old: str, new: str) -> tuple[Piece, ...]:
    """Return both texts as one run of pieces; those of the old alone give it back, the new too."""
    before, after = _TOKEN.findall(old), _TOKEN.findall(new)
    if len(before) + len(after) > _MAX_TOKENS:
        return tuple(Piece(kind, text) for kind, text in (("old", old), ("new", new)) if text)
    pieces: list[Piece] = []
    for tag, i, j, k, m in SequenceMatcher(None, before, after, autojunk=False).get_opcodes():
        if tag == "equal":
            pieces.append(Piece("same", "".join(before[i:j])))
            continue
        pieces += [
            Piece(kind, text)
            for kind, text in (("old", "".join(before[i:j])), ("new", "".join(after[k:m])))
            if text
        ]
    return tuple(pieces)
