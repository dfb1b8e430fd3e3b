"""Cues: the words by which a text says that something rises, or is not so; and what excludes what.

The meanings and their opposites are rows of meanings.tsv; how each language says them stands in its
file (`CueWords`).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cache, lru_cache
from importlib.resources import files
from typing import NamedTuple

from seedsum.languages.common import SIGNS
from seedsum.languages.language import CueWords

NOT = "not"  # the meaning that turns others round
#: In place of an opposite: the meaning must be on both sides.
LOST, ADDED = "lost", "added"
#: Translators leave out words that join clauses: only what is short as well is flagged.
LOST_IF_SHORT = "lost if short"
ON_BOTH_SIDES = (LOST, ADDED, LOST_IF_SHORT)


class Rule(NamedTuple):
    """A row of meanings.tsv: what a translation must not do."""

    code: str  # of the flag
    meaning: str
    other: str  # what must not stand in its place, or one of `ON_BOTH_SIDES`
    says: str = ""  # of one that must be on both sides, what it says


class Cue(NamedTuple):
    """A place where a text says something, or may say it."""

    meaning: str
    text: str
    sure: bool


@cache
def rules() -> tuple[Rule, ...]:
    """Return the rows of meanings.tsv."""
    lines = files(__package__).joinpath("meanings.tsv").read_text("utf-8").splitlines()
    rows = (line.split("\t") for line in lines if line and not line.startswith("#"))
    return tuple(Rule(*row) for row in rows)


_TOKEN = re.compile(rf"[^\W\d_](?:[^\W\d_]|[{SIGNS}\u200c\u200d]|'(?=[^\W\d_]))*+|[?%/]|\d+")
#: In place of a meaning: words that say nothing of the kind.
_PLAIN = ""
_APOSTROPHES = "’‘ʼ"
_NUMBER = "#"  # in place of digits
_MAX_KNOWN = 8192  # a language's frequent words


@dataclass(slots=True)
class _Node:
    """What the words so far may be followed by, and what they mean."""

    exact: dict[str, _Node] = field(default_factory=dict)
    prefixes: dict[str, _Node] = field(default_factory=dict)
    suffixes: dict[str, _Node] = field(default_factory=dict)
    meanings: dict[str, bool] = field(default_factory=dict)  # and whether that is certain
    longest: int = 0  # letters of a prefix or suffix
    longest_suffix: int = 0

    def add(self, word: str) -> _Node:
        """Return the node after one more word, made if need be."""
        if "*" not in word:
            return self.exact.setdefault(word, _Node())
        self.longest = max(self.longest, len(word) - 1)
        if word.endswith("*"):
            return self.prefixes.setdefault(word[:-1], _Node())
        self.longest_suffix = max(self.longest_suffix, len(word) - 1)
        return self.suffixes.setdefault(word[1:], _Node())

    def after(self, word: str) -> Iterator[tuple[int, _Node]]:
        """Return the nodes that a word leads to, and how many of its letters each names."""
        if node := self.exact.get(word):
            yield len(word) + 1, node
        for length in range(1, min(len(word), self.longest) + 1):
            if node := self.prefixes.get(word[:length]):
                yield length, node
            if length <= self.longest_suffix and (node := self.suffixes.get(word[-length:])):
                yield length, node


class _Word:
    """A word, what it means by itself, and where phrases that begin with it go on."""

    __slots__ = ("alone", "leads_on", "next", "nodes", "nodes_on")

    def __init__(self, word: str, nodes: Sequence[tuple[int, _Node]]) -> None:
        self.nodes = nodes
        self.next = frozenset[str]().union(*(node.exact for _, node in nodes))
        self.nodes_on = [node for _, node in nodes if node.longest]
        self.alone = _cues(_longest(nodes, [word], 0), [word], 0)[1]
        self.leads_on = bool(self.next or self.nodes_on)

    def goes_on(self, word: str) -> bool:
        """Return whether a phrase goes on with a word."""
        return word in self.next or any(any(node.after(word)) for node in self.nodes_on)


class _Phrases:
    """All phrases of a language; `first` gives what is known of a word that one may begin with."""

    def __init__(self, root: _Node) -> None:
        self._root = root
        self.first = lru_cache(maxsize=_MAX_KNOWN)(self._first)

    def _first(self, word: str) -> _Word | None:
        nodes = tuple(self._root.after(word))
        return _Word(word, nodes) if nodes else None


@lru_cache
def _phrases(words: CueWords) -> _Phrases:
    root = _Node()
    phrases = [(phrase.replace("_", " "), _PLAIN, True) for phrase in words.plain]
    for meaning, forms in words.words.items():
        phrases += [(phrase, meaning, True) for phrase in forms.sure]
        phrases += [(phrase, meaning, False) for phrase in forms.maybe]
    for phrase, meaning, sure in sorted(phrases):
        node = root
        for word in phrase.split(" "):
            node = node.add(word)
        node.meanings[meaning] = sure or node.meanings.get(meaning, False)
    return _Phrases(root)


def cue_tokens(text: str) -> list[str]:
    """Return the words of a text in small letters, `#` for digits; without punctuation."""
    text = text.lower()
    for apostrophe in _APOSTROPHES:
        text = text.replace(apostrophe, "'")
    return [
        _NUMBER if token[0].isdecimal() else token.removesuffix("'s")
        for token in _TOKEN.findall(text)
    ]


def find_cues(text: str, words: CueWords) -> tuple[Cue, ...]:
    """Return what a text in NFC says, in order.

    Of the phrases for one meaning that begin at a word the longest counts, and none within it; a
    phrase that says nothing of the kind hides all that are within it or are less exact.
    """
    tokens = cue_tokens(text)
    found: list[Cue] = []
    ends: dict[str, int] = {}  # of the last phrase of more than one word for a meaning
    after = 0  # a phrase that hides what is within it
    for i, word in enumerate(map(_phrases(words).first, tokens)):
        if word is None or i < after:
            continue
        cues = word.alone
        if word.leads_on and i + 1 < len(tokens) and word.goes_on(tokens[i + 1]):
            size, cues = _cues(_longest(word.nodes, tokens, i), tokens, i)
            after = i + size
        if ends:
            cues = [cue for cue in cues if ends.get(cue.meaning, 0) <= i]
        found += cues
        if cues is not word.alone:
            ends |= {cue.meaning: i + size for cue in cues if (size := cue.text.count(" ") + 1) > 1}
    return tuple(found)


#: Of the phrases for a meaning that begin at a word: how many words and letters the longest names,
#: and whether it is certain.
_Matches = dict[str, tuple[tuple[int, int], bool]]


def _longest(level: Sequence[tuple[int, _Node]], tokens: Sequence[str], i: int) -> _Matches:
    found: _Matches = {}
    size = 1
    while level:
        for letters, node in level:
            for meaning, sure in node.meanings.items():
                found[meaning] = max(found.get(meaning, ((0, 0), False)), ((size, letters), sure))
        if i + size == len(tokens):
            break
        level = [
            (letters + more, after)
            for letters, node in level
            for more, after in node.after(tokens[i + size])
        ]
        size += 1
    return found


def _cues(matches: _Matches, tokens: Sequence[str], i: int) -> tuple[int, list[Cue]]:
    """Return the cues that begin at a word, and how many words to go on."""
    hidden = matches.pop(_PLAIN, ((0, 0), True))[0]
    cues = [
        Cue(meaning, " ".join(tokens[i : i + length[0]]), sure)
        for meaning, (length, sure) in matches.items()
        if length >= hidden
    ]
    return max(hidden[0], 1), cues
