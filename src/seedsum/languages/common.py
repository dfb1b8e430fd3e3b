"""What holds for all languages: words, units, scripts and digits."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable
from functools import lru_cache
from importlib.resources import files
from itertools import filterfalse


def words(text: str) -> frozenset[str]:
    """Return the words of a text in NFC, which is what documents are in."""
    return frozenset(unicodedata.normalize("NFC", text).split())


# Words

# Vowel signs and the like of Devanagari and Bengali, which \w does not match.
SIGNS = "\u0900-\u0903\u093a-\u094f\u0962\u0963\u0981-\u0983\u09bc-\u09cd\u09d7\u09e2\u09e3"
#: A word: letters with their signs, part of a regular expression.
LETTERS = rf"[^\W\d_](?:[^\W\d_]++|[{SIGNS}\u200c\u200d]++)*+"


def fold(text: str) -> str:
    """Return the text in lower case without diacritics (đ becomes d)."""
    if text.isascii():
        return text.lower()
    decomposed = unicodedata.normalize("NFKD", text.lower())
    return "".join(filterfalse(unicodedata.combining, decomposed)).replace("đ", "d")


def any_of(texts: Iterable[str]) -> str:
    """Return what matches any of some texts, the longest first; nothing where there are none.

    It is part of a regular expression.
    """
    longest_first = sorted(texts, key=lambda text: (-len(text), text))
    return f"(?:{'|'.join(map(re.escape, longest_first)) or '(?!)'})"


# Tables of words and numbers


def count(text: str, start: int = 1) -> dict[str, int]:
    """Number the words of a text from `start`; variants are separated by a slash."""
    return {
        variant: number
        for number, word in enumerate(unicodedata.normalize("NFC", text).split(), start)
        for variant in word.split("/")
    }


def units(**words: str) -> dict[str, str]:
    """Turn `km="km kilometre"` into a table from word to unit; `_` stands for a space."""
    return {
        unicodedata.normalize("NFC", word).replace("_", " "): unit
        for unit, text in words.items()
        for word in text.split()
    }


#: How names of sites end that are written without `www.`, part of a regular expression.
SITE_ENDINGS = "com|org|net|vn|bd|gov|edu"

#: Names in Latin letters that English calls otherwise, folded.
EXONYMS = {
    "covid19": "covid coronavirus",
    "eu": "europe",
    "ireland": "irish",
    "noel": "christmas",
    "twitter": "tweet",
    "uk": "britain british unitedkingdom",
    "us": "america unitedstates",
    "wales": "welsh",
}

# Digits and scripts

_ROWS = [
    ["" if column == "-" else column for column in line.split("\t")]
    for line in files(__package__).joinpath("scripts.tsv").read_text("utf-8").splitlines()
    if not line.startswith("#")
]
_BLOCKS = tuple(
    (script, int(block[:4], 16), int(block[-4:], 16))
    for script, blocks, *_ in _ROWS
    for block in blocks.split()
)

#: Other scripts' digits to ASCII, for `str.translate`.
ASCII_DIGITS = {
    int(zero, 16) + digit: str(digit)
    for _, _, zeros, *_ in _ROWS
    for zero in zeros.split()
    for digit in range(10)
}

#: What a text in a script is where nothing tells more, and what langdetect chooses among.
LANGUAGE_OF_SCRIPT = {script: language for script, _, _, language, _ in _ROWS if language}
CANDIDATES = {script: tuple(tags.split()) for script, *_, tags in _ROWS if tags}


@lru_cache(maxsize=10_000)
def _script_of(char: str) -> str:
    code = ord(char)
    if code in ASCII_DIGITS:
        return ""
    return next((script for script, first, last in _BLOCKS if first <= code <= last), "")


def script_counts(text: str) -> dict[str, int]:
    """Return how many letters and signs of each script are in the text, only those present.

    Digits, punctuation and emoji count for no script, nor do digits that stand in its block.
    """
    counts: Counter[str] = Counter()
    for char, count in Counter(text).items():
        counts[_script_of(char)] += count
    return {script: counts[script] for script, *_ in _ROWS if script in counts}
