"""The cue words of all languages' pages as patterns, and the rules that decide a text by itself.

Each rule's name is stable: it is the reason in the record.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from seedsum.languages import LANGUAGES
from seedsum.records import Role

_PAGES = [language.page for language in LANGUAGES.values() if language.page]
_NOTHING = r"(?!)"


def page_cues(field: str) -> str:
    """Return what all languages have in a field of their page cues, as one alternative."""
    known = filter(None, (getattr(page, field) for page in _PAGES))
    return f"(?:{'|'.join(known) or _NOTHING})"


class Rule(NamedTuple):
    """A cue that decides a block by its own text."""

    name: str  # stable; the `reason` in the record
    role: Role
    max_chars: int  # longer blocks are not looked at: cue words in a whole paragraph are prose
    pattern: re.Pattern[str]  # searched in the text with its white space collapsed


_END = r"\s*[:：.…»›>→-]*\s*$"
_COUNT = r"(?:\s*[(\[]?\s*\d+\s*[)\]]?)?"
_COLON = r"\s*[:：]"
#: After a sentence, in brackets or at the start.
_APART = r"^|[.।!?…)\]]\s*|\(\s*"
#: A label within a line is one only with a capital letter.
_INITIAL = rf"\s(?=(?-i:[{''.join(page.caption_initials for page in _PAGES)}]))"
_CREDIT = rf"(?:{_APART}|{_INITIAL}){page_cues('caption_credit')}\s*[:：/©]\s*\S.{{0,60}}$"
_TAKEN_BY = rf"(?:{_APART}){page_cues('caption_by')}\s.{{1,60}}$"
_AUTHOR = rf"{page_cues('byline_label')}{_COLON}[^।!?]{{0,60}}"
_RIGHTS = rf"©\s*\d{{4}}|{page_cues('legal_anywhere')}"
#: Before a paragraph both are a credit; `(c)` alone counts the items of a law.
_SIGN = r"(?:©|\(c\)(?=\s*(?:\d{4}|copyright)))(?=.{0,100}$)"
_LANGUAGE = page_cues("language_names")
#: `»Yes,« she says` is a quotation in some languages, which whole sentences are without its end.
_POINTER = rf"(?:>>+|»(?!.*«)(?!.*[.!?…]$)|[►▶→]|{page_cues('related_link')}\s*[:：>»|])"
_SITES = "facebook|twitter|x|zalo|whatsapp|linkedin|telegram|pinterest|youtube"

#: In order; the first that fits decides.
RULES: tuple[Rule, ...] = tuple(
    Rule(name, role, max_chars, re.compile(pattern, re.IGNORECASE))
    for name, role, max_chars, pattern in (
        ("related-heading", Role.RELATED, 80, rf"^{page_cues('related_heading')}{_END}"),
        ("comment-heading", Role.COMMENT, 60, rf"^{page_cues('comment_heading')}{_COUNT}{_END}"),
        ("related-link", Role.RELATED, 250, rf"^{_POINTER}\s*\S"),
        ("read-on", Role.RELATED, 250, page_cues("read_on")),
        ("source-line", Role.SOURCE_LINK, 300, rf"^[(\[]?{page_cues('source_line')}{_COLON}"),
        ("bare-link", Role.SOURCE_LINK, 2000, r"^<?(?:https?://|www\.)\S+$"),
        ("caption-credit", Role.CAPTION, 300, rf"{_CREDIT}|{_TAKEN_BY}"),
        (
            "caption-label",
            Role.CAPTION,
            80,
            rf"^[(\[]?{page_cues('caption_label')}(?:$|[\s.।(:)\]].{{0,40}}$)",
        ),
        ("legal", Role.BOILERPLATE, 300, rf"^(?:{_SIGN}|{page_cues('legal')})|{_RIGHTS}"),
        ("notice", Role.BOILERPLATE, 220, page_cues("notice")),
        ("paywall", Role.BOILERPLATE, 250, page_cues("paywall")),
        ("contact", Role.BOILERPLATE, 200, rf"^{page_cues('contact')}{_COLON}"),
        ("share", Role.NAVIGATION, 80, rf"^(?:{_SITES}|{page_cues('share')}){_COUNT}{_END}"),
        ("menu", Role.NAVIGATION, 60, rf"^[«‹<←|\s]*{page_cues('menu')}[\s»›>→|]*$"),
        ("languages", Role.NAVIGATION, 200, rf"^{_LANGUAGE}(?:[\s|/·•,–-]+{_LANGUAGE})+$"),
        ("tags", Role.NAVIGATION, 300, rf"^{page_cues('tags')}{_COLON}"),
        ("byline", Role.BYLINE, 90, rf"^(?:{page_cues('byline')}|{_AUTHOR})$"),
    )
)

#: What is left of a date line without these is nothing.
DATE_WORDS = re.compile(rf"{page_cues('date_words')}|\d+", re.IGNORECASE)
LETTERS = re.compile(r"[^\W\d_]")

# A date at the start or end of a line with other text.
DATE = r"(?:\d{1,2}[/.-]\d{1,2}[/.-](?:\d{4}|\d{2})|\d{4}[/.-]\d{1,2}[/.-]\d{1,2})"
TIME = r"\d{1,2}[:h]\d{2}(?::\d{2})?(?:\s?[ap]\.?m\.?)?"
_STAMP = rf"(?:{DATE}(?:[\s,|-]*{TIME})?|{TIME}[\s,|-]*{DATE})"
STAMPED_START = re.compile(rf"^(?:{page_cues('weekdays')},?\s+)?{_STAMP}", re.IGNORECASE)
DATED_WORDS = re.compile(rf"\d{{4}}|{TIME}|\d.*{page_cues('ago')}")
STAMPED_END = re.compile(rf"[\s,|(-]*{_STAMP}[)\s]*$", re.IGNORECASE)

HOME = re.compile(rf"^{page_cues('home')}$", re.IGNORECASE)

#: For each language what gives a caption away: alone, or a beginning, an end, and what is missing.
SCENES = [
    [
        re.compile(pattern or _NOTHING, re.IGNORECASE)
        for pattern in (page.scene, page.scene_start, page.scene_end, page.scene_never)
    ]
    for page in _PAGES
]
