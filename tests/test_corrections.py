"""Corrections are data: what a person said of a sentence decides what the next run writes."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, example, given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator
from typer.testing import CliRunner

import seedsum
import toy_english
from seedsum import plugins
from seedsum.cli import app
from seedsum.engines import engines
from seedsum.evaluation.verification import verify
from seedsum.output.rendering import render
from seedsum.output.reread import output_options_of, result_of
from seedsum.pipeline.monitoring import write_metrics
from seedsum.pipeline.run import run
from seedsum.records import Part, Review, Verdict
from seedsum.reviews import ReviewStore, cited_text, new_review
from toy_english import ASKED, told

MODELS = """
default_profile = "first"
fallback_profile = "first"
[profiles.first.routes]
"vi->en" = "first"
[profiles.second.routes]
"vi->en" = "second"
[models.first]
engine = "tell"
licence = "MIT"
[models.second]
engine = "tell"
licence = "MIT"
max_source_tokens = 12
[models.extractive]
engine = "extractive"
licence = "Apache-2.0"
"""

TITLE = "Trạm y tế mới mở cửa ở xã"
SENTENCES = [
    "Một trạm y tế mới đã mở cửa ở xã sáng nay.",
    "Hai bác sĩ khám bệnh cho trẻ em ở đó mỗi ngày.",
    "Người dân trong xã rất vui vì không phải đi xa nữa.",
    "Thuốc cho phụ nữ mang thai được phát miễn phí.",
    "Chính quyền sẽ sửa con đường đến trạm trong năm nay.",
    "Các trường học cũng được nhận tủ thuốc mới.",
]
EDITED = "The money for the new clinic came from the people of the commune themselves."


@pytest.fixture(autouse=True)
def engine(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Install the toy engine."""
    others = plugins.load

    def load(group: str) -> dict[str, Any]:
        return {"tell": toy_english.TELL} if group == "seedsum.engines" else dict(others(group))

    monkeypatch.setattr(plugins, "load", load)
    engines.cache_clear()
    ASKED.clear()
    yield
    engines.cache_clear()


@dataclass
class Project:
    """An input with one article, and its output."""

    folder: Path
    name: str = "a.txt"

    def write(self, sentences: Sequence[str], *, name: str = "a.txt") -> None:
        (self.folder / "in" / self.name).unlink(missing_ok=True)
        self.name = name
        text = "\n\n".join([TITLE, *sentences])
        (self.folder / "in" / name).write_text(text, encoding="utf-8")

    def run(self, **options: Any) -> seedsum.RunReport:
        ASKED.clear()
        stated = {"isolated": False, "offline": True, "config": self.folder / "models.toml"}
        return run([self.folder / "in"], output=self.folder / "out", **{**stated, **options})

    @property
    def output(self) -> Path:
        return self.folder / "out"

    @property
    def record(self) -> dict[str, Any]:
        found = json.loads((self.output / f"{self.name}.record.json").read_text())
        schema = json.loads(SCHEMA.read_text())
        Draft202012Validator(schema).validate(found)
        assert isinstance(found, dict)
        return found

    def text(self, kind: str) -> str:
        return (self.output / f"{self.name}.{kind}.md").read_text()

    def english(self) -> dict[str, str]:
        return {item["source"]: item["translation"] for item in self.record["segments"]}

    def segment(self, source: str) -> dict[str, Any]:
        (found,) = [item for item in self.record["segments"] if item["source"] == source]
        assert isinstance(found, dict)
        return found

    def say(self, verdict: Verdict, source: str, text: str = "", **more: Any) -> Review:
        """Review a sentence as it stands in the record."""
        record = self.record
        sources = [item["source"] for item in record["segments"]]
        place = sources.index(source)
        return self.add(
            Part.SENTENCE,
            verdict,
            source=source,
            before=sources[place - 1] if place else "",
            after=(*sources, "")[place + 1],
            text=text,
            machine_text=record["segments"][place]["translation"],
            direction="vi->en",
            segment=record["segments"][place]["id"],
            **more,
        )

    def say_of_summary(self, number: int, verdict: Verdict, text: str = "", note: str = "") -> None:
        record = self.record
        sentence = record["summary"]["sentences"][number]
        english = {item["id"]: item["translation"] for item in record["segments"]}
        self.add(
            Part.SUMMARY,
            verdict,
            source=cited_text(sentence["cites"], english),
            text=text,
            machine_text=sentence["text"],
            note=note,
        )

    def mark_done(self, verdict: Verdict = Verdict.ACCEPTED) -> None:
        self.add(Part.ARTICLE, verdict)

    def add(self, part: Part, verdict: Verdict, **more: Any) -> Review:
        stated = {"reviewer": "Lan", "document": self.name, **more}
        review = new_review(part, verdict, source_sha256=self.record["source"]["sha256"], **stated)
        ReviewStore(self.output).add(review)
        return review


