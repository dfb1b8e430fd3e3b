"""What in an edited file no sentence holds: neither as it was written nor as it will be."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from seedsum.output.edits.pieces import Pieces
from seedsum.output.rendering import visible_text
from seedsum.output.seal import SEAL_KEY
from seedsum.reviews import plain

#: How much of a text is said of what is left.
_MAX_SHOWN_CHARS = 60


def not_ours(found: Pieces, base: Pieces, after: Pieces) -> Iterator[tuple[int, str]]:
    """Yield what in a file is neither as it was written nor as it will be with its edits.

    What was only taken away of that is no loss: all of it will be written again.
    """
    yield from _in_front(found, base, after)
    yield from _out_of_place(found, base)
    written = {id: Counter(one.markup) for id, one in base.by_id().items()}
    later = {id: Counter(one.markup) for id, one in after.by_id().items()}
    for one in found.sentences:
        known = written.get(one.id, Counter()) | later.get(one.id, Counter())
        if more := Counter(one.markup) - known:
            yield one.line, f"markup in {one.id}: {' '.join(more)}"
    allowed = _others(base) | _others(after)
    for other in found.others:
        if allowed[other.text, other.place]:
            allowed[other.text, other.place] -= 1
        else:
            yield other.line, _excerpt(other.text)
    codes = Counter(plain(code.text) for code in base.code)
    codes |= Counter(plain(code.text) for code in after.code)
    for code in found.code:
        if not codes[plain(code.text)]:
            yield code.line, _excerpt(plain(code.text))


def _in_front(found: Pieces, base: Pieces, after: Pieces) -> Iterator[tuple[int, str]]:
    if found.front is None:
        yield 1, "front matter that cannot be read"
        return
    known = [pieces.front or {} for pieces in (base, after)]
    for key, value in found.front.items():
        if key != SEAL_KEY and not any(key in some and some[key] == value for some in known):
            yield 1, f"{_excerpt(str(key))} in the front matter"


def _out_of_place(found: Pieces, base: Pieces) -> Iterator[tuple[int, str]]:
    """Yield sentences that stand twice, in another kind of paragraph, or in another order."""
    places = base.by_id()
    allowed = Counter((one.id, one.place) for one in base.sentences)
    seen: set[str] = set()
    for one in found.sentences:
        if allowed[one.id, one.place]:
            allowed[one.id, one.place] -= 1
        elif one.id not in places:
            yield one.line, f"{one.id}, which this article has not"
        elif one.id in seen:
            yield one.line, f"{one.id} stands there again"
        else:
            yield one.line, f"{one.id} begins a paragraph, or is in another kind of one"
        seen.add(one.id)
    order = [id for id in places if id in seen]
    now = list(dict.fromkeys(one.id for one in found.sentences if one.id in places))
    if first := next((b for a, b in zip(order, now, strict=True) if a != b), ""):
        line = next(one.line for one in found.sentences if one.id == first)
        yield line, f"the order of the sentences from {first}"


def _others(pieces: Pieces) -> Counter[tuple[str, tuple[str, ...]]]:
    return Counter((other.text, other.place) for other in pieces.others)


def _excerpt(text: str) -> str:
    cut = text[:_MAX_SHOWN_CHARS]
    return f"“{visible_text(cut)}{'…' * (len(text) > len(cut))}”"
