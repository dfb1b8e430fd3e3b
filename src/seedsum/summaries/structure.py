"""The shape of an article: its kind, what its sentences are labelled with, its parts.

By shape first (time stamps, questions and answers, numbering, headings), which a translation keeps;
by the words of title and text only where the shape says nothing.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache
from itertools import groupby, pairwise

from seedsum.records import ArticleSentence
from seedsum.summaries.cues import pattern
from seedsum.summaries.kinds import MIN_REPEATS, TextKind, kind_of


@dataclass(frozen=True, slots=True)
class Line:
    """One sentence in its place."""

    sentence: ArticleSentence  # its text without the label
    whole: str = ""  # with the label, where one was cut off
    part: int = 0  # the item, entry or section that it belongs to
    is_first: bool = False  # of its part
    heading: str = ""  # over it
    is_question: bool = False  # said by who asks, in an interview
    is_heading: bool = False  # a heading, or the name of an item, and no sentence


@dataclass(frozen=True, slots=True)
class Structure:
    """An article's kind and its sentences in their places."""

    kind: TextKind
    lines: tuple[Line, ...]
    num_parts: int  # items, entries or sections, where the kind has them
    is_reversed: bool = False  # its entries stand with the latest first


_CLOCK = r"(\d{1,2})\s?(?:[.:h]\s?(\d{2})|h|o'clock)(?:\s?[ap]\.?m\b\.?)?(?:\s?(?:hrs|hours|h)\b)?"
#: A time, or two of them, before an entry (`10.15`, `7h30 - 8h00:`, `[09:40]`, `At 9:40 pm:`).
_TIME = re.compile(
    rf"(?:at\s|from\s)?[\[(]?{_CLOCK}(?:\s?(?:[-–—]|to)\s?{_CLOCK})?[\])]?\s*[:.,–—-]?\s+(?=\S)",
    re.IGNORECASE,
)
_NUMBER = re.compile(r"(?:\(?\d{1,2}[.)]|\(?[ivx]{1,5}[.)]|[a-h]\)|[-•*–])\s+(?=\S)", re.IGNORECASE)
_QUESTION = re.compile(r"\?[\"'”’»)]*\s*$")
_TERMINAL = re.compile(r"[.!?…。।:][\"'”’»)\]]*\s*$")
#: An item's name without a full stop is at most that long.
_HEADING_WORDS = 12


def structure_of(
    sentences: Sequence[ArticleSentence], *, title: str | None, headings: Sequence[str] = ()
) -> Structure:
    """Return the kind of an article, and its sentences without labels, in their parts.

    `headings[n - 1]` is the text of the heading that section `n` begins with.
    """
    firsts = _first_of_paragraphs(sentences)
    timed = _timed(sentences, firsts)
    labels = _labels(sentences)
    asked = _questions(sentences, labels)
    numbered = _numbered(sentences, firsts)
    named = [place for place in numbered if _is_item_name(sentences, place, firsts)]
    kind = kind_of(
        sentences,
        title=title or "",
        headings=(*headings, *(sentences[place].text for place in named)),
        num_timed=len(timed),
        num_numbered=len(numbered),
        num_asked=len(asked),
        num_answers=sum(1 for name in labels.values() if name) - len(asked),
    )
    lines = []
    part = 0
    heading = ""
    section = -1
    for place, sentence in enumerate(sentences):
        is_new = place in firsts
        begins = False
        if sentence.section != section:
            section = sentence.section
            heading = headings[section - 1] if 0 < section <= len(headings) else ""
            begins = True
        is_heading = place in named
        if is_heading:
            heading, begins = _without(_item_label(sentence.text), sentence.text), True
        elif place in timed or place in numbered:
            heading, begins = "", True
        elif (is_new and kind is TextKind.DIGEST and not headings) or (
            place in labels and kind is TextKind.INTERVIEW
        ):
            begins = True
        part += begins
        text = sentence.text
        cut = _without(_TIME.match(text), text) if place in timed else text
        cut = _without(_item_label(cut), cut) if place in numbered or place in timed else cut
        cut = _without_speaker(cut, kind, labels.get(place, ""))
        cut = cut if len(cut.split()) >= 2 else text
        lines.append(
            Line(
                sentence=replace(sentence, text=cut),
                whole=text if cut != text else "",
                part=part,
                is_first=begins or place == 0,
                heading=heading,
                is_question=place in asked,
                is_heading=is_heading,
            )
        )
    return Structure(kind, tuple(lines), part, is_reversed=_is_reversed(sentences, timed))


def _first_of_paragraphs(sentences: Sequence[ArticleSentence]) -> frozenset[int]:
    return frozenset(
        place
        for place, sentence in enumerate(sentences)
        if place == 0 or sentence.paragraph != sentences[place - 1].paragraph
    )


def _timed(sentences: Sequence[ArticleSentence], firsts: frozenset[int]) -> frozenset[int]:
    """Return the sentences that a time stands before, where enough paragraphs begin with one."""
    found = set()
    for place in firsts:
        match = _TIME.match(sentences[place].text)
        if match and int(match[1]) < 25 and int(match[2] or 0) < 60:
            found.add(place)
    return frozenset(found) if len(found) >= MIN_REPEATS else frozenset()


def _is_reversed(sentences: Sequence[ArticleSentence], timed: frozenset[int]) -> bool:
    """Return whether most entries have an earlier time than the one above."""
    matches = [_TIME.match(sentences[place].text) for place in sorted(timed)]
    times = [(int(match[1]), int(match[2] or 0)) for match in matches if match]
    return sum(above > below for above, below in pairwise(times)) > len(times) / 2


