"""A role and a reason for every block of a document: the extraction receipt.

Nothing is deleted: a block that is no part of the article keeps its text, is translated like the
others, and only stays out of the summary. The rules are data with stable names, which are the
reasons in the record. They are general (words that sites use, shapes that teasers have); none
knows a page. Where rule and doubt meet, a teaser in a summary is worse than a paragraph too few.
Cue words are the languages' (`PageCues`): one without them has fewer rules. `sections`
has what stands around the article, `structure` what is inside it.
"""

from __future__ import annotations

import re
from dataclasses import replace
from itertools import dropwhile, takewhile

from seedsum.reading.cues import (
    DATE,
    DATE_WORDS,
    DATED_WORDS,
    HOME,
    LETTERS,
    RULES,
    STAMPED_END,
    TIME,
)
from seedsum.reading.lines import (
    HEADLINE_CHARS,
    OPEN_END,
    SENTENCE_CHARS,
    Line,
    key_of,
    line_of,
    linked_blocks,
)
from seedsum.reading.sections import (
    mark_sections,
    mark_sections_outside,
    mark_teasers,
    mark_trailing_headlines,
)
from seedsum.reading.spans import STATED
from seedsum.reading.structure import mark_scene_captions, mark_signature, mark_structure
from seedsum.records import Document, Kind, Role

#: What an extractor keeps, these rules do not hold for.
_MAX_CHARS_KEPT = {"bare-link": 0, "read-on": 0}

#: Where something was written: `Hà Nội, ngày 12 tháng 5`, `ঢাকা, ১২ মে`.
_PLACE = re.compile(r"[^\W\d_][^,:;.!?।\d]{1,30},\s+(?=\D{0,6}\d)")

_SEPARATOR = re.compile(r"\s+(?:»|›|>|→|/|//|\||::)\s+|\s*[»›→]\s*")

#: A page whose script shows the article has more of it hidden.
_MAX_HIDDEN_SHARE = 0.2

#: Roles that the markup's hint gives; the second set also inside the article.
_HINT_ROLES = {
    **dict.fromkeys(("hidden", "cookie", "footer"), Role.BOILERPLATE),
    **dict.fromkeys(("nav", "share", "form"), Role.NAVIGATION),
    **dict.fromkeys(("related", "aside"), Role.RELATED),
    "breadcrumb": Role.BREADCRUMB,
    "comment": Role.COMMENT,
}
_HINT_ROLES_INSIDE = {"figcaption": Role.CAPTION, "byline": Role.BYLINE, "date": Role.DATE}


def classify(document: Document) -> Document:
    """Return the document with `role` and `reason` set on every block; texts and order stay."""
    linked = linked_blocks(document)
    lines = [line_of(document, block, is_linked=block.id in linked) for block in document.blocks]
    for line in lines:
        _mark_by_itself(line, is_kept=document.is_extracted and not line.is_outside)
    _mark_hidden(lines)
    _mark_breadcrumbs(lines, is_extracted=document.is_extracted)
    title = _mark_title(_stated_title(document, lines))
    # An extractor has seen the markup: a shape or a heading says nothing against what it kept.
    if document.is_extracted:
        mark_sections_outside(lines)
    else:
        mark_teasers(lines)
        mark_sections(lines)
    mark_trailing_headlines(lines, is_extracted=document.is_extracted)
    title = title or _mark_title(_shown_title(lines))
    if title:
        _mark_around_title(title, lines, is_extracted=document.is_extracted)
    _mark_outside(lines)
    mark_structure(lines)
    mark_signature(lines)
    mark_scene_captions(lines)
    blocks = (replace(x.block, role=x.role or Role.BODY, reason=x.reason) for x in lines)
    return replace(document, blocks=tuple(blocks))


def _mark_by_itself(line: Line, *, is_kept: bool) -> None:
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


def _mark_hidden(lines: list[Line]) -> None:
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


