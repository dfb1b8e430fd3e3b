"""What is weighed differently in texts of each kind: factors on `settings.ExtractiveOptions`.

Set by reading the summaries of 23 texts of these kinds with what they should hold (13 of them whole
articles): `tests/summary_texts.toml` has ten, and ten more that were not looked at.
"""

from __future__ import annotations

from dataclasses import dataclass

from seedsum.summaries.kinds import TextKind


@dataclass(frozen=True, slots=True)
class KindWeights:
    """What is different in texts of one kind."""

    position: float = 1.0  # factor on the prior for early sentences
    title: float = 1.0  # factor on the weight of the title's words
    spread: float = 1.0  # factor on the costs of one paragraph and one section
    same_part: float = 0.0  # cost for each sentence already taken from an item, entry or section
    part_start: float = 0.0  # of the first sentence of one
    intro: float = 0.0  # of what stands before the first one
    recency: float = 0.0  # of the last entry
    facts: float = 1.0  # factors on the weights of what sentences say
    decides: float = 1.0
    happens: float = 1.0
    advises: float = 0.0
    explains: float = 1.0
    denies: float = 1.0
    turns: float = 1.0
    hearsay: float = 1.0
    proposes: float = 1.0
    redundancy: float = 1.0
    together: float = 1.0  # factor on the cost of each sentence that another one needs
    headings: float = 0.0  # of sections that count; as much is taken from those that do not
    first_person: bool = False  # people may speak of themselves
    denial_first: bool = False  # a text about a claim: what limits it or takes it back comes first


#: Texts that open with the news are best told by their beginning; in others it is what sentences
#: say that counts.
_NEWS = KindWeights(
    facts=0.35,
    decides=0.33,
    happens=0.0,
    denies=0.0,
    turns=-1.5,
    hearsay=0.0,
    proposes=0.6,
    redundancy=1.5,
    together=0.0,
)
KIND_WEIGHTS: dict[TextKind, KindWeights] = {
    TextKind.NEWS: _NEWS,
    TextKind.UNKNOWN: _NEWS,
    TextKind.FEATURE: KindWeights(),
    TextKind.REPORT: KindWeights(position=0.1, title=0.3, spread=0.5, denies=0.5, headings=1.2),
    TextKind.INTERVIEW: KindWeights(
        position=0.1,
        title=0.5,
        same_part=0.4,
        part_start=0.3,
        intro=-1.0,
        advises=0.8,
        first_person=True,
    ),
    TextKind.MINUTES: KindWeights(
        position=0.0,
        title=0.2,
        same_part=0.5,
        intro=-1.0,
        decides=3.0,
        happens=0.3,
        proposes=2.0,
        headings=0.8,
    ),
    TextKind.LIVE: KindWeights(
        position=0.0, title=0.5, spread=0.5, recency=0.8, explains=1.5, denies=0.3
    ),
    TextKind.PROGRAMME: KindWeights(
        position=0.0, title=0.2, spread=0.0, part_start=-0.6, redundancy=0.5
    ),
    TextKind.LIST: KindWeights(
        position=0.2, title=0.5, same_part=0.8, intro=-0.3, advises=1.0, first_person=True
    ),
    TextKind.DIGEST: KindWeights(
        position=0.0, title=0.2, spread=0.0, same_part=0.6, part_start=1.5, intro=-0.8
    ),
    TextKind.NOTICE: KindWeights(position=0.1, advises=1.0, first_person=True),
    TextKind.COURT: KindWeights(position=0.2, decides=1.5, proposes=2.0),
    TextKind.STUDY: KindWeights(position=0.5, denies=2.0, denial_first=True),
    TextKind.RUMOUR: KindWeights(position=0.3, explains=2.0, denies=1.5, denial_first=True),
    TextKind.OBITUARY: KindWeights(position=0.3),
}
