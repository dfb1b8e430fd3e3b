"""One result, with what both Markdown files and the record say of it in the same words."""

from __future__ import annotations

import dataclasses
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlsplit

from seedsum.checks import block_fates, is_possible
from seedsum.engines.chat_address import Reach, host_of, reach_of
from seedsum.languages import get
from seedsum.output.pairs import RECORD_SUFFIX
from seedsum.output.rendering.links import Links, safe_address
from seedsum.output.rendering.markdown import escape_markdown, visible_text, with_arrows
from seedsum.reading import reader_of
from seedsum.records import (
    ARTICLE_ROLES,
    SUMMARY_PART,
    UNDETERMINED,
    Fate,
    Flag,
    ModelUse,
    Result,
    Reviewed,
    Role,
    Status,
    TranslatedSegment,
    Verdict,
)
from seedsum.reviews.store import FILE_REVIEWER
from seedsum.settings import OutputOptions

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

#: A long list of what needs review is cut or collapsed after that many, and says how many more.
NUM_SHOWN = 20

#: With so many models the front matter has eighteen lines; a profile of several steps or languages
#: can use more, and the record has them all.
_NUM_MODELS = 7

#: The flag of a summary sentence whose detail is the segment that it cites.
_CITES_FLAGGED = "cites-flagged"

#: A longer line with a date says more than that.
_MAX_DATE_CHARS = 60

#: A title that is made from the first sentence is cut at a word before that many characters.
_MAX_TITLE_CHARS = 80

_FATES: Mapping[Fate, str] = {
    Fate.TRANSLATED: "translated",
    Fate.REVIEWED: "reviewed by a person",
    Fate.KEPT: "kept as they are",
    Fate.PASSED: "already English",
    Fate.FAILED: "failed",
}

#: What a person did who said so.
DID: Mapping[Verdict, str] = {
    Verdict.ACCEPTED: "accepted",
    Verdict.EDITED: "edited",
    Verdict.REJECTED: "rejected",
}

#: Of so many reviewed sentences that have changed the translation says what they were.
_MAX_STALE = 5

#: Fates of segments whose text is not the source's.
IN_ENGLISH = frozenset({Fate.TRANSLATED, Fate.REVIEWED})


