"""Chooses sentences of an article for its summary, without a model or randomness.

By how central they are (TextRank), how early they stand, how well they read alone, and what they
add to those already taken (maximal marginal relevance).
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from seedsum.languages.stemming import english_stem
from seedsum.records import ArticleSentence, Role
from seedsum.settings import ExtractiveOptions

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

#: What a fault of `standalone_faults` costs, on the scale where the most central sentence has 1.
#: ROUGE hardly sees most of them (of one alone at most 0.2); a reader does.
FAULT_COSTS: dict[str, float] = {
    "dependent": 0.9,
    "question": 0.6,
    "quote": 1.0,
    "short": 0.8,
    "long": 0.3,
    "fragment": 0.8,
    "numbers": 0.8,
    "notice": 1.5,
    "listed": 0.4,
    "flagged": 0.8,
    "headline": 1.5,
    "foreign": 4.0,
}

#: Faults of sentences that do not count as the article's beginning.
_ASIDES = frozenset({"notice", "headline", "foreign"})

_WORD = re.compile(r"\w+(?:[.,]\d+)*")

_STOPWORDS = frozenset(
    _WORD.findall(
        """
        a about above after again against all almost along already also although always am among an
        and another any are aren as at away back be became because become been before being below
        between both but by came can cannot could couldn d did didn do does doesn doing don done
        down during each either else etc even ever every few for from further get gets getting give
        given go goes going gone got had hadn has hasn have haven having he her here hers herself
        him himself his how however i if in instead into is isn it its itself just least less let
        like ll made make makes many may me meanwhile might mine more moreover most much must my
        myself near neither never no nor not now of off often on once one only onto or other others
        ought our ours ourselves out over own per perhaps put quite rather re really s said same say
        saying says seem seemed seems shall she should shouldn since so some still such t take taken
        than that the their theirs them themselves then there therefore these they this those though
        through thus to together too toward towards under until up upon us ve very was wasn way we
        well went were weren what whatever when where whether which while who whole whom whose why
        will with within without won would wouldn yes yet you your yours yourself yourselves"""
    )
)


def content_words(text: str) -> tuple[str, ...]:
    """Return the words that carry meaning, in order: casefolded, stemmed, without stop words.

    Numbers are kept; `1,200` is one word. A text of stop words only gives an empty tuple.
    """
    words = _WORD.findall(text.casefold())
    return tuple(english_stem(word) for word in words if word not in _STOPWORDS)


# Openings that point at something said before; on its own such a sentence leaves the reader asking.
_DEPENDENT = re.compile(
    r"""[\W_]*(?:
    he|she|it|they|his|hers?|its|theirs?|him|them|we|our|this|these|those|such|
    that(?!\s+\w+\s+is\b)|however|but|and|or|nor|yet|so|also|then|thus|
    therefore|hence|instead|meanwhile|moreover|furthermore|nevertheless|nonetheless|otherwise|
    besides|likewise|similarly|additionally|consequently|accordingly|conversely|finally|lastly|
    secondly|thirdly|afterwards?|later|earlier|there|here|both|neither|another|others?|because|
    (?:in|by|on|for|as|after|at|despite|with|from)\s
        (?:this|that|these|those|addition|contrast|turn|other\swords|comparison|example|
        instance|(?:a|the)\s(?:result|other\shand|same\stime|contrary)|the\ssame\s\w+)
    )\b(?!-)""",
    re.IGNORECASE | re.VERBOSE,
)

# What a page says about itself; its role keeps most of it out, sentences inside a paragraph stay.
_NOTICE = re.compile(
    r"""[\W_]*(?:click\b|scroll\s(?:down|up)|read\smore|for\smore\b|see\s(?:also|below|more|the\s)|
    share\sthis|follow\s(?:us|him|her|the)\b|subscribe|sign\sup|copyright\b|photo(?:graph)?s?\b|
    image\b|picture[sd]?\b|video\b|source\s?:|editor'?s\snote|updated?\b|posted\b|published\b|
    (?:written|reported|edited)?\s?by\s*[.:]|all\srights\sreserved|(?:this|the)\s(?:video|site|
    website|page)\b|e-?mail\b|contact\b|note\s?:|project\s(?:duration|period)|please\b)""",
    re.IGNORECASE | re.VERBOSE,
)

_OPEN_QUOTES = "\"“«'‘`"
_ATTRIBUTION = re.compile(
    r"""\b(?:said|says|say|told|tells|according|added|adds|wrote|writes|stated|states|stating|noted|
    notes|explained|announced|insisted|claimed|claims|admitted|tweeted|argued|emphasi[sz]ed|
    stressed|called|calls|described|describes|warned|warns|suggested|revealed|confirmed|reported|
    asked|replied|recalled|concluded|pointed|remarked|declared)\b""",
    re.IGNORECASE | re.VERBOSE,
)
_FIRST_PERSON = re.compile(r"\b(?:I|I'm|I’m|I've|my|me|we|our|us|you|your)\b")
_LATIN_LETTER = re.compile(r"[A-Za-zÀ-ɏḀ-ỿ]")
_TERMINAL = re.compile(r"[.!?…。।]['\"”’»)\]]*\s*$")

#: In words, of all kinds. A news sentence has 8 to 45 in nine cases out of ten.
_SHORT_WORDS, _LONG_WORDS = 8, 55


def standalone_faults(sentence: ArticleSentence) -> tuple[str, ...]:
    """Return why a sentence reads badly on its own, as keys of `FAULT_COSTS`, in fixed order.

    `headline` is not among them: it needs the title.
    """
    text = sentence.text.strip()
    words = text.split()
    is_whole = _TERMINAL.search(text) and not text[:1].islower() and text[:1] not in ";:,)–-"
    found = {
        "dependent": _DEPENDENT.match(text),
        "question": text.rstrip("'\"”’») ").endswith("?"),
        "quote": _is_bare_quote(text),
        "short": len(words) < _SHORT_WORDS,
        "long": len(words) > _LONG_WORDS,
        "fragment": not text or not is_whole,
        "numbers": sum(map(str.isalpha, text)) < 0.6 * sum(map(len, words)),
        "notice": _NOTICE.match(text),
        "listed": sentence.role is Role.LIST,
        "flagged": sentence.flagged,
        "foreign": is_foreign(text),
    }
    return tuple(fault for fault, is_found in found.items() if is_found)


def is_foreign(text: str) -> bool:
    """Return whether fewer than half of a text's letters are Latin, or it has none."""
    if text.isascii():
        return not any(map(str.isalpha, text))
    num_letters = sum(map(str.isalpha, text))
    return len(_LATIN_LETTER.findall(text)) < 0.5 * num_letters or not num_letters


