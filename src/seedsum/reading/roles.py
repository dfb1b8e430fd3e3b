"""A role and a reason for every block of a document: the extraction receipt.

Nothing is deleted: a block that is no part of the article keeps its text, is translated like the
others, and only stays out of the summary. The rules are data with stable names, which are the
reasons in the record. They are general (words that sites use, shapes that teasers have); none
knows a page. Where rule and doubt meet, a teaser in a summary is worse than a paragraph too few.
Cue words are the languages' (`PageCues`): one without them has fewer rules.

Measured: of 134,000 single sentences of news and encyclopedias (vi, bn, en) the cue rules take 86,
nearly all of them rightly (`See also: ...`, `Category: ...`, date lines). Of the 2,871 lines of the
NTREX news documents 27 become headings, most of which are, and none leaves the article otherwise.
Five saved pages (177 blocks), labelled by hand, are all right; the rules were made on them.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass, replace

from seedsum.languages import LANGUAGES
from seedsum.records import Block, Document, Kind, Role


@dataclass(frozen=True, slots=True)
class Rule:
    """A cue that decides a block by its own text.

    Attributes:
        name: Stable; the `reason` in the record.
        pattern: Searched in the block's text with its white space collapsed.
        max_chars: Longer blocks are not looked at: cue words in a whole paragraph are prose.
        starts_section: The blocks after it have its role too, until the article goes on.
    """

    name: str
    role: Role
    pattern: re.Pattern[str]
    max_chars: int
    starts_section: bool = False


def _cues(field: str) -> str:
    """Return what all languages have in a field of their page cues, as one alternative."""
    pages = [language.page for language in LANGUAGES.values() if language.page]
    # Documents are NFC, which takes the Bengali letters with nukta apart; so must the patterns be.
    known = [unicodedata.normalize("NFC", getattr(page, field)) for page in pages]
    return f"(?:{'|'.join(filter(None, known))})" if any(known) else _NOTHING


def _rule(
    name: str, role: Role, pattern: str, *, max_chars: int, starts_section: bool = False
) -> Rule:
    return Rule(name, role, re.compile(pattern, re.IGNORECASE), max_chars, starts_section)


_NOTHING = r"(?!)"
_END = r"\s*[:：.…»›>→-]*\s*$"
_COUNT = r"(?:\s*[(\[]?\s*\d+\s*[)\]]?)?"
_COLON = r"\s*[:：]"
#: After a sentence, in brackets or at the start.
_APART = r"^|[.।!?…)\]]\s*|\(\s*"
_CREDIT_INITIALS = "".join(
    language.page.caption_initials for language in LANGUAGES.values() if language.page
)

#: In order; the first that fits decides.
RULES: tuple[Rule, ...] = (
    _rule(
        "related-heading",
        Role.RELATED,
        rf"^{_cues('related_heading')}{_END}",
        max_chars=80,
        starts_section=True,
    ),
    _rule(
        "comment-heading",
        Role.COMMENT,
        rf"^{_cues('comment_heading')}{_COUNT}{_END}",
        max_chars=60,
        starts_section=True,
    ),
    _rule(
        "related-link",
        Role.RELATED,
        rf"^(?:(?:>>+|»|►|▶|→)\s*\S|{_cues('related_link')}\s*[:：>»|]\s*\S)",
        max_chars=250,
    ),
    _rule("read-on", Role.RELATED, _cues("read_on"), max_chars=250),
    _rule(
        "source-line", Role.SOURCE_LINK, rf"^[(\[]?{_cues('source_line')}{_COLON}", max_chars=300
    ),
    _rule("bare-link", Role.SOURCE_LINK, r"^<?(?:https?://|www\.)\S+$", max_chars=2000),
    _rule(
        "caption-credit",
        Role.CAPTION,
        # In mid-line only with a capital letter.
        rf"(?:{_APART}|\s(?=(?-i:[{_CREDIT_INITIALS}]))){_cues('caption_credit')}"
        rf"\s*[:：/©]\s*\S.{{0,60}}$|(?:{_APART}){_cues('caption_by')}\s.{{1,60}}$",
        max_chars=300,
    ),
    _rule(
        "caption-label",
        Role.CAPTION,
        rf"^{_cues('caption_label')}(?:$|[\s.।(:].{{0,40}}$)",
        max_chars=80,
    ),
    _rule(
        "legal",
        Role.BOILERPLATE,
        rf"^(?:©|\(c\)|{_cues('legal')})|©\s*\d{{4}}|{_cues('legal_anywhere')}",
        max_chars=300,
    ),
    _rule("notice", Role.BOILERPLATE, _cues("notice"), max_chars=220),
    _rule("contact", Role.BOILERPLATE, rf"^{_cues('contact')}{_COLON}", max_chars=200),
    _rule(
        "share",
        Role.NAVIGATION,
        r"^(?:facebook|twitter|x|zalo|whatsapp|linkedin|telegram|pinterest|youtube"
        rf"|{_cues('share')}){_COUNT}{_END}",
        max_chars=80,
    ),
    _rule("menu", Role.NAVIGATION, rf"^[«‹<←|\s]*{_cues('menu')}[\s»›>→|]*$", max_chars=60),
    _rule("tags", Role.NAVIGATION, rf"^{_cues('tags')}{_COLON}", max_chars=300),
    _rule(
        "byline",
        Role.BYLINE,
        rf"^(?:{_cues('byline')}|{_cues('byline_label')}{_COLON}[^।!?]{{0,60}})$",
        max_chars=90,
    ),
)

#: What is left of a date line without these is nothing.
_DATE_WORDS = re.compile(rf"{_cues('date_words')}|\d+", re.IGNORECASE)
_DIGITS = re.compile(r"\d")
_LETTERS = re.compile(r"[^\W\d_]")

# A date at the start or end of a line with other text.
_DATE = r"(?:\d{1,2}[/.-]\d{1,2}[/.-](?:\d{4}|\d{2})|\d{4}[/.-]\d{1,2}[/.-]\d{1,2})"
_TIME = r"\d{1,2}[:h]\d{2}(?::\d{2})?(?:\s?[ap]\.?m\.?)?"
_STAMP = rf"(?:{_DATE}(?:[\s,|-]*{_TIME})?|{_TIME}[\s,|-]*{_DATE})"
_STAMPED_START = re.compile(rf"^(?:{_cues('weekdays')},?\s+)?{_STAMP}", re.IGNORECASE)
_DATED_WORDS = re.compile(rf"\d{{4}}|{_TIME}|\d.*{_cues('ago')}")
_STAMPED_END = re.compile(rf"[\s,|(-]*{_STAMP}[)\s]*$", re.IGNORECASE)

_SENTENCE_END = re.compile(r"[.!?…।॥][\"'”’»)\]/]*$")
_OPENING_QUOTE = re.compile(r"[\"“‘']")
_OPEN_END = re.compile(r"[:;,]$")
_TRUNCATED = re.compile(r"(?:\.\.+|…|\[…\]|\[\.\.\.\])$")

_SEPARATOR = re.compile(r"\s+(?:»|›|>|→|/|//|\||::)\s+|\s*[»›→]\s*")
_HOME = re.compile(rf"^{_cues('home')}$", re.IGNORECASE)

#: From here on a paragraph is taken for prose; headlines and captions are shorter. In the NTREX
#: news documents the median sentence has 131 characters (en), 132 (vi), 125 (bn).
_PARAGRAPH_CHARS = 120
_HEADLINE_CHARS = 200
#: A complete sentence of that length is no menu word or slogan.
_SENTENCE_CHARS = 50

#: Of a longer block only the two ends are looked at: nothing but prose is that long.
_LOOKED_AT_CHARS = 4_000

#: Roles that hold against the section a block is in (a copyright line below the comments).
_STRONGER_THAN_SECTION = frozenset(
    {Role.BOILERPLATE, Role.COMMENT, Role.RELATED, Role.NAVIGATION, Role.SOURCE_LINK}
)

#: What stands under everything else on a page.
_PAGE_ENDS = frozenset(
    {Role.BOILERPLATE, Role.NAVIGATION, Role.COMMENT, Role.SOURCE_LINK, Role.BYLINE, Role.DATE}
)

#: Roles that the markup's hint gives; the second set also inside the article.
_HINT_ROLES = {
    "hidden": Role.BOILERPLATE,
    "nav": Role.NAVIGATION,
    "breadcrumb": Role.BREADCRUMB,
    "related": Role.RELATED,
    "aside": Role.RELATED,
    "comment": Role.COMMENT,
    "share": Role.NAVIGATION,
    "cookie": Role.BOILERPLATE,
    "footer": Role.BOILERPLATE,
    "form": Role.NAVIGATION,
}
_HINT_ROLES_INSIDE = {"figcaption": Role.CAPTION, "byline": Role.BYLINE, "date": Role.DATE}


@dataclass(frozen=True, slots=True)
class _Line:
    """A block with what the rules look at."""

    block: Block
    text: str
    key: str
    is_complete: bool

    @property
    def is_paragraph(self) -> bool:
        return (
            self.block.kind is Kind.PARAGRAPH
            and len(self.text) >= _PARAGRAPH_CHARS
            and self.is_complete
        )

    @property
    def is_sentence(self) -> bool:
        return (
            self.block.kind is Kind.PARAGRAPH
            and len(self.text) >= _SENTENCE_CHARS
            and (self.is_complete or len(self.text) > _HEADLINE_CHARS)
        )

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
            and bool(_LETTERS.search(self.text))
        )


@dataclass(frozen=True, slots=True)
class _Verdict:
    role: Role
    reason: str
    starts_section: bool = False


_Verdicts = list[_Verdict | None]


def classify(document: Document) -> Document:
    """Return the document with `role` and `reason` set on every block; texts and order stay."""
    lines = [_line(document, block) for block in document.blocks]
    verdicts = [_by_hint(line) or _by_rule(line) for line in lines]
    _mark_breadcrumbs(lines, verdicts)
    _mark_teasers(lines, verdicts)
    _mark_sections(lines, verdicts)
    _mark_trailing_headlines(lines, verdicts)
    _mark_title(document, lines, verdicts)
    _mark_outside(lines, verdicts)
    _mark_structure(lines, verdicts)
    _mark_signature(lines, verdicts)
    _mark_scene_captions(lines, verdicts)
    blocks = tuple(
        replace(
            line.block,
            role=verdict.role if verdict else Role.BODY,
            reason=verdict.reason if verdict else "paragraph",
        )
        for line, verdict in zip(lines, verdicts, strict=True)
    )
    return replace(document, blocks=blocks)


def _line(document: Document, block: Block) -> _Line:
    text = document.text[block.start : block.end]
    if len(text) > _LOOKED_AT_CHARS:
        half = _LOOKED_AT_CHARS // 2
        text = f"{text[:half]} {text[-half:]}"
    text = " ".join(text.split())
    is_complete = bool(_SENTENCE_END.search(text)) and not _TRUNCATED.search(text)
    return _Line(block, text, _key(text), is_complete)


def _key(text: str) -> str:
    """Return a headline's letters and digits, for comparing; a long text is no headline."""
    if len(text) > 2 * _HEADLINE_CHARS:
        return ""
    return "".join(character for character in text.casefold() if character.isalnum())


