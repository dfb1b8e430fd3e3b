"""A block as the rules for roles look at it: its text in a line, its shape, its role so far."""

from __future__ import annotations

import re
from dataclasses import dataclass

from seedsum.reading.cues import LETTERS
from seedsum.reading.spans import letters_of
from seedsum.records import Block, Document, Kind, Role

_SENTENCE_END = re.compile(r"[.!?…।॥][\"'”’»)\]/]*$")
OPEN_END = re.compile(r"[:;,]$")
TRUNCATED = re.compile(r"(?:\.\.+|…|\[…\]|\[\.\.\.\])$")
#: From here on a paragraph is taken for prose (half the sentences of news are longer).
PARAGRAPH_CHARS = 120
#: A complete sentence of that length is no menu word or slogan.
SENTENCE_CHARS = 50
#: A block of that much link is one; numbers and marks beside it are not.
_LINKED_SHARE = 0.8
#: Of a longer block only the two ends are looked at: nothing but prose is that long.
_LOOKED_AT_CHARS = 4_000
HEADLINE_CHARS = 200

#: Roles of what stands around an article; they hold against the section that a block is in.
AROUND = {Role.BOILERPLATE, Role.COMMENT, Role.RELATED, Role.NAVIGATION, Role.SOURCE_LINK}
#: What stands under everything else on a page.
PAGE_ENDS = AROUND - {Role.RELATED} | {Role.BYLINE, Role.DATE}


@dataclass(slots=True)
class Line:
    """A block with what the rules look at, and the role that the first that fits gives it."""

    block: Block
    text: str
    key: str
    is_complete: bool
    is_linked: bool = False  # nearly all of it leads elsewhere
    has_lines: bool = False  # verses, or a paragraph that is wrapped
    role: Role | None = None
    reason: str = "paragraph"

    def mark(self, role: Role, reason: str) -> None:
        """Give the line a role, by the rule of that name."""
        self.role, self.reason = role, reason

    @property
    def is_outside(self) -> bool:
        """Whether the page's extractor left it out of the article."""
        return self.block.outside_article

    @property
    def is_first_heading(self) -> bool:
        """Whether it is a heading of the first level."""
        return (self.block.kind, self.block.level) == (Kind.HEADING, 1)

    @property
    def is_paragraph(self) -> bool:
        """Whether it is surely prose."""
        return self.is_sentence and self.is_complete and len(self.text) >= PARAGRAPH_CHARS

    @property
    def is_sentence(self) -> bool:
        """Whether it is a sentence at least, and no headline or menu word."""
        return (
            self.block.kind is Kind.PARAGRAPH
            and len(self.text) >= SENTENCE_CHARS
            and (self.is_complete or len(self.text) > HEADLINE_CHARS)
        )

    @property
    def is_short(self) -> bool:
        """Whether it may be a word of a menu, a name or a headline."""
        return len(self.text) <= 100 and not self.is_sentence

    @property
    def is_headline(self) -> bool:
        """Whether it may be a headline."""
        return self.is_headline_or_item and self.block.kind is not Kind.LIST_ITEM

    @property
    def is_headline_or_item(self) -> bool:
        """Whether it may be a headline, also one in a list."""
        return (
            self.block.kind in (Kind.PARAGRAPH, Kind.HEADING, Kind.LIST_ITEM)
            and 8 <= len(self.text) <= HEADLINE_CHARS
            and not OPEN_END.search(self.text)
            and not self.text.endswith((".", "।"))
            and bool(LETTERS.search(self.text))
        )


def linked_blocks(document: Document) -> set[str]:
    """Return the ids of the blocks whose text is nearly all in links."""
    linked: set[str] = set()
    links = iter(document.links)
    link = next(links, None)
    for block in document.blocks:
        size = 0
        while link and link.start < block.end:
            size += link.end - link.start
            link = next(links, None)
        if size >= _LINKED_SHARE * (block.end - block.start):
            linked.add(block.id)
    return linked


def line_of(document: Document, block: Block, *, is_linked: bool) -> Line:
    """Return the block as a line without a role."""
    text = document.text[block.start : block.end]
    if len(text) > _LOOKED_AT_CHARS:
        half = _LOOKED_AT_CHARS // 2
        text = f"{text[:half]} {text[-half:]}"
    has_lines = "\n" in text.strip()
    text = " ".join(text.split())
    is_complete = bool(_SENTENCE_END.search(text)) and not TRUNCATED.search(text)
    return Line(block, text, key_of(text), is_complete, is_linked, has_lines)


def key_of(text: str) -> str:
    """Return a headline's letters and digits, for comparing; a long text is no headline."""
    if len(text) > 2 * HEADLINE_CHARS:
        return ""
    return letters_of(text)
