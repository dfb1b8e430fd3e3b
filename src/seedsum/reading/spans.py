"""What a reader gives: the block-level texts of one article, and what its source says of it."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from seedsum.errors import ReadError
from seedsum.reading.encoding import CONTROLS, stated
from seedsum.records import Block, Kind, Link

#: Most blocks of a document: 200,000 paragraphs take 2 minutes and 1.0 GB without a model.
_MAX_BLOCKS = 250_000
#: Most lines of a text: what is built before blocks can be counted takes up to 0.7 GB then.
_MAX_LINES = 1_000_000
#: Between the cells of a table row; segmentation takes a row apart there.
CELL_SEPARATOR = " | "
#: Where the title is looked for, and how many letters it has at least where other words stand
#: beside it: a short one may be in any sentence.
_TOP_SPANS, _MIN_TITLE_LETTERS = 8, 25
#: The hint of what a source quotes as a block of its own; it is part of the article.
QUOTATION = "blockquote"
#: The hint of a short text that is bold all through.
BOLD = "bold"
#: The hint of a headline that the source only states in its own data.
STATED = "stated"


@dataclass(frozen=True, slots=True)
class Span:
    """One block-level text: a paragraph, heading, list item or table row (see `records.Block`)."""

    text: str  # what a reader of the article sees of it; cells are parted by `CELL_SEPARATOR`
    kind: Kind = Kind.PARAGRAPH
    level: int = 0
    hint: str = ""
    outside_article: bool = False
    start: int = 0  # where it stands in `Content.text`, where there is one
    links: tuple[Link, ...] = ()  # with places in `text`

    def stripped(self) -> Span:
        """Return the span clean and without white space around it; its links move along."""
        text = _cleaned(self.text).strip()
        return replace(self, text=text, links=_links_in(self, text))

    def prefixed(self, prefix: str) -> Span:
        """Return the span with some text before its own; its links move along."""
        return replace(self, text=prefix + self.text, links=moved(self.links, len(prefix)))


@dataclass(frozen=True, slots=True)
class Content:
    """What a reader makes of the bytes of one article.

    Attributes:
        spans: In order. Without `text` they are cleaned, and empty ones are left out.
        text: What all spans are slices of, clean already (`encoding.clean`); None where the
            document's text is to be that of its spans, an empty line between them.
        encoding: What the bytes were decoded with; `binary` for formats that are no text.
        title, url, date, declared_language, notes, is_extracted: See `records.Document`.
    """

    spans: Sequence[Span]
    text: str | None = None
    encoding: str = "binary"
    title: str | None = None
    url: str | None = None
    date: str | None = None
    declared_language: str | None = None
    notes: tuple[str, ...] = ()
    is_extracted: bool = False


def converted(content: Content, convert: Callable[[str], str]) -> Content:
    """Return the content with its spans' texts and its title converted; spans stay slices."""

    def of_span(span: Span) -> Span:
        def place(end: int) -> int:
            return len(convert(span.text[:end]))

        links = (Link(place(link.start), place(link.end), link.address) for link in span.links)
        return replace(span, text=convert(span.text), links=tuple(links))

    spans = [of_span(span) for span in content.spans]
    title = convert(content.title) if content.title else content.title
    text = content.text
    if text is None:
        return replace(content, spans=spans, title=title)
    parts: list[str] = []
    placed = []
    end = length = 0
    for before, after in zip(content.spans, spans, strict=True):
        parts += text[end : before.start], after.text
        placed.append(replace(after, start=length + len(parts[-2])))
        length = placed[-1].start + len(after.text)
        end = before.start + len(before.text)
    return replace(content, spans=placed, text="".join([*parts, text[end:]]), title=title)


