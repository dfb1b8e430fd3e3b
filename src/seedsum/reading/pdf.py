"""PDF: pdfium gives the letters with their places, which `pdf_layout` makes paragraphs of.

A PDF whose letters cannot be trusted is refused by name: a scan has none, and in many others they
are torn apart, unknown, or those of a font from before Unicode.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from ctypes import byref, c_double, c_int, create_string_buffer
from dataclasses import dataclass, field
from threading import Lock
from typing import Any

from seedsum.errors import ReadError
from seedsum.reading.encoding import stated
from seedsum.reading.pdf_layout import Letter, page_lines, spans_of
from seedsum.reading.spans import Content, known_title, refuse_many

#: Most pages and letters: 300 pages of 1,600 letters take 19 s on a busy machine.
_MAX_PAGES = 2_000
_MAX_LETTERS = 5_000_000

_BULLETS = dict.fromkeys(map(ord, "\uf0b7\uf0a7\uf0d8\uf0fc\uf076\uf02d"), "•")
#: Fonts that show other letters than their codes say: TCVN3's, VNI's, Bijoy's.
_LEGACY_FONT = re.compile(
    rb"^(?:[A-Z]{6}\+)?(\.?Vn[A-Z][\w.]*|VNI[-\w]+|SVN[-\w]+|\w*Sutonny\w*|\w+MJ)\b", re.I
)
#: A page with fewer letters than that holds a picture of its text, or none.
_MIN_PAGE_LETTERS = 8
#: Letters that the file does not say, or of old fonts: more of them, and the text is lost. Files
#: with a bullet or a formula of a symbol font have up to 1%.
_MAX_UNKNOWN_SHARE = 0.02
_MAX_LEGACY_SHARE = 0.1
#: Words of one letter: 1 to 4% in Vietnamese, Bengali and English news, 13% in the worst of 12,659
#: pieces of 100 words; two thirds where each letter was placed by itself.
_MAX_TORN_SHARE = 0.25
#: Words that begin with a sign that can only follow a letter: 1 in the worst of those pieces.
_MAX_ORPHANED_SHARE = 0.02
#: Of every so many letters the font is asked for, which takes as long as all else together.
_FONT_STEP = 8
_WORD = re.compile(r"\S+")
#: pdfium must not be called by two threads at once, and windows of documents are read by three.
_ONE_AT_A_TIME = Lock()


def read(data: bytes) -> Content:
    """Return the paragraphs of all pages; page headers and footers are outside the article."""
    with _ONE_AT_A_TIME:
        found = _found(data)
    num_letters = sum(map(len, found.pages))
    notes = _refuse_untrusted(found, num_letters)
    spans = spans_of([page_lines(letters) for letters in found.pages], found.heights)
    _refuse_torn(" ".join(span.text for span in spans))
    if num_outside := sum(span.outside_article for span in spans):
        notes += (
            f"{num_outside} lines that stand at the edge of pages are no part of the article",
        )
    return Content(spans, title=known_title(found.title, spans), notes=notes)


@dataclass(slots=True)
class _Found:
    """What pdfium says of a document."""

    title: str | None = None
    pages: list[list[Letter]] = field(default_factory=list)
    heights: list[float] = field(default_factory=list)
    num_unknown: int = 0
    fonts: Counter[str] = field(default_factory=Counter)  # letters in fonts from before Unicode


def _found(data: bytes) -> _Found:
    import pypdfium2
    import pypdfium2.raw as pdfium

    try:
        document = pypdfium2.PdfDocument(data)
    except pypdfium2.PdfiumError as error:
        raise ReadError(_why_not(data, str(error))) from error
    found = _Found()
    try:
        refuse_many(len(document), _MAX_PAGES, "pages")
        num_letters = 0
        for page in document:
            _add_page(found, page, pdfium)
            num_letters += len(found.pages[-1])
            refuse_many(num_letters, _MAX_LETTERS, "letters")
        found.title = stated(document.get_metadata_value("Title"))
    except pypdfium2.PdfiumError as error:
        raise ReadError(f"the PDF is broken ({error}); get it again") from error
    finally:
        document.close()
    return found


def _why_not(data: bytes, error: str) -> str:
    if "password" in error.lower():
        return "the PDF is encrypted; save it without a password"
    if b"%PDF-" not in data[:1024]:
        return "is no PDF; give it the extension of what it is (.txt for plain text)"
    return f"the PDF is broken or cut off ({error}); get it again"


def _add_page(found: _Found, page: Any, pdfium: Any) -> None:
    """Add a page's height and its letters in the file's order."""
    text = page.get_textpage()
    raw = text.raw
    left, right, bottom, top = box = [c_double() for _ in range(4)]
    places = [byref(edge) for edge in box]
    letters: list[Letter] = []
    name, flags = create_string_buffer(100), c_int()
    count = pdfium.FPDFText_CountChars(raw)
    refuse_many(count, _MAX_LETTERS, "letters")
    for index in range(count):
        code = pdfium.FPDFText_GetUnicode(raw, index)
        character = _character(code)
        if pdfium.FPDFText_IsGenerated(raw, index):
            # pdfium's own: spaces where there is room, line ends where a line ends.
            letters.append(Letter(character if code != 2 else "\u00ad"))
            continue
        if not pdfium.FPDFText_GetCharBox(raw, index, *places):
            continue
        if pdfium.FPDFText_HasUnicodeMapError(raw, index) or _is_unknown(character):
            found.num_unknown += 1
        size = pdfium.FPDFText_GetFontSize(raw, index)
        if pdfium.FPDFText_IsHyphen(raw, index):
            character = "\u00ad"
        letters.append(Letter(character, left.value, right.value, bottom.value, top.value, size))
        if index % _FONT_STEP == 0:
            length = pdfium.FPDFText_GetFontInfo(raw, index, name, len(name), byref(flags))
            legacy = _LEGACY_FONT.match(name.value) if 0 < length <= len(name) else None
            if legacy:
                found.fonts[legacy[1].decode("ascii", "replace")] += _FONT_STEP
    found.heights.append(page.get_height())
    found.pages.append(letters)
    text.close()
    page.close()


def _character(code: int) -> str:
    if code in _BULLETS:
        return _BULLETS[code]
    character = chr(code) if code < 0x110000 and not 0xD800 <= code < 0xE000 else "\ufffd"
    # Ligatures such as `ﬁ`.
    return unicodedata.normalize("NFKC", character) if 0xFB00 <= code <= 0xFB06 else character


def _is_unknown(character: str) -> bool:
    return character == "\ufffd" or unicodedata.category(character) in ("Co", "Cn")


def _refuse_untrusted(found: _Found, num_letters: int) -> tuple[str, ...]:
    """Refuse a scan, and letters that are not what they show; return notes on what is missing."""
    pictures = [
        number
        for number, letters in enumerate(found.pages, start=1)
        if sum(not letter.text.isspace() for letter in letters) < _MIN_PAGE_LETTERS
    ]
    if len(pictures) == len(found.pages):
        raise ReadError(
            "is a scan: its pages are pictures without text; run OCR first"
            " (ocrmypdf -l LANGUAGE IN.pdf OUT.pdf), and give the result"
        )
    remedy = (
        "get the article as a page or .docx, or have its pages read"
        " (ocrmypdf --force-ocr -l LANGUAGE IN.pdf OUT.pdf)"
    )
    if found.num_unknown > _MAX_UNKNOWN_SHARE * num_letters:
        raise ReadError(
            f"its text layer is broken: of {found.num_unknown:,} of {num_letters:,} letters the"
            f" PDF does not say which they are; {remedy}"
        )
    if found.fonts.total() > _MAX_LEGACY_SHARE * num_letters:
        font = found.fonts.most_common(1)[0][0]
        raise ReadError(
            f"its text is in the font {font}, made before Unicode, whose codes stand for other"
            f" letters; {remedy}"
        )
    if pictures:
        shown = ", ".join(map(str, pictures[:10])) + ", …" * (len(pictures) > 10)
        return (f"pages without text (pictures?) were not read: {shown}",)
    return ()


def _refuse_torn(text: str) -> None:
    """Refuse a text whose words are torn apart, as where each letter was placed by itself."""
    words = [word for word in _WORD.findall(text) if any(map(str.isalpha, word))]
    if len(words) < 20:
        return
    num_torn = sum(_num_letters(word) == 1 for word in words)
    num_orphaned = sum(unicodedata.category(word[0]) in ("Mn", "Mc") for word in words)
    if num_torn <= _MAX_TORN_SHARE * len(words) and (
        num_orphaned <= _MAX_ORPHANED_SHARE * len(words)
    ):
        return
    letters = Counter(unicodedata.name(x, "unknown").split()[0] for x in text if x.isalpha())
    script = letters.most_common(1)[0][0].title()
    raise ReadError(
        f"its text layer is broken: {max(num_torn, num_orphaned):,} of {len(words):,} words in"
        f" {script} letters are torn apart; get the article as a page or .docx, or have its pages"
        " read (ocrmypdf --force-ocr -l LANGUAGE IN.pdf OUT.pdf)"
    )


def _num_letters(word: str) -> int:
    """Return how many letters a word has, each with its marks; those joined to one count as one."""
    return sum(
        unicodedata.category(character) in ("Lu", "Ll", "Lo", "Lt", "Lm")
        and (not position or unicodedata.combining(word[position - 1]) != 9)
        for position, character in enumerate(word)
    )
