"""A pair's record and its edited files -> the sentences that a person changed, and what is left."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from itertools import pairwise
from typing import Any

from seedsum.files import sha256_bytes
from seedsum.output.edits.left import not_ours
from seedsum.output.edits.pieces import Pieces, Sentence, take_apart
from seedsum.output.pairs import SUMMARY_SUFFIX, TRANSLATION_SUFFIX, kind_of
from seedsum.output.rendering import render, visible_text
from seedsum.output.reread import output_options_of, result_of
from seedsum.records import Result, Role, SummarySentence
from seedsum.reviews import plain

#: Since this format of the record, the sentences of a translation end with their numbers and those
#: of a summary have anchors.
_NUMBERED_SINCE = 2

#: A file that is that much longer than what was written holds something else.
_MAX_GROWTH, _MAX_MORE_BYTES = 4, 1_000_000

#: What stands for letters that were lost; a damaged disk writes no corrections.
_LOST = "\ufffd"

#: How many sentences are named that are gone.
_MAX_NAMED = 20

_FOOTNOTES = re.compile(r"(?!\[\^)(.+?)(?:\[\^\d+\])+")


@dataclass(frozen=True, slots=True)
class Edits:
    """What a person changed in the files of one pair.

    Attributes:
        sentences: Id of a segment -> its new English.
        summary: Place of a sentence in the summary, from 0 -> its new text, where it is not one of
            the article's own.
        files: Id of a segment or number of a sentence as they stand there -> suffix of the file in
            which it was changed.
        left: Suffix of an edited file -> what in it no sentence can hold, each in a line. Nothing
            of it is lost only if the file is kept.
    """

    sentences: Mapping[str, str]
    summary: Mapping[int, str]
    files: Mapping[str | int, str]
    left: Mapping[str, tuple[str, ...]]


@dataclass(slots=True)
class _Changes:
    """What was found in one file, before it is compared with the others."""

    sentences: dict[str, str] = field(default_factory=dict)
    summary: dict[int, str] = field(default_factory=dict)
    left: list[tuple[int, str]] = field(default_factory=list)  # line, what


@dataclass(slots=True)
class _File:
    """An edited file and what was written there, taken apart."""

    changes: _Changes
    base: Pieces
    found: Pieces | None = None  # None where it is no text of ours at all
    is_exact: bool = False  # `base` is what was written, to the byte


def find_edits(record: Mapping[str, Any], edited: Mapping[str, bytes]) -> Edits:
    """Return what a person changed in the files of a pair, by their suffixes.

    Where two files have other words for one sentence, the translation's count, and what the summary
    has is left. Of a file that cannot be rendered again as it was written (another version of
    seedsum did), only the sentences are compared, and the rest is left.

    Raises:
        ReadError: The record cannot be understood.
    """
    result, options = result_of(record), output_options_of(record)
    written = render(result, options=options).files
    files = {
        suffix: _looked_at(record, result, suffix, data, written.get(suffix))
        for suffix, data in edited.items()
    }
    sentences, summary, places = _together(files)
    later = render(_with(result, sentences, summary), options=options).files
    left: dict[str, tuple[str, ...]] = {}
    for suffix, file in files.items():
        lines = [*file.changes.left]
        if file.found and file.is_exact:
            lines += not_ours(file.found, file.base, take_apart(later[suffix]))
        if lines:
            left[suffix] = tuple(f"line {line}: {what}" for line, what in sorted(set(lines)))
    return Edits(sentences, summary, places, left)


def _looked_at(
    record: Mapping[str, Any], result: Result, suffix: str, data: bytes, written: str | None
) -> _File:
    """Return an edited file with what is told of it by itself."""
    text = _decoded(data, len(written or ""))
    finder = _FINDERS.get(suffix)
    if text is None or written is None or finder is None:
        nothing = _Changes(left=[(1, "nothing in it can be told from what was written")])
        return _File(nothing, Pieces())
    is_numbered = record["format_version"] >= _NUMBERED_SINCE
    found = take_apart(text, numbered=is_numbered)
    file = _File(_Changes(), take_apart(written), found)
    finder(result, file.base, found, file.changes, is_numbered=is_numbered)
    stated = record["files"].get(kind_of(suffix), {}).get("sha256")
    file.is_exact = stated == sha256_bytes(written.encode())
    if not file.is_exact:
        version = f"seedsum {record['software_version']} wrote it"
        file.changes.left.append(
            (1, f"{version}, so that nothing but its sentences could be compared")
        )
    return file


def _decoded(data: bytes, num_written: int) -> str | None:
    """Return a file's text, or None where it is none, or far too long."""
    if len(data) > _MAX_GROWTH * num_written + _MAX_MORE_BYTES:
        return None
    encoding = "utf-16" if data[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig"
    try:
        return data.decode(encoding)
    except UnicodeDecodeError:
        return None


def _together(
    files: Mapping[str, _File],
) -> tuple[dict[str, str], dict[int, str], dict[str | int, str]]:
    """Return all changed sentences and where; what contradicts the translation is left."""
    sentences: dict[str, str] = {}
    summary: dict[int, str] = {}
    places: dict[str | int, str] = {}
    for suffix in sorted(files, key=lambda suffix: suffix != TRANSLATION_SUFFIX):
        changes = files[suffix].changes
        for id, text in changes.sentences.items():
            if sentences.setdefault(id, text) != text:
                changes.left.append((1, f"other words for {id} than in another file"))
            places.setdefault(id, suffix)
        for number, text in changes.summary.items():
            summary[number] = text
            places[number] = suffix
    return sentences, summary, places


def _with(result: Result, sentences: Mapping[str, str], summary: Mapping[int, str]) -> Result:
    """Return a result in which these sentences have these texts."""
    before = {segment.segment.id: segment.text for segment in result.segments}

    def text_of(number: int, sentence: SummarySentence) -> str:
        cited = _whole_of(sentence, before)
        return summary.get(number, sentences.get(cited, sentence.text))

    return replace(
        result,
        segments=tuple(
            replace(one, text=sentences.get(one.segment.id, one.text)) for one in result.segments
        ),
        summary=replace(
            result.summary,
            sentences=tuple(
                replace(one, text=text_of(number, one))
                for number, one in enumerate(result.summary.sentences)
            ),
        ),
    )


def _whole_of(sentence: SummarySentence, texts: Mapping[str, str]) -> str:
    """Return the id of the segment that a sentence of a summary is, whole; empty if it is none."""
    if len(sentence.cites) != 1 or sentence.whole:
        return ""
    cited = sentence.cites[0]
    return cited if visible_text(texts.get(cited, "")) == visible_text(sentence.text) else ""


def _in_translation(
    result: Result, base: Pieces, found: Pieces, changes: _Changes, *, is_numbered: bool
) -> None:
    """Take note of the segments whose text is another in a translation."""
    segments = {segment.segment.id: segment for segment in result.segments}
    in_code = {id for code in base.code for id in code.ids}
    written = {id: one for id, one in base.by_id().items() if id not in in_code}
    now: defaultdict[str, list[Sentence]] = defaultdict(list)
    for one in found.sentences:
        now[one.id].append(one)
    gone: set[str] = set()
    for id in filter(written.__contains__, segments):
        shown = plain(visible_text(segments[id].text))
        here = now[id] if id not in found.broken else []
        texts = {one.text for one in here}
        if not here or texts == {""} != {written[id].text}:
            gone.add(id)
        elif len(texts) > 1:
            changes.left.append((here[-1].line, f"{id} stands there with several texts"))
        elif is_numbered:
            _compare(written[id], here[0], shown, changes)
        elif here[0].text != shown:
            changes.sentences[id] = here[0].text
    _leave_gone(gone, result, found, changes)
    _from_rows(base, found, gone, changes)
    _from_code(base, found, changes)


def _compare(written: Sentence, here: Sentence, shown: str, changes: _Changes) -> None:
    """Take note of a segment's new text; `shown` is what all of it looked like."""
    if here.text == written.text:
        return
    new = _restored(written, here, shown)
    if _LOST in new and _LOST not in shown:
        changes.left.append((here.line, f"{here.id} has letters that were lost"))
    elif new:
        changes.sentences[here.id] = new
    else:
        changes.left.append((here.line, f"{here.id} cannot be told from what is beside it"))


def _restored(written: Sentence, here: Sentence, shown: str) -> str:
    """Return the text of an edited sentence without what the file shows beside it, or nothing.

    A list has the number of an item as its own mark; links of no word follow the text.
    """
    before, whole, after = written.text.partition(shown)
    if not shown or not (whole or written.text):
        return here.text
    if whole:
        text = here.text.removeprefix(before)
        if text.endswith(after):
            return text.removesuffix(after).strip()
        return text if len(here.markup) < len(written.markup) else ""
    if shown.endswith(written.text):
        return shown.removesuffix(written.text) + here.text
    return ""


def _leave_gone(gone: set[str], result: Result, found: Pieces, changes: _Changes) -> None:
    """Name the sentences that are gone, and leave what may have taken in a part of them.

    What was changed beside one that is gone may be both of them in one: taken in, the words of the
    other would stand there twice.
    """
    if not gone:
        return
    broken = sorted(gone & found.broken.keys(), key=found.broken.__getitem__)
    changes.left += [
        (found.broken[id], f"{id} has lost a mark before or after it") for id in broken
    ]
    places = {one.segment.id: one.segment.block_id for one in result.segments}
    order = list(places)
    missing = [id for id in order if id in gone and id not in found.broken]
    if missing:
        more = f" and {len(missing) - _MAX_NAMED} more" * (len(missing) > _MAX_NAMED)
        changes.left.append((1, f"{', '.join(missing[:_MAX_NAMED])}{more} are not there any more"))
    lines = {one.id: one.line for one in found.sentences}
    for id, following in pairwise(order):
        for one, other in ((id, following), (following, id)):
            if one in changes.sentences and other in gone and places[one] == places[other]:
                del changes.sentences[one]
                changes.left.append(
                    (lines[one], f"{one} was changed, and {other} beside it is gone")
                )


def _from_rows(base: Pieces, found: Pieces, gone: set[str], changes: _Changes) -> None:
    """Take note of what was changed in the tables of originals, and not in the text itself."""
    written = {row.id: row.english for row in base.rows}
    for row in found.rows:
        is_changed = row.english and row.english != written.get(row.id, row.english)
        if is_changed and row.id not in gone:
            changes.sentences.setdefault(row.id, row.english)


def _from_code(base: Pieces, found: Pieces, changes: _Changes) -> None:
    """Take note of changed lines of code, where every segment is a line."""
    written = {code.ids: _lines(code.text) for code in base.code if code.ids}
    for code in found.code:
        before, now = written.get(code.ids, []), _lines(code.text)
        if len(before) == len(now) == len(code.ids):
            changes.sentences |= {
                id: line for id, old, line in zip(code.ids, before, now, strict=True) if old != line
            }


def _lines(text: str) -> list[str]:
    return [line.strip() for line in text.split("\n") if line.strip()]


def _in_summary(
    result: Result, base: Pieces, found: Pieces, changes: _Changes, *, is_numbered: bool
) -> None:
    """Take note of what is another in a summary: its sentences, and the title of the article."""
    segments = {segment.segment.id: segment.text for segment in result.segments}
    title = [block.id for block in result.document.blocks if block.role is Role.TITLE][:1]
    titled = [one.segment.id for one in result.segments if one.segment.block_id in title]
    if len(titled) == 1 and found.heading and found.heading != base.heading:
        changes.sentences[titled[0]] = found.heading
    now = found.sentences if is_numbered else _of_footnotes(found, len(result.summary.sentences))
    for number, (sentence, written) in enumerate(
        zip(result.summary.sentences, base.sentences, strict=True)
    ):
        here = [one for one in now if one.id == written.id]
        if len(here) != 1 or (written.text and not here[0].text):
            changes.left.append((1, f"sentence {number + 1} is not there once"))
            continue
        shown = plain(visible_text(sentence.text))
        if here[0].text in (written.text, shown):
            continue
        new = _restored(written, here[0], shown)
        if not new:
            changes.left.append((here[0].line, f"sentence {number + 1} cannot be told"))
        elif cited := _whole_of(sentence, segments):
            changes.sentences[cited] = new
        else:
            changes.summary[number] = new


def _of_footnotes(found: Pieces, num_sentences: int) -> list[Sentence]:
    """Return the sentences of a summary of format 1: the paragraphs with footnotes, in order."""
    texts = [(match[1], one.line) for one in found.others if (match := _FOOTNOTES.match(one.text))]
    if len(texts) != num_sentences:
        return []
    return [
        Sentence(f"summary-{number}", text, (), (), line)
        for number, (text, line) in enumerate(texts, 1)
    ]


_FINDERS = {TRANSLATION_SUFFIX: _in_translation, SUMMARY_SUFFIX: _in_summary}
