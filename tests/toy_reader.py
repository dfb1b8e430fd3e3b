"""A reader that another package could add: telegrams (.caps), in capitals, STOP for full stops."""

from __future__ import annotations

from seedsum.errors import ReadError
from seedsum.reading import Reader
from seedsum.reading.encoding import decode
from seedsum.reading.spans import Content, Span
from seedsum.records import Kind


def read(data: bytes) -> Content:
    """Return the first line as the headline, and each other line as a paragraph."""
    source = decode(data)
    if source.text.upper() != source.text:
        raise ReadError("a telegram has no small letters; send it again")
    headline, *lines = source.text.splitlines()
    spans = [Span(headline.capitalize(), Kind.HEADING, level=1)]
    for line in lines:
        sentences = [part.strip().capitalize() for part in line.split("STOP") if part.strip()]
        spans.append(Span(" ".join(f"{sentence}." for sentence in sentences)))
    return Content(spans, encoding=source.encoding, title=headline, notes=source.notes)


CAPS = Reader("caps", (".caps",), read)