def _mark_breadcrumbs(lines: list[Line], *, is_extracted: bool) -> None:
    """Mark `Home » Health » Headline` lines, and the short lines above one as navigation."""
    keys = {line.key for line in lines}
    for index, line in enumerate(lines[:40]):
        if line.is_paragraph:
            return
        parts = [part.strip() for part in _SEPARATOR.split(line.text)]
        last = key_of(parts[-1])
        if (
            not line.role
            and line.block.kind is Kind.PARAGRAPH
            and len(parts) >= 2
            and 1 <= len(parts[0]) <= 40
            and (HOME.match(parts[0]) or len(parts) > 2 or last in keys)
            and max(map(len, parts)) <= HEADLINE_CHARS
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


def _mark_title(found: tuple[Line | None, str]) -> Line | None:
    title, reason = found
    if title:
        title.mark(Role.TITLE, reason)
    return title


def _mark_around_title(title: Line, lines: list[Line], *, is_extracted: bool) -> None:
    """Mark the headline's repetitions, and the short lines above it as navigation."""
    is_above = True
    for line in lines:
        if line is title:
            is_above = False
        elif line.role:
            continue
        elif title.key in (line.key, key_of(STAMPED_END.sub("", line.text))):
            line.mark(Role.TITLE, "repeats-title")
        elif is_above and (line.is_outside or not is_extracted) and line.is_short:
            line.mark(Role.NAVIGATION, "above-title")


def _top(lines: list[Line]) -> list[Line]:
    """Return the lines above the article's first sentence."""
    return list(takewhile(lambda x: x.role or x.is_outside or not x.is_sentence, lines))


def _beginning(lines: list[Line]) -> list[Line]:
    """Return the lines up to the article's second paragraph: a notice may stand above all."""
    paragraphs = [n for n, x in enumerate(lines) if x.is_paragraph and not x.is_outside]
    return lines[: paragraphs[1]] if len(paragraphs) > 1 else lines


def _stated_title(document: Document, lines: list[Line]) -> tuple[Line | None, str]:
    """Return the headline that the source states or marks as such, and the reason."""
    stated = key_of(document.title or "")

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
        ("first-heading", headings),
    )
    found = ((line, reason) for reason, fitting in candidates for line in fitting)
    return next(found, (None, ""))


def _shown_title(lines: list[Line]) -> tuple[Line | None, str]:
    """Return the line that stands where a headline does, and the reason."""
    top = _top(lines[:60])
    inside = [line for line in top if not line.is_outside]
    trail = list(dropwhile(lambda line: line.role is not Role.BREADCRUMB, top))
    trail_end = key_of(_SEPARATOR.split(trail[0].text)[-1]) if trail else ""
    candidates = (
        ("ends-breadcrumb", (x for x in trail[1:] if not x.role and x.key == trail_end)),
        ("first-line", (x for x in top[:1] if _is_short_title(x, lines))),
        ("first-line", (x for x in inside if not x.role and x.is_headline and len(lines) > 1)),
    )
    found = ((line, reason) for reason, fitting in candidates for line in fitting)
    return next(found, (None, ""))


def _is_short_title(line: Line, lines: list[Line]) -> bool:
    """Return whether a word or two stand alone over a text or a list of sentences (`Tin vui`)."""
    is_open = not line.role and not line.is_outside and not line.is_complete
    below = lines[1] if len(lines) > 1 else line
    is_item = below.block.kind is Kind.LIST_ITEM and below.is_complete
    is_over_prose = below.is_sentence or (is_item and len(below.text) >= SENTENCE_CHARS)
    is_word = bool(LETTERS.search(line.text)) and not OPEN_END.search(line.text)
    return is_open and is_word and is_over_prose and line.block.kind is Kind.PARAGRAPH


def _mark_outside(lines: list[Line]) -> None:
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


def _is_sentence_heading(line: Line) -> bool:
    is_heading = line.block.kind is Kind.HEADING
    return is_heading and line.is_complete and len(line.text) >= SENTENCE_CHARS