@dataclass
class Still(Project):
    """A project whose reviewers go on with the record that they have."""

    seen: dict[str, Any] = field(default_factory=dict)

    @property
    def record(self) -> dict[str, Any]:
        return self.seen


SCHEMA = Path(seedsum.__file__).parent / "output" / "record.schema.json"


@pytest.fixture
def project(tmp_path: Path) -> Project:
    (tmp_path / "in").mkdir()
    (tmp_path / "models.toml").write_text(MODELS)
    made = Project(tmp_path)
    made.write(SENTENCES)
    made.run()
    return made


def reasons(report: seedsum.RunReport) -> list[tuple[str, ...]]:
    return [outcome.reasons for outcome in report.outcomes]


def test_an_edit_is_in_translation_summary_and_record(project: Project) -> None:
    before = project.record
    project.say(Verdict.EDITED, SENTENCES[0], EDITED)
    assert reasons(project.run()) == [("reviewed",)]
    assert SENTENCES[0] not in ASKED
    segment = project.segment(SENTENCES[0])
    assert (segment["fate"], segment["translation"]) == ("reviewed", EDITED)
    assert segment["reason"] == "edited by Lan"
    assert segment["reviewed"]["machine_text"] == told(SENTENCES[0], "first")
    assert segment["reviewed"]["reviewer"] == "Lan"
    after = project.record
    assert after["counts"]["reviewed"] == 1
    assert after["run_key"] != before["run_key"]
    assert EDITED in project.text("translation")
    cited = [one for one in after["summary"]["sentences"] if segment["id"] in one["cites"]]
    assert [one["text"] for one in cited] == [EDITED]
    assert EDITED in project.text("summary")
    assert reasons(project.run()) == [("current",)]


def test_what_was_not_reviewed_keeps_its_bytes(project: Project) -> None:
    def files() -> dict[str, bytes]:
        return {path.name: path.read_bytes() for path in project.output.glob("a.txt.*")}

    before = files()
    assert "reviews" not in project.record["key_parts"]
    project.say(Verdict.EDITED, SENTENCES[0], EDITED)
    project.run()
    assert files() != before
    project.say(Verdict.WITHDRAWN, SENTENCES[0])
    assert reasons(project.run()) == [("reviewed",)]
    assert files() == before


@pytest.mark.parametrize(
    "then",
    [
        lambda project: project.run(force=True),
        lambda project: project.run(profile="second"),
        lambda project: project.run(profile="second", force=True, cache=False),
        lambda project: (project.write([*SENTENCES[3:], SENTENCES[0]]), project.run()),
        lambda project: (project.write(SENTENCES, name="moved.txt"), project.run()),
    ],
    ids=["force", "model", "model and force", "order", "name"],
)
def test_an_edit_survives(project: Project, then: Callable[[Project], object]) -> None:
    project.say(Verdict.EDITED, SENTENCES[0], EDITED)
    project.run()
    then(project)
    assert project.english()[SENTENCES[0]] == EDITED
    assert SENTENCES[0] not in ASKED


def test_a_moved_article_keeps_its_edits_through_every_later_change(project: Project) -> None:
    project.say(Verdict.EDITED, SENTENCES[0], EDITED)
    project.write(SENTENCES, name="moved.txt")
    project.run()
    assert project.record["reviewed_as"] == ["a.txt"]
    for number in range(1, 4):
        project.write(SENTENCES[:-number], name="moved.txt")
        project.run()
        assert project.english()[SENTENCES[0]] == EDITED
    assert reasons(project.run())[0] == ("current",)