# --------------------------------------------------------------------------------------------
# One block by itself


def _by_hint(line: _Line) -> _Verdict | None:
    hint = line.block.hint
    if hint in _HINT_ROLES_INSIDE and len(line.text) <= 400:
        return _Verdict(_HINT_ROLES_INSIDE[hint], f"markup-{hint}")
    if hint in _HINT_ROLES and line.block.outside_article:
        return _Verdict(_HINT_ROLES[hint], f"markup-{hint}")
    return None


def _by_rule(line: _Line) -> _Verdict | None:
    if line.block.kind in (Kind.TABLE_ROW, Kind.CODE):
        return None
    if _is_date(line.text):
        return _Verdict(Role.DATE, "date-line")
    for rule in RULES:
        if len(line.text) <= rule.max_chars and rule.pattern.search(line.text):
            return _Verdict(rule.role, rule.name, rule.starts_section)
    return None


def _is_date(text: str) -> bool:
    """Return whether the line is a date or time and nothing else."""
    if len(text) > 80 or _LETTERS.search(_DATE_WORDS.sub("", text)):
        return False
    if _STAMPED_START.search(text) or re.search(_DATE, text):
        return True
    return bool(_LETTERS.search(text) and _DATED_WORDS.search(text))


# --------------------------------------------------------------------------------------------
# Blocks among their neighbours


