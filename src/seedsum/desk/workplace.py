"""One output folder as its reviewers see it: what is read, what is kept in mind, what is saved.

Nothing but reviews is written. Records are read when an article is opened; what is known of all the
others comes from `output.states`, which has it without reading them.
"""

from __future__ import annotations

import math
import re
import secrets
import threading
import time
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from seedsum.checks.check import Term
from seedsum.checks.glossary import occurs
from seedsum.desk.queue import Entry, entry, in_order
from seedsum.desk.seen import ArticleView
from seedsum.desk.view import article_view
from seedsum.errors import ReadError, SeedsumError, UsageError
from seedsum.languages import get
from seedsum.output import read_record, read_records
from seedsum.output.exchange.sentences import offers_of
from seedsum.output.names import output_path
from seedsum.output.pairs import RECORD_SUFFIX
from seedsum.records import Part, RecordState, Review, Verdict
from seedsum.reviews import Reviews, ReviewStore, new_review
from seedsum.reviews.joining import plain

#: Longer texts are no sentence, and longer notes no note.
MAX_CHARS = 200_000
#: Between two articles that nobody has asked for, so that those who ask are answered.
_PAUSE_SECONDS = 0.005
#: Articles that a term is said to touch, at most.
MAX_TOUCHED = 200


@dataclass(frozen=True, slots=True)
class Touched:
    """An article that has a term in it."""

    name: str
    title: str
    num: int  # of sentences


@dataclass(frozen=True, slots=True)
class News:
    """What there is since a place in time."""

    cursor: str
    reviews: tuple[Review, ...]
    entries: tuple[Entry, ...]  # of articles whose numbers are others now
    is_all_new: bool = False  # the cursor was of another server: everything has to be read again


class Workplace:
    """What reviewers do with one output folder; every method may be called from any thread."""

    def __init__(self, output: Path) -> None:
        self.output = output
        self._store = ReviewStore(output)
        self._all = Reviews(output)
        self._lock = threading.RLock()
        self._reading = threading.Lock()
        self._when = -math.inf  # the states were read
        self._birth = secrets.token_hex(4)
        self._arrived: list[Review] = []  # since this began, one after another
        self._changed: list[str] = []  # names of articles whose numbers changed, one after another
        self._states: dict[str, RecordState] = {}
        self._counts: dict[str, _Counted] = {}
        self._planned: Mapping[str, Sequence[str]] = {}

    # Reading

    def queue(self, *, max_age_seconds: float = 0.0) -> list[Entry]:
        """Return all articles in the order in which they are to be looked at.

        What the output was up to so many seconds ago will do. Numbers of articles with reviews that
        nobody has opened yet are made exact by `refine`.
        """
        self._read_states(max_age_seconds)
        self._look()
        with self._lock:
            return in_order([self._entry(state) for state in self._states.values()])

    def _read_states(self, max_age_seconds: float = 0.0) -> Mapping[str, RecordState]:
        with self._reading:  # whoever asks meanwhile gets the same
            if time.monotonic() - self._when > max_age_seconds:
                states = read_records(self.output)
                with self._lock:
                    self._states, self._when = states, time.monotonic()
            return self._states

    def refine(self, stopped: Callable[[], bool] = lambda: False) -> None:
        """Look at the records of all articles that have reviews; `news` has what that changes."""
        with self._lock:
            named = {state: self._names(name, state) for name, state in self._states.items()}
            reviewed = [state for state, names in named.items() if names]
            # Of those that a run has taken in, the state has the numbers that matter.
            reviewed.sort(
                key=lambda state: (
                    state.key_parts is not None
                    and state.key_parts.reviews == self._all.key(named[state])
                )
            )
        for state in reviewed:
            if stopped():
                return
            with suppress(SeedsumError, OSError, KeyError):
                self._count(state.name)
            time.sleep(_PAUSE_SECONDS)

    def set_planned(self, planned: Mapping[str, Sequence[str]]) -> None:
        """Take in what the next run would do, and why, by name."""
        with self._lock:
            before, self._planned = self._planned, planned
            self._changed += sorted(
                name for name in {*before, *planned} if before.get(name) != planned.get(name)
            )

    def article(self, name: str) -> ArticleView:
        """Return what there is to see of an article.

        Raises:
            ReadError: There is no such pair.
        """
        self._look()
        return self._count(name)

    def news(self, cursor: str) -> News:
        """Return what was said and what changed since a place that an earlier call has given."""
        self._look()
        with self._lock:
            here = f"{self._birth}.{len(self._arrived)}.{len(self._changed)}"
            if not re.fullmatch(rf"{self._birth}\.\d{{1,12}}\.\d{{1,12}}", cursor):
                return News(here, (), (), is_all_new=True)
            first, changed = map(int, cursor.split(".")[1:])
            names = dict.fromkeys(self._changed[changed:])
            entries = [self._entry(self._states[name]) for name in names if name in self._states]
            return News(here, tuple(self._arrived[first:]), tuple(entries))

    def stamp(self, name: str) -> str:
        """Return what changes whenever an article's record does; empty where there is none."""
        try:
            look = output_path(self.output, name, RECORD_SUFFIX).stat()
        except OSError:
            return ""
        return f"{look.st_mtime_ns}.{look.st_size}.{look.st_ino}"

    def touched(self, source: str, language: str) -> list[Touched]:
        """Return the articles of a language that have a term in them, at most `MAX_TOUCHED`."""
        term, known = Term(plain(source), ()), get(language)
        needle = term.source.lower()
        found: list[Touched] = []
        for name, state in self._read_states().items():
            if len(found) >= MAX_TOUCHED:
                break
            if not needle or state.language != language:
                continue
            path = output_path(self.output, name, RECORD_SUFFIX)
            with suppress(OSError, SeedsumError, KeyError, ValueError):
                # Most records lack it; to look for it in the file is ten times as fast.
                if needle not in path.read_text(encoding="utf-8").lower():
                    continue
                segments = read_record(self.output, name)["segments"]
                sources = [one["source"] for one in segments if one["language"] == language]
                if num := sum(occurs(term, text, language=known) for text in sources):
                    found.append(Touched(name, state.title or name, num))
        return found

    # Saving

    def save(self, stated: Mapping[str, Any]) -> Review:
        """Keep what a reviewer said; it is on the disk when this returns.

        Raises:
            UsageError: Something is missing, or is not what it has to be.
            ReadError: There is no such article.
            OSError: It cannot be written.
        """
        review = reviewed(stated)
        self._look()
        review = self._all.after_all(review)
        if not self.stamp(review.document):
            raise ReadError(f"{review.document}: there is no such article any more")
        if review.part is Part.ARTICLE and review.verdict is Verdict.ACCEPTED:
            view = self.article(review.document)
            if view.blocking:
                raise UsageError(
                    f"not done yet: its summary rests on {', '.join(view.blocking)}, which nobody"
                    " has found right"
                )
            review = _with_summary(review, view)
        self._store.add(review)
        self._look()
        return review

    # In mind

    def _look(self) -> None:
        """Take in the reviews that are new."""
        with self._lock:
            new = self._all.look()
            self._arrived += new
            self._changed += dict.fromkeys(review.document for review in new)

    def _names(self, name: str, state: RecordState | None) -> set[str]:
        """Return the names under which an article was reviewed."""
        return self._all.names(name, sources=[state.source_sha256] if state else [])

    def _count(self, name: str) -> ArticleView:
        """Return an article's view, and bear its numbers in mind."""
        stamp, record = self.stamp(name), read_record(self.output, name)
        with self._lock:
            names = self._all.names(name, sources=[record["source"]["sha256"]])
            key, standings = self._all.key(names), self._all.standings(names)
            offers = offers_of(record, self._all, names={name, *names})
        try:
            view = article_view(record, standings, offers=offers)
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise ReadError(
                f"{name}: its record cannot be understood ({error!r}); the next run makes it again"
            ) from error
        counted = _Counted(stamp, key, view.counts, view.title, bool(view.done_by))
        with self._lock:
            if self._counts.get(name) != counted:
                self._counts[name] = counted
                self._changed.append(name)
        return view

    def _entry(self, state: RecordState) -> Entry:
        names = self._names(state.name, state)
        known = self._counts.get(state.name)
        if known and (known.stamp, known.key) != (self.stamp(state.name), self._all.key(names)):
            known = None
        return entry(
            state,
            counts=known.counts if known else None,
            title=known.title if known else "",
            is_done=known.is_done if known else False,
            planned=self._planned.get(state.name, ()),
        )