CHANGED = "Một trạm y tế mới đã mở cửa ở xã sáng qua."


def test_a_changed_sentence_makes_the_edit_stale(project: Project) -> None:
    project.say(Verdict.EDITED, SENTENCES[0], EDITED)
    project.run()
    project.write([CHANGED, *SENTENCES[1:]])
    report = project.run()
    record = project.record
    (stale,) = record["stale"]
    segment = project.segment(CHANGED)
    assert segment["fate"] == "translated"
    assert (stale["source"], stale["new_source"]) == (SENTENCES[0], CHANGED)
    assert (stale["text"], stale["reviewer"], stale["segment"]) == (EDITED, "Lan", segment["id"])
    assert record["status"] == "review"
    assert record["reasons"][0] == f"{segment['id']} has changed since it was edited by Lan"
    assert [notice.code for notice in report.notices] == ["stale"]
    assert [notice.code for notice in project.run().notices] == ["stale"]
    for words in (EDITED, SENTENCES[0]):
        assert words in project.text("translation")
    # Somebody looks at the new sentence: nothing is stale any more.
    project.say(Verdict.ACCEPTED, CHANGED)
    assert project.run().notices == ()
    assert "stale" not in project.record


def test_what_is_gone_is_kept_in_the_record_and_asks_for_nothing(project: Project) -> None:
    project.say(Verdict.EDITED, SENTENCES[3], EDITED)
    project.write([*SENTENCES[:3], *SENTENCES[4:]])
    report = project.run()
    (stale,) = project.record["stale"]
    assert "segment" not in stale
    assert stale["text"] == EDITED
    assert report.notices == ()


def test_a_rejected_sentence_stays_and_is_flagged(project: Project) -> None:
    project.say(Verdict.REJECTED, SENTENCES[1], note="no doctors at all")
    project.run()
    segment = project.segment(SENTENCES[1])
    assert segment["fate"] == "translated"
    assert segment["flags"][0] == {"code": "rejected", "detail": "no doctors at all"}
    assert project.record["status"] == "review"
    assert "no doctors at all · rejected" in project.text("translation")
    project.run(profile="second")
    (flag,) = [one for one in project.segment(SENTENCES[1])["flags"] if one["code"] == "rejected"]
    assert flag["detail"] == "of an earlier translation: no doctors at all"


def test_dismissed_flags_ask_for_no_look_at_the_text_that_was_seen(project: Project) -> None:
    flagged = [item for item in project.record["segments"] if item["flags"]]
    assert flagged
    for item in flagged:
        codes = tuple(flag["code"] for flag in item["flags"])
        project.say(Verdict.DISMISSED, item["source"], dismissed=codes)
    project.run()
    assert project.record["counts"]["flagged"] == 0
    again = project.segment(flagged[0]["source"])
    assert again["flags"] == []
    assert again["fate"] == "translated"
    assert [one["code"] for one in again["reviewed"]["flags"]] == [
        one["code"] for one in flagged[0]["flags"]
    ]
    assert project.record["status"] == "clean"
    project.run(profile="second")
    assert project.segment(flagged[0]["source"])["flags"] != []


def test_an_article_that_is_done_is_checked(project: Project) -> None:
    project.mark_done()
    project.run()
    assert project.record["status"] != "checked"
    assert "not checked by anybody" in project.record["reasons"][0]
    for item in project.record["segments"]:
        project.say(Verdict.ACCEPTED, item["source"])
    project.run()
    assert project.record["status"] == "checked"
    assert project.record["reasons"][0].startswith("checked by Lan on 20")
    assert "1 checked by a person" in (project.output / "index.md").read_text()
    assert "What needs a look" not in project.text("summary")
    assert "## Checked, and what checks say\n\n- checked by Lan" in project.text("summary")
    assert '"status":"Checked"' in (project.output / "index.html").read_text()
    write_metrics(
        project.folder / "m.prom", output=project.output, report=None, exit_code=0, seconds=1.0
    )
    metrics = (project.folder / "m.prom").read_text()
    assert 'seedsum_documents{status="checked"} 1.0' in metrics
    folder, config = project.folder / "in", project.folder / "models.toml"
    options = ["--output", project.output, "--config", config, "--json"]
    shown = CliRunner().invoke(app, list(map(str, ["status", folder, *options])))
    assert json.loads(shown.stdout)["pairs"] == {"checked": 1}
    # A new sentence that the summary cites has not been looked at.
    project.write([f"{SENTENCES[0]}", *SENTENCES[1:], "Trạm y tế mới của xã mở cửa mỗi ngày."])
    project.run()
    assert project.record["status"] != "checked"
    project.mark_done()
    project.mark_done(Verdict.WITHDRAWN)
    project.run()
    assert project.record["status"] != "checked"


