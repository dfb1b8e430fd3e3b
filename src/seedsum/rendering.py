"""Results -> the two Markdown files, the record and the index; front matter back in.

Pure: no clock, no files. Everything that comes from a source or a model is text, never markup: it
goes through `escape_markdown` (or YAML's and JSON's own writers), so that a hostile page cannot put
HTML, links, footnotes or front matter into what a reviewer opens. docs/output-format.md describes
the files; a change in them adds one to `provenance.STAGE_VERSIONS["rendering"]`.
Neighbours: `pipeline` gives results, `store` publishes the texts.
"""

from __future__ import annotations

import dataclasses
import json
import math
import re
import unicodedata
from collections.abc import Collection, Iterable, Mapping, Sequence
from itertools import groupby, pairwise
from typing import Any
from urllib.parse import quote

import yaml

from seedsum.errors import DocumentError
from seedsum.languages import LANGUAGES
from seedsum.provenance import FORMAT_VERSION, sha256_bytes
from seedsum.records import (
    UNDETERMINED,
    Block,
    Fate,
    Flag,
    Integrity,
    Kind,
    ModelUse,
    OutputPair,
    Provenance,
    RecordState,
    Result,
    Role,
    Status,
    SummarySentence,
    TranslatedSegment,
)

TRANSLATION_SUFFIX = ".translation.md"
SUMMARY_SUFFIX = ".summary.md"
RECORD_SUFFIX = ".record.json"

#: The front-matter key that holds the file's own hash; see `seal`.
SEAL_KEY = "file_sha256"
_SEAL = re.compile(rb"^%b: '([0-9a-f]{64})'$" % SEAL_KEY.encode(), re.MULTILINE)

#: What stands around the article on its page, in the order of the part that shows it.
_PAGE_ROLES: Mapping[Role, str] = {
    Role.BREADCRUMB: "Breadcrumbs",
    Role.NAVIGATION: "Navigation",
    Role.RELATED: "Related news",
    Role.COMMENT: "Comments",
    Role.SOURCE_LINK: "Source links",
    Role.BOILERPLATE: "Boilerplate",
}

# --------------------------------------------------------------------------------------------
# Text that cannot become markup

#: Characters with a meaning inside a Markdown line. `$` opens mathematics on GitHub.
_INLINE = re.compile(r"[\\`*_\[\]~$#]")
#: What opens a list at the start of a line; `#` and `>` are always escaped.
_LINE_START = re.compile(r"^(\d{1,9})([.)])(?=\s|$)|^([-+=])")
#: Markup in HTML and in tables. An entity never opens anything, in no Markdown dialect.
_ENTITIES = {ord(a): b for a, b in (("&", "&amp;"), ("<", "&lt;"), (">", "&gt;"), ("|", "&#124;"))}

#: Invisible and common on ordinary pages: soft hyphen, zero-width space, direction marks, word
#: joiner, byte order mark. Shown they would be noise, kept they could hide things.
_DROPPED = dict.fromkeys((0x00AD, 0x200B, 0x200E, 0x200F, 0x061C, 0x2060, 0xFEFF))
_JOINERS = "\u200c\u200d"


def visible_text(text: str) -> str:
    """Return the text on one line, with nothing in it that a reader cannot see.

    White space is collapsed. Soft hyphens, zero-width spaces and direction marks are left out;
    other characters without a shape (control characters, bidirectional overrides, tags, lone
    surrogates, private use) are shown as `⟦U+202E⟧`. Zero-width joiners stay where they shape a
    letter or an emoji, as in Bengali.
    """
    line = " ".join(text.split())
    if line.isprintable():
        return line
    return " ".join(_shown(line.translate(_DROPPED)).split())


def _shown(line: str) -> str:
    """Return the line without joiners that shape nothing, and with invisible characters shown."""
    shown: list[str] = []
    before = ""
    for character in line:
        if character.isprintable():
            shown.append(character)
        elif character not in _JOINERS:
            shown.append(f"⟦U+{ord(character):04X}⟧")
        elif before > "\u036f" and unicodedata.category(before)[0] in "LMS":
            shown.append(character)
        before = character
    return "".join(shown)


