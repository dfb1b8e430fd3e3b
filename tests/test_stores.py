"""Runs over an object store: the real command, a real S3 server, and what goes wrong."""

from __future__ import annotations

import csv
import json
import os
import random
import signal
import subprocess
import sys
import time
import urllib.request
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest
import s3fs

import attack
import attack_stores
import seedsum
from attack_stores import contents
from s3_server import CREDENTIALS, FaultyStore, s3_server
from seedsum.output import place_of
from seedsum.pipeline.source_bytes import source_bytes
from seedsum.pipeline.sources import list_sources
from seedsum.pipeline.stamps import Stamps
from test_cli import seedsum as command

pytestmark = pytest.mark.slow

SOURCE = Path(__file__).resolve().parent.parent / "src"


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    with s3_server() as address:
        yield address


@pytest.fixture
def base(server: str, monkeypatch: pytest.MonkeyPatch) -> str:
    """An address of its own on the server."""
    s3fs.S3FileSystem.clear_instance_cache()
    for name, value in {**CREDENTIALS, "AWS_ENDPOINT_URL": server}.items():
        monkeypatch.setenv(name, value)
    return f"s3://bucket/{uuid.uuid4().hex}"


@pytest.fixture(scope="module")
def articles(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("articles") / "in"
    attack.write_articles(folder, 20)
    return folder


@pytest.fixture(scope="module")
def whole(articles: Path) -> dict[str, bytes]:
    """The pairs of an undisturbed run on files."""
    output = articles.parent / "out"
    code, said = attack.run(articles, output)
    assert code == 0, said
    return attack.contents(output)


def upload(folder: Path, address: str) -> None:
    place = place_of(address)
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            place.write(path.relative_to(folder).as_posix(), path.read_bytes())


def requests(server: str) -> dict[str, int]:
    """Return how many requests came since the last call."""
    with urllib.request.urlopen(f"{server}/-counts", timeout=60) as answer:
        counts: dict[str, int] = json.load(answer)
    return counts


def test_files_and_s3_give_the_same_bytes_and_nothing_is_done_twice(
    base: str, server: str, articles: Path, whole: dict[str, bytes]
) -> None:
    upload(articles, f"{base}/in")
    code, said = attack.run(f"{base}/in", f"{base}/out")
    assert code == 0, said
    assert "without a cache" not in said
    assert contents(f"{base}/out") == whole
    local = articles.parent / "out"
    place = place_of(f"{base}/out")
    assert place.read("index.md") == (local / "index.md").read_bytes()
    assert place.read("index.html") == (local / "index.html").read_bytes()
    requests(server)
    code, said = attack.run(f"{base}/in", f"{base}/out")
    assert (code, "nothing to do (20 current)" in said) == (0, True), said
    # Each article, each pair and each object of the state once would be over a hundred.
    assert sum(requests(server).values()) < 30
    place_of(f"{base}/in").write("00003.txt", b"The clinic has opened again.\n")
    place_of(f"{base}/in").delete("00004.txt")
    planned = seedsum.plan([f"{base}/in"], output=f"{base}/out", profile="starter", offline=True)
    assert {task.name: task.reasons for task in planned.tasks if task.reasons != ("current",)} == {
        "00003.txt": ("source-changed",),
        "00004.txt": ("orphaned",),
    }
    assert not seedsum.verify(f"{base}/out").differences
    (gone,) = seedsum.prune([f"{base}/in"], output=f"{base}/out", remove=True)
    assert gone.name == "00004.txt"
    assert "00004.txt.record.json" not in contents(f"{base}/out")
    assert len(seedsum.needs_review(f"{base}/out")) > 0
    assert seedsum.retry(output=f"{base}/out") == ()
    assert seedsum.history(f"{base}/out").last_exit_code == 0


def test_what_people_say_goes_out_of_a_store_and_back_and_an_article_can_be_forgotten(
    base: str, tmp_path: Path, isolated_home: Path
) -> None:
    attack.write_articles(tmp_path / "in", 3)
    output = f"{base}/out"
    assert attack.run(tmp_path / "in", output)[0] == 0
    command("export", "--output", output, "--format", "csv", "--to", "table.csv", cwd=tmp_path)
    with (tmp_path / "table.csv").open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    rows[0]["your English"] = "A person wrote this sentence of 3 words."
    with (tmp_path / "table.csv").open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.DictWriter(file, rows[0].keys())
        writer.writeheader()
        writer.writerows(rows)
    done = command("import", "table.csv", "--output", output, cwd=tmp_path)
    assert "1 verdict taken in" in done.stderr
    assert attack.run(tmp_path / "in", output)[0] == 0
    place, name = place_of(output), rows[0]["article"]
    text = place.read(f"{name}.translation.md") or b""
    assert b"A person wrote this sentence of 3 words." in text
    for format, there in (
        ("html", "pages/00001.txt.html"),
        ("jsonl", "sentences.jsonl"),
        ("parquet", "pairs.parquet"),
    ):
        to = there.partition("/")[0]
        command("export", "-o", output, "--format", format, "--to", to, cwd=tmp_path)
        assert (tmp_path / there).stat().st_size > 0
    found = seedsum.forget(name, output=output, remove=True)
    assert {one.kind for one in found.remnants} >= {"pair", "review", "report", "cache"}
    left = {entry.name: place.read(entry.name) or b"" for entry in place.entries(hidden=True)}
    assert [one for one, data in left.items() if name in one or name.encode() in data] == []
    assert not any(isolated_home.rglob("cache.sqlite*"))
    assert attack.run(tmp_path / "in", output)[0] == 0  # its source is still there
    assert b"A person wrote" not in (place.read(f"{name}.translation.md") or b"A person wrote")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("review", "s3://bucket/out"), "s3://bucket/out: the page works on a folder; copy"),
        (
            ("export", "-o", "s3://bucket/out", "--to", "s3://bucket/out.xlsx"),
            "--to s3://bucket/out.xlsx: an export is written on this machine",
        ),
        (
            ("import", "s3://bucket/out.csv", "-o", "s3://bucket/out"),
            "s3://bucket/out.csv: a file is taken in from this machine; copy it here first",
        ),
        (("export", "-o", "s3://bucket/none"), "s3://bucket/none: there is no such folder"),
        (("forget", "a", "-o", "s3://bucket/none"), "s3://bucket/none: there is no such folder"),
    ],
)
def test_what_cannot_be_done_in_a_store_is_refused_in_words(
    base: str, tmp_path: Path, arguments: tuple[str, ...], said: str
) -> None:
    place_of("s3://bucket/out").write("index.md", b"There is something.\n")
    done = command(*arguments, cwd=tmp_path, expect=2)
    assert said in " ".join(done.stderr.split())
    assert list(tmp_path.iterdir()) == []


