"""What speaks for each sentence, whatever else is taken: place, facts, cues, faults."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING

from seedsum.settings import ExtractiveOptions
from seedsum.summaries.cues import Cues, cues, pattern
from seedsum.summaries.faults import BARRED, FAULT_COSTS, standalone_faults
from seedsum.summaries.kinds import TextKind
from seedsum.summaries.structure import Line, Structure
from seedsum.summaries.weights import KindWeights
from seedsum.summaries.words import content_words, rare_words

if TYPE_CHECKING:
    from seedsum.summaries.centrality import Floats

NUMBER = re.compile(r"\d+(?:[.,]\d+)*")
CAPITAL = re.compile(r"(?<=\S )[A-ZÀ-Ỹ][\w'’-]+")
_LETTERS = re.compile(r"[^\W\d_]+")

#: What a scene begins with: a time, a place, or that there was something.
_SCENE = re.compile(
    r"\W*(?:for|on|in|by|from|since|at|every|it (?:is|was)|there (?:is|are|was|were)|when|before|"
    r"after)\b",
    re.IGNORECASE,
)
_TIME_OF_DAY = re.compile(
    r"\b(?:morning|evening|night|dawn|afternoon|sunrise|sunset)\b", re.IGNORECASE
)
#: What has so much of the title is no scene, whatever it begins with.
_TITLE_SHARE = 0.3
#: A scene is at most that share of the article.
_MAX_SCENE = 0.45
#: So many rare words make two sentences tell the same, and so far apart may those stand.
_SHARED, _REACH = 2, 40
#: So many sentences before one the question that it answers is looked for.
_ANSWER = 16
#: The news that comes after it has two numbers, or as many names.
_NEWS_FACTS = 2.0
#: A sentence is full with that many facts that no other has said.
_MAX_FACTS = 4.0
_NAME, _NUMERAL, _NUMBER_WORD, _REPEATED = 0.5, 1.0, 0.6, 0.5


def fresh(facts: dict[str, float], said: set[str]) -> float:
    """Return how much of a sentence's facts (see `facts_of`) is not said yet, 0 to 1."""
    new = sum(weight for fact, weight in facts.items() if fact not in said)
    return min(new, _MAX_FACTS) / _MAX_FACTS


def faults_of(
    line: Line, words: Sequence[str], title_words: Sequence[str], weights: KindWeights
) -> tuple[str, ...]:
    """Return the faults of a sentence in its article, as keys of `FAULT_COSTS`."""
    found = standalone_faults(line.sentence, first_person=weights.first_person)
    if _repeats(words, title_words):
        found = (*found, "headline")
    if line.is_question:
        found = (*found, "asked")
    if line.is_heading:
        found = (*found, "heading")
    return found


def _repeats(words: Sequence[str], title_words: Sequence[str]) -> bool:
    own = {word for word in words if not word[0].isdigit()}
    headline = {word for word in title_words if not word[0].isdigit()}
    return bool(own) and len(own & headline) >= 0.9 * max(len(own), len(headline))


def facts_of(lines: Sequence[Line], title: str) -> list[dict[str, float]]:
    """Return the numbers and names of each sentence, with what each is worth.

    One that the article repeats or its title has is worth more.
    """
    number_words = cues().number_words
    found: list[set[str]] = []
    for line in lines:
        text = line.sentence.text
        numbers = set(NUMBER.findall(text))
        numbers.update(
            word for word in map(str.casefold, _LETTERS.findall(text)) if word in number_words
        )
        found.append(numbers | {name.casefold() for name in CAPITAL.findall(text)})
    counts = Counter(fact for facts in found for fact in facts)
    in_title = set(map(str.casefold, _LETTERS.findall(title))) | set(NUMBER.findall(title))
    return [
        {
            fact: (
                _NUMERAL if fact[0].isdigit() else _NUMBER_WORD if fact in number_words else _NAME
            )
            + _REPEATED * (counts[fact] > 1 or fact in in_title)
            for fact in sorted(facts)
        }
        for facts in found
    ]


