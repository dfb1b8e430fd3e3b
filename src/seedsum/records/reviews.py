"""What people say of pairs."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Part(StrEnum):
    """What of a pair a review speaks of."""

    SENTENCE = "sentence"  # one segment's translation
    SUMMARY = "summary"  # one sentence of the summary
    ARTICLE = "article"  # the pair: a person has looked at all that the summary rests on
    TERM = "term"  # a word or phrase and the English that it must become, in every article


class Verdict(StrEnum):
    """What a reviewer says of it."""

    ACCEPTED = "accepted"  # right as it stands (a term: to be used)
    EDITED = "edited"  # `Review.text` is right
    REJECTED = "rejected"  # wrong, and nobody has written a right one; the note says why
    DISMISSED = "dismissed"  # nothing of the text, only that flags are no faults
    WITHDRAWN = "withdrawn"  # what was said of it before, by anybody, no longer counts


@dataclass(frozen=True, slots=True)
class Review:
    """One verdict of one person: immutable, and never removed by a run.

    What it speaks of is found by the source's sentence and its neighbours, not by a number: so it
    survives that sentences are added elsewhere. Of a summary's sentence, the source is the English
    of the sentences that it cites, joined by spaces. Of an article, the text is the summary that
    was seen, a sentence on a line, and the source has for each line the article's sentences that it
    cites, with tabs between them.
    """

    id: str  # unique; ids sort by time
    time: str  # ISO 8601, UTC, with microseconds
    reviewer: str  # a name, or `file` for an edit that was made in a pair's Markdown
    document: str  # its name
    source_sha256: str  # of the article's bytes, when it was reviewed
    part: Part
    verdict: Verdict
    direction: str = ""  # `vi->en`
    source: str = ""
    before: str = ""  # the sentence before it in the article, and the one after; empty at its ends
    after: str = ""
    text: str = ""  # the English that stands from now on; empty where rejected
    machine_text: str = ""  # what the reviewer saw
    dismissed: tuple[str, ...] = ()  # codes of its flags that are no faults
    note: str = ""
    segment: str = ""  # its id when it was reviewed, for people: ids change
    software_version: str = ""
