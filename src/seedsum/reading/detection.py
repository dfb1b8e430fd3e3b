"""A language for every block: script first, words and langdetect second, the neighbours third.

Where nothing is sure the answer is `und`, and the pipeline keeps the text. The languages that
matter are the configured ones and those that are mistaken for them. langdetect's probability is no
confidence ('WHO' is Swahili to it with 0.99999), so a short text needs words that speak for it.
`tests/test_detection.py` holds what was measured on FLORES and NTREX sentences.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from functools import cache
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from seedsum.languages import LANGUAGES, get, script_counts
from seedsum.languages.common import CANDIDATES, LANGUAGE_OF_SCRIPT, any_of, fold
from seedsum.languages.language import DetectionCues
from seedsum.records import (
    ARTICLE_ROLES,
    UNDETERMINED,
    Block,
    Detection,
    Document,
    Kind,
    Segment,
)

if TYPE_CHECKING:
    from langdetect.detector_factory import DetectorFactory

#: Characters of a block that are looked at: a language shows in the first sentences.
_SAMPLE_CHARS = 600
#: From so many words on langdetect is believed, from five on where it says English and is sure.
_SURE_WORDS, _MIN_WORDS = 10, 5
#: 99% of Vietnamese sentences without their marks have 0.65 or more, of 14 other languages 0.50.
_TONELESS_SYLLABLE_SHARE = 0.62
#: A language of the same script has none of the letters, or has another one in their place.
_MIN_LETTER_SHARE = 0.2

#: English of ten words or more has at least that share of words that speak for it: all of 1,077
#: news sentences do, and no romanised Bengali of our own does.
_MIN_WORD_SHARE = 0.06
#: Of a language's words with its marks, nearly all have the shape of its syllables.
_MIN_SHAPED_SHARE = 0.85
#: A sentence of less is left to its paragraph: a name or a label says little of its language.
_MIN_SENTENCE_WORDS, _MIN_SENTENCE_LETTERS = 4, 5
#: A sentence whose letters are another script's by that much is no sentence of its paragraph.
_OTHER_SCRIPT_SHARE = 0.7
#: What langdetect must be sure of to take a sentence out of its paragraph's language.
_SURE_CONFIDENCE = 0.95
#: How sure a few words make it: enough for a block that says no more.
_LABEL_CONFIDENCE = 0.6

_WORD = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)?")
# A combining vowel sign is no word character to `\w`; take whole runs of the scripts of India.
_INDIC_WORD = re.compile("[\u0900-\u0963\u0970-\u09e5\u09f0-\u0dff\u200c\u200d]+")
_LINK = re.compile(r"(?:https?://|www\.)\S+|\S{1,64}@\S{1,255}")

#: Of the scripts that are written with Latin words between (`Hospital-এর director বলেন`): the
#: language, its words, and what it joins to a foreign one.
_MIXED = {
    language.script: (
        language.tag,
        language.detection.words,
        re.compile(rf"[a-z0-9][-‑–]?{any_of(language.noun_endings)}(?!\w)"),
    )
    for language in LANGUAGES.values()
    if language.detection and language.noun_endings and language.script != "Latn"
}

#: What languages of one script are told apart by, by script and language.
_CUES: dict[str, dict[str, DetectionCues]] = {}
for _language in LANGUAGES.values():
    if _language.detection:
        _CUES.setdefault(_language.script, {})[_language.tag] = _language.detection


class _Text(NamedTuple):
    """What the methods look at: the text without links, in small letters, cut to the sample."""

    sample: str
    scripts: Mapping[str, int]
    script: str  # of most letters; empty where there are none
    share: float  # of the letters


def detect(document: Document, *, languages: tuple[str, ...]) -> Document:
    """Return the document with `detection` set on every block.

    Other languages than the configured ones are recognised so that they are refused. A block that
    says nothing by itself gets the language of the nearest blocks in its script, if those above and
    below agree, else what the source declares.
    """
    texts = [_text(document.text[block.start : block.end]) for block in document.blocks]
    own = [
        # Code is in no language, whatever its words are.
        Detection(method="no-letters") if block.kind is Kind.CODE else _by_itself(text, languages)
        for block, text in zip(document.blocks, texts, strict=True)
    ]
    declared = re.split("[-_]", document.declared_language or "")[0].strip().casefold()
    together = _together(texts, own, languages, declared)
    above = _nearest(texts, own)
    below = reversed(_nearest(texts[::-1], own[::-1]))
    blocks: list[Block] = []
    for block, text, found, *beside in zip(document.blocks, texts, own, above, below, strict=True):
        if found.method == "unknown":
            near = {*filter(None, beside)}
            if len(near) == 1:
                found = Detection(near.pop(), 0.5, "neighbours")
            elif not near:
                found = together.get(text.script, found)
        blocks.append(replace(block, detection=found))
    return replace(document, blocks=tuple(blocks))


def detect_text(text: str, *, languages: tuple[str, ...]) -> Detection:
    """Return the language of one text by itself, or `und` where nothing is sure."""
    return _by_itself(_text(text), languages)


def detect_sentences(
    document: Document, segments: Sequence[Segment], *, languages: tuple[str, ...]
) -> tuple[Segment, ...]:
    """Return the segments, those that are in another language than their block with their own.

    A block's language is that of most of it; a sentence of it that is clearly in another one is
    not for the block's model. Where only the script says so, that is `und`.
    """
    blocks = {block.id: block for block in document.blocks}
    whole = {(block.start, block.end) for block in document.blocks}
    return tuple(
        segment
        if (segment.start, segment.end) in whole
        else _in_own_language(segment, blocks[segment.block_id].detection.language, languages)
        for segment in segments
    )


def _in_own_language(segment: Segment, language: str, languages: tuple[str, ...]) -> Segment:
    text = _text(segment.text)
    script = get(language).script
    if language == UNDETERMINED or not text.script:
        return segment
    if text.script != script:
        enough = text.scripts[text.script] >= _MIN_SENTENCE_LETTERS
        if not enough or text.share < _OTHER_SCRIPT_SHARE:
            return segment
        found = _by_itself(text, languages).language
    else:
        if len(_WORD.findall(text.sample)) < _MIN_SENTENCE_WORDS:
            return segment
        own = _by_itself(text, languages)
        is_other = own.language != UNDETERMINED and _is_sure_of(own, text, language)
        found = own.language if is_other else language
    return segment if found == language else replace(segment, language=found)


def _is_sure_of(found: Detection, text: _Text, language: str) -> bool:
    """Return whether a sentence's language is surer than that of the block it stands in."""
    if found.method == "langdetect":  # which takes a row of names for any language
        cues = {tag: known for tag, known in _CUES[text.script].items() if tag == language}
        own_words = sum(_count_words(_WORD.findall(text.sample), cues).values())
        return found.confidence >= _SURE_CONFIDENCE and not own_words
    return found.method == "script" or found.confidence > _LABEL_CONFIDENCE