def _is_bare_quote(text: str) -> bool:
    """Return whether it is mostly someone's words, or a quotation starts or ends outside."""
    opens = text.count("“") + text.count("«")
    closes = text.count("”") + text.count("»")
    if opens != closes or text.count('"') % 2 or text[:1] in _OPEN_QUOTES:
        return True
    return _FIRST_PERSON.search(text) is not None and not _ATTRIBUTION.search(text)


# The graph


def _sums(places: NDArray[np.intp], weights: Floats, num_places: int) -> Floats:
    import numpy as np

    return np.bincount(places, weights=weights, minlength=num_places).astype(np.float64)


@dataclass(frozen=True, slots=True)
class _Vectors:
    """TF-IDF rows of unit length, as coordinates, so that memory grows with the text only."""

    rows: NDArray[np.intp]
    columns: NDArray[np.intp]
    values: Floats
    num_rows: int
    num_columns: int

    def times(self, vector: Floats) -> Floats:
        """Return the product with a vector over the columns: one value for each row."""
        return _sums(self.rows, self.values * vector[self.columns], self.num_rows)

    def transposed_times(self, vector: Floats) -> Floats:
        """Return the product of the transpose with a vector over the rows."""
        return _sums(self.columns, self.values * vector[self.rows], self.num_columns)

    def row(self, index: int) -> Floats:
        """Return one row, dense."""
        mask = self.rows == index
        return _sums(self.columns[mask], self.values[mask], self.num_columns)


