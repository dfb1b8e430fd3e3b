"""Conversions to CTranslate2: faithful, or refused by the canary with the reason in the lock."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import tomllib
from dataclasses import replace
from pathlib import Path

import pytest

from hub_server import running_hub, wait_until
from seedsum import models
from seedsum.config import Settings, parse_settings
from seedsum.engines import load_model
from seedsum.engines.batches import translate_texts
from seedsum.engines.memory import peak_estimate_bytes
from seedsum.errors import ModelError, VerificationError
from seedsum.models import storage
from seedsum.models.canary import canary_texts
from seedsum.models.catalogue import catalogue
from seedsum.models.convert import SCORE_TOLERANCE, convert
from seedsum.models.listener import Silent
from seedsum.models.lock import read_lock
from seedsum.records import DecodingOptions, Direction, Hypothesis, ResolvedModel, Runtime
from tiny_models import ARCHITECTURES, SENTENCES, VIETNAMESE, build_tiny, tiny_model, tiny_texts


@pytest.fixture(autouse=True)
def one_thread(monkeypatch: pytest.MonkeyPatch) -> None:
    """More threads only spin on matrices this small."""
    monkeypatch.setenv("OMP_NUM_THREADS", "1")


@pytest.fixture(scope="session")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder for tiny models; `made` fills it."""
    return tmp_path_factory.mktemp("tiny-models")


def made(tiny: Path, architecture: str) -> Path:
    folder = tiny / architecture
    return folder if folder.is_dir() else build_tiny(architecture, folder)


def local_settings(base: Path, architecture: str, folder: Path) -> Settings:
    spec = tiny_model(architecture, folder, "transformers").spec
    _, direction = tiny_texts(architecture)
    uses = {"routes": {"vi->en": "tiny"}} if direction else {"summary": "tiny"}
    table = {
        "profiles": {"default": uses, "starter": {}},
        "models": {
            "extractive": {"engine": "extractive", "licence": "Apache-2.0"},
            "tiny": {
                "engine": "ctranslate2",
                "folder": str(folder),
                "licence": "Apache-2.0",
                "language_codes": dict(spec.language_codes),
                "tokenizer": {"kind": "transformers", "normalization": "none"},
            },
        },
    }
    return parse_settings(table, path=base / "models.toml")


@pytest.mark.parametrize(
    "architecture",
    [
        pytest.param(name, marks=() if name in ("bart", "t5-v1.1") else pytest.mark.slow)
        for name in ARCHITECTURES
    ],
)
def test_engines_agree_on_fifty_sentences_or_the_canary_refuses(
    tiny: Path, tmp_path: Path, architecture: str
) -> None:
    source = made(tiny, architecture)
    _, direction = tiny_texts(architecture)
    reference = tiny_model(architecture, source, "transformers")
    spec = replace(reference.spec, engine="ctranslate2", format="transformers")
    made_form = convert(
        spec,
        source,
        tmp_path / "converted",
        quantization="float32",
        direction=direction,
        listener=Silent(),
    )
    assert made_form.canary is not None
    if architecture == "t5-v1.1":
        # The converter gives no error and the same words here; only the scores tell.
        assert made_form.canary.worst_score_difference > 10 * SCORE_TOLERANCE
        assert "scores differ" in made_form.refused
        assert not (tmp_path / "converted").exists()
        return
    assert made_form.refused == ""
    expected = decoded(reference, direction)
    found = decoded(replace(reference, spec=spec, folder=tmp_path / "converted"), direction)
    assert [one.text for one in found] == [one.text for one in expected]
    for one, other in zip(found, expected, strict=True):
        assert one.score is not None and other.score is not None
        assert abs(one.score - other.score) < SCORE_TOLERANCE


