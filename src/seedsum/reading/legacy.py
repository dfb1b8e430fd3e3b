"""Text from before Unicode, and text that was decoded wrongly: undone where it is certain.

Certain is what encodes back to the same text, and is in the language afterwards as it was not
before. Else the encoding is named, for a person.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Mapping
from contextlib import suppress
from functools import cache
from typing import NamedTuple

from seedsum.languages import LANGUAGES
from seedsum.languages.common import any_of, fold
from seedsum.languages.language import Language, LegacyEncoding

#: Of the words with letters outside ASCII, those that are words of the language: at most and at
#: least that share, before and after, of at least that many. Of 957 Vietnamese news sentences 99.8%
#: of such words are, and of their TCVN3 and VNI forms 20% and 19%; 949 of either are found.
_MAX_SHARE_BEFORE, _MIN_SHARE_AFTER, _MIN_WORDS = 0.5, 0.9, 3
#: Of all words, those that have the sign of an encoding that cannot be undone; in none of 5,991
#: sentences of 26 languages are there so many.
_MIN_SIGNED_SHARE, _MIN_SIGNED = 0.15, 3

#: A text is in one encoding: its beginning shows it.
_SAMPLE_CHARS = 20_000
#: UTF-8 that was read as an eight-bit encoding has, for each letter, one of these and then others.
_PAIR = re.compile("[\u00c2-\u00f4][\u0080-\u00bf\u0152-\u0192\u02c6\u02dc\u2013-\u20ac\u2122]")

_WORD = re.compile(r"\S+")
_AROUND = " \t\n.,;:!?\"'()[]{}<>“”‘’«»…/|-–—%*#_0123456789"

#: Code pages of Windows for languages whose words show that it is the right one.
_CODE_PAGES = ("cp1258",)

Letters = Callable[[str], str]


def undo_mojibake(text: str) -> tuple[str, tuple[str, ...]]:
    """Return the text as it was before UTF-8 was read as something else; and a note if it was.

    Lines are looked at by themselves. What does not encode back to the same is left.
    """
    if not _PAIR.search(text) or not _is_mojibake(text):
        return text, ()
    lines = [_line_undone(line) for line in text.split("\n")]
    found = "\n".join(line for line, _ in lines)
    codecs = sorted({codec for _, codec in lines if codec})
    if not codecs:
        return text, ()
    number = sum(bool(codec) for _, codec in lines)
    names = " and ".join(codecs)
    note = f"{number:,} lines of UTF-8 had been read as {names} before they were saved; undone"
    return found, (note,)


def _is_mojibake(text: str) -> bool:
    from ftfy.badness import is_bad

    return bool(is_bad(text))


def num_garbled(text: str) -> int:
    """Return how many places look like text that was decoded wrongly."""
    from ftfy.badness import badness

    return int(badness(text)) if _PAIR.search(text) else 0


def _line_undone(line: str) -> tuple[str, str]:
    """Return the line and the codec that it had been read with, empty where it stands."""
    import ftfy

    found, steps = ftfy.fix_encoding_and_explain(line)
    codecs = [step.parameter for step in steps or () if step.action == "encode"]
    again = found
    try:
        for codec in reversed(codecs):
            again = again.encode("utf-8").decode(codec)
    except UnicodeError:
        return line, ""
    # A no-break space is often saved as a plain one.
    is_certain = codecs and again.replace("\xa0", " ") == line.replace("\xa0", " ")
    return (found, codecs[0].removeprefix("sloppy-")) if is_certain else (line, "")


def from_eight_bits(data: bytes) -> tuple[str, str] | None:
    """Return the text of bytes that are no UTF-8 and how it was decoded; None if none is certain.

    Certain is a code page with which the words are a language's; of an older encoding, whose fonts
    lie over Latin-1, the text is still in that encoding (see `legacy_of`).
    """
    for codec in _CODE_PAGES:
        with suppress(UnicodeDecodeError):
            text = unicodedata.normalize("NFC", data.decode(codec))
            if any(_is_in(text, language) for language in LANGUAGES.values() if language.alphabet):
                return text, codec
    text = data.decode("latin-1")
    found = legacy_of(text)
    return (text, "latin-1") if found and found.decode else None


class Legacy(NamedTuple):
    """An older encoding of a text."""

    name: str  # with the language, for people
    decode: Letters | None  # None where nothing certain can be done


def legacy_of(text: str) -> Legacy | None:
    """Return the older encoding that a text is in, or None for Unicode."""
    found = _encoding_of(text)
    if found is None:
        return None
    language, encoding = found
    name = f"{language.name} in the old encoding {encoding.name}"
    return Legacy(name, _codec(encoding)[0] if encoding.letters else None)


def _encoding_of(text: str) -> tuple[Language, LegacyEncoding] | None:
    """Return the older encoding that a text is in, with its language; None for Unicode."""
    text = text[:_SAMPLE_CHARS]
    for language in LANGUAGES.values():
        if language.legacy and not _is_in(text, language):
            for encoding in language.legacy:
                if _fits(text, language, encoding):
                    return language, encoding
    return None


def _fits(text: str, language: Language, encoding: LegacyEncoding) -> bool:
    if encoding.sign:
        words = _WORD.findall(text)
        signed = sum(bool(encoding.sign.search(word)) for word in words)
        return signed >= max(_MIN_SIGNED, _MIN_SIGNED_SHARE * len(words))
    if text.isascii() or _share(text, language)[0] > _MAX_SHARE_BEFORE:
        return False
    decode, encode = _codec(encoding)
    found = decode(text)
    return _is_in(found, language) and encode(found).casefold() == text.casefold()


def _is_in(text: str, language: Language) -> bool:
    share, num_words = _share(text, language)
    return num_words >= _MIN_WORDS and share >= _MIN_SHARE_AFTER


def _share(text: str, language: Language) -> tuple[float, int]:
    """Return the share of words of the language, of those outside ASCII, and how many those are."""
    pattern = language.detection.toneless_syllable if language.detection else None
    stripped = (word.strip(_AROUND).lower() for word in _WORD.findall(text))
    words = [word for word in stripped if not word.isascii()]
    if not words or pattern is None or not language.alphabet:
        return 0.0, 0
    known = sum(
        language.alphabet.issuperset(word) and bool(pattern.fullmatch(fold(word))) for word in words
    )
    return known / len(words), len(words)


@cache
def _codec(encoding: LegacyEncoding) -> tuple[Letters, Letters]:
    """Return what decodes an encoding with a table, and what encodes it."""
    pairs = sorted((word[1:], word[0]) for word in encoding.letters)
    return _replacing(dict(pairs)), _replacing({letter: code for code, letter in pairs})


def _replacing(table: Mapping[str, str]) -> Letters:
    pattern = re.compile(any_of(table))
    return lambda text: pattern.sub(lambda found: table[found[0]], text)
