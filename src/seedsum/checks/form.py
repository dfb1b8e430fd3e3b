"""Form: what must come through as it is written, or must not come through at all.

Placeholders, markup, marks of notes, formulas and emoji; quotation marks; English that the source
quotes; characters that no writer typed.
"""

from __future__ import annotations

import html
import re
from collections import Counter
from collections.abc import Iterator
from functools import lru_cache
from typing import NamedTuple

from seedsum.checks.check import Pair
from seedsum.checks.remembering import remembered
from seedsum.languages import TARGET_LANGUAGE, Language, get
from seedsum.records import Flag

# --------------------------------------------------------------------------------------------
# Characters that no writer typed

#: What a decoder writes for bytes that are no text, and a tokenizer for a word that it lacks.
_GARBLED = re.compile(
    "[\ufffd\u2047\ue000-\uf8ff]|<unk>|\u00e2\u20ac[\u0080-\u2122]?|\u00c3[\u00a0-\u00bf]"
)


def check_garbled(pair: Pair) -> Iterator[Flag]:
    """Flag characters that stand for something unreadable, wherever they come from."""
    if pair.translation.isascii() and "<unk>" not in pair.translation:
        return
    if found := _GARBLED.findall(pair.translation):
        shown = " ".join(dict.fromkeys(f"U+{ord(text[0]):04X}" for text in found))
        yield Flag("garbled", f"{len(found)} unreadable characters ({shown})")


# --------------------------------------------------------------------------------------------
# Marks that come through as they are

_PLACEHOLDER = (
    r"\{\{[^{}\s][^{}]{0,40}\}\}|\$?\{[\w.:]{0,40}\}"
    r"|(?<![\d%])%(?:\d\$)?[sdif@](?![\w%])|(?<!\w)%\([\w]+\)[sd]"
)
_WIKI = r"\[\[[^\[\]]{1,60}\]\]"
_TAG = r"</?[a-zA-Z][\w-]{0,20}(?:\s[^<>]{0,200})?/?>"
_NOTE = (
    r"\[(?:\^\w{1,10}|[A-Za-z]{0,8}\d{1,3})\](?!\()"
    r"|(?:(?<=[^\W\d_]{4})|(?<=[.,;:!?\"”’)\]]))[¹²³⁴-⁹⁰]+"
)
_FORMULA = r"(?<![\w()])[\w()]{1,60}+(?:\^[\w({][\w+\-)}]*|[≤≥≠≈±√∑∫×÷][\w()]+)"
_MARKS = re.compile("|".join(f"({part})" for part in (_PLACEHOLDER, _WIKI, _TAG, _NOTE, _FORMULA)))
_KINDS = ("placeholder", "link", "tag", "reference mark", "formula")
_MAY_MARK = re.compile(r"[{%\[<^≤≥≠≈±√∑∫×÷¹²³⁰⁴-⁹&]")
_ENTITY = re.compile(r"&(?:#\d{2,5}|[a-z]{2,8});")
_SUPERSCRIPTS = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹", "0123456789")

#: Pictographs and dingbats; signs that writers use for one another (arrows, ticks, stars) are not.
_EMOJI = re.compile(
    "[\U0001f300-\U0001f3fa\U0001f400-\U0001faff"
    "\u2600-\u2604\u2614\u2615\u2620\u2639\u263a\u2665\u26a0\u26bd\u2764]"
)


@remembered
def _marks(text: str) -> tuple[tuple[str, str], ...]:
    """Return the marks of a text, as they are compared, with the kind of each."""
    if not _MAY_MARK.search(text):
        return ()
    return tuple(
        (_KINDS[match.lastindex - 1], match.group().translate(_SUPERSCRIPTS).strip("[]^"))
        for match in _MARKS.finditer(_ENTITY.sub(lambda entity: html.unescape(entity[0]), text))
        if match.lastindex
    )


