"""The repositories of the profiles, in their real layouts, through the real client of the Hub."""

from __future__ import annotations

import dataclasses
import json
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

import repositories as hub
from hub_server import HubServer, running_hub, wait_until
from seedsum import models
from seedsum.config import Settings, load_settings
from seedsum.errors import ConfigError, ModelError
from seedsum.models import storage
from seedsum.models.lock import LockedModel, Outputs, read_lock, write_lock
from tiny_models import BENGALI, VIETNAMESE

if TYPE_CHECKING:
    from torch import Tensor

QUICK = 60.0


@pytest.fixture(autouse=True)
def one_thread(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OMP_NUM_THREADS", "1")


@pytest.fixture(scope="session")
def shelf(tmp_path_factory: pytest.TempPathFactory) -> hub.Shelf:
    return hub.Shelf(tmp_path_factory.mktemp("shelf"))


@pytest.fixture
def server(shelf: hub.Shelf, monkeypatch: pytest.MonkeyPatch) -> Iterator[HubServer]:
    with running_hub() as running:
        monkeypatch.setenv("HF_ENDPOINT", running.url)
        hub.fill(running, shelf)
        yield running


def settings_in(folder: Path, **replaced: str) -> Settings:
    text = hub.CONFIG
    for old, new in replaced.items():
        assert old in text
        text = text.replace(old, new)
    (folder / "models.toml").write_text(text)
    return load_settings(folder / "models.toml")


def only(settings: Settings, model: str) -> Settings:
    """Return the settings with a profile that has no more than one model."""
    profile = settings.profiles["default"]
    routes = tuple(
        (direction, steps)
        for one in settings.profiles.values()
        for direction, steps in one.routes
        if steps[0].model == model
    )
    summary = "extractive" if routes else model
    narrow = dataclasses.replace(profile, routes=routes, summary=summary)
    return dataclasses.replace(settings, profiles={"default": narrow, "starter": narrow})


def locked(settings: Settings, name: str) -> LockedModel:
    return read_lock(models.lock_path(settings))[name]


def command(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "seedsum", *arguments],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )


# --------------------------------------------------------------------------------------------
# As a person does it


@pytest.mark.slow
@pytest.mark.parametrize("profile", ["default", "best", "m2m100"])
def test_profile_is_pulled_verified_and_run(
    server: HubServer, tmp_path: Path, profile: str
) -> None:
    settings_in(tmp_path)
    (tmp_path / "input").mkdir()
    (tmp_path / "input" / "vi.txt").write_text("\n\n".join(VIETNAMESE[:6]), encoding="utf-8")
    (tmp_path / "input" / "bn.txt").write_text("\n\n".join(BENGALI[:6]), encoding="utf-8")
    pulled = command(tmp_path, "models", "pull", "--profile", profile)
    assert pulled.returncode == 0, pulled.stderr
    verified = command(tmp_path, "models", "verify", "--profile", profile)
    assert verified.returncode == 0, verified.stderr
    server.requests.clear()
    ran = command(tmp_path, "run", "input", "--profile", profile, "--strict")
    assert ran.returncode in (0, 8), ran.stderr
    assert server.requests == []
    for name in ("vi.txt", "bn.txt"):
        record = json.loads((tmp_path / "output" / f"{name}.record.json").read_text("utf-8"))
        assert record["fallback"] is False
    home = storage.home() / "models"
    fetched = {path.name for path in home.rglob("*") if path.is_file()}
    assert not [name for name in fetched if name.endswith((".msgpack", ".h5", ".ot", ".yaml"))]
    assert not {"pytorch_model.bin", "config-checkpoint.json", "model.00.safetensors"} & fetched


def test_model_with_pickles_and_no_conversion_is_refused_and_says_how_to_get_one(
    server: HubServer, tmp_path: Path
) -> None:
    with pytest.raises(ModelError, match=r"1\.3B at main is refused.*any code") as caught:
        models.pull(settings_in(tmp_path), "nllb", answer_seconds=QUICK)
    assert "huggingface.co/spaces/safetensors/convert" in str(caught.value)
    assert "a machine of their own" in str(caught.value)
    assert not server.bodies("pytorch_model.bin")


