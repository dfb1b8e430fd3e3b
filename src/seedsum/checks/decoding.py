"""Faults of the decoder: nothing, too little, the same again, the source, or another language.

`settings` has the thresholds.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from itertools import groupby, pairwise, zip_longest
from operator import eq

from seedsum.checks.check import Pair
from seedsum.checks.coverage import length_z
from seedsum.checks.form import english_runs, plain_words
from seedsum.checks.kept_words import without_kept_words
from seedsum.checks.remembering import remembered
from seedsum.languages import LANGUAGES, TARGET_LANGUAGE, Language, get, script_counts
from seedsum.languages.common import SIGNS, fold
from seedsum.languages.language import TargetCues
from seedsum.languages.lexicon import ordinary_words
from seedsum.languages.stemming import english_stem
from seedsum.records import Flag
from seedsum.settings import CheckOptions

_TARGET = get(TARGET_LANGUAGE)
_TARGET_CUES = _TARGET.as_target or TargetCues()

_WORD = re.compile(rf"(?:[^\W_]++|[{SIGNS}]++)++(?:['’]\w+)*")
_SENTENCE_ENDERS = sorted({char for known in LANGUAGES.values() for char in known.sentence_enders})
_ENDS = re.compile(rf"[{re.escape(''.join(_SENTENCE_ENDERS))}][\s\"'”’»)\]]*$")
#: Headlines have no mark at the end, and sources that make sentences of them have one: 6 of 957
#: human translations from Bengali, and one in five translations that are cut.
_NO_MARK = 0.4
_PAUSES = (",", ";", "-", "–")


def _lower_words(text: str) -> list[str]:
    return [word.lower() for word in _words(text)]


@remembered
def _words(text: str) -> tuple[str, ...]:
    return tuple(_WORD.findall(text))


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
    never = last.lower() in _TARGET_CUES.never_last
    if never or (last.endswith(_PAUSES) and not source.endswith(_PAUSES)):
        yield Flag("unfinished", f"the translation ends in {last!r}")
    elif _ENDS.search(source):
        headline = len(source) <= options.max_headline_chars
        bound = options.ratio_z_headline_without_end if headline else options.ratio_z_without_end
        z = length_z(source, target, language=pair.language.tag)
        detail = f"the source ends its sentence, the translation ends in {last!r}"
        if _ends_within(target) or _is_short_end(target) or _is_part_of_a_word(last):
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
    return is_word and not _is_known(last)


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


# --------------------------------------------------------------------------------------------
# Repetition

#: Six times at least; most places of a text have not six characters before the next space.
_STUTTER = re.compile(r"(?=\S{6})(\S{1,12}?)\1{5,}")
#: A word that follows itself, and one with a letter three times (`wildlifesss`): 10 and 2 of 41,000
#: human translations, 22 and 18 of 1,975 segments of the starter models.
_TWICE = re.compile(r"\b([a-z]{4,}) \1\b")
_TREBLE = re.compile(r"(?<![\w.@/-])(?=[A-Za-z]{5})[A-Za-z]*?([a-z])\1\1[a-z]*(?![\w.@/-])")
#: Many languages double words (`ধীরে ধীরে`, slowly), which may then be doubled in English.
_DOUBLED = re.compile(r"(?<!\S)(\S{2,})[ -]\1(?!\w)")
#: Four words twice with one of these between: none of 41,000 human translations.
_JOINERS = _TARGET.cues.list_joiners if _TARGET.cues else frozenset()
_MIN_JOINED, _MAX_JOINED = 4, 12
_MAX_STYLE_WORDS = 3
#: A letter that a writer draws out (`Nooo`).
_DRAWN_OUT = re.compile(r"([^\W\d_])\1{3}")


def check_repetition(pair: Pair) -> Iterator[Flag]:
    """Flag a translation that says something again and its source does not."""
    if detail := next(_repetitions(pair.source, pair.translation, pair.options), None):
        yield Flag("repetition", detail)


def _repetitions(source: str, target: str, options: CheckOptions) -> Iterator[str]:
    here, distance = _lower_words(target), options.min_distant_tokens
    repeated = _repeated_in_a_row(here, options)
    if (
        repeated
        and not _is_style(repeated, target)
        and not _repeated_in_a_row(_lower_words(source), options)
    ):
        yield f"{' '.join(repeated)!r} again and again"
    repeated = _repeated_and(here)
    if repeated and not _repeated_and(_lower_words(source)):
        yield f"{' '.join(repeated)!r} twice"
    repeated = _repeated_anywhere(here, distance)
    if repeated and not _repeated_anywhere(_lower_words(source), distance - 2):
        yield f"{' '.join(repeated)!r} twice"
    may_double = _TARGET_CUES.may_double
    twice = next((m for m in _TWICE.finditer(target) if m[1] not in may_double), None)
    if twice and not _DOUBLED.search(source):
        yield repr(twice.group())
    treble = _TREBLE.search(target)
    if treble and treble.group() not in source and not _cries(source, options):
        yield repr(treble.group())
    stutter = _STUTTER.search(target)
    if (
        stutter
        and any(map(str.isalpha, stutter.group()))
        and stutter.group() not in source
        and not (len(stutter[1]) == 1 and _cries(source, options))
    ):
        yield repr(stutter.group()[:40])


def _is_style(phrase: Sequence[str], target: str) -> bool:
    """Return whether writers say a short phrase twice on purpose, and no more than that.

    A break between, as in `so happy, so happy`; `and`, as in `walked and walked and`; and what
    comes of `what will be will be`.
    """
    if len(phrase) > _MAX_STYLE_WORDS:
        return False
    words = [re.escape(word) for word in phrase]
    once = r"\s+".join(words)
    text = target.lower()
    if re.search(rf"\b{once}(?:[^\w]+{once}){{2}}\b", text):
        return False
    broken = re.search(rf"\b{once}\s*[,;:–—-]+\s*{once}\b", text)
    said_of = re.search(rf"\b(?:what|who|whoever|whatever)\s+(?:\w+\s+)?{once}\s+{once}\b", text)
    return bool(broken or said_of or not _JOINERS.isdisjoint(phrase))


def _cries(source: str, options: CheckOptions) -> bool:
    """Return whether a source draws a letter out or says a word again and again."""
    return bool(_DRAWN_OUT.search(source) or _repeated_in_a_row(_lower_words(source), options))


def _repeated_in_a_row(tokens: Sequence[str], options: CheckOptions) -> tuple[str, ...]:
    """Return the first phrase that follows itself, or nothing."""
    num_tokens = len(tokens)
    num_again = num_tokens - len(set(tokens))  # no repeated phrase has more
    for size in range(1, min(num_tokens // 2, num_again) + 1):
        if not any(map(eq, tokens, tokens[size:])):
            continue
        times = options.min_repeated_words if size < options.min_repeated_tokens else 2
        wanted = size * (times - 1)  # tokens in a row that also stand `size` before
        for place in range(size, num_tokens, size):  # any such row has one of these places in it
            start = end = place
            while start > size and tokens[start] == tokens[start - size]:
                start -= 1
            start += tokens[start] != tokens[start - size]
            while end < num_tokens and end < start + wanted and tokens[end] == tokens[end - size]:
                end += 1
            if end == start + wanted:
                return tuple(tokens[end - size : end])
    return ()


def _repeated_and(tokens: Sequence[str]) -> tuple[str, ...]:
    """Return the first phrase of some words that follows itself after `and`, or nothing."""
    for joiner in [i for i, token in enumerate(tokens) if token in _JOINERS]:
        for size in range(_MIN_JOINED, min(joiner, len(tokens) - joiner - 1, _MAX_JOINED) + 1):
            if tokens[joiner - size : joiner] == tokens[joiner + 1 : joiner + 1 + size]:
                return tuple(tokens[joiner - size : joiner])
    return ()


def _repeated_anywhere(tokens: Sequence[str], size: int) -> tuple[str, ...]:
    if len(tokens) - len(set(tokens)) < size:
        return ()
    seen: set[tuple[str, ...]] = set()
    for phrase in zip(*(tokens[start:] for start in range(size)), strict=False):
        if phrase in seen:
            return phrase
        seen.add(phrase)
    return ()


# --------------------------------------------------------------------------------------------
# Copying, script and language

_LATIN_WORD = re.compile(r"[^\W\d_]+")
_A_NAME = "A"  # no run of small letters goes on over it
_QUOTED = re.compile(r"[\"“‘«']([^\"“”‘’«»]{1,60})[\"”’»']")
_LOWER_RUN = re.compile(r"[^\W\d_]+|\d+|[^\w\s]")


def check_copied(pair: Pair) -> Iterator[Flag]:
    """Flag a translation that is the source, has a run of its words, or words left as they were."""
    source, target, language = pair.source, pair.translation, pair.language
    if language.tag == TARGET_LANGUAGE:
        return
    english = english_runs(source, language)
    if _same_words(source, target) and not _is_english(source, english):
        yield Flag("copied-source", "the translation is the source")
    elif left := _left_over(source, target, language):
        yield Flag("copied-source", f"left in {language.name}: {' '.join(left[:5])}")
    elif run := _common_run(
        _without(source, english),
        without_kept_words(target, language),
        pair.options.min_copied_tokens,
    ):
        yield Flag("copied-source", f"copied: {' '.join(run)}")


def _is_english(source: str, runs: Sequence[str]) -> bool:
    """Return whether most words of a source are English: to copy it is right."""
    num_words = sum(len(plain_words(run).split()) for run in runs)
    return 2 * num_words > len(_words(source))


def _without(source: str, runs: Sequence[str]) -> str:
    """Return a source without the phrases that rightly stand in the translation too."""
    for run in runs:
        source = source.replace(run, _A_NAME)
    return source


def _left_over(source: str, target: str, language: Language) -> list[str]:
    """Return the words of the source's language in the target, in small letters, but for names.

    They have a letter that only the language has, or diacritics and are words of the source. A name
    begins with a capital and has diacritics; what follows may be its next words. Of 54,600 human
    translations from Vietnamese 20 have such a word, 16 of them dishes and the like; of a weak
    model's every fiftieth.
    """
    if not language.own_letters or target.isascii():
        return []
    target = without_kept_words(unicodedata.normalize("NFC", target), language)
    there = frozenset(_words(source))
    titles = {quoted for quoted in _QUOTED.findall(target) if quoted in source}
    for title in titles:  # of a song, a book
        target = target.replace(title, _A_NAME)
    max_letters = language.max_syllable_letters or len(target)
    left: list[str] = []
    name_end = loan_end = None
    for match in _LATIN_WORD.finditer(target):
        word = match.group()
        accented = not word.isascii()
        if word in language.loanwords:
            loan_end = match.end()
            continue
        if match.start() - 1 == loan_end:  # `bánh` may be any of them
            continue
        goes_on = match.start() - 1 == name_end and (accented or len(word) <= 3)
        if goes_on or (accented and word[0].isupper()):
            name_end = match.end()
        elif accented:
            copied = word in there and len(word) <= max_letters
            if not language.own_letters.isdisjoint(word) or (
                copied and language.alphabet.issuperset(word)
            ):
                left.append(word)
    return left


def _same_words(source: str, target: str) -> bool:
    """Return whether both texts have the same words, three or more (without diacritics)."""
    num_words = 0
    for one, other in zip_longest(_WORD.finditer(fold(source)), _WORD.finditer(fold(target))):
        if not (one and other) or one[0].lower() != other[0].lower():
            return False
        num_words += 1
    return num_words > 2


def _common_run(source: str, target: str, size: int) -> tuple[str, ...]:
    """Return a run of lower-case words that both texts have (without diacritics), or nothing.

    Names, numbers and what stands in quotation marks may be the same in both.
    """
    there = _source_runs(source, size)
    if not there:  # Bengali has no lower case
        return ()
    return next((run for run in _lower_runs(target, size) if run in there), ())


@remembered
def _source_runs(text: str, size: int) -> frozenset[tuple[str, ...]]:
    return frozenset(_lower_runs(text, size))


def _lower_runs(text: str, size: int) -> Iterator[tuple[str, ...]]:
    if text == text.upper():  # a script without small letters
        return
    for is_lower, tokens in groupby(_LOWER_RUN.findall(text), str.islower):
        if is_lower and len(row := list(tokens)) >= size:
            row = fold(" ".join(row)).split(" ")
            yield from zip(*(row[start:] for start in range(size)), strict=False)


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
    translation = unicodedata.normalize("NFC", pair.translation)
    found = _words(without_kept_words(translation, pair.language))
    if not loanwords.isdisjoint(found):
        # With the word after each (`bánh chưng`).
        found = tuple(
            word
            for before, word in pairwise(("", *found))
            if word not in loanwords and before not in loanwords
        )
    ours = [token for word in found if (token := word.lower()) in _TARGET.function_words]
    lower = [word for word in found if word[0].islower()]  # no names: Son La is no Spanish
    if foreign := [word for word in lower if word in _ANY_FOREIGN]:
        hits = {tag: sum(word in table for word in foreign) for tag, table in _FOREIGN.items()}
        best = max(sorted(hits), key=lambda tag: hits[tag])
        num_only_ours = sum(token not in _TARGET_CUES.shared_words for token in ours)
        if len(foreign) == 1 and _are_english(foreign):  # `met` is Dutch as well
            hits[best] = 0
        if hits[best] > len(ours) or (hits[best] >= 2 and hits[best] > num_only_ours):
            yield f"{hits[best]} words of {best}, {len(ours)} of {_TARGET.name}"
    num_accented = sum([not word.isascii() and fold(word) != word for word in lower])
    if num_accented >= 2 and num_accented > options.max_accented_share * len(lower):
        yield f"{num_accented} of {len(lower)} words have diacritics"
    num_known = sum(map(_is_known, lower))
    if len(lower) >= _MIN_KNOWN_WORDS and num_known <= _MAX_KNOWN_SHARE * len(lower):
        yield f"{num_known} of {len(lower)} words are known in {_TARGET.name}"
    num_lower, min_share = max(len(lower), 1), options.min_english_share
    if len(lower) < options.min_language_words or len(ours) / num_lower >= min_share:
        return
    others = (word for word in lower if word not in _TARGET.function_words)
    num_endings = sum(word.endswith(_TARGET_CUES.endings) for word in others)
    if (len(ours) + num_endings) / num_lower < min_share and not _are_english(lower):
        yield f"{len(ours)} of {len(lower)} words are plainly {_TARGET.name}"


def _are_english(words: Sequence[str]) -> bool:
    """Return whether most words are ordinary words of English, though few are function words."""
    return 2 * sum(map(_is_ordinary, words)) > len(words)


def _is_ordinary(word: str) -> bool:
    known = ordinary_words(TARGET_LANGUAGE)
    return word in known or english_stem(word) in known


def _is_known(word: str) -> bool:
    return _is_ordinary(word) or word in _TARGET.function_words