def check_marks(pair: Pair) -> Iterator[Flag]:
    """Flag a placeholder, tag, mark of a note, formula or emoji that is lost, changed or added."""
    there, here = _marks(pair.source), _marks(pair.translation)
    if there != here and (differences := list(_other_marks(Counter(there), Counter(here), pair))):
        yield Flag("mark-changed", "; ".join(differences))
    elif not (pair.source.isascii() and pair.translation.isascii()):
        pictures, kept = set(_EMOJI.findall(pair.source)), set(_EMOJI.findall(pair.translation))
        if pictures != kept:
            lost = Counter(("emoji", char) for char in sorted(pictures - kept))
            added = Counter(("emoji", char) for char in sorted(kept - pictures))
            yield Flag("mark-changed", "; ".join(_differences(lost, added)))


def _other_marks(
    there: Counter[tuple[str, str]], here: Counter[tuple[str, str]], pair: Pair
) -> Iterator[str]:
    """Yield how marks differ, but for those that the other side writes in another way."""
    lost, added = there - here, here - there
    lost = Counter({mark: n for mark, n in lost.items() if not _is_elsewhere(mark, pair)})
    added = Counter({mark: n for mark, n in added.items() if not _is_from_source(mark, pair)})
    return _differences(lost, added)


def _is_elsewhere(mark: tuple[str, str], pair: Pair) -> bool:
    kind, text = mark
    return kind in ("reference mark", "formula", "link") and _has(pair.translation, text)


def _is_from_source(mark: tuple[str, str], pair: Pair) -> bool:
    kind, text = mark
    return kind != "placeholder" and _has(pair.source, text)


def _has(text: str, mark: str) -> bool:
    around = r"\d" if mark.isdecimal() else r"\w"
    pattern = rf"(?<!{around}){re.escape(mark)}(?!{around})"
    found = re.search(pattern, text.translate(_SUPERSCRIPTS))
    return found is not None


def _differences(lost: Counter[tuple[str, str]], added: Counter[tuple[str, str]]) -> Iterator[str]:
    for kind, text in lost:
        yield f"the {kind} {text} is not in the translation"
    for kind, text in added:
        yield f"the {kind} {text} is not in the source"


# --------------------------------------------------------------------------------------------
# Quotation marks

_OPENING, _CLOSING = "“«„「『", "”»」』"
_QUOTES = re.compile(rf"\"+|[{_OPENING}{_CLOSING}]")
_QUOTED = re.compile(rf"[\"{_OPENING}]([^\"{_OPENING}{_CLOSING}]+)[\"{_CLOSING}]")
_MIN_QUOTED_CHARS = 40  # a shorter one may be a name, or a word that is not meant
_DROPPED = 0.3  # translators turn what was said into reported speech
_INCHES = re.compile(r"(?<=\d)\"(?=\s?[x×\d])")
#: Marks that some use for quotations, and others for much else.
_OTHER_QUOTES = re.compile(r"['‘’‹›*_`<]|''")


def check_quotes(pair: Pair) -> Iterator[Flag]:
    """Flag a quotation that the translation opens and does not close, or that it drops."""
    here, there = _open_and_closed(pair.translation), _open_and_closed(pair.source)
    if here.open and not (there.open or there.stray):
        yield Flag("quotation", "a quotation that the translation opens is not closed")
    elif there.pairs and not (here.pairs or here.open or here.stray):
        long = any(len(said) >= _MIN_QUOTED_CHARS for said in _QUOTED.findall(pair.source))
        if long and not _OTHER_QUOTES.search(pair.translation):
            detail = "what the source quotes is no quotation in the translation"
            yield Flag("quotation", detail, _DROPPED)


class _Marks(NamedTuple):
    """How many quotations a text has, and marks that open or close none."""

    pairs: int
    open: int
    stray: int


@remembered
def _open_and_closed(text: str) -> _Marks:
    pairs = is_open = stray = 0
    if '"' in text:
        text = _INCHES.sub("", text)
    for match in _QUOTES.finditer(text):
        mark, start, end = match[0][0], *match.span()
        before, after = text[start - 1 : start], text[end : end + 1]
        opens = mark in _OPENING or (
            mark == '"' and not is_open and (not before or not before.isalnum()) and after > " "
        )
        if opens:
            is_open += 1
        elif is_open:
            is_open -= 1
            pairs += 1
        else:
            stray += 1
    return _Marks(pairs, is_open, stray)


