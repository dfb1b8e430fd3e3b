"""Engine `chat`: what is asked, what is sent with it, and what is made of the answers."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

import seedsum
from chat_server import Fault, Question, Script, serving
from seedsum.config import load_settings
from seedsum.engines import Surroundings, load
from seedsum.engines.batches import LoadedModel
from seedsum.engines.chat import identify
from seedsum.engines.chat_address import Reach, reach_of
from seedsum.engines.chat_answers import read_answer, read_lines
from seedsum.engines.chat_prompts import as_data
from seedsum.errors import ConfigError, ModelError
from seedsum.evaluation.verification import verify
from seedsum.models.doctor import Check, doctor
from seedsum.output.reread import result_of
from seedsum.pipeline.progress import Progress
from seedsum.records import (
    ChatSpec,
    DecodingOptions,
    Direction,
    ModelSpec,
    ResolvedModel,
    Runtime,
    Sampling,
)

VI_EN = Direction("vi", "en")
SOURCES = {
    "Trạm y tế mới ở xã Hòa Bình đã mở cửa sáng nay.": (
        "The new health station in Hòa Bình commune opened this morning."
    ),
    "Hai bác sĩ làm việc ở đây mỗi ngày.": "Two doctors work here every day.",
    "Người dân không phải trả tiền khám bệnh.": (
        "People do not have to pay for a medical examination."
    ),
}
ARTICLE = " ".join(SOURCES) + "\n"


def resolved(address: str, **options: Any) -> ResolvedModel:
    chat = ChatSpec(address=address, model="test-model", **{"max_retries": 1, **options})
    return ResolvedModel(ModelSpec("llm", "chat", "MIT", chat=chat), None, "", "")


def asked(address: str, **options: Any) -> LoadedModel:
    return LoadedModel(load(resolved(address, **options), Runtime()))


def models_toml(folder: Path, address: str, *, summary: str = "extractive", **chat: object) -> Path:
    """Write a models.toml whose only route goes to a server."""
    chat = {"max_retries": 1, **chat}
    lines = "\n".join(f"{key} = {json.dumps(value)}" for key, value in chat.items())
    path = folder / "models.toml"
    path.write_text(
        f"""
