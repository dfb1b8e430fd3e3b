"""The cache: it changes no text, and nothing that happens to its file is an error."""

from __future__ import annotations

import random
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from seedsum.engines import SequenceModel, load_model
from seedsum.engines.batches import LoadedModel
from seedsum.engines.cache import FILE_NAME, DecodingCache, fingerprint
from seedsum.engines.usage import Meter
from seedsum.pipeline import run as pipeline
from seedsum.pipeline import supervision
from seedsum.records import (
    DecodingOptions,
    Direction,
    Hypothesis,
    ResolvedModel,
    Runtime,
    TokenizerSpec,
)
from test_process import finish, models, pairs, project, start, wait_for
from tiny_models import build_tiny, convert_tiny, tiny_model, tiny_texts

__all__ = ["models", "project"]  # fixtures

OPTIONS = DecodingOptions(beam_size=2, max_target_tokens=16)


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> ResolvedModel:
    folder = tmp_path_factory.mktemp("tiny")
    converted = convert_tiny(build_tiny("m2m100", folder / "hf"), folder / "ct2")
    return tiny_model("m2m100", converted, "ctranslate2", compute_type="int8_float32")


@pytest.fixture
def messages() -> list[str]:
    return []


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "cache.sqlite"


def entries(start: int, stop: int) -> dict[bytes, tuple[Hypothesis, ...]]:
    """Return entries of about a kilobyte, each with a score that decimals cannot write."""
    return {
        number.to_bytes(32): (
            # Random, so that compression finds little.
            Hypothesis(random.Random(number).randbytes(900).hex(), -1 / (number + 3), number, True),
        )
        for number in range(start, stop)
    }


def opened(path: Path, messages: list[str], **options: int) -> DecodingCache:
    return DecodingCache(path, on_message=messages.append, **options)


class Refusing:
    """A model that must not be asked to decode anything."""

    def __init__(self, model: SequenceModel) -> None:
        self._model = model
        self.max_batch_tokens = model.max_batch_tokens

    def encode(self, text: str, direction: Direction | None) -> tuple[str, ...]:
        return self._model.encode(text, direction)

    def score(
        self, sources: Sequence[str], translations: Sequence[str], direction: Direction | None
    ) -> list[float]:
        raise AssertionError("asked to score")

    def close(self) -> None:
        self._model.close()

    def decode_batches(
        self,
        batches: Iterable[Sequence[tuple[str, ...]]],
        direction: Direction | None,
        options: DecodingOptions,
    ) -> Iterator[list[tuple[Hypothesis, ...]]]:
        for batch in batches:
            raise AssertionError(f"asked to decode {batch}")
        yield from ()


def test_what_is_kept_is_what_would_be_decoded_and_never_reaches_the_engine(
    tiny: ResolvedModel, path: Path, messages: list[str]
) -> None:
    runtime = Runtime(num_workers=2)
    texts, direction = tiny_texts("m2m100")
    engine = load_model(tiny, runtime)
    expected = LoadedModel(engine, max_batch_size=4).translate(texts, direction, OPTIONS)
    meter = Meter()
    key = fingerprint(tiny, runtime)
    with opened(path, messages) as cache:
        first = LoadedModel(engine, cache=cache, fingerprint=key, meter=meter, max_batch_size=4)
        first.translate(texts[::3], direction, OPTIONS)
        assert meter.take().cache_hits == 0
        assert first.translate(texts, direction, OPTIONS) == expected
        assert meter.take().cache_hits == len(texts[::3])
    with opened(path, messages) as cache:
        again = LoadedModel(Refusing(engine), cache=cache, fingerprint=key, meter=meter)
        seen: list[int] = []
        assert again.translate(texts, direction, OPTIONS, on_progress=seen.append) == expected
        assert sum(seen) == len(texts)
        assert meter.take().decoded_inputs == 0
    assert messages == []
    engine.close()


def test_a_hypothesis_without_a_score_is_kept_without_one(path: Path, messages: list[str]) -> None:
    unscored = {b"k" * 32: (Hypothesis("a text", None, 2, True),)}
    with opened(path, messages) as cache:
        cache.store(unscored)
        assert cache.look_up([b"k" * 32]) == unscored


