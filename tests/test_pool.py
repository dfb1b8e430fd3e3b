"""The models in memory: one after another where they do not fit, beside others where they do."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field

import pytest

from seedsum.engines import batches, pool
from seedsum.engines.pool import LoadedModels
from seedsum.errors import ModelError
from seedsum.reading import prepare, read_document
from seedsum.records import (
    DecodingOptions,
    Direction,
    Hypothesis,
    ModelSpec,
    ResolvedModel,
    RouteStep,
    Runtime,
)
from seedsum.settings import CheckOptions
from seedsum.translation.translator import DocumentTranslator

#: Long enough for any machine; where it is waited out, a test fails.
PATIENCE_SECONDS = 30


@dataclass
class Machine:
    """A machine with room for some models, each as large as its name says (`a1` takes 1)."""

    room: int
    loads: list[str] = field(default_factory=list)
    in_memory: list[str] = field(default_factory=list)
    most: int = 0
    before_load: Callable[[str], None] = lambda name: None
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def size(self, model: ResolvedModel, **_: int) -> int:
        return int(model.spec.name[1:])

    def available(self) -> int:
        return self.room - sum(int(name[1:]) for name in self.in_memory)

    def load(self, model: ResolvedModel, runtime: Runtime) -> Fake:
        name = model.spec.name
        self.before_load(name)
        with self._lock:
            self.loads.append(name)
            self.in_memory.append(name)
            self.most = max(self.most, sum(int(name[1:]) for name in self.in_memory))
        return Fake(self, name)

    @contextmanager
    def models(
        self, *names: str, on_alive: Callable[[], None] = lambda: None
    ) -> Iterator[LoadedModels]:
        specs = {
            name: ResolvedModel(ModelSpec(name, "ctranslate2", "MIT"), None, "local", "")
            for name in names
        }
        with LoadedModels(
            specs, runtime=Runtime(), on_load=lambda text: None, on_alive=on_alive
        ) as loaded:
            yield loaded


class Fake:
    """A model on a `Machine`."""

    def __init__(self, machine: Machine, name: str) -> None:
        self._machine = machine
        self.name = name

    def translate(
        self, texts: Sequence[str], direction: Direction | None, options: DecodingOptions
    ) -> list[tuple[Hypothesis, ...]]:
        assert self.name in self._machine.in_memory, "used after it was freed"
        return [(Hypothesis(text, None, 1, True),) for text in texts]

    def close(self) -> None:
        self._machine.in_memory.remove(self.name)


@pytest.fixture
def machine(monkeypatch: pytest.MonkeyPatch) -> Machine:
    made = Machine(room=2)
    monkeypatch.setattr(pool, "load", made.load)
    monkeypatch.setattr(pool, "peak_estimate_bytes", made.size)
    monkeypatch.setattr(pool, "available_bytes", made.available)
    return made


def test_models_that_fit_are_loaded_once(machine: Machine) -> None:
    with machine.models("a1", "b1") as loaded:
        for name in ("a1", "b1") * 5:
            with loaded.use(name) as model:
                model.translate(["x"], None, DecodingOptions())
    assert machine.loads == ["a1", "b1"]
    assert machine.in_memory == []


def test_what_does_not_fit_even_alone_is_an_error(machine: Machine) -> None:
    with (
        machine.models("a3") as loaded,
        pytest.raises(ModelError, match=r"a3 needs about .* close other"),
        loaded.use("a3"),
    ):
        pass
    assert machine.loads == []


def test_of_three_that_take_turns_where_two_fit_not_each_is_loaded_every_time(
    machine: Machine,
) -> None:
    names = ("a1", "b1", "c1")
    with machine.models(*names) as loaded:
        for name in names * 8:
            with loaded.use(name) as model:
                model.translate(["x"], None, DecodingOptions())
    assert machine.most == 2
    assert len(machine.loads) <= 24 // 2 + 1, "the one that is needed again last is freed"


def test_a_model_waits_for_those_in_use_and_is_then_loaded_for_all_that_wait(
    machine: Machine,
) -> None:
    """Of two that do not fit together each is loaded once for three windows, not once for each."""
    num_windows = 3
    all_in_first = threading.Barrier(num_windows, timeout=PATIENCE_SECONDS)

    def window(number: int) -> None:
        with loaded.use("a2") as model:
            all_in_first.wait()
            model.translate(["x"], None, DecodingOptions())
        with loaded.use("b2") as model:
            model.translate(["x"], None, DecodingOptions())
            all_in_first.wait()

    with machine.models("a2", "b2") as loaded, ThreadPoolExecutor(num_windows) as threads:
        list(threads.map(window, range(num_windows)))
    assert machine.loads == ["a2", "b2"]
    assert machine.most == 2


def test_a_loaded_model_is_used_while_another_is_loaded(machine: Machine) -> None:
    loading, used = threading.Event(), threading.Event()

    def before_load(name: str) -> None:
        if name == "b1":
            loading.set()
            assert used.wait(PATIENCE_SECONDS), "nobody could use a1 meanwhile"

    machine.before_load = before_load

    def use_the_other() -> None:
        with loaded.use("b1"):
            pass

    with machine.models("a1", "b1") as loaded, ThreadPoolExecutor(1) as threads:
        with loaded.use("a1"):
            pass
        other = threads.submit(use_the_other)
        assert loading.wait(PATIENCE_SECONDS)
        with loaded.use("a1") as model:
            model.translate(["x"], None, DecodingOptions())
        used.set()
        other.result(PATIENCE_SECONDS)
    assert machine.loads == ["a1", "b1"]


def test_two_threads_that_want_the_same_model_load_it_once(machine: Machine) -> None:
    both = threading.Barrier(2, timeout=PATIENCE_SECONDS)

    def use() -> None:
        both.wait()
        with loaded.use("a1") as model:
            model.translate(["x"], None, DecodingOptions())

    with machine.models("a1") as loaded, ThreadPoolExecutor(2) as threads:
        for done in [threads.submit(use) for _ in range(2)]:
            done.result(PATIENCE_SECONDS)
    assert machine.loads == ["a1"]


def test_loading_gives_signs_of_life(machine: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
    """Else a slow disk would look like a document that hangs."""
    monkeypatch.setattr(batches, "_ALIVE_SECONDS", 0.001)
    signs = threading.Semaphore(0)

    def before_load(name: str) -> None:
        for _ in range(3):
            assert signs.acquire(timeout=PATIENCE_SECONDS)

    machine.before_load = before_load
    with machine.models("a1", on_alive=signs.release) as loaded, loaded.use("a1"):
        pass


def test_a_failed_load_leaves_the_room_to_others(machine: Machine) -> None:
    def before_load(name: str) -> None:
        if name == "a2":
            raise ModelError("broken")

    machine.before_load = before_load
    with machine.models("a2", "b2") as loaded:
        with pytest.raises(ModelError, match="broken"), loaded.use("a2"):
            pass
        with loaded.use("b2") as model:
            model.translate(["x"], None, DecodingOptions())
    assert machine.loads == ["b2"]


def test_windows_of_several_routes_are_done_where_their_models_do_not_fit_together(
    machine: Machine,
) -> None:
    """None waits for a model while it has what another needs to let one go."""
    text = {
        "vi": "Trạm y tế mới ở xã Hòa Bình đã mở cửa sáng nay. Hai bác sĩ làm việc ở đây.",
        "bn": "আজ সকালে ভারী বৃষ্টি হয়েছে এবং অনেক রাস্তা ডুবে গেছে। সভা বিকেলে হবে।",
    }
    documents = [
        prepare(
            read_document(
                "a.txt", "\n\n".join([text[first]] * 3 + [text[second]] * 2).encode(), format="txt"
            ),
            languages=("bn", "en", "vi"),
            target="en",
        )
        for first, second in (("vi", "bn"), ("bn", "vi"), ("vi", "vi"), ("bn", "bn"))
    ]
    pivot = (RouteStep("b2", Direction("bn", "vi")), RouteStep("a2", Direction("vi", "en")))
    with (
        machine.models("a2", "b2") as loaded,
        ThreadPoolExecutor(3) as threads,
    ):
        for bengali in ((RouteStep("b2", Direction("bn", "en")),), pivot):
            translator = DocumentTranslator(
                loaded,
                routes={
                    Direction("vi", "en"): (RouteStep("a2", Direction("vi", "en")),),
                    Direction("bn", "en"): bengali,
                },
                specs={name: ModelSpec(name, "ctranslate2", "MIT") for name in ("a2", "b2")},
                checks=CheckOptions(),
                glossaries={},
                target="en",
            )
            windows = [threads.submit(translator.translate, [d]) for d in documents * 3]
            for document, window in zip(documents * 3, windows, strict=True):
                ((*segments,),) = window.result(PATIENCE_SECONDS)
                assert [item.fate for item in segments] == ["translated"] * len(document.segments)
    assert machine.most == 2
