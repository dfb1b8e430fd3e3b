"""Blocks into segments (sentences) and back; over-long segments are split at their best boundary.

Segments are slices of the document's text and cover all of a block but white space, so that nothing
can fall out of a translation: `rejoin` with the segments' own texts gives the text back.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from itertools import chain, islice, pairwise

from seedsum.errors import DocumentError
from seedsum.languages import LANGUAGES
from seedsum.languages.common import any_of
from seedsum.records import TARGET_LANGUAGE, UNDETERMINED, Block, Document, Kind, Segment

#: Names and abbreviations of one language stand in texts of the others, so there is one table.
_CUES = [language.sentences for language in LANGUAGES.values() if language.sentences]


def _all(field: str) -> frozenset[str]:
    """Return what all languages have in a field of their sentence cues."""
    return frozenset(chain.from_iterable(getattr(cues, field) for cues in _CUES))


_TITLES, _OPEN_ABBREVIATIONS, _STARTERS, _SPEECH_VERBS = map(
    _all, ("titles", "open_abbreviations", "starters", "speech_verbs")
)
_DIGITS_BEFORE_STOP = frozenset(
    digit
    for language in LANGUAGES.values()
    if language.sentences and language.sentences.number_and_stop
    for digit in language.digits
)

_LAST_WORD = re.compile(r"(?:^|[\s(\[\"“‘'«])([^\s(\[\"“‘'«]{1,12})\.$")
_NEXT_WORD = re.compile(r"\s*[\"“‘«(]*([^\W\d_]+)")
_INITIALS = re.compile(r"(?:[^\W\d_]\.){0,4}[^\W\d_]")
_LETTER_LABEL = re.compile(r"\(?[^\W\d_][.)]")
# `Điều 5. Quyền lợi`, `Article 5. Rights`, `ধারা ৫. অধিকার`: the number belongs to its title.
_SECTION_WORD = re.compile(
    rf"{any_of(_all('section_words'))}\s(?:\d{{1,3}}\.){{0,4}}\d{{1,3}}\.$",
    re.IGNORECASE,
)
_PAUSES = ",;:—–-"
_CLOSING_QUOTES = "\"'”’»"
# What no sentence begins with, so that a boundary in front of it is none.
_NO_START = re.compile(r"\s*[/,;:)\]}»”’.।?!…%]")
_ELLIPSIS = re.compile(r"(?:…|\.\.+)[\"'”’»)\]]*$")
# A boundary that sentencex does not see: an ellipsis, white space, a capital (or a quotation).
_AFTER_ELLIPSIS = re.compile(r"(?<!\.)(?:…|\.{3,})\s+(?=[“\"«]?[A-ZÀ-ÖØ-ÞĂĐĨŨƠƯẠ-Ỹ])")

# The numbers of a list inside a paragraph (`: 1. soap 2. water`); the first one follows a stop.
_FIRST_OF_LIST = re.compile(r"(?:^|[:;.!?।]\s+)(?=\d\.\s)")
_OF_LIST = re.compile(r"(?<!\S)(\d{1,2})\.\s+(?=\S)")

_PIECE_END = re.compile(r"[.!?।॥][\"'”’»)\]]{0,3}\s+|[।॥]")
_ENDS_SENTENCE = re.compile(r"[.!?…।॥][\"'”’»)\]]*\s*$")
#: sentencex 1.0 gets no more at once: its time grows with the square of unclosed quotation marks.
_MAX_PIECE_CHARS = 2_000

# Where a sentence may end inside a quotation, and what ends the next one.
_IN_QUOTATION = re.compile(r"[.!?।](?<!\.\.)\s+(?=[A-ZÀ-ÖØ-ÞĂĐĨŨƠƯẠ-Ỹ\u0904-\u0939\u0985-\u09b9])")
_QUOTED_END = re.compile(r"[.!?।”\"]|$")
#: Shorter sentences of a quotation stay together: “Go. Now.” is one thing said.
_MIN_QUOTED_CHARS = 20
#: Most segments of a document. Each takes about 5 KB until the pair is written.
_MAX_SEGMENTS = 300_000
#: What a segment is where no sentences are looked for; the bars between cells are markup.
_PARTS = {Kind.TABLE_ROW: re.compile(r"[^|]+"), Kind.CODE: re.compile(r"[^\n]+")}
#: Characters before and after a boundary that the guards look at.
_CONTEXT_CHARS = 40


def segment(document: Document) -> tuple[Segment, ...]:
    """Return the sentences of every block in document order, with ids `s1`, `s2`, ...

    Together they hold every character of a block that is not white space; none is empty.

    Raises:
        DocumentError: There are more than `_MAX_SEGMENTS`.
    """
    spans = ((block.id, *span) for block in document.blocks for span in _sentences(document, block))
    segments = tuple(
        Segment(f"s{number}", block_id, start, end, document.text[start:end])
        for number, (block_id, start, end) in enumerate(islice(spans, _MAX_SEGMENTS + 1), start=1)
    )
    if len(segments) > _MAX_SEGMENTS:
        raise DocumentError(
            f"{document.name}: more than {_MAX_SEGMENTS:,} sentences or cells of tables;"
            " split it into one file per article"
        )
    return segments


def _sentences(document: Document, block: Block) -> Iterator[tuple[int, int]]:
    """Yield the spans of a block's segments, without the white space around them."""
    text = document.text[block.start : block.end]
    if part := _PARTS.get(block.kind):
        pieces = [match.span() for match in part.finditer(text)]
    else:
        language = block.detection.language
        language = TARGET_LANGUAGE if language == UNDETERMINED else language
        pieces = list(pairwise([0, *sentence_boundaries(text, language), len(text)]))
    for start, end in pieces:
        if stripped := text[start:end].strip():
            begin = block.start + text.index(stripped, start)
            yield begin, begin + len(stripped)


