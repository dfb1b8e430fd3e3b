"""What people changed in the Markdown of pairs: looked up for a plan, taken in by a run.

A changed sentence becomes a review, which the run then makes the pair from; what no sentence can
hold stays in a copy of the file, which no run touches.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from seedsum import output as store
from seedsum.errors import OutputError, ReadError
from seedsum.files import sha256_bytes, sha256_json
from seedsum.output.names import pair_file
from seedsum.output.pairs import PAIR_FILES, kind_of
from seedsum.output.publishing import Taken
from seedsum.output.seal import is_ours
from seedsum.records import (
    TARGET_LANGUAGE,
    Direction,
    Integrity,
    Part,
    RecordState,
    Review,
    Source,
    Verdict,
)
from seedsum.reviews import Reviews, ReviewStore, cited_text, new_review
from seedsum.reviews.store import FILE_REVIEWER, FOLDER

if TYPE_CHECKING:
    from seedsum.output.edits import Edits

#: How much of what is left of a file is said in a line.
_MAX_SHOWN = 3


@dataclass(frozen=True, slots=True)
class HandEdit:
    """What a person changed in the files of one pair.

    Attributes:
        reviews: What is to be taken in, and is not there yet.
        num_sentences: How many sentences were changed, those that are taken in already too.
        taken: Name of a file -> as what it may be replaced.
        left: Name of a file -> what of it no sentence holds, each in a line.
        waits: Why the pair cannot be made again now; empty where it can.
    """

    reviews: tuple[Review, ...] = ()
    num_sentences: int = 0
    taken: Mapping[str, Taken] = field(default_factory=dict)
    left: Mapping[str, Sequence[str]] = field(default_factory=dict)
    waits: str = ""

    def __str__(self) -> str:
        """Return what becomes of it, in a line."""
        number = self.num_sentences
        parts = [f"{number} changed sentence{'s' * (number != 1)} taken in"] if number else []
        for file, lines in self.left.items() if not self.waits else ():
            more = f" and {len(lines) - _MAX_SHOWN} more" * (len(lines) > _MAX_SHOWN)
            shown = f"{'; '.join(lines[:_MAX_SHOWN])}{more}"
            parts.append(f"{file.rpartition('/')[2]} is kept beside the pair for {shown}")
        return "; ".join([*parts, *filter(None, [self.waits])]) or "no sentence was changed"


def look(
    place: store.Place,
    sources: Iterable[Source],
    states: Mapping[str, RecordState],
    *,
    stays: Callable[[RecordState], bool],
) -> dict[str, HandEdit]:
    """Return what people changed in the pairs of these sources, by name; writes nothing.

    `stays` says of a pair whether it is not to be made again by what is at hand.
    """
    edited = [
        source.name
        for source in sources
        if source.name in states and states[source.name].integrity is Integrity.EDITED
    ]
    found = {name: _look(place, name) for name in edited}
    known = _taken_in(place, (review for edit in found.values() for review in edit.reviews))
    waits = "it is made again once the models that made it are there"
    return {
        name: replace(
            edit,
            reviews=tuple(review for review in edit.reviews if _mark(review) not in known),
            waits=edit.waits or waits * stays(states[name]),
        )
        for name, edit in found.items()
    }


def take_in(place: store.Place, edits: Mapping[str, HandEdit]) -> None:
    """Keep as reviews what people changed; after a kill, the next run takes in the rest.

    Raises:
        OutputError: A review cannot be written.
    """
    reviews, said = ReviewStore(place), Reviews(place)
    for edit in edits.values():
        for review in edit.reviews:
            try:
                reviews.add(said.after_all(review))
            except OSError as error:
                raise OutputError(
                    f"{place.show(FOLDER)}: edits cannot be taken in: {error.strerror}; mend that"
                    " and run again, the edited files are as they were"
                ) from error


def _look(place: store.Place, name: str) -> HandEdit:
    """Return what a person changed, whether it is taken in already or not."""
    files: dict[str, bytes] = {}
    for suffix in PAIR_FILES:
        file = pair_file(name, suffix)
        try:
            data = place.read(file)
        except OSError as error:
            return HandEdit(waits=f"{place.show(file)} cannot be read: {error.strerror}")
        if data is not None:
            files[suffix] = data
    differing = dict(store.differing_files(place, name))
    edited = {
        suffix: data
        for suffix, data in files.items()
        if differing.get(pair_file(name, suffix).rpartition("/")[2]) == "edited"
    }
    from seedsum.output.edits import find_edits

    try:
        record = store.read_record(place, name)
        edits = find_edits(record, edited)
        reviews = tuple(_reviews(record, edits, name=name))
    except ReadError:
        why = "its record is gone or torn, so that nothing of it can be told from what was written"
        return _kept_whole(place, name, edited, why=why)
    except Exception as error:  # whatever is in a file, the other articles are done
        why = f"it cannot be compared with what was written ({type(error).__name__}: {error})"
        return _kept_whole(place, name, edited, why=why)
    return HandEdit(
        reviews=reviews,
        num_sentences=len(reviews),
        taken={
            pair_file(name, suffix): Taken(sha256_bytes(data), keep=suffix in edits.left)
            for suffix, data in edited.items()
        },
        left={pair_file(name, suffix): lines for suffix, lines in edits.left.items()},
    )


def _kept_whole(
    place: store.Place, name: str, edited: Mapping[str, bytes], *, why: str
) -> HandEdit:
    """Return that the files are kept whole; those that are nobody's of ours stay where they are."""
    files = {pair_file(name, suffix): data for suffix, data in edited.items()}
    for file, data in files.items():
        if not is_ours(data):
            return HandEdit(waits=f"{place.show(file)} is not from seedsum; move it away")
    return HandEdit(
        taken={file: Taken(sha256_bytes(data), keep=True) for file, data in files.items()},
        left=dict.fromkeys(files, (why,)),
    )


