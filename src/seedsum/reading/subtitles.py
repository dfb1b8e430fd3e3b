"""Subtitles (.srt, .vtt): what is said, in paragraphs, without times, numbers and styles."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from typing import NamedTuple

from seedsum.errors import ReadError
from seedsum.reading.encoding import decode
from seedsum.reading.spans import Content, Span, refuse_lines

_TIME = r"(?:(\d{1,3}):)?(\d{1,2}):(\d{1,2})[.,](\d{1,3})"
_TIMES = re.compile(rf"\s*{_TIME}\s*-->\s*{_TIME}(?:\s[^\n]*)?$")
#: Blocks of a .vtt that are not shown.
_NOT_SHOWN = re.compile(r"(?:NOTE|STYLE|REGION)(?:\s|$)|WEBVTT|X-TIMESTAMP-MAP")
_SPEAKER = re.compile(r"<v(?:\.[^\s>]{0,100})?\s+([^>\n]{1,100})>")
_TAG = re.compile(r"</?[a-zA-Z0-9][^>\n]{0,200}>|\{\\[^}\n]{0,200}\}")
_ENDS = re.compile(r"[.!?…।॥][\"'”’»)\]]*$")
_NEW_SPEAKER = re.compile(r"[-–—]\s*(?=\S)|[^\W\d_][\w .]{0,30}:\s")
#: A pause after a sentence that long, or a paragraph that long, begins a new paragraph.
_PAUSE_SECONDS = 3.0
_MAX_PARAGRAPH_CHARS = 500


class _Cue(NamedTuple):
    start: float
    end: float
    lines: tuple[str, ...]


def read(data: bytes) -> Content:
    """Return what is said: cues are joined to sentences, and sentences to paragraphs."""
    source = decode(data)
    refuse_lines(source.text)
    cues = list(_cues(source.text))
    if not cues:
        raise ReadError(
            "holds no subtitles (a line 00:00:01,000 --> 00:00:03,000 above each); give it the"
            " extension of what it is"
        )
    spans = [Span(text) for text in _paragraphs(cues)]
    return Content(spans, encoding=source.encoding, notes=source.notes)


def _cues(text: str) -> Iterator[_Cue]:
    """Yield what is shown, when, in the file's order."""
    for block in re.split(r"\n[ \t]*\n", text):
        lines = block.strip("\n").split("\n")
        for number, line in enumerate(lines[:3]):
            if times := _TIMES.match(line):
                shown = tuple(filter(None, (_shown(line) for line in lines[number + 1 :])))
                if shown:
                    yield _Cue(_seconds(times.groups()[:4]), _seconds(times.groups()[4:]), shown)
                break
            if _NOT_SHOWN.match(line):
                break


def _seconds(parts: tuple[str | None, ...]) -> float:
    hours, minutes, seconds, fraction = (int(part or 0) for part in parts)
    return hours * 3600 + minutes * 60 + seconds + fraction / 1000


def _shown(line: str) -> str:
    return html.unescape(_TAG.sub("", _SPEAKER.sub(r"\1: ", line))).strip()


def _paragraphs(cues: list[_Cue]) -> Iterator[str]:
    """Yield paragraphs; lines that roll on (each cue repeats the last one's) are taken once."""
    paragraph = ""
    end = cues[0].start
    last: tuple[str, ...] = ()
    for cue in cues:
        for line in cue.lines:
            if line in last:
                continue
            is_new = bool(_NEW_SPEAKER.match(line)) or (
                bool(_ENDS.search(paragraph))
                and (cue.start - end >= _PAUSE_SECONDS or len(paragraph) >= _MAX_PARAGRAPH_CHARS)
            )
            if is_new and paragraph:
                yield paragraph
                paragraph = ""
            paragraph = f"{paragraph} {line}".strip()
        last, end = cue.lines, cue.end
    if paragraph:
        yield paragraph
