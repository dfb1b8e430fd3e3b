"""The data that flows through the pipeline: frozen, slotted dataclasses without behaviour.

Offsets are in characters (code points) of `Document.text`, half-open: `text[start:end]`.
Sequences are tuples, so that every value can be hashed and shared.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path

# --------------------------------------------------------------------------------------------
# Documents


class Role(StrEnum):
    """What a block is on its page. Only `SUMMARY_ROLES` feed the summary."""

    TITLE = "title"
    BYLINE = "byline"
    DATE = "date"
    BODY = "body"
    HEADING = "heading"
    LIST = "list"
    TABLE = "table"
    CAPTION = "caption"
    BREADCRUMB = "breadcrumb"
    NAVIGATION = "navigation"
    RELATED = "related"
    BOILERPLATE = "boilerplate"
    COMMENT = "comment"
    SOURCE_LINK = "source_link"


#: Roles whose text is the article itself, and so may be summarised.
SUMMARY_ROLES = frozenset({Role.BODY, Role.LIST})

#: Roles that belong to the article (as opposed to the page around it).
ARTICLE_ROLES = frozenset(
    {Role.TITLE, Role.BYLINE, Role.DATE, Role.BODY, Role.HEADING, Role.LIST, Role.TABLE}
)


class Kind(StrEnum):
    """The structure that the reader saw, before anything is known of the meaning."""

    PARAGRAPH = "paragraph"
    HEADING = "heading"
    LIST_ITEM = "list_item"
    TABLE_ROW = "table_row"
    CODE = "code"


#: BCP 47's tag for 'undetermined'.
UNDETERMINED = "und"

#: What everything is translated into.
TARGET_LANGUAGE = "en"


@dataclass(frozen=True, slots=True)
class Detection:
    """The language of a piece of text (BCP 47, or `und`)."""

    language: str = UNDETERMINED
    confidence: float = 0.0  # 0 to 1: how sure the method is, not a probability across methods
    method: str = "unknown"  # script, words, langdetect, neighbours, declared, no-letters, unknown


@dataclass(frozen=True, slots=True)
class Block:
    """A paragraph, heading, list item or table row of a document, in document order.

    `reading.roles.classify` sets role and reason, `reading.detection.detect` the detection.
    """

    id: str  # b1, b2, ... in document order
    start: int  # blocks do not overlap; between them is only white space or markup (`# `, `- `)
    end: int
    kind: Kind = Kind.PARAGRAPH
    level: int = 0  # heading level 1 to 6 or list depth from 1; 0 where it has no meaning
    outside_article: bool = False  # the extractor (trafilatura, for HTML) left it out
    hint: str = ""  # what the page's markup says of it (`nav`, `aside`, `figcaption`, ...)
    role: Role = Role.BODY
    reason: str = ""  # the rule that gave the role
    detection: Detection = Detection()


@dataclass(frozen=True, slots=True)
class Link:
    """Where a piece of a document's text leads: `text[start:end]` is what is shown of it."""

    start: int
    end: int
    address: str


@dataclass(frozen=True, slots=True)
class Document:
    """One source article; title, url, date and declared language as the source states them.

    Its name is a POSIX path below the input root, and the stem of its output files (`health/a.txt`;
    a line of a JSONL file is `news.jsonl/ID`).
    """

    name: str
    sha256: str  # of the raw bytes (for JSONL: of the line's bytes)
    format: str  # of a reader: `txt`, `md`, `html`, `jsonl`, or what a package adds
    encoding: str  # what the bytes were decoded with (`utf-8`, `utf-8-sig`, `utf-16`, ...)
    text: str  # all of it, NFC, with `\n` line ends
    blocks: tuple[Block, ...]
    title: str | None = None
    url: str | None = None
    date: str | None = None
    declared_language: str | None = None
    notes: tuple[str, ...] = ()  # what the reader changed or noticed, for people
    kind: str = ""  # what kind of text it is (`news`, `minutes`, ...)
    links: tuple[Link, ...] = ()
    is_extracted: bool = False  # an extractor has said which blocks are outside the article


@dataclass(frozen=True, slots=True)
class Segment:
    """What a model gets: a sentence, or a part of one; `document.text[start:end] == text`."""

    id: str
    block_id: str
    start: int
    end: int
    text: str
    language: str = ""  # where it is another than its block's, else empty


