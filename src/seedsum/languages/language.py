"""What can be known of a language: records, nearly every field of which may be missing.

Words are in small letters, and in NFC as documents are. See CONTRIBUTING.md, "Add a language".
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Annotated

from seedsum.languages.mentions import Quantity, Token

Words = frozenset[str]
#: From a word or phrase to its meaning; a file has the words of each meaning.
Meanings = Annotated[Mapping[str, str], "by meaning"]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class NumberWords:
    """A language's words for quantities."""

    # From 1 to 99, or the parts that they are made of, and halves.
    small: Mapping[str, int | Fraction] = field(default_factory=dict)
    tens: Words = frozenset()  # multiply the digit before them by ten (`mươi`)
    multipliers: Mapping[str, int] = field(default_factory=dict)  # hundred and above, the dozen
    joiners: Words = frozenset()  # between the parts of a number (`and`, `linh`)
    halves: Words = frozenset()  # add half of the last multiplier (`rưỡi`)
    and_a_half: tuple[str, ...] = ()  # add one half (`and a half`), also after a unit
    and_parts: Mapping[str, Fraction] = field(default_factory=dict)  # the same of other parts
    points: Words = frozenset()  # the decimal sign as a word (`point`, `phẩy`, `দশমিক`)
    zeros: Words = frozenset()  # no hundreds, or nothing before a decimal sign (`không trăm`)
    decimal_follows: bool = False  # `1 triệu 2` is 1.2 million
    # Parts of a whole after their number (`thirds`): three quarters; `over` stands between the two
    # where a language says three of four parts (`phần`), the whole before where it is named first.
    denominators: Mapping[str, int] = field(default_factory=dict)
    over: Words = frozenset()
    whole_first: Words = frozenset()
    part_of: Words = frozenset()  # between a part and its whole or unit (`of a`, `a`)
    # Before `a third` they make it a part where nothing else does (`by a third`).
    before_part: Words = frozenset()
    # After it they do the same (`a third higher`).
    after_part: Words = frozenset()
    out_of: tuple[str, ...] = ()  # between a part and its whole where the part comes first (`in`)
    half_a: tuple[str, ...] = ()  # the two words before a multiplier that say half of it (`half a`)
    # Change the number after them (`সাড়ে` adds a half).
    before: Mapping[str, Fraction] = field(default_factory=dict)
    ordinals: Mapping[str, int] = field(default_factory=dict)
    ordinal_endings: Words = frozenset()  # joined to words of `small` above four they make ordinals
    # Carry a number within them (`both`, `twice`, `decade`): evidence only.
    implied: Mapping[str, tuple[Fraction, ...]] = field(default_factory=dict)
    # Times as much in a word (`doubled`), and the word before a number that says so (`gấp`).
    multiples: Mapping[str, Fraction] = field(default_factory=dict)
    times_before: Words = frozenset()
    # Days that have a name (`International Women's Day`), by `day/month`, and phrases whose numbers
    # count nothing (`năm châu bốn biển`).
    named_days: Meanings = field(default_factory=dict)
    idioms: tuple[str, ...] = ()
    # Round numbers that say no more than a size (`hundreds`), and the word between two of them.
    round_numbers: Mapping[str, int] = field(default_factory=dict)
    round_of: str = ""
    titles: Words = frozenset()  # after them (`Mr`, `Thị`) a number word with a capital is a name
    ambiguous: Words = frozenset()  # mean something else too: evidence only
    counters: Words = frozenset()  # right after one of those they make it a number (`টি`)
    # No number before (`triệu chứng`, symptom), or after (`cuối năm`, the end of the year), these.
    not_before: Mapping[str, Words] = field(default_factory=dict)
    not_after: Mapping[str, Words] = field(default_factory=dict)
    articles: Words = frozenset()  # no number right after a multiplier (`8 triệu một năm`)
    not_a_unit: Words = frozenset()  # do not follow a ten or hundred: `mười năm` is ten years
    months: Mapping[str, int] = field(default_factory=dict)
    # Monday is 1; may be two words (`chủ nhật`).
    weekdays: Mapping[str, int] = field(default_factory=dict)
    night_after: Words = frozenset()  # after a weekday: the night to the next one (`দিবাগত`)
    # Weekdays without the word for day, before another weekday (`শুক্র ও শনিবার`).
    short_weekdays: Mapping[str, int] = field(default_factory=dict)
    ambiguous_months: Words = frozenset()  # counted only beside a number (`May`, `মে`)
    months_have_capitals: bool = False  # without a capital letter the word is no month (`may`)
    noon: Words = frozenset()  # twelve o'clock
    # Which half of the day a time is in: `am`, `pm`, `noon` (from six in the morning on it is that
    # day's), `night` (until six in the morning it is the next day's).
    half_of_day: Meanings = field(default_factory=dict)
    past: Words = frozenset()  # between minutes and an hour (`half past nine`)
    before_hour: Words = frozenset()  # those of `past` of minutes still to come (`ten to five`)
    quarter: str = ""  # of an hour
    # Words for a quarter of the year, before or after its number.
    quarters: Words = frozenset()
    numbered: Words = frozenset()  # before a Roman numeral (`stage I`)
    negative: Words = frozenset()  # before a number (`minus`)
    below_zero: tuple[str, ...] = ()  # after a number of degrees they say the same
    below: Words = frozenset()  # say that a number is below nought, or has fallen by it
    frost: Words = frozenset()  # those of them that say it of degrees
    # What is said without its number: 24 `round the clock`, 7 `every day`, 3 `a few`.
    loosely: Mapping[str, int] = field(default_factory=dict)
    # Say that a number is part of one before, or has it as its part (`of whom`, `including`).
    among: tuple[str, ...] = ()
    # Units that count other things where a noun follows (`cây`, km and trees), and what may follow.
    unit_nouns: Words = frozenset()
    after_unit_nouns: Words = frozenset()
    # Before parts that are counted (`the first three quarters`).
    before_periods: Words = frozenset()
    # Between the two ends of a change: `from` stands before the first, `to` before the second.
    change_from: Words = frozenset()
    change_to: Words = frozenset()
    change_from_after: Words = frozenset()  # stands behind the first instead (`থেকে`)
    and_words: Words = frozenset()  # join two counts
    won: Words = frozenset()  # say that somebody won or lost
    lost: Words = frozenset()  # of these, those that say that somebody lost
    units: Meanings = field(default_factory=dict)  # percent, dollar, km, ...
    # How rates say what they are of: words for it (`weekly`); those before a unit (`per`), and
    # those that say it behind an amount only (`twice a week`).
    rates: Meanings = field(default_factory=dict)
    per: Words = frozenset()
    per_after: Words = frozenset()
    times_words: Words = frozenset()  # numbers of times (`twice`)
    # Joined to a unit before a number (`মাসে ৫০০ টাকা`), but not behind these (`গত মাসে`).
    rate_endings: Words = frozenset()
    not_rate_after: Words = frozenset()
    decimal_comma: bool | None = None  # `1.234,5`, not `1,234.5`; None: writers do both
    numerals_follow: bool = False  # a numeral goes on after a multiplier: `১ হাজার ২০০` is 1,200
    day_first: bool | None = None  # `08/10` is the eighth of October; None: writers do both
    attached: Mapping[str, int] = field(default_factory=dict)  # joined to a numeral (`5m`)
    decade_suffix: str = ""  # joined to a numeral it makes a decade (`1990s`)
    decade_before: Words = frozenset()  # words beside a number that make it a decade
    decade_after: Words = frozenset()
    ranges: Words = frozenset()  # between the two ends of a range, or between alternatives
    hours: Words = frozenset()  # after a number they make it a time (`টা`)
    minute: str = ""  # what the word after minutes begins with
    half_days: tuple[str, ...] = ()  # beginnings of what follows a time (`a.m.`), without spaces
    pairs_are_years: bool = False  # `nineteen eighty-four` is 1984
    years_in_words: bool = False  # a year may lack its century (`বায়ান্ন` is 1952)
    lunar_months: Words = frozenset()  # after an ordinal they make it a month (`lunar`)
    endings: Words = frozenset()  # joined to a number word or unit, they hide it (`দশকে`)
    particles: Words = frozenset()  # of `endings`, those that may follow another one
    special: SpecialNumber | None = None  # reads numbers where no table can: `languages.grammar`

    def __post_init__(self) -> None:
        regular = {
            word + ending: int(number)
            for ending in self.ordinal_endings
            for word, number in self.small.items()
            if number > 4
        }
        object.__setattr__(self, "ordinals", {**regular, **self.ordinals})


