"""Reviews on the disk: one small immutable JSON object each; nothing is locked or appended."""

from __future__ import annotations

import dataclasses
import getpass
import json
import os
import secrets
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from seedsum import __version__
from seedsum.files import read_if_there, write_file
from seedsum.records import Part, Review, Verdict

#: The folder of the reviews, in the output.
FOLDER = "reviews"


def new_review(
    part: Part, verdict: Verdict, *, document: str, source_sha256: str, **more: Any
) -> Review:
    """Return a review made now, by whoever runs this where `reviewer` is not given."""
    now = datetime.now(UTC)
    return Review(
        # Ids sort by time; two people who press a key at the same moment get two.
        id=f"{now:%Y%m%dT%H%M%S.%fZ}-{secrets.token_hex(4)}",
        time=now.isoformat(timespec="microseconds"),
        reviewer=more.pop("reviewer", "") or reviewer_name(),
        document=document,
        source_sha256=source_sha256,
        part=part,
        verdict=verdict,
        software_version=__version__,
        **more,
    )


def reviewer_name() -> str:
    """Return who reviews here, where nobody says otherwise: `SEEDSUM_REVIEWER`, or the account."""
    return os.environ.get("SEEDSUM_REVIEWER") or getpass.getuser()


class ReviewStore:
    """The reviews in an output folder."""

    def __init__(self, output: Path) -> None:
        self.folder = output / FOLDER

    def add(self, review: Review) -> None:
        """Keep a review: it is on the disk when this returns, or not there at all.

        Raises:
            OSError: It cannot be written.
        """
        text = json.dumps(dataclasses.asdict(review), ensure_ascii=False, indent=1)
        data = (text + "\n").encode("utf-8", "surrogatepass")
        write_file(self.folder / f"{review.id}.json", data, durable=True)

    def read(self) -> list[Review]:
        """Return all reviews, oldest first; what is no review is left out."""
        found = (self.get(name) for name in sorted(self.names()))
        return [review for review in found if review is not None]

    def names(self) -> Iterator[str]:
        """Yield the names of the objects, in any order."""
        with suppress(FileNotFoundError, NotADirectoryError), os.scandir(self.folder) as entries:
            for entry in entries:
                if entry.name.endswith(".json") and not entry.name.startswith("."):
                    yield entry.name

    def get(self, name: str) -> Review | None:
        """Return the review of that name; None where it is torn, none, or cannot be read."""
        try:
            return parsed(read_if_there(self.folder / name))
        except OSError:  # whoever looks next sees it, if it can be read then
            return None


def parsed(data: bytes | None) -> Review | None:
    """Return the review that a file holds; None where it is torn, or none."""
    try:
        return review_of(json.loads((data or b"").decode("utf-8", "surrogatepass")))
    except ValueError:
        return None


_FIELDS = {field.name: field for field in dataclasses.fields(Review)}
_REQUIRED = {name for name, field in _FIELDS.items() if field.default is dataclasses.MISSING}


def review_of(stated: object) -> Review | None:
    """Return the review that a JSON object is, without keys that a later version may have added."""
    if not isinstance(stated, dict) or not stated.keys() >= _REQUIRED:
        return None
    values: dict[str, Any] = {key: value for key, value in stated.items() if key in _FIELDS}
    codes = values.pop("dismissed", [])
    if not isinstance(codes, list) or not all(
        isinstance(text, str) for text in (*values.values(), *codes)
    ):
        return None
    try:
        values["part"], values["verdict"] = Part(values["part"]), Verdict(values["verdict"])
    except ValueError:
        return None
    return Review(**values, dismissed=tuple(codes))
