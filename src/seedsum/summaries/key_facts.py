"""The facts that the extract of an article holds: what a model's summary is measured against."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from seedsum.records import Flag
from seedsum.summaries.article import IndexedArticle
from seedsum.summaries.scores import CAPITAL, NUMBER

#: So many of the facts that are left out are named.
_NUM_NAMED = 5


def facts_in(text: str) -> tuple[str, ...]:
    """Return the numbers and names of a text, each once, in order; its first word is no name."""
    found = [*NUMBER.finditer(text), *CAPITAL.finditer(text)]
    return tuple(dict.fromkeys(match.group() for match in sorted(found, key=lambda at: at.start())))


def key_places(article: IndexedArticle) -> tuple[int, ...]:
    """Return the sentences that the extract of an article is made of, in order."""
    return tuple(sorted(article.rank(article.num_wanted, max_chars=article.max_chars)))


def lacks_facts(written: str, sentence: str) -> bool:
    """Return whether what was written of a sentence holds less than half of its facts."""
    facts = facts_in(sentence)
    return 2 * len(_held(facts, written)) < len(facts)


def coverage(article: IndexedArticle, texts: Sequence[str]) -> Flag:
    """Return how many of the extract's facts a summary holds, and what it leaves."""
    extract = (article.sentences[place].text for place in key_places(article))
    facts = tuple(dict.fromkeys(fact for text in extract for fact in facts_in(text)))
    held = _held(facts, " ".join(texts))
    detail = f"covers {len(held)} of {len(facts)} key facts"
    if left := [fact for fact in facts if fact not in held]:
        detail += f"; not {', '.join(left[:_NUM_NAMED])}" + " ..." * (len(left) > _NUM_NAMED)
    return Flag("summary-covers", detail)


def _held(facts: Iterable[str], text: str) -> frozenset[str]:
    words = {word.casefold() for word in (*NUMBER.findall(text), *CAPITAL.findall(f". {text}"))}
    return frozenset(fact for fact in facts if fact.casefold() in words)
