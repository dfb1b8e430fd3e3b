"""A part of a profile whose model cannot be had: what the run says and does, and what comes after.

The Hub is a real server; the translation models that it has are the starter's weights under other
names, and the summary model is a tiny one.
"""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

import seedsum
from hub_server import HubServer, running_hub
from seedsum.engines.ctranslate2 import CTranslate2Model
from seedsum.errors import ModelError
from seedsum.models import storage
from seedsum.pipeline.progress import Progress
from seedsum.records import Hypothesis, RunReport
from seedsum.translation import routes

STARTER = Path(seedsum.__file__).parent / "starter" / "ct2"
pytestmark = pytest.mark.skipif(
    not (STARTER / "model.bin").is_file(), reason="the starter models are not in this checkout"
)

CONFIG = (
    """
[profiles.default]
summary = "news"
routes = { "vi->en" = "vi", "bn->en" = "bn", "hi->en" = "hi" }
[profiles.starter]
routes = { "vi->en" = "starter", "bn->en" = "starter" }
[models.extractive]
engine = "extractive"
licence = "Apache-2.0"
[models.starter]
bundled = "starter"
needs_review = true
"""
    + "".join(
        f"""
engine = "ctranslate2"
format = "ctranslate2"
licence = "CC-BY-SA-4.0"
language_codes = {{ vi = "__vi__", bn = "__bn__", hi = "__bn__", en = "__en__" }}
tokenizer = {{ kind = "sentencepiece", source_model = "sentencepiece.bpe.model" }}
decoding = {{ beam_size = 1, max_target_tokens = 60 }}
max_source_tokens = 96
[models.{name}]
repository = "{repository}"
"""
        for name, repository in (("vi", "quick/vi"), ("bn", "quick/bn"), ("hi", "quick/hi"))
    )
    + """
engine = "ctranslate2"
format = "ctranslate2"
licence = "CC-BY-SA-4.0"
language_codes = { hi = "__bn__", en = "__en__" }
tokenizer = { kind = "sentencepiece", source_model = "sentencepiece.bpe.model" }
decoding = { beam_size = 1, max_target_tokens = 60 }
max_source_tokens = 96
[models.news]
engine = "ctranslate2"
repository = "news/tiny"
licence = "MIT"
max_source_tokens = 200
decoding = { beam_size = 1, min_target_tokens = 5, max_target_tokens = 20 }
"""
)

ARTICLES = {
    "vi.txt": "Mưa lớn ở Hà Nội\n\nSáng nay trời mưa rất to. Nhiều con đường bị ngập nước.\n",
    "bn.txt": "ঢাকায় ভারী বৃষ্টি\n\nআজ সকালে ভারী বৃষ্টি হয়েছে। অনেক রাস্তা ডুবে গেছে।\n",
    "en.txt": "Heavy rain in Hanoi\n\nIt rained hard this morning. Many roads are under water.\n",
    "hi.txt": "दिल्ली में भारी बारिश\n\nआज सुबह बहुत तेज़ बारिश हुई। कई सड़कें पानी में डूब गईं।\n",
}

#: Which articles a part has a hand in.
TOUCHED = {
    "vi->en": {"vi"},
    "bn->en": {"bn"},
    "hi->en": {"hi"},
    "summary": {*["vi", "bn", "en", "hi"]},
}
REPOSITORY = {
    "vi->en": "quick/vi", "bn->en": "quick/bn", "hi->en": "quick/hi", "summary": "news/tiny",
}  # fmt: skip


