"""Faults of the decoder: nothing, too little, the same again, the source, or another language.

Neighbours: `options` has the thresholds; `__init__` calls these for every segment.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from itertools import filterfalse, zip_longest

from seedsum.checks.coverage import length_z
from seedsum.checks.remembering import remembered
from seedsum.languages import LANGUAGES, script_counts
from seedsum.records import Flag, Hypothesis
from seedsum.settings import CheckOptions

#: Bengali and other Indic vowel signs are not in \w.
_WORD = re.compile(
    r"(?:[^\W_]++|[\u0900-\u0903\u093a-\u094f\u0981-\u0983\u09bc-\u09cd\u09d7]++)++(?:['’]\w+)*"
)
_SENTENCE_ENDERS = "".join(
    sorted({char for known in LANGUAGES.values() for char in known.sentence_enders})
)
_ENDS = re.compile(rf"[{re.escape(_SENTENCE_ENDERS)}][\s\"'”’»)\]]*$")


def _set(text: str) -> frozenset[str]:
    return frozenset(text.split())


def words(text: str) -> list[str]:
    """Return the lower-case words of a text, without punctuation."""
    return [word.lower() for word in _words(text)]


@remembered
def _words(text: str) -> tuple[str, ...]:
    return tuple(_WORD.findall(text))


def fold(text: str) -> str:
    """Return the text in lower case without diacritics (đ becomes d)."""
    if text.isascii():
        return text.lower()
    decomposed = unicodedata.normalize("NFKD", text.lower())
    return "".join(filterfalse(unicodedata.combining, decomposed)).replace("đ", "d")


def check_decoding(
    source: str, target: str, *, language: str, hypothesis: Hypothesis | None, options: CheckOptions
) -> Iterator[Flag]:
    """Yield the flags for faults of decoding; an empty target has `empty` and no other flag."""
    if not any(char.isalnum() for char in target):
        if any(char.isalnum() for char in source):
            yield Flag("empty", "the model gave no words")
        return
    if flag := _script(source, target, options):
        yield flag
    if flag := _unfinished(source, target, language, hypothesis, options):
        yield flag
    if flag := _low_score(hypothesis, options):
        yield flag
    if flag := _repetition(source, target, options):
        yield flag
    if flag := _copied(source, target, language, options):
        yield flag
    if flag := _language(target, options):
        yield flag


#: Words that no English sentence ends with, not even a headline.
_NEVER_LAST = _set("the a an and or of but their his its my our your that's than because")
#: Words that a sentence seldom ends with: enough where its final mark is missing too.
_SELDOM_LAST = _set(
    """to in on for with by at from as into about between over is are was were be been has have had
    will would could should may might can he she they we who which that when where while if not
    very more most these those this some any no said says after before between during against"""
)


_PAUSES = (",", ";", "-", "–")


def _unfinished(
    source: str, target: str, language: str, hypothesis: Hypothesis | None, options: CheckOptions
) -> Flag | None:
    if hypothesis is not None and not hypothesis.finished:
        return Flag("unfinished", f"cut at the length limit ({hypothesis.num_tokens} tokens)")
    source, target = source.strip(), target.strip()
    if _ENDS.search(target):
        return None
    last = target.split()[-1]
    if last.lower() in _NEVER_LAST or (last.endswith(_PAUSES) and not source.endswith(_PAUSES)):
        return Flag("unfinished", f"the translation ends in {last!r}")
    if not _ENDS.search(source):
        return None
    headline = len(source) <= options.max_headline_chars
    bound = options.ratio_z_headline_without_end if headline else options.ratio_z_without_end
    z = length_z(source, target, language=language)
    if z < bound or last.lower() in _SELDOM_LAST:
        return Flag("unfinished", f"the source ends its sentence, the translation ends in {last!r}")
    return None


def _low_score(hypothesis: Hypothesis | None, options: CheckOptions) -> Flag | None:
    if hypothesis is None:
        return None
    slack = options.short_score_slack / max(hypothesis.num_tokens, 1)
    bound = options.min_score - slack
    if hypothesis.score >= bound:
        return None
    return Flag("low-score", f"{hypothesis.score:.2f} per token (bound {bound:.2f})")


# --------------------------------------------------------------------------------------------
# Repetition

#: Six times at least; most places of a text have not six characters before the next space.
_STUTTER = re.compile(r"(?=\S{6})(\S{1,12}?)\1{5,}")
#: A word that follows itself, and one with a letter three times (`wildlifesss`): 10 and 2 of 41,000
#: human translations, 22 and 18 of 1,975 segments of the starter models.
_TWICE = re.compile(r"\b(?!that\b)([a-z]{4,}) \1\b")
_TREBLE = re.compile(r"(?<![\w.@/-])(?=[A-Za-z]{5})[A-Za-z]*?([a-z])\1\1[a-z]*(?![\w.@/-])")
#: Doubled words of Vietnamese and Bengali (`ধীরে ধীরে`, slowly), which may be doubled in English.
_DOUBLED = re.compile(r"(?<!\S)(\S{2,})[ -]\1(?!\w)")
#: A letter that a writer draws out (`Nooo`).
_DRAWN_OUT = re.compile(r"([^\W\d_])\1{3}")


def _repetition(source: str, target: str, options: CheckOptions) -> Flag | None:
    here = words(target)
    repeated = _repeated_in_a_row(here, options)
    if repeated and not _repeated_in_a_row(words(source), options):
        return Flag("repetition", f"{' '.join(repeated)!r} again and again")
    repeated = _repeated_anywhere(here, options.min_distant_tokens)
    if repeated and not _repeated_anywhere(words(source), options.min_distant_tokens - 2):
        return Flag("repetition", f"{' '.join(repeated)!r} twice")
    twice = _TWICE.search(target)
    if twice and not _DOUBLED.search(source):
        return Flag("repetition", repr(twice.group()))
    treble = _TREBLE.search(target)
    if treble and treble.group() not in source and not _cries(source, options):
        return Flag("repetition", repr(treble.group()))
    stutter = _STUTTER.search(target)
    if (
        stutter
        and any(char.isalpha() for char in stutter.group())
        and stutter.group() not in source
        and not (len(stutter.group(1)) == 1 and _cries(source, options))
    ):
        return Flag("repetition", f"{stutter.group()[:40]!r}")
    return None


def _cries(source: str, options: CheckOptions) -> bool:
    """Return whether a source draws a letter out or says a word again and again."""
    return bool(_DRAWN_OUT.search(source) or _repeated_in_a_row(words(source), options))


def _repeated_in_a_row(tokens: Sequence[str], options: CheckOptions) -> tuple[str, ...]:
    """Return the first phrase that follows itself, or nothing."""
    num_tokens = len(tokens)
    max_size = min(num_tokens // 2, _num_said_before(tokens))
    for size in range(1, max_size + 1):
        times = options.min_repeated_words if size < options.min_repeated_tokens else 2
        run = 0
        for i in range(size, num_tokens):
            run = run + 1 if tokens[i] == tokens[i - size] else 0
            if run >= size * (times - 1):
                return tuple(tokens[i - size + 1 : i + 1])
    return ()


def _num_said_before(tokens: Sequence[str]) -> int:
    """Return how many tokens are not the first of their kind; no repeated phrase has more."""
    return len(tokens) - len(set(tokens))


def _repeated_anywhere(tokens: Sequence[str], size: int) -> tuple[str, ...]:
    if _num_said_before(tokens) < size:
        return ()
    seen: set[tuple[str, ...]] = set()
    for i in range(len(tokens) - size + 1):
        phrase = tuple(tokens[i : i + size])
        if phrase in seen:
            return phrase
        seen.add(phrase)
    return ()


# --------------------------------------------------------------------------------------------
# Copying, script and language

#: Letters that Vietnamese has and the names of other languages in English text do not.
_VIETNAMESE_LETTERS = frozenset("ăđơưạảấầẩẫậắằẳẵặẹẻẽếềểễệỉĩịọỏốồổỗộớờởỡợụủũứừửữựỳỵỷỹ")
_VIETNAMESE_ALPHABET = _VIETNAMESE_LETTERS.union("abcdeghiklmnopqrstuvxyàáâãèéêìíòóôõùúý")
#: Nearly all of its syllables, each of which is written as a word, are no longer.
_MAX_SYLLABLE_LETTERS = 6
#: English news writes it.
_VIETNAMESE_IN_ENGLISH = frozenset({"đồng"})
_LATIN_WORD = re.compile(r"[^\W\d_]+")
_LOWER_RUN = re.compile(r"[^\W\d_]+|\d+|[^\w\s]")


def _copied(source: str, target: str, language: str, options: CheckOptions) -> Flag | None:
    if language == "en":
        return None
    if _same_words(source, target):
        return Flag("copied-source", "the translation is the source")
    if language == "vi" and not target.isascii():
        left = _vietnamese_left(source, unicodedata.normalize("NFC", target))
        if left:
            return Flag("copied-source", f"left in Vietnamese: {' '.join(left[:5])}")
    run = _common_run(source, target, options.min_copied_tokens)
    if run:
        return Flag("copied-source", f"copied: {' '.join(run)}")
    return None


def _vietnamese_left(source: str, target: str) -> list[str]:
    """Return the Vietnamese words of the target in lower case that are no part of a name.

    They have a letter that only Vietnamese has, or diacritics and are syllables of the source. A
    name begins with a capital and has diacritics; what follows may be its next words. Of 54,600
    human translations 20 have such a word, 16 of them dishes and the like; of a weak model's every
    fiftieth.
    """
    there = frozenset(_words(source))
    left: list[str] = []
    name_end = None
    for match in _LATIN_WORD.finditer(target):
        word = match.group()
        accented = not word.isascii()
        goes_on = match.start() - 1 == name_end and (accented or len(word) <= 3)
        if goes_on or (accented and word[0].isupper()):
            name_end = match.end()
        elif accented and word not in _VIETNAMESE_IN_ENGLISH:
            copied = word in there and len(word) <= _MAX_SYLLABLE_LETTERS
            if not _VIETNAMESE_LETTERS.isdisjoint(word) or (
                copied and _VIETNAMESE_ALPHABET.issuperset(word)
            ):
                left.append(word)
    return left


def _same_words(source: str, target: str) -> bool:
    """Return whether both texts have the same words, three or more (without diacritics)."""
    there = _folded_words(source)
    here = (match.group().lower() for match in _WORD.finditer(fold(target)))
    return len(there) > 2 and all(a == b for a, b in zip_longest(there, here))


@remembered
def _folded_words(text: str) -> tuple[str, ...]:
    return tuple(words(fold(text)))


def _common_run(source: str, target: str, size: int) -> tuple[str, ...]:
    """Return a run of lower-case words that both texts have (without diacritics), or nothing.

    Names, numbers and what stands in quotation marks may be the same in both.
    """
    there, known = _lower_runs(source, size)
    if not there:  # Bengali has no lower case
        return ()
    row: list[str] = []
    for token in _LOWER_RUN.findall(target):
        word = fold(token)
        if word not in known or not token.islower():
            row.clear()
            continue
        row.append(word)
        run = tuple(row[-size:])
        if run in there:
            return run
    return ()


@remembered
def _lower_runs(text: str, size: int) -> tuple[frozenset[tuple[str, ...]], frozenset[str]]:
    """Return the runs of `size` lower-case words, without diacritics, and the words in them."""
    runs: set[tuple[str, ...]] = set()
    row: list[str] = []
    for token in _LOWER_RUN.findall(text):
        if not token.islower():
            row.clear()
            continue
        row.append(fold(token))
        if len(row) >= size:
            runs.add(tuple(row[len(row) - size :]))
    return frozenset(runs), frozenset(word for run in runs for word in run)


def _script(source: str, target: str, options: CheckOptions) -> Flag | None:
    if target.isascii():
        return None
    counts = script_counts(target)
    foreign = {script: count for script, count in counts.items() if script != "Latn"}
    if foreign.get("Grek") == 1:
        del foreign["Grek"]
    if sum(foreign.values()) < options.min_foreign_letters:
        return None
    script = max(sorted(foreign), key=lambda name: foreign[name])
    num_letters = sum(counts.values())
    return Flag("wrong-script", f"{foreign[script]} of {num_letters} letters are {script}")


_ENGLISH = _set(
    """the of and to in a is that for on was with as by at from it he his are be this have has had
    not but they which their an or were will would been its said who more one about after i you we
    she her him them there what when also than into other some can could out up no all if so over
    new my your our do does did how why says say just only most many now these those being us me
    am where while before because through between under against during should may might must per
    i'm it's don't he's she's that's 's isn't didn't won't off down too very first two
    then himself herself themselves itself including several however even soon any each every both
    well still yet again since until within without whose"""
)

#: Of those, what other languages write too.
_SHARED = _set(
    """a in on as no me do so was is an am to per i he of at we over us had up be have has men all
    it you if by or out more most how not but"""
)

#: Function words of languages in Latin script that a model may fall into.
_FOREIGN: dict[str, frozenset[str]] = {
    tag: _set(text) - _ENGLISH
    for tag, text in {
        "vi": "và của là có không được cho các một những trong người với này đã để khi đó ông bà "
        "từ trên tại về vào cũng như theo va cua la khong duoc nhung nguoi voi da den tren",
        "de": "der die das und den von zu mit ist im dem nicht ein eine auf für des sich auch als "
        "werden bei aus sind einer wurde nach wird wie sie er einen",
        "fr": "le la les des et une est pour que qui dans du par sur au avec il ne pas ce sont aux "
        "elle plus ces ont cette été leur ou mais",
        "es": "el la los las de que y en un una por con para del se su es al lo como más fue son "
        "este pero ha sus entre",
        "pt": "os as de que e em um uma para com não da na dos por mais como foi ao das se sua ou "
        "são pelo pela",
        "it": "il di che la per un una del della non sono con gli le dei è nel alla più si da ha "
        "come anche delle questo",
        "nl": "de het een van en dat op te met voor zijn niet aan ook door bij naar wordt zich dan "
        "heeft werd uit maar om",
        "pl": "w i na z się nie że jest do o jak po przez od są dla oraz przy był które która",
        "tr": "ve bir bu için ile olarak olan daha çok gibi sonra kadar en de da ise",
        "id": "yang dan di dengan untuk dari pada ini itu adalah tidak akan dalam ke oleh juga "
        "sebagai telah mereka bisa karena atau",
        "ms": "yang dan di dengan untuk dari pada ini itu adalah tidak akan dalam ke oleh juga "
        "ialah telah mereka boleh kerana atau",
        "jv": "ing lan kang iki karo saka ora marang uga kanggo iku sing ana dadi",
        "tl": "ang ng sa mga na ay at ito para hindi isang kung kanilang nila may siya upang",
        "sw": "ya na wa kwa katika ni la za kuwa hii cha kama ambayo wake watu yao huo au",
    }.items()
}
#: Every word of those: few words of an English text are one.
_ANY_FOREIGN = frozenset[str]().union(*_FOREIGN.values())


_ENGLISH_ENDINGS = ("ing", "ed", "tion", "ly", "ous")


def _language(target: str, options: CheckOptions) -> Flag | None:
    """Flag a target whose function words, letters or endings are not those of English."""
    found = _words(unicodedata.normalize("NFC", target))
    english = [token for word in found if (token := word.lower()) in _ENGLISH]
    num_english = len(english)
    num_only_english = sum(token not in _SHARED for token in english)
    lower = [word for word in found if word[0].islower()]  # no names: Son La is no Spanish
    foreign = [word for word in lower if word in _ANY_FOREIGN]
    if foreign:
        hits = {tag: sum(word in table for word in foreign) for tag, table in _FOREIGN.items()}
        best = max(sorted(hits), key=lambda tag: hits[tag])
        if hits[best] > num_english or (hits[best] >= 2 and hits[best] > num_only_english):
            return Flag("wrong-language", f"{hits[best]} words of {best}, {num_english} of English")
    num_accented = sum(not word.isascii() and fold(word) != word for word in lower)
    if num_accented >= 2 and num_accented > options.max_accented_share * len(lower):
        return Flag("wrong-language", f"{num_accented} of {len(lower)} words have diacritics")
    num_endings = sum(word not in _ENGLISH and word.endswith(_ENGLISH_ENDINGS) for word in lower)
    share = (num_english + num_endings) / max(len(lower), 1)
    if len(lower) >= options.min_language_words and share < options.min_english_share:
        return Flag("wrong-language", f"{num_english} of {len(lower)} words are plainly English")
    return None
