"""HTML: the page's visible text, one span per block-level element; nothing is fetched or run.

What trafilatura does not take for the article stays, as `outside_article`.
"""

from __future__ import annotations

import logging
import re
import unicodedata
from dataclasses import dataclass, replace
from typing import Any

from seedsum.errors import ReadError
from seedsum.languages import LANGUAGES, words
from seedsum.reading.encoding import Decoded, decode, html_charset, stated
from seedsum.reading.spans import CELL_SEPARATOR, Content, Span, refuse_many
from seedsum.records import Kind

#: Most tags of a page: what is built before blocks can be counted takes up to 0.7 GB then.
_MAX_TAGS = 2_000_000


_DROPPED_TAGS = words(
    "script style noscript template title iframe object embed svg audio video canvas"
)
_BLOCK_TAGS = words(
    "address article aside blockquote body br button caption center dd details dialog dir div "
    "dl dt fieldset figcaption figure footer form frameset h1 h2 h3 h4 h5 h6 header hgroup hr "
    "html input label legend li listing main menu nav noframes ol optgroup option p plaintext pre "
    "section select summary table tbody td textarea tfoot th thead tr ul xmp"
)
_HEADINGS = {f"h{level}": level for level in range(1, 7)}

#: Tags that say what their text is on the page, wherever they are.
_HINT_TAGS = {
    "nav": "nav",
    "menu": "nav",
    "aside": "aside",
    "footer": "footer",
    "figcaption": "figcaption",
    "caption": "figcaption",
    "time": "date",
    "address": "byline",
    "form": "form",
    "button": "form",
    "select": "form",
    "option": "form",
    "dialog": "cookie",
}

#: Words of class names, ids, ARIA roles and itemprops; the first that fits. Sites everywhere name
#: them in English; languages add their own (`PageCues.class_names`).
_CLASS_NAMES = {
    "breadcrumb": r"breadcrumbs?",
    "related": r"related\w*|recommend\w*|teasers?|popular|trending",
    "comment": r"comments?|commentlist|disqus|respond",
    "share": r"shar(?:e|ing)|social\w*|addthis",
    "cookie": r"cookies?|consent|gdpr",
    "figcaption": r"(?:wp-)?caption(?:-text)?|photo-?credit",
    "byline": r"byline|author(?:-name)?",
    "date": r"pub(?:lish)?(?:ed)?-?date|datepublished|timestamp|(?:post|entry)-date",
    "nav": r"nav(?:bar|igation)?|menu|pagination|pager|sitemap",
    "aside": r"sidebar|widget|advert(?:isement)?|ads?|banner|promo",
    "footer": r"footer|copyright|contentinfo",
}


def _hint_pattern(hint: str) -> re.Pattern[str]:
    pages = [language.page for language in LANGUAGES.values() if language.page]
    names = "|".join(
        [
            _CLASS_NAMES[hint],
            *(page.class_names[hint] for page in pages if hint in page.class_names),
        ]
    )
    return re.compile(rf"(?:^|[\s_-])(?:{names})(?=$|[\s_-])", re.I)


_HINT_WORDS = {hint: _hint_pattern(hint) for hint in _CLASS_NAMES}

#: Wrappers of the whole page: their class names (`has-sidebar`, `comments-open`) say nothing of
#: the text in them.
_WRAPPER_TAGS = frozenset({"html", "body", "main", "article"})

_HTML_END = re.compile(r"</html(?:[\s/][^<>]*)?>", re.IGNORECASE)
_TAG = re.compile(r"<[^<>]*>")
_SPACE = re.compile(r"[ \t\n\r\f]+")


def _html_tree(source: str) -> tuple[Any, bool]:
    """Return the page's tree, and whether the parser left out what is nested too deeply.

    Raises:
        lxml.etree.LxmlError, ValueError: There is no element in it.
    """
    from lxml import html

    parser = html.HTMLParser(
        encoding="utf-8", remove_comments=True, remove_pis=True, huge_tree=True, collect_ids=False
    )
    # libxml2 drops what follows the first `</html>`; browsers show it.
    tree = html.document_fromstring(_HTML_END.sub("", source).encode("utf-8"), parser=parser)
    return tree, any("depth" in entry.message for entry in parser.error_log)


#: What hides the rest of a page, in browsers too, where it is not closed.
_HIDING = tuple(
    (name, re.compile(opening, re.I), re.compile(closing, re.I))
    for name, opening, closing in (
        ("comment", "<!--", "--!?>"),
        *(
            (f"<{tag}>", rf"<{tag}(?=[\s>])[^<>]*(?<!/)>", f"</{tag}")
            for tag in ("script", "style", "iframe", "title", "template", "noscript", "object")
        ),
    )
)


