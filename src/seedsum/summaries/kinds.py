"""What kind of text an article is: by its shape, which a translation keeps, then by its words."""

from __future__ import annotations

import re
from collections.abc import Sequence
from enum import StrEnum

from seedsum.records import ArticleSentence
from seedsum.summaries.cues import cues_of, pattern, tells_kind, title_pattern

#: Fewer than that do not make a shape: a news text may name two times or number two points.
MIN_REPEATS = 3
#: A text is about a claim if its first sentences say so.
_OPENING = 6
#: Who died at what age, as an obituary says of one person.
_DEATH = re.compile(
    r"\b(?:died|passed away|breathed (?:his|her) last)\b.*\b(?:aged?|was) (?:of )?\d{2,3}\b"
    r"|\b(?:he|she) was \d{2,3}\b",
    re.IGNORECASE,
)
_OPENS_MINUTES = re.compile(
    r"\W*(?:present|apologies|held on|time|place|participants|attended)\b", re.IGNORECASE
)


class TextKind(StrEnum):
    """What kind of text an article is; the values stand in the record."""

    NEWS = "news"
    FEATURE = "feature"  # news that opens with a scene
    REPORT = "report"
    INTERVIEW = "interview"
    MINUTES = "minutes"
    LIVE = "live"
    PROGRAMME = "programme"
    LIST = "list"
    DIGEST = "digest"
    NOTICE = "notice"
    COURT = "court"
    STUDY = "study"
    RUMOUR = "rumour"
    OBITUARY = "obituary"
    UNKNOWN = ""


def kind_of(
    sentences: Sequence[ArticleSentence],
    *,
    title: str,
    headings: Sequence[str],
    num_timed: int,
    num_numbered: int,
    num_asked: int,
    num_answers: int,
) -> TextKind:
    """Return the kind; the numbers are of paragraphs that begin so, and of turns that ask."""
    texts = [sentence.text for sentence in sentences]

    def titled(kind: TextKind) -> bool:
        return title_pattern(kind).search(title.lower()) is not None

    def share(kind: TextKind) -> float:
        return sum(tells_kind(text, kind) for text in texts) / max(len(texts), 1)

    if num_timed and num_timed * 6 >= len(texts):
        return (
            TextKind.LIVE
            if titled(TextKind.LIVE) or not titled(TextKind.PROGRAMME)
            else TextKind.PROGRAMME
        )
    if num_asked >= 2 and (num_answers >= 2 or num_asked >= MIN_REPEATS):
        return TextKind.INTERVIEW
    if titled(TextKind.MINUTES) and (
        num_numbered or headings or any(map(_opens_minutes, texts[:4]))
    ):
        return TextKind.MINUTES
    weighty = [heading for heading in headings if _is_report_heading(heading)]
    if len(weighty) >= 2 and (len(headings) >= MIN_REPEATS or titled(TextKind.REPORT)):
        return TextKind.REPORT
    if titled(TextKind.DIGEST) and (len(headings) >= 2 or _num_paragraphs(sentences) >= 4):
        return TextKind.DIGEST
    is_numbered = num_numbered >= max(MIN_REPEATS, _num_paragraphs(sentences) / 4)
    if is_numbered or (titled(TextKind.LIST) and num_numbered + len(headings) >= 2):
        return TextKind.LIST
    if share(TextKind.NOTICE) >= (0.15 if titled(TextKind.NOTICE) else 0.4):
        return TextKind.NOTICE
    if share(TextKind.COURT) >= (0.2 if titled(TextKind.COURT) else 0.5):
        return TextKind.COURT
    tells_death = any(_DEATH.search(text) for text in texts[:_OPENING])
    if share(TextKind.OBITUARY) >= (
        0.01 if titled(TextKind.OBITUARY) else 0.2 if tells_death else 1
    ):
        return TextKind.OBITUARY
    if share(TextKind.STUDY) >= (0.2 if titled(TextKind.STUDY) else 0.5):
        return TextKind.STUDY
    found = [cues_of(text) for text in texts]
    is_about_claims = titled(TextKind.RUMOUR)
    is_denied = any(one.denies and (one.denies_before or is_about_claims) for one in found)
    num_claims = sum(one.hearsay for one in found[:_OPENING])
    if is_denied and num_claims and (is_about_claims or num_claims > 1):
        return TextKind.RUMOUR
    if share(TextKind.NEWS) >= 0.1 or len(texts) <= 2:
        return TextKind.NEWS
    return TextKind.UNKNOWN


def _opens_minutes(text: str) -> bool:
    return _OPENS_MINUTES.match(text) is not None


def _is_report_heading(heading: str) -> bool:
    fields = ("heavy_headings", "light_headings")
    return any(pattern(field).search(heading.lower()) for field in fields)


def _num_paragraphs(sentences: Sequence[ArticleSentence]) -> int:
    return len({sentence.paragraph for sentence in sentences})
