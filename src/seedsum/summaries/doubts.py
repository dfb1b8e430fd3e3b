"""What is to be doubted of a summary: its kind, its main point, claims that something else denies.

A flag that is only possible asks for no review by itself; one that is likely does.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence

from seedsum.records import Flag, SummarySentence
from seedsum.summaries.article import IndexedArticle
from seedsum.summaries.cues import cues_of
from seedsum.summaries.faults import BARRED, standalone_faults
from seedsum.summaries.kinds import TextKind
from seedsum.summaries.structure import Line
from seedsum.summaries.words import rare_words

#: Judged by reading, not counted. A text whose kind was not seen is mostly news without the usual
#: words; sentences that state nothing are seldom a good summary.
_UNKNOWN_KIND, _NO_MAIN_POINT = 0.2, 0.6
#: Judged as well: a denial elsewhere that shares a rare word with a claim is of that claim more
#: often in texts that are about claims than in others.
_DENIED, _DENIED_ELSEWHERE = 0.5, 0.3
_ABOUT_CLAIMS = frozenset({TextKind.RUMOUR, TextKind.LIVE, TextKind.COURT, TextKind.STUDY})
#: Kinds of text with parts that each deserve a sentence.
_IN_PARTS = frozenset({TextKind.DIGEST, TextKind.LIST, TextKind.MINUTES})


def doubts_of(article: IndexedArticle, sentences: Sequence[SummarySentence]) -> Iterator[Flag]:
    """Yield what is to be doubted of a whole summary."""
    if article.structure.kind is TextKind.UNKNOWN:
        detail = "the kind of text was not recognised; its sentences were chosen as of news"
        yield Flag("summary-kind", detail, _UNKNOWN_KIND)
    if sentences and not any(map(_states_something, sentences)):
        detail = "no sentence with a number, a name, a decision or a result was found"
        yield Flag("summary-weak", detail, _NO_MAIN_POINT)
    cited = {cite for sentence in sentences for cite in sentence.cites}
    yield from _left_parts(article, cited)


def _states_something(sentence: SummarySentence) -> bool:
    cues = cues_of(sentence.text)
    names = any(word[:1].isupper() for word in sentence.text.split()[1:])
    does = cues.decides or cues.happens or cues.harms or cues.advises or cues.denies
    return bool(does or names or any(map(str.isdecimal, sentence.text)))


def _left_parts(article: IndexedArticle, cited: Collection[str]) -> Iterator[Flag]:
    if article.structure.kind not in _IN_PARTS:
        return
    lines = [line for line in article.structure.lines if line.part and _is_usable(line)]
    parts = {line.part for line in lines}
    covered = {line.part for line in lines if line.sentence.id in cited}
    if len(covered) < len(parts):
        yield Flag("summary-partial", f"{len(covered)} of {len(parts)} parts of the text")


def _is_usable(line: Line) -> bool:
    return not line.is_heading and BARRED.isdisjoint(standalone_faults(line.sentence))


def claims_left_open(article: IndexedArticle, cited: Collection[str]) -> dict[str, Flag]:
    """Return a flag for each cited sentence that may be denied by one that is not cited."""
    lines = article.structure.lines
    cues = [cues_of(line.sentence.text) for line in lines]
    rare = rare_words(article.words)
    denials = [
        place
        for place, cue in enumerate(cues)
        if cue.denies and lines[place].sentence.id not in cited and not lines[place].is_question
    ]
    is_about_claims = article.structure.kind in _ABOUT_CLAIMS
    found: dict[str, Flag] = {}
    for place, line in enumerate(lines):
        if line.sentence.id not in cited or not cues[place].is_claim:
            continue
        denial = next((at for at in denials if at > place and rare[at] & rare[place]), None)
        if denial is not None:
            other = lines[denial].sentence
            detail = f"{line.sentence.id} is only said, and {other.id} may deny it: {other.text}"
            likelihood = _DENIED if is_about_claims else _DENIED_ELSEWHERE
            found[line.sentence.id] = Flag("summary-claim", detail, likelihood)
    return found