def test_what_is_listed_in_a_bucket_is_what_is_listed_in_a_folder(
    base: str, tmp_path: Path
) -> None:
    folder = tmp_path / "in"
    for name, text in {
        "a.txt": "One.\n",
        "news/b.jsonl": '{"id": "x", "text": "Two."}\n{"text": "Three."}\n',
        "news/c.html": "<p>Four.</p>",
        "news/c_files/d.txt": "of the page",
        "news/.hidden/e.txt": "hidden",
        ".hidden.txt": "hidden",
        "~$f.docx": "of Word",
        "picture.png": "foreign",
        "xin chào/ক.md": "Five.\n",
        "empty.jsonl": "",
    }.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")
    upload(folder, f"{base}/in")
    local, remote = list_sources([folder]), list_sources([f"{base}/in"])
    assert [(s.name, s.sha256, s.size_bytes, s.offset, s.error) for s in remote.sources] == [
        (s.name, s.sha256, s.size_bytes, s.offset, s.error) for s in local.sources
    ]
    assert remote.num_skipped == local.num_skipped
    assert remote.not_read == local.not_read
    assert remote.whole_folder
    for here, there in zip(local.sources, remote.sources, strict=True):
        if not here.error:
            assert source_bytes(there) == source_bytes(here)
    (one,) = list_sources([f"{base}/in/a.txt"]).sources
    assert (one.name, source_bytes(one)) == ("a.txt", b"One.\n")
    with pytest.raises(seedsum.errors.UsageError, match="no such object"):
        list_sources([f"{base}/gone"])
    for source, output in ((f"{base}/in", f"{base}/in/out"), (f"{base}/in/x", f"{base}/in")):
        with pytest.raises(seedsum.errors.UsageError, match="is inside the"):
            list_sources([source], output=output)


def test_objects_that_did_not_change_are_not_read_again(base: str, server: str) -> None:
    place, output = place_of(f"{base}/in"), place_of(f"{base}/out")
    for number in range(5):
        place.write(f"{number}.txt", f"Article {number}.\n".encode())
    output.write(".seedsum/x", b"")

    def listed() -> dict[str, int]:
        requests(server)
        stamps = Stamps(output)
        assert len(list_sources([f"{base}/in"], stamps=stamps).sources) == 5
        stamps.save()
        return requests(server)

    assert listed()["GET"] == 1 + 5  # the stamps, and each article
    assert listed() == {"GET": 1, "LIST": 3}  # input, and what was learned since the stamps
    place.write("3.txt", b"Another one.\n")
    assert listed()["GET"] == 1 + 1


