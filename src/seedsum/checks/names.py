"""Names, acronyms, addresses and codes that must come through a translation unchanged."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from functools import cache, cached_property, lru_cache
from itertools import pairwise

from seedsum.checks.acronyms import compare_acronyms
from seedsum.checks.bodies import compare_bodies
from seedsum.checks.check import Pair
from seedsum.checks.differences import Differences
from seedsum.checks.gazetteer import compare_places
from seedsum.checks.instructions import TURN
from seedsum.checks.known_names import compare_known_names, spelt_alike
from seedsum.checks.remembering import remembered
from seedsum.checks.syllables import compare_syllable_names
from seedsum.checks.transliterated import compare_by_sound
from seedsum.languages import get, name_rules, words
from seedsum.languages.common import EXONYMS, SITE_ENDINGS, fold
from seedsum.languages.known_names import bodies, known_names
from seedsum.languages.language import NameRules
from seedsum.records import Flag

#: An address, or what marks somebody or something in a network (`@name`, `#topic`).
ADDRESS = re.compile(
    r"https?://[^\s<>\"'”’)\]]+|www\.[^\s<>\"'”’)\]]+|[\w.+-]+@[\w-]+(?:\.[A-Za-z][A-Za-z0-9]+)+"
    rf"|\b[A-Za-z][\w-]*(?:\.[\w-]+)*\.(?:{SITE_ENDINGS})\b|(?<!\w)[@#][A-Za-z_]\w+"
)
_MAY_HAVE_ADDRESS = re.compile(rf"[@#]|//|www\.|\.(?:{SITE_ENDINGS})\b")
#: Runs of Latin letters, digits, inner hyphens, points and apostrophes, with a letter in them.
_LATIN = re.compile(
    r"(?<![A-Za-z0-9À-ɏḀ-ỿ])[A-Za-zÀ-ɏḀ-ỿ][A-Za-z0-9À-ɏḀ-ỿ]*(?:[-.&'’][A-Za-z0-9À-ɏḀ-ỿ]+)*"
)

#: Units and words that are Latin letters in any text, and not names.
_UNITS = words(
    "km cm mm kg mg ml kmh mph usd vnd vnđ eur am pm sms kw mw gw kwh mwh gwh twh kb mb gb tb "
    "kbps mbps gbps hz khz mhz ghz kcal mmhg iu mcg"
)
_ROMAN = re.compile(r"[IVXLC]+$")

_PUNCTUATION = re.compile(r"[-.&'’]")
_WORDS = re.compile(r"[^\W\d_]+")
_NO_LETTERS = re.compile(r"[\W_]+")

_OTHER_COMPARERS = (compare_by_sound, compare_acronyms, compare_bodies, compare_places)


def check_names(pair: Pair) -> Iterator[Flag]:
    """Flag what the translation lacks and what it adds of names, in one flag.

    That is `name-changed` where it does both, else `name-missing` or `name-added`.
    """
    source, target = pair.source, _with_small_letters(pair.translation)
    language = pair.language.tag
    translated = " ".join(term.source for term in pair.terms)
    wanted = names(source, language=language)
    if translated:
        folded = fold(translated)
        wanted = tuple(name for name in wanted if fold(name) not in folded)
    lacking = Differences(missing=_missing(wanted, target, name_rules(language)))
    known = compare_known_names(source, target, language=language, translated=translated)
    spelt = compare_syllable_names(source, target, language=language)
    others = [compare(source, target, language=language) for compare in _OTHER_COMPARERS]
    found = (lacking, known, spelt, *others)
    missing = _each_once(
        *(name for one in found for name in one.missing),
        *(name for one in found for name, _ in one.replaced),
    )
    lands = known.added if missing else _of_elsewhere(known.added, language)
    added = _each_once(
        *(*lands, *(name for one in (spelt, *others) for name in one.added)),
        *(name for one in found for _, name in one.replaced),
    )
    if missing and added:
        yield Flag("name-changed", f"the source names {missing}, the translation {added}")
    elif missing:
        yield Flag("name-missing", f"the source names {missing}, the translation does not")
    elif added:
        sure = _SURE if spelt.added else None
        yield Flag("name-added", f"the translation names {added}, the source does not", sure)


#: Likelihood of a name of native syllables that the source lacks.
_SURE = 0.8


def _with_small_letters(text: str) -> str:
    """Return an English text in capitals with one for each word; acronyms stay."""
    return _WORDS.sub(_in_small_letters, text) if text.isupper() else text


def _in_small_letters(match: re.Match[str]) -> str:
    word = match[0]
    return word if word in _acronyms() or not _VOWEL.search(word) else word.title()


_VOWEL = re.compile("[AEIOUY]")


@cache
def _acronyms() -> frozenset[str]:
    rows = (*known_names(), *bodies())
    return frozenset(form for row in rows for form in row.english.must if form.isupper())


def _of_elsewhere(lands: Sequence[str], language: str) -> tuple[str, ...]:
    """Return the lands that are not where the language's papers are made."""
    rules = name_rules(language)
    return tuple(land for land in lands if land not in rules.own_lands)


def _each_once(*names: str) -> str:
    """Return names in order, without those that are part of another."""
    found = dict.fromkeys(names)
    return ", ".join(n for n in found if not any(n != other and n in other for other in found))