#: Of the tokens of a text, where a number begins, where it ends, its value and its language's
#: words: the mentions that it is part of and the token after them; None: it is an ordinary number.
SpecialNumber = Callable[
    [Sequence[Token], int, int, Fraction, NumberWords], tuple[list[Quantity], int] | None
]


@dataclass(frozen=True, slots=True, kw_only=True)
class NameRules:
    """How a language writes names."""

    # A word of the language without diacritics, in Latin script: what is none, and has a capital
    # letter, is a foreign name.
    syllable: re.Pattern[str] | None = None
    # Those that stand for words of the language and are translated, and what others are joined of
    # (`NN&PTNT`, `VKSND`).
    acronyms: Words = frozenset()
    numbered: Words = frozenset()  # abbreviations before a number, joined to it (`QL1A`, `P.12`)
    # Family names written alike in English; two or more words with capitals after one are a person.
    surnames: Words = frozenset()
    other_surnames: Words = frozenset()  # those that names of other languages have as well
    given_names: Words = frozenset()  # that are certainly names: after a title, one is enough
    middle_names: Words = frozenset()  # that stand between a family name and a given name only
    titles: Words = frozenset()  # words before a person's name, without their full stop
    not_names: Words = frozenset()  # that are taken for names, and are none
    # By which places are told where there are no capitals (places.tsv has more in Bengali letters).
    places: Words = frozenset()
    not_places: Words = frozenset()  # of these, those that other texts have as other names
    # From a name in Latin letters, folded, to what English calls it; more than `common.EXONYMS`.
    exonyms: Mapping[str, str] = field(default_factory=dict)
    the_country: re.Pattern[str] | None = None  # what may mean any land (`the country`)
    # English names, as known_names.tsv has them, of where the language's papers are made: what is
    # only `the North` or `the National Assembly` to them a translator gives its land.
    own_lands: Words = frozenset()
    # A land's name of one word no longer than that may be another word; it is one only after a word
    # in small letters that is not in `before_persons`, and not before another name or a word in
    # `after_others`.
    max_ambiguous_letters: int = 0
    before_persons: Words = frozenset()
    after_others: Words = frozenset()
    # Letters that writers use for one another, replaced before names are compared.
    spelling: Mapping[str, str] = field(default_factory=dict)
    # Kinds of bodies (`bank`, `federation`), by which a land is part of a body's name, and words
    # before the name of a place (`in`).
    body_words: Words = frozenset()
    before_places: Words = frozenset()
    # From Latin letters to what they are called: by it acronyms are spelt in another script.
    letters: Mapping[str, Words] = field(default_factory=dict)
    # From letters to what they may sound as, among a few consonants, variants separated by white
    # space and `-` for nothing: by it names in two scripts are compared.
    sounds: Mapping[str, Words] = field(default_factory=dict)
    # More rows for known_names.tsv: from the English form there to this language's forms, separated
    # by commas, those that demand nothing in brackets.
    known: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class DetectionCues:
    """What tells the language from those that are mistaken for it."""

    words: Words = frozenset()  # frequent and, as far as possible, in no other language
    letters: Words = frozenset()  # that no other language of its script has, or for other sounds
    instead_of: str = ""  # the letter of others that `letters` stand for, where one is not enough
    toneless_words: Words = frozenset()  # `words` as people type them without diacritics
    site_words: Words = frozenset()  # that sites put around articles
    toneless_syllable: re.Pattern[str] | None = None  # a word without diacritics, if regular
    ending: re.Pattern[str] | None = None  # that nouns have, and those of its neighbours do not