def _numbered(sentences: Sequence[ArticleSentence], firsts: frozenset[int]) -> tuple[int, ...]:
    """Return the sentences with the number of an item before them; one alone is an initial."""
    places = tuple(
        place
        for place, sentence in enumerate(sentences)
        if _item_label(sentence.text) and (place in firsts or sentence.text[0].isdecimal())
    )
    return places if len(places) > 1 else ()


def _item_label(text: str) -> re.Match[str] | None:
    """Return the number of an item at the start of a text (`1.`, `IV.`, `Tip 3:`)."""
    return _NUMBER.match(text) or _item_pattern().match(text)


@cache
def _item_pattern() -> re.Pattern[str]:
    words = pattern("items").pattern
    number = r"(?:\s*(?:number|no\.?|nr\.?)|\s*#)?\s*\d{1,2}"
    return re.compile(rf"(?:{words}{number}|#\d{{1,2}})\s*[:.)–—-]\s*(?=\S)", re.IGNORECASE)


def _is_item_name(sentences: Sequence[ArticleSentence], place: int, firsts: frozenset[int]) -> bool:
    """Return whether a paragraph is the numbered name of what follows (`2. Lift in Block C`)."""
    text = sentences[place].text
    if place + 1 not in firsts or _TERMINAL.search(text) or len(text.split()) > _HEADING_WORDS:
        return False
    # Items one under the other are the list itself, and name nothing.
    return _item_label(sentences[place + 1].text) is None


def _labels(sentences: Sequence[ArticleSentence]) -> dict[int, str]:
    """Return the label of each sentence that has one (`Q`, `Reporter`, `Mr. Abidal`), folded.

    A label counts if the language's words have it, or if sentences repeat it.
    """
    known = pattern("labels")
    asking = pattern("asks")
    found = {}
    for place, sentence in enumerate(sentences):
        text = sentence.text
        if match := _speaker(text):
            found[place] = match[0].split(":")[0].split("：")[0].strip().casefold()
    counts = Counter(found.values())
    return {
        place: name
        for place, name in found.items()
        if counts[name] > 1 or known.fullmatch(name) or asking.fullmatch(name)
    }


def _speaker(text: str) -> re.Match[str] | None:
    """Return a label with its colon at the start of a text; a title's full stop may be in it."""
    if not text[:1].isupper():
        return None
    return re.match(r"(?:[A-Z]\w{0,4}\.\s)?[^\W\d_][^:：.!?\"“”,;]{0,40}[:：]\s+(?=\S)", text) or (
        re.match(r"[QA][:.]\s+(?=\S)", text)
    )


def _questions(sentences: Sequence[ArticleSentence], labels: dict[int, str]) -> frozenset[int]:
    """Return the sentences of who asks, in an interview; nothing where the text is none."""
    if labels:
        asking = pattern("asks")
        askers = {name for name in labels.values() if asking.fullmatch(name)}
        if not askers:
            # Who asks most often ends with a question mark.
            asks: Counter[str] = Counter()
            turns: Counter[str] = Counter()
            for place, name in labels.items():
                end = _turn_end(place, sentences, labels)
                turns[name] += 1
                asks[name] += bool(_QUESTION.search(sentences[end - 1].text))
            askers = {name for name in asks if asks[name] >= 2 and 2 * asks[name] > turns[name]}
        found: set[int] = set()
        for place, name in labels.items():
            if name in askers:
                found.update(range(place, _turn_end(place, sentences, labels)))
        if sum(1 for name in labels.values() if name in askers) >= 2:
            return frozenset(found)
    return _alternating(sentences)


def _turn_end(place: int, sentences: Sequence[ArticleSentence], labels: dict[int, str]) -> int:
    end = place + 1
    while end < len(sentences) and end not in labels:
        if (
            sentences[end].paragraph != sentences[place].paragraph
            and labels[place] not in sentences[end].text.casefold()
            and _QUESTION.search(sentences[end - 1].text)
        ):
            break
        end += 1
    return end


def _alternating(sentences: Sequence[ArticleSentence]) -> frozenset[int]:
    """Return the paragraphs that ask, where questions and answers take turns without labels."""
    paragraphs = [
        list(group)
        for _, group in groupby(range(len(sentences)), lambda place: sentences[place].paragraph)
    ]
    asks = [
        bool(_QUESTION.search(sentences[group[-1]].text)) and len(group) <= 3
        for group in paragraphs
    ]
    num_asked = sum(asks)
    if num_asked < MIN_REPEATS or 4 * num_asked < len(paragraphs):
        return frozenset()
    found: set[int] = set()
    first = asks.index(True)
    for number, group in enumerate(paragraphs):
        # A short paragraph between two answers, in the place of a question, is one without a mark.
        is_between = (
            number > first
            and (number - first) % 2 == 0
            and len(group) == 1
            and len(sentences[group[0]].text) <= 140
        )
        if asks[number] or is_between:
            found.update(group)
    return frozenset(found)


def _without_speaker(text: str, kind: TextKind, label: str) -> str:
    """Return a sentence without who says it in an interview, and without `Decision:`."""
    is_cut = label and (kind is TextKind.INTERVIEW or pattern("labels").fullmatch(label.lower()))
    return _without(_speaker(text), text) if is_cut else text


def _without(match: re.Match[str] | None, text: str) -> str:
    return text[match.end() :] if match else text