def test_nothing_is_shared_between_classes_of_arithmetic(
    tiny: ResolvedModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    keys = set()
    for name in ("AVX2", "AVX512"):  # other sums round in other ways
        monkeypatch.setenv("CT2_FORCE_CPU_ISA", name)
        keys.add(fingerprint(tiny, Runtime()))
    assert len(keys) == 2


def test_a_look_up_writes_nothing_and_use_is_noted_at_the_end(
    path: Path, messages: list[str]
) -> None:
    with opened(path, messages) as cache:
        cache.store(entries(0, 2))
    with opened(path, messages) as cache:
        before = changes(path)
        for _ in range(20):
            cache.look_up(list(entries(0, 1)))
        assert changes(path) == before
    with sqlite3.connect(path) as connection:
        used = [row[0] for row in connection.execute("SELECT used FROM decoding ORDER BY used")]
    connection.close()
    assert used[0] < used[1]


def changes(path: Path) -> list[bytes]:
    return [file.read_bytes() for file in sorted(path.parent.iterdir())]


def test_the_file_of_an_older_version_is_removed(path: Path, messages: list[str]) -> None:
    for suffix in ("", "-wal", "-shm"):
        path.with_name(f"memory.sqlite{suffix}").write_bytes(b"old")
    with opened(path, messages):
        pass
    assert [file.name for file in path.parent.iterdir()] == [path.name]
    assert messages == []


def test_nothing_is_shared_between_models_directions_or_options(
    tiny: ResolvedModel, path: Path, messages: list[str]
) -> None:
    runtime = Runtime()
    spec = tiny.spec
    others = (
        replace(tiny, weights_sha256="1" * 64),
        replace(tiny, spec=replace(spec, engine="transformers")),
        replace(tiny, spec=replace(spec, compute_type="float32")),
        replace(tiny, spec=replace(spec, tokenizer=TokenizerSpec(normalization="NFKC"))),
        replace(tiny, spec=replace(spec, language_codes=())),
        replace(tiny, spec=replace(spec, max_source_tokens=100)),
    )
    keys = {fingerprint(model, runtime) for model in (tiny, *others)}
    keys.add(fingerprint(tiny, Runtime(device="cuda")))
    assert len(keys) == len(others) + 2
    assert fingerprint(tiny, runtime) == fingerprint(tiny, Runtime(num_workers=7))
    # Another name or folder is no other model.
    assert fingerprint(replace(tiny, folder=Path("/elsewhere")), runtime) in keys

    texts, direction = tiny_texts("m2m100")
    engine = load_model(tiny, runtime)
    meter = Meter()
    with opened(path, messages) as cache:
        models = [
            LoadedModel(engine, cache=cache, fingerprint=key, meter=meter)
            for key in (fingerprint(tiny, runtime), fingerprint(others[0], runtime))
        ]
        for model in models:
            for options in (OPTIONS, replace(OPTIONS, num_hypotheses=2)):
                results = model.translate(texts[:2], direction, options)
                assert [len(hypotheses) for hypotheses in results] == [options.num_hypotheses] * 2
        assert meter.take().cache_hits == 0
    engine.close()


def test_an_entry_comes_back_to_the_bit(path: Path, messages: list[str]) -> None:
    odd = {
        b"k" * 32: (Hypothesis("ক \ud800 \x00", -0.1 - 0.2, 3, False), Hypothesis("", 0.0, 0, True))
    }
    with opened(path, messages) as cache:
        cache.store(odd)
    with opened(path, messages) as cache:
        assert cache.look_up([b"k" * 32, b"l" * 32]) == odd


def test_an_entry_that_lost_a_bit_is_not_used(path: Path, messages: list[str]) -> None:
    with opened(path, messages) as cache:
        cache.store(entries(0, 2))
    with sqlite3.connect(path) as connection:
        ((value,),) = connection.execute("SELECT value FROM decoding WHERE used = 1 LIMIT 1")
        changed = value[:-40] + bytes([value[-40] ^ 1]) + value[-39:]
        connection.execute("UPDATE decoding SET value = ? WHERE value = ?", (changed, value))
    connection.close()
    with opened(path, messages) as cache:
        assert len(cache.look_up(list(entries(0, 2)))) == 1


def test_the_file_stays_within_its_bound_and_keeps_what_was_used_last(
    path: Path, messages: list[str]
) -> None:
    max_bytes = 400_000
    with opened(path, messages, max_bytes=max_bytes) as cache:
        favourites = entries(0, 10)
        cache.store(favourites)
        for number in range(10, 2000, 20):
            cache.store(entries(number, number + 20))
            assert cache.look_up(list(favourites)) == favourites
        newest = entries(1990, 2010)
        cache.store(newest)
        assert cache.look_up(list(newest)) == newest
        assert cache.look_up(list(entries(20, 500))) == {}
    assert 200_000 < path.stat().st_size <= max_bytes
    with opened(path, messages, max_bytes=100_000) as cache:
        cache.store(entries(5000, 5001))
    assert path.stat().st_size <= 100_000
    assert messages == []


def foreign_database(path: Path) -> None:
    with sqlite3.connect(path) as connection:
        connection.execute("CREATE TABLE recipes (name TEXT)")
    connection.close()


def damaged(path: Path) -> None:
    with opened(path, []) as cache:
        cache.store(entries(0, 200))
    data = bytearray(path.read_bytes())
    data[100:8192] = b"\xff" * (8192 - 100)
    path.write_bytes(data)


@pytest.mark.parametrize(
    "spoil", [lambda path: path.write_text("not a database " * 400), foreign_database, damaged]
)
def test_a_file_that_is_damaged_or_not_ours_is_removed(
    path: Path, messages: list[str], spoil: Callable[[Path], object]
) -> None:
    spoil(path)
    with opened(path, messages) as cache:
        assert "cache.sqlite: " in messages[0] and "removed" in messages[0]
        cache.store(entries(0, 3))
        assert cache.look_up(list(entries(0, 3))) == entries(0, 3)
    assert [file.name for file in path.parent.iterdir()] == [path.name]


def test_damage_found_on_the_way_empties_the_cache_and_ends_no_run(
    path: Path, messages: list[str]
) -> None:
    with opened(path, messages) as cache:
        cache.store(entries(0, 500))
    data = bytearray(path.read_bytes())
    data[8192:] = b"\xff" * (len(data) - 8192)
    path.write_bytes(data)
    with opened(path, messages) as cache:
        found = cache.look_up(list(entries(0, 500)))
        cache.store(entries(500, 501))
        assert found.items() <= entries(0, 500).items()
    assert "removed" in messages[0]
    with opened(path, messages) as cache:
        cache.store(entries(0, 1))
        assert cache.look_up(list(entries(0, 1))) == entries(0, 1)


def test_where_no_file_can_be_made_or_another_has_it_nothing_is_kept(
    path: Path, messages: list[str]
) -> None:
    path.mkdir()
    with opened(path, messages) as cache:
        cache.store(entries(0, 1))
        assert cache.look_up(list(entries(0, 1))) == {}
    assert len(messages) == 1 and "without a cache" in messages[0]
    path.rmdir()
    with opened(path, messages) as holder:
        holder.store(entries(0, 1))
        with opened(path, messages) as cache:
            assert cache.look_up(list(entries(0, 1))) == {}
        assert len(messages) == 2 and "locked" in messages[1]
        assert holder.look_up(list(entries(0, 1))) == entries(0, 1)


WRITER = """
import sys
from pathlib import Path
sys.path.insert(0, sys.argv[2])
from test_cache import entries, opened
with opened(Path(sys.argv[1]), []) as cache:
    for number in range(0, 100_000, 10):
        cache.store(entries(number, number + 10))
        print(number + 10, flush=True)
"""


def test_killed_while_writing_it_has_all_that_was_stored(path: Path, messages: list[str]) -> None:
    here = str(Path(__file__).parent)
    process = subprocess.Popen(
        [sys.executable, "-c", WRITER, str(path), here], stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    for line in process.stdout:
        if int(line) >= 1500:  # more than a checkpoint's worth
            process.send_signal(signal.SIGKILL)
            break
    rest = process.communicate()[0].split()
    stored = entries(0, int(rest[-1]) if rest else 1500)
    with opened(path, messages) as cache:
        assert cache.look_up(list(stored)) == stored
    assert messages == []
    with sqlite3.connect(path) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    connection.close()


@pytest.mark.slow
def test_a_run_gives_the_same_bytes_with_and_without_a_cache_and_from_a_full_one(
    project: Path, models: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(project)
    config = models / "models.toml"
    without = pipeline.run(["in"], output="no", config=config, offline=True, cache=False)
    assert not list((project / "no").rglob(FILE_NAME))
    assert without.counters["target_tokens"] > 0 and "cache_hit_rate" not in without.rates
    first = pipeline.run(["in"], output="out", config=config, offline=True)
    assert pairs(project / "out") == pairs(project / "no")
    assert first.counters["cache_lookups"] > first.counters["cache_hits"]
    # A change of one article leaves the others' segments known, and other windows change nothing.
    monkeypatch.setattr(supervision, "WINDOW_DOCUMENTS", 3)
    again = pipeline.run(["in"], output="out", config=config, offline=True, force=True)
    assert pairs(project / "out") == pairs(project / "no")
    assert again.rates["cache_hit_rate"] == 1.0
    assert again.counters.get("decoded_inputs", 0) == 0


def test_a_killed_run_leaves_its_decoding_to_the_next(project: Path, models: Path) -> None:
    assert finish(start(project, models, "whole", "--no-cache"))[0] == 0
    process = start(project, models, "out")
    wait_for(process, "[1/")
    process.send_signal(signal.SIGKILL)
    assert finish(process)[0] == -signal.SIGKILL
    code, errors = finish(start(project, models, "out", "--force", "--timings"))
    assert code == 0, errors
    assert pairs(project / "out") == pairs(project / "whole")
    assert "cache hit rate" in errors and "100.0%" in errors
