"""English: read, and translated into."""

from __future__ import annotations

import re
from fractions import Fraction

from seedsum.languages.common import count, implied, units, words
from seedsum.languages.language import (
    DetectionCues,
    Language,
    NameRules,
    NumberWords,
    PageCues,
    SentenceCues,
    TargetCues,
)

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
# Names

_NAMES = NameRules(
    the_country=re.compile(r"\b(?:[Tt]he|[Tt]his) (?:country|nation)\b|\b[Nn]ationwide\b"),
)

# --------------------------------------------------------------------------------------------
# English as what is translated into

_FUNCTION_WORDS = words(
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
_SHARED = words(
    """a in on as no me do so was is an am to per i he of at we over us had up be have has men all
    it you if by or out more most how not but"""
)

#: Words that no English sentence ends with, not even a headline.
_NEVER_LAST = words("the a an and or of but their his its my our your that's than because")
#: Words that a sentence seldom ends with: enough where its final mark is missing too.
_SELDOM_LAST = words(
    """to in on for with by at from as into about between over is are was were be been has have had
    will would could should may might can he she they we who which that when where while if not
    very more most these those this some any no said says after before between during against"""
)

_AS_TARGET = TargetCues(
    shared_words=_SHARED,
    endings=("ing", "ed", "tion", "ly", "ous"),
    never_last=_NEVER_LAST,
    seldom_last=_SELDOM_LAST,
    may_double=words("that"),
)

# --------------------------------------------------------------------------------------------
# Reading

_DETECTION = DetectionCues(
    words=words(
        "the of and to in is are was were be been has have had that this these those with for from"
        " on at by as it its he she they we you his her their our your not but or which who whom"
        " what when where how why will would can could should may might must there here than then"
        " if into after before between during about over under also more most other some such only"
        " new said says an so no all any each one two first last out up off very just because while"
        " through per both own same too again against within without among"
    ),
    site_words=words(
        "related news comment comments leave photo photograph photos image source read more share"
        " print back home site map search menu latest top stories story posted published updated by"
        " tags topics copyright rights reserved subscribe newsletter follow us contact privacy"
        " policy terms view all next previous page login sign asset publisher video gallery health"
        " world business sports looking ahead key details"
    ),
)

_SENTENCES = SentenceCues(
    titles=words(
        "dr mr mrs ms prof st vs fig figs eq vol ed eds cf gen col lt sgt maj capt gov sen rep hon"
        " rev pres dept approx e.g i.e jan feb mar apr jun jul aug sep sept oct nov dec no nos pp"
        " viz"
    ),
    open_abbreviations=words("inc ltd co corp jr sr al etc p.m a.m u.s u.k u.n"),
    starters=words(
        "the a an he she it they we i you this that these those in on at but and however after when"
        " as if there his her its their our for with from meanwhile according"
    ),
    section_words=("article", "section", "chapter", "part", "rule"),
    conjunctions=("and", "or", "but", "which", "that", "because", "while", "when"),
)

_PAGE = PageCues(
    related_heading=r"related(?: (?:news|articles?|stor(?:y|ies)|posts?|content|topics?|links?"
    r"|reading))?|more (?:news|stories|articles)|more (?:from|on|in) .{1,40}"
    r"|you (?:may|might) also .{2,30}|also read|read (?:also|more|next)|see also"
    r"|recommended(?: (?:for you|stories|reading))?|editors?['’]s? picks?"
    r"|most (?:read|popular|viewed)|(?:latest|recent|other|top) (?:news|posts?|stories|articles)"
    r"|trending(?: now)?|don['’]?t miss|what to read next|up next|asset publisher",
    comment_heading=r"leave a (?:comment|reply)|post a comment|(?:add|write) (?:a|your) comment"
    r"|join the (?:discussion|conversation)|[0-9]+ comments?|comments?|reader comments",
    related_link=r"related(?: news| article| story)?|also read|read (?:also|more)|see also",
    read_on=r"^(?:for (?:more|further)\b|to (?:read|learn|find out) more\b)"
    r"(?=.*(?:\b(?:visit|see|click|read|go to|explore|check out|follow)\b|www\.|https?:))"
    r"|^(?:click here|read the (?:full|original)|continue reading)\b",
    source_line=r"sources?|via|original (?:article|link|source)",
    caption_credit=r"photo(?:s|graph|graphs)?(?: credit)?|image(?: credit)?|picture",
    caption_initials="PI",
    caption_by=r"photo(?:s|graph)? by",
    caption_label=r"file photo|illustrat(?:ion|ive (?:photo|image))",
    legal=r"copyright\b",
    legal_anywhere=r"all rights reserved",
    notice=r"akismet|(?:^we|(?:this|our) (?:web ?)?site|your browser)\b.{0,40}"
    r"\b(?:cookies|javascript)|^(?:accept|reject)(?: all)? cookies"
    r"|^cookie (?:policy|settings|notice|preferences)|^(?:privacy policy|terms of (?:use|service))"
    r"|^(?:subscribe|sign up|get (?:our|the latest)|join our)\b.{0,120}"
    r"\b(?:newsletter|channel|updates|inbox|e-?mail|free|now|today)\b"
    r"|^(?:subscribe|newsletter|advertisement|sponsored(?: content)?|ads?)$",
    contact=r"e-?mail|tel(?:ephone)?|phone|fax|address",
    share=r"share(?: (?:this|on|via).{0,30})?|tweet|e-?mail|print|copy link|follow us.{0,40}|like"
    r"|save",
    menu=r"back(?: to .{1,30})?|home(?:page)?|menu|main menu|site ?map|skip to .{1,30}|search"
    r"|log ?in|sign in|register|contact(?: us)?|about(?: us)?|next|prev(?:ious)?|top",
    tags=r"tags?|keywords?|categor(?:y|ies)|topics?|posted in|filed under",
    byline=r"by (?-i:[A-ZÀ-Ỹ])[^\s.]*(?: (?:and|(?-i:[A-ZÀ-Ỹ])[^\s]*)){0,6}"
    r"|(?:written|reported|posted) by\b[^.।!?]{0,60}",
    byline_label=r"author",
    home=r"home|main|start|index|news",
    date_words=r"[0-9]+(?:st|nd|rd|th)"
    r"|\b(?:mon|tues?|wed(?:nes)?|thu(?:rs)?|fri|sat(?:ur)?|sun)(?:day)?\b"
    r"|\b(?:jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?"
    r"|sept?(?:ember)?|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)\b"
    r"|\b(?:am|pm|a\.m\.|p\.m\.|gmt|utc|ist|bst|est|edt|at|on|published|updated|posted|last|date"
    r"|time|modified|hours?|minutes?|days?|ago)\b",
    weekdays=r"(?:mon|tues|wednes|thurs|fri|satur|sun)day",
    ago=r"ago",
    scene=r"\((?:left|right|centre|center|l|r|pictured|[^()]{0,40}photo[^()]{0,40})\)"
    r"|\bfrom left\b|\bposes? for (?:a )?(?:photo|picture)|\bpictured (?:here|above|in|at)\b",
)

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
    function_words=_FUNCTION_WORDS,
    noun_endings=words("s"),
    numbers=_NUMBERS,
    names=_NAMES,
    as_target=_AS_TARGET,
    detection=_DETECTION,
    sentences=_SENTENCES,
    page=_PAGE,
    canary=_CANARY,
)
