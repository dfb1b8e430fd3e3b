"""A record and what people said of its article -> what there is to see of it. Pure.

Takes the record as `output.read_record` gives it, so that whatever shows an article (the page, an
exported file) shows the same of it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from types import MappingProxyType
from typing import Any

from seedsum.checks import is_possible
from seedsum.checks.table import REJECTED as REJECTED_FLAG
from seedsum.desk.differences import differences
from seedsum.desk.marks import Marks, marks
from seedsum.desk.seen import (
    ACCEPTED,
    EDITED,
    OPEN_STATES,
    REJECTED,
    SAME,
    STALE,
    UNCHECKED,
    ArticleView,
    Lost,
    Option,
    Row,
    Shown,
    Stale,
    SummaryRow,
)
from seedsum.languages import get
from seedsum.output.exchange.sentences import OffersOf, direction_of
from seedsum.output.rendering.links import safe_address
from seedsum.output.rendering.markdown import with_arrows
from seedsum.records import (
    ARTICLE_ROLES,
    Fate,
    Flag,
    Part,
    Role,
    Verdict,
)
from seedsum.reviews import (
    Cited,
    Offer,
    Standing,
    Unmatched,
    dismissed_codes,
    match,
    match_summary,
)
from seedsum.reviews.joining import plain

_STATES = {Verdict.ACCEPTED: ACCEPTED, Verdict.EDITED: EDITED, Verdict.REJECTED: REJECTED}
#: Fates of sentences whose text is the source's own, and meant to be.
_UNTOUCHED = frozenset({Fate.PASSED, Fate.KEPT})

#: Other translations of a sentence that are offered, one key each.
NUM_OPTIONS = 4


def article_view(
    record: Mapping[str, Any],
    standings: Iterable[Standing] = (),
    *,
    offers: OffersOf = MappingProxyType({}),
) -> ArticleView:
    """Return what there is to see of an article.

    `standings` are what stands of it, of any part; `offers` what its sentences are elsewhere.
    """
    ours = tuple(standings)
    segments = record["segments"]
    blocks = {block["id"]: block for block in record["blocks"]}
    sources = [segment["source"] for segment in segments]
    matches = match(ours, sources)
    done = _done(ours, record["source"]["sha256"])
    # Who says that an article is done has seen what is gone from it.
    over = [one for one in matches.unmatched if not done or done.time < one.standing.time]
    replaced = {one.index: one for one in over if one.index is not None}
    cited_by: dict[str, list[int]] = {}
    # The title, which heads whatever is made of the article, and what is cited by sentences of the
    # summary that have no words of their own.
    asked = {one["id"] for one in segments if blocks[one["block"]]["role"] == Role.TITLE}
    for number, sentence in enumerate(record["summary"]["sentences"], 1):
        for cite in sentence["cites"]:
            cited_by.setdefault(cite, []).append(number)
        if not _has_own_words(sentence):
            asked.update(sentence["cites"])
    rows = tuple(
        _row(
            segment,
            blocks[segment["block"]],
            matches.standings[place],
            replaced.get(place),
            (sources[place - 1] if place else "", (*sources, "")[place + 1]),
            tuple(cited_by.get(segment["id"], ())),
            offers.get(segment["id"], ()),
            is_asked=segment["id"] in asked,
        )
        for place, segment in enumerate(segments)
    )
    by_id = {row.id: row for row in rows}
    summary = _summary(record, ours, by_id)
    looks = _in_order(summary, rows, by_id)
    source = record["source"]
    blocking = _blocking(summary, by_id)
    if blocking:  # a run has made another summary since
        done = None
    return ArticleView(
        name=source["path"],
        title=_title(record, rows),
        source_title=source["title"] or "",
        language=source["language"],
        language_name=get(source["language"]).name,
        status=record["status"],
        url=safe_address(source["url"] or "") or "",
        date=source["date"] or "",
        source_sha256=source["sha256"],
        fallback=with_arrows(record["fallback_reason"]) if record["fallback"] else "",
        reasons=tuple(record["reasons"]),
        models=tuple(map(_model_line, record["models"])),
        details=_details(record),
        summary=summary,
        rows=rows,
        lost=tuple(_lost(one) for one in over if one.index is None),
        looks=looks,
        blocking=blocking,
        done_by=done.reviewer if done else "",
        counts=_counts(summary, rows),
    )


def _title(record: Mapping[str, Any], rows: Sequence[Row]) -> str:
    """Return the title as it stands: a corrected one holds here before a run has come."""
    title: str = record["title"]
    row = next((row for row in rows if row.role == Role.TITLE), None)
    return row.english if row and row.machine and plain(row.machine) == plain(title) else title


# Sentences


def _row(
    segment: Mapping[str, Any],
    block: Mapping[str, Any],
    standing: Standing | None,
    unmatched: Unmatched | None,
    beside: tuple[str, str],
    cited_by: tuple[int, ...],
    offers: Sequence[Offer],
    *,
    is_asked: bool,
) -> Row:
    made: str = segment["translation"]
    fate = Fate(segment["fate"])
    verdict = standing.verdict if standing else None
    state = _STATES.get(verdict, UNCHECKED) if verdict else UNCHECKED
    if state == UNCHECKED and unmatched:
        state = STALE
    elif state == UNCHECKED and fate in _UNTOUCHED:
        state = SAME
    english = standing.text if standing and standing.text else made
    flags = () if english != made else tuple(_flags(segment, standing, state=state))
    is_doubted = any(flag.is_open and flag.sure != "possible" for flag in flags)
    return Row(
        id=segment["id"],
        role=block["role"],
        kind=block["kind"],
        in_article=Role(block["role"]) in ARTICLE_ROLES or bool(cited_by),
        source=segment["source"],
        english=english,
        machine=_machine(segment, standing, english),
        language=segment["language"],
        direction=direction_of(segment),
        fate=fate,
        reason=segment["reason"],
        before=beside[0],
        after=beside[1],
        state=state,
        reviewer=standing.reviewer if standing else "",
        time=standing.time if standing else "",
        note=standing.note if standing else "",
        flags=flags,
        options=_options(segment, english),
        cited_by=cited_by,
        stale=_stale(unmatched, segment["source"]) if state == STALE and unmatched else None,
        elsewhere=_offered(offers, english) if state in (UNCHECKED, STALE) else None,
        is_asked=is_asked,
        needs_look=state == STALE
        or (state == UNCHECKED and bool(is_asked or is_doubted or fate is Fate.FAILED)),
    )


def _machine(segment: Mapping[str, Any], standing: Standing | None, english: str) -> str:
    """Return the model's text, where it is known and another one stands."""
    made = segment["translation"] if segment["fate"] != Fate.REVIEWED else ""
    text = made or (standing.machine_text if standing else "")
    return text if text != english else ""


