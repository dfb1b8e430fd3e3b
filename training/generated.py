"""Pairs made by rule from human ones: other numbers and names in them, dates and times added.

Part of `prepare.py`. A model learns from a few hundred thousand sentences how news is told, but not
to copy `0800 555 111`, to read `29/09/1918`, or all the names of seven days: of what the checks
found in the second starter model's NTREX translations, most was of that sort.
"""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Iterable, Iterator

from other_names import list_of_names, with_another_name
from swaps import Known, latin_names, list_of_entries, with_other_entries, with_other_latin_name

# How many pairs are made for a hundred that could be, and how often a pass shows one, for each time
# that it shows the pair it is made from. With these a pass has 23% more words.
NUMBERS_PER_HUNDRED = 100
PHRASES_PER_HUNDRED = {"vi": 25, "bn": 60}
LANDS_PER_HUNDRED = {"vi": 30, "bn": 60}
ENTRIES_PER_HUNDRED = {"vi": 200, "bn": 500}  # many, and each shown seldom
LATIN_PER_HUNDRED = {"vi": 60, "bn": 0}  # with Bengali it is mostly software
SHARE = 0.8
ENTRIES_SHARE = {"vi": 0.35, "bn": 0.6}
NUM_FRAGMENTS = 2000  # of each language, and as many lists of lands
NUM_LISTS_OF_NAMES = {"vi": 2000, "bn": 12000}  # Bengali names have to be spelled
MIN_WEIGHT = 0.8  # only from pairs that a pass shows this often: no manuals
MIN_SPACES = 3  # of the English: an entry is no sentence
MIN_WEIGHT_OF_NAMES = 1.0  # and no courses or scripture

LANGUAGES = ("vi", "bn")
MONTHS = {
    "en": "January|February|March|April|May|June|July|August|September|October|November|December",
    "bn": "জানুয়ারি|ফেব্রুয়ারি|মার্চ|এপ্রিল|মে|জুন|জুলাই|আগস্ট|সেপ্টেম্বর|অক্টোবর|নভেম্বর|ডিসেম্বর",
}
DAYS = {
    "en": "Monday|Tuesday|Wednesday|Thursday|Friday|Saturday|Sunday",
    "vi": "thứ hai|thứ ba|thứ tư|thứ năm|thứ sáu|thứ bảy|chủ nhật",
    "bn": "সোমবার|মঙ্গলবার|বুধবার|বৃহস্পতিবার|শুক্রবার|শনিবার|রবিবার",
}
# Part of the day, its hours, and its English after a weekday.
PARTS = {
    "vi": (
        ("sáng", range(1, 12), "morning"),
        ("chiều", range(13, 19), "afternoon"),
        ("tối", range(18, 24), "evening"),
    ),
    "bn": (
        ("সকাল", range(5, 12), "morning"),
        ("বিকেল", range(13, 18), "afternoon"),
        ("সন্ধ্যা", range(17, 20), "evening"),
        ("রাত", range(20, 24), "night"),
    ),
}
# With which an English sentence may begin that gets something before it: none is a name.
OPENER = re.compile(
    "(?:The|An?|In|It|He|She|They|This|These|That|There|His|Her|Their|We|Many|Some) "
)
BENGALI_DIGITS = str.maketrans("০১২৩৪৫৬৭৮৯", "0123456789")
# Neither part of a date, a score, a decimal, a code or a time.
_AROUND = r"(?<![\w.,/:%$€£+-]){}(?![\w/:-]|[.,]\d)"
NUMERAL = {
    "en": re.compile(_AROUND.format(r"(?:\d{1,3}(?:,\d{3})+|\d{1,9})")),
    "vi": re.compile(_AROUND.format(r"(?:\d{1,3}(?:[.]\d{3})+|\d{1,9})")),
    "bn": re.compile(_AROUND.format(r"(?:\d{1,3}(?:,\d{2,3})+|\d{1,9})")),
}
FIRST_YEAR, LAST_YEAR = 1900, 2035


def value_of(numeral: str) -> int:
    return int(re.sub("[.,]", "", numeral))


