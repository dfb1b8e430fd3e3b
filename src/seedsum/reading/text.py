"""Plain text: one block a line, or a paragraph where an editor has wrapped the lines."""

from __future__ import annotations

import html
import re
import unicodedata
from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import replace
from itertools import pairwise
from typing import NamedTuple

from seedsum.reading.encoding import Decoded, clean, decode
from seedsum.reading.spans import Content, Span, refuse_lines
from seedsum.records import Kind

_BULLET = re.compile(r"[-*+•◦▪‣●○■□–—✓✔✗➢➤➔❖◆◇★☆⁃∙·]\s+(?=\S)")
#: Bullets where something announces them; without, they point to another page.
_ARROW = re.compile(r"[►▶▸→»]\s*(?=\S)")
_LETTER_OR_DIGIT = re.compile(r"[^\W_]")
_NUMBERED = re.compile(
    r"(?:\(?\d{1,3}[.)]|(?:\d{1,2}|[^\W\d_])/|[^\W\d_][.)]|\((?:[^\W\d_]|[ivx]{1,5})\))\s+(?=\S)"
)
#: What begins an entry of a timeline or of a table without lines: `2024-03-02`, `7:30`, `12/5`.
_ENTRY = re.compile(r"\(?\d{1,4}(?:[-/.:]\d{1,4}|h\d\d)(?:[-/.:]\d{1,4})?\b")
#: The same in words, which prose has too: `2 March:`, `Ngày 2/3 –`, `২ মার্চ:`, `1998:`, `Q2:`.
_LABEL = re.compile(r"(?=[^:.!?।]{0,24}\d)[^:.,;!?।()]{1,28}?\s*(?::|\s[–—-])\s+\S")
#: Of all lines of a run, those that begin with such a label: each, or every second where wrapped.
_LABELLED_SHARE = 0.5
_MAX_ENTRY_CHARS = 160
_TABLE_ROW = re.compile(r"\|.*\|$")
_CELL_TEXT = re.compile(r"[^\s|:=_—–―─━-]")
_SENTENCE_END = re.compile(r"[.!?…।॥:;/][\"'”’»)\]]*$")
_MIDDLE_END = re.compile(r"[.!?…।॥][\"'”’»)\]]*\s+\S")
#: A letter as HTML writes it: `&#7841;`, `&agrave;`. A text about such signs has few of them.
_LETTER_ENTITY = re.compile(
    r"&(?:#(?:x[0-9a-fA-F]{2,5}|[1-9]\d{2,5})|[A-Za-z](?:acute|grave|circ|tilde|uml|cedil|ring));"
)
_MIN_ENTITIES, _MIN_ENTITY_SHARE = 5, 0.01
#: Of what is written that much is letters (of articles 94 to 98%, of Python 81%).
_MIN_WRITTEN_CHARS, _MIN_LETTER_SHARE = 150, 0.9
_MAX_LOOKED_AT_CHARS = 20_000
_END_OF_SENTENCE = re.compile(r"[^\s\d][.!?।](?=[\"'”’»)\]]{0,3}(?:\s|$))")
#: A word that a hyphen breaks at the end of a line.
_BROKEN_WORD = re.compile(r"[^\W\d_]{2,}[-‐\u00ad]$")
_WORD = re.compile(r"[^\W_]+(?:-[^\W_]+)*-?")
#: Where fewer lines end so, nothing was hyphenated: 1 to 2% of lines end in a word's own hyphen.
_HYPHENATED_SHARE = 0.04

#: Lines that an editor has wrapped are that long at most: narrow columns have 20 to 40 characters,
#: windows up to 110, sheets of paper up to 200. What is shorter is menus, verses or addresses.
_MIN_CHARS, _NARROW_CHARS, _WIDE_CHARS, _MAX_CHARS = 18, 40, 110, 250
#: Of two lines the first is that long at least.
_MIN_TWO_CHARS = 60
#: A wrapped paragraph's lines are full that often; others' are by chance. Where columns are narrow
#: or lines are long enough to be whole paragraphs, more evidence is asked for.
_FULL_SHARE, _SURE_FULL_SHARE = 0.7, 0.8
#: A line that goes on in small letters and is that full was wrapped, in a font whose letters
#: differ in width.
_NEARLY_FULL = 0.75
#: Lines of a wrapped paragraph that begin in small letters or digits: 60 to 95% in English and
#: Vietnamese news; of lists and of verse far fewer.
_SMALL_SHARE, _SURE_SMALL_SHARE = 0.4, 0.5