def _flags(
    item: Mapping[str, Any], standing: Standing | None, *, state: str, is_summary: bool = False
) -> Iterable[Shown]:
    english = item["text"] if is_summary else item["translation"]
    dismissed = dismissed_codes(standing, english) if standing else frozenset()
    for stated in item["flags"]:
        flag = Flag(**stated)
        if flag.code == REJECTED_FLAG:  # it only says what the state says
            continue
        sure = "" if flag.likelihood is None else "possible" if is_possible(flag) else "likely"
        is_open = state in OPEN_STATES and flag.code not in dismissed
        words = flag.detail or flag.code.replace("-", " ")
        found = Marks() if is_summary else marks(flag, item["source"], english)
        yield Shown(flag.code, words, sure, is_open, found)


def _options(segment: Mapping[str, Any], english: str) -> tuple[Option, ...]:
    """Return other texts that models made of a sentence, each once, the best first."""
    made = [(one["text"], "another translation") for one in segment.get("hypotheses", ())]
    made += [(one["text"], "an earlier translation") for one in segment.get("replaced", ())]
    if segment["translation"] != english and segment["fate"] != Fate.REVIEWED:
        made.insert(0, (segment["translation"], "the model's"))
    found: dict[str, str] = {}
    for text, why in made:
        if text.strip() and plain(text) != plain(english):
            found.setdefault(text, why)
    return tuple(
        Option(text, why, differences(english, text))
        for text, why in list(found.items())[:NUM_OPTIONS]
    )


def _offered(offers: Sequence[Offer], english: str) -> Option | None:
    """Return the last English of the same sentence elsewhere that is another than what stands."""
    other = (one for one in offers if plain(one.text) != plain(english))
    if (offer := next(other, None)) is None:
        return None
    return Option(offer.text, offer.document, differences(english, offer.text))


def _stale(unmatched: Unmatched, source: str) -> Stale:
    lost = _lost(unmatched)
    pieces = differences(lost.source, source)
    return Stale(pieces, lost.english, lost.state, lost.reviewer, lost.time)


def _lost(unmatched: Unmatched) -> Lost:
    one = unmatched.standing
    state = _STATES.get(one.verdict, UNCHECKED) if one.verdict else UNCHECKED
    return Lost(one.source, one.text or one.machine_text, state, one.reviewer, one.time)


# The summary


def _summary(
    record: Mapping[str, Any], standings: Sequence[Standing], rows: Mapping[str, Row]
) -> tuple[SummaryRow, ...]:
    sentences = record["summary"]["sentences"]
    made = {segment["id"]: segment["translation"] for segment in record["segments"]}
    cited = [_cited(sentence["cites"], rows) for sentence in sentences]
    texts = [sentence["text"] for sentence in sentences]
    found = match_summary(standings, texts, cited)
    return tuple(
        _summary_row(number, sentence, source.text, standing, rows, made)
        for number, (sentence, source, standing) in enumerate(
            zip(sentences, cited, found, strict=True), 1
        )
    )


def _cited(cites: Iterable[str], rows: Mapping[str, Row]) -> Cited:
    """Return what a sentence rests on as the next run sees it, whether one has come yet or not."""
    here = [rows[cite] for cite in cites if cite in rows]
    edited = [row for row in here if row.machine]
    return Cited(
        " ".join(row.english for row in here),
        " ".join(row.machine or row.english for row in here) if edited else "",
        max((row.time for row in edited), default=""),
    )


