"""Bengali."""

from __future__ import annotations

import re
import unicodedata
from fractions import Fraction
from functools import cache, lru_cache

from seedsum.languages.common import EXONYMS, SIGNS, count, digits_from, implied, nfc, units, words
from seedsum.languages.language import (
    DetectionCues,
    Language,
    LengthRatio,
    NameRules,
    NumberWords,
    PageCues,
    SentenceCues,
)

# --------------------------------------------------------------------------------------------
# Numbers

#: The numbers up to a hundred are all irregular in Bengali; spelling variants after a slash.
_SMALL = count(
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

_HALVES = nfc(
    {
        "আধা": Fraction(1, 2),
        "অর্ধেক": Fraction(1, 2),
        "দেড়": Fraction(3, 2),
        "আড়াই": Fraction(5, 2),
    }
)

#: Endings that Bengali joins to a number word or a unit, shortest first (`দশকে` is `দশক` and `ে`).
_NUMBER_ENDINGS = tuple(
    sorted(
        words(
            "টি টা টির টার টিতে টায় টিকে টিরও টে জন জনের জনকে জনেরও জনই খানা খানি গুলি গুলো গুলোর গুলির "
            "বার বারের গুণ তম তমটি ই ও র এর এরও রও ের েরও ে েই য় তে টিই টাই টিও টাও টেই জনও "
            "বছরের বছর বছরে দিনের দিন দিনে দিকে দশক দশকের মাস মাসের মাসে ঘণ্টা ঘণ্টার সপ্তাহ সপ্তাহের জনেই "
            "ের য়ে ো াধিক ভাগ তলা মুখী জোড়া শে ই-এর"
        ),
        key=len,
    )
)

#: A dot below is part of three letters only (ড় ঢ় য়); elsewhere it is a typing error.
_STRAY_NUKTA = re.compile("(?<![\u09a1\u09a2\u09af])\u09bc")
_HUNDREDS = ("শো", "শত", "শ")


#: Most words come again soon: of 81,000 Bengali ones the latest 4,096 had 68%.
@lru_cache(maxsize=4096)
def _parts_of(word: str) -> tuple[str, ...]:
    """Return a word without the ending that hides a number, `পাঁচশ` as two parts."""
    word = _STRAY_NUKTA.sub("", word.replace("\u200c", "").replace("\u200d", ""))
    known = _known_words()
    if word in _NUMBER_ENDINGS or word in known:
        return (word,)
    if parts := _hundreds(word):
        return parts
    for ending in _NUMBER_ENDINGS:
        stem = word.removesuffix(ending)
        if stem == word:
            continue
        if stem in known:
            return (stem, ending)
        if parts := _hundreds(stem):
            return (*parts, ending)
    return (word,)


@cache
def _known_words() -> frozenset[str]:
    known = _NUMBERS
    numbers = (known.small, known.multipliers, known.ordinals, known.before, known.implied)
    return frozenset[str]().union(*numbers, known.months, known.weekdays, known.units)


def _hundreds(stem: str) -> tuple[str, ...]:
    for hundred in _HUNDREDS:
        base = stem.removesuffix(hundred)
        if base != stem and base in _NUMBERS.small:
            return (base, hundred)
    return ()


_NUMBERS = NumberWords(
    small={**_SMALL, **_HALVES},
    multipliers=nfc(
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
    before=nfc(
        {
            "সাড়ে": Fraction(1, 2),
            "পৌনে": Fraction(-1, 4),
            "সোয়া": Fraction(1, 4),
            "সওয়া": Fraction(1, 4),
        }
    ),
    ordinals=count(
        "প্রথম দ্বিতীয় তৃতীয় চতুর্থ পঞ্চম ষষ্ঠ সপ্তম অষ্টম নবম দশম একাদশ দ্বাদশ ত্রয়োদশ চতুর্দশ পঞ্চদশ "
        "ষোড়শ সপ্তদশ অষ্টাদশ ঊনবিংশ/উনবিংশ বিংশ একবিংশ"
    ),
    implied=implied(
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
    ambiguous=words(
        "এক দু ছ ন নয় বার তের সাত চার আধা অর্ধেক প্রথম দ্বিতীয় দশম "
        "মানডে টুইসডে ওয়েডনেসডে থার্সডে ফ্রাইডে স্যাটারডে স্যাটার্ডে সানডে"
    ),
    months=count(
        "জানুয়ারি/জানুয়ারী/জানুয়ারি ফেব্রুয়ারি/ফেব্রুয়ারী মার্চ এপ্রিল মে জুন জুলাই আগস্ট/অগাস্ট/আগষ্ট/অগস্ট "
        "সেপ্টেম্বর/সেপ্টেম্বার অক্টোবর/অক্টোবার নভেম্বর/নভেম্বার ডিসেম্বর/ডিসেম্বার"
    ),
    ambiguous_months=words("মে মার্চ"),
    weekdays=count(
        "সোমবার/মানডে মঙ্গলবার/টুইসডে বুধবার/ওয়েডনেসডে বৃহস্পতিবার/থার্সডে শুক্রবার/ফ্রাইডে "
        "শনিবার/স্যাটারডে/স্যাটার্ডে রবিবার/রোববার/সানডে"
    ),
    units=units(
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
    decade_after=words("দশক"),
    ranges=words("থেকে বা"),
    hours=words("টা টায় টার টে"),
    minute="মিনিট",
    parts_of=_parts_of,
    numerals_follow=True,
    decimal_comma=False,
    day_first=True,
)


# --------------------------------------------------------------------------------------------
# Names and nouns

_NAMES = NameRules(
    exonyms=EXONYMS,
    # Not প্রদেশ (province), নির্দেশ (order), বিদেশ (abroad).
    the_country=re.compile(unicodedata.normalize("NFC", rf"(?<![\w{SIGNS}])(?:দেশ|জাতীয়)")),
    spelling=nfc({"ী": "ি", "ূ": "ু", "ণ": "ন", "ঈ": "ই", "ঊ": "উ", "ঙ্": "ং", "\u200c": ""}),
)

#: Of nouns and of the adjectives made of them, before `ও` (too) and `ই` (indeed).
_NOUN_ENDINGS = words(
    "র ের এর য়ের ে য় য়ে তে েতে কে েকে দের েদের রা েরা ি িরা িদের ির িয় িয়রা িয়দের িয়ের "
    "িয়ান িয়ানরা িয়ানদের ান সহ টি টির গুলো গুলি গুলোর গুলির ী বাসী বাসি বাসীর বাসির মুখি ভিত্তিক"
)
#: Case, article and plural; up to two of them.
_TERM_ENDINGS = unicodedata.normalize(
    "NFC", "(?:ের|এর|র|কে|তে|য়|ে|টি|টা|টির|টার|গুলি|গুলো|গুলির|গুলোর|রা|দের|ও|ই){0,2}"
)

# --------------------------------------------------------------------------------------------
# Reading

_DETECTION = DetectionCues(
    words=words(
        "এবং তিনি থেকে না করে আমি ও যে এর তার এই হয় করা একটি তাদের আমার জন্য সে আর তা তারা কোন কোনো"
        " এক করতে করেন তখন সাথে হবে তাঁর যদি যখন আমরা হতে মধ্যে যা হয়ে তবে আমাদের উপর এ করার বা"
        " তাকে কিছু ছিল হয়েছে করবে সময় কাছে কিন্তু করেছেন যায় রয়েছে পর্যন্ত পর যারা পারে থাকে সেই"
        " নিয়ে দিয়ে এমন বলে বলেন অথবা করেছে দ্বারা কেউ সম্পর্কে হয়েছিল জানান ওপর সঙ্গে নয় আছে ছিলেন"
        " করছে হচ্ছে"
    ),
)

_SENTENCES = SentenceCues(
    titles=words(
        "ডা ডাঃ ড মো মোঃ মোসা মোহা মি মিঃ অধ্যা প্রফ ইঞ্জি এড অ্যাড লে মেজ কর্নেল ব্রি বি.দ্র নং পৃ খ্রি খ্রিঃ"
    ),
    section_words=("ধারা", "অনুচ্ছেদ", "অধ্যায়"),
    conjunctions=("এবং", "ও", "কিন্তু", "যে", "যা", "কারণ", "তবে", "অথবা", "আর"),
    number_and_stop=True,
)

_PAGE = PageCues(
    related_heading=r"(?:এ )?সম্পর্কিত(?: (?:আরও?|আরো))?(?: (?:খবর|সংবাদ|নিবন্ধ|পোস্ট|বিষয়))?"
    r"|সংশ্লিষ্ট (?:খবর|সংবাদ)|(?:আরও|আরো) (?:পড়ুন|খবর|সংবাদ|দেখুন)"
    r"|(?:এই|এ) বিভাগের (?:আরও |আরো |অন্যান্য )?(?:খবর|সংবাদ)|অন্যান্য (?:খবর|সংবাদ)"
    r"|সর্বশেষ(?: (?:খবর|সংবাদ))?|সর্বাধিক (?:পঠিত|পড়া)|জনপ্রিয়(?: (?:খবর|সংবাদ))?",
    comment_heading=r"মন্তব্য(?: (?:করুন|লিখুন|সমূহ))?|আপনার (?:মতামত|মন্তব্য)(?: .{2,20})?"
    r"|পাঠকের মন্তব্য",
    related_link=r"আরও পড়ুন|আরো পড়ুন",
    read_on=r"^বিস্তারিত (?:পড়ুন|দেখুন|জানতে)",
    source_line=r"সূত্র|তথ্যসূত্র|উৎস",
    caption_credit=r"ছবি|ছবির ক্যাপশন|আলোকচিত্র",
    caption_initials="ছ",
    caption_label=r"ফাইল ছবি|সংগৃহীত ছবি|ছবি সংগৃহীত",
    legal=r"কপিরাইট|স্বত্ব|সর্বস্বত্ব|সম্পাদক(?: ও প্রকাশক)?\s*[:：]",
    legal_anywhere=r"সর্বস্বত্ব সংরক্ষিত",
    notice=r"^(?:গোপনীয়তা নীতি|শর্তাবলী|বিজ্ঞাপন)$|কুকি ব্যবহার|^.{0,40}সাবস্ক্রাইব করুন",
    contact=r"ইমেইল|ফোন|ঠিকানা",
    share=r"শেয়ার(?: করুন)?|প্রিন্ট|অনুসরণ করুন|ফেসবুক|টুইটার",
    menu=r"প্রচ্ছদ|হোম|মূলপাতা|অনুসন্ধান|খুঁজুন|যোগাযোগ|আমাদের সম্পর্কে|লগ ?ইন|পূর্ববর্তী|পরবর্তী|মেনু",
    tags=r"ট্যাগ|বিষয়",
    byline=r"নিজস্ব প্রতিবেদক[^।!?]{0,30}|.{0,30}প্রতিনিধি|.{0,20}ডেস্ক"
    r"|(?:স্টাফ|বিশেষ|জ্যেষ্ঠ) (?:রিপোর্টার|প্রতিবেদক|প্রতিনিধি)[^।!?]{0,30}",
    byline_label=r"লেখক",
    home=r"প্রচ্ছদ|হোম|মূলপাতা",
    date_words=r"(?:শনি|রবি|সোম|মঙ্গল|বুধ|বৃহস্পতি|শুক্র)(?:বার)?|জানুয়ারি|ফেব্রুয়ারি|মার্চ|এপ্রিল|মে|জুন"
    r"|জুলাই|আগস্ট|সেপ্টেম্বর|অক্টোবর|নভেম্বর|ডিসেম্বর|প্রকাশ(?:িত)?(?:ের)?|আপডেট|সময়|তারিখ|হালনাগাদ"
    r"|পূর্বাহ্ন|অপরাহ্ন|এএম|পিএম|মিনিট|ঘণ্টা|আগে|ইং|খ্রি",
    ago=r"আগে",
    scene=r"ছবি তুলছেন|ছবিতে|(?:বাঁ|বাম|ডান) (?:দিক )?থেকে|ফাইল ছবি",
)

# --------------------------------------------------------------------------------------------
# Models

_CANARY = (
    "আজ সকালে ভারী বৃষ্টির কারণে সভা বিকেলে সরিয়ে নেওয়া হয়েছে।",
    "নতুন প্রাথমিক বিদ্যালয়ে বারোটি শ্রেণিকক্ষ ও একটি ছোট গ্রন্থাগার আছে।",
    "চালের দাম গত বছরের তুলনায় ৪.৫% বেড়েছে।",
    "বৃদ্ধা ত্রিশ বছরের বেশি সময় ধরে রাস্তার মোড়ে রুটি বিক্রি করেন।",
    "“আমরা কাউকে পেছনে ফেলে যাব না,” তিনি বললেন।",
    "দুঃখিত!",
    "৩ অক্টোবরের ঘোষণা অনুযায়ী ৮ নম্বর বাস রাত ১১টা পর্যন্ত চলবে।",
    "নদীর পানি বাড়ায় অনেক পরিবার জিনিসপত্র ওপরে তুলেছে।",
)

BENGALI = Language(
    tag="bn",
    name="Bengali",
    script="Beng",
    flores="ben_Beng",
    digits=digits_from("০"),
    sentence_enders="।!?…॥",
    noun_endings=frozenset(
        ending + too for ending in (*_NOUN_ENDINGS, "") for too in ("", "ও", "ই")
    ),
    term_endings=_TERM_ENDINGS,
    numbers=_NUMBERS,
    names=_NAMES,
    detection=_DETECTION,
    sentences=_SENTENCES,
    page=_PAGE,
    length=LengthRatio(-0.033, 5.28, 0.0045, 1.60),
    canary=_CANARY,
)
