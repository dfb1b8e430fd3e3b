"""Faults of the decoder: it gave nothing, broke off, or thinks its own translation unlikely.

`settings` has the thresholds.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from seedsum.checks.check import Pair
from seedsum.checks.coverage import length_z
from seedsum.checks.words import all_words, is_known
from seedsum.languages import LANGUAGES, TARGET_LANGUAGE, get
from seedsum.languages.common import fold
from seedsum.languages.language import TargetCues
from seedsum.records import Flag

_TARGET_CUES = get(TARGET_LANGUAGE).as_target or TargetCues()

_SENTENCE_ENDERS = sorted({char for known in LANGUAGES.values() for char in known.sentence_enders})
_ENDS = re.compile(rf"[{re.escape(''.join(_SENTENCE_ENDERS))}][\s\"'”’»)\]]*$")
#: Headlines have no mark at the end, and sources that make sentences of them have one: 6 of 957
#: human translations from Bengali, and one in five translations that are cut.
_NO_MARK = 0.4
_PAUSES = (",", ";", "-", "–")


def check_empty(pair: Pair) -> Iterator[Flag]:
    """Flag a translation without a letter or digit, unless the source has none either."""
    if any(map(str.isalnum, pair.source)) and not any(map(str.isalnum, pair.translation)):
        yield Flag("empty", "the model gave no words")


def check_unfinished(pair: Pair) -> Iterator[Flag]:
    """Flag a translation that breaks off, at the length limit or within its sentence."""
    hypothesis, options = pair.hypothesis, pair.options
    if hypothesis is not None and not hypothesis.finished:
        yield Flag("unfinished", f"cut at the length limit ({hypothesis.num_tokens} tokens)")
        return
    source, target = pair.source.strip(), pair.translation.strip()
    if _ENDS.search(target):
        return
    last = target.split()[-1]
    is_name = last[0].isupper() and fold(last) in all_words(fold(source))  # Mr An
    never = last.lower() in _TARGET_CUES.never_last and not is_name
    if never or (last.endswith(_PAUSES) and not source.endswith(_PAUSES)):
        yield Flag("unfinished", f"the translation ends in {last!r}")
    elif _ENDS.search(source):
        headline = len(source) <= options.max_headline_chars
        bound = options.ratio_z_headline_without_end if headline else options.ratio_z_without_end
        z = length_z(source, target, language=pair.language.tag)
        detail = f"the source ends its sentence, the translation ends in {last!r}"
        within = _ends_within(target) and not is_name
        if within or _is_short_end(target) or _is_part_of_a_word(last):
            yield Flag("unfinished", detail)
        elif z < bound:
            yield Flag("unfinished", detail, _NO_MARK)


def _ends_within(target: str) -> bool:
    """Return whether a text ends in a word that sentences seldom end with."""
    *_, before, last = ("", *target.lower().split())
    if last in _TARGET_CUES.seldom_last:
        return True
    after = _TARGET_CUES.seldom_last_but_after
    return last in _TARGET_CUES.seldom_last_alone and before not in after


def _is_part_of_a_word(last: str) -> bool:
    """Return whether a text without an end mark ends in what is no word, in small letters."""
    is_word = last.isascii() and last.isalpha() and last.islower()
    return is_word and not is_known(last)


def _is_short_end(target: str) -> bool:
    """Return whether a text ends in a word or two after a comma, as no headline does."""
    before, comma, end = target.rpartition(",")
    return bool(comma) and ":" in before and len(end.split()) <= 2


def check_score(pair: Pair) -> Iterator[Flag]:
    """Flag a translation that its own model thinks very unlikely."""
    hypothesis, options = pair.hypothesis, pair.options
    if hypothesis is None or hypothesis.score is None:
        return
    bound = options.min_score - options.short_score_slack / max(hypothesis.num_tokens, 1)
    if hypothesis.score < bound:
        yield Flag("low-score", f"{hypothesis.score:.2f} per token (bound {bound:.2f})")
