"""What a check is; `table` has one line for each code, and a file of its own for each kind."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Protocol

from seedsum.languages import Language
from seedsum.records import Flag, Hypothesis, Summary, TranslatedSegment
from seedsum.settings import CheckOptions


class Scope(StrEnum):
    """What a check looks at: its function takes a `Pair` for a segment, else a `Result`."""

    SEGMENT = "segment"
    DOCUMENT = "document"
    SUMMARY = "summary"


class Scorer(Protocol):
    """Something that says how likely translations are."""

    def score(self, sources: Sequence[str], translations: Sequence[str]) -> list[float]:
        """Return for each pair the mean log-probability per target token, at most 0."""
        ...


@dataclass(frozen=True, slots=True)
class Term:
    """A source term and the translations that are accepted, the preferred one first."""

    source: str
    targets: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """One segment's source and its translation, in NFC, with letters or digits in it."""

    source: str
    translation: str
    language: Language  # of the source
    options: CheckOptions
    hypothesis: Hypothesis | None = None  # the translation as its model gave it, if a model did
    terms: tuple[Term, ...] = ()  # of the glossary, those that are in the source
    scorer: Scorer | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """A whole document: its segments with their flags, and its summary."""

    segments: Sequence[TranslatedSegment]
    summary: Summary
    options: CheckOptions


#: In `Check.needs`: a `Scorer` that is passed in.
SCORER = "scorer"

#: A flag that is less likely right than this is only "possible": more often wrong than right, it
#: makes no pair `review` by itself.
POSSIBLE = 0.5


@dataclass(frozen=True, slots=True)
class Check:
    """One line of the table.

    The function takes a `Pair` or a `Result`. It may give several codes, each of which has a line;
    those that cannot be had for a language are dropped, and `missing_checks` names them.
    """

    code: str  # of its flags; docs/checks.md explains each
    function: Callable[[Any], Iterable[Flag]]
    scope: Scope = Scope.SEGMENT
    needs: tuple[str, ...] = ()  # fields of the source's language, or `SCORER`
    worse_than: str = ""  # of another package's check: the code before which it stands
    #: How likely a flag of the code is right, 0 to 1: the flags' own, where the function gives them
    #: none. None where nobody measured it.
    likelihood: float | None = None

    def is_possible(self, language: Language, *, scored: bool) -> bool:
        """Return whether enough is known of a language, and a scorer is there if one is needed."""
        return all(scored if need == SCORER else getattr(language, need) for need in self.needs)


def is_possible(flag: Flag) -> bool:
    """Return whether a flag is below `POSSIBLE`; one that nobody measured is not."""
    return flag.likelihood is not None and flag.likelihood < POSSIBLE


def likely(flags: Iterable[Flag]) -> tuple[Flag, ...]:
    """Return the flags that are more than possible; the others start and decide nothing."""
    return tuple(flag for flag in flags if not is_possible(flag))


def described(flag: Flag) -> str:
    """Return a flag as people read it, with how sure it is where that was measured."""
    sure = "" if flag.likelihood is None else "possible " if is_possible(flag) else "likely "
    return f"{sure}{flag.code}: {flag.detail}" if flag.detail else f"{sure}{flag.code}"