class Page:
    """A result with what its parts are looked up by, and sentences about it, as Markdown."""

    def __init__(self, result: Result, *, options: OutputOptions) -> None:
        document = result.document
        self.result = result
        self.options = options
        self.stem = document.name.rpartition("/")[2]  # the document's files start with it
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
        self.block_fates = block_fates(document, result.segments)
        self.counts = self._counts()
        self.links = Links(document.links)
        titles = (block for block in document.blocks if block.role is Role.TITLE)
        self.title_block = next(titles, None)
        source, english = document.title or "", ""
        if block := self.title_block:
            source = document.text[block.start : block.end]
            english = " ".join(segment.text for segment in self.of_block.get(block.id, ()))
        self.source_title = visible_text(source)
        self.date = self._stated_date()
        stated = visible_text(english) or self.source_title
        self.title = stated or self._first_words() or visible_text(document.name)

    def _stated_date(self) -> str:
        """Return the date that the source's format states, else that of a line for it."""
        lines = [block.id for block in self.result.document.blocks if block.role is Role.DATE]
        shown = " ".join(segment.text for id in lines[:1] for segment in self.of_block.get(id, ()))
        text = visible_text(self.result.document.date or shown)
        return text if len(text) <= _MAX_DATE_CHARS else ""

    def _first_words(self) -> str:
        """Return what an article without a title can be called: how its text begins in English."""
        roles = {block.id: block.role for block in self.result.document.blocks}
        texts = [
            (roles[segment.segment.block_id], visible_text(segment.text))
            for segment in self.result.segments
            if any(map(str.isalpha, segment.text))
        ]
        body = (text for role, text in texts if role is Role.BODY)
        others = (text for role, text in texts if role in ARTICLE_ROLES)
        text = next(body, "") or next(others, "")
        if len(text) <= _MAX_TITLE_CHARS:
            return text.removesuffix(".")
        cut = text[:_MAX_TITLE_CHARS]
        return f"{cut[: cut.rfind(' ')] if ' ' in cut else cut} …"

    def _counts(self) -> dict[str, int]:
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

    @property
    def is_beside(self) -> bool:
        """Return whether originals stand beside the English, not folded."""
        return self.options.originals == "beside"

    def front_matter(self) -> dict[str, Any]:
        """Return what both Markdown files begin with; no value has a line break."""
        result, document = self.result, self.result.document
        stated = {
            "url": visible_text(document.url or ""),
            "date": self.date,
        }
        models = [visible_text(text) for text in map(_model_line, result.provenance.models)]
        return {
            "title": self.title,
            "source": visible_text(document.name),
            **{key: value for key, value in stated.items() if value},
            "language": visible_text(result.language),
            "status": str(result.status),
            "models": first_reasons(models, _NUM_MODELS - (len(models) > _NUM_MODELS)),
            "run_key": result.provenance.run_key,
        }

    def places(self, suffix: str, name: str) -> str:
        """Return a line of links: the other file, the record, the source's file and its page."""
        document = self.result.document
        source = escape_markdown(document.name)
        if folder := self.options.sources:
            address = f"{folder.rstrip('/')}/{quote(_file_of(document.name))}"
            ups = "" if safe_address(folder) else "../" * document.name.count("/")
            source = f"[{source}]({ups}{address})"
        links = [
            f"[{name}]({self.neighbour(suffix)})",
            f"[Record]({self.neighbour(RECORD_SUFFIX)})",
            f"Source: {source}",
        ]
        if address := safe_address(document.url or ""):
            host = urlsplit(address).hostname or address
            links.append(f"[Page at {escape_markdown(host)}]({address})")
        if self.date:
            links.append(escape_markdown(self.date))
        return " · ".join(links)

    def joined(
        self, segments: Sequence[TranslatedSegment], *, italic: bool = False, links: bool = False
    ) -> str:
        """Return the English of a block's segments, with anchors, numbers and warnings.

        A segment's text stands between its anchor and its number, and nothing else does.

        English needs a space where the source has none (after a danda, or where a long sentence was
        split); text that is shown as it is keeps its own spacing.
        """
        parts: list[str] = []
        before: TranslatedSegment | None = None
        for segment in segments:
            if before is not None:
                translated = not IN_ENGLISH.isdisjoint((before.fate, segment.fate))
                gap = self.result.document.text[before.segment.end : segment.segment.start]
                parts.append(" " if translated or gap else "")
            text = self.links.marked(segment) if links else escape_markdown(segment.text)
            text = f"*{text}*" if italic and text else text
            parts += [anchor(segment), text, number(segment), warnings_of(segment)]
            before = segment
        return "".join(parts)

    def fallback_notice(self) -> str:
        """Return the loud note that the chosen models were not there, or nothing."""
        provenance = self.result.provenance
        if not provenance.fallback:
            return ""
        reason = escape_markdown(with_arrows(provenance.fallback_reason.rstrip(". ")))
        is_translated = self.counts[Fate.TRANSLATED] > 0
        weak = {model.route for model in provenance.models if model.role == "translation"}
        if provenance.fallback_parts == (SUMMARY_PART,):
            made = "without the chosen summary model"
            what = "The summary's sentences are taken from the text as they are. It"
        elif not is_translated:
            made, what = "without the chosen models", "Nothing was translated, the summary"
        elif provenance.fallback_parts and weak.isdisjoint(provenance.fallback_parts):
            made, what = "without the chosen models", "Not everything was translated. The pair"
        else:
            made, what = "with the small starter models", "They are weak: expect errors. The pair"
        return (
            f"**⚠ Made {made}: {reason or 'the chosen ones are not there'}.**"
            f" {what} is made again once the chosen models are there."
        )

    def made_by(self) -> str:
        """Return which models made the translation, who checked it, and where the text was sent."""
        return f"{self._made_by()} {self.sent_to()}".rstrip()

    def sent_to(self) -> str:
        """Return where the text of the article was sent, or nothing where it stayed here."""
        addresses = {m.address for m in self.result.provenance.models if m.address}
        places = [
            f"{escape_markdown(host_of(address))}, on {reach}"
            for address in sorted(addresses)
            if (reach := reach_of(address)) is not Reach.MACHINE
        ]
        return f"The article's text was sent to {'; '.join(places)}." if places else ""

    def _made_by(self) -> str:
        reviewers = self._reviewers()
        if not self.counts[Fate.TRANSLATED]:
            if reviewers:
                return f"All that is not as in the source was accepted or edited {reviewers}."
            return "The text is as in the source; nothing was translated."
        models = [model for model in self.result.provenance.models if model.role == "translation"]
        used = f" ({'; '.join(map(model_text, models))})" if models else ""
        language = language_name(self.result.language)
        if self.result.status is Status.CHECKED:  # the first reason says by whom
            by = escape_markdown(self.result.reasons[0])
            return f"Machine translation from {language}, {by}{used}."
        checked = "not checked by a person"
        if reviewers:
            checked += f" but for what was accepted or edited {reviewers}"
        return f"Machine translation from {language}, {checked}{used}."

    def _reviewers(self) -> str:
        """Return who accepted or edited sentences of the translation, as `by Lan`, as Markdown."""
        names = {
            one.reviewed.reviewer
            for one in self.result.segments
            if one.fate is Fate.REVIEWED and one.reviewed
        }
        people = ", ".join(map(escape_markdown, sorted(names - {FILE_REVIEWER})))
        places = (f"by {people}" * bool(people), "in the file" * (FILE_REVIEWER in names))
        return " and ".join(filter(None, places))

    def stale_lines(self) -> list[str]:
        """Return a line for each reviewed sentence that has changed or is gone, as Markdown."""
        lines = []
        for one in self.result.stale[:_MAX_STALE]:
            did = escape_markdown(was_said(one.verdict, one.reviewer))
            what = f"{self.link(one.segment)} has changed since it was {did}"
            if not one.segment:
                what = f"A sentence that was {did} is gone"
            texts = " — ".join(
                f"“{escape_markdown(text)}”" for text in (one.source, one.text) if text
            )
            lines.append(f"{what}. It was: {texts}")
        num_more = len(self.result.stale) - len(lines)
        return [*lines, *([f"… and {num_more} more, see the record."] if num_more > 0 else [])]

    def fates_line(self) -> str:
        """Return what became of how many sentences."""
        counts = self.counts
        fates = ", ".join(
            f"{counts[fate]} {text}" for fate, text in _FATES.items() if counts.get(fate)
        )
        return f"Of {counts['segments']} sentences: {fates}."


