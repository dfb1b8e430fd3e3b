"""What a run finds, does and tells."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

from seedsum.records.documents import UNDETERMINED
from seedsum.records.results import FORMAT_VERSION, KeyParts, ModelUse, Status

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

    type: str  # the extension, as `.doc`; empty without one; `link` for those not followed
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
        not_read: The files of foreign types and the links that are not followed, by type.
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
