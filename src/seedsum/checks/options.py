"""The thresholds of the checks, each with the measurement that set it.

Measured with `python benchmarks/checks.py` on human translations (NTREX, 957 segments for each of
Vietnamese and Bengali); docs/checks.md has the tables. Neighbours: `config` overrides these from
models.toml, and they are part of the run key.
"""

from __future__ import annotations

from dataclasses import dataclass


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
        max_failed_share: A document with more failed than that, of the segments that a model
            had to translate, has failed.
    """

    # The starter models, the weakest that will run: 0.5% of their hypotheses are below -1.18 (vi)
    # and -1.78 (bn), of 200 NTREX sentences each.
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
    # A choice: a document of which most is missing is of no use to a reader.
    max_failed_share: float = 0.5
