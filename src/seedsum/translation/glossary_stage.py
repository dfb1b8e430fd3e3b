"""A glossary's terms brought about: sources decoded again with their terms already in English.

No engine can be told which words to use. So where the first decoding lacks a term's target, the
beam's other hypotheses are looked at, and the source is decoded again with the target standing in
the place of the term. What has the target, says nothing that a check newly doubts and is nearly as
likely takes the first one's place. Where nothing does, the `glossary` flag stays, and a second
chance follows as for any other.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from seedsum.checks import is_possible
from seedsum.checks.glossary import Glossary, matching_terms, missing_terms, with_targets
from seedsum.engines.batches import LoadedModel
from seedsum.languages import get
from seedsum.records import DecodingOptions, Direction, Flag, Hypothesis, Replaced
from seedsum.translation.second_chance import Check, Rescued, first_options, scored

#: The code of the flags, and the name of the decoding in `attempts`.
GLOSSARY = "glossary"

#: How much less likely than the first hypothesis one with the glossary's words may be: in
#: log-probability per token, both given the source as it stands. benchmarks/glossary.py measures
#: it: up to 0.4 chrF is no worse on either language's health texts, above 0.5 it falls in
#: Vietnamese, whose terms also stand inside longer words.
MAX_SCORE_LOSS = 0.4


def bring_about(
    sources: Sequence[str],
    decoded: Sequence[Rescued],
    n_best: Sequence[Sequence[Hypothesis]],
    *,
    model: LoadedModel,
    direction: Direction,
    glossary: Glossary,
    options: DecodingOptions,
    max_tokens: int,
    check: Check,
) -> list[Rescued]:
    """Return the decodings in order; those that lack terms with them, where that can be had.

    The arguments are those of `second_chance.rescue_all`. `direction` is from the sources'
    language; a source that has more than `max_tokens` with its terms in English is not decoded.

    Raises:
        ModelError: The model fails.
    """
    results = list(decoded)
    jobs = [
        (i, text)
        for i, (source, item) in enumerate(zip(sources, results, strict=True))
        if any(flag.code == GLOSSARY for flag in item.flags)
        for text in _rewritten(source, item.hypothesis.text, glossary, direction)
        if model.num_tokens(text, direction) <= max_tokens
    ]
    again = model.translate([text for _, text in jobs], direction, first_options(options))
    hypotheses = {
        i: dict.fromkeys(n_best[i])
        for i, item in enumerate(results)
        if any(flag.code == GLOSSARY for flag in item.flags)
    }
    for (i, _), found in zip(jobs, again, strict=True):
        # Their scores are for the text with the terms in English.
        hypotheses[i] |= dict.fromkeys(replace(one, score=None) for one in found)
    candidates = [
        (i, one)
        for i, found in hypotheses.items()
        for one in found
        if _agrees(check(sources[i], one), results[i].flags)
    ]
    given = scored(
        [sources[i] for i, _ in candidates],
        [one for _, one in candidates],
        model=model,
        direction=direction,
    )
    for (i, _), hypothesis in zip(candidates, given, strict=True):
        results[i] = _better(results[i], decoded[i], hypothesis, check(sources[i], hypothesis))
    return [
        replace(item, attempts=(*item.attempts, GLOSSARY)) if i in hypotheses else item
        for i, item in enumerate(results)
    ]


def _rewritten(
    source: str, translation: str, glossary: Glossary, direction: Direction
) -> list[str]:
    """Return the source with all terms that the translation lacks in English, and with each alone.

    All at once is right where the translation can have all; a term that stands inside a longer
    word by chance spoils only its own.
    """
    language = get(direction.source)
    terms = missing_terms(matching_terms(source, glossary, language=language), translation)
    choices = [terms, *((term,) for term in terms)] if len(terms) > 1 else [terms]
    texts = [with_targets(source, chosen, language=language) for chosen in choices]
    return [text for text in dict.fromkeys(texts) if text != source]


def _agrees(flags: Sequence[Flag], before: Sequence[Flag]) -> bool:
    """Return whether fewer terms are missing, and nothing else is doubted that was not before.

    What is only possible may be new, but no quantity: one that is lost is worse than a word.
    """
    new = set(flags) - set(before)
    return _num_missing(flags) < _num_missing(before) and all(
        is_possible(flag) and not flag.code.startswith("quantity-") for flag in new
    )


def _num_missing(flags: Sequence[Flag]) -> int:
    return sum(flag.code == GLOSSARY for flag in flags)


def _better(
    best: Rescued, first: Rescued, hypothesis: Hypothesis, flags: tuple[Flag, ...]
) -> Rescued:
    """Return the hypothesis if it may replace the first one and is better than the best so far."""
    score, bound = hypothesis.score, first.hypothesis.score
    if not _agrees(flags, first.flags):
        return best
    if score is not None and bound is not None and score < bound - MAX_SCORE_LOSS:
        return best
    if best is not first and _rank(flags, score) <= _rank(best.flags, best.hypothesis.score):
        return best
    replaced = Replaced(first.hypothesis, first.flags, first.attempt, "it has the glossary's words")
    return Rescued(hypothesis, flags, first.attempts, GLOSSARY, (*first.replaced, replaced))


def _rank(flags: Sequence[Flag], score: float | None) -> tuple[int, float]:
    return -_num_missing(flags), float("-inf") if score is None else score
