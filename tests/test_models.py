"""Models: fetched by the real client of the Hub from a real server, pinned, checked, resolved."""

# mypy: disable-error-code="func-returns-value,misc"

from __future__ import annotations

import errno
import json
import os
import random
import re
import signal
import struct
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from hub_server import HubServer, running_hub, swallowing_port, wait_until
from seedsum import files, models
from seedsum.checks import missing_checks
from seedsum.cli.catalogue_text import details, overview
from seedsum.config import Settings, load_settings, parse_settings
from seedsum.engines.memory import available_bytes, fitting_runtime, peak_estimate_bytes
from seedsum.errors import ModelError, VerificationError
from seedsum.models import doctor, storage
from seedsum.models.catalogue import CatalogueModel, catalogue
from seedsum.models.download import HURRIED_SECONDS, PROBE_SECONDS, HubUnreachableError
from seedsum.models.lock import LockedModel, read_lock, write_lock
from seedsum.plugins import Plugin
from seedsum.records import Runtime

#: For answers of a server on this machine, however busy it is.
QUICK = 60.0
RANDOM = random.Random(11)
ROOT = Path(__file__).resolve().parent.parent


def ct2_weights(num_bytes: int, seed: int = 0) -> bytes:
    """Return a file that starts as CTranslate2's does; nobody loads it here."""
    head = struct.pack("<IH", 6, 16) + b"TransformerSpec\0"
    return head + random.Random(seed).randbytes(num_bytes)


def quick_files(seed: int, num_bytes: int = 300_000) -> dict[str, bytes]:
    """Return a repository as the quickmt models have it, with what must not be fetched."""
    return {
        "README.md": b"# A model\n",
        "config.json": b'{"decoder_start_token": "<s>"}',
        "source_vocabulary.json": json.dumps([f"t{i}" for i in range(500)]).encode(),
        "model.bin": ct2_weights(num_bytes, seed),
        "src.spm.model": random.Random(seed + 100).randbytes(40_000),
        "eole-model/model.00.safetensors": b"not needed",
        "eole-model/config.json": b"{}",
        "train.py": b"print('never')",
        "old.pt": b"\x80\x04.",
    }


KEPT = ("README.md", "config.json", "model.bin", "source_vocabulary.json", "src.spm.model")


