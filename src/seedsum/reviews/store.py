"""Reviews on the disk: one small immutable JSON object each; nothing is locked or appended."""

from __future__ import annotations

import dataclasses
import getpass
import json
import os
import secrets
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
        reviewer=more.pop("reviewer", "")
        or os.environ.get("SEEDSUM_REVIEWER")
        or getpass.getuser(),
        document=document,
        source_sha256=source_sha256,
        part=part,
        verdict=verdict,
        software_version=__version__,
        **more,
    )


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
        paths = sorted(self.folder.glob("*.json")) if self.folder.is_dir() else []
        found = (_parsed(read_if_there(path)) for path in paths)
        return [review for review in found if review is not None]


def _parsed(data: bytes | None) -> Review | None:
    try:
        stated = json.loads((data or b"").decode("utf-8", "surrogatepass"))
        stated["part"], stated["verdict"] = Part(stated["part"]), Verdict(stated["verdict"])
        stated["dismissed"] = tuple(stated["dismissed"])
        return Review(**stated)
    except (ValueError, TypeError, KeyError):
        return None