@dataclass(frozen=True, slots=True, kw_only=True)
class SentenceCues:
    """What looks like the end of a sentence, and where a long one may be divided."""

    # Abbreviations before a name or number, without their last full stop.
    titles: Words = frozenset()
    open_abbreviations: Words = frozenset()  # may just as well end a sentence
    starters: Words = frozenset()  # begin a sentence after one of those
    section_words: tuple[str, ...] = ()  # before a number they label a section (`Article 5.`)
    conjunctions: tuple[str, ...] = ()  # a long sentence may be divided before them
    number_and_stop: bool = False  # a full stop after a number in its own digits ends no sentence
    full_stop_signs: str = ""  # characters that are typed for its full stop, `sentence_enders[0]`
    speech_verbs: Words = frozenset()  # after a quotation they go on with its sentence


@dataclass(frozen=True, slots=True, kw_only=True)
class PageCues:
    """What the pages around an article say: parts of regular expressions, matched in any case.

    `reading.roles` says what stands before and after each.
    """

    related_heading: str = ""  # begins a section of other stories
    comment_heading: str = ""
    related_link: str = ""  # labels of a line that names another story
    # Of a page that stands in an article's place (a bot check, consent, 404), begins a block.
    interstitial: str = ""
    paywall: str = ""  # anywhere in a line that says that the rest is for subscribers
    read_on: str = ""  # lines that lead elsewhere
    source_line: str = ""  # labels before a colon, as `contact`, `tags` and `byline_label`
    caption_credit: str = ""  # labels of who took a picture
    caption_initials: str = ""  # with one of these letters such a label is one within a line too
    caption_by: str = ""  # before the name of who took it
    caption_label: str = ""  # what a picture is
    legal: str = ""  # rights and licences at the start of a line
    legal_anywhere: str = ""
    notice: str = ""  # of cookies, newsletters, advertisements
    language_names: str = ""  # as sites name them in the choice of their versions
    contact: str = ""
    share: str = ""  # all of a line or link, as `menu`
    menu: str = ""
    tags: str = ""
    byline: str = ""  # lines that name who wrote it
    byline_label: str = ""
    home: str = ""  # the start of a trail
    date_words: str = ""  # all that may stand in a line that is a date
    weekdays: str = ""  # before a date
    ago: str = ""  # after a number
    # What gives a caption of who is in a picture away; else all of these together: `scene_start` at
    # the beginning, `scene_end` anywhere, nothing of `scene_never`.
    scene: str = ""
    scene_start: str = ""
    scene_end: str = ""
    scene_never: str = ""
    # What sites call these parts in their markup, from a hint of `reading.elements`.
    class_names: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class CueForms:
    """How a language says something: by words that mean it, and by some that only may."""

    sure: Words = frozenset()
    maybe: Words = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class CueWords:
    """Words by which two texts are compared in what they say, and what they do not.

    A word may begin or end with `*`, which stands for any letters.
    """

    # From a meaning of meanings.tsv to how it is said; words in brackets only may say it.
    words: Mapping[str, CueForms] = field(default_factory=dict)
    plain: Words = frozenset()  # have such a word in them and mean something else (`hàng không`)
    list_joiners: Words = frozenset()  # before the last item of a list (`and`)
    # Things that languages say either by a negation or without one (`nobody is better`, the best):
    # by name, how this one says each with and without, as regular expressions for whole words of a
    # text in small letters without its punctuation. `no NAME` is what must not stand beside it.
    denied: Mapping[str, str] = field(default_factory=dict)
    affirmed: Mapping[str, str] = field(default_factory=dict)
    # How a text tells a language model that reads it what to do, by what it tells it: regular
    # expressions for a text in small letters. Of the target language also how a translation says
    # so, loosely, and how a model speaks of itself.
    instructs: Mapping[str, str] = field(default_factory=dict)
    instructed: Mapping[str, str] = field(default_factory=dict)
    speaks_as_model: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class SummaryCues:
    """What sentences of an article do, for summaries of it: parts of regular expressions.

    Of words, in any case; `summaries.cues` says where each is looked for.
    """

    number_words: Words = frozenset()  # numbers, fractions and shares in words
    decides: str = ""  # somebody decided: votes, verdicts, agreements, recommendations
    happens: str = ""  # something was done, found or lost, or will be
    advises: str = ""  # what a reader has to do, or must not
    harms: str = ""  # deaths and injuries
    explains: str = ""  # why
    turns: str = ""  # against what was said or expected before, or limits it
    denies: str = ""  # says of something said before that it is not so
    denies_at_start: str = ""  # the same, at the start of the next sentence
    hearsay: str = ""  # what is only said: rumours, sources, what was reported at first
    proposes: str = ""  # wanted, planned, charged or expected, and so perhaps not what came of it
    opens: str = ""  # at the start: greetings, announcements of a list, farewells, forms of a page
    asks_readers: str = ""  # anywhere: to share, subscribe, comment, write
    colours: str = ""  # laughter, weather, food: scenes without news
    labels: str = ""  # before a colon, to be cut off (`Decision`, `Q`, `Answer`)
    asks: str = ""  # labels of who asks, in an interview
    items: str = ""  # labels before a number (`Tip 3:`)
    negation: str = ""  # that one sentence has and another lacks where they say the opposite
    hedges: str = ""  # that a thing is not certain
    roles: str = ""  # what is said of one person and wrong of another
    # Of a kind of text, the words that tell it: in its title, and in its sentences.
    titles: Mapping[str, str] = field(default_factory=dict)
    words: Mapping[str, str] = field(default_factory=dict)
    # Headings of sections that count, and of those that do not.
    heavy_headings: str = ""
    light_headings: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class TargetCues:
    """What is known of a language that is translated into."""

    shared_words: Words = frozenset()  # function words that other languages have as well
    endings: tuple[str, ...] = ()  # that words of the language often have
    never_last: Words = frozenset()  # no sentence ends with them, not even a headline
    seldom_last: Words = frozenset()
    # The same of these, but not behind others (`too much`).
    seldom_last_alone: Words = frozenset()
    seldom_last_but_after: Words = frozenset()
    may_double: Words = frozenset()  # may rightly follow themselves (`that that`)


