"""HTML: the page's visible text, one span per block-level element; nothing is fetched or run.

What trafilatura does not take for the article stays, as `outside_article`.
"""

from __future__ import annotations

import logging
import re
import unicodedata
from dataclasses import replace
from typing import Any, NamedTuple

from lxml import etree, html

from seedsum.errors import ReadError
from seedsum.languages import LANGUAGES, words
from seedsum.reading.encoding import Decoded, decode, html_charset
from seedsum.reading.spans import CELL_SEPARATOR, Content, Span, refuse_many, stated_fields
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
_LISTS = words("ul ol menu dir")

#: What a tag says of its text, wherever it is.
_HINT_TAGS = {
    **{tag: tag for tag in ("nav", "aside", "footer", "figcaption", "form")},
    **dict.fromkeys(("button", "select", "option"), "form"),
    **{"menu": "nav", "caption": "figcaption", "time": "date", "address": "byline"},
    "dialog": "cookie",
    # Wrappers of the whole page: their class names (`has-sidebar`) say nothing of the text in them.
    **dict.fromkeys(("html", "body", "main", "article"), ""),
}


def _class_pattern(hint: str, names: str) -> re.Pattern[str]:
    pages = [language.page for language in LANGUAGES.values() if language.page]
    more = (page.class_names[hint] for page in pages if hint in page.class_names)
    return re.compile(rf"(?:^|[\s_-])(?:{'|'.join([names, *more])})(?=$|[\s_-])", re.I)


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
_HINT_WORDS = {hint: _class_pattern(hint, names) for hint, names in _CLASS_NAMES.items()}

#: What hides the rest of a page, in browsers too, where it is not closed: how it opens and closes.
_HIDING_TAGS = {
    f"<{tag}>": (re.compile(rf"<{tag}(?=[\s>])[^<>]*(?<!/)>", re.I), re.compile(f"</{tag}", re.I))
    for tag in ("script", "style", "iframe", "title", "template", "noscript", "object")
}
_HIDING = {"comment": (re.compile("<!--"), re.compile("--!?>")), **_HIDING_TAGS}

#: Larger pages are not given to trafilatura, which would take seconds: 100,000 paragraphs 8 s.
_MAX_ELEMENTS, _MAX_DEPTHS = 100_000, 10_000_000
#: With more blocks trafilatura does not ask jusText, whose time grows with their number's square.
_MAX_COMPARED_BLOCKS = 5_000
#: A shorter text (a menu word) may be part of the article by chance; it must be a line of it.
_MIN_CONTAINED_CHARS = 25
#: Characters of the article that are searched for texts that are not in it: half a minute's worth.
_MAX_SEARCHED_CHARS = 20_000_000_000

_HTML_END = re.compile(r"</html(?:[\s/][^<>]*)?>", re.IGNORECASE)
_TAG = re.compile(r"<[^<>]*>")
_NO_SPACE = re.compile(r"[\s|]+")
_SPACE = re.compile(r"[ \t\n\r\f]+")


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
    spans = _html_spans(tree)
    notes = (*source.notes, *unclosed_notes(source.text))
    article = _extract_article(tree, len(spans)) if spans else None
    if article is None:
        notes = (*notes, "trafilatura found no article on the page; roles come from the text alone")
    else:
        spans = _mark_outside(spans, article.body)
    values = {key: getattr(article, key, None) for key in ("title", "url", "date")}
    fields = stated_fields(values | {"language": tree.get("lang")})
    return Content(spans, encoding=source.encoding, notes=notes, **fields)


def fragment_spans(content: str) -> list[Span]:
    """Return the visible texts of a piece of HTML inside Markdown."""
    try:
        tree, is_too_deep = _html_tree(content)
    except (etree.LxmlError, ValueError):
        return []  # a comment or a stray tag: there is nothing to see
    return [Span(_TAG.sub(" ", content))] if is_too_deep else _html_spans(tree)


def _is_for_trafilatura(tree: Any) -> bool:
    depth = depths = num_elements = 0
    for event, _ in etree.iterwalk(tree, events=("start", "end")):
        is_start = event == "start"
        depth += 1 if is_start else -1
        depths += depth * is_start
        num_elements += is_start
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
    named = " ".join(element.get(key, "") for key in ("class", "id", "role", "itemprop"))[:500]
    if named.isspace():
        return ""
    hint = next((hint for hint, pattern in _HINT_WORDS.items() if pattern.search(named)), "")
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


