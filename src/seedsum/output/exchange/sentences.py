"""A pair as others need it: its sentences, each with its neighbours and what people said of it.

Made of the record, which has all of it, and of the reviews, which may be newer than the record.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from seedsum.files import sha256_bytes
from seedsum.records import (
    ARTICLE_ROLES,
    TARGET_LANGUAGE,
    Direction,
    Fate,
    Flag,
    Part,
    Review,
    Role,
    Verdict,
)
from seedsum.reviews import (
    Offer,
    Reviews,
    Standing,
    dismissed_codes,
    match,
    new_review,
    plain,
)

#: Roles whose sentences leave with the article; the rest of its page only where that is asked for.
LEAVING_ROLES = ARTICLE_ROLES | {Role.CAPTION}

#: Fates of sentences that have an English of their own, or should have one.
CORRECTABLE = frozenset({Fate.TRANSLATED, Fate.REVIEWED, Fate.FAILED})

#: Hex digits of each of the three hashes of a key. Two of a million sentences share one with a
#: probability of 0.2%, and then the article and the neighbours still tell them apart.
_NUM_DIGITS = 12


@dataclass(frozen=True, slots=True)
class Sentence:
    """One segment of a pair."""

    article: str  # the document's name
    source_sha256: str  # of the article's bytes
    id: str  # of the segment, as in the record and in the addresses of all pages (`#s12`)
    block: str
    role: str
    language: str  # of the source
    source: str
    before: str  # the sentence before it in the article, and the one after; empty at its ends
    after: str
    english: str  # what stands: a person's where there is one, else the record's
    machine: str  # what the model made of it; empty where nobody can tell any more
    fate: str
    reason: str
    flags: tuple[Flag, ...] = ()  # those that nobody has dismissed
    cited_by: tuple[int, ...] = ()  # numbers of the summary sentences that rest on it
    verdict: str = ""  # what a reviewer said last; empty where nobody did
    reviewer: str = ""
    time: str = ""  # when, ISO 8601 in UTC
    note: str = ""
    offers: tuple[Offer, ...] = ()  # what people gave it elsewhere, where nobody has said anything

    @property
    def direction(self) -> str:
        """Its route, as reviews name it."""
        return f"{self.language}->{TARGET_LANGUAGE}"

    @property
    def is_reviewed(self) -> bool:
        """Whether its English is a person's, or one has said that it is right."""
        return self.verdict in (Verdict.ACCEPTED, Verdict.EDITED)

    @property
    def key(self) -> str:
        """What a row that has been away is recognised by, see `Key`."""
        return str(Key.of(self))


@dataclass(frozen=True, slots=True)
class Key:
    """Hashes of a sentence, of it with its neighbours, and of its English."""

    source: str
    context: str
    english: str

    @classmethod
    def of(cls, sentence: Sentence) -> Key:
        """Return the key of a sentence as it stands."""
        context = (sentence.source, sentence.before, sentence.after)
        return cls(digits(sentence.source), digits(*context), digits(sentence.english))

    @classmethod
    def parse(cls, text: str) -> Key | None:
        """Return the key that a text states; None where it is none."""
        parts = text.strip().lower().split("-")
        if len(parts) != 3 or any(len(part) != _NUM_DIGITS for part in parts):
            return None
        return cls(*parts)

    def __str__(self) -> str:
        return f"{self.source}-{self.context}-{self.english}"


def digits(*texts: str) -> str:
    """Return the beginning of a hash of some texts."""
    joined = "\0".join(texts)
    return sha256_bytes(joined.encode("utf-8", "surrogatepass"))[:_NUM_DIGITS]


@dataclass(frozen=True, slots=True)
class Article:
    """A pair with its sentences."""

    record: Mapping[str, Any]
    sentences: tuple[Sentence, ...]

    @property
    def name(self) -> str:
        """The document's name."""
        return str(self.record["source"]["path"])

    def chosen(self, *, whole_page: bool = False, reviewed: bool = False) -> tuple[Sentence, ...]:
        """Return the sentences that have an English of their own, in order.

        Those of the article, or `whole_page`; only those that a person has `reviewed`.
        """
        return tuple(
            one
            for one in self.sentences
            if one.fate in CORRECTABLE
            and (whole_page or one.role in LEAVING_ROLES)
            and (one.is_reviewed or not reviewed)
        )


