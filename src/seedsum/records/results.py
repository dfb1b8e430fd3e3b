"""What becomes of a document: translations, flags, a summary, and what decided them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from seedsum.records.documents import Document, Role, Segment
from seedsum.records.models import DecodingOptions
from seedsum.records.reviews import Verdict


@dataclass(frozen=True, slots=True)
class Hypothesis:
    """What a model made of one input.

    The score is the mean log-probability per target token (at most 0), without the length penalty;
    the end of sentence counts as one, a forced language token does not. None where the engine gives
    none, or its penalties distort it.
    """

    text: str
    score: float | None
    num_tokens: int  # target tokens without prefix and end of sentence
    finished: bool  # False where the length limit cut it
    fault: str = ""  # why there is no text, where the engine can say it


@dataclass(frozen=True, slots=True, order=True)
class Flag:
    """Something a reviewer should look at."""

    code: str  # stable name of what is wrong
    detail: str = ""  # what was seen
    #: How likely it is that something is wrong, 0 to 1; None where nobody measured it.
    likelihood: float | None = field(default=None, compare=False)
    #: What was looked at (`segment`, `document`, `summary`); empty for the one flagged.
    scope: str = field(default="", compare=False)


#: Codes of flags that only inform: they ask for no review.
INFORMATIVE_FLAGS = frozenset(
    {
        *("summary-covers", "summary-hierarchical", "summary-partial", "summary-short"),
        *("summary-split", "summary-whole"),
    }
)


class Fate(StrEnum):
    """What became of a segment; every segment has exactly one."""

    TRANSLATED = "translated"
    REVIEWED = "reviewed"  # its English is a person's, or accepted by one
    KEPT = "kept"  # undetermined or unsupported language, or no letters
    PASSED = "passed"  # already English
    FAILED = "failed"  # the model gave nothing usable and the source text stands


@dataclass(frozen=True, slots=True)
class Replaced:
    """A text that another one took the place of."""

    hypothesis: Hypothesis
    flags: tuple[Flag, ...]
    attempt: str  # name of the decoding that made it
    why: str = ""  # what is better about what took its place


@dataclass(frozen=True, slots=True)
class Reviewed:
    """What a person said of a sentence, as its pair shows it."""

    verdict: Verdict | None  # None where flags were dismissed and nothing else was said
    reviewer: str
    time: str
    machine_text: str = ""  # a model's, where the reviewer's own stands
    note: str = ""
    flags: tuple[Flag, ...] = ()  # those that ask for nothing any more


@dataclass(frozen=True, slots=True)
class Stale:
    """What a person said of a sentence that has changed since, or is gone."""

    verdict: Verdict
    source: str
    text: str  # the English that stood; what was rejected has the model's
    reviewer: str
    time: str
    note: str = ""
    segment: str = ""  # the one that took its place, with its source; empty where none did
    new_source: str = ""


@dataclass(frozen=True, slots=True)
class TranslatedSegment:
    """A segment with what became of it."""

    segment: Segment
    text: (
        str  # what goes into the translation: English, or the source's where it was not translated
    )
    language: str  # of the source
    fate: Fate
    reason: str
    hypothesis: Hypothesis | None = None  # None unless a model translated it
    flags: tuple[Flag, ...] = ()
    attempts: tuple[str, ...] = ()  # names of the decodings tried, in order
    others: tuple[Hypothesis, ...] = ()  # of the beam, best first, where a check has flagged it
    replaced: tuple[Replaced, ...] = ()  # what stood there before, in order
    reviewed: Reviewed | None = None  # the flags above are those that still ask for a look


@dataclass(frozen=True, slots=True)
class ArticleSentence:
    """One English segment of the article, as the summary reads it.

    A flag (a check doubts the translation, and not only possibly) costs it much, and a summary that
    still takes it (a lead, say) is flagged `cites-flagged`.
    """

    id: str  # of the segment
    text: str  # its translation, or the source where it was English already
    paragraph: int  # equal for segments of one block; grows in document order
    role: Role = Role.BODY  # of its block
    flagged: bool = False
    section: int = 0  # how many of the article's headings stand before it


@dataclass(frozen=True, slots=True)
class SummarySentence:
    """One sentence of a summary.

    Its origin is `extractive`, `abstractive`, or `swapped` (an abstractive sentence that failed its
    checks was replaced by this extractive one).
    """

    text: str
    cites: tuple[str, ...]  # ids of the segments that support it, best first; never empty
    support: float  # 0 to 1; 1 for a sentence copied from the segments it cites
    flags: tuple[Flag, ...] = ()
    origin: str = "extractive"
    whole: str = ""  # the article's sentence, where a label or a time stamp was cut off it
    reviewed: Reviewed | None = None  # the flags above are those that still ask for a look


@dataclass(frozen=True, slots=True)
class Summary:
    """The summary of one document; `sentences` is empty where there is no article text."""

    engine: str
    sentences: tuple[SummarySentence, ...]
    flags: tuple[Flag, ...] = ()
    kind: str = ""  # of text, as its shape and its English words tell it; empty where they do not


class Status(StrEnum):
    """What a reviewer has to do with a pair."""

    CHECKED = "checked"  # nothing: a person has looked at all that its summary rests on
    CLEAN = "clean"
    REVIEW = "review"
    FAILED = "failed"
    SKIPPED = "skipped"


@dataclass(frozen=True, slots=True)
class Sampling:
    """How a model on a server was asked to answer."""

    temperature: float
    seed: int
    max_tokens: int
    context: str


@dataclass(frozen=True, slots=True)
class ModelUse:
    """A model as it appears in provenance; the keys of `record.models`."""

    role: str
    route: str
    id: str
    revision: str
    licence: str
    engine: str
    compute_type: str
    weights_sha256: str
    decoding: DecodingOptions | Sampling | None = None
    non_commercial: bool = False
    #: The class of arithmetic that its texts are the same on; empty where they are the same on
    #: every CPU, or on none.
    arithmetic: str = ""
    #: Of a server: where the text was sent, what it says of its model, and the prompts' hash.
    address: str = ""
    fingerprint: str = ""
    prompt_sha256: str = ""


@dataclass(frozen=True, slots=True)
class KeyParts:
    """What the run key is made of, each as a sha256, so that planning can name what changed."""

    source: str  # the source's raw bytes
    models: str  # those that the document's routes use
    options: str  # of decoding, glossary, thresholds and whatever else the settings decide
    format: str  # of the record, a pair's files, the stages' versions, what other packages add
    reviews: str = ""  # what reviewers have said of the document; empty where nothing
    summary: str = ""  # the summary's model, and how it is searched


@dataclass(frozen=True, slots=True)
class Provenance:
    """Everything that decided a pair's text.

    The routes are every direction that the document asked for (`vi->en`), sorted, also those that
    the profile has no model for: from them the run key can be worked out without reading it.
    """

    run_key: str
    profile: str
    fallback: bool
    software_version: str
    models: tuple[ModelUse, ...]
    fallback_reason: str = ""
    key_parts: KeyParts | None = None
    routes: tuple[str, ...] = ()
    reproducible: bool = True  # the same bytes again, on the same class of arithmetic
    plugins: tuple[str, ...] = ()  # what other packages add to this installation, each in a line
    #: Codes of the checks that a language goes without, by language.
    checks_missing: tuple[tuple[str, tuple[str, ...]], ...] = ()
    #: What of it the chosen models did not make: routes (`vi->en`), `SUMMARY_PART`.
    fallback_parts: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Result:
    """A finished document, before it is rendered."""

    document: Document
    language: str  # of the article (by characters of its article blocks), or `und`
    confidence: float
    segments: tuple[TranslatedSegment, ...]
    summary: Summary
    status: Status
    reasons: tuple[str, ...]  # why, worst first
    provenance: Provenance
    stale: tuple[Stale, ...] = ()
    #: Other names that the article had when it was reviewed.
    reviewed_as: tuple[str, ...] = ()


#: Version of the record and of a pair's other files; others read them, see docs/output-format.md.
FORMAT_VERSION = 2


@dataclass(frozen=True, slots=True)
class OutputPair:
    """The files of one document, ready to be published; a skipped one has only a record.

    The files' texts stand by what follows the document's name in theirs; see
    `output.pairs.PAIR_FILES`. The record is written last.
    """

    name: str
    files: Mapping[str, str]
    record: str
