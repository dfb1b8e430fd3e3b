"""Whether a sentence that a model wrote says what the sentences that it cites say.

Words and facts that are all there can still be joined to the opposite: a `not` that is gone, a
claim told as a fact, a verdict on somebody else.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Sequence

from seedsum.summaries.cues import cues_of, pattern
from seedsum.summaries.words import content_words

_CLAUSE = re.compile(r"[,;:]\s+|\s(?=(?:but|because|although|while|which|who|so that|and)\b)")
#: A clause is told of another if it has that share of its content words, and at least two.
_SAME_CLAUSE = 0.75
#: So near after a negation stands the word that it denies.
_NEAR_WORDS = 2
_NAME = re.compile(r"\b[A-Z][\w'’-]+")


def is_turned_round(text: str, cited: Sequence[str]) -> bool:
    """Return whether a text denies what the cited ones say, or says what they deny.

    Clauses are compared that have most of their words in common, and single words that one side
    always denies (`no difference`).
    """
    both_deny = cues_of(text).denies and any(cues_of(one).denies for one in cited)
    if both_deny:
        cited = [one for one in cited if not cues_of(one).is_claim]
    theirs = [clause for one in cited for clause in _clauses(one)]
    clauses = _clauses(text)
    ours_denied, ours_said = _denied(clauses)
    denied, said = _denied(theirs)
    for clause in clauses:
        words = set(_meaning(clause))
        nearest = max(theirs, key=lambda other: _overlap(words, other), default="")
        is_same = _overlap(words, nearest) >= _SAME_CLAUSE or set(_meaning(nearest)) == words
        if not words or not is_same or _negations(clause) % 2 == _negations(nearest) % 2:
            continue
        # What it denies may be denied in another clause: `no difference when ...`.
        own = _denied([clause])[0]
        if not (own and own <= denied) and not (both_deny and _negations(clause)):
            return True
    return bool((denied - said) & (ours_said - ours_denied))


def _denied(clauses: Sequence[str]) -> tuple[set[str], set[str]]:
    """Return the words that stand right after a negation, and those that stand elsewhere."""
    denied: set[str] = set()
    said: set[str] = set()
    for clause in clauses:
        pieces = pattern("negation").split(clause.lower())
        said.update(content_words(pieces[0]))
        for piece in pieces[1:]:
            near = content_words(" ".join(piece.split()[:_NEAR_WORDS]))[:1]
            denied.update(near)
            said.update(word for word in content_words(piece) if word not in near)
    return denied, said


def _clauses(text: str) -> list[str]:
    return [clause for clause in _CLAUSE.split(text) if len(content_words(clause)) >= 1]


def _meaning(clause: str) -> tuple[str, ...]:
    return content_words(pattern("negation").sub(" ", clause.lower()))


def _overlap(words: Collection[str], clause: str) -> float:
    others = set(_meaning(clause))
    return len(others.intersection(words)) / max(min(len(words), len(others)), 2)


def _negations(clause: str) -> int:
    return len(pattern("negation").findall(clause.lower()))


def is_told_as_fact(text: str, cited: Sequence[str]) -> bool:
    """Return whether a text rests on nothing but hearsay, charges or plans, and does not say so."""
    said = cues_of(text)
    if said.hearsay or said.proposes or said.denies or pattern("hedges").search(text.lower()):
        return False
    return all(cues_of(one).is_claim for one in cited)


def misplaced_roles(text: str, article: Sequence[str]) -> Iterator[str]:
    """Yield the names of whom a text says something that the article says of somebody else.

    Looked at are words of decisions and harm (`sentenced`, `acquitted`, `died`): the name nearest
    before one must stand with it in a sentence of the article, or in the one before.
    """
    for clause in _clauses(text):
        lowered = clause.lower()
        found = pattern("roles").search(lowered)
        names = [m.group() for m in _NAME.finditer(clause, 0, found.start() if found else 0)]
        if not found or not names:
            continue
        name = names[-1]
        verb = content_words(found[0])[:1]
        holding = [
            place for place, one in enumerate(article) if set(verb).issubset(content_words(one))
        ]
        if holding and not any(_names(article, place, name) for place in holding):
            yield name


def _names(article: Sequence[str], place: int, name: str) -> bool:
    """Return whether a sentence names somebody, or has no name and the one before does."""
    if name in article[place]:
        return True
    return place > 0 and name in article[place - 1] and not _NAME.search(article[place][1:])
