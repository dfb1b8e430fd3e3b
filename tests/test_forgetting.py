"""`seedsum forget`: nothing of an article is left, wherever it was killed, and all else is."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

import seedsum
from seedsum.errors import LockedError, UsageError
from seedsum.output.places import place_of
from seedsum.output.places.local import LocalPlace
from seedsum.pipeline.cluster.node import SIGHT
from seedsum.pipeline.decodings import worker_cache_path
from seedsum.pipeline.failures import read_doing, write_doing, write_failures
from seedsum.pipeline.last_run import read_last_run, read_last_runs, write_last_run
from seedsum.pipeline.shards import Shard
from seedsum.records import Failure, Notice, Part, Verdict
from seedsum.reviews import ReviewStore, new_review
from test_cli import seedsum as command

NAME = "health/secret.txt"
OTHER = "health/other.txt"
#: What is nowhere else: the name, words of the source, and (once it is known) its English.
MARKS = [b"secret.txt", "Nguyễn Bí Mật".encode(), b"Bi Mat"]


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An output of three articles, with everything that can be said of one."""
    folder = tmp_path_factory.mktemp("made")
    for name, text in (
        (NAME, "Bệnh nhân\n\nÔng Nguyễn Bí Mật đến khám hôm thứ hai.\n"),
        (OTHER, "Trạm y tế\n\nTrạm y tế mở cửa hôm thứ ba.\n"),
        ("plain.txt", "A clinic opens\n\nA clinic opened on Monday.\n"),
    ):
        path = folder / "input" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    output = folder / "output"
    report = seedsum.run(
        [folder / "input"], seedsum.RunOptions(output=output, profile="starter", offline=True)
    )
    assert {outcome.name for outcome in report.outcomes} == {NAME, OTHER, "plain.txt"}
    record = json.loads((output / f"{NAME}.record.json").read_bytes())
    MARKS.append(record["segments"][1]["translation"].encode())
    sha256 = record["source"]["sha256"]
    store = ReviewStore(output)
    for document, part in (
        (NAME, Part.SENTENCE),
        ("old/secret.txt", Part.SENTENCE),  # what it was called before
        (OTHER, Part.SENTENCE),
        (NAME, Part.TERM),
    ):
        store.add(
            new_review(
                part,
                Verdict.EDITED,
                document=document if part is Part.SENTENCE else NAME,
                source_sha256=sha256 if "secret" in document else "1" * 64,
                source="Bệnh nhân" if part is Part.TERM else f"Câu của {document}.",
                text="patient" if part is Part.TERM else f"Sentence of {document}.",
            )
        )
    time = "2026-01-01T00:00:00+00:00"
    write_failures(
        output, {name: Failure("1", "2", 3, f"{name} failed", time, time) for name in (NAME, OTHER)}
    )
    notices = tuple(Notice("edited", 1, f"1 pair was edited: {name}") for name in (NAME, OTHER))
    write_last_run(output, read_last_run(output).__class__(notices=notices, exit_code=0))
    (output / ".seedsum" / "doing.json").write_text(json.dumps([NAME, OTHER]))
    (output / ".seedsum" / "state.jsonl").write_text(f"{NAME}\n")
    (output / ".seedsum" / "sources.jsonl").write_text(f"{NAME}\n")
    for cache in ("state", "sources"):
        (output / ".seedsum" / cache).mkdir(exist_ok=True)
        (output / ".seedsum" / cache / "1-1.jsonl").write_text(f"{NAME}\n")
    (output / ".seedsum" / "reviews.jsonl").write_text(f"{NAME}\n")
    (output / f".seedsum-{'0' * 16}.tmp").write_text("Nguyen Bi Mat")
    for copy in ("translation.edited.md", "summary.2.edited.md"):
        (output / f"{NAME}.{copy}").write_text("Nguyen Bi Mat")
    (output / f"{OTHER}.translation.edited.md").write_text("kept")
    summary = output / f"{NAME}.summary.md"
    summary.write_text(summary.read_text(encoding="utf-8") + "edited by hand\n", encoding="utf-8")
    return folder


