"""The words of a text, with those that have digits; and which of them English knows."""

from __future__ import annotations

import re
from collections.abc import Sequence

from seedsum.checks.remembering import remembered
from seedsum.languages import TARGET_LANGUAGE, get
from seedsum.languages.common import SIGNS
from seedsum.languages.lexicon import ordinary_words
from seedsum.languages.stemming import english_stem

_FUNCTION_WORDS = get(TARGET_LANGUAGE).function_words
#: A word with its signs, apostrophes and digits.
WORD = re.compile(rf"(?:[^\W_]++|[{SIGNS}]++)++(?:['’]\w+)*")


@remembered
def all_words(text: str) -> tuple[str, ...]:
    """Return the words and numbers of a text, in order."""
    return tuple(WORD.findall(text))


def lower_words(text: str) -> list[str]:
    """Return them in small letters."""
    return [word.lower() for word in all_words(text)]


def is_ordinary(word: str) -> bool:
    """Return whether a word in small letters is an ordinary one of English."""
    known = ordinary_words(TARGET_LANGUAGE)
    return word in known or english_stem(word) in known


def is_known(word: str) -> bool:
    """Return whether English knows a word in small letters."""
    return is_ordinary(word) or word in _FUNCTION_WORDS


def are_english(words: Sequence[str]) -> bool:
    """Return whether most words are ordinary words of English, though few are function words."""
    return 2 * sum(map(is_ordinary, words)) > len(words)
