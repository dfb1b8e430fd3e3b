"""A role and a reason for every block of a document: the extraction receipt.

Nothing is deleted: a block that is no part of the article keeps its text, is translated like the
others, and only stays out of the summary. The rules are data with stable names, which are the
reasons in the record. They are general (words that sites use, shapes that teasers have); none
knows a page. Where rule and doubt meet, a teaser in a summary is worse than a paragraph too few.
Cue words are the languages' (`PageCues`): one without them has fewer rules.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from itertools import dropwhile, pairwise, takewhile, zip_longest

from seedsum.reading.cues import (
    DATE,
    DATE_WORDS,
    DATED_WORDS,
    HOME,
    LETTERS,
    RULES,
    SCENES,
    STAMPED_END,
    STAMPED_START,
    TIME,
)
from seedsum.reading.spans import BOLD, QUOTATION, STATED
from seedsum.records import Block, Document, Kind, Role

#: What an extractor keeps, these rules do not hold for.
_MAX_CHARS_KEPT = {"bare-link": 0, "read-on": 0}

#: Rules whose role the blocks after it have too, until the article goes on; with their reason.
_SECTIONS = {"related-heading": "in-related-section", "comment-heading": "in-comment-section"}

_ENDS = re.compile(r"[.!?।॥][\"'”’»)\]]*(?:\s|$)")
_SENTENCE_END = re.compile(r"[.!?…।॥][\"'”’»)\]/]*$")
_OPENING_QUOTE = re.compile(r"[\"“‘']")
_OPEN_END = re.compile(r"[:;,]$")
_TRUNCATED = re.compile(r"(?:\.\.+|…|\[…\]|\[\.\.\.\])$")

#: Where something was written: `Hà Nội, ngày 12 tháng 5`, `ঢাকা, ১২ মে`.
_PLACE = re.compile(r"[^\W\d_][^,:;.!?।\d]{1,30},\s+(?=\D{0,6}\d)")

_SEPARATOR = re.compile(r"\s+(?:»|›|>|→|/|//|\||::)\s+|\s*[»›→]\s*")

#: From here on a paragraph is taken for prose (half the sentences of news are longer).
_PARAGRAPH_CHARS = 120
_HEADLINE_CHARS = 200
#: A complete sentence of that length is no menu word or slogan.
_SENTENCE_CHARS = 50
#: Names under a text have so few words, headlines of other stories more.
_MAX_NAME_WORDS, _MAX_SIGNATURES = 4, 2
#: Items without bullets are short, and a list of more has some.
_MAX_ITEM_CHARS, _MAX_ITEMS = 100, 50
#: A block of that much link is one; numbers and marks beside it are not.
_LINKED_SHARE = 0.8
#: A page whose script shows the article has more of it hidden.
_MAX_HIDDEN_SHARE = 0.2
#: Of a longer block only the two ends are looked at: nothing but prose is that long.
_LOOKED_AT_CHARS = 4_000
#: Roles of what stands around an article; they hold against the section that a block is in.
_AROUND = {Role.BOILERPLATE, Role.COMMENT, Role.RELATED, Role.NAVIGATION, Role.SOURCE_LINK}
#: What stands under everything else on a page.
_PAGE_ENDS = _AROUND - {Role.RELATED} | {Role.BYLINE, Role.DATE}

#: Roles that the markup's hint gives; the second set also inside the article.
_HINT_ROLES = {
    **dict.fromkeys(("hidden", "cookie", "footer"), Role.BOILERPLATE),
    **dict.fromkeys(("nav", "share", "form"), Role.NAVIGATION),
    **dict.fromkeys(("related", "aside"), Role.RELATED),
    "breadcrumb": Role.BREADCRUMB,
    "comment": Role.COMMENT,
}
_HINT_ROLES_INSIDE = {"figcaption": Role.CAPTION, "byline": Role.BYLINE, "date": Role.DATE}

#: Hints of how a text of the article looks, and not where it stands.
_HINTS_OF_TEXT = ("", BOLD, QUOTATION)

#: Roles and reasons of what is marked as such inside the article.
_KIND_ROLES = {
    Kind.TABLE_ROW: (Role.TABLE, "table-row"),
    Kind.CODE: (Role.TABLE, "code"),
    Kind.LIST_ITEM: (Role.LIST, "list-item"),
    Kind.HEADING: (Role.HEADING, "heading"),
}


@dataclass(slots=True)
class _Line:
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
        self.role, self.reason = role, reason

    @property
    def is_outside(self) -> bool:
        return self.block.outside_article

    @property
    def is_first_heading(self) -> bool:
        return (self.block.kind, self.block.level) == (Kind.HEADING, 1)

    @property
    def is_paragraph(self) -> bool:
        return self.is_sentence and self.is_complete and len(self.text) >= _PARAGRAPH_CHARS

    @property
    def is_sentence(self) -> bool:
        return (
            self.block.kind is Kind.PARAGRAPH
            and len(self.text) >= _SENTENCE_CHARS
            and (self.is_complete or len(self.text) > _HEADLINE_CHARS)
        )

    @property
    def is_short(self) -> bool:
        return len(self.text) <= 100 and not self.is_sentence

    @property
    def is_headline(self) -> bool:
        return self.is_headline_or_item and self.block.kind is not Kind.LIST_ITEM

    @property
    def is_headline_or_item(self) -> bool:
        return (
            self.block.kind in (Kind.PARAGRAPH, Kind.HEADING, Kind.LIST_ITEM)
            and 8 <= len(self.text) <= _HEADLINE_CHARS
            and not _OPEN_END.search(self.text)
            and not self.text.endswith((".", "।"))
            and bool(LETTERS.search(self.text))
        )


def classify(document: Document) -> Document:
    """Return the document with `role` and `reason` set on every block; texts and order stay."""
    linked = _linked_blocks(document)
    lines = [_line(document, block, is_linked=block.id in linked) for block in document.blocks]
    for line in lines:
        _mark_by_itself(line, is_kept=document.is_extracted and not line.is_outside)
    _mark_hidden(lines)
    _mark_breadcrumbs(lines, is_extracted=document.is_extracted)
    title = _mark_title(_stated_title(document, lines))
    # An extractor has seen the markup: a shape or a heading says nothing against what it kept.
    if document.is_extracted:
        _mark_sections_outside(lines)
    else:
        _mark_teasers(lines)
        _mark_sections(lines)
    _mark_trailing_headlines(lines, is_extracted=document.is_extracted)
    title = title or _mark_title(_shown_title(lines))
    if title:
        _mark_around_title(title, lines, is_extracted=document.is_extracted)
    _mark_outside(lines)
    _mark_structure(lines)
    _mark_signature(lines)
    _mark_scene_captions(lines)
    blocks = (replace(x.block, role=x.role or Role.BODY, reason=x.reason) for x in lines)
    return replace(document, blocks=tuple(blocks))


def _linked_blocks(document: Document) -> set[str]:
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


def _line(document: Document, block: Block, *, is_linked: bool) -> _Line:
    text = document.text[block.start : block.end]
    if len(text) > _LOOKED_AT_CHARS:
        half = _LOOKED_AT_CHARS // 2
        text = f"{text[:half]} {text[-half:]}"
    has_lines = "\n" in text.strip()
    text = " ".join(text.split())
    is_complete = bool(_SENTENCE_END.search(text)) and not _TRUNCATED.search(text)
    return _Line(block, text, _key(text), is_complete, is_linked, has_lines)


def _key(text: str) -> str:
    """Return a headline's letters and digits, for comparing; a long text is no headline."""
    if len(text) > 2 * _HEADLINE_CHARS:
        return ""
    return "".join(filter(str.isalnum, text.casefold()))


