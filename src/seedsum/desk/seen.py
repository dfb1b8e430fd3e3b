"""What there is to see of an article: the values that `view` makes, and their states."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from seedsum.desk.differences import Piece
from seedsum.desk.marks import Marks

#: States of a sentence. `same` is one that nobody translated: there is nothing to check.
UNCHECKED, ACCEPTED, EDITED, REJECTED, STALE, SAME = (
    "unchecked", "accepted", "edited", "rejected", "stale", "same",
)  # fmt: skip
#: States of a sentence that a summary must not rest on if its article is to be done.
OPEN_STATES = frozenset({UNCHECKED, STALE, REJECTED})


@dataclass(frozen=True, slots=True)
class Shown:
    """A flag as a reviewer sees it."""

    code: str
    words: str  # what was seen
    sure: str  # `likely`, `possible`, or empty where nobody measured it
    is_open: bool
    marks: Marks


@dataclass(frozen=True, slots=True)
class Option:
    """Another English of a sentence, where it is from, and how it differs from what stands."""

    text: str
    why: str
    pieces: tuple[Piece, ...]


@dataclass(frozen=True, slots=True)
class Stale:
    """What was said of the sentence that this one took the place of."""

    pieces: tuple[Piece, ...]  # the old and the new source
    english: str  # what stood for the old one
    state: str
    reviewer: str
    time: str


@dataclass(frozen=True, slots=True)
class Row:
    """One sentence: its source, its English, and all that is known and was said of it."""

    id: str
    role: str
    kind: str
    in_article: bool
    source: str
    english: str  # what stands: the reviewed text, else the record's
    machine: str  # the model's, where a person's stands instead
    language: str
    direction: str
    fate: str
    reason: str
    before: str
    after: str
    state: str
    reviewer: str = ""
    time: str = ""
    note: str = ""
    flags: tuple[Shown, ...] = ()
    options: tuple[Option, ...] = ()
    cited_by: tuple[int, ...] = ()  # numbers of the summary's sentences
    stale: Stale | None = None
    elsewhere: Option | None = None  # the English of the same sentence in an article or a memory
    is_asked: bool = False  # the title, or in the summary as it is: it stands or falls with it
    needs_look: bool = False


@dataclass(frozen=True, slots=True)
class SummaryRow:
    """One sentence of the summary.

    It has words of its own where a model wrote it, and then a state of its own; else it is a
    sentence of the article, and stands or falls with that.
    """

    id: str  # `summary-1`
    number: int
    text: str
    machine: str
    cites: tuple[str, ...]
    source: str  # the English of what it cites
    has_own_words: bool
    is_cut: bool  # a label or a time stamp was cut off the article's sentence
    state: str
    is_open: bool
    reviewer: str = ""
    time: str = ""
    note: str = ""
    flags: tuple[Shown, ...] = ()
    needs_look: bool = False


@dataclass(frozen=True, slots=True)
class Lost:
    """What was said of a sentence that is gone, and of which nothing took the place."""

    source: str
    english: str
    state: str
    reviewer: str
    time: str


@dataclass(frozen=True, slots=True)
class ArticleView:
    """All that there is to see of one article, and in which order to look at it."""

    name: str
    title: str
    source_title: str
    language: str
    language_name: str
    status: str
    url: str
    date: str
    source_sha256: str
    fallback: str
    reasons: tuple[str, ...]
    models: tuple[str, ...]
    details: tuple[tuple[str, str], ...]  # hashes and the like, folded away
    summary: tuple[SummaryRow, ...]
    rows: tuple[Row, ...]
    lost: tuple[Lost, ...]
    looks: tuple[str, ...]  # ids of what needs a look, in order
    blocking: tuple[str, ...]  # ids of what keeps the article from being done
    done_by: str = ""
    counts: Mapping[str, int] = field(default_factory=dict)
