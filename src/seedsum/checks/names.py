"""Names, acronyms, addresses and codes that must come through a translation unchanged."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence

from seedsum.checks.check import Pair
from seedsum.checks.known_names import compare_known_names, spelt_alike
from seedsum.checks.remembering import remembered
from seedsum.languages import get, words
from seedsum.languages.common import EXONYMS, fold
from seedsum.languages.language import NameRules
from seedsum.records import Flag

_ADDRESS = re.compile(
    r"https?://[^\s<>\"'”’)\]]+|www\.[^\s<>\"'”’)\]]+|[\w.+-]+@[\w-]+(?:\.[A-Za-z][A-Za-z0-9]+)+"
    r"|\b[A-Za-z][\w-]*(?:\.[\w-]+)*\.(?:com|org|net|vn|bd|gov|edu)\b|(?<!\w)[@#][A-Za-z_]\w+"
)
#: Runs of Latin letters, digits, inner hyphens, points and apostrophes, with a letter in them.
_LATIN = re.compile(r"[A-Za-zÀ-ɏḀ-ỿ][A-Za-z0-9À-ɏḀ-ỿ]*(?:[-.&'’][A-Za-z0-9À-ɏḀ-ỿ]+)*")

#: Units and words that are Latin letters in any text, and not names.
_UNITS = words("km cm mm kg mg ml kmh mph usd vnd vnđ eur am pm sms")
_ROMAN = re.compile(r"[IVXLC]+$")

_WORDS = re.compile(r"[^\W\d_]+")


def check_names(pair: Pair) -> tuple[Flag, ...]:
    """Flag what the translation lacks and what it adds of names, in one flag.

    That is `name-changed` where it does both, else `name-missing` or `name-added`.
    """
    source = unicodedata.normalize("NFC", pair.source)
    language = pair.language.tag
    translated = " ".join(term.source for term in pair.terms)
    known = compare_known_names(source, pair.translation, language=language, translated=translated)
    lacking = missing_names(source, pair.translation, language=language, translated=translated)
    missing, added = ", ".join((*lacking, *known.missing)), ", ".join(known.added)
    if missing and added:
        return (Flag("name-changed", f"{missing} in the source, {added} in the translation"),)
    if missing:
        return (Flag("name-missing", f"{missing} not in the translation"),)
    if added:
        return (Flag("name-added", f"{added} not in the source"),)
    return ()


def missing_names(
    source: str, target: str, *, language: str, translated: str = ""
) -> tuple[str, ...]:
    """Return the names, acronyms, addresses and codes of the source that the target lacks."""
    wanted = names(unicodedata.normalize("NFC", source), language=language)
    if translated:
        folded = fold(translated)
        wanted = tuple(name for name in wanted if fold(name) not in folded)
    if not wanted:
        return ()
    rules = get(language).names
    here = _Target(target, {**EXONYMS, **rules.exonyms} if rules else EXONYMS)
    return tuple(name for name in wanted if not here.has(name))


@remembered
def names(source: str, *, language: str) -> tuple[str, ...]:
    """Return what must come through unchanged, in order, each once.

    In a language of Latin script whose syllables are not known any word may be its own: only
    addresses and persons are looked for.
    """
    known = get(language)
    rules = known.names or NameRules()
    found = [match.group().rstrip(".,;:!?") for match in _ADDRESS.finditer(source)]
    rest = _ADDRESS.sub(" ", source) if found else source
    if rules.syllable is not None:
        found += _foreign_words(rest, rules, rules.syllable)
    elif known.script not in ("", "Latn"):
        found += [token for token in _LATIN.findall(rest) if _must_stay(token)]
    found += _people(rest, rules.surnames)
    return tuple(dict.fromkeys(found))


def _foreign_words(text: str, rules: NameRules, syllable: re.Pattern[str]) -> list[str]:
    """Return the words of a text in Latin script that are not of its language."""
    found = []
    matches = list(_LATIN.finditer(text))
    for i, match in enumerate(matches):
        token = match.group()
        if token.islower() or (_inside_brackets(text, match.start()) and not token.isupper()):
            continue
        beside = [other.group() for other in (*matches[max(i - 1, 0) : i], *matches[i + 1 : i + 2])]
        if _is_foreign(token, beside, rules.acronyms, syllable):
            found.append(token)
    return found


def _people(text: str, surnames: frozenset[str]) -> list[str]:
    """Return the persons of a text, by their family names."""
    if not any(surname in text for surname in surnames):
        return []
    found = []
    matches = list(_WORDS.finditer(text))
    for i, match in enumerate(matches):
        if match.group() not in surnames:
            continue
        end = i + 1
        while (
            end < len(matches)
            and end - i < 4
            and matches[end].group().istitle()
            and text[matches[end - 1].end() : matches[end].start()] == " "
        ):
            end += 1
        if end - i >= 3:
            found.append(text[match.start() : matches[end - 1].end()])
    return found


def _inside_brackets(text: str, position: int) -> bool:
    """Return whether a place is in round brackets, where a foreign original is given."""
    return text.rfind("(", 0, position) > text.rfind(")", 0, position)


def _must_stay(token: str) -> bool:
    """In a text of another script every Latin token but units and single letters is a name."""
    return len(token) > 1 and token.lower() not in _UNITS and not _ROMAN.match(token)


def _is_foreign(
    token: str, beside: Sequence[str], acronyms: frozenset[str], syllable: re.Pattern[str]
) -> bool:
    plain = token.rstrip(".")
    if len(plain) < 2 or not any(char.isupper() for char in plain) or plain.lower() in _UNITS:
        return False
    letters = re.sub(r"[^\w]", "", plain)
    if any(char.isdigit() for char in letters):
        return letters[0].isalpha()
    if _ROMAN.match(letters):
        return False
    if letters.isupper():
        shouted = any(len(other) > 1 and other.isupper() for other in beside)
        toneless = fold(letters) == letters.lower().replace("đ", "d")
        return len(letters) <= 6 and toneless and not shouted and letters.lower() not in acronyms
    parts = [part for part in re.split(r"[-.&'’]", plain) if part]
    return not all(syllable.fullmatch(fold(part)) for part in parts)


class _Target:
    """A translation, prepared for looking names up."""

    def __init__(self, text: str, exonyms: Mapping[str, str]) -> None:
        self._exonyms = exonyms
        self._folded = fold(text)
        capitalised = re.findall(r"\b([A-Z])[a-z]+", text)
        self._initials = "".join(capitalised).lower()
        self._joined = re.sub(r"[\W_]+", "", self._folded)
        self._tokens = {
            token if token.isalnum() else re.sub(r"[\W_]+", "", token)
            for token in re.split(r"[\s\-/'’]+", self._folded)
        }

    def has(self, name: str) -> bool:
        """Return whether the name occurs, give or take punctuation, endings and spelling."""
        if name[0] in "@#" or _ADDRESS.fullmatch(name):
            return fold(name) in self._folded
        if " " in name:  # a person: the given name is what English keeps
            return fold(name.split()[-1]) in self._tokens or fold(name) in self._folded
        joined = re.sub(r"[\W_]+", "", fold(name))
        if any(other in self._joined for other in self._exonyms.get(joined, "").split()):
            return True
        if name.isupper() and len(joined) >= 3 and joined in self._initials:
            return True  # written out: World Health Organization
        if len(joined) <= 3:
            return joined in self._tokens or joined + "s" in self._tokens
        if joined in self._joined:
            return True
        if name.isupper():
            return False
        return any(_alike(joined, token) for token in self._tokens if token)


def _alike(name: str, token: str) -> bool:
    """Return whether a token is the name in another form (`Mexico`, `Mexicans`; `Ukraina`)."""
    if token.startswith(name[: max(4, (len(name) + 1) // 2)]):
        return True
    return spelt_alike(name, token)