# --------------------------------------------------------------------------------------------
# Settings


@dataclass(frozen=True, slots=True)
class Direction:
    """From one language into another (BCP 47)."""

    source: str
    target: str

    def __str__(self) -> str:
        """Return the route's name in models.toml, as `vi->en`."""
        return f"{self.source}->{self.target}"


@dataclass(frozen=True, slots=True)
class DecodingOptions:
    """How a sequence-to-sequence model is searched; the conventions are ours, engines adapt."""

    beam_size: int = 4  # 1 is greedy
    length_penalty: float = 1.0  # exponent on the target length that divides the log-probability
    max_target_tokens: int = 256  # reaching it gives `finished=False`
    min_target_tokens: int = 1  # no end of sentence before that many
    no_repeat_ngram_size: int = 0  # 0 allows every repetition
    repetition_penalty: float = 1.0  # 1.0 is off
    num_hypotheses: int = 1  # how many of the beam are returned, best first
    disable_unk: bool = True  # never produce the unknown token


@dataclass(frozen=True, slots=True)
class TokenizerSpec:
    """Where a model's tokenizer is and what it puts around the pieces.

    Attributes:
        kind: `sentencepiece` (our own thin wrapper; files below) or `transformers`
            (AutoTokenizer of the folder).
        source_model, target_model: SentencePiece files in the model's folder; an empty
            `target_model` means the same as the source's.
        source_prefix: Text before every source text, for models that are told by it what to do
            (T5's `translate English to German:`, Marian's `>>vie<<`).
        source_suffix: Pieces after the source pieces.
        normalization: Unicode form that the model was trained on: `NFC`, `NFKC`, `composed` (NFC,
            but Bengali য় and its like as one code point) or `none`.
    """

    kind: str = "transformers"
    source_model: str = ""
    target_model: str = ""
    source_prefix: str = ""
    source_suffix: tuple[str, ...] = ("</s>",)
    normalization: str = "NFC"


@dataclass(frozen=True, slots=True)
class ChatSpec:
    """A server that speaks the OpenAI chat protocol, and what it is asked with; all is the user's.

    An empty prompt is the one of `engines.chat_prompts`, which also says what may stand in braces.

    Attributes:
        address: Where the protocol's paths begin (`http://127.0.0.1:8080/v1`).
        model: What the server calls the model.
        context: What is sent with a sentence: the sentences around it (`segment`), nothing
            (`none`), or its whole `paragraph` in one question.
        sentences_around: Before it and after it, in the article.
        max_tokens: Of an answer; what reaches it is cut.
        concurrency: Questions at a time.
        timeout_seconds: For an answer; a server that cannot be reached is given up sooner.
        max_retries: Of a question that a busy or broken server did not answer, ever later.
        api_key_env, api_key_file: The variable that holds the key, or a file (absolute, or in `~`).
        check_fingerprint: Whether a model that has changed on the server is another one.
    """

    address: str = ""
    model: str = ""
    system: str = ""
    prompt: str = ""
    context: str = "segment"
    sentences_around: int = 2
    context_prompt: str = ""
    paragraph_prompt: str = ""
    summary_prompt: str = ""
    temperature: float = 0.0
    seed: int = 0
    max_tokens: int = 1024
    concurrency: int = 4
    timeout_seconds: float = 120.0
    max_retries: int = 4
    api_key_env: str = ""
    api_key_file: str = ""
    check_fingerprint: bool = True


#: What `engine` in models.toml is where no engine runs a model: a summary of the article's own
#: sentences.
EXTRACTIVE = "extractive"


@dataclass(frozen=True, slots=True)
class ModelFacts:
    """What is published of a model, for whoever chooses one before it is here; decides no text."""

    download_mb: int = 0  # what is fetched of it; 0 where nobody says
    parameters_m: int = 0  # millions of weights
    speed: str = ""  # `fast`, `medium` or `slow` on a CPU; by its weights where it is empty
    quality: str = ""  # measure, set and figure, as its publisher gives them
    note: str = ""