def sentence_boundaries(text: str, language: str) -> list[int]:
    """Return where sentences end in one block's text, in ascending order, without 0 and the end.

    White space after a sentence belongs to it. Source: sentencex, corrected where it splits after
    an abbreviation or a section number, and where it keeps a long quotation or an ellipsis whole.
    """
    import sentencex

    # Line ends inside a block are an editor's, not the writer's.
    line = text.replace("\n", " ")
    candidates = {match.end() for match in _AFTER_ELLIPSIS.finditer(line)}
    quoted = {match.end() for match in _IN_QUOTATION.finditer(line)}
    for piece_start, piece_end in _pieces(line):
        position = piece_start
        for sentence in sentencex.segment(language, line[piece_start:piece_end]):
            position += len(sentence)
            if position < piece_end or _ENDS_SENTENCE.search(line[max(0, position - 8) : position]):
                candidates.add(position)
    items, numbers = _list_numbers(line)
    boundaries: list[int] = []
    start = 0
    for position in sorted(candidates | quoted | items):
        if position in items:
            boundaries.append(position)
            start = position
            continue
        if position in numbers:
            continue
        is_candidate = position in candidates or _splits_quotation(line, start, position)
        if is_candidate and position < len(line) and _is_boundary(line, start, position):
            boundaries.append(position)
            start = position
    return boundaries


def _list_numbers(line: str) -> tuple[set[int], set[int]]:
    """Return where the items of lists inside a paragraph begin, and where their numbers end.

    A list counts from 1 to 2 at least. A sentence ends before such a number, never after it.
    """
    begins: set[int] = set()
    ends: set[int] = set()
    for first in _FIRST_OF_LIST.finditer(line):
        run: list[re.Match[str]] = []
        for match in _OF_LIST.finditer(line, first.end()):
            if int(match[1]) == len(run) + 1:
                run.append(match)
            elif not run or int(match[1]) == 1:
                break
        if len(run) > 1:
            begins.update(match.start() for match in run if match.start())
            ends.update(match.end() for match in run)
    return begins, ends


