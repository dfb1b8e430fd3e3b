"""English: read, and translated into."""

from __future__ import annotations

from seedsum.languages.language import DetectionCues, Language, PageCues, SentenceCues

# --------------------------------------------------------------------------------------------
# Reading

_DETECTION = DetectionCues()

_SENTENCES = SentenceCues()

_PAGE = PageCues()

# --------------------------------------------------------------------------------------------
# Models

_CANARY = (
    "Heavy rain this morning moved the meeting to the afternoon.",
    "The new primary school has twelve classrooms and a small library. It opened on Monday,"
    " and 340 children came on the first day. Parents had asked for it for eight years.",
    "The price of rice is 4.5% higher than a year ago, the ministry said. Farmers along the"
    " river doubt that they will see much of it: seed and diesel cost more as well.",
    "An old woman has sold bread at this corner for more than thirty years.",
    "“We leave nobody behind,” he said.",
    "Sorry!",
    "From 3 October bus line 8 will run until 11 p.m.",
    "The river rose, and many families carried their things to the upper floor.",
)

ENGLISH = Language(
    tag="en",
    name="English",
    script="Latn",
    flores="eng_Latn",
    detection=_DETECTION,
    sentences=_SENTENCES,
    page=_PAGE,
    canary=_CANARY,
)
