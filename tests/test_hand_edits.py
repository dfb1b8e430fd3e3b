"""Hand-edited Markdown: changed sentences are taken in, and what is none of them is kept."""

from __future__ import annotations

import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import seedsum
from seedsum.files import write_temporary
from seedsum.output import publishing, read_record, read_records
from seedsum.output.places.local import LocalPlace
from seedsum.records import Action, Integrity, Part, Review, RunReport, Verdict
from seedsum.reviews import ReviewStore, new_review

ARTICLE = """\
# Thư viện xã mở lại

Thư viện của xã mở cửa lại vào thứ Hai sau ba tháng sửa chữa.
Có 1.200 cuốn sách mới.

- Thẻ đọc sách miễn phí cho học sinh.
- Người lớn trả 20.000 đồng một năm.

| Ngày | Giờ mở cửa |
| --- | --- |
| Thứ Hai | 8 giờ |
"""
TRANSLATION, SUMMARY = "a.md.translation.md", "a.md.summary.md"


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """An article and its pair."""
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "a.md").write_text(ARTICLE, encoding="utf-8")
    run(tmp_path)
    return tmp_path


def run(project: Path, **more: Any) -> RunReport:
    options = {"profile": "starter", "offline": True, "isolated": False} | more
    return seedsum.run([project / "in"], output=project / "out", **options)  # type: ignore[arg-type]


def edit(project: Path, change: Callable[[str], str], *, file: str = TRANSLATION) -> bytes:
    """Change a file of the pair as a person does; return what is in it then."""
    path = project / "out" / file
    before = path.read_text(encoding="utf-8")
    after = change(before)
    assert after != before
    path.write_text(after, encoding="utf-8")
    return path.read_bytes()


def sentence(id: str, text: str) -> Callable[[str], str]:
    """Put a text in the place of a sentence."""
    pattern = re.compile(rf'(<a id="{id}"></a>).*?(<sup>{id}</sup>)')
    return lambda before: pattern.sub(lambda found: f"{found[1]}{text}{found[2]}", before)


def in_record(project: Path, id: str) -> str:
    segments = read_record(project / "out", "a.md")["segments"]
    return next(str(one["translation"]) for one in segments if one["id"] == id)


def reviews(project: Path) -> list[Review]:
    return ReviewStore(project / "out").read()


def copies(project: Path) -> list[Path]:
    return sorted((project / "out").glob("*.edited.md"))


def assert_sound(project: Path) -> None:
    """The pair is what its record says, and a further run has nothing to do."""
    assert seedsum.verify(project / "out").differences == ()
    plan = seedsum.plan([project / "in"], output=project / "out", profile="starter")
    assert [task.reasons for task in plan.tasks] == [("current",)]


def test_a_changed_sentence_becomes_a_review_and_the_pair_is_made_from_it(project: Path) -> None:
    machine = in_record(project, "s3")
    edit(project, sentence("s3", "There are 1,200 new books & 14 \\*reading\\* seats."))
    report = run(project, strict=True)
    assert report.exit_code == 0  # nobody has to do anything
    (outcome,) = report.outcomes
    assert (outcome.action, outcome.reasons) == (Action.WRITE, ("edited", "reviewed"))
    (review,) = reviews(project)
    text = "There are 1,200 new books & 14 *reading* seats."
    assert (review.part, review.verdict, review.reviewer) == (Part.SENTENCE, Verdict.EDITED, "file")
    assert (review.text, review.machine_text, review.segment) == (text, machine, "s3")
    assert (review.document, review.note, review.direction) == ("a.md", TRANSLATION, "vi->en")
    assert review.source.startswith("Có 1.200") and review.before.startswith("Thư viện của xã")
    assert in_record(project, "s3") == text
    assert [notice.code for notice in report.notices] == ["taken-in"]
    assert report.notices[0].text == "took in 1 sentence that was edited by hand: a.md"
    assert copies(project) == []
    assert_sound(project)
    by = "but for what was accepted or edited in the file (vi→en: starter"
    assert by in (project / "out" / TRANSLATION).read_text(encoding="utf-8")
    assert run(project).notices == ()