@pytest.mark.slow
def test_killed_pull_of_a_conversion_in_shards_keeps_whole_files(
    server: HubServer, shelf: hub.Shelf, tmp_path: Path
) -> None:
    hub.with_safetensors(server, hub.M2M100, {19: shelf.in_shards("m2m100")})
    settings = only(settings_in(tmp_path), "m2m100")
    (tmp_path / "models.toml").write_text(
        (tmp_path / "models.toml").read_text().replace('"default"', '"m2m100"', 1)
    )
    server.bytes_per_second = 300_000
    process = subprocess.Popen(
        [sys.executable, "-m", "seedsum", "models", "pull"],
        cwd=tmp_path,
        stderr=subprocess.DEVNULL,
    )

    def second_shard_has_begun() -> bool:
        asked = [r for r in server.requests if "00002-of-00002" in r.path and r.method == "GET"]
        return any(request.num_bytes_sent for request in asked)

    assert wait_until(second_shard_has_begun, seconds=60)
    process.send_signal(signal.SIGKILL)
    process.wait()
    time.sleep(0.2)
    server.bytes_per_second = 0
    server.requests.clear()
    models.pull(settings, answer_seconds=QUICK)
    fetched = {r.path.rsplit("/")[-1] for r in server.requests if "/resolve/" in r.path}
    assert fetched == {"model-00002-of-00002.safetensors"}
    assert {row.state for row in models.verify(settings, "default")} == {"verified"}
    assert "refs/pr/19" in locked(settings, "m2m100").note


def test_renamed_repository_is_followed(server: HubServer, tmp_path: Path) -> None:
    server.moved["old/quickmt-vi-en"] = hub.QUICK_VI
    settings = only(settings_in(tmp_path, **{hub.QUICK_VI: "old/quickmt-vi-en"}), "quickmt-vi-en")
    models.pull(settings, answer_seconds=QUICK)
    commit = server.repositories[hub.QUICK_VI].revisions["main"].commit
    assert locked(settings, "quickmt-vi-en").commit == commit


def test_gated_repository_is_named_with_what_to_do(server: HubServer, tmp_path: Path) -> None:
    server.repositories[hub.BART].refuse_with = (403, "GatedRepo")
    settings = only(settings_in(tmp_path), "bart-large-cnn")
    with pytest.raises(ModelError, match=r"gated \(403\)\. Accept its terms"):
        models.pull(settings, answer_seconds=QUICK)


# --------------------------------------------------------------------------------------------
# Conversions that the Hub's bot offers


def without(pattern: str) -> Callable[[dict[str, Tensor]], None]:
    def change(tensors: dict[str, Tensor]) -> None:
        del tensors[next(name for name in sorted(tensors) if pattern in name)]

    return change


def turned(tensors: dict[str, Tensor]) -> None:
    name = next(name for name in sorted(tensors) if "fc1.weight" in name)
    tensors[name] = tensors[name].T.contiguous()


@pytest.mark.parametrize(
    ("change", "said"), [(without("fc1.weight"), "missing: "), (turned, "of another shape")]
)
def test_newest_conversion_that_is_sound_is_taken(
    server: HubServer,
    shelf: hub.Shelf,
    tmp_path: Path,
    change: Callable[[dict[str, Tensor]], None],
    said: str,
) -> None:
    sound = {"model.safetensors": shelf.files("bart")["model.safetensors"]}
    damaged = {"model.safetensors": shelf.changed("bart", change)}
    hub.with_safetensors(server, hub.DISTILBART, {13: sound, 18: damaged})
    settings = only(settings_in(tmp_path), "distilbart-cnn-12-6")
    (report,) = models.pull(settings, answer_seconds=QUICK)
    assert "weights from refs/pr/13" in " ".join(report.notes)
    entry = locked(settings, "distilbart-cnn-12-6")
    revisions = server.repositories[hub.DISTILBART].revisions
    assert (entry.commit, entry.weights_commit) == (revisions["refs/pr/13"].commit, "")
    assert len(list((storage.home() / "models").rglob("model.safetensors"))) == 1
    # With no sound one left, each is named with what is wrong.
    hub.with_safetensors(server, hub.DISTILBART, {18: damaged})
    with pytest.raises(ModelError, match="none can be used") as caught:
        models.pull(settings, update=True, answer_seconds=QUICK)
    assert "refs/pr/18: model distilbart-cnn-12-6 is refused" in str(caught.value)
    assert said in str(caught.value)
    assert "spaces/safetensors/convert" in str(caught.value)


