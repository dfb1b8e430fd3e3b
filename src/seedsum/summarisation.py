"""English segments of one article -> summary sentences, each citing the segments that support it.

Two ways, chosen by `engine`: sentences of the article itself (`engines.extractive`, no model), or
a sequence-to-sequence model of the BART family. What a model writes is only kept where the
article backs it: every sentence must reach a support score and may hold no number and no name that
its cited segments lack; otherwise the best sentence of the article takes its place. An article
that is longer than the model's input is reduced part by part, and nothing of it is cut.

Neighbours: `pipeline` gives segments with body-like roles and loads the model; `rendering` turns
the citations into footnotes. The codes of the flags set here:

    summary-short        the article gives fewer sentences than asked for
    summary-hierarchical the article was reduced part by part (for information)
    summary-split        a sentence over the model's limit was split for it
    summary-extracted    a part of a long article was reduced by choosing sentences, not written
    summary-unfinished   the model reached its length limit; its last, broken sentence was dropped
    summary-support      a sentence of the model was replaced: too little support in the article
    summary-facts        a sentence of the model was replaced: numbers or names the article lacks
    summary-dangling     a sentence of the model was replaced: it referred to a replaced one
    cites-flagged        a cited segment is a translation that its checks doubt
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Generator, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from itertools import pairwise

from seedsum.checks.quantities import Quantity, compare_quantities, normalise, quantities
from seedsum.engines import SequenceModel
from seedsum.engines.extractive import (
    LEANING_FAULTS,
    ExtractiveOptions,
    content_words,
    rank,
    standalone_faults,
)
from seedsum.records import (
    ArticleSentence,
    DecodingOptions,
    Flag,
    Hypothesis,
    ModelSpec,
    Summary,
    SummarySentence,
)

__all__ = [
    "ArticleSentence",
    "Backing",
    "SummaryModel",
    "SummaryOptions",
    "find_support",
    "summarise",
    "support_score",
    "unsupported_facts",
]

EXTRACTIVE = "extractive"

#: The most segments that one summary sentence cites; more is no help to a reviewer.
MAX_CITES = 3

#: A second or third segment is cited only where it adds that much support.
_MIN_SUPPORT_GAIN = 0.08

#: Rounds of part-by-part reduction. With parts of 1,024 tokens that become 142 at most, four
#: rounds take two million tokens; beyond that, and where a round does not shrink the text,
#: sentences are chosen instead of written.
_MAX_ROUNDS = 4


@dataclass(frozen=True, slots=True)
class SummaryOptions:
    """What decides a summary besides the model; all of it goes into the run key.

    Attributes:
        min_sentences, max_sentences: An article of `sentences_per_sentence` times that many
            sentences or more gets the most, a short one the fewest.
        article_sentences_per_sentence: See above.
        max_share: Of the article's characters that the summary may have.
        min_support: Below it, a sentence of a model is replaced. See `benchmarks/summaries.py`.
        extractive: Weights for choosing sentences.
    """

    min_sentences: int = 3
    max_sentences: int = 5
    article_sentences_per_sentence: int = 8
    max_share: float = 0.5
    min_support: float = 0.5
    extractive: ExtractiveOptions = field(default_factory=ExtractiveOptions)

    def __post_init__(self) -> None:
        """Refuse values that no summary can satisfy.

        Raises:
            ValueError: Says which.
        """
        if not 1 <= self.min_sentences <= self.max_sentences:
            raise ValueError("min_sentences must be at least 1 and at most max_sentences")
        if self.article_sentences_per_sentence < 1:
            raise ValueError("article_sentences_per_sentence must be at least 1")
        if not 0 < self.max_share <= 1:
            raise ValueError("max_share must be above 0 and at most 1")
        if not 0 <= self.min_support <= 1:
            raise ValueError("min_support must be from 0 to 1")


@dataclass(frozen=True, slots=True)
class SummaryModel:
    """A loaded summary model and how it is to be used (limits and decoding of its spec)."""

    spec: ModelSpec
    model: SequenceModel


def summarise(
    sentences: Sequence[ArticleSentence],
    *,
    title: str | None,
    engine: SummaryModel | None,
    options: SummaryOptions,
) -> Summary:
    """Return the summary of one article.

    Args:
        sentences: The article's segments in English, in document order; only body-like roles.
            None at all, or none with English words, gives a summary without sentences.
        title: The English title, where there is one.
        engine: The model that writes; None chooses sentences of the article.
        options: Lengths, thresholds, weights.

    The summary is never longer than `options.max_share` of the article, except that an article of
    up to two sentences is its own summary. No two of its sentences are equal. The same arguments
    give the same summary.

    Raises:
        ModelError: The model failed.
    """
    article = _Article.of(sentences, title=title, options=options)
    name = EXTRACTIVE if engine is None else engine.spec.name
    if len(article.sentences) <= 2:
        everything = tuple(article.copied(index) for index in range(len(article.sentences)))
        return Summary(EXTRACTIVE, everything)
    if engine is None:
        chosen = sorted(article.rank(article.num_wanted, max_chars=article.max_chars))
        written = tuple(article.copied(index) for index in chosen)
        flags: tuple[Flag, ...] = ()
    else:
        draft = _run(_write(article, engine), engine)
        written, failures = _check(draft, article)
        flags = (*draft.flags, *failures)
    if len(written) < options.min_sentences:
        detail = f"{len(written)} of {options.min_sentences} sentences fit into half the article"
        flags = (*flags, Flag("summary-short", detail))
    return Summary(name, written, flags)


# --------------------------------------------------------------------------------------------
# The article


@dataclass(frozen=True, slots=True)
class _Article:
    """What can be summarised, with what every step needs to know of it."""

    sentences: tuple[ArticleSentence, ...]
    words: tuple[frozenset[str], ...]
    bigrams: tuple[frozenset[tuple[str, str]], ...]
    weights: Mapping[str, float]
    title: str | None
    max_chars: int
    num_wanted: int
    options: SummaryOptions

    @classmethod
    def of(
        cls, sentences: Iterable[ArticleSentence], *, title: str | None, options: SummaryOptions
    ) -> _Article:
        """Return the article without repeated sentences and what is not English text.

        White space inside sentences is collapsed.
        """
        distinct: dict[str, ArticleSentence] = {}
        for sentence in sentences:
            text = " ".join(sentence.text.split())
            distinct.setdefault(text, replace(sentence, text=text))
        usable = tuple(
            sentence
            for sentence in distinct.values()
            if "foreign" not in standalone_faults(sentence)
        )
        words = [content_words(sentence.text) for sentence in usable]
        num_containing = Counter(word for sentence in words for word in set(sentence))
        num_chars = sum(len(sentence.text) for sentence in usable) + max(len(usable) - 1, 0)
        wanted = math.ceil(len(usable) / options.article_sentences_per_sentence)
        return cls(
            sentences=usable,
            words=tuple(frozenset(sentence) for sentence in words),
            bigrams=tuple(frozenset(pairwise(sentence)) for sentence in words),
            weights={
                word: math.log(1 + len(usable) / count)
                for word, count in sorted(num_containing.items())
            },
            title=title,
            max_chars=int(num_chars * options.max_share),
            num_wanted=min(max(wanted, options.min_sentences), options.max_sentences),
            options=options,
        )

    def rank(
        self, num_sentences: int, *, max_chars: int, taken: Sequence[int] = ()
    ) -> tuple[int, ...]:
        """Return the indices of the best sentences, best first."""
        return rank(
            self.sentences,
            title=self.title,
            options=self.options.extractive,
            num_sentences=num_sentences,
            max_chars=max_chars,
            taken=taken,
        )

    def copied(self, index: int) -> SummarySentence:
        """Return one of the article's sentences as a sentence of the summary."""
        sentence = self.sentences[index]
        return SummarySentence(
            text=sentence.text,
            cites=(sentence.id,),
            support=1.0,
            flags=self.doubts((index,)),
        )

    def doubts(self, cited: Iterable[int]) -> tuple[Flag, ...]:
        """Return a flag for each cited segment whose translation is doubted."""
        doubted = (self.sentences[index].id for index in cited if self.sentences[index].flagged)
        return tuple(Flag("cites-flagged", segment) for segment in doubted)