def said_of(reviewed: Reviewed | None) -> str:
    """Return who accepted or edited a sentence, as Markdown, or nothing."""
    if reviewed is None or reviewed.verdict not in (Verdict.ACCEPTED, Verdict.EDITED):
        return ""
    return escape_markdown(was_said(reviewed.verdict, reviewed.reviewer))


def was_said(verdict: Verdict, reviewer: str) -> str:
    """Return what was done to a sentence and by whom, or that a file was edited."""
    by = "in the file" if reviewer == FILE_REVIEWER else f"by {reviewer}"
    return f"{DID[verdict]} {by}"


def first_reasons(reasons: Sequence[str], number: int) -> list[str]:
    """Return the first so many reasons and, where there are more, that there are."""
    shown = list(reasons[:number])
    if num_more := len(reasons) - len(shown):
        shown.append(f"and {num_more} more, see the record")
    return shown


def fields_of(item: DataclassInstance, *optional: str) -> dict[str, Any]:
    """Return an item's fields by name, without those of the optional ones that are empty."""
    values = dataclasses.asdict(item)
    empty = {name for name in optional if values[name] in (None, "")}
    return {name: value for name, value in values.items() if name not in empty}


def _file_of(name: str) -> str:
    """Return the file that a document is from: that of `news.jsonl/42` holds many."""
    parts = name.split("/")
    ends = (number for number, part in enumerate(parts, 1) if reader_of(part))
    return "/".join(parts[: next(ends, len(parts))])


def _model_line(model: ModelUse) -> str:
    """Return a model with its licence and revision, for front matter."""
    part = with_arrows(model.route) if "->" in model.route else model.role
    parts = [f"{part}: {model.id}", model.revision and f"revision {model.revision}", model.licence]
    parts.append("no commercial use" * model.non_commercial)
    return ", ".join(filter(None, parts))


def anchor(segment: TranslatedSegment) -> str:
    """Return the HTML that links to the segment lead to."""
    return f'<a id="{segment.segment.id}"></a>'


def number(segment: TranslatedSegment) -> str:
    """Return the number by which flags, summaries and records name the segment."""
    return f"<sup>{segment.segment.id}</sup>"


def original(segment: TranslatedSegment) -> str:
    """Return Markdown of the source's text, or nothing where that is what is shown anyway."""
    return escape_markdown(segment.segment.text) if segment.fate in IN_ENGLISH else ""


def warnings_of(segment: TranslatedSegment) -> str:
    """Return the visible warning after a segment that failed or is flagged, or nothing."""
    if segment.fate is Fate.FAILED:
        reason = escape_markdown(f"not translated: {segment.reason}")
        return f" **⚠ {reason}**{warning(segment.flags)}"
    return warning(segment.flags)


def warning(flags: Sequence[Flag]) -> str:
    """Return the visible warning of flags, or nothing where there are none."""
    return "".join(f" **⚠ {escape_markdown(in_words(flag))}**" for flag in flags)


def in_words(flag: Flag) -> str:
    """Return a flag as a reviewer reads it: how sure it is, what was seen, and its code."""
    sure = "" if flag.likelihood is None else "possible: " if is_possible(flag) else "likely: "
    if flag.code == _CITES_FLAGGED and flag.detail:
        return f"{sure}it rests on {flag.detail}, which is in doubt"
    words = f"{flag.detail} · {flag.code}" if flag.detail else flag.code.replace("-", " ")
    return f"{sure}{words}"


def language_name(tag: str) -> str:
    """Return the English name of a language, as Markdown."""
    if tag == UNDETERMINED:
        return "undetermined language"
    return escape_markdown(get(tag).name)


def model_text(model: ModelUse) -> str:
    """Return a model in a few words, with its licence, as Markdown."""
    revision = f", revision {model.revision[:12]}" if model.revision else ""
    text = f"{model.id}{revision}, {model.licence}, {model.engine} {model.compute_type}".rstrip()
    route = f"{escape_markdown(with_arrows(model.route))}: " if "->" in model.route else ""
    return f"{route}{escape_markdown(text)}{', **no commercial use**' * model.non_commercial}"