class _Line(NamedTuple):
    """What is shown of a line: without its bullet, and a table row without its outer bars."""

    start: int
    text: str
    indent: int
    kind: Kind
    raw: str  # with its bullet
    raw_start: int


def _line(raw: str, start: int) -> _Line | None:
    """Return what is shown of a line; None of a blank one and of the rule under a table's head."""
    stripped = shown = raw.strip()
    kind = Kind.PARAGRAPH
    if _TABLE_ROW.match(shown):
        kind, shown = Kind.TABLE_ROW, shown.strip("| \t")
        shown = shown if _CELL_TEXT.search(shown) else ""
    elif (bullet := _BULLET.match(shown)) and _LETTER_OR_DIGIT.search(shown):
        kind, shown = Kind.LIST_ITEM, shown[bullet.end() :]
    elif _NUMBERED.match(shown):
        kind = Kind.LIST_ITEM  # the number stays: unlike a bullet it says something
    if not shown:
        return None
    indent = len(raw) - len(raw.lstrip())
    return _Line(start + raw.rindex(shown), shown, indent, kind, stripped, start + indent)


def is_item(text: str) -> bool:
    """Return whether a line looks like an item of a list."""
    return bool(_BULLET.match(text) or _NUMBERED.match(text))


def without_bullet(text: str) -> str:
    """Return an item's text; its number stays."""
    return _BULLET.sub("", text, count=1)


def _runs(text: str) -> list[list[_Line]]:
    """Return the lines in runs that blank lines part."""
    runs: list[list[_Line]] = [[]]
    start = 0
    for raw in text.split("\n"):
        if line := _line(raw, start):
            runs[-1].append(line)
        elif runs[-1] and not raw.strip():
            runs.append([])
        start += len(raw) + 1
    return [_with_arrows(run) for run in runs if run]


def _with_arrows(run: list[_Line]) -> list[_Line]:
    """Return the run with arrows as bullets where a colon or an item stands before the first."""
    arrows = [number for number, line in enumerate(run) if _ARROW.match(line.text)]
    if not arrows:
        return run
    before = run[arrows[0] - 1] if arrows[0] else None
    if not before or not (before.kind is Kind.LIST_ITEM or before.text.endswith((":", "："))):
        return run
    for number in arrows:
        line = run[number]
        size = _ARROW.match(line.text).end()  # type: ignore[union-attr]
        run[number] = line._replace(
            start=line.start + size, text=line.text[size:], kind=Kind.LIST_ITEM
        )
    return run


def is_written(text: str) -> bool:
    """Return whether preformatted text is what somebody wrote: sentences, and no code."""
    text = text[:_MAX_LOOKED_AT_CHARS]
    size = len("".join(text.split()))
    letters = sum(unicodedata.category(letter)[0] in "LM" for letter in text)
    is_text = size >= _MIN_WRITTEN_CHARS and letters >= _MIN_LETTER_SHARE * size
    return is_text and len(_END_OF_SENTENCE.findall(text)) >= 2


# --------------------------------------------------------------------------------------------
# Wrapped lines


def _is_open(line: _Line) -> bool:
    """Return whether a line ends in mid-sentence."""
    return not _SENTENCE_END.search(line.raw)


def _is_full(line: _Line, following: _Line, width: int) -> bool:
    """Return whether the next line's first word did not fit on this line."""
    first_word = following.raw.split(None, 1)[0]
    if len(line.raw) + 1 + len(first_word) > width or _is_broken_word(line, following):
        return True
    is_small = following.text[0].islower() and _is_open(line)
    return is_small and len(line.raw) >= _NEARLY_FULL * width


def _is_broken_word(line: _Line, following: _Line) -> bool:
    return following.raw[0].islower() and bool(_BROKEN_WORD.search(line.raw))


