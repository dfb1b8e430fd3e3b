"""A text as the quantity rules read it: normalised, and cut into words, numerals and signs."""

from __future__ import annotations

import re
import sys
import unicodedata
from collections.abc import Sequence

from seedsum.checks.remembering import remembered
from seedsum.languages import ASCII_DIGITS
from seedsum.languages.common import LETTERS, SITE_ENDINGS
from seedsum.languages.grammar import parts_of
from seedsum.languages.language import NumberWords
from seedsum.languages.mentions import Token

SPACES = "\u00a0\u202f\u2009"
_TOKEN = re.compile(
    # Nine of ten words: none of what comes before `word` can have matched there.
    rf"(?P<plain>{LETTERS})(?:\s++|(?=,)|\Z)"
    r"|(?P<skip>(?:https?://|www\.)\S+|[\w.+-]+@[\w-]+(?:\.[\w-]+)+"
    rf"|\b[A-Za-z][\w-]*(?:\.[\w-]+)*\.(?:{SITE_ENDINGS})\b)"
    # COVID-19, H5N1, A320, F-16; but not `ngày8`, hence the capital.
    r"|(?P<code>(?<!\w)(?!(?:VN[DĐ]|USD?|EUR|GBP|BDT|INR|Rs|Tk|Q)\.?\d)(?=[A-Za-z-]*[A-Z])[A-Za-z]+(?:-[A-Za-z]+)*-?\d\w*(?:-\w+)*|\d+[GD]\b)"
    r"|(?P<date>(?<![\d/.,])\d{1,4}(?P<dsep>[/.-])\d{1,2}(?P=dsep)(?:\d{4}|\d{2})(?![\d/]|[.,]\d))"
    r"|(?P<clock>(?<![\d:.,])\d{1,2}:\d{2}(?::\d{2})?(?![\d:])"
    r"|(?<![\d.,])\d{1,2} ?[hg] ?\d{2}(?!\w))"
    r"|(?P<phone>(?<![\w.,/-])(?=(?:[ .()+\u2011-]*\d){6})"
    r"(?:\+\d{1,4}|\(\+?\d{1,5}\)|0\d{1,4}|1[89]00)"
    r"(?:[ .\u2011-]\(?\d{2,6}\)?){1,5}(?![\w/-]|[.,]\d)|(?<![\w.,])\+?\d{9,13}(?!\w|[.,]\d))"
    r"|(?P<slash>(?<![\d/.,])\d{1,3} ?/ ?\d{1,4}(?![\d/]|[.,]\d))"
    rf"|(?P<num>\d{{1,3}}(?:[{SPACES}]\d{{3}})+(?!\d)|\d+(?:[.,]\d+)*)"
    rf"|(?P<word>{LETTERS})"
    r"|(?P<mark>[^\w\s])"
)

#: Longer runs of digits are no quantity; Python reads no integer of more than 4,300.
MAX_NUMERAL_CHARS = 40
#: Stands four times after the last token (and so before the first): every token has neighbours.
NOTHING = Token("", "", sys.maxsize, sys.maxsize)

_FRACTIONS = {"½": " 1/2", "⅓": " 1/3", "⅔": " 2/3", "¼": " 1/4", "¾": " 3/4"}
_PLAIN = ASCII_DIGITS | str.maketrans({"\u2019": "'", "\u2018": "'", "\u2044": "/", **_FRACTIONS})
_PLAIN |= str.maketrans({"\u2212": "-"})  # the minus sign
#: What `_PLAIN` has: few texts have one, and `str.translate` looks every character up.
_ODD = re.compile(f"[{''.join(map(chr, _PLAIN))}]")
#: Bengali writers type the visarga sign for a colon, as in ১৯ঃ৩০.
_VISARGA = "\u0983"
_VISARGA_COLON = re.compile(rf"(?<=\d){_VISARGA}(?=\d)")


@remembered
def normalise(text: str) -> str:
    """Return the text as the quantity rules read it: NFC, ASCII digits, plain apostrophes."""
    if text.isascii():
        return text
    text = _ODD.sub(lambda char: _PLAIN[ord(char[0])], unicodedata.normalize("NFC", text))
    return _VISARGA_COLON.sub(":", text) if _VISARGA in text else text


def tokenise(text: str, words: NumberWords) -> list[Token]:
    """Return the tokens of a normalised text, words in small letters and without endings."""
    tokens: list[Token] = []
    for match in _TOKEN.finditer(text):
        kind = match.lastgroup or ""  # the outermost: it ends last
        token, span = match[kind], match.span(kind)
        if kind in ("plain", "word"):
            kind, token = "word", token.lower()
            if words.endings:
                tokens += [Token(kind, part, *span) for part in parts_of(token, words)]
                continue
        elif kind == "num" and len(token) > MAX_NUMERAL_CHARS:
            kind = "skip"
        tokens.append(Token(kind, token, *span))
    return [*tokens, NOTHING, NOTHING, NOTHING, NOTHING]


def adjacent(tokens: Sequence[Token], i: int) -> bool:
    """Return whether token i follows its predecessor with nothing or one space between."""
    return tokens[i].start - tokens[i - 1].end <= 1