def text_and_blocks(content: Content) -> tuple[str, tuple[Block, ...], tuple[Link, ...]]:
    """Return the text of a document, its blocks and its links, which are where blocks are.

    No block and more than `_MAX_BLOCKS` are refused.
    """
    text, spans = content.text, content.spans
    if text is None:
        spans = _placed(spans)
        text = "\n\n".join(span.text for span in spans)
    if not spans:
        raise ReadError(
            "holds no visible text (an empty page, or one that a script fills in); save the"
            " article's text"
        )
    refuse_many(len(spans), _MAX_BLOCKS, "paragraphs")
    blocks = tuple(
        Block(f"b{n}", x.start, x.start + len(x.text), x.kind, x.level, x.outside_article, x.hint)
        for n, x in enumerate(spans, start=1)
    )
    links = tuple(
        replace(link, start=span.start + link.start, end=span.start + link.end)
        for span in spans
        for link in span.links
    )
    return text, blocks, links


def _placed(spans: Iterable[Span]) -> list[Span]:
    """Return the spans with their places in their texts with an empty line between them.

    They are cleaned here: `&#7;` and `e&#769;` are decoded only after the page was.
    """
    placed: list[Span] = []
    start = 0
    for span in spans:
        clean = span.stripped()
        if clean.text:
            placed.append(replace(clean, start=start))
            start += len(clean.text) + 2
    return placed


def moved(links: Iterable[Link], by: int) -> tuple[Link, ...]:
    """Return links of a text that moves on by so many characters."""
    return tuple(Link(link.start + by, link.end + by, link.address) for link in links)


def _cleaned(text: str) -> str:
    return unicodedata.normalize("NFC", CONTROLS.sub(" ", text))


def _links_in(span: Span, text: str) -> tuple[Link, ...]:
    """Return a span's links with their places in its cleaned text."""
    if not span.links or span.text == text:
        return span.links
    num_stripped = len(cleaned := _cleaned(span.text)) - len(cleaned.lstrip())
    moved: list[Link] = []
    for link in span.links:
        start = max(0, len(_cleaned(span.text[: link.start])) - num_stripped)
        end = min(len(text), len(_cleaned(span.text[: link.end])) - num_stripped)
        if start < end:
            moved.append(Link(start, end, link.address))
    return tuple(moved)


def with_title(content: Content) -> Content:
    """Return the content with its title as the first block, unless it stands near its top.

    For titles that only the source's own fields have.
    """
    title = content.title
    squeezed = _squeezed(title or "")
    if not title or not squeezed:
        return content
    for span in content.spans[:_TOP_SPANS]:
        shown = _squeezed(span.text)
        # `Headline | Paper`, or the headline with its kicker.
        if shown == squeezed or (len(squeezed) >= _MIN_TITLE_LETTERS and squeezed in shown):
            return content
    return replace(content, text=None, spans=[Span(title, Kind.HEADING, 1), *content.spans])


def known_title(title: str | None, spans: Sequence[Span]) -> str | None:
    """Return the title of a file's properties where it stands in the text, too, else None.

    Properties are often those of the template, or of the document that was written over.
    """
    squeezed = _squeezed(title or "")
    return title if squeezed and any(squeezed == _squeezed(x.text) for x in spans[:20]) else None


def _squeezed(text: str) -> str:
    return letters_of(text[:2_000])


def letters_of(text: str) -> str:
    """Return a text's letters and digits, capitals as small ones, for comparing."""
    return "".join(filter(str.isalnum, text.casefold()))


def stated_fields(values: Mapping[str, object]) -> dict[str, Any]:
    """Return what a source states of itself by the usual keys, as fields of `Content`."""
    keys = {"title": "title", "url": "url", "date": "date", "declared_language": "language"}
    found = ((field, stated(values.get(key))) for field, key in keys.items())
    return {field: value for field, value in found if value}


def refuse_lines(text: str) -> None:
    """Refuse a text of more than `_MAX_LINES`."""
    refuse_many(text.count("\n") + 1, _MAX_LINES, "lines")


def refuse_many(count: int, limit: int, what: str) -> None:
    """Refuse with both numbers a source that has more of something than any article has."""
    if count > limit:
        raise ReadError(
            f"{count:,} {what}, more than the limit of {limit:,}; split it into one file per"
            " article"
        )
