"""`--shard I/N`: disjoint, together complete, at the same time, and the same files."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import s3fs
from hypothesis import given
from hypothesis import strategies as st

import seedsum
from s3_server import CREDENTIALS, s3_server
from seedsum.errors import LockedError, UsageError
from seedsum.output import place_of
from seedsum.pipeline.failures import (
    read_doing,
    read_failures,
    write_doing,
    write_failures,
)
from seedsum.pipeline.last_run import read_last_runs
from seedsum.pipeline.shards import Shard, have_run
from seedsum.records import Action, Failure

INPUT = Path(__file__).parents[1] / "input"
COUNT = 3


@given(st.text(st.characters(codec=None), min_size=1), st.integers(1, 1000))
def test_a_name_is_in_one_shard(name: str, count: int) -> None:
    assert sum(Shard(number, count).holds(name) for number in range(1, count + 1)) == 1


def test_shards_are_about_as_large(tmp_path: Path) -> None:
    names = [f"{number:02}/article-{number}.txt" for number in range(8000)]
    sizes = [sum(map(Shard(number, 8).holds, names)) for number in range(1, 9)]
    assert min(sizes) > 850 and max(sizes) < 1150


@pytest.mark.parametrize("stated", ["0/3", "4/3", "1/0", "1", "a/b", "1/3/5", "-1/3", "1.5/3"])
def test_what_is_no_shard_is_refused(stated: str) -> None:
    with pytest.raises(UsageError, match="which part of how many"):
        Shard.of(stated)


def test_parts_are_locked_apart_from_each_other_and_the_whole(tmp_path: Path) -> None:
    place = place_of(tmp_path)
    with place.lock(part="1-of-3"), place.lock(part="2-of-3"):
        for part in ("1-of-3", "", "1-of-4"):
            with pytest.raises(LockedError, match="another run is writing"):
                place.lock(part=part).__enter__()
    with place.lock(), pytest.raises(LockedError):
        place.lock(part="1-of-3").__enter__()
    with place.lock(part="1-of-4"), place.lock(part="4-of-4"):
        pass


def test_a_part_leaves_what_others_are_writing(tmp_path: Path) -> None:
    place = place_of(tmp_path)
    temporary = tmp_path / f".seedsum-{'0' * 16}.tmp"
    temporary.touch()
    with place.lock(part="1-of-3") as held:
        assert held.clean() == 0
    with place.lock() as held:
        assert held.clean() == 1


def test_what_shards_keep_is_read_together(tmp_path: Path) -> None:
    one, two = Shard(1, 2), Shard(2, 2)
    names = {shard: next(n for n in "abcdefgh" if shard.holds(n)) for shard in (one, two)}
    early, late = "2026-01-01T00:00:00+00:00", "2026-01-02T00:00:00+00:00"
    failure = {shard: Failure("1", "2", 1, "m", early, early) for shard in (one, two)}
    for shard in (one, two):
        write_failures(tmp_path, {names[shard]: failure[shard]}, shard=shard)
        write_doing(tmp_path, [names[shard]], shard=shard)
    assert read_failures(tmp_path).keys() == {*names.values()}
    assert read_doing(tmp_path).names == {*names.values()}
    assert read_doing(tmp_path, shard=one).names == {names[one]}
    # With another number of shards, what is over stays over.
    other = next(Shard(n, 5) for n in range(1, 6) if Shard(n, 5).holds(names[one]))
    write_failures(tmp_path, {}, shard=other)
    assert read_failures(tmp_path).keys() == {names[two]}
    again = Failure("1", "2", 2, "m", early, late.replace("2026", "2126"))
    write_failures(tmp_path, {names[one]: again}, shard=one)
    assert read_failures(tmp_path)[names[one]].num_failures == 2
    write_failures(tmp_path, {names[two]: failure[two]})
    write_doing(tmp_path, ())
    assert read_failures(tmp_path) == {names[two]: failure[two]}
    assert read_doing(tmp_path).names == set()
    assert [path.name for path in tmp_path.rglob("*.json")] == ["failures.json"]


# --------------------------------------------------------------------------------------------
# Runs


@pytest.fixture(scope="module")
def samples(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("samples") / "input"
    shutil.copytree(INPUT, folder)
    return folder


@pytest.fixture(scope="module")
def whole(samples: Path) -> Path:
    """What one run makes of the samples."""
    output = samples.parent / "whole"
    seedsum.run([samples], output=output, profile="starter", offline=True)
    return output


def start(
    samples: Path | str, output: Path | str, shard: str, *more: str
) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "seedsum", "run", str(samples), "--output", str(output)]
    command += ["--profile", "starter", "--offline", "--shard", shard, "--fail-on", "none", *more]
    return subprocess.Popen(command, stderr=subprocess.PIPE)


def files(output: Path | str) -> dict[str, bytes]:
    """Return pairs and index."""
    place = place_of(output)
    names = [entry.name for entry in place.entries()]
    return {n: place.read(n) or b"" for n in sorted(names) if not n.startswith("runs/")}


def pairs(output: Path | str) -> dict[str, bytes]:
    return {n: data for n, data in files(output).items() if not n.startswith("index.")}


@pytest.fixture
def store(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    with s3_server() as server:
        s3fs.S3FileSystem.clear_instance_cache()  # they keep the environment of their first use
        for name, value in {
            **CREDENTIALS,
            "AWS_ENDPOINT_URL": server,
        }.items():
            monkeypatch.setenv(name, value)
        yield "s3://bucket"


@pytest.fixture(params=["folder", "store"])
def output(request: pytest.FixtureRequest, tmp_path: Path) -> Path | str:
    if request.param == "folder":
        return tmp_path / "out"
    return f"{request.getfixturevalue('store')}/pairs"


def test_planned_shards_are_disjoint_and_complete(samples: Path, whole: Path) -> None:
    found = [
        [task.name for task in seedsum.plan([samples], output=whole.parent / "none",
                                            profile="starter", shard=f"{n}/{COUNT}").tasks]
        for n in range(1, COUNT + 1)
    ]  # fmt: skip
    assert sorted(name for names in found for name in names) == sorted(
        task.name for task in seedsum.plan([samples], output=whole, profile="starter").tasks
    )


@pytest.mark.slow
def test_shards_at_the_same_time_make_the_same_files(
    samples: Path, whole: Path, output: Path | str
) -> None:
    running = [start(samples, output, f"{number}/{COUNT}") for number in range(1, COUNT + 1)]
    for process in running:
        said = process.communicate()[1]
        assert process.returncode == 0, said
    assert pairs(output) == pairs(whole)
    place = place_of(output)
    assert place.read("index.md") is None and have_run(place)
    assert read_last_runs(place).exit_code == 0
    report = seedsum.run([samples], output=output, profile="starter", offline=True)
    assert {outcome.action for outcome in report.outcomes} == {Action.LEAVE}
    assert not have_run(place)
    for name in ("index.md", "index.html") if isinstance(output, Path) else ():
        now, before = (files(where)[name].decode() for where in (output, whole))
        head = "\n## Changed" if name == "index.md" else '"changed"'
        assert now.partition(head)[0][:500] == before.partition(head)[0][:500]
    late = start(samples, output, "2/5")  # another number of shards later is no harm
    late.communicate()
    assert late.returncode == 0
    assert pairs(output) == pairs(whole)


@pytest.mark.slow
def test_a_shard_that_is_killed_in_a_store_is_done_by_the_next_beside_the_other(
    store: str, samples: Path, whole: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SEEDSUM_LEASE", "10")
    place = place_of(f"{store}/in")
    for path in samples.rglob("*"):
        if path.is_file():
            place.write(path.relative_to(samples).as_posix(), path.read_bytes())
    source, output = f"{store}/in", f"{store}/out"
    first, other = (start(source, output, f"{number}/2") for number in (1, 2))
    while not any(place_of(output).entries(suffixes=(".translation.md",))):
        assert first.poll() is None
        time.sleep(0.05)
    first.kill()
    first.communicate()
    first = start(source, output, "1/2", "--wait", "60")
    for process in (first, other):
        said = process.communicate()[1]
        assert process.returncode == 0, said
    assert pairs(output) == pairs(whole)


@pytest.mark.slow
def test_the_slurm_script_of_the_documents_does_all(
    samples: Path, whole: Path, tmp_path: Path
) -> None:
    text = (INPUT.parent / "docs" / "scale.md").read_text(encoding="utf-8")
    script = text.partition("```bash\n#!/bin/bash\n#SBATCH")[2].partition("```")[0]
    assert "SLURM_ARRAY_TASK_ID" in script
    path = tmp_path / "array.sh"
    path.write_text(f"#!/bin/bash\n#SBATCH{script}")
    seedsum_command = tmp_path / "bin" / "seedsum"
    seedsum_command.parent.mkdir()
    seedsum_command.write_text(
        f'#!/bin/bash\nexec {sys.executable} -m seedsum "$@" --profile starter --offline\n'
    )
    seedsum_command.chmod(0o755)
    shutil.copytree(samples, tmp_path / "articles")
    for number in range(1, COUNT + 1):
        environment = {
            **os.environ,
            "PATH": f"{seedsum_command.parent}:{os.environ['PATH']}",
            "SLURM_ARRAY_TASK_ID": str(number),
            "SLURM_ARRAY_TASK_COUNT": str(COUNT),
        }
        subprocess.run(["bash", path], cwd=tmp_path, env=environment, check=True)
    ours = {n: json.loads(d)["run_key"] for n, d in pairs(tmp_path / "pairs").items()
            if n.endswith(".json")}  # fmt: skip
    assert ours == {n: json.loads(d)["run_key"] for n, d in pairs(whole).items()
                    if n.endswith(".json")}  # fmt: skip
