"""The second chance: flagged segments are decoded again, in a fixed order, and never repaired.

    beam -> n-best -> wider-beam -> repetition-penalty -> clauses
    (of a model that reads what stands around a text: beam -> alone -> clauses)

The n-best are those of the first decoding (`first_options`). A hypothesis takes the place of the
first one only where it is better by all that is known (`choosing.advantage`); the stages go on as
long as there is a flag that is right more often than not. All texts are the model's.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace

from seedsum.checks import likely
from seedsum.engines.batches import LoadedModel
from seedsum.reading.segmentation import split_text
from seedsum.records import DecodingOptions, Direction, Flag, Hypothesis, Replaced
from seedsum.translation.choosing import advantage, could_be_mended, flag_advantage

#: The first decoding, before any second chance.
FIRST = "beam"

#: Source and hypothesis -> the flags, worst first; without a score, those that need none.
Check = Callable[[str, Hypothesis], tuple[Flag, ...]]


@dataclass(frozen=True, slots=True)
class Rescued:
    """A hypothesis and how it was come by."""

    hypothesis: Hypothesis
    flags: tuple[Flag, ...]  # those that it still has
    attempts: tuple[str, ...] = (FIRST,)  # the decodings that were tried, in order
    attempt: str = FIRST  # the one that gave the hypothesis
    replaced: tuple[Replaced, ...] = ()  # what it took the place of, in order
    #: Of the n-best, where it is still flagged, what was neither chosen nor replaced.
    others: tuple[Hypothesis, ...] = ()


def first_options(options: DecodingOptions) -> DecodingOptions:
    """Return the options of a first decoding that gives the whole beam, which costs nothing."""
    return replace(options, num_hypotheses=options.beam_size)


def rescue_all(
    sources: Sequence[str],
    decoded: Sequence[Rescued],
    n_best: Sequence[Sequence[Hypothesis]],
    *,
    model: LoadedModel,
    direction: Direction | None,
    options: DecodingOptions,
    check: Check,
) -> list[Rescued]:
    """Return the best decoding of each source, in order; what has no likely flag stays as it is.

    The flagged ones of all sources are decoded together, stage by stage. A stage that would decode
    just as before is left out and not recorded.

    `decoded` has the best hypothesis of each, checked; `n_best` all of each, best first, as
    `first_options` give them. `options` are the model's own, without those of a second chance.

    Raises:
        ModelError: A source is over the model's limit.
    """
    results = list(decoded)
    tried = [{result.hypothesis.text} for result in results]
    for name, stage in _stages(options, model).items():
        flagged = [i for i, result in enumerate(results) if could_be_mended(result.flags)]
        if not flagged:
            break
        if name == _N_BEST:
            decodings = [tuple(n_best[i]) for i in flagged]
        else:
            decodings = _decode(name, [sources[i] for i in flagged], model, direction, stage)
        candidates: dict[int, list[Hypothesis]] = {}
        for i, hypotheses in zip(flagged, decodings, strict=True):
            if hypotheses:
                new = _others(hypotheses, tried[i])
                tried[i] |= new.keys()
                # Where no score could make it the better one, none is asked for.
                candidates[i] = [
                    h
                    for h in new.values()
                    if h.score is not None or _could_win(sources[i], decoded[i], h, check)
                ]
        texts = [sources[i] for i, found in candidates.items() for _ in found]
        unscored = [h for found in candidates.values() for h in found]
        done = iter(scored(texts, unscored, model=model, direction=direction))
        for i, found in candidates.items():
            before = replace(results[i], attempts=(*results[i].attempts, name))
            these = [next(done) for _ in found]
            results[i] = _choose(sources[i], decoded[i], before, these, name, check)
    for i, result in enumerate(results):
        if result.flags:
            known = {result.hypothesis.text, *(item.hypothesis.text for item in result.replaced)}
            results[i] = replace(result, others=tuple(_others(n_best[i], known).values()))
    return results


def _others(hypotheses: Iterable[Hypothesis], known: set[str]) -> dict[str, Hypothesis]:
    """Return the first hypothesis of each text that is not known."""
    found: dict[str, Hypothesis] = {}
    for hypothesis in hypotheses:
        if hypothesis.text not in known:
            found.setdefault(hypothesis.text, hypothesis)
    return found


def scored(
    sources: Sequence[str],
    hypotheses: Sequence[Hypothesis],
    *,
    model: LoadedModel,
    direction: Direction | None,
) -> list[Hypothesis]:
    """Return the hypotheses with the scores that they lack, where the model can score at all."""
    found = list(hypotheses)
    missing = [i for i, h in enumerate(found) if h.score is None and h.text]
    if missing and model.can_score:
        scores = model.score(
            [sources[i] for i in missing], [found[i].text for i in missing], direction
        )
        for i, score in zip(missing, scores, strict=True):
            found[i] = replace(found[i], score=score)
    return found


#: Twice the beam finds other hypotheses; more is slow and gives shorter ones (Stahlberg and
#: Byrne 2019, "On NMT search errors and model errors").
_BEAM_FACTOR = 2
#: Mild: from 1.3 on, names and numbers that rightly occur twice are avoided too.
_REPETITION_PENALTY = 1.2
_NO_REPEAT_NGRAM_SIZE = 4

_N_BEST, _ALONE, _CLAUSES = "n-best", "alone", "clauses"


def _stages(options: DecodingOptions, model: LoadedModel) -> dict[str, DecodingOptions]:
    """Return the options of every stage that differs from the first decoding.

    A model that reads what stands around a text has no beam: it is asked for the text alone.
    """
    if model.reads_context:
        return {_ALONE: options, _CLAUSES: options}
    n_best = first_options(options)
    wide_beam = _BEAM_FACTOR * max(options.beam_size, 2)
    penalised = replace(
        n_best,
        repetition_penalty=max(options.repetition_penalty, _REPETITION_PENALTY),
        no_repeat_ngram_size=options.no_repeat_ngram_size or _NO_REPEAT_NGRAM_SIZE,
    )
    stages = {
        _N_BEST: n_best,
        "wider-beam": replace(options, beam_size=wide_beam, num_hypotheses=wide_beam),
        "repetition-penalty": penalised,
        _CLAUSES: replace(options, num_hypotheses=1),
    }
    return {name: stage for name, stage in stages.items() if name == _CLAUSES or stage != options}


def _decode(
    name: str,
    sources: Sequence[str],
    model: LoadedModel,
    direction: Direction | None,
    options: DecodingOptions,
) -> list[tuple[Hypothesis, ...]]:
    """Return the candidates of each source, best first; none for a source that cannot be split."""
    if name != _CLAUSES:
        return model.translate(sources, direction, options)
    parts = [_clauses(source, model, direction) for source in sources]
    texts = [text for group in parts for text in group]
    translated = (first for first, *_ in model.translate(texts, direction, options))
    return [(_joined([next(translated) for _ in group]),) if group else () for group in parts]


#: Tokens of a source below which a part would be too short to be translated on its own.
_MIN_SPLIT_TOKENS = 12


def _clauses(source: str, model: LoadedModel, direction: Direction | None) -> tuple[str, ...]:
    """Return the source's two or more parts that end in punctuation, or none."""
    num_tokens = model.num_tokens(source, direction)
    if num_tokens < _MIN_SPLIT_TOKENS:
        return ()
    # A cut in the middle half of the text leaves at most three quarters on either side.
    limit = num_tokens * 3 // 4 + 1
    pieces = split_text(
        source, count_tokens=lambda text: model.num_tokens(text, direction), max_tokens=limit
    )
    end_there = all(unicodedata.category(piece[-1]).startswith("P") for piece in pieces[:-1])
    return pieces if end_there and len(pieces) > 1 else ()


