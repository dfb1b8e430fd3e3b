"""`seedsum eval reviews`: what a reviewer's verdict says of flags, models and statuses."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from exchange_pairs import filled
from sample_results import Page
from seedsum.config import load_settings
from seedsum.errors import UsageError
from seedsum.evaluation.flagging import Share
from seedsum.evaluation.reviewing import ReviewFigures, evaluate_reviews
from seedsum.output.exchange import Pairs
from seedsum.records import Part, Result, Verdict
from seedsum.reviews import ReviewStore, new_review
from test_cli import seedsum as command

#: Source and English; the second and third have another number, the third and fourth are right.
TEXTS = (
    ("Có 12 phòng học.", "There are 12 classrooms."),
    ("Có 15 phòng học.", "There are 13 classrooms."),
    ("Có 17 phòng học.", "There are 71 classrooms."),
    ("Trường mở cửa hôm nay.", "The school opened today."),
)
MODEL = "example/vi-en"


def school(name: str = "a.txt") -> Result:
    return Page(name).add(*TEXTS).result()


def say(output: Path, id: str, verdict: Verdict, *, name: str = "a.txt", **more: Any) -> None:
    one = next(item for item in Pairs(output).read(name).sentences if item.id == id)
    ReviewStore(output).add(
        new_review(
            Part.SENTENCE,
            verdict,
            document=name,
            source_sha256=one.source_sha256,
            reviewer="Lan",
            direction=one.direction,
            source=one.source,
            before=one.before,
            after=one.after,
            machine_text=one.english,
            **({"text": one.english} if verdict is Verdict.ACCEPTED else {}),
            **more,
        )
    )


def found_in(output: Path) -> ReviewFigures:
    return evaluate_reviews(output, settings=load_settings(None))


def flags_of(found: ReviewFigures) -> Mapping[str, tuple[Share, int]]:
    assert {(one.model, one.language) for one in found.flags} <= {(MODEL, "vi")}
    return {one.code: (one.right, one.num_undecided) for one in found.flags}


def test_a_flag_is_right_where_the_correction_puts_an_end_to_it(tmp_path: Path) -> None:
    output = filled(tmp_path / "out", school())
    say(output, "s1", Verdict.ACCEPTED)
    say(output, "s2", Verdict.EDITED, text="There are 15 classrooms.")
    say(output, "s4", Verdict.EDITED, text="The school opens today.")
    found = found_in(output)
    assert flags_of(found) == {"quantity-changed": (Share(1, 1), 0)}
    (edits,) = found.edits
    assert (edits.changed, edits.num_rejected, edits.flagged) == (Share(2, 3), 0, Share(1, 2))
    assert [(one.status, one.faulty) for one in found.statuses] == [("review", Share(1, 1))]


def test_a_flag_is_wrong_where_the_english_stays_in_what_it_is_about(tmp_path: Path) -> None:
    output = filled(tmp_path / "out", school())
    say(output, "s2", Verdict.EDITED, text="Classrooms: there are 13.")  # left as it was
    say(output, "s3", Verdict.ACCEPTED)
    assert flags_of(found_in(output)) == {"quantity-changed": (Share(0, 2), 0)}


def test_a_dismissed_flag_is_wrong_and_a_rejected_sentence_decides_nothing(tmp_path: Path) -> None:
    output = filled(tmp_path / "out", school())
    say(output, "s2", Verdict.DISMISSED, dismissed=("quantity-changed",))
    say(output, "s3", Verdict.REJECTED, note="nonsense")
    found = found_in(output)
    assert flags_of(found) == {"quantity-changed": (Share(0, 1), 1)}
    (edits,) = found.edits  # who only dismisses a flag has not judged the sentence
    assert (edits.changed, edits.num_rejected, edits.flagged) == (Share(1, 1), 1, Share(1, 1))


def test_figures_stay_when_the_pair_is_made_again_from_the_reviews(tmp_path: Path) -> None:
    output = filled(tmp_path / "out", school())
    say(output, "s2", Verdict.EDITED, text="There are 15 classrooms.")
    say(output, "s1", Verdict.ACCEPTED)
    before = found_in(output)
    again = Page("a.txt").add(
        TEXTS[0], (TEXTS[1][0], "There are 15 classrooms."), TEXTS[2], TEXTS[3]
    )
    filled(output, again.result())
    assert found_in(output) == before


def test_an_edit_that_changes_no_word_accepts(tmp_path: Path) -> None:
    output = filled(tmp_path / "out", school())
    say(output, "s1", Verdict.EDITED, text=" There are 12  classrooms. ")
    (edits,) = found_in(output).edits
    assert edits.changed == Share(0, 1)


def test_articles_are_told_apart_by_what_the_checks_say_of_them(tmp_path: Path) -> None:
    output = filled(tmp_path / "out", school(), school("b.txt"))
    say(output, "s1", Verdict.ACCEPTED)
    say(output, "s2", Verdict.EDITED, name="b.txt", text="There are 15 classrooms.")
    found = found_in(output)
    assert [(one.status, one.faulty) for one in found.statuses] == [
        ("clean", Share(0, 1)),
        ("review", Share(1, 1)),
    ]


def test_nothing_is_written_and_no_reviews_are_no_error(tmp_path: Path) -> None:
    output = filled(tmp_path / "out", school())
    before = sorted(path for path in output.rglob("*"))
    assert found_in(output) == ReviewFigures((), (), ())
    assert sorted(path for path in output.rglob("*")) == before
    with pytest.raises(UsageError, match="no such folder"):
        found_in(tmp_path / "nowhere")


def test_the_command_prints_shares_with_their_intervals(tmp_path: Path) -> None:
    output = filled(tmp_path / "out", school())
    arguments = ("eval", "reviews", "-o", str(output))
    assert "nobody has reviewed" in command(*arguments, cwd=tmp_path).stdout
    say(output, "s2", Verdict.EDITED, text="There are 15 classrooms.")
    done = command(*arguments, cwd=tmp_path)
    assert "100.0% (1 of 1; 20.7% to 100.0%)" in done.stdout and "quantity-changed" in done.stdout
    document = json.loads(command(*arguments, "--json", cwd=tmp_path).stdout)
    (flag,) = document["flags"]
    assert (flag["right"], flag["right_of"], flag["undecided"]) == (1, 1, 0)
    assert document["edits"][0]["changed_share"] == 1.0
    assert document["statuses"] == [
        {
            "status": "review", "faulty": 1, "faulty_of": 1, "faulty_share": 1.0,
            "faulty_interval": flag["right_interval"],
        }
    ]  # fmt: skip
