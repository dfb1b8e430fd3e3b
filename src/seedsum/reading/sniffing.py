"""What a file is by its content, where that is certain, whatever its name says."""

from __future__ import annotations

import io
import json
import re
import zipfile

from seedsum.errors import ReadError

_BLANK = rb"(?:\xef\xbb\xbf)?\s*"
_HTML = re.compile(
    _BLANK + rb"(?:<\?xml[^>]{0,200}\?>\s*)?(?:<!--.{0,2000}?-->\s*){0,5}"
    rb"<(?:!doctype\s+html|html[\s>])",
    re.I | re.S,
)
_FEED = re.compile(
    _BLANK + rb"(?:<\?xml[^>]{0,200}\?>\s*)?(?:<!--.{0,2000}?-->\s*|<\?[^>]{0,500}\?>\s*){0,5}"
    rb"<(?:rss[\s>]|rdf:RDF[\s>]|feed\s[^>]{0,500}Atom)",
    re.I | re.S,
)
#: A page that a browser saved with its parts: mail, whose content has several related parts.
_MHTML = re.compile(
    rb"\A(?:[!-9;-~]{1,60}:[^\n]{0,2000}\n(?:[ \t][^\n]{0,2000}\n){0,20}){0,40}?"
    rb"content-type:\s*multipart/related",
    re.I,
)
#: A message: headers, with the one that says how it is written.
_MESSAGE = re.compile(
    rb"\A(?:[!-9;-~]{1,60}:[^\n]{0,2000}\n(?:[ \t][^\n]{0,2000}\n){0,20}){0,40}?"
    rb"mime-version:\s*1",
    re.I,
)
#: A line of a piece of a page, without `<html>`.
_TAGGED_LINE = re.compile(
    rb"\s*</?(?:p|div|br|h[1-6]|ul|ol|li|table|tr|td|section|article|blockquote|figure)\b[^<>]*>",
    re.I,
)
_END_TAG = re.compile(rb"</(?:p|div|h[1-6]|li|table|article|section)>|<br\s*/?>", re.I)
#: A heading on top, and more of Markdown below: no text has both by chance.
_MARKDOWN_TOP = re.compile(_BLANK + rb"#{1,3} \S[^\n]*\n")
_MARKDOWN_INLINE = re.compile(
    rb"\n#{1,6} \S|\*\*[^\s*][^*\n]{0,300}\*\*|\[[^\[\]\n]{1,300}\]\((?:https?:|/)|\n> \S|\n```"
)
_WARC = re.compile(rb"WARC/\d\.\d\r?\n")
_SUBTITLES = re.compile(_BLANK + rb"WEBVTT(?:\s|$)")
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
#: Signatures of what is no article at all.
_OTHER = {
    b"\x89PNG": "a picture (PNG)",
    b"\xff\xd8\xff": "a picture (JPEG)",
    b"GIF8": "a picture (GIF)",
    b"7z\xbc\xaf\x27\x1c": "a 7z archive",
    b"Rar!": "a RAR archive",
    b"MZ\x90\x00": "a program",
    b"SQLite format 3": "a database",
}
#: Formats that are text may hold each of the others that are, and each of these the other.
_ALIKE = ({"html", "xhtml"}, {"jsonl", "json"}, {"eml", "mhtml"}, {"srt", "vtt"})
_MARKUP = frozenset({"html", "feed", "mhtml", "vtt", "json"})
#: Where JSON, HTML or a feed is what the file is, and not an example in a text.
_TEXTS = frozenset({"txt", "md", "html", "xhtml", "feed", "eml", "mhtml", "rtf", "srt", "docx"})
_MAX_JSON_BYTES = 5_000_000


def format_of(data: bytes, format: str) -> str:
    """Return the format that some bytes are in: the stated one, unless they are surely another.

    Raises:
        ReadError: They are of a kind that holds no article, or that no reader knows.
    """
    found = _binary(data) or _text(data, format)
    if not found or found == format or any({found, format} <= alike for alike in _ALIKE):
        return format
    if found in _MARKUP and format not in _TEXTS:
        return format
    return found


def _binary(data: bytes) -> str:
    """Return the format of bytes with a signature; empty for none."""
    if data.startswith(_OLE):
        raise ReadError(
            "is an old Word file (.doc) or a Word document with a password; save it as .docx"
            " without one"
        )
    for signature, name in _OTHER.items():
        if data.startswith(signature):
            raise ReadError(f"is {name}, not an article; remove it, or give it its own extension")
    if b"%PDF-" in data[:1024] and not data[:1].isalpha():
        return "pdf"
    if data[:200].lstrip().startswith(b"{\\rtf"):
        return "rtf"
    if data.startswith(b"PK\x03\x04"):
        return _zipped(data)
    return "warc" if _WARC.match(data) else ""


def _zipped(data: bytes) -> str:
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            names = set(archive.namelist())
            kind = archive.read("mimetype")[:100] if "mimetype" in names else b""
    except (zipfile.BadZipFile, ValueError, OSError, NotImplementedError, EOFError, RuntimeError):
        return ""  # the reader says what is broken
    if "word/document.xml" in names:
        return "docx"
    if kind.startswith(b"application/vnd.oasis.opendocument.text"):
        return "odt"
    if kind.startswith(b"application/epub+zip") or "META-INF/container.xml" in names:
        return "epub"
    return ""


def _text(data: bytes, format: str) -> str:
    head = data[:20_000]
    if _MHTML.match(head.replace(b"\r\n", b"\n")) and b"boundary=" in head.lower():
        return "mhtml"
    if _FEED.match(head):
        return "feed"
    if _HTML.match(head):
        return "html"
    if _SUBTITLES.match(head):
        return "vtt"
    return _of_plain(data, head) if format == "txt" else ""


def _of_plain(data: bytes, head: bytes) -> str:
    """Return what a file that is called plain text is: a message, a piece of a page, JSON, or that.

    Raises:
        ReadError: It holds a list of articles, one in a line.
    """
    if _MESSAGE.match(head.replace(b"\r\n", b"\n")):
        return "eml"
    lines = [line for line in head.split(b"\n") if line.strip()]
    num_tagged = sum(bool(_TAGGED_LINE.match(line)) for line in lines)
    if lines and _TAGGED_LINE.match(lines[0]) and 2 * num_tagged >= len(lines):
        return "html" if len(_END_TAG.findall(head)) >= 2 else ""
    if _MARKDOWN_TOP.match(head) and _MARKDOWN_INLINE.search(head):
        return "md"
    if _is_json(data):
        return "json"
    if len(lines) > 1 and all(map(_is_json, lines[:2])):
        raise ReadError(
            "holds an article in each line (JSON lines); give the file the extension .jsonl, so"
            " that each is read by itself"
        )
    return ""


def _is_json(data: bytes) -> bool:
    """Return whether a text is the JSON of an article."""
    from seedsum.reading.fields import holds_article

    stripped = data.removeprefix(b"\xef\xbb\xbf").strip()
    ends = (stripped[:1], stripped[-1:])
    if ends not in ((b"{", b"}"), (b"[", b"]")) or len(stripped) > _MAX_JSON_BYTES:
        return False
    try:
        value = json.loads(stripped)
    except (ValueError, RecursionError):
        return False
    items = value if isinstance(value, list) else [value]
    return any(map(holds_article, items))