def test_run_converts_a_local_model_without_the_hub_and_uses_it(
    tiny: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HF_ENDPOINT", "http://127.0.0.1:9")
    source = made(tiny, "m2m100")
    settings = local_settings(tmp_path, "m2m100", source)
    model = models.resolve(settings, offline=True).models["tiny"]
    assert (model.spec.engine, model.spec.format, model.note) == ("ctranslate2", "ctranslate2", "")
    assert model.folder is not None and model.folder.is_relative_to(storage.home())
    conversion = read_lock(tmp_path / "models.lock")["tiny"].conversion
    assert conversion is not None and conversion.canary is not None
    assert conversion.quantization == "int8"
    assert conversion.canary.num_identical == conversion.canary.num_texts == 8
    translate(model, Direction("vi", "en"))
    original = replace(model, spec=replace(model.spec, engine="transformers"), folder=source)
    assert peak_estimate_bytes(original) > peak_estimate_bytes(model, num_workers=1) > 0
    assert [row.state for row in catalogue(settings, "default").models] == ["ready", "ready"]
    damaged = model.folder / "model.bin"
    content = bytearray(damaged.read_bytes())
    content[-1] ^= 1
    damaged.write_bytes(content)
    with pytest.raises(ModelError, match=r"model\.bin: content changed"):
        models.resolve(settings, offline=True)
    with pytest.raises(VerificationError, match=r"model\.bin: content changed"):
        models.verify(settings)
    models.pull(settings)
    assert models.resolve(settings, offline=True).models["tiny"] == model, (
        "converted to the same bytes"
    )


def decoded(model: ResolvedModel, direction: Direction | None) -> list[Hypothesis]:
    """Return the greedy hypotheses of fifty sentences, with nothing forbidden."""
    loaded = load_model(model, Runtime())
    options = DecodingOptions(
        beam_size=1, max_target_tokens=48, min_target_tokens=0, disable_unk=False
    )
    found = translate_texts(SENTENCES[:50], model=loaded, direction=direction, options=options)
    loaded.close()
    return [hypotheses[0] for hypotheses in found]


def translate(model: ResolvedModel, direction: Direction | None) -> str:
    loaded = load_model(model, Runtime())
    tokens = loaded.encode(SENTENCES[0], direction)
    (batch,) = loaded.decode_batches([[tokens]], direction, DecodingOptions(max_target_tokens=20))
    loaded.close()
    return batch[0][0].text


def test_refused_conversion_runs_on_transformers_with_the_reason_in_the_lock(
    tiny: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = made(tiny, "t5-v1.1")
    settings = local_settings(tmp_path, "t5-v1.1", source)
    model = models.resolve(settings, offline=True).models["tiny"]
    assert model.spec.engine == "transformers"
    assert model.folder == source
    assert "scores differ" in model.note
    conversion = read_lock(tmp_path / "models.lock")["tiny"].conversion
    assert conversion is not None
    assert conversion.refused == model.note
    translate(model, None)
    rows = catalogue(settings, "default").models
    assert [(row.roles, row.engine) for row in rows] == [(("summary",), "transformers")]
    # A refusal is remembered: nothing is loaded and compared again.
    with monkeypatch.context() as patch:
        patch.setattr("seedsum.models.convert._write", lambda *_: pytest.fail("converted again"))
        models.pull(settings)
    monkeypatch.setattr("seedsum.models.convert.SCORE_TOLERANCE", 1e9)
    with pytest.raises(ModelError, match="scores of fixed texts differ by up to"):
        models.pull(settings, reconvert=True)  # were it taken all the same, the lock knows better
    monkeypatch.setattr("seedsum.models.canary._TOLERANCE", 1e9)
    (report,) = models.pull(settings, reconvert=True)
    assert report.notes == ()
    assert models.resolve(settings, offline=True).models["tiny"].spec.engine == "ctranslate2"


def test_older_repository_that_names_its_tokenizer_only_in_its_configuration_is_converted(
    tiny: Path, tmp_path: Path
) -> None:
    source = tmp_path / "bart"
    source.mkdir()
    for file in made(tiny, "bart").iterdir():
        (source / file.name).write_bytes(file.read_bytes())
    (source / "tokenizer_config.json").write_text('{"model_max_length": 1024}')
    model = models.resolve(local_settings(tmp_path, "bart", source), offline=True).models["tiny"]
    assert (model.spec.engine, model.note) == ("ctranslate2", "")
    translate(model, None)


def test_float16_weights_are_stored_where_they_are_asked_for(tiny: Path, tmp_path: Path) -> None:
    source = made(tiny, "nllb")
    spec = tiny_model("nllb", source, "ctranslate2").spec
    forms = {
        name: convert(
            spec,
            source,
            tmp_path / name,
            quantization=name,
            direction=Direction("vi", "en"),
            listener=Silent(),
        )
        for name in ("int8", "float16")
    }
    assert forms["float16"].refused == ""
    assert forms["float16"].files["model.bin"].size > forms["int8"].files["model.bin"].size


def test_architecture_that_the_converter_does_not_know_runs_on_transformers(
    tiny: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from ctranslate2.converters import transformers

    monkeypatch.delitem(transformers._MODEL_LOADERS, "MBartConfig")
    settings = local_settings(tmp_path, "mbart", made(tiny, "mbart"))
    model = models.resolve(settings, offline=True).models["tiny"]
    assert model.spec.engine == "transformers"
    assert "No conversion is registered" in model.note


def test_folder_that_no_engine_can_load_is_an_error(tmp_path: Path) -> None:
    folder = tmp_path / "model"
    folder.mkdir()
    (folder / "config.json").write_text('{"model_type": "unheard-of"}')
    (folder / "model.safetensors").write_bytes(b"")
    with pytest.raises(ModelError, match="tiny"):
        models.pull(local_settings(tmp_path, "bart", folder))


@pytest.mark.slow
def test_pull_killed_while_it_converts_goes_on_and_fetches_nothing_again(
    tiny: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    files = {file.name: file.read_bytes() for file in made(tiny, "marian").iterdir()}
    table = {
        "profiles": {"default": {"routes": {"vi->en": "tiny"}}, "starter": {}},
        "models": {
            "extractive": {"engine": "extractive", "licence": "Apache-2.0"},
            "tiny": {"engine": "ctranslate2", "repository": "a/b", "licence": "Apache-2.0"},
        },
    }
    (tmp_path / "table.json").write_text(json.dumps(table))
    script = (
        "import json, pathlib, sys; from seedsum import models;"
        "from seedsum.config import parse_settings; base = pathlib.Path(sys.argv[1]);"
        "table = json.loads((base / 'table.json').read_text());"
        "models.pull(parse_settings(table, path=base / 'models.toml'))"
    )
    with running_hub() as server:
        server.add("a/b", files)
        monkeypatch.setenv("HF_ENDPOINT", server.url)
        process = subprocess.Popen(
            [sys.executable, "-c", script, str(tmp_path)],
            env=os.environ | {"OMP_NUM_THREADS": "1"},
            stderr=subprocess.DEVNULL,
        )
        converted = storage.home() / "converted"
        assert wait_until(lambda: any(converted.rglob("*.building/float32")), seconds=60)
        process.send_signal(signal.SIGKILL)
        process.wait()
        assert not (tmp_path / "models.lock").exists()
        server.requests.clear()
        settings = parse_settings(table, path=tmp_path / "models.toml")
        models.pull(settings)
        assert not [r for r in server.requests if "/resolve/" in r.path]
        assert not list(converted.rglob("*.building"))
        assert {row.state for row in models.verify(settings)} == {"verified"}


def test_canary_texts_are_in_the_language_that_the_model_reads() -> None:
    assert "আজ" in canary_texts(Direction("bn", "en"))[0]
    assert canary_texts(None)[0].startswith("Heavy rain")
    every = canary_texts(Direction("fr", "en"))
    assert {*canary_texts(Direction("vi", "en")), *canary_texts(None)} < set(every)


@pytest.mark.slow
def test_unreachable_hub_is_said_in_four_places_and_the_pairs_are_redone(
    tiny: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if not (Path(models.__file__).parent.parent / "starter" / "models.lock").is_file():
        pytest.skip("the starter models are not in this checkout")
    shipped = tomllib.loads((Path(__file__).parent.parent / "models.toml").read_text("utf-8"))
    (tmp_path / "models.toml").write_text(
        f"""
        [profiles.default]
        routes = {{ "vi->en" = "tiny" }}
        [profiles.starter]
        routes = {{ "vi->en" = "starter" }}
        [models.extractive]
        engine = "extractive"
        licence = "Apache-2.0"
        [models.starter]
        engine = "ctranslate2"
        format = "ctranslate2"
        bundled = "starter"
        licence = "CC-BY-SA-4.0"
        language_codes = {{ vi = "__vi__", en = "__en__" }}
        tokenizer.kind = "sentencepiece"
        tokenizer.source_model = "{shipped["models"]["starter"]["tokenizer"]["source_model"]}"
        [models.tiny]
        engine = "ctranslate2"
        repository = "a/m2m100"
        licence = "MIT"
        language_codes = {{ vi = "__vi__", en = "__en__" }}
        decoding.max_target_tokens = 30
        """
    )
    (tmp_path / "input").mkdir()
    (tmp_path / "input" / "a.txt").write_text(" ".join(VIETNAMESE[:2]), encoding="utf-8")

    def run(*arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "seedsum", "run", "input", *arguments],
            cwd=tmp_path,
            capture_output=True,
            text=True,
            check=False,
        )

    def record() -> dict[str, object]:
        text = (tmp_path / "output" / "a.txt.record.json").read_text(encoding="utf-8")
        found: dict[str, object] = json.loads(text)
        return found

    monkeypatch.setenv("HF_ENDPOINT", "http://127.0.0.1:9")
    assert run("--strict").returncode == 5
    first = run()
    assert first.returncode == 8, first.stderr
    assert "starter" in first.stderr
    for name in ("index.md", "a.txt.translation.md", "a.txt.summary.md"):
        assert "starter" in (tmp_path / "output" / name).read_text(encoding="utf-8"), name
    assert record()["fallback"] is True
    with running_hub() as server:
        server.add("a/m2m100", {f.name: f.read_bytes() for f in made(tiny, "m2m100").iterdir()})
        monkeypatch.setenv("HF_ENDPOINT", server.url)
        second = run()
    assert second.returncode == 0, second.stderr
    assert record()["fallback"] is False
    assert "starter" not in (tmp_path / "output" / "index.md").read_text(encoding="utf-8")
    (weights,) = (storage.home() / "converted").rglob("model.bin")
    weights.write_bytes(weights.read_bytes()[:-1] + b"?")
    refused = run()
    assert refused.returncode == 5
    assert "model.bin" in refused.stderr


def without_a_weight(source: Path, target: Path, pattern: str) -> str:
    """Copy a model's folder but for one weight, and return the weight's name."""
    from safetensors.torch import load_file, save_file

    shutil.copytree(source, target)
    tensors = load_file(target / "model.safetensors")
    name = next(name for name in sorted(tensors) if name.endswith(pattern))
    del tensors[name]
    save_file(tensors, target / "model.safetensors", metadata={"format": "pt"})
    return name


# A norm that is missing would be ones in both engines, and no comparison would see it.
@pytest.mark.parametrize("pattern", ["decoder.layers.1.fc1.weight", "encoder_attn_layer_norm.weight"])  # fmt: skip  # noqa: E501
def test_damaged_snapshot_is_neither_converted_nor_locked(
    tiny: Path, tmp_path: Path, pattern: str
) -> None:
    name = without_a_weight(made(tiny, "bart"), tmp_path / "hole", pattern)
    settings = local_settings(tmp_path, "bart", tmp_path / "hole")
    with pytest.raises(ModelError, match=rf"not whole: missing: {name}\."):
        models.pull(settings)
    with pytest.raises(ModelError, match=rf"not whole: missing: {name}\."):
        models.resolve(settings, strict=True)
    assert not (tmp_path / "models.lock").exists()
    assert not list(storage.home().rglob("model.bin"))


def test_conversion_that_an_earlier_version_made_is_made_again(tiny: Path, tmp_path: Path) -> None:
    settings = local_settings(tmp_path, "bart", made(tiny, "bart"))
    models.pull(settings)
    lock = tmp_path / "models.lock"
    current = lock.read_bytes()
    table = json.loads(current)
    del table["models"]["tiny"]["conversion"]["whole"]
    lock.write_text(json.dumps(table))
    assert catalogue(settings, "default").models[0].state != "ready"
    models.resolve(settings, offline=True)
    assert lock.read_bytes() == current


def test_damaged_snapshot_is_refused_by_the_engine_and_by_the_converter(
    tiny: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from seedsum.models import convert as module

    folder = tmp_path / "hole"
    name = without_a_weight(made(tiny, "bart"), folder, "decoder.layers.1.fc1.weight")
    with pytest.raises(ModelError, match=name):
        load_model(tiny_model("bart", folder, "transformers"), Runtime())
    spec = tiny_model("bart", folder, "ctranslate2").spec
    # The file is damaged after the original has been decoded.
    monkeypatch.setattr(module, "decode", lambda *_: [])
    with pytest.raises(ModelError, match=name):
        convert(
            spec,
            folder,
            tmp_path / "converted",
            quantization="int8",
            direction=None,
            listener=Silent(),
        )
    assert not (tmp_path / "converted").exists()
