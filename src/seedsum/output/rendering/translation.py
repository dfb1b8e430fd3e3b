"""translation.md: the article in English, its originals one click away or beside it."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from itertools import groupby, pairwise
from typing import NamedTuple

from seedsum.output.pairs import SUMMARY_SUFFIX
from seedsum.output.rendering.front_matter import sealed_file
from seedsum.output.rendering.markdown import escape_markdown, fenced, table
from seedsum.output.rendering.page import (
    IN_ENGLISH,
    NUM_SHOWN,
    Page,
    anchor,
    language_name,
    number,
    original,
    said_of,
    warnings_of,
)
from seedsum.records import Block, Kind, Role, TranslatedSegment

#: What stands around the article on its page, in the order of the part that shows it.
_PAGE_ROLES: Mapping[Role, str] = {
    Role.BREADCRUMB: "Breadcrumbs",
    Role.NAVIGATION: "Navigation",
    Role.RELATED: "Related news",
    Role.COMMENT: "Comments",
    Role.SOURCE_LINK: "Source links",
    Role.BOILERPLATE: "Boilerplate",
}

#: The hint of readers for what a source quotes.
QUOTATION = "blockquote"
_NUMBER = re.compile(r"(\d{1,4})([.)])\s", re.ASCII)

#: A cell of the rule under a table's head, as people and programs draw it.
_RULE = re.compile(r"[\s\-–—―_=:|+]*")


def translation_file(page: Page) -> str:
    """Return translation.md, sealed: title, notice, article, rest of the page."""
    article = [block for block in page.result.document.blocks if block.role not in _PAGE_ROLES]
    parts: list[str] = []
    if page.title_block is None:
        parts += [f"# {escape_markdown(page.title)}", _notice(page)]
    for structure, group in groupby(article, key=_structure):
        blocks = list(group)
        # Rows and items are one table or list; everything else stands for itself, unless the
        # originals stand beside it, which gives one table of sentences.
        joins = structure in ("list", "table") or (page.is_beside and structure == "paragraph")
        together = [blocks] if joins else [[block] for block in blocks]
        for some in together:
            parts += _set(page, some, structure=structure)
            if page.title_block in some:
                parts.append(_notice(page))
    parts += _rest_of_page(page)
    return sealed_file(page.front_matter(), "\n\n".join(filter(None, parts)) + "\n")


def _notice(page: Page) -> str:
    lines = [
        page.fallback_notice(),
        f"Status: **{page.result.status}** · {page.places(SUMMARY_SUFFIX, 'Summary')}",
        f"{page.made_by()} {page.fates_line()}",
    ]
    if page.flagged:
        links = ", ".join(page.link(segment.segment.id) for segment in page.flagged[:NUM_SHOWN])
        num_more = len(page.flagged) - NUM_SHOWN
        more = f" and {num_more} more" if num_more > 0 else ""
        lines.append(f"Marked with ⚠, the worst first: {links}{more}.")
    lines += page.stale_lines()
    return "\n>\n".join(f"> {line}" for line in lines if line)


def _structure(block: Block) -> str:
    if block.kind is Kind.CODE:
        return "code"
    if block.kind is Kind.TABLE_ROW or block.role is Role.TABLE:
        return "table"
    if block.role in (Role.TITLE, Role.HEADING, Role.CAPTION):
        return str(block.role)
    if block.kind is Kind.LIST_ITEM or block.role is Role.LIST:
        return "list"
    return "paragraph"


def shows_gaps(block: Block) -> bool:
    """Return whether what stands between a block's segments is shown, and not only that it does."""
    return _structure(block) in ("code", "table")


def _set(page: Page, blocks: Sequence[Block], *, structure: str) -> list[str]:
    source = page.result.document.text
    segments = [segment for block in blocks for segment in page.of_block.get(block.id, [])]
    if not segments:
        return []
    if page.is_beside and structure in _BESIDE:
        return [_beside(page, segments, italic=structure == "caption"), _replaced(page, segments)]
    if structure == "table":
        text = _table(page, blocks)
    elif structure == "list":
        text = _list(page, blocks)
    elif structure == "code":
        anchors = "".join(
            anchor(segment) + number(segment) + warnings_of(segment) for segment in segments
        )
        verbatim = segments[0].text
        for before, after in pairwise(segments):  # with the source's own white space between them
            verbatim += source[before.segment.end : after.segment.start] + after.text
        text = f"{anchors}\n\n{fenced(verbatim)}"
    elif structure == "title":
        text = f"# {page.joined(segments, links=True)}"
    elif structure == "heading":
        text = f"{'#' * min(6, max(2, blocks[0].level))} {page.joined(segments, links=True)}"
    else:
        text = page.joined(segments, italic=structure == "caption", links=True)
        text = f"> {text}" if blocks[0].hint == QUOTATION else text
    return [text, _originals(page, segments)]


def _list(page: Page, blocks: Sequence[Block]) -> str:
    lines: list[str] = []
    open_items: list[_Item] = []  # the last one of each depth
    for block in blocks:
        if segments := page.of_block.get(block.id):
            # An item that is indented by more than one step would be code.
            depth = min(max(1, block.level), len(open_items) + 1)
            indent = open_items[depth - 2].text_column if depth > 1 else 0
            text = page.joined(segments, links=True)
            before = open_items[depth - 1] if depth <= len(open_items) else None
            item = _numbered(page.result.document.text[block.start : block.end], text, before)
            open_items[depth - 1 :] = [item._replace(text_column=indent + len(item.mark))]
            lines.append(f"{' ' * indent}{item.mark}{item.text}")
    return "\n".join(lines)