def escape_markdown(text: str) -> str:
    """Return Markdown for one line that shows exactly this text and can be nothing else.

    Safe at the start of a line, inside a line, a table cell, a list item and a footnote. Bare URLs
    stay as they are; a renderer may make a link of one, to the address that the reader sees.
    """
    escaped = _INLINE.sub(r"\\\g<0>", visible_text(text)).translate(_ENTITIES)
    return _LINE_START.sub(_escape_line_start, escaped)


def _escape_line_start(found: re.Match[str]) -> str:
    if found[3]:
        return "\\" + found[3]
    return f"{found[1]}\\{found[2]}"


def _fenced(text: str) -> str:
    """Return a code block of the text; its fence is longer than any inside."""
    shown = "\n".join(_shown(line.expandtabs(4).translate(_DROPPED)) for line in text.split("\n"))
    longest = max((len(run) for run in re.findall("`+", shown)), default=0)
    fence = "`" * max(3, longest + 1)
    return f"{fence}text\n{shown}\n{fence}"


# --------------------------------------------------------------------------------------------
# Front matter


class _Dumper(yaml.SafeDumper):
    """Writes every value on one line and repeats equal values instead of using YAML anchors."""

    def ignore_aliases(self, data: object) -> bool:
        return True


def _front_matter(values: Mapping[str, Any], body: str) -> str:
    """Return a whole Markdown file, sealed: YAML between lines of `---`, then the body."""
    # No value holds a line break (see `visible_text`), so that `---` can only be our own line.
    head = yaml.dump(
        dict(values), Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=math.inf
    )
    return seal(f"---\n{head}{SEAL_KEY}: ''\n---\n\n{body}")


def seal(text: str) -> str:
    """Return the Markdown file with the hash of itself (with the hash's own place empty) filled in.

    `store` tells from it that nobody edited the file, also where the record is lost.
    """
    empty = f"\n{SEAL_KEY}: ''\n"
    return text.replace(empty, f"\n{SEAL_KEY}: '{sha256_bytes(text.encode())}'\n", 1)


def is_sealed(data: bytes) -> bool:
    """Return whether a Markdown file is, byte for byte, what `seal` gave."""
    found = _SEAL.search(data)
    if found is None:
        return False
    unsealed = data[: found.start(1)] + data[found.end(1) :]
    return sha256_bytes(unsealed).encode() == found[1]


def parse_front_matter(text: str) -> dict[str, Any]:
    """Return the front matter of a Markdown file as a dict.

    Raises:
        DocumentError: The file does not start with front matter, or it is not a YAML mapping.
    """
    head, end, _ = text.removeprefix("---\n").partition("\n---\n")
    if not text.startswith("---\n") or not end:
        raise DocumentError("the file does not start with front matter between two lines of '---'")
    try:
        values = yaml.safe_load(head)
    except yaml.YAMLError as error:
        raise DocumentError(f"the front matter is not YAML: {error}") from error
    if not isinstance(values, dict):
        raise DocumentError("the front matter is not a YAML mapping")
    return values


# --------------------------------------------------------------------------------------------
# A result


def render(result: Result) -> OutputPair:
    """Return the three texts of a document; the same result gives the same bytes.

    A skipped document, and one without segments, has a record only.
    """
    page = _Page(result)
    translation = summary = None
    if result.status is not Status.SKIPPED and result.segments:
        translation = _front_matter(_values(page, "translation"), _translation_body(page))
        summary = _front_matter(_values(page, "summary"), _summary_body(page))
    return OutputPair(
        name=result.document.name,
        translation=translation,
        summary=summary,
        record=_record(page, translation=translation, summary=summary),
    )


