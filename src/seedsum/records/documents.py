"""A source as it is read: blocks, segments, languages."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Role(StrEnum):
    """What a block is on its page. Only `SUMMARY_ROLES` feed the summary."""

    TITLE = "title"
    BYLINE = "byline"
    DATE = "date"
    BODY = "body"
    HEADING = "heading"
    LIST = "list"
    TABLE = "table"
    CAPTION = "caption"
    BREADCRUMB = "breadcrumb"
    NAVIGATION = "navigation"
    RELATED = "related"
    BOILERPLATE = "boilerplate"
    COMMENT = "comment"
    SOURCE_LINK = "source_link"


#: Roles whose text is the article itself, and so may be summarised.
SUMMARY_ROLES = frozenset({Role.BODY, Role.LIST})

#: Roles that belong to the article (as opposed to the page around it).
ARTICLE_ROLES = frozenset(
    {Role.TITLE, Role.BYLINE, Role.DATE, Role.BODY, Role.HEADING, Role.LIST, Role.TABLE}
)


class Kind(StrEnum):
    """The structure that the reader saw, before anything is known of the meaning."""

    PARAGRAPH = "paragraph"
    HEADING = "heading"
    LIST_ITEM = "list_item"
    TABLE_ROW = "table_row"
    CODE = "code"


#: BCP 47's tag for 'undetermined'.
UNDETERMINED = "und"

#: What everything is translated into.
TARGET_LANGUAGE = "en"


@dataclass(frozen=True, slots=True)
class Detection:
    """The language of a piece of text (BCP 47, or `und`)."""

    language: str = UNDETERMINED
    confidence: float = 0.0  # 0 to 1: how sure the method is, not a probability across methods
    method: str = "unknown"  # script, words, langdetect, neighbours, declared, no-letters, unknown


@dataclass(frozen=True, slots=True)
class Block:
    """A paragraph, heading, list item or table row of a document, in document order.

    `reading.roles.classify` sets role and reason, `reading.detection.detect` the detection.
    """

    id: str  # b1, b2, ... in document order
    start: int  # blocks do not overlap; between them is only white space or markup (`# `, `- `)
    end: int
    kind: Kind = Kind.PARAGRAPH
    level: int = 0  # heading level 1 to 6 or list depth from 1; 0 where it has no meaning
    outside_article: bool = False  # the extractor (trafilatura, for HTML) left it out
    hint: str = ""  # what the page's markup says of it (`nav`, `aside`, `figcaption`, ...)
    role: Role = Role.BODY
    reason: str = ""  # the rule that gave the role
    detection: Detection = Detection()


@dataclass(frozen=True, slots=True)
class Link:
    """Where a piece of a document's text leads: `text[start:end]` is what is shown of it."""

    start: int
    end: int
    address: str


@dataclass(frozen=True, slots=True)
class Document:
    """One source article; title, url, date and declared language as the source states them.

    Its name is a POSIX path below the input root, and the stem of its output files (`health/a.txt`;
    a line of a JSONL file is `news.jsonl/ID`).
    """

    name: str
    sha256: str  # of the raw bytes (for JSONL: of the line's bytes)
    format: str  # of a reader: `txt`, `md`, `html`, `jsonl`, or what a package adds
    encoding: str  # what the bytes were decoded with (`utf-8`, `utf-8-sig`, `utf-16`, ...)
    text: str  # all of it, NFC, with `\n` line ends
    blocks: tuple[Block, ...]
    title: str | None = None
    url: str | None = None
    date: str | None = None
    declared_language: str | None = None
    notes: tuple[str, ...] = ()  # what the reader changed or noticed, for people
    kind: str = ""  # what kind of text it is (`news`, `minutes`, ...)
    links: tuple[Link, ...] = ()
    is_extracted: bool = False  # an extractor has said which blocks are outside the article


@dataclass(frozen=True, slots=True)
class Segment:
    """What a model gets: a sentence, or a part of one; `document.text[start:end] == text`."""

    id: str
    block_id: str
    start: int
    end: int
    text: str
    language: str = ""  # where it is another than its block's, else empty