@pytest.fixture(autouse=True)
def no_canary(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody loads the weights here; tests/test_repositories.py has models that work."""
    monkeypatch.setattr("seedsum.models.canary.outputs", lambda *_: None)


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[HubServer]:
    with running_hub() as running:
        monkeypatch.setenv("HF_ENDPOINT", running.url)
        running.add("quick/vi-en", quick_files(1))
        running.add("quick/bn-en", quick_files(2, 200_000))
        yield running


def _quick(repository: str) -> dict[str, Any]:
    return {
        "engine": "ctranslate2",
        "format": "ctranslate2",
        "repository": repository,
        "licence": "Apache-2.0",
    }


MODELS: dict[str, dict[str, Any]] = {
    "extractive": {"engine": "extractive", "licence": "Apache-2.0"},
    "vi": _quick("quick/vi-en"),
    "bn": _quick("quick/bn-en"),
}


def make_settings(base: Path, **changes: Any) -> Settings:
    table: dict[str, Any] = {
        "default_profile": "default",
        "fallback_profile": "starter",
        "profiles": {
            "default": {"routes": {"vi->en": "vi", "bn->en": "bn"}, "summary": "extractive"},
            "starter": {"summary": "extractive"},
            "small": {"routes": {"vi->en": "vi"}},
        },
        "models": MODELS | {"vi": MODELS["vi"] | changes},
    }
    return parse_settings(table, path=base / "models.toml")


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return make_settings(tmp_path)


def snapshot(server: HubServer, repository: str = "quick/vi-en") -> Path:
    commit = server.repositories[repository].revisions["main"].commit
    form = "transformers" if repository.startswith("org/") else "ctranslate2"
    return storage.repository_folder(repository, form) / commit


def flip_a_byte(path: Path, *, keep_time: bool = False) -> None:
    status = path.stat()
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 4
    path.write_bytes(content)
    if keep_time:
        os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))


# --------------------------------------------------------------------------------------------
# Pulling


def test_pull_fetches_only_what_is_safe_and_needed_and_pins_it(
    server: HubServer, settings: Settings
) -> None:
    reports = models.pull(settings, answer_seconds=QUICK)
    assert [report.name for report in reports] == ["bn", "vi"]
    assert storage.list_files(snapshot(server)) == KEPT
    locked = read_lock(settings.base / "models.lock")
    assert locked["vi"].commit == server.repositories["quick/vi-en"].revisions["main"].commit
    assert tuple(locked["vi"].files) == KEPT
    assert locked["vi"].files["model.bin"].size == len(quick_files(1)["model.bin"])
    assert {row.state for row in models.verify(settings)} == {"verified"}


def test_lock_is_the_same_bytes_whatever_the_order_of_pulling(
    server: HubServer, settings: Settings, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    models.pull(settings, answer_seconds=QUICK)
    first = (settings.base / "models.lock").read_bytes()
    (settings.base / "models.lock").unlink()
    monkeypatch.setenv("SEEDSUM_HOME", str(tmp_path / "other"))
    models.pull(settings, answer_seconds=QUICK)
    assert (settings.base / "models.lock").read_bytes() == first


def test_second_pull_asks_the_hub_for_nothing(server: HubServer, settings: Settings) -> None:
    models.pull(settings, answer_seconds=QUICK)
    server.requests.clear()
    assert all(
        report.num_fetched_bytes == 0 for report in models.pull(settings, answer_seconds=QUICK)
    )
    assert server.requests == []


def test_locked_commit_stays_until_update_and_same_files_are_not_fetched_again(
    server: HubServer, settings: Settings
) -> None:
    models.pull(settings, answer_seconds=QUICK)
    old = read_lock(settings.base / "models.lock")["vi"].commit
    new = server.add("quick/vi-en", quick_files(1) | {"README.md": b"# Changed\n"}).commit
    server.requests.clear()
    models.pull(settings, answer_seconds=QUICK)
    assert read_lock(settings.base / "models.lock")["vi"].commit == old
    reports = models.pull(settings, answer_seconds=QUICK, update=True)
    assert [report.num_fetched_bytes for report in reports] == [0, len(b"# Changed\n")]
    assert read_lock(settings.base / "models.lock")["vi"].commit == new
    assert not [r for r in server.requests if "model.bin" in r.path]


def test_broken_connection_goes_on_from_the_middle(server: HubServer, settings: Settings) -> None:
    server.add("quick/vi-en", quick_files(1, 14_000_000))
    server.cut_after = [(".*/cdn/quick/vi-en/.*/model.bin", 12_000_000)]
    models.pull(settings, answer_seconds=QUICK)
    commit = server.repositories["quick/vi-en"].revisions["main"].commit
    bodies = server.bodies(f"/cdn/quick/vi-en/resolve/{commit}/model.bin")
    assert [body.range_start > 0 for body in bodies] == [False, True]
    models.verify(settings)


def test_server_without_ranges_is_read_from_the_first_byte(
    server: HubServer, settings: Settings
) -> None:
    server.ignore_ranges = True
    server.cut_after = [(".*/cdn/quick/vi-en/.*/model.bin", 150_000)]
    models.pull(settings, answer_seconds=QUICK)
    models.verify(settings)


def test_changed_content_under_the_same_name_is_never_kept(
    server: HubServer, settings: Settings
) -> None:
    server.altered.add("model.bin")
    with pytest.raises(ModelError, match="not what it announces"):
        models.pull(settings, answer_seconds=QUICK)
    assert "model.bin" not in storage.list_files(snapshot(server, "quick/bn-en"))
    server.altered.clear()
    models.pull(settings, answer_seconds=QUICK)
    models.verify(settings)


def test_what_a_killed_download_leaves_is_removed(server: HubServer, settings: Settings) -> None:
    folder = snapshot(server)
    unfinished = folder / ".cache" / "huggingface" / "download" / "x.incomplete"
    unfinished.parent.mkdir(parents=True)
    unfinished.write_bytes(b"?" * 1000)
    (folder / ".model.bin.part").write_bytes(b"?" * 1000)
    models.pull(settings, answer_seconds=QUICK)
    assert sorted(path.name for path in folder.iterdir()) == sorted(KEPT)


def test_progress_is_told_and_ends_with_everything(server: HubServer, settings: Settings) -> None:
    told: dict[str, list[tuple[int, int]]] = {}

    class Ear:
        def message(self, text: str) -> None: ...

        def download(self, description: str, done_bytes: int, total_bytes: int) -> None:
            told.setdefault(description, []).append((done_bytes, total_bytes))

    server.bytes_per_second = 400_000
    models.pull(settings, listener=Ear(), answer_seconds=QUICK)
    size = sum(len(quick_files(1)[name]) for name in KEPT)
    assert told["vi"][-1] == (size, size)
    assert all(done <= total == size for done, total in told["vi"])
    assert [done for done, _ in told["vi"]] == sorted(done for done, _ in told["vi"])


def test_token_goes_to_the_hub_and_not_to_its_storage(
    server: HubServer, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HF_TOKEN", "hf_test")
    models.pull(settings, answer_seconds=QUICK)
    assert {r.authorization for r in server.requests if r.path.startswith("/api/models")} == {
        "Bearer hf_test"
    }
    assert {r.authorization for r in server.requests if r.path.startswith("/cdn")} == {""}


@pytest.mark.slow
def test_pull_killed_at_ten_points_ends_with_a_lock_that_verifies(
    server: HubServer, settings: Settings
) -> None:
    """kill -9 of a real process; no file that was complete is fetched again."""
    num_bytes = 4_000_000
    server.add("quick/vi-en", quick_files(1, num_bytes))
    server.add("quick/bn-en", quick_files(2, num_bytes))
    server.bytes_per_second = 8_000_000
    script = (
        "import test_models, pathlib, sys; from seedsum import models;"
        "import seedsum.models.canary; seedsum.models.canary.outputs = lambda *_: None;"
        "models.pull(test_models.make_settings(pathlib.Path(sys.argv[1])))"
    )
    path = [str(Path(__file__).parent), *sys.path]
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(path)}
    total = 2 * num_bytes
    num_killed = 0
    complete: set[str] = set()
    for point in sorted(RANDOM.sample(range(total // 50, total - total // 50), 10)):
        seen = len(server.requests)
        process = subprocess.Popen(
            [sys.executable, "-c", script, str(settings.base)],
            env=environment,
            stderr=subprocess.DEVNULL,
        )
        wait_until(lambda p=point, q=process: server.num_body_bytes >= p or q.poll() is not None)
        process.send_signal(signal.SIGKILL)
        num_killed += process.wait() == -signal.SIGKILL
        time.sleep(0.05)
        asked = {r.path.removeprefix("/cdn") for r in server.requests[seen:] if r.method == "GET"}
        assert not complete & asked
        complete = {
            f"/{name}/resolve/{revision.commit}/{path}"
            for name, repository in server.repositories.items()
            for revision in repository.revisions.values()
            for path in storage.list_files(snapshot(server, name))
        }
    assert num_killed >= 8
    server.bytes_per_second = 0
    models.pull(settings, answer_seconds=QUICK)
    assert {row.state for row in models.verify(settings)} == {"verified"}


# --------------------------------------------------------------------------------------------
# Refusals, each with its message, and the same command goes on


@pytest.mark.parametrize(
    ("answer", "message"),
    [
        ((401, "GatedRepo"), "gated.*HF_TOKEN"),
        ((403, "GatedRepo"), "gated.*HF_TOKEN"),
        ((401, ""), "not allowed.*HF_TOKEN"),
        ((403, ""), "not allowed.*HF_TOKEN"),
        ((404, "RepoNotFound"), "not found.*models.toml"),
    ],
)
def test_refused_repository_says_what_to_do_and_the_same_command_goes_on(
    server: HubServer, settings: Settings, answer: tuple[int, str], message: str
) -> None:
    server.repositories["quick/vi-en"].refuse_with = answer
    with pytest.raises(ModelError, match=message) as caught:
        models.pull(settings, answer_seconds=QUICK)
    assert not isinstance(caught.value, HubUnreachableError)
    assert "quick/vi-en" in str(caught.value)
    server.repositories["quick/vi-en"].refuse_with = None
    models.pull(settings, answer_seconds=QUICK)
    models.verify(settings)


def test_missing_revision_is_named(server: HubServer, tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=r"v9.*no such revision"):
        models.pull(make_settings(tmp_path, revision="v9"), answer_seconds=QUICK)


def test_rate_limit_is_waited_for(server: HubServer, settings: Settings) -> None:
    server.failures = [(".*/resolve/.*config.json", [(429, {"Retry-After": "1"})] * 2)]
    models.pull(settings, answer_seconds=QUICK)
    models.verify(settings)


@pytest.mark.parametrize(("asked", "told"), [("3600", "3600 seconds"), ("²", r"\(429\)\.")])
def test_rate_limit_on_the_listing_ends_the_command_and_says_how_long(
    server: HubServer, settings: Settings, asked: str, told: str
) -> None:
    server.failures = [("/api/models/.*", [(429, {"Retry-After": asked})])]
    with pytest.raises(HubUnreachableError, match=told):
        models.pull(settings, answer_seconds=QUICK)
    models.pull(settings, answer_seconds=QUICK)


def test_server_error_is_tried_again_and_then_named(server: HubServer, settings: Settings) -> None:
    server.failures = [(".*/resolve/.*/model.bin", [(503, {"Retry-After": "0"})] * 2)]
    models.pull(settings, answer_seconds=QUICK)
    server.add("quick/vi-en", quick_files(7))
    server.failures = [(".*/cdn/.*/model.bin", [(500, {})])]
    with pytest.raises(HubUnreachableError, match=r"model\.bin.*server error \(500\)"):
        models.pull(settings, answer_seconds=QUICK, update=True)
    models.pull(settings, answer_seconds=QUICK, update=True)
    models.verify(settings)


def test_lost_connection_is_named_and_complete_files_are_kept(
    server: HubServer, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("huggingface_hub.file_download.time.sleep", lambda _: None)
    server.cut_after = [(".*/cdn/quick/vi-en/.*/model.bin", 70_000)] * 6
    with pytest.raises(HubUnreachableError, match=r"model\.bin.*connection.*goes on"):
        models.pull(settings, answer_seconds=QUICK)
    server.requests.clear()
    models.pull(settings, answer_seconds=QUICK)
    fetched = [r.path for r in server.requests if "/resolve/" in r.path]
    assert fetched and all(path.endswith("/model.bin") for path in fetched)
    models.verify(settings)


def test_silent_server_is_given_up(server: HubServer, settings: Settings) -> None:
    server.silent = "/api/models/.*"
    with pytest.raises(HubUnreachableError, match=r"did not answer within 1 seconds|timed out"):
        models.pull(settings, answer_seconds=1)
    server.silent = ""
    models.pull(settings, answer_seconds=QUICK)
    (snapshot(server) / "config.json").unlink()
    server.silent = ".*/resolve/.*/config.json"
    with pytest.raises(HubUnreachableError, match=r"config\.json.*did not answer"):
        models.pull(settings, answer_seconds=1)
    server.silent = ""
    server.closing.set()
    models.pull(settings, answer_seconds=QUICK)


def test_pull_says_that_it_may_not_use_the_network(
    server: HubServer, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    with pytest.raises(ModelError, match="HF_HUB_OFFLINE"):
        models.pull(settings)
    assert server.requests == []


def test_something_else_than_a_hub_is_recognised(server: HubServer, settings: Settings) -> None:
    server.failures = [("/api/models/.*", [(200, {"Content-Type": "text/html"})])]
    with pytest.raises(ModelError, match="not like a Hub"):
        models.pull(settings, answer_seconds=QUICK)


def test_full_disk_is_named_before_the_download(
    server: HubServer, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("shutil.disk_usage", lambda _: SimpleNamespace(free=1000))
    with pytest.raises(ModelError, match=r"GB of disk.*nothing was fetched"):
        models.pull(settings, answer_seconds=QUICK)
    assert not [r for r in server.requests if "/resolve/" in r.path]


def test_disk_that_fills_during_the_download_is_named_and_the_same_command_goes_on(
    server: HubServer, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    def write_to_a_full_disk(*_: object, **__: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr("huggingface_hub.file_download.http_get", write_to_a_full_disk)
        with pytest.raises(ModelError, match=r"disk is full.*SEEDSUM_HOME"):
            models.pull(settings, answer_seconds=QUICK)
    models.pull(settings, answer_seconds=QUICK)
    models.verify(settings)


# --------------------------------------------------------------------------------------------
# What is never taken


def transformers_settings(folder: Path) -> Settings:
    return make_settings(
        folder, repository="org/model", engine="transformers", format="transformers"
    )


PICKLED = {"config.json": b"{}", "pytorch_model.bin": b"\x80\x04.", "tokenizer.json": b"{}"}


def test_pickle_only_repository_is_refused(server: HubServer, tmp_path: Path) -> None:
    server.add("org/model", PICKLED)
    with pytest.raises(
        ModelError, match=r"pickles \(pytorch_model\.bin\).*any code.*convert"
    ) as caught:
        models.pull(transformers_settings(tmp_path), answer_seconds=QUICK)
    assert caught.value.exit_code == 5
    assert not [r for r in server.requests if "/org/model/resolve/" in r.path]


def test_safetensors_of_the_conversion_bot_are_taken_and_pinned(
    server: HubServer, tmp_path: Path
) -> None:
    server.add("org/model", PICKLED)
    converted = server.add(
        "org/model", PICKLED | {"model.safetensors": b"weights"}, revision="refs/pr/4"
    )
    title = "Adding `safetensors` variant of this model"
    server.repositories["org/model"].pull_requests = ((4, "SFconvertbot", title),)
    settings = transformers_settings(tmp_path)
    reports = models.pull(settings, answer_seconds=QUICK)
    assert read_lock(tmp_path / "models.lock")["vi"].commit == converted.commit
    assert "refs/pr/4" in " ".join(reports[-1].notes)


@pytest.mark.parametrize(
    ("author", "pickle"), [("somebody", b"\x80\x04."), ("SFconvertbot", b"\x80\x04 other weights")]
)
def test_safetensors_of_anyone_else_or_of_other_weights_are_refused(
    server: HubServer, tmp_path: Path, author: str, pickle: bytes
) -> None:
    server.add("org/model", PICKLED)
    offered = PICKLED | {"model.safetensors": b"weights", "pytorch_model.bin": pickle}
    server.add("org/model", offered, revision="refs/pr/4")
    title = "Adding `safetensors` variant of this model"
    server.repositories["org/model"].pull_requests = ((4, author, title),)
    with pytest.raises(ModelError, match="is refused"):
        models.pull(transformers_settings(tmp_path), answer_seconds=QUICK)


@pytest.mark.parametrize("name", ["config.json", "tokenizer_config.json"])
def test_model_with_code_of_its_own_is_refused_before_its_weights_are_fetched(
    server: HubServer, tmp_path: Path, name: str
) -> None:
    code = json.dumps({"auto_map": {"AutoModel": "modeling_x.X"}}).encode()
    files = {"config.json": b"{}", "model.safetensors": b"w" * 1000, "modeling_x.py": b"1"}
    server.add("org/model", files | {name: code})
    with pytest.raises(ModelError, match="auto_map"):
        models.pull(transformers_settings(tmp_path), answer_seconds=QUICK)
    assert not [r for r in server.requests if "safetensors" in r.path or ".py" in r.path]


@pytest.mark.parametrize("head", [b"\x80\x04\x95", b"PK\x03\x04", b"\x06\0\0\0\xff\xff"])
def test_model_bin_that_is_not_ctranslate2_is_refused(
    server: HubServer, settings: Settings, head: bytes
) -> None:
    server.add("quick/vi-en", quick_files(1) | {"model.bin": head + b"?" * 1000})
    with pytest.raises(ModelError, match="not a CTranslate2 model"):
        models.pull(settings, answer_seconds=QUICK)
    assert "vi" not in read_lock(settings.base / "models.lock")


def test_only_the_weights_that_are_loaded_are_fetched(server: HubServer, tmp_path: Path) -> None:
    shards = {f"model-0000{i}-of-00002.safetensors": b"w%d" % i for i in (1, 2)}
    index = {"model.safetensors.index.json": b"{}", "model.fp16.safetensors": b"x"}
    index["model.fp16.safetensors.index.json"] = b"{}"
    server.add("org/model", {"config.json": b"{}", **shards, **index})
    models.pull(transformers_settings(tmp_path), answer_seconds=QUICK)
    assert storage.list_files(snapshot(server, "org/model")) == (
        "config.json",
        *shards,
        "model.safetensors.index.json",
    )


# --------------------------------------------------------------------------------------------
# Verification


@pytest.mark.parametrize("name", KEPT)
def test_one_changed_byte_is_named_by_verify_and_refused_by_a_run(
    server: HubServer, settings: Settings, name: str
) -> None:
    models.pull(settings, answer_seconds=QUICK)
    models.resolve(settings)
    path = snapshot(server) / name
    flip_a_byte(path)
    with pytest.raises(ModelError, match="not what its lock says") as refused:
        models.resolve(settings)
    assert str(path) in str(refused.value)
    assert refused.value.exit_code == 5
    with pytest.raises(VerificationError) as caught:
        models.verify(settings)
    assert str(path) in str(caught.value)
    assert caught.value.exit_code == 6
    models.pull(settings, answer_seconds=QUICK)
    models.verify(settings)


def test_verify_reads_every_byte_also_where_time_and_size_are_unchanged(
    server: HubServer, settings: Settings
) -> None:
    models.pull(settings, answer_seconds=QUICK)
    flip_a_byte(snapshot(server) / "model.bin", keep_time=True)
    with pytest.raises(VerificationError, match=r"model\.bin: content changed"):
        models.verify(settings)


def test_verify_names_missing_and_unexpected_files(server: HubServer, settings: Settings) -> None:
    models.pull(settings, answer_seconds=QUICK)
    (snapshot(server) / "config.json").unlink()
    (snapshot(server) / "pytorch_model.bin").write_bytes(b"\x80")
    with pytest.raises(VerificationError) as caught:
        models.verify(settings)
    assert "config.json: missing" in str(caught.value)
    assert "pytorch_model.bin: not in the lock" in str(caught.value)
    reports = models.pull(settings, answer_seconds=QUICK)
    assert "pytorch_model.bin" in " ".join(reports[-1].notes)
    models.verify(settings)


def test_unchanged_files_are_not_read_again(
    server: HubServer, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    models.pull(settings, answer_seconds=QUICK)
    for path in storage.home().rglob("*"):  # older than two seconds
        os.utime(path, (1e9, 1e9))
    models.resolve(settings)
    read: list[Path] = []
    monkeypatch.setattr(files, "sha256_file", lambda path: read.append(path) or "")
    models.resolve(settings)
    assert read == []


# --------------------------------------------------------------------------------------------
# Resolving for a run


def test_run_pulls_what_is_missing(server: HubServer, settings: Settings) -> None:
    resolution = models.resolve(settings)
    assert (resolution.profile.name, resolution.fallback) == ("default", False)
    assert sorted(resolution.models) == ["bn", "extractive", "vi"]
    model = resolution.models["vi"]
    assert model.folder == snapshot(server)
    assert model.revision == server.repositories["quick/vi-en"].revisions["main"].commit
    models.check_before_run(model)
    flip_a_byte(snapshot(server) / "model.bin")
    with pytest.raises(ModelError, match="changed since this run began"):
        models.check_before_run(model)


@pytest.mark.parametrize("how", ["argument", "HF_HUB_OFFLINE"])
def test_offline_run_falls_back_without_a_request_and_strict_fails(
    server: HubServer, settings: Settings, how: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    if how == "HF_HUB_OFFLINE":
        monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    resolution = models.resolve(settings, offline=how == "argument")
    assert (resolution.profile.routes, resolution.fallback) == ((), True)
    assert "vi" in resolution.fallback_reason
    with pytest.raises(ModelError, match="models pull") as caught:
        models.resolve(settings, offline=how == "argument", strict=True)
    assert caught.value.exit_code == 5
    assert server.requests == []


def test_offline_run_uses_what_is_there(server: HubServer, settings: Settings) -> None:
    models.pull(settings, answer_seconds=QUICK)
    server.requests.clear()
    assert not models.resolve(settings, offline=True, strict=True).fallback
    assert server.requests == []


def test_run_finds_out_within_ten_seconds_that_there_is_no_hub_behind_a_firewall(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    with swallowing_port() as address:
        monkeypatch.setenv("HF_ENDPOINT", address)
        resolution = models.resolve(settings)
    assert resolution.fallback
    assert re.search("did not answer within 4 seconds|timed out", resolution.fallback_reason)


@pytest.mark.parametrize("silent", ["/api/models/.*", ".*/resolve/.*"])
def test_run_gives_up_a_hub_that_falls_silent(
    server: HubServer, settings: Settings, silent: str
) -> None:
    server.silent = silent
    resolution = models.resolve(settings)
    assert resolution.fallback
    assert re.search(r"did not answer within \d seconds|timed out", resolution.fallback_reason)
    assert PROBE_SECONDS + HURRIED_SECONDS < 10


def test_refused_connection_falls_back_at_once(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HF_ENDPOINT", "http://127.0.0.1:9")
    resolution = models.resolve(settings)
    assert resolution.fallback
    assert "cannot be reached" in resolution.fallback_reason


def test_server_error_and_a_gated_model_cost_the_parts_that_they_touch(
    server: HubServer, settings: Settings
) -> None:
    server.failures = [("/api/models/.*", [(502, {})] * 9)]
    assert "server error (502)" in models.resolve(settings).fallback_reason
    server.failures.clear()
    server.repositories["quick/vi-en"].refuse_with = (403, "GatedRepo")
    (lack,) = models.resolve(settings).lacks
    assert lack.part == "vi->en" and "gated" in lack.reason
    with pytest.raises(ModelError, match="gated"):
        models.resolve(settings, strict=True)


def test_changed_repository_in_models_toml_is_resolved_again(
    server: HubServer, settings: Settings, tmp_path: Path
) -> None:
    models.pull(settings, answer_seconds=QUICK)
    server.add("quick/other", quick_files(5))
    changed = make_settings(tmp_path, repository="quick/other")
    model = models.resolve(changed).models["vi"]
    assert model.folder == snapshot(server, "quick/other")


def test_local_folder_is_used_without_the_hub_and_a_change_is_refused(
    server: HubServer, tmp_path: Path
) -> None:
    folder = tmp_path / "own"
    folder.mkdir()
    (folder / "model.bin").write_bytes(ct2_weights(1000))
    (folder / "config.json").write_text("{}")
    settings = make_settings(tmp_path, repository="", folder="own")
    models.pull(make_settings(tmp_path), answer_seconds=QUICK)
    server.requests.clear()
    model = models.resolve(settings, offline=True).models["vi"]
    assert (model.folder, model.revision) == (folder, "local")
    assert server.requests == []
    flip_a_byte(folder / "model.bin")
    with pytest.raises(ModelError, match=r"model\.bin"):
        models.resolve(settings)
    models.pull(settings, answer_seconds=QUICK)
    assert models.resolve(settings).models["vi"].weights_sha256 != model.weights_sha256


def test_two_pulls_at_once_fetch_every_file_once(server: HubServer, settings: Settings) -> None:
    server.bytes_per_second = 1_000_000
    with ThreadPoolExecutor(2) as pool:
        for done in [pool.submit(models.pull, settings, answer_seconds=QUICK) for _ in range(2)]:
            done.result()
    bodies = [
        r.path
        for r in server.requests
        if r.method == "GET" and r.status == 200 and "/resolve/" in r.path
    ]
    assert len(bodies) == len(set(bodies)) == 2 * len(KEPT)


# --------------------------------------------------------------------------------------------
# What comes with the package


def test_bundled_models_are_checked_against_the_lock_beside_them(tmp_path: Path) -> None:
    bundle = tmp_path / "bundle"
    (bundle / "ct2").mkdir(parents=True)
    (bundle / "ct2" / "model.bin").write_bytes(ct2_weights(500))
    lock = bundle / "models.lock"
    found = storage.record_files(bundle / "ct2")
    write_lock(lock, {"ct2": LockedModel("bundled:x", "bundled", "bundled", "CC0-1.0", found)})
    settings = make_settings(tmp_path, repository="", bundled=str(bundle))
    model = models.resolve(settings, "small").models["vi"]
    assert (model.folder, model.revision) == (bundle / "ct2", "bundled")
    flip_a_byte(bundle / "ct2" / "model.bin")
    with pytest.raises(ModelError, match="install seedsum again"):
        models.resolve(settings, "small")
    lock.unlink()
    with pytest.raises(ModelError, match="not in this installation"):
        models.resolve(settings, "small")


def test_lock_of_the_starter_models_is_current() -> None:
    """`training/lock.py` is a step of every change of the starter models."""
    starter = Path(models.__file__).parent.parent / "starter"
    if not (starter / "models.lock").is_file():
        pytest.skip("the starter models are not in this checkout")
    for name, entry in read_lock(starter / "models.lock").items():
        assert storage.differences(starter / name, entry.files, rehash=True) == []


# --------------------------------------------------------------------------------------------
# For people


def test_doctor_is_content_when_everything_is_here(server: HubServer, settings: Settings) -> None:
    models.pull(settings, answer_seconds=QUICK)
    checks = {check.name: check for check in doctor.doctor(settings)}
    assert {"Python", "libraries", "CPU", "GPU", "cache folder", "disk", "Hub"} <= set(checks)
    wrong = {c.name for c in checks.values() if c.level != "ok"}
    assert wrong <= {"CPU"}
    assert "GB of memory" in checks["model vi"].found


def test_doctor_and_list_name_the_checks_that_a_language_goes_without(tmp_path: Path) -> None:
    route = {"routes": {"vi->en": "vi", "tlh->en": "vi"}, "summary": "extractive"}
    table = {"profiles": {"default": route, "starter": {}}, "models": MODELS}
    settings = parse_settings(table, path=tmp_path / "models.toml")
    checks = {check.name: check for check in doctor.doctor(settings, offline=True)}
    assert (checks["language vi"].level, checks["language tlh"].level) == ("ok", "warn")
    assert set(missing_checks("tlh")) <= set(re.findall(r"[\w-]+", checks["language tlh"].found))
    assert checks["language tlh"].advice
    (profile,) = catalogue(settings, "default").profiles
    assert dict(profile.missing_checks) == {"tlh": missing_checks("tlh")}
    assert "tlh with fewer checks" in overview(catalogue(settings))


def test_doctor_names_what_other_packages_add(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    added = Plugin("seedsum.readers", "ods", "sheets-for-seedsum", "1.2", "sheets:READER")
    monkeypatch.setattr("seedsum.models.doctor.plugins", lambda: (added,))
    checks = {check.name: check for check in doctor.doctor(settings, offline=True)}
    assert checks["added reader"].found == "ods, of sheets-for-seedsum 1.2"


def test_doctor_says_what_to_do_about_each_problem(
    server: HubServer, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    models.pull(settings, answer_seconds=QUICK)
    flip_a_byte(snapshot(server) / "model.bin")
    (snapshot(server, "quick/bn-en") / "model.bin").unlink()
    monkeypatch.setenv("HF_ENDPOINT", "http://127.0.0.1:9")
    checks = {check.name: check for check in doctor.doctor(settings)}
    assert (checks["model vi"].level, checks["model bn"].level) == ("fail", "warn")
    assert "model.bin" in checks["model vi"].found
    assert checks["Hub"].level == "warn"
    assert all(check.advice for check in checks.values() if check.level != "ok")
    offline = {check.name: check for check in doctor.doctor(settings, offline=True)}
    assert "offline" in offline["Hub"].found


def test_doctor_fails_where_a_run_has_neither_models_nor_fallback(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HF_ENDPOINT", "http://127.0.0.1:9")
    broken = make_settings(settings.base, repository="", bundled="nowhere")
    broken = replace(broken, fallback_profile="small")
    checks = doctor.doctor(broken)
    assert {c.name: c.level for c in checks}["model vi"] == "fail"
    assert doctor.exit_code(checks, broken) == 5


def row_of(settings: Settings, name: str) -> CatalogueModel:
    return next(model for model in catalogue(settings).models if model.name == name)


def test_catalogue_shows_state_size_and_time_of_the_last_check(
    server: HubServer, settings: Settings
) -> None:
    known = catalogue(settings, "default")
    assert [(model.roles, model.name, model.state) for model in known.models] == [
        (("bn->en",), "bn", "missing"),
        (("summary",), "extractive", "ready"),
        (("vi->en",), "vi", "missing"),
    ]
    assert [profile.name for profile in catalogue(settings).profiles] == [
        "default",
        "small",
        "starter",
    ]
    models.pull(settings, answer_seconds=QUICK)
    vi = row_of(settings, "vi")
    assert (vi.state, vi.engine, vi.device) == ("ready", "ctranslate2", "cpu")
    assert vi.disk_bytes == vi.download_bytes == sum(len(quick_files(1)[name]) for name in KEPT)
    assert vi.commit == server.repositories["quick/vi-en"].revisions["main"].commit
    assert vi.verified.endswith("+00:00")
    (snapshot(server) / "config.json").write_text("{}")
    assert row_of(settings, "vi").state == "damaged"


def test_published_sizes_stand_until_the_files_are_here(server: HubServer, tmp_path: Path) -> None:
    settings = make_settings(tmp_path, about={"download_mb": 402, "quality": "37 BLEU"})
    before = row_of(settings, "vi")
    assert before.download_bytes == before.disk_bytes == 402_000_000
    assert before.memory_bytes > before.download_bytes and before.estimated == ("memory",)
    assert "~" in overview(catalogue(settings)) and "37 BLEU" in details(catalogue(settings))
    models.pull(settings, answer_seconds=QUICK)
    here = row_of(settings, "vi")
    assert here.download_bytes == sum(len(quick_files(1)[name]) for name in KEPT)


def test_the_shipped_catalogue_is_readable_at_80_columns() -> None:
    known = catalogue(load_settings(ROOT / "models.toml"))
    known = replace(known, config="/srv/models.toml")
    lines = overview(known).splitlines()
    assert max(map(len, [*lines, *details(known).splitlines()])) <= 80
    assert any(line.startswith("default *") for line in lines)
    for model in known.models:
        (line,) = [line for line in lines if line.startswith(f"{model.name} ")][-1:]
        assert model.licence in line and line.endswith(model.state)
    nllb = next(line for line in lines if line.startswith("nllb"))
    assert nllb.split()[-2:] == ["!", "missing"]


def test_memory_is_estimated_from_the_files(server: HubServer, settings: Settings) -> None:
    resolved = models.resolve(settings).models
    assert peak_estimate_bytes(resolved["extractive"]) == 0
    one, two = (peak_estimate_bytes(resolved["vi"], num_workers=n) for n in (1, 2))
    assert 10**8 < one < two
    assert 10**6 < available_bytes() < 10**14


def test_workers_and_threads_fit_into_the_memory(server: HubServer, settings: Settings) -> None:
    model = models.resolve(settings).models["vi"]

    def fitting(num_cores: int, num_workers: int) -> Runtime:
        available = peak_estimate_bytes(model, num_workers=num_workers)
        return fitting_runtime(model, Runtime("cpu", num_cores, 1), available=available)

    assert fitting(1, 1) == Runtime("cpu", 1, 1)
    assert fitting(2, 2) == Runtime("cpu", 2, 1)
    assert fitting(2, 1) == Runtime("cpu", 1, 2)
    assert fitting(6, 6) == Runtime("cpu", 6, 1)
    assert fitting(6, 5) == Runtime("cpu", 3, 2)
    assert fitting(64, 64) == Runtime("cpu", 8, 8)  # more batches at a time than a window has
    assert fitting(64, 3) == Runtime("cpu", 3, 21)
    # Loading it says by how much it does not fit.
    assert fitting_runtime(model, Runtime("cpu", 4, 1), available=1) == Runtime("cpu", 1, 4)
    on_gpu = Runtime("cuda", 1, 1)
    assert fitting_runtime(model, on_gpu, available=1) == on_gpu


def test_lock_of_packaged_settings_is_in_the_home_of_seedsum(
    server: HubServer, settings: Settings
) -> None:
    packaged = parse_settings(
        {
            "profiles": {"default": {}, "starter": {}},
            "models": {"extractive": {"engine": "extractive", "licence": "x"}},
        },
        path=settings.path,
        packaged=True,
    )
    assert models.lock_path(packaged) == storage.home() / "models.lock"
    assert models.lock_path(settings) == settings.base / "models.lock"


def test_damaged_lock_is_named(settings: Settings) -> None:
    (settings.base / "models.lock").write_text('{"format_version": 1, "models": {"vi": 3}}')
    with pytest.raises(ModelError, match=r"models\.lock: not a lock file"):
        models.resolve(settings)


def test_importing_models_imports_no_engine_and_no_client() -> None:
    script = (
        "import sys, seedsum.models; print([m for m in"
        " ('torch', 'transformers', 'ctranslate2', 'huggingface_hub') if m in sys.modules])"
    )
    found = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    assert found.stdout.strip() == "[]"
