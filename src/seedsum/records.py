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
    """The language of a piece of text.

    Attributes:
        language: BCP 47 tag, or `und`.
        confidence: 0 to 1; how sure the method is, not a probability across methods.
        method: `script`, `words`, `langdetect`, `neighbours`, `declared`, `no-letters`,
            `unknown`.
    """

    language: str = UNDETERMINED
    confidence: float = 0.0
    method: str = "unknown"


@dataclass(frozen=True, slots=True)
class Block:
    """A paragraph, heading, list item or table row of a document, in document order.

    Attributes:
        id: `b1`, `b2`, ... in document order.
        start, end: Characters of `Document.text`; blocks do not overlap, and between blocks there
            is only white space or markup (`# `, `- `).
        kind: The structure that the reader saw.
        level: Heading level 1 to 6 or list depth from 1; 0 where it has no meaning.
        outside_article: The extractor (trafilatura, for HTML) left it out of the article.
        hint: What the page's markup says of it (`nav`, `aside`, `figcaption`, ...), or empty.
        role, reason: What the block is, and the rule that says so; set by `reading.roles.classify`.
        detection: Its language; set by `detection.detect`.
    """

    id: str
    start: int
    end: int
    kind: Kind = Kind.PARAGRAPH
    level: int = 0
    outside_article: bool = False
    hint: str = ""
    role: Role = Role.BODY
    reason: str = ""
    detection: Detection = Detection()


@dataclass(frozen=True, slots=True)
class Link:
    """Where a piece of a document's text leads: `text[start:end]` is what is shown of it."""

    start: int
    end: int
    address: str


@dataclass(frozen=True, slots=True)
class Document:
    """One source article.

    Attributes:
        name: POSIX path below the input root, also the stem of its output files
            (`health/a.txt`; a line of a JSONL file is `news.jsonl/ID`).
        sha256: Of the raw bytes (for JSONL: of the line's bytes).
        format: Of a reader: `txt`, `md`, `html`, `jsonl`, or what a package adds.
        encoding: What the bytes were decoded with (`utf-8`, `utf-8-sig`, `utf-16`, ...).
        text: The whole text, NFC, with `\\n` line ends.
        blocks: In document order.
        title, url, date, declared_language: As the source states them, else None.
        kind: What kind of text it is (`news`, `minutes`, ...), or empty.
        links: Of the text, in order.
        notes: What the reader changed or noticed (control characters replaced, ...), for people.
    """

    name: str
    sha256: str
    format: str
    encoding: str
    text: str
    blocks: tuple[Block, ...]
    title: str | None = None
    url: str | None = None
    date: str | None = None
    declared_language: str | None = None
    notes: tuple[str, ...] = ()
    kind: str = ""
    links: tuple[Link, ...] = ()