def test_who_marks_an_article_as_done_keeps_the_summary_that_was_seen(project: Project) -> None:
    for item in project.record["segments"]:
        project.say(Verdict.ACCEPTED, item["source"])
    project.run()
    cited = [sentence["cites"] for sentence in project.record["summary"]["sentences"]]
    seen = [item for item in project.record["segments"] if [item["id"]] not in cited][-2:]
    done = {"source": "\n".join(item["source"] for item in seen)}
    done["text"] = "\n".join(item["translation"] for item in seen)
    project.add(Part.ARTICLE, Verdict.ACCEPTED, **done)
    project.run()
    assert project.record["status"] == "checked"
    sentences = project.record["summary"]["sentences"]
    assert [sentence["cites"] for sentence in sentences] == [[item["id"]] for item in seen]
    # Whoever edits one of them again gets that text.
    project.say(Verdict.EDITED, seen[0]["source"], EDITED)
    project.run()
    assert project.record["summary"]["sentences"][0]["text"] == EDITED
    # What nobody stands for any more is not kept: the other choice is back.
    project.say(Verdict.WITHDRAWN, seen[1]["source"])
    project.run()
    cites = [one["cites"] for one in project.record["summary"]["sentences"]]
    assert [seen[1]["id"]] not in cites


def test_accepted_summary_sentences_suffice(project: Project) -> None:
    for number in range(len(project.record["summary"]["sentences"])):
        project.say_of_summary(number, Verdict.ACCEPTED)
    project.mark_done()
    project.run()
    assert project.record["status"] == "checked"


def test_a_summary_sentence_has_its_own_verdict(project: Project) -> None:
    project.say_of_summary(0, Verdict.EDITED, "A clinic opened.")
    project.say_of_summary(1, Verdict.REJECTED, note="beside the point")
    project.run()
    first, second, *_ = project.record["summary"]["sentences"]
    assert first["text"] == "A clinic opened."
    assert first["reviewed"]["verdict"] == "edited"
    assert second["flags"][0] == {"code": "rejected", "detail": "beside the point"}
    assert "A clinic opened." in project.text("summary")
    assert reasons(project.run()) == [("current",)]


def test_a_term_is_wanted_in_every_article(project: Project) -> None:
    before = project.record["key_parts"]["options"]
    project.add(
        Part.TERM, Verdict.ACCEPTED, source="trạm y tế", text="health post", direction="vi->en"
    )
    assert reasons(project.run()) == [("options-changed",)]
    flags = [flag for item in project.record["segments"] for flag in item["flags"]]
    assert any(flag["code"] == "glossary" and "health post" in flag["detail"] for flag in flags)
    assert project.record["key_parts"]["options"] != before
    assert reasons(project.run()) == [("current",)]
    project.add(Part.TERM, Verdict.WITHDRAWN, source="trạm y tế", direction="vi->en")
    project.run()
    assert project.record["key_parts"]["options"] == before


def test_a_reviewed_output_verifies(project: Project) -> None:
    project.say(Verdict.EDITED, SENTENCES[0], EDITED)
    project.add(Part.TERM, Verdict.ACCEPTED, source="xã", text="commune", direction="vi->en")
    project.run()
    found = verify(project.output, num_sampled=99, config=project.folder / "models.toml")
    assert (found.differences, found.notes) == ((), ())
    assert found.num_retranslated == len(SENTENCES)  # with the title, without the edited one


LONG = (
    "Trạm có mười hai giường bệnh và một phòng xét nghiệm, cùng với một phòng sinh cho phụ nữ,"
    " và bác sĩ nói rằng người dân sẽ không phải đi hơn ba mươi cây số nữa."
)