def _splits_quotation(text: str, start: int, position: int) -> bool:
    """Return whether a quotation, which sentencex keeps whole, is open and long around a place."""
    if not _MIN_QUOTED_CHARS <= position - start <= _MAX_PIECE_CHARS:
        return False
    before = text[start:position]
    is_open = before.count('"') % 2 == 1 or before.count("“") > before.count("”")
    end = _QUOTED_END.search(text, position)
    return is_open and end is not None and end.start() - position >= _MIN_QUOTED_CHARS


def _pieces(line: str) -> Iterator[tuple[int, int]]:
    """Yield the spans of a line that sentencex gets: mostly one, else cut after sentences."""
    start = 0
    while len(line) - start > _MAX_PIECE_CHARS:
        low, high = start + _MAX_PIECE_CHARS // 2, start + _MAX_PIECE_CHARS
        end = max((match.end() for match in _PIECE_END.finditer(line, low, high)), default=high)
        yield start, end
        start = end
    yield start, len(line)


def _is_boundary(text: str, start: int, position: int) -> bool:
    """Return whether a sentence that began at `start` may end at `position`."""
    before = text[max(start, position - _CONTEXT_CHARS) : position].rstrip()
    after = text[position : position + _CONTEXT_CHARS]
    if not before or _NO_START.match(after):
        return False
    following = _NEXT_WORD.match(after)
    next_word = following[1] if following else ""
    first = after.split(None, 1)
    # A stray quotation mark at the end belongs to the sentence before.
    if position + _CONTEXT_CHARS >= len(text) and not any(map(str.isalnum, after)):
        return False
    if before[-1] in _CLOSING_QUOTES and (
        next_word[:1].islower()  # “Yes.” he said.
        or (first and first[0].strip(_PAUSES) in _SPEECH_VERBS)  # “হ্যাঁ।” বলে জানান তিনি।
    ):
        return False
    if _ELLIPSIS.search(before):
        # Most ellipses are pauses: only a capital letter says that a sentence begins.
        return next_word[:1].isupper()
    # The whole sentence so far is `2.1.` or `a)`: the number of what follows.
    is_label = position - start <= _CONTEXT_CHARS and _is_label(before)
    if is_label or _SECTION_WORD.search(before):
        return False
    last_word = _LAST_WORD.search(before)
    if not last_word:
        return True
    word = last_word[1].casefold()
    if word in _OPEN_ABBREVIATIONS or _INITIALS.fullmatch(word):
        return next_word[:1].isupper() and next_word.casefold() in _STARTERS
    if word in _TITLES or word.rpartition(".")[2] in _TITLES:
        return False
    # A number or date that goes on; in some languages a full stop after one ends nothing.
    return not (word[-1].isdigit() and (after[:1].isdigit() or word[-1] in _DIGITS_BEFORE_STOP))


def _is_label(text: str) -> bool:
    """Return whether a text is the number or letter of an item: `1.`, `২.১.`, `a)`, `***`."""
    return not any(map(str.isalpha, text)) or bool(_LETTER_LABEL.fullmatch(text))


# Inner boundaries, best first; a part ends after the match.
_INNER_BOUNDARIES = (
    re.compile(r"[.!?…][\"'”’»)\]]*\s+|[।॥][\"'”’»)\]]*\s*"),
    re.compile(r"[;:]\s+|\s[—–-]\s+|—"),
    re.compile(r"[,،、，]\s+"),
    re.compile(rf"\s+(?={any_of(_all('conjunctions'))}\s)", re.IGNORECASE),
    re.compile(r"\s+"),
)

#: A text longer than that for each token is over the limit without counting (a piece's most).
_MAX_CHARS_PER_TOKEN = 16
#: How far a cut may move to reach a boundary, so that huge texts take linear time.
_MAX_SHIFT_CHARS = 2_000
# ZERO WIDTH JOINER and the viramas tie the next letter to the one before.
_JOINERS = "\u200d\u094d\u09cd"


