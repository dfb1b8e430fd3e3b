"""Another script or language than English."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from itertools import pairwise

from seedsum.checks.check import Pair
from seedsum.checks.kept_words import without_kept_words
from seedsum.checks.words import all_words, are_english, is_known
from seedsum.languages import LANGUAGES, TARGET_LANGUAGE, get, script_counts
from seedsum.languages.common import fold
from seedsum.languages.language import TargetCues
from seedsum.records import Flag

_TARGET = get(TARGET_LANGUAGE)
_TARGET_CUES = _TARGET.as_target or TargetCues()


def _script_name(word: str) -> str:
    """Return what Unicode calls the script of a word's first letter that is not Latin (`Bengali`).

    Also of one that no language here is written in.
    """
    names = [unicodedata.name(char, "").title().split() for char in word if char.isalpha()]
    return next((name[0] for name in names if name and name[0] != "Latin"), "another")


def check_script(pair: Pair) -> Iterator[Flag]:
    """Flag a translation with letters of another script than Latin, or digits of the source's.

    Signs of currencies are no letters. What the source says in a third script may stay so.
    """
    if pair.translation.isascii():
        return
    letters = "".join(char for char in pair.translation if unicodedata.category(char) != "Sc")
    counts = script_counts(letters)
    foreign = {script: count for script, count in counts.items() if script != _TARGET.script}
    if foreign.get("Grek") == 1:
        del foreign["Grek"]
    if foreign.keys() - {pair.language.script}:
        quoted = set(pair.source)
        kept = "".join(char for char in letters if char in quoted)
        for script, count in script_counts(kept).items():
            if script in foreign and script != pair.language.script:
                foreign[script] -= count
    if sum(foreign.values()) >= pair.options.min_foreign_letters:
        script = max(sorted(foreign), key=lambda name: foreign[name])
        left = [word for word in pair.translation.split() if script in script_counts(word)]
        yield Flag("wrong-script", f"left in {_script_name(left[0])} script: {' '.join(left[:5])}")
    elif left := [char for char in pair.translation if char in pair.language.digits]:
        yield Flag("wrong-script", f"digits left in {pair.language.name}: {''.join(left[:10])}")


#: The function words of the other languages in our script, and all of them together.
_FOREIGN = {
    tag: known.function_words - _TARGET.function_words
    for tag, known in LANGUAGES.items()
    if known.script == _TARGET.script and tag != TARGET_LANGUAGE and known.function_words
}
_ANY_FOREIGN = frozenset[str]().union(*_FOREIGN.values())


#: Small words of which no more than that share is known in English are of another language, also
#: of one that is not known here: of 2,561 sentences of a corpus of English news 8 have so few, and
#: all 8 are Vietnamese or French.
_MAX_KNOWN_SHARE = 0.4
_MIN_KNOWN_WORDS = 3


def check_language(pair: Pair) -> Iterator[Flag]:
    """Flag a translation whose function words, letters or endings are not those of English."""
    if detail := next(_signs_of_another(pair), None):
        yield Flag("wrong-language", detail)


def _signs_of_another(pair: Pair) -> Iterator[str]:
    options, loanwords = pair.options, pair.language.loanwords
    found = all_words(without_kept_words(pair.translation, pair.language))
    if not loanwords.isdisjoint(found):
        # With the word after each (`bánh chưng`).
        found = tuple(
            word
            for before, word in pairwise(("", *found))
            if word not in loanwords and before not in loanwords
        )
    ours = [token for word in found if (token := word.lower()) in _TARGET.function_words]
    lower = [word for word in found if word[0].islower()]  # no names: Son La is no Spanish
    if len(lower) > 1 and len(set(lower)) == 1:  # laughter and other cries
        return
    if foreign := [word for word in lower if word in _ANY_FOREIGN]:
        hits = {tag: sum(word in table for word in foreign) for tag, table in _FOREIGN.items()}
        best = max(sorted(hits), key=lambda tag: hits[tag])
        num_only_ours = sum(token not in _TARGET_CUES.shared_words for token in ours)
        if len(foreign) == 1 and are_english(foreign):  # `met` is Dutch as well
            hits[best] = 0
        if hits[best] > len(ours) or (hits[best] >= 2 and hits[best] > num_only_ours):
            yield f"{hits[best]} words of {best}, {len(ours)} of {_TARGET.name}"
    num_accented = sum([not word.isascii() and fold(word) != word for word in lower])
    if num_accented >= 2 and num_accented > options.max_accented_share * len(lower):
        yield f"{num_accented} of {len(lower)} words have diacritics"
    num_known = sum(map(is_known, lower))
    if len(lower) >= _MIN_KNOWN_WORDS and num_known <= _MAX_KNOWN_SHARE * len(lower):
        yield f"{num_known} of {len(lower)} words are known in {_TARGET.name}"
    num_lower, min_share = max(len(lower), 1), options.min_english_share
    if len(lower) < options.min_language_words or len(ours) / num_lower >= min_share:
        return
    others = (word for word in lower if word not in _TARGET.function_words)
    num_endings = sum(word.endswith(_TARGET_CUES.endings) for word in others)
    if (len(ours) + num_endings) / num_lower < min_share and not are_english(lower):
        yield f"{len(ours)} of {len(lower)} words are plainly {_TARGET.name}"
