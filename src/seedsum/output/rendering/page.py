"""One result, with what both Markdown files and the record say of it in the same words."""

from __future__ import annotations

import dataclasses
from collections import Counter
from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import Any
from urllib.parse import quote

from seedsum.checks import block_fates
from seedsum.languages import LANGUAGES
from seedsum.output.rendering.markdown import escape_markdown, visible_text
from seedsum.records import (
    FORMAT_VERSION,
    UNDETERMINED,
    Fate,
    Flag,
    ModelUse,
    Result,
    Role,
    TranslatedSegment,
)

#: A long list of what needs review is cut or collapsed after that many, and says how many more.
NUM_SHOWN = 20

_FATES: Mapping[Fate, str] = {
    Fate.TRANSLATED: "translated",
    Fate.REVIEWED: "reviewed by a person",
    Fate.KEPT: "kept as they are",
    Fate.PASSED: "already English",
    Fate.FAILED: "failed",
}


#: Fates of segments whose text is not the source's.
IN_ENGLISH = frozenset({Fate.TRANSLATED, Fate.REVIEWED})


class Page:
    """A result with what its parts are looked up by.

    Attributes:
        segments: By id.
        of_block: The segments of each block that has any, in order.
        flagged: Segments with a flag or that failed, in the order of the status's reasons.
        stem: Last component of the document's name: its files start with it.
    """

    def __init__(self, result: Result) -> None:
        """Look up everything once."""
        self.result = result
        self.segments = {segment.segment.id: segment for segment in result.segments}
        self.of_block: dict[str, list[TranslatedSegment]] = {}
        for segment in result.segments:
            self.of_block.setdefault(segment.segment.block_id, []).append(segment)
        # A reason starts with the segment that it is about, and the worst stands first.
        places = {reason.partition(" ")[0]: place for place, reason in enumerate(result.reasons)}
        self.flagged = sorted(
            (item for item in result.segments if item.flags or item.fate is Fate.FAILED),
            key=lambda item: places.get(item.segment.id, len(places)),
        )
        self.block_fates = block_fates(result.document, result.segments)
        blocks = result.document.blocks
        self.title_block = next((block for block in blocks if block.role is Role.TITLE), None)
        self.stem = result.document.name.rpartition("/")[2]

    @cached_property
    def source_title(self) -> str:
        """The title in the source's language; empty where there is none."""
        document = self.result.document
        if self.title_block is not None:
            return visible_text(document.text[self.title_block.start : self.title_block.end])
        return visible_text(document.title or "")

    @cached_property
    def title(self) -> str:
        """The English title where there is one, else the source's, else the document's name."""
        if self.title_block is not None:
            segments = self.of_block.get(self.title_block.id, [])
            if title := visible_text(" ".join(segment.text for segment in segments)):
                return title
        return self.source_title or visible_text(self.result.document.name)

    @cached_property
    def counts(self) -> dict[str, int]:
        """How many segments and blocks there are, by fate, and how many segments are flagged."""
        segments = Counter(segment.fate for segment in self.result.segments)
        blocks = Counter(self.block_fates.values())
        fates = [fate for fate in Fate if fate is not Fate.REVIEWED or segments[fate]]
        return {
            "segments": segments.total(),
            **{str(fate): segments[fate] for fate in fates},
            "flagged": len(self.flagged),
            "blocks": len(self.block_fates),
            **{f"blocks_{fate}": blocks[fate] for fate in fates},
        }

    def link(self, segment_id: str, *, suffix: str = "") -> str:
        """Return a link to a segment's anchor, in this file or in the neighbour with the suffix."""
        return f"[{segment_id}]({self.neighbour(suffix) if suffix else ''}#{segment_id})"

    def neighbour(self, suffix: str) -> str:
        """Return the address of the document's file with the suffix, as seen from the others."""
        return quote(self.stem + suffix)


def first_reasons(reasons: Sequence[str], number: int) -> list[str]:
    """Return the first so many reasons and, where there are more, that there are."""
    shown = list(reasons[:number])
    if num_more := len(reasons) - len(shown):
        shown.append(f"and {num_more} more, see the record")
    return shown


def front_matter(page: Page, kind: str) -> dict[str, Any]:
    """Return the front matter of the `translation` or the `summary`; no value has a line break."""
    result, provenance = page.result, page.result.provenance
    reasons = [visible_text(reason) for reason in first_reasons(result.reasons, NUM_SHOWN)]
    values: dict[str, Any] = {
        "title": page.title,
        "kind": kind,
        "source": {
            "path": visible_text(result.document.name),
            "sha256": result.document.sha256,
            "title": page.source_title,
        },
        "language": visible_text(result.language),
        "confidence": round(result.confidence, 4),
        "status": str(result.status),
        "reasons": reasons,
        "counts": page.counts,
        "profile": visible_text(provenance.profile),
        "fallback": provenance.fallback,
    }
    if provenance.fallback:
        values["fallback_reason"] = visible_text(provenance.fallback_reason)
    values["models"] = [
        {
            key: visible_text(value) if isinstance(value, str) else value
            for key, value in model_values(model).items()
            if key != "arithmetic"  # the same text on another machine is the same file
        }
        for model in provenance.models
    ]
    values["summary_engine"] = visible_text(result.summary.engine)
    values["software_version"] = provenance.software_version
    values["run_key"] = provenance.run_key
    values["format_version"] = FORMAT_VERSION
    return values