def _is_wrapped(run: Sequence[_Line]) -> bool:
    """Return whether an editor broke the run's lines at a width, rather than a writer at its end.

    Then nearly every line but the last is full: the next line's first word would not have fitted.
    """
    width = max(len(line.raw) for line in run)
    if len(run) < 2 or not _MIN_CHARS <= width <= _MAX_CHARS:
        return False
    pairs = list(pairwise(run))
    full = [line for line, after in pairs if _is_full(line, after, width)]
    open_lines = [line for line in full if _is_open(line)]
    if len(run) == 2:
        goes_on = run[1].raw[0].islower() or (
            not _is_cased(run[1]) and _MIDDLE_END.search(run[0].raw) is not None
        )
        goes_on = goes_on and len(run[0].raw) >= _MIN_TWO_CHARS
        return bool(open_lines) and (goes_on or _is_broken_word(*run))
    is_usual = _NARROW_CHARS <= width <= _WIDE_CHARS
    share = _FULL_SHARE if is_usual else _SURE_FULL_SHARE
    if len(full) < share * len(pairs) or len(open_lines) < 0.5 * len(full):
        return False
    return _goes_on(run, is_usual=is_usual)


def _goes_on(run: Sequence[_Line], *, is_usual: bool) -> bool:
    """Return whether the lines read on as sentences do: not a list, not verse."""
    cased = [line for line in run[1:] if _is_cased(line)]
    if len(cased) >= 0.5 * (len(run) - 1):
        small = sum(line.raw[0].islower() for line in cased)
        return small >= (_SMALL_SHARE if is_usual else _SURE_SMALL_SHARE) * len(cased)
    # A script without capitals: sentences end within lines, and the last line ends one.
    ends = any(_MIDDLE_END.search(line.raw) for line in run) or not _is_open(run[-1])
    return ends and (is_usual or len(run) >= 3)


def _is_cased(line: _Line) -> bool:
    """Return whether a line begins with a letter that there is in two sizes."""
    return line.raw[0].lower() != line.raw[0].upper()


def _column_width(runs: Sequence[Sequence[_Line]]) -> int:
    """Return the width at which the document's paragraphs are wrapped; 0 if they are not."""
    widths = sorted(max(len(line.raw) for line in run) for run in runs if _is_wrapped(run))
    return widths[-1] if len(widths) >= 2 and widths[0] >= 0.8 * widths[-1] else 0


def _fits(run: Sequence[_Line], width: int) -> bool:
    """Return whether a run of few lines is wrapped at the width of the document's paragraphs."""
    if len(run) < 2 or not width or max(len(line.raw) for line in run) > width:
        return False
    return all(_is_full(line, after, width) and _is_open(line) for line, after in pairwise(run))


def _entries(run: Sequence[_Line]) -> set[int]:
    """Return which lines begin an entry of their own, where several begin with a date or time."""
    found = {number for number, line in enumerate(run) if _ENTRY.match(line.raw)}
    labelled = {number for number, line in enumerate(run) if _LABEL.match(line.raw)}
    if 0 in labelled and len(labelled) >= _LABELLED_SHARE * len(run):
        found |= labelled
    is_short = max(len(line.raw) for line in run) <= _MAX_ENTRY_CHARS
    return found if len(found) >= 2 and is_short else set()


def _sign(line: _Line) -> str:
    """Return what marks a line as an item: its bullet, or `1` for any number or letter."""
    return line.raw[0] if not line.raw[0].isalnum() else "1"


def _is_continuation(above: _Line, line: _Line, width: int) -> bool:
    """Return whether what looks like a list item is the middle of a wrapped sentence."""
    return (
        above.kind is Kind.PARAGRAPH
        and _is_open(above)
        and width >= _MIN_CHARS
        and _is_full(above, line, width)
    )


# --------------------------------------------------------------------------------------------
# Blocks


def read(data: bytes) -> Content:
    """Return the paragraphs, list items and table rows of a plain text."""
    return paragraphs(_without_entities(decode(data)))


def _without_entities(source: Decoded) -> Decoded:
    """Return a text whose letters were written as HTML writes them, with the letters."""
    number = len(_LETTER_ENTITY.findall(source.text))
    if number < _MIN_ENTITIES or number < _MIN_ENTITY_SHARE * len(source.text):
        return source
    text, notes = clean(html.unescape(source.text))
    note = f"{number:,} letters that were written as HTML entities were put in their place"
    return Decoded(text, source.encoding, (*source.notes, *notes, note))