class _Page:
    """A result with what its parts are looked up by."""

    def __init__(self, result: Result) -> None:
        self.result = result
        self.segments = {segment.segment.id: segment for segment in result.segments}
        self.of_block: dict[str, list[TranslatedSegment]] = {}
        for segment in result.segments:
            self.of_block.setdefault(segment.segment.block_id, []).append(segment)
        named = [reason.partition(" ")[0] for reason in result.reasons]
        self._reason_places = {name: place for place, name in enumerate(named)}
        self.flagged = sorted(
            (
                segment
                for segment in result.segments
                if segment.flags or segment.fate is Fate.FAILED
            ),
            key=self._badness,
        )
        blocks = result.document.blocks
        self.title_block = next((block for block in blocks if block.role is Role.TITLE), None)
        self.stem = result.document.name.rpartition("/")[2]

    def _badness(self, segment: TranslatedSegment) -> int:
        """Return the place of a segment among the status's reasons, which name the worst first."""
        return self._reason_places.get(segment.segment.id, len(self._reason_places))

    @property
    def source_title(self) -> str:
        document = self.result.document
        if self.title_block is not None:
            return visible_text(document.text[self.title_block.start : self.title_block.end])
        return visible_text(document.title or "")

    @property
    def title(self) -> str:
        """The English title where there is one, else the source's, else the document's name."""
        if self.title_block is not None:
            segments = self.of_block.get(self.title_block.id, [])
            if title := visible_text(" ".join(segment.text for segment in segments)):
                return title
        return self.source_title or visible_text(self.result.document.name)

    def link(self, segment_id: str, *, suffix: str = "") -> str:
        """Return a link to a segment's anchor, in this file or in the neighbour with the suffix."""
        target = quote(self.stem + suffix) if suffix else ""
        return f"[{segment_id}]({target}#{segment_id})"


def _counts(page: _Page) -> dict[str, int]:
    segments = page.result.segments
    return {
        "segments": len(segments),
        **{str(fate): sum(segment.fate is fate for segment in segments) for fate in Fate},
        "flagged": len(page.flagged),
    }


def _model_values(model: ModelUse) -> dict[str, Any]:
    values = dataclasses.asdict(model)
    if model.decoding is None:
        del values["decoding"]
    return values


def _values(page: _Page, kind: str) -> dict[str, Any]:
    """Return the front matter of one of the two files."""
    result, provenance = page.result, page.result.provenance
    values: dict[str, Any] = {
        "title": page.title,
        "kind": kind,
        "source": {
            "path": visible_text(result.document.name),
            "sha256": result.document.sha256,
            "title": page.source_title,
        },
        "language": result.language,
        "confidence": round(result.confidence, 4),
        "status": str(result.status),
        "reasons": [visible_text(reason) for reason in result.reasons],
        "counts": _counts(page),
        "profile": provenance.profile,
        "fallback": provenance.fallback,
    }
    if provenance.fallback:
        values["fallback_reason"] = visible_text(provenance.fallback_reason)
    values["models"] = [
        {
            key: visible_text(value) if isinstance(value, str) else value
            for key, value in _model_values(model).items()
        }
        for model in provenance.models
    ]
    values["summary_engine"] = result.summary.engine
    values["software_version"] = provenance.software_version
    values["run_key"] = provenance.run_key
    values["format_version"] = FORMAT_VERSION
    return values


def _language_name(tag: str) -> str:
    if tag == UNDETERMINED:
        return "undetermined language"
    return LANGUAGES[tag].name if tag in LANGUAGES else tag


def _flag_text(flag: Flag) -> str:
    return escape_markdown(f"{flag.code}: {flag.detail}" if flag.detail else flag.code)


def _marks(flags: Sequence[Flag], *, failed: str = "") -> str:
    """Return the visible warning after a flagged text, or nothing."""
    parts = [f"not translated: {escape_markdown(failed)}"] if failed else []
    parts += [_flag_text(flag) for flag in flags]
    return f" **⚠ {'; '.join(parts)}**" if parts else ""


