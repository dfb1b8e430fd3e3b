"""The second chance: flagged segments are decoded again, in a fixed order, and never repaired.

    beam -> n-best -> wider-beam -> repetition-penalty -> clauses

The n-best are those of the first decoding (`first_options`). The first hypothesis that passes the
checks wins; what no decoding mends keeps the least bad hypothesis and its flags. All texts are the
model's. Neighbours: `checks` says what is flagged, `translation` decodes, `window` calls this for
many documents at once.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Generator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

from seedsum.checks import badness
from seedsum.engines import SequenceModel
from seedsum.engines.batches import translate_texts
from seedsum.reading.segmentation import split_long
from seedsum.records import DecodingOptions, Direction, Flag, Hypothesis, Segment, Unscored

#: The first decoding, before any second chance.
FIRST = "beam"


class Check(Protocol):
    """Says what is wrong with a hypothesis; of one that is no better than its rival, not all."""

    def __call__(
        self, source: str, hypothesis: Hypothesis, /, rival: Sequence[Flag] = ()
    ) -> tuple[Flag, ...]:
        """Return the flags, worst first; see `checks.check_segment`."""
        ...


@dataclass(frozen=True, slots=True)
class Rescued:
    """A hypothesis, the flags that it still has, and the decodings that were tried, in order."""

    hypothesis: Hypothesis
    flags: tuple[Flag, ...]
    attempts: tuple[str, ...] = (FIRST,)


def first_options(options: DecodingOptions) -> DecodingOptions:
    """Return the options of a first decoding that gives what a second chance looks at first.

    The beam's other hypotheses cost nothing: in two rounds over 609 segments the time was 0.994 and
    1.023 of that without them, and no best text and no score differed.
    """
    return replace(options, num_hypotheses=options.beam_size)


def rescue_all(
    sources: Sequence[str],
    decoded: Sequence[Rescued],
    n_best: Sequence[Sequence[Hypothesis]],
    *,
    model: SequenceModel,
    direction: Direction | None,
    options: DecodingOptions,
    check: Check,
) -> list[Rescued]:
    """Return the best decoding of each source, in order; what has no flag is returned as it is.

    The flagged ones of all sources are decoded together, stage by stage. A stage that would decode
    just as before is left out and not recorded.

    Args:
        sources: What was decoded.
        decoded: The best hypothesis of each, checked.
        n_best: All hypotheses of each, best first, as `first_options` give them.
        model: What decoded them.
        direction: Of the sources.
        options: The model's own, without those of a second chance.
        check: Says what is wrong with a hypothesis.

    Raises:
        ModelError: A source is over the model's limit.
    """
    results = list(decoded)
    tried = [{result.hypothesis.text} for result in results]
    for name, stage in _stages(options):
        flagged = [i for i, result in enumerate(results) if result.flags]
        if not flagged:
            break
        if name == _N_BEST:
            candidates = [tuple(n_best[i]) for i in flagged]
        else:
            candidates = _decode(name, [sources[i] for i in flagged], model, direction, stage)
        choices = {
            i: _choose(sources[i], results[i], hypotheses, name, tried[i], check)
            for i, hypotheses in zip(flagged, candidates, strict=True)
            if hypotheses
        }
        for i, chosen in _scored(choices, sources, model, direction).items():
            results[i] = chosen
    return results


#: Twice the beam finds other hypotheses; more is slow and gives shorter ones (Stahlberg and
#: Byrne 2019, "On NMT search errors and model errors").
_BEAM_FACTOR = 2
#: Mild: from 1.3 on, names and numbers that rightly occur twice are avoided too.
_REPETITION_PENALTY = 1.2
_NO_REPEAT_NGRAM_SIZE = 4

_N_BEST, _CLAUSES = "n-best", "clauses"


def _stages(options: DecodingOptions) -> tuple[tuple[str, DecodingOptions], ...]:
    """Return the name and the options of every stage that differs from the first decoding."""
    n_best = first_options(options)
    wide_beam = _BEAM_FACTOR * max(options.beam_size, 2)
    wider = replace(options, beam_size=wide_beam, num_hypotheses=wide_beam)
    penalised = replace(
        n_best,
        repetition_penalty=max(options.repetition_penalty, _REPETITION_PENALTY),
        no_repeat_ngram_size=options.no_repeat_ngram_size or _NO_REPEAT_NGRAM_SIZE,
    )
    stages = (
        (_N_BEST, n_best),
        ("wider-beam", wider),
        ("repetition-penalty", penalised),
        (_CLAUSES, replace(options, num_hypotheses=1)),
    )
    return tuple((name, stage) for name, stage in stages if name == _CLAUSES or stage != options)


def _decode(
    name: str,
    sources: Sequence[str],
    model: SequenceModel,
    direction: Direction | None,
    options: DecodingOptions,
) -> list[tuple[Hypothesis, ...]]:
    """Return the candidates of each source, best first; none for a source that cannot be split."""
    if name != _CLAUSES:  # scored are those that may be chosen, see `_choose`
        found = translate_texts(
            sources, model=model, direction=direction, options=options, scored=False
        )
        return list(found)
    parts = [_halves(source, model, direction) for source in sources]
    texts = [text for group in parts if len(group) > 1 for text in group]
    translated = iter(translate_texts(texts, model=model, direction=direction, options=options))
    return [
        (_joined([next(translated)[0] for _ in group]),) if len(group) > 1 else ()
        for group in parts
    ]


#: Tokens of a source below which a part would be too short to be translated on its own.
_MIN_SPLIT_TOKENS = 12


def _halves(source: str, model: SequenceModel, direction: Direction | None) -> tuple[str, ...]:
    """Return the source's two or more parts that end in punctuation, or just itself."""

    def count_tokens(text: str) -> int:
        return len(model.encode(text, direction))

    num_tokens = count_tokens(source)
    if num_tokens < _MIN_SPLIT_TOKENS:
        return (source,)
    whole = Segment("s1", "b1", 0, len(source), source)
    # A cut in the middle half of the text leaves at most three quarters on either side.
    limit = num_tokens * 3 // 4 + 1
    pieces = split_long((whole,), count_tokens=count_tokens, max_tokens=limit)
    if not all(unicodedata.category(piece.text[-1]).startswith("P") for piece in pieces[:-1]):
        return (source,)  # no clause ends there
    return tuple(piece.text for piece in pieces)