# --------------------------------------------------------------------------------------------
# Support


def support_score(
    sentence: str, cited_texts: Sequence[str], *, weights: Mapping[str, float]
) -> float:
    """Return how much of a sentence the cited texts back, from 0 to 1; 1 for a copied sentence.

    Two thirds of the score are the share of the sentence's content words that occur in any cited
    text, one third the share of its pairs of neighbouring content words that stand side by side in
    one of them. Words count by their weight, pairs by the mean of their two. A sentence without
    content words has 1 where a cited text contains it, else 0.

    Args:
        sentence: Of the summary.
        cited_texts: What it cites; none gives 0.
        weights: Inverse document frequency of the article's words. A word that the article lacks
            weighs as much as its rarest.
    """
    if not content_words(sentence):
        return float(any(sentence.strip() in text for text in cited_texts))
    cited = [content_words(text) for text in cited_texts]
    return _coverage(
        content_words(sentence),
        words=frozenset(word for words in cited for word in words),
        bigrams=frozenset(pair for words in cited for pair in pairwise(words)),
        weights=weights,
    )


def _coverage(
    sentence: Sequence[str],
    *,
    words: frozenset[str],
    bigrams: frozenset[tuple[str, str]],
    weights: Mapping[str, float],
) -> float:
    rarest = max(weights.values(), default=1.0)
    weight = {word: weights.get(word, rarest) for word in sentence}
    total = sum(weight[word] for word in sentence)
    unigram = sum(weight[word] for word in sentence if word in words) / total
    pairs = [(pair, weight[pair[0]] + weight[pair[1]]) for pair in pairwise(sentence)]
    if not pairs:
        return round(unigram, 4)
    total_pairs = sum(value for _, value in pairs)
    bigram = sum(value for pair, value in pairs if pair in bigrams) / total_pairs
    return round((2 * unigram + bigram) / 3, 4)


