"""Tables: how Vietnamese, Bengali and English write numbers, months, weekdays and units in words.

No text is processed here. Neighbours: `quantities` reads these tables.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from types import MappingProxyType


@dataclass(frozen=True, slots=True)
class NumberWords:
    """One language's words for quantities; all keys are lower case and NFC.

    Attributes:
        small: Words for 1 to 99, or the parts that they are made of, and for halves.
        tens: Words that multiply the digit before them by ten (`mươi`).
        multipliers: Hundred and above, and the dozen.
        joiners: Words between the parts of a number (`and`, `linh`).
        halves: Words that add half of the last multiplier (`rưỡi`).
        before: Words that change the number after them (`সাড়ে` adds a half).
        ordinals: Words for first, second, ...
        implied: Words that carry a number within them (`both`, `twice`, `decade`): evidence only.
        ambiguous: Number words that mean something else too: evidence only.
        not_before, not_after: Words that are no number before (`triệu chứng`, symptom) or after
            some other (`cuối năm`, the end of the year).
        not_a_unit: Digits that do not follow a ten or hundred directly: `mười năm` is ten years.
        months, weekdays: Monday is 1.
        ambiguous_months: Counted only beside a number (`May`, `মে`).
        decimal_comma: `1.234,5` rather than `1,234.5`.
        numerals_follow: A numeral goes on after a multiplier: `১ হাজার ২০০` is 1,200.
        day_first: `08/10` is the eighth of October.
        units: From a word or phrase to the canonical unit.
    """

    small: Mapping[str, int | Fraction] = field(default_factory=dict)
    tens: frozenset[str] = frozenset()
    multipliers: Mapping[str, int] = field(default_factory=dict)
    joiners: frozenset[str] = frozenset()
    halves: frozenset[str] = frozenset()
    before: Mapping[str, Fraction] = field(default_factory=dict)
    ordinals: Mapping[str, int] = field(default_factory=dict)
    implied: Mapping[str, tuple[Fraction, ...]] = field(default_factory=dict)
    ambiguous: frozenset[str] = frozenset()
    not_before: Mapping[str, frozenset[str]] = field(default_factory=dict)
    not_after: Mapping[str, frozenset[str]] = field(default_factory=dict)
    not_a_unit: frozenset[str] = frozenset()
    months: Mapping[str, int] = field(default_factory=dict)
    weekdays: Mapping[str, int] = field(default_factory=dict)
    ambiguous_months: frozenset[str] = frozenset()
    units: Mapping[str, str] = field(default_factory=dict)
    numerals_follow: bool = False
    decimal_comma: bool | None = None
    day_first: bool | None = None


def _nfc(table: Mapping[str, int]) -> dict[str, int]:
    return {unicodedata.normalize("NFC", key): value for key, value in table.items()}


def _words(text: str) -> frozenset[str]:
    return frozenset(unicodedata.normalize("NFC", text).split())


def _count(text: str, start: int = 1) -> dict[str, int]:
    """Number the words of a text from `start`; variants are separated by a slash."""
    return {
        variant: number
        for number, word in enumerate(unicodedata.normalize("NFC", text).split(), start)
        for variant in word.split("/")
    }


def _units(**words: str) -> dict[str, str]:
    """Turn `km="km kilometre"` into a table from word to unit; `_` stands for a space."""
    return {
        unicodedata.normalize("NFC", word).replace("_", " "): unit
        for unit, text in words.items()
        for word in text.split()
    }


def _implied(**words: str) -> dict[str, tuple[Fraction, ...]]:
    """Turn `n2="both twice"` or `n1_2="half"` into a table from word to values."""
    table: dict[str, tuple[Fraction, ...]] = {}
    for name, text in words.items():
        value = Fraction(name.removeprefix("n").replace("_", "/"))
        for word in unicodedata.normalize("NFC", text).split():
            key = word.replace("_", " ")
            table[key] = (*table.get(key, ()), value)
    return table


#: Written the same in every language that seedsum reads.
SYMBOL_UNITS: dict[str, str] = _units(
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

_ENGLISH_SMALL = _count(
    "one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen "
    "sixteen seventeen eighteen nineteen"
) | {
    word: 10 * number
    for word, number in _count(
        "twenty thirty forty/fourty fifty sixty seventy eighty ninety", 2
    ).items()
}

_ENGLISH_ORDINALS = _count(
    "first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth thirteenth "
    "fourteenth fifteenth sixteenth seventeenth eighteenth nineteenth twentieth"
) | {
    "thirtieth": 30,
    "fortieth": 40,
    "fiftieth": 50,
    "sixtieth": 60,
    "seventieth": 70,
    "eightieth": 80,
    "ninetieth": 90,
    "hundredth": 100,
}

_HALF = Fraction(1, 2)

ENGLISH = NumberWords(
    small={**_ENGLISH_SMALL, "half": _HALF},
    multipliers={
        "hundred": 100,
        "thousand": 1000,
        "lakh": 10**5,
        "lac": 10**5,
        "million": 10**6,
        "mln": 10**6,
        "crore": 10**7,
        "billion": 10**9,
        "bn": 10**9,
        "bln": 10**9,
        "trillion": 10**12,
        "tn": 10**12,
        "dozen": 12,
    },
    joiners=frozenset({"and"}),
    before={},
    ordinals=_ENGLISH_ORDINALS,
    implied=_implied(
        n0="zero no none nil never",
        n1="a an single once first alone sole only another lone solo unique each per every",
        n2="both twice double doubled doubling pair couple twin twins two-time half dual either "
        "bilateral halves halved duo brace seconds sophomore",
        n1_2="half halves halved halfway",
        n50="half halved fifties",
        n3="triple tripled thrice trio third thirds treble threefold triplets hat-trick",
        n1_3="third",
        n2_3="thirds",
        n4="quadruple quadrupled quartet quarter quarters fourfold quad fourths",
        n1_4="quarter",
        n25="quarter",
        n5="quintet fifths",
        n10="decade decades tenfold tens",
        n12="dozen dozens noon midday midnight monthly",
        n0_5="half",
        n100="century centuries hundreds centenary hundredfold percent",
        n1000="thousands millennium millennia",
        n1000000="millions millionaire millionaires",
        n1000000000="billions billionaire billionaires",
        n14="fortnight",
        n20="score twenties",
        n30="thirties",
        n40="forties",
        n60="sixties",
        n70="seventies",
        n80="eighties",
        n90="nineties",
    ),
    ambiguous=frozenset({"one", "half", "second", "first", "third"}),
    months=_count(
        "january/jan february/feb march/mar april/apr may june/jun july/jul august/aug "
        "september/sept/sep october/oct november/nov december/dec"
    ),
    ambiguous_months=frozenset({"march", "may", "mar", "jan", "jun", "august", "april", "june"}),
    weekdays=_count(
        "monday/mondays tuesday/tuesdays wednesday/wednesdays thursday/thursdays friday/fridays "
        "saturday/saturdays sunday/sundays"
    ),
    units=_units(
        percent="percent per_cent pct pc percentage_points percentage_point",
        dollar="dollar dollars bucks",
        euro="euro euros",
        pound="pound pounds sterling",
        dong="dong",
        taka="taka rupee rupees",
        yen="yen",
        yuan="yuan",
        km="kilometre kilometres kilometer kilometers kms",
        mile="mile miles",
        m="metre metres meter meters",
        cm="centimetre centimetres centimeter centimeters",
        mm="millimetre millimetres millimeter millimeters",
        foot="foot feet ft",
        inch="inch inches",
        kg="kilogram kilograms kilo kilos kgs",
        g="gram grams",
        tonne="tonne tonnes ton tons",
        litre="litre litres liter liters",
        hectare="hectare hectares ha",
        acre="acre acres",
        second="seconds",
        minute="minute minutes min mins",
        hour="hour hours hr hrs",
        day="day days",
        week="week weeks",
        month="month months",
        year="year years yr yrs",
    ),
    decimal_comma=False,
    day_first=None,
)

VIETNAMESE = NumberWords(
    small={**_count("một/mốt hai ba bốn/tư năm/lăm sáu bảy/bẩy tám chín mười"), "nửa": _HALF},
    tens=_words("mươi"),
    multipliers=_nfc(
        {
            "chục": 10,
            "tá": 12,
            "trăm": 100,
            "nghìn": 1000,
            "ngàn": 1000,
            "vạn": 10**4,
            "triệu": 10**6,
            "tr": 10**6,
            "tỷ": 10**9,
            "tỉ": 10**9,
        }
    ),
    joiners=_words("linh lẻ"),
    halves=_words("rưỡi"),
    ordinals=_count("nhất nhì"),
    implied=_implied(
        n0="không",
        n1="đầu đầu_tiên đơn duy_nhất độc_nhất nhất riêng mỗi mốt giêng",
        n2="đôi cặp kép gấp_đôi cả nhị song nhau lưỡng nhì phó hai_bên",
        n1_2="nửa rưỡi",
        n50="nửa",
        n3="tam triple",
        n4="tứ tư quý",
        n1_4="quý",
        n5="ngũ",
        n6="lục",
        n7="thất",
        n8="bát",
        n9="cửu",
        n10="thập_kỷ thập_niên chục thập",
        n12="tá trưa nửa_đêm chạp",
        n14="tuần",
        n100="thế_kỷ trăm",
        n1000="nghìn ngàn thiên_niên_kỷ",
        n10000="vạn",
        n1000000="triệu",
        n1000000000="tỷ tỉ",
    ),
    # một: a; ba: father; tư: private; năm: year; chín: ripe; tám: chat; hai: both, the two of them
    ambiguous=_words("một mốt hai ba tư năm lăm chín nửa nhất nhì"),
    months=_nfc({"giêng": 1, "chạp": 12}),
    ambiguous_months=_words("giêng chạp"),
    not_before=MappingProxyType(
        {
            word: _words(following)
            for word, following in {
                "tỷ": "lệ số trọng giá suất phú dụ",
                "tỉ": "lệ số trọng giá suất phú dụ",
                "triệu": "chứng tập hồi phú đình",
                "chín": "muồi chắn",
                "năm": "nay ngoái tới sau trước qua đó này kia học",
            }.items()
        }
    ),
    not_after=MappingProxyType(
        {
            "năm": _words(
                "một hai ba bốn sáu bảy tám chín mười mỗi hàng hằng nhiều vài mấy cuối đầu giữa"
            )
        }
    ),
    not_a_unit=_words("năm"),
    units=_units(
        percent="phần_trăm",
        dollar="đô_la đô dollar đôla",
        euro="euro",
        pound="bảng_anh bảng pao",
        dong="đồng đ",
        taka="rupee taka",
        yen="yên",
        yuan="nhân_dân_tệ",
        km="ki_lô_mét kilomet kilômét cây_số",
        mile="dặm",
        m="mét",
        cm="xăng_ti_mét centimet",
        mm="mi_li_mét milimet",
        foot="feet foot bộ",
        inch="inch",
        kg="ki_lô_gam kilôgam kilogam ký cân kí",
        g="gam gram",
        tonne="tấn",
        litre="lít",
        hectare="hecta héc_ta ha",
        acre="mẫu_anh",
        second="giây",
        minute="phút",
        hour="giờ tiếng",
        day="ngày hôm",
        week="tuần",
        month="tháng",
        year="năm tuổi",
    ),
    numerals_follow=True,
    decimal_comma=True,
    day_first=True,
)

#: The numbers up to a hundred are all irregular in Bengali; spelling variants after a slash.
_BENGALI_SMALL = _count(
    "এক দুই/দু তিন চার পাঁচ/পাচ ছয়/ছ সাত আট নয়/ন দশ "
    "এগারো/এগার বারো/বার তেরো/তের চৌদ্দ/চোদ্দ পনেরো/পনের/পনরো ষোলো/ষোল সতেরো/সতের আঠারো/আঠার "
    "উনিশ/ঊনিশ বিশ/কুড়ি "
    "একুশ বাইশ তেইশ চব্বিশ পঁচিশ/পচিশ ছাব্বিশ সাতাশ আটাশ/আঠাশ উনত্রিশ/ঊনত্রিশ ত্রিশ/তিরিশ "
    "একত্রিশ বত্রিশ তেত্রিশ চৌত্রিশ পঁয়ত্রিশ ছত্রিশ সাঁইত্রিশ/সাইত্রিশ আটত্রিশ উনচল্লিশ/ঊনচল্লিশ চল্লিশ "
    "একচল্লিশ বিয়াল্লিশ তেতাল্লিশ চুয়াল্লিশ পঁয়তাল্লিশ ছেচল্লিশ সাতচল্লিশ আটচল্লিশ "
    "উনপঞ্চাশ/ঊনপঞ্চাশ পঞ্চাশ "
    "একান্ন বায়ান্ন/বাহান্ন তিপ্পান্ন চুয়ান্ন পঞ্চান্ন ছাপ্পান্ন সাতান্ন আটান্ন উনষাট/ঊনষাট ষাট "
    "একষট্টি বাষট্টি তেষট্টি চৌষট্টি পঁয়ষট্টি ছেষট্টি সাতষট্টি আটষট্টি উনসত্তর/ঊনসত্তর সত্তর "
    "একাত্তর বাহাত্তর তিয়াত্তর চুয়াত্তর পঁচাত্তর ছিয়াত্তর সাতাত্তর আটাত্তর উনআশি/ঊনআশি/উনাশি আশি "
    "একাশি বিরাশি তিরাশি চুরাশি পঁচাশি ছিয়াশি সাতাশি অষ্টআশি/আটাশি উননব্বই/ঊননব্বই নব্বই "
    "একানব্বই বিরানব্বই তিরানব্বই চুরানব্বই পঁচানব্বই ছিয়ানব্বই সাতানব্বই আটানব্বই নিরানব্বই"
)

_BENGALI_HALVES = {
    unicodedata.normalize("NFC", word): value
    for word, value in {
        "আধা": _HALF,
        "অর্ধেক": _HALF,
        "দেড়": Fraction(3, 2),
        "আড়াই": Fraction(5, 2),
    }.items()
}

BENGALI = NumberWords(
    small={**_BENGALI_SMALL, **_BENGALI_HALVES},
    multipliers=_nfc(
        {
            "শ": 100,
            "শো": 100,
            "শত": 100,
            "হাজার": 1000,
            "লাখ": 10**5,
            "লক্ষ": 10**5,
            "মিলিয়ন": 10**6,
            "নিযুত": 10**6,
            "কোটি": 10**7,
            "বিলিয়ন": 10**9,
            "ট্রিলিয়ন": 10**12,
            "ডজন": 12,
        }
    ),
    before={
        unicodedata.normalize("NFC", word): value
        for word, value in {
            "সাড়ে": Fraction(1, 2),
            "পৌনে": Fraction(-1, 4),
            "সোয়া": Fraction(1, 4),
            "সওয়া": Fraction(1, 4),
        }.items()
    },
    ordinals=_count(
        "প্রথম দ্বিতীয় তৃতীয় চতুর্থ পঞ্চম ষষ্ঠ সপ্তম অষ্টম নবম দশম একাদশ দ্বাদশ ত্রয়োদশ চতুর্দশ পঞ্চদশ "
        "ষোড়শ সপ্তদশ অষ্টাদশ ঊনবিংশ/উনবিংশ বিংশ একবিংশ"
    ),
    implied=_implied(
        n0="শূন্য না নেই",
        n1="একটি একটা একজন একক একমাত্র একবার একই একা প্রথম পয়লা পহেলা মাত্র প্রতি প্রতিটি",
        n2="উভয় জোড়া দ্বিগুণ দম্পতি দ্বৈত যমজ দ্বিতীয় দোসরা দুবার যুগল দুয়েক",
        n1_2="অর্ধেক আধা আধ অর্ধ",
        n50="অর্ধেক",
        n3="তৃতীয় তিনগুণ তৃতীয়াংশ তেসরা ত্রয়ী",
        n1_3="তৃতীয়াংশ",
        n2_3="তৃতীয়াংশ",
        n4="চতুর্থ চতুর্থাংশ চৌঠা",
        n1_4="চতুর্থাংশ",
        n25="চতুর্থাংশ",
        n5="পঞ্চমাংশ",
        n10="দশক দশমাংশ",
        n12="ডজন যুগ দুপুর মধ্যরাত",
        n100="শতক শতাব্দী শত শতবর্ষ",
        n1000="হাজার",
        n100000="লাখ লক্ষ",
        n1000000="মিলিয়ন",
        n10000000="কোটি",
        n1000000000="বিলিয়ন",
    ),
    # এক: a; দু: two, or a prefix; ছ, ন: parts of words; নয়: is not; বার: time, day; Sunday Times
    ambiguous=_words(
        "এক দু ছ ন নয় বার তের সাত চার আধা অর্ধেক প্রথম দ্বিতীয় দশম "
        "মানডে টুইসডে ওয়েডনেসডে থার্সডে ফ্রাইডে স্যাটারডে স্যাটার্ডে সানডে"
    ),
    months=_count(
        "জানুয়ারি/জানুয়ারী/জানুয়ারি ফেব্রুয়ারি/ফেব্রুয়ারী মার্চ এপ্রিল মে জুন জুলাই আগস্ট/অগাস্ট/আগষ্ট/অগস্ট "
        "সেপ্টেম্বর/সেপ্টেম্বার অক্টোবর/অক্টোবার নভেম্বর/নভেম্বার ডিসেম্বর/ডিসেম্বার"
    ),
    ambiguous_months=_words("মে মার্চ"),
    weekdays=_count(
        "সোমবার/মানডে মঙ্গলবার/টুইসডে বুধবার/ওয়েডনেসডে বৃহস্পতিবার/থার্সডে শুক্রবার/ফ্রাইডে "
        "শনিবার/স্যাটারডে/স্যাটার্ডে রবিবার/রোববার/সানডে"
    ),
    units=_units(
        percent="শতাংশ ভাগ পার্সেন্ট",
        dollar="ডলার",
        euro="ইউরো",
        pound="পাউন্ড পাউণ্ড",
        taka="টাকা রুপি",
        yen="ইয়েন",
        yuan="ইউয়ান",
        km="কিলোমিটার কিমি",
        mile="মাইল",
        m="মিটার",
        cm="সেন্টিমিটার সেমি",
        mm="মিলিমিটার",
        foot="ফুট",
        inch="ইঞ্চি",
        kg="কেজি কিলোগ্রাম কিলো",
        g="গ্রাম",
        tonne="টন",
        litre="লিটার",
        hectare="হেক্টর",
        acre="একর",
        second="সেকেন্ড সেকেণ্ড",
        minute="মিনিট",
        hour="ঘণ্টা ঘন্টা",
        day="দিন",
        week="সপ্তাহ",
        month="মাস",
        year="বছর বৎসর",
    ),
    numerals_follow=True,
    decimal_comma=False,
    day_first=True,
)

#: A language without a table: digits are compared, words are not.
NO_WORDS = NumberWords()

LEXICONS: dict[str, NumberWords] = {"en": ENGLISH, "vi": VIETNAMESE, "bn": BENGALI}

#: Endings that Bengali joins to a number word or a unit, shortest first (`দশকে` is `দশক` and `ে`).
BENGALI_ENDINGS = tuple(
    sorted(
        _words(
            "টি টা টির টার টিতে টায় টিকে টিরও টে জন জনের জনকে জনেরও জনই খানা খানি গুলি গুলো গুলোর গুলির "
            "বার বারের গুণ তম তমটি ই ও র এর এরও রও ের েরও ে েই য় তে টিই টাই টিও টাও টেই জনও "
            "বছরের বছর বছরে দিনের দিন দিনে দিকে দশক দশকের মাস মাসের মাসে ঘণ্টা ঘণ্টার সপ্তাহ সপ্তাহের জনেই "
            "ের য়ে ো াধিক ভাগ তলা মুখী জোড়া শে ই-এর"
        ),
        key=len,
    )
)