class _Open(NamedTuple):
    """What the text in an open element is; a child takes over what it does not set."""

    kind: Kind = Kind.PARAGRAPH
    level: int = 0
    hint: str = ""
    list_depth: int = 0
    data_row: Any = None


def _opened(element: Any, outer: _Open, around_headlines: set[Any]) -> _Open:
    """Return what the text in an element is, by what it is around the element."""
    kind, level, hint, list_depth, data_row = outer
    own_hint = _element_hint(element, around_headlines)
    if own_hint and (hint in ("", "aside") or own_hint in ("hidden", "related", "comment")):
        hint = own_hint
    tag = element.tag
    if tag in _HEADINGS:
        kind, level = Kind.HEADING, _HEADINGS[tag]
    elif tag in _LISTS:
        list_depth += 1
    elif tag in ("li", "dd", "dt"):
        kind, level = Kind.LIST_ITEM, max(list_depth, 1)
    elif tag == "pre":
        kind, level = Kind.CODE, 0
    elif tag == "tr" and data_row is None and _is_data_row(element):
        kind, level, data_row = Kind.TABLE_ROW, 0, element
    return _Open(kind, level, hint, list_depth, data_row)


def _html_spans(tree: Any) -> list[Span]:
    """Return every visible block-level text of the page in document order."""
    spans: list[Span] = []
    pieces: list[str] = []
    stack = [_Open()]
    around_headlines = _around_headlines(tree)

    def flush() -> None:
        text = "".join(pieces)
        pieces.clear()
        kind, level, hint, *_ = stack[-1]
        text = text.strip() if kind is Kind.CODE else _SPACE.sub(" ", text).strip()
        if kind is Kind.TABLE_ROW:
            text = text.strip("| ")
        if text:
            spans.append(Span(text, kind, level, hint))

    walker = etree.iterwalk(tree, events=("start", "end"))
    for event, element in walker:
        row, is_block = stack[-1].data_row, element.tag in _BLOCK_TAGS
        if is_block and (row is None or row is element):
            flush()
        elif event == "start" and row is not None:
            if element.tag in ("td", "th") and pieces:
                pieces.append(CELL_SEPARATOR)
            elif is_block:
                pieces.append(" ")
        if event == "end":
            stack.pop()
            shown = element.tail
        else:
            stack.append(_opened(element, stack[-1], around_headlines))
            shown = element.text
            # A template that is a shadow root is shown in its place.
            if element.tag in _DROPPED_TAGS and "shadowrootmode" not in element.attrib:
                walker.skip_subtree()
                shown = None
        if shown:
            pieces.append(shown)
    flush()
    return spans


def _extract_article(tree: Any, num_blocks: int) -> Any:
    """Return trafilatura's document with the article, or None where it finds none."""
    import trafilatura

    if not _is_for_trafilatura(tree):
        return None
    for name in ("trafilatura", "htmldate"):  # they report what we report as notes
        logging.getLogger(name).setLevel(logging.CRITICAL)
    try:
        found = trafilatura.bare_extraction(
            tree,
            include_comments=False,
            with_metadata=True,
            fast=num_blocks > _MAX_COMPARED_BLOCKS,
            date_extraction_params={"extensive_search": False, "original_date": True},
        )
    except (ValueError, TypeError, AttributeError, RecursionError, etree.LxmlError):
        return None  # broken pages trip it in many ways; the page's text is still read
    return None if isinstance(found, dict) or found is None or found.body is None else found


def _squeezed(text: str) -> str:
    return _NO_SPACE.sub("", unicodedata.normalize("NFC", text))


def _mark_outside(spans: list[Span], article: Any) -> list[Span]:
    """Return the spans with `outside_article` set, comparing texts without their white space."""
    whole = _squeezed(" ".join(article.itertext()))
    lines = {_squeezed("".join(part.itertext())) for part in article.iter() if part.tag != "body"}
    lines.add(whole)
    marked: list[Span] = []
    position = num_searched = 0
    for span in spans:
        text = _NO_SPACE.sub("", span.text)
        if len(text) < _MIN_CONTAINED_CHARS or num_searched > _MAX_SEARCHED_CHARS:
            is_outside = text not in lines
        else:
            # The article keeps the page's order, so look on from the last hit first.
            found = whole.find(text, position)
            is_outside = found < 0 and text not in whole
            num_searched += len(whole) if found < 0 else 0
            position = max(position, found)
        marked.append(replace(span, outside_article=is_outside))
    return marked
