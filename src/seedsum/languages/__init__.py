"""All that the code knows about languages: one file for each, and one for what holds for all.

`get` gives a language's record; a tag that is not known gets one with nothing in it. Other packages
add languages by the entry point `seedsum.languages`, each a `Language` named by its tag.
"""

from __future__ import annotations

from seedsum import plugins
from seedsum.languages.bengali import BENGALI
from seedsum.languages.common import (
    ASCII_DIGITS,
    OTHER_LANGUAGES,
    SYMBOL_UNITS,
    script_counts,
    words,
)
from seedsum.languages.english import ENGLISH
from seedsum.languages.hindi import HINDI
from seedsum.languages.language import Language, missing_fields
from seedsum.languages.vietnamese import VIETNAMESE
from seedsum.records import TARGET_LANGUAGE

__all__ = [
    "ASCII_DIGITS",
    "LANGUAGES",
    "SYMBOL_UNITS",
    "TARGET_LANGUAGE",
    "Language",
    "get",
    "missing_fields",
    "script_counts",
    "words",
]

#: By BCP 47 tag: ours first, then those that other packages add.
LANGUAGES: dict[str, Language] = {
    language.tag: language for language in (VIETNAMESE, BENGALI, ENGLISH, HINDI)
}
LANGUAGES.update(OTHER_LANGUAGES)
LANGUAGES.update(plugins.load("seedsum.languages"))


def get(tag: str) -> Language:
    """Return what is known of a language; of one that is not known, its tag."""
    return LANGUAGES.get(tag) or Language(tag=tag, name=tag)
