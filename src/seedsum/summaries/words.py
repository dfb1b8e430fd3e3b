"""Words of English text as summaries compare them: stemmed, without those that carry no meaning."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Sequence

from seedsum.languages.stemming import english_stem

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


#: A word is rare in an article that at most so many of its sentences have.
_RARE_SENTENCES = 4


def rare_words(sentences: Sequence[Collection[str]]) -> list[frozenset[str]]:
    """Return of the words of each sentence those that few of the sentences have."""
    num_containing = Counter(word for words in sentences for word in set(words))
    return [
        frozenset(word for word in words if num_containing[word] <= _RARE_SENTENCES)
        for words in sentences
    ]


_LATIN_LETTER = re.compile(r"[A-Za-zÀ-ɏḀ-ỿ]")


def is_foreign(text: str) -> bool:
    """Return whether fewer than half of a text's letters are Latin, or it has none."""
    if text.isascii():
        return not any(map(str.isalpha, text))
    num_letters = sum(map(str.isalpha, text))
    return len(_LATIN_LETTER.findall(text)) < 0.5 * num_letters or not num_letters