#: What is offered for sentences, by the ids of their segments; see `offers_of`.
OffersOf = Mapping[str, Sequence[Offer]]
_NONE: OffersOf = MappingProxyType({})


def offers_of(record: Mapping[str, Any], reviews: Reviews, *, names: Collection[str]) -> OffersOf:
    """Return the English that people gave a pair's sentences elsewhere, the last one first.

    Not that of the article itself, which has these names.
    """
    found = {
        segment["id"]: reviews.offers(segment["source"], direction_of(segment), names=names)
        for segment in record["segments"]
    }
    return {id: offers for id, offers in found.items() if offers}


def direction_of(segment: Mapping[str, Any]) -> str:
    """Return the route of a record's segment, as reviews name it."""
    return str(Direction(segment["language"], TARGET_LANGUAGE))


def article_of(
    record: Mapping[str, Any],
    standings: Iterable[Standing] = (),
    *,
    offers: OffersOf = _NONE,
) -> Article:
    """Return the pair of a record, with what stands of its sentences, and what is offered.

    Raises:
        KeyError, TypeError, ValueError: It is no whole record.
    """
    roles = {block["id"]: block["role"] for block in record["blocks"]}
    cited: dict[str, list[int]] = {}
    for number, sentence in enumerate(record["summary"]["sentences"], 1):
        for cite in sentence["cites"]:
            cited.setdefault(cite, []).append(number)
    segments: Sequence[Mapping[str, Any]] = record["segments"]
    texts = ["", *(segment["source"] for segment in segments), ""]
    said = match(standings, texts[1:-1]).standings
    return Article(
        record,
        tuple(
            _sentence(
                record,
                segment,
                role=roles[segment["block"]],
                around=(texts[number], texts[number + 2]),
                cited_by=tuple(cited.get(segment["id"], ())),
                standing=said[number],
                offers=offers.get(segment["id"], ()),
            )
            for number, segment in enumerate(segments)
        ),
    )


def _sentence(
    record: Mapping[str, Any],
    segment: Mapping[str, Any],
    *,
    role: str,
    around: tuple[str, str],
    cited_by: tuple[int, ...],
    standing: Standing | None,
    offers: Sequence[Offer],
) -> Sentence:
    english = segment["translation"]
    machine = english if segment["fate"] == Fate.TRANSLATED else ""
    dismissed: frozenset[str] = frozenset()
    if standing:
        machine = machine or standing.machine_text
        english = standing.text or english
        dismissed = dismissed_codes(standing, english)
    verdict = (standing.verdict or "") if standing else ""
    is_open = not verdict and segment["fate"] in CORRECTABLE
    return Sentence(
        article=record["source"]["path"],
        source_sha256=record["source"]["sha256"],
        id=segment["id"],
        block=segment["block"],
        role=role,
        language=segment["language"],
        source=segment["source"],
        before=around[0],
        after=around[1],
        english=english,
        machine=machine,
        fate=segment["fate"],
        reason=segment["reason"],
        flags=_flags(segment, english, dismissed),
        cited_by=cited_by,
        verdict=verdict,
        reviewer=standing.reviewer if standing else "",
        time=standing.time if standing else "",
        note=standing.note if standing else "",
        offers=tuple(offer for offer in offers if is_open and plain(offer.text) != plain(english)),
    )


def _flags(
    segment: Mapping[str, Any], english: str, dismissed: Collection[str]
) -> tuple[Flag, ...]:
    """Return the flags that still count: they are of the record's English, and of no other."""
    if segment["translation"] != english:
        return ()
    flags = (Flag(**stated) for stated in segment["flags"])
    return tuple(flag for flag in flags if flag.code not in dismissed)


def review_of(
    sentence: Sentence, verdict: Verdict, *, text: str, seen: str, note: str, reviewer: str
) -> Review:
    """Return what was said of a sentence elsewhere; `seen` is the English that it was said of."""
    return new_review(
        Part.SENTENCE,
        verdict,
        document=sentence.article,
        source_sha256=sentence.source_sha256,
        reviewer=reviewer,
        direction=sentence.direction,
        source=sentence.source,
        before=sentence.before,
        after=sentence.after,
        text=text,
        machine_text=seen,
        note=note,
        segment=sentence.id,
    )
