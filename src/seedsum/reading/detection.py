"""A language for every block: script first, words and langdetect second, the neighbours third.

Where nothing is sure the answer is `und`, and the pipeline keeps the text. The languages that
matter are the configured ones and those that are mistaken for them: a Bengali-script text may be
Assamese or Meitei, a Latin-script one any of a hundred. langdetect's probability is no confidence
('WHO' is Swahili to it with 0.99999), so a short text needs words that speak for the language.
Neighbours: `blocks` comes before (roles decide which blocks are the article), `pipeline` routes.

Measured with vi, bn and en configured (`tests/test_detection.py` holds it), every text by itself:
120 FLORES sentences in each of 26 languages: vi, bn and en all right; taken for one of them 1 of
2,760 others, a Meitei one for bn (Assamese none); 1 ms a sentence. 957 NTREX news sentences: vi and
bn all right, en 98.0%, the rest `und`; on their first three words vi 96.3%, bn 100%, en 76.6%, the
rest `und` and so left to the neighbours, but for a vi one that is English (langdetect alone: 95.5,
100 and 78.8% right, the rest wrong). NTREX Vietnamese without its marks: 97.4% vi. The Meitei words
and endings were chosen on these same sentences, so expect somewhat less there.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from seedsum.languages import LANGUAGES, script_counts
from seedsum.records import ARTICLE_ROLES, UNDETERMINED, Block, Detection, Document, Kind

if TYPE_CHECKING:
    from langdetect.detector_factory import DetectorFactory

#: Scripts that one language writes, as far as it matters here.
_LANGUAGE_OF_SCRIPT = {
    "Grek": "el",
    "Hebr": "he",
    "Guru": "pa",
    "Gujr": "gu",
    "Orya": "or",
    "Taml": "ta",
    "Telu": "te",
    "Knda": "kn",
    "Mlym": "ml",
    "Sinh": "si",
    "Thai": "th",
    "Laoo": "lo",
    "Tibt": "bo",
    "Mymr": "my",
    "Geor": "ka",
    "Hang": "ko",
    "Ethi": "am",
    "Khmr": "km",
    "Jpan": "ja",
    "Hans": "zh",
}

#: langdetect profiles that are loaded, by script. All 55 cost 0.6 s at the first call, these 0.1 s;
#: the left-out ones (Afrikaans, Danish, Catalan, ...) are what short English is mistaken for.
_PROFILES = {
    "Latn": (
        *("cs", "de", "en", "es", "fi", "fr", "hu", "id", "it", "nl"),
        *("pl", "pt", "ro", "so", "sv", "sw", "tl", "tr", "vi"),
    ),
    "Cyrl": ("bg", "ru", "uk"),
    "Arab": ("ar", "fa", "ur"),
    "Deva": ("hi", "mr", "ne"),
}

#: Characters of a block that are looked at: a language shows in the first sentences, and langdetect
#: takes 0.8 ms for 100 characters and 1.3 ms for 1,000.
_SAMPLE_CHARS = 600

#: From so many words on langdetect is believed, from five on where it says English and is sure.
#: Of the NTREX English sentences that no English word decides, it gets 6 of 12 shorter ones wrong.
_SURE_WORDS, _MIN_WORDS = 10, 5

# Only Vietnamese has these letters; é and ô and the like it shares with French and Portuguese.
_VIETNAMESE_LETTER = re.compile(
    "[ăđơưắằẳẵặấầẩẫậếềểễệốồổỗộớờởỡợứừửữựạảịỉẹẻẽọỏụủỵỷỹĩũ]",
)

# One syllable without its marks: an initial, a vowel group and a final, of the few there are.
_TONELESS_SYLLABLE = re.compile(
    r"(?:b|c|ch|d|g|gh|gi|h|k|kh|l|m|n|ng|ngh|nh|p|ph|qu|r|s|t|th|tr|v|x)?"
    r"(?:[aeiouy]|ai|ao|au|ay|eo|eu|ia|ie|ieu|iu|oa|oai|oay|oe|oi|oo|ua|ue|ui|uo|uoi|uou|uu|uy|uya"
    r"|uye|ye|yeu|ya)(?:c|ch|m|n|ng|nh|p|t)?"
)

#: Of NTREX Vietnamese sentences without their marks, 99% have at least 0.65 syllables among their
#: words (half of them 0.96); of FLORES sentences in 14 other languages 99% have at most 0.50.
_TONELESS_SYLLABLE_SHARE = 0.62

_WORD = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)?")
# A combining vowel sign is no word character to `\w` in Bengali; take whole runs of the script.
_BENGALI_WORD = re.compile("[\u0980-\u09e5\u09f0-\u09ff\u200c\u200d]+")
_LINK = re.compile(r"(?:https?://|www\.)\S+|\S{1,64}@\S{1,255}")


def _words(text: str) -> frozenset[str]:
    return frozenset(unicodedata.normalize("NFC", text).split())


#: Words that carry sentences: frequent and, as far as possible, in no other language.
_ENGLISH = _words(
    "the of and to in is are was were be been has have had that this these those with for from on"
    " at by as it its he she they we you his her their our your not but or which who whom what"
    " when where how why will would can could should may might must there here than then if into"
    " after before between during about over under also more most other some such only new said"
    " says an so no all any each one two first last out up off very just because while"
    " through per both own same too again against within without among"
)
#: Words that sites put around articles.
_ENGLISH_SITE_WORDS = _words(
    "related news comment comments leave photo photograph photos image source read more share print"
    " back home site map search menu latest top stories story posted published updated by tags"
    " topics copyright rights reserved subscribe newsletter follow us contact privacy policy terms"
    " view all next previous page login sign asset publisher video gallery health world business"
    " sports looking ahead key details"
)
_VIETNAMESE = _words(
    "và của là có không được trong cho với các những một người này đã sẽ đang đến từ khi theo tại"
    " về như để cũng nhiều vào ra ở trên sau nhưng thì mà do bị phải năm ngày đó ông bà nói việc"
    " rằng hay hoặc chỉ đây còn nếu vì giữa"
)
#: The same without their marks, where that is no word of English, French or Indonesian.
_VIETNAMESE_TONELESS = _words(
    "va cua la co khong duoc trong voi cac nhung mot nguoi nay da se dang tu khi theo tai ve nhu"
    " cung nhieu vao tren sau thi ma bi phai nam ngay ong noi viec rang hoac chi con neu vi giua"
    " benh vien bac si viet tinh huyen xa dong ty trieu dan"
)
_BENGALI = _words(
    "এবং তিনি থেকে না করে আমি ও যে এর তার এই হয় করা একটি তাদের আমার জন্য সে আর তা তারা কোন কোনো এক"
    " করতে করেন তখন সাথে হবে তাঁর যদি যখন আমরা হতে মধ্যে যা হয়ে তবে আমাদের উপর এ করার বা তাকে কিছু"
    " ছিল হয়েছে করবে সময় কাছে কিন্তু করেছেন যায় রয়েছে পর্যন্ত পর যারা পারে থাকে সেই নিয়ে দিয়ে এমন"
    " বলে বলেন অথবা করেছে দ্বারা কেউ সম্পর্কে হয়েছিল জানান ওপর সঙ্গে নয় আছে ছিলেন করছে হচ্ছে"
)
_MEITEI = _words(
    "অমসুং হায়না অসি হায়বা অমা মহাক্না কয়া ওইনা অসিনা মহাক্কী অতোপ্পা মীওই লৈবা মনুংদা মতাংদা"
    " ওইবা হৌজিক অমগী অসিদা অদুবু মসিনা অসিগী হায়খি মখোয়গী মতুংদা অদু ঐখোয়গী মসিগী লৈরিবা"
    " অমনা থোকপা ওইরিবা য়াম্না অমদা মখোয় মসি মহাক তৌবা লৈরে নত্ত্রগা"
)
# Its case endings on any noun; the Bengali words for patient, companion and ascetic end alike.
_MEITEI_ENDING = re.compile("(?:শিং|.{2}শিংনা|.{2}দগী|(?<!রো)(?<!যো)(?<!ভো)(?<!সঙ্)(?<!ত্যা)গী)$")


@dataclass(frozen=True, slots=True)
class _Text:
    """What the methods look at: the block without links, in small letters, cut to the sample."""

    sample: str
    scripts: dict[str, int]

    @property
    def script(self) -> str:
        """The script of most letters; empty where no known script is in the text."""
        return min(self.scripts, key=lambda key: (-self.scripts[key], key), default="")

    @property
    def share(self) -> float:
        return self.scripts[self.script] / sum(self.scripts.values())


def detect(document: Document, *, languages: tuple[str, ...]) -> Document:
    """Return the document with `detection` set on every block.

    `languages` are the configured ones (BCP 47); others are recognised so that they are refused.
    A block that says nothing by itself gets the language of the nearest blocks in its script, if
    those above and below agree, else what the source declares.
    """
    texts = [_text(document.text[block.start : block.end]) for block in document.blocks]
    own = [
        # Code is in no language, whatever its words are.
        Detection(method="no-letters") if block.kind is Kind.CODE else _by_itself(text, languages)
        for block, text in zip(document.blocks, texts, strict=True)
    ]
    declared = _primary(document.declared_language)
    together = _together(texts, own, languages, declared)
    above = _nearest(texts, own, range(len(own)))
    below = _nearest(texts, own, range(len(own) - 1, -1, -1))
    blocks: list[Block] = []
    for index, block in enumerate(document.blocks):
        found = own[index]
        if found.language == UNDETERMINED and found.method == "unknown":
            near = {name for name in (above[index], below[index]) if name}
            if len(near) == 1:
                found = Detection(near.pop(), 0.5, "neighbours")
            elif not near:
                found = together.get(texts[index].script, found)
        blocks.append(replace(block, detection=found))
    return replace(document, blocks=tuple(blocks))


def detect_text(text: str, *, languages: tuple[str, ...]) -> Detection:
    """Return the language of one text by itself, or `und` where nothing is sure."""
    return _by_itself(_text(text), languages)


def article_language(document: Document) -> Detection:
    """Return the language of most characters in article blocks; confidence is its share of them.

    `und` where the article has no letters. Ties go to the first in the alphabet.
    """
    in_article = [block for block in document.blocks if block.role in ARTICLE_ROLES]
    blocks = [
        block for block in in_article or document.blocks if block.detection.method != "no-letters"
    ]
    sizes: Counter[str] = Counter()
    for block in blocks:
        sizes[block.detection.language] += block.end - block.start
    if not sizes:
        return Detection()
    language, size = min(sizes.items(), key=lambda item: (-item[1], item[0]))
    method = next(b.detection.method for b in blocks if b.detection.language == language)
    return Detection(language, round(size / sizes.total(), 4), method)


# --------------------------------------------------------------------------------------------
# One text by itself


def _text(text: str) -> _Text:
    sample = _LINK.sub(" ", text[: 2 * _SAMPLE_CHARS])[:_SAMPLE_CHARS]
    sample = unicodedata.normalize("NFC", sample.casefold())
    return _Text(sample, script_counts(sample))


def _by_itself(text: _Text, languages: tuple[str, ...]) -> Detection:
    if not text.scripts:
        has_letters = any(character.isalpha() for character in text.sample)
        return Detection(method="unknown" if has_letters else "no-letters")
    script = text.script
    if script == "Beng":
        return _bengali_script(text)
    if script == "Latn":
        return _latin_script(text, languages)
    if script == "Hans" and text.scripts.get("Jpan", 0) >= 0.1 * text.scripts["Hans"]:
        script = "Jpan"
    if script in _LANGUAGE_OF_SCRIPT:
        return Detection(_LANGUAGE_OF_SCRIPT[script], text.share, "script")
    if script == "Cyrl" and "ў" in text.sample:
        return Detection("be", text.share, "script")
    return _langdetect(text, languages)


def _bengali_script(text: _Text) -> Detection:
    """Tell Bengali from Assamese (ৰ in the place of র) and Meitei (its words and case endings)."""
    sample = text.sample
    if sample.count("ৰ") > 0.2 * sample.count("র"):
        return Detection("as", text.share, "script")
    words = _BENGALI_WORD.findall(sample)
    bengali = sum(word in _BENGALI for word in words)
    meitei = sum(word in _MEITEI or bool(_MEITEI_ENDING.search(word)) for word in words)
    if meitei > bengali:
        return Detection("mni", text.share * meitei / (meitei + bengali), "words")
    return Detection("bn", text.share, "script")


def _latin_script(text: _Text, languages: tuple[str, ...]) -> Detection:
    """Tell Vietnamese and English by letters and words, the others by langdetect."""
    words = _WORD.findall(text.sample.replace("’", "'"))
    words = [word.partition("'")[0] for word in words]
    marked = sum(bool(_VIETNAMESE_LETTER.search(word)) for word in words)
    english = sum(word in _ENGLISH for word in words)
    vietnamese = sum(word in _VIETNAMESE for word in words)
    if marked >= 0.15 * len(words) and marked:
        # English that names Vietnamese people has English words between the names.
        if english >= 2 and english > 2 * vietnamese + 1:
            return Detection("en", (1 - marked / len(words)) * text.share, "words")
        return Detection("vi", min(1.0, 0.5 + marked / len(words)) * text.share, "script")
    site_words = sum(word in _ENGLISH or word in _ENGLISH_SITE_WORDS for word in words)
    if english >= 3 and english >= 0.3 * len(words):
        return Detection("en", min(1.0, 0.5 + english / len(words)) * text.share, "words")
    # One word may be a name (`WHO`), unless it is one that stands on pages by itself.
    is_label = len(words) > 1 or (len(words) == 1 and words[0] in _ENGLISH_SITE_WORDS)
    if is_label and len(words) <= 8 and site_words >= 0.75 * len(words):
        return Detection("en", 0.6, "words")
    if _is_toneless_vietnamese(words):
        return Detection("vi", 0.6, "words")
    is_ascii = text.sample.isascii()
    if len(words) < _MIN_WORDS and is_ascii:
        # langdetect is wrong on a fifth of such texts, and slow where it cannot make up its mind.
        is_english = len(words) > 1 and english >= 0.3 * len(words)
        return Detection("en", 0.6, "words") if is_english else Detection()
    found = _langdetect(text, languages)
    if found.language == "vi":
        # Letters shared with French, but words that are Vietnamese: `Xin cho xem`, `Nó làm chúng`.
        is_sure = bool(vietnamese or marked) or not is_ascii
    elif found.language == "en":
        needed = 0.6 if english or len(words) >= _SURE_WORDS else 0.8
        is_sure = found.confidence >= needed and (english > 0 or len(words) >= _MIN_WORDS)
    else:
        # A short text in a foreign language is left to the neighbours, who mostly know better.
        is_sure = len(words) >= _SURE_WORDS and found.confidence >= 0.6
    return found if is_sure else Detection()


def _is_toneless_vietnamese(words: list[str]) -> bool:
    """Say whether the words are Vietnamese syllables typed without their marks."""
    if len(words) < 4 or not all(word.isascii() for word in words):
        return False
    share = sum(bool(_TONELESS_SYLLABLE.fullmatch(word)) for word in words) / len(words)
    known = sum(word in _VIETNAMESE_TONELESS for word in words)
    if len(words) < 8:
        return share >= 0.8 and known >= 2 and not any(word in _ENGLISH for word in words)
    return share >= _TONELESS_SYLLABLE_SHARE and known >= 1


def _langdetect(text: _Text, languages: tuple[str, ...]) -> Detection:
    """Return langdetect's first guess among the text's script's and the configured languages."""
    from langdetect import LangDetectException

    if text.script not in _PROFILES:
        return Detection()
    detector = _factory(tuple(sorted({*_PROFILES[text.script], *languages}))).create()
    # Its rounds only part languages that are nearly equal; seven rounds of up to 1,000 steps take
    # 15 ms on `Photograph: iStock`, these 1 ms, and are right as often on the measured texts.
    detector.n_trial, detector.ITERATION_LIMIT = 3, 200
    detector.append(text.sample)
    try:
        found = detector.get_probabilities()
    except LangDetectException:
        return Detection()
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


# --------------------------------------------------------------------------------------------
# Neighbours


def _nearest(texts: list[_Text], own: list[Detection], order: range) -> list[str]:
    """Return for each block the last language seen before it in `order` in the same script."""
    last: dict[str, str] = {}
    nearest = [""] * len(own)
    for index in order:
        if not texts[index].scripts:
            continue
        script = texts[index].script
        nearest[index] = last.get(script, "")
        if own[index].language != UNDETERMINED:
            last[script] = own[index].language
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
        if len(parts) > 1:
            found = detect_text("\n".join(parts), languages=languages)
            if found.language != UNDETERMINED:
                together[script] = Detection(found.language, found.confidence / 2, "neighbours")
        if script not in together and _writes(declared, script):
            together[script] = Detection(declared, 0.4, "declared")
    return together


def _writes(language: str, script: str) -> bool:
    known = LANGUAGES.get(language)
    return known is not None and known.script == script


def _primary(tag: str | None) -> str:
    """Return the language of a BCP 47 tag (`vi-VN` -> `vi`), or an empty string."""
    return re.split("[-_]", tag or "")[0].strip().casefold()