def _mark_breadcrumbs(lines: list[_Line], verdicts: _Verdicts) -> None:
    """Mark `Home » Health » Headline` lines, and the short lines above one as navigation."""
    keys = {line.key for line in lines}
    for index, line in enumerate(lines[:40]):
        if line.is_paragraph:
            break
        parts = [part.strip() for part in _SEPARATOR.split(line.text)]
        if verdicts[index] or line.block.kind is not Kind.PARAGRAPH:
            continue
        if len(parts) < 2 or not parts[0] or len(parts[0]) > 40:
            continue
        is_trail = _HOME.match(parts[0]) or len(parts) > 2 or (_key(parts[-1]) in keys)
        if (
            is_trail
            and all(len(part) <= _HEADLINE_CHARS for part in parts)
            and not line.is_complete
        ):
            verdicts[index] = _Verdict(Role.BREADCRUMB, "breadcrumb-trail")
            for above in range(index):
                is_short = len(lines[above].text) <= 60 and lines[above].key != _key(parts[-1])
                if verdicts[above] is None and is_short:
                    verdicts[above] = _Verdict(Role.NAVIGATION, "above-breadcrumb")
            break


def _mark_teasers(lines: list[_Line], verdicts: _Verdicts) -> None:
    """Mark lists of teasers: a headline over a text that starts with a date or is cut off.

    Two dated ones, or three cut-off ones, make a list; a single one may be an article's.
    """
    dated: list[int] = []
    cut: list[int] = []
    for index, line in enumerate(lines):
        stamp = _STAMPED_START.match(line.text)
        if stamp and len(line.text) - stamp.end() >= 20 and not line.is_complete:
            dated.append(index)
        elif (
            _TRUNCATED.search(line.text)
            and len(line.text) >= 60
            and index > 0
            and lines[index - 1].is_headline
            and len(lines[index - 1].text) < len(line.text)
        ):
            cut.append(index)
    teasers = dated * (len(dated) >= 2) + cut * (len(cut) >= 3)
    for index in sorted(teasers):
        verdicts[index] = _Verdict(Role.RELATED, "teaser-list")
        if index > 1 and lines[index - 1].is_headline and verdicts[index - 1] is None:
            verdicts[index - 1] = _Verdict(Role.RELATED, "teaser-headline")


