"""What an element of a page says of the text in it: by its tag, its class, its size, its cells."""

from __future__ import annotations

import re
from typing import Any, NamedTuple

from seedsum.languages import LANGUAGES, words
from seedsum.reading.spans import QUOTATION

#: Elements that begin and end a text of their own.
BLOCK_TAGS = words(
    "address article aside blockquote body button caption center dd details dialog dir div "
    "dl dt fieldset figcaption figure footer form frameset h1 h2 h3 h4 h5 h6 header hgroup hr "
    "html input label legend li listing main menu nav noframes ol optgroup option p plaintext pre "
    "section select summary table tbody td textarea tfoot th thead tr ul xmp"
)
HEADINGS = {f"h{level}": level for level in range(1, 7)}

#: What a tag says of its text, wherever it is.
_HINT_TAGS = {
    **{tag: tag for tag in ("nav", "aside", "footer", "figcaption", "form")},
    **dict.fromkeys(("button", "select", "option"), "form"),
    **{"menu": "nav", "caption": "figcaption", "time": "date", "address": "byline"},
    "dialog": "cookie",
    "blockquote": QUOTATION,
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
#: Hints of a line or two. Themes put `author-jane` on the wrapper of a whole post.
_SMALL_HINTS = frozenset({"figcaption", "byline", "date"})
MAX_SMALL_CHARS = 400
_WORD_BREAK = re.compile(r"(?<=[a-z])(?=[A-Z])")
_READ_ALOUD = re.compile(r"(?:^|\s)(?:sr-only|screen-reader-text|visually-?hidden)(?:$|\s)", re.I)


def around_headlines(tree: Any) -> set[Any]:
    """Return the elements that are or hold a first heading or a main part."""
    holders: set[Any] = set()
    for element in tree.iter("h1", "main"):
        while element is not None and element not in holders:
            holders.add(element)
            element = element.getparent()
    return holders


def is_hidden(element: Any) -> bool:
    """Return whether browsers do not show the element, or only read it aloud."""
    if "hidden" in element.attrib:
        return True
    style = element.get("style", "").replace(" ", "").lower()
    if "display:none" in style or "visibility:hidden" in style:
        return True
    return bool(_READ_ALOUD.search(element.get("class", "")[:500]))


def element_hint(element: Any, wrappers: set[Any]) -> str:
    """Return what an element's tag or class says of its text, else an empty string."""
    if is_hidden(element):
        return "hidden"
    hint = _HINT_TAGS.get(element.tag)
    if element.tag == "footer" and is_inline(element, MAX_SMALL_CHARS, blocks=True):
        # Of a quotation it is who said it.
        hint = QUOTATION if any(True for _ in element.iterancestors("blockquote")) else hint
    if hint is None:
        keys = ("class", "id", "role", "itemprop")
        named = " ".join(element.get(key, "") for key in keys)[:500]
        if named.isspace():
            return ""
        named = _WORD_BREAK.sub("-", named)
        hint = next((hint for hint, pattern in _HINT_WORDS.items() if pattern.search(named)), "")
        # `col-with-sidebar` around the whole article says nothing of the article.
        if hint and element in wrappers:
            return ""
    if hint in _SMALL_HINTS and not is_inline(element, MAX_SMALL_CHARS, blocks=True):
        return ""
    return hint


#: What is short has few elements; each is looked at once for every one that is around it.
_MAX_INNER = 60


def is_inline(element: Any, max_chars: int, *, blocks: bool = False) -> bool:
    """Return whether an element has no more text than that, and without `blocks` none in blocks."""
    size = 0
    for number, inner in enumerate(element.iter()):
        size += len(inner.text or "") + (len(inner.tail or "") if number else 0)
        if size > max_chars or number > _MAX_INNER:
            return False
        if not blocks and inner.tag in BLOCK_TAGS:
            return False
    return True


#: Tables and rows are looked at that far to tell data from layout.
_MAX_LOOKED_AT = 2_000
#: A longer cell, or one of more lines, is a text that is laid out, and no datum.
_MAX_CELL_CHARS, _MAX_CELL_LINES = 500, 6
#: A row's single cell that is not longer is a heading inside a table of data.
_MAX_LONE_CHARS = 120


class _Cells(NamedTuple):
    """The cells of a row that have text in them; not `are_data` where one is laid out as a page."""

    number: int
    num_chars: int
    are_data: bool


def _cells(row: Any) -> _Cells:
    num_cells = num_chars = num_lines = size = 0
    for number, element in enumerate(row.iter()):
        tag = element.tag
        if number > _MAX_LOOKED_AT or (number and tag in _NO_DATA):
            return _Cells(num_cells, num_chars, False)
        if tag in ("td", "th"):
            num_lines = size = 0
        num_lines += tag in ("p", "br", "li", "div")
        texts = (element.text, element.tail if tag not in ("td", "th", "tr") else "")
        for text in filter(None, (text and text.strip() for text in texts)):
            num_cells += not size
            size += len(text)
            num_chars += len(text)
        if size > _MAX_CELL_CHARS or num_lines > _MAX_CELL_LINES:
            return _Cells(num_cells, num_chars, False)
    return _Cells(num_cells, num_chars, True)


_NO_DATA = frozenset({"table", "tr", "article", "section", "form", "ul", "ol", *HEADINGS})


def is_data_table(table: Any) -> bool:
    """Return whether one of a table's rows has several short cells, rather than a page's layout."""
    for number, element in enumerate(table.iter()):
        if number > _MAX_LOOKED_AT or (number and element.tag == "table"):
            return False
        if element.tag == "tr":
            cells = _cells(element)
            if cells.are_data and cells.number > 1:
                return True
    return False


def is_data_row(row: Any) -> bool:
    """Return whether a row of a table of data is one of data too, or a short line between such."""
    cells = _cells(row)
    return cells.are_data and (cells.number > 1 or cells.num_chars <= _MAX_LONE_CHARS)


def is_picture_frame(table: Any) -> bool:
    """Return whether a table holds a picture and a line or two under it."""
    return table.find(".//img") is not None and is_inline(table, MAX_SMALL_CHARS, blocks=True)
