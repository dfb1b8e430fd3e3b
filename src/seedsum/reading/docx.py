"""Word's .docx: mammoth makes it HTML, with headings, lists, tables, links and notes."""

from __future__ import annotations

import re

from seedsum.errors import ReadError
from seedsum.reading import html
from seedsum.reading.packed import Archive
from seedsum.reading.spans import Content, known_title

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
    try:
        made = mammoth.convert_to_html(
            archive.without_media(), style_map=_STYLES, convert_image=lambda image: []
        )
    except RecursionError as error:
        raise ReadError("is nested too deeply; save the article's text") from error
    except (MemoryError, ReadError):
        raise
    except Exception as error:  # broken parts trip mammoth in many ways
        raise ReadError(
            f"cannot be read as a Word document ({type(error).__name__}: {error}); open it in a"
            " word processor and save it again"
        ) from error
    spans = html.fragment_spans(_BACK.sub("", made.value))
    return Content(spans, title=known_title(_core_title(archive), spans))


def _core_title(archive: Archive) -> str:
    from lxml import etree

    if "docProps/core.xml" not in archive.names:
        return ""
    parser = etree.XMLParser(resolve_entities=False, no_network=True, recover=True)
    tree = etree.fromstring(archive.read("docProps/core.xml"), parser=parser)
    return "" if tree is None else tree.findtext("{http://purl.org/dc/elements/1.1/}title") or ""