def _mark_sections(lines: list[_Line], verdicts: _Verdicts) -> None:
    """Give the blocks after a section's heading its role, until the article surely goes on."""
    found = list(verdicts)
    section: _Verdict | None = None
    section_start = 0
    seen_body = False
    has_outside = any(line.block.outside_article for line in lines)
    for index, line in enumerate(lines):
        verdict = found[index]
        if verdict and verdict.starts_section:
            section, section_start = verdict, index
            continue
        if section and _goes_on(
            lines, found, index, section=section, seen_body=seen_body, has_outside=has_outside
        ):
            section = None
            if not seen_body:
                _restore_headline(lines, verdicts, found, section_start, index)
        if section is None:
            seen_body = seen_body or (verdict is None and line.is_paragraph)
        elif verdict is None or verdict.role not in _STRONGER_THAN_SECTION:
            verdicts[index] = _Verdict(section.role, f"in-{section.reason.split('-')[0]}-section")


def _goes_on(
    lines: list[_Line],
    found: _Verdicts,
    index: int,
    *,
    section: _Verdict,
    seen_body: bool,
    has_outside: bool,
) -> bool:
    """Return whether the article begins or goes on at this block of a related or comment section.

    Where no article came before, a complete sentence of some length is its beginning. After that
    two complete paragraphs in a row do it (a teaser is cut off or has a headline above it), or one
    that the page's extractor took for article; readers' comments never do.
    """

    def is_prose(at: int, *, min_chars: int) -> bool:
        return (
            at < len(lines)
            and found[at] is None
            and lines[at].block.kind is Kind.PARAGRAPH
            and not lines[at].block.outside_article
            and not lines[at].block.hint
            and len(lines[at].text) >= min_chars
            and lines[at].is_complete
            and not _STAMPED_START.match(lines[at].text)
        )

    if not seen_body:
        return is_prose(index, min_chars=_SENTENCE_CHARS)
    if has_outside:
        return is_prose(index, min_chars=_PARAGRAPH_CHARS)
    if section.role is Role.COMMENT:
        return False
    if lines[index].block.kind is Kind.HEADING:
        return is_prose(index + 1, min_chars=_PARAGRAPH_CHARS)
    return is_prose(index, min_chars=_PARAGRAPH_CHARS) and is_prose(
        index + 1, min_chars=_SENTENCE_CHARS
    )


def _restore_headline(
    lines: list[_Line], verdicts: _Verdicts, found: _Verdicts, start: int, end: int
) -> None:
    """Take the headline right above an article's first paragraph, and its date,"
    " out of a section."""
    for index in range(end - 1, start, -1):
        if found[index] is None and not lines[index].is_headline:
            return
        verdicts[index] = found[index]
        if found[index] is None:
            return


