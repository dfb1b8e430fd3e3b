"""Blocks into segments (sentences) and back; over-long segments are split at their best boundary.

A segment is a slice of the document's text. Segments cover everything in a block but white space,
so that nothing can fall out of a translation: `rejoin` with the segments' own texts gives the text
back. Neighbours: `blocks` and `detection` come before, `translation` takes the texts.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from itertools import pairwise

from seedsum.records import Block, Document, Kind, Segment

# --------------------------------------------------------------------------------------------
# Sentences

#: Abbreviations that a name or number follows, so that their full stop ends no sentence; compared
#: without regard to case, without the last full stop. Single letters are covered by a rule.
_ABBREVIATIONS = frozenset(
    # Vietnamese titles and places
    "ts ths bs cn gs pgs kts ks tp tx tt q p h th tr nxb ubnd đh cđ gđ pgđ bskc bscki bsckii ds đd"
    " nsnd nsưt mtq vd tk stt sđt ttg ttgs tw"
    # English
    " dr mr mrs ms prof st jr sr no vs fig figs eq vol ed eds cf inc ltd co corp gen col lt sgt maj"
    " capt gov sen rep hon rev pres dept univ approx est e.g i.e al jan feb mar apr jun jul aug sep"
    " sept oct nov dec u.s u.k u.n"
    # Bengali titles and common short forms
    " ডা ডাঃ ড মো মোঃ মোহা মি মিঃ মিসেস অধ্যা প্রফ ইঞ্জি এড লে কে জে কর্নেল মেজ বি.দ্র নং পৃ খ্রি"
    " হি রা সা এ.কে".split()
)

# A last word with a full stop, for the guards on the text before a boundary.
_LAST_WORD = re.compile(r"(?:^|[\s(\[\"“‘'«])([^\s(\[\"“‘'«]{1,12})\.\s*$")
_INITIAL = re.compile(r"(?:\w\.){0,4}\w", re.UNICODE)
_SECTION = re.compile(r"\(?(?:[0-9০-৯]{1,3}\.){0,4}[0-9০-৯]{1,3}")
_CLOSERS = "\"'”’»)]}"
# What a sentence cannot begin with, so that a boundary in front of it is none.
_BAD_START = re.compile(r"[\s]*[/,;:)\]}»”’.।?!…%]")
_DIGIT_AT_END = re.compile(r"[0-9০-৯]\.$")
_LETTER = re.compile(r"[^\W\d_]")


def segment(document: Document) -> tuple[Segment, ...]:
    """Return the sentences of every block in document order, with ids `s1`, `s2`, ...

    Together they hold every character of a block that is not white space; none is empty.
    """
    segments: list[Segment] = []
    for block in document.blocks:
        for start, end in _sentences(document, block):
            segments.append(
                Segment(f"s{len(segments) + 1}", block.id, start, end, document.text[start:end])
            )
    return tuple(segments)


def _sentences(document: Document, block: Block) -> Iterator[tuple[int, int]]:
    """Yield the spans of a block's sentences, without the white space around them."""
    text = document.text[block.start : block.end]
    if block.kind in (Kind.TABLE_ROW, Kind.CODE):
        boundaries: list[int] = []
    else:
        boundaries = sentence_boundaries(text, _language(block))
    for start, end in pairwise([0, *boundaries, len(text)]):
        piece = text[start:end]
        stripped = piece.strip()
        if stripped:
            begin = block.start + start + piece.index(stripped)
            yield begin, begin + len(stripped)


def _language(block: Block) -> str:
    """Return the language whose sentence rules apply; English rules where nothing is known."""
    language = block.detection.language
    return "en" if language == "und" else language


def sentence_boundaries(text: str, language: str) -> list[int]:
    """Return where sentences end in one block's text, in ascending order, without 0 and the end.

    Source: sentencex, then our guards, which only ever take boundaries away.
    """
    import sentencex

    # Line ends inside a block are an editor's; sentencex would join them itself.
    line = text.replace("\n", " ")
    boundaries: list[int] = []
    position = 0
    start = 0
    for sentence in sentencex.segment(language, line):
        position += len(sentence)
        if position < len(line) and _is_boundary(line, start, position):
            boundaries.append(position)
            start = position
    return boundaries