@pytest.fixture
def output(made: Path, tmp_path: Path) -> Path:
    shutil.copytree(made, tmp_path / "made")
    return tmp_path / "made" / "output"


def traces(output: Path) -> list[str]:
    """What under the output still holds the article, other than the term that stays."""
    found = []
    for path in sorted(output.rglob("*")):
        is_term = path.parent.name == "reviews" and b'"term"' in path.read_bytes()
        if path.is_file() and not is_term and any(mark in path.read_bytes() for mark in MARKS):
            found.append(path.relative_to(output).as_posix())
        if "secret" in path.name:
            found.append(path.name)
    return found


def test_nothing_is_left_of_it_in_what_shards_keep(output: Path) -> None:
    notice, last = f"1 article failed: {NAME}", read_last_run(output)
    for shard in (Shard(1, 2), Shard(2, 2)):
        write_doing(output, [NAME, OTHER], shard=shard)
        ended = replace(last, ended="2099-01-01", notices=(Notice("backing-off", 1, notice),))
        write_last_run(output, ended, shard=shard)
    assert len([name for name in traces(output) if "shards" in name]) == 4
    seedsum.forget(NAME, output=output, remove=True)
    assert traces(output) == []
    assert read_doing(output).names == {OTHER}
    assert (read_last_runs(output).ended, read_last_runs(output).notices) == ("2099-01-01", ())


def test_nothing_is_left_of_the_article_and_all_of_the_others(output: Path) -> None:
    before = {
        path.relative_to(output): path.read_bytes()
        for path in output.rglob("*")
        if path.is_file() and (path.name.startswith(("other.txt", "plain.txt")))
    }
    assert traces(output)
    listed = seedsum.forget(NAME, output=output)
    assert traces(output)  # nothing was removed
    found = seedsum.forget(NAME, output=output, remove=True)
    assert found == listed
    assert traces(output) == [] and not list((output / ".seedsum").glob("cache.sqlite*"))
    assert before == {name: (output / name).read_bytes() for name in before}
    kinds = {remnant.kind for remnant in found.remnants}
    assert kinds == {"pair", "copy", "review", "report", "state", "cache"}
    assert {review.part for review in ReviewStore(output).read()} == {Part.TERM, Part.SENTENCE}
    assert [one.document for one in ReviewStore(output).read() if one.part is Part.SENTENCE] == [
        OTHER
    ]
    assert read_last_run(output).notices[0].text.endswith(OTHER)
    (report,) = list(place_of(output).entries("runs"))
    names = {one["name"] for one in json.loads((output / report.name).read_bytes())["outcomes"]}
    assert names == {OTHER, "plain.txt"}
    assert OTHER in (output / "index.md").read_text(encoding="utf-8")
    assert any("its source" in line for line in found.out_of_reach)
    assert any("1 term that was noted in it" in line for line in found.out_of_reach)
    again = seedsum.forget(NAME, output=output, remove=True)
    assert again.remnants == () and again.near == (OTHER,)


def test_decodings_of_a_clusters_workers_on_this_machine_go_too(output: Path) -> None:
    place = place_of(output)
    kept = [worker_cache_path(place, slot) for slot in (1, 2)]
    for path in kept:
        path.parent.mkdir(parents=True)
        path.write_text("Nguyen Bi Mat")
    other = worker_cache_path(place_of(output.parent / "other"), 1)
    other.parent.mkdir(parents=True)
    other.write_text("of another output")
    place.write(f".seedsum/{SIGHT}", b"a run on a cluster leaves this")
    (litter,) = (
        one
        for one in seedsum.prune([output.parent / "input"], output=output, cache=True)
        if one.kind == "cache"
    )
    assert set(kept) < set(litter.paths)
    found = seedsum.forget(NAME, output=output, remove=True)
    assert not any(path.exists() for path in kept) and other.exists()
    assert any("SEEDSUM_HOME/decodings there" in line for line in found.out_of_reach)


