"""What backs a sentence of a summary: segments to cite, a score, and the facts that they lack."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

from seedsum.checks.quantities import compare_quantities, normalise, quantities
from seedsum.languages.mentions import Quantity
from seedsum.records import TARGET_LANGUAGE
from seedsum.summaries.article import IndexedArticle
from seedsum.summaries.words import content_words

MAX_CITES = 3  # the most segments that one summary sentence cites; more is no help to a reviewer

#: A second or third segment is cited only where it adds that much support. Sentences of summaries
#: by people then cite 1.8 segments on average; with 0.04 it is 2.0 for 1% more support, with 0.12
#: it is 1.6 for 3% less.
_MIN_SUPPORT_GAIN = 0.08


def _coverage(words: Sequence[str], article: IndexedArticle, indices: Sequence[int]) -> float:
    """Return how much of a text's content words these sentences back.

    Two thirds are the share of the words, one third that of the pairs of neighbours. Words count by
    their weight, one without as much as the rarest; pairs by the sum of their two.
    """
    rarest = max(article.weights.values(), default=1.0)
    weight = {word: article.weights.get(word, rarest) for word in words}
    known = frozenset().union(*(article.words[index] for index in indices))
    total = sum(weight[word] for word in words)
    unigram = sum(weight[word] for word in words if word in known) / total
    pairs = [(pair, weight[pair[0]] + weight[pair[1]]) for pair in pairwise(words)]
    if not pairs:
        return round(unigram, 4)
    known_pairs = frozenset().union(*(article.bigrams[index] for index in indices))
    total_pairs = sum(value for _, value in pairs)
    bigram = sum(value for pair, value in pairs if pair in known_pairs) / total_pairs
    return round((2 * unigram + bigram) / 3, 4)


@dataclass(frozen=True, slots=True)
class Evidence:
    """The sentences of an article that support a text, and what they amount to."""

    cited: tuple[int, ...]  # their indices, the best first; empty where none shares a content word
    # How much of the text they back, from 0 to 1, which a copied sentence has; 0 for a text without
    # content words.
    support: float
    missing_facts: tuple[str, ...]  # see `unsupported_facts`


def find_evidence(text: str, article: IndexedArticle, candidates: Sequence[int]) -> Evidence:
    """Return the candidates that support the text best, at most `MAX_CITES`.

    After the first, a sentence is cited where it raises the support by `_MIN_SUPPORT_GAIN`, then
    where it holds a number or name that the others lack beside a word that it has beside it here.
    Ties go to the earlier sentence.
    """
    words = content_words(text)
    related = [index for index in candidates if article.words[index].intersection(words)]
    cited: tuple[int, ...] = ()
    support = 0.0
    while related and len(cited) < MAX_CITES:
        supports = [_coverage(words, article, (*cited, index)) for index in related]
        place = supports.index(max(supports))
        if cited and supports[place] - support < _MIN_SUPPORT_GAIN:
            break
        cited, support = (*cited, related[place]), supports[place]
    missing = unsupported_facts(text, [article.sentences[index].text for index in cited])
    while missing and len(cited) < MAX_CITES:
        nearby = _words_beside(text, missing)
        still_missing = {}
        for index in related:
            if article.words[index].intersection(nearby):
                lacking = unsupported_facts(text, [article.sentences[index].text])
                still_missing[index] = tuple(fact for fact in missing if fact in lacking)
        best = min(still_missing, key=lambda index: (len(still_missing[index]), index), default=-1)
        if best < 0 or len(still_missing[best]) == len(missing):
            break
        cited, missing = (*cited, best), still_missing[best]
    return Evidence(cited, _coverage(words, article, cited) if cited else 0.0, missing)


def _words_beside(text: str, facts: Sequence[str]) -> frozenset[str]:
    beside: set[str] = set()
    for fact in facts:
        before, _, after = normalise(text).partition(fact)
        beside.update((*content_words(before)[-2:], *content_words(after)[:2]))
    return frozenset(beside)


# Quantities and names

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
    known_names = [_names_of(text) for text in cited]
    missing_quantities, _ = compare_quantities(mentions, known_quantities)
    missing = {one.start: sentence[one.start : one.end] for one in missing_quantities}
    for start, token in _names(sentence):
        # The month of a date is part of a quantity, and compared as such.
        is_quantity = any(one.certain and one.start <= start < one.end for one in mentions)
        if not is_quantity and not any(names.has(token) for names in known_names):
            missing[start] = token
    return tuple(dict.fromkeys(missing[start] for start in sorted(missing)))


@lru_cache(maxsize=4096)
def _quantities(text: str) -> tuple[Quantity, ...]:
    return quantities(text, language=TARGET_LANGUAGE)


@dataclass(frozen=True, slots=True)
class _Names:
    """What names can be found by in a text; `initials` has a space at a common word."""

    tokens: frozenset[str]
    folded: frozenset[str]
    stems: frozenset[str]
    initials: str

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
            or self.folded.issuperset(filter(None, _PART.split(name)))
            or any(_same_root(name, other) for other in self.folded)
        )


@lru_cache(maxsize=4096)
def _names_of(text: str) -> _Names:
    tokens = [_without_possessive(token) for token in _TOKEN.findall(text)]
    folded = [token.casefold() for token in tokens]
    initials = (
        token[0] if token[0].isupper() else " "
        for token in tokens
        if token[0].isupper() or content_words(token)
    )
    return _Names(
        tokens=frozenset(tokens),
        folded=frozenset(folded).union(*map(_PART.split, folded)),
        stems=frozenset(content_words(text)),
        initials="".join(initials),
    )


def _names(sentence: str) -> list[tuple[int, str]]:
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
