"""HTML: the page's visible text, one span per block-level element; nothing is fetched or run.

What trafilatura does not take for the article stays, as `outside_article`.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

from lxml import etree, html

from seedsum.errors import ReadError
from seedsum.reading.embedded import embedded_article
from seedsum.reading.encoding import Decoded, decode, html_charset
from seedsum.reading.extraction import article_places, stated
from seedsum.reading.placing import headline, with_article, with_headline
from seedsum.reading.spans import Content, Span, refuse_many, stated_fields
from seedsum.reading.visible import num_long_formulas, shown_texts

#: Most tags of a page: what is built before blocks can be counted takes up to 0.7 GB then.
_MAX_TAGS = 2_000_000

#: What hides the rest of a page, in browsers too, where it is not closed: how it opens and closes.
_HIDING_TAGS = {
    f"<{tag}>": (re.compile(rf"<{tag}(?=[\s>])[^<>]*(?<!/)>", re.I), re.compile(f"</{tag}", re.I))
    for tag in ("script", "style", "iframe", "title", "template", "noscript", "object")
}
_HIDING = {"comment": (re.compile("<!--"), re.compile("--!?>")), **_HIDING_TAGS}

_HTML_END = re.compile(r"</html(?:[\s/][^<>]*)?>", re.IGNORECASE)
_TAG = re.compile(r"<[^<>]*>")


def _html_tree(source: str) -> tuple[Any, bool]:
    """Return the page's tree, and whether the parser left out what is nested too deeply."""
    parser = html.HTMLParser(
        encoding="utf-8", remove_comments=True, remove_pis=True, huge_tree=True, collect_ids=False
    )
    # libxml2 drops what follows the first `</html>`; browsers show it.
    tree = html.document_fromstring(_HTML_END.sub("", source).encode("utf-8"), parser=parser)
    return tree, any("depth" in entry.message for entry in parser.error_log)


def unclosed_notes(source: str) -> tuple[str, ...]:
    """Return a note for whatever hides the rest of the page because nothing closes it."""
    notes: list[str] = []
    for name, (opening, closing) in _HIDING.items():
        closed = max((found.end() for found in closing.finditer(source)), default=0)
        start = opening.search(source, closed)
        if start and (hidden := source[start.end() :].strip()):
            notes.append(f"a {name} that is not closed hides the last {len(hidden):,} characters")
    return tuple(notes)


def read(data: bytes) -> Content:
    """Return the page's visible text, in its declared charset unless the bytes are UTF-8."""
    return page(decode(data, charset=html_charset(data)))


def page(source: Decoded) -> Content:
    """Return the page's visible text, one span per block-level element.

    Where trafilatura finds no article nothing is outside it: the rules for text decide alone.
    """
    refuse_many(source.text.count("<"), _MAX_TAGS, "tags")
    try:
        tree, is_too_deep = _html_tree(source.text)
    except (etree.LxmlError, ValueError) as error:
        raise ReadError(f"cannot be read as HTML ({error}); save the article's text") from error
    if is_too_deep:
        raise ReadError(
            "the page's elements are nested more than 2,048 deep, which the HTML parser refuses;"
            " save the article's text"
        )
    said = stated(tree)
    shown = shown_texts(tree, url=said.url or "")
    notes = (*source.notes, *unclosed_notes(source.text))
    if num_formulas := num_long_formulas(tree):
        notes = (*notes, f"{num_formulas} long formulas are left out")
    title = headline(said.titles, [text.span for text in shown])
    places = article_places(tree, shown)
    embedded = [] if places or (places is None and shown) else embedded_article(tree)
    if embedded:
        notes = (*notes, "the article is taken from the page's data (JSON-LD), which shows little")
        around = (replace(text.span, outside_article=True) for text in shown)
        spans = [*map(Span, embedded), *around]
    elif not places:
        notes = (*notes, "trafilatura found no article on the page; roles come from the text alone")
        spans = [text.span for text in shown]
    else:
        spans = with_article(shown, places, title=title)
    values = {"title": title, "url": said.url, "date": said.date, "language": tree.get("lang")}
    content = Content(
        spans, encoding=source.encoding, notes=notes, is_extracted=bool(places or embedded)
    )
    return with_headline(replace(content, **stated_fields(values)))


def fragment_spans(content: str) -> list[Span]:
    """Return the visible texts of a piece of HTML inside Markdown."""
    try:
        tree, is_too_deep = _html_tree(content)
    except (etree.LxmlError, ValueError):
        return []  # a comment or a stray tag: there is nothing to see
    if is_too_deep:
        return [Span(_TAG.sub(" ", content))]
    return [text.span for text in shown_texts(tree)]