def _vectorise(documents: Sequence[Sequence[str]]) -> _Vectors:
    """Return TF-IDF vectors; a document without words gives a row of zeros."""
    import numpy as np

    num_containing = Counter(word for words in documents for word in set(words))
    column_of = {word: column for column, word in enumerate(sorted(num_containing))}
    rows, columns, values = [], [], []
    for row, words in enumerate(documents):
        weights = {
            word: (1 + math.log(count)) * math.log(1 + len(documents) / num_containing[word])
            for word, count in sorted(Counter(words).items())
        }
        norm = math.sqrt(sum(weight * weight for weight in weights.values()))
        for word, weight in weights.items():
            rows.append(row)
            columns.append(column_of[word])
            values.append(weight / norm)
    return _Vectors(
        rows=np.array(rows, dtype=np.intp),
        columns=np.array(columns, dtype=np.intp),
        values=np.array(values, dtype=np.float64),
        num_rows=len(documents),
        num_columns=len(column_of),
    )


def _centrality(vectors: _Vectors, damping: float) -> Floats:
    """Return TextRank's score of each row, the highest 1; a row without neighbours gets least.

    The matrix of similarities X Xᵀ is never built: each step multiplies by X and its transpose.

    Source: Mihalcea and Tarau 2004 (TextRank), Erkan and Radev 2004 (continuous LexRank).
    """
    import numpy as np

    ones = np.ones(vectors.num_rows)
    diagonal = _sums(vectors.rows, vectors.values**2, vectors.num_rows)
    degrees = vectors.times(vectors.transposed_times(ones)) - diagonal
    connected = degrees > 1e-9
    ranks = ones / vectors.num_rows
    for _ in range(50):
        share = np.where(connected, ranks / np.where(connected, degrees, 1.0), 0.0)
        spread = vectors.times(vectors.transposed_times(share)) - diagonal * share
        updated = (1 - damping) / vectors.num_rows + damping * spread
        converged = float(np.abs(updated - ranks).sum()) < 1e-9
        ranks = updated
        if converged:
            break
    return ranks / max(float(ranks.max()), 1e-12)


# Choosing

#: Every word of a title is looked for in every sentence: with a "title" of 2,000 sentences over
#: 2,000 others, all of its words took 4.3 s and 250 MB.
_MAX_TITLE_WORDS = 64


def _repeats(words: Sequence[str], title_words: Sequence[str]) -> bool:
    own = {word for word in words if not word[0].isdigit()}
    headline = {word for word in title_words if not word[0].isdigit()}
    return bool(own) and len(own & headline) >= 0.9 * max(len(own), len(headline))


def _num_facts(text: str) -> int:
    return sum(word[0].isdigit() or word[0].isupper() for word in _WORD.findall(text)[1:])