def _mark_by_itself(line: _Line, *, is_kept: bool) -> None:
    """Mark a block by its markup's hint, else by its own text.

    What an extractor keeps may be a link by itself (of a recipe, a shop), and ask to read on.
    """
    hint = line.block.hint
    if hint in _HINT_ROLES_INSIDE and len(line.text) <= 400:
        line.mark(_HINT_ROLES_INSIDE[hint], f"markup-{hint}")
    elif hint in _HINT_ROLES and line.is_outside:
        line.mark(_HINT_ROLES[hint], f"markup-{hint}")
    elif line.block.kind in (Kind.TABLE_ROW, Kind.CODE):
        return
    elif _is_date(line.text):
        line.mark(Role.DATE, "date-line")
    else:
        for rule in RULES:
            max_chars = (
                _MAX_CHARS_KEPT.get(rule.name, rule.max_chars) if is_kept else rule.max_chars
            )
            if len(line.text) <= max_chars and rule.pattern.search(line.text):
                line.mark(rule.role, rule.name)
                break


def _mark_hidden(lines: list[_Line]) -> None:
    """Mark what no browser shows, though the extractor keeps it: some lines, never the article."""
    kept = [line for line in lines if not line.is_outside]
    hidden = [line for line in kept if line.block.hint == "hidden" and not line.role]
    size = sum(len(line.text) for line in hidden)
    if size <= _MAX_HIDDEN_SHARE * sum(len(line.text) for line in kept):
        for line in hidden:
            line.mark(Role.BOILERPLATE, "markup-hidden")