@dataclass(frozen=True, slots=True)
class Segment:
    """What a model gets: a sentence, or a part of one; `document.text[start:end] == text`."""

    id: str
    block_id: str
    start: int
    end: int
    text: str


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
    """How a sequence-to-sequence model is searched; the conventions are ours, engines adapt.

    Attributes:
        beam_size: 1 is greedy.
        length_penalty: Exponent on the target length that divides the log-probability.
        max_target_tokens: Hard limit of the output; reaching it gives `finished=False`.
        min_target_tokens: No end of sentence before that many tokens.
        no_repeat_ngram_size: 0 allows every repetition.
        repetition_penalty: 1.0 is off.
        num_hypotheses: How many of the beam are returned, best first.
        disable_unk: Never produce the unknown token.
    """

    beam_size: int = 4
    length_penalty: float = 1.0
    max_target_tokens: int = 256
    min_target_tokens: int = 1
    no_repeat_ngram_size: int = 0
    repetition_penalty: float = 1.0
    num_hypotheses: int = 1
    disable_unk: bool = True


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
        source_suffix: Pieces after the source pieces, usually `</s>`.
        normalization: Unicode form that the model was trained on: `NFC`, `NFKC`, `composed` (NFC,
            but Bengali য় and its like as one code point) or `none`.
    """

    kind: str = "transformers"
    source_model: str = ""
    target_model: str = ""
    source_prefix: str = ""
    source_suffix: tuple[str, ...] = ("</s>",)
    normalization: str = "NFC"


#: What `engine` in models.toml is where no engine runs a model: a summary of the article's own
#: sentences.
EXTRACTIVE = "extractive"


@dataclass(frozen=True, slots=True)
class ModelSpec:
    """One model as models.toml describes it. Exactly one of repository, folder, bundled is set,
    or none where it has no files.

    Attributes:
        name: Key in models.toml.
        engine: A name in `engines.ENGINES`, or `EXTRACTIVE`.
        repository, revision: On the Hub; the revision is resolved to a commit in models.lock.
        folder: A local folder, relative to models.toml.
        bundled: A folder inside the package (`starter`).
        format: What is in it: `ctranslate2` or `transformers`.
        licence: SPDX identifier; `non_commercial` says that the licence forbids commercial use.
        language_codes: Pairs of BCP 47 and the model's own token (`("vi", "__vi__")`); empty for a
            model of one direction. The source's token precedes the source pieces, the target's is
            the forced first token of the output.
        compute_type: `auto`, or a name that the engine knows (`int8`, `float16`, `float32`, ...).
        max_source_tokens: Longest input, special tokens included; longer segments are split.
        needs_review: So weak that no pair it translated is ever `clean`.
    """

    name: str
    engine: str
    licence: str
    repository: str = ""
    revision: str = "main"
    folder: str = ""
    bundled: str = ""
    format: str = "transformers"
    non_commercial: bool = False
    tokenizer: TokenizerSpec = TokenizerSpec()
    language_codes: tuple[tuple[str, str], ...] = ()
    compute_type: str = "auto"
    max_source_tokens: int = 256
    decoding: DecodingOptions = DecodingOptions()
    needs_review: bool = False


@dataclass(frozen=True, slots=True)
class RouteStep:
    """One translation of a route; a route with a pivot language has two."""

    model: str
    direction: Direction


@dataclass(frozen=True, slots=True)
class Profile:
    """A named choice of models: one route for each source language, one summary model."""

    name: str
    routes: tuple[tuple[Direction, tuple[RouteStep, ...]], ...]
    summary: str


@dataclass(frozen=True, slots=True)
class Runtime:
    """Where and with how many threads models run.

    Attributes:
        device: `cpu` or `cuda`.
        num_workers: Batches decoded at the same time.
        threads_per_worker: Threads of each.
    """

    device: str = "cpu"
    num_workers: int = 1
    threads_per_worker: int = 1


@dataclass(frozen=True, slots=True)
class ResolvedModel:
    """A model that is on this machine, pinned.

    Attributes:
        spec: As configured; `spec.engine` is the engine that will run it.
        folder: Where the engine's files are; None where it needs none.
        revision: Commit, or `bundled`/`local`.
        weights_sha256: Of all of the model's files together, in sorted order.
        note: Why it differs from what was asked for (refused conversion, ...), else empty.
    """

    spec: ModelSpec
    folder: Path | None
    revision: str
    weights_sha256: str
    note: str = ""


# --------------------------------------------------------------------------------------------
# Results


@dataclass(frozen=True, slots=True)
class Hypothesis:
    """What a model made of one input.

    Attributes:
        score: Mean log-probability per target token (at most 0), without the length penalty; the
            end of sentence counts as one, a forced language token does not. None where the engine
            gives none, or its penalties distort it.
        num_tokens: Target tokens without prefix and end of sentence.
        finished: False where the length limit cut it.
    """

    text: str
    score: float | None
    num_tokens: int
    finished: bool


@dataclass(frozen=True, slots=True, order=True)
class Flag:
    """Something a reviewer should look at.

    Attributes:
        code: Stable name of what is wrong.
        detail: What was seen.
        likelihood: How likely it is that something is wrong, 0 to 1; None where nobody measured it.
        scope: What was looked at (`segment`, `document`, `summary`); empty for the one flagged.
    """

    code: str
    detail: str = ""
    likelihood: float | None = field(default=None, compare=False)
    scope: str = field(default="", compare=False)


#: Codes of flags that only inform: they ask for no review.
INFORMATIVE_FLAGS = frozenset({"summary-hierarchical", "summary-short", "summary-split"})


class Fate(StrEnum):
    """What became of a segment; every segment has exactly one.

    `reviewed`: its English is a person's, or accepted by one.
    """

    TRANSLATED = "translated"
    REVIEWED = "reviewed"
    KEPT = "kept"
    PASSED = "passed"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Replaced:
    """A text that another one took the place of.

    Attributes:
        hypothesis: What was replaced.
        flags: What it was flagged with.
        attempt: Name of the decoding that made it.
        why: What is better about what took its place.
    """

    hypothesis: Hypothesis
    flags: tuple[Flag, ...]
    attempt: str
    why: str = ""


@dataclass(frozen=True, slots=True)
class TranslatedSegment:
    """A segment with what became of it.

    Attributes:
        text: The English text that goes into the translation (the source text where it was kept,
            passed or failed).
        language: Source language.
        fate, reason: `passed`: already English; `kept`: undetermined or unsupported language, or
            no letters; `failed`: the model gave nothing usable and the source text stands.
        hypothesis: None unless a model translated it.
        attempts: Names of the decodings tried, in order; more than one after a second chance.
        others: The beam's other hypotheses, best first, of a segment that a check has flagged.
        replaced: What stood there before, in order.
    """

    segment: Segment
    text: str
    language: str
    fate: Fate
    reason: str
    hypothesis: Hypothesis | None = None
    flags: tuple[Flag, ...] = ()
    attempts: tuple[str, ...] = ()
    others: tuple[Hypothesis, ...] = ()
    replaced: tuple[Replaced, ...] = ()


@dataclass(frozen=True, slots=True)
class ArticleSentence:
    """One English segment of the article, as the summary reads it.

    Attributes:
        id: Of the segment.
        text: Its English text: the translation, or the source where it was English already.
        paragraph: Equal for segments of one block; grows in document order.
        section: How many of the article's headings stand before it.
        role: Of its block.
        flagged: A check doubts the translation; that costs it much, and a summary that still takes
            it (a lead, say) is flagged `cites-flagged`.
    """

    id: str
    text: str
    paragraph: int
    role: Role = Role.BODY
    flagged: bool = False
    section: int = 0


@dataclass(frozen=True, slots=True)
class SummarySentence:
    """One sentence of a summary.

    Attributes:
        cites: Ids of the segments that support it, best first; never empty.
        support: 0 to 1; 1 for a sentence copied from the segments it cites.
        origin: `extractive`, `abstractive`, or `swapped` (an abstractive sentence that failed its
            checks was replaced by this extractive one).
    """

    text: str
    cites: tuple[str, ...]
    support: float
    flags: tuple[Flag, ...] = ()
    origin: str = "extractive"


@dataclass(frozen=True, slots=True)
class Summary:
    """The summary of one document; `sentences` is empty where there is no article text."""

    engine: str
    sentences: tuple[SummarySentence, ...]
    flags: tuple[Flag, ...] = ()


class Status(StrEnum):
    """What a reviewer has to do with a pair."""

    CLEAN = "clean"
    REVIEW = "review"
    FAILED = "failed"
    SKIPPED = "skipped"


@dataclass(frozen=True, slots=True)
class ModelUse:
    """A model as it appears in provenance; the keys of `record.models`.

    Attributes:
        arithmetic: The class of arithmetic that its texts are the same on; empty where they are
            the same on every CPU, or on none.
    """

    role: str
    route: str
    id: str
    revision: str
    licence: str
    engine: str
    compute_type: str
    weights_sha256: str
    decoding: DecodingOptions | None = None
    non_commercial: bool = False
    arithmetic: str = ""


@dataclass(frozen=True, slots=True)
class KeyParts:
    """What the run key is made of, each as a sha256, so that planning can name what changed.

    Attributes:
        source: Of the source's raw bytes.
        models: Of the models that the document's routes and its summary use.
        options: Of decoding, glossary, thresholds and whatever else the settings decide.
        format: Of the record format, the files of a pair, the versions of the stages, and what
            other packages add.
        reviews: Of what reviewers have said of the document; empty where they have said nothing.
    """

    source: str
    models: str
    options: str
    format: str
    reviews: str = ""


@dataclass(frozen=True, slots=True)
class Provenance:
    """Everything that decided a pair's text.

    Attributes:
        routes: Every direction that the document asked for (`vi->en`), sorted, also those that the
            profile has no model for: from them the run key can be worked out without reading it.
        reproducible: The same models and options give the same bytes again, on the same class of
            arithmetic.
        plugins: What other packages add to this installation, each in a line.
        checks_missing: Codes of the checks that a language goes without, by language.
        fencing: Number of the lease that it was written under, where the place of the output
            gives one.
    """

    run_key: str
    profile: str
    fallback: bool
    software_version: str
    models: tuple[ModelUse, ...]
    fallback_reason: str = ""
    key_parts: KeyParts | None = None
    routes: tuple[str, ...] = ()
    reproducible: bool = True
    plugins: tuple[str, ...] = ()
    checks_missing: tuple[tuple[str, tuple[str, ...]], ...] = ()
    fencing: int | None = None


@dataclass(frozen=True, slots=True)
class Result:
    """A finished document, before it is rendered.

    Attributes:
        language: Of the article (by characters of its article blocks), or `und`.
        status, reasons: `review` lists why, worst first; `skipped` and `failed` say why.
    """

    document: Document
    language: str
    confidence: float
    segments: tuple[TranslatedSegment, ...]
    summary: Summary
    status: Status
    reasons: tuple[str, ...]
    provenance: Provenance


#: Version of the record and of a pair's other files; others read them, see docs/output-format.md.
FORMAT_VERSION = 2


@dataclass(frozen=True, slots=True)
class OutputPair:
    """The files of one document, ready to be published; a skipped one has only a record.

    Attributes:
        name: See `Document.name`.
        files: Their texts, by what follows the name in the names of the files; see
            `output.PAIR_FILES`.
        record: Text of the record, which is written last.
    """

    name: str
    files: Mapping[str, str]
    record: str


# --------------------------------------------------------------------------------------------
# Runs

#: Largest source that is read; the longest real article is far below 1 MB.
MAX_SIZE_BYTES = 50_000_000


@dataclass(frozen=True, slots=True)
class Source:
    """One article that can be read.

    Attributes:
        name: See `Document.name`.
        path: The file, as a text, which takes a fifth of a `Path`'s memory; None for standard
            input.
        offset: Where it begins in a file that holds many articles, in bytes, else None.
        sha256, size_bytes: Of its raw bytes.
        error: Why it cannot be read at all, else empty.
    """

    name: str
    path: str | None
    sha256: str
    size_bytes: int
    offset: int | None = None
    error: str = ""


class Integrity(StrEnum):
    """How the files of a pair stand to its record."""

    INTACT = "intact"
    INCOMPLETE = "incomplete"
    EDITED = "edited"


@dataclass(frozen=True, slots=True)
class RecordState:
    """What planning and the index need of a pair that is in the output, without its segments.

    Attributes:
        name: See `Document.name`.
        integrity: `edited` where a Markdown file is not what the record (or, without a record, the
            file itself) says; `incomplete` where a file or the record is missing or torn.
        status: None where there is no record that can be read; the rest is then empty too.
        format_version: Of the record.
        routes: See `Provenance.routes`.
        reasons: Why the pair has its status, the worst few first; the record has them all.
        num_flagged: Segments and summary sentences with a flag.
        files: What the record names besides itself (`summary`, `translation`); nothing for a
            skipped document.
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
    files: tuple[str, ...] = ()


