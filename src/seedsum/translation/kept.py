"""Segments that no model is asked about: the same in every language, or English already."""

from __future__ import annotations

import re

from seedsum.records import UNDETERMINED, Fate, Segment, TranslatedSegment

#: A letter that no English text has, or a word of three letters or more. What has neither (`12/3 |
#: 17:06 PM`) says the same in every language, and a model asked to translate it invents something.
_WORDS = re.compile(r"[^\W\d_a-zA-Z]|[a-zA-Z]{3}")

#: A web or mail address. A line that is one, with a label such as `Source:` before it, is kept:
#: models of these sizes spell long addresses wrongly.
_ADDRESS = re.compile(r"(?:https?://|www\.)\S+|\S+@\S+\.\w+")
_MAX_LABEL_WORDS = 2


def nothing_to_translate(text: str) -> str:
    """Return why a text says the same in every language; empty where it does not."""
    if not _WORDS.search(text):
        return "no words"
    rest, num_addresses = _ADDRESS.subn(" ", text)
    if num_addresses and len(rest.split()) <= _MAX_LABEL_WORDS:
        return "an address"
    return ""


def kept(segment: Segment, language: str, *, target: str) -> TranslatedSegment:
    """Return a segment that stands as it is, with why."""
    fate, reason = Fate.KEPT, nothing_to_translate(segment.text)
    if language == target and _WORDS.search(segment.text):
        fate, reason = Fate.PASSED, "already English"
    elif not reason and language == UNDETERMINED:
        reason = "language not determined"
    elif not reason:
        reason = f"no route from {language!r}"
    return TranslatedSegment(segment, segment.text, language, fate, reason)