def _is_date(text: str) -> bool:
    """Return whether the line is a date or time and nothing else."""
    if re.fullmatch(TIME, text):
        return True  # of an entry in a live page
    if len(text) <= 80 and (place := _PLACE.match(text)):
        rest = text[place.end() :]
        has_month = LETTERS.search(rest) and not LETTERS.search(DATE_WORDS.sub("", rest))
        return bool(has_month or re.fullmatch(DATE, rest))  # of a letter, of an agency's report
    if len(text) > 80 or LETTERS.search(DATE_WORDS.sub("", text)):
        return False
    return bool(re.search(DATE, text) or (LETTERS.search(text) and DATED_WORDS.search(text)))


def _mark_breadcrumbs(lines: list[_Line], *, is_extracted: bool) -> None:
    """Mark `Home » Health » Headline` lines, and the short lines above one as navigation."""
    keys = {line.key for line in lines}
    for index, line in enumerate(lines[:40]):
        if line.is_paragraph:
            return
        parts = [part.strip() for part in _SEPARATOR.split(line.text)]
        last = _key(parts[-1])
        if (
            not line.role
            and line.block.kind is Kind.PARAGRAPH
            and len(parts) >= 2
            and 1 <= len(parts[0]) <= 40
            and (HOME.match(parts[0]) or len(parts) > 2 or last in keys)
            and max(map(len, parts)) <= _HEADLINE_CHARS
            and not line.is_complete
            and (not is_extracted or line.is_outside or HOME.match(parts[0]))
        ):
            line.mark(Role.BREADCRUMB, "breadcrumb-trail")
            for above in lines[:index]:
                if is_extracted and not above.is_outside:
                    continue
                if not above.role and len(above.text) <= 60 and above.key != last:
                    above.mark(Role.NAVIGATION, "above-breadcrumb")
            return


def _mark_teasers(lines: list[_Line]) -> None:
    """Mark lists of teasers: a headline over a text that starts with a date or is cut off.

    Two dated ones, or three cut-off ones, make a list; a single one may be an article's.
    """
    dated: list[int] = []
    cut: list[int] = []
    for index, line in enumerate(lines):
        above = lines[index - 1] if index else None
        stamp = STAMPED_START.match(line.text)
        is_entry = line.block.kind is Kind.LIST_ITEM  # of a timeline
        if stamp and not is_entry and len(line.text) - stamp.end() >= 20 and not line.is_complete:
            dated.append(index)
        elif (
            above
            and above.is_headline
            and len(line.text) >= max(60, len(above.text) + 1)
            and _TRUNCATED.search(line.text)
        ):
            cut.append(index)
    for index in dated * (len(dated) >= 2) + cut * (len(cut) >= 3):
        lines[index].mark(Role.RELATED, "teaser-list")
        if index > 1 and lines[index - 1].is_headline and not lines[index - 1].role:
            lines[index - 1].mark(Role.RELATED, "teaser-headline")


def _mark_sections(lines: list[_Line]) -> None:
    """Give the blocks after a section's heading its role, until the article surely goes on."""
    sections: list[tuple[_Line, list[_Line]]] = []
    inside: list[_Line] | None = None
    seen_body = seen_text = False
    has_outside = any(line.is_outside for line in lines)
    for number, line in enumerate(lines):
        below = lines[number + 1] if number + 1 < len(lines) else None
        if line.reason in _SECTIONS and (line.role is not Role.COMMENT or seen_text):
            inside = []
            sections.append((line, inside))
        elif inside is not None and not _goes_on(
            line,
            below,
            section=sections[-1][0],
            inside=inside,
            is_last=_is_last(lines, number),
            seen_body=seen_body,
            has_outside=has_outside,
        ):
            inside.append(line)
        else:
            # The headline right above an article's first paragraph, and its date, are its own.
            while inside and not seen_body and (inside[-1].role or inside[-1].is_headline):
                if not inside.pop().role:
                    break
            inside = None
            seen_body = seen_body or (not line.role and line.is_paragraph)
        # Nobody comments before there is an article: such a word above all is a rubric's.
        seen_text = seen_text or line.is_complete
    for heading, inside in sections:
        for line in inside:
            if heading.role and line.role not in _AROUND:
                line.mark(heading.role, _SECTIONS[heading.reason])