def other_value(rng: random.Random, value: int) -> int:
    """A number that could stand where `value` does: a year for a year, a day for a day."""
    if FIRST_YEAR <= value <= LAST_YEAR:
        return rng.randint(FIRST_YEAR, LAST_YEAR)
    if value < 2:
        return value
    if value < 10:
        return rng.randint(2, 9)
    if value <= 31:
        return rng.randint(2, 31)
    digits = max(2, len(str(value)) + rng.choice((-1, 0, 0, 1)))
    kind = rng.random()
    if kind < 0.25:  # 25000, 900
        return rng.randint(1, 99) * 10 ** max(1, digits - 2)
    if kind < 0.4:  # 111, 5550
        return int(str(rng.randint(1, 9)) * digits) // rng.choice((1, 10)) * rng.choice((1, 10))
    return rng.randint(10 ** (digits - 1), 10**digits - 1)


def written(value: int, language: str, *, grouped: bool) -> str:
    """The number in digits as `language` groups them."""
    if not grouped or value < 1000:
        return str(value)
    text = f"{value:,}"
    if language == "vi":
        return text.replace(",", ".")
    if language == "bn" and value >= 100_000:  # 1,23,456
        head, tail = str(value)[:-3], str(value)[-3:]
        pairs = re.findall(r"\d{1,2}", head[::-1])
        return ",".join([*(pair[::-1] for pair in pairs[::-1]), tail])
    return text


def with_other_numbers(
    rng: random.Random, language: str, source: str, target: str
) -> tuple[str, str] | None:
    """The pair with other numbers on both sides; None where they have not the same, each once."""
    source = source.translate(BENGALI_DIGITS)
    theirs = [match.group() for match in NUMERAL[language].finditer(source)]
    ours = [match.group() for match in NUMERAL["en"].finditer(target)]
    values = sorted(map(value_of, ours))
    if not values or len(set(values)) < len(values) or sorted(map(value_of, theirs)) != values:
        return None
    new: dict[int, int] = {}
    for value in values:
        new[value] = other_value(rng, value)
    if len(set(new.values())) < len(new) or new == {value: value for value in values}:
        return None
    grouped = {value: rng.random() < 0.7 for value in values}

    def replace(text: str, code: str) -> str:
        def write(match: re.Match[str]) -> str:
            value = value_of(match.group())
            # Years and the like keep their form; what was grouped stays so.
            was_grouped = not match.group().isdigit()
            large = new[value] >= 10_000 and grouped[value]
            return written(new[value], code, grouped=was_grouped or large)

        return NUMERAL[code].sub(write, text)

    return replace(source, language), replace(target, "en")


def date_phrase(rng: random.Random, language: str) -> tuple[str, str]:
    """A date or a time in `language` and in English, both in lower case at the start."""
    day, month = rng.randint(1, 28), rng.randint(1, 12)
    year = rng.choice((rng.randint(FIRST_YEAR, LAST_YEAR), rng.randint(2010, LAST_YEAR)))
    name = MONTHS["en"].split("|")[month - 1]
    whole = rng.choice((f"on {name} {day}, {year}",) * 4 + (f"on {day} {name} {year}",))
    if language == "vi":
        two = f"{day:02d}/{month:02d}"
        return rng.choice(
            (
                (f"ngày {day}/{month}/{year}", whole),
                (f"ngày {two}/{year}", whole),
                (f"ngày {day}-{month}-{year}", whole),
                (f"ngày {day} tháng {month} năm {year}", whole),
                (f"ngày {day}/{month}", f"on {name} {day}"),
                (f"ngày {two}", f"on {name} {day}"),
                (f"ngày {day} tháng {month}", f"on {name} {day}"),
                (f"tháng {month}/{year}", f"in {name} {year}"),
                (f"tháng {month} năm {year}", f"in {name} {year}"),
                (f"năm {year}", f"in {year}"),
            )
        )
    theirs = MONTHS["bn"].split("|")[month - 1]
    return rng.choice(
        (
            (f"{day} {theirs} {year} তারিখে", whole),
            (f"{year} সালের {day} {theirs}", whole),
            (f"{day}/{month}/{year} তারিখে", whole),
            (f"{day} {theirs}", f"on {name} {day}"),
            (f"গত {day} {theirs}", f"on {name} {day}"),
            (f"{year} সালের {theirs} মাসে", f"in {name} {year}"),
            (f"{theirs} মাসে", f"in {name}"),
            (f"{year} সালে", f"in {year}"),
        )
    )