def own_scores(
    structure: Structure,
    found: Sequence[Cues],
    faults: Sequence[Sequence[str]],
    news: int,
    weights: KindWeights,
    options: ExtractiveOptions,
) -> Floats:
    """Return what speaks for each sentence whatever else is taken: place, cues, faults."""
    import numpy as np

    lines = structure.lines
    decay = max(options.position_decay_sentences, options.position_decay_share * len(lines))
    scores = []
    place = section_place = 0
    num_parts = max(structure.num_parts, 1)
    for index, (line, cue, wrong) in enumerate(zip(lines, found, faults, strict=True)):
        if index and line.sentence.section != lines[index - 1].sentence.section:
            section_place = 0
        in_section = options.section_start * math.exp(-section_place / decay)
        early = math.exp(-place / decay) if index >= news else 0.0
        score = weights.position * options.position * max(early, in_section)
        score += weights.part_start * (line.is_first and line.part > 0)
        score += options.answers * (
            structure.kind is TextKind.INTERVIEW and _answers(index, lines, cue)
        )
        score += weights.intro * (structure.num_parts > 1 and line.part <= lines[0].part)
        score += options.harms * cue.harms
        score += options.explains * weights.explains * cue.explains
        score += options.happens * weights.happens * min(cue.happens, 2) / 2
        score -= options.scene * (index < news)
        late = 1 - line.part / num_parts if structure.is_reversed else line.part / num_parts
        score += weights.recency * late
        score += options.decides * weights.decides * min(cue.decides, 2) / 2
        score += options.advises * weights.advises * min(cue.advises, 2) / 2
        score += options.denies * weights.denies * cue.denies
        score += options.turns * weights.turns * cue.turns
        score -= options.hearsay * weights.hearsay * (cue.hearsay and not cue.denies)
        score -= options.proposes * weights.proposes * (cue.proposes and not cue.denies)
        if weights.headings and line.heading:
            heavy = bool(pattern("heavy_headings").search(line.heading.lower()))
            light = bool(pattern("light_headings").search(line.heading.lower()))
            score += weights.headings * (heavy - light)
        score -= sum(FAULT_COSTS[fault] for fault in wrong if fault != "dependent")
        scores.append(score)
        # A notice or a headline before the first sentence must not cost it its lead.
        place += index >= news and BARRED.isdisjoint(wrong)
        section_place += BARRED.isdisjoint(wrong)
    return np.array(scores)


def _answers(place: int, lines: Sequence[Line], cue: Cues) -> bool:
    """Return whether a sentence denies or limits what the question before it says."""
    if lines[place].is_question or not (cue.denies or cue.turns):
        return False
    asked = place
    while asked and place - asked < _ANSWER and not lines[asked - 1].is_question:
        asked -= 1
    question: set[str] = set()
    while asked and place - asked < _ANSWER and lines[asked - 1].is_question:
        asked -= 1
        question.update(content_words(lines[asked].sentence.text))
    return len(question.intersection(content_words(lines[place].sentence.text))) >= 2


def where_news_begins(
    lines: Sequence[Line],
    found: Sequence[Cues],
    facts: Sequence[dict[str, float]],
    faults: Sequence[Sequence[str]],
    in_title: Floats,  # the share of the title that each has
) -> int:
    """Return where the news begins: 0, or, after a scene, the first paragraph that decides.

    A scene says of nothing that it was decided or done, and begins with a time or a place.
    """
    usable = [place for place in range(len(lines)) if BARRED.isdisjoint(faults[place])]
    if not usable:
        return 0
    first = usable[0]
    paragraph = lines[first].sentence.paragraph
    opening = [place for place in usable if lines[place].sentence.paragraph == paragraph][:3]
    text = lines[first].sentence.text
    is_scene = _SCENE.match(text) and (in_title[first] < _TITLE_SHARE or _TIME_OF_DAY.search(text))
    is_scene = is_scene or any(found[at].colours for at in opening)
    is_scene = is_scene or all(not facts[at] and not found[at].happens for at in opening)
    if not is_scene or found[first].decides:
        return 0
    for place in usable:
        if lines[place].sentence.paragraph <= paragraph:
            continue
        cue = found[place]
        is_told = cue.happens and sum(facts[place].values()) >= _NEWS_FACTS
        if cue.decides or cue.denies or is_told:
            return place if place <= _MAX_SCENE * len(lines) else 0
    return 0


def superseded(structure: Structure, words: Sequence[Sequence[str]]) -> Floats:
    """Return 1 for each sentence of a live page that a later one tells again, else 0.

    A later entry tells it again that shares two rare words with it.
    """
    import numpy as np

    lines = structure.lines
    found = np.zeros(len(lines))
    if structure.kind is not TextKind.LIVE:
        return found
    rare = rare_words(words)
    step = -1 if structure.is_reversed else 1
    for place, line in enumerate(lines):
        later = range(place + step, place + step * _REACH, step)
        found[place] = any(
            0 <= other < len(lines)
            and lines[other].part != line.part
            and len(rare[place] & rare[other]) >= _SHARED
            for other in later
        )
    return found


def title_shares(words: Sequence[Sequence[str]], title_words: Sequence[str]) -> Floats:
    """Return, for each sentence and distinct word of the title, the word's share of the title.

    A word counts by its rarity in the article; one that the article lacks is left out, and 0
    stands where the sentence lacks it. A row sums to 1 where a sentence has the whole title.
    """
    import numpy as np

    present = [frozenset(found) for found in words]
    num_containing = {
        word: sum(word in found for found in present) for word in dict.fromkeys(title_words)
    }
    weights = {
        word: math.log(1 + len(words) / count) for word, count in num_containing.items() if count
    }
    total = sum(weights.values())
    rows = [
        [weight / total if word in found else 0.0 for word, weight in weights.items()]
        for found in present
    ]
    return np.array(rows).reshape(len(words), len(weights))
