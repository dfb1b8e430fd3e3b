"""Runs on a real Ray: the same bytes, whatever ends workers, documents or the run itself."""

from __future__ import annotations

import json
import os
import re
import signal
import sys
import time
from collections import deque
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, TypeVar

import pytest

from ray_cluster import ray_cluster
from s3_server import CREDENTIALS, s3_server
from seedsum.errors import ModelError, UsageError
from seedsum.output import place_of, read_records
from seedsum.pipeline.cluster.connection import Connection, Room, room_of
from seedsum.pipeline.cluster.crew import RayCrew, _Actor
from seedsum.pipeline.worker.messages import Lost, Said
from test_process import (
    NUM_DOCUMENTS,
    PATIENCE_SECONDS,
    contents,
    finish,
    models,
    pairs,
    project,
    start,
    torn,
    wait_for,
)

__all__ = ["models", "project"]  # fixtures

FAULTS = Path(__file__).parent / "faults"

Test = TypeVar("Test", bound=Callable[..., None])


# --------------------------------------------------------------------------------------------
# Without a cluster


@pytest.mark.parametrize(
    ("nodes", "asked", "device", "expected"),
    [
        ([{"CPU": 2.0}], None, "cpu", Room(1, 2, 0)),
        ([{"CPU": 2.0}], 2, "cpu", Room(2, 1, 0)),
        ([{"CPU": 2.0}], 5, "cpu", Room(5, 1, 0)),
        ([{"CPU": 64.0}, {"CPU": 16.0}], None, "cpu", Room(10, 8, 0)),
        ([{"CPU": 64.0}, {"CPU": 4.0}], None, "cpu", Room(17, 4, 0)),
        ([{"CPU": 64.0}, {"CPU": 96.0, "GPU": 8.0}], None, "cuda", Room(8, 8, 1)),
        ([{"CPU": 4.0, "GPU": 8.0}], 2, "cuda", Room(2, 1, 1)),
    ],
)
def test_a_cluster_has_room_for_a_worker_for_each_group_of_cores_or_gpu(
    nodes: list[dict[str, float]], asked: int | None, device: str, expected: Room
) -> None:
    assert room_of(nodes, asked, device=device) == expected


def test_a_cluster_without_what_is_asked_for_is_refused() -> None:
    with pytest.raises(UsageError, match="no machine with a core"):
        room_of([], None, device="cpu")
    with pytest.raises(UsageError, match="CUDA_VISIBLE_DEVICES="):
        room_of([{"CPU": 8.0}], None, device="cuda")