def _mark_sections_outside(lines: list[_Line]) -> None:
    """Give what stands under a section's heading its role where the extractor leaves it out.

    So are links that it keeps; the section ends at the headline and where the article goes on. A
    heading with nothing of the kind under it is the article's own (`Comment`, by its editor).
    """
    sections: list[tuple[_Line, list[_Line]]] = []
    is_open = False
    for line in lines:
        if line.reason in _SECTIONS:
            sections.append((line, []))
            is_open = True
        elif line.role is Role.TITLE or not (line.is_outside or line.is_linked):
            is_open = False
        elif is_open:
            sections[-1][1].append(line)
    for heading, inside in sections:
        for line in inside:
            if heading.role and line.role not in _AROUND:
                line.mark(heading.role, _SECTIONS[heading.reason])
        is_heading = heading.block.kind is Kind.HEADING or heading.block.hint == BOLD
        if not inside and is_heading and not heading.is_outside:
            heading.role, heading.reason = None, "paragraph"


def _goes_on(
    line: _Line,
    below: _Line | None,
    *,
    section: _Line,
    inside: list[_Line],
    is_last: bool,
    seen_body: bool,
    has_outside: bool,
) -> bool:
    """Return whether the article begins or goes on at this block of a related or comment section.

    Where no article came before, a complete sentence of some length is its beginning. After that
    two complete paragraphs in a row do it (a teaser is cut off or has a headline above it), one
    that the page's extractor took for article, or one that `is_last` and the only one since the
    section began (`inside` is what stands between); readers' comments never do.
    """
    if not seen_body:
        return _is_prose(line, _SENTENCE_CHARS)
    if has_outside:
        return _is_prose(line, _PARAGRAPH_CHARS)
    if section.role is Role.COMMENT:
        return False
    if line.block.kind is Kind.HEADING:
        return _is_prose(below, _PARAGRAPH_CHARS)
    if is_last and not any(_is_prose(x, _SENTENCE_CHARS) for x in inside):
        is_long = len(line.text) >= _PARAGRAPH_CHARS or len(_ENDS.findall(line.text)) > 1
        return is_long and _is_prose(line, _SENTENCE_CHARS)
    return _is_prose(line, _PARAGRAPH_CHARS) and _is_prose(below, _SENTENCE_CHARS)


def _is_last(lines: list[_Line], number: int) -> bool:
    """Return whether a line ends the text, but for a name under it, or another box follows it."""
    below = lines[number + 1 : number + 2 + _MAX_SIGNATURES]
    if any(line.reason in _SECTIONS or line.role in _PAGE_ENDS for line in below[:1]):
        return below[0].role is not Role.DATE
    is_end = number + 1 + len(below) >= len(lines) and len(below) <= _MAX_SIGNATURES
    return is_end and all(len(line.text.split()) <= _MAX_NAME_WORDS for line in below)


def _is_prose(line: _Line | None, min_chars: int) -> bool:
    return (
        line is not None
        and not line.role
        and line.block.kind is Kind.PARAGRAPH
        and not line.is_outside
        and line.block.hint in _HINTS_OF_TEXT
        and len(line.text) >= min_chars
        and line.is_complete
        and not STAMPED_START.match(line.text)
    )


def _mark_trailing_headlines(lines: list[_Line], *, is_extracted: bool) -> None:
    """Mark three headlines or more at a page's end: links to other stories without a heading.

    A list that belongs to the article is announced by a colon or has a heading, or its items are
    no links.
    """

    def is_link(line: _Line) -> bool:
        if is_extracted and not (line.is_outside or line.is_linked):
            return False
        is_open = not line.role and not line.is_complete and len(line.text) >= 25
        return is_open and line.is_headline_or_item

    upwards = list(dropwhile(lambda line: line.role in _PAGE_ENDS, reversed(lines)))
    links = list(takewhile(is_link, upwards))
    rest = upwards[len(links) :]
    if len(links) < 3 or len(rest) < 2 or rest[0].role or not rest[0].is_complete:
        return
    if len(rest[0].text) >= _SENTENCE_CHARS:
        for line in links:
            line.mark(Role.RELATED, "trailing-headlines")


def _mark_title(found: tuple[_Line | None, str]) -> _Line | None:
    title, reason = found
    if title:
        title.mark(Role.TITLE, reason)
    return title