def unclosed_notes(source: str) -> tuple[str, ...]:
    """Return a note for whatever hides the rest of the page because nothing closes it."""
    notes: list[str] = []
    for name, opening, closing in _HIDING:
        closed = 0
        for found in closing.finditer(source):
            closed = found.end()
        start = opening.search(source, closed)
        if start and (hidden := source[start.end() :].strip()):
            notes.append(f"a {name} that is not closed hides the last {len(hidden):,} characters")
    return tuple(notes)


def read(data: bytes) -> Content:
    """Return the page's visible text, in its declared charset unless the bytes are UTF-8."""
    return page(decode(data, charset=html_charset(data)))


def page(source: Decoded) -> Content:
    """Return the page's visible text, one span per block-level element.

    What trafilatura does not take for the article is `outside_article`; where it finds no article,
    nothing is, and the rules for text decide alone.

    Raises:
        ReadError: It cannot be parsed, or is nested too deeply.
    """
    from lxml import etree

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
    spans = _html_spans(tree)
    notes = (*source.notes, *unclosed_notes(source.text))
    article = _Article()
    if _is_for_trafilatura(tree) and spans:
        article = _extract_article(tree, fast=len(spans) > _MAX_COMPARED_BLOCKS)
    if article.lines:
        spans = _mark_outside(spans, article.lines)
    else:
        notes = (*notes, "trafilatura found no article on the page; roles come from the text alone")
    return Content(
        spans,
        encoding=source.encoding,
        title=article.title,
        url=article.url,
        date=article.date,
        declared_language=stated(tree.get("lang")),
        notes=notes,
    )


def fragment_spans(content: str) -> list[Span]:
    """Return the visible texts of a piece of HTML inside Markdown."""
    from lxml import etree

    try:
        tree, is_too_deep = _html_tree(content)
    except (etree.LxmlError, ValueError):
        # A comment or a stray tag: there is nothing to see.
        return []
    if is_too_deep:
        return [Span(text, Kind.PARAGRAPH) for text in [_TAG.sub(" ", content).strip()] if text]
    return _html_spans(tree)


#: Larger pages are not given to trafilatura: 100,000 paragraphs of three words take it 8 s and
#: 0.3 GB, 20,000 elements below 2,000 others (their depths together are 40 million) 4 s. Ordinary
#: pages have some thousand elements, 20 deep.
_MAX_ELEMENTS, _MAX_DEPTHS = 100_000, 10_000_000


def _is_for_trafilatura(tree: Any) -> bool:
    from lxml import etree

    depth = depths = 0
    num_elements = 0
    for event, _ in etree.iterwalk(tree, events=("start", "end")):
        if event == "end":
            depth -= 1
            continue
        depth += 1
        depths += depth
        num_elements += 1
        if num_elements > _MAX_ELEMENTS or depths > _MAX_DEPTHS:
            return False
    return True


def _around_headlines(tree: Any) -> set[Any]:
    """Return the elements that are or hold a first heading or a main part."""
    holders: set[Any] = set()
    for element in tree.iter("h1", "main"):
        while element is not None and element not in holders:
            holders.add(element)
            element = element.getparent()
    return holders


def _element_hint(element: Any, around_headlines: set[Any]) -> str:
    """Return what an element's tag or class says of its text, else an empty string."""
    if "hidden" in element.attrib or "display:none" in element.get("style", "").replace(" ", ""):
        return "hidden"
    if element.tag in _HINT_TAGS:
        return _HINT_TAGS[element.tag]
    if element.tag in _WRAPPER_TAGS:
        return ""
    named = " ".join(element.get(key, "") for key in ("class", "id", "role", "itemprop"))
    if not named.strip():
        return ""
    hint = next((hint for hint, pattern in _HINT_WORDS.items() if pattern.search(named[:500])), "")
    # `col-with-sidebar` around the whole article says nothing of the article.
    return "" if hint and element in around_headlines else hint


def _is_data_row(row: Any) -> bool:
    """Return whether a table row is data rather than layout: short cells without blocks in them."""
    size = 0
    for number, element in enumerate(row.iter()):
        if element.tag in ("table", "ul", "ol", "article", "section", *_HEADINGS):
            return False
        size += len(element.text or "") + len(element.tail or "")
        if size > 2000 or number > 2000 or (number and element.tag == "tr"):
            return False
    return True


