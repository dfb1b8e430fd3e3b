"""English: read, and translated into."""

from __future__ import annotations

from fractions import Fraction

from seedsum.languages.common import count, implied, units, words
from seedsum.languages.language import DetectionCues, Language, NumberWords, PageCues, SentenceCues

# --------------------------------------------------------------------------------------------
# Numbers

_SMALL = count(
    "one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen "
    "sixteen seventeen eighteen nineteen"
) | {
    word: 10 * number
    for word, number in count(
        "twenty thirty forty/fourty fifty sixty seventy eighty ninety", 2
    ).items()
}

_ORDINALS = count(
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

_NUMBERS = NumberWords(
    small={**_SMALL, "half": Fraction(1, 2)},
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
    ordinals=_ORDINALS,
    implied=implied(
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
    months=count(
        "january/jan february/feb march/mar april/apr may june/jun july/jul august/aug "
        "september/sept/sep october/oct november/nov december/dec"
    ),
    ambiguous_months=frozenset({"march", "may", "mar", "jan", "jun", "august", "april", "june"}),
    weekdays=count(
        "monday/mondays tuesday/tuesdays wednesday/wednesdays thursday/thursdays friday/fridays "
        "saturday/saturdays sunday/sundays"
    ),
    units=units(
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
    months_have_capitals=True,
    noon=words("noon midday midnight"),
    and_a_half=("and", "a", "half"),
    half_a=("half", "a"),
    attached={"m": 10**6, "k": 10**3, "b": 10**9},
    decade_suffix="s",
    ranges=words("to and or"),
    half_days=("am", "pm", "a.m", "p.m", "o'clock"),
    pairs_are_years=True,
)


# --------------------------------------------------------------------------------------------
# Reading

_DETECTION = DetectionCues()

_SENTENCES = SentenceCues()

_PAGE = PageCues()

# --------------------------------------------------------------------------------------------
# Models

_CANARY = (
    "Heavy rain this morning moved the meeting to the afternoon.",
    "The new primary school has twelve classrooms and a small library. It opened on Monday,"
    " and 340 children came on the first day. Parents had asked for it for eight years.",
    "The price of rice is 4.5% higher than a year ago, the ministry said. Farmers along the"
    " river doubt that they will see much of it: seed and diesel cost more as well.",
    "An old woman has sold bread at this corner for more than thirty years.",
    "“We leave nobody behind,” he said.",
    "Sorry!",
    "From 3 October bus line 8 will run until 11 p.m.",
    "The river rose, and many families carried their things to the upper floor.",
)

ENGLISH = Language(
    tag="en",
    name="English",
    script="Latn",
    flores="eng_Latn",
    numbers=_NUMBERS,
    detection=_DETECTION,
    sentences=_SENTENCES,
    page=_PAGE,
    canary=_CANARY,
)
