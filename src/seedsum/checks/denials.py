"""Denials: what one language says by a negation and another without one.

`nobody is better` is the best, `do not go out` is to stay in; `languages` has the ways by name.
Only pairs that `meaning` would flag come here.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache

from seedsum.checks.check import Pair
from seedsum.languages import TARGET_LANGUAGE, get
from seedsum.languages.common import fold
from seedsum.languages.cues import NOT, ON_BOTH_SIDES, Rule, cue_tokens, find_cues, rules
from seedsum.languages.language import CueWords

_NAME = re.compile(r"\b(?:[A-ZÀ-ỸĐ]\w+)(?: [A-ZÀ-ỸĐ]\w+)*")
_STEM = 4  # letters that a name keeps in English (`Thái Lan`)
_NO = "no "  # before a name: what must not stand beside it
#: How far from a negation stands what it denies, in words.
_REACH = 2
#: No sentence is longer; what follows is not looked at.
_MAX_WORDS = 200


def is_said_otherwise(pair: Pair, negation: str) -> bool:
    """Return whether the translation has another way to say what the source denies."""
    theirs, ours = _cues(pair)
    there, here = _words(pair.source), _words(pair.translation)
    return _agree(theirs.denied, ours.affirmed, there, here) or _is_opposite_of_denied(
        there, here, negation, theirs, ours
    )


def is_denied_otherwise(pair: Pair) -> bool:
    """Return whether the translation denies what the source says in another way."""
    theirs, ours = _cues(pair)
    there, here = _words(pair.source), _words(pair.translation)
    return _agree(ours.denied, theirs.affirmed, here, there)


def is_turned_by_negation(pair: Pair, rule: Rule) -> bool:
    """Return whether the source denies the one meaning, and so may say the other."""
    theirs, _ = _cues(pair)
    words = _words(pair.source).split()
    near = _near_negations(words, theirs)
    return bool(near & {rule.meaning, rule.other})


def are_names_swapped(pair: Pair) -> bool:
    """Return whether the first two names that both texts have stand in another order."""
    there, here = (
        list(dict.fromkeys(fold(name).replace(" ", "")[:_STEM] for name in _NAME.findall(text)))
        for text in (pair.source, pair.translation)
    )
    common = [name for name in there if name in here][:2]
    return len(common) == 2 and here.index(common[0]) > here.index(common[1])


def _cues(pair: Pair) -> tuple[CueWords, CueWords]:
    return pair.language.cues or CueWords(), get(TARGET_LANGUAGE).cues or CueWords()


def _words(text: str) -> str:
    return f" {' '.join(cue_tokens(text)[:_MAX_WORDS])} "


def _agree(
    denied: Mapping[str, str], affirmed: Mapping[str, str], by_negation: str, without: str
) -> bool:
    """Return whether one text denies what the other says without a negation."""
    return any(
        name in affirmed and _says(denied, name, by_negation) and _says(affirmed, name, without)
        for name in denied
        if not name.startswith(_NO)
    )


def _says(table: Mapping[str, str], name: str, words: str) -> bool:
    unless = table.get(_NO + name)
    return bool(_pattern(table[name]).search(words)) and not (
        unless and _pattern(unless).search(words)
    )


@lru_cache(512)
def _pattern(words: str) -> re.Pattern[str]:
    return re.compile(rf"(?<= )(?:{words})(?= )")


def _near_negations(words: list[str], cues: CueWords) -> set[str]:
    """Return the meanings of the words around those that deny."""
    found: set[str] = set()
    for place, word in enumerate(words):
        if any(cue.meaning == NOT and cue.sure for cue in find_cues(word, cues)):
            around = words[max(0, place - _REACH) : place + _REACH + 1]
            found |= {cue.meaning for cue in find_cues(" ".join(around), cues) if cue.sure}
    return found


def _is_opposite_of_denied(
    there: str, here: str, negation: str, theirs: CueWords, ours: CueWords
) -> bool:
    """Return whether a word beside the source's negation has its opposite in the translation."""
    start = there.find(f" {negation} ")
    if start < 0:
        return False
    words, place = there.split(), len(there[:start].split())
    end = place + len(negation.split())
    near = {
        cue.meaning
        for around in (words[max(0, place - _REACH) : place], words[end : end + _REACH])
        for cue in find_cues(" ".join(around), theirs)
        if cue.sure
    }
    said = {cue.meaning for cue in find_cues(here, ours) if cue.sure}
    return any(
        one in near and other in said and one not in said
        for rule in rules()
        if rule.other not in ON_BOTH_SIDES and NOT not in (rule.meaning, rule.other)
        for one, other in ((rule.meaning, rule.other), (rule.other, rule.meaning))
        if not {one, other} & {"never", "none"}
    )
