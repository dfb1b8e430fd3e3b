"""A file more of each pair, by one line in the table: every part of the output goes by it."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from pkgutil import resolve_name

import jsonschema
import pytest

import sample_results
import seedsum
from seedsum.errors import DocumentError
from seedsum.output import publish, read_records
from seedsum.output.pairs import PAIR_FILES
from seedsum.output.rendering import Index, render, render_index
from seedsum.records import Integrity, Summary

TOY = ".plain.txt"


@pytest.fixture
def toy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(PAIR_FILES, TOY, "toy_pair_file:plain_text")


@pytest.mark.parametrize("suffix", PAIR_FILES)
def test_every_entry_leads_to_a_function_and_fits_into_a_file_name(suffix: str) -> None:
    assert callable(resolve_name(PAIR_FILES[suffix]))
    assert len(suffix) <= 25  # names are cut to 230 bytes of 255


def test_the_file_is_published_named_in_record_and_index_and_read_back(
    tmp_path: Path, toy: None
) -> None:
    pair = render(sample_results.english())
    publish(tmp_path, pair)
    text = (tmp_path / f"rain.md{TOY}").read_text(encoding="utf-8")
    assert text.startswith("It rained for 3 days.\n")
    record = json.loads(pair.record)
    assert record["files"]["plain"]["path"] == f"rain.md{TOY}"
    jsonschema.validate(record, sample_results.record_schema())
    (state,) = read_records(tmp_path).values()
    assert (state.integrity, state.files[-1]) == (Integrity.INTACT, "plain")
    assert f"[plain](rain.md{TOY})" in render_index(Index([state]))


def test_an_edit_of_the_file_is_seen_also_without_a_record(tmp_path: Path, toy: None) -> None:
    publish(tmp_path, pair := render(sample_results.english()))
    path = tmp_path / f"rain.md{TOY}"
    path.write_text(path.read_text(encoding="utf-8").replace("3 days", "4 days"), encoding="utf-8")
    for _ in range(2):
        assert read_records(tmp_path)["rain.md"].integrity is Integrity.EDITED
        with pytest.raises(DocumentError, match="edited"):
            publish(tmp_path, pair)
        (tmp_path / "rain.md.record.json").unlink(missing_ok=True)


def test_a_pair_without_the_file_is_whole_and_removes_an_earlier_one(
    tmp_path: Path, toy: None
) -> None:
    publish(tmp_path, render(sample_results.english()))
    publish(tmp_path, render(replace(sample_results.english(), summary=Summary("extractive", ()))))
    assert not (tmp_path / f"rain.md{TOY}").exists()
    (state,) = read_records(tmp_path).values()
    assert (state.integrity, len(state.files)) == (Integrity.INTACT, 2)


def test_a_text_without_seal_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(PAIR_FILES, TOY, "toy_pair_file:without_seal")
    with pytest.raises(DocumentError, match="without_seal gave a text without seal"):
        render(sample_results.english())


def test_a_run_makes_the_file_for_pairs_that_lack_it_and_verify_sees_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "a.txt").write_text("The clinic opened on Monday.\n\nIt is free.\n")
    paths, output = [tmp_path / "in"], tmp_path / "out"

    def reasons() -> tuple[str, ...]:
        (task,) = seedsum.plan(paths, output=output, profile="starter", offline=True).tasks
        return task.reasons

    def run() -> None:
        seedsum.run(paths, output=output, profile="starter", offline=True, isolated=False)

    run()
    assert reasons() == ("current",)
    monkeypatch.setitem(PAIR_FILES, TOY, "toy_pair_file:plain_text")
    assert reasons() == ("format-changed",)
    run()
    assert reasons() == ("current",)
    assert seedsum.verify(output).differences == ()
    path = output / f"a.txt{TOY}"
    path.unlink()
    (found,) = seedsum.verify(output).differences
    assert (found.place, found.found) == (path.name, "missing")
    assert reasons() == ("incomplete",)
    run()
    assert path.exists()