# --------------------------------------------------------------------------------------------
# English in a source in another language

_RUN = re.compile(r"(?<![^\W_])[A-Za-z][A-Za-z'’]*(?:(?:[,;:]? |-)[A-Za-z][A-Za-z'’]*)+(?![^\W_])")
_QUOTED_RUN = re.compile(rf"[\"{_OPENING}][A-Za-z'’ ,]{{8,}}[\"{_CLOSING}]")
_MIN_RUN_WORDS = 3
#: Before and after what is quoted as a whole, or is all of a text.
_STARTS, _ENDS = ("", "'", '"', "‘", *_OPENING), ("", "'", '"', "’", *_CLOSING)
_WORD = re.compile(r"[A-Za-z]+(?:['’][A-Za-z]+)?")


@lru_cache
def _english() -> frozenset[str]:
    target = get(TARGET_LANGUAGE)
    return target.function_words | (target.detection.words if target.detection else frozenset())


@lru_cache
def _only_english(tag: str) -> frozenset[str]:
    """Return the words of English that cannot be words of a language."""
    names = get(tag).names
    syllable = names.syllable if names else None
    return frozenset(word for word in _english() if not (syllable and syllable.fullmatch(word)))


def english_runs(text: str, language: Language) -> tuple[str, ...]:
    """Return the phrases of a text that are English, though the text is in another language.

    That is three words or more without diacritics, two of them in small letters: words of English
    that cannot be words of the language among them, and none of the language at either end.
    """
    return _runs(text, tag=language.tag)


@remembered
def _runs(text: str, *, tag: str) -> tuple[str, ...]:
    if _only_english(tag).isdisjoint(_WORD.findall(text)) and not _QUOTED_RUN.search(text):
        return ()
    names = get(tag).names
    syllable = names.syllable if names else None
    found = []
    for match in _RUN.finditer(text):
        words = [
            (word.start(), word.end(), word[0].replace("’", "'"))
            for word in _WORD.finditer(match[0])
        ]
        is_theirs = [
            syllable is not None and bool(syllable.fullmatch(word.lower())) for _, _, word in words
        ]
        known = [word.lower() in _english() for _, _, word in words]
        whole_end = text[match.end() : match.end() + 1] in _ENDS
        whole_start = text[match.start() - 1 : match.start()] in _STARTS
        while words and not whole_end and is_theirs[-1] and not known[-1]:
            del words[-1], is_theirs[-1], known[-1]
        while words and not whole_start and is_theirs[0] and not known[0]:
            del words[0], is_theirs[0], known[0]
        num_small = sum(word.islower() for _, _, word in words)
        certain = any(ours and not theirs for ours, theirs in zip(known, is_theirs, strict=True))
        certain |= whole_start and whole_end and sum(known) >= 2 and is_theirs.count(False) >= 2
        if len(words) >= _MIN_RUN_WORDS and num_small >= 2 and certain:
            found.append(match[0][words[0][0] : words[-1][1]])
    return tuple(found)


def check_english_inside(pair: Pair) -> Iterator[Flag]:
    """Flag an English quotation in the source that the translation does not have word for word."""
    if pair.language.tag == TARGET_LANGUAGE:
        return
    for run in english_runs(pair.source, pair.language):
        place = pair.source.find(run)
        is_quoted = place > 0 and pair.source[place - 1] in _STARTS
        if is_quoted and plain_words(run) not in plain_words(pair.translation):
            yield Flag("english-changed", f"the source has “{run}”, the translation does not")
            return


def plain_words(text: str) -> str:
    """Return the words of Latin letters in small letters, with a space on either side of each."""
    return f" {' '.join(word.lower().replace('’', chr(39)) for word in _WORD.findall(text))} "