def _mark_around_title(title: _Line, lines: list[_Line], *, is_extracted: bool) -> None:
    """Mark the headline's repetitions, and the short lines above it as navigation."""
    is_above = True
    for line in lines:
        if line is title:
            is_above = False
        elif line.role:
            continue
        elif title.key in (line.key, _key(STAMPED_END.sub("", line.text))):
            line.mark(Role.TITLE, "repeats-title")
        elif is_above and (line.is_outside or not is_extracted) and line.is_short:
            line.mark(Role.NAVIGATION, "above-title")


def _top(lines: list[_Line]) -> list[_Line]:
    """Return the lines above the article's first sentence."""
    return list(takewhile(lambda x: x.role or x.is_outside or not x.is_sentence, lines))


def _beginning(lines: list[_Line]) -> list[_Line]:
    """Return the lines up to the article's second paragraph: a notice may stand above all."""
    paragraphs = [n for n, x in enumerate(lines) if x.is_paragraph and not x.is_outside]
    return lines[: paragraphs[1]] if len(paragraphs) > 1 else lines


def _stated_title(document: Document, lines: list[_Line]) -> tuple[_Line | None, str]:
    """Return the headline that the source states or marks as such, and the reason."""
    stated = _key(document.title or "")

    def states_title(key: str) -> bool:
        is_part = len(key) >= 15 and (key in stated or stated in key)
        return len(stated) >= 4 and (key == stated or is_part)

    top = _top(lines)
    same = (x for x in _beginning(lines) if len(stated) >= 4 and x.key == stated)
    headings = [x for x in top if x.is_first_heading and not x.is_outside]
    candidates = (
        ("states-title", (x for x in top if x.is_first_heading and states_title(x.key))),
        ("states-title", same),
        ("states-title", (x for x in top if states_title(x.key))),
        ("first-heading", (x for x in headings)),
    )
    found = ((line, reason) for reason, fitting in candidates for line in fitting)
    return next(found, (None, ""))


def _shown_title(lines: list[_Line]) -> tuple[_Line | None, str]:
    """Return the line that stands where a headline does, and the reason."""
    top = _top(lines[:60])
    inside = [line for line in top if not line.is_outside]
    trail = list(dropwhile(lambda line: line.role is not Role.BREADCRUMB, top))
    trail_end = _key(_SEPARATOR.split(trail[0].text)[-1]) if trail else ""
    candidates = (
        ("ends-breadcrumb", (x for x in trail[1:] if not x.role and x.key == trail_end)),
        ("first-line", (x for x in inside if not x.role and x.is_headline and len(lines) > 1)),
        ("first-line", (x for x in top[:1] if _is_short_title(x, lines))),
    )
    found = ((line, reason) for reason, fitting in candidates for line in fitting)
    return next(found, (None, ""))


def _is_short_title(line: _Line, lines: list[_Line]) -> bool:
    """Return whether a word or two stand alone over a text (`Tin vui`)."""
    is_open = not line.role and not line.is_outside and not line.is_complete
    is_over_prose = len(lines) > 1 and (lines[1].is_sentence or lines[1].is_paragraph)
    is_word = bool(LETTERS.search(line.text)) and not _OPEN_END.search(line.text)
    return is_open and is_word and is_over_prose and line.block.kind is Kind.PARAGRAPH


def _mark_outside(lines: list[_Line]) -> None:
    """Keep what the page's extractor left out of the article out of the body.

    But for the sentences between the headline and the first paragraph that it kept: many sites set
    the article's lead apart, and extractors lose it.
    """
    places = range(len(lines))
    titles = (at for at in places if lines[at].role is Role.TITLE)
    title = next((at for at in titles if lines[at].block.hint != STATED), len(lines))
    first = next((at for at in places if lines[at].is_sentence and not lines[at].is_outside), 0)
    for index, line in enumerate(lines):
        if line.role:
            continue
        is_lead = title < index < first and (line.is_outside or line.block.kind is Kind.HEADING)
        if is_lead and (line.is_sentence or _is_sentence_heading(line)):
            line.mark(Role.BODY, "lead")
        elif line.is_outside:
            role = Role.NAVIGATION if len(line.text) <= 60 else Role.BOILERPLATE
            line.mark(role, "outside-article")


def _is_sentence_heading(line: _Line) -> bool:
    is_heading = line.block.kind is Kind.HEADING
    return is_heading and line.is_complete and len(line.text) >= _SENTENCE_CHARS