def test_pieces_of_a_long_sentence_are_found_again(project: Project) -> None:
    project.write([*SENTENCES[:2], LONG, *SENTENCES[2:]])
    project.run(profile="second")
    pieces = [item["source"] for item in project.record["segments"] if item["source"] in LONG]
    assert len(pieces) > 1
    project.say(Verdict.EDITED, pieces[1], "A part of it.")
    project.run(profile="second")
    assert project.english()[pieces[1]] == "A part of it."
    assert pieces[1] not in ASKED
    assert "stale" not in project.record
    project.write([SENTENCES[5], LONG])
    project.run(profile="second")
    assert project.english()[pieces[1]] == "A part of it."


def test_an_accepted_sentence_that_is_kept_or_english_is_reviewed(project: Project) -> None:
    project.write([*SENTENCES, "The new clinic is open to everybody in the whole commune.", "12/3"])
    project.run()
    for source, text in (
        ("The new clinic is open to everybody in the whole commune.", "The clinic is open to all."),
        ("12/3", "12 March"),
    ):
        project.say(Verdict.EDITED, source, text)
    project.run()
    for source, text in (
        ("The new clinic is open to everybody in the whole commune.", "The clinic is open to all."),
        ("12/3", "12 March"),
    ):
        assert (project.segment(source)["fate"], project.english()[source]) == ("reviewed", text)


def test_a_reviewed_record_gives_its_files_again(project: Project) -> None:
    project.say(Verdict.EDITED, SENTENCES[0], EDITED, note="see the minutes")
    project.say(Verdict.ACCEPTED, SENTENCES[1])
    project.say(Verdict.REJECTED, SENTENCES[2], note="not *said* | here")
    project.say(Verdict.EDITED, SENTENCES[3], EDITED)
    project.write([*SENTENCES[:3], *SENTENCES[4:]])
    project.run()
    project.say_of_summary(0, Verdict.EDITED, "Children are seen there every day.")
    project.run()
    record = project.record
    pair = render(result_of(record), options=output_options_of(record))
    assert json.loads(pair.record) == record
    assert [pair.files[f".{kind}.md"] for kind in ("summary", "translation")] == [
        project.text(kind) for kind in ("summary", "translation")
    ]
    translation, summary = project.text("translation"), project.text("summary")
    assert "2 reviewed by a person" in translation
    assert f"{told(SENTENCES[0], 'first')} | edited by Lan — see the minutes" in translation
    assert "but for what was accepted or edited by Lan" in translation
    assert f"A sentence that was edited by Lan is gone. It was: “{SENTENCES[3]}”" in translation
    assert "· edited by Lan" in summary
    assert "   - edited by Lan" in summary


def test_writers_and_a_run_at_once_lose_nothing(project: Project) -> None:
    """Whatever a run has not seen, the next one takes in."""

    def write(place: int) -> None:
        for number in range(20):
            still.say(Verdict.EDITED, SENTENCES[place], f"{EDITED} {place} {number}")

    still = Still(project.folder, seen=project.record)
    writers = [threading.Thread(target=write, args=(place,)) for place in range(2)]
    for thread in writers:
        thread.start()
    while any(thread.is_alive() for thread in writers):
        assert still.run().exit_code == 0
    for thread in writers:
        thread.join()
    still.run()
    assert reasons(still.run()) == [("current",)]
    english = project.english()
    assert [english[SENTENCES[place]] for place in range(2)] == [
        f"{EDITED} {place} 19" for place in range(2)
    ]
    assert len(ReviewStore(project.output).read()) == 40


_STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("add"), st.integers(0, 9)),
        st.tuples(st.just("remove"), st.integers(0, 9)),
        st.tuples(st.just("move"), st.integers(0, 9)),
        st.tuples(st.just("model"), st.sampled_from(["first", "second"])),
        st.just(("force", None)),
        st.just(("name", None)),
    ),
    min_size=1,
    max_size=4,
)