def day_phrase(rng: random.Random, language: str) -> tuple[str, str]:
    """A weekday, perhaps with a part of the day, in `language` and in English."""
    number = rng.randrange(7)
    theirs, ours = (DAYS[code].split("|")[number] for code in (language, "en"))
    part, _, part_in_english = rng.choice(PARTS[language])
    if language == "vi":
        theirs = rng.choice(
            (theirs, theirs.title() if number == 6 else f"thứ {theirs[4:].title()}")
        )
        return rng.choice(
            (
                (f"hôm {theirs}", f"on {ours}"),
                (f"vào {theirs}", f"on {ours}"),
                (f"{theirs} tuần trước", f"last {ours}"),
                (f"{theirs} tuần tới", f"next {ours}"),
                (f"{part} {theirs}", f"on {ours} {part_in_english}"),
            )
        )
    if number == 6 and rng.random() < 0.4:
        theirs = "রোববার"
    locative = {"সকাল": "সকালে", "বিকেল": "বিকেলে", "সন্ধ্যা": "সন্ধ্যায়", "রাত": "রাতে"}[part]
    return rng.choice(
        (
            (theirs, f"on {ours}"),
            (theirs, f"on {ours}"),
            (f"{theirs}ে" if theirs.endswith("র") else theirs, f"on {ours}"),
            (f"গত {theirs}", f"last {ours}"),
            (f"আগামী {theirs}", f"next {ours}"),
            (f"{theirs} {locative}", f"on {ours} {part_in_english}"),
        )
    )


def time_phrase(rng: random.Random, language: str) -> tuple[str, str]:
    """A time of the day in `language` and in English."""
    part, hours, _ = rng.choice(PARTS[language])
    hour = rng.choice(hours)
    twelve, half = (hour - 1) % 12 + 1, "a.m." if hour < 12 else "p.m."
    minute = rng.choice((0, 15, 30, 45, rng.randint(1, 59)))
    ours = f"at {twelve}:{minute:02d} {half}" if minute else f"at {twelve} {half}"
    plain = f"at {hour}:{minute:02d}"
    if language == "vi":
        spoken = f"{twelve} giờ {minute}" if minute else f"{twelve} giờ"
        return rng.choice(
            (
                (f"lúc {spoken} {part}", ours),
                (f"lúc {hour}h{minute:02d}", plain),
                (f"vào lúc {hour}:{minute:02d}", plain),
            )
        )
    gap = rng.choice(("", " "))
    spoken = f"{twelve}{gap}টা {minute} মিনিটে" if minute else f"{twelve}{gap}টায়"
    return rng.choice(((f"{part} {spoken}", ours), (f"{hour}:{minute:02d} মিনিটে", plain)))


def with_phrase(
    rng: random.Random, language: str, source: str, target: str
) -> tuple[str, str] | None:
    """The pair with a date or time before or behind it; None where that cannot be done."""
    if not OPENER.match(target) or not target.endswith(".") or len(target) > 250:
        return None
    kinds = (date_phrase, day_phrase, day_phrase, time_phrase)
    theirs, ours = rng.choice(kinds)(rng, language)
    comma = "," if language == "vi" or rng.random() < 0.3 else ""
    if rng.random() < 0.5:
        target = f"{ours[0].upper()}{ours[1:]}, {target[0].lower()}{target[1:]}"
    else:
        target = f"{target[:-1]} {ours.removesuffix('.')}."
        if language == "vi" and source.endswith("."):
            return f"{source[:-1]} {theirs}.", target
    if language == "vi":
        source, theirs = f"{source[0].lower()}{source[1:]}", f"{theirs[0].upper()}{theirs[1:]}"
    return f"{theirs}{comma} {source}", target