@remembered
def names(source: str, *, language: str) -> tuple[str, ...]:
    """Return what must come through unchanged, in order, each once.

    In a language of Latin script whose syllables are not known any word may be its own: only
    addresses and persons are looked for.
    """
    known = get(language)
    rules = name_rules(language)
    found = []
    if _MAY_HAVE_ADDRESS.search(source):
        found = [match.group().rstrip(".,;:!?") for match in ADDRESS.finditer(source)]
    rest = TURN.sub(" ", ADDRESS.sub(" ", source) if found else source)
    if rules.syllable is not None:
        found += _foreign_words(rest, language)
        found += _people(rest, rules.surnames)
    elif known.script not in ("", "Latn"):  # every Latin word but units and single letters
        found += [
            token
            for token in _LATIN.findall(rest)
            if len(token) > 1 and token.lower() not in _UNITS and not _ROMAN.match(token)
        ]
    return tuple(dict.fromkeys(found))


def _foreign_words(text: str, language: str) -> Iterator[str]:
    """Yield the words of a text in Latin script that are not of its language."""
    matches = list(_LATIN.finditer(text))
    for i, match in enumerate(matches):
        token = match.group()
        if token.islower() or (not token.isupper() and _in_brackets(text, match.start())):
            continue
        beside = (other.group() for other in matches[max(i - 1, 0) : i + 2] if other is not match)
        shouted = token.isupper() and any(len(word) > 1 and word.isupper() for word in beside)
        if _is_foreign(token, language, shouted=shouted) and not (
            token.isupper() and _stands_for_words_before(token, text, match.start())
        ):
            yield token


def _in_brackets(text: str, place: int) -> bool:
    """Return whether a place is in round brackets, where a foreign original is given."""
    return text.rfind("(", 0, place) > text.rfind(")", 0, place)


def _stands_for_words_before(token: str, text: str, place: int) -> bool:
    """Return whether a word in brackets has the initials of the words before (`huyết áp (HA)`)."""
    if text[place - 1 : place] != "(":
        return False
    initials = "".join(word[0] for word in _WORDS.findall(text[:place]))
    return fold(initials).endswith(fold(token))


@lru_cache(maxsize=4096)
def _is_foreign(token: str, language: str, *, shouted: bool) -> bool:
    rules = name_rules(language)
    lower, letters = token.lower(), re.sub(r"\W", "", token)
    if len(token) < 2 or not any(map(str.isupper, token)) or lower in _UNITS:
        return False
    if any(map(str.isdigit, letters)):
        return letters[0].isalpha() and _before_digits(lower) not in rules.numbered
    if _ROMAN.match(letters) or all(_is_own(part, rules) for part in re.split(r"[.&-]", lower)):
        return False
    if letters.isupper():
        toneless = fold(letters) == letters.lower().replace("đ", "d")
        return len(letters) <= 6 and toneless and not shouted
    syllable = rules.syllable
    return not all(syllable and syllable.fullmatch(fold(part)) for part in _parts(token))


def _parts(token: str) -> list[str]:
    """Return what punctuation divides, and a capital letter where a space is lacking (`từHà`)."""
    spaced = "".join(
        f" {char}" if char.isupper() and before.islower() else char
        for before, char in pairwise(f" {token}")
    )
    return [part for word in spaced.split() for part in _PUNCTUATION.split(word)]


def _before_digits(token: str) -> str:
    return re.split(r"[\W\d]", token)[0]


def _is_own(acronym: str, rules: NameRules) -> bool:
    """Return whether an acronym stands for words of the language: is known, or is made of such."""
    return acronym in rules.acronyms or any(
        acronym[:size] in rules.acronyms and _is_own(acronym[size:], rules)
        for size in range(2, len(acronym) - 1)
    )


def _people(text: str, surnames: frozenset[str]) -> Iterator[str]:
    """Yield the persons of a text, by their family names."""
    if not any(surname in text for surname in surnames):
        return
    words = list(_WORDS.finditer(text))
    for i, surname in enumerate(words):
        if surname.group() not in surnames:
            continue
        end = surname.end()
        num_names = 0
        for word in words[i + 1 : i + 4]:
            if not word.group().istitle() or text[end : word.start()] != " ":
                break
            num_names, end = num_names + 1, word.end()
        if num_names >= 2:
            yield text[surname.start() : end]


def _missing(names: Sequence[str], target: str, rules: NameRules) -> tuple[str, ...]:
    if not names:
        return ()
    here = _Target(target)
    return tuple(name for name in names if not here.has(name, rules.exonyms))


class _Target:
    """A translation, prepared for looking names up."""

    def __init__(self, text: str) -> None:
        self._text, self._folded = text, fold(text)
        self._joined = _NO_LETTERS.sub("", self._folded)

    @cached_property
    def _initials(self) -> str:
        return "".join(re.findall(r"\b([A-Z])[a-z]+", self._text)).lower()

    @cached_property
    def _words(self) -> frozenset[str]:
        found = re.split(r"[\s\-/'’]+", self._folded)
        return frozenset(word if word.isalnum() else _NO_LETTERS.sub("", word) for word in found)

    def has(self, name: str, exonyms: Mapping[str, str]) -> bool:
        """Return whether the name occurs, give or take punctuation, endings and spelling."""
        folded = fold(name)
        if name[0] in "@#" or ADDRESS.fullmatch(name):
            return folded in self._folded
        if " " in name:  # a person: the given name is what English keeps
            return folded.split()[-1] in self._words or folded in self._folded
        joined = _NO_LETTERS.sub("", folded)
        others = exonyms.get(joined, EXONYMS.get(joined, ""))
        if any(other in self._joined for other in others.split()):
            return True
        if name.isupper() and len(joined) >= 3 and joined in self._initials:
            return True  # written out: World Health Organization
        if len(joined) <= 3:
            return joined in self._words or joined + "s" in self._words
        if name.isupper() or joined in self._joined:
            return joined in self._joined
        stem = joined[: max(4, (len(joined) + 1) // 2)]  # Mexico, Mexicans; Ukraina
        return any(word.startswith(stem) or spelt_alike(joined, word) for word in self._words)