@dataclass(frozen=True, slots=True)
class ModelSpec:
    """One model as models.toml describes it. Exactly one of repository, folder, bundled is set,
    or none where it has no files.

    Each of its language codes is a BCP 47 tag and the model's own token (`("vi", "__vi__")`): the
    source's token precedes the source pieces, the target's is the forced first token of the output.
    """

    name: str  # its key in models.toml
    engine: str  # in `engines.engines()`, or `EXTRACTIVE`
    licence: str  # SPDX identifier
    repository: str = ""  # on the Hub
    revision: str = "main"  # resolved to a commit in models.lock
    folder: str = ""  # relative to models.toml
    bundled: str = ""  # a folder inside the package (`starter`)
    reference: str = ""  # the repository that a form for CTranslate2 was made from, for comparison
    format: str = "transformers"  # of its files: this, or `ctranslate2`
    non_commercial: bool = False  # the licence forbids commercial use
    tokenizer: TokenizerSpec = TokenizerSpec()
    language_codes: tuple[tuple[str, str], ...] = ()  # none for a model of one direction
    compute_type: str = "auto"  # or what the engine knows (`int8`, `float16`, `float32`, ...)
    max_source_tokens: int = 256  # special ones included; longer segments are split
    decoding: DecodingOptions = DecodingOptions()
    needs_review: bool = False  # so weak that no pair it translated is ever `clean`
    chat: ChatSpec = ChatSpec()  # of engine `chat` only
    about: ModelFacts = ModelFacts()


@dataclass(frozen=True, slots=True)
class RouteStep:
    """One translation of a route; a route with a pivot language has two."""

    model: str
    direction: Direction


#: What a profile's summary is called beside its routes.
SUMMARY_PART = "summary"


@dataclass(frozen=True, slots=True)
class Profile:
    """A named choice of models: one route for each source language, one summary model."""

    name: str
    routes: tuple[tuple[Direction, tuple[RouteStep, ...]], ...]
    summary: str


@dataclass(frozen=True, slots=True)
class Runtime:
    """Where and with how many threads models run."""

    device: str = "cpu"  # or `cuda`
    num_workers: int = 1  # batches decoded at the same time
    threads_per_worker: int = 1


@dataclass(frozen=True, slots=True)
class ResolvedModel:
    """A model that is on this machine, pinned."""

    spec: ModelSpec  # as configured; its engine is the one that will run it
    folder: Path | None  # where the engine's files are; None where it needs none
    revision: str  # a commit, or `bundled` or `local`
    weights_sha256: str  # of all of the model's files together, in sorted order
    note: str = ""  # why it differs from what was asked for (refused conversion, ...)


# --------------------------------------------------------------------------------------------
# Results


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


# --------------------------------------------------------------------------------------------
# Reviews


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


# --------------------------------------------------------------------------------------------
# Runs

#: Largest source that is read; the longest real article is far below 1 MB.
MAX_SIZE_BYTES = 50_000_000


@dataclass(frozen=True, slots=True)
class Source:
    """One article that can be read, or why it cannot be."""

    name: str  # of its document
    path: str | None  # a text takes a fifth of a `Path`'s memory; None for standard input
    sha256: str  # of its raw bytes
    size_bytes: int
    offset: int | None = None  # in bytes, where it begins in a file that holds many articles
    error: str = ""
    growing: bool = False  # it was being written while the sources were listed


@dataclass(frozen=True, slots=True)
class NotRead:
    """Files of one type in the input that no reader reads."""

    type: str  # the extension, as `.doc`; empty for files without one
    count: int
    names: tuple[str, ...]  # of the first few, sorted


class Integrity(StrEnum):
    """How the files of a pair stand to its record."""

    INTACT = "intact"
    INCOMPLETE = "incomplete"
    EDITED = "edited"