@dataclass(frozen=True, slots=True)
class _Counted:
    """An article's numbers, and of what they are."""

    stamp: str  # of its record
    key: str  # of what stands of it
    counts: Mapping[str, int]
    title: str
    is_done: bool


def _with_summary(review: Review, view: ArticleView) -> Review:
    """Return what was said of an article with the summary that was seen; see `Review`."""
    sources = {row.id: plain(row.source) for row in view.rows}
    return replace(
        review,
        text="\n".join(plain(sentence.text) for sentence in view.summary),
        source="\n".join(
            "\t".join(sources[cited] for cited in sentence.cites) for sentence in view.summary
        ),
    )


#: What the page has to send of a review, and what it may.
_TEXTS = ("direction", "source", "before", "after", "text", "machine_text", "note", "segment")


def reviewed(stated: Mapping[str, Any]) -> Review:
    """Return a review made now of what the page sent.

    Raises:
        UsageError: Something is missing, or is not what it has to be.
    """
    unknown = stated.keys() - {
        *_TEXTS, "document", "source_sha256", "part", "verdict", "dismissed", "reviewer",
    }  # fmt: skip
    if unknown:
        raise UsageError(f"a review has no {', '.join(sorted(map(str, unknown)))}")
    try:
        part, verdict = Part(stated["part"]), Verdict(stated["verdict"])
        texts = {key: _text(stated, key) for key in _TEXTS}
        document, sha256 = _text(stated, "document"), _text(stated, "source_sha256")
        codes = stated.get("dismissed", [])
        if not isinstance(codes, list) or not all(isinstance(one, str) for one in codes):
            raise UsageError("dismissed has to be a list of codes")
    except (KeyError, ValueError) as error:
        raise UsageError(f"this is no review: {error}") from error
    if not document or not sha256:
        raise UsageError("a review names its article and the article's source_sha256")
    texts["text"] = " ".join(unicodedata.normalize("NFC", texts["text"]).split())
    if verdict is Verdict.EDITED and not texts["text"]:
        raise UsageError("an edit needs a text; a sentence that is wrong is rejected instead")
    if part is not Part.ARTICLE and not plain(texts["source"]):
        raise UsageError("a review of a sentence or a term needs its source")
    return new_review(
        part,
        verdict,
        document=document,
        source_sha256=sha256,
        dismissed=tuple(codes),
        reviewer=" ".join(_text(stated, "reviewer").split())[:80],
        **texts,
    )


def _text(stated: Mapping[str, Any], key: str) -> str:
    value = stated.get(key, "")
    if not isinstance(value, str):
        raise UsageError(f"{key} has to be a text")
    if len(value) > MAX_CHARS:
        raise UsageError(f"{key} has {len(value):,} characters, more than {MAX_CHARS:,}")
    return value
