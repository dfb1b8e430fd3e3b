"""Word's .docx: mammoth makes it HTML, with headings, lists, tables, links and notes."""

from __future__ import annotations

import re

from seedsum.reading import html
from seedsum.reading.packed import Archive, office_faults
from seedsum.reading.spans import Content, known_title
from seedsum.reading.xml import xml_tree

#: What mammoth does not map by itself; its own rules come after these.
_STYLES = """
p[style-name='Title'] => h1:fresh
p[style-name='Quote'] => blockquote > p:fresh
p[style-name='Intense Quote'] => blockquote > p:fresh
p[style-name='Quotations'] => blockquote > p:fresh
p[style-name='caption'] => figcaption:fresh
strike => del
"""
#: What leads from a note back to its sign.
_BACK = re.compile(r'<a href="#(?:foot|end)note-ref-[^"]*">↑</a>')


def read(data: bytes) -> Content:
    """Return the text of the document; headers, footers, comments and pictures are left out."""
    import mammoth

    archive = Archive(data, what="Word document (.docx)")
    archive.read("word/document.xml")
    with office_faults("a Word document"):
        made = mammoth.convert_to_html(
            archive.without_media(), style_map=_STYLES, convert_image=lambda image: []
        )
    spans = html.fragment_spans(_BACK.sub("", made.value))
    return Content(spans, title=known_title(_core_title(archive), spans))


def _core_title(archive: Archive) -> str:
    if "docProps/core.xml" not in archive.names:
        return ""
    tree = xml_tree(archive.read("docProps/core.xml"))
    return "" if tree is None else tree.findtext("{http://purl.org/dc/elements/1.1/}title") or ""
