"""What holds for all languages: scripts, digits, and languages that are only told apart."""

from __future__ import annotations

import unicodedata
from collections import Counter
from functools import lru_cache
from itertools import filterfalse


def words(text: str) -> frozenset[str]:
    """Return the words of a text in NFC, which is what documents are in."""
    return frozenset(unicodedata.normalize("NFC", text).split())


# --------------------------------------------------------------------------------------------
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


# --------------------------------------------------------------------------------------------
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

#: Written the same in every language that seedsum reads.
SYMBOL_UNITS: dict[str, str] = units(
    percent="% ٪",
    dollar="$ usd us$ aud",
    euro="€ eur",
    pound="£ gbp",
    dong="₫ vnd vnđ",
    taka="৳ ₹ bdt inr tk rs",
    yen="¥ jpy",
    km="km km/h kmh kph",
    mile="mph",
    cm="cm",
    mm="mm",
    kg="kg",
    mg="mg",
    celsius="°c",
    fahrenheit="°f",
)


# --------------------------------------------------------------------------------------------
# Digits and scripts

# The zeros of the scripts below that have digits of their own. Source: UnicodeData.txt.
_ZEROS = (
    *(0x0660, 0x06F0, 0x0966, 0x09E6, 0x0A66, 0x0AE6, 0x0B66, 0x0BE6, 0x0C66, 0x0CE6, 0x0D66),
    *(0x0E50, 0x0ED0, 0x0F20, 0x1040, 0x17E0),
)

#: Other scripts' digits to ASCII, for `str.translate`.
ASCII_DIGITS = {zero + digit: str(digit) for zero in _ZEROS for digit in range(10)}


# Unicode blocks of the scripts that detection tells apart. Source: Unicode Blocks.txt.
_SCRIPT_RANGES: tuple[tuple[str, int, int], ...] = (
    ("Latn", 0x0041, 0x005A),
    ("Latn", 0x0061, 0x007A),
    ("Latn", 0x00C0, 0x024F),
    ("Grek", 0x0370, 0x03FF),
    ("Cyrl", 0x0400, 0x052F),
    ("Hebr", 0x0590, 0x05FF),
    ("Arab", 0x0600, 0x06FF),
    ("Arab", 0x0750, 0x077F),
    ("Deva", 0x0900, 0x097F),
    ("Beng", 0x0980, 0x09FF),
    ("Guru", 0x0A00, 0x0A7F),
    ("Gujr", 0x0A80, 0x0AFF),
    ("Orya", 0x0B00, 0x0B7F),
    ("Taml", 0x0B80, 0x0BFF),
    ("Telu", 0x0C00, 0x0C7F),
    ("Knda", 0x0C80, 0x0CFF),
    ("Mlym", 0x0D00, 0x0D7F),
    ("Sinh", 0x0D80, 0x0DFF),
    ("Thai", 0x0E00, 0x0E7F),
    ("Laoo", 0x0E80, 0x0EFF),
    ("Tibt", 0x0F00, 0x0FFF),
    ("Mymr", 0x1000, 0x109F),
    ("Geor", 0x10A0, 0x10FF),
    ("Hang", 0x1100, 0x11FF),
    ("Ethi", 0x1200, 0x137F),
    ("Khmr", 0x1780, 0x17FF),
    ("Latn", 0x1E00, 0x1EFF),
    ("Jpan", 0x3040, 0x30FF),
    ("Hans", 0x3400, 0x4DBF),
    ("Hans", 0x4E00, 0x9FFF),
    ("Hang", 0xAC00, 0xD7AF),
)

_SCRIPTS = tuple(dict.fromkeys(script for script, _, _ in _SCRIPT_RANGES))


@lru_cache(maxsize=10_000)
def _script_of(char: str) -> str:
    """Return the script of a letter or sign, empty for what has none."""
    code = ord(char)
    if code in ASCII_DIGITS:
        return ""
    return next((script for script, first, last in _SCRIPT_RANGES if first <= code <= last), "")


def script_counts(text: str) -> dict[str, int]:
    """Return how many letters and signs of each script are in the text, only those present.

    Digits, punctuation and emoji count for no script, nor do digits that stand in its block.
    """
    counts: Counter[str] = Counter()
    for char, count in Counter(text).items():
        counts[_script_of(char)] += count
    return {script: counts[script] for script in _SCRIPTS if script in counts}


# --------------------------------------------------------------------------------------------
# Languages that are told from others, and not known otherwise


#: Scripts that one language writes, as far as it matters here; the first guess where others do.
LANGUAGE_OF_SCRIPT: dict[str, str] = {
    "Beng": "bn",
    "Grek": "el",
    "Hebr": "he",
    "Guru": "pa",
    "Gujr": "gu",
    "Orya": "or",
    "Taml": "ta",
    "Telu": "te",
    "Knda": "kn",
    "Mlym": "ml",
    "Sinh": "si",
    "Thai": "th",
    "Laoo": "lo",
    "Tibt": "bo",
    "Mymr": "my",
    "Geor": "ka",
    "Hang": "ko",
    "Ethi": "am",
    "Khmr": "km",
    "Jpan": "ja",
    "Hans": "zh",
}

#: What langdetect chooses among, by script: its profiles for all 55 languages cost 0.6 s at the
#: first call, these 0.1 s; those left out (Afrikaans, Danish, Catalan, ...) are what short English
#: is mistaken for.
CANDIDATES: dict[str, tuple[str, ...]] = {
    "Latn": (
        *("cs", "de", "en", "es", "fi", "fr", "hu", "id", "it", "nl"),
        *("pl", "pt", "ro", "so", "sv", "sw", "tl", "tr", "vi"),
    ),
    "Cyrl": ("bg", "ru", "uk"),
    "Arab": ("ar", "fa", "ur"),
    "Deva": ("hi", "mr", "ne"),
}