def article_language(document: Document) -> Detection:
    """Return the language of most characters in article blocks; confidence is its share of them.

    `und` where the article has no letters. Ties go to the first in the alphabet.
    """
    blocks = [block for block in document.blocks if block.role in ARTICLE_ROLES] or document.blocks
    sizes: Counter[str] = Counter()
    methods: dict[str, str] = {}
    for block in blocks:
        found = block.detection
        if found.method != "no-letters":
            sizes[found.language] += block.end - block.start
            methods.setdefault(found.language, found.method)
    if not sizes:
        return Detection()
    language, size = min(sizes.items(), key=lambda item: (-item[1], item[0]))
    return Detection(language, round(size / sizes.total(), 4), methods[language])


def _text(text: str) -> _Text:
    sample = _LINK.sub(" ", text[: 2 * _SAMPLE_CHARS])[:_SAMPLE_CHARS]
    sample = unicodedata.normalize("NFC", sample.casefold())
    scripts = script_counts(sample)
    script = min(scripts, key=lambda key: (-scripts[key], key), default="")
    return _Text(sample, scripts, script, scripts[script] / sum(scripts.values()) if script else 0)


def _by_itself(text: _Text, languages: tuple[str, ...]) -> Detection:
    if not text.scripts:
        return Detection(method="unknown" if any(map(str.isalpha, text.sample)) else "no-letters")
    script = text.script
    if script == "Latn":
        return _mixed(text) or _latin_script(text, languages)
    if script == "Hans" and text.scripts.get("Jpan", 0) >= 0.1 * text.scripts["Hans"]:
        script = "Jpan"
    cues = _CUES.get(script, {})
    for tag, known in cues.items():
        others = text.sample.count(known.instead_of) if known.instead_of else 0
        if sum(map(text.sample.count, known.letters)) > _MIN_LETTER_SHARE * others:
            return Detection(tag, text.share, "script")
    first_guess = LANGUAGE_OF_SCRIPT.get(script, "")
    words = _INDIC_WORD.findall(text.sample)
    counts = _count_words(words, cues)
    most = max(counts.values(), default=0)
    best = [tag for tag, count in counts.items() if count == most]
    if most and len(best) == 1 and best[0] != first_guess:
        confidence = most / (most + counts.get(first_guess, 0))
        return Detection(best[0], text.share * confidence, "words")
    if first_guess:
        return Detection(first_guess, text.share, "script")
    if len(words) < _MIN_WORDS and any(known.words for known in cues.values()):
        return Detection()  # as in Latin script, of some Hindi words langdetect is wrong on half
    return _langdetect(text, languages)


