"""Engine `chat` when a server, its model or the way to it does not do what it should."""

from __future__ import annotations

import threading
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from chat_server import ChatServer, Fault, Question, serving
from seedsum.engines import chat, chat_questions
from seedsum.engines.batches import LoadedModel
from seedsum.engines.cache import DecodingCache
from seedsum.engines.chat import identify
from seedsum.errors import ModelError
from seedsum.records import DecodingOptions, Hypothesis
from test_chat import ARTICLE, SOURCES, VI_EN, Heard, article, asked, models_toml, record_of, run
from test_chat import resolved as resolved_model

FIRST, SECOND, THIRD = SOURCES
OPTIONS = DecodingOptions()
REFUSAL = "I'm sorry, but I can't assist with that request."


@pytest.fixture(autouse=True)
def no_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have the client wait no half seconds between retries."""
    monkeypatch.setattr("openai._base_client.INITIAL_RETRY_DELAY", 0.01)
    monkeypatch.setattr("openai._base_client.MAX_RETRY_DELAY", 0.02)


def one(model: LoadedModel, text: str = SECOND) -> Hypothesis:
    ((best,),) = model.translate([text], VI_EN, OPTIONS)
    return best


def counts(model: LoadedModel) -> dict[str, int]:
    """Return what was counted, but for what is 0."""
    usage = model._meter.take()
    names = [name for name in usage.__slots__ if name.startswith("chat_")]
    return {n.removeprefix("chat_"): getattr(usage, n) for n in names if getattr(usage, n)}


class Turns:
    """Gives its answers to the questions about one text in turn, the last one for ever."""

    def __init__(self, *answers: Any) -> None:
        self._answers = list(answers)
        self._lock = threading.Lock()

    def __call__(self, question: Question) -> Any:
        if question.text != SECOND:
            return SOURCES.get(question.text, "Nothing of note.")
        with self._lock:
            return self._answers.pop(0) if len(self._answers) > 1 else self._answers[0]


RIGHT = SOURCES[SECOND]


@pytest.mark.parametrize(
    ("answers", "text", "counted"),
    [
        ([REFUSAL, RIGHT], RIGHT, {"refusal": 1}),
        ([{"content": None, "refusal": "No."}, RIGHT], RIGHT, {"refusal": 1}),
        ([{"content": "", "finish_reason": "content_filter"}, RIGHT], RIGHT, {"refusal": 1}),
        (["", RIGHT], RIGHT, {"empty": 1}),
        ([{"content": None}, RIGHT], RIGHT, {"empty": 1}),
        ([SECOND, RIGHT], RIGHT, {"copied": 1}),
        (["দুজন চিকিৎসক এখানে কাজ করেন।", RIGHT], RIGHT, {"foreign": 1}),
        ([SECOND, SECOND], SECOND, {"copied": 2}),
        (["<think>Let me see", {"content": RIGHT}], RIGHT, {"empty": 1}),
    ],
)
def test_a_bad_answer_is_asked_for_once_more(
    answers: list[Any], text: str, counted: dict[str, int]
) -> None:
    with serving(Turns(*answers)) as server:
        model = asked(server.address)
        assert one(model).text == text
        found = counts(model)
        talk = found.pop("talk", 0)
        assert talk <= 1
        assert found == {"questions": 2, "requests": 2, "asked_again": 1, **counted}
        seeds = [question.body["seed"] for question in server.questions]
        assert seeds == [0, 1]
        model.close()


@pytest.mark.parametrize(
    ("answer", "fault"),
    [
        (REFUSAL, "the model refused"),
        ("", "the answer was empty"),
        (Fault(status=400, body='{"error": {"message": "context too long"}}'),
         "the server rejected the question: 400: context too long"),
        (Fault(status=500, body='{"error": "out of memory"}'),
         "the server failed: 500: out of memory"),
        (Fault(status=502, body="<html>Bad Gateway</html>", content_type="text/html"),
         "the server failed: 502"),
        (Fault(body="<html>Hello</html>", content_type="text/html"),
         "the answer was no JSON of the protocol"),
        (Fault(body='{"choices": [{"mess'), "the answer was no JSON of the protocol"),
        (Fault(body='{"choices": []}'), "the answer was no JSON of the protocol"),
        (Fault(body="[]"), "the answer was no JSON of the protocol"),
        (Fault(drops=True), "the server failed"),
    ],
)  # fmt: skip
def test_a_text_that_gets_no_answer_fails_and_says_why(answer: Any, fault: str) -> None:
    with serving(Turns(answer)) as server:
        model = asked(server.address)
        found = model.translate(list(SOURCES), VI_EN, OPTIONS)
        assert [best.text for (best,) in found] == [SOURCES[FIRST], "", SOURCES[THIRD]]
        assert found[1][0].fault.startswith(fault)
        model.close()


def test_an_answer_that_does_not_come_in_time_fails_its_text() -> None:
    with serving(Turns(Fault(body="{}", seconds=3))) as server:
        model = asked(server.address, timeout_seconds=0.3, max_retries=0)
        found = model.translate(list(SOURCES), VI_EN, OPTIONS)
        assert [bool(best.text) for (best,) in found] == [True, False, True]
        assert found[1][0].fault == "no answer came in 0.3 s"
        assert counts(model)["timeout"] == 2
        model.close()


def test_a_cut_answer_is_kept_as_one_that_is_not_finished() -> None:
    with serving(Turns({"content": "Two doctors work", "finish_reason": "length"})) as server:
        model = asked(server.address)
        best = one(model)
        assert (best.text, best.finished) == ("Two doctors work", False)
        assert counts(model)["cut"] == 1
        model.close()


@pytest.mark.parametrize("status", [429, 500, 503])
def test_a_busy_server_is_asked_again_and_that_is_counted(status: int) -> None:
    busy = Fault(status=status, body='{"error": {"message": "busy"}}')
    with serving(Turns(busy, busy, RIGHT)) as server:
        model = asked(server.address, max_retries=2)
        assert one(model).text == RIGHT
        assert counts(model) == {"questions": 1, "requests": 3, "retries": 2}
        model.close()


@pytest.mark.parametrize(
    ("fault", "message"),
    [
        (Fault(status=429, body='{"error": {"message": "quota"}}'),
         r"takes no more questions \(429: quota\); run again later"),
        (Fault(status=401, body='{"error": {"message": "bad key"}}'), r"refuses the key \(401: "),
        (Fault(status=404, body='{"error": {"message": "no such model"}}'),
         r"has no model 'test-model' \(404: no such model\); it has test-model; see address and"),
    ],
)  # fmt: skip
def test_a_server_that_cannot_be_asked_ends_it_in_words(fault: Fault, message: str) -> None:
    with serving(lambda _: fault) as server:
        model = asked(server.address)
        with pytest.raises(ModelError, match=message):
            one(model)
        model.close()


def test_a_server_that_only_fails_ends_it_before_every_text_has_failed() -> None:
    texts = [f"Câu thứ {number} của bài." for number in range(40)]
    with serving(lambda _: Fault(status=500, body='{"error": "broken"}')) as server:
        model = asked(server.address, max_retries=0, concurrency=1)
        with pytest.raises(ModelError, match=r"the server failed: 500: broken, again and again"):
            model.translate(texts, VI_EN, OPTIONS)
        assert len(server.questions) == chat_questions.MAX_FAILURES
        model.close()


def test_no_server_at_the_address_is_said_in_words() -> None:
    with serving(SOURCES) as server:
        address = server.address
    spec = resolved_model(address).spec
    with pytest.raises(ModelError, match=rf"no server answers at {address}"):
        identify(spec)


def test_a_server_whose_model_changes_ends_it() -> None:
    with serving(SOURCES, system_fingerprint="fp_2") as server:
        model = replace(resolved_model(server.address), revision="fp_1 model:abc")
        loaded = LoadedModel(chat.load(model, None))  # type: ignore[arg-type]
        with pytest.raises(ModelError, match="says that it is fp_2, and was fp_1 when this run"):
            one(loaded)
        loaded.close()
        trusting = replace(model.spec.chat, check_fingerprint=False)
        model = replace(model, spec=replace(model.spec, chat=trusting))
        loaded = LoadedModel(chat.load(model, None))  # type: ignore[arg-type]
        assert one(loaded).text == RIGHT
        loaded.close()


def test_what_came_to_nothing_is_not_kept_in_the_cache(tmp_path: Path) -> None:
    with (
        serving(Turns(REFUSAL, REFUSAL, RIGHT)) as server,
        DecodingCache(tmp_path / "cache", on_message=print) as cache,
    ):
        model = LoadedModel(
            chat.load(resolved_model(server.address), None),  # type: ignore[arg-type]
            cache=cache,
        )
        assert one(model).text == ""
        assert one(model).text == RIGHT
        num_questions = len(server.questions)
        assert one(model).text == RIGHT
        assert len(server.questions) == num_questions
        model.close()


# Runs


def test_a_run_goes_on_past_a_sentence_that_is_refused(tmp_path: Path) -> None:
    with serving(Turns(REFUSAL)) as server:
        models_toml(tmp_path, server.address)
        article(tmp_path)
        report = run(tmp_path)
    assert (report.exit_code, [str(o.status) for o in report.outcomes]) == (0, ["review"])
    assert report.counters["chat_refusal"] >= 2
    segments = record_of(tmp_path)["segments"]
    assert [segment["fate"] for segment in segments] == ["translated", "failed", "translated"]
    assert (segments[1]["reason"], segments[1]["translation"]) == ("the model refused", SECOND)


def test_where_the_summaries_server_is_away_translations_go_on(tmp_path: Path) -> None:
    with serving(SOURCES) as gone:
        away = gone.address
    first = next(iter(SOURCES.values()))
    with serving(lambda q: SOURCES.get(q.text, first)) as server:
        path = models_toml(tmp_path, server.address)
        text = path.read_text(encoding="utf-8")
        text = text.replace('summary = "extractive"', 'summary = "writer"', 1) + (
            '[models.writer]\nengine = "chat"\nlicence = "MIT"\n[models.writer.chat]\n'
            f'address = "{away}"\nmodel = "writer"\nmax_retries = 0\n'
        )
        path.write_text(text, encoding="utf-8")
        article(tmp_path)
        report = run(tmp_path)
        assert (report.exit_code, report.fallback) == (8, True)
        assert f"no server answers at {away}" in report.fallback_reason
        record = record_of(tmp_path)
        assert [s["translation"] for s in record["segments"]] == list(SOURCES.values())
        assert record["summary"]["engine"] == "extractive"
        with pytest.raises(ModelError, match="no server answers"):
            run(tmp_path, strict=True)
        assert [o.reasons for o in run(tmp_path).outcomes] == [("current",)]
        gone.script = lambda q: first
        gone.start()
        try:
            assert [o.reasons for o in run(tmp_path).outcomes] == [("fallback",)]
        finally:
            gone.stop()
        assert record_of(tmp_path)["summary"]["engine"] != "extractive"


class Away:
    """Takes the server away in the middle of a run, before it answers the third article."""

    def __init__(self) -> None:
        self.server: ChatServer | None = None

    def __call__(self, question: Question) -> Any:
        if "Bài 3" in question.text and self.server is not None:
            threading.Thread(target=self.server.stop).start()
            return Fault(drops=True, seconds=0.3)
        number = question.text.partition(".")[0].removeprefix("Bài ")
        return f"Article {number}." if question.text.startswith("Bài") else SOURCES[question.text]


def test_a_server_that_goes_away_ends_the_run_and_what_is_done_stays(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("seedsum.pipeline.supervision.WINDOW_DOCUMENTS", 1)
    monkeypatch.setattr("seedsum.pipeline.supervision._WINDOWS_AHEAD", 1)
    away = Away()
    with serving(away) as server:
        models_toml(tmp_path, server.address)
        for number in range(1, 5):
            article(tmp_path, f"{number}.txt", f"Bài {number}. {ARTICLE}")
        away.server = server
        with pytest.raises(
            ModelError, match=r"no server answers at .*; start it and run again: wh"
        ):
            run(tmp_path)
        done = sorted(path.name for path in (tmp_path / "out").glob("*.record.json"))
        assert done == ["1.txt.record.json", "2.txt.record.json"]
        with pytest.raises(ModelError, match="no server answers"):
            run(tmp_path, strict=True)
        report = run(tmp_path)
        assert (report.exit_code, report.fallback) == (8, True)
        reasons = [outcome.reasons for outcome in report.outcomes]
        assert reasons == [("current",), ("current",), ("new",), ("new",)]
        report = run(tmp_path)
        assert (report.exit_code, {o.reasons for o in report.outcomes}) == (8, {("current",)})
        away.server = None
        server.start()
        report = run(tmp_path)
        reasons = [outcome.reasons for outcome in report.outcomes]
        assert reasons == [("current",), ("current",), ("fallback",), ("fallback",)]
        assert report.exit_code == 0


def test_a_server_that_comes_back_soon_ends_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("openai._base_client.INITIAL_RETRY_DELAY", 0.2)
    monkeypatch.setattr("openai._base_client.MAX_RETRY_DELAY", 0.5)
    is_first = threading.Event()

    def script(question: Question) -> Any:
        if question.text == THIRD and not is_first.is_set():
            is_first.set()

            def restart() -> None:
                server.stop()
                threading.Timer(0.4, server.start).start()

            threading.Thread(target=restart).start()
            return Fault(drops=True, seconds=0.2)
        return SOURCES[question.text]

    with serving(script) as server:
        models_toml(tmp_path, server.address, max_retries=8)
        article(tmp_path)
        heard = Heard()
        report = run(tmp_path, isolated=False, progress=heard)
        assert [str(outcome.status) for outcome in report.outcomes] == ["clean"]
        assert report.counters["chat_retries"] >= 1


def test_an_answer_far_longer_than_allowed_fails_its_sentence_alone(tmp_path: Path) -> None:
    with serving(Turns("word " * 1_000_000)) as server:
        models_toml(tmp_path, server.address)
        article(tmp_path)
        report = run(tmp_path, isolated=False)
        assert report.counters["chat_too_long"] >= 2
        segments = record_of(tmp_path)["segments"]
        assert [segment["fate"] for segment in segments] == ["translated", "failed", "translated"]
        assert "far longer than max_tokens allows (5,000,000 characters)" in segments[1]["reason"]


def test_a_translations_server_that_is_away_costs_its_language_only(tmp_path: Path) -> None:
    with serving(SOURCES) as gone:
        away = gone.address
    with serving(lambda question: "It rained hard in Dhaka this morning.") as server:
        path = models_toml(tmp_path, away, max_retries=0)
        text = path.read_text(encoding="utf-8")
        text = text.replace('"bn->en" = "llm"', '"bn->en" = "other"', 1) + (
            '\n[models.other]\nengine = "chat"\nlicence = "MIT"\n[models.other.chat]\n'
            f'address = "{server.address}"\nmodel = "test-model"\nmax_retries = 0\n'
        )
        path.write_text(text, encoding="utf-8")
        article(tmp_path)
        article(tmp_path, "bn.txt", "আজ সকালে ঢাকায় ভারী বৃষ্টি হয়েছে।")
        report = run(tmp_path)
        assert (report.exit_code, report.fallback) == (8, True)
        (segment,) = record_of(tmp_path, "bn.txt")["segments"]
        assert segment["translation"] == "It rained hard in Dhaka this morning."
        assert record_of(tmp_path)["fallback_parts"] == ["vi->en"]
        assert {o.reasons for o in run(tmp_path).outcomes} == {("current",)}