def _joined(parts: Sequence[Hypothesis]) -> Hypothesis:
    """Return the parts as one hypothesis, without a score: theirs are not given all the source."""
    if fault := next((part.fault for part in parts if part.fault), ""):
        return Hypothesis("", None, 0, finished=False, fault=fault)
    return Hypothesis(
        text=" ".join(part.text.strip() for part in parts if part.text.strip()),
        score=None,
        num_tokens=sum(part.num_tokens for part in parts),
        finished=all(part.finished for part in parts),
    )


def _could_win(source: str, first: Rescued, hypothesis: Hypothesis, check: Check) -> bool:
    """Return whether a text would be better than the first if the model believed in it as much."""
    flags = check(source, hypothesis)
    return (
        flag_advantage(source, first=(first.hypothesis, first.flags), other=(hypothesis, flags)) > 0
    )


def _choose(
    source: str,
    first: Rescued,
    before: Rescued,
    hypotheses: Sequence[Hypothesis],
    name: str,
    check: Check,
) -> Rescued:
    """Return the hypothesis that is most better than the first one, the earlier one on ties."""

    def better(hypothesis: Hypothesis, flags: Sequence[Flag]) -> float:
        if hypothesis.text == first.hypothesis.text:
            return 0.0
        return advantage(source, first=(first.hypothesis, first.flags), other=(hypothesis, flags))

    best, most = before, better(before.hypothesis, before.flags)
    for hypothesis in hypotheses:
        flags = check(source, hypothesis)
        if (this := better(hypothesis, flags)) > most:
            why = _why(name, before, hypothesis, flags)
            replaced = Replaced(before.hypothesis, before.flags, before.attempt, why)
            best = Rescued(hypothesis, flags, before.attempts, name, (*before.replaced, replaced))
            most = this
    return best


def _why(name: str, before: Rescued, hypothesis: Hypothesis, flags: Sequence[Flag]) -> str:
    """Return in plain words what is better about a text than about the one before it."""
    codes = {flag.code for flag in flags}
    mended = [flag.code for flag in likely(before.flags) if flag.code not in codes]
    what = f"without {', '.join(dict.fromkeys(mended))}" if mended else "with lesser flags"
    old, new = before.hypothesis.score, hypothesis.score
    if old is None or new is None:
        return f"{name} gave a text {what}"
    return f"{name} gave a text {what} (score {old:.2f} became {new:.2f})"