def _segment_marks(segment: TranslatedSegment) -> str:
    failed = (segment.reason or "failed") if segment.fate is Fate.FAILED else ""
    return _marks(segment.flags, failed=failed)


def _anchored(segment: TranslatedSegment, *, italic: bool = False) -> str:
    """Return a segment's English with its anchor and, where flagged, its warning."""
    text = escape_markdown(segment.text)
    if italic and text:
        text = f"*{text}*"
    return f"{_anchor(segment)}{text}{_segment_marks(segment)}"


def _anchor(segment: TranslatedSegment) -> str:
    return f'<a id="{segment.segment.id}"></a>'


def _gap(page: _Page, before: TranslatedSegment, after: TranslatedSegment) -> str:
    """Return what stands between two segments of a block: a space, or what the source has.

    English needs a space where the source has none (after a danda, or where a long sentence was
    split); text that is shown as it is keeps its own spacing.
    """
    translated = Fate.TRANSLATED in (before.fate, after.fate)
    gap = page.result.document.text[before.segment.end : after.segment.start]
    return " " if translated or gap else ""


def _joined(page: _Page, segments: Sequence[TranslatedSegment], *, italic: bool = False) -> str:
    parts: list[str] = []
    for number, segment in enumerate(segments):
        if number:
            parts.append(_gap(page, segments[number - 1], segment))
        parts.append(_anchored(segment, italic=italic))
    return "".join(parts)


# --------------------------------------------------------------------------------------------
# translation.md


def _translation_body(page: _Page) -> str:
    result = page.result
    article = [block for block in result.document.blocks if block.role not in _PAGE_ROLES]
    parts: list[str] = []
    if page.title_block is None:
        parts += [f"# {escape_markdown(page.title)}", _notice(page)]
    for structure, group in groupby(article, key=_structure):
        blocks = list(group)
        if structure in ("list", "table"):
            parts += _group(page, blocks, structure)
        else:
            for block in blocks:
                parts += _group(page, [block], structure)
                if block is page.title_block:
                    parts.append(_notice(page))
    parts += _rest_of_page(page)
    return "\n\n".join(part for part in parts if part) + "\n"


def _structure(block: Block) -> str:
    """Return how a block of the article is set: what is contiguous and equal is set together."""
    if block.kind is Kind.CODE:
        return "code"
    if block.kind is Kind.TABLE_ROW or block.role is Role.TABLE:
        return "table"
    if block.role is Role.TITLE:
        return "title"
    if block.role is Role.HEADING:
        return "heading"
    if block.role is Role.CAPTION:
        return "caption"
    if block.kind is Kind.LIST_ITEM or block.role is Role.LIST:
        return "list"
    return "paragraph"


def _group(page: _Page, blocks: Sequence[Block], structure: str) -> list[str]:
    """Return the Markdown of blocks that are set together, and their originals."""
    segments = [segment for block in blocks for segment in page.of_block.get(block.id, [])]
    if not segments:
        return []
    if structure == "table":
        text = _table(page, blocks)
    elif structure == "list":
        text = "\n".join(
            f"{'  ' * max(0, block.level - 1)}- {_joined(page, of_block)}"
            for block in blocks
            if (of_block := page.of_block.get(block.id))
        )
    elif structure == "code":
        anchors = "".join(map(_anchor, segments))
        marks = "".join(_segment_marks(segment) for segment in segments)
        text = f"{anchors}{marks or ' '}\n\n{_fenced(_verbatim(page, segments))}".lstrip(" ")
    elif structure in ("title", "heading"):
        level = 1 if structure == "title" else min(6, max(2, blocks[0].level))
        text = f"{'#' * level} {_joined(page, segments)}"
    else:
        text = _joined(page, segments, italic=structure == "caption")
    return [text, _originals(page, segments)]


