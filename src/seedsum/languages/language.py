"""What can be known of a language: one record, nearly every field of which may be missing.

A language with fewer fields works with fewer checks; `checks.missing_checks` names those.
CONTRIBUTING.md, "Add a language", is worked through with Hindi.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, fields
from fractions import Fraction

from seedsum.languages.mentions import Quantity, Token


@dataclass(frozen=True, slots=True, kw_only=True)
class NumberWords:
    """A language's words for quantities; all keys are lower case and NFC.

    Attributes:
        small: Words for 1 to 99, or the parts that they are made of, and for halves.
        tens: Words that multiply the digit before them by ten (`mươi`).
        multipliers: Hundred and above, and the dozen.
        joiners: Words between the parts of a number (`and`, `linh`).
        halves: Words that add half of the last multiplier (`rưỡi`).
        and_a_half: Words that add one half (`and a half`).
        half_a: The two words before a multiplier that say half of it (`half a`).
        before: Words that change the number after them (`সাড়ে` adds a half).
        ordinals: Words for first, second, ...
        implied: Words that carry a number within them (`both`, `twice`, `decade`): evidence only.
        ambiguous: Number words that mean something else too: evidence only.
        not_before, not_after: Words that are no number before (`triệu chứng`, symptom) or after
            some other (`cuối năm`, the end of the year).
        not_a_unit: Digits that do not follow a ten or hundred directly: `mười năm` is ten years.
        months, weekdays: Monday is 1; a weekday may be a phrase (`chủ nhật`).
        ambiguous_months: Counted only beside a number (`May`, `মে`).
        months_have_capitals: Without a capital letter the word is no month (`may`).
        noon: Words for twelve o'clock.
        units: From a word or phrase to the canonical unit.
        decimal_comma: `1.234,5` rather than `1,234.5`; None where writers do both.
        numerals_follow: A numeral goes on after a multiplier: `১ হাজার ২০০` is 1,200.
        day_first: `08/10` is the eighth of October; None where writers do both.
        attached: Letters joined to a numeral that multiply it (`5m`).
        decade_suffix: Joined to a numeral it makes a decade (`1990s`).
        decade_before, decade_after: Words beside a number that make it a decade.
        ranges: Words between the two ends of a range, or between alternatives.
        hours: Words after a number that make it a time (`টা`); `minute` begins the word after the
            minutes that may follow.
        half_days: Beginnings of what follows a time (`a.m.`), without spaces.
        pairs_are_years: `nineteen eighty-four` is 1984.
        parts_of: Takes the endings off a word that hide a number in it.
        special: Reads a number among its neighbours where no table can; see `SpecialNumber`.
    """

    small: Mapping[str, int | Fraction] = field(default_factory=dict)
    tens: frozenset[str] = frozenset()
    multipliers: Mapping[str, int] = field(default_factory=dict)
    joiners: frozenset[str] = frozenset()
    halves: frozenset[str] = frozenset()
    and_a_half: tuple[str, ...] = ()
    half_a: tuple[str, ...] = ()
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
    months_have_capitals: bool = False
    noon: frozenset[str] = frozenset()
    units: Mapping[str, str] = field(default_factory=dict)
    decimal_comma: bool | None = None
    numerals_follow: bool = False
    day_first: bool | None = None
    attached: Mapping[str, int] = field(default_factory=dict)
    decade_suffix: str = ""
    decade_before: frozenset[str] = frozenset()
    decade_after: frozenset[str] = frozenset()
    ranges: frozenset[str] = frozenset()
    hours: frozenset[str] = frozenset()
    minute: str = ""
    half_days: tuple[str, ...] = ()
    pairs_are_years: bool = False
    parts_of: Callable[[str], tuple[str, ...]] | None = None
    special: SpecialNumber | None = None


#: Of the tokens of a text, where a number begins, where it ends and its value: the mentions that it
#: is part of and the token after them, or None where it is an ordinary number.
SpecialNumber = Callable[[Sequence[Token], int, int, Fraction], tuple[list[Quantity], int] | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class NameRules:
    """How a language writes names.

    Attributes:
        syllable: A word of the language without diacritics, in Latin script: what is none, and has
            a capital letter, is a foreign name.
        acronyms: In small letters, those that stand for words of the language and are translated.
        surnames: Family names that are written alike in English; two or more words with capitals
            after one are a person's.
        exonyms: From a name in Latin letters, folded, to what English calls it.
        the_country: What may mean any land (`the country`), searched in NFC text.
        max_ambiguous_letters: A land's name of one word no longer than that may be another word; it
            is one only after a word in small letters that is not in `before_persons`, and not
            before another name or a word in `after_others`.
        spelling: Letters that writers use for one another, replaced before names are compared.
        known: More rows for known_names.tsv: from the English form there to this language's forms,
            separated by commas, those that demand nothing in brackets.
    """

    syllable: re.Pattern[str] | None = None
    acronyms: frozenset[str] = frozenset()
    surnames: frozenset[str] = frozenset()
    exonyms: Mapping[str, str] = field(default_factory=dict)
    the_country: re.Pattern[str] | None = None
    max_ambiguous_letters: int = 0
    before_persons: frozenset[str] = frozenset()
    after_others: frozenset[str] = frozenset()
    spelling: Mapping[str, str] = field(default_factory=dict)
    known: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class DetectionCues:
    """What tells the language from those that are mistaken for it.

    Attributes:
        words: In small letters: frequent and, as far as possible, in no other language.
        letters: Those that no other language of its script has, or has for other sounds.
        instead_of: The letter of others that `letters` stand for; none where one of them is enough.
        toneless_words: The same as people type them without diacritics.
        site_words: Words that sites put around articles.
        toneless_syllable: A word without diacritics, where these are regular.
        ending: Endings that nouns of the language have and those of its neighbours do not.
    """

    words: frozenset[str] = frozenset()
    letters: frozenset[str] = frozenset()
    instead_of: str = ""
    toneless_words: frozenset[str] = frozenset()
    site_words: frozenset[str] = frozenset()
    toneless_syllable: re.Pattern[str] | None = None
    ending: re.Pattern[str] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SentenceCues:
    """What looks like the end of a sentence, and where a long one may be divided.

    Attributes:
        titles: Abbreviations that a name or a number follows, in small letters without their last
            full stop.
        open_abbreviations: Abbreviations that may just as well end a sentence.
        starters: Words that begin a sentence after one of those.
        section_words: Before a number they make the label of a section (`Article 5.`).
        conjunctions: A long sentence may be divided before them.
        number_and_stop: A full stop after a number in its own digits ends no sentence.
    """

    titles: frozenset[str] = frozenset()
    open_abbreviations: frozenset[str] = frozenset()
    starters: frozenset[str] = frozenset()
    section_words: tuple[str, ...] = ()
    conjunctions: tuple[str, ...] = ()
    number_and_stop: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class PageCues:
    """What the pages around an article say: alternatives of the rules in `reading.roles`.

    Each is a part of a regular expression, matched in any case; `reading.roles` says what stands
    before and after it.

    Attributes:
        related_heading, comment_heading: What begins a section of other stories, of comments.
        related_link: Labels of a line that names another story.
        read_on: Lines that lead elsewhere.
        source_line, contact, tags, byline_label: Labels, before a colon.
        caption_credit: Labels of who took a picture; those that begin with one of
            `caption_initials` also within a line.
        caption_by: Words before the name of who took it.
        caption_label: What a picture is.
        legal, legal_anywhere: Rights and licences at the start of a line, or anywhere in it.
        notice: Of cookies, newsletters, advertisements.
        share, menu, home: Words that are all of a line, a link or the start of a trail.
        byline: Lines that name who wrote it.
        class_names: What sites call these parts in their markup, from a hint of `reading.html`.
        date_words: All that may stand in a line that is a date; `weekdays` before a date, `ago`
            after a number.
        scene: What gives a caption of who is in a picture away. Else all of these together:
            `scene_start` at the beginning, `scene_end` anywhere, nothing of `scene_never`.
    """

    related_heading: str = ""
    comment_heading: str = ""
    related_link: str = ""
    read_on: str = ""
    source_line: str = ""
    caption_credit: str = ""
    caption_initials: str = ""
    caption_by: str = ""
    caption_label: str = ""
    legal: str = ""
    legal_anywhere: str = ""
    notice: str = ""
    contact: str = ""
    share: str = ""
    menu: str = ""
    tags: str = ""
    byline: str = ""
    byline_label: str = ""
    home: str = ""
    date_words: str = ""
    weekdays: str = ""
    ago: str = ""
    scene: str = ""
    scene_start: str = ""
    scene_end: str = ""
    scene_never: str = ""
    class_names: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class CueWords:
    """Words that turn what a sentence says round, each from the word to its meaning.

    Attributes:
        negation: Words that deny.
        direction: Words for up and down, more and less, won and lost.
        comparison: Words for at least, at most, over, under, about.
    """

    negation: frozenset[str] = frozenset()
    direction: Mapping[str, str] = field(default_factory=dict)
    comparison: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class TargetCues:
    """What is known of a language that is translated into.

    Attributes:
        shared_words: Function words that other languages have as well.
        endings: Endings that words of the language often have.
        never_last: Words that no sentence ends with, not even a headline.
        seldom_last: Words that a sentence seldom ends with.
        may_double: Words that may rightly follow themselves (`that that`).
    """

    shared_words: frozenset[str] = frozenset()
    endings: tuple[str, ...] = ()
    never_last: frozenset[str] = frozenset()
    seldom_last: frozenset[str] = frozenset()
    may_double: frozenset[str] = frozenset()


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
    """One language; what is missing is None or empty.

    Attributes:
        tag: BCP 47.
        name: English name.
        script: ISO 15924.
        flores: FLORES-200 code, as NLLB wants it.
        digits: Its own ten digits, where they are not the ASCII ones.
        sentence_enders: Characters that end a sentence.
        function_words: Words by which a translation into another language shows that it is in this
            one instead.
        own_letters: Letters that no other language's names have in English text.
        alphabet: All of its letters, of those that English has not.
        max_syllable_letters: Nearly all of its written words are no longer; 0 where there is no
            such bound.
        loanwords: Its words, with diacritics, that English writes too.
        noun_endings: What a noun or a name may have joined to it.
        term_endings: The same for a glossary's terms: part of a regular expression.
        length: Of English translations over it.
        canary: Sentences of our own for comparing two forms of a model.
    """

    tag: str
    name: str = ""
    script: str = ""
    flores: str = ""
    digits: str = ""
    sentence_enders: str = ".!?…"
    function_words: frozenset[str] = frozenset()
    own_letters: frozenset[str] = frozenset()
    alphabet: frozenset[str] = frozenset()
    max_syllable_letters: int = 0
    loanwords: frozenset[str] = frozenset()
    noun_endings: frozenset[str] = frozenset()
    term_endings: str = ""
    numbers: NumberWords | None = None
    names: NameRules | None = None
    detection: DetectionCues | None = None
    sentences: SentenceCues | None = None
    page: PageCues | None = None
    cues: CueWords | None = None
    as_target: TargetCues | None = None
    length: LengthRatio | None = None
    canary: tuple[str, ...] = ()


#: What every language has, or can do without: never named as missing.
_ALWAYS = frozenset(
    {"tag", "digits", "sentence_enders", "function_words", "own_letters", "alphabet"}
    | {"max_syllable_letters"}
    | {"loanwords", "noun_endings", "term_endings", "as_target"}
)


def missing_fields(language: Language) -> tuple[str, ...]:
    """Return the names of what is not known of a language, in the order of the record."""
    return tuple(
        known.name
        for known in fields(language)
        if known.name not in _ALWAYS and not getattr(language, known.name)
    )