@pytest.fixture(scope="module")
def tiny_news(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    from tiny_models import build_tiny

    folder = build_tiny("bart", tmp_path_factory.mktemp("news") / "bart")
    return {path.name: path.read_bytes() for path in folder.iterdir()}


@pytest.fixture
def hub(monkeypatch: pytest.MonkeyPatch, tiny_news: dict[str, bytes]) -> Iterator[HubServer]:
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    starter = {path.name: path.read_bytes() for path in STARTER.iterdir()}
    with running_hub() as running:
        monkeypatch.setenv("HF_ENDPOINT", running.url)
        for name in ("vi", "bn", "hi"):
            running.add(f"quick/{name}", starter | {"README.md": name.encode()})
        running.add("news/tiny", tiny_news)
        yield running


@dataclass
class Told(Progress):
    """What a person would have been told."""

    lines: list[str] = field(default_factory=list)

    def message(self, text: str) -> None:
        self.lines.append(text)


@dataclass
class Project:
    folder: Path
    told: list[str] = field(default_factory=list)

    def run(self, **options: Any) -> RunReport:
        told = Told()
        report = seedsum.run(
            [self.folder / "input"],
            output=self.folder / "output",
            config=self.folder / "models.toml",
            progress=told,
            **{"isolated": False, **options},
        )
        self.told = told.lines
        return report

    def record(self, name: str) -> dict[str, Any]:
        path = self.folder / "output" / f"{name}.txt.record.json"
        record: dict[str, Any] = json.loads(path.read_text("utf-8"))
        return record

    def translations(self, name: str) -> list[str]:
        return [segment["translation"] for segment in self.record(name)["segments"]]

    def text(self, name: str) -> str:
        return (self.folder / "output" / name).read_text("utf-8")


@pytest.fixture
def project(tmp_path: Path) -> Project:
    (tmp_path / "models.toml").write_text(CONFIG)
    (tmp_path / "input").mkdir()
    for name, text in ARTICLES.items():
        (tmp_path / "input" / name).write_text(text, encoding="utf-8")
    return Project(tmp_path)


def gated(hub: HubServer, repository: str) -> str:
    hub.repositories[repository].refuse_with = (403, "GatedRepo")
    return "gated"


def gone(hub: HubServer, repository: str) -> str:
    hub.repositories[repository].refuse_with = (404, "RepoNotFound")
    return "not found"


def broken(hub: HubServer, repository: str) -> str:
    hub.failures = [(f"/api/models/{repository}/.*", [(502, {})] * 9)]
    return "server error"


def pickled(hub: HubServer, repository: str) -> str:
    weights = ("model.bin", "model.safetensors")
    files = hub.repositories[repository].revisions["main"].files
    left = {name: data for name, data in files.items() if name not in weights}
    hub.add(repository, left | {"pytorch_model.bin": b"\x80\x04."})
    return "model.bin"


def holed(hub: HubServer, repository: str) -> str:
    """Take one weight out of a repository's file."""
    from safetensors.torch import load, save

    files = hub.repositories[repository].revisions["main"].files
    weights = load(files["model.safetensors"])
    name = sorted(weights)[3]
    del weights[name]
    hub.add(repository, files | {"model.safetensors": save(weights, {"format": "pt"})})
    return name


def is_current(report: RunReport) -> bool:
    return all(outcome.reasons == ("current",) for outcome in report.outcomes)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("part", "harm"),
    [
        ("vi->en", gated), ("bn->en", gone), ("hi->en", gated), ("summary", gated),
        ("vi->en", broken), ("summary", broken), ("vi->en", pickled), ("summary", pickled),
        ("summary", holed),
    ],
)  # fmt: skip
def test_only_what_a_model_should_have_made_is_made_without_it_and_made_again_later(
    hub: HubServer,
    project: Project,
    part: str,
    harm: Callable[[HubServer, str], str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Each part missing in turn: said in five places, and then made good."""
    whole = hub.repositories[REPOSITORY[part]].revisions["main"].files
    why = harm(hub, REPOSITORY[part])
    report = project.run()

    assert report.exit_code == 8 and report.fallback
    (notice,) = [notice for notice in report.notices if notice.code == "fallback"]
    warning = next(line for line in project.told if line.startswith("WARNING"))
    assert why in notice.text
    for said in (notice.text, warning):
        assert ("summaries" if part == "summary" else part) in said
    for name in ("vi", "bn", "en", "hi"):
        record = project.record(name)
        is_touched = name in TOUCHED[part]
        assert record["fallback"] is is_touched
        assert record.get("fallback_parts", []) == [part] * is_touched
        for file in (f"{name}.txt.translation.md", f"{name}.txt.summary.md"):
            assert ("⚠ Made with" in project.text(file)) is is_touched
        used = {(model["role"], model["route"]): model["id"] for model in record["models"]}
        summarised_by = "extractive" if part == "summary" else "news/tiny"
        assert used["summary", "en"] == summarised_by
        if name != "en" and (route := f"{name}->en") != part:
            assert used["translation", route] == f"quick/{name}"
        elif part in ("vi->en", "bn->en") and is_touched:
            assert used["translation", part] == "starter"
        elif part == "hi->en" and is_touched:
            assert ("translation", part) not in used
    assert "without the chosen models" in project.text("index.md")
    assert is_current(project.run())  # it is not made again as long as nothing has changed

    before = {name: project.record(name)["segments"] for name in ("vi", "bn", "en", "hi")}
    if part == "summary":  # the translations stay, also where nobody could make them again
        (project.folder / "output" / ".seedsum" / "cache.sqlite").unlink()
        monkeypatch.setattr(CTranslate2Model, "decode_batches", None)
        monkeypatch.setattr(CTranslate2Model, "score", None)
    hub.failures.clear()
    hub.repositories[REPOSITORY[part]].refuse_with = None
    hub.add(REPOSITORY[part], whole)
    later = project.run()
    assert later.exit_code == 0 and not later.fallback
    written = {o.name.removesuffix(".txt"): o.reasons for o in later.outcomes if o.status}
    assert written == dict.fromkeys(TOUCHED[part], ("fallback",))
    for name in ("vi", "bn", "en", "hi"):
        assert project.record(name)["fallback"] is False
        assert "⚠ Made with" not in project.text(f"{name}.txt.summary.md")
    assert "without the chosen models" not in project.text("index.md")
    assert is_current(project.run())
    if part == "summary":
        assert before == {name: project.record(name)["segments"] for name in before}


def harmed(
    monkeypatch: pytest.MonkeyPatch, is_harmed: Callable[[Sequence[str]], bool]
) -> list[int]:
    """Let the decoder fail where an input is harmed, as a library does; return the sizes tried."""
    start, tried = CTranslate2Model._start, list[int]()

    def failing(self: Any, batch: Any, *arguments: Any) -> list[Any]:
        tried.append(len(batch))
        if any(map(is_harmed, batch)):
            raise ModelError("model vi: CTranslate2 stopped (a bad number)")
        return start(self, batch, *arguments)

    monkeypatch.setattr(CTranslate2Model, "_start", failing)
    return tried


def test_a_decoder_that_fails_at_one_sentence_costs_that_sentence(
    hub: HubServer, project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = " ".join(f"Sáng nay trời mưa to ở xã số {n}." for n in range(20))
    (project.folder / "input" / "vi.txt").write_text(f"{text} Chó mèo ngủ.", encoding="utf-8")
    tried = harmed(monkeypatch, lambda tokens: "▁mèo" in tokens or "mèo" in "".join(tokens))
    report = project.run(profile="starter")
    segments = project.record("vi")["segments"]
    (failed,) = [segment for segment in segments if segment["fate"] == "failed"]
    assert failed["source"] == failed["translation"] == "Chó mèo ngủ."
    assert failed["reason"] == (
        "the model failed at it (model vi: CTranslate2 stopped (a bad number))"
    )
    assert all(segment["fate"] == "translated" for segment in segments if segment is not failed)
    assert {1} < set(tried)
    assert [o.status for o in report.outcomes if o.name == "vi.txt"] == ["review"]
    assert is_current(project.run(profile="starter"))


def test_a_decoder_that_fails_at_everything_ends_the_run(
    hub: HubServer, project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    harmed(monkeypatch, lambda tokens: True)
    with pytest.raises(ModelError, match="a bad number"):
        project.run(profile="starter")


def test_the_only_sentence_may_fail_without_ending_the_run(
    hub: HubServer, project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    harmed(monkeypatch, lambda tokens: len(tokens) > 4)
    report = project.run(profile="starter")
    assert {o.name: o.status for o in report.outcomes}["vi.txt"] == "failed"
    assert "a bad number" in "".join(o.message for o in report.outcomes)


def test_half_of_a_long_sentence_is_no_translation(
    hub: HubServer, project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of a text in pieces nothing is left out without a word: it fails as a whole."""
    pieces = [Hypothesis("A part.", -0.1, 2, True), Hypothesis("", None, 0, False, fault="bad")]
    assert routes._joined(pieces, pieces) == Hypothesis("", None, 0, False, fault="bad")


@pytest.mark.slow
def test_a_better_translation_is_kept_when_its_model_goes_and_its_summary_is_mended_later(
    hub: HubServer, project: Project
) -> None:
    gated(hub, "news/tiny")
    project.run()
    # The translation model goes too: its pairs were made by it, and stay.
    for path in (project.folder / "models.lock").parent.glob("models.lock"):
        path.unlink()
    for name in ("quick/vi", "quick/bn", "quick/hi"):
        gated(hub, name)
    report = project.run()
    assert report.exit_code == 8 and is_current(report)
    assert project.record("vi")["fallback_parts"] == ["summary"]


@pytest.mark.slow
@pytest.mark.parametrize("part", ["summary", "vi->en"])
def test_pairs_made_in_part_without_a_model_can_be_verified(
    hub: HubServer, project: Project, part: str
) -> None:
    gated(hub, REPOSITORY[part])
    project.run()
    found = seedsum.verify(
        project.folder / "output", num_sampled=50, config=project.folder / "models.toml"
    )
    assert found.num_retranslated > 6 and not found.differences and not found.notes


def test_a_run_says_which_models_are_not_for_commercial_use(
    hub: HubServer, project: Project
) -> None:
    config = project.folder / "models.toml"
    config.write_text(CONFIG.replace("needs_review = true", "non_commercial = true"))
    project.run(profile="starter")
    assert "NOT for commercial use: starter (CC-BY-SA-4.0)" in project.told
    assert "no commercial use" in project.text("vi.txt.summary.md")


@pytest.mark.slow
def test_a_summary_model_that_fails_at_one_article_costs_that_summary(
    hub: HubServer, project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    project.run()  # everything is pulled
    harmed(monkeypatch, lambda tokens: "station" in "".join(tokens))
    (project.folder / "input" / "en.txt").write_text(
        "Heavy rain\n\nIt rained hard this morning in the town and the streets were flooded."
        " Farmers are worried because salt water comes further inland than before. The last train"
        " leaves the station tonight for so many people.\n"
    )
    report = project.run(cache=False)
    assert report.exit_code == 0
    summary = project.record("en")["summary"]
    why = [flag["detail"] for flag in summary["flags"] if flag["code"] == "summary-extracted"]
    assert any("a bad number" in detail for detail in why)
    assert all(sentence["origin"] == "extractive" for sentence in summary["sentences"])


def test_a_model_that_cannot_be_loaded_costs_its_part_only(
    project: Project, hub: HubServer, tiny_news: dict[str, bytes]
) -> None:
    """Its files are those of the lock, so that only the worker finds that a weight is missing."""
    from safetensors.torch import load, save

    text = (project.folder / "models.toml").read_text("utf-8")
    text = text.replace(
        '[models.news]\nengine = "ctranslate2"', '[models.news]\nengine = "transformers"'
    )
    (project.folder / "models.toml").write_text(text, "utf-8")
    assert project.run().exit_code == 0
    before = {name: project.translations(name) for name in ("vi", "bn")}
    shutil.rmtree(project.folder / "output")
    (weights,) = storage.home().rglob("model.safetensors")
    whole = weights.read_bytes()
    tensors = load(whole)
    del tensors[sorted(tensors)[5]]
    damaged = save(tensors, metadata={"format": "pt"})
    lock = project.folder / "models.lock"
    locked = lock.read_text("utf-8")
    entry = {"sha256": hashlib.sha256(damaged).hexdigest(), "size": len(damaged)}
    changed = json.loads(locked)
    changed["models"]["news"]["files"]["model.safetensors"] = entry
    lock.write_text(json.dumps(changed), "utf-8")
    weights.write_bytes(damaged)

    with pytest.raises(ModelError, match="not whole: missing"):
        project.run(strict=True)
    report = project.run(isolated=True)
    assert (report.exit_code, report.fallback) == (8, True)
    assert "not whole: missing" in report.fallback_reason
    assert any("summaries are extracts" in line for line in project.told)
    for name in ("vi", "bn"):
        assert project.record(name)["fallback_parts"] == ["summary"]
        assert project.record(name)["summary"]["engine"] == "extractive"
        assert project.translations(name) == before[name]
    report = project.run()
    assert (report.exit_code, {o.reasons for o in report.outcomes}) == (8, {("current",)})

    weights.write_bytes(whole)
    lock.write_text(locked, "utf-8")
    report = project.run()
    assert (report.exit_code, {o.reasons for o in report.outcomes}) == (0, {("fallback",)})
    assert {o.reasons for o in project.run().outcomes} == {("current",)}
