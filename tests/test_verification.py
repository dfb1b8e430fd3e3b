"""What verify finds: every way a pair can differ, and a segment that reads differently now."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from seedsum.engines import arithmetic
from seedsum.errors import UsageError
from seedsum.evaluation.verification import Difference, verify
from seedsum.output.pairs import RECORD_SUFFIX, SUMMARY_SUFFIX, TRANSLATION_SUFFIX
from seedsum.pipeline import run as pipeline
from tiny_models import VIETNAMESE, build_tiny, convert_tiny

MODELS = """
default_profile = "tiny"
fallback_profile = "none"
[profiles.none]
[profiles.tiny]
[profiles.tiny.routes]
"vi->en" = "tiny"
[models.extractive]
engine = "extractive"
licence = "Apache-2.0"
[models.tiny]
engine = "ctranslate2"
format = "ctranslate2"
folder = "ct2"
licence = "MIT"
language_codes = { vi = "__vi__", en = "__en__" }
max_source_tokens = 64
decoding = { beam_size = 1, max_target_tokens = 12 }
"""
NAMES = ("a.txt", "b.txt", "c.txt")


@pytest.fixture(scope="module")
def config(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("models")
    convert_tiny(build_tiny("m2m100", folder / "hf"), folder / "ct2")
    (folder / "models.toml").write_text(MODELS, encoding="utf-8")
    return folder / "models.toml"


@pytest.fixture
def output(tmp_path: Path, config: Path) -> Path:
    (tmp_path / "in").mkdir()
    for number, name in enumerate(NAMES):
        text = "\n\n".join(VIETNAMESE[number * 5 : number * 5 + 5])
        (tmp_path / "in" / name).write_text(text, encoding="utf-8")
    pipeline.run([tmp_path / "in"], output=tmp_path / "out", config=config, offline=True)
    return tmp_path / "out"


def test_what_a_run_wrote_is_as_recorded_and_translates_to_the_same(
    output: Path, config: Path
) -> None:
    before = {path: path.stat().st_mtime_ns for path in output.rglob("*")}
    found = verify(output, num_sampled=1000, config=config)
    records = [json.loads(p.read_bytes()) for p in output.rglob(f"*{RECORD_SUFFIX}")]
    num_translated = sum(record["counts"]["translated"] for record in records)
    assert (found.num_pairs, found.differences, found.notes) == (3, (), ())
    assert found.num_retranslated == num_translated > 10
    assert {path: path.stat().st_mtime_ns for path in output.rglob("*")} == before


def _append(path: Path) -> None:
    path.write_text(path.read_text(encoding="utf-8") + "\nMine.\n", encoding="utf-8")


def _tear(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:100])


def _lose_the_title(path: Path) -> None:
    record = json.loads(path.read_bytes())
    del record["title"]
    path.write_text(json.dumps(record), encoding="utf-8")


TORN = {
    (f"a.txt{RECORD_SUFFIX}", "torn"),
    (f"a.txt{TRANSLATION_SUFFIX}", "orphan"),
    (f"a.txt{SUMMARY_SUFFIX}", "orphan"),
}


@pytest.mark.parametrize(
    ("suffix", "damage", "expected"),
    [
        (TRANSLATION_SUFFIX, _append, {(f"a.txt{TRANSLATION_SUFFIX}", "edited")}),
        (SUMMARY_SUFFIX, Path.unlink, {(f"a.txt{SUMMARY_SUFFIX}", "missing")}),
        (
            RECORD_SUFFIX,
            Path.unlink,
            {
                (f"a.txt{RECORD_SUFFIX}", "missing"),
                (f"a.txt{TRANSLATION_SUFFIX}", "orphan"),
                (f"a.txt{SUMMARY_SUFFIX}", "orphan"),
            },
        ),
        (RECORD_SUFFIX, _tear, TORN),
        (RECORD_SUFFIX, _lose_the_title, TORN),
    ],
)
def test_every_damage_is_named(
    output: Path, suffix: str, damage: Callable[[Path], None], expected: set[tuple[str, str]]
) -> None:
    damage(output / f"a.txt{suffix}")
    found = verify(output).differences
    assert {(difference.place, difference.found) for difference in found} == expected
    assert {difference.name for difference in found} == {"a.txt"}


def test_a_file_of_another_pair_in_its_place_is_named(output: Path) -> None:
    other = (output / f"b.txt{SUMMARY_SUFFIX}").read_bytes()
    (output / f"a.txt{SUMMARY_SUFFIX}").write_bytes(other)
    assert verify(output).differences == (
        Difference("a.txt", f"a.txt{SUMMARY_SUFFIX}", "replaced"),
    )


def test_a_segment_that_reads_differently_is_named_with_both_texts(
    output: Path, config: Path
) -> None:
    path = output / f"a.txt{RECORD_SUFFIX}"
    record = json.loads(path.read_bytes())
    segment = next(s for s in record["segments"] if s["fate"] == "translated")
    segment["translation"] = "Nobody ever said this."
    path.write_text(json.dumps(record, ensure_ascii=False), encoding="utf-8")
    assert verify(output, config=config).differences == ()
    (found,) = verify(output, num_sampled=1000, config=config).differences
    assert (found.name, found.place, found.found) == ("a.txt", segment["id"], "text")
    assert "Nobody ever said this." in found.detail and "now" in found.detail


def test_a_text_made_on_another_class_of_arithmetic_may_differ_and_is_no_fault(
    output: Path, config: Path
) -> None:
    path = output / f"a.txt{RECORD_SUFFIX}"
    record = json.loads(path.read_bytes())
    record["models"][0]["arithmetic"] = "ctranslate2 9 int8 abacus"
    segments = [s for s in record["segments"] if s["fate"] == "translated"]
    segments[0]["translation"] = "Nobody ever said this."
    path.write_text(json.dumps(record, ensure_ascii=False), encoding="utf-8")
    found = verify(output, num_sampled=1000, config=config)
    assert found.differences == ()
    (other,) = found.other_arithmetic
    assert (other.place, other.found) == (segments[0]["id"], "other-arithmetic")
    assert "Nobody ever said this." in other.detail
    (note,) = found.notes
    assert note.startswith(f"{len(segments)} segments made on another class of arithmetic (ctrans")
    done = command(output, config, "--sample", "1000")
    assert done.returncode == 0 and "other-arithmetic" in done.stdout, done.stderr


def test_what_another_class_of_arithmetic_really_made_is_no_fault_here(
    tmp_path: Path, config: Path
) -> None:
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "a.txt").write_text("\n\n".join(VIETNAMESE[:8]), encoding="utf-8")
    older = {"MKL_ENABLE_INSTRUCTIONS": "AVX2", "ONEDNN_MAX_CPU_ISA": "AVX2"}
    program = [sys.executable, "-m", "seedsum", "run", str(tmp_path / "in"), "--offline", "--quiet"]
    options = ["--config", str(config), "--output", str(tmp_path / "out")]
    subprocess.run([*program, *options], env=os.environ | older, check=True)
    found = verify(tmp_path / "out", num_sampled=1000, config=config)
    record = json.loads((tmp_path / "out" / f"a.txt{RECORD_SUFFIX}").read_bytes())
    made_on = record["models"][0]["arithmetic"]
    assert made_on.endswith(" AVX2")
    assert found.differences == () and found.num_retranslated > 5
    if arithmetic.cpu_flags() & {"avx512f", "avx_vnni"}:
        (note,) = found.notes
        assert f"another class of arithmetic ({made_on})" in note
    (task,) = pipeline.plan([tmp_path / "in"], output=tmp_path / "out", config=config).tasks
    assert task.reasons == ("current",), "the class is no part of the run key"


def test_a_float32_model_names_no_class_and_every_difference_is_a_fault(
    output: Path, config: Path, tmp_path: Path
) -> None:
    exact = config.parent / "exact.toml"
    exact.write_text(MODELS.replace('licence = "MIT"', 'licence = "MIT"\ncompute_type = "float32"'))
    pipeline.run([tmp_path / "in"], output=output, config=exact, offline=True)
    record = json.loads((output / f"a.txt{RECORD_SUFFIX}").read_bytes())
    assert "arithmetic" not in record["models"][0] and record["reproducible"]
    found = verify(output, num_sampled=1000, config=exact)
    assert (found.differences, found.notes, found.other_arithmetic) == ((), (), ())


def test_a_changed_run_key_is_named(output: Path) -> None:
    path = output / f"a.txt{RECORD_SUFFIX}"
    record = json.loads(path.read_bytes())
    path.write_text(json.dumps({**record, "run_key": "0" * 64}), encoding="utf-8")
    assert verify(output).differences == (Difference("a.txt", "record", "key"),)


def test_a_record_whose_segments_are_damaged_is_named(output: Path, config: Path) -> None:
    path = output / f"a.txt{RECORD_SUFFIX}"
    record = json.loads(path.read_bytes())
    del record["segments"][0]["source"]
    path.write_text(json.dumps(record), encoding="utf-8")
    found = verify(output, num_sampled=5, config=config)
    assert found.differences == (Difference("a.txt", "record", "torn"),)
    assert found.num_retranslated == 5


def test_what_other_options_made_is_noted_and_not_translated_again(
    output: Path, config: Path, tmp_path: Path
) -> None:
    other = config.parent / "other.toml"
    other.write_text(MODELS.replace("max_target_tokens = 12", "max_target_tokens = 11"))
    found = verify(output, num_sampled=10, config=other)
    assert (found.num_retranslated, found.differences) == (0, ())
    (note,) = found.notes
    assert "3 pairs not translated again" in note and "options" in note


def test_a_sample_is_the_same_for_the_same_seed(output: Path, config: Path) -> None:
    for path in output.rglob(f"*{RECORD_SUFFIX}"):
        record = json.loads(path.read_bytes())
        for segment in record["segments"]:
            segment["translation"] = "Changed."
        path.write_text(json.dumps(record), encoding="utf-8")

    def sampled(seed: int) -> list[tuple[str, str]]:
        found = verify(output, num_sampled=4, seed=seed, config=config)
        return [(difference.name, difference.place) for difference in found.differences]

    assert len(sampled(0)) == 4
    assert sampled(0) == sampled(0) != sampled(1)


def command(output: Path, config: Path, *options: str) -> subprocess.CompletedProcess[str]:
    program = [sys.executable, "-m", "seedsum", "verify", str(output)]
    return subprocess.run(
        [*program, "--config", str(config), *options], capture_output=True, text=True, check=False
    )


@pytest.mark.slow
def test_the_command_names_what_differs_and_exits_6(output: Path, config: Path) -> None:
    done = command(output, config, "--sample", "2")
    assert done.returncode == 0 and "2 segments" in done.stderr, done.stderr
    _append(output / f"a.txt{SUMMARY_SUFFIX}")
    done = command(output, config)
    assert done.returncode == 6 and "edited" in done.stdout and "Traceback" not in done.stderr
    done = command(output, config, "--json")
    assert done.returncode == 6
    assert [d["found"] for d in json.loads(done.stdout)["differences"]] == ["edited"]


def test_a_folder_that_is_not_there_is_a_mistake(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no such folder"):
        verify(tmp_path / "nothing")