@dataclass(frozen=True, slots=True)
class Backing:
    """The segments that support a sentence, best first, and what they amount to.

    Attributes:
        cites: Segment ids; empty where no segment shares a content word.
        support: See `support_score`.
        missing_facts: See `unsupported_facts`.
    """

    cites: tuple[str, ...]
    support: float
    missing_facts: tuple[str, ...]


def find_support(sentence: str, segments: Sequence[ArticleSentence]) -> Backing:
    """Return the segments of an article that support a sentence best, at most `MAX_CITES`."""
    article = _Article.of(segments, title=None, options=SummaryOptions())
    evidence = _find_evidence(sentence, article, range(len(article.sentences)))
    return Backing(
        cites=tuple(article.sentences[index].id for index in evidence.cited),
        support=evidence.support,
        missing_facts=evidence.missing_facts,
    )


@dataclass(frozen=True, slots=True)
class _Evidence:
    """As `Backing`, with indices."""

    cited: tuple[int, ...]
    support: float
    missing_facts: tuple[str, ...]


def _find_evidence(text: str, article: _Article, candidates: Sequence[int]) -> _Evidence:
    """Return the candidates that support the text best, at most `MAX_CITES`.

    After the first, a sentence is cited where it raises the support by `_MIN_SUPPORT_GAIN`, then
    where it holds numbers or names that the others lack. Ties go to the earlier sentence.
    """
    words = content_words(text)
    related = [index for index in candidates if article.words[index].intersection(words)]
    cited: tuple[int, ...] = ()
    support = 0.0
    while related and len(cited) < MAX_CITES:
        known_words = frozenset[str]().union(*(article.words[index] for index in cited))
        known_bigrams = frozenset[tuple[str, str]]().union(
            *(article.bigrams[index] for index in cited)
        )
        coverages = [
            _coverage(
                words,
                words=known_words | article.words[index],
                bigrams=known_bigrams | article.bigrams[index],
                weights=article.weights,
            )
            for index in related
        ]
        best = max(range(len(related)), key=lambda at: (coverages[at], -at))
        if cited and coverages[best] - support < _MIN_SUPPORT_GAIN:
            break
        cited, support = (*cited, related[best]), coverages[best]
    missing = unsupported_facts(text, [article.sentences[index].text for index in cited])
    while missing and related and len(cited) < MAX_CITES:
        left = [unsupported_facts(text, [article.sentences[index].text]) for index in related]
        still_missing = [tuple(fact for fact in missing if fact in facts) for facts in left]
        best = min(range(len(related)), key=lambda at: (len(still_missing[at]), at))
        if len(still_missing[best]) == len(missing):
            break
        cited, missing = (*cited, related[best]), still_missing[best]
    texts = [article.sentences[index].text for index in cited]
    return _Evidence(cited, support_score(text, texts, weights=article.weights), missing)