def _mark_trailing_headlines(lines: list[_Line], verdicts: _Verdicts) -> None:
    """Mark three headlines or more at a page's end: links to other stories without a heading.

    A list that belongs to the article is announced by a colon or has a heading.
    """
    last = len(lines)
    while last > 0 and _role(verdicts[last - 1]) in _PAGE_ENDS:
        last -= 1
    first = last
    while (
        first > 0
        and verdicts[first - 1] is None
        and lines[first - 1].is_headline_or_item
        and not lines[first - 1].is_complete
        and len(lines[first - 1].text) >= 25
    ):
        first -= 1
    if last - first < 3 or first < 2 or verdicts[first - 1] is not None:
        return
    if not lines[first - 1].is_complete or len(lines[first - 1].text) < _SENTENCE_CHARS:
        return
    for index in range(first, last):
        verdicts[index] = _Verdict(Role.RELATED, "trailing-headlines")


def _mark_title(document: Document, lines: list[_Line], verdicts: _Verdicts) -> None:
    """Mark the headline, its repetitions, and the short lines above it as navigation."""
    found = _find_title(document, lines, verdicts)
    if found is None:
        return
    index, reason = found
    verdicts[index] = _Verdict(Role.TITLE, reason)
    key = lines[index].key
    for other, line in enumerate(lines):
        if other == index or verdicts[other] is not None:
            continue
        if line.key == key or _key(_STAMPED_END.sub("", line.text)) == key:
            verdicts[other] = _Verdict(Role.TITLE, "repeats-title")
        elif other < index and len(line.text) <= 100 and not line.is_sentence:
            verdicts[other] = _Verdict(Role.NAVIGATION, "above-title")


def _find_title(
    document: Document, lines: list[_Line], verdicts: _Verdicts
) -> tuple[int, str] | None:
    """Return the headline's index and the reason, or None where the article has none."""
    top = _top(lines, verdicts)
    stated = _key(document.title or "")
    if len(stated) >= 4:
        for index in top:
            key = lines[index].key
            if key == stated or (len(key) >= 15 and (key in stated or stated in key)):
                return index, "states-title"
    for index in top:
        block = lines[index].block
        if block.kind is Kind.HEADING and block.level == 1 and not block.outside_article:
            return index, "first-heading"
    trail = next((i for i in top if _role(verdicts[i]) is Role.BREADCRUMB), None)
    if trail is not None:
        last = _key(_SEPARATOR.split(lines[trail].text)[-1])
        for index in top:
            if index > trail and verdicts[index] is None and lines[index].key == last:
                return index, "ends-breadcrumb"
    if len(lines) > 1:
        for index in top:
            line = lines[index]
            if verdicts[index] is None and line.is_headline and not line.block.outside_article:
                return index, "first-line"
    return None


def _top(lines: list[_Line], verdicts: _Verdicts) -> list[int]:
    """Return the blocks above the first sentence of the article, at most 60."""
    top: list[int] = []
    for index, line in enumerate(lines[:60]):
        if line.is_sentence and not line.block.outside_article and verdicts[index] is None:
            break
        top.append(index)
    return top


def _role(verdict: _Verdict | None) -> Role | None:
    return verdict.role if verdict else None


def _mark_outside(lines: list[_Line], verdicts: _Verdicts) -> None:
    """Keep what the page's extractor left out of the article out of the body.

    But for the sentences between the headline and the first paragraph that it kept: many sites set
    the article's lead apart, and extractors lose it.
    """
    title = next((i for i, v in enumerate(verdicts) if _role(v) is Role.TITLE), len(lines))
    first = next(
        (i for i, line in enumerate(lines) if line.is_paragraph and not line.block.outside_article),
        0,
    )
    for index, line in enumerate(lines):
        if verdicts[index] is None and line.block.outside_article:
            if title < index < first and line.is_sentence:
                verdicts[index] = _Verdict(Role.BODY, "lead")
            else:
                role = Role.NAVIGATION if len(line.text) <= 60 else Role.BOILERPLATE
                verdicts[index] = _Verdict(role, "outside-article")


