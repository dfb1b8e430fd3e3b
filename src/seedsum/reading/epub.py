"""Books (.epub): the chapters in their order, each a page of XHTML in a ZIP archive."""

from __future__ import annotations

import posixpath
from typing import Any
from urllib.parse import unquote

from seedsum.errors import ReadError
from seedsum.reading import html
from seedsum.reading.encoding import decode, html_charset, stated, xml_charset
from seedsum.reading.packed import Archive
from seedsum.reading.spans import Content, Span, with_title
from seedsum.reading.xhtml import as_html
from seedsum.reading.xml import xml_tree

_DC = "{http://purl.org/dc/elements/1.1/}"
_PAGES = ("application/xhtml+xml", "text/html")


def read(data: bytes) -> Content:
    """Return the text of all chapters; the table of contents is left out."""
    archive = Archive(data, what="book (.epub)")
    package, folder = _package(archive)
    if "META-INF/encryption.xml" in archive.names:
        _refuse_protected(archive)
    spans: list[Span] = []
    notes: list[str] = []
    for name in _chapters(package):
        part = posixpath.normpath(posixpath.join(folder, unquote(name)))
        if part not in archive.names:
            notes.append(f"the book names a chapter that it does not hold ({part})")
            continue
        page = archive.read(part)
        source = decode(page, charset=xml_charset(page) or html_charset(page))
        spans += html.fragment_spans(as_html(source.text))
    if not spans:
        raise ReadError("the book holds no text (pictures of pages?); save the article's text")
    content = Content(
        spans,
        title=stated(package.findtext(f".//{_DC}title")),
        date=stated(package.findtext(f".//{_DC}date")),
        declared_language=stated(package.findtext(f".//{_DC}language")),
        notes=tuple(notes),
    )
    return with_title(content)


def _xml(data: bytes) -> Any:
    tree = xml_tree(data)
    if tree is None:
        raise ReadError("the book's list of chapters is broken; get the book again")
    return tree


def _package(archive: Archive) -> tuple[Any, str]:
    """Return the book's list of parts, and the folder that their names are relative to."""
    container = _xml(archive.read("META-INF/container.xml"))
    path = next((x.get("full-path", "") for x in container.iter("{*}rootfile")), "")
    if not path:
        raise ReadError("the book does not say where its chapters are; get the book again")
    return _xml(archive.read(path)), posixpath.dirname(path)


def _chapters(package: Any) -> list[str]:
    items = {
        item.get("id", ""): item.get("href", "")
        for item in package.iter("{*}item")
        if item.get("media-type") in _PAGES and "nav" not in item.get("properties", "").split()
    }
    order = [reference.get("idref", "") for reference in package.iter("{*}itemref")]
    return [items[key] for key in dict.fromkeys(order) if items.get(key)]


def _refuse_protected(archive: Archive) -> None:
    """Refuse a book whose chapters are encrypted; fonts often are, and do not matter."""
    encryption = _xml(archive.read("META-INF/encryption.xml"))
    for reference in encryption.iter("{*}CipherReference"):
        if reference.get("URI", "").lower().endswith((".xhtml", ".html", ".htm", ".xml")):
            raise ReadError("the book is encrypted (DRM); get it without, or save its text")
