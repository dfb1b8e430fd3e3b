"""What holds for all languages: scripts, digits, and languages that are only told apart."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Mapping
from fractions import Fraction
from functools import lru_cache
from itertools import filterfalse
from typing import TypeVar

from seedsum.languages.language import DetectionCues, Language

V = TypeVar("V")


def words(text: str) -> frozenset[str]:
    """Return the words of a text in NFC, which is what documents are in."""
    return frozenset(unicodedata.normalize("NFC", text).split())


# --------------------------------------------------------------------------------------------
# Words

# Vowel signs and the like of Devanagari and Bengali, which \w does not match.
SIGNS = "\u0900-\u0903\u093a-\u094f\u0962\u0963\u0981-\u0983\u09bc-\u09cd\u09d7\u09e2\u09e3"
#: A word: letters with their signs, part of a regular expression.
LETTERS = rf"[^\W\d_](?:[^\W\d_]++|[{SIGNS}\u200c\u200d]++)*+"


def fold(text: str) -> str:
    """Return the text in lower case without diacritics (đ becomes d)."""
    if text.isascii():
        return text.lower()
    decomposed = unicodedata.normalize("NFKD", text.lower())
    return "".join(filterfalse(unicodedata.combining, decomposed)).replace("đ", "d")


# --------------------------------------------------------------------------------------------
# Tables of words and numbers


def nfc(table: Mapping[str, V]) -> dict[str, V]:
    """Return a table with its keys in NFC."""
    return {unicodedata.normalize("NFC", key): value for key, value in table.items()}


def count(text: str, start: int = 1) -> dict[str, int]:
    """Number the words of a text from `start`; variants are separated by a slash."""
    return {
        variant: number
        for number, word in enumerate(unicodedata.normalize("NFC", text).split(), start)
        for variant in word.split("/")
    }


def units(**words: str) -> dict[str, str]:
    """Turn `km="km kilometre"` into a table from word to unit; `_` stands for a space."""
    return {
        unicodedata.normalize("NFC", word).replace("_", " "): unit
        for unit, text in words.items()
        for word in text.split()
    }


def implied(**words: str) -> dict[str, tuple[Fraction, ...]]:
    """Turn `n2="both twice"` or `n1_2="half"` into a table from word to values."""
    table: dict[str, tuple[Fraction, ...]] = {}
    for name, text in words.items():
        value = Fraction(name.removeprefix("n").replace("_", "/"))
        for word in unicodedata.normalize("NFC", text).split():
            key = word.replace("_", " ")
            table[key] = (*table.get(key, ()), value)
    return table


#: Names in Latin letters that English calls otherwise, folded.
EXONYMS = {
    "covid19": "covid coronavirus",
    "eu": "europe",
    "ireland": "irish",
    "noel": "christmas",
    "twitter": "tweet",
    "uk": "britain british unitedkingdom",
    "us": "america unitedstates",
    "wales": "welsh",
}

#: Written the same in every language that seedsum reads.
SYMBOL_UNITS: dict[str, str] = units(
    percent="% ٪",
    dollar="$ usd us$ aud",
    euro="€ eur",
    pound="£ gbp",
    dong="₫ vnd vnđ",
    taka="৳ ₹ bdt inr tk rs",
    yen="¥ jpy",
    km="km km/h kmh kph",
    mile="mph",
    cm="cm",
    mm="mm",
    kg="kg",
    mg="mg",
    celsius="°c",
    fahrenheit="°f",
)


# --------------------------------------------------------------------------------------------
# Digits and scripts

# The zeros of the scripts below that have digits of their own. Source: UnicodeData.txt.
_ZEROS = (
    *(0x0660, 0x06F0, 0x0966, 0x09E6, 0x0A66, 0x0AE6, 0x0B66, 0x0BE6, 0x0C66, 0x0CE6, 0x0D66),
    *(0x0E50, 0x0ED0, 0x0F20, 0x1040, 0x17E0),
)

#: Other scripts' digits to ASCII, for `str.translate`.
ASCII_DIGITS = {zero + digit: str(digit) for zero in _ZEROS for digit in range(10)}


def digits_from(zero: str) -> str:
    """Return the ten digits of a script, given its zero."""
    return "".join(chr(ord(zero) + digit) for digit in range(10))


# Unicode blocks of the scripts that detection tells apart. Source: Unicode Blocks.txt.
_SCRIPT_RANGES: tuple[tuple[str, int, int], ...] = (
    ("Latn", 0x0041, 0x005A),
    ("Latn", 0x0061, 0x007A),
    ("Latn", 0x00C0, 0x024F),
    ("Grek", 0x0370, 0x03FF),
    ("Cyrl", 0x0400, 0x052F),
    ("Hebr", 0x0590, 0x05FF),
    ("Arab", 0x0600, 0x06FF),
    ("Arab", 0x0750, 0x077F),
    ("Deva", 0x0900, 0x097F),
    ("Beng", 0x0980, 0x09FF),
    ("Guru", 0x0A00, 0x0A7F),
    ("Gujr", 0x0A80, 0x0AFF),
    ("Orya", 0x0B00, 0x0B7F),
    ("Taml", 0x0B80, 0x0BFF),
    ("Telu", 0x0C00, 0x0C7F),
    ("Knda", 0x0C80, 0x0CFF),
    ("Mlym", 0x0D00, 0x0D7F),
    ("Sinh", 0x0D80, 0x0DFF),
    ("Thai", 0x0E00, 0x0E7F),
    ("Laoo", 0x0E80, 0x0EFF),
    ("Tibt", 0x0F00, 0x0FFF),
    ("Mymr", 0x1000, 0x109F),
    ("Geor", 0x10A0, 0x10FF),
    ("Hang", 0x1100, 0x11FF),
    ("Ethi", 0x1200, 0x137F),
    ("Khmr", 0x1780, 0x17FF),
    ("Latn", 0x1E00, 0x1EFF),
    ("Jpan", 0x3040, 0x30FF),
    ("Hans", 0x3400, 0x4DBF),
    ("Hans", 0x4E00, 0x9FFF),
    ("Hang", 0xAC00, 0xD7AF),
)

_SCRIPTS = tuple(dict.fromkeys(script for script, _, _ in _SCRIPT_RANGES))


@lru_cache(maxsize=10_000)
def _script_of(char: str) -> str:
    """Return the script of a letter or sign, empty for what has none."""
    code = ord(char)
    if code in ASCII_DIGITS:
        return ""
    return next((script for script, first, last in _SCRIPT_RANGES if first <= code <= last), "")


def script_counts(text: str) -> dict[str, int]:
    """Return how many letters and signs of each script are in the text, only those present.

    Digits, punctuation and emoji count for no script, nor do digits that stand in its block.
    """
    counts: Counter[str] = Counter()
    for char, count in Counter(text).items():
        counts[_script_of(char)] += count
    return {script: counts[script] for script in _SCRIPTS if script in counts}


# --------------------------------------------------------------------------------------------
# Languages that are told from others, and not known otherwise


#: Scripts that one language writes, as far as it matters here; the first guess where others do.
LANGUAGE_OF_SCRIPT: dict[str, str] = {
    "Beng": "bn",
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

#: What langdetect chooses among, by script: its profiles for all 55 languages cost 0.6 s at the
#: first call, these 0.1 s; those left out (Afrikaans, Danish, Catalan, ...) are what short English
#: is mistaken for.
CANDIDATES: dict[str, tuple[str, ...]] = {
    "Latn": (
        *("cs", "de", "en", "es", "fi", "fr", "hu", "id", "it", "nl"),
        *("pl", "pt", "ro", "so", "sv", "sw", "tl", "tr", "vi"),
    ),
    "Cyrl": ("bg", "ru", "uk"),
    "Arab": ("ar", "fa", "ur"),
    "Deva": ("hi", "mr", "ne"),
}

_ASSAMESE = DetectionCues(letters=frozenset("ৰ"), instead_of="র")
_BELARUSIAN = DetectionCues(letters=frozenset("ў"))
_MARATHI = DetectionCues(
    words=words(
        "आहे आहेत आणि हे ती ते त्या त्यांनी त्याने त्यांच्या मध्ये असे असून होते केले केली केला झाले"
        " झाली झाला करण्यात नाही म्हणून म्हणाले मात्र तसेच काही यांनी यांच्या साठी पण किंवा अशी आला"
        " आली आले"
    )
)
_NEPALI = DetectionCues(
    words=words(
        "छ छन् छैन र मा ले लाई बाट पनि भने भएको भएका गरेको गरेका गर्ने गरी गर्न भन्ने यो त्यो उनले"
        " उनी लागि साथै हुने थियो थिए रहेको रहेका भयो गरिएको अनि जना"
    )
)
_MEITEI = DetectionCues(
    words=words(
        "অমসুং হায়না অসি হায়বা অমা মহাক্না কয়া ওইনা অসিনা মহাক্কী অতোপ্পা মীওই লৈবা মনুংদা মতাংদা"
        " ওইবা হৌজিক অমগী অসিদা অদুবু মসিনা অসিগী হায়খি মখোয়গী মতুংদা অদু ঐখোয়গী মসিগী লৈরিবা"
        " অমনা থোকপা ওইরিবা য়াম্না অমদা মখোয় মসি মহাক তৌবা লৈরে নত্ত্রগা"
    ),
    # Case endings; the Bengali words for patient, companion and ascetic end alike.
    ending=re.compile("(?:শিং|.{2}শিংনা|.{2}দগী|(?<!রো)(?<!যো)(?<!ভো)(?<!সঙ্)(?<!ত্যা)গী)$"),
)

#: Function words of those in Latin script, which a model may fall into.
_FUNCTION_WORDS = {
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
}


def _language(
    tag: str,
    flores: str,
    name: str,
    script: str,
    sentence_enders: str = ".!?…",
    *,
    detection: DetectionCues | None = None,
) -> Language:
    return Language(
        tag=tag,
        flores=flores,
        name=name,
        script=script,
        sentence_enders=sentence_enders,
        function_words=words(_FUNCTION_WORDS.get(tag, "")),
        detection=detection,
    )


OTHER_LANGUAGES: dict[str, Language] = {
    language.tag: language
    for language in (
        _language("as", "asm_Beng", "Assamese", "Beng", "।!?…॥", detection=_ASSAMESE),
        _language("mni", "mni_Beng", "Meitei", "Beng", "।!?…॥", detection=_MEITEI),
        _language("ur", "urd_Arab", "Urdu", "Arab", "۔!؟…"),
        _language("ar", "arb_Arab", "Arabic", "Arab", ".!؟…"),
        _language("ru", "rus_Cyrl", "Russian", "Cyrl"),
        _language("be", "bel_Cyrl", "Belarusian", "Cyrl", detection=_BELARUSIAN),
        _language("mr", "mar_Deva", "Marathi", "Deva", "।!?…॥.", detection=_MARATHI),
        _language("ne", "npi_Deva", "Nepali", "Deva", "।!?…॥", detection=_NEPALI),
        _language("fr", "fra_Latn", "French", "Latn"),
        _language("de", "deu_Latn", "German", "Latn"),
        _language("es", "spa_Latn", "Spanish", "Latn"),
        _language("pt", "por_Latn", "Portuguese", "Latn"),
        _language("it", "ita_Latn", "Italian", "Latn"),
        _language("nl", "nld_Latn", "Dutch", "Latn"),
        _language("pl", "pol_Latn", "Polish", "Latn"),
        _language("tr", "tur_Latn", "Turkish", "Latn"),
        _language("id", "ind_Latn", "Indonesian", "Latn"),
        _language("ms", "zsm_Latn", "Malay", "Latn"),
        _language("jv", "jav_Latn", "Javanese", "Latn"),
        _language("tl", "tgl_Latn", "Tagalog", "Latn"),
        _language("sw", "swh_Latn", "Swahili", "Latn"),
        _language("th", "tha_Thai", "Thai", "Thai"),
        _language("lo", "lao_Laoo", "Lao", "Laoo"),
        _language("km", "khm_Khmr", "Khmer", "Khmr", "។!?…"),
        _language("my", "mya_Mymr", "Burmese", "Mymr", "။!?…"),
        _language("zh", "zho_Hans", "Chinese", "Hans", "。！？…"),
        _language("ja", "jpn_Jpan", "Japanese", "Jpan", "。！？…"),
        _language("ko", "kor_Hang", "Korean", "Hang"),
    )
}
