"""What reviewers teach: how often flags were right, how much is corrected. It changes no text.

Asked is not what a record says of a sentence now, since a reviewed one has no open flags: today's
checks look at the English that the reviewer saw, and at what the reviewer made of it. So figures
before and after a change of the checks can be compared on the same reviews.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from seedsum import output as store
from seedsum.checks import check_segment, likely
from seedsum.config import Settings
from seedsum.errors import ReadError, UsageError
from seedsum.evaluation.flagging import Share
from seedsum.records import Fate, Flag, Verdict
from seedsum.reviews import Reviews, Standing, dismissed_codes, match, plain

#: Fates of sentences that a model translated, or should have.
_OF_MODELS = frozenset({Fate.TRANSLATED, Fate.REVIEWED, Fate.FAILED})


@dataclass(frozen=True, slots=True)
class Judged:
    """A sentence that a person has said something of."""

    article: str
    model: str  # of the pair as it is now; several steps are joined by ` + `
    language: str
    verdict: Verdict | None  # None where only flags were dismissed
    #: Each flag of the English that was seen: whether it was right; None where nobody can tell.
    flags: tuple[tuple[Flag, bool | None], ...]


@dataclass(frozen=True, slots=True)
class FlagFigures:
    """How often a flag was right."""

    code: str
    model: str
    language: str
    right: Share
    num_undecided: int  # of rejected sentences, or where other flags were dismissed


@dataclass(frozen=True, slots=True)
class EditFigures:
    """How much of what people looked at they did not leave as it was."""

    model: str
    language: str
    changed: Share  # edited or rejected, of all that were judged
    num_rejected: int
    flagged: Share  # of those changed, how many had a flag


@dataclass(frozen=True, slots=True)
class StatusFigures:
    """What reviewers found in articles that the checks would call `clean` or `review`."""

    status: str
    faulty: Share  # articles with a sentence that was edited or rejected


@dataclass(frozen=True, slots=True)
class ReviewFigures:
    """All of it; empty where nobody has reviewed anything."""

    flags: tuple[FlagFigures, ...]
    edits: tuple[EditFigures, ...]
    statuses: tuple[StatusFigures, ...]


def evaluate_reviews(output: store.Where, *, settings: Settings) -> ReviewFigures:
    """Return what the reviews of an output say of its flags, models and statuses.

    Raises:
        UsageError: There is no such output.
    """
    place = store.place_of(output)
    if not place.is_there():
        raise UsageError(f"{place.show()}: there is no such folder; name the folder of the pairs")
    return figures(list(judged(place, settings=settings)))


def judged(place: store.Place, *, settings: Settings) -> Iterator[Judged]:
    """Yield the sentences of all pairs that people have said something of."""
    reviews = Reviews(place)
    reviews.look()
    states = store.read_records(place)
    for name, state in states.items():
        names = reviews.names(name, also=state.reviewed_as, sources=(state.source_sha256,))
        if names:
            try:
                record = store.read_record(place, name)
                standings = reviews.standings(names)
                # Articles of the same bytes share what was said: it counts once.
                own = [one for one in standings if one.document not in states.keys() - {name}]
                yield from _of_pair(record, own, settings=settings)
            except (ReadError, KeyError, TypeError, AttributeError):
                continue  # the next run makes it again


def _of_pair(
    record: Mapping[str, Any], standings: Iterable[Standing], *, settings: Settings
) -> Iterator[Judged]:
    segments = record["segments"]
    found = match(standings, [segment["source"] for segment in segments]).standings
    for segment, standing in zip(segments, found, strict=True):
        if standing is None or segment["fate"] not in _OF_MODELS:
            continue
        yield Judged(
            article=record["source"]["path"],
            model=_model(record, segment["language"]),
            language=segment["language"],
            verdict=_verdict(standing),
            flags=tuple(_flags(segment, standing, settings=settings)),
        )


def _verdict(standing: Standing) -> Verdict | None:
    """Return what was said; an edit that changes no word accepts."""
    if standing.verdict is Verdict.EDITED and plain(standing.text) == plain(standing.machine_text):
        return Verdict.ACCEPTED
    known = (Verdict.ACCEPTED, Verdict.EDITED, Verdict.REJECTED)
    return standing.verdict if standing.verdict in known else None


def _flags(
    segment: Mapping[str, Any], standing: Standing, *, settings: Settings
) -> Iterator[tuple[Flag, bool | None]]:
    """Yield the flags of the English that was seen, and whether each was right.

    One is right that the correction put an end to; it is wrong where it was dismissed, where the
    English was accepted, or where it would stand after the correction as well.
    """
    seen = standing.machine_text or standing.text or segment["translation"]
    verdict = _verdict(standing)
    dismissed = dismissed_codes(standing, seen)
    after: set[str] = set()
    if verdict is Verdict.EDITED:
        after = {flag.code for flag in _check(segment, standing.text, settings=settings)}
    for flag in _check(segment, seen, settings=settings):
        if flag.code in dismissed or verdict is Verdict.ACCEPTED:
            yield flag, False
        elif verdict is Verdict.EDITED:
            yield flag, flag.code not in after
        else:
            yield flag, None


def _check(segment: Mapping[str, Any], english: str, *, settings: Settings) -> tuple[Flag, ...]:
    language = segment["language"]
    return check_segment(
        segment["source"],
        english,
        language=language,
        options=settings.checks,
        glossary=settings.glossaries.get(language),
    )


def _model(record: Mapping[str, Any], language: str) -> str:
    uses = [model for model in record["models"] if model["role"] == "translation"]
    own = [use for use in uses if use["route"].partition("->")[0] == language]
    return " + ".join(dict.fromkeys(use["id"] for use in own)) or "none"


def figures(sentences: Sequence[Judged]) -> ReviewFigures:
    """Return the figures of some judged sentences, by model and language, sorted."""
    return ReviewFigures(
        flags=tuple(_flag_figures(sentences)),
        edits=tuple(_edit_figures(sentences)),
        statuses=tuple(_status_figures(sentences)),
    )


def _flag_figures(sentences: Iterable[Judged]) -> Iterator[FlagFigures]:
    counts: defaultdict[tuple[str, str, str], Counter[bool | None]] = defaultdict(Counter)
    for one in sentences:
        for flag, is_right in one.flags:
            counts[flag.code, one.model, one.language][is_right] += 1
    for (code, model, language), found in sorted(counts.items()):
        right = Share(found[True], found[True] + found[False])
        yield FlagFigures(code, model, language, right, found[None])


def _edit_figures(sentences: Iterable[Judged]) -> Iterator[EditFigures]:
    groups: defaultdict[tuple[str, str], list[Judged]] = defaultdict(list)
    for one in sentences:
        if one.verdict is not None:
            groups[one.model, one.language].append(one)
    for (model, language), group in sorted(groups.items()):
        changed = [one for one in group if one.verdict is not Verdict.ACCEPTED]
        yield EditFigures(
            model,
            language,
            changed=Share(len(changed), len(group)),
            num_rejected=sum(one.verdict is Verdict.REJECTED for one in changed),
            flagged=Share(sum(bool(one.flags) for one in changed), len(changed)),
        )


def _status_figures(sentences: Iterable[Judged]) -> Iterator[StatusFigures]:
    articles: defaultdict[str, list[Judged]] = defaultdict(list)
    for one in sentences:
        if one.verdict is not None:
            articles[one.article].append(one)
    faulty: defaultdict[str, list[bool]] = defaultdict(list)
    for group in articles.values():
        is_flagged = any(likely(flag for flag, _ in one.flags) for one in group)
        is_faulty = any(one.verdict is not Verdict.ACCEPTED for one in group)
        faulty["review" if is_flagged else "clean"].append(is_faulty)
    for status, found in sorted(faulty.items()):
        yield StatusFigures(status, Share(sum(found), len(found)))