def _verbatim(page: _Page, segments: Sequence[TranslatedSegment]) -> str:
    """Return the segments' English with the source's own white space between them."""
    text = page.result.document.text
    parts = [segments[0].text]
    for before, after in pairwise(segments):
        parts += [text[before.segment.end : after.segment.start], after.text]
    return "".join(parts)


def _table(page: _Page, blocks: Sequence[Block]) -> str:
    rows = [cells for block in blocks if (cells := _cells(page, block))]
    width = max((len(row) for row in rows), default=1)
    rows = [row + [""] * (width - len(row)) for row in rows] or [[""]]
    return _table_of(rows[0], rows[1:])


def _cells(page: _Page, block: Block) -> list[str]:
    """Return the cells of a table row; none for the rule under a table's head.

    A row is translated as one text with bars between its cells; where a model lost a bar, the row
    has fewer cells, and the original beside it shows which.
    """
    segments = page.of_block.get(block.id, [])
    row = " ".join(segment.text for segment in segments).strip().strip("|")
    cells = [escape_markdown(cell) for cell in row.split("|")]
    if not segments or not any(cell.strip("\\-:= ") for cell in cells):
        return []
    cells[0] = "".join(map(_anchor, segments)) + cells[0]
    cells[-1] += "".join(map(_segment_marks, segments))
    return cells


