"""RTF: striprtf makes plain text of it, with a line for each paragraph."""

from __future__ import annotations

import re

from seedsum.errors import ReadError
from seedsum.reading import text
from seedsum.reading.encoding import Decoded, clean
from seedsum.reading.spans import CELL_SEPARATOR, Content

#: More than that is no article, and is gone through in Python.
_MAX_BYTES = 10_000_000
#: Pictures are long lines of digits; nothing of them is text.
_PICTURE = re.compile(rb"(?:[0-9a-fA-F]{2}|\s){2000,}")
_ROW = re.compile(r"^(?!\|)[^\n|]*\|[^\n]*\|$", re.M)


def read(data: bytes) -> Content:
    """Return the paragraphs, list items and table rows of the document."""
    from striprtf.striprtf import rtf_to_text

    if not data.lstrip().startswith(b"{\\rtf"):
        raise ReadError("is no RTF (it does not start with {\\rtf); give it the extension of .txt")
    data = _PICTURE.sub(b"", data)
    if len(data) > _MAX_BYTES:
        raise ReadError(
            f"{len(data):,} bytes of text and markup, more than the limit of {_MAX_BYTES:,} for"
            " RTF; save it as .txt"
        )
    try:
        plain: str = rtf_to_text(  # type: ignore[no-untyped-call]
            data.decode("latin-1"), encoding="cp1252", errors="replace"
        )
        # Letters beyond the first 65,536 come as two halves.
        plain = plain.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    except (ValueError, IndexError, TypeError, OverflowError, LookupError) as error:
        raise ReadError(f"is broken RTF ({error}); save it again, or as .txt") from error
    plain = _ROW.sub(lambda row: f"| {row[0].replace('|', CELL_SEPARATOR).strip()}", plain)
    if not plain.strip():
        raise ReadError("the RTF holds no text; save the article's text")
    plain, notes = clean(plain)
    return text.paragraphs(Decoded(plain, "rtf", notes))
