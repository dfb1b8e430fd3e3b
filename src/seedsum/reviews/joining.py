"""All that was said of an article -> what stands of each of its sentences now. Pure."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass, replace

from seedsum.records import Part, Review, Verdict

#: Verdicts that say something of a text.
SAYING = frozenset({Verdict.ACCEPTED, Verdict.EDITED, Verdict.REJECTED})


@dataclass(frozen=True, slots=True)
class Dismissal:
    """Flags that a person found to be no faults of one text."""

    text: str  # the English that was seen: the flags count again where it is another
    codes: tuple[str, ...]
    reviewer: str
    time: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class Standing:
    """What stands of one sentence in its context, of a summary's sentence, an article or a term.

    The verdict is the last one that counts, with who said it and when (the first time that they
    said so); `withdrawn` where that took all back, and None where flags were dismissed and nothing
    else was said.
    """

    part: Part
    verdict: Verdict | None
    text: str = ""  # the English to be taken; empty unless accepted or edited
    machine_text: str = ""  # the model's, as it was before anybody edited it
    note: str = ""
    reviewer: str = ""
    time: str = ""
    dismissed: tuple[Dismissal, ...] = ()
    direction: str = ""
    source: str = ""
    before: str = ""
    after: str = ""
    document: str = ""  # its name, source and segment when this was said
    source_sha256: str = ""
    segment: str = ""


def join(reviews: Iterable[Review]) -> tuple[Standing, ...]:
    """Return what stands of one article, or of terms; the order does not depend on the reviews'.

    The reviews are those of one article, under whatever names and with whatever sources it had. A
    verdict without a text is none, where there has to be one.
    """
    found: dict[tuple[str, ...], Standing] = {}
    for review in sorted(reviews, key=lambda review: (review.time, review.id)):
        key = _key(review)
        if review.part is Part.SUMMARY:  # several sentences may cite the same ones
            key = next((k for k in found if k[:2] == key[:2] and _is_of(review, found[k])), key)
        if (after := _after(found.get(key), review)) is not None:
            found[key] = after
    standings = [found[key] for key in sorted(found)]
    return tuple(one for one in standings if _counts(one, standings))


def merged(earlier: Standing, later: Standing) -> Standing:
    """Return what stands where both speak of one sentence, which had other neighbours then."""
    if later.verdict is Verdict.WITHDRAWN:
        return later
    both = _distinct((*earlier.dismissed, *later.dismissed))
    return replace(earlier if later.verdict is None else later, dismissed=both)


def says_something(standing: Standing) -> bool:
    """Return whether it says anything of a text, and not only that nothing is said any more."""
    return standing.verdict in SAYING or bool(standing.dismissed)


def dismissed_codes(standing: Standing, text: str) -> frozenset[str]:
    """Return the codes of the flags of this English that are no faults."""
    seen = plain(text)
    return frozenset(
        code for one in standing.dismissed if plain(one.text) == seen for code in one.codes
    )


def plain(text: str) -> str:
    """Return a text without differences that are none: white space, composed letters."""
    return " ".join(unicodedata.normalize("NFC", text).split())


def _key(review: Review) -> tuple[str, ...]:
    """Return what reviews of one thing have in common; the part and the source come first."""
    part, source = str(review.part), plain(review.source)
    match review.part:
        case Part.ARTICLE:
            return (part, review.source_sha256)
        case Part.TERM:
            return (part, source, review.direction)
        case Part.SUMMARY:
            return (part, source, plain(review.machine_text))
        case Part.SENTENCE:
            return (part, source, plain(review.before), plain(review.after))


def _is_of(review: Review, standing: Standing) -> bool:
    """Return whether a review was made of the text that this one is of, or has made."""
    seen = plain(review.machine_text)
    return seen in {plain(text) for text in (standing.machine_text, standing.text) if text}


def _after(standing: Standing | None, review: Review) -> Standing | None:
    """Return what stands after one more review; None where nothing stands yet."""
    earlier = standing or Standing(review.part, None)
    said = replace(
        earlier,
        direction=review.direction or earlier.direction,
        source=review.source,
        before=review.before,
        after=review.after,
        document=review.document,
        source_sha256=review.source_sha256,
        segment=review.segment,
    )
    if review.verdict is Verdict.WITHDRAWN:
        return replace(
            said,
            verdict=Verdict.WITHDRAWN,
            text="",
            machine_text="",
            note="",
            dismissed=(),
            reviewer=review.reviewer,
            time=review.time,
        )
    if review.dismissed:
        seen = review.text or review.machine_text
        here = Dismissal(seen, review.dismissed, review.reviewer, review.time, review.note)
        said = replace(said, dismissed=_distinct((*said.dismissed, here)))
    if review.verdict is Verdict.DISMISSED:
        if said.verdict is None:
            said = replace(
                said,
                machine_text=review.machine_text,
                reviewer=review.reviewer,
                time=review.time,
            )
        return said if said.dismissed else standing
    text = "" if review.verdict is Verdict.REJECTED else review.text
    if review.verdict is Verdict.ACCEPTED:
        text = text or review.machine_text
    text = text.strip()
    if not text and review.verdict is not Verdict.REJECTED and review.part is not Part.ARTICLE:
        return standing
    if (earlier.verdict, earlier.text, earlier.note) == (review.verdict, text, review.note):
        return said  # said again: who said it first, stands
    seen_edited = earlier.text and plain(review.machine_text) in ("", plain(earlier.text))
    return replace(
        said,
        verdict=review.verdict,
        text=text,
        machine_text=earlier.machine_text if seen_edited else review.machine_text,
        note=review.note,
        reviewer=review.reviewer,
        time=review.time,
    )


def _distinct(dismissals: Iterable[Dismissal]) -> tuple[Dismissal, ...]:
    """Return the dismissals without those that say again what one before has said."""
    found: dict[tuple[str, tuple[str, ...]], Dismissal] = {}
    for one in dismissals:
        found.setdefault((plain(one.text), tuple(sorted(one.codes))), one)
    return tuple(found.values())


def _counts(standing: Standing, others: Iterable[Standing]) -> bool:
    """Return whether a standing says something, or takes back what stands in another context."""
    return says_something(standing) or any(
        says_something(other)
        and other.time < standing.time
        and (other.part, plain(other.source)) == (standing.part, plain(standing.source))
        for other in others
    )
