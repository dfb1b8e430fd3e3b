"""Saved pages (.mhtml, .mht) and messages (.eml): both are mail, by the standard library."""

from __future__ import annotations

import email
import re
from dataclasses import replace
from email.errors import HeaderParseError
from email.header import decode_header, make_header
from email.message import Message
from email.utils import parsedate_to_datetime
from typing import Any, cast

from seedsum.errors import ReadError
from seedsum.reading import html, text
from seedsum.reading.encoding import decode, html_charset, stated
from seedsum.reading.spans import Content, with_title

_HTML = ("text/html", "application/xhtml+xml")
#: The part of a saved page that is shown first.
_START = re.compile(r"""start="?(<[^>"]{1,200}>)""", re.I)
#: What the library raises where a message is broken.
_MAIL_FAULTS = (
    *(ValueError, IndexError, AttributeError, TypeError, LookupError, AssertionError),
    *(RecursionError, HeaderParseError),
)
#: Most parts that are looked at; a page with all its pictures has hundreds.
_MAX_PARTS = 10_000
#: Most parts within parts; the library goes down one by one.
_MAX_DEPTH = 50


def read_page(data: bytes) -> Content:
    """Return the page that a browser saved with all its parts (MHTML)."""
    message = _parsed(data)
    pages = [part for part in _parts(message) if part.get_content_type() in _HTML]
    start = _START.search(_header(message, "Content-Type") or "")
    pages.sort(key=lambda part: not start or _header(part, "Content-ID") != start[1])
    for part in pages:
        page = _page(part)
        address = _header(message, "Snapshot-Content-Location") or _header(part, "Content-Location")
        return replace(page, url=page.url or address)
    raise ReadError(
        "is no MHTML page (it has no part of HTML); give it the extension of what it is (.txt for"
        " plain text)"
    )


def read_message(data: bytes) -> Content:
    """Return the text of a message; its subject is the title, attachments are named in a note."""
    message = _parsed(data)
    if not message.keys() or not any(_header(message, key) for key in ("From", "Subject", "Date")):
        raise ReadError("is no message (it has no From, Subject or Date); save it as .txt")
    parts = [part for part in _parts(message) if not _is_attachment(part)]
    plain = [part for part in parts if part.get_content_type() == "text/plain"]
    pages = [part for part in parts if part.get_content_type() in _HTML]
    content = _best([_text(part) for part in plain], [_mail_page(part) for part in pages])
    attachments = [name for part in _parts(message) if (name := _file_name(part))]
    notes = content.notes
    if attachments:
        names = ", ".join(attachments[:10])
        notes = (*notes, f"{len(attachments)} attachments were not read ({names})")
    content = replace(
        content,
        title=_header(message, "Subject"),
        date=_date(message) or content.date,
        notes=notes,
    )
    return with_title(content)


def _parsed(data: bytes) -> Message:
    # The older policy: the newer one parses every header, and fails at broken ones in many ways.
    try:
        return email.message_from_bytes(data)
    except _MAIL_FAULTS as error:
        raise ReadError(f"cannot be read as MIME ({error}); save the article's text") from error


def _parts(message: Message) -> list[Message]:
    """Return the parts that hold content, in order; a message within one counts, too."""
    found: list[Message] = []
    pending = [(message, 0)]
    while pending and len(found) < _MAX_PARTS:
        part, depth = pending.pop()
        if depth > _MAX_DEPTH:
            raise ReadError("has parts within parts without end; save the article's text")
        if part.is_multipart():
            inner: list[Any] = list(part.get_payload())
            pending += [(child, depth + 1) for child in reversed(inner)]
        else:
            found.append(part)
    return found


def _header(message: Message, name: str) -> str | None:
    """Return a header as it is shown: encoded words decoded, also where they are plain UTF-8."""
    raw = next((v for key, v in message.raw_items() if key.lower() == name.lower()), None)
    if raw is None:
        return None
    plain = str(raw).encode("utf-8", "surrogateescape").decode("utf-8", "replace")
    try:
        return stated(str(make_header(decode_header(plain))))
    except _MAIL_FAULTS:
        return stated(plain)


def _date(message: Message) -> str | None:
    try:
        return parsedate_to_datetime(_header(message, "Date") or "").isoformat()
    except (*_MAIL_FAULTS, OverflowError):
        return None


def _bytes(part: Message) -> bytes:
    try:
        return cast(bytes, part.get_payload(decode=True) or b"")
    except _MAIL_FAULTS:
        return b""


def _is_attachment(part: Message) -> bool:
    return (_header(part, "Content-Disposition") or "").lower().startswith("attachment")


def _file_name(part: Message) -> str | None:
    try:
        return stated(part.get_filename())
    except _MAIL_FAULTS:
        return None


def _charset(part: Message, data: bytes) -> str | None:
    return _stated_charset(part) or html_charset(data)


def _stated_charset(part: Message) -> str | None:
    """Return a part's charset; None for ASCII, which programs state where they know of none."""
    try:
        charset = part.get_content_charset()
    except _MAIL_FAULTS:
        return None
    return None if charset == "us-ascii" else charset


def _page(part: Message) -> Content:
    data = _bytes(part)
    return html.page(decode(data, charset=_charset(part, data)))


def _mail_page(part: Message) -> Content | None:
    """Return an HTML body: all of it is the message, whatever an extractor would take of it."""
    data = _bytes(part)
    if not data.strip():
        return None
    source = decode(data, charset=_charset(part, data))
    spans = html.fragment_spans(source.text)
    return Content(spans, encoding=source.encoding, notes=source.notes) if spans else None


def _text(part: Message) -> Content | None:
    data = _bytes(part)
    if not data.strip():
        return None
    return text.paragraphs(decode(data, charset=_stated_charset(part)))


def _best(plain: list[Content | None], pages: list[Content | None]) -> Content:
    """Return the body: HTML if it says as much as the plain text, which often only points to it."""
    bodies = [found for found in (*pages, *plain) if found is not None]
    if not bodies:
        raise ReadError("the message holds no text; save the article's text")

    def size(content: Content) -> int:
        return sum(len(span.text) for span in content.spans)

    largest = max(map(size, bodies))
    return next(content for content in bodies if size(content) >= 0.6 * largest)
