"""What a reader gives: the block-level texts of one article, and what its source says of it."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from seedsum.errors import ReadError
from seedsum.reading.encoding import CONTROLS, stated
from seedsum.records import Block, Kind

#: Most blocks of a document: 200,000 paragraphs take 2 minutes and 1.0 GB without a model.
MAX_BLOCKS = 250_000
#: Most lines of a text: what is built before blocks can be counted takes up to 0.7 GB then.
MAX_LINES = 1_000_000
#: Between the cells of a table row; segmentation takes a row apart there.
CELL_SEPARATOR = " | "


@dataclass(frozen=True, slots=True)
class Span:
    """One block-level text: a paragraph, heading, list item or table row (see `records.Block`)."""

    text: str  # what a reader of the article sees of it; cells are parted by `CELL_SEPARATOR`
    kind: Kind = Kind.PARAGRAPH
    level: int = 0
    hint: str = ""
    outside_article: bool = False
    start: int = 0  # where it stands in `Content.text`, where there is one


@dataclass(frozen=True, slots=True)
class Content:
    """What a reader makes of the bytes of one article.

    Attributes:
        spans: In order. Without `text` they are cleaned, and empty ones are left out.
        text: What all spans are slices of, clean already (`encoding.clean`); None where the
            document's text is to be that of its spans, an empty line between them.
        encoding: What the bytes were decoded with; `binary` for formats that are no text.
        title, url, date, declared_language, notes: See `records.Document`.
    """

    spans: Sequence[Span]
    text: str | None = None
    encoding: str = "binary"
    title: str | None = None
    url: str | None = None
    date: str | None = None
    declared_language: str | None = None
    notes: tuple[str, ...] = ()


def text_and_blocks(content: Content) -> tuple[str, tuple[Block, ...]]:
    """Return the text of a document and its blocks; none and more than `MAX_BLOCKS` are refused."""
    text, spans = content.text, content.spans
    if text is None:
        spans = _placed(spans)
        text = "\n\n".join(span.text for span in spans)
    if not spans:
        raise ReadError(
            "holds no visible text (an empty page, or one that a script fills in); save the"
            " article's text"
        )
    refuse_many(len(spans), MAX_BLOCKS, "paragraphs")
    blocks = tuple(
        Block(f"b{n}", x.start, x.start + len(x.text), x.kind, x.level, x.outside_article, x.hint)
        for n, x in enumerate(spans, start=1)
    )
    return text, blocks


def _placed(spans: Iterable[Span]) -> list[Span]:
    """Return the spans with their places in their texts with an empty line between them.

    They are cleaned here: `&#7;` and `e&#769;` are decoded only after the page was.
    """
    placed: list[Span] = []
    start = 0
    for span in spans:
        text = unicodedata.normalize("NFC", CONTROLS.sub(" ", span.text)).strip()
        if text:
            placed.append(replace(span, text=text, start=start))
            start += len(text) + 2
    return placed


def stated_fields(values: Mapping[str, object]) -> dict[str, Any]:
    """Return what a source states of itself by the usual keys, as fields of `Content`."""
    keys = {"title": "title", "url": "url", "date": "date", "declared_language": "language"}
    found = ((field, stated(values.get(key))) for field, key in keys.items())
    return {field: value for field, value in found if value}


def refuse_lines(text: str) -> None:
    """Refuse a text of more than `MAX_LINES`."""
    refuse_many(text.count("\n") + 1, MAX_LINES, "lines")


def refuse_many(count: int, limit: int, what: str) -> None:
    """Refuse with both numbers a source that has more of something than any article has."""
    if count > limit:
        raise ReadError(
            f"{count:,} {what}, more than the limit of {limit:,}; split it into one file per"
            " article"
        )