def _mark_structure(lines: list[_Line]) -> None:
    """Mark tables, lists and headings, marked as such or by their shape.

    Of three short lines in a row the last is one of them (an answer, an entry) and no heading.
    """
    _mark_announced(lines)
    above: _Line | None = None
    num_short = 0  # right above
    for line, below in zip_longest(lines, lines[1:]):
        is_short = _is_item(line)
        if not line.role:
            if line.block.kind in _KIND_ROLES:
                line.mark(*_KIND_ROLES[line.block.kind])
            elif above and _is_enumerated(above, line):
                line.mark(Role.LIST, "after-colon")
            elif below and line.block.hint == BOLD and _is_heading(line, below):
                line.mark(Role.HEADING, "bold-line-over-text")
            elif below and len(lines) >= 3 and num_short < 2 and _is_heading(line, below):
                line.mark(Role.HEADING, "short-line-over-text")
        above = line
        num_short = num_short + 1 if is_short else 0


def _mark_announced(lines: list[_Line]) -> None:
    """Mark two or more short lines without a full stop under a colon as the list it announces."""
    number = 0
    while number < len(lines):
        colon = lines[number]
        number += 1
        if colon.role or colon.block.kind is not Kind.PARAGRAPH or not colon.text.endswith(":"):
            continue
        items = list(takewhile(_is_item, lines[number : number + _MAX_ITEMS]))
        number += len(items)
        if len(items) >= 2:
            for line in items:
                line.mark(Role.LIST, "after-colon")


def _is_item(line: _Line) -> bool:
    return (
        not line.role
        and line.block.kind is Kind.PARAGRAPH
        and line.block.hint == ""
        and len(line.text) <= _MAX_ITEM_CHARS
        and not line.is_complete
        and not _OPEN_END.search(line.text)
    )


def _is_enumerated(above: _Line, line: _Line) -> bool:
    """Return whether the block is an item, without a bullet, of the list that a colon announced."""
    after_item = above.reason == "after-colon" and above.text[-1] in ";,"
    after_colon = above.text.endswith(":") and above.role in (None, Role.BODY)
    starts_small = line.text[0].islower() or line.text.endswith(";")
    return (after_item or after_colon) and starts_small and len(line.text) <= 250


def _is_heading(line: _Line, below: _Line) -> bool:
    """Return whether a short line without a full stop stands over prose, a list or a table."""
    if not line.is_headline or line.has_lines or len(line.text) > 120 or ": " in line.text:
        return False
    if line.block.hint == QUOTATION or line.text[0] in "—–-":
        return False  # who said it
    # A sentence, or the end of a quotation that began in another block, is prose.
    is_question = line.block.hint == BOLD and line.text.endswith("?")
    if (line.is_complete and not is_question) or (
        line.text[-1] in "\"”’'" and not _OPENING_QUOTE.search(line.text[:-1])
    ):
        return False
    is_over_text = len(below.text) >= max(80, 1.5 * len(line.text))
    is_over_items = below.block.kind in (Kind.TABLE_ROW, Kind.LIST_ITEM)
    return below.role in (None, Role.TITLE) and (is_over_items or is_over_text)


def _mark_signature(lines: list[_Line]) -> None:
    """Mark a name under the last paragraph as the byline."""
    for (above, line), below in zip_longest(pairwise(lines), lines[2:]):
        if (
            not line.role
            and not above.role
            and above.is_paragraph
            and len(line.text) <= 40
            and len(line.text.split()) <= 5
            and not line.is_complete
            and not _OPEN_END.search(line.text)
            and not any(map(str.isdecimal, line.text))
            and (below is None or below.role in _AROUND)
        ):
            line.mark(Role.BYLINE, "signature")


def _is_scene(text: str) -> bool:
    """Return whether the text is a caption that no credit gives away: who does what, and where."""
    return any(
        alone.search(text) or (start.match(text) and end.search(text) and not never.search(text))
        for alone, start, end, never in SCENES
    )


def _mark_scene_captions(lines: list[_Line]) -> None:
    """Mark short single sentences between paragraphs that name who is in a picture.

    Only among paragraphs at least twice as long: in an article of short paragraphs such a
    sentence may be one of them.
    """
    for above, line in pairwise(lines):
        if line.role or len(line.text) > 160 or above.role not in (None, Role.CAPTION):
            continue
        if (above.role or len(above.text) >= 1.5 * len(line.text)) and _is_scene(line.text):
            line.mark(Role.CAPTION, "scene")
