"""Facts about languages: codes, scripts, sentence enders, digits.

Neighbours: `detection`, `segmentation` and `checks` read these tables; no text is processed here.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from functools import lru_cache


@dataclass(frozen=True, slots=True)
class Language:
    """One language that seedsum knows by name.

    Attributes:
        tag: BCP 47.
        flores: FLORES-200 code, as NLLB wants it.
        name: English name.
        script: ISO 15924.
        sentence_enders: Characters that end a sentence.
    """

    tag: str
    flores: str
    name: str
    script: str
    sentence_enders: str = ".!?…"


LANGUAGES: dict[str, Language] = {
    language.tag: language
    for language in (
        Language("vi", "vie_Latn", "Vietnamese", "Latn"),
        Language("bn", "ben_Beng", "Bengali", "Beng", "।!?…॥"),
        Language("en", "eng_Latn", "English", "Latn"),
        Language("as", "asm_Beng", "Assamese", "Beng", "।!?…॥"),
        Language("mni", "mni_Beng", "Meitei", "Beng", "।!?…॥"),
        Language("hi", "hin_Deva", "Hindi", "Deva", "।!?…॥"),
        Language("ur", "urd_Arab", "Urdu", "Arab", "۔!؟…"),
        Language("ar", "arb_Arab", "Arabic", "Arab", ".!؟…"),
        Language("ru", "rus_Cyrl", "Russian", "Cyrl"),
        Language("be", "bel_Cyrl", "Belarusian", "Cyrl"),
        Language("fr", "fra_Latn", "French", "Latn"),
        Language("de", "deu_Latn", "German", "Latn"),
        Language("es", "spa_Latn", "Spanish", "Latn"),
        Language("pt", "por_Latn", "Portuguese", "Latn"),
        Language("it", "ita_Latn", "Italian", "Latn"),
        Language("nl", "nld_Latn", "Dutch", "Latn"),
        Language("pl", "pol_Latn", "Polish", "Latn"),
        Language("tr", "tur_Latn", "Turkish", "Latn"),
        Language("id", "ind_Latn", "Indonesian", "Latn"),
        Language("ms", "zsm_Latn", "Malay", "Latn"),
        Language("jv", "jav_Latn", "Javanese", "Latn"),
        Language("tl", "tgl_Latn", "Tagalog", "Latn"),
        Language("sw", "swh_Latn", "Swahili", "Latn"),
        Language("th", "tha_Thai", "Thai", "Thai"),
        Language("lo", "lao_Laoo", "Lao", "Laoo"),
        Language("km", "khm_Khmr", "Khmer", "Khmr", "។!?…"),
        Language("my", "mya_Mymr", "Burmese", "Mymr", "။!?…"),
        Language("zh", "zho_Hans", "Chinese", "Hans", "。！？…"),
        Language("ja", "jpn_Jpan", "Japanese", "Jpan", "。！？…"),
        Language("ko", "kor_Hang", "Korean", "Hang"),
    )
}

BENGALI_DIGITS = "০১২৩৪৫৬৭৮৯"

#: Bengali digits to ASCII, for `str.translate`.
ASCII_DIGITS = str.maketrans(BENGALI_DIGITS, "0123456789")

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
    if char in BENGALI_DIGITS:
        return ""
    code = ord(char)
    return next((script for script, first, last in _SCRIPT_RANGES if first <= code <= last), "")


def script_counts(text: str) -> dict[str, int]:
    """Return how many letters and signs of each script are in the text, only those present.

    Digits, punctuation and emoji count for no script; Bengali digits are in the Bengali block and
    are not counted either.
    """
    counts: Counter[str] = Counter()
    for char, count in Counter(text).items():
        counts[_script_of(char)] += count
    return {script: counts[script] for script in _SCRIPTS if script in counts}
