"""Reviews that several processes write at once, and that are killed while they do."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from seedsum.output import place_of
from seedsum.records import Part, Verdict
from seedsum.reviews import Reviews, ReviewStore, new_review

#: Says the id of each review as soon as it is saved, until somebody ends it.
WRITER = """
import sys
from pathlib import Path
from seedsum.records import Part, Verdict
from seedsum.reviews import ReviewStore, new_review
store = ReviewStore(Path(sys.argv[1]))
for number in range(int(sys.argv[3])):
    review = new_review(
        Part.SENTENCE, Verdict.EDITED, document=f"{number % 5}.txt", source_sha256="0" * 64,
        reviewer=sys.argv[2], source=f"{sys.argv[2]} {number}", text="x" * 20_000,
    )
    store.add(review)
    print(review.id, flush=True)
"""


def writer(output: Path, name: str, number: int) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", WRITER, str(output), name, str(number)],
        stdout=subprocess.PIPE,
        text=True,
    )


@pytest.mark.slow
def test_no_verdict_that_was_said_to_be_saved_is_lost_when_its_writer_is_killed(
    tmp_path: Path,
) -> None:
    rng = random.Random(29)
    saved: set[str] = set()
    for number in range(100):
        process = writer(tmp_path, f"reviewer {number}", 1_000_000)
        assert process.stdout is not None
        first = process.stdout.readline()
        assert first  # it is in the middle of its work now
        time.sleep(rng.uniform(0, 0.02))
        process.send_signal(signal.SIGKILL)
        rest, _ = process.communicate()
        # The last line may be cut off: then nobody was told.
        lines = (first + rest).splitlines(keepends=True)
        saved |= {line.strip() for line in lines if line.endswith("\n")}
        assert process.returncode == -signal.SIGKILL
    kept = ReviewStore(tmp_path).read()
    assert saved <= {review.id for review in kept}
    assert all(review.text == "x" * 20_000 for review in kept)
    # What is beside them is of writers that were killed, and counts as nothing.
    names = {path.name for path in (tmp_path / "reviews").iterdir()}
    left = names - {f"{review.id}.json" for review in kept}
    assert all(name.endswith(".tmp") for name in left)
    found = Reviews(tmp_path)
    found.look()
    standings = [one for number in range(5) for one in found.standings([f"{number}.txt"])]
    assert len(standings) == len(kept) > 100


def test_two_writers_and_readers_at_once(tmp_path: Path) -> None:
    writers = [writer(tmp_path, name, 60) for name in ("Lan", "Minh")]
    reader = Reviews(tmp_path)
    seen = 0
    while any(process.poll() is None for process in writers):
        reader.look()
        now = sum(len(reader.standings([f"{number}.txt"])) for number in range(5))
        assert now >= seen
        seen = now
    assert [process.wait() for process in writers] == [0, 0]
    for process in writers:
        assert process.stdout is not None
        process.stdout.close()
    for one in (reader, Reviews(tmp_path)):
        one.look()
        found = [s for number in range(5) for s in one.standings([f"{number}.txt"])]
        assert {standing.source for standing in found} == {
            f"{name} {number}" for name in ("Lan", "Minh") for number in range(60)
        }


def test_a_review_is_there_as_soon_as_it_is_saved(tmp_path: Path) -> None:
    review = new_review(Part.ARTICLE, Verdict.ACCEPTED, document="a", source_sha256="0" * 64)
    ReviewStore(tmp_path).add(review)
    assert [path.name for path in (tmp_path / "reviews").iterdir()] == [f"{review.id}.json"]


def test_a_run_leaves_what_a_reviewer_is_writing(tmp_path: Path) -> None:
    (tmp_path / "reviews").mkdir()
    (tmp_path / "health").mkdir()
    name = f".seedsum-{'0' * 16}.tmp"
    written, old, run = (tmp_path / folder / name for folder in ("reviews", "reviews", "health"))
    old = old.with_name(name.replace("0", "1"))
    for path in (written, old, run):
        path.write_text("{")
    os.utime(old, (0, 0))
    assert place_of(tmp_path).clean() == 2
    assert [path for path in (written, old, run) if path.exists()] == [written]


def test_make_clean_leaves_reviews(tmp_path: Path) -> None:
    for folder in ("reviews", "health", ".seedsum", "runs"):
        (tmp_path / "output" / folder).mkdir(parents=True)
    (tmp_path / "output" / "index.md").write_text("")
    makefile = Path(__file__).resolve().parent.parent / "Makefile"
    for _ in range(2):
        subprocess.run(["make", "-f", str(makefile), "clean"], cwd=tmp_path, check=True)
        assert [path.name for path in (tmp_path / "output").iterdir()] == ["reviews"]
