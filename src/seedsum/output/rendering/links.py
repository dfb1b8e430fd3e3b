"""Links of a source in its translation: on the words that carry them, else after the sentence."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from urllib.parse import quote, urlsplit

from seedsum.output.rendering.markdown import escape_markdown, visible_text
from seedsum.records import Link, TranslatedSegment

#: Others (`javascript:`, `data:`) can run something, and relative ones lead nowhere from here.
_SCHEMES = frozenset({"http", "https", "mailto"})
#: All that may stand in an address and means nothing in Markdown.
_SAFE = ":/?#@!&+,;=%~-._"
#: A segment with more links has the rest in the record only.
_MAX_SHOWN = 20
#: Where a link is that much of a sentence it is the whole of it.
_WHOLE_SHARE = 0.8


class Links:
    """A document's links, in order, with safe addresses only."""

    def __init__(self, links: Sequence[Link]) -> None:
        shown = ((link, safe_address(link.address)) for link in links)
        self._links = [(link, address) for link, address in shown if address]
        self._ends = [link.end for link, _ in self._links]

    def marked(self, segment: TranslatedSegment) -> str:
        """Return the segment's text as Markdown, with its links."""
        place = segment.segment
        found = list(self._found(place.start, place.end))
        if not found:
            return escape_markdown(segment.text)
        text = visible_text(segment.text)
        covered = sum(min(x.end, place.end) - max(x.start, place.start) for x, _ in found)
        addresses = list(dict.fromkeys(address for _, address in found))
        if len(addresses) == 1 and covered >= _WHOLE_SHARE * (place.end - place.start):
            return _link(text, addresses[0])
        places: list[tuple[int, int, str]] = []
        rest: list[str] = []
        for link, address in found[:_MAX_SHOWN]:
            start = max(0, link.start - place.start)
            words = visible_text(place.text[start : link.end - place.start])
            at = _only_place(words, text)
            if at >= 0 and all(at >= end or at + len(words) <= begin for begin, end, _ in places):
                places.append((at, at + len(words), address))
            elif address not in rest:
                rest.append(address)
        return " ".join([_with_links(text, sorted(places)), *(_link("link", x) for x in rest)])

    def _found(self, start: int, end: int) -> Iterator[tuple[Link, str]]:
        for number in range(bisect_left(self._ends, start + 1), len(self._links)):
            if self._links[number][0].start >= end:
                return
            yield self._links[number]


def safe_address(address: str) -> str:
    """Return an address that Markdown takes for nothing else; empty where it is not to be shown."""
    try:
        scheme = urlsplit(address).scheme.lower()
    except ValueError:
        return ""
    return quote(address, safe=_SAFE, errors="replace") if scheme in _SCHEMES else ""


def _only_place(words: str, text: str) -> int:
    """Return where the words stand in the text, whole and once; -1 where they do not."""
    found = [match.start() for match in re.finditer(rf"(?<!\w){re.escape(words)}(?!\w)", text)]
    return found[0] if words and len(found) == 1 else -1


def _with_links(text: str, places: Sequence[tuple[int, int, str]]) -> str:
    parts: list[str] = []
    done = 0
    for start, end, address in places:
        parts += [_escaped(text[done:start]), _link(text[start:end], address)]
        done = end
    return "".join([*parts, _escaped(text[done:])])


def _escaped(part: str) -> str:
    """Return a part of a line as Markdown, with the spaces at its ends."""
    starts, ends = part[:1] == " ", part[-1:] == " "
    return f"{' ' * starts}{escape_markdown(part)}{' ' * (ends and bool(part.strip()))}"


def _link(text: str, address: str) -> str:
    return f"[{escape_markdown(text)}]({address})"