def test_a_driver_that_is_killed_loses_and_tears_nothing(
    base: str, articles: Path, whole: dict[str, bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Kills at random times, each run going on where the last one was killed."""
    monkeypatch.setenv("SEEDSUM_LEASE", "3")
    rng = random.Random(1)
    place = place_of(f"{base}/out")
    killed = []
    for num_objects in (0, 1, 3, 12, 30):  # of the place, when it is killed, or somewhat later
        process = attack.start(articles, f"{base}/out", "--wait", "60")
        while process.poll() is None and len(list(place.entries(hidden=True))) < num_objects:
            time.sleep(0.05)
        time.sleep(rng.uniform(0.0, 1.0))
        killed.append(process.poll() is None)
        process.kill()
        attack.finish(process)
        assert attack_stores.torn(f"{base}/out") == []
    assert any(killed)  # how far one gets is the machine's affair
    code, said = attack.run(articles, f"{base}/out", "--wait", "60")
    assert code == 0, said
    assert contents(f"{base}/out") == whole


def test_a_store_that_fails_and_breaks_off_and_is_slow_changes_nothing(
    base: str, server: str, articles: Path, whole: dict[str, bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    with FaultyStore(server, failing=0.05, breaking=0.03, slow=0.05) as faulty:
        monkeypatch.setenv("AWS_ENDPOINT_URL", faulty.address)
        s3fs.S3FileSystem.clear_instance_cache()
        upload(articles, f"{base}/in")
        code, said = attack.run(f"{base}/in", f"{base}/out")
        assert code == 0, said
        assert min(faulty.num_failed, faulty.num_broken, faulty.num_slow) > 0
    monkeypatch.setenv("AWS_ENDPOINT_URL", server)
    s3fs.S3FileSystem.clear_instance_cache()
    assert contents(f"{base}/out") == whole


def test_of_two_drivers_one_is_told_that_the_other_is_there(
    base: str, articles: Path, whole: dict[str, bytes]
) -> None:
    both = [attack.finish(one) for one in [attack.start(articles, f"{base}/out") for _ in range(2)]]
    assert sorted(code for code, _ in both) == [0, 7], both
    (refused,) = (said for code, said in both if code == 7)
    assert "another run is writing here (" in refused
    assert contents(f"{base}/out") == whole


def test_a_driver_that_was_stopped_past_its_lease_writes_nothing_more(
    base: str, articles: Path, whole: dict[str, bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SEEDSUM_LEASE", "3")
    first = attack.start(articles, f"{base}/out", "--no-cache")
    place = place_of(f"{base}/out")
    while not any(entry.name.endswith(".record.json") for entry in place.entries()):
        assert first.poll() is None
        time.sleep(0.05)
    os.kill(first.pid, signal.SIGSTOP)
    code, said = attack.run(articles, f"{base}/out", "--wait", "60")
    assert code == 0, said
    before = {entry.name: entry.look for entry in place.entries(hidden=True)}
    os.kill(first.pid, signal.SIGCONT)
    code, said = attack.finish(first)
    assert code == 7, said
    assert "it has written nothing more" in said
    assert {entry.name: entry.look for entry in place.entries(hidden=True)} == before
    assert contents(f"{base}/out") == whole


@pytest.mark.parametrize(
    ("code", "said"),
    [
        ("AccessDenied", "access denied; these credentials need s3:ListBucket on bucket"),
        ("RequestTimeTooSkewed", "the clock of this machine is more than 15 minutes wrong"),
        ("ExpiredToken", "the credentials have expired"),
        ("InvalidAccessKeyId", "does not know these credentials"),
        ("SignatureDoesNotMatch", "does not accept these credentials"),
    ],
)
def test_what_a_store_refuses_is_said_with_the_remedy(
    base: str, server: str, articles: Path, monkeypatch: pytest.MonkeyPatch, code: str, said: str
) -> None:
    with FaultyStore(server, refusing=code) as faulty:
        monkeypatch.setenv("AWS_ENDPOINT_URL", faulty.address)
        done = subprocess.run(
            [sys.executable, "-m", "seedsum", "status", str(articles), "--output", f"{base}/out"],
            capture_output=True,
            text=True,
            check=False,
        )
    assert done.returncode == 2, done.stderr
    assert said in done.stderr
