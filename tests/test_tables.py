"""Articles in tables: Parquet and JSON lines in, one row an article out, and columns of batches."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pyarrow
import pyarrow.parquet
import pytest

import seedsum
from seedsum.errors import UsageError
from seedsum.output import read_records
from seedsum.pipeline.source_bytes import read_source, source_bytes
from seedsum.pipeline.sources import list_sources
from seedsum.reading import parquet
from seedsum.records import RunReport

VIETNAMESE = "Trạm y tế mở cửa lúc bảy giờ.\n\nNăm người đã đến khám."
BENGALI = "বন্যায় দুটি সেতু ভেঙে গেছে।\n\nপাঁচজন মানুষ আহত হয়েছেন।"
ENGLISH = "The clinic opened on Monday.\n\nFive people came and were seen by a doctor."


def rows() -> list[dict[str, Any]]:
    return [
        {"id": "a", "title": "Trạm y tế", "text": VIETNAMESE, "url": "https://example.org/a",
         "date": "2026-01-02", "embedding": [0.5] * 8},
        {"id": "b", "title": None, "text": BENGALI, "url": None, "date": None, "embedding": None},
        {"id": "c/1", "title": "Clinic", "text": ENGLISH, "url": None, "date": None,
         "embedding": None},
    ]  # fmt: skip


def write(path: Path, table: list[dict[str, Any]], **options: Any) -> Path:
    if path.suffix == ".parquet":
        pyarrow.parquet.write_table(pyarrow.Table.from_pylist(table), path, **options)
    else:
        path.write_text("".join(f"{json.dumps(row)}\n" for row in table))
    return path


def read(path: Path) -> list[dict[str, Any]]:
    if path.suffix == ".parquet":
        found: list[dict[str, Any]] = pyarrow.parquet.read_table(path).to_pylist()
        return found
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def run(table: Path, output: Path, **options: Any) -> RunReport:
    return seedsum.run(
        [table], output=output, profile="starter", offline=True, isolated=False, **options
    )


# --------------------------------------------------------------------------------------------
# Reading


def test_rows_are_listed_and_read_in_any_order(tmp_path: Path) -> None:
    table = [{"id": str(n), "text": f"Article {n} is of today.", "vector": [n]} for n in range(999)]
    path = write(tmp_path / "a.parquet", table, row_group_size=300)
    sources = list_sources([path]).sources
    assert [source.name for source in sources] == [f"a.parquet/{n}" for n in range(999)]
    for number in (0, 998, 5, 301, 299, 300, 700, 0, 998):
        data = json.loads(source_bytes(sources[number]))
        assert data == {"id": str(number), "text": f"Article {number} is of today."}
    document = read_source(sources[7], languages=("en",)).document
    assert (document.text, document.format) == ("Article 7 is of today.", "parquet")


def test_what_a_table_lacks_is_said(tmp_path: Path) -> None:
    write(tmp_path / "a.parquet", [{"number": 1}])
    (tmp_path / "b.parquet").write_bytes(b"PAR1 no table")
    found = {source.name: source.error for source in list_sources([tmp_path]).sources}
    assert "no column is named" in found["a.parquet"]
    assert "is no Parquet table" in found["b.parquet"]


def test_rows_without_a_text_are_no_articles(tmp_path: Path) -> None:
    table: list[dict[str, Any]] = [{"id": "1", "text": None}, {"id": None, "text": "Some text."}]
    path = write(tmp_path / "a.parquet", table)
    assert [source.name for source in list_sources([path]).sources] == ["a.parquet/row-2"]


def test_the_memory_of_a_table_is_that_of_some_rows(tmp_path: Path) -> None:
    path = tmp_path / "a.parquet"
    schema = pyarrow.schema([("text", pyarrow.string())])
    with pyarrow.parquet.ParquetWriter(path, schema) as writer:
        for _ in range(3):
            table = pyarrow.table({"text": ["x" * 100] * 20_000}, schema)
            writer.write_table(table, row_group_size=20_000)
    seen = [len(batch) for batch in parquet._open(path).runs(0)]
    assert sum(seen) == 60_000 and max(seen) <= parquet._NUM_ROWS


# --------------------------------------------------------------------------------------------
# Writing


@pytest.mark.parametrize(("one", "other"), [("parquet", "parquet"), ("jsonl", "jsonl")])
def test_a_table_in_and_a_table_out(tmp_path: Path, one: str, other: str) -> None:
    table = write(tmp_path / f"in.{one}", rows())
    output = tmp_path / f"out.{other}"
    report = run(table, output)
    assert [outcome.action for outcome in report.outcomes] == ["write"] * 3
    found = read(output)
    assert [row["id"] for row in found] == ["a", "b", "c-1"]
    assert [row["language"] for row in found] == ["vi", "bn", "en"]
    first = found[0]
    assert first["name"] == f"in.{one}/a"
    assert first["title"] and first["url"] == "https://example.org/a"
    assert first["translation"] and first["summary"] == " ".join(first["sentences"])
    assert len(first["cites"]) == len(first["sentences"])
    assert found[2]["translation"].endswith(ENGLISH)
    states = read_records(output)
    assert {row["name"]: row["run_key"] for row in found} == {
        name: state.run_key for name, state in states.items()
    }

    before = output.stat()
    assert {one.action for one in run(table, output).outcomes} == {"leave"}
    assert output.stat() == before  # nothing changed, and nothing was written
    changed = [*rows()[:2], {**rows()[2], "text": f"{ENGLISH}\n\nIt is open now."}]
    write(table, changed)
    report = run(table, output, settle_seconds=0)
    assert [outcome.action for outcome in report.outcomes] == ["leave", "leave", "write"]
    assert read(output)[:2] == found[:2]
    assert read(output)[2]["translation"].endswith("It is open now.")
    output.unlink()  # as if the run had been killed before it was written
    run(table, output)
    assert read(output)[:2] == found[:2]
    assert not list(tmp_path.glob(".seedsum*"))


def test_a_file_that_is_not_ours_is_not_replaced(tmp_path: Path) -> None:
    table = write(tmp_path / "in.jsonl", rows())
    before = table.read_bytes()
    with pytest.raises(UsageError, match="which no run has written"):
        run(table, table)
    assert table.read_bytes() == before
    with pytest.raises(UsageError, match="a table is written on this machine"):
        seedsum.run([table], output="s3://bucket/out.parquet", profile="starter", offline=True)


def test_pairs_are_exported_as_a_table(tmp_path: Path) -> None:
    table = write(tmp_path / "in.jsonl", rows())
    run(table, tmp_path / "out")
    command = [sys.executable, "-m", "seedsum", "export", "--output", str(tmp_path / "out")]
    for format, to in (("parquet", "a.parquet"), ("articles", "a.jsonl")):
        path = tmp_path / to
        subprocess.run([*command, "--format", format, "--to", path], check=True)
        assert [row["status"] for row in read(path)] == ["review", "review", "clean"]
    assert read(tmp_path / "a.parquet") == read(tmp_path / "a.jsonl")


# --------------------------------------------------------------------------------------------
# Batches


def test_a_batch_has_the_texts_of_a_run(tmp_path: Path) -> None:
    run(write(tmp_path / "in.jsonl", rows()), tmp_path / "out.jsonl")
    columns = {name: [row[name] for row in rows()] for name in rows()[0]}
    columns["text"][1] = "  "  # nothing to translate
    made = seedsum.translate_batch(columns, profile="starter", offline=True, prefix="en_")
    assert made["text"] == columns["text"] and made["embedding"] == columns["embedding"]
    for number in (0, 2):
        row = read(tmp_path / "out.jsonl")[number]
        for name in ("language", "status", "translation", "summary"):
            assert made[f"en_{name}"][number] == row[name]
    assert made["en_status"][1] == "failed" and "text" in made["en_reasons"][1]
    assert json.loads(made["en_record"][0])["summary"]["sentences"]
    assert seedsum.translate_batch({"text": []}, profile="starter", offline=True)["status"] == []


#: In a process of its own: `num_proc` forks, and a child would wait for locks of threads of pytest.
MAPPED = """
import json, sys, datasets, seedsum
rows, num_proc = json.loads(sys.argv[1])
dataset = datasets.Dataset.from_list(rows)
made = dataset.map(
    seedsum.translate_batch, batched=True, batch_size=3, num_proc=num_proc,
    fn_kwargs={"profile": "starter", "offline": True})