# --------------------------------------------------------------------------------------------
# Numbers and names

_TOKEN = re.compile(r"[^\W_]+(?:['’.&-][^\W_]+)*")
_PART = re.compile(r"[.&-]")

#: Endings that make a people or a language of a country's name, and the other way round.
_DEMONYM_ENDINGS = ("n", "an", "ian", "ese", "i", "s")


def unsupported_facts(sentence: str, cited_texts: Sequence[str]) -> tuple[str, ...]:
    """Return the quantities and names of a sentence that no cited text has, in order, each once.

    Quantities are compared by value (see `checks.quantities`). Names are words with a capital
    letter that are no stop words; the first one counts only where another capitalised word follows
    it, or with two capitals. A name is found whatever its case and inflection, as the stem of a
    people's name (Belarus, Belarusian), and an acronym as the initials of cited words.
    """
    sentence = normalise(sentence)
    mentions = _quantities(sentence)
    cited = [normalise(text) for text in cited_texts]
    known_quantities = [mention for text in cited for mention in _quantities(text)]
    known_names = [_Names.of(text) for text in cited]
    missing_quantities, _ = compare_quantities(mentions, known_quantities)
    missing = {one.start: sentence[one.start : one.end] for one in missing_quantities}
    for start, token in _names(sentence):
        # The month of a date is part of a quantity, and compared as such.
        is_quantity = any(mention.start <= start < mention.end for mention in mentions)
        if not is_quantity and not any(names.has(token) for names in known_names):
            missing[start] = token
    return tuple(dict.fromkeys(missing[start] for start in sorted(missing)))


@lru_cache(maxsize=4096)
def _quantities(text: str) -> tuple[Quantity, ...]:
    return quantities(text, language="en")


@dataclass(frozen=True, slots=True)
class _Names:
    """What names can be found by in a text."""

    tokens: frozenset[str]
    folded: frozenset[str]
    stems: frozenset[str]
    initials: str

    @staticmethod
    @lru_cache(maxsize=4096)
    def of(text: str) -> _Names:
        """Return the names of a text; `initials` has a space where a common word stands between."""
        tokens = [_without_possessive(token) for token in _TOKEN.findall(text)]
        folded = {token.casefold() for token in tokens}
        return _Names(
            tokens=frozenset(tokens),
            folded=frozenset(folded.union(part for name in folded for part in _PART.split(name))),
            stems=frozenset(content_words(text)),
            initials="".join(
                token[0] if token[0].isupper() else " "
                for token in tokens
                if token[0].isupper() or content_words(token)
            ),
        )

    def has(self, token: str) -> bool:
        """Return whether the text names it."""
        token = _without_possessive(token)
        name = token.casefold()
        if token.isupper() and token.replace(".", "") in self.initials:
            return True
        if not content_words(name):  # WHO is not in "those who"
            return token in self.tokens
        return (
            name in self.folded
            or self.stems.issuperset(content_words(name))
            or self.folded.issuperset(part for part in _PART.split(name) if part)
            or any(_same_root(name, other) for other in self.folded)
        )


