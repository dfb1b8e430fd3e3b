"""Hindi."""

from __future__ import annotations

from seedsum.languages.common import digits_from
from seedsum.languages.language import DetectionCues, Language, PageCues, SentenceCues

# --------------------------------------------------------------------------------------------
# Reading

_DETECTION = DetectionCues()

_SENTENCES = SentenceCues()

_PAGE = PageCues()

HINDI = Language(
    tag="hi",
    name="Hindi",
    script="Deva",
    flores="hin_Deva",
    digits=digits_from("०"),
    sentence_enders="।!?…॥",
    detection=_DETECTION,
    sentences=_SENTENCES,
    page=_PAGE,
)