def test_the_next_run_makes_it_again_only_where_the_source_is(output: Path) -> None:
    seedsum.forget(NAME, output=output, remove=True)
    options = seedsum.RunOptions(output=output, profile="starter", offline=True)
    (output.parent / "input" / NAME).unlink()
    report = seedsum.run([output.parent / "input"], options)
    assert NAME not in {one.name for one in report.outcomes}
    assert traces(output) == [] and (output / "index.html").exists()


#: Forgets in processes that die at one step after another; from one that has no threads.
KILLED = """
import os, sys
from pathlib import Path
import seedsum
from test_forgetting import NAME, dies_after
for number, output in enumerate(map(Path, sys.argv[1:])):
    if (pid := os.fork()) == 0:
        try:
            dies_after(number)
            seedsum.forget(NAME, output=output, remove=True)
            os._exit(0)
        finally:
            os._exit(1)
    assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) in (0, 9)
"""


def test_killed_anywhere_it_is_completed_by_running_it_again(made: Path, tmp_path: Path) -> None:
    num_steps = len(seedsum.forget(NAME, output=made / "output").remnants) + 3
    folders = [tmp_path / str(number) for number in range(num_steps)]
    for folder in folders:
        shutil.copytree(made / "output", folder)
    subprocess.run(
        [sys.executable, "-c", KILLED, *folders],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
        check=True,
        timeout=600,
    )
    for number, folder in enumerate(folders):
        seedsum.forget(NAME, output=folder, remove=True)
        assert traces(folder) == [], number


def dies_after(number: int) -> None:
    """Let this process die without a word before its write or removal of that number."""
    left: Iterator[int] = iter(range(number))

    def dying(do: Any) -> Any:
        def call(*arguments: Any, **options: Any) -> Any:
            if next(left, None) is None:
                os._exit(9)
            return do(*arguments, **options)

        return call

    LocalPlace.delete = dying(LocalPlace.delete)  # type: ignore[method-assign]
    LocalPlace.write = dying(LocalPlace.write)  # type: ignore[method-assign]
    Path.unlink = dying(Path.unlink)  # type: ignore[method-assign]


def test_it_waits_for_the_lock_and_refuses_what_is_no_output(output: Path, tmp_path: Path) -> None:
    with place_of(output).lock(), pytest.raises(LockedError):
        seedsum.forget(NAME, output=output, remove=True)
    assert traces(output)
    with pytest.raises(UsageError, match="no such folder"):
        seedsum.forget(NAME, output=tmp_path / "nowhere")
    with pytest.raises(UsageError, match="is no name"):
        seedsum.forget("../secret.txt", output=output)


def test_the_command_lists_first_and_removes_with_yes(output: Path, tmp_path: Path) -> None:
    done = command("forget", NAME, "-o", str(output), cwd=tmp_path)
    assert f"pair: {NAME}.record.json" in done.stdout
    assert "report: runs/" in done.stdout and "(written again without it)" in done.stdout
    assert "add --yes" in done.stderr and traces(output)
    done = command("forget", NAME, "-o", str(output), "--yes", cwd=tmp_path)
    assert "removed: " in done.stderr and "3 of pair" in done.stderr
    assert "out of reach: backups" in done.stderr and traces(output) == []
    done = command("forget", NAME, "-o", str(output), "--yes", cwd=tmp_path, expect=2)
    assert f"nothing of {NAME} is in" in done.stderr and "did you mean" in done.stderr
    done = command("forget", NAME, "-o", str(output), "--json", cwd=tmp_path, expect=2)
    assert f"nothing of {NAME} is in" in json.loads(done.stdout)["error"]
    done = command("forget", OTHER, "-o", str(output), "--json", cwd=tmp_path)
    document = json.loads(done.stdout)
    assert document["removed"] is False and document["out_of_reach"]