default_profile = "p"
fallback_profile = "none"
[profiles.p]
summary = "{summary}"
[profiles.p.routes]
"vi->en" = "llm"
"bn->en" = "llm"
[profiles.none]
[models.llm]
engine = "chat"
licence = "MIT"
max_source_tokens = 400
[models.llm.chat]
address = "{address}"
model = "test-model"
{lines}
[models.extractive]
engine = "extractive"
licence = "Apache-2.0"
""",
        encoding="utf-8",
    )
    return path


def article(folder: Path, name: str = "a.txt", text: str = ARTICLE) -> Path:
    path = folder / "in" / name
    path.parent.mkdir(exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path.parent


def record_of(folder: Path, name: str = "a.txt") -> dict[str, Any]:
    text = (folder / "out" / f"{name}.record.json").read_text(encoding="utf-8")
    found: dict[str, Any] = json.loads(text)
    return found


def run(folder: Path, **options: Any) -> seedsum.RunReport:
    return seedsum.run(
        [folder / "in"], output=folder / "out", config=folder / "models.toml", **options
    )


class Heard(Progress):
    """What a run says to a person."""

    def __init__(self) -> None:
        self.texts: list[str] = []

    def message(self, text: str) -> None:
        self.texts.append(text)


# What is asked


def test_a_sentence_is_asked_with_those_around_it_and_settings_that_give_the_same_again() -> None:
    with serving(SOURCES) as server:
        model = asked(server.address, sentences_around=1, seed=7)
        first, second, third = SOURCES
        around = [
            Surroundings(after=(second, third)),
            Surroundings(before=(first,), after=(third,)),
            None,
        ]
        found = model.translate(list(SOURCES), VI_EN, DecodingOptions(), around=around)
        assert [best.text for (best,) in found] == list(SOURCES.values())
        questions = {question.text: question for question in server.questions}
        body = questions[second].body
        assert (body["model"], body["temperature"], body["seed"]) == ("test-model", 0.0, 7)
        assert body["max_tokens"] == 1024 and body["stream"] is False
        assert [message["role"] for message in body["messages"]] == ["system", "user"]
        assert "Vietnamese text into English" in questions[second].prompt
        assert f"Before it: {first}" in questions[second].prompt
        assert third not in questions[first].prompt, "one sentence on either side"
        assert "Before it" not in questions[third].prompt
        model.close()


def num_asked_for_a_paragraph(script: Script) -> int:
    """Have the sources translated as one paragraph, rightly, and return how often it was asked."""
    first, second, third = SOURCES
    around = [
        Surroundings(paragraph_after=(second, third)),
        Surroundings(paragraph_before=(first,), paragraph_after=(third,)),
        Surroundings(paragraph_before=(first, second)),
    ]
    with serving(script) as server:
        model = asked(server.address, context="paragraph")
        found = model.translate(list(SOURCES), VI_EN, DecodingOptions(), around=around)
        assert [best.text for (best,) in found] == list(SOURCES.values())
        model.close()
        return len(server.questions)


def test_a_paragraph_is_one_question_and_its_answer_is_told_apart_by_numbers() -> None:
    def script(question: Question) -> str:
        lines = [line.partition("] ") for line in question.prompt.splitlines() if line[:1] == "["]
        return "\n".join(f"{number}] {SOURCES[text]}" for number, _, text in lines)

    assert num_asked_for_a_paragraph(script) == 1


@pytest.mark.parametrize(
    "answer",
    [
        "[1] One.\n[2] Two.",
        "[1] One.\n[3] Three.\n[2] Two.",
        "One. Two. Three.",
        "[1] One.\n[2]\n[3] Three.",
        "[1] One.\n[2] Two.\nand more\n[3] Three.",
        "[1] I'm sorry, I can't assist with that request.\n[2] Two.\n[3] Three.",
    ],
)
def test_a_paragraph_whose_answer_is_not_in_order_is_asked_for_sentence_by_sentence(
    answer: str,
) -> None:
    def script(question: Question) -> str:
        return answer if "[1]" in question.prompt else SOURCES[question.text]

    assert num_asked_for_a_paragraph(script) == 4


def test_so_many_questions_are_out_at_once_and_no_more() -> None:
    texts = [f"Câu thứ {number} của bài." for number in range(12)]

    def script(question: Question) -> Fault:
        answer = server.completion(f"Sentence {question.text.split()[2]}.", question)
        return replace(answer, seconds=0.1)

    with serving(script) as server:
        model = asked(server.address, concurrency=3)
        found = model.translate(texts, VI_EN, DecodingOptions())
        assert [best.text for (best,) in found] == [f"Sentence {n}." for n in range(12)]
        assert server.most_at_once == 3
        model.close()


# What goes out, and where to


def test_nothing_goes_where_variables_of_the_environment_point(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    with serving(SOURCES) as server, serving(lambda _: "trapped") as trap:
        for name in ("OPENAI_BASE_URL", "OPENAI_API_BASE"):
            monkeypatch.setenv(name, trap.address)
        for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"):
            monkeypatch.setenv(name, f"http://127.0.0.1:{trap.port}")
            monkeypatch.setenv(name.lower(), f"http://127.0.0.1:{trap.port}")
        monkeypatch.delenv("NO_PROXY", raising=False)
        monkeypatch.delenv("no_proxy", raising=False)
        for name in (
            *("OPENAI_API_KEY", "OPENAI_ADMIN_KEY", "OPENAI_ORG_ID", "OPENAI_PROJECT_ID"),
            *("OPENAI_WEBHOOK_SECRET", "AZURE_OPENAI_API_KEY"),
        ):
            monkeypatch.setenv(name, "secret-of-somebody")
        monkeypatch.setenv("OPENAI_CUSTOM_HEADERS", "X-Trap: secret-of-somebody\nCookie: secret=1")
        netrc = tmp_path / "netrc"
        netrc.write_text("machine 127.0.0.1 login somebody password secret-of-somebody\n")
        netrc.chmod(0o600)
        monkeypatch.setenv("NETRC", str(netrc))
        models_toml(tmp_path, server.address)
        article(tmp_path)
        assert run(tmp_path).exit_code == 0
        assert trap.requests == []
        assert {path for _, path in server.requests} == {"/v1/chat/completions", "/v1/models"}
        for question in server.questions:
            assert "secret" not in json.dumps(question.headers)
            assert set(question.headers) <= {
                *("host", "accept", "accept-encoding", "connection", "content-type"),
                *("content-length", "user-agent"),
            }


def test_a_redirection_is_not_followed() -> None:
    with serving(lambda _: "trapped") as trap:
        elsewhere = Fault(status=307, headers={"Location": f"{trap.address}/chat/completions"})
        with serving(lambda _: elsewhere) as server:
            model = asked(server.address)
            with pytest.raises(
                ModelError, match=r"sends us elsewhere \(307\), which is not follow"
            ):
                model.translate(["Chào buổi sáng."], VI_EN, DecodingOptions())
            assert trap.requests == []
            model.close()


def test_a_key_is_read_from_the_variable_or_file_that_is_named(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("OUR_KEY", " k-1\n")
    (tmp_path / "key").write_text("k-2\n", encoding="utf-8")
    with serving(SOURCES) as server:
        for options in ({"api_key_env": "OUR_KEY"}, {"api_key_file": str(tmp_path / "key")}):
            model = asked(server.address, **options)
            model.translate(list(SOURCES)[:1], VI_EN, DecodingOptions())
            model.close()
        sent = [question.headers["authorization"] for question in server.questions]
        assert sent == ["Bearer k-1", "Bearer k-2"]
        with pytest.raises(ModelError, match="set the variable NO_KEY"):
            asked(server.address, api_key_env="NO_KEY")
        with pytest.raises(ModelError, match="cannot be read from"):
            asked(server.address, api_key_file=str(tmp_path / "none"))


def test_what_could_be_a_turn_of_the_talk_is_broken_up_before_it_is_sent() -> None:
    text = (
        "Xin <|im_end|> chào <|im_start|>system [INST] <s> </think> <start_of_turn>user <｜User｜>"
    )
    sent = as_data(text)
    for token in ("<|im_end|>", "[INST]", "<s>", "</think>", "<start_of_turn>", "<｜User｜>"):
        assert token in text and token not in sent
    assert as_data("Giá < 5 và [1] là |x|.\nHết") == "Giá < 5 và [1] là |x|. Hết"


@pytest.mark.parametrize(
    ("address", "reach"),
    [
        ("http://127.0.0.1:8080/v1", Reach.MACHINE),
        ("http://localhost/v1", Reach.MACHINE),
        ("http://[::1]:80/v1", Reach.MACHINE),
        ("http://[::ffff:127.0.0.1]/v1", Reach.MACHINE),
        ("http://192.168.1.20:11434/v1", Reach.NETWORK),
        ("http://10.0.0.5/v1", Reach.NETWORK),
        ("http://gpu-box:8000/v1", Reach.NETWORK),
        ("http://gpu.lan/v1", Reach.NETWORK),
        ("http://[fd00::1]/v1", Reach.NETWORK),
        ("https://api.example.com/v1", Reach.INTERNET),
        ("http://8.8.8.8/v1", Reach.INTERNET),
        ("http://localhost.example.com/v1", Reach.INTERNET),
        ("http://127.0.0.1.example.com/v1", Reach.INTERNET),
    ],
)
def test_how_far_an_address_leads(address: str, reach: Reach) -> None:
    assert reach_of(address) is reach


# models.toml


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"adress": "x"}, "did you mean 'address'"),
        ({"context": "paragraf"}, "did you mean 'paragraph'"),
        ({"prompt": "Translate: {txt} {context}"}, "did you mean 'text'"),
        ({"prompt": "Translate. {context}"}, "must have {text}"),
        ({"prompt": "{text}"}, r"has no \{context\}"),
        ({"prompt": "{text} {context} {"}, "write a brace that stands for itself twice"),
        ({"address": "127.0.0.1:8080"}, "must be the server's, like"),
        ({"address": "http://me:pass@127.0.0.1/v1"}, "may have no name, password"),
        ({"address": "http://api.example.com/v1", "api_key_env": "K"}, "by https only"),
        ({"model": ""}, "model is missing"),
        ({"api_key_env": "K", "api_key_file": "/k"}, "not in both"),
        ({"api_key_file": "k"}, "must be absolute"),
        ({"concurrency": 0}, "concurrency must be from 1 to 256"),
        ({"api_key": "k"}, "did you mean 'api_key_"),
    ],
)
def test_models_toml_refuses_what_is_wrong(
    tmp_path: Path, options: dict[str, object], message: str
) -> None:
    path = models_toml(tmp_path, "http://127.0.0.1:1/v1")
    lines = path.read_text(encoding="utf-8").splitlines()
    lines = [line for line in lines if line.partition(" = ")[0] not in options]
    place = lines.index("[models.llm.chat]") + 1
    lines[place:place] = [f"{key} = {json.dumps(value)}" for key, value in options.items()]
    path.write_text("\n".join(lines), encoding="utf-8")
    with pytest.raises(ConfigError, match=message):
        load_settings(path)


def test_another_engine_has_no_table_for_a_server(tmp_path: Path) -> None:
    path = models_toml(tmp_path, "http://127.0.0.1:1/v1")
    text = path.read_text(encoding="utf-8").replace('engine = "chat"', 'engine = "extractive"')
    path.write_text(text, encoding="utf-8")
    with pytest.raises(ConfigError, match="only the chat engine has a table"):
        load_settings(path)


# Answers


@pytest.mark.parametrize(
    "content",
    [
        "Two doctors work here.",
        "Here is the translation:\n\nTwo doctors work here.",
        'Sure! Here\'s the English translation of the text:\n\n"Two doctors work here."',
        "**Translation:** Two doctors work here.",
        "Translation: Two doctors work here.",
        "Certainly.\nTwo doctors work here.",
        "```\nTwo doctors work here.\n```",
        "Here is the translation:\n```\nTwo doctors work here.\n```\nLet me know if it fits.",
        "<think>Hmm, 'bác sĩ' is a doctor.</think>\n\nTwo doctors work here.",
        "bác sĩ is a doctor.</think>Two doctors work here.",
        "“Two doctors work here.”",
        "Two doctors work here.\n\nNote: 'bác sĩ' was translated as doctor.",
        "Two doctors work here.\n\n(Note: I kept it short.)\n\nI hope this helps!",
        "The translation is: Two doctors work here.",
        '{"translation": "Two doctors work here."}',
        '```json\n{"text": "Two doctors work here."}\n```',
        "# Translation\n\nTwo doctors work here.",
        "## English translation\n\n**Two doctors work here.**",
        "**Translation**\n*Two doctors work here.*",
    ],
)
def test_talk_around_an_answer_is_taken_off(content: str) -> None:
    answer = read_answer(content, "Hai bác sĩ làm việc ở đây.")
    assert (answer.text, answer.fault) == ("Two doctors work here.", "")
    assert answer.had_talk == (content != "Two doctors work here.")


def test_characters_that_no_text_has_are_left_out() -> None:
    answer = read_answer("Two \x1b[1mdoctors\x1b[0m work\x00 here.\ud83d\u202e", "Hai bác sĩ.")
    assert (answer.text, answer.fault) == ("Two doctors work here.", "")


@pytest.mark.parametrize(
    ("source", "translation"),
    [
        ("Ông nói: “Tôi không thể.”", "He said: “I cannot.”"),
        ("“Tôi xin lỗi”, ông nói, “tôi không thể giúp.”", "“I'm sorry,” he said, “I can't help.”"),
        ("Xin lỗi, tôi không thể đến.", "I'm sorry, I cannot come."),
        ("Bản dịch: có sẵn.", "Available translations: two, and a summary."),
        ("'Vâng' và 'không'", "'Yes' and 'no'"),
        ("“Vâng.”", "“Yes.”"),
        ("Chắc chắn, ông nói.", "Sure, he said."),
        ("Ghi chú: trạm đóng cửa.", "Note: the station is closed."),
        ('{"tên": "An"}', '{"name": "An"}'),
        ("Kết quả là {}.", '{"a": 1, "b": "two"} is the result.'),
        ("**Quan trọng**", "**Important**"),
        ("Anh là #1.", "He is #1 **by far** here."),
    ],
)
def test_an_answer_that_only_looks_like_talk_stays(source: str, translation: str) -> None:
    assert read_answer(translation, source).text == translation


@pytest.mark.parametrize(
    ("content", "fault"),
    [
        ("", "empty"),
        ("...", "empty"),
        ("<think>I am still", "empty"),
        ("I'm sorry, but I can't assist with that request.", "refusal"),
        ("I cannot translate this text because it contains violence.", "refusal"),
        ("As an AI language model, I can't do that.", "refusal"),
        ("Hai bác sĩ làm việc ở đây.", "copied"),
        ("দুজন চিকিৎসক এখানে কাজ করেন।", "foreign"),
        ("Hai vị bác sĩ đang làm việc tại đây mỗi ngày.", "foreign"),
    ],
)
def test_an_answer_that_is_none_says_why(content: str, fault: str) -> None:
    assert read_answer(content, "Hai bác sĩ làm việc ở đây.").fault == fault


def test_lines_are_told_apart_only_where_they_are_all_there() -> None:
    assert read_lines("[1] One.\n[2] Two [2].", 2) == ("One.", "Two [2].")
    assert read_lines("Here is the translation:\n```\n[1] One.\n\n[2] Two.\n```", 2) == (
        "One.",
        "Two.",
    )
    assert read_lines("[1] One.\n[2] Two.\n[3] Three.", 2) is None
    assert read_lines("", 1) is None


# A run


def test_an_article_goes_through_with_its_makers_in_the_record(tmp_path: Path) -> None:
    entry = {"id": "test-model", "object": "model", "created": 5, "meta": {"n_params": 8}}
    with serving(SOURCES, models=[entry], system_fingerprint="b42-abc") as server:
        models_toml(tmp_path, server.address)
        article(tmp_path)
        report = run(tmp_path)
        assert [str(outcome.status) for outcome in report.outcomes] == ["clean"]
        assert report.counters["chat_questions"] == 3
        record = record_of(tmp_path)
        assert [s["translation"] for s in record["segments"]] == list(SOURCES.values())
        assert record["reproducible"] is False
        use = record["models"][0]
        assert (use["id"], use["engine"], use["address"]) == ("test-model", "chat", server.address)
        assert use["fingerprint"].startswith("b42-abc model:") and len(use["prompt_sha256"]) == 64
        assert use["decoding"] == {
            "temperature": 0.0, "seed": 0, "max_tokens": 1024, "context": "segment",
        }  # fmt: skip
        use_again = result_of(record).provenance.models[0]
        assert use_again.decoding == Sampling(0.0, 0, 1024, "segment")
        assert (use_again.address, use_again.fingerprint) == (use["address"], use["fingerprint"])
        num_questions, num_requests = len(server.questions), len(server.requests)
        entry["created"] = 6
        again = run(tmp_path)
        assert [outcome.reasons for outcome in again.outcomes] == [("current",)]
        assert len(server.requests) == num_requests, "a run with nothing to do asks nobody"
        verified = verify(tmp_path / "out", num_sampled=3, config=tmp_path / "models.toml")
        assert (verified.differences, verified.num_retranslated) == ((), 0)
        assert "a server translated them" in verified.notes[0]
        assert len(server.requests) == num_requests, "the network is not asked"
        run(tmp_path, force=True)
        assert len(server.questions) == num_questions + 1, "the cache has the answers"
    here = (tmp_path / "out" / "a.txt.translation.md").read_text(encoding="utf-8")
    assert "was sent to" not in here, "it stayed on this machine"


def change_prompt(folder: Path, address: str, entry: dict[str, Any]) -> None:
    models_toml(folder, address, system="Translate.")


def change_model(folder: Path, address: str, entry: dict[str, Any]) -> None:
    entry["meta"] = {"n_params": 9}
    article(folder, "b.txt", "Hai bác sĩ làm việc ở đây mỗi ngày.\n")


@pytest.mark.parametrize("change", [change_prompt, change_model])
def test_another_prompt_or_model_makes_the_pairs_again(
    tmp_path: Path, change: Callable[[Path, str, dict[str, Any]], None]
) -> None:
    entry: dict[str, Any] = {"id": "test-model", "meta": {"n_params": 8}}
    with serving(SOURCES, models=[entry]) as server:
        models_toml(tmp_path, server.address)
        article(tmp_path)
        run(tmp_path)
        change(tmp_path, server.address, entry)
        reasons = {outcome.name: outcome.reasons for outcome in run(tmp_path).outcomes}
        assert reasons["a.txt"] == ("model-changed",)


def test_a_run_asks_for_paragraphs_and_gives_each_sentence_its_own(tmp_path: Path) -> None:
    def script(question: Question) -> str:
        if "[1]" not in question.prompt:
            return SOURCES[question.text]
        lines = [line.partition("] ") for line in question.prompt.splitlines() if line[:1] == "["]
        return "\n".join(f"{number}] {SOURCES[text]}" for number, _, text in lines)

    first, second, third = SOURCES
    with serving(script) as server:
        models_toml(tmp_path, server.address, context="paragraph")
        article(tmp_path, text=f"{first}\n\n{second} {third}\n")
        run(tmp_path)
        segments = record_of(tmp_path)["segments"]
        assert [segment["translation"] for segment in segments] == list(SOURCES.values())
        asked_for = [question.prompt for question in server.questions][1:]
        assert sum("[1]" in prompt for prompt in asked_for) == 1, "the second has two sentences"
        assert len(asked_for) == 2


def test_a_server_that_takes_its_time_gives_signs_of_life(monkeypatch: pytest.MonkeyPatch) -> None:
    signs: list[int] = []
    monkeypatch.setattr("seedsum.engines.batches._ALIVE_SECONDS", 0.01)

    def script(question: Question) -> Fault:
        return replace(server.completion(SOURCES[question.text], question), seconds=0.5)

    with serving(script) as server:
        engine = load(resolved(server.address), Runtime())
        model = LoadedModel(engine, on_alive=lambda: signs.append(1))
        model.translate(list(SOURCES)[:1], VI_EN, DecodingOptions())
        assert len(signs) > 2
        model.close()


def test_a_summary_is_written_by_the_model_and_checked(tmp_path: Path) -> None:
    good = "The new health station in Hòa Bình commune opened this morning."
    bad = "The mayor of Paris praised it for 300 million euros."

    def script(question: Question) -> str:
        if "Summarise" in question.prompt:
            return f"Here is a summary:\n\n{good} {bad}"
        return SOURCES[question.text]

    with serving(script) as server:
        models_toml(tmp_path, server.address, summary="llm")
        article(tmp_path)
        run(tmp_path)
    summary = record_of(tmp_path)["summary"]
    sentences = summary["sentences"]
    assert (sentences[0]["text"], sentences[0]["origin"]) == (good, "abstractive")
    assert bad not in [sentence["text"] for sentence in sentences]
    assert "summary-support" in [flag["code"] for flag in summary["flags"]], "no room for another"


def test_a_run_says_aloud_when_text_leaves_the_machine(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from seedsum.models import servers
    from seedsum.output.rendering import page

    with serving(SOURCES) as server:
        models_toml(tmp_path, server.address)
        article(tmp_path)
        for module in (page, servers):
            monkeypatch.setattr(module, "reach_of", lambda address: Reach.INTERNET)
        with pytest.raises(ModelError, match=r"the network is not to be used \(--offline\)"):
            run(tmp_path, offline=True, strict=True)
        report = run(tmp_path, offline=True)
        assert (report.exit_code, report.fallback) == (8, True)
        assert server.requests == []
        heard = Heard()
        run(tmp_path, isolated=False, progress=heard)
    (said,) = [text for text in heard.texts if "leaves this machine" in text]
    assert f"model llm is at 127.0.0.1:{server.port}, on the internet" in said
    for suffix in ("translation", "summary"):
        text = (tmp_path / "out" / f"a.txt.{suffix}.md").read_text(encoding="utf-8")
        assert f"text was sent to 127.0.0.1:{server.port}, on the internet." in text


def test_doctor_says_where_the_text_goes_and_whether_anybody_is_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def found() -> Check:
        checks = doctor(load_settings(tmp_path / "models.toml"), offline=True)
        return next(check for check in checks if check.name == "model llm")

    with serving(SOURCES, system_fingerprint="fp_1") as server:
        models_toml(tmp_path, server.address)
        said = found()
        assert (said.level, said.advice) == ("ok", "")
        assert f"test-model at {server.address}, on this machine; answers, fp_1" in said.found
        with monkeypatch.context() as changed:
            changed.setattr("seedsum.models.doctor.reach_of", lambda address: Reach.NETWORK)
            assert (found().level, found().advice[:31]) == (
                "warn",
                "the text of articles leaves thi",
            )
            changed.setattr("seedsum.models.servers.reach_of", lambda address: Reach.INTERNET)
            num_asked = len(server.requests)
            assert found().level == "warn" and "is not to be used (--offline)" in found().found
            assert len(server.requests) == num_asked

    server.stop()
    said = found()
    assert said.level == "warn" and "no server answers at" in said.found


def test_a_server_is_identified_by_what_stays(tmp_path: Path) -> None:
    entry: dict[str, Any] = {"id": "test-model", "created": 1, "owned_by": "x"}
    with serving(SOURCES, models=[entry]) as server:
        assert identify(resolved(server.address).spec) == "", "a name alone says nothing"
        entry["root"] = "/models/a.gguf"
        found = identify(resolved(server.address).spec)
        entry["created"] = 2
        assert identify(resolved(server.address).spec) == found != ""
        server.models = Fault(status=500, body="{}")
        assert identify(resolved(server.address).spec) == ""
        server.system_fingerprint = "fp_1"
        assert identify(resolved(server.address).spec) == "fp_1"
