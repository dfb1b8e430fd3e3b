"""XHTML, as in .xhtml files and books: well-formed XML is made the HTML that browsers see."""

from __future__ import annotations

import html as entities
import re

from lxml import etree

from seedsum.errors import ReadError
from seedsum.reading import html
from seedsum.reading.encoding import Decoded, decode, html_charset, xml_charset
from seedsum.reading.spans import Content

_PROLOG = re.compile(r"\s*<\?xml[^>]{0,200}\?>")
_DOCTYPE = re.compile(r"<!DOCTYPE[^>\[]{0,500}>", re.I)
_ENTITY = re.compile(r"&(?!(?:amp|lt|gt|quot|apos);)([A-Za-z][A-Za-z0-9]{1,30};)")


def read(data: bytes) -> Content:
    """Return the page's visible text; XHTML that is not well-formed is read as HTML."""
    source = decode(data, charset=html_charset(data) or xml_charset(data))
    return html.page(Decoded(as_html(source.text), source.encoding, source.notes))


def as_html(text: str) -> str:
    """Return XHTML written as HTML, so that `<title/>` hides nothing; as it is if malformed."""
    if "<!ENTITY" in text:
        raise ReadError("the page defines entities, which is not allowed; save it as .html")
    xml = _ENTITY.sub(lambda match: _character(match[1]), _DOCTYPE.sub("", _PROLOG.sub("", text)))
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False)
    try:
        tree = etree.fromstring(xml.strip().encode(), parser=parser)
    except (etree.LxmlError, ValueError):
        return text
    for element in tree.iter(etree.Element):
        element.tag = str(element.tag).rpartition("}")[2]
    return etree.tostring(tree, method="html", encoding="unicode")  # type: ignore[no-any-return]


def _character(name: str) -> str:
    """Return what an entity of HTML stands for, as it may stand in XML."""
    shown = entities.unescape(f"&{name}")
    return "&amp;" + name if shown.startswith("&") else entities.escape(shown)
