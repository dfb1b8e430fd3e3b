"""Copies: a translation that is its source, has a run of its words, or words left as they were."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import groupby, zip_longest

from seedsum.checks.check import Pair
from seedsum.checks.form import english_runs, plain_words
from seedsum.checks.kept_words import A_NAME, without_kept_words
from seedsum.checks.names import ADDRESS
from seedsum.checks.remembering import remembered
from seedsum.checks.words import WORD, all_words
from seedsum.languages import TARGET_LANGUAGE, Language
from seedsum.languages.common import fold
from seedsum.records import Flag

_LATIN_WORD = re.compile(r"[^\W\d_]+")
_QUOTED = re.compile(r"[\"“‘«']([^\"“”‘’«»]{1,60})[\"”’»']")
_LOWER_RUN = re.compile(r"[^\W\d_]+|\d+|[^\w\s]")


def check_copied(pair: Pair) -> Iterator[Flag]:
    """Flag a translation that is the source, has a run of its words, or words left as they were."""
    source, target, language = pair.source, pair.translation, pair.language
    if language.tag == TARGET_LANGUAGE:
        return
    english = english_runs(source, language)
    if _same_words(source, target, language) and not _is_english(source, english):
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
    return 2 * num_words > len(all_words(source))


def _without(source: str, runs: Sequence[str]) -> str:
    """Return a source without the phrases that rightly stand in the translation too."""
    for run in runs:
        source = source.replace(run, A_NAME)
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
    target = without_kept_words(target, language)
    there = frozenset(all_words(source))
    titles = {quoted for quoted in _QUOTED.findall(target) if quoted in source}
    for title in titles:  # of a song, a book
        target = target.replace(title, A_NAME)
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


def _same_words(source: str, target: str, language: Language) -> bool:
    """Return whether both texts have the same words (without diacritics), and should not.

    Names, numbers, addresses and laughter are the same in both: two function words or words in
    small letters at least are something else.
    """
    num_words = 0
    for one, other in zip_longest(WORD.finditer(fold(source)), WORD.finditer(fold(target))):
        if not (one and other) or one[0].lower() != other[0].lower():
            return False
        num_words += 1
    words = set(all_words(ADDRESS.sub(" ", source)))
    plain = {word.lower() for word in words if _is_small(word)}
    plain |= language.function_words.intersection(map(str.lower, words))
    return num_words > 2 and len(plain) > 1


def _is_small(word: str) -> bool:
    """Return whether a word has no capital letter, and is no number."""
    return word[0].isalpha() and word == word.lower()


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
