"""OpenDocument text (.odt): odfdo finds its parts, which are written as HTML."""

from __future__ import annotations

from collections.abc import Iterator
from html import escape
from typing import Any

from seedsum.errors import ReadError
from seedsum.reading import html
from seedsum.reading.packed import Archive, office_faults
from seedsum.reading.spans import Content, known_title

_PLAIN_TAGS = {
    "text:list-item": "li",
    "text:list-header": "li",
    "table:table": "table",
    "table:table-row": "tr",
    "table:table-cell": "td",
}
#: What is not shown in its place: deleted text, comments, the number of a note, drawings' titles.
_LEFT_OUT = frozenset(
    {
        "text:tracked-changes", "office:annotation", "office:annotation-end", "text:note-citation",
        "text:sequence-decls", "text:variable-decls", "text:user-field-decls", "office:forms",
        "svg:title", "svg:desc", "table:covered-table-cell", "text:table-of-content",
    }
)  # fmt: skip
_QUOTATION_STYLES = ("Quotations", "Quote", "Intense_20_Quote")
#: A cell that is repeated to the edge of the sheet is no text a thousand times.
_MAX_REPEATED_SPACES = 20


def read(data: bytes) -> Content:
    """Return the text of the document; page headers, comments and pictures are left out."""
    from odfdo import Document

    archive = Archive(data, what="OpenDocument text (.odt)")
    archive.read("content.xml")
    if b"manifest:encryption-data" in archive.read("META-INF/manifest.xml"):
        raise ReadError("the document is encrypted; save it without a password")
    with office_faults("an OpenDocument text"):
        document = Document(archive.without_media())
        page = "".join(_html(document.body, document))
        title = str(document.meta.title or "")
    spans = html.fragment_spans(page)
    return Content(spans, title=known_title(title, spans))


def _html(element: Any, document: Any) -> Iterator[str]:
    """Yield the HTML of what an element shows."""
    tag = element.tag
    if tag in _LEFT_OUT:
        return
    if tag == "text:s":
        count = element.get_attribute("text:c") or "1"
        yield " " * min(int(count) if str(count).isdecimal() else 1, _MAX_REPEATED_SPACES)
        return
    opening, closing = _tags(element, document)
    yield opening
    yield escape(element.text or "")
    for child in element.children:
        yield from _html(child, document)
        yield escape(child.tail or "")
    yield closing


def _tags(element: Any, document: Any) -> tuple[str, str]:
    tag = element.tag
    if tag == "text:h":
        level = str(element.get_attribute("text:outline-level") or "1")
        name = f"h{min(int(level), 6) if level.isdecimal() and int(level) else 1}"
    elif tag == "text:p":
        style = str(element.get_attribute("text:style-name") or "")
        if _has_style(style, _QUOTATION_STYLES, document):
            return "<blockquote><p>", "</p></blockquote>"
        name = "h1" if _has_style(style, ("Title",), document) else "p"
    elif tag == "text:list":
        name = "ol" if _is_ordered(element, document) else "ul"
    elif tag == "text:a":
        address = str(element.get_attribute("xlink:href") or "")
        return f'<a href="{escape(address)}">', "</a>"
    elif tag in ("text:line-break", "text:tab"):
        return ("<br>" if tag == "text:line-break" else " "), ""
    elif tag == "text:note":
        return " (", ") "
    elif tag in _PLAIN_TAGS:
        name = _PLAIN_TAGS[tag]
    else:
        return "", ""
    return f"<{name}>", f"</{name}>"


def _has_style(name: str, wanted: tuple[str, ...], document: Any) -> bool:
    """Return whether a paragraph's style, or the one that it was made of, is one of these."""
    if name in wanted or not name:
        return name in wanted
    style = document.get_style("paragraph", name)
    return style is not None and style.get_attribute("style:parent-style-name") in wanted


def _is_ordered(element: Any, document: Any) -> bool:
    """Return whether a list counts its items; an inner one has the style of the outermost."""
    depth, outer = 1, element
    while not outer.get_attribute("text:style-name"):
        parent = outer.parent
        if parent is None:
            return False
        depth += parent.tag == "text:list"
        outer = parent
        if outer.tag != "text:list" and outer.tag != "text:list-item":
            return False
    style = document.get_style("list", outer.get_attribute("text:style-name"))
    if style is None:
        return False
    level = f'descendant::text:list-level-style-number[@text:level="{depth}"]'
    return bool(style.xpath(level))