def fragment(rng: random.Random, language: str) -> tuple[str, str]:
    """A telephone number, a score or an amount with a word or two, in `language` and in English."""
    sizes = rng.choice(((4, 3, 3), (4, 3, 4), (3, 3, 4), (5, 6), (4, 3, 2), (10,), (11,)))
    digits = ["".join(rng.choices("0123456789", k=size)) for size in sizes]
    phone = rng.choice((" ", ".", "-")).join(["0" + digits[0][1:], *digits[1:]])
    score = f"{rng.randint(0, 12)}-{rng.randint(0, 12)}"
    amount = rng.choice((rng.randint(2, 99), rng.randint(100, 999)))
    if language == "vi":
        return rng.choice(
            (
                (f"Liên hệ: {phone}.", f"Contact: {phone}."),
                (f"Gọi số {phone}.", f"Call {phone}."),
                (f"Họ thắng {score}.", f"They won {score}."),
                (f"{amount} triệu đồng", f"VND{amount} million"),
                (f"{amount} tỷ USD", f"${amount} billion"),
            )
        )
    return rng.choice(
        (
            (f"যোগাযোগ: {phone}।", f"Contact: {phone}."),
            (f"{phone} নম্বরে ফোন করুন।", f"Call {phone}."),
            (f"তারা {score} গোলে জিতেছে।", f"They won {score}."),
            (f"{amount} কোটি টাকা", f"Tk {amount} crore"),
            (f"{amount} শতাংশ", f"{amount} percent"),
            (f"শতকরা {amount % 100} জন", f"{amount % 100} percent"),
        )
    )


def whole_number(rng: random.Random, share: float) -> int:
    """`share` itself where it is whole; else one of its neighbours, that much on average."""
    return int(share + rng.random())


def generated(
    pairs: Iterable[tuple[str, float, str, str]], seed: int, known: dict[str, Known]
) -> Iterator[tuple[str, str, float, str, str]]:
    """Pairs (what was done, language, weight, source, English): fragments, and from those given.

    `known` has the names and things of each language; where it is empty nothing is made with them.
    """
    rng = random.Random(seed)
    latin = with_latin_of(latin_names(known.values()))
    by_name = {
        language: (
            (
                "entries",
                ENTRIES_PER_HUNDRED[language],
                ENTRIES_SHARE[language],
                with_entries_of(known[language]),
            ),
            ("latin name", LATIN_PER_HUNDRED[language], SHARE, latin),
        )
        for language in LANGUAGES
    }
    for language in LANGUAGES:
        for _ in range(NUM_FRAGMENTS):
            yield "fragment", language, 1.0, *fragment(rng, language)
            yield "list of lands", language, 0.3, *list_of_names(rng, language)
        for _ in range(NUM_LISTS_OF_NAMES[language] if known[language].entries else 0):
            made = list_of_entries(rng, language, known[language])
            yield "list of names", language, 1.0, *made
    for language, weight, source, target in pairs:
        if weight < MIN_WEIGHT:
            continue
        is_sentence = target.count(" ") >= MIN_SPACES
        for what, per_hundred, share, make in (
            ("numbers", NUMBERS_PER_HUNDRED, SHARE, with_other_numbers),
            ("phrase", PHRASES_PER_HUNDRED[language], SHARE, with_phrase),
            ("land", LANDS_PER_HUNDRED[language], SHARE, with_another_name),
            *(by_name[language] if is_sentence and weight >= MIN_WEIGHT_OF_NAMES else ()),
        ):
            for _ in range(whole_number(rng, per_hundred / 100)):
                made = make(rng, language, source, target)
                if made is not None:
                    yield what, language, weight * share, *made


Maker = Callable[[random.Random, str, str, str], tuple[str, str] | None]


def with_entries_of(known: Known) -> Maker:
    """`with_other_entries` from what is known."""

    def make(rng: random.Random, language: str, source: str, target: str) -> tuple[str, str] | None:
        return with_other_entries(rng, language, known, source, target)

    return make


def with_latin_of(names: dict[int, list[str]]) -> Maker:
    """`with_other_latin_name` from the names given."""

    def make(rng: random.Random, language: str, source: str, target: str) -> tuple[str, str] | None:
        return with_other_latin_name(rng, names, source, target)

    return make
