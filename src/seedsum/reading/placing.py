"""What of a page is its article and which its headline, where the extractor leaves a gap."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import replace
from itertools import pairwise, takewhile
from typing import Any

from seedsum.languages import words
from seedsum.reading.elements import MAX_SMALL_CHARS
from seedsum.reading.spans import BOLD, QUOTATION, STATED, Content, Span, letters_of
from seedsum.reading.visible import Shown
from seedsum.records import Kind

#: What the extractor leaves out between two parts of the article is part of it too, if that short.
_MAX_BETWEEN = 12
_MAX_LINK_SHARE = 0.3

_PARTS = words("li dd dt tr td th tbody thead ul ol dl table caption")

#: A shorter headline may be within another text by chance.
_MIN_PART_CHARS = 15
_MAX_HEADLINE_CHARS = 300
#: A site's name has so few words; what it stands behind is no name itself.
_MAX_NAME_WORDS, _MIN_CUT_CHARS = 4, 25
#: Between a headline and a site's name.
_SEPARATOR = re.compile(r"\s+[-–—|:•·»/]+\s+|\s*[|»]\s*")


def with_article(shown: Sequence[Shown], places: frozenset[int], *, title: str) -> list[Span]:
    """Return the spans with `outside_article` set: all but those at the places, and between them.

    Between are lists, tables and paragraphs among the article's own (and headings from its headline
    on) whose markup says nothing against them, and few of whose words are links. So is a heading
    right over a paragraph of the article in the same element: that of an entry in a live page, and
    the line under a quotation that says whose it is.
    """
    inside = sorted(places)
    gaps = [(before, after) for before, after in pairwise(inside) if after > before + 1]
    between = {number for gap in gaps for number in _of_article(shown, *gap)}
    key = letters_of(title)
    first = next((n for n in inside if shown[n].span.kind is Kind.PARAGRAPH), 0)
    above = (n for n in range(first) if key and letters_of(shown[n].span.text) == key)
    for headline_place in above:
        found = _of_article(shown, headline_place, first)
        between |= {n for n in found if shown[n].span.kind is Kind.HEADING}
    between |= {n for n in range(len(shown) - 1) if n not in places and _heads(shown, n, places)}
    between |= {n + 1 for n in inside if n + 1 < len(shown) and _says_who(shown[n + 1], shown[n])}
    return [
        replace(text.span, outside_article=number not in places and number not in between)
        for number, text in enumerate(shown)
    ]


def _of_article(shown: Sequence[Shown], before: int, after: int) -> Sequence[int]:
    """Return the numbers between two texts of the article if what is there is of the article."""
    numbers = range(before + 1, after)
    if not 0 < len(numbers) <= _MAX_BETWEEN:
        return ()
    around = _container(shown[before])
    texts = [shown[number] for number in numbers]
    if around is not _container(shown[after]) or any(
        text.span.hint not in ("", BOLD) or _container(text) is not around for text in texts
    ):
        return ()
    size = sum(len(text.span.text) for text in texts)
    linked = sum(link.end - link.start for text in texts for link in text.span.links)
    return numbers if linked <= _MAX_LINK_SHARE * size else ()


def _heads(shown: Sequence[Shown], number: int, places: frozenset[int]) -> bool:
    """Return whether a text is a heading below the first one, with its text right under it."""
    text, below = shown[number], shown[number + 1]
    return (
        text.span.kind is Kind.HEADING
        and text.span.level > 1
        and not text.span.links
        and text.span.hint in ("", BOLD)
        and number + 1 in places
        and number > min(places)
        and below.span.kind is Kind.PARAGRAPH
        and _container(text) is _container(below)
    )


def _says_who(text: Shown, quotation: Shown) -> bool:
    are_both = text.span.hint == quotation.span.hint == QUOTATION
    return are_both and len(text.span.text) <= MAX_SMALL_CHARS and not text.span.links


def _container(text: Shown) -> Any:
    """Return the element that holds the text's paragraph, or the whole list or table around it."""
    element = text.element
    while element is not None and element.tag in _PARTS:
        element = element.getparent()
    if element is text.element and element is not None:
        element = element.getparent()
    return element


def headline(stated: Iterable[str], spans: Sequence[Span]) -> str:
    """Return the headline that a page states, in the best of the wordings that it has for it.

    That is one of its headings where there is one: first words of `<title>` that are a heading are
    the headline, and a heading that is not in it is the site's.
    """
    wordings = [text for text in stated if text]
    headings = {
        letters_of(span.text): span.text
        for span in reversed(spans)
        if span.kind is Kind.HEADING and len(span.text) <= _MAX_HEADLINE_CHARS
    }
    parts = [part for text in reversed(wordings) for part in (text, *_SEPARATOR.split(text)[:1])]
    for part in parts:
        key = letters_of(part)
        if key in headings and len(key) >= _MIN_PART_CHARS:
            return headings[key]
    wordings = [_without_site(text) for text in wordings]
    if len(wordings) > 1 and (own := _SEPARATOR.split(wordings[-1])[0]):
        # What has no word of `<title>` and is shorter is the site's name.
        shared = set(wordings[0].casefold().split()) & set(wordings[-1].casefold().split())
        return own if not shared and len(own) > len(wordings[0]) else wordings[0]
    return wordings[0] if wordings else ""


def _without_site(text: str) -> str:
    """Return a page's title without the site's name behind it, a few words with a capital."""
    parts = _SEPARATOR.split(text)
    while len(parts) > 1 and _is_name(parts[-1], parts[0]):
        text = text[: text.rindex(parts.pop())].rstrip(" -–—|:•·»/")
    return text


def _is_name(part: str, first: str) -> bool:
    is_short = len(part.split()) <= _MAX_NAME_WORDS and 2 * len(part) <= len(first)
    return is_short and len(first) >= _MIN_CUT_CHARS and part[:1].isupper()


def with_headline(content: Content) -> Content:
    """Return the content with a first block for a headline that the page only states."""
    title = content.title
    if not title:
        return content
    key = letters_of(title)
    top = takewhile(lambda span: span.outside_article or len(span.text) < 200, content.spans)
    for span in top:
        shown = letters_of(span.text) if len(span.text) <= _MAX_HEADLINE_CHARS else ""
        is_part = min(len(shown), len(key)) >= _MIN_PART_CHARS and (shown in key or key in shown)
        is_first_heading = (span.kind, span.level) == (Kind.HEADING, 1)
        is_other = is_first_heading and not span.outside_article and len(shown) >= _MIN_PART_CHARS
        if shown == key or is_part or is_other:
            return content
    return replace(content, spans=[Span(title, Kind.HEADING, 1, hint=STATED), *content.spans])
