"""A model's own evidence of what a translation leaves out or adds: which scores, and what they say.

The translation is scored given the source, and given the source without one clause. Where the
clause is translated, the tokens that say so are much less likely without it; where no run of tokens
loses much, the clause is probably not in the translation. The same on the other side: a clause of
the translation that is hardly likelier given the source than given none was probably added.

Pure: `translation.evidence` has the scores made, for many segments together.

Source: Vamvas and Sennrich 2022, "As Little as Possible, as Much as Necessary: Detecting Over- and
Undertranslations with Contrastive Conditioning". They compare scores of whole translations; the
best run of tokens finds twice as many (docs/explanation/what-the-checks-see.md).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from seedsum.checks.check import Pair
from seedsum.languages.common import SIGNS
from seedsum.records import Flag

#: Log-probabilities of the tokens of each part of a translation; the last one's end with that of
#: the end of sentence.
PartScores = Sequence[Sequence[float]]

#: Words of a clause, about: longer ones hide a dropped half, shorter ones are said by half a word.
_CLAUSE_WORDS = 7
_MIN_CLAUSE_WORDS = 3
#: A text of many clauses is cut into longer ones: each costs as much as a third of a decoding.
_MAX_CLAUSES = 10

_MARK = re.compile(r"[,;:.!?।…–—)]+[\"'”’»]*(?=\s|$)|[—–]")
_WORD = re.compile(r"\S+")
#: After a closing quotation mark, up to so many words say who spoke. Translations put them
#: elsewhere, shorten them (`he said`), or leave them out.
_QUOTED = re.compile(r"[,.!?।…]?[\"”»’][,.।]?\s*$")
_SPEAKER_WORDS = 6
#: Of the words of a clause, so many elsewhere in the source: what is said twice is translated once.
_REPEATED_SHARE = 0.7
#: Letters by which two words are taken for one: what is joined to a noun differs.
_STEM_CHARS = 4
_WORD_OR_NUMBER = re.compile(rf"[^\W_][\w{SIGNS}\u0300-\u036f]*")


@dataclass(frozen=True, slots=True)
class Bounds:
    """Below which figures a flag is given; for one model and direction."""

    omission: float  # see `omitted`
    addition: float  # see `added`


@dataclass(frozen=True, slots=True)
class Cut:
    """A clause of a source, and the source without it."""

    clause: str
    rest: str


@dataclass(frozen=True, slots=True)
class Weakest:
    """The clause that the other side accounts for least, with how much it does."""

    figure: float
    clause: str


def clauses(text: str) -> tuple[str, ...]:
    """Return the text cut at its marks and, where these are far apart, every seven words or so.

    Joined, they are the text again, but for its ends; each begins at a word.
    """
    text = text.strip()
    num_words = len(text.split())
    size = max(_CLAUSE_WORDS, -(-num_words // _MAX_CLAUSES))
    starts = [0, *(match.end() for match in _MARK.finditer(text)), len(text)]
    spans: list[tuple[int, int]] = []  # start, words
    for start, end in pairwise(starts):
        words = [match.start() for match in _WORD.finditer(text, start, end)]
        num_parts = max(1, round(len(words) / size))
        firsts = [part * len(words) // num_parts for part in range(num_parts)]
        for first, after in pairwise([*firsts, len(words)]):
            if first == after:
                continue
            begin = words[first] if spans else 0
            if spans and min(after - first, spans[-1][1]) < _MIN_CLAUSE_WORDS:
                spans[-1] = (spans[-1][0], spans[-1][1] + after - first)
            else:
                spans.append((begin, after - first))
    begins = [begin for begin, _ in spans]
    return tuple(text[begin:end] for begin, end in pairwise([*begins, len(text)]))


def cuts(source: str) -> tuple[Cut, ...]:
    """Return each clause that a translation must have, with the source without it.

    None for a source of one clause. Left out are who spoke, after a quotation, and what the rest of
    the source says too.
    """
    parts = clauses(source)
    found: list[Cut] = []
    for number, clause in enumerate(parts if len(parts) > 1 else ()):
        before, after = "".join(parts[:number]), "".join(parts[number + 1 :])
        rest = f"{before}{after}".strip(" ,;")
        names_speaker = bool(_QUOTED.search(before)) and len(clause.split()) <= _SPEAKER_WORDS
        if not names_speaker and not _is_repeated(clause, f"{before} {after}"):
            found.append(Cut(clause.strip(), rest))
    return tuple(found)


def _is_repeated(clause: str, rest: str) -> bool:
    words, others = _stems(clause), set(_stems(rest))
    return sum(word in others for word in words) > _REPEATED_SHARE * len(words)


def _stems(text: str) -> list[str]:
    return [word[:_STEM_CHARS] for word in _WORD_OR_NUMBER.findall(text.casefold())]


#: Share of what the end of the sentence gains without the clause that is taken off a figure. Of 600
#: human translations cut at their end 70% are found without it, 91% with it, at the same alarms.
_END_SHARE = 0.3


def omitted(
    given_source: PartScores, given_rest: Sequence[PartScores], num_tokens: Sequence[int]
) -> tuple[float, ...]:
    """Return how much of each clause the translation says, in log-probability a token of it.

    That is what the run of the translation's tokens loses that loses most without the clause. An
    end of sentence that comes likelier without the clause counts against it. `num_tokens` are the
    source tokens of each clause.
    """
    whole = _joined(given_source)
    figures: list[float] = []
    for scores, num in zip(given_rest, num_tokens, strict=True):
        losses = [a - b for a, b in zip(whole, _joined(scores), strict=True)]
        figure = _best_run(losses) / max(num, 1) + _END_SHARE * min(0.0, losses[-1])
        figures.append(round(figure, 2))  # ties stay ties whatever the last bits are
    return tuple(figures)


def added(given_source: PartScores, given_none: PartScores) -> tuple[float, ...]:
    """Return how much the source makes each clause of the translation likelier, a token of it.

    That is of the half of its tokens that gain most: the rest are words that any text has, or that
    follow from those before.
    """
    return tuple(
        round(_upper_half([a - b for a, b in zip(*scores, strict=True)]), 2)
        for scores in zip(given_source, given_none, strict=True)
    )


def _upper_half(values: Sequence[float]) -> float:
    highest = sorted(values, reverse=True)[: -(-len(values) // 2)]
    return sum(highest) / max(len(highest), 1)


def _joined(parts: PartScores) -> list[float]:
    return [score for part in parts for score in part]


def _best_run(values: Sequence[float]) -> float:
    """Return the largest sum of neighbouring values, 0 where all are negative."""
    best = here = 0.0
    for value in values:
        here = max(0.0, here + value)
        best = max(best, here)
    return best


def weakest(figures: Sequence[float], texts: Sequence[str]) -> Weakest:
    """Return the first clause with the least figure; there must be one."""
    place = min(range(len(figures)), key=lambda number: figures[number])
    return Weakest(figures[place], texts[place])


def of_a_pass(pair: Pair) -> Iterator[Flag]:
    """Yield nothing: `translation.evidence` gives these flags, many segments at a time."""
    yield from ()


#: An omission is likely below this share of the model's own bound, else only possible. With the
#: bundled models, below it are 112 and between it and the bound 15 of 155 calibration pairs that
#: lack a part, 22 and 1 of 33 other omissions; but none and 4 of 210 pairs that are right, 42 and
#: 69 of 1,914 human translations.
_SURE_SHARE = 0.6
_LIKELIHOOD_SURE = 0.7
#: Also of omissions under bounds that are no model's own, and of additions: of 34 on pairs with
#: faults and on human translations 6 were right.
_LIKELIHOOD_UNSURE = 0.3

#: Where the model has no bounds of its own: about those of the bundled models.
_USUAL_BOUNDS = Bounds(omission=0.5, addition=1.2)


def flags(
    omission: Weakest | None, addition: Weakest | None, bounds: Bounds | None
) -> Iterator[Flag]:
    """Yield what the weakest clauses of either side say, and how sure that is.

    Without bounds of the model's own it is only possible.
    """
    limits = bounds or _USUAL_BOUNDS
    for code, side, found, limit in (
        ("omission", "translation", omission, limits.omission),
        ("addition", "source", addition, limits.addition),
    ):
        if found and found.figure < limit:
            clause = found.clause.strip(" ,;:–—")
            said = f"“{clause}” (figure {found.figure:.2f}, flagged below {limit:.2f})"
            is_sure = code == "omission" and found.figure < limit - (1 - _SURE_SHARE) * abs(limit)
            likelihood = _LIKELIHOOD_SURE if bounds and is_sure else _LIKELIHOOD_UNSURE
            yield Flag(code, f"not in the {side}: {said}", likelihood)