def _names(sentence: str) -> list[tuple[int, str]]:
    """Return the names of a sentence, each with its place."""
    matches = [match for match in _TOKEN.finditer(sentence) if not match.group()[0].isdigit()]
    names = []
    for index, match in enumerate(matches):
        token = match.group()
        num_capitals = sum(map(str.isupper, token))
        follows = index + 1 < len(matches) and matches[index + 1].group()[0].isupper()
        is_plain_word = not content_words(token) and _without_possessive(token) != "May"
        if num_capitals > 1 or (num_capitals and not is_plain_word and (index or follows)):
            names.append((match.start(), token))
    return names


def _without_possessive(token: str) -> str:
    return re.sub(r"['’]s?$", "", token)


def _same_root(one: str, other: str) -> bool:
    short, long = sorted((one, other), key=len)
    return len(short) >= 4 and long.startswith(short) and long[len(short) :] in _DEMONYM_ENDINGS


# --------------------------------------------------------------------------------------------
# Writing with a model


@dataclass(frozen=True, slots=True)
class _Unit:
    """A text for the model, and the article's sentences (indices) that it was made from."""

    text: str
    sources: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class _Draft:
    """What the model wrote in the end, sentence by sentence, before any check."""

    units: tuple[_Unit, ...]
    flags: tuple[Flag, ...]


@dataclass(frozen=True, slots=True)
class _Request:
    """Inputs for the model that can be decoded together."""

    inputs: tuple[tuple[str, ...], ...]
    options: DecodingOptions


def _run(steps: Generator[_Request, list[Hypothesis], _Draft], engine: SummaryModel) -> _Draft:
    """Return what the steps make of the model's answers to their requests."""
    try:
        request = next(steps)
        while True:
            answers = engine.model.decode_batches(
                [[tokens] for tokens in request.inputs], None, request.options
            )
            request = steps.send([hypotheses[0] for batch in answers for hypotheses in batch])
    except StopIteration as finished:
        draft: _Draft = finished.value
        return draft