def test_conversion_that_the_canary_passes_is_taken_before_a_newer_one_that_it_refuses(
    server: HubServer, shelf: hub.Shelf, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from seedsum.models import convert

    def doubled(tensors: dict[str, Tensor]) -> None:
        tensors["model.decoder.layers.1.fc2.bias"] *= 2

    sound = {"model.safetensors": shelf.files("bart")["model.safetensors"]}
    newer = {"model.safetensors": shelf.changed("bart", doubled)}
    hub.with_safetensors(server, hub.DISTILBART, {13: sound, 18: newer})
    revisions = server.repositories[hub.DISTILBART].revisions
    refused = {revisions["refs/pr/18"].commit}
    compared = convert._write_compared

    def refusing(spec: Any, snapshot: Path, *rest: Any) -> Any:
        """Refuse as for an architecture that the converter gets wrong."""
        canary, why = compared(spec, snapshot, *rest)
        return canary, "differs" if snapshot.name in refused else why

    monkeypatch.setattr(convert, "_write_compared", refusing)
    settings = only(settings_in(tmp_path), "distilbart-cnn-12-6")
    models.pull(settings, answer_seconds=QUICK)
    entry = locked(settings, "distilbart-cnn-12-6")
    assert entry.commit == revisions["refs/pr/13"].commit
    # Where it refuses each, the newest runs on transformers.
    refused.add(revisions["refs/pr/13"].commit)
    models.lock_path(settings).unlink()
    (report,) = models.pull(settings, answer_seconds=QUICK)
    assert report.commit == revisions["refs/pr/18"].commit
    assert "runs on transformers: differs" in " ".join(report.notes)


def test_conversion_that_is_closed_gone_or_of_other_weights_says_so(
    server: HubServer, shelf: hub.Shelf, tmp_path: Path
) -> None:
    sound = {"model.safetensors": shelf.files("bart")["model.safetensors"]}
    changed = sound | {"pytorch_model.bin": hub.PICKLE + b"another training"}
    hub.with_safetensors(server, hub.DISTILBART, {3: sound, 13: sound, 18: changed, 20: {}})
    repository = server.repositories[hub.DISTILBART]
    repository.closed = frozenset({13})
    del repository.revisions["refs/pr/3"]
    settings = only(settings_in(tmp_path), "distilbart-cnn-12-6")
    with pytest.raises(ModelError, match="none can be used") as caught:
        models.pull(settings, answer_seconds=QUICK)
    for line in (
        "refs/pr/20 has no safetensors",
        "refs/pr/18 was made from other weights than main has now",
        "refs/pr/13 is closed",
        "refs/pr/3 is gone",
    ):
        assert line in str(caught.value)


def test_tokenizer_is_that_of_main_unless_only_the_conversions_own_fits(
    server: HubServer, shelf: hub.Shelf, tmp_path: Path
) -> None:
    settings = only(settings_in(tmp_path), "m2m100")
    repository = server.repositories[hub.M2M100]
    repository.pull_requests = ((8, hub.BOT, hub.TITLE),)  # made before the tokenizer was put right
    models.pull(settings, answer_seconds=QUICK)
    entry = locked(settings, "m2m100")
    revisions = repository.revisions
    assert entry.commit == revisions["main"].commit
    assert entry.weights_commit == revisions["refs/pr/8"].commit
    wanted = shelf.files("m2m100")["tokenizer_config.json"]
    assert entry.files["tokenizer_config.json"].size == len(wanted)
    # The lock is enough to fetch the same again, from both commits.
    lock = models.lock_path(settings).read_bytes()
    shutil.rmtree(storage.home())
    models.pull(settings, answer_seconds=QUICK)
    assert models.lock_path(settings).read_bytes() == lock
    assert {row.state for row in models.verify(settings, "default")} == {"verified"}
    # Main lacks what its weights need, and the conversion brings it.
    main = dict(revisions["main"].files)
    del main["sentencepiece.bpe.model"]
    server.add(hub.M2M100, main)
    files = hub.m2m100(shelf) | {"model.safetensors": shelf.files("m2m100")["model.safetensors"]}
    server.add(hub.M2M100, files, revision="refs/pr/8")
    models.pull(settings, update=True, answer_seconds=QUICK)
    entry = locked(settings, "m2m100")
    assert (entry.commit, entry.weights_commit) == (revisions["refs/pr/8"].commit, "")
    assert "its tokenizer and configuration too" in entry.note


# --------------------------------------------------------------------------------------------
# What it gave where it was pulled first


@pytest.mark.parametrize("model", ["quickmt-vi-en", "nllb-ct2", "bart-large-cnn"])
def test_outputs_are_recorded_and_compared_with_on_the_next_machine(
    server: HubServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, model: str
) -> None:
    settings = only(settings_in(tmp_path), model)
    models.pull(settings, answer_seconds=QUICK)
    entry = locked(settings, model)
    assert entry.outputs is not None
    assert len(entry.outputs.texts) == len(entry.outputs.scores) > 3
    assert entry.outputs.compute_type == "float32"
    lock = models.lock_path(settings)
    content = lock.read_bytes()
    monkeypatch.setenv("SEEDSUM_HOME", str(tmp_path / "another-machine"))
    models.pull(settings, answer_seconds=QUICK)
    assert lock.read_bytes() == content
    # A library that reads the same files in another way.
    scores = (entry.outputs.scores[0] - 0.3, *entry.outputs.scores[1:])
    outputs = dataclasses.replace(entry.outputs, scores=scores)
    write_lock(lock, {model: dataclasses.replace(entry, outputs=outputs)})
    monkeypatch.setenv("SEEDSUM_HOME", str(tmp_path / "third-machine"))
    with pytest.raises(ModelError, match=r"not on this machine what it was.*differ by up to 0\.3"):
        models.pull(settings, answer_seconds=QUICK)


def test_model_that_does_not_fit_in_float32_is_compared_in_its_own_type(
    server: HubServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = only(settings_in(tmp_path), "quickmt-vi-en")
    monkeypatch.setattr("seedsum.models.canary.available_bytes", lambda: 0)
    models.pull(settings, answer_seconds=QUICK)
    outputs = locked(settings, "quickmt-vi-en").outputs
    assert outputs is not None
    assert outputs.compute_type.startswith("int8")


def test_wrong_weights_of_a_form_for_ctranslate2_are_found_by_its_reference(
    server: HubServer, shelf: hub.Shelf, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    server.add("org/original", shelf.files("marian"))
    line = f'repository = "{hub.QUICK_VI}"'
    told = f'{line}\nreference = "org/original"'
    settings = only(settings_in(tmp_path, **{line: told}), "quickmt-vi-en")
    (report,) = models.pull(settings, answer_seconds=QUICK)
    assert "compared with org/original: scores differ by 0.0" in " ".join(report.notes)
    outputs = locked(settings, "quickmt-vi-en").outputs
    assert outputs is not None
    commit = server.repositories["org/original"].revisions["main"].commit
    assert outputs.reference == f"org/original@{commit}"
    assert not list(storage.home().rglob("*.safetensors")), "the original is not kept"
    server.requests.clear()
    models.pull(settings, answer_seconds=QUICK)
    assert server.requests == []

    def other(tensors: dict[str, Tensor]) -> None:
        name = "model.decoder.layers.1.fc1.weight"
        tensors[name] = tensors[name].flip(0)

    weights = {"model.safetensors": shelf.changed("marian", other)}
    server.add("org/original", shelf.files("marian") | weights)
    models.lock_path(settings).unlink()
    with pytest.raises(ModelError, match=r"is refused: scores of what org/original makes"):
        models.pull(settings, answer_seconds=QUICK)
    # One that cannot be had, or does not fit, is no reason to do without the model.
    server.repositories["org/original"].refuse_with = (403, "GatedRepo")
    (report,) = models.pull(settings, answer_seconds=QUICK)
    assert "not compared with org/original" in " ".join(report.notes)
    assert outputs_of(settings, "quickmt-vi-en").reference == ""
    server.repositories["org/original"].refuse_with = None
    monkeypatch.setattr("seedsum.models.pulling.available_bytes", lambda: 0)
    (report,) = models.pull(settings, update=True, answer_seconds=QUICK)
    assert "not compared with org/original: 0.0 GB of memory" in " ".join(report.notes)


def outputs_of(settings: Settings, name: str) -> Outputs:
    found = locked(settings, name).outputs
    assert found is not None
    return found


def test_reference_is_for_forms_for_ctranslate2(tmp_path: Path) -> None:
    line = f'repository = "{hub.BART}"'
    with pytest.raises(ConfigError, match=r"bart-large-cnn\.reference is for"):
        settings_in(tmp_path, **{line: f'{line}\nreference = "org/original"'})


def test_home_that_is_carried_to_another_machine_needs_no_hub(
    server: HubServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = only(settings_in(tmp_path), "m2m100")
    models.pull(settings, answer_seconds=QUICK)
    carried = hub.copy_tree(storage.home(), tmp_path / "carried")
    monkeypatch.setenv("SEEDSUM_HOME", str(carried))
    monkeypatch.setenv("HF_ENDPOINT", "http://127.0.0.1:9")
    models.resolve(settings, offline=True, strict=True)
