"""Saved pages (.mhtml, .mht) and messages (.eml): both are mail, by the standard library."""

from __future__ import annotations

import email
import email.policy
from dataclasses import replace
from email.message import EmailMessage
from email.utils import parsedate_to_datetime
from typing import Any, cast

from seedsum.errors import ReadError
from seedsum.reading import html, text
from seedsum.reading.encoding import decode, html_charset, stated
from seedsum.reading.spans import Content, with_title

#: Most parts that are looked at; a page with all its pictures has hundreds.
_MAX_PARTS = 10_000
#: Most parts within parts; the library goes down one by one.
_MAX_DEPTH = 50


def read_page(data: bytes) -> Content:
    """Return the page that a browser saved with all its parts (MHTML)."""
    message = _parsed(data)
    pages = [part for part in _parts(message) if part.get_content_type() in _HTML]
    root = (message.get_param("start") or "") if message.is_multipart() else ""
    pages.sort(key=lambda part: str(part.get("Content-ID", "")).strip() != root)
    for part in pages:
        page = _page(part)
        address = stated(_header(message, "Snapshot-Content-Location")) or stated(
            _header(part, "Content-Location")
        )
        return replace(page, url=page.url or address)
    raise ReadError(
        "is no MHTML page (it has no part of HTML); give it the extension of what it is (.txt for"
        " plain text)"
    )


def read_message(data: bytes) -> Content:
    """Return the text of a message; its subject is the title, attachments are named in a note."""
    message = _parsed(data)
    if not message.keys() or not any(message.get(key) for key in ("From", "Subject", "Date")):
        raise ReadError("is no message (it has no From, Subject or Date); save it as .txt")
    parts = [part for part in _parts(message) if not part.is_attachment()]
    plain = [part for part in parts if part.get_content_type() == "text/plain"]
    pages = [part for part in parts if part.get_content_type() in _HTML]
    content = _best([_text(part) for part in plain], [_mail_page(part) for part in pages])
    attachments = [name for part in message.walk() if (name := part.get_filename())]
    notes = content.notes
    if attachments:
        names = ", ".join(filter(None, map(stated, attachments[:10])))
        notes = (*notes, f"{len(attachments)} attachments were not read ({names})")
    content = replace(
        content,
        title=stated(_header(message, "Subject")),
        date=_date(message) or content.date,
        notes=notes,
    )
    return with_title(content)


_HTML = ("text/html", "application/xhtml+xml")


def _parsed(data: bytes) -> EmailMessage:
    try:
        message = email.message_from_bytes(data, policy=email.policy.default)
    except (
        ValueError,
        IndexError,
        AttributeError,
        RecursionError,
        LookupError,
        TypeError,
    ) as error:
        raise ReadError(f"cannot be read as MIME ({error}); save the article's text") from error
    return message


def _parts(message: EmailMessage) -> list[EmailMessage]:
    """Return the parts that hold content, in order; a message within one counts, too."""
    found: list[EmailMessage] = []
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


def _header(message: EmailMessage, name: str) -> Any:
    """Return a header; the library fails at some that are broken."""
    try:
        return message.get(name)
    except (ValueError, IndexError, AttributeError, TypeError, LookupError):
        return None


def _date(message: EmailMessage) -> str | None:
    try:
        return parsedate_to_datetime(str(message["Date"])).isoformat()
    except (ValueError, IndexError, AttributeError, TypeError, LookupError, OverflowError):
        return None


def _bytes(part: EmailMessage) -> bytes:
    try:
        return cast(bytes, part.get_payload(decode=True) or b"")
    except (ValueError, AttributeError, TypeError, LookupError, AssertionError):
        return b""


def _charset(part: EmailMessage, data: bytes) -> str | None:
    charset = part.get_content_charset() if isinstance(part, EmailMessage) else None
    return charset if charset and charset != "us-ascii" else html_charset(data)


def _page(part: EmailMessage) -> Content:
    data = _bytes(part)
    return html.page(decode(data, charset=_charset(part, data)))


def _mail_page(part: EmailMessage) -> Content | None:
    """Return an HTML body: all of it is the message, whatever an extractor would take of it."""
    data = _bytes(part)
    if not data.strip():
        return None
    source = decode(data, charset=_charset(part, data))
    spans = html.fragment_spans(source.text)
    return Content(spans, encoding=source.encoding, notes=source.notes) if spans else None


def _text(part: EmailMessage) -> Content | None:
    data = _bytes(part)
    if not data.strip():
        return None
    charset = part.get_content_charset()
    source = decode(data, charset=charset if charset != "us-ascii" else None)
    return text.paragraphs(source)


def _best(plain: list[Content | None], pages: list[Content | None]) -> Content:
    """Return the body: HTML if it says as much as the plain text, which often only points to it."""
    bodies = [found for found in (*pages, *plain) if found is not None]
    if not bodies:
        raise ReadError("the message holds no text; save the article's text")

    def size(content: Content) -> int:
        return sum(len(span.text) for span in content.spans)

    largest = max(map(size, bodies))
    return next(content for content in bodies if size(content) >= 0.6 * largest)