class Action(StrEnum):
    """What a run does with one document."""

    WRITE = "write"
    LEAVE = "leave"


@dataclass(frozen=True, slots=True)
class Task:
    """One document and what a run would do with it.

    Attributes:
        reasons: For `write`: `new`, `source-changed`, `model-changed`, `options-changed`,
            `format-changed`, `incomplete`, `failed-before`, `forced`, `fallback`. For `leave`:
            `current`, `edited`, `orphaned`, `over-limit`, `backing-off`, `quarantined`.
        source: None for an orphaned pair.
        message: For `backing-off` and `quarantined`, what failed the last time.
    """

    name: str
    action: Action
    reasons: tuple[str, ...]
    source: Source | None = None
    message: str = ""


@dataclass(frozen=True, slots=True)
class Failure:
    """How often a document failed in a row, under the same conditions.

    Attributes:
        source_sha256: Of the source that failed.
        conditions: Hash of the software, models and options that it failed with.
        num_failures: At least 1.
        message: Why, the last time.
        first, last: When (ISO 8601, UTC).
    """

    source_sha256: str
    conditions: str
    num_failures: int
    message: str
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


@dataclass(frozen=True, slots=True)
class RunReport:
    """One run, for the run report and for the caller.

    Attributes:
        seconds: By stage, and `total`, which is wall time. Stages go on at once and are each
            summed; `loading` and `decoding` are parts of `translation` and `summary`.
        counters: Documents by status, and what was decoded: see `engines.usage.Usage`.
        rates: See `pipeline.timings.rates`.
        num_skipped_files: Hidden files, foreign types and links out of the folder, by kind.
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
    exit_code: int = 0
