"""What people said of sentences, beside what checks say: which flags still ask for a look."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace

from seedsum.checks.table import REJECTED
from seedsum.records import (
    EXTRACTIVE,
    INFORMATIVE_FLAGS,
    Fate,
    Flag,
    Part,
    Reviewed,
    Segment,
    Stale,
    Summary,
    SummarySentence,
    TranslatedSegment,
    Verdict,
)
from seedsum.reviews import (
    Cited,
    Matches,
    Standing,
    cited_text,
    dismissed_codes,
    match,
    match_summary,
    plain,
)

#: Verdicts that make a text a person's.
_ENDORSING = (Verdict.ACCEPTED, Verdict.EDITED)


@dataclass(frozen=True, slots=True)
class Looked:
    """Flags of a text that a person may have looked at."""

    open: tuple[Flag, ...]  # those that still ask for a look
    reviewed: Reviewed | None  # None where nothing that was said is of this text


def looked_at(flags: tuple[Flag, ...], text: str, standing: Standing | None) -> Looked:
    """Return which flags of a sentence's text still ask for a look, and what was said of it.

    Of an accepted or edited text none does. A rejected one has one more, which is certain; of a
    text that a model made since, the flag says so.
    """
    if standing is None:
        return Looked(flags, None)
    if standing.verdict in _ENDORSING:
        machine = standing.machine_text if plain(standing.machine_text) != plain(text) else ""
        return Looked((), _said(standing, flags, machine_text=machine))
    codes = dismissed_codes(standing, text)
    settled = tuple(flag for flag in flags if flag.code in codes)
    left = tuple(flag for flag in flags if flag.code not in codes)
    if standing.verdict is Verdict.REJECTED:
        is_same = plain(standing.machine_text) in ("", plain(text))
        why = standing.note if is_same else f"of an earlier translation: {standing.note}"
        return Looked((Flag(REJECTED, why.rstrip(": ")), *left), _said(standing, settled))
    return Looked(left, _said(standing, settled) if settled else None)


def _said(standing: Standing, flags: tuple[Flag, ...], *, machine_text: str = "") -> Reviewed:
    """Return what stands, with the flags that ask for nothing any more."""
    verdict = standing.verdict if standing.verdict in (*_ENDORSING, Verdict.REJECTED) else None
    last = standing.dismissed[-1] if verdict is None and standing.dismissed else standing
    return Reviewed(
        verdict=verdict,
        reviewer=last.reviewer,
        time=last.time,
        machine_text=machine_text,
        note=last.note,
        flags=flags,
    )


def summary_with(
    summary: Summary, segments: Sequence[TranslatedSegment], standings: Collection[Standing]
) -> Summary:
    """Return a summary with what people said of its own sentences."""
    if not any(one.part is Part.SUMMARY for one in standings):
        return summary
    by_id = {item.segment.id: item for item in segments}
    found = match_summary(
        standings,
        [sentence.text for sentence in summary.sentences],
        [_cited(sentence, by_id) for sentence in summary.sentences],
    )
    sentences = tuple(map(_sentence_with, summary.sentences, found))
    return replace(summary, sentences=sentences)


def _cited(sentence: SummarySentence, segments: Mapping[str, TranslatedSegment]) -> Cited:
    english = {cited: segments[cited].text for cited in sentence.cites}
    edited = {
        cited: reviewed
        for cited in sentence.cites
        if (reviewed := segments[cited].reviewed) and reviewed.machine_text
    }
    machine = english | {cited: one.machine_text for cited, one in edited.items()}
    return Cited(
        cited_text(sentence.cites, english),
        cited_text(sentence.cites, machine) if edited else "",
        max((one.time for one in edited.values()), default=""),
    )


def _sentence_with(sentence: SummarySentence, standing: Standing | None) -> SummarySentence:
    if standing is not None and standing.text and plain(standing.text) != plain(sentence.text):
        sentence = replace(sentence, text=plain(standing.text), whole="")
    looked = looked_at(sentence.flags, sentence.text, standing)
    return replace(sentence, flags=looked.open, reviewed=looked.reviewed)


def done_by(standings: Collection[Standing], source_sha256: str) -> Standing | None:
    """Return who marked the article done as it is now, if somebody did."""
    return next(
        (
            one
            for one in standings
            if one.part is Part.ARTICLE
            and one.verdict is Verdict.ACCEPTED
            and one.source_sha256 == source_sha256
        ),
        None,
    )


def summary_as_seen(
    summary: Summary, segments: Sequence[TranslatedSegment], done: Standing | None
) -> Summary:
    """Return the summary that a person saw who marked the article as done, where it still holds.

    With sentences edited, another choice of them may be best; whoever was done has read this one.
    It holds where each sentence that it cites is there, and is no model's. A sentence of the
    article has that one's English as it stands now; words of its own are as they were seen.
    """
    lines = list(zip(done.source.split("\n"), done.text.split("\n"), strict=False)) if done else []
    by_source: dict[str, TranslatedSegment] = {}
    for item in segments:
        by_source.setdefault(plain(item.segment.text), item)
    sentences = []
    for sources, text in lines:
        cited = [by_source.get(plain(source)) for source in sources.split("\t")]
        found = [item for item in cited if item and item.fate is not Fate.TRANSLATED]
        if not text or len(found) < len(cited):
            return summary
        sentences.append(_as_seen(summary, found, text))
    if not sentences or sentences == list(summary.sentences):
        return summary
    # What was counted is of the other choice.
    flags = tuple(flag for flag in summary.flags if flag.code not in INFORMATIVE_FLAGS)
    return replace(summary, sentences=tuple(sentences), flags=flags)


def _as_seen(summary: Summary, cited: Sequence[TranslatedSegment], text: str) -> SummarySentence:
    cites, first = tuple(item.segment.id for item in cited), plain(cited[0].text)
    for sentence in summary.sentences:
        if sentence.cites == cites and (sentence.text == text or sentence.text == first):
            return sentence
    if len(cites) == 1 and summary.engine == EXTRACTIVE and text not in first:
        text = first  # edited again since
    is_copied = len(cites) == 1 and text in first
    return SummarySentence(
        text,
        cites,
        support=1.0,
        origin=EXTRACTIVE if is_copied else "abstractive",
        whole=first if is_copied and text != first else "",
    )


def unchecked(segments: Sequence[TranslatedSegment], summary: Summary) -> tuple[str, ...]:
    """Return the ids of segments that the summary rests on and no person has accepted or edited.

    Only those that a model translated; and none of a summary sentence that was itself accepted or
    edited.
    """
    translated = {item.segment.id for item in segments if item.fate is Fate.TRANSLATED}
    return tuple(
        dict.fromkeys(
            cited
            for sentence in summary.sentences
            if sentence.reviewed is None or sentence.reviewed.verdict not in _ENDORSING
            for cited in sentence.cites
            if cited in translated
        )
    )


def stale_of(
    matches: Matches,
    whole: Sequence[Segment],
    segments: Sequence[TranslatedSegment],
    *,
    done: Standing | None,
) -> tuple[Stale, ...]:
    """Return what was said of sentences that are no longer there, oldest first.

    The matches are those of the whole sentences; the segments may be pieces of them, which can have
    been reviewed as such. What somebody knew of who marked the article done as it is, is over.
    """
    if not matches.unmatched:
        return ()
    in_pieces = match(matches.left, [item.segment.text for item in segments])
    left = {one.standing: one.index for one in in_pieces.unmatched}
    found = []
    for one in sorted(matches.unmatched, key=lambda one: one.standing.time):
        standing = one.standing
        if standing not in left or (done is not None and done.time > standing.time):
            continue
        instead: TranslatedSegment | None = None
        if one.index is not None:
            start = whole[one.index].start
            instead = next((item for item in segments if item.segment.end > start), None)
        elif (index := left[standing]) is not None:
            instead = segments[index]
        assert standing.verdict is not None
        found.append(
            Stale(
                verdict=standing.verdict,
                source=standing.source,
                text=standing.text or standing.machine_text,
                reviewer=standing.reviewer,
                time=standing.time,
                note=standing.note,
                segment=instead.segment.id if instead else "",
                new_source=instead.segment.text if instead else "",
            )
        )
    return tuple(found)
