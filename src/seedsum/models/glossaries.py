"""What is doubtful about the glossaries of a models.toml, for the doctor; a run reads them anyway.

A line that is no term at all is refused where glossaries are read; here is what may be meant
otherwise: spaces that should be a tab, a file for a language that nothing is translated from, terms
that no article has.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from seedsum.checks.glossary import doubtful_lines, occurs
from seedsum.config import Settings, glossary_direction
from seedsum.errors import SeedsumError
from seedsum.languages import LANGUAGES, TARGET_LANGUAGE, get
from seedsum.output import read_record, read_records

#: So many of each kind are named; the rest is counted.
_NUM_NAMED = 5
#: Articles that are looked at for terms, at most: reading a record takes a few milliseconds.
_NUM_ARTICLES = 1_000

#: The end of a name that was meant to have a direction: `vi_en.tsv`, `health-vi-en.tsv`.
_ALMOST_DIRECTION = re.compile(r"(?:^|[._-])([a-z]{2,3})[._>-]+([a-z]{2,3})\.tsv$", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Finding:
    """One file, or all of one language's terms: what was found, and what to do about it."""

    about: str
    found: str
    advice: str = ""


def glossary_findings(settings: Settings, output: Path) -> Iterator[Finding]:
    """Yield what was found about each file of the glossary folder, then about each language.

    `output` is a run's: in the articles of its records terms are looked for; without any, no term
    is said to be unseen.
    """
    folder = settings.glossary_folder
    paths = sorted(path for path in folder.glob("*") if path.is_file()) if folder.is_dir() else []
    directions = {str(direction) for p in settings.profiles.values() for direction, _ in p.routes}
    for path in paths:
        if not path.name.startswith((".", "README")):
            yield _about_file(path, directions)
    yield from _unseen(settings, output)


def _about_file(path: Path, directions: set[str]) -> Finding:
    advice = "name it like health.vi-en.tsv, or names.tsv for terms of all languages"
    if path.suffix != ".tsv":
        return Finding(path.name, "not read: its name does not end in .tsv", advice)
    direction = glossary_direction(path.name)
    if direction is not None and str(direction) not in directions:
        known = ", ".join(sorted(directions))
        found = f"not used: no profile has a route {direction} (there are {known})"
        return Finding(path.name, found, advice)
    almost = _ALMOST_DIRECTION.search(path.name)
    parts = {part.lower() for part in almost.groups()} if almost else set()
    if direction is None and parts & {*LANGUAGES, TARGET_LANGUAGE}:
        return Finding(
            path.name, "no direction is read in its name: it is for all languages", advice
        )
    lines = doubtful_lines(path.read_text(encoding="utf-8-sig"))
    if lines:
        named = _named([f"line {number}: {line!r}" for number, line in lines])
        return Finding(
            path.name,
            f"no tab between source and target, so the term is not to be translated: {named}",
            "put one tab between the two, if there are two",
        )
    whose = f"for {direction}" if direction else "for all languages"
    return Finding(path.name, f"{whose}; every line can be read")


def _unseen(settings: Settings, output: Path) -> Iterator[Finding]:
    if not settings.glossaries:
        return
    texts = _sources(output)
    for language, glossary in sorted(settings.glossaries.items()):
        if not (articles := texts.get(language)):
            continue
        known, text = get(language), "\n".join(articles)
        unseen = [term.source for term in glossary.terms if not occurs(term, text, language=known)]
        seen = f"{len(glossary.terms) - len(unseen)} of {len(glossary.terms)} terms"
        found = f"{seen} stand in the articles of {output} (read: {len(articles)})"
        if unseen:
            found += f"; not seen: {_named([repr(source) for source in unseen])}"
        advice = "see whether those are written as the articles write them" if unseen else ""
        yield Finding(f"terms of {language}", found, advice)


def _sources(output: Path) -> dict[str, list[str]]:
    """Return by language the source text of each article that has some in it."""
    found: defaultdict[str, list[str]] = defaultdict(list)
    try:
        names = list(read_records(output))[:_NUM_ARTICLES]
    except (SeedsumError, OSError):
        return {}  # `status` and `verify` say what is wrong with an output
    for name in names:
        try:
            segments = read_record(output, name)["segments"]
        except (SeedsumError, OSError, KeyError):
            continue
        texts: defaultdict[str, list[str]] = defaultdict(list)
        for segment in segments:
            texts[segment["language"]].append(segment["source"])
        for language, some in texts.items():
            found[language].append("\n".join(some))
    return found


def _named(items: list[str]) -> str:
    more = f", and {len(items) - _NUM_NAMED} more" if len(items) > _NUM_NAMED else ""
    return ", ".join(items[:_NUM_NAMED]) + more
