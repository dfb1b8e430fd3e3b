"""Names, acronyms, addresses and codes that must come through a translation unchanged.

Neighbours: `glossary` says which source terms are translated on purpose; `decoding` folds text.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence

from seedsum.checks.decoding import fold
from seedsum.checks.known_names import compare_known_names, spelt_alike
from seedsum.checks.remembering import remembered
from seedsum.records import Flag


def _set(words: str) -> frozenset[str]:
    return frozenset(words.split())


_ADDRESS = re.compile(
    r"https?://[^\s<>\"'”’)\]]+|www\.[^\s<>\"'”’)\]]+|[\w.+-]+@[\w-]+(?:\.[A-Za-z][A-Za-z0-9]+)+"
    r"|\b[A-Za-z][\w-]*(?:\.[\w-]+)*\.(?:com|org|net|vn|bd|gov|edu)\b|(?<!\w)[@#][A-Za-z_]\w+"
)
#: Runs of Latin letters, digits, inner hyphens, points and apostrophes, with a letter in them.
_LATIN = re.compile(r"[A-Za-zÀ-ɏḀ-ỿ][A-Za-z0-9À-ɏḀ-ỿ]*(?:[-.&'’][A-Za-z0-9À-ɏḀ-ỿ]+)*")

#: Vietnamese syllables without tones: onset, nucleus, coda. Source: the orthography is regular;
#: checked on the capitalised tokens of the corpora.
_SYLLABLE = re.compile(
    r"(?:ngh|ng|nh|ch|gh|gi|kh|ph|qu|th|tr|b|c|d|g|h|k|l|m|n|p|r|s|t|v|x)?"
    r"(?:uyeu|uoi|uou|uya|uye|uay|uao|oai|oay|oao|oeo|ieu|yeu|ai|ao|au|ay|eo|eu|ia|ie|iu|oa|oe|oi|"
    r"oo|ua|ue|ui|uo|uu|uy|ye|a|e|i|o|u|y)"
    r"(?:ch|nh|ng|c|m|n|p|t)?"
)
#: Units and words that are Latin letters in any text, and not names.
_UNITS = _set("km cm mm kg mg ml kmh mph usd vnd vnđ eur am pm sms")
_ROMAN = re.compile(r"[IVXLC]+$")

#: Acronyms that Vietnamese writers use for Vietnamese words.
_VIETNAMESE_ACRONYMS = _set(
    "tp tphcm hcm hn ubnd hđnd hdnd thpt thcs đh đhqg cđ gd gdđt csgt ubtv tw tư bch bcđ qđnd "
    "cand lhq tt ttxvn vn bđs nđ cp qđ ttg bhxh bhyt đbqh qh pgs ths ts gs bs ks nsnd nsưt clb "
    "hlv vđv tnhh mtv ngk kcn kđt gplx gtvt tnmt bv btc ban bqp bca gd pgd tgđ chdcnd"
)


#: Family names that are hardly ever Chinese: those are spelt another way in English. With two or
#: more syllables after it, what follows is a person's name (`Nguyễn Văn An`).
_SURNAMES = _set("Nguyễn Bùi Đỗ Võ Huỳnh Đinh")
_WORDS = re.compile(r"[^\W\d_]+")


#: What English calls some names that Vietnamese and Bengali texts write in Latin letters: the
#: commonest misses on a third of the vi-en news corpora (15,473 pairs).
_EXONYMS = {
    "adn": "dna",
    "ailen": "ireland irish",
    "amiang": "asbestos",
    "axit": "acid",
    "campuchia": "cambodia",
    "covid19": "covid coronavirus",
    "eu": "europe",
    "gruzia": "georgia",
    "ireland": "irish",
    "kito": "christ",
    "litva": "lithuania",
    "matxcova": "moscow",
    "moskva": "moscow",
    "natri": "sodium",
    "noel": "christmas",
    "rumani": "romania",
    "twitter": "tweet",
    "uk": "britain british unitedkingdom",
    "us": "america unitedstates",
    "wales": "welsh",
}


def check_names(
    source: str, target: str, *, language: str, translated: str = ""
) -> tuple[Flag, ...]:
    """Return the flag that names what the translation lacks and what it adds, or nothing.

    That is `name-changed` where it does both, else `name-missing` or `name-added`. `translated`
    holds source text that the glossary accounts for.
    """
    source = unicodedata.normalize("NFC", source)
    known = compare_known_names(source, target, language=language, translated=translated)
    missing = ", ".join(
        (*missing_names(source, target, language=language, translated=translated), *known.missing)
    )
    added = ", ".join(known.added)
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
    here = _Target(target)
    return tuple(name for name in wanted if not here.has(name))


@remembered
def names(source: str, *, language: str) -> tuple[str, ...]:
    """Return what must come through unchanged, in order, each once."""
    found = [match.group().rstrip(".,;:!?") for match in _ADDRESS.finditer(source)]
    rest = _ADDRESS.sub(" ", source) if found else source
    matches = list(_LATIN.finditer(rest))
    for i, match in enumerate(matches):
        token = match.group()
        if language == "vi" and token.islower():
            continue
        beside = [other.group() for other in (*matches[max(i - 1, 0) : i], *matches[i + 1 : i + 2])]
        if language == "vi":
            gloss = _inside_brackets(rest, match.start()) and not token.isupper()
            if not gloss and _must_stay_vietnamese(token, beside):
                found.append(token)
        elif _must_stay(token):
            found.append(token)
    if language == "vi":
        found += _people(rest)
    return tuple(dict.fromkeys(found))


def _people(text: str) -> list[str]:
    """Return the Vietnamese persons of a text, by their family names."""
    if not any(surname in text for surname in _SURNAMES):
        return []
    found = []
    matches = list(_WORDS.finditer(text))
    for i, match in enumerate(matches):
        if match.group() not in _SURNAMES:
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
    """Return whether a place is in round brackets, where Vietnamese gives a foreign original."""
    return text.rfind("(", 0, position) > text.rfind(")", 0, position)


def _must_stay(token: str) -> bool:
    """In a text of another script every Latin token but units and single letters is a name."""
    return len(token) > 1 and token.lower() not in _UNITS and not _ROMAN.match(token)


def _must_stay_vietnamese(token: str, beside: Sequence[str]) -> bool:
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
        return (
            len(letters) <= 6
            and toneless
            and not shouted
            and letters.lower() not in _VIETNAMESE_ACRONYMS
        )
    parts = [part for part in re.split(r"[-.&'’]", plain) if part]
    return not all(_SYLLABLE.fullmatch(fold(part)) for part in parts)


class _Target:
    """A translation, prepared for looking names up."""

    def __init__(self, text: str) -> None:
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
        if any(other in self._joined for other in _EXONYMS.get(joined, "").split()):
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