def _table_of(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [f"| {' | '.join(row)} |" for row in (head, *rows)]
    lines.insert(1, "|" + " --- |" * len(head))
    return "\n".join(lines)


def _originals(page: _Page, segments: Sequence[TranslatedSegment]) -> str:
    """Return the collapsed originals of the translated segments; nothing if there are none."""
    translated = [segment for segment in segments if segment.fate is Fate.TRANSLATED]
    if not translated:
        return ""
    names = sorted({_language_name(segment.language) for segment in translated})
    rows = [
        (page.link(segment.segment.id), escape_markdown(segment.text), _original(segment))
        for segment in translated
    ]
    table = _table_of(("", "English", "Original"), rows)
    return f"<details><summary>Original ({', '.join(names)})</summary>\n\n{table}\n\n</details>"


def _original(segment: TranslatedSegment) -> str:
    """Return the source's text, or nothing where that is what is shown anyway."""
    return escape_markdown(segment.segment.text) if segment.fate is Fate.TRANSLATED else ""


def _rest_of_page(page: _Page) -> list[str]:
    """Return the collapsed part with what stands around the article."""
    blocks = [block for block in page.result.document.blocks if block.role in _PAGE_ROLES]
    parts: list[str] = []
    for role, name in _PAGE_ROLES.items():
        rows = [
            (_joined(page, segments), " ".join(filter(None, map(_original, segments))))
            for block in blocks
            if block.role is role and (segments := page.of_block.get(block.id))
        ]
        if rows:
            parts += [f"**{name}**", _table_of(("English", "Original"), rows)]
    if not parts:
        return []
    head = "<details><summary>Rest of the page (not part of the article)</summary>"
    return ["---", head, *parts, "</details>"]


# --------------------------------------------------------------------------------------------
# What both files say about themselves


def _notice(page: _Page) -> str:
    """Return the block quote under the translation's title: what this is, and what needs a look."""
    result = page.result
    summary = f"[Summary]({quote(page.stem + SUMMARY_SUFFIX)})"
    lines = [*_fallback(result.provenance), f"{_made_by(page)} {summary}.", _status(page)]
    if page.flagged:
        links = ", ".join(page.link(segment.segment.id) for segment in page.flagged)
        lines.append(f"Marked with ⚠, the worst first: {links}.")
    return "\n>\n".join(f"> {line}" for line in lines)


def _fallback(provenance: Provenance) -> list[str]:
    if not provenance.fallback:
        return []
    reason = escape_markdown(provenance.fallback_reason.rstrip(". "))
    reason = reason or "the chosen models are not there"
    return [
        f"**⚠ Made with the small starter models: {reason}.** They are weak: expect errors. The"
        " pair is made again once the chosen models are there."
    ]


def _made_by(page: _Page) -> str:
    result = page.result
    translators = [
        model for model in result.provenance.models if model.role not in ("summary", "summarise")
    ]
    counts = _counts(page)
    if not counts[Fate.TRANSLATED]:
        return "The text is as in the source; nothing was translated."
    used = "; ".join(_model_text(model) for model in translators)
    return (
        f"Machine translation from {_language_name(result.language)}, not checked by a person"
        f"{' (' + used + ')' if used else ''}."
    )


def _model_text(model: ModelUse) -> str:
    revision = f", revision {model.revision[:12]}" if model.revision else ""
    non_commercial = ", **no commercial use**" if model.non_commercial else ""
    text = f"{model.id}{revision}, {model.licence}, {model.engine} {model.compute_type}".strip()
    route = f"{escape_markdown(model.route)}: " if model.route else ""
    return f"{route}{escape_markdown(text)}{non_commercial}"


_FATES: Mapping[Fate, str] = {
    Fate.TRANSLATED: "translated",
    Fate.KEPT: "kept as they are",
    Fate.PASSED: "already English",
    Fate.FAILED: "failed",
}


def _status(page: _Page) -> str:
    counts = _counts(page)
    fates = ", ".join(f"{counts[fate]} {text}" for fate, text in _FATES.items() if counts[fate])
    return f"Status: **{page.result.status}**. Of {counts['segments']} sentences: {fates}."


def _reason(page: _Page, reason: str, *, suffix: str) -> str:
    """Return why the pair needs a look, with a link where it names a segment."""
    name, _, rest = reason.partition(" ")
    if name not in page.segments:
        return escape_markdown(reason)
    return f"{page.link(name, suffix=suffix)} {escape_markdown(rest)}"


# --------------------------------------------------------------------------------------------
# summary.md


#: As many as a reviewer takes in at a glance.
_NUM_SHOWN_REASONS = 8


def _summary_body(page: _Page) -> str:
    result = page.result
    numbers: dict[str, int] = {}
    sentences = [_summary_sentence(sentence, numbers) for sentence in result.summary.sentences]
    parts = [f"# {escape_markdown(page.title)}"]
    parts += [f"> {line}" for line in _fallback(result.provenance)]
    parts += sentences or ["*There is no summary: the source has no article text.*"]
    if result.summary.flags:
        parts.append("About the summary:" + _marks(result.summary.flags))
    translation = f"[Full translation]({quote(page.stem + TRANSLATION_SUFFIX)})"
    parts += [
        "---",
        _status(page),
        *_reasons(page),
        f"{_made_by(page)} {_summarised_by(page)} {translation}.",
        "\n".join(_footnote(page, segment_id, number) for segment_id, number in numbers.items()),
    ]
    return "\n\n".join(part for part in parts if part) + "\n"


def _reasons(page: _Page) -> list[str]:
    """Return what needs a look, the worst first; a long list is collapsed after its start."""
    lines = [
        f"- {_reason(page, reason, suffix=TRANSLATION_SUFFIX)}" for reason in page.result.reasons
    ]
    if not lines:
        return []
    parts = ["What needs a look, the worst first:", "\n".join(lines[:_NUM_SHOWN_REASONS])]
    if rest := lines[_NUM_SHOWN_REASONS:]:
        head = f"<details><summary>{len(rest)} more</summary>"
        parts += [head, "\n".join(rest), "</details>"]
    return parts


def _summary_sentence(sentence: SummarySentence, numbers: dict[str, int]) -> str:
    """Return a summary sentence with its footnote marks; new citations get the next number."""
    marks = "".join(f"[^{numbers.setdefault(cite, len(numbers) + 1)}]" for cite in sentence.cites)
    swapped = " *(from the article: the model's sentence failed its checks)*"
    note = swapped if sentence.origin == "swapped" else ""
    return f"{escape_markdown(sentence.text)}{marks}{note}{_marks(sentence.flags)}"


def _summarised_by(page: _Page) -> str:
    models = [
        model
        for model in page.result.provenance.models
        if model.role in ("summary", "summarise") and model.engine != "extractive"
    ]
    if models:
        return f"Summary by {'; '.join(map(_model_text, models))}."
    return "The summary's sentences are taken from the text as they are."


def _footnote(page: _Page, segment_id: str, number: int) -> str:
    """Return a footnote that quotes a segment's English and its original, with a link to it."""
    segment = page.segments[segment_id]
    original = f" — “{_original(segment)}”" if _original(segment) else ""
    link = page.link(segment_id, suffix=TRANSLATION_SUFFIX)
    return (
        f"[^{number}]: {link} “{escape_markdown(segment.text)}”{original}{_segment_marks(segment)}"
    )


# --------------------------------------------------------------------------------------------
# record.json


def _record(page: _Page, *, translation: str | None, summary: str | None) -> str:
    """Return the record: one key a line, and one line for each block, segment and sentence."""
    result, provenance = page.result, page.result.provenance
    document = result.document
    files = {
        kind: {"path": page.stem + suffix, "sha256": sha256_bytes(text.encode())}
        for kind, suffix, text in (
            ("translation", TRANSLATION_SUFFIX, translation),
            ("summary", SUMMARY_SUFFIX, summary),
        )
        if text is not None
    }
    record: dict[str, object] = {
        "format_version": FORMAT_VERSION,
        "status": result.status,
        "reasons": result.reasons,
        "source": {
            "path": document.name,
            "sha256": document.sha256,
            "title": page.source_title,
            "language": result.language,
            "confidence": result.confidence,
            "format": document.format,
            "encoding": document.encoding,
            "url": document.url,
            "date": document.date,
            "declared_language": document.declared_language,
            "notes": document.notes,
        },
        "title": page.title,
        "run_key": provenance.run_key,
        "key_parts": provenance.key_parts and dataclasses.asdict(provenance.key_parts),
        "routes": provenance.routes,
        "profile": provenance.profile,
        "fallback": provenance.fallback,
        "fallback_reason": provenance.fallback_reason,
        "software_version": provenance.software_version,
        "models": [_model_values(model) for model in provenance.models],
        "counts": _counts(page),
        "blocks": [_block_record(block) for block in document.blocks],
        "segments": [_segment_record(segment) for segment in result.segments],
        "summary": {
            "engine": result.summary.engine,
            "flags": _flag_records(result.summary.flags),
            "sentences": [
                {
                    "text": sentence.text,
                    "cites": sentence.cites,
                    "support": _finite(sentence.support),
                    "origin": sentence.origin,
                    "flags": _flag_records(sentence.flags),
                }
                for sentence in result.summary.sentences
            ],
        },
        "files": files,
    }
    lines = ",\n".join(f"{json.dumps(key)}: {_lines(value)}" for key, value in record.items())
    return f"{{\n{lines}\n}}\n"


def _lines(value: object) -> str:
    """Return JSON with each element of a list of objects on a line of its own."""
    if isinstance(value, list) and value:
        return "[\n" + ",\n".join(map(_json, value)) + "\n]"
    return _json(value)


def _json(value: object) -> str:
    text = json.dumps(value, ensure_ascii=False, allow_nan=False)
    # A lone surrogate cannot be written as UTF-8; as an escape it survives.
    return re.sub("[\ud800-\udfff]", lambda found: f"\\u{ord(found[0]):04x}", text)


def _finite(number: float | None) -> float | None:
    return number if number is not None and math.isfinite(number) else None


def _flag_records(flags: Iterable[Flag]) -> list[dict[str, str]]:
    return [{"code": flag.code, "detail": flag.detail} for flag in flags]


def _block_record(block: Block) -> dict[str, object]:
    return {
        "id": block.id,
        "role": block.role,
        "reason": block.reason,
        "start": block.start,
        "end": block.end,
        "kind": block.kind,
        "level": block.level,
        "language": block.detection.language,
        "confidence": _finite(block.detection.confidence),
        "method": block.detection.method,
    }


def _segment_record(segment: TranslatedSegment) -> dict[str, object]:
    hypothesis = segment.hypothesis
    return {
        "id": segment.segment.id,
        "block": segment.segment.block_id,
        "start": segment.segment.start,
        "end": segment.segment.end,
        "source": segment.segment.text,
        "translation": segment.text,
        "language": segment.language,
        "fate": segment.fate,
        "reason": segment.reason,
        "score": _finite(hypothesis.score) if hypothesis else None,
        "num_tokens": hypothesis.num_tokens if hypothesis else None,
        "finished": hypothesis.finished if hypothesis else None,
        "attempts": segment.attempts,
        "flags": _flag_records(segment.flags),
    }


# --------------------------------------------------------------------------------------------
# index.md

#: The parts of the index, in order, with what stands in each.
_INDEX_PARTS = (
    "Needs a look",
    "Clean",
    "Skipped",
    "Edited by hand",
    "Incomplete",
    "Source is gone",
)


def render_index(states: Iterable[RecordState], *, orphaned: Collection[str] = ()) -> str:
    """Return index.md: what needs a look first, the worst on top.

    Args:
        states: In any order; for a document that failed before it had a record, a state with the
            status `failed` and the reason.
        orphaned: Names of those whose source is gone.
    """
    ordered = sorted(states, key=_badness)
    parts: dict[str, list[RecordState]] = {part: [] for part in _INDEX_PARTS}
    for state in ordered:
        parts[_index_part(state, orphaned=orphaned)].append(state)
    counts = ", ".join(f"{len(group)} {part.lower()}" for part, group in parts.items() if group)
    text = ["# Translations and summaries", f"{len(ordered)} articles: {counts or 'none yet'}."]
    fallback = [state for state in ordered if state.fallback]
    if fallback:
        reasons = sorted({state.fallback_reason.rstrip(". ") for state in fallback} - {""})
        reason = f": {'; '.join(map(escape_markdown, reasons))}" if reasons else ""
        text.append(
            f"> **⚠ {len(fallback)} of {len(ordered)} articles were made with the small starter"
            f" models{reason}.** They are weak: expect errors. These pairs are made again once the"
            " chosen models are there."
        )
    for part, group in parts.items():
        if group:
            text += [f"## {part}", _index_table(group)]
    return "\n\n".join(text) + "\n"


def _badness(state: RecordState) -> tuple[int, int, str]:
    rank = {Status.FAILED: 0, Status.REVIEW: 1}
    return (rank.get(state.status, 2) if state.status else 2, -state.num_flagged, state.name)


def _index_part(state: RecordState, *, orphaned: Collection[str]) -> str:
    if state.name in orphaned:
        return "Source is gone"
    if state.integrity is Integrity.EDITED:
        return "Edited by hand"
    if state.integrity is Integrity.INCOMPLETE or state.status is None:
        return "Incomplete"
    return {Status.CLEAN: "Clean", Status.SKIPPED: "Skipped"}.get(state.status, "Needs a look")


def _index_table(states: Iterable[RecordState]) -> str:
    return _table_of(
        ("Article", "Files", "Language", "Status", "Flags", "Why"),
        (
            (
                escape_markdown(state.title or state.name),
                _index_links(state),
                escape_markdown(state.language),
                str(state.status or ""),
                str(state.num_flagged),
                escape_markdown(state.reasons[0] if state.reasons else ""),
            )
            for state in states
        ),
    )


def _index_links(state: RecordState) -> str:
    suffixes = {"summary": SUMMARY_SUFFIX, "translation": TRANSLATION_SUFFIX}
    if not state.has_files:
        suffixes = {"record": RECORD_SUFFIX} if state.run_key else {}
    return " · ".join(f"[{kind}]({quote(state.name + end)})" for kind, end in suffixes.items())
