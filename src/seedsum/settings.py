"""What can be set of the checks and the summaries, each default with the measurement that set it.

The thresholds of the checks were measured with `python benchmarks/checks.py` on human translations
(NTREX, 957 segments for each of Vietnamese and Bengali); docs/reference/check-figures.md has the
tables. models.toml overrides them, and they are part of the run key. They stand apart from the
stages that read them, which a run with nothing to do never loads.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

#: What each stage makes of the same input; a change that can alter a pair's text adds one here, and
#: every pair is then redone with the reason `format-changed`.
STAGE_VERSIONS: Mapping[str, int] = {
    "reading": 3,
    "blocks": 2,
    "detection": 2,
    "segmentation": 2,
    "translation": 6,
    "checks": 7,
    "summarisation": 3,
    "rendering": 6,
}


@dataclass(frozen=True, slots=True)
class CheckOptions:
    """When a segment is flagged.

    Attributes:
        min_score: Lowest mean log-probability per token of a long output.
        short_score_slack: Allowed below that for an output of one token, shrinking with the
            inverse of its length.
        min_repeated_tokens: A phrase of that many tokens twice in a row is a repetition.
        min_repeated_words: One word that many times in a row is a repetition.
        min_distant_tokens: A phrase of that many tokens twice anywhere, but not in the source.
        min_copied_tokens: A run of lower-case tokens that the source has too.
        min_foreign_letters: Letters of another script than Latin; a Greek one alone (µ) is a sign.
        min_language_words: Lower-case words from which the share of English words is looked at.
        min_english_share: Least share of words that are function words of English or end like it.
        max_accented_share: Largest share of lower-case words with diacritics.
        min_ratio_chars: Shortest source whose length ratio is looked at.
        ratio_z_low, ratio_z_high: Bounds of the log length ratio in standard deviations from what
            is usual for the language and the length.
        ratio_z_fewer_clauses, ratio_z_fewer_clauses_by_two, ratio_z_fewer_sentences: Upper bounds
            where the translation also has fewer marks that divide clauses, or fewer sentences.
        ratio_z_without_end: Upper bound where the source ends its sentence and the target does not.
        max_headline_chars, ratio_z_headline_without_end: The same for what may be a headline, whose
            final mark translators add and drop.
        evidence_ratio_z_low: The model's evidence of omissions is asked for below it, where no
            check has found anything likely, and of additions ...
        evidence_ratio_z_high: ... above it.
        thorough: It is asked for of both in every segment, which takes longer than decoding.
        max_failed_share: A document with more failed than that, of the segments that a model
            had to translate, has failed.
    """

    # Of weak starter models' hypotheses 0.5% were below -1.18 (vi) and -1.78 (bn), of 200 NTREX
    # sentences each.
    min_score: float = -2.0
    short_score_slack: float = 1.5
    # Four of 1,914 human translations repeat so much, two of them by mistake.
    min_repeated_tokens: int = 2
    min_repeated_words: int = 3
    min_distant_tokens: int = 6
    # No human translation has a run of four.
    min_copied_tokens: int = 4
    # None of 957 English news sentences has a single letter of another script.
    min_foreign_letters: int = 1
    # 11 of 9,284 English news sentences and 13 of 1,680 in 14 other languages on the wrong side.
    min_language_words: int = 6
    min_english_share: float = 0.15
    max_accented_share: float = 0.15
    min_ratio_chars: int = 20
    # 12 of 1,914 human translations lie outside; at -2.6 it would be 30.
    ratio_z_low: float = -3.3
    ratio_z_high: float = 3.5
    # 2 of 1,914; at -1.6 for fewer clauses it would be 21.
    ratio_z_fewer_clauses: float = -3.0
    ratio_z_fewer_clauses_by_two: float = -2.2
    # 2 of 1,914; finds four of five dropped sentences by itself.
    ratio_z_fewer_sentences: float = -1.2
    # 5 of 1,914, all but one of them headlines; finds nine of ten truncated ends with the others.
    ratio_z_without_end: float = -1.5
    max_headline_chars: int = 120
    ratio_z_headline_without_end: float = -2.6
    # One segment in eight or so of the bundled models' is looked at, for less than a tenth of the
    # time of decoding; of the human translations of NTREX with a clause, a sentence or an end left
    # out 97% lie below the first.
    evidence_ratio_z_low: float = -1.4
    evidence_ratio_z_high: float = 1.1
    thorough: bool = False
    # A choice: a document of which most is missing is of no use to a reader.
    max_failed_share: float = 0.5


@dataclass(frozen=True, slots=True)
class ExtractiveOptions:
    """Weights of the parts of a score; centrality has weight 1.

    `summaries.weights` has factors on them for each kind of text. Those of news were searched on
    251 English articles (`benchmarks/summaries.py`): three sentences have 1.08 more ROUGE-L than
    the first three, 0.97 by cross-validation. Those of other kinds, and all that those articles
    lack (titles, sections, paragraphs), were set on 23 texts with known facts: of the 13 whole
    articles among them, summaries hold 87% of the facts; with the weights of news for every kind
    58%.

    Attributes:
        position: Of the prior for early sentences.
        position_decay_sentences: The prior falls to 1/e after that many sentences ...
        position_decay_share: ... or that share of the article, whichever is more.
        section_start: Share of the prior that the first sentence of a later section has.
        scene: Cost of what stands before the news, in a text that opens with a scene.
        title: Of the share of the title that no sentence taken before has.
        facts: Of numbers and names that no sentence taken before has.
        decides, happens, advises, harms, explains: Of saying that something was decided, or was
            done; what to do; who was harmed; why.
        denies, turns: Of taking something back; of limiting it (`but`, `only`).
        answers: Of an answer that denies or limits what the question says.
        hearsay, proposes: Cost of what is only said; of what was only wanted, planned or charged.
        superseded: Cost of an entry of a live page that a later one tells again.
        together: Cost of each sentence that another one needs beside it.
        redundancy: Of the cosine with the nearest sentence already taken.
        same_section, same_paragraph: Cost for each one already taken from there, so that the
            summary of a long page speaks of more than its beginning.
        least: Beyond `min_sentences` a sentence is taken only if it is worth that much.
        damping: TextRank's; 1 would be the stationary distribution of the graph alone.
    """

    position: float = 2.0
    position_decay_sentences: float = 5.0
    position_decay_share: float = 0.3
    section_start: float = 0.6
    scene: float = 1.5
    title: float = 1.5
    facts: float = 1.0
    decides: float = 0.6
    happens: float = 0.4
    advises: float = 0.6
    harms: float = 0.4
    explains: float = 0.3
    denies: float = 0.4
    turns: float = 0.2
    answers: float = 0.8
    hearsay: float = 0.6
    proposes: float = 0.5
    superseded: float = 0.6
    together: float = 0.4
    redundancy: float = 1.0
    same_section: float = 0.3
    same_paragraph: float = 0.3
    least: float = 1.0
    damping: float = 0.7


@dataclass(frozen=True, slots=True)
class SummaryOptions:
    """What decides a summary besides the model; all of it goes into the run key.

    Attributes:
        min_sentences, max_sentences: At least and at most that many.
        article_sentences_per_sentence: In between, one for that many of the article's.
        max_words: That the summary may have; 0 for no other bound than `max_share`.
        max_share: Of the article's characters that the summary may have.
        min_support: Below it, a sentence of a model is replaced. At 0.5, of 454 sentences from
            summaries by people (CNN/DM) 81% are supported by their article, none by another, and
            14% of those whose second half is from another article; at 0.4 it is 88%, none, 27%
            (`benchmarks/summaries.py`).
        extractive: Weights for choosing sentences.
    """

    min_sentences: int = 3
    max_sentences: int = 5
    article_sentences_per_sentence: int = 4
    max_words: int = 0
    max_share: float = 0.5
    min_support: float = 0.5
    extractive: ExtractiveOptions = field(default_factory=ExtractiveOptions)

    def of_length(self, num_sentences: int) -> SummaryOptions:
        """Return the options for summaries of so many sentences, where the article allows it.

        Raises:
            ValueError: It is below one.
        """
        return replace(self, min_sentences=num_sentences, max_sentences=num_sentences)

    def __post_init__(self) -> None:
        if not 1 <= self.min_sentences <= self.max_sentences:
            raise ValueError("min_sentences must be at least 1 and at most max_sentences")
        if self.article_sentences_per_sentence < 1:
            raise ValueError("article_sentences_per_sentence must be at least 1")
        if self.max_words < 0:
            raise ValueError("max_words must be at least 0")
        if not 0 < self.max_share <= 1:
            raise ValueError("max_share must be above 0 and at most 1")
        if not 0 <= self.min_support <= 1:
            raise ValueError("min_support must be from 0 to 1")


@dataclass(frozen=True, slots=True)
class OutputOptions:
    """How the files of a pair look; all of it goes into the run key.

    Attributes:
        originals: Where a translation has its originals: `folded` under each paragraph, or
            `beside` it, sentence by sentence.
        sources: Address of the input folder for links to the sources' files: relative to the
            output folder (`../input`) or on the web; empty for none, since nothing of where
            folders lie may decide a pair's bytes by itself.
    """

    originals: str = "folded"
    sources: str = ""

    def __post_init__(self) -> None:
        if self.originals not in ("folded", "beside"):
            raise ValueError("originals must be 'folded' or 'beside'")
        if not re.fullmatch(r"(https?://)?[\w./~%@-]*", self.sources, re.ASCII):
            raise ValueError("sources must be a relative address like '../input', or one of https")


#: What a run may leave for a person, by code, and what each means; see `pipeline.attention`.
NOTICES: Mapping[str, str] = {
    "empty-input": "the input folder holds no article",
    "shrunk-input": "it has lost more than a share of its articles since the last run",
    "fallback": "a model cannot be had: the starter models, or extracts as summaries, replace it",
    "quarantined": "articles failed too often to be tried again by themselves",
    "backing-off": "articles failed and wait for a later run",
    "growing": "articles were still being written",
    "over-limit": "articles were over --limit",
    "unread-files": "the input has files of types that are not read, or links not followed",
    "edited": "files of pairs that were edited by hand are kept beside them, or left as they are",
    "taken-in": "sentences that were edited by hand were taken in",
    "stale": "a reviewed sentence's source has changed",
    "orphaned": "pairs have lost their source",
}


#: Notices that ask for nothing: with them --strict ends a run with 0, too.
FOR_INFORMATION = frozenset({"taken-in"})


@dataclass(frozen=True, slots=True)
class RunRules:
    """What a run makes of what it leaves; nothing of it decides a text.

    Attributes:
        fail_on: The codes of `NOTICES` that make a run end with 8 instead of 0.
        max_lost_share: Of the articles of the last run that may be gone without a notice.
        keep_reports: Run reports that are kept, the newest; 0 for all.
        ignore: Extensions (`.jpg`) of files in the input that nobody needs to be told of, though
            they are not read; `link` for links that are not followed.
    """

    fail_on: tuple[str, ...] = (
        "empty-input",
        "shrunk-input",
        "fallback",
        "quarantined",
        "backing-off",
    )
    max_lost_share: float = 0.2
    keep_reports: int = 1_000
    ignore: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        for code in self.fail_on:
            if code not in NOTICES:
                raise ValueError(f"fail_on: {code!r} is none of {', '.join(NOTICES)}")
        if not 0 < self.max_lost_share <= 1:
            raise ValueError("max_lost_share must be above 0 and at most 1")
        if self.keep_reports < 0:
            raise ValueError("keep_reports must not be negative")