def _write(
    article: _Article, engine: SummaryModel
) -> Generator[_Request, list[Hypothesis], _Draft]:
    """Write the summary: part by part until the text fits the model's input, then as a whole."""
    limit = engine.spec.max_source_tokens
    flags: list[Flag] = []
    units: list[_Unit] = []
    for index, sentence in enumerate(article.sentences):
        pieces = _split_to_fit(sentence.text, engine)
        if len(pieces) > 1:
            flags.append(Flag("summary-split", f"{sentence.id}: {len(pieces)} parts"))
        units.extend(_Unit(piece, (index,)) for piece in pieces)

    num_parts: list[int] = []
    length = _num_tokens(units, engine)
    while length > limit:
        chunks = _chunk(units, engine)
        if len(num_parts) == _MAX_ROUNDS:
            units = _choose_to_fit(units, engine)
            flags.append(Flag("summary-extracted", f"after {_MAX_ROUNDS} rounds"))
            break
        num_parts.append(len(chunks))
        hypotheses = yield _Request(
            inputs=tuple(_encode(chunk, engine) for chunk in chunks),
            options=_scaled(engine.spec.decoding, limit // 2, article.options.max_share),
        )
        units = []
        for number, (chunk, hypothesis) in enumerate(zip(chunks, hypotheses, strict=True), 1):
            written, _ = _read(hypothesis)
            if not written:
                flags.append(Flag("summary-extracted", f"part {number} came back empty"))
                written = [unit.text for unit in chunk[:1]]
            units.extend(_Unit(text, _trace(text, chunk)) for text in written)
        shorter = _num_tokens(units, engine)
        if shorter >= length:
            units = _choose_to_fit(units, engine)
            flags.append(Flag("summary-extracted", "a round did not shorten the text"))
            break
        length = shorter
    if num_parts:
        detail = f"{num_parts[0]} parts, {len(num_parts)} round(s)"
        flags.append(Flag("summary-hierarchical", detail))

    tokens = _encode(units, engine)
    options = _scaled(engine.spec.decoding, len(tokens), article.options.max_share)
    (hypothesis,) = yield _Request(inputs=(tokens,), options=options)
    written, is_cut = _read(hypothesis)
    if is_cut:
        flags.append(Flag("summary-unfinished", f"{hypothesis.num_tokens} tokens"))
    return _Draft(tuple(_Unit(text, _trace(text, units)) for text in written), tuple(flags))


def _scaled(decoding: DecodingOptions, num_source_tokens: int, share: float) -> DecodingOptions:
    """Return the decoding with lengths for a source of that many tokens."""
    most = max(min(decoding.max_target_tokens, int(num_source_tokens * share)), 1)
    least = min(decoding.min_target_tokens, most // 2)
    return replace(
        decoding, max_target_tokens=most, min_target_tokens=max(least, 1), num_hypotheses=1
    )


def _encode(units: Iterable[_Unit], engine: SummaryModel) -> tuple[str, ...]:
    return engine.model.encode(" ".join(unit.text for unit in units), None)


def _num_tokens(units: Iterable[_Unit], engine: SummaryModel) -> int:
    return len(_encode(units, engine))


def _split_to_fit(text: str, engine: SummaryModel) -> list[str]:
    """Return the text in parts that the model can read, split as near the middle as it reads well.

    Better a break after punctuation than at a space, better a space than inside a word.
    """
    if len(engine.model.encode(text, None)) <= engine.spec.max_source_tokens or len(text) < 2:
        return [text]
    middle = len(text) // 2
    for pattern in (r"(?<=[.;:!?…।]) ", r"(?<=,) ", r" "):
        breaks = [match.end() for match in re.finditer(pattern, text)]
        near = [place for place in breaks if len(text) // 4 <= place <= 3 * len(text) // 4]
        if near:
            middle = min(near, key=lambda place: abs(place - len(text) // 2))
            break
    halves = (text[:middle].strip(), text[middle:].strip())
    return [part for half in halves if half for part in _split_to_fit(half, engine)]


def _chunk(units: Sequence[_Unit], engine: SummaryModel) -> list[list[_Unit]]:
    """Return the units in runs that the model can read, of about equal length."""
    lengths = [_num_tokens([unit], engine) for unit in units]
    num_chunks = math.ceil(sum(lengths) / engine.spec.max_source_tokens)
    target = sum(lengths) / num_chunks
    chunks: list[list[_Unit]] = [[]]
    length = 0
    for unit, unit_length in zip(units, lengths, strict=True):
        too_long = length + unit_length > engine.spec.max_source_tokens
        if chunks[-1] and (too_long or length + unit_length / 2 > target):
            chunks.append([])
            length = 0
        chunks[-1].append(unit)
        length += unit_length
    return [part for chunk in chunks for part in _halve_to_fit(chunk, engine)]


def _halve_to_fit(chunk: list[_Unit], engine: SummaryModel) -> list[list[_Unit]]:
    """Return the chunk, or its halves where joining took more tokens than the units alone."""
    if len(chunk) == 1 or _num_tokens(chunk, engine) <= engine.spec.max_source_tokens:
        return [chunk]
    middle = len(chunk) // 2
    halves = (chunk[:middle], chunk[middle:])
    return [part for half in halves for part in _halve_to_fit(half, engine)]


def _choose_to_fit(units: Sequence[_Unit], engine: SummaryModel) -> list[_Unit]:
    """Return the best units that together fit the model's input, in their order."""
    order = rank(
        [ArticleSentence(id="", text=unit.text, paragraph=0) for unit in units],
        title=None,
        options=ExtractiveOptions(),
        num_sentences=len(units),
        max_chars=sum(len(unit.text) + 1 for unit in units),
    )
    kept: list[int] = []
    length = 0
    for index in order:
        unit_length = _num_tokens([units[index]], engine)
        if length + unit_length <= engine.spec.max_source_tokens:
            kept.append(index)
            length += unit_length
    return [units[index] for index in sorted(kept)]


def _read(hypothesis: Hypothesis) -> tuple[list[str], bool]:
    """Return the whole sentences of what a model wrote, and whether the limit cut one off."""
    from sentencex import segment

    text = re.sub(r"\s+([.,;:!?])", r"\1", " ".join(hypothesis.text.split()))
    written = [part.strip() for part in segment("en", text) if any(map(str.isalnum, part))]
    if hypothesis.finished or not written or written[-1].endswith((".", "!", "?", '."', ".”")):
        return written, not hypothesis.finished
    return written[:-1], True


def _trace(text: str, units: Sequence[_Unit]) -> tuple[int, ...]:
    """Return the sources of the units that share most words with the text, of all if none does."""
    words = set(content_words(text))
    shared = [len(words.intersection(content_words(unit.text))) for unit in units]
    best = sorted(range(len(units)), key=lambda index: (-shared[index], index))[:MAX_CITES]
    traced = [units[index] for index in best if shared[index]] or units
    return tuple(sorted({source for unit in traced for source in unit.sources}))


# --------------------------------------------------------------------------------------------
# Checking what a model wrote


def _check(
    draft: _Draft, article: _Article
) -> tuple[tuple[SummarySentence, ...], tuple[Flag, ...]]:
    """Return what the article backs of a draft; failed sentences swapped, missing ones added.

    The flags are the failures for which there was no room to put another sentence.
    """
    options = article.options
    kept: list[tuple[int, SummarySentence]] = []
    failures: list[Flag] = []
    used: list[int] = []
    seen: set[str] = set()
    num_chars = -1
    swapped_before = False
    for unit in draft.units[: options.max_sentences]:
        key = " ".join(content_words(unit.text))
        if key in seen:
            continue
        seen.add(key)
        evidence = _find_evidence(unit.text, article, unit.sources)
        if evidence.support < options.min_support:
            failures.append(Flag("summary-support", f"{evidence.support:.2f}: {unit.text}"))
        elif evidence.missing_facts:
            lacking = ", ".join(evidence.missing_facts)
            failures.append(Flag("summary-facts", f"{lacking}: {unit.text}"))
        elif swapped_before and LEANING_FAULTS.intersection(
            standalone_faults(ArticleSentence(id="", text=unit.text, paragraph=0))
        ):
            failures.append(Flag("summary-dangling", unit.text))
        elif num_chars + len(unit.text) + 1 <= article.max_chars:
            num_chars += len(unit.text) + 1
            used.append(evidence.cited[0])
            sentence = SummarySentence(
                text=unit.text,
                cites=tuple(article.sentences[index].id for index in evidence.cited),
                support=evidence.support,
                flags=article.doubts(evidence.cited),
                origin="abstractive",
            )
            kept.append((evidence.cited[0], sentence))
            swapped_before = False
            continue
        swapped_before = True

    num_missing = max(options.min_sentences - len(kept), len(failures))
    num_missing = min(num_missing, options.max_sentences - len(kept))
    chosen = article.rank(num_missing, max_chars=article.max_chars - num_chars - 1, taken=used)
    reasons = iter(failures)
    for index in chosen:
        sentence = article.copied(index)
        reason = next(reasons, None)
        if reason is not None:
            sentence = replace(sentence, origin="swapped", flags=(reason, *sentence.flags))
        place = next((at for at, (first, _) in enumerate(kept) if first > index), len(kept))
        kept.insert(place, (index, sentence))
    return tuple(sentence for _, sentence in kept), tuple(reasons)