@dataclass(frozen=True, slots=True)
class RecordState:
    """What planning and the index need of a pair that is in the output, without its segments.

    Attributes:
        integrity: `edited` where a Markdown file is not what the record (or, without a record, the
            file itself) says; `incomplete` where a file or the record is missing or torn.
        status: None where there is no record that can be read; the rest is then empty too.
        reasons: Why the pair has its status, the worst few first; the record has them all.
        num_flagged: Segments and summary sentences with a flag.
        num_summary_flagged: Those of the summary alone.
        num_summary_unchecked: Sentences of the summary that are not the source's own words and that
            no person has found right.
        flags: Their codes, sorted.
        url, date: As the source states them.
        address: Relative URL of the source's file from the output folder, where a run knows it.
        files: What the record names besides itself (`summary`, `translation`); nothing for a
            skipped document.
        fallback_parts: As in `Provenance`; none of a fallback that an older version wrote, where
            everything was one.
        num_stale: Reviewed sentences that have changed since.
        reviewed_as: See `Result`.
    """

    name: str
    integrity: Integrity
    status: Status | None = None
    format_version: int = FORMAT_VERSION
    source_sha256: str = ""
    title: str = ""
    language: str = UNDETERMINED
    run_key: str = ""
    key_parts: KeyParts | None = None
    routes: tuple[str, ...] = ()
    profile: str = ""
    fallback: bool = False
    fallback_reason: str = ""
    reasons: tuple[str, ...] = ()
    num_segments: int = 0
    num_flagged: int = 0
    num_summary_flagged: int = 0
    num_summary_unchecked: int = 0
    flags: tuple[str, ...] = ()
    url: str = ""
    date: str = ""
    address: str = ""
    files: tuple[str, ...] = ()
    fallback_parts: tuple[str, ...] = ()
    num_stale: int = 0
    reviewed_as: tuple[str, ...] = ()


class Action(StrEnum):
    """What a run does with one document."""

    WRITE = "write"
    LEAVE = "leave"


@dataclass(frozen=True, slots=True)
class Task:
    """One document and what a run would do with it.

    It is written because it is `new`, `source-changed`, `model-changed`, `options-changed`,
    `format-changed`, `reviewed`, `incomplete`, `failed-before`, `forced`, `fallback` or `edited` by
    hand, and left because it is `current`, `orphaned`, `over-limit`, `backing-off`, `quarantined`,
    `growing`, or `edited` in a way that waits for somebody.
    """

    name: str
    action: Action
    reasons: tuple[str, ...]
    source: Source | None = None  # None for an orphaned pair
    message: str = ""  # what failed the last time, where it is backing off or quarantined
    keeps_translation: bool = False  # of the pair that is there: only its summary is made again


@dataclass(frozen=True, slots=True)
class Failure:
    """How often a document failed in a row, under the same conditions; times are ISO 8601, UTC."""

    source_sha256: str
    conditions: str  # hash of the software, models and options that it failed with
    num_failures: int
    message: str  # why, the last time
    first: str
    last: str


@dataclass(frozen=True, slots=True)
class Outcome:
    """What happened to one document in a run."""

    name: str
    action: Action
    reasons: tuple[str, ...]
    status: Status | None = None
    language: str = UNDETERMINED
    num_segments: int = 0
    num_translated: int = 0
    num_flagged: int = 0
    message: str = ""
    num_stale: int = 0


@dataclass(frozen=True, slots=True)
class Notice:
    """Something that a run leaves for a person."""

    code: str  # in `settings.NOTICES`
    number: int  # of documents, pairs or files; 1 where nothing is counted
    text: str  # one line


@dataclass(frozen=True, slots=True)
class RunReport:
    """One run, for the run report and for the caller.

    Attributes:
        seconds: By stage, and `total`, which is wall time. Stages go on at once and are each
            summed; `loading` and `decoding` are parts of `translation` and `summary`.
        counters: Documents by status, and what was decoded: see `engines.usage.Usage`.
        rates: See `pipeline.timings.rates`.
        num_skipped_files: Hidden files, foreign types and links out of the folder, by kind.
        not_read: The files of foreign types, by type.
    """

    run_id: str
    started: str
    profile: str
    fallback: bool
    fallback_reason: str
    outcomes: tuple[Outcome, ...]
    models: tuple[ModelUse, ...] = ()
    seconds: dict[str, float] = field(default_factory=dict)
    counters: dict[str, int] = field(default_factory=dict)
    rates: dict[str, float] = field(default_factory=dict)
    num_skipped_files: dict[str, int] = field(default_factory=dict)
    not_read: tuple[NotRead, ...] = ()
    notices: tuple[Notice, ...] = ()  # what needs somebody
    exit_code: int = 0  # 0, 3 where documents failed, else 8 for a notice that is to be acted on