def _mark_structure(lines: list[_Line], verdicts: _Verdicts) -> None:
    """Mark tables, lists and headings, marked as such or by their shape."""
    for index, line in enumerate(lines):
        if verdicts[index] is not None:
            continue
        kind = line.block.kind
        if kind is Kind.TABLE_ROW:
            verdicts[index] = _Verdict(Role.TABLE, "table-row")
        elif kind is Kind.CODE:
            verdicts[index] = _Verdict(Role.TABLE, "code")
        elif kind is Kind.LIST_ITEM:
            verdicts[index] = _Verdict(Role.LIST, "list-item")
        elif kind is Kind.HEADING:
            verdicts[index] = _Verdict(Role.HEADING, "heading")
        elif _is_enumerated(lines, verdicts, index):
            verdicts[index] = _Verdict(Role.LIST, "after-colon")
        elif _is_heading(lines, verdicts, index):
            verdicts[index] = _Verdict(Role.HEADING, "short-line-over-text")


def _is_enumerated(lines: list[_Line], verdicts: _Verdicts, index: int) -> bool:
    """Return whether the block is an item, without a bullet, of the list that a colon announced."""
    if index == 0 or len(lines[index].text) > 250:
        return False
    above = lines[index - 1]
    verdict = verdicts[index - 1]
    after_item = verdict is not None and verdict.reason == "after-colon" and above.text[-1] in ";,"
    after_colon = above.text.endswith(":") and _role(verdict) in (None, Role.BODY)
    starts_small = lines[index].text[0].islower() or lines[index].text.endswith(";")
    return (after_item or after_colon) and starts_small


def _is_heading(lines: list[_Line], verdicts: _Verdicts, index: int) -> bool:
    """Return whether a short line without a full stop stands over prose, a list or a table."""
    line = lines[index]
    if not line.is_headline or len(line.text) > 120 or ": " in line.text or len(lines) < 3:
        return False
    # A sentence, or the end of a quotation that began in another block, is prose.
    if line.is_complete or (line.text[-1] in "\"”’'" and not _OPENING_QUOTE.search(line.text[:-1])):
        return False
    if index + 1 >= len(lines) or _role(verdicts[index + 1]) not in (None, Role.TITLE):
        return False
    below = lines[index + 1]
    if below.block.kind in (Kind.TABLE_ROW, Kind.LIST_ITEM):
        return True
    return len(below.text) >= max(80, 1.5 * len(line.text))


def _mark_signature(lines: list[_Line], verdicts: _Verdicts) -> None:
    """Mark a name under the last paragraph as the byline."""
    for index in range(1, len(lines)):
        line, above = lines[index], lines[index - 1]
        below = _role(verdicts[index + 1]) if index + 1 < len(lines) else Role.BOILERPLATE
        if (
            verdicts[index] is None
            and verdicts[index - 1] is None
            and above.is_paragraph
            and len(line.text) <= 40
            and len(line.text.split()) <= 5
            and not line.is_complete
            and not _OPEN_END.search(line.text)
            and not _DIGITS.search(line.text)
            and below
            in (Role.SOURCE_LINK, Role.COMMENT, Role.RELATED, Role.BOILERPLATE, Role.NAVIGATION)
        ):
            verdicts[index] = _Verdict(Role.BYLINE, "signature")


#: For each language what alone gives a caption away, and what does together: a beginning, an end
#: and what must be missing.
_SCENES = tuple(
    tuple(
        re.compile(unicodedata.normalize("NFC", pattern) or _NOTHING, re.IGNORECASE)
        for pattern in (page.scene, page.scene_start, page.scene_end, page.scene_never)
    )
    for page in (language.page for language in LANGUAGES.values())
    if page and (page.scene or page.scene_start)
)


def _is_scene(text: str) -> bool:
    """Return whether the text is a caption that no credit gives away: who does what, and where."""
    return any(
        alone.search(text) or (start.match(text) and end.search(text) and not never.search(text))
        for alone, start, end, never in _SCENES
    )


def _mark_scene_captions(lines: list[_Line], verdicts: _Verdicts) -> None:
    """Mark short single sentences between paragraphs that name who is in a picture.

    Only among paragraphs at least twice as long: in an article of short paragraphs such a
    sentence may be one of them.
    """
    for index, line in enumerate(lines):
        if verdicts[index] is not None or len(line.text) > 160 or index == 0:
            continue
        above = lines[index - 1]
        if verdicts[index - 1] is not None and _role(verdicts[index - 1]) is not Role.CAPTION:
            continue
        if verdicts[index - 1] is None and len(above.text) < 1.5 * len(line.text):
            continue
        if _is_scene(line.text):
            verdicts[index] = _Verdict(Role.CAPTION, "scene")
