"""The translation memory: it changes no text, and nothing that happens to its file is an error."""

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

from seedsum.clock import OVERLAPPING, Clock
from seedsum.engines import INSTRUCTION_SET_VARIABLE, SequenceModel, load_model
from seedsum.engines import cache as memory
from seedsum.engines.batches import translate_texts
from seedsum.engines.cache import RememberingModel, TranslationMemory, fingerprint
from seedsum.pipeline import run as pipeline
from seedsum.pipeline import supervision
from seedsum.records import (
    DecodingOptions,
    Direction,
    Hypothesis,
    ResolvedModel,
    Runtime,
    TokenizerSpec,
    Unscored,
)
from test_process import contents, finish, models, project, start, wait_for
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
    return tmp_path / "memory.sqlite"


def entries(start: int, stop: int) -> dict[bytes, tuple[Hypothesis, ...]]:
    """Return entries of about a kilobyte, each with a score that decimals cannot write."""
    return {
        number.to_bytes(32): (
            # Random, so that compression finds little.
            Hypothesis(random.Random(number).randbytes(900).hex(), -1 / (number + 3), number, True),
        )
        for number in range(start, stop)
    }


def opened(path: Path, messages: list[str], **options: int) -> TranslationMemory:
    return TranslationMemory(path, on_message=messages.append, **options)


class Refusing:
    """A model that must not be asked to decode anything."""

    def __init__(self, model: SequenceModel) -> None:
        self._model = model
        self.max_batch_tokens = model.max_batch_tokens

    def encode(self, text: str, direction: Direction | None) -> tuple[str, ...]:
        return self._model.encode(text, direction)

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


def test_what_is_remembered_is_what_would_be_decoded_and_never_reaches_the_engine(
    tiny: ResolvedModel, path: Path, messages: list[str]
) -> None:
    runtime = Runtime(num_workers=2)
    texts, direction = tiny_texts("m2m100")
    engine = load_model(tiny, runtime)

    def translated(
        model: SequenceModel, texts: tuple[str, ...]
    ) -> tuple[tuple[Hypothesis, ...], ...]:
        return translate_texts(
            texts, model=model, direction=direction, options=OPTIONS, max_batch_size=4
        )

    expected = translated(engine, texts)
    clock = Clock()
    with opened(path, messages) as remembered:
        key = fingerprint(tiny, runtime)
        first = RememberingModel(engine, remembered, key, clock=clock)
        # Every third is known before; batches are then shorter, and some are empty.
        translated(first, texts[::3])
        assert clock.counters["memory_hits"] == 0
        assert translated(first, texts) == expected
        assert clock.counters["memory_hits"] == len(texts[::3])
    with opened(path, messages) as remembered:
        again = RememberingModel(Refusing(first), remembered, key, clock=clock)
        assert translated(again, texts) == expected
        assert list(again.decode_batches([[], []], direction, OPTIONS)) == [[], []]
    assert messages == []
    engine.close()


def test_it_is_said_once_that_the_last_batch_is_given(
    tiny: ResolvedModel, path: Path, messages: list[str]
) -> None:
    runtime = Runtime(num_workers=2)
    texts, direction = tiny_texts("m2m100")
    engine = load_model(tiny, runtime)

    def happened(model: SequenceModel, texts: Sequence[str]) -> list[str]:
        events: list[str] = []
        translate_texts(
            texts,
            model=model,
            direction=direction,
            options=OPTIONS,
            max_batch_size=1,
            on_progress=lambda _: events.append("done"),
            on_all_given=lambda: events.append("given"),
        )
        return events

    events = happened(engine, texts)
    assert events.count("given") == 1
    assert events[-1] == "done", "while the model still has work"
    with opened(path, messages) as remembered:
        key = fingerprint(tiny, runtime)
        model = RememberingModel(engine, remembered, key, clock=Clock())
        for some in (texts[:9], texts[:9], texts, texts, ()):  # nothing, all, or a part is known
            assert happened(model, some).count("given") == 1
    engine.close()