def _is_boundary(text: str, start: int, position: int) -> bool:
    """Say whether a sentence that began at `start` may end at `position`."""
    before = text[max(start, position - 40) : position].rstrip()
    after = text[position : position + 40]
    if not before or _BAD_START.match(after):
        return False
    if not _LETTER.search(text, start, position) and len(text[start:position].strip()) <= 12:
        return False
    last_word = _LAST_WORD.search(before)
    if last_word:
        word = last_word[1]
        if _SECTION.fullmatch(word) and len(text[start:position].strip()) <= len(word) + 1:
            return False
        if word.casefold() in _ABBREVIATIONS or word.casefold().split(".")[-1] in _ABBREVIATIONS:
            return False
        if _INITIAL.fullmatch(word) and not word.isdigit():
            return False
    # `২.১.`: a digit on both sides of the full stop.
    if _DIGIT_AT_END.search(before) and after[:1].isdigit():
        return False
    return True


# --------------------------------------------------------------------------------------------
# Segments over a model's limit

#: Inner boundaries, best first; a part ends after the match.
_INNER_BOUNDARIES: tuple[re.Pattern[str], ...] = (
    re.compile(r"[.!?…।॥][\"'”’»)\]]*\s+"),
    re.compile(r"[;:]\s+|\s[—–-]\s+|[—]"),
    re.compile(r"[,،、，]\s+"),
    re.compile(
        r"\s+(?=(?:and|or|but|which|that|because|while|when|và|hoặc|nhưng|mà|vì|khi|để|rằng|nên|do"
        r"|এবং|ও|কিন্তু|যে|যা|কারণ|তবে|অথবা|আর)\s)",
        re.IGNORECASE,
    ),
    re.compile(r"\s+"),
)


def split_long(
    segments: Iterable[Segment], *, count_tokens: Callable[[str], int], max_tokens: int
) -> tuple[Segment, ...]:
    """Return the segments, each over the limit split at its best inner boundary; ids numbered anew.

    `count_tokens` counts what the model gets, special tokens included. The parts of a segment
    cover it but for white space, in order, and are about equally long.

    Raises:
        ValueError: `max_tokens` leaves no room for a single character.
    """
    parts: list[Segment] = []
    for long_segment in segments:
        parts.extend(_split(long_segment, count_tokens, max_tokens))
    return renumber(parts)


def renumber(segments: Iterable[Segment]) -> tuple[Segment, ...]:
    """Return the segments with ids `s1`, `s2`, ... in the given order."""
    return tuple(
        replace(piece, id=f"s{number}") if piece.id != f"s{number}" else piece
        for number, piece in enumerate(segments, start=1)
    )


def _split(
    segment: Segment, count_tokens: Callable[[str], int], max_tokens: int
) -> Iterator[Segment]:
    """Yield the parts of a segment in order; itself where it fits."""
    pending = [segment]
    while pending:
        piece = pending.pop()
        if count_tokens(piece.text) <= max_tokens:
            yield piece
            continue
        if len(piece.text) < 2:
            raise ValueError(f"max_tokens={max_tokens} leaves no room for the text {piece.text!r}")
        middle = _best_split(piece.text)
        pending.append(_part(piece, middle, len(piece.text)))
        pending.append(_part(piece, 0, middle))


def _part(segment: Segment, start: int, end: int) -> Segment:
    text = segment.text[start:end]
    stripped = text.strip()
    begin = segment.start + start + text.index(stripped)
    return replace(segment, start=begin, end=begin + len(stripped), text=stripped)


def _best_split(text: str) -> int:
    """Return where to cut a text in two: the best kind of boundary in its middle half."""
    low, high = len(text) // 4, len(text) - len(text) // 4
    middle = len(text) // 2
    for pattern in _INNER_BOUNDARIES:
        cuts = [match.end() for match in pattern.finditer(text, low, high)]
        if cuts:
            return min(cuts, key=lambda cut: abs(cut - middle))
    return middle


# --------------------------------------------------------------------------------------------
# Back to text


def rejoin(document: Document, texts: Mapping[str, str], segments: Iterable[Segment]) -> str:
    """Return the document's text with each segment replaced by its text in `texts` (by id).

    What lies between segments (white space, markup) stays; a segment that `texts` lacks keeps its
    own text. With the segments' own texts this gives `document.text` back exactly.
    """
    return rejoin_span(document.text, texts, segments, start=0, end=len(document.text))


def rejoin_span(
    text: str, texts: Mapping[str, str], segments: Iterable[Segment], *, start: int, end: int
) -> str:
    """Return `text[start:end]` with the segments in it replaced, as `rejoin` does."""
    pieces: list[str] = []
    position = start
    for piece in segments:
        if piece.start < start or piece.end > end:
            continue
        pieces.append(text[position : piece.start])
        pieces.append(texts.get(piece.id, piece.text))
        position = piece.end
    pieces.append(text[position:end])
    return "".join(pieces)
