"""All that the code knows about languages: a TOML file for each, one for those hardly known.

`get` gives a language's record; a tag that is not known gets one with nothing in it. Other packages
add languages by the entry point `seedsum.languages`, each a `Language`, or the path of such a file.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache
from importlib.resources import files

from seedsum import plugins
from seedsum.languages.common import ASCII_DIGITS, script_counts, words
from seedsum.languages.language import Language, NameRules, missing_fields
from seedsum.languages.loading import load
from seedsum.languages.units import SYMBOL_UNITS
from seedsum.records import TARGET_LANGUAGE

__all__ = [
    "ASCII_DIGITS", "LANGUAGES", "SYMBOL_UNITS", "TARGET_LANGUAGE", "Language", "get", "load",
    "missing_fields", "name_rules", "script_counts", "words",
]  # fmt: skip


@cache
def _languages() -> dict[str, Language]:
    ours = sorted(files(__package__).iterdir(), key=lambda path: path.name)
    found = [language for path in ours if path.name.endswith(".toml") for language in load(path)]
    for added in plugins.load("seedsum.languages").values():
        found += [added] if isinstance(added, Language) else load(added)
    return {language.tag: language for language in found}


class _Languages(Mapping[str, Language]):
    """By BCP 47 tag; the files are read when somebody looks."""

    def __getitem__(self, tag: str) -> Language:
        return _languages()[tag]

    def __iter__(self) -> Iterator[str]:
        return iter(_languages())

    def __len__(self) -> int:
        return len(_languages())


LANGUAGES: Mapping[str, Language] = _Languages()


def get(tag: str) -> Language:
    """Return what is known of a language; of one that is not known, its tag."""
    return _languages().get(tag) or Language(tag=tag, name=tag)


def name_rules(tag: str) -> NameRules:
    """Return how a language writes names; where that is not known, rules that find none."""
    return get(tag).names or NameRules()