def test_what_has_no_score_yet_and_its_score_are_remembered_too(
    tiny: ResolvedModel, path: Path, messages: list[str]
) -> None:
    texts, direction = tiny_texts("m2m100")
    options = DecodingOptions(beam_size=2, num_hypotheses=2, repetition_penalty=1.3)
    engine = load_model(tiny, Runtime())
    inputs = [engine.encode(text, direction) for text in texts[:3]]

    def decoded_and_scored(model: SequenceModel) -> list[list[Hypothesis]]:
        (batch,) = model.decode_batches([inputs], direction, options)
        assert all(isinstance(h, Unscored) for found in batch for h in found)
        seconds = [second for _, second in batch]
        return [seconds, model.score(inputs, seconds, direction)]

    expected = decoded_and_scored(engine)
    with opened(path, messages) as remembered:
        key = fingerprint(tiny, Runtime())
        first = RememberingModel(engine, remembered, key, clock=Clock())
        assert decoded_and_scored(first) == expected
        engine.close()  # so that it cannot be asked again
        assert decoded_and_scored(first) == expected


def test_nothing_is_shared_between_instruction_sets(
    tiny: ResolvedModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    keys = set()
    for name in ("AVX2", "AVX512"):  # other sums round in other ways
        monkeypatch.setenv(INSTRUCTION_SET_VARIABLE, name)
        keys.add(fingerprint(tiny, Runtime()))
    assert len(keys) == 2


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
    clock = Clock()
    batch = [engine.encode(text, direction) for text in texts[:2]]
    with opened(path, messages) as remembered:
        models = [
            RememberingModel(engine, remembered, key, clock=clock)
            for key in (fingerprint(tiny, runtime), fingerprint(others[0], runtime))
        ]
        for model in models:
            for options in (OPTIONS, replace(OPTIONS, num_hypotheses=2)):
                (results,) = model.decode_batches([batch], direction, options)
                assert [len(hypotheses) for hypotheses in results] == [options.num_hypotheses] * 2
        assert clock.counters["memory_hits"] == 0
    engine.close()


def test_an_entry_comes_back_to_the_bit(path: Path, messages: list[str]) -> None:
    odd = {
        b"k" * 32: (Hypothesis("ক \ud800 \x00", -0.1 - 0.2, 3, False), Hypothesis("", 0.0, 0, True))
    }
    with opened(path, messages) as remembered:
        remembered.store(odd)
    with opened(path, messages) as remembered:
        assert remembered.look_up([b"k" * 32, b"l" * 32]) == odd


def test_an_entry_that_lost_a_bit_is_not_used(path: Path, messages: list[str]) -> None:
    with opened(path, messages) as remembered:
        remembered.store(entries(0, 2))
    with sqlite3.connect(path) as connection:
        ((value,),) = connection.execute("SELECT value FROM memory WHERE used = 1 LIMIT 1")
        changed = value[:-40] + bytes([value[-40] ^ 1]) + value[-39:]
        connection.execute("UPDATE memory SET value = ? WHERE value = ?", (changed, value))
    connection.close()
    with opened(path, messages) as remembered:
        assert len(remembered.look_up(list(entries(0, 2)))) == 1


def test_the_file_stays_within_its_bound_and_keeps_what_was_used_last(
    path: Path, messages: list[str]
) -> None:
    max_bytes = 400_000
    with opened(path, messages, max_bytes=max_bytes) as remembered:
        favourites = entries(0, 10)
        remembered.store(favourites)
        for number in range(10, 2000, 20):
            remembered.store(entries(number, number + 20))
            assert remembered.look_up(list(favourites)) == favourites
        newest = entries(1990, 2010)
        remembered.store(newest)
        assert remembered.look_up(list(newest)) == newest
        assert remembered.look_up(list(entries(20, 500))) == {}
    assert 200_000 < path.stat().st_size <= max_bytes
    with opened(path, messages, max_bytes=100_000) as remembered:
        remembered.store(entries(5000, 5001))
    assert path.stat().st_size <= 100_000
    assert messages == []


def foreign_database(path: Path) -> None:
    with sqlite3.connect(path) as connection:
        connection.execute("CREATE TABLE recipes (name TEXT)")
    connection.close()


def damaged(path: Path) -> None:
    with opened(path, []) as remembered:
        remembered.store(entries(0, 200))
    data = bytearray(path.read_bytes())
    data[100:8192] = b"\xff" * (8192 - 100)
    path.write_bytes(data)


@pytest.mark.parametrize(
    "spoil", [lambda path: path.write_text("not a database " * 400), foreign_database, damaged]
)
def test_a_file_that_is_damaged_or_not_ours_is_moved_aside(
    path: Path, messages: list[str], spoil: Callable[[Path], object]
) -> None:
    spoil(path)
    before = path.read_bytes()
    with opened(path, messages) as remembered:
        assert "moved to memory.sqlite.damaged" in messages[0]
        remembered.store(entries(0, 3))
        assert remembered.look_up(list(entries(0, 3))) == entries(0, 3)
    assert path.with_name("memory.sqlite.damaged").read_bytes() == before


def test_damage_found_on_the_way_ends_the_memory_and_not_the_run(
    path: Path, messages: list[str]
) -> None:
    with opened(path, messages) as remembered:
        remembered.store(entries(0, 500))
    data = bytearray(path.read_bytes())
    data[8192:] = b"\xff" * (len(data) - 8192)
    path.write_bytes(data)
    with opened(path, messages) as remembered:
        found = remembered.look_up(list(entries(0, 500)))
        remembered.store(entries(500, 501))
        assert found.items() <= entries(0, 500).items()
    assert "moved to" in messages[0]
    with opened(path, messages) as remembered:
        remembered.store(entries(0, 1))
        assert remembered.look_up(list(entries(0, 1))) == entries(0, 1)


def test_where_no_file_can_be_made_or_another_has_it_nothing_is_remembered(
    path: Path, messages: list[str]
) -> None:
    path.mkdir()
    with opened(path, messages) as remembered:
        remembered.store(entries(0, 1))
        assert remembered.look_up(list(entries(0, 1))) == {}
    assert len(messages) == 1 and "without a translation memory" in messages[0]
    path.rmdir()
    with opened(path, messages) as holder:
        holder.store(entries(0, 1))
        with opened(path, messages) as remembered:
            assert remembered.look_up(list(entries(0, 1))) == {}
        assert len(messages) == 2 and "locked" in messages[1]
        assert holder.look_up(list(entries(0, 1))) == entries(0, 1)


WRITER = """
import sys
from pathlib import Path
sys.path.insert(0, sys.argv[2])
from test_memory import entries, opened
with opened(Path(sys.argv[1]), []) as memory:
    for number in range(0, 100_000, 10):
        memory.store(entries(number, number + 10))
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
    with opened(path, messages) as remembered:
        assert remembered.look_up(list(stored)) == stored
    assert messages == []
    with sqlite3.connect(path) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    connection.close()


def test_a_run_gives_the_same_bytes_with_and_without_a_memory_and_from_a_full_one(
    project: Path, models: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(project)
    config = models / "models.toml"
    without = pipeline.run(["in"], output="no", config=config, offline=True, cache=False)
    assert not list((project / "no").rglob(memory.FILE_NAME))
    assert without.counters["target_tokens"] > 0 and "memory_hit_rate" not in without.rates
    first = pipeline.run(["in"], output="out", config=config, offline=True)
    assert contents(project / "out") == contents(project / "no")
    assert first.counters["memory_lookups"] > first.counters["memory_hits"]
    # A change of one article leaves the others' segments known, and other windows change nothing.
    monkeypatch.setattr(supervision, "WINDOW_DOCUMENTS", 3)
    again = pipeline.run(["in"], output="out", config=config, offline=True, force=True)
    assert contents(project / "out") == contents(project / "no")
    assert again.rates["memory_hit_rate"] == 1.0
    assert again.counters.get("decoded_inputs", 0) == 0
    stages = sum(s for name, s in again.seconds.items() if name not in (*OVERLAPPING, "total"))
    assert 0.8 * again.seconds["total"] <= stages <= again.seconds["total"] + 0.01


def test_a_killed_run_leaves_its_decoding_to_the_next(project: Path, models: Path) -> None:
    assert finish(start(project, models, "whole", "--no-cache"))[0] == 0
    process = start(project, models, "out")
    wait_for(process, "[1/")
    process.send_signal(signal.SIGKILL)
    assert finish(process)[0] == -signal.SIGKILL
    code, errors = finish(start(project, models, "out", "--force", "--timings"))
    assert code == 0, errors
    assert contents(project / "out") == contents(project / "whole")
    assert "memory hit rate" in errors and "100.0%" in errors
