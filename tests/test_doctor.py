"""The doctor says beforehand what a run then does: for each state of the models, the same code."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from hub_server import HubServer
from seedsum.cli.catalogue_text import findings
from seedsum.config import load_settings
from seedsum.errors import SeedsumError, exit_code_of
from seedsum.models import doctor, pull, storage
from test_graceful import CONFIG, STARTER, Project, gated, gone, hub, pickled, project, tiny_news

__all__ = ["hub", "project", "tiny_news"]  # fixtures
pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(
        not (STARTER / "model.bin").is_file(), reason="the starter models are not in this checkout"
    ),
]

State = Callable[[HubServer, Project, pytest.MonkeyPatch], None]


def nothing_is_here(hub: HubServer, project: Project, patch: pytest.MonkeyPatch) -> None: ...


def everything_is_here(hub: HubServer, project: Project, patch: pytest.MonkeyPatch) -> None:
    pull(load_settings(project.folder / "models.toml"))
    patch.setenv("HF_ENDPOINT", "http://127.0.0.1:9")


def no_network(hub: HubServer, project: Project, patch: pytest.MonkeyPatch) -> None:
    patch.setenv("HF_ENDPOINT", "http://127.0.0.1:9")


def forbidden_network(hub: HubServer, project: Project, patch: pytest.MonkeyPatch) -> None:
    patch.setenv("HF_HUB_OFFLINE", "1")


def gated_route(hub: HubServer, project: Project, patch: pytest.MonkeyPatch) -> None:
    gated(hub, "quick/vi")


def no_summary(hub: HubServer, project: Project, patch: pytest.MonkeyPatch) -> None:
    gone(hub, "news/tiny")


def pickled_summary(hub: HubServer, project: Project, patch: pytest.MonkeyPatch) -> None:
    pickled(hub, "news/tiny")


def damaged(hub: HubServer, project: Project, patch: pytest.MonkeyPatch) -> None:
    everything_is_here(hub, project, patch)
    (weights,) = storage.repository_folder("quick/vi", "ctranslate2").rglob("model.bin")
    weights.write_bytes(weights.read_bytes()[:-1] + b"?")


def half_gone(hub: HubServer, project: Project, patch: pytest.MonkeyPatch) -> None:
    everything_is_here(hub, project, patch)
    (weights,) = storage.repository_folder("quick/vi", "ctranslate2").rglob("model.bin")
    weights.unlink()


def torn_lock(hub: HubServer, project: Project, patch: pytest.MonkeyPatch) -> None:
    (project.folder / "models.lock").write_text("{")


def _own_folder(project: Project, name: str) -> Path:
    config = CONFIG.replace('repository = "quick/vi"', f'folder = "{name}"')
    (project.folder / "models.toml").write_text(config)
    return project.folder / name


def own_folder(hub: HubServer, project: Project, patch: pytest.MonkeyPatch) -> None:
    _own_folder(project, "mine").symlink_to(STARTER)


def no_own_folder(hub: HubServer, project: Project, patch: pytest.MonkeyPatch) -> None:
    _own_folder(project, "mine")


def own_folder_without_weights(hub: HubServer, project: Project, patch: pytest.MonkeyPatch) -> None:
    _own_folder(project, "mine").mkdir()


def own_folder_that_changed(hub: HubServer, project: Project, patch: pytest.MonkeyPatch) -> None:
    folder = _own_folder(project, "mine")
    folder.mkdir()
    for path in STARTER.iterdir():
        (folder / path.name).write_bytes(path.read_bytes())
    everything_is_here(hub, project, patch)
    (folder / "config.json").write_text("{}")
    os.utime(folder / "config.json", (1e9, 1e9))


def full_disk(hub: HubServer, project: Project, patch: pytest.MonkeyPatch) -> None:
    usage = storage_usage()
    patch.setattr("shutil.disk_usage", lambda _: usage)


def storage_usage() -> object:
    import shutil

    return shutil.disk_usage("/")._replace(free=1000)


def little_memory(hub: HubServer, project: Project, patch: pytest.MonkeyPatch) -> None:
    everything_is_here(hub, project, patch)
    for place in ("engines.pool", "models.foresight", "models.doctor"):
        patch.setattr(f"seedsum.{place}.available_bytes", lambda: 1000)


def told_not_to_mind(hub: HubServer, project: Project, patch: pytest.MonkeyPatch) -> None:
    no_network(hub, project, patch)
    config = project.folder / "models.toml"
    config.write_text(f"{CONFIG}[run]\nfail_on = []\n")


@pytest.mark.parametrize(
    ("state", "code", "said"),
    [
        (nothing_is_here, 0, "a run fetches"),
        (everything_is_here, 0, "GB of memory"),
        (no_network, 8, "cannot be reached"),
        (forbidden_network, 8, "offline"),
        (gated_route, 8, "gated"),
        (no_summary, 8, "summaries are extracts"),
        (pickled_summary, 8, "pytorch_model.bin"),
        (damaged, 5, "content changed"),
        (half_gone, 8, "cannot be reached"),
        (torn_lock, 5, "not a lock file"),
        (own_folder, 0, "mine is there"),
        (no_own_folder, 8, "no folder"),
        (own_folder_without_weights, 8, "no model.bin"),
        (own_folder_that_changed, 5, "config.json"),
        (full_disk, 8, "GB of disk"),
        (little_memory, 5, "needs about"),
        (told_not_to_mind, 0, "cannot be reached"),
    ],
)  # fmt: skip
def test_the_doctor_exits_as_the_run_does(
    hub: HubServer,
    project: Project,
    monkeypatch: pytest.MonkeyPatch,
    state: State,
    code: int,
    said: str,
) -> None:
    state(hub, project, monkeypatch)
    settings = load_settings(project.folder / "models.toml")
    before = files_of(project)
    checks = doctor.doctor(settings, output=project.folder / "output")
    assert files_of(project) == before
    text = findings(checks)
    assert said in " ".join(text.split()), text
    assert str(project.folder / "models.toml") in "".join(text.split())
    expected = doctor.exit_code(checks, settings), doctor.exit_code(checks, settings, strict=True)
    assert expected == (code, (code and 5) or 5 * (state is told_not_to_mind))
    # A run that --strict ends has written nothing, so that it may come first.
    assert expected == (ended(project, strict=False), expected[1])
    if expected[1] == 5:
        assert ended(project, strict=True, force=True) == 5


def files_of(project: Project) -> list[Path]:
    """Return all that is there but for notes of what was hashed."""
    found = [*storage.home().rglob("*"), *project.folder.rglob("*")]
    return sorted(path for path in found if "verified" not in path.parts)


def ended(project: Project, **options: bool) -> int:
    try:
        return project.run(**options).exit_code
    except SeedsumError as error:
        return exit_code_of(error)


def test_findings_fit_into_80_columns(hub: HubServer, project: Project) -> None:
    checks = doctor.doctor(load_settings(project.folder / "models.toml"), offline=True)
    short = [
        replace(check, found=check.found.replace(str(project.folder), "/srv")) for check in checks
    ]
    assert max(map(len, findings(short).splitlines())) <= 80