def test_an_edit_survives_force_and_a_changed_source(project: Path) -> None:
    edit(project, sentence("s3", "There are 14 seats."))
    run(project)
    run(project, force=True)
    assert in_record(project, "s3") == "There are 14 seats."
    source = project / "in" / "a.md"
    source.write_text(ARTICLE.replace("# Thư viện xã", "# Tin tức.\n\n# Thư viện xã"), "utf-8")
    run(project)
    segments = read_record(project / "out", "a.md")["segments"]
    assert "There are 14 seats." in [one["translation"] for one in segments]


def test_an_edit_is_taken_in_though_the_source_has_changed_meanwhile(project: Path) -> None:
    edit(project, sentence("s3", "There are 14 seats."))
    source = project / "in" / "a.md"
    source.write_text(ARTICLE.replace("sau ba tháng sửa chữa", "tới"), encoding="utf-8")
    (outcome,) = run(project).outcomes
    assert outcome.reasons == ("edited", "reviewed", "source-changed")
    assert in_record(project, "s3") == "There are 14 seats."
    assert_sound(project)


def test_an_edit_that_was_taken_back_can_be_made_again(project: Path) -> None:
    machine = in_record(project, "s3")
    for number in (1, 2):
        edit(project, sentence("s3", "There are 14 seats."))
        run(project)
        assert in_record(project, "s3") == "There are 14 seats."
        said = reviews(project)[-1]
        assert len(reviews(project)) == 2 * number - 1
        taken_back = new_review(
            said.part,
            Verdict.WITHDRAWN,
            document=said.document,
            source_sha256=said.source_sha256,
            source=said.source,
            before=said.before,
            after=said.after,
        )
        ReviewStore(project / "out").add(taken_back)
        run(project)
        assert in_record(project, "s3") == machine


ENGLISH = """\
Rain at last

12/03/2024

It rained for 3 days in the north. Farmers are glad that it did.
"""


@pytest.mark.parametrize(
    ("id", "text"), [("s1", "Rain, at last"), ("s2", "March 12, 2024"), ("s4", "They are glad.")]
)
def test_what_no_model_translated_can_be_edited_too(project: Path, id: str, text: str) -> None:
    (project / "in" / "a.md").write_text(ENGLISH, encoding="utf-8")
    run(project)
    edit(project, sentence(id, text))
    run(project)
    assert in_record(project, id) == text
    assert copies(project) == []
    assert_sound(project)


def test_an_edited_sentence_can_be_edited_again(project: Path) -> None:
    for text in ("First.", "Second.", "First."):
        edit(project, sentence("s3", text))
        run(project)
        assert in_record(project, "s3") == text
        assert_sound(project)
    assert [review.text for review in reviews(project)] == ["First.", "Second.", "First."]


@pytest.mark.parametrize(
    "change",
    [
        lambda text: text.replace("\n", "\r\n"),
        lambda text: "\ufeff" + text,
        lambda text: text + "\n\n",
    ],
    ids=["line-ends", "bom", "blank-lines"],
)
def test_white_space_alone_makes_the_pair_again_and_says_nothing(
    project: Path, change: Callable[[str], str]
) -> None:
    path = project / "out" / TRANSLATION
    before = path.read_bytes()
    path.write_text(change(path.read_text(encoding="utf-8")), encoding="utf-8", newline="")
    report = run(project)
    assert (report.outcomes[0].reasons, report.notices) == (("edited",), ())
    assert path.read_bytes() == before and reviews(project) == [] and copies(project) == []


def test_what_no_sentence_can_hold_is_kept_beside_and_named_until_it_is_removed(
    project: Path,
) -> None:
    def change(text: str) -> str:
        text = text.replace("- <a", "My own paragraph.\n\n- <a", 1)
        return sentence("s3", "There are 14 seats.")(text)

    data = edit(project, change)
    report = run(project)
    (copy,) = copies(project)
    assert copy.name == "a.md.translation.edited.md" and copy.read_bytes() == data
    assert in_record(project, "s3") == "There are 14 seats."
    assert "“My own paragraph.”" in report.outcomes[0].message
    assert "1 edited file is kept beside its pair" in report.notices[0].text
    assert copy.name in report.notices[0].text
    assert copy.name in (project / "out" / "index.md").read_text(encoding="utf-8")
    assert_sound(project)
    again = run(project, force=True)
    assert copy.name in again.notices[0].text and copy.read_bytes() == data
    copy.unlink()
    assert run(project).notices == ()
    assert copy.name not in (project / "out" / "index.md").read_text(encoding="utf-8")