def model_values(model: ModelUse) -> dict[str, Any]:
    """Return a model as the record and the front matter name it."""
    values = dataclasses.asdict(model)
    if model.decoding is None:
        del values["decoding"]
    if not model.arithmetic:
        del values["arithmetic"]
    return values


# --------------------------------------------------------------------------------------------
# Segments


def anchor(segment: TranslatedSegment) -> str:
    """Return the HTML that links to the segment lead to."""
    return f'<a id="{segment.segment.id}"></a>'


def joined(page: Page, segments: Sequence[TranslatedSegment], *, italic: bool = False) -> str:
    """Return the English of a block's segments, with anchors and the warnings of flagged ones."""
    parts: list[str] = []
    for number, segment in enumerate(segments):
        if number:
            parts.append(_gap(page, segments[number - 1], segment))
        text = escape_markdown(segment.text)
        parts += [anchor(segment), f"*{text}*" if italic and text else text, warnings_of(segment)]
    return "".join(parts)


def _gap(page: Page, before: TranslatedSegment, after: TranslatedSegment) -> str:
    """Return what stands between two segments of a block: a space, or what the source has.

    English needs a space where the source has none (after a danda, or where a long sentence was
    split); text that is shown as it is keeps its own spacing.
    """
    translated = not {before.fate, after.fate}.isdisjoint(IN_ENGLISH)
    gap = page.result.document.text[before.segment.end : after.segment.start]
    return " " if translated or gap else ""


def original(segment: TranslatedSegment) -> str:
    """Return Markdown of the source's text, or nothing where that is what is shown anyway."""
    return escape_markdown(segment.segment.text) if segment.fate in IN_ENGLISH else ""


def warnings_of(segment: TranslatedSegment) -> str:
    """Return the visible warning after a segment that failed or is flagged, or nothing."""
    if segment.fate is Fate.FAILED:
        return warning(segment.flags, also=f"not translated: {segment.reason}")
    return warning(segment.flags)


def warning(flags: Sequence[Flag], *, also: str = "") -> str:
    """Return the visible warning of flags, or nothing where there are none."""
    said = [also] if also else []
    said += [f"{flag.code}: {flag.detail}" if flag.detail else flag.code for flag in flags]
    return f" **⚠ {'; '.join(map(escape_markdown, said))}**" if said else ""


# --------------------------------------------------------------------------------------------
# What the files say about themselves


def language_name(tag: str) -> str:
    """Return the English name of a language, as Markdown."""
    if tag == UNDETERMINED:
        return "undetermined language"
    return LANGUAGES[tag].name if tag in LANGUAGES else escape_markdown(tag)


def fallback_notice(page: Page) -> str:
    """Return the loud note that the chosen models were not there, or nothing."""
    provenance = page.result.provenance
    if not provenance.fallback:
        return ""
    reason = escape_markdown(provenance.fallback_reason.rstrip(". "))
    if page.counts[Fate.TRANSLATED]:
        made, what = "with the small starter models", "They are weak: expect errors. The pair"
    else:
        made, what = "without the chosen models", "Nothing was translated, the summary"
    return (
        f"**⚠ Made {made}: {reason or 'the chosen ones are not there'}.**"
        f" {what} is made again once the chosen models are there."
    )


def made_by(page: Page) -> str:
    """Return the sentence that says which models made the translation."""
    if not page.counts[Fate.TRANSLATED]:
        return "The text is as in the source; nothing was translated."
    models = [model for model in page.result.provenance.models if model.role == "translation"]
    used = f" ({'; '.join(map(model_text, models))})" if models else ""
    language = language_name(page.result.language)
    return f"Machine translation from {language}, not checked by a person{used}."


def model_text(model: ModelUse) -> str:
    """Return a model in a few words, with its licence, as Markdown."""
    revision = f", revision {model.revision[:12]}" if model.revision else ""
    text = f"{model.id}{revision}, {model.licence}, {model.engine} {model.compute_type}"
    route = f"{escape_markdown(model.route)}: " if "->" in model.route else ""
    return f"{route}{escape_markdown(text)}{', **no commercial use**' * model.non_commercial}"


def status_line(page: Page) -> str:
    """Return the status and what became of how many sentences."""
    counts = page.counts
    fates = ", ".join(f"{counts[fate]} {text}" for fate, text in _FATES.items() if counts.get(fate))
    return f"Status: **{page.result.status}**. Of {counts['segments']} sentences: {fates}."