def _mixed(text: _Text) -> Detection | None:
    """Return the language whose grammar holds a text of mostly Latin letters together, if any."""
    for script in text.scripts.keys() & _MIXED.keys():
        tag, known, joined = _MIXED[script]
        words = _INDIC_WORD.findall(text.sample)
        num_cues = sum(word in known for word in words) + len(joined.findall(text.sample))
        english = _count_words(_WORD.findall(text.sample), _CUES["Latn"])
        if num_cues and num_cues > max(english.values()):
            return Detection(tag, _LABEL_CONFIDENCE, "words")
    return None


def _count_words(words: list[str], cues: Mapping[str, DetectionCues]) -> dict[str, int]:
    """Return how many words speak for each language."""
    return {
        tag: sum(
            word in known.words or bool(known.ending and known.ending.search(word))
            for word in words
        )
        for tag, known in cues.items()
    }


def _latin_script(text: _Text, languages: tuple[str, ...]) -> Detection:
    """Tell the languages with cues by letters and words, the others by langdetect."""
    words = [word.partition("'")[0] for word in _WORD.findall(text.sample.replace("’", "'"))]
    cues = _CUES["Latn"]
    counts = _count_words(words, cues)
    marked = {
        tag: sum(not known.letters.isdisjoint(word) for word in words)
        for tag, known in cues.items()
        if known.letters
    }
    plain = {tag: count for tag, count in counts.items() if tag not in marked}
    other, others = max(plain.items(), key=lambda item: item[1], default=("", 0))
    for tag, num_marked in sorted(marked.items(), key=lambda item: -item[1]):
        if num_marked and num_marked >= 0.15 * len(words) and _is_shaped(words, tag):
            # English that names Vietnamese people has English words between the names.
            if others >= 2 and others > 2 * counts[tag] + 1:
                return Detection(other, (1 - num_marked / len(words)) * text.share, "words")
            return Detection(tag, min(1.0, 0.5 + num_marked / len(words)) * text.share, "script")
    if others >= 3 and others >= 0.3 * len(words):
        return Detection(other, min(1.0, 0.5 + others / len(words)) * text.share, "words")
    labels = (tag for tag, known in cues.items() if _is_label(words, known))
    toneless = (tag for tag, known in cues.items() if _is_toneless(words, known, others))
    for tag in chain(labels, toneless):
        return Detection(tag, _LABEL_CONFIDENCE, "words")
    is_ascii = text.sample.isascii()
    if len(words) < _MIN_WORDS and is_ascii:
        # langdetect is wrong on a fifth of such texts, and slow where it cannot make up its mind.
        is_other = len(words) > 1 and others >= 0.3 * len(words)
        return Detection(other, _LABEL_CONFIDENCE, "words") if is_other else Detection()
    found = _langdetect(text, languages)
    if found.language in marked:
        # Letters shared with French, but words that are Vietnamese: `Xin cho xem`, `Nó làm chúng`.
        is_sure = bool(counts[found.language] or marked[found.language]) or not is_ascii
        is_sure = is_sure and _is_shaped(words, found.language)
    elif found.language in plain:
        num_words = plain[found.language]
        needed = 0.6 if num_words else 0.8
        least = _MIN_WORD_SHARE * len(words) if len(words) >= _SURE_WORDS else 0
        is_long = num_words > 0 or len(words) >= _MIN_WORDS
        is_sure = found.confidence >= needed and num_words >= least and is_long
    else:
        # A short text in a foreign language is left to the neighbours, who mostly know better.
        is_sure = len(words) >= _SURE_WORDS and found.confidence >= 0.6
    return found if is_sure else Detection()