def _has_own_words(sentence: Mapping[str, Any]) -> bool:
    return bool(sentence["origin"] == "abstractive")


def _summary_row(
    number: int,
    sentence: Mapping[str, Any],
    source: str,
    standing: Standing | None,
    rows: Mapping[str, Row],
    made: Mapping[str, str],
) -> SummaryRow:
    cited = [rows[cite] for cite in sentence["cites"] if cite in rows]
    has_own_words = _has_own_words(sentence)
    verdict = standing.verdict if standing else None
    state = _STATES.get(verdict, UNCHECKED) if verdict else UNCHECKED
    text, machine = sentence["text"], ""
    if standing and standing.text and standing.text != text:
        text, machine = standing.text, text
    if not has_own_words and state == UNCHECKED:
        # The article's own sentence: what was said of that holds here, also before a run has come.
        state = next((row.state for row in cited if row.state in OPEN_STATES), "")
        state = state or next((row.state for row in cited if row.state != SAME), SAME)
        row = cited[0] if cited else None
        if row and row.english != made[row.id] and plain(sentence["text"]) == plain(made[row.id]):
            text, machine = row.english, sentence["text"]
    shown = _flags(sentence, standing, state=state, is_summary=True)
    return SummaryRow(
        id=f"summary-{number}",
        number=number,
        text=text,
        machine=machine,
        cites=tuple(sentence["cites"]),
        source=source,
        has_own_words=has_own_words,
        is_cut=bool(sentence.get("whole")),
        state=state,
        is_open=state in OPEN_STATES,
        reviewer=standing.reviewer if standing else "",
        time=standing.time if standing else "",
        note=standing.note if standing else "",
        flags=tuple(shown),
        needs_look=has_own_words and state == UNCHECKED,
    )


def _in_order(
    summary: Sequence[SummaryRow], rows: Sequence[Row], by_id: Mapping[str, Row]
) -> tuple[str, ...]:
    """Return the ids of what needs a look: the title, what the summary rests on, the rest."""
    titles = (row for row in rows if row.role == Role.TITLE and row.needs_look)
    found: dict[str, None] = dict.fromkeys(row.id for row in titles)
    for sentence in summary:
        cited = (by_id[cite] for cite in sentence.cites if cite in by_id)
        found |= dict.fromkeys(row.id for row in cited if row.needs_look)
        if sentence.needs_look:
            found[sentence.id] = None
    for in_article in (True, False):
        wanted = (row for row in rows if row.in_article is in_article and row.needs_look)
        found |= dict.fromkeys(row.id for row in wanted)
    return tuple(found)


def _blocking(summary: Sequence[SummaryRow], rows: Mapping[str, Row]) -> tuple[str, ...]:
    """Return the ids of what the summary rests on and nobody has found right, in its order."""
    found: dict[str, None] = {}
    for sentence in summary:
        if sentence.has_own_words:  # what is said of it counts, not what it was made of
            found |= {sentence.id: None} if sentence.is_open else {}
            continue
        cited = (rows[cite] for cite in sentence.cites if cite in rows)
        found |= dict.fromkeys(row.id for row in cited if row.state in OPEN_STATES)
    return tuple(found)


def _counts(summary: Sequence[SummaryRow], rows: Sequence[Row]) -> dict[str, int]:
    return {
        "summary_open": sum(sentence.is_open for sentence in summary),
        "flagged": sum(any(flag.is_open for flag in row.flags) for row in rows),
        "edited": sum(row.state == EDITED for row in rows),
        "stale": sum(row.state == STALE for row in rows),
    }


def _done(standings: Iterable[Standing], source_sha256: str) -> Standing | None:
    """Return who said that the article is done, as its source is now."""
    for one in standings:
        is_ours = one.part is Part.ARTICLE and one.source_sha256 == source_sha256
        if is_ours and one.verdict is Verdict.ACCEPTED:
            return one
    return None


# What is folded away


def _model_line(model: Mapping[str, Any]) -> str:
    where = with_arrows(model["route"]) if "->" in model["route"] else model["role"]
    revision = f" {model['revision'][:12]}" if model["revision"] else ""
    engine = " ".join(filter(None, (model["engine"], model["compute_type"])))
    return f"{where}: {model['id']}{revision}, {model['licence']}, {engine}"


def _details(record: Mapping[str, Any]) -> tuple[tuple[str, str], ...]:
    source = record["source"]
    details = [
        ("profile", record["profile"]),
        ("run key", record["run_key"]),
        ("source sha256", source["sha256"]),
        ("format", f"{source['format']}, {source['encoding']}"),
        ("kind", source.get("kind", "")),
        ("made by", f"seedsum {record['software_version']}"),
        *(("weights", f"{model['id']} {model['weights_sha256']}") for model in record["models"]),
    ]
    return tuple((name, str(value)) for name, value in details if value)