def _reviews(record: Mapping[str, Any], edits: Edits, *, name: str) -> Iterator[Review]:
    """Yield the changed sentences as reviews.

    Their ids end with a hash of the file as it was written and of what it says now: what was taken
    in before a run was killed is known by it.
    """
    segments = record["segments"]
    texts = [segment["source"] for segment in segments]
    english = {segment["id"]: segment["translation"] for segment in segments}
    for number, segment in enumerate(segments):
        if (text := edits.sentences.get(segment["id"])) is not None:
            yield _review(
                Part.SENTENCE,
                record,
                edits.files[segment["id"]],
                name=name,
                text=text,
                direction=str(Direction(segment["language"], TARGET_LANGUAGE)),
                source=segment["source"],
                before=texts[number - 1] if number else "",
                after=texts[number + 1] if number + 1 < len(texts) else "",
                machine_text=segment["translation"],
                segment=segment["id"],
            )
    for number, text in edits.summary.items():
        sentence = record["summary"]["sentences"][number]
        yield _review(
            Part.SUMMARY,
            record,
            edits.files[number],
            name=name,
            text=text,
            source=cited_text(sentence["cites"], english),
            machine_text=sentence["text"],
            segment=sentence["cites"][0],
        )


def _review(
    part: Part, record: Mapping[str, Any], suffix: str, *, name: str, text: str, **more: str
) -> Review:
    written = record["files"].get(kind_of(suffix), {}).get("sha256", "")
    made = new_review(
        part,
        Verdict.EDITED,
        document=name,
        source_sha256=record["source"]["sha256"],
        reviewer=FILE_REVIEWER,
        text=text,
        note=pair_file(name, suffix).rpartition("/")[2],
        **more,
    )
    told = sha256_json([name, written, part, more["segment"], more["machine_text"], text])[:16]
    return replace(made, id=f"{made.id.rpartition('-')[0]}-{told}")


def _mark(review: Review) -> str:
    """Return what two reviews of one edit have in common."""
    return review.id.rpartition("-")[2]


def _taken_in(place: store.Place, reviews: Iterable[Review]) -> set[str]:
    """Return the marks of those edits that are reviews already, and not taken back since.

    After that, a file may look as it did before: whoever edits it again in the same way means it.
    """
    if not (marks := {_mark(review) for review in reviews}):
        return set()
    entries = place.entries(FOLDER, suffixes=(".json",))
    marks &= {entry.name.removesuffix(".json").rpartition("-")[2] for entry in entries}
    if not marks:
        return set()
    found: set[str] = set()
    of_sentence: dict[tuple[str, ...], set[str]] = {}
    for review in ReviewStore(place).read():  # oldest first
        about = (review.document, review.part, review.source, review.before, review.after)
        if review.verdict is Verdict.WITHDRAWN:
            found -= of_sentence.get(about, set())
        elif (mark := _mark(review)) in marks:
            found.add(mark)
            of_sentence.setdefault(about, set()).add(mark)
    return found