print(json.dumps({name: list(made[name]) for name in ("language", "translation", "text")}))
"""


@pytest.mark.slow
@pytest.mark.parametrize("num_proc", [None, 2])
def test_a_dataset_is_mapped(num_proc: int | None) -> None:
    pytest.importorskip("datasets")
    given = [rows()[n % 3] | {"id": str(n)} for n in range(12)]
    done = subprocess.run(
        [sys.executable, "-c", MAPPED, json.dumps([given, num_proc])],
        capture_output=True,
        text=True,
        timeout=550,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    made = json.loads(done.stdout.splitlines()[-1])
    assert made["language"] == ["vi", "bn", "en"] * 4
    assert len(set(made["translation"])) == 3 and all(made["translation"])
    assert made["text"] == [row["text"] for row in given]


@pytest.mark.slow
def test_a_ray_dataset_is_mapped(tmp_path: Path) -> None:
    code = f"""
import json, ray, ray.data, seedsum
ray.init(num_cpus=2, include_dashboard=False, logging_level="ERROR")
rows = json.loads({json.dumps(json.dumps([{"id": r["id"], "text": r["text"]} for r in rows()]))})
made = ray.data.from_items(rows).map_batches(
    seedsum.translate_batch, batch_size=2, fn_kwargs={{"profile": "starter", "offline": True}})
print(json.dumps(sorted((row["id"], row["language"], bool(row["translation"]))
                        for row in made.take_all())))
"""
    pytest.importorskip("ray")
    patient = {**os.environ, "RAY_raylet_start_wait_time_s": "300"}  # on a busy machine
    done = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        timeout=550,
        check=False,
        env=patient,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    assert json.loads(done.stdout.splitlines()[-1]) == [
        ["a", "vi", True],
        ["b", "bn", True],
        ["c/1", "en", True],
    ]