def _is_shaped(words: list[str], tag: str) -> bool:
    """Return whether the words with marks are a language's: its letters, and its syllables."""
    language = get(tag)
    pattern = language.detection.toneless_syllable if language.detection else None
    marked = [word for word in words if not word.isascii()]
    if pattern is None or not marked:
        return True
    shaped = sum(
        language.alphabet.issuperset(word)
        and (_has_two_marks(word) or bool(pattern.fullmatch(fold(word))))
        for word in marked
    )
    return shaped >= _MIN_SHAPED_SHARE * len(marked)


def _has_two_marks(word: str) -> bool:
    """Return whether a letter has two marks, which only tonal spelling with quality marks has."""
    return any(len(unicodedata.normalize("NFD", letter)) > 2 for letter in word)


def _is_label(words: list[str], known: DetectionCues) -> bool:
    """Return whether the words are what a site puts around articles."""
    if not known.site_words or not words or len(words) > 8:
        return False
    if len(words) == 1:  # one word may be a name (`WHO`)
        return words[0] in known.site_words
    site_words = sum(word in known.words or word in known.site_words for word in words)
    return site_words >= 0.75 * len(words)


def _is_toneless(words: list[str], known: DetectionCues, num_others: int) -> bool:
    """Return whether the words are a language's, typed without its marks."""
    pattern = known.toneless_syllable
    if pattern is None or len(words) < 4 or not all(map(str.isascii, words)):
        return False
    share = sum(bool(pattern.fullmatch(word)) for word in words) / len(words)
    num_known = sum(word in known.toneless_words for word in words)
    if len(words) < 8:
        return share >= 0.8 and num_known >= 2 and not num_others
    return share >= _TONELESS_SYLLABLE_SHARE and num_known >= 1


def _langdetect(text: _Text, languages: tuple[str, ...]) -> Detection:
    """Return langdetect's first guess among the text's script's and the configured languages."""
    from langdetect import LangDetectException

    if text.script not in CANDIDATES:
        return Detection()
    detector = _factory(tuple(sorted({*CANDIDATES[text.script], *languages}))).create()
    # More rounds only part languages that are nearly equal; fewer are right as often and faster.
    detector.n_trial, detector.ITERATION_LIMIT = 3, 200
    detector.append(text.sample)
    found = []
    with suppress(LangDetectException):
        found = detector.get_probabilities()
    if not found:
        return Detection()
    return Detection(found[0].lang, float(found[0].prob) * text.share, "langdetect")


@cache
def _factory(languages: tuple[str, ...]) -> DetectorFactory:
    """Return a langdetect factory with these profiles, as far as it has them, and a fixed seed."""
    from langdetect.detector_factory import PROFILES_DIRECTORY, DetectorFactory

    factory = DetectorFactory()
    factory.set_seed(0)
    files = [Path(PROFILES_DIRECTORY, name) for name in languages]
    factory.load_json_profile([file.read_text("utf-8") for file in files if file.is_file()])
    return factory


def _nearest(texts: list[_Text], own: list[Detection]) -> list[str]:
    """Return for each block the last language seen before it in the same script."""
    last: dict[str, str] = {}
    nearest: list[str] = []
    for text, found in zip(texts, own, strict=True):
        nearest.append(last.get(text.script, ""))
        if text.script and found.language != UNDETERMINED:
            last[text.script] = found.language
    return nearest


def _together(
    texts: list[_Text], own: list[Detection], languages: tuple[str, ...], declared: str
) -> dict[str, Detection]:
    """Return for each script what its undetermined blocks say together, else what is declared."""
    samples: dict[str, list[str]] = {}
    for text, found in zip(texts, own, strict=True):
        if found.method == "unknown":
            samples.setdefault(text.script, []).append(text.sample)
    together: dict[str, Detection] = {}
    for script, parts in samples.items():
        found = Detection()
        if len(parts) > 1:
            found = detect_text("\n".join(parts), languages=languages)
        if found.language != UNDETERMINED:
            together[script] = Detection(found.language, found.confidence / 2, "neighbours")
        elif get(declared).script == script:
            together[script] = Detection(declared, 0.4, "declared")
    return together
