"""What a first pull refuses, which has no record of the model to compare with."""

from __future__ import annotations

import json
import os
import shutil
import struct
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from seedsum import languages, models
from seedsum.config import Settings, load_settings, parse_settings
from seedsum.engines.memory import default_runtime
from seedsum.engines.pool import LoadedModels
from seedsum.errors import ModelError, UnsoundModelError
from seedsum.models import canary
from seedsum.models.lock import read_lock
from seedsum.models.vocabulary import vocabulary_size
from seedsum.records import Direction, ModelSpec, ResolvedModel

ROOT = Path(__file__).resolve().parent.parent
STARTER = ROOT / "src" / "seedsum" / "starter" / "ct2"
VI = Direction("vi", "en")


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a copy of the starter's files, which may be changed."""
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    monkeypatch.setenv("SEEDSUM_HOME", str(tmp_path / "home"))
    return Path(shutil.copytree(STARTER, tmp_path / "model"))


def settings_of(folder: Path, *, language: str = "vi", **changed: object) -> Settings:
    model = {
        "engine": "ctranslate2",
        "format": "ctranslate2",
        "folder": folder.name,
        "licence": "CC-BY-SA-4.0",
        "language_codes": {"vi": "__vi__", "bn": "__bn__", "en": "__en__"},
        "max_source_tokens": 96,
        "tokenizer": {"kind": "sentencepiece", "source_model": "sentencepiece.bpe.model"},
    }
    profile = {"summary": "extractive", "routes": {f"{language}->en": "copy"}}
    table = {
        "models": {"copy": model | changed, "extractive": {"engine": "extractive", "licence": "-"}},
        "profiles": {"default": profile, "starter": {"summary": "extractive"}},
    }
    return parse_settings(table, path=folder.parent / "models.toml")


def change_vocabulary(folder: Path, change: Callable[[list[str]], list[str]]) -> None:
    path = folder / "shared_vocabulary.json"
    path.write_text(json.dumps(change(json.loads(path.read_bytes()))))


def multiply(folder: Path, name: str, factor: float) -> None:
    """Multiply a vector of a model.bin, whose values are float32."""
    path = folder / "model.bin"
    data = path.read_bytes()
    start = data.index(name.encode() + b"\0") + len(name) + 1
    rank, length, kind, size = struct.unpack_from("<BIBI", data, start)
    assert (rank, kind, size) == (1, 0, 4 * length)
    start += struct.calcsize("<BIBI")
    values = np.frombuffer(data[start : start + size], np.float32) * np.float32(factor)
    path.write_bytes(data[:start] + values.tobytes() + data[start + size :])


@pytest.mark.parametrize("language", ["vi", "bn"])
def test_a_sound_model_is_taken(folder: Path, language: str) -> None:
    settings = settings_of(folder, language=language)
    models.pull(settings)
    outputs = read_lock(models.lock_path(settings))["copy"].outputs
    assert outputs is not None
    assert len(outputs.texts) == 8


@pytest.mark.parametrize("change", [lambda all: all[:6000], lambda all: all[:-1]])
def test_a_vocabulary_of_another_size_than_the_weights_is_refused(
    folder: Path, change: Callable[[list[str]], list[str]]
) -> None:
    change_vocabulary(folder, change)
    with pytest.raises(UnsoundModelError, match=r"vocabulary has .* for 12,109"):
        models.pull(settings_of(folder))


@pytest.mark.parametrize("language", ["vi", "bn"])
@pytest.mark.parametrize("change", [lambda all: all[::-1], lambda all: all[:4] + all[:3:-1]])
def test_a_vocabulary_in_another_order_is_refused(
    folder: Path, language: str, change: Callable[[list[str]], list[str]]
) -> None:
    change_vocabulary(folder, change)
    with pytest.raises(UnsoundModelError, match=r"of 8 fixed sentences it takes [0-3] for"):
        models.pull(settings_of(folder, language=language))


def test_weights_that_give_no_numbers_are_refused(folder: Path) -> None:
    multiply(folder, "encoder/layer_norm/gamma", 1e30)
    with pytest.raises(UnsoundModelError, match="are damaged"):
        models.pull(settings_of(folder))


def test_scores_that_are_no_numbers_are_not_taken_for_certainty(folder: Path) -> None:
    multiply(folder, "decoder/layer_0/self_attention/layer_norm/gamma", 1e30)
    spec = settings_of(folder).models["copy"]
    model = ResolvedModel(spec, folder, "local", weights_sha256="")
    with (
        LoadedModels({"copy": model}, runtime=default_runtime(), on_load=lambda _: None) as loaded,
        loaded.use("copy") as used,
    ):
        assert used.score(["Xin chào."], ["Hello."], VI) == [float("-inf")]
        with pytest.raises(ModelError, match="no numbers"):
            used.translate(["Xin chào các bạn."], VI, spec.decoding)


@pytest.mark.parametrize(("value", "threads"), [("3,2", 3), ("2", 2), ("x", None), ("0", None)])
def test_a_limit_of_threads_may_have_levels(
    monkeypatch: pytest.MonkeyPatch, value: str, threads: int | None
) -> None:
    monkeypatch.setenv("OMP_NUM_THREADS", value)
    wanted = threads or len(os.sched_getaffinity(0))
    assert canary._runtime().threads_per_worker == wanted


def test_too_few_texts_say_nothing(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    change_vocabulary(folder, lambda all: all[::-1])
    # As where most texts are too long for the model.
    monkeypatch.setattr("seedsum.models.canary._MIN_TEXTS", 9)
    models.pull(settings_of(folder))


def test_the_texts_are_translations_of_each_other() -> None:
    numbers = {len(known.canary) for known in languages.LANGUAGES.values() if known.canary}
    assert numbers == {8}


def test_vocabularies_are_found_in_each_form(folder: Path) -> None:
    spec: ModelSpec = load_settings(ROOT / "models.toml").models["starter"]
    assert vocabulary_size(spec, folder) == 12_109
    shared = folder / "shared_vocabulary.json"
    tokens = json.loads(shared.read_bytes())
    shared.unlink()
    assert vocabulary_size(spec, folder) == 0
    lines = "".join(f"{token}\n" for token in tokens)
    (folder / "source_vocabulary.txt").write_text(lines)
    (folder / "target_vocabulary.json").write_text(json.dumps(tokens[1:]))
    with pytest.raises(UnsoundModelError, match="its target vocabulary has 12,108 tokens"):
        vocabulary_size(spec, folder)


def test_a_file_that_ends_too_early_is_left_to_the_engine(folder: Path) -> None:
    path = folder / "model.bin"
    path.write_bytes(path.read_bytes()[:100])
    with pytest.raises(UnsoundModelError, match="CTranslate2 cannot load"):
        models.pull(settings_of(folder))