@pytest.mark.slow
@settings(
    max_examples=25,
    phases=[Phase.explicit, Phase.reuse, Phase.generate],  # an example takes a second to shrink
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@example(chosen={SENTENCES[0]}, steps=[("add", 0), ("name", None), ("add", 0)])
@given(chosen=st.sets(st.sampled_from(SENTENCES), min_size=1, max_size=3), steps=_STEPS)
def test_edits_survive_renumbering_model_change_and_runs(
    tmp_path_factory: pytest.TempPathFactory, chosen: set[str], steps: list[tuple[str, Any]]
) -> None:
    folder = tmp_path_factory.mktemp("project")
    (folder / "in").mkdir()
    (folder / "models.toml").write_text(MODELS)
    project = Project(folder)
    sentences = list(SENTENCES)
    project.write(sentences)
    project.run()
    expected = {source: f"What {number} people said." for number, source in enumerate(chosen)}
    for source, text in expected.items():
        project.say(Verdict.EDITED, source, text)
    profile = "first"
    for number, (what, how) in enumerate(steps):
        match what:
            case "add":
                sentences.insert(how, f"Trạm đã khám cho {number + 20} người trong tuần này.")
            case "remove":
                others = [one for one in sentences if one not in chosen]
                if others:
                    sentences.remove(others[how % len(others)])
            case "move":
                sentences.insert(how, sentences.pop(how % len(sentences)))
            case "model":
                profile = how
        name = f"moved-{number}.txt" if what == "name" else project.name
        project.write(sentences, name=name)
        project.run(profile=profile, force=what == "force")
        english = project.english()
        assert {source: english[source] for source in chosen} == expected
        assert not chosen.intersection(ASKED)
        assert "stale" not in project.record
    assert {outcome.reasons for outcome in project.run(profile=profile).outcomes} <= {
        ("current",),
        ("orphaned",),
    }


@pytest.mark.slow
def test_a_correction_goes_from_the_starter_to_every_later_run(tmp_path: Path) -> None:
    """With real models and a worker's process: edit, run, `--force`, another source and profile."""
    (tmp_path / "in").mkdir()
    config = tmp_path / "models.toml"
    config.write_text(STARTER_MODELS)
    project = Project(tmp_path)
    project.write(SENTENCES)

    def go(**options: Any) -> seedsum.RunReport:
        return project.run(isolated=True, **{"profile": "starter", **options})

    go()
    assert project.segment(SENTENCES[0])["fate"] == "translated"
    project.say(Verdict.EDITED, SENTENCES[0], EDITED)
    assert reasons(go()) == [("reviewed",)]
    for what, options in (
        ("force", {"force": True}),
        ("model", {"profile": "greedy"}),
        ("source", {}),
    ):
        if what == "source":
            project.write([SENTENCES[5], *SENTENCES[:4]])
        go(**options)
        record = project.record
        segment = project.segment(SENTENCES[0])
        assert (segment["fate"], segment["translation"]) == ("reviewed", EDITED)
        cited = [one for one in record["summary"]["sentences"] if segment["id"] in one["cites"]]
        assert all(one["text"] == EDITED for one in cited)
        assert EDITED in project.text("translation")
    assert EDITED in project.text("summary")
    project.write([CHANGED, *SENTENCES[1:]])
    report = go()
    assert project.segment(CHANGED)["fate"] == "translated"
    (stale,) = project.record["stale"]
    assert stale["text"] == EDITED
    assert "stale" in [notice.code for notice in report.notices]
    assert reasons(go()) == [("current",)]


_BUNDLED = """
engine = "ctranslate2"
format = "ctranslate2"
bundled = "starter"
licence = "CC-BY-SA-4.0"
language_codes = { vi = "__vi__", bn = "__bn__", en = "__en__" }
max_source_tokens = 96
needs_review = true
tokenizer = { kind = "sentencepiece", source_model = "sentencepiece.bpe.model" }
"""
STARTER_MODELS = f"""
default_profile = "starter"
fallback_profile = "starter"
[profiles.starter.routes]
"vi->en" = "starter"
[profiles.greedy.routes]
"vi->en" = "greedy"
[models.extractive]
engine = "extractive"
licence = "Apache-2.0"
[models.starter]{_BUNDLED}
[models.greedy]{_BUNDLED}
decoding = {{ beam_size = 1, max_target_tokens = 200 }}
"""
