"""English words without their endings, for comparing them."""

from __future__ import annotations

from functools import cache, lru_cache
from threading import Lock
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from snowballstemmer.english_stemmer import EnglishStemmer

_LOCK = Lock()


@lru_cache(maxsize=16_384)
def english_stem(word: str) -> str:
    """Return a lower-case English word without its endings; another word may have the same stem.

    Source: Porter 2001, the English stemmer of Snowball.
    """
    with _LOCK:  # a stemmer holds the word that it is at
        return str(_stemmer().stemWord(word))


@cache
def _stemmer() -> EnglishStemmer:
    # Not `snowballstemmer.stemmer`, which takes PyStemmer, of another version, where it is there.
    from snowballstemmer.english_stemmer import EnglishStemmer

    return EnglishStemmer()