@dataclass(frozen=True, slots=True, kw_only=True)
class LegacyEncoding:
    """How the language was written with eight-bit fonts, before Unicode."""

    name: str  # as people know it, `TCVN3 (.VnTime)`
    # Each a letter and what stands for it; empty where no table can say it.
    letters: Words = frozenset()
    # What words so written have, where there is no table.
    sign: re.Pattern[str] | None = None


@dataclass(frozen=True, slots=True)
class LengthRatio:
    """How the log of English over source characters is spread, by source length in characters.

    The mean is `mean + mean_per_char / length`, the variance `variance + variance_per_char /
    length`: short segments vary more.
    """

    mean: float
    mean_per_char: float
    variance: float
    variance_per_char: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Language:
    """One language; what is missing is None or empty."""

    tag: str  # BCP 47
    name: str = ""  # in English
    script: str = ""  # ISO 15924
    flores: str = ""  # FLORES-200 code, as NLLB wants it
    digits: str = ""  # its own ten, where they are not the ASCII ones
    sentence_enders: str = ".!?…"
    function_words: Words = frozenset()  # by which a translation shows that it is in this language
    own_letters: Words = frozenset()  # that no other language's names have in English text
    alphabet: Words = frozenset()  # all of its letters
    max_syllable_letters: int = 0  # nearly all written words are no longer; 0: there is no bound
    loanwords: Words = frozenset()  # its words, with diacritics, that English writes too
    noun_endings: Words = frozenset()  # what a noun or a name may have joined to it
    particles: Words = frozenset()  # what may be joined to that
    term_endings: str = ""  # both for a glossary's terms: part of a regular expression
    numbers: NumberWords | None = None
    names: NameRules | None = None
    detection: DetectionCues | None = None
    sentences: SentenceCues | None = None
    page: PageCues | None = None
    legacy: tuple[LegacyEncoding, ...] = ()  # most likely first
    cues: CueWords | None = None
    as_target: TargetCues | None = None
    summary: SummaryCues | None = None  # only of the language that is translated into
    length: LengthRatio | None = None  # of English translations over it
    # Sentences of our own that models are tried on: those of English, one by one; some of those go
    # on after the first sentence.
    canary: tuple[str, ...] = ()


#: What a language lacks where it is missing; the other fields are not for all.
_KNOWLEDGE = (
    *("name", "script", "flores", "numbers", "names", "detection", "sentences", "page", "cues"),
    *("length", "canary"),
)


def missing_fields(language: Language) -> tuple[str, ...]:
    """Return the names of what is not known of a language, in the order of the record."""
    return tuple(name for name in _KNOWLEDGE if not getattr(language, name))