def _joined(parts: Sequence[Hypothesis]) -> Hypothesis:
    """Return the parts as one hypothesis; the score stays the mean per token."""
    num_tokens = sum(part.num_tokens for part in parts)
    score = sum(part.score * part.num_tokens for part in parts) / max(num_tokens, 1)
    return Hypothesis(
        text=" ".join(part.text.strip() for part in parts if part.text.strip()),
        score=score,
        num_tokens=num_tokens,
        finished=all(part.finished for part in parts),
    )


#: Asks for the score of a hypothesis, and ends with the one that is chosen.
_Choice = Generator[Unscored, Hypothesis, Rescued]


def _choose(
    source: str,
    before: Rescued,
    hypotheses: Sequence[Hypothesis],
    name: str,
    tried: set[str],
    check: Check,
) -> _Choice:
    """Return the first hypothesis that passes, else the least bad, the earlier one on ties.

    Texts that have been tried are left out, and the others added to them. A score is asked for only
    where it can decide: it adds a flag or none, so that a hypothesis that is no better without one
    stays out.
    """
    attempts = (*before.attempts, name)
    best = replace(before, attempts=attempts)
    for candidate in hypotheses:
        if candidate.text in tried:
            continue
        tried.add(candidate.text)
        hypothesis, flags = candidate, check(source, candidate, best.flags)
        if flags and badness(flags) >= badness(best.flags):
            continue
        if isinstance(candidate, Unscored):
            hypothesis = yield candidate
            flags = check(source, hypothesis, best.flags)
        if not flags:
            return Rescued(hypothesis, (), attempts)
        if badness(flags) < badness(best.flags):
            best = Rescued(hypothesis, flags, attempts)
    return best


def _scored(
    choices: Mapping[int, _Choice],
    sources: Sequence[str],
    model: SequenceModel,
    direction: Direction | None,
) -> dict[int, Rescued]:
    """Return what each choice ends with; the scores that they ask for are worked out together."""
    done: dict[int, Rescued] = {}
    answers: dict[int, Hypothesis | None] = dict.fromkeys(choices)
    while answers:
        asked: dict[int, Unscored] = {}
        for i, answer in answers.items():
            try:
                asked[i] = choices[i].send(answer) if answer else next(choices[i])
            except StopIteration as end:
                done[i] = end.value
        inputs = [model.encode(sources[i], direction) for i in asked]
        scored = model.score(inputs, list(asked.values()), direction) if asked else []
        answers = dict(zip(asked, scored, strict=True))
    return done