def test_a_second_copy_does_not_replace_the_first(project: Path) -> None:
    for text in ("One", "Two", "One"):
        edit(project, lambda before, text=text: f"{before}\n{text}\n")  # type: ignore[misc]
        run(project)
    names = ["a.md.translation.2.edited.md", "a.md.translation.edited.md"]
    assert [copy.name for copy in copies(project)] == names


def test_kept_copies_are_found_in_the_listing_of_the_pairs(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    edit(project, lambda text: f"{text}\nA note of mine.\n")
    listed: list[str] = []
    entries = LocalPlace.entries

    def counted(place: LocalPlace, under: str = "", **more: Any) -> Any:
        listed.append(under)
        return entries(place, under, **more)

    monkeypatch.setattr(LocalPlace, "entries", counted)
    assert "1 edited file is kept" in run(project).notices[0].text
    assert listed.count("") == 3  # planned, planned under the lock, and what is there at the end
    listed.clear()
    assert "1 edited file is kept" in run(project).notices[0].text
    assert listed.count("") == 1


def test_an_edit_of_the_summary_is_the_articles_sentence(project: Path) -> None:
    record = read_record(project / "out", "a.md")
    first = record["summary"]["sentences"][0]
    edit(
        project,
        lambda text: re.sub(r'(<a id="summary-1"></a>)[^\n*]*', r"\1A better one.", text),
        file=SUMMARY,
    )
    run(project)
    (review,) = reviews(project)
    assert (review.part, review.segment) == (Part.SENTENCE, first["cites"][0])
    assert review.note == SUMMARY
    assert in_record(project, first["cites"][0]) == "A better one."
    assert copies(project) == []
    assert_sound(project)


def test_a_plan_says_what_would_be_taken_in_and_writes_nothing(project: Path) -> None:
    edit(project, lambda text: sentence("s3", "There are 14 seats.")(text) + "\nMine.\n")
    before = {p: p.read_bytes() for p in (project / "out").rglob("*") if p.is_file()}
    (task,) = seedsum.plan([project / "in"], output=project / "out", profile="starter").tasks
    assert (task.action, task.reasons) == (Action.WRITE, ("edited", "reviewed"))
    assert "1 changed sentence taken in" in task.message
    assert "“Mine.”" in task.message and TRANSLATION in task.message
    assert {p: p.read_bytes() for p in (project / "out").rglob("*") if p.is_file()} == before


def test_without_its_record_an_edited_file_is_kept_whole(project: Path) -> None:
    data = edit(project, sentence("s3", "There are 14 seats."))
    (project / "out" / "a.md.record.json").unlink()
    report = run(project)
    (copy,) = copies(project)
    assert copy.read_bytes() == data and reviews(project) == []
    assert copy.name in report.notices[0].text
    assert_sound(project)


def test_a_file_that_is_not_ours_is_left_and_named_each_time(project: Path) -> None:
    (project / "out" / "a.md.record.json").unlink()
    path = project / "out" / TRANSLATION
    path.write_text("# My own file\n", encoding="utf-8")
    for _ in range(2):
        report = run(project, force=True)
        assert path.read_text(encoding="utf-8") == "# My own file\n"
        assert "is not from seedsum; move it away" in report.notices[0].text
    path.unlink()
    assert run(project).notices == ()
    assert_sound(project)


def test_what_a_person_saves_meanwhile_is_left_for_the_next_run(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = project / "out" / TRANSLATION
    edit(project, sentence("s3", "First."))
    publish = publishing.publish

    def saved_again(*args: Any, **more: Any) -> None:
        edit(project, sentence("s2", "Second."))
        publish(*args, **more)

    monkeypatch.setattr(publishing, "publish", saved_again)
    report = run(project)
    monkeypatch.undo()
    assert "Second." in path.read_text(encoding="utf-8")
    (outcome,) = report.outcomes
    assert (outcome.action, outcome.reasons) == (Action.LEAVE, ("edited",))
    assert "the next run takes it in" in outcome.message and report.exit_code == 0
    run(project)
    assert (in_record(project, "s2"), in_record(project, "s3")) == ("Second.", "First.")
    assert sorted(review.text for review in reviews(project)) == ["First.", "Second."]
    assert_sound(project)


def test_what_is_saved_while_a_pair_is_being_written_is_left_too(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    edit(project, sentence("s3", "First."))

    def saved_again(folder: Path, data: bytes, *, durable: bool) -> Path:
        if TRANSLATION.encode() in data:  # the summary's links and the record name it
            path = project / "out" / TRANSLATION
            path.write_text("Another text.", encoding="utf-8")
        return write_temporary(folder, data, durable=durable)

    monkeypatch.setattr("seedsum.output.places.local.write_temporary", saved_again)
    (outcome,) = run(project).outcomes
    assert outcome.reasons == ("edited",)
    assert (project / "out" / TRANSLATION).read_text(encoding="utf-8") == "Another text."


def test_force_and_other_options_destroy_no_edit(project: Path) -> None:
    data = edit(project, lambda text: text + "\nMy remark.\n")
    run(project, force=True, summary_sentences=1)
    (copy,) = copies(project)
    assert copy.read_bytes() == data


def test_an_orphan_that_was_edited_is_left(project: Path) -> None:
    data = edit(project, sentence("s3", "First."))
    (project / "in" / "a.md").rename(project / "in" / "b.md")
    report = run(project)
    assert {outcome.reasons for outcome in report.outcomes} >= {("orphaned",)}
    assert (project / "out" / TRANSLATION).read_bytes() == data


# --------------------------------------------------------------------------------------------
# Killed runs

KILLED = """
import os, signal, sys
import seedsum
from seedsum.output import publishing
from seedsum.reviews import ReviewStore, new_review

def kill(*args, **more):
    os.kill(os.getpid(), signal.SIGKILL)

if sys.argv[2] == "first":
    add, added = ReviewStore.add, []
    def add_one(self, review):
        if added:
            kill()
        added.append(review)
        add(self, review)
    ReviewStore.add = add_one
elif sys.argv[2] == "publishing":
    publishing.publish = kill
else:
    from pathlib import Path
    replace, done = Path.replace, []
    def replaced(self, target):
        if str(target).endswith(".md"):
            done.append(target)
            if len(done) == int(sys.argv[2]):
                kill()
        return replace(self, target)
    Path.replace = replaced
seedsum.run([sys.argv[1] + "/in"], output=sys.argv[1] + "/out", profile="starter", offline=True,
            isolated=False)
"""


@pytest.mark.parametrize("when", ["first", "publishing", "1", "2"])
def test_a_kill_loses_nothing_and_doubles_nothing(project: Path, when: str) -> None:
    def change(text: str) -> str:
        text = sentence("s3", "There are 14 seats.")(sentence("s2", "It opens.")(text))
        return text + "\nMine.\n"

    data = edit(project, change)
    done = subprocess.run([sys.executable, "-c", KILLED, str(project), when], check=False)
    assert done.returncode == -signal.SIGKILL
    run(project)
    assert (in_record(project, "s2"), in_record(project, "s3")) == (
        "It opens.",
        "There are 14 seats.",
    )
    assert sorted(review.segment for review in reviews(project)) == ["s2", "s3"]
    assert [copy.read_bytes() for copy in copies(project)] == [data]
    assert_sound(project)


# --------------------------------------------------------------------------------------------
# Pairs of an earlier version

OLD = Path(__file__).parent / "fixtures" / "written-by-0.1.0"


def test_an_edit_in_a_pair_of_0_1_0_is_taken_in_and_its_file_kept(tmp_path: Path) -> None:
    project = Path(shutil.copytree(OLD, tmp_path / "project"))
    output = project / "output"
    data = (output / "edited.txt.translation.md").read_bytes()
    report = seedsum.run([project / "input"], output=output, profile="starter", offline=True)
    outcome = next(one for one in report.outcomes if one.name == "edited.txt")
    assert outcome.reasons == ("edited", "reviewed", "format-changed")
    text = "The commune's library rereopened Monday after three months of repair."
    segments = read_record(output, "edited.txt")["segments"]
    assert text in [segment["translation"] for segment in segments]
    (copy,) = output.glob("*.edited.md")
    assert copy.read_bytes() == data
    notices = {one.code: one.text for one in report.notices}
    assert "took in 1 sentence" in notices["taken-in"] and copy.name in notices["edited"]
    assert read_records(output)["edited.txt"].integrity is Integrity.INTACT