def rank(
    sentences: Sequence[ArticleSentence],
    *,
    title: str | None,
    options: ExtractiveOptions,
    num_sentences: int,
    max_chars: int,  # of all returned sentences and one space between each two
    taken: Collection[int] = (),  # in the summary already: not returned, paid for as redundant
    words: Sequence[Sequence[str]] | None = None,  # `content_words` of each, where they are known
) -> tuple[int, ...]:
    """Return the indices of the sentences to take, best first.

    Ties go to the earlier sentence. A sentence that would bring the taken ones over the limit is
    passed over for the next best, as is one with the same words as another; one that repeats the
    title is taken last.
    """
    import numpy as np

    if not sentences:
        return ()
    if words is None:
        words = [content_words(sentence.text) for sentence in sentences]
    title_words = content_words(title or "")[:_MAX_TITLE_WORDS]
    vectors = _vectorise(words)
    faults = [
        (*standalone_faults(sentence), *(("headline",) if _repeats(found, title_words) else ()))
        for sentence, found in zip(sentences, words, strict=True)
    ]
    own = _centrality(vectors, options.damping)
    own += _own_scores(sentences, faults, options)
    in_title = _title_shares(words, title_words)
    uncovered = np.ones(in_title.shape[1])
    # No fault where the sentence before stands in the summary, too; so not in the own scores.
    leaning = np.array([FAULT_COSTS["dependent"] * ("dependent" in found) for found in faults])
    lengths = np.array([len(sentence.text) + 1 for sentence in sentences])
    paragraphs = np.array([sentence.paragraph for sentence in sentences])
    sections = np.array([sentence.section for sentence in sentences])
    # Where all is one paragraph or section there is nothing to spread over.
    same_paragraph = options.same_paragraph * (len(set(paragraphs)) > num_sentences)
    same_section = options.same_section * (len(set(sections)) > 1)
    crowding = np.zeros(len(sentences))
    nearest = np.zeros(len(sentences))
    is_open = np.ones(len(sentences), dtype=bool)

    def take(index: int) -> None:
        nonlocal crowding, nearest, uncovered
        crowding = crowding + same_paragraph * (paragraphs == paragraphs[index])
        crowding = crowding + same_section * (sections == sections[index])
        nearest = np.maximum(nearest, vectors.times(vectors.row(index)))
        uncovered = np.where(in_title[index] > 0, 0.0, uncovered)
        leaning[index + 1 : index + 2] = 0.0
        for other, found in enumerate(words):
            is_open[other] &= other != index and found != words[index]

    for index in sorted(taken):
        take(index)
    chosen: list[int] = []
    num_chars_left = max_chars + 1
    while len(chosen) < num_sentences:
        is_open &= lengths <= num_chars_left
        if not is_open.any():
            break
        gains = own + options.title * (in_title @ uncovered)
        gains = np.round(gains - options.redundancy * nearest - crowding - leaning, 9)
        best = int(np.argmax(np.where(is_open, gains, -np.inf)))
        take(best)
        chosen.append(best)
        num_chars_left -= int(lengths[best])
    return tuple(chosen)


def _own_scores(
    sentences: Sequence[ArticleSentence],
    faults: Sequence[Sequence[str]],
    options: ExtractiveOptions,
) -> Floats:
    """Return what speaks for each sentence whatever else is taken: place, facts, faults."""
    import numpy as np

    decay = max(options.position_decay_sentences, options.position_decay_share * len(sentences))
    scores = []
    place = section_place = 0
    for index, (sentence, found) in enumerate(zip(sentences, faults, strict=True)):
        if index and sentence.section != sentences[index - 1].section:
            section_place = 0
        in_section = options.section_start * math.exp(-section_place / decay)
        score = options.position * max(math.exp(-place / decay), in_section)
        score += options.facts * min(_num_facts(sentence.text), 5) / 5
        score -= sum(FAULT_COSTS[fault] for fault in found if fault != "dependent")
        scores.append(score)
        # A notice or a headline before the first sentence must not cost it its lead.
        place += _ASIDES.isdisjoint(found)
        section_place += _ASIDES.isdisjoint(found)
    return np.array(scores)


def _title_shares(words: Sequence[Sequence[str]], title_words: Sequence[str]) -> Floats:
    """Return, for each sentence and distinct word of the title, the word's share of the title.

    A word counts by its rarity in the article; one that the article lacks is left out, and 0
    stands where the sentence lacks it. A row sums to 1 where a sentence has the whole title.
    """
    import numpy as np

    present = [frozenset(found) for found in words]
    num_containing = {
        word: sum(word in found for found in present) for word in dict.fromkeys(title_words)
    }
    weights = {
        word: math.log(1 + len(words) / count) for word, count in num_containing.items() if count
    }
    total = sum(weights.values())
    rows = [
        [weight / total if word in found else 0.0 for word, weight in weights.items()]
        for found in present
    ]
    return np.array(rows).reshape(len(words), len(weights))