class _Item(NamedTuple):
    """An item of a list: its mark (`- `, `2. `), its text, and where that begins in the line."""

    mark: str
    text: str
    number: int = 0
    text_column: int = 0


def _numbered(source: str, text: str, before: _Item | None) -> _Item:
    """Return an item with its source's number as its mark, where it follows the one before.

    Renderers count on from a list's first number, so another one stays in the text.
    """
    stated = _NUMBER.match(source)
    value = int(stated[1]) if stated else 0
    if not stated or not (before is None or not before.number or value == before.number + 1):
        return _Item("- ", text)
    own = re.match(rf'(<a id="[^"]*"></a>){stated[1]}\\?[.)]\s*(?=[^\s<])', text)
    shown = own[1] + text[own.end() :] if own else text
    return _Item(f"{value}{stated[2]} ", shown, value)


#: Empty cells that fill up a table's short rows; what needs more becomes several tables. One row of
#: 3,000 cells over 3,000 rows of one would make 9 million of a source of 18 KB.
_MAX_EMPTY_CELLS = 10_000


def _table(page: Page, blocks: Sequence[Block]) -> str:
    """Return one table, or several where the rows of a hostile one differ too much in length."""
    tables: list[list[list[str]]] = []
    width = num_cells = 0
    for row in filter(None, (_cells(page, block) for block in blocks)):
        width, num_cells = max(width, len(row)), num_cells + len(row)
        if not tables or width * (len(tables[-1]) + 1) - num_cells > _MAX_EMPTY_CELLS:
            tables.append([])
            width = num_cells = len(row)
        tables[-1].append(row)
    return "\n\n".join(table(rows[0], rows[1:]) for rows in tables)


def _cells(page: Page, block: Block) -> list[str]:
    """Return the cells of a table row; none for the rule under a table's head.

    Bars between segments part cells; a bar inside a segment is text.
    """
    segments = page.of_block.get(block.id, [])
    if all(_RULE.fullmatch(segment.text) for segment in segments):
        return []
    text = page.result.document.text
    row: list[str] = []
    at = block.start
    for segment in segments:
        row += [_bars(text[at : segment.segment.start]), page.joined([segment])]
        at = segment.segment.end
    row.append(_bars(text[at : block.end]))
    cells = "".join(row).strip().removeprefix("|").removesuffix("|").split("|")
    return [cell.strip() for cell in cells]


def _bars(gap: str) -> str:
    return "|" * gap.count("|") or " "


def _originals(page: Page, segments: Sequence[TranslatedSegment]) -> str:
    translated = [segment for segment in segments if segment.fate in IN_ENGLISH]
    if not translated:
        return ""
    names = _languages(translated)
    if page.is_beside:
        return " · ".join(f"*{original(segment)}*" for segment in translated if original(segment))
    rows = [
        (page.link(segment.segment.id), escape_markdown(segment.text), original(segment))
        for segment in translated
    ]
    pairs = table(("", "English", "Original"), rows)
    inside = "\n\n".join(filter(None, (pairs, _replaced_table(page, translated))))
    return f"<details><summary>Original ({names})</summary>\n\n{inside}\n\n</details>"


def _languages(segments: Sequence[TranslatedSegment]) -> str:
    return ", ".join(sorted({language_name(segment.language) for segment in segments}))


#: What becomes a table of sentences where the originals stand beside.
_BESIDE = frozenset({"paragraph", "caption", "list"})


def _beside(page: Page, segments: Sequence[TranslatedSegment], *, italic: bool) -> str:
    """Return a table of sentences, each with its original beside it."""
    rows = [
        (page.joined([segment], italic=italic, links=True), original(segment))
        for segment in segments
    ]
    translated = [segment for segment in segments if segment.fate in IN_ENGLISH]
    return table(("English", _languages(translated) or "Original"), rows)


def _replaced(page: Page, segments: Sequence[TranslatedSegment]) -> str:
    """Return what other translations took the place of, folded, or nothing."""
    rows = _replaced_table(page, segments)
    return rows and f"<details><summary>Replaced</summary>\n\n{rows}\n\n</details>"


def _replaced_table(page: Page, segments: Sequence[TranslatedSegment]) -> str:
    """Return a table of what other translations took the place of, or nothing."""
    rows = [
        (page.link(segment.segment.id), *map(escape_markdown, (item.hypothesis.text, item.why)))
        for segment in segments
        for item in segment.replaced
    ]
    rows += [
        (
            page.link(segment.segment.id),
            escape_markdown(reviewed.machine_text),
            " — ".join(filter(None, (said_of(reviewed), escape_markdown(reviewed.note)))),
        )
        for segment in segments
        if (reviewed := segment.reviewed) and reviewed.machine_text
    ]
    return table(("", "Replaced", "Because"), rows) if rows else ""


def _rest_of_page(page: Page) -> list[str]:
    parts: list[str] = []
    for role, name in _PAGE_ROLES.items():
        rows = [
            (page.joined(segments), " ".join(filter(None, map(original, segments))))
            for block in page.result.document.blocks
            if block.role is role and (segments := page.of_block.get(block.id))
        ]
        if rows:
            parts += [f"**{name}**", table(("English", "Original"), rows)]
    if not parts:
        return []
    head = "<details><summary>Rest of the page (not part of the article)</summary>"
    return ["---", head, *parts, "</details>"]
