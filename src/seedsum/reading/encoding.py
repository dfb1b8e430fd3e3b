"""Bytes into clean text: only a byte-order mark, UTF-8 or a declared charset decide how."""

from __future__ import annotations

import codecs
import re
import unicodedata
from contextlib import suppress
from dataclasses import dataclass

from seedsum.errors import ReadError
from seedsum.reading.legacy import from_eight_bits, undo_mojibake

#: C0 and C1 controls but tab and line feed, and lone surrogates, which no file can hold.
CONTROLS = re.compile("[\x00-\x08\x0e-\x1f\x7f-\x9f\ud800-\udfff]")

#: Line ends that editors and PDF converters leave: CR, VT, FF, NEL, LINE and PARAGRAPH SEPARATOR.
_LINE_ENDS = re.compile("\r\n|[\r\v\f\x85\u2028\u2029]")

#: Five and more combining marks on one letter: no writing has them, and they hide the language.
_STACKED_MARKS = re.compile(
    "[\u0300-\u036f\u0483-\u0489\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff]{5,}"
)

#: More controls than that is no text: terminal recordings have 5%, compressed data 12%.
_MAX_CONTROL_SHARE = 0.1

_META_CHARSET = re.compile(
    rb"""<meta[^>]{0,500}?charset\s{0,20}=\s{0,20}["']?\s{0,20}([A-Za-z0-9_.:-]{1,40})""", re.I
)

_XML_CHARSET = re.compile(
    rb"""\s*<\?xml[^>]{0,100}?\bencoding\s*=\s*["']([A-Za-z0-9_.:-]{1,40})["']"""
)

#: What pages mean by labels that are not to be taken literally. Source: WHATWG HTML, "prescan a
#: byte stream"; `latin-1` is ours.
_MEANT = dict.fromkeys(("utf-16", "utf-16le", "utf-16be"), "utf-8")
_MEANT |= {"latin-1": "latin1", "x-user-defined": "windows-1252"}


@dataclass(frozen=True, slots=True)
class Decoded:
    """The text of a source, clean; the encoding's name in Python; notes on what was changed."""

    text: str
    encoding: str
    notes: tuple[str, ...] = ()


def decode(data: bytes, *, charset: str | None = None) -> Decoded:
    """Return the text of some bytes, clean; `charset` is the label that the source declares.

    Raises:
        ReadError: Names the first byte that does not fit.
    """
    text, encoding, notes = _decoded(data, charset)
    text, undone = undo_mojibake(text)  # before `clean`: its bytes are among the controls
    text, more_notes = clean(text)
    return Decoded(text, encoding, notes + undone + more_notes)


def clean(text: str) -> tuple[str, tuple[str, ...]]:
    """Return the text in NFC, with `\\n` line ends, without controls; and notes on changes."""
    notes: list[str] = []
    text = _LINE_ENDS.sub("\n", text)
    controls = CONTROLS.findall(text)
    if controls:
        if len(controls) > _MAX_CONTROL_SHARE * len(text):
            raise ReadError(
                f"{len(controls):,} of {len(text):,} characters are control characters, "
                f"the first at character {text.find(controls[0])}: this is no text; "
                "save it as UTF-8 text"
            )
        codes = ", ".join(sorted({f"U+{ord(control):04X}" for control in controls}))
        notes.append(f"{len(controls)} control characters became spaces ({codes})")
        text = CONTROLS.sub(" ", text)
    text, num_left_out = _STACKED_MARKS.subn("", text)
    if num_left_out:
        letters = "1 letter" if num_left_out == 1 else f"{num_left_out} letters"
        notes.append(f"combining marks heaped on {letters} left out")
    composed = unicodedata.normalize("NFC", text)
    if num_marks := max(0, len(text) - len(composed)):
        notes.append(f"{num_marks} combining marks composed with their letters (NFC)")
    if not composed.strip():
        raise ReadError("holds only white space; remove it or save it again")
    return composed, tuple(notes)


def stated(value: object) -> str | None:
    """Return what a source states (a title, a date) as one clean line, or None for nothing."""
    if value is None or isinstance(value, bool | dict | list | set | bytes):
        return None
    try:
        text = str(value)
    except ValueError:  # a number of more than 4,300 digits, which YAML can spell in hexadecimal
        return None
    line = " ".join(unicodedata.normalize("NFC", CONTROLS.sub(" ", text)).split())
    return line or None


def html_charset(data: bytes) -> str | None:
    """Return the label of the page's `<meta charset>`, looked for in its first 4,096 bytes."""
    match = _META_CHARSET.search(data[:4096])
    return match[1].decode("ascii").lower() if match else None


def xml_charset(data: bytes) -> str | None:
    """Return the label of an XML declaration's encoding."""
    match = _XML_CHARSET.match(data[:400])
    return match[1].decode("ascii").lower() if match else None


def _decoded(data: bytes, charset: str | None) -> tuple[str, str, tuple[str, ...]]:
    if data.startswith((codecs.BOM_UTF32_LE, codecs.BOM_UTF32_BE)):
        raise ReadError("UTF-32 (byte 0); save it as UTF-8")
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return _decoded_as(data, "utf-16", "its byte-order mark says UTF-16")
    nul = data.find(b"\0")
    if nul >= 0:
        raise ReadError(
            f"byte {nul} is NUL, so this is a binary file, or UTF-16 without a byte-order "
            "mark; save it as UTF-8 text"
        )
    if data.startswith(codecs.BOM_UTF8):
        return _decoded_as(data, "utf-8-sig", "its byte-order mark says UTF-8")
    encoding = _codec(charset) if charset else "utf-8"
    if encoding == "utf-8":
        with suppress(UnicodeDecodeError):
            return data.decode("utf-8"), "utf-8", ()
        if found := from_eight_bits(data):
            return *found, (f"the bytes are no UTF-8; its words show that they are {found[1]}",)
        return _decoded_as(data, "utf-8", "UTF-8 is expected")
    # Browsers and editors save pages as UTF-8 and leave the old declaration in. Text in a legacy
    # charset is next to never valid UTF-8: every letter outside ASCII would have to pair up.
    if not data.isascii():
        with suppress(UnicodeDecodeError):
            note = f"the page declares {charset}, but its bytes are UTF-8"
            return data.decode("utf-8"), "utf-8", (note,)
    return _decoded_as(data, encoding, f"the page declares {charset}")


def _codec(charset: str) -> str:
    """Return Python's name of what browsers take a label for."""
    import webencodings

    found = webencodings.lookup(_MEANT.get(charset, charset))
    if found is None or found.name == "replacement":
        raise ReadError(f"the page declares the unknown charset {charset!r}; save it as UTF-8")
    name: str = found.codec_info.name
    return "gb18030" if name == "gbk" else name  # browsers read GBK as its superset


def _decoded_as(data: bytes, encoding: str, why: str) -> tuple[str, str, tuple[str, ...]]:
    try:
        return data.decode(encoding), encoding, ()
    except UnicodeDecodeError as error:
        start = error.start + (len(codecs.BOM_UTF8) if encoding == "utf-8-sig" else 0)
        raise ReadError(
            f"byte {start} (0x{data[start : start + 1].hex() or '00'}) cannot be read as "
            f"{error.encoding}; {why}: save the file as UTF-8"
        ) from error