def _html_spans(tree: Any) -> list[Span]:
    """Return every visible block-level text of the page in document order."""
    from lxml import etree

    spans: list[Span] = []
    pieces: list[str] = []
    # Kind, level and hint of the open elements; a child takes over what it does not set.
    stack: list[tuple[Kind, int, str]] = [(Kind.PARAGRAPH, 0, "")]
    list_depth = 0
    data_row: Any = None
    around_headlines = _around_headlines(tree)

    def flush() -> None:
        text = "".join(pieces)
        pieces.clear()
        kind, level, hint = stack[-1]
        text = text.strip() if kind is Kind.CODE else _SPACE.sub(" ", text).strip()
        if kind is Kind.TABLE_ROW:
            text = text.strip("| ")
        if text:
            spans.append(Span(text, kind, level, hint))

    walker = etree.iterwalk(tree, events=("start", "end"))
    for event, element in walker:
        tag = element.tag if isinstance(element.tag, str) else ""
        is_block = tag in _BLOCK_TAGS and (data_row is None or element is data_row)
        if event == "start":
            if is_block:
                flush()
            elif data_row is not None and tag in ("td", "th") and pieces:
                pieces.append(CELL_SEPARATOR)
            elif data_row is not None and tag in _BLOCK_TAGS:
                pieces.append(" ")
            kind, level, hint = stack[-1]
            own_hint = _element_hint(element, around_headlines)
            if own_hint and (hint in ("", "aside") or own_hint in ("hidden", "related", "comment")):
                hint = own_hint
            if tag in _HEADINGS:
                kind, level = Kind.HEADING, _HEADINGS[tag]
            elif tag in ("ul", "ol", "menu", "dir"):
                list_depth += 1
            elif tag in ("li", "dd", "dt"):
                kind, level = Kind.LIST_ITEM, max(list_depth, 1)
            elif tag == "pre":
                kind, level = Kind.CODE, 0
            elif tag == "tr" and data_row is None and _is_data_row(element):
                kind, level, data_row = Kind.TABLE_ROW, 0, element
            stack.append((kind, level, hint))
            # A template that is a shadow root is shown in its place.
            if tag in _DROPPED_TAGS and "shadowrootmode" not in element.attrib:
                walker.skip_subtree()
            elif element.text:
                pieces.append(element.text)
        else:
            if is_block:
                flush()
            stack.pop()
            if tag in ("ul", "ol", "menu", "dir"):
                list_depth -= 1
            if element is data_row:
                data_row = None
            if element.tail:
                pieces.append(element.tail)
    flush()
    return spans


@dataclass(frozen=True, slots=True)
class _Article:
    """What trafilatura finds on a page; `lines` is empty where it finds no article."""

    lines: tuple[str, ...] = ()
    title: str | None = None
    url: str | None = None
    date: str | None = None


#: On a page of more blocks trafilatura does not compare what it found with what jusText finds,
#: whose time grows with the square of the number of short ones: 2 s for 5,000, 10 s for 10,000.
_MAX_COMPARED_BLOCKS = 5_000


def _extract_article(tree: Any, *, fast: bool) -> _Article:
    """Return the article's lines, the last one holding all of it, and the page's metadata."""
    import trafilatura
    from lxml import etree

    # It reports on standard error what we report as notes.
    for name in ("trafilatura", "htmldate"):
        logging.getLogger(name).setLevel(logging.CRITICAL)
    try:
        page = trafilatura.bare_extraction(
            tree,
            include_comments=False,
            with_metadata=True,
            fast=fast,
            date_extraction_params={"extensive_search": False, "original_date": True},
        )
    except (ValueError, TypeError, AttributeError, RecursionError, etree.LxmlError):
        # Broken pages trip it in many ways; the page's text is still read.
        return _Article()
    if page is None or isinstance(page, dict) or page.body is None:
        return _Article()
    lines = ["".join(element.itertext()) for element in page.body.iter() if element.tag != "body"]
    lines.append(" ".join(page.body.itertext()))
    return _Article(tuple(lines), stated(page.title), stated(page.url), stated(page.date))


_NO_SPACE = re.compile(r"[\s|]+")

#: A shorter text (a menu word) may be part of the article by chance; it must be a line of it.
_MIN_CONTAINED_CHARS = 25

#: Characters of the article that are searched for texts that are not in it: half a minute at 0.7
#: billion a second. Ordinary pages take some millions; a page of 20 MB, half of it article, with
#: 100,000 paragraphs around it would take a trillion.
_MAX_SEARCHED_CHARS = 20_000_000_000


def _mark_outside(spans: list[Span], article: tuple[str, ...]) -> list[Span]:
    """Return the spans with `outside_article` set, comparing texts without their white space."""
    squeezed = [_NO_SPACE.sub("", unicodedata.normalize("NFC", line)) for line in article]
    whole, lines = squeezed[-1], frozenset(squeezed)
    marked: list[Span] = []
    position = num_searched = 0
    for span in spans:
        text = _NO_SPACE.sub("", span.text)
        if len(text) < _MIN_CONTAINED_CHARS or num_searched > _MAX_SEARCHED_CHARS:
            marked.append(replace(span, outside_article=text not in lines))
            continue
        # The article keeps the page's order, so look on from the last hit first.
        found = whole.find(text, position)
        if found >= 0:
            position = found
        else:
            found = whole.find(text)
            num_searched += len(whole)
        marked.append(replace(span, outside_article=found < 0))
    return marked