def paragraphs(source: Decoded) -> Content:
    """Return the paragraphs, list items and table rows of a text.

    They are slices of it, except where words that the line's end breaks are put together.
    """
    refuse_lines(source.text)
    spans = text_spans(source.text)
    if not any(_BROKEN_WORD.search(line) for x in spans for line in x.text.split("\n")[:-1]):
        return Content(spans, source.text, source.encoding, notes=source.notes)
    join = LineJoiner(source.text.split("\n")).join
    whole = [replace(span, text=join(span.text.split("\n"), end="\n")) for span in spans]
    note = "words that a hyphen broke at the end of a line were put together"
    return Content(whole, encoding=source.encoding, notes=(*source.notes, note))


class LineJoiner:
    """Puts the lines of a paragraph together, and words that a hyphen broke at their ends.

    Whether a hyphen belongs to its word (`well-known`) is seen in the rest of the text.
    """

    def __init__(self, lines: Sequence[str]) -> None:
        """Look at all lines of the text."""
        self._words = Counter(word for line in lines for word in _WORD.findall(line))
        num_broken = sum(bool(_BROKEN_WORD.search(line.rstrip())) for line in lines)
        self._is_hyphenated = num_broken >= _HYPHENATED_SHARE * sum(map(bool, lines))

    def join(self, lines: Sequence[str], *, end: str = " ") -> str:
        """Return lines of one paragraph as one text, with `end` between them."""
        pieces = [lines[0].rstrip()]
        for line in map(str.strip, lines[1:]):
            above = pieces[-1]
            if not line:
                continue
            if line[0].islower() and _BROKEN_WORD.search(above):
                pieces[-1] = above if self._has_hyphen(above, line) else above[:-1]
                pieces.append(line)
            else:
                pieces += [end, line]
        return "".join(pieces).replace("\u00ad", "")

    def _has_hyphen(self, above: str, line: str) -> bool:
        first, second = _WORD.findall(above)[-1].rstrip("-‐\u00ad"), _WORD.findall(line)[0]
        if above.endswith("\u00ad") or self._words[first + second]:
            return False
        if self._words[f"{first}-{second}"] or not self._is_hyphenated:
            return True
        return bool(self._words[first] and self._words[second] > 1)


def text_spans(text: str) -> list[Span]:
    """Return one span per line, or per paragraph where an editor has wrapped the lines."""
    runs = _runs(text)
    column = _column_width(runs)
    spans: list[Span] = []
    ends: list[int] = []  # of the spans; their texts are cut out at the end, once each
    for run in runs:
        fits = _fits(run, column)
        entries = _entries(run)
        wrapped = fits or bool(entries) or _is_wrapped(run)
        width = max(len(line.raw) for line in run)
        width = max(width, column) if fits else width
        # A sentence that goes on with a dash or a number has the only one of its run.
        signs = Counter(_sign(line) for line in run if line.kind is Kind.LIST_ITEM)
        alone = {sign for sign, count in signs.items() if count == 1 and len(run) >= 3}
        for number, line in enumerate(run):
            above = run[number - 1] if number else None
            may_go_on = above and wrapped and number not in entries
            if above and may_go_on and _continues(above, line, width, alone):
                ends[-1] = line.raw_start + len(line.raw)
            elif above and _continues_item(above, line, spans[-1]):
                ends[-1] = line.start + len(line.text)
            else:
                is_entry = number in entries and line.kind is Kind.PARAGRAPH
                kind = Kind.LIST_ITEM if is_entry else line.kind
                level = 1 if kind is Kind.LIST_ITEM else 0
                spans.append(Span("", kind, level, start=line.start))
                ends.append(line.start + len(line.text))
    return [
        replace(span, text=text[span.start : end]) for span, end in zip(spans, ends, strict=True)
    ]


def _continues_item(above: _Line, line: _Line, span: Span) -> bool:
    """Return whether a line goes on with the item above: it is indented under its text."""
    is_indented = line.kind is Kind.PARAGRAPH and line.indent >= 2
    return is_indented and len(above.text) <= _WIDE_CHARS and span.kind is Kind.LIST_ITEM


def _continues(above: _Line, line: _Line, width: int, alone: Collection[str]) -> bool:
    """Return whether a line of a wrapped run goes on with the paragraph of the one above."""
    if Kind.TABLE_ROW in (above.kind, line.kind):
        return False
    if line.kind is Kind.LIST_ITEM:
        return _sign(line) in alone and _is_continuation(above, line, width)
    return _is_full(above, line, width)