def test_an_address_that_cannot_work_is_refused_in_words(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(UsageError, match="ray job submit"):
        Connection("ray://head:10001")
    monkeypatch.setitem(sys.modules, "ray", None)  # as where it is not installed
    with pytest.raises(UsageError, match=re.escape("pip install 'seedsum[ray]'")):
        Connection("auto")


def test_a_cluster_that_does_not_begin_in_time_is_said_in_words(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def late(**_: object) -> None:
        raise Exception("The current node timed out during startup.")  # what Ray raises then

    monkeypatch.setattr("ray.init", late)
    with pytest.raises(UsageError, match=r"--ray local: .* \(The current node timed out"):
        Connection("local")


def test_an_actor_whose_process_does_not_begin_is_lost_and_the_run_is_not() -> None:
    exceptions = pytest.importorskip("ray.exceptions")

    class Ray:
        @staticmethod
        def get(asked: object) -> None:
            raise exceptions.ActorUnschedulableError("Failed to startup worker.\nSee raylet.err.")

    crew = RayCrew.__new__(RayCrew)
    crew._ray, crew._said = Ray, deque()
    crew._actors = {1: _Actor("seedsum-worker-1", slot=1, handle=None, asked=None)}
    crew._listen(1)
    (_, said), (_, lost) = crew._said
    assert isinstance(said, Said) and "another is" in said.text
    assert isinstance(lost, Lost) and not lost.by_document
    assert "seedsum-worker-1 could not be started" in lost.message


# --------------------------------------------------------------------------------------------
# On one


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Run a Ray of two cores, and an S3 server for what writes there; yield the Ray's address."""
    home = tmp_path_factory.mktemp("node-home")
    path = os.pathsep.join(filter(None, [str(FAULTS), *sys.path]))
    environment = {
        "SEEDSUM_HOME": str(home),
        "SEEDSUM_LEASE": "10",
        "SEEDSUM_FAULT": "kill:decoding/Vĩnh",
        "PYTHONPATH": path,
        **CREDENTIALS,
    }
    with pytest.MonkeyPatch.context() as patch, s3_server() as server:
        patch.setenv("AWS_ENDPOINT_URL", server)
        # They keep the environment of their first use, in another test perhaps.
        pytest.importorskip("s3fs").S3FileSystem.clear_instance_cache()
        for name, value in environment.items():
            patch.setenv(name, value)
        with ray_cluster(2) as address:
            yield address


def on_cluster(test: Test) -> Test:
    """Mark a test that works on the cluster: one after another, they look at all actors there."""
    pytest.mark.xdist_group("cluster")(test)
    pytest.mark.slow(test)
    return test


def on(cluster: str, *more: str) -> tuple[str, ...]:
    return ("--ray", cluster, "--ray-workers", "2", *more)


def actors(cluster: str) -> list[int]:
    """Return the processes of the actors that live; others on this machine have other clusters."""
    ours = f"--gcs-address={cluster} ".encode()
    return [
        int(path.name)
        for path in Path("/proc").iterdir()
        if path.name.isdecimal()
        and b"ray::Worker" in _said(path, "cmdline")
        and ours in _said(Path("/proc") / _parent_of(path), "cmdline")
    ]


def _parent_of(process: Path) -> str:
    """Return the number of the process that started one: of a cluster's, its raylet."""
    return (_said(process, "stat").decode().rpartition(") ")[2].split() or ["", "0"])[1]


def _said(process: Path, name: str) -> bytes:
    try:
        return (process / name).read_bytes().replace(b"\0", b" ")
    except OSError:
        return b""


def wait_until_none_is_left(cluster: str) -> None:
    deadline = time.monotonic() + 120
    while actors(cluster):
        assert time.monotonic() < deadline, "actors outlive their run"
        time.sleep(0.1)


@on_cluster
def test_the_same_bytes_as_on_one_machine(cluster: str, project: Path, models: Path) -> None:
    assert finish(start(project, models, "whole"))[0] == 0
    code, errors = finish(start(project, models, "out", *on(cluster)))
    assert code == 0, errors
    assert "without a cache" not in errors
    assert "2 workers of 1 core" in errors and f"[{NUM_DOCUMENTS}/{NUM_DOCUMENTS}]" in errors
    assert contents(project / "out") == contents(project / "whole")
    assert not (project / "out" / ".seedsum" / "doing.json").exists()
    wait_until_none_is_left(cluster)
    # And there is nothing to do, so that no cluster is asked for.
    assert finish(start(project, models, "out", "--ray", "nowhere:1"))[0] == 0


@on_cluster
def test_the_same_bytes_in_a_store(cluster: str, project: Path, models: Path) -> None:
    assert finish(start(project, models, "whole"))[0] == 0
    address = "s3://bucket/out"
    code, errors = finish(start(project, models, address, *on(cluster)))
    assert code == 0, errors
    place = place_of(address)
    found = {
        entry.name: place.read(entry.name)
        for entry in place.entries()
        if entry.name.partition("/")[0] not in ("runs", "index.md", "index.html")
    }
    assert found == pairs(project / "whole")


@on_cluster
def test_workers_that_are_killed_lose_nothing(cluster: str, project: Path, models: Path) -> None:
    assert finish(start(project, models, "whole"))[0] == 0
    process = start(project, models, "out", *on(cluster, "--no-cache", "--json"))
    wait_for(process, "loading tiny")
    for pid in actors(cluster):
        os.kill(pid, signal.SIGKILL)
    printed, errors = process.communicate(timeout=PATIENCE_SECONDS)
    assert process.returncode == 0, errors
    assert "was lost" in errors and "done again" in errors
    assert json.loads(printed)["exit_code"] == 0  # Ray says nothing there
    assert torn(project / "out") == []
    assert pairs(project / "out") == pairs(project / "whole")


@on_cluster
def test_a_document_that_kills_workers_is_found_as_on_one_machine(
    cluster: str, project: Path, models: Path
) -> None:
    with (project / "in" / "03.txt").open("a", encoding="utf-8") as file:
        file.write("\n\nTrạm y tế Vĩnh mở cửa ở xã mới.")
    environment = {
        **os.environ,
        "PYTHONPATH": os.pathsep.join([str(FAULTS), os.environ.get("PYTHONPATH", "")]),
    }
    here = start(project, models, "here", environment=environment)
    assert finish(here)[0] == 3
    code, errors = finish(start(project, models, "out", *on(cluster)))
    assert code == 3, errors
    assert pairs(project / "out") == pairs(project / "here")
    assert failures(project / "out") == failures(project / "here")


def failures(output: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((output / ".seedsum" / "failures.json").read_bytes())
    for failure in found["failures"].values():
        del failure["first"], failure["last"]
    return found


@on_cluster
def test_a_worker_that_stands_still_is_replaced(cluster: str, project: Path, models: Path) -> None:
    process = start(project, models, "out", *on(cluster, "--document-timeout", "3"))
    wait_for(process, "loading tiny")
    stopped = actors(cluster)[:1]
    for pid in stopped:
        os.kill(pid, signal.SIGSTOP)
    code, errors = finish(process)
    assert code == 0, errors
    assert len(read_records(project / "out")) == NUM_DOCUMENTS
    wait_until_none_is_left(cluster)


@on_cluster
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_a_run_that_ends_takes_its_workers_with_it(
    cluster: str, project: Path, models: Path, number: signal.Signals
) -> None:
    assert finish(start(project, models, "whole"))[0] == 0
    process = start(project, models, "out", *on(cluster, "--no-cache"))
    wait_for(process, "loading tiny")
    process.send_signal(number)
    code, errors = finish(process)
    if number is signal.SIGKILL:
        assert code == -number
    else:
        assert code == 128 + number and "run again to continue" in errors, errors
    wait_until_none_is_left(cluster)
    assert torn(project / "out") == []
    assert finish(start(project, models, "out"))[0] == 0
    assert pairs(project / "out") == pairs(project / "whole")


@on_cluster
def test_a_machine_without_the_models_says_so(cluster: str, project: Path, models: Path) -> None:
    from seedsum.pipeline.cluster.node import setup_here
    from seedsum.pipeline.context import resolve_context
    from seedsum.pipeline.worker.messages import Setup

    weights = models / "ct2" / "model.bin"
    context = resolve_context(models / "models.toml", None, offline=True, strict=False)
    honest = weights.read_bytes()
    try:
        weights.unlink()
        with pytest.raises(ModelError, match=r"model tiny is not .*seedsum models pull"):
            setup_here(_assignment(), Setup(context), output=place_of(models))
    finally:
        weights.write_bytes(honest)


def _assignment() -> Any:
    from seedsum import __version__
    from seedsum.pipeline.cluster.node import Assignment
    from seedsum.pipeline.options import RunOptions

    return Assignment(
        "seedsum-worker-1",
        RunOptions(),
        version=__version__,
        folder="/",
        run="",
        seen="",
        sight="",
        sample="",
        num_cores=1,
        slot=1,
    )