def split_long(
    segments: Iterable[Segment], *, count_tokens: Callable[[str], int], max_tokens: int
) -> tuple[Segment, ...]:
    """Return the segments, each over the limit split at its best inner boundaries, numbered.

    `count_tokens` counts what the model gets, special tokens included. The parts of a segment
    cover it but for white space, in order, and are about equally long.

    Raises:
        ValueError: `max_tokens` leaves no room for a single character.
    """
    return renumber(part for long in segments for part in _split(long, count_tokens, max_tokens))


def split_text(
    text: str, *, count_tokens: Callable[[str], int], max_tokens: int
) -> tuple[str, ...]:
    """Return a text, or its parts where it is over the limit; see `split_long`."""
    whole = Segment("s1", "b1", 0, len(text), text)
    pieces = split_long((whole,), count_tokens=count_tokens, max_tokens=max_tokens)
    return tuple(piece.text for piece in pieces)


def renumber(segments: Iterable[Segment]) -> tuple[Segment, ...]:
    """Return the segments with ids `s1`, `s2`, ... in the given order."""
    numbered = enumerate(segments, start=1)
    return tuple(replace(piece, id=f"s{number}") for number, piece in numbered)


def _split(
    segment: Segment, count_tokens: Callable[[str], int], max_tokens: int
) -> Iterator[Segment]:
    """Yield the parts of a segment in order; itself where it fits."""
    pending = [segment]
    while pending:
        piece = pending.pop()
        num_chars, max_chars = len(piece.text), max_tokens * _MAX_CHARS_PER_TOKEN
        num_parts = num_chars // max_chars + 1
        if num_chars <= max_chars:
            num_tokens = count_tokens(piece.text)
            if num_tokens <= max_tokens:
                yield piece
                continue
            num_parts = max(2, -(-num_tokens // max_tokens))
        if num_chars < 2:
            raise ValueError(f"max_tokens={max_tokens} leaves no room for the text {piece.text!r}")
        cut = _best_cut(piece.text, num_parts)
        pending.append(_part(piece, cut, num_chars))
        pending.append(_part(piece, 0, cut))


def _part(segment: Segment, start: int, end: int) -> Segment:
    text = segment.text[start:end]
    stripped = text.strip()
    begin = segment.start + start + text.index(stripped)
    return replace(segment, start=begin, end=begin + len(stripped), text=stripped)


def _best_cut(text: str, num_parts: int) -> int:
    """Return where to cut a text in two, so that `num_parts` parts can become equally long."""
    place = len(text) * (num_parts // 2) // num_parts
    shift = max(1, min(len(text) // num_parts // 3, _MAX_SHIFT_CHARS))
    low, high = max(1, place - shift), min(len(text) - 1, place + shift)
    for pattern in _INNER_BOUNDARIES:
        if cuts := [match.end() for match in pattern.finditer(text, low, high)]:
            return min(cuts, key=lambda cut: abs(cut - place))
    return _between_letters(text, place)


def _between_letters(text: str, place: int) -> int:
    """Return the first place from `place` on that is not inside a letter with its marks."""
    for cut in range(max(1, place), min(len(text), place + _CONTEXT_CHARS)):
        is_mark = unicodedata.category(text[cut]) in ("Mn", "Mc", "Me", "Cf")
        if not is_mark and text[cut - 1] not in _JOINERS:
            return cut
    return max(1, place)


def rejoin(document: Document, texts: Mapping[str, str], segments: Iterable[Segment]) -> str:
    """Return the document's text with each segment replaced by its text in `texts` (by id).

    What lies between segments stays, and a segment that `texts` lacks keeps its own text.
    """
    pieces: list[str] = []
    position = 0
    for piece in segments:
        pieces += document.text[position : piece.start], texts.get(piece.id, piece.text)
        position = piece.end
    return "".join([*pieces, document.text[position:]])
